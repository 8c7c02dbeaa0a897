//! What lies sealed behind a journal entry: change and evidence (see [`crate::evidence`]), and what binds them to their entry.

use hefu_crypto::{Aad, DataKey};
use hefu_domain::{
    event::Event,
    ids::{JournalEntryId, PropertyId},
    journal::JournalEntry,
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{StoreError, Vault};

/// Half a digest of a row's contents; zeros say that the row is gone.
pub type Digest = [u8; 16];

/// The digest of a row that is gone.
pub const GONE: Digest = [0; 16];

/// Sixteen of a digest's thirty-two bytes: enough against a second preimage, and half the journal.
pub(crate) fn half(digest: [u8; 32]) -> Digest {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

/// The column of the change.
pub(crate) const CHANGE_COLUMN: &str = "change";
/// The column of the evidence.
pub(crate) const EVIDENCE_COLUMN: &str = "evidence";

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

/// The evidence of an entry with this change, to be sealed.
pub(crate) fn evidence(change: &[u8], rows: &[u8]) -> Vec<u8> {
    let mut evidence = half(hefu_crypto::sha256(&[change])).to_vec();
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

/// Opens the evidence of an entry; answers the digest of its change, and the packed rows.
pub(crate) fn open_evidence(
    vault: &Vault,
    entry: &JournalEntry,
    keeper: &DataKey,
    sealed: &[u8],
) -> Option<(Digest, Vec<u8>)> {
    let evidence = keeper.open(&place(vault, entry.id, EVIDENCE_COLUMN), sealed).ok()?;
    if hefu_crypto::sha256(&[&evidence])[..] != entry.commitment[..] {
        return None;
    }
    let (digest, rows) = evidence.split_first_chunk::<16>()?;
    Some((*digest, rows.to_vec()))
}

/// What binds a text that lies sealed behind an entry to its place.
pub(crate) fn place(vault: &Vault, entry: JournalEntryId, column: &'static str) -> Aad<'static> {
    Aad { tenant: vault.ring().tenant(), table: "journal_change", column, row: entry.uuid() }
}
