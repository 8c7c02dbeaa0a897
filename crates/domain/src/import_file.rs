//! Files of other systems that were sent to be imported, and what became of their rows.

use chrono::{DateTime, Utc};
use hefu_kernel::codes;

use crate::ids::{ImportFileId, ImportRunId};

codes! {
    /// Where a file that was sent stands.
    pub enum ImportFileState {
        /// It is there; somebody says what its columns mean.
        Received = "received",
        /// It is to be imported.
        Waiting = "waiting",
        /// It is being imported.
        Running = "running",
        /// All of it was imported or put into quarantine.
        Finished = "finished",
        /// It could not be read to the end. It can be started again, perhaps with another map.
        Failed = "failed",
        /// Somebody wanted no more of it.
        Withdrawn = "withdrawn",
    }
}

impl ImportFileState {
    /// Whether its map can be changed, and its import started.
    pub const fn can_start(self) -> bool {
        matches!(self, Self::Received | Self::Failed)
    }

    /// Whether the file itself is still needed.
    pub const fn needs_file(self) -> bool {
        !matches!(self, Self::Finished | Self::Withdrawn)
    }
}

/// A file that was sent to be imported. What is in it lies beside the records until it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFile {
    /// Identifier.
    pub id: ImportFileId,
    /// What the sender calls it.
    pub name: String,
    /// Bytes of it.
    pub size: i64,
    /// Where it stands.
    pub state: ImportFileState,
    /// What its columns mean, TOML, once somebody has said it.
    pub map: Option<String>,
    /// Name of that map.
    pub map_name: Option<String>,
    /// Code of the property of all its rows; empty if a column says it.
    pub property: String,
    /// The run over it, once it began.
    pub run_id: Option<ImportRunId>,
    /// How many rows it has, once they were counted.
    pub row_count: Option<i64>,
    /// Why it failed: a stable code.
    pub problem: Option<String>,
    /// Who sent it, as the journal calls them.
    pub received_by: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When its import began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// What became of a row that could not be imported.
    pub enum RowDecision {
        /// It was mended, and is imported.
        Mended = "mended",
        /// Somebody wanted it left out.
        LeftOut = "left_out",
    }
}

/// That somebody dealt with a row that could not be imported. The row itself stays as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineDecision {
    /// The run.
    pub run_id: ImportRunId,
    /// Row of the file.
    pub row_number: i64,
    /// What became of it.
    pub state: RowDecision,
    /// The run that imported it as mended.
    pub mended_by: Option<ImportRunId>,
    /// Who, as the journal calls them.
    pub decided_by: String,
    /// When.
    pub decided_at: DateTime<Utc>,
}
