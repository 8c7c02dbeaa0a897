//! Data of other systems: source records, the claims of booking records, and their differences from the visit.
//!
//! A source record is stored as received, in every version. Its content is a claim: the visit follows it as long as nobody
//! has worked on the visit here; after that, deviations of the source are differences, which a person resolves.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{Currency, codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ids::{DifferenceId, ImportRunId, PropertyId, VisitId},
    reservation::Guarantee,
};

codes! {
    /// The kind of a source record, in the system it comes from.
    pub enum SourceKind {
        /// A booking, possibly with the resulting stay.
        Booking = "booking",
        /// A stay.
        Stay = "stay",
        /// A charge.
        Posting = "posting",
        /// A payment.
        Payment = "payment",
        /// A movement of points.
        Points = "points",
        /// A room of the property.
        Room = "room",
        /// A price of a room type.
        Rate = "rate",
        /// How many rooms of a type are free.
        Inventory = "inventory",
        /// Days that a calendar blocks.
        Blocked = "blocked",
        /// What a guest asks for who has not booked: days that may be open, and no person.
        Enquiry = "enquiry",
    }
}

codes! {
    /// State of a version of a source record.
    pub enum SourceState {
        /// It belongs to no visit yet.
        Waiting = "waiting",
        /// The visit follows it.
        Linked = "linked",
        /// It belongs to a visit that does not follow it: its differences wait for review.
        Differs = "differs",
        /// Replaced by a later version.
        Superseded = "superseded",
    }
}

codes! {
    /// Origin of a line of a bill.
    pub enum Origin {
        /// Entered here, or charged here by rule.
        Here = "here",
        /// Derived from a source record, e.g. the charge of a night from its rate.
        Derived = "derived",
    }
}

/// One version of a record of another system. Versions are never changed or removed, except for their state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// The property.
    pub property_id: PropertyId,
    /// The system it comes from.
    pub system: String,
    /// Its kind.
    pub kind: SourceKind,
    /// Its key in that system.
    pub external_id: String,
    /// Which version, from 1.
    pub version: i64,
    /// The visit it belongs to.
    pub visit_id: Option<VisitId>,
    /// The resulting stay, line or movement of the visit, if the visit has several.
    pub part_id: Option<Uuid>,
    /// The parts of the visit that come from it, separated by commas: `booking`, `stay`.
    pub parts: String,
    /// Its state.
    pub state: SourceState,
    /// The import it came with.
    pub run_id: Option<ImportRunId>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// The owner of the data key that seals it: the guest, or the property if it names no guest.
    pub owner: Uuid,
    /// Keyed digest of the content, under the same data key: detects whether the record arrives again unchanged.
    pub digest: Vec<u8>,
    /// The record as received and what was parsed from it, sealed.
    pub record: Vec<u8>,
}

impl SourceRecord {
    /// Whether a part of the visit comes from it.
    pub fn speaks_of(&self, part: &str) -> bool {
        self.parts.split(',').any(|known| known == part)
    }
}

/// What a record of another system that is no booking says: a charge, a payment, a movement of points.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Reported {
    /// The day it is of.
    pub date: Option<NaiveDate>,
    /// Minor units of its currency.
    pub amount: Option<i64>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Points.
    pub points: Option<i64>,
    /// The code there: what was charged, or how it was paid.
    pub code: Option<String>,
    /// What stands beside it.
    pub text: Option<String>,
    /// Number of the room.
    pub room: Option<String>,
}

impl Reported {
    /// What a record that was opened says; none if it is of another form.
    pub fn read(record: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Kept {
            says: Reported,
        }
        serde_json::from_slice::<Kept>(record).ok().map(|kept| kept.says)
    }
}

/// Reason code for an imported stay's first room: the source names it. See [`StayRoom::reason`](crate::stay::StayRoom::reason).
pub const ROOM_NAMED: &str = "imported";

/// The same: the source names no room, and the import assigned one.
pub const ROOM_ALLOTTED: &str = "allotted";

codes! {
    /// State of a difference.
    pub enum DifferenceState {
        /// Nobody has looked at it.
        Open = "open",
        /// A person decided, or a later version of the record agrees.
        Resolved = "resolved",
    }
}

/// A difference between a source record and the visit, in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Identifier.
    pub id: DifferenceId,
    /// The system of the record.
    pub system: String,
    /// The kind of the record.
    pub kind: SourceKind,
    /// Its key in that system.
    pub external_id: String,
    /// The version of the record.
    pub record_version: i64,
    /// The field; see [`ClaimField`].
    pub field: ClaimField,
    /// The owner of the data key that seals both values.
    pub owner: Uuid,
    /// The values of source and visit, sealed; see [`Says`].
    pub says: Vec<u8>,
    /// Its state.
    pub state: DifferenceState,
    /// When it was noticed.
    pub opened_at: DateTime<Utc>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// The two sides of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Says {
    /// The source's value.
    pub source: String,
    /// The visit's value at that time.
    pub visit: String,
}

codes! {
    /// Status of a booking in its source.
    pub enum ClaimStatus {
        /// Booked, not yet arrived.
        Reserved = "reserved",
        /// In house.
        InHouse = "in_house",
        /// Stayed and left.
        CheckedOut = "checked_out",
        /// Cancelled.
        Cancelled = "cancelled",
        /// No-show.
        NoShow = "no_show",
    }
}

impl ClaimStatus {
    /// Whether somebody stays or stayed.
    pub const fn has_stay(self) -> bool {
        matches!(self, Self::InHouse | Self::CheckedOut)
    }

    /// The parts of a visit that a booking record of this status covers; see [`SourceRecord::parts`].
    pub const fn parts(self) -> &'static str {
        if self.has_stay() { "booking,stay" } else { "booking" }
    }
}

/// A room of a booking, as its source says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomClaim {
    /// Status.
    pub status: ClaimStatus,
    /// Booked arrival.
    pub arrival: NaiveDate,
    /// Booked departure.
    pub departure: NaiveDate,
    /// Actual departure, if the guest has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<NaiveDate>,
    /// Adults.
    pub adults: i64,
    /// Children and babies.
    pub children: i64,
    /// Price of each night, minor units; of part-day use, the price.
    pub rate: i64,
    /// What all nights cost together, if that is not the same for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Code of the room type sold.
    pub room_type: String,
    /// Code of the room type given, if different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_type_given: Option<String>,
    /// Room number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Code of the property's rate plan that it is sold under, where its source and the property agreed on what its codes mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_plan: Option<String>,
}

/// The share with this number, from 0, of a whole that is shared out by so many; the first ones are one larger where it does not come out even.
pub fn share(whole: i64, of: i64, nth: i64) -> i64 {
    whole.div_euclid(of) + i64::from(nth < whole.rem_euclid(of))
}

impl RoomClaim {
    /// The departure: actual for those who left, else as booked.
    pub fn until(&self) -> NaiveDate {
        match self.status {
            ClaimStatus::CheckedOut => self.left.unwrap_or(self.departure),
            _ => self.departure,
        }
    }

    /// Code of the room type given.
    pub fn given(&self) -> &str {
        self.room_type_given.as_deref().unwrap_or(&self.room_type)
    }

    /// Nights as booked; part-day use is charged once, as a night is.
    fn charged(&self) -> i64 {
        (self.departure - self.arrival).num_days().max(1)
    }

    /// The price of each night, minor units; of part-day use, its price. Of a total that nights cannot share evenly, the first ones bear what
    /// remains.
    pub fn prices(&self) -> Vec<i64> {
        let nights = self.charged();
        let price = |night: i64| match self.total {
            None => self.rate,
            Some(total) => share(total, nights, night),
        };
        (0..nights).map(price).collect()
    }

    /// What all nights cost, minor units; `None` if it is out of range.
    pub fn sum(&self) -> Option<i64> {
        self.total.or_else(|| self.rate.checked_mul(self.charged()))
    }

    /// As text: type, room, dates, status and price.
    fn text(&self, currency: Currency) -> String {
        let room = self.room.as_deref().unwrap_or("-");
        let price = self.sum().unwrap_or_default();
        let Self { room_type, arrival, status, .. } = self;
        format!("{room_type} {room} {arrival}/{} {status} {price} {currency}", self.until())
    }
}

/// The content of a booking record, in Hefu's terms. What it does not contain is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingClaim {
    /// Its first room.
    #[serde(flatten)]
    pub first: RoomClaim,
    /// Its other rooms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<RoomClaim>,
    /// Booking date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<NaiveDate>,
    /// The currency.
    pub currency: Currency,
    /// Booking channel.
    pub channel: String,
    /// Market segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// The company it was booked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Guarantee.
    pub guarantee: Guarantee,
    /// Who booked: the guest's key in the source, or the name where the source has no keys of guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
}

codes! {
    /// Fields of a booking claim.
    pub enum ClaimField {
        /// Status.
        Status = "status",
        /// Arrival.
        Arrival = "arrival",
        /// Departure, booked or actual.
        Departure = "departure",
        /// Booking date.
        BookedOn = "booked_on",
        /// Adults and children.
        People = "people",
        /// Price of a night.
        Rate = "rate",
        /// Room type.
        RoomType = "room_type",
        /// Room.
        Room = "room",
        /// Booking channel.
        Channel = "channel",
        /// Market segment.
        Segment = "segment",
        /// The company.
        Company = "company",
        /// Guarantee.
        Guarantee = "guarantee",
        /// Who booked.
        Guest = "guest",
        /// The rooms beside the first.
        Rooms = "rooms",
    }
}

impl BookingClaim {
    /// Its rooms.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomClaim> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// First arrival of its rooms.
    pub fn arrival(&self) -> NaiveDate {
        self.more.iter().map(|room| room.arrival).fold(self.first.arrival, NaiveDate::min)
    }

    /// Last departure of its rooms, as booked.
    pub fn departure(&self) -> NaiveDate {
        self.more.iter().map(|room| room.departure).fold(self.first.departure, NaiveDate::max)
    }

    /// The parts of a visit that it covers; see [`SourceRecord::parts`].
    pub fn parts(&self) -> &'static str {
        match self.rooms().find(|room| room.status.has_stay()) {
            Some(room) => room.status.parts(),
            None => self.first.status.parts(),
        }
    }

    /// The value of a field, as text; empty: none.
    pub fn text(&self, field: ClaimField) -> String {
        let some = |text: &Option<String>| text.clone().unwrap_or_default();
        let first = &self.first;
        match field {
            ClaimField::Status => first.status.to_string(),
            ClaimField::Arrival => first.arrival.to_string(),
            ClaimField::Departure => first.until().to_string(),
            ClaimField::BookedOn => self.booked_on.map_or_else(String::new, |day| day.to_string()),
            ClaimField::People => format!("{}+{}", first.adults, first.children),
            ClaimField::Rate => match first.total {
                Some(total) => format!("{total} {} in all", self.currency.code()),
                None => format!("{} {}", first.rate, self.currency.code()),
            },
            ClaimField::RoomType => first.room_type.clone(),
            ClaimField::Room => some(&first.room),
            ClaimField::Channel => self.channel.clone(),
            ClaimField::Segment => some(&self.segment),
            ClaimField::Company => some(&self.company),
            ClaimField::Guarantee => self.guarantee.to_string(),
            ClaimField::Guest => some(&self.guest),
            ClaimField::Rooms => {
                let rooms: Vec<String> = self.more.iter().map(|room| room.text(self.currency)).collect();
                rooms.join("; ")
            }
        }
    }

    /// The fields that differ from `before`. An absent field counts as unchanged.
    pub fn changed_since(&self, before: &Self) -> Vec<ClaimField> {
        let is_other = |field: ClaimField| {
            let now = self.text(field);
            let silent = matches!(field, ClaimField::Room | ClaimField::Guest | ClaimField::BookedOn)
                && now.is_empty();
            !silent && now != before.text(field)
        };
        ClaimField::ALL.iter().copied().filter(|field| is_other(*field)).collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn room() -> RoomClaim {
        RoomClaim {
            status: ClaimStatus::Reserved,
            arrival: "2027-12-01".parse().unwrap(),
            departure: "2027-12-03".parse().unwrap(),
            left: None,
            adults: 2,
            children: 0,
            rate: 300_00,
            total: None,
            room_type: "DBL".into(),
            room_type_given: None,
            room: Some("101".into()),
            rate_plan: None,
        }
    }

    fn claim() -> BookingClaim {
        BookingClaim {
            first: room(),
            more: Vec::new(),
            booked_on: None,
            currency: Currency::CNY,
            channel: "direct".into(),
            segment: None,
            company: None,
            guarantee: Guarantee::None,
            guest: Some("name:Test One".into()),
        }
    }

    #[test]
    fn shares_make_the_whole() {
        assert_eq!((0..3).map(|nth| share(100, 3, nth)).collect::<Vec<_>>(), [34, 33, 33]);
        assert_eq!((0..3).map(|nth| share(-100, 3, nth)).sum::<i64>(), -100);
    }

    #[test]
    fn what_a_source_says_otherwise_is_named_by_field() {
        let before = claim();
        assert_eq!(before.changed_since(&before), []);
        let now = RoomClaim { status: ClaimStatus::Cancelled, rate: 350_00, ..room() };
        let now = BookingClaim { first: now, ..claim() };
        assert_eq!(now.changed_since(&before), [ClaimField::Status, ClaimField::Rate]);
        // A guest who leaves on another day than booked departs on that day.
        let gone = RoomClaim { status: ClaimStatus::CheckedOut, left: "2027-12-02".parse().ok(), ..room() };
        let gone = BookingClaim { first: gone, ..claim() };
        assert_eq!(gone.changed_since(&before), [ClaimField::Status, ClaimField::Departure]);
    }

    #[test]
    fn silence_is_no_other_room_and_no_other_guest() {
        let silent = BookingClaim { first: RoomClaim { room: None, ..room() }, guest: None, ..claim() };
        assert_eq!(silent.changed_since(&claim()), []);
        let other = BookingClaim { guest: Some("name:Test Two".into()), ..claim() };
        assert_eq!(other.changed_since(&claim()), [ClaimField::Guest]);
    }

    #[test]
    fn what_all_nights_cost_is_shared_out_to_the_cent() {
        let nights = |total: i64, departure: &str| {
            RoomClaim { total: Some(total), departure: departure.parse().unwrap(), ..room() }.prices()
        };
        assert_eq!(nights(100_00, "2027-12-04"), [33_34, 33_33, 33_33]);
        assert_eq!(nights(-100_00, "2027-12-04"), [-33_33, -33_33, -33_34]);
        assert_eq!(nights(128_00, "2027-12-01"), [128_00]);
        assert_eq!(room().prices(), [300_00, 300_00]);
    }

    #[test]
    fn a_record_of_one_room_is_read_as_it_was_written_before_there_were_several() {
        let text = serde_json::to_string(&claim()).unwrap();
        assert!(
            text.starts_with(
                r#"{"status":"reserved","arrival":"2027-12-01","departure":"2027-12-03","adults":2"#
            ),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<BookingClaim>(&text).unwrap(), claim());
        let more = BookingClaim { more: vec![RoomClaim { room: Some("201".into()), ..room() }], ..claim() };
        assert_eq!(more.changed_since(&claim()), [ClaimField::Rooms]);
    }
}
