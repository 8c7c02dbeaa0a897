//! Work that a unit wants done later: a row written with the unit, run once it is committed.
//!
//! A job is taken with a lease in a unit of its own, so that a process that is killed by it has counted the attempt; its effect and `done`
//! are committed in one unit, by nobody but who holds the lease. So it is begun at least once and has its effect exactly once. Whoever
//! fails waits longer and longer; at the deadline, or after [`MOST_ATTEMPTS`], the job is dead until a person asks for it again.

use std::{future::Future, marker::PhantomData, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_domain::{
    Message, Rule, RuleError,
    event::JobEvent,
    ids::JobId,
    job::{Job, JobState},
    message::Missing,
};
use hefu_kernel::{Id as _, Rng};
use hefu_store::{
    StoreError,
    query::{self, job::NewJob},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, AppError, Command, Context, Operation, Operator, Query, Reader, Result, Unit, unit::About};

/// How long a job is somebody's. Others may take it afterwards.
pub const LEASE: Duration = Duration::from_secs(15);

/// How long an attempt may take: less than the lease, so that it is told to have failed by whoever made it.
const ATTEMPT: Duration = Duration::from_secs(10);

/// After how long a job is given up unless it says otherwise, hours.
const DEADLINE_HOURS: i64 = 24;

/// After how many attempts it is given up: with the pauses between them some hours.
pub const MOST_ATTEMPTS: i64 = 20;

/// The pause after the first failure, milliseconds; each is twice as long as the one before.
const FIRST_PAUSE_MS: u64 = 1_000;

/// The longest pause, milliseconds.
const LONGEST_PAUSE_MS: u64 = 15 * 60 * 1_000;

/// How long jobs that were done are kept, hours: long enough to be looked for.
const DONE_KEPT_HOURS: i64 = 48;

/// Jobs whose lease ran out that are dealt with in one turn.
const EXPIRED_AT_ONCE: i64 = 100;

/// Work that can be asked for: the data says what about, the type how. The data is stored as JSON and must hold ids only.
pub trait Work: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the database; it must never change while jobs of it may be open.
    const KIND: &'static str;

    /// What makes two of them the same work: of those one is open at most.
    fn dedupe(&self) -> Option<String> {
        None
    }

    /// Does it within `unit`, wholly or not at all. It looks at what there is now, which may be more than when it was asked for.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<()>> + Send;
}

impl Unit<'_> {
    /// Wants work done once this unit is committed.
    pub fn enqueue(&mut self, work: &impl Work) {
        self.enqueue_for(work, self.now);
    }

    /// The same, not before `run_at`.
    pub fn enqueue_for<W: Work>(&mut self, work: &W, run_at: DateTime<Utc>) {
        self.tx.enqueue(NewJob {
            kind: W::KIND,
            dedupe: work.dedupe(),
            // Ids only: there is nothing that could fail to be written.
            payload: serde_json::to_string(work).unwrap_or_default(),
            enqueued_at: self.now,
            run_at,
            deadline: deadline(run_at),
        });
    }
}

fn deadline(from: DateTime<Utc>) -> DateTime<Utc> {
    from + TimeDelta::hours(DEADLINE_HOURS)
}

/// How long to wait after so many attempts: twice as long as after the one before, and never two jobs in step.
fn pause(attempts: i64, rng: &dyn Rng) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
    let whole = (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS);
    // From a half to the whole.
    let pause = whole / 2 + rng.next_u64() % (whole / 2 + 1);
    TimeDelta::milliseconds(i64::try_from(pause).unwrap_or(i64::MAX))
}

/// A job as operators see it. What it is about are ids only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// Identifier.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// What it is about.
    pub payload: serde_json::Value,
    /// How it stands.
    pub state: JobState,
    /// When it is to be run, or was.
    pub run_at: DateTime<Utc>,
    /// When it is given up.
    pub deadline: DateTime<Utc>,
    /// How often it was begun.
    pub attempts: i64,
    /// Stable code of the last failure: that of a problem document, `panicked`, `timed_out`, `lease_expired` or `unreadable`.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub enqueued_at: DateTime<Utc>,
    /// When it was done or given up.
    pub finished_at: Option<DateTime<Utc>>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            payload: serde_json::from_str(&job.payload).unwrap_or_default(),
            state: job.state,
            run_at: job.run_at,
            deadline: job.deadline,
            attempts: job.attempts,
            last_error: job.last_error,
            enqueued_at: job.enqueued_at,
            finished_at: job.finished_at,
        }
    }
}

/// Runs a dead job again.
#[derive(Debug, Clone, Copy)]
pub struct RetryJob {
    /// Which.
    pub id: JobId,
}

impl Command for RetryJob {
    const ACTION: Action = Action::JobRetry;
    type Out = JobView;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::Installation, self.id.uuid())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<JobView> {
        let find = async |u: &mut Unit<'_>| {
            query::job::find(u.tx, self.id).await?.ok_or_else(|| AppError::not_found(Missing::Job, self.id))
        };
        let job = find(u).await?;
        if job.state != JobState::Dead {
            return Err(RuleError::new(Rule::WrongState, (), Message::JobNotDead).into());
        }
        if let Some(dedupe) = &job.dedupe
            && query::job::open(u.tx, &job.kind, dedupe).await?.is_some()
        {
            return Err(RuleError::new(Rule::WrongState, (), Message::JobWaiting).into());
        }
        query::job::revive(u.tx, self.id, u.now, deadline(u.now)).await?;
        let event = JobEvent::Retry { kind: job.kind, last_error: job.last_error };
        u.record(About::Chain("job", self.id.uuid()), event).await?;
        find(u).await.map(JobView::from)
    }
}

/// Does a job that was taken: its effect and that it is done, in one unit. Answers whether it still was whose it was taken by.
struct Run<W> {
    job: Job,
    work: W,
}

impl<W: Work> Command for Run<W> {
    const ACTION: Action = Action::JobDo;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<bool> {
        if !is_held(u.tx, &self.job).await? {
            return Ok(false);
        }
        self.work.run(u).await?;
        // Last: whoever wants the same work done again holds what it is about first, and then the job.
        query::job::finish(u.tx, &self.job, u.now).await?;
        Ok(true)
    }
}

async fn is_held(c: &mut hefu_store::Conn, job: &Job) -> Result<bool> {
    let now = query::job::find(c, job.id).await?;
    Ok(now.is_some_and(|now| {
        now.state == JobState::Running && (now.leased_by, now.attempts) == (job.leased_by, job.attempts)
    }))
}

/// Who runs jobs: one for each process that does.
#[derive(Debug, Clone, Copy)]
pub struct Worker(Uuid);

impl App {
    /// A worker of its own.
    pub fn worker(&self) -> Worker {
        Worker(self.store().ids().id::<JobId>().uuid())
    }
}

/// Takes jobs of a kind that are due and runs one after the other; answers how many it took. A job that fails is no error: it is tried again,
/// or dead.
#[derive(Debug, Clone, Copy)]
pub struct RunJobs<W> {
    worker: Worker,
    limit: i64,
    kind: PhantomData<fn() -> W>,
}

impl<W> RunJobs<W> {
    /// For `worker`, at most `limit` of them.
    pub const fn new(worker: Worker, limit: i64) -> Self {
        Self { worker, limit, kind: PhantomData }
    }
}

impl<W: Work> Operation for RunJobs<W> {
    const ACTION: Action = Action::JobRun;
    type Out = usize;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<usize> {
        let now = o.clock().now();
        if !query::job::is_due(&mut o.read().await?, W::KIND, now).await? {
            return Ok(0);
        }
        let (Worker(worker), until, limit) = (self.worker, now + LEASE, self.limit);
        let jobs: std::result::Result<Vec<Job>, StoreError> = o
            .store()
            .write(move |tx| {
                Box::pin(async move { query::job::claim(tx, W::KIND, now, (worker, until), limit).await })
            })
            .await;
        let jobs = jobs?;
        let count = jobs.len();
        for job in jobs {
            // On a task of its own: its panic is a failure of this job alone.
            let attempt = tokio::spawn(attempt::<W>(o.app().clone(), job.clone()));
            let abort = AbortOnDrop(attempt.abort_handle());
            let outcome = attempt.await.unwrap_or(Err("panicked"));
            drop(abort);
            if let Err(code) = outcome {
                failed(o, job, code).await?;
            }
        }
        Ok(count)
    }
}

async fn attempt<W: Work>(app: App, job: Job) -> std::result::Result<(), &'static str> {
    let work: W = serde_json::from_str(&job.payload).map_err(|_| UNREADABLE)?;
    let id = job.id;
    let run = app.execute(Context::job(W::KIND), Run { job, work });
    match tokio::time::timeout(ATTEMPT, run).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => {
            tracing::warn!(job = %id, kind = W::KIND, "the job was taken by somebody else meanwhile");
            Ok(())
        }
        Ok(Err(error)) => {
            tracing::warn!(job = %id, kind = W::KIND, %error, "the job failed");
            Err(error.code())
        }
        Err(_) => Err("timed_out"),
    }
}

/// Has the job wait for its next attempt, or gives it up.
async fn failed(o: &Operator<'_>, job: Job, code: &'static str) -> Result<()> {
    let now = o.clock().now();
    let next = now + pause(job.attempts, &*o.vault().rng);
    let is_over = code == UNREADABLE || job.attempts >= MOST_ATTEMPTS || next > job.deadline;
    if is_over {
        tracing::error!(job = %job.id, kind = job.kind, code, "the job is given up; `hefu doctor` says what to do");
    }
    o.store()
        .write(move |tx| {
            let job = job.clone();
            Box::pin(async move {
                if !is_held(tx, &job).await? {
                    return Ok(());
                }
                match is_over {
                    true => query::job::give_up(tx, &job, now, code).await?,
                    false => query::job::postpone(tx, &job, next, code).await?,
                }
                Ok(())
            })
        })
        .await
}

/// Brings back the jobs of whoever was killed while running them. Answers whether there may be more.
#[derive(Debug, Clone, Copy)]
pub struct BringBackJobs;

impl Operation for BringBackJobs {
    const ACTION: Action = Action::JobsTidy;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<bool> {
        let expired = query::job::expired(&mut o.read().await?, o.clock().now(), EXPIRED_AT_ONCE).await?;
        let is_full = i64::try_from(expired.len()).is_ok_and(|count| count == EXPIRED_AT_ONCE);
        for job in expired {
            failed(o, job, "lease_expired").await?;
        }
        Ok(is_full)
    }
}

/// Forgets jobs that were done long ago. Answers how many.
#[derive(Debug, Clone, Copy)]
pub struct ForgetJobs;

impl Operation for ForgetJobs {
    const ACTION: Action = Action::JobsTidy;
    type Out = u64;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<u64> {
        let before = o.clock().now() - TimeDelta::hours(DONE_KEPT_HOURS);
        o.store().write(move |tx| Box::pin(async move { Ok(query::job::forget(tx, before).await?) })).await
    }
}

/// Jobs in a state, the latest first.
#[derive(Debug, Clone, Copy)]
pub struct ListJobs {
    /// In which.
    pub state: JobState,
    /// Only those before this one: the last of the page before.
    pub before: Option<JobId>,
    /// At most so many.
    pub limit: i64,
}

impl Query for ListJobs {
    const ACTION: Action = Action::JobList;
    type Out = Vec<JobView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let before = self.before.unwrap_or_else(|| JobId::from_uuid(Uuid::max()));
        let jobs = query::job::list(r.conn().await?, self.state, before, self.limit).await?;
        Ok(jobs.into_iter().map(JobView::from).collect())
    }
}

const UNREADABLE: &str = "unreadable";

/// Ends a task when whoever waits for it is ended.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use hefu_kernel::SeededRng;

    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let rng = SeededRng::new(7);
        let mut seen = std::collections::BTreeSet::new();
        for attempts in 1..=MOST_ATTEMPTS {
            let whole = (1_000_i64 << (attempts - 1)).min(900_000);
            let pause = pause(attempts, &rng).num_milliseconds();
            assert!((whole / 2..=whole).contains(&pause), "{attempts}: {pause}");
            seen.insert(pause);
        }
        assert!(seen.len() > 15);
    }
}
