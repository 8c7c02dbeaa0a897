//! Followers of the journal: they read it by `log_index`, with a cursor of their own in the database.
//!
//! A follower's writes and its new position are committed in one unit, so that nothing is missed and nothing is written twice.
//! Its effects outside the database happen before, at least once, and must be idempotent. Signals within the process
//! (`Store::changes`) are only wake-ups; in-memory caches, which die with the process, may rely on them.

use async_trait::async_trait;
use std::sync::Arc;

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_domain::journal::JournalEntry;
use hefu_store::query::{self, journal::OpenedChange};

use crate::{Command, Operation, Operator, Result, Unit};

/// Entries handed over in one unit with their changes.
const BATCH: i64 = 500;

/// Entries handed over in one unit without: they are small, and the more there are at once, the fewer records are looked at twice.
const LARGE_BATCH: i64 = 5_000;

/// A journal entry with its change.
#[derive(Debug, Clone)]
pub struct Followed {
    /// The entry; it has its log index.
    pub entry: JournalEntry,
    /// What was done and why. None if the follower did not ask for it, its owner's key was destroyed, or it does not match its commitment
    /// (`hefu verify` reports it).
    pub change: Option<OpenedChange>,
}

/// Where a follower without a cursor starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the first entry.
    Beginning,
    /// At the next new entry.
    Now,
}

/// Something that processes every entry, in order.
#[async_trait]
pub trait Follower: Send + Sync + 'static {
    /// The cursor's name; it must never change.
    const NAME: &'static str;

    /// Where it starts.
    const START: Start;

    /// Whether it needs changes to be opened.
    const CHANGES: bool = true;

    /// Effects that a unit cannot roll back: they happen before it, and again after a failure or a crash.
    async fn outside(&self, _entries: &[Followed]) -> Result<()> {
        Ok(())
    }

    /// Its writes for these entries, in the unit that moves its cursor.
    async fn entries(&self, unit: &mut Unit<'_>, entries: &[Followed]) -> Result<()>;
}

/// Writes what the follower writes, and moves its cursor. Does nothing if another server was faster.
struct Advance<F> {
    follower: Arc<F>,
    entries: Vec<Followed>,
    from: i64,
    to: i64,
}

#[async_trait]
impl<F: Follower> Command for Advance<F> {
    const ACTION: Action = Action::JournalAdvance;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let cursor = query::cursor::find(u.tx, F::NAME).await?;
        if cursor.is_none_or(|cursor| cursor.log_index != self.from) {
            return Ok(());
        }
        self.follower.entries(u, &self.entries).await?;
        query::cursor::advance(u.tx, F::NAME, self.from, self.to, u.now).await?;
        Ok(())
    }
}

/// Creates a follower's cursor.
struct Begin {
    name: &'static str,
    log_index: i64,
}

#[async_trait]
impl Command for Begin {
    const ACTION: Action = Action::JournalAdvance;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        Ok(query::cursor::begin(u.tx, self.name, self.log_index, u.now).await?)
    }
}

/// Hands the next entries to a follower, a few hundred at most. Returns whether there may be more. A follower that fails stays where it is.
#[derive(Debug)]
pub struct Follow<F>(pub Arc<F>);

#[async_trait]
impl<F: Follower> Operation for Follow<F> {
    const ACTION: Action = Action::JournalFollow;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<bool> {
        let Self(follower) = self;
        let mut c = o.read().await?;
        let Some(cursor) = query::cursor::find(&mut c, F::NAME).await? else {
            let log_index = match F::START {
                Start::Beginning => -1,
                Start::Now => query::ledger::size(&mut c).await? - 1,
            };
            drop(c);
            o.execute(Begin { name: F::NAME, log_index }).await?;
            return Ok(true);
        };
        let batch = if F::CHANGES { BATCH } else { LARGE_BATCH };
        // Entries with a position never change, so they can be read before the unit.
        let found = query::journal::after(&mut c, cursor.log_index, batch).await?;
        let Some(to) = found.last().and_then(|entry| entry.log_index) else { return Ok(false) };
        let is_full = i64::try_from(found.len()).is_ok_and(|count| count == batch);
        let mut entries = Vec::with_capacity(found.len());
        for entry in found {
            let change = match F::CHANGES {
                false => None,
                true => query::journal::change(&mut c, o.vault(), &entry).await.unwrap_or_else(|error| {
                    tracing::error!(follower = F::NAME, entry = %entry.id, %error, "a change cannot be opened");
                    None
                }),
            };
            entries.push(Followed { entry, change });
        }
        drop(c);
        follower.outside(&entries).await?;
        o.execute(Advance { follower: follower.clone(), entries, from: cursor.log_index, to }).await?;
        Ok(is_full)
    }
}
