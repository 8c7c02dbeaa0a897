//! The list of all actions is reviewed: what can be done or shown stands in `actions.snap`, and each use case in the source has its action there.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use hefu_app::authz::{Action, Scope};

/// The use cases of a source text: the names after `impl Query for`, `impl Command for`, `impl Operation for`, `impl VisitAction for`, with
/// the action each declares.
fn use_cases(text: &str, found: &mut BTreeMap<String, Vec<String>>) {
    for (at, kind) in ["Query", "Command", "Operation", "VisitAction"].iter().flat_map(|kind| {
        text.match_indices(&format!("{kind} for ")).map(move |(at, _)| (at, *kind)).collect::<Vec<_>>()
    }) {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        if !line.trim_start().starts_with("impl") {
            continue;
        }
        let rest = &text[at + kind.len() + 5..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || "_$".contains(*c)).collect();
        let action = rest
            .split("const ACTION: Action = ")
            .nth(1)
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default();
        let action = action.trim_start_matches("Action::");
        found.entry(action.to_owned()).or_default().push(format!("{kind} {name}"));
    }
}

fn sources(folder: &Path, found: &mut BTreeMap<String, Vec<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            use_cases(&std::fs::read_to_string(path).unwrap(), found);
        }
    }
}

#[test]
fn the_list_of_actions_is_the_reviewed_one() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = BTreeMap::new();
    for name in [
        "core",
        "accounts",
        "people",
        "front-office",
        "search",
        "import",
        "channel",
        "control",
        "records",
        "http",
        "exchange",
        "jobs",
        "server",
    ] {
        sources(&crates.join(name).join("src"), &mut found);
    }
    // Declared by a macro or for all visit actions at once: their actions stand where the macro is used.
    found.remove("A::ACTION");
    found.remove("$action");
    let mut text = String::new();
    for action in Action::ALL {
        let variant = format!("{action:?}");
        let mut by = found.remove(&variant).unwrap_or_default();
        by.sort();
        let (resource, effect) = (action.resource().name(), action.effect().name());
        writeln!(text, "{} | {effect} | {resource} | {}", action.name(), by.join(", ")).unwrap();
    }
    assert_eq!(found, BTreeMap::new(), "use cases whose action is not in the list");
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/actions.snap");
    if std::env::var_os("HEFU_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&snapshot, &text).unwrap();
    }
    let reviewed = std::fs::read_to_string(&snapshot).unwrap_or_default();
    assert_eq!(text, reviewed, "review the change and run the test with HEFU_UPDATE_SNAPSHOTS=1");
    assert_eq!(Scope::default(), Scope::All);
}
