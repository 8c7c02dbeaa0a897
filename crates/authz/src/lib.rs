//! Who may do what, in Cedar's shape: a principal wants to perform an action on a resource, and one function decides. What each role may is
//! written in `policies/` and worked out at the start ([`Policies`]); which roles a principal has and where comes with the request ([`Access`]).
//!
//! How much of a guest's personal data an answer shows follows from its class and the roles: [`Masks`] and [`Personal`].
//!
//! Pure: no I/O, no clock. The gate of `hefu-core` asks [`decide`] before anything else of a use case runs.

mod access;
mod action;
mod decision;
mod personal;
mod policy;
mod principal;
mod resource;

pub use access::{Access, Granted, Rights, needs_whole_chain};
pub use action::{Action, Effect};
pub use decision::{Decision, Denial, decide};
pub use personal::{Class, FieldClass, Masks, Personal, class};
pub use policy::{ANYONE, Circumstances, OWN, Policies, PolicyError, RoleRights, clash};
pub use principal::Principal;
pub use resource::{Resource, ResourceId, ResourceKind, Scope};
