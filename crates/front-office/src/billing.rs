//! How a property bills: whether cash needs a shift, and who the seller on its invoices is.

use async_trait::async_trait;
use hefu_domain::{billing::Billing, event::CashEvent};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{limits::check_line, property::find_property};
use hefu_authz::{Action, Resource};
use hefu_core::{About, Command, Query, Reader, Result, Unit, check_version};

/// How a property bills, as put: what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BillingInput {
    /// Whether cash is taken and given by cashiers with an open shift only. At first it is not.
    pub cash_needs_shift: Option<bool>,
    /// Name of the company that sells, as on its invoices 【销售方名称】.
    pub title: Option<String>,
    /// Its tax id 【纳税人识别号】.
    pub tax_id: Option<String>,
    /// Its address.
    pub address: Option<String>,
    /// Its phone.
    pub phone: Option<String>,
    /// Its bank.
    pub bank: Option<String>,
    /// Its account there.
    pub bank_account: Option<String>,
}

/// Sets how a property bills. What was invoiced stays as it is.
#[derive(Debug, Clone)]
pub struct PutBilling {
    /// Code of the property.
    pub property: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// What is to be changed.
    pub input: BillingInput,
}

#[async_trait]
impl Command for PutBilling {
    const ACTION: Action = Action::BillingPut;
    type Out = BillingView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<BillingView> {
        let property = u.property(&self.property).await?;
        let known = query::cash::billing(u.tx, property.id).await?;
        let is_new = known.is_none();
        let mut billing = known.unwrap_or_else(|| Billing::unset(property.id));
        if !is_new {
            check_version(self.if_match, billing.version)?;
        }
        let texts = [
            ("title", &self.input.title, &mut billing.title),
            ("tax_id", &self.input.tax_id, &mut billing.tax_id),
            ("address", &self.input.address, &mut billing.address),
            ("phone", &self.input.phone, &mut billing.phone),
            ("bank", &self.input.bank, &mut billing.bank),
            ("bank_account", &self.input.bank_account, &mut billing.bank_account),
        ];
        for (at, given, known) in texts {
            if let Some(given) = given {
                check_line(at, given)?;
                given.trim().clone_into(known);
            }
        }
        billing.cash_needs_shift = self.input.cash_needs_shift.unwrap_or(billing.cash_needs_shift);
        if is_new {
            billing.version = 1;
            u.tx.insert(&billing).await?;
        } else {
            u.tx.update(&mut billing).await?;
        }
        let about = About::Property(property.id, "property", property.id.uuid());
        u.record(about, CashEvent::from(&billing)).await?;
        Ok(billing.into())
    }
}

/// How a property bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BillingView {
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
    /// Version of the record; 0: nothing was set.
    pub version: i64,
}

impl From<Billing> for BillingView {
    fn from(billing: Billing) -> Self {
        let Billing {
            property_id: _,
            cash_needs_shift,
            title,
            tax_id,
            address,
            phone,
            bank,
            bank_account,
            version,
        } = billing;
        Self { cash_needs_shift, title, tax_id, address, phone, bank, bank_account, version }
    }
}

/// How a property bills.
#[derive(Debug, Clone)]
pub struct ShowBilling {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ShowBilling {
    const ACTION: Action = Action::BillingShow;
    type Out = BillingView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let known = query::cash::billing(c, property.id).await?;
        Ok(known.unwrap_or_else(|| Billing::unset(property.id)).into())
    }
}
