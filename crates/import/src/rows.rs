//! The records that follow from a booking claim. Pure.
//!
//! Nothing is invented: what the source does not say stays absent. Derived values are marked as such: the charges of
//! the nights, and a room that the source does not name.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use hefu_domain::{
    folio::{Folio, FolioState, Posting, once_a_night},
    ids::{GuestId, PropertyId, RatePlanId, RoomId, RoomTypeId, StayId, VisitId},
    message::{ColumnName, Why},
    property::{CodeKind, RateKind},
    reservation::{
        IMPORTED, OWN_NUMBERS, Reservation, ReservationRoom, ReservationState, VisitAlias, Wishes,
    },
    source::{BookingClaim, ClaimStatus, Origin, RoomClaim, SourceKind, SourceRecord, SourceState},
    stay::{RoomNight, Stay, StayGuest, StayRole, StayRoom, StayState, occupied_parts},
    terms::Terms,
};
use hefu_kernel::{BasisPoints, Id as _, Ids, StayRange};
use hefu_store::GuestVisit;

use crate::{
    allocator::{HISTORY_PLAN, Held, Layout, has_left_hours},
    incoming::{IncomingBooking, Refusal, Refused, SourceNumber},
};
use hefu_domain::source::{ROOM_ALLOTTED, ROOM_NAMED};

/// Whether a text is short enough for a code.
pub(crate) fn is_code(code: &str) -> bool {
    (1..=LONGEST_CODE).contains(&code.chars().count())
}

/// Codes are keys of other records and appear in URLs, so they stay short.
pub(crate) fn check_codes(b: &IncomingBooking) -> Refused<()> {
    if !is_code(&b.property) {
        return Err(Refusal::of("property", Why::CodeLength { most: LONGEST_CODE }));
    }
    check_number(&b.number)?;
    for room in b.claim.rooms() {
        for (field, code) in [
            ("room_type_booked", Some(room.room_type.as_str())),
            ("room_type_assigned", Some(room.given())),
            ("room", room.room.as_deref()),
        ] {
            if code.is_some_and(|code| !is_code(code)) {
                return Err(Refusal::of(field, Why::CodeLength { most: LONGEST_CODE }));
            }
        }
        let until = room.left.map_or(room.departure, |left| left.max(room.departure));
        StayRange::new(room.arrival, until)
            .map_err(|_| Refusal::of("departure", Why::StayLength { nights: StayRange::MAX_NIGHTS }))?;
        if room.sum().is_none() {
            return Err(Refusal::of("rate", Why::TooLarge { column: ColumnName(None) }));
        }
    }
    if b.claim.rooms().count() > MOST_ROOMS {
        return Err(Refusal::of("rooms", Why::TooManyRooms { most: MOST_ROOMS }));
    }
    Ok(())
}

/// Characters of a code at most.
const LONGEST_CODE: usize = 32;

/// Rooms of a booking at most.
const MOST_ROOMS: usize = 500;

/// Characters of another system's number at most: it stands in keys, and a cell may hold a mebibyte.
const LONGEST_NUMBER: usize = 200;

/// A number stands in the key of its record and in those that it is found by.
pub(crate) fn check_number(number: &SourceNumber) -> Refused<()> {
    if number.key.chars().count() > LONGEST_NUMBER {
        return Err(Refusal::of("source_key", Why::CodeLength { most: LONGEST_NUMBER }));
    }
    Ok(())
}

/// The room and rate plan of a booking's stay.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) room: Option<RoomId>,
    /// The type in whose counters it is sold.
    pub(crate) counted: Option<RoomTypeId>,
}

/// Finds rooms for a booking: for all of its rooms, or for none.
pub(crate) fn place(ids: &Ids, layout: &mut Layout, claim: &BookingClaim) -> Refused<Vec<Placed>> {
    if layout.property.currency != claim.currency {
        return Err(Refusal::of("currency", Why::OtherCurrency { currency: layout.property.currency }));
    }
    let (mut placed, mut held) = (Vec::new(), Held::default());
    for room in claim.rooms() {
        match place_room(ids, layout, room) {
            Ok(found) => {
                if let Some(id) = found.room {
                    let lives_here = room.status == ClaimStatus::InHouse;
                    held.rooms.push((id, room.arrival, room.until(), lives_here));
                }
                held.sold.extend(found.counted.map(|kind| (kind, room.arrival, room.departure)));
                placed.push(found);
            }
            Err(refusal) => {
                layout.release(&held);
                return Err(refusal);
            }
        }
    }
    Ok(placed)
}

fn place_room(ids: &Ids, layout: &mut Layout, claim: &RoomClaim) -> Refused<Placed> {
    layout.room_type(ids, &claim.room_type);
    Ok(match claim.status {
        ClaimStatus::Cancelled | ClaimStatus::NoShow => Placed { room: None, counted: None },
        ClaimStatus::CheckedOut => {
            let (room, _) = layout.room(ids, claim, claim.until())?;
            Placed { room: Some(room), counted: None }
        }
        ClaimStatus::Reserved if claim.arrival >= layout.property.business_date => {
            let booked = layout.sell(ids, &claim.room_type, claim, false)?;
            Placed { room: None, counted: Some(booked) }
        }
        ClaimStatus::Reserved => Placed { room: None, counted: None },
        // Whoever lives in a room has it, whether or not its type is sold out.
        ClaimStatus::InHouse => {
            let (room, kind) = layout.room(ids, claim, claim.departure)?;
            layout.sell_type(ids, kind, claim)?;
            Placed { room: Some(room), counted: Some(kind) }
        }
    })
}

/// The time on a date by the property's clock, minutes after midnight.
fn moment(zone: chrono_tz::Tz, date: NaiveDate, minute: i64) -> DateTime<Utc> {
    let local = date.and_hms_opt(0, 0, 0).unwrap_or_default() + TimeDelta::minutes(minute);
    // A clock change can skip the time; then the next hour is as good.
    zone.from_local_datetime(&local)
        .earliest()
        .map_or_else(|| local.and_utc(), |moment| moment.with_timezone(&Utc))
}

/// The records of a booking of another system.
pub(crate) struct Made {
    pub(crate) reservation: Reservation,
    /// Its rooms, each with the stay that came of it.
    pub(crate) rooms: Vec<(ReservationRoom, Option<MadeStay>)>,
    /// The bill of its stays.
    pub(crate) folio: Option<Folio>,
    /// Who accompanies whom; beside those to whom the stays are registered.
    pub(crate) visitors: Vec<GuestId>,
}

/// A stay and its charges.
pub(crate) struct MadeStay {
    pub(crate) stay: Stay,
    pub(crate) people: Vec<StayGuest>,
    pub(crate) in_room: StayRoom,
    pub(crate) nights: Vec<RoomNight>,
    pub(crate) charges: Vec<Posting>,
}

impl Made {
    /// Its stays.
    pub(crate) fn stays(&self) -> impl Iterator<Item = &MadeStay> {
        self.rooms.iter().filter_map(|(_, stay)| stay.as_ref())
    }

    /// The charges of its stays.
    pub(crate) fn charges(&self) -> impl Iterator<Item = &Posting> {
        self.stays().flat_map(|stay| &stay.charges)
    }
}

/// Facts about a booking that are not in the claim.
pub(crate) struct Known {
    pub(crate) id: VisitId,
    pub(crate) number: String,
    /// Its guests, the booker first, each with the room that he has.
    pub(crate) guests: Vec<(usize, GuestId)>,
    pub(crate) plan: RatePlanId,
    pub(crate) room_types: Vec<RoomTypeId>,
    pub(crate) placed: Vec<Placed>,
    /// For the rooms of a visit that have one already, by line.
    pub(crate) stays: Vec<(i64, StayId)>,
}

/// The records of a booking, in version 1.
pub(crate) fn make(ids: &Ids, layout: &Layout, claim: &BookingClaim, known: Known) -> Made {
    let Known { id, number, guests, plan: plan_id, room_types, placed, stays } = known;
    let property_id = layout.id();
    let booker = guests.first().map_or(GuestId::NIL, |(_, guest)| *guest);
    let mut reservation = Reservation {
        property_id,
        id,
        number,
        guest_id: booker,
        state: state_of(claim.first.status).0,
        arrival: claim.arrival(),
        departure: claim.departure(),
        adults: claim.first.adults,
        children: claim.first.children,
        channel: claim.channel.clone(),
        segment: claim.segment.clone(),
        guarantee: claim.guarantee,
        currency: claim.currency,
        walk_in: false,
        group_id: None,
        company: claim.company.clone(),
        penalty: 0,
        state_reason: state_of(claim.first.status).1,
        booked_at: claim.booked_on.map(|day| moment(layout.zone, day, 12 * 60)),
        version: 1,
    };
    let mut rooms = Vec::with_capacity(placed.len());
    let mut folio: Option<Folio> = None;
    for (at, ((room_claim, placed), room_type)) in claim.rooms().zip(placed).zip(room_types).enumerate() {
        let line = at as i64 + 1;
        let known_stay = stays.iter().find(|(known, _)| *known == line).map(|(_, stay)| *stay);
        let stay_id = placed.room.map(|_| known_stay.unwrap_or_else(|| ids.id()));
        let (state, state_reason) = state_of(room_claim.status);
        let nights =
            StayRange::new(room_claim.arrival, room_claim.departure).map_or(0, StayRange::night_count);
        let kind = if nights == 0 { RateKind::PartDay } else { RateKind::Nightly };
        let (rate_plan, terms) = match layout.offer(room_claim) {
            Some((plan, terms)) => (*plan, Terms { kind, ..terms.clone() }),
            // The source says no terms.
            None => {
                let plan = Some(HISTORY_PLAN.to_owned());
                (plan_id, Terms { plan, kind, derived: true, ..Terms::default() })
            }
        };
        let mut room = ReservationRoom {
            property_id,
            visit_id: id,
            line,
            room_type_id: room_type,
            rate_plan_id: Some(rate_plan),
            arrival: room_claim.arrival,
            departure: room_claim.departure,
            adults: room_claim.adults,
            children: room_claim.children,
            prices: room_claim.prices(),
            discount: BasisPoints(0),
            room_id: placed.room,
            stay_id,
            version: 1,
            state,
            state_reason,
            penalty: 0,
            terms,
            counted_type_id: placed.counted,
            counted_until: room_claim.departure,
            wishes: Wishes::default(),
            // The source says no hours.
            from_minute: None,
            until_minute: None,
        };
        if has_left_hours(room_claim) {
            room.end_hours();
        }
        let stay = match (placed.room, stay_id) {
            (Some(room_id), Some(stay_id)) => {
                let folio = folio.get_or_insert_with(|| {
                    Folio::open((property_id, id), ids.id(), 1, booker, claim.currency)
                });
                let registered = guests.iter().filter(|(room, _)| *room == at).map(|(_, guest)| *guest);
                let mut people: Vec<GuestId> = Vec::new();
                for guest in registered {
                    if !people.contains(&guest) {
                        people.push(guest);
                    }
                }
                if people.is_empty() {
                    people.push(booker);
                }
                Some(make_stay(ids, layout, room_claim, (&room, folio), (stay_id, room_id), &people))
            }
            _ => None,
        };
        rooms.push((room, stay));
    }
    // The source does not say who settled the bill of departed guests, and how.
    let all_left = rooms
        .iter()
        .filter_map(|(_, stay)| stay.as_ref())
        .all(|made| made.stay.state == StayState::CheckedOut);
    if let Some(folio) = &mut folio {
        if all_left {
            folio.state = FolioState::Reported;
        } else {
            let charges = rooms.iter().filter_map(|(_, stay)| stay.as_ref()).flat_map(|made| &made.charges);
            folio.balance = charges.map(|charge| charge.amount).sum();
        }
    }
    if rooms.len() > 1 {
        let lines: Vec<ReservationRoom> = rooms.iter().map(|(room, _)| room.clone()).collect();
        reservation.follow(&lines);
    }
    let mut visitors: Vec<GuestId> = guests.into_iter().map(|(_, guest)| guest).collect();
    visitors.sort_unstable();
    visitors.dedup();
    Made { reservation, rooms, folio, visitors }
}

fn state_of(status: ClaimStatus) -> (ReservationState, Option<String>) {
    match status {
        ClaimStatus::Cancelled => (ReservationState::Cancelled, Some(IMPORTED.to_owned())),
        ClaimStatus::NoShow => (ReservationState::NoShow, Some(IMPORTED.to_owned())),
        _ => (ReservationState::Reserved, None),
    }
}

fn make_stay(
    ids: &Ids,
    layout: &Layout,
    claim: &RoomClaim,
    (room, folio): (&ReservationRoom, &Folio),
    (stay_id, room_id): (StayId, RoomId),
    guests: &[GuestId],
) -> MadeStay {
    let property = &layout.property;
    let left = claim.status == ClaimStatus::CheckedOut;
    let departure = claim.until();
    let came_at = moment(layout.zone, claim.arrival, property.check_in_minute);
    let left_at = moment(layout.zone, departure, property.check_out_minute).max(came_at);
    let mut stay = Stay::of_line(room, stay_id, room_id, claim.arrival, came_at);
    if left {
        (stay.state, stay.departure) = (StayState::CheckedOut, departure);
        stay.checked_out_at = Some(left_at);
    }
    let holds = |(night, part)| RoomNight {
        property_id: property.id,
        room_id,
        night,
        part,
        visit_id: Some(room.visit_id),
        line: room.line,
    };
    let is_part_day = claim.arrival == claim.departure;
    let code = if is_part_day { "DAYUSE" } else { "ROOM" };
    // Nights of a guest in house are charged by the night audit from the business date on. Part-day use is charged once.
    let booked = claim
        .arrival
        .iter_days()
        .take_while(|night| *night < claim.departure || (is_part_day && *night == claim.arrival));
    let charge = |(night, price): (NaiveDate, i64)| {
        let code = (code.to_owned(), CodeKind::Revenue);
        let at = (night, moment(layout.zone, night, 23 * 60 + 59));
        Posting {
            stay_id: Some(stay_id),
            night: Some(night),
            // A night that was closed before a guest left is charged by nobody any more, and its key would weigh as much as the line.
            once: (!left || night >= property.business_date).then(|| once_a_night(stay_id, night)),
            origin: Origin::Derived,
            ..Posting::line(folio, ids.id(), code, price, at)
        }
    };
    let charges: Vec<Posting> = booked
        .zip(room.prices.iter().copied())
        .take_while(|(night, _)| left || *night < property.business_date)
        .map(charge)
        .collect();
    let reason = if claim.room.is_some() { ROOM_NAMED } else { ROOM_ALLOTTED };
    let person = |(at, guest_id): (usize, &GuestId)| StayGuest {
        property_id: property.id,
        stay_id,
        guest_id: *guest_id,
        visit_id: room.visit_id,
        role: if at == 0 { StayRole::Primary } else { StayRole::Accompanying },
    };
    MadeStay {
        people: guests.iter().enumerate().map(person).collect(),
        in_room: stay.in_room(1, reason, claim.arrival),
        nights: match room.hours() {
            _ if has_left_hours(claim) => Vec::new(),
            Some(_) => vec![RoomNight::by_the_hour(property.id, room_id, claim.arrival)],
            None => occupied_parts(claim.arrival, departure).into_iter().map(holds).collect(),
        },
        charges,
        stay,
    }
}

/// A batch as it will be written. Rows are stored with the number of their booking.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) reservations: Vec<(usize, Reservation)>,
    pub(crate) rooms: Vec<(usize, ReservationRoom)>,
    pub(crate) aliases: Vec<(usize, VisitAlias)>,
    pub(crate) guest_visits: Vec<(usize, GuestVisit)>,
    pub(crate) stays: Vec<(usize, Stay)>,
    pub(crate) stay_guests: Vec<(usize, StayGuest)>,
    pub(crate) stay_rooms: Vec<(usize, StayRoom)>,
    pub(crate) nights: Vec<(usize, RoomNight)>,
    pub(crate) folios: Vec<(usize, Folio)>,
    pub(crate) postings: Vec<(usize, Posting)>,
    /// Not sealed yet.
    pub(crate) sources: Vec<(usize, SourceRecord)>,
}

impl Records {
    /// Adds a new booking with its external numbers and their systems.
    pub(crate) fn add(&mut self, subject: usize, made: Made, numbers: Vec<(String, String)>) {
        let Made { reservation, rooms, folio, visitors } = made;
        let (property_id, visit_id) = (reservation.property_id, reservation.id);
        let alias = |number, system, scope| VisitAlias { number, system, scope, property_id, visit_id };
        let own = alias(reservation.number.clone(), OWN_NUMBERS.to_owned(), PropertyId::NIL);
        self.aliases.push((subject, own));
        self.aliases.extend(
            numbers.into_iter().map(|(system, number)| (subject, alias(number, system, property_id))),
        );
        let (arrival, departure) = (reservation.arrival, reservation.departure);
        self.guest_visits.extend(
            visitors.into_iter().map(|guest_id| {
                (subject, GuestVisit { guest_id, property_id, visit_id, arrival, departure })
            }),
        );
        self.reservations.push((subject, reservation));
        self.folios.extend(folio.map(|folio| (subject, folio)));
        for (room, stay) in rooms {
            self.rooms.push((subject, room));
            let Some(made) = stay else { continue };
            self.stays.push((subject, made.stay));
            self.stay_guests.extend(made.people.into_iter().map(|person| (subject, person)));
            self.stay_rooms.push((subject, made.in_room));
            self.nights.extend(made.nights.into_iter().map(|night| (subject, night)));
            self.postings.extend(made.charges.into_iter().map(|charge| (subject, charge)));
        }
    }
}

/// A version of a booking's source record, not sealed yet.
pub(crate) fn source_record(
    property_id: PropertyId,
    (system, external_id): (String, String),
    (visit, guest): (VisitId, GuestId),
    claim: &BookingClaim,
    version: i64,
) -> SourceRecord {
    SourceRecord {
        property_id,
        system,
        kind: SourceKind::Booking,
        external_id,
        version,
        visit_id: Some(visit),
        part_id: None,
        parts: claim.parts().to_owned(),
        state: SourceState::Linked,
        run_id: None,
        received_at: DateTime::UNIX_EPOCH,
        owner: guest.uuid(),
        digest: Vec::new(),
        record: Vec::new(),
    }
}
