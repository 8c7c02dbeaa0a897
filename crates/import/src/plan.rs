//! From rows to records: the plan of a batch, and its writing.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use hefu_domain::{
    Message, Rule, RuleError,
    event::ImportEvent,
    folio::{Folio, FolioState, Posting},
    ids::{FolioId, GuestId, PropertyId, RatePlanId, RoomId, RoomTypeId, StayId, VisitId},
    message::Missing,
    property::{
        CodeKind, Property, RateKind, RatePlan, Room, RoomState, RoomType, TransactionCode, standard_codes,
    },
    reservation::{
        IMPORTED, OWN_NUMBERS, Reservation, ReservationRoom, ReservationState, VisitAlias, normalise_number,
    },
    stay::{RoomNight, RoomPart, Stay, StayGuest, StayRole, StayRoom, StayState, occupied_parts},
};
use hefu_kernel::{BasisPoints, Id as _, Ids, LAST_DATE, NumberStretch, StayRange};
use hefu_store::{Conn, GuestVisit, ImportRun, Quarantine, query};

use super::{
    HistoryBooking, HistoryRow, HistoryStatus, ImportReport, Importer, Refusal,
    guests::{Changes, Guests},
    padded,
};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit};
use hefu_front_office::{property::zone, visit::inventory::hold_inventory};
use hefu_store::Store;

/// What the planner keeps in memory between batches; made anew from the records when lost.
#[derive(Default)]
pub(crate) struct State {
    layouts: HashMap<String, Layout>,
    /// Visit numbers that nobody had when they were drawn.
    numbers: Vec<String>,
}

/// So many rows are looked up at once.
const LOOKED_UP: usize = 128;

/// A unit of work ends when about so many guests are to be looked at again in it: each takes a desk's time, and the desks wait.
const AGAIN: usize = 100;

/// The rate plan imported bookings are sold under.
const HISTORY_PLAN: &str = "HIST";

struct Layout {
    property: Property,
    zone: chrono_tz::Tz,
    /// It is in the records, not only in the plan.
    stored: bool,
    plan: RatePlanId,
    types: HashMap<String, Kind>,
    /// Every room, at its place.
    rooms: Vec<RoomId>,
    /// The places of rooms by number.
    numbers: HashMap<String, usize>,
    /// The places that are taken, by slot.
    taken: HashMap<usize, Places>,
    /// The places somebody lives in now.
    lived_in: Places,
    /// What is sold from the business date on.
    sold: HashMap<(RoomTypeId, usize), i64>,
    /// New since the last batch.
    new: Setup,
}

struct Kind {
    id: RoomTypeId,
    overbooking: i64,
    /// Its rooms that can be let.
    rooms: Places,
}

/// What a property lacked for the batch.
#[derive(Default)]
struct Setup {
    property: Option<Property>,
    codes: Vec<TransactionCode>,
    plans: Vec<RatePlan>,
    types: Vec<RoomType>,
    rooms: Vec<Room>,
}

/// A set of rooms, by their places in house. A room for a stay is looked for among all of its type at once, sixty-four to a word:
/// a property of a long history has thousands.
#[derive(Default)]
struct Places(Vec<u64>);

impl Places {
    fn add(&mut self, place: usize) {
        if self.0.len() <= place / 64 {
            self.0.resize(place / 64 + 1, 0);
        }
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn contains(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The last that is in none of the others.
    fn last_beside(&self, others: &[&Self]) -> Option<usize> {
        self.0.iter().enumerate().rev().find_map(|(at, word)| {
            let taken = others.iter().fold(0, |taken, other| taken | other.0.get(at).copied().unwrap_or(0));
            let free = word & !taken;
            (free != 0).then(|| at * 64 + free.ilog2() as usize)
        })
    }
}

/// A date is two slots, its day and the night after it, so a stay is one range of slots and a part-day guest is one slot.
fn slot(date: NaiveDate, part: RoomPart) -> usize {
    let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
    let day = usize::try_from((date - first).num_days()).unwrap_or(0);
    day * 2 + usize::from(part == RoomPart::Night)
}

/// The slots of `occupied_parts`, which lie side by side.
fn slots(arrival: NaiveDate, departure: NaiveDate) -> std::ops::Range<usize> {
    if arrival == departure {
        let day = slot(arrival, RoomPart::Day);
        return day..day + 1;
    }
    slot(arrival, RoomPart::Night)..slot(departure, RoomPart::Day)
}

fn moment(zone: chrono_tz::Tz, date: NaiveDate, minute: i64) -> DateTime<Utc> {
    let local = date.and_hms_opt(0, 0, 0).unwrap_or_default() + TimeDelta::minutes(minute);
    // A clock set forward can skip the moment; then the next hour is as good.
    zone.from_local_datetime(&local)
        .earliest()
        .map_or_else(|| local.and_utc(), |moment| moment.with_timezone(&Utc))
}

/// What a row comes to, or why it is not imported.
type Refused<T> = std::result::Result<T, Refusal>;

fn refuse(field: &str, reason: &str, detail: impl Into<String>) -> Refusal {
    Refusal { field: field.into(), reason: reason.into(), detail: detail.into() }
}

impl Layout {
    async fn load(c: &mut Conn, property: Property) -> Result<Self> {
        let mut layout = Self::of(property)?;
        layout.stored = true;
        let id = layout.property.id;
        let rooms = query::property::rooms(c, id).await?;
        for kind in query::property::room_types(c, id).await? {
            let mut lettable = Places::default();
            let of_kind = rooms.iter().enumerate().filter(|(_, room)| room.room_type_id == kind.id);
            of_kind
                .filter(|(_, room)| room.state != RoomState::OutOfOrder)
                .for_each(|(place, _)| lettable.add(place));
            layout
                .types
                .insert(kind.code, Kind { id: kind.id, overbooking: kind.overbooking, rooms: lettable });
        }
        let places: HashMap<RoomId, usize> = rooms.iter().map(|room| room.id).zip(0..).collect();
        layout.rooms = rooms.iter().map(|room| room.id).collect();
        layout.numbers = rooms.into_iter().map(|room| room.number).zip(0..).collect();
        for (room, night, part) in query::import::held(c, id).await? {
            if let Some(place) = places.get(&room) {
                layout.taken.entry(slot(night, part)).or_default().add(*place);
            }
        }
        for stay in query::visit::in_house(c, id).await? {
            if let Some(place) = places.get(&stay.room_id) {
                layout.lived_in.add(*place);
            }
        }
        for row in query::inventory::sold(c, id, layout.property.business_date, LAST_DATE).await? {
            layout.sold.insert((row.room_type_id, slot(row.night, row.part)), row.sold);
        }
        let plans = query::property::rate_plans(c, id).await?;
        if let Some(plan) = plans.into_iter().find(|plan| plan.code == HISTORY_PLAN) {
            layout.plan = plan.id;
        }
        Ok(layout)
    }

    fn of(property: Property) -> Result<Self> {
        Ok(Self {
            zone: zone(&property.time_zone)?,
            property,
            stored: false,
            plan: RatePlanId::NIL,
            types: HashMap::new(),
            rooms: Vec::new(),
            numbers: HashMap::new(),
            taken: HashMap::new(),
            lived_in: Places::default(),
            sold: HashMap::new(),
            new: Setup::default(),
        })
    }

    fn found(ids: &Ids, b: &HistoryBooking, time_zone: &str, now: DateTime<Utc>) -> Result<Self> {
        let property = Property {
            id: ids.id(),
            code: b.property.clone(),
            name: b.property_name.clone(),
            name_en: b.property_name.clone(),
            time_zone: time_zone.to_owned(),
            currency: b.currency,
            business_date: now.with_timezone(&zone(time_zone)?).date_naive(),
            check_in_minute: 14 * 60,
            check_out_minute: 12 * 60,
            version: 1,
        };
        let mut layout = Self::of(property.clone())?;
        layout.new.codes = standard_codes(property.id);
        layout.new.property = Some(property);
        Ok(layout)
    }

    /// The history's rate plan, made when the property has none.
    fn plan(&mut self, ids: &Ids) -> RatePlanId {
        if self.plan == RatePlanId::NIL {
            self.plan = ids.id();
            self.new.plans.push(RatePlan {
                property_id: self.property.id,
                id: self.plan,
                code: HISTORY_PLAN.into(),
                name: "历史导入".into(),
                name_en: "Imported history".into(),
                kind: RateKind::Nightly,
                hours: None,
                tax: BasisPoints(0),
                service_fee: BasisPoints(0),
                inclusive: false,
                policy_id: None,
                version: 1,
            });
        }
        self.plan
    }

    fn kind(&mut self, ids: &Ids, code: &str) -> &mut Kind {
        match self.types.entry(code.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let id = ids.id();
                self.new.types.push(RoomType {
                    property_id: self.property.id,
                    id,
                    code: code.to_owned(),
                    name: code.to_owned(),
                    name_en: code.to_owned(),
                    capacity: 4,
                    overbooking: 0,
                    version: 1,
                });
                place.insert(Kind { id, overbooking: 0, rooms: Places::default() })
            }
        }
    }

    /// A room for the dates: the one named, else the last of the type that is free, else a new one. (Who fills the gaps of the first rooms
    /// writes to as many pages as there are rooms.)
    fn room(&mut self, ids: &Ids, b: &HistoryBooking, until: NaiveDate) -> Refused<RoomId> {
        let wanted = slots(b.arrival, until);
        self.kind(ids, &b.room_type_given);
        let Some(kind) = self.types.get_mut(&b.room_type_given) else {
            return Err(refuse("room_type_assigned", "unknown_value", "no such room type"));
        };
        let lives_here = b.status == HistoryStatus::InHouse;
        let mut taken: Vec<&Places> = wanted.clone().filter_map(|slot| self.taken.get(&slot)).collect();
        // Who should have left by today holds no night any more, and lives in the room all the same.
        taken.extend(lives_here.then_some(&self.lived_in));
        let found = match b.room.as_ref().map(|number| self.numbers.get(number)) {
            Some(Some(place)) if taken.iter().any(|taken| taken.contains(*place)) => {
                return Err(refuse("room", "room_taken", "the room is held on one of the nights"));
            }
            Some(place) => place.copied(),
            None => kind.rooms.last_beside(&taken),
        };
        let place = match found {
            Some(place) => place,
            None => {
                let mut next = kind.rooms.len();
                let number = b.room.clone().unwrap_or_else(|| {
                    loop {
                        next += 1;
                        let number = format!("{}{next:03}", b.room_type_given);
                        if !self.numbers.contains_key(&number) {
                            return number;
                        }
                    }
                });
                let room = Room {
                    property_id: self.property.id,
                    id: ids.id(),
                    number: number.clone(),
                    room_type_id: kind.id,
                    floor: String::new(),
                    accessible: false,
                    state: RoomState::Clean,
                    version: 1,
                };
                let place = self.rooms.len();
                kind.rooms.add(place);
                self.rooms.push(room.id);
                self.numbers.insert(number, place);
                self.new.rooms.push(room);
                place
            }
        };
        wanted.for_each(|slot| self.taken.entry(slot).or_default().add(place));
        if lives_here {
            self.lived_in.add(place);
        }
        Ok(self.rooms[place])
    }

    /// Sells one room of a type for the dates, as the counters in the records will say.
    fn sell(&mut self, ids: &Ids, b: &HistoryBooking) -> Refused<()> {
        let kind = self.kind(ids, &b.room_type);
        let (id, most) = (kind.id, kind.rooms.len() as i64 + kind.overbooking);
        let parts: Vec<(RoomTypeId, usize)> = occupied_parts(b.arrival, b.departure)
            .into_iter()
            .map(|(night, part)| (id, slot(night, part)))
            .collect();
        if parts.iter().any(|part| self.sold.get(part).copied().unwrap_or(0) >= most) {
            let detail = "no room of this type is left on one of the nights";
            return Err(refuse("room_type_booked", "no_inventory", detail));
        }
        for part in parts {
            *self.sold.entry(part).or_default() += 1;
        }
        Ok(())
    }
}

/// A batch as it will be written. Rows stand beside the number of their booking.
#[derive(Default)]
struct Records {
    reservations: Vec<(usize, Reservation)>,
    rooms: Vec<(usize, ReservationRoom)>,
    aliases: Vec<(usize, VisitAlias)>,
    guest_visits: Vec<(usize, GuestVisit)>,
    stays: Vec<(usize, Stay)>,
    stay_guests: Vec<(usize, StayGuest)>,
    stay_rooms: Vec<(usize, StayRoom)>,
    nights: Vec<(usize, RoomNight)>,
    folios: Vec<(usize, Folio)>,
    postings: Vec<(usize, Posting)>,
}

/// One batch, ready to be written.
pub struct Planned {
    pub run: ImportRun,
    pub report: ImportReport,
    setups: Vec<(PropertyId, Setup)>,
    /// The business dates the plan was made on, of properties that are in the records.
    dates: Vec<(PropertyId, NaiveDate)>,
    records: Records,
    pub guests: Changes,
    /// What the journal says of each booking.
    changes: Vec<ImportEvent>,
    quarantine: Vec<(usize, Refusal)>,
    rows: Arc<[HistoryRow]>,
    /// The row after the last that is in it.
    pub end: usize,
}

/// Codes are keys of other records and stand in addresses, so they stay short.
fn check_codes(b: &HistoryBooking) -> Refused<()> {
    for (field, code) in [
        ("property", Some(&b.property)),
        ("room_type_booked", Some(&b.room_type)),
        ("room_type_assigned", Some(&b.room_type_given)),
        ("room", b.room.as_ref()),
    ] {
        if code.is_some_and(|code| !(1..=32).contains(&code.chars().count())) {
            return Err(refuse(field, "bad_code", "a code has 1 to 32 characters"));
        }
    }
    let until = b.left.max(b.departure);
    StayRange::new(b.arrival, until).map_err(|e| refuse("departure", "bad_dates", e.to_string()))?;
    if b.rate.checked_mul((b.departure - b.arrival).num_days()).is_none() {
        return Err(refuse("rate", "not_a_number", "the amount is out of range"));
    }
    Ok(())
}

impl Importer {
    /// Loads the properties of the batch that are not in memory; makes those that do not exist.
    async fn layouts(&mut self, c: &mut Conn, rows: &[HistoryRow]) -> Result<()> {
        let ids = self.store.ids().clone();
        for b in rows.iter().filter_map(|row| row.booking.as_ref().ok()) {
            if self.state.layouts.contains_key(&b.property) || check_codes(b).is_err() {
                continue;
            }
            let layout = match query::property::by_code(c, &b.property).await? {
                Some(property) => Layout::load(c, property).await?,
                None => Layout::found(&ids, b, &self.request.time_zone, self.app.clock().now())?,
            };
            self.state.layouts.insert(b.property.clone(), layout);
        }
        Ok(())
    }

    /// The outside number of a row: its own key, or its place in the file.
    fn outside_number(&self, row: i64, b: &HistoryBooking) -> (String, String) {
        match &b.source_key {
            Some(key) => (self.request.map.clone(), normalise_number(key)),
            None => {
                let digest = self.request.file_digest.get(..16).unwrap_or(&self.request.file_digest);
                (format!("import:{}:{digest}", self.request.map), padded(row))
            }
        }
    }

    /// Which outside numbers of the batch are known.
    async fn known_numbers(
        &self,
        c: &mut Conn,
        rows: &[HistoryRow],
    ) -> Result<HashSet<(PropertyId, String, String)>> {
        let mut asked: HashMap<(PropertyId, String), Vec<String>> = HashMap::new();
        for row in rows {
            let Ok(b) = &row.booking else { continue };
            let Some(layout) = self.state.layouts.get(&b.property).filter(|layout| layout.stored) else {
                continue;
            };
            let (system, number) = self.outside_number(row.row, b);
            asked.entry((layout.property.id, system)).or_default().push(number);
        }
        let mut known = HashSet::new();
        for ((property, system), numbers) in asked {
            let found = query::import::known(c, &system, property, &numbers).await?;
            known.extend(found.into_keys().map(|number| (property, system.clone(), number)));
        }
        Ok(known)
    }

    /// So many visit numbers that nobody has.
    async fn free_numbers(store: &Store, c: &mut Conn, count: usize) -> Result<Vec<String>> {
        let rng = store.vault().rng.clone();
        let mut free: Vec<String> = Vec::with_capacity(count);
        let mut seen = HashSet::new();
        while free.len() < count {
            // From all numbers each would be on a page of its own.
            let stretch = NumberStretch::random(&*rng);
            let more: Vec<String> = (0..count - free.len())
                .map(|_| stretch.number(&*rng).digits())
                .filter(|number| seen.insert(number.clone()))
                .collect();
            let known = query::import::known(c, OWN_NUMBERS, PropertyId::NIL, &more).await?;
            free.extend(more.into_iter().filter(|number| !known.contains_key(number)));
        }
        Ok(free)
    }

    /// Plans a unit of work over the rows from `start` on: `most` of them, or as many as it can take.
    pub async fn plan(&mut self, rows: &Arc<[HistoryRow]>, start: usize, most: usize) -> Result<Planned> {
        let end = rows.len().min(start.saturating_add(most));
        let (app, store) = (self.app.clone(), self.store.clone());
        let ids = store.ids().clone();
        // Who is recognised must be found, also those of the batch before.
        if rows[start..end].iter().any(|row| row.booking.as_ref().is_ok_and(|b| b.guest.recognise)) {
            self.merge_staged_tokens().await?;
        }
        let mut c = store.read().await?;
        let (mut known, mut guests) = (HashSet::new(), Guests::new(&app, &store));
        let mut plan = Planned {
            run: self.run.clone(),
            report: self.report.clone(),
            setups: Vec::new(),
            dates: Vec::new(),
            records: Records::default(),
            guests: Changes::default(),
            changes: Vec::new(),
            quarantine: Vec::new(),
            rows: rows.clone(),
            end,
        };
        for (index, row) in rows.iter().enumerate().take(end).skip(start) {
            if (index - start).is_multiple_of(LOOKED_UP) {
                if guests.changes.enriched() >= AGAIN {
                    plan.end = index;
                    break;
                }
                let next = &rows[index..end.min(index + LOOKED_UP)];
                self.layouts(&mut c, next).await?;
                known.extend(self.known_numbers(&mut c, next).await?);
                guests.look_up(&mut c, next).await?;
                if self.state.numbers.len() < next.len() {
                    self.state.numbers = Self::free_numbers(&store, &mut c, end - index).await?;
                }
            }
            plan.report.read(row);
            let refused = match &row.booking {
                Err(refusal) => Err(refusal.clone()),
                Ok(b) => {
                    let (system, number) = self.outside_number(row.row, b);
                    let layout = check_codes(b).and_then(|()| {
                        let missing = || refuse("property", "unknown_value", "no such layout");
                        self.state.layouts.get_mut(&b.property).ok_or_else(missing)
                    });
                    let layout = match layout {
                        Ok(layout) => layout,
                        Err(refusal) => {
                            plan.report.quarantined(row, &refusal.reason);
                            plan.quarantine.push((index, refusal));
                            continue;
                        }
                    };
                    if !known.insert((layout.property.id, system.clone(), number.clone())) {
                        plan.report.already_there(row);
                        guests.known(&mut c, index, b).await?;
                        continue;
                    }
                    let alias = (system, number);
                    place(&ids, layout, b).map(|placed| (b, layout, placed, alias))
                }
            };
            match refused {
                Err(refusal) => {
                    plan.report.quarantined(row, &refusal.reason);
                    plan.quarantine.push((index, refusal));
                }
                Ok((b, layout, placed, alias)) => {
                    let subject = plan.changes.len();
                    let guest = guests.of(&mut c, subject, index, b).await?;
                    let number = self.state.numbers.pop().unwrap_or_default();
                    let plan_id = layout.plan(&ids);
                    let entry = Incoming { subject, ids: &ids, layout, b, placed, guest, plan: plan_id };
                    entry.add(&mut plan.records, number, alias);
                    let (notes, other) = (row.notes.clone(), b.extra.clone());
                    plan.changes.push(ImportEvent::Booking { row: row.row, notes, other });
                    plan.report.imported(row);
                }
            }
        }
        plan.guests = guests.changes;
        plan.report.met(&plan.guests);
        plan.report.render();
        let written: HashSet<PropertyId> =
            plan.records.reservations.iter().map(|(_, r)| r.property_id).collect();
        for layout in self.state.layouts.values_mut() {
            if layout.stored && written.contains(&layout.property.id) {
                plan.dates.push((layout.property.id, layout.property.business_date));
            }
            let new = std::mem::take(&mut layout.new);
            if new.property.is_some()
                || !(new.plans.is_empty() && new.types.is_empty() && new.rooms.is_empty())
            {
                plan.setups.push((layout.property.id, new));
            }
            layout.stored = true;
        }
        plan.run.report = serde_json::to_string(&plan.report).unwrap_or_default();
        Ok(plan)
    }
}

/// Where a booking's guest stayed or will stay.
#[derive(Clone, Copy)]
struct Placed {
    room: Option<RoomId>,
    held: bool,
}

fn place(ids: &Ids, layout: &mut Layout, b: &HistoryBooking) -> Refused<Placed> {
    if layout.property.currency != b.currency {
        let detail = format!("the layout's bills are in {}", layout.property.currency);
        return Err(refuse("currency", "other_currency", detail));
    }
    layout.kind(ids, &b.room_type);
    Ok(match b.status {
        HistoryStatus::Cancelled | HistoryStatus::NoShow => Placed { room: None, held: false },
        HistoryStatus::CheckedOut => Placed { room: Some(layout.room(ids, b, b.left)?), held: false },
        HistoryStatus::Reserved => {
            let held = b.arrival >= layout.property.business_date;
            if held {
                layout.sell(ids, b)?;
            }
            Placed { room: None, held }
        }
        HistoryStatus::InHouse => {
            layout.sell(ids, b)?;
            Placed { room: Some(layout.room(ids, b, b.departure)?), held: true }
        }
    })
}

/// One booking on its way into the records.
struct Incoming<'a> {
    subject: usize,
    ids: &'a Ids,
    layout: &'a Layout,
    b: &'a HistoryBooking,
    placed: Placed,
    guest: GuestId,
    plan: RatePlanId,
}

impl Incoming<'_> {
    fn add(self, to: &mut Records, number: String, (system, outside): (String, String)) {
        let Self { subject, ids, layout, b, placed, guest, plan } = self;
        let property_id = layout.property.id;
        let id: VisitId = ids.id();
        let stay_id: Option<StayId> = placed.room.map(|_| ids.id());
        let (state, state_reason) = match b.status {
            HistoryStatus::Cancelled => (ReservationState::Cancelled, Some(IMPORTED.to_owned())),
            HistoryStatus::NoShow => (ReservationState::NoShow, Some(IMPORTED.to_owned())),
            _ => (ReservationState::Reserved, None),
        };
        let nights = StayRange::new(b.arrival, b.departure).map_or(0, StayRange::night_count);
        to.reservations.push((
            subject,
            Reservation {
                property_id,
                id,
                number: number.clone(),
                guest_id: guest,
                state,
                arrival: b.arrival,
                departure: b.departure,
                adults: b.adults,
                children: b.children,
                channel: b.channel.clone(),
                segment: b.segment.clone(),
                guarantee: b.guarantee,
                policy_id: None,
                currency: b.currency,
                walk_in: false,
                group_id: None,
                company: b.company.clone(),
                penalty: 0,
                state_reason,
                booked_at: moment(layout.zone, b.booked_at.unwrap_or(b.arrival), 12 * 60),
                version: 1,
            },
        ));
        let kind = |code: &str| layout.types.get(code).map_or(RoomTypeId::NIL, |kind| kind.id);
        to.rooms.push((
            subject,
            ReservationRoom {
                property_id,
                visit_id: id,
                line: 1,
                room_type_id: kind(&b.room_type),
                rate_plan_id: Some(plan),
                arrival: b.arrival,
                departure: b.departure,
                adults: b.adults,
                children: b.children,
                prices: vec![b.rate; usize::try_from(nights.max(1)).unwrap_or(1)],
                discount: BasisPoints(0),
                room_id: placed.room,
                stay_id,
                held: placed.held,
                version: 1,
            },
        ));
        let alias = |number, system, scope| VisitAlias { number, system, scope, property_id, visit_id: id };
        to.aliases.push((subject, alias(number, OWN_NUMBERS.to_owned(), PropertyId::NIL)));
        to.aliases.push((subject, alias(outside, system, property_id)));
        to.guest_visits.push((
            subject,
            GuestVisit {
                guest_id: guest,
                property_id,
                visit_id: id,
                arrival: b.arrival,
                departure: b.departure,
            },
        ));
        if let (Some(room_id), Some(stay_id)) = (placed.room, stay_id) {
            Self { subject, ids, layout, b, placed, guest, plan }.add_stay(to, id, stay_id, room_id, nights);
        }
    }

    fn add_stay(self, to: &mut Records, visit_id: VisitId, stay_id: StayId, room_id: RoomId, nights: i64) {
        let Self { subject, ids, layout, b, guest, .. } = self;
        let property_id = layout.property.id;
        let left = b.status == HistoryStatus::CheckedOut;
        let departure = if left { b.left } else { b.departure };
        let came_at = moment(layout.zone, b.arrival, layout.property.check_in_minute);
        let left_at = moment(layout.zone, departure, layout.property.check_out_minute).max(came_at);
        to.stays.push((
            subject,
            Stay {
                property_id,
                id: stay_id,
                visit_id,
                line: 1,
                state: if left { StayState::CheckedOut } else { StayState::InHouse },
                room_id,
                arrival: b.arrival,
                departure,
                adults: b.adults,
                children: b.children,
                checked_in_at: came_at,
                checked_out_at: left.then_some(left_at),
                share_of: None,
                version: 1,
            },
        ));
        let role = StayRole::Primary;
        to.stay_guests.push((subject, StayGuest { property_id, stay_id, guest_id: guest, visit_id, role }));
        let reason = "check_in".to_owned();
        let from_date = b.arrival;
        let moved = StayRoom { property_id, stay_id, seq: 1, visit_id, room_id, from_date, reason };
        to.stay_rooms.push((subject, moved));
        to.nights.extend(occupied_parts(b.arrival, departure).into_iter().map(|(night, part)| {
            (subject, RoomNight { property_id, room_id, night, part, visit_id: Some(visit_id), line: 1 })
        }));

        let folio_id: FolioId = ids.id();
        let posting = |code: &str, kind, amount, date, posted_at| Posting {
            property_id,
            id: ids.id(),
            folio_id,
            visit_id,
            stay_id: Some(stay_id),
            business_date: date,
            posted_at,
            code: code.to_owned(),
            kind,
            amount,
            quantity: 1,
            night: None,
            belongs_to: None,
            reverses: None,
            once: None,
            reference: None,
            foreign_currency: None,
            foreign_amount: None,
            foreign_rate: None,
        };
        let today = layout.property.business_date;
        // Nights of a guest in house are charged by the night audit from the business date on.
        let charged = b.arrival.iter_days().take(usize::try_from(nights).unwrap_or(0));
        let mut balance = 0;
        for night in charged.take_while(|night| left || *night < today) {
            balance += b.rate;
            let posted_at = moment(layout.zone, night, 23 * 60 + 59);
            let posting = posting("ROOM", CodeKind::Revenue, b.rate, night, posted_at);
            let once = Some(format!("room:{stay_id}:{night}"));
            to.postings.push((subject, Posting { night: Some(night), once, ..posting }));
        }
        if left && balance != 0 {
            let paid = posting("CARD", CodeKind::Payment, -balance, departure, left_at);
            to.postings.push((subject, paid));
            balance = 0;
        }
        to.folios.push((
            subject,
            Folio {
                property_id,
                id: folio_id,
                visit_id,
                window: 1,
                guest_id: Some(guest),
                company: None,
                state: if left { FolioState::Closed } else { FolioState::Open },
                currency: b.currency,
                balance,
                version: 1,
            },
        ));
    }
}

impl Planned {
    /// What the properties of the batch lacked, an entry of the journal for each.
    async fn set_up(&self, u: &mut Unit<'_>) -> Result<()> {
        for (property, new) in &self.setups {
            if let Some(property) = &new.property {
                u.tx.insert(property).await?;
            }
            u.tx.insert_all(&new.codes).await?;
            u.tx.insert_all(&new.plans).await?;
            u.tx.insert_all(&new.types).await?;
            u.tx.insert_all(&new.rooms).await?;
            let mut more: HashMap<RoomTypeId, i64> = HashMap::new();
            for room in &new.rooms {
                *more.entry(room.room_type_id).or_default() += 1;
            }
            let layout = query::property::find(u.tx, *property)
                .await?
                .ok_or_else(|| AppError::not_found(Missing::Property, property))?;
            for (kind, rooms) in more {
                query::inventory::resize_type(u.tx, *property, kind, rooms, layout.business_date).await?;
            }
            let (room_types, rooms) = (new.types.len() as i64, new.rooms.len() as i64);
            let event = ImportEvent::Property { run: self.run.id, room_types, rooms };
            u.record(About::Property(*property, "property", property.uuid()), event).await?;
        }
        Ok(())
    }
}

impl Command for Planned {
    const ACTION: Action = Action::ImportStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        self.guests.look_again(u, &self.rows).await?;
        for (layout, date) in &self.dates {
            if query::property::lock_shared(u.tx, *layout).await?.is_none_or(|now| now.business_date != *date)
            {
                // The batch is planned again: nobody reads this.
                return Err(RuleError::new(Rule::Exists, (), Message::Conflict).into());
            }
        }
        self.set_up(u).await?;
        self.guests.write(u, &self.rows).await?;
        let r = &self.records;
        u.tx.insert_for(&r.reservations).await?;
        u.tx.insert_for(&r.rooms).await?;
        u.tx.insert_for(&r.aliases).await?;
        u.tx.insert_for(&r.guest_visits).await?;
        u.tx.insert_for(&r.stays).await?;
        u.tx.insert_for(&r.stay_guests).await?;
        u.tx.insert_for(&r.stay_rooms).await?;
        u.tx.insert_for(&r.nights).await?;
        u.tx.insert_for(&r.folios).await?;
        u.tx.insert_for(&r.postings).await?;
        for (((subject, reservation), (_, room)), change) in
            r.reservations.iter().zip(&r.rooms).zip(&self.changes)
        {
            u.tx.begin_entry_for(*subject);
            if room.held {
                hold_inventory(u, room).await?;
            }
            u.record(About::Visit(reservation), change.clone()).await?;
        }
        self.guests.answer_pairs(u, &self.rows).await?;
        let mut quarantine = Vec::with_capacity(self.quarantine.len());
        for (index, refusal) in &self.quarantine {
            let row = &self.rows[*index];
            quarantine.push(Quarantine {
                run_id: self.run.id,
                row_number: row.row,
                field: refusal.field.clone(),
                reason: refusal.reason.clone(),
                detail: refusal.detail.clone(),
                record: query::import::seal_row(u.tx, self.run.id, row.row, &row.received).await?,
            });
        }
        u.tx.insert_all(&quarantine).await?;
        let mut run = self.run.clone();
        u.tx.update(&mut run).await?;
        let event = ImportEvent::Progress { rows: self.report.rows, imported: self.report.imported };
        u.record(About::Chain("import_run", run.id.uuid()), event).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn places(all: &BTreeSet<usize>) -> Places {
        let mut places = Places::default();
        all.iter().for_each(|place| places.add(*place));
        places
    }

    proptest! {
        #[test]
        fn a_free_room_is_found_where_there_is_one(
            rooms in prop::collection::btree_set(0..200_usize, 0..40),
            taken in prop::collection::vec(prop::collection::btree_set(0..200_usize, 0..150), 0..4),
        ) {
            let free = rooms.iter().rev().find(|room| taken.iter().all(|taken| !taken.contains(room)));
            let others: Vec<Places> = taken.iter().map(places).collect();
            let found = places(&rooms).last_beside(&others.iter().collect::<Vec<_>>());
            prop_assert_eq!(found.as_ref(), free);
            prop_assert_eq!(places(&rooms).len(), rooms.len());
            prop_assert!((0..200).all(|place| places(&rooms).contains(place) == rooms.contains(&place)));
        }
    }
}
