//! Duplicate bookings of one person for the same dates, in one property or across channels and properties.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    guest::PairState,
    ids::{GuestId, PropertyId, VisitId},
    reservation::ReservationState,
};
use hefu_store::{Conn, Vault, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    terms::cancellation,
    visit::{self, Visit},
};
use hefu_authz::{Action, Resource};
use hefu_core::{Query, Reader, Result, Unit};
use hefu_people::{
    cluster::cluster_members,
    matching::{Likeness, Matching},
    model::Model,
    pair::decided_different,
};

/// A booking that may be a duplicate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Duplicate {
    /// Its number, in groups.
    pub number: String,
    /// The property's code.
    pub property: String,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Booking channel.
    pub channel: String,
    /// Its state.
    pub state: ReservationState,
    /// Its guest.
    pub guest_id: GuestId,
    /// It is the same guest's; otherwise it belongs to one who may be the same person, for the reasons given.
    pub same_guest: bool,
    /// Why the other guest may be the same; none for the same guest.
    pub likeness: Option<Likeness>,
    /// Number of nights in common; 0 where both are for the same part of one day.
    pub nights: i64,
    /// The penalty for cancelling it now by its own terms, minor units.
    pub penalty: i64,
    /// Currency of the penalty.
    pub currency: hefu_kernel::Currency,
}

/// Maximum number of bookings shown per guest.
const MOST: i64 = 12;

/// Bookings of the same dates, by the guest of `visit` or somebody who may be the same person.
pub async fn of_visit(
    c: &mut Conn,
    vault: &Vault,
    matching: &Matching,
    visit: &Visit,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Duplicate>> {
    use ReservationState::{Cancelled, NoShow};
    let own = &visit.reservation;
    let dates = (own.arrival, own.departure);
    if matches!(own.state, Cancelled | NoShow)
        || !query::visit::may_be_twice(c, own.guest_id, own.id, dates).await?
    {
        return Ok(Vec::new());
    }
    let Some(guest) = query::guest::find(c, vault, own.guest_id).await? else { return Ok(Vec::new()) };
    // The same guest first, then those who may be the same.
    let mut people: Vec<(GuestId, Option<Likeness>)> =
        cluster_members(c, guest.id).await?.into_iter().map(|id| (id, None)).collect();
    for id in people.iter().map(|(id, _)| *id).collect::<Vec<_>>() {
        for pair in query::identity::pairs(c, id).await? {
            let other = if pair.one == id { pair.two } else { pair.one };
            if pair.state != PairState::Open || people.iter().any(|(known, _)| *known == other) {
                continue;
            }
            let Some(person) = query::guest::find(c, vault, other).await? else { continue };
            if decided_different(c, guest.id, person.id).await? {
                continue;
            }
            let likeness = matching.likeness(&matching.prepare(&guest.profile), &person.profile);
            let ids = cluster_members(c, person.id).await?;
            people.extend(ids.into_iter().map(|id| (id, Some(likeness.clone()))));
        }
    }
    let mut found: Vec<Duplicate> = Vec::new();
    let mut seen: Vec<(PropertyId, VisitId)> = Vec::new();
    for (id, likeness) in people {
        // Accompanying guests are not bookers: families book room by room.
        for key in query::visit::booked_by(c, id, own.id, dates, MOST).await? {
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let other = visit::load(c, key.0, key.1).await?;
            let nights =
                own.departure.min(other.reservation.departure) - own.arrival.max(other.reservation.arrival);
            found.push(Duplicate {
                number: visit::grouped(&other.reservation.number),
                property: other.property.code.clone(),
                arrival: other.reservation.arrival,
                departure: other.reservation.departure,
                channel: other.reservation.channel.clone(),
                state: other.reservation.state,
                guest_id: other.reservation.guest_id,
                same_guest: likeness.is_none(),
                likeness: likeness.clone(),
                nights: nights.num_days(),
                penalty: cancellation(&other, now)?,
                currency: other.reservation.currency,
            });
        }
    }
    Ok(found)
}

/// Bookings of the same dates by the same guest, or by somebody who may be the same person.
#[derive(Debug, Clone)]
pub struct ShowDuplicates {
    /// Any number of the visit.
    pub number: String,
}

#[async_trait]
impl Query for ShowDuplicates {
    const ACTION: Action = Action::VisitDuplicates;
    type Out = Vec<Duplicate>;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let number = self.number.as_str();
        let now = r.now;
        let (vault, matching) = (r.vault(), r.service::<Model>().matching());
        let c = r.snapshot().await?;
        let (property, id) = visit::locate(c, number, None).await?;
        let visit = visit::load(c, property, id).await?;
        let mut found = of_visit(c, &vault, &matching, &visit, now).await?;
        r.within(&visit.property.code)?;
        found.retain(|one| r.may(Self::ACTION, &one.property));
        Ok(found)
    }
}

/// A visit's duplicates within the unit that made it or changed its dates. Where somebody sleeps in another property is told to whoever may ask there.
pub async fn at_entry(u: &mut Unit<'_>, visit: &Visit) -> Result<Vec<Duplicate>> {
    let (vault, matching) = (u.tx.vault().clone(), u.service::<Model>().matching());
    let mut found = of_visit(u.tx, &vault, &matching, visit, u.now).await?;
    found.retain(|one| u.may(Action::VisitDuplicates, &one.property));
    Ok(found)
}
