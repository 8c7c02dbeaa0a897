//! The inventory a visit takes, and the rooms it holds on which nights.

use chrono::{Days, NaiveDate};
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    ids::{PropertyId, RoomId, VisitId},
    property::Room,
    reservation::ReservationRoom,
    stay::{RoomNight, RoomPart, occupied_parts},
};
use hefu_store::query;

/// Takes one room of a type for a range out of the available inventory.
///
/// # Errors
/// [`Rule::NoInventory`] with the date.
pub async fn hold_inventory(u: &mut Unit<'_>, room: &ReservationRoom) -> Result<()> {
    for (night, part) in occupied_parts(room.arrival, room.departure) {
        query::inventory::take(u.tx, room.property_id, room.room_type_id, night, part).await.map_err(
            |error| match AppError::from(error) {
                AppError::Rule(rule) if rule.rule == Rule::NoInventory => {
                    RuleError::new(Rule::NoInventory, rule.at, Message::SoldOutOn { night }).into()
                }
                other => other,
            },
        )?;
    }
    Ok(())
}

/// Returns a room of a type for a range to the available inventory.
///
/// # Errors
/// The database fails.
pub async fn free_inventory(u: &mut Unit<'_>, room: &ReservationRoom) -> Result<()> {
    for (night, part) in occupied_parts(room.arrival, room.departure) {
        query::inventory::give_back(u.tx, room.property_id, room.room_type_id, night, part).await?;
    }
    Ok(())
}

/// Holds a room for a room of the reservation over the dates.
///
/// # Errors
/// [`Rule::RoomTaken`] when it is taken on one of them.
pub async fn hold_room(
    u: &mut Unit<'_>,
    room: &Room,
    holder: (VisitId, i64),
    (from, until): (NaiveDate, NaiveDate),
) -> Result<()> {
    hold_parts(u, room, holder, &occupied_parts(from, until)).await
}

/// Holds a room for a room of the reservation on these nights and days.
///
/// # Errors
/// [`Rule::RoomTaken`] when it is taken on one of them.
pub async fn hold_parts(
    u: &mut Unit<'_>,
    room: &Room,
    (visit, line): (VisitId, i64),
    parts: &[(NaiveDate, RoomPart)],
) -> Result<()> {
    let nights: Vec<RoomNight> = parts
        .iter()
        .map(|&(night, part)| RoomNight {
            property_id: room.property_id,
            room_id: room.id,
            night,
            part,
            visit_id: Some(visit),
            line,
        })
        .collect();
    u.tx.insert_all(&nights).await.map_err(AppError::from)
}

/// Releases a room held by a room of the reservation, from a date until before another.
///
/// # Errors
/// The database fails.
pub async fn release_room(
    u: &mut Unit<'_>,
    property: PropertyId,
    room: RoomId,
    holder: (VisitId, i64),
    (from, until): (NaiveDate, NaiveDate),
) -> Result<()> {
    // A part-day stay holds the day of its only date.
    let until = until.max(from.checked_add_days(Days::new(1)).unwrap_or(from));
    query::inventory::release(u.tx, property, room, from, until, holder).await?;
    Ok(())
}
