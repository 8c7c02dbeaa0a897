//! Records of hotel systems that answer in JSON: what is kept of an answer, and what is read of that.
#![expect(clippy::unwrap_used, reason = "tests")]

use hefu_kernel::Currency;
use hefu_ota::{
    Limits, Problem, Received, Refused, Reservation, Status, mews_customers, mews_ids, mews_list,
    mews_records, mews_services, ohip_page, receive_kept, record,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(text: &str) -> Result<Reservation, (&'static str, Problem)> {
    let message = record(text, &Limits::default()).unwrap();
    assert_eq!((message.alone.len(), message.alone[0].as_str()), (1, text));
    message.reservations[0].clone().map_err(|fault| (fault.at, fault.problem))
}

/// A reservation as OHIP lists it.
fn opera() -> Value {
    json!({
        "reservationIdList": [{ "id": "236552", "type": "Reservation" }, { "id": "379252", "type": "Confirmation" }],
        "externalReferences": [{ "id": "5735646", "idContext": "OTA" }],
        "roomStay": { "arrivalDate": "2026-10-10", "departureDate": "2026-10-12", "adultCount": "2", "childCount": 2,
            "childAges": [{ "age": 4 }], "roomType": "STDQ", "numberOfRooms": "1", "ratePlanCode": "BAR", "roomId": "2010",
            "rateAmount": { "amount": 100, "currencyCode": "USD" }, "totalAmount": { "amount": "215.55", "currencyCode": "USD" } },
        "reservationGuest": { "givenName": "Sarah", "surname": "Smith", "phoneNumber": "415 555 0100 ", "email": "sarah@example.com",
            "language": "E", "birthDate": "1980-02-29", "address": { "cityName": "Redwood Shores", "country": { "code": "AU" } } },
        "reservationPaymentMethod": { "paymentMethod": "VA", "paymentCard": { "cardNumber": "4111111111111111" } },
        "hotelId": "HOTEL1", "createDateTime": "2026-10-01 01:02:48.0", "lastModifyDateTime": "2026-10-02 03:00:08.0",
        "reservationStatus": "Reserved", "computedReservationStatus": "DueIn",
    })
}

fn page(reservation: &Value) -> String {
    json!({ "reservations": { "reservationInfo": [reservation], "hasMore": false } }).to_string()
}

fn kept(reservation: &Value) -> String {
    ohip_page(&page(reservation), "Asia/Shanghai").unwrap().records.remove(0)
}

#[test]
fn a_reservation_of_opera_is_read_with_what_is_kept_of_it() {
    let text = kept(&opera());
    for secret in ["4111111111111111", "paymentMethod", "Redwood", "2010\""] {
        assert!(!text.contains(secret), "{text}");
    }
    let told = read(&text).unwrap();
    assert_eq!(
        (told.id.as_str(), told.status, told.hotel.as_deref()),
        ("236552", Status::Modified, Some("HOTEL1"))
    );
    // By the clocks of Shanghai.
    assert_eq!(told.changed.unwrap().to_rfc3339(), "2026-10-02T03:00:08+08:00");
    let numbers: Vec<(Option<&str>, &str)> =
        told.numbers.iter().map(|(source, number)| (source.as_deref(), number.as_str())).collect();
    assert_eq!(numbers, [(Some("Confirmation"), "379252"), (Some("OTA"), "5735646")]);
    let room = &told.rooms[0];
    assert_eq!(
        (room.arrival.to_string(), room.departure.unwrap().to_string()),
        ("2026-10-10".into(), "2026-10-12".into())
    );
    assert_eq!((room.adults, &room.children[..], room.rooms), (2, &[4, 0][..], 1));
    assert_eq!((room.room_type.as_deref(), room.rate_plan.as_deref()), (Some("STDQ"), Some("BAR")));
    assert_eq!(room.total.map(|total| (total.minor, total.currency)), Some((215_55, Currency::USD)));
    let guest = told.guest.unwrap();
    assert_eq!((guest.surname.as_deref(), guest.phone.as_deref()), (Some("Smith"), Some("415 555 0100")));
    assert_eq!(
        (guest.country.as_deref(), guest.birth.unwrap().to_string()),
        (Some("AU"), "1980-02-29".into())
    );
}

#[test]
fn what_opera_says_otherwise_is_understood_or_has_its_reason() {
    let with = |pointer: &str, value: Value| {
        let mut told = opera();
        *told.pointer_mut(pointer).unwrap() = value;
        read(&kept(&told))
    };
    for status in ["DueIn", "InHouse", "CheckedOut", "NoShow", "Walkin"] {
        assert_eq!(with("/reservationStatus", json!(status)).unwrap().status, Status::Modified, "{status}");
    }
    assert_eq!(
        with("/reservationStatus", Value::Null).unwrap().status,
        Status::Modified,
        "the other one counts"
    );
    assert_eq!(with("/reservationStatus", json!("Waitlisted")).unwrap().status, Status::Requested);
    let called_off = with("/reservationStatus", json!("Cancelled")).unwrap();
    assert_eq!((called_off.status, called_off.rooms.len()), (Status::Cancelled, 1));
    // A night's price is the stay's only if it is the same for all nights.
    assert_eq!(with("/roomStay/totalAmount", Value::Null).unwrap().rooms[0].total, None);
    let mut fixed = opera();
    fixed["roomStay"]["totalAmount"] = Value::Null;
    fixed["roomStay"]["fixedRate"] = json!(true);
    assert_eq!(read(&kept(&fixed)).unwrap().rooms[0].total.map(|total| total.minor), Some(200_00));
    for (pointer, value, at, problem) in [
        ("/reservationIdList", json!([]), "reservationIdList/id", Problem::Missing),
        ("/reservationStatus", json!("Else"), "reservationStatus", Problem::Value),
        ("/lastModifyDateTime", json!("soon"), "lastModifyDateTime", Problem::Date),
        ("/roomStay/departureDate", json!("2026-10-10"), "roomStay/departureDate", Problem::Order),
        ("/roomStay/arrivalDate", json!("10/10/2026"), "roomStay/arrivalDate", Problem::Date),
        ("/roomStay/adultCount", json!("two"), "roomStay/adultCount", Problem::Number),
        ("/roomStay/totalAmount/amount", json!("1.234,00"), "roomStay/totalAmount/amount", Problem::Amount),
        ("/roomStay/totalAmount/amount", json!(-3), "roomStay/totalAmount/amount", Problem::Amount),
        ("/roomStay/totalAmount/currencyCode", json!("yuan"), "roomStay/totalAmount/amount", Problem::Value),
        ("/reservationGuest", json!({}), "reservationGuest/surname", Problem::Missing),
    ] {
        assert_eq!(with(pointer, value).unwrap_err(), (at, problem), "{pointer}");
    }
}

/// A reservation as Mews lists it.
fn mews() -> Value {
    json!({
        "Id": "0f515589-99b4-423d-b83a-b237009f0509", "ServiceId": "stay", "AccountId": "customer", "AccountType": "Customer", "Number": "52",
        "ChannelNumber": "TW48ZP", "State": "Confirmed", "CreatedUtc": "2026-09-23T16:00:00Z", "UpdatedUtc": "2026-10-02T17:00:00Z",
        "RateId": "rate", "RequestedResourceCategoryId": "category", "CreditCardId": "card", "ScheduledStartUtc": "2026-10-10T22:00:00Z",
        "ScheduledEndUtc": "2026-10-12T10:00:00Z", "PersonCounts": [{ "AgeCategoryId": "adults", "Count": 2 }, { "AgeCategoryId": "children", "Count": 1 }],
    })
}

fn composed(reservation: &Value, nights: &[Value]) -> String {
    let customers = [
        json!({ "Id": "other", "LastName": "Other" }),
        json!({ "Id": "customer", "FirstName": "John", "LastName": "Smith", "Email": "j.smith@example.com", "Phone": "00420123456789",
            "BirthDate": "1983-12-31", "NationalityCode": "US", "Notes": "knows the owner", "Passport": { "Number": "123" } }),
    ];
    let ages = [
        json!({ "Id": "children", "Classification": "Child", "MinimalAge": 3, "Names": {} }),
        json!({ "Id": "adults", "Classification": "Adult" }),
    ];
    mews_records("Europe/Rome", std::slice::from_ref(reservation), (&customers, nights, &ages)).remove(0)
}

fn night(value: Value, kind: &str) -> Value {
    let id = &mews()["Id"];
    json!({ "ServiceOrderId": id, "Type": kind, "AccountingState": "Open", "CanceledUtc": null,
        "Amount": { "Currency": "EUR", "NetValue": 1, "GrossValue": value } })
}

#[test]
fn a_reservation_of_mews_is_read_with_what_belongs_to_it() {
    let nights =
        [night(json!(93.46), "SpaceOrder"), night(json!(100), "SpaceOrder"), night(json!(5), "CityTax")];
    let text = composed(&mews(), &nights);
    for secret in ["CreditCardId", "knows the owner", "Passport", "Other", "Names"] {
        assert!(!text.contains(secret), "{text}");
    }
    let told = read(&text).unwrap();
    assert_eq!((told.id.as_str(), told.status), ("0f515589-99b4-423d-b83a-b237009f0509", Status::Modified));
    let room = &told.rooms[0];
    // At ten in the evening it is midnight in Rome.
    assert_eq!(
        (room.arrival.to_string(), room.departure.unwrap().to_string()),
        ("2026-10-11".into(), "2026-10-12".into())
    );
    assert_eq!((room.adults, &room.children[..], room.room_type.as_deref()), (2, &[3][..], Some("category")));
    assert_eq!(room.total.map(|total| (total.minor, total.currency)), Some((193_46, Currency::EUR)));
    let guest = told.guest.unwrap();
    assert_eq!((guest.given.as_deref(), guest.surname.as_deref()), (Some("John"), Some("Smith")));
    assert_eq!(told.numbers[1], (Some("Channel".into()), "TW48ZP".into()));
    assert_eq!(read(&composed(&mews(), &[])).unwrap().rooms[0].total, None, "no price is guessed");
}

#[test]
fn what_mews_says_otherwise_is_understood_or_has_its_reason() {
    let with = |name: &str, value: Value| {
        let mut told = mews();
        told[name] = value;
        read(&composed(&told, &[]))
    };
    for (state, status) in [
        ("Started", Status::Modified),
        ("Processed", Status::Modified),
        ("Canceled", Status::Cancelled),
        ("Optional", Status::Requested),
        ("Inquired", Status::Requested),
    ] {
        assert_eq!(with("State", json!(state)).unwrap().status, status, "{state}");
    }
    assert_eq!(with("UpdatedUtc", json!("2026-09-23T16:00:00Z")).unwrap().status, Status::Reserved);
    assert_eq!(with("State", json!("Else")).unwrap_err(), ("State", Problem::Value));
    assert_eq!(with("AccountId", json!("nobody")).unwrap_err(), ("Customer/LastName", Problem::Missing));
    assert_eq!(with("ScheduledEndUtc", json!("2026-10-10T22:30:00Z")).unwrap_err().1, Problem::Order);
    let mixed = json!({ "ServiceOrderId": mews()["Id"], "Type": "SpaceOrder", "Amount": { "Currency": "USD", "GrossValue": 1 } });
    let text = composed(&mews(), &[night(json!(1), "SpaceOrder"), mixed]);
    assert_eq!(read(&text).unwrap_err(), ("OrderItem/Amount/GrossValue", Problem::Amount));
}

#[test]
fn pages_are_read_and_what_is_none_is_refused() {
    let list = mews_list(r#"{"Reservations":[{"Id":"1"},{"Id":"2"}],"Cursor":"2"}"#, "Reservations").unwrap();
    assert_eq!((list.items.len(), list.cursor.as_deref()), (2, Some("2")));
    assert_eq!(mews_list(r#"{"Reservations":[],"Cursor":"2"}"#, "Reservations").unwrap().cursor, None);
    let company = json!({ "Id": "3", "ServiceId": "stay", "AccountId": "acme", "AccountType": "Company" });
    let both = [mews(), company];
    assert_eq!(
        (mews_ids(&both).len(), mews_services(&both), mews_customers(&both)),
        (2, vec!["stay".to_owned()], vec!["customer".to_owned()])
    );
    for none in ["", "[]", "<html>", "{\"Reservations\":3}", "null"] {
        assert_eq!(mews_list(none, "Reservations").unwrap_err(), Refused::NotJson, "{none}");
    }
    for none in ["", "[]", "<html>", "null"] {
        assert_eq!(ohip_page(none, "UTC").unwrap_err(), Refused::NotJson, "{none}");
    }
    assert_eq!(ohip_page("{}", "UTC").unwrap().records.len(), 0);
    // What waits is read again, whatever it is.
    assert!(matches!(receive_kept(&kept(&opera()), &Limits::default()), Ok(Received::Reservations(_))));
    assert!(matches!(receive_kept("<OTA_PingRQ/>", &Limits::default()), Ok(Received::Ping { .. })));
    assert_eq!(receive_kept("{}", &Limits::default()).unwrap_err(), Refused::NotJson);
    let short = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(record(&kept(&opera()), &short).unwrap_err(), Refused::TooLarge(10));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(from in 0_usize..1_400, length in 0_usize..60, with in "[{}\\[\\]\",:a-zé0-9.-]{0,12}") {
        let whole = composed(&mews(), &[night(json!(1), "SpaceOrder")]);
        for text in [page(&opera()), whole] {
            let cut = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let (from, to) = (cut(from), cut(from + length));
            let broken = format!("{}{with}{}", &text[..from], &text[to..]);
            if let Ok(page) = ohip_page(&broken, "Europe/Rome") {
                for text in page.records {
                    prop_assert!(record(&text, &Limits::default()).is_ok());
                }
            }
            let _ = record(&broken, &Limits::default());
        }
    }
}
