//! Running an action on the visit with a number.

use crate::{
    duplicates::at_entry,
    visit::{
        Visit, VisitAction, grouped, locate, lock,
        state::{MovedRoom, VisitState, state_of},
    },
};
use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::check_version;
use hefu_core::{About, AppError, Command, Result, Unit};
use hefu_domain::{
    event::{Event, ReservationEvent, StayEvent},
    ids::VisitId,
    message::Missing,
    reservation::Deposit,
};
use hefu_store::query;

/// A [`VisitAction`] on the visit with a number.
#[derive(Debug, Clone)]
pub struct OnVisit<A> {
    /// Any of the visit's numbers.
    pub number: String,
    /// The version of the reservation that the change is based on.
    pub if_match: Option<i64>,
    /// The revision of the visit that the change is based on: refused when anything of the visit has changed since.
    pub if_revision: Option<u64>,
    /// The action.
    pub action: A,
}

#[async_trait]
impl<A: VisitAction> Command for OnVisit<A> {
    const ACTION: Action = A::ACTION;
    type Out = VisitState;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    fn reason(&self) -> Option<&str> {
        self.action.reason()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<VisitState> {
        let (property, id) = locate(u.tx, &self.number, None).await?;
        let mut visit = lock(u.tx, property, id).await?;
        u.within(&visit.property.code)?;
        let now = visit.reservation.version;
        check_version(self.if_match, now)?;
        if self.if_revision.is_some()
            && self.if_revision != Some(query::visit::revision(u.tx, &visit.reservation, 0).await?)
        {
            return Err(AppError::Stale { now });
        }
        if self.action.is_preview() {
            let preview = self.action.preview(u, &visit).await?;
            return Ok(VisitState { preview: Some(preview), ..state_of(u, &visit).await? });
        }
        let free = visit.rooms.iter().any(|room| !room.terms.free_nights.is_empty());
        let before = free.then(|| visit.rooms.clone());
        let event = self.action.apply(u, &mut visit).await?;
        if event.name() != A::ACTION.name() {
            return Err(AppError::Internal("an action returned the event of another action"));
        }
        if let Some(before) = before {
            crate::member::nights::release(u, &before, &mut visit).await?;
        }
        // Nobody has a key before.
        if matches!(&event, Event::Stay(event) if !matches!(event, StayEvent::CheckIn { .. })) {
            crate::lock::follow(u, &visit).await?;
        }
        let went = went_to(&event);
        u.record(About::Visit(&visit.reservation), event).await?;
        let mut state = state_of(u, &visit).await?;
        if let Some(to) = went {
            state.moved = Some(moved(u, &visit, to, state.balance).await?);
        }
        if A::SHOWS_DUPLICATES {
            state.duplicates = at_entry(u, &visit).await?;
        }
        Ok(state)
    }
}

/// Where an event says that a room of the reservation went.
const fn went_to(event: &Event) -> Option<(VisitId, i64)> {
    match event {
        Event::Reservation(ReservationEvent::SplitRoom { to, .. }) => Some((*to, 1)),
        Event::Reservation(ReservationEvent::MoveRoom { to, as_line, .. }) => Some((*to, *as_line)),
        _ => None,
    }
}

async fn moved(
    u: &mut Unit<'_>,
    visit: &Visit,
    (to, line): (VisitId, i64),
    balance_left: i64,
) -> Result<MovedRoom> {
    let other = query::visit::reservation(u.tx, visit.property.id, to)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::Visit, to))?;
    let deposits = query::visit::deposits(u.tx, visit.property.id, visit.reservation.id).await?;
    Ok(MovedRoom {
        number: grouped(&other.number),
        line,
        deposits_left: deposits.iter().map(Deposit::missing).sum::<i64>()
            + crate::deposit::held(u, visit).await?,
        balance_left,
    })
}
