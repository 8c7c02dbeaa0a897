//! Limits of what is entered, and what is done about somebody who enters the same at the same moment.

use chrono::{Months, NaiveDate};
use hefu_core::{AppError, Result};
use hefu_domain::{Message, Place, Rule, RuleError, card::looks_like_card_number};
use hefu_kernel::{Currency, LAST_DATE, Money};
use hefu_store::StoreError;

/// Somebody else wrote the same row at the same time: the next try of the unit finds it.
pub(crate) fn meanwhile(error: StoreError) -> StoreError {
    match error {
        StoreError::Duplicate { table } => StoreError::Conflict { table },
        other => other,
    }
}

/// The maximum amount of one line or one payment, minor units.
pub const MOST: i64 = 1_000_000_000_000;

/// How long after the business date somebody can arrive who books: five years. Hotels sell two or three, fairs and weddings a little more; what is
/// further is mistyped, and each of its nights would be a row. What other systems say of their bookings is taken as it is.
pub const HORIZON: Months = Months::new(60);

/// Refuses an arrival that cannot be booked on the business date `today`: one that is over, or is further ahead than anybody sells.
///
/// # Errors
/// [`Rule::BadDates`].
pub fn check_arrival(at: impl Into<Place>, arrival: NaiveDate, today: NaiveDate) -> Result<()> {
    let last = today.checked_add_months(HORIZON).unwrap_or(LAST_DATE);
    let message = if arrival < today {
        Message::BeforeBusinessDate { date: today }
    } else if arrival > last {
        Message::AfterHorizon { last }
    } else {
        return Ok(());
    };
    Err(RuleError::new(Rule::BadDates, at, message).into())
}

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

/// Refuses a line of an invoice's head that is too long. It may be empty.
///
/// # Errors
/// [`hefu_domain::Rule::Invalid`]; the text does not repeat the value.
pub fn check_line(at: impl Into<Place>, text: &str) -> Result<()> {
    if text.trim().chars().count() <= 120 {
        return Ok(());
    }
    Err(AppError::invalid(at, Message::AtMostCharacters { most: 120 }))
}
