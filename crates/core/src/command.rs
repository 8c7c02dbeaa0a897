//! Commands: changes, in one unit of work.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, Unit};

/// A change. It is data; running it is a function of what is stored, the time and the context.
#[async_trait]
pub trait Command: Send + Sync + 'static {
    /// Its action, for policies, traces and metrics.
    const ACTION: Action;
    /// Its result.
    type Out: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Its resource, as far as the request names it.
    fn resource(&self) -> Resource<'_>;

    /// The reason, if the request gives one in its body: it takes precedence over that of the context (see [`Context::because`](crate::Context::because)).
    fn reason(&self) -> Option<&str> {
        None
    }

    /// Runs it within `unit`. May be run again from the start when the database requires it.
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Self::Out>;
}
