//! Several stays in one room: what each pays, and which of them holds the room. The one that stays longest does, and the room of the reservation
//! ends when it leaves; so either may leave first.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, StayEvent},
    folio::{WINDOWS, once_a_night},
    ids::StayId,
    rate::Usage,
    stay::{Stay, StayRole, StayShare},
    terms::Terms,
};
use hefu_people::{
    flag::admit,
    guest::{GuestRef, resolve},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    book::check_prices,
    inventory::require_space,
    party::{first, people_in, record_room, replace_stay, seat, shorten, wrong_state},
};
use crate::{
    folio::{self, to_come::nights_of},
    property::room_by_id,
};

/// Lets another guest share a room, with a separate stay in it. Without prices the one who holds the room pays for it alone.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Who.
    pub guest: GuestRef,
    /// A window of the bill for this guest's charges, 2 to 8.
    #[serde(default)]
    pub window: Option<i64>,
    /// When this guest leaves, if not with the room.
    #[serde(default)]
    pub departure: Option<NaiveDate>,
    /// What this guest pays for the room, a price for each night from the business date on, minor units. Fee, tax and discount are those of the
    /// room.
    #[serde(default)]
    pub prices: Option<Vec<i64>>,
    /// Let somebody in who is on the blacklist: needs a right of its own and a reason.
    #[serde(default)]
    pub accept_blacklisted: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for Share {
    const ACTION: Action = Action::StayShare;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let holder = visit.one_in_house(self.line, None)?;
        let today = visit.property.business_date;
        if holder.departure < today {
            return Err(wrong_state("line", Message::ExtendFirst));
        }
        let departure = self.departure.unwrap_or(holder.departure);
        if departure < today || departure > holder.departure {
            let message = Message::SharerLeavesWithRoom { from: today, to: holder.departure };
            return Err(RuleError::new(Rule::BadDates, "departure", message).into());
        }
        if let Some(prices) = &self.prices {
            let nights = (departure - today).num_days().max(1);
            check_prices(prices, usize::try_from(nights).unwrap_or(1), visit.property.currency)?;
        }
        if self.window.is_some_and(|window| window < 2) {
            return Err(AppError::invalid("window", Message::WindowOfSharer { from: 2, to: WINDOWS }));
        }
        let guest = resolve(u, &self.guest).await.map_err(|error| error.under("guest"))?;
        visit.flags = admit(u, &visit.property.code, guest, self.accept_blacklisted).await?;
        let room = room_by_id(u.tx, visit.property.id, holder.room_id).await?;
        let people = people_in(u, visit, self.line).await?;
        require_space(u, &room, people + 1).await.map_err(|error| error.at("guest"))?;
        let stay = Stay {
            id: u.id(),
            arrival: today,
            departure,
            adults: 1,
            children: 0,
            checked_in_at: u.now,
            share_of: Some(holder.id),
            version: 1,
            ..holder
        };
        u.tx.insert(&stay).await?;
        seat(u, visit, stay.id, &[(guest, StayRole::Primary)]).await?;
        record_room(u, &stay, 1, "share", today).await?;
        if let Some(window) = self.window {
            let mut folio = folio::window(u, visit, window).await?;
            folio.guest_id = Some(guest);
            u.tx.update(&mut folio).await?;
        }
        let prices = self.prices.clone().unwrap_or_default();
        if !prices.is_empty() {
            let share = StayShare {
                property_id: visit.property.id,
                visit_id: visit.reservation.id,
                stay_id: stay.id,
                from_date: today,
                prices: prices.clone(),
                window: self.window,
                holds_from: None,
                version: 1,
            };
            write_share(u, visit, share).await?;
        }
        let (line, window, departure) = (self.line, self.window, self.departure);
        let told = StayEvent::Share { line, stay_id: stay.id, guest_id: guest, window, prices, departure };
        visit.stays.push(stay);
        Ok(told.into())
    }
}

/// Writes what a stay pays for its share, or changes it.
async fn write_share(u: &mut Unit<'_>, visit: &mut Visit, mut share: StayShare) -> Result<()> {
    match visit.shares.iter_mut().find(|known| known.stay_id == share.stay_id) {
        Some(known) => {
            u.tx.update(&mut share).await?;
            *known = share;
        }
        None => {
            u.tx.insert(&share).await?;
            visit.shares.push(share);
        }
    }
    Ok(())
}

/// The first night from the business date on that is not charged to a stay.
///
/// # Errors
/// The database fails.
pub(super) async fn open_from(u: &mut Unit<'_>, visit: &Visit, stay: &Stay) -> Result<NaiveDate> {
    let lines = query::visit::postings(u.tx, visit.property.id, visit.reservation.id).await?;
    let is_open = |night: &NaiveDate| {
        let once = once_a_night(stay.id, *night);
        lines.iter().all(|line| line.once.as_ref() != Some(&once))
    };
    let from = stay.arrival.max(visit.property.business_date);
    Ok(from.iter_days().find(is_open).unwrap_or(from))
}

/// Makes another stay of the room the one that holds it once the holder has left, on `until`. Until then the room and what was agreed for it are the
/// holder's, who pays them; the nights after are the other's, at what was agreed with that one, else at what the room costs.
///
/// # Errors
/// Nobody of the stay is in house in this room.
pub(super) async fn hand_over(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    line: i64,
    heir: StayId,
    until: NaiveDate,
) -> Result<()> {
    let today = visit.property.business_date;
    let mut former = visit.one_in_house(line, None)?;
    let mut heir = visit.one_in_house(line, Some(heir))?;
    let from = open_from(u, visit, &former).await?;
    let since = visit.holds_from(&former).unwrap_or(former.arrival);
    // Nights before it holds the room are somebody else's still.
    let takes = from.max(until).max(since);
    take_over(u, visit, &heir, (takes, None)).await?;
    let known = visit.share(former.id).cloned();
    let share = match (known, since < takes) {
        (Some(known), false) => Some(StayShare { holds_from: None, ..known }),
        (None, false) => None,
        (known, true) => {
            // What it pays should it not leave: what its last night cost.
            let booked = visit.line(line)?;
            let nights = booked.arrival.iter_days().zip(booked.prices.iter().copied());
            let shared = |night| known.as_ref().and_then(|known| known.price_on(night));
            let own: Vec<(NaiveDate, i64)> = nights
                .filter(|(night, _)| (from..takes).contains(night))
                .filter_map(|(night, price)| {
                    let price = if night >= since { Some(price) } else { shared(night) };
                    Some((night, price?))
                })
                .collect();
            let from_date = own.first().map_or(takes, |(night, _)| *night);
            let prices = own.into_iter().map(|(_, price)| price).collect();
            let known = known.unwrap_or_else(|| none(visit, former.id, from_date));
            Some(StayShare { from_date, prices, holds_from: Some(since), ..known })
        }
    };
    if let Some(share) = share {
        write_share(u, visit, share).await?;
    }
    visit.line(line)?.stay_id = Some(heir.id);
    // First the one that lets go: a room has one holder at any moment.
    former.share_of = Some(heir.id);
    former.departure = until.max(former.arrival);
    u.tx.update(&mut former).await?;
    replace_stay(visit, former);
    heir.share_of = None;
    let ends = visit.line(line)?.departure;
    let leaves = heir.departure;
    heir.departure = ends;
    u.tx.update(&mut heir).await?;
    let heir_id = heir.id;
    replace_stay(visit, heir);
    for mut other in
        visit.in_house(line)?.into_iter().filter(|stay| stay.share_of.is_some_and(|of| of != heir_id))
    {
        other.share_of = Some(heir_id);
        u.tx.update(&mut other).await?;
        replace_stay(visit, other);
    }
    // The room ends with whoever stays longest.
    if leaves < ends && ends > today {
        shorten(u, visit, line, leaves.max(today)).await?;
    }
    Ok(())
}

/// What a stay pays of which nothing was agreed.
const fn none(visit: &Visit, stay_id: StayId, from_date: NaiveDate) -> StayShare {
    StayShare {
        property_id: visit.property.id,
        visit_id: visit.reservation.id,
        stay_id,
        from_date,
        prices: Vec::new(),
        window: None,
        holds_from: None,
        version: 1,
    }
}

/// Lets a stay hold the room from a night on, until another did; none: for good. These nights cost what was agreed with it, else what was agreed
/// for the room.
async fn take_over(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    heir: &Stay,
    (takes, until): (NaiveDate, Option<NaiveDate>),
) -> Result<()> {
    let share = visit.share(heir.id).cloned().unwrap_or_else(|| none(visit, heir.id, takes));
    // Who held it until then goes on.
    let is_before = takes.pred_opt().is_some_and(|night| visit.holds(heir, night));
    let holds_from = if is_before { share.holds_from } else { Some(takes) };
    let booked = visit.line(heir.line)?;
    let is_taken = |night: NaiveDate| takes <= night && until.is_none_or(|until| night < until);
    for (night, price) in booked.arrival.iter_days().zip(&mut booked.prices) {
        if is_taken(night) {
            *price = share.price_on(night).unwrap_or(*price);
        }
    }
    // A room that was given for nothing, to somebody who leaves: whoever pays for sharing it was sold it.
    if booked.terms.usage != Usage::Sold && booked.prices.iter().any(|price| *price != 0) {
        let sold = Terms { usage: Usage::Sold, ..booked.terms.clone() };
        booked.terms = match takes > booked.arrival {
            true => sold.after(&booked.terms, takes, (booked.adults, booked.children)),
            false => sold,
        };
    }
    write_share(u, visit, StayShare { holds_from, ..share }).await
}

/// Of a stay that is to leave on `until`, although it was to hold the room longer: who holds it next does so from then on.
async fn leave_sooner(u: &mut Unit<'_>, visit: &mut Visit, stay: &Stay, until: NaiveDate) -> Result<()> {
    let takes = open_from(u, visit, stay).await?.max(until);
    let next = visit
        .in_house(stay.line)?
        .into_iter()
        .filter_map(|other| Some((visit.holds_from(&other).filter(|since| *since > takes)?, other)))
        .min_by_key(|(since, other)| (*since, other.id));
    match next {
        Some((since, next)) if visit.holds(stay, takes) => {
            take_over(u, visit, &next, (takes, Some(since))).await
        }
        _ => Ok(()),
    }
}

/// The one of the others in a room who stays longest.
fn longest_of_others(visit: &Visit, stay: &Stay) -> Result<Option<Stay>> {
    let mut others = visit.in_house(stay.line)?;
    others.retain(|other| other.id != stay.id);
    others.sort_by_key(|other| (std::cmp::Reverse(other.departure), other.id));
    Ok(others.into_iter().next())
}

/// One of several in a room is to leave on `departure`, before it was planned.
///
/// # Errors
/// The database fails.
pub(super) async fn leave_first(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    mut stay: Stay,
    departure: NaiveDate,
) -> Result<()> {
    if stay.share_of.is_some() {
        leave_sooner(u, visit, &stay, departure).await?;
        stay.departure = departure;
        u.tx.update(&mut stay).await?;
        replace_stay(visit, stay);
        return Ok(());
    }
    match longest_of_others(visit, &stay)? {
        Some(heir) if heir.departure > departure => hand_over(u, visit, stay.line, heir.id, departure).await,
        _ => shorten(u, visit, stay.line, departure).await,
    }
}

/// One of several in a room checks out, and pays its nights. Tonight is paid by who stays on. Answers the stay.
///
/// # Errors
/// The amount is out of range.
pub(super) async fn leave_alone(u: &mut Unit<'_>, visit: &mut Visit, stay: Stay) -> Result<Vec<StayId>> {
    let today = visit.property.business_date;
    let (id, line) = (stay.id, stay.line);
    if stay.share_of.is_none() {
        if let Some(heir) = longest_of_others(visit, &stay)? {
            let before = visit.clone();
            hand_over(u, visit, line, heir.id, today).await?;
            visit.revise(u, &before).await?;
        }
        return Ok(vec![id]);
    }
    let room = visit.line(line)?.clone();
    for night in nights_of(visit, &stay, stay.departure.min(today)) {
        folio::post_room(u, visit, &room, id, night).await?;
    }
    let before = visit.clone();
    leave_sooner(u, visit, &stay, today).await?;
    // The version that is kept says until when it was to stay.
    if stay.departure < room.departure || visit.rooms != before.rooms {
        visit.write(u, &before).await?;
    }
    Ok(vec![id])
}
