//! The permit of one use case: the decision, made when it begins and again when the property it concerns is known.

use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};

use hefu_authz::{Action, Decision, Denial, Effect, Masks, Resource, decide};

use crate::{
    context::Context,
    error::{AppError, Result},
};

/// The permit of one use case.
pub(crate) struct Permit<'a> {
    pub(crate) ctx: &'a Context,
    pub(crate) action: Action,
    resource: Resource<'a>,
    /// Whether the property of the resource is known and was decided about.
    is_placed: AtomicBool,
    /// How much personal data is shown: of the property, once it is known.
    masks: AtomicU16,
}

impl<'a> Permit<'a> {
    pub(crate) fn open(ctx: &'a Context, action: Action, resource: Resource<'a>) -> Result<Self> {
        let is_placed = !resource.kind.is_in_property() || resource.property.is_some();
        let masks = AtomicU16::new(ctx.access.masks(action, resource.property).bits());
        let permit = Self { ctx, action, resource, is_placed: AtomicBool::new(is_placed), masks };
        permit.decide(&resource)?;
        ctx.check_reason()?;
        if action.effect() == Effect::Disclose
            && ctx.reason.as_deref().is_none_or(|reason| reason.trim().is_empty())
        {
            return Err(AppError::reason_required());
        }
        Ok(permit)
    }

    /// How much personal data is shown: no more than at any property, until the property is known.
    pub(crate) fn masks(&self) -> Masks {
        Masks::of_bits(self.masks.load(Relaxed))
    }

    /// How much is shown of what belongs to a property.
    pub(crate) fn masks_at(&self, property: &str) -> Masks {
        self.ctx.access.masks(self.action, Some(property))
    }

    /// Every answer that [`Permit::masks_at`] can give.
    pub(crate) fn possible_masks(&self) -> Vec<Masks> {
        self.ctx.access.possible_masks(self.action)
    }

    fn decide(&self, resource: &Resource<'_>) -> Result<()> {
        self.decide_on(self.action, resource)
    }

    fn decide_on(&self, action: Action, resource: &Resource<'_>) -> Result<()> {
        let has_reason = self.ctx.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        match decide(&self.ctx.access, action, resource, &self.ctx.scope, has_reason) {
            Decision::Allow => Ok(()),
            Decision::Deny(denial) => {
                tracing::warn!(action = action.name(), principal = %self.ctx.principal, ?denial, "denied");
                Err(match denial {
                    Denial::Resource => {
                        AppError::Internal("a use case named a resource its action is not about")
                    }
                    Denial::Reason => AppError::reason_required(),
                    Denial::SecondFactor => AppError::SecondFactorNeeded,
                    Denial::Action | Denial::Property => AppError::Forbidden { action: action.name() },
                })
            }
        }
    }

    /// Decides whether the use case may also do what only some requests of it ask for, in a property.
    pub(crate) fn also(&self, action: Action, property: &str) -> Result<()> {
        self.decide_on(action, &Resource::property(property))
    }

    /// Whether the principal may also do this to something of a property.
    pub(crate) fn may(&self, action: Action, property: &str) -> bool {
        let resource = Resource { property: Some(property), ..Resource::all(action.resource()) };
        decide(&self.ctx.access, action, &resource, &self.ctx.scope, false) == Decision::Allow
    }

    /// Whether the principal may also do this to what belongs to no property, or where it is not known which.
    pub(crate) fn may_anywhere(&self, action: Action) -> bool {
        let resource = Resource::all(action.resource());
        decide(&self.ctx.access, action, &resource, &self.ctx.scope, false) == Decision::Allow
    }

    /// Decides again now that the property of the resource is known.
    pub(crate) fn within(&self, property: &str) -> Result<()> {
        tracing::Span::current().record("property", property);
        self.decide(&Resource { property: Some(property), ..self.resource })?;
        self.masks.store(self.masks_at(property).bits(), Relaxed);
        self.is_placed.store(true, Relaxed);
        Ok(())
    }

    /// Notes that the answer is about several properties, each of which was decided about.
    pub(crate) fn across(&self) {
        self.is_placed.store(true, Relaxed);
    }

    /// A use case that succeeds on a property's resource without naming the property would bypass decisions by property.
    pub(crate) fn leave<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_ok() && !self.is_placed.load(Relaxed) {
            return Err(AppError::Internal("a use case did not say which property it is about"));
        }
        result
    }
}
