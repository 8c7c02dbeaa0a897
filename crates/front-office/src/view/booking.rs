//! Views of bookings.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Masks, Personal, class::FreeText};
use hefu_core::{AppError, Result};
use hefu_domain::{
    deposit::{DepositEntry, DepositKind},
    ids::{DepositEntryId, GuestId, PostingId, PropertyId, StayId},
    reservation::{
        Deposit, DepositState, Guarantee, Reservation, ReservationRoom, ReservationState, ReservationVersion,
        VisitAlias, VisitGroup,
    },
    terms::Terms,
};
use hefu_kernel::{BasisPoints, Currency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::Names;
use crate::terms::total_of;

/// A reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReservationView {
    /// Code of the property.
    pub property: String,
    /// The visit's number, ten digits.
    pub number: String,
    /// Who booked.
    pub guest_id: GuestId,
    /// Its state.
    pub state: ReservationState,
    /// First arrival of its rooms that are not called off.
    pub arrival: NaiveDate,
    /// Last departure of its rooms that are not called off.
    pub departure: NaiveDate,
    /// Adults in its rooms that are not called off.
    pub adults: i64,
    /// Children in its rooms that are not called off.
    pub children: i64,
    /// Booking channel: `direct`, `walk_in`, an OTA's name, …
    pub channel: String,
    /// Market segment.
    pub segment: Option<String>,
    /// Its guarantee.
    pub guarantee: Guarantee,
    /// Currency of its prices.
    pub currency: Currency,
    /// Walk-in, without a booking.
    pub walk_in: bool,
    /// Code of the group it belongs to.
    pub group: Option<String>,
    /// The company it is booked for.
    pub company: Option<String>,
    /// What cancelling rooms of it or not coming cost in all, minor units.
    pub penalty: i64,
    /// Why it was cancelled or marked as a no-show.
    #[schema(value_type = Option<String>)]
    pub state_reason: Option<Personal<FreeText>>,
    /// When it was booked.
    pub booked_at: Option<DateTime<Utc>>,
    /// Version of the reservation.
    pub version: i64,
}

impl ReservationView {
    /// A reservation with the masks applied.
    pub fn of(reservation: Reservation, names: &Names, masks: Masks) -> Self {
        Self {
            property: names.property.clone(),
            number: reservation.number,
            guest_id: reservation.guest_id,
            state: reservation.state,
            arrival: reservation.arrival,
            departure: reservation.departure,
            adults: reservation.adults,
            children: reservation.children,
            channel: reservation.channel,
            segment: reservation.segment,
            guarantee: reservation.guarantee,
            currency: reservation.currency,
            walk_in: reservation.walk_in,
            group: reservation.group_id.and_then(|id| names.group(id)),
            company: reservation.company,
            penalty: reservation.penalty,
            state_reason: Personal::of_some(masks, reservation.state_reason),
            booked_at: reservation.booked_at,
            version: reservation.version,
        }
    }
}

/// The agreed terms of one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgreedRoom {
    /// Counted from 1.
    pub line: i64,
    /// Where it stands. Whether somebody lives in it follows from its stay.
    pub state: ReservationState,
    /// Why it was cancelled or marked no-show.
    #[schema(value_type = Option<String>)]
    pub state_reason: Option<Personal<FreeText>>,
    /// What cancelling it or not coming cost, minor units.
    pub penalty: i64,
    /// Code of the room type.
    pub room_type: String,
    /// Code of the rate plan whose prices further nights have.
    pub rate_plan: Option<String>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date; the arrival for part-day stays.
    pub departure: NaiveDate,
    /// Adults in this room.
    pub adults: i64,
    /// Children in this room.
    pub children: i64,
    /// Price of each night (or of the one block), minor units.
    pub prices: Vec<i64>,
    /// Member discount on the prices.
    pub discount: BasisPoints,
    /// The number of the assigned room.
    pub room_number: Option<String>,
    /// The resulting stay.
    pub stay_id: Option<StayId>,
    /// Code of the room type in whose counters it is sold: that of its room, else the one that was booked; none: nothing is held for it.
    pub counted_as: Option<String>,
    /// The date until which it is counted: the departure, or later for who stays on after it.
    pub counted_until: NaiveDate,
    /// What was agreed beside the prices.
    pub terms: Terms,
    /// Features that were asked for.
    pub features: Vec<String>,
    /// When the guest comes, minutes after midnight of the arrival date.
    pub arrival_minute: Option<i64>,
    /// Of what is sold by the hour: the first minute that it takes of a room, after midnight of its date; none: all of the date, since nobody knows
    /// when the guest comes.
    pub from_minute: Option<i64>,
    /// The minute after the last; the first again: the guest has left.
    pub until_minute: Option<i64>,
    /// Until when the room may be kept on the departure date, minutes after midnight; none: as everybody.
    pub departure_minute: Option<i64>,
    /// What its nights come to with fee and tax as agreed, minor units.
    pub total: i64,
    /// Version of the record.
    pub version: i64,
}

impl AgreedRoom {
    /// A room of a reservation.
    pub fn of(room: ReservationRoom, names: &Names, masks: Masks) -> Self {
        Self {
            total: total_of(&room),
            line: room.line,
            state: room.state,
            state_reason: Personal::of_some(masks, room.state_reason),
            penalty: room.penalty,
            room_type: names.room_type(room.room_type_id),
            rate_plan: room.rate_plan_id.and_then(|id| names.rate_plan(id)),
            arrival: room.arrival,
            departure: room.departure,
            adults: room.adults,
            children: room.children,
            prices: room.prices,
            discount: room.discount,
            room_number: room.room_id.and_then(|id| names.room(id)),
            stay_id: room.stay_id,
            counted_as: room.counted_type_id.map(|id| names.room_type(id)),
            counted_until: room.counted_until,
            terms: room.terms,
            features: room.wishes.features,
            arrival_minute: room.wishes.arrival_minute,
            departure_minute: room.wishes.departure_minute,
            from_minute: room.from_minute,
            until_minute: room.until_minute,
            version: room.version,
        }
    }
}

/// An earlier version of a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EarlierVersion {
    /// The version.
    pub version: i64,
    /// When it was replaced.
    pub replaced_at: DateTime<Utc>,
    /// The reservation as it was.
    pub reservation: ReservationView,
    /// Its rooms as they were.
    pub rooms: Vec<AgreedRoom>,
}

/// An earlier version in stored form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// The reservation.
    pub reservation: Reservation,
    /// Its rooms.
    pub rooms: Vec<ReservationRoom>,
}

impl Snapshot {
    /// Parses a stored earlier version.
    ///
    /// # Errors
    /// It was not stored by this version of Hefu or an earlier one.
    pub fn read(version: &ReservationVersion) -> Result<Self> {
        serde_json::from_str(&version.snapshot)
            .map_err(|_| AppError::Internal("an earlier version of a reservation cannot be read"))
    }

    /// The version as a view.
    pub fn view(self, version: &ReservationVersion, names: &Names, masks: Masks) -> EarlierVersion {
        EarlierVersion {
            version: version.version,
            replaced_at: version.replaced_at,
            reservation: ReservationView::of(self.reservation, names, masks),
            rooms: self.rooms.into_iter().map(|room| AgreedRoom::of(room, names, masks)).collect(),
        }
    }
}

/// A deposit or instalment as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DepositView {
    /// Which instalment, from 1: API calls refer to it by this.
    pub instalment: i64,
    /// Last day to pay.
    pub due: NaiveDate,
    /// Minor units.
    pub amount: i64,
    /// Its state.
    pub state: DepositState,
    /// What was paid of it, minor units.
    pub paid: i64,
    /// Version of the record.
    pub version: i64,
}

impl From<Deposit> for DepositView {
    fn from(deposit: Deposit) -> Self {
        Self {
            instalment: deposit.instalment,
            due: deposit.due,
            amount: deposit.amount,
            state: deposit.state,
            paid: deposit.paid,
            version: deposit.version,
        }
    }
}

/// A movement of the deposit ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DepositEntryView {
    /// Identifier; in order of posting. A payment or refund is taken back by it.
    pub id: DepositEntryId,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The moment.
    pub posted_at: DateTime<Utc>,
    /// What it is. A movement that takes another back is of the same kind.
    pub kind: DepositKind,
    /// Minor units of the property's currency: above zero what is held more, below what is held less.
    pub amount: i64,
    /// How it was paid or given back: a payment code.
    pub method: Option<String>,
    /// The instalment it was paid for.
    pub instalment: Option<i64>,
    /// Number of the receipt, without a gap in the property.
    pub receipt: Option<i64>,
    /// The line of the bill it went to.
    pub posting_id: Option<PostingId>,
    /// The movement it takes back.
    pub reverses: Option<DepositEntryId>,
    /// Slip number.
    #[schema(value_type = Option<String>)]
    pub reference: Option<Personal<FreeText>>,
    /// Currency of foreign money.
    pub foreign_currency: Option<String>,
    /// Its amount, minor units of that currency.
    pub foreign_amount: Option<i64>,
    /// Units of the property's currency for one unit of the foreign one, as a decimal.
    pub foreign_rate: Option<String>,
}

impl DepositEntryView {
    /// A movement as the masks show it.
    pub fn of(entry: DepositEntry, masks: Masks) -> Self {
        Self {
            id: entry.id,
            business_date: entry.business_date,
            posted_at: entry.posted_at,
            kind: entry.kind,
            amount: entry.amount,
            method: entry.method,
            instalment: entry.instalment,
            receipt: entry.receipt,
            posting_id: entry.posting_id,
            reverses: entry.reverses,
            reference: Personal::of_some(masks, entry.reference),
            foreign_currency: entry.foreign_currency,
            foreign_amount: entry.foreign_amount,
            foreign_rate: entry.foreign_rate,
        }
    }
}

/// Another number that leads to a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AliasView {
    /// The number without spaces and dashes, upper case.
    pub number: String,
    /// The system that issued it.
    pub system: String,
    /// Whether the system's numbers are unique within a property only.
    pub per_property: bool,
}

impl From<VisitAlias> for AliasView {
    fn from(alias: VisitAlias) -> Self {
        Self { number: alias.number, system: alias.system, per_property: alias.scope != PropertyId::NIL }
    }
}

/// A group of visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupInfo {
    /// Short code, unique in the chain.
    pub code: String,
    /// Name of the event or tour.
    pub name: String,
    /// Version of the record.
    pub version: i64,
}

impl From<VisitGroup> for GroupInfo {
    fn from(group: VisitGroup) -> Self {
        Self { code: group.code, name: group.name, version: group.version }
    }
}
