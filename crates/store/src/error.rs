//! What can go wrong in storage, brought to a few kinds at one place.

use std::sync::Arc;

use hefu_crypto::CryptoError;
use uuid::Uuid;

/// What a driver said.
type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key or unique value exists already.
    #[error("a row of {table} with the same key exists")]
    Duplicate {
        /// The table.
        table: String,
    },
    /// A CHECK of the database refused the values.
    #[error("the check {check} refused the values")]
    Check {
        /// Name of the constraint.
        check: String,
    },
    /// Somebody else changed the row first, or the database asks to try again.
    #[error("{table} was changed at the same time")]
    Conflict {
        /// The table, or `transaction`.
        table: String,
    },
    /// The disk is full or cannot be written. Nothing of the unit was.
    #[error("the storage is full or cannot be written; nothing was changed")]
    Unwritable(#[source] Cause),
    /// The database does not answer, or none of its connections was free for long. Of a unit that was just being
    /// committed nobody knows whether it was.
    #[error("the database does not answer; try again with the same idempotency key")]
    Unreachable {
        /// What was being done.
        op: &'static str,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A unit wrote rows without a journal entry; it was rolled back.
    #[error("a unit of work wrote rows without a journal entry")]
    Unjournalled,
    /// A stored value is none of those the code knows.
    #[error("column {column} of {table} cannot be read: {detail}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// What was wrong; never the value.
        detail: String,
    },
    /// A ciphertext could not be opened.
    #[error("a ciphertext of {table} cannot be opened")]
    Crypto {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: CryptoError,
    },
    /// The key of an erased owner is gone.
    #[error("the data key was destroyed")]
    Erased,
    /// The server did not prove that it is the one that was asked for.
    #[error(
        "the PostgreSQL server did not prove by TLS that it is the one database.url names. Name the authority that \
         signed its certificate (`?sslrootcert=FILE`), or say that nobody need prove anything on this network: \
         `?sslmode=require` encrypts without proof, `?sslmode=disable` does neither"
    )]
    Tls(#[source] Cause),
    /// The keys are not those of the records.
    #[error(transparent)]
    Keys(#[from] KeyFault),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The migrations could not be applied.
    #[error("the migrations failed")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A file beside the database could not be used.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A client tool of the database failed.
    #[error("{tool} failed: {why}")]
    Tool {
        /// The tool.
        tool: &'static str,
        /// Its message, or what is wrong with it.
        why: String,
    },
    /// The database to restore to is not empty.
    #[error("the database is not empty")]
    NotEmpty,
    /// Anything else the database said.
    #[error("{op} failed")]
    Database {
        /// What was being done.
        op: &'static str,
        /// Why.
        #[source]
        source: Cause,
    },
}

/// Why keys are not those of the records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The key ring is another installation's.
    #[error(
        "the key file is of another installation than these records: it is of {ring}, they are of {records}; put \
         the key file of these records back from its backup"
    )]
    OtherRing {
        /// Whose the ring is.
        ring: Uuid,
        /// Whose the records are.
        records: Uuid,
    },
    /// The key ring is an older copy.
    #[error(
        "the key file has no version {version}, and these records are under it: put the newest copy of the key \
         file back from its backup"
    )]
    VersionMissing {
        /// The version.
        version: i64,
    },
    /// A key of the ring was altered or exchanged.
    #[error(
        "the {key} key of version {version} in the key file is not the one these records are under: put the key \
         file back from its backup"
    )]
    OtherKey {
        /// `wrapping` or `search`.
        key: String,
        /// The version.
        version: i64,
    },
    /// There are records, and what says under which keys they are is gone.
    #[error("there are records, but what says under which keys they are was removed: restore the database")]
    Unbound,
    /// There are data keys, and no records that they could belong to.
    #[error("there are data keys, but no records (hefu.db): put both back from one backup")]
    RecordsMissing,
    /// There are records, and no data keys.
    #[error(
        "the data keys of these records (keys.db; on PostgreSQL the schema `keys`) are missing: put them back \
         from their newest backup"
    )]
    StoreMissing,
    /// The data keys belong to other records.
    #[error(
        "the data keys (keys.db; on PostgreSQL the schema `keys`) belong to other records than these: put the \
         right ones back from their newest backup"
    )]
    OtherStore,
    /// The data keys are an older copy, or some of them were removed.
    #[error(
        "the data keys (keys.db; on PostgreSQL the schema `keys`) are an older copy: guest {guest} was made \
         after it. Put the newest copy back; until then nothing is opened, because what would be written under other \
         keys meanwhile would be lost. If there is no newer copy, `keys.accept_loss = true` says so"
    )]
    StoreOlder {
        /// One of those whose key is not there.
        guest: Uuid,
    },
}

impl StoreError {
    /// The same failure for each unit of a batch that could not be committed.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Unwritable(source) => Self::Unwritable(source.clone()),
            _ => Self::Conflict { table: "transaction".into() },
        }
    }

    /// Sorts an error of PostgreSQL's driver.
    pub(crate) fn from_sqlx(op: &'static str, error: sqlx::Error) -> Self {
        let error = match error {
            sqlx::Error::Encode(refused) => match refused.downcast::<Self>() {
                Ok(refused) => return *refused,
                Err(other) => sqlx::Error::Encode(other),
            },
            error => error,
        };
        let db = match &error {
            sqlx::Error::Database(db) => db,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                return Self::Unreachable { op, source: Arc::new(error) };
            }
            _ => return Self::Database { op, source: Arc::new(error) },
        };
        match db.kind() {
            sqlx::error::ErrorKind::UniqueViolation => {
                Self::Duplicate { table: db.table().unwrap_or_default().to_owned() }
            }
            sqlx::error::ErrorKind::CheckViolation => {
                Self::Check { check: db.constraint().unwrap_or_default().to_owned() }
            }
            _ => match db.code().as_deref() {
                // Serialization failure, deadlock, somebody else's lock for too long.
                Some("40001" | "40P01" | "55P03") => Self::Conflict { table: "transaction".into() },
                // Disk full, I/O error, read-only.
                Some("53100" | "58030" | "25006") => Self::Unwritable(Arc::new(error)),
                // Too many connections, shutting down, crashed, starting.
                Some("53300" | "57P01" | "57P02" | "57P03") => {
                    Self::Unreachable { op, source: Arc::new(error) }
                }
                _ => Self::Database { op, source: Arc::new(error) },
            },
        }
    }

    /// Sorts an error of SQLite (sqlite.org/rescode.html).
    pub(crate) fn from_sqlite(op: &'static str, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Database { op, source: Arc::new(error) };
        };
        // "UNIQUE constraint failed: table.column, …", "CHECK constraint failed: name"
        let said =
            message.as_deref().and_then(|message| message.split_once("failed: ")).map(|(_, said)| said);
        match (failure.code, failure.extended_code) {
            (_, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                let table = said.and_then(|columns| columns.split('.').next());
                Self::Duplicate { table: table.unwrap_or_default().to_owned() }
            }
            (_, rusqlite::ffi::SQLITE_CONSTRAINT_CHECK) => {
                Self::Check { check: said.unwrap_or_default().to_owned() }
            }
            (ErrorCode::DatabaseBusy, _) => Self::Conflict { table: "transaction".into() },
            (ErrorCode::ReadOnly | ErrorCode::SystemIoFailure | ErrorCode::DiskFull, _) => {
                Self::Unwritable(Arc::new(error))
            }
            _ => Self::Database { op, source: Arc::new(error) },
        }
    }
}
