use std::{io, path::PathBuf};

/// Why two files could not be reconciled. Line 1 is the header's, if nothing stands above it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// The map is not valid.
    #[error("the map {}: {message}", path.display())]
    Map { path: PathBuf, message: String },
    /// One file is given twice.
    #[error("{one} and {two} are the same file, {}", path.display())]
    SameFile { one: &'static str, two: &'static str, path: PathBuf },
    /// The file is empty.
    #[error("{} is empty: it has no line with the names of the columns", path.display())]
    NoHeader { path: PathBuf },
    /// The map names a column that the file does not have.
    #[error("{}: the map gives {field} the column {column:?}, but the columns are {columns}", path.display())]
    UnknownColumn { path: PathBuf, field: &'static str, column: String, columns: String },
    /// The map names a column that the file has twice.
    #[error("{}: the map gives {field} the column {column:?}, which the file has twice", path.display())]
    DoubledColumn { path: PathBuf, field: &'static str, column: String },
    /// A line is not valid CSV, or has more or fewer values than the header.
    #[error("{}, line {line}: {message}", path.display())]
    Row { path: PathBuf, line: u64, message: String },
    /// A value is not in the encoding.
    #[error("{}, line {line}, column {column:?}: not {encoding}", path.display())]
    Encoding { path: PathBuf, line: u64, column: String, encoding: &'static str },
    /// An amount that is none.
    #[error("{}, line {line}, column {column:?}: {message}", path.display())]
    Amount { path: PathBuf, line: u64, column: String, message: &'static str },
    /// A date that is none.
    #[error("{}, line {line}, column {column:?}: {message}", path.display())]
    Date { path: PathBuf, line: u64, column: String, message: String },
    /// A row without its id.
    #[error("{}, line {line}, column {column:?}: the id is empty", path.display())]
    EmptyId { path: PathBuf, line: u64, column: String },
    /// Two rows with the same id.
    #[error("{}, line {line}, column {column:?}: the id is already used in line {first}", path.display())]
    DuplicateId { path: PathBuf, line: u64, column: String, first: u64 },
}

impl Error {
    /// The stable code of this kind of error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "file_unreadable",
            Self::Unwritable { .. } => "file_unwritable",
            Self::Map { .. } => "map_invalid",
            Self::SameFile { .. } => "file_given_twice",
            Self::NoHeader { .. } => "header_missing",
            Self::UnknownColumn { .. } => "map_column_unknown",
            Self::DoubledColumn { .. } => "map_column_doubled",
            Self::Row { .. } => "row_malformed",
            Self::Encoding { .. } => "value_encoding",
            Self::Amount { .. } => "amount_invalid",
            Self::Date { .. } => "date_invalid",
            Self::EmptyId { .. } => "id_empty",
            Self::DuplicateId { .. } => "id_duplicate",
        }
    }
}
