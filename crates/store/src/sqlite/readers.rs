//! The connections that read, and whoever has one.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::InterruptHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::driver::Driver;
use crate::StoreError;

/// Most connections that read at once.
const MOST: u32 = 8;
/// How long one waits for a connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often those that should end are told so.
const INTERRUPT_EVERY: Duration = Duration::from_millis(50);

/// A few connections, opened when they are needed and kept.
pub(crate) struct Readers {
    dir: PathBuf,
    idle: Mutex<Vec<Driver>>,
    free: Arc<Semaphore>,
    /// Whether they map the files.
    mapped: AtomicBool,
    /// What ends the reads that are not waited for when all is closed.
    interrupts: Mutex<Vec<InterruptHandle>>,
    closing: AtomicBool,
}

impl Readers {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(MOST as usize)),
            mapped: AtomicBool::new(true),
            interrupts: Mutex::default(),
            closing: AtomicBool::default(),
        }
    }

    /// Whether connections map the files from now on.
    pub(crate) fn map(&self, mapped: bool) {
        let mut idle = self.idle();
        self.mapped.store(mapped, Ordering::Relaxed);
        idle.clear();
    }

    fn is_mapped(&self) -> bool {
        self.mapped.load(Ordering::Relaxed)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Driver>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection; it comes back when it is dropped.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Result<Connection, StoreError> {
        let free = tokio::time::timeout(PATIENCE, self.free.clone().acquire_owned());
        let permit = free
            .await
            .map_err(|source| StoreError::Unreachable {
                op: "getting a connection",
                source: Arc::new(source),
            })?
            .map_err(|_| StoreError::Closed)?;
        let mapped = self.is_mapped();
        let idle = self.idle().pop();
        let driver = match idle {
            Some(driver) => driver,
            None => super::reader(&self.dir, mapped)?,
        };
        Ok(Connection {
            driver: Some(driver),
            home: Some(Home { readers: self.clone(), mapped, _permit: permit }),
        })
    }

    /// Waits for every connection and closes it; there are none afterwards.
    pub(crate) async fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
        let all = loop {
            // Again and again: who was between two statements has begun another.
            for handle in self.interrupts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                handle.interrupt();
            }
            if let Ok(all) = tokio::time::timeout(INTERRUPT_EVERY, self.free.acquire_many(MOST)).await {
                break all;
            }
        };
        self.free.close();
        drop(all);
        self.idle().clear();
    }
}

/// A connection in somebody's hands.
pub(crate) struct Connection {
    /// There until it is dropped.
    driver: Option<Driver>,
    /// Where it goes then; the writer's goes nowhere.
    home: Option<Home>,
}

struct Home {
    readers: Arc<Readers>,
    mapped: bool,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    pub(super) fn own(driver: Driver) -> Self {
        Self { driver: Some(driver), home: None }
    }

    /// The connection.
    ///
    /// # Errors
    /// Never while it is in somebody's hands.
    pub(crate) fn driver(&mut self) -> Result<&mut Driver, StoreError> {
        self.driver.as_mut().ok_or(StoreError::Closed)
    }

    /// What it reads from now on ends when all readers are closed.
    pub(super) fn ends_at_close(&mut self) -> Result<(), StoreError> {
        let handle = self.driver()?.interrupt_handle();
        if let Some(home) = &self.home {
            home.readers.interrupts.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        }
        Ok(())
    }

    /// Nobody reads any more what [`Connection::ends_at_close`] was said of.
    pub(super) fn ends_by_itself(&self) {
        if let Some(home) = &self.home {
            home.readers.interrupts.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Whether all readers are being closed.
    pub(super) fn is_closing(&self) -> bool {
        self.home.as_ref().is_some_and(|home| home.readers.closing.load(Ordering::SeqCst))
    }

    /// From now on sees everything as it is now.
    pub(crate) fn begin_snapshot(&mut self) -> Result<(), StoreError> {
        let driver = self.driver()?;
        driver.short_command("beginning to read", "BEGIN")?;
        // A transaction begins with its first read.
        driver.short_command("beginning to read", "SELECT 1 FROM sqlite_master LIMIT 1")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let (Some(driver), Some(home)) = (self.driver.take(), self.home.take()) else { return };
        // One that cannot be brought to rest is closed, and one that maps the files when none should.
        let is_idle = driver.is_idle() || driver.short_command("ending a read", "ROLLBACK").is_ok();
        let mut idle = home.readers.idle();
        if is_idle && home.mapped == home.readers.is_mapped() {
            idle.push(driver);
        }
    }
}
