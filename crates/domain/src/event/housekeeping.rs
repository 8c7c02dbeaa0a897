//! Events about the state of rooms and the work in them, what was found, and faults. They are sealed under the property's data key; what people
//! write about a thing or a fault may name somebody.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::define::events;
use crate::{
    ids::{FoundItemId, KeyOrderId, MaintenanceId, RoomId, RoomKeyId},
    lock::{KeyOrderKind, KeyOrderState},
    property::RoomState,
    task::{TaskKind, TaskStep},
    upkeep::{FoundDetails, FoundState, MaintenanceState},
};

/// The work in a room, as it was given to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTask {
    /// The room.
    pub room_id: RoomId,
    /// What is to be done.
    pub kind: TaskKind,
    /// Code of who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendant: Option<String>,
}

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
        /// The work of a day was shared out: what is new or was given to somebody.
        PlanTasks = "task.plan" {
            /// The date.
            date: NaiveDate,
            /// The work.
            tasks: Vec<PlannedTask>,
        },
        /// The work in a room was changed by hand.
        ChangeTask = "task.change" {
            /// The date.
            date: NaiveDate,
            /// Code of who does it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            attendant: Option<String>,
            /// How much work it is.
            credits: i64,
            /// Its place in the order of work.
            place: i64,
        },
        /// The work in a room went a step on.
        StepTask = "task.step" {
            /// The date.
            date: NaiveDate,
            /// The step.
            step: TaskStep,
        },
        /// Housekeeping said who lives in it.
        Seen = "room.seen" {
            /// The date.
            date: NaiveDate,
            /// Whether somebody does.
            occupied: bool,
            /// How many.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            people: Option<i64>,
        },
        /// The lock system was told of a key, and answered.
        TellLock = "key.tell" {
            /// The key.
            key_id: RoomKeyId,
            /// The entry of the log of keys.
            order_id: KeyOrderId,
            /// What it was told to do.
            kind: KeyOrderKind,
            /// What came of it.
            state: KeyOrderState,
            /// Why it refused: its code.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            answer: Option<String>,
        },
        /// Something was found.
        Found = "found.add" {
            /// The thing.
            item_id: FoundItemId,
            /// What was written about it.
            details: FoundDetails,
        },
        /// What became of it.
        FoundState = "found.change" {
            /// The thing.
            item_id: FoundItemId,
            /// What became of it.
            state: FoundState,
            /// What is written about it now.
            details: FoundDetails,
        },
        /// A fault was reported.
        Report = "maintenance.report" {
            /// The order.
            order_id: MaintenanceId,
            /// What is wrong.
            fault: String,
            /// Whether it cannot wait.
            urgent: bool,
        },
        /// What became of it.
        EndMaintenance = "maintenance.end" {
            /// The order.
            order_id: MaintenanceId,
            /// Where it stands.
            state: MaintenanceState,
        },
    }
}
