//! What happens in a house beside its rooms being let: things that were found, faults that are mended, and guests who want to be woken.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::ids::{FoundItemId, MaintenanceId, PropertyId, RoomId, VisitId, WakeUpId};

codes! {
    /// What became of a thing that was found.
    pub enum FoundState {
        /// The property keeps it.
        Kept = "kept",
        /// It was given back or sent to its owner.
        Returned = "returned",
        /// It was thrown away, sold or handed to the police.
        Disposed = "disposed",
    }
}

/// Something that was found. What it is, where, by whom and whose is sealed under the property's data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundItem {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier; in order of recording.
    pub id: FoundItemId,
    /// When it was found.
    pub found_on: NaiveDate,
    /// In which room; none: elsewhere.
    pub room_id: Option<RoomId>,
    /// What became of it.
    pub state: FoundState,
    /// The sealed [`FoundDetails`].
    pub details: Vec<u8>,
    /// Who recorded it, as the journal calls them.
    pub recorded_by: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

/// What people write about a thing that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundDetails {
    /// What it is.
    pub item: String,
    /// Where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Who found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finder: Option<String>,
    /// Whose it is, or who has it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

codes! {
    /// Where the mending of a fault stands.
    pub enum MaintenanceState {
        /// To be mended.
        Open = "open",
        /// Mended.
        Done = "done",
        /// Not to be mended.
        Cancelled = "cancelled",
    }
}

/// A fault that is to be mended. What is wrong is sealed under the property's data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceOrder {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier; in order of reporting.
    pub id: MaintenanceId,
    /// In which room; none: elsewhere.
    pub room_id: Option<RoomId>,
    /// Where it stands.
    pub state: MaintenanceState,
    /// Whether it cannot wait.
    pub urgent: bool,
    /// The sealed text.
    pub fault: Vec<u8>,
    /// From which date the room is out of order for it.
    pub closed_from: Option<NaiveDate>,
    /// The date it can be let again.
    pub closed_until: Option<NaiveDate>,
    /// Who reported it, as the journal calls them.
    pub reported_by: String,
    /// When.
    pub reported_at: DateTime<Utc>,
    /// When it was mended or given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// What became of a wake-up call.
    pub enum WakeUpState {
        /// To be made.
        Open = "open",
        /// The guest answered.
        Answered = "answered",
        /// The guest did not answer.
        Missed = "missed",
        /// Not wanted any more.
        Cancelled = "cancelled",
    }
}

/// A wake-up call 【叫醒】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeUp {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: WakeUpId,
    /// The visit.
    pub visit_id: VisitId,
    /// Which room of the reservation.
    pub line: i64,
    /// The date.
    pub date: NaiveDate,
    /// When, minutes after midnight.
    pub minute: i64,
    /// What became of it.
    pub state: WakeUpState,
    /// Who noted it, as the journal calls them.
    pub noted_by: String,
    /// Version of the record.
    pub version: i64,
}
