//! Prices of dates, and what may not be sold on them.

use chrono::NaiveDate;
use hefu_domain::{
    closing::{SetupClosing, SetupKind},
    ids::{PropertyId, RatePlanId, RoomId, RoomTypeId},
    rate::{RateDay, Restriction},
    season::{PlanAccess, Season},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    SEASONS = "SELECT * FROM season WHERE property_id = $1 ORDER BY code";
    ACCESSES = "SELECT * FROM rate_plan_access WHERE property_id = $1";
    ACCESS = "SELECT * FROM rate_plan_access WHERE property_id = $1 AND rate_plan_id = $2";
    CLOSINGS = "SELECT * FROM setup_closing WHERE property_id = $1 ORDER BY kind, code";
    CLOSING = "SELECT * FROM setup_closing WHERE property_id = $1 AND kind = $2 AND code = $3";
    // Asked when somebody wants to delete a record: they look through what there is.
    TYPE_USED = "SELECT EXISTS (SELECT 1 FROM room WHERE property_id = $1 AND room_type_id = $2),
        EXISTS (SELECT 1 FROM reservation_room WHERE property_id = $1 AND (room_type_id = $2 OR counted_type_id = $2)),
        EXISTS (SELECT 1 FROM rate r JOIN rate_plan p ON p.property_id = r.property_id AND p.id = r.rate_plan_id
            WHERE p.property_id = $1 AND r.room_type_id = $2)";
    PLAN_USED = "SELECT EXISTS (SELECT 1 FROM reservation_room WHERE property_id = $1 AND rate_plan_id = $2),
        EXISTS (SELECT 1 FROM room_block WHERE property_id = $1 AND rate_plan_id = $2)";
    ROOM_USED = "SELECT EXISTS (SELECT 1 FROM reservation_room WHERE property_id = $1 AND room_id = $2),
        EXISTS (SELECT 1 FROM stay_room WHERE property_id = $1 AND room_id = $2),
        EXISTS (SELECT 1 FROM room_night WHERE property_id = $1 AND room_id = $2)";
    CODE_USED = "SELECT EXISTS (SELECT 1 FROM posting WHERE property_id = $1 AND code = $2),
        EXISTS (SELECT 1 FROM deposit_entry WHERE property_id = $1 AND method = $2),
        EXISTS (SELECT 1 FROM reservation_room WHERE property_id = $1 AND terms LIKE '%\"' || $2 || '\"%')";
    DAYS = "SELECT * FROM rate_day WHERE property_id = $1 AND rate_plan_id = $2 AND night >= $3 AND night <= $4
        ORDER BY night, room_type_id";
    RESTRICTIONS = "SELECT * FROM restriction WHERE property_id = $1 AND night >= $2 AND night <= $3
        ORDER BY night, rate_plan_id, room_type_id, channel";
}

/// The prices of a plan that were set for dates from `first` to `last`.
///
/// # Errors
/// The database fails.
pub async fn days(
    c: &mut Conn,
    property: PropertyId,
    plan: RatePlanId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<RateDay>> {
    c.all(DAYS, args![property, plan, first, last]).await
}

/// What may not be sold on dates from `first` to `last`.
///
/// # Errors
/// The database fails.
pub async fn restrictions(
    c: &mut Conn,
    property: PropertyId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<Restriction>> {
    c.all(RESTRICTIONS, args![property, first, last]).await
}

/// The seasons of a property, by code.
///
/// # Errors
/// The database fails.
pub async fn seasons(c: &mut Conn, property: PropertyId) -> Result<Vec<Season>> {
    c.all(SEASONS, args![property]).await
}

/// Whom the plans of a property are sold to, of those that are not for everybody.
///
/// # Errors
/// The database fails.
pub async fn accesses(c: &mut Conn, property: PropertyId) -> Result<Vec<PlanAccess>> {
    c.all(ACCESSES, args![property]).await
}

/// Whom a plan is sold to; none: to everybody.
///
/// # Errors
/// The database fails.
pub async fn access(c: &mut Conn, property: PropertyId, plan: RatePlanId) -> Result<Option<PlanAccess>> {
    c.first(ACCESS, args![property, plan]).await
}

/// What of a property's setup is not used any more, or will not be.
///
/// # Errors
/// The database fails.
pub async fn closings(c: &mut Conn, property: PropertyId) -> Result<Vec<SetupClosing>> {
    c.all(CLOSINGS, args![property]).await
}

/// From when on a record is not used any more; none: it is.
///
/// # Errors
/// The database fails.
pub async fn closing(
    c: &mut Conn,
    property: PropertyId,
    kind: SetupKind,
    code: &str,
) -> Result<Option<SetupClosing>> {
    c.first(CLOSING, args![property, kind, code.to_owned()]).await
}

/// Whether a room type has rooms, was booked, or has prices.
///
/// # Errors
/// The database fails.
pub async fn type_used(c: &mut Conn, property: PropertyId, kind: RoomTypeId) -> Result<[bool; 3]> {
    let used = c.first::<(bool, bool, bool)>(TYPE_USED, args![property, kind]).await?;
    Ok(used.map_or([true; 3], <[bool; 3]>::from))
}

/// Whether a rate plan was booked, or rooms are blocked under it.
///
/// # Errors
/// The database fails.
pub async fn plan_used(c: &mut Conn, property: PropertyId, plan: RatePlanId) -> Result<[bool; 2]> {
    let used = c.first::<(bool, bool)>(PLAN_USED, args![property, plan]).await?;
    Ok(used.map_or([true; 2], <[bool; 2]>::from))
}

/// Whether a room was set aside, lived in, or closed.
///
/// # Errors
/// The database fails.
pub async fn room_used(c: &mut Conn, property: PropertyId, room: RoomId) -> Result<[bool; 3]> {
    let used = c.first::<(bool, bool, bool)>(ROOM_USED, args![property, room]).await?;
    Ok(used.map_or([true; 3], <[bool; 3]>::from))
}

/// Whether something was posted under a code, or paid for a deposit, or the terms of a room that was sold name it: what is included then is
/// posted under it some day.
///
/// # Errors
/// The database fails.
pub async fn code_used(c: &mut Conn, property: PropertyId, code: &str) -> Result<[bool; 3]> {
    let used = c.first::<(bool, bool, bool)>(CODE_USED, args![property, code.to_owned()]).await?;
    Ok(used.map_or([true; 3], <[bool; 3]>::from))
}
