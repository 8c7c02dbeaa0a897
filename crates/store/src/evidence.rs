//! What the journal says of each row, and what stands there: the material of a verification.
//!
//! An entry of the journal binds, through its commitment, what was done and why, and the keys and digests of the rows that were written with
//! it. The last entry that names a row says how the row must be now, or that it must be gone.
//!
//! Behind an entry lie two sealed texts. The **change** is sealed under its owner's data key: a salt, the reason, the event, and the rows of
//! tables that go with a guest. The **evidence** is sealed under the data key of the property, or of the chain: a digest of the change, and all
//! other rows. The commitment is a digest of the evidence and of all that the entry itself says: who, what, when, where. So the salt keeps the
//! commitment from telling anything, an altered actor, moment or reason is noticed as an altered row is, and once the owner's key is destroyed
//! everything personal is gone, but the entry still stands in the ledger and still binds the rows that are left.

use std::{collections::HashMap, sync::LazyLock};

use hefu_crypto::Aad;
use hefu_domain::{
    guest::Profile,
    ids::{GuestId, JournalEntryId, NoteId, PropertyId, VisitId},
    journal::JournalEntry,
};
use hefu_kernel::Id as _;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, NoteToken, Record, StoreError, Table, Token, Vault,
    change::{CHANGE_COLUMN, Change, WHOLE, half, keeper, open_evidence, place},
    query::{
        desk::{note_aad, without_version},
        guest::{STAGED, unseal},
    },
    sql::{Sql, statements},
    table::row_digest,
    tables,
    value::{Row, Value, args},
};

pub use crate::change::{Digest, GONE};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    CHANGES = "SELECT c.entry_id, c.owner, c.change, k.wrapped, c.evidence, p.wrapped,
            EXISTS (SELECT 1 FROM guest g WHERE g.id = c.owner AND g.state = 'erased')
        FROM journal j JOIN journal_change c ON c.entry_id = j.id
        LEFT JOIN keys.data_key k ON k.owner = c.owner
        LEFT JOIN keys.data_key p ON p.owner = coalesce(j.property_id, $3)
        WHERE j.log_index >= $1 AND j.log_index < $2";
    CHANGE = "SELECT c.entry_id, c.owner, c.change, k.wrapped, c.evidence, p.wrapped,
            EXISTS (SELECT 1 FROM guest g WHERE g.id = c.owner AND g.state = 'erased')
        FROM journal j JOIN journal_change c ON c.entry_id = j.id
        LEFT JOIN keys.data_key k ON k.owner = c.owner
        LEFT JOIN keys.data_key p ON p.owner = coalesce(j.property_id, $2)
        WHERE j.id = $1";
    WAITING = "SELECT * FROM journal WHERE log_index IS NULL ORDER BY rowid";
    UNPLACED = "SELECT * FROM journal WHERE log_index < 0 OR log_index >= $1";
    PLACED = "SELECT * FROM journal WHERE log_index >= $1 AND log_index < $2 ORDER BY log_index";
    OF_NO_ENTRY = "SELECT c.entry_id FROM journal_change c
        WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = c.entry_id) ORDER BY c.entry_id";
    // Of whoever was erased the key was destroyed.
    GUESTS = "SELECT g.id, g.profile, k.wrapped
        FROM guest g LEFT JOIN keys.data_key k ON k.owner = g.id WHERE g.state <> 'erased'";
    // As `query::guest::source_place` says it.
    SOURCES = "SELECT s.guest_id, s.guest_id AS place,
            'record:' || length(s.system) || ':' || s.system || ':' || s.external_id AS col, s.record, k.wrapped
        FROM source_profile s LEFT JOIN keys.data_key k ON k.owner = s.guest_id
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = s.guest_id AND g.state = 'erased')";
    // As `query::source::place` says it.
    SOURCE_RECORDS = "SELECT s.owner, s.property_id AS place,
            'record:' || s.version || ':' || s.kind || ':' || length(s.system) || ':' || s.system || ':' || s.external_id AS col,
            s.record, k.wrapped
        FROM source_record s LEFT JOIN keys.data_key k ON k.owner = s.owner
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = s.owner AND g.state = 'erased')";
    DIFFERENCES = "SELECT d.owner, d.id AS place, 'says' AS col, d.says, k.wrapped
        FROM difference d LEFT JOIN keys.data_key k ON k.owner = d.owner
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = d.owner AND g.state = 'erased')";
    CARDS = "SELECT a.owner, a.id AS place, 'card_token' AS col, a.card_token, k.wrapped
        FROM pre_auth a LEFT JOIN keys.data_key k ON k.owner = a.owner
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = a.owner AND g.state = 'erased')";
    NOTES = "SELECT n.owner, n.id AS place, 'text' AS col, n.text, k.wrapped
        FROM visit_note n LEFT JOIN keys.data_key k ON k.owner = n.owner
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = n.owner AND g.state = 'erased')";
    NOTE_TEXTS = "SELECT n.property_id, n.visit_id, n.id, n.owner, n.text, k.wrapped
        FROM visit_note n LEFT JOIN keys.data_key k ON k.owner = n.owner
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = n.owner AND g.state = 'erased')";
    FLAGS = "SELECT f.guest_id, f.guest_id AS place, 'reason:' || f.kind AS col, f.reason, k.wrapped
        FROM guest_flag f LEFT JOIN keys.data_key k ON k.owner = f.guest_id
        WHERE NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = f.guest_id AND g.state = 'erased')";
    FOUND = "SELECT f.property_id, f.id AS place, 'details' AS col, f.details, k.wrapped
        FROM found_item f LEFT JOIN keys.data_key k ON k.owner = f.property_id";
    FAULTS = "SELECT m.property_id, m.id AS place, 'fault' AS col, m.fault, k.wrapped
        FROM maintenance_order m LEFT JOIN keys.data_key k ON k.owner = m.property_id";
    // A credit note has no buyer of its own.
    BUYERS = "SELECT i.owner, i.id AS place, 'buyer' AS col, i.buyer, k.wrapped
        FROM invoice i LEFT JOIN keys.data_key k ON k.owner = i.owner
        WHERE i.kind = 'invoice' AND NOT EXISTS (SELECT 1 FROM guest g WHERE g.id = i.owner AND g.state = 'erased')";
    QUARANTINED = "SELECT q.run_id, q.run_id AS place, 'record:' || q.row_number AS col, q.record, k.wrapped
        FROM quarantine q LEFT JOIN keys.data_key k ON k.owner = q.run_id";
    // Of what is settled nothing is kept.
    CHANNEL_MESSAGES = "SELECT m.property_id, m.id AS place, 'record' AS col, m.record, k.wrapped
        FROM channel_message m LEFT JOIN keys.data_key k ON k.owner = m.property_id WHERE m.state = 'waiting'";
    CALENDAR_URLS = "SELECT c.property_id, c.id AS place, 'url' AS col, c.url, k.wrapped
        FROM channel_calendar c LEFT JOIN keys.data_key k ON k.owner = c.property_id WHERE c.url IS NOT NULL";
    // As `query::channel::credentials_column` says it.
    FEED_CREDENTIALS = "SELECT f.property_id, f.channel_id AS place, 'credentials:' || f.kind || ':' || f.url AS col, f.credentials, k.wrapped
        FROM channel_feed f LEFT JOIN keys.data_key k ON k.owner = f.property_id";
}

/// What is sealed in rows of records, profiles of guests apart: the table, the column, and the statement that gives its owner, the two that bind it to its place, what is
/// sealed, and its owner's key.
const SEALED: [(&str, &str, Sql); 13] = [
    ("source_profile", "record", SOURCES),
    ("source_record", "record", SOURCE_RECORDS),
    ("difference", "says", DIFFERENCES),
    ("pre_auth", "card_token", CARDS),
    ("visit_note", "text", NOTES),
    ("guest_flag", "reason", FLAGS),
    ("found_item", "details", FOUND),
    ("maintenance_order", "fault", FAULTS),
    ("invoice", "buyer", BUYERS),
    ("quarantine", "record", QUARANTINED),
    ("channel_message", "record", CHANNEL_MESSAGES),
    ("channel_calendar", "url", CALENDAR_URLS),
    ("channel_feed", "credentials", FEED_CREDENTIALS),
];

/// A row, as an entry of the journal binds it or as it stands in its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The table's number; see `tables`.
    pub table: u8,
    /// The key, encoded.
    pub key: Vec<u8>,
    /// What it holds.
    pub digest: Digest,
}

impl Bound {
    /// The table and the key for people to read: `stay property_id=… visit_id=… id=…`.
    pub fn name(&self) -> String {
        let table = all().into_iter().find(|table| table.code == self.table);
        let (name, columns) = table.map_or(("table", &[][..]), |table| (table.name, table.columns));
        let mut text = name.to_owned();
        let mut rest = &self.key[..];
        let mut columns = columns.iter();
        while let Some((value, behind)) = Value::shown(rest) {
            text.push_str(&format!(" {}={value}", columns.next().unwrap_or(&"?")));
            rest = behind;
        }
        text
    }
}

/// Why what is sealed, a change or a row's contents, does not say what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealFault {
    /// Nothing lies sealed behind the entry.
    Missing,
    /// Its owner has no data key any more.
    Unreadable,
    /// It is not what its entry committed to, the entry does not say what it said, or the owner's key does not open it.
    Altered,
}

/// What an entry says of rows, and what is wrong with what lies sealed behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The rows it binds, as far as they can be read.
    pub rows: Vec<Bound>,
    /// What is wrong. That the key of a guest was destroyed who was erased is not.
    pub fault: Option<SealFault>,
}

impl From<SealFault> for Said {
    fn from(fault: SealFault) -> Self {
        Self { rows: Vec::new(), fault: Some(fault) }
    }
}

/// Entry, owner, sealed change, the owner's wrapped key, sealed evidence, its keeper's wrapped key, whether the owner was erased.
type ChangeRow = (JournalEntryId, Uuid, Vec<u8>, Option<Vec<u8>>, Vec<u8>, Option<Vec<u8>>, bool);

/// The digest of a row that is all key; none where there is no such table.
fn digest_of_key(table: u8, key: &[u8]) -> Option<Digest> {
    static SIGNATURES: LazyLock<HashMap<u8, &str>> =
        LazyLock::new(|| all().into_iter().map(|table| (table.code, table.signature)).collect());
    let signature = SIGNATURES.get(&table)?;
    Some(half(hefu_crypto::sha256(&[signature.as_bytes(), key])))
}

fn unpack(rows: &[u8]) -> Option<Vec<Bound>> {
    if rows.is_empty() {
        return Some(Vec::new());
    }
    let rows = lz4_flex::decompress_size_prepended(rows).ok()?;
    let (mut rest, mut bound) = (&rows[..], Vec::new());
    while let Some((table, behind)) = rest.split_first() {
        let (length, behind) = behind.split_first_chunk::<2>()?;
        let length = u16::from_be_bytes(*length);
        let (key, behind) = behind.split_at_checked(usize::from(length & !WHOLE))?;
        let (digest, behind) = match length & WHOLE {
            0 => behind.split_first_chunk::<16>().map(|(digest, behind)| (*digest, behind))?,
            _ => (digest_of_key(*table, key)?, behind),
        };
        bound.push(Bound { table: *table, key: key.to_vec(), digest });
        rest = behind;
    }
    Some(bound)
}

fn said(vault: &Vault, entry: &JournalEntry, row: Option<&ChangeRow>) -> Said {
    let Some((_, owner, change, wrapped, evidence, keeper_wrapped, is_erased)) = row else {
        return SealFault::Missing.into();
    };
    let Some(keeper_wrapped) = keeper_wrapped else { return SealFault::Unreadable.into() };
    let opened = vault
        .open(keeper(entry.property_id), keeper_wrapped)
        .ok()
        .and_then(|key| open_evidence(vault, entry, &key, evidence))
        .and_then(|evidence| Some((evidence.change, unpack(evidence.rows())?)));
    let Some((digest, mut rows)) = opened else { return SealFault::Altered.into() };
    let Some(wrapped) = wrapped else {
        return Said { rows, fault: (!is_erased).then_some(SealFault::Unreadable) };
    };
    let key = vault.open(*owner, wrapped).ok();
    let change = key.and_then(|key| key.open(&place(vault, entry.id, CHANGE_COLUMN), change).ok());
    let personal = change
        .filter(|change| hefu_crypto::sha256(&[change]) == digest)
        .and_then(|change| unpack(Change::of(&change)?.rows));
    let Some(personal) = personal else { return Said { rows, fault: Some(SealFault::Altered) } };
    rows.extend(personal);
    Said { rows, fault: None }
}

/// What each of these entries says of rows, in their order. They stand at the places from `from` until before `to`.
///
/// # Errors
/// The database fails.
pub async fn of_entries(
    c: &mut Conn,
    vault: &Vault,
    entries: &[JournalEntry],
    (from, to): (i64, i64),
) -> Result<Vec<Said>> {
    let mut changes = HashMap::new();
    c.each_of::<ChangeRow>(CHANGES, args![from, to, Uuid::nil()], |row| {
        // One that cannot be read is none.
        changes.extend(row.map(|row| (row.0, row)));
        Ok(())
    })
    .await?;
    Ok(entries.iter().map(|entry| said(vault, entry, changes.get(&entry.id))).collect())
}

/// What an entry says of rows.
///
/// # Errors
/// The database fails.
pub async fn of_entry(c: &mut Conn, vault: &Vault, entry: &JournalEntry) -> Result<Said> {
    let change = c.first::<ChangeRow>(CHANGE, args![entry.id, Uuid::nil()]).await?;
    Ok(said(vault, entry, change.as_ref()))
}

/// Entries that have no place yet, in the order they were written, as far as they can be read; see [`crate::unbound`].
///
/// # Errors
/// The database fails.
pub async fn waiting(c: &mut Conn) -> Result<Vec<JournalEntry>> {
    let mut waiting = Vec::new();
    c.each_of::<JournalEntry>(WAITING, args![], |entry| {
        waiting.extend(entry);
        Ok(())
    })
    .await?;
    Ok(waiting)
}

/// The entries with a place that a tree of `size` entries does not have.
///
/// # Errors
/// The database fails.
pub async fn unplaced(
    c: &mut Conn,
    size: i64,
    each: &mut (dyn FnMut(std::result::Result<JournalEntry, Unreadable>) + Send),
) -> Result<()> {
    c.each_of::<Standing<JournalEntry>>(UNPLACED, args![size], |entry| {
        each(entry?.0);
        Ok(())
    })
    .await
}

/// The entries from place `from` until before `to`, in order, as far as they can be read.
///
/// # Errors
/// The database fails.
pub async fn placed(c: &mut Conn, from: i64, to: i64) -> Result<Vec<JournalEntry>> {
    let mut placed = Vec::new();
    c.each_of::<JournalEntry>(PLACED, args![from, to], |entry| {
        placed.extend(entry);
        Ok(())
    })
    .await?;
    Ok(placed)
}

/// The entries that changes speak of and that are not there.
///
/// # Errors
/// The database fails.
pub async fn changes_of_no_entry(c: &mut Conn) -> Result<Vec<JournalEntryId>> {
    Ok(c.all::<(JournalEntryId,)>(OF_NO_ENTRY, args![]).await?.into_iter().map(|(id,)| id).collect())
}

/// Opens whatever is sealed in rows of records, profiles of guests apart; `each` gets where it is and why, if something does not open.
///
/// # Errors
/// The database fails.
pub async fn open_sealed(
    c: &mut Conn,
    vault: &Vault,
    each: &mut (dyn FnMut(String, SealFault) + Send),
) -> Result<()> {
    type Row = (Uuid, Uuid, String, Vec<u8>, Option<Vec<u8>>);
    let tenant = vault.ring().tenant();
    for (table, column, sql) in SEALED {
        c.each::<Row>(sql.0, |row| {
            // That a row cannot be read is told by who reads all of them.
            let Ok((owner, row, place, sealed, wrapped)) = row else { return Ok(()) };
            let aad = Aad { tenant, table, column: &place, row };
            let opened = wrapped
                .map(|wrapped| vault.open(owner, &wrapped).is_ok_and(|key| key.open(&aad, &sealed).is_ok()));
            match opened {
                Some(true) => {}
                Some(false) => each(format!("{table} owner={owner} {column}"), SealFault::Altered),
                None => each(format!("{table} owner={owner} {column}"), SealFault::Unreadable),
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// A guest's profile, opened, and the version of the ring its search tokens were made under.
pub type OpenedGuest = (GuestId, u16, Profile);

/// Opens the profile of every guest that was not erased; `each` gets it, or why it does not open and whose it is.
///
/// # Errors
/// The database fails, or `each` does.
pub async fn guests(
    c: &mut Conn,
    vault: &Vault,
    each: &mut (dyn FnMut(std::result::Result<OpenedGuest, (String, SealFault)>) -> Result<()> + Send),
) -> Result<()> {
    type Row = (GuestId, Vec<u8>, Option<Vec<u8>>);
    c.each::<Row>(GUESTS.0, |row| {
        let Ok((id, sealed, wrapped)) = row else { return Ok(()) };
        let failed = |fault| (format!("guest owner={id} profile"), fault);
        let opened = wrapped.ok_or(SealFault::Unreadable).and_then(|wrapped| {
            let key = vault.open(id.uuid(), &wrapped).map_err(|_| SealFault::Altered)?;
            unseal(&key, vault.ring().tenant(), id, &sealed).map_err(|_| SealFault::Altered)
        });
        each(opened.map(|(ring_version, profile)| (id, ring_version, profile)).map_err(failed))
    })
    .await
}

/// Where a note stands.
pub type NotePlace = (PropertyId, VisitId, NoteId);

/// Opens the text of every note whose owner was not erased, as far as it opens; `each` gets where it stands, the version of the ring its search tokens were
/// made under, and the text. What does not open is told with everything that is sealed.
///
/// # Errors
/// The database fails, or `each` does.
pub async fn notes(
    c: &mut Conn,
    vault: &Vault,
    each: &mut (dyn FnMut(NotePlace, u16, &str) -> Result<()> + Send),
) -> Result<()> {
    type Row = (PropertyId, VisitId, NoteId, Uuid, Vec<u8>, Option<Vec<u8>>);
    let tenant = vault.ring().tenant();
    c.each::<Row>(NOTE_TEXTS.0, |row| {
        let Ok((property, visit, id, owner, sealed, Some(wrapped))) = row else { return Ok(()) };
        let opened =
            vault.open(owner, &wrapped).ok().and_then(|key| key.open(&note_aad(tenant, id), &sealed).ok());
        match opened.and_then(without_version) {
            Some((version, text)) => each((property, visit, id), version, &text),
            None => Ok(()),
        }
    })
    .await
}

/// A search token of a note as it would lie there.
pub fn note_token(token: &NoteToken) -> Bound {
    bound(token)
}

/// Every search token of a note that is there.
///
/// # Errors
/// The database fails, or `each` does.
pub async fn note_tokens(c: &mut Conn, each: &mut Each<'_>) -> Result<()> {
    rows_of::<NoteToken>(c, NoteToken::NAME, each).await
}

/// A table whose rows the journal binds.
struct BoundTable {
    code: u8,
    name: &'static str,
    signature: &'static str,
    columns: &'static [&'static str],
}

macro_rules! bound_tables {
    ($($type:ty),+ $(,)?) => {
        fn all() -> Vec<BoundTable> {
            vec![$(BoundTable {
                code: <$type>::CODE,
                name: <$type>::NAME,
                signature: <$type>::SIGNATURE,
                columns: <$type>::COLUMNS,
            }),+]
        }

        /// Every row that is there, table by table; `each` gets the row, or why it cannot be read and which it is.
        ///
        /// # Errors
        /// The database fails, or `each` does.
        pub async fn rows(c: &mut Conn, each: &mut Each<'_>) -> Result<()> {
            $(rows_of::<$type>(c, <$type>::NAME, each).await?;)+
            rows_of::<Token>(c, STAGED, each).await
        }
    };
}

/// A row that cannot be read as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Table and key, as far as they can be told.
    pub name: String,
    /// The column, and what is wrong with it; never what it holds.
    pub why: String,
}

/// Takes the rows one by one.
pub type Each<'a> = dyn FnMut(std::result::Result<Bound, Unreadable>) -> Result<()> + Send + 'a;

// The journal binds itself by the tree; for the rest see [`crate::unbound`].
tables::records!(bound_tables);

fn bound<T: Table>(row: &T) -> Bound {
    let values = row.values();
    let mut key = Vec::with_capacity(48);
    values[..T::KEYS].iter().for_each(|value| value.encode(&mut key));
    Bound { table: T::CODE, key, digest: half(row_digest::<T>(&values)) }
}

/// A row of a table as it stands there: what it says, or why it says nothing.
pub(crate) struct Standing<T>(pub(crate) std::result::Result<T, Unreadable>);

impl<T: Table> Record for Standing<T> {
    fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self(T::from_row(row).map_err(|error| {
            let keys = T::COLUMNS[..T::KEYS].iter().enumerate();
            let keys: String = keys.map(|(at, column)| format!(" {column}={}", row.shown(at))).collect();
            let name = format!("{}{keys}", T::NAME);
            Unreadable { name, why: why(&error, T::COLUMNS) }
        })))
    }
}

/// What is wrong with a column, by the column's name.
pub(crate) fn why(error: &StoreError, columns: &[&str]) -> String {
    match error {
        StoreError::Corrupt { column, detail, .. } => {
            let at = column.strip_prefix('#').and_then(|at| at.parse::<usize>().ok());
            format!("{} {detail}", at.and_then(|at| columns.get(at)).unwrap_or(&"a column"))
        }
        other => other.to_string(),
    }
}

async fn rows_of<T: Table>(c: &mut Conn, from: &'static str, each: &mut Each<'_>) -> Result<()> {
    let sql = AssertSqlSafe(format!("SELECT * FROM {from}"));
    c.each::<Standing<T>>(sql, |row| match row?.0 {
        Ok(row) => each(Ok(bound(&row))),
        Err(unreadable) => each(Err(unreadable)),
    })
    .await
}

/// The search tokens there are, sorted in or not.
///
/// # Errors
/// The database fails, or `each` does.
pub async fn tokens(c: &mut Conn, each: &mut Each<'_>) -> Result<()> {
    rows_of::<Token>(c, Token::NAME, each).await?;
    rows_of::<Token>(c, STAGED, each).await
}

/// The token's row as the journal would bind it.
pub fn token(token: i64, guest_id: GuestId) -> Bound {
    bound(&Token { token, guest_id })
}
