//! Points of a visit on the cards of its booker.
//!
//! A charge earns once, whichever card earns it, so it is always decided over all cards on which the visit moved points. They belong to
//! the booker: while guests are merged, the card of one can earn and pay for the visits of another. When the two are separated, what a
//! visit left on the card of the other side is deducted from it as far as it is not spent; and as soon as the booker has a card (again), that is
//! earned again, at the amount that was deducted. Apart from that, merges move no points.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hefu_domain::{
    event::MemberEvent,
    folio::Posting,
    ids::{GuestId, MembershipId, PostingId, PropertyId, VisitId},
    member::{Membership, PointsEntry, PointsKind},
    property::CodeKind,
};

use hefu_store::query;

use super::{
    programme,
    wallet::{open_wallet, post_points},
};

use hefu_core::{About, Result, Unit};

use crate::{
    folio::bill::{Bill, is_move},
    visit::{self, Visit},
};

/// A movement caused by a visit.
pub(super) fn movement(
    (u, visit, membership): (&Unit<'_>, &Visit, &Membership),
    kind: PointsKind,
    source: String,
    points: i64,
) -> PointsEntry {
    let booker = visit.reservation.guest_id;
    PointsEntry {
        membership_id: membership.id,
        source,
        kind,
        points,
        property_id: Some(visit.property.id),
        visit_id: Some(visit.reservation.id),
        at: u.now,
        guest_id: (booker != membership.guest_id).then_some(booker),
    }
}

/// All movements of a visit, on any card.
struct Moved(Vec<PointsEntry>);

impl Moved {
    async fn by(u: &mut Unit<'_>, property: PropertyId, visit: VisitId) -> Result<Self> {
        Ok(Self(query::member::of_visit(u.tx, property, visit).await?))
    }

    /// The line of the bill an entry is for; see [`PointsEntry::source`].
    fn line(entry: &PointsEntry) -> Option<PostingId> {
        entry.source.split(':').nth(1).and_then(|line| line.parse().ok())
    }

    fn cards(&self) -> BTreeSet<MembershipId> {
        self.0.iter().map(|entry| entry.membership_id).collect()
    }

    /// The visit's balance on a card.
    fn left_on(&self, card: MembershipId) -> i64 {
        self.0.iter().filter(|entry| entry.membership_id == card).map(|entry| entry.points).sum()
    }

    /// By line, the sum of the `wanted` entries.
    fn by_line(&self, wanted: impl Fn(&PointsEntry) -> bool) -> BTreeMap<PostingId, i64> {
        let mut sums = BTreeMap::new();
        for entry in self.0.iter().filter(|entry| wanted(entry)) {
            if let Some(line) = Self::line(entry) {
                *sums.entry(line).or_default() += entry.points;
            }
        }
        sums.retain(|_, points| *points != 0);
        sums
    }

    /// What separating deducted for each charge and has not been earned again.
    fn owed(&self) -> BTreeMap<PostingId, i64> {
        let moved = self.by_line(|entry| entry.kind == PointsKind::Moved);
        moved.into_iter().map(|(line, points)| (line, -points)).collect()
    }
}

/// Credits the booker's membership with the points of every valid charge of the visit that counts by the programme and has not earned any yet. Tax,
/// penalties and damages earn nothing. Returns how many points moved; none without a membership. Check-out calls it; it can be called at any time and any number of
/// times.
///
/// # Errors
/// Another unit holds the lock on the bill.
pub async fn accrue(u: &mut Unit<'_>, visit: &Visit) -> Result<i64> {
    let Some(mut membership) = open_wallet(u, visit.reservation.guest_id).await?.into_iter().next() else {
        return Ok(0);
    };
    let bill = Bill::lock(u, visit).await?;
    let moved = Moved::by(u, visit.property.id, visit.reservation.id).await?;
    // Whichever card earned it, and whatever happened to it since. What was reversed before it earned anything earns nothing.
    let mut done: HashSet<PostingId> = moved.0.iter().filter_map(Moved::line).collect();
    done.extend(bill.lines.iter().filter_map(|line| line.reverses));
    let codes = query::property::codes(u.tx, visit.property.id).await?;
    let programme = programme::of(u.tx, visit.property.id).await?;
    let rule = programme.rule(membership.tier);
    let earns = |line: &Posting| {
        let of = codes.iter().find(|code| code.code == line.code);
        line.kind == CodeKind::Revenue && of.is_none_or(|code| programme.earns(&code.group))
    };
    let exponent = visit.property.currency.exponent();
    let entries: Vec<PointsEntry> = bill
        .lines
        .iter()
        .filter(|line| earns(line) && !is_move(line) && line.reverses.is_none())
        .filter(|line| !done.contains(&line.id))
        .map(|line| {
            let points = rule.points_for(line.amount, exponent);
            movement((u, visit, &membership), PointsKind::Earned, format!("posting:{}", line.id), points)
        })
        .collect();
    post_points(u, &mut membership, &entries).await
}

/// Undoes the effect of a line on points, when it is reversed: on each card that has them, earned points are deducted and spent points returned.
///
/// # Errors
/// [`hefu_domain::Rule::NotEnoughPoints`] when a card of the booker has already spent the earned points. The card of a guest separated from
/// the booker retains what it has spent.
pub async fn take_back(u: &mut Unit<'_>, visit: &Visit, line: &Posting) -> Result<()> {
    let (property, id) = (visit.property.id, visit.reservation.id);
    let is_redemption = line.code == "POINTS";
    let (kind, source) = match is_redemption {
        true => (PointsKind::Redeemed, format!("returned:{}", line.id)),
        false => (PointsKind::Reversed, format!("reversed:{}", line.id)),
    };
    let own = open_wallet(u, visit.reservation.guest_id).await?;
    let moved = Moved::by(u, property, id).await?;
    let mut others = Vec::new();
    for card in moved.cards() {
        let of_line = moved.by_line(|entry| entry.membership_id == card);
        let Some(&points) = of_line.get(&line.id) else { continue };
        let of_booker = own.iter().find(|own| own.id == card);
        let is_own = of_booker.is_some();
        let stored = match of_booker {
            Some(own) => Some(own.clone()),
            None => query::member::find(u.tx, card).await?,
        };
        let Some(mut membership) = stored else { continue };
        let back = if is_own { points } else { points.min(membership.points) };
        let entry = movement((u, visit, &membership), kind, source.clone(), -back);
        post_points(u, &mut membership, &[entry]).await?;
        if !is_own {
            others.push(membership);
        }
    }
    if is_redemption && !others.is_empty() {
        // A part of what returns to a card that is no longer the booker's may have been earned by the visit.
        rebalance(u, (property, id), &others, &line.id.to_string()).await?;
    }
    Ok(())
}

/// Lets guests who are merged from now on earn again what was deducted when they were separated before: on the card it was deducted from, or
/// the first available. `cause` makes it happen once.
///
/// # Errors
/// Concurrent movement of points on one of the cards.
pub async fn reunite(u: &mut Unit<'_>, everybody: &[GuestId], cause: &str) -> Result<()> {
    let mut visits = BTreeSet::new();
    for guest in everybody {
        visits.extend(query::member::visits_moved(u.tx, *guest).await?);
    }
    if visits.is_empty() || lock_cards(u, everybody).await?.is_empty() {
        return Ok(());
    }
    for visit in visits {
        rebalance(u, visit, &[], cause).await?;
    }
    Ok(())
}

/// Deducts what the cards of either side earned by visits of the other, as far as it is not spent, and lets the side that the visits belong to
/// earn it again, if it has a card. Returns how many points are spent. `cause` makes it happen once.
///
/// # Errors
/// Concurrent movement of points on one of the cards.
pub async fn split(u: &mut Unit<'_>, one: &[GuestId], two: &[GuestId], cause: &str) -> Result<i64> {
    let mut spent = 0;
    for (guests, others) in [(one, two), (two, one)] {
        let cards = lock_cards(u, others).await?;
        let mut visits = BTreeSet::new();
        for guest in guests {
            for card in &cards {
                visits.extend(query::member::visits_on_card_of_other(u.tx, *guest, card.id).await?);
            }
        }
        for visit in visits {
            spent += rebalance(u, visit, &cards, cause).await?;
        }
    }
    Ok(spent)
}

/// The cards of some guests, each in a new version: a concurrent movement of points on one of them that is based on the old state of the merge
/// has to be retried.
async fn lock_cards(u: &mut Unit<'_>, guests: &[GuestId]) -> Result<Vec<Membership>> {
    let mut cards = Vec::new();
    for guest in guests {
        if let Some(mut card) = query::member::of_guest(u.tx, *guest).await? {
            u.tx.update(&mut card).await?;
            cards.push(card);
        }
    }
    Ok(cards)
}

/// Deducts what a visit left on the cards of `strangers`, and credits what its charges are owed to the cards of its booker. Returns how much
/// could not be deducted, because it is spent.
async fn rebalance(
    u: &mut Unit<'_>,
    (property, id): (PropertyId, VisitId),
    strangers: &[Membership],
    cause: &str,
) -> Result<i64> {
    let mut moved = Moved::by(u, property, id).await?;
    if strangers.iter().all(|card| moved.left_on(card.id) <= 0) && moved.owed().is_empty() {
        return Ok(0);
    }
    let visit = visit::load(u.tx, property, id).await?;
    // Locked before it is read again, so that no charge is reversed in the meantime.
    let bill = Bill::lock(u, &visit).await?;
    moved = Moved::by(u, property, id).await?;
    let (mut taken, mut spent) = (0, 0);
    for card in strangers {
        let left = moved.left_on(card.id);
        let Some(mut membership) = query::member::find(u.tx, card.id).await?.filter(|_| left > 0) else {
            continue;
        };
        let back = left.min(membership.points);
        let entries = taken_from((u, &visit, &membership), &moved, back, cause);
        post_points(u, &mut membership, &entries).await?;
        moved.0.extend(entries);
        (taken, spent) = (taken + back, spent + left - back);
    }
    let given = give(u, &visit, &bill, &moved, cause).await?;
    u.record(About::Visit(&visit.reservation), MemberEvent::MovePoints { taken, spent, given }).await?;
    Ok(spent)
}

/// The movements that deduct `back` points of a visit from a card, charge by charge.
fn taken_from(
    (u, visit, membership): (&Unit<'_>, &Visit, &Membership),
    moved: &Moved,
    back: i64,
    cause: &str,
) -> Vec<PointsEntry> {
    let of_charges =
        moved.by_line(|entry| entry.membership_id == membership.id && entry.kind != PointsKind::Redeemed);
    let mut of_charges: Vec<(PostingId, i64)> = of_charges.into_iter().collect();
    // Discounts come first: with them all charges together add up to what the visit left.
    of_charges.sort_by_key(|(_, points)| *points > 0);
    let mut left = back;
    let mut entries = Vec::new();
    for (line, points) in of_charges {
        let points = points.min(left);
        if left > 0 && points != 0 {
            left -= points;
            let source = format!("apart:{line}:{cause}");
            entries.push(movement((u, visit, membership), PointsKind::Moved, source, -points));
        }
    }
    entries
}

/// Credits what is owed for the valid charges to the cards of the visit's booker, if there are any. Returns how much.
async fn give(u: &mut Unit<'_>, visit: &Visit, bill: &Bill, moved: &Moved, cause: &str) -> Result<i64> {
    let mut wallet = open_wallet(u, visit.reservation.guest_id).await?;
    let reversed: HashSet<PostingId> = bill.lines.iter().filter_map(|line| line.reverses).collect();
    let mut by_card: Vec<Vec<PointsEntry>> = wallet.iter().map(|_| Vec::new()).collect();
    for (line, points) in moved.owed().into_iter().filter(|(line, _)| !reversed.contains(line)) {
        let was_taken_from = |card: &Membership| {
            let taken =
                moved.by_line(|entry| entry.membership_id == card.id && entry.kind == PointsKind::Moved);
            taken.get(&line).is_some_and(|taken| taken.signum() == -points.signum())
        };
        let at = wallet.iter().position(was_taken_from).unwrap_or(0);
        if let (Some(card), Some(entries)) = (wallet.get(at), by_card.get_mut(at)) {
            let source = format!("again:{line}:{cause}");
            entries.push(movement((u, visit, card), PointsKind::Moved, source, points));
        }
    }
    let mut given = 0;
    for (card, entries) in wallet.iter_mut().zip(&by_card) {
        given += post_points(u, card, entries).await?;
    }
    Ok(given)
}
