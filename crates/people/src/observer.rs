//! Observers of merges, which act in the same unit on what depends on identity, e.g. points of members.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use hefu_core::{Result, Service, Unit};
use hefu_domain::ids::GuestId;
use hefu_store::Store;

/// Acts on merges, in their unit of work.
pub trait MergeObserver: Send + Sync {
    /// These guests are the same person from now on. `cause` is the same if the unit is run again.
    fn merged<'a>(
        &'a self,
        u: &'a mut Unit<'_>,
        members: &'a [GuestId],
        cause: &'a str,
    ) -> BoxFuture<'a, Result<()>>;

    /// The two sides are different persons from now on. Returns how many points one had earned by visits of the other and has already spent.
    fn unmerged<'a>(
        &'a self,
        u: &'a mut Unit<'_>,
        sides: (&'a [GuestId], &'a [GuestId]),
        cause: &'a str,
    ) -> BoxFuture<'a, Result<i64>>;
}

/// All observers of merges.
#[derive(Default)]
pub struct MergeObservers(pub Vec<Arc<dyn MergeObserver>>);

impl Service for MergeObservers {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}
