use std::{io, path::PathBuf};

use hefu_reconcile::file::Fault;

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
    /// A file is not as its map says.
    #[error("{}{fault}", path.display())]
    File { path: PathBuf, fault: Fault },
}

impl Error {
    /// The stable code of this kind of error.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "file_unreadable",
            Self::Unwritable { .. } => "file_unwritable",
            Self::Map { .. } => "map_invalid",
            Self::SameFile { .. } => "file_given_twice",
            Self::File { fault, .. } => fault.code(),
        }
    }
}
