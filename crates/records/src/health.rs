//! How the installation is: for `hefu doctor` and operators.

use chrono::{DateTime, Utc};
use hefu_domain::job::JobState;
use hefu_store::query;

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Query, Reader, Result};

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
    /// How many properties there are.
    pub properties: usize,
    /// Jobs that were given up.
    pub jobs_dead: i64,
    /// Jobs that wait or run.
    pub jobs_open: i64,
    /// Since when the job is due that has been due longest.
    pub job_due_since: Option<DateTime<Utc>>,
}

/// Checks the installation.
#[derive(Debug, Clone)]
pub struct CheckHealth;

impl Query for CheckHealth {
    const ACTION: Action = Action::HealthShow;
    type Out = Health;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let now = r.now;
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
            properties: query::property::all(c).await?.len(),
            jobs_dead: jobs_in(&[JobState::Dead]),
            jobs_open: jobs_in(&[JobState::Waiting, JobState::Running]),
            job_due_since: query::job::oldest(c).await?.filter(|due| *due <= now),
        })
    }
}

/// What is counted and timed, in the text format of OpenMetrics.
#[derive(Debug, Clone, Copy)]
pub struct ShowMetrics;

impl Query for ShowMetrics {
    const ACTION: Action = Action::MetricsShow;
    type Out = String;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<String> {
        Ok(r.metrics().text())
    }
}
