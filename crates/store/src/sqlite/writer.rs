//! The one writer, which commits waiting units together.

use std::{panic::AssertUnwindSafe, path::Path, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::{mpsc, oneshot};

use super::turn::{Commits, Turns};
use super::{
    EXPECT_LITTLE, EXPECT_MUCH, SETTINGS,
    driver::{Driver, Wanted},
    migrate,
    readers::{Connection, Readers},
    records,
};
use crate::{
    Conn, StoreError, Tx,
    conn::Engine,
    keys::{self, Vault},
    migrations,
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

/// The embedded engine, opened.
pub(crate) struct Opened {
    pub(crate) readers: Arc<Readers>,
    /// The way to the writer.
    pub(crate) writer: mpsc::Sender<Message>,
    /// What is committed by whatever process; none where that cannot be counted.
    pub(crate) commits: Option<Arc<Commits>>,
}

/// Opens `hefu.db` and `keys.db` in `dir`.
pub(crate) fn open(dir: &Path, vault: Arc<Vault>) -> Result<Opened, StoreError> {
    let keys = Driver::open(&dir.join("keys.db"), SETTINGS)?;
    migrate::run(&keys, &migrations::sqlite_keys())?;
    let mut is_named = false;
    keys.query("SELECT id FROM key_store", &[], |_| {
        is_named = true;
        Ok(Wanted::NoMore)
    })?;
    if !is_named {
        let id: uuid::Uuid = vault.ids.id();
        keys.execute(
            "naming the store of keys",
            keys::NAME_STORE[0].0,
            &[crate::value::Field::to_value(&id)],
        )?;
    }
    let writer = records(dir, EXPECT_LITTLE)?;
    migrate::run(&writer, &migrations::sqlite())?;

    let own = |driver| Conn(Engine::Sqlite(Connection::own(driver)));
    let (sender, jobs) = mpsc::channel(4_096);
    let (tx, keys, turns) = (Tx::new(own(writer), vault), own(keys), Turns::of(dir));
    let commits = turns.as_ref().map(Turns::commits);
    let writer = Writer { tx, keys, turns, jobs, is_full: false };
    // A thread of its own: a unit never waits for anything but SQLite, and whoever else has to be served must not
    // wait for a large one.
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("hefu-writer".into())
        .spawn(move || runtime.block_on(writer.run()))
        .map_err(|source| StoreError::Io { path: dir.display().to_string(), source })?;
    Ok(Opened { readers: Arc::new(Readers::new(dir.to_owned())), writer: sender, commits })
}

fn command(conn: &mut Conn, sql: &'static str) -> Result<(), StoreError> {
    let Engine::Sqlite(conn) = &mut conn.0 else { return Err(StoreError::Closed) };
    conn.driver()?.short_command(sql, sql)
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
        let Engine::Sqlite(conn) = &mut self.tx.conn.0 else { return };
        let outcome = conn.driver().and_then(|driver| driver.command("setting log and cache", sql));
        if let Err(error) = outcome {
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
            if let (Ok(()), Some(turn)) = (&outcome, &turn) {
                turn.committed();
            }
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
            let new = keys.into_iter().filter(|(_, key)| key.rewrapped.is_none());
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
        for (owner, _) in self.tx.batch_keys.iter().filter(|(_, key)| key.rewrapped.is_none()) {
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
