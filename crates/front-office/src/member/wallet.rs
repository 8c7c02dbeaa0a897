//! The memberships of a guest, and movements of points on them.

use hefu_core::{Result, Unit};
use hefu_domain::{
    ids::{GuestId, PropertyId},
    member::{Membership, PointsEntry, PointsKind},
};
use hefu_people::cluster::cluster_members;
use hefu_store::{Conn, StoreError, query};

use super::programme;

/// Writes movements of points. The tier follows from the points ever earned; a higher tier that was granted
/// stays.
pub async fn post_points(
    u: &mut Unit<'_>,
    membership: &mut Membership,
    entries: &[PointsEntry],
) -> Result<i64> {
    if entries.is_empty() {
        return Ok(0);
    }
    let sum = |kinds: &[PointsKind]| -> i64 {
        entries.iter().filter(|entry| kinds.contains(&entry.kind)).map(|entry| entry.points).sum()
    };
    let programme = programme::of(u.tx, PropertyId::NIL).await?;
    let by_points = membership.tier == programme.tier_for(membership.lifetime_points);
    let moved = sum(PointsKind::ALL);
    membership.points += moved;
    membership.lifetime_points = (membership.lifetime_points
        + sum(&[PointsKind::Earned, PointsKind::Reversed, PointsKind::Moved]))
    .max(0);
    let tier = programme.tier_for(membership.lifetime_points);
    if by_points || tier > membership.tier {
        membership.tier = tier;
    }
    // The membership before its entries: a concurrent movement of points fails on its
    // version, is retried, and then finds these entries.
    u.tx.update(membership).await?;
    u.tx.insert_all(entries).await?;
    Ok(moved)
}

/// The memberships of a guest's cluster: the guest's own first, then the survivor's. A
/// merge moves no points: each membership retains its own, and they are spent together.
pub async fn wallet(c: &mut Conn, guest: GuestId) -> Result<Vec<Membership>> {
    let mut found: Vec<Membership> = query::member::of_guest(c, guest).await?.into_iter().collect();
    let root = root_of(c, guest).await?;
    for id in cluster_members(c, root).await? {
        if id != guest {
            found.extend(query::member::of_guest(c, id).await?);
        }
    }
    Ok(found)
}

/// The [`wallet`] before a movement of points: in versions that no separation has overtaken.
///
/// # Errors
/// Guests were merged or separated between the reads: to be retried.
pub async fn open_wallet(u: &mut Unit<'_>, guest: GuestId) -> Result<Vec<Membership>> {
    let cards = wallet(u.tx, guest).await?;
    for card in cards.iter().filter(|card| card.guest_id != guest) {
        // The cluster may have been read before a separation, and the card after it: then its version stops nothing.
        // Guests who are still merged after the cards were read were merged when they were.
        if root_of(u.tx, card.guest_id).await? != root_of(u.tx, guest).await? {
            return Err(StoreError::Conflict { table: "membership".into() }.into());
        }
    }
    Ok(cards)
}

/// The guest that a guest was joined into, or itself.
///
/// # Errors
/// The database fails.
pub async fn root_of(c: &mut Conn, guest: GuestId) -> Result<GuestId> {
    Ok(query::guest::row(c, guest).await?.and_then(|row| row.merged_into).unwrap_or(guest))
}
