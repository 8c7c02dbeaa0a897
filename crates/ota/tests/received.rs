//! Stays, free rooms and pings, read and answered; and what is kept of a reservation that cannot be taken.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;

use hefu_kernel::Currency;
use hefu_ota::{Limits, Problem, Received, Refused, Told, acknowledge, pong, read, receive};
use proptest::prelude::*;

/// A sample of others, where this machine has it.
fn sample(name: &str) -> Option<String> {
    let shared = std::env::var_os("HEFU_SHARED").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
    let text = std::fs::read_to_string(shared.join("data/ota").join(name)).ok();
    if text.is_none() {
        eprintln!("no data/ota/{name}: skipped");
    }
    text
}

fn received(text: &str) -> Received {
    receive(text, &Limits::default()).unwrap()
}

#[test]
fn a_stay_is_read_with_everything_that_was_consumed() {
    let Some(text) = sample("OTA_HotelStayInfoNotifRQ.xml") else { return };
    let Received::Stays { stays, .. } = received(&text) else { panic!("no stays") };
    let [Ok(stay)] = &stays[..] else { panic!("{stays:?}") };
    assert_eq!(stay.reservation, "71294827");
    let days = [stay.arrival, stay.departure].map(|day| day.unwrap().to_string());
    assert_eq!(days, ["2005-10-18", "2005-10-21"]);
    assert_eq!((stay.room_type.as_deref(), stay.rate_plan.as_deref()), (Some("NKNG"), Some("CORA")));
    let sum: i64 = stay.charges.iter().map(|charge| charge.amount.minor).sum();
    assert_eq!((stay.charges.len(), sum, stay.total.unwrap().minor), (19, 1_668_94, 1_668_94));
    assert!(stay.charges.iter().all(|charge| charge.amount.currency == Currency::USD));
    assert_eq!((stay.charges[0].category.as_str(), stay.charges[0].folio.as_deref()), ("14", Some("4586")));
}

const STAY: &str = r#"<OTA_HotelStayInfoNotifRQ EchoToken="1"><StayInfos><StayInfo><RevenueCategories><RevenueCategory RevenueCategoryCode="2">
<RevenueDetails><RevenueDetail TransactionDate="2026-10-10" Amount="75.00" CurrencyCode="CNY"/></RevenueDetails></RevenueCategory></RevenueCategories>
<ReservationID Type="14" ID="R-1"/><HotelReservation><RoomStays><RoomStay><TimeSpan Start="2026-10-10" End="2026-10-12"/></RoomStay></RoomStays></HotelReservation>
</StayInfo></StayInfos></OTA_HotelStayInfoNotifRQ>"#;

#[test]
fn what_cannot_be_understood_of_a_stay_has_its_place_and_its_reason() {
    let cases = [
        (r#" ID="R-1""#, "", "StayInfo/ReservationID/@ID", Problem::Missing),
        ("2026-10-10\" Amount", "soon\" Amount", "RevenueDetail/@TransactionDate", Problem::Date),
        ("75.00", "75,00", "RevenueDetail/@Amount", Problem::Amount),
        ("\"CNY\"", "\"yuan\"", "RevenueDetail/@Amount", Problem::Value),
        (r#"End="2026-10-12""#, r#"End="2026-10-09""#, "Rate/@ExpireDate", Problem::Order),
    ];
    for (from, to, at, problem) in cases {
        let Received::Stays { stays, .. } = received(&STAY.replacen(from, to, 1)) else { panic!("no stays") };
        let fault = stays[0].clone().unwrap_err();
        assert_eq!((fault.at, fault.problem), (at, problem), "{from} {to}");
    }
    let Received::Stays { stays, echo } = received(STAY) else { panic!("no stays") };
    assert!(stays[0].is_ok() && echo.as_deref() == Some("1"));
}

#[test]
fn free_rooms_are_read_in_both_forms() {
    let inventory = r#"<OTA_HotelInvCountNotifRQ><UniqueID Type="16" ID="1" Instance="CompleteSet"/><Inventories HotelCode="123">
<Inventory><StatusApplicationControl Start="2026-08-01" End="2026-08-10" InvTypeCode="DOUBLE"/><InvCounts><InvCount CountType="2" Count="3"/></InvCounts></Inventory>
<Inventory><StatusApplicationControl Start="2026-08-11" End="2026-08-10" InvTypeCode="DOUBLE"/></Inventory><Inventory/></Inventories></OTA_HotelInvCountNotifRQ>"#;
    let Received::FreeRooms { answer, hotel, parts, .. } = received(inventory) else {
        panic!("no free rooms")
    };
    assert_eq!((answer, hotel.as_deref(), parts.len()), ("OTA_HotelInvCountNotifRS", Some("123"), 2));
    let first = parts[0].clone().unwrap();
    assert_eq!(
        (first.room_type.as_deref(), first.free, first.until.to_string()),
        (Some("DOUBLE"), 3, "2026-08-10".to_owned())
    );
    assert_eq!(parts[1].clone().unwrap_err().problem, Problem::Order);
    let before = r#"<OTA_HotelAvailNotifRQ><AvailStatusMessages HotelCode="123"><AvailStatusMessage BookingLimit="1" BookingLimitMessageType="SetLimit">
<StatusApplicationControl Start="2026-08-01" End="2026-08-10" InvTypeCode="DOUBLE" InvCode="101S"/></AvailStatusMessage></AvailStatusMessages></OTA_HotelAvailNotifRQ>"#;
    let Received::FreeRooms { answer, parts, .. } = received(before) else { panic!("no free rooms") };
    let first = parts[0].clone().unwrap();
    assert_eq!((answer, first.room.as_deref(), first.free), ("OTA_HotelAvailNotifRS", Some("101S"), 1));
}

#[test]
fn answers_say_what_was_not_taken() {
    let told = Told { id: Some("\"R\"".into()), code: 450, why: "no <room>".into() };
    let answer = acknowledge("OTA_HotelStayInfoNotifRS", Some("a&b"), &[told]);
    assert!(
        answer.contains("RecordID=\"&quot;R&quot;\">no &lt;room&gt;</Warning>")
            && answer.contains("EchoToken=\"a&amp;b\"")
    );
    let Received::Ping { data, .. } = received("<OTA_PingRQ><EchoData>a &amp; b</EchoData></OTA_PingRQ>")
    else {
        panic!("no ping")
    };
    assert!(pong(None, &data).contains("<EchoData>a &amp; b</EchoData>"));
    let theirs = r#"{"versions":[{"version":"2020-10","actions":[{"action":"action_OTA_Ping"},{"action":"action_OTA_Read"},
        {"action":"action_OTA_HotelInvCountNotif","supports":["OTA_HotelInvCountNotif_accept_rooms","OTA_HotelInvCountNotif_accept_more"]}]},{"version":"2010-10"}]}"#;
    let answer = pong(None, theirs).replace("&quot;", "\"");
    let (_, both) = answer.split_once("<Warning Type=\"11\" Status=\"ALPINEBITS_HANDSHAKE\">").unwrap();
    let both: serde_json::Value = serde_json::from_str(both.split_once("</Warning>").unwrap().0).unwrap();
    let counts = serde_json::json!({ "action": "action_OTA_HotelInvCountNotif", "supports": ["OTA_HotelInvCountNotif_accept_rooms"] });
    let expected = serde_json::json!({ "versions": [{ "version": "2020-10", "actions": [{ "action": "action_OTA_Ping" }, counts] }] });
    assert_eq!(both, expected);
    assert_eq!(receive("<OTA_Other/>", &Limits::default()).unwrap_err(), Refused::OtherMessage);
}

#[test]
fn what_is_kept_of_a_reservation_is_read_alike_and_has_no_card() {
    for name in [
        "alpinebits-ResRetrieveRS-reservation.xml",
        "alpinebits-ResRetrieveRS-cancellation.xml",
        "OTA_HotelResNotifRQ.xml",
        "OTA_HotelResNotifRQ2.xml",
    ] {
        let Some(text) = sample(name) else { return };
        let message = read(&text, &Limits::default()).unwrap();
        assert_eq!(message.alone.len(), message.reservations.len());
        for (reservation, alone) in message.reservations.iter().zip(&message.alone) {
            let again = read(alone, &Limits::default()).unwrap();
            assert_eq!(again.reservations, std::slice::from_ref(reservation), "{name}");
            assert_eq!((again.sent, again.kind), (message.sent, message.kind));
            for secret in ["4444333322221111", "4111111111111202", "9999999999999999", "ek^4$327F21"] {
                assert!(!alone.contains(secret), "{name}: {secret}");
            }
        }
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(from in 0_usize..600, length in 0_usize..40, with in "[<>&;/\"'= a-zé0-9]{0,12}") {
        let cut = |at: usize| (0..=at.min(STAY.len())).rev().find(|at| STAY.is_char_boundary(*at)).unwrap();
        let (from, to) = (cut(from), cut(from + length));
        let _ = receive(&format!("{}{with}{}", &STAY[..from], &STAY[to..]), &Limits::default());
    }
}
