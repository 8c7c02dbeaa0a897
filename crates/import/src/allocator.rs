//! Room allocation: free rooms, missing room types and rooms, and sold inventory. Pure: it works on what was loaded, and on
//! what was allocated since.

use std::collections::{HashMap, hash_map::Entry};

use chrono::NaiveDate;
use hefu_domain::{
    ids::{PropertyId, RatePlanId, RoomId, RoomTypeId},
    message::Why,
    property::{
        CancellationPolicy, Property, RateKind, RatePlan, Room, RoomState, RoomType, TransactionCode,
        standard_codes,
    },
    source::{BookingClaim, ClaimStatus, RoomClaim},
    stay::{RoomPart, occupied_parts},
    terms::Terms,
};
use hefu_kernel::{BasisPoints, Ids};

use crate::incoming::{Refusal, Refused};

/// Letters of a room type in the number of a room that is made for it.
const ROOM_PREFIX: usize = 12;

/// The rate plan of imported bookings.
pub(crate) const HISTORY_PLAN: &str = "HIST";

/// In-memory state of the planner between batches; rebuilt from the records when lost.
#[derive(Default)]
pub(crate) struct State {
    /// Properties by code.
    pub(crate) layouts: HashMap<String, Layout>,
    /// Visit numbers that were unused when they were drawn.
    pub(crate) numbers: Vec<String>,
}

/// The recorded state of a property's rooms.
pub(crate) struct Loaded {
    pub(crate) rooms: Vec<Room>,
    pub(crate) types: Vec<RoomType>,
    pub(crate) plans: Vec<RatePlan>,
    pub(crate) policies: Vec<CancellationPolicy>,
    /// Nights and days for which rooms are or were occupied; rooms by their places in `rooms`.
    pub(crate) taken: Taken,
    /// Rooms occupied now.
    pub(crate) lived_in: Vec<RoomId>,
    /// Sold inventory of each room type from the business date on.
    pub(crate) sold: Vec<(RoomTypeId, NaiveDate, RoomPart, i64)>,
}

/// The planner's view of a property.
pub(crate) struct Layout {
    pub(crate) property: Property,
    pub(crate) zone: chrono_tz::Tz,
    /// Whether it exists in the records, not only in the plan.
    pub(crate) stored: bool,
    /// Whether it has the rooms that files name and need: nobody has set it up.
    grows: bool,
    plan: RatePlanId,
    /// The property's own plans by code, with the terms that a price of another system is sold under: it holds everything already.
    offers: HashMap<String, (RatePlanId, Terms)>,
    types: HashMap<String, Kind>,
    /// Every room with its type, at its place.
    rooms: Vec<(RoomId, RoomTypeId)>,
    /// The indexes of rooms by number.
    numbers: HashMap<String, usize>,
    /// The occupied room indexes, by slot.
    taken: HashMap<usize, Places>,
    /// The room indexes occupied now.
    lived_in: Places,
    /// Sold inventory from the business date on.
    sold: HashMap<(RoomTypeId, usize), i64>,
    /// Created since the last batch.
    pub(crate) new: Setup,
}

/// What a visit occupies.
#[derive(Default)]
pub(crate) struct Held {
    /// Rooms with their dates, and whether they are occupied now.
    pub(crate) rooms: Vec<(RoomId, NaiveDate, NaiveDate, bool)>,
    /// Room types sold to it, with the dates.
    pub(crate) sold: Vec<(RoomTypeId, NaiveDate, NaiveDate)>,
}

struct Kind {
    id: RoomTypeId,
    overbooking: i64,
    /// Its rooms that can be let.
    rooms: Places,
}

/// What had to be created in a property for the batch.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) property: Option<Property>,
    pub(crate) codes: Vec<TransactionCode>,
    pub(crate) plans: Vec<RatePlan>,
    pub(crate) types: Vec<RoomType>,
    pub(crate) rooms: Vec<Room>,
}

impl Setup {
    /// Whether nothing had to be created.
    pub(crate) const fn is_empty(&self) -> bool {
        self.property.is_none() && self.plans.is_empty() && self.types.is_empty() && self.rooms.is_empty()
    }
}

/// A set of rooms, by their indexes in the property. A room for a stay is searched among all of its type at once, sixty-four to a word:
/// a property with a long history has thousands.
#[derive(Default)]
struct Places(Vec<u64>);

impl Places {
    fn add(&mut self, place: usize) {
        if self.0.len() <= place / 64 {
            self.0.resize(place / 64 + 1, 0);
        }
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn remove(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
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

/// The occupied rooms by slot: a bit for each, since a long history has tens of millions of nights.
#[derive(Default)]
pub(crate) struct Taken(HashMap<usize, Places>);

impl Taken {
    /// The room at this place is occupied.
    pub(crate) fn add(&mut self, place: usize, date: NaiveDate, part: RoomPart) {
        self.0.entry(slot(date, part)).or_default().add(place);
    }
}

/// A date has two slots, its day and the night after it, so a stay is one range of slots and part-day use is one slot.
fn slot(date: NaiveDate, part: RoomPart) -> usize {
    let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
    let day = usize::try_from((date - first).num_days()).unwrap_or(0);
    day * 2 + usize::from(part == RoomPart::Night)
}

/// Whether a guest by the hour has left: what the guest had is free again, for others of the same day.
pub(crate) fn has_left_hours(claim: &RoomClaim) -> bool {
    claim.status == ClaimStatus::CheckedOut
        && claim.arrival == claim.departure
        && claim.until() == claim.arrival
}

/// The slots of `occupied_parts`, which are adjacent.
fn slots(arrival: NaiveDate, departure: NaiveDate) -> std::ops::Range<usize> {
    if arrival == departure {
        let day = slot(arrival, RoomPart::Day);
        return day..day + 1;
    }
    slot(arrival, RoomPart::Night)..slot(departure, RoomPart::Day)
}

impl Layout {
    /// An existing property.
    pub(crate) fn known(property: Property, zone: chrono_tz::Tz, loaded: Loaded) -> Self {
        let mut layout = Self::of(property, zone);
        layout.stored = true;
        let Loaded { rooms, types, plans, policies, taken, lived_in, sold } = loaded;
        for kind in types {
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
        layout.rooms = rooms.iter().map(|room| (room.id, room.room_type_id)).collect();
        layout.numbers = rooms.into_iter().map(|room| room.number).zip(0..).collect();
        layout.taken = taken.0;
        lived_in.iter().filter_map(|room| places.get(room)).for_each(|place| layout.lived_in.add(*place));
        layout.sold =
            sold.into_iter().map(|(kind, night, part, sold)| ((kind, slot(night, part)), sold)).collect();
        layout.grows = plans.iter().all(|plan| plan.code == HISTORY_PLAN) && !plans.is_empty();
        for plan in plans {
            if plan.code == HISTORY_PLAN {
                layout.plan = plan.id;
                continue;
            }
            let policy = policies.iter().find(|policy| Some(policy.id) == plan.policy_id);
            let terms = Terms { inclusive: true, ..Terms::of(&plan, policy, None, Vec::new()) };
            layout.offers.insert(plan.code, (plan.id, terms));
        }
        layout
    }

    /// A property that does not exist yet.
    pub(crate) fn new(property: Property, zone: chrono_tz::Tz) -> Self {
        let mut layout = Self::of(property.clone(), zone);
        layout.grows = true;
        layout.new.codes = standard_codes(property.id);
        layout.new.property = Some(property);
        layout
    }

    fn of(property: Property, zone: chrono_tz::Tz) -> Self {
        Self {
            zone,
            property,
            stored: false,
            grows: false,
            plan: RatePlanId::NIL,
            offers: HashMap::new(),
            types: HashMap::new(),
            rooms: Vec::new(),
            numbers: HashMap::new(),
            taken: HashMap::new(),
            lived_in: Places::default(),
            sold: HashMap::new(),
            new: Setup::default(),
        }
    }

    /// The property's id.
    pub(crate) const fn id(&self) -> PropertyId {
        self.property.id
    }

    /// The property's own plan that a room is sold under, with its terms, if its source says one.
    pub(crate) fn offer(&self, room: &RoomClaim) -> Option<&(RatePlanId, Terms)> {
        self.offers.get(room.rate_plan.as_deref()?)
    }

    /// The plan of rooms that are sold under none of the property's own: made only if there is such a room.
    pub(crate) fn plan_of(&mut self, ids: &Ids, claim: &BookingClaim) -> RatePlanId {
        if claim.rooms().all(|room| self.offer(room).is_some()) { self.plan } else { self.plan(ids) }
    }

    /// The history's rate plan, created if the property has none.
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
                derived: None,
                people: None,
                inclusions: Vec::new(),
                overrun: None,
            });
        }
        self.plan
    }

    /// The room type with a code, created if the property has none.
    pub(crate) fn room_type(&mut self, ids: &Ids, code: &str) -> RoomTypeId {
        self.kind(ids, code, code).id
    }

    /// Lets the property have a room type of this code and name.
    pub(crate) fn name_type(&mut self, ids: &Ids, code: &str, name: &str) {
        self.kind(ids, code, name);
    }

    /// Lets a property that nobody has set up have the room that a file names.
    pub(crate) fn name_room(&mut self, ids: &Ids, code: &str, number: &str, floor: &str) {
        if self.grows && !self.numbers.contains_key(number) {
            self.add_room(ids, code, Some(number), floor);
        }
    }

    /// Adds a room of a type, with the next number if it has none.
    fn add_room(&mut self, ids: &Ids, code: &str, number: Option<&str>, floor: &str) -> usize {
        let place = self.rooms.len();
        let kind = self.kind(ids, code, code);
        let (kind_id, mut next) = (kind.id, kind.rooms.len());
        kind.rooms.add(place);
        let number = number.map_or_else(
            || loop {
                next += 1;
                let number = format!("{}{next:03}", code.chars().take(ROOM_PREFIX).collect::<String>());
                if !self.numbers.contains_key(&number) {
                    return number;
                }
            },
            str::to_owned,
        );
        let room = Room {
            property_id: self.property.id,
            id: ids.id(),
            number: number.clone(),
            room_type_id: kind_id,
            floor: floor.to_owned(),
            accessible: false,
            state: RoomState::Clean,
            version: 1,
            features: Vec::new(),
            closed_from: None,
        };
        self.rooms.push((room.id, room.room_type_id));
        self.numbers.insert(number, place);
        self.new.rooms.push(room);
        place
    }

    fn kind(&mut self, ids: &Ids, code: &str, name: &str) -> &mut Kind {
        match self.types.entry(code.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let id = ids.id();
                self.new.types.push(RoomType {
                    property_id: self.property.id,
                    id,
                    code: code.to_owned(),
                    name: name.to_owned(),
                    name_en: name.to_owned(),
                    capacity: 4,
                    overbooking: 0,
                    version: 1,
                });
                place.insert(Kind { id, overbooking: 0, rooms: Places::default() })
            }
        }
    }

    /// A room for the dates until `until`: the one named, else the last free one of the type, else a new one. (Filling the gaps of the
    /// first rooms would write to as many pages as there are rooms.)
    /// Answers the room and its type.
    pub(crate) fn room(
        &mut self,
        ids: &Ids,
        claim: &RoomClaim,
        until: NaiveDate,
    ) -> Refused<(RoomId, RoomTypeId)> {
        let wanted = if has_left_hours(claim) { 0..0 } else { slots(claim.arrival, until) };
        let given = claim.given();
        self.kind(ids, given, given);
        let Some(kind) = self.types.get_mut(given) else {
            return Err(Refusal::of("room_type_assigned", Why::NoRoomType));
        };
        let lives_here = claim.status == ClaimStatus::InHouse;
        let mut taken: Vec<&Places> = wanted.clone().filter_map(|slot| self.taken.get(&slot)).collect();
        // Guests who are overdue to leave have no night any more, but still occupy the room.
        taken.extend(lives_here.then_some(&self.lived_in));
        let found = match claim.room.as_ref().map(|number| self.numbers.get(number)) {
            Some(Some(place)) if taken.iter().any(|taken| taken.contains(*place)) => {
                return Err(Refusal::of("room", Why::RoomTaken));
            }
            Some(place) => place.copied(),
            None => kind.rooms.last_beside(&taken),
        };
        let place = match found {
            Some(place) => place,
            None => self.add_room(ids, given, claim.room.as_deref(), ""),
        };
        wanted.for_each(|slot| self.taken.entry(slot).or_default().add(place));
        if lives_here {
            self.lived_in.add(place);
        }
        Ok(self.rooms[place])
    }

    /// Removes a visit's rooms and inventory from the plan, so that its changed record can be planned like a new one.
    pub(crate) fn release(&mut self, visit: &Held) {
        self.each_held(visit, Places::remove, -1);
    }

    /// Puts it back.
    pub(crate) fn put_back(&mut self, visit: &Held) {
        self.each_held(visit, Places::add, 1);
    }

    fn each_held(&mut self, visit: &Held, change: fn(&mut Places, usize), sold: i64) {
        for (room, arrival, until, lives_here) in &visit.rooms {
            let Some(place) = self.rooms.iter().position(|(known, _)| known == room) else { continue };
            for slot in slots(*arrival, *until) {
                change(self.taken.entry(slot).or_default(), place);
            }
            if *lives_here {
                change(&mut self.lived_in, place);
            }
        }
        for (kind, arrival, departure) in &visit.sold {
            for (night, part) in occupied_parts(*arrival, *departure) {
                *self.sold.entry((*kind, slot(night, part))).or_default() += sold;
            }
        }
    }

    /// The number of a room.
    pub(crate) fn number_of(&self, room: RoomId) -> Option<&str> {
        let place = self.rooms.iter().position(|(known, _)| *known == room)?;
        self.numbers.iter().find(|(_, known)| **known == place).map(|(number, _)| number.as_str())
    }

    /// The code of a room type.
    pub(crate) fn code_of(&self, kind: RoomTypeId) -> Option<&str> {
        self.types.iter().find(|(_, known)| known.id == kind).map(|(code, _)| code.as_str())
    }

    /// Sells one room of a type for the dates, as the counters in the records will say; `beyond`: also when none is left. A property that nobody
    /// has set up has as many rooms of a type as its nights need.
    pub(crate) fn sell(
        &mut self,
        ids: &Ids,
        code: &str,
        claim: &RoomClaim,
        beyond: bool,
    ) -> Refused<RoomTypeId> {
        let kind = self.kind(ids, code, code);
        let (id, most) = (kind.id, kind.rooms.len() as i64 + kind.overbooking);
        let parts: Vec<(RoomTypeId, usize)> = occupied_parts(claim.arrival, claim.departure)
            .into_iter()
            .filter(|_| !has_left_hours(claim))
            .map(|(night, part)| (id, slot(night, part)))
            .collect();
        let sold = parts.iter().map(|part| self.sold.get(part).copied().unwrap_or(0)).max().unwrap_or(0);
        if sold >= most && !beyond {
            if !self.grows {
                return Err(Refusal::of("room_type_booked", Why::SoldOut));
            }
            for _ in most..=sold {
                self.add_room(ids, code, None, "");
            }
        }
        for part in parts {
            *self.sold.entry(part).or_default() += 1;
        }
        Ok(id)
    }

    /// The code of a type.
    fn code_of_type(&self, kind: RoomTypeId) -> String {
        self.code_of(kind).unwrap_or_default().to_owned()
    }

    /// Sells one room of a type by its id; see [`Layout::sell`].
    pub(crate) fn sell_type(
        &mut self,
        ids: &Ids,
        kind: RoomTypeId,
        claim: &RoomClaim,
    ) -> Refused<RoomTypeId> {
        let code = self.code_of_type(kind);
        self.sell(ids, &code, claim, true)
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
            let mut fewer = places(&rooms);
            found.iter().for_each(|place| fewer.remove(*place));
            prop_assert_eq!(fewer.len(), rooms.len() - found.iter().count());
        }
    }
}
