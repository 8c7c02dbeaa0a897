//! Events about keys. They are sealed under the chain's data key; nothing in them is personal.

use super::define::events;
use crate::ids::{GuestId, NoteId};

events! {
    /// What happened to keys.
    pub enum KeysEvent {
        /// Data keys were re-wrapped.
        Rewrap = "keys.rewrap" {
            /// The version of the ring.
            version: u16,
            /// How many.
            count: u64,
        },
        /// Guests' search tokens were recomputed.
        Reindex = "keys.reindex" {
            /// The version of the ring.
            version: u16,
            /// How many guests.
            count: u64,
            /// The first of them.
            first: GuestId,
            /// The last of them.
            last: GuestId,
        },
        /// Numbers in notes were indexed anew.
        ReindexNotes = "keys.reindex_notes" {
            /// The version of the ring.
            version: u16,
            /// How many notes.
            count: u64,
            /// The first of them.
            first: NoteId,
            /// The last of them.
            last: NoteId,
        },
        /// Another key signs the ledger from the next checkpoint on.
        RotateLedger = "keys.rotate_ledger" {
            /// What verifies the key before, in the form of signed notes.
            before: String,
            /// What verifies the key after.
            after: String,
        },
        /// A person said that the ledger goes on from where it is, although it could not be signed.
        AcceptLedger = "ledger.accept" {
            /// Why it could not, as a code.
            because: String,
            /// How many entries it had.
            size: u64,
            /// The checkpoints that were remembered of it.
            remembered: Vec<String>,
        },
    }
}
