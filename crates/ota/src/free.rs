//! How many rooms are free, as a channel manager or another hotel system tells it: `OTA_HotelInvCountNotifRQ` (AlpineBits from 2020-10 on) and
//! `OTA_HotelAvailNotifRQ` (before).

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    read::{count, date},
    reservation::{Fault, Problem, Wrong},
    tree::Element,
};

/// Free rooms of a type on some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreeRooms {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// The room type in the other system's codes; none: the whole house, which is closed then.
    pub room_type: Option<String>,
    /// The room, where single rooms are told.
    pub room: Option<String>,
    /// How many can be booked.
    pub free: i64,
}

/// Free rooms, each part that cannot be understood with its reason.
pub type AllFreeRooms = Vec<Result<FreeRooms, Fault>>;

/// Reads a part.
type Read = fn(&Element) -> Result<FreeRooms, Wrong>;

/// What is told of free rooms, and the property in the channel's codes.
///
/// # Errors
/// The message is against the rules of such messages as a whole.
pub(crate) fn free_rooms(root: &Element) -> Result<(Option<String>, AllFreeRooms), Wrong> {
    let (list, name, read) = match root.child("Inventories") {
        Some(list) => (list, "Inventory", inventory as Read),
        None => {
            let list = root.child("AvailStatusMessages").ok_or(("Inventories", Problem::Missing))?;
            (list, "AvailStatusMessage", availability as Read)
        }
    };
    let hotel = list.attribute("HotelCode").map(str::to_owned);
    if hotel.is_none() && list.attribute("HotelName").is_none() {
        return Err(("@HotelCode", Problem::Missing));
    }
    let parts: Vec<&Element> =
        list.all(name).filter(|part| part.child("StatusApplicationControl").is_some()).collect();
    let is_whole = root.child("UniqueID").and_then(|id| id.attribute("Instance")) == Some("CompleteSet");
    // Nothing at all takes away what was told before: that must be said.
    if parts.is_empty() && !is_whole {
        return Err(("UniqueID/@Instance", Problem::Missing));
    }
    check_order(&parts)?;
    let told = parts.into_iter().map(|part| read(part).map_err(|wrong| Fault::of(None, wrong))).collect();
    Ok((hotel, told))
}

fn control(part: &Element) -> Option<&Element> {
    part.child("StatusApplicationControl")
}

/// Whether a part says that the house is closed.
fn is_closing(part: &Element) -> bool {
    control(part).and_then(|control| control.attribute("AllInvCode")) == Some("true")
}

/// Seasons in which the house is closed come first and share no days; of rooms, either single ones are told or types.
fn check_order(parts: &[&Element]) -> Result<(), Wrong> {
    let opened = parts.iter().position(|part| !is_closing(part)).unwrap_or(parts.len());
    let (seasons, rooms) = parts.split_at(opened);
    if rooms.iter().any(|part| is_closing(part)) {
        return Err(("StatusApplicationControl/@AllInvCode", Problem::Late));
    }
    let days = |part: &&Element| span(part).ok();
    let mut days: Vec<(NaiveDate, NaiveDate)> = seasons.iter().filter_map(days).collect();
    days.sort_unstable();
    if days.windows(2).any(|pair| matches!(pair, [(_, until), (from, _)] if from <= until)) {
        return Err(("StatusApplicationControl/@Start", Problem::Overlap));
    }
    let is_single =
        |part: &&&Element| control(part).is_some_and(|control| control.attribute("InvCode").is_some());
    let singles = rooms.iter().filter(is_single).count();
    if singles != 0 && singles != rooms.len() {
        return Err(("StatusApplicationControl/@InvCode", Problem::Mixed));
    }
    Ok(())
}

/// The first day and the last.
fn span(element: &Element) -> Result<(NaiveDate, NaiveDate), Wrong> {
    let control = control(element).ok_or(("StatusApplicationControl", Problem::Missing))?;
    let (start, end) = ("StatusApplicationControl/@Start", "StatusApplicationControl/@End");
    let from = date(control.attribute("Start").ok_or((start, Problem::Missing))?, start)?;
    let until = date(control.attribute("End").ok_or((end, Problem::Missing))?, end)?;
    if until < from { Err((end, Problem::Order)) } else { Ok((from, until)) }
}

fn part(element: &Element, free: i64) -> Result<FreeRooms, Wrong> {
    let (from, until) = span(element)?;
    let text = |name: &str| control(element).and_then(|control| control.attribute(name)).map(str::to_owned);
    let room_type = text("InvTypeCode");
    if room_type.is_none() && !is_closing(element) {
        return Err(("StatusApplicationControl/@InvTypeCode", Problem::Missing));
    }
    Ok(FreeRooms { from, until, room_type, room: text("InvCode"), free })
}

fn inventory(element: &Element) -> Result<FreeRooms, Wrong> {
    let at = "InvCount/@Count";
    if is_closing(element) && element.child("InvCounts").is_some() {
        return Err(("InvCounts", Problem::Forbidden));
    }
    let mut free = 0;
    // Without a count nothing can be booked. 2 is "definite availability" in OpenTravel's list `INV`.
    for counted in element.all("InvCounts").flat_map(|counts| counts.all("InvCount")) {
        if counted.attribute("CountType").is_none_or(|kind| kind == "2") {
            free += count(counted.attribute("Count").ok_or((at, Problem::Missing))?, at, 9_999)?;
        }
    }
    part(element, free)
}

fn availability(element: &Element) -> Result<FreeRooms, Wrong> {
    let at = "AvailStatusMessage/@BookingLimit";
    let limit = count(element.attribute("BookingLimit").ok_or((at, Problem::Missing))?, at, 9_999)?;
    let at = "AvailStatusMessage/@BookingLimitMessageType";
    match element.attribute("BookingLimitMessageType") {
        Some("SetLimit") => {}
        Some(_) => return Err((at, Problem::Value)),
        None => return Err((at, Problem::Missing)),
    }
    let is_single = control(element).is_some_and(|control| control.attribute("InvCode").is_some());
    // A room is free or not.
    if is_single && limit > 1 {
        return Err(("AvailStatusMessage/@BookingLimit", Problem::Number));
    }
    let at = "AvailStatusMessage/@BookingThreshold";
    let held = match element.attribute("BookingThreshold") {
        None => 0,
        // Rooms that are free and cannot be booked are told of single rooms only.
        Some(_) if !is_single => return Err((at, Problem::Forbidden)),
        Some(held) => count(held, at, limit)?,
    };
    part(element, limit - held)
}
