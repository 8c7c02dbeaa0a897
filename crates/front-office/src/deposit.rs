//! Deposits 【定金】: what is asked for before arrival, and the ledger of the money that came in. Money held for a visit is on no bill: check-in
//! moves it there, cancelling can keep it, and until then it can be given back. Every movement is dated with the business date on which it
//! happens, and taken back by an opposite one, never changed.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    Message, Rule, RuleError,
    deposit::{DepositAccount, DepositEntry, DepositKind},
    event::{Event, FolioEvent},
    folio::Posting,
    ids::{DepositEntryId, PostingId},
    message::Missing,
    property::CodeKind,
    reservation::{Deposit, DepositState, ReservationState},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    folio::{
        self, NewPosting, check_amount,
        payment::{AtRate, ForeignMoney, check_reference, code_by_hand, worth},
        settle::settle,
    },
    limits::meanwhile,
    series::next_number,
    shift::{self, Taken},
    visit::{Visit, VisitAction},
};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};

async fn requests(u: &mut Unit<'_>, visit: &Visit) -> Result<Vec<Deposit>> {
    Ok(query::visit::deposits(u.tx, visit.property.id, visit.reservation.id).await?)
}

/// An instalment that is still to be paid.
async fn due(u: &mut Unit<'_>, visit: &Visit, instalment: i64) -> Result<Deposit> {
    let found = requests(u, visit).await?.into_iter().find(|deposit| deposit.instalment == instalment);
    let deposit =
        found.ok_or_else(|| AppError::not_found(Missing::Instalment, instalment).at("instalment"))?;
    if deposit.state != DepositState::Due {
        let message = Message::InstalmentIs { state: deposit.state, needed: DepositState::Due };
        return Err(RuleError::new(Rule::WrongState, "instalment", message).into());
    }
    Ok(deposit)
}

/// What is held for a visit, minor units.
///
/// # Errors
/// The database fails.
pub async fn held(u: &mut Unit<'_>, visit: &Visit) -> Result<i64> {
    let account = query::books::account(u.tx, visit.property.id, visit.reservation.id).await?;
    Ok(account.map_or(0, |account| account.held))
}

/// The amount asked for, of what is held; none: all of it.
async fn of_held(u: &mut Unit<'_>, visit: &Visit, asked: Option<i64>) -> Result<i64> {
    let held = held(u, visit).await?;
    let amount = asked.unwrap_or(held);
    if held == 0 || !(1..=held).contains(&amount) {
        let message = Message::MoreThanHeld { held: visit.money(held) };
        return Err(RuleError::new(Rule::BadAmount, "amount", message).into());
    }
    Ok(amount)
}

/// The series of receipts for deposits.
const RECEIPTS: &str = "deposit_receipt";

/// A movement to be entered.
#[derive(Debug, Clone, Default)]
struct NewEntry {
    method: Option<String>,
    instalment: Option<i64>,
    receipt: Option<i64>,
    posting_id: Option<PostingId>,
    reverses: Option<DepositEntryId>,
    reference: Option<String>,
    foreign: Option<(String, i64, String)>,
}

/// Enters a movement of `amount` (above zero: what is held more), and what is held with it.
async fn enter(
    u: &mut Unit<'_>,
    visit: &Visit,
    (kind, amount): (DepositKind, i64),
    new: NewEntry,
) -> Result<DepositEntry> {
    let (property_id, visit_id) = (visit.property.id, visit.reservation.id);
    let short = |held: i64| {
        RuleError::new(Rule::BadAmount, "amount", Message::MoreThanHeld { held: visit.money(held) })
    };
    match query::books::account(u.tx, property_id, visit_id).await? {
        Some(mut account) => {
            let held = account.held;
            account.held = held.checked_add(amount).filter(|held| *held >= 0).ok_or_else(|| short(held))?;
            u.tx.update(&mut account).await?;
        }
        None if amount < 0 => return Err(short(0).into()),
        None => {
            let account = DepositAccount { property_id, visit_id, held: amount, version: 1 };
            u.tx.insert(&account).await.map_err(meanwhile)?;
        }
    }
    let (foreign_currency, foreign_amount, foreign_rate) = match new.foreign {
        Some((currency, amount, rate)) => (Some(currency), Some(amount), Some(rate)),
        None => (None, None, None),
    };
    let entry = DepositEntry {
        property_id,
        visit_id,
        id: u.id(),
        business_date: visit.property.business_date,
        posted_at: u.now,
        kind,
        amount,
        method: new.method,
        instalment: new.instalment,
        receipt: new.receipt,
        posting_id: new.posting_id,
        reverses: new.reverses,
        reference: new.reference,
        foreign_currency,
        foreign_amount,
        foreign_rate,
        posted_by: u.ctx.principal.to_string(),
    };
    u.tx.insert(&entry).await.map_err(meanwhile)?;
    if let Some(taken) = Taken::of_deposit(&entry) {
        shift::take(u, &visit.property, taken).await?;
    }
    Ok(entry)
}

/// Moves held money to a window of the bill.
async fn move_to_bill(
    u: &mut Unit<'_>,
    visit: &Visit,
    (kind, amount): (DepositKind, i64),
    window: i64,
) -> Result<()> {
    let code = folio::code(u, visit, "DEP").await?;
    let line = NewPosting { window: Some(window), ..NewPosting::of(code, -amount) };
    let posting_id = Some(folio::post(u, visit, line).await?.id);
    enter(u, visit, (kind, -amount), NewEntry { posting_id, ..NewEntry::default() }).await?;
    Ok(())
}

/// Moves everything that is held to the first window of the bill. Answers how much was moved, minor
/// units. Check-in calls it.
///
/// # Errors
/// Somebody else moves it at the same time.
pub async fn apply(u: &mut Unit<'_>, visit: &Visit) -> Result<i64> {
    let held = held(u, visit).await?;
    if held > 0 {
        move_to_bill(u, visit, (DepositKind::Applied, held), 1).await?;
    }
    Ok(held)
}

/// Holds money again whose line on the bill was taken back by `reversal`.
///
/// # Errors
/// Somebody else moves it at the same time.
pub async fn give_back(u: &mut Unit<'_>, visit: &Visit, line: &Posting, reversal: PostingId) -> Result<()> {
    let known = query::books::entries(u.tx, visit.property.id, visit.reservation.id).await?;
    if let Some(entry) = known.iter().find(|entry| entry.posting_id == Some(line.id)) {
        let (posting_id, reverses) = (Some(reversal), Some(entry.id));
        let back = NewEntry { posting_id, reverses, ..NewEntry::default() };
        enter(u, visit, (entry.kind, -entry.amount), back).await?;
    }
    Ok(())
}

/// The lines of the bill by which deposits were kept and that were not taken back.
///
/// # Errors
/// The database fails.
pub async fn forfeited_lines(u: &mut Unit<'_>, visit: &Visit) -> Result<Vec<PostingId>> {
    let known = query::books::entries(u.tx, visit.property.id, visit.reservation.id).await?;
    let stands = |entry: &&DepositEntry| {
        entry.kind == DepositKind::Forfeited
            && entry.reverses.is_none()
            && known.iter().all(|other| other.reverses != Some(entry.id))
    };
    Ok(known.iter().filter(stands).filter_map(|entry| entry.posting_id).collect())
}

/// Asks for a deposit before arrival.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskDeposit {
    /// Last day to pay.
    pub due: NaiveDate,
    /// Minor units.
    pub amount: i64,
}

#[async_trait]
impl VisitAction for AskDeposit {
    const ACTION: Action = Action::DepositAsk;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        visit.require_open()?;
        check_amount("amount", self.amount, visit.property.currency)?;
        let last = requests(u, visit).await?.iter().map(|deposit| deposit.instalment).max().unwrap_or(0);
        let deposit = Deposit {
            property_id: visit.property.id,
            id: u.id(),
            visit_id: visit.reservation.id,
            instalment: last + 1,
            due: self.due,
            amount: self.amount,
            state: DepositState::Due,
            paid: 0,
            version: 1,
        };
        u.tx.insert(&deposit).await?;
        let (instalment, amount) = (deposit.instalment, visit.money(self.amount));
        Ok(FolioEvent::AskDeposit { instalment, due: self.due, amount }.into())
    }
}

/// Takes money as a deposit: for an instalment, wholly or in part, or without having been asked for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayDeposit {
    /// Which instalment, from 1; none: for none of them.
    #[serde(default)]
    pub instalment: Option<i64>,
    /// How it was paid: a payment code.
    pub code: String,
    /// Minor units of the property's currency. Default: what is missing of the instalment. Foreign money is worth what its rate says.
    #[serde(default)]
    pub amount: Option<i64>,
    /// Foreign money, when it was paid in that.
    #[serde(default)]
    pub foreign: Option<ForeignMoney>,
    /// Slip number of the terminal.
    #[serde(default)]
    pub reference: Option<String>,
}

#[async_trait]
impl VisitAction for PayDeposit {
    const ACTION: Action = Action::DepositPay;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        use ReservationState::{Requested, Reserved, Waitlisted};
        let (state, needed) = (visit.reservation.state, vec![Requested, Reserved, Waitlisted]);
        if !needed.contains(&state) {
            let message = Message::ReservationIs { state, needed };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        check_reference(self.reference.as_deref())?;
        let method = code_by_hand(u, &visit.property, &self.code, CodeKind::Payment).await?.code;
        let request = match self.instalment {
            Some(instalment) => Some(due(u, visit, instalment).await?),
            None => None,
        };
        let missing = request.as_ref().filter(|_| self.foreign.is_none()).map(Deposit::missing);
        let said = self.amount.or(missing);
        let (amount, foreign) = worth(u, &visit.property, said, self.foreign.as_ref()).await?;
        if let Some(mut request) = request {
            request.pay(amount);
            u.tx.update(&mut request).await?;
        }
        let receipt = next_number(u, visit.property.id, RECEIPTS).await?;
        let new = NewEntry {
            method: Some(method.clone()),
            instalment: self.instalment,
            receipt: Some(receipt),
            reference: self.reference.clone(),
            foreign: foreign.as_ref().map(AtRate::kept),
            ..NewEntry::default()
        };
        let entry = enter(u, visit, (DepositKind::Received, amount), new).await?;
        Ok(FolioEvent::PayDeposit {
            entry_id: entry.id,
            instalment: self.instalment,
            amount: visit.money(amount),
            code: method,
            receipt,
            foreign: foreign.as_ref().map(AtRate::told),
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// The method by which the last money came in that stands.
fn last_method(known: &[DepositEntry]) -> Option<&str> {
    let reversed = |id| known.iter().any(|other| other.reverses == Some(id));
    let came = |entry: &&DepositEntry| {
        entry.kind == DepositKind::Received && entry.reverses.is_none() && !reversed(entry.id)
    };
    known.iter().rfind(came).and_then(|entry| entry.method.as_deref())
}

/// Gives held money back; answers the movement.
async fn refund(
    u: &mut Unit<'_>,
    visit: &Visit,
    amount: i64,
    (code, reference): (Option<&str>, Option<&str>),
) -> Result<DepositEntry> {
    check_reference(reference)?;
    let known = query::books::entries(u.tx, visit.property.id, visit.reservation.id).await?;
    let code = code.or_else(|| last_method(&known)).unwrap_or_default();
    let method = code_by_hand(u, &visit.property, code, CodeKind::Payment).await?.code;
    let receipt = next_number(u, visit.property.id, RECEIPTS).await?;
    let new = NewEntry {
        method: Some(method),
        receipt: Some(receipt),
        reference: reference.map(str::to_owned),
        ..NewEntry::default()
    };
    enter(u, visit, (DepositKind::Refunded, -amount), new).await
}

/// Gives held money back. What was asked for is not asked for again by it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RefundDeposit {
    /// Minor units. Default: all that is held.
    pub amount: Option<i64>,
    /// The payment code it goes back by. Default: the one by which it last came.
    pub code: Option<String>,
    /// Slip number of the terminal.
    pub reference: Option<String>,
}

#[async_trait]
impl VisitAction for RefundDeposit {
    const ACTION: Action = Action::DepositRefund;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let amount = of_held(u, visit, self.amount).await?;
        let by = (self.code.as_deref(), self.reference.as_deref());
        let entry = refund(u, visit, amount, by).await?;
        Ok(FolioEvent::RefundDeposit {
            entry_id: entry.id,
            amount: visit.money(amount),
            code: entry.method.unwrap_or_default(),
            receipt: entry.receipt.unwrap_or_default(),
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Takes a payment or refund of a deposit back that was entered wrongly, also after the day was closed: dated today, under a receipt of its own.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseDeposit {
    /// The movement of the deposit ledger.
    pub entry_id: DepositEntryId,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for ReverseDeposit {
    const ACTION: Action = Action::DepositReverse;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let known = query::books::entries(u.tx, visit.property.id, visit.reservation.id).await?;
        let missing = || AppError::not_found(Missing::DepositEntry, self.entry_id).at("entry_id");
        let entry = known.iter().find(|entry| entry.id == self.entry_id).ok_or_else(missing)?;
        if entry.reverses.is_some() || known.iter().any(|other| other.reverses == Some(entry.id)) {
            return Err(RuleError::new(Rule::AlreadyReversed, "entry_id", Message::AlreadyReversed).into());
        }
        if entry.posting_id.is_some() {
            return Err(RuleError::new(Rule::WrongState, "entry_id", Message::DepositOnBill).into());
        }
        let of_entry = |deposit: &Deposit| Some(deposit.instalment) == entry.instalment;
        if let Some(mut request) = requests(u, visit).await?.into_iter().find(of_entry) {
            request.pay(-entry.amount);
            u.tx.update(&mut request).await?;
        }
        let foreign = match (&entry.foreign_currency, entry.foreign_amount, &entry.foreign_rate) {
            (Some(currency), Some(amount), Some(rate)) => Some((currency.clone(), -amount, rate.clone())),
            _ => None,
        };
        let back = NewEntry {
            method: entry.method.clone(),
            instalment: entry.instalment,
            receipt: Some(next_number(u, visit.property.id, RECEIPTS).await?),
            reverses: Some(entry.id),
            reference: entry.reference.clone(),
            foreign,
            ..NewEntry::default()
        };
        enter(u, visit, (entry.kind, -entry.amount), back).await.map_err(|error| error.at("entry_id"))?;
        Ok(FolioEvent::ReverseDeposit { entry_id: entry.id, amount: visit.money(-entry.amount) }.into())
    }
}

/// Keeps held money: against what the bill owes (the penalty of a cancellation or no-show), and what is more as revenue of its own, with the tax
/// of code `FORFEIT` in it.
async fn forfeit(u: &mut Unit<'_>, visit: &Visit, amount: i64) -> Result<()> {
    let owed = folio::window(u, visit, 1).await?.balance.max(0);
    move_to_bill(u, visit, (DepositKind::Forfeited, amount), 1).await?;
    let more = amount - owed.min(amount);
    if more > 0 {
        let code = folio::code(u, visit, "FORFEIT").await?;
        let net = code.tax.net_of(more);
        let line = NewPosting { window: Some(1), ..NewPosting::of(code, net) };
        folio::charge_with(u, visit, line, &[("TAX", more - net)]).await?;
    }
    settle(u, visit).await
}

/// Keeps held money as a penalty.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ForfeitDeposit {
    /// Minor units. Default: all that is held.
    pub amount: Option<i64>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for ForfeitDeposit {
    const ACTION: Action = Action::DepositForfeit;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let amount = of_held(u, visit, self.amount).await?;
        forfeit(u, visit, amount).await?;
        Ok(FolioEvent::ForfeitDeposit { amount: visit.money(amount) }.into())
    }
}

/// No longer asks for an instalment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiveDeposit {
    /// Which instalment, from 1.
    pub instalment: i64,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for WaiveDeposit {
    const ACTION: Action = Action::DepositWaive;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let mut deposit = due(u, visit, self.instalment).await?;
        let amount = visit.money(deposit.missing());
        deposit.state = DepositState::Waived;
        u.tx.update(&mut deposit).await?;
        Ok(FolioEvent::WaiveDeposit { instalment: self.instalment, amount }.into())
    }
}

/// Moves held money to the bill, as check-in does with all of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApplyDeposits {
    /// Minor units. Default: all that is held, also if that is nothing.
    pub amount: Option<i64>,
    /// The window; none: the first.
    pub window: Option<i64>,
}

#[async_trait]
impl VisitAction for ApplyDeposits {
    const ACTION: Action = Action::DepositApply;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let amount = match self.amount {
            Some(amount) => of_held(u, visit, Some(amount)).await?,
            None => held(u, visit).await?,
        };
        if amount > 0 {
            move_to_bill(u, visit, (DepositKind::Applied, amount), self.window.unwrap_or(1)).await?;
            settle(u, visit).await?;
        }
        Ok(FolioEvent::ApplyDeposits { applied: visit.money(amount) }.into())
    }
}

/// Settles the deposits of a visit that was cancelled or not come to: held money is kept as far as the bill owes a penalty, and the rest given
/// back; what is still due is waived. Done twice, it does nothing more.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettleCancellation {
    /// The payment code the rest goes back by. Default: the one by which money last came.
    pub code: Option<String>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for SettleCancellation {
    const ACTION: Action = Action::DepositSettleCancellation;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let state = visit.reservation.state;
        let needed = vec![ReservationState::Cancelled, ReservationState::NoShow];
        if !needed.contains(&state) {
            let message = Message::ReservationIs { state, needed };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        for mut deposit in requests(u, visit).await? {
            if deposit.state == DepositState::Due {
                deposit.state = DepositState::Waived;
                u.tx.update(&mut deposit).await?;
            }
        }
        let held = held(u, visit).await?;
        let kept = if held > 0 { folio::window(u, visit, 1).await?.balance.clamp(0, held) } else { 0 };
        if kept > 0 {
            forfeit(u, visit, kept).await?;
        }
        let rest = held - kept;
        if rest > 0 {
            refund(u, visit, rest, (self.code.as_deref(), None)).await?;
        }
        let (forfeited, refunded) = (visit.money(kept), visit.money(rest));
        Ok(FolioEvent::SettleCancellation { forfeited, refunded }.into())
    }
}
