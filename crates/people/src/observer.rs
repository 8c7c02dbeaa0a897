//! Who acts in the same unit when guests are merged or a merge is undone: what hangs on being one person, e.g. points of members.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use hefu_core::{Result, Service, Unit};
use hefu_domain::ids::GuestId;
use hefu_store::Store;

/// Acts on merges, in their unit of work.
pub trait MergeObserver: Send + Sync {
    /// These guests are one person from now on. `cause` is the same if the unit is run again.
    fn merged<'a>(
        &'a self,
        u: &'a mut Unit<'_>,
        members: &'a [GuestId],
        cause: &'a str,
    ) -> BoxFuture<'a, Result<()>>;

    /// The two sides are two persons from now on. Answers how many points one had earned by visits of the other and has spent already.
    fn unmerged<'a>(
        &'a self,
        u: &'a mut Unit<'_>,
        sides: (&'a [GuestId], &'a [GuestId]),
        cause: &'a str,
    ) -> BoxFuture<'a, Result<i64>>;
}

/// Everybody who acts on merges.
#[derive(Default)]
pub struct MergeObservers(pub Vec<Arc<dyn MergeObserver>>);

impl Service for MergeObservers {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}
