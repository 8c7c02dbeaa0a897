//! Background jobs, and the positions of the journal's followers.

use chrono::{DateTime, Utc};
use hefu_kernel::codes;
use uuid::Uuid;

use crate::ids::JobId;

codes! {
    /// The state of a job.
    pub enum JobState {
        /// Waiting for its time.
        Waiting = "waiting",
        /// A worker holds its lease.
        Running = "running",
        /// Its effect is committed.
        Done = "done",
        /// Abandoned: a person has to look at it.
        Dead = "dead",
    }
}

/// Work that a unit enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Identifier.
    pub id: JobId,
    /// The kind of work, which determines the payload.
    pub kind: String,
    /// Its payload, JSON: ids only, no personal data.
    pub payload: String,
    /// At most one job of a kind is open for the same key.
    pub dedupe: Option<String>,
    /// Its state.
    pub state: JobState,
    /// Earliest time to run it.
    pub run_at: DateTime<Utc>,
    /// Its deadline.
    pub deadline: DateTime<Utc>,
    /// How often it was started.
    pub attempts: i64,
    /// Whether it was enqueued again while it was running.
    pub again: bool,
    /// The worker running it.
    pub leased_by: Option<Uuid>,
    /// When the lease ends; afterwards others may claim it.
    pub lease_until: Option<DateTime<Utc>>,
    /// Stable code of the last failure.
    pub last_error: Option<String>,
    /// When it was first enqueued.
    pub enqueued_at: DateTime<Utc>,
    /// When it was completed or became dead.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The position of a follower of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalCursor {
    /// The follower.
    pub name: String,
    /// The last entry it has processed; -1 before the first.
    pub log_index: i64,
    /// When it got there.
    pub updated_at: DateTime<Utc>,
}
