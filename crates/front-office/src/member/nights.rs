//! Free nights: a night of a room is paid for with points or a voucher, and costs nothing then, on a line of its own. Whatever makes the night no
//! night of the visit any more, or lets it be charged after all, gives points and voucher back by itself.

use async_trait::async_trait;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, MemberEvent},
    folio::once_a_night,
    ids::{FreeNightId, StayId, VoucherId},
    member::{Membership, PointsKind},
    message::Missing,
    programme::{FreeNight, FreeNightState, NightVoucher, VoucherState},
    property::RateKind,
    rate::Usage,
    reservation::{ReservationRoom, ReservationState},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    points::movement,
    programme,
    wallet::{open_wallet, post_points},
};
use crate::{
    view::booking::Snapshot,
    visit::{Visit, VisitAction},
};

const fn first() -> i64 {
    1
}

/// Makes a night that is not charged yet cost nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemFreeNight {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The night. Default: the first that is not charged and not free yet.
    #[serde(default)]
    pub night: Option<NaiveDate>,
    /// The voucher that pays for it. Default: points of the booker, as many as the programme says.
    #[serde(default)]
    pub voucher_id: Option<VoucherId>,
}

#[async_trait]
impl VisitAction for RedeemFreeNight {
    const ACTION: Action = Action::FreeNightRedeem;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let room = visit.line(self.line)?.clone();
        if room.state != ReservationState::Reserved {
            let message = Message::NothingHeld { state: room.state };
            return Err(RuleError::new(Rule::WrongState, "line", message).into());
        }
        if room.terms.kind != RateKind::Nightly || room.terms.usage != Usage::Sold {
            return Err(RuleError::new(Rule::WrongState, "line", Message::NightFree).into());
        }
        let night = self.night(u, visit, &room).await?;
        let booker = visit.reservation.guest_id;
        let wallet = open_wallet(u, booker).await?;
        if wallet.is_empty() {
            return Err(AppError::not_found(Missing::MembershipOfBooker, booker));
        }
        let mut free = FreeNight {
            property_id: visit.property.id,
            visit_id: visit.reservation.id,
            id: u.id(),
            line: self.line,
            night,
            points: 0,
            membership_id: None,
            voucher_id: None,
            state: FreeNightState::Live,
            version: 1,
        };
        match self.voucher_id {
            Some(id) => {
                let mut voucher = voucher(u, &wallet, id).await?;
                require_usable(&voucher, visit, night)?;
                voucher.state = VoucherState::Used;
                u.tx.update(&mut voucher).await?;
                (free.membership_id, free.voucher_id) = (Some(voucher.membership_id), Some(id));
            }
            None => free.points = pay(u, visit, wallet, free.id).await?,
        }
        u.tx.insert(&free).await?;
        let room = visit.line(self.line)?;
        room.terms.free_nights.push(night);
        room.terms.free_nights.sort_unstable();
        visit.write(u, &before).await?;
        let (line, points, voucher_id) = (self.line, free.points, free.voucher_id);
        Ok(MemberEvent::RedeemNight { line, night, points, voucher_id }.into())
    }
}

impl RedeemFreeNight {
    /// The night that is meant: one of the room that is neither charged nor free.
    async fn night(&self, u: &mut Unit<'_>, visit: &Visit, room: &ReservationRoom) -> Result<NaiveDate> {
        let mut refused = Message::NightFree;
        let nights = room.arrival.iter_days().zip(room.net_prices());
        for (night, price) in nights.filter(|(night, _)| self.night.is_none_or(|wanted| wanted == *night)) {
            if price == 0 || room.terms.free_nights.contains(&night) {
                refused = Message::NightFree;
            } else if is_charged(u, visit, room.line, night).await? {
                refused = Message::NightCharged;
            } else {
                return Ok(night);
            }
        }
        let last = room.departure.pred_opt().unwrap_or(room.departure);
        if self.night.is_some_and(|night| night < room.arrival || night > last) {
            let message = Message::DuringStay { from: room.arrival, to: last };
            return Err(RuleError::new(Rule::BadDates, "night", message).into());
        }
        Err(RuleError::new(Rule::WrongState, "night", refused).into())
    }
}

/// Whether a night of a room is on the bill.
async fn is_charged(u: &mut Unit<'_>, visit: &Visit, line: i64, night: NaiveDate) -> Result<bool> {
    for stay in visit.real_stays().filter(|stay| stay.line == line && visit.holds(stay, night)) {
        let once = once_a_night(stay.id, night);
        if query::visit::posting_once(u.tx, visit.property.id, &once).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A voucher of one of some cards.
async fn voucher(u: &mut Unit<'_>, wallet: &[Membership], id: VoucherId) -> Result<NightVoucher> {
    for card in wallet {
        let vouchers = query::member::vouchers(u.tx, card.id).await?;
        if let Some(found) = vouchers.into_iter().find(|voucher| voucher.id == id) {
            return Ok(found);
        }
    }
    Err(AppError::not_found(Missing::Voucher, id).at("voucher_id"))
}

fn require_usable(voucher: &NightVoucher, visit: &Visit, night: NaiveDate) -> Result<()> {
    let message = match voucher.state {
        VoucherState::Open if voucher.expires < night => Message::VoucherExpired { date: voucher.expires },
        VoucherState::Open if voucher.property_id.is_some_and(|property| property != visit.property.id) => {
            Message::VoucherElsewhere
        }
        VoucherState::Open => return Ok(()),
        state => Message::VoucherIs { state },
    };
    Err(RuleError::new(Rule::WrongState, "voucher_id", message).into())
}

/// Takes the points of a free night from the cards of the booker; answers how many.
async fn pay(u: &mut Unit<'_>, visit: &Visit, wallet: Vec<Membership>, id: FreeNightId) -> Result<i64> {
    let programme = programme::of(u.tx, visit.property.id).await?;
    let none = || RuleError::new(Rule::WrongState, (), Message::NoNightsByPoints);
    let cost = programme.night_points.ok_or_else(none)?;
    let there: i64 = wallet.iter().map(|membership| membership.points).sum();
    if cost > there {
        return Err(RuleError::new(Rule::NotEnoughPoints, (), Message::PointsThere { there }).into());
    }
    take(u, visit, wallet, (id, cost)).await?;
    Ok(cost)
}

/// Takes so many points for a free night from cards that have them.
async fn take(
    u: &mut Unit<'_>,
    visit: &Visit,
    wallet: Vec<Membership>,
    (id, cost): (FreeNightId, i64),
) -> Result<()> {
    let mut left = cost;
    for mut membership in wallet {
        let points = left.min(membership.points);
        if points > 0 {
            let entry =
                movement((u, visit, &membership), PointsKind::Redeemed, format!("night:{id}"), -points);
            post_points(u, &mut membership, &[entry]).await?;
            left -= points;
        }
    }
    Ok(())
}

/// Redeems again the nights of a room that a step gave back which is undone. Where voucher or points were used since, the night costs what was
/// agreed for it. The room is changed, and not written.
///
/// # Errors
/// Somebody else moves points at the same time: to be tried again.
pub async fn redeem_again(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    line: i64,
    nights: &[NaiveDate],
) -> Result<()> {
    if nights.is_empty() {
        return Ok(());
    }
    let (property, id) = (visit.property.id, visit.reservation.id);
    for was in query::member::free_nights(u.tx, property, id).await? {
        let is_meant = was.state == FreeNightState::Returned && was.line == line;
        if !is_meant
            || !nights.contains(&was.night)
            || visit.line(line)?.terms.free_nights.contains(&was.night)
        {
            continue;
        }
        let free = FreeNight { id: u.id(), state: FreeNightState::Live, version: 1, ..was };
        match (free.membership_id, free.voucher_id) {
            (Some(card), Some(wanted)) => {
                let vouchers = query::member::vouchers(u.tx, card).await?;
                let is_usable =
                    |known: &NightVoucher| known.id == wanted && known.state == VoucherState::Open;
                let Some(mut voucher) = vouchers.into_iter().find(is_usable) else { continue };
                voucher.state = VoucherState::Used;
                u.tx.update(&mut voucher).await?;
            }
            _ => {
                let wallet = open_wallet(u, visit.reservation.guest_id).await?;
                let there: i64 = wallet.iter().map(|membership| membership.points).sum();
                if free.points > there {
                    continue;
                }
                take(u, visit, wallet, (free.id, free.points)).await?;
            }
        }
        u.tx.insert(&free).await?;
        let terms = &mut visit.line(line)?.terms;
        terms.free_nights.push(free.night);
        terms.free_nights.sort_unstable();
    }
    Ok(())
}

/// Redeems again the nights of a room that were free when it was called off, now that it is promised again. The room is changed, and not written.
///
/// # Errors
/// Somebody else moves points at the same time: to be tried again.
pub async fn redeem_lost(u: &mut Unit<'_>, visit: &mut Visit, line: i64) -> Result<()> {
    let versions = query::visit::versions(u.tx, visit.property.id, visit.reservation.id).await?;
    for version in versions.iter().rev() {
        let rooms = Snapshot::read(version)?.rooms;
        if let Some(promised) = rooms.into_iter().find(|room| room.line == line && room.is_alive()) {
            return redeem_again(u, visit, line, &promised.terms.free_nights).await;
        }
    }
    Ok(())
}

/// Gives a free night back: the night costs again what was agreed, and points or voucher can be used again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnFreeNight {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The night: one that is not charged yet. One that is, is given back when its charge is reversed.
    pub night: NaiveDate,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for ReturnFreeNight {
    const ACTION: Action = Action::FreeNightReturn;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let (line, night) = (self.line, self.night);
        let before = visit.clone();
        if is_charged(u, visit, line, night).await? {
            return Err(RuleError::new(Rule::WrongState, "night", Message::NightCharged).into());
        }
        let room = visit.line(line)?;
        let had = room.terms.free_nights.len();
        room.terms.free_nights.retain(|free| *free != night);
        if room.terms.free_nights.len() == had {
            return Err(AppError::not_found(Missing::FreeNight, night).at("night"));
        }
        visit.write(u, &before).await?;
        give_back(u, visit, &BTreeSet::from([(line, night)])).await?;
        Ok(MemberEvent::ReturnNight { line, night }.into())
    }
}

/// The free nights of some rooms.
fn free(rooms: &[ReservationRoom]) -> BTreeSet<(i64, NaiveDate)> {
    let of = |room: &ReservationRoom| {
        let line = room.line;
        room.terms.free_nights.clone().into_iter().map(move |night| (line, night))
    };
    rooms.iter().flat_map(of).collect()
}

/// Gives back the free nights of a visit whose rooms were as `before` that are no nights of it any more: a room was called off, or its dates are
/// others.
///
/// # Errors
/// Somebody else moves points at the same time: to be tried again.
pub async fn release(u: &mut Unit<'_>, before: &[ReservationRoom], visit: &mut Visit) -> Result<()> {
    for room in &mut visit.rooms {
        let (arrival, departure, is_alive) = (room.arrival, room.departure, room.is_alive());
        let had = room.terms.free_nights.len();
        room.terms.free_nights.retain(|night| is_alive && (arrival..departure).contains(night));
        if room.terms.free_nights.len() != had {
            u.tx.update(room).await?;
        }
    }
    let gone: BTreeSet<_> = free(before).difference(&free(&visit.rooms)).copied().collect();
    give_back(u, visit, &gone).await
}

/// Gives back the free night of a charge that was taken back.
///
/// # Errors
/// Somebody else moves points at the same time: to be tried again.
pub async fn take_back(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    (stay, night): (Option<StayId>, NaiveDate),
) -> Result<()> {
    let line = visit.stays.iter().find(|known| Some(known.id) == stay).map(|stay| stay.line);
    let Some(room) = visit.rooms.iter_mut().find(|room| Some(room.line) == line) else { return Ok(()) };
    let had = room.terms.free_nights.len();
    room.terms.free_nights.retain(|free| *free != night);
    if room.terms.free_nights.len() == had {
        return Ok(());
    }
    let line = room.line;
    u.tx.update(room).await?;
    give_back(u, visit, &BTreeSet::from([(line, night)])).await
}

/// Gives points and vouchers of these nights back to the cards they came from.
async fn give_back(u: &mut Unit<'_>, visit: &Visit, gone: &BTreeSet<(i64, NaiveDate)>) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let (property, id) = (visit.property.id, visit.reservation.id);
    for mut night in query::member::free_nights(u.tx, property, id).await? {
        if night.state != FreeNightState::Live || !gone.contains(&(night.line, night.night)) {
            continue;
        }
        night.state = FreeNightState::Returned;
        u.tx.update(&mut night).await?;
        if let (Some(card), Some(voucher)) = (night.membership_id, night.voucher_id) {
            let vouchers = query::member::vouchers(u.tx, card).await?;
            if let Some(mut voucher) = vouchers.into_iter().find(|known| known.id == voucher) {
                voucher.state = VoucherState::Open;
                u.tx.update(&mut voucher).await?;
            }
        }
        let paid = format!("night:{}", night.id);
        let entries = query::member::of_visit(u.tx, property, id).await?;
        for entry in entries.into_iter().filter(|entry| entry.source == paid) {
            let Some(mut membership) = query::member::find(u.tx, entry.membership_id).await? else {
                continue;
            };
            let source = format!("night_back:{}", night.id);
            let back = movement((u, visit, &membership), PointsKind::Redeemed, source, -entry.points);
            post_points(u, &mut membership, &[back]).await?;
        }
    }
    Ok(())
}
