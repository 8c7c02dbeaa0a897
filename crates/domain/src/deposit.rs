//! The deposit ledger: money that is held for a visit until it is applied to the bill, given back or forfeited.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::ids::{DepositEntryId, PostingId, PropertyId, VisitId};

codes! {
    /// What a movement of the deposit ledger is.
    pub enum DepositKind {
        /// Money came in.
        Received = "received",
        /// Moved to the bill.
        Applied = "applied",
        /// Given back.
        Refunded = "refunded",
        /// Kept: moved to the bill against what cancelling or not coming costs.
        Forfeited = "forfeited",
    }
}

/// A movement of the deposit ledger. Appended and taken back, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositEntry {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Identifier; in order of posting.
    pub id: DepositEntryId,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The moment.
    pub posted_at: DateTime<Utc>,
    /// What it is. A movement that takes another back is of the same kind.
    pub kind: DepositKind,
    /// Minor units of the property's currency: above zero what is held more, below what is held less.
    pub amount: i64,
    /// How it was paid or given back: a payment code.
    pub method: Option<String>,
    /// The instalment it was paid for.
    pub instalment: Option<i64>,
    /// Number of the receipt, without a gap in the property.
    pub receipt: Option<i64>,
    /// The line of the bill it went to.
    pub posting_id: Option<PostingId>,
    /// The movement it takes back.
    pub reverses: Option<DepositEntryId>,
    /// Slip number of the terminal.
    pub reference: Option<String>,
    /// Currency of foreign money.
    pub foreign_currency: Option<String>,
    /// Its amount, minor units of that currency, with the sign of `amount`.
    pub foreign_amount: Option<i64>,
    /// Units of the property's currency for one unit of the foreign one, as a decimal.
    pub foreign_rate: Option<String>,
    /// Who took or gave it, as the journal calls them.
    pub posted_by: String,
}

/// What is held for a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositAccount {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Minor units; the sum of its entries, never below zero.
    pub held: i64,
    /// Version of the record.
    pub version: i64,
}
