//! Rows that are no bookings.

use hefu_app::import::{IncomingOther, IncomingRoom, Links, Refusal, SourceNumber};
use hefu_domain::{
    message::{ColumnName, Why},
    source::SourceKind,
};
use serde_json::json;

use super::{
    booking::{LONGEST_CODE, code_of},
    guest::{Flags, Origin, described},
};
use crate::source::{FileKind, Map, OtherRecord};

/// A row of a file of guests, bills, payments, points, rooms or rates.
pub(super) fn of(
    map: &Map,
    record: &OtherRecord,
    number: SourceNumber,
    received: &[u8],
    flags: &mut Flags,
) -> Result<IncomingOther, Refusal> {
    let property = code_of(&record.property);
    let origin = Origin {
        map: map.name(),
        property: &property,
        row: &number.key,
        nth: 0,
        region: map.region(),
        nationality: record.nationality.as_deref(),
    };
    let kind = match record.kind {
        FileKind::Bills => Some(SourceKind::Posting),
        FileKind::Payments => Some(SourceKind::Payment),
        FileKind::Points => Some(SourceKind::Points),
        FileKind::Rooms => Some(SourceKind::Room),
        FileKind::Rates => Some(SourceKind::Rate),
        FileKind::Guests | FileKind::Bookings => None,
    };
    let mut guests = Vec::new();
    if kind.is_none() {
        let person = record
            .person
            .as_ref()
            .ok_or_else(|| Refusal::of("full_name", Why::Missing { column: ColumnName(None) }))?;
        guests.push(described(person, &origin, flags).ok_or_else(|| Refusal::of("full_name", Why::NoGuest))?);
    }
    let name = record.person.as_ref().and_then(|person| {
        person
            .full_name
            .clone()
            .or_else(|| Some(format!("{} {}", person.given.as_deref()?, person.surname.as_deref()?)))
    });
    let links = Links {
        booking: record.booking.clone(),
        guest: record.guest.as_ref().map(|id| (format!("import:{}", map.name()), format!("{property}/{id}"))),
        name,
        room: record.room.clone(),
        date: record.date,
    };
    let room = match (kind, &record.room, &record.room_type) {
        (Some(SourceKind::Room), Some(number), Some(name)) => {
            if number.chars().count() > LONGEST_CODE {
                return Err(Refusal::of("room", Why::CodeLength { most: LONGEST_CODE }));
            }
            let floor = record.floor.clone().unwrap_or_default();
            Some(IncomingRoom {
                number: number.clone(),
                room_type: code_of(name),
                type_name: name.clone(),
                floor,
            })
        }
        _ => None,
    };
    let currency = record.currency.as_deref().and_then(|code| code.parse().ok());
    let says = json!({
        "booking": record.booking, "guest": record.guest, "date": record.date, "until": record.until,
        "amount": record.amount_minor, "currency": record.currency, "points": record.points, "code": record.code,
        "text": record.text, "room": record.room, "room_type": record.room_type, "rate_plan": record.rate_plan,
        "floor": record.floor,
    });
    let content = says.to_string();
    let record_text = [b"{\"says\":", content.as_bytes(), b",\"received\":", received, b"}"].concat();
    Ok(IncomingOther {
        kind,
        number,
        property,
        property_name: record.property_name.clone(),
        currency,
        links,
        room,
        guests,
        record: record_text,
        content,
    })
}
