//! What comes out of a row: a booking, or the reason why not.

use std::fmt;

use chrono::NaiveDate;
use hefu_domain::message::Why;

/// Where a booking stood when the file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Promised, not yet arrived.
    Reserved,
    /// The guest is in house.
    InHouse,
    /// The guest has stayed and left.
    CheckedOut,
    /// Called off before arrival.
    Cancelled,
    /// The guest never came.
    NoShow,
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// Bookings, with the stays that came of them.
    #[default]
    Bookings,
    /// Guests without bookings.
    Guests,
    /// Lines of bills.
    Bills,
    /// Payments.
    Payments,
    /// Movements of points.
    Points,
    /// Rooms of a property.
    Rooms,
    /// Prices of room types.
    Rates,
}

/// What was paid ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DepositKind {
    /// Nothing.
    None,
    /// Given back on cancellation.
    Refundable,
    /// Kept on cancellation.
    NonRefundable,
}

/// One booking of another system, checked and typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    /// Row of the file; 1 is the first data row.
    pub row: u64,
    /// The other system's own booking number.
    pub source_key: Option<String>,
    /// Code of the property.
    pub property: String,
    /// Name of the property.
    pub property_name: String,
    /// Where the booking stood.
    pub status: Status,
    /// Day on which it came to stand there.
    pub status_date: Option<NaiveDate>,
    /// First night, as booked.
    pub arrival: NaiveDate,
    /// Day of leaving, as booked; equal to `arrival` for day use.
    pub departure: NaiveDate,
    /// Day on which the booking was made.
    pub booked_at: Option<NaiveDate>,
    /// Number of adults.
    pub adults: u32,
    /// Number of children.
    pub children: u32,
    /// Number of babies.
    pub babies: u32,
    /// Rate per night of each room in minor units of `currency`; of a total that cannot be shared out evenly, what remains is in `total_minor`.
    pub rate_minor: i64,
    /// What the rooms of this row cost for all their nights, where the file says that.
    pub total_minor: Option<i64>,
    /// The total is that of the whole booking, and stands in each of its rows.
    pub is_total_of_booking: bool,
    /// ISO 4217 code.
    pub currency: String,
    /// Room type the guest booked.
    pub room_type_booked: String,
    /// Room type the guest was given.
    pub room_type_assigned: Option<String>,
    /// Number of rooms.
    pub room_count: u32,
    /// Room numbers.
    pub rooms: Vec<String>,
    /// Name of the rate plan, as the file writes it.
    pub rate_plan: Option<String>,
    /// Meal plan.
    pub meal: Option<String>,
    /// Distribution channel.
    pub channel: Option<String>,
    /// Market segment.
    pub segment: Option<String>,
    /// Travel agent.
    pub agent: Option<String>,
    /// Company that booked or pays.
    pub company: Option<String>,
    /// What was paid ahead.
    pub deposit: DepositKind,
    /// The other system knew the guest already.
    pub repeat_guest: bool,
    /// Country of the guest, as the file writes it.
    pub nationality: Option<String>,
    /// How often the booking was changed.
    pub changes: u32,
    /// Parking spaces asked for.
    pub parking: u32,
    /// Number of special requests.
    pub requests: u32,
    /// Days on the waiting list.
    pub waiting_days: u32,
    /// Customer type, as the file writes it.
    pub customer_type: Option<String>,
    /// The guests, the one who booked first; none when the file is anonymous.
    pub people: Vec<PersonRecord>,
    /// What is imported as it is but deserves a word.
    pub notes: Vec<Note>,
}

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A booking.
    Booking(Box<BookingRecord>),
    /// Something else that belongs to a guest, a booking or a property.
    Other(Box<OtherRecord>),
}

/// A row that is no booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRecord {
    /// Row of the file; 1 is the first data row.
    pub row: u64,
    /// What it is.
    pub kind: FileKind,
    /// The other system's own number of it.
    pub source_key: Option<String>,
    /// Code of the property.
    pub property: String,
    /// Name of the property.
    pub property_name: String,
    /// The number of the booking it belongs to.
    pub booking: Option<String>,
    /// The number of the guest it belongs to.
    pub guest: Option<String>,
    /// The guest, where the row describes one.
    pub person: Option<PersonRecord>,
    /// Country of the guest, as the file writes it.
    pub nationality: Option<String>,
    /// The day; of a price, the first.
    pub date: Option<NaiveDate>,
    /// Of a price, the last day.
    pub until: Option<NaiveDate>,
    /// Minor units of `currency`.
    pub amount_minor: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Points, gained or spent.
    pub points: Option<i64>,
    /// What was charged, or how it was paid.
    pub code: Option<String>,
    /// Text of the line.
    pub text: Option<String>,
    /// Room number.
    pub room: Option<String>,
    /// Room type.
    pub room_type: Option<String>,
    /// Name of the rate plan.
    pub rate_plan: Option<String>,
    /// Floor.
    pub floor: Option<String>,
    /// What is imported but deserves a word.
    pub notes: Vec<Note>,
}

/// A guest as the file describes them, unchecked text but for the birth date. At least one field beside the id is present.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PersonRecord {
    /// The guest's own number in the other system: wherever it stands, in this file or a later one, the guest is the same.
    pub id: Option<String>,
    /// Whole name in one text.
    pub full_name: Option<String>,
    /// Family name.
    pub surname: Option<String>,
    /// Given name.
    pub given: Option<String>,
    /// `female` or `male`.
    pub sex: Option<String>,
    /// Birth date.
    pub birth: Option<NaiveDate>,
    /// Phone numbers, as written.
    pub phones: Vec<String>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Kind of identity document.
    pub document_type: Option<String>,
    /// Number of the identity document.
    pub document_number: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Postal address.
    pub address: Option<String>,
}

/// Shows nothing of the person: debug output ends up in logs.
impl fmt::Debug for PersonRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonRecord").finish_non_exhaustive()
    }
}

/// Something in a booking that is imported unchanged and may surprise a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Checked out, but `status_date` is not `departure`.
    LeftOnAnotherDay,
    /// Arrival and departure on one day: imported as day use.
    NoNight,
    /// The rate is above the map's `rate_outlier_above`.
    RateOutlier {
        /// The rate per night in minor units.
        minor: i64,
    },
    /// What the file says of the guest in this field could not be read, and was left out.
    Dropped {
        /// Key of the field in the map, such as `phone`.
        field: &'static str,
    },
    /// What the file says of the guest in this field was put right.
    Repaired {
        /// Key of the field in the map.
        field: &'static str,
    },
    /// What the file says of the guest in this field fits no rule, and is kept as it was typed.
    Kept {
        /// Key of the field in the map.
        field: &'static str,
    },
    /// The file says of this field that its value was not known; it is imported as absent.
    Undefined {
        /// Key of the field in the map, such as `meal`.
        field: &'static str,
    },
}

/// The totals of one row, readable even when the rules reject the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Where the booking stood.
    pub status: Status,
    /// Nights booked.
    pub nights: u32,
    /// What the rooms cost for all nights, in minor units; part-day use is charged once.
    pub revenue_minor: i64,
}

/// A row that is no booking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {}: {field}: {}", why.code(), why.text(hefu_domain::Language::English))]
pub struct Rejected {
    /// Row of the file; 1 is the first data row.
    pub row: u64,
    /// Key of the field in the map, such as `arrival`; `row` for the row as a whole.
    pub field: String,
    /// What is wrong.
    pub why: Why,
}
