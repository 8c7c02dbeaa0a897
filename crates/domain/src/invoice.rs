//! Invoices 【发票】: what was charged, as it is told to who pays. An invoice is a snapshot: it never changes, and is put right by a credit note that
//! names it 【红字发票】. Which of a bill was invoiced follows from the lines of its invoices.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{BasisPoints, Currency, codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    billing::Billing,
    ids::{InvoiceId, PostingId, PropertyId, VisitId},
};

codes! {
    /// What a document is.
    pub enum InvoiceKind {
        /// An invoice.
        Invoice = "invoice",
        /// Takes an invoice back, wholly or in part; its amounts are below zero.
        CreditNote = "credit_note",
    }
}

/// Who sells or buys, as an invoice says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Name 【名称】.
    pub title: String,
    /// Tax id 【纳税人识别号】; empty for a person.
    pub tax_id: String,
    /// Address.
    pub address: String,
    /// Phone.
    pub phone: String,
    /// Bank.
    pub bank: String,
    /// Account there.
    pub bank_account: String,
}

impl From<Billing> for Party {
    fn from(billing: Billing) -> Self {
        Self {
            title: billing.title,
            tax_id: billing.tax_id,
            address: billing.address,
            phone: billing.phone,
            bank: billing.bank,
            bank_account: billing.bank_account,
        }
    }
}

/// An invoice or a credit note. Written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Identifier.
    pub id: InvoiceId,
    /// The series of its number.
    pub series: String,
    /// Its number, without a gap in the series of the property.
    pub number: i64,
    /// What it is.
    pub kind: InvoiceKind,
    /// The invoice it takes back.
    pub corrects: Option<InvoiceId>,
    /// The window of the bill.
    pub window: i64,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// Who issued it, as the journal calls them.
    pub issued_by: String,
    /// The currency.
    pub currency: Currency,
    /// Sum without tax, minor units.
    pub net: i64,
    /// Tax.
    pub tax: i64,
    /// Who sells.
    pub seller: Party,
    /// Whose data key seals the buyer: the guest's who pays, or who booked.
    pub owner: Uuid,
    /// Who buys, sealed. Nothing in a credit note: who buys stands in the invoice it takes back.
    pub buyer: Vec<u8>,
}

impl Invoice {
    /// With tax.
    pub const fn total(&self) -> i64 {
        self.net + self.tax
    }
}

/// A line of an invoice, with what it is called and taxed as it was when it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Its number in the invoice, from 1.
    pub line: i64,
    /// The line of the bill.
    pub posting_id: PostingId,
    /// Transaction code.
    pub code: String,
    /// Its name as the property writes it.
    pub name: String,
    /// Its name in English.
    pub name_en: String,
    /// The accounting day of the line, or the night it is for.
    pub date: NaiveDate,
    /// Quantity.
    pub quantity: i64,
    /// The tax it is under.
    pub tax_rate: BasisPoints,
    /// Without tax, minor units.
    pub net: i64,
    /// Tax.
    pub tax: i64,
    /// The line of the invoice that a credit note takes back.
    pub corrects_line: Option<i64>,
}

impl InvoiceLine {
    /// With tax.
    pub const fn total(&self) -> i64 {
        self.net + self.tax
    }
}

/// That an invoice was printed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceCopy {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// The invoice.
    pub invoice_id: InvoiceId,
    /// Its number, from 1.
    pub copy: i64,
    /// When.
    pub printed_at: DateTime<Utc>,
    /// Who did, as the journal calls them.
    pub printed_by: String,
}

/// Net and tax of a tax rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxSum {
    /// The rate.
    pub rate: BasisPoints,
    /// Without tax, minor units.
    pub net: i64,
    /// Tax.
    pub tax: i64,
}

/// Net and tax of the lines by tax rate.
pub fn by_rate(lines: &[InvoiceLine]) -> Vec<TaxSum> {
    let mut sums: BTreeMap<BasisPoints, (i64, i64)> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(line.tax_rate).or_default();
        *sum = (sum.0 + line.net, sum.1 + line.tax);
    }
    sums.into_iter().map(|(rate, (net, tax))| TaxSum { rate, net, tax }).collect()
}

/// What of each line of a bill was invoiced, credit notes taken off: net and tax.
pub fn invoiced(lines: &[InvoiceLine]) -> BTreeMap<PostingId, (i64, i64)> {
    let mut sums: BTreeMap<PostingId, (i64, i64)> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(line.posting_id).or_default();
        *sum = (sum.0 + line.net, sum.1 + line.tax);
    }
    sums
}

/// The rate that a tax was worked out by: the one of those it may have been that gives it, but for rounding of each of `parts`; else the one it comes
/// to.
pub fn nominal_rate(net: i64, tax: i64, parts: usize, may_be: &[BasisPoints]) -> BasisPoints {
    let near = |rate: &&BasisPoints| rate.of(net).abs_diff(tax) <= parts as u64;
    if tax == 0 {
        return BasisPoints(0);
    }
    may_be.iter().find(near).copied().unwrap_or_else(|| {
        let net = i128::from(net.max(1));
        let rate = (i128::from(tax) * 10_000 + net / 2) / net;
        BasisPoints(i64::try_from(rate).unwrap_or(10_000))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_one_that_was_meant() {
        let (six, three) = (BasisPoints(600), BasisPoints(300));
        assert_eq!(nominal_rate(330_00, 19_80, 1, &[six]), six);
        assert_eq!(nominal_rate(8, 1, 1, &[six]), six);
        assert_eq!(nominal_rate(100_00, 3_00, 1, &[six, three]), three);
        assert_eq!(nominal_rate(100_00, 13_00, 1, &[six]), BasisPoints(1_300));
        assert_eq!(nominal_rate(100_00, 0, 1, &[six]), BasisPoints(0));
    }
}
