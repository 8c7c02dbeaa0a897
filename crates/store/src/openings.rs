//! What an outsider needs to check entries of the journal, and the rows they bind, against the ledger: the texts that the commitments are over.
//! Whoever gets them can read what was done; what others did stays sealed.

use hefu_crypto::Aad;
use hefu_domain::{ids::VisitId, journal::JournalEntry};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{
    Conn, StoreError, Table, Vault,
    change::{CHANGE_COLUMN, keeper, open_evidence, place, statement},
    query,
    table::row_bytes,
    tables,
    value::Value,
};

type Result<T> = std::result::Result<T, StoreError>;

/// The texts behind an entry's commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What the entry says itself, as JSON.
    pub statement: Vec<u8>,
    /// The evidence: the digest of the change, and the packed rows of tables that outlive a guest.
    pub evidence: Vec<u8>,
    /// The change: salt, reason, event, and the packed rows of tables that go with a guest. None: the key of who it was about was destroyed.
    pub change: Option<Vec<u8>>,
}

/// The texts behind an entry's commitment; none when they are gone or not those that it commits to.
///
/// # Errors
/// The database fails.
pub async fn of_entry(c: &mut Conn, vault: &Vault, entry: &JournalEntry) -> Result<Option<Opening>> {
    let Some(sealed) = query::journal::sealed_change(c, entry.id).await? else { return Ok(None) };
    let Some(keeper) = vault.find(c, keeper(entry.property_id)).await? else { return Ok(None) };
    let Some(evidence) = open_evidence(vault, entry, &keeper, &sealed.evidence) else { return Ok(None) };
    let change = match vault.find(c, sealed.owner).await? {
        None => None,
        Some(key) => {
            let place: Aad<'_> = place(vault, entry.id, CHANGE_COLUMN);
            let change = key.open(&place, &sealed.change).ok();
            if change.as_ref().is_none_or(|change| hefu_crypto::sha256(&[change]) != evidence.change) {
                return Ok(None);
            }
            change
        }
    };
    Ok(Some(Opening { statement: statement(entry), evidence: evidence.bytes, change }))
}

/// A row as its digest is over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRow {
    /// The table's number.
    pub code: u8,
    /// The table's name and those of its columns: `stay(property_id,visit_id,…,)`.
    pub signature: &'static str,
    /// How many of the columns are the key.
    pub keys: usize,
    /// The values, one after the other: kind, length as a 32-bit big-endian number (all ones: nothing), bytes.
    pub bytes: Vec<u8>,
}

/// A value from its encoding, and what stands behind it. Of the kinds that keys have.
fn decode(encoded: &[u8]) -> Option<(Value, &[u8])> {
    let (kind, rest) = encoded.split_first()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (bytes, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let text = || std::str::from_utf8(bytes).ok();
    let value = match kind {
        b'i' => Value::Int(Some(i64::from_be_bytes(bytes.try_into().ok()?))),
        b't' => Value::Text(Some(text()?.to_owned())),
        b'u' => Value::Uuid(Some(Uuid::from_slice(bytes).ok()?)),
        b'd' => Value::Date(Some(text()?.parse().ok()?)),
        _ => return None,
    };
    Some((value, rest))
}

macro_rules! rows_of_visit {
    ($($type:ty),+ $(,)?) => {
        /// A visit's own row that an entry binds, by its table's number and its key. None if it is of something else (a night's inventory, a
        /// search token), or is not there any more.
        ///
        /// # Errors
        /// The database fails.
        pub async fn row_of_visit(c: &mut Conn, visit: VisitId, code: u8, key: &[u8]) -> Result<Option<PlainRow>> {
            $(if code == <$type>::CODE {
                return row_of::<$type>(c, visit, key).await;
            })+
            Ok(None)
        }
    };
}

tables::records!(rows_of_visit);

async fn row_of<T: Table>(c: &mut Conn, visit: VisitId, key: &[u8]) -> Result<Option<PlainRow>> {
    let of_visit = if T::NAME == "reservation" { "id" } else { "visit_id" };
    let Some(at) = T::COLUMNS.iter().position(|column| *column == of_visit) else { return Ok(None) };
    let (mut values, mut rest) = (Vec::new(), key);
    while let Some((value, behind)) = decode(rest) {
        values.push(value);
        rest = behind;
    }
    if T::PERSONAL || values.len() != T::KEYS {
        return Ok(None);
    }
    let row = c.first::<T>(T::texts().select, values).await?;
    let row = row.map(|row| row.values()).filter(|row| row[at] == Value::Uuid(Some(visit.uuid())));
    Ok(row.map(|row| PlainRow {
        code: T::CODE,
        signature: T::SIGNATURE,
        keys: T::KEYS,
        bytes: row_bytes(&row),
    }))
}
