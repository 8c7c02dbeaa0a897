//! What lies sealed behind a journal entry: change and evidence (see [`crate::evidence`]), and what binds them to their entry and the entry to
//! them.

use hefu_crypto::{Aad, DataKey};
use hefu_domain::{
    event::Event,
    ids::{JournalEntryId, PropertyId},
    journal::JournalEntry,
};
use hefu_kernel::Id as _;
use serde::Serialize;
use uuid::Uuid;

use crate::{StoreError, Vault};

/// Half a digest of a row's contents; zeros say that the row is gone.
pub type Digest = [u8; 16];

/// The digest of a row that is gone.
pub const GONE: Digest = [0; 16];

/// Set in the length of a key that is all there is of its row, and is there: its digest follows from it and is left out. No key is that long.
pub(crate) const WHOLE: u16 = 1 << 15;

/// Sixteen of a digest's thirty-two bytes: enough against a second preimage, and half the journal.
pub(crate) fn half(digest: [u8; 32]) -> Digest {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

/// The column of the change.
pub(crate) const CHANGE_COLUMN: &str = "change";

/// Whose data key seals the evidence of an entry: the property's, or the chain's.
pub(crate) fn keeper(property: Option<PropertyId>) -> Uuid {
    property.map_or(Uuid::nil(), hefu_kernel::Id::uuid)
}

/// The change of an entry, to be sealed. Rows are given as `Tx` notes them.
///
/// # Errors
/// The reason is too long.
pub(crate) fn change(
    salt: [u8; 16],
    event: &Event,
    reason: Option<&str>,
    rows: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let reason = reason.unwrap_or_default().as_bytes();
    let too_long = |_| StoreError::Check { check: "reason_length".into() };
    let length = u16::try_from(reason.len()).map_err(too_long)?;
    let event = serde_json::to_vec(event).unwrap_or_default();
    let mut change = Vec::with_capacity(32 + reason.len() + event.len() + rows.len());
    change.extend_from_slice(&salt);
    change.extend_from_slice(&length.to_be_bytes());
    change.extend_from_slice(reason);
    change.extend_from_slice(&(event.len() as u32).to_be_bytes());
    change.extend_from_slice(&event);
    pack(&mut change, rows);
    Ok(change)
}

/// The evidence of an entry with this change, to be sealed. The digest of the change is a whole one: whoever writes a change must not be able
/// to write two that have the same.
pub(crate) fn evidence(change: &[u8], rows: &[u8]) -> Vec<u8> {
    let mut evidence = hefu_crypto::sha256(&[change]).to_vec();
    pack(&mut evidence, rows);
    evidence
}

/// Keys of rows say the same properties and visits over and over. What people write is not compressed, so that its length tells nothing of what
/// stands beside it.
fn pack(out: &mut Vec<u8>, rows: &[u8]) {
    if !rows.is_empty() {
        out.extend(lz4_flex::compress_prepend_size(rows));
    }
}

/// An opened change.
pub(crate) struct Change<'a> {
    /// Why; empty if nobody said.
    pub(crate) reason: &'a str,
    /// The stored event.
    pub(crate) event: &'a [u8],
    /// The packed rows of tables that go with a guest.
    pub(crate) rows: &'a [u8],
}

impl<'a> Change<'a> {
    /// The parts of an opened change.
    pub(crate) fn of(change: &'a [u8]) -> Option<Self> {
        let (length, rest) = change.get(16..)?.split_first_chunk::<2>()?;
        let (reason, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (event, rows) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        Some(Self { reason: std::str::from_utf8(reason).ok()?, event, rows })
    }
}

/// What an entry says beside what lies sealed: JSON with these names in this order, what is not there left out, the time to the microsecond.
#[derive(Serialize)]
struct Statement<'a> {
    id: String,
    at: String,
    actor: &'a str,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    property_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit_id: Option<String>,
    subject_kind: &'a str,
    subject_id: String,
}

/// What an entry says beside what lies sealed, as its commitment covers it. It must never change.
pub(crate) fn statement(entry: &JournalEntry) -> Vec<u8> {
    let statement = Statement {
        id: entry.id.to_string(),
        at: entry.at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        actor: &entry.actor,
        action: &entry.action,
        property_id: entry.property_id.map(|id| id.to_string()),
        visit_id: entry.visit_id.map(|id| id.to_string()),
        subject_kind: &entry.subject_kind,
        subject_id: entry.subject_id.to_string(),
    };
    // Strings only: there is nothing that could fail to be written.
    serde_json::to_vec(&statement).unwrap_or_default()
}

/// What the leaf of an entry holds of it, beside its id. The evidence cannot be guessed, as it holds the digest of a salted change: the
/// commitment tells nothing, and nobody without the keys can make another one for a statement that was altered.
pub(crate) fn commitment(statement: &[u8], evidence: &[u8]) -> [u8; 32] {
    hefu_crypto::sha256(&[&hefu_crypto::sha256(&[statement]), evidence])
}

/// The column of an entry's evidence as its seal names it: with the digest of the statement, so that no evidence stands behind another
/// statement, also not one whose evidence was shown to somebody.
pub(crate) fn evidence_column(statement: &[u8]) -> String {
    let digest = hefu_crypto::sha256(&[statement]);
    format!("evidence:{}", hefu_kernel::hex(&digest))
}

/// An opened evidence.
pub(crate) struct Evidence {
    /// All of it, as the commitment covers it.
    pub(crate) bytes: Vec<u8>,
    /// The digest of the change.
    pub(crate) change: [u8; 32],
}

impl Evidence {
    /// The packed rows of tables that outlive a guest.
    pub(crate) fn rows(&self) -> &[u8] {
        self.bytes.get(32..).unwrap_or_default()
    }
}

/// Opens the evidence of an entry. None when entry and evidence are not those that were written together.
pub(crate) fn open_evidence(
    vault: &Vault,
    entry: &JournalEntry,
    keeper: &DataKey,
    sealed: &[u8],
) -> Option<Evidence> {
    let statement = statement(entry);
    let bytes = keeper.open(&place(vault, entry.id, &evidence_column(&statement)), sealed).ok()?;
    if commitment(&statement, &bytes)[..] != entry.commitment[..] {
        return None;
    }
    let change = *bytes.first_chunk::<32>()?;
    Some(Evidence { bytes, change })
}

/// What binds a text that lies sealed behind an entry to its place.
pub(crate) fn place<'a>(vault: &Vault, entry: JournalEntryId, column: &'a str) -> Aad<'a> {
    Aad { tenant: vault.ring().tenant(), table: "journal_change", column, row: entry.uuid() }
}
