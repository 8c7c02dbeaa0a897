//! Whose turn it is to write, when several processes have the same directory open.
//!
//! SQLite lets one process write at a time, and who finds it busy sleeps and looks again. A server that commits one batch after the other is
//! free for some microseconds in between, so that another process could look for half a minute without ever finding it so. Here whoever wants
//! to write gets in line first: it holds the queue while it waits for its turn, and who has just had a turn has to get in line behind it.

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::{Duration, Instant},
};

/// How long one waits in line. Then SQLite's own lock decides.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often one in line looks.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The two locks; the system releases those of a process that ends, however it ends.
pub(super) struct Turns {
    queue: File,
    turn: File,
}

/// A turn, until it is dropped.
pub(super) struct Turn<'a>(&'a File);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // A lock that cannot be released goes with the process; others stop waiting for it after a while.
        let _ = self.0.unlock();
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
        Some(Self { queue: open("write_queue.lock")?, turn: open("write.lock")? })
    }

    /// Waits for a turn. Called on the writer's own thread.
    pub(super) fn take(&self) -> Turn<'_> {
        let until = Instant::now() + PATIENCE;
        let is_queued = acquire(&self.queue, until);
        acquire(&self.turn, until);
        if is_queued {
            let _ = self.queue.unlock();
        }
        Turn(&self.turn)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    #[test]
    fn whoever_writes_without_a_pause_lets_others_write() {
        let dir = tempfile::tempdir().unwrap();
        let (busy, other) = (Turns::of(dir.path()).unwrap(), Turns::of(dir.path()).unwrap());
        let is_over = Arc::new(AtomicBool::new(false));
        let writing = std::thread::spawn({
            let is_over = is_over.clone();
            move || {
                let mut turns = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let turn = busy.take();
                    std::thread::sleep(Duration::from_millis(2));
                    drop(turn);
                    turns += 1;
                }
                turns
            }
        });
        std::thread::sleep(Duration::from_millis(50));
        let began = Instant::now();
        for _ in 0..20 {
            drop(other.take());
        }
        let took = began.elapsed();
        is_over.store(true, Ordering::Relaxed);
        assert!(writing.join().unwrap() > 20);
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}
