//! The store: where it is, how to read it, and the one door for writes.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use hefu_crypto::KeyRing;
use hefu_domain::ids::VisitId;
use hefu_kernel::Ids;
use sqlx::PgPool;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use uuid::Uuid;

use crate::{
    Conn, Generations, StoreError, Tx,
    binding::{self, Found},
    conn::Engine,
    copy::RecordsCopy,
    keys::Vault,
    migrations,
    postgres::{self, CONNECTIONS, RESTED},
    postgres_tools,
    publish_order::{PublishOrder, PublishTurn},
    query,
    sqlite::{self, Commits, Finish, Job, Message, Opened, Readers},
    task::joined,
};

/// Where the records are.
#[derive(Debug, Clone)]
pub enum Location {
    /// The embedded engine, in this directory.
    Embedded(PathBuf),
    /// PostgreSQL, at this URL.
    Postgres(String),
}

/// The records of a chain. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Pools,
    vault: Arc<Vault>,
    changed: broadcast::Sender<Arc<Changed>>,
    jobs: Arc<Notify>,
    generations: Arc<Generations>,
    publish_order: PublishOrder,
    after: Option<Arc<dyn AfterCommit>>,
    location: Location,
}

/// What a committed unit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Visits.
    pub visits: Vec<VisitId>,
    /// Every record: the visits, properties, guests and other subjects of its journal entries.
    pub records: Vec<Uuid>,
}

/// A unit without the type of what it answers.
type Erased<E> = Arc<dyn for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<(), E>> + Send + Sync>;

/// A unit that was committed.
struct Committed {
    changed: Arc<Changed>,
    has_jobs: bool,
    changes_rights: bool,
    telling: PublishTurn,
}

/// What is told of every committed change before the change is acknowledged.
pub trait AfterCommit: Send + Sync {
    /// These records changed.
    fn changed<'a>(&'a self, ids: &'a [Uuid]) -> BoxFuture<'a, ()>;
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.engine_name())
    }
}

#[derive(Clone)]
enum Pools {
    Sqlite { readers: Arc<Readers>, writer: mpsc::Sender<Message>, commits: Option<Arc<Commits>> },
    Pg(PgPool),
}

/// An error of a use case that may be a failure of the store: the write door tries again on conflicts.
pub trait WriteError: From<StoreError> + Send + 'static {
    /// Whether another try may succeed because somebody else was quicker this time.
    fn is_conflict(&self) -> bool;
}

impl WriteError for StoreError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            // Made by somebody else at the same time: the next try finds it.
            Self::Duplicate { table } => matches!(table.as_str(), "data_key" | "guest_pair"),
            _ => false,
        }
    }
}

/// How often a unit is tried before its conflict is reported.
const TRIES: u32 = 12;
impl Store {
    /// Opens the records at `location`, creating what is missing and applying migrations.
    ///
    /// # Errors
    /// [`StoreError::Keys`] where the records are not under the vault's key ring, or the data keys are not theirs; nothing is written then. The
    /// place cannot be reached or written, or a migration fails.
    pub async fn open(location: &Location, vault: Vault) -> Result<Self, StoreError> {
        let vault = Arc::new(vault);
        let engine = match location {
            Location::Embedded(dir) => {
                Found::by(&mut look_into(dir)?).await?.check(&vault.ring(), vault.accepts_loss())?;
                std::fs::create_dir_all(dir)
                    .map_err(|source| StoreError::Io { path: dir.display().to_string(), source })?;
                let Opened { readers, writer, commits } = sqlite::open(dir, vault.clone())?;
                Pools::Sqlite { readers, writer, commits }
            }
            Location::Postgres(url) => {
                let pool = postgres::connect(url).await?;
                look(&pool).await?.check(&vault.ring(), vault.accepts_loss())?;
                migrations::postgres().run(&pool).await?;
                Pools::Pg(pool)
            }
        };
        let store = Self {
            engine,
            vault,
            changed: broadcast::channel(256).0,
            jobs: Arc::default(),
            generations: Arc::default(),
            publish_order: PublishOrder::default(),
            after: None,
            location: location.clone(),
        };
        store.bind(store.vault.ring()).await?;
        Ok(store)
    }

    /// Whether anything was ever recorded at `location`. Nothing is made there.
    ///
    /// # Errors
    /// The place cannot be reached or read.
    pub async fn is_used(location: &Location) -> Result<bool, StoreError> {
        let found = match location {
            Location::Embedded(dir) => Found::by(&mut look_into(dir)?).await?,
            Location::Postgres(url) => look(&postgres::connect(url).await?).await?,
        };
        Ok(found.is_used())
    }

    /// Works with another key ring from now on: the same with more versions, or with fewer that are searched.
    ///
    /// # Errors
    /// [`StoreError::Keys`] where the records are under other keys; the ring stays as it was then. The database fails.
    pub async fn use_ring(&self, ring: KeyRing) -> Result<(), StoreError> {
        let ring = Arc::new(ring);
        self.bind(ring.clone()).await?;
        self.vault.replace_ring(ring);
        Ok(())
    }

    /// Sees to it that the records are under `ring` before it is used, and writes down what is new in it.
    ///
    /// # Errors
    /// [`StoreError::Keys`] where they are under other keys; nothing is written then. The database fails.
    async fn bind(&self, ring: Arc<KeyRing>) -> Result<(), StoreError> {
        let mut conn = self.read().await?;
        let found = Found::by(&mut conn).await?;
        found.check(&ring, self.vault().accepts_loss())?;
        if found.is_bound_to(&ring) {
            return Ok(());
        }
        drop(conn);
        let new = ring.clone();
        self.write(move |tx| {
            let new = new.clone();
            Box::pin(async move { binding::bind(tx, &new).await })
        })
        .await?;
        Found::by(&mut self.read().await?).await?.check(&ring, self.vault().accepts_loss())?;
        Ok(())
    }

    /// The same records; `after` is told of every change that is made through the answered store and its clones.
    #[must_use]
    pub fn telling(mut self, after: Arc<dyn AfterCommit>) -> Self {
        self.after = Some(after);
        self
    }

    /// `sqlite` or `postgres`.
    pub const fn engine_name(&self) -> &'static str {
        match self.engine {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Pg(_) => "postgres",
        }
    }

    /// Keys, ids and randomness.
    pub const fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// Makes identifiers.
    pub fn ids(&self) -> &Ids {
        &self.vault.ids
    }

    /// What every committed unit changes from now on, as they are committed: for what is kept in memory. Who must miss nothing follows the
    /// journal ([`query::cursor`]).
    pub fn changes(&self) -> broadcast::Receiver<Arc<Changed>> {
        self.changed.subscribe()
    }

    /// Wakes whoever waits for jobs in this process. Only a hint: what other processes enqueue wakes nobody here, so look now and then, too.
    pub fn jobs_enqueued(&self) -> Arc<Notify> {
        self.jobs.clone()
    }

    /// What has changed since when, for caches.
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// Notes it if other processes have changed something since this was asked last, up to a tenth of a second ago: nothing that is kept in memory is used any
    /// more then. Where several servers share a database nothing is noted: what is kept there has an end of its own.
    pub fn notices_others(&self) {
        if let Pools::Sqlite { commits: Some(commits), .. } = &self.engine
            && commits.others_have_written()
        {
            self.generations.all_changed();
        }
    }

    /// Whether whatever changes is noticed, by whichever process: what is kept needs no other end then.
    pub const fn notices_all(&self) -> bool {
        matches!(self.engine, Pools::Sqlite { commits: Some(_), .. })
    }

    /// For how long what was read about somebody's rights can be used, from before it was read on; none: until this process changes something about them,
    /// since no other does. A unit that changes somebody's rights is answered after as long, so that whatever is asked after its answer, of whichever
    /// server, is decided by the new rights.
    pub const fn rights_kept(&self) -> Option<Duration> {
        match self.engine {
            Pools::Sqlite { .. } => None,
            Pools::Pg(_) => Some(Duration::from_millis(100)),
        }
    }

    /// Notes that other processes have changed these records, so that what is kept of them in memory is not used any more.
    pub fn changed_elsewhere(&self, ids: &[Uuid]) {
        self.generations.changed(ids);
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// None is free for long, or the database cannot be reached.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        let failed = |source| StoreError::from_sqlx("getting a connection", source);
        Ok(Conn(match &self.engine {
            Pools::Sqlite { readers, .. } => Engine::Sqlite(readers.acquire().await?),
            Pools::Pg(pool) => Engine::Pg(pool.acquire().await.map_err(failed)?),
        }))
    }

    /// A connection to read with that sees everything as it is now, however long it reads.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn snapshot(&self) -> Result<Conn, StoreError> {
        let failed = |source| StoreError::from_sqlx("beginning to read", source);
        Ok(Conn(match &self.engine {
            Pools::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await?;
                connection.begin_snapshot()?;
                Engine::Sqlite(connection)
            }
            Pools::Pg(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Engine::PgTx(pool.begin_with(begin).await.map_err(failed)?)
            }
        }))
    }

    /// A copy of everything as of one moment, taken while others write. It is streamed and needs no space of its own.
    ///
    /// # Errors
    /// The database fails, or PostgreSQL's own tools are missing or too old.
    pub async fn copy(&self) -> Result<RecordsCopy, StoreError> {
        match &self.location {
            Location::Embedded(dir) => {
                let dir = dir.clone();
                // It may block for its turn.
                let files = tokio::task::spawn_blocking(move || sqlite::at_one_moment(&dir)).await;
                Ok(RecordsCopy::of(joined(files)??))
            }
            Location::Postgres(url) => {
                postgres_tools::dump(url, &postgres::options(url)?, self.snapshot().await?).await
            }
        }
    }

    /// Whether very much is going to be written by one who is not in a hurry for each unit: the embedded engine then keeps a
    /// longer log, and maps nothing into memory.
    pub async fn expect_much(&self, much: bool) {
        if let Pools::Sqlite { writer, readers, .. } = &self.engine {
            readers.map(!much);
            // A writer that has gone needs to expect nothing.
            let _ = writer.send(Message::ExpectMuch(much)).await;
        }
    }

    /// Makes ready for searches: the embedded engine reads once what they read, so that the first of them do not wait for the disk page by
    /// page (seconds for a million guests, on a thread of its own). PostgreSQL, whose cache outlives this process, plans their statements
    /// on every connection, which otherwise happens just when so many ask at once that another connection is needed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn warm(&self) -> Result<(), StoreError> {
        match &self.engine {
            Pools::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await?;
                joined(tokio::task::spawn_blocking(move || sqlite::warm(&mut connection)).await)?
            }
            Pools::Pg(_) => {
                // Each is held until all are ready, else the first would be given out again; unless somebody needs them now.
                let mut ready = Vec::new();
                for _ in 0..CONNECTIONS {
                    let Ok(conn) = tokio::time::timeout(RESTED, self.read()).await else { break };
                    let mut conn = conn?;
                    query::rehearse(&mut conn, &self.vault).await?;
                    ready.push(conn);
                }
                Ok(())
            }
        }
    }

    /// Has the server count its records anew, after they have become many more. PostgreSQL keeps the plans it
    /// made of its statements until then, and one made over an empty table reads all of it. The embedded
    /// engine plans by statistics that were written down once, whatever there is.
    ///
    /// # Errors
    /// The database fails.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        self.maintain("ANALYZE").await
    }

    /// The same once very much has been written, and has PostgreSQL note which pages everybody can see: without that it looks every
    /// guest of a search token up in the table, and begins to maintain up by itself when the desks are at work.
    ///
    /// # Errors
    /// The database fails.
    pub async fn vacuum(&self) -> Result<(), StoreError> {
        self.maintain("VACUUM (ANALYZE)").await
    }

    /// The same for the journal alone, after very many entries were given their places: what they looked like before would be passed by
    /// whoever looks for entries without one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn vacuum_journal(&self) -> Result<(), StoreError> {
        self.maintain("VACUUM (ANALYZE) journal").await
    }

    async fn maintain(&self, sql: &'static str) -> Result<(), StoreError> {
        let Pools::Pg(pool) = &self.engine else { return Ok(()) };
        let failed = |source| StoreError::from_sqlx(sql, source);
        sqlx::raw_sql(sql).execute(pool).await.map(drop).map_err(failed)
    }

    /// Runs `unit` wholly or not at all; answers after the commit that holds it, and goes on when nobody waits for the answer any
    /// more. The unit may be run more than once (PostgreSQL asks for it on conflicts), so it must not do anything but write.
    ///
    /// # Errors
    /// What the unit answers, or why it could not be committed.
    pub async fn write<T, E, F>(&self, unit: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: WriteError,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        let answered = answer.clone();
        // What a unit answers is passed beside it, so that all of the rest is compiled once and not for each of hundreds of units.
        let unit: Erased<E> = Arc::new(move |tx: &mut Tx| {
            let (answered, unit) = (answered.clone(), unit(tx));
            Box::pin(async move {
                let value = unit.await?;
                *answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            })
        });
        let store = self.clone();
        // Whoever asks may go away at any moment (a client hangs up); what is committed is told of all the same.
        joined(tokio::spawn(store.write_and_publish(unit)).await)??;
        let value = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| E::from(StoreError::Closed))
    }

    async fn write_and_publish<E: WriteError>(self, unit: Erased<E>) -> Result<(), E> {
        let mut tries = 1;
        loop {
            let outcome = match &self.engine {
                Pools::Sqlite { writer, .. } => self.write_sqlite(writer, unit.clone()).await,
                Pools::Pg(pool) => self.write_pg(pool, &unit).await,
            };
            match outcome {
                Ok(Committed { changed, changes_rights, telling, .. }) => {
                    if changed.records.is_empty() {
                        // A repetition, perhaps, that has found the answer of a unit which is not yet told of: what that changed must not be
                        // read as it was before by whoever gets this answer.
                        telling.turn().await;
                    } else if let Some(after) = &self.after {
                        after.changed(&changed.records).await;
                        // Whoever read between the commit and this may have been answered from what is shared, as it was before, and keeps
                        // that under the generations of after the commit. They move once more.
                        self.generations.changed(&changed.records);
                    }
                    if changes_rights && let Some(kept) = self.rights_kept() {
                        // Other servers know it by then.
                        tokio::time::sleep(kept).await;
                    }
                    return Ok(());
                }
                Err(error) if error.is_conflict() && tries < TRIES => {
                    // Longer and longer, and never two in step.
                    let most = 2u64 << tries.min(7);
                    tokio::time::sleep(Duration::from_millis(self.vault.rng.next_u64() % most)).await;
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn write_sqlite<E: WriteError>(
        &self,
        writer: &mpsc::Sender<Message>,
        unit: Erased<E>,
    ) -> Result<Committed, E> {
        let (answer, answered) = oneshot::channel::<Result<Committed, E>>();
        let store = self.clone();
        let job: Job = Box::new(move |tx| {
            Box::pin(async move {
                let outcome = match tx {
                    Ok(tx) => match unit(tx).await {
                        Ok(()) => match tx.finish().await {
                            Ok(()) => Ok(store.committing(tx)),
                            Err(error) => Err(E::from(error)),
                        },
                        Err(error) => Err(error),
                    },
                    Err(error) => Err(E::from(error)),
                };
                match outcome {
                    Ok(unit) => {
                        let finish: Finish = Box::new(move |committed| {
                            if committed.is_ok() {
                                store.announce(&unit.changed, unit.has_jobs);
                            }
                            let _ = answer.send(committed.map(|()| unit).map_err(E::from));
                        });
                        Some(finish)
                    }
                    Err(error) => {
                        let _ = answer.send(Err(error));
                        None
                    }
                }
            })
        });
        writer.send(Message::Unit(job)).await.map_err(|_| E::from(StoreError::Closed))?;
        answered.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// A unit that is about to be committed.
    fn committing(&self, tx: &mut Tx) -> Committed {
        let (visits, records) = (std::mem::take(&mut tx.visits), std::mem::take(&mut tx.changed));
        Committed {
            changed: Arc::new(Changed { visits, records }),
            has_jobs: tx.has_jobs,
            changes_rights: tx.changes_rights,
            telling: self.publish_order.begin(),
        }
    }

    /// Tells those in this process who follow changes of one that was committed.
    fn announce(&self, changed: &Arc<Changed>, has_jobs: bool) {
        if has_jobs {
            self.jobs.notify_waiters();
        }
        if !changed.records.is_empty() {
            self.generations.changed(&changed.records);
            // Nobody may be following.
            let _ = self.changed.send(changed.clone());
        }
    }

    async fn write_pg<E: WriteError>(&self, pool: &PgPool, unit: &Erased<E>) -> Result<Committed, E> {
        let failed = |op| move |source| E::from(StoreError::from_sqlx(op, source));
        let conn = Conn(Engine::PgTx(pool.begin().await.map_err(failed("beginning a unit"))?));
        let mut tx = Tx::new(conn, self.vault.clone());
        unit(&mut tx).await?;
        tx.finish().await?;
        let committed = self.committing(&mut tx);
        let Tx { conn: Conn(Engine::PgTx(open)), new_keys, .. } = tx else {
            return Err(StoreError::Closed.into());
        };
        open.commit().await.map_err(failed("committing a unit"))?;
        self.announce(&committed.changed, committed.has_jobs);
        // A key that was only wrapped anew may have been destroyed meanwhile: whoever needs it reads it.
        for (owner, key) in new_keys.into_iter().filter(|(_, key)| key.rewrapped.is_none()) {
            self.vault.cache(owner, key.key);
        }
        Ok(committed)
    }

    /// Waits until every accepted unit is committed and closes the connections, also for every other clone.
    pub async fn close(&self) {
        match &self.engine {
            Pools::Sqlite { readers, writer, .. } => {
                readers.close().await;
                // The writer takes what it is sent in its order, so every unit before this is done.
                let (closed, is_closed) = oneshot::channel();
                if writer.send(Message::Close(closed)).await.is_ok() {
                    let _ = is_closed.await;
                }
            }
            Pools::Pg(pool) => pool.close().await,
        }
    }
}

/// A connection that sees what is in a directory, and makes nothing there.
fn look_into(dir: &Path) -> Result<Conn, StoreError> {
    Ok(Conn(Engine::Sqlite(sqlite::look(dir)?)))
}

async fn look(pool: &PgPool) -> Result<Found, StoreError> {
    let failed = |source| StoreError::from_sqlx("getting a connection", source);
    Found::by(&mut Conn(Engine::Pg(pool.acquire().await.map_err(failed)?))).await
}
