//! The history import: batches of another system's bookings, each batch one unit of work.
//!
//! A batch is planned first (what is known, which guest, which room, which numbers) and then written
//! as planned. The plan is made from what was read a moment before; what somebody else wrote in
//! between is caught by the keys of the tables, and then the batch is planned again.

mod guests;
mod plan;
mod report;

use hefu_domain::{Message, message::Missing};
use std::{sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use hefu_domain::{Rule, event::ImportEvent, guest::Profile, ids::ImportRunId};
use hefu_kernel::{Currency, Id as _};
use hefu_store::{
    ImportRun, Quarantine, joined,
    query::{self, guest::SearchKey},
};
use serde::Serialize;
use tokio::task::JoinHandle;
use utoipa::ToSchema;

pub use report::{Explained, ImportReport, Tally};

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{
    About, App, AppError, Command, Context, Operation, Operator, Query, Reader, Result, Unit, request_digest,
};
use hefu_people::{
    batch::LearnFrequencies,
    matching::{Matching, UNKNOWN_SIZE},
    model::Model,
    tokens::MergeStagedTokens,
};
use hefu_store::Store;

/// What makes a run the same run.
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
    /// IANA time zone of the properties the run makes.
    pub time_zone: String,
    /// Where the people come from, e.g. `none` or `synthetic:7`.
    pub people: String,
}

/// Where a booking stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryStatus {
    /// Promised, not yet arrived.
    Reserved,
    /// In house.
    InHouse,
    /// Stayed and left.
    CheckedOut,
    /// Called off.
    Cancelled,
    /// Never came.
    NoShow,
}

impl HistoryStatus {
    /// The status as a word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::InHouse => "in_house",
            Self::CheckedOut => "checked_out",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }
}

/// The totals of one row.
#[derive(Debug, Clone, Copy)]
pub struct RowFigures {
    /// Where the booking stood.
    pub status: HistoryStatus,
    /// Nights booked.
    pub nights: i64,
    /// Room revenue, minor units.
    pub revenue: i64,
}

/// The guest of a row, ready to be written if nobody is known who it is.
#[derive(Debug, Clone)]
pub struct HistoryGuest {
    /// The system the record is of.
    pub system: String,
    /// The guest's key there.
    pub external_id: String,
    /// The profile, normalised.
    pub profile: Profile,
    /// What the guest is found by.
    pub keys: Vec<SearchKey>,
    /// The record as received: what is known of the guest, without its place. If the same record said something else before, this replaces it.
    pub record: Vec<u8>,
    /// The guest may be one who is known, as far as the model is sure.
    pub recognise: bool,
}

/// A booking of another system, checked and ready.
#[derive(Debug, Clone)]
pub struct HistoryBooking {
    /// The other system's number.
    pub source_key: Option<String>,
    /// Code of the property.
    pub property: String,
    /// Its name.
    pub property_name: String,
    /// Where it stood.
    pub status: HistoryStatus,
    /// Arrival as booked.
    pub arrival: chrono::NaiveDate,
    /// Departure as booked.
    pub departure: chrono::NaiveDate,
    /// Day of leaving, of those that stayed.
    pub left: chrono::NaiveDate,
    /// Day of booking.
    pub booked_at: Option<chrono::NaiveDate>,
    /// Adults.
    pub adults: i64,
    /// Children and babies.
    pub children: i64,
    /// Price of each night, minor units.
    pub rate: i64,
    /// Its currency.
    pub currency: Currency,
    /// Room type that was sold.
    pub room_type: String,
    /// Room type that was given.
    pub room_type_given: String,
    /// Number of the room, where known.
    pub room: Option<String>,
    /// How it came.
    pub channel: String,
    /// Market segment.
    pub segment: Option<String>,
    /// The company it was booked for.
    pub company: Option<String>,
    /// What secured it.
    pub guarantee: hefu_domain::reservation::Guarantee,
    /// Who booked.
    pub guest: HistoryGuest,
    /// Whatever else the file says, for the journal; no personal data.
    pub extra: serde_json::Value,
}

/// Why a row is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub field: String,
    /// Stable code.
    pub reason: String,
    /// For a person; no personal data.
    pub detail: String,
}

/// One row of the file.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    /// Counted from 1.
    pub row: i64,
    /// Columns and texts as received, JSON.
    pub received: Vec<u8>,
    /// Its totals, where they can be read.
    pub figures: Option<RowFigures>,
    /// The row's currency, where it can be read.
    pub currency: Option<Currency>,
    /// What deserves a word in the report.
    pub notes: Vec<String>,
    /// The booking, or why it is none.
    pub booking: std::result::Result<Box<HistoryBooking>, Refusal>,
}

/// A run that is being written.
pub struct Importer {
    app: App,
    store: Store,
    ctx: Context,
    request: RunRequest,
    run: ImportRun,
    report: ImportReport,
    state: plan::State,
    /// Written by this invocation.
    batches: u32,
    /// Guests whose tokens have not been sorted in yet.
    staged: usize,
    /// Guests whose tokens have been, by this invocation.
    sorted: usize,
    /// What the database does beside the batches, one thing at a time: sorting in tokens, counting.
    beside: Option<JoinHandle<Result<()>>>,
}

/// So many guests' tokens are sorted in at once, or half as many as have been: each time nearly every page of their index is written,
/// and so the work grows with the guests and not with their square. With more a search finds them later and everybody else waits
/// longer: seconds, of a hundred thousand and more.
const STAGED: usize = 60_000;

/// So many batches are very much.
const MANY: u32 = 16;

/// How often a batch is planned because somebody else took a room or number of it, entered one of its guests, or closed the day of its property.
const MAX_ATTEMPTS: u32 = 6;

/// So many times fewer rows are in it each time.
const FEWER: usize = 8;

/// Begins the run over a file, or takes it up where it stopped.
pub struct StartImport(pub RunRequest);

impl Operation for StartImport {
    const ACTION: Action = Action::ImportRun;
    type Out = Importer;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Importer> {
        let request = self.0.clone();
        let parts = [&request.file_digest, &request.map_text, &request.people].map(|part| part.as_bytes());
        let digest: String = request_digest(&[parts[0], b"\n", parts[1], b"\n", parts[2]])
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let known = query::import::by_digest(&mut o.read().await?, &digest).await?;
        let run = match known {
            Some(run) => run,
            None => {
                let report = ImportReport::new(&request.file, &request.map, &request.people);
                let run = ImportRun {
                    id: o.vault().ids.id(),
                    map: request.map.clone(),
                    digest,
                    state: "running".into(),
                    started_at: o.clock().now(),
                    finished_at: None,
                    report: serde_json::to_string(&report).unwrap_or_default(),
                    version: 1,
                };
                o.execute(Begin(run.clone())).await?;
                run
            }
        };
        let mut report = read_report(&run)?;
        report.go_on();
        recognise_as_the_desk(o).await?;
        // Of an import that was killed.
        o.execute(MergeStagedTokens).await?;
        o.store().expect_much(true).await;
        Ok(Importer {
            app: o.app().clone(),
            store: o.store().clone(),
            ctx: o.ctx().clone(),
            request,
            run,
            report,
            state: plan::State::default(),
            batches: 0,
            staged: 0,
            sorted: 0,
            beside: None,
        })
    }
}

/// Merges the search tokens of an import that was cut off: until then its guests are not found. Answers how the unfinished imports
/// stand; of those that have moved since `before`, what was answered last, one is at work and merges its tokens itself.
pub struct MergeTokensLeftStaged {
    /// How the unfinished imports stood when this was done last.
    pub before: Option<Vec<(ImportRunId, i64)>>,
}

impl Operation for MergeTokensLeftStaged {
    const ACTION: Action = Action::TokensMerge;
    type Out = Vec<(ImportRunId, i64)>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let mut c = o.read().await?;
        let now = query::import::unfinished(&mut c).await?;
        let is_left = query::guest::is_staged(&mut c).await?
            && self.before.as_ref().is_none_or(|before| *before == now);
        drop(c);
        if is_left {
            o.execute(MergeStagedTokens).await?;
        }
        Ok(now)
    }
}

/// Guests are recognised by the desk's model, and by what is frequent among them. Of a chain that has few as yet nothing is learnt: most
/// of its guests are to come.
async fn recognise_as_the_desk(o: &Operator<'_>) -> Result<()> {
    let guests = query::guest::count(&mut o.read().await?).await?;
    if usize::try_from(guests).is_ok_and(|guests| guests >= UNKNOWN_SIZE) {
        return o.operate(LearnFrequencies::default()).await;
    }
    let model = o.service::<Model>();
    let matching = Matching::of(&model.plain(), &[], UNKNOWN_SIZE).map_err(|error| {
        tracing::error!(%error, "the identity model cannot be used");
        AppError::invalid((), Message::ModelUnusable)
    })?;
    model.use_matching(matching);
    Ok(())
}

fn read_report(run: &ImportRun) -> Result<ImportReport> {
    serde_json::from_str(&run.report).map_err(|e| {
        AppError::Store(hefu_store::StoreError::Corrupt {
            table: "import_run",
            column: "report".into(),
            detail: e.to_string(),
        })
    })
}

struct Begin(ImportRun);

impl Command for Begin {
    const ACTION: Action = Action::ImportStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        u.tx.insert(&self.0).await?;
        // The key that seals quarantined rows, so that every later unit finds it.
        u.tx.data_key(self.0.id.uuid()).await?;
        let event = ImportEvent::Begin { map: self.0.map.clone(), digest: self.0.digest.clone() };
        u.record(About::Chain("import_run", self.0.id.uuid()), event).await
    }
}

struct Finish(ImportRun);

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
        self.run.state == "finished"
    }

    /// The report as it stands. Of a run that was finished before, everything that was imported then
    /// is already there.
    pub fn report(&self) -> &ImportReport {
        &self.report
    }

    /// Counts what a finished run imported as already there, for the report of the repetition.
    pub fn repeated(&self) -> ImportReport {
        self.report.repeated()
    }

    /// Writes the next rows of the file, in one unit of work or, if they meet many guests who are known, in several.
    ///
    /// # Errors
    /// The database fails.
    pub async fn write(&mut self, rows: Vec<HistoryRow>) -> Result<()> {
        let rows: Arc<[HistoryRow]> = rows.into();
        let mut done = 0;
        while done < rows.len() {
            done = self.write_unit(&rows, done).await?;
        }
        Ok(())
    }

    /// Writes rows from `start` on, wholly or not at all; answers the first that is left.
    async fn write_unit(&mut self, rows: &Arc<[HistoryRow]>, start: usize) -> Result<usize> {
        let (mut tries, mut most) = (1, rows.len());
        loop {
            let planned = self.plan(rows, start, most).await?;
            let (report, version) = (planned.report.clone(), planned.run.version);
            let (guests, end) = (planned.guests.made(), planned.end);
            match self.app.execute(self.ctx.clone(), planned).await {
                Ok(()) => {
                    self.report = report;
                    self.run.report = serde_json::to_string(&self.report).unwrap_or_default();
                    self.run.version = version + 1;
                    self.batches += 1;
                    self.staged += guests;
                    self.maintain().await?;
                    return Ok(end);
                }
                Err(error) => {
                    // What was planned in memory did not happen.
                    self.state = plan::State::default();
                    self.merge_staged_tokens().await?;
                    let taken = matches!(&error, AppError::Rule(rule)
                        if matches!(rule.rule, Rule::RoomTaken | Rule::Exists | Rule::NoInventory));
                    if !taken || tries == MAX_ATTEMPTS {
                        return Err(error);
                    }
                    // Of fewer rows fewer can be hit again before they are written.
                    (tries, most) = (tries + 1, (most / FEWER).max(1));
                }
            }
        }
    }

    /// Has the database do what has become due while the next batches are made ready, planned and written.
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

    /// Waits for what the database does beside.
    async fn maintained(&mut self) -> Result<()> {
        match self.beside.take() {
            Some(beside) => joined(beside.await)?,
            None => Ok(()),
        }
    }

    async fn merge_staged_tokens(&mut self) -> Result<()> {
        self.maintained().await?;
        self.sorted += std::mem::take(&mut self.staged);
        self.app.execute(self.ctx.clone(), MergeStagedTokens).await
    }

    /// Stops in the middle; the run can be taken up again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn stop(mut self) -> Result<()> {
        self.merge_staged_tokens().await?;
        self.store.expect_much(false).await;
        Ok(())
    }

    /// Ends the run, which this invocation has worked on since `began`.
    ///
    /// # Errors
    /// The database fails.
    pub async fn finish(mut self, began: Instant) -> Result<ImportReport> {
        self.merge_staged_tokens().await?;
        // It is a help and no part of the import: the server does it by itself in time.
        if self.batches >= MANY
            && let Err(error) = self.store.vacuum().await
        {
            tracing::warn!(%error, "the database could not be tidied up after the import");
        }
        self.report.took(began.elapsed().as_secs_f64());
        self.run.report = serde_json::to_string(&self.report).unwrap_or_default();
        self.run.state = "finished".into();
        self.run.finished_at = Some(self.app.clock().now());
        self.app.execute(self.ctx, Finish(self.run)).await?;
        self.store.expect_much(false).await;
        Ok(self.report)
    }
}

/// A run of the history import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRunView {
    /// Identifier.
    pub id: ImportRunId,
    /// Name of the map.
    pub map: String,
    /// `running` or `finished`.
    pub state: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// What became of the rows.
    pub report: ImportReport,
}

impl TryFrom<ImportRun> for ImportRunView {
    type Error = AppError;
    fn try_from(run: ImportRun) -> Result<Self> {
        let report = read_report(&run)?;
        let ImportRun { id, map, state, started_at, finished_at, .. } = run;
        Ok(Self { id, map, state, started_at, finished_at, report })
    }
}

/// A quarantined row, without what it held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantinedRow {
    /// Row of the file, from 1.
    pub row: i64,
    /// The field that was wrong.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// What was wrong; no personal data.
    pub detail: String,
}

/// Most runs in a list.
const RUNS: i64 = 200;

/// Quarantined rows of a run after row `after`.
#[derive(Debug, Clone)]
pub struct ListQuarantine {
    /// Which.
    pub id: ImportRunId,
    /// Only rows after this one.
    pub after: i64,
    /// At most so many.
    pub limit: i64,
}

impl Query for ListQuarantine {
    const ACTION: Action = Action::ImportQuarantine;
    type Out = Vec<QuarantinedRow>;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let id = self.id;
        let after = self.after;
        let limit = self.limit;
        let rows = query::import::quarantined(r.conn().await?, id, after, limit).await?;
        Ok(rows
            .into_iter()
            .map(|Quarantine { row_number, field, reason, detail, .. }| QuarantinedRow {
                row: row_number,
                field,
                reason,
                detail,
            })
            .collect())
    }
}

/// A run of the history import.
#[derive(Debug, Clone)]
pub struct ShowImportRun {
    /// Which.
    pub id: ImportRunId,
}

impl Query for ShowImportRun {
    const ACTION: Action = Action::ImportShow;
    type Out = ImportRunView;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let id = self.id;
        let found = query::import::find(r.conn().await?, id).await?;
        found.ok_or_else(|| AppError::not_found(Missing::ImportRun, id))?.try_into()
    }
}

/// The latest runs of the history import.
#[derive(Debug, Clone)]
pub struct ListImportRuns;

impl Query for ListImportRuns {
    const ACTION: Action = Action::ImportList;
    type Out = Vec<ImportRunView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let runs = query::import::runs(r.conn().await?, RUNS).await?;
        runs.into_iter().map(ImportRunView::try_from).collect()
    }
}

/// Quarantined rows after row `after`, as received, to be mended. A read of personal data, so the
/// journal tells of it. Answers the row number, and the columns with their texts.
#[derive(Debug, Clone)]
pub struct TakeQuarantined {
    /// The run.
    pub run: ImportRunId,
    /// The last row already taken.
    pub after: i64,
}

/// Rows of one [`TakeQuarantined`].
const TAKEN: i64 = 1_000;

impl Command for TakeQuarantined {
    const ACTION: Action = Action::ImportExport;
    type Out = Vec<(i64, Vec<(String, String)>)>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let rows = query::import::quarantined(u.tx, self.run, self.after, TAKEN).await?;
        let mut out = Vec::new();
        for row in &rows {
            let received = query::import::open_row(u.tx, row).await?;
            out.push((row.row_number, serde_json::from_slice(&received).unwrap_or_default()));
        }
        let event = ImportEvent::Export { after: self.after, rows: out.len() as i64 };
        u.record(About::Chain("import_run", self.run.uuid()), event).await?;
        Ok(out)
    }
}

/// External ids that sort as their numbers do.
fn padded(row: i64) -> String {
    format!("{row:010}")
}
