//! The city ledger 【应收账】: companies and agents that pay later. The database enforces an account's
//! credit limit, also under concurrency.

use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent, PropertyEvent},
    folio::{CityAccount, CityEntry, Posting},
    ids::VisitId,
    message::Missing,
    property::{CodeKind, Property},
};
use hefu_kernel::{Id as _, Money};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    company::check_credit,
    folio::{
        self, NewPosting, check_amount, check_reference, payment::code_by_hand, settle::settle, too_large,
    },
    property::find_property,
    view::{
        bill::{CityAccountInfo, CityEntryView},
        names::VisitNames,
    },
    visit::{Visit, VisitAction},
};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

async fn account(c: &mut Conn, property: &Property, code: &str) -> Result<CityAccount> {
    query::property::city_account_by_code(c, property.id, code)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::CityAccount, code))
}

/// Writes a movement and the account's balance with it.
async fn post_entry(
    u: &mut Unit<'_>,
    property: &Property,
    account: &mut CityAccount,
    amount: i64,
    of: (Option<VisitId>, Option<String>, Option<String>),
) -> Result<()> {
    let (visit_id, reference, method) = of;
    account.balance = account
        .balance
        .checked_add(amount)
        .ok_or_else(|| RuleError::new(Rule::BadAmount, "amount", too_large(property.currency)))?;
    let left = Money::new(account.credit_limit.saturating_sub(account.balance - amount), property.currency);
    u.tx.update(account).await.map_err(|error| match AppError::from(error) {
        AppError::Rule(rule) if rule.rule == Rule::CreditExceeded => {
            RuleError::new(rule.rule, rule.at, Message::CreditLeft { left }).into()
        }
        other => other,
    })?;
    u.tx.insert(&CityEntry {
        property_id: property.id,
        id: u.id(),
        account_id: account.id,
        visit_id,
        business_date: property.business_date,
        amount,
        reference,
        method,
        posted_by: Some(u.ctx.principal.to_string()),
    })
    .await?;
    Ok(())
}

/// Transfers the amount due on a window to a company's account, to be paid later.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveToCityLedger {
    /// Code of the account.
    pub account: String,
    /// The window.
    pub window: i64,
    /// The amount, minor units; none: all.
    #[serde(default)]
    pub amount: Option<i64>,
}

impl VisitAction for MoveToCityLedger {
    const ACTION: Action = Action::FolioCityLedger;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let property = &visit.property;
        let mut account = account(u.tx, property, &self.account).await.map_err(|e| e.at("account"))?;
        // Written before its balance is used, so that nobody pays it concurrently.
        let mut folio = folio::window(u, visit, self.window).await?;
        u.tx.update(&mut folio).await?;
        let amount = self.amount.unwrap_or(folio.balance);
        check_amount("amount", amount, property.currency)?;
        if amount > folio.balance {
            let due = Money::new(folio.balance.max(0), property.currency);
            return Err(RuleError::new(Rule::BadAmount, "amount", Message::MoreThanDue { due }).into());
        }
        post_entry(u, property, &mut account, amount, (Some(visit.reservation.id), None, None)).await?;
        check_credit(u, property, account.id, amount).await?;
        let code = folio::code(u, visit, "CITY").await?;
        let line = NewPosting {
            window: Some(self.window),
            reference: Some(account.code.clone()),
            ..NewPosting::of(code, -amount)
        };
        folio::post(u, visit, line).await?;
        settle(u, visit).await?;
        let amount = visit.money(amount);
        Ok(FolioEvent::CityLedger { account: account.code, window: self.window, amount }.into())
    }
}

/// Removes a transfer from the account when its line on the bill is reversed.
pub async fn take_back(u: &mut Unit<'_>, visit: &Visit, line: &Posting) -> Result<()> {
    let code = line.reference.as_deref().unwrap_or_default();
    let mut account = account(u.tx, &visit.property, code).await?;
    let of = (Some(visit.reservation.id), None, None);
    // The line stands below zero, so its amount takes the transfer off the account.
    post_entry(u, &visit.property, &mut account, line.amount, of).await
}

/// A company's payment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CityPayment {
    /// Minor units. More than it owes is a prepayment.
    pub amount: i64,
    /// The payment code. Default: `BANK`.
    #[serde(default = "bank")]
    pub code: String,
    /// Invoice or receipt number.
    pub reference: String,
}

fn bank() -> String {
    "BANK".into()
}

/// Takes a company's payment.
#[derive(Debug, Clone)]
pub struct PayCityAccount {
    /// The property's code.
    pub property: String,
    /// The account's code.
    pub code: String,
    /// The payment.
    pub payment: CityPayment,
}

impl Command for PayCityAccount {
    const ACTION: Action = Action::CityAccountPayment;
    type Out = CityAccountInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CityAccountInfo> {
        check_reference("reference", &self.payment.reference)?;
        let property = u.property(&self.property).await?;
        check_amount("amount", self.payment.amount, property.currency)?;
        let mut account = account(u.tx, &property, &self.code).await?;
        let reference = self.payment.reference.trim().to_owned();
        let method = code_by_hand(u, property.id, &self.payment.code, CodeKind::Payment).await?.code;
        let entry = (None, Some(reference.clone()), Some(method.clone()));
        post_entry(u, &property, &mut account, -self.payment.amount, entry).await?;
        let about = About::Property(property.id, "city_account", account.id.uuid());
        let (code, amount) = (account.code.clone(), Money::new(self.payment.amount, property.currency));
        u.record(about, PropertyEvent::PayCityAccount { account: code, amount, reference, code: method })
            .await?;
        Ok(account.into())
    }
}

/// An account and its movements.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CityAccountView {
    /// The account.
    pub account: CityAccountInfo,
    /// The latest 500 movements, the newest first.
    pub entries: Vec<CityEntryView>,
}

/// A city-ledger account of a property.
#[derive(Debug, Clone)]
pub struct ShowCityAccount {
    /// Code of the property.
    pub property: String,
    /// Code of the account.
    pub code: String,
}

impl Query for ShowCityAccount {
    const ACTION: Action = Action::CityAccountShow;
    type Out = CityAccountView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_str();
        let code = self.code.as_str();
        let masks = r.masks();
        let c = r.snapshot().await?;
        let property = find_property(c, property).await?;
        let account = account(c, &property, code).await?;
        let entries = query::property::city_entries(c, property.id, account.id, 500).await?;
        let visits = entries.iter().filter_map(|entry| Some((property.id, entry.visit_id?)));
        let visits = VisitNames::of(c, visits).await?;
        Ok(CityAccountView {
            entries: entries.into_iter().map(|entry| CityEntryView::of(entry, &visits, masks)).collect(),
            account: account.into(),
        })
    }
}
