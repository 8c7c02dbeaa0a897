//! Money in minor units.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The renminbi yuan.
    pub const CNY: Self = Self(*b"CNY");
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");
    /// The United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// The Japanese yen, which has no minor unit.
    pub const JPY: Self = Self(*b"JPY");

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal places of the minor unit, per ISO 4217.
    pub const fn exponent(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" | b"PYG" | b"UGX" | b"XAF" | b"XOF" | b"XPF"
            | b"BIF" | b"DJF" | b"GNF" | b"KMF" | b"RWF" | b"VUV" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::Currency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        String::schema()
    }
}
impl utoipa::ToSchema for Currency {}

/// Hundredths of a percent: a tax of 6 % is 600.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct BasisPoints(pub i64);

impl BasisPoints {
    /// This share of `minor`, rounded half away from zero as bills are.
    pub const fn of(self, minor: i64) -> i64 {
        let product = minor as i128 * self.0 as i128;
        let half = if product < 0 { -5_000 } else { 5_000 };
        ((product + half) / 10_000) as i64
    }

    /// What `gross` is without this share on top, rounded half away from zero: of 106.00 with 6 % it is 100.00.
    pub const fn net_of(self, gross: i64) -> i64 {
        let (product, base) = (gross as i128 * 10_000, 10_000 + self.0 as i128);
        let half = if product < 0 { -base / 2 } else { base / 2 };
        ((product + half) / base) as i64
    }
}

/// An amount in the minor unit of a currency: 12.50 euro is 1250.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Cents, fen, yen: the smallest unit.
    pub minor: i64,
    /// The currency the amount is in.
    pub currency: Currency,
}

/// Why a value is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// Not three capital letters.
    Currency,
    /// Not a decimal number.
    Amount,
    /// More decimal places than the currency has.
    Places,
    /// Does not fit in 64 bits.
    TooLarge,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Currency => "a currency is three capital letters (ISO 4217)",
            Self::Amount => "an amount is a decimal number such as 128.50",
            Self::Places => "more decimal places than the currency has",
            Self::TooLarge => "the amount is too large",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    /// `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Parses a decimal such as `128.50` or `-3`; exact, no rounding.
    ///
    /// # Errors
    /// Not a decimal number, too many places (unless they are zeros), too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(MoneyError::Amount);
        }
        let places = currency.exponent() as usize;
        let (kept, beyond) = fraction.split_at(places.min(fraction.len()));
        if beyond.bytes().any(|b| b != b'0') {
            return Err(MoneyError::Places);
        }
        let all = format!("{whole}{kept:0<places$}");
        let minor: i64 = all.parse().map_err(|_| MoneyError::TooLarge)?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10u64.pow(exponent);
        let minor = self.minor.unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        write!(f, "{sign}{}", minor / unit)?;
        if exponent > 0 {
            write!(f, ".{:0width$}", minor % unit, width = exponent as usize)?;
        }
        write!(f, " {}", self.currency)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let cases = [
            ("128.50", 12_850),
            ("94.9", 9_490),
            ("0.29", 29),
            ("-6.38", -638),
            ("5400", 540_000),
            ("7.100", 710),
        ];
        for (text, minor) in cases {
            assert_eq!(Money::parse(text, Currency::EUR).unwrap().minor, minor, "{text}");
        }
        assert_eq!(Money::parse("1200", Currency::JPY).unwrap().minor, 1200);
        for (text, error) in [
            ("", MoneyError::Amount),
            ("1,5", MoneyError::Amount),
            (".5", MoneyError::Amount),
            ("1.005", MoneyError::Places),
            ("99999999999999999999", MoneyError::TooLarge),
        ] {
            assert_eq!(Money::parse(text, Currency::EUR), Err(error), "{text}");
        }
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        assert_eq!(BasisPoints(600).of(12_850), 771);
        assert_eq!(BasisPoints(1_000).of(5), 1);
        assert_eq!(BasisPoints(1_000).of(-5), -1);
        assert_eq!(BasisPoints(1_500).of(-12_850), -1_928);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(minor in -1_000_000_000_000i64..1_000_000_000_000) {
            for currency in [Currency::CNY, Currency::JPY, "KWD".parse().unwrap()] {
                let money = Money::new(minor, currency);
                let text = money.to_string();
                prop_assert_eq!(Money::parse(text.split(' ').next().unwrap(), currency), Ok(money));
            }
        }

        #[test]
        fn no_text_panics(text in ".*", code in "[A-Z]{3}|\\PC{0,4}") {
            let _ = Money::parse(&text, Currency::CNY);
            if let Ok(currency) = code.parse::<Currency>() {
                prop_assert_eq!(currency.code(), code);
                let _ = Money::parse(&text, currency);
            }
        }
    }
}
