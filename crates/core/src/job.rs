//! Background jobs: a row written with the unit, run once the unit is committed.
//!
//! A job is claimed with a lease in a unit of its own, so that the attempt is counted even if it kills the process; its effect and `done`
//! are committed in one unit, only by the holder of the lease. So it is started at least once and has its effect exactly once. After
//! failures it waits longer and longer; at the deadline, or after [`MOST_ATTEMPTS`], the job is dead until a person retries it.

use async_trait::async_trait;
use std::{marker::PhantomData, time::Duration};

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

/// How long a lease lasts. Afterwards others may claim the job.
pub const LEASE: Duration = Duration::from_secs(15);

/// How long an attempt may take: less than the lease, so that its own runner records the failure.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Default deadline of a job, hours.
const DEADLINE_HOURS: i64 = 24;

/// Number of attempts after which a job is dead: with the pauses between them some hours.
pub const MOST_ATTEMPTS: i64 = 20;

/// The pause after the first failure, milliseconds; each is twice as long as the one before.
const FIRST_PAUSE_MS: u64 = 1_000;

/// The longest pause, milliseconds.
const LONGEST_PAUSE_MS: u64 = 15 * 60 * 1_000;

/// How long completed jobs are retained, hours: long enough to be looked up.
const DONE_KEPT_HOURS: i64 = 48;

/// Expired leases handled in one turn.
const EXPIRED_AT_ONCE: i64 = 100;

/// A kind of work: the data says what about, the type how. The data is stored as JSON and must contain ids only.
#[async_trait]
pub trait Work: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the database; it must never change while jobs of it may be open.
    const KIND: &'static str;

    /// Key that makes two of them the same work: at most one of those is open.
    fn dedupe(&self) -> Option<String> {
        None
    }

    /// Asks another system for what [`Work::run`] then writes, holding nothing meanwhile: other units go on. It may be asked several times for
    /// one effect.
    ///
    /// # Errors
    /// It did not answer: the work is tried again.
    async fn outside(&mut self, _: &App) -> Result<()> {
        Ok(())
    }

    /// Does it within `unit`, completely or not at all. It works on the current state, which may have changed since it was enqueued.
    async fn run(&self, unit: &mut Unit<'_>) -> Result<()>;
}

impl Unit<'_> {
    /// Enqueues work to be done once this unit is committed.
    pub fn enqueue(&mut self, work: &impl Work) {
        self.enqueue_for(work, self.now);
    }

    /// The same, not before `run_at`.
    pub fn enqueue_for<W: Work>(&mut self, work: &W, run_at: DateTime<Utc>) {
        self.tx.enqueue(NewJob {
            kind: W::KIND,
            dedupe: work.dedupe(),
            // Ids only: serialising them cannot fail.
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

/// How long to wait after so many attempts: twice as long as after the one before, with jitter so that jobs don't run in step.
fn pause(attempts: i64, rng: &dyn Rng) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
    let whole = (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS);
    // From a half to the whole.
    let pause = whole / 2 + rng.next_u64() % (whole / 2 + 1);
    TimeDelta::milliseconds(i64::try_from(pause).unwrap_or(i64::MAX))
}

/// A job as operators see it. Its payload contains ids only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// Identifier.
    pub id: JobId,
    /// The kind of work.
    pub kind: String,
    /// Its payload.
    pub payload: serde_json::Value,
    /// Its state.
    pub state: JobState,
    /// When it is to be run, or was.
    pub run_at: DateTime<Utc>,
    /// Its deadline.
    pub deadline: DateTime<Utc>,
    /// How often it was started.
    pub attempts: i64,
    /// Stable code of the last failure: that of a problem document, `panicked`, `timed_out`, `lease_expired` or `unreadable`.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub enqueued_at: DateTime<Utc>,
    /// When it was completed or became dead.
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

#[async_trait]
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

/// Runs a claimed job: its effect and its completion, in one unit. Returns whether the claim was still valid.
struct Run<W> {
    job: Job,
    work: W,
}

#[async_trait]
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
        // Last: whoever enqueues the same work again locks its subject first, and then the job.
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

/// A runner of jobs: one for each process that runs any.
#[derive(Debug, Clone, Copy)]
pub struct Worker(Uuid);

impl App {
    /// A new worker.
    pub fn worker(&self) -> Worker {
        Worker(self.store().ids().id::<JobId>().uuid())
    }
}

/// Claims due jobs of a kind and runs one after the other; returns how many it claimed. A job that fails is not an error: it is retried,
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

#[async_trait]
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
    let mut work: W = serde_json::from_str(&job.payload).map_err(|_| UNREADABLE)?;
    let id = job.id;
    let run = async {
        work.outside(&app).await?;
        app.execute(Context::job(W::KIND), Run { job, work }).await
    };
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

/// Schedules the next attempt of the job, or marks it dead.
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

/// Releases the jobs of runners that were killed. Returns whether there may be more.
#[derive(Debug, Clone, Copy)]
pub struct BringBackJobs;

#[async_trait]
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

/// Deletes jobs completed long ago. Returns how many.
#[derive(Debug, Clone, Copy)]
pub struct ForgetJobs;

#[async_trait]
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
    /// The state.
    pub state: JobState,
    /// Only those before this one: the last of the previous page.
    pub before: Option<JobId>,
    /// Maximum number.
    pub limit: i64,
}

#[async_trait]
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

/// Aborts a task when its waiter is dropped.
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
