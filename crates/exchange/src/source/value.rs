//! Whole numbers and dates out of text.

use chrono::{
    DateTime, Datelike, Days, NaiveDate,
    format::{Item, Parsed, parse},
};
use hefu_identity::date::{DateError, month_of_name, parse_date};

use super::words::fold;

/// A whole number. Zeros after a point are allowed, since spreadsheets and data frames add them, and so is a unit behind it: `2 adults`.
pub(super) fn count(text: &str) -> Option<u32> {
    let text = text.trim();
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at_checked(end)?;
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(zeros) if zeros.bytes().all(|b| b == b'0') => "",
        Some(_) => return None,
        None => rest.trim(),
    };
    let is_unit = rest.chars().all(|c| c.is_alphabetic() || matches!(c, '(' | ')' | ' '));
    if is_unit { whole.parse().ok() } else { None }
}

/// Which of two numbers of a date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Order {
    /// `25/10/2026`.
    DayFirst,
    /// `10/25/2026`.
    MonthFirst,
}

/// How a column writes dates.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DateStyle<'a> {
    /// Declared forms, tried first.
    pub(super) formats: &'a [Vec<Item<'static>>],
    /// Which number comes first where it can't be told.
    pub(super) order: Option<Order>,
    /// Instants with a zone are turned into the date here.
    pub(super) zone: Option<chrono_tz::Tz>,
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoDate {
    /// It is none.
    NoDate,
    /// Day and month cannot be told apart.
    Ambiguous,
}

/// A day as files write it: in a declared form; in ISO 8601, a time behind it aside; an instant with a zone, as the day it is in the
/// property; the number of a spreadsheet (`45292`) or of a clock (`1714602600`); or as people write it.
pub(super) fn date(text: &str, style: &DateStyle<'_>) -> Result<NaiveDate, NoDate> {
    let text = text.trim();
    for items in style.formats {
        let mut parsed = Parsed::new();
        if parse(&mut parsed, text, items.iter()).is_ok()
            && let Ok(date) = parsed.to_naive_date()
        {
            return plausible(date).ok_or(NoDate::NoDate);
        }
    }
    written(text, style).and_then(|date| plausible(date).ok_or(NoDate::NoDate))
}

/// The birth of a guest: as above, without clocks, and long ago.
pub(super) fn birth(text: &str, style: &DateStyle<'_>) -> Result<NaiveDate, NoDate> {
    let text = text.trim();
    for items in style.formats {
        let mut parsed = Parsed::new();
        if parse(&mut parsed, text, items.iter()).is_ok()
            && let Ok(date) = parsed.to_naive_date()
        {
            return Ok(date);
        }
    }
    serial(text).map_or_else(|| by_people(text, style.order, 30), Ok)
}

fn written(text: &str, style: &DateStyle<'_>) -> Result<NaiveDate, NoDate> {
    if let Some(day) = instant(text, style.zone) {
        return Ok(day);
    }
    if let Some(day) = serial(text).or_else(|| clock(text, style.zone)) {
        return Ok(day);
    }
    by_people(text, style.order, 99)
}

/// The day of a moment that says its zone.
fn instant(text: &str, zone: Option<chrono_tz::Tz>) -> Option<NaiveDate> {
    if !text.contains(':') {
        return None;
    }
    let spaced = text.replacen(' ', "T", 1);
    let spaced = spaced
        .strip_suffix(" UTC")
        .or_else(|| spaced.strip_suffix(" GMT"))
        .map_or(spaced.clone(), |t| format!("{t}Z"));
    let spaced = spaced.replace(" +", "+").replace(" -", "-");
    let read = DateTime::parse_from_rfc3339(&spaced)
        .or_else(|_| DateTime::parse_from_str(&spaced, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| DateTime::parse_from_str(&spaced, "%Y-%m-%dT%H:%M%:z"))
        .or_else(|_| DateTime::parse_from_str(&spaced.replace('Z', "+0000"), "%Y-%m-%dT%H:%M%z"))
        .or_else(|_| DateTime::parse_from_rfc2822(text));
    let moment = read.ok()?;
    Some(match zone {
        Some(zone) => moment.with_timezone(&zone).date_naive(),
        None => moment.date_naive(),
    })
}

/// The day of a spreadsheet's number, in its usual system of dates.
fn serial(text: &str) -> Option<NaiveDate> {
    let (days, fraction) = text.split_once('.').unwrap_or((text, ""));
    if days.len() != 5 || !(days.to_owned() + fraction).bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let days: u64 = days.parse().ok()?;
    // From 1927 to 2099: other numbers of five digits are none.
    let first = NaiveDate::from_ymd_opt(1899, 12, 30).filter(|_| (10_000..73_051).contains(&days))?;
    first.checked_add_days(Days::new(days))
}

/// The day of a clock's number: seconds or milliseconds since 1970.
fn clock(text: &str, zone: Option<chrono_tz::Tz>) -> Option<NaiveDate> {
    if !matches!(text.len(), 10 | 13) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let moment = DateTime::from_timestamp(if text.len() == 13 { number / 1_000 } else { number }, 0)?;
    Some(zone.map_or_else(|| moment.date_naive(), |zone| moment.with_timezone(&zone).date_naive()))
}

/// Months in languages that hotels export in, by the letters they begin with; English ones are known already.
const MONTHS: &[(&str, u32)] = &[
    ("janv", 1),
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("févr", 2),
    ("fév", 2),
    ("fevr", 2),
    ("fev", 2),
    ("feb", 2),
    ("mär", 3),
    ("maerz", 3),
    ("mars", 3),
    ("mar", 3),
    ("mrt", 3),
    ("avr", 4),
    ("abr", 4),
    ("apr", 4),
    ("mai", 5),
    ("may", 5),
    ("mag", 5),
    ("mei", 5),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("août", 8),
    ("aout", 8),
    ("aug", 8),
    ("ago", 8),
    ("sept", 9),
    ("sep", 9),
    ("set", 9),
    ("okt", 10),
    ("oct", 10),
    ("out", 10),
    ("ott", 10),
    ("nov", 11),
    ("déc", 12),
    ("dec", 12),
    ("dez", 12),
    ("dic", 12),
];

/// A day as people write it. A year of two digits is in this century up to `pivot`, else in the last.
fn by_people(text: &str, order: Option<Order>, pivot: i32) -> Result<NaiveDate, NoDate> {
    match parse_date(text) {
        Ok(date) => return Ok(date),
        Err(DateError::Impossible) => return Err(NoDate::NoDate),
        Err(DateError::Ambiguous | DateError::Unrecognised) => {}
    }
    let folded = fold(text);
    // A time behind it, a weekday in front of it.
    let date = match folded.split_once(':') {
        Some((before, _)) => before.rsplit_once([' ', 't']).map_or(before, |(date, _)| date),
        None => &folded,
    };
    let mut numbers: Vec<&str> = Vec::new();
    let mut month = None;
    for part in date.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            numbers.push(part);
        } else if let Some((_, number)) = MONTHS.iter().find(|(name, _)| part.starts_with(name)) {
            month = Some(*number);
        }
    }
    let number = |text: &str| text.parse::<u32>().map_err(|_| NoDate::NoDate);
    let year = |text: &str| -> Result<i32, NoDate> {
        let year: i32 = text.parse().map_err(|_| NoDate::NoDate)?;
        match text.len() {
            4 => Ok(year),
            2 if year <= pivot => Ok(2000 + year),
            2 => Ok(1900 + year),
            _ => Err(NoDate::NoDate),
        }
    };
    let day = |year: i32, month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    match (month, numbers.as_slice()) {
        (Some(month), [one, two]) => {
            let (d, y) = if one.len() == 4 { (two, one) } else { (one, two) };
            day(year(y)?, month, number(d)?).ok_or(NoDate::NoDate)
        }
        (None, [one, two, y]) if one.len() <= 2 && two.len() <= 2 => {
            let (y, one, two) = (year(y)?, number(one)?, number(two)?);
            match (day(y, two, one), day(y, one, two)) {
                (Some(day_first), Some(month_first)) if day_first != month_first => match order {
                    _ if date.contains('.') && order.is_none() => Ok(day_first),
                    Some(Order::DayFirst) => Ok(day_first),
                    Some(Order::MonthFirst) => Ok(month_first),
                    None => Err(NoDate::Ambiguous),
                },
                (one, other) => one.or(other).ok_or(NoDate::NoDate),
            }
        }
        _ => Err(NoDate::NoDate),
    }
}

/// What a date says of the order of day and month in its column: nothing, for one that says it otherwise.
pub(super) fn order_in(text: &str) -> Option<Order> {
    let folded = fold(text);
    let date = folded.split([' ', 't']).next()?;
    let separator = date.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
    let parts: Vec<&str> = date.split(separator).collect();
    let [one, two, year] = parts.as_slice() else { return None };
    if !matches!(year.len(), 2 | 4) || one.len() > 2 {
        return None;
    }
    match (one.parse::<u32>().ok()?, two.parse::<u32>().ok()?) {
        (13..=31, 1..=12) => Some(Order::DayFirst),
        (1..=12, 13..=31) => Some(Order::MonthFirst),
        _ => None,
    }
}

/// A day out of its three parts; the month is a number or an English name, also its first three
/// letters.
pub(super) fn date_of_parts(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let month = month_of_name(&month.to_ascii_lowercase()).or_else(|| count(month))?;
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
            ("2 adults", Some(2)),
            ("2人", Some(2)),
            ("2.5", None),
            ("2+1", None),
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
    fn dates_are_read_as_files_write_them() {
        let formats = [
            StrftimeItems::new("%Y.%d.%m").parse_to_owned().unwrap(),
            StrftimeItems::new("%d%m%y").parse_to_owned().unwrap(),
        ];
        let style = DateStyle { formats: &formats, order: None, zone: None };
        assert_eq!(date("2015.07.01", &style).ok(), day(2015, 1, 7));
        assert_eq!(date("010715", &style).ok(), day(2015, 7, 1));
        for (text, expected) in [
            ("2015-07-01 14:30:00", day(2015, 7, 1)),
            ("2015-07-01", day(2015, 7, 1)),
            ("2016-02-29T23:59:59+08:00", day(2016, 2, 29)),
            ("2015/7/1 0:00", day(2015, 7, 1)),
            ("2015年7月1日", day(2015, 7, 1)),
            ("45292", day(2024, 1, 1)),
            ("45292.604", day(2024, 1, 1)),
            ("25/10/2026", day(2026, 10, 25)),
            ("10/25/26", day(2026, 10, 25)),
            ("1.7.2015", day(2015, 7, 1)),
            ("1.7.15", day(2015, 7, 1)),
            ("Wed, 1 Jul 2015", day(2015, 7, 1)),
            ("Jul 1, 2015 3:00 PM", day(2015, 7, 1)),
            ("1 juillet 2015", day(2015, 7, 1)),
            ("01-fev-2015", day(2015, 2, 1)),
            ("1714602600", day(2024, 5, 1)),
            ("1714602600000", day(2024, 5, 1)),
        ] {
            assert_eq!(date(text, &DateStyle::default()).ok(), expected, "{text}");
        }
        for wrong in [
            "2015-02-29",
            "2015-07-01x",
            "2015-07-01 noon",
            "0215-07-01",
            "",
            "+015-07-01",
            "日日日日",
            "99999",
            "3 nights",
            "soon",
        ] {
            assert_eq!(date(wrong, &DateStyle::default()), Err(NoDate::NoDate), "{wrong}");
        }
        assert_eq!(date("1/7/2015", &DateStyle::default()), Err(NoDate::Ambiguous));
        let in_order =
            |order| date("1/7/2015", &DateStyle { order: Some(order), ..DateStyle::default() }).ok();
        assert_eq!(
            (in_order(Order::DayFirst), in_order(Order::MonthFirst)),
            (day(2015, 7, 1), day(2015, 1, 7))
        );
    }

    #[test]
    fn an_instant_is_the_day_it_is_in_the_property() {
        let style = DateStyle { zone: Some(chrono_tz::Asia::Shanghai), ..DateStyle::default() };
        for (text, expected) in [
            ("2024-05-01T22:30:00Z", day(2024, 5, 2)),
            ("2024-05-01 22:30:00 UTC", day(2024, 5, 2)),
            ("2024-05-01T22:30:00.000+0000", day(2024, 5, 2)),
            ("2024-05-01T22:30+08:00", day(2024, 5, 1)),
            ("2024-05-01 22:30:00", day(2024, 5, 1)),
            ("1714602600", day(2024, 5, 2)),
        ] {
            assert_eq!(date(text, &style).ok(), expected, "{text}");
        }
    }

    #[test]
    fn births_are_dates_of_this_century_and_the_last() {
        let style = DateStyle { order: Some(Order::DayFirst), ..DateStyle::default() };
        for (text, expected) in [
            ("04/03/1985", day(1985, 3, 4)),
            ("04/03/85", day(1985, 3, 4)),
            ("04/03/05", day(2005, 3, 4)),
            ("31112", day(1985, 3, 6)),
        ] {
            assert_eq!(birth(text, &style).ok(), expected, "{text}");
        }
        assert_eq!(birth("04/03/1985", &DateStyle::default()), Err(NoDate::Ambiguous));
        assert_eq!(birth("unknown", &style), Err(NoDate::NoDate));
    }

    #[test]
    fn a_date_says_which_order_its_column_has() {
        for (text, order) in [
            ("25/10/2026", Some(Order::DayFirst)),
            ("10-25-26 14:00", Some(Order::MonthFirst)),
            ("10/10/2026", None),
            ("2026-10-25", None),
            ("25.10.2026", Some(Order::DayFirst)),
            ("soon", None),
        ] {
            assert_eq!(order_in(text), order, "{text}");
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
        fn written_dates_are_read_back(days in 1..60_000u64, order in prop_oneof![Just(Order::DayFirst), Just(Order::MonthFirst)]) {
            let day = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + Days::new(days);
            let (long, short) = match order {
                Order::DayFirst => ("%d/%m/%Y", "%-d/%-m/%Y 12:00"),
                Order::MonthFirst => ("%m/%d/%Y", "%-m/%-d/%Y 12:00"),
            };
            let style = DateStyle { order: Some(order), ..DateStyle::default() };
            for form in ["%Y-%m-%d", "%Y%m%d", "%Y年%-m月%-d日", "%-d %b %Y", "%B %-d, %Y", "%a, %d %b %Y", long, short] {
                let text = day.format(form).to_string();
                prop_assert_eq!(date(&text, &style), Ok(day), "{}", text);
                prop_assert!(order_in(&text).is_none_or(|said| said == order), "{}", text);
            }
        }

        #[test]
        fn no_text_panics(text in ".*", months in "[0-9./-]{0,10}( ?(mai|déc|:00|Z))?") {
            let style = DateStyle { zone: Some(chrono_tz::UTC), ..DateStyle::default() };
            for text in [&text, &months] {
                let _ = (count(text), date(text, &style), birth(text, &style), order_in(text), date_of_parts(text, text, text));
            }
        }
    }
}
