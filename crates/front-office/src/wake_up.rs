//! Wake-up calls 【叫醒】: a date and a time for a room, and what became of them.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, StayEvent},
    ids::{VisitId, WakeUpId},
    message::Missing,
    reservation::ReservationRoom,
    stay::StayState,
    upkeep::{WakeUp, WakeUpState},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    property::{find_property, room_by_id},
    view::names::VisitNames,
    visit::{Visit, VisitAction, grouped},
};

const fn first() -> i64 {
    1
}

/// Notes that somebody wants to be woken.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskWakeUp {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The date: of a morning of the stay.
    pub date: NaiveDate,
    /// When, minutes after midnight.
    pub minute: i64,
}

#[async_trait]
impl VisitAction for AskWakeUp {
    const ACTION: Action = Action::WakeUpAsk;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if !(0..24 * 60).contains(&self.minute) {
            return Err(AppError::invalid("minute", Message::Between { from: 0, to: 24 * 60 - 1 }));
        }
        let today = visit.property.business_date;
        let room = visit.line(self.line)?;
        if !room.is_alive() {
            let message = Message::NothingHeld { state: room.state };
            return Err(RuleError::new(Rule::WrongState, "line", message).into());
        }
        let (from, to) = (room.arrival.max(today), room.departure.max(room.counted_until).max(today));
        if self.date < from || self.date > to {
            return Err(RuleError::new(Rule::BadDates, "date", Message::DuringStay { from, to }).into());
        }
        let call = WakeUp {
            property_id: visit.property.id,
            id: u.id(),
            visit_id: visit.reservation.id,
            line: self.line,
            date: self.date,
            minute: self.minute,
            state: WakeUpState::Open,
            noted_by: u.ctx.principal.to_string(),
            version: 1,
        };
        u.tx.insert(&call).await?;
        let Self { line, date, minute } = *self;
        Ok(StayEvent::WakeUp { wake_up_id: call.id, line, date, minute }.into())
    }
}

/// Says what became of a wake-up call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndWakeUp {
    /// The call.
    pub wake_up_id: WakeUpId,
    /// What became of it; it can be opened again.
    pub state: WakeUpState,
}

#[async_trait]
impl VisitAction for EndWakeUp {
    const ACTION: Action = Action::WakeUpEnd;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let (property, id) = (visit.property.id, visit.reservation.id);
        let call = query::upkeep::wake_up(u.tx, property, self.wake_up_id, id).await?;
        let missing = || AppError::not_found(Missing::WakeUp, self.wake_up_id).at("wake_up_id");
        let mut call = call.ok_or_else(missing)?;
        call.state = self.state;
        call.noted_by = u.ctx.principal.to_string();
        u.tx.update(&mut call).await?;
        Ok(StayEvent::EndWakeUp { wake_up_id: call.id, state: call.state }.into())
    }
}

/// Takes the wake-up calls of a room of a reservation along to the reservation that the room goes to.
///
/// # Errors
/// Somebody else notes something of one of them at the same moment.
pub(crate) async fn carry(
    u: &mut Unit<'_>,
    (visit, room): (&Visit, &ReservationRoom),
    (to, as_line): (VisitId, i64),
) -> Result<()> {
    let from = room.arrival.max(visit.property.business_date);
    let until = room.departure.max(room.counted_until);
    for date in from.iter_days().take_while(|date| *date <= until) {
        for call in query::upkeep::wake_ups(u.tx, visit.property.id, date).await? {
            if (call.visit_id, call.line) == (visit.reservation.id, room.line) {
                let mut call = WakeUp { visit_id: to, line: as_line, ..call };
                u.tx.update(&mut call).await?;
            }
        }
    }
    Ok(())
}

/// A wake-up call, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WakeUpView {
    /// Identifier: calls name it by this.
    pub id: WakeUpId,
    /// When, minutes after midnight.
    pub minute: i64,
    /// The number of the room in which the guests are now, or that is set aside for them.
    pub room: Option<String>,
    /// The visit's number, in groups.
    pub number: String,
    /// Which room of the reservation.
    pub line: i64,
    /// What became of it. A call for a room that nobody is in any more is cancelled.
    pub state: WakeUpState,
    /// Version of the record.
    pub version: i64,
}

/// The wake-up calls of a date, in order of time.
#[derive(Debug, Clone)]
pub struct ListWakeUps {
    /// Code of the property.
    pub property: String,
    /// The date; none: the business date.
    pub date: Option<NaiveDate>,
}

#[async_trait]
impl Query for ListWakeUps {
    const ACTION: Action = Action::WakeUpList;
    type Out = Vec<WakeUpView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let date = self.date.unwrap_or(property.business_date);
        let calls = query::upkeep::wake_ups(c, property.id, date).await?;
        let names = VisitNames::of(c, calls.iter().map(|call| (property.id, call.visit_id))).await?;
        let mut shown = Vec::with_capacity(calls.len());
        for call in calls {
            let rooms = query::visit::rooms(c, property.id, call.visit_id).await?;
            let stays = query::visit::stays(c, property.id, call.visit_id).await?;
            let booked = rooms.iter().find(|room| room.line == call.line);
            let of_line = || stays.iter().filter(|stay| stay.line == call.line);
            let here = of_line().find(|stay| stay.state == StayState::InHouse);
            let has_left = here.is_none() && of_line().any(|stay| stay.state == StayState::CheckedOut);
            let is_over = has_left || booked.is_none_or(|room| !room.is_alive());
            let room = here.map(|stay| stay.room_id).or_else(|| booked.and_then(|room| room.room_id));
            let state = match call.state {
                WakeUpState::Open if is_over => WakeUpState::Cancelled,
                state => state,
            };
            shown.push(WakeUpView {
                id: call.id,
                minute: call.minute,
                room: match room {
                    Some(room) => Some(room_by_id(c, property.id, room).await?.number),
                    None => None,
                },
                number: grouped(&names.number(call.visit_id).unwrap_or_default()),
                line: call.line,
                state,
                version: call.version,
            });
        }
        Ok(shown)
    }
}
