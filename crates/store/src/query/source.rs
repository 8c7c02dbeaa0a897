//! Source records: what other systems said of visits, and where that differs from what is recorded.

use std::collections::HashMap;

use hefu_crypto::Aad;
use hefu_domain::{
    ids::{DifferenceId, ImportRunId, PropertyId, VisitId},
    source::{Difference, Says, SourceKind, SourceRecord, SourceState},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{
    Conn, StoreError, Tx, Vault,
    folded::{fold, unfold},
    query::import::{LIST, lists},
    sql::statements,
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    // Every version: they are few, and which is the latest is told quicker than asked.
    VERSIONS_OF = "SELECT s.external_id, s.visit_id, s.version, s.run_id, s.owner, s.digest, s.record,
            (SELECT k.wrapped FROM keys.data_key k WHERE k.owner = s.owner) AS wrapped
        FROM (VALUES (CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT)), ($2, $3, $5), ($2, $3, $6), ($2, $3, $7), ($2, $3, $8), ($2, $3, $9), ($2, $3, $10), ($2, $3, $11), ($2, $3, $12), ($2, $3, $13), ($2, $3, $14), ($2, $3, $15), ($2, $3, $16), ($2, $3, $17), ($2, $3, $18), ($2, $3, $19), ($2, $3, $20), ($2, $3, $21), ($2, $3, $22), ($2, $3, $23), ($2, $3, $24), ($2, $3, $25), ($2, $3, $26), ($2, $3, $27), ($2, $3, $28), ($2, $3, $29), ($2, $3, $30), ($2, $3, $31), ($2, $3, $32), ($2, $3, $33), ($2, $3, $34), ($2, $3, $35)) AS v
        CROSS JOIN source_record s WHERE s.property_id = $1 AND s.system = v.column1 AND s.kind = v.column2 AND s.external_id = v.column3";
    OF_RECORD = "SELECT * FROM source_record WHERE property_id = $1 AND system = $2 AND kind = $3 AND external_id = $4 ORDER BY version";
    OF_VISIT = "SELECT * FROM source_record WHERE property_id = $1 AND visit_id = $2 ORDER BY system, kind, external_id, version";
    DIFFERENCES = "SELECT * FROM difference WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    WAITING = "SELECT * FROM source_record WHERE state = 'waiting' AND (property_id, system, kind, external_id) > ($1, $2, $3, $4)
        ORDER BY property_id, system, kind, external_id LIMIT $5";
    COLUMNS = "SELECT columns FROM import_run WHERE id = $1";
    WORKED_ON = "SELECT CAST(1 AS BIGINT) FROM journal WHERE visit_id = $1
        AND action NOT LIKE 'import.%' LIMIT 1";
}

/// The latest version of a source record.
#[derive(Debug, Clone)]
pub struct LatestVersion {
    property: PropertyId,
    place: String,
    /// The visit it belongs to.
    pub visit_id: Option<VisitId>,
    /// Which version.
    pub version: i64,
    /// The import it came with.
    pub run_id: Option<ImportRunId>,
    /// Whose data key seals it.
    pub owner: Uuid,
    /// Keyed digest of the content.
    digest: Vec<u8>,
    /// Sealed.
    record: Vec<u8>,
    key: Option<std::sync::Arc<hefu_crypto::DataKey>>,
}

impl LatestVersion {
    /// Whether the record comes with the same content again; none when the key was destroyed, because its owner was erased.
    pub fn is_same(&self, vault: &Vault, content: &str) -> Option<bool> {
        let key = self.key.as_ref()?;
        let content = content_at(&self.place, content);
        let aad = digest_aad(vault.ring().tenant(), self.property, &content);
        Some(key.open(&aad, &self.digest).is_ok())
    }

    /// The record as it was sealed; none when the key was destroyed.
    ///
    /// # Errors
    /// It was changed.
    pub fn open(&self, vault: &Vault) -> Result<Option<Vec<u8>>> {
        let Some(key) = &self.key else { return Ok(None) };
        let aad = record_aad(vault.ring().tenant(), self.property, &self.place);
        unfolded(&key.open(&aad, &self.record).map_err(unopened)?).map(Some)
    }
}

const fn unopened(source: hefu_crypto::CryptoError) -> StoreError {
    StoreError::Crypto { table: "source_record", source }
}

fn unfolded(folded: &[u8]) -> Result<Vec<u8>> {
    unfold(folded).ok_or_else(|| StoreError::Corrupt {
        table: "source_record",
        column: "record".into(),
        detail: "was not folded".into(),
    })
}

/// What binds a record to its source and version, as `evidence` says it in SQL: no two records give the same. (To whom it belongs, its key
/// says.)
fn place((system, kind): (&str, SourceKind), external_id: &str, version: i64) -> String {
    format!("record:{version}:{kind}:{}:{system}:{external_id}", system.chars().count())
}

fn record_aad(tenant: Uuid, property: PropertyId, place: &str) -> Aad<'_> {
    Aad { tenant, table: "source_record", column: place, row: property.uuid() }
}

/// A content at its place; that of another record with the same content is another.
fn content_at(place: &str, content: &str) -> String {
    format!("{}:{place}:{content}", place.len())
}

/// The digest authenticates the content and holds nothing (GMAC): without the owner's key nobody can tell what it is of.
fn digest_aad(tenant: Uuid, property: PropertyId, content_at_place: &str) -> Aad<'_> {
    Aad { tenant, table: "source_record.digest", column: content_at_place, row: property.uuid() }
}

/// The latest versions of these records of a system, by their keys there.
///
/// # Errors
/// The database fails, or a data key cannot be opened.
pub async fn latest(
    c: &mut Conn,
    vault: &Vault,
    (property, system, kind): (PropertyId, &str, SourceKind),
    external_ids: &[String],
) -> Result<HashMap<String, LatestVersion>> {
    type Row = (String, Option<VisitId>, i64, Option<ImportRunId>, Uuid, Vec<u8>, Vec<u8>, Option<Vec<u8>>);
    const { assert!(LIST == 32) };
    let mut found = HashMap::new();
    for list in lists(external_ids) {
        let mut values = args![property, system.to_owned(), kind];
        values.extend(list);
        for (external_id, visit_id, version, run_id, owner, digest, record, wrapped) in
            c.all::<Row>(VERSIONS_OF, values).await?
        {
            let key = match (vault.made(owner), wrapped) {
                (Some(key), _) => Some(key),
                (None, Some(wrapped)) => Some(std::sync::Arc::new(vault.open(owner, &wrapped)?)),
                (None, None) => None,
            };
            if found.get(&external_id).is_some_and(|known: &LatestVersion| known.version > version) {
                continue;
            }
            let place = place((system, kind), &external_id, version);
            let known =
                LatestVersion { property, place, visit_id, version, run_id, owner, digest, record, key };
            found.insert(external_id, known);
        }
    }
    Ok(found)
}

fn place_of(record: &SourceRecord) -> String {
    place((&record.system, record.kind), &record.external_id, record.version)
}

/// Seals a source record under its owner's data key, and makes its digest of `content`: what tells whether it comes again unchanged.
///
/// # Errors
/// The key cannot be had.
pub async fn seal(tx: &mut Tx, record: &mut SourceRecord, content: &str, received: &[u8]) -> Result<()> {
    let key = tx.data_key(record.owner).await?;
    let (tenant, rng) = (tx.ring().tenant(), tx.vault().rng.clone());
    let place = place_of(record);
    record.record = key.seal(&*rng, &record_aad(tenant, record.property_id, &place), &fold(received));
    let content = content_at(&place, content);
    record.digest = key.seal(&*rng, &digest_aad(tenant, record.property_id, &content), b"");
    Ok(())
}

/// Opens a source record; none when its owner was erased.
///
/// # Errors
/// The record was changed.
pub async fn open(c: &mut Conn, vault: &Vault, record: &SourceRecord) -> Result<Option<Vec<u8>>> {
    let Some(key) = vault.find_to_read(c, record.owner).await? else { return Ok(None) };
    let place = place_of(record);
    let aad = record_aad(vault.ring().tenant(), record.property_id, &place);
    unfolded(&key.open(&aad, &record.record).map_err(unopened)?).map(Some)
}

/// Every version of a record.
///
/// # Errors
/// The database fails.
pub async fn versions(
    c: &mut Conn,
    (property, system, kind): (PropertyId, &str, SourceKind),
    external_id: &str,
) -> Result<Vec<SourceRecord>> {
    c.all(OF_RECORD, args![property, system.to_owned(), kind, external_id.to_owned()]).await
}

/// Every version of every record of a visit.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<SourceRecord>> {
    c.all(OF_VISIT, args![property, visit]).await
}

/// The differences of a visit, open and resolved.
///
/// # Errors
/// The database fails.
pub async fn differences(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<Difference>> {
    c.all(DIFFERENCES, args![property, visit]).await
}

/// Records that wait for what they belong to, after one of them.
///
/// # Errors
/// The database fails.
pub async fn waiting(
    c: &mut Conn,
    (property, system, kind, external_id): (PropertyId, String, SourceKind, String),
    limit: i64,
) -> Result<Vec<SourceRecord>> {
    c.all(WAITING, args![property, system, kind, external_id, limit]).await
}

/// The columns of a run's file, a JSON array.
///
/// # Errors
/// The database fails.
pub async fn columns(c: &mut Conn, run: ImportRunId) -> Result<Option<String>> {
    Ok(c.first::<(String,)>(COLUMNS, args![run]).await?.map(|(columns,)| columns))
}

/// Whether somebody has worked on a visit here since it was imported.
///
/// # Errors
/// The database fails.
pub async fn is_worked_on(c: &mut Conn, visit: VisitId) -> Result<bool> {
    Ok(c.first::<(i64,)>(WORKED_ON, args![visit]).await?.is_some())
}

/// Lets the versions before `version` be superseded by it; of a version that the visit does not follow (`only_differing`), only those that it
/// did not follow either.
///
/// # Errors
/// The database fails.
pub async fn supersede(
    tx: &mut Tx,
    (property, system, kind): (PropertyId, &str, SourceKind),
    external_id: &str,
    version: i64,
    only_differing: bool,
) -> Result<()> {
    for mut known in versions(tx, (property, system, kind), external_id).await? {
        let is_passed = known.state == SourceState::Differs || !only_differing;
        if known.version < version && is_passed && known.state != SourceState::Superseded {
            known.state = SourceState::Superseded;
            tx.update(&mut known).await?;
        }
    }
    Ok(())
}

fn says_aad(tenant: Uuid, difference: DifferenceId) -> Aad<'static> {
    Aad { tenant, table: "difference", column: "says", row: difference.uuid() }
}

/// Seals the two sides of a difference under its owner's data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_says(tx: &mut Tx, difference: &mut Difference, says: &Says) -> Result<()> {
    let key = tx.data_key(difference.owner).await?;
    let text = serde_json::to_vec(says).unwrap_or_default();
    let aad = says_aad(tx.ring().tenant(), difference.id);
    difference.says = key.seal(&*tx.vault().rng, &aad, &text);
    Ok(())
}

/// Opens the two sides of a difference; none when its owner was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn open_says(c: &mut Conn, vault: &Vault, difference: &Difference) -> Result<Option<Says>> {
    let Some(key) = vault.find_to_read(c, difference.owner).await? else { return Ok(None) };
    let opened = key
        .open(&says_aad(vault.ring().tenant(), difference.id), &difference.says)
        .map_err(|source| StoreError::Crypto { table: "difference", source })?;
    Ok(serde_json::from_slice(&opened).ok())
}
