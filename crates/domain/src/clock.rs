//! What time it is, as far as that can be known: the machine's clock can be set, by mistake or to cheat.
//!
//! Hefu believes that clock only as far as it has itself seen time pass, on a clock that nobody can set ([`Steady`]). So there are two clocks of
//! its own, and one row keeps them for the next start:
//!
//! - the **running** clock counts the time that was seen to pass. What must be kept for a day is kept for a day of this clock.
//! - the **believed** clock goes with it, and with the machine's clock where the two agree. What happens by itself at a certain time happens
//!   when both the believed clock and the machine's have come to it.

use chrono::{DateTime, TimeDelta, Utc};
use hefu_kernel::Steady;
use uuid::Uuid;

/// How long the machine may have been off, as its clock says, for that to be believed: a night.
pub const UNSEEN: TimeDelta = TimeDelta::hours(12);

/// From what difference on between the machine's clock and the believed one people are told.
pub const DOUBT: TimeDelta = TimeDelta::minutes(10);

/// The believed clock comes nearer to the machine's by one part in so many of the time that passes: clocks are never quite right, and are set right
/// by some seconds. Two days would take half a year.
const NEARER: i32 = 100;

/// What is known of the time at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSeen {
    /// There is one row: 1.
    pub id: i64,
    /// The running clock: time that was seen to pass, from 1970 on.
    pub running: DateTime<Utc>,
    /// The believed clock.
    pub believed: DateTime<Utc>,
    /// The machine's clock.
    pub wall: DateTime<Utc>,
    /// The start of the machine that the steady clock counts from.
    pub boot: Uuid,
    /// The steady clock, microseconds.
    pub elapsed: i64,
    /// Version of the row.
    pub version: i64,
}

fn micros(steady: Steady) -> i64 {
    i64::try_from(steady.elapsed.as_micros()).unwrap_or(i64::MAX)
}

impl TimeSeen {
    /// The first moment there is.
    pub fn first(wall: DateTime<Utc>, steady: Steady) -> Self {
        let (boot, elapsed) = (steady.boot, micros(steady));
        Self { id: 1, running: DateTime::UNIX_EPOCH, believed: wall, wall, boot, elapsed, version: 1 }
    }

    /// What is known now, some time later.
    #[must_use]
    pub fn now(&self, wall: DateTime<Utc>, steady: Steady) -> Self {
        let elapsed = micros(steady);
        let same_boot = steady.boot == self.boot && !steady.boot.is_nil() && elapsed >= self.elapsed;
        let (ran, believed) = if same_boot {
            let ran = TimeDelta::microseconds(elapsed - self.elapsed);
            let believed = self.believed + ran;
            let nearer = ran / NEARER;
            (ran, believed + (wall - believed).clamp(-nearer, nearer))
        } else {
            // Nobody saw what passed: for a night, the machine's clock is taken at its word.
            let off = Some(wall - self.wall).filter(|off| (TimeDelta::zero()..=UNSEEN).contains(off));
            (TimeDelta::zero(), self.believed + off.unwrap_or_default())
        };
        Self { running: self.running + ran, believed, wall, boot: steady.boot, elapsed, ..self.clone() }
    }

    /// What two servers know together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            running: self.running.max(other.running),
            believed: self.believed.max(other.believed),
            version: self.version.max(other.version),
            ..self.clone()
        }
    }

    /// The machine's clock, unless it has run ahead of what is believed: then that.
    pub fn at_least(&self) -> DateTime<Utc> {
        self.wall.min(self.believed)
    }

    /// How far the machine's clock is ahead of what is believed, if that is worth telling; negative: behind.
    pub fn doubt(&self) -> Option<TimeDelta> {
        Some(self.wall - self.believed).filter(|ahead| ahead.abs() >= DOUBT)
    }
}

#[cfg(test)]
mod tests {
    use hefu_kernel::{Clock as _, FixedClock};

    use super::*;

    struct Watched(FixedClock, TimeSeen);

    impl Watched {
        fn new() -> Self {
            let clock = FixedClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
            let seen = TimeSeen::first(clock.now(), clock.steady());
            Self(clock, seen)
        }

        /// How far the machine's clock is ahead of the believed one, and what was seen to pass, minutes.
        fn look(&mut self) -> (i64, i64) {
            self.1 = self.1.now(self.0.now(), self.0.steady());
            (
                (self.1.wall - self.1.believed).num_minutes(),
                (self.1.running - DateTime::UNIX_EPOCH).num_minutes(),
            )
        }

        fn pass(&mut self, minutes: i64) -> (i64, i64) {
            for _ in 0..minutes {
                self.0.advance(TimeDelta::minutes(1));
                self.look();
            }
            self.look()
        }
    }

    #[test]
    fn a_clock_that_jumps_is_not_believed() {
        let mut w = Watched::new();
        assert_eq!(w.pass(60), (0, 60));
        w.0.jump(TimeDelta::days(2));
        assert_eq!(w.look(), (2 * 24 * 60, 60));
        assert_eq!(w.1.doubt(), Some(TimeDelta::days(2)));
        // An hour later it is still two days ahead, but for a hundredth of that hour.
        assert_eq!(w.pass(60), (2 * 24 * 60 - 1, 120));
        w.0.jump(TimeDelta::days(-2));
        assert_eq!(w.look().0, 0);
        assert_eq!(w.1.doubt(), None);
        // In many small steps as little.
        for _ in 0..100 {
            w.0.jump(TimeDelta::minutes(9));
            w.pass(1);
        }
        assert!(w.look().0 > 890, "{:?}", w.look());
    }

    #[test]
    fn a_clock_that_is_set_right_by_a_little_is_followed() {
        let mut w = Watched::new();
        w.0.jump(TimeDelta::seconds(20));
        assert!(w.look().0 == 0 && w.1.doubt().is_none());
        w.pass(60);
        assert_eq!(w.1.wall, w.1.believed);
        w.0.jump(TimeDelta::seconds(-20));
        w.pass(60);
        assert_eq!(w.1.wall, w.1.believed);
    }

    #[test]
    fn a_night_off_is_believed_and_counts_for_nothing_else() {
        let mut w = Watched::new();
        w.pass(10);
        w.0.restart(TimeDelta::hours(11));
        assert_eq!(w.look(), (0, 10));
        // Longer, or backwards: a person is asked.
        w.0.restart(TimeDelta::hours(13));
        assert_eq!(w.look(), (13 * 60, 10));
        let mut w = Watched::new();
        w.0.restart(TimeDelta::hours(-5));
        assert_eq!(w.look(), (-5 * 60, 0));
    }

    #[test]
    fn a_process_that_was_stopped_on_the_same_start_of_the_machine_knows_what_passed() {
        let mut w = Watched::new();
        w.pass(10);
        w.0.advance(TimeDelta::hours(30));
        w.0.jump(TimeDelta::days(2));
        assert_eq!(w.look(), (2 * 24 * 60 - 18, 10 + 30 * 60));
    }

    #[test]
    fn two_servers_count_no_minute_twice() {
        let clock = FixedClock::at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let mut row = TimeSeen::first(clock.now(), clock.steady());
        let (mut one, mut two) = (row.clone(), row.clone());
        for _ in 0..60 {
            clock.advance(TimeDelta::minutes(1));
            for server in [&mut one, &mut two] {
                *server = server.now(clock.now(), clock.steady()).with(&row);
                row = server.clone();
            }
        }
        assert_eq!(row.running, DateTime::UNIX_EPOCH + TimeDelta::hours(1));
        assert_eq!(row.believed, row.wall);
    }
}
