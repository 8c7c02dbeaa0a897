//! What a principal was found to have been granted, when the request came in.

use std::sync::Arc;

use crate::{Action, Circumstances, Effect, Masks, ResourceKind, RoleRights};

/// What a principal may do.
#[derive(Debug, Clone)]
pub enum Access {
    /// Everything: Hefu's own jobs, and whoever reaches a server without accounts, which listens on loopback only.
    Everything,
    /// What its roles may.
    Granted(Arc<Rights>),
}

/// A role, and where it counts.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The role.
    pub role: Arc<RoleRights>,
    /// Code of the property; none: the whole chain.
    pub property: Option<Arc<str>>,
}

/// The roles of a principal. Those that have ended are not among them.
#[derive(Debug, Default)]
pub struct Rights {
    /// The roles.
    pub granted: Vec<Granted>,
    /// Whether the second factor was shown lately.
    pub second_factor: bool,
}

/// What is to be done about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// Allowed if a reason were given.
    NeedsReason,
    /// Allowed if the second factor had been shown lately.
    NeedsSecondFactor,
    Denied,
}

/// Whether an action belongs to the installation as a whole, so that a role counts for it only if it was granted for the whole chain.
pub const fn needs_whole_chain(action: Action) -> bool {
    let is_of_chain = matches!(
        action.resource(),
        ResourceKind::Journal
            | ResourceKind::ImportRun
            | ResourceKind::Installation
            | ResourceKind::Account
            | ResourceKind::ApiClient
    );
    is_of_chain
        || matches!(action, Action::ProgrammePut)
        || matches!(action.effect(), Effect::Operate) && matches!(action.resource(), ResourceKind::Chain)
}

impl Rights {
    /// The roles that count for an action on something of `property`; none: not known (yet), or it belongs to no property.
    fn roles<'a>(
        &'a self,
        action: Action,
        property: Option<&'a str>,
    ) -> impl Iterator<Item = &'a RoleRights> {
        let chain_only = needs_whole_chain(action);
        let counts = move |granted: &&Granted| match (&granted.property, property) {
            (None, _) => true,
            (Some(_), _) if chain_only => false,
            (Some(_), None) => true,
            (Some(at), Some(property)) => **at == *property,
        };
        self.granted.iter().filter(counts).map(|granted| &*granted.role)
    }

    pub(crate) fn verdict(&self, action: Action, property: Option<&str>, reason: bool) -> Verdict {
        let may = |reason, second_factor| {
            let when = Circumstances { reason, second_factor };
            self.roles(action, property).any(|role| role.allows(action, when))
        };
        if may(reason, self.second_factor) {
            Verdict::Allowed
        } else if may(true, self.second_factor) {
            Verdict::NeedsReason
        } else if may(true, true) || may(reason, true) {
            Verdict::NeedsSecondFactor
        } else {
            Verdict::Denied
        }
    }

    /// What the roles at a property are shown together.
    fn masks_at(&self, property: &str) -> Masks {
        let here =
            self.granted.iter().filter(|granted| granted.property.as_deref().is_none_or(|at| at == property));
        here.fold(Masks::NOTHING, |shown, granted| shown.and(granted.role.shows()))
    }

    /// The properties with roles of their own.
    fn properties(&self) -> impl Iterator<Item = &str> {
        self.granted.iter().filter_map(|granted| granted.property.as_deref())
    }

    fn masks(&self, property: Option<&str>) -> Masks {
        if let Some(property) = property {
            return self.masks_at(property);
        }
        let mut everywhere = self.properties().map(|property| self.masks_at(property));
        match everywhere.next() {
            // No more than at each of the properties.
            Some(first) => everywhere.fold(first, Masks::within),
            None => self.masks_at(""),
        }
    }
}

impl Access {
    /// Nothing at all.
    pub fn nothing() -> Self {
        Self::Granted(Arc::default())
    }

    /// How much personal data an action shows of what belongs to `property`. Where none is known: no more than at any of the properties.
    pub fn masks(&self, action: Action, property: Option<&str>) -> Masks {
        match (action.effect(), self) {
            (Effect::Disclose, _) => Masks::OPEN,
            (_, Self::Everything) => Masks::DESK,
            (_, Self::Granted(rights)) => rights.masks(property),
        }
    }

    /// Every answer [`Access::masks`] can give about an action, as long as the property is not known: those of the properties it was granted for first.
    pub fn possible_masks(&self, action: Action) -> Vec<Masks> {
        match self {
            Self::Granted(rights) if action.effect() != Effect::Disclose => {
                let mut found = Vec::new();
                for property in rights.properties().chain([""]) {
                    let masks = rights.masks_at(property);
                    if !found.contains(&masks) {
                        found.push(masks);
                    }
                }
                found
            }
            _ => vec![self.masks(action, None)],
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{FieldClass, Policies};

    fn rights(grants: &[(&str, Option<&str>)]) -> Rights {
        let policies = Policies::embedded().unwrap();
        let granted = grants.iter().map(|(role, property)| Granted {
            role: policies.role(role).unwrap().clone(),
            property: property.map(Arc::from),
        });
        Rights { granted: granted.collect(), second_factor: false }
    }

    #[test]
    fn a_role_counts_where_it_was_granted() {
        let desk = rights(&[("front_desk", Some("SH01"))]);
        let verdict = |property| desk.verdict(Action::VisitShow, property, false);
        assert_eq!(verdict(Some("SH01")), Verdict::Allowed);
        assert_eq!(verdict(Some("HZ01")), Verdict::Denied);
        // Not known yet: decided again once it is.
        assert_eq!(verdict(None), Verdict::Allowed);
        assert_eq!(desk.verdict(Action::GuestReveal, None, true), Verdict::NeedsSecondFactor);
        assert_eq!(desk.verdict(Action::GrantGive, None, true), Verdict::Denied);
    }

    #[test]
    fn whoever_administers_one_property_does_not_administer_the_chain() {
        let mut one = rights(&[("administrator", Some("SH01"))]);
        one.second_factor = true;
        assert_eq!(one.verdict(Action::GrantGive, None, true), Verdict::Denied);
        assert_eq!(one.verdict(Action::PropertyPut, Some("SH01"), true), Verdict::Allowed);
        let mut all = rights(&[("administrator", None)]);
        assert_eq!(all.verdict(Action::GrantGive, None, true), Verdict::NeedsSecondFactor);
        all.second_factor = true;
        assert_eq!(all.verdict(Action::GrantGive, None, true), Verdict::Allowed);
    }

    /// Every case there is, so it is a proof and not a sample: whoever has any role at one property, and has given all that can be given, may do nothing to what
    /// belongs to another.
    #[test]
    fn no_role_of_one_property_reaches_another() {
        let policies = Policies::embedded().unwrap();
        let mut asked = 0;
        for role in policies.grantable() {
            for second_factor in [false, true] {
                let granted = Granted { role: role.clone(), property: Some(Arc::from("SH01")) };
                let rights = Rights { granted: vec![granted], second_factor };
                for action in Action::ALL {
                    for reason in [false, true] {
                        let verdict = rights.verdict(*action, Some("HZ01"), reason);
                        assert_eq!(verdict, Verdict::Denied, "{} {}", role.name(), action.name());
                        asked += 1;
                    }
                }
                assert_eq!(rights.masks(Some("HZ01")), Masks::NOTHING);
            }
        }
        assert!(asked > 1_000, "{asked}");
    }

    #[test]
    fn masks_are_of_the_property_and_where_none_is_known_the_narrowest() {
        let mixed = rights(&[("front_desk", Some("SH01")), ("housekeeping", Some("HZ01"))]);
        let shows = |property, class| mixed.masks(property).shows(class);
        assert!(shows(Some("SH01"), FieldClass::Name));
        assert!(!shows(Some("HZ01"), FieldClass::Name));
        assert!(!shows(None, FieldClass::Name));
        assert!(shows(None, FieldClass::FreeText));
        assert_eq!(mixed.masks(Some("BJ01")), Masks::NOTHING);
        let together = rights(&[("finance", Some("SH01")), ("housekeeping", None)]);
        assert!(together.masks(Some("SH01")).shows(FieldClass::FreeText));
        assert!(together.masks(Some("SH01")).shows(FieldClass::Name));
        assert!(!together.masks(Some("HZ01")).shows(FieldClass::Name));
    }
}
