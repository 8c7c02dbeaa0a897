//! Events about keys. They are sealed under the chain's data key; nothing in them is personal.

use super::define::events;
use crate::ids::GuestId;

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
    }
}
