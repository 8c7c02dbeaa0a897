//! A repository of backups.

use std::{
    collections::HashMap,
    io::{ErrorKind, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use rustic_core::{
    ALL_FILE_TYPES, BackupOptions, BlobId, CheckOptions, ConfigOptions, Credentials, DataId, FileType,
    IndexedFullStatus, IndexedIdsStatus, KeyOptions, OpenStatus, RepositoryBackends, RepositoryOptions,
    RusticError, RusticResult, SnapshotOptions,
    jiff::{Timestamp, tz::TimeZone},
    repofile::{BlobType, SnapshotFile, Tree},
};
use zeroize::Zeroizing;

use crate::{
    BackupError, Source, Target,
    backend::{Backend, is_whole, name, storage},
    source::{Progress, Sources, whole_name},
    watch::Watch,
};

/// The passwords that may open a repository, the newest first. A backup replaces an older password by the newest.
pub type Passwords = Vec<Zeroizing<String>>;

/// Another process may be creating the repository: how often to look for its result, and the pause between looks.
const BEING_MADE: (u32, Duration) = (20, Duration::from_millis(250));

/// Pieces of a file that are fetched in parallel.
const AT_ONCE: usize = 16;

/// A backup in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id, 64 hexadecimal digits; the first eight tell it apart.
    pub id: String,
    /// The moment whose records it holds.
    pub at: DateTime<Utc>,
    /// The machine it was made on.
    pub host: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Bytes of its files.
    pub size: u64,
}

impl Snapshot {
    fn of(file: &SnapshotFile) -> Self {
        let at = file.time.timestamp();
        Self {
            id: file.id.to_hex().as_str().to_owned(),
            at: DateTime::from_timestamp_millis(at.as_millisecond()).unwrap_or_default(),
            host: file.hostname.clone(),
            tags: file.tags.iter().cloned().collect(),
            size: file.summary.as_ref().map(|summary| summary.total_bytes_processed).unwrap_or_default(),
        }
    }

    /// The first digits of the id.
    pub fn short_id(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}

/// A backup that has been made.
#[derive(Debug)]
pub struct Made {
    /// The backup.
    pub snapshot: Snapshot,
    /// Bytes added to the repository, as stored there.
    pub added: u64,
    /// The password of a former key version still opens the repository, because the storage did not allow its removal.
    pub keeps_old_password: bool,
}

/// What a check found.
#[derive(Debug)]
pub struct Checked {
    /// Snapshots in the repository.
    pub snapshots: usize,
    /// Files that were read.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Each fault found, as a line of text.
    pub faults: Vec<String>,
}

/// A repository of backups; the first backup creates it.
#[derive(Clone)]
pub struct Repository {
    target: Target,
    passwords: Passwords,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Repository({})", self.target)
    }
}

type Opened<S> = rustic_core::Repository<S>;

impl Repository {
    /// The repository at `target`.
    pub const fn new(target: Target, passwords: Passwords) -> Self {
        Self { target, passwords }
    }

    fn shown(&self) -> String {
        self.target.to_string()
    }

    fn backend(&self, watch: &Arc<Watch>) -> Backend {
        Backend { place: self.target.0.clone(), watch: watch.clone(), first_key: None }
    }

    fn closed(backend: Backend) -> RusticResult<Opened<()>> {
        // Without a cache nothing is written outside the target.
        let options = RepositoryOptions::default().no_cache(true);
        rustic_core::Repository::new(&options, &RepositoryBackends::new(Arc::new(backend), None))
    }

    /// Reports the first failure of the storage or a source, if there was one, instead of the error it caused in the library.
    fn explained(&self, watch: &Watch) -> impl Fn(Box<RusticError>) -> BackupError {
        let (seen, target) = (watch.failure(), self.shown());
        move |error| {
            // Its causes follow, with a backtrace where one is asked for.
            let said = || {
                let all = error.display_log();
                let first = all.lines().next().unwrap_or_default();
                first.trim_start_matches("Error: ").to_owned()
            };
            seen.clone().unwrap_or_else(|| BackupError::Repository { target: target.clone(), said: said() })
        }
    }

    fn tried<T>(&self, watch: &Watch, outcome: RusticResult<T>) -> Result<T, BackupError> {
        outcome.map_err(|error| self.explained(watch)(error))
    }

    fn exists(&self) -> Result<bool, BackupError> {
        let place = &*self.target.0;
        let size = place.size("config").map_err(|error| storage(place, "read", "config", error))?;
        Ok(size.is_some())
    }

    /// Opens it with the first password that works; answers the place of that password.
    fn open(&self, watch: &Arc<Watch>) -> Result<(Opened<OpenStatus>, usize), BackupError> {
        if !self.exists()? {
            return Err(BackupError::NoRepository { target: self.shown() });
        }
        for (place, password) in self.passwords.iter().enumerate() {
            let credentials = Credentials::Password(password.to_string());
            match self.tried(watch, Self::closed(self.backend(watch)))?.open(&credentials) {
                Ok(repository) => return Ok((repository, place)),
                Err(error) if error.is_incorrect_password() => {}
                Err(error) => return Err(self.explained(watch)(error)),
            }
        }
        Err(BackupError::WrongKey { target: self.shown() })
    }

    /// Opens it for writing; creates it if there is none. Answers whether an old password had to be left in it.
    fn open_to_write(&self, watch: &Arc<Watch>) -> Result<(Opened<OpenStatus>, bool), BackupError> {
        self.make_if_missing(watch)?;
        let (repository, place) = self.open(watch)?;
        let (Some(newest), true) = (self.passwords.first(), place > 0) else {
            return Ok((repository, false));
        };
        // The keys have been rotated since the last backup.
        let old = *repository.key_id();
        self.tried(watch, repository.add_key(newest, &KeyOptions::default()))?;
        let (repository, _) = self.open(watch)?;
        // Storage may allow writes but no removal.
        let is_removed = old.is_none_or(|old| self.target.0.remove(&name(FileType::Key, &old)).is_ok());
        Ok((repository, !is_removed))
    }

    fn keys(&self) -> Result<Vec<(String, u64)>, BackupError> {
        let place = &*self.target.0;
        place.list("keys").map_err(|error| storage(place, "listed", "keys", error))
    }

    /// Creates the repository unless there is one.
    fn make_if_missing(&self, watch: &Arc<Watch>) -> Result<(), BackupError> {
        let place = &*self.target.0;
        let failed = |what, name: &'static str| move |error| storage(place, what, name, error);
        let mut looks = 0;
        loop {
            let (exists, keys) = (self.exists()?, self.keys()?);
            match (exists, keys.is_empty()) {
                (true, false) => return Ok(()),
                (false, true) => self.make(watch)?,
                // One without the other: another process is creating the repository, or was killed while it did. Nothing can be read so.
                _ if looks < BEING_MADE.0 => {
                    looks += 1;
                    std::thread::sleep(BEING_MADE.1);
                }
                (true, true) => place.remove("config").map_err(failed("removed", "config"))?,
                (false, false) => {
                    for (key, _) in keys {
                        place.remove(&format!("keys/{key}")).map_err(failed("removed", "keys"))?;
                    }
                }
            }
        }
    }

    /// Creates the repository, unless another process is first.
    fn make(&self, watch: &Arc<Watch>) -> Result<(), BackupError> {
        let place = &*self.target.0;
        place.prepare().map_err(|error| storage(place, "written", "the directory", error))?;
        let Some(password) = self.passwords.first() else {
            return Err(BackupError::WrongKey { target: self.shown() });
        };
        let mine = Arc::new(Watch::default());
        let backend = Backend { first_key: Some(Arc::default()), ..self.backend(&mine) };
        let credentials = Credentials::Password(password.to_string());
        let made = self.tried(&mine, Self::closed(backend))?.init(
            &credentials,
            &KeyOptions::default(),
            &ConfigOptions::default(),
        );
        let Err(error) = made else { return Ok(()) };
        match self.explained(&mine)(error) {
            BackupError::Storage { source, .. } if source.kind() == ErrorKind::AlreadyExists => Ok(()),
            error => {
                watch.fail(error.clone());
                Err(error)
            }
        }
    }

    /// Opens the repository for a backup, and creates it if there is none. This may take seconds, so it comes before the moment of the backup.
    /// Setting `stop` ends the backup soon after.
    ///
    /// # Errors
    /// The target cannot be used, or no password opens the repository.
    pub fn begin(&self, stop: Arc<AtomicBool>) -> Result<Begun, BackupError> {
        let watch = Arc::new(Watch::until(stop));
        let (repository, keeps_old_password) = self.open_to_write(&watch)?;
        let repository = self.tried(&watch, repository.to_indexed_ids())?;
        Ok(Begun { of: self.clone(), watch, repository, keeps_old_password })
    }

    /// The snapshots, the oldest first.
    ///
    /// # Errors
    /// The repository cannot be opened or read.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, BackupError> {
        let watch = Arc::default();
        let (repository, _) = self.open(&watch)?;
        let mut snapshots: Vec<_> =
            self.tried(&watch, repository.get_all_snapshots())?.iter().map(Snapshot::of).collect();
        snapshots.sort_by_key(|snapshot| snapshot.at);
        Ok(snapshots)
    }

    /// Opens the snapshot whose id begins with `id`, or the latest one.
    ///
    /// # Errors
    /// The repository cannot be opened, or has not exactly one such snapshot.
    pub fn contents(&self, id: Option<&str>) -> Result<Contents, BackupError> {
        let watch = Arc::default();
        let (repository, _) = self.open(&watch)?;
        let all = self.tried(&watch, repository.get_all_snapshots())?;
        let wanted: Vec<&SnapshotFile> = match id {
            Some(id) => all.iter().filter(|file| file.id.to_hex().starts_with(id)).collect(),
            None => all.iter().max_by_key(|file| file.time.timestamp()).into_iter().collect(),
        };
        let [file] = *wanted.as_slice() else {
            let (id, found) = (id.unwrap_or_default().to_owned(), wanted.len());
            return Err(BackupError::Snapshot { target: self.shown(), id, found });
        };
        let repository = self.tried(&watch, repository.to_indexed())?;
        let mut contents = Contents {
            of: self.clone(),
            watch,
            repository,
            snapshot: Snapshot::of(file),
            files: HashMap::new(),
            done: AtomicU64::new(0),
        };
        let tree = BlobId::from(file.tree.into_inner());
        let tree: Tree = serde_json::from_slice(&contents.piece(&tree, BlobType::Tree)?)
            .map_err(|_| BackupError::Damaged { target: self.shown(), name: "the list of files".into() })?;
        let mut nodes = tree.nodes;
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        for node in nodes {
            let pieces = contents.files.entry(whole_name(&node.name).to_owned()).or_default();
            pieces.extend(node.content.unwrap_or_default());
        }
        Ok(contents)
    }

    /// Reads every file of the repository and compares it with its hash, then checks that everything the snapshots need is there.
    ///
    /// # Errors
    /// The target cannot be read, or there is no repository. Damage is reported in the answer.
    pub fn check(&self, progress: &Progress) -> Result<Checked, BackupError> {
        if !self.exists()? {
            return Err(BackupError::NoRepository { target: self.shown() });
        }
        let watch = Arc::new(Watch::default());
        let backend = self.backend(&watch);
        let mut all = Vec::new();
        for kind in ALL_FILE_TYPES {
            let listed = rustic_core::ReadBackend::list_with_size(&backend, kind);
            all.extend(self.tried(&watch, listed)?.into_iter().map(|(id, size)| (kind, id, u64::from(size))));
        }
        let bytes = all.iter().map(|(_, _, size)| size).sum();
        let done = AtomicU64::new(0);
        let place = &*self.target.0;
        let mut faults: Vec<String> = all
            .par_iter()
            .filter_map(|(kind, id, size)| {
                let name = name(*kind, id);
                let fault = match place.read(&name, None) {
                    Ok(content) if is_whole(*kind, id, &content) => None,
                    Ok(_) => Some(BackupError::Damaged { target: self.shown(), name }),
                    Err(error) => Some(storage(place, "read", &name, error)),
                };
                let done = done.fetch_add(*size, Ordering::Relaxed) + size;
                progress(done, Some(bytes));
                fault.map(|fault| fault.to_string())
            })
            .collect();
        let mut snapshots = 0;
        let structure = self.open(&watch).and_then(|(repository, _)| {
            snapshots = self.tried(&watch, repository.get_all_snapshots())?.len();
            let found = self.tried(&watch, repository.check(CheckOptions::default()))?;
            Ok(found
                .is_ok()
                .is_err()
                .then(|| found.0.iter().map(|(_, error)| error.to_string()).collect::<Vec<_>>()))
        });
        match structure {
            Ok(found) => faults.extend(found.into_iter().flatten()),
            Err(error) => faults.push(error.to_string()),
        }
        faults.dedup();
        Ok(Checked { snapshots, files: all.len() + 1, bytes, faults })
    }
}

/// A backup that has begun.
pub struct Begun {
    of: Repository,
    watch: Arc<Watch>,
    repository: Opened<IndexedIdsStatus>,
    keeps_old_password: bool,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Begun({})", self.of.target)
    }
}

impl Begun {
    /// Stores `files`, as of `at`, in a new snapshot: all of them or none. Blocks until it is done or stopped; after a stop the stored data
    /// stays, and a later backup of the same files does not transfer it again.
    ///
    /// # Errors
    /// The target cannot be used, a file cannot be read to its end, or the backup was stopped. There is no snapshot then.
    pub fn back_up(
        self,
        files: Vec<Source>,
        tags: &[&str],
        at: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Made, BackupError> {
        let Self { of, watch, repository, keeps_old_password } = self;
        watch.expect(files.len());
        let paths: Vec<PathBuf> = files.iter().map(|file| PathBuf::from(&file.name)).collect();
        let sources = Sources::of(files, moment(at), &watch, progress);
        let made = snapshot_options(tags, at).and_then(|about| {
            // Streams have no modification time: every file is read in full, and known pieces are not stored again.
            let mut options = BackupOptions::default().no_scan(true);
            options.parent_opts.force = true;
            repository.archive(&options, &sources, about.to_snapshot()?, &paths)
        });
        let outcome = of.tried(&watch, made);
        if matches!(outcome, Err(BackupError::Full { .. })) && watch.written(FileType::Index).is_empty() {
            // No index refers to what was written, and the next backup needs the space.
            for pack in watch.written(FileType::Pack) {
                let _ = of.target.0.remove(&name(FileType::Pack, &pack));
            }
        }
        let file = outcome?;
        let added = file.summary.as_ref().map(|summary| summary.data_added_packed).unwrap_or_default();
        Ok(Made { snapshot: Snapshot::of(&file), added, keeps_old_password })
    }
}

fn moment(at: DateTime<Utc>) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.timestamp_millis()).ok()
}

fn snapshot_options(tags: &[&str], at: DateTime<Utc>) -> RusticResult<SnapshotOptions> {
    let time = moment(at).map(|at| at.to_zoned(TimeZone::UTC));
    let options = SnapshotOptions::default().time(time).command("hefu backup".to_owned());
    tags.iter().try_fold(options, |options, tag| options.add_tags(tag))
}

/// The contents of a snapshot.
pub struct Contents {
    of: Repository,
    watch: Arc<Watch>,
    repository: Opened<IndexedFullStatus>,
    snapshot: Snapshot,
    files: HashMap<String, Vec<DataId>>,
    /// Bytes written, of all files.
    done: AtomicU64,
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contents({:?})", self.snapshot)
    }
}

impl Contents {
    /// The snapshot.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether it holds a file of that name.
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// A piece, compared with its hash. (The format authenticates pieces, but not their position.)
    fn piece(&self, id: &BlobId, kind: BlobType) -> Result<bytes::Bytes, BackupError> {
        let piece = self.of.tried(&self.watch, self.repository.get_blob_cached(id, kind))?;
        let hash = id.into_inner();
        if hash.blob_matches_reader(piece.len() as u64, &mut &*piece) {
            return Ok(piece);
        }
        Err(BackupError::Damaged {
            target: self.of.shown(),
            name: format!("piece {}", hash.to_hex().as_str()),
        })
    }

    /// Writes a file's content to `destination`; answers how many bytes it has.
    ///
    /// # Errors
    /// There is no such file, it is damaged, or it cannot be written.
    pub fn write(
        &self,
        name: &str,
        destination: &mut dyn Write,
        progress: &Progress,
    ) -> Result<u64, BackupError> {
        let pieces = self.files.get(name).ok_or_else(|| BackupError::NoFile { name: name.to_owned() })?;
        let mut written = 0;
        for pieces in pieces.chunks(AT_ONCE) {
            let read: Result<Vec<_>, _> = pieces
                .into_par_iter()
                .map(|id| self.piece(&BlobId::from(id.into_inner()), BlobType::Data))
                .collect();
            for piece in read? {
                destination.write_all(&piece).map_err(|error| BackupError::Destination {
                    name: name.to_owned(),
                    source: Arc::new(error),
                })?;
                let count = piece.len() as u64;
                written += count;
                progress(self.done.fetch_add(count, Ordering::Relaxed) + count, Some(self.snapshot.size));
            }
        }
        Ok(written)
    }
}
