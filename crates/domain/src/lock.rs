//! Room keys 【房卡】 and what door-lock systems are told of them.

use chrono::{DateTime, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::ids::{KeyOrderId, PropertyId, RoomId, RoomKeyId, StayId, VisitId};

codes! {
    /// Whether a key is to open its door.
    pub enum KeyState {
        /// It is.
        Live = "live",
        /// It is not any more.
        Cancelled = "cancelled",
        /// The lock system did not make it.
        Refused = "refused",
    }
}

/// A key to a room, made for a stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomKey {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Identifier: the lock system knows it by this.
    pub id: RoomKeyId,
    /// Which room of the reservation.
    pub line: i64,
    /// Whose it is.
    pub stay_id: StayId,
    /// The door it opens.
    pub room_id: RoomId,
    /// Whether it is to.
    pub state: KeyState,
    /// When check-out was due of the stay that it was made for.
    pub due: DateTime<Utc>,
    /// Until when it opens the door.
    pub valid_until: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// What a lock system is told to do with a key.
    pub enum KeyOrderKind {
        /// Make it.
        Issue = "issue",
        /// Let it open the door until another moment.
        Extend = "extend",
        /// Let it open nothing any more.
        Cancel = "cancel",
    }
}

codes! {
    /// What came of it.
    pub enum KeyOrderState {
        /// The lock system has not answered yet; it is told until it does.
        Waiting = "waiting",
        /// It was done.
        Done = "done",
        /// The lock system refused it.
        Refused = "refused",
    }
}

/// Something that a lock system is told, and what came of it: an entry of the log of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOrder {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier, in order of time: the lock system sees by it what it has been told before.
    pub id: KeyOrderId,
    /// The visit.
    pub visit_id: VisitId,
    /// The key.
    pub key_id: RoomKeyId,
    /// What is to be done.
    pub kind: KeyOrderKind,
    /// What came of it.
    pub state: KeyOrderState,
    /// The door.
    pub room_id: RoomId,
    /// Until when the key opens it.
    pub valid_until: DateTime<Utc>,
    /// Who wanted it, as the journal calls them.
    pub ordered_by: String,
    /// When.
    pub ordered_at: DateTime<Utc>,
    /// When the lock system answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it refused: its code.
    pub answer: Option<String>,
    /// Version of the record.
    pub version: i64,
}
