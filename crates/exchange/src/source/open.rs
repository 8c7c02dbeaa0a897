//! Opening a file by its format.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use flate2::{bufread, read::MultiGzDecoder};

use super::{Map, Raw, delimited, json_lines, spec::Kind, workbook};

/// The rows of a file. After an error there are no more.
pub type Rows = Box<dyn Iterator<Item = Result<Raw, SourceError>> + Send>;

/// Longest row that is read, in bytes. Real rows have some hundred; a quote that is never closed
/// makes a row of the whole rest of the file, and that must not fill the memory.
const LONGEST_ROW: u64 = 1 << 20;

/// Why a file, or the rest of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be opened.
    #[error("cannot open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Neither the map nor the file name says which format it is.
    #[error("{}: the format is not known; name the file .csv, .xlsx or .jsonl (.csv.gz, .jsonl.gz), or set format.kind in the map", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file has no header row.
    #[error("the file is empty: a header row is needed")]
    NoHeader,
    /// The header row is not in the declared encoding.
    #[error("the header row is not valid {encoding}; set format.encoding in the map")]
    Encoding {
        /// The encoding the map declares.
        encoding: &'static str,
    },
    /// The map asks for columns that the header does not have.
    #[error("the file lacks columns of the map: {}", columns.join(", "))]
    MissingColumns {
        /// The columns.
        columns: Vec<String>,
    },
    /// The map asks for a column that the header has more than once.
    #[error("the file has column {column} more than once")]
    AmbiguousColumn {
        /// The column.
        column: String,
    },
    /// Reading failed, for instance in a damaged gzip file.
    #[error("cannot read row {row}")]
    Read {
        /// The row after the last good one.
        row: u64,
        /// What the system says.
        source: io::Error,
    },
    /// The workbook is damaged, protected or none.
    #[error("cannot read the workbook")]
    Workbook(#[source] calamine::XlsxError),
    /// The workbook lacks the sheet the map names, or has none at all.
    #[error("the workbook has no sheet {name}")]
    NoSheet {
        /// The sheet the map names; empty for the first one.
        name: String,
    },
}

/// Opens `path` and yields its rows as text.
///
/// CSV and JSON lines are streamed in constant memory, also through gzip (`.gz`); a workbook is
/// read whole. The format is the map's `format.kind`, else it follows from the file name.
///
/// # Errors
/// The file cannot be opened, its format is not known, or its header does not fit the map. A
/// fault within one row is no error here: [`Map::record`] rejects that row.
pub fn open(path: &Path, map: &Map) -> Result<Rows, SourceError> {
    let name = FileName::of(path);
    let unknown = || SourceError::UnknownFormat { path: path.to_owned() };
    let kind = map.format().kind.or(name.kind).ok_or_else(unknown)?;
    let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    let text: Box<dyn Read + Send> = match (kind, name.gzip) {
        (Kind::Xlsx, true) => return Err(unknown()),
        (Kind::Xlsx, false) => return workbook::rows(BufReader::new(file), map),
        (_, true) => Box::new(MultiGzDecoder::new(file)),
        (_, false) => Box::new(file),
    };
    match kind {
        Kind::Jsonl => Ok(json_lines::rows(text, map)),
        _ => delimited::rows(text, map),
    }
}

/// About how many rows `path` has, for a progress bar: counted in the first mebibyte, the rest in
/// proportion to the bytes. `None` for a workbook and for what cannot be read.
pub fn total_rows_hint(path: &Path) -> Option<u64> {
    const SAMPLE_BYTES: u64 = 1 << 20;
    let name = FileName::of(path);
    if name.kind == Some(Kind::Xlsx) {
        return None;
    }
    let file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let mut file = BufReader::new(file);
    let mut sample = Vec::new();
    if name.gzip {
        let text = bufread::MultiGzDecoder::new(&mut file);
        text.take(SAMPLE_BYTES).read_to_end(&mut sample).ok()?;
    } else {
        file.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).ok()?;
    }
    let open_end = sample.last().is_some_and(|last| *last != b'\n');
    let lines = sample.iter().filter(|byte| **byte == b'\n').count() as u64 + u64::from(open_end);
    let total = (lines * size).checked_div(file.stream_position().ok()?)?;
    let header = u64::from(name.kind != Some(Kind::Jsonl));
    Some(total.saturating_sub(header))
}

/// What a file's name says about it.
struct FileName {
    kind: Option<Kind>,
    gzip: bool,
}

impl FileName {
    fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(inner) => (inner, true),
            None => (name.as_str(), false),
        };
        let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv" | "tsv" | "txt") => Some(Kind::Csv),
            Some("xlsx" | "xlsm") => Some(Kind::Xlsx),
            Some("jsonl" | "ndjson") => Some(Kind::Jsonl),
            _ => None,
        };
        Self { kind, gzip }
    }
}

/// A reader that fails when one row takes more than [`LONGEST_ROW`].
pub(super) struct RowLimit<R> {
    inner: R,
    left: u64,
}

impl<R> RowLimit<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, left: LONGEST_ROW }
    }

    /// A new row begins.
    pub(super) fn next_row(&mut self) {
        self.left = LONGEST_ROW;
    }
}

impl<R: Read> Read for RowLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a row is longer than 1 MiB; is a quote not closed?",
            ));
        }
        let read = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}
