//! The decision.

use crate::{
    Access, Action, Resource, Scope,
    access::{Verdict, needs_whole_chain},
};

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
    /// It would be permitted with a reason.
    Reason,
    /// It would be permitted if the second factor had been shown lately.
    SecondFactor,
}

/// Decides whether somebody with `access` may perform `action` on `resource`. A resource whose property is not known yet passes if it may be
/// performed in any property: the decision is made again once it is known.
pub fn decide(
    access: &Access,
    action: Action,
    resource: &Resource<'_>,
    scope: &Scope,
    has_reason: bool,
) -> Decision {
    if action.resource() != resource.kind {
        return Decision::Deny(Denial::Resource);
    }
    if resource.property.is_some_and(|property| !scope.contains(property)) {
        return Decision::Deny(Denial::Property);
    }
    let Access::Granted(rights) = access else { return Decision::Allow };
    let property = resource.property.filter(|_| !needs_whole_chain(action));
    match rights.verdict(action, property, has_reason) {
        Verdict::Allowed => Decision::Allow,
        Verdict::NeedsReason => Decision::Deny(Denial::Reason),
        Verdict::NeedsSecondFactor => Decision::Deny(Denial::SecondFactor),
        Verdict::Denied => Decision::Deny(Denial::Action),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(access: &Access, action: Action, resource: &Resource<'_>, scope: &Scope) -> Decision {
        decide(access, action, resource, scope, false)
    }

    #[test]
    fn whoever_was_granted_nothing_may_do_nothing() {
        let nothing = Access::nothing();
        for action in Action::ALL {
            let resource = Resource::all(action.resource());
            assert_eq!(decided(&Access::Everything, *action, &resource, &Scope::All), Decision::Allow);
            let denied = decided(&nothing, *action, &resource, &Scope::All);
            assert_eq!(denied, Decision::Deny(Denial::Action), "{}", action.name());
        }
    }

    #[test]
    fn a_property_outside_the_scope_is_denied() {
        let scope = Scope::Only(vec!["SH01".into()]);
        let on = |code| decided(&Access::Everything, Action::BoardShow, &Resource::property(code), &scope);
        assert_eq!(on("SH01"), Decision::Allow);
        assert_eq!(on("HZ01"), Decision::Deny(Denial::Property));
    }

    #[test]
    fn an_action_is_about_its_kind_of_resource() {
        let decision = decided(&Access::Everything, Action::VisitShow, &Resource::chain(), &Scope::All);
        assert_eq!(decision, Decision::Deny(Denial::Resource));
    }
}
