//! Who lives in the rooms of a visit: finding them, and what every change of a stay needs.

use chrono::NaiveDate;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    ids::{GuestId, RoomId, StayId},
    message::Missing,
    property::{Room, RoomState},
    stay::{Stay, StayGuest, StayRole, StayState},
};
use hefu_store::{GuestVisit, query};

use super::Visit;
use crate::property::room_by_id;

pub(super) const fn first() -> i64 {
    1
}

pub(super) fn wrong_state(at: impl Into<Place>, message: Message) -> AppError {
    RuleError::new(Rule::WrongState, at, message).into()
}

impl Visit {
    /// The stays of a line that are in house, the one that holds the room first.
    ///
    /// # Errors
    /// There are none.
    pub(super) fn in_house(&self, line: i64) -> Result<Vec<Stay>> {
        let lives = |stay: &&Stay| stay.line == line && stay.state == StayState::InHouse;
        let mut stays: Vec<Stay> = self.stays.iter().filter(lives).cloned().collect();
        stays.sort_by_key(|stay| (stay.share_of.is_some(), stay.id));
        if stays.is_empty() {
            return Err(wrong_state("line", Message::NobodyInRoom));
        }
        Ok(stays)
    }

    /// The requested stay of a line: the one named, else the one that holds the room.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn one_in_house(&self, line: i64, stay: Option<StayId>) -> Result<Stay> {
        let stays = self.in_house(line)?;
        match stay {
            None => stays.into_iter().next(),
            Some(id) => stays.into_iter().find(|stay| stay.id == id),
        }
        .ok_or_else(|| {
            AppError::not_found(Missing::StayInHouse, stay.map(|id| id.to_string()).unwrap_or_default())
                .at("stay")
        })
    }
}

/// Refuses a room that cannot be moved into now.
pub(super) async fn require_ready(u: &mut Unit<'_>, room: &Room, accept_dirty: bool) -> Result<()> {
    require_state(room, accept_dirty)?;
    require_empty(!query::visit::in_room_now(u.tx, room.property_id, room.id).await?.is_empty())
}

/// Refuses a room in which somebody is.
pub(super) fn require_empty(is_lived_in: bool) -> Result<()> {
    match is_lived_in {
        true => Err(RuleError::new(Rule::RoomTaken, "room", Message::RoomLivedIn).into()),
        false => Ok(()),
    }
}

/// Refuses a room that nobody can move into as it is.
pub(super) fn require_state(room: &Room, accept_dirty: bool) -> Result<()> {
    let ready = match room.state {
        RoomState::Clean | RoomState::Inspected => true,
        RoomState::Dirty | RoomState::Pickup | RoomState::OutOfService => accept_dirty,
        RoomState::OutOfOrder => false,
    };
    if !ready {
        let state = room.state;
        let message = match state {
            RoomState::OutOfOrder => Message::RoomNotLettable { state },
            _ => Message::RoomNotClean { state },
        };
        return Err(RuleError::new(Rule::RoomNotReady, "room", message).into());
    }
    Ok(())
}

/// The number of people in the in-house stays of a line.
pub(super) async fn people_in(u: &mut Unit<'_>, visit: &Visit, line: i64) -> Result<i64> {
    let stays = visit.in_house(line)?;
    let people = query::visit::stay_guests(u.tx, visit.property.id, visit.reservation.id).await?;
    Ok(people.iter().filter(|person| stays.iter().any(|stay| stay.id == person.stay_id)).count() as i64)
}

pub(super) async fn make_dirty(u: &mut Unit<'_>, visit: &Visit, room: RoomId) -> Result<()> {
    let mut room = room_by_id(u.tx, visit.property.id, room).await?;
    if matches!(room.state, RoomState::Dirty | RoomState::OutOfOrder) {
        return Ok(());
    }
    room.state = RoomState::Dirty;
    u.tx.update(&mut room).await?;
    Ok(())
}

/// Adds people to a stay, and the visit to the list of each.
pub(super) async fn seat(
    u: &mut Unit<'_>,
    visit: &Visit,
    stay: StayId,
    guests: &[(GuestId, StayRole)],
) -> Result<()> {
    let (property_id, visit_id) = (visit.property.id, visit.reservation.id);
    let person = |&(guest_id, role)| StayGuest { property_id, stay_id: stay, guest_id, visit_id, role };
    let mut others: Vec<GuestId> = guests.iter().map(|(guest, _)| *guest).collect();
    others.retain(|guest| *guest != visit.reservation.guest_id);
    if !others.is_empty() {
        let known = query::visit::stay_guests(u.tx, property_id, visit_id).await?;
        others.retain(|guest| known.iter().all(|person| person.guest_id != *guest));
    }
    u.tx.insert_all(&guests.iter().map(person).collect::<Vec<_>>()).await?;
    u.tx.insert_all(&others.iter().map(|guest| guest_visit(visit, *guest)).collect::<Vec<_>>())
        .await
        .map_err(AppError::from)
}

pub(super) const fn guest_visit(visit: &Visit, guest_id: GuestId) -> GuestVisit {
    GuestVisit {
        guest_id,
        property_id: visit.property.id,
        visit_id: visit.reservation.id,
        arrival: visit.reservation.arrival,
        departure: visit.reservation.departure,
    }
}

/// Records that a stay is in its room from `date` on.
pub(super) async fn record_room(
    u: &mut Unit<'_>,
    stay: &Stay,
    seq: i64,
    reason: &str,
    date: NaiveDate,
) -> Result<()> {
    Ok(u.tx.insert(&stay.in_room(seq, reason, date)).await?)
}

/// Makes the stays in house of a line end when the line does, which ended on `was` before. Who shares the room and leaves earlier does so still.
pub(super) async fn end_stays(u: &mut Unit<'_>, visit: &mut Visit, line: i64, was: NaiveDate) -> Result<()> {
    let departure = visit.line(line)?.departure;
    for mut stay in visit.in_house(line)? {
        if stay.share_of.is_some() && stay.departure < was && stay.departure < departure {
            continue;
        }
        stay.departure = departure.max(stay.arrival);
        u.tx.update(&mut stay).await?;
        replace_stay(visit, stay);
    }
    Ok(())
}

/// Makes a line and the stays in it end at `departure`. Leaving before the first night is over costs that night all the same.
pub(super) async fn shorten(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    line: i64,
    departure: NaiveDate,
) -> Result<()> {
    let booked = visit.line(line)?;
    let was = booked.departure;
    let nights = (departure - booked.arrival).num_days().max(1);
    booked.prices.truncate(usize::try_from(nights).unwrap_or(1));
    booked.end_at(departure);
    end_stays(u, visit, line, was).await
}

/// Puts a changed stay back into the visit.
pub(super) fn replace_stay(visit: &mut Visit, stay: Stay) {
    if let Some(known) = visit.stays.iter_mut().find(|known| known.id == stay.id) {
        *known = stay;
    }
}
