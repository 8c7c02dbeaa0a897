//! Events about cashiers, exchange rates and how a property bills. They are sealed under the property's data key; nothing in them is personal.

use chrono::NaiveDate;
use hefu_kernel::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::define::events;
use crate::billing::Billing;

/// What was counted of a payment method in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The payment code.
    pub method: String,
    /// What there should have been.
    pub expected: Money,
    /// What there was.
    pub counted: Money,
}

events! {
    /// What cashiers did, and what they work with.
    pub enum CashEvent {
        /// A cashier began.
        OpenShift = "shift.open" {
            /// Number of the shift.
            number: i64,
            /// What the drawer held, by currency.
            float: Vec<Money>,
        },
        /// Cash was brought to the safe.
        DropCash = "shift.drop" {
            /// Number of the shift.
            number: i64,
            /// How much.
            amount: Money,
            /// Number of the bag or slip.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// The money of a shift was counted.
        CloseShift = "shift.close" {
            /// Number of the shift.
            number: i64,
            /// What was counted, by method and currency.
            counts: Vec<Counted>,
        },
        /// The rate of a foreign currency was set.
        PutExchangeRate = "exchange_rate.put" {
            /// The currency.
            currency: Currency,
            /// First business date.
            valid_from: NaiveDate,
            /// Units of the property's currency for one of it, a decimal.
            rate: String,
        },
        /// How a property bills was set.
        PutBilling = "billing.put" {
            /// Whether cash needs an open shift.
            cash_needs_shift: bool,
            /// Name of the company that sells.
            title: String,
            /// Its tax id.
            tax_id: String,
            /// Its address.
            address: String,
            /// Its phone.
            phone: String,
            /// Its bank.
            bank: String,
            /// Its account there.
            bank_account: String,
        },
    }
}

impl From<&Billing> for CashEvent {
    fn from(billing: &Billing) -> Self {
        Self::PutBilling {
            cash_needs_shift: billing.cash_needs_shift,
            title: billing.title.clone(),
            tax_id: billing.tax_id.clone(),
            address: billing.address.clone(),
            phone: billing.phone.clone(),
            bank: billing.bank.clone(),
            bank_account: billing.bank_account.clone(),
        }
    }
}
