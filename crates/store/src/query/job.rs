//! Jobs: what units wanted done later, who runs it, and how it ended.

use chrono::{DateTime, Utc};
use hefu_domain::{
    ids::JobId,
    job::{Job, JobState},
};
use uuid::Uuid;

pub use crate::enqueue::NewJob;
use crate::{Conn, StoreError, Tx, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    IS_DUE = "SELECT EXISTS (SELECT 1 FROM job WHERE kind = $1 AND state = 'waiting' AND run_at <= $2)";
    // PostgreSQL looks at the last condition again after waiting for another who takes the same.
    CLAIM = "UPDATE job SET state = 'running', leased_by = $3, lease_until = $4, attempts = attempts + 1, again = FALSE
        WHERE id IN (SELECT id FROM job WHERE kind = $1 AND state = 'waiting' AND run_at <= $2 ORDER BY run_at LIMIT $5)
            AND state = 'waiting'
        RETURNING *";
    // Asked for again while it was running, it is a new job under the same id.
    FINISH = "UPDATE job SET state = CASE WHEN again THEN 'waiting' ELSE 'done' END, run_at = $4,
            attempts = CASE WHEN again THEN 0 ELSE attempts END, finished_at = CASE WHEN again THEN finished_at ELSE $4 END,
            again = FALSE, leased_by = NULL, lease_until = NULL, last_error = NULL
        WHERE id = $1 AND state = 'running' AND leased_by = $2 AND attempts = $3";
    POSTPONE = "UPDATE job SET state = 'waiting', run_at = $4, last_error = $5, again = FALSE, leased_by = NULL, lease_until = NULL
        WHERE id = $1 AND state = 'running' AND leased_by = $2 AND attempts = $3";
    GIVE_UP = "UPDATE job SET state = CASE WHEN again THEN 'waiting' ELSE 'dead' END, run_at = CASE WHEN again THEN $4 ELSE run_at END,
            attempts = CASE WHEN again THEN 0 ELSE attempts END, finished_at = CASE WHEN again THEN finished_at ELSE $4 END, last_error = $5,
            again = FALSE, leased_by = NULL, lease_until = NULL
        WHERE id = $1 AND state = 'running' AND leased_by = $2 AND attempts = $3";
    EXPIRED = "SELECT * FROM job WHERE state = 'running' AND lease_until < $1 ORDER BY lease_until LIMIT $2";
    FIND = "SELECT * FROM job WHERE id = $1";
    OPEN = "SELECT * FROM job WHERE kind = $1 AND dedupe = $2 AND state IN ('waiting', 'running')";
    REVIVE = "UPDATE job SET state = 'waiting', run_at = $2, deadline = $3, attempts = 0, finished_at = NULL
        WHERE id = $1 AND state = 'dead'";
    LIST = "SELECT * FROM job WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    COUNTS = "SELECT state, count(*) FROM job GROUP BY state ORDER BY state";
    OLDEST = "SELECT run_at FROM job WHERE state = 'waiting' ORDER BY run_at LIMIT 1";
    FORGET = "DELETE FROM job WHERE state = 'done' AND finished_at < $1";
}

/// Whether a job of this kind can be taken.
///
/// # Errors
/// The database fails.
pub async fn is_due(c: &mut Conn, kind: &str, now: DateTime<Utc>) -> Result<bool> {
    Ok(c.first::<(bool,)>(IS_DUE, args![kind.to_owned(), now]).await?.is_some_and(|(due,)| due))
}

/// Takes at most `limit` jobs of a kind that are due, the longest due first. Nobody else gets them before `until`.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn claim(
    tx: &mut Tx,
    kind: &str,
    now: DateTime<Utc>,
    (by, until): (Uuid, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Job>> {
    let mut taken: Vec<Job> = tx.all(CLAIM, args![kind.to_owned(), now, by, until, limit]).await?;
    taken.sort_by_key(|job| job.run_at);
    Ok(taken)
}

/// Whoever holds the lease of a job as it was claimed.
fn holder(job: &Job) -> Result<Uuid> {
    job.leased_by.ok_or_else(lost)
}

fn lost() -> StoreError {
    StoreError::Conflict { table: "job".into() }
}

async fn as_holder(c: &mut Conn, sql: crate::sql::Sql, values: Vec<crate::value::Value>) -> Result<()> {
    match c.execute(sql, values).await? {
        0 => Err(lost()),
        _ => Ok(()),
    }
}

/// The job's effect is written in this unit; it waits once more if it was asked for again meanwhile.
///
/// # Errors
/// [`StoreError::Conflict`] when it is somebody else's by now.
pub async fn finish(tx: &mut Tx, job: &Job, now: DateTime<Utc>) -> Result<()> {
    as_holder(tx, FINISH, args![job.id, holder(job)?, job.attempts, now]).await
}

/// The job failed, and is tried again at `run_at`.
///
/// # Errors
/// [`StoreError::Conflict`] when it is somebody else's by now.
pub async fn postpone(tx: &mut Tx, job: &Job, run_at: DateTime<Utc>, error: &str) -> Result<()> {
    as_holder(tx, POSTPONE, args![job.id, holder(job)?, job.attempts, run_at, error.to_owned()]).await
}

/// The job failed for good. If it was asked for again meanwhile, that is a new beginning.
///
/// # Errors
/// [`StoreError::Conflict`] when it is somebody else's by now.
pub async fn give_up(tx: &mut Tx, job: &Job, now: DateTime<Utc>, error: &str) -> Result<()> {
    as_holder(tx, GIVE_UP, args![job.id, holder(job)?, job.attempts, now, error.to_owned()]).await
}

/// Jobs whose lease has run out: whoever ran them was killed, or takes too long.
///
/// # Errors
/// The database fails.
pub async fn expired(c: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<Job>> {
    c.all(EXPIRED, args![now, limit]).await
}

/// A job.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: JobId) -> Result<Option<Job>> {
    c.first(FIND, args![id]).await
}

/// The open job of a kind for a key.
///
/// # Errors
/// The database fails.
pub async fn open(c: &mut Conn, kind: &str, dedupe: &str) -> Result<Option<Job>> {
    c.first(OPEN, args![kind.to_owned(), dedupe.to_owned()]).await
}

/// A dead job waits again.
///
/// # Errors
/// [`StoreError::Conflict`] when it is not dead any more; [`StoreError::Duplicate`] when the same work is open as another job.
pub async fn revive(tx: &mut Tx, id: JobId, now: DateTime<Utc>, deadline: DateTime<Utc>) -> Result<()> {
    tx.job_is_new();
    as_holder(tx, REVIVE, args![id, now, deadline]).await
}

/// Jobs in a state, the latest first; those before the job `before`.
///
/// # Errors
/// The database fails.
pub async fn list(c: &mut Conn, state: JobState, before: JobId, limit: i64) -> Result<Vec<Job>> {
    c.all(LIST, args![state, before, limit]).await
}

/// How many jobs there are in each state.
///
/// # Errors
/// The database fails.
pub async fn counts(c: &mut Conn) -> Result<Vec<(JobState, i64)>> {
    c.all(COUNTS, args![]).await
}

/// Since when the job waits that has waited longest.
///
/// # Errors
/// The database fails.
pub async fn oldest(c: &mut Conn) -> Result<Option<DateTime<Utc>>> {
    Ok(c.first::<(DateTime<Utc>,)>(OLDEST, args![]).await?.map(|(at,)| at))
}

/// Forgets jobs that were done before.
///
/// # Errors
/// The database fails.
pub async fn forget(c: &mut Conn, before: DateTime<Utc>) -> Result<u64> {
    c.execute(FORGET, args![before]).await
}
