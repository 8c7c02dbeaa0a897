//! The bill of a visit as the system that kept it tells it: its lines and payments, from files or messages.
//!
//! Where the bill was kept elsewhere, what that system says of it stands in the place of what was worked out from the price of the booking.

use chrono::NaiveDate;
use hefu_core::Result;
use hefu_domain::{
    folio::{Folio, FolioState, Posting},
    source::{Origin, Reported, SourceKind, SourceRecord, SourceState},
};
use hefu_findings::{Booking, Line, LineKind, Payment, PaymentKind, Person, Stay, StayStatus, Text};
use hefu_front_office::visit::Visit;
use hefu_store::{Conn, Vault, query};
use serde::Deserialize;

/// Words for a night in the codes and texts of other systems' bills.
const NIGHT: [&str; 16] = [
    "room",
    "accommodation",
    "lodging",
    "overnight",
    "night",
    "房费",
    "房租",
    "客房",
    "住宿",
    "zimmer",
    "logis",
    "übernachtung",
    "hébergement",
    "habitación",
    "alojamiento",
    "diária",
];

/// Words that say that it is no night, but brought to the room or owed for it.
const NO_NIGHT: [&str; 8] = ["service", "upgrade", "minibar", "tax", "vat", "送餐", "升级", "税"];

/// Words for what is taken off a price.
const DISCOUNT: [&str; 5] = ["discount", "rebate", "rabatt", "remise", "折扣"];

/// What another system tells of a bill.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Line>,
    pub(crate) payments: Vec<Payment>,
    /// Whether it tells of the nights: then what was worked out of them is not consumption as well.
    pub(crate) has_nights: bool,
}

fn text(text: impl AsRef<str>) -> Text {
    Text::from(text.as_ref())
}

/// What it is for. `derived` are the days and amounts of the nights as worked out from the booking.
fn kind_of(says: &Reported, derived: &[(NaiveDate, i64)]) -> LineKind {
    let words =
        format!("{} {}", says.code.as_deref().unwrap_or_default(), says.text.as_deref().unwrap_or_default())
            .to_lowercase();
    let has = |known: &[&str]| known.iter().any(|word| words.contains(word));
    let amount = says.amount.unwrap_or_default();
    let is_night = || says.date.zip(says.amount).is_some_and(|night| derived.contains(&night));
    if amount < 0 && has(&DISCOUNT) {
        LineKind::Discount
    } else if has(&NIGHT) && !has(&NO_NIGHT) || words.trim().is_empty() && is_night() {
        LineKind::Room
    } else {
        LineKind::Extra
    }
}

/// The latest version of each record of a kind that belongs to the visit.
fn latest(records: &[SourceRecord], kind: SourceKind) -> Vec<&SourceRecord> {
    let stands = |record: &&SourceRecord| record.kind == kind && record.state != SourceState::Superseded;
    let mut found: Vec<&SourceRecord> = Vec::new();
    for record in records.iter().filter(stands) {
        let is_same = |known: &&mut &SourceRecord| {
            (&known.system, &known.external_id) == (&record.system, &record.external_id)
        };
        match found.iter_mut().find(is_same) {
            Some(known) if known.version < record.version => *known = record,
            Some(_) => {}
            None => found.push(record),
        }
    }
    found
}

/// What the system that kept the bill of a visit tells of it; nothing if the bill is kept here.
///
/// # Errors
/// The database fails, or a record was changed.
pub(crate) async fn bill_of(
    c: &mut Conn,
    vault: &Vault,
    visit: &Visit,
    folios: &[Folio],
    postings: &[Posting],
) -> Result<Bill> {
    let mut bill = Bill::default();
    // Who cancelled or never came has no bill here at all, and may have one there.
    if !folios.is_empty() && !folios.iter().any(|folio| folio.state == FolioState::Reported) {
        return Ok(bill);
    }
    let (property, reservation) = (&visit.property, &visit.reservation);
    let records = query::source::of_visit(c, property.id, reservation.id).await?;
    let derived: Vec<(NaiveDate, i64)> = postings
        .iter()
        .filter(|line| line.origin == Origin::Derived)
        .filter_map(|line| Some((line.night?, line.amount)))
        .collect();
    let key = |record: &SourceRecord| text(format!("{}/{}", record.system, record.external_id));
    for record in latest(&records, SourceKind::Posting) {
        let Some(received) = query::source::open(c, vault, record).await? else { continue };
        let Some(says) = Reported::read(&received) else { continue };
        let (Some(date), Some(amount)) = (says.date, says.amount) else { continue };
        let kind = kind_of(&says, &derived);
        bill.has_nights |= kind == LineKind::Room;
        bill.lines.push(Line {
            key: key(record),
            property: text(&property.code),
            number: text(&reservation.number),
            date,
            posted: date,
            kind,
            code: text(says.code.as_deref().unwrap_or("REPORTED")),
            amount,
            currency: says.currency.unwrap_or(property.currency),
            reference: None,
        });
    }
    for record in latest(&records, SourceKind::Payment) {
        let Some(received) = query::source::open(c, vault, record).await? else { continue };
        let Some(says) = Reported::read(&received) else { continue };
        let (Some(date), Some(amount)) = (says.date, says.amount) else { continue };
        bill.payments.push(Payment {
            key: key(record),
            property: text(&property.code),
            number: text(&reservation.number),
            date,
            kind: if amount < 0 { PaymentKind::Refund } else { PaymentKind::Paid },
            method: text(says.code.as_deref().unwrap_or_default()),
            amount: amount.abs(),
            currency: says.currency.unwrap_or(property.currency),
            reference: None,
        });
    }
    // Some systems write what was paid below zero, as what takes the balance down.
    if bill.payments.iter().all(|payment| payment.kind == PaymentKind::Refund) {
        bill.payments.iter_mut().for_each(|payment| payment.kind = PaymentKind::Paid);
    }
    Ok(bill)
}

/// The part of a stay in another system that says when it ends.
#[derive(Deserialize)]
struct Lasts {
    says: Until,
}

#[derive(Deserialize)]
struct Until {
    until: Option<NaiveDate>,
}

/// The stays that other systems tell of a visit that nobody checked in here. Of how many people they do not say, so that it is as many as were promised.
///
/// # Errors
/// The database fails, or a record was changed.
pub(crate) async fn stays_of(
    c: &mut Conn,
    vault: &Vault,
    visit: &Visit,
    promised: &[Booking],
) -> Result<Vec<Stay>> {
    let (property, reservation) = (&visit.property, &visit.reservation);
    let mut found = Vec::new();
    let [booking] = promised else { return Ok(found) };
    let records = query::source::of_visit(c, property.id, reservation.id).await?;
    for record in latest(&records, SourceKind::Stay) {
        let Some(received) = query::source::open(c, vault, record).await? else { continue };
        let Some(says) = Reported::read(&received) else { continue };
        let Ok(lasts) = serde_json::from_slice::<Lasts>(&received) else { continue };
        let (Some(arrival), Some(departure)) = (says.date, lasts.says.until) else { continue };
        found.push(Stay {
            key: text(format!("{}/{}", record.system, record.external_id)),
            property: text(&property.code),
            system: text(&record.system),
            numbers: vec![text(&reservation.number)],
            person: Person::default(),
            group: None,
            arrival,
            departure,
            rooms: booking.rooms,
            guests: booking.guests.unwrap_or(0),
            registered: None,
            status: if departure <= property.business_date {
                StayStatus::Departed
            } else {
                StayStatus::InHouse
            },
            walk_in: false,
            points_due: None,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_for_what_their_words_say() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
        for (code, words, amount, kind) in [
            ("RM", "Room charge", 300_00, LineKind::Room),
            ("1000", "房费", 300_00, LineKind::Room),
            ("RT", "Room tax", 18_00, LineKind::Extra),
            ("RS", "Room service", 30_00, LineKind::Extra),
            ("MB", "Minibar", 30_00, LineKind::Extra),
            ("D", "Member discount", -30_00, LineKind::Discount),
            ("", "", 300_00, LineKind::Room),
            ("", "", 299_00, LineKind::Extra),
        ] {
            let says = Reported {
                date: Some(day),
                amount: Some(amount),
                code: Some(code.to_owned()),
                text: Some(words.to_owned()),
                ..Reported::default()
            };
            assert_eq!(kind_of(&says, &[(day, 300_00)]), kind, "{code} {words}");
        }
    }
}
