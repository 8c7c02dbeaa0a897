//! Two rooms change places in one action: neither has to be free for the other.

use async_trait::async_trait;
use hefu_authz::Action;
use hefu_core::{About, AppError, Result, Unit};
use hefu_domain::{
    Message,
    event::{Event, StayEvent},
    property::Room,
    stay::{Stay, StayState},
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    inventory::{may_oversell, of_no_room, require_space, update_inventory},
    locate, lock,
    party::{first, make_dirty, people_in, record_room, replace_stay, wrong_state},
};
use crate::property::room_by_id;

/// Swaps two rooms that are both lived in, or both set aside, from the business date on. Prices stay as they were agreed for each.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapRooms {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Any number of the other visit. Default: the same visit.
    #[serde(default)]
    pub with: Option<String>,
    /// Which room of that reservation, from 1.
    #[serde(default = "first")]
    pub with_line: i64,
    /// Why; kept sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
    /// Take rooms although nothing is left of their type: needs a right of its own.
    #[serde(default)]
    pub oversell: bool,
}

/// One of two rooms that change places.
struct Side {
    line: i64,
    /// Who lives in it; nobody: it is set aside.
    stays: Vec<Stay>,
    /// Where it is now.
    room: Room,
    people: i64,
}

async fn side(u: &mut Unit<'_>, visit: &mut Visit, line: i64) -> Result<Side> {
    let booked = visit.line(line)?.clone();
    let Some(room) = booked.room_id.filter(|_| booked.counted_type_id.is_some()) else {
        return Err(wrong_state("line", Message::SwapRoom));
    };
    let room = room_by_id(u.tx, visit.property.id, room).await?;
    let mut people = booked.adults + booked.children;
    let stays = match booked.stay_id {
        None => Vec::new(),
        Some(_) => {
            people = people.max(people_in(u, visit, line).await?);
            visit.in_house(line)?
        }
    };
    if let Some(stay) = stays.first() {
        let today = visit.property.business_date;
        if stay.departure < today || (stay.departure == today && stay.arrival < today) {
            return Err(wrong_state("line", Message::ExtendFirst));
        }
    }
    Ok(Side { line, stays, room, people })
}

/// Puts one side into the room of the other.
async fn put(u: &mut Unit<'_>, visit: &mut Visit, side: &Side, room: &Room) -> Result<()> {
    let lived_in = query::visit::stay_rooms(u.tx, visit.property.id, visit.reservation.id).await?;
    for stay in &side.stays {
        let known = visit.stays.iter().find(|known| known.id == stay.id).cloned();
        let mut stay =
            Stay { room_id: room.id, state: StayState::InHouse, ..known.unwrap_or_else(|| stay.clone()) };
        u.tx.update(&mut stay).await?;
        let seq = lived_in.iter().filter(|r| r.stay_id == stay.id).map(|r| r.seq).max().unwrap_or(0) + 1;
        record_room(u, &stay, seq, "swap", visit.property.business_date).await?;
        replace_stay(visit, stay);
    }
    visit.line(side.line)?.put_in(room);
    Ok(())
}

/// Takes those who live in a room out of it for a moment: a room has one party at any moment, also between two rows that are written.
async fn step_out(u: &mut Unit<'_>, visit: &mut Visit, side: &Side) -> Result<()> {
    for stay in &side.stays {
        let mut stay = Stay { state: StayState::Undone, ..stay.clone() };
        u.tx.update(&mut stay).await?;
        replace_stay(visit, stay);
    }
    Ok(())
}

#[async_trait]
impl VisitAction for SwapRooms {
    const ACTION: Action = Action::StaySwap;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        u.reason()?;
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let mut other = match &self.with {
            None => None,
            Some(number) => {
                let (property, id) = locate(u.tx, number, None).await.map_err(|error| error.at("with"))?;
                if property != visit.property.id {
                    return Err(AppError::invalid("with", Message::OfOtherProperty));
                }
                match id == visit.reservation.id {
                    true => None,
                    false => Some(lock(u.tx, property, id).await?),
                }
            }
        };
        if other.is_none() && self.line == self.with_line {
            return Err(AppError::invalid("with_line", Message::SwapSame));
        }
        let (before, other_before) = (visit.clone(), other.clone());
        let one = side(u, visit, self.line).await?;
        let two = side(u, other.as_mut().unwrap_or(visit), self.with_line)
            .await
            .map_err(|error| error.at("with_line"))?;
        if one.stays.is_empty() != two.stays.is_empty() {
            return Err(wrong_state("with_line", Message::SwapBoth));
        }
        require_space(u, &two.room, one.people).await.map_err(|error| error.at("line"))?;
        require_space(u, &one.room, two.people).await.map_err(|error| error.at("with_line"))?;
        step_out(u, visit, &one).await?;
        put(u, other.as_mut().unwrap_or(visit), &two, &one.room).await?;
        put(u, visit, &one, &two.room).await?;
        if !one.stays.is_empty() {
            make_dirty(u, visit, one.room.id).await?;
            make_dirty(u, visit, two.room.id).await?;
        }
        let told = |side: &Side, room: &Room, with: &Visit, with_line| StayEvent::Swap {
            line: side.line,
            room_id: room.id,
            with: with.reservation.id,
            with_line,
        };
        match (other, other_before) {
            (Some(mut other), Some(other_before)) => {
                let all = |one: &Visit, two: &Visit| [one.rooms.clone(), two.rooms.clone()].concat();
                let (was, is) = (all(&before, &other_before), all(visit, &other));
                let moved = update_inventory(u, &visit.property, &was, &is, oversell).await;
                moved.map_err(|error| of_no_room(error, "with_line"))?;
                other.write(u, &other_before).await?;
                crate::lock::follow(u, &other).await?;
                let event = told(&two, &one.room, visit, self.line);
                u.record(About::Visit(&other.reservation), event).await?;
                visit.write(u, &before).await?;
                Ok(told(&one, &two.room, &other, self.with_line).into())
            }
            _ => {
                let moved = visit.revise_beyond(u, &before, oversell).await;
                moved.map_err(|error| of_no_room(error, "with_line"))?;
                Ok(told(&one, &two.room, visit, self.with_line).into())
            }
        }
    }
}
