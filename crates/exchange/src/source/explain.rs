//! What is made of the first rows of a file, field by field.

use hefu_identity::mask::{mask_document, mask_email, mask_numbers, mask_phone};
use hefu_kernel::{Currency, Money};

use super::{BookingRecord, Map, OtherRecord, PersonRecord, Raw, Record};

/// A field of a row, as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Key of the field in the map.
    pub field: &'static str,
    /// The columns it is read from, and what they say; personal data masked.
    pub received: Vec<(String, String)>,
    /// What it is understood as; personal data masked.
    pub value: String,
}

/// Fields whose texts are personal.
const PERSONAL: &[&str] =
    &["full_name", "surname", "given", "birth", "phone", "email", "document_number", "address", "guest"];

/// What a row is understood as, field by field; or the field and the reason why it is not.
///
/// # Errors
/// Why the row cannot be taken.
pub fn explain(map: &Map, raw: &Raw) -> Result<Vec<Shown>, super::Rejected> {
    let values = match map.read(raw)? {
        Record::Booking(record) => booking(&record),
        Record::Other(record) => other(&record),
    };
    let shown = values.into_iter().map(|(field, value)| {
        let received = map.columns_of(field).into_iter().filter_map(|column| {
            let text = raw.get(&column).or_else(|| {
                raw.fields().nth(column.parse::<usize>().ok()?.checked_sub(1)?).map(|(_, text)| text)
            })?;
            let text = text.trim();
            (!text.is_empty()).then(|| (column, masked(field, text)))
        });
        Shown { field, received: received.collect(), value: masked(field, &value) }
    });
    Ok(shown.filter(|shown| !shown.value.is_empty() || !shown.received.is_empty()).collect())
}

/// A text of a field without what is personal in it.
fn masked(field: &str, text: &str) -> String {
    match field {
        _ if text.is_empty() => String::new(),
        // A row that is shifted by a column has a phone where a price should be.
        _ if !PERSONAL.contains(&field) => mask_numbers(text),
        "phone" => text.split("; ").map(mask_phone).collect::<Vec<_>>().join("; "),
        "email" => text.split("; ").map(mask_email).collect::<Vec<_>>().join("; "),
        "document_number" => mask_document(text),
        _ => {
            let first: String = text.chars().take(1).collect();
            format!("{first}{}", "*".repeat(text.chars().count().saturating_sub(1).min(12)))
        }
    }
}

/// The text of a column without what is personal in it. A column that the map does not read may hold anything: of its words nothing is shown.
pub fn masked_cell(map: &Map, column: &str, place: &str, text: &str) -> String {
    let fields: Vec<&str> = map.fields_of(column, place).collect();
    // What is personal of what is read from it counts before what is not.
    let field = fields.iter().find(|field| PERSONAL.contains(*field)).or(fields.first());
    masked(field.copied().unwrap_or("full_name"), text)
}

fn money(minor: i64, currency: &str) -> String {
    match currency.parse::<Currency>() {
        Ok(currency) => Money::new(minor, currency).to_string(),
        Err(_) => minor.to_string(),
    }
}

fn person(person: Option<&PersonRecord>) -> Vec<(&'static str, String)> {
    let Some(person) = person else { return Vec::new() };
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("id", some(&person.id)),
        ("full_name", some(&person.full_name)),
        ("surname", some(&person.surname)),
        ("given", some(&person.given)),
        ("sex", some(&person.sex)),
        ("birth", person.birth.map_or_else(String::new, |birth| birth.to_string())),
        ("phone", person.phones.join("; ")),
        ("email", person.emails.join("; ")),
        ("document_type", some(&person.document_type)),
        ("document_number", some(&person.document_number)),
        ("language", some(&person.language)),
        ("city", some(&person.city)),
        ("address", some(&person.address)),
    ]
}

fn booking(record: &BookingRecord) -> Vec<(&'static str, String)> {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    let nights = (record.departure - record.arrival).num_days();
    let total =
        record.total_minor.unwrap_or(record.rate_minor * nights.max(1) * i64::from(record.room_count));
    let status = match record.status {
        super::Status::Reserved => "reserved",
        super::Status::InHouse => "in_house",
        super::Status::CheckedOut => "checked_out",
        super::Status::Cancelled => "cancelled",
        super::Status::NoShow => "no_show",
    };
    let mut values = vec![
        ("property", record.property.clone()),
        ("source_key", some(&record.source_key)),
        ("status", status.to_owned()),
        ("arrival", record.arrival.to_string()),
        ("departure", record.departure.to_string()),
        ("nights", nights.to_string()),
        ("booked_at", day(record.booked_at)),
        ("adults", record.adults.to_string()),
        ("children", (record.children + record.babies).to_string()),
        ("rooms", record.room_count.to_string()),
        ("room_type_booked", record.room_type_booked.clone()),
        ("room", record.rooms.join(", ")),
        ("rate", money(record.rate_minor, &record.currency)),
        ("total", money(total, &record.currency)),
        ("currency", record.currency.clone()),
        ("channel", some(&record.channel)),
        ("company", some(&record.company)),
        ("nationality", some(&record.nationality)),
    ];
    values.extend(person(record.people.first()));
    if record.people.len() > 1 {
        values.push(("guests", record.people.len().to_string()));
    }
    values
}

fn other(record: &OtherRecord) -> Vec<(&'static str, String)> {
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let currency = record.currency.as_deref().unwrap_or_default();
    let day = |day: Option<chrono::NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    let mut values = vec![
        ("property", record.property.clone()),
        ("source_key", some(&record.source_key)),
        ("booking", some(&record.booking)),
        ("guest", some(&record.guest)),
        ("date", day(record.date)),
        ("until", day(record.until)),
        ("amount", record.amount_minor.map_or_else(String::new, |minor| money(minor, currency))),
        ("points", record.points.map_or_else(String::new, |points| points.to_string())),
        ("code", some(&record.code)),
        ("text", some(&record.text)),
        ("room", some(&record.room)),
        ("room_type_booked", some(&record.room_type)),
        ("rate_plan", some(&record.rate_plan)),
        ("floor", some(&record.floor)),
        ("nationality", some(&record.nationality)),
    ];
    values.extend(person(record.person.as_ref()));
    values
}
