//! The records that follow from a booking claim. Pure.
//!
//! Nothing is invented: what the source does not say stays absent. Derived values are marked as such: the charges of
//! the nights, and a room that the source does not name.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use hefu_domain::{
    folio::{Folio, FolioState, Posting, once_a_night},
    ids::{GuestId, PropertyId, RatePlanId, RoomId, RoomTypeId, StayId, VisitId},
    property::{CodeKind, RateKind},
    reservation::{
        IMPORTED, OWN_NUMBERS, Reservation, ReservationRoom, ReservationState, VisitAlias, Wishes,
    },
    source::{BookingClaim, ClaimStatus, Origin, SourceKind, SourceRecord, SourceState},
    stay::{RoomNight, Stay, StayGuest, StayRole, StayRoom, StayState, occupied_parts},
    terms::Terms,
};
use hefu_kernel::{BasisPoints, Id as _, Ids, StayRange};
use hefu_store::GuestVisit;

use crate::{
    allocator::{HISTORY_PLAN, Layout, has_left_hours},
    incoming::{IncomingBooking, Refused, refuse},
};
use hefu_domain::source::{ROOM_ALLOTTED, ROOM_NAMED};

/// Codes are keys of other records and appear in URLs, so they stay short.
pub(crate) fn check_codes(b: &IncomingBooking) -> Refused<()> {
    let claim = &b.claim;
    for (field, code) in [
        ("property", Some(b.property.as_str())),
        ("room_type_booked", Some(claim.room_type.as_str())),
        ("room_type_assigned", Some(claim.given())),
        ("room", claim.room.as_deref()),
    ] {
        if code.is_some_and(|code| !(1..=32).contains(&code.chars().count())) {
            return Err(refuse(field, "bad_code", "a code has 1 to 32 characters"));
        }
    }
    let until = claim.left.map_or(claim.departure, |left| left.max(claim.departure));
    StayRange::new(claim.arrival, until).map_err(|e| refuse("departure", "bad_dates", e.to_string()))?;
    if claim.rate.checked_mul((claim.departure - claim.arrival).num_days()).is_none() {
        return Err(refuse("rate", "not_a_number", "the amount is out of range"));
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

/// Finds a room for a booking.
pub(crate) fn place(ids: &Ids, layout: &mut Layout, claim: &BookingClaim) -> Refused<Placed> {
    if layout.property.currency != claim.currency {
        let detail = format!("the property's bills are in {}", layout.property.currency);
        return Err(refuse("currency", "other_currency", detail));
    }
    let booked = layout.room_type(ids, &claim.room_type);
    Ok(match claim.status {
        ClaimStatus::Cancelled | ClaimStatus::NoShow => Placed { room: None, counted: None },
        ClaimStatus::CheckedOut => {
            let (room, _) = layout.room(ids, claim, claim.until())?;
            Placed { room: Some(room), counted: None }
        }
        ClaimStatus::Reserved if claim.arrival >= layout.property.business_date => {
            layout.sell(booked, claim, false)?;
            Placed { room: None, counted: Some(booked) }
        }
        ClaimStatus::Reserved => Placed { room: None, counted: None },
        // Whoever lives in a room has it, whether or not its type is sold out.
        ClaimStatus::InHouse => {
            let (room, kind) = layout.room(ids, claim, claim.departure)?;
            layout.sell(kind, claim, true)?;
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
    pub(crate) room: ReservationRoom,
    pub(crate) stay: Option<MadeStay>,
}

/// The stay and the bill of it.
pub(crate) struct MadeStay {
    pub(crate) stay: Stay,
    pub(crate) person: StayGuest,
    pub(crate) in_room: StayRoom,
    pub(crate) nights: Vec<RoomNight>,
    pub(crate) folio: Folio,
    pub(crate) charges: Vec<Posting>,
}

/// Facts about a booking that are not in the claim.
pub(crate) struct Known {
    pub(crate) id: VisitId,
    pub(crate) number: String,
    pub(crate) guest: GuestId,
    pub(crate) plan: RatePlanId,
    pub(crate) room_type: RoomTypeId,
    pub(crate) placed: Placed,
    /// For a visit that has one already.
    pub(crate) stay: Option<StayId>,
}

/// The records of a booking, in version 1.
pub(crate) fn make(ids: &Ids, layout: &Layout, claim: &BookingClaim, known: Known) -> Made {
    let Known { id, number, guest, plan, room_type, placed, stay } = known;
    let property_id = layout.id();
    let stay_id = placed.room.map(|_| stay.unwrap_or_else(|| ids.id()));
    let (state, state_reason) = match claim.status {
        ClaimStatus::Cancelled => (ReservationState::Cancelled, Some(IMPORTED.to_owned())),
        ClaimStatus::NoShow => (ReservationState::NoShow, Some(IMPORTED.to_owned())),
        _ => (ReservationState::Reserved, None),
    };
    let nights = StayRange::new(claim.arrival, claim.departure).map_or(0, StayRange::night_count);
    let reservation = Reservation {
        property_id,
        id,
        number,
        guest_id: guest,
        state,
        arrival: claim.arrival,
        departure: claim.departure,
        adults: claim.adults,
        children: claim.children,
        channel: claim.channel.clone(),
        segment: claim.segment.clone(),
        guarantee: claim.guarantee,
        currency: claim.currency,
        walk_in: false,
        group_id: None,
        company: claim.company.clone(),
        penalty: 0,
        state_reason: state_reason.clone(),
        booked_at: claim.booked_on.map(|day| moment(layout.zone, day, 12 * 60)),
        version: 1,
    };
    let mut room = ReservationRoom {
        property_id,
        visit_id: id,
        line: 1,
        room_type_id: room_type,
        rate_plan_id: Some(plan),
        arrival: claim.arrival,
        departure: claim.departure,
        adults: claim.adults,
        children: claim.children,
        prices: vec![claim.rate; usize::try_from(nights.max(1)).unwrap_or(1)],
        discount: BasisPoints(0),
        room_id: placed.room,
        stay_id,
        version: 1,
        state,
        state_reason,
        penalty: 0,
        // The source says no terms.
        terms: Terms {
            plan: Some(HISTORY_PLAN.to_owned()),
            kind: if nights == 0 { RateKind::PartDay } else { RateKind::Nightly },
            derived: true,
            ..Terms::default()
        },
        counted_type_id: placed.counted,
        counted_until: claim.departure,
        wishes: Wishes::default(),
        // The source says no hours.
        from_minute: None,
        until_minute: None,
    };
    if has_left_hours(claim) {
        room.end_hours();
    }
    let stay = match (placed.room, stay_id) {
        (Some(room_id), Some(stay_id)) => {
            Some(make_stay(ids, layout, claim, &reservation, &room, (stay_id, room_id)))
        }
        _ => None,
    };
    Made { reservation, room, stay }
}

fn make_stay(
    ids: &Ids,
    layout: &Layout,
    claim: &BookingClaim,
    reservation: &Reservation,
    room: &ReservationRoom,
    (stay_id, room_id): (StayId, RoomId),
) -> MadeStay {
    let property = &layout.property;
    let (visit, guest_id) = ((property.id, reservation.id), reservation.guest_id);
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
        visit_id: Some(reservation.id),
        line: room.line,
    };
    let mut folio = Folio::open(visit, ids.id(), 1, guest_id, claim.currency);
    // The source does not say who settled the bill of a departed guest, and how.
    if left {
        folio.state = FolioState::Reported;
    }
    // Nights of a guest in house are charged by the night audit from the business date on. A part-day stay has no night.
    let booked = claim.arrival.iter_days().take_while(|night| *night < claim.departure);
    let charge = |night: NaiveDate| {
        let code = ("ROOM".to_owned(), CodeKind::Revenue);
        let at = (night, moment(layout.zone, night, 23 * 60 + 59));
        Posting {
            stay_id: Some(stay_id),
            night: Some(night),
            once: Some(once_a_night(stay_id, night)),
            origin: Origin::Derived,
            ..Posting::line(&folio, ids.id(), code, claim.rate, at)
        }
    };
    let charges: Vec<Posting> =
        booked.take_while(|night| left || *night < property.business_date).map(charge).collect();
    if folio.state == FolioState::Open {
        folio.balance = charges.iter().map(|charge| charge.amount).sum();
    }
    let reason = if claim.room.is_some() { ROOM_NAMED } else { ROOM_ALLOTTED };
    MadeStay {
        person: StayGuest {
            property_id: property.id,
            stay_id,
            guest_id,
            visit_id: reservation.id,
            role: StayRole::Primary,
        },
        in_room: stay.in_room(1, reason, claim.arrival),
        nights: match room.hours() {
            _ if has_left_hours(claim) => Vec::new(),
            Some(_) => vec![RoomNight::by_the_hour(property.id, room_id, claim.arrival)],
            None => occupied_parts(claim.arrival, departure).into_iter().map(holds).collect(),
        },
        folio,
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
    /// Adds a new booking with its external number.
    pub(crate) fn add(&mut self, subject: usize, made: Made, (system, number): (String, String)) {
        let Made { reservation, room, stay } = made;
        let (property_id, visit_id) = (reservation.property_id, reservation.id);
        let alias = |number, system, scope| VisitAlias { number, system, scope, property_id, visit_id };
        let own = alias(reservation.number.clone(), OWN_NUMBERS.to_owned(), PropertyId::NIL);
        self.aliases.push((subject, own));
        self.aliases.push((subject, alias(number, system, property_id)));
        self.guest_visits.push((
            subject,
            GuestVisit {
                guest_id: reservation.guest_id,
                property_id,
                visit_id,
                arrival: reservation.arrival,
                departure: reservation.departure,
            },
        ));
        self.reservations.push((subject, reservation));
        self.rooms.push((subject, room));
        if let Some(made) = stay {
            self.stays.push((subject, made.stay));
            self.stay_guests.push((subject, made.person));
            self.stay_rooms.push((subject, made.in_room));
            self.nights.extend(made.nights.into_iter().map(|night| (subject, night)));
            self.folios.push((subject, made.folio));
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
        parts: claim.status.parts().to_owned(),
        state: SourceState::Linked,
        run_id: None,
        received_at: DateTime::UNIX_EPOCH,
        owner: guest.uuid(),
        digest: Vec::new(),
        record: Vec::new(),
    }
}
