//! A reservation as a channel tells it.

use chrono::{DateTime, FixedOffset, NaiveDate};
use hefu_kernel::Money;
use serde::Serialize;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Asked for, to be answered.
    Requested,
    /// Made.
    Reserved,
    /// Made before and changed: what it says now counts.
    Modified,
    /// Called off.
    Cancelled,
}

/// The guest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// Given name.
    pub given: Option<String>,
    /// Family name.
    pub surname: Option<String>,
    /// Phone as the channel writes it, a mobile before others; no fax.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Language, as the channel writes it.
    pub language: Option<String>,
    /// Country of the address, as the channel writes it.
    pub country: Option<String>,
    /// Date of birth.
    pub birth: Option<NaiveDate>,
}

/// A room for some nights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomStay {
    /// Arrival date; of a guest who asks and gives a window, the earliest.
    pub arrival: NaiveDate,
    /// The latest arrival of a guest who asks and gives a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_arrival: Option<NaiveDate>,
    /// Departure date, after the arrival. Only a guest who asks may leave it open.
    pub departure: Option<NaiveDate>,
    /// How many nights a guest who asks would stay, where the days are open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nights: Option<u64>,
    /// The room type in the channel's codes.
    pub room_type: Option<String>,
    /// The rate plan in the channel's codes.
    pub rate_plan: Option<String>,
    /// Adults.
    pub adults: i64,
    /// Ages of the children, as said.
    pub children: Vec<i64>,
    /// Rooms of this kind.
    pub rooms: i64,
    /// What it costs in all with taxes.
    pub total: Option<Money>,
}

/// A reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reservation {
    /// Its number at the channel.
    pub id: String,
    /// The type of the number in OpenTravel's list `UIT`: `14` a reservation, `15` a cancellation.
    pub id_type: String,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub created: Option<DateTime<FixedOffset>>,
    /// When it was last changed.
    pub changed: Option<DateTime<FixedOffset>>,
    /// The property in the channel's codes.
    pub hotel: Option<String>,
    /// Rooms and nights; may be none of one that is called off.
    pub rooms: Vec<RoomStay>,
    /// The first guest named.
    pub guest: Option<Guest>,
    /// Further numbers, each with its source.
    pub numbers: Vec<(Option<String>, String)>,
    /// What the guest writes.
    pub comment: Option<String>,
}

/// What is wrong with a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something is not there.
    #[error("is missing")]
    Missing,
    /// It is no date as ISO 8601 writes it.
    #[error("is no date (YYYY-MM-DD)")]
    Date,
    /// The departure is not after the arrival.
    #[error("is not after the start")]
    Order,
    /// It is no number, or none of these that are possible.
    #[error("is no possible number")]
    Number,
    /// It is no amount in its currency.
    #[error("is no amount of its currency")]
    Amount,
    /// It is none of the values that are possible.
    #[error("is none of the possible values")]
    Value,
    /// Another reservation of the message has the same number.
    #[error("is there twice in one message")]
    Twice,
    /// It may not stand there.
    #[error("is not allowed there")]
    Forbidden,
    /// It is said of some parts and not of others.
    #[error("is said of some parts of the message only")]
    Mixed,
    /// It stands behind what it must stand before.
    #[error("is not at the beginning")]
    Late,
    /// It shares days with another one.
    #[error("shares days with another one")]
    Overlap,
}

impl Problem {
    /// The code in OpenTravel's list of errors (`ERR`).
    pub const fn code(self) -> u16 {
        match self {
            Self::Missing => 321,
            Self::Date | Self::Order => 15,
            Self::Number | Self::Amount | Self::Value | Self::Mixed => 320,
            Self::Forbidden | Self::Late | Self::Overlap => 450,
            Self::Twice => 450,
        }
    }
}

/// What is wrong, and where.
pub(crate) type Wrong = (&'static str, Problem);

/// A reservation that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its number at the channel, if that can be read.
    pub id: Option<String>,
    /// The type of the number.
    pub id_type: Option<String>,
    /// When it was said, if that can be read.
    pub changed: Option<DateTime<FixedOffset>>,
    /// Whether it calls the booking off.
    pub cancels: bool,
    /// Where it is wrong: names of elements and an attribute, such as `RoomStay/TimeSpan/@End`.
    pub at: &'static str,
    /// What is wrong there.
    pub problem: Problem,
}

impl Fault {
    /// What is wrong with one whose number alone was read.
    pub(crate) fn of(id: Option<String>, (at, problem): Wrong) -> Self {
        Self { id, id_type: None, changed: None, cancels: false, at, problem }
    }
}
