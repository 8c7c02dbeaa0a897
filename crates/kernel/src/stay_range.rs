//! The nights between an arrival and a departure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The first date: means "from the beginning". Both engines can store and compare it.
pub const FIRST_DATE: NaiveDate = date(1, 1, 1);
/// The last date: means "without end". `NaiveDate::MAX` would be written with a sign and
/// sort before every other text.
pub const LAST_DATE: NaiveDate = date(9999, 12, 31);

const fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

/// From an arrival to a departure date. A night belongs to the date on which it begins, so the
/// departure date is not a night of the range; equal dates are day use without any night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct StayRange {
    arrival: NaiveDate,
    departure: NaiveDate,
}

#[derive(Deserialize)]
struct Raw {
    arrival: NaiveDate,
    departure: NaiveDate,
}

impl TryFrom<Raw> for StayRange {
    type Error = StayRangeError;
    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        Self::new(raw.arrival, raw.departure)
    }
}

/// Why two dates are not a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StayRangeError {
    /// The departure is before the arrival.
    DepartureBeforeArrival,
    /// More than [`StayRange::MAX_NIGHTS`] nights.
    TooLong,
}

impl std::fmt::Display for StayRangeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::DepartureBeforeArrival => "the departure is before the arrival",
            Self::TooLong => "a stay has at most 731 nights",
        })
    }
}

impl std::error::Error for StayRangeError {}

impl StayRange {
    /// Two years: anything longer is a typing error, and every night is a row.
    pub const MAX_NIGHTS: i64 = 731;

    /// A range from `arrival` to `departure`.
    ///
    /// # Errors
    /// The departure is before the arrival or more than two years after it.
    pub fn new(arrival: NaiveDate, departure: NaiveDate) -> Result<Self, StayRangeError> {
        match (departure - arrival).num_days() {
            days if days < 0 => Err(StayRangeError::DepartureBeforeArrival),
            days if days > Self::MAX_NIGHTS => Err(StayRangeError::TooLong),
            _ => Ok(Self { arrival, departure }),
        }
    }

    /// The date of the first night.
    pub const fn arrival(self) -> NaiveDate {
        self.arrival
    }

    /// The departure date.
    pub const fn departure(self) -> NaiveDate {
        self.departure
    }

    /// How many nights.
    pub fn night_count(self) -> i64 {
        (self.departure - self.arrival).num_days()
    }

    /// The nights in order.
    pub fn nights(self) -> impl Iterator<Item = NaiveDate> + Clone {
        self.arrival.iter_days().take(self.night_count() as usize)
    }

    /// Whether `night` is one of the nights.
    pub fn contains(self, night: NaiveDate) -> bool {
        self.arrival <= night && night < self.departure
    }

    /// Whether a night belongs to both. Back-to-back ranges share none.
    pub fn overlaps(self, other: Self) -> bool {
        self.arrival.max(other.arrival) < self.departure.min(other.departure)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chrono::Datelike as _;
    use proptest::prelude::*;

    use super::*;

    fn range(from: &str, to: &str) -> StayRange {
        StayRange::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    #[test]
    fn nights_cross_the_end_of_the_year() {
        let nights: Vec<String> = range("2026-12-30", "2027-01-02").nights().map(|n| n.to_string()).collect();
        assert_eq!(nights, ["2026-12-30", "2026-12-31", "2027-01-01"]);
    }

    #[test]
    fn back_to_back_and_day_use_do_not_overlap() {
        let first = range("2026-10-01", "2026-10-03");
        assert!(!first.overlaps(range("2026-10-03", "2026-10-05")));
        assert!(!first.overlaps(range("2026-10-02", "2026-10-02")));
        assert!(first.overlaps(range("2026-10-02", "2026-10-05")));
        assert_eq!(range("2026-10-02", "2026-10-02").night_count(), 0);
    }

    #[test]
    fn wrong_dates_are_refused_also_from_json() {
        let day: NaiveDate = "2026-10-02".parse().unwrap();
        assert_eq!(StayRange::new(day, day.pred_opt().unwrap()), Err(StayRangeError::DepartureBeforeArrival));
        assert_eq!(StayRange::new(day, day + chrono::Days::new(732)), Err(StayRangeError::TooLong));
        let json = r#"{"arrival":"2026-10-02","departure":"2026-10-01"}"#;
        assert!(serde_json::from_str::<StayRange>(json).is_err());
    }

    fn any_date() -> impl Strategy<Value = NaiveDate> {
        let near = -1_000..1_000i32;
        let all = NaiveDate::MIN.num_days_from_ce()..=NaiveDate::MAX.num_days_from_ce();
        prop_oneof![near, all].prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).unwrap())
    }

    proptest! {
        #[test]
        fn no_two_dates_panic(a in any_date(), b in any_date(), c in any_date(), d in any_date()) {
            let (one, other) = (StayRange::new(a, b), StayRange::new(c, d));
            prop_assert_eq!(one.is_ok(), (0..=StayRange::MAX_NIGHTS).contains(&(b - a).num_days()));
            if let (Ok(one), Ok(other)) = (one, other) {
                let nights: Vec<NaiveDate> = one.nights().collect();
                prop_assert_eq!(nights.len() as i64, one.night_count());
                prop_assert_eq!(one.overlaps(other), nights.iter().any(|night| other.contains(*night)));
                prop_assert_eq!(one.overlaps(other), other.overlaps(one));
            }
        }
    }
}
