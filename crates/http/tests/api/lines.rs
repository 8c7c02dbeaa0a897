//! Rooms of a booking by themselves: what each takes of what can be sold, what was agreed for it, and how it goes on when others of the booking
//! are elsewhere. Each test is named after its cell of situations: which rooms, when, and what changed. Both engines.

use crate::common::{Server, booking, digits};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn put(s: &Server, path: &str, body: Value) {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
}

async fn act(s: &Server, number: &str, action: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn refused(s: &Server, number: &str, action: &str, body: Value) -> (u16, String) {
    s.refused(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn audit(s: &Server) -> Value {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await
}

async fn visit(s: &Server, number: &str) -> Value {
    s.get(&format!("/api/v1/visits/{number}")).await
}

/// What is left to sell and what is sold beyond it, by night.
async fn left(s: &Server, room_type: &str, from: &str, to: &str) -> Vec<(i64, i64)> {
    let rows = s.get(&format!("{HOUSE}/availability?from={from}&to={to}")).await;
    let of_type = |row: &&Value| row["room_type"] == room_type;
    let counted = |row: &Value| (row["left"].as_i64().unwrap(), row["overbooked"].as_i64().unwrap());
    rows.as_array().unwrap().iter().filter(of_type).map(counted).collect()
}

async fn tonight(s: &Server) -> ((i64, i64), (i64, i64)) {
    let (from, to) = ("2026-10-03", "2026-10-04");
    (left(s, "DBL", from, to).await[0], left(s, "STE", from, to).await[0])
}

/// Books rooms of these types, plans and dates together.
async fn book(s: &Server, rooms: &[(&str, &str, &str, &str)]) -> String {
    digits(&s.post("/api/v1/reservations", together(rooms)).await)
}

fn together(rooms: &[(&str, &str, &str, &str)]) -> Value {
    let mut body = booking("DBL", "2026-10-03", "2026-10-04");
    let room = |&(kind, plan, arrival, departure): &(&str, &str, &str, &str)| json!({ "room_type": kind, "rate_plan": plan, "arrival": arrival, "departure": departure });
    body["rooms"] = rooms.iter().map(room).collect();
    body
}

/// Plans at 400.00 (free to cancel) and at 320.00 (never free), without fee and tax, and one at 300.00 that is free until 24 hours before.
async fn plans(s: &Server) {
    put(
        s,
        &format!("{HOUSE}/cancellation-policies/NONE"),
        json!({ "name": "不退", "name_en": "Non-refundable",
        "rules": [{ "within_hours": 100_000, "penalty": { "kind": "share", "value": 10_000 } }],
        "no_show": { "kind": "share", "value": 10_000 } }),
    )
    .await;
    for (code, policy, amount) in [("FREE", None, 400_00), ("NRF", Some("NONE"), 320_00)] {
        put(
            s,
            &format!("{HOUSE}/rate-plans/{code}"),
            json!({ "name": code, "name_en": code, "kind": "nightly", "policy": policy,
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": amount }] }),
        )
        .await;
    }
}

fn line(visit: &Value, line: i64) -> Value {
    let rooms = visit["rooms"].as_array().or_else(|| visit["booking"]["rooms"].as_array()).unwrap();
    rooms.iter().find(|room| room["line"] == line).unwrap().clone()
}

both_engines! {
    async fn upgrades_by_check_in_assignment_and_move_take_the_type_they_are_in(db: TestDb) {
        let s = Server::new(db).await;
        // By check-in.
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        assert_eq!(tonight(&s).await, ((3, 0), (1, 0)));
        act(&s, &number, "check-in", json!({ "room": "0501" })).await;
        assert_eq!(tonight(&s).await, ((4, 0), (0, 0)));
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-04", "2026-10-05")).await.1, "no_inventory");
        // Taken back, the room is set aside still.
        act(&s, &number, "undo-check-in", json!({})).await;
        assert_eq!(tonight(&s).await, ((4, 0), (0, 0)));
        act(&s, &number, "assign-room", json!({ "room": null })).await;
        assert_eq!(tonight(&s).await, ((3, 0), (1, 0)));
        // By assignment, also of nights to come.
        let later = s.book("DBL", "2026-10-10", "2026-10-12").await;
        act(&s, &later, "assign-room", json!({ "room": "0501" })).await;
        assert_eq!(left(&s, "STE", "2026-10-10", "2026-10-12").await, [(0, 0), (0, 0)]);
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [(4, 0), (4, 0)]);
        act(&s, &later, "cancel", json!({})).await;
        assert_eq!(left(&s, "STE", "2026-10-10", "2026-10-12").await, [(1, 0), (1, 0)]);
        // By a move, there and back; longer and shorter in the room it is in.
        act(&s, &number, "check-in", json!({ "room": "0401" })).await;
        act(&s, &number, "move", json!({ "room": "0501", "reason": "noise" })).await;
        assert_eq!(tonight(&s).await, ((4, 0), (0, 0)));
        act(&s, &number, "extend", json!({ "departure": "2026-10-06" })).await;
        assert_eq!(left(&s, "STE", "2026-10-05", "2026-10-06").await, [(0, 0)]);
        act(&s, &number, "early-departure", json!({ "departure": "2026-10-04" })).await;
        assert_eq!(left(&s, "STE", "2026-10-03", "2026-10-06").await, [(0, 0), (1, 0), (1, 0)]);
        act(&s, &number, "move", json!({ "room": "0402", "reason": "quiet again" })).await;
        assert_eq!(tonight(&s).await, ((3, 0), (1, 0)));
        act(&s, &number, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(tonight(&s).await, ((4, 0), (1, 0)));
        act(&s, &number, "undo-check-out", json!({})).await;
        assert_eq!(tonight(&s).await, ((3, 0), (1, 0)));
    }

    async fn the_only_suite_of_a_sold_out_type_is_given_away_by_nobody_unless_somebody_wants_it_and_says_why(db: TestDb) {
        let s = Server::new(db).await;
        s.book("STE", "2026-10-03", "2026-10-04").await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        for (action, body) in [
            ("check-in", json!({ "room": "0501" })),
            ("assign-room", json!({ "room": "0501" })),
        ] {
            assert_eq!(refused(&s, &number, action, body.clone()).await, (409, "no_inventory".into()), "{action}");
            let mut wanted = body;
            wanted["oversell"] = json!(true);
            assert_eq!(refused(&s, &number, action, wanted).await, (422, "invalid".into()), "{action} without a reason");
        }
        act(&s, &number, "check-in", json!({ "room": "0501", "oversell": true, "reason": "the boss's friend" })).await;
        assert_eq!(tonight(&s).await, ((4, 0), (0, 1)));
        let board = s.get(&format!("{HOUSE}/today")).await;
        assert_eq!(board["overbooked"], json!([{ "room_type": "STE", "capacity": 1, "sold": 2 }]));
        let mut third = booking("STE", "2026-10-03", "2026-10-04");
        assert_eq!(s.refused("/api/v1/reservations", third.clone()).await.1, "no_inventory");
        third["oversell"] = json!(true);
        third["reason"] = json!("somebody always cancels");
        let third = digits(&s.post("/api/v1/reservations", third).await);
        assert_eq!(tonight(&s).await.1, (0, 2));
        // Who leaves makes room for nobody before there is room.
        act(&s, &third, "cancel", json!({ "waive_penalty": true })).await;
        act(&s, &number, "move", json!({ "room": "0401", "reason": "the suite is wanted" })).await;
        assert_eq!(tonight(&s).await, ((3, 0), (0, 0)));
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-03", "2026-10-04")).await.1, "no_inventory");
    }

    async fn a_manager_lets_more_be_sold_on_some_dates(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{HOUSE}/room-types/STE/overbooking"), json!({ "from": "2026-10-04", "until": "2026-10-05", "beyond": 1 })).await;
        assert_eq!(left(&s, "STE", "2026-10-03", "2026-10-06").await, [(1, 0), (2, 0), (1, 0)]);
        s.book("STE", "2026-10-04", "2026-10-05").await;
        s.book("STE", "2026-10-04", "2026-10-05").await;
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-04", "2026-10-05")).await.1, "no_inventory");
        // What is sold stays sold when the limit is taken back.
        put(&s, &format!("{HOUSE}/room-types/STE/overbooking"), json!({ "from": "2026-10-04", "until": "2026-10-05", "beyond": 0 })).await;
        assert_eq!(left(&s, "STE", "2026-10-04", "2026-10-05").await, [(0, 1)]);
    }

    async fn a_burst_pipe_in_a_sold_out_type_is_recorded_and_whoever_had_the_room_gets_another(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("STE", "2026-10-05", "2026-10-06").await;
        act(&s, &number, "assign-room", json!({ "room": "0501" })).await;
        let period = json!({ "from": "2026-10-05", "until": "2026-10-07", "reason": "burst pipe" });
        s.post(&format!("{HOUSE}/rooms/0501/out-of-order"), period).await;
        assert_eq!(left(&s, "STE", "2026-10-05", "2026-10-07").await, [(0, 1), (0, 0)]);
        assert_eq!(line(&visit(&s, &number).await, 1)["room_number"], Value::Null);
        s.post(&format!("{HOUSE}/rooms/0501/back-in-order"), json!({ "from": "2026-10-05", "until": "2026-10-07" })).await;
        assert_eq!(left(&s, "STE", "2026-10-05", "2026-10-07").await, [(0, 0), (1, 0)]);
        act(&s, &number, "assign-room", json!({ "room": "0501" })).await;
    }

    async fn a_room_that_becomes_another_type_takes_those_who_have_it_along(db: TestDb) {
        let s = Server::new(db).await;
        let here = s.book("DBL", "2026-10-03", "2026-10-05").await;
        act(&s, &here, "check-in", json!({ "room": "0404" })).await;
        let comes = s.book("DBL", "2026-10-05", "2026-10-06").await;
        act(&s, &comes, "assign-room", json!({ "room": "0404" })).await;
        put(&s, &format!("{HOUSE}/rooms"), json!([{ "number": "0404", "room_type": "STE" }])).await;
        assert_eq!(left(&s, "STE", "2026-10-03", "2026-10-07").await, [(1, 0), (1, 0), (1, 0), (2, 0)]);
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-07").await, [(3, 0), (3, 0), (3, 0), (3, 0)]);
        act(&s, &here, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(left(&s, "STE", "2026-10-03", "2026-10-05").await, [(2, 0), (2, 0)]);
        // A type that is sold out gives no room away.
        for _ in 0..3 {
            s.book("DBL", "2026-10-08", "2026-10-09").await;
        }
        let rooms = json!([{ "number": "0401", "room_type": "STE" }]);
        let (status, answer) = s.send(Method::PUT, &format!("{HOUSE}/rooms"), Some(rooms), &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (409, Some("no_inventory")));
    }

    async fn several_rooms_one_in_house_the_other_is_cancelled_reinstated_changed_and_not_come_to(db: TestDb) {
        let s = Server::new(db).await;
        let number = book(&s, &[("DBL", "BAR", "2026-10-03", "2026-10-05"), ("STE", "BAR", "2026-10-03", "2026-10-05")]).await;
        act(&s, &number, "check-in", json!({ "line": 1 })).await;
        let preview = act(&s, &number, "cancel", json!({ "line": 2, "preview": true })).await;
        assert_eq!((preview["preview"]["cancellation"].as_i64(), line(&preview, 2)["state"].as_str()), (Some(800_00), Some("reserved")));
        let off = act(&s, &number, "cancel", json!({ "line": 2, "reason": "one suffices" })).await;
        assert_eq!((off["state"].as_str(), off["penalty"].as_i64()), (Some("reserved"), Some(800_00)));
        assert_eq!((line(&off, 2)["state"].as_str(), line(&off, 2)["penalty"].as_i64(), line(&off, 1)["stay"].as_str()),
            (Some("cancelled"), Some(800_00), Some("in_house")));
        assert_eq!(tonight(&s).await, ((3, 0), (1, 0)));
        assert_eq!(refused(&s, &number, "cancel", json!({ "line": 1 })).await.1, "wrong_state");
        let back = act(&s, &number, "reinstate", json!({ "line": 2 })).await;
        assert_eq!((line(&back, 2)["state"].as_str(), back["penalty"].as_i64()), (Some("reserved"), Some(0)));
        // The one that waits is changed, the one in house stays as it is.
        let before = line(&visit(&s, &number).await, 1);
        let changed = act(&s, &number, "change", json!({ "rooms": [{ "line": 2, "departure": "2026-10-06" }] })).await;
        assert_eq!(line(&changed, 2)["departure"], "2026-10-06");
        assert_eq!(line(&visit(&s, &number).await, 1), before);
        assert_eq!(refused(&s, &number, "change", json!({ "rooms": [{ "line": 1, "adults": 2 }] })).await.1, "wrong_state");
        // Nobody named: the one that allows it.
        let missed = act(&s, &number, "no-show", json!({})).await;
        assert_eq!((line(&missed, 2)["state"].as_str(), missed["penalty"].as_i64()), (Some("no_show"), Some(2_400_00)));
        act(&s, &number, "reinstate", json!({})).await;
        act(&s, &number, "check-in", json!({ "line": 2 })).await;
        let gone = act(&s, &number, "check-out", json!({ "line": 1, "allow_balance": true })).await;
        assert_eq!((line(&gone, 1)["stay"].as_str(), line(&gone, 2)["stay"].as_str()), (Some("checked_out"), Some("in_house")));
    }

    async fn several_rooms_before_arrival_each_goes_by_its_own_policy(db: TestDb) {
        let s = Server::new(db).await;
        plans(&s).await;
        let number = book(&s, &[("DBL", "FREE", "2026-11-03", "2026-11-05"), ("DBL", "NRF", "2026-11-03", "2026-11-05")]).await;
        let first = act(&s, &number, "cancel", json!({ "line": 1 })).await;
        assert_eq!((first["penalty"].as_i64(), first["state"].as_str()), (Some(0), Some("reserved")));
        let second = act(&s, &number, "cancel", json!({ "line": 2 })).await;
        assert_eq!((second["penalty"].as_i64(), second["state"].as_str()), (Some(640_00), Some("cancelled")));
        let other = book(&s, &[("DBL", "FREE", "2026-11-03", "2026-11-05"), ("DBL", "NRF", "2026-11-03", "2026-11-05")]).await;
        assert_eq!(act(&s, &other, "cancel", json!({})).await["penalty"], 640_00);
    }

    async fn several_rooms_one_in_house_one_is_added_one_split_off_and_one_moved_to_another_booking(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = together(&[("DBL", "BAR", "2026-10-03", "2026-10-05"), ("DBL", "BAR", "2026-10-04", "2026-10-05")]);
        body["deposits"] = json!([{ "due": "2026-10-03", "amount": 100_00 }]);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        act(&s, &number, "check-in", json!({ "line": 1 })).await;
        act(&s, &number, "assign-room", json!({ "line": 2, "room": "0403" })).await;
        let added = act(&s, &number, "add-room", json!({ "room": { "room_type": "STE", "rate_plan": "BAR",
            "arrival": "2026-10-04", "departure": "2026-10-06" } })).await;
        assert_eq!((line(&added, 3)["state"].as_str(), line(&added, 3)["departure"].as_str()), (Some("reserved"), Some("2026-10-06")));
        let sold = async || (left(&s, "DBL", "2026-10-03", "2026-10-06").await, left(&s, "STE", "2026-10-03", "2026-10-06").await);
        let before = sold().await;
        let split = act(&s, &number, "split-room", json!({ "line": 2, "reason": "pays alone" })).await;
        assert_eq!((split["rooms"].as_array().unwrap().len(), split["moved"]["deposits_left"].as_i64()), (2, Some(100_00)));
        let alone = digits(&split["moved"]);
        assert_ne!(alone, number);
        let own = visit(&s, &alone).await;
        assert_eq!((own["booking"]["rooms"].as_array().unwrap().len(), own["booking"]["rooms"][0]["room_number"].as_str()), (1, Some("0403")));
        assert_eq!(own["booking"]["rooms"][0]["prices"], json!([300_00]));
        // The suite goes to it, and from there nothing else can.
        let moved = act(&s, &number, "move-room", json!({ "line": 3, "to": alone })).await;
        assert_eq!((digits(&moved["moved"]), moved["moved"]["line"].as_i64()), (alone.clone(), Some(2)));
        assert_eq!(refused(&s, &number, "move-room", json!({ "line": 1, "to": alone })).await.1, "wrong_state");
        let own = visit(&s, &alone).await;
        assert_eq!(own["booking"]["reservation"]["departure"], "2026-10-06");
        assert_eq!(sold().await, before, "what is sold is what was sold");
        let only = s.book("DBL", "2026-10-10", "2026-10-11").await;
        assert_eq!(refused(&s, &only, "split-room", json!({ "line": 1 })).await.1, "wrong_state");
        assert_eq!(refused(&s, &only, "move-room", json!({ "line": 1, "to": only })).await.1, "invalid");
        act(&s, &alone, "cancel", json!({ "line": 1 })).await;
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-05").await, [(3, 0)]);
        // A line of its own is found under its number and checked in there.
        audit(&s).await;
        act(&s, &alone, "check-in", json!({ "line": 2, "accept_early": true })).await;
    }

    async fn several_rooms_before_arrival_what_was_noted_of_one_goes_with_it_and_whom_it_is_for(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, "/api/v1/companies/ACME", json!({ "name": "Acme (invented)" })).await;
        put(&s, "/api/v1/companies/TRIP", json!({ "name": "Trip (invented)", "kind": "agent" })).await;
        let stay = ("DBL", "BAR", "2026-10-03", "2026-10-05");
        let number = book(&s, &[stay, stay, stay]).await;
        act(&s, &number, "companies", json!({ "company": "ACME", "agent": "TRIP" })).await;
        for (line, text) in [(json!(1), "航班 MU5123"), (json!(2), "航班 CA1857"), (json!(3), "航班 HU7605"), (Value::Null, "同层")] {
            act(&s, &number, "notes", json!({ "kind": "note", "text": text, "line": line })).await;
        }
        act(&s, &number, "notes", json!({ "kind": "trace", "text": "加床", "department": "housekeeping", "line": 2 })).await;
        act(&s, &number, "wake-ups", json!({ "line": 2, "date": "2026-10-04", "minute": 390 })).await;
        act(&s, &number, "wake-ups", json!({ "line": 1, "date": "2026-10-04", "minute": 400 })).await;
        let alone = digits(&act(&s, &number, "split-room", json!({ "line": 2 })).await["moved"]);
        act(&s, &number, "move-room", json!({ "line": 3, "to": alone })).await;
        let notes = async |number: &str| -> Vec<(Value, String)> {
            let notes = s.get(&format!("/api/v1/visits/{number}/notes")).await;
            let note = |note: &Value| (note["line"].clone(), note["text"].as_str().unwrap().to_owned());
            let mut notes: Vec<_> = notes.as_array().unwrap().iter().map(note).collect();
            notes.sort_by_key(|(line, text)| (line.as_i64(), text.clone()));
            notes
        };
        let of = |line: Value, text: &str| (line, text.to_owned());
        assert_eq!(notes(&number).await, [of(Value::Null, "同层"), of(json!(1), "航班 MU5123")]);
        assert_eq!(notes(&alone).await, [of(json!(1), "加床"), of(json!(1), "航班 CA1857"), of(json!(2), "航班 HU7605")]);
        // A number in them leads to where they are now, and what is to be done is done there.
        for (flight, to) in [("MU5123", &number), ("CA1857", &alone), ("HU7605", &alone)] {
            let found = s.get(&format!("/api/v1/search?q={flight}")).await["visits"].clone();
            assert_eq!(found.as_array().unwrap().iter().map(digits).collect::<Vec<_>>(), std::slice::from_ref(to), "{flight}");
        }
        let traces = s.get(&format!("{HOUSE}/traces")).await;
        assert_eq!(traces["items"].as_array().unwrap().iter().map(digits).collect::<Vec<_>>(), std::slice::from_ref(&alone));
        act(&s, &alone, "finish-note", json!({ "note_id": traces["items"][0]["note"]["id"] })).await;
        let calls = s.get(&format!("{HOUSE}/wake-ups?date=2026-10-04")).await;
        let call = |call: &Value| (digits(call), call["line"].as_i64().unwrap(), call["state"].as_str().unwrap().to_owned());
        let calls: Vec<_> = calls.as_array().unwrap().iter().map(call).collect();
        assert_eq!(calls, [(alone.clone(), 1, "open".to_owned()), (number.clone(), 1, "open".to_owned())]);
        // It is still for the company, and the agent has booked it.
        let companies = async |number: &str| visit(&s, number).await["booking"]["companies"].clone();
        assert_eq!(companies(&alone).await.as_array().unwrap().len(), 2);
        assert_eq!(companies(&alone).await, companies(&number).await);
    }

    async fn several_rooms_one_called_off_stays_with_its_penalty_and_is_reinstated_there(db: TestDb) {
        let s = Server::new(db).await;
        plans(&s).await;
        let room = ("DBL", "NRF", "2026-10-03", "2026-10-05");
        let number = book(&s, &[room, room]).await;
        let other = s.book("DBL", "2026-10-03", "2026-10-05").await;
        act(&s, &number, "cancel", json!({ "line": 2 })).await;
        let owed = async || visit(&s, &number).await["consumption"]["balance"].as_i64().unwrap();
        assert!(owed().await >= 640_00);
        for (action, body) in [("split-room", json!({ "line": 2 })), ("move-room", json!({ "line": 2, "to": other }))] {
            assert_eq!(refused(&s, &number, action, body).await, (409, "wrong_state".into()), "{action}");
        }
        act(&s, &number, "reinstate", json!({ "line": 2 })).await;
        assert_eq!(owed().await, 0);
        let alone = digits(&act(&s, &number, "split-room", json!({ "line": 2 })).await["moved"]);
        assert_eq!((owed().await, visit(&s, &alone).await["consumption"]["balance"].as_i64()), (0, Some(0)));
    }

    async fn several_rooms_some_not_come_are_no_shows_by_the_audit_line_by_line(db: TestDb) {
        let s = Server::new(db).await;
        let number = book(&s, &[("DBL", "BAR", "2026-10-03", "2026-10-05"), ("DBL", "BAR", "2026-10-03", "2026-10-05"),
            ("DBL", "BAR", "2026-10-04", "2026-10-05")]).await;
        act(&s, &number, "check-in", json!({ "line": 1 })).await;
        let done = audit(&s).await;
        assert_eq!((done["no_shows"].as_i64(), done["rooms_charged"].as_i64()), (Some(1), Some(1)));
        assert_eq!(digits(&json!({ "number": done["no_show_numbers"][0] })), number);
        let view = visit(&s, &number).await;
        let states: Vec<String> = (1..=3).map(|n| line(&view, n)["state"].as_str().unwrap().to_owned()).collect();
        assert_eq!(states, ["reserved", "no_show", "reserved"]);
        assert_eq!((&line(&view, 2)["desk_state"], &line(&view, 3)["desk_state"]), (&Value::Null, &json!("due_in")));
        let board = s.get(&format!("{HOUSE}/today")).await;
        assert_eq!((board["arrivals_count"].as_i64(), board["arrivals"][0]["line"].as_i64()), (Some(1), Some(3)));
        assert_eq!(audit(&s).await["no_shows"], 1);
        assert_eq!(s.get(&format!("{HOUSE}/today")).await["arrivals_count"], 0);
    }

    async fn waitlisted_and_requested_rooms_hold_no_room_and_no_counter(db: TestDb) {
        let s = Server::new(db).await;
        for state in ["waitlisted", "requested"] {
            let mut body = booking("STE", "2026-10-04", "2026-10-06");
            body["state"] = json!(state);
            body["rooms"][0]["room"] = json!("0501");
            let waits = s.post("/api/v1/reservations", body).await;
            assert_eq!((line(&waits, 1)["room"].clone(), waits["state"].as_str()), (Value::Null, Some(state)));
            let number = digits(&waits);
            assert_eq!(left(&s, "STE", "2026-10-04", "2026-10-06").await, [(1, 0), (1, 0)]);
            assert_eq!(refused(&s, &number, "assign-room", json!({ "room": "0501" })).await, (409, "wrong_state".into()));
            assert_eq!(refused(&s, &number, "change", json!({ "rooms": [{ "line": 1, "room": "0501" }] })).await, (409, "wrong_state".into()));
            assert_eq!(act(&s, &number, "cancel", json!({ "preview": true })).await["preview"]["cancellation"], 0);
            act(&s, &number, "confirm", json!({})).await;
            assert_eq!(left(&s, "STE", "2026-10-04", "2026-10-06").await, [(0, 0), (0, 0)]);
            act(&s, &number, "assign-room", json!({ "room": "0501" })).await;
            act(&s, &number, "cancel", json!({})).await;
        }
    }

    async fn a_plan_changed_before_arrival_escapes_neither_penalty(db: TestDb) {
        let s = Server::new(db).await;
        plans(&s).await;
        for (from, to, total, total_after, now) in
            [("FREE", "NRF", 800_00, 640_00, 0), ("NRF", "FREE", 640_00, 800_00, 640_00)]
        {
            let number = book(&s, &[("DBL", from, "2026-11-03", "2026-11-05")]).await;
            let change = json!({ "rooms": [{ "line": 1, "rate_plan": to }], "preview": true });
            let preview = act(&s, &number, "change", change).await["preview"].clone();
            assert_eq!((preview["total"].as_i64(), preview["total_after"].as_i64()), (Some(total), Some(total_after)));
            assert_eq!((preview["cancellation"].as_i64(), preview["cancellation_after"].as_i64()), (Some(now), Some(640_00)));
            let view = visit(&s, &number).await;
            assert_eq!((view["booking"]["promised"].as_i64(), view["booking"]["versions"].as_array().unwrap().len()), (Some(total), 0));
            act(&s, &number, "change", json!({ "rooms": [{ "line": 1, "rate_plan": to }] })).await;
            assert_eq!(visit(&s, &number).await["booking"]["promised"], total_after);
            assert_eq!(act(&s, &number, "cancel", json!({})).await["penalty"], 640_00, "{from} to {to}");
        }
        // Nor do other dates: 22 hours before arrival a night is owed, wherever the booking goes.
        let number = s.book("DBL", "2026-10-04", "2026-10-05").await;
        act(&s, &number, "change", json!({ "rooms": [{ "line": 1, "arrival": "2026-12-04", "departure": "2026-12-05" }] })).await;
        assert_eq!(act(&s, &number, "cancel", json!({})).await["penalty"], 300_00);
    }

    async fn what_was_agreed_stays_agreed_when_plan_price_and_policy_are_edited(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let waits = s.book("DBL", "2026-11-03", "2026-11-05").await;
        let before = line(&visit(&s, &number).await, 1);
        put(&s, &format!("{HOUSE}/cancellation-policies/FLEX"), json!({ "name": "严", "name_en": "Strict",
            "rules": [{ "within_hours": 100_000, "penalty": { "kind": "share", "value": 10_000 } }], "no_show": { "kind": "free" } })).await;
        put(&s, &format!("{HOUSE}/rate-plans/BAR"), json!({ "name": "改", "name_en": "Edited", "kind": "nightly", "tax": 1300, "service_fee": 0,
            "inclusive": true, "policy": "", "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 900_00 }] })).await;
        assert_eq!(line(&visit(&s, &number).await, 1), before);
        assert_eq!(before["total"], 2 * 349_80);
        // Cancelled, not come to and billed as agreed.
        assert_eq!(act(&s, &waits, "cancel", json!({ "preview": true })).await["preview"]["cancellation"], 0);
        act(&s, &number, "check-in", json!({})).await;
        audit(&s).await;
        let bill = visit(&s, &number).await["consumption"].clone();
        assert_eq!(bill["charged"], 349_80);
        // Another night has the plan's present price, and the fee and tax that were agreed.
        act(&s, &number, "extend", json!({ "departure": "2026-10-06" })).await;
        let room = line(&visit(&s, &number).await, 1);
        assert_eq!((&room["prices"], room["total"].as_i64()), (&json!([300_00, 300_00, 900_00]), Some(3 * 349_80 + 2 * 349_80)));
        // What is sold now is sold as it is now.
        let new = s.book("DBL", "2026-11-10", "2026-11-11").await;
        let room = line(&visit(&s, &new).await, 1);
        assert_eq!((room["total"].as_i64(), room["terms"]["tax"].as_i64(), room["terms"]["policy"].clone()), (Some(900_00), Some(1300), Value::Null));
    }

    async fn a_price_put_alone_changes_nothing_else_of_the_plan(db: TestDb) {
        let s = Server::new(db).await;
        let path = format!("{HOUSE}/rate-plans/BAR");
        let before = s.get(&path).await;
        put(&s, &path, json!({ "rates": [{ "room_type": "DBL", "valid_from": "2026-12-24", "amount": 900_00 }] })).await;
        let after = s.get(&path).await;
        for field in ["name", "name_en", "kind", "tax", "service_fee", "inclusive", "policy"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        let prices: Vec<(&str, &str, i64)> = after["rates"].as_array().unwrap().iter()
            .map(|rate| (rate["room_type"].as_str().unwrap(), rate["valid_from"].as_str().unwrap(), rate["amount"].as_i64().unwrap())).collect();
        assert_eq!(prices.len(), 3);
        assert!(prices.contains(&("DBL", "2026-12-24", 900_00)) && prices.contains(&("DBL", "2026-01-01", 300_00)), "{prices:?}");
        put(&s, &format!("{HOUSE}/rooms"), json!([{ "number": "0501", "room_type": "STE" }])).await;
        let house = s.get(HOUSE).await;
        let room = house["rooms"].as_array().unwrap().iter().find(|room| room["number"] == "0501").unwrap();
        assert_eq!((&room["floor"], &room["accessible"]), (&json!("5"), &json!(true)));
        put(&s, &format!("{HOUSE}/cancellation-policies/FLEX"), json!({ "no_show": { "kind": "free" } })).await;
        let house = s.get(HOUSE).await;
        assert_eq!(house["policies"][0]["rules"].as_array().unwrap().len(), 1);
        let (status, answer) = s.send(Method::PUT, &format!("{HOUSE}/rate-plans/NEW"), Some(json!({ "name": "新", "name_en": "New" })), &[]).await;
        assert_eq!((status.as_u16(), answer["pointer"].as_str()), (422, Some("/kind")));
    }

    async fn a_change_changes_what_is_given_and_nothing_else(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-10", "2026-10-12");
        body["rooms"][0]["prices"] = json!([250_00, 260_00]);
        body["rooms"][0]["room"] = json!("0402");
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let at = async |what: Value| { act(&s, &number, "change", json!({ "rooms": [what] })).await; line(&visit(&s, &number).await, 1) };
        // Number of people.
        let room = at(json!({ "line": 1, "adults": 2 })).await;
        assert_eq!((&room["prices"], &room["room_number"], room["adults"].as_i64()), (&json!([250_00, 260_00]), &json!("0402"), Some(2)));
        // Dates: nights that stay keep their price, others get the plan's.
        let room = at(json!({ "line": 1, "arrival": "2026-10-11", "departure": "2026-10-14" })).await;
        assert_eq!((&room["prices"], &room["room_number"]), (&json!([260_00, 300_00, 300_00]), &json!("0402")));
        let room = at(json!({ "line": 1, "departure": "2026-10-12" })).await;
        assert_eq!(room["prices"], json!([260_00]));
        // The plan that it has is no change, another type is.
        let room = at(json!({ "line": 1, "rate_plan": "BAR" })).await;
        assert_eq!(room["prices"], json!([260_00]));
        let room = at(json!({ "line": 1, "room_type": "STE" })).await;
        assert_eq!((&room["prices"], &room["room_number"], &room["terms"]["plan"]), (&json!([800_00]), &Value::Null, &json!("BAR")));
        let room = at(json!({ "line": 1, "room": "auto" })).await;
        assert_eq!(room["room_number"], "0501");
        let room = at(json!({ "line": 1, "room": "" })).await;
        assert_eq!(room["room_number"], Value::Null);
        let twice = json!({ "rooms": [{ "line": 1, "adults": 1 }, { "line": 1, "children": 1 }] });
        assert_eq!(refused(&s, &number, "change", twice).await.1, "invalid");
        assert_eq!(refused(&s, &number, "change", json!({ "rooms": [{ "line": 2 }] })).await.1, "not_found");
    }

    async fn a_room_too_small_is_not_assigned(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("STE", "2026-10-10", "2026-10-12");
        body["rooms"][0]["adults"] = json!(3);
        let number = digits(&s.post("/api/v1/reservations", body.clone()).await);
        assert_eq!(refused(&s, &number, "assign-room", json!({ "room": "0401" })).await.1, "too_many_people");
        assert_eq!(refused(&s, &number, "change", json!({ "rooms": [{ "line": 1, "room": "0401" }] })).await.1, "too_many_people");
        act(&s, &number, "cancel", json!({})).await;
        body["rooms"][0]["room"] = json!("0401");
        assert_eq!(s.refused("/api/v1/reservations", body).await.1, "too_many_people");
        let other = s.book("DBL", "2026-10-10", "2026-10-12").await;
        act(&s, &other, "assign-room", json!({ "room": "0401" })).await;
        assert_eq!(refused(&s, &other, "change", json!({ "rooms": [{ "line": 1, "adults": 3 }] })).await.1, "too_many_people");
    }

    async fn one_night_after_midnight_before_the_audit_is_an_arrival_like_any_other(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        s.db.clock.set("2026-10-03T17:30:00Z".parse().unwrap()); // 01:30 in Shanghai
        act(&s, &number, "check-in", json!({})).await;
        assert_eq!(tonight(&s).await.0, (3, 0));
        assert_eq!(audit(&s).await["rooms_charged"], 1);
        assert_eq!(visit(&s, &number).await["consumption"]["charged"], 349_80);
    }

    async fn one_night_after_the_audit_the_guest_comes_for_the_night_that_was_sold(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        s.db.clock.set("2026-10-03T19:30:00Z".parse().unwrap()); // 03:30 in Shanghai
        assert_eq!(audit(&s).await["no_shows"], 1);
        let back = act(&s, &number, "reinstate", json!({ "reason": "flight delayed" })).await;
        assert_eq!((back["state"].as_str(), back["penalty"].as_i64()), (Some("reserved"), Some(0)));
        let dbl = async || left(&s, "DBL", "2026-10-04", "2026-10-05").await[0];
        assert_eq!(dbl().await, (4, 0), "the night is over, tonight is for others");
        let here = act(&s, &number, "check-in", json!({})).await;
        assert_eq!((line(&here, 1)["stay"].as_str(), here["balance"].as_i64()), (Some("in_house"), Some(349_80)));
        assert_eq!(dbl().await, (4, 0));
        let view = visit(&s, &number).await;
        assert_eq!((&view["stay"][0]["arrival"], &view["stay"][0]["desk_state"]), (&json!("2026-10-03"), &json!("due_out")));
        // Behind what not coming cost, which was taken back.
        let charge = &view["consumption"]["postings"][2];
        assert_eq!((&charge["code"], &charge["night"], &charge["business_date"]), (&json!("ROOM"), &json!("2026-10-03"), &json!("2026-10-04")));
        // Taken back once the night is reversed, and again.
        assert_eq!(refused(&s, &number, "undo-check-in", json!({})).await.1, "wrong_state");
        act(&s, &number, "reversals", json!({ "posting_id": charge["id"], "reason": "wrong guest" })).await;
        act(&s, &number, "undo-check-in", json!({})).await;
        act(&s, &number, "check-in", json!({})).await;
        let gone = act(&s, &number, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(gone["balance"], 349_80);
        assert_eq!(audit(&s).await["no_shows"], 0);
        // Who is reinstated and does not come either is not due in for ever.
        let other = s.book("DBL", "2026-10-05", "2026-10-06").await;
        assert_eq!(audit(&s).await["no_shows"], 1);
        act(&s, &other, "reinstate", json!({})).await;
        assert_eq!(audit(&s).await["no_shows"], 1);
        assert_eq!(refused(&s, &other, "reinstate", json!({})).await.1, "bad_dates");
    }

    async fn several_nights_after_the_audit_the_guest_says_for_which_night_he_comes(db: TestDb) {
        let s = Server::new(db).await;
        let for_last = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let for_tonight = s.book("DBL", "2026-10-03", "2026-10-05").await;
        assert_eq!(audit(&s).await["no_shows"], 2);
        s.db.clock.set("2026-10-03T20:00:00Z".parse().unwrap()); // 04:00 in Shanghai
        for (number, first) in [(&for_last, "2026-10-03"), (&for_tonight, "2026-10-04")] {
            act(&s, number, "reinstate", json!({})).await;
            act(&s, number, "check-in", json!({ "first_night": first })).await;
        }
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-05").await, [(2, 0)]);
        assert_eq!(audit(&s).await["rooms_charged"], 2);
        let charged = async |number: &str| visit(&s, number).await["consumption"]["charged"].clone();
        assert_eq!((charged(&for_last).await, charged(&for_tonight).await), (json!(2 * 349_80), json!(349_80)));
    }

    async fn three_nights_after_the_audit_of_the_first_the_room_says_which_are_charged(db: TestDb) {
        let s = Server::new(db).await;
        plans(&s).await;
        // Not coming costs nothing under the one plan, and everything under the other; the desk may say otherwise.
        let cases: [(&str, Option<&str>, i64, i64); 4] = [
            ("FREE", None, 2, 400_00),
            ("FREE", Some("2026-10-03"), 3, 400_00),
            ("NRF", None, 3, 320_00),
            ("NRF", Some("2026-10-04"), 2, 320_00),
        ];
        let mut numbers = Vec::new();
        for (plan, ..) in cases {
            numbers.push(book(&s, &[("DBL", plan, "2026-10-03", "2026-10-06")]).await);
        }
        s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "keep" })).await;
        for ((_, first, nights, price), number) in cases.iter().zip(&numbers) {
            let arrival = if *nights == 3 { "2026-10-03" } else { "2026-10-04" };
            for wrong in ["2026-10-02", "2026-10-05"] {
                assert_eq!(refused(&s, number, "check-in", json!({ "first_night": wrong })).await, (422, "bad_dates".into()));
            }
            // Shown before: by who asks, and of who says nothing on the record.
            let told = act(&s, number, "check-in", json!({ "first_night": first, "preview": true })).await;
            let sums = ["total", "total_after"].map(|field| told["preview"][field].as_i64());
            assert_eq!(sums, [Some(3 * price), Some(nights * price)], "{told}");
            assert_eq!(told["preview"]["rooms"][0]["nights"][0]["date"], arrival);
            assert_eq!(line(&told, 1)["stay"], Value::Null, "nothing was changed");
            if first.is_none() {
                assert_eq!(visit(&s, number).await["consumption"]["at_check_out"], nights * price);
            }
            act(&s, number, "check-in", json!({ "first_night": first })).await;
            let view = visit(&s, number).await;
            let room = line(&view, 1);
            assert_eq!((room["total"].as_i64(), room["prices"].as_array().map(Vec::len)), (Some(nights * price), Some(*nights as usize)));
            assert_eq!(view["consumption"]["at_check_out"], room["total"]);
            let arrivals = [&room["arrival"], &view["stay"][0]["arrival"], &view["booking"]["reservation"]["arrival"]];
            assert_eq!(arrivals, [&json!(arrival); 3]);
        }
        // Taken back, all that was sold is sold again, and can be come for again.
        act(&s, &numbers[0], "undo-check-in", json!({ "reason": "the wrong guest" })).await;
        let view = visit(&s, &numbers[0]).await;
        let room = line(&view, 1);
        assert_eq!((&room["arrival"], &room["prices"]), (&json!("2026-10-03"), &json!([400_00, 400_00, 400_00])));
        let entry = view["journal"].as_array().unwrap().last().unwrap();
        assert_eq!((&entry["action"], &entry["reason"]), (&json!("stay.undo_check_in"), &json!("the wrong guest")));
        act(&s, &numbers[0], "check-in", json!({})).await;
        assert_eq!(refused(&s, &numbers[1], "undo-check-in", json!({})).await, (409, "wrong_state".into()), "a night is charged");
        // What the rooms come to is what is billed.
        audit(&s).await;
        audit(&s).await;
        for ((_, _, nights, price), number) in cases.iter().zip(&numbers) {
            let view = visit(&s, number).await;
            assert_eq!((&view["consumption"]["charged"], &line(&view, 1)["total"]), (&json!(nights * price), &json!(nights * price)));
            assert_eq!(view["differences"], json!([]));
        }
    }

    async fn overstayed_the_room_is_not_for_sale_until_it_is_left(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("STE", "2026-10-03", "2026-10-04").await;
        act(&s, &number, "check-in", json!({})).await;
        let comes = s.book("STE", "2026-10-05", "2026-10-06").await;
        act(&s, &comes, "assign-room", json!({ "room": "0501" })).await;
        audit(&s).await;
        let on = async |from: &str, to: &str| left(&s, "STE", from, to).await[0];
        assert_eq!(on("2026-10-04", "2026-10-05").await, (1, 0), "due out today");
        // Still here when the date moves: tonight is taken, and somebody else has it too.
        audit(&s).await;
        assert_eq!(on("2026-10-05", "2026-10-06").await, (0, 1));
        assert_eq!(s.get(&format!("{HOUSE}/today")).await["overbooked"], json!([{ "room_type": "STE", "capacity": 1, "sold": 2 }]));
        assert_eq!(on("2026-10-06", "2026-10-07").await, (1, 0));
        act(&s, &comes, "cancel", json!({})).await;
        audit(&s).await;
        assert_eq!((on("2026-10-06", "2026-10-07").await, on("2026-10-07", "2026-10-08").await), ((0, 0), (1, 0)));
        // Gone it is for sale; taken back it is not.
        act(&s, &number, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(on("2026-10-06", "2026-10-07").await, (1, 0));
        act(&s, &number, "undo-check-out", json!({})).await;
        assert_eq!(on("2026-10-06", "2026-10-07").await, (0, 0));
        act(&s, &number, "extend", json!({ "departure": "2026-10-08" })).await;
        assert_eq!((on("2026-10-06", "2026-10-07").await, on("2026-10-07", "2026-10-08").await), ((0, 0), (0, 0)));
    }
}
