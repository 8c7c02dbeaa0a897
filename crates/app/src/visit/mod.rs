//! Visits: one number for booking, stay and bill.
//!
//! A change to a visit is a [`VisitAction`]: it gets the visit as loaded and answers the words for
//! the journal. [`OnVisit`] finds the visit by any of its numbers, holds it, checks the version, runs
//! the action and tells the journal.

pub mod book;
pub mod change;
pub mod list;
pub mod stay;
pub mod view;

use std::future::Future;

use chrono::{DateTime, Days, NaiveDate, TimeZone as _, Utc};
use hefu_domain::{
    Message, Rule, RuleError,
    ids::{PropertyId, RoomId, VisitId},
    message::Missing,
    property::{Property, Room},
    reservation::{
        OWN_NUMBERS, Reservation, ReservationRoom, ReservationState, ReservationVersion, normalise_number,
    },
    stay::{RoomNight, RoomPart, Stay, StayState, occupied_parts},
};
use hefu_kernel::{NumberError, VisitNumber};
use hefu_store::{Conn, GuestVisit, Tx, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    About, AppError, Command, Result, Unit,
    identity::duplicates::{Duplicate, at_entry},
    setup::find_property,
};

/// A visit as loaded to be changed.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The property.
    pub property: Property,
    /// What was promised.
    pub reservation: Reservation,
    /// Room by room.
    pub rooms: Vec<ReservationRoom>,
    /// What was lived in, check-ins taken back included.
    pub stays: Vec<Stay>,
}

/// Finds the visit of a number: its own, or an outside system's. `property` decides between properties
/// whose systems use the same number.
///
/// # Errors
/// The number is mistyped, unknown, or leads to several visits.
pub async fn locate(c: &mut Conn, number: &str, property: Option<&str>) -> Result<(PropertyId, VisitId)> {
    let wanted = normalise_number(number);
    let mut found = query::visit::by_number(c, &wanted).await?;
    if let Some(code) = property {
        let property = find_property(c, code).await?;
        found.retain(|alias| alias.property_id == property.id);
    }
    // A visit's own number is its own even where another system uses the same digits.
    if let Some(own) = found.iter().find(|alias| alias.system == OWN_NUMBERS) {
        return Ok((own.property_id, own.visit_id));
    }
    found.dedup_by_key(|alias| alias.visit_id);
    match found.as_slice() {
        [] => Err(match wanted.parse::<VisitNumber>() {
            Err(NumberError::Mistyped) => AppError::Mistyped,
            _ => AppError::not_found(Missing::Visit, wanted),
        }),
        [only] => Ok((only.property_id, only.visit_id)),
        several => {
            let mut properties = Vec::new();
            for alias in several {
                if let Some(property) = query::property::find(c, alias.property_id).await? {
                    properties.push(property.code);
                }
            }
            Err(AppError::Ambiguous { properties })
        }
    }
}

/// Loads a visit.
///
/// # Errors
/// There is none with this id.
pub async fn load(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Visit> {
    let missing = || AppError::not_found(Missing::Visit, visit);
    let reservation = query::visit::reservation(c, property, visit).await?.ok_or_else(missing)?;
    let property = query::property::find(c, property).await?.ok_or_else(missing)?;
    of_reservation(c, property, reservation).await
}

/// Loads a visit to change it: changes of one visit come one after the other, also those that write no common row. The property's business date
/// stays as it is until the unit ends.
///
/// # Errors
/// There is none with this id.
pub async fn lock(tx: &mut Tx, property: PropertyId, visit: VisitId) -> Result<Visit> {
    let missing = || AppError::not_found(Missing::Visit, visit);
    // Held before anything of it is read: what was read before may have been changed by whoever held it until now.
    let reservation = query::visit::lock_for_update(tx, property, visit).await?.ok_or_else(missing)?;
    let property = query::property::lock_shared(tx, property).await?.ok_or_else(missing)?;
    of_reservation(tx, property, reservation).await
}

async fn of_reservation(c: &mut Conn, property: Property, reservation: Reservation) -> Result<Visit> {
    let (id, visit) = (property.id, reservation.id);
    Ok(Visit {
        rooms: query::visit::rooms(c, id, visit).await?,
        stays: query::visit::stays(c, id, visit).await?,
        property,
        reservation,
    })
}

impl Visit {
    /// The moment check-in opens on the arrival date, by the property's clock.
    ///
    /// # Errors
    /// The property's time zone is unknown.
    pub fn opens(&self) -> Result<DateTime<Utc>> {
        opens(&self.property, self.reservation.arrival)
    }

    /// Every night's price of every room, after discounts, by date.
    pub fn nightly_total(&self) -> Vec<i64> {
        let nights = self.rooms.iter().map(|room| room.prices.len()).max().unwrap_or(0);
        (0..nights)
            .map(|night| self.rooms.iter().filter_map(|room| room.net_prices().get(night).copied()).sum())
            .collect()
    }

    /// The room of the reservation with this line.
    ///
    /// # Errors
    /// There is none.
    pub fn line(&mut self, line: i64) -> Result<&mut ReservationRoom> {
        self.rooms
            .iter_mut()
            .find(|room| room.line == line)
            .ok_or_else(|| AppError::not_found(Missing::Line, line).at("line"))
    }

    /// The stays that were not taken back.
    pub fn real_stays(&self) -> impl Iterator<Item = &Stay> {
        self.stays.iter().filter(|stay| stay.state != StayState::Undone)
    }

    /// Keeps the reservation's present version, then writes it and its rooms as they are now. Dates and
    /// heads follow from the rooms.
    ///
    /// # Errors
    /// Somebody else changed it first.
    pub async fn revise(&mut self, u: &mut Unit<'_>, before: &Visit) -> Result<()> {
        if let (Some(arrival), Some(departure)) =
            (self.rooms.iter().map(|r| r.arrival).min(), self.rooms.iter().map(|r| r.departure).max())
        {
            self.reservation.arrival = arrival;
            self.reservation.departure = departure;
        }
        self.reservation.adults = self.rooms.iter().map(|room| room.adults).sum();
        self.reservation.children = self.rooms.iter().map(|room| room.children).sum();
        // The reservation first: whoever changes it at the same time is stopped by its version.
        u.tx.update(&mut self.reservation).await?;
        u.tx.insert(&ReservationVersion {
            property_id: self.property.id,
            visit_id: self.reservation.id,
            version: before.reservation.version,
            replaced_at: u.now,
            snapshot: serde_json::json!({ "reservation": before.reservation, "rooms": before.rooms })
                .to_string(),
        })
        .await?;
        for room in &mut self.rooms {
            match before.rooms.iter().find(|known| known.line == room.line) {
                None => u.tx.insert(room).await?,
                Some(known) if known != room => u.tx.update(room).await?,
                Some(_) => {}
            }
        }
        if (self.reservation.arrival, self.reservation.departure)
            != (before.reservation.arrival, before.reservation.departure)
        {
            index_dates(u, self).await?;
        }
        Ok(())
    }
}

/// Brings the dates under which guests' visits are found up to date.
async fn index_dates(u: &mut Unit<'_>, visit: &Visit) -> Result<()> {
    let people = query::visit::stay_guests(u.tx, visit.property.id, visit.reservation.id).await?;
    let mut guests: Vec<_> = people.iter().map(|person| person.guest_id).collect();
    guests.push(visit.reservation.guest_id);
    guests.sort_unstable();
    guests.dedup();
    for guest_id in guests {
        let mut row = GuestVisit {
            guest_id,
            property_id: visit.property.id,
            visit_id: visit.reservation.id,
            arrival: visit.reservation.arrival,
            departure: visit.reservation.departure,
        };
        u.tx.update(&mut row).await?;
    }
    Ok(())
}

/// The moment check-in opens on `date`, by the property's clock.
///
/// # Errors
/// The property's time zone is unknown.
pub fn opens(property: &Property, date: NaiveDate) -> Result<DateTime<Utc>> {
    let zone = crate::setup::zone(&property.time_zone)?;
    let local =
        date.and_hms_opt(0, 0, 0).unwrap_or_default() + chrono::TimeDelta::minutes(property.check_in_minute);
    // A clock set forward can skip the moment; then the next hour is as good.
    let found = zone.from_local_datetime(&local).earliest();
    Ok(found.map_or_else(|| local.and_utc(), |moment| moment.with_timezone(&Utc)))
}

/// Takes one room of a type for a range out of what is left to sell.
///
/// # Errors
/// [`Rule::NoInventory`] with the date.
pub async fn hold_inventory(u: &mut Unit<'_>, room: &ReservationRoom) -> Result<()> {
    for (night, part) in occupied_parts(room.arrival, room.departure) {
        query::inventory::take(u.tx, room.property_id, room.room_type_id, night, part).await.map_err(
            |error| match AppError::from(error) {
                AppError::Rule(rule) if rule.rule == Rule::NoInventory => {
                    RuleError::new(Rule::NoInventory, rule.at, Message::SoldOutOn { night }).into()
                }
                other => other,
            },
        )?;
    }
    Ok(())
}

/// Gives a room of a type for a range back to what is left to sell.
///
/// # Errors
/// The database fails.
pub async fn free_inventory(u: &mut Unit<'_>, room: &ReservationRoom) -> Result<()> {
    for (night, part) in occupied_parts(room.arrival, room.departure) {
        query::inventory::give_back(u.tx, room.property_id, room.room_type_id, night, part).await?;
    }
    Ok(())
}

/// Holds a room for a room of the reservation over the dates.
///
/// # Errors
/// [`Rule::RoomTaken`] when somebody holds it on one of them.
pub async fn hold_room(
    u: &mut Unit<'_>,
    room: &Room,
    holder: (VisitId, i64),
    (from, until): (NaiveDate, NaiveDate),
) -> Result<()> {
    hold_parts(u, room, holder, &occupied_parts(from, until)).await
}

/// Holds a room for a room of the reservation on these nights and days.
///
/// # Errors
/// [`Rule::RoomTaken`] when somebody holds it on one of them.
pub async fn hold_parts(
    u: &mut Unit<'_>,
    room: &Room,
    (visit, line): (VisitId, i64),
    parts: &[(NaiveDate, RoomPart)],
) -> Result<()> {
    let nights: Vec<RoomNight> = parts
        .iter()
        .map(|&(night, part)| RoomNight {
            property_id: room.property_id,
            room_id: room.id,
            night,
            part,
            visit_id: Some(visit),
            line,
        })
        .collect();
    u.tx.insert_all(&nights).await.map_err(AppError::from)
}

/// Lets go of what a room of the reservation holds of a room, from a date until before another.
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
    query::inventory::release(u.tx, property, room, from, until, holder).await?;
    Ok(())
}

/// What a command on a visit answers: where the visit stands now.
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
    /// What cancelling or not coming cost, minor units.
    pub penalty: i64,
    /// What is still to be paid on all windows, minor units.
    pub balance: i64,
    /// Version of the reservation.
    pub version: i64,
    /// Bookings of the same dates that are perhaps the same: of a booking that was just made, changed, confirmed, reinstated, checked in or
    /// extended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Duplicate>,
}

/// A room of a visit in short.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RoomOfVisit {
    /// Counted from 1.
    pub line: i64,
    /// Code of the room type.
    pub room_type: String,
    /// The room's number, once set aside.
    pub room: Option<String>,
    /// The stay it became.
    pub stay_id: Option<hefu_domain::ids::StayId>,
    /// Where the stay stands.
    pub stay: Option<StayState>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
}

/// Where a visit stands, as loaded or written.
///
/// # Errors
/// The database fails.
pub async fn state_of(c: &mut Conn, visit: &Visit) -> Result<VisitState> {
    let (property, id) = (visit.property.id, visit.reservation.id);
    // Reservation and rooms are written through the visit, stays and folios beside it.
    let states = query::visit::room_states(c, property, id).await?;
    let rooms = states.into_iter().filter_map(|(line, room_type, number, stay)| {
        let ReservationRoom { stay_id, arrival, departure, .. } =
            *visit.rooms.iter().find(|room| room.line == line)?;
        Some(RoomOfVisit { line, room_type, room: number, stay_id, stay, arrival, departure })
    });
    Ok(VisitState {
        number: grouped(&visit.reservation.number),
        property: visit.property.code.clone(),
        state: visit.reservation.state,
        rooms: rooms.collect(),
        penalty: visit.reservation.penalty,
        balance: query::visit::balance(c, property, id).await?,
        version: visit.reservation.version,
        duplicates: Vec::new(),
    })
}

/// A visit's number as it is said and printed.
pub fn grouped(number: &str) -> String {
    number.parse::<VisitNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string())
}

/// A change to a visit.
pub trait VisitAction: Serialize + Send + Sync + 'static {
    /// The journal's name for it.
    const ACTION: &'static str;
    /// Whether it can make the visit one of two for the same dates: then the answer shows the other.
    const SHOWS_DUPLICATES: bool = false;

    /// Does it; answers the words for the journal, sealed under the visit's guest's key.
    fn apply(
        &self,
        u: &mut Unit<'_>,
        visit: &mut Visit,
    ) -> impl Future<Output = Result<serde_json::Value>> + Send;
}

/// A [`VisitAction`] on the visit of a number.
#[derive(Debug, Clone)]
pub struct OnVisit<A> {
    /// Any of the visit's numbers.
    pub number: String,
    /// The version of the reservation the change was made on.
    pub if_match: Option<i64>,
    /// What to do.
    pub action: A,
}

impl<A: VisitAction> Command for OnVisit<A> {
    type Out = VisitState;

    async fn run(&self, u: &mut Unit<'_>) -> Result<VisitState> {
        let (property, id) = locate(u.tx, &self.number, None).await?;
        let mut visit = lock(u.tx, property, id).await?;
        let now = visit.reservation.version;
        if self.if_match.is_some_and(|version| version != now) {
            return Err(AppError::Stale { now });
        }
        let change = self.action.apply(u, &mut visit).await?;
        u.journal(A::ACTION, About::Visit(&visit.reservation), change).await?;
        let mut state = state_of(u.tx, &visit).await?;
        if A::SHOWS_DUPLICATES {
            state.duplicates = at_entry(u, &visit).await?;
        }
        Ok(state)
    }
}
