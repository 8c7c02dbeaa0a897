//! Who may do what, in Cedar's shape: a principal wants to perform an action on a resource, and one function decides.
//!
//! How much of a guest's personal data an answer shows follows from its class and the principal: [`Masks`] and [`Personal`].
//!
//! Pure: no I/O, no clock. The gate of `hefu-core` asks [`decide`] before anything else of a use case runs.

mod action;
mod decision;
mod personal;
mod principal;
mod resource;

pub use action::{Action, Effect};
pub use decision::{Decision, Denial, decide};
pub use personal::{Class, FieldClass, Masks, Personal, class};
pub use principal::Principal;
pub use resource::{Resource, ResourceId, ResourceKind, Scope};
