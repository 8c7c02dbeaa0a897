//! Changes of a reservation: other dates, cancellation, no-show, and reversing these.

use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, ReservationEvent},
    message::Missing,
    reservation::{BY_HAND, Guarantee, ReservationState, ReservationStep, step},
};

use hefu_kernel::Money;

use hefu_store::query;

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    book::{OutsideNumber, RoomRequest, alias, price},
    inventory::{free_inventory, hold_inventory, hold_room, release_room},
};
use crate::{property::room_by_number, terms::cancellation};

use hefu_authz::Action;

use hefu_core::{AppError, Result, Unit};

/// Changes a reservation. Omitted fields do not change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeReservation {
    /// All rooms from now on, in the order of their lines. Occupied rooms must stay as they are.
    pub rooms: Option<Vec<RoomRequest>>,
    /// Market segment.
    pub segment: Option<String>,
    /// Its guarantee.
    pub guarantee: Option<Guarantee>,
    /// Name of the company it is booked for.
    pub company: Option<String>,
    /// Code of the group it belongs to; empty: none.
    pub group: Option<String>,
}

impl VisitAction for ChangeReservation {
    const ACTION: Action = Action::ReservationChange;
    const SHOWS_DUPLICATES: bool = true;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let state = visit.reservation.state;
        if matches!(state, ReservationState::Cancelled | ReservationState::NoShow) {
            use ReservationState::{Requested, Reserved, Waitlisted};
            let message = Message::ReservationIs { state, needed: vec![Requested, Reserved, Waitlisted] };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        let before = visit.clone();
        if let Some(requests) = &self.rooms {
            self.replace_rooms(u, visit, requests).await?;
        }
        let reservation = &mut visit.reservation;
        reservation.segment = self.segment.clone().or_else(|| reservation.segment.take());
        reservation.company = self.company.clone().or_else(|| reservation.company.take());
        reservation.guarantee = self.guarantee.unwrap_or(reservation.guarantee);
        match self.group.as_deref() {
            None => {}
            Some("") => reservation.group_id = None,
            Some(code) => {
                let group = query::visit::group_by_code(u.tx, code).await?;
                reservation.group_id =
                    Some(group.ok_or_else(|| AppError::not_found(Missing::Group, code).at("group"))?.id);
            }
        }
        visit.revise(u, &before).await?;
        Ok(ReservationEvent::changed(&visit.reservation, &visit.rooms).into())
    }
}

impl ChangeReservation {
    async fn replace_rooms(
        &self,
        u: &mut Unit<'_>,
        visit: &mut Visit,
        requests: &[RoomRequest],
    ) -> Result<()> {
        if visit.rooms.iter().any(|room| room.stay_id.is_some()) {
            return Err(RuleError::new(Rule::WrongState, "rooms", Message::RoomsLivedIn).into());
        }
        if requests.len() < visit.rooms.len() || requests.len() > 100 {
            return Err(AppError::invalid(
                "rooms",
                Message::EveryRoom { rooms: visit.rooms.len(), most: 100 },
            ));
        }
        // Everything is released first, so that a change never competes with itself.
        for room in &visit.rooms {
            if room.held {
                free_inventory(u, room).await?;
            }
            if let Some(room_id) = room.room_id {
                let holder = (room.visit_id, room.line);
                release_room(u, room.property_id, room_id, holder, (room.arrival, room.departure)).await?;
            }
        }
        let discount = visit.rooms.first().map(|room| room.discount).unwrap_or_default();
        let mut rooms = Vec::new();
        for (i, request) in requests.iter().enumerate() {
            let known = visit.rooms.get(i);
            let unmoved = known.is_some_and(|room| room.arrival == request.arrival);
            if !unmoved && request.arrival < visit.property.business_date {
                let message = Message::BeforeBusinessDate { date: visit.property.business_date };
                return Err(RuleError::new(Rule::BadDates, ("rooms", i, "arrival"), message).into());
            }
            let (mut room, _) = price(u, &visit.property, visit.reservation.id, i, request, discount).await?;
            room.version = known.map_or(1, |known| known.version);
            room.held = visit.reservation.state.holds_rooms();
            if room.held {
                hold_inventory(u, &room).await.map_err(|error| error.at(("rooms", i)))?;
            }
            if let Some(number) = &request.room {
                let at = || ("rooms", i, "room");
                let found =
                    room_by_number(u.tx, visit.property.id, number).await.map_err(|error| error.at(at()))?;
                hold_room(u, &found, (room.visit_id, room.line), (room.arrival, room.departure))
                    .await
                    .map_err(|error| error.at(at()))?;
                room.room_id = Some(found.id);
            }
            rooms.push(room);
        }
        visit.rooms = rooms;
        Ok(())
    }
}

/// Releases everything a reservation holds.
async fn release_all(u: &mut Unit<'_>, visit: &mut Visit) -> Result<()> {
    for room in &mut visit.rooms {
        if room.held {
            free_inventory(u, room).await?;
            room.held = false;
        }
        if let Some(room_id) = room.room_id.take() {
            let holder = (room.visit_id, room.line);
            release_room(u, room.property_id, room_id, holder, (room.arrival, room.departure)).await?;
        }
    }
    Ok(())
}

fn not_arrived(visit: &Visit) -> Result<()> {
    if visit.real_stays().next().is_some() {
        return Err(RuleError::new(Rule::WrongState, (), Message::GuestsArrived).into());
    }
    Ok(())
}

/// Cancels a reservation, with the penalty set by its terms.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cancel {
    /// The reason; stored sealed in the journal. It takes precedence over `Hefu-Reason`.
    pub reason: Option<String>,
    /// Waive the penalty.
    pub waive_penalty: bool,
}

impl VisitAction for Cancel {
    const ACTION: Action = Action::ReservationCancel;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        not_arrived(visit)?;
        let before = visit.clone();
        let due = cancellation(u.tx, visit, u.now).await?;
        visit.reservation.state = step(visit.reservation.state, ReservationStep::Cancel)?;
        let (penalty_due, waived) = (visit.money(due), self.waive_penalty);
        cancel_visit(u, visit, &before, (penalty_due, waived), BY_HAND.to_owned()).await?;
        Ok(ReservationEvent::Cancel { penalty_due, waived }.into())
    }
}

/// Common part of cancellation and no-show: the penalty applies, unless waived, and the rooms are released. `code` says what cancelled the visit;
/// a person's reason is in the journal.
async fn cancel_visit(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    before: &Visit,
    (due, waived): (Money, bool),
    code: String,
) -> Result<()> {
    visit.reservation.penalty = if waived { 0 } else { due.minor };
    visit.reservation.state_reason = Some(code);
    release_all(u, visit).await?;
    visit.revise(u, before).await
}

/// Marks a reservation as a no-show.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MarkNoShow {
    /// The reason; stored sealed in the journal. It takes precedence over `Hefu-Reason`.
    pub reason: Option<String>,
    /// Waive the penalty.
    pub waive_penalty: bool,
}

impl VisitAction for MarkNoShow {
    const ACTION: Action = Action::ReservationNoShow;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        mark_no_show(u, visit, self.waive_penalty, BY_HAND.to_owned()).await
    }
}

/// Marks a reservation as a no-show. `code` says what marked it.
///
/// # Errors
/// The guest has arrived, or the arrival is on a later date.
pub async fn mark_no_show(u: &mut Unit<'_>, visit: &mut Visit, waived: bool, code: String) -> Result<Event> {
    not_arrived(visit)?;
    if visit.reservation.arrival > visit.property.business_date {
        let message = Message::ArrivesLater { date: visit.reservation.arrival };
        return Err(RuleError::new(Rule::BadDates, (), message).into());
    }
    let before = visit.clone();
    visit.reservation.state = step(visit.reservation.state, ReservationStep::MarkNoShow)?;
    let due = match visit.reservation.policy_id {
        Some(id) => query::property::policy(u.tx, visit.property.id, id)
            .await?
            .map_or(0, |policy| policy.no_show.amount(&visit.nightly_total())),
        None => 0,
    };
    let penalty_due = visit.money(due);
    cancel_visit(u, visit, &before, (penalty_due, waived), code).await?;
    Ok(ReservationEvent::NoShow { penalty_due, waived }.into())
}

/// Reverses a cancellation or a no-show, if the rooms are still available.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reinstate {
    /// The reason; stored sealed in the journal. It takes precedence over `Hefu-Reason`.
    pub reason: Option<String>,
}

impl VisitAction for Reinstate {
    const ACTION: Action = Action::ReservationReinstate;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        promise(u, visit, ReservationStep::Reinstate).await?;
        Ok(ReservationEvent::Reinstate {}.into())
    }
}

/// Confirms a requested or waitlisted reservation, if the rooms are available.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Confirm {}

impl VisitAction for Confirm {
    const ACTION: Action = Action::ReservationConfirm;
    const SHOWS_DUPLICATES: bool = true;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        promise(u, visit, ReservationStep::Confirm).await?;
        Ok(ReservationEvent::Confirm {}.into())
    }
}

async fn promise(u: &mut Unit<'_>, visit: &mut Visit, way: ReservationStep) -> Result<()> {
    let before = visit.clone();
    visit.reservation.state = step(visit.reservation.state, way)?;
    if visit.reservation.departure < visit.property.business_date {
        let message = Message::DepartureOver { date: visit.property.business_date };
        return Err(RuleError::new(Rule::BadDates, (), message).into());
    }
    visit.reservation.penalty = 0;
    visit.reservation.state_reason = None;
    for room in &mut visit.rooms {
        hold_inventory(u, room).await?;
        room.held = true;
    }
    visit.revise(u, &before).await
}

/// Assigns a room to a room of the reservation, or releases it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRoom {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The room's number; none: release it; `auto`: the free room of the type that is closest to ready.
    pub room: Option<String>,
}

const fn first() -> i64 {
    1
}

impl VisitAction for AssignRoom {
    const ACTION: Action = Action::ReservationAssignRoom;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if !visit.reservation.state.holds_rooms() {
            let message = Message::NothingHeld { state: visit.reservation.state };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        let before = visit.clone();
        let property = visit.property.clone();
        let room = visit.line(self.line)?;
        if room.stay_id.is_some() {
            return Err(RuleError::new(Rule::WrongState, "line", Message::LineLivedIn).into());
        }
        let (holder, dates) = ((room.visit_id, room.line), (room.arrival, room.departure));
        if let Some(held) = room.room_id.take() {
            release_room(u, property.id, held, holder, dates).await?;
        }
        if let Some(wanted) = &self.room {
            let found = match wanted.as_str() {
                "auto" => {
                    let until = dates.1.max(dates.0.succ_opt().unwrap_or(dates.0));
                    query::property::free_rooms(u.tx, property.id, room.room_type_id, dates.0, until, true, 1)
                        .await?
                        .pop()
                        .ok_or_else(|| RuleError::new(Rule::RoomTaken, "room", Message::NoRoomFree))?
                }
                number => {
                    room_by_number(u.tx, property.id, number).await.map_err(|error| error.at("room"))?
                }
            };
            hold_room(u, &found, holder, dates).await?;
            visit.line(self.line)?.room_id = Some(found.id);
        }
        visit.revise(u, &before).await?;
        Ok(ReservationEvent::AssignRoom { line: self.line, room_id: visit.line(self.line)?.room_id }.into())
    }
}

/// Adds a number of an external system that leads to the visit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNumber {
    /// The number.
    #[serde(flatten)]
    pub number: OutsideNumber,
}

impl VisitAction for AddNumber {
    const ACTION: Action = Action::VisitAddNumber;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        u.tx.insert(&alias(&visit.reservation, &self.number)?).await?;
        let OutsideNumber { system, number, per_property } = self.number.clone();
        Ok(ReservationEvent::AddNumber { system, number, per_property }.into())
    }
}
