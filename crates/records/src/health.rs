//! How the installation is: for `hefu doctor` and operators.

use async_trait::async_trait;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use hefu_domain::{clock::TimeSeen, job::JobState};
use hefu_store::{Store, StoreError, query};
use serde::Serialize;
use tokio::sync::watch;

use crate::ledger::Ledger;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Operation, Operator, Query, Reader, Result, Service};
use hefu_front_office::audit::{HeldAuditView, held_audits};

/// What a check-up found.
#[derive(Debug, Clone)]
pub struct Health {
    /// The engine's own version.
    pub engine_version: String,
    /// Migrations applied.
    pub migrations: i64,
    /// How many entries the tree has.
    pub ledger_size: i64,
    /// Entries that have a log index: equal to the size unless some were removed or added.
    pub ledger_counted: i64,
    /// Entries waiting for theirs.
    pub ledger_pending: i64,
    /// When the last sequenced entry was written.
    pub last_entry_at: Option<DateTime<Utc>>,
    /// How many guests there are.
    pub guests: i64,
    /// Guests whose data key is missing, though they were not erased.
    pub guests_without_key: i64,
    /// How many properties there are.
    pub properties: usize,
    /// Jobs that were given up.
    pub jobs_dead: i64,
    /// Jobs that wait or run.
    pub jobs_open: i64,
    /// Since when the job is due that has been due longest.
    pub job_due_since: Option<DateTime<Utc>>,
    /// What is known of the time.
    pub time: TimeSeen,
    /// Night audits that ask for a person.
    pub held_audits: Vec<HeldAuditView>,
}

/// Checks the installation.
#[derive(Debug, Clone)]
pub struct CheckHealth;

#[async_trait]
impl Query for CheckHealth {
    const ACTION: Action = Action::HealthShow;
    type Out = Health;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let now = r.now;
        let time = r.time().await?;
        // At one moment: a server may be sequencing.
        let c = r.snapshot().await?;
        let ledger_size = query::ledger::size(c).await?;
        let jobs = query::job::counts(c).await?;
        let jobs_in = |wanted: &[JobState]| {
            jobs.iter().filter(|(state, _)| wanted.contains(state)).map(|(_, count)| count).sum()
        };
        Ok(Health {
            engine_version: c.engine_version().await?,
            migrations: query::property::migrations(c).await?,
            ledger_size,
            ledger_counted: query::journal::counted(c).await?,
            ledger_pending: query::journal::pending(c).await?,
            last_entry_at: query::journal::at(c, ledger_size - 1).await?.map(|entry| entry.at),
            guests: query::guest::count(c).await?,
            guests_without_key: query::guest::without_key(c).await?,
            properties: query::property::all(c).await?.len(),
            jobs_dead: jobs_in(&[JobState::Dead]),
            jobs_open: jobs_in(&[JobState::Waiting, JobState::Running]),
            job_due_since: query::job::oldest(c).await?.filter(|due| *due <= now),
            held_audits: held_audits(c, &time).await?,
            time,
        })
    }
}

/// Whether the storage answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pulse {
    /// It does.
    Ok,
    /// It answers with an error.
    Failed,
    /// It does not answer.
    Stalled,
}

/// How long the storage has for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// How long an answer is good: whoever asks more often asks the storage no more often.
const GOOD_FOR: Duration = Duration::from_millis(500);

/// The last look at the storage by those who read and those who write. There is never more than one of each under way, however often and long it
/// is asked.
struct Pulses {
    reads: Mutex<Option<Look>>,
    writes: Mutex<Option<Look>>,
}

/// A look at the storage, perhaps still under way.
#[derive(Clone)]
struct Look {
    began: Instant,
    outcome: watch::Receiver<Option<Pulse>>,
}

impl Service for Pulses {
    fn new(_: &Store) -> Self {
        Self { reads: Mutex::default(), writes: Mutex::default() }
    }
}

async fn look(
    last: &Mutex<Option<Look>>,
    ask: BoxFuture<'static, std::result::Result<(), StoreError>>,
) -> Pulse {
    let mut look = {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let still_good = |look: &Look| look.outcome.borrow().is_none() || look.began.elapsed() < GOOD_FOR;
        match last.clone().filter(still_good) {
            Some(look) => look,
            None => {
                let (found, outcome) = watch::channel(None);
                tokio::spawn(async move {
                    let pulse = ask.await.map_or_else(
                        |error| {
                            tracing::error!(%error, "the storage does not work");
                            Pulse::Failed
                        },
                        |()| Pulse::Ok,
                    );
                    found.send_replace(Some(pulse));
                });
                last.insert(Look { began: Instant::now(), outcome }).clone()
            }
        }
    };
    let left = ANSWER_WITHIN.saturating_sub(look.began.elapsed());
    match tokio::time::timeout(left, look.outcome.wait_for(Option::is_some)).await {
        Ok(Ok(pulse)) => pulse.unwrap_or(Pulse::Failed),
        // Whoever looked is gone: it panicked.
        Ok(Err(_)) => Pulse::Failed,
        Err(_) => Pulse::Stalled,
    }
}

/// Whether records can be read and written, within three seconds: reads and writes.
#[derive(Debug, Clone, Copy)]
pub struct TakePulse;

#[async_trait]
impl Operation for TakePulse {
    const ACTION: Action = Action::HealthShow;
    type Out = (Pulse, Pulse);

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let pulses = o.service::<Pulses>();
        let (reader, writer) = (o.store().clone(), o.store().clone());
        let read = async move { query::property::migrations(&mut reader.read().await?).await.map(drop) };
        // A unit that writes nothing waits for all that one waits for that does.
        let write = async move { writer.write(|_| Box::pin(async { Ok::<_, StoreError>(()) })).await };
        Ok(tokio::join!(look(&pulses.reads, Box::pin(read)), look(&pulses.writes, Box::pin(write))))
    }
}

/// What is counted and timed, in the text format of OpenMetrics.
#[derive(Debug, Clone, Copy)]
pub struct ShowMetrics;

#[async_trait]
impl Query for ShowMetrics {
    const ACTION: Action = Action::MetricsShow;
    type Out = String;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<String> {
        r.service::<Ledger>().count_in(r.metrics());
        Ok(r.metrics().text())
    }
}
