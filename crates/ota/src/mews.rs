//! Reservations of Mews, as its Connector API lists them (`reservations/getAll/2023-06-06`). Whom they are for, what they cost and what its categories of ages mean
//! is asked separately.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use hefu_kernel::Money;
use serde_json::{Value, json};

use crate::{
    json::{at, count, day, items, moment, money, only, text},
    reservation::{Fault, Guest, Problem, Reservation, RoomStay, Status, Wrong},
    tree::Refused,
};

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct MewsList {
    /// What it lists.
    pub items: Vec<Value>,
    /// Where the next page begins; none if there is no more.
    pub cursor: Option<String>,
}

/// Reads a page of the list of this name.
///
/// # Errors
/// It is no such answer.
pub fn mews_list(answer: &str, name: &str) -> Result<MewsList, Refused> {
    let answer: Value = serde_json::from_str(answer).map_err(|_| Refused::NotJson)?;
    let list = at(&answer, &[name]).as_array().ok_or(Refused::NotJson)?.clone();
    let cursor = text(at(&answer, &["Cursor"])).filter(|_| !list.is_empty());
    Ok(MewsList { items: list, cursor })
}

fn all(reservations: &[Value], name: &str) -> Vec<String> {
    let all: BTreeSet<String> = reservations.iter().filter_map(|told| text(at(told, &[name]))).collect();
    all.into_iter().collect()
}

/// The numbers of these reservations.
pub fn mews_ids(reservations: &[Value]) -> Vec<String> {
    all(reservations, "Id")
}

/// The services that they are made against.
pub fn mews_services(reservations: &[Value]) -> Vec<String> {
    all(reservations, "ServiceId")
}

/// The customers whom they are for. Those of companies are for nobody whom it names.
pub fn mews_customers(reservations: &[Value]) -> Vec<String> {
    let of_people = |told: &&Value| at(told, &["AccountType"]).as_str() != Some("Company");
    let of_people: Vec<Value> = reservations.iter().filter(of_people).cloned().collect();
    all(&of_people, "AccountId")
}

/// A record for each of the reservations, to be read by [`receive_kept`](crate::receive_kept), with what belongs to it: its customer, its order items, and the
/// categories of ages. Nothing else is kept. `zone` is the property's time zone.
pub fn mews_records(
    zone: &str,
    reservations: &[Value],
    (customers, orders, ages): (&[Value], &[Value], &[Value]),
) -> Vec<String> {
    let by = |list: &[Value], name: &str| -> BTreeMap<String, Vec<Value>> {
        let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for item in list {
            all.entry(text(at(item, &[name])).unwrap_or_default()).or_default().push(item.clone());
        }
        all
    };
    let (customers, orders) = (by(customers, "Id"), by(orders, "ServiceOrderId"));
    let age_of = |age: &Value| only(age, &["Id", "Classification", "MinimalAge"]);
    let record = |told: &Value| {
        let kept = only(
            told,
            &[
                "Id",
                "Number",
                "ChannelNumber",
                "State",
                "CreatedUtc",
                "UpdatedUtc",
                "RateId",
                "RequestedResourceCategoryId",
                "ScheduledStartUtc",
                "ScheduledEndUtc",
                "PersonCounts",
            ],
        );
        let of = |all: &BTreeMap<String, Vec<Value>>, name: &str| {
            text(at(told, &[name])).and_then(|id| all.get(&id).cloned()).unwrap_or_default()
        };
        let customer = of(&customers, "AccountId").first().map(|customer| {
            only(
                customer,
                &["FirstName", "LastName", "Email", "Phone", "LanguageCode", "BirthDate", "NationalityCode"],
            )
        });
        let items: Vec<Value> = of(&orders, "Id")
            .iter()
            .filter(|item| is_room(item))
            .map(|item| only(at(item, &["Amount"]), &["Currency", "GrossValue"]))
            .collect();
        let counted = items_of_people(told);
        let is_counted = |age: &&Value| text(at(age, &["Id"])).is_some_and(|id| counted.contains(&id));
        let ages: Vec<Value> = ages.iter().filter(is_counted).map(age_of).collect();
        json!({
            "record": "mews", "zone": zone, "reservation": kept, "customer": customer, "items": items, "ages": ages,
        })
        .to_string()
    };
    reservations.iter().map(record).collect()
}

/// Whether an order item is a night of the room, and stands.
fn is_room(item: &Value) -> bool {
    at(item, &["Type"]).as_str() == Some("SpaceOrder")
        && at(item, &["CanceledUtc"]).is_null()
        && at(item, &["AccountingState"]).as_str() != Some("Canceled")
}

fn items_of_people(told: &Value) -> BTreeSet<String> {
    let counts = items(at(told, &["PersonCounts"])).iter();
    counts.filter_map(|people| text(at(people, &["AgeCategoryId"]))).collect()
}

/// Reads what was kept of a reservation.
pub(crate) fn reservation(record: &Value, zone: Tz) -> Result<Reservation, Fault> {
    let id = text(at(record, &["reservation", "Id"]));
    read(record, zone, id.as_deref()).map_err(|wrong| Fault::of(id, wrong))
}

fn read(record: &Value, zone: Tz, id: Option<&str>) -> Result<Reservation, Wrong> {
    let told = at(record, &["reservation"]);
    let id = id.ok_or(("Id", Problem::Missing))?.to_owned();
    let created = moment(at(told, &["CreatedUtc"]), zone, "CreatedUtc")?;
    let changed = moment(at(told, &["UpdatedUtc"]), zone, "UpdatedUtc")?;
    let said = text(at(told, &["State"]));
    let status = match said.as_deref() {
        Some("Canceled") => Status::Cancelled,
        // A room may be held for them, but one of both sides has not agreed.
        Some("Inquired" | "Requested" | "Optional") => Status::Requested,
        Some("Confirmed" | "Started" | "Processed") if changed > created => Status::Modified,
        Some("Confirmed" | "Started" | "Processed") => Status::Reserved,
        Some(_) => return Err(("State", Problem::Value)),
        None => return Err(("State", Problem::Missing)),
    };
    let cancels = status == Status::Cancelled;
    let rooms = match room_stay(record, zone) {
        Ok(stay) => vec![stay],
        Err(_) if cancels => Vec::new(),
        Err(wrong) => return Err(wrong),
    };
    let guest = guest(at(record, &["customer"]))?;
    if guest.is_none() && !cancels {
        return Err(("Customer/LastName", Problem::Missing));
    }
    let numbers = [("Mews", "Number"), ("Channel", "ChannelNumber")].into_iter();
    let numbers = numbers.filter_map(|(source, name)| {
        let number = text(at(told, &[name]))?;
        Some((Some(source.to_owned()), number))
    });
    Ok(Reservation {
        id,
        id_type: "14".to_owned(),
        status,
        created,
        changed,
        // Which enterprise it is asked of is said when it is asked.
        hotel: None,
        rooms,
        guest,
        numbers: numbers.collect(),
        comment: None,
    })
}

fn room_stay(record: &Value, zone: Tz) -> Result<RoomStay, Wrong> {
    let told = at(record, &["reservation"]);
    let date = |name: &str, place: &'static str| {
        let moment = moment(at(told, &[name]), zone, place)?.ok_or((place, Problem::Missing))?;
        Ok::<NaiveDate, Wrong>(moment.with_timezone(&zone).date_naive())
    };
    let arrival = date("ScheduledStartUtc", "ScheduledStartUtc")?;
    let departure = date("ScheduledEndUtc", "ScheduledEndUtc")?;
    if departure <= arrival {
        return Err(("ScheduledEndUtc", Problem::Order));
    }
    let (mut adults, mut children) = (0, Vec::new());
    for people in items(at(told, &["PersonCounts"])) {
        let number = count(at(people, &["Count"]), "PersonCounts/Count", 999, 0)?;
        let category = at(people, &["AgeCategoryId"]);
        let category = items(at(record, &["ages"])).iter().find(|age| at(age, &["Id"]) == category);
        match category.filter(|age| at(age, &["Classification"]).as_str() == Some("Child")) {
            Some(age) => {
                let age = count(at(age, &["MinimalAge"]), "AgeCategory/MinimalAge", 120, 0)?;
                children.extend(std::iter::repeat_n(age, usize::try_from(number).unwrap_or(0)));
            }
            None => adults += number,
        }
    }
    Ok(RoomStay {
        arrival,
        latest_arrival: None,
        departure: Some(departure),
        nights: None,
        room_type: text(at(told, &["RequestedResourceCategoryId"])),
        rate_plan: text(at(told, &["RateId"])),
        adults,
        children,
        rooms: 1,
        total: total(items(at(record, &["items"])))?,
    })
}

/// The nights together, with taxes.
fn total(nights: &[Value]) -> Result<Option<Money>, Wrong> {
    let place = "OrderItem/Amount/GrossValue";
    let mut total: Option<Money> = None;
    for night in nights {
        let amount = money(at(night, &["GrossValue"]), at(night, &["Currency"]), place)?;
        let amount = amount.ok_or((place, Problem::Missing))?;
        let before = total.unwrap_or_else(|| Money::new(0, amount.currency));
        let sum = before.minor.checked_add(amount.minor).filter(|_| before.currency == amount.currency);
        total = Some(Money::new(sum.ok_or((place, Problem::Amount))?, amount.currency));
    }
    match total {
        Some(total) if total.minor < 0 => Err((place, Problem::Amount)),
        total => Ok(total),
    }
}

fn guest(customer: &Value) -> Result<Option<Guest>, Wrong> {
    let field = |name: &str| text(at(customer, &[name]));
    let (surname, given) = (field("LastName"), field("FirstName"));
    if surname.is_none() && given.is_none() {
        return Ok(None);
    }
    let birth = at(customer, &["BirthDate"]);
    let birth = text(birth).map(|_| day(birth, "Customer/BirthDate")).transpose()?;
    Ok(Some(Guest {
        given,
        surname,
        phone: field("Phone"),
        email: field("Email"),
        language: field("LanguageCode"),
        country: field("NationalityCode"),
        birth,
    }))
}
