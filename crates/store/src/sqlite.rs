//! The embedded engine: many readers, one writer that commits waiting units together.

use std::{panic::AssertUnwindSafe, path::Path, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, future::BoxFuture};
use sqlx::{
    ConnectOptions as _, Executor as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Conn, StoreError, Tx,
    conn::Engine,
    keys::{self, Vault},
    value::args,
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

/// After how many pages of 4 KiB the log is worked in.
const LOG_PAGES: &str = "16384";
/// Pages the writer keeps in memory, KiB (negative, as SQLite wants it).
const CACHE: &str = "-65536";
/// Both while a history comes in. Its search tokens touch pages all over their index, most of them again in the next batch: with the
/// index in memory they are not read again, and the longer the log, the fewer of them are worked in twice.
const LOG_PAGES_OF_MANY: &str = "65536";
const CACHE_OF_MANY: &str = "-393216";

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        .statement_cache_capacity(512)
        .pragma("temp_store", "memory")
        // KiB, of each connection. Nothing is mapped into memory: it would count as the process's, once for each connection.
        .pragma("cache_size", "-16384")
        .pragma("wal_autocheckpoint", LOG_PAGES)
        // A log that had to grow is cut back, bytes.
        .pragma("journal_size_limit", "134217728")
        .disable_statement_logging()
}

/// A path within a URI filename (sqlite.org/uri.html).
fn uri_path(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.to_string_lossy().bytes().map(encode).collect()
}

/// Opens `hefu.db` and `keys.db` in `dir`; answers the readers and the way to the writer.
pub(crate) async fn open(
    dir: &Path,
    vault: Arc<Vault>,
) -> Result<(SqlitePool, mpsc::Sender<Message>), StoreError> {
    let failed = |source| StoreError::from_sqlx("opening the database", source);
    let keys_file = dir.join("keys.db");
    let key_writers = SqlitePoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options(&keys_file))
        .await
        .map_err(failed)?;
    sqlx::migrate!("../../migrations/sqlite-keys").run(&key_writers).await?;

    // Read-only, because `BEGIN IMMEDIATE` locks every attached file that can be written, and new keys
    // are written through a connection of their own while the batch is open.
    let attach = format!("ATTACH DATABASE 'file:{}?mode=ro' AS keys", uri_path(&keys_file));
    let pool_options = move |most: u32| {
        let attach = attach.clone();
        SqlitePoolOptions::new()
            .max_connections(most)
            .min_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .after_connect(move |conn, _| {
                let attach = attach.clone();
                Box::pin(async move { conn.execute(sqlx::AssertSqlSafe(attach)).await.map(drop) })
            })
    };
    let of_writer = options(&dir.join("hefu.db")).pragma("cache_size", CACHE);
    let writers = pool_options(1).connect_with(of_writer).await.map_err(failed)?;
    sqlx::migrate!("../../migrations/sqlite").run(&writers).await?;
    let readers = pool_options(8)
        .connect_with(options(&dir.join("hefu.db")).pragma("query_only", "on"))
        .await
        .map_err(failed)?;

    let conn = writers.acquire().await.map_err(failed)?;
    let (sender, jobs) = mpsc::channel(4_096);
    let tx = Tx::new(Conn(Engine::Sqlite(conn)), vault);
    let keys = Conn(Engine::Sqlite(key_writers.acquire().await.map_err(failed)?));
    tokio::spawn(Writer { tx, keys, pools: [writers, key_writers], jobs, is_full: false }.run());
    Ok((readers, sender))
}

async fn command(conn: &mut Conn, sql: &'static str) -> Result<(), StoreError> {
    let Engine::Sqlite(conn) = &mut conn.0 else { return Err(StoreError::Closed) };
    conn.execute(sql).await.map(drop).map_err(|e| StoreError::from_sqlx(sql, e))
}

struct Writer {
    tx: Tx,
    /// Where the two connections came from, to be closed with them.
    pools: [SqlitePool; 2],
    /// To the file of the keys, which it has for itself.
    keys: Conn,
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
                    Message::ExpectMuch(much) => self.expect(much).await,
                    Message::Close(sender) => closed = Some(sender),
                }
            }
            if !waiting.is_empty() {
                self.batch(&mut waiting).await;
            }
        }
        let _ = command(&mut self.tx.conn, "PRAGMA optimize").await;
        // The last connection to a file works its log in. The records' connection reads the keys file only,
        // so it goes first.
        let Self { tx, keys, pools: [records, of_keys], .. } = self;
        drop(tx);
        records.close().await;
        drop(keys);
        of_keys.close().await;
        if let Some(closed) = closed {
            let _ = closed.send(());
        }
    }

    async fn expect(&mut self, much: bool) {
        let (pages, cache) = if much { (LOG_PAGES_OF_MANY, CACHE_OF_MANY) } else { (LOG_PAGES, CACHE) };
        let Engine::Sqlite(conn) = &mut self.tx.conn.0 else { return };
        let pragma = format!("PRAGMA wal_autocheckpoint = {pages}; PRAGMA cache_size = {cache}");
        let pragma = sqlx::AssertSqlSafe(pragma);
        if let Err(error) = conn.execute(pragma).await {
            tracing::warn!(%error, "log and cache could not be set");
        }
    }

    /// Runs the waiting units and commits them together.
    async fn batch(&mut self, waiting: &mut Vec<Job>) {
        // The log of changes would take what space there is again. Worked in, it is written over instead.
        if self.is_full {
            self.is_full = command(&mut self.tx.conn, "PRAGMA wal_checkpoint(PASSIVE)").await.is_err();
        }
        let mut done: Vec<Finish> = Vec::with_capacity(waiting.len());
        let mut outcome = self.run_units(waiting, &mut done).await;
        if outcome.is_ok() && !done.is_empty() {
            outcome = self.commit().await;
        } else {
            let _ = command(&mut self.tx.conn, "ROLLBACK").await;
        }
        // Only a key that is in the file may be used after the batch.
        let keys = std::mem::take(&mut self.tx.batch_keys);
        if let Err(error) = &outcome {
            tracing::error!(%error, "a batch of writes was rolled back");
            self.is_full = matches!(error, StoreError::Unwritable(_));
        } else {
            // One that was only wrapped anew may have been destroyed meanwhile: whoever needs it reads it.
            let new = keys.into_iter().filter(|(_, key)| !key.rewrapped);
            new.for_each(|(owner, key)| self.tx.vault.keep(owner, key.key));
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
        let mut outcome = command(&mut self.tx.conn, "BEGIN IMMEDIATE").await;
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
        if !alone && let Err(error) = command(&mut self.tx.conn, "SAVEPOINT unit").await {
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
            Ok(None) | Err(_) => command(&mut self.tx.conn, "ROLLBACK TO unit").await?,
        }
        if !alone {
            command(&mut self.tx.conn, "RELEASE unit").await?;
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
        command(&mut self.keys, "BEGIN IMMEDIATE").await?;
        let mut outcome = keys::write(&mut self.keys, self.tx.batch_keys.iter()).await;
        if outcome.is_ok() {
            outcome = command(&mut self.keys, "COMMIT").await;
        }
        if outcome.is_err() {
            let _ = command(&mut self.keys, "ROLLBACK").await;
        }
        outcome
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        if !self.tx.batch_keys.is_empty()
            && let Err(error) = self.write_keys().await
        {
            let _ = command(&mut self.tx.conn, "ROLLBACK").await;
            return Err(error);
        }
        let outcome = command(&mut self.tx.conn, "COMMIT").await;
        if outcome.is_err() {
            self.forget_keys().await;
            let _ = command(&mut self.tx.conn, "ROLLBACK").await;
        }
        outcome
    }
}
