//! A copy of all records as of one moment, taken while others write: for backups.

use std::io::Read;

use crate::Conn;

/// A file of a copy.
pub struct CopiedFile {
    /// Its name: one of the engine's [`Names`].
    pub name: &'static str,
    /// Its size in bytes, if known before it is read.
    pub size: Option<u64>,
    /// Its content. After an error the copy is useless.
    pub content: Box<dyn Read + Send>,
}

impl std::fmt::Debug for CopiedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CopiedFile({}, {:?})", self.name, self.size)
    }
}

/// All records as of one moment, and the data keys of that moment in a separate file, so that each can have its own retention.
pub struct RecordsCopy {
    /// The files. All must be read, in any order.
    pub files: Vec<CopiedFile>,
    /// Keeps the moment alive. Drop it after the files are read.
    pub moment: Moment,
}

impl std::fmt::Debug for RecordsCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RecordsCopy").field(&self.files).finish()
    }
}

/// Keeps the moment of a copy alive.
pub struct Moment(#[expect(dead_code, reason = "held for its transaction")] pub(crate) Option<Conn>);

impl RecordsCopy {
    /// A copy whose files keep the moment themselves.
    pub(crate) const fn of(files: Vec<CopiedFile>) -> Self {
        Self { files, moment: Moment(None) }
    }
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Moment(..)")
    }
}

/// The names of the two files of a copy: the records and their data keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// The records.
    pub records: &'static str,
    /// The data keys.
    pub keys: &'static str,
}

/// The embedded engine's own files.
pub const EMBEDDED: Names = Names { records: "hefu.db", keys: "keys.db" };

/// Archives of `pg_dump`.
pub const POSTGRES: Names = Names { records: "hefu.dump", keys: "keys.dump" };
