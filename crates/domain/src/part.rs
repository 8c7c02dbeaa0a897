//! The parts of dates for which rooms are held and sold.

use chrono::NaiveDate;
use hefu_kernel::codes;

codes! {
    /// Which part of a date a room is held for.
    pub enum RoomPart {
        /// The night that begins on the date.
        Night = "night",
        /// The day: a part-day guest, or a stay that goes through it.
        Day = "day",
    }
}

/// What a range of dates occupies: every night, and the days between two nights. A part-day stay
/// occupies its day only; an arrival day and a departure day stay free for part-day guests.
pub fn occupied_parts(arrival: NaiveDate, departure: NaiveDate) -> Vec<(NaiveDate, RoomPart)> {
    if arrival == departure {
        return vec![(arrival, RoomPart::Day)];
    }
    let mut parts = Vec::new();
    for night in arrival.iter_days().take_while(|night| *night < departure) {
        if night != arrival {
            parts.push((night, RoomPart::Day));
        }
        parts.push((night, RoomPart::Night));
    }
    parts
}

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// Hours for which a guest by the hour takes a room, in minutes after midnight of the date: from the first until before the other, which may be
/// after the next midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    /// The first minute.
    pub from: i64,
    /// The minute after the last.
    pub until: i64,
}

impl Hours {
    /// All of the date, and whatever hours can begin on it: of who comes nobody knows when.
    pub const ALL: Self = Self { from: 0, until: 4 * DAY };

    /// Whether there is a minute in both.
    pub const fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// The hours of a clock from 0 to 23.
    pub fn of_day() -> impl Iterator<Item = Self> {
        (0..DAY / 60).map(|hour| Self { from: hour * 60, until: (hour + 1) * 60 })
    }
}

/// How many rooms guests need who come for these hours: as many as are there at once when most are. Of any number of hours so many rooms are
/// enough.
pub fn rooms_needed(hours: impl IntoIterator<Item = Hours>) -> i64 {
    let mut moments: Vec<(i64, i64)> =
        hours.into_iter().flat_map(|hours| [(hours.from, 1), (hours.until, -1)]).collect();
    // Who leaves at a minute has left when another comes at it.
    moments.sort_unstable();
    let (mut now, mut most) = (0, 0);
    for (_, change) in moments {
        now += change;
        most = most.max(now);
    }
    most
}

/// How many of the rooms that guests need are needed while somebody takes `hours`.
pub fn rooms_needed_within(hours: Hours, others: impl IntoIterator<Item = Hours>) -> i64 {
    let within = others.into_iter().filter(|other| other.overlaps(hours));
    rooms_needed(
        within.map(|other| Hours { from: other.from.max(hours.from), until: other.until.min(hours.until) }),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_stay_holds_its_nights_and_the_days_between() {
        use RoomPart::{Day, Night};
        assert_eq!(
            occupied_parts(day("2026-12-31"), day("2027-01-02")),
            [(day("2026-12-31"), Night), (day("2027-01-01"), Day), (day("2027-01-01"), Night)]
        );
        assert_eq!(occupied_parts(day("2026-10-03"), day("2026-10-03")), [(day("2026-10-03"), Day)]);
    }

    #[test]
    fn rooms_are_needed_for_as_many_as_are_there_at_once() {
        let hours = |from: i64, until: i64| Hours { from: from * 60, until: until * 60 };
        assert_eq!(rooms_needed([]), 0);
        // One after the other in one room; who leaves at two makes way for who comes at two.
        assert_eq!(rooms_needed([hours(10, 14), hours(14, 18), hours(18, 26)]), 1);
        assert_eq!(rooms_needed([hours(10, 14), hours(13, 17), hours(16, 20)]), 2);
        assert_eq!(rooms_needed([hours(10, 14), hours(18, 20), Hours::ALL]), 2);
        let others = [hours(10, 14), hours(11, 12), hours(16, 20)];
        assert_eq!(rooms_needed_within(hours(12, 16), others), 1);
        assert_eq!(rooms_needed_within(hours(14, 16), others), 0);
        assert_eq!(rooms_needed_within(Hours::ALL, others), 2);
    }

    proptest! {
        /// As many as are needed are enough: who comes first gets a room that is free.
        #[test]
        fn so_many_rooms_are_enough(hours in prop::collection::vec((0_i64..1_800, 1_i64..1_380), 0..30)) {
            let mut hours: Vec<Hours> = hours.into_iter().map(|(from, for_)| Hours { from, until: from + for_ }).collect();
            hours.sort_unstable();
            let mut free_from: Vec<i64> = Vec::new();
            for guest in &hours {
                match free_from.iter_mut().find(|free| **free <= guest.from) {
                    Some(room) => *room = guest.until,
                    None => free_from.push(guest.until),
                }
            }
            prop_assert_eq!(free_from.len() as i64, rooms_needed(hours.iter().copied()));
            // One more needs a room more only where all are taken within its hours.
            let one = Hours { from: 600, until: 840 };
            let with = rooms_needed(hours.iter().copied().chain([one]));
            let within = rooms_needed_within(one, hours.iter().copied());
            prop_assert_eq!(with, rooms_needed(hours).max(within + 1));
        }
    }
}
