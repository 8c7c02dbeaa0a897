//! Runs of the history import.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use hefu_crypto::Aad;
use hefu_domain::{
    ids::{GuestId, ImportFileId, ImportRunId, PropertyId, RoomId, VisitId},
    import_file::{ImportFile, QuarantineDecision},
    stay::RoomPart,
};
use hefu_kernel::Id as _;

use crate::{
    Conn, Field, ImportRun, Quarantine, StoreError, Tx, Vault,
    query::guest::{self, SearchKey},
    sql::statements,
    value::{Value, args},
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    BY_DIGEST = "SELECT * FROM import_run WHERE digest = $1";
    FIND = "SELECT * FROM import_run WHERE id = $1";
    // A source that speaks by itself, as a channel does, has no file: its run has no rows of its own. A row that somebody mended is one of a file's run.
    RUNS = "SELECT * FROM import_run WHERE state IN ('running', 'finished') ORDER BY started_at DESC LIMIT $1";
    FOLLOWED = "SELECT CAST(1 AS BIGINT) FROM import_run WHERE map = $1 AND id > $2 LIMIT 1";
    UNFINISHED = "SELECT id, version FROM import_run WHERE state IN ('running', 'mending') ORDER BY id";
    FILE = "SELECT * FROM import_file WHERE id = $1";
    FILES = "SELECT * FROM import_file ORDER BY id DESC LIMIT $1";
    OPEN_FILES = "SELECT * FROM import_file WHERE state IN ('waiting', 'running') ORDER BY id LIMIT $1";
    DECISION = "SELECT * FROM quarantine_decision WHERE run_id = $1 AND row_number = $2";
    DECISIONS = "SELECT * FROM quarantine_decision WHERE run_id = $1 AND row_number > $2 AND row_number <= $3 ORDER BY row_number";
    DECIDED = "SELECT count(*) FROM quarantine_decision WHERE run_id = $1";
    UNDECIDED = "SELECT q.* FROM quarantine q WHERE q.run_id = $1 AND q.row_number > $2
            AND NOT EXISTS (SELECT 1 FROM quarantine_decision d WHERE d.run_id = q.run_id AND d.row_number = q.row_number)
        ORDER BY q.row_number LIMIT $3";
    QUARANTINED_ROW = "SELECT * FROM quarantine WHERE run_id = $1 AND row_number = $2";
    QUARANTINED = "SELECT * FROM quarantine WHERE run_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3";
    ALIASES = "SELECT number, visit_id FROM visit_alias WHERE system = $1 AND scope = $2 AND number IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34)";
    // Each with its system: of a system alone PostgreSQL without statistics would go through all it has sent.
    SOURCES = "SELECT s.external_id, s.guest_id, s.record, (SELECT k.wrapped FROM keys.data_key k WHERE k.owner = s.guest_id) AS wrapped
        FROM (VALUES (CAST($1 AS TEXT), CAST($2 AS TEXT)), ($1, $3), ($1, $4), ($1, $5), ($1, $6), ($1, $7), ($1, $8), ($1, $9), ($1, $10), ($1, $11), ($1, $12), ($1, $13), ($1, $14), ($1, $15), ($1, $16), ($1, $17), ($1, $18), ($1, $19), ($1, $20), ($1, $21), ($1, $22), ($1, $23), ($1, $24), ($1, $25), ($1, $26), ($1, $27), ($1, $28), ($1, $29), ($1, $30), ($1, $31), ($1, $32), ($1, $33)) AS v
        CROSS JOIN source_profile s WHERE s.system = v.column1 AND s.external_id = v.column2";
    // One probe for each token, however many carry it.
    CARRIED = "SELECT v.column1 FROM (VALUES (CAST($1 AS BIGINT)), ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10), ($11), ($12), ($13), ($14), ($15), ($16), ($17), ($18), ($19), ($20), ($21), ($22), ($23), ($24), ($25), ($26), ($27), ($28), ($29), ($30), ($31), ($32)) AS v
        WHERE (SELECT 1 FROM token t WHERE t.token = v.column1 LIMIT 1) = 1";
    // Room by room: the key of `room_night` has the room before the night.
    HELD_SINCE = "SELECT n.room_id, n.night, n.part FROM room r CROSS JOIN room_night n
        WHERE r.property_id = $1 AND n.property_id = r.property_id AND n.room_id = r.id AND n.night >= $2";
    HELD = "SELECT room_id, night, part FROM room_night WHERE property_id = $1";
}

/// The run over a file, if there was one.
///
/// # Errors
/// The database fails.
pub async fn by_digest(c: &mut Conn, digest: &str) -> Result<Option<ImportRun>> {
    c.first(BY_DIGEST, args![digest.to_owned()]).await
}

/// A run.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: ImportRunId) -> Result<Option<ImportRun>> {
    c.first(FIND, args![id]).await
}

/// The latest runs over files.
///
/// # Errors
/// The database fails.
pub async fn runs(c: &mut Conn, limit: i64) -> Result<Vec<ImportRun>> {
    c.all(RUNS, args![limit]).await
}

/// Whether another run of the same map began after a run: identifiers are in the order of beginning.
///
/// # Errors
/// The database fails.
pub async fn is_followed(c: &mut Conn, run: &ImportRun) -> Result<bool> {
    Ok(c.first::<(i64,)>(FOLLOWED, args![run.map.clone(), run.id]).await?.is_some())
}

/// Runs that are not finished, at work or cut off, and their versions: each batch makes a new one.
///
/// # Errors
/// The database fails.
pub async fn unfinished(c: &mut Conn) -> Result<Vec<(ImportRunId, i64)>> {
    c.all(UNFINISHED, args![]).await
}

/// A file that was sent to be imported.
///
/// # Errors
/// The database fails.
pub async fn file(c: &mut Conn, id: ImportFileId) -> Result<Option<ImportFile>> {
    c.first(FILE, args![id]).await
}

/// Files that were sent to be imported, the latest first.
///
/// # Errors
/// The database fails.
pub async fn files(c: &mut Conn, limit: i64) -> Result<Vec<ImportFile>> {
    c.all(FILES, args![limit]).await
}

/// Files that are being imported or are to be, in the order in which they came.
///
/// # Errors
/// The database fails.
pub async fn open_files(c: &mut Conn, limit: i64) -> Result<Vec<ImportFile>> {
    c.all(OPEN_FILES, args![limit]).await
}

/// What became of a quarantined row, if somebody dealt with it.
///
/// # Errors
/// The database fails.
pub async fn decision(c: &mut Conn, run: ImportRunId, row: i64) -> Result<Option<QuarantineDecision>> {
    c.first(DECISION, args![run, row]).await
}

/// What became of the quarantined rows after `after` and up to `last`.
///
/// # Errors
/// The database fails.
pub async fn decisions(
    c: &mut Conn,
    run: ImportRunId,
    (after, last): (i64, i64),
) -> Result<Vec<QuarantineDecision>> {
    c.all(DECISIONS, args![run, after, last]).await
}

/// How many quarantined rows of a run somebody dealt with.
///
/// # Errors
/// The database fails.
pub async fn decided(c: &mut Conn, run: ImportRunId) -> Result<i64> {
    Ok(c.first::<(i64,)>(DECIDED, args![run]).await?.map_or(0, |(count,)| count))
}

/// Quarantined rows after row `after` that nobody dealt with.
///
/// # Errors
/// The database fails.
pub async fn undecided(c: &mut Conn, run: ImportRunId, after: i64, limit: i64) -> Result<Vec<Quarantine>> {
    c.all(UNDECIDED, args![run, after, limit]).await
}

/// A quarantined row.
///
/// # Errors
/// The database fails.
pub async fn quarantined_row(c: &mut Conn, run: ImportRunId, row: i64) -> Result<Option<Quarantine>> {
    c.first(QUARANTINED_ROW, args![run, row]).await
}

/// Quarantined rows after row `after`.
///
/// # Errors
/// The database fails.
pub async fn quarantined(c: &mut Conn, run: ImportRunId, after: i64, limit: i64) -> Result<Vec<Quarantine>> {
    c.all(QUARANTINED, args![run, after, limit]).await
}

/// How many values the lists of the statements above take.
pub(super) const LIST: usize = 32;

/// Values in lists of [`LIST`], the last filled up by its own last one.
pub(super) fn lists<T: Field>(values: &[T]) -> impl Iterator<Item = Vec<Value>> {
    values.chunks(LIST).map(|chunk| (0..LIST).map(|at| chunk[at.min(chunk.len() - 1)].to_value()).collect())
}

/// Which of these numbers of a system are known, with their visits.
///
/// # Errors
/// The database fails.
pub async fn known(
    c: &mut Conn,
    system: &str,
    scope: PropertyId,
    numbers: &[String],
) -> Result<HashMap<String, VisitId>> {
    let mut found = HashMap::new();
    for list in lists(numbers) {
        let mut values = args![system.to_owned(), scope];
        values.extend(list);
        found.extend(c.all::<(String, VisitId)>(ALIASES, values).await?);
    }
    Ok(found)
}

/// A source record that is known.
#[derive(Debug, Clone)]
pub struct KnownSource {
    /// Whose it is.
    pub guest: GuestId,
    /// What was received; none when the guest's key was destroyed.
    pub record: Option<Vec<u8>>,
}

/// Which of these records of a system are known, by their keys there.
///
/// # Errors
/// The database fails, or a record was changed.
pub async fn known_sources(
    c: &mut Conn,
    vault: &Vault,
    system: &str,
    external_ids: &[String],
) -> Result<HashMap<String, KnownSource>> {
    type Row = (String, GuestId, Vec<u8>, Option<Vec<u8>>);
    let mut found = HashMap::new();
    for list in lists(external_ids) {
        let mut values = args![system.to_owned()];
        values.extend(list);
        for (external_id, guest, sealed, wrapped) in c.all::<Row>(SOURCES, values).await? {
            // The last of a list stands for the places behind it.
            if found.contains_key(&external_id) {
                continue;
            }
            let record =
                guest::open_source_by(vault, wrapped.as_deref(), (system, &external_id), guest, &sealed)?;
            found.insert(external_id, KnownSource { guest, record });
        }
    }
    Ok(found)
}

/// Those of these search keys that somebody carries a token of. Tokens collide: it may be somebody else's.
///
/// # Errors
/// The database fails.
pub async fn carried(c: &mut Conn, vault: &Vault, keys: Vec<SearchKey>) -> Result<Vec<SearchKey>> {
    let ring = vault.ring();
    let tokens: Vec<Vec<i64>> = keys.iter().map(|(kind, value)| ring.tokens_live(kind, value)).collect();
    let mut carried = HashSet::new();
    for list in lists(&tokens.concat()) {
        carried.extend(c.all::<(i64,)>(CARRIED, list).await?.into_iter().map(|(token,)| token));
    }
    let is_carried = |tokens: &Vec<i64>| tokens.iter().any(|token| carried.contains(token));
    Ok(keys.into_iter().zip(&tokens).filter(|(_, tokens)| is_carried(tokens)).map(|(key, _)| key).collect())
}

/// Every night and day on which a room of the property is or was held.
///
/// # Errors
/// The database fails.
pub async fn held(c: &mut Conn, property: PropertyId) -> Result<Vec<(RoomId, NaiveDate, RoomPart)>> {
    c.all(HELD, args![property]).await
}

/// Hands over every night and day on which a room of the property is or was held, one by one; since a date, if there is one.
///
/// # Errors
/// The database fails.
pub async fn each_held(
    c: &mut Conn,
    property: PropertyId,
    since: Option<NaiveDate>,
    each: &mut (dyn FnMut(RoomId, NaiveDate, RoomPart) + Send),
) -> Result<()> {
    let (sql, values) = match since {
        None => (HELD, args![property]),
        Some(since) => (HELD_SINCE, args![property, since]),
    };
    c.each_of::<(RoomId, NaiveDate, RoomPart)>(sql, values, |row| {
        let (room, night, part) = row?;
        each(room, night, part);
        Ok(())
    })
    .await
}

/// Binds a quarantined row's ciphertext to its place.
fn column(row: i64) -> String {
    format!("record:{row}")
}

/// Seals a row as received under the data key of its run.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_row(tx: &mut Tx, run: ImportRunId, row: i64, record: &[u8]) -> Result<Vec<u8>> {
    let key = tx.data_key(run.uuid()).await?;
    let aad = Aad { tenant: tx.ring().tenant(), table: "quarantine", column: &column(row), row: run.uuid() };
    Ok(key.seal(&*tx.vault().rng, &aad, record))
}

/// Opens a quarantined row.
///
/// # Errors
/// The key cannot be had, or the text was tampered with.
pub async fn open_row(tx: &mut Tx, row: &Quarantine) -> Result<Vec<u8>> {
    let key = tx.find_data_key(row.run_id.uuid()).await?.ok_or(StoreError::Erased)?;
    let column = column(row.row_number);
    let aad =
        Aad { tenant: tx.ring().tenant(), table: "quarantine", column: &column, row: row.run_id.uuid() };
    key.open(&aad, &row.record).map_err(|source| StoreError::Crypto { table: "quarantine", source })
}

/// The same outside of a unit of work; none when the key of its run was destroyed.
///
/// # Errors
/// The key cannot be had, or the text was tampered with.
pub async fn open_row_to_read(c: &mut Conn, vault: &Vault, row: &Quarantine) -> Result<Option<Vec<u8>>> {
    let Some(key) = vault.find_to_read(c, row.run_id.uuid()).await? else { return Ok(None) };
    let column = column(row.row_number);
    let tenant = vault.ring().tenant();
    let aad = Aad { tenant, table: "quarantine", column: &column, row: row.run_id.uuid() };
    key.open(&aad, &row.record).map(Some).map_err(|source| StoreError::Crypto { table: "quarantine", source })
}
