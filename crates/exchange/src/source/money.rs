//! Amounts of money as files write them: `€1,100.50`, `300 USD`, `1.234,56`, `1,23,456.00`, `(50.00)`, `¥300元`.

use hefu_kernel::Currency;

use super::words::fold;

/// How a file writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NumberStyle {
    /// The decimal sign.
    pub(super) decimal: char,
    /// The sign between groups of digits, if only one is allowed.
    pub(super) grouping: Option<char>,
}

/// `1234.50`, also `1,234.50`.
pub(super) const PLAIN: NumberStyle = NumberStyle { decimal: '.', grouping: None };

/// A number with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    /// The digits, before and after the decimal sign.
    whole: String,
    fraction: String,
    negative: bool,
    /// What the cell says of the currency.
    pub(super) currency: Sign,
    /// A number followed by `%`.
    pub(super) is_percent: bool,
}

/// What a cell says of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing.
    None,
    /// A code, or a sign that only one currency has.
    One(Currency),
    /// A sign of several currencies, such as `$`.
    Several(&'static [&'static str]),
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAmount {
    /// It is no number.
    NoNumber,
    /// The decimal sign cannot be told from the sign between groups: `1.234`.
    Ambiguous,
    /// Letters beside the number that are no currency of ISO 4217.
    UnknownCurrency,
}

/// The currencies of ISO 4217, those of the last decades among them: a history is written in them.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SKK SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VEF VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL";

/// Signs and words, longest first where one begins another.
const SIGNS: &[(&str, &[&str])] = &[
    ("us$", &["USD"]),
    ("usd$", &["USD"]),
    ("u$s", &["USD"]),
    ("ca$", &["CAD"]),
    ("cad$", &["CAD"]),
    ("c$", &["CAD"]),
    ("au$", &["AUD"]),
    ("a$", &["AUD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("nt$", &["TWD"]),
    ("sg$", &["SGD"]),
    ("s$", &["SGD"]),
    ("r$", &["BRL"]),
    ("mx$", &["MXN"]),
    ("mop$", &["MOP"]),
    (
        "$",
        &[
            "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "FJD", "JMD", "BBD",
            "BSD", "BZD", "TTD",
        ],
    ),
    ("€", &["EUR"]),
    ("euro", &["EUR"]),
    ("euros", &["EUR"]),
    ("eu€", &["EUR"]),
    ("£", &["GBP"]),
    ("cn¥", &["CNY"]),
    ("jp¥", &["JPY"]),
    ("¥", &["CNY", "JPY"]),
    ("円", &["JPY"]),
    ("rmb", &["CNY"]),
    ("cnh", &["CNY"]),
    ("元", &["CNY"]),
    ("圆", &["CNY"]),
    ("人民币", &["CNY"]),
    ("人民币元", &["CNY"]),
    ("港币", &["HKD"]),
    ("港元", &["HKD"]),
    ("澳门元", &["MOP"]),
    ("新台币", &["TWD"]),
    ("美元", &["USD"]),
    ("美金", &["USD"]),
    ("欧元", &["EUR"]),
    ("日元", &["JPY"]),
    ("英镑", &["GBP"]),
    ("₹", &["INR"]),
    ("rs", &["INR", "PKR", "LKR", "NPR", "MUR"]),
    ("rs.", &["INR", "PKR", "LKR", "NPR", "MUR"]),
    ("₱", &["PHP"]),
    ("php₱", &["PHP"]),
    ("฿", &["THB"]),
    ("baht", &["THB"]),
    ("₩", &["KRW"]),
    ("₫", &["VND"]),
    ("đ", &["VND"]),
    ("₺", &["TRY"]),
    ("tl", &["TRY"]),
    ("₽", &["RUB"]),
    ("руб", &["RUB"]),
    ("₴", &["UAH"]),
    ("₪", &["ILS"]),
    ("zł", &["PLN"]),
    ("kč", &["CZK"]),
    ("ft", &["HUF"]),
    ("lei", &["RON"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("kr.", &["DKK", "SEK", "NOK", "ISK"]),
    ("sfr", &["CHF"]),
    ("fr.", &["CHF"]),
    ("rm", &["MYR"]),
    ("rp", &["IDR"]),
    ("dhs", &["AED"]),
    ("s/", &["PEN"]),
    ("r", &["ZAR"]),
];

/// Whose currency a sign of several is.
const OF_REGIONS: &[(&str, &str)] = &[
    ("US", "USD"),
    ("CA", "CAD"),
    ("AU", "AUD"),
    ("NZ", "NZD"),
    ("HK", "HKD"),
    ("SG", "SGD"),
    ("TW", "TWD"),
    ("MX", "MXN"),
    ("AR", "ARS"),
    ("CL", "CLP"),
    ("CO", "COP"),
    ("FJ", "FJD"),
    ("JM", "JMD"),
    ("BB", "BBD"),
    ("BS", "BSD"),
    ("BZ", "BZD"),
    ("TT", "TTD"),
    ("CN", "CNY"),
    ("JP", "JPY"),
    ("SE", "SEK"),
    ("NO", "NOK"),
    ("DK", "DKK"),
    ("IS", "ISK"),
    ("IN", "INR"),
    ("PK", "PKR"),
    ("LK", "LKR"),
    ("NP", "NPR"),
    ("MU", "MUR"),
    ("PR", "USD"),
    ("EC", "USD"),
    ("SV", "USD"),
];

/// The currency of a code in any case, a sign or a usual word.
pub(super) fn sign(text: &str) -> Option<Sign> {
    let folded = fold(text).replace(' ', "").replace('￥', "¥");
    if folded.len() == 3 && folded.is_ascii() {
        let code = folded.to_uppercase();
        if let Some(currency) =
            CODES.split(' ').find(|known| *known == code).and_then(|code| code.parse().ok())
        {
            return Some(Sign::One(currency));
        }
    }
    let (_, codes) = SIGNS.iter().find(|(sign, _)| *sign == folded)?;
    match codes {
        [one] => one.parse().ok().map(Sign::One),
        several => Some(Sign::Several(several)),
    }
}

impl Sign {
    /// Whether it may mean this currency.
    pub(super) fn allows(self, currency: Currency) -> bool {
        match self {
            Self::None => true,
            Self::One(one) => one == currency,
            Self::Several(codes) => codes.contains(&currency.code()),
        }
    }

    /// The currency, in a property of this region.
    pub(super) fn resolve(self, region: Option<&str>) -> Option<Currency> {
        match self {
            Self::None => None,
            Self::One(currency) => Some(currency),
            Self::Several(codes) => {
                let (_, code) = OF_REGIONS.iter().find(|(known, _)| Some(*known) == region)?;
                if codes.contains(code) { code.parse().ok() } else { None }
            }
        }
    }
}

const fn is_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '٫' | '٬' | '_')
}

/// The number of a text without what stands before and behind it: sign, separators and digits; then what stands there.
fn split(text: &str) -> Option<(String, bool, Vec<String>, bool)> {
    // Full-width digits and signs as the plain ones.
    let text: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '￥' => '¥',
            '−' | '–' | '\u{2011}' => '-',
            c => c,
        })
        .collect();
    let (mut text, mut negative) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text.as_str(), false),
    };
    let is_percent = text.ends_with('%');
    text = text.trim_end_matches('%').trim();
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (mut before, mut after) = (text[..first].to_owned(), text[last..].to_owned());
    let mut middle = text[first..last].to_owned();
    if before.ends_with(['.', ','])
        && !fold(&before).ends_with("rs.")
        && !fold(&before).ends_with("kr.")
        && !fold(&before).ends_with("fr.")
    {
        // `.5`
        middle.insert_str(0, &before.split_off(before.len() - 1));
    }
    // `12.` and the Swiss `12.-`.
    if after.starts_with(['.', ',']) {
        after = after[1..].trim_start_matches(['-', '—']).to_owned();
    }
    let mut minuses = 0;
    for part in [&mut before, &mut after] {
        minuses += part.matches('-').count();
        *part = part.replace('-', "");
        if part.starts_with('+') || part.ends_with('+') {
            *part = part.replace('+', "");
        }
    }
    if minuses > 1 || (minuses == 1 && negative) {
        return None;
    }
    negative |= minuses == 1;
    let beside = [before, after].into_iter().map(|part| part.trim().trim_end_matches(':').trim().to_owned());
    let beside: Vec<String> = beside.filter(|part| !part.is_empty()).collect();
    Some((middle, negative, beside, is_percent))
}

/// Whether digits are grouped as people group them: three and three, or as in India two and two before the last three.
fn is_grouped(groups: &[&str]) -> bool {
    let Some((first, rest)) = groups.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return true };
    let threes = (1..=3).contains(&first.len()) && middle.iter().all(|group| group.len() == 3);
    let twos =
        (1..=2).contains(&first.len()) && !middle.is_empty() && middle.iter().all(|group| group.len() == 2);
    last.len() == 3 && (threes || twos)
}

/// Digits before and after the decimal sign.
fn digits(middle: &str, style: NumberStyle) -> Option<(String, String)> {
    let (whole, fraction) = middle.split_once(style.decimal).unwrap_or((middle, ""));
    if !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let groups: Vec<&str> = whole.split(is_separator).collect();
    let signs: Vec<char> = whole.chars().filter(|c| is_separator(*c)).collect();
    if let Some(first) = signs.first()
        && (!signs.iter().all(|sign| sign == first)
            || style.grouping.is_some_and(|grouping| grouping != *first)
            || *first == style.decimal
            || !is_grouped(&groups))
    {
        return None;
    }
    let whole: String = groups.concat();
    let is_number = whole.chars().all(|c| c.is_ascii_digit()) && !(whole.is_empty() && fraction.is_empty());
    is_number.then(|| (whole, fraction.to_owned()))
}

/// What a text says of how its column writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing: no separator, or no number.
    Nothing,
    /// This is the decimal sign.
    Decimal(char),
    /// This sign stands between groups, so it is not the decimal sign.
    Groups(char),
    /// Either, as in `1.234`.
    Either(char),
}

/// Reads how a number is written.
pub(super) fn mark(text: &str) -> Mark {
    match split(text) {
        Some((middle, ..)) => mark_of(&middle),
        None => Mark::Nothing,
    }
}

fn mark_of(middle: &str) -> Mark {
    let signs: Vec<char> = middle.chars().filter(|c| matches!(c, '.' | ',' | '٫')).collect();
    let Some(last) = signs.last().copied() else { return Mark::Nothing };
    if signs.iter().any(|sign| *sign != last) {
        return if signs.iter().filter(|sign| **sign == last).count() == 1 {
            Mark::Decimal(last)
        } else {
            Mark::Nothing
        };
    }
    if signs.len() > 1 {
        return Mark::Groups(last);
    }
    let (whole, fraction) = middle.split_once(last).unwrap_or((middle, ""));
    let has_groups = whole.chars().any(is_separator);
    let can_group =
        fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') && !has_groups;
    if can_group { Mark::Either(last) } else { Mark::Decimal(last) }
}

/// Reads an amount. Without a style each text decides for itself, and some cannot.
pub(super) fn amount(text: &str, style: Option<NumberStyle>) -> Result<Amount, NoAmount> {
    let (middle, negative, beside, is_percent) = split(text).ok_or(NoAmount::NoNumber)?;
    let style = match style {
        Some(style) => style,
        None => match mark_of(&middle) {
            Mark::Either(_) => return Err(NoAmount::Ambiguous),
            Mark::Nothing => PLAIN,
            Mark::Decimal(decimal) => NumberStyle { decimal, grouping: None },
            Mark::Groups('.') => NumberStyle { decimal: ',', grouping: None },
            Mark::Groups(_) => PLAIN,
        },
    };
    let (whole, fraction) = digits(&middle, style).ok_or(NoAmount::NoNumber)?;
    let mut currency = Sign::None;
    for part in &beside {
        let said = sign(part).ok_or_else(|| {
            if part.chars().all(|c| c.is_alphabetic()) && part.chars().count() <= 4 {
                NoAmount::UnknownCurrency
            } else {
                NoAmount::NoNumber
            }
        })?;
        currency = match (currency, said) {
            (Sign::None, said) | (Sign::Several(_), said @ Sign::One(_)) => said,
            (known, _) => known,
        };
    }
    Ok(Amount { whole, fraction, negative, currency, is_percent })
}

impl Amount {
    /// Minor units, `exponent` decimal places of the major unit. More places than that are rounded half away from zero: averages and
    /// spreadsheets have them. `None` if it is too large.
    pub(super) fn minor(&self, exponent: u32) -> Option<i64> {
        let digit = |value: i64, c: char| value.checked_mul(10)?.checked_add(c.to_digit(10)?.into());
        let places = exponent as usize;
        let value = self.whole.chars().try_fold(0_i64, digit)?;
        let kept = self.fraction.chars().chain(std::iter::repeat('0')).take(places);
        let value = kept.into_iter().try_fold(value, digit)?;
        let up = self.fraction.chars().nth(places).is_some_and(|c| c >= '5');
        let value = value.checked_add(up.into())?;
        Some(if self.negative { -value } else { value })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMA: NumberStyle = NumberStyle { decimal: ',', grouping: None };

    fn minor(text: &str, style: Option<NumberStyle>) -> Option<i64> {
        amount(text, style).ok()?.minor(2)
    }

    #[test]
    fn amounts_are_read_as_files_write_them() {
        for (text, style, value) in [
            ("94.9", None, Some(9_490)),
            ("-6.38", None, Some(-638)),
            ("5400", None, Some(540_000)),
            (".5", None, Some(50)),
            ("0.30000000000000004", None, Some(30)),
            ("75.005", Some(PLAIN), Some(7_501)),
            ("-75.005", Some(PLAIN), Some(-7_501)),
            ("€1,100.50", None, Some(110_050)),
            ("300 USD", None, Some(30_000)),
            ("1.234,56", None, Some(123_456)),
            ("1 234,56 €", None, Some(123_456)),
            ("1\u{202f}234,56\u{a0}€", None, Some(123_456)),
            ("1,23,456.00", None, Some(12_345_600)),
            ("Rs. 12,34,567.50", None, Some(123_456_750)),
            ("1'234.50", None, Some(123_450)),
            ("CHF 1’234.50", None, Some(123_450)),
            ("(50.00)", None, Some(-5_000)),
            ("50.00-", None, Some(-5_000)),
            ("−50.00", None, Some(-5_000)),
            ("-€50", None, Some(-5_000)),
            ("€ -50", None, Some(-5_000)),
            ("￥３００．５０", None, Some(30_050)),
            ("300元", None, Some(30_000)),
            ("人民币 300", None, Some(30_000)),
            ("1.234.567", None, Some(123_456_700)),
            ("1,234,567", None, Some(123_456_700)),
            ("12.-", None, Some(1_200)),
            ("R$ 1.100,50", None, Some(110_050)),
            ("1.100", Some(COMMA), Some(110_000)),
            ("1.100", Some(PLAIN), Some(110)),
            ("1,100", Some(PLAIN), Some(110_000)),
            ("12,50", Some(COMMA), Some(1_250)),
            ("12,50", Some(PLAIN), None),
            ("1,5", Some(PLAIN), None),
            ("1234,567", Some(PLAIN), None),
            (",234", Some(PLAIN), None),
            ("1.5x", None, None),
            ("", None, None),
            ("-", None, None),
            ("--1", None, None),
            ("(-1)", None, None),
            ("1e3", None, None),
            ("1.2.3,4,5", None, None),
            ("99999999999999999999", None, None),
            ("12 nights", None, None),
        ] {
            assert_eq!(minor(text, style), value, "{text}");
        }
        assert_eq!(amount("1.234", None), Err(NoAmount::Ambiguous));
        assert_eq!(amount("300 XXQ", None), Err(NoAmount::UnknownCurrency));
        assert_eq!(amount("1200.5", None).unwrap().minor(0), Some(1_201));
        assert_eq!(amount("1.2345", Some(PLAIN)).unwrap().minor(3), Some(1_235));
    }

    #[test]
    fn a_cell_says_its_currency() {
        let currency = |text: &str, region: Option<&str>| {
            amount(text, None).unwrap().currency.resolve(region).map(|c| c.to_string())
        };
        for (text, region, code) in [
            ("€12", None, Some("EUR")),
            ("12 usd", None, Some("USD")),
            ("US$12", None, Some("USD")),
            ("$12", None, None),
            ("$12", Some("AU"), Some("AUD")),
            ("¥12", Some("JP"), Some("JPY")),
            ("¥12", Some("CN"), Some("CNY")),
            ("12 kr", Some("NO"), Some("NOK")),
            ("RMB12", None, Some("CNY")),
            ("₱1,200.00", None, Some("PHP")),
            ("12", Some("CN"), None),
        ] {
            assert_eq!(currency(text, region).as_deref(), code, "{text}");
        }
        assert!(sign("XXQ").is_none());
        assert_eq!(sign("rmb"), Some(Sign::One(Currency::CNY)));
    }

    #[test]
    fn a_number_says_how_its_column_is_written() {
        for (text, said) in [
            ("1234", Mark::Nothing),
            ("1234.5", Mark::Decimal('.')),
            ("1,234.5", Mark::Decimal('.')),
            ("1.234,5", Mark::Decimal(',')),
            ("1.234.567", Mark::Groups('.')),
            ("1.234", Mark::Either('.')),
            ("0.123", Mark::Decimal('.')),
            ("1234,567", Mark::Decimal(',')),
            ("soon", Mark::Nothing),
        ] {
            assert_eq!(mark(text), said, "{text}");
        }
    }

    proptest! {
        #[test]
        fn cents_survive_in_every_style(value in -1_000_000_000_000i64..1_000_000_000_000, comma: bool, grouped: bool, sign in "(€|USD |)") {
            let style = if comma { COMMA } else { PLAIN };
            let (whole, cents) = (value.abs() / 100, value.abs() % 100);
            let mut text = whole.to_string();
            if grouped {
                let group = if comma { "." } else { "," };
                let mut at = text.len();
                while at > 3 {
                    at -= 3;
                    text.insert_str(at, group);
                }
            }
            let minus = if value < 0 { "-" } else { "" };
            let text = format!("{sign}{minus}{text}{}{cents:02}", style.decimal);
            prop_assert_eq!(minor(&text, Some(style)), Some(value), "{}", &text);
            prop_assert_eq!(minor(&text, None), Some(value), "{}", text);
        }

        #[test]
        fn no_text_panics(text in ".*", exponent in 0u32..4) {
            let _ = (amount(&text, None).map(|a| a.minor(exponent)), amount(&text, Some(COMMA)), mark(&text), sign(&text));
        }

        #[test]
        fn no_number_like_text_panics(text in "[-+(€$]{0,2}[0-9., '’٫-]{0,12}[)%元 ]{0,2}") {
            let _ = (amount(&text, None).map(|a| a.minor(2)), mark(&text));
        }
    }
}
