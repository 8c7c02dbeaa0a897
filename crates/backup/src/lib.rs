//! Encrypted snapshots of files in a repository in restic's format, in a folder or in S3-compatible storage.
//!
//! A [`Repository`] holds snapshots. Each is a set of files as of one moment, cut into pieces that are stored once however many
//! snapshots contain them. Everything is encrypted and authenticated; any program that reads restic's format opens the repository with
//! the same password. This crate knows nothing of hotel records: it is given readers.
//!
//! `rustic_core` implements the format. This crate adds the storage ([`Target`]), writes a snapshot only when every file of it was read to its
//! end, and compares whatever is read back with its hash.

mod backend;
mod error;
mod folder;
mod place;
mod repository;
mod s3;
mod source;
mod target;
mod watch;

pub use error::BackupError;
pub use repository::{Begun, Checked, Contents, Made, Passwords, Repository, Snapshot};
pub use source::{Progress, Source};
pub use target::{S3Access, Target};
