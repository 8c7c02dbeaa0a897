//! Channels over HTTP on both engines: messages in, visits and answers out, in whatever order they come.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use crate::{
    accounts::Hotel,
    common::{Server, digits},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::future::BoxFuture;
use hefu_app::{
    Context,
    channel::calendar::{CalendarFault, CalendarReader, Calendars, ReadDueCalendars},
};
use hefu_domain::source::SourceKind;
use hefu_kernel::{Rng as _, SeededRng};
use hefu_store::query;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// What lies at every address.
#[derive(Clone, Default)]
struct Texts(Arc<Mutex<Option<String>>>);

impl CalendarReader for Texts {
    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, CalendarFault>> {
        let text = self.0.lock().unwrap().clone();
        Box::pin(async move { text.ok_or(CalendarFault::Unreachable) })
    }
}

const DOOR: &str = "/channels/SH01/ctrip";

/// A booking as a channel sends it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booking<'a> {
    pub(crate) id: &'a str,
    pub(crate) arrival: &'a str,
    pub(crate) departure: &'a str,
    /// Empty: none is said.
    pub(crate) room_type: &'a str,
    pub(crate) rate_plan: &'a str,
    pub(crate) total: &'a str,
    pub(crate) surname: &'a str,
    pub(crate) comment: &'a str,
}

impl Default for Booking<'_> {
    fn default() -> Self {
        Self {
            id: "R-1",
            arrival: "2026-10-10",
            departure: "2026-10-12",
            room_type: "TWIN",
            rate_plan: "FLEXI",
            total: "600.00",
            surname: "Musterfrau",
            comment: "",
        }
    }
}

impl Booking<'_> {
    /// A message that says it is in a state, since a moment.
    pub(crate) fn said(&self, status: &str, changed: &str) -> String {
        let Self { id, arrival, departure, total, surname, comment, .. } = self;
        let code = |element: &str, attribute: &str, code: &str| match code {
            "" => String::new(),
            code => format!("<{element}s><{element} {attribute}=\"{code}\"/></{element}s>"),
        };
        let (kind, plan) = (
            code("RoomType", "RoomTypeCode", self.room_type),
            code("RatePlan", "RatePlanCode", self.rate_plan),
        );
        let kind_of_id = if status == "Cancelled" { "15" } else { "14" };
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05" Version="7.000" EchoToken="7"><HotelReservations>
<HotelReservation CreateDateTime="2026-10-01T08:00:00Z" LastModifyDateTime="{changed}" ResStatus="{status}"><UniqueID Type="{kind_of_id}" ID="{id}"/>
<RoomStays><RoomStay>{kind}{plan}<GuestCounts><GuestCount Count="2"/></GuestCounts><TimeSpan Start="{arrival}" End="{departure}"/>
<Guarantee><GuaranteesAccepted><GuaranteeAccepted><PaymentCard CardNumber="4111111111111111"/></GuaranteeAccepted></GuaranteesAccepted></Guarantee>
<Total AmountAfterTax="{total}" CurrencyCode="CNY"/></RoomStay></RoomStays>
<ResGuests><ResGuest><Profiles><ProfileInfo><Profile><Customer><PersonName><GivenName>Erika</GivenName><Surname>{surname}</Surname></PersonName>
<Telephone PhoneTechType="5" PhoneNumber="+4915123456789"/><Email>erika@example.com</Email></Customer></Profile></ProfileInfo></Profiles></ResGuest></ResGuests>
<ResGlobalInfo><Comments><Comment Name="customer comment"><Text>{comment}</Text></Comment></Comments></ResGlobalInfo>
</HotelReservation></HotelReservations></OTA_HotelResNotifRQ>"#
        )
    }

    /// A message that says it is new.
    pub(crate) fn new_one(&self) -> String {
        self.said("Reserved", "2026-10-01T08:00:00Z")
    }

    /// A message that calls it off and says nothing else.
    fn called_off(&self, changed: &str) -> String {
        format!(
            r#"<OTA_HotelResNotifRQ xmlns="http://www.opentravel.org/OTA/2003/05" Version="7.000"><HotelReservations>
<HotelReservation CreateDateTime="2026-10-01T08:00:00Z" LastModifyDateTime="{changed}" ResStatus="Cancelled"><UniqueID Type="15" ID="{}"/></HotelReservation>
</HotelReservations></OTA_HotelResNotifRQ>"#,
            self.id
        )
    }
}

/// A server whose property has the channel `ctrip` with a code for each room type and plan.
async fn with_channel(db: TestDb) -> Server {
    let s = Server::new(db).await;
    let body = json!({ "name": "携程", "hotel": null, "room_types": { "TWIN": "DBL", "SUITE": "STE" },
        "rate_plans": { "FLEXI": "BAR" } });
    let (status, made) = s.send(Method::PUT, "/api/v1/properties/SH01/channels/ctrip", Some(body), &[]).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    s
}

/// Sends what must be taken.
async fn send(s: &Server, message: &str) -> String {
    let (status, answer) = s.xml(DOOR, message, &[]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.contains("<Success/>") && !answer.contains("<Warning"), "{answer}");
    answer
}

/// Messages that wait.
async fn waiting(s: &Server) -> Vec<Value> {
    s.get("/api/v1/properties/SH01/channel-messages").await["items"].as_array().unwrap().clone()
}

/// What is wrong with the messages that wait, in Chinese and in English.
async fn details(s: &Server) -> [Vec<String>; 2] {
    let mut both = [Vec::new(), Vec::new()];
    for (details, language) in both.iter_mut().zip(["zh-CN", "en"]) {
        let headers = [("accept-language", language)];
        let (_, told) = s.send(Method::GET, "/api/v1/properties/SH01/channel-messages", None, &headers).await;
        let held = told["items"].as_array().unwrap().iter();
        details.extend(held.map(|held| held["detail"].as_str().unwrap().to_owned()));
    }
    both
}

/// The visit that has the number of a booking at the channel, without what differs between two that are the same.
async fn visit(s: &Server, number: &str) -> Value {
    let visit = s.get(&format!("/api/v1/visits/{number}")).await;
    let booking = &visit["booking"]["reservation"];
    let rooms: Vec<Value> = visit["booking"]["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|room| {
            json!([room["state"], room["room_type"], room["arrival"], room["departure"], room["prices"]])
        })
        .collect();
    json!({ "state": booking["state"], "arrival": booking["arrival"], "departure": booking["departure"], "channel": booking["channel"], "rooms": rooms })
}

/// How many rooms of a type are sold on the nights of two weeks.
async fn sold(s: &Server) -> Value {
    s.get("/api/v1/properties/SH01/availability?from=2026-10-08&to=2026-10-22").await
}

both_engines! {
    async fn a_booking_comes_changes_and_is_called_off(db: TestDb) {
        let s = with_channel(db).await;
        // What it sends comes with a run of its own, which is no file that somebody imported.
        assert_eq!(s.get("/api/v1/imports").await, json!([]));
        let new = Booking::default();
        let answer = send(&s, &new.new_one()).await;
        let visit_of = s.get("/api/v1/visits/R-1").await;
        let number = visit_of["number"].as_str().unwrap().replace('-', "");
        assert!(answer.contains(&format!("ResID_Value=\"{number}\"")) && answer.contains("EchoToken=\"7\""), "{answer}");
        let booked = visit(&s, "R-1").await;
        assert_eq!((&booked["state"], &booked["channel"]), (&json!("reserved"), &json!("ctrip")));
        assert_eq!(booked["rooms"][0][4], json!([300_00, 300_00]));

        // It comes again: nothing twice.
        assert!(send(&s, &new.new_one()).await.contains(&number));
        assert_eq!(visit(&s, "R-1").await, booked);
        let longer = Booking { departure: "2026-10-13", total: "930.00", ..new };
        send(&s, &longer.said("Modify", "2026-10-02T08:00:00Z")).await;
        let changed = visit(&s, "R-1").await;
        assert_eq!((&changed["departure"], &changed["rooms"][0][4]), (&json!("2026-10-13"), &json!([310_00, 310_00, 310_00])));

        // The first one comes late, under the same number: it changes nothing.
        send(&s, &new.new_one()).await;
        assert_eq!(visit(&s, "R-1").await, changed);
        send(&s, &new.called_off("2026-10-02T09:00:00Z")).await;
        assert_eq!(visit(&s, "R-1").await["state"], "cancelled");
        assert!(waiting(&s).await.is_empty());
        assert_eq!(digits(&s.get("/api/v1/visits/R-1").await), number);
    }

    async fn what_was_touched_here_is_not_overwritten(db: TestDb) {
        let s = with_channel(db).await;
        let new = Booking::default();
        send(&s, &new.new_one()).await;
        s.post("/api/v1/visits/R-1/change", json!({ "segment": "leisure" })).await;
        let before = visit(&s, "R-1").await;
        let longer = Booking { departure: "2026-10-14", total: "1200.00", ..new };
        send(&s, &longer.said("Modify", "2026-10-02T08:00:00Z")).await;
        assert_eq!(visit(&s, "R-1").await, before, "it stays as it is");
        let differences = s.get("/api/v1/visits/R-1").await.to_string();
        assert!(differences.contains("2026-10-14"), "and the channel's word is an open difference: {differences}");
    }

    async fn codes_that_nobody_set_up_wait_and_are_taken_once_they_are(db: TestDb) {
        let s = with_channel(db).await;
        let new = Booking { room_type: "KING", ..Booking::default() };
        for _ in 0..3 {
            let (_, answer) = s.xml(DOOR, &new.new_one(), &[]).await;
            assert!(answer.contains("<Warning ") && answer.contains("unknown_code") && answer.contains("RecordID=\"R-1\""), "{answer}");
        }
        let held = waiting(&s).await;
        assert_eq!((held.len(), &held[0]["times"], &held[0]["reason"], &held[0]["number"]), (1, &json!(3), &json!("unknown_code"), &json!("R-1")));
        assert_eq!(s.send(Method::GET, "/api/v1/visits/R-1", None, &[]).await.0, StatusCode::NOT_FOUND);
        let [chinese, english] = details(&s).await;
        assert_eq!(chinese, ["渠道代码“KING”对应哪个房型还没有设；请在渠道中设好，随后自动再试。"]);
        assert_eq!(english, ["No room type is set up for the channel's code “KING”; set one up for the channel, and it is tried again."]);

        // A later message of it waits for the same code, and an earlier one must not beat it.
        let later = Booking { departure: "2026-10-14", total: "1200.00", ..new };
        s.xml(DOOR, &later.said("Modify", "2026-10-02T08:00:00Z"), &[]).await;
        assert_eq!(waiting(&s).await.len(), 2);
        let codes = json!({ "room_types": { "TWIN": "DBL", "KING": "DBL" } });
        let channel = "/api/v1/properties/SH01/channels/ctrip";
        assert_eq!(s.send(Method::PUT, channel, Some(codes), &[]).await.0, StatusCode::OK);
        assert!(waiting(&s).await.is_empty());
        assert_eq!(visit(&s, "R-1").await["departure"], "2026-10-14");
        let settled = s.get("/api/v1/properties/SH01/channel-messages?state=taken").await["items"].clone();
        assert_eq!(settled.as_array().unwrap().len(), 2, "{settled}");
        let unknown = json!({ "room_types": { "X": "NONE" } });
        let (status, problem) = s.send(Method::PUT, channel, Some(unknown), &[]).await;
        assert_eq!((status, &problem["pointer"]), (StatusCode::NOT_FOUND, &json!("/room_types/X")), "{problem}");
    }

    async fn what_cannot_be_read_waits_until_it_is_mended_or_dropped(db: TestDb) {
        let s = with_channel(db).await;
        let broken = Booking { departure: "2026-10-09", comment: "card 4111 1111 1111 1111", ..Booking::default() };
        let (status, answer) = s.xml(DOOR, &broken.new_one(), &[]).await;
        assert!(status == StatusCode::OK && answer.contains("RoomStay/TimeSpan/@End is not after the start"), "{answer}");
        let (_, answer) = s.xml(DOOR, "<OTA_HotelResNotifRQ><a>4111111111111111</OTA_HotelResNotifRQ>", &[]).await;
        assert!(answer.contains("<Errors>"), "{answer}");
        let held = waiting(&s).await;
        let reasons: Vec<&Value> = held.iter().map(|held| &held["reason"]).collect();
        assert_eq!(reasons, [&json!("malformed"), &json!("malformed")]);
        let [chinese, english] = details(&s).await;
        assert!(chinese[0].starts_with("不晚于开始的日期；") && chinese[1].starts_with("报文不是有效的 XML"), "{chinese:?}");
        assert!(english[0].starts_with("It is not after the start;") && english[1].starts_with("The message is no well-formed XML"), "{english:?}");
        let at = |at: usize, what: &str| format!("/api/v1/properties/SH01/channel-messages/{}/{what}", held[at]["id"].as_str().unwrap());
        // Tried again it cannot be read any better.
        assert_eq!(s.refused(&at(0, "replay"), json!({})).await, (422, "invalid".into()));
        // Whoever sends it in a form that can be read has mended it.
        send(&s, &Booking::default().new_one()).await;
        assert_eq!(visit(&s, "R-1").await["state"], "reserved");
        let settled = s.get("/api/v1/properties/SH01/channel-messages?state=overtaken").await["items"].clone();
        assert_eq!(settled[0]["id"], held[0]["id"]);
        assert_eq!(s.refused(&at(1, "drop"), json!({})).await, (422, "invalid".into()));
        assert_eq!(s.post(&at(1, "drop"), json!({ "reason": "a test of the channel" })).await["state"], "dropped");
        assert_eq!(s.refused(&at(1, "drop"), json!({ "reason": "again" })).await, (409, "wrong_state".into()));

    }

    async fn a_cancellation_that_cannot_be_read_is_settled_by_a_later_one_only(db: TestDb) {
        let s = with_channel(db).await;
        send(&s, &Booking::default().new_one()).await;
        let broken = Booking { departure: "2026-10-09", ..Booking::default() };
        s.xml(DOOR, &broken.said("Cancelled", "2026-10-01T12:00:00Z"), &[]).await;
        assert_eq!(waiting(&s).await.len(), 1);
        // What was said before it, and what was said later but calls nothing off.
        for changed in ["2026-10-01T11:00:00Z", "2026-10-01T13:00:00Z"] {
            send(&s, &Booking::default().said("Modify", changed)).await;
            assert_eq!(waiting(&s).await.len(), 1, "{changed}");
        }
        // A change that cannot be read is settled by what was said later, and by nothing before it.
        s.xml(DOOR, &broken.said("Modify", "2026-10-01T15:00:00Z"), &[]).await;
        send(&s, &Booking::default().said("Modify", "2026-10-01T14:00:00Z")).await;
        assert_eq!(waiting(&s).await.len(), 2);
        send(&s, &Booking::default().said("Modify", "2026-10-01T16:00:00Z")).await;
        assert_eq!(waiting(&s).await.len(), 1);
        assert_eq!(visit(&s, "R-1").await["state"], "reserved");
        send(&s, &Booking::default().called_off("2026-10-01T17:00:00Z")).await;
        assert_eq!(waiting(&s).await, Vec::<Value>::new());
        assert_eq!(visit(&s, "R-1").await["state"], "cancelled");
    }

    async fn what_waits_is_shown_with_a_reason_and_mended(db: TestDb) {
        let s = with_channel(db).await;
        let broken = Booking { departure: "2026-10-09", comment: "card 4111 1111 1111 1111", ..Booking::default() };
        s.xml(DOOR, &broken.new_one(), &[]).await;
        let held = waiting(&s).await;
        let at = |what: &str| format!("/api/v1/properties/SH01/channel-messages/{}/{what}", held[0]["id"].as_str().unwrap());
        assert_eq!(s.refused(&at("text"), json!({})).await, (422, "invalid".into()));
        let shown = s.post(&at("text"), json!({ "reason": "the channel asks" })).await;
        let text = shown["text"].as_str().unwrap();
        assert!(text.contains("Musterfrau") && text.contains("2026-10-09") && !text.contains("4111"), "{text}");
        // Of another booking, or of none.
        for wrong in [text.replace("R-1", "R-9"), "<OTA_PingRQ/>".into(), "no xml".into()] {
            assert_eq!(s.refused(&at("mend"), json!({ "text": wrong })).await, (422, "invalid".into()), "{wrong}");
        }
        // What still cannot be taken waits in the new words.
        let earlier = text.replace("2026-10-09", "2026-10-08");
        assert_eq!(s.post(&at("mend"), json!({ "text": earlier })).await["reason"], "malformed");
        let king = text.replace("2026-10-09", "2026-10-12").replace("TWIN", "KING");
        let still = s.post(&at("mend"), json!({ "text": king })).await;
        assert_eq!((&still["state"], &still["reason"]), (&json!("waiting"), &json!("unknown_code")), "{still}");
        let words = json!({ "text": king.replace("KING", "TWIN"), "reason": "as the channel said by telephone" });
        assert_eq!(s.post(&at("mend"), words.clone()).await["state"], "taken");
        assert_eq!(visit(&s, "R-1").await["departure"], "2026-10-12");
        // Settled, it is kept no longer; asked for twice, it is answered twice.
        assert_eq!(s.post(&at("mend"), words).await["state"], "taken");
        assert_eq!(s.refused(&at("text"), json!({ "reason": "again" })).await, (409, "wrong_state".into()));
        s.app.sequence().await.unwrap();
        let entries = s.get("/api/v1/journal?after=-1&limit=500").await["items"].as_array().unwrap().clone();
        let of = |action: &str| entries.iter().filter(|entry| entry["action"] == action).count();
        // What is asked for three times is shown three times, and each is told; what is done is done once.
        assert_eq!((of("channel.text"), of("channel.mend")), (3, 3));
        let channel = s.get("/api/v1/properties/SH01/channels").await[0].clone();
        assert_eq!((&channel["waiting"], &channel["taken_lately"], &channel["key_until"]), (&json!(0), &json!(1), &Value::Null), "{channel}");
        assert!(channel["last_message_at"].is_string(), "{channel}");
    }

    async fn a_booking_of_twice_as_many_guests_as_its_room_takes_waits(db: TestDb) {
        let s = with_channel(db).await;
        let of = |guests: &str| Booking::default().new_one().replace("GuestCount Count=\"2\"", &format!("GuestCount Count=\"{guests}\""));
        let (_, answer) = s.xml(DOOR, &of("99"), &[]).await;
        assert!(answer.contains("too_many_people"), "{answer}");
        let [chinese, english] = details(&s).await;
        assert_eq!(chinese, ["共 99 人，所订房间按房型最多住 2 人；请与渠道核对人数或房型。"]);
        assert!(english[0].starts_with("There are 99 guests, and the rooms booked take 2"), "{english:?}");
        // A place more than there are beds is a cot.
        let (_, answer) = s.xml(DOOR, &of("3"), &[]).await;
        assert!(answer.contains("<Success"), "{answer}");
        assert_eq!(visit(&s, "R-1").await["state"], "reserved");
    }

    async fn what_is_dated_in_the_future_or_is_for_another_century_waits(db: TestDb) {
        let s = with_channel(db).await;
        let future = Booking::default().new_one().replace("CreateDateTime=\"2026-10-01", "CreateDateTime=\"2099-01-01");
        let (_, answer) = s.xml(DOOR, &future, &[]).await;
        assert!(answer.contains("bad_moment"), "{answer}");
        assert_eq!(waiting(&s).await[0]["reason"], "bad_moment");
        // The next word of it counts, since nothing of the future was taken.
        s.xml(DOOR, &Booking::default().new_one(), &[]).await;
        s.xml(DOOR, &Booking::default().called_off("2026-10-02T08:00:00Z"), &[]).await;
        assert_eq!(visit(&s, "R-1").await["state"], "cancelled");
        let far = Booking { id: "R-2", arrival: "3027-10-10", departure: "3027-10-12", ..Booking::default() };
        let (_, answer) = s.xml(DOOR, &far.new_one(), &[]).await;
        assert!(answer.contains("bad_dates"), "{answer}");
        // What came later has settled the one; nothing settles the other.
        let held = waiting(&s).await;
        assert_eq!((held.len(), &held[0]["reason"], &held[0]["number"]), (1, &json!("bad_dates"), &json!("R-2")));
    }

    async fn a_booking_without_a_room_waits_until_there_is_one(db: TestDb) {
        let s = with_channel(db).await;
        let mut booked = Vec::new();
        for _ in 0..4 {
            booked.push(s.book("DBL", "2026-10-10", "2026-10-12").await);
        }
        let (_, answer) = s.xml(DOOR, &Booking::default().new_one(), &[]).await;
        assert!(answer.contains("no_inventory"), "{answer}");
        let held = waiting(&s).await;
        let replay = format!("/api/v1/properties/SH01/channel-messages/{}/replay", held[0]["id"].as_str().unwrap());
        let still = s.post(&replay, json!({})).await;
        assert_eq!((&still["state"], &still["detail"]), (&json!("waiting"), &json!("该房型在其中一晚已售完；请换房型，或有房后再试。")));
        s.post(&format!("/api/v1/visits/{}/cancel", booked[0]), json!({})).await;
        assert_eq!(s.post(&replay, json!({})).await["state"], "taken");
        assert_eq!(visit(&s, "R-1").await["state"], "reserved");
    }

    async fn who_only_asks_is_kept_and_answered_and_becomes_no_booking(db: TestDb) {
        let s = with_channel(db).await;
        let before = sold(&s).await;
        let window = r#"<StartDateWindow EarliestDate="2026-10-10" LatestDate="2026-10-15"/>"#;
        let asks = |id: &str, changed: &str, span: &str| {
            let dated = r#"<TimeSpan Start="2026-10-10" End="2026-10-12"/>"#;
            let text = Booking { id, ..Booking::default() }.said("Requested", changed);
            text.replace(dated, &format!("<TimeSpan{span}>{window}</TimeSpan>"))
        };
        let (open, nights) = (asks("R-1", "2026-10-01T09:00:00Z", ""), asks("R-1", "2026-10-02T08:00:00Z", r#" Duration="P3N""#));
        for message in [&nights, &open, &open] {
            let answer = send(&s, message).await;
            assert!(answer.contains("ID=\"R-1\"") && !answer.contains("ResID_Value"), "taken, and no visit: {answer}");
        }
        let held = waiting(&s).await;
        let told: Vec<(&str, i64)> = held.iter().map(|held| (held["reason"].as_str().unwrap(), held["times"].as_i64().unwrap())).collect();
        assert_eq!(told, [("request", 1), ("request", 2)]);
        let [chinese, english] = details(&s).await;
        assert!(chinese[0].contains("2026-10-10 至 2026-10-15 之间到店、住 3 晚") && chinese[1].contains("离店日未定"), "{chinese:?}");
        assert!(english[0].contains("from 2026-10-10 to 2026-10-15 for 3 nights") && english[1].contains("departure open"), "{english:?}");
        // Each is a record of the channel that says no day that nobody said, and not who asks.
        for (said, nights) in [("2026-10-01T09:00:00Z", Value::Null), ("2026-10-02T08:00:00Z", json!(3))] {
            let mut c = s.db.store.read().await.unwrap();
            let property = query::property::by_code(&mut c, "SH01").await.unwrap().unwrap();
            let of = (property.id, "channel:ctrip", SourceKind::Enquiry);
            let versions = query::source::versions(&mut c, of, &format!("R-1/{said}")).await.unwrap();
            assert_eq!((versions.len(), versions[0].visit_id), (1, None), "{said}");
            let kept = query::source::open(&mut c, s.db.store.vault(), &versions[0]).await.unwrap().unwrap();
            let kept: Value = serde_json::from_slice(&kept).unwrap();
            let room = &kept["says"]["rooms"][0];
            assert_eq!((&room["arrival"], &room["latest_arrival"]), (&json!("2026-10-10"), &json!("2026-10-15")));
            assert_eq!((&room["departure"], &room["nights"], &room["room_type"]), (&Value::Null, &nights, &json!("DBL")));
            assert!(!kept.to_string().contains("Musterfrau") && !kept.to_string().contains("erika"), "{kept}");
        }
        let replay = format!("/api/v1/properties/SH01/channel-messages/{}/replay", held[0]["id"].as_str().unwrap());
        assert_eq!(s.post(&replay, json!({})).await["state"], "waiting");
        assert_eq!((s.get("/api/v1/reservations?property=SH01").await["items"].clone(), sold(&s).await), (json!([]), before));

        // Once the days are known it is a booking, and who asked is answered; what comes late says nothing new.
        send(&s, &Booking::default().said("Reserved", "2026-10-03T00:00:00Z")).await;
        assert_eq!(visit(&s, "R-1").await["departure"], "2026-10-12");
        send(&s, &open).await;
        assert_eq!(waiting(&s).await.len(), 0);
        // Who asks no longer needs no answer.
        send(&s, &asks("R-2", "2026-10-02T08:00:00Z", "")).await;
        assert_eq!(waiting(&s).await.len(), 1);
        send(&s, &Booking { id: "R-2", ..Booking::default() }.called_off("2026-10-02T09:00:00Z")).await;
        assert_eq!(waiting(&s).await.len(), 0);
        assert_eq!(s.get("/api/v1/reservations?property=SH01").await["items"].as_array().unwrap().len(), 1);
    }

    async fn messages_in_any_order_have_the_same_end(db: TestDb) {
        let s = with_channel(db).await;
        let rng = SeededRng::new(19);
        let mut ends: Vec<(Value, Value)> = Vec::new();
        for round in 0..12 {
            let id = format!("ORDER-{round}");
            let new = Booking { id: &id, ..Booking::default() };
            let moved = Booking { arrival: "2026-10-11", departure: "2026-10-14", total: "1000.00", ..new };
            let suite = Booking { room_type: "SUITE", total: "1600.00", ..moved };
            let mut messages = vec![
                new.new_one(),
                moved.said("Modify", "2026-10-02T08:00:00Z"),
                new.called_off("2026-10-02T09:00:00Z"),
                suite.said("Modify", "2026-10-02T10:00:00Z"),
                // Of one moment: what calls it off is the last.
                moved.said("Reserved", "2026-10-02T11:00:00Z"),
                moved.said("Cancelled", "2026-10-02T11:00:00Z"),
            ];
            if round % 2 == 1 {
                messages.push(suite.said("Modify", "2026-10-02T12:00:00Z"));
            }
            // Each up to three times, shuffled.
            let mut order: Vec<&String> = messages.iter().collect();
            for _ in 0..6 {
                order.push(&messages[rng.next_u64() as usize % messages.len()]);
            }
            for at in (1..order.len()).rev() {
                order.swap(at, rng.next_u64() as usize % (at + 1));
            }
            for message in order {
                send(&s, message).await;
            }
            ends.push((visit(&s, &id).await, sold(&s).await));
            // So that the next round finds the house as this one did.
            send(&s, &new.called_off("2026-10-03T08:00:00Z")).await;
        }
        for (round, end) in ends.iter().enumerate() {
            assert_eq!(*end, ends[round % 2], "round {round}");
        }
        assert_eq!((&ends[0].0["state"], &ends[1].0["state"]), (&json!("cancelled"), &json!("reserved")));
        assert!(waiting(&s).await.is_empty());
    }

    async fn at_once_from_everywhere_nothing_comes_twice_and_the_latest_stands(db: TestDb) {
        let s = with_channel(db).await;
        let new = Booking::default();
        let moved = Booking { departure: "2026-10-14", total: "1200.00", ..new };
        let (one, two) = (new.new_one(), moved.said("Modify", "2026-10-02T08:00:00Z"));
        let all = [&one, &two, &one, &two, &one].map(|message| s.xml(DOOR, message, &[]));
        for (status, answer) in futures_util::future::join_all(all).await {
            assert!(status == StatusCode::OK && answer.contains("<Success/>"), "{answer}");
        }
        assert_eq!(visit(&s, "R-1").await["departure"], "2026-10-14");
        let list = s.get("/api/v1/reservations?property=SH01").await;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    }

    async fn hostile_messages_are_refused_and_nothing_of_them_is_believed(db: TestDb) {
        let s = with_channel(db).await;
        let new = Booking::default().new_one();
        let entity = new.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>");
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        let many = format!("<OTA_HotelResNotifRQ>{}</OTA_HotelResNotifRQ>", "<a/>".repeat(150_000));
        for hostile in [entity, deep, many, String::new(), "no xml".into(), "<OTA_Other/>".into()] {
            let (status, answer) = s.xml(DOOR, &hostile, &[]).await;
            assert!(status == StatusCode::OK && answer.contains("<Errors>") && !answer.contains("root:"), "{answer}");
        }
        let (status, _) = s.xml(DOOR, &"x".repeat(3 << 20), &[]).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain"] {
            let (status, _) = s.xml(DOOR, &new, &[("content-type", kind)]).await;
            assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        }
        let (status, _) = s.xml("/channels/SH01/other", &new, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(s.get("/api/v1/reservations?property=SH01").await["items"], json!([]));
    }

    async fn stays_and_free_rooms_are_read_and_answered(db: TestDb) {
        let s = with_channel(db).await;
        send(&s, &Booking::default().new_one()).await;
        let stays = r#"<OTA_HotelStayInfoNotifRQ EchoToken="9"><StayInfos><StayInfo><RevenueCategories>
<RevenueCategory RevenueCategoryCode="2"><RevenueDetails><RevenueDetail TransactionDate="2026-10-10" PMSRevenueCode="50" Amount="75.00" CurrencyCode="CNY"/>
<RevenueDetail TransactionDate="2026-10-10" PMSRevenueCode="50" Amount="75.00" CurrencyCode="CNY"/></RevenueDetails></RevenueCategory>
<RevenueCategory RevenueCategoryCode="17"><SummaryAmount Amount="150.00" CurrencyCode="CNY"/></RevenueCategory></RevenueCategories>
<ReservationID Type="14" ID="R-1"/></StayInfo><StayInfo/></StayInfos></OTA_HotelStayInfoNotifRQ>"#;
        for _ in 0..2 {
            let (_, answer) = s.xml(DOOR, stays, &[]).await;
            assert!(answer.contains("<OTA_HotelStayInfoNotifRS ") && answer.contains("StayInfo/ReservationID/@ID is missing"), "{answer}");
        }
        let held = waiting(&s).await;
        assert_eq!((held.len(), &held[0]["times"]), (1, &json!(2)));
        let free = r#"<OTA_HotelInvCountNotifRQ><Inventories HotelCode="1"><Inventory><StatusApplicationControl Start="2026-10-10" End="2026-10-12" InvTypeCode="TWIN"/>
<InvCounts><InvCount CountType="2" Count="3"/></InvCounts></Inventory><Inventory><StatusApplicationControl Start="2026-10-10" End="2026-10-12" InvTypeCode="NONE"/>
</Inventory></Inventories></OTA_HotelInvCountNotifRQ>"#;
        let (_, answer) = s.xml(DOOR, free, &[]).await;
        assert!(answer.contains("<OTA_HotelInvCountNotifRS ") && answer.contains("not set up"), "{answer}");
        let (_, answer) = s.xml(DOOR, r#"<OTA_PingRQ><EchoData>here &amp; there</EchoData></OTA_PingRQ>"#, &[]).await;
        assert!(answer.contains("<EchoData>here &amp; there</EchoData>"), "{answer}");
    }

    async fn a_stay_that_comes_late_takes_nothing_back(db: TestDb) {
        let s = with_channel(db).await;
        send(&s, &Booking::default().new_one()).await;
        let told = async |at: &str, second: &str, sent: &str| {
            let stays = format!(r#"<OTA_HotelStayInfoNotifRQ TimeStamp="{sent}"><StayInfos><StayInfo><RevenueCategories>
<RevenueCategory RevenueCategoryCode="1"><RevenueDetails><RevenueDetail TransactionDate="2026-10-10" PMSRevenueCode="ROOM" Amount="468.00" CurrencyCode="CNY"/>
<RevenueDetail TransactionDate="2026-10-11" PMSRevenueCode="ROOM" Amount="{second}" CurrencyCode="CNY"/></RevenueDetails></RevenueCategory></RevenueCategories>
<HotelReservation {at}><RoomStays><RoomStay><TimeSpan Start="2026-10-10" End="2026-10-12"/></RoomStay></RoomStays></HotelReservation>
<ReservationID Type="14" ID="R-1"/></StayInfo></StayInfos></OTA_HotelStayInfoNotifRQ>"#);
            let (_, answer) = s.xml(DOOR, &stays, &[]).await;
            assert!(answer.contains("<Success/>") && !answer.contains("<Warning"), "{answer}");
            let visit = s.get("/api/v1/visits/R-1").await;
            let lines = visit["consumption"]["reported"].as_array().unwrap();
            let amounts: BTreeSet<i64> = lines.iter().map(|line| line["amount"].as_i64().unwrap()).collect();
            amounts
        };
        let changed = |at: &str| format!("LastModifyDateTime=\"2026-10-03T{at}Z\"");
        let (wrong, right) = (BTreeSet::from([468_00, 568_00]), BTreeSet::from([468_00]));
        assert_eq!(told(&changed("02:00:00"), "568.00", "2026-10-03T02:00:01Z").await, wrong);
        assert_eq!(told(&changed("03:00:00"), "468.00", "2026-10-03T03:00:01Z").await, right);
        // It comes again, and later: by when it was changed, and where that is not said by when it was sent.
        assert_eq!(told(&changed("02:00:00"), "568.00", "2026-10-03T04:00:00Z").await, right);
        assert_eq!(told("", "568.00", "2026-10-03T02:30:00Z").await, right);
        assert_eq!(told("", "568.00", "2026-10-03T05:00:00Z").await, wrong);
    }

    async fn samples_of_alpinebits_and_opentravel_are_taken_and_answered(db: TestDb) {
        let shared = std::env::var_os("HEFU_SHARED").map(PathBuf::from);
        let shared = shared.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
        let sample = |name: &str| std::fs::read_to_string(shared.join("data/ota").join(name)).ok();
        let Some(reservation) = sample("alpinebits-ResRetrieveRS-reservation.xml") else { return };
        let s = Server::new(db).await;
        let put = async |path: &str, body: Value| {
            let (status, answer) = s.send(Method::PUT, &format!("/api/v1/properties/BZ01{path}"), Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        };
        put("", json!({ "name": "弗兰加特旅馆", "name_en": "Frangart Inn", "time_zone": "Europe/Rome", "currency": "EUR", "business_date": "2026-10-03" })).await;
        put("/room-types/SUI", json!({ "name": "套房", "name_en": "Suite", "capacity": 4 })).await;
        put("/rooms", json!([{ "number": "1", "room_type": "SUI", "floor": "1" }])).await;
        let plan = json!({ "name": "全包", "name_en": "All inclusive", "kind": "nightly", "tax": 1_000,
            "rates": [{ "room_type": "SUI", "valid_from": "2012-01-01", "amount": 30_00 }] });
        put("/rate-plans/ALL", plan).await;
        let codes = json!({ "name": "Example", "hotel": "123", "room_types": { "bigsuite": "SUI", "NKNG": "SUI", "*": "SUI" },
            "rate_plans": { "123456-xyz": "ALL" } });
        put("/channels/example", codes).await;
        let door = "/channels/BZ01/example";
        for _ in 0..2 {
            let (_, answer) = s.xml(door, &reservation, &[]).await;
            let is_acknowledged = answer.contains("<OTA_NotifReportRQ ") && answer.contains("<UniqueID Type=\"14\" ID=\"6b34fe24ac2ff810\"/>");
            assert!(is_acknowledged && answer.contains("ResID_Source=\"Hefu\"") && !answer.contains("<Warning"), "{answer}");
        }
        let booked = s.get("/api/v1/visits/6B34FE24AC2FF810").await;
        let room = &booked["booking"]["rooms"][0];
        assert_eq!((&room["room_type"], &room["rate_plan"], &room["arrival"]), (&json!("SUI"), &json!("ALL"), &json!("2012-01-01")));
        // 299 euro for eleven nights, shared out to the cent.
        let prices: i64 = room["prices"].as_array().unwrap().iter().map(|price| price.as_i64().unwrap()).sum();
        assert_eq!((prices, room["terms"]["inclusive"].clone()), (299_00, json!(true)));
        assert!(!booked.to_string().contains("4444333322221111"));

        // It calls off what is not there yet: that is remembered.
        let (_, answer) = s.xml(door, &sample("alpinebits-ResRetrieveRS-cancellation.xml").unwrap(), &[]).await;
        assert!(answer.contains("ID=\"c24e8b15ca469388\"") && !answer.contains("<Warning"), "{answer}");
        let late = reservation.replace("6b34fe24ac2ff810", "c24e8b15ca469388");
        s.xml(door, &late, &[]).await;
        assert_eq!(s.get("/api/v1/visits/C24E8B15CA469388").await["booking"]["reservation"]["state"], "cancelled");

        // OpenTravel's own are for another hotel, or say no price and no number.
        for (name, reason) in [("OTA_HotelResNotifRQ.xml", "other_property"), ("OTA_HotelResNotifRQ2.xml", "is missing")] {
            let (_, answer) = s.xml(door, &sample(name).unwrap(), &[]).await;
            assert!(answer.contains("<OTA_HotelResNotifRS ") && answer.contains(reason), "{answer}");
        }
        let waiting = s.get("/api/v1/properties/BZ01/channel-messages").await["items"].clone();
        assert_eq!(waiting.as_array().unwrap().len(), 2, "{waiting}");
        // The stay waits for its booking.
        let (_, answer) = s.xml(door, &sample("OTA_HotelStayInfoNotifRQ.xml").unwrap(), &[]).await;
        assert!(answer.contains("<OTA_HotelStayInfoNotifRS ") && !answer.contains("<Warning"), "{answer}");
        s.xml(door, &reservation.replace("6b34fe24ac2ff810", "71294827"), &[]).await;
        let sources = s.get("/api/v1/visits/71294827").await["sources"].clone();
        let kinds: Vec<&str> = sources.as_array().unwrap().iter().map(|source| source["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&"stay") && kinds.iter().filter(|kind| **kind == "posting").count() == 19, "{kinds:?}");
    }

    async fn a_calendar_that_rolls_on_blocks_nights_and_becomes_no_booking(db: TestDb) {
        let s = with_channel(db).await;
        let calendar = "/api/v1/properties/SH01/channels/ctrip/calendars/twin";
        let (status, made) = s.send(Method::PUT, calendar, Some(json!({ "room_type": "DBL" })), &[]).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        let (before, door) = (sold(&s).await, "/channels/SH01/ctrip/calendars/twin");
        let put = async |text: String, kind: &str| {
            let request = Request::put(door).header(header::CONTENT_TYPE, kind).body(Body::from(text)).unwrap();
            let answer = s.router.clone().oneshot(request).await.unwrap();
            let status = answer.status();
            let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice::<Value>(&bytes).unwrap())
        };
        let event = |from: &str, until: &str| {
            format!("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{from}\r\nDTEND;VALUE=DATE:{until}\r\nUID:{from}\r\nSUMMARY:Erika Musterfrau\r\nEND:VEVENT\r\n")
        };
        let whole = |events: &[String]| format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", events.concat());
        for day in 0..5 {
            let rolled = whole(&[event("20261010", &format!("202610{}", 12 + day)), event(&format!("202711{}", 10 + day), "20271201")]);
            for _ in 0..2 {
                let (status, sent) = put(rolled.clone(), "text/calendar; charset=utf-8").await;
                assert_eq!(status, StatusCode::OK, "{sent}");
                assert_eq!(sent["blocked"][0], json!({ "from": "2026-10-10", "until": format!("2026-10-{}", 12 + day) }));
                assert!(!sent.to_string().contains("Musterfrau"));
            }
        }
        let listed = s.get("/api/v1/properties/SH01/channels/ctrip/calendars").await;
        assert_eq!(listed[0]["blocked"].as_array().unwrap().len(), 2);
        assert_eq!(s.get("/api/v1/reservations?property=SH01").await["items"], json!([]));
        assert_eq!(sold(&s).await, before, "nothing is sold by it");

        assert_eq!(put("no calendar".into(), "text/calendar").await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(put(whole(&[]), "text/html").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for url in ["http://example.com/a.ics", "https://user:word@example.com/a.ics", "file:///etc/passwd"] {
            let (status, problem) = s.send(Method::PUT, calendar, Some(json!({ "url": url })), &[]).await;
            assert_eq!((status, &problem["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/url")), "{url}");
        }
    }

    async fn a_calendar_is_read_from_its_address_and_again_after_failures(db: TestDb) {
        let texts = Texts::default();
        let calendars = Calendars(Some(Arc::new(texts.clone())));
        let s = Server::with_options(db, hefu_app::Options { calendars, ..hefu_app::Options::default() }).await;
        s.send(Method::PUT, "/api/v1/properties/SH01/channels/ctrip", Some(json!({ "name": "携程" })), &[]).await;
        let calendar = "/api/v1/properties/SH01/channels/ctrip/calendars/twin";
        let body = json!({ "room_type": "DBL", "url": "https://example.com/secret.ics" });
        let (_, made) = s.send(Method::PUT, calendar, Some(body), &[]).await;
        assert!(made["is_read"] == true && !made.to_string().contains("secret"), "{made}");
        let read = async || s.app.operate(&Context::job("calendars"), ReadDueCalendars).await.unwrap();
        let listed = async || s.get("/api/v1/properties/SH01/channels/ctrip/calendars").await[0].clone();
        assert_eq!(read().await, 1);
        assert_eq!(listed().await["failed"], "unreachable");
        assert_eq!(read().await, 0, "not at once again");
        *texts.0.lock().unwrap() = Some("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261010\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".into());
        s.db.clock.advance(chrono::TimeDelta::minutes(6));
        assert_eq!(read().await, 1);
        let now = listed().await;
        assert_eq!((&now["failed"], &now["blocked"]), (&Value::Null, &json!([{ "from": "2026-10-10", "until": "2026-10-11" }])));
        // A page in place of the calendar takes nothing away.
        *texts.0.lock().unwrap() = Some("<html>".into());
        s.db.clock.advance(chrono::TimeDelta::minutes(61));
        assert_eq!(read().await, 1);
        let now = listed().await;
        assert_eq!((&now["failed"], now["blocked"].as_array().unwrap().len()), (&json!("malformed"), 1));
        s.send(Method::PUT, calendar, Some(json!({ "url": "" })), &[]).await;
        s.db.clock.advance(chrono::TimeDelta::days(2));
        assert_eq!(read().await, 0);
    }

    async fn once_a_channel_has_its_own_key_no_other_program_sends_for_it(db: TestDb) {
        let h = Hotel::new(db).await;
        for code in ["ctrip", "other"] {
            let setup = json!({ "name": code, "room_types": { "TWIN": "DBL" }, "rate_plans": { "FLEXI": "BAR" } });
            h.s.send(Method::PUT, &format!("/api/v1/properties/SH01/channels/{code}"), Some(setup), &[]).await;
        }
        let key_of = async |code: &str, body: Value| {
            let made = h.s.post(&format!("/api/v1/properties/SH01/channels/{code}/key"), body).await;
            (made["key"].as_str().unwrap().to_owned(), made["client"]["id"].as_str().unwrap().to_owned())
        };
        let send = async |key: &str, code: &str| {
            let request = Request::post(format!("/channels/SH01/{code}"))
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .header(header::CONTENT_TYPE, "application/xml")
                .body(Body::from(Booking::default().new_one()))
                .unwrap();
            h.door.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        let (one, program) = key_of("ctrip", json!({})).await;
        assert_eq!(send(&one, "ctrip").await, 200);
        assert_eq!(send(&one, "other").await, 200, "which has none of its own yet");
        let (other, _) = key_of("other", json!({ "days": 30 })).await;
        assert_eq!((send(&other, "other").await, send(&one, "other").await), (200, 403));
        assert_eq!(send(&other, "ctrip").await, 403);
        // The next one is of the same program; those before it end.
        let (next, same) = key_of("ctrip", json!({ "at_once": true, "reason": "it stood in an e-mail" })).await;
        assert_eq!(same, program);
        assert_eq!((send(&next, "ctrip").await, send(&one, "ctrip").await), (200, 401));
        let channels = h.s.get("/api/v1/properties/SH01/channels").await;
        assert!(channels.as_array().unwrap().iter().all(|channel| channel["key_until"].is_string()), "{channels}");
    }

    async fn a_channel_has_a_key_and_sees_nothing(db: TestDb) {
        let h = Hotel::new(db).await;
        let setup = json!({ "name": "携程", "room_types": { "TWIN": "DBL" }, "rate_plans": { "FLEXI": "BAR" } });
        h.s.send(Method::PUT, "/api/v1/properties/SH01/channels/ctrip", Some(setup), &[]).await;
        let made = h.s.post("/api/v1/api-clients", json!({ "name": "ctrip" })).await;
        let (id, key) = (made["client"]["id"].as_str().unwrap(), made["key"].as_str().unwrap());
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("ctrip:{key}")));
        let form = |part: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{part}\"\r\n\r\n{text}\r\n");
        let action = form("action", "OTA_HotelResNotif:GuestRequests");
        let body = format!("{action}{}--x--\r\n", form("request", &Booking::default().new_one()));
        let ask_in = async |authorization: &str, path: &str, body: Vec<u8>| {
            let request = Request::post(path)
                .header(header::AUTHORIZATION, authorization)
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
                .header("x-alpinebits-clientprotocolversion", "2020-10")
                .body(Body::from(body))
                .unwrap();
            let answer = h.door.clone().oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, String::from_utf8(bytes.to_vec()).unwrap())
        };
        let ask = async |authorization: &str, path: &str, body: &str| {
            ask_in(authorization, path, body.as_bytes().to_vec()).await
        };
        assert_eq!(ask(&basic, DOOR, &body).await.0, 403, "without a grant");
        let grant = json!({ "role": "channel", "property": "SH01" });
        h.s.post(&format!("/api/v1/api-clients/{id}/grants"), grant).await;
        let (status, answer) = ask(&basic, DOOR, &body).await;
        assert!(status == 200 && answer.contains("ResID_Source=\"Hefu\""), "{answer}");
        assert_eq!(ask(&format!("Bearer {key}"), DOOR, &body).await.0, 200);
        assert_eq!(ask("Basic eDp5", DOOR, &body).await.0, 401);
        assert_eq!(ask(&basic, "/channels/HZ01/ctrip", &body).await.0, 403);
        // A message says itself how it is written, within a form, too.
        let message = Booking { id: "R-2", surname: "Müller", ..Booking::default() }.new_one();
        let message = message.replacen("UTF-8", "ISO-8859-1", 1);
        let form_of = |message: &str| format!("{action}{}--x--\r\n", form("request", message));
        let latin: Vec<u8> = form_of(&message).chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect();
        assert_eq!(ask_in(&basic, DOOR, latin.clone()).await.0, 200);
        let visit = h.s.get("/api/v1/visits/R-2").await;
        let name = visit["guest"]["profile"]["full_name"].as_str().unwrap_or_default();
        assert!(name.contains("Müller"), "{name}");
        let mut unread = latin;
        let at = unread.windows(10).position(|some| some == b"ISO-8859-1").unwrap();
        unread.splice(at..at + 10, *b"UTF-8");
        assert_eq!(ask_in(&basic, DOOR, unread).await.0, 400);
        let version = format!("{}--x--\r\n", form("action", "getVersion"));
        assert_eq!(ask(&basic, DOOR, &version).await, (200, "OK:2020-10".into()));
        // The key of a channel opens nothing else.
        let by = crate::accounts::Browser { key: Some(key.to_owned()), ..crate::accounts::Browser::default() };
        for path in ["/api/v1/visits/R-1", "/api/v1/properties/SH01/channels", "/api/v1/properties/SH01/channel-messages"] {
            assert_eq!(h.get(&by, path).await.code(), (403, "forbidden"), "{path}");
        }
    }
}
