//! Events about guests and their identity. They are sealed under the data key of the guest they are about.

use serde_json::json;

use super::define::{Fields, events};
use crate::{
    guest::{FlagKind, GuestMerge, Profile},
    ids::{GuestId, MergeId},
};

/// Before single classes could be named, all were shown.
fn reveal_of_everything(fields: &mut Fields) {
    fields.insert("classes".into(), json!([]));
}

events! {
    /// What happened to a guest.
    #[expect(clippy::large_enum_variant, reason = "an event is made once and written at once")]
    pub enum GuestEvent {
        /// The guest was created from a first record.
        Create = "guest.create" {
            /// The content of the record.
            profile: Profile,
        },
        /// A record of the guest was added, or replaced the previous one of its source.
        Source = "guest.source" {
            /// The external system.
            system: String,
            /// The record's key there.
            external_id: String,
            /// The record as received, in the format of its source.
            record: serde_json::Value,
        },
        /// The guest's profile was rebuilt from its records.
        Golden = "guest.golden" {
            /// The profile before.
            before: Profile,
            /// The profile after.
            after: Profile,
        },
        /// A guest being entered was recognised as this one.
        Recognise = "guest.recognise" {
            /// The guest to whom the record was added: this one, or one merged into it.
            recorded: GuestId,
            /// The evidence as a code.
            evidence: String,
        },
        /// Whether another guest is the same was queued for review.
        Ask = "guest.ask" {
            /// The other.
            other: GuestId,
            /// The evidence as a code.
            evidence: String,
        },
        /// A question about another guest was settled by new evidence.
        Settle = "guest.settle" {
            /// The other.
            other: GuestId,
        },
        /// Another guest was merged into this one.
        Merge = "guest.merge" {
            /// The merge.
            merge_id: MergeId,
            /// The merged guest.
            merged: GuestId,
            /// Decided by the model, not by a person.
            automatic: bool,
        },
        /// This guest was merged into another.
        Merged = "guest.merged" {
            /// The merge.
            merge_id: MergeId,
            /// The survivor.
            survivor: GuestId,
            /// Decided by the model, not by a person.
            automatic: bool,
        },
        /// A guest merged into this one was separated again.
        Unmerge = "guest.unmerge" {
            /// The merge that was undone.
            merge_id: MergeId,
            /// The separated guest.
            merged: GuestId,
        },
        /// This guest was separated again.
        Unmerged = "guest.unmerged" {
            /// The merge that was undone.
            merge_id: MergeId,
            /// The guest it had been merged into.
            survivor: GuestId,
        },
        /// A person decided about this guest and another.
        Decide = "guest.decide" {
            /// The other.
            other: GuestId,
            /// Whether they are the same person.
            same: bool,
        },
        /// The same, from the other guest's side.
        Decided = "guest.decided" {
            /// The first.
            other: GuestId,
            /// Whether they are the same person.
            same: bool,
        },
        /// The guest got a flag, or another reason for one; the reason stands beside the event.
        Flag = "guest.flag" {
            /// What it says.
            kind: FlagKind,
        },
        /// A flag was taken away.
        Unflag = "guest.unflag" {
            /// What it said.
            kind: FlagKind,
        },
        /// The guest's profile was shown unmasked.
        Reveal = "guest.reveal" after [reveal_of_everything] {
            /// The classes of fields that were unmasked; none: all.
            classes: Vec<String>,
        },
    }
}

impl GuestEvent {
    /// A merge, as events of the survivor and of the merged guest.
    pub const fn joined(merge: &GuestMerge) -> (Self, Self) {
        let GuestMerge { id: merge_id, survivor, merged, automatic, .. } = *merge;
        (Self::Merge { merge_id, merged, automatic }, Self::Merged { merge_id, survivor, automatic })
    }

    /// An undone merge, as events of the survivor and of the separated guest.
    pub const fn parted(merge: &GuestMerge) -> (Self, Self) {
        let GuestMerge { id: merge_id, survivor, merged, .. } = *merge;
        (Self::Unmerge { merge_id, merged }, Self::Unmerged { merge_id, survivor })
    }
}
