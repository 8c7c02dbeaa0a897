//! What tests share: a store of their own on either engine, and a clock that stands still.
#![expect(clippy::unwrap_used, reason = "a test without its database must fail, saying why")]

mod postgres;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{FixedClock, Ids, Rng as _};
use hefu_store::{Location, Store, Vault};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    sqlite::SqliteConnectOptions,
};

/// A store that one test has for itself. What it keeps outside the process goes when it is dropped.
#[derive(Debug)]
pub struct TestDb {
    /// The store.
    pub store: Store,
    /// The clock of its ids; it stands at 2026-10-03T08:00:00Z until it is moved.
    pub clock: Arc<FixedClock>,
    /// Where the records are.
    pub location: Location,
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
        Self { store, clock, location, place }
    }

    /// Another store over the same records, as another server has it: they share nothing but the database.
    ///
    /// # Panics
    /// It cannot be opened.
    pub async fn another_store(&self) -> Store {
        open(&self.place, &self.location, self.clock.clone()).await
    }

    /// Closes the store and opens it at the same place, with the key ring of the key file: what is
    /// found then was kept.
    ///
    /// # Panics
    /// It cannot be opened again.
    pub async fn reopen(self) -> Self {
        let Self { store, clock, location, place } = self;
        store.close().await;
        Self::open(place, location, clock).await
    }

    /// Runs SQL behind Hefu's back, as somebody would who got at the database.
    ///
    /// # Panics
    /// The database does not take it.
    pub async fn tamper(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Embedded(dir) => {
                let options = SqliteConnectOptions::new().filename(dir.join("hefu.db")).foreign_keys(false);
                let mut connection = options.connect().await.unwrap();
                let keys = format!("ATTACH DATABASE '{}' AS keys", dir.join("keys.db").display());
                connection.execute(AssertSqlSafe(keys)).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                // As a superuser: keys to other tables do not stop who owns the database.
                connection.execute("SET session_replication_role = replica").await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// Closes the store, keeps a copy of the whole database as it is, and opens it again.
    ///
    /// # Panics
    /// It cannot be copied.
    pub async fn backed_up(self) -> Self {
        let Self { store, clock, location, place } = self;
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
        let Self { store, clock, location, place } = self;
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
    let vault = Vault::new(
        KeyRing::load(&place.key_file()).unwrap(),
        Arc::new(OsRng),
        Ids::new(clock, Arc::new(OsRng)),
    );
    Store::open(location, vault).await.unwrap()
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
