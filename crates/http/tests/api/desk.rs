//! What a desk works with beside bookings and bills: notes and traces, flags of guests, rooms with features, and the lists of a day. Both engines.

use crate::common::{Server, booking, digits};
use async_trait::async_trait;
use axum::http::Method;
use hefu_app::authz::{Action, Resource, ResourceKind};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn put(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

async fn act(s: &Server, number: &str, action: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn refused(s: &Server, number: &str, action: &str, body: Value) -> (u16, String) {
    s.refused(&format!("/api/v1/visits/{number}/{action}"), body).await
}

/// Status, code and pointer of a refusal.
async fn refusal(s: &Server, path: &str, body: Value) -> (u16, String, String) {
    let (status, answer) = s.send(Method::POST, path, Some(body), &[("accept-language", "en")]).await;
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text("code"), text("pointer"))
}

async fn audit(s: &Server, house: &str, no_shows: &str) {
    s.post(&format!("{house}/night-audit"), json!({ "force": true, "no_shows": no_shows })).await;
}

fn person(name: &str, phone: &str) -> Value {
    json!({ "profile": { "full_name": name, "phones": [phone] } })
}

/// A booking of rooms of these types, together, for somebody.
fn together(guest: Value, rooms: &[(&str, &str, &str)]) -> Value {
    let room = |&(kind, arrival, departure): &(&str, &str, &str)| json!({ "room_type": kind, "rate_plan": "BAR", "arrival": arrival, "departure": departure });
    json!({ "property": "SH01", "guest": guest, "rooms": rooms.iter().map(room).collect::<Vec<_>>() })
}

/// A second property whose business date is two days ahead.
async fn second(s: &Server) {
    let house = "/api/v1/properties/SH02";
    put(s, house, json!({ "name": "二", "name_en": "Two", "time_zone": "Asia/Shanghai", "currency": "CNY", "business_date": "2026-10-05" })).await;
    put(s, &format!("{house}/room-types/DBL"), json!({ "name": "双", "name_en": "Twin", "capacity": 2 }))
        .await;
    put(s, &format!("{house}/rooms"), json!([{ "number": "1", "room_type": "DBL" }])).await;
    put(
        s,
        &format!("{house}/rate-plans/BAR"),
        json!({ "name": "价", "name_en": "Best", "kind": "nightly",
        "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 100_00 }] }),
    )
    .await;
}

/// Gives the rooms of a visit breakfast, straight in the records.
struct Include {
    number: String,
}

#[async_trait]
impl hefu_app::Command for Include {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut hefu_app::Unit<'_>) -> hefu_app::Result<()> {
        let (property, id) = hefu_app::visit::locate(u.tx, &self.number, None).await?;
        let mut visit = hefu_app::visit::lock(u.tx, property, id).await?;
        let before = visit.clone();
        visit.rooms.iter_mut().for_each(|room| room.terms.inclusions = vec!["BREAKFAST".into()]);
        visit.write(u, &before).await?;
        let event = hefu_domain::event::ReservationEvent::Confirm { lines: vec![] };
        u.record(hefu_app::About::Visit(&visit.reservation), event).await
    }
}

fn texts(rows: &Value) -> Vec<String> {
    let text = |row: &Value| row["note"]["text"].as_str().or(row["text"].as_str()).unwrap().to_owned();
    rows.as_array().unwrap().iter().map(text).collect()
}

async fn traces(s: &Server, house: &str, query: &str) -> Value {
    s.get(&format!("{house}/traces?{query}")).await
}

both_engines! {
    async fn a_trace_is_open_until_it_is_done_in_each_property_by_its_own_date(db: TestDb) {
        let s = Server::new(db).await;
        second(&s).await;
        // Several rooms, none arrived.
        let rooms = [("DBL", "2026-10-03", "2026-10-05"), ("STE", "2026-10-04", "2026-10-06")];
        let number = digits(&s.post("/api/v1/reservations", together(person("张伟", "13812345678"), &rooms)).await);
        let other = {
            let mut body = together(person("李娜", "13900001111"), &[("DBL", "2026-10-05", "2026-10-06")]);
            body["property"] = json!("SH02");
            digits(&s.post("/api/v1/reservations", body).await)
        };
        let add = |kind: &str, text: &str| json!({ "kind": kind, "text": text });
        act(&s, &number, "notes", add("note", "对花生过敏")).await;
        act(&s, &number, "notes", json!({ "kind": "trace", "department": "housekeeping", "line": 2, "text": "婴儿床" })).await;
        act(&s, &number, "notes", json!({ "kind": "request", "department": "concierge", "due": "2026-10-05", "text": "接机" })).await;
        act(&s, &number, "notes", add("message", "请回电话")).await;
        act(&s, &other, "notes", json!({ "kind": "trace", "department": "housekeeping", "text": "二号店" })).await;
        act(&s, &number, "assign-room", json!({ "line": 2, "room": "0501" })).await;

        let notes = s.get(&format!("/api/v1/visits/{number}/notes")).await;
        assert_eq!(texts(&notes), ["对花生过敏", "婴儿床", "接机", "请回电话"]);
        let states: Vec<_> = notes.as_array().unwrap().iter().map(|note| (note["state"].clone(), note["due"].clone())).collect();
        let dated = |date: &str| (json!("open"), json!(date));
        // What has no date gets the arrival: of its room, or of the reservation.
        assert_eq!(states, [(json!("kept"), Value::Null), dated("2026-10-04"), dated("2026-10-05"), dated("2026-10-03")]);

        // By the business date, by a later one, by department; only of the property.
        assert_eq!(texts(&traces(&s, HOUSE, "").await["items"]), ["请回电话"]);
        assert_eq!(texts(&traces(&s, HOUSE, "date=2026-10-05").await["items"]), ["请回电话", "婴儿床", "接机"]);
        let crib = traces(&s, HOUSE, "date=2026-10-31&department=housekeeping").await;
        assert_eq!(texts(&crib["items"]), ["婴儿床"]);
        assert_eq!((&crib["items"][0]["room"], crib["items"][0]["number"].as_str().unwrap().replace('-', "")), (&json!("0501"), number.clone()));
        assert_eq!(texts(&traces(&s, "/api/v1/properties/SH02", "").await["items"]), ["二号店"]);

        // Page by page.
        let first = traces(&s, HOUSE, "date=2026-10-31&limit=2").await;
        assert_eq!(texts(&first["items"]), ["请回电话", "婴儿床"]);
        let next = first["next"].as_str().unwrap();
        let rest = traces(&s, HOUSE, &format!("date=2026-10-31&limit=2&cursor={next}")).await;
        assert_eq!((texts(&rest["items"]), &rest["next"]), (vec!["接机".to_owned()], &Value::Null));
        let (status, answer) = s.send(Method::GET, &format!("{HOUSE}/traces?cursor=1"), None, &[]).await;
        assert_eq!((status.as_u16(), &answer["parameter"]), (400, &json!("cursor")));

        // After the audit what was not done is overdue, and there still.
        audit(&s, HOUSE, "keep").await;
        assert_eq!(texts(&traces(&s, HOUSE, "").await["items"]), ["请回电话", "婴儿床"]);
        let id = |n: usize| notes[n]["id"].clone();
        act(&s, &number, "finish-note", json!({ "note_id": id(3) })).await;
        assert_eq!(texts(&traces(&s, HOUSE, "").await["items"]), ["婴儿床"]);
        let done = s.get(&format!("/api/v1/visits/{number}/notes")).await[3].clone();
        assert_eq!((&done["state"], done["done_by"].is_string()), (&json!("done"), true));
        // Done is done, and can be taken back.
        assert_eq!(refused(&s, &number, "finish-note", json!({ "note_id": id(3) })).await, (409, "wrong_state".into()));
        assert_eq!(refused(&s, &number, "change-note", json!({ "note_id": id(3), "text": "x" })).await.0, 409);
        act(&s, &number, "reopen-note", json!({ "note_id": id(3) })).await;
        assert_eq!(refused(&s, &number, "reopen-note", json!({ "note_id": id(3) })).await.0, 409);
        act(&s, &number, "change-note", json!({ "note_id": id(3), "due": "2026-10-08", "department": "front_desk", "text": "请回两个电话" })).await;
        assert_eq!(texts(&traces(&s, HOUSE, "date=2026-10-08&department=front_desk").await["items"]), ["请回两个电话"]);
        act(&s, &number, "remove-note", json!({ "note_id": id(3) })).await;
        assert_eq!(texts(&s.get(&format!("/api/v1/visits/{number}/notes")).await), ["对花生过敏", "婴儿床", "接机"]);
        assert_eq!(refused(&s, &number, "remove-note", json!({ "note_id": id(3) })).await, (404, "not_found".into()));
        // A note of another visit is not this one's.
        assert_eq!(refused(&s, &other, "finish-note", json!({ "note_id": id(1) })).await, (404, "not_found".into()));
    }

    async fn what_is_no_note_is_refused_at_its_field(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let path = format!("/api/v1/visits/{number}/notes");
        for (body, code, pointer) in [
            (json!({ "kind": "note", "text": " " }), "invalid", "/text"),
            (json!({ "kind": "note", "text": "长".repeat(1_001) }), "invalid", "/text"),
            (json!({ "kind": "note", "text": "card 4111 1111 1111 1111" }), "invalid", "/text"),
            (json!({ "kind": "note", "text": "x", "due": "2026-10-04" }), "invalid", "/due"),
            (json!({ "kind": "trace", "text": "x" }), "invalid", "/department"),
            (json!({ "kind": "request", "text": "x", "due": "2026-10-02" }), "bad_dates", "/due"),
        ] {
            assert_eq!(refusal(&s, &path, body.clone()).await, (422, code.into(), pointer.into()), "{body}");
        }
        assert_eq!(refusal(&s, &path, json!({ "kind": "note", "text": "x", "line": 2 })).await, (404, "not_found".into(), "/line".into()));
        assert_eq!(s.get(&path).await, json!([]));
        // A note once written has no date either.
        act(&s, &number, "notes", json!({ "kind": "note", "text": "x" })).await;
        let id = s.get(&path).await[0]["id"].clone();
        let change = format!("/api/v1/visits/{number}/change-note");
        assert_eq!(refusal(&s, &change, json!({ "note_id": id, "due": "2026-10-04" })).await.2, "/due");
    }

    async fn flags_are_seen_at_booking_and_check_in_and_who_is_blacklisted_needs_a_right_and_a_reason(db: TestDb) {
        let s = Server::new(db).await;
        let guest = |name: &str, phone: &str| json!({ "full_name": name, "phones": [phone] });
        let vip = s.post("/api/v1/guests", guest("王芳", "13900001234")).await["id"].as_str().unwrap().to_owned();
        let black = s.post("/api/v1/guests", guest("赵强", "13700009999")).await["id"].as_str().unwrap().to_owned();
        let flags = |id: &str, kind: &str| format!("/api/v1/guests/{id}/flags/{kind}");
        let (status, answer) = s.send(Method::PUT, &flags(&vip, "vip"), Some(json!({})), &[]).await;
        assert_eq!((status.as_u16(), &answer["pointer"]), (422, &json!("/reason")));
        put(&s, &flags(&vip, "vip"), json!({ "reason": "董事" })).await;
        put(&s, &flags(&vip, "vip"), json!({ "reason": "董事长" })).await;
        put(&s, &flags(&black, "blacklist"), json!({ "reason": "打架" })).await;
        let (status, _) = s.send(Method::PUT, &flags(&vip, "sorry"), Some(json!({ "reason": "x" })), &[]).await;
        assert_eq!(status.as_u16(), 404);
        let known = s.get(&format!("/api/v1/guests/{vip}/flags")).await;
        assert_eq!((known.as_array().unwrap().len(), &known[0]["kind"], &known[0]["reason"]), (1, &json!("vip"), &json!("董事长")));

        // Two rooms: the very important guest, and one of the party who is not wanted.
        let rooms = [("DBL", "2026-10-03", "2026-10-05"), ("DBL", "2026-10-03", "2026-10-05")];
        let booked = s.post("/api/v1/reservations", together(json!({ "id": vip }), &rooms)).await;
        assert_eq!((&booked["flags"][0]["kind"], &booked["flags"][0]["reason"]), (&json!("vip"), &json!("董事长")));
        let number = digits(&booked);
        let here = act(&s, &number, "check-in", json!({ "line": 1, "room": "0401" })).await;
        assert_eq!(here["flags"][0]["guest_id"], json!(vip));
        let with_black = json!({ "line": 2, "room": "0402", "guests": [{ "guest": { "id": black } }] });
        assert_eq!(refused(&s, &number, "check-in", with_black.clone()).await, (409, "guest_blacklisted".into()));
        let person = json!({ "line": 1, "guest": { "id": black } });
        assert_eq!(refused(&s, &number, "add-guest", person.clone()).await, (409, "guest_blacklisted".into()));
        assert_eq!(refused(&s, &number, "share", person.clone()).await, (409, "guest_blacklisted".into()));
        // The room is as free as before.
        let free = s.get(&format!("{HOUSE}/free-rooms?room_type=DBL")).await;
        assert!(free.as_array().unwrap().iter().any(|room| room["number"] == "0402"), "{free}");
        let accepted = |mut body: Value, reason: Option<&str>| { body["accept_blacklisted"] = json!(true); if let Some(reason) = reason { body["reason"] = json!(reason); } body };
        assert_eq!(refused(&s, &number, "check-in", accepted(with_black.clone(), None)).await, (422, "invalid".into()));
        let let_in = act(&s, &number, "check-in", accepted(with_black, Some("经理同意"))).await;
        assert_eq!(let_in["flags"][0]["kind"], json!("blacklist"));
        // Undone and again: it is decided anew.
        act(&s, &number, "undo-check-in", json!({ "line": 2 })).await;
        let again = json!({ "line": 2, "room": "0402", "guests": [{ "guest": { "id": black } }] });
        assert_eq!(refused(&s, &number, "check-in", again).await.1, "guest_blacklisted");
        act(&s, &number, "add-guest", accepted(person, Some("经理同意"))).await;

        // Booking, whoever the guest comes as.
        let own = together(json!({ "id": black }), &rooms[..1]);
        assert_eq!(refusal(&s, "/api/v1/reservations", own.clone()).await, (409, "guest_blacklisted".into(), "/accept_blacklisted".into()));
        assert_eq!(s.refused("/api/v1/reservations", accepted(own.clone(), None)).await, (422, "invalid".into()));
        s.post("/api/v1/reservations", accepted(own, Some("已和解"))).await;
        s.post(&format!("{}/remove", flags(&black, "blacklist")), json!({ "reason": "已和解" })).await;
        assert_eq!(s.refused(&format!("{}/remove", flags(&black, "blacklist")), json!({ "reason": "x" })).await, (404, "not_found".into()));
        s.post("/api/v1/reservations", together(json!({ "id": black }), &rooms[..1])).await;
    }

    async fn a_flag_is_of_the_whole_person_as_long_as_the_records_are_one(db: TestDb) {
        let s = Server::new(db).await;
        let one = s.post("/api/v1/guests", json!({ "full_name": "Anna Eriksson", "phones": ["+46701112233"] })).await["id"].as_str().unwrap().to_owned();
        let two = s.post("/api/v1/guests", json!({ "full_name": "Peter Novak", "phones": ["+420601112233"] })).await["id"].as_str().unwrap().to_owned();
        put(&s, &format!("/api/v1/guests/{two}/flags/blacklist"), json!({ "reason": "damage" })).await;
        let book = |id: &str| together(json!({ "id": id }), &[("DBL", "2026-10-10", "2026-10-11")]);
        s.post("/api/v1/reservations", book(&one)).await;
        s.post(&format!("/api/v1/guests/{one}/merge"), json!({ "merged": two })).await;
        // Under either record, and under the one that was joined into the other.
        for id in [&one, &two] {
            assert_eq!(s.refused("/api/v1/reservations", book(id)).await.1, "guest_blacklisted", "{id}");
        }
        let shown = s.get(&format!("/api/v1/guests/{one}/flags")).await;
        assert_eq!(shown[0]["guest_id"], json!(two));
        let history = s.get(&format!("/api/v1/guests/{one}/identity")).await;
        let merge = history["merges"][0]["id"].as_str().unwrap();
        s.post(&format!("/api/v1/identity/merges/{merge}/undo"), json!({})).await;
        s.post("/api/v1/reservations", book(&one)).await;
        assert_eq!(s.refused("/api/v1/reservations", book(&two)).await.1, "guest_blacklisted");
    }

    async fn auto_chooses_only_rooms_with_what_was_asked_for_and_leaves_them_for_who_asks(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{HOUSE}/rooms"), json!([
            { "number": "0401", "accessible": true, "features": ["sea_view"] },
            { "number": "0402", "features": ["sea_view", "quiet"] },
        ])).await;
        let free = async |query: &str| {
            let rooms = s.get(&format!("{HOUSE}/free-rooms?{query}")).await;
            rooms.as_array().unwrap().iter().map(|room| room["number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        // Those with little beside first.
        assert_eq!(free("room_type=DBL").await, ["0403", "0404", "0401", "0402"]);
        assert_eq!(free("room_type=DBL&features=sea_view").await, ["0401", "0402"]);
        assert_eq!(free("features=accessible").await, ["0401", "0501"]);
        assert_eq!(free("features=accessible,quiet").await, Vec::<String>::new());

        // Two rooms of one booking: the second is for a wheelchair, and comes late.
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        let room = body["rooms"][0].clone();
        body["rooms"].as_array_mut().unwrap().push(room);
        body["rooms"][1]["features"] = json!(["accessible", "accessible"]);
        body["rooms"][1]["arrival_minute"] = json!(25 * 60);
        let number = digits(&s.post("/api/v1/reservations", body.clone()).await);
        let shown = s.get(&format!("/api/v1/visits/{number}")).await["booking"]["rooms"][1].clone();
        assert_eq!((&shown["features"], &shown["arrival_minute"]), (&json!(["accessible"]), &json!(1_500)));
        let of = |state: &Value, line: usize| state["rooms"][line - 1]["room"].clone();
        let assigned = act(&s, &number, "assign-room", json!({ "line": 2, "room": "auto" })).await;
        assert_eq!(of(&assigned, 2), json!("0401"));
        act(&s, &number, "assign-room", json!({ "line": 2, "room": null })).await;
        assert_eq!(of(&act(&s, &number, "check-in", json!({ "line": 1, "room": "auto" })).await, 1), json!("0403"));
        assert_eq!(of(&act(&s, &number, "check-in", json!({ "line": 2, "room": "auto" })).await, 2), json!("0401"));
        // Undone: it is chosen again, not the upgrade that somebody names.
        act(&s, &number, "undo-check-in", json!({ "line": 2 })).await;
        act(&s, &number, "assign-room", json!({ "line": 2, "room": null })).await;
        // Somebody else takes the only such room by name.
        let taker = s.book("DBL", "2026-10-03", "2026-10-05").await;
        act(&s, &taker, "check-in", json!({ "room": "0401" })).await;
        for action in ["check-in", "assign-room"] {
            let (status, code, pointer) = refusal(&s, &format!("/api/v1/visits/{number}/{action}"), json!({ "line": 2, "room": "auto" })).await;
            assert_eq!((status, code.as_str(), pointer.as_str()), (409, "room_taken", "/room"), "{action}");
        }
        // The suite is accessible: an upgrade by name. Or nothing is asked for any more.
        let up = act(&s, &number, "check-in", json!({ "line": 2, "room": "0501" })).await;
        assert_eq!(of(&up, 2), json!("0501"));
        act(&s, &number, "undo-check-in", json!({ "line": 2 })).await;
        act(&s, &number, "assign-room", json!({ "line": 2, "room": null })).await;
        act(&s, &number, "wishes", json!({ "line": 2, "features": [] })).await;
        let shown = s.get(&format!("/api/v1/visits/{number}")).await["booking"]["rooms"][1].clone();
        assert_eq!((&shown["features"], &shown["arrival_minute"]), (&json!([]), &Value::Null));
        assert_eq!(of(&act(&s, &number, "assign-room", json!({ "line": 2, "room": "auto" })).await, 2), json!("0404"));
        // A room that leaves the booking takes its wishes along.
        act(&s, &number, "wishes", json!({ "line": 2, "features": ["sea_view"], "arrival_minute": 60 })).await;
        let split = digits(&act(&s, &number, "split-room", json!({ "line": 2 })).await["moved"]);
        assert_eq!(s.get(&format!("/api/v1/visits/{split}")).await["booking"]["rooms"][0]["features"], json!(["sea_view"]));

        // What no room of the type offers, what is no feature, what is no time.
        body["rooms"][1]["features"] = json!(["helipad"]);
        assert_eq!(refusal(&s, "/api/v1/reservations", body.clone()).await, (422, "invalid".into(), "/rooms/1/features".into()));
        body["rooms"][1]["features"] = json!(["sea view"]);
        assert_eq!(refusal(&s, "/api/v1/reservations", body.clone()).await.2, "/rooms/1/features/0");
        body["rooms"][1]["features"] = json!([]);
        body["rooms"][1]["arrival_minute"] = json!(1_800);
        assert_eq!(refusal(&s, "/api/v1/reservations", body).await.2, "/rooms/1/arrival_minute");
        let rooms = json!([{ "number": "0404", "features": ["accessible"] }]);
        let (status, answer) = s.send(Method::PUT, &format!("{HOUSE}/rooms"), Some(rooms), &[]).await;
        assert_eq!((status.as_u16(), &answer["pointer"]), (422, &json!("/0/features/0")));
        let (status, answer) = s.send(Method::GET, &format!("{HOUSE}/free-rooms?from=2026-10-01"), None, &[]).await;
        assert_eq!((status.as_u16(), &answer["parameter"]), (422, &json!("from")));
    }

    async fn breakfast_is_for_who_slept_here_and_for_tomorrow_also_for_who_comes_tonight(db: TestDb) {
        let s = Server::new(db).await;
        let stays = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let leaves = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let without = s.book("DBL", "2026-10-03", "2026-10-05").await;
        for number in [&stays, &leaves] {
            s.app.execute(hefu_app::Context::job("test"), Include { number: number.clone() }).await.unwrap();
        }
        let rooms = async |query: &str| {
            let list = s.get(&format!("{HOUSE}/lists/breakfast?{query}")).await;
            list["rows"].as_array().unwrap().iter().map(|row| row["room"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
        };
        // Nobody has slept here; tomorrow both have breakfast, arrived or not.
        act(&s, &stays, "check-in", json!({ "room": "0401" })).await;
        assert_eq!((rooms("").await, rooms("date=2026-10-04").await), (vec![], vec!["-".to_owned(), "0401".to_owned()]));
        act(&s, &leaves, "check-in", json!({ "room": "0402" })).await;
        act(&s, &without, "check-in", json!({ "room": "0403" })).await;
        audit(&s, HOUSE, "mark").await;
        let both = vec!["0401".to_owned(), "0402".to_owned()];
        assert_eq!((rooms("").await, rooms("date=2026-10-05").await), (both.clone(), vec!["0401".to_owned()]));
        // Who has left had breakfast.
        act(&s, &leaves, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(rooms("").await, both);
        // Whoever comes to share the room makes no second row of it: what is included was agreed for the room, as the kitchen counts it.
        act(&s, &stays, "share", json!({ "guest": person("李雷", "13800001111") })).await;
        assert_eq!((rooms("").await, rooms("date=2026-10-05").await), (both, vec!["0401".to_owned()]));
        let kitchen = s.get(&format!("{HOUSE}/kitchen?date=2026-10-05")).await["inclusions"].clone();
        let list = s.get(&format!("{HOUSE}/lists/breakfast?date=2026-10-05")).await["rows"].clone();
        assert_eq!((kitchen[0]["adults"].clone(), kitchen[0]["rooms"][0]["room"].clone()), (list[0]["adults"].clone(), list[0]["room"].clone()));
    }

    async fn the_lists_of_a_day_say_who_comes_is_here_leaves_and_owes(db: TestDb) {
        let s = Server::new(db).await;
        let list = async |list: &str, query: &str| s.get(&format!("{HOUSE}/lists/{list}?{query}")).await;
        let rooms = |list: &Value| {
            let row = |row: &Value| (row["room"].as_str().unwrap_or("-").to_owned(), row["desk_state"].as_str().unwrap_or("-").to_owned());
            list["rows"].as_array().unwrap().iter().map(row).collect::<Vec<_>>()
        };
        let is = |rows: &[(&str, &str)]| rows.iter().map(|(room, state)| ((*room).to_owned(), (*state).to_owned())).collect::<Vec<_>>();
        // Several rooms of one booking, one arrived; another party; somebody for tomorrow; a formula for a name.
        let party = [("DBL", "2026-10-03", "2026-10-05"), ("DBL", "2026-10-03", "2026-10-04")];
        let mut body = together(json!({ "profile": { "full_name": "=SUM(A1)", "nationality": "DEU", "phones": ["+4915112345678"] } }), &party);
        body["rooms"][1]["arrival_minute"] = json!(22 * 60 + 30);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let other = digits(&s.post("/api/v1/reservations", together(json!({ "profile": { "full_name": "王芳", "nationality": "CHN", "phones": ["13900001234"] } }), &[("STE", "2026-10-03", "2026-10-04")])).await);
        s.book("DBL", "2026-10-04", "2026-10-05").await;
        act(&s, &number, "check-in", json!({ "line": 1, "room": "0402" })).await;
        act(&s, &other, "assign-room", json!({ "room": "0501" })).await;
        assert_eq!(rooms(&list("arrivals", "").await), is(&[("-", "due_in"), ("0402", "in_house"), ("0501", "due_in")]));
        assert_eq!(rooms(&list("arrivals", "date=2026-10-04").await), is(&[("-", "expected")]));
        assert_eq!(rooms(&list("in_house", "").await), is(&[("0402", "in_house")]));
        act(&s, &other, "check-in", json!({ "accept_dirty": true })).await;
        act(&s, &other, "add-guest", json!({ "guest": { "profile": { "full_name": "李雷", "nationality": "CHN", "phones": ["13800001111"] } } })).await;
        let from = list("nationalities", "").await["nationalities"].clone();
        assert_eq!(from, json!([{ "nationality": "CHN", "guests": 2, "rooms": 1 }, { "nationality": "DEU", "guests": 1, "rooms": 1 }]));

        // Page by page, and the same as CSV in both languages: no formula, no cell that breaks its row.
        let first = list("arrivals", "limit=2").await;
        let rest = list("arrivals", &format!("limit=2&cursor={}", first["next"].as_str().unwrap())).await;
        assert_eq!((rooms(&first).len(), rooms(&rest), &rest["next"]), (2, is(&[("0501", "in_house")]), &Value::Null));
        let (status, csv) = s.text(&format!("{HOUSE}/lists/arrivals?format=csv")).await;
        assert_eq!(status.as_u16(), 200);
        let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
        assert!(lines[0].starts_with("房号,房型,客人,标记,确认号"), "{csv}");
        assert_eq!(lines.len(), 4, "{csv}");
        assert!(lines[1].contains(",'=SUM(A1),") && lines[1].contains(",今日预抵,22:30,"), "{csv}");
        assert!(lines[2].starts_with("0402,DBL,'=SUM(A1),") && lines[2].contains(",在住,"), "{csv}");
        for list in ["arrivals", "nationalities"] {
            let (status, kind, book) = s.bytes(&format!("{HOUSE}/lists/{list}?format=xlsx")).await;
            assert!(status.as_u16() == 200 && kind.ends_with("spreadsheetml.sheet") && book.starts_with(b"PK"), "{kind}");
        }

        // After the audit: who leaves, who did not come, who stayed on.
        audit(&s, HOUSE, "mark").await;
        assert_eq!(rooms(&list("no_shows", "date=2026-10-03").await).len(), 1);
        assert_eq!(rooms(&list("no_shows", "").await).len(), 0);
        assert_eq!(rooms(&list("departures", "").await), is(&[("0501", "due_out")]));
        assert_eq!(rooms(&list("departures", "date=2026-10-05").await), is(&[("-", "due_in"), ("0402", "in_house")]));
        act(&s, &other, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(rooms(&list("departures", "").await), is(&[("0501", "checked_out")]));
        let owes = list("unpaid", "").await;
        assert_eq!(rooms(&owes), is(&[("0501", "checked_out")]));
        assert_eq!(owes["rows"][0]["balance"], json!(932_80));
        // Undone, nobody has left; gone again, the same.
        act(&s, &other, "undo-check-out", json!({})).await;
        assert_eq!(rooms(&list("unpaid", "").await).len(), 0);
        assert_eq!(rooms(&list("departures", "").await), is(&[("0501", "due_out")]));
        // A no-show that a person marks is of the date on which it was to arrive.
        let late = s.book("DBL", "2026-10-04", "2026-10-06").await;
        act(&s, &late, "no-show", json!({})).await;
        assert_eq!(rooms(&list("no_shows", "").await).len(), 1);

        for (query, parameter) in [
            ("arrivals?date=2026-10-03", "date"), ("in_house?date=2026-10-05", "date"), ("nationalities?date=2026-10-03", "date"),
            ("breakfast?date=2026-10-06", "date"), ("unpaid?date=2026-10-03", "date"), ("departures?date=2026-10-01", "date"),
        ] {
            let (status, answer) = s.send(Method::GET, &format!("{HOUSE}/lists/{query}"), None, &[]).await;
            assert_eq!((status.as_u16(), &answer["parameter"]), (422, &json!(parameter)), "{query}");
        }
        let (status, _) = s.send(Method::GET, &format!("{HOUSE}/lists/everybody"), None, &[]).await;
        assert_eq!(status.as_u16(), 404);
    }
}
