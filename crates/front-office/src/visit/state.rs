//! The state of a visit: the answer of commands on it.

use crate::{
    duplicates::Duplicate,
    visit::{Visit, grouped, preview::Preview},
};
use chrono::NaiveDate;
use hefu_core::{Result, Unit};
use hefu_domain::{
    reservation::{ReservationRoom, ReservationState},
    stay::StayState,
};
use hefu_people::flag::FlagView;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer of a command on a visit: its current state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VisitState {
    /// The number, in groups.
    pub number: String,
    /// The property's code.
    pub property: String,
    /// The reservation's state.
    pub state: ReservationState,
    /// Room by room.
    pub rooms: Vec<RoomOfVisit>,
    /// The penalty for cancellation or no-show, minor units.
    pub penalty: i64,
    /// Balance due on all windows, minor units.
    pub balance: i64,
    /// Version of the reservation.
    pub version: i64,
    /// The visit's entity tag without the digest of a text: the next change can send it as `If-Match`.
    #[serde(default)]
    pub etag: String,
    /// What it would cost: of a preview, which changed nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// Where a room of the reservation went: of a room that was split off or moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<MovedRoom>,
    /// Flags of the guests who were booked for or let in: whom to treat as a very important guest, and who is on the blacklist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<FlagView>,
    /// Possible duplicates for the same dates, for a booking that was just made, changed, confirmed, reinstated, checked in or
    /// extended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Duplicate>,
}

/// Where a room of a reservation went. Deposits and charges stay where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedRoom {
    /// The number of the visit it belongs to now, in groups.
    pub number: String,
    /// Which room of that reservation it is.
    pub line: i64,
    /// Deposits that are held for, or still asked of, the visit it came from and stay there, minor units.
    pub deposits_left: i64,
    /// The balance of the bill that stays there, minor units.
    pub balance_left: i64,
}

/// A room of a visit in short.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoomOfVisit {
    /// Counted from 1.
    pub line: i64,
    /// Where the room of the reservation stands.
    pub state: ReservationState,
    /// Code of the room type.
    pub room_type: String,
    /// The number of the assigned room.
    pub room: Option<String>,
    /// The resulting stay.
    pub stay_id: Option<hefu_domain::ids::StayId>,
    /// The stay's state.
    pub stay: Option<StayState>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// What cancelling it or not coming cost, minor units.
    pub penalty: i64,
}

/// The first parts of a visit's entity tag: the reservation's version, and the revision, which changes with anything of the visit.
pub fn tag(version: i64, revision: u64) -> String {
    format!("{version}-{revision:016x}")
}

/// The state of a visit, as written and journalled.
///
/// # Errors
/// The database fails.
pub async fn state_of(u: &mut Unit<'_>, visit: &Visit) -> Result<VisitState> {
    let (property, id) = (visit.property.id, visit.reservation.id);
    let unwritten = u.tx.unwritten_entries(id);
    let c: &mut Conn = u.tx;
    // Reservation and rooms are written through the visit, stays and folios separately.
    let states = query::visit::room_states(c, property, id).await?;
    let rooms = states.into_iter().filter_map(|(line, room_type, number, stay)| {
        let ReservationRoom { stay_id, arrival, departure, state, penalty, .. } =
            *visit.rooms.iter().find(|room| room.line == line)?;
        Some(RoomOfVisit { line, state, room_type, room: number, stay_id, stay, arrival, departure, penalty })
    });
    let (revision, balance) = query::visit::revision_and_balance(c, &visit.reservation, unwritten).await?;
    Ok(VisitState {
        number: grouped(&visit.reservation.number),
        property: visit.property.code.clone(),
        state: visit.reservation.state,
        rooms: rooms.collect(),
        penalty: visit.reservation.penalty,
        balance,
        version: visit.reservation.version,
        etag: tag(visit.reservation.version, revision),
        preview: None,
        moved: None,
        flags: visit.flags.clone(),
        duplicates: Vec::new(),
    })
}
