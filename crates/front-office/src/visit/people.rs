//! Another booker, and another guest under whose name a stay is.

use async_trait::async_trait;
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message,
    event::{Event, ReservationEvent, StayEvent},
    folio::FolioState,
    ids::{GuestId, StayId},
    message::Missing,
    stay::{StayGuest, StayRole},
};
use hefu_people::{
    flag::admit,
    guest::{GuestRef, resolve},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    inventory::require_space,
    party::{first, guest_visit, people_in, seat, wrong_state},
};
use crate::property::room_by_id;

/// Makes another guest the booker. Open windows that the former one pays are the new one's; what was agreed stays agreed, and points that were
/// given stay given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBooker {
    /// Who it is now.
    pub guest: GuestRef,
    /// Take somebody who is on the blacklist: needs a right of its own and a reason.
    #[serde(default)]
    pub accept_blacklisted: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The people in the stays of a visit.
async fn people(u: &mut Unit<'_>, visit: &Visit) -> Result<Vec<StayGuest>> {
    Ok(query::visit::stay_guests(u.tx, visit.property.id, visit.reservation.id).await?)
}

#[async_trait]
impl VisitAction for ChangeBooker {
    const ACTION: Action = Action::ReservationChangeBooker;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let was = visit.reservation.guest_id;
        let guest_id = resolve(u, &self.guest).await.map_err(|error| error.under("guest"))?;
        if guest_id == was {
            return Err(AppError::invalid("guest", Message::GuestAlready));
        }
        visit.flags = admit(u, &visit.property.code, guest_id, self.accept_blacklisted).await?;
        let people = people(u, visit).await?;
        let lives_here = |guest| people.iter().any(|person| person.guest_id == guest);
        if !lives_here(guest_id) {
            u.tx.insert(&guest_visit(visit, guest_id)).await?;
        }
        if !lives_here(was) {
            u.tx.delete(&guest_visit(visit, was)).await?;
        }
        for mut folio in query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await? {
            if folio.state == FolioState::Open && folio.guest_id == Some(was) {
                folio.guest_id = Some(guest_id);
                u.tx.update(&mut folio).await?;
            }
        }
        visit.reservation.guest_id = guest_id;
        visit.write(u, &before).await?;
        Ok(ReservationEvent::ChangeBooker { guest_id, was }.into())
    }
}

/// Makes another guest the one a stay is registered to: one who is in it already, or another.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePrimary {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Which stay, when several share the room. Default: the one that holds it.
    #[serde(default)]
    pub stay: Option<StayId>,
    /// Who it is now.
    pub guest: GuestRef,
    /// The former one leaves the stay. Default: stays as an accompanying guest.
    #[serde(default)]
    pub replace: bool,
    /// Let somebody in who is on the blacklist: needs a right of its own and a reason.
    #[serde(default)]
    pub accept_blacklisted: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes a person out of a stay, and the visit from the person's list if it was the only one.
async fn unseat(u: &mut Unit<'_>, visit: &Visit, person: &StayGuest, people: &[StayGuest]) -> Result<()> {
    u.tx.delete(person).await?;
    let stays = people.iter().filter(|other| other.guest_id == person.guest_id).count();
    if stays == 1 && person.guest_id != visit.reservation.guest_id {
        u.tx.delete(&guest_visit(visit, person.guest_id)).await?;
    }
    Ok(())
}

#[async_trait]
impl VisitAction for ChangePrimary {
    const ACTION: Action = Action::StayChangePrimary;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let stay = visit.one_in_house(self.line, self.stay)?;
        let guest_id: GuestId = resolve(u, &self.guest).await.map_err(|error| error.under("guest"))?;
        let people = people(u, visit).await?;
        let here = || people.iter().filter(|person| person.stay_id == stay.id);
        let former = here().find(|person| person.role == StayRole::Primary);
        let former = former.ok_or_else(|| AppError::not_found(Missing::GuestOfStay, stay.id))?;
        if former.guest_id == guest_id {
            return Err(wrong_state("guest", Message::GuestAlready));
        }
        visit.flags = admit(u, &visit.property.code, guest_id, self.accept_blacklisted).await?;
        let known = here().find(|person| person.guest_id == guest_id);
        let more = i64::from(known.is_none()) - i64::from(self.replace);
        if more > 0 {
            let room = room_by_id(u.tx, visit.property.id, stay.room_id).await?;
            let there = people_in(u, visit, self.line).await?;
            require_space(u, &room, there + more).await.map_err(|error| error.at("guest"))?;
        }
        match known {
            Some(person) => {
                let mut person = StayGuest { role: StayRole::Primary, ..person.clone() };
                u.tx.update(&mut person).await?;
            }
            None => seat(u, visit, stay.id, &[(guest_id, StayRole::Primary)]).await?,
        }
        if self.replace {
            unseat(u, visit, former, &people).await?;
        } else {
            let mut former = StayGuest { role: StayRole::Accompanying, ..former.clone() };
            u.tx.update(&mut former).await?;
        }
        let (was, left) = (former.guest_id, self.replace);
        Ok(StayEvent::ChangePrimary { stay_id: stay.id, guest_id, was, left }.into())
    }
}
