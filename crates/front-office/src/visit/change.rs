//! Changing one's mind: other dates, cancelling, not coming, and taking that back. Each works on one room of the reservation, or on all
//! that allow it.

use async_trait::async_trait;
use chrono::NaiveDate;

use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, ReservationEvent},
    message::Missing,
    property::Room,
    rate::Usage,
    reservation::{BY_HAND, Guarantee, ReservationRoom, ReservationState, ReservationStep, step},
};

use hefu_store::query;

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    book::{
        OutsideNumber, alias, check_heads, check_party, check_prices, dates_of, in_room, rate_plan, room_type,
    },
    inventory::{may_oversell, of_no_room, require_space},
    preview::{NightPrice, Preview, RoomPreview},
    wishes::free_rooms,
};
use crate::{
    folio::penalty::{Cause, post_penalty, take_back},
    limits::check_arrival,
    member::nights::{redeem_lost, release},
    property::{find_group, room_by_id, room_by_number},
    rates::{
        access::{Buyer, require_sold_to},
        may_give, may_override, present_prices, require_open,
    },
    terms::{cancellation_of, terms_of, total_of},
};

use hefu_authz::Action;

use hefu_core::{AppError, Result, Unit};

/// A change of a room of the reservation. What is not given stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomChange {
    /// Which room of the reservation, from 1.
    pub line: i64,
    /// Code of another room type: all nights get the plan's present prices.
    #[serde(default)]
    pub room_type: Option<String>,
    /// Code of another rate plan: its terms are agreed from now on, and all nights get its present prices. What the terms before ask for now
    /// stays owed if the room is called off later.
    #[serde(default)]
    pub rate_plan: Option<String>,
    /// Arrival date. Nights that stay keep their price.
    #[serde(default)]
    pub arrival: Option<NaiveDate>,
    /// Departure date. Nights that stay keep their price.
    #[serde(default)]
    pub departure: Option<NaiveDate>,
    /// Adults. Nights cost more or less by what people cost as it was agreed.
    #[serde(default)]
    pub adults: Option<i64>,
    /// Children.
    #[serde(default)]
    pub children: Option<i64>,
    /// How old each child is; empty: unknown. Nights cost more or less by what people cost as it was agreed.
    #[serde(default)]
    pub child_ages: Option<Vec<i64>>,
    /// Extra beds.
    #[serde(default)]
    pub extra_beds: Option<i64>,
    /// Whether it is sold, given to a guest for nothing, or used by the house: what is not sold needs a right of its own and a reason. What is
    /// sold after all gets the plan's present prices.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// Prices agreed for all its nights, minor units.
    #[serde(default)]
    pub prices: Option<Vec<i64>>,
    /// Number of the room to set aside, `auto`, or empty to let it go.
    #[serde(default)]
    pub room: Option<String>,
}

/// Changes a reservation. What is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeReservation {
    /// Rooms of it that change; the others stay as they are, and so do those that are lived in.
    pub rooms: Vec<RoomChange>,
    /// Market segment.
    pub segment: Option<String>,
    /// What secures it.
    pub guarantee: Option<Guarantee>,
    /// Name of the company it is booked for.
    pub company: Option<String>,
    /// Code of the group it belongs to; empty: none.
    pub group: Option<String>,
    /// Only say what the change would cost, and change nothing.
    pub preview: bool,
    /// Change although nothing is left: needs a right of its own and a reason.
    pub oversell: bool,
    /// Promotion code: plans that need it can be chosen. Plans by contract can be for the companies that the visit names.
    pub promotion_code: Option<String>,
    /// Change although restrictions forbid it: needs a right of its own and a reason.
    pub override_restrictions: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

/// Refuses a visit or a room of it that was called off.
fn require_alive(state: ReservationState, at: &'static str) -> Result<()> {
    if !matches!(state, ReservationState::Cancelled | ReservationState::NoShow) {
        return Ok(());
    }
    use ReservationState::{Requested, Reserved, Waitlisted};
    let message = Message::ReservationIs { state, needed: vec![Requested, Reserved, Waitlisted] };
    match at {
        "" => Err(RuleError::new(Rule::WrongState, (), message).into()),
        at => Err(RuleError::new(Rule::WrongState, at, message).into()),
    }
}

#[async_trait]
impl VisitAction for ChangeReservation {
    const ACTION: Action = Action::ReservationChange;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    fn is_preview(&self) -> bool {
        self.preview
    }

    async fn preview(&self, u: &mut Unit<'_>, visit: &Visit) -> Result<Preview> {
        require_alive(visit.reservation.state, "")?;
        let mut rooms = Vec::new();
        for (known, changed) in self.changed(u, visit).await? {
            let opens = crate::property::opens(&visit.property, changed.arrival)?;
            let net = changed.net_prices();
            rooms.push(RoomPreview {
                line: changed.line,
                nights: changed
                    .arrival
                    .iter_days()
                    .zip(&changed.prices)
                    .map(|(date, price)| NightPrice { date, price: *price })
                    .collect(),
                total: total_of(&known),
                total_after: total_of(&changed),
                cancellation: cancellation_of(&visit.property, &known, u.now)?,
                cancellation_after: match changed.state {
                    ReservationState::Reserved => changed.terms.cancellation(&net, u.now, opens),
                    _ => 0,
                },
            });
        }
        Ok(Preview::of(rooms))
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        require_alive(visit.reservation.state, "")?;
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        may_override(u, &visit.property, self.override_restrictions)?;
        for usage in self.rooms.iter().filter_map(|change| change.usage) {
            may_give(u, &visit.property, usage)?;
        }
        let before = visit.clone();
        for (known, changed) in self.changed(u, visit).await? {
            *visit.line(known.line)? = changed;
        }
        let reservation = &mut visit.reservation;
        reservation.segment = self.segment.clone().or_else(|| reservation.segment.take());
        reservation.company = self.company.clone().or_else(|| reservation.company.take());
        reservation.guarantee = self.guarantee.unwrap_or(reservation.guarantee);
        match self.group.as_deref() {
            None => {}
            Some("") => reservation.group_id = None,
            Some(code) => {
                let group = find_group(u.tx, code).await.map_err(|error| error.at("group"))?;
                reservation.group_id = Some(group.id);
            }
        }
        visit.revise_beyond(u, &before, oversell).await.map_err(|error| match self.rooms.len() {
            1 => in_room(error, 0),
            _ => of_no_room(error, "rooms"),
        })?;
        Ok(ReservationEvent::changed(&visit.reservation, &visit.rooms).into())
    }
}

impl ChangeReservation {
    /// The rooms that change, as they are and as they would be.
    async fn changed(
        &self,
        u: &mut Unit<'_>,
        visit: &Visit,
    ) -> Result<Vec<(ReservationRoom, ReservationRoom)>> {
        let mut changed: Vec<(ReservationRoom, ReservationRoom)> = Vec::new();
        for (i, change) in self.rooms.iter().enumerate() {
            if changed.iter().any(|(known, _)| known.line == change.line) {
                return Err(AppError::invalid(("rooms", i, "line"), Message::LineTwice));
            }
            let known = visit.rooms.iter().find(|room| room.line == change.line);
            let known = known
                .ok_or_else(|| AppError::not_found(Missing::Line, change.line).at(("rooms", i, "line")))?;
            let room = change.apply_to(u, visit, known).await.map_err(|error| in_room(error, i))?;
            let sold =
                |room: &ReservationRoom| (room.arrival, room.departure, room.room_type_id, room.rate_plan_id);
            if let (true, false, Some(plan)) =
                (room.rate_plan_id != known.rate_plan_id, self.override_restrictions, room.rate_plan_id)
                && let Some(plan) = query::property::rate_plan(u.tx, visit.property.id, plan).await?
            {
                let of = (visit.property.id, visit.reservation.id);
                let buyer = Buyer::of_visit(u.tx, of, self.promotion_code.as_deref()).await?;
                require_sold_to(u.tx, &plan, &buyer).await.map_err(|error| in_room(error, i))?;
            }
            let is_asked = room.state != ReservationState::Waitlisted && !self.override_restrictions;
            if is_asked && sold(&room) != sold(known) {
                let channel = &visit.reservation.channel;
                require_open(u.tx, &room, channel).await.map_err(|error| in_room(error, i))?;
            }
            changed.push((known.clone(), room));
        }
        Ok(changed)
    }
}

impl RoomChange {
    /// The room of the reservation as it would be.
    async fn apply_to(
        &self,
        u: &mut Unit<'_>,
        visit: &Visit,
        known: &ReservationRoom,
    ) -> Result<ReservationRoom> {
        if known.stay_id.is_some() {
            return Err(RuleError::new(Rule::WrongState, "line", Message::RoomsLivedIn).into());
        }
        require_alive(known.state, "line")?;
        let property = &visit.property;
        let mut room = known.clone();
        let plan = match self.rate_plan.as_ref().filter(|code| known.terms.plan.as_ref() != Some(*code)) {
            None => None,
            Some(code) => Some(rate_plan(u, property, code).await?),
        };
        let kind = match &self.room_type {
            None => query::property::room_type(u.tx, property.id, known.room_type_id)
                .await?
                .ok_or_else(|| AppError::not_found(Missing::RoomType, known.room_type_id))?,
            Some(code) => room_type(u, property, code).await?,
        };
        let is_other_kind = kind.id != known.room_type_id;
        room.arrival = self.arrival.unwrap_or(known.arrival);
        room.departure = self.departure.unwrap_or(known.departure);
        self.check_dates(property.business_date, known, &room)?;
        let dates = dates_of(
            plan.as_ref().map_or(known.terms.kind, |plan| plan.kind),
            (room.arrival, room.departure),
        )?;
        room.end_at(room.departure);
        room.adults = self.adults.unwrap_or(known.adults);
        room.children = self.children.unwrap_or(known.children);
        if (room.adults, room.children) != (known.adults, known.children) || is_other_kind {
            check_heads(&kind, room.adults, room.children)?;
        }
        room.room_type_id = kind.id;
        let is_other_plan = plan.is_some();
        if let Some(plan) = plan {
            room.terms = terms_of(u.tx, &plan).await?;
            room.rate_plan_id = Some(plan.id);
        }
        self.agree(known, &mut room)?;
        let is_sold_now = known.terms.usage != Usage::Sold && room.terms.usage == Usage::Sold;
        room.prices = match &self.prices {
            Some(_) if room.terms.usage != Usage::Sold => {
                return Err(AppError::invalid("prices", Message::GivenForNothing));
            }
            Some(prices) => {
                check_prices(prices, dates.len(), property.currency)?;
                prices.clone()
            }
            None => {
                let all = is_other_plan || is_other_kind || is_sold_now;
                prices_of(u, known, &room, &dates, all).await?
            }
        };
        let is_other_deal = (room.arrival, room.departure, &room.prices, room.room_type_id)
            != (known.arrival, known.departure, &known.prices, known.room_type_id)
            || is_other_plan;
        if is_other_deal {
            room.terms.owed = room.terms.owed.max(cancellation_of(property, known, u.now)?);
        }
        room.take_hours();
        self.place(u, visit, &mut room, is_other_kind).await?;
        Ok(room)
    }

    /// What is agreed of the people and of the use of the room: what is not given stays, but for the ages of children when there are others.
    fn agree(&self, known: &ReservationRoom, room: &mut ReservationRoom) -> Result<()> {
        let ages = match &self.child_ages {
            Some(ages) => ages.clone(),
            None if room.children == known.children => known.terms.child_ages.clone(),
            None => Vec::new(),
        };
        let extra_beds = self.extra_beds.unwrap_or(known.terms.extra_beds);
        check_party(room.adults, room.children, &ages, extra_beds)?;
        (room.terms.child_ages, room.terms.extra_beds) = (ages, extra_beds);
        room.terms.usage = self.usage.unwrap_or(known.terms.usage);
        room.terms.owed = known.terms.owed;
        room.terms.free_nights.clone_from(&known.terms.free_nights);
        Ok(())
    }

    fn check_dates(&self, today: NaiveDate, known: &ReservationRoom, room: &ReservationRoom) -> Result<()> {
        if room.arrival != known.arrival {
            check_arrival("arrival", room.arrival, today)?;
        }
        if room.departure != known.departure && room.departure < today {
            let message = Message::BeforeBusinessDate { date: today };
            return Err(RuleError::new(Rule::BadDates, "departure", message).into());
        }
        Ok(())
    }

    /// Sets a room aside, or lets it go. A room that is set aside already stays, unless another type was sold.
    async fn place(
        &self,
        u: &mut Unit<'_>,
        visit: &Visit,
        room: &mut ReservationRoom,
        is_other_kind: bool,
    ) -> Result<()> {
        let heads = room.adults + room.children;
        // Under the type that is sold now, before it is put into a room of another one.
        if room.room_id.is_none() && room.counted_type_id.is_some() {
            room.count();
        }
        match (self.room.as_deref(), room.room_id) {
            (None, None) => {}
            (None, Some(aside)) => {
                let aside = room_by_id(u.tx, visit.property.id, aside).await?;
                if is_other_kind && aside.room_type_id != room.room_type_id {
                    room.take_out();
                } else {
                    require_space(u, &aside, heads).await?;
                }
            }
            (Some(""), _) => room.take_out(),
            (Some(wanted), _) => {
                require_held(room)?;
                let found = if wanted == "auto" {
                    free_room(u, room).await?
                } else {
                    room_by_number(u.tx, visit.property.id, wanted).await.map_err(|error| error.at("room"))?
                };
                require_space(u, &found, heads).await?;
                room.put_in(&found);
            }
        }
        Ok(())
    }
}

/// The prices of a changed room of a reservation: nights that were sold keep theirs, and cost more or less by what people cost as it was agreed,
/// unless all are sold anew; others get the plan's present ones, and where it has none what the last night costs.
async fn prices_of(
    u: &mut Unit<'_>,
    known: &ReservationRoom,
    room: &ReservationRoom,
    dates: &[NaiveDate],
    all: bool,
) -> Result<Vec<i64>> {
    if room.terms.usage != Usage::Sold {
        return Ok(vec![0; dates.len()]);
    }
    let more = room.terms.supplement(room.adults, room.children)
        - known.terms.supplement(known.adults, known.children);
    let kept = |price: i64| if all { None } else { Some((price + more).max(0)) };
    let sold = |date: &NaiveDate| -> Option<i64> {
        let index = usize::try_from((*date - known.arrival).num_days()).ok()?;
        known.prices.get(index).copied().and_then(kept)
    };
    if let Some(prices) = dates.iter().map(sold).collect::<Option<Vec<i64>>>() {
        return Ok(prices);
    }
    let present = present_prices(u.tx, room, dates).await?;
    let last = known.prices.last().copied().and_then(kept);
    dates
        .iter()
        .zip(present)
        .map(|(date, present)| sold(date).or(present).or(last))
        .collect::<Option<_>>()
        .ok_or_else(|| AppError::invalid("rate_plan", Message::NoPrice))
}

/// Refuses a room of a reservation that holds nothing.
fn require_held(room: &ReservationRoom) -> Result<()> {
    if room.counted_type_id.is_some() {
        return Ok(());
    }
    Err(RuleError::new(Rule::WrongState, (), Message::NothingHeld { state: room.state }).into())
}

/// The best free room of the type that was sold, with what was asked for. Whoever leaves on the arrival date may be in it still.
async fn free_room(u: &mut Unit<'_>, line: &ReservationRoom) -> Result<Room> {
    let until = line.departure.max(line.arrival.succ_opt().unwrap_or(line.arrival));
    let free = free_rooms(u, (line, line.room_type_id), (line.arrival, until), true).await?;
    let first = free.into_iter().next();
    first.ok_or_else(|| RuleError::new(Rule::RoomTaken, "room", Message::NoRoomFree).into())
}

/// The rooms of a reservation that a step is for: the one named, else all that allow it.
fn lines_for(visit: &mut Visit, line: Option<i64>, way: ReservationStep) -> Result<Vec<i64>> {
    let lived_in = || RuleError::new(Rule::WrongState, (), Message::GuestsArrived);
    if let Some(line) = line {
        let room = visit.line(line)?;
        if room.stay_id.is_some() {
            return Err(AppError::from(lived_in()).at("line"));
        }
        step(room.state, way).map_err(|error| AppError::from(error).at("line"))?;
        return Ok(vec![line]);
    }
    let waiting = || visit.rooms.iter().filter(|room| room.stay_id.is_none());
    let lines: Vec<i64> =
        waiting().filter(|room| step(room.state, way).is_ok()).map(|room| room.line).collect();
    match (lines.is_empty(), waiting().next()) {
        (false, _) => Ok(lines),
        (true, None) if visit.rooms.is_empty() => {
            Err(RuleError::new(Rule::WrongState, (), Message::AccountHasNoRoom).into())
        }
        (true, None) => Err(lived_in().into()),
        (true, Some(room)) => {
            step(room.state, way)?;
            Ok(lines)
        }
    }
}

/// Calls a reservation off, at the price its terms set.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cancel {
    /// Which room of the reservation, from 1. Default: all in which nobody has moved.
    pub line: Option<i64>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
    /// Waive the penalty.
    pub waive_penalty: bool,
    /// Only say what it would cost, and change nothing.
    pub preview: bool,
}

#[async_trait]
impl VisitAction for Cancel {
    const ACTION: Action = Action::ReservationCancel;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    fn is_preview(&self) -> bool {
        self.preview
    }

    async fn preview(&self, u: &mut Unit<'_>, visit: &Visit) -> Result<Preview> {
        let mut visit = visit.clone();
        let mut rooms = Vec::new();
        for line in lines_for(&mut visit, self.line, ReservationStep::Cancel)? {
            let property = visit.property.clone();
            let room = visit.line(line)?;
            let due = cancellation_of(&property, room, u.now)?;
            let (nights, total) = (Vec::new(), total_of(room));
            let cancellation_after = 0;
            rooms.push(RoomPreview {
                line,
                nights,
                total,
                total_after: 0,
                cancellation: due,
                cancellation_after,
            });
        }
        Ok(Preview::of(rooms))
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let lines = lines_for(visit, self.line, ReservationStep::Cancel)?;
        let mut due = 0;
        for line in &lines {
            let room = visit.line(*line)?;
            let penalty = cancellation_of(&before.property, room, u.now)?;
            due += penalty;
            call_off(room, (penalty, self.waive_penalty), ReservationStep::Cancel, BY_HAND.to_owned())?;
        }
        visit.revise(u, &before).await?;
        bill_penalties(u, visit, Cause::Cancelled, &lines).await?;
        let (penalty_due, waived) = (visit.money(due), self.waive_penalty);
        Ok(ReservationEvent::Cancel { penalty_due, waived, lines }.into())
    }
}

/// What cancelling and not coming have in common: the penalty stands, unless waived, and the room is free. `code` says what called it off;
/// why it was done is for the journal.
fn call_off(
    room: &mut ReservationRoom,
    (due, waived): (i64, bool),
    way: ReservationStep,
    code: String,
) -> Result<()> {
    room.state = step(room.state, way)?;
    room.penalty = if waived { 0 } else { due };
    room.state_reason = Some(code);
    room.let_go();
    Ok(())
}

/// Puts the penalties of rooms that were called off on the bill.
async fn bill_penalties(u: &mut Unit<'_>, visit: &Visit, cause: Cause, lines: &[i64]) -> Result<()> {
    for room in visit.rooms.iter().filter(|room| lines.contains(&room.line)) {
        post_penalty(u, visit, (cause, room.line), room.penalty).await?;
    }
    Ok(())
}

/// Marks that the guest did not come.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MarkNoShow {
    /// Which room of the reservation, from 1. Default: all that were to be taken by today and were not.
    pub line: Option<i64>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
    /// Waive the penalty.
    pub waive_penalty: bool,
}

#[async_trait]
impl VisitAction for MarkNoShow {
    const ACTION: Action = Action::ReservationNoShow;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let today = visit.property.business_date;
        let is_meant = |room: &&ReservationRoom| {
            room.stay_id.is_none() && self.line.is_none_or(|line| line == room.line)
        };
        let first = visit.rooms.iter().filter(is_meant).map(|room| room.arrival).min();
        if let Some(date) = first.filter(|date| *date > today) {
            return Err(RuleError::new(Rule::BadDates, (), Message::ArrivesLater { date }).into());
        }
        let mut lines = lines_for(visit, self.line, ReservationStep::MarkNoShow)?;
        let later = |line: &i64| visit.rooms.iter().any(|room| room.line == *line && room.arrival > today);
        lines.retain(|line| !later(line));
        if lines.is_empty() {
            let date = visit.reservation.arrival.max(today);
            return Err(RuleError::new(Rule::BadDates, (), Message::ArrivesLater { date }).into());
        }
        mark_no_show(u, visit, lines, self.waive_penalty, BY_HAND).await
    }
}

/// Marks that nobody came for these rooms of a reservation. `code` says what noticed it.
///
/// # Errors
/// Somebody has come, or a room was called off.
pub async fn mark_no_show(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    lines: Vec<i64>,
    waived: bool,
    code: &str,
) -> Result<Event> {
    let before = visit.clone();
    let mut due = 0;
    for line in &lines {
        let room = visit.line(*line)?;
        let penalty = room.terms.no_show(&room.net_prices());
        due += penalty;
        call_off(room, (penalty, waived), ReservationStep::MarkNoShow, code.to_owned())?;
    }
    visit.revise(u, &before).await?;
    release(u, &before.rooms, visit).await?;
    bill_penalties(u, visit, Cause::NoShow, &lines).await?;
    let penalty_due = visit.money(due);
    Ok(ReservationEvent::NoShow { penalty_due, waived, lines }.into())
}

/// Takes a cancellation or a no-show back, if the rooms can still be had. Free nights are paid for again with the same points or voucher, as far as
/// these are there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reinstate {
    /// Which room of the reservation, from 1. Default: all that were called off and whose departure is not over.
    pub line: Option<i64>,
    /// Take them although nothing is left: needs a right of its own and a reason.
    pub oversell: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for Reinstate {
    const ACTION: Action = Action::ReservationReinstate;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let lines = promise(u, visit, self.line, ReservationStep::Reinstate, (self.oversell, true)).await?;
        Ok(ReservationEvent::Reinstate { lines }.into())
    }
}

/// Promises what was requested or waitlisted, if the rooms can be had.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Confirm {
    /// Which room of the reservation, from 1. Default: all that are requested or waitlisted.
    pub line: Option<i64>,
    /// Take them although nothing is left: needs a right of its own and a reason.
    pub oversell: bool,
    /// Take what was waitlisted although restrictions forbid it: needs a right of its own and a reason.
    pub override_restrictions: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for Confirm {
    const ACTION: Action = Action::ReservationConfirm;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let unrestricted = may_override(u, &visit.property, self.override_restrictions)?;
        let beyond = (self.oversell, unrestricted);
        let lines = promise(u, visit, self.line, ReservationStep::Confirm, beyond).await?;
        Ok(ReservationEvent::Confirm { lines }.into())
    }
}

async fn promise(
    u: &mut Unit<'_>,
    visit: &mut Visit,
    line: Option<i64>,
    way: ReservationStep,
    (oversell, unrestricted): (bool, bool),
) -> Result<Vec<i64>> {
    let oversell = may_oversell(u, &visit.property, oversell)?;
    let before = visit.clone();
    let today = visit.property.business_date;
    let mut lines = lines_for(visit, line, way)?;
    lines.retain(|line| before.rooms.iter().any(|room| room.line == *line && room.departure >= today));
    if lines.is_empty() {
        let message = Message::DepartureOver { date: today };
        return Err(RuleError::new(Rule::BadDates, (), message).into());
    }
    for line in &lines {
        let room = visit.line(*line)?;
        // Whatever was promised or requested was sold when nothing forbade it.
        if room.state == ReservationState::Waitlisted && !unrestricted {
            let channel = &before.reservation.channel;
            require_open(u.tx, room, channel).await.map_err(|error| error.at(()))?;
        }
        room.state = step(room.state, way)?;
        room.penalty = 0;
        room.state_reason = None;
        room.count();
    }
    if way == ReservationStep::Reinstate {
        for line in &lines {
            redeem_lost(u, visit, *line).await?;
        }
    }
    visit.revise_beyond(u, &before, oversell).await?;
    if way == ReservationStep::Reinstate {
        take_back(u, visit, &lines).await?;
    }
    Ok(lines)
}

/// Sets a room aside for a room of the reservation, or lets it go.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRoom {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The room's number; none: let it go; `auto`: the readiest free room of the type that has the features asked for. A room of another type is taken out of what can be sold
    /// of that type, and the type that was sold can be sold again.
    pub room: Option<String>,
    /// Set it aside although nothing is left to sell of its type: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

const fn first() -> i64 {
    1
}

#[async_trait]
impl VisitAction for AssignRoom {
    const ACTION: Action = Action::ReservationAssignRoom;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let before = visit.clone();
        let property = visit.property.id;
        let room = visit.line(self.line)?;
        if room.stay_id.is_some() {
            return Err(RuleError::new(Rule::WrongState, "line", Message::LineLivedIn).into());
        }
        require_held(room)?;
        match self.room.as_deref() {
            None => room.take_out(),
            Some(wanted) => {
                let found = if wanted == "auto" {
                    free_room(u, room).await?
                } else {
                    room_by_number(u.tx, property, wanted).await.map_err(|error| error.at("room"))?
                };
                require_space(u, &found, room.adults + room.children).await?;
                room.put_in(&found);
            }
        }
        visit.revise_beyond(u, &before, oversell).await?;
        Ok(ReservationEvent::AssignRoom { line: self.line, room_id: visit.line(self.line)?.room_id }.into())
    }
}

/// Adds an outside system's number under which the visit is found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNumber {
    /// The number.
    #[serde(flatten)]
    pub number: OutsideNumber,
}

#[async_trait]
impl VisitAction for AddNumber {
    const ACTION: Action = Action::VisitAddNumber;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        u.tx.insert(&alias(&visit.reservation, &self.number)?).await?;
        let OutsideNumber { system, number, per_property } = self.number.clone();
        Ok(ReservationEvent::AddNumber { system, number, per_property }.into())
    }
}
