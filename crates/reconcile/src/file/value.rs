//! Amounts and dates as people write them.

use chrono::NaiveDate;

/// What is said of decimals that are written otherwise than the map says.
const NO_POINT: &str = "not an amount with a decimal point; a decimal comma is told by decimal_comma = true";
const NO_COMMA: &str = "not an amount with a decimal comma; for a decimal point leave decimal_comma out";

/// An amount in minor units. None is an empty one.
///
/// `1,234.50`, `¥ 1 234.5`, `-12`, `12.00-`, `(12.00)`; with `decimal_comma` the comma and the point change places.
pub(super) fn amount(text: &str, decimals: u32, decimal_comma: bool) -> Result<Option<i64>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (mut rest, mut is_negative) = (text, false);
    if let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (rest, is_negative) = (inside, true);
    }
    let (point, group) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let (mut has_digits, mut is_after) = (false, false);
    let mut is_signed = is_negative;
    let otherwise = if decimal_comma { NO_COMMA } else { NO_POINT };
    // The digits behind the last separator of thousands.
    let mut of_group: Option<usize> = None;
    let count = rest.chars().count();
    for (place, c) in rest.chars().enumerate() {
        match c {
            '0'..='9' => {
                has_digits = true;
                of_group = of_group.map(|digits| digits + usize::from(!is_after));
            }
            '-' | '−' if !is_signed && (!has_digits || place + 1 == count) => {
                (is_signed, is_negative) = (true, true);
            }
            '+' if !is_signed && !has_digits => is_signed = true,
            _ if c == point && !is_after => is_after = true,
            _ if c == group && !is_after => of_group = Some(0),
            '\'' | ' ' | '\u{a0}' | '\u{202f}' if !is_after => {}
            // The sign of a currency, or its code, stands before the number.
            _ if !has_digits
                && !is_after
                && !c.is_numeric()
                && !matches!(c, '-' | '−' | '+' | '(' | ')')
                && c != point
                && c != group => {}
            _ if c == group => return Err(otherwise),
            _ => return Err("not an amount"),
        }
    }
    if !has_digits {
        return Err("not an amount");
    }
    // `355,53` is no thirty-five thousand.
    if of_group.is_some_and(|digits| digits != 3) {
        return Err(otherwise);
    }
    minor(rest, point, decimals as usize, is_negative)
}

/// The digits of a checked amount as minor units.
fn minor(text: &str, point: char, decimals: usize, is_negative: bool) -> Result<Option<i64>, &'static str> {
    let (whole, part) = text.split_once(point).unwrap_or((text, ""));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (whole, part) = (digits(whole), digits(part));
    let (part, surplus) = part.split_at(part.len().min(decimals));
    if surplus.bytes().any(|digit| digit != b'0') {
        return Err("more decimals than the map says");
    }
    let all = format!("{whole}{part:0<decimals$}");
    let minor: i128 = all.parse().map_err(|_| "too large an amount")?;
    let minor = if is_negative { -minor } else { minor };
    i64::try_from(minor).map(Some).map_err(|_| "too large an amount")
}

/// A date; none is an empty one. A time after it is not read.
pub(super) fn date(text: &str, format: Option<&str>) -> Result<Option<NaiveDate>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(format) = format {
        return match NaiveDate::parse_and_remainder(text, format) {
            Ok((date, _)) => Ok(Some(date)),
            Err(_) => Err(format!("not a date written as {format}")),
        };
    }
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let plain = day.replace(['/', '.', '年', '月'], "-").replace('日', "");
    let formats = if plain.contains('-') { "%Y-%m-%d" } else { "%Y%m%d" };
    NaiveDate::parse_from_str(&plain, formats)
        .map(Some)
        .map_err(|_| "not a date as year, month, day; another order is told by date_format".to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (text, expected) in [
            ("1,234.50", Ok(Some(123_450))),
            ("¥ 1 234.5", Ok(Some(123_450))),
            ("CNY 12", Ok(Some(1_200))),
            ("-12", Ok(Some(-1_200))),
            ("12.00-", Ok(Some(-1_200))),
            ("(12.00)", Ok(Some(-1_200))),
            ("-¥12.30", Ok(Some(-1_230))),
            ("+0.01", Ok(Some(1))),
            (".5", Ok(Some(50))),
            ("", Ok(None)),
            ("12.3400", Ok(Some(1_234))),
            ("92233720368547758.07", Ok(Some(i64::MAX))),
            ("-92233720368547758.08", Ok(Some(i64::MIN))),
            ("92233720368547758.08", Err("too large an amount")),
            ("12.345", Err("more decimals than the map says")),
            ("twelve", Err("not an amount")),
            ("1.2.3", Err("not an amount")),
            ("12 CNY", Err("not an amount")),
            ("--1", Err("not an amount")),
            ("(-1)", Err("not an amount")),
        ] {
            assert_eq!(amount(text, 2, false), expected, "{text}");
        }
        assert_eq!(amount("1.234,50", 2, true), Ok(Some(123_450)));
        assert_eq!(amount("355,53", 2, true), Ok(Some(35_553)));
        assert_eq!(amount("12,34,567.80", 2, false), Ok(Some(123_456_780)));
        // The other way of writing decimals is told, and never read as a hundred times as much.
        for text in ["355,53", "1.234,50", "1,234,50", "0,5", ",50"] {
            assert_eq!(amount(text, 2, false), Err(NO_POINT), "{text}");
        }
        for text in ["355.53", "1,234.50", "1.234.50"] {
            assert_eq!(amount(text, 2, true), Err(NO_COMMA), "{text}");
        }
        assert_eq!(amount("1234", 0, false), Ok(Some(1_234)));
    }

    #[test]
    fn dates() {
        let third = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap();
        for text in [
            "2026-10-03",
            "2026/10/3",
            "20261003",
            "2026.10.03",
            "2026年10月3日",
            "2026-10-03 12:30",
            "2026-10-03T12:30",
        ] {
            assert_eq!(date(text, None), Ok(Some(third)), "{text}");
        }
        assert_eq!(date("03.10.26 08:00", Some("%d.%m.%y")), Ok(Some(third)));
        assert_eq!(date(" ", None), Ok(None));
        assert!(date("03/10/2026", None).is_err() && date("2026-13-01", None).is_err());
    }
}
