//! Events about guests and who is who. They are sealed under the data key of the guest they are about.

use super::define::events;
use crate::{
    guest::{GuestMerge, Profile},
    ids::{GuestId, MergeId},
};

events! {
    /// What happened to a guest.
    #[expect(clippy::large_enum_variant, reason = "an event is made once and written at once")]
    pub enum GuestEvent {
        /// The guest was made of a first record.
        Create = "guest.create" {
            /// What the record says.
            profile: Profile,
        },
        /// A record of the guest was written, or replaced the last one of its source.
        Source = "guest.source" {
            /// The outside system.
            system: String,
            /// The record's key there.
            external_id: String,
            /// The record as it was received: its form is its source's.
            record: serde_json::Value,
        },
        /// What the guest's records come to was made anew.
        Golden = "guest.golden" {
            /// The profile before.
            before: Profile,
            /// The profile since.
            after: Profile,
        },
        /// Somebody who was entered is this guest.
        Recognise = "guest.recognise" {
            /// The guest the record was written for: this one, or one who is read as this one.
            recorded: GuestId,
            /// The evidence as a code.
            evidence: String,
        },
        /// A person is to decide whether another guest is the same.
        Ask = "guest.ask" {
            /// The other.
            other: GuestId,
            /// The evidence as a code.
            evidence: String,
        },
        /// A question about another guest answered itself.
        Settle = "guest.settle" {
            /// The other.
            other: GuestId,
        },
        /// Another guest was joined into this one.
        Merge = "guest.merge" {
            /// The join.
            merge_id: MergeId,
            /// Who was joined into it.
            merged: GuestId,
            /// Decided by the model, not by a person.
            automatic: bool,
        },
        /// This guest was joined into another.
        Merged = "guest.merged" {
            /// The join.
            merge_id: MergeId,
            /// Who is kept.
            survivor: GuestId,
            /// Decided by the model, not by a person.
            automatic: bool,
        },
        /// A guest that was joined into this one was set apart again.
        Unmerge = "guest.unmerge" {
            /// The join that was undone.
            merge_id: MergeId,
            /// Who was set apart.
            merged: GuestId,
        },
        /// This guest was set apart again.
        Unmerged = "guest.unmerged" {
            /// The join that was undone.
            merge_id: MergeId,
            /// Into whom it had been joined.
            survivor: GuestId,
        },
        /// A person decided about this guest and another.
        Decide = "guest.decide" {
            /// The other.
            other: GuestId,
            /// Whether they are one.
            same: bool,
        },
        /// The same, told of the other guest.
        Decided = "guest.decided" {
            /// The first.
            other: GuestId,
            /// Whether they are one.
            same: bool,
        },
        /// The guest's profile was shown unmasked.
        Reveal = "guest.reveal" {},
    }
}

impl GuestEvent {
    /// A join, told of the guest that is kept and of the one joined into it.
    pub const fn joined(merge: &GuestMerge) -> (Self, Self) {
        let GuestMerge { id: merge_id, survivor, merged, automatic, .. } = *merge;
        (Self::Merge { merge_id, merged, automatic }, Self::Merged { merge_id, survivor, automatic })
    }

    /// That a join was undone, told of the guest that is kept and of the one set apart.
    pub const fn parted(merge: &GuestMerge) -> (Self, Self) {
        let GuestMerge { id: merge_id, survivor, merged, .. } = *merge;
        (Self::Unmerge { merge_id, merged }, Self::Unmerged { merge_id, survivor })
    }
}
