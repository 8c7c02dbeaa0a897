//! Calendars of channels (RFC 5545): the nights that are blocked. What an event is about is not read: channels write names of guests there, and a calendar
//! that blocks days says nothing of bookings.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate};
use icalendar::parser::{Component, read_calendar_simple, unfold};
use serde::{Deserialize, Serialize};

/// The largest calendar that is read, bytes.
const MOST_BYTES: usize = 2 << 20;

/// Components within components that are read: a calendar, its events, their alarms.
const DEEPEST: usize = 5;

/// Events of a calendar at most.
const MOST_EVENTS: usize = 20_000;

/// Nights that are blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Nights {
    /// The first night.
    pub from: NaiveDate,
    /// The date after the last night.
    pub until: NaiveDate,
}

/// Why a calendar is refused. Events are counted from one; the texts contain nothing else of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarRefused {
    /// It is larger than is read, has more events, or is nested deeper.
    #[error("the calendar is larger, has more events or is nested deeper than is read")]
    TooLarge,
    /// It is no calendar.
    #[error("the text is no calendar (BEGIN:VCALENDAR)")]
    NoCalendar,
    /// An event has no date that can be read.
    #[error("event {0} of the calendar has no date that can be read")]
    Date(usize),
    /// An event ends before it begins.
    #[error("event {0} of the calendar ends before it begins")]
    Order(usize),
    /// An event repeats by a rule.
    #[error("event {0} of the calendar repeats by a rule; calendars of channels list each")]
    Repeats(usize),
}

/// The nights that a calendar blocks, in order; what overlaps or touches is one.
///
/// # Errors
/// See [`CalendarRefused`].
pub fn blocked_nights(text: &str) -> Result<Vec<Nights>, CalendarRefused> {
    if text.len() > MOST_BYTES {
        return Err(CalendarRefused::TooLarge);
    }
    // Some write a mark before it, and empty lines around it.
    let text = text.trim_start_matches('\u{feff}').trim();
    // Lines end as the standard says: looking for another end in each of them takes as long as the rest of the text.
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let text = unfold(&lines.join("\r\n"));
    if !text.get(..15).is_some_and(|begin| begin.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Err(CalendarRefused::NoCalendar);
    }
    check_depth(&text)?;
    let mut text = text;
    text.push_str("\r\n");
    let roots = read_calendar_simple(&text).map_err(|_| CalendarRefused::NoCalendar)?;
    let events = || roots.iter().flat_map(|root| &root.components).filter(|part| part.name == "VEVENT");
    if events().count() > MOST_EVENTS {
        return Err(CalendarRefused::TooLarge);
    }
    let mut nights = Vec::new();
    for (place, event) in events().enumerate() {
        nights.extend(nights_of(event).map_err(|refused| refused(place + 1))?);
    }
    nights.sort_unstable();
    let mut merged: Vec<Nights> = Vec::with_capacity(nights.len());
    for next in nights {
        match merged.last_mut() {
            Some(last) if next.from <= last.until => last.until = last.until.max(next.until),
            _ => merged.push(next),
        }
    }
    Ok(merged)
}

/// Whoever nests components without end would have the reader follow.
fn check_depth(text: &str) -> Result<(), CalendarRefused> {
    let mut depth = 0_usize;
    for line in text.lines() {
        let starts =
            |with: &str| line.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
        if starts("BEGIN:") {
            depth += 1;
        } else if starts("END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > DEEPEST {
            return Err(CalendarRefused::TooLarge);
        }
    }
    Ok(())
}

fn text_of<'c>(event: &'c Component<'_>, name: &str) -> Option<&'c str> {
    event.find_prop(name).map(|found| found.val.as_str().trim())
}

/// `20261003`, or the day of `20261003T140000Z`.
fn date(text: &str) -> Option<NaiveDate> {
    let digits = text.get(..8)?;
    let is_whole = text.len() == 8 || text.as_bytes().get(8) == Some(&b'T');
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
    let year = i32::try_from(number(0..4)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?).filter(|_| is_whole)
}

/// The days of `P3D` or `P2W`; other durations are shorter than a night.
fn days(text: &str) -> Option<u64> {
    let number = text.strip_prefix('P')?;
    match (number.strip_suffix('D'), number.strip_suffix('W')) {
        (Some(days), _) => days.parse().ok(),
        (_, Some(weeks)) => weeks.parse::<u64>().ok()?.checked_mul(7),
        _ => None,
    }
}

/// What is wrong with an event, once it is known which one it is.
type Wrong = fn(usize) -> CalendarRefused;

/// The nights that an event blocks; none if it was cancelled or blocks no time.
fn nights_of(event: &Component<'_>) -> Result<Option<Nights>, Wrong> {
    let unread: Wrong = CalendarRefused::Date;
    let is =
        |name: &str, value: &str| text_of(event, name).is_some_and(|text| text.eq_ignore_ascii_case(value));
    if is("STATUS", "CANCELLED") || is("TRANSP", "TRANSPARENT") {
        return Ok(None);
    }
    if text_of(event, "RRULE").is_some() || text_of(event, "RDATE").is_some() {
        return Err(CalendarRefused::Repeats);
    }
    let from = text_of(event, "DTSTART").and_then(date).ok_or(unread)?;
    let until = match (text_of(event, "DTEND"), text_of(event, "DURATION").and_then(days)) {
        (Some(end), _) => date(end).ok_or(unread)?,
        (None, Some(days)) => from.checked_add_days(Days::new(days)).ok_or(unread)?,
        (None, None) => from,
    };
    // An event on one day blocks the night of it. One that ends before it begins was mistyped: which nights are meant nobody can tell.
    let until = match until.cmp(&from) {
        Ordering::Greater => Some(until),
        Ordering::Equal => from.succ_opt(),
        Ordering::Less => return Err(CalendarRefused::Order),
    };
    Ok(Some(Nights { from, until: until.ok_or(unread)? }))
}
