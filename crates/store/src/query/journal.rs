//! The journal: reading it, and giving its entries their place in the ledger.

use chrono::{DateTime, Utc};
use hefu_domain::{
    event::{AccountEvent, Event},
    ids::{FindingId, JournalEntryId, PropertyId, VisitId},
    journal::JournalEntry,
};
use uuid::Uuid;

use crate::{
    Conn, Idempotency, JournalChange, Record, StoreError, Tx, Vault,
    change::{CHANGE_COLUMN, Change, keeper, open_evidence, place},
    sql::statements,
    value::{Row, args, required},
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    AFTER = "SELECT * FROM journal WHERE log_index > $1 ORDER BY log_index LIMIT $2";
    BEFORE = "SELECT * FROM journal WHERE log_index < $1 ORDER BY log_index DESC LIMIT $2";
    AT = "SELECT * FROM journal WHERE log_index = $1";
    // Found before they are sorted: PostgreSQL without statistics would look for them among all entries in order.
    OF_VISIT = "WITH entries AS MATERIALIZED (SELECT * FROM journal WHERE visit_id = $1)
        SELECT * FROM entries ORDER BY id LIMIT $2";
    OF_FINDING = "WITH entries AS MATERIALIZED (SELECT * FROM journal WHERE subject_kind = 'finding' AND subject_id = $1)
        SELECT * FROM entries ORDER BY id LIMIT $2";
    TOLD_AFTER = "SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM journal j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        WHERE j.log_index > $1 ORDER BY j.log_index LIMIT $2";
    TOLD_BEFORE = "SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM journal j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        WHERE j.log_index < $1 ORDER BY j.log_index DESC LIMIT $2";
    TOLD_AT = "SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM journal j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        WHERE j.log_index = $1";
    TOLD_OF_VISIT = "WITH entries AS MATERIALIZED (SELECT * FROM journal WHERE visit_id = $1)
        SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM entries j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        ORDER BY j.id LIMIT $2";
    TOLD_OF_ACTOR = "SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM journal j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        WHERE j.actor = $1 AND j.log_index IS NOT NULL AND j.log_index < $2 ORDER BY j.log_index DESC LIMIT $3";
    TOLD_OF_ACTION = "SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM journal j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        WHERE j.action = $1 AND j.log_index IS NOT NULL AND j.log_index < $2 ORDER BY j.log_index DESC LIMIT $3";
    TOLD_OF_OPENED = "SELECT j.id, j.at, j.actor, j.action, j.property_id, j.visit_id, j.subject_kind, j.subject_id, j.commitment, j.log_index,
            p.code, c.owner, c.change, k.wrapped
        FROM journal j LEFT JOIN property p ON p.id = j.property_id
        LEFT JOIN journal_change c ON c.entry_id = j.id LEFT JOIN keys.data_key k ON k.owner = c.owner
        WHERE j.subject_id = $1 AND j.action = 'record.open' AND j.log_index IS NOT NULL AND j.log_index < $2
        ORDER BY j.log_index DESC LIMIT $3";
    CHANGES_AFTER = "SELECT j.log_index, j.action, j.property_id, j.visit_id, j.subject_id, r.number, m.number
        FROM journal j LEFT JOIN reservation r ON r.property_id = j.property_id AND r.id = j.visit_id
        LEFT JOIN room m ON m.property_id = j.property_id AND m.id = j.subject_id
        WHERE j.log_index > $1 ORDER BY j.log_index LIMIT $2";
    PLACED_AT = "SELECT at FROM journal WHERE log_index = $1";
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

/// The log index of the last entry that has one.
///
/// # Errors
/// The database fails.
pub async fn last_index(c: &mut Conn) -> Result<Option<i64>> {
    Ok(before(c, i64::MAX, 1).await?.first().and_then(|entry| entry.log_index))
}

/// What an entry says has changed, by the numbers under which people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedEntry {
    /// The entry's log index.
    pub log_index: i64,
    /// What was done.
    pub action: String,
    /// In which property.
    pub property_id: Option<PropertyId>,
    /// To which visit.
    pub visit_id: Option<VisitId>,
    /// To which other record.
    pub subject_id: Uuid,
    /// The visit's number.
    pub visit: Option<String>,
    /// The room's number, where the record is a room.
    pub room: Option<String>,
}

#[expect(private_interfaces, reason = "only this crate implements and calls it")]
impl Record for ChangedEntry {
    fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            log_index: required(row, 0)?,
            action: required(row, 1)?,
            property_id: required(row, 2)?,
            visit_id: required(row, 3)?,
            subject_id: required(row, 4)?,
            visit: required(row, 5)?,
            room: required(row, 6)?,
        })
    }
}

/// What entries with a log index above `after` say has changed, in order.
///
/// # Errors
/// The database fails.
pub async fn changes_after(c: &mut Conn, after: i64, limit: i64) -> Result<Vec<ChangedEntry>> {
    c.all(CHANGES_AFTER, args![after, limit]).await
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

/// An entry as it is shown to those who may see its property and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldEntry {
    /// The entry.
    pub entry: JournalEntry,
    /// Code of the property.
    pub property: Option<String>,
    /// Why it was done. None if nobody said, or if the data key of who it was about is gone.
    pub reason: Option<String>,
    /// From which address, where the event tells of an account or a program of another system.
    pub from: Option<String>,
}

/// What events of accounts say beside what was done.
#[derive(serde::Deserialize)]
struct Asked {
    #[serde(default)]
    from: Option<String>,
}

/// From which address something was asked for: events of accounts say it, and what others call `from` is something else.
fn address_of(action: &str, event: &[u8]) -> Option<String> {
    let is_of_account = AccountEvent::ALL.iter().any(|(name, _)| *name == action);
    is_of_account.then(|| serde_json::from_slice::<Asked>(event).ok()?.from)?
}

/// An entry beside what lies sealed behind it.
struct ToldRow {
    entry: JournalEntry,
    property: Option<String>,
    owner: Option<Uuid>,
    change: Option<Vec<u8>>,
    wrapped: Option<Vec<u8>>,
}

impl Record for ToldRow {
    fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            entry: JournalEntry::from_row(row)?,
            property: required(row, 10)?,
            owner: required(row, 11)?,
            change: required(row, 12)?,
            wrapped: required(row, 13)?,
        })
    }
}

impl ToldRow {
    fn told(self, vault: &Vault) -> Result<ToldEntry> {
        let Self { entry, property, owner, change, wrapped } = self;
        let (reason, from) = match (owner, change, wrapped) {
            (Some(owner), Some(change), Some(wrapped)) => {
                let key = vault.known_or_open(owner, &wrapped)?;
                let change = key.open(&place(vault, entry.id, CHANGE_COLUMN), &change);
                let change =
                    change.map_err(|source| StoreError::Crypto { table: "journal_change", source })?;
                let change = Change::of(&change).ok_or_else(|| corrupt("is no change"))?;
                let reason = Some(change.reason.to_owned()).filter(|reason| !reason.is_empty());
                (reason, address_of(&entry.action, change.event))
            }
            _ => (None, None),
        };
        Ok(ToldEntry { entry, property, reason, from })
    }
}

fn corrupt(detail: &str) -> StoreError {
    StoreError::Corrupt { table: "journal_change", column: "change".into(), detail: detail.into() }
}

fn told(vault: &Vault, rows: Vec<ToldRow>) -> Result<Vec<ToldEntry>> {
    rows.into_iter().map(|row| row.told(vault)).collect()
}

/// Entries with a log index above `after`, in order, as they are shown.
///
/// # Errors
/// The database fails, or a reason does not open.
pub async fn told_after(c: &mut Conn, vault: &Vault, after: i64, limit: i64) -> Result<Vec<ToldEntry>> {
    told(vault, c.all(TOLD_AFTER, args![after, limit]).await?)
}

/// Entries with a log index below `before`, the latest first, as they are shown.
///
/// # Errors
/// The database fails, or a reason does not open.
pub async fn told_before(c: &mut Conn, vault: &Vault, before: i64, limit: i64) -> Result<Vec<ToldEntry>> {
    told(vault, c.all(TOLD_BEFORE, args![before, limit]).await?)
}

/// The entry at a log index, as it is shown.
///
/// # Errors
/// The database fails, or its reason does not open.
pub async fn told_at(c: &mut Conn, vault: &Vault, index: i64) -> Result<Option<ToldEntry>> {
    c.first::<ToldRow>(TOLD_AT, args![index]).await?.map(|row| row.told(vault)).transpose()
}

/// What somebody did, with a log index below `before`, the latest first, as it is shown.
///
/// # Errors
/// The database fails, or a reason does not open.
pub async fn told_of_actor(
    c: &mut Conn,
    vault: &Vault,
    actor: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<ToldEntry>> {
    told(vault, c.all(TOLD_OF_ACTOR, args![actor.to_owned(), before, limit]).await?)
}

/// What was done of one kind, with a log index below `before`, the latest first, as it is shown.
///
/// # Errors
/// The database fails, or a reason does not open.
pub async fn told_of_action(
    c: &mut Conn,
    vault: &Vault,
    action: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<ToldEntry>> {
    told(vault, c.all(TOLD_OF_ACTION, args![action.to_owned(), before, limit]).await?)
}

/// Who opened a record, with a log index below `before`, the latest first, as it is shown.
///
/// # Errors
/// The database fails, or a reason does not open.
pub async fn told_of_opened(
    c: &mut Conn,
    vault: &Vault,
    record: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<ToldEntry>> {
    told(vault, c.all(TOLD_OF_OPENED, args![record, before, limit]).await?)
}

/// When the entry at a log index was written.
///
/// # Errors
/// The database fails.
pub async fn placed_at(c: &mut Conn, index: i64) -> Result<Option<DateTime<Utc>>> {
    Ok(c.first::<(DateTime<Utc>,)>(PLACED_AT, args![index]).await?.map(|(at,)| at))
}

/// A visit's entries in order, sequenced or not, as they are shown.
///
/// # Errors
/// The database fails, or a reason does not open.
pub async fn told_of_visit(
    c: &mut Conn,
    vault: &Vault,
    visit: VisitId,
    limit: i64,
) -> Result<Vec<ToldEntry>> {
    told(vault, c.all(TOLD_OF_VISIT, args![visit, limit]).await?)
}

/// The entries about a finding in order, sequenced or not.
///
/// # Errors
/// The database fails.
pub async fn of_finding(c: &mut Conn, finding: FindingId, limit: i64) -> Result<Vec<JournalEntry>> {
    c.all(OF_FINDING, args![finding, limit]).await
}

/// What an entry says was done, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedChange {
    /// What was done.
    pub event: Event,
    /// Why.
    pub reason: Option<String>,
}

/// The change behind an entry, opened. None when it was pruned or its owner erased.
///
/// # Errors
/// The database fails, or the change is not what the entry committed to.
pub async fn change(c: &mut Conn, vault: &Vault, entry: &JournalEntry) -> Result<Option<OpenedChange>> {
    let Some(row) = sealed_change(c, entry.id).await? else { return Ok(None) };
    let Some(key) = vault.find(c, row.owner).await? else { return Ok(None) };
    let change = key
        .open(&place(vault, entry.id, CHANGE_COLUMN), &row.change)
        .map_err(|source| StoreError::Crypto { table: "journal_change", source })?;
    let keeper = vault.find(c, keeper(entry.property_id)).await?;
    let evidence = keeper.and_then(|keeper| open_evidence(vault, entry, &keeper, &row.evidence));
    if evidence.is_none_or(|evidence| hefu_crypto::sha256(&[&change]) != evidence.change) {
        return Err(corrupt("does not fit its commitment"));
    }
    let change = Change::of(&change).ok_or_else(|| corrupt("is no change"))?;
    let event = serde_json::from_slice(change.event).map_err(|_| corrupt("holds no JSON"))?;
    Ok(Some(OpenedChange {
        event: Event::of_stored(event).map_err(|error| corrupt(&error.to_string()))?,
        reason: Some(change.reason.to_owned()).filter(|reason| !reason.is_empty()),
    }))
}

/// What lies sealed behind an entry.
///
/// # Errors
/// The database fails.
pub async fn sealed_change(c: &mut Conn, entry: JournalEntryId) -> Result<Option<JournalChange>> {
    c.first(CHANGE, args![entry]).await
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
