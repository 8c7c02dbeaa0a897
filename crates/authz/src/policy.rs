//! The policies: written in Cedar, asked once at the start, looked up ever after.
//!
//! What Cedar answers depends on the role, the action, whether a reason was given and whether the second factor is fresh: few enough
//! combinations to ask them all. At run time a decision reads one bit.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    str::FromStr as _,
    sync::{Arc, OnceLock},
};

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicyId, PolicySet, PrincipalConstraint, Request, RestrictedExpression,
};

use crate::{Action, FieldClass, Masks};

/// The role of every account about itself.
pub const OWN: &str = "own";

/// The role of whoever has no account.
pub const ANYONE: &str = "anyone";

/// The policies that Hefu comes with: file and text.
const EMBEDDED: &[(&str, &str)] = &[
    ("own.cedar", include_str!("../../../policies/own.cedar")),
    ("anyone.cedar", include_str!("../../../policies/anyone.cedar")),
    ("front_desk.cedar", include_str!("../../../policies/front_desk.cedar")),
    ("finance.cedar", include_str!("../../../policies/finance.cedar")),
    ("manager.cedar", include_str!("../../../policies/manager.cedar")),
    ("housekeeping.cedar", include_str!("../../../policies/housekeeping.cedar")),
    ("data_steward.cedar", include_str!("../../../policies/data_steward.cedar")),
    ("channel.cedar", include_str!("../../../policies/channel.cedar")),
    ("auditor.cedar", include_str!("../../../policies/auditor.cedar")),
    ("administrator.cedar", include_str!("../../../policies/administrator.cedar")),
];

/// Policies that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct PolicyError {
    /// The file.
    pub file: String,
    /// What is wrong in it.
    pub what: String,
}

/// How many words hold a bit for each action.
const WORDS: usize = Action::ALL.len().div_ceil(64);

/// A set of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Actions([u64; WORDS]);

impl Actions {
    const fn contains(&self, action: Action) -> bool {
        let index = action.index();
        self.0[index / 64] & (1 << (index % 64)) != 0
    }

    const fn add(&mut self, action: Action) {
        let index = action.index();
        self.0[index / 64] |= 1 << (index % 64);
    }
}

/// Under which circumstances something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether a reason was given.
    pub reason: bool,
    /// Whether the second factor was shown lately.
    pub second_factor: bool,
}

impl Circumstances {
    /// All there are, by their index.
    pub const ALL: [Self; 4] = [
        Self { reason: false, second_factor: false },
        Self { reason: true, second_factor: false },
        Self { reason: false, second_factor: true },
        Self { reason: true, second_factor: true },
    ];

    const fn index(self) -> usize {
        self.reason as usize | (self.second_factor as usize) << 1
    }
}

/// What a role may do, as the policies say.
#[derive(Debug, PartialEq, Eq)]
pub struct RoleRights {
    name: String,
    /// By [`Circumstances::index`].
    allowed: [Actions; 4],
    shows: Masks,
}

impl RoleRights {
    /// The role's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may.
    pub const fn allows(&self, action: Action, when: Circumstances) -> bool {
        self.allowed[when.index()].contains(action)
    }

    /// Whether there are circumstances in which it may.
    pub fn ever_allows(&self, action: Action) -> bool {
        Circumstances::ALL.into_iter().any(|when| self.allows(action, when))
    }

    /// The classes of fields it is shown unmasked.
    pub const fn shows(&self) -> Masks {
        self.shows
    }
}

/// What every role may do.
#[derive(Debug)]
pub struct Policies(BTreeMap<String, Arc<RoleRights>>);

impl Policies {
    /// Those that Hefu comes with. They are worked out once in a process.
    ///
    /// # Errors
    /// They are wrong: a bug of ours, which a test finds.
    pub fn embedded() -> Result<Arc<Self>, PolicyError> {
        static POLICIES: OnceLock<Result<Arc<Policies>, PolicyError>> = OnceLock::new();
        POLICIES.get_or_init(|| Self::with(&[]).map(Arc::new)).clone()
    }

    /// Those that Hefu comes with, and more: name and text of each file.
    ///
    /// # Errors
    /// A file is no Cedar, or names what does not exist.
    pub fn with(more: &[(String, String)]) -> Result<Self, PolicyError> {
        let embedded = EMBEDDED.iter().map(|(file, text)| (*file, *text));
        let more = more.iter().map(|(file, text)| (file.as_str(), text.as_str()));
        Evaluation::new(embedded.chain(more))?.policies()
    }

    /// No roles at all.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// What a role may do; none if there is no such role.
    pub fn role(&self, name: &str) -> Option<&Arc<RoleRights>> {
        self.0.get(name)
    }

    /// The roles that can be granted, by name.
    pub fn grantable(&self) -> impl Iterator<Item = &Arc<RoleRights>> {
        self.0.values().filter(|role| role.name != OWN && role.name != ANYONE)
    }

    /// Every role, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<RoleRights>> {
        self.0.values()
    }
}

/// Whether roles may not be held together: whoever grants does not audit.
pub fn clash<'a>(roles: impl IntoIterator<Item = &'a RoleRights>) -> bool {
    let (mut grants, mut audits) = (false, false);
    for role in roles {
        grants |= role.ever_allows(Action::GrantGive);
        audits |= role.ever_allows(Action::JournalList);
    }
    grants && audits
}

/// The area of an action: what stands before the dot.
fn area(action: Action) -> Option<&'static str> {
    action.name().split_once('.').map(|(area, _)| area)
}

/// The policies as Cedar is asked about them.
struct Evaluation {
    set: PolicySet,
    entities: Entities,
    roles: BTreeSet<String>,
}

fn entity(kind: &str, name: &str) -> Result<EntityUid, PolicyError> {
    let kind = EntityTypeName::from_str(kind).map_err(|error| wrong("", error))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(name)))
}

fn wrong(file: &str, what: impl ToString) -> PolicyError {
    PolicyError { file: file.to_owned(), what: what.to_string() }
}

impl Evaluation {
    fn new<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, PolicyError> {
        let mut parents: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        for action in Action::ALL {
            let groups = area(*action).into_iter().chain([action.effect().name()]);
            parents.insert(action.name().to_owned(), groups.collect());
        }
        for class in FieldClass::ALL {
            parents.insert(class.action(), vec!["see"]);
        }
        let groups: BTreeSet<&str> = parents.values().flatten().copied().collect();
        let mut entities = Vec::new();
        for (name, groups) in &parents {
            let groups =
                groups.iter().map(|group| entity("Action", group)).collect::<Result<HashSet<_>, _>>()?;
            entities.push(Entity::new_no_attrs(entity("Action", name)?, groups));
        }
        for group in &groups {
            if !parents.contains_key(*group) {
                entities.push(Entity::new_no_attrs(entity("Action", group)?, HashSet::new()));
            }
        }
        let entities = Entities::from_entities(entities, None).map_err(|error| wrong("", error))?;

        let (mut set, mut roles) = (PolicySet::new(), BTreeSet::new());
        for (file, text) in files {
            let read = PolicySet::from_str(text).map_err(|error| wrong(file, error))?;
            if read.templates().next().is_some() {
                return Err(wrong(file, "templates are not used here"));
            }
            for (number, policy) in read.policies().enumerate() {
                match policy.principal_constraint() {
                    PrincipalConstraint::Eq(role) if role.type_name().to_string() == "Role" => {
                        roles.insert(role.id().unescaped().to_owned());
                    }
                    PrincipalConstraint::Any => {}
                    _ => return Err(wrong(file, "the principal is `principal == Role::\"…\"`")),
                }
                let named = match policy.action_constraint() {
                    ActionConstraint::Any => Vec::new(),
                    ActionConstraint::Eq(action) => vec![action],
                    ActionConstraint::In(actions) => actions,
                };
                for action in named {
                    let name: &str = action.id().unescaped();
                    if !parents.contains_key(name) && !groups.contains(name) {
                        return Err(wrong(file, format!("there is no action {name}")));
                    }
                }
                let policy = policy.new_id(PolicyId::new(format!("{file}:{number}")));
                set.add(policy).map_err(|error| wrong(file, error))?;
            }
        }
        Ok(Self { set, entities, roles })
    }

    fn is_allowed(
        &self,
        authorizer: &Authorizer,
        (role, action, kind): (&EntityUid, EntityUid, &str),
        when: Circumstances,
    ) -> Result<bool, PolicyError> {
        let pairs = [("reason", when.reason), ("second_factor", when.second_factor)];
        let pairs = pairs.map(|(name, is)| (name.to_owned(), RestrictedExpression::new_bool(is)));
        let context = Context::from_pairs(pairs).map_err(|error| wrong("", error))?;
        let request = Request::new(role.clone(), action, entity("Kind", kind)?, context, None);
        let request = request.map_err(|error| wrong("", error))?;
        let answer = authorizer.is_authorized(&request, &self.set, &self.entities);
        match answer.diagnostics().errors().next() {
            // A policy that fails is skipped by Cedar: one that forbids would then allow.
            Some(error) => Err(wrong("", error)),
            None => Ok(answer.decision() == Decision::Allow),
        }
    }

    fn policies(&self) -> Result<Policies, PolicyError> {
        let authorizer = Authorizer::new();
        let mut policies = BTreeMap::new();
        for name in &self.roles {
            let role = entity("Role", name)?;
            let mut rights =
                RoleRights { name: name.clone(), allowed: <[Actions; 4]>::default(), shows: Masks::NOTHING };
            for action in Action::ALL {
                let kind = action.resource().name();
                for when in Circumstances::ALL {
                    let action_entity = entity("Action", action.name())?;
                    if self.is_allowed(&authorizer, (&role, action_entity, kind), when)? {
                        rights.allowed[when.index()].add(*action);
                    }
                }
            }
            for class in FieldClass::ALL {
                // Fields are shown by what the role is, whatever is asked for.
                let action = entity("Action", &class.action())?;
                if self.is_allowed(&authorizer, (&role, action, "guest"), Circumstances::ALL[0])? {
                    rights.shows = rights.shows.with(*class);
                }
            }
            policies.insert(name.clone(), Arc::new(rights));
        }
        Ok(Policies(policies))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::Effect;

    const NOW: Circumstances = Circumstances::ALL[0];
    const ALL_GIVEN: Circumstances = Circumstances::ALL[3];

    #[test]
    fn no_policy_shows_personal_data_without_reason_and_second_factor() {
        let policies = Policies::embedded().unwrap();
        for role in policies.all() {
            for action in Action::ALL.iter().filter(|action| action.effect() == Effect::Disclose) {
                for when in Circumstances::ALL.into_iter().filter(|when| *when != ALL_GIVEN) {
                    assert!(!role.allows(*action, when), "{} {}", role.name(), action.name());
                }
            }
        }
    }

    #[test]
    fn administrators_and_auditors_see_no_guest_and_do_not_mix() {
        let policies = Policies::embedded().unwrap();
        let of = |name: &str| policies.role(name).unwrap().clone();
        for name in ["administrator", "auditor"] {
            let role = of(name);
            assert_eq!(role.shows(), Masks::NOTHING, "{name}");
            for action in [Action::GuestShow, Action::GuestReveal, Action::Search, Action::VisitShow] {
                assert!(!role.ever_allows(action), "{name} {}", action.name());
            }
        }
        assert!(clash([&*of("administrator"), &*of("auditor")]));
        let with_auditor: Vec<String> = policies
            .grantable()
            .filter(|role| clash([&***role, &*of("auditor")]))
            .map(|role| role.name().to_owned())
            .collect();
        assert_eq!(with_auditor, ["administrator"]);
        assert!(!of("administrator").allows(Action::GrantGive, NOW));
        assert!(of("administrator").allows(Action::GrantGive, ALL_GIVEN));
    }

    #[test]
    fn every_account_may_look_after_itself_and_nobody_is_granted_that() {
        let policies = Policies::embedded().unwrap();
        let own = policies.role(OWN).unwrap();
        for action in Action::ALL {
            assert_eq!(own.allows(*action, NOW), action.name().starts_with("own."), "{}", action.name());
        }
        assert!(policies.grantable().all(|role| role.name() != OWN && role.name() != ANYONE));
        assert_eq!(policies.grantable().count(), 8);
    }

    #[test]
    fn roles_of_ones_own_are_read_and_typing_errors_told() {
        let with = |text: &str| Policies::with(&[("night.cedar".to_owned(), text.to_owned())]);
        let night =
            with(r#"permit (principal == Role::"night", action in [Action::"board", Action::"night_audit.run"], resource);"#)
                .unwrap();
        let role = night.role("night").unwrap();
        assert!(role.allows(Action::BoardShow, NOW) && role.allows(Action::NightAuditRun, NOW));
        assert!(!role.allows(Action::GuestShow, ALL_GIVEN));
        for (text, expected) in [
            (r#"permit (principal == Role::"night", action == Action::"bord.show", resource);"#, "bord.show"),
            (r#"permit (principal == User::"night", action, resource);"#, "Role::"),
            ("permit (principal", "night.cedar"),
        ] {
            let error = with(text).unwrap_err().to_string();
            assert!(error.contains(expected) && error.starts_with("night.cedar"), "{error}");
        }
        let forbidden =
            with(r#"forbid (principal == Role::"manager", action in Action::"rate_plan", resource);"#)
                .unwrap();
        assert!(!forbidden.role("manager").unwrap().ever_allows(Action::RatePlanPut));
    }
}
