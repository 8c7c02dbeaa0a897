//! Messages read and answered: OpenTravel's and AlpineBits' own samples, and what nobody should send.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;

use hefu_kernel::Currency;
use hefu_ota::{Kind, Limits, Message, Outcome, Problem, Refused, Status, answer, read, refusal};
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

fn understood(text: &str) -> Message {
    let message = read(text, &Limits::default()).unwrap();
    assert!(message.reservations.iter().all(Result::is_ok), "{message:?}");
    message
}

const ONE: &str = r#"<OTA_ResRetrieveRS xmlns="http://www.opentravel.org/OTA/2003/05" Version="7.000" EchoToken="a&amp;b"><Success/><ReservationsList>
<HotelReservation CreateDateTime="2026-10-01T15:00:00+02:00" ResStatus="Reserved"><UniqueID Type="14" ID="R-1"/>
<RoomStays><RoomStay><RoomTypes><RoomType RoomTypeCode="DBL"/></RoomTypes><GuestCounts><GuestCount Count="2"/></GuestCounts>
<TimeSpan Start="2026-10-03" End="2026-10-05"/><Total AmountAfterTax="299.50" CurrencyCode="EUR"/></RoomStay></RoomStays>
<ResGuests><ResGuest><Profiles><ProfileInfo><Profile><Customer><PersonName><GivenName>Anna</GivenName><Surname>Müller</Surname></PersonName></Customer></Profile></ProfileInfo></Profiles></ResGuest></ResGuests>
</HotelReservation></ReservationsList></OTA_ResRetrieveRS>"#;

#[test]
fn a_reservation_of_a_channel_is_read_without_its_card() {
    let Some(text) = sample("alpinebits-ResRetrieveRS-reservation.xml") else { return };
    let message = understood(&text);
    assert_eq!((message.kind, message.version.as_deref()), (Kind::Retrieval, Some("7.000")));
    let [Ok(reservation)] = &message.reservations[..] else { panic!("{message:?}") };
    assert_eq!((reservation.id.as_str(), reservation.status), ("6b34fe24ac2ff810", Status::Reserved));
    assert_eq!(reservation.hotel.as_deref(), Some("123"));
    let room = &reservation.rooms[0];
    assert_eq!(
        [room.arrival, room.departure.unwrap()].map(|day| day.to_string()),
        ["2012-01-01", "2012-01-12"]
    );
    assert_eq!(
        (room.room_type.as_deref(), room.adults, room.children.clone()),
        (Some("bigsuite"), 2, vec![9, 3])
    );
    let total = room.total.unwrap();
    assert_eq!((total.minor, total.currency), (299_00, Currency::EUR));
    let guest = reservation.guest.clone().unwrap();
    assert_eq!((guest.given.as_deref(), guest.surname.as_deref()), (Some("Otto"), Some("Mustermann")));
    assert_eq!((guest.phone.as_deref(), guest.country.as_deref()), (Some("+4934567893"), Some("DE")));
    assert!(reservation.comment.as_ref().unwrap().starts_with("Sind Hunde erlaubt?"));
    assert!(!format!("{message:?}").contains("4444333322221111"), "no card is taken in");
    let answer = answer(&message, &[Outcome::Taken(None)]);
    assert!(
        answer.contains(r#"<UniqueID Type="14" ID="6b34fe24ac2ff810"/>"#)
            && answer.contains("<OTA_NotifReportRQ ")
    );
}

#[test]
fn a_cancellation_needs_no_more_than_its_number() {
    let Some(text) = sample("alpinebits-ResRetrieveRS-cancellation.xml") else { return };
    let message = understood(&text);
    let [Ok(reservation)] = &message.reservations[..] else { panic!("{message:?}") };
    assert_eq!((reservation.id.as_str(), reservation.status), ("c24e8b15ca469388", Status::Cancelled));
    assert!(reservation.rooms.is_empty() && reservation.guest.is_none());
}

#[test]
fn opentravels_own_notifications_are_read() {
    let Some(text) = sample("OTA_HotelResNotifRQ.xml") else { return };
    let message = understood(&text);
    assert_eq!((message.kind, message.echo.as_deref()), (Kind::Notification, Some("354")));
    let [Ok(reservation)] = &message.reservations[..] else { panic!("{message:?}") };
    assert_eq!((reservation.id.as_str(), reservation.hotel.as_deref()), ("7865", Some("WASJW")));
    assert_eq!(reservation.guest.as_ref().unwrap().surname.as_deref(), Some("Dewberry"));
    assert!(!format!("{message:?}").contains("4111111111111202"));
    let answer = answer(&message, &[Outcome::Taken(Some("5275730002".into()))]);
    assert!(
        answer.contains("EchoToken=\"354\"") && answer.contains("ResID_Value=\"5275730002\""),
        "{answer}"
    );

    // Another one has no number to find it by again.
    let Some(text) = sample("OTA_HotelResNotifRQ2.xml") else { return };
    let message = read(&text, &Limits::default()).unwrap();
    assert_eq!(message.reservations.len(), 1);
    assert!(message.reservations.iter().flatten().all(|reservation| !reservation.id.is_empty()));
}

#[test]
fn what_cannot_be_understood_has_its_place_and_its_reason() {
    let cases = [
        (r#"End="2026-10-05""#, r#"End="2026-10-03""#, "RoomStay/TimeSpan/@End", Problem::Order),
        (r#"End="2026-10-05""#, r#"End="5 October""#, "RoomStay/TimeSpan/@End", Problem::Date),
        (r#"End="2026-10-05""#, "", "RoomStay/TimeSpan/@End", Problem::Missing),
        (r#"ID="R-1""#, "", "UniqueID/@ID", Problem::Missing),
        (r#"Type="14""#, r#"Type="15""#, "UniqueID/@Type", Problem::Value),
        (r#"ResStatus="Reserved""#, r#"ResStatus="Perhaps""#, "HotelReservation/@ResStatus", Problem::Value),
        (r#"Count="2""#, r#"Count="-2""#, "GuestCount/@Count", Problem::Number),
        (r#"Count="2""#, r#"Count="0""#, "GuestCount/@Count", Problem::Number),
        (r#"CurrencyCode="EUR""#, r#"CurrencyCode="euro""#, "Total/@CurrencyCode", Problem::Value),
        ("299.50", "299.505", "Total/@AmountAfterTax", Problem::Amount),
        ("2026-10-01T15:00:00+02:00", "yesterday", "HotelReservation/@CreateDateTime", Problem::Date),
        ("<Surname>Müller</Surname>", "<Surname>Müller</Surname><!-- -->", "", Problem::Missing),
    ];
    for (from, to, at, problem) in cases {
        let message = read(&ONE.replacen(from, to, 1), &Limits::default()).unwrap();
        let [told] = &message.reservations[..] else { panic!("{message:?}") };
        if at.is_empty() {
            assert!(told.is_ok());
            continue;
        }
        let fault = told.clone().unwrap_err();
        assert_eq!((fault.at, fault.problem), (at, problem), "{from} {to}");
        let answer = answer(&message, &[]);
        assert!(answer.contains(&format!("Code=\"{}\"", problem.code())) && answer.contains(at), "{answer}");
    }
    let twice = ONE.replacen(
        "</ReservationsList>",
        &format!(
            "{}</ReservationsList>",
            &ONE[ONE.find("<HotelReservation ").unwrap()..ONE.find("</ReservationsList>").unwrap()]
        ),
        1,
    );
    let message = read(&twice, &Limits::default()).unwrap();
    assert!(message.reservations[0].is_ok());
    assert_eq!(message.reservations[1].clone().unwrap_err().problem, Problem::Twice);
}

#[test]
fn modifications_are_understood() {
    let text = ONE.replace(
        r#"ResStatus="Reserved""#,
        r#"ResStatus="Modify" LastModifyDateTime="2026-10-02T09:00:00Z""#,
    );
    let message = understood(&text);
    let reservation = message.reservations[0].clone().unwrap();
    assert_eq!(reservation.status, Status::Modified);
    assert!(reservation.changed > reservation.created);
    let duration = text.replace(r#"End="2026-10-05""#, r#"Duration="P3N""#);
    let room = understood(&duration).reservations[0].clone().unwrap().rooms[0].clone();
    assert_eq!(
        room.departure.unwrap().to_string(),
        "2026-10-06",
        "of a day that is said the other one follows"
    );
}

#[test]
fn who_only_asks_may_leave_his_days_open_and_none_is_made_up() {
    let in_state = |status: &str, span: &str| {
        ONE.replace(
            r#"<TimeSpan Start="2026-10-03" End="2026-10-05"/>"#,
            &format!("<TimeSpan {span}</TimeSpan>"),
        )
        .replace(r#"ResStatus="Reserved""#, &format!(r#"ResStatus="{status}""#))
    };
    let window = r#"<StartDateWindow EarliestDate="2026-10-03" LatestDate="2026-10-09"/>"#;
    // The span; the earliest and the latest arrival, the departure and the nights that are said.
    for (span, days, nights) in [
        (format!(">{window}"), ["2026-10-03", "2026-10-09", ""], None),
        (format!(r#"Duration="P3N">{window}"#), ["2026-10-03", "2026-10-09", ""], Some(3)),
        (format!(r#"End="2026-10-12">{window}"#), ["2026-10-03", "2026-10-09", "2026-10-12"], None),
        (r#"><StartDateWindow EarliestDate="2026-10-03"/>"#.into(), ["2026-10-03", "", ""], None),
        (r#"Start="2026-10-03">"#.into(), ["2026-10-03", "", ""], None),
        (r#"Start="2026-10-03" Duration="P2N">"#.into(), ["2026-10-03", "", "2026-10-05"], None),
    ] {
        let reservation = understood(&in_state("Requested", &span)).reservations[0].clone().unwrap();
        assert_eq!(reservation.status, Status::Requested);
        let room = &reservation.rooms[0];
        let told = [Some(room.arrival), room.latest_arrival, room.departure];
        let told = told.map(|day| day.map(|day| day.to_string()).unwrap_or_default());
        let is_open = told[2].is_empty();
        assert_eq!((told, room.nights), (days.map(str::to_owned), nights), "{span}");
        // Who has booked must say them, unless they are said.
        if is_open || span.contains("Window") {
            let message = read(&in_state("Reserved", &span), &Limits::default()).unwrap();
            let fault = message.reservations[0].clone().unwrap_err();
            assert_eq!(fault.problem, Problem::Missing, "{span}");
            assert!(fault.at.starts_with("RoomStay/TimeSpan/@"), "{fault:?}");
        }
    }
    for (span, at, problem) in [
        (
            r#"><StartDateWindow EarliestDate="2026-10-09" LatestDate="2026-10-03"/>"#,
            "RoomStay/TimeSpan/StartDateWindow/@LatestDate",
            Problem::Order,
        ),
        ("><StartDateWindow/>", "RoomStay/TimeSpan/StartDateWindow/@EarliestDate", Problem::Missing),
        (
            r#"Duration="P0N"><StartDateWindow EarliestDate="2026-10-03"/>"#,
            "RoomStay/TimeSpan/@Duration",
            Problem::Number,
        ),
        (
            r#"End="2026-10-03"><StartDateWindow EarliestDate="2026-10-03"/>"#,
            "RoomStay/TimeSpan/@End",
            Problem::Order,
        ),
        (">", "RoomStay/TimeSpan/@Start", Problem::Missing),
    ] {
        let message = read(&in_state("Requested", span), &Limits::default()).unwrap();
        let fault = message.reservations[0].clone().unwrap_err();
        assert_eq!((fault.at, fault.problem), (at, problem), "{span}");
    }
}

#[test]
fn hostile_messages_are_refused_whole() {
    let limits = Limits { bytes: 100_000, depth: 20, elements: 1_000 };
    let refused = |text: &str| read(text, &limits).unwrap_err();
    let billion = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;\">]>{}",
        "a".repeat(1_000),
        ONE.replace("Müller", "&b;")
    );
    assert_eq!(refused(&billion), Refused::DocumentType);
    assert_eq!(refused(&format!("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">{ONE}")), Refused::DocumentType);
    assert_eq!(refused(&ONE.replace("Müller", "&secret;")), Refused::Entity);
    assert_eq!(refused(&ONE.replace("R-1", "&secret;")), Refused::Entity);
    assert_eq!(refused(&format!("{}{}", "<a>".repeat(50), "</a>".repeat(50))), Refused::TooDeep(20));
    assert_eq!(refused(&format!("<a>{}</a>", "<b/>".repeat(2_000))), Refused::TooMany(1_000));
    assert_eq!(refused(&" ".repeat(200_000)), Refused::TooLarge(100_000));
    assert_eq!(refused("<OTA_PingRQ/>"), Refused::OtherMessage);
    assert!(matches!(refused("<a><b></a>"), Refused::NotWellFormed(_)));
    assert!(matches!(refused(""), Refused::NotWellFormed(_)));
    assert!(matches!(refused("<a/><b/>"), Refused::NotWellFormed(_)));
    assert_eq!(
        refused("<OTA_ResRetrieveRS><Errors><Error>x</Error></Errors></OTA_ResRetrieveRS>"),
        Refused::ReportsError
    );
    let answer = refusal(Kind::Notification, &Refused::DocumentType);
    assert!(answer.contains("<Error Type=\"12\" Code=\"450\">the message has a document type"), "{answer}");
}

#[test]
fn answers_are_well_formed_whatever_the_message_says() {
    let text = ONE.replace("R-1", "&quot;&lt;R&gt;&amp;");
    let message = understood(&text);
    let told = answer(&message, &[Outcome::NotTaken("no <room> & no bed".into())]);
    assert!(
        told.contains("no &lt;room&gt; &amp; no bed") && told.contains("EchoToken=\"a&amp;b\""),
        "{told}"
    );
    // Well formed, so it is only another message.
    assert_eq!(read(&told, &Limits::default()).unwrap_err(), Refused::OtherMessage);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(from in 0_usize..1_200, length in 0_usize..40, with in "[<>&;/\"'= a-zé0-9]{0,12}") {
        let cut = |at: usize| (0..=at.min(ONE.len())).rev().find(|at| ONE.is_char_boundary(*at)).unwrap();
        let (from, to) = (cut(from), cut(from + length));
        let text = format!("{}{with}{}", &ONE[..from], &ONE[to..]);
        if let Ok(message) = read(&text, &Limits::default()) {
            let told = answer(&message, &[Outcome::Taken(None)]);
            prop_assert_eq!(read(&told, &Limits::default()).unwrap_err(), Refused::OtherMessage);
        }
    }
}
