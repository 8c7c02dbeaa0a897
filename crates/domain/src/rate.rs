//! What a revenue manager sets: prices of a date, plans that follow another plan, what more or fewer people cost, and what may not be sold on
//! which date.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, codes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Message, Rule, RuleError,
    ids::{PropertyId, RatePlanId, RoomTypeId},
};

/// The price of a room type under a plan on one date: it stands before the price that holds from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateDay {
    /// The property.
    pub property_id: PropertyId,
    /// The plan.
    pub rate_plan_id: RatePlanId,
    /// The night, or the day of a part-day block.
    pub night: NaiveDate,
    /// The room type.
    pub room_type_id: RoomTypeId,
    /// Per night or per block, minor units of the property's currency.
    pub amount: i64,
    /// Version of the record.
    pub version: i64,
}

/// How the prices of a plan follow from those of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// The plan whose prices they follow from. It follows from none itself.
    pub from: RatePlanId,
    /// Added to its price as a share of it; below zero: taken off.
    pub share: BasisPoints,
    /// Then added, minor units; below zero: taken off.
    pub amount: i64,
    /// Then rounded to a multiple of so many minor units, half up.
    pub round_to: i64,
}

impl Derived {
    /// The price that follows from a price of the other plan.
    pub fn price(&self, base: i64) -> i64 {
        let price = (base + self.share.of(base) + self.amount).max(0);
        let step = self.round_to.max(1);
        (price + step / 2).div_euclid(step) * step
    }
}

/// What staying beyond hours that were sold costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Overrun {
    /// Each further hour that has begun, minor units, as the plan's prices are: with or without fee and tax.
    pub price: i64,
    /// So many minutes beyond cost nothing; who stays longer pays from the first minute on.
    #[serde(default)]
    pub grace_minutes: i64,
}

impl Overrun {
    /// How many hours are charged to who has stayed so many minutes beyond.
    pub const fn hours(self, minutes: i64) -> i64 {
        if minutes <= self.grace_minutes { 0 } else { (minutes + 59) / 60 }
    }
}

/// What a child up to an age costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildRate {
    /// The last age of which this holds, in years.
    pub until_age: i64,
    /// A night, minor units.
    pub amount: i64,
}

/// What more or fewer people than a price is for cost a night.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PeopleRates {
    /// How many adults the price of the room is for.
    pub included: i64,
    /// Taken off for each adult fewer, minor units.
    pub fewer: i64,
    /// Added for each adult more, minor units.
    pub more: i64,
    /// What children cost, youngest first. Older ones count as adults; without any, children cost nothing.
    pub children: Vec<ChildRate>,
    /// Added for each extra bed, minor units.
    pub extra_bed: i64,
}

/// Who sleeps in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party<'a> {
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
    /// How old the children are, as far as it is known.
    pub ages: &'a [i64],
    /// Extra beds.
    pub extra_beds: i64,
}

impl PeopleRates {
    /// What these people cost beside the price of the room, minor units; below zero: less. A child of unknown age costs what the dearest does.
    pub fn supplement(&self, party: Party<'_>) -> i64 {
        let (mut adults, mut sum) = (party.adults, party.extra_beds * self.extra_bed);
        let dearest = self.children.iter().map(|band| band.amount).max().unwrap_or(0);
        for child in 0..usize::try_from(party.children).unwrap_or(0) {
            match party.ages.get(child) {
                None => sum += dearest,
                Some(age) => match self.children.iter().find(|band| *age <= band.until_age) {
                    Some(band) => sum += band.amount,
                    None => adults += i64::from(!self.children.is_empty()),
                },
            }
        }
        let more = adults - self.included;
        sum + more.max(0) * self.more - (-more).max(0) * self.fewer
    }
}

codes! {
    /// How a room is given to who lives in it.
    pub enum Usage {
        /// Sold.
        Sold = "sold",
        /// Given to a guest for nothing 【免费房】.
        Complimentary = "complimentary",
        /// Used by the house itself 【自用房】.
        HouseUse = "house_use",
    }
}

/// What of a plan, a room type and a channel may not be sold on a date. A row without one of them says it of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// The property.
    pub property_id: PropertyId,
    /// The date.
    pub night: NaiveDate,
    /// The plan; nil: every one.
    pub rate_plan_id: RatePlanId,
    /// The room type; nil: every one.
    pub room_type_id: RoomTypeId,
    /// The booking channel; empty: every one.
    pub channel: String,
    /// Who arrives stays at least so many nights.
    pub minimum_stay: Option<i64>,
    /// Who arrives stays at most so many nights.
    pub maximum_stay: Option<i64>,
    /// Nobody arrives.
    pub closed_to_arrival: bool,
    /// Nobody leaves.
    pub closed_to_departure: bool,
    /// Nothing is sold of this night.
    pub stop_sell: bool,
    /// Version of the record.
    pub version: i64,
}

/// What may not be sold of something on a date: everything that applies to it, together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Who arrives stays at least so many nights.
    pub minimum_stay: Option<i64>,
    /// Who arrives stays at most so many nights.
    pub maximum_stay: Option<i64>,
    /// Nobody arrives.
    pub closed_to_arrival: bool,
    /// Nobody leaves.
    pub closed_to_departure: bool,
    /// Nothing is sold of this night.
    pub stop_sell: bool,
}

impl Restriction {
    /// Whether it is about this plan, room type and channel.
    pub fn is_about(&self, plan: RatePlanId, kind: RoomTypeId, channel: &str) -> bool {
        [RatePlanId::NIL, plan].contains(&self.rate_plan_id)
            && [RoomTypeId::NIL, kind].contains(&self.room_type_id)
            && (self.channel.is_empty() || self.channel == channel)
    }

    /// What it says.
    pub const fn limits(&self) -> Limits {
        Limits {
            minimum_stay: self.minimum_stay,
            maximum_stay: self.maximum_stay,
            closed_to_arrival: self.closed_to_arrival,
            closed_to_departure: self.closed_to_departure,
            stop_sell: self.stop_sell,
        }
    }
}

impl Limits {
    /// Both: the stricter of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            minimum_stay: self.minimum_stay.max(other.minimum_stay),
            maximum_stay: match (self.maximum_stay, other.maximum_stay) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            },
            closed_to_arrival: self.closed_to_arrival || other.closed_to_arrival,
            closed_to_departure: self.closed_to_departure || other.closed_to_departure,
            stop_sell: self.stop_sell || other.stop_sell,
        }
    }
}

/// What forbids a stay, in the order in which somebody would mend it. Of hours of one day only arrival and date count.
pub fn refusals(
    limits: &BTreeMap<NaiveDate, Limits>,
    (arrival, departure): (NaiveDate, NaiveDate),
) -> Vec<RuleError> {
    let on = |date: NaiveDate| limits.get(&date).copied().unwrap_or_default();
    let nights = (departure - arrival).num_days();
    let mut found = Vec::new();
    let mut dates = arrival.iter_days().take(usize::try_from(nights.max(1)).unwrap_or(1));
    if let Some(night) = dates.find(|night| on(*night).stop_sell) {
        found.push(RuleError::new(Rule::StopSell, "rate_plan", Message::StopSell { night }));
    }
    let first = on(arrival);
    if first.closed_to_arrival {
        let message = Message::ClosedToArrival { date: arrival };
        found.push(RuleError::new(Rule::ClosedToArrival, "arrival", message));
    }
    if nights == 0 {
        return found;
    }
    if on(departure).closed_to_departure {
        let message = Message::ClosedToDeparture { date: departure };
        found.push(RuleError::new(Rule::ClosedToDeparture, "departure", message));
    }
    if let Some(least) = first.minimum_stay.filter(|least| nights < *least) {
        let message = Message::MinimumStay { date: arrival, least };
        found.push(RuleError::new(Rule::MinimumStay, "departure", message));
    }
    if let Some(most) = first.maximum_stay.filter(|most| nights > *most) {
        let message = Message::MaximumStay { date: arrival, most };
        found.push(RuleError::new(Rule::MaximumStay, "departure", message));
    }
    found
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn derived(share: i64, amount: i64, round_to: i64) -> Derived {
        Derived { from: RatePlanId::NIL, share: BasisPoints(share), amount, round_to }
    }

    #[test]
    fn a_derived_price_follows_and_is_rounded() {
        assert_eq!(derived(-1_500, 0, 1).price(333_33), 283_33);
        assert_eq!(derived(-1_500, 0, 1_00).price(333_33), 283_00);
        assert_eq!(derived(-1_500, 0, 10_00).price(335_00), 280_00);
        assert_eq!(derived(0, 5_00, 10_00).price(300_00), 310_00);
        assert_eq!(derived(2_000, -20_00, 0).price(100_00), 100_00);
        assert_eq!(derived(0, -500_00, 1).price(100_00), 0);
    }

    #[test]
    fn people_cost_by_their_number_and_age() {
        let rates = PeopleRates {
            included: 2,
            fewer: 30_00,
            more: 100_00,
            children: vec![ChildRate { until_age: 5, amount: 0 }, ChildRate { until_age: 11, amount: 50_00 }],
            extra_bed: 80_00,
        };
        let of = |adults, children, ages: &[i64], extra_beds| {
            rates.supplement(Party { adults, children, ages, extra_beds })
        };
        assert_eq!((of(2, 0, &[], 0), of(1, 0, &[], 0), of(3, 0, &[], 0)), (0, -30_00, 100_00));
        assert_eq!((of(2, 2, &[5, 6], 0), of(2, 1, &[12], 0), of(1, 1, &[12], 0)), (50_00, 100_00, 0));
        // Of one child nothing is known.
        assert_eq!((of(2, 2, &[3], 0), of(2, 1, &[], 1)), (50_00, 130_00));
        let free = PeopleRates { children: Vec::new(), ..rates.clone() };
        assert_eq!(free.supplement(Party { adults: 2, children: 2, ages: &[14], extra_beds: 0 }), 0);
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_stay_is_refused_by_what_applies_to_its_dates() {
        let limits = BTreeMap::from([
            (day("2026-10-01"), Limits { minimum_stay: Some(3), ..Limits::default() }),
            (
                day("2026-10-02"),
                Limits { closed_to_arrival: true, maximum_stay: Some(1), ..Limits::default() },
            ),
            (day("2026-10-03"), Limits { stop_sell: true, closed_to_departure: true, ..Limits::default() }),
        ]);
        let of = |from, until| -> Vec<Rule> {
            refusals(&limits, (day(from), day(until))).into_iter().map(|error| error.rule).collect()
        };
        use Rule::{ClosedToArrival, ClosedToDeparture, MaximumStay, MinimumStay, StopSell};
        assert_eq!(of("2026-10-01", "2026-10-02"), [MinimumStay]);
        assert_eq!(of("2026-10-01", "2026-10-03"), [ClosedToDeparture, MinimumStay]);
        assert_eq!(of("2026-10-01", "2026-10-04"), [StopSell]);
        assert_eq!(of("2026-10-02", "2026-10-04"), [StopSell, ClosedToArrival, MaximumStay]);
        // Who leaves on a night that is not sold needs nothing of it.
        assert!(of("2026-09-30", "2026-10-02").is_empty());
        assert_eq!(of("2026-10-03", "2026-10-03"), [StopSell]);
        assert_eq!(of("2026-10-02", "2026-10-02"), [ClosedToArrival]);
    }

    #[test]
    fn of_two_limits_the_stricter_counts() {
        let one = Limits { minimum_stay: Some(2), maximum_stay: Some(7), ..Limits::default() };
        let two =
            Limits { minimum_stay: Some(3), maximum_stay: Some(9), stop_sell: true, ..Limits::default() };
        let both =
            Limits { minimum_stay: Some(3), maximum_stay: Some(7), stop_sell: true, ..Limits::default() };
        assert_eq!((one.and(two), two.and(one), one.and(Limits::default())), (both, both, one));
    }
}
