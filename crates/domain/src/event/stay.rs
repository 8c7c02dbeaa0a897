//! Events about stays. They are sealed under the data key of the guest who booked; other guests of the stay appear by id.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::Money;
use serde::{Deserialize, Serialize};

use super::define::events;
use crate::{
    ids::{GuestId, RoomId, RoomKeyId, StayId, VisitId, WakeUpId},
    stay::StayRole,
    terms::Terms,
    upkeep::WakeUpState,
};

/// A guest who checked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// Who.
    pub guest_id: GuestId,
    /// The guest's role in the stay.
    pub role: StayRole,
}

events! {
    /// What happened to a stay.
    #[expect(clippy::large_enum_variant, reason = "an event is made once and written at once")]
    pub enum StayEvent {
        /// A room of the reservation was checked in.
        CheckIn = "stay.check_in" {
            /// Which room of the reservation.
            line: i64,
            /// The stay it became.
            stay_id: StayId,
            /// The room.
            room_id: RoomId,
            /// Who checked in.
            people: Vec<Arrived>,
            /// Deposits that were moved to the bill.
            deposit_applied: Money,
            /// The first night that is charged, of who came after the night audit of nights that were sold.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            first_night: Option<NaiveDate>,
            /// What was agreed for the nights before it, which are released, minor units.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            released: Vec<i64>,
        },
        /// A check-in was undone.
        UndoCheckIn = "stay.undo_check_in" {
            /// Which room of the reservation.
            line: i64,
        },
        /// A guest was added to a stay.
        AddGuest = "stay.add_guest" {
            /// The stay.
            stay_id: StayId,
            /// Who.
            guest_id: GuestId,
        },
        /// A guest was removed from a stay.
        RemoveGuest = "stay.remove_guest" {
            /// The stay.
            stay_id: StayId,
            /// Who.
            guest_id: GuestId,
        },
        /// Another guest shares the room, in a separate stay.
        Share = "stay.share" {
            /// Which room of the reservation.
            line: i64,
            /// The new stay.
            stay_id: StayId,
            /// Who.
            guest_id: GuestId,
            /// The window of the bill for what this guest consumes.
            #[serde(skip_serializing_if = "Option::is_none")]
            window: Option<i64>,
            /// The price of each night for this guest, minor units; none: the guest pays nothing for the room.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            prices: Vec<i64>,
            /// The guest's own departure; none: with the others.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            departure: Option<NaiveDate>,
        },
        /// A stay was moved to another room.
        Move = "stay.move" {
            /// Which room of the reservation.
            line: i64,
            /// The new room.
            room_id: RoomId,
        },
        /// Two rooms changed places. The visit of the other room has an entry of its own.
        Swap = "stay.swap" {
            /// Which room of the reservation.
            line: i64,
            /// The room it has now.
            room_id: RoomId,
            /// The visit of the other room.
            with: VisitId,
            /// Which room of that reservation.
            with_line: i64,
        },
        /// Prices, and with a plan the terms, of the nights that were not charged yet were agreed anew.
        Reprice = "stay.reprice" {
            /// Which room of the reservation.
            line: i64,
            /// The first night with a new price.
            from: NaiveDate,
            /// The prices of these nights before, minor units.
            was: Vec<i64>,
            /// Their prices now.
            prices: Vec<i64>,
            /// The terms now.
            terms: Terms,
            /// For how many adults these nights are, where that changed.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            adults: Option<i64>,
            /// For how many children these nights are, where that changed.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            children: Option<i64>,
        },
        /// Another guest is the one a stay is registered to.
        ChangePrimary = "stay.change_primary" {
            /// The stay.
            stay_id: StayId,
            /// Who it is now.
            guest_id: GuestId,
            /// Who it was.
            was: GuestId,
            /// The former one is no longer in the stay.
            left: bool,
        },
        /// A stay was extended.
        Extend = "stay.extend" {
            /// Which room of the reservation.
            line: i64,
            /// The new departure.
            departure: NaiveDate,
            /// The departure before.
            was: NaiveDate,
            /// Only this stay of several that share the room.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            stay_id: Option<StayId>,
        },
        /// A stay was shortened.
        EarlyDeparture = "stay.early_departure" {
            /// Which room of the reservation.
            line: i64,
            /// The new departure.
            departure: NaiveDate,
            /// The departure before.
            was: NaiveDate,
            /// Only this stay of several that share the room.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            stay_id: Option<StayId>,
        },
        /// A guest wants to be woken.
        WakeUp = "wake_up.ask" {
            /// The call.
            wake_up_id: WakeUpId,
            /// Which room of the reservation.
            line: i64,
            /// The date.
            date: NaiveDate,
            /// When, minutes after midnight.
            minute: i64,
        },
        /// What became of a wake-up call.
        EndWakeUp = "wake_up.end" {
            /// The call.
            wake_up_id: WakeUpId,
            /// What became of it.
            state: WakeUpState,
        },
        /// It was agreed until when a room may be kept on the departure date.
        LateCheckOut = "stay.late_check_out" {
            /// Which room of the reservation.
            line: i64,
            /// Minutes after midnight; none: as everybody.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            minute: Option<i64>,
        },
        /// Keys were made for a stay.
        IssueKeys = "key.issue" {
            /// Which room of the reservation.
            line: i64,
            /// The stay.
            stay_id: StayId,
            /// The door.
            room_id: RoomId,
            /// The keys.
            keys: Vec<RoomKeyId>,
            /// Until when they open it.
            valid_until: DateTime<Utc>,
        },
        /// A key is to open nothing any more.
        CancelKey = "key.cancel" {
            /// The key.
            key_id: RoomKeyId,
        },
        /// Guests are here after their departure: the room is theirs tonight too.
        Overstay = "stay.overstay" {
            /// Which room of the reservation.
            line: i64,
            /// Until which date the room is counted.
            until: NaiveDate,
        },
        /// Guests checked out.
        CheckOut = "stay.check_out" {
            /// The stays that ended.
            stays: Vec<StayId>,
            /// Windows of the bill that were not settled.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            unsettled_windows: Vec<i64>,
            /// Points that were accrued.
            points: i64,
        },
        /// A check-out was undone.
        UndoCheckOut = "stay.undo_check_out" {
            /// Which room of the reservation.
            line: i64,
        },
    }
}
