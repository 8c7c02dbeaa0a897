//! Storage of a repository's files.

use std::io;

use bytes::Bytes;
use rustic_core::BytesList;

/// Files by name, with `/` between directories. A file exists completely or not at all; its content never changes.
pub(crate) trait Place: Send + Sync + 'static {
    /// Its name for messages, without secrets.
    fn shown(&self) -> String;

    /// Prepares it for a new repository.
    ///
    /// # Errors
    /// It cannot be written, or holds something else ([`io::ErrorKind::DirectoryNotEmpty`]).
    fn prepare(&self) -> io::Result<()>;

    /// The size of a file in bytes; none if it does not exist.
    fn size(&self, name: &str) -> io::Result<Option<u64>>;

    /// The names (without directories) and sizes of the files below a directory; empty if it does not exist.
    fn list(&self, directory: &str) -> io::Result<Vec<(String, u64)>>;

    /// A file's content, or `length` bytes of it from `offset` on.
    fn read(&self, name: &str, range: Option<(u64, u64)>) -> io::Result<Bytes>;

    /// Writes a file durably. `alone`: only if none of that name exists ([`io::ErrorKind::AlreadyExists`]), as far as the
    /// storage supports that.
    fn write(&self, name: &str, content: &BytesList, alone: bool) -> io::Result<()>;

    /// Removes a file; a missing one is not an error.
    fn remove(&self, name: &str) -> io::Result<()>;
}
