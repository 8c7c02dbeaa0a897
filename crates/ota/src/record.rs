//! Reservations of hotel systems that answer in JSON, each a record by itself.

use chrono_tz::Tz;
use serde_json::Value;

use crate::{
    json::{at, text},
    mews, ohip,
    read::{Kind, Message},
    received::{Received, receive},
    tree::{Limits, Refused},
};

/// Reads a record that was made of a page of a hotel system ([`ohip_page`](crate::ohip_page), [`mews_records`](crate::mews_records)): a message with one
/// reservation.
///
/// # Errors
/// It is no such record, or longer than the limits allow.
pub fn record(record: &str, limits: &Limits) -> Result<Message, Refused> {
    if record.len() > limits.bytes {
        return Err(Refused::TooLarge(limits.bytes));
    }
    let told: Value = serde_json::from_str(record).map_err(|_| Refused::NotJson)?;
    let zone: Tz = text(at(&told, &["zone"])).and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
    let reservation = match at(&told, &["record"]).as_str() {
        Some("ohip") => ohip::reservation(at(&told, &["reservation"]), zone),
        Some("mews") => mews::reservation(&told, zone),
        _ => return Err(Refused::NotJson),
    };
    Ok(Message {
        kind: Kind::Retrieval,
        echo: None,
        version: None,
        sent: None,
        reservations: vec![reservation],
        alone: vec![record.to_owned()],
    })
}

/// Reads what was kept because it could not be taken: a message of a channel, or a record.
///
/// # Errors
/// As [`receive`] and [`record`].
pub fn receive_kept(text: &str, limits: &Limits) -> Result<Received, Refused> {
    match text.starts_with('{') {
        true => record(text, limits).map(Received::Reservations),
        false => receive(text, limits),
    }
}
