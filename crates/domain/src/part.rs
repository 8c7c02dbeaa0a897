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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
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
}
