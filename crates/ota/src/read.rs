//! Messages read.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use hefu_kernel::{Currency, Money};

use crate::{
    reservation::{Fault, Guest, Problem, Reservation, RoomStay, Status, Wrong},
    tree::{Element, Limits, Refused, parse},
};

/// Which message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `OTA_HotelResNotifRQ`: the channel pushes.
    Notification,
    /// `OTA_ResRetrieveRS`: it was asked.
    Retrieval,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which.
    pub kind: Kind,
    /// What the answer repeats.
    pub echo: Option<String>,
    /// The version of the schema that it names.
    pub version: Option<String>,
    /// When it was sent, as it says.
    pub sent: Option<DateTime<FixedOffset>>,
    /// Its reservations, in order; each that cannot be understood with its reason.
    pub reservations: Vec<Result<Reservation, Fault>>,
    /// For each of these a message with it alone, without what is never taken in: what is kept of one that cannot be taken now.
    pub alone: Vec<String>,
}

/// Reads a message.
///
/// # Errors
/// It is no such message, or more than the limits allow.
pub fn read(text: &str, limits: &Limits) -> Result<Message, Refused> {
    reservations(&parse(text, limits)?)
}

/// Reads a message with reservations.
pub(crate) fn reservations(root: &Element) -> Result<Message, Refused> {
    let (kind, list) = match root.name.as_str() {
        "OTA_HotelResNotifRQ" => (Kind::Notification, "HotelReservations"),
        "OTA_ResRetrieveRS" => (Kind::Retrieval, "ReservationsList"),
        _ => return Err(Refused::OtherMessage),
    };
    if root.child("Errors").is_some() {
        return Err(Refused::ReportsError);
    }
    let text = |name: &str| root.attribute(name).map(str::to_owned);
    let mut seen = BTreeSet::new();
    let elements = || root.all(list).flat_map(|list| list.all("HotelReservation"));
    let alone = elements().map(|element| {
        let list = Element { name: list.to_owned(), children: vec![element.clone()], ..Element::default() };
        let mut text = String::new();
        Element { children: vec![list], ..root.alone() }.write(&mut text);
        text
    });
    let alone = alone.collect();
    let sent = moment(root.attribute("TimeStamp"), "@TimeStamp").ok().flatten();
    let reservations = elements()
        .map(|element| {
            let read = reservation(element, root.attribute("ResStatus"))?;
            // Of two in one message nothing says which is the later one.
            if seen.insert((read.id_type.clone(), read.id.clone())) {
                Ok(read)
            } else {
                Err(Fault {
                    id: Some(read.id),
                    id_type: Some(read.id_type),
                    changed: read.changed.or(read.created),
                    cancels: read.status == Status::Cancelled,
                    at: "UniqueID/@ID",
                    problem: Problem::Twice,
                })
            }
        })
        .collect();
    Ok(Message { kind, echo: text("EchoToken"), version: text("Version"), sent, reservations, alone })
}

/// Reads a reservation; `status` is what the message says of all of them.
fn reservation(element: &Element, status: Option<&str>) -> Result<Reservation, Fault> {
    let own = element.child("UniqueID");
    // OpenTravel's own messages name the reservation further down.
    let further = element.at(&["ResGlobalInfo", "HotelReservationIDs", "HotelReservationID"]);
    let id = own
        .and_then(|id| id.attribute("ID"))
        .or_else(|| further.filter(|_| own.is_none()).and_then(|id| id.attribute("ResID_Value")))
        .map(str::to_owned);
    let id_type = own
        .map_or_else(|| further.map(|_| "14"), |id| id.attribute("Type").or(Some("14")))
        .map(str::to_owned);
    let told = read_reservation(element, (id.as_deref(), id_type.as_deref()), status);
    told.map_err(|(at, problem)| {
        // Whatever is wrong with it, what it says of these decides what it may be settled by.
        let at_moment = |name| moment(element.attribute(name), "").ok().flatten();
        let changed = at_moment("LastModifyDateTime").or_else(|| at_moment("CreateDateTime"));
        let status = element.attribute("ResStatus").or(status);
        let cancels = id_type.as_deref() == Some("15")
            || status.is_some_and(|status| status.to_ascii_lowercase().starts_with("cancel"));
        Fault { id, id_type, changed, cancels, at, problem }
    })
}

fn read_reservation(
    element: &Element,
    (id, id_type): (Option<&str>, Option<&str>),
    status: Option<&str>,
) -> Result<Reservation, Wrong> {
    let id = id.ok_or(("UniqueID/@ID", Problem::Missing))?.to_owned();
    let id_type = id_type.unwrap_or("14").to_owned();
    let of_type = if id_type == "15" { Some("Cancelled") } else { None };
    let status = match element.attribute("ResStatus").or(of_type).or(status) {
        None | Some("Reserved" | "Book" | "Commit") => Status::Reserved,
        Some("Requested") => Status::Requested,
        Some("Modify" | "Modified") => Status::Modified,
        Some("Cancelled" | "Canceled" | "Cancel") => Status::Cancelled,
        Some(_) => return Err(("HotelReservation/@ResStatus", Problem::Value)),
    };
    let cancels = status == Status::Cancelled;
    if (id_type == "15") != cancels
        && matches!(id_type.as_str(), "14" | "15")
        && element.child("UniqueID").is_some()
    {
        return Err(("UniqueID/@Type", Problem::Value));
    }
    let mut rooms = Vec::new();
    for stay in element.all("RoomStays").flat_map(|stays| stays.all("RoomStay")) {
        // Further periods that a guest who asks would take, too.
        if stay.attribute("RoomStayGroupID").is_some() && !rooms.is_empty() && status == Status::Requested {
            continue;
        }
        rooms.push(room_stay(stay, status)?);
    }
    if rooms.is_empty() && !cancels {
        return Err(("RoomStays/RoomStay", Problem::Missing));
    }
    let guest = guest(element)?;
    if guest.is_none() && !cancels {
        return Err(("ResGuests/ResGuest", Problem::Missing));
    }
    let global = element.child("ResGlobalInfo");
    let hotel = global
        .and_then(|global| global.child("BasicPropertyInfo"))
        .or_else(|| element.at(&["RoomStays", "RoomStay", "BasicPropertyInfo"]));
    let numbers = global.and_then(|global| global.child("HotelReservationIDs")).into_iter();
    let numbers = numbers.flat_map(|ids| ids.all("HotelReservationID")).filter_map(|number| {
        let source = number.attribute("ResID_Source").map(str::to_owned);
        Some((source, number.attribute("ResID_Value")?.to_owned()))
    });
    let comments = global.and_then(|global| global.child("Comments")).into_iter();
    let comments: Vec<&str> = comments
        .flat_map(|comments| comments.all("Comment"))
        .filter_map(|comment| comment.child("Text")?.words())
        .collect();
    Ok(Reservation {
        id,
        id_type,
        status,
        created: moment(element.attribute("CreateDateTime"), "HotelReservation/@CreateDateTime")?,
        changed: moment(element.attribute("LastModifyDateTime"), "HotelReservation/@LastModifyDateTime")?,
        hotel: hotel.and_then(|hotel| hotel.attribute("HotelCode")).map(str::to_owned),
        rooms,
        guest,
        numbers: numbers.collect(),
        comment: (!comments.is_empty()).then(|| comments.join("\n")),
    })
}

/// A moment; without an offset it is taken as UTC.
pub(crate) fn moment(text: Option<&str>, at: &'static str) -> Result<Option<DateTime<FixedOffset>>, Wrong> {
    let Some(text) = text else { return Ok(None) };
    let without_offset = || text.parse::<NaiveDateTime>().ok().map(|moment| moment.and_utc().fixed_offset());
    let moment = DateTime::parse_from_rfc3339(text).ok().or_else(without_offset);
    moment.map(Some).ok_or((at, Problem::Date))
}

pub(crate) fn date(text: &str, at: &'static str) -> Result<NaiveDate, Wrong> {
    // Some write the time of the day behind it.
    let day = text.get(..10).filter(|_| text.len() == 10 || text.as_bytes().get(10) == Some(&b'T'));
    day.and_then(|day| day.parse().ok()).ok_or((at, Problem::Date))
}

pub(crate) fn count(text: &str, at: &'static str, most: i64) -> Result<i64, Wrong> {
    let number = text.parse().ok().filter(|number| (0..=most).contains(number));
    number.ok_or((at, Problem::Number))
}

/// When somebody stays.
struct Period {
    arrival: NaiveDate,
    latest_arrival: Option<NaiveDate>,
    departure: Option<NaiveDate>,
    nights: Option<u64>,
}

/// The nights that a duration says.
fn nights_of(duration: &str) -> Result<u64, Wrong> {
    let nights = duration.strip_prefix('P').and_then(|days| days.strip_suffix(['N', 'D']));
    let nights = nights.and_then(|nights| nights.parse().ok());
    nights.filter(|nights| *nights > 0).ok_or(("RoomStay/TimeSpan/@Duration", Problem::Number))
}

/// Reads when somebody stays. A guest who asks, or does so no longer, may give a window in which he would come, and leave open when he would go: no day is made up for him.
fn period(span: &Element, status: Status) -> Result<Period, Wrong> {
    let at = "RoomStay/TimeSpan/@Start";
    let asks = matches!(status, Status::Requested | Status::Cancelled);
    let duration = span.attribute("Duration");
    let Some(start) = span.attribute("Start") else {
        let window = span.child("StartDateWindow").filter(|_| asks).ok_or((at, Problem::Missing))?;
        let place = "RoomStay/TimeSpan/StartDateWindow/@EarliestDate";
        let earliest = date(window.attribute("EarliestDate").ok_or((place, Problem::Missing))?, place)?;
        let place = "RoomStay/TimeSpan/StartDateWindow/@LatestDate";
        let latest = window.attribute("LatestDate").map(|latest| date(latest, place)).transpose()?;
        if latest.is_some_and(|latest| latest < earliest) {
            return Err((place, Problem::Order));
        }
        let departure = span.attribute("End").map(|end| date(end, "RoomStay/TimeSpan/@End")).transpose()?;
        let nights = duration.filter(|_| departure.is_none()).map(nights_of).transpose()?;
        return Ok(Period { arrival: earliest, latest_arrival: latest, departure, nights });
    };
    let arrival = date(start, at)?;
    let departure = match (span.attribute("End"), duration) {
        (Some(end), _) => Some(date(end, "RoomStay/TimeSpan/@End")?),
        (None, Some(duration)) => {
            let end = arrival.checked_add_days(chrono::Days::new(nights_of(duration)?));
            Some(end.ok_or(("RoomStay/TimeSpan/@Duration", Problem::Number))?)
        }
        (None, None) if asks => None,
        (None, None) => return Err(("RoomStay/TimeSpan/@End", Problem::Missing)),
    };
    Ok(Period { arrival, latest_arrival: None, departure, nights: None })
}

fn room_stay(stay: &Element, status: Status) -> Result<RoomStay, Wrong> {
    let span = stay.child("TimeSpan").ok_or(("RoomStay/TimeSpan", Problem::Missing))?;
    let Period { arrival, latest_arrival, departure, nights } = period(span, status)?;
    if departure.is_some_and(|departure| departure <= arrival) {
        return Err(("RoomStay/TimeSpan/@End", Problem::Order));
    }
    let (mut adults, mut children) = (0, Vec::new());
    let counted = || stay.all("GuestCounts").flat_map(|counts| counts.all("GuestCount"));
    for guests in counted() {
        let number = count(guests.attribute("Count").unwrap_or("1"), "GuestCount/@Count", 999)?;
        match guests.attribute("Age") {
            Some(age) => {
                let age = count(age, "GuestCount/@Age", 120)?;
                // As AlpineBits draws the line.
                if age < 18 {
                    children.extend(std::iter::repeat_n(age, usize::try_from(number).unwrap_or(0)));
                } else {
                    adults += number;
                }
            }
            None => adults += number,
        }
    }
    if adults == 0 && children.is_empty() && counted().next().is_some() {
        return Err(("GuestCount/@Count", Problem::Number));
    }
    let code = |path: [&str; 2], name: &str| {
        stay.at(&path).and_then(|found| found.attribute(name)).map(str::to_owned)
    };
    let rooms = stay.at(&["RoomTypes", "RoomType"]).and_then(|kind| kind.attribute("NumberOfUnits"));
    Ok(RoomStay {
        arrival,
        latest_arrival,
        departure,
        nights,
        room_type: code(["RoomTypes", "RoomType"], "RoomTypeCode"),
        rate_plan: code(["RatePlans", "RatePlan"], "RatePlanCode"),
        adults,
        children,
        rooms: rooms.map_or(Ok(1), |rooms| count(rooms, "RoomType/@NumberOfUnits", 999))?.max(1),
        total: total(stay)?,
    })
}

fn total(stay: &Element) -> Result<Option<Money>, Wrong> {
    let Some(total) = stay.child("Total") else { return Ok(None) };
    let Some(amount) = total.attribute("AmountAfterTax") else { return Ok(None) };
    let currency = total.attribute("CurrencyCode").ok_or(("Total/@CurrencyCode", Problem::Missing))?;
    let currency: Currency = currency.parse().map_err(|_| ("Total/@CurrencyCode", Problem::Value))?;
    let money = Money::parse(amount, currency).map_err(|_| ("Total/@AmountAfterTax", Problem::Amount))?;
    if money.minor < 0 { Err(("Total/@AmountAfterTax", Problem::Amount)) } else { Ok(Some(money)) }
}

fn guest(element: &Element) -> Result<Option<Guest>, Wrong> {
    let customer = element
        .at(&["ResGuests", "ResGuest"])
        .and_then(|guest| guest.at(&["Profiles", "ProfileInfo", "Profile", "Customer"]));
    let Some(customer) = customer else { return Ok(None) };
    let words = |path: &[&str]| customer.at(path).and_then(Element::words).map(str::to_owned);
    // 5 is a mobile and 3 a fax in OpenTravel's list `PTT`.
    let mut phones: Vec<&Element> =
        customer.all("Telephone").filter(|phone| phone.attribute("PhoneTechType") != Some("3")).collect();
    phones.sort_by_key(|phone| phone.attribute("PhoneTechType") != Some("5"));
    let guest = Guest {
        given: words(&["PersonName", "GivenName"]),
        surname: words(&["PersonName", "Surname"]),
        phone: phones.iter().find_map(|phone| phone.attribute("PhoneNumber")).map(str::to_owned),
        email: words(&["Email"]),
        language: customer.attribute("Language").map(str::to_owned),
        country: customer
            .at(&["Address", "CountryName"])
            .and_then(|country| country.attribute("Code").or_else(|| country.words()))
            .map(str::to_owned),
        birth: customer.attribute("BirthDate").map(|birth| date(birth, "Customer/@BirthDate")).transpose()?,
    };
    if guest.surname.is_none() && guest.given.is_none() {
        return Err(("Customer/PersonName/Surname", Problem::Missing));
    }
    Ok(Some(guest))
}
