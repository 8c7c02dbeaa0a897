//! How many requests are worked on at once: as many as leave each about as quick as it is alone.
//!
//! What a request of a route takes when (almost) nothing else is worked on is learnt and kept. In each window the time that requests took is
//! held against what they would have taken alone. When they take too much longer, the machine is doing more at once than it has
//! processors and disk for, and fewer are let in; while they do not, and more would come, one more is.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// Fewest at once.
const LEAST: f64 = 2.0;
/// Most at once.
const MOST: f64 = 256.0;
/// How many at once before anything is known.
const FIRST: f64 = 16.0;
/// With so many at work, itself counted, a request is as good as alone.
const ALONE: usize = 2;
/// Requests may take so many times as long as alone.
const SLOWER: f64 = 2.0;
/// One request counts for so many times its usual time at most: a night audit among bookings is no sign of anything.
const OUTLIER: f64 = 10.0;
/// Shortest window, and fewest requests in it.
const WINDOW: (Duration, u32) = (Duration::from_millis(50), 16);
/// How much a new request counts in what its route takes alone.
const NEW: f64 = 0.05;

/// What a request was like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Which route, by any number that is its own.
    pub(super) route: u64,
    /// From when it was let in to when its answer was there.
    pub(super) took: Duration,
    /// How many were at work when it was let in, itself counted.
    pub(super) company: usize,
}

/// What requests of a route take alone, seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Alone {
    mean: f64,
    samples: u32,
}

/// How many requests may be worked on at once.
#[derive(Debug)]
pub(super) struct Limit {
    allowed: f64,
    alone: HashMap<u64, Alone>,
    began: Instant,
    samples: u32,
    took: f64,
    alone_would_take: f64,
    /// Somebody had to wait, or would have if one more had come.
    is_full: bool,
    /// What requests take now, seconds.
    usual: f64,
}

impl Limit {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            allowed: FIRST,
            alone: HashMap::new(),
            began: now,
            samples: 0,
            took: 0.0,
            alone_would_take: 0.0,
            is_full: false,
            usual: 0.0,
        }
    }

    /// How many may be worked on at once.
    pub(super) const fn allowed(&self) -> usize {
        self.allowed as usize
    }

    /// What a request usually takes now.
    pub(super) fn usual(&self) -> Duration {
        Duration::from_secs_f64(self.usual)
    }

    /// As many were at work as may be.
    pub(super) const fn full(&mut self) {
        self.is_full = true;
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, sample: Sample, now: Instant) {
        let took = sample.took.as_secs_f64();
        let alone = self.alone.entry(sample.route).or_default();
        if sample.company <= ALONE || alone.samples == 0 {
            alone.samples = alone.samples.saturating_add(1);
            alone.mean += (took - alone.mean) * NEW.max(1.0 / f64::from(alone.samples));
        }
        let took = took.min(alone.mean * OUTLIER);
        self.usual += (took - self.usual) * NEW;
        self.took += took;
        self.alone_would_take += alone.mean;
        self.samples += 1;
        if self.samples >= WINDOW.1 && now.duration_since(self.began) >= WINDOW.0 {
            self.adjust();
            (self.began, self.samples, self.is_full) = (now, 0, false);
            (self.took, self.alone_would_take) = (0.0, 0.0);
        }
    }

    fn adjust(&mut self) {
        let slower = self.took / self.alone_would_take.max(f64::MIN_POSITIVE);
        if slower > SLOWER {
            self.allowed *= (SLOWER / slower).max(0.7);
        } else if self.is_full {
            self.allowed += 1.0;
        }
        self.allowed = self.allowed.clamp(LEAST, MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that works on `parallel` requests at once and keeps the others waiting for it: each takes `alone` then. Answers how many were
    /// allowed after so many windows in which more wanted to come.
    fn settled(limit: &mut Limit, now: &mut Instant, parallel: f64, alone: f64, windows: usize) -> usize {
        for _ in 0..windows {
            let at_once = limit.allowed();
            let took = Duration::from_secs_f64(alone * (at_once as f64 / parallel).max(1.0));
            for _ in 0..WINDOW.1 {
                limit.full();
                *now += WINDOW.0 / WINDOW.1 + Duration::from_millis(1);
                limit.answered(Sample { route: 1, took, company: at_once }, *now);
            }
        }
        limit.allowed()
    }

    fn alone(limit: &mut Limit, now: &mut Instant, takes: f64) {
        for _ in 0..100 {
            *now += Duration::from_millis(10);
            limit.answered(Sample { route: 1, took: Duration::from_secs_f64(takes), company: 1 }, *now);
        }
    }

    #[test]
    fn it_finds_what_the_machine_can_do_at_once() {
        for parallel in [1.0, 2.0, 8.0, 40.0] {
            let (mut now, takes) = (Instant::now(), 0.002);
            let mut limit = Limit::new(now);
            alone(&mut limit, &mut now, takes);
            let allowed = settled(&mut limit, &mut now, parallel, takes, 200);
            let best = (SLOWER * parallel) as usize;
            assert!((best * 6 / 10..=best + 1).contains(&allowed), "{allowed} where {parallel} run at once");
        }
    }

    #[test]
    fn it_follows_a_machine_that_becomes_slower_and_quicker() {
        let (mut now, takes) = (Instant::now(), 0.002);
        let mut limit = Limit::new(now);
        alone(&mut limit, &mut now, takes);
        let before = settled(&mut limit, &mut now, 20.0, takes, 100);
        let slow = settled(&mut limit, &mut now, 2.0, takes, 20);
        assert!(slow <= 5 && before >= 24, "{before}, then {slow}");
        let again = settled(&mut limit, &mut now, 20.0, takes, 100);
        assert!(again >= 24, "{again}");
        // For ever slower: it is known at the least number there is, and taken for usual then.
        settled(&mut limit, &mut now, 1.0, takes * 50.0, 300);
        let usual = settled(&mut limit, &mut now, 20.0, takes * 50.0, 300);
        assert!(usual >= 24, "{usual}");
    }

    #[test]
    fn few_requests_and_long_ones_change_nothing() {
        let mut now = Instant::now();
        let mut limit = Limit::new(now);
        alone(&mut limit, &mut now, 0.002);
        assert_eq!(limit.allowed(), FIRST as usize);
        // An audit of a minute, the first of its route, among bookings.
        limit.answered(Sample { route: 2, took: Duration::from_secs(60), company: 9 }, now);
        alone(&mut limit, &mut now, 0.002);
        assert_eq!(limit.allowed(), FIRST as usize);
    }
}
