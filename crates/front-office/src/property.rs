//! Looking up properties and rooms, and common rules for codes, names and clocks of a property.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use hefu_core::{AppError, Result};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    closing::SetupKind,
    ids::{PropertyId, RoomId},
    message::Missing,
    property::{Property, Room},
    reservation::VisitGroup,
};
use hefu_store::{Conn, query};

/// A code is short, so that it can be spoken and typed.
pub fn check_code(at: impl Into<Place>, code: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=32).contains(&code.len()) && code.chars().all(fits) {
        return Ok(());
    }
    Err(AppError::invalid(at, Message::CodeForm { most: 32 }))
}

/// A name for display.
///
/// # Errors
/// It is empty or too long.
pub fn check_name(at: impl Into<Place>, name: &str) -> Result<()> {
    match name.trim().chars().count() {
        1..=120 => Ok(()),
        _ => Err(AppError::invalid(at, Message::Length { from: 1, to: 120 })),
    }
}

/// The property with this code, read only.
pub async fn find_property(c: &mut Conn, code: &str) -> Result<Property> {
    query::property::by_code(c, code).await?.ok_or_else(|| AppError::not_found(Missing::Property, code))
}

/// The group with this code, read only.
pub(crate) async fn find_group(c: &mut Conn, code: &str) -> Result<VisitGroup> {
    query::visit::group_by_code(c, code).await?.ok_or_else(|| AppError::not_found(Missing::Group, code))
}

/// The property with this id, read only.
///
/// # Errors
/// No such property.
pub async fn property_by_id(c: &mut Conn, id: PropertyId) -> Result<Property> {
    query::property::find(c, id).await?.ok_or_else(|| AppError::not_found(Missing::Property, id))
}

/// The time zone with a name.
pub fn zone(name: &str) -> Result<chrono_tz::Tz> {
    name.parse().map_err(|_| AppError::invalid("time_zone", Message::TimeZone))
}

/// The moment check-in opens on `date`, by the property's clock.
///
/// # Errors
/// The property's time zone is unknown.
pub fn opens(property: &Property, date: NaiveDate) -> Result<DateTime<Utc>> {
    moment(property, date, property.check_in_minute)
}

/// The moment at so many minutes after midnight of `date`, by the property's clock.
///
/// # Errors
/// The property's time zone is unknown.
pub fn moment(property: &Property, date: NaiveDate, minute: i64) -> Result<DateTime<Utc>> {
    let zone = zone(&property.time_zone)?;
    let local = date.and_hms_opt(0, 0, 0).unwrap_or_default() + chrono::TimeDelta::minutes(minute);
    // A clock change can skip the time; then the next hour is as good.
    let found = zone.from_local_datetime(&local).earliest();
    Ok(found.map_or_else(|| local.and_utc(), |moment| moment.with_timezone(&Utc)))
}

/// A time by the clock of the property.
///
/// # Errors
/// The time zone of the property is unknown.
pub fn local(property: &Property, now: chrono::DateTime<chrono::Utc>) -> Result<NaiveDateTime> {
    Ok(now.with_timezone(&zone(&property.time_zone)?).naive_local())
}

/// Refuses a record of the setup that is not used any more.
///
/// # Errors
/// [`Rule::WrongState`] at the code.
pub async fn require_used(
    c: &mut Conn,
    property: &Property,
    (kind, code): (SetupKind, &str),
    at: &'static str,
) -> Result<()> {
    let closing = query::rate::closing(c, property.id, kind, code).await?;
    match closing.map(|closing| closing.from_date).filter(|from| *from <= property.business_date) {
        Some(date) => Err(RuleError::new(Rule::WrongState, at, Message::SetupClosed { date }).into()),
        None => Ok(()),
    }
}

/// The room with this id.
///
/// # Errors
/// No such room.
pub async fn room_by_id(c: &mut Conn, property: PropertyId, id: RoomId) -> Result<Room> {
    query::property::room(c, property, id).await?.ok_or_else(|| AppError::not_found(Missing::Room, id))
}

/// The room with this number.
///
/// # Errors
/// No such room.
pub async fn room_by_number(c: &mut Conn, property: PropertyId, number: &str) -> Result<Room> {
    query::property::room_by_number(c, property, number)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::Room, number))
}
