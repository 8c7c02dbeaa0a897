//! The city ledger 【应收账】: companies and agents that pay later. The database enforces an account's
//! credit limit, also under concurrency. What a company pays is allocated to what it owes, transfer by transfer; what is open ages by business date.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    Message, Place, Rule, RuleError,
    city_ledger::{Ageing, CityAllocation, CityItem},
    event::{Event, FolioEvent, PropertyEvent},
    folio::{CityAccount, CityEntry, Posting},
    ids::{AllocationId, CityEntryId, PostingId, VisitId},
    invoice::{Invoice, InvoiceKind},
    message::Missing,
    property::{CodeKind, Property},
};
use hefu_kernel::{Currency, Id as _, Money};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    company::check_credit,
    folio::{
        self, NewPosting, check_amount, check_reference, payment::code_by_hand, settle::settle, too_large,
    },
    invoice::InvoiceNumber,
    limits::meanwhile,
    property::find_property,
    shift::{self, Taken},
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

/// A movement to be entered.
#[derive(Debug, Clone, Default)]
struct NewEntry {
    visit_id: Option<VisitId>,
    reference: Option<String>,
    method: Option<String>,
    posting_id: Option<PostingId>,
    reverses: Option<CityEntryId>,
    /// The invoice of a transfer.
    invoice: Option<InvoiceNumber>,
}

/// Writes a movement, the account's balance with it, and what of it is open: nothing of one that takes another back.
async fn post_entry(
    u: &mut Unit<'_>,
    property: &Property,
    account: &mut CityAccount,
    amount: i64,
    new: NewEntry,
) -> Result<CityEntry> {
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
    let entry = CityEntry {
        property_id: property.id,
        id: u.id(),
        account_id: account.id,
        visit_id: new.visit_id,
        business_date: property.business_date,
        amount,
        reference: new.reference,
        method: new.method,
        posted_by: Some(u.ctx.principal.to_string()),
        posting_id: new.posting_id,
        reverses: new.reverses,
    };
    u.tx.insert(&entry).await?;
    if entry.reverses.is_none() {
        let (series, number) = new.invoice.map(|invoice| (invoice.series, invoice.number)).unzip();
        let item = CityItem {
            property_id: property.id,
            account_id: account.id,
            id: entry.id,
            business_date: entry.business_date,
            amount,
            open: amount,
            series,
            number,
            version: 1,
        };
        u.tx.insert(&item).await?;
    }
    if let Some(taken) = Taken::of_company(&entry) {
        shift::take(u, property, taken).await?;
    }
    Ok(entry)
}

/// Takes back what a movement was allocated, and closes it: it was taken back itself.
async fn close_item(
    u: &mut Unit<'_>,
    property: &Property,
    account: &CityAccount,
    entry: &CityEntry,
) -> Result<()> {
    let allocations = query::city::allocations_of(u.tx, entry).await?;
    for allocation in &allocations {
        let is_undone = allocations.iter().any(|other| other.reverses == Some(allocation.id));
        if allocation.reverses.is_none() && !is_undone {
            undo(u, property, account, allocation).await?;
        }
    }
    if let Some(mut item) = query::city::item(u.tx, account, entry.id).await? {
        item.open = 0;
        u.tx.update(&mut item).await?;
    }
    Ok(())
}

/// Opens so much more of a movement, with its sign.
async fn reopen(u: &mut Unit<'_>, account: &CityAccount, id: CityEntryId, by: i64) -> Result<()> {
    let item = query::city::item(u.tx, account, id).await?;
    let mut item = item.ok_or(AppError::Internal("an allocation of a movement that has no item"))?;
    item.open += by;
    u.tx.update(&mut item).await?;
    Ok(())
}

/// Takes an allocation back.
async fn undo(
    u: &mut Unit<'_>,
    property: &Property,
    account: &CityAccount,
    allocation: &CityAllocation,
) -> Result<()> {
    reopen(u, account, allocation.payment_id, -allocation.amount).await?;
    reopen(u, account, allocation.item_id, allocation.amount).await?;
    let back = CityAllocation {
        id: u.id(),
        amount: -allocation.amount,
        business_date: property.business_date,
        allocated_at: u.now,
        allocated_by: u.ctx.principal.to_string(),
        reverses: Some(allocation.id),
        ..allocation.clone()
    };
    Ok(u.tx.insert(&back).await.map_err(meanwhile)?)
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
    /// The invoice that was issued of it: payments can then be allocated to it.
    #[serde(default)]
    pub invoice: Option<InvoiceNumber>,
}

#[async_trait]
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
        if let Some(named) = &self.invoice {
            let found = query::invoice::by_number(u.tx, property.id, &named.series, named.number).await?;
            let is_of_window = |invoice: &Invoice| {
                invoice.visit_id == visit.reservation.id
                    && invoice.window == self.window
                    && invoice.kind == InvoiceKind::Invoice
            };
            if !found.is_some_and(|invoice| is_of_window(&invoice)) {
                return Err(AppError::not_found(Missing::Invoice, named.number).at("invoice"));
            }
        }
        let code = folio::code(u, visit, "CITY").await?;
        let line = NewPosting {
            window: Some(self.window),
            reference: Some(account.code.clone()),
            ..NewPosting::of(code, -amount)
        };
        let posting_id = Some(folio::post(u, visit, line).await?.id);
        let visit_id = Some(visit.reservation.id);
        let new = NewEntry { visit_id, posting_id, invoice: self.invoice.clone(), ..NewEntry::default() };
        post_entry(u, property, &mut account, amount, new).await?;
        check_credit(u, property, account.id, amount).await?;
        settle(u, visit).await?;
        let amount = visit.money(amount);
        Ok(FolioEvent::CityLedger { account: account.code, window: self.window, amount }.into())
    }
}

/// Removes a transfer from the account when its line on the bill is reversed; what was paid of it is for nothing again.
pub async fn take_back(u: &mut Unit<'_>, visit: &Visit, line: &Posting) -> Result<()> {
    let code = line.reference.as_deref().unwrap_or_default();
    let mut account = account(u.tx, &visit.property, code).await?;
    let entry = query::city::of_line(u.tx, visit.property.id, line.id).await?;
    let reverses = entry.as_ref().map(|entry| entry.id);
    let new = NewEntry { visit_id: Some(visit.reservation.id), reverses, ..NewEntry::default() };
    // The line stands below zero, so its amount takes the transfer off the account.
    post_entry(u, &visit.property, &mut account, line.amount, new).await?;
    match entry {
        Some(entry) => close_item(u, &visit.property, &account, &entry).await,
        None => Ok(()),
    }
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

#[async_trait]
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
        let method = code_by_hand(u, &property, &self.payment.code, CodeKind::Payment).await?.code;
        let new = NewEntry {
            reference: Some(reference.clone()),
            method: Some(method.clone()),
            ..NewEntry::default()
        };
        post_entry(u, &property, &mut account, -self.payment.amount, new).await?;
        let about = About::Property(property.id, "city_account", account.id.uuid());
        let (code, amount) = (account.code.clone(), Money::new(self.payment.amount, property.currency));
        u.record(about, PropertyEvent::PayCityAccount { account: code, amount, reference, code: method })
            .await?;
        Ok(account.into())
    }
}

/// The account, held for this unit: nobody else allocates its payments meanwhile.
async fn hold(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<CityAccount> {
    let mut account = account(u.tx, property, code).await?;
    u.tx.update(&mut account).await?;
    Ok(account)
}

/// A payment of an account that was not taken back.
async fn payment(u: &mut Unit<'_>, account: &CityAccount, id: CityEntryId, at: Place) -> Result<CityEntry> {
    let found = query::city::entry(u.tx, account, id).await?;
    let is_payment = |entry: &CityEntry| entry.method.is_some() && entry.amount < 0;
    let entry = found
        .filter(is_payment)
        .ok_or_else(|| AppError::not_found(Missing::CityPayment, id).at(at.clone()))?;
    if query::city::reversal(u.tx, account.property_id, id).await?.is_some() {
        return Err(RuleError::new(Rule::AlreadyReversed, at, Message::AlreadyReversed).into());
    }
    Ok(entry)
}

/// A company's payment to take back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentToReverse {
    /// The payment.
    pub payment_id: CityEntryId,
    /// Why: needed. Kept sealed in the journal; it stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes a company's payment back that bounced or was entered wrongly, dated today; what it was for is owed again.
#[derive(Debug, Clone)]
pub struct ReverseCityPayment {
    /// The property's code.
    pub property: String,
    /// The account's code.
    pub code: String,
    /// The payment.
    pub input: PaymentToReverse,
}

#[async_trait]
impl Command for ReverseCityPayment {
    const ACTION: Action = Action::CityAccountReversePayment;
    type Out = CityAccountInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CityAccountInfo> {
        u.reason()?;
        let property = u.property(&self.property).await?;
        let mut account = hold(u, &property, &self.code).await?;
        let paid = payment(u, &account, self.input.payment_id, "payment_id".into()).await?;
        let new = NewEntry {
            reference: paid.reference.clone(),
            method: paid.method.clone(),
            reverses: Some(paid.id),
            ..NewEntry::default()
        };
        post_entry(u, &property, &mut account, -paid.amount, new).await?;
        close_item(u, &property, &account, &paid).await?;
        let about = About::Property(property.id, "city_account", account.id.uuid());
        let event = PropertyEvent::ReverseCityPayment {
            account: account.code.clone(),
            payment_id: paid.id,
            amount: Money::new(-paid.amount, property.currency),
        };
        u.record(about, event).await?;
        Ok(account.into())
    }
}

/// What a payment is for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AllocateTo {
    /// The transfer.
    pub id: Option<CityEntryId>,
    /// Or the invoice that was issued of it.
    pub invoice: Option<InvoiceNumber>,
    /// How much, minor units. Default: as much as is open of both.
    pub amount: Option<i64>,
}

/// A payment to allocate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationInput {
    /// The payment.
    pub payment_id: CityEntryId,
    /// What it is for, up to 200. Default: what is open, the oldest first.
    #[serde(default)]
    pub to: Option<Vec<AllocateTo>>,
}

/// How many open movements are looked at to allocate a payment.
const MOST_OPEN: i64 = 500;

/// Says which transfers a company's payment is for.
#[derive(Debug, Clone)]
pub struct AllocateCityPayment {
    /// The property's code.
    pub property: String,
    /// The account's code.
    pub code: String,
    /// The payment and what it is for.
    pub input: AllocationInput,
}

impl AllocateCityPayment {
    /// What is open and asked for, each with how much of it at most and where the request names it.
    async fn wanted(
        &self,
        u: &mut Unit<'_>,
        account: &CityAccount,
        currency: Currency,
    ) -> Result<Vec<(CityItem, Option<i64>, usize)>> {
        let Some(to) = &self.input.to else {
            let open = query::city::open_items(u.tx, account, MOST_OPEN).await?;
            return Ok(open.into_iter().filter(|item| item.open > 0).map(|item| (item, None, 0)).collect());
        };
        if !(1..=200).contains(&to.len()) {
            return Err(AppError::invalid("to", Message::ItemCount { from: 1, to: 200 }));
        }
        let mut wanted: Vec<(CityItem, Option<i64>, usize)> = Vec::new();
        for (i, to) in to.iter().enumerate() {
            if let Some(amount) = to.amount {
                check_amount(("to", i, "amount"), amount, currency)?;
            }
            let found = match (to.id, &to.invoice) {
                (Some(id), None) => query::city::item(u.tx, account, id).await?,
                (None, Some(named)) => {
                    let is_it = |item: &CityItem| {
                        item.series.as_ref() == Some(&named.series) && item.number == Some(named.number)
                    };
                    query::city::open_items(u.tx, account, MOST_OPEN).await?.into_iter().find(is_it)
                }
                _ => return Err(AppError::invalid(("to", i, "id"), Message::IdOrInvoice)),
            };
            let item = found.filter(|item| item.open > 0);
            let item = item.ok_or_else(|| AppError::not_found(Missing::OpenItem, i).at(("to", i, "id")))?;
            if wanted.iter().any(|(other, ..)| other.id == item.id) {
                return Err(AppError::invalid(("to", i, "id"), Message::OnceEach));
            }
            wanted.push((item, to.amount, i));
        }
        Ok(wanted)
    }
}

#[async_trait]
impl Command for AllocateCityPayment {
    const ACTION: Action = Action::CityAccountAllocate;
    type Out = Vec<AllocationView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Vec<AllocationView>> {
        let property = u.property(&self.property).await?;
        let account = hold(u, &property, &self.code).await?;
        let paid = payment(u, &account, self.input.payment_id, "payment_id".into()).await?;
        let found = query::city::item(u.tx, &account, paid.id).await?;
        let mut from =
            found.ok_or_else(|| AppError::not_found(Missing::CityPayment, paid.id).at("payment_id"))?;
        let nothing_left = || RuleError::new(Rule::WrongState, "payment_id", Message::NothingToAllocate);
        let mut made: Vec<CityAllocation> = Vec::new();
        for (mut item, asked, i) in self.wanted(u, &account, property.currency).await? {
            let most = item.open.min(-from.open);
            let amount = asked.unwrap_or(most);
            if amount > most {
                let message = Message::OpenAtMost { most: Money::new(most, property.currency) };
                return Err(RuleError::new(Rule::BadAmount, ("to", i, "amount"), message).into());
            }
            if amount == 0 {
                break;
            }
            item.open -= amount;
            u.tx.update(&mut item).await?;
            from.open += amount;
            let allocation = CityAllocation {
                property_id: property.id,
                account_id: account.id,
                id: u.id(),
                payment_id: paid.id,
                item_id: item.id,
                amount,
                business_date: property.business_date,
                allocated_at: u.now,
                allocated_by: u.ctx.principal.to_string(),
                reverses: None,
            };
            u.tx.insert(&allocation).await?;
            made.push(allocation);
        }
        if made.is_empty() {
            return Err(nothing_left().into());
        }
        u.tx.update(&mut from).await?;
        let about = About::Property(property.id, "city_account", account.id.uuid());
        let total: i64 = made.iter().map(|one| one.amount).sum();
        let event = PropertyEvent::AllocateCityPayment {
            account: account.code.clone(),
            payment_id: paid.id,
            amount: Money::new(total, property.currency),
            to: made.iter().map(|one| one.item_id).collect(),
        };
        u.record(about, event).await?;
        Ok(made.into_iter().map(AllocationView::from).collect())
    }
}

/// An allocation to take back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationToReverse {
    /// The allocation.
    pub allocation_id: AllocationId,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes back that a payment is for a transfer: both are open again.
#[derive(Debug, Clone)]
pub struct ReverseAllocation {
    /// The property's code.
    pub property: String,
    /// The account's code.
    pub code: String,
    /// The allocation.
    pub input: AllocationToReverse,
}

#[async_trait]
impl Command for ReverseAllocation {
    const ACTION: Action = Action::CityAccountReverseAllocation;
    type Out = CityAccountInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CityAccountInfo> {
        let property = u.property(&self.property).await?;
        let account = hold(u, &property, &self.code).await?;
        let id = self.input.allocation_id;
        let missing = || AppError::not_found(Missing::Allocation, id).at("allocation_id");
        let allocation = query::city::allocation(u.tx, &account, id).await?.ok_or_else(missing)?;
        if allocation.reverses.is_some() || query::city::undone(u.tx, property.id, id).await?.is_some() {
            let message = Message::AlreadyReversed;
            return Err(RuleError::new(Rule::AlreadyReversed, "allocation_id", message).into());
        }
        undo(u, &property, &account, &allocation).await?;
        let about = About::Property(property.id, "city_account", account.id.uuid());
        let event = PropertyEvent::ReverseAllocation {
            account: account.code.clone(),
            allocation_id: id,
            amount: Money::new(allocation.amount, property.currency),
        };
        u.record(about, event).await?;
        Ok(account.into())
    }
}

/// That a payment is for a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllocationView {
    /// Identifier: it is taken back by it.
    pub id: AllocationId,
    /// The payment.
    pub payment_id: CityEntryId,
    /// The transfer.
    pub item_id: CityEntryId,
    /// How much, minor units; below zero what was taken back.
    pub amount: i64,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// What it takes back.
    pub reverses: Option<AllocationId>,
}

impl From<CityAllocation> for AllocationView {
    fn from(one: CityAllocation) -> Self {
        Self {
            id: one.id,
            payment_id: one.payment_id,
            item_id: one.item_id,
            amount: one.amount,
            business_date: one.business_date,
            reverses: one.reverses,
        }
    }
}

/// What an account owes by age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgeingView {
    /// Code of the account.
    pub account: String,
    /// Name of the company.
    pub name: String,
    /// Owed for up to 30 days by the business date, minor units.
    pub to_30: i64,
    /// For up to 60.
    pub to_60: i64,
    /// For up to 90.
    pub to_90: i64,
    /// For longer.
    pub over_90: i64,
    /// Paid and for nothing yet.
    pub on_account: i64,
    /// What the account owes in all: what is owed less what is on account.
    pub balance: i64,
}

/// What companies owe by age.
#[derive(Debug, Clone)]
pub struct ShowAgeing {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ShowAgeing {
    const ACTION: Action = Action::CityAgeing;
    type Out = Vec<AgeingView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let open = query::city::open_by_date(c, property.id).await?;
        let aged = open.chunk_by(|one, next| one.0 == next.0).map(|of_account| {
            let mut ageing = Ageing::default();
            for (.., date, open) in of_account {
                ageing.add(*date, property.business_date, *open);
            }
            let (account, name, balance) = (&of_account[0].0, &of_account[0].1, of_account[0].2);
            let [to_30, to_60, to_90, over_90] = ageing.owed;
            AgeingView {
                account: account.clone(),
                name: name.clone(),
                to_30,
                to_60,
                to_90,
                over_90,
                on_account: ageing.on_account,
                balance,
            }
        });
        Ok(aged.collect())
    }
}

/// An account and its movements.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CityAccountView {
    /// The account.
    pub account: CityAccountInfo,
    /// The latest 500 movements, the newest first.
    pub entries: Vec<CityEntryView>,
    /// The latest 500 allocations of payments, the newest first.
    pub allocations: Vec<AllocationView>,
}

/// A city-ledger account of a property.
#[derive(Debug, Clone)]
pub struct ShowCityAccount {
    /// Code of the property.
    pub property: String,
    /// Code of the account.
    pub code: String,
}

#[async_trait]
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
        let items = query::city::items(c, property.id, account.id, 500).await?;
        let allocations = query::city::allocations(c, &account, 500).await?;
        let shown = |entry: CityEntry| {
            let item = items.iter().find(|item| item.id == entry.id);
            CityEntryView::of(entry, item, &visits, masks)
        };
        Ok(CityAccountView {
            entries: entries.into_iter().map(shown).collect(),
            allocations: allocations.into_iter().map(AllocationView::from).collect(),
            account: account.into(),
        })
    }
}
