//! Cashier shifts 【收银班次】: from the float a cashier begins with to the money that is counted at the end. What is taken and given back while a
//! shift is open stands in its book, beside the ledgers: it says who holds the money, and moves none.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{Currency, codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{PropertyId, ShiftEntryId, ShiftId, VisitId};

/// The payment code of what lies in a drawer.
pub const CASH: &str = "CASH";

codes! {
    /// Whether a shift takes money.
    pub enum ShiftState {
        /// It does.
        Open = "open",
        /// It was counted.
        Closed = "closed",
    }
}

codes! {
    /// Where money of a shift came from, or went to.
    pub enum ShiftEntryKind {
        /// What the cashier began with.
        Float = "float",
        /// Paid to a bill, or given back from it.
        Bill = "bill",
        /// Paid as a deposit, or given back.
        Deposit = "deposit",
        /// Paid by a company.
        CityLedger = "city_ledger",
        /// Paid out for a guest, and charged to the bill.
        PaidOut = "paid_out",
        /// Brought to the safe.
        Drop = "drop",
    }
}

/// A cashier's shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashierShift {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: ShiftId,
    /// Its number, without a gap in the property.
    pub number: i64,
    /// Whose it is, as the journal calls them. A cashier has one open shift at most.
    pub cashier: String,
    /// Whether it is still open.
    pub state: ShiftState,
    /// The accounting day on which it began.
    pub opened_on: NaiveDate,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// The accounting day on which it was closed.
    pub closed_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who closed it, as the journal calls them.
    pub closed_by: Option<String>,
    /// Version of the record.
    pub version: i64,
}

/// Money that a shift took or gave. Appended, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftEntry {
    /// The property.
    pub property_id: PropertyId,
    /// The shift.
    pub shift_id: ShiftId,
    /// Identifier; in order of posting.
    pub id: ShiftEntryId,
    /// Where it came from or went to.
    pub kind: ShiftEntryKind,
    /// How: a payment code.
    pub method: String,
    /// In which currency.
    pub currency: Currency,
    /// Minor units of that currency: taken above zero, given below.
    pub amount: i64,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The moment.
    pub posted_at: DateTime<Utc>,
    /// The visit it was for.
    pub visit_id: Option<VisitId>,
    /// The line of the bill, the movement of the deposit or that of the city ledger.
    pub source_id: Option<Uuid>,
    /// Receipt or slip number.
    pub reference: Option<String>,
}

/// What was counted when a shift was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftCount {
    /// The property.
    pub property_id: PropertyId,
    /// The shift.
    pub shift_id: ShiftId,
    /// The payment code.
    pub method: String,
    /// The currency.
    pub currency: Currency,
    /// What there should be by the shift's book, minor units of the currency.
    pub expected: i64,
    /// What there was.
    pub counted: i64,
}

impl ShiftCount {
    /// What there was more than there should be.
    pub const fn difference(&self) -> i64 {
        self.counted.saturating_sub(self.expected)
    }
}

/// Money of one method in one currency: minor units of it.
pub type Sum = (String, Currency, i64);

/// What was counted beside what there should be, by method and currency. What there should be and nobody counted is given as the error: it is not
/// taken for nothing.
///
/// # Errors
/// Methods and currencies of which something should be there and nothing was said.
pub fn compare(
    (property_id, shift_id): (PropertyId, ShiftId),
    expected: &[Sum],
    counted: &[Sum],
) -> Result<Vec<ShiftCount>, Vec<(String, Currency)>> {
    let mut all: BTreeMap<(&str, Currency), (i64, Option<i64>)> = BTreeMap::new();
    for (method, currency, amount) in expected {
        all.entry((method, *currency)).or_default().0 += amount;
    }
    for (method, currency, amount) in counted {
        all.entry((method, *currency)).or_default().1 = Some(*amount);
    }
    let missing: Vec<_> = all
        .iter()
        .filter(|(_, (expected, counted))| *expected != 0 && counted.is_none())
        .map(|((method, currency), _)| ((*method).to_owned(), *currency))
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let count =
        |((method, currency), (expected, counted)): ((&str, Currency), (i64, Option<i64>))| ShiftCount {
            property_id,
            shift_id,
            method: method.to_owned(),
            currency,
            expected,
            counted: counted.unwrap_or(0),
        };
    Ok(all.into_iter().map(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(method: &str, currency: Currency, amount: i64) -> Sum {
        (method.to_owned(), currency, amount)
    }

    #[test]
    fn what_was_counted_stands_beside_what_there_should_be() {
        let of = (PropertyId::NIL, ShiftId::NIL);
        let expected = [
            sum(CASH, Currency::CNY, 500_00),
            sum(CASH, Currency::USD, 10_00),
            sum("CARD", Currency::CNY, 0),
        ];
        let missing = compare(of, &expected, &[sum(CASH, Currency::CNY, 499_00)]);
        assert_eq!(missing, Err(vec![(CASH.to_owned(), Currency::USD)]));
        let counted = [
            sum(CASH, Currency::CNY, 499_00),
            sum(CASH, Currency::USD, 10_00),
            sum("WECHAT", Currency::CNY, 3_00),
        ];
        let counts = compare(of, &expected, &counted).unwrap_or_default();
        let differences: Vec<_> =
            counts.iter().map(|one| (one.method.as_str(), one.currency, one.difference())).collect();
        assert_eq!(
            differences,
            [
                ("CARD", Currency::CNY, 0),
                (CASH, Currency::CNY, -1_00),
                (CASH, Currency::USD, 0),
                ("WECHAT", Currency::CNY, 3_00)
            ]
        );
    }
}
