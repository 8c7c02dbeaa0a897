//! What is known of a property's visits, by the part that tells of it.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use hefu_kernel::{Currency, codes};

/// A text that many records share.
pub type Text = Arc<str>;

codes! {
    /// The part of a visit that a record tells of.
    pub enum Part {
        /// What was promised.
        Booking = "booking",
        /// What happened.
        Stay = "stay",
        /// What was consumed: a line of the bill.
        Line = "line",
        /// What a member earned or spent.
        Points = "points",
        /// What was paid.
        Payment = "payment",
        /// What a payment channel's settlement file says.
        Settlement = "settlement",
    }
}

impl Part {
    /// What it is called, in Chinese and in English.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            Self::Booking => ["预订", "Booking"],
            Self::Stay => ["入住", "Stay"],
            Self::Line => ["消费", "Charge"],
            Self::Points => ["积分", "Points"],
            Self::Payment => ["收款", "Payment"],
            Self::Settlement => ["渠道对账单", "Settlement"],
        }
    }
}

/// Names a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// Its part.
    pub part: Part,
    /// Its key, unique within the part.
    pub key: Text,
}

/// Who it is, as far as it is known. Texts are compared as they are: normalise them first, or give keys made of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The guest as recognised by one system for all records.
    pub guest: Option<Text>,
    /// Number of the identity document.
    pub document: Option<Text>,
    /// Phone number.
    pub phone: Option<Text>,
    /// Number of the membership.
    pub member: Option<Text>,
    /// Name. It proves nothing alone.
    pub name: Option<Text>,
}

impl Person {
    /// What identifies a person alone, each with its kind.
    pub(crate) fn strong(&self) -> impl Iterator<Item = (u8, &Text)> {
        [(1, &self.guest), (2, &self.document), (3, &self.phone), (4, &self.member)]
            .into_iter()
            .filter_map(|(kind, text)| Some((kind, text.as_ref()?)))
    }
}

codes! {
    /// Where a booking stands, as its system says.
    pub enum BookingStatus {
        /// Expected.
        Reserved = "reserved",
        /// Called off.
        Cancelled = "cancelled",
        /// Nobody came.
        NoShow = "no_show",
        /// Somebody lives in it.
        InHouse = "in_house",
        /// They have left.
        Departed = "departed",
    }
}

/// A booking, as one system tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Unique among bookings.
    pub key: Text,
    /// The property.
    pub property: Text,
    /// The system that tells it.
    pub system: Text,
    /// The channel that it was sold by, as far as is said.
    pub channel: Option<Text>,
    /// Every number it is known by. Records that share a number tell of one visit.
    pub numbers: Vec<Text>,
    /// Who it is for.
    pub person: Person,
    /// Its group or event.
    pub group: Option<Text>,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Rooms.
    pub rooms: i64,
    /// Guests in all rooms; none: not said.
    pub guests: Option<i64>,
    /// When it was booked; none: not said.
    pub booked: Option<DateTime<Utc>>,
    /// Where it stands.
    pub status: BookingStatus,
    /// Currency of the visit.
    pub currency: Currency,
    /// What each night was agreed to cost, all rooms together and before discounts, minor units; none: not said.
    pub nightly: Vec<i64>,
    /// What the guest's membership takes off the price of the nights, in hundredths of a percent.
    pub discount: i64,
    /// What not coming costs as agreed, minor units.
    pub penalty: i64,
}

codes! {
    /// Where a stay stands.
    pub enum StayStatus {
        /// The guests live in the room.
        InHouse = "in_house",
        /// They have left.
        Departed = "departed",
    }
}

/// A stay in one room or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Unique among stays.
    pub key: Text,
    /// The property.
    pub property: Text,
    /// The system that tells it.
    pub system: Text,
    /// Every number it is known by, its bookings' included.
    pub numbers: Vec<Text>,
    /// Who stays: the first guest.
    pub person: Person,
    /// Its group or event.
    pub group: Option<Text>,
    /// First night.
    pub arrival: NaiveDate,
    /// The day of departure: of those who have left the day they left, else the day agreed.
    pub departure: NaiveDate,
    /// Rooms.
    pub rooms: i64,
    /// Guests received.
    pub guests: i64,
    /// How many of them are registered with a document; none: not said.
    pub registered: Option<i64>,
    /// Where it stands.
    pub status: StayStatus,
    /// The guest came without a booking.
    pub walk_in: bool,
    /// Points that the programme gives for its bill; none: not said.
    pub points_due: Option<i64>,
}

codes! {
    /// What a line of a bill is for.
    pub enum LineKind {
        /// A night.
        Room = "room",
        /// Anything else that was consumed.
        Extra = "extra",
        /// What is taken off the price.
        Discount = "discount",
        /// What cancelling or not coming costs.
        Penalty = "penalty",
    }
}

/// A line of a bill. Lines that were reversed are left out with their reversals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Unique among lines.
    pub key: Text,
    /// The property.
    pub property: Text,
    /// The number of its visit.
    pub number: Text,
    /// The night of a room charge, the business date of others.
    pub date: NaiveDate,
    /// When it was posted.
    pub posted: NaiveDate,
    /// What it is for.
    pub kind: LineKind,
    /// Transaction code.
    pub code: Text,
    /// Charges above zero, minor units.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Slip number. Two lines with one slip are the same charge.
    pub reference: Option<Text>,
}

/// A movement of points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    /// Unique among movements.
    pub key: Text,
    /// The property; empty: none.
    pub property: Text,
    /// The system that counted it.
    pub system: Text,
    /// The number of its visit.
    pub number: Option<Text>,
    /// The membership; empty: unknown.
    pub member: Text,
    /// The day.
    pub date: NaiveDate,
    /// What the visit earned; taken back below zero. Spending is no movement of this kind.
    pub points: i64,
}

codes! {
    /// What a payment is.
    pub enum PaymentKind {
        /// Paid to the bill, or put on an account.
        Paid = "paid",
        /// Paid before arrival and held; no part of the bill yet.
        Deposit = "deposit",
        /// A deposit moved to the bill.
        Applied = "applied",
        /// A deposit given back or kept.
        DepositEnded = "deposit_ended",
        /// Given back from the bill.
        Refund = "refund",
    }
}

/// A payment. Those that were reversed are left out with their reversals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Unique among payments.
    pub key: Text,
    /// The property.
    pub property: Text,
    /// The number of its visit.
    pub number: Text,
    /// The business date.
    pub date: NaiveDate,
    /// What it is.
    pub kind: PaymentKind,
    /// How it was paid.
    pub method: Text,
    /// Minor units, above zero.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// Slip number.
    pub reference: Option<Text>,
}

/// Records of all parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Bookings.
    pub bookings: Vec<Booking>,
    /// Stays.
    pub stays: Vec<Stay>,
    /// Lines of bills.
    pub lines: Vec<Line>,
    /// Movements of points.
    pub points: Vec<Points>,
    /// Payments.
    pub payments: Vec<Payment>,
}

impl Facts {
    /// Adds a record.
    pub fn push(&mut self, record: Record) {
        match record {
            Record::Booking(record) => self.bookings.push(record),
            Record::Stay(record) => self.stays.push(record),
            Record::Line(record) => self.lines.push(record),
            Record::Points(record) => self.points.push(record),
            Record::Payment(record) => self.payments.push(record),
        }
    }

    /// All records.
    pub fn records(self) -> impl Iterator<Item = Record> {
        let Self { bookings, stays, lines, points, payments } = self;
        bookings
            .into_iter()
            .map(Record::Booking)
            .chain(stays.into_iter().map(Record::Stay))
            .chain(lines.into_iter().map(Record::Line))
            .chain(points.into_iter().map(Record::Points))
            .chain(payments.into_iter().map(Record::Payment))
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = Member<'_>> {
        self.bookings
            .iter()
            .map(Member::Booking)
            .chain(self.stays.iter().map(Member::Stay))
            .chain(self.lines.iter().map(Member::Line))
            .chain(self.points.iter().map(Member::Points))
            .chain(self.payments.iter().map(Member::Payment))
    }
}

/// A record of any part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A booking.
    Booking(Booking),
    /// A stay.
    Stay(Stay),
    /// A line of a bill.
    Line(Line),
    /// A movement of points.
    Points(Points),
    /// A payment.
    Payment(Payment),
}

impl Record {
    /// Names it.
    pub fn id(&self) -> RecordId {
        self.member().id()
    }

    pub(crate) const fn member(&self) -> Member<'_> {
        match self {
            Self::Booking(record) => Member::Booking(record),
            Self::Stay(record) => Member::Stay(record),
            Self::Line(record) => Member::Line(record),
            Self::Points(record) => Member::Points(record),
            Self::Payment(record) => Member::Payment(record),
        }
    }
}

/// Days after a departure within which its points are counted.
pub(crate) const POINTS_FOLLOW: u64 = 3;

/// A record of a component, by reference.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Member<'a> {
    Booking(&'a Booking),
    Stay(&'a Stay),
    Line(&'a Line),
    Points(&'a Points),
    Payment(&'a Payment),
}

impl<'a> Member<'a> {
    pub(crate) fn id(self) -> RecordId {
        let (part, key) = self.key();
        RecordId { part, key: key.clone() }
    }

    pub(crate) const fn key(self) -> (Part, &'a Text) {
        match self {
            Self::Booking(record) => (Part::Booking, &record.key),
            Self::Stay(record) => (Part::Stay, &record.key),
            Self::Line(record) => (Part::Line, &record.key),
            Self::Points(record) => (Part::Points, &record.key),
            Self::Payment(record) => (Part::Payment, &record.key),
        }
    }

    /// The numbers it is known by.
    pub(crate) fn numbers(self) -> &'a [Text] {
        match self {
            Self::Booking(record) => &record.numbers,
            Self::Stay(record) => &record.numbers,
            Self::Line(record) => std::slice::from_ref(&record.number),
            Self::Points(record) => record.number.as_slice(),
            Self::Payment(record) => std::slice::from_ref(&record.number),
        }
    }

    /// The days it tells of, with those before it that it may belong to: where they touch, records may belong together.
    pub(crate) fn days(self) -> (NaiveDate, NaiveDate) {
        let (from, to, before) = match self {
            Self::Booking(record) => (record.arrival, record.departure, 1),
            Self::Stay(record) => (record.arrival, record.departure, 1),
            Self::Line(record) => (record.date, record.date, 0),
            Self::Points(record) => (record.date, record.date, POINTS_FOLLOW),
            Self::Payment(record) => (record.date, record.date, 0),
        };
        (from.checked_sub_days(Days::new(before)).unwrap_or(from), to)
    }
}
