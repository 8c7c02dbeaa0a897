//! The decision.

use crate::{Action, Principal, Resource, Scope};

/// Whether an action is permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow,
    /// No, with the reason.
    Deny(Denial),
}

/// Why an action is not permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The principal has no right to the action.
    Action,
    /// The property is not one the request may concern.
    Property,
    /// The action applies to another kind of resource: a bug in the use case that asked.
    Resource,
}

/// Decides whether `principal` may perform `action` on `resource`. Until accounts exist the local administrator and Hefu's own jobs may do
/// everything, and nobody else anything.
pub fn decide(principal: &Principal, action: Action, resource: &Resource<'_>, scope: &Scope) -> Decision {
    if action.resource() != resource.kind {
        return Decision::Deny(Denial::Resource);
    }
    if !matches!(principal, Principal::LocalAdministrator | Principal::Job(_)) {
        return Decision::Deny(Denial::Action);
    }
    match resource.property {
        Some(property) if !scope.contains(property) => Decision::Deny(Denial::Property),
        _ => Decision::Allow,
    }
}

#[cfg(test)]
mod tests {
    use hefu_domain::ids::GuestId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_administrator_and_jobs_may_do_anything_yet() {
        let resource = Resource::visit("1234567890");
        let decided = |principal| decide(&principal, Action::VisitShow, &resource, &Scope::All);
        assert_eq!(decided(Principal::LocalAdministrator), Decision::Allow);
        assert_eq!(decided(Principal::job("night-audit")), Decision::Allow);
        for stranger in
            [Principal::Staff(Uuid::nil()), Principal::ApiClient(Uuid::nil()), Principal::Guest(GuestId::NIL)]
        {
            assert_eq!(decided(stranger), Decision::Deny(Denial::Action));
        }
    }

    #[test]
    fn a_property_outside_the_scope_is_denied() {
        let scope = Scope::Only(vec!["SH01".into()]);
        let on = |code| {
            decide(&Principal::LocalAdministrator, Action::BoardShow, &Resource::property(code), &scope)
        };
        assert_eq!(on("SH01"), Decision::Allow);
        assert_eq!(on("HZ01"), Decision::Deny(Denial::Property));
    }

    #[test]
    fn an_action_is_about_its_kind_of_resource() {
        let decision =
            decide(&Principal::LocalAdministrator, Action::VisitShow, &Resource::chain(), &Scope::All);
        assert_eq!(decision, Decision::Deny(Denial::Resource));
    }
}
