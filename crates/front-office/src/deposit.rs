//! Deposits and instalments. Paid ones are in the deposit ledger until check-in moves them to the
//! bill; a deposit is not on the bill before.

use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    message::Missing,
    property::CodeKind,
    reservation::{Deposit, DepositState, ReservationState},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    folio::{self, NewPosting, desk::code_by_hand},
    visit::{Visit, VisitAction},
};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};

async fn deposits(u: &mut Unit<'_>, visit: &Visit) -> Result<Vec<Deposit>> {
    Ok(query::visit::deposits(u.tx, visit.property.id, visit.reservation.id).await?)
}

/// An instalment with its new state, not yet written.
async fn step(
    u: &mut Unit<'_>,
    visit: &Visit,
    instalment: i64,
    (from, to): (DepositState, DepositState),
) -> Result<Deposit> {
    let found = deposits(u, visit).await?.into_iter().find(|deposit| deposit.instalment == instalment);
    let mut deposit =
        found.ok_or_else(|| AppError::not_found(Missing::Instalment, instalment).at("instalment"))?;
    if deposit.state != from {
        let message = Message::InstalmentIs { state: deposit.state, needed: from };
        return Err(RuleError::new(Rule::WrongState, "instalment", message).into());
    }
    deposit.state = to;
    Ok(deposit)
}

/// Moves every paid deposit to the first window of the bill, once. Returns how much was moved, minor
/// units. Check-in calls it.
///
/// # Errors
/// The window is closed.
pub async fn apply(u: &mut Unit<'_>, visit: &Visit) -> Result<i64> {
    let mut moved = 0;
    for mut deposit in deposits(u, visit).await? {
        if deposit.state != DepositState::Paid {
            continue;
        }
        deposit.state = DepositState::Applied;
        u.tx.update(&mut deposit).await?;
        let code = folio::code(u, visit, "DEP").await?;
        let line = NewPosting {
            window: Some(1),
            once: Some(format!("deposit:{}", deposit.id)),
            ..NewPosting::of(code, -deposit.amount)
        };
        folio::post(u, visit, line).await?;
        moved += deposit.amount;
    }
    Ok(moved)
}

/// Takes the payment of an instalment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayDeposit {
    /// Which instalment, from 1.
    pub instalment: i64,
    /// The payment code.
    pub code: String,
}

impl VisitAction for PayDeposit {
    const ACTION: Action = Action::DepositPay;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let code = code_by_hand(u, visit, &self.code, CodeKind::Payment).await?;
        let mut deposit = step(u, visit, self.instalment, (DepositState::Due, DepositState::Paid)).await?;
        deposit.paid_by = Some(code.code.clone());
        deposit.paid_on = Some(visit.property.business_date);
        u.tx.update(&mut deposit).await?;
        let amount = visit.money(deposit.amount);
        Ok(FolioEvent::PayDeposit { instalment: self.instalment, amount, code: code.code }.into())
    }
}

/// Declares an action that only changes the state of an instalment.
macro_rules! instalment_action {
    ($(#[$meta:meta])* $name:ident = $action:ident, $from:ident -> $to:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Which instalment, from 1.
            pub instalment: i64,
        }

        impl VisitAction for $name {
            const ACTION: Action = Action::$action;

            async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
                let way = (DepositState::$from, DepositState::$to);
                let mut deposit = step(u, visit, self.instalment, way).await?;
                u.tx.update(&mut deposit).await?;
                let amount = visit.money(deposit.amount);
                Ok(FolioEvent::$name { instalment: self.instalment, amount }.into())
            }
        }
    };
}

instalment_action! {
    /// Refunds a paid instalment.
    RefundDeposit = DepositRefund, Paid -> Refunded
}
instalment_action! {
    /// Forfeits a paid instalment as a penalty.
    ForfeitDeposit = DepositForfeit, Paid -> Forfeited
}
instalment_action! {
    /// Waives an instalment.
    WaiveDeposit = DepositWaive, Due -> Waived
}

/// Moves every paid deposit to the bill, as check-in does.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApplyDeposits {}

impl VisitAction for ApplyDeposits {
    const ACTION: Action = Action::DepositApply;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let applied = visit.money(apply(u, visit).await?);
        Ok(FolioEvent::ApplyDeposits { applied }.into())
    }
}

/// Settles the deposits of a cancelled or no-show visit: what was paid is retained up to the
/// penalty and the rest refunded; what is still due is waived. Where the penalty ends within an
/// instalment, it is divided in two: one forfeited, one refunded. Repeating it does nothing more.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SettleCancellation {
    /// The reason; stored sealed in the journal. It takes precedence over `Hefu-Reason`.
    pub reason: Option<String>,
}

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
        let known = deposits(u, visit).await?;
        let kept_before: i64 =
            known.iter().filter(|d| d.state == DepositState::Forfeited).map(|d| d.amount).sum();
        let mut last = known.iter().map(|deposit| deposit.instalment).max().unwrap_or(0);
        let mut open = (visit.reservation.penalty - kept_before).max(0);
        let (mut kept, mut given_back) = (0, 0);
        for mut deposit in known {
            let mut divided = None;
            match deposit.state {
                DepositState::Due => deposit.state = DepositState::Waived,
                DepositState::Paid => {
                    let keep = deposit.amount.min(open);
                    let rest = deposit.amount - keep;
                    deposit.state = if keep == 0 { DepositState::Refunded } else { DepositState::Forfeited };
                    if keep > 0 && rest > 0 {
                        last += 1;
                        divided = Some(Deposit {
                            id: u.id(),
                            instalment: last,
                            amount: rest,
                            state: DepositState::Refunded,
                            version: 1,
                            ..deposit.clone()
                        });
                        deposit.amount = keep;
                    }
                    open -= keep;
                    kept += keep;
                    given_back += rest;
                }
                _ => continue,
            }
            // The existing one first: a concurrent settlement fails on its version.
            u.tx.update(&mut deposit).await?;
            if let Some(divided) = divided {
                u.tx.insert(&divided).await?;
            }
        }
        let (forfeited, refunded) = (visit.money(kept), visit.money(given_back));
        Ok(FolioEvent::SettleCancellation { forfeited, refunded }.into())
    }
}
