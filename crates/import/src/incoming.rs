//! Incoming rows of a file, checked and prepared, or why they are rejected.

use std::sync::Arc;

use hefu_domain::{
    guest::Profile,
    source::{BookingClaim, ClaimStatus},
};
use hefu_kernel::Currency;
use hefu_store::query::guest::SearchKey;

/// The totals of one row.
#[derive(Debug, Clone, Copy)]
pub struct RowFigures {
    /// Status of the booking.
    pub status: ClaimStatus,
    /// Nights booked.
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
}

/// A booking of another system, checked and ready.
#[derive(Debug, Clone)]
pub struct IncomingBooking {
    /// The other system's number.
    pub source_key: Option<String>,
    /// Code of the property.
    pub property: String,
    /// Its name.
    pub property_name: String,
    /// The claim of the row.
    pub claim: BookingClaim,
    /// The booker.
    pub guest: IncomingGuest,
    /// Detects whether the record arrives again unchanged: everything that is read from it.
    pub(crate) content: String,
    /// The stored content: the claim, and the row as received; JSON.
    pub(crate) record: Vec<u8>,
}

impl IncomingBooking {
    /// The booking in a row of a file. `received` is the row as received and `other` what else is read from it, both JSON.
    pub fn new(
        (property, property_name): (String, String),
        source_key: Option<String>,
        claim: BookingClaim,
        guest: IncomingGuest,
        received: &[u8],
        other: &serde_json::Value,
    ) -> Self {
        let mut content = serde_json::to_string(&claim).unwrap_or_default();
        let record = [b"{\"claim\":", content.as_bytes(), b",\"received\":", received, b"}"].concat();
        content.push_str(&other.to_string());
        // Guest data with a key of the source is a record of its own.
        if claim.guest.as_ref().is_some_and(|guest| guest.starts_with(NAMED)) {
            content.push_str(&String::from_utf8_lossy(&guest.record));
        }
        Self { source_key, property, property_name, claim, guest, content, record }
    }
}

/// Prefix of guests without a key in the source; see [`BookingClaim::guest`].
pub const NAMED: &str = "name:";

/// Why a row is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub field: String,
    /// Stable code.
    pub reason: String,
    /// Text for people; no personal data.
    pub detail: String,
}

/// One row of the file.
#[derive(Debug, Clone)]
pub struct IncomingRow {
    /// Counted from 1.
    pub row: i64,
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
    /// The booking, or why it is rejected.
    pub booking: std::result::Result<Box<IncomingBooking>, Refusal>,
}

impl IncomingRow {
    /// Columns and texts as received, JSON: an array of pairs.
    pub(crate) fn received(&self) -> Vec<u8> {
        match serde_json::from_slice::<Vec<String>>(&self.texts) {
            Ok(texts) => {
                let pairs: Vec<(&String, &String)> = self.columns.iter().zip(&texts).collect();
                serde_json::to_vec(&pairs).unwrap_or_default()
            }
            Err(_) => self.texts.clone(),
        }
    }
}

/// A result, or why the row is rejected.
pub(crate) type Refused<T> = std::result::Result<T, Refusal>;

pub(crate) fn refuse(field: &str, reason: &str, detail: impl Into<String>) -> Refusal {
    Refusal { field: field.into(), reason: reason.into(), detail: detail.into() }
}

/// External ids that sort by their numbers.
pub(crate) fn padded(row: i64) -> String {
    format!("{row:010}")
}
