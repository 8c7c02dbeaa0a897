//! Dates as people write them.

use chrono::{Datelike, Months, NaiveDate};

use crate::text::{is_digits, nfkc};

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not written like a date with day, month and a year of four digits.
    #[error("the text is not in a date format")]
    Unrecognised,
    /// Written like a date, but the calendar has no such day.
    #[error("the calendar has no such day")]
    Impossible,
    /// Day and month could be swapped, and the order cannot be determined.
    #[error("the order of day and month in the date is ambiguous")]
    Ambiguous,
}

/// Parses a complete date: `2026-10-03`, `2026/10/3`, `20261003`, `2026年10月3日`, `03.10.2026`,
/// `3 Oct 2026`, `Oct 3, 2026`. With slashes or dashes and the year last, `25/10/2026` and `10/25/2026` are both
/// accepted, since only one order is possible; with dots the day always comes first. A time of day after the date is
/// ignored: `2026-10-03T00:00:00Z`, `2026/10/3 0:00`.
///
/// # Errors
///
/// [`DateError`]; `10/03/2026` is [`DateError::Ambiguous`].
pub fn parse_date(text: &str) -> Result<NaiveDate, DateError> {
    if let Some(date) = iso_date(text.as_bytes()) {
        return Ok(date);
    }
    let text = plain(without_time(text));
    if let Some((month, numbers)) = named_month(&text) {
        return match numbers[..] {
            [day, year] if is_year(year) && !is_year(day) => date(year, month, day),
            [year, day] if is_year(year) && !is_year(day) => date(year, month, day),
            _ => Err(DateError::Unrecognised),
        };
    }
    if text.len() == 8 && is_digits(&text) {
        return date(&text[..4], month_number(&text[4..6]), &text[6..]);
    }
    match numeric(&text).ok_or(DateError::Unrecognised)? {
        (_, fields) if is_year(fields[0]) && fields.len() == 3 => {
            date(fields[0], month_number(fields[1]), fields[2])
        }
        (separator, fields) if fields.len() == 3 && is_year(fields[2]) => {
            let day_first = date(fields[2], month_number(fields[1]), fields[0]);
            let month_first = date(fields[2], month_number(fields[0]), fields[1]);
            match (day_first, month_first) {
                (day_first, _) if separator == '.' => day_first,
                (Ok(one), Ok(other)) if one != other => Err(DateError::Ambiguous),
                (one, other) => one.or(other),
            }
        }
        _ => Err(DateError::Unrecognised),
    }
}

/// `YYYY-MM-DD` (any separator) or `YYYYMMDD`, which nearly all systems export.
pub(crate) fn iso_date(text: &[u8]) -> Option<NaiveDate> {
    let (year, month, day) = match text.len() {
        10 if text[4] == text[7] && matches!(text[4], b'-' | b'/' | b'.') => {
            (&text[..4], &text[5..7], &text[8..])
        }
        8 => (&text[..4], &text[4..6], &text[6..]),
        _ => return None,
    };
    let number = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(year)?).ok()?, number(month)?, number(day)?)
}

/// The text before a time of day; all of it if there is none.
fn without_time(text: &str) -> &str {
    let Some((before, _)) = text.split_once([':', '：']) else { return text };
    let hour = before.trim_end_matches(|c: char| c.is_ascii_digit());
    hour.strip_suffix(['T', 't', ' ']).filter(|_| hour.len() < before.len()).map_or(text, str::trim_end)
}

/// Birth years of guests. Fixed, since the meaning of a record must not change from one day to the next.
const BIRTH_YEARS: std::ops::Range<i32> = 1850..2050;

/// Whether a guest can be born on this day.
pub(crate) fn is_birth(date: NaiveDate) -> bool {
    BIRTH_YEARS.contains(&date.year())
}

/// Whether a birth date is a placeholder: the first day of year 1 or of 1900, the epoch of
/// common clocks and spreadsheets, or a year in which no living guest was or will be born.
pub fn is_placeholder_birth(date: NaiveDate) -> bool {
    is_placeholder_day(date) || !is_birth(date)
}

/// Whether systems write this day where they know none.
pub(crate) fn is_placeholder_day(date: NaiveDate) -> bool {
    let first_days = [(1900, 1, 1), (1899, 12, 30), (1899, 12, 31), (1970, 1, 1), (9999, 12, 31)];
    date.year() < 2 || first_days.contains(&(date.year(), date.month(), date.day()))
}

/// Parses a date from the search box, as first and last day: a complete date, a month
/// (`2026-10`, `2026年10月`, `Oct 2026`, `10月`), a day without year (`10-03`, `10月3日`, `3 Oct`) or a
/// word such as `today` or `昨天`. A missing year is that of `today`. Of two numbers the month comes first,
/// unless it can't: the search shows the date it used, so a guess is visible.
pub(crate) fn parse_period(text: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let one_day = |day: NaiveDate| Some((day, day));
    let is_near = |day: &NaiveDate| (1900..2200).contains(&day.year());

    match nfkc(text).to_lowercase().as_str() {
        "today" | "今天" | "今日" => return one_day(today),
        "yesterday" | "昨天" | "昨日" => return one_day(today.pred_opt()?),
        "tomorrow" | "明天" | "明日" => return one_day(today.succ_opt()?),
        _ => {}
    }
    if let Ok(day) = parse_date(text) {
        return one_day(day).filter(|_| is_near(&day));
    }
    let this_year = format!("{:04}", today.year());
    let text = plain(text);
    if let Some(month) = text.strip_suffix('月').filter(|month| is_digits(month)) {
        return whole_month(&this_year, month_number(month));
    }
    if let Some((month, numbers)) = named_month(&text) {
        return match numbers[..] {
            [year] if is_year(year) => whole_month(year, month).filter(|(first, _)| is_near(first)),
            [day] => one_day(date(&this_year, month, day).ok()?),
            _ => None,
        };
    }
    match numeric(&text)? {
        (_, fields) if fields.len() != 2 => None,
        (_, fields) if is_year(fields[0]) => {
            whole_month(fields[0], month_number(fields[1])).filter(|(first, _)| is_near(first))
        }
        ('-' | '/', fields) => {
            let month_first = date(&this_year, month_number(fields[0]), fields[1]);
            let day_first = date(&this_year, month_number(fields[1]), fields[0]);
            one_day(month_first.or(day_first).ok()?)
        }
        _ => None,
    }
}

fn whole_month(year: &str, month: u32) -> Option<(NaiveDate, NaiveDate)> {
    let first = date(year, month, "1").ok()?;
    Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
}

/// Lower case, with 年 月 日 turned into dashes: `2026年10月3日` is `2026-10-3`. A lone month keeps its 月, since
/// its number alone would not be a date.
fn plain(text: &str) -> String {
    let text = nfkc(text).to_lowercase();
    if !text.contains(['年', '月']) {
        return text;
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match text
        .strip_suffix(['日', '号', '號'])
        .or_else(|| text.strip_suffix('月').filter(|t| t.contains('年')))
    {
        Some(dated) => dated.replace(['年', '月'], "-"),
        None if text.ends_with('月') => text,
        None => text.replace(['年', '月'], "-"),
    }
}

/// The fields of a date written with one kind of separator: two or three, each of one, two or four digits.
fn numeric(text: &str) -> Option<(char, Vec<&str>)> {
    let separator = text.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let fields: Vec<&str> = text.split(separator).collect();
    let fits = fields.iter().all(|field| is_digits(field) && matches!(field.len(), 1 | 2 | 4));
    (fits && matches!(fields.len(), 2 | 3)).then_some((separator, fields))
}

/// The month and the other numbers, in order, of a text with an English month name in it.
fn named_month(text: &str) -> Option<(u32, Vec<&str>)> {
    let mut month = None;
    let mut numbers = Vec::new();
    for part in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | '-' | '/')) {
        // "03oct2026" has no separators, "3rd" is a number.
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let same = |c: char| c.is_ascii_digit() == first.is_ascii_digit();
            let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            rest = after;
            if is_digits(piece) {
                numbers.push(piece);
            } else if let Some(number) = month_of_name(piece) {
                if month.replace(number).is_some() {
                    return None;
                }
            } else if !matches!(piece, "st" | "nd" | "rd" | "th") {
                return None;
            }
        }
    }
    month.map(|month| (month, numbers))
}

/// The number of a month by its English name or the first three letters of it, in lower case.
pub fn month_of_name(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
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
    let fits = |full: &&str| name == *full || name == &full[..3] || name == "sept" && *full == "september";
    (1..).zip(NAMES).find(|(_, full)| fits(full)).map(|(number, _)| number)
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4
}

/// The number of a month in digits; 0, which is not a month, if it is not one or two digits.
fn month_number(digits: &str) -> u32 {
    if digits.len() <= 2 { digits.parse().unwrap_or(0) } else { 0 }
}

fn date(year: &str, month: u32, day: &str) -> Result<NaiveDate, DateError> {
    let year = year.parse().map_err(|_| DateError::Unrecognised)?;
    let day = day.parse().map_err(|_| DateError::Unrecognised)?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or(DateError::Impossible)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn one_day_in_many_hands() {
        for typed in [
            "2026-10-03",
            "2026/10/3",
            "2026.10.03",
            "20261003",
            "2026年10月3日",
            "2026年10月03号",
            "2026 年 10 月 3 日",
            "２０２６－１０－０３",
            "03.10.2026",
            "3.10.2026",
            "3 Oct 2026",
            "Oct 3, 2026",
            "October 3rd, 2026",
            "3-Oct-2026",
            "03OCT2026",
            " 2026 Oct 3 ",
            "2026年10月3",
            "2026-10-03 00:00:00",
            "2026-10-03T23:59:59.000Z",
            "2026/10/3 0:00",
            "20261003 00:00:00",
            "3 Oct 2026 10:30 PM",
        ] {
            assert_eq!(parse_date(typed), Ok(day(2026, 10, 3)), "{typed}");
        }
        for (typed, expected) in [
            ("25/10/2026", day(2026, 10, 25)),
            ("10/25/2026", day(2026, 10, 25)),
            ("10-25-2026", day(2026, 10, 25)),
            ("10/10/2026", day(2026, 10, 10)),
            ("29 Feb 2024", day(2024, 2, 29)),
            ("1 sept 2026", day(2026, 9, 1)),
            ("0001-01-01", day(1, 1, 1)),
        ] {
            assert_eq!(parse_date(typed), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn errors() {
        use DateError::*;
        for (typed, expected) in [
            ("10/03/2026", Ambiguous),
            ("03-10-2026", Ambiguous),
            ("2026-02-29", Impossible),
            ("20261301", Impossible),
            ("31/31/2026", Impossible),
            ("25.13.2026", Impossible),
            ("30 Feb 2026", Impossible),
            ("", Unrecognised),
            ("2026", Unrecognised),
            ("2026-10", Unrecognised),
            ("3 Oct", Unrecognised),
            ("3 Oct 26", Unrecognised),
            ("03/10/26", Unrecognised),
            ("2026-10/03", Unrecognised),
            ("Oct Nov 2026", Unrecognised),
            ("octopus 3 2026", Unrecognised),
            ("0412", Unrecognised),
            ("10:30", Unrecognised),
            ("2026-10-03:10", Unrecognised),
        ] {
            assert_eq!(parse_date(typed), Err(expected), "{typed}");
        }
    }

    #[test]
    fn placeholders() {
        for date in [
            day(1900, 1, 1),
            day(1, 1, 1),
            day(9999, 12, 31),
            day(1970, 1, 1),
            day(1899, 12, 30),
            day(1849, 12, 31),
            day(2050, 1, 1),
        ] {
            assert!(is_placeholder_birth(date), "{date}");
        }
        for date in [day(1900, 1, 2), day(1949, 12, 31), day(2026, 10, 3), day(1880, 1, 1)] {
            assert!(!is_placeholder_birth(date), "{date}");
        }
    }

    #[test]
    fn periods() {
        let today = day(2026, 11, 21);
        let october = Some((day(2026, 10, 1), day(2026, 10, 31)));
        let third = Some((day(2026, 10, 3), day(2026, 10, 3)));
        for (typed, expected) in [
            ("today", Some((today, today))),
            ("昨天", Some((day(2026, 11, 20), day(2026, 11, 20)))),
            ("Tomorrow", Some((day(2026, 11, 22), day(2026, 11, 22)))),
            ("2026-10", october),
            ("2026/10", october),
            ("2026年10月", october),
            ("10月", october),
            ("Oct 2026", october),
            ("2024-02", Some((day(2024, 2, 1), day(2024, 2, 29)))),
            ("2026-12", Some((day(2026, 12, 1), day(2026, 12, 31)))),
            ("10-03", third),
            ("10/3", third),
            ("10月3日", third),
            ("10月3号", third),
            ("3 Oct", third),
            ("oct 3rd", third),
            ("20261003", third),
            ("25/10", Some((day(2026, 10, 25), day(2026, 10, 25)))),
            ("1234-05-06", None),
            ("0412", None),
            ("10.3", None),
            ("2026-13", None),
            ("may 412", None),
            ("月", None),
            ("", None),
        ] {
            assert_eq!(parse_period(typed, today), expected, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = parse_date(&text);
            let _ = parse_period(&text, NaiveDate::MAX);
        }

        #[test]
        fn date_like_text_is_answered(text in "[0-9年月日号/. -]{1,12}( ?(Oct|may|3rd))?") {
            let _ = parse_date(&text);
            let _ = parse_period(&text, NaiveDate::MIN);
        }

        #[test]
        fn written_dates_are_read_back(days in 1..3_000_000i32) {
            let date = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            for form in ["%Y-%m-%d", "%Y/%-m/%-d", "%Y%m%d", "%Y年%-m月%-d日", "%d.%m.%Y", "%-d %b %Y", "%B %-d, %Y"] {
                let typed = date.format(form).to_string();
                prop_assert_eq!(parse_date(&typed), Ok(date), "{}", typed);
            }
        }
    }
}
