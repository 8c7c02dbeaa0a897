//! What can go wrong in storage, brought to a few kinds at one place.

use std::sync::Arc;

use hefu_crypto::CryptoError;

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
