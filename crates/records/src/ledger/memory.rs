//! What this installation remembers of its ledger outside the database: the latest checkpoint, in a file beside the key file.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The remembered checkpoint.
pub(crate) struct Memory {
    /// None: nothing outlives the process, and the first ledger that is seen is taken as it is. For tests and tools.
    file: Option<PathBuf>,
    /// What this process kept last: whoever takes the file away while it runs takes nothing away.
    kept: Mutex<Option<String>>,
}

impl Memory {
    pub(crate) const fn of(file: Option<PathBuf>) -> Self {
        Self { file, kept: Mutex::new(None) }
    }

    /// Whether nothing outlives the process.
    pub(crate) const fn is_volatile(&self) -> bool {
        self.file.is_none()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file holds, if there is one.
    fn file(&self) -> io::Result<Option<String>> {
        let Some(file) = &self.file else { return Ok(None) };
        match std::fs::read_to_string(file) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every checkpoint that is remembered, and where.
    pub(crate) fn notes(&self) -> io::Result<Vec<(String, String)>> {
        let place = |file: &PathBuf| file.display().to_string();
        let mut notes: Vec<_> = self
            .file()?
            .map(|note| (self.file.as_ref().map(place).unwrap_or_default(), note))
            .into_iter()
            .collect();
        let kept = self.kept().clone();
        if let Some(kept) = kept.filter(|kept| notes.iter().all(|(_, note)| note != kept)) {
            notes.push(("this process".to_owned(), kept));
        }
        Ok(notes)
    }

    /// Remembers a checkpoint instead of the one before.
    pub(crate) fn keep(&self, note: &str) -> io::Result<()> {
        if let Some(file) = &self.file {
            write_whole(file, note)?;
        }
        *self.kept() = Some(note.to_owned());
        Ok(())
    }

    /// The same, with the file of the one before left beside it under another name: it is evidence.
    pub(crate) fn replace(&self, note: &str, size: u64) -> io::Result<()> {
        if let Some(file) = self.file.as_ref().filter(|file| file.exists()) {
            let mut aside = file.as_os_str().to_owned();
            aside.push(format!(".before-{size}"));
            std::fs::rename(file, Path::new(&aside))?;
        }
        self.keep(note)
    }
}

/// Writes a file whole or not at all, for its owner only, and answers when it is safe from a power cut: a torn file would look like a forged one.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut draft = options.open(&new)?;
    draft.write_all(text.as_bytes())?;
    draft.sync_all()?;
    std::fs::rename(&new, file)?;
    match file.parent() {
        Some(dir) if cfg!(unix) && dir != Path::new("") => File::open(dir)?.sync_all(),
        _ => Ok(()),
    }
}
