//! Work that is to be done later, and how far followers of the journal have come.

use chrono::{DateTime, Utc};
use hefu_kernel::codes;
use uuid::Uuid;

use crate::ids::JobId;

codes! {
    /// How a job stands.
    pub enum JobState {
        /// It waits for its time.
        Waiting = "waiting",
        /// Somebody holds its lease.
        Running = "running",
        /// Its effect is committed.
        Done = "done",
        /// It was given up: a person has to look at it.
        Dead = "dead",
    }
}

/// Work that a unit wanted done later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Identifier.
    pub id: JobId,
    /// What kind of work; it says what the payload is.
    pub kind: String,
    /// What it is about, JSON: ids only, no personal data.
    pub payload: String,
    /// At most one job of a kind is open for the same key.
    pub dedupe: Option<String>,
    /// How it stands.
    pub state: JobState,
    /// When it is to be run; not before.
    pub run_at: DateTime<Utc>,
    /// When it is given up.
    pub deadline: DateTime<Utc>,
    /// How often it was begun.
    pub attempts: i64,
    /// Whether it was asked for again while it was running.
    pub again: bool,
    /// Who runs it.
    pub leased_by: Option<Uuid>,
    /// Until when; others may take it afterwards.
    pub lease_until: Option<DateTime<Utc>>,
    /// Stable code of the last failure.
    pub last_error: Option<String>,
    /// When it was first asked for.
    pub enqueued_at: DateTime<Utc>,
    /// When it was done or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How far a follower of the journal has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalCursor {
    /// The follower.
    pub name: String,
    /// The last entry it has dealt with; -1 before the first.
    pub log_index: i64,
    /// When it got there.
    pub updated_at: DateTime<Utc>,
}
