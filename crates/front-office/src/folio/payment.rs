//! Money as it is taken and given back: by which method, in which currency.

use hefu_domain::{
    Message, Rule, RuleError,
    closing::SetupKind,
    event::folio::ForeignPayment,
    exchange_rate::Rate,
    folio::convert,
    message::Missing,
    property::{CodeKind, Property, TransactionCode},
};
use hefu_kernel::{Currency, Money};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{exchange_rate::rate_for, limits::check_amount, property::require_used};
use hefu_core::{AppError, Result, Unit};

/// Codes that their own actions post and nobody by hand.
const NOT_BY_HAND: &[&str] = &["DISC", "PREAUTH", "POINTS", "FORFEIT"];

/// A code of `kind` that can be posted by hand.
///
/// # Errors
/// There is no such code, or it is of another kind.
pub async fn code_by_hand(
    u: &mut Unit<'_>,
    property: &Property,
    name: &str,
    kind: CodeKind,
) -> Result<TransactionCode> {
    let found = query::property::code(u.tx, property.id, name).await?;
    let found = found.ok_or_else(|| AppError::not_found(Missing::TransactionCode, name).at("code"))?;
    if found.kind != kind || NOT_BY_HAND.contains(&found.code.as_str()) {
        return Err(AppError::invalid("code", Message::CodeByHand { kind }));
    }
    require_used(u.tx, property, (SetupKind::Code, name), "code").await?;
    Ok(found)
}

/// Refuses what is no receipt or slip number, where one is given.
///
/// # Errors
/// See [`crate::limits::check_reference`].
pub fn check_reference(reference: Option<&str>) -> Result<()> {
    reference.map_or(Ok(()), |text| crate::limits::check_reference("reference", text))
}

/// Foreign money and the rate it was taken at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignMoney {
    /// The currency.
    pub currency: Currency,
    /// Minor units of that currency.
    pub amount: i64,
    /// Units of the property's currency for one of it: a decimal with up to eight places. Default: the property's rate of the business date.
    #[serde(default)]
    pub rate: Option<String>,
    /// Take it at this rate although it is more than a quarter above or a fifth below the property's.
    #[serde(default)]
    pub confirm_rate: bool,
}

/// Foreign money with the rate at which it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRate {
    money: Money,
    rate: Rate,
}

impl AtRate {
    /// As the journal keeps it.
    pub fn told(&self) -> ForeignPayment {
        ForeignPayment { amount: self.money, rate: self.rate.to_string() }
    }

    /// As a line of a bill or a movement of a deposit has it: currency, amount in its minor units, and rate.
    pub fn kept(&self) -> (String, i64, String) {
        (self.money.currency.to_string(), self.money.minor, self.rate.to_string())
    }
}

/// What was paid is worth, minor units of the property's currency: what is said, or what the foreign money is worth by its rate.
///
/// # Errors
/// Nothing is said, both are said and differ, an amount is out of range, or there is no rate.
pub async fn worth(
    u: &mut Unit<'_>,
    property: &Property,
    said: Option<i64>,
    foreign: Option<&ForeignMoney>,
) -> Result<(i64, Option<AtRate>)> {
    let Some(foreign) = foreign else {
        let missing = || RuleError::new(Rule::BadAmount, "amount", Message::AmountMissing);
        let amount = said.ok_or_else(missing)?;
        check_amount("amount", amount, property.currency)?;
        return Ok((amount, None));
    };
    let money = Money::new(foreign.amount, foreign.currency);
    check_amount(("foreign", "amount"), money.minor, money.currency)?;
    if money.currency == property.currency {
        let at = ("foreign", "currency");
        return Err(RuleError::new(Rule::WrongCurrency, at, Message::OwnCurrency).into());
    }
    let at = (foreign.rate.as_deref(), foreign.confirm_rate);
    let rate = rate_for(u, property, money.currency, at).await.map_err(|error| error.under("foreign"))?;
    let worth = convert(money.minor, money.currency, property.currency, &rate.to_string())
        .map_err(|error| error.under("foreign"))?;
    if said.is_some_and(|said| said != worth) {
        let message = Message::ForeignWorth { worth: Money::new(worth, property.currency) };
        return Err(RuleError::new(Rule::BadAmount, "amount", message).into());
    }
    check_amount("amount", worth, property.currency)?;
    Ok((worth, Some(AtRate { money, rate })))
}
