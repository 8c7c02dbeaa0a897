//! Stays: checking in, moving, extending, shortening, checking out, and undoing these.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, StayEvent, stay::Arrived},
    folio::{Folio, FolioState, Posting},
    ids::{GuestId, StayId},
    message::{Balances, Missing, TimeOfDay},
    property::{RateKind, Room},
    rate::Usage,
    reservation::{ReservationRoom, ReservationState},
    stay::{Stay, StayRole, StayRoom, StayState},
};

use hefu_kernel::{Money, StayRange};

use hefu_store::query;

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use super::{
    Leaving, Visit, VisitAction,
    book::check_prices,
    hours::minute_of,
    inventory::{hold_past_night, may_oversell, of_no_room, require_capacity, require_space},
    party::{
        end_stays, first, guest_visit, make_dirty, people_in, record_room, replace_stay, require_empty,
        require_ready, require_state, seat, shorten, wrong_state,
    },
    preview::{NightPrice, Preview, RoomPreview},
    share::{hand_over, leave_alone, leave_first},
    wishes::free_rooms,
};

use hefu_authz::Action;

use hefu_core::{AppError, Result, Unit};

use crate::{
    folio::{
        self,
        bill::{Bill, is_move},
        overrun,
        to_come::nights_of,
    },
    member::nights::redeem_again,
    property::{opens, room_by_id, room_by_number},
    rates::{may_override, present_prices, require_open_until},
    terms::{cancellation_of, total_of},
};
use hefu_people::{
    flag::admit,
    guest::{GuestRef, resolve},
};

const fn accompanying() -> StayRole {
    StayRole::Accompanying
}

/// A guest checking in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arriving {
    /// Who.
    pub guest: GuestRef,
    /// The guest's role in the stay. Exactly one of several is primary; by default the first.
    #[serde(default = "accompanying")]
    pub role: StayRole,
}

/// Checks a room of the reservation in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The room's number, or `auto` for the free room of the type that is closest to ready and has the features asked for. Default: the assigned one,
    /// else `auto`. A room of another type (an upgrade) is taken out of what can be sold of that type, and the type that was sold can be sold
    /// again.
    #[serde(default)]
    pub room: Option<String>,
    /// The guests checking in. Default: the booker.
    #[serde(default)]
    pub guests: Vec<Arriving>,
    /// Accept a room that is not clean or out of service.
    #[serde(default)]
    pub accept_dirty: bool,
    /// Check in before the property's check-in time.
    #[serde(default)]
    pub accept_early: bool,
    /// The first night that is charged, of a guest who comes after the night audit of nights that were sold: from then on they are charged as they
    /// were sold, and those before it are released. From the booked arrival until tonight; where no night is left, until the last that was sold.
    /// Default: the booked arrival, if by what was agreed not coming costs as much; else the latest.
    #[serde(default)]
    pub first_night: Option<NaiveDate>,
    /// Of a guest by the hour who comes late: the hours end when they were booked to end, where somebody else is to have the room then. Else they
    /// are as many as were sold, from now on.
    #[serde(default)]
    pub until_booked: bool,
    /// Take a room although nothing is left of its type: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Let somebody in who is on the blacklist: needs a right of its own and a reason.
    #[serde(default)]
    pub accept_blacklisted: bool,
    /// Only say what the stay comes to, and change nothing.
    #[serde(default)]
    pub preview: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for CheckIn {
    const ACTION: Action = Action::StayCheckIn;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    fn is_preview(&self) -> bool {
        self.preview
    }

    async fn preview(&self, u: &mut Unit<'_>, visit: &Visit) -> Result<Preview> {
        let known = self.due(u, visit)?;
        let mut begun = known.clone();
        begun.begin_on(self.first_night(visit, &known)?);
        let nights = begun.arrival.iter_days().zip(&begun.prices);
        Ok(Preview::of(vec![RoomPreview {
            line: known.line,
            nights: nights.map(|(date, price)| NightPrice { date, price: *price }).collect(),
            total: total_of(&known),
            total_after: total_of(&begun),
            cancellation: cancellation_of(&visit.property, &known, u.now)?,
            // Who lives in a room calls nothing off.
            cancellation_after: 0,
        }]))
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let before = visit.clone();
        let today = visit.property.business_date;
        let line = self.due(u, visit)?;
        let arrival = self.first_night(visit, &line)?;
        // Guests first: a new one has a journal entry of its own.
        let guests = self.guests(u, visit).await?;
        let line = self.beginning_now(u, visit, line, arrival)?;
        let room = self.choose(u, visit, &line).await?;
        let found = query::stay::moving_in(u.tx, &room, visit.reservation.id, guests[0].0).await?;
        for (guest, _) in guests.iter().skip(usize::from(!found.is_flagged)) {
            let flags = admit(u, &visit.property.code, *guest, self.accept_blacklisted).await?;
            visit.flags.extend(flags);
        }
        require_state(&room, self.accept_dirty)?;
        require_empty(found.is_lived_in)?;
        require_capacity(found.capacity, (line.adults + line.children).max(guests.len() as i64))?;
        let stay = Stay::of_line(&line, u.id(), room.id, arrival, u.now);
        let booked = visit.line(self.line)?;
        booked.stay_id = Some(stay.id);
        if booked.counted_type_id.is_none() {
            booked.count();
        }
        (booked.from_minute, booked.until_minute) = (line.from_minute, line.until_minute);
        let released = booked.begin_on(arrival);
        booked.put_in(&room);
        let booked = booked.clone();
        u.tx.insert(&stay).await?;
        seat(u, visit, stay.id, &guests).await?;
        record_room(u, &stay, 1, "check_in", today).await?;
        visit.stays.push(stay.clone());
        visit.revise_beyond(u, &before, oversell).await?;
        for night in arrival.iter_days().take_while(|night| *night < today) {
            hold_past_night(u, &booked, night).await?;
            folio::post_room(u, visit, &booked, stay.id, night).await?;
        }
        let deposit = if found.held > 0 { crate::deposit::apply(u, visit).await? } else { 0 };
        let people = guests.into_iter().map(|(guest_id, role)| Arrived { guest_id, role }).collect();
        let (line, stay_id, room_id) = (line.line, stay.id, room.id);
        let deposit_applied = visit.money(deposit);
        let is_late = arrival < today || !released.is_empty();
        let first_night = is_late.then_some(arrival);
        Ok(StayEvent::CheckIn { line, stay_id, room_id, people, deposit_applied, first_night, released }
            .into())
    }
}

impl CheckIn {
    /// The room of the reservation with the nights that are charged, and the hours that it takes from now on: they begin when the guest comes.
    fn beginning_now(
        &self,
        u: &Unit<'_>,
        visit: &Visit,
        mut line: ReservationRoom,
        first: NaiveDate,
    ) -> Result<ReservationRoom> {
        line.begin_on(first);
        let booked = line.until_minute;
        let now = minute_of(&visit.property, line.arrival, u.now)?;
        line.take_hours_from(now);
        if let (true, Some(booked), Some(until)) = (self.until_booked, booked, line.until_minute) {
            line.until_minute = Some(if booked > now { until.min(booked) } else { until });
        }
        Ok(line)
    }

    /// The room of the reservation that is meant, which can be moved into now.
    fn due(&self, u: &Unit<'_>, visit: &Visit) -> Result<ReservationRoom> {
        let line = visit.clone().line(self.line)?.clone();
        if line.stay_id.is_some() {
            return Err(wrong_state("line", Message::LineTaken));
        }
        if line.state != ReservationState::Reserved {
            let (state, needed) = (line.state, vec![ReservationState::Reserved]);
            return Err(wrong_state((), Message::ReservationIs { state, needed }));
        }
        let today = visit.property.business_date;
        let part_day = line.arrival == line.departure;
        if line.arrival > today || line.departure < today {
            let (arrival, departure) = (line.arrival, line.departure);
            let message = Message::NotDueIn { arrival, departure, today };
            return Err(RuleError::new(Rule::BadDates, "line", message).into());
        }
        // Part-day guests arrive at the hour they booked.
        if !part_day && !self.accept_early && u.now < opens(&visit.property, line.arrival)? {
            let opens = TimeOfDay(visit.property.check_in_minute);
            return Err(wrong_state("accept_early", Message::TooEarly { opens, date: line.arrival }));
        }
        Ok(line)
    }

    /// The first night that is charged: tonight, or of a guest who comes late one that is over in the books.
    fn first_night(&self, visit: &Visit, line: &ReservationRoom) -> Result<NaiveDate> {
        let today = visit.property.business_date;
        let (from, to) = (line.arrival, line.latest_first_night(today));
        match self.first_night {
            None => Ok(line.first_night(today)),
            Some(night) if (from..=to).contains(&night) => Ok(night),
            Some(_) => {
                Err(RuleError::new(Rule::BadDates, "first_night", Message::DuringStay { from, to }).into())
            }
        }
    }

    async fn guests(&self, u: &mut Unit<'_>, visit: &Visit) -> Result<Vec<(GuestId, StayRole)>> {
        if self.guests.is_empty() {
            return Ok(vec![(visit.reservation.guest_id, StayRole::Primary)]);
        }
        let mut guests = Vec::new();
        for (i, person) in self.guests.iter().enumerate() {
            let guest =
                resolve(u, &person.guest).await.map_err(|error| error.under(("guests", i, "guest")))?;
            guests.push((guest, person.role));
        }
        match guests.iter().filter(|(_, role)| *role == StayRole::Primary).count() {
            0 => guests[0].1 = StayRole::Primary,
            1 => {}
            _ => return Err(AppError::invalid("guests", Message::OnePrimary)),
        }
        Ok(guests)
    }

    async fn choose(&self, u: &mut Unit<'_>, visit: &Visit, line: &ReservationRoom) -> Result<Room> {
        match (self.room.as_deref(), line.room_id) {
            (None, Some(aside)) => room_by_id(u.tx, visit.property.id, aside).await,
            (None | Some("auto"), _) => {
                let from = line.arrival.max(visit.property.business_date);
                // Whoever comes for the night before and leaves today needs no night of the room.
                let is_over = line.arrival < from && line.departure == from;
                let next = if is_over { from } else { from.succ_opt().unwrap_or(from) };
                let until = line.departure.max(next);
                let free = free_rooms(u, (line, line.room_type_id), (from, until), false).await?;
                let mut refused = RuleError::new(Rule::RoomTaken, "room", Message::NoRoomFree).into();
                for room in free {
                    match require_state(&room, self.accept_dirty) {
                        Ok(()) => return Ok(room),
                        Err(error) => refused = error,
                    }
                }
                Err(refused)
            }
            (Some(number), _) => {
                room_by_number(u.tx, visit.property.id, number).await.map_err(|error| error.at("room"))
            }
        }
    }
}

/// Undoes a check-in, on the same business date and before a night was charged. Nights that it released are sold again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoCheckIn {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Take nights that the check-in released although nothing is left: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Gives a room of the reservation back the nights before the guests came that their check-in released, which was at `moment`.
async fn take_again(u: &mut Unit<'_>, visit: &mut Visit, line: i64, moment: DateTime<Utc>) -> Result<()> {
    let versions = query::visit::versions(u.tx, visit.property.id, visit.reservation.id).await?;
    let is_awaited = |room: &ReservationRoom| room.line == line && room.stay_id.is_none();
    let booked = versions
        .iter()
        .rev()
        .filter(|version| version.replaced_at == moment)
        .filter_map(|version| serde_json::from_str::<Planned>(&version.snapshot).ok())
        .find_map(|version| version.rooms.into_iter().find(is_awaited));
    let room = visit.line(line)?;
    let Some(booked) = booked.filter(|booked| booked.arrival < room.arrival) else { return Ok(()) };
    let nights = booked.arrival.iter_days().take_while(|night| *night < room.arrival);
    let released: Vec<(NaiveDate, i64)> = nights.zip(booked.prices).collect();
    let prices = released.iter().map(|(_, price)| *price).chain(room.prices.iter().copied());
    room.prices = prices.collect();
    room.arrival = booked.arrival;
    let mut lost = booked.terms.free_nights;
    lost.retain(|free| released.iter().any(|(night, _)| night == free));
    redeem_again(u, visit, line, &lost).await
}

#[async_trait]
impl VisitAction for UndoCheckIn {
    const ACTION: Action = Action::StayUndoCheckIn;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let before = visit.clone();
        let stays = visit.in_house(self.line)?;
        let lived_in = query::visit::stay_rooms(u.tx, visit.property.id, visit.reservation.id).await?;
        let is_of = |room: &&StayRoom| stays.iter().any(|stay| stay.id == room.stay_id);
        let came = lived_in.iter().filter(is_of).map(|room| room.from_date).min();
        if came != Some(visit.property.business_date) {
            return Err(wrong_state("line", Message::CheckedInEarlier));
        }
        // Somebody who shared the room has left, and the room was lived in: nobody comes to it any more.
        if visit.stays.iter().any(|stay| stay.line == self.line && stay.state == StayState::CheckedOut) {
            return Err(wrong_state("line", Message::SharerLeft));
        }
        let postings = query::visit::postings(u.tx, visit.property.id, visit.reservation.id).await?;
        // What another visit pays is charged all the same.
        let is_reversal = |posting: &Posting, id| posting.reverses == Some(id) && !is_move(posting);
        let reversed = |id| postings.iter().any(|posting| is_reversal(posting, id));
        let charged = postings.iter().any(|posting| {
            posting.night.is_some()
                && posting.reverses.is_none()
                && stays.iter().any(|stay| posting.stay_id == Some(stay.id))
                && !reversed(posting.id)
        });
        if charged {
            return Err(wrong_state("line", Message::NightCharged));
        }
        let moment = stays.iter().map(|stay| stay.checked_in_at).min();
        for mut stay in stays {
            stay.state = StayState::Undone;
            u.tx.update(&mut stay).await?;
        }
        // Hours that were taken stay taken: others may have those that were booked.
        visit.line(self.line)?.stay_id = None;
        if let Some(moment) = moment {
            take_again(u, visit, self.line, moment).await?;
        }
        let revised = visit.revise_beyond(u, &before, oversell).await;
        revised.map_err(|error| of_no_room(error, "line"))?;
        Ok(StayEvent::UndoCheckIn { line: self.line }.into())
    }
}

/// Adds a guest to a stay.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddGuest {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Which stay, when several share the room. Default: the one that holds it.
    #[serde(default)]
    pub stay: Option<StayId>,
    /// Who.
    pub guest: GuestRef,
    /// Let somebody in who is on the blacklist: needs a right of its own and a reason.
    #[serde(default)]
    pub accept_blacklisted: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for AddGuest {
    const ACTION: Action = Action::StayAddGuest;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let stay = visit.one_in_house(self.line, self.stay)?;
        let guest = resolve(u, &self.guest).await.map_err(|error| error.under("guest"))?;
        visit.flags = admit(u, &visit.property.code, guest, self.accept_blacklisted).await?;
        let room = room_by_id(u.tx, visit.property.id, stay.room_id).await?;
        let people = people_in(u, visit, self.line).await?;
        require_space(u, &room, people + 1).await.map_err(|error| error.at("guest"))?;
        seat(u, visit, stay.id, &[(guest, StayRole::Accompanying)]).await?;
        Ok(StayEvent::AddGuest { stay_id: stay.id, guest_id: guest }.into())
    }
}

/// Removes a guest from a stay.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveGuest {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Which stay, when several share the room. Default: the one that holds it.
    #[serde(default)]
    pub stay: Option<StayId>,
    /// The guest; not the primary guest of the stay.
    pub guest: GuestId,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for RemoveGuest {
    const ACTION: Action = Action::StayRemoveGuest;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let stay = visit.one_in_house(self.line, self.stay)?;
        let people = query::visit::stay_guests(u.tx, visit.property.id, visit.reservation.id).await?;
        let person = people
            .iter()
            .find(|person| person.stay_id == stay.id && person.guest_id == self.guest)
            .ok_or_else(|| AppError::not_found(Missing::GuestOfStay, self.guest).at("guest"))?;
        if person.role == StayRole::Primary {
            return Err(wrong_state("guest", Message::GuestIsPrimary));
        }
        u.tx.delete(person).await?;
        let others = people.iter().filter(|other| other.guest_id == self.guest).count();
        if others == 1 && self.guest != visit.reservation.guest_id {
            u.tx.delete(&guest_visit(visit, self.guest)).await?;
        }
        Ok(StayEvent::RemoveGuest { stay_id: stay.id, guest_id: self.guest }.into())
    }
}

/// Moves a stay to another room from the business date on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRoom {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// The new room's number.
    pub room: String,
    /// The reason; stored sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
    /// Accept a room that is not clean or out of service.
    #[serde(default)]
    pub accept_dirty: bool,
    /// Take a room although nothing is left of its type: needs a right of its own.
    #[serde(default)]
    pub oversell: bool,
}

#[async_trait]
impl VisitAction for MoveRoom {
    const ACTION: Action = Action::StayMove;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        u.reason()?;
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let before = visit.clone();
        let today = visit.property.business_date;
        let stays = visit.in_house(self.line)?;
        let (old, departure) = (stays[0].room_id, stays[0].departure);
        if departure < today || (departure == today && stays[0].arrival < today) {
            return Err(wrong_state("line", Message::ExtendFirst));
        }
        let room =
            room_by_number(u.tx, visit.property.id, &self.room).await.map_err(|error| error.at("room"))?;
        if room.id == old {
            return Err(wrong_state("room", Message::SameRoom));
        }
        require_ready(u, &room, self.accept_dirty).await?;
        let people = people_in(u, visit, self.line).await?;
        require_space(u, &room, people.max(stays[0].adults + stays[0].children)).await?;
        let lived_in = query::visit::stay_rooms(u.tx, visit.property.id, visit.reservation.id).await?;
        for mut stay in stays {
            stay.room_id = room.id;
            u.tx.update(&mut stay).await?;
            let seq = lived_in.iter().filter(|r| r.stay_id == stay.id).map(|r| r.seq).max().unwrap_or(0) + 1;
            record_room(u, &stay, seq, "move", today).await?;
        }
        make_dirty(u, visit, old).await?;
        visit.line(self.line)?.put_in(&room);
        visit.revise_beyond(u, &before, oversell).await?;
        Ok(StayEvent::Move { line: self.line, room_id: room.id }.into())
    }
}

/// Extends a stay, if room and type are still available.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Only this stay of several that share the room; if it stays longest, it holds the room from now on. Default: all that leave with the room.
    #[serde(default)]
    pub stay: Option<StayId>,
    /// The new departure date.
    pub departure: NaiveDate,
    /// Price of each added night, minor units. Default: the rate plan's present one, else the last night's. Fee and tax are as agreed.
    #[serde(default)]
    pub prices: Option<Vec<i64>>,
    /// Stay although nothing is left: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Stay although restrictions forbid it: needs a right of its own and a reason.
    #[serde(default)]
    pub override_restrictions: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for Extend {
    const ACTION: Action = Action::StayExtend;
    const SHOWS_DUPLICATES: bool = true;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let unrestricted = may_override(u, &visit.property, self.override_restrictions)?;
        let before = visit.clone();
        let mut stay = visit.one_in_house(self.line, self.stay)?;
        let was = stay.departure;
        if self.departure <= was || self.departure < visit.property.business_date {
            let today = visit.property.business_date;
            let message = Message::LaterThan { departure: was, today };
            return Err(RuleError::new(Rule::BadDates, "departure", message).into());
        }
        let told = StayEvent::Extend { line: self.line, departure: self.departure, was, stay_id: self.stay };
        if stay.share_of.is_some() {
            let until = visit.line(self.line)?.departure;
            stay.departure = self.departure.min(until);
            u.tx.update(&mut stay).await?;
            replace_stay(visit, stay.clone());
            if self.departure <= until {
                return Ok(told.into());
            }
            // Who stays longest holds the room.
            hand_over(u, visit, self.line, stay.id, until).await?;
        }
        let line = visit.line(self.line)?.clone();
        if self.departure <= line.departure || self.departure < visit.property.business_date {
            let today = visit.property.business_date;
            let message = Message::LaterThan { departure: line.departure, today };
            return Err(RuleError::new(Rule::BadDates, "departure", message).into());
        }
        let prices = self.prices(u, visit, &line).await?;
        if !unrestricted {
            require_open_until(u.tx, &line, self.departure, &visit.reservation.channel).await?;
        }
        let booked = visit.line(self.line)?;
        booked.prices = prices;
        booked.end_at(self.departure);
        match self.stay {
            None => end_stays(u, visit, self.line, line.departure).await?,
            Some(_) => {
                let mut stay = visit.one_in_house(self.line, None)?;
                stay.departure = self.departure;
                u.tx.update(&mut stay).await?;
                replace_stay(visit, stay);
            }
        }
        let revised = visit.revise_beyond(u, &before, oversell).await;
        revised.map_err(|error| of_no_room(error, "departure"))?;
        Ok(told.into())
    }
}

impl Extend {
    /// All prices of the line from now on.
    async fn prices(&self, u: &mut Unit<'_>, visit: &Visit, line: &ReservationRoom) -> Result<Vec<i64>> {
        if line.terms.kind == RateKind::PartDay {
            return Err(RuleError::new(Rule::BadDates, "departure", Message::PlanSellsHours).into());
        }
        let range = StayRange::new(line.arrival, self.departure)?;
        let mut prices = line.prices.clone();
        let added: Vec<NaiveDate> = range.nights().skip(prices.len()).collect();
        if let Some(given) = &self.prices {
            if line.terms.usage != Usage::Sold {
                return Err(AppError::invalid("prices", Message::GivenForNothing));
            }
            check_prices(given, added.len(), visit.property.currency)?;
            prices.extend(given);
            return Ok(prices);
        }
        let last = prices.last().copied().unwrap_or(0);
        let present = present_prices(u.tx, line, &added).await?;
        prices.extend(present.into_iter().map(|price| price.unwrap_or(last)));
        Ok(prices)
    }
}

/// Shortens a stay; the nights after it are released.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyDeparture {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Only this stay of several that share the room. Who stays longest holds the room from then on. Default: all of them.
    #[serde(default)]
    pub stay: Option<StayId>,
    /// The new departure date. Default: the business date.
    #[serde(default)]
    pub departure: Option<NaiveDate>,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for EarlyDeparture {
    const ACTION: Action = Action::StayEarlyDeparture;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let today = visit.property.business_date;
        let leaving = visit.one_in_house(self.line, self.stay)?;
        let planned = leaving.departure;
        let departure = self.departure.unwrap_or(today);
        if departure < today || departure >= planned {
            let message = Message::EarlierThan { from: today, before: planned };
            return Err(RuleError::new(Rule::BadDates, "departure", message).into());
        }
        match self.stay {
            None => shorten(u, visit, self.line, departure).await?,
            Some(_) => leave_first(u, visit, leaving, departure).await?,
        }
        if visit.rooms != before.rooms {
            visit.revise(u, &before).await?;
        }
        let (line, was, stay_id) = (self.line, planned, self.stay);
        Ok(StayEvent::EarlyDeparture { line, departure, was, stay_id }.into())
    }
}

/// Checks out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CheckOut {
    /// Which room of the reservation, from 1. Default: all of them.
    pub line: Option<i64>,
    /// Only this stay of several that share the room. If it holds the room, the one that stays longest of the others holds it from then on.
    pub stay: Option<StayId>,
    /// Check out although the bill is not settled (city ledger, the others pay). Windows with a balance
    /// stay open. While others of the visit stay on, windows that are theirs alone need not be settled: those whose payer is one of them, or whose charges
    /// all name their rooms.
    pub allow_balance: bool,
}

#[async_trait]
impl VisitAction for CheckOut {
    const ACTION: Action = Action::StayCheckOut;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let leaving = self.leaving(u, visit).await?;
        let points = crate::member::points::accrue(u, visit).await?;
        let folios = query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await?;
        let with_balance = || folios.iter().filter(|folio| folio.balance != 0);
        let unsettled: Vec<i64> = with_balance().map(|folio| folio.window).collect();
        if !self.allow_balance && !unsettled.is_empty() {
            let others = windows_of_others(u, visit, &folios, &leaving).await?;
            let owed: Vec<_> = with_balance()
                .filter(|folio| !others.contains(&folio.window))
                .map(|folio| (folio.window, Money::new(folio.balance, folio.currency)))
                .collect();
            if !owed.is_empty() {
                let message = Message::BalanceDue { balances: Balances(owed) };
                return Err(RuleError::new(Rule::BalanceDue, "allow_balance", message).into());
            }
        }
        let today = visit.property.business_date;
        let mut rooms = Vec::new();
        for id in &leaving {
            let Some(mut stay) = visit.stays.iter().find(|stay| stay.id == *id).cloned() else { continue };
            stay.state = StayState::CheckedOut;
            stay.departure = today;
            stay.checked_out_at = Some(u.now);
            u.tx.update(&mut stay).await?;
            rooms.push(stay.room_id);
            replace_stay(visit, stay);
        }
        rooms.sort_unstable();
        rooms.dedup();
        for room in rooms {
            make_dirty(u, visit, room).await?;
        }
        let somebody_stays = visit.stays.iter().any(|stay| stay.state == StayState::InHouse);
        let somebody_comes = visit.rooms.iter().any(ReservationRoom::is_awaited);
        if !somebody_stays && !somebody_comes {
            for mut folio in folios {
                if folio.balance == 0 && folio.state == FolioState::Open {
                    folio.state = FolioState::Closed;
                    u.tx.update(&mut folio).await?;
                }
            }
        }
        Ok(StayEvent::CheckOut { stays: leaving, unsettled_windows: unsettled, points }.into())
    }
}

/// The windows that are the business of others of the visit than of those who leave. Who leaves last leaves nothing to others.
async fn windows_of_others(
    u: &mut Unit<'_>,
    visit: &Visit,
    folios: &[Folio],
    leaving: &[StayId],
) -> Result<Vec<i64>> {
    let stays_on = |stay: &StayId| {
        let is_here = |known: &&Stay| known.id == *stay && known.state == StayState::InHouse;
        !leaving.contains(stay) && visit.stays.iter().any(|known| is_here(&known))
    };
    if !visit.stays.iter().any(|stay| stays_on(&stay.id))
        && !visit.rooms.iter().any(ReservationRoom::is_awaited)
    {
        return Ok(Vec::new());
    }
    let (property, id) = (visit.property.id, visit.reservation.id);
    let people = query::visit::stay_guests(u.tx, property, id).await?;
    let bill = Bill { folios: folios.to_vec(), lines: query::visit::postings(u.tx, property, id).await? };
    let others_pay = |folio: &Folio| {
        let of_payer = || people.iter().filter(|person| Some(person.guest_id) == folio.guest_id);
        of_payer().any(|person| stays_on(&person.stay_id))
            && !of_payer().any(|person| leaving.contains(&person.stay_id))
    };
    let of_others = folios.iter().filter(|folio| bill.is_of_others(folio, leaving, others_pay(folio)));
    Ok(of_others.map(|folio| folio.window).collect())
}

impl CheckOut {
    /// Checks the guests out; posts what they have not been charged yet.
    async fn leaving(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Vec<StayId>> {
        if let Some(id) = self.stay {
            let line = visit.stays.iter().find(|stay| stay.id == id).map_or(0, |stay| stay.line);
            let stay = visit.one_in_house(self.line.unwrap_or(line), Some(id))?;
            if visit.in_house(stay.line)?.len() > 1 {
                return leave_alone(u, visit, stay).await;
            }
            return self.leaving_rooms(u, visit, vec![stay.line]).await;
        }
        let lines: Vec<i64> = match self.line {
            Some(line) => vec![line],
            None => visit
                .stays
                .iter()
                .filter(|stay| stay.state == StayState::InHouse)
                .map(|stay| stay.line)
                .collect(),
        };
        self.leaving_rooms(u, visit, lines).await
    }

    /// Everybody in these rooms leaves.
    async fn leaving_rooms(
        &self,
        u: &mut Unit<'_>,
        visit: &mut Visit,
        mut lines: Vec<i64>,
    ) -> Result<Vec<StayId>> {
        lines.sort_unstable();
        lines.dedup();
        if lines.is_empty() {
            return Err(wrong_state((), Message::NobodyInHouse));
        }
        let before = visit.clone();
        let today = visit.property.business_date;
        for &line in &lines {
            overrun::post(u, visit, line).await?;
            if visit.one_in_house(line, None)?.departure > today {
                shorten(u, visit, line, today).await?;
            }
            // Who stayed on after the departure takes no night any more.
            let booked = visit.line(line)?;
            booked.counted_until = booked.counted_until.min(today);
            booked.end_hours();
        }
        if visit.rooms != before.rooms {
            visit.revise(u, &before).await?;
        }
        let mut leaving = Vec::new();
        for line in lines {
            let stays = visit.in_house(line)?;
            let booked = visit.line(line)?.clone();
            for stay in &stays {
                for night in nights_of(visit, stay, stay.departure.min(booked.departure)) {
                    folio::post_room(u, visit, &booked, stay.id, night).await?;
                }
            }
            leaving.extend(stays.iter().map(|stay| stay.id));
        }
        Ok(leaving)
    }
}

/// Undoes a check-out, on the same business date and if the room is still available.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoCheckOut {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Take the nights although nothing is left: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The part of an earlier version needed to restore it.
#[derive(Deserialize)]
struct Planned {
    rooms: Vec<ReservationRoom>,
    /// Who shared a room and was to leave before it.
    #[serde(default)]
    leaving: Vec<Leaving>,
}

#[async_trait]
impl VisitAction for UndoCheckOut {
    const ACTION: Action = Action::StayUndoCheckOut;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let oversell = may_oversell(u, &visit.property, self.oversell)?;
        let before = visit.clone();
        let today = visit.property.business_date;
        let left: Vec<Stay> = visit
            .stays
            .iter()
            .filter(|stay| stay.line == self.line && stay.state == StayState::CheckedOut)
            .filter(|stay| stay.departure == today)
            .cloned()
            .collect();
        // Sharers who checked out earlier stay checked out.
        let Some(moment) = left.iter().filter_map(|stay| stay.checked_out_at).max() else {
            return Err(wrong_state("line", Message::NobodyLeft));
        };
        let booked = visit.line(self.line)?.clone();
        let mut left: Vec<Stay> =
            left.into_iter().filter(|stay| stay.checked_out_at == Some(moment)).collect();
        // The one that holds the room first.
        left.sort_by_key(|stay| booked.stay_id != Some(stay.id));
        let is_held = visit.in_house(self.line).is_ok() || left.first().map(|stay| stay.id) == booked.stay_id;
        if !is_held {
            return Err(wrong_state("line", Message::NobodyInRoom));
        }
        let back: Vec<StayId> = left.iter().map(|stay| stay.id).collect();
        for mut stay in left {
            // Who held the room and left first comes back to share it.
            let holder = visit.in_house(self.line).ok().and_then(|stays| stays.into_iter().next());
            match holder {
                Some(holder) if stay.room_id != holder.room_id => {
                    stay.room_id = holder.room_id;
                    let rooms =
                        query::visit::stay_rooms(u.tx, visit.property.id, visit.reservation.id).await?;
                    let seq = rooms.iter().filter(|r| r.stay_id == stay.id).map(|r| r.seq).max().unwrap_or(0);
                    stay.share_of = Some(holder.id);
                    record_room(u, &stay, seq + 1, "move", today).await?;
                }
                Some(holder) => stay.share_of = Some(holder.id),
                None if stay.share_of.is_none()
                    && !query::visit::in_room_now(u.tx, visit.property.id, stay.room_id)
                        .await?
                        .is_empty() =>
                {
                    return Err(RuleError::new(Rule::RoomTaken, "line", Message::RoomTakenSince).into());
                }
                None => {
                    // It may have been put out of order since.
                    let room = room_by_id(u.tx, visit.property.id, stay.room_id).await?;
                    require_state(&room, true).map_err(|error| error.at("line"))?;
                }
            }
            stay.state = StayState::InHouse;
            stay.departure = booked.departure.max(stay.arrival);
            stay.checked_out_at = None;
            u.tx.update(&mut stay).await?;
            replace_stay(visit, stay);
        }
        // What the check-out itself released is taken again.
        let versions = query::visit::versions(u.tx, visit.property.id, visit.reservation.id).await?;
        let replaced: Vec<Planned> = versions
            .iter()
            .filter(|version| version.replaced_at == moment)
            .filter_map(|version| serde_json::from_str(&version.snapshot).ok())
            .collect();
        let leaving: Vec<Leaving> = replaced.iter().flat_map(|version| version.leaving.clone()).collect();
        let planned = replaced
            .into_iter()
            .filter_map(|version| version.rooms.into_iter().find(|room| room.line == self.line))
            // What another stay holds since is as it was left to that one.
            .rfind(|planned| {
                let took_more = planned.counted_until > booked.counted_until
                    || planned.hours().is_some() && booked.hours().is_none();
                took_more && planned.stay_id == booked.stay_id
            });
        if let Some(planned) = planned {
            let redeemed = &planned.terms.free_nights;
            let lost: Vec<NaiveDate> =
                redeemed.iter().filter(|night| !booked.terms.free_nights.contains(night)).copied().collect();
            // The room may have become another type since.
            let room = match booked.room_id {
                Some(room) => Some(room_by_id(u.tx, visit.property.id, room).await?),
                None => None,
            };
            let booked = visit.line(self.line)?;
            let departure = booked.departure;
            booked.prices = planned.prices;
            booked.end_at(planned.departure);
            booked.counted_until = planned.counted_until;
            (booked.from_minute, booked.until_minute) = (planned.from_minute, planned.until_minute);
            room.iter().for_each(|room| booked.put_in(room));
            end_stays(u, visit, self.line, departure).await?;
            redeem_again(u, visit, self.line, &lost).await?;
            let revised = visit.revise_beyond(u, &before, oversell).await;
            revised.map_err(|error| of_no_room(error, "line"))?;
        }
        // Who shared the room and was to leave before it does so still.
        let ends = visit.line(self.line)?.departure;
        for Leaving { stay, departure } in leaving.into_iter().filter(|leaving| back.contains(&leaving.stay))
        {
            let mut stay = visit.one_in_house(self.line, Some(stay))?;
            let departure = departure.min(ends);
            if stay.share_of.is_some() && stay.departure != departure {
                stay.departure = departure;
                u.tx.update(&mut stay).await?;
                replace_stay(visit, stay);
            }
        }
        let lines = query::visit::postings(u.tx, visit.property.id, visit.reservation.id).await?;
        for mut folio in query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await? {
            if folio.state != FolioState::Open {
                // A bill settled by another system is then to be settled here completely.
                folio.state = FolioState::Open;
                folio.balance = folio.sum(&lines);
                u.tx.update(&mut folio).await?;
            }
        }
        Ok(StayEvent::UndoCheckOut { line: self.line }.into())
    }
}
