//! What companies owe item by item 【应收账款】: transfers from bills, payments, and which payment is for which transfer.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{AllocationId, CityAccountId, CityEntryId, PropertyId};

/// What of a movement of the city ledger is open: of a transfer what was not paid, of a payment what is for nothing yet. What was taken back is not
/// open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CityItem {
    /// The property.
    pub property_id: PropertyId,
    /// The account.
    pub account_id: CityAccountId,
    /// The movement.
    pub id: CityEntryId,
    /// Its accounting day: it ages from then on.
    pub business_date: NaiveDate,
    /// Transfers above zero, payments below; minor units.
    pub amount: i64,
    /// What of it is open, with its sign.
    pub open: i64,
    /// Series of the invoice that was issued for a transfer.
    pub series: Option<String>,
    /// Its number.
    pub number: Option<i64>,
    /// Version of the record.
    pub version: i64,
}

/// That a payment of a company is for something it owes. Appended and taken back, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CityAllocation {
    /// The property.
    pub property_id: PropertyId,
    /// The account.
    pub account_id: CityAccountId,
    /// Identifier; in order.
    pub id: AllocationId,
    /// The payment.
    pub payment_id: CityEntryId,
    /// The transfer it is for.
    pub item_id: CityEntryId,
    /// How much, minor units; below zero what is taken back.
    pub amount: i64,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The moment.
    pub allocated_at: DateTime<Utc>,
    /// Who did, as the journal calls them.
    pub allocated_by: String,
    /// What it takes back.
    pub reverses: Option<AllocationId>,
}

/// Days of each age of what is owed but the last.
pub const AGES: [i64; 3] = [30, 60, 90];

/// What an account owes by age, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ageing {
    /// Owed by age: to 30, 60 and 90 days, and for longer.
    pub owed: [i64; 4],
    /// Paid and for nothing yet.
    pub on_account: i64,
}

impl Ageing {
    /// Adds what is open of a date: transfers by their age, payments to what is on account.
    pub fn add(&mut self, date: NaiveDate, today: NaiveDate, open: i64) {
        if open < 0 {
            self.on_account -= open;
            return;
        }
        let days = (today - date).num_days();
        let age = AGES.iter().position(|most| days <= *most).unwrap_or(AGES.len());
        self.owed[age] += open;
    }

    /// What is owed in all less what is on account.
    pub fn balance(&self) -> i64 {
        self.owed.iter().sum::<i64>() - self.on_account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_ages_by_days() {
        let today = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap_or_default();
        let mut ageing = Ageing::default();
        for (days, open) in [(0, 1), (30, 2), (31, 4), (60, 8), (61, 16), (90, 32), (91, 64), (0, -128)] {
            ageing.add(today - chrono::Days::new(days), today, open);
        }
        assert_eq!((ageing.owed, ageing.on_account, ageing.balance()), ([3, 12, 48, 64], 128, -1));
    }
}
