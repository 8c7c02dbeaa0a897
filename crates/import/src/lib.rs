//! The history import: batches of another system's bookings, each batch one unit of work.
//!
//! A batch is first planned (what exists already, guests, rooms, numbers) and then written
//! as planned. The plan is based on what was read just before; concurrent writes
//! are detected by the keys of the tables, and then the batch is planned again.

mod allocator;
mod batch;
mod file;
mod guests;
mod importer;
mod incoming;
mod live;
mod mend;
mod other;
mod plan;
pub mod received;
mod report;
mod revise;
mod rows;
mod work;
mod write;

pub use file::{
    ImportFileView, ImportPreview, KeepMap, LONGEST_FILE_NAME, ListImportFiles, ListImportMaps, MaySendFile,
    PreviewFile, Previewed, ReceiveFile, ShowImportFile, StartFile, WithdrawFile,
};
pub use importer::{Importer, RunRequest};
pub use incoming::{
    Content, Flagged, IncomingBooking, IncomingGuest, IncomingOther, IncomingRoom, IncomingRow, Links, NAMED,
    Refusal, RowFigures, SourceNumber,
};
pub use live::{Became, LiveSource, NoteCancelled, TakeIn, live_run};
pub use mend::{
    DecideRow, ExportQuarantine, ListQuarantineItems, MendRow, MendedCells, MendedRow, QuarantineItem,
};
pub use other::{ListWaiting, WaitingRecord};
pub use report::{Explained, ImportReport, Tally};
pub use work::{ForgetImportFiles, RunImportFiles};

use allocator::State;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Operation, Operator, Query, Reader, Result, Unit, request_digest};
use hefu_domain::{Message, event::ImportEvent, ids::ImportRunId, message::Missing};
use hefu_kernel::Id as _;
use hefu_people::{
    batch::LearnFrequencies,
    matching::{Matching, UNKNOWN_SIZE},
    model::Model,
    tokens::MergeStagedTokens,
};
use hefu_store::{ImportRun, Quarantine, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of a run that takes in a row which somebody put right: it belongs to the run of the file, and is no import of its own.
const MENDING: &str = "mending";
/// The state of such a run when it is over.
const MENDED: &str = "mended";

/// Whether all of a run is imported.
fn is_over(run: &ImportRun) -> bool {
    matches!(run.state.as_str(), "finished" | MENDED)
}

/// Begins the run over a file, or resumes it.
pub struct StartImport(pub RunRequest);

#[async_trait]
impl Operation for StartImport {
    const ACTION: Action = Action::ImportRun;
    type Out = Importer;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Importer> {
        let request = self.0.clone();
        let (digest, known) = run_of(o, &request).await?;
        let run = match known {
            Some(run) => run,
            None => {
                let report = ImportReport::new(&request.file, &request.map, &request.people);
                let run = ImportRun {
                    id: o.vault().ids.id(),
                    map: request.map.clone(),
                    digest,
                    state: if request.is_mend { MENDING } else { "running" }.into(),
                    started_at: o.clock().now(),
                    finished_at: None,
                    report: serde_json::to_string(&report).unwrap_or_default(),
                    version: 1,
                    columns: "[]".into(),
                };
                o.execute(Begin(run.clone())).await?;
                run
            }
        };
        let mut report = ImportReport::of_run(&run)?;
        report.go_on();
        let guests = recognise_as_the_desk(o).await?;
        // From an import that was killed.
        o.execute(MergeStagedTokens).await?;
        if request.is_alone {
            o.store().expect_much(true).await;
        }
        Ok(Importer {
            app: o.app().clone(),
            store: o.store().clone(),
            ctx: o.ctx().clone(),
            request,
            run,
            report,
            state: State::default(),
            since: None,
            batches: 0,
            staged: 0,
            // Sorting tokens in writes nearly all of their index: where there are many guests already, not for every few new ones. But whoever is entered
            // at a desk meanwhile waits for what is staged.
            sorted: guests.min(MOST_SORTED),
            beside: None,
        })
    }
}

/// Merges the search tokens of an interrupted import: until then its guests cannot be found. Returns the progress of the unfinished imports;
/// an import that has advanced since `before`, the previous result, is running and merges its tokens itself.
pub struct MergeTokensLeftStaged {
    /// Progress of the unfinished imports at the previous call.
    pub before: Option<Vec<(ImportRunId, i64)>>,
}

#[async_trait]
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

/// The identity of a run, and the run if it exists. A file that is imported again after another file of the same map is
/// another run: its content may be news again.
async fn run_of(o: &Operator<'_>, request: &RunRequest) -> Result<(String, Option<ImportRun>)> {
    let c = &mut o.read().await?;
    let parts = [&request.file_digest, &request.map_text, &request.people].map(|part| part.as_bytes());
    let mut times = 0_u32;
    loop {
        let again = if times == 0 { String::new() } else { format!("\n{times}") };
        let digest = request_digest(&[parts[0], b"\n", parts[1], b"\n", parts[2], again.as_bytes()]);
        let digest = hefu_kernel::hex(&digest);
        match query::import::by_digest(c, &digest).await? {
            Some(run) if is_over(&run) && query::import::is_followed(c, &run).await? => times += 1,
            known => return Ok((digest, known)),
        }
    }
}

/// Guests are recognised by the desk's model and value frequencies. With few guests in the chain no frequencies are learnt: most
/// of its guests are still to come. Answers how many there are.
async fn recognise_as_the_desk(o: &Operator<'_>) -> Result<usize> {
    let guests = query::guest::count(&mut o.read().await?).await?;
    let guests = usize::try_from(guests).unwrap_or(0);
    if guests >= UNKNOWN_SIZE {
        o.operate(LearnFrequencies::default()).await?;
        return Ok(guests);
    }
    let model = o.service::<Model>();
    let matching = Matching::of(&model.plain(), &[], UNKNOWN_SIZE).map_err(|error| {
        tracing::error!(%error, "the matching model cannot be used");
        AppError::invalid((), Message::ModelUnusable)
    })?;
    model.use_matching(matching);
    Ok(guests)
}

/// Guests whose tokens count as sorted in when a run begins, at most: half as many are staged before they are.
const MOST_SORTED: usize = 240_000;

struct Begin(ImportRun);

#[async_trait]
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

/// A run of the history import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRunView {
    /// Identifier.
    pub id: ImportRunId,
    /// Name of the map.
    pub map: String,
    /// `running`, `finished`, or `live`: the records of a channel, which are never at an end. `mending` and `mended`: one row of a file that somebody put
    /// right.
    pub state: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it finished.
    pub finished_at: Option<DateTime<Utc>>,
    /// Results by row.
    pub report: ImportReport,
}

impl TryFrom<ImportRun> for ImportRunView {
    type Error = AppError;
    fn try_from(run: ImportRun) -> Result<Self> {
        let report = ImportReport::of_run(&run)?;
        let ImportRun { id, map, state, started_at, finished_at, .. } = run;
        Ok(Self { id, map, state, started_at, finished_at, report })
    }
}

/// A quarantined row, without its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantinedRow {
    /// Row of the file, from 1.
    pub row: i64,
    /// The invalid field.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// What is wrong and what to do, in the client's language; no personal data.
    pub detail: String,
}

/// Maximum number of runs in a list.
const RUNS: i64 = 200;

/// Quarantined rows of a run after row `after`.
#[derive(Debug, Clone)]
pub struct ListQuarantine {
    /// The run.
    pub id: ImportRunId,
    /// Only rows after this one.
    pub after: i64,
    /// Maximum number.
    pub limit: i64,
}

#[async_trait]
impl Query for ListQuarantine {
    const ACTION: Action = Action::ImportQuarantine;
    type Out = Vec<QuarantinedRow>;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let language = r.ctx().language;
        let rows = query::import::quarantined(r.conn().await?, self.id, self.after, self.limit).await?;
        let view = |Quarantine { row_number, field, reason, detail, .. }| QuarantinedRow {
            row: row_number,
            field,
            reason,
            detail: detail.text(language),
        };
        Ok(rows.into_iter().map(view).collect())
    }
}

/// A run of the history import.
#[derive(Debug, Clone)]
pub struct ShowImportRun {
    /// The run.
    pub id: ImportRunId,
}

#[async_trait]
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

#[async_trait]
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

/// Quarantined rows after row `after`, as received, to be corrected. This reads personal data, so it is
/// journalled.
#[derive(Debug, Clone)]
pub struct TakeQuarantined {
    /// The run.
    pub run: ImportRunId,
    /// The last row already taken.
    pub after: i64,
}

/// Rows of one [`TakeQuarantined`].
const TAKEN: i64 = 1_000;

/// A quarantined row as received, and why it is one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TakenRow {
    /// Row of the file, from 1.
    pub row: i64,
    /// The invalid field.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// The reason, in the language of whoever takes the row.
    pub detail: String,
    /// The columns with their texts.
    pub texts: Vec<(String, String)>,
}

#[async_trait]
impl Command for TakeQuarantined {
    const ACTION: Action = Action::ImportExport;
    type Out = Vec<TakenRow>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let rows = query::import::quarantined(u.tx, self.run, self.after, TAKEN).await?;
        let mut out = Vec::new();
        for row in &rows {
            let received = query::import::open_row(u.tx, row).await?;
            out.push(TakenRow {
                row: row.row_number,
                field: row.field.clone(),
                reason: row.reason.clone(),
                detail: row.detail.text(u.ctx.language),
                texts: serde_json::from_slice(&received).unwrap_or_default(),
            });
        }
        let event = ImportEvent::Export { after: self.after, rows: out.len() as i64 };
        u.record(About::Chain("import_run", self.run.uuid()), event).await?;
        Ok(out)
    }
}
