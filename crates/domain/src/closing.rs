//! Records of a property's setup that are not used any more from a date on.

use chrono::NaiveDate;
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::PropertyId;

codes! {
    /// A kind of record of a property's setup.
    pub enum SetupKind {
        /// A room type.
        RoomType = "room_type",
        /// A room, by its number.
        Room = "room",
        /// A rate plan.
        RatePlan = "rate_plan",
        /// A price of a rate plan that holds from a date on.
        Price = "price",
        /// A cancellation policy.
        Policy = "policy",
        /// A transaction code.
        Code = "code",
        /// A season.
        Season = "season",
    }
}

/// That a record is not used any more from a date on: nothing new is sold or posted under it. What was, stays. Rooms say it themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupClosing {
    /// The property.
    pub property_id: PropertyId,
    /// The kind of record.
    pub kind: SetupKind,
    /// Its code.
    pub code: String,
    /// Its identifier; nil of a record that has none but its code.
    pub record_id: Uuid,
    /// The first date on which it is not used.
    pub from_date: NaiveDate,
    /// Version of the record.
    pub version: i64,
}
