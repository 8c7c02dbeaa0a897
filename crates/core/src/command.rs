//! Commands: what is changed, in one unit of work.

use std::future::Future;

use hefu_authz::{Action, Resource};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, Unit};

/// A change. It is data; running it is a function of what is stored, the moment and the context.
pub trait Command: Send + Sync + 'static {
    /// What it does, for policies, traces and metrics.
    const ACTION: Action;
    /// What it answers.
    type Out: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// What it is about, as far as the request says.
    fn resource(&self) -> Resource<'_>;

    /// Why, where the request says so in its body: it stands before that of the context (see [`Context::because`](crate::Context::because)).
    fn reason(&self) -> Option<&str> {
        None
    }

    /// Does it within `unit`. May be run again from the start when the database asks for it.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<Self::Out>> + Send;
}
