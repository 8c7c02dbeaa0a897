//! Stays: who was in which room from when to when.

pub use crate::{
    part::{RoomPart, occupied_parts},
    state::StayState,
};
use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::{
    Message, Rule, RuleError,
    ids::{GuestId, PropertyId, RoomId, StayId, VisitId},
    reservation::ReservationRoom,
};

codes! {
    /// State of a room of a visit on the current day, as a front desk calls it.
    pub enum DeskState {
        /// Due to arrive today, or overdue.
        DueIn = "due_in",
        /// Due to arrive on a later day.
        Expected = "expected",
        /// In house, leaving on a later day.
        InHouse = "in_house",
        /// Leaves today.
        DueOut = "due_out",
        /// Overdue to leave, still here.
        PendingCheckOut = "pending_check_out",
        /// Gone.
        CheckedOut = "checked_out",
    }
}

impl DeskState {
    /// The desk state of a stay in `state` until `departure` on `today`.
    pub fn of_stay(state: StayState, departure: NaiveDate, today: NaiveDate) -> Option<Self> {
        Some(match state {
            StayState::Undone => return None,
            StayState::CheckedOut => Self::CheckedOut,
            StayState::InHouse if departure == today => Self::DueOut,
            StayState::InHouse if departure < today => Self::PendingCheckOut,
            StayState::InHouse => Self::InHouse,
        })
    }

    /// The desk state on `today` of a room not yet checked in.
    pub fn of_arrival(arrival: NaiveDate, today: NaiveDate) -> Self {
        if arrival <= today { Self::DueIn } else { Self::Expected }
    }
}

codes! {
    /// Today's movement in a room.
    pub enum RoomToday {
        /// An arrival is due.
        Arrival = "arrival",
        /// Its guest leaves today, or is overdue.
        DueOut = "due_out",
        /// Its guest stays on.
        Stayover = "stayover",
        /// Its guest left today.
        Departed = "departed",
    }
}

/// One occupied room of a visit.
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
    /// Its state.
    pub state: StayState,
    /// The room now.
    pub room_id: RoomId,
    /// The date of arrival.
    pub arrival: NaiveDate,
    /// The date of departure, planned or actual.
    pub departure: NaiveDate,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
    /// When the guest checked in.
    pub checked_in_at: DateTime<Utc>,
    /// When the guest checked out.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// The stay whose room this one shares; that one holds the room's nights.
    pub share_of: Option<StayId>,
    /// Version of the record.
    pub version: i64,
}

impl Stay {
    /// The stay that results from checking a room of a reservation in to `room_id`.
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

    /// Its record of being in its room from a date on.
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

/// What somebody pays who shares a room, and since when a stay of several holds it: until another does. Who shares a room and has none pays nothing
/// for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayShare {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// The stay.
    pub stay_id: StayId,
    /// The first night with a price.
    pub from_date: NaiveDate,
    /// The price of each of its nights from then on while another stay holds the room, minor units; none: it pays nothing meanwhile.
    pub prices: Vec<i64>,
    /// The window of the bill for its nights; none: as charges are routed.
    pub window: Option<i64>,
    /// The first night for which it holds the room, until the first one of another stay; none: it only shares it.
    pub holds_from: Option<NaiveDate>,
    /// Version of the record.
    pub version: i64,
}

impl StayShare {
    /// The price of a night while another stay holds the room; beyond the last that was agreed what that costs.
    pub fn price_on(&self, night: NaiveDate) -> Option<i64> {
        let at = usize::try_from((night - self.from_date).num_days()).ok()?;
        self.prices.get(at).or(self.prices.last()).copied()
    }
}

codes! {
    /// A guest's role in a stay.
    pub enum StayRole {
        /// The guest the stay is registered to.
        Primary = "primary",
        /// An accompanying guest.
        Accompanying = "accompanying",
    }
}

/// A guest of a stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayGuest {
    /// The property.
    pub property_id: PropertyId,
    /// The stay.
    pub stay_id: StayId,
    /// The guest.
    pub guest_id: GuestId,
    /// The visit.
    pub visit_id: VisitId,
    /// The guest's role.
    pub role: StayRole,
}

/// A room that a stay occupied.
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
    /// How the guest came into it, as a code: `check_in`, `share`, `move` or `swap`. The reason is in the journal.
    pub reason: String,
}

/// A room occupied for a night or a day. The primary key is what makes a double booking impossible.
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
    /// The visit; none when the room is out of order, or let by the hour.
    pub visit_id: Option<VisitId>,
    /// The room of the reservation; [`BY_THE_HOUR`].
    pub line: i64,
}

/// [`RoomNight::line`] of a day on which a room is let by the hour: who has it at which hours stands with the rooms of the reservations.
pub const BY_THE_HOUR: i64 = -1;

impl RoomNight {
    /// A day on which a room is let by the hour.
    pub const fn by_the_hour(property_id: PropertyId, room_id: RoomId, night: NaiveDate) -> Self {
        Self { property_id, room_id, night, part: RoomPart::Day, visit_id: None, line: BY_THE_HOUR }
    }

    /// Whether it is let by the hour.
    pub const fn is_by_the_hour(&self) -> bool {
        self.visit_id.is_none() && self.line == BY_THE_HOUR
    }

    /// Whether it is out of order.
    pub const fn is_out_of_order(&self) -> bool {
        self.visit_id.is_none() && self.line != BY_THE_HOUR
    }
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
