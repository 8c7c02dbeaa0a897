//! A line of a bill, and the window it goes to.

use chrono::NaiveDate;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    folio::{Folio, FolioState, Posting, WINDOWS},
    ids::{PostingId, StayId},
    message::Missing,
    property::{CodeKind, TransactionCode},
    shift::ShiftEntryKind,
};
use hefu_store::query;

use super::bill::is_move;
use crate::{
    limits::{MOST, meanwhile, too_large},
    shift::{self, Taken},
    visit::Visit,
};

/// A line to be posted.
#[derive(Debug, Clone)]
pub struct NewPosting {
    /// Its transaction code.
    pub code: TransactionCode,
    /// Charges above zero, payments below; minor units of the property's currency.
    pub amount: i64,
    /// Quantity.
    pub quantity: i64,
    /// The window; none: the one its group is routed to, else the first.
    pub window: Option<i64>,
    /// The stay it arose from.
    pub stay_id: Option<StayId>,
    /// The night a room charge is for.
    pub night: Option<NaiveDate>,
    /// The posting it belongs to.
    pub belongs_to: Option<PostingId>,
    /// The posting it reverses.
    pub reverses: Option<PostingId>,
    /// The posting it corrects.
    pub corrects: Option<PostingId>,
    /// Key that makes it happen once only.
    pub once: Option<String>,
    /// Receipt or slip number.
    pub reference: Option<String>,
    /// Foreign currency, amount in its minor units, and the rate used.
    pub foreign: Option<(String, i64, String)>,
    /// Whether it was paid out for the guest, not given back.
    pub paid_out: bool,
}

impl NewPosting {
    /// Whether it puts right what is on the bill already, or comes with what does.
    const fn is_correction(&self) -> bool {
        self.reverses.is_some() || self.corrects.is_some() || self.belongs_to.is_some()
    }

    /// Whether it only pays what a window owes, or gives back what was paid too much.
    const fn settles(&self, folio: &Folio) -> bool {
        let is_money = matches!(self.code.kind, CodeKind::Payment | CodeKind::Wrapper) && !self.paid_out;
        is_money
            && self.amount.signum() == -folio.balance.signum()
            && self.amount.unsigned_abs() <= folio.balance.unsigned_abs()
    }

    /// A line with defaults.
    pub const fn of(code: TransactionCode, amount: i64) -> Self {
        Self {
            code,
            amount,
            quantity: 1,
            window: None,
            stay_id: None,
            night: None,
            belongs_to: None,
            reverses: None,
            corrects: None,
            once: None,
            reference: None,
            foreign: None,
            paid_out: false,
        }
    }
}

/// A property's transaction code.
///
/// # Errors
/// No such code.
pub async fn code(u: &mut Unit<'_>, visit: &Visit, code: &str) -> Result<TransactionCode> {
    query::property::code(u.tx, visit.property.id, code)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::TransactionCode, code))
}

/// The folio of a window, opened if it is new.
///
/// # Errors
/// No such window.
pub async fn window(u: &mut Unit<'_>, visit: &Visit, number: i64) -> Result<Folio> {
    if !(1..=WINDOWS).contains(&number) {
        return Err(AppError::invalid("window", Message::Between { from: 1, to: WINDOWS }));
    }
    let folios = query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await?;
    if let Some(folio) = folios.into_iter().find(|folio| folio.window == number) {
        return Ok(folio);
    }
    let of = (visit.property.id, visit.reservation.id);
    let folio = Folio::open(of, u.id(), number, visit.reservation.guest_id, visit.property.currency);
    u.tx.insert(&folio).await.map_err(meanwhile)?;
    Ok(folio)
}

/// The window a line of this code goes to: the requested one, else the one its group is routed to,
/// else the first. Payments are not routed.
///
/// # Errors
/// The database fails.
pub async fn destination(
    u: &mut Unit<'_>,
    visit: &Visit,
    code: &TransactionCode,
    asked: Option<i64>,
) -> Result<i64> {
    if let Some(number) = asked {
        return Ok(number);
    }
    let routings = query::visit::routings(u.tx, visit.property.id, visit.reservation.id).await?;
    let sent = |code_group: &str| code_group == code.group && code.kind != CodeKind::Payment;
    Ok(routings.iter().find(|routing| sent(&routing.code_group)).map_or(1, |routing| routing.window))
}

/// Puts a line on the visit's bill, dated with the business date. A closed window opens again: a bill that was settled can turn out to be
/// wrong. An account that was closed takes corrections, and what settles it after them. Whoever gives `once` looks first whether it has happened: when it happens at the same time elsewhere, the unit is tried again.
///
/// # Errors
/// The amount is out of range, or the account is closed.
pub async fn post(u: &mut Unit<'_>, visit: &Visit, new: NewPosting) -> Result<Posting> {
    let number = destination(u, visit, &new.code, new.window).await?;
    let mut folio = window(u, visit, number).await?;
    if !new.is_correction() && !new.settles(&folio) {
        visit.require_open()?;
    }
    if folio.state == FolioState::Closed {
        folio.state = FolioState::Open;
    }
    let out_of_range = || RuleError::new(Rule::BadAmount, (), too_large(visit.property.currency));
    if new.amount.unsigned_abs() > MOST.unsigned_abs() {
        return Err(out_of_range().into());
    }
    let (foreign_currency, foreign_amount, foreign_rate) = match new.foreign {
        Some((currency, amount, rate)) => (Some(currency), Some(amount), Some(rate)),
        None => (None, None, None),
    };
    let code = (new.code.code, new.code.kind);
    let posting = Posting {
        stay_id: new.stay_id,
        quantity: new.quantity,
        night: new.night,
        belongs_to: new.belongs_to,
        reverses: new.reverses,
        corrects: new.corrects,
        posted_by: Some(u.ctx.principal.to_string()),
        once: new.once,
        reference: new.reference,
        foreign_currency,
        foreign_amount,
        foreign_rate,
        ..Posting::line(&folio, u.id(), code, new.amount, (visit.property.business_date, u.now))
    };
    let counts = folio.state == FolioState::Open || {
        let lines = query::visit::postings(u.tx, visit.property.id, visit.reservation.id).await?;
        posting.counts_in(&folio, &lines)
    };
    if counts {
        folio.balance = folio.balance.checked_add(new.amount).ok_or_else(out_of_range)?;
    }
    u.tx.insert(&posting).await.map_err(meanwhile)?;
    u.tx.update(&mut folio).await?;
    // Points are no money, and a line that goes to another window brings none.
    if posting.kind == CodeKind::Payment && posting.code != "POINTS" && !is_move(&posting) {
        let kind = if new.paid_out { ShiftEntryKind::PaidOut } else { ShiftEntryKind::Bill };
        shift::take(u, &visit.property, Taken::of_line(kind, &posting)).await?;
    }
    Ok(posting)
}
