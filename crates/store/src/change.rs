//! The change behind a journal entry: the digests by which it binds rows, and what binds it to its entry.

use hefu_crypto::Aad;
use hefu_domain::ids::JournalEntryId;
use hefu_kernel::Id as _;

use crate::Vault;

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

/// What binds a sealed change to its entry.
pub(crate) fn change_aad(vault: &Vault, entry: JournalEntryId) -> Aad<'static> {
    Aad { tenant: vault.ring().tenant(), table: "journal_change", column: "change", row: entry.uuid() }
}
