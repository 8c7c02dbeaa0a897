//! Events about what is written down of a visit. They are sealed under the data key of the guest who booked.

use chrono::NaiveDate;

use super::define::events;
use crate::{
    ids::NoteId,
    note::{Department, NoteKind},
};

events! {
    /// What was written down of a visit.
    pub enum NoteEvent {
        /// Something was.
        Add = "note.add" {
            /// The note.
            note_id: NoteId,
            /// What it is.
            kind: NoteKind,
            /// Which room of the reservation.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            line: Option<i64>,
            /// Whom it concerns.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            department: Option<Department>,
            /// When it is to be done.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            due: Option<NaiveDate>,
            /// The text.
            text: String,
        },
        /// It was changed; what is given was.
        Change = "note.change" {
            /// The note.
            note_id: NoteId,
            /// Whom it concerns now.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            department: Option<Department>,
            /// When it is to be done now.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            due: Option<NaiveDate>,
            /// The text now.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            text: Option<String>,
        },
        /// It was done.
        Finish = "note.finish" {
            /// The note.
            note_id: NoteId,
        },
        /// It is to be done again.
        Reopen = "note.reopen" {
            /// The note.
            note_id: NoteId,
        },
        /// It was taken away.
        Remove = "note.remove" {
            /// The note.
            note_id: NoteId,
        },
    }
}
