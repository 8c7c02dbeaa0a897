//! What tests share: a store of their own on either engine, and a clock that stands still.
#![expect(clippy::unwrap_used, reason = "a test without its database must fail, saying why")]

mod postgres;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{FixedClock, Ids, Rng as _};
use hefu_store::{Location, Store, Vault};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
    SqliteConnection, sqlite::SqliteConnectOptions,
};

/// A row as it lay in the database, each column as an SQL literal.
#[derive(Debug, Clone)]
pub struct KeptRow {
    /// The table.
    pub table: String,
    /// Its columns in order, and what they held.
    pub columns: Vec<(String, String)>,
}

impl KeptRow {
    /// What a column held.
    ///
    /// # Panics
    /// The table has no such column.
    pub fn literal(&self, column: &str) -> &str {
        &self.columns.iter().find(|(name, _)| name == column).unwrap().1
    }

    /// The statement that writes the row again.
    pub fn insert(&self, db: &TestDb) -> String {
        let (names, literals): (Vec<String>, Vec<&str>) =
            self.columns.iter().map(|(name, literal)| (format!("\"{name}\""), literal.as_str())).unzip();
        // One column numbers itself.
        let own = if db.store.engine_name() == "postgres" { "OVERRIDING SYSTEM VALUE" } else { "" };
        format!("INSERT INTO {} ({}) {own} VALUES ({})", self.table, names.join(", "), literals.join(", "))
    }
}

/// A store that one test has for itself. What it keeps outside the process goes when it is dropped.
#[derive(Debug)]
pub struct TestDb {
    /// The store.
    pub store: Store,
    /// The clock of its ids; it stands at 2026-10-03T08:00:00Z until it is moved.
    pub clock: Arc<FixedClock>,
    /// Where the records are.
    pub location: Location,
    /// The connection behind Hefu's back that was used last.
    behind: Mutex<Option<PgConnection>>,
    // After the store, so that the store is gone when its place is.
    place: Place,
}

impl TestDb {
    /// A store of the embedded engine.
    ///
    /// # Panics
    /// The temporary directory cannot be written.
    pub async fn sqlite() -> Self {
        let place = Place::new(None);
        let location = Location::Embedded(place.dir.join("records"));
        Self::new(place, location).await
    }

    /// A store in PostgreSQL, at the server of `HEFU_TEST_POSTGRES` or the local one.
    ///
    /// # Panics
    /// The server cannot be reached: tests over PostgreSQL are never skipped.
    pub async fn postgres() -> Self {
        let database = postgres::create().await;
        let location = Location::Postgres(postgres::url_of(&database));
        Self::new(Place::new(Some(database)), location).await
    }

    async fn new(place: Place, location: Location) -> Self {
        KeyRing::create(&place.key_file(), &OsRng).unwrap();
        let clock = Arc::new(FixedClock::at("2026-10-03T08:00:00Z".parse().unwrap()));
        Self::open(place, location, clock).await
    }

    async fn open(place: Place, location: Location, clock: Arc<FixedClock>) -> Self {
        let store = open(&place, &location, clock.clone()).await;
        Self { store, clock, location, behind: Mutex::default(), place }
    }

    /// Another store over the same records, as another server has it: they share nothing but the database.
    ///
    /// # Panics
    /// It cannot be opened.
    pub async fn another_store(&self) -> Store {
        self.try_another_store().await.unwrap()
    }

    /// The same; it may be refused.
    ///
    /// # Errors
    /// What is there is not to be opened.
    pub async fn try_another_store(&self) -> Result<Store, hefu_store::StoreError> {
        try_open(&self.place, &self.location, self.clock.clone()).await
    }

    /// Closes the store and opens it at the same place, with the key ring of the key file: what is
    /// found then was kept.
    ///
    /// # Panics
    /// It cannot be opened again.
    pub async fn reopen(self) -> Self {
        let Self { store, clock, location, behind: _, place } = self;
        store.close().await;
        Self::open(place, location, clock).await
    }

    /// Runs SQL behind Hefu's back, as somebody would who got at the database.
    ///
    /// # Panics
    /// The database does not take it.
    pub async fn tamper(&self, sql: &str) {
        self.attempt(sql).await.unwrap();
    }

    /// The same; the database may refuse it, and nothing is changed then.
    ///
    /// # Errors
    /// The database does not take it.
    ///
    /// # Panics
    /// The database cannot be reached.
    pub async fn attempt(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Embedded(dir) => {
                let mut connection = self.behind_sqlite(dir).await;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                connection.close().await.unwrap();
                done.map(drop)
            }
            Location::Postgres(url) => {
                let mut connection = self.behind_postgres(url).await;
                // As a superuser: keys to other tables do not stop who owns the database.
                connection.execute("SET session_replication_role = replica").await.unwrap();
                match sqlx::raw_sql(sql).execute(&mut connection).await {
                    Ok(_) => {
                        // The next one finds a connection as if it were a new one.
                        connection.execute("DISCARD ALL").await.unwrap();
                        self.keep(connection);
                        Ok(())
                    }
                    Err(refused) => {
                        connection.close().await.unwrap();
                        Err(refused)
                    }
                }
            }
        }
    }

    /// Rows of a table as they lie in the database, to be written again by SQL.
    ///
    /// # Panics
    /// The database does not take it.
    pub async fn rows(&self, table: &str, condition: &str) -> Vec<KeptRow> {
        let (schema, name) = table.split_once('.').unwrap_or(("main", table));
        let columns = match &self.location {
            Location::Embedded(_) => {
                format!("SELECT name FROM pragma_table_info('{name}', '{schema}') ORDER BY cid")
            }
            Location::Postgres(_) => format!(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0
                AND NOT attisdropped ORDER BY attnum"
            ),
        };
        let columns: Vec<String> = self.texts(&columns, 1).await.into_iter().flatten().collect();
        let literal = |column: &String| match &self.location {
            Location::Embedded(_) => format!("quote(\"{column}\")"),
            Location::Postgres(_) => {
                format!("coalesce('''' || replace(\"{column}\"::text, '''', '''''') || '''', 'NULL')")
            }
        };
        let literals: Vec<String> = columns.iter().map(literal).collect();
        let sql = format!("SELECT {} FROM {table} WHERE {condition}", literals.join(", "));
        let row = |literals: Vec<String>| KeptRow {
            table: table.to_owned(),
            columns: columns.iter().cloned().zip(literals).collect(),
        };
        self.texts(&sql, columns.len()).await.into_iter().map(row).collect()
    }

    /// Asks the database behind Hefu's back for rows of texts.
    ///
    /// # Panics
    /// The database does not take it.
    pub async fn texts(&self, sql: &str, columns: usize) -> Vec<Vec<String>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Embedded(dir) => {
                let mut connection = self.behind_sqlite(dir).await;
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| (0..columns).map(|at| row.get(at)).collect()).collect()
            }
            Location::Postgres(url) => {
                let mut connection = self.behind_postgres(url).await;
                // Not prepared for another time: by then the tables may be others.
                let rows = sqlx::query(sql).persistent(false).fetch_all(&mut connection).await.unwrap();
                self.keep(connection);
                rows.iter().map(|row| (0..columns).map(|at| row.get(at)).collect()).collect()
            }
        }
    }

    /// What a query answers, seen behind Hefu's back: the first column of every row, bytes.
    ///
    /// # Panics
    /// The database does not take it.
    pub async fn bytes(&self, sql: &str) -> Vec<Vec<u8>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Embedded(dir) => {
                let options = SqliteConnectOptions::new().filename(dir.join("hefu.db")).read_only(true);
                let mut connection = options.connect().await.unwrap();
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
            }
        }
    }

    /// A connection behind Hefu's back: the last one, if it is there and nobody else has it. To make a new one takes PostgreSQL longer than what it is
    /// mostly asked.
    async fn behind_postgres(&self, url: &str) -> PgConnection {
        let kept = self.behind.lock().unwrap().take();
        if let Some(mut kept) = kept
            && kept.ping().await.is_ok()
        {
            return kept;
        }
        PgConnection::connect(url).await.unwrap()
    }

    fn keep(&self, connection: PgConnection) {
        *self.behind.lock().unwrap() = Some(connection);
    }

    /// Nobody is connected behind Hefu's back any more: for what can be done to a database only then.
    async fn leave(&self) {
        let kept = self.behind.lock().unwrap().take();
        if let Some(kept) = kept {
            // It may have been closed from the other side.
            let _ = kept.close().await;
        }
    }

    async fn behind_sqlite(&self, dir: &Path) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(dir.join("hefu.db")).foreign_keys(false);
        let mut connection = options.connect().await.unwrap();
        let keys = format!("ATTACH DATABASE '{}' AS keys", dir.join("keys.db").display());
        connection.execute(AssertSqlSafe(keys)).await.unwrap();
        connection
    }

    /// Closes the store and removes all that is in the database, as if Hefu had never been there. The key file stays.
    ///
    /// # Panics
    /// It cannot be removed.
    pub async fn emptied(&self) {
        self.leave().await;
        self.store.close().await;
        match &self.location {
            Location::Embedded(dir) => std::fs::remove_dir_all(dir).unwrap(),
            Location::Postgres(_) => {
                postgres::remove(self.place.database().to_owned()).unwrap();
                postgres::create_as(self.place.database()).await;
            }
        }
    }

    /// Closes the store, keeps a copy of the whole database as it is, and opens it again.
    ///
    /// # Panics
    /// It cannot be copied.
    pub async fn backed_up(self) -> Self {
        self.leave().await;
        let Self { store, clock, location, behind: _, place } = self;
        store.close().await;
        match &location {
            Location::Embedded(dir) => copy_dir(dir, &dir.with_extension("backup")),
            Location::Postgres(_) => {
                postgres::copy(place.database(), &format!("{}_backup", place.database())).await
            }
        }
        Self::open(place, location, clock).await
    }

    /// Closes the store, puts the copy in its place, and opens it again: the whole database is as it was.
    ///
    /// # Panics
    /// There is no copy.
    pub async fn put_back(self) -> Self {
        self.leave().await;
        let Self { store, clock, location, behind: _, place } = self;
        store.close().await;
        match &location {
            Location::Embedded(dir) => {
                std::fs::remove_dir_all(dir).unwrap();
                std::fs::rename(dir.with_extension("backup"), dir).unwrap();
            }
            Location::Postgres(_) => {
                let backup = format!("{}_backup", place.database());
                postgres::remove(place.database().to_owned()).unwrap();
                postgres::copy(&backup, place.database()).await;
                postgres::remove(backup).unwrap();
            }
        }
        Self::open(place, location, clock).await
    }

    /// The directory of the embedded engine, or the URL of the database.
    pub fn address(&self) -> String {
        match &self.location {
            Location::Embedded(dir) => dir.display().to_string(),
            Location::Postgres(url) => url.clone(),
        }
    }

    /// The key ring of the key file.
    ///
    /// # Panics
    /// It cannot be read.
    pub fn ring(&self) -> KeyRing {
        KeyRing::load(&self.key_file()).unwrap()
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.place.key_file()
    }
}

async fn open(place: &Place, location: &Location, clock: Arc<FixedClock>) -> Store {
    try_open(place, location, clock).await.unwrap()
}

async fn try_open(
    place: &Place,
    location: &Location,
    clock: Arc<FixedClock>,
) -> Result<Store, hefu_store::StoreError> {
    let vault = Vault::new(
        KeyRing::load(&place.key_file()).unwrap(),
        Arc::new(OsRng),
        Ids::new(clock, Arc::new(OsRng)),
    );
    Store::open(location, vault).await
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Directory and database of one test, removed when dropped.
#[derive(Debug)]
struct Place {
    dir: PathBuf,
    database: Option<String>,
}

impl Place {
    fn new(database: Option<String>) -> Self {
        let dir = std::env::temp_dir().join(format!("hefu-test-{:016x}", OsRng.next_u64()));
        std::fs::create_dir(&dir).unwrap();
        Self { dir, database }
    }

    fn database(&self) -> &str {
        self.database.as_deref().unwrap()
    }

    fn key_file(&self) -> PathBuf {
        self.dir.join("hefu.key")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A failure to tidy up must not hide the failure of the test, so it is not told.
        let _ = std::fs::remove_dir_all(&self.dir);
        if let Some(database) = self.database.take() {
            let _ = postgres::remove(database);
        }
    }
}

/// Makes of each function two tests, `name::sqlite` and `name::postgres`, that get a store of their
/// own: `both_engines! { async fn name(db: TestDb) { … } }`.
#[macro_export]
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: $kind:ty) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn test($db: $kind) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                test($crate::TestDb::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                test($crate::TestDb::postgres().await).await;
            }
        }
    )+ };
}
