//! Visits: one number for booking, stay and bill.
//!
//! A change to a visit is a [`VisitAction`]: it gets the visit as loaded and returns the event for
//! the journal. [`OnVisit`] finds the visit by any of its numbers, locks it, checks the version, runs
//! the action and writes the journal entry.

pub mod book;

pub mod change;

pub mod list;

pub mod party;
pub mod people;
pub mod reprice;
pub mod share;
pub mod stay;
pub mod swap;

pub mod action;
pub mod hours;
pub mod inventory;
pub mod line;
pub mod preview;
pub mod state;
pub mod wishes;

use self::{inventory::update_inventory, preview::Preview};
use crate::property::find_property;
use async_trait::async_trait;
use chrono::NaiveDate;

use hefu_domain::{
    Message, Rule, RuleError,
    event::Event,
    ids::{PropertyId, StayId, VisitId},
    message::Missing,
    property::Property,
    reservation::{
        OWN_NUMBERS, Reservation, ReservationRoom, ReservationState, ReservationVersion, exact_number,
        normalise_number,
    },
    stay::{Stay, StayShare, StayState},
};

use hefu_kernel::{Money, NumberError, VisitNumber};

use hefu_store::{Conn, GuestVisit, Tx, query};

use serde::{Deserialize, Serialize};

use hefu_authz::Action;

use hefu_people::flag::FlagView;

use hefu_core::{AppError, Result, Unit};

/// A visit as loaded to be changed.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The property.
    pub property: Property,
    /// The reservation.
    pub reservation: Reservation,
    /// Room by room.
    pub rooms: Vec<ReservationRoom>,
    /// The stays, including undone check-ins.
    pub stays: Vec<Stay>,
    /// What those of them pay that share a room.
    pub shares: Vec<StayShare>,
    /// Flags of guests whom an action on it has let in, for its answer.
    pub flags: Vec<FlagView>,
}

/// The channel of visits that are bills without a room.
pub const HOUSE_ACCOUNT: &str = "house_account";

/// When somebody who shares a room is to leave it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Leaving {
    /// The stay.
    stay: StayId,
    /// The date of its departure.
    departure: NaiveDate,
}

/// What is kept of a visit as an earlier version.
#[derive(Serialize)]
struct Kept<'a> {
    reservation: &'a Reservation,
    rooms: &'a [ReservationRoom],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    leaving: Vec<Leaving>,
}

/// Finds the visit with a number: its own, or an external system's. `property` decides between properties
/// whose systems use the same number.
///
/// # Errors
/// The number is mistyped, unknown, or belongs to several visits.
pub async fn locate(c: &mut Conn, number: &str, property: Option<&str>) -> Result<(PropertyId, VisitId)> {
    let wanted = normalise_number(number);
    // As its system writes it, else however it was typed.
    let exact = exact_number(number);
    let mut found = if exact == wanted { Vec::new() } else { query::visit::by_number(c, &exact).await? };
    if found.is_empty() {
        found = query::visit::by_number(c, &wanted).await?;
    }
    if found.iter().any(|alias| !alias.is_loose()) {
        found.retain(|alias| !alias.is_loose());
    }
    if let Some(code) = property {
        let property = find_property(c, code).await?;
        found.retain(|alias| alias.property_id == property.id);
    }
    // A visit's own number takes precedence even where another system uses the same digits.
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
            let (mut properties, mut visits) = (Vec::new(), Vec::new());
            for alias in several {
                if let Some(property) = query::property::find(c, alias.property_id).await? {
                    properties.push(property.code);
                }
                if let Some(visit) = query::visit::reservation(c, alias.property_id, alias.visit_id).await? {
                    visits.push(grouped(&visit.number));
                }
            }
            properties.dedup();
            if properties.len() > 1 {
                visits.clear();
            }
            Err(AppError::Ambiguous { properties, visits })
        }
    }
}

/// Loads a visit.
///
/// # Errors
/// No such visit.
pub async fn load(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Visit> {
    let missing = || AppError::not_found(Missing::Visit, visit);
    let reservation = query::visit::reservation(c, property, visit).await?.ok_or_else(missing)?;
    let property = query::property::find(c, property).await?.ok_or_else(missing)?;
    of_reservation(c, property, reservation).await
}

/// Loads a visit to change it: changes to one visit are serialised, even those that write no common row. The property's business date
/// cannot change until the unit ends.
///
/// # Errors
/// No such visit.
pub async fn lock(tx: &mut Tx, property: PropertyId, visit: VisitId) -> Result<Visit> {
    let missing = || AppError::not_found(Missing::Visit, visit);
    // Locked before anything of it is read: what was read before may have been changed by the previous holder.
    let reservation = query::visit::lock_for_update(tx, property, visit).await?.ok_or_else(missing)?;
    let property = query::property::lock_shared(tx, property).await?.ok_or_else(missing)?;
    of_reservation(tx, property, reservation).await
}

async fn of_reservation(c: &mut Conn, property: Property, reservation: Reservation) -> Result<Visit> {
    let (id, visit) = (property.id, reservation.id);
    let stays = query::visit::stays(c, id, visit).await?;
    // Nobody shares a room with himself.
    let shares = match stays.len() {
        0 | 1 => Vec::new(),
        _ => query::visit::shares(c, id, visit).await?,
    };
    let rooms = query::visit::rooms(c, id, visit).await?;
    Ok(Visit { rooms, stays, shares, property, reservation, flags: Vec::new() })
}

impl Visit {
    /// An amount in the currency of the property.
    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.property.currency)
    }

    /// The room of the reservation with this line number.
    ///
    /// # Errors
    /// No such room.
    pub fn line(&mut self, line: i64) -> Result<&mut ReservationRoom> {
        self.rooms
            .iter_mut()
            .find(|room| room.line == line)
            .ok_or_else(|| AppError::not_found(Missing::Line, line).at("line"))
    }

    /// The line that the next room of the reservation gets.
    pub fn next_line(&self) -> i64 {
        let lines = self.rooms.iter().map(|room| room.line).chain(self.stays.iter().map(|stay| stay.line));
        lines.max().unwrap_or(0) + 1
    }

    /// What a stay pays that shares a room, or that holds one it shared before.
    pub fn share(&self, stay: StayId) -> Option<&StayShare> {
        self.shares.iter().find(|share| share.stay_id == stay)
    }

    /// Whether it is a bill without a room.
    pub fn is_account(&self) -> bool {
        self.rooms.is_empty() && self.reservation.channel == HOUSE_ACCOUNT
    }

    /// Whether it is a bill without a room that was closed.
    pub fn is_closed_account(&self) -> bool {
        self.is_account() && self.reservation.state == ReservationState::Cancelled
    }

    /// Refuses a bill without a room that was closed: nothing new comes to it until it is opened again.
    ///
    /// # Errors
    /// [`Rule::WrongState`].
    pub fn require_open(&self) -> Result<()> {
        match self.is_closed_account() {
            true => Err(RuleError::new(Rule::WrongState, (), Message::AccountClosed).into()),
            false => Ok(()),
        }
    }

    /// The first night for which a stay holds its room; none: it only shares it.
    pub fn holds_from(&self, stay: &Stay) -> Option<NaiveDate> {
        match self.share(stay.id) {
            Some(share) => share.holds_from,
            None => stay.share_of.is_none().then_some(stay.arrival),
        }
    }

    /// Whether a stay holds its room on a night: it pays what was agreed for the room then, with what is included; others of the room pay what was
    /// agreed for sharing it.
    pub fn holds(&self, stay: &Stay, night: NaiveDate) -> bool {
        let Some(share) = self.share(stay.id) else { return stay.share_of.is_none() };
        let Some(since) = share.holds_from.filter(|since| *since <= night) else { return false };
        // Whoever took it over last.
        !self.stays.iter().any(|other| {
            let later = self.share(other.id).and_then(|share| share.holds_from);
            other.line == stay.line && later.is_some_and(|later| since < later && later <= night)
        })
    }

    /// The stays that were not undone.
    pub fn real_stays(&self) -> impl Iterator<Item = &Stay> {
        self.stays.iter().filter(|stay| stay.state != StayState::Undone)
    }

    /// Keeps the reservation's present version, then writes it and its rooms as they are now: what can be sold and the nights of rooms follow
    /// from them, and so do the reservation's state, dates, heads and penalty.
    ///
    /// # Errors
    /// Nothing is left to sell, somebody else holds a room, or changed the reservation first.
    pub async fn revise(&mut self, u: &mut Unit<'_>, before: &Visit) -> Result<()> {
        self.revise_beyond(u, before, false).await
    }

    /// The same; `beyond`: more may be sold than there is.
    ///
    /// # Errors
    /// As [`Visit::revise`].
    pub async fn revise_beyond(&mut self, u: &mut Unit<'_>, before: &Visit, beyond: bool) -> Result<()> {
        // The reservation first: whoever changes it at the same time is stopped by its version.
        self.write_reservation(u, before).await?;
        update_inventory(u, &self.property, &before.rooms, &self.rooms, beyond).await?;
        self.write_rooms(u, before).await
    }

    /// Writes the reservation and its rooms and keeps the present version. The counters and the nights of rooms are not touched.
    ///
    /// # Errors
    /// A concurrent change came first.
    pub async fn write(&mut self, u: &mut Unit<'_>, before: &Visit) -> Result<()> {
        self.write_reservation(u, before).await?;
        self.write_rooms(u, before).await
    }

    /// What is kept of it as an earlier version. When somebody who shares a room is to leave before the room does is kept for a check-out to be
    /// undone: the stay itself says the day on which it ended.
    fn snapshot(&self) -> String {
        let leaving: Vec<Leaving> = self
            .stays
            .iter()
            .filter(|stay| stay.state == StayState::InHouse && stay.share_of.is_some())
            .filter(|stay| {
                self.rooms.iter().any(|room| room.line == stay.line && stay.departure < room.departure)
            })
            .map(|stay| Leaving { stay: stay.id, departure: stay.departure })
            .collect();
        let kept = Kept { reservation: &self.reservation, rooms: &self.rooms, leaving };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    async fn write_reservation(&mut self, u: &mut Unit<'_>, before: &Visit) -> Result<()> {
        self.reservation.follow(&self.rooms);
        u.tx.update(&mut self.reservation).await?;
        u.tx.insert(&ReservationVersion {
            property_id: self.property.id,
            visit_id: self.reservation.id,
            version: before.reservation.version,
            replaced_at: u.now,
            snapshot: before.snapshot(),
        })
        .await?;
        if (self.reservation.arrival, self.reservation.departure)
            != (before.reservation.arrival, before.reservation.departure)
        {
            index_dates(u, self).await?;
        }
        Ok(())
    }

    async fn write_rooms(&mut self, u: &mut Unit<'_>, before: &Visit) -> Result<()> {
        for room in &mut self.rooms {
            match before.rooms.iter().find(|known| known.line == room.line) {
                None => u.tx.insert(room).await?,
                Some(known) if known != room => u.tx.update(room).await?,
                Some(_) => {}
            }
        }
        for gone in before.rooms.iter().filter(|known| self.rooms.iter().all(|room| room.line != known.line))
        {
            u.tx.delete(gone).await?;
        }
        Ok(())
    }
}

/// Updates the dates under which guests' visits are found.
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

/// A visit's number as it is spoken and printed.
pub fn grouped(number: &str) -> String {
    number.parse::<VisitNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string())
}

/// A change to a visit.
#[async_trait]
pub trait VisitAction: Serialize + Send + Sync + 'static {
    /// Its action; the journal's name for it.
    const ACTION: Action;
    /// Whether it can create a duplicate booking for the same dates: then the answer shows the other.
    const SHOWS_DUPLICATES: bool = false;

    /// The reason, if given in the body of the request; see [`Command::reason`](hefu_core::Command::reason).
    fn reason(&self) -> Option<&str> {
        None
    }

    /// Whether only what it would cost is asked for: [`VisitAction::preview`] answers, and nothing is changed.
    fn is_preview(&self) -> bool {
        false
    }

    /// What it would cost.
    async fn preview(&self, _: &mut Unit<'_>, _: &Visit) -> Result<Preview> {
        Err(AppError::Internal("an action without a preview was asked for it"))
    }

    /// Runs it; returns the event of the same name for the journal, to be sealed under the data key of the visit's guest.
    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event>;
}
