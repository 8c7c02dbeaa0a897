//! Events about the state of rooms. They are sealed under the property's data key; nothing in them is personal.

use chrono::NaiveDate;

use super::define::events;
use crate::property::RoomState;

events! {
    /// What happened to a room.
    pub enum HousekeepingEvent {
        /// Housekeeping said how it is.
        State = "room.state" {
            /// How.
            state: RoomState,
        },
        /// It cannot be let for a period.
        OutOfOrder = "room.out_of_order" {
            /// First date.
            from: NaiveDate,
            /// The date it can be let again.
            until: NaiveDate,
        },
        /// It can be let again.
        BackInOrder = "room.back_in_order" {
            /// First date.
            from: NaiveDate,
            /// The date after the last.
            until: NaiveDate,
        },
    }
}
