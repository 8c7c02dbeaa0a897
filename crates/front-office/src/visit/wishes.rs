//! What is asked for with a room beside what is sold: features of the room, and when the guest comes. A room that is chosen by itself offers
//! what was asked for; whoever names a room decides.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::Action;
use hefu_core::{About, AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, ReservationEvent},
    ids::{PropertyId, RoomTypeId},
    property::{Room, RoomState},
    reservation::{Reservation, ReservationRoom, Wishes},
};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    hours::{self, LATEST},
    inventory::of_no_room,
};
use crate::property::check_code;

/// The most features of a room, or asked for with one.
const MOST_FEATURES: usize = 20;

/// The most rooms that are looked at.
pub(crate) const MOST_ROOMS: i64 = 500;

/// Features as they are kept: sorted, each once.
///
/// # Errors
/// There are too many, or one is no code.
pub(crate) fn features(given: &[String]) -> Result<Vec<String>> {
    if given.len() > MOST_FEATURES {
        return Err(AppError::invalid("features", Message::ItemCount { from: 0, to: MOST_FEATURES }));
    }
    for (i, feature) in given.iter().enumerate() {
        check_code(("features", i), feature)?;
    }
    let mut features = given.to_vec();
    features.sort_unstable();
    features.dedup();
    Ok(features)
}

/// What is asked for with a room of a type.
///
/// # Errors
/// A feature that no room of the type offers, or an arrival at no time of the day.
pub(crate) async fn wishes(
    c: &mut Conn,
    (property, kind): (PropertyId, RoomTypeId),
    given: &[String],
    arrival_minute: Option<i64>,
) -> Result<Wishes> {
    if arrival_minute.is_some_and(|minute| !(0..=LATEST).contains(&minute)) {
        return Err(AppError::invalid("arrival_minute", Message::Between { from: 0, to: LATEST }));
    }
    let features = features(given)?;
    if !features.is_empty() {
        let rooms = query::property::rooms(c, property).await?;
        if !rooms.iter().any(|room| room.room_type_id == kind && room.offers(&features)) {
            return Err(AppError::invalid("features", Message::NoRoomOffers));
        }
    }
    Ok(Wishes { features, arrival_minute, departure_minute: None })
}

/// How soon somebody can move in.
const fn readiness(state: RoomState) -> u8 {
    match state {
        RoomState::Inspected => 0,
        RoomState::Clean => 1,
        RoomState::Pickup => 2,
        RoomState::Dirty | RoomState::OutOfService | RoomState::OutOfOrder => 3,
    }
}

/// Those of some free rooms that offer what is asked for, the readiest first; of those that are as ready, first the ones with little beside: what
/// few rooms offer is left for who asks for it.
pub(crate) fn offering(mut free: Vec<Room>, features: &[String]) -> Vec<Room> {
    free.retain(|room| room.offers(features));
    free.sort_by_key(|room| (readiness(room.state), room.features.len() + usize::from(room.accessible)));
    free
}

/// Rooms of a type that are free on the dates, and at the hours that a room of a reservation takes, and offer what is asked for with it, the best one
/// first.
///
/// # Errors
/// [`Rule::RoomTaken`]: there is none.
pub(crate) async fn free_rooms(
    u: &mut Unit<'_>,
    (line, kind): (&ReservationRoom, RoomTypeId),
    dates: (NaiveDate, NaiveDate),
    lived_in: bool,
) -> Result<Vec<Room>> {
    let (property, hours) = (line.property_id, line.hours());
    let will_do = (lived_in, hours.is_some());
    let mut free = query::property::free_rooms(u.tx, property, kind, dates, will_do, MOST_ROOMS).await?;
    if let Some(hours) = hours {
        let but = Some((line.visit_id, line.line));
        free = hours::free_at(u.tx, (property, line.arrival, hours), but, free).await?;
    }
    let message = if free.is_empty() { Message::NoRoomFree } else { Message::NoFreeRoomOffers };
    let found = offering(free, &line.wishes.features);
    if found.is_empty() {
        return Err(RuleError::new(Rule::RoomTaken, "room", message).into());
    }
    Ok(found)
}

/// Notes what was asked for with rooms that are new, where anything was.
///
/// # Errors
/// The entry cannot be written.
pub(crate) async fn record(
    u: &mut Unit<'_>,
    reservation: &Reservation,
    rooms: &[ReservationRoom],
) -> Result<()> {
    for room in rooms.iter().filter(|room| room.wishes != Wishes::default()) {
        u.record(About::Visit(reservation), event(room)).await?;
    }
    Ok(())
}

fn event(room: &ReservationRoom) -> ReservationEvent {
    let Wishes { features, arrival_minute, departure_minute: _ } = room.wishes.clone();
    ReservationEvent::Wish { line: room.line, features, arrival_minute }
}

/// Says what is asked for with a room of the reservation, instead of what was: features that its room is to have, and when the guest comes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Features that its room is to have: `accessible` (fit for a wheelchair), or what the property calls them. Default: none.
    #[serde(default)]
    pub features: Vec<String>,
    /// When the guest comes, minutes after midnight of the arrival date, up to 1799. Default: not known.
    #[serde(default)]
    pub arrival_minute: Option<i64>,
}

const fn first() -> i64 {
    1
}

#[async_trait]
impl VisitAction for Wish {
    const ACTION: Action = Action::ReservationWish;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let property = visit.property.id;
        let room = visit.line(self.line)?;
        if !room.is_alive() {
            let message = Message::NothingHeld { state: room.state };
            return Err(RuleError::new(Rule::WrongState, "line", message).into());
        }
        let wished = wishes(u.tx, (property, room.room_type_id), &self.features, self.arrival_minute).await?;
        room.wishes = Wishes { departure_minute: room.wishes.departure_minute, ..wished };
        // Who is here takes hours since he came.
        if room.stay_id.is_none() {
            room.take_hours();
        }
        let event = event(room);
        let revised = visit.revise(u, &before).await;
        revised.map_err(|error| of_no_room(error, "arrival_minute"))?;
        Ok(event.into())
    }
}
