//! How far followers of the journal have come.

use chrono::{DateTime, Utc};
use hefu_domain::job::JournalCursor;

use crate::{Conn, StoreError, Tx, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM journal_cursor WHERE name = $1";
    ALL = "SELECT * FROM journal_cursor ORDER BY name";
    BEGIN = "INSERT INTO journal_cursor (name, log_index, updated_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
    ADVANCE = "UPDATE journal_cursor SET log_index = $3, updated_at = $4 WHERE name = $1 AND log_index = $2";
}

/// Where a follower is; none before it began.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, name: &str) -> Result<Option<JournalCursor>> {
    c.first(FIND, args![name.to_owned()]).await
}

/// Every follower.
///
/// # Errors
/// The database fails.
pub async fn all(c: &mut Conn) -> Result<Vec<JournalCursor>> {
    c.all(ALL, args![]).await
}

/// Lets a follower begin behind the entry at `log_index`, unless it has begun.
///
/// # Errors
/// The database fails.
pub async fn begin(tx: &mut Tx, name: &str, log_index: i64, now: DateTime<Utc>) -> Result<()> {
    tx.execute(BEGIN, args![name.to_owned(), log_index, now]).await.map(drop)
}

/// A follower that was at `from` has dealt with everything up to `to`.
///
/// # Errors
/// [`StoreError::Conflict`] when it is elsewhere: another server was quicker.
pub async fn advance(tx: &mut Tx, name: &str, from: i64, to: i64, now: DateTime<Utc>) -> Result<()> {
    match tx.execute(ADVANCE, args![name.to_owned(), from, to, now]).await? {
        0 => Err(StoreError::Conflict { table: "journal_cursor".into() }),
        _ => Ok(()),
    }
}
