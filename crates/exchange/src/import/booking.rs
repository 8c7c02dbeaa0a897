//! The booking in one or several rows of a file.

use std::collections::HashSet;

use hefu_app::import::{Content, IncomingBooking, IncomingGuest, NAMED, Refusal, SourceNumber};
use hefu_domain::{
    message::{CellText, ColumnName, Quoted, Why},
    reservation::Guarantee,
    source::{BookingClaim, ClaimStatus, RoomClaim, share},
};
use hefu_synthetic::People;

use super::guest::{self, Flags, Origin};
use crate::source::{BookingRecord, DepositKind, Map, Status};

pub(super) const fn status_of(status: Status) -> ClaimStatus {
    match status {
        Status::Reserved => ClaimStatus::Reserved,
        Status::InHouse => ClaimStatus::InHouse,
        Status::CheckedOut => ClaimStatus::CheckedOut,
        Status::Cancelled => ClaimStatus::Cancelled,
        Status::NoShow => ClaimStatus::NoShow,
    }
}

/// Characters of a code at most.
pub(super) const LONGEST_CODE: usize = 32;

/// The code of what a file calls by a name: the name itself if it is short, else one made of its beginning and its digest, always the same.
pub(super) fn code_of(name: &str) -> String {
    if name.chars().count() <= LONGEST_CODE {
        return name.to_owned();
    }
    let digest = hefu_app::request_digest(&[name.as_bytes()]);
    let beginning: String = name.chars().take(LONGEST_CODE - 9).collect();
    format!("{}-{:02x}{:02x}{:02x}{:02x}", beginning.trim_end(), digest[0], digest[1], digest[2], digest[3])
}

/// The rooms that a row says.
fn rooms_of(record: &BookingRecord) -> Vec<RoomClaim> {
    let status = status_of(record.status);
    let left = record.status_date.unwrap_or(record.departure).max(record.arrival);
    let count = i64::from(record.room_count.max(1));
    let nights = (record.departure - record.arrival).num_days().max(1);
    let type_code = code_of(&record.room_type_booked);
    let given = record.room_type_assigned.as_deref().map(code_of).filter(|given| *given != type_code);
    let people = |whole: u32, nth: i64| share(i64::from(whole), count, nth);
    (0..count)
        .map(|nth| {
            let total = record.total_minor.map(|total| share(total, count, nth));
            let is_even = total.is_none_or(|total| total % nights == 0);
            RoomClaim {
                status,
                arrival: record.arrival,
                departure: record.departure,
                left: Some(left).filter(|_| status == ClaimStatus::CheckedOut),
                adults: people(record.adults, nth),
                children: people(record.children, nth) + people(record.babies, nth),
                rate: total.map_or(record.rate_minor, |total| total / nights),
                total: total.filter(|_| !is_even),
                room_type: type_code.clone(),
                room_type_given: given.clone(),
                room: usize::try_from(nth).ok().and_then(|nth| record.rooms.get(nth)).cloned(),
                rate_plan: None,
            }
        })
        .collect()
}

/// Whether two rows of one number are rooms of one booking: together in time, or of one guest; and not the same room told twice.
pub(super) fn belong_together(one: &BookingRecord, other: &BookingRecord) -> bool {
    if one.property != other.property || one.currency != other.currency {
        return false;
    }
    let overlap = one.arrival <= other.departure && other.arrival <= one.departure;
    let name = |record: &BookingRecord| {
        let person = record.people.first()?;
        person
            .id
            .clone()
            .or_else(|| person.full_name.clone())
            .or_else(|| person.surname.clone())
            .map(|name| name.to_lowercase())
    };
    let is_one_guest = name(one).is_some_and(|one| Some(one) == name(other));
    let is_same_place = match (one.rooms.is_empty(), other.rooms.is_empty()) {
        (true, true) => {
            one.room_type_booked == other.room_type_booked
                && (one.arrival, one.departure) == (other.arrival, other.departure)
        }
        _ => {
            let meet = one.arrival < other.departure && other.arrival < one.departure
                || one.arrival == other.arrival;
            meet && one.rooms.iter().any(|room| other.rooms.contains(room))
        }
    };
    (overlap || is_one_guest) && !is_same_place
}

/// What makes bookings of rows.
pub(super) struct Bookings<'a> {
    pub(super) map: &'a Map,
    pub(super) people: Option<&'a (People, u64)>,
}

impl Bookings<'_> {
    /// The booking of rows that belong together, the first of which says what is said once. `index` is the invented person of it, if people are
    /// invented; `received` is JSON.
    pub(super) fn of(
        &self,
        records: &[&BookingRecord],
        number: SourceNumber,
        index: Option<u64>,
        received: &[u8],
        flags: &mut Flags,
    ) -> Result<Content, Refusal> {
        let Some(first) = records.first() else {
            return Err(Refusal::of("row", Why::Missing { column: ColumnName(None) }));
        };
        let property = code_of(&first.property);
        let (mut rooms, mut guests, mut met) = (Vec::new(), Vec::new(), HashSet::new());
        for record in records {
            let offset = rooms.len();
            rooms.extend(rooms_of(record));
            let count = rooms.len() - offset;
            for (at, person) in record.people.iter().enumerate() {
                let origin = Origin {
                    map: self.map.name(),
                    property: &property,
                    row: &number.key,
                    nth: guests.len(),
                    region: self.map.region(),
                    nationality: record.nationality.as_deref(),
                };
                let Some(guest) = guest::described(person, &origin, flags) else { continue };
                let room = offset + at % count.max(1);
                // Who books several rooms stands in each row.
                if met.insert(guest.profile.full_name.to_lowercase()) {
                    guests.push(IncomingGuest { room, ..guest });
                }
            }
        }
        if first.is_total_of_booking && records.len() > 1 {
            share_total(&mut rooms, first.total_minor);
        }
        let claimed = first.people.first().filter(|_| !guests.is_empty()).map(|person| match &person.id {
            Some(id) => format!("id:{id}"),
            None => format!("{NAMED}{}", guests[0].profile.full_name),
        });
        if guests.is_empty() {
            guests.push(match (self.people, index) {
                (Some((people, seed)), Some(index)) if first.people.is_empty() => {
                    guest::invented(&people.person(index, first.nationality.as_deref()), *seed, index)?
                }
                _ => guest::anonymous(&property),
            });
        }
        let currency = first.currency.parse().map_err(|_| {
            let text = Quoted::of(&first.currency);
            Refusal::of("currency", Why::NoCurrency { cell: CellText { column: ColumnName(None), text } })
        })?;
        let guarantee = match (first.deposit, &first.company, &first.agent) {
            (DepositKind::Refundable | DepositKind::NonRefundable, ..) => Guarantee::Deposit,
            (_, Some(_), _) => Guarantee::Company,
            (_, _, Some(_)) => Guarantee::Agent,
            _ => Guarantee::None,
        };
        let other: Vec<serde_json::Value> = records.iter().map(|record| other_of(record)).collect();
        let other = if let [one] = other.as_slice() { one.clone() } else { serde_json::json!(other) };
        let mut rooms = rooms.into_iter();
        let Some(first_room) = rooms.next() else {
            return Err(Refusal::of("rooms", Why::Missing { column: ColumnName(None) }));
        };
        let claim = BookingClaim {
            first: first_room,
            more: rooms.collect(),
            booked_on: first.booked_at,
            currency,
            channel: first.channel.as_ref().map_or_else(|| "direct".into(), |channel| channel.to_lowercase()),
            segment: first.segment.clone(),
            company: first.company.clone(),
            guarantee,
            guest: claimed,
        };
        let names = (property, first.property_name.clone());
        let mut booking = IncomingBooking::new(names, number, claim, guests, received, &other);
        let types = records
            .iter()
            .flat_map(|record| std::iter::once(&record.room_type_booked).chain(&record.room_type_assigned));
        booking.type_names =
            types.map(|name| (code_of(name), name.clone())).filter(|(code, name)| code != name).collect();
        Ok(Content::Booking(Box::new(booking)))
    }
}

/// Shares what the whole booking costs out to its rooms, by their nights.
fn share_total(rooms: &mut [RoomClaim], total: Option<i64>) {
    let Some(total) = total else { return };
    let nights = |room: &RoomClaim| (room.departure - room.arrival).num_days().max(1);
    let all: i64 = rooms.iter().map(nights).sum();
    let mut given = 0;
    let mut before = 0;
    for room in rooms.iter_mut() {
        before += nights(room);
        let until = i64::try_from(i128::from(total) * i128::from(before) / i128::from(all)).unwrap_or(total);
        let share = until - given;
        given = until;
        (room.rate, room.total) =
            (share / nights(room), Some(share).filter(|share| share % nights(room) != 0));
    }
}

/// What else is read of a row: it tells whether the row has changed.
fn other_of(record: &BookingRecord) -> serde_json::Value {
    let plan = record.rate_plan.as_ref();
    let mut other = serde_json::json!({
        "meal": record.meal, "agent": record.agent, "changes": record.changes, "parking": record.parking,
        "requests": record.requests, "waiting_days": record.waiting_days,
        "customer_type": record.customer_type, "status_date": record.status_date,
    });
    if let (Some(plan), Some(members)) = (plan, other.as_object_mut()) {
        members.insert("rate_plan".into(), serde_json::json!({ "code": code_of(plan), "name": plan }));
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_a_short_code_that_stays_the_same() {
        assert_eq!(code_of("DBL"), "DBL");
        let name = "Superior Double Room with Balcony and a Partial View of the Sea";
        let code = code_of(name);
        assert!(code.chars().count() <= LONGEST_CODE && code.starts_with("Superior Double Room"), "{code}");
        assert_eq!(code, code_of(name));
        assert_ne!(code, code_of(&format!("{name}!")));
    }
}
