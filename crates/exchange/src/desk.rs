//! Files that are sent to a server: kept beside the records while they are needed, and read as `hefu import` reads them.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use futures_util::future::BoxFuture;
use hefu_app::{
    App, AppError, Context,
    import::{
        ImportReport, ListQuarantine, QuarantinedRow,
        received::{
            ChosenMap, Ended, Failed, FileDesk, FileFault, FileResult, Glance, ImportMapView, MendedRun,
            PreviewCell, PreviewRow, QuarantinedCell, ReadMap, ReceivedCell, RowProblem, UncertainField,
            Work,
        },
    },
};
use hefu_domain::{
    Language, Message,
    ids::{ImportFileId, ImportRunId},
    import_file::ImportFile,
};
use hefu_kernel::Id as _;

use crate::{
    import::{Import, ImportError, PeopleFrom, export_quarantine, write_row},
    source::{self, Doubt, Hints, Map, MapError, Rejected, Source, SourceError},
};

/// Most bytes of a file, unless the installation says otherwise.
pub const MOST: u64 = 1 << 30;

/// Rows that a preview shows.
const SHOWN: usize = 10;

/// Rows that a preview looks at to tell how columns are written.
const LOOKED_AT: usize = 200_000;

/// Rows in a unit of work beside a desk that is being worked at: fewer than on the command line, so that nobody waits for long.
const BATCH: usize = 1_000;

/// A directory of files that were sent.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    most: u64,
}

impl Folder {
    /// The directory at `path`, for its own user alone; made when the first file comes.
    pub fn new(path: PathBuf, most: u64) -> Self {
        Self { path, most }
    }

    fn of(&self, id: ImportFileId) -> PathBuf {
        self.path.join(id.uuid().to_string())
    }
}

#[cfg(unix)]
fn closed(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn closed(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn make_closed(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder.create(path)
}

#[cfg(not(unix))]
fn make_closed(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Work that reads a file, on a thread of its own.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> FileResult<T> + Send + 'static) -> FileResult<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(_) => Err(fault("unreadable", Message::FileUnreadable, "reading it panicked")),
    }
}

fn fault(code: &'static str, message: Message, detail: impl Into<String>) -> FileFault {
    FileFault { code, message, detail: detail.into(), map: None }
}

/// What is wrong with a file. The sentences of the errors name its path, which nobody needs to know.
fn of_source(error: &SourceError) -> FileFault {
    let columns = |columns: &[String]| columns.join(", ");
    match error {
        SourceError::Open { .. } => fault("file_gone", Message::ImportFileGone, ""),
        SourceError::UnknownFormat { .. } | SourceError::NotAFile { .. } => {
            fault("unknown_format", Message::FileUnknownFormat, "")
        }
        SourceError::NoHeader => fault("no_header", Message::FileNoHeader, ""),
        SourceError::Encoding { encoding } => fault("bad_encoding", Message::FileEncoding, *encoding),
        SourceError::MissingColumns { columns: missing } => {
            fault("missing_columns", Message::FileMissingColumns, columns(missing))
        }
        SourceError::AmbiguousColumn { column } => {
            fault("ambiguous_column", Message::FileAmbiguousColumn, column.clone())
        }
        SourceError::Read { row, .. } => {
            fault("unreadable", Message::FileUnreadable, format!("after row {row}"))
        }
        SourceError::Workbook { problem } => fault("unreadable", Message::FileUnreadable, problem.clone()),
        SourceError::NoSheet { sheets, .. } => {
            fault("no_sheet", Message::FileNoSheet, format!("it has: {sheets}"))
        }
        SourceError::TooLarge { what, most_mib } => {
            fault("too_large", Message::FilePartTooLarge, format!("{what}: at most {most_mib} MiB"))
        }
        SourceError::TooManyRows { most } => {
            fault("too_large", Message::FilePartTooLarge, format!("at most {most} rows"))
        }
        SourceError::AmbiguousDecimal { column, sample } => {
            fault("ambiguous_decimal", Message::FileAmbiguousDecimal, format!("{column}: {sample}"))
        }
        SourceError::Archive { problem } => fault("bad_archive", Message::FileBadArchive, problem.clone()),
    }
}

fn of_map(error: &MapError, text: &str) -> FileFault {
    let map = ReadMap { text: text.to_owned(), ..ReadMap::default() };
    FileFault { map: Some(Box::new(map)), ..fault("map_invalid", Message::FileMapInvalid, error.to_string()) }
}

impl From<ImportError> for Failed {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Source(error) => Self::File(of_source(&error)),
            ImportError::File { .. } => Self::File(fault("file_gone", Message::ImportFileGone, "")),
            ImportError::App(error) => Self::App(error),
            ImportError::Export(_) => Self::App(AppError::Internal("the quarantine cannot be written")),
        }
    }
}

/// The map of this text for a file on this day, checked.
fn parsed(text: &str, today: chrono::DateTime<chrono::Utc>) -> FileResult<Map> {
    let map = Map::parse(text).map_err(|error| of_map(&error, text))?;
    let today = today.with_timezone(&map.zone()).date_naive();
    Ok(map.on(today))
}

/// The map that was chosen: its text, with what was said of the property in the place of what it says.
fn chosen_map(path: &Path, file_name: &str, chosen: &ChosenMap, language: Language) -> FileResult<ReadMap> {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let hints = Hints {
        property: said(&chosen.property),
        time_zone: said(&chosen.time_zone),
        currency: said(&chosen.currency),
    };
    let mut uncertain = Vec::new();
    let text = match (&chosen.builtin, &chosen.map, &chosen.lines) {
        (Some(name), ..) => match Map::builtin_text(name) {
            Some(text) => text.to_owned(),
            None => {
                let message = Message::NotFound { what: hefu_domain::message::Missing::ImportMap };
                return Err(fault("map_invalid", message, name.clone()));
            }
        },
        (None, Some(map), _) => {
            let failed =
                |error: toml::ser::Error| fault("map_invalid", Message::FileMapInvalid, error.to_string());
            // What is not said has no place in TOML.
            toml::to_string(&without_nulls(map)).map_err(failed)?
        }
        (None, None, Some(lines)) => lines.join("\n"),
        (None, None, None) => {
            let guess =
                source::guess_named(path, Path::new(file_name), &hints).map_err(|error| of_source(&error))?;
            let field = |(field, doubt): (_, Doubt)| UncertainField { field, why: doubt.text(language) };
            uncertain = guess.uncertain.into_iter().map(field).collect();
            guess.text
        }
    };
    let is_plain = hints == Hints::default()
        || (chosen.builtin.is_none() && chosen.map.is_none() && chosen.lines.is_none());
    let map = if is_plain { Map::parse(&text) } else { Map::for_property(&text, &hints) };
    let map = map.map_err(|error| {
        let FileFault { code, message, detail, map } = of_map(&error, &text);
        let map = map.map(|mut map| {
            map.uncertain.clone_from(&uncertain);
            map
        });
        FileFault { code, message, detail, map }
    })?;
    Ok(ReadMap {
        text: map.text().to_owned(),
        name: map.name().to_owned(),
        property: map.property_code().unwrap_or_default().to_owned(),
        uncertain,
    })
}

fn without_nulls(map: &serde_json::Map<String, serde_json::Value>) -> serde_json::Value {
    fn clean(value: &serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(fields) => fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), clean(value)))
                .collect(),
            serde_json::Value::Array(items) => {
                items.iter().filter(|item| !item.is_null()).map(clean).collect()
            }
            other => other.clone(),
        }
    }
    clean(&serde_json::Value::Object(map.clone()))
}

/// A map as an object, for whoever changes it in a form.
fn as_object(text: &str) -> serde_json::Map<String, serde_json::Value> {
    toml::from_str(text).unwrap_or_default()
}

/// What the first rows are understood as.
fn glance(
    path: &Path,
    text: &str,
    today: chrono::DateTime<chrono::Utc>,
    language: Language,
) -> FileResult<Glance> {
    let mut glance = Glance { map: as_object(text), ..Glance::default() };
    let map = match parsed(text, today) {
        Ok(map) => map,
        Err(fault) => {
            glance.columns = columns_of(path);
            glance.fault = Some(fault);
            return Ok(glance);
        }
    };
    let source = match Source::glance(path, &map, LOOKED_AT) {
        Ok(source) => source,
        Err(error) => {
            glance.columns = columns_of(path);
            glance.fault = Some(of_source(&error));
            return Ok(glance);
        }
    };
    let map = source.map();
    for raw in source.rows().map_err(|error| of_source(&error))?.take(SHOWN) {
        let raw = raw.map_err(|error| of_source(&error))?;
        if glance.columns.is_empty() {
            glance.columns = raw.fields().map(|(column, _)| column.to_owned()).collect();
        }
        let row = raw.row as i64;
        glance.rows.push(match source::explain(map, &raw) {
            Ok(fields) => {
                let cells = fields.into_iter().map(|shown| PreviewCell {
                    field: shown.field.to_owned(),
                    value: shown.value,
                    received: shown
                        .received
                        .into_iter()
                        .map(|(column, text)| ReceivedCell { column, text })
                        .collect(),
                });
                PreviewRow { row, cells: cells.collect(), problem: None }
            }
            Err(rejected) => PreviewRow {
                row,
                cells: Vec::new(),
                problem: Some(RowProblem::of(rejected.field, &rejected.why, language)),
            },
        });
    }
    (glance.rows_seen, glance.is_whole) = (source.survey().rows as i64, source.is_whole());
    glance.settled = map.settled_text().filter(|_| source.is_whole());
    Ok(glance)
}

/// The columns of a file whose map does not fit it.
fn columns_of(path: &Path) -> Vec<String> {
    let bare = "name = \"bare\"\nkind = \"guests\"\n[property]\nvalue = \"X\"\n[person]\nfull_name = { value = \"x\" }";
    let Ok(map) = Map::parse(bare) else { return Vec::new() };
    let first = source::open(path, &map).ok().and_then(|mut rows| rows.next()).and_then(Result::ok);
    first.map(|raw| raw.fields().map(|(column, _)| column.to_owned()).collect()).unwrap_or_default()
}

impl FileDesk for Folder {
    fn most(&self) -> u64 {
        self.most
    }

    fn create(&self, id: ImportFileId) -> io::Result<File> {
        make_closed(&self.path)?;
        closed(OpenOptions::new().write(true).create_new(true)).open(self.of(id))
    }

    fn is_here(&self, id: ImportFileId) -> bool {
        self.of(id).is_file()
    }

    fn remove(&self, id: ImportFileId) {
        match fs::remove_file(self.of(id)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%id, %error, "a file that was sent cannot be taken away"),
        }
    }

    fn all(&self) -> Vec<(ImportFileId, u64)> {
        let Ok(entries) = fs::read_dir(&self.path) else { return Vec::new() };
        let of = |entry: fs::DirEntry| {
            let id = entry.file_name().to_string_lossy().parse().ok()?;
            let written = entry.metadata().and_then(|about| about.modified()).ok()?;
            let age = written.elapsed().map_or(0, |age| age.as_secs());
            Some((ImportFileId::from_uuid(id), age))
        };
        entries.filter_map(Result::ok).filter_map(of).collect()
    }

    fn maps(&self) -> Vec<ImportMapView> {
        let all = Map::list_builtin().into_iter();
        all.map(|(name, description)| ImportMapView { name: name.into(), description: description.into() })
            .collect()
    }

    fn map<'a>(
        &'a self,
        file: &'a ImportFile,
        chosen: &'a ChosenMap,
        language: Language,
    ) -> BoxFuture<'a, FileResult<ReadMap>> {
        let (path, name, chosen) = (self.of(file.id), file.name.clone(), chosen.clone());
        Box::pin(apart(move || chosen_map(&path, &name, &chosen, language)))
    }

    fn preview<'a>(
        &'a self,
        file: &'a ImportFile,
        map: &'a ReadMap,
        language: Language,
    ) -> BoxFuture<'a, FileResult<Glance>> {
        let (path, text, came) = (self.of(file.id), map.text.clone(), file.received_at);
        Box::pin(apart(move || glance(&path, &text, came, language)))
    }

    fn cells(&self, map: &str, field: &str, texts: &[(String, String)]) -> Vec<QuarantinedCell> {
        let Ok(map) = Map::parse(map) else { return Vec::new() };
        let wrong = map.columns_of(field);
        texts
            .iter()
            .enumerate()
            .map(|(at, (column, text))| {
                // A column without a name is asked for by its place.
                let place = (at + 1).to_string();
                let is_wrong =
                    wrong.iter().any(|known| known.eq_ignore_ascii_case(column) || *known == place);
                let text = source::masked_cell(&map, column, &place, text);
                QuarantinedCell { column: column.clone(), text, is_wrong }
            })
            .collect()
    }

    fn run<'a>(
        &'a self,
        app: &'a App,
        ctx: Context,
        file: &'a ImportFile,
        work: Work,
    ) -> BoxFuture<'a, Result<Ended, Failed>> {
        Box::pin(async move {
            let path = self.of(file.id);
            let gone = |_| Failed::File(fault("file_gone", Message::ImportFileGone, ""));
            // As long as this process is at it nobody else is, and no longer: the system lets go of it when the process ends.
            let held = File::open(&path).map_err(gone)?;
            if matches!(held.try_lock(), Err(TryLockError::WouldBlock)) {
                return Ok(Ended::Stopped);
            }
            let text = file.map.as_deref().unwrap_or_default();
            let map = Map::parse(text).map_err(|error| Failed::File(of_map(&error, text)))?;
            let import = Import {
                path,
                name: Some(file.name.clone()),
                map,
                people: PeopleFrom::Nowhere,
                batch: BATCH,
            };
            let (begun, stopping) = (work.begun.clone(), work);
            let begin = move |run: ImportRunId, rows: u64| {
                // Nobody listens any more only if nobody wants to know.
                let _ = begun.send((run, i64::try_from(rows).unwrap_or(i64::MAX)));
            };
            let progress = move |_: &ImportReport, _: u64| match stopping.is_stopped() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            let done = import.run_beside(app, ctx, begin, progress).await?;
            Ok(if done.finished { Ended::Finished(done.run) } else { Ended::Stopped })
        })
    }

    fn mend<'a>(
        &'a self,
        app: &'a App,
        ctx: Context,
        file: &'a ImportFile,
        texts: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<MendedRun, Failed>> {
        Box::pin(async move {
            let text = file.map.as_deref().unwrap_or_default();
            let map = Map::parse(text).map_err(|error| Failed::File(of_map(&error, text)))?;
            let spoiled = |_| AppError::Internal("a mended row cannot be written");
            make_closed(&self.path).map_err(spoiled)?;
            let mut scratch = tempfile::NamedTempFile::new_in(&self.path).map_err(spoiled)?;
            write_row(&mut scratch, texts).map_err(spoiled)?;
            scratch.flush().map_err(spoiled)?;
            let today = app.clock().now();
            let (path, checked) = (scratch.path().to_owned(), text.to_owned());
            let wrong = apart(move || still_wrong(&path, &checked, today)).await.map_err(Failed::File)?;
            if let Some(Rejected { field, why, .. }) = wrong {
                let wrong = Some(RowProblem::of(field, &why, ctx.language));
                return Ok(MendedRun { run: None, wrong });
            }
            let import = Import {
                path: scratch.path().to_owned(),
                name: Some(file.name.clone()),
                map,
                people: PeopleFrom::Nowhere,
                batch: 1,
            };
            let done = import.run_mended(app, ctx.clone()).await.map_err(Failed::from)?;
            let refused =
                app.ask(&ctx, ListQuarantine { id: done.run, after: 0, limit: 1 }).await?.into_iter().next();
            let wrong = refused.map(|QuarantinedRow { field, reason, detail, .. }| RowProblem {
                field,
                reason,
                detail,
            });
            Ok(MendedRun { run: Some(done.run), wrong })
        })
    }

    fn export<'a>(
        &'a self,
        app: &'a App,
        ctx: Context,
        run: ImportRunId,
        map: &'a str,
    ) -> BoxFuture<'a, Result<Vec<u8>, Failed>> {
        Box::pin(async move {
            let map = Map::parse(map).map_err(|error| Failed::File(of_map(&error, map)))?;
            let mut out = Vec::new();
            export_quarantine(app, ctx, run, &map, &mut out).await?;
            Ok(out)
        })
    }
}

/// What the map still refuses in the one row of a file.
fn still_wrong(
    path: &Path,
    text: &str,
    today: chrono::DateTime<chrono::Utc>,
) -> FileResult<Option<Rejected>> {
    let map = parsed(text, today)?;
    let source = Source::open(path, &map).map_err(|error| of_source(&error))?;
    let first = source.rows().map_err(|error| of_source(&error))?.next();
    let Some(raw) = first.transpose().map_err(|error| of_source(&error))? else { return Ok(None) };
    Ok(source.map().read(&raw).err())
}
