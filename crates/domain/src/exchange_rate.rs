//! Exchange rates 【汇率】 at which a property takes foreign money, kept by date.

use std::fmt;

use chrono::NaiveDate;
use hefu_kernel::Currency;
use serde::{Deserialize, Serialize};

use crate::{Message, Rule, RuleError, ids::PropertyId};

/// Decimal places of a rate.
const PLACES: usize = 8;

/// A rate: units of the property's currency for one unit of a foreign one, in hundred-millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(i64);

impl Rate {
    /// A rate in hundred-millionths.
    ///
    /// # Errors
    /// [`Rule::BadAmount`] unless it is above zero.
    pub fn of_scaled(scaled: i64) -> Result<Self, RuleError> {
        if scaled > 0 { Ok(Self(scaled)) } else { Err(wrong()) }
    }

    /// In hundred-millionths.
    pub const fn scaled(self) -> i64 {
        self.0
    }

    /// Reads a decimal with up to eight places.
    ///
    /// # Errors
    /// [`Rule::BadAmount`] if it is not one, is nothing, or does not fit.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_decimal = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > PLACES || !is_decimal {
            return Err(wrong());
        }
        let scaled = format!("{whole}{fraction:0<PLACES$}").parse().map_err(|_| wrong())?;
        Self::of_scaled(scaled)
    }

    /// Whether it is so far from an earlier one that it may be a slip of the keyboard: more than a quarter above or a fifth below.
    pub fn is_far_from(self, earlier: Self) -> bool {
        let (one, other) = (i128::from(self.0), i128::from(earlier.0));
        one * 4 > other * 5 || one * 5 < other * 4
    }
}

fn wrong() -> RuleError {
    RuleError::new(Rule::BadAmount, "rate", Message::RateForm)
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10i64.pow(PLACES as u32);
        let (whole, fraction) = (self.0 / unit, format!("{:08}", self.0 % unit));
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            fraction => write!(f, "{whole}.{fraction}"),
        }
    }
}

/// What a property gives for one unit of a foreign currency, from a date on, until a later row takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    /// The property.
    pub property_id: PropertyId,
    /// The foreign currency.
    pub currency: Currency,
    /// First business date.
    pub valid_from: NaiveDate,
    /// Units of the property's currency, in hundred-millionths.
    pub rate: i64,
    /// Who set it, as the journal calls them.
    pub set_by: String,
    /// Version of the record.
    pub version: i64,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_decimals_of_eight_places() {
        for (text, scaled, written) in
            [("7.1234", 712_340_000, "7.1234"), ("7", 700_000_000, "7"), ("0.04750000", 4_750_000, "0.0475")]
        {
            let rate = Rate::parse(text).unwrap();
            assert_eq!((rate.scaled(), rate.to_string().as_str()), (scaled, written));
        }
        for text in ["", "0", ".5", "-7", "7,1", "1e3", "0.000000001", "99999999999999999999"] {
            assert_eq!(Rate::parse(text).unwrap_err().rule, Rule::BadAmount, "{text}");
        }
    }

    #[test]
    fn a_slip_of_the_keyboard_is_far_off() {
        let rate = |text| Rate::parse(text).unwrap();
        for (text, far) in
            [("7.2", false), ("8.75", false), ("8.76", true), ("5.6", false), ("5.59", true), ("71.2", true)]
        {
            assert_eq!(rate(text).is_far_from(rate("7")), far, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(scaled in 1i64..) {
            let rate = Rate::of_scaled(scaled).unwrap();
            prop_assert_eq!(Rate::parse(&rate.to_string()).unwrap(), rate);
        }
    }
}
