//! Events about the state of rooms. They are sealed under the property's data key; nothing in them is personal.

use chrono::NaiveDate;

use super::define::events;
use crate::property::RoomState;

events! {
    /// What happened to a room.
    pub enum HousekeepingEvent {
        /// Housekeeping set its state.
        State = "room.state" {
            /// The state.
            state: RoomState,
        },
        /// It is out of order for a period.
        OutOfOrder = "room.out_of_order" {
            /// First date.
            from: NaiveDate,
            /// The date it can be let again.
            until: NaiveDate,
        },
        /// It is back in order.
        BackInOrder = "room.back_in_order" {
            /// First date.
            from: NaiveDate,
            /// The date after the last.
            until: NaiveDate,
        },
    }
}
