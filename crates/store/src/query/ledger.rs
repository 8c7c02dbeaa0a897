//! The ledger: places of journal entries, tiles of the tree over them, checkpoints.

use chrono::{DateTime, Utc};
use hefu_domain::journal::JournalEntry;
use serde::Serialize;

use crate::{Conn, StoreError, Tx, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    SIZE = "SELECT size FROM ledger_tree WHERE id = 1";
    GROW = "UPDATE ledger_tree SET size = $2 WHERE id = 1 AND size = $1";
    ENTRIES = "SELECT * FROM journal WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index";
    // The place comes from the row number within the batch, so a batch leaves no gap; the unique
    // index makes two sequencers at once impossible to miss. PostgreSQL looks at the last condition
    // again after waiting for another sequencer: what that one has placed stays where it is.
    // The plus keeps SQLite from going through every waiting entry instead of the batch's.
    PLACE = "UPDATE journal SET log_index = place.log_index
        FROM (
            SELECT id, $1 - 1 + row_number() OVER (ORDER BY entered) AS log_index
            FROM (SELECT id, rowid AS entered FROM journal
                WHERE log_index IS NULL ORDER BY rowid LIMIT $2) AS waiting
        ) AS place
        WHERE journal.id = place.id AND +journal.log_index IS NULL";
    IS_WAITING = "SELECT EXISTS (SELECT 1 FROM journal WHERE log_index IS NULL)
        OR EXISTS (SELECT 1 FROM journal WHERE log_index = (SELECT size FROM ledger_tree WHERE id = 1))";
    HASHES = "SELECT coalesce(sum(octet_length(hashes)), 0) / 32 FROM ledger_tile WHERE level = 0";
    TILE = "SELECT hashes FROM ledger_tile WHERE level = $1 AND tile = $2";
    KEEP_TILE = "INSERT INTO ledger_tile (level, tile, hashes) VALUES ($1, $2, $3)
        ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes";
    LAST_CHECKPOINT = "SELECT size, at, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1";
    CHECKPOINTS = "SELECT size, at, note FROM ledger_checkpoint WHERE size > $1 ORDER BY size LIMIT $2";
    LAST_CHECKPOINTS = "SELECT size, at, note FROM ledger_checkpoint ORDER BY size DESC LIMIT $1";
    CHECKPOINT = "SELECT size, at, note FROM ledger_checkpoint WHERE size = $1";
    KEEP_CHECKPOINT = "INSERT INTO ledger_checkpoint (size, at, note) VALUES ($1, $2, $3)";
    RENEW_CHECKPOINT = "UPDATE ledger_checkpoint SET note = $3 WHERE size = $1 AND note = $2";
    IS_EMPTY = "SELECT (SELECT 1 FROM journal LIMIT 1) IS NULL AND (SELECT 1 FROM ledger_checkpoint LIMIT 1) IS NULL
        AND (SELECT 1 FROM ledger_tile LIMIT 1) IS NULL";
    DROP_CHECKPOINT = "DELETE FROM ledger_checkpoint WHERE size = $1";
}

/// A signed state of the tree, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// How many entries it covers.
    pub size: i64,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// The signed note.
    pub note: String,
}

type CheckpointRow = (i64, DateTime<Utc>, String);

fn kept((size, at, note): CheckpointRow) -> StoredCheckpoint {
    StoredCheckpoint { size, at, note }
}

/// An entry as the tree binds it and outsiders read it: JSON with these names in this order. It must never change: the tree is over these
/// bytes. Who did what, when and why is not in it: the commitment binds that.
#[derive(Serialize)]
struct Leaf {
    id: String,
    commitment: String,
}

/// The bytes of an entry that the tree is over.
pub fn leaf(entry: &JournalEntry) -> Vec<u8> {
    let commitment = hefu_kernel::hex(&entry.commitment);
    // Strings only: there is nothing that could fail to be written.
    serde_json::to_vec(&Leaf { id: entry.id.to_string(), commitment }).unwrap_or_default()
}

/// How many entries the tree has.
///
/// # Errors
/// The database fails.
pub async fn size(c: &mut Conn) -> Result<i64> {
    Ok(c.first::<(i64,)>(SIZE, args![]).await?.map_or(0, |(size,)| size))
}

/// The tree has grown from `from` entries to `to`.
///
/// # Errors
/// [`StoreError::Conflict`] when another sequencer was quicker.
pub async fn grow(tx: &mut Tx, from: i64, to: i64) -> Result<()> {
    match tx.execute(GROW, args![from, to]).await? {
        0 => Err(StoreError::Conflict { table: "ledger_tree".into() }),
        _ => Ok(()),
    }
}

/// Gives waiting entries the places from `next` on, at most `limit`; answers how many.
///
/// # Errors
/// [`StoreError::Duplicate`] when another sequencer was quicker; nothing is changed then.
pub async fn place(tx: &mut Tx, next: i64, limit: i64) -> Result<u64> {
    tx.execute(PLACE, args![next, limit]).await
}

/// Of how many entries the hashes are kept, whatever the tree's size says.
///
/// # Errors
/// The database fails.
pub async fn hashes(c: &mut Conn) -> Result<i64> {
    Ok(c.first::<(i64,)>(HASHES, args![]).await?.map_or(0, |(hashes,)| hashes))
}

/// Whether entries wait for their place, or one has the tree's next and is not in it yet.
///
/// # Errors
/// The database fails.
pub async fn is_waiting(c: &mut Conn) -> Result<bool> {
    Ok(c.first::<(bool,)>(IS_WAITING, args![]).await?.is_some_and(|(waiting,)| waiting))
}

/// The entries from place `from` until before `to`, in order.
///
/// # Errors
/// The database fails.
pub async fn entries(c: &mut Conn, from: i64, to: i64) -> Result<Vec<JournalEntry>> {
    c.all(ENTRIES, args![from, to]).await
}

/// A tile's hashes.
///
/// # Errors
/// The database fails.
pub async fn tile(c: &mut Conn, level: u8, index: u64) -> Result<Option<Vec<u8>>> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    Ok(c.first::<(Vec<u8>,)>(TILE, args![i64::from(level), index]).await?.map(|(hashes,)| hashes))
}

/// Keeps a tile, in place of what it was before it grew.
///
/// # Errors
/// The database fails.
pub async fn store_tile(tx: &mut Tx, level: u8, index: u64, hashes: Vec<u8>) -> Result<()> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    tx.execute(KEEP_TILE, args![i64::from(level), index, hashes]).await.map(drop)
}

/// The latest checkpoint.
///
/// # Errors
/// The database fails.
pub async fn last_checkpoint(c: &mut Conn) -> Result<Option<StoredCheckpoint>> {
    Ok(c.first::<CheckpointRow>(LAST_CHECKPOINT, args![]).await?.map(kept))
}

/// Checkpoints of more than `after` entries, in order, as far as they can be read.
///
/// # Errors
/// The database fails.
pub async fn checkpoints(c: &mut Conn, after: i64, limit: i64) -> Result<Vec<StoredCheckpoint>> {
    let mut found = Vec::new();
    c.each_of::<CheckpointRow>(CHECKPOINTS, args![after, limit], |row| {
        found.extend(row.map(kept));
        Ok(())
    })
    .await?;
    Ok(found)
}

/// The latest checkpoints, the last first.
///
/// # Errors
/// The database fails.
pub async fn last_checkpoints(c: &mut Conn, limit: i64) -> Result<Vec<StoredCheckpoint>> {
    Ok(c.all::<CheckpointRow>(LAST_CHECKPOINTS, args![limit]).await?.into_iter().map(kept).collect())
}

/// The checkpoint of a size.
///
/// # Errors
/// The database fails.
pub async fn checkpoint(c: &mut Conn, size: i64) -> Result<Option<StoredCheckpoint>> {
    Ok(c.first::<CheckpointRow>(CHECKPOINT, args![size]).await?.map(kept))
}

/// Keeps a checkpoint.
///
/// # Errors
/// [`StoreError::Duplicate`] when there is one of this size.
pub async fn store_checkpoint(tx: &mut Tx, checkpoint: StoredCheckpoint) -> Result<()> {
    let StoredCheckpoint { size, at, note } = checkpoint;
    tx.execute(KEEP_CHECKPOINT, args![size, at, note]).await.map(drop)
}

/// Forgets a checkpoint: whoever has it can still prove it against the tree.
///
/// # Errors
/// The database fails.
pub async fn drop_checkpoint(tx: &mut Tx, size: i64) -> Result<()> {
    tx.execute(DROP_CHECKPOINT, args![size]).await.map(drop)
}

/// Writes a checkpoint's note anew, with more signatures. Answers whether it was still as it was read.
///
/// # Errors
/// The database fails.
pub async fn renew_checkpoint(tx: &mut Tx, before: &StoredCheckpoint, note: String) -> Result<bool> {
    Ok(tx.execute(RENEW_CHECKPOINT, args![before.size, before.note.clone(), note]).await? == 1)
}

/// Whether nothing was ever written here: no entry, no tile, no checkpoint.
///
/// # Errors
/// The database fails.
pub async fn is_empty(c: &mut Conn) -> Result<bool> {
    Ok(c.first::<(bool,)>(IS_EMPTY, args![]).await?.is_none_or(|(is_empty,)| is_empty))
}
