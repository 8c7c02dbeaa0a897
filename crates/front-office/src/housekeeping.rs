//! The state of rooms, availability, and today's board.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};

use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::{HousekeepingEvent, ReservationEvent},
    ids::{GuestId, RoomId, RoomTypeId, VisitId},
    part::Hours,
    property::{Property, RateKind, Room, RoomState, RoomType},
    reservation::{Reservation, ReservationRoom},
    stay::{DeskState, RoomNight, RoomPart, RoomToday, Stay, StayState},
};

use hefu_kernel::Id as _;

use hefu_store::{Conn, query};

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use hefu_authz::{Action, Personal, Resource, class::Name};

use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

use crate::{
    property::{find_property, room_by_number},
    view::property::RoomView,
    visit::{
        grouped,
        hours::{HoursLeft, minutes_over},
        lock,
    },
};

/// The longest period for which a room can be out of order or availability can be queried, in days.
const LONGEST: i64 = 731;

/// More rooms than arrive in a day anywhere.
const MOST_ARRIVALS: i64 = 100_000;

/// The dates from `from` until before `until`.
///
/// # Errors
/// There are none, or more than two years.
pub(crate) fn dates(from: NaiveDate, until: NaiveDate) -> Result<impl Iterator<Item = NaiveDate>> {
    let days = (until - from).num_days();
    if !(1..=LONGEST).contains(&days) {
        return Err(RuleError::new(Rule::BadDates, "until", Message::PeriodLength { most: LONGEST }).into());
    }
    Ok(from.iter_days().take_while(move |date| *date < until))
}

/// A room's new housekeeping state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateInput {
    /// `clean`, `dirty`, `pickup`, `inspected` or `out_of_service`.
    pub state: RoomState,
}

/// Sets the state of a room.
#[derive(Debug, Clone)]
pub struct SetRoomState {
    /// The property's code.
    pub property: String,
    /// The room's number.
    pub room: String,
    /// Its state.
    pub input: StateInput,
}

#[async_trait]
impl Command for SetRoomState {
    const ACTION: Action = Action::RoomState;
    type Out = RoomView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RoomView> {
        let property = u.property(&self.property).await?;
        let mut room = room_by_number(u.tx, property.id, &self.room).await?;
        if self.input.state == RoomState::OutOfOrder {
            return Err(AppError::invalid("state", Message::OutOfOrderNeedsPeriod));
        }
        if room.state == RoomState::OutOfOrder {
            return Err(RuleError::new(Rule::WrongState, (), Message::RoomOutOfOrder).into());
        }
        room.state = self.input.state;
        u.tx.update(&mut room).await?;
        let about = About::Property(property.id, "room", room.id.uuid());
        u.record(about, HousekeepingEvent::State { state: room.state }).await?;
        shown(u, room).await
    }
}

/// A room as it is shown.
async fn shown(u: &mut Unit<'_>, room: Room) -> Result<RoomView> {
    let room_type = query::property::room_type(u.tx, room.property_id, room.room_type_id).await?;
    Ok(RoomView::of(room, room_type.map(|kind| kind.code).unwrap_or_default()))
}

/// A period in which a room cannot be let.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutOfOrderInput {
    /// First date.
    pub from: NaiveDate,
    /// The date it can be let again.
    pub until: NaiveDate,
    /// The reason; stored sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Takes a room out of order for a period.
#[derive(Debug, Clone)]
pub struct PutOutOfOrder {
    /// The property's code.
    pub property: String,
    /// The room's number.
    pub room: String,
    /// The period and the reason.
    pub input: OutOfOrderInput,
}

#[async_trait]
impl Command for PutOutOfOrder {
    const ACTION: Action = Action::RoomOutOfOrder;
    type Out = RoomView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RoomView> {
        let property = u.property(&self.property).await?;
        let room = room_by_number(u.tx, property.id, &self.room).await?;
        u.reason()?;
        let room = put_out_of_order(u, &property, room, (self.input.from, self.input.until)).await?;
        shown(u, room).await
    }
}

/// Takes a room out of order for a period, and away from those for whom it is set aside.
///
/// # Errors
/// The period is over or too long, or somebody lives in the room.
pub(crate) async fn put_out_of_order(
    u: &mut Unit<'_>,
    property: &Property,
    mut room: Room,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Room> {
    if from < property.business_date {
        let message = Message::BeforeBusinessDate { date: property.business_date };
        return Err(RuleError::new(Rule::BadDates, "from", message).into());
    }
    let closed: Vec<NaiveDate> = dates(from, until)?.collect();
    let taken_from = empty(u, property, &room, (from, until)).await?;
    if closed.contains(&property.business_date) {
        if !query::visit::in_room_now(u.tx, property.id, room.id).await?.is_empty() {
            return Err(RuleError::new(Rule::RoomTaken, (), Message::RoomLivedIn).into());
        }
        room.state = RoomState::OutOfOrder;
        u.tx.update(&mut room).await?;
    }
    close(u, &room, &closed).await?;
    for (reservation, line) in taken_from {
        let event = ReservationEvent::AssignRoom { line, room_id: None };
        u.record(About::Visit(&reservation), event).await?;
    }
    let about = About::Property(property.id, "room", room.id.uuid());
    u.record(about, HousekeepingEvent::OutOfOrder { from, until }).await?;
    Ok(room)
}

/// Takes a room that cannot be let away from those for whom it is set aside on the dates: they are to get another one. Answers from whom.
///
/// # Errors
/// [`Rule::RoomTaken`] when somebody who lives in it stays into the dates.
pub(crate) async fn empty(
    u: &mut Unit<'_>,
    property: &Property,
    room: &Room,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<(Reservation, i64)>> {
    let held = query::inventory::held(u.tx, property.id, room.id, from, until).await?;
    let mut holders: BTreeSet<_> = held.iter().filter_map(|part| Some((part.visit_id?, part.line))).collect();
    let by_the_hour = query::inventory::by_the_hour_in(u.tx, property.id, room.id, from, until).await?;
    let is_there = |line: &&ReservationRoom| line.hours().is_some();
    holders.extend(by_the_hour.iter().filter(is_there).map(|line| (line.visit_id, line.line)));
    let mut taken_from = Vec::new();
    for (visit, line) in holders {
        let mut visit = lock(u.tx, property.id, visit).await?;
        let before = visit.clone();
        let of_visit = visit.line(line)?;
        if of_visit.stay_id.is_some() {
            return Err(RuleError::new(Rule::RoomTaken, (), Message::RoomLivedIn).into());
        }
        of_visit.take_out();
        // The type that was sold has to give a room, whether or not one is left.
        visit.revise_beyond(u, &before, true).await?;
        taken_from.push((visit.reservation, line));
    }
    Ok(taken_from)
}

/// Takes a room out of order on the dates: it is held for nobody, and its type has one less to sell, also when that is one less than is sold.
///
/// # Errors
/// [`Rule::RoomTaken`] when somebody holds it.
pub async fn close(u: &mut Unit<'_>, room: &Room, dates: &[NaiveDate]) -> Result<()> {
    let parts = |date: &NaiveDate| RoomPart::ALL.iter().map(move |part| (*date, *part)).collect::<Vec<_>>();
    let held: Vec<RoomNight> = dates
        .iter()
        .flat_map(parts)
        .map(|(night, part)| RoomNight {
            property_id: room.property_id,
            room_id: room.id,
            night,
            part,
            visit_id: None,
            line: 0,
        })
        .collect();
    u.tx.insert_all(&held).await?;
    for date in dates {
        // The counters must exist before they can be decremented.
        for part in RoomPart::ALL {
            query::inventory::open(u.tx, room.property_id, room.room_type_id, *date, *part).await?;
        }
        let until = *date + Days::new(1);
        query::inventory::resize(u.tx, room.property_id, room.room_type_id, -1, (*date, until), true).await?;
    }
    Ok(())
}

/// Puts a room back in order on those of the dates on which it is out of order; returns them.
async fn reopen_on(
    u: &mut Unit<'_>,
    room: &Room,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let held = query::inventory::held(u.tx, room.property_id, room.id, from, until).await?;
    let mut dates = BTreeSet::new();
    for part in held.iter().filter(|part| part.is_out_of_order()) {
        u.tx.delete(part).await?;
        dates.insert(part.night);
    }
    for date in &dates {
        let until = *date + Days::new(1);
        query::inventory::resize(u.tx, room.property_id, room.room_type_id, 1, (*date, until), true).await?;
    }
    Ok(dates.into_iter().collect())
}

/// Puts a room back in order on all future dates; returns those on which it was not.
///
/// # Errors
/// The database fails.
pub async fn reopen(u: &mut Unit<'_>, property: &Property, room: &Room) -> Result<Vec<NaiveDate>> {
    let until = property.business_date + Days::new(10 * 366);
    reopen_on(u, room, property.business_date, until).await
}

/// Dates on which a room is back in order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackInOrderInput {
    /// First date.
    pub from: NaiveDate,
    /// The date after the last.
    pub until: NaiveDate,
}

/// Ends an out-of-order period, or a part of it. A room that is back today is dirty.
#[derive(Debug, Clone)]
pub struct PutBackInOrder {
    /// The property's code.
    pub property: String,
    /// The room's number.
    pub room: String,
    /// When.
    pub input: BackInOrderInput,
}

#[async_trait]
impl Command for PutBackInOrder {
    const ACTION: Action = Action::RoomBackInOrder;
    type Out = RoomView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RoomView> {
        let property = u.property(&self.property).await?;
        let room = room_by_number(u.tx, property.id, &self.room).await?;
        let BackInOrderInput { from, until } = self.input;
        let room = put_back_in_order(u, &property, room, (from, until)).await?;
        shown(u, room).await
    }
}

/// Ends an out-of-order period, or a part of it, from the business date on.
///
/// # Errors
/// The period is over, or the room is in order on all of its dates.
pub(crate) async fn put_back_in_order(
    u: &mut Unit<'_>,
    property: &Property,
    mut room: Room,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Room> {
    let first = from.max(property.business_date);
    dates(first, until).map(drop)?;
    let opened = reopen_on(u, &room, first, until).await?;
    if opened.is_empty() {
        return Err(RuleError::new(Rule::WrongState, (), Message::RoomInOrder).into());
    }
    if opened.contains(&property.business_date) {
        room.state = RoomState::Dirty;
        u.tx.update(&mut room).await?;
    }
    let about = About::Property(property.id, "room", room.id.uuid());
    u.record(about, HousekeepingEvent::BackInOrder { from, until }).await?;
    Ok(room)
}

/// A room as housekeeping sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoomStatus {
    /// The room's number.
    pub number: String,
    /// Code of its room type.
    pub room_type: String,
    /// Floor or wing.
    pub floor: String,
    /// The housekeeping state.
    pub state: RoomState,
    /// Whether it is occupied.
    pub occupied: bool,
    /// Today's movement.
    pub today: Vec<RoomToday>,
    /// Version of the room's record.
    pub version: i64,
}

/// A row of today's board.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoardRow {
    /// The visit's number, in groups.
    pub number: String,
    /// Which room of the reservation.
    pub line: i64,
    /// Full name of the guest.
    #[schema(value_type = String)]
    pub guest: Personal<Name>,
    /// The room's number, once there is one.
    pub room: Option<String>,
    /// Code of the room type: the room's, or the one sold.
    pub room_type: String,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// The desk state.
    pub desk_state: DeskState,
    /// Balance due of the visit, minor units.
    pub balance: i64,
    /// Of a guest by the hour: the first minute of the hours, after midnight of the arrival date; none: by the night, or nobody knows when.
    pub from_minute: Option<i64>,
    /// The minute after the last.
    pub until_minute: Option<i64>,
    /// Of a guest by the hour in house: how many minutes beyond the hours that were sold.
    pub minutes_over: Option<i64>,
}

/// Today at the front desk.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Board {
    /// The business date.
    pub business_date: NaiveDate,
    /// How many arrivals are still due.
    pub arrivals_count: usize,
    /// How many stays are in house, including today's departures.
    pub in_house_count: usize,
    /// How many departures are due or overdue.
    pub due_out_count: usize,
    /// How many have left today.
    pub departed_count: usize,
    /// Arrivals still due.
    pub arrivals: Vec<BoardRow>,
    /// In house.
    pub in_house: Vec<BoardRow>,
    /// Of those, departures due or overdue.
    pub due_out: Vec<BoardRow>,
    /// Departed today.
    pub departed: Vec<BoardRow>,
    /// Room types of which more are sold for tonight than there are.
    pub overbooked: Vec<Overbooked>,
}

/// A room type of which more are sold than there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overbooked {
    /// Code of the room type.
    pub room_type: String,
    /// How many can be sold.
    pub capacity: i64,
    /// How many are.
    pub sold: i64,
}

/// Availability of a room type on a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NightLeft {
    /// Code of the room type.
    pub room_type: String,
    /// The night.
    pub night: NaiveDate,
    /// How many can be sold: rooms and overbooking, minus those out of order.
    pub capacity: i64,
    /// How many are sold.
    pub sold: i64,
    /// How many are available.
    pub left: i64,
    /// How many are sold beyond the capacity.
    pub overbooked: i64,
    /// How many of the capacity are beyond the rooms there are, on this date only.
    pub allowance: i64,
    /// How many guests by the hour can still come in each of the 24 hours of the date, from midnight on.
    pub by_the_hour: Vec<i64>,
}

/// Inputs of a board's rows.
struct Desk {
    today: NaiveDate,
    types: Vec<RoomType>,
    /// Number and type of each room.
    rooms: HashMap<RoomId, (String, RoomTypeId)>,
    reservations: HashMap<VisitId, Reservation>,
    balances: HashMap<VisitId, i64>,
    names: HashMap<GuestId, Personal<Name>>,
    /// Rooms of reservations by the hour, and how long guests in them are over time.
    by_the_hour: HashMap<(VisitId, i64), (ReservationRoom, i64)>,
}

impl Desk {
    fn type_code(&self, id: RoomTypeId) -> String {
        self.types.iter().find(|kind| kind.id == id).map(|kind| kind.code.clone()).unwrap_or_default()
    }

    fn of_stay(&self, stay: &Stay, guest: Option<GuestId>) -> Option<BoardRow> {
        let reservation = self.reservations.get(&stay.visit_id)?;
        let room = self.rooms.get(&stay.room_id);
        let hours = self.by_the_hour.get(&(stay.visit_id, stay.line));
        let is_here = stay.state == StayState::InHouse;
        Some(BoardRow {
            number: grouped(&reservation.number),
            line: stay.line,
            guest: self.names.get(&guest.unwrap_or(reservation.guest_id)).cloned().unwrap_or_default(),
            room: room.map(|(number, _)| number.clone()),
            room_type: room.map(|(_, kind)| self.type_code(*kind)).unwrap_or_default(),
            arrival: stay.arrival,
            departure: stay.departure,
            desk_state: DeskState::of_stay(stay.state, stay.departure, self.today)?,
            balance: self.balances.get(&stay.visit_id).copied().unwrap_or(0),
            from_minute: hours.and_then(|(line, _)| line.from_minute),
            until_minute: hours.and_then(|(line, _)| line.until_minute),
            minutes_over: hours.filter(|_| is_here).map(|(_, over)| *over),
        })
    }
}

/// Availability on the nights from `from` until before `until`, by room type and night.
#[derive(Debug, Clone)]
pub struct ShowAvailability {
    /// Code of the property.
    pub property: String,
    /// First night.
    pub from: NaiveDate,
    /// The night after the last.
    pub until: NaiveDate,
}

#[async_trait]
impl Query for ShowAvailability {
    const ACTION: Action = Action::AvailabilityShow;
    type Out = Vec<NightLeft>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_str();
        let from = self.from;
        let until = self.until;
        let c = r.conn().await?;
        let property = find_property(c, property).await?;
        let left = nights_left(c, &property, (from, until), RoomPart::Night).await;
        left.map_err(|error| error.at(Place::parameter("to")))
    }
}

/// What is left to sell on the nights, or for hours of the days, from `from` until before `until`, by room type and date.
///
/// # Errors
/// There are no dates, or more than two years.
pub(crate) async fn nights_left(
    c: &mut Conn,
    property: &Property,
    (from, until): (NaiveDate, NaiveDate),
    part: RoomPart,
) -> Result<Vec<NightLeft>> {
    let nights: Vec<NaiveDate> = dates(from, until)?.collect();
    let counters: BTreeMap<_, _> = query::inventory::sold(c, property.id, from, until)
        .await?
        .into_iter()
        .filter(|counter| counter.part == part)
        .map(|counter| ((counter.room_type_id, counter.night), counter))
        .collect();
    let hours_left = HoursLeft::load(c, property.id, (from, until)).await?;
    let mut left = Vec::new();
    let all = query::property::rooms_by_type(c, property.id).await?;
    for kind in query::property::room_types(c, property.id).await? {
        for &night in &nights {
            let let_then = all
                .iter()
                .filter(|(of, closed_from, _)| *of == kind.id && closed_from.is_none_or(|from| from > night));
            let rooms = let_then.map(|(.., count)| count).sum::<i64>();
            let (capacity, sold, overbooked, allowance) =
                counters.get(&(kind.id, night)).map_or((rooms + kind.overbooking, 0, 0, 0), |counter| {
                    (counter.capacity, counter.sold, counter.excess, counter.allowance)
                });
            let of_hour = |hours| hours_left.of((kind.id, night), hours, rooms + kind.overbooking);
            left.push(NightLeft {
                room_type: kind.code.clone(),
                night,
                capacity,
                sold,
                left: (capacity - sold).max(0),
                overbooked,
                allowance,
                by_the_hour: Hours::of_day().map(of_hour).collect(),
            });
        }
    }
    Ok(left)
}

/// Arrivals, guests in house, departures due, and departures today.
#[derive(Debug, Clone)]
pub struct ShowBoard {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ShowBoard {
    const ACTION: Action = Action::BoardShow;
    type Out = Board;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_str();
        let (vault, masks, now) = (r.vault(), r.masks(), r.now);
        let c = r.conn().await?;
        let property = find_property(c, property).await?;
        let (id, today) = (property.id, property.business_date);
        let in_house = query::visit::in_house(c, id).await?;
        let mut by_the_hour = HashMap::new();
        // Who has stayed on since yesterday as well.
        let since = today.pred_opt().unwrap_or(today);
        let of_day = query::inventory::by_the_hour(c, id, since, today + Days::new(1)).await?;
        for line in of_day.into_iter().filter(|line| line.terms.kind == RateKind::PartDay) {
            let here: Vec<Stay> =
                in_house.iter().filter(|stay| stay.visit_id == line.visit_id).cloned().collect();
            let over = minutes_over(&property, &line, &here, now)?;
            by_the_hour.insert((line.visit_id, line.line), (line, over));
        }
        let primaries: HashMap<_, _> = query::stay::primaries(c, id, today).await?.into_iter().collect();
        let reservations = query::stay::on_board(c, id, today).await?;
        let people = reservations.iter().map(|r| r.guest_id).chain(primaries.values().copied());
        let people = query::guest::find_all(c, &vault, people).await?;
        let names = people
            .into_iter()
            .filter_map(|(id, guest)| Some((id, Personal::of(masks, guest.profile.full_name)?)))
            .collect();
        let departed = query::stay::departed_on(c, id, today).await?;
        let awaited = query::stay::awaited(c, id, today, MOST_ARRIVALS).await?;
        let rooms = in_house.iter().chain(&departed).map(|stay| stay.room_id);
        let rooms = rooms.chain(awaited.iter().filter_map(|line| line.room_id));
        let desk = Desk {
            today,
            types: query::property::room_types(c, id).await?,
            rooms: query::property::room_numbers(c, id, rooms).await?,
            reservations: reservations.into_iter().map(|r| (r.id, r)).collect(),
            balances: query::stay::balances(c, id, today).await?.into_iter().collect(),
            names,
            by_the_hour,
        };
        let row = |stay: &Stay| desk.of_stay(stay, primaries.get(&stay.id).copied());
        let in_house: Vec<BoardRow> = in_house.iter().filter_map(row).collect();
        let departed: Vec<BoardRow> = departed.iter().filter_map(row).collect();
        let mut arrivals = Vec::new();
        for line in awaited {
            let Some(reservation) = desk.reservations.get(&line.visit_id) else { continue };
            let room = line.room_id.and_then(|id| desk.rooms.get(&id));
            arrivals.push(BoardRow {
                number: grouped(&reservation.number),
                line: line.line,
                guest: desk.names.get(&reservation.guest_id).cloned().unwrap_or_default(),
                room: room.map(|(number, _)| number.clone()),
                room_type: desk.type_code(room.map_or(line.room_type_id, |(_, kind)| *kind)),
                arrival: line.arrival,
                departure: line.departure,
                desk_state: DeskState::of_arrival(line.arrival, today),
                balance: desk.balances.get(&line.visit_id).copied().unwrap_or(0),
                from_minute: line.from_minute,
                until_minute: line.until_minute,
                minutes_over: None,
            });
        }
        let due_out: Vec<BoardRow> = in_house.iter().filter(|row| row.departure <= today).cloned().collect();
        let overbooked = query::inventory::sold(c, id, today, today + Days::new(1))
            .await?
            .into_iter()
            .filter(|counter| counter.part == RoomPart::Night && counter.excess > 0)
            .map(|counter| Overbooked {
                room_type: desk.type_code(counter.room_type_id),
                capacity: counter.capacity,
                sold: counter.sold,
            })
            .collect();
        Ok(Board {
            overbooked,
            business_date: today,
            arrivals_count: arrivals.len(),
            in_house_count: in_house.len(),
            due_out_count: due_out.len(),
            departed_count: departed.len(),
            arrivals,
            in_house,
            due_out,
            departed,
        })
    }
}

/// Every room with its state, occupancy and today's movement.
#[derive(Debug, Clone)]
pub struct ShowHousekeeping {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ShowHousekeeping {
    const ACTION: Action = Action::HousekeepingShow;
    type Out = Vec<RoomStatus>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_str();
        let c = r.conn().await?;
        let property = find_property(c, property).await?;
        let today = property.business_date;
        let mut news: HashMap<RoomId, BTreeSet<RoomToday>> = HashMap::new();
        let stays = query::visit::in_house(c, property.id).await?;
        for stay in &stays {
            let leaves = stay.departure <= today;
            let what = if leaves { RoomToday::DueOut } else { RoomToday::Stayover };
            news.entry(stay.room_id).or_default().insert(what);
        }
        for stay in query::stay::departed_on(c, property.id, today).await? {
            news.entry(stay.room_id).or_default().insert(RoomToday::Departed);
        }
        for line in query::stay::awaited(c, property.id, today, MOST_ARRIVALS).await? {
            if let Some(room) = line.room_id {
                news.entry(room).or_default().insert(RoomToday::Arrival);
            }
        }
        let types = query::property::room_types(c, property.id).await?;
        let code =
            |room: &Room| types.iter().find(|kind| kind.id == room.room_type_id).map(|k| k.code.clone());
        let rooms = query::property::rooms(c, property.id).await?;
        Ok(rooms
            .into_iter()
            .map(|room| RoomStatus {
                room_type: code(&room).unwrap_or_default(),
                occupied: stays.iter().any(|stay| stay.room_id == room.id),
                today: news.remove(&room.id).unwrap_or_default().into_iter().collect(),
                number: room.number,
                floor: room.floor,
                state: room.state,
                version: room.version,
            })
            .collect())
    }
}
