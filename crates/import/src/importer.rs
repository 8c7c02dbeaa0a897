//! A running import: batch after batch, planned and written, and the database maintenance in parallel.

use async_trait::async_trait;
use std::{sync::Arc, time::Instant};

use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{About, App, AppError, Command, Context, Result, Unit};
use hefu_domain::{Rule, event::ImportEvent, ids::ImportRunId};
use hefu_kernel::Id as _;
use hefu_people::tokens::MergeStagedTokens;
use hefu_store::{ImportRun, Store, joined};
use tokio::task::JoinHandle;

use crate::{
    MENDED, MENDING, allocator::State, incoming::IncomingRow, is_over, other::LinkWaiting,
    report::ImportReport,
};

/// What identifies a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Name of the file, without its folders.
    pub file: String,
    /// Digest of the file's contents, hexadecimal.
    pub file_digest: String,
    /// Name of the map.
    pub map: String,
    /// Text of the map.
    pub map_text: String,
    /// IANA time zone of the properties the run creates.
    pub time_zone: String,
    /// Where the people come from, e.g. `none` or `synthetic:7`.
    pub people: String,
    /// Whether nobody is served beside it: then the database is made ready for much that is written at the cost of who reads.
    pub is_alone: bool,
    /// Whether it takes in one row that somebody put right.
    pub is_mend: bool,
}

/// A run that is being written.
pub struct Importer {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) ctx: Context,
    pub(crate) request: RunRequest,
    pub(crate) run: ImportRun,
    pub(crate) report: ImportReport,
    pub(crate) state: State,
    /// Of the rooms that are held, those since this date count; none: all.
    pub(crate) since: Option<NaiveDate>,
    /// Written by this invocation.
    pub(crate) batches: u32,
    /// Guests whose tokens have not been merged yet.
    pub(crate) staged: usize,
    /// Guests whose tokens have been merged.
    pub(crate) sorted: usize,
    /// Database maintenance in parallel to the batches, one thing at a time: merging tokens, ANALYZE.
    pub(crate) beside: Option<JoinHandle<Result<()>>>,
}

/// So many guests' tokens are merged at once, or half as many as have been merged: each time nearly every page of their index is written,
/// so that the work grows with the number of guests and not with its square. With more, a search finds them later and everybody else waits
/// longer: seconds, for a hundred thousand and more.
const STAGED: usize = 60_000;

/// So many batches are very much.
const MANY: u32 = 16;

/// How often a batch is planned because of conflicts: a room or number was taken, one of its guests was entered, or the day of its property was closed.
pub(crate) const MAX_ATTEMPTS: u32 = 6;

/// Factor by which the number of rows shrinks each time.
const FEWER: usize = 8;

/// A run of so few rows, as when one is mended, looks at the first waiting records only: somebody waits for it, and the next file looks at all.
const FEW: i64 = 100;

/// Pages of waiting records that such a run looks at.
const PAGES_FOR_FEW: usize = 5;

/// Whether a unit met what others wrote meanwhile, and is to be planned again.
pub(crate) fn is_taken(error: &AppError) -> bool {
    matches!(error, AppError::Rule(rule)
        if matches!(rule.rule, Rule::RoomTaken | Rule::Exists | Rule::NoInventory))
}

struct Finish(ImportRun);

#[async_trait]
impl Command for Finish {
    const ACTION: Action = Action::ImportStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let mut run = self.0.clone();
        u.tx.update(&mut run).await?;
        let event = ImportEvent::Finish { digest: run.digest.clone() };
        u.record(About::Chain("import_run", run.id.uuid()), event).await
    }
}

impl Importer {
    /// The run's id.
    pub const fn id(&self) -> ImportRunId {
        self.run.id
    }

    /// Whether the whole file was imported before.
    pub fn is_finished(&self) -> bool {
        is_over(&self.run)
    }

    /// The current report. For a run that was finished before, everything imported then
    /// is already there.
    pub fn report(&self) -> &ImportReport {
        &self.report
    }

    /// Counts what a finished run imported as already there, for the report of the repeated run.
    pub fn repeated(&self) -> ImportReport {
        self.report.repeated()
    }

    /// Writes the next rows of the file, in one unit of work or, if they match many known guests, in several.
    ///
    /// # Errors
    /// The database fails.
    pub async fn write(&mut self, rows: Vec<IncomingRow>) -> Result<()> {
        let rows: Arc<[IncomingRow]> = rows.into();
        let mut done = 0;
        while done < rows.len() {
            done = self.write_unit(&rows, done).await?;
        }
        Ok(())
    }

    /// Writes rows from `start` on, completely or not at all; returns the first remaining row.
    async fn write_unit(&mut self, rows: &Arc<[IncomingRow]>, start: usize) -> Result<usize> {
        let (mut tries, mut most) = (1, rows.len());
        loop {
            let planned = self.plan(rows, start, most).await?;
            let (report, version) = (planned.report.clone(), planned.run.version);
            let (guests, end, columns) = (planned.guests.made(), planned.end, planned.run.columns.clone());
            match self.app.execute(self.ctx.clone(), planned).await {
                Ok(()) => {
                    self.report = report;
                    self.run.report = serde_json::to_string(&self.report).unwrap_or_default();
                    (self.run.version, self.run.columns) = (version + 1, columns);
                    self.batches += 1;
                    self.staged += guests;
                    self.maintain().await?;
                    return Ok(end);
                }
                Err(error) => {
                    // What was planned in memory was not written.
                    self.state = State::default();
                    self.merge_staged_tokens().await?;
                    if !is_taken(&error) || tries == MAX_ATTEMPTS {
                        return Err(error);
                    }
                    // With fewer rows a conflict before the write is less likely.
                    (tries, most) = (tries + 1, (most / FEWER).max(1));
                }
            }
        }
    }

    /// Starts due database maintenance while the next batches are prepared, planned and written.
    async fn maintain(&mut self) -> Result<()> {
        let is_much = self.staged >= STAGED.max(self.sorted / 2);
        let is_more = self.batches.is_power_of_two();
        if !is_much && !is_more {
            return Ok(());
        }
        self.maintained().await?;
        if is_much {
            self.sorted += std::mem::take(&mut self.staged);
        }
        let (app, store, ctx) = (self.app.clone(), self.store.clone(), self.ctx.clone());
        self.beside = Some(tokio::spawn(async move {
            if is_much {
                app.execute(ctx, MergeStagedTokens).await?;
            }
            if is_more {
                store.analyze().await?;
            }
            Ok(())
        }));
        Ok(())
    }

    /// Waits for the maintenance in parallel.
    async fn maintained(&mut self) -> Result<()> {
        match self.beside.take() {
            Some(beside) => joined(beside.await)?,
            None => Ok(()),
        }
    }

    pub(crate) async fn merge_staged_tokens(&mut self) -> Result<()> {
        self.maintained().await?;
        self.sorted += std::mem::take(&mut self.staged);
        self.app.execute(self.ctx.clone(), MergeStagedTokens).await
    }

    /// Stops in the middle; the run can be resumed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn stop(mut self) -> Result<()> {
        self.merge_staged_tokens().await?;
        if self.request.is_alone {
            self.store.expect_much(false).await;
        }
        Ok(())
    }

    /// Ends the run, which this invocation has worked on since `began`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn finish(mut self, began: Instant) -> Result<ImportReport> {
        self.merge_staged_tokens().await?;
        // What waited for something that this file, or one before, has brought.
        let mut after = None;
        let pages = if self.report.rows <= FEW { PAGES_FOR_FEW } else { usize::MAX };
        for _ in 0..pages {
            let again = LinkWaiting { run: self.run.id, after };
            let (next, linked) = self.app.execute(self.ctx.clone(), again).await?;
            self.report.found(linked);
            let Some(next) = next else { break };
            after = Some(next);
        }
        // It is an optimisation and not part of the import: the server does it on its own in time.
        if self.batches >= MANY
            && let Err(error) = self.store.vacuum().await
        {
            tracing::warn!(%error, "database maintenance after the import failed");
        }
        self.report.took(began.elapsed().as_secs_f64());
        self.run.report = serde_json::to_string(&self.report).unwrap_or_default();
        let is_mend = self.run.state == MENDING;
        self.run.state = if is_mend { MENDED } else { "finished" }.into();
        self.run.finished_at = Some(self.app.clock().now());
        self.app.execute(self.ctx, Finish(self.run)).await?;
        if self.request.is_alone {
            self.store.expect_much(false).await;
        }
        Ok(self.report)
    }
}
