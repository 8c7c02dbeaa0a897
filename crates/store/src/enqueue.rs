//! What a unit wants done later, as it is written at the unit's end.

use chrono::{DateTime, Utc};
use hefu_domain::ids::JobId;

use crate::{Conn, StoreError, sql::statements, value::args};

statements! {
    // Whoever asks again for what is open gets no second job: one that waits will see what there is then, and one that
    // is running, which may have looked already, waits once more afterwards.
    ENQUEUE = "INSERT INTO job (id, kind, payload, dedupe, state, run_at, deadline, attempts, again, enqueued_at)
        VALUES ($1, $2, $3, $4, 'waiting', $5, $6, 0, FALSE, $7)
        ON CONFLICT (kind, dedupe) WHERE state IN ('waiting', 'running')
        DO UPDATE SET again = (job.state = 'running'), deadline = excluded.deadline,
            run_at = CASE WHEN job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END";
}

/// What is to be done later, as a unit asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewJob {
    /// What kind of work.
    pub kind: &'static str,
    /// At most one job of the kind is open for the same key.
    pub dedupe: Option<String>,
    /// What it is about, JSON: ids only, no personal data.
    pub payload: String,
    /// When it was asked for.
    pub enqueued_at: DateTime<Utc>,
    /// When it is to be run; not before.
    pub run_at: DateTime<Utc>,
    /// When it is given up.
    pub deadline: DateTime<Utc>,
}

pub(crate) async fn enqueue(c: &mut Conn, id: JobId, job: NewJob) -> Result<(), StoreError> {
    let NewJob { kind, dedupe, payload, enqueued_at, run_at, deadline } = job;
    let values = args![id, kind.to_owned(), payload, dedupe, run_at, deadline, enqueued_at];
    c.execute(ENQUEUE, values).await.map(drop)
}
