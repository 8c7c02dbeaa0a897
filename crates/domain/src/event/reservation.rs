//! Events about reservations. They are sealed under the data key of the guest who booked.

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, Currency, Money};
use serde::{Deserialize, Serialize};

use super::define::events;
use crate::{
    ids::{GroupId, GuestId, RatePlanId, RoomId, RoomTypeId, VisitId},
    reservation::{Guarantee, Reservation, ReservationRoom, ReservationState},
    terms::Terms,
};
use serde_json::{Value, json};

use super::define::Fields;

/// Before rooms had terms and a state of their own.
fn of_all_rooms(fields: &mut Fields) {
    fields.insert("lines".into(), json!([]));
}

/// Before terms were kept with the room.
fn rooms_without_terms(fields: &mut Fields) {
    fields.remove("policy_id");
    let rooms = fields.get_mut("rooms").and_then(Value::as_array_mut);
    for room in rooms.into_iter().flatten().filter_map(Value::as_object_mut) {
        room.insert("terms".into(), json!({}));
    }
}

/// A room of a reservation as booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromisedRoom {
    /// Which room of the reservation, from 1.
    pub line: i64,
    /// The room type.
    pub room_type_id: RoomTypeId,
    /// The rate plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_plan_id: Option<RatePlanId>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
    /// Price of each night, minor units of the reservation's currency.
    pub prices: Vec<i64>,
    /// Member discount on the prices.
    pub discount: BasisPoints,
    /// The assigned room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// What was agreed beside the prices.
    pub terms: Terms,
}

impl From<&ReservationRoom> for PromisedRoom {
    fn from(room: &ReservationRoom) -> Self {
        Self {
            line: room.line,
            room_type_id: room.room_type_id,
            rate_plan_id: room.rate_plan_id,
            arrival: room.arrival,
            departure: room.departure,
            adults: room.adults,
            children: room.children,
            prices: room.prices.clone(),
            discount: room.discount,
            room_id: room.room_id,
            terms: room.terms.clone(),
        }
    }
}

/// A number of an external system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideNumber {
    /// The system.
    pub system: String,
    /// Its number.
    pub number: String,
    /// Unique only within the property.
    pub per_property: bool,
}

/// An instalment that was requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Last day to pay.
    pub due: NaiveDate,
    /// Minor units of the reservation's currency.
    pub amount: i64,
}

events! {
    /// What happened to a reservation.
    #[expect(clippy::large_enum_variant, reason = "an event is made once and written at once")]
    pub enum ReservationEvent {
        /// It was made.
        Book = "reservation.book" after [rooms_without_terms] {
            /// The visit's number.
            number: String,
            /// Who booked.
            guest_id: GuestId,
            /// Whether it is reserved, requested or waitlisted.
            state: ReservationState,
            /// Booking channel.
            channel: String,
            /// Market segment.
            #[serde(skip_serializing_if = "Option::is_none")]
            segment: Option<String>,
            /// Its guarantee.
            guarantee: Guarantee,
            /// Currency of its prices.
            currency: Currency,
            /// Walk-in, without a booking.
            walk_in: bool,
            /// The group it belongs to.
            #[serde(skip_serializing_if = "Option::is_none")]
            group_id: Option<GroupId>,
            /// The company it is booked for.
            #[serde(skip_serializing_if = "Option::is_none")]
            company: Option<String>,
            /// Room by room.
            rooms: Vec<PromisedRoom>,
            /// Numbers of external systems.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            numbers: Vec<OutsideNumber>,
            /// Instalments requested.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            deposits: Vec<Instalment>,
        },
        /// It was changed; this is its new state.
        Change = "reservation.change" after [rooms_without_terms] {
            /// Market segment.
            #[serde(skip_serializing_if = "Option::is_none")]
            segment: Option<String>,
            /// Its guarantee.
            guarantee: Guarantee,
            /// The company it is booked for.
            #[serde(skip_serializing_if = "Option::is_none")]
            company: Option<String>,
            /// The group it belongs to.
            #[serde(skip_serializing_if = "Option::is_none")]
            group_id: Option<GroupId>,
            /// Currency of its prices.
            currency: Currency,
            /// Room by room.
            rooms: Vec<PromisedRoom>,
        },
        /// Rooms of it were called off.
        Cancel = "reservation.cancel" after [of_all_rooms] {
            /// The penalty by its terms.
            penalty_due: Money,
            /// The penalty was waived.
            waived: bool,
            /// Which rooms of the reservation; none named: all.
            lines: Vec<i64>,
        },
        /// Nobody came for rooms of it.
        NoShow = "reservation.no_show" after [of_all_rooms] {
            /// The penalty by its terms.
            penalty_due: Money,
            /// The penalty was waived.
            waived: bool,
            /// Which rooms of the reservation; none named: all.
            lines: Vec<i64>,
        },
        /// A cancellation or no-show was reversed.
        Reinstate = "reservation.reinstate" after [of_all_rooms] {
            /// Which rooms of the reservation; none named: all.
            lines: Vec<i64>,
        },
        /// A requested or waitlisted reservation was confirmed.
        Confirm = "reservation.confirm" after [of_all_rooms] {
            /// Which rooms of the reservation; none named: all.
            lines: Vec<i64>,
        },
        /// Another guest is the booker.
        ChangeBooker = "reservation.change_booker" {
            /// Who it is now.
            guest_id: GuestId,
            /// Who it was.
            was: GuestId,
        },
        /// It was said for which company it is and which agent booked it; empty: none, not given: as before.
        Companies = "reservation.companies" {
            /// Code of the company.
            #[serde(skip_serializing_if = "Option::is_none")]
            company: Option<String>,
            /// Code of the agent.
            #[serde(skip_serializing_if = "Option::is_none")]
            agent: Option<String>,
        },
        /// A bill without a room was closed.
        CloseAccount = "house_account.close" {},
        /// A closed bill without a room was opened again.
        ReopenAccount = "house_account.reopen" {},
        /// A room was added.
        AddRoom = "reservation.add_room" {
            /// The room.
            room: PromisedRoom,
        },
        /// A room became a reservation of its own.
        SplitRoom = "reservation.split_room" {
            /// Which room of the reservation it was.
            line: i64,
            /// The new visit.
            to: VisitId,
        },
        /// A room went to another reservation.
        MoveRoom = "reservation.move_room" {
            /// Which room of the reservation it was.
            line: i64,
            /// The other visit.
            to: VisitId,
            /// Which room of that reservation it is.
            as_line: i64,
        },
        /// A room came from another reservation.
        ReceiveRoom = "reservation.receive_room" {
            /// Which room of the reservation it is.
            line: i64,
            /// The visit it came from.
            from: VisitId,
        },
        /// A room was assigned or released.
        AssignRoom = "reservation.assign_room" {
            /// Which room of the reservation.
            line: i64,
            /// The room; none: it was released.
            #[serde(skip_serializing_if = "Option::is_none")]
            room_id: Option<RoomId>,
        },
        /// What is asked for with a room of it beside what was sold.
        Wish = "reservation.wish" {
            /// Which room of the reservation.
            line: i64,
            /// Features that its room is to have.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            features: Vec<String>,
            /// When the guest comes, minutes after midnight.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            arrival_minute: Option<i64>,
        },
        /// The room of a room of it became another type: it is counted under that one.
        Recount = "reservation.recount" {
            /// Which room of the reservation.
            line: i64,
            /// The type.
            room_type_id: RoomTypeId,
        },
        /// The visit can be found under another number too.
        AddNumber = "visit.add_number" {
            /// The system.
            system: String,
            /// Its number.
            number: String,
            /// Unique only within the property.
            per_property: bool,
        },
    }
}

impl ReservationEvent {
    /// A reservation was made.
    pub fn booked(
        reservation: &Reservation,
        rooms: &[ReservationRoom],
        numbers: Vec<OutsideNumber>,
        deposits: Vec<Instalment>,
    ) -> Self {
        Self::Book {
            number: reservation.number.clone(),
            guest_id: reservation.guest_id,
            state: reservation.state,
            channel: reservation.channel.clone(),
            segment: reservation.segment.clone(),
            guarantee: reservation.guarantee,
            currency: reservation.currency,
            walk_in: reservation.walk_in,
            group_id: reservation.group_id,
            company: reservation.company.clone(),
            rooms: rooms.iter().map(PromisedRoom::from).collect(),
            numbers,
            deposits,
        }
    }

    /// A reservation was changed to its current state.
    pub fn changed(reservation: &Reservation, rooms: &[ReservationRoom]) -> Self {
        Self::Change {
            segment: reservation.segment.clone(),
            guarantee: reservation.guarantee,
            company: reservation.company.clone(),
            group_id: reservation.group_id,
            currency: reservation.currency,
            rooms: rooms.iter().map(PromisedRoom::from).collect(),
        }
    }
}
