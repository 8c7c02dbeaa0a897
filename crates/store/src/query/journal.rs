//! The journal: reading it, and giving its entries their place in the ledger.

use chrono::{DateTime, Utc};
use hefu_domain::{ids::VisitId, journal::JournalEntry};

use crate::{
    Conn, Idempotency, JournalChange, StoreError, Tx, Vault, change::change_aad, evidence::parts,
    sql::statements, value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    AFTER = "SELECT * FROM journal WHERE log_index > $1 ORDER BY log_index LIMIT $2";
    BEFORE = "SELECT * FROM journal WHERE log_index < $1 ORDER BY log_index DESC LIMIT $2";
    AT = "SELECT * FROM journal WHERE log_index = $1";
    // Found before they are sorted: PostgreSQL without statistics would look for them among all entries in order.
    OF_VISIT = "WITH entries AS MATERIALIZED (SELECT * FROM journal WHERE visit_id = $1)
        SELECT * FROM entries ORDER BY id LIMIT $2";
    COUNTED = "SELECT count(*) FROM journal WHERE log_index IS NOT NULL";
    PENDING = "SELECT count(*) FROM journal WHERE log_index IS NULL";
    CHANGE = "SELECT * FROM journal_change WHERE entry_id = $1";
    CLAIM = "INSERT INTO idempotency (key, request, answer, at) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING";
    ANSWER = "SELECT * FROM idempotency WHERE key = $1";
    FORGET_ANSWERS = "DELETE FROM idempotency WHERE at < $1";
}

/// Entries with a log index above `after`, in order.
///
/// # Errors
/// The database fails.
pub async fn after(c: &mut Conn, after: i64, limit: i64) -> Result<Vec<JournalEntry>> {
    c.all(AFTER, args![after, limit]).await
}

/// Entries with a log index below `before`, the latest first.
///
/// # Errors
/// The database fails.
pub async fn before(c: &mut Conn, before: i64, limit: i64) -> Result<Vec<JournalEntry>> {
    c.all(BEFORE, args![before, limit]).await
}

/// The entry at a log index.
///
/// # Errors
/// The database fails.
pub async fn at(c: &mut Conn, index: i64) -> Result<Option<JournalEntry>> {
    c.first(AT, args![index]).await
}

/// A visit's entries in order, sequenced or not.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, visit: VisitId, limit: i64) -> Result<Vec<JournalEntry>> {
    c.all(OF_VISIT, args![visit, limit]).await
}

async fn number(c: &mut Conn, sql: crate::sql::Sql) -> Result<i64> {
    Ok(c.first::<(i64,)>(sql, args![]).await?.map_or(0, |(n,)| n))
}

/// How many entries have a log index: as many as the tree has, unless somebody removed or added some.
///
/// # Errors
/// The database fails.
pub async fn counted(c: &mut Conn) -> Result<i64> {
    number(c, COUNTED).await
}

/// How many entries wait for their log index.
///
/// # Errors
/// The database fails.
pub async fn pending(c: &mut Conn) -> Result<i64> {
    number(c, PENDING).await
}

/// The change behind an entry, opened: the use case's words. None when it was pruned or its owner
/// erased.
///
/// # Errors
/// The database fails, or the change does not fit its commitment.
pub async fn change(c: &mut Conn, vault: &Vault, entry: &JournalEntry) -> Result<Option<serde_json::Value>> {
    let Some(row) = c.first::<JournalChange>(CHANGE, args![entry.id]).await? else { return Ok(None) };
    let Some(key) = vault.find(c, row.owner).await? else { return Ok(None) };
    let aad = change_aad(vault, entry.id);
    let plain = key
        .open(&aad, &row.change)
        .map_err(|source| StoreError::Crypto { table: "journal_change", source })?;
    let corrupt = |detail: &str| StoreError::Corrupt {
        table: "journal_change",
        column: "change".into(),
        detail: detail.into(),
    };
    if hefu_crypto::sha256(&[&plain])[..] != entry.commitment[..] {
        return Err(corrupt("does not fit its commitment"));
    }
    parts(&plain)
        .and_then(|(words, _)| serde_json::from_slice(words).ok())
        .map(Some)
        .ok_or_else(|| corrupt("is no change"))
}

/// The first answer given under an idempotency key.
///
/// # Errors
/// The database fails.
pub async fn answer(c: &mut Conn, key: &str) -> Result<Option<Idempotency>> {
    c.first(ANSWER, args![key.to_owned()]).await
}

/// Takes an idempotency key for a request that is about to be done, unless somebody has: who is about to is waited for. Answers whether it
/// was not taken before. It is no record, so it needs no journal entry.
///
/// # Errors
/// The database fails.
pub async fn claim(tx: &mut Tx, claim: &Idempotency) -> Result<bool> {
    Ok(tx
        .execute(CLAIM, args![claim.key.clone(), claim.request.clone(), claim.answer.clone(), claim.at])
        .await?
        == 1)
}

/// Forgets answers older than `before`.
///
/// # Errors
/// The database fails.
pub async fn forget_answers(c: &mut Conn, before: DateTime<Utc>) -> Result<u64> {
    c.execute(FORGET_ANSWERS, args![before]).await
}
