//! What happened: who stayed in which room from when to when.

pub use crate::state::StayState;
use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::{
    Message, Rule, RuleError,
    ids::{GuestId, PropertyId, RoomId, StayId, VisitId},
    reservation::ReservationRoom,
};

codes! {
    /// What a desk calls a room of a visit today.
    pub enum DeskState {
        /// Arrives today, or should have.
        DueIn = "due_in",
        /// Arrives on a later day.
        Expected = "expected",
        /// In house, leaving on a later day.
        InHouse = "in_house",
        /// Leaves today.
        DueOut = "due_out",
        /// Should have left, still here.
        PendingCheckOut = "pending_check_out",
        /// Gone.
        CheckedOut = "checked_out",
    }
}

impl DeskState {
    /// What a stay in `state` until `departure` is called on `today`.
    pub fn of_stay(state: StayState, departure: NaiveDate, today: NaiveDate) -> Option<Self> {
        Some(match state {
            StayState::Undone => return None,
            StayState::CheckedOut => Self::CheckedOut,
            StayState::InHouse if departure == today => Self::DueOut,
            StayState::InHouse if departure < today => Self::PendingCheckOut,
            StayState::InHouse => Self::InHouse,
        })
    }

    /// What a room that nobody has taken yet is called on `today`.
    pub fn of_arrival(arrival: NaiveDate, today: NaiveDate) -> Self {
        if arrival <= today { Self::DueIn } else { Self::Expected }
    }
}

codes! {
    /// What a room has to do with today's comings and goings.
    pub enum RoomToday {
        /// Somebody is to move in.
        Arrival = "arrival",
        /// Whoever lives in it leaves today, or should have left.
        DueOut = "due_out",
        /// Whoever lives in it stays on.
        Stayover = "stayover",
        /// Somebody left it today.
        Departed = "departed",
    }
}

/// One room of a visit, lived in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: StayId,
    /// The visit.
    pub visit_id: VisitId,
    /// The room of the reservation it fulfils.
    pub line: i64,
    /// Where it stands.
    pub state: StayState,
    /// The room now.
    pub room_id: RoomId,
    /// The date of arrival.
    pub arrival: NaiveDate,
    /// The date of departure, planned or real.
    pub departure: NaiveDate,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
    /// When the guest came.
    pub checked_in_at: DateTime<Utc>,
    /// When the guest left.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// The stay whose room this one shares; that one holds the room's nights.
    pub share_of: Option<StayId>,
    /// Version of the record.
    pub version: i64,
}

impl Stay {
    /// The stay that a room of a reservation becomes when somebody moves into `room_id`.
    pub const fn of_line(
        line: &ReservationRoom,
        id: StayId,
        room_id: RoomId,
        arrival: NaiveDate,
        checked_in_at: DateTime<Utc>,
    ) -> Self {
        Self {
            property_id: line.property_id,
            id,
            visit_id: line.visit_id,
            line: line.line,
            state: StayState::InHouse,
            room_id,
            arrival,
            departure: line.departure,
            adults: line.adults,
            children: line.children,
            checked_in_at,
            checked_out_at: None,
            share_of: None,
            version: 1,
        }
    }

    /// That it is in its room from a date on.
    pub fn in_room(&self, seq: i64, reason: &str, from_date: NaiveDate) -> StayRoom {
        StayRoom {
            property_id: self.property_id,
            stay_id: self.id,
            seq,
            visit_id: self.visit_id,
            room_id: self.room_id,
            from_date,
            reason: reason.to_owned(),
        }
    }
}

codes! {
    /// What a person is in a stay.
    pub enum StayRole {
        /// The one the stay is under.
        Primary = "primary",
        /// Comes along.
        Accompanying = "accompanying",
    }
}

/// A person in a stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayGuest {
    /// The property.
    pub property_id: PropertyId,
    /// The stay.
    pub stay_id: StayId,
    /// The person.
    pub guest_id: GuestId,
    /// The visit.
    pub visit_id: VisitId,
    /// What the person is in it.
    pub role: StayRole,
}

/// A room a stay was in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayRoom {
    /// The property.
    pub property_id: PropertyId,
    /// The stay.
    pub stay_id: StayId,
    /// Counted from 1.
    pub seq: i64,
    /// The visit.
    pub visit_id: VisitId,
    /// The room.
    pub room_id: RoomId,
    /// First date in it.
    pub from_date: NaiveDate,
    /// How the guest came into it, as a code: `check_in`, `share` or `move`. Why somebody was moved stands in the journal.
    pub reason: String,
}

codes! {
    /// Which part of a date a room is held for.
    pub enum RoomPart {
        /// The night that begins on the date.
        Night = "night",
        /// The day: a part-day guest, or a stay that goes through it.
        Day = "day",
    }
}

/// A room held for a night or a day. The primary key is what makes a double booking impossible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomNight {
    /// The property.
    pub property_id: PropertyId,
    /// The room.
    pub room_id: RoomId,
    /// The date.
    pub night: NaiveDate,
    /// Night or day.
    pub part: RoomPart,
    /// Who holds it; none when the room is out of order.
    pub visit_id: Option<VisitId>,
    /// For which room of the reservation.
    pub line: i64,
}

/// What a range of dates occupies: every night, and the days between two nights. A part-day stay
/// occupies its day only; an arrival day and a departure day stay free for part-day guests.
pub fn occupied_parts(arrival: NaiveDate, departure: NaiveDate) -> Vec<(NaiveDate, RoomPart)> {
    if arrival == departure {
        return vec![(arrival, RoomPart::Day)];
    }
    let mut parts = Vec::new();
    for night in arrival.iter_days().take_while(|night| *night < departure) {
        if night != arrival {
            parts.push((night, RoomPart::Day));
        }
        parts.push((night, RoomPart::Night));
    }
    parts
}

/// Refuses anything but `wanted`.
///
/// # Errors
/// [`Rule::WrongState`].
pub fn require(state: StayState, wanted: StayState) -> Result<(), RuleError> {
    if state == wanted {
        return Ok(());
    }
    Err(RuleError::new(Rule::WrongState, (), Message::StayIs { state, needed: wanted }))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_stay_holds_its_nights_and_the_days_between() {
        use RoomPart::{Day, Night};
        assert_eq!(
            occupied_parts(day("2026-12-31"), day("2027-01-02")),
            [(day("2026-12-31"), Night), (day("2027-01-01"), Day), (day("2027-01-01"), Night)]
        );
        assert_eq!(occupied_parts(day("2026-10-03"), day("2026-10-03")), [(day("2026-10-03"), Day)]);
    }

    #[test]
    fn the_desk_names_a_stay_by_todays_date() {
        let today = day("2026-10-03");
        let of = |state, departure| DeskState::of_stay(state, day(departure), today);
        assert_eq!(of(StayState::InHouse, "2026-10-04"), Some(DeskState::InHouse));
        assert_eq!(of(StayState::InHouse, "2026-10-03"), Some(DeskState::DueOut));
        assert_eq!(of(StayState::InHouse, "2026-10-02"), Some(DeskState::PendingCheckOut));
        assert_eq!(of(StayState::CheckedOut, "2026-10-02"), Some(DeskState::CheckedOut));
        assert_eq!(of(StayState::Undone, "2026-10-02"), None);
        assert_eq!(DeskState::of_arrival(day("2026-10-02"), today), DeskState::DueIn);
        assert_eq!(DeskState::of_arrival(day("2026-10-04"), today), DeskState::Expected);
    }
}
