//! Whether more is asked of this server than it can answer. What nobody waits for is done when that is over: it would take from those at the desk the very time
//! that is missing.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use hefu_store::Store;
use tokio::time::{Instant, sleep};

use crate::services::Service;

/// How long after the last request that was turned away it is over.
const CALM: Duration = Duration::from_secs(1);

/// How often it is looked whether it is over.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// When requests were turned away last.
#[derive(Debug)]
pub struct Rush {
    since: Instant,
    /// Milliseconds from then until it is over.
    until: AtomicU64,
}

impl Default for Rush {
    fn default() -> Self {
        Self { since: Instant::now(), until: AtomicU64::new(0) }
    }
}

impl Service for Rush {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl Rush {
    fn passed(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a request was turned away.
    pub fn goes_on(&self) {
        let calm = CALM.as_millis() as u64;
        self.until.store(self.passed().saturating_add(calm), Relaxed);
    }

    /// Whether requests were turned away a short time ago.
    pub fn is_on(&self) -> bool {
        self.passed() < self.until.load(Relaxed)
    }

    /// Waits until it is over, and no longer than `most`.
    pub async fn over(&self, most: Duration) {
        let began = Instant::now();
        while self.is_on() && began.elapsed() < most {
            sleep(LOOK_EVERY).await;
        }
    }
}
