//! What a channel tells beside bookings, as source records: stays, what was consumed, how many rooms are free, what guests ask for who have not booked. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use hefu_domain::{channel::Channel, property::Property, source::SourceKind};
use hefu_import::{Content, IncomingOther, IncomingRow, Links, SourceNumber};
use hefu_ota::{FreeRooms, Reservation, RoomCategory, StayInfo};
use serde_json::{Value, json};

use crate::claim::number_of;

fn row(
    property: &Property,
    kind: SourceKind,
    key: String,
    links: Links,
    says: &Value,
    received: &impl serde::Serialize,
) -> IncomingRow {
    let content = says.to_string();
    let received = serde_json::to_value(received).unwrap_or_default();
    let pairs = json!([["message", received.to_string()]]).to_string();
    let record = format!("{{\"says\":{content},\"received\":{pairs}}}").into_bytes();
    let other = IncomingOther {
        kind: Some(kind),
        number: SourceNumber { key, is_derived: false },
        property: property.code.clone(),
        property_name: property.name.clone(),
        currency: None,
        links,
        room: None,
        guests: Vec::new(),
        record,
        content,
    };
    IncomingRow {
        row: 1,
        more: Vec::new(),
        columns: Vec::<String>::new().into(),
        texts: pairs.into_bytes(),
        figures: None,
        currency: None,
        notes: Vec::new(),
        flags: Vec::new(),
        content: Ok(Content::Other(Box::new(other))),
    }
}

/// The stay and each of its charges. Charges have no numbers: those of a day and a code are told apart by their order.
pub(crate) fn stay(property: &Property, stay: &StayInfo) -> Vec<IncomingRow> {
    let Ok(number) = number_of(&stay.reservation) else { return Vec::new() };
    let links = |date| Links { booking: Some(number.clone()), date, ..Links::default() };
    let mut told = stay.clone();
    told.charges.clear();
    let says = json!({
        "booking": number, "guest": null, "date": stay.arrival, "until": stay.departure,
        "amount": stay.total.map(|total| total.minor), "currency": stay.total.map(|total| total.currency),
        "code": null, "text": null, "room": null, "room_type": stay.room_type, "rate_plan": stay.rate_plan,
    });
    let mut rows = vec![row(property, SourceKind::Stay, number.clone(), links(stay.arrival), &says, &told)];
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for charge in &stay.charges {
        let code = charge.code.as_deref().unwrap_or(&charge.category);
        let of = format!("{number}/{}/{}-{code}", charge.date, charge.category);
        let time = times.entry(of.clone()).or_default();
        *time += 1;
        let says = json!({
            "booking": number, "guest": null, "date": charge.date, "amount": charge.amount.minor,
            "currency": charge.amount.currency, "code": code, "text": charge.category, "folio": charge.folio,
            "room": null,
        });
        let key = format!("{of}/{time}");
        rows.push(row(property, SourceKind::Posting, key, links(Some(charge.date)), &says, charge));
    }
    rows
}

/// Free rooms of a type on some days.
pub(crate) fn free_rooms(channel: &Channel, property: &Property, free: &FreeRooms) -> IncomingRow {
    let here = channel.room_types.get(free.room_type.as_deref());
    let says = json!({
        "booking": null, "guest": null, "date": free.from, "until": free.until, "amount": free.free,
        "code": free.room_type, "room": free.room, "room_type": here,
    });
    let of = [free.room_type.as_deref(), free.room.as_deref()].map(|code| code.unwrap_or("*"));
    let key = format!("{}/{}/{}", of[0], of[1], free.from);
    row(property, SourceKind::Inventory, key, Links::default(), &says, free)
}

/// A category of rooms.
pub(crate) fn category(channel: &Channel, property: &Property, told: &RoomCategory) -> IncomingRow {
    let says = json!({
        "booking": null, "guest": null, "date": null, "until": null, "amount": told.rooms.len(), "code": told.code,
        "room": null, "room_type": channel.room_types.get(Some(&told.code)), "people": told.most,
    });
    let key = format!("category/{}", told.code);
    row(property, SourceKind::Inventory, key, Links::default(), &says, told)
}

/// What a guest asks for who has not booked, as it was said at a moment: the days as far as he says them, and nothing that tells who he is. It is of the property, becomes no
/// booking and takes no room. Each moment is a record of its own, so that what comes late replaces nothing.
pub(crate) fn enquiry(
    channel: &Channel,
    property: &Property,
    (number, said): (&str, Option<DateTime<Utc>>),
    reservation: &Reservation,
) -> IncomingRow {
    let first = reservation.rooms.first();
    let rooms = reservation.rooms.iter().map(|stay| {
        json!({
            "arrival": stay.arrival, "latest_arrival": stay.latest_arrival, "departure": stay.departure, "nights": stay.nights,
            "room_type": channel.room_types.get(stay.room_type.as_deref()), "rate_plan": channel.rate_plans.get(stay.rate_plan.as_deref()),
            "adults": stay.adults, "children": stay.children.len(), "rooms": stay.rooms,
        })
    });
    let says = json!({
        "booking": number, "guest": null, "date": first.map(|stay| stay.arrival), "until": first.and_then(|stay| stay.departure),
        "amount": null, "code": first.and_then(|stay| stay.room_type.as_deref()), "room": null, "rooms": rooms.collect::<Vec<_>>(),
    });
    let key = match said {
        Some(said) => format!("{number}/{}", said.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        None => number.to_owned(),
    };
    row(property, SourceKind::Enquiry, key, Links::default(), &says, &reservation.rooms)
}
