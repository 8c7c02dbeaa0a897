//! Prices of nights and what may be sold of them: the calendar in which they are set, and quotes.

pub mod access;
pub mod calendar;
pub mod quote;
pub mod season;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hefu_authz::Action;
use hefu_core::{Result, Unit};
use hefu_domain::{
    RuleError,
    closing::{SetupClosing, SetupKind},
    ids::{PropertyId, RatePlanId, RoomTypeId},
    property::{Property, Rate, RatePlan},
    rate::{Derived, Limits, RateDay, Restriction, Usage, refusals},
    reservation::ReservationRoom,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};

/// The prices that were set for a plan itself.
#[derive(Debug, Clone, Default)]
struct Own {
    /// From dates on, by room type and date.
    rates: Vec<Rate>,
    /// Of single dates.
    days: BTreeMap<(NaiveDate, RoomTypeId), i64>,
}

impl Own {
    async fn load(
        c: &mut Conn,
        property: PropertyId,
        plan: RatePlanId,
        dates: (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let days = query::rate::days(c, property, plan, dates).await?;
        Ok(Self {
            rates: query::property::rates(c, property, plan).await?,
            days: days.into_iter().map(|day| ((day.night, day.room_type_id), day.amount)).collect(),
        })
    }

    fn of_date(&self, kind: RoomTypeId, date: NaiveDate) -> Option<i64> {
        self.days.get(&(date, kind)).copied()
    }

    fn on(&self, kind: RoomTypeId, date: NaiveDate) -> Option<i64> {
        let from = || {
            let since = |rate: &&Rate| rate.room_type_id == kind && rate.valid_from <= date;
            self.rates.iter().rev().find(since).map(|rate| rate.amount)
        };
        self.of_date(kind, date).or_else(from)
    }
}

/// The present prices of a plan on some dates.
#[derive(Debug, Clone, Default)]
pub struct PriceList {
    own: Own,
    from: Option<(Derived, Own)>,
}

impl PriceList {
    /// Those from the first to the last of the dates.
    ///
    /// # Errors
    /// The database fails.
    pub async fn load(c: &mut Conn, plan: &RatePlan, dates: (NaiveDate, NaiveDate)) -> Result<Self> {
        let own = Own::load(c, plan.property_id, plan.id, dates).await?;
        let from = match &plan.derived {
            None => None,
            Some(derived) => {
                Some((derived.clone(), Own::load(c, plan.property_id, derived.from, dates).await?))
            }
        };
        Ok(Self { own, from })
    }

    /// The price of a room type on a date for the people that it is for; none: it has none.
    pub fn on(&self, kind: RoomTypeId, date: NaiveDate) -> Option<i64> {
        match &self.from {
            None => self.own.on(kind, date),
            Some((derived, parent)) => {
                let follows = || parent.on(kind, date).map(|base| derived.price(base));
                self.own.of_date(kind, date).or_else(follows)
            }
        }
    }

    /// Whether the price of a date was set for it alone.
    pub fn is_set(&self, kind: RoomTypeId, date: NaiveDate) -> bool {
        self.own.of_date(kind, date).is_some()
    }
}

/// What nights of a room would cost that were sold now under its plan, to the people that are in it, by the terms that were agreed; none for a
/// night without a price. What is given for nothing costs nothing.
///
/// # Errors
/// The database fails.
pub async fn present_prices(
    c: &mut Conn,
    room: &ReservationRoom,
    dates: &[NaiveDate],
) -> Result<Vec<Option<i64>>> {
    if room.terms.usage != Usage::Sold {
        return Ok(vec![Some(0); dates.len()]);
    }
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Ok(Vec::new()) };
    let plan = match room.rate_plan_id {
        None => None,
        Some(plan) => query::property::rate_plan(c, room.property_id, plan).await?,
    };
    let Some(plan) = plan else { return Ok(vec![None; dates.len()]) };
    let list = PriceList::load(c, &plan, (*first, *last)).await?;
    let more = room.terms.supplement(room.adults, room.children);
    let on = |date: &NaiveDate| list.on(room.room_type_id, *date).map(|price| (price + more).max(0));
    Ok(dates.iter().map(on).collect())
}

/// Everything that may not be sold on some dates.
#[derive(Debug, Clone, Default)]
pub struct Restrictions {
    set: Vec<Restriction>,
    /// Plans and room types that are not sold any more from a date on.
    closed: Vec<SetupClosing>,
    dates: Option<(NaiveDate, NaiveDate)>,
}

impl Restrictions {
    /// Those from the first to the last of the dates.
    ///
    /// # Errors
    /// The database fails.
    pub async fn load(c: &mut Conn, property: PropertyId, dates: (NaiveDate, NaiveDate)) -> Result<Self> {
        let mut closed = query::rate::closings(c, property).await?;
        closed.retain(|closing| matches!(closing.kind, SetupKind::RatePlan | SetupKind::RoomType));
        Ok(Self { set: query::rate::restrictions(c, property, dates).await?, closed, dates: Some(dates) })
    }

    /// What of it applies to a plan, a room type and a channel, date by date.
    pub fn limits(&self, plan: RatePlanId, kind: RoomTypeId, channel: &str) -> BTreeMap<NaiveDate, Limits> {
        let mut limits: BTreeMap<NaiveDate, Limits> = BTreeMap::new();
        for restriction in self.set.iter().filter(|one| one.is_about(plan, kind, channel)) {
            let on = limits.entry(restriction.night).or_default();
            *on = on.and(restriction.limits());
        }
        let is_about = |closing: &&SetupClosing| {
            let id = match closing.kind {
                SetupKind::RatePlan => plan.uuid(),
                _ => kind.uuid(),
            };
            closing.record_id == id
        };
        // What is not used any more is not sold any more.
        if let (Some(closed), Some((first, last))) =
            (self.closed.iter().filter(is_about).map(|closing| closing.from_date).min(), self.dates)
        {
            for night in closed.max(first).iter_days().take_while(|night| *night <= last) {
                limits.entry(night).or_default().stop_sell = true;
            }
        }
        limits
    }
}

/// Whether more may be sold than restrictions allow: who asks for it needs a right of its own and says why.
///
/// # Errors
/// The principal may not, or gave no reason.
pub fn may_override(u: &Unit<'_>, property: &Property, asked: bool) -> Result<bool> {
    if asked {
        u.also(Action::RestrictionOverride, &property.code)?;
        u.reason()?;
    }
    Ok(asked)
}

/// Whether a room may be given for nothing, or used by the house: who does it needs a right of its own and says why.
///
/// # Errors
/// The principal may not, or gave no reason.
pub fn may_give(u: &Unit<'_>, property: &Property, usage: Usage) -> Result<()> {
    if usage != Usage::Sold {
        u.also(Action::ReservationComplimentary, &property.code)?;
        u.reason()?;
    }
    Ok(())
}

/// Refuses a room of a reservation that restrictions forbid to sell through a channel.
///
/// # Errors
/// The first of what forbids it, at the field concerned.
pub async fn require_open(c: &mut Conn, room: &ReservationRoom, channel: &str) -> Result<()> {
    let dates = (room.arrival, room.departure);
    let restrictions = Restrictions::load(c, room.property_id, dates).await?;
    let plan = room.rate_plan_id.unwrap_or(RatePlanId::NIL);
    let limits = restrictions.limits(plan, room.room_type_id, channel);
    match refusals(&limits, dates).into_iter().next() {
        Some(refused) => Err(refused.into()),
        None => Ok(()),
    }
}

/// Refuses more nights for a room of a reservation that is lived in, until `departure`, that restrictions forbid to sell through a channel. What
/// holds of the nights and the arrival that were sold does not count any more.
///
/// # Errors
/// The first of what forbids it, at the field concerned.
pub async fn require_open_until(
    c: &mut Conn,
    room: &ReservationRoom,
    departure: NaiveDate,
    channel: &str,
) -> Result<()> {
    let dates = (room.arrival, departure);
    let restrictions = Restrictions::load(c, room.property_id, dates).await?;
    let plan = room.rate_plan_id.unwrap_or(RatePlanId::NIL);
    let mut limits = restrictions.limits(plan, room.room_type_id, channel);
    for (_, of_night) in limits.range_mut(..room.departure) {
        *of_night = Limits { maximum_stay: of_night.maximum_stay, ..Limits::default() };
    }
    match refusals(&limits, dates).into_iter().next() {
        Some(refused) => Err(RuleError { at: "departure".into(), ..refused }.into()),
        None => Ok(()),
    }
}

/// Prices of single dates, keyed as they are kept.
pub(crate) fn by_date(days: Vec<RateDay>) -> BTreeMap<(NaiveDate, RoomTypeId), RateDay> {
    days.into_iter().map(|day| ((day.night, day.room_type_id), day)).collect()
}
