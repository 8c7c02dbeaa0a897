//! The rows of a file, whatever its format, and why there are no more.

use std::{
    io::{self, Read},
    path::PathBuf,
};

use super::raw::Raw;

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
