/// Why a file cannot be read by its map. Line 1 is the header's, if nothing stands above it. The text follows the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is empty.
    #[error(" is empty: it has no line with the names of the columns")]
    NoHeader,
    /// The map names a column that the file does not have.
    #[error(": the map gives {field} the column {column:?}, but the columns are {columns}")]
    UnknownColumn {
        /// What it is to be.
        field: &'static str,
        /// The column.
        column: String,
        /// Those that there are.
        columns: String,
    },
    /// The map names a column that the file has twice.
    #[error(": the map gives {field} the column {column:?}, which the file has twice")]
    DoubledColumn {
        /// What it is to be.
        field: &'static str,
        /// The column.
        column: String,
    },
    /// A line is not valid CSV, or has more or fewer values than the header.
    #[error(", line {line}: {message}")]
    Row {
        /// The line.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A value is not in the encoding.
    #[error(", line {line}, column {column:?}: not {encoding}")]
    Encoding {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The encoding.
        encoding: &'static str,
    },
    /// An amount that is none.
    #[error(", line {line}, column {column:?}: {message}")]
    Amount {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong.
        message: &'static str,
    },
    /// A date that is none.
    #[error(", line {line}, column {column:?}: {message}")]
    Date {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// A row without its id.
    #[error(", line {line}, column {column:?}: the id is empty")]
    EmptyId {
        /// The line.
        line: u64,
        /// The column.
        column: String,
    },
    /// Two rows with the same id.
    #[error(", line {line}, column {column:?}: the id is already used in line {first}")]
    DuplicateId {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The line that used it first.
        first: u64,
    },
}

impl Fault {
    /// The stable code of this kind of fault.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoHeader => "header_missing",
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
