//! What other systems say: source records, what a booking record claims, and where that differs from the visit.
//!
//! A source record is kept as it was received, every version of it. What it says is a claim: the visit follows it as long as nobody
//! has worked on the visit here; after that, what the source says otherwise is a difference, which a person resolves.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{Currency, codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ids::{DifferenceId, ImportRunId, PropertyId, VisitId},
    reservation::Guarantee,
};

codes! {
    /// What a source record is a record of, in the system it comes from.
    pub enum SourceKind {
        /// A booking, perhaps with the stay it became.
        Booking = "booking",
        /// A stay.
        Stay = "stay",
        /// A charge.
        Posting = "posting",
        /// A payment.
        Payment = "payment",
        /// A movement of points.
        Points = "points",
    }
}

codes! {
    /// Where a version of a source record stands.
    pub enum SourceState {
        /// It belongs to no visit yet.
        Waiting = "waiting",
        /// The visit follows it.
        Linked = "linked",
        /// It belongs to a visit that does not follow it: its differences wait for a person.
        Differs = "differs",
        /// A later version took its place.
        Superseded = "superseded",
    }
}

codes! {
    /// Where a line of a bill comes from.
    pub enum Origin {
        /// Entered here, or charged here by rule.
        Here = "here",
        /// Worked out from what a source says, e.g. the charge of a night from its rate.
        Derived = "derived",
    }
}

/// One version of a record of another system. No version is ever changed or removed but for its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    /// The property.
    pub property_id: PropertyId,
    /// The system it comes from.
    pub system: String,
    /// What it is a record of.
    pub kind: SourceKind,
    /// Its key in that system.
    pub external_id: String,
    /// Which version, from 1.
    pub version: i64,
    /// The visit it belongs to.
    pub visit_id: Option<VisitId>,
    /// The stay, line or movement of the visit that it became, where the visit has several.
    pub part_id: Option<Uuid>,
    /// Which parts of the visit are from it, separated by commas: `booking`, `stay`.
    pub parts: String,
    /// Where it stands.
    pub state: SourceState,
    /// The import it came with.
    pub run_id: Option<ImportRunId>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Whose data key seals it: the guest's, or the property's if it names nobody.
    pub owner: Uuid,
    /// Keyed digest of the content, by the same data key: tells whether the record comes again unchanged.
    pub digest: Vec<u8>,
    /// The record as received and what was read from it, sealed.
    pub record: Vec<u8>,
}

impl SourceRecord {
    /// Whether a part of the visit is from it.
    pub fn speaks_of(&self, part: &str) -> bool {
        self.parts.split(',').any(|known| known == part)
    }
}

/// Why a stay of another system is in its first room: the source names it. See [`StayRoom::reason`](crate::stay::StayRoom::reason).
pub const ROOM_NAMED: &str = "imported";

/// The same: the source names no room, and the import allotted one.
pub const ROOM_ALLOTTED: &str = "allotted";

codes! {
    /// Where a difference stands.
    pub enum DifferenceState {
        /// Nobody has looked at it.
        Open = "open",
        /// A person decided, or a later version of the record says something else.
        Resolved = "resolved",
    }
}

/// That a source says otherwise than the visit, in one field.
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
    /// What it is a record of.
    pub kind: SourceKind,
    /// Its key in that system.
    pub external_id: String,
    /// Which version of it says so.
    pub record_version: i64,
    /// The field; see [`ClaimField`].
    pub field: ClaimField,
    /// Whose data key seals what either says.
    pub owner: Uuid,
    /// What source and visit say, sealed; see [`Says`].
    pub says: Vec<u8>,
    /// Where it stands.
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
    /// What the source says.
    pub source: String,
    /// What the visit said at that time.
    pub visit: String,
}

codes! {
    /// Where a booking stands, as a source says.
    pub enum ClaimStatus {
        /// Promised, not yet arrived.
        Reserved = "reserved",
        /// In house.
        InHouse = "in_house",
        /// Stayed and left.
        CheckedOut = "checked_out",
        /// Called off.
        Cancelled = "cancelled",
        /// Never came.
        NoShow = "no_show",
    }
}

impl ClaimStatus {
    /// Whether somebody stays or stayed.
    pub const fn has_stay(self) -> bool {
        matches!(self, Self::InHouse | Self::CheckedOut)
    }

    /// The parts of a visit that a booking record of this status speaks of; see [`SourceRecord::parts`].
    pub const fn parts(self) -> &'static str {
        if self.has_stay() { "booking,stay" } else { "booking" }
    }
}

/// What a source says of a booking, in Hefu's terms. What it does not say is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingClaim {
    /// Where it stands.
    pub status: ClaimStatus,
    /// Arrival as booked.
    pub arrival: NaiveDate,
    /// Departure as booked.
    pub departure: NaiveDate,
    /// Day of leaving, of those that left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<NaiveDate>,
    /// Day of booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<NaiveDate>,
    /// Adults.
    pub adults: i64,
    /// Children and babies.
    pub children: i64,
    /// Price of each night, minor units.
    pub rate: i64,
    /// Its currency.
    pub currency: Currency,
    /// Code of the room type that was sold.
    pub room_type: String,
    /// Code of the room type that was given, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_type_given: Option<String>,
    /// Number of the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// How it came.
    pub channel: String,
    /// Market segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// The company it was booked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// What secured it.
    pub guarantee: Guarantee,
    /// Who booked: the guest's key in the source, or the name where the source has no keys of guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
}

codes! {
    /// What a source can say of a booking.
    pub enum ClaimField {
        /// Where it stands.
        Status = "status",
        /// Arrival.
        Arrival = "arrival",
        /// Departure, booked or real.
        Departure = "departure",
        /// Day of booking.
        BookedOn = "booked_on",
        /// Adults and children.
        People = "people",
        /// Price of a night.
        Rate = "rate",
        /// Room type.
        RoomType = "room_type",
        /// Room.
        Room = "room",
        /// How it came.
        Channel = "channel",
        /// Market segment.
        Segment = "segment",
        /// The company.
        Company = "company",
        /// What secures it.
        Guarantee = "guarantee",
        /// Who booked.
        Guest = "guest",
    }
}

impl BookingClaim {
    /// What it says of a field, as text; empty: nothing.
    pub fn text(&self, field: ClaimField) -> String {
        let some = |text: &Option<String>| text.clone().unwrap_or_default();
        match field {
            ClaimField::Status => self.status.to_string(),
            ClaimField::Arrival => self.arrival.to_string(),
            ClaimField::Departure => self.until().to_string(),
            ClaimField::BookedOn => self.booked_on.map_or_else(String::new, |day| day.to_string()),
            ClaimField::People => format!("{}+{}", self.adults, self.children),
            ClaimField::Rate => format!("{} {}", self.rate, self.currency.code()),
            ClaimField::RoomType => self.room_type.clone(),
            ClaimField::Room => some(&self.room),
            ClaimField::Channel => self.channel.clone(),
            ClaimField::Segment => some(&self.segment),
            ClaimField::Company => some(&self.company),
            ClaimField::Guarantee => self.guarantee.to_string(),
            ClaimField::Guest => some(&self.guest),
        }
    }

    /// The fields of which it says something else than `before`. Silence says nothing: a field left out is no other value.
    pub fn changed_since(&self, before: &Self) -> Vec<ClaimField> {
        let is_other = |field: ClaimField| {
            let now = self.text(field);
            let silent = matches!(field, ClaimField::Room | ClaimField::Guest | ClaimField::BookedOn)
                && now.is_empty();
            !silent && now != before.text(field)
        };
        ClaimField::ALL.iter().copied().filter(|field| is_other(*field)).collect()
    }

    /// The last day in house: of leaving for those that left, else as booked.
    pub fn until(&self) -> NaiveDate {
        match self.status {
            ClaimStatus::CheckedOut => self.left.unwrap_or(self.departure),
            _ => self.departure,
        }
    }

    /// Code of the room type that was given.
    pub fn given(&self) -> &str {
        self.room_type_given.as_deref().unwrap_or(&self.room_type)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn claim() -> BookingClaim {
        BookingClaim {
            status: ClaimStatus::Reserved,
            arrival: "2027-12-01".parse().unwrap(),
            departure: "2027-12-03".parse().unwrap(),
            left: None,
            booked_on: None,
            adults: 2,
            children: 0,
            rate: 300_00,
            currency: Currency::CNY,
            room_type: "DBL".into(),
            room_type_given: None,
            room: Some("101".into()),
            channel: "direct".into(),
            segment: None,
            company: None,
            guarantee: Guarantee::None,
            guest: Some("name:Test One".into()),
        }
    }

    #[test]
    fn what_a_source_says_otherwise_is_named_by_field() {
        let before = claim();
        assert_eq!(before.changed_since(&before), []);
        let now = BookingClaim { status: ClaimStatus::Cancelled, rate: 350_00, ..claim() };
        assert_eq!(now.changed_since(&before), [ClaimField::Status, ClaimField::Rate]);
        // Who leaves on another day than booked departs on that day.
        let gone =
            BookingClaim { status: ClaimStatus::CheckedOut, left: "2027-12-02".parse().ok(), ..claim() };
        assert_eq!(gone.changed_since(&before), [ClaimField::Status, ClaimField::Departure]);
    }

    #[test]
    fn silence_is_no_other_room_and_no_other_guest() {
        let silent = BookingClaim { room: None, guest: None, ..claim() };
        assert_eq!(silent.changed_since(&claim()), []);
        let other = BookingClaim { guest: Some("name:Test Two".into()), ..claim() };
        assert_eq!(other.changed_since(&claim()), [ClaimField::Guest]);
    }
}
