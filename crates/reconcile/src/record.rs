//! Records as they are compared.

use chrono::NaiveDate;

/// One record of an event in one of the systems: a booking, a posting, a payment, a line of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    /// The day of the event, or the day it was written down.
    pub date: Option<NaiveDate>,
    /// The amount in minor units, with its sign: what one system adds the other adds too.
    pub amount: i64,
    /// The currency or unit; records of different ones never match. Empty if there is only one.
    pub currency: String,
    /// Who paid or was paid, as written.
    pub party: String,
    /// The number of the event: a booking, an invoice, a receipt.
    pub reference: String,
    /// The description, as written.
    pub text: String,
    /// The record's own id. It is no evidence, but settles which of two equal copies comes first.
    pub id: String,
}
