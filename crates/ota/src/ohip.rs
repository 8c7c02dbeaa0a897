//! Reservations of OPERA Cloud, as the Oracle Hospitality Integration Platform lists them (`GET /rsv/v1/hotels/{hotelId}/reservations`).

use chrono_tz::Tz;
use hefu_kernel::Money;
use serde_json::{Value, json};

use crate::{
    json::{at, count, day, items, moment, money, only, text},
    reservation::{Fault, Guest, Problem, Reservation, RoomStay, Status, Wrong},
    tree::Refused,
};

/// A page of a property's reservations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OhipPage {
    /// A record for each, to be read by [`receive_kept`](crate::receive_kept). Nothing else of the answer is kept.
    pub records: Vec<String>,
    /// Whether there are more behind it, as far as it says.
    pub has_more: Option<bool>,
}

/// Reads a page; `zone` is the property's time zone.
///
/// # Errors
/// It is no such answer.
pub fn ohip_page(answer: &str, zone: &str) -> Result<OhipPage, Refused> {
    let answer: Value = serde_json::from_str(answer).map_err(|_| Refused::NotJson)?;
    if !answer.is_object() {
        return Err(Refused::NotJson);
    }
    let page = at(&answer, &["reservations"]);
    let records = items(at(page, &["reservationInfo"])).iter().map(|told| record(told, zone)).collect();
    Ok(OhipPage { records, has_more: at(page, &["hasMore"]).as_bool() })
}

/// What is kept of a reservation: what is read of it. Payments, profiles and what staff wrote are not among it.
fn record(told: &Value, zone: &str) -> String {
    let stay = only(
        at(told, &["roomStay"]),
        &[
            "arrivalDate",
            "departureDate",
            "adultCount",
            "childCount",
            "childAges",
            "roomType",
            "numberOfRooms",
            "ratePlanCode",
            "rateAmount",
            "fixedRate",
            "totalAmount",
        ],
    );
    let guest = only(
        at(told, &["reservationGuest"]),
        &["givenName", "surname", "phoneNumber", "email", "language", "birthDate"],
    );
    let country = only(at(told, &["reservationGuest", "address", "country"]), &["isoCode", "code"]);
    let mut kept = only(
        told,
        &[
            "reservationIdList",
            "externalReferences",
            "hotelId",
            "createDateTime",
            "lastModifyDateTime",
            "reservationStatus",
            "computedReservationStatus",
        ],
    );
    if let Some(kept) = kept.as_object_mut() {
        kept.insert("roomStay".to_owned(), stay);
        kept.insert("reservationGuest".to_owned(), guest);
        kept.insert("country".to_owned(), country);
    }
    json!({ "record": "ohip", "zone": zone, "reservation": kept }).to_string()
}

/// The number of a type among those of a reservation.
fn number(told: &Value, kind: &str) -> Option<String> {
    let numbers = items(at(told, &["reservationIdList"]));
    let found = numbers.iter().find(|number| at(number, &["type"]).as_str() == Some(kind))?;
    text(at(found, &["id"]))
}

/// Reads what was kept of a reservation.
pub(crate) fn reservation(told: &Value, zone: Tz) -> Result<Reservation, Fault> {
    let id = number(told, "Reservation");
    read(told, zone, id.as_deref()).map_err(|wrong| Fault::of(id, wrong))
}

fn read(told: &Value, zone: Tz, id: Option<&str>) -> Result<Reservation, Wrong> {
    let id = id.ok_or(("reservationIdList/id", Problem::Missing))?.to_owned();
    let created = moment(at(told, &["createDateTime"]), zone, "createDateTime")?;
    let changed = moment(at(told, &["lastModifyDateTime"]), zone, "lastModifyDateTime")?;
    let place = "reservationStatus";
    let said = text(at(told, &[place])).or_else(|| text(at(told, &["computedReservationStatus"])));
    let status = match said.as_deref() {
        Some("Cancelled") => Status::Cancelled,
        Some("Requested" | "Waitlisted") => Status::Requested,
        // Whether somebody is in the house is said by the stay, not by the booking.
        Some(
            "Reserved" | "DueIn" | "Walkin" | "InHouse" | "DueOut" | "PendingCheckout" | "CheckedOut"
            | "NoShow",
        ) => {
            if changed > created {
                Status::Modified
            } else {
                Status::Reserved
            }
        }
        Some(_) => return Err((place, Problem::Value)),
        None => return Err((place, Problem::Missing)),
    };
    let cancels = status == Status::Cancelled;
    let rooms = match room_stay(at(told, &["roomStay"])) {
        Ok(stay) => vec![stay],
        // Whoever calls something off need not say what.
        Err(_) if cancels => Vec::new(),
        Err(wrong) => return Err(wrong),
    };
    let guest = guest(told)?;
    if guest.is_none() && !cancels {
        return Err(("reservationGuest/surname", Problem::Missing));
    }
    let confirmation = number(told, "Confirmation").map(|number| (Some("Confirmation".to_owned()), number));
    let others = items(at(told, &["externalReferences"])).iter().filter_map(|other| {
        let number = text(at(other, &["id"]))?;
        Some((text(at(other, &["idContext"])), number))
    });
    Ok(Reservation {
        id,
        id_type: "14".to_owned(),
        status,
        created,
        changed,
        hotel: text(at(told, &["hotelId"])),
        rooms,
        guest,
        numbers: confirmation.into_iter().chain(others).collect(),
        comment: None,
    })
}

fn room_stay(told: &Value) -> Result<RoomStay, Wrong> {
    let arrival = day(at(told, &["arrivalDate"]), "roomStay/arrivalDate")?;
    let departure = day(at(told, &["departureDate"]), "roomStay/departureDate")?;
    if departure <= arrival {
        return Err(("roomStay/departureDate", Problem::Order));
    }
    let children = count(at(told, &["childCount"]), "roomStay/childCount", 99, 0)?;
    let ages = items(at(told, &["childAges"])).iter();
    let ages = ages.map(|child| count(at(child, &["age"]), "roomStay/childAges/age", 120, 0));
    let mut ages: Vec<i64> = ages.collect::<Result<_, _>>()?;
    // Ages may be said of some only: how many there are is said by their number.
    ages.resize(usize::try_from(children).unwrap_or(0), 0);
    Ok(RoomStay {
        arrival,
        latest_arrival: None,
        departure: Some(departure),
        nights: None,
        room_type: text(at(told, &["roomType"])),
        rate_plan: text(at(told, &["ratePlanCode"])),
        adults: count(at(told, &["adultCount"]), "roomStay/adultCount", 999, 0)?,
        children: ages,
        rooms: count(at(told, &["numberOfRooms"]), "roomStay/numberOfRooms", 999, 1)?.max(1),
        total: total(told, (departure - arrival).num_days())?,
    })
}

/// What the stay costs: as it is said, or the price of a night that is the same for all of them.
fn total(told: &Value, nights: i64) -> Result<Option<Money>, Wrong> {
    let said = |name: &str, place: &'static str| {
        let money = money(at(told, &[name, "amount"]), at(told, &[name, "currencyCode"]), place)?;
        match money {
            Some(money) if money.minor < 0 => Err((place, Problem::Amount)),
            money => Ok(money),
        }
    };
    if let Some(total) = said("totalAmount", "roomStay/totalAmount/amount")? {
        return Ok(Some(total));
    }
    if at(told, &["fixedRate"]).as_bool() != Some(true) {
        return Ok(None);
    }
    let night = said("rateAmount", "roomStay/rateAmount/amount")?;
    Ok(night.and_then(|night| Some(Money::new(night.minor.checked_mul(nights)?, night.currency))))
}

fn guest(told: &Value) -> Result<Option<Guest>, Wrong> {
    let field = |name: &str| text(at(told, &["reservationGuest", name]));
    let (surname, given) = (field("surname"), field("givenName"));
    if surname.is_none() && given.is_none() {
        return Ok(None);
    }
    let birth = at(told, &["reservationGuest", "birthDate"]);
    let birth = text(birth).map(|_| day(birth, "reservationGuest/birthDate")).transpose()?;
    Ok(Some(Guest {
        given,
        surname,
        phone: field("phoneNumber"),
        email: field("email"),
        language: field("language"),
        country: text(at(told, &["country", "isoCode"])).or_else(|| text(at(told, &["country", "code"]))),
        birth,
    }))
}
