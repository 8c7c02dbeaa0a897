//! What staying beyond hours that were sold costs: each further hour that has begun, on a line of its own, with the fee and the tax that were
//! agreed.

use chrono::{DateTime, Utc};
use hefu_core::{Result, Unit};
use hefu_domain::{
    folio::Posting,
    property::PriceParts,
    rate::Usage,
    reservation::ReservationRoom,
    stay::{Stay, StayState},
};
use hefu_store::query;

use super::{charge_with, line::NewPosting, line::code};
use crate::visit::{Visit, hours::minutes_over};

/// What stands on the lines.
const OVERRUN: &str = "OVERRUN";

/// Whether a line is an hour beyond those that were sold.
pub fn is_overrun(line: &Posting) -> bool {
    line.reference.as_deref().is_some_and(|reference| reference.starts_with(OVERRUN))
}

/// The key that makes the charge of the nth hour beyond happen once only.
fn once(visit: &Visit, line: i64, hour: i64) -> String {
    format!("overrun:{}:{line}:{hour}", visit.reservation.id)
}

/// An hour of a room that is beyond those that were sold, taken apart; none: it costs nothing.
fn hour(line: &ReservationRoom) -> Option<PriceParts> {
    let overrun = line.terms.overrun.filter(|_| line.terms.usage == Usage::Sold)?;
    Some(line.terms.parts(overrun.price - line.discount.of(overrun.price)))
}

/// How many hours beyond those that were sold are charged for a room of a reservation by now.
///
/// # Errors
/// The property's time zone is unknown.
pub fn hours_over(visit: &Visit, line: &ReservationRoom, now: DateTime<Utc>) -> Result<i64> {
    let minutes = minutes_over(&visit.property, line, &visit.stays, now)?;
    Ok(line.terms.overrun.map_or(0, |overrun| overrun.hours(minutes)))
}

/// Whether what is to be charged of a visit grows by itself: somebody by the hour is in house.
pub fn grows(visit: &Visit) -> bool {
    let is_here = |line: &ReservationRoom| {
        visit.stays.iter().any(|stay| stay.line == line.line && stay.state == StayState::InHouse)
    };
    visit.rooms.iter().any(|line| line.until_minute.is_some() && hour(line).is_some() && is_here(line))
}

/// The hours beyond that are not charged yet, each taken apart, and how many they are. `lines` are all of the bill.
///
/// # Errors
/// The property's time zone is unknown.
pub fn to_come(
    visit: &Visit,
    line: &ReservationRoom,
    lines: &[Posting],
    now: DateTime<Utc>,
) -> Result<Option<(i64, PriceParts)>> {
    let Some(parts) = hour(line) else { return Ok(None) };
    let is_open = |n: &i64| {
        let once = once(visit, line.line, *n);
        !lines.iter().any(|known| known.once.as_ref() == Some(&once))
    };
    let open = (1..=hours_over(visit, line, now)?).filter(is_open).count() as i64;
    Ok((open > 0).then_some((open, parts)))
}

/// Charges the hours beyond to the stay that holds a room; answers how many. What was charged before is not charged again.
///
/// # Errors
/// Nobody is in the room.
pub async fn post(u: &mut Unit<'_>, visit: &mut Visit, line: i64) -> Result<i64> {
    let holder: Stay = visit.one_in_house(line, None)?;
    let room = visit.line(line)?.clone();
    let Some(parts) = hour(&room) else { return Ok(0) };
    let mut posted = 0;
    for n in 1..=hours_over(visit, &room, u.now)? {
        let once = once(visit, line, n);
        if query::visit::posting_once(u.tx, visit.property.id, &once).await?.is_some() {
            continue;
        }
        let new = NewPosting {
            window: visit.share(holder.id).and_then(|share| share.window),
            stay_id: Some(holder.id),
            reference: Some(format!("{OVERRUN} {n}")),
            once: Some(once),
            ..NewPosting::of(code(u, visit, "DAYUSE").await?, parts.room)
        };
        charge_with(u, visit, new, &[("SVC", parts.service_fee), ("TAX", parts.tax)]).await?;
        posted += 1;
    }
    Ok(posted)
}
