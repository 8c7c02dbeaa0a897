//! Numbers and dates out of text.

use chrono::{
    Datelike, NaiveDate,
    format::{Item, Parsed, parse},
};

/// How a file writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberStyle {
    /// The decimal sign.
    pub(super) decimal: char,
    /// The sign between groups of three digits.
    pub(super) grouping: Option<char>,
}

/// `1234.50`.
pub(super) const PLAIN: NumberStyle = NumberStyle { decimal: '.', grouping: None };

/// A whole number; zeros after a point are allowed, since spreadsheets and data frames add them.
pub(super) fn count(text: &str) -> Option<u32> {
    let point = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(point)?;
    let zeros = |fraction: &str| fraction.bytes().all(|b| b == b'0');
    if rest.is_empty() || rest.strip_prefix('.').is_some_and(zeros) { whole.parse().ok() } else { None }
}

/// An amount in minor units, `exponent` decimal places of the major unit. More places than that
/// are rounded half away from zero: averages and spreadsheets have them.
pub(super) fn minor(text: &str, exponent: u32, style: NumberStyle) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once(style.decimal).unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if let Some(sign) = style.grouping
        && let Some((first, rest)) = whole.split_once(sign)
        && (!(1..=3).contains(&first.len()) || rest.split(sign).any(|group| group.len() != 3))
    {
        return None;
    }
    let digit = |value: i64, c: char| value.checked_mul(10)?.checked_add(c.to_digit(10)?.into());
    let value = whole.chars().filter(|c| Some(*c) != style.grouping).try_fold(0, digit)?;

    let places = exponent as usize;
    let kept = fraction.chars().chain(std::iter::repeat('0')).take(places);
    let value = kept.into_iter().try_fold(value, digit)?;
    let mut beyond = fraction.chars().skip(places);
    if !beyond.clone().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let up = beyond.next().is_some_and(|c| c >= '5');
    let value = value.checked_add(up.into())?;
    Some(if negative { -value } else { value })
}

/// A day in `format`, or in ISO 8601 (`2015-07-01`, also followed by a time, which is ignored):
/// the form in which date cells of a spreadsheet arrive.
pub(super) fn date(text: &str, format: Option<&[Item<'static>]>) -> Option<NaiveDate> {
    let declared = format.and_then(|items| {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, items.iter()).ok()?;
        parsed.to_naive_date().ok()
    });
    declared.or_else(|| iso_date(text)).and_then(plausible)
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    let (day, time) = text.split_at_checked(10)?;
    let after = |c: char| c.is_ascii_digit() || "T :.+-Z".contains(c);
    if !(time.is_empty() || time.starts_with(['T', ' '])) || !time.chars().all(after) {
        return None;
    }
    let mut parts = day.split('-');
    let mut part = |len: usize| {
        let text = parts.next().filter(|p| p.len() == len)?;
        if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<u32>().ok() } else { None }
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
}

/// A day out of its three parts; the month is a number or an English name, also its first three
/// letters.
pub(super) fn date_of_parts(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let named = |name: &str| month.eq_ignore_ascii_case(name) || month.eq_ignore_ascii_case(&name[..3]);
    let month = match MONTHS.iter().position(|name| named(name)) {
        Some(index) => index as u32 + 1,
        None => count(month)?,
    };
    let year = count(year)?.try_into().ok()?;
    NaiveDate::from_ymd_opt(year, month, count(day)?).and_then(plausible)
}

/// Drops the years that only a slip of the pen produces.
pub(super) fn plausible(date: NaiveDate) -> Option<NaiveDate> {
    (1900..2200).contains(&date.year()).then_some(date)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chrono::format::StrftimeItems;
    use proptest::prelude::*;

    use super::*;

    fn day(y: i32, m: u32, d: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(y, m, d)
    }

    #[test]
    fn counts_are_whole_numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("12", Some(12)),
            ("2.0", Some(2)),
            ("2.5", None),
            ("-1", None),
            ("+1", None),
            ("", None),
            (".0", None),
            ("4294967296", None),
            ("two", None),
        ] {
            assert_eq!(count(text), value, "{text}");
        }
    }

    #[test]
    fn amounts_are_read_in_the_declared_style() {
        let german = NumberStyle { decimal: ',', grouping: Some('.') };
        let english = NumberStyle { decimal: '.', grouping: Some(',') };
        for (text, exponent, style, value) in [
            ("94.9", 2, PLAIN, Some(9_490)),
            ("-6.38", 2, PLAIN, Some(-638)),
            ("5400", 2, PLAIN, Some(540_000)),
            (".5", 2, PLAIN, Some(50)),
            ("0.30000000000000004", 2, PLAIN, Some(30)),
            ("75.005", 2, PLAIN, Some(7_501)),
            ("-75.005", 2, PLAIN, Some(-7_501)),
            ("1200.5", 0, PLAIN, Some(1_201)),
            ("1.2345", 3, PLAIN, Some(1_235)),
            ("1,5", 2, PLAIN, None),
            ("1.5x", 2, PLAIN, None),
            ("1.005x", 2, PLAIN, None),
            ("", 2, PLAIN, None),
            ("-", 2, PLAIN, None),
            ("--1", 2, PLAIN, None),
            ("1e3", 2, PLAIN, None),
            ("99999999999999999999", 2, PLAIN, None),
            ("1.234.567,89", 2, german, Some(123_456_789)),
            ("12,50", 2, german, Some(1_250)),
            ("1,234.50", 2, english, Some(123_450)),
            ("12,50", 2, english, None),
            (",234", 2, english, None),
            ("1234,567", 2, english, None),
        ] {
            assert_eq!(minor(text, exponent, style), value, "{text}");
        }
    }

    #[test]
    fn dates_are_read_in_the_declared_format_and_in_iso() {
        let format = StrftimeItems::new("%d/%m/%Y").parse_to_owned().unwrap();
        assert_eq!(date("1/7/2015", Some(&format)), day(2015, 7, 1));
        assert_eq!(date("2015-07-01 14:30:00", Some(&format)), day(2015, 7, 1));
        assert_eq!(date("2015-07-01", None), day(2015, 7, 1));
        assert_eq!(date("2016-02-29T23:59:59+08:00", None), day(2016, 2, 29));
        for wrong in [
            "2015-02-29",
            "1/7/2015",
            "2015-07-01x",
            "2015-07-01 noon",
            "0215-07-01",
            "",
            "+015-07-01",
            "日日日日",
        ] {
            assert_eq!(date(wrong, None), None, "{wrong}");
        }
    }

    #[test]
    fn a_month_has_a_name_or_a_number() {
        for month in ["July", "jul", "7", "07"] {
            assert_eq!(date_of_parts("2015", month, "1"), day(2015, 7, 1), "{month}");
        }
        for month in ["Jly", "13", "0", ""] {
            assert_eq!(date_of_parts("2015", month, "1"), None, "{month}");
        }
    }

    proptest! {
        #[test]
        fn cents_survive(value in -1_000_000_000_000i64..1_000_000_000_000) {
            let sign = if value < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:02}", value.abs() / 100, value.abs() % 100);
            prop_assert_eq!(minor(&text, 2, PLAIN), Some(value));
        }

        #[test]
        fn no_text_panics(text in ".*", exponent in 0u32..4) {
            let style = NumberStyle { decimal: ',', grouping: Some('.') };
            let _ = (count(&text), minor(&text, exponent, style), date(&text, None));
            let _ = date_of_parts(&text, &text, &text);
        }
    }
}
