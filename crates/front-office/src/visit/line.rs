//! Rooms that come to a reservation and leave it: one more, one as a reservation of its own, one to another reservation.

use async_trait::async_trait;
use hefu_domain::{
    Message, Rule, RuleError,
    company::VisitCompany,
    event::{Event, ReservationEvent},
    ids::VisitId,
    reservation::{Reservation, ReservationRoom, ReservationState},
};
use hefu_people::guest::{GuestRef, resolve};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    book::{RoomRequest, Sale, discount_of, free_number, list, sell},
    inventory::{may_oversell, update_inventory},
    locate, lock, wishes,
};
use crate::{
    house, note,
    rates::{access::Buyer, may_give, may_override},
    wake_up,
};
use hefu_authz::Action;
use hefu_core::{About, AppError, Result, Unit};

/// Adds a room to a reservation, also when others of it are lived in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRoom {
    /// The room.
    pub room: RoomRequest,
    /// Whether it is promised, requested or waitlisted. Default: as the reservation is.
    #[serde(default)]
    pub state: Option<ReservationState>,
    /// Sell it although nothing is left: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Promotion code: plans that need it can be booked. Plans by contract can be for the companies that the visit names.
    #[serde(default)]
    pub promotion_code: Option<String>,
    /// Sell it although restrictions forbid it: needs a right of its own and a reason.
    #[serde(default)]
    pub override_restrictions: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The most rooms of one reservation.
const MOST_ROOMS: usize = 100;

#[async_trait]
impl VisitAction for AddRoom {
    const ACTION: Action = Action::ReservationAddRoom;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        use ReservationState::{Requested, Reserved, Waitlisted};
        let needed = vec![Requested, Reserved, Waitlisted];
        let state = visit.reservation.state;
        if !needed.contains(&state) {
            let message = Message::ReservationIs { state, needed };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        house::require_rooms(visit)?;
        let state = self.state.unwrap_or(state);
        if !needed.contains(&state) {
            return Err(AppError::invalid("state", Message::BookingState));
        }
        if visit.rooms.len() >= MOST_ROOMS {
            return Err(AppError::invalid("room", Message::ItemCount { from: 1, to: MOST_ROOMS }));
        }
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        may_give(u, &visit.property, self.room.usage)?;
        let before = visit.clone();
        let of = (visit.property.id, visit.reservation.id);
        let buyer = Buyer::of_visit(u.tx, of, self.promotion_code.as_deref()).await?;
        let sale = Sale {
            property: &before.property,
            visit_id: visit.reservation.id,
            line: visit.next_line(),
            state,
            channel: &before.reservation.channel,
            discount: discount_of(u.tx, visit.property.id, visit.reservation.guest_id).await?,
            unrestricted: may_override(u, &visit.property, self.override_restrictions)?,
            buyer: &buyer,
            walk_in: false,
        };
        let room = sell(u, &sale, &self.room).await.map_err(|error| error.under("room"))?;
        visit.rooms.push(room.clone());
        visit.revise_beyond(u, &before, oversell).await.map_err(|error| error.under("room"))?;
        wishes::record(u, &visit.reservation, std::slice::from_ref(&room)).await?;
        Ok(ReservationEvent::AddRoom { room: (&room).into() }.into())
    }
}

impl Visit {
    /// Takes a room out of the reservation for another one. One room stays, and so does whoever has moved in: the bill is here. So does what was
    /// called off: its penalty is on this bill, and comes off it when the room is reinstated.
    fn give_away(&mut self, line: i64) -> Result<ReservationRoom> {
        use ReservationState::{Requested, Reserved, Waitlisted};
        let room = self.line(line)?.clone();
        let refused = |message| AppError::from(RuleError::new(Rule::WrongState, "line", message));
        if !room.is_alive() {
            let (state, needed) = (room.state, vec![Requested, Reserved, Waitlisted]);
            return Err(refused(Message::ReservationIs { state, needed }));
        }
        if room.stay_id.is_some() {
            return Err(refused(Message::BillIsHere));
        }
        if !room.terms.free_nights.is_empty() {
            return Err(refused(Message::FreeNightFirst));
        }
        if self.rooms.len() == 1 {
            return Err(refused(Message::OnlyRoom));
        }
        self.rooms.retain(|room| room.line != line);
        Ok(room)
    }
}

/// What was noted of a room alone goes with it, under the line it has there.
async fn carry(
    u: &mut Unit<'_>,
    (visit, room): (&Visit, &ReservationRoom),
    to: (VisitId, i64),
) -> Result<()> {
    note::carry(u, (visit, room.line), to).await?;
    wake_up::carry(u, (visit, room), to).await
}

/// Makes a room of a reservation a reservation of its own, under its own number and the terms it has, for the same company and agent; what was
/// noted of the room alone goes with it. Deposits and charges stay where they are.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitRoom {
    /// Which room of the reservation, from 1.
    pub line: i64,
    /// Whose the new reservation is. Default: who booked.
    #[serde(default)]
    pub guest: Option<GuestRef>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for SplitRoom {
    const ACTION: Action = Action::ReservationSplitRoom;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let given = visit.give_away(self.line)?;
        // The guest first: a new one has a journal entry of its own.
        let guest_id = match &self.guest {
            Some(guest) => resolve(u, guest).await.map_err(|error| error.under("guest"))?,
            None => visit.reservation.guest_id,
        };
        let id: VisitId = u.id();
        let room = ReservationRoom { visit_id: id, line: 1, version: 1, ..given.clone() };
        let number = free_number(u).await?.digits();
        let mut reservation =
            Reservation { id, number, guest_id, walk_in: false, version: 1, ..before.reservation.clone() };
        reservation.follow(std::slice::from_ref(&room));
        // What the room takes changes hands: nobody can take it between.
        update_inventory(u, &visit.property, std::slice::from_ref(&given), std::slice::from_ref(&room), true)
            .await?;
        u.tx.insert(&reservation).await?;
        u.tx.insert(&room).await?;
        let alias = list(u, &reservation).await?;
        u.tx.insert(&alias).await?;
        for named in query::company::of_visit(u.tx, visit.property.id, visit.reservation.id).await? {
            u.tx.insert(&VisitCompany { visit_id: id, ..named }).await?;
        }
        let rooms = [room];
        let event = ReservationEvent::booked(&reservation, &rooms, Vec::new(), Vec::new());
        u.record(About::Visit(&reservation), event).await?;
        visit.write(u, &before).await?;
        carry(u, (visit, &given), (id, 1)).await?;
        Ok(ReservationEvent::SplitRoom { line: self.line, to: id }.into())
    }
}

/// Moves a room of a reservation to another reservation of the property, under the terms it has; what was noted of the room alone goes with it.
/// Deposits and charges stay where they are.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRoomTo {
    /// Which room of the reservation, from 1.
    pub line: i64,
    /// Any number of the other reservation's visit.
    pub to: String,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for MoveRoomTo {
    const ACTION: Action = Action::ReservationMoveRoom;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let (property, id) = locate(u.tx, &self.to, None).await.map_err(|error| error.at("to"))?;
        if property != visit.property.id || id == visit.reservation.id {
            return Err(AppError::invalid("to", Message::OtherReservation));
        }
        let mut other = lock(u.tx, property, id).await?;
        if matches!(other.reservation.state, ReservationState::Cancelled | ReservationState::NoShow) {
            use ReservationState::{Requested, Reserved, Waitlisted};
            let (state, needed) = (other.reservation.state, vec![Requested, Reserved, Waitlisted]);
            return Err(
                RuleError::new(Rule::WrongState, "to", Message::ReservationIs { state, needed }).into()
            );
        }
        house::require_rooms(&other).map_err(|error| error.at("to"))?;
        if other.rooms.len() >= MOST_ROOMS {
            return Err(AppError::invalid("to", Message::ItemCount { from: 1, to: MOST_ROOMS }));
        }
        let (before, other_before) = (visit.clone(), other.clone());
        let given = visit.give_away(self.line)?;
        let as_line = other.next_line();
        let room = ReservationRoom { visit_id: id, line: as_line, version: 1, ..given.clone() };
        update_inventory(u, &visit.property, std::slice::from_ref(&given), std::slice::from_ref(&room), true)
            .await?;
        other.rooms.push(room);
        other.write(u, &other_before).await?;
        let event = ReservationEvent::ReceiveRoom { line: as_line, from: visit.reservation.id };
        u.record(About::Visit(&other.reservation), event).await?;
        visit.write(u, &before).await?;
        carry(u, (visit, &given), (id, as_line)).await?;
        Ok(ReservationEvent::MoveRoom { line: self.line, to: id, as_line }.into())
    }
}
