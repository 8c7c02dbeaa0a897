//! Groups at the desk: everybody of a group checks in or out in one action, room by room, and what became of each is told.

use async_trait::async_trait;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Command, Context, IdempotencyKey, Operation, Operator, Result, Unit};
use hefu_domain::stay::StayState;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    property::{find_group, find_property},
    visit::{
        action::OnVisit,
        grouped, load,
        state::VisitState,
        stay::{CheckIn, CheckOut},
    },
};

/// Which rooms of a group check in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupCheckInInput {
    /// Code of the property.
    pub property: String,
    /// Accept rooms that are not clean or out of service.
    #[serde(default)]
    pub accept_dirty: bool,
    /// Check in before the property's check-in time.
    #[serde(default)]
    pub accept_early: bool,
}

/// Which rooms of a group check out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupCheckOutInput {
    /// Code of the property.
    pub property: String,
    /// Check out although a bill is not settled.
    #[serde(default)]
    pub allow_balance: bool,
}

/// What became of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomOutcome {
    /// The visit's number, in groups.
    pub number: String,
    /// The room of the reservation.
    pub line: i64,
    /// Whether it was done.
    pub done: bool,
    /// The number of the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Stable code of what stood in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What stood in the way, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Rooms of a group that can check in, or out, by visit and line. A command, so that a request that is sent again is about the same rooms.
struct ListRooms {
    code: String,
    property: String,
    /// Those in house; else those due in.
    in_house: bool,
}

#[async_trait]
impl Command for ListRooms {
    const ACTION: Action = Action::GroupStep;
    type Out = Vec<(String, i64)>;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Group, &self.code)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let c: &mut hefu_store::Conn = u.tx;
        let property = find_property(c, &self.property).await.map_err(|error| error.at("property"))?;
        let group = find_group(c, &self.code).await?;
        let mut found = Vec::new();
        for reservation in query::visit::group_visits(c, group.id).await? {
            if reservation.property_id != property.id {
                continue;
            }
            let visit = load(c, property.id, reservation.id).await?;
            let lives = |line: i64| {
                visit.stays.iter().any(|stay| stay.line == line && stay.state == StayState::InHouse)
            };
            let is_due = |line: &&hefu_domain::reservation::ReservationRoom| match self.in_house {
                true => lives(line.line),
                false => line.is_awaited() && line.arrival <= property.business_date,
            };
            let lines = visit.rooms.iter().filter(is_due);
            found.extend(lines.map(|line| (reservation.number.clone(), line.line)));
        }
        Ok(found)
    }
}

/// The context of a part of a group's request: done once, however often the request is sent.
fn once(o: &Operator<'_>, part: &str) -> Context {
    let idempotency = o
        .ctx()
        .idempotency
        .as_ref()
        .map(|asked| IdempotencyKey { key: format!("{} {part}", asked.key), request: asked.request });
    Context { idempotency, ..o.ctx().clone() }
}

/// What became of a room, as the command on its visit answered. What stands in the way of one room does not stop the others; what is wrong with
/// the installation does.
async fn outcome<C: Command<Out = VisitState>>(
    o: &Operator<'_>,
    number: &str,
    line: i64,
    command: C,
) -> Result<RoomOutcome> {
    let mut told =
        RoomOutcome { number: grouped(number), line, done: false, room: None, code: None, detail: None };
    match o.execute_as(once(o, &format!("{number} {line}")), command).await {
        Ok(state) => {
            told.done = true;
            told.room = state.rooms.into_iter().find(|room| room.line == line).and_then(|room| room.room);
        }
        Err(error @ (AppError::Rule(_) | AppError::NotFound { .. })) => {
            told.code = Some(error.code().to_owned());
            told.detail = Some(error.message().text(o.ctx().language));
        }
        Err(error) => return Err(error),
    }
    Ok(told)
}

/// Checks in all rooms of a group that are due. Done again, it goes on with those that are left.
#[derive(Debug, Clone)]
pub struct GroupCheckIn {
    /// The group's code.
    pub code: String,
    /// Which.
    pub input: GroupCheckInInput,
}

#[async_trait]
impl Operation for GroupCheckIn {
    const ACTION: Action = Action::GroupCheckIn;
    type Out = Vec<RoomOutcome>;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Group, &self.code)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Vec<RoomOutcome>> {
        let (code, property) = (self.code.clone(), self.input.property.clone());
        let mut told = Vec::new();
        for (number, line) in
            o.execute_as(once(o, "rooms"), ListRooms { code, property, in_house: false }).await?
        {
            let action = CheckIn {
                until_booked: false,
                line,
                room: None,
                guests: Vec::new(),
                accept_dirty: self.input.accept_dirty,
                accept_early: self.input.accept_early,
                first_night: None,
                preview: false,
                oversell: false,
                accept_blacklisted: false,
                reason: None,
            };
            let command = OnVisit { number: number.clone(), if_match: None, if_revision: None, action };
            told.push(outcome(o, &number, line, command).await?);
        }
        Ok(told)
    }
}

/// Checks out all rooms of a group that are in house.
#[derive(Debug, Clone)]
pub struct GroupCheckOut {
    /// The group's code.
    pub code: String,
    /// Which.
    pub input: GroupCheckOutInput,
}

#[async_trait]
impl Operation for GroupCheckOut {
    const ACTION: Action = Action::GroupCheckOut;
    type Out = Vec<RoomOutcome>;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Group, &self.code)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Vec<RoomOutcome>> {
        let (code, property) = (self.code.clone(), self.input.property.clone());
        let mut told = Vec::new();
        for (number, line) in
            o.execute_as(once(o, "rooms"), ListRooms { code, property, in_house: true }).await?
        {
            let action = CheckOut { line: Some(line), stay: None, allow_balance: self.input.allow_balance };
            let command = OnVisit { number: number.clone(), if_match: None, if_revision: None, action };
            told.push(outcome(o, &number, line, command).await?);
        }
        Ok(told)
    }
}
