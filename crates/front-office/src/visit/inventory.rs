//! What rooms of a reservation take out of what can be sold, and which rooms are held for them on which nights.
//!
//! Both follow from the rooms of the reservation as they are written ([`update_inventory`]): whoever changes one says what it is, and the counters
//! and the nights of rooms from today on are brought to it. A room of the reservation takes a room of the physical type: of the room that is
//! set aside or lived in, else of the type that was sold. Who comes by the hour takes hours of it, see [`super::hours`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    ids::{PropertyId, RoomId, RoomTypeId, VisitId},
    property::{Property, Room},
    reservation::ReservationRoom,
    stay::{RoomNight, RoomPart},
};
use hefu_kernel::LAST_DATE;
use hefu_store::query;

use super::hours::HoursChange;

/// A night or day of a room type, or of a room.
type PartOf<T> = (T, NaiveDate, RoomPart);

/// Whether more may be sold than there is: who asks for it needs a right of its own and says why.
///
/// # Errors
/// The principal may not, or gave no reason.
pub fn may_oversell(u: &Unit<'_>, property: &Property, asked: bool) -> Result<bool> {
    if asked {
        u.also(Action::InventoryOversell, &property.code)?;
        u.reason()?;
    }
    Ok(asked)
}

/// Refuses more people than a room holds.
///
/// # Errors
/// [`Rule::TooManyPeople`] at the room.
pub async fn require_space(u: &mut Unit<'_>, room: &Room, people: i64) -> Result<()> {
    let kind = query::property::room_type(u.tx, room.property_id, room.room_type_id).await?;
    require_capacity(kind.map_or(0, |kind| kind.capacity), people)
}

/// Refuses more people than a room takes.
///
/// # Errors
/// [`Rule::TooManyPeople`] at the room.
pub fn require_capacity(most: i64, people: i64) -> Result<()> {
    if people > most {
        return Err(RuleError::new(Rule::TooManyPeople, "room", Message::Capacity { most }).into());
    }
    Ok(())
}

/// What is wrong with a room, of a request that names none: said at the field because of which it is needed.
pub fn of_no_room(error: AppError, at: &'static str) -> AppError {
    if *error.place() == Place::from("room") { error.at(at) } else { error }
}

/// The nights and days from `today` on of which a room of a reservation takes all.
fn whole_parts(line: &ReservationRoom, today: NaiveDate) -> Vec<(NaiveDate, RoomPart)> {
    if line.is_by_the_hour() { Vec::new() } else { line.counted_parts(today) }
}

/// The nights and days of types that a room of a reservation takes.
fn counted(line: &ReservationRoom, today: NaiveDate) -> BTreeSet<PartOf<RoomTypeId>> {
    let of = |kind| whole_parts(line, today).into_iter().map(move |(night, part)| (kind, night, part));
    line.counted_type_id.into_iter().flat_map(of).collect()
}

/// The nights and days of rooms that are held for a room of a reservation.
fn held(line: &ReservationRoom, today: NaiveDate) -> BTreeSet<PartOf<RoomId>> {
    let of = |room| whole_parts(line, today).into_iter().map(move |(night, part)| (room, night, part));
    line.room_id.into_iter().flat_map(of).collect()
}

async fn take(
    u: &mut Unit<'_>,
    property: PropertyId,
    (kind, night, part): PartOf<RoomTypeId>,
    (rooms, beyond): (i64, bool),
) -> Result<()> {
    query::inventory::count(u.tx, property, kind, (night, part), rooms, beyond).await.map_err(|error| {
        match AppError::from(error) {
            AppError::Rule(rule) if rule.rule == Rule::NoInventory => {
                RuleError::new(Rule::NoInventory, rule.at, Message::SoldOutOn { night }).into()
            }
            other => other,
        }
    })
}

/// Counts a new room of a reservation from `today` on; `beyond`: also where nothing is left.
///
/// # Errors
/// [`Rule::NoInventory`] with the date.
pub async fn count(u: &mut Unit<'_>, line: &ReservationRoom, today: NaiveDate, beyond: bool) -> Result<()> {
    recount_from(u, (line.property_id, today), &[], std::slice::from_ref(line), beyond).await
}

/// Rooms of reservations before and after a change, side by side by visit and line.
fn pairs<'a>(
    before: &'a [ReservationRoom],
    after: &'a [ReservationRoom],
) -> Vec<(Option<&'a ReservationRoom>, Option<&'a ReservationRoom>)> {
    let place = |room: &ReservationRoom| (room.visit_id, room.line);
    let of = |rooms: &'a [ReservationRoom], line| rooms.iter().find(move |room| place(room) == line);
    let lines: BTreeSet<(VisitId, i64)> = before.iter().chain(after).map(place).collect();
    let both = lines.into_iter().map(|line| (of(before, line), of(after, line)));
    both.filter(|(before, after)| before != after).collect()
}

/// Brings the counters from today on from what the rooms of a reservation were to what they are; `beyond`: also where nothing is left.
///
/// # Errors
/// [`Rule::NoInventory`] with the date, at the room concerned.
pub async fn recount(
    u: &mut Unit<'_>,
    property: &Property,
    before: &[ReservationRoom],
    after: &[ReservationRoom],
    beyond: bool,
) -> Result<()> {
    recount_from(u, (property.id, property.business_date), before, after, beyond).await
}

async fn recount_from(
    u: &mut Unit<'_>,
    (property, today): (PropertyId, NaiveDate),
    before: &[ReservationRoom],
    after: &[ReservationRoom],
    beyond: bool,
) -> Result<()> {
    let by_the_hour = HoursChange::of((property, today), before, after).more_needed(u).await?;
    let sets = |line: Option<&ReservationRoom>| line.map(|line| counted(line, today)).unwrap_or_default();
    let changed: Vec<_> =
        pairs(before, after).into_iter().map(|(before, after)| (sets(before), sets(after))).collect();
    // Everything is given back first, so that a change never competes with itself.
    let given_back: Vec<_> = changed.iter().flat_map(|(before, after)| before - after).collect();
    for (kind, night, part) in given_back {
        query::inventory::give_back(u.tx, property, kind, (night, part)).await?;
    }
    for (part, more) in by_the_hour.iter().filter(|(_, more)| **more < 0) {
        take(u, property, *part, (*more, true)).await?;
    }
    for (before, after) in &changed {
        for part in after - before {
            take(u, property, part, (1, beyond)).await?;
        }
    }
    for (part, more) in by_the_hour.iter().filter(|(_, more)| **more > 0) {
        take(u, property, *part, (*more, beyond)).await?;
    }
    Ok(())
}

/// Who stays on after the departure holds the room only where nobody else does: it may have been promised to somebody.
async fn free_of_others(
    u: &mut Unit<'_>,
    line: &ReservationRoom,
    wanted: BTreeSet<PartOf<RoomId>>,
) -> Result<Vec<PartOf<RoomId>>> {
    let (Some(first), Some(last)) = (wanted.iter().next(), wanted.iter().next_back()) else {
        return Ok(Vec::new());
    };
    let until = last.1.checked_add_days(Days::new(1)).unwrap_or(LAST_DATE);
    let holders: BTreeMap<_, _> = query::inventory::held(u.tx, line.property_id, first.0, first.1, until)
        .await?
        .into_iter()
        .map(|part| ((part.night, part.part), (part.visit_id, part.line)))
        .collect();
    let mut free = Vec::new();
    for (room, night, part) in wanted {
        match holders.get(&(night, part)) {
            None => free.push((room, night, part)),
            Some(holder) if *holder == (Some(line.visit_id), line.line) => {}
            Some(_) if night >= line.departure => {}
            Some(_) => return Err(RuleError::new(Rule::RoomTaken, "room", Message::RoomHeld).into()),
        }
    }
    Ok(free)
}

/// Refuses a room for nights of a stay on which it is not let any more. Who stays on after the departure stays.
async fn require_let(
    u: &mut Unit<'_>,
    line: &ReservationRoom,
    wanted: &BTreeSet<PartOf<RoomId>>,
) -> Result<()> {
    let is_sold = |night: NaiveDate| night < line.departure || line.arrival == line.departure;
    let last = wanted.iter().filter(|(_, night, _)| is_sold(*night)).max_by_key(|(_, night, _)| *night);
    let Some(&(room, night, _)) = last else { return Ok(()) };
    let room = query::property::room(u.tx, line.property_id, room).await?;
    match room.and_then(|room| room.closed_from).filter(|from| *from <= night) {
        Some(date) => Err(RuleError::new(Rule::RoomTaken, "room", Message::RoomClosed { date }).into()),
        None => Ok(()),
    }
}

/// Brings the nights of rooms from today on from what the rooms of a reservation were to what they are.
///
/// # Errors
/// [`Rule::RoomTaken`] when somebody else holds a room on a night.
async fn rehold(
    u: &mut Unit<'_>,
    property: &Property,
    before: &[ReservationRoom],
    after: &[ReservationRoom],
) -> Result<()> {
    let today = property.business_date;
    let sets = |line: Option<&ReservationRoom>| line.map(|line| held(line, today)).unwrap_or_default();
    let mut new = Vec::new();
    for (before, after) in pairs(before, after) {
        let (had, wants) = (sets(before), sets(after));
        let stays_on = |line: Option<&ReservationRoom>| {
            line.is_some_and(|line| line.counted_until > line.departure && line.room_id.is_some())
        };
        // Who stays on may not hold all that he is counted for: another may have the room set aside.
        if had == wants && !stays_on(before) && !stays_on(after) {
            continue;
        }
        let is_released = !had.is_subset(&wants) || stays_on(before);
        if let (true, Some(line), Some(room)) = (is_released, before, before.and_then(|line| line.room_id)) {
            let holder = (line.visit_id, line.line);
            query::inventory::release(u.tx, property.id, room, (today, LAST_DATE), holder).await?;
        }
        if let Some(line) = after {
            new.push((line, if is_released { wants } else { &wants - &had }));
        }
    }
    // A day that was had by the hour can be had whole, and the other way round.
    let by_the_hour = HoursChange::of((property.id, today), before, after);
    by_the_hour.release(u).await?;
    by_the_hour.hold(u).await?;
    for (line, wanted) in new {
        require_let(u, line, &wanted).await?;
        let parts = match line.counted_until > line.departure {
            true => free_of_others(u, line, wanted).await?,
            false => wanted.into_iter().collect(),
        };
        hold(u, line, &parts).await?;
    }
    Ok(())
}

/// Holds rooms for a room of a reservation on nights and days.
///
/// # Errors
/// [`Rule::RoomTaken`] when somebody holds one of them.
async fn hold(u: &mut Unit<'_>, line: &ReservationRoom, parts: &[PartOf<RoomId>]) -> Result<()> {
    let nights: Vec<RoomNight> = parts
        .iter()
        .map(|&(room_id, night, part)| RoomNight {
            property_id: line.property_id,
            room_id,
            night,
            part,
            visit_id: Some(line.visit_id),
            line: line.line,
        })
        .collect();
    u.tx.insert_all(&nights).await.map_err(AppError::from)
}

/// Notes that a room of a reservation had its room in a night that is over, if nobody else had it: who comes after midnight for the night
/// before.
///
/// # Errors
/// The database fails.
pub async fn hold_past_night(u: &mut Unit<'_>, line: &ReservationRoom, night: NaiveDate) -> Result<()> {
    let Some(room) = line.room_id else { return Ok(()) };
    let next = night.checked_add_days(Days::new(1)).unwrap_or(LAST_DATE);
    let holders = query::inventory::held(u.tx, line.property_id, room, night, next).await?;
    if holders.iter().any(|holder| holder.part == RoomPart::Night) {
        return Ok(());
    }
    hold(u, line, &[(room, night, RoomPart::Night)]).await
}

/// Brings counters and nights of rooms from today on from what the rooms of a reservation were to what they are. `beyond`: more may be sold
/// than there is.
///
/// # Errors
/// [`Rule::NoInventory`] with the date, [`Rule::RoomTaken`] when somebody else holds a room.
pub async fn update_inventory(
    u: &mut Unit<'_>,
    property: &Property,
    before: &[ReservationRoom],
    after: &[ReservationRoom],
    beyond: bool,
) -> Result<()> {
    recount(u, property, before, after, beyond).await?;
    rehold(u, property, before, after).await
}

/// Lets go of everything that a room of a reservation holds of a room, also of nights that are over.
///
/// # Errors
/// The database fails.
pub async fn release_room(
    u: &mut Unit<'_>,
    property: PropertyId,
    room: RoomId,
    holder: (VisitId, i64),
    (from, until): (NaiveDate, NaiveDate),
) -> Result<()> {
    // A part-day stay holds the day of its only date.
    let until = until.max(from.checked_add_days(Days::new(1)).unwrap_or(from));
    query::inventory::release(u.tx, property, room, (from, until), holder).await?;
    Ok(())
}
