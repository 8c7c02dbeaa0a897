//! The history importer: reads a file, attaches people, and hands batches to the records.
//!
//! Rows are read, mapped and made ready on a thread of their own, while the batch before is written.

mod booking;
mod export;
mod guest;
mod maker;
mod other;

use std::{
    fs::File,
    io::{self, Read},
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Instant,
};

use hefu_app::{
    App, AppError, Context,
    import::{ImportReport, RunRequest, StartImport},
};
use hefu_domain::ids::ImportRunId;

use crate::source::{Map, Source, SourceError};

pub use export::export_quarantine;
pub(crate) use export::write_row;
use maker::Maker;
pub use maker::PeopleFrom;

/// A good number of rows for a unit of work. Each row's tokens lie all over their index: the more rows are written together, the more
/// of them share a page. Half a second of work is lost when an import is killed.
pub const BATCH: usize = 4_000;

/// What to import and how.
#[derive(Debug, Clone)]
pub struct Import {
    /// The file.
    pub path: PathBuf,
    /// What it is called, if not as its path says.
    pub name: Option<String>,
    /// What its columns mean.
    pub map: Map,
    /// Where missing people come from.
    pub people: PeopleFrom,
    /// Rows in one unit of work; see [`BATCH`].
    pub batch: usize,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file, or the rest of it, cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file cannot be read at all.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The records refused.
    #[error(transparent)]
    App(#[from] AppError),
    /// The quarantine cannot be written.
    #[error("cannot write the quarantine")]
    Export(#[from] csv::Error),
}

/// How an import ended.
#[derive(Debug)]
pub struct Imported {
    /// The run.
    pub run: ImportRunId,
    /// What became of the rows; of all that were read so far if it was stopped.
    pub report: ImportReport,
    /// Whether the whole file is done.
    pub finished: bool,
}

/// What a run is beside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    /// Nobody is served meanwhile.
    Nobody,
    /// Others are served meanwhile.
    Others,
    /// The same, and it is one row that somebody put right.
    Mending,
}

impl Import {
    /// Imports the file, or the rest of it when an earlier run was stopped. `progress` sees the report
    /// after each batch, with the number of rows that the file has, and can stop.
    ///
    /// # Errors
    /// The file cannot be read, or the database fails. What was imported until then stays.
    pub async fn run(
        self,
        app: &App,
        ctx: Context,
        progress: impl FnMut(&ImportReport, u64) -> ControlFlow<()> + Send,
    ) -> Result<Imported, ImportError> {
        self.go(app, ctx, Beside::Nobody, |_, _| {}, progress).await
    }

    /// The same on a server that serves others beside; `begun` is told the run and the number of rows before the first of them is written.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub async fn run_beside(
        self,
        app: &App,
        ctx: Context,
        begun: impl FnOnce(ImportRunId, u64) + Send,
        progress: impl FnMut(&ImportReport, u64) -> ControlFlow<()> + Send,
    ) -> Result<Imported, ImportError> {
        self.go(app, ctx, Beside::Others, begun, progress).await
    }

    /// Takes in the one row of a file that somebody put right, beside others. It is no import of its own, and is not listed among them.
    ///
    /// # Errors
    /// As [`Import::run`].
    pub async fn run_mended(self, app: &App, ctx: Context) -> Result<Imported, ImportError> {
        let nothing = |_: &ImportReport, _: u64| ControlFlow::Continue(());
        self.go(app, ctx, Beside::Mending, |_, _| {}, nothing).await
    }

    async fn go(
        self,
        app: &App,
        ctx: Context,
        beside: Beside,
        begun: impl FnOnce(ImportRunId, u64) + Send,
        mut progress: impl FnMut(&ImportReport, u64) -> ControlFlow<()> + Send,
    ) -> Result<Imported, ImportError> {
        let began = Instant::now();
        let today = app.clock().now().with_timezone(&self.map.zone()).date_naive();
        // The whole file is read once before: on a thread of its own, since others may be served on this one.
        let (path, map) = (self.path.clone(), self.map.on(today));
        let looked_through = tokio::task::spawn_blocking(move || {
            let source = Source::open(&path, &map)?;
            let digest = digest_of(&path).map_err(|source| ImportError::File { path, source })?;
            Ok::<_, ImportError>((source, digest))
        });
        let (source, file_digest) =
            looked_through.await.map_err(|_| AppError::Internal("reading the file panicked"))??;
        let named = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let request = RunRequest {
            file: self.name.unwrap_or(named),
            file_digest: file_digest.clone(),
            map: self.map.name().to_owned(),
            map_text: self.map.text().to_owned(),
            time_zone: self.map.time_zone().to_owned(),
            people: self.people.text(),
            is_alone: beside == Beside::Nobody,
            is_mend: beside == Beside::Mending,
        };
        let mut importer = app.operate(&ctx, StartImport(request)).await?;
        let run = importer.id();
        begun(run, source.survey().rows);
        if importer.is_finished() {
            return Ok(Imported { run, report: importer.repeated(), finished: true });
        }
        let done = importer.report().rows;
        let (rows, count) = (source.rows()?, source.survey().rows);
        let (sender, mut batches) = tokio::sync::mpsc::channel(2);
        let size = self.batch.clamp(1, 5_000);
        let maker = Maker::new(source.map().clone(), self.people);
        tokio::task::spawn_blocking(move || maker.send(rows, done, size, &sender));
        while let Some(batch) = batches.recv().await {
            match batch {
                Ok(rows) => {
                    if let Err(error) = importer.write(rows).await {
                        // Why it stops is said, and not what stopping meets as well.
                        let _ = importer.stop().await;
                        return Err(error.into());
                    }
                }
                Err(error) => {
                    importer.stop().await?;
                    return Err(error.into());
                }
            }
            if progress(importer.report(), count).is_break() {
                let report = importer.report().clone();
                importer.stop().await?;
                return Ok(Imported { run, report, finished: false });
            }
        }
        let report = importer.finish(began).await?;
        Ok(Imported { run, report, finished: true })
    }
}

/// Digest of a file's contents, hexadecimal: SHA-256 chained over pieces, so that a file of any size is
/// read in constant memory.
fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut piece = Vec::with_capacity(1 << 20);
    let mut digest = [0; 32];
    loop {
        piece.clear();
        if file.by_ref().take(1 << 20).read_to_end(&mut piece)? == 0 {
            break;
        }
        digest = hefu_app::request_digest(&[&digest, &piece]);
    }
    Ok(hefu_kernel::hex(&digest))
}
