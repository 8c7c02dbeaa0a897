//! The bill: posting lines, and the effects of a posting.

pub mod bill;
pub mod desk;

use chrono::NaiveDate;
use hefu_domain::{
    Message, Place, Rule, RuleError,
    card::looks_like_card_number,
    folio::{Folio, FolioState, Posting, WINDOWS, once_a_night},
    ids::{PostingId, StayId},
    message::Missing,
    property::{CodeKind, RateKind, TransactionCode},
    reservation::ReservationRoom,
};
use hefu_kernel::{Currency, Money};
use hefu_store::{StoreError, query};

use crate::visit::Visit;
use hefu_core::{AppError, Result, Unit};

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
    /// Key that makes it happen once only.
    pub once: Option<String>,
    /// Receipt or slip number.
    pub reference: Option<String>,
    /// Foreign currency, amount in its minor units, and the rate used.
    pub foreign: Option<(String, i64, String)>,
}

impl NewPosting {
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
            once: None,
            reference: None,
            foreign: None,
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

/// A concurrent writer of the same row: the next try of the unit finds it.
fn meanwhile(error: StoreError) -> StoreError {
    match error {
        StoreError::Duplicate { table } => StoreError::Conflict { table },
        other => other,
    }
}

/// The maximum amount of one line or one payment, minor units.
pub const MOST: i64 = 1_000_000_000_000;

/// Refuses an invalid amount.
///
/// # Errors
/// [`Rule::BadAmount`] unless it is between one unit and [`MOST`].
pub fn check_amount(at: impl Into<Place>, amount: i64, currency: Currency) -> Result<()> {
    if (1..=MOST).contains(&amount) {
        return Ok(());
    }
    let (from, to) = (Money::new(1, currency), Money::new(MOST, currency));
    Err(RuleError::new(Rule::BadAmount, at, Message::AmountBetween { from, to }).into())
}

/// The message about a balance that would be out of range.
pub(crate) const fn too_large(currency: Currency) -> Message {
    Message::BalanceTooLarge { most: Money::new(MOST, currency) }
}

/// Refuses receipt numbers and the like that are too long or look like a card number.
///
/// # Errors
/// [`Rule::Invalid`]; the text does not repeat the value.
pub fn check_text(at: impl Into<Place>, text: &str) -> Result<()> {
    if looks_like_card_number(text) {
        return Err(AppError::invalid(at, Message::CardNumber));
    }
    match text.trim().chars().count() {
        1..=64 => Ok(()),
        _ => Err(AppError::invalid(at, Message::Length { from: 1, to: 64 })),
    }
}

/// Refuses an invalid receipt or slip number. It is stored unsealed on lines of bills, so it must not contain words about people.
///
/// # Errors
/// [`Rule::Invalid`]; the text does not repeat the value.
pub fn check_reference(at: impl Into<Place>, text: &str) -> Result<()> {
    let at = at.into();
    check_text(at.clone(), text)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || " -_.:/#*".contains(c);
    if text.chars().all(fits) && text.chars().any(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(AppError::invalid(at, Message::ReferenceForm))
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

/// Posts a line to the visit's bill. A caller that sets `once` checks first whether it has happened: if it
/// happens concurrently elsewhere, the unit is retried.
///
/// # Errors
/// The window is closed, or the amount is out of range.
pub async fn post(u: &mut Unit<'_>, visit: &Visit, new: NewPosting) -> Result<Posting> {
    let number = destination(u, visit, &new.code, new.window).await?;
    let mut folio = window(u, visit, number).await?;
    if !folio.takes_lines() {
        return Err(RuleError::new(Rule::WrongState, (), Message::WindowClosed).into());
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
    Ok(posting)
}

/// The price of a night of a room after its discount, minor units. A night beyond the booked ones (late
/// check-out, extension) costs the same as the last one.
pub fn price_of(room: &ReservationRoom, night: NaiveDate) -> i64 {
    let prices = room.net_prices();
    let index = usize::try_from((night - room.arrival).num_days()).ok();
    index.and_then(|i| prices.get(i)).or(prices.last()).copied().unwrap_or(0)
}

/// Posts a night of a stay (or its part-day block): room, service fee and tax. Does nothing if it
/// was posted before. Returns the room amount posted now.
///
/// # Errors
/// The window is closed.
pub async fn post_room(
    u: &mut Unit<'_>,
    visit: &Visit,
    room: &ReservationRoom,
    stay_id: StayId,
    night: NaiveDate,
) -> Result<Option<i64>> {
    let once = once_a_night(stay_id, night);
    if query::visit::posting_once(u.tx, visit.property.id, &once).await?.is_some() {
        return Ok(None);
    }
    let price = price_of(room, night);
    let plan = match room.rate_plan_id {
        Some(id) => query::property::rate_plan(u.tx, visit.property.id, id).await?,
        None => None,
    };
    let part_day = plan.as_ref().is_some_and(|plan| plan.kind == RateKind::PartDay);
    let (net, service_fee, tax) = plan.map_or((price, 0, 0), |plan| {
        let parts = plan.parts(price);
        (parts.room, parts.service_fee, parts.tax)
    });
    let room_code = code(u, visit, if part_day { "DAYUSE" } else { "ROOM" }).await?;
    let stay = Some(stay_id);
    // Fee and tax go to the same window as the room.
    let window = Some(destination(u, visit, &room_code, None).await?);
    let main = NewPosting {
        window,
        once: Some(once),
        night: Some(night),
        stay_id: stay,
        ..NewPosting::of(room_code, net)
    };
    let main = post(u, visit, main).await?;
    for (name, amount) in [("SVC", service_fee), ("TAX", tax)] {
        if amount != 0 {
            let code = code(u, visit, name).await?;
            let line = NewPosting {
                window,
                belongs_to: Some(main.id),
                night: Some(night),
                stay_id: stay,
                ..NewPosting::of(code, amount)
            };
            post(u, visit, line).await?;
        }
    }
    Ok(Some(net))
}
