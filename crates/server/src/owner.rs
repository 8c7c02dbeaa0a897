//! Which process serves the records of a directory.
//!
//! With the embedded engine one server runs on a directory: it alone answers requests, gives journal entries their places and keeps the
//! checkpoint. Commands that end (import, verify, identity, keys, doctor) may run beside it: they read at any time, get their turns to write
//! (`hefu_store`), and leave the journal to the server. The lock goes with the process, however that ends.

use std::{
    fs::{File, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use hefu_store::Location;

use crate::{config::Config, private};

/// How long a server that is stopping is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// That this process serves the records, until it ends.
#[derive(Debug)]
pub struct Owner {
    _lock: Option<File>,
}

fn file(dir: &Path) -> PathBuf {
    dir.join("hefu.lock")
}

/// Makes this process the one that serves the records. PostgreSQL's are served by any number.
///
/// # Errors
/// Another process serves them; it is named.
pub async fn claim(config: &Config) -> anyhow::Result<Owner> {
    let Location::Embedded(dir) = config.location() else { return Ok(Owner { _lock: None }) };
    private::directory(&dir)?;
    let path = file(&dir);
    let mut lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    let mut waited = Duration::ZERO;
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                tokio::time::sleep(LOOK_EVERY).await;
                waited += LOOK_EVERY;
            }
            Err(TryLockError::WouldBlock) => {
                let owner = std::fs::read_to_string(&path).unwrap_or_default();
                let owner = if owner.trim().is_empty() { "another process" } else { owner.trim() };
                bail!(
                    "the records in {} are served by {owner}: stop it first, or choose another directory with --data. \
                     Several servers can share PostgreSQL (database.url); import, verify, identity, keys and doctor \
                     may run beside a server",
                    dir.display()
                );
            }
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, file = %path.display(), "file locks are not supported here: make sure that only one server runs");
                return Ok(Owner { _lock: None });
            }
        }
    }
    // For whoever is refused. That it cannot be written harms nobody.
    let _ = lock.set_len(0);
    let since = hefu_kernel::Clock::now(&hefu_kernel::SystemClock).format("%Y-%m-%d %H:%M:%S UTC");
    let _ = writeln!(lock, "process {} (hefu serve, since {since})", std::process::id());
    Ok(Owner { _lock: Some(lock) })
}

/// Whether a server runs on the records and sees to the journal.
pub fn is_served(config: &Config) -> bool {
    let Location::Embedded(dir) = config.location() else { return false };
    let Ok(lock) = File::open(file(&dir)) else { return false };
    let is_served = matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock));
    let _ = lock.unlock();
    is_served
}
