//! Where a measurement stores its records: a directory, or a database of the server that the tests use.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use hefu_app::App;
use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{Ids, Rng as _, SystemClock};
use hefu_store::{Location, Store, Vault};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// The engines to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

impl std::fmt::Display for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// An empty database of either engine; call [`Place::remove`] when done.
pub struct Place {
    pub location: Location,
}

fn server() -> anyhow::Result<String> {
    std::env::var("HEFU_TEST_POSTGRES")
        .context("HEFU_TEST_POSTGRES names no server; run this by `make bench`")
}

async fn administer(sql: String) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&server()?).await?;
    connection.execute(AssertSqlSafe(sql)).await?;
    Ok(connection.close().await?)
}

impl Place {
    pub async fn new(engine: Engine) -> anyhow::Result<Self> {
        let name = format!("hefu_bench_{:016x}", OsRng.next_u64());
        let location = match engine {
            Engine::Sqlite => {
                let dir = std::env::temp_dir().join(name);
                std::fs::create_dir_all(&dir)?;
                Location::Embedded(dir)
            }
            Engine::Postgres => {
                administer(format!("CREATE DATABASE {name}")).await?;
                let server = server()?;
                let (host, _) = server.rsplit_once('/').context("HEFU_TEST_POSTGRES names no database")?;
                Location::Postgres(format!("{host}/{name}"))
            }
        };
        Ok(Self { location })
    }

    /// The application over this database.
    pub async fn app(&self) -> anyhow::Result<App> {
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(OsRng));
        let vault = Vault::new(KeyRing::generate(&OsRng), Arc::new(OsRng), ids);
        Ok(App::new(Store::open(&self.location, vault).await?, Arc::new(SystemClock)))
    }

    /// The application over this place, with the key ring that was made for it: for places that are opened more than once.
    pub async fn kept_app(&self) -> anyhow::Result<App> {
        let file = match &self.location {
            Location::Embedded(dir) => dir.join("hefu.key"),
            Location::Postgres(url) => {
                let (_, name) = url.rsplit_once('/').context("a URL without a database")?;
                std::env::temp_dir().join(format!("{name}.key"))
            }
        };
        if !file.exists() {
            KeyRing::create(&file, &OsRng)?;
        }
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(OsRng));
        let vault = Vault::new(KeyRing::load(&file)?, Arc::new(OsRng), ids);
        Ok(App::new(Store::open(&self.location, vault).await?, Arc::new(SystemClock)))
    }

    /// The directory, of the embedded engine.
    pub fn dir(&self) -> anyhow::Result<&PathBuf> {
        match &self.location {
            Location::Embedded(dir) => Ok(dir),
            Location::Postgres(_) => anyhow::bail!("PostgreSQL has no directory here"),
        }
    }

    /// A plain connection, of PostgreSQL.
    pub async fn connect(&self) -> anyhow::Result<PgConnection> {
        match &self.location {
            Location::Postgres(url) => Ok(PgConnection::connect(url).await?),
            Location::Embedded(_) => anyhow::bail!("the embedded engine has no server"),
        }
    }

    pub async fn remove(self) -> anyhow::Result<()> {
        match self.location {
            Location::Embedded(dir) => Ok(std::fs::remove_dir_all(dir)?),
            Location::Postgres(url) => {
                let (_, name) = url.rsplit_once('/').context("a URL without a database")?;
                let _ = std::fs::remove_file(std::env::temp_dir().join(format!("{name}.key")));
                administer(format!("DROP DATABASE {name} WITH (FORCE)")).await
            }
        }
    }
}
