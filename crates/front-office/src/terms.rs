//! What rooms of a reservation cost, and what calling them off costs, by the terms that were agreed for each.

use crate::{property::opens, visit::Visit};
use chrono::{DateTime, NaiveDate, Utc};
use hefu_core::{Result, Unit};
use hefu_domain::{
    property::{Property, RatePlan},
    reservation::{ReservationRoom, ReservationState},
    terms::Terms,
};
use hefu_kernel::StayRange;
use hefu_store::query;

/// What cancelling a room of a reservation costs at a moment, minor units. What is not promised costs nothing.
///
/// # Errors
/// The property's time zone is unknown.
pub fn cancellation_of(property: &Property, line: &ReservationRoom, now: DateTime<Utc>) -> Result<i64> {
    if line.state != ReservationState::Reserved {
        return Ok(0);
    }
    Ok(line.terms.cancellation(&line.net_prices(), now, opens(property, line.arrival)?))
}

/// What cancelling all rooms of a visit costs at a moment that can be cancelled, minor units.
///
/// # Errors
/// The property's time zone is unknown.
pub fn cancellation(visit: &Visit, now: DateTime<Utc>) -> Result<i64> {
    let mut sum = 0;
    for line in visit.rooms.iter().filter(|line| line.stay_id.is_none()) {
        sum += cancellation_of(&visit.property, line, now)?;
    }
    Ok(sum)
}

/// What all nights of a room of a reservation come to with service fee and tax, minor units.
pub fn total_of(line: &ReservationRoom) -> i64 {
    let nights = line.arrival.iter_days().zip(line.net_prices());
    nights.map(|(night, price)| line.terms.parts_on(night, price).total()).sum()
}

/// The terms under which a plan is sold now.
///
/// # Errors
/// The database fails.
pub async fn terms_of(u: &mut Unit<'_>, plan: &RatePlan) -> Result<Terms> {
    let policy = match plan.policy_id {
        Some(id) => query::property::policy(u.tx, plan.property_id, id).await?,
        None => None,
    };
    Ok(Terms::of(plan, policy.as_ref()))
}

/// The dates that have a price each: the nights of a stay, or the one day of a part-day block.
pub fn priced_dates(range: StayRange) -> Vec<NaiveDate> {
    match range.night_count() {
        0 => vec![range.arrival()],
        _ => range.nights().collect(),
    }
}
