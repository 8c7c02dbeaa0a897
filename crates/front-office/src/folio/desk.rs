//! Desk operations on a bill: charge, take payments, refund, transfer lines, set routing and payer.

use async_trait::async_trait;
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    folio::{Posting, Routing, WINDOWS},
    ids::{GuestId, PostingId},
    message::Missing,
    property::CodeKind,
    shift::CASH,
};
use hefu_kernel::Money;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    NewPosting,
    bill::Bill,
    charge, charge_inclusive, check_amount, check_text, code,
    payment::{AtRate, ForeignMoney, check_reference, code_by_hand, worth},
    post,
    settle::settle,
    window,
};
use crate::visit::{Visit, VisitAction};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};

/// Posts a charge.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostCharge {
    /// A revenue code: `MINI`, `LAUN`, …
    pub code: String,
    /// Unit price, minor units: without the code's tax, unless `includes_tax` or the code says otherwise.
    pub amount: i64,
    /// Whether the price includes the code's tax. Default: as the code says.
    #[serde(default)]
    pub includes_tax: Option<bool>,
    /// Quantity, up to 1,000.
    #[serde(default = "one")]
    pub quantity: i64,
    /// The window; none: by routing.
    #[serde(default)]
    pub window: Option<i64>,
    /// Which room of the reservation it is for, from 1: the line names it. Default: none in particular.
    #[serde(default)]
    pub line: Option<i64>,
    /// Receipt or slip number.
    #[serde(default)]
    pub reference: Option<String>,
}

const fn one() -> i64 {
    1
}

#[async_trait]
impl VisitAction for PostCharge {
    const ACTION: Action = Action::FolioCharge;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_amount("amount", self.amount, visit.property.currency)?;
        check_reference(self.reference.as_deref())?;
        if !(1..=1_000).contains(&self.quantity) {
            return Err(AppError::invalid("quantity", Message::Between { from: 1, to: 1_000 }));
        }
        let total = self.amount.saturating_mul(self.quantity);
        check_amount("quantity", total, visit.property.currency)?;
        let code = code_by_hand(u, &visit.property, &self.code, CodeKind::Revenue).await?;
        let includes_tax = self.includes_tax.unwrap_or(code.includes_tax);
        let stay_id = match self.line {
            None => None,
            Some(line) => {
                let nobody = || RuleError::new(Rule::WrongState, "line", Message::NobodyInRoom);
                Some(visit.line(line)?.stay_id.ok_or_else(nobody)?)
            }
        };
        let line = NewPosting {
            quantity: self.quantity,
            window: self.window,
            stay_id,
            reference: self.reference.clone(),
            ..NewPosting::of(code, total)
        };
        let (charge, tax) = match includes_tax {
            true => charge_inclusive(u, visit, line).await?,
            false => charge(u, visit, line).await?,
        };
        settle(u, visit).await?;
        Ok(FolioEvent::Charge {
            posting_id: charge.id,
            code: charge.code,
            amount: visit.money(self.amount),
            quantity: self.quantity,
            tax,
            includes_tax,
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Takes a payment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakePayment {
    /// A payment code: `CASH`, `CARD`, `WECHAT`, …
    pub code: String,
    /// Minor units of the property's currency. The value of foreign currency follows from its rate; an amount given
    /// as well must agree.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The foreign currency, if it was paid in one.
    #[serde(default)]
    pub foreign: Option<ForeignMoney>,
    /// The window; none: the first.
    #[serde(default)]
    pub window: Option<i64>,
    /// Receipt or slip number.
    #[serde(default)]
    pub reference: Option<String>,
}

#[async_trait]
impl VisitAction for TakePayment {
    const ACTION: Action = Action::FolioPayment;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_reference(self.reference.as_deref())?;
        let (worth, foreign) = worth(u, &visit.property, self.amount, self.foreign.as_ref()).await?;
        let code = code_by_hand(u, &visit.property, &self.code, CodeKind::Payment).await?;
        let line = NewPosting {
            window: self.window,
            reference: self.reference.clone(),
            // Negative like the line itself, so that sums of foreign currency are right, too.
            foreign: foreign
                .as_ref()
                .map(AtRate::kept)
                .map(|(currency, amount, rate)| (currency, -amount, rate)),
            ..NewPosting::of(code, -worth)
        };
        let posting = post(u, visit, line).await?;
        settle(u, visit).await?;
        let foreign = foreign.as_ref().map(AtRate::told);
        Ok(FolioEvent::Payment {
            posting_id: posting.id,
            code: posting.code,
            amount: visit.money(worth),
            foreign,
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Refunds money. At most the amount paid on the visit; points are not refunded as money.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundPayment {
    /// The payment code of the refund.
    pub code: String,
    /// Minor units.
    pub amount: i64,
    /// The window; none: the first.
    #[serde(default)]
    pub window: Option<i64>,
    /// Receipt or slip number.
    #[serde(default)]
    pub reference: Option<String>,
}

#[async_trait]
impl VisitAction for RefundPayment {
    const ACTION: Action = Action::FolioRefund;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_amount("amount", self.amount, visit.property.currency)?;
        check_reference(self.reference.as_deref())?;
        let code = code_by_hand(u, &visit.property, &self.code, CodeKind::Payment).await?;
        let paid = Bill::lock(u, visit).await?.refundable();
        if self.amount > paid {
            let paid = Money::new(paid, visit.property.currency);
            return Err(RuleError::new(Rule::BadAmount, "amount", Message::MoreThanPaid { paid }).into());
        }
        let line = NewPosting {
            window: self.window,
            reference: self.reference.clone(),
            ..NewPosting::of(code, self.amount)
        };
        let posting = post(u, visit, line).await?;
        settle(u, visit).await?;
        Ok(FolioEvent::Refund {
            posting_id: posting.id,
            code: posting.code,
            amount: visit.money(self.amount),
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Pays money out for the guest, for flowers or a taxi, and charges it to the bill: it is owed like any other line. From the cashier's open shift only.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayOut {
    /// The payment code it is paid by. Default: `CASH`.
    #[serde(default = "cash")]
    pub code: String,
    /// Minor units.
    pub amount: i64,
    /// The window; none: the first.
    #[serde(default)]
    pub window: Option<i64>,
    /// Number of the receipt that was got for it.
    #[serde(default)]
    pub reference: Option<String>,
    /// What for; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

fn cash() -> String {
    CASH.into()
}

#[async_trait]
impl VisitAction for PayOut {
    const ACTION: Action = Action::FolioPayOut;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_amount("amount", self.amount, visit.property.currency)?;
        check_reference(self.reference.as_deref())?;
        u.reason()?;
        let code = code_by_hand(u, &visit.property, &self.code, CodeKind::Payment).await?;
        let line = NewPosting {
            window: self.window,
            reference: self.reference.clone(),
            paid_out: true,
            ..NewPosting::of(code, self.amount)
        };
        let posting = post(u, visit, line).await?;
        settle(u, visit).await?;
        Ok(FolioEvent::PayOut {
            posting_id: posting.id,
            code: posting.code,
            amount: visit.money(self.amount),
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Transfers lines, with what came with them, to another window. The old window gets the opposite of each
/// line and the new one the line again, under the same code, so sums by code do not change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferPostings {
    /// The lines, up to 200.
    pub posting_ids: Vec<PostingId>,
    /// The window.
    pub to_window: i64,
}

#[async_trait]
impl VisitAction for TransferPostings {
    const ACTION: Action = Action::FolioTransfer;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if !(1..=200).contains(&self.posting_ids.len()) {
            return Err(AppError::invalid("posting_ids", Message::ItemCount { from: 1, to: 200 }));
        }
        if !(1..=WINDOWS).contains(&self.to_window) {
            return Err(AppError::invalid("to_window", Message::Between { from: 1, to: WINDOWS }));
        }
        let bill = Bill::lock(u, visit).await?;
        let mut lines: Vec<&Posting> = Vec::new();
        for (i, id) in self.posting_ids.iter().enumerate() {
            let line = bill.active_line(*id).map_err(|error| error.at(("posting_ids", i)))?;
            for line in std::iter::once(line).chain(bill.parts(line)) {
                if bill.window_of(line) != self.to_window && !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        for line in &lines {
            let code = code(u, visit, &line.code).await?;
            let moves = bill.moves(line);
            let ways = [(bill.window_of(line), -line.amount), (self.to_window, line.amount)];
            for (n, (window, amount)) in (moves + 1..).zip(ways) {
                let half = NewPosting {
                    quantity: line.quantity,
                    window: Some(window),
                    stay_id: line.stay_id,
                    night: line.night,
                    belongs_to: Some(line.id),
                    once: Some(format!("move:{}:{n}", line.id)),
                    reference: line.reference.clone(),
                    ..NewPosting::of(code.clone(), amount)
                };
                post(u, visit, half).await?;
            }
        }
        settle(u, visit).await?;
        let (posting_ids, to_window) = (self.posting_ids.clone(), self.to_window);
        Ok(FolioEvent::Transfer { posting_ids, to_window, lines: lines.len() as i64 }.into())
    }
}

/// Routes the charges of a group to a window from now on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteCharges {
    /// The transaction codes' group: `room`, `minibar`, …
    pub code_group: String,
    /// The window; none: back to the first window.
    #[serde(default)]
    pub window: Option<i64>,
}

#[async_trait]
impl VisitAction for RouteCharges {
    const ACTION: Action = Action::FolioRoute;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let (property, id) = (visit.property.id, visit.reservation.id);
        let codes = query::property::codes(u.tx, property).await?;
        if !codes.iter().any(|code| code.group == self.code_group && code.kind != CodeKind::Payment) {
            return Err(AppError::not_found(Missing::ChargeGroup, &self.code_group).at("code_group"));
        }
        let known = query::visit::routings(u.tx, property, id).await?;
        let known = known.into_iter().find(|routing| routing.code_group == self.code_group);
        match (self.window, known) {
            (Some(number), _) if !(1..=WINDOWS).contains(&number) => {
                return Err(AppError::invalid("window", Message::Between { from: 1, to: WINDOWS }));
            }
            (Some(window), Some(mut routing)) => {
                routing.window = window;
                u.tx.update(&mut routing).await?;
            }
            (Some(window), None) => {
                let code_group = self.code_group.clone();
                let routing = Routing { property_id: property, visit_id: id, code_group, window, version: 1 };
                u.tx.insert(&routing).await?;
            }
            (None, Some(routing)) => u.tx.delete(&routing).await?,
            (None, None) => {}
        }
        Ok(FolioEvent::Route { code_group: self.code_group.clone(), window: self.window }.into())
    }
}

/// Sets the payer of a window: a company or a guest.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPayer {
    /// The window.
    pub window: i64,
    /// Name of the company that pays.
    #[serde(default)]
    pub company: Option<String>,
    /// The guest who pays.
    #[serde(default)]
    pub guest: Option<GuestId>,
}

#[async_trait]
impl VisitAction for SetPayer {
    const ACTION: Action = Action::FolioPayer;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let mut folio = window(u, visit, self.window).await?;
        match (&self.company, self.guest) {
            (Some(company), None) => {
                check_text("company", company)?;
                folio.company = Some(company.trim().to_owned());
                folio.guest_id = None;
            }
            (None, Some(id)) => {
                let vault = u.tx.vault().clone();
                let guest = query::guest::find(u.tx, &vault, id).await?;
                folio.guest_id =
                    Some(guest.ok_or_else(|| AppError::not_found(Missing::Guest, id).at("guest"))?.id);
                folio.company = None;
            }
            _ => return Err(AppError::invalid("company", Message::OnePayer)),
        }
        u.tx.update(&mut folio).await?;
        Ok(FolioEvent::Payer { window: self.window, company: folio.company, guest_id: self.guest }.into())
    }
}
