//! Desk operations on a bill: charge, take payments, refund, reverse, transfer lines, set
//! routing and payer.

use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent, folio::ForeignPayment},
    folio::{FolioState, Posting, Routing, WINDOWS, convert},
    ids::{GuestId, PostingId},
    message::Missing,
    property::{CodeKind, TransactionCode},
};
use hefu_kernel::{Currency, Money};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{NewPosting, bill::Bill, check_amount, check_text, code, destination, post, window};
use crate::{
    city_ledger, member,
    visit::{Visit, VisitAction},
};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};

/// Codes posted only by their own actions and never manually.
const NOT_BY_HAND: &[&str] = &["DISC", "PREAUTH", "POINTS"];

/// A code of `kind` that can be posted manually.
///
/// # Errors
/// No such code, or it is of another kind.
pub async fn code_by_hand(
    u: &mut Unit<'_>,
    visit: &Visit,
    name: &str,
    kind: CodeKind,
) -> Result<TransactionCode> {
    let found = code(u, visit, name).await.map_err(|error| error.at("code"))?;
    if found.kind != kind || NOT_BY_HAND.contains(&found.code.as_str()) {
        return Err(AppError::invalid("code", Message::CodeByHand { kind }));
    }
    Ok(found)
}

fn check_reference(reference: Option<&str>) -> Result<()> {
    reference.map_or(Ok(()), |text| super::check_reference("reference", text))
}

/// Posts a charge.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostCharge {
    /// A revenue code: `MINI`, `LAUN`, …
    pub code: String,
    /// Unit price, minor units, without the code's tax.
    pub amount: i64,
    /// Quantity, up to 1,000.
    #[serde(default = "one")]
    pub quantity: i64,
    /// The window; none: by routing.
    #[serde(default)]
    pub window: Option<i64>,
    /// Receipt or slip number.
    #[serde(default)]
    pub reference: Option<String>,
}

const fn one() -> i64 {
    1
}

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
        let code = code_by_hand(u, visit, &self.code, CodeKind::Revenue).await?;
        let tax = code.tax.of(total);
        let window = Some(destination(u, visit, &code, self.window).await?);
        let line = NewPosting {
            quantity: self.quantity,
            window,
            reference: self.reference.clone(),
            ..NewPosting::of(code, total)
        };
        let charge = post(u, visit, line).await?;
        if tax != 0 {
            let code = super::code(u, visit, "TAX").await?;
            let line = NewPosting { window, belongs_to: Some(charge.id), ..NewPosting::of(code, tax) };
            post(u, visit, line).await?;
        }
        Ok(FolioEvent::Charge {
            posting_id: charge.id,
            code: charge.code,
            amount: visit.money(self.amount),
            quantity: self.quantity,
            tax,
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Foreign currency and its exchange rate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignMoney {
    /// The currency.
    pub currency: Currency,
    /// Minor units of that currency.
    pub amount: i64,
    /// Units of the property's currency for one unit: a decimal with up to eight places.
    pub rate: String,
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

impl TakePayment {
    /// The value of the payment, minor units of the property's currency.
    fn worth(&self, property: Currency) -> Result<i64> {
        let worth = match (&self.foreign, self.amount) {
            (None, Some(amount)) => amount,
            (None, None) => {
                return Err(RuleError::new(Rule::BadAmount, "amount", Message::AmountMissing).into());
            }
            (Some(foreign), said) => {
                check_amount(("foreign", "amount"), foreign.amount, foreign.currency)?;
                if foreign.currency == property {
                    let at = ("foreign", "currency");
                    return Err(RuleError::new(Rule::WrongCurrency, at, Message::OwnCurrency).into());
                }
                let worth = convert(foreign.amount, foreign.currency, property, &foreign.rate)
                    .map_err(|error| error.under("foreign"))?;
                if said.is_some_and(|said| said != worth) {
                    let message = Message::ForeignWorth { worth: Money::new(worth, property) };
                    return Err(RuleError::new(Rule::BadAmount, "amount", message).into());
                }
                worth
            }
        };
        check_amount("amount", worth, property)?;
        Ok(worth)
    }
}

impl VisitAction for TakePayment {
    const ACTION: Action = Action::FolioPayment;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_reference(self.reference.as_deref())?;
        let worth = self.worth(visit.property.currency)?;
        let code = code_by_hand(u, visit, &self.code, CodeKind::Payment).await?;
        let foreign = self.foreign.as_ref();
        let line = NewPosting {
            window: self.window,
            reference: self.reference.clone(),
            // Negative like the line itself, so that sums of foreign currency are right, too.
            foreign: foreign.map(|f| (f.currency.to_string(), -f.amount, f.rate.clone())),
            ..NewPosting::of(code, -worth)
        };
        let posting = post(u, visit, line).await?;
        let foreign = foreign
            .map(|f| ForeignPayment { amount: Money::new(f.amount, f.currency), rate: f.rate.clone() });
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

impl VisitAction for RefundPayment {
    const ACTION: Action = Action::FolioRefund;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_amount("amount", self.amount, visit.property.currency)?;
        check_reference(self.reference.as_deref())?;
        let code = code_by_hand(u, visit, &self.code, CodeKind::Payment).await?;
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
        Ok(FolioEvent::Refund {
            posting_id: posting.id,
            code: posting.code,
            amount: visit.money(self.amount),
            reference: self.reference.clone(),
        }
        .into())
    }
}

/// Reverses a line with everything that came with it (tax, fee, discount) and the points it earned.
/// The line stays; its opposite is posted to the window where the line counts now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReversePosting {
    /// The line.
    pub posting_id: PostingId,
    /// The reason; stored sealed in the journal. It takes precedence over `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

impl VisitAction for ReversePosting {
    const ACTION: Action = Action::FolioReverse;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let bill = Bill::lock(u, visit).await?;
        let line = bill.active_line(self.posting_id)?;
        if line.code == "DEP" {
            return Err(RuleError::new(Rule::WrongState, "posting_id", Message::DepositOnBill).into());
        }
        let mut total = 0;
        for line in std::iter::once(line).chain(bill.parts(line)) {
            reverse(u, visit, &bill, line).await?;
            total -= line.amount;
        }
        Ok(FolioEvent::Reverse { posting_id: line.id, amount: visit.money(total) }.into())
    }
}

async fn reverse(u: &mut Unit<'_>, visit: &Visit, bill: &Bill, line: &Posting) -> Result<()> {
    let code = code(u, visit, &line.code).await?;
    let foreign = match (&line.foreign_currency, line.foreign_amount, &line.foreign_rate) {
        (Some(currency), Some(amount), Some(rate)) => Some((currency.clone(), -amount, rate.clone())),
        _ => None,
    };
    let opposite = NewPosting {
        quantity: line.quantity,
        window: Some(bill.window_of(line)),
        stay_id: line.stay_id,
        night: line.night,
        reverses: Some(line.id),
        once: Some(format!("reverse:{}", line.id)),
        reference: line.reference.clone(),
        foreign,
        ..NewPosting::of(code, -line.amount)
    };
    post(u, visit, opposite).await?;
    if line.code == "CITY" {
        city_ledger::take_back(u, visit, line).await?;
    }
    member::points::take_back(u, visit, line).await
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

impl VisitAction for SetPayer {
    const ACTION: Action = Action::FolioPayer;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let mut folio = window(u, visit, self.window).await?;
        if folio.state != FolioState::Open {
            return Err(RuleError::new(Rule::WrongState, "window", Message::WindowClosed).into());
        }
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
