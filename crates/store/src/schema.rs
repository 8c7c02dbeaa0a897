//! What the database is made of: its tables, columns, defaults, constraints, indexes, triggers, views, rules, policies, functions and
//! settings, each with a name and a text. What is served depends on them as on the rows: a trigger swallows entries, a view shows other
//! rows than the table has.
//!
//! What the migrations make stands in `migrations/schema/`, one file for each engine. A test holds the files to the migrations, and writes
//! them anew with `HEFU_UPDATE_SNAPSHOTS=1`.

use std::collections::BTreeMap;

use crate::{
    Conn, SchemaFingerprint, StoreError,
    sql::statements,
    sqlite::Wanted,
    value::{args, required},
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    LAST = "SELECT * FROM schema_fingerprint ORDER BY version DESC LIMIT 1";
}

/// What a database is made of, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(BTreeMap<String, String>);

/// How a part of the database differs from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// It should not be there.
    Unknown,
    /// It is not there.
    Missing,
    /// It is another.
    Changed,
}

impl Part {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Changed => "changed",
        }
    }
}

const SQLITE: &str = "SELECT type || ' main.' || name, tbl_name || ': ' || coalesce(sql, '') FROM main.sqlite_schema
    UNION ALL SELECT type || ' keys.' || name, tbl_name || ': ' || coalesce(sql, '') FROM keys.sqlite_schema
    UNION ALL SELECT 'statistics ' || tbl || '.' || coalesce(idx, ''), coalesce(stat, '') FROM main.sqlite_stat1
    UNION ALL SELECT 'samples ' || tbl || '.' || idx || ' ' || hex(sample), neq || ' ' || nlt || ' ' || ndlt FROM main.sqlite_stat4
    UNION ALL SELECT 'migration ' || version, description || ' ' || lower(hex(checksum)) || ' ' || success
        FROM main._sqlx_migrations
    UNION ALL SELECT 'migration of keys ' || version, description || ' ' || lower(hex(checksum)) || ' ' || success
        FROM keys._sqlx_migrations";
/// Marks in the header of the files (sqlite.org/fileformat2.html).
const PRAGMAS: [(&str, &str); 5] = [
    ("setting main.user_version", "PRAGMA main.user_version"),
    ("setting keys.user_version", "PRAGMA keys.user_version"),
    ("setting main.application_id", "PRAGMA main.application_id"),
    ("setting keys.application_id", "PRAGMA keys.application_id"),
    ("setting main.encoding", "PRAGMA main.encoding"),
];

/// Whatever somebody added to the server's own catalogue in this database, parts of extensions and temporary tables apart.
/// Objects of the server itself have smaller numbers (PostgreSQL's documentation, "OID Assignment").
const POSTGRES: &str = include_str!("schema/postgres.sql");

impl Schema {
    /// What this database is made of now.
    ///
    /// # Errors
    /// The database fails.
    pub async fn of(c: &mut Conn) -> Result<Self> {
        let (mut parts, is_sqlite) = (BTreeMap::new(), c.is_sqlite());
        c.rows(if is_sqlite { SQLITE } else { POSTGRES }, Vec::new(), |row| {
            let (name, text) = (required::<String>(row, 0)?, required::<String>(row, 1)?);
            // Two of one name are no part of ours.
            let also = |known: &mut String| known.push_str(&format!("\n{text}"));
            parts.entry(name).and_modify(also).or_insert_with(|| text.clone());
            Ok(Wanted::More)
        })
        .await?;
        for (name, pragma) in PRAGMAS.into_iter().filter(|_| is_sqlite) {
            c.rows(pragma, Vec::new(), |row| {
                parts.insert(name.to_owned(), row.shown(0));
                Ok(Wanted::More)
            })
            .await?;
        }
        Ok(Self(parts))
    }

    /// What the migrations of this program make of a database like this one.
    pub fn expected(c: &Conn) -> Self {
        let text = if c.is_sqlite() {
            include_str!("../../../migrations/schema/sqlite.txt")
        } else {
            include_str!("../../../migrations/schema/postgres.txt")
        };
        let part = |line: &str| {
            line.split_once('\t').map(|(name, text)| (name.to_owned(), text.replace("\\n", "\n")))
        };
        Self(text.lines().filter_map(part).collect())
    }

    /// The last migration of the records.
    pub fn version(&self) -> i64 {
        let number = |name: &String| name.strip_prefix("migration ").and_then(|number| number.parse().ok());
        self.0.keys().filter_map(number).max().unwrap_or_default()
    }

    /// The parts in which this is not as `expected`, by name.
    pub fn differences<'a>(&'a self, expected: &'a Self) -> BTreeMap<&'a str, Part> {
        let here = self.0.iter().filter_map(|(name, text)| match expected.0.get(name) {
            None => Some((name.as_str(), Part::Unknown)),
            Some(other) if other != text => Some((name.as_str(), Part::Changed)),
            Some(_) => None,
        });
        let gone = expected.0.keys().filter(|name| !self.0.contains_key(*name));
        here.chain(gone.map(|name| (name.as_str(), Part::Missing))).collect()
    }

    /// SHA-256 over all of it.
    pub fn digest(&self) -> [u8; 32] {
        hefu_crypto::sha256(&[self.to_string().as_bytes()])
    }
}

/// A line for each part: name, tab, text.
impl std::fmt::Display for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = |text: &str| text.replace('\n', "\\n");
        self.0.iter().try_for_each(|(name, text)| writeln!(f, "{}\t{}", line(name), line(text)))
    }
}

/// What the database was made of when it was last migrated, if that can be read.
///
/// # Errors
/// The database fails.
pub async fn last(c: &mut Conn) -> Result<Option<SchemaFingerprint>> {
    let mut last = None;
    c.each_of(LAST, args![], |row| {
        last = row.ok();
        Ok(())
    })
    .await?;
    Ok(last)
}
