//! The rate calendar: prices and restrictions set for a range of dates at once, and read back date by date.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::PropertyEvent,
    ids::{RatePlanId, RoomTypeId},
    message::Missing,
    property::{Property, RatePlan, RoomType},
    rate::{Limits, RateDay, Restriction},
    stay::RoomPart,
};
use hefu_kernel::{Id as _, Money};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PriceList, Restrictions, by_date};
use crate::{
    housekeeping::{dates, nights_left},
    property::find_property,
    visit::book::check_channel,
};

/// The most entries of the calendar that are set or shown at once.
const MOST_ENTRIES: usize = 20_000;

/// The most nights that a minimum or maximum stay can say.
const LONGEST_STAY: i64 = 365;

/// The most of a price, minor units.
const MOST: i64 = 1_000_000_000;

/// The dates from `from` until before `until` on some days of the week; none given: on all.
pub(super) fn chosen(
    property: &Property,
    (from, until): (NaiveDate, NaiveDate),
    weekdays: &[u8],
) -> Result<Vec<NaiveDate>> {
    let is_meant = on_weekdays(weekdays)?;
    if from < property.business_date {
        let message = Message::BeforeBusinessDate { date: property.business_date };
        return Err(RuleError::new(Rule::BadDates, "from", message).into());
    }
    Ok(dates(from, until)?.filter(is_meant).collect())
}

/// Whether a date is one of some days of the week; none given: all are.
pub(super) fn on_weekdays(weekdays: &[u8]) -> Result<impl Fn(&NaiveDate) -> bool> {
    let distinct: BTreeSet<u8> = weekdays.iter().copied().collect();
    if distinct.len() != weekdays.len() || !distinct.iter().all(|day| (1..=7).contains(day)) {
        return Err(AppError::invalid("weekdays", Message::Weekdays));
    }
    Ok(move |date: &NaiveDate| {
        distinct.is_empty() || distinct.contains(&(date.weekday().number_from_monday() as u8))
    })
}

fn too_many() -> AppError {
    AppError::invalid("until", Message::CalendarTooLarge { most: MOST_ENTRIES as i64 })
}

pub(super) async fn plan_of(c: &mut Conn, property: &Property, code: &str) -> Result<RatePlan> {
    let plans = query::property::rate_plans(c, property.id).await?;
    let found = plans.into_iter().find(|plan| plan.code == code);
    found.ok_or_else(|| AppError::not_found(Missing::RatePlan, code).at("rate_plan"))
}

async fn type_of(c: &mut Conn, property: &Property, code: &str) -> Result<RoomType> {
    let types = query::property::room_types(c, property.id).await?;
    let found = types.into_iter().find(|kind| kind.code == code);
    found.ok_or_else(|| AppError::not_found(Missing::RoomType, code).at("room_type"))
}

/// Prices to set on a range of dates. What was sold keeps its price.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PricesInput {
    /// Code of the rate plan. Of a derived one a date gets a price of its own.
    pub rate_plan: String,
    /// Codes of the room types; none: every one.
    #[serde(default)]
    pub room_types: Vec<String>,
    /// First date.
    pub from: NaiveDate,
    /// The date after the last.
    pub until: NaiveDate,
    /// Days of the week, 1 (Monday) to 7 (Sunday); none: every day.
    #[serde(default)]
    pub weekdays: Vec<u8>,
    /// The price, minor units; none: what the plan says without a price of the date.
    #[serde(default)]
    pub amount: Option<i64>,
}

/// What was set in the calendar.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CalendarSet {
    /// Dates that were meant.
    pub dates: usize,
    /// Entries that were made, changed or removed.
    pub changed: usize,
}

/// Sets prices of a plan on a range of dates.
#[derive(Debug, Clone)]
pub struct SetPrices {
    /// The property's code.
    pub property: String,
    /// The prices.
    pub input: PricesInput,
}

#[async_trait]
impl Command for SetPrices {
    const ACTION: Action = Action::RateCalendarPrices;
    type Out = CalendarSet;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CalendarSet> {
        let property = u.property(&self.property).await?;
        let input = &self.input;
        let nights = chosen(&property, (input.from, input.until), &input.weekdays)?;
        let set =
            PricesOn { rate_plan: &input.rate_plan, room_types: &input.room_types, amount: input.amount };
        let (told, plan, room_types) = set.write(u, &property, &nights).await?;
        let event = PropertyEvent::SetPrices {
            rate_plan: plan.code,
            room_types,
            from: input.from,
            until: input.until,
            weekdays: input.weekdays.clone(),
            amount: input.amount,
        };
        u.record(About::Property(property.id, "rate_plan", plan.id.uuid()), event).await?;
        Ok(told)
    }
}

/// A price to set on some dates.
pub(super) struct PricesOn<'a> {
    /// Code of the rate plan.
    pub(super) rate_plan: &'a str,
    /// Codes of the room types; none: every one.
    pub(super) room_types: &'a [String],
    /// The price; none: what the plan says without a price of the date.
    pub(super) amount: Option<i64>,
}

impl PricesOn<'_> {
    /// Writes it on the dates, the earliest first; answers the plan and the codes of the room types that were meant.
    pub(super) async fn write(
        &self,
        u: &mut Unit<'_>,
        property: &Property,
        nights: &[NaiveDate],
    ) -> Result<(CalendarSet, RatePlan, Vec<String>)> {
        if self.amount.is_some_and(|amount| !(0..=MOST).contains(&amount)) {
            let (from, to) = (Money::new(0, property.currency), Money::new(MOST, property.currency));
            let message = Message::AmountBetween { from, to };
            return Err(RuleError::new(Rule::BadAmount, "amount", message).into());
        }
        let plan = plan_of(u.tx, property, self.rate_plan).await?;
        let types = query::property::room_types(u.tx, property.id).await?;
        let mut meant: Vec<&RoomType> = Vec::new();
        for (i, code) in self.room_types.iter().enumerate() {
            let kind = types.iter().find(|kind| kind.code == *code);
            let missing = || AppError::not_found(Missing::RoomType, code).at(("room_types", i));
            meant.push(kind.ok_or_else(missing)?);
        }
        if meant.is_empty() {
            meant.extend(&types);
        }
        meant.sort_by_key(|kind| kind.id);
        meant.dedup_by_key(|kind| kind.id);
        if nights.len() * meant.len() > MOST_ENTRIES {
            return Err(too_many());
        }
        let mut known = match (nights.first(), nights.last().and_then(|last| last.succ_opt())) {
            (Some(first), Some(after)) => {
                by_date(query::rate::days(u.tx, property.id, plan.id, (*first, after)).await?)
            }
            _ => BTreeMap::new(),
        };
        let (mut changed, mut new) = (0, Vec::new());
        for &night in nights {
            for kind in &meant {
                match (known.remove(&(night, kind.id)), self.amount) {
                    (None, None) => {}
                    (None, Some(amount)) => new.push(RateDay {
                        property_id: property.id,
                        rate_plan_id: plan.id,
                        night,
                        room_type_id: kind.id,
                        amount,
                        version: 1,
                    }),
                    (Some(day), None) => {
                        u.tx.delete(&day).await?;
                        changed += 1;
                    }
                    (Some(day), Some(amount)) if day.amount != amount => {
                        u.tx.update(&mut RateDay { amount, ..day }).await?;
                        changed += 1;
                    }
                    (Some(_), Some(_)) => {}
                }
            }
        }
        changed += new.len();
        u.tx.insert_all(&new).await?;
        let room_types = meant.iter().map(|kind| kind.code.clone()).collect();
        Ok((CalendarSet { dates: nights.len(), changed }, plan, room_types))
    }
}

/// Restrictions to set on a range of dates. What is not given stays. Of several that apply to a sale the strictest counts. What was sold stays
/// sold.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionsInput {
    /// Code of the rate plan; none: every one.
    #[serde(default)]
    pub rate_plan: Option<String>,
    /// Code of the room type; none: every one.
    #[serde(default)]
    pub room_type: Option<String>,
    /// Booking channel as bookings name it; none: every one.
    #[serde(default)]
    pub channel: Option<String>,
    /// First date.
    pub from: NaiveDate,
    /// The date after the last.
    pub until: NaiveDate,
    /// Days of the week, 1 (Monday) to 7 (Sunday); none: every day.
    #[serde(default)]
    pub weekdays: Vec<u8>,
    /// Who arrives stays at least so many nights; 0 lifts it.
    #[serde(default)]
    pub minimum_stay: Option<i64>,
    /// Who arrives stays at most so many nights; 0 lifts it.
    #[serde(default)]
    pub maximum_stay: Option<i64>,
    /// Nobody arrives.
    #[serde(default)]
    pub closed_to_arrival: Option<bool>,
    /// Nobody leaves.
    #[serde(default)]
    pub closed_to_departure: Option<bool>,
    /// Nothing is sold of these nights.
    #[serde(default)]
    pub stop_sell: Option<bool>,
}

impl RestrictionsInput {
    fn check(&self) -> Result<()> {
        for (at, nights) in [("minimum_stay", self.minimum_stay), ("maximum_stay", self.maximum_stay)] {
            if nights.is_some_and(|nights| !(0..=LONGEST_STAY).contains(&nights)) {
                return Err(AppError::invalid(at, Message::Between { from: 0, to: LONGEST_STAY }));
            }
        }
        self.channel.as_deref().map_or(Ok(()), check_channel)?;
        let says = self.minimum_stay.is_some()
            || self.maximum_stay.is_some()
            || [self.closed_to_arrival, self.closed_to_departure, self.stop_sell].iter().any(Option::is_some);
        if !says {
            return Err(AppError::invalid((), Message::NothingToSet));
        }
        Ok(())
    }

    /// Refuses a minimum above the maximum, one of them given now: nobody could arrive, and nothing would say so.
    fn check_nights(&self, is: &Restriction) -> Result<()> {
        let (Some(least), Some(most)) = (is.minimum_stay, is.maximum_stay) else { return Ok(()) };
        let (at, from, to) = match (self.minimum_stay, self.maximum_stay) {
            (Some(_), _) => ("minimum_stay", 0, most),
            (None, Some(_)) => ("maximum_stay", least, LONGEST_STAY),
            (None, None) => return Ok(()),
        };
        match least > most {
            true => Err(AppError::invalid(at, Message::Between { from, to })),
            false => Ok(()),
        }
    }

    /// A restriction with what is given.
    fn apply_to(&self, known: &Restriction) -> Restriction {
        let nights = |given: Option<i64>, known| match given {
            None => known,
            Some(nights) => Some(nights).filter(|nights| *nights > 0),
        };
        Restriction {
            minimum_stay: nights(self.minimum_stay, known.minimum_stay),
            maximum_stay: nights(self.maximum_stay, known.maximum_stay),
            closed_to_arrival: self.closed_to_arrival.unwrap_or(known.closed_to_arrival),
            closed_to_departure: self.closed_to_departure.unwrap_or(known.closed_to_departure),
            stop_sell: self.stop_sell.unwrap_or(known.stop_sell),
            ..known.clone()
        }
    }
}

/// Sets restrictions on a range of dates.
#[derive(Debug, Clone)]
pub struct SetRestrictions {
    /// The property's code.
    pub property: String,
    /// The restrictions.
    pub input: RestrictionsInput,
}

#[async_trait]
impl Command for SetRestrictions {
    const ACTION: Action = Action::RateCalendarRestrictions;
    type Out = CalendarSet;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CalendarSet> {
        let property = u.property(&self.property).await?;
        let input = &self.input;
        input.check()?;
        let nights = chosen(&property, (input.from, input.until), &input.weekdays)?;
        let plan = match &input.rate_plan {
            None => RatePlanId::NIL,
            Some(code) => plan_of(u.tx, &property, code).await?.id,
        };
        let kind = match &input.room_type {
            None => RoomTypeId::NIL,
            Some(code) => type_of(u.tx, &property, code).await?.id,
        };
        let channel = input.channel.clone().unwrap_or_default();
        let found = query::rate::restrictions(u.tx, property.id, (input.from, input.until)).await?;
        let is_same =
            |one: &Restriction| (one.rate_plan_id, one.room_type_id, &one.channel) == (plan, kind, &channel);
        let mut known: BTreeMap<NaiveDate, Restriction> =
            found.into_iter().filter(is_same).map(|one| (one.night, one)).collect();
        let (mut changed, mut new) = (0, Vec::new());
        for &night in &nights {
            let was = known.remove(&night);
            let open = Restriction {
                property_id: property.id,
                night,
                rate_plan_id: plan,
                room_type_id: kind,
                channel: channel.clone(),
                minimum_stay: None,
                maximum_stay: None,
                closed_to_arrival: false,
                closed_to_departure: false,
                stop_sell: false,
                version: 1,
            };
            let mut is = input.apply_to(was.as_ref().unwrap_or(&open));
            input.check_nights(&is)?;
            match (was, is.limits() == Limits::default()) {
                (None, true) => {}
                (None, false) => new.push(is),
                (Some(was), _) if was == is => {}
                (Some(was), true) => {
                    u.tx.delete(&was).await?;
                    changed += 1;
                }
                (Some(_), false) => {
                    u.tx.update(&mut is).await?;
                    changed += 1;
                }
            }
        }
        changed += new.len();
        u.tx.insert_all(&new).await?;
        let event = PropertyEvent::SetRestrictions {
            rate_plan: input.rate_plan.clone(),
            room_type: input.room_type.clone(),
            channel: input.channel.clone(),
            from: input.from,
            until: input.until,
            weekdays: input.weekdays.clone(),
            minimum_stay: input.minimum_stay,
            maximum_stay: input.maximum_stay,
            closed_to_arrival: input.closed_to_arrival,
            closed_to_departure: input.closed_to_departure,
            stop_sell: input.stop_sell,
        };
        u.record(About::Property(property.id, "property", property.id.uuid()), event).await?;
        Ok(CalendarSet { dates: nights.len(), changed })
    }
}

/// A date of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarDay {
    /// The date.
    pub date: NaiveDate,
    /// What the room costs for the people that the price is for, minor units; none: it has no price.
    pub price: Option<i64>,
    /// The price was set for this date alone.
    pub is_set: bool,
    /// Code of the season that the date belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    /// Its name as the property writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season_name: Option<String>,
    /// Its name in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season_name_en: Option<String>,
    /// What may not be sold: everything that applies, together.
    #[serde(flatten)]
    pub limits: Limits,
    /// Rooms of the type that are left to sell on the night.
    pub left: i64,
}

/// The calendar of a plan and a room type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarRow {
    /// Code of the rate plan.
    pub rate_plan: String,
    /// Code of the room type.
    pub room_type: String,
    /// Date by date.
    pub days: Vec<CalendarDay>,
}

/// The rate calendar on the dates from `from` until before `until`.
#[derive(Debug, Clone)]
pub struct ShowCalendar {
    /// Code of the property.
    pub property: String,
    /// The dates, without the last.
    pub dates: (NaiveDate, NaiveDate),
    /// Code of the rate plan; none: every one.
    pub rate_plan: Option<String>,
    /// Code of the room type; none: every one.
    pub room_type: Option<String>,
    /// The booking channel through which it is sold; none: what is sold through every one.
    pub channel: Option<String>,
}

#[async_trait]
impl Query for ShowCalendar {
    const ACTION: Action = Action::RateCalendarShow;
    type Out = Vec<CalendarRow>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let (from, until) = self.dates;
        let parameter = hefu_domain::Place::parameter;
        let nights = dates(from, until).map_err(|error| error.at(parameter("until")))?;
        let nights: Vec<NaiveDate> = nights.collect();
        let plans = match &self.rate_plan {
            None => query::property::rate_plans(c, property.id).await?,
            Some(code) => {
                let plan = plan_of(c, &property, code).await;
                vec![plan.map_err(|error| error.at(parameter("rate_plan")))?]
            }
        };
        let types = match &self.room_type {
            None => query::property::room_types(c, property.id).await?,
            Some(code) => {
                let kind = type_of(c, &property, code).await;
                vec![kind.map_err(|error| error.at(parameter("room_type")))?]
            }
        };
        if nights.len() * plans.len() * types.len() > MOST_ENTRIES {
            return Err(too_many().at(parameter("until")));
        }
        let left: BTreeMap<(String, NaiveDate), i64> =
            nights_left(c, &property, (from, until), RoomPart::Night)
                .await?
                .into_iter()
                .map(|night| ((night.room_type, night.night), night.left))
                .collect();
        let restrictions = Restrictions::load(c, property.id, (from, until)).await?;
        let channel = self.channel.as_deref().unwrap_or_default();
        let seasons = query::rate::seasons(c, property.id).await?;
        let season = |date: &NaiveDate| seasons.iter().find(|season| season.has(*date));
        let mut rows = Vec::new();
        for plan in plans {
            let prices = PriceList::load(c, &plan, (from, until)).await?;
            for kind in &types {
                let limits = restrictions.limits(plan.id, kind.id, channel);
                let day = |date: &NaiveDate| CalendarDay {
                    date: *date,
                    price: prices.on(kind.id, *date),
                    is_set: prices.is_set(kind.id, *date),
                    season: season(date).map(|season| season.code.clone()),
                    season_name: season(date).map(|season| season.name.clone()),
                    season_name_en: season(date).map(|season| season.name_en.clone()),
                    limits: limits.get(date).copied().unwrap_or_default(),
                    left: left.get(&(kind.code.clone(), *date)).copied().unwrap_or(0),
                };
                rows.push(CalendarRow {
                    rate_plan: plan.code.clone(),
                    room_type: kind.code.clone(),
                    days: nights.iter().map(day).collect(),
                });
            }
        }
        Ok(rows)
    }
}
