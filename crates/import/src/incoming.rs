//! What comes in: rows of a file, checked and ready, or why they are not taken.

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
    /// Where the booking stood.
    pub status: ClaimStatus,
    /// Nights booked.
    pub nights: i64,
    /// Room revenue, minor units.
    pub revenue: i64,
}

/// The guest of a row, ready to be written if nobody is known who it is.
#[derive(Debug, Clone)]
pub struct IncomingGuest {
    /// The system the record is of.
    pub system: String,
    /// The guest's key there.
    pub external_id: String,
    /// The profile, normalised.
    pub profile: Profile,
    /// What the guest is found by.
    pub keys: Vec<SearchKey>,
    /// The record as received: what is known of the guest, without its place. If the same record said something else before, this replaces it.
    pub record: Vec<u8>,
    /// The guest may be one who is known, as far as the model is sure.
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
    /// What the row says.
    pub claim: BookingClaim,
    /// Who booked.
    pub guest: IncomingGuest,
    /// What tells whether the record comes again with the same content: everything of it that is read.
    pub(crate) content: String,
    /// What is kept of the record: the claim, and the row as received; JSON.
    pub(crate) record: Vec<u8>,
}

impl IncomingBooking {
    /// A booking as a row of a file says it. `received` is the row as received and `other` what else is read from it, both JSON.
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
        // What is known of a guest by a key of the source is a record of its own.
        if claim.guest.as_ref().is_some_and(|guest| guest.starts_with(NAMED)) {
            content.push_str(&String::from_utf8_lossy(&guest.record));
        }
        Self { source_key, property, property_name, claim, guest, content, record }
    }
}

/// How a guest begins whom the source has no key of; see [`BookingClaim::guest`].
pub const NAMED: &str = "name:";

/// Why a row is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub field: String,
    /// Stable code.
    pub reason: String,
    /// For a person; no personal data.
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
    /// Its totals, where they can be read.
    pub figures: Option<RowFigures>,
    /// The row's currency, where it can be read.
    pub currency: Option<Currency>,
    /// What deserves a word in the report.
    pub notes: Vec<String>,
    /// The booking, or why it is none.
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

/// A result, or why the row is not imported.
pub(crate) type Refused<T> = std::result::Result<T, Refusal>;

pub(crate) fn refuse(field: &str, reason: &str, detail: impl Into<String>) -> Refusal {
    Refusal { field: field.into(), reason: reason.into(), detail: detail.into() }
}

/// External ids that sort as their numbers do.
pub(crate) fn padded(row: i64) -> String {
    format!("{row:010}")
}
