//! Calendars read, and what nobody should send.
#![expect(clippy::unwrap_used, reason = "tests")]

use hefu_ota::{CalendarRefused, blocked_nights};
use proptest::prelude::*;

fn calendar(events: &[&str]) -> String {
    let events: String =
        events.iter().map(|event| format!("BEGIN:VEVENT\r\n{event}END:VEVENT\r\n")).collect();
    format!("BEGIN:VCALENDAR\r\nPRODID:-//Channel//EN\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(from: &str, until: &str) -> String {
    format!(
        "DTEND;VALUE=DATE:{until}\r\nDTSTART;VALUE=DATE:{from}\r\nUID:{from}@example.com\r\nSUMMARY:Reserved\r\n"
    )
}

fn nights(text: &str) -> Vec<String> {
    let nights = blocked_nights(text).unwrap();
    nights.iter().map(|nights| format!("{}/{}", nights.from, nights.until)).collect()
}

#[test]
fn blocked_nights_are_read_and_joined() {
    let (one, two, three) =
        (event("20261003", "20261005"), event("20261005", "20261007"), event("20261010", "20261011"));
    assert_eq!(nights(&calendar(&[&three, &two, &one])), ["2026-10-03/2026-10-07", "2026-10-10/2026-10-11"]);
    // Folded, with times, without an end, with a duration; cancelled and transparent ones block nothing.
    let folded =
        one.replace("SUMMARY:Reserved", "DESCRIPTION:a long text that is fol\r\n ded here\\, and\r\n  there");
    assert_eq!(nights(&calendar(&[&folded])), ["2026-10-03/2026-10-05"]);
    let timed = "DTSTART;TZID=Europe/Rome:20261003T150000\r\nDTEND:20261005T080000Z\r\n";
    assert_eq!(nights(&calendar(&[timed])), ["2026-10-03/2026-10-05"]);
    assert_eq!(nights(&calendar(&["DTSTART:20261003\r\n"])), ["2026-10-03/2026-10-04"]);
    assert_eq!(nights(&calendar(&["DTSTART:20261003\r\nDURATION:P1W\r\n"])), ["2026-10-03/2026-10-10"]);
    for none in ["STATUS:CANCELLED\r\n", "TRANSP:TRANSPARENT\r\n"] {
        assert_eq!(nights(&calendar(&[&format!("{one}{none}")])), [] as [&str; 0]);
    }
    assert_eq!(nights(&calendar(&[])), [] as [&str; 0]);
}

#[test]
fn what_is_no_calendar_is_refused() {
    let deep = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:VEVENT\r\n".repeat(100_000));
    for (text, why) in [
        ("".to_owned(), CalendarRefused::NoCalendar),
        ("<html>".to_owned(), CalendarRefused::NoCalendar),
        (deep, CalendarRefused::TooLarge),
        ("x".repeat(3 << 20), CalendarRefused::TooLarge),
        (calendar(&["DTSTART:20261003\r\n", "DTSTART:20261303\r\n"]), CalendarRefused::Date(2)),
        (calendar(&["UID:1\r\n"]), CalendarRefused::Date(1)),
        (calendar(&["DTSTART:20261005\r\nDTEND:20261001\r\n"]), CalendarRefused::Order(1)),
        (calendar(&["DTSTART:20261003\r\nRRULE:FREQ=DAILY\r\n"]), CalendarRefused::Repeats(1)),
    ] {
        assert_eq!(blocked_nights(&text).unwrap_err(), why);
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(from in 0_usize..400, length in 0_usize..40, with in "[A-Z:;=,\\\\ \r\n0-9é]{0,12}") {
        let text = calendar(&[&event("20261003", "20261005"), &event("20261010", "20261011")]);
        let cut = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let (from, to) = (cut(from), cut(from + length));
        let _ = blocked_nights(&format!("{}{with}{}", &text[..from], &text[to..]));
    }

    /// In whatever order the events stand, and however a calendar rolls on, the nights are in order and apart.
    #[test]
    fn nights_are_in_order_and_apart(days in prop::collection::vec((0_u64..300, 1_u64..20), 0..40)) {
        let first = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let day = |add: u64| first + chrono::Days::new(add);
        let events: Vec<String> = days
            .iter()
            .map(|(from, length)| event(&day(*from).format("%Y%m%d").to_string(), &day(from + length).format("%Y%m%d").to_string()))
            .collect();
        let text = calendar(&events.iter().map(String::as_str).collect::<Vec<_>>());
        let nights = blocked_nights(&text).unwrap();
        prop_assert!(nights.windows(2).all(|two| two[0].until < two[1].from));
        for add in 0..330 {
            let is_blocked = days.iter().any(|(from, length)| (*from..from + length).contains(&add));
            let is_among = nights.iter().any(|nights| (nights.from..nights.until).contains(&day(add)));
            prop_assert_eq!(is_blocked, is_among);
        }
    }
}
