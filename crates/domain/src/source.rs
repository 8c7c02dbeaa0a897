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

/// The content of a booking record, in Hefu's terms. What it does not contain is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingClaim {
    /// Status.
    pub status: ClaimStatus,
    /// Booked arrival.
    pub arrival: NaiveDate,
    /// Booked departure.
    pub departure: NaiveDate,
    /// Actual departure, if the guest has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<NaiveDate>,
    /// Booking date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<NaiveDate>,
    /// Adults.
    pub adults: i64,
    /// Children and babies.
    pub children: i64,
    /// Price of each night, minor units.
    pub rate: i64,
    /// The currency.
    pub currency: Currency,
    /// Code of the room type sold.
    pub room_type: String,
    /// Code of the room type given, if different.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_type_given: Option<String>,
    /// Room number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
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
    }
}

impl BookingClaim {
    /// The value of a field, as text; empty: none.
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
        // A guest who leaves on another day than booked departs on that day.
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
