//! The lists a desk prints: who comes, who is here, who leaves, who left and still owes, who did not come, who has breakfast, and from where
//! the guests are. Each is of the property as it stands now; none goes through what is over.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};

use chrono::NaiveDate;
use hefu_authz::{
    Action, Masks, Personal, Resource,
    class::{Name, Trait},
};
use hefu_core::{Query, Reader, Result};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    guest::FlagKind,
    ids::{GuestId, PropertyId, RoomId, StayId, VisitId},
    list::ListKind,
    package::Served,
    property::{Property, Room, RoomType},
    reservation::{BY_HAND, IMPORTED, Reservation, ReservationRoom, by_night_audit},
    stay::{DeskState, Stay, StayRole},
};
use hefu_kernel::{Currency, Id as _};
use hefu_store::{Conn, Vault, query};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{property::find_property, visit::grouped};

/// More rooms than come to a date anywhere.
const MOST: i64 = 100_000;

/// A row of a list: a room of a reservation, or the stay of one of several parties in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListRow {
    /// The room's number, once there is one.
    pub room: Option<String>,
    /// Code of the room type: the room's, or the one sold.
    pub room_type: String,
    /// Full name of the guest.
    #[schema(value_type = String)]
    pub guest: Personal<Name>,
    /// What the staff are to know about the guest at once.
    pub flags: Vec<FlagKind>,
    /// The visit's number, in groups.
    pub number: String,
    /// Which room of the reservation.
    pub line: i64,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
    /// Where it stands at the desk; none of who did not come.
    pub desk_state: Option<DeskState>,
    /// When the guest comes, minutes after midnight of the arrival date.
    pub arrival_minute: Option<i64>,
    /// Features that were asked for.
    pub features: Vec<String>,
    /// Name of the company it is booked for.
    pub company: Option<String>,
    /// Code of the rate plan it was sold under.
    pub rate_plan: Option<String>,
    /// What is included in the price, as codes.
    pub inclusions: Vec<String>,
    /// Balance due of the visit, minor units.
    pub balance: i64,
}

/// How many guests in house are from a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NationalityRow {
    /// Nationality, ISO 3166 alpha-3; none: not known.
    #[schema(value_type = Option<String>)]
    pub nationality: Option<Personal<Trait>>,
    /// How many guests.
    pub guests: i64,
    /// In how many rooms.
    pub rooms: i64,
}

/// A list, or a page of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct List {
    /// Code of the property.
    pub property: String,
    /// Which list.
    pub list: ListKind,
    /// Of which date.
    pub date: NaiveDate,
    /// The property's business date.
    pub business_date: NaiveDate,
    /// Currency of its balances.
    pub currency: Currency,
    /// The rows, by room.
    pub rows: Vec<ListRow>,
    /// The rows of the list by nationality, the largest first.
    pub nationalities: Vec<NationalityRow>,
    /// Pass it as `cursor` for what follows; none at the end.
    pub next: Option<String>,
}

/// The place of a row in its list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListPlace {
    room: String,
    visit: Uuid,
    line: i64,
    stay: Uuid,
}

impl ListPlace {
    /// Reads a place as it was answered.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('~');
        let mut next = || parts.next();
        let place = Self {
            room: next()?.to_owned(),
            visit: next()?.parse().ok()?,
            line: next()?.parse().ok()?,
            stay: next()?.parse().ok()?,
        };
        next().is_none().then_some(place)
    }

    fn written(&self) -> String {
        let Self { room, visit, line, stay } = self;
        format!("{room}~{visit}~{line}~{stay}")
    }
}

/// One of the lists a desk prints.
#[derive(Debug, Clone)]
pub struct ShowList {
    /// Code of the property.
    pub property: String,
    /// Which list.
    pub list: ListKind,
    /// Of which date; none: the business date.
    pub date: Option<NaiveDate>,
    /// Continue after this row.
    pub after: Option<ListPlace>,
    /// At most so many rows.
    pub limit: i64,
}

/// What a row is made of.
#[derive(Debug, Clone)]
struct Entry {
    booked: ReservationRoom,
    stay: Option<Stay>,
    state: Option<DeskState>,
}

impl Entry {
    fn awaited(booked: ReservationRoom, today: NaiveDate) -> Self {
        let state = Some(DeskState::of_arrival(booked.arrival, today));
        Self { booked, stay: None, state }
    }

    fn room(&self) -> Option<RoomId> {
        self.stay.as_ref().map(|stay| stay.room_id).or(self.booked.room_id)
    }

    fn dates(&self) -> (NaiveDate, NaiveDate) {
        match &self.stay {
            Some(stay) => (stay.arrival, stay.departure),
            None => (self.booked.arrival, self.booked.departure),
        }
    }

    /// For how many adults and children the night before a date was agreed.
    fn slept(&self, date: NaiveDate) -> (i64, i64) {
        let night = date.pred_opt().unwrap_or(date);
        self.booked.terms.heads_on(night, (self.booked.adults, self.booked.children))
    }

    /// Whether something that is served in the morning is included on a date.
    fn has_breakfast(&self, date: NaiveDate) -> bool {
        let stay = (self.booked.arrival, self.booked.departure.max(date));
        self.booked.terms.served(date, stay).any(|inclusion| inclusion.served == Served::NextDay)
    }
}

/// The property as it stands.
struct House {
    property: Property,
    rooms: HashMap<RoomId, Room>,
    types: Vec<RoomType>,
}

impl House {
    async fn of(c: &mut Conn, property: Property) -> Result<Self> {
        let rooms = query::property::rooms(c, property.id).await?;
        Ok(Self {
            rooms: rooms.into_iter().map(|room| (room.id, room)).collect(),
            types: query::property::room_types(c, property.id).await?,
            property,
        })
    }

    const fn id(&self) -> PropertyId {
        self.property.id
    }

    const fn today(&self) -> NaiveDate {
        self.property.business_date
    }

    fn place(&self, entry: &Entry) -> ListPlace {
        let room = entry.room().and_then(|id| self.rooms.get(&id));
        ListPlace {
            room: room.map(|room| room.number.clone()).unwrap_or_default(),
            visit: entry.booked.visit_id.uuid(),
            line: entry.booked.line,
            stay: entry.stay.as_ref().map(|stay| stay.id.uuid()).unwrap_or_default(),
        }
    }

    /// Stays with the rooms of reservations they are of.
    async fn with_rooms(&self, c: &mut Conn, stays: Vec<Stay>) -> Result<Vec<Entry>> {
        let mut booked: HashMap<(VisitId, i64), ReservationRoom> = HashMap::new();
        for room in query::desk::rooms_in_house(c, self.id()).await? {
            booked.insert((room.visit_id, room.line), room);
        }
        let mut entries = Vec::with_capacity(stays.len());
        for stay in stays {
            let key = (stay.visit_id, stay.line);
            if !booked.contains_key(&key) {
                for room in query::visit::rooms(c, self.id(), stay.visit_id).await? {
                    booked.insert((room.visit_id, room.line), room);
                }
            }
            // A stay is of a room of its reservation.
            let Some(room) = booked.get(&key).cloned() else { continue };
            let state = DeskState::of_stay(stay.state, stay.departure, self.today());
            entries.push(Entry { booked: room, stay: Some(stay), state });
        }
        Ok(entries)
    }

    /// Everybody in house.
    async fn in_house(&self, c: &mut Conn) -> Result<Vec<Entry>> {
        let stays = query::visit::in_house(c, self.id()).await?;
        self.with_rooms(c, stays).await
    }

    /// Everybody who left on the business date.
    async fn departed(&self, c: &mut Conn) -> Result<Vec<Entry>> {
        let stays = query::stay::departed_on(c, self.id(), self.today()).await?;
        self.with_rooms(c, stays).await
    }

    /// Everybody who should have arrived by a date and has not.
    async fn awaited(&self, c: &mut Conn, until: NaiveDate) -> Result<Vec<Entry>> {
        let rooms = query::stay::awaited(c, self.id(), until, MOST).await?;
        Ok(rooms.into_iter().map(|room| Entry::awaited(room, self.today())).collect())
    }

    async fn arrivals(&self, c: &mut Conn, date: NaiveDate) -> Result<Vec<Entry>> {
        let mut entries = self.awaited(c, date).await?;
        if date > self.today() {
            entries.retain(|entry| entry.booked.arrival == date);
            return Ok(entries);
        }
        entries.extend(self.in_house(c).await?.into_iter().filter(|entry| entry.dates().0 == date));
        entries.extend(self.departed(c).await?.into_iter().filter(|entry| entry.dates().0 == date));
        Ok(entries)
    }

    async fn departures(&self, c: &mut Conn, date: NaiveDate) -> Result<Vec<Entry>> {
        let mut entries = self.in_house(c).await?;
        if date > self.today() {
            entries.extend(self.awaited(c, date).await?);
            entries.retain(|entry| entry.dates().1 == date);
            return Ok(entries);
        }
        entries.retain(|entry| entry.dates().1 <= date);
        entries.extend(self.departed(c).await?);
        Ok(entries)
    }

    async fn no_shows(&self, c: &mut Conn, date: NaiveDate) -> Result<Vec<Entry>> {
        let by_audit = by_night_audit(date);
        let mut entries = Vec::new();
        for reason in [by_audit.as_str(), BY_HAND, IMPORTED] {
            let rooms = query::desk::no_show_rooms(c, self.id(), reason, (date, date), MOST).await?;
            entries.extend(rooms.into_iter().map(|booked| Entry { booked, stay: None, state: None }));
        }
        Ok(entries)
    }

    /// Who has breakfast on the morning of a date: who has slept here the night before, or is going to. A room stands in it once, as the kitchen
    /// counts it: what is included is agreed for its people together, whoever of them shares it.
    async fn breakfasts(&self, c: &mut Conn, date: NaiveDate) -> Result<Vec<Entry>> {
        let mut entries = self.in_house(c).await?;
        if date > self.today() {
            entries.extend(self.awaited(c, self.today()).await?);
            entries.retain(|entry| entry.dates().1 >= date);
        } else {
            entries.extend(self.departed(c).await?);
            entries.retain(|entry| entry.dates().0 < date);
        }
        entries.retain(|entry| entry.has_breakfast(date));
        entries.sort_by_key(|entry| entry.stay.as_ref().is_some_and(|stay| stay.share_of.is_some()));
        let mut listed = BTreeSet::new();
        entries.retain(|entry| listed.insert((entry.booked.visit_id, entry.booked.line)));
        Ok(entries)
    }
}

impl ShowList {
    /// The date of the list.
    fn date(&self, property: &Property) -> Result<NaiveDate> {
        let today = property.business_date;
        let tomorrow = today.succ_opt().unwrap_or(today);
        let date = self.date.unwrap_or(today);
        let refused = |message| RuleError::new(Rule::BadDates, Place::parameter("date"), message).into();
        match self.list {
            ListKind::Arrivals | ListKind::Departures if date < today => {
                Err(refused(Message::BeforeBusinessDate { date: today }))
            }
            ListKind::InHouse | ListKind::Nationalities | ListKind::Unpaid if date != today => {
                Err(refused(Message::ListOfDates { from: today, to: today }))
            }
            ListKind::Breakfast if date < today || date > tomorrow => {
                Err(refused(Message::ListOfDates { from: today, to: tomorrow }))
            }
            _ => Ok(date),
        }
    }
}

/// What is shown of people.
struct People<'a> {
    vault: &'a Vault,
    masks: Masks,
    names: HashMap<GuestId, Personal<Name>>,
    flags: HashMap<GuestId, Vec<FlagKind>>,
    reservations: HashMap<VisitId, Reservation>,
}

impl People<'_> {
    async fn name(&mut self, c: &mut Conn, guest: GuestId) -> Result<Personal<Name>> {
        if let Some(known) = self.names.get(&guest) {
            return Ok(known.clone());
        }
        let found = query::guest::find(c, self.vault, guest).await?;
        let name = Personal::of_some(self.masks, found.map(|guest| guest.profile.full_name));
        Ok(self.names.entry(guest).or_insert(name.unwrap_or_default()).clone())
    }

    async fn flags(&mut self, c: &mut Conn, guest: GuestId) -> Result<Vec<FlagKind>> {
        if let Some(known) = self.flags.get(&guest) {
            return Ok(known.clone());
        }
        let found = query::desk::flags_of(c, guest).await?;
        let kinds: BTreeSet<FlagKind> = found.into_iter().map(|flag| flag.kind).collect();
        Ok(self.flags.entry(guest).or_insert(kinds.into_iter().collect()).clone())
    }

    async fn reservation(
        &mut self,
        c: &mut Conn,
        (property, visit): (PropertyId, VisitId),
    ) -> Result<Option<Reservation>> {
        if let Some(known) = self.reservations.get(&visit) {
            return Ok(Some(known.clone()));
        }
        let found = query::visit::reservation(c, property, visit).await?;
        self.reservations.extend(found.iter().map(|found| (visit, found.clone())));
        Ok(found)
    }

    /// The guest under whom a stay is.
    async fn primary(&self, c: &mut Conn, stay: &Stay) -> Result<Option<GuestId>> {
        let people = query::visit::stay_guests(c, stay.property_id, stay.visit_id).await?;
        let is_it = |stay_id: StayId, role| stay_id == stay.id && role == StayRole::Primary;
        Ok(people.iter().find(|person| is_it(person.stay_id, person.role)).map(|person| person.guest_id))
    }

    async fn row(&mut self, c: &mut Conn, house: &House, entry: Entry) -> Result<Option<ListRow>> {
        let key = (house.id(), entry.booked.visit_id);
        let Some(reservation) = self.reservation(c, key).await? else { return Ok(None) };
        let primary = match &entry.stay {
            Some(stay) => self.primary(c, stay).await?,
            None => None,
        };
        let guest = primary.unwrap_or(reservation.guest_id);
        let room = entry.room().and_then(|id| house.rooms.get(&id));
        let kind = room.map_or(entry.booked.room_type_id, |room| room.room_type_id);
        let kind = house.types.iter().find(|known| known.id == kind);
        let (arrival, departure) = entry.dates();
        let (adults, children) = match &entry.stay {
            Some(stay) => (stay.adults, stay.children),
            None => (entry.booked.adults, entry.booked.children),
        };
        Ok(Some(ListRow {
            room: room.map(|room| room.number.clone()),
            room_type: kind.map(|kind| kind.code.clone()).unwrap_or_default(),
            guest: self.name(c, guest).await?,
            flags: self.flags(c, guest).await?,
            number: grouped(&reservation.number),
            line: entry.booked.line,
            arrival,
            departure,
            adults,
            children,
            desk_state: entry.state,
            arrival_minute: entry.booked.wishes.arrival_minute,
            features: entry.booked.wishes.features,
            company: reservation.company,
            rate_plan: entry.booked.terms.plan,
            inclusions: entry.booked.terms.inclusions.into_iter().map(|inclusion| inclusion.code).collect(),
            balance: query::visit::balance(c, key.0, key.1).await?,
        }))
    }
}

/// The rooms of visits that are over and not settled, after a visit.
async fn unpaid(c: &mut Conn, house: &House, after: Option<&ListPlace>, limit: i64) -> Result<Vec<Entry>> {
    let after = after.map_or(VisitId::NIL, |place| VisitId::from_uuid(place.visit));
    let mut entries = Vec::new();
    for visit in query::desk::unpaid(c, house.id(), after, limit).await? {
        // A row for the visit: the bill is one, whatever its rooms.
        let rooms = query::visit::rooms(c, house.id(), visit).await?;
        let stays = query::visit::stays(c, house.id(), visit).await?;
        let Some(booked) = rooms.into_iter().next() else { continue };
        let stay = stays.into_iter().find(|stay| Some(stay.id) == booked.stay_id);
        let state =
            stay.as_ref().and_then(|stay| DeskState::of_stay(stay.state, stay.departure, house.today()));
        entries.push(Entry { booked, stay, state });
    }
    Ok(entries)
}

/// How many guests in house are from where.
async fn nationalities(
    c: &mut Conn,
    (vault, masks): (&Vault, Masks),
    property: PropertyId,
) -> Result<Vec<NationalityRow>> {
    let mut known: HashMap<GuestId, Option<String>> = HashMap::new();
    let mut from: BTreeMap<Option<String>, (BTreeSet<GuestId>, BTreeSet<RoomId>)> = BTreeMap::new();
    for (_, guest, room) in query::desk::people_in_house(c, property).await? {
        if let hash_map::Entry::Vacant(new) = known.entry(guest) {
            let found = query::guest::find(c, vault, guest).await?;
            new.insert(found.and_then(|guest| guest.profile.nationality));
        }
        let nationality = known.get(&guest).cloned().flatten();
        let (guests, rooms) = from.entry(nationality).or_default();
        guests.insert(guest);
        rooms.insert(room);
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut rows: Vec<NationalityRow> = from
        .into_iter()
        .map(|(nationality, (guests, rooms))| NationalityRow {
            nationality: Personal::of_some(masks, nationality),
            guests: count(guests.len()),
            rooms: count(rooms.len()),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.guests));
    Ok(rows)
}

#[async_trait]
impl Query for ShowList {
    const ACTION: Action = Action::ListShow;
    type Out = List;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<List> {
        let (vault, masks) = (r.vault(), r.masks());
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let date = self.date(&property)?;
        let house = House::of(c, property).await?;
        let mut entries = match self.list {
            ListKind::Arrivals => house.arrivals(c, date).await?,
            ListKind::InHouse => house.in_house(c).await?,
            ListKind::Departures => house.departures(c, date).await?,
            ListKind::Unpaid => unpaid(c, &house, self.after.as_ref(), self.limit + 1).await?,
            ListKind::NoShows => house.no_shows(c, date).await?,
            ListKind::Breakfast => house.breakfasts(c, date).await?,
            ListKind::Nationalities => Vec::new(),
        };
        if self.list != ListKind::Unpaid {
            entries.sort_by_cached_key(|entry| house.place(entry));
            if let Some(after) = &self.after {
                entries.retain(|entry| house.place(entry) > *after);
            }
        }
        let most = usize::try_from(self.limit).unwrap_or(1);
        let has_more = entries.len() > most;
        entries.truncate(most);
        let next = entries.last().filter(|_| has_more).map(|last| house.place(last).written());
        let mut people = People {
            vault: &vault,
            masks,
            names: HashMap::new(),
            flags: HashMap::new(),
            reservations: HashMap::new(),
        };
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let slept = (self.list == ListKind::Breakfast).then(|| entry.slept(date));
            let mut row = people.row(c, &house, entry).await?;
            if let (Some(row), Some(heads)) = (&mut row, slept) {
                (row.adults, row.children) = heads;
            }
            rows.extend(row);
        }
        let nationalities = match self.list {
            ListKind::Nationalities => nationalities(c, (&vault, masks), house.id()).await?,
            _ => Vec::new(),
        };
        let House { property, .. } = house;
        Ok(List {
            list: self.list,
            date,
            business_date: property.business_date,
            currency: property.currency,
            property: property.code,
            rows,
            nationalities,
            next,
        })
    }
}
