//! Configuration: `hefu.toml`, then `HEFU_*`, then flags; each overrides the one before. Unknown keys
//! are errors, so that a typing error does not silently leave a default in force.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use hefu_store::Location;
use serde::Deserialize;

/// What the binary needs to know. Every key has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory of the embedded database and of the key file.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The records' engine.
    pub database: Database,
    /// The keys.
    pub keys: Keys,
    /// The cache that several servers share.
    pub cache: Cache,
    /// How guests are recognised.
    pub identity: Identity,
    /// What to log, as `tracing` filters read it: `info`, `hefu=debug,warn`, …
    pub log: String,
}

/// The records' engine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`; none: embedded, in `data`.
    pub url: Option<String>,
}

/// The cache that several servers share.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// `redis://…`; none: each server keeps its own in memory only.
    pub redis: Option<String>,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Cache").field("redis", &self.redis.is_some()).finish()
    }
}

/// How guests are recognised.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// A model from `hefu identity train`; none: the usual one.
    pub model: Option<PathBuf>,
}

/// The keys.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The key file; default `hefu.key` in `data`.
    pub file: Option<PathBuf>,
    /// The key ring itself, for environments that inject secrets.
    pub secret: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "./data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: Database::default(),
            keys: Keys::default(),
            cache: Cache::default(),
            identity: Identity::default(),
            log: "info".into(),
        }
    }
}

/// Flags that override the configuration.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Configuration file [default: hefu.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory of the embedded database and the key file [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Config {
    /// Reads file and environment and applies the flags.
    pub fn read(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> anyhow::Result<Self> {
        let default = Path::new("hefu.toml");
        let file = flags.config.as_deref().or_else(|| default.exists().then_some(default));
        let mut config = match file {
            None => Self::default(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("the configuration {} cannot be read", file.display()))?;
                Self::parse(&text).with_context(|| format!("in {}", file.display()))?
            }
        };
        for (name, value) in environment {
            config.set(&name, value)?;
        }
        if let Some(data) = &flags.data {
            config.data.clone_from(data);
        }
        if let Some(url) = &config.database.url {
            check_engine(url)?;
        }
        Ok(config)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        // The error's snippet could show a password, so only its message and line are passed on.
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            anyhow::anyhow!("line {line}: {}", error.message())
        })
    }

    fn set(&mut self, name: &str, value: String) -> anyhow::Result<()> {
        let Some(key) = name.strip_prefix("HEFU_") else { return Ok(()) };
        match key {
            "DATA" => self.data = value.into(),
            "LISTEN" => self.listen = value.parse().context("HEFU_LISTEN is not ADDR:PORT")?,
            "DATABASE_URL" => self.database.url = Some(value),
            "CACHE_REDIS" => self.cache.redis = Some(value),
            "IDENTITY_MODEL" => self.identity.model = Some(value.into()),
            "KEYS_FILE" => self.keys.file = Some(value.into()),
            "KEYS_SECRET" => self.keys.secret = Some(value),
            "LOG" => self.log = value,
            // For the project's own tests.
            _ if key.starts_with("TEST_") || key == "SHARED" => {}
            _ => bail!(
                "{name} is not a setting; known are HEFU_DATA, HEFU_LISTEN, HEFU_DATABASE_URL, HEFU_CACHE_REDIS, \
                 HEFU_IDENTITY_MODEL, HEFU_KEYS_FILE, HEFU_KEYS_SECRET and HEFU_LOG"
            ),
        }
        Ok(())
    }

    /// Where the records are.
    pub fn location(&self) -> Location {
        match &self.database.url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Embedded(self.data.clone()),
        }
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.keys.file.clone().unwrap_or_else(|| self.data.join("hefu.key"))
    }

    /// Where the ledger's latest checkpoint is kept: beside the key file, because both belong outside the database.
    pub fn checkpoint_file(&self) -> PathBuf {
        self.key_file().with_file_name("hefu.checkpoint")
    }
}

/// Refuses the URLs of other databases by name. The URL itself may hold a password and is not repeated.
fn check_engine(url: &str) -> anyhow::Result<()> {
    const KEEPS: &str = "Hefu stores its records in SQLite or PostgreSQL";
    let is_word = |scheme: &&str| {
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    match url.split_once("://").map(|(scheme, _)| scheme).filter(is_word) {
        Some("postgres" | "postgresql") => Ok(()),
        Some(sqlite) if sqlite.eq_ignore_ascii_case("sqlite") => bail!(
            "database.url: {KEEPS}; for SQLite give no URL, but a directory (`data`, HEFU_DATA or --data)"
        ),
        Some(scheme) => bail!("database.url: {KEEPS}; {scheme}:// is not supported"),
        None => bail!("database.url is not a URL: {KEEPS}, the latter at postgres://user@host/database"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
        let mut config = Config::default();
        for (name, value) in pairs {
            config.set(name, (*value).to_owned())?;
        }
        Ok(config)
    }

    #[test]
    fn a_url_is_all_it_takes_to_move_to_postgresql() {
        let config = Config::parse("database.url = \"postgres://db/hefu\"").unwrap();
        assert!(matches!(config.location(), Location::Postgres(url) if url == "postgres://db/hefu"));
        assert!(
            matches!(Config::default().location(), Location::Embedded(dir) if dir == Path::new("./data"))
        );
    }

    #[test]
    fn unknown_keys_are_errors_and_say_where() {
        let error = Config::parse("data = \"x\"\ndatabse.url = \"postgres://user:secret@db\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("databse") && error.contains("line 2"), "{error}");
        assert!(!error.contains("secret"), "{error}");
        assert!(with(&[("HEFU_DTA", "x")]).unwrap_err().to_string().contains("HEFU_DATA"));
        assert_eq!(with(&[("HEFU_DATA", "x"), ("PATH", "y")]).unwrap().data, Path::new("x"));
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        for (url, expected) in [
            ("mysql://root:secret@db/hefu", "mysql:// is not supported"),
            ("mariadb://db/hefu", "mariadb:// is not supported"),
            ("mysql+pymysql://db/hefu", "mysql+pymysql:// is not supported"),
            ("sqlite:///var/hefu.db", "give no URL, but a directory"),
            ("host=db password=secret", "is not a URL"),
        ] {
            let error = check_engine(url).unwrap_err().to_string();
            assert!(error.contains("SQLite or PostgreSQL") && error.contains(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        check_engine("postgres://db/hefu").unwrap();
        check_engine("postgresql://db/hefu").unwrap();
    }

    proptest! {
        #[test]
        fn no_settings_panic(text in "\\PC{0,60}", key in "[A-Z_]{0,12}", value in "\\PC{0,20}") {
            let _ = Config::parse(&text);
            let _ = Config::parse(&format!("{key}.{key} = {value}"));
            let _ = with(&[(&format!("HEFU_{key}"), &value)]);
        }
    }
}
