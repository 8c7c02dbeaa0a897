//! What can go wrong in storage, brought to a few kinds at one place.

use hefu_crypto::CryptoError;

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
    /// The disk is full or cannot be written.
    #[error("the database cannot be written: {0}")]
    Unwritable(#[source] sqlx::Error),
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
        source: sqlx::Error,
    },
}

impl StoreError {
    /// The same failure for each unit of a batch that could not be committed.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Unwritable(_) => Self::Unwritable(sqlx::Error::WorkerCrashed),
            _ => Self::Conflict { table: "transaction".into() },
        }
    }

    /// Sorts an error of the driver.
    pub(crate) fn from_sqlx(op: &'static str, error: sqlx::Error) -> Self {
        let sqlx::Error::Database(db) = &error else {
            return Self::Database { op, source: error };
        };
        let message = db.message();
        match db.kind() {
            sqlx::error::ErrorKind::UniqueViolation => {
                // SQLite: "UNIQUE constraint failed: table.column, …"
                let table = db.table().map(str::to_owned).or_else(|| {
                    let (_, columns) = message.split_once("failed: ")?;
                    Some(columns.split('.').next()?.to_owned())
                });
                Self::Duplicate { table: table.unwrap_or_default() }
            }
            sqlx::error::ErrorKind::CheckViolation => {
                let check = db
                    .constraint()
                    .map(str::to_owned)
                    .or_else(|| message.split_once("failed: ").map(|(_, name)| name.to_owned()));
                Self::Check { check: check.unwrap_or_default() }
            }
            _ => match db.code().as_deref() {
                // PostgreSQL: serialization failure, deadlock. SQLite: busy, busy snapshot.
                Some("40001" | "40P01" | "5" | "517") => Self::Conflict { table: "transaction".into() },
                // PostgreSQL: disk full, I/O error. SQLite: I/O error and its write, full, read-only.
                Some("53100" | "58030" | "10" | "778" | "1034" | "13" | "8") => Self::Unwritable(error),
                _ => Self::Database { op, source: error },
            },
        }
    }
}
