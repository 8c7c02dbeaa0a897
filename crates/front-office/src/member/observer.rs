//! Points follow merges of guests: see [`points`].

use futures_util::future::BoxFuture;
use hefu_core::{Result, Unit};
use hefu_domain::ids::GuestId;
use hefu_people::observer::MergeObserver;

use crate::member::points;

/// Moves points when guests are merged or a merge is undone.
#[derive(Debug, Clone, Copy)]
pub struct PointsFollowMerges;

impl MergeObserver for PointsFollowMerges {
    fn merged<'a>(
        &'a self,
        u: &'a mut Unit<'_>,
        members: &'a [GuestId],
        cause: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(points::reunite(u, members, cause))
    }

    fn unmerged<'a>(
        &'a self,
        u: &'a mut Unit<'_>,
        (one, two): (&'a [GuestId], &'a [GuestId]),
        cause: &'a str,
    ) -> BoxFuture<'a, Result<i64>> {
        Box::pin(points::split(u, one, two, cause))
    }
}
