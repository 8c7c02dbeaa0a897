//! Files that are sent to be imported: received, understood by a map, looked at, started, withdrawn.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Language, Message, Rule, RuleError,
    event::ImportEvent,
    ids::{ImportFileId, ImportRunId},
    import_file::{ImportFile, ImportFileState},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    received::{
        ChosenMap, FileFault, FileProblem, Glance, ImportMapView, PreviewRow, ReadMap, ReceivedFiles,
        UncertainField, counts,
    },
    report::ImportReport,
};

/// Most files in a list.
const FILES: i64 = 50;

/// Most characters of a file's name.
pub const LONGEST_FILE_NAME: usize = 200;

/// A file that was sent to be imported.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportFileView {
    /// Identifier.
    pub id: ImportFileId,
    /// What the sender calls it.
    pub name: String,
    /// Bytes of it.
    pub size: i64,
    /// Where it stands.
    pub state: ImportFileState,
    /// Name of its map, once somebody has said what its columns mean.
    pub map: Option<String>,
    /// Code of the property of all its rows; none if a column says it.
    pub property: Option<String>,
    /// The run over it, once it began.
    pub run: Option<ImportRunId>,
    /// How many rows it has, once they were counted.
    pub rows: Option<i64>,
    /// Rows that are done.
    pub done: i64,
    /// What became of these.
    pub report: Option<ImportReport>,
    /// Rows that could not be imported.
    pub quarantined: i64,
    /// Those of them that nobody has mended or left out.
    pub to_mend: i64,
    /// Why it failed.
    pub problem: Option<FileProblem>,
    /// Who sent it.
    pub by: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When its import began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// A file with how far it is.
async fn view(c: &mut Conn, file: ImportFile, language: Language) -> Result<ImportFileView> {
    let run = match file.run_id {
        Some(run) => query::import::find(c, run).await?,
        None => None,
    };
    let report = run.as_ref().map(ImportReport::of_run).transpose()?;
    let decided = match file.run_id {
        Some(run) => query::import::decided(c, run).await?,
        None => 0,
    };
    let (done, quarantined) = counts(report.as_ref());
    Ok(ImportFileView {
        id: file.id,
        name: file.name,
        size: file.size,
        state: file.state,
        map: file.map_name,
        property: Some(file.property).filter(|code| !code.is_empty()),
        run: file.run_id,
        rows: file.row_count,
        done,
        report,
        quarantined,
        to_mend: quarantined - decided,
        problem: file.problem.as_deref().map(|code| problem_of(code, language)),
        by: file.received_by,
        received_at: file.received_at,
        started_at: file.started_at,
        finished_at: file.finished_at,
        version: file.version,
    })
}

/// What to do about a file that failed.
fn problem_of(code: &str, language: Language) -> FileProblem {
    let message = match code {
        "map_invalid" => Message::FileMapInvalid,
        "unknown_format" => Message::FileUnknownFormat,
        "no_header" => Message::FileNoHeader,
        "bad_encoding" => Message::FileEncoding,
        "missing_columns" => Message::FileMissingColumns,
        "ambiguous_column" => Message::FileAmbiguousColumn,
        "no_sheet" => Message::FileNoSheet,
        "too_large" => Message::FilePartTooLarge,
        "ambiguous_decimal" => Message::FileAmbiguousDecimal,
        "bad_archive" => Message::FileBadArchive,
        "file_gone" => Message::ImportFileGone,
        "internal" => Message::Internal,
        _ => Message::FileUnreadable,
    };
    FileProblem { code: code.to_owned(), message: message.text(language), detail: String::new() }
}

/// The file, or that there is none.
pub(crate) async fn find(c: &mut Conn, id: ImportFileId) -> Result<ImportFile> {
    let found = query::import::file(c, id).await?;
    found.ok_or_else(|| AppError::not_found(Missing::ImportFile, id))
}

fn about(id: ImportFileId) -> About<'static> {
    About::Chain("import_file", id.uuid())
}

fn resource(id: ImportFileId) -> Resource<'static> {
    Resource::with_id(ResourceKind::ImportRun, id.uuid())
}

fn has_state(state: ImportFileState) -> AppError {
    RuleError::new(Rule::ImportStarted, (), Message::ImportFileHas { state }).into()
}

fn gone() -> AppError {
    RuleError::new(Rule::FileGone, (), Message::ImportFileGone).into()
}

/// The maps that there are.
#[derive(Debug, Clone, Copy)]
pub struct ListImportMaps;

#[async_trait]
impl Query for ListImportMaps {
    const ACTION: Action = Action::ImportList;
    type Out = Vec<ImportMapView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        Ok(r.service::<ReceivedFiles>().desk()?.maps())
    }
}

/// Whether a file may be sent: asked before any of it is read. Answers under which name it is to lie, and how many bytes it may have.
#[derive(Debug, Clone, Copy)]
pub struct MaySendFile;

#[async_trait]
impl Query for MaySendFile {
    const ACTION: Action = Action::ImportReceive;
    type Out = (ImportFileId, u64);

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let most = r.service::<ReceivedFiles>().desk()?.most();
        Ok((r.vault().ids.id(), most))
    }
}

/// Records that a file was received. It lies at its place already.
#[derive(Debug, Clone)]
pub struct ReceiveFile {
    /// The file, by the name under which it lies there. Another one in the answer is what was received under the same key before.
    pub id: ImportFileId,
    /// What the sender calls it.
    pub name: String,
    /// Bytes of it.
    pub size: i64,
}

#[async_trait]
impl Command for ReceiveFile {
    const ACTION: Action = Action::ImportReceive;
    type Out = ImportFileView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let file = ImportFile {
            id: self.id,
            name: self.name.clone(),
            size: self.size,
            state: ImportFileState::Received,
            map: None,
            map_name: None,
            property: String::new(),
            run_id: None,
            row_count: None,
            problem: None,
            received_by: u.ctx.principal.to_string(),
            received_at: u.now,
            started_at: None,
            finished_at: None,
            version: 1,
        };
        u.tx.insert(&file).await?;
        u.record(about(file.id), ImportEvent::Receive { file: file.id, size: file.size }).await?;
        let language = u.ctx.language;
        view(u.tx, file, language).await
    }
}

/// The latest files that were sent.
#[derive(Debug, Clone, Copy)]
pub struct ListImportFiles;

#[async_trait]
impl Query for ListImportFiles {
    const ACTION: Action = Action::ImportList;
    type Out = Vec<ImportFileView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let language = r.ctx().language;
        let c = r.conn().await?;
        let mut views = Vec::new();
        for file in query::import::files(c, FILES).await? {
            views.push(view(c, file, language).await?);
        }
        Ok(views)
    }
}

/// A file that was sent, with how far its import is.
#[derive(Debug, Clone, Copy)]
pub struct ShowImportFile {
    /// The file.
    pub id: ImportFileId,
}

#[async_trait]
impl Query for ShowImportFile {
    const ACTION: Action = Action::ImportShow;
    type Out = ImportFileView;

    fn resource(&self) -> Resource<'_> {
        resource(self.id)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let language = r.ctx().language;
        let c = r.conn().await?;
        let file = find(c, self.id).await?;
        view(c, file, language).await
    }
}

/// What the first rows of a file would be understood as.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportPreview {
    /// The map as an object, with the keys that a map has in TOML.
    #[schema(value_type = Object)]
    pub map: serde_json::Map<String, serde_json::Value>,
    /// The map in TOML.
    pub text: String,
    /// Whether this map was kept for the file.
    pub kept: bool,
    /// The columns of the file.
    pub columns: Vec<String>,
    /// The fields of the rows, in their order.
    pub fields: Vec<String>,
    /// The fields that should be looked at, and why, in English.
    pub uncertain: Vec<UncertainField>,
    /// The first rows, personal data masked.
    pub rows: Vec<PreviewRow>,
    /// Rows that were looked at.
    pub rows_seen: i64,
    /// Whether these are all rows of the file.
    pub is_whole: bool,
    /// Why there are no rows: the map is to be completed, or the file cannot be read.
    pub problem: Option<FileProblem>,
}

impl ImportPreview {
    fn of(map: ReadMap, glance: Glance, kept: bool, language: Language) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for cell in glance.rows.iter().flat_map(|row| &row.cells) {
            if !fields.contains(&cell.field) {
                fields.push(cell.field.clone());
            }
        }
        Self {
            map: glance.map,
            text: map.text,
            kept,
            columns: glance.columns,
            fields,
            uncertain: map.uncertain,
            rows: glance.rows,
            rows_seen: glance.rows_seen,
            is_whole: glance.is_whole,
            problem: glance.fault.map(|fault| fault.view(language)),
        }
    }
}

/// What the first rows of a file would be understood as by a map: the chosen one, else the one that was kept, else a guessed one.
#[derive(Debug, Clone)]
pub struct PreviewFile {
    /// The file.
    pub id: ImportFileId,
    /// A map to be tried.
    pub chosen: Option<ChosenMap>,
}

/// A preview, and its map to be kept.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The preview.
    pub preview: ImportPreview,
    /// The map; none if it is not one yet.
    pub map: Option<ReadMap>,
}

#[async_trait]
impl Query for PreviewFile {
    const ACTION: Action = Action::ImportPreview;
    type Out = Previewed;

    fn resource(&self) -> Resource<'_> {
        resource(self.id)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let language = r.ctx().language;
        let desk = r.service::<ReceivedFiles>().desk()?;
        let file = find(r.conn().await?, self.id).await?;
        // A file is read for longer than a connection should be held.
        r.release();
        if self.chosen.is_some() && !file.state.can_start() {
            return Err(has_state(file.state));
        }
        if !desk.is_here(file.id) {
            return Err(if file.state.needs_file() { gone() } else { has_state(file.state) });
        }
        let kept = self.chosen.is_none() && file.map.is_some();
        let chosen = match &self.chosen {
            Some(chosen) => chosen.clone(),
            None => ChosenMap {
                lines: file.map.as_deref().map(|text| text.lines().map(str::to_owned).collect()),
                ..ChosenMap::default()
            },
        };
        let given = [chosen.builtin.is_some(), chosen.map.is_some(), chosen.lines.is_some()];
        if given.into_iter().filter(|is| *is).count() > 1 {
            return Err(AppError::invalid((), Message::ImportOneMap));
        }
        let (map, fault) = match desk.map(&file, &chosen, language).await {
            Ok(map) => (map, None),
            // One that is not complete is shown as far as it goes.
            Err(FileFault { map: Some(map), .. }) => (*map, None),
            Err(fault) => (ReadMap::default(), Some(fault)),
        };
        let glance = match fault {
            None => desk.preview(&file, &map, language).await,
            Some(fault) => Err(fault),
        };
        let glance = glance.unwrap_or_else(|fault| Glance { fault: Some(fault), ..Glance::default() });
        let (is_map, settled) = (glance.fault.is_none(), glance.settled.clone());
        let preview = ImportPreview::of(map.clone(), glance, kept, language);
        let map = ReadMap { text: settled.unwrap_or_else(|| map.text.clone()), ..map };
        Ok(Previewed { preview, map: is_map.then_some(map) })
    }
}

/// Keeps what the columns of a file mean.
#[derive(Debug, Clone)]
pub struct KeepMap {
    /// The file.
    pub id: ImportFileId,
    /// The map.
    pub map: ReadMap,
}

#[async_trait]
impl Command for KeepMap {
    const ACTION: Action = Action::ImportMap;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        resource(self.id)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let mut file = find(u.tx, self.id).await?;
        if !file.state.can_start() {
            return Err(has_state(file.state));
        }
        file.map = Some(self.map.text.clone());
        file.map_name = Some(self.map.name.clone());
        file.property.clone_from(&self.map.property);
        u.tx.update(&mut file).await?;
        u.record(about(file.id), ImportEvent::Map { file: file.id, map: self.map.name.clone() }).await
    }
}

/// Wants a file imported: background work begins as soon as no other file of the property is being imported.
#[derive(Debug, Clone, Copy)]
pub struct StartFile {
    /// The file.
    pub id: ImportFileId,
}

#[async_trait]
impl Command for StartFile {
    const ACTION: Action = Action::ImportStart;
    type Out = ImportFileView;

    fn resource(&self) -> Resource<'_> {
        resource(self.id)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let mut file = find(u.tx, self.id).await?;
        if !file.state.can_start() {
            return Err(has_state(file.state));
        }
        if file.map.is_none() {
            return Err(AppError::invalid((), Message::ImportNeedsMap));
        }
        if !u.service::<ReceivedFiles>().desk()?.is_here(file.id) {
            return Err(gone());
        }
        file.state = ImportFileState::Waiting;
        (file.problem, file.finished_at) = (None, None);
        u.tx.update(&mut file).await?;
        u.record(about(file.id), ImportEvent::Start { file: file.id }).await?;
        let language = u.ctx.language;
        view(u.tx, file, language).await
    }
}

/// Wants no more of a file. What was imported of it stays; the file itself is taken away.
#[derive(Debug, Clone, Copy)]
pub struct WithdrawFile {
    /// The file.
    pub id: ImportFileId,
}

#[async_trait]
impl Command for WithdrawFile {
    const ACTION: Action = Action::ImportWithdraw;
    type Out = ImportFileView;

    fn resource(&self) -> Resource<'_> {
        resource(self.id)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let mut file = find(u.tx, self.id).await?;
        if !file.state.needs_file() {
            return Err(has_state(file.state));
        }
        (file.state, file.finished_at) = (ImportFileState::Withdrawn, Some(u.now));
        u.tx.update(&mut file).await?;
        u.record(about(file.id), ImportEvent::Withdraw { file: file.id }).await?;
        let language = u.ctx.language;
        view(u.tx, file, language).await
    }
}

/// A step of the background work on a file.
pub(crate) struct StepFile {
    pub(crate) id: ImportFileId,
    pub(crate) step: Step,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Its import begins.
    Begin,
    /// It has so many rows, and this run.
    Counted(ImportRunId, i64),
    /// All of it is done.
    Finish(ImportRunId),
    /// It cannot be read.
    Fail(&'static str),
    /// Nobody has started it for long.
    Expire,
}

#[async_trait]
impl Command for StepFile {
    const ACTION: Action = Action::ImportStep;
    /// Whether it was done: a file that was withdrawn meanwhile is left as it is.
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<bool> {
        let mut file = find(u.tx, self.id).await?;
        match (self.step, file.state) {
            (Step::Begin, ImportFileState::Waiting) => {
                file.state = ImportFileState::Running;
                file.started_at = file.started_at.or(Some(u.now));
            }
            // From before a restart.
            (Step::Begin, ImportFileState::Running) => return Ok(true),
            (Step::Counted(run, rows), ImportFileState::Running) => {
                if file.run_id == Some(run) && file.row_count == Some(rows) {
                    return Ok(true);
                }
                (file.run_id, file.row_count) = (Some(run), Some(rows));
            }
            (Step::Finish(run), ImportFileState::Running) => {
                file.run_id = Some(run);
                (file.state, file.finished_at) = (ImportFileState::Finished, Some(u.now));
            }
            (Step::Fail(code), ImportFileState::Waiting | ImportFileState::Running) => {
                file.problem = Some(code.to_owned());
                (file.state, file.finished_at) = (ImportFileState::Failed, Some(u.now));
            }
            (Step::Expire, ImportFileState::Received | ImportFileState::Failed) => {
                (file.state, file.finished_at) = (ImportFileState::Withdrawn, Some(u.now));
            }
            _ => return Ok(false),
        }
        u.tx.update(&mut file).await?;
        let state = file.state.code().to_owned();
        u.record(about(file.id), ImportEvent::File { file: file.id, state }).await?;
        Ok(true)
    }
}
