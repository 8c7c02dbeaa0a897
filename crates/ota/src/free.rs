//! How many rooms are free, as a channel manager or another hotel system tells it: `OTA_HotelInvCountNotifRQ` (AlpineBits from 2020-10 on) and
//! `OTA_HotelAvailNotifRQ` (before).

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    read::{Wrong, count, date},
    reservation::{Fault, Problem},
    tree::Element,
};

/// Free rooms of a type on some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreeRooms {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// The room type in the other system's codes; none: the whole house.
    pub room_type: Option<String>,
    /// The room, where single rooms are told.
    pub room: Option<String>,
    /// How many can be booked.
    pub free: i64,
}

/// Free rooms, each part that cannot be understood with its reason.
pub type AllFreeRooms = Vec<Result<FreeRooms, Fault>>;

/// What is told of free rooms, and the property in the channel's codes.
pub(crate) fn free_rooms(root: &Element) -> (Option<String>, AllFreeRooms) {
    let hotel = |list: &Element| list.attribute("HotelCode").map(str::to_owned);
    if let Some(list) = root.child("Inventories") {
        let told = list.all("Inventory").filter(|part| part.child("StatusApplicationControl").is_some());
        return (hotel(list), told.map(|part| inventory(part).map_err(fault)).collect());
    }
    let Some(list) = root.child("AvailStatusMessages") else { return (None, Vec::new()) };
    let told = list.all("AvailStatusMessage").filter(|part| part.child("StatusApplicationControl").is_some());
    (hotel(list), told.map(|part| availability(part).map_err(fault)).collect())
}

fn fault((at, problem): Wrong) -> Fault {
    Fault { id: None, id_type: None, at, problem }
}

fn part(element: &Element, free: i64) -> Result<FreeRooms, Wrong> {
    let control = element.child("StatusApplicationControl");
    let control = control.ok_or(("StatusApplicationControl", Problem::Missing))?;
    let (start, end) = ("StatusApplicationControl/@Start", "StatusApplicationControl/@End");
    let from = date(control.attribute("Start").ok_or((start, Problem::Missing))?, start)?;
    let until = date(control.attribute("End").ok_or((end, Problem::Missing))?, end)?;
    if until < from {
        return Err((end, Problem::Order));
    }
    let text = |name: &str| control.attribute(name).map(str::to_owned);
    Ok(FreeRooms { from, until, room_type: text("InvTypeCode"), room: text("InvCode"), free })
}

fn inventory(element: &Element) -> Result<FreeRooms, Wrong> {
    let at = "InvCount/@Count";
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
    part(element, count(element.attribute("BookingLimit").ok_or((at, Problem::Missing))?, at, 9_999)?)
}
