//! What a witness remembers: for each ledger a file with the checkpoint that it cosigned last.

use std::{
    collections::HashMap,
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use hefu_ledger::{AddCheckpoint, Checkpoint, Note, Refusal, Signer, Verifier, origin_hash};

/// Why a witness does not answer a cosignature.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// It must not cosign this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What it remembers cannot be read or written: it cosigns nothing rather than forget.
    #[error("what the witness remembers cannot be read or written: {0}")]
    Memory(#[from] io::Error),
}

/// A witness: its key, the ledgers it watches, and what it remembers of them.
pub struct Witness {
    signer: Signer,
    ledgers: Vec<Verifier>,
    dir: PathBuf,
    /// The last checkpoint of each ledger, by its name, as far as it was read; the lock makes comparing and replacing one step.
    last: Mutex<HashMap<String, Note>>,
    /// Two witnesses over one memory could each cosign another history.
    _lock: File,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness")
            .field("signer", &self.signer)
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

impl Witness {
    /// A witness with its memory in `dir`, which is made if it is not there. It watches the ledgers of these keys, several keys of one
    /// ledger among them.
    ///
    /// # Errors
    /// The directory cannot be written, or another process is the witness there.
    pub fn open(dir: PathBuf, signer: Signer, ledgers: Vec<Verifier>) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&dir)?;
        let lock = private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(dir.join("witness.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let told = format!("another process is the witness whose memory is in {}", dir.display());
                return Err(io::Error::new(ErrorKind::ResourceBusy, told));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self { signer, ledgers, dir, last: Mutex::default(), _lock: lock })
    }

    /// What verifies its cosignatures.
    pub fn verifier(&self) -> Verifier {
        self.signer.verifier()
    }

    fn file(&self, origin_hash: &str) -> PathBuf {
        self.dir.join(format!("{origin_hash}.checkpoint"))
    }

    /// What lies on disk. Nothing is not the same as something that cannot be read.
    fn read(&self, origin_hash: &str) -> io::Result<Option<Note>> {
        let broken = |_| io::Error::new(ErrorKind::InvalidData, "a remembered checkpoint is broken");
        match std::fs::read_to_string(self.file(origin_hash)) {
            Ok(note) => note.parse().map(Some).map_err(broken),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, origin_hash: &str, note: &Note) -> io::Result<()> {
        let file = self.file(origin_hash);
        let draft = file.with_extension("new");
        let mut new = private(OpenOptions::new().create(true).truncate(true).write(true)).open(&draft)?;
        new.write_all(note.to_string().as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&draft, &file)?;
        if cfg!(unix) { sync_directory(&self.dir) } else { Ok(()) }
    }

    /// Answers `add-checkpoint`: the lines with the cosignature, once the checkpoint is remembered so that a power cut does not take it away.
    /// `now` is in seconds since 1970, and not 0.
    ///
    /// # Errors
    /// The request is to be refused, or the memory fails.
    pub fn add(&self, body: &str, now: u64) -> Result<String, WitnessError> {
        let request: AddCheckpoint = body.parse()?;
        let origin = request.origin()?;
        let hash = origin_hash(&origin);
        // A panic while it was held left everything as it was, on disk and here.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !last.contains_key(&origin)
            && let Some(note) = self.read(&hash)?
        {
            last.insert(origin.clone(), note);
        }
        let seen = last.get(&origin).map(Checkpoint::of).transpose();
        let seen =
            seen.map_err(|_| io::Error::new(ErrorKind::InvalidData, "a remembered checkpoint is broken"))?;
        let (mut note, _) = request.judge(&self.ledgers, seen.as_ref())?;
        let line = self.signer.signature(&note.text, now);
        note.signatures.push(line.clone());
        self.write(&hash, &note)?;
        last.insert(origin, note);
        Ok(line.to_string())
    }

    /// The checkpoint that it cosigned last of the ledger whose name has this hash; none: it never has.
    ///
    /// # Errors
    /// The memory fails.
    pub fn checkpoint(&self, origin_hash: &str) -> io::Result<Option<String>> {
        let is_hash =
            origin_hash.len() == 64 && origin_hash.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        if !is_hash {
            return Ok(None);
        }
        Ok(self.read(origin_hash)?.map(|note| note.to_string()))
    }
}

/// A new name is safe from a power cut only once its directory is written too.
fn sync_directory(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
