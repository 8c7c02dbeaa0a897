//! Whose turn it is to write, when several processes have the same directory open.
//!
//! SQLite lets one process write at a time, and who finds it busy sleeps and looks again. A server that commits one batch after the other is
//! free for some microseconds in between, so that another process could look for half a minute without ever finding it so. Here whoever wants
//! to write gets in line first: it holds the queue while it waits for its turn, and who has just had a turn has to get in line behind it.
//!
//! Each process counts what it has committed, in a file beside the records. One that finds a higher number there than it knows of has been overtaken by
//! another, and uses nothing any more that it keeps in memory.

use std::{
    fs::{File, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

/// How long one waits in line. Then SQLite's own lock decides.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often one in line looks.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How often it is looked whether others have written.
const NOTICED_EVERY: Duration = Duration::from_millis(100);

/// What was committed in this directory, by whatever process.
pub(crate) struct Commits {
    file: Mutex<File>,
    /// As many as this process knows of.
    known: AtomicU64,
    /// Whether others had committed before this process last did, and nobody has noticed yet.
    overtaken: AtomicBool,
    began: Instant,
    /// When it was looked last, milliseconds from then.
    looked: AtomicU64,
}

impl Commits {
    fn of(dir: &Path) -> io::Result<Self> {
        let file =
            File::options().create(true).truncate(false).read(true).write(true).open(dir.join("commits"))?;
        let commits = Self {
            file: Mutex::new(file),
            known: AtomicU64::new(0),
            overtaken: AtomicBool::new(false),
            began: Instant::now(),
            looked: AtomicU64::new(0),
        };
        commits.known.store(commits.read()?, SeqCst);
        Ok(commits)
    }

    /// How many there were.
    fn read(&self) -> io::Result<u64> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = [0; 8];
        file.rewind()?;
        match file.read_exact(&mut count) {
            Ok(()) => Ok(u64::from_le_bytes(count)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Counts one of this process. Called while it has its turn: nobody else counts.
    fn count(&self) -> io::Result<()> {
        let (count, known) = (self.read()?, self.known.load(SeqCst));
        if count > known {
            self.overtaken.store(true, SeqCst);
        }
        let next = count.max(known).saturating_add(1);
        // Known first: who looks in between must not take it for another's.
        self.known.store(next, SeqCst);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.rewind()?;
        file.write_all(&next.to_le_bytes())
    }

    /// Whether others have committed since it was asked last, up to a tenth of a second ago; also where that cannot be
    /// told.
    pub(crate) fn others_have_written(&self) -> bool {
        let overtaken = self.overtaken.swap(false, SeqCst);
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let looked = self.looked.load(SeqCst);
        let is_due = now.saturating_sub(looked) >= NOTICED_EVERY.as_millis() as u64;
        let looks = is_due && self.looked.compare_exchange(looked, now, SeqCst, SeqCst).is_ok();
        if !looks && !overtaken {
            return false;
        }
        self.read().map_or(true, |count| self.known.fetch_max(count, SeqCst) < count) || overtaken
    }
}

/// The two locks; the system releases those of a process that ends, however it ends.
pub(super) struct Turns {
    queue: File,
    turn: File,
    commits: Arc<Commits>,
}

/// A turn, until it is dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turn<'_> {
    /// Something was committed.
    pub(super) fn committed(&self) {
        if let Err(error) = self.0.commits.count() {
            tracing::warn!(%error, "other processes may notice late what was written");
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // A lock that cannot be released goes with the process; others stop waiting for it after a while.
        let _ = self.0.turn.unlock();
    }
}

fn acquire(file: &File, until: Instant) -> bool {
    loop {
        match file.try_lock() {
            Ok(()) => return true,
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(LOOK_EVERY),
            Err(_) => return false,
        }
    }
}

impl Turns {
    /// The turns of a directory; none where its files cannot be made: SQLite's own lock then has to do.
    pub(super) fn of(dir: &Path) -> Option<Self> {
        let open = |name| File::options().create(true).truncate(false).write(true).open(dir.join(name)).ok();
        let commits = Arc::new(Commits::of(dir).ok()?);
        Some(Self { queue: open("write_queue.lock")?, turn: open("write.lock")?, commits })
    }

    /// What is committed here.
    pub(super) fn commits(&self) -> Arc<Commits> {
        self.commits.clone()
    }

    /// Waits for a turn. Called on the writer's own thread.
    pub(super) fn take(&self) -> Turn<'_> {
        let until = Instant::now() + PATIENCE;
        let is_queued = acquire(&self.queue, until);
        acquire(&self.turn, until);
        if is_queued {
            let _ = self.queue.unlock();
        }
        Turn(self)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    };

    use super::*;

    #[test]
    fn what_others_commit_is_noticed_and_what_one_commits_oneself_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (own, other) = (Turns::of(dir.path()).unwrap(), Turns::of(dir.path()).unwrap());
        let noticed = || {
            std::thread::sleep(NOTICED_EVERY + Duration::from_millis(20));
            own.commits().others_have_written()
        };
        let commit = |turns: &Turns| turns.take().committed();
        assert!(!noticed());
        commit(&own);
        commit(&own);
        assert!(!noticed());
        commit(&other);
        assert!(noticed() && !noticed());
        // In between, before it was looked.
        commit(&other);
        commit(&own);
        commit(&other);
        assert!(noticed() && !noticed());
        // A third that begins now knows what there was.
        let third = Turns::of(dir.path()).unwrap();
        std::thread::sleep(NOTICED_EVERY + Duration::from_millis(20));
        assert!(!third.commits().others_have_written());
    }

    #[test]
    fn whoever_writes_without_a_pause_lets_others_write() {
        let dir = tempfile::tempdir().unwrap();
        let (busy, other) = (Turns::of(dir.path()).unwrap(), Turns::of(dir.path()).unwrap());
        let (is_over, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writing = std::thread::spawn({
            let (is_over, turns) = (is_over.clone(), turns.clone());
            move || {
                while !is_over.load(Ordering::Relaxed) {
                    let turn = busy.take();
                    std::thread::sleep(Duration::from_millis(2));
                    drop(turn);
                    turns.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // However slow the machine is, it is in the middle of it.
        while turns.load(Ordering::Relaxed) < 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let began = Instant::now();
        for _ in 0..20 {
            drop(other.take());
        }
        let took = began.elapsed();
        is_over.store(true, Ordering::Relaxed);
        writing.join().unwrap();
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}
