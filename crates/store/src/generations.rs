//! Which records have changed since somebody looked: what a cache needs to never answer stale.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use uuid::Uuid;

/// Counts, for every record id, the committed changes of this process. Ids share slots, so a change
/// can make a stranger look changed; that costs a look at the database and is never wrong.
///
/// Counters move after the commit and before the writer is answered. A reader who finds in a counter
/// what it found before reading has read nothing older than the last answered write.
#[derive(Debug)]
pub struct Generations {
    slots: Box<[AtomicU64]>,
    total: AtomicU64,
}

const SLOTS: usize = 1 << 14;

impl Default for Generations {
    fn default() -> Self {
        Self { slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(), total: AtomicU64::new(0) }
    }
}

impl Generations {
    /// Stands for all properties together: it changes with each of them.
    pub const PROPERTIES: Uuid = Uuid::nil();

    fn slot(&self, id: Uuid) -> &AtomicU64 {
        // The end of a UUIDv7 is random.
        &self.slots[id.as_u128() as usize % SLOTS]
    }

    /// The generation of a record.
    pub fn of(&self, id: Uuid) -> u64 {
        self.slot(id).load(SeqCst)
    }

    /// How many changes there were in all: equal before and after a read means that nothing was
    /// committed and answered in between.
    pub fn total(&self) -> u64 {
        self.total.load(SeqCst)
    }

    /// Anything may have changed.
    pub(crate) fn all_changed(&self) {
        self.total.fetch_add(1, SeqCst);
        for slot in &self.slots {
            slot.fetch_add(1, SeqCst);
        }
    }

    /// The total moves first: a reader that sees a record's new generation together with the old total
    /// could otherwise keep old data under the new generation.
    pub(crate) fn changed(&self, ids: &[Uuid]) {
        self.total.fetch_add(1, SeqCst);
        for id in ids {
            self.slot(*id).fetch_add(1, SeqCst);
        }
    }
}
