//! Files that are sent to be imported, and what reads them.
//!
//! How files are read is the business of an adapter, as it is on the command line; here it is only said what it is asked.

use std::{
    fs::File,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use futures_util::future::BoxFuture;
use hefu_core::{App, AppError, Context, Result, Service};
use hefu_domain::{
    Language, Message, Rule, RuleError,
    ids::{ImportFileId, ImportRunId},
    import_file::ImportFile,
    message::Why,
};
use hefu_store::Store;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard, mpsc::UnboundedSender};
use utoipa::ToSchema;

use crate::report::ImportReport;

/// What keeps and reads files: the same that `hefu import` is.
pub trait FileDesk: Send + Sync {
    /// Most bytes of a file.
    fn most(&self) -> u64;

    /// A place for a new file, which nobody but the server's own user can read.
    ///
    /// # Errors
    /// There is no room, or no right to it.
    fn create(&self, id: ImportFileId) -> io::Result<File>;

    /// Whether a file is on this server.
    fn is_here(&self, id: ImportFileId) -> bool;

    /// Takes a file away, if it is there.
    fn remove(&self, id: ImportFileId);

    /// The files that are there, with the seconds since they were written to.
    fn all(&self) -> Vec<(ImportFileId, u64)>;

    /// Names and descriptions of the maps that there are.
    fn maps(&self) -> Vec<ImportMapView>;

    /// The map that somebody chose for a file; a guessed one if none was chosen, with what is doubtful in it said in a language. Reads the beginning of the file.
    fn map<'a>(
        &'a self,
        file: &'a ImportFile,
        chosen: &'a ChosenMap,
        language: Language,
    ) -> BoxFuture<'a, FileResult<ReadMap>>;

    /// What the first rows of a file would be understood as by a map, said in a language.
    fn preview<'a>(
        &'a self,
        file: &'a ImportFile,
        map: &'a ReadMap,
        language: Language,
    ) -> BoxFuture<'a, FileResult<Glance>>;

    /// The cells of a row that was put into quarantine, masked.
    fn cells(&self, map: &str, field: &str, texts: &[(String, String)]) -> Vec<QuarantinedCell>;

    /// Imports a file, or the rest of it, until `stop`.
    fn run<'a>(
        &'a self,
        app: &'a App,
        ctx: Context,
        file: &'a ImportFile,
        work: Work,
    ) -> BoxFuture<'a, std::result::Result<Ended, Failed>>;

    /// Imports one row as it was mended, by the file's map; what is still wrong with it is said in the language of the context. `Err` of a fault: it
    /// cannot be read at all.
    fn mend<'a>(
        &'a self,
        app: &'a App,
        ctx: Context,
        file: &'a ImportFile,
        texts: &'a [(String, String)],
    ) -> BoxFuture<'a, std::result::Result<MendedRun, Failed>>;

    /// The quarantined rows of a run as CSV, as they were received.
    fn export<'a>(
        &'a self,
        app: &'a App,
        ctx: Context,
        run: ImportRunId,
        map: &'a str,
    ) -> BoxFuture<'a, std::result::Result<Vec<u8>, Failed>>;
}

/// Result of reading a file.
pub type FileResult<T> = std::result::Result<T, FileFault>;

/// Why a file, or its map, cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub struct FileFault {
    /// Stable code.
    pub code: &'static str,
    /// What to do about it.
    pub message: Message,
    /// What exactly is wrong: names of columns and keys, in English; no personal data.
    pub detail: String,
    /// The map, if it is that.
    pub map: Option<Box<ReadMap>>,
}

impl FileFault {
    pub(crate) fn view(&self, language: Language) -> FileProblem {
        FileProblem {
            code: self.code.to_owned(),
            message: self.message.text(language),
            detail: self.detail.clone(),
        }
    }
}

/// Why an import stopped.
#[derive(Debug)]
pub enum Failed {
    /// The file cannot be read.
    File(FileFault),
    /// The records refused.
    App(AppError),
}

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

/// How whoever asked for an import hears of it, and stops it.
#[derive(Debug, Clone)]
pub struct Work {
    /// Is told the run and how many rows there are, once it has begun.
    pub begun: UnboundedSender<(ImportRunId, i64)>,
    stop: Arc<AtomicBool>,
}

impl Work {
    pub(crate) fn new(begun: UnboundedSender<(ImportRunId, i64)>) -> Self {
        Self { begun, stop: Arc::default() }
    }

    /// No more of it.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Whether to stop after what is in hand.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }
}

/// How an import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All of the file is done.
    Finished(ImportRunId),
    /// It was stopped, or another process is at it.
    Stopped,
}

/// What became of a row that was mended.
#[derive(Debug, Clone)]
pub struct MendedRun {
    /// The run that took it; none if its map does not take it yet.
    pub run: Option<ImportRunId>,
    /// What is still wrong.
    pub wrong: Option<RowProblem>,
}

/// A map as somebody chose it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenMap {
    /// Name of a map that Hefu has.
    #[serde(default)]
    pub builtin: Option<String>,
    /// A map as an object, with the keys that a map has in TOML.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub map: Option<serde_json::Map<String, serde_json::Value>>,
    /// A map in TOML, line by line.
    #[serde(default)]
    pub lines: Option<Vec<String>>,
    /// Code of the property, instead of what the map says.
    #[serde(default)]
    pub property: Option<String>,
    /// IANA time zone of the property, instead of what the map says.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Currency of the amounts, instead of what the map says.
    #[serde(default)]
    pub currency: Option<String>,
}

/// A map of a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadMap {
    /// Its text, TOML.
    pub text: String,
    /// Its name; empty if it has none yet.
    pub name: String,
    /// Code of the property of all rows; empty if a column says it.
    pub property: String,
    /// The fields that should be looked at, and why.
    pub uncertain: Vec<UncertainField>,
}

/// The first rows of a file as a map understands them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Glance {
    /// The columns of the file.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<PreviewRow>,
    /// Rows that were looked at.
    pub rows_seen: i64,
    /// Whether these are all.
    pub is_whole: bool,
    /// The text of the map with what the whole file said of how its columns are written.
    pub settled: Option<String>,
    /// The map as an object.
    pub map: serde_json::Map<String, serde_json::Value>,
    /// Why there are no rows.
    pub fault: Option<FileFault>,
}

/// A map that Hefu has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportMapView {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub description: String,
}

/// A field that should be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UncertainField {
    /// The field.
    pub field: String,
    /// Why.
    pub why: String,
}

/// A row as it would be understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewRow {
    /// Row of the file, from 1.
    pub row: i64,
    /// Its fields.
    pub cells: Vec<PreviewCell>,
    /// Why it would be put into quarantine.
    pub problem: Option<RowProblem>,
}

/// A field of a row as it would be understood, personal data masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewCell {
    /// The field.
    pub field: String,
    /// What it would be understood as.
    pub value: String,
    /// The columns it is read from.
    pub received: Vec<ReceivedCell>,
}

/// A column of a row and what it says, personal data masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceivedCell {
    /// The column.
    pub column: String,
    /// Its text.
    pub text: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowProblem {
    /// The field.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// What is wrong and what to do, in the client's language; no personal data.
    pub detail: String,
}

impl RowProblem {
    /// What is wrong with a field, said in a language.
    pub fn of(field: String, why: &Why, language: Language) -> Self {
        Self { field, reason: why.code().to_owned(), detail: why.text(language) }
    }
}

/// Why a file cannot be read, or not by this map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileProblem {
    /// Stable code.
    pub code: String,
    /// What to do about it, in the client's language.
    pub message: String,
    /// What exactly is wrong, in English.
    pub detail: String,
}

/// A cell of a row that could not be imported, personal data masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuarantinedCell {
    /// The column.
    pub column: String,
    /// Its text.
    pub text: String,
    /// Whether the field that was wrong is read from it.
    pub is_wrong: bool,
}

/// What reads the files of this server, if anything does.
#[derive(Clone, Default)]
pub struct ReceivedFiles {
    desk: Option<Arc<dyn FileDesk>>,
    /// Rows are mended one after the other: the same one twice at once would be imported twice.
    mending: Arc<Mutex<()>>,
}

impl std::fmt::Debug for ReceivedFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceivedFiles").field("desk", &self.desk.is_some()).finish_non_exhaustive()
    }
}

impl Service for ReceivedFiles {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl ReceivedFiles {
    /// Files that are read so.
    pub fn by(desk: Option<Arc<dyn FileDesk>>) -> Self {
        Self { desk, mending: Arc::default() }
    }

    /// What reads them.
    ///
    /// # Errors
    /// Nothing does on this server.
    pub fn desk(&self) -> Result<Arc<dyn FileDesk>> {
        let none = || RuleError::new(Rule::FileGone, (), Message::ImportNotHere);
        Ok(self.desk.clone().ok_or_else(none)?)
    }

    pub(crate) fn has_desk(&self) -> bool {
        self.desk.is_some()
    }

    /// Waits until nobody else mends a row.
    pub(crate) async fn mending(&self) -> MutexGuard<'_, ()> {
        self.mending.lock().await
    }
}

/// What a report says of a run that is going on.
pub(crate) fn counts(report: Option<&ImportReport>) -> (i64, i64) {
    report.map_or((0, 0), |report| (report.rows, report.quarantined_total))
}
