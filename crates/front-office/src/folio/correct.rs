//! Correcting a bill, also long after the guest has left and the day was closed: every correction is a line of today that names what it corrects.

use async_trait::async_trait;
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    folio::{FolioState, share_out},
    ids::PostingId,
    message::{Balances, Missing},
};
use hefu_kernel::Money;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    FREE_NIGHT, MOST, NewPosting,
    bill::{Bill, Standing},
    charge, charge_inclusive, charge_with, code, overrun, post,
    reverse::reverse,
    room_charge,
    settle::settle,
};
use crate::{
    folio::check_amount,
    member::nights,
    visit::{Visit, VisitAction},
};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};

/// Takes a line back with everything that came with it (tax, fee, discount) and the points it earned.
/// The line stays; its opposite stands beside it, in the window where the line counts now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReversePosting {
    /// The line.
    pub posting_id: PostingId,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for ReversePosting {
    const ACTION: Action = Action::FolioReverse;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let bill = Bill::lock(u, visit).await?;
        let taken = bill.active_line(self.posting_id)?.clone();
        let line = taken.id;
        let total = reverse(u, visit, &bill, line).await?;
        // A night that is not charged any more, or is charged after all, is no free night.
        let is_free = matches!(taken.code.as_str(), "ROOM") || taken.reference.as_deref() == Some(FREE_NIGHT);
        if let (true, Some(night)) = (is_free, taken.night) {
            nights::take_back(u, visit, (taken.stay_id, night)).await?;
        }
        settle(u, visit).await?;
        Ok(FolioEvent::Reverse { posting_id: line, amount: visit.money(total) }.into())
    }
}

/// Credits a part of a charge, with its fee and tax. What is credited in several steps is in all what a reversal would have been.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantAllowance {
    /// The charge.
    pub posting_id: PostingId,
    /// How much of the charge itself, without fee and tax, minor units: they follow in proportion.
    #[serde(default)]
    pub amount: Option<i64>,
    /// Or how much in all, minor units: it is divided among charge, fee and tax.
    #[serde(default)]
    pub total: Option<i64>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What `part` of `whole` is of `amount`, rounded half up.
fn in_proportion(part: i64, amount: i64, whole: i64) -> i64 {
    let whole = i128::from(whole.max(1));
    let scaled = 2 * i128::from(part) * i128::from(amount) + whole;
    i64::try_from(scaled.div_euclid(2 * whole)).unwrap_or(MOST)
}

impl Standing<'_> {
    /// What is credited of each.
    fn credits(&self, allowance: &GrantAllowance, visit: &Visit) -> Result<Vec<i64>> {
        let too_much = |at: &'static str, most: i64| {
            let message = Message::AmountBetween { from: visit.money(1), to: visit.money(most.max(1)) };
            RuleError::new(Rule::BadAmount, at, message)
        };
        let (charge, others) = (self.left[0], &self.left[1..]);
        match (allowance.amount, allowance.total) {
            (Some(amount), None) => {
                if !(1..=charge).contains(&amount) {
                    return Err(too_much("amount", charge).into());
                }
                let with: i64 = others.iter().sum();
                Ok([vec![amount], share_out(in_proportion(with, amount, charge), others)].concat())
            }
            (None, Some(total)) => {
                let all: i64 = self.left.iter().sum();
                if !(1..=all).contains(&total) {
                    return Err(too_much("total", all).into());
                }
                Ok(share_out(total, &self.left))
            }
            _ => Err(AppError::invalid("amount", Message::AmountOrTotal)),
        }
    }
}

#[async_trait]
impl VisitAction for GrantAllowance {
    const ACTION: Action = Action::FolioAllow;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let bill = Bill::lock(u, visit).await?;
        let line = bill.charge(self.posting_id)?;
        let standing = Standing::of(&bill, line);
        let credits = standing.credits(self, visit)?;
        let window = Some(bill.window_of(line));
        let mut belongs_to = line.id;
        for (corrected, credit) in standing.lines.iter().zip(&credits).filter(|(_, credit)| **credit != 0) {
            let credited = NewPosting {
                window,
                stay_id: line.stay_id,
                night: line.night,
                belongs_to: Some(belongs_to),
                corrects: Some(corrected.id),
                ..NewPosting::of(code(u, visit, &corrected.code).await?, -credit)
            };
            let credited = post(u, visit, credited).await?;
            if belongs_to == line.id {
                // Fee and tax of the allowance are taken back with it.
                belongs_to = credited.id;
            }
        }
        settle(u, visit).await?;
        let amount = visit.money(credits.iter().sum());
        Ok(FolioEvent::Allow { posting_id: line.id, amount }.into())
    }
}

/// Corrects a charge to another price: it is taken back with its fee and tax, and charged anew with the fee and tax of that price.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectCharge {
    /// The charge.
    pub posting_id: PostingId,
    /// The right price of all of it, minor units: of a night as its rate plan says prices, with what is within them, which was posted apart and
    /// stays; of anything else as its code says them: with tax or without.
    pub amount: i64,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for CorrectCharge {
    const ACTION: Action = Action::FolioCorrect;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_amount("amount", self.amount, visit.property.currency)?;
        let bill = Bill::lock(u, visit).await?;
        let line = bill.charge(self.posting_id)?;
        reverse(u, visit, &bill, line.id).await?;
        let new = NewPosting {
            quantity: line.quantity,
            window: Some(bill.window_of(line)),
            stay_id: line.stay_id,
            night: line.night,
            corrects: Some(line.id),
            reference: line.reference.clone(),
            ..NewPosting::of(code(u, visit, &line.code).await?, self.amount)
        };
        let is_room = line.night.is_some() && matches!(line.code.as_str(), "ROOM" | "DAYUSE");
        let is_overrun = overrun::is_overrun(line);
        let stay = visit.stays.iter().find(|stay| is_room && Some(stay.id) == line.stay_id);
        let room = stay.and_then(|stay| visit.rooms.iter().find(|room| room.line == stay.line));
        let corrected = match room.zip(line.night) {
            // What is included was posted apart, and stays.
            Some((room, night)) => {
                let charge = room_charge(visit, room, line.stay_id, (night, self.amount));
                let new = NewPosting { amount: charge.charge.parts.room, ..new };
                charge_with(u, visit, new, &charge.with()).await?
            }
            // The room is another visit's by now: fee and tax stand to the new price as they stood to the old one.
            None if is_room || is_overrun => {
                let standing = Standing::of(&bill, line);
                let parts = standing.lines.iter().zip(&standing.left).skip(1);
                let share = |left: i64| in_proportion(left, self.amount, standing.left[0]);
                let with: Vec<(&str, i64)> =
                    parts.map(|(part, left)| (part.code.as_str(), share(*left))).collect();
                charge_with(u, visit, new, &with).await?
            }
            None if new.code.includes_tax => charge_inclusive(u, visit, new).await?.0,
            None => charge(u, visit, new).await?.0,
        };
        settle(u, visit).await?;
        let amount = visit.money(self.amount);
        Ok(FolioEvent::Correct { posting_id: line.id, corrected: corrected.id, amount }.into())
    }
}

/// Closes a window that is settled, before its visit is over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseWindow {
    /// The window.
    pub window: i64,
}

/// Opens a closed window again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenWindow {
    /// The window.
    pub window: i64,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Brings a window from one state to the other.
async fn turn(u: &mut Unit<'_>, visit: &Visit, window: i64, to: FolioState) -> Result<()> {
    let folios = query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await?;
    let found = folios.into_iter().find(|folio| folio.window == window);
    let mut folio = found.ok_or_else(|| AppError::not_found(Missing::Window, window).at("window"))?;
    if folio.state == FolioState::Reported {
        return Err(RuleError::new(Rule::WrongState, "window", Message::WindowOfOthers).into());
    }
    if to == FolioState::Closed && folio.balance != 0 {
        let balances = Balances(vec![(window, Money::new(folio.balance, folio.currency))]);
        return Err(RuleError::new(Rule::BalanceDue, "window", Message::WindowOpen { balances }).into());
    }
    folio.state = to;
    u.tx.update(&mut folio).await?;
    Ok(())
}

#[async_trait]
impl VisitAction for CloseWindow {
    const ACTION: Action = Action::FolioCloseWindow;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        turn(u, visit, self.window, FolioState::Closed).await?;
        Ok(FolioEvent::CloseWindow { window: self.window }.into())
    }
}

#[async_trait]
impl VisitAction for ReopenWindow {
    const ACTION: Action = Action::FolioReopenWindow;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        turn(u, visit, self.window, FolioState::Open).await?;
        Ok(FolioEvent::ReopenWindow { window: self.window }.into())
    }
}
