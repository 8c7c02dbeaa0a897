//! Implements the library's source traits over readers.

use std::{
    ffi::OsStr,
    io::{self, Cursor, Read},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustic_core::{
    ReadSource, ReadSourceEntry, RusticResult,
    jiff::Timestamp,
    repofile::{Metadata, Node, NodeType},
};

use crate::{BackupError, watch::Watch};

/// Receives the number of bytes done, and the total if it is known.
pub type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// A file to back up.
pub struct Source {
    /// Its name in the snapshot, without a path.
    pub name: String,
    /// Its size in bytes, if known in advance. Otherwise it is stored in parts: `name.00000`, `name.00001`, …
    pub size: Option<u64>,
    /// Its content. An error ends the backup without a snapshot.
    pub content: Box<dyn Read + Send>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({}, {:?})", self.name, self.size)
    }
}

/// Size in bytes of the parts of a file of unknown size: the format needs the size before the content.
const PART: u64 = 32 << 20;

/// The name of a part; parts are joined in the order of their names.
fn part_name(name: &str, number: u32) -> String {
    format!("{name}.{number:05}")
}

/// The name of the file that `name` is, or is a part of.
pub(crate) fn whole_name(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((whole, number)) if number.len() == 5 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            whole
        }
        _ => name,
    }
}

/// All files of a backup.
pub(crate) struct Sources {
    size: Option<u64>,
    entries: Mutex<Option<Entries>>,
}

/// The files and parts, one after the other.
pub(crate) struct Entries {
    files: std::vec::IntoIter<Source>,
    /// A file that is being cut into parts, and how many there are already.
    cut: Option<(Source, u32)>,
    at: Option<Timestamp>,
    watch: Arc<Watch>,
    /// Bytes read of all files.
    done: Arc<AtomicU64>,
    all: Option<u64>,
    progress: Progress,
}

/// A file that is being read.
pub(crate) struct Watched {
    name: String,
    content: Box<dyn Read + Send>,
    watch: Arc<Watch>,
    is_read: bool,
    done: Arc<AtomicU64>,
    all: Option<u64>,
    progress: Progress,
}

impl Sources {
    /// In the order that trees of the format have.
    pub(crate) fn of(
        mut files: Vec<Source>,
        at: Option<Timestamp>,
        watch: &Arc<Watch>,
        progress: &Progress,
    ) -> Self {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let all = files.iter().map(|file| file.size).sum();
        let (watch, progress, done) = (watch.clone(), progress.clone(), Arc::default());
        let entries = Entries { files: files.into_iter(), cut: None, at, watch, done, all, progress };
        Self { size: all, entries: Mutex::new(Some(entries)) }
    }
}

impl ReadSource for Sources {
    type Open = Watched;
    type Iter = std::iter::Flatten<std::option::IntoIter<Entries>>;

    fn size(&self) -> RusticResult<Option<u64>> {
        Ok(self.size)
    }

    fn entries(&self) -> Self::Iter {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).take().into_iter().flatten()
    }
}

impl Entries {
    fn entry(&self, name: String, size: u64, content: Box<dyn Read + Send>) -> ReadSourceEntry<Watched> {
        let meta = Metadata { mode: Some(0o600), mtime: self.at, size, ..Metadata::default() };
        let open = Watched {
            name: name.clone(),
            content,
            watch: self.watch.clone(),
            is_read: false,
            done: self.done.clone(),
            all: self.all,
            progress: self.progress.clone(),
        };
        let node = Node::new_node(OsStr::new(&name), NodeType::File, meta);
        ReadSourceEntry { path: PathBuf::from(name), node, open: Some(open) }
    }

    /// The next part of the file that is being cut; none when there is no more.
    fn part(&mut self) -> Option<ReadSourceEntry<Watched>> {
        let (file, number) = self.cut.as_mut()?;
        let mut part = Vec::new();
        // After a failure there will be no snapshot.
        let read = if self.watch.failure().is_some() {
            None
        } else {
            match file.content.by_ref().take(PART).read_to_end(&mut part) {
                Ok(length) => Some(length),
                Err(error) => {
                    self.watch.fail(BackupError::Source { name: file.name.clone(), source: Arc::new(error) });
                    None
                }
            }
        };
        match read {
            // At least one part, so that an empty file exists.
            Some(length) if length > 0 || *number == 0 => {
                let name = part_name(&file.name, *number);
                *number += 1;
                self.watch.expect(1);
                Some(self.entry(name, length as u64, Box::new(Cursor::new(part))))
            }
            Some(_) => {
                self.watch.read();
                self.cut = None;
                None
            }
            None => {
                self.cut = None;
                None
            }
        }
    }
}

impl Iterator for Entries {
    type Item = RusticResult<ReadSourceEntry<Watched>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(part) = self.part() {
                return Some(Ok(part));
            }
            let file = self.files.next()?;
            match file.size {
                Some(size) => return Some(Ok(self.entry(file.name, size, file.content))),
                None => self.cut = Some((file, 0)),
            }
        }
    }
}

impl Watched {
    /// Fills `buffer` as far as the content goes: the library shrinks its own buffer to the shortest read.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() && !self.is_read {
            match self.content.read(&mut buffer[filled..]) {
                Ok(0) => self.is_read = true,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // After a failure there will be no snapshot; what was read so far is stored for the next backup.
        if let Some(failure) = self.watch.failure() {
            return Err(io::Error::other(failure));
        }
        let was_read = self.is_read;
        match self.fill(buffer) {
            Ok(count) => {
                if self.is_read && !was_read {
                    self.watch.read();
                }
                let count_all = count as u64;
                (self.progress)(self.done.fetch_add(count_all, Ordering::Relaxed) + count_all, self.all);
                Ok(count)
            }
            Err(error) => {
                let said = error.to_string();
                self.watch.fail(BackupError::Source { name: self.name.clone(), source: Arc::new(error) });
                Err(io::Error::other(said))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_other_files() {
        assert_eq!(whole_name(&part_name("hefu.dump", 7)), "hefu.dump");
        assert_eq!(whole_name("hefu.dump"), "hefu.dump");
        assert_eq!(whole_name("keys"), "keys");
        assert_eq!(whole_name("letter.2026"), "letter.2026");
    }
}
