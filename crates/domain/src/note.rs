//! What the desk writes down about a visit: notes, requests, messages for the guest, and traces to other departments.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{NoteId, PropertyId, VisitId};

codes! {
    /// What is written down.
    pub enum NoteKind {
        /// Something to know.
        Note = "note",
        /// A wish of the guest, to be seen to.
        Request = "request",
        /// A message for the guest, to be delivered.
        Message = "message",
        /// Something a department is to do on a date.
        Trace = "trace",
    }
}

codes! {
    /// Whether something is still to be done.
    pub enum NoteState {
        /// Nothing is: it is there to be known.
        Kept = "kept",
        /// It is.
        Open = "open",
        /// It was done.
        Done = "done",
    }
}

codes! {
    /// A department of the property.
    pub enum Department {
        /// Front desk 【前台】.
        FrontDesk = "front_desk",
        /// Concierge 【礼宾】.
        Concierge = "concierge",
        /// Reservations 【预订】.
        Reservations = "reservations",
        /// Housekeeping 【客房】.
        Housekeeping = "housekeeping",
        /// Maintenance 【工程】.
        Maintenance = "maintenance",
        /// Food and beverage 【餐饮】.
        Food = "food",
        /// Accounts 【财务】.
        Accounts = "accounts",
        /// Management 【管理层】.
        Management = "management",
    }
}

/// Something written down about a visit. The text is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitNote {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Identifier; in order of writing.
    pub id: NoteId,
    /// What it is.
    pub kind: NoteKind,
    /// Whether something is still to be done.
    pub state: NoteState,
    /// The room of the reservation it is about; none: all of them.
    pub line: Option<i64>,
    /// Whom it concerns; none: everybody.
    pub department: Option<Department>,
    /// The date on which it is to be done; none of what is only to be known.
    pub due: Option<NaiveDate>,
    /// Whose data key seals the text.
    pub owner: Uuid,
    /// The sealed text.
    pub text: Vec<u8>,
    /// Who wrote it, as the journal calls them.
    pub written_by: String,
    /// When.
    pub written_at: DateTime<Utc>,
    /// Who did it.
    pub done_by: Option<String>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

impl VisitNote {
    /// Where it stands: property, visit and identifier.
    pub const fn place(&self) -> (PropertyId, VisitId, NoteId) {
        (self.property_id, self.visit_id, self.id)
    }
}
