//! Errors of backups.

use std::{io, sync::Arc};

/// A failure of a backup, a restore or a check. None of them damages the repository.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackupError {
    /// The target is neither a folder nor S3-compatible storage.
    #[error("{given:?} cannot hold backups: {why}")]
    Target {
        /// What was given, without secrets.
        given: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The target has no space left.
    #[error("{target} has no space left; no backup was made, and those that are there are as they were")]
    Full {
        /// The target.
        target: String,
    },
    /// A file of the repository could not be read, written, listed or removed.
    #[error("{target}: {name} cannot be {what}: {source}")]
    Storage {
        /// The target.
        target: String,
        /// The file or directory within it.
        name: String,
        /// `read`, `written`, `listed` or `removed`.
        what: &'static str,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A file of the repository is damaged.
    #[error("{target}: {name} is damaged: its content does not match its hash")]
    Damaged {
        /// The target.
        target: String,
        /// The file or the piece of a file.
        name: String,
    },
    /// There is no repository.
    #[error("there is no backup repository at {target}")]
    NoRepository {
        /// The target.
        target: String,
    },
    /// The target holds something else.
    #[error("{target} is neither empty nor a backup repository: name an empty or a new folder")]
    NotEmpty {
        /// The target.
        target: String,
    },
    /// None of the passwords opens the repository.
    #[error("the key file does not open the backup repository at {target}: they belong to different records")]
    WrongKey {
        /// The target.
        target: String,
    },
    /// The repository has no such snapshot, or several whose ids begin so.
    #[error("{target} has {found} backups{}", if id.is_empty() { String::new() } else { format!(" whose id begins with {id:?}") })]
    Snapshot {
        /// The target.
        target: String,
        /// The beginning of the requested id; empty for the latest snapshot.
        id: String,
        /// How many there are.
        found: usize,
    },
    /// A snapshot has no such file.
    #[error("the backup has no file {name}")]
    NoFile {
        /// The file.
        name: String,
    },
    /// A source could not be read to its end.
    #[error("{name} could not be read to its end: {source}")]
    Source {
        /// The source.
        name: String,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A restored file could not be written.
    #[error("{name} could not be written: {source}")]
    Destination {
        /// The file.
        name: String,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The backup was stopped.
    #[error("interrupted; no backup was made, but the next one need not transfer again what was stored")]
    Interrupted,
    /// Any other error of the library.
    #[error("the backup repository at {target}: {said}")]
    Repository {
        /// The target.
        target: String,
        /// The library's message.
        said: String,
    },
}
