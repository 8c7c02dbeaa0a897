//! Time as a parameter.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Provides the time. Everything that needs it takes a clock, so that tests can choose the time.
pub trait Clock: Send + Sync {
    /// The present moment, UTC, as the machine has been told it. It can be set, forwards and backwards.
    fn now(&self) -> DateTime<Utc>;

    /// The present moment on a clock that nobody can set.
    fn steady(&self) -> Steady;
}

/// A moment on a clock that nobody can set: it runs from the machine's start, also while the machine sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steady {
    /// Which start of which machine. Nil: the system does not say, so that no two processes share it.
    pub boot: Uuid,
    /// How long ago that was.
    pub elapsed: Duration,
}

impl Steady {
    /// How much time has passed since `earlier`. None: the machine was started since, or it is another machine.
    pub fn since(&self, earlier: Self) -> Option<Duration> {
        (self.boot == earlier.boot).then(|| self.elapsed.saturating_sub(earlier.elapsed))
    }
}

/// The machine's clock, truncated to microseconds: PostgreSQL stores no more, and what comes back
/// from the database must equal what went in.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        DateTime::from_timestamp_micros(since_epoch.as_micros() as i64).unwrap_or_default()
    }

    #[cfg(target_os = "linux")]
    fn steady(&self) -> Steady {
        static BOOT: std::sync::LazyLock<Uuid> = std::sync::LazyLock::new(|| {
            let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
            id.ok().and_then(|id| id.trim().parse().ok()).unwrap_or_default()
        });
        let elapsed = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Steady { boot: *BOOT, elapsed: elapsed.try_into().unwrap_or_default() }
    }

    #[cfg(not(target_os = "linux"))]
    fn steady(&self) -> Steady {
        static START: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        Steady { boot: Uuid::nil(), elapsed: START.elapsed() }
    }
}

/// A clock that stands still until moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<Fixed>);

#[derive(Debug)]
struct Fixed {
    now: DateTime<Utc>,
    steady: Steady,
}

impl FixedClock {
    /// A clock standing at `moment`.
    pub const fn at(moment: DateTime<Utc>) -> Self {
        Self(Mutex::new(Fixed { now: moment, steady: Steady { boot: Uuid::max(), elapsed: Duration::ZERO } }))
    }

    fn fixed(&self) -> MutexGuard<'_, Fixed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on to `moment`: time passes until then. To an earlier one the clock is set back.
    pub fn set(&self, moment: DateTime<Utc>) {
        let by = moment - self.now();
        if by < TimeDelta::zero() { self.jump(by) } else { self.advance(by) }
    }

    /// Time passes.
    pub fn advance(&self, by: TimeDelta) {
        let mut fixed = self.fixed();
        fixed.now += by;
        fixed.steady.elapsed += by.to_std().unwrap_or_default();
    }

    /// Somebody sets the clock forwards or backwards, and no time passes.
    pub fn jump(&self, by: TimeDelta) {
        self.fixed().now += by;
    }

    /// The machine is started anew after it was off for so long.
    pub fn restart(&self, off: TimeDelta) {
        let mut fixed = self.fixed();
        fixed.now += off;
        let boot = Uuid::from_u128(fixed.steady.boot.as_u128() - 1);
        fixed.steady = Steady { boot, elapsed: Duration::ZERO };
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.fixed().now
    }

    fn steady(&self) -> Steady {
        self.fixed().steady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_steady_clock_runs() {
        let before = SystemClock.steady();
        std::thread::sleep(Duration::from_millis(20));
        let passed = SystemClock.steady().since(before);
        assert!(passed.is_some_and(|passed| passed >= Duration::from_millis(20)), "{passed:?}");
        assert!(!cfg!(target_os = "linux") || !before.boot.is_nil());
    }

    #[test]
    fn only_time_that_passes_moves_the_steady_clock() {
        let clock = FixedClock::at(DateTime::UNIX_EPOCH);
        let start = clock.steady();
        clock.jump(TimeDelta::days(2));
        assert_eq!(clock.steady().since(start), Some(Duration::ZERO));
        clock.advance(TimeDelta::hours(1));
        clock.set(clock.now() + TimeDelta::hours(1));
        assert_eq!(clock.steady().since(start), Some(Duration::from_secs(7_200)));
        clock.restart(TimeDelta::hours(1));
        assert_eq!(clock.steady().since(start), None);
    }
}
