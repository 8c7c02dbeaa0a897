//! What a guest has been to the hotels 【客史】: the visits, and what was charged and paid on those the guest booked.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{ids::GuestId, message::Missing, reservation::ReservationState};
use hefu_kernel::{Currency, FIRST_DATE, Id as _, LAST_DATE};
use hefu_people::cluster::cluster_members;
use hefu_store::query::{self, property::PropertyCodes};
use serde::Serialize;
use utoipa::ToSchema;

use crate::visit::grouped;

/// A visit that a guest booked, or in which the guest stayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VisitOfGuest {
    /// The number, in groups.
    pub number: String,
    /// The property's code.
    pub property: String,
    /// Whether the guest booked it; else the guest only stayed.
    pub is_booker: bool,
    /// The reservation's state.
    pub state: ReservationState,
    /// Whether a room of it was taken.
    pub stayed: bool,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Codes of the room types that were sold, by the rooms of the reservation.
    pub room_types: Vec<String>,
    /// Numbers of the rooms that were set aside or taken.
    pub rooms: Vec<String>,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Charges with their tax, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
    /// Balance due, minor units.
    pub balance: i64,
}

/// What the visits that a guest booked come to, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpentByGuest {
    /// The currency of the amounts.
    pub currency: Currency,
    /// Confirmed reservations.
    pub reservations: i64,
    /// Charges with their tax, those of cancelled visits included, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
}

/// A guest's visits and what they come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GuestVisits {
    /// The latest visits, the latest first.
    pub visits: Vec<VisitOfGuest>,
    /// Whether there are earlier ones.
    pub more: bool,
    /// What all visits that the guest booked come to, by currency.
    pub total: Vec<SpentByGuest>,
}

/// Lists a guest's visits, also those of records that were merged into this one.
#[derive(Debug, Clone)]
pub struct ListGuestVisits {
    /// The guest.
    pub id: GuestId,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListGuestVisits {
    const ACTION: Action = Action::GuestVisits;
    type Out = GuestVisits;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<GuestVisits> {
        let vault = r.vault();
        let mut properties = query::property::all(r.conn().await?).await?;
        // Of properties whose visits the principal may not see, nothing is told.
        properties.retain(|property| r.may(Action::VisitShow, &property.code));
        let seen = PropertyCodes::of(&properties);
        let c = r.conn().await?;
        let root = query::guest::find(c, &vault, self.id)
            .await?
            .ok_or_else(|| AppError::not_found(Missing::Guest, self.id))?
            .id;
        let ids = cluster_members(c, root).await?;
        let mut found = Vec::new();
        let mut total: BTreeMap<Currency, SpentByGuest> = BTreeMap::new();
        for id in &ids {
            let ever = (FIRST_DATE, LAST_DATE);
            found.extend(query::visit::of_guest_among(c, *id, ever, &seen, self.limit + 1).await?);
            for (property, reservations, charged, paid) in query::visit::spent_by(c, *id).await? {
                let Some(property) = properties.iter().find(|one| one.id == property) else { continue };
                let currency = property.currency;
                let none = SpentByGuest { currency, reservations: 0, charged: 0, paid: 0 };
                let sum = total.entry(currency).or_insert(none);
                sum.reservations += reservations;
                sum.charged += charged;
                sum.paid += paid;
            }
        }
        found.sort_by_key(|visit| std::cmp::Reverse((visit.arrival, visit.visit_id)));
        // A visit may have several records of the same person.
        let mut known = HashSet::new();
        found.retain(|visit| known.insert(visit.visit_id));
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let more = found.len() > limit;
        found.truncate(limit);
        let mut visits = Vec::with_capacity(found.len());
        for visit in found {
            let at = (visit.property_id, visit.visit_id);
            let Some(property) = properties.iter().find(|one| one.id == at.0) else { continue };
            let Some(reservation) = query::visit::reservation(c, at.0, at.1).await? else { continue };
            let standing = query::visit::room_states(c, at.0, at.1).await?;
            let (charged, paid) = query::visit::charged_and_paid(c, at.0, at.1).await?;
            visits.push(VisitOfGuest {
                number: grouped(&reservation.number),
                property: property.code.clone(),
                is_booker: ids.contains(&reservation.guest_id),
                state: reservation.state,
                stayed: standing.iter().any(|(_, _, _, stay)| stay.is_some()),
                arrival: reservation.arrival,
                departure: reservation.departure,
                room_types: standing.iter().map(|(_, code, _, _)| code.clone()).collect(),
                rooms: standing.into_iter().filter_map(|(_, _, room, _)| room).collect(),
                currency: reservation.currency,
                charged,
                paid,
                balance: query::visit::balance(c, at.0, at.1).await?,
            });
        }
        Ok(GuestVisits { visits, more, total: total.into_values().collect() })
    }
}
