//! What a channel says of a booking, in the terms of the property. Pure.

use chrono::{DateTime, Utc};
use hefu_domain::{
    card::looks_like_card_number,
    channel::{Channel, Said},
    message::{AskedDays, ChannelCode, Name, Sold, Why},
    property::{Property, RatePlan, RoomType},
    reservation::{Guarantee, exact_number},
    source::{BookingClaim, ClaimStatus, RoomClaim, share},
};
use hefu_front_office::limits::HORIZON;
use hefu_identity::{email::normalise_email, phone::normalise_phone};
use hefu_import::{
    Content, IncomingBooking, IncomingGuest, IncomingRow, NAMED, Refusal, RowFigures, SourceNumber,
};
use hefu_kernel::{Id as _, LAST_DATE};
use hefu_ota::{Guest, Message, Reservation, RoomStay, Status};
use hefu_people::profile::{GuestInput, normalise, search_keys};
use serde_json::{Value, json};

/// The longest number of a booking, characters.
const LONGEST_NUMBER: usize = 100;

/// The longest name, and what is not cut to fit of other texts, characters.
const LONGEST: usize = 200;

/// The fewest digits that may be a phone number.
const FEWEST_DIGITS: usize = 5;

/// Where bookings come to: the property and what it sells.
pub(crate) struct PropertySetup {
    pub(crate) property: Property,
    pub(crate) types: Vec<RoomType>,
    pub(crate) plans: Vec<RatePlan>,
}

/// The number under which a booking is known: that of the channel, as its spelling does not matter.
pub(crate) fn number_of(id: &str) -> Result<String, Refusal> {
    let number = exact_number(id);
    if (1..=LONGEST_NUMBER).contains(&number.chars().count()) {
        return Ok(number);
    }
    Err(Refusal::of("UniqueID/@ID", Why::CodeLength { most: LONGEST_NUMBER }))
}

/// When a channel said it: as the reservation says, else as the message does, else when it came.
pub(crate) fn said(
    channel: &Channel,
    reservation: &Reservation,
    message: &Message,
    came: DateTime<Utc>,
) -> Said {
    let rank = match reservation.status {
        Status::Requested | Status::Reserved => 0,
        Status::Modified => 1,
        Status::Cancelled => 2,
    };
    let at = match (reservation.changed, rank) {
        (Some(changed), _) => Some(changed),
        (None, 0) => reservation.created.or(message.sent),
        // When it was made says little of when it changed.
        (None, _) => message.sent.or(reservation.created),
    };
    let text = serde_json::to_vec(reservation).unwrap_or_default();
    let digest = hefu_core::request_digest(&[channel.id.uuid().as_bytes(), &text]);
    let tie = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    Said { at: at.map_or(came, |at| at.to_utc()), rank, tie }
}

/// Whether a reservation says what is booked and for whom.
pub(crate) const fn has_content(reservation: &Reservation) -> bool {
    !reservation.rooms.is_empty() && reservation.guest.is_some()
}

/// What a code of the channel is here, if the property still has it.
fn ours<'c>(
    (codes, field, what): (&'c hefu_domain::channel::CodeMap, &str, Sold),
    theirs: Option<&str>,
    has: impl Fn(&str) -> bool,
) -> Result<&'c str, Refusal> {
    let code = ChannelCode(theirs.map(str::to_owned));
    let why = match codes.get(theirs) {
        Some(here) if has(here) => return Ok(here),
        Some(here) => Why::GoneHere { code, what, here: Name(here.to_owned()) },
        None => Why::NotSetUp { code, what },
    };
    Err(Refusal::of(field, why))
}

fn rooms_of(
    channel: &Channel,
    setup: &PropertySetup,
    stay: &RoomStay,
    status: ClaimStatus,
    into: &mut Vec<RoomClaim>,
) -> Result<(), Refusal> {
    let types = (&channel.room_types, "RoomType/@RoomTypeCode", Sold::RoomType);
    let has_type = |code: &str| setup.types.iter().any(|kind| kind.code == code);
    let room_type = ours(types, stay.room_type.as_deref(), has_type)?.to_owned();
    let capacity = setup.types.iter().find(|kind| kind.code == room_type).map_or(0, |kind| kind.capacity);
    let (guests, most) = (stay.adults + stay.children.len() as i64, capacity * stay.rooms);
    // A channel may sell a place more than there are beds; twice as many were mistyped.
    if guests > 2 * most {
        return Err(Refusal::of("GuestCount/@Count", Why::TooManyPeople { guests, most }));
    }
    let plans = (&channel.rate_plans, "RatePlan/@RatePlanCode", Sold::RatePlan);
    let has_plan = |code: &str| setup.plans.iter().any(|plan| plan.code == code);
    let rate_plan = match stay.rate_plan.as_deref() {
        // Without a code, and without a plan for what has none, it is sold under the channel's own terms.
        None if channel.rate_plans.get(None).is_none() => None,
        theirs => Some(ours(plans, theirs, has_plan)?.to_owned()),
    };
    let last = setup.property.business_date.checked_add_months(HORIZON).unwrap_or(LAST_DATE);
    if stay.arrival > last {
        return Err(Refusal::of("RoomStay/TimeSpan/@Start", Why::TooFarAhead { last }));
    }
    let total = stay.total.ok_or_else(|| Refusal::of("Total/@AmountAfterTax", Why::NoPrice))?;
    let departure = stay.departure.ok_or_else(|| Refusal::of("RoomStay/TimeSpan/@End", Why::NotSaid))?;
    let nights = (departure - stay.arrival).num_days().max(1);
    let people = |whole: usize, nth: i64| share(i64::try_from(whole).unwrap_or(0), stay.rooms, nth);
    for nth in 0..stay.rooms {
        let total = share(total.minor, stay.rooms, nth);
        into.push(RoomClaim {
            status,
            arrival: stay.arrival,
            departure,
            left: None,
            adults: share(stay.adults, stay.rooms, nth),
            children: people(stay.children.len(), nth),
            rate: total / nights,
            total: Some(total).filter(|total| total % nights != 0),
            room_type: room_type.clone(),
            room_type_given: None,
            room: None,
            rate_plan: rate_plan.clone(),
        });
    }
    Ok(())
}

fn cut(text: &Option<String>) -> Option<String> {
    text.as_ref().map(|text| text.chars().take(LONGEST).collect())
}

/// System and key of the record of a booking's guest.
pub(crate) fn guest_key(channel: &Channel, property: &Property, number: &str) -> (String, String) {
    (format!("import:{}", channel.system()), format!("{}/#{number}", property.code))
}

/// The guest of a record, with what it says of him.
pub(crate) fn guest_of(
    (system, external_id): (String, String),
    input: &GuestInput,
) -> Result<IncomingGuest, Refusal> {
    let profile = normalise(input).map_err(|_| Refusal::of("Customer/PersonName", Why::BadName))?;
    Ok(IncomingGuest {
        system,
        external_id,
        keys: search_keys(&profile),
        record: serde_json::to_vec(input).unwrap_or_default(),
        recognise: true,
        profile,
        room: 0,
    })
}

/// A guest's phone, if one can be read: with its country, of the guest's country, or in mainland China of China; else as it is typed.
fn phone(text: &str, guest: &Guest, property: &Property, input: &mut GuestInput) {
    let country = guest.country.as_deref().filter(|code| code.len() == 2).map(str::to_uppercase);
    let here = ["Asia/Shanghai", "Asia/Urumqi"].contains(&property.time_zone.as_str()).then_some("CN");
    let is_abroad = text.trim_start().starts_with(['+', '＋']) || text.trim_start().starts_with("00");
    // A number that says its country needs no other.
    let regions = country.as_deref().into_iter().chain(here).chain(is_abroad.then_some("CN"));
    let mut read = regions.filter_map(|region| normalise_phone(text, region).ok());
    match read.next() {
        Some(phone) => input.phones.push(phone.e164),
        None if text.bytes().filter(u8::is_ascii_digit).count() >= FEWEST_DIGITS => {
            input.phones_as_typed.push(text.trim().chars().take(60).collect());
        }
        None => {}
    }
}

fn guest(
    channel: &Channel,
    property: &Property,
    number: &str,
    guest: &Guest,
) -> Result<IncomingGuest, Refusal> {
    let mut input = GuestInput {
        surname: cut(&guest.surname),
        given_name: cut(&guest.given),
        birth: guest.birth,
        language: guest.language.as_ref().map(|text| text.chars().take(40).collect()),
        ..GuestInput::default()
    };
    if input.surname.is_none() {
        input.full_name = input.given_name.clone().unwrap_or_default();
    }
    if let Some(text) = &guest.phone {
        phone(text, guest, property, &mut input);
    }
    if let Some(email) = guest.email.as_deref().and_then(|text| normalise_email(text).ok()) {
        input.emails.push(email);
    }
    guest_of(guest_key(channel, property, number), &input)
}

/// What was received of a reservation, as pairs of a name and a text; JSON. What the guest writes is left out if there is a card's number in it.
fn received(reservation: &Reservation) -> Vec<u8> {
    let comment = reservation.comment.clone().filter(|text| !looks_like_card_number(text));
    let told = Reservation { comment, ..reservation.clone() };
    let Ok(Value::Object(fields)) = serde_json::to_value(&told) else { return b"[]".to_vec() };
    let pairs: Vec<(String, String)> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        })
        .collect();
    serde_json::to_vec(&pairs).unwrap_or_default()
}

/// The row of a booking, as one of a file.
pub(crate) fn row_of(booking: IncomingBooking, texts: Vec<u8>) -> IncomingRow {
    let claim = &booking.claim;
    let nights = |room: &RoomClaim| (room.departure - room.arrival).num_days().max(1);
    let figures = RowFigures {
        status: claim.first.status,
        nights: claim.rooms().map(nights).sum(),
        revenue: claim.rooms().filter_map(RoomClaim::sum).sum(),
    };
    IncomingRow {
        row: 1,
        more: Vec::new(),
        columns: Vec::<String>::new().into(),
        texts,
        figures: Some(figures),
        currency: Some(claim.currency),
        notes: Vec::new(),
        flags: Vec::new(),
        content: Ok(Content::Booking(Box::new(booking))),
    }
}

/// The days that a guest asks for, as far as he says them.
fn asked_for(reservation: &Reservation) -> AskedDays {
    reservation.rooms.first().map_or_else(AskedDays::default, |stay| AskedDays {
        arrival: Some(stay.arrival),
        latest: stay.latest_arrival,
        departure: stay.departure,
        nights: stay.nights,
    })
}

/// The booking that a reservation says; `cancelled`: it is called off.
pub(crate) fn booking(
    channel: &Channel,
    setup: &PropertySetup,
    reservation: &Reservation,
    cancelled: bool,
) -> Result<IncomingRow, Refusal> {
    let property = &setup.property;
    let number = number_of(&reservation.id)?;
    if let (Some(ours), Some(theirs)) = (&channel.hotel, &reservation.hotel)
        && ours != theirs
    {
        return Err(Refusal::of("BasicPropertyInfo/@HotelCode", Why::OtherProperty));
    }
    if reservation.status == Status::Requested {
        let days = asked_for(reservation);
        return Err(Refusal::of("HotelReservation/@ResStatus", Why::Enquiry { days }));
    }
    let status = if cancelled { ClaimStatus::Cancelled } else { ClaimStatus::Reserved };
    let mut rooms = Vec::new();
    for stay in &reservation.rooms {
        rooms_of(channel, setup, stay, status, &mut rooms)?;
    }
    let mut currencies = reservation.rooms.iter().filter_map(|stay| stay.total).map(|total| total.currency);
    let currency = currencies.next().unwrap_or(property.currency);
    if currencies.any(|other| other != currency) {
        return Err(Refusal::of("Total/@CurrencyCode", Why::SeveralCurrencies));
    }
    let mut rooms = rooms.into_iter();
    let missing = |field: &str| Refusal::of(field, Why::NotSaid);
    let first = rooms.next().ok_or_else(|| missing("RoomStays/RoomStay"))?;
    let person = reservation.guest.as_ref().ok_or_else(|| missing("ResGuests/ResGuest"))?;
    let person = guest(channel, property, &number, person)?;
    let zone: Option<chrono_tz::Tz> = property.time_zone.parse().ok();
    let booked_on = reservation.created.map(|at| match zone {
        Some(zone) => at.with_timezone(&zone).date_naive(),
        None => at.date_naive(),
    });
    let claim = BookingClaim {
        first,
        more: rooms.collect(),
        booked_on,
        currency,
        channel: channel.code.to_lowercase(),
        segment: None,
        company: None,
        guarantee: Guarantee::None,
        guest: Some(format!("{NAMED}{}", person.profile.full_name)),
    };
    let texts = received(reservation);
    let other = json!({ "numbers": reservation.numbers, "comment": reservation.comment });
    let names = (property.code.clone(), property.name.clone());
    let number = SourceNumber { key: number, is_derived: false };
    Ok(row_of(IncomingBooking::new(names, number, claim, vec![person], &texts, &other), texts))
}
