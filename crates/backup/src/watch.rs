//! Tracks whether a backup is complete. The library skips a file that it fails to read and still writes the snapshot; we must not.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rustic_core::{FileType, Id};

use crate::BackupError;

#[derive(Debug, Default)]
pub(crate) struct Watch {
    failure: Mutex<Option<BackupError>>,
    /// Sources that were not yet read to their end.
    unread: AtomicUsize,
    /// Asks to stop.
    stop: Arc<AtomicBool>,
    written: Mutex<Vec<(FileType, Id)>>,
}

impl Watch {
    /// Stops when `stop` is set.
    pub(crate) fn until(stop: Arc<AtomicBool>) -> Self {
        Self { stop, ..Self::default() }
    }

    /// So many more sources are to be read.
    pub(crate) fn expect(&self, sources: usize) {
        self.unread.fetch_add(sources, Ordering::SeqCst);
    }

    /// Records a failure. The first one is the cause of those that follow.
    pub(crate) fn fail(&self, error: BackupError) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    /// The first failure, or that the backup is to stop.
    pub(crate) fn failure(&self) -> Option<BackupError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failure.or_else(|| self.stop.load(Ordering::SeqCst).then_some(BackupError::Interrupted))
    }

    /// A source was read to its end.
    pub(crate) fn read(&self) {
        self.unread.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether everything was read to its end.
    pub(crate) fn is_complete(&self) -> bool {
        self.unread.load(Ordering::SeqCst) == 0
    }

    /// A file of the repository was written.
    pub(crate) fn wrote(&self, kind: FileType, id: Id) {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).push((kind, id));
    }

    /// The files that were written, of one kind.
    pub(crate) fn written(&self, kind: FileType) -> Vec<Id> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.iter().filter(|(written, _)| *written == kind).map(|(_, id)| *id).collect()
    }
}
