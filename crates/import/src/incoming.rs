//! Incoming rows of a file, checked and prepared, or why they are rejected.

use std::sync::Arc;

use chrono::NaiveDate;
use hefu_domain::{
    guest::Profile,
    message::Why,
    source::{BookingClaim, ClaimStatus, SourceKind},
};
use hefu_kernel::Currency;
use hefu_store::query::guest::SearchKey;

/// The totals of one row, or of the rows of one booking.
#[derive(Debug, Clone, Copy)]
pub struct RowFigures {
    /// Status of the booking.
    pub status: ClaimStatus,
    /// Nights booked, of all rooms.
    pub nights: i64,
    /// Room revenue, minor units.
    pub revenue: i64,
}

/// The guest of a row, ready to be written if nobody is recognised.
#[derive(Debug, Clone)]
pub struct IncomingGuest {
    /// The system of the record.
    pub system: String,
    /// The guest's key there.
    pub external_id: String,
    /// The profile, normalised.
    pub profile: Profile,
    /// The guest's search keys.
    pub keys: Vec<SearchKey>,
    /// The record as received: the guest's data, without its location. It replaces earlier content of the same record.
    pub record: Vec<u8>,
    /// Whether the guest may be matched with a known one, if the model is sure.
    pub recognise: bool,
    /// The room of the booking that the guest has, from 0.
    pub room: usize,
}

/// The key of a booking or another record in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceNumber {
    /// The key.
    pub key: String,
    /// It is no number of the source, but derived from what the row says.
    pub is_derived: bool,
}

/// A booking of another system, checked and ready.
#[derive(Debug, Clone)]
pub struct IncomingBooking {
    /// The other system's number.
    pub number: SourceNumber,
    /// Code of the property.
    pub property: String,
    /// Its name.
    pub property_name: String,
    /// The claim of the row.
    pub claim: BookingClaim,
    /// Names of room types whose codes in the claim were made from them.
    pub type_names: Vec<(String, String)>,
    /// The guests, the booker first.
    pub guests: Vec<IncomingGuest>,
    /// Detects whether the record arrives again unchanged: everything that is read from it.
    pub(crate) content: String,
    /// The stored content: the claim, and the row as received; JSON.
    pub(crate) record: Vec<u8>,
}

impl IncomingBooking {
    /// The booking in one or several rows of a file. `received` is what was received and `other` what else is read from it, both JSON.
    pub fn new(
        (property, property_name): (String, String),
        number: SourceNumber,
        claim: BookingClaim,
        guests: Vec<IncomingGuest>,
        received: &[u8],
        other: &serde_json::Value,
    ) -> Self {
        let mut content = serde_json::to_string(&claim).unwrap_or_default();
        let record = [b"{\"claim\":", content.as_bytes(), b",\"received\":", received, b"}"].concat();
        content.push_str(&other.to_string());
        // Guest data with a key of the source is a record of its own.
        let has_key = claim.guest.as_ref().is_none_or(|guest| !guest.starts_with(NAMED));
        for guest in guests.iter().skip(usize::from(has_key)) {
            content.push_str(&String::from_utf8_lossy(&guest.record));
        }
        Self { number, property, property_name, claim, type_names: Vec::new(), guests, content, record }
    }

    /// Who booked.
    pub(crate) fn booker(&self) -> Option<&IncomingGuest> {
        self.guests.first()
    }
}

/// Prefix of guests without a key in the source; see [`BookingClaim::guest`].
pub const NAMED: &str = "name:";

/// What a record that is no booking belongs to, as its source says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Number of the booking.
    pub booking: Option<String>,
    /// System and key of the guest.
    pub guest: Option<(String, String)>,
    /// Name of the guest.
    pub name: Option<String>,
    /// Room number.
    pub room: Option<String>,
    /// The day.
    pub date: Option<NaiveDate>,
}

/// A record of another system that is no booking: a guest, a charge, a payment, a movement of points, a room, a price.
#[derive(Debug, Clone)]
pub struct IncomingOther {
    /// Its kind; none for a guest, who is a record of his own.
    pub kind: Option<SourceKind>,
    /// The other system's number.
    pub number: SourceNumber,
    /// Code of the property.
    pub property: String,
    /// Its name.
    pub property_name: String,
    /// Currency of the property if it has to be made.
    pub currency: Option<Currency>,
    /// What it belongs to.
    pub links: Links,
    /// A room with its type and floor, to be made if the property does not have it.
    pub room: Option<IncomingRoom>,
    /// The guest, in a file of guests.
    pub guests: Vec<IncomingGuest>,
    /// What is read from it and what was received, JSON: the stored content.
    pub record: Vec<u8>,
    /// Detects whether the record arrives again unchanged.
    pub content: String,
}

/// A room of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingRoom {
    /// Room number.
    pub number: String,
    /// Code of its type.
    pub room_type: String,
    /// Name of its type.
    pub type_name: String,
    /// Floor.
    pub floor: String,
}

/// Why a row is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub why: Why,
}

impl Refusal {
    /// What is wrong with a field.
    pub fn of(field: &str, why: Why) -> Self {
        Self { field: field.to_owned(), why }
    }
}

/// What a row is.
#[derive(Debug, Clone)]
pub enum Content {
    /// A booking.
    Booking(Box<IncomingBooking>),
    /// Something else.
    Other(Box<IncomingOther>),
}

/// What was imported of a row's guest only with a change, or not at all: the field and a stable code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// The field.
    pub field: String,
    /// `dropped`, `repaired` or `kept`.
    pub outcome: String,
}

/// One row of the file, or the rows of one booking.
#[derive(Debug, Clone)]
pub struct IncomingRow {
    /// Counted from 1; of several, the first.
    pub row: i64,
    /// The other rows of the same booking, and their texts.
    pub more: Vec<(i64, Vec<u8>)>,
    /// The columns of the file, in its order.
    pub columns: Arc<[String]>,
    /// The texts as received, JSON: an array in the order of `columns`, or of pairs of column and text where this row has other columns.
    pub texts: Vec<u8>,
    /// Its totals, if they can be read.
    pub figures: Option<RowFigures>,
    /// The row's currency, if it can be read.
    pub currency: Option<Currency>,
    /// Remarks for the report.
    pub notes: Vec<String>,
    /// What of the guests is to be looked at.
    pub flags: Vec<Flagged>,
    /// What it is, or why it is rejected.
    pub content: std::result::Result<Content, Refusal>,
}

impl IncomingRow {
    /// How many rows of the file it is.
    pub(crate) fn count(&self) -> i64 {
        1 + self.more.len() as i64
    }

    /// The booking, if it is one.
    pub(crate) fn booking(&self) -> Option<&IncomingBooking> {
        match &self.content {
            Ok(Content::Booking(booking)) => Some(booking),
            _ => None,
        }
    }

    /// What it is, if it is no booking.
    pub(crate) fn other(&self) -> Option<&IncomingOther> {
        match &self.content {
            Ok(Content::Other(other)) => Some(other),
            _ => None,
        }
    }

    /// Its guests.
    pub(crate) fn guests(&self) -> &[IncomingGuest] {
        match &self.content {
            Ok(Content::Booking(booking)) => &booking.guests,
            Ok(Content::Other(other)) => &other.guests,
            Err(_) => &[],
        }
    }

    /// Every row of it with columns and texts as received, JSON: an array of pairs.
    pub(crate) fn received(&self) -> impl Iterator<Item = (i64, Vec<u8>)> {
        let rows = std::iter::once((self.row, &self.texts))
            .chain(self.more.iter().map(|(row, texts)| (*row, texts)));
        rows.map(|(row, texts)| match serde_json::from_slice::<Vec<String>>(texts) {
            Ok(texts) => {
                let pairs: Vec<(&String, &String)> = self.columns.iter().zip(&texts).collect();
                (row, serde_json::to_vec(&pairs).unwrap_or_default())
            }
            Err(_) => (row, texts.clone()),
        })
    }
}

/// A result, or why the row is rejected.
pub(crate) type Refused<T> = std::result::Result<T, Refusal>;
