use std::{io, path::PathBuf};

use hefu_identity::matching::ModelError;

/// Why a file of people could not be resolved. Row 1 is the one after the header.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The map is not valid.
    #[error("the map {}: {message}", path.display())]
    Map {
        /// The map's file.
        path: PathBuf,
        /// What is wrong, with its line.
        message: String,
    },
    /// The map names a column that the file does not have.
    ///
    /// In a file without header its names would be the first person's data: they are not included.
    #[error(
        "the map gives {field} the column {column:?}, which is not among the {columns} columns of the file's header"
    )]
    UnknownColumn {
        /// The field in the map.
        field: String,
        /// The column.
        column: String,
        /// How many columns the file has.
        columns: usize,
    },
    /// The map names a column that the file has more than once: which one is meant nobody knows.
    #[error("the map gives {field} the column {column:?}, which the file's header has more than once")]
    DoubledColumn {
        /// The field in the map.
        field: String,
        /// The column.
        column: String,
    },
    /// The file is empty.
    #[error("the file has no header row")]
    NoHeader,
    /// A row is not valid CSV, or has more or fewer columns than the header.
    #[error("row {row}: {message}")]
    Row {
        /// The row.
        row: u64,
        /// What is wrong.
        message: String,
    },
    /// A value is not valid UTF-8.
    #[error("row {row}, column {column:?}: not UTF-8")]
    Encoding {
        /// The row.
        row: u64,
        /// The column.
        column: String,
    },
    /// A record without its id.
    #[error("row {row}, column {column:?}: the id is empty")]
    EmptyId {
        /// The row.
        row: u64,
        /// The column.
        column: String,
    },
    /// Two records with the same id.
    #[error("row {row}, column {column:?}: the id is already used in row {first}")]
    DuplicateId {
        /// The row.
        row: u64,
        /// The column.
        column: String,
        /// The row that has it first.
        first: u64,
    },
    /// More records than can be numbered.
    #[error("the file has more than {} rows", u32::MAX)]
    TooLarge,
    /// The model is not valid.
    #[error("the model{}: {message}", path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Model {
        /// The model's file.
        path: Option<PathBuf>,
        /// What is wrong.
        message: String,
    },
}

impl Error {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "file_unreadable",
            Self::Unwritable { .. } => "file_unwritable",
            Self::Map { .. } => "map_invalid",
            Self::UnknownColumn { .. } => "map_column_unknown",
            Self::DoubledColumn { .. } => "map_column_doubled",
            Self::NoHeader => "header_missing",
            Self::Row { .. } => "row_malformed",
            Self::Encoding { .. } => "value_not_utf8",
            Self::EmptyId { .. } => "id_empty",
            Self::DuplicateId { .. } => "id_duplicate",
            Self::TooLarge => "file_too_large",
            Self::Model { .. } => "model_invalid",
        }
    }
}

impl From<ModelError> for Error {
    fn from(error: ModelError) -> Self {
        Self::Model { path: None, message: error.to_string() }
    }
}
