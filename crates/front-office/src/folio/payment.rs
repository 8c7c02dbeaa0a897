//! Money as it is taken and given back: by which method, in which currency.

use hefu_domain::{
    Message, Rule, RuleError,
    event::folio::ForeignPayment,
    folio::convert,
    ids::PropertyId,
    message::Missing,
    property::{CodeKind, TransactionCode},
};
use hefu_kernel::{Currency, Money};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::check_amount;
use hefu_core::{AppError, Result, Unit};

/// Codes that their own actions post and nobody by hand.
const NOT_BY_HAND: &[&str] = &["DISC", "PREAUTH", "POINTS", "FORFEIT"];

/// A code of `kind` that can be posted by hand.
///
/// # Errors
/// There is no such code, or it is of another kind.
pub async fn code_by_hand(
    u: &mut Unit<'_>,
    property: PropertyId,
    name: &str,
    kind: CodeKind,
) -> Result<TransactionCode> {
    let found = query::property::code(u.tx, property, name).await?;
    let found = found.ok_or_else(|| AppError::not_found(Missing::TransactionCode, name).at("code"))?;
    if found.kind != kind || NOT_BY_HAND.contains(&found.code.as_str()) {
        return Err(AppError::invalid("code", Message::CodeByHand { kind }));
    }
    Ok(found)
}

/// Refuses what is no receipt or slip number, where one is given.
///
/// # Errors
/// See [`super::check_reference`].
pub fn check_reference(reference: Option<&str>) -> Result<()> {
    reference.map_or(Ok(()), |text| super::check_reference("reference", text))
}

/// Foreign money and the rate it was taken at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignMoney {
    /// The currency.
    pub currency: Currency,
    /// Minor units of that currency.
    pub amount: i64,
    /// Units of the property's currency for one of it: a decimal with up to eight places.
    pub rate: String,
}

impl ForeignMoney {
    /// As the journal keeps it.
    pub fn told(&self) -> ForeignPayment {
        ForeignPayment { amount: Money::new(self.amount, self.currency), rate: self.rate.clone() }
    }
}

/// What was paid is worth, minor units of the property's currency: what is said, or what the foreign money is worth by its rate.
///
/// # Errors
/// Nothing is said, both are said and differ, or an amount is out of range.
pub fn worth(said: Option<i64>, foreign: Option<&ForeignMoney>, property: Currency) -> Result<i64> {
    let worth = match (foreign, said) {
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
