//! Housekeeping: which rooms are cleaned on a day, by whom and in which order, and what was seen in a room.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{PropertyId, RoomId},
    property::RoomState,
};

codes! {
    /// What is to be done in a room.
    pub enum TaskKind {
        /// Made ready for the next guest: somebody has left, or leaves today.
        Departure = "departure",
        /// Made up for a guest who stays on.
        Stayover = "stayover",
        /// A light touch.
        Touch = "touch",
    }
}

impl TaskKind {
    /// What is to be done in a room in a state, for whom lives in it; none: nothing.
    pub const fn of(state: RoomState, is_lived_in: bool, leaves_today: bool) -> Option<Self> {
        match (state, is_lived_in) {
            (RoomState::OutOfOrder, _) => None,
            (_, true) if leaves_today => Some(Self::Departure),
            (RoomState::Dirty | RoomState::Pickup, true) => Some(Self::Stayover),
            (RoomState::Dirty, false) => Some(Self::Departure),
            (RoomState::Pickup, false) => Some(Self::Touch),
            (RoomState::Clean | RoomState::Inspected | RoomState::OutOfService, _) => None,
        }
    }

    /// How much work it is unless somebody says otherwise: about as many minutes.
    pub const fn credits(self) -> i64 {
        match self {
            Self::Departure => 30,
            Self::Stayover => 20,
            Self::Touch => 10,
        }
    }
}

codes! {
    /// Where the work in a room stands.
    pub enum TaskState {
        /// To be done.
        Open = "open",
        /// Somebody is at it.
        Started = "started",
        /// Done, to be inspected.
        Finished = "finished",
        /// Done and inspected.
        Inspected = "inspected",
        /// Not wanted today.
        Skipped = "skipped",
    }
}

codes! {
    /// A step of the work in a room.
    pub enum TaskStep {
        /// Somebody begins.
        Start = "start",
        /// It is done; the room is clean.
        Finish = "finish",
        /// It was inspected; so was the room.
        Inspect = "inspect",
        /// It is not as it should be: to be done again, and the room is dirty.
        Reject = "reject",
        /// The guest does not want it today.
        Skip = "skip",
        /// It is to be done after all.
        Reopen = "reopen",
    }
}

impl TaskState {
    /// Where a step leads, and the state of the room then, if it says one; none where the step cannot be taken.
    pub const fn after(self, step: TaskStep) -> Option<(Self, Option<RoomState>)> {
        use TaskStep as Step;
        Some(match (self, step) {
            (Self::Open, Step::Start) => (Self::Started, None),
            (Self::Open | Self::Started, Step::Finish) => (Self::Finished, Some(RoomState::Clean)),
            (Self::Finished, Step::Inspect) => (Self::Inspected, Some(RoomState::Inspected)),
            (Self::Finished | Self::Inspected, Step::Reject) => (Self::Open, Some(RoomState::Dirty)),
            (Self::Open | Self::Started, Step::Skip) => (Self::Skipped, None),
            (Self::Skipped | Self::Started, Step::Reopen) => (Self::Open, None),
            _ => return None,
        })
    }
}

/// What is to be done in a room on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomTask {
    /// The property.
    pub property_id: PropertyId,
    /// The business date.
    pub date: NaiveDate,
    /// The room.
    pub room_id: RoomId,
    /// What is to be done.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// How much work it is.
    pub credits: i64,
    /// Code of who does it; none: nobody yet.
    pub attendant: Option<String>,
    /// Its place in the order of the attendant's work, from 1.
    pub place: i64,
    /// When somebody began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// What housekeeping saw in a room on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSeen {
    /// The property.
    pub property_id: PropertyId,
    /// The business date.
    pub date: NaiveDate,
    /// The room.
    pub room_id: RoomId,
    /// Whether somebody lives in it.
    pub occupied: bool,
    /// How many people, if that could be told.
    pub people: Option<i64>,
    /// Who said so, as the journal calls them.
    pub seen_by: String,
    /// When.
    pub seen_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// How what was seen in a room differs from what the desk knows.
    pub enum Discrepancy {
        /// The desk has guests in it, and nobody lives in it.
        Skip = "skip",
        /// Somebody lives in it, and the desk knows of nobody.
        Sleep = "sleep",
        /// Another number of people.
        People = "people",
    }
}

impl Discrepancy {
    /// What differs from what the desk knows: how many people live in the room, none if nobody does.
    pub const fn of(seen: &RoomSeen, people: i64) -> Option<Self> {
        match (people > 0, seen.occupied, seen.people) {
            (true, false, _) => Some(Self::Skip),
            (false, true, _) => Some(Self::Sleep),
            (true, true, Some(other)) if other != people => Some(Self::People),
            _ => None,
        }
    }
}

/// Shares work out: to whom each piece goes, so that everybody has about as much. `loads` is what everybody has already. The largest pieces go
/// first, each to who has least.
pub fn share_out(loads: &[i64], credits: &[i64]) -> Vec<usize> {
    let mut loads = loads.to_vec();
    let mut order: Vec<usize> = (0..credits.len()).collect();
    order.sort_by_key(|piece| std::cmp::Reverse(credits[*piece]));
    let mut to = vec![0; credits.len()];
    for piece in order {
        let least = loads.iter().enumerate().min_by_key(|(_, load)| **load);
        let Some((least, _)) = least else { break };
        to[piece] = least;
        loads[least] += credits[piece];
    }
    to
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_state_of_work_can_be_left_and_reached() {
        for state in TaskState::ALL {
            assert!(TaskStep::ALL.iter().any(|step| state.after(*step).is_some()), "{state}");
            let leads_to = |from: &TaskState| {
                TaskStep::ALL.iter().any(|step| from.after(*step).is_some_and(|(to, _)| to == *state))
            };
            assert!(TaskState::ALL.iter().any(leads_to), "{state}");
        }
        assert_eq!(TaskState::Open.after(TaskStep::Inspect), None);
        assert_eq!(
            TaskState::Started.after(TaskStep::Finish),
            Some((TaskState::Finished, Some(RoomState::Clean)))
        );
    }

    #[test]
    fn what_is_to_be_done_follows_from_the_room() {
        use TaskKind::{Departure, Stayover, Touch};
        let of = |state| {
            [(false, false), (true, false), (true, true)]
                .map(|(lived, leaves)| TaskKind::of(state, lived, leaves))
        };
        assert_eq!(of(RoomState::Dirty), [Some(Departure), Some(Stayover), Some(Departure)]);
        assert_eq!(of(RoomState::Pickup), [Some(Touch), Some(Stayover), Some(Departure)]);
        assert_eq!(of(RoomState::Clean), [None, None, Some(Departure)]);
        assert_eq!(of(RoomState::OutOfOrder), [None, None, None]);
    }

    proptest! {
        #[test]
        fn nobody_has_more_than_another_by_more_than_the_largest_piece(credits in prop::collection::vec(1..60_i64, 0..80), people in 1..9_usize) {
            let to = share_out(&vec![0; people], &credits);
            let mut loads = vec![0; people];
            to.iter().zip(&credits).for_each(|(to, credits)| loads[*to] += credits);
            let most = loads.iter().max().copied().unwrap_or_default();
            let least = loads.iter().min().copied().unwrap_or_default();
            prop_assert!(most - least <= credits.iter().max().copied().unwrap_or_default());
        }
    }
}
