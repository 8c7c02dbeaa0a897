//! How a property bills.

use serde::{Deserialize, Serialize};

use crate::ids::PropertyId;

/// How a property bills: whether cash needs a shift, and who the seller on its invoices is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    /// The property.
    pub property_id: PropertyId,
    /// Whether cash is taken and given by cashiers with an open shift only.
    pub cash_needs_shift: bool,
    /// Name of the company that sells, as on its invoices 【销售方名称】.
    pub title: String,
    /// Its tax id 【纳税人识别号】.
    pub tax_id: String,
    /// Its address.
    pub address: String,
    /// Its phone.
    pub phone: String,
    /// Its bank.
    pub bank: String,
    /// Its account there.
    pub bank_account: String,
    /// Version of the record.
    pub version: i64,
}

impl Billing {
    /// What holds where nothing was set: cash needs no shift, and nobody is named.
    pub const fn unset(property_id: PropertyId) -> Self {
        Self {
            property_id,
            cash_needs_shift: false,
            title: String::new(),
            tax_id: String::new(),
            address: String::new(),
            phone: String::new(),
            bank: String::new(),
            bank_account: String::new(),
            version: 0,
        }
    }
}
