//! Implements the library's storage traits over a [`Place`].

use std::{
    io::{self, ErrorKind},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use rustic_core::{BytesList, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend};

use crate::{BackupError, place::Place, watch::Watch};

/// A place, and the record of failures there.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) place: Arc<dyn Place>,
    pub(crate) watch: Arc<Watch>,
    /// Of a repository that is being created: its key, until `config` is written. The library writes the key first; but only `config` is
    /// written by one process alone, and a key that does not belong to it would open nothing.
    pub(crate) first_key: Option<Arc<Mutex<Option<(Id, BytesList)>>>>,
}

/// The name of a file of a repository.
pub(crate) fn name(kind: FileType, id: &Id) -> String {
    let hex = id.to_hex();
    match kind {
        FileType::Config => "config".into(),
        FileType::Pack => format!("data/{}/{}", &hex[..2], hex.as_str()),
        _ => format!("{}/{}", kind.dirname(), hex.as_str()),
    }
}

/// Whether a file's content matches its hash, which is its name. `config` has another name; decryption authenticates it.
pub(crate) fn is_whole(kind: FileType, id: &Id, mut content: &[u8]) -> bool {
    kind == FileType::Config || id.blob_matches_reader(content.len() as u64, &mut content)
}

/// The failure of a place.
pub(crate) fn storage(place: &dyn Place, what: &'static str, name: &str, source: io::Error) -> BackupError {
    let target = place.shown();
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BackupError::Full { target },
        ErrorKind::DirectoryNotEmpty => BackupError::NotEmpty { target },
        _ => BackupError::Storage { target, name: name.to_owned(), what, source: Arc::new(source) },
    }
}

impl Backend {
    /// Records a failure, and makes the library's error of it.
    fn failed(&self, error: BackupError) -> Box<RusticError> {
        let said = error.to_string();
        self.watch.fail(error);
        RusticError::new(rustic_core::ErrorKind::Backend, said)
    }

    fn write(&self, kind: FileType, id: &Id, content: &BytesList) -> RusticResult<()> {
        let name = name(kind, id);
        self.tried("written", &name, self.place.write(&name, content, kind == FileType::Config))?;
        self.watch.wrote(kind, *id);
        Ok(())
    }

    fn tried<T>(&self, what: &'static str, name: &str, outcome: io::Result<T>) -> RusticResult<T> {
        outcome.map_err(|error| self.failed(storage(&*self.place, what, name, error)))
    }
}

impl ReadBackend for Backend {
    fn location(&self) -> String {
        self.place.shown()
    }

    fn list_with_size(&self, kind: FileType) -> RusticResult<Vec<(Id, u32)>> {
        let directory = kind.dirname();
        if kind == FileType::Config {
            let size = self.tried("read", directory, self.place.size(directory))?;
            return Ok(size
                .map(|size| (Id::default(), u32::try_from(size).unwrap_or(u32::MAX)))
                .into_iter()
                .collect());
        }
        let files = self.tried("listed", directory, self.place.list(directory))?;
        let known =
            |(name, size): (String, u64)| Some((Id::parse_some(&name, kind)?, u32::try_from(size).ok()?));
        Ok(files.into_iter().filter_map(known).collect())
    }

    fn read_full(&self, kind: FileType, id: &Id) -> RusticResult<Bytes> {
        let name = name(kind, id);
        let content = self.tried("read", &name, self.place.read(&name, None))?;
        if is_whole(kind, id, &content) {
            return Ok(content);
        }
        Err(self.failed(BackupError::Damaged { target: self.place.shown(), name }))
    }

    fn read_partial(
        &self,
        kind: FileType,
        id: &Id,
        _: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<Bytes> {
        let name = name(kind, id);
        let range = Some((u64::from(offset), u64::from(length)));
        self.tried("read", &name, self.place.read(&name, range))
    }

    fn warmup_path(&self, kind: FileType, id: &Id) -> String {
        name(kind, id)
    }
}

impl WriteBackend for Backend {
    fn create(&self) -> RusticResult<()> {
        self.tried("written", "the directories", self.place.prepare())
    }

    fn write_bytes(&self, kind: FileType, id: &Id, _: bool, content: BytesList) -> RusticResult<()> {
        // Packs and indexes are useful after a failure, too. A snapshot claims that everything is there.
        if kind == FileType::Snapshot {
            let lost =
                || BackupError::Repository { target: self.place.shown(), said: "a file was left out".into() };
            if let Some(error) = self.watch.failure().or_else(|| (!self.watch.is_complete()).then(lost)) {
                return Err(self.failed(error));
            }
        }
        let mut key = self.first_key.as_ref().map(|key| key.lock().unwrap_or_else(PoisonError::into_inner));
        if let (Some(key), FileType::Key) = (&mut key, kind) {
            **key = Some((*id, content));
            return Ok(());
        }
        self.write(kind, id, &content)?;
        match key.as_mut().filter(|_| kind == FileType::Config).and_then(|key| key.take()) {
            Some((id, key)) => self.write(FileType::Key, &id, &key),
            None => Ok(()),
        }
    }

    fn remove(&self, kind: FileType, id: &Id, _: bool) -> RusticResult<()> {
        let name = name(kind, id);
        self.tried("removed", &name, self.place.remove(&name))
    }
}
