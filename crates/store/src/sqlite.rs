//! The embedded engine: many readers, one writer that commits waiting units together.

mod driver;
mod migrate;
mod readers;
mod turn;

use std::{panic::AssertUnwindSafe, path::Path, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Conn, StoreError, Tx,
    conn::Engine,
    keys::{self, Vault},
    value::args,
};

use self::turn::Turns;
pub(crate) use self::{
    driver::{Driver, Wanted},
    readers::{Connection, Readers},
};

/// Ends a unit after its batch was committed, or was not.
pub(crate) type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// A unit on its way to the writer. It gets the transaction, or the error that kept it from beginning.
/// `None`: it failed and answered for itself; roll it back.
pub(crate) type Job =
    Box<dyn for<'t> FnOnce(Result<&'t mut Tx, StoreError>) -> BoxFuture<'t, Option<Finish>> + Send>;

/// What the writer is sent.
pub(crate) enum Message {
    /// To do.
    Unit(Job),
    /// Whether very much is going to be written.
    ExpectMuch(bool),
    /// To end, and to say when it has.
    Close(oneshot::Sender<()>),
}

/// Most units in one commit: bounds how long the first of them waits for the last.
const BATCH: usize = 256;

/// After how many pages of 4 KiB the log is worked in, to how many bytes one that had to grow is cut back then, and the writer's cache,
/// KiB (negative, as SQLite wants it).
const EXPECT_LITTLE: &str =
    "PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 134217728; PRAGMA cache_size = -65536";
/// The same while a history comes in: the longer the log, the fewer pages are worked in twice.
const EXPECT_MUCH: &str =
    "PRAGMA wal_autocheckpoint = 65536; PRAGMA journal_size_limit = 536870912; PRAGMA cache_size = -131072";
/// A reader that maps the files: it reads them where they lie in the system's cache, without copying a page first, and a mapped page is
/// the last that a system short of memory takes back. (The map counts as the process's memory, once for each reader; it is shared.)
const MAPPED_READER: &str =
    "PRAGMA mmap_size = 1099511627776; PRAGMA cache_size = -4096; PRAGMA query_only = ON";
/// A reader while a history comes in, whose memory should be what it needs.
const READER: &str = "PRAGMA cache_size = -16384; PRAGMA query_only = ON";

/// What every connection is set to.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA temp_store = memory; PRAGMA journal_size_limit = 134217728;";

/// Reads every page of what a search goes through: to count without an index SQLite visits all of a table's pages. Guests alone have their
/// key in an index of its own.
const WARM: [&str; 10] = [
    "SELECT count(*) FROM visit_alias NOT INDEXED",
    "SELECT count(*) FROM token NOT INDEXED",
    "SELECT count(*) FROM guest WHERE id > x''",
    "SELECT count(*) FROM guest NOT INDEXED",
    "SELECT count(*) FROM keys.data_key NOT INDEXED",
    "SELECT count(*) FROM guest_visit NOT INDEXED",
    "SELECT count(*) FROM reservation NOT INDEXED",
    "SELECT count(*) FROM reservation_room NOT INDEXED",
    "SELECT count(*) FROM stay NOT INDEXED",
    "SELECT count(*) FROM room NOT INDEXED",
];

/// Reads what searches read; see [`crate::Store::warm`].
pub(crate) fn warm(connection: &mut Connection) -> Result<(), StoreError> {
    connection.ends_at_close()?;
    for sql in WARM {
        let outcome = connection.driver()?.query(sql, &[], |_| Ok(Wanted::More));
        // It reads for long, and nobody waits for it.
        if connection.is_closing() {
            break;
        }
        outcome?;
    }
    connection.ends_by_itself();
    Ok(())
}

/// A path within a URI filename (sqlite.org/uri.html).
fn uri_path(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.to_string_lossy().bytes().map(encode).collect()
}

/// A connection to the records, with the keys beside them to be read. Read-only, because `BEGIN IMMEDIATE` locks every
/// attached file that can be written, and new keys are written through a connection of their own while the batch is open.
fn records(dir: &Path, settings: &str) -> Result<Driver, StoreError> {
    let settings = format!(
        "{SETTINGS} ATTACH DATABASE 'file:{}?mode=ro' AS keys; {settings}",
        uri_path(&dir.join("keys.db"))
    );
    Driver::open(&dir.join("hefu.db"), &settings)
}

/// A connection that reads.
fn reader(dir: &Path, mapped: bool) -> Result<Driver, StoreError> {
    records(dir, if mapped { MAPPED_READER } else { READER })
}

/// A connection like the writer's, for the test that looks at plans.
#[cfg(test)]
pub(crate) fn of_plans(dir: &Path) -> Result<Driver, StoreError> {
    records(dir, EXPECT_LITTLE)
}

/// The same to the keys' own file.
#[cfg(test)]
pub(crate) fn keys_of_plans(dir: &Path) -> Result<Driver, StoreError> {
    Driver::open(&dir.join("keys.db"), SETTINGS)
}

/// Opens `hefu.db` and `keys.db` in `dir`; answers the readers and the way to the writer.
pub(crate) fn open(
    dir: &Path,
    vault: Arc<Vault>,
) -> Result<(Arc<Readers>, mpsc::Sender<Message>), StoreError> {
    let keys = Driver::open(&dir.join("keys.db"), SETTINGS)?;
    migrate::run(&keys, &sqlx::migrate!("../../migrations/sqlite-keys"))?;
    let writer = records(dir, EXPECT_LITTLE)?;
    migrate::run(&writer, &sqlx::migrate!("../../migrations/sqlite"))?;

    let own = |driver| Conn(Engine::Sqlite(Connection::own(driver)));
    let (sender, jobs) = mpsc::channel(4_096);
    let writer = Writer {
        tx: Tx::new(own(writer), vault),
        keys: own(keys),
        turns: Turns::of(dir),
        jobs,
        is_full: false,
    };
    // A thread of its own: a unit never waits for anything but SQLite, and whoever else has to be served must not
    // wait for a large one.
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("hefu-writer".into())
        .spawn(move || runtime.block_on(writer.run()))
        .map_err(|source| StoreError::Io { path: dir.display().to_string(), source })?;
    Ok((Arc::new(Readers::new(dir.to_owned())), sender))
}

fn command(conn: &mut Conn, sql: &'static str) -> Result<(), StoreError> {
    let Engine::Sqlite(conn) = &mut conn.0 else { return Err(StoreError::Closed) };
    conn.driver()?.command(sql, sql)
}

struct Writer {
    tx: Tx,
    /// To the file of the keys, which it has for itself.
    keys: Conn,
    /// Against other processes that write here.
    turns: Option<Turns>,
    jobs: mpsc::Receiver<Message>,
    /// The last batch found the disk full.
    is_full: bool,
}

impl Writer {
    async fn run(mut self) {
        let (mut messages, mut waiting) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let mut closed = None;
        while closed.is_none() && self.jobs.recv_many(&mut messages, BATCH).await > 0 {
            for message in messages.drain(..) {
                match message {
                    Message::Unit(job) => waiting.push(job),
                    Message::ExpectMuch(much) => self.expect(much),
                    Message::Close(sender) => closed = Some(sender),
                }
            }
            if !waiting.is_empty() {
                self.batch(&mut waiting).await;
            }
        }
        // The last connection to a file works its log in. The records' connection reads the keys file only,
        // so it goes first.
        let Self { tx, keys, .. } = self;
        drop(tx);
        drop(keys);
        if let Some(closed) = closed {
            let _ = closed.send(());
        }
    }

    fn expect(&mut self, much: bool) {
        let sql = if much { EXPECT_MUCH } else { EXPECT_LITTLE };
        if let Err(error) = command(&mut self.tx.conn, sql) {
            tracing::warn!(%error, "log and cache could not be set");
        }
    }

    /// Runs the waiting units and commits them together.
    async fn batch(&mut self, waiting: &mut Vec<Job>) {
        // The log of changes would take what space there is again. Worked in, it is written over instead.
        if self.is_full {
            self.is_full = command(&mut self.tx.conn, "PRAGMA wal_checkpoint(PASSIVE)").is_err();
        }
        let mut done: Vec<Finish> = Vec::with_capacity(waiting.len());
        // Until the batch is committed. Who is answered may write the next at once.
        let turns = self.turns.take();
        let turn = turns.as_ref().map(Turns::take);
        let mut outcome = self.run_units(waiting, &mut done).await;
        if outcome.is_ok() && !done.is_empty() {
            outcome = self.commit().await;
        } else {
            let _ = command(&mut self.tx.conn, "ROLLBACK");
        }
        drop(turn);
        self.turns = turns;
        // Only a key that is in the file may be used after the batch.
        let keys = std::mem::take(&mut self.tx.batch_keys);
        if let Err(error) = &outcome {
            tracing::error!(%error, "a batch of writes was rolled back");
            self.is_full = matches!(error, StoreError::Unwritable(_));
        } else {
            // One that was only wrapped anew may have been destroyed meanwhile: whoever needs it reads it.
            let new = keys.into_iter().filter(|(_, key)| !key.rewrapped);
            new.for_each(|(owner, key)| self.tx.vault.cache(owner, key.key));
        }
        for finish in done {
            finish(outcome.as_ref().map(drop).map_err(StoreError::copy));
        }
    }

    /// Runs the waiting units, a savepoint each, so that one that fails leaves the others as they are. A unit
    /// alone needs none: beneath an open savepoint SQLite keeps the old contents of every page that changes,
    /// and of a large unit that is a fifth of the work.
    async fn run_units(&mut self, waiting: &mut Vec<Job>, done: &mut Vec<Finish>) -> Result<(), StoreError> {
        let alone = waiting.len() == 1;
        let mut outcome = command(&mut self.tx.conn, "BEGIN IMMEDIATE");
        for job in waiting.drain(..) {
            // A full disk ends the transaction. Whoever is still to come is told so.
            match &outcome {
                Ok(()) => outcome = self.run_unit(job, alone, done).await,
                Err(error) => drop(job(Err(error.copy())).await),
            }
        }
        outcome
    }

    /// Runs a unit. An error says that the transaction is lost, and with it the units before.
    async fn run_unit(&mut self, job: Job, alone: bool, done: &mut Vec<Finish>) -> Result<(), StoreError> {
        self.tx.reset();
        if !alone && let Err(error) = command(&mut self.tx.conn, "SAVEPOINT unit") {
            job(Err(error.copy())).await;
            return Err(error);
        }
        // A panic in one unit must not take the writer from all others.
        match AssertUnwindSafe(job(Ok(&mut self.tx))).catch_unwind().await {
            Ok(Some(finish)) => {
                // It is answered with the batch, whatever comes of that.
                done.push(finish);
                let new = std::mem::take(&mut self.tx.new_keys);
                self.tx.batch_keys.extend(new);
            }
            // With nothing done, the whole batch is rolled back.
            Ok(None) | Err(_) if alone => {}
            Ok(None) | Err(_) => command(&mut self.tx.conn, "ROLLBACK TO unit")?,
        }
        if !alone {
            command(&mut self.tx.conn, "RELEASE unit")?;
        }
        Ok(())
    }

    /// Takes back the new keys that were committed for records that then were not: nothing is sealed under them,
    /// and a repeated unit could not make them again. A crash just here leaves a key that harms nobody.
    async fn forget_keys(&mut self) {
        for (owner, _) in self.tx.batch_keys.iter().filter(|(_, key)| !key.rewrapped) {
            if let Err(error) = self.keys.execute(keys::FORGET, args![*owner]).await {
                tracing::error!(%error, "an unused data key could not be removed");
            }
        }
    }

    async fn write_keys(&mut self) -> Result<(), StoreError> {
        command(&mut self.keys, "BEGIN IMMEDIATE")?;
        let mut outcome = keys::write(&mut self.keys, self.tx.batch_keys.iter()).await;
        if outcome.is_ok() {
            outcome = command(&mut self.keys, "COMMIT");
        }
        if outcome.is_err() {
            let _ = command(&mut self.keys, "ROLLBACK");
        }
        outcome
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        if !self.tx.batch_keys.is_empty()
            && let Err(error) = self.write_keys().await
        {
            let _ = command(&mut self.tx.conn, "ROLLBACK");
            return Err(error);
        }
        let outcome = command(&mut self.tx.conn, "COMMIT");
        if outcome.is_err() {
            self.forget_keys().await;
            let _ = command(&mut self.tx.conn, "ROLLBACK");
        }
        outcome
    }
}
