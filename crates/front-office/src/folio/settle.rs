//! What follows when the bill of a visit has changed that is over.

use hefu_domain::{folio::FolioState, reservation::ReservationState, stay::StayState};
use hefu_store::query;

use crate::{member, visit::Visit};
use hefu_core::{Result, Unit};

impl Visit {
    /// Whether nobody of the visit is in house, expected or hoped for: everybody has left, or it was called off.
    pub fn is_over(&self) -> bool {
        let is_hoped_for =
            |state| matches!(state, ReservationState::Requested | ReservationState::Waitlisted);
        let has_left = || {
            self.real_stays().next().is_some()
                && self.real_stays().all(|stay| stay.state == StayState::CheckedOut)
                && !self.rooms.iter().any(|room| room.is_awaited() || is_hoped_for(room.state))
        };
        match self.reservation.state {
            ReservationState::Cancelled | ReservationState::NoShow => true,
            ReservationState::Reserved => has_left(),
            ReservationState::Requested | ReservationState::Waitlisted => false,
        }
    }
}

/// Closes the settled windows of a visit that is over, and gives the points of what was charged since. Every action on a bill ends with it.
///
/// # Errors
/// Points that were taken back are spent.
pub async fn settle(u: &mut Unit<'_>, visit: &Visit) -> Result<()> {
    if !visit.is_over() {
        return Ok(());
    }
    if visit.real_stays().next().is_some() {
        member::points::accrue(u, visit).await?;
    }
    for mut folio in query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await? {
        if folio.balance == 0 && folio.state == FolioState::Open {
            folio.state = FolioState::Closed;
            u.tx.update(&mut folio).await?;
        }
    }
    Ok(())
}
