//! Who may do what is reviewed: `matrix.snap` holds, for every action and every class of fields, what each role may in its own property and in another
//! one. It follows from `policies/`; a new action or class fails this test until somebody has looked at what became of it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fmt::Write as _, path::Path, sync::Arc};

use hefu_app::authz::{
    Access, Action, Decision, FieldClass, Granted, Policies, Resource, Rights, RoleRights, Scope, decide,
    needs_whole_chain,
};

const OWN: &str = "SH01";
const OTHER: &str = "HZ01";

fn access(role: &Arc<RoleRights>, property: Option<&str>, second_factor: bool) -> Access {
    let granted = vec![Granted { role: role.clone(), property: property.map(Arc::from) }];
    Access::Granted(Arc::new(Rights { granted, second_factor }))
}

/// What has to be given for an action to be allowed; `no` if nothing helps.
fn asked(
    role: &Arc<RoleRights>,
    granted: Option<&str>,
    action: Action,
    property: Option<&str>,
) -> &'static str {
    let may = |reason, second_factor| {
        let resource = Resource { property, ..Resource::all(action.resource()) };
        let access = access(role, granted, second_factor);
        decide(&access, action, &resource, &Scope::All, reason) == Decision::Allow
    };
    match [may(false, false), may(true, false), may(false, true), may(true, true)] {
        [true, true, true, true] => "yes",
        [false, true, false, true] => "reason",
        [false, false, true, true] => "second factor",
        [false, false, false, true] => "reason and second factor",
        [false, false, false, false] => "no",
        other => panic!("{} {}: {other:?} is stranger than a policy should be", role.name(), action.name()),
    }
}

fn text(policies: &Policies) -> String {
    let mut text = String::new();
    for action in Action::ALL {
        let mut cells = Vec::new();
        for role in policies.all() {
            if action.resource().is_in_property() {
                let (own, other) = (
                    asked(role, Some(OWN), *action, Some(OWN)),
                    asked(role, Some(OWN), *action, Some(OTHER)),
                );
                assert_eq!(other, "no", "{} {}: another property's", role.name(), action.name());
                if own != "no" {
                    cells.push(format!("{} {own}", role.name()));
                }
            } else {
                let (chain, one) = (asked(role, None, *action, None), asked(role, Some(OWN), *action, None));
                assert_eq!(one == "no", chain == "no" || needs_whole_chain(*action), "{}", action.name());
                match (chain, one) {
                    ("no", _) => {}
                    (chain, "no") => cells.push(format!("{} {chain} (of the chain)", role.name())),
                    (chain, _) => cells.push(format!("{} {chain}", role.name())),
                }
            }
        }
        let cells = if cells.is_empty() { "nobody".to_owned() } else { cells.join(", ") };
        writeln!(text, "{} | {} | {cells}", action.name(), action.resource().name()).unwrap();
    }
    for class in FieldClass::ALL {
        let sees = |role: &&Arc<RoleRights>| {
            let own = access(role, Some(OWN), true);
            let masks = |property| own.masks(Action::VisitShow, Some(property));
            assert!(!masks(OTHER).shows(*class), "{} sees {} of another property", role.name(), class.name());
            masks(OWN).shows(*class)
        };
        let names: Vec<&str> = policies.all().filter(sees).map(|role| role.name()).collect();
        let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        writeln!(text, "{} | field | {names}", class.action()).unwrap();
    }
    text
}

#[test]
fn who_may_do_what_is_the_reviewed_matrix() {
    let text = text(&Policies::embedded().unwrap());
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix.snap");
    if std::env::var_os("HEFU_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&snapshot, &text).unwrap();
    }
    let reviewed = std::fs::read_to_string(&snapshot).unwrap_or_default();
    assert_eq!(text, reviewed, "review the change and run the test with HEFU_UPDATE_SNAPSHOTS=1");
}
