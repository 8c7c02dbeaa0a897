//! Visits: one number for booking, stay and bill.
//!
//! A change to a visit is a [`VisitAction`]: it gets the visit as loaded and returns the event for
//! the journal. [`OnVisit`] finds the visit by any of its numbers, locks it, checks the version, runs
//! the action and writes the journal entry.

pub mod book;

pub mod change;

pub mod list;

pub mod stay;

pub mod action;
pub mod inventory;
pub mod state;

use crate::property::{find_property, opens};

use std::future::Future;

use chrono::{DateTime, Utc};

use hefu_domain::{
    event::Event,
    ids::{PropertyId, VisitId},
    message::Missing,
    property::Property,
    reservation::{OWN_NUMBERS, Reservation, ReservationRoom, ReservationVersion, normalise_number},
    stay::{Stay, StayState},
};

use hefu_kernel::{Money, NumberError, VisitNumber};

use hefu_store::{Conn, GuestVisit, Tx, query};

use serde::Serialize;

use hefu_authz::Action;

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
}

/// Finds the visit with a number: its own, or an external system's. `property` decides between properties
/// whose systems use the same number.
///
/// # Errors
/// The number is mistyped, unknown, or belongs to several visits.
pub async fn locate(c: &mut Conn, number: &str, property: Option<&str>) -> Result<(PropertyId, VisitId)> {
    let wanted = normalise_number(number);
    let mut found = query::visit::by_number(c, &wanted).await?;
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
    Ok(Visit {
        rooms: query::visit::rooms(c, id, visit).await?,
        stays: query::visit::stays(c, id, visit).await?,
        property,
        reservation,
    })
}

impl Visit {
    /// The time when check-in opens on the arrival date, by the property's clock.
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

    /// The stays that were not undone.
    pub fn real_stays(&self) -> impl Iterator<Item = &Stay> {
        self.stays.iter().filter(|stay| stay.state != StayState::Undone)
    }

    /// Stores the reservation's current version in the history, then writes it and its rooms. Dates and
    /// guest counts follow from the rooms.
    ///
    /// # Errors
    /// A concurrent change came first.
    pub async fn revise(&mut self, u: &mut Unit<'_>, before: &Visit) -> Result<()> {
        if let (Some(arrival), Some(departure)) =
            (self.rooms.iter().map(|r| r.arrival).min(), self.rooms.iter().map(|r| r.departure).max())
        {
            self.reservation.arrival = arrival;
            self.reservation.departure = departure;
        }
        self.reservation.adults = self.rooms.iter().map(|room| room.adults).sum();
        self.reservation.children = self.rooms.iter().map(|room| room.children).sum();
        // The reservation first: a concurrent change fails on its version.
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
pub trait VisitAction: Serialize + Send + Sync + 'static {
    /// Its action; the journal's name for it.
    const ACTION: Action;
    /// Whether it can create a duplicate booking for the same dates: then the answer shows the other.
    const SHOWS_DUPLICATES: bool = false;

    /// The reason, if given in the body of the request; see [`Command::reason`](hefu_core::Command::reason).
    fn reason(&self) -> Option<&str> {
        None
    }

    /// Runs it; returns the event of the same name for the journal, to be sealed under the data key of the visit's guest.
    fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> impl Future<Output = Result<Event>> + Send;
}
