//! The rows of a file, whatever its format, and why there are no more.

use std::{
    io::{self, BufRead, Read},
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
    #[error("{}: the format is not known; name the file .csv, .xlsx, .xls, .json, .jsonl or .zip (.csv.gz, .jsonl.gz), or set format.kind in the map; a workbook that is not known as one is damaged: save it again", path.display())]
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
    /// The workbook or archive is damaged, protected or none.
    #[error("cannot read the workbook or archive: {problem}")]
    Workbook {
        /// What is wrong with it.
        problem: String,
    },
    /// The workbook lacks the sheet the map names, or has none at all.
    #[error("the workbook has no sheet {name} (it has: {sheets})")]
    NoSheet {
        /// The sheet the map names; empty for the first one.
        name: String,
        /// Those there are.
        sheets: String,
    },
    /// What the file unpacks to, or a part of it, does not fit.
    #[error(
        "{what} is larger than {most_mib} MiB, the most that is read of it; export it as CSV, or in parts"
    )]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit in mebibytes.
        most_mib: u64,
    },
    /// It has more rows than can be looked through in little memory.
    #[error("the file has more than {most} rows, the most that are read of one; import it in parts")]
    TooManyRows {
        /// The limit.
        most: u64,
    },
    /// It is no regular file: a folder, a device, a pipe.
    #[error("{} is not a regular file; for what another program writes use - (standard input)", path.display())]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// A whole column leaves open which sign is the decimal one.
    #[error(
        "column {column}: `{sample}` can be read in two ways, and nothing in the column says which; set decimal = \".\" or \",\" in the map"
    )]
    AmbiguousDecimal {
        /// The column.
        column: String,
        /// One of its numbers.
        sample: String,
    },
    /// The archive holds no file of rows, or files with other columns.
    #[error("the archive: {problem}")]
    Archive {
        /// What is wrong with it.
        problem: String,
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

impl<R: BufRead> RowLimit<R> {
    /// Passes over a line.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        let mut line = Vec::new();
        (&mut self.inner).take(LONGEST_ROW).read_until(b'\n', &mut line).map(|_| ())
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
