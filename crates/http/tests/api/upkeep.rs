//! Housekeeping beside the state of rooms: the work of a day, what is seen in rooms, things that were found, faults, and wake-up calls. Both engines.

use crate::common::{Server, booking, digits};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn act(s: &Server, number: &str, action: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn at(s: &Server, path: &str, body: Value) -> Value {
    s.post(&format!("{HOUSE}/{path}"), body).await
}

/// Status, code and pointer of a refusal.
async fn refusal(s: &Server, path: &str, body: Value) -> (u16, String, String) {
    let (status, answer) = s.send(Method::POST, path, Some(body), &[]).await;
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text("code"), text("pointer"))
}

async fn audit(s: &Server) {
    at(s, "night-audit", json!({ "force": true, "no_shows": "mark" })).await;
}

/// Rooms with what is to be done in them, by whom, and where it stands.
fn work(tasks: &Value) -> Vec<(String, String, String, String)> {
    let text = |task: &Value, field: &str| task[field].as_str().unwrap_or("-").to_owned();
    let one =
        |task: &Value| (text(task, "room"), text(task, "kind"), text(task, "attendant"), text(task, "state"));
    tasks.as_array().unwrap().iter().map(one).collect()
}

fn is(rows: &[(&str, &str, &str, &str)]) -> Vec<(String, String, String, String)> {
    rows.iter()
        .map(|(a, b, c, d)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned(), (*d).to_owned()))
        .collect()
}

both_engines! {
    async fn the_work_of_a_day_is_made_from_the_rooms_shared_out_and_gone_through(db: TestDb) {
        let s = Server::new(db).await;
        // Two rooms of one booking: one leaves tomorrow, the other stays on. A room that was left dirty, one to touch, one out of order.
        let mut body = booking("DBL", "2026-10-03", "2026-10-04");
        let mut longer = body["rooms"][0].clone();
        longer["departure"] = json!("2026-10-06");
        body["rooms"].as_array_mut().unwrap().push(longer);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        act(&s, &number, "check-in", json!({ "line": 1, "room": "0401" })).await;
        act(&s, &number, "check-in", json!({ "line": 2, "room": "0402" })).await;
        audit(&s).await;
        at(&s, "rooms/0403/state", json!({ "state": "dirty" })).await;
        at(&s, "rooms/0404/state", json!({ "state": "pickup" })).await;
        at(&s, "rooms/0501/out-of-order", json!({ "from": "2026-10-04", "until": "2026-10-06", "reason": "paint" })).await;

        let listed = at(&s, "tasks/plan", json!({})).await;
        assert_eq!(work(&listed), is(&[("0401", "departure", "-", "open"), ("0402", "stayover", "-", "open"), ("0403", "departure", "-", "open"), ("0404", "touch", "-", "open")]));
        // 30, 20, 30 and 10: nobody has more than another by more than a room.
        let shared = at(&s, "tasks/plan", json!({ "attendants": ["WANG", "LI", "LI"] })).await;
        let credits = |who: &str| shared.as_array().unwrap().iter().filter(|task| task["attendant"] == who).map(|task| task["credits"].as_i64().unwrap()).sum::<i64>();
        assert_eq!((credits("LI") + credits("WANG"), (credits("LI") - credits("WANG")).abs() <= 30), (90, true));
        assert_eq!(at(&s, "tasks/plan", json!({ "attendants": ["WANG", "LI"] })).await, shared, "done again, it is as it was");
        let places: Vec<i64> = shared.as_array().unwrap().iter().filter(|task| task["attendant"] == "LI").map(|task| task["place"].as_i64().unwrap()).collect();
        assert_eq!(places, (1..=places.len() as i64).collect::<Vec<_>>());

        // By hand, and what comes later goes to who has least.
        at(&s, "rooms/0403/task", json!({ "attendant": "ZHAO", "credits": 45, "place": 7 })).await;
        let of_zhao = s.get(&format!("{HOUSE}/tasks?attendant=ZHAO")).await;
        assert_eq!((work(&of_zhao), &of_zhao[0]["credits"], &of_zhao[0]["place"]), (is(&[("0403", "departure", "ZHAO", "open")]), &json!(45), &json!(7)));
        at(&s, "rooms/0501/back-in-order", json!({ "from": "2026-10-04", "until": "2026-10-06" })).await;
        let more = at(&s, "tasks/plan", json!({ "attendants": ["ZHAO", "NEW"] })).await;
        assert!(work(&more).contains(&is(&[("0501", "departure", "NEW", "open")])[0]), "{more}");

        // Step by step; the state of the room follows.
        let step = async |room: &str, step: &str| at(&s, &format!("rooms/{room}/task/step"), json!({ "step": step })).await;
        assert_eq!(step("0403", "start").await["state"], "started");
        let done = step("0403", "finish").await;
        assert_eq!((&done["state"], &done["room_state"], done["finished_at"].is_string()), (&json!("finished"), &json!("clean"), true));
        assert_eq!(step("0403", "reject").await["room_state"], "dirty");
        step("0403", "finish").await;
        assert_eq!(step("0403", "inspect").await["room_state"], "inspected");
        assert_eq!(refusal(&s, &format!("{HOUSE}/rooms/0403/task/step"), json!({ "step": "start" })).await, (409, "wrong_state".into(), "/step".into()));
        step("0402", "skip").await;
        assert_eq!(step("0402", "reopen").await["state"], "open");
        for (body, pointer) in [(json!({ "credits": 0 }), "/credits"), (json!({ "place": 0 }), "/place"), (json!({ "attendant": "Li Lei" }), "/attendant")] {
            assert_eq!(refusal(&s, &format!("{HOUSE}/rooms/0402/task"), body).await.2, pointer);
        }
        assert_eq!(refusal(&s, &format!("{HOUSE}/tasks/plan"), json!({ "attendants": ["LI", "a b"] })).await.2, "/attendants/1");

        // The next day has work of its own; that of the day before stays to be looked at.
        act(&s, &number, "check-out", json!({ "line": 1, "allow_balance": true })).await;
        audit(&s).await;
        assert_eq!(refusal(&s, &format!("{HOUSE}/rooms/0403/task/step"), json!({ "step": "reject" })).await, (404, "not_found".into(), String::new()));
        let next = work(&at(&s, "tasks/plan", json!({ "attendants": ["LI"] })).await);
        assert!(next.contains(&is(&[("0401", "departure", "LI", "open")])[0]) && next.contains(&is(&[("0402", "stayover", "LI", "open")])[0]), "{next:?}");
        assert!(!next.iter().any(|task| task.0 == "0403"), "{next:?}");
        assert_eq!(s.get(&format!("{HOUSE}/tasks?date=2026-10-04")).await.as_array().unwrap().len(), 5);
    }

    async fn what_housekeeping_sees_is_held_against_what_the_desk_knows(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["rooms"][0]["adults"] = json!(2);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        act(&s, &number, "check-in", json!({ "room": "0401" })).await;
        let see = async |room: &str, occupied: bool, people: Value| at(&s, &format!("rooms/{room}/seen"), json!({ "occupied": occupied, "people": people })).await["discrepancy"].clone();
        assert_eq!(see("0401", true, json!(2)).await, Value::Null);
        assert_eq!(see("0401", true, json!(1)).await, "people");
        assert_eq!(see("0401", false, Value::Null).await, "skip");
        assert_eq!(see("0402", true, Value::Null).await, "sleep");
        assert_eq!(see("0403", false, Value::Null).await, Value::Null);
        let kinds = async || {
            let found = s.get(&format!("{HOUSE}/discrepancies")).await;
            found.as_array().unwrap().iter().map(|seen| (seen["room"].clone(), seen["discrepancy"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(kinds().await, [(json!("0401"), json!("skip")), (json!("0402"), json!("sleep"))]);
        // It is held against what the desk knows now: the guest is moved to where somebody was seen.
        act(&s, &number, "move", json!({ "room": "0402", "reason": "the wrong key" })).await;
        assert_eq!(kinds().await, []);
        act(&s, &number, "check-out", json!({ "allow_balance": true })).await;
        assert_eq!(kinds().await, [(json!("0402"), json!("sleep"))]);
        // Of another day nothing was seen yet.
        audit(&s).await;
        assert_eq!(kinds().await, []);
        for body in [json!({ "occupied": false, "people": 1 }), json!({ "occupied": true, "people": 0 }), json!({ "occupied": true, "people": 101 })] {
            assert_eq!(refusal(&s, &format!("{HOUSE}/rooms/0401/seen"), body).await, (422, "invalid".into(), "/people".into()));
        }
    }

    async fn what_was_found_is_kept_until_it_is_given_back_and_nobody_reads_whose_it_is(db: TestDb) {
        let s = Server::new(db).await;
        let found = at(&s, "found-items", json!({ "item": "黑色钱包", "room": "0401", "place": "床下", "finder": "陈静", "owner": "王芳 13900001234" })).await;
        assert_eq!((&found["item"], &found["room"], &found["found_on"], &found["state"], &found["owner"]),
            (&json!("黑色钱包"), &json!("0401"), &json!("2026-10-03"), &json!("kept"), &json!("***")));
        at(&s, "found-items", json!({ "item": "雨伞", "place": "大堂", "found_on": "2026-10-01" })).await;
        let items = async |query: &str| {
            let page = s.get(&format!("{HOUSE}/found-items?{query}")).await;
            page["items"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(items("").await, ["雨伞", "黑色钱包"]);
        let page = s.get(&format!("{HOUSE}/found-items?limit=1")).await;
        assert_eq!(items(&format!("limit=1&cursor={}", page["next"].as_str().unwrap())).await, ["黑色钱包"]);
        let path = format!("{HOUSE}/found-items/{}", found["id"].as_str().unwrap());
        s.post(&path, json!({ "state": "returned", "owner": "前台领取" })).await;
        assert_eq!((items("").await, items("all=true").await), (vec!["雨伞".to_owned()], vec!["雨伞".to_owned(), "黑色钱包".to_owned()]));
        // Given back to the wrong one: kept again.
        s.post(&path, json!({ "state": "kept" })).await;
        assert_eq!(items("").await.len(), 2);
        let new = format!("{HOUSE}/found-items");
        for (body, code, pointer) in [
            (json!({ "item": " " }), "invalid", "/item"),
            (json!({ "item": "x", "owner": "card 4111 1111 1111 1111" }), "invalid", "/owner"),
            (json!({ "item": "x", "found_on": "2026-10-04" }), "bad_dates", "/found_on"),
        ] {
            assert_eq!(refusal(&s, &new, body).await, (422, code.into(), pointer.into()));
        }
        assert_eq!(refusal(&s, &new, json!({ "item": "x", "room": "9" })).await, (404, "not_found".into(), "/room".into()));
        let id = "01890000-0000-7000-8000-000000000000";
        assert_eq!(refusal(&s, &format!("{new}/{id}"), json!({ "state": "kept" })).await.0, 404);
    }

    async fn a_fault_takes_the_room_out_of_order_until_it_is_mended(db: TestDb) {
        let s = Server::new(db).await;
        let left = async || {
            let rows = s.get(&format!("{HOUSE}/availability?from=2026-10-03&to=2026-10-06")).await;
            rows.as_array().unwrap().iter().filter(|row| row["room_type"] == "STE").map(|row| row["left"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        let closed = async || {
            let periods = s.get(&format!("{HOUSE}/out-of-order")).await;
            periods.as_array().unwrap().iter().map(|period| (period["room"].clone(), period["from"].clone(), period["until"].clone())).collect::<Vec<_>>()
        };
        let number = s.book("STE", "2026-10-05", "2026-10-06").await;
        act(&s, &number, "assign-room", json!({ "room": "0501" })).await;
        let fault = at(&s, "faults", json!({ "fault": "空调漏水", "room": "0501", "urgent": true, "out_of_order": { "from": "2026-10-03", "until": "2026-10-06" } })).await;
        at(&s, "faults", json!({ "fault": "大堂灯不亮" })).await;
        assert_eq!(left().await, [0, 0, 0]);
        assert_eq!(closed().await, [(json!("0501"), json!("2026-10-03"), json!("2026-10-06"))]);
        at(&s, "rooms/0401/out-of-order", json!({ "from": "2026-10-10", "until": "2026-10-12", "reason": "paint" })).await;
        assert_eq!(closed().await.len(), 2);
        assert_eq!(s.get(&format!("{HOUSE}/out-of-order?to=2026-10-05")).await[0]["until"], "2026-10-05");
        // Whoever had the room gets another one; the fault is open until it is mended.
        let room = s.get(&format!("/api/v1/visits/{number}")).await["booking"]["rooms"][0]["room_number"].clone();
        assert_eq!(room, Value::Null);
        let open = s.get(&format!("{HOUSE}/faults")).await;
        assert_eq!((open["items"].as_array().unwrap().len(), &open["items"][0]["fault"], &open["items"][0]["urgent"]), (2, &json!("空调漏水"), &json!(true)));
        // After the audit it is mended: the rest of the period is given back.
        audit(&s).await;
        let path = format!("{HOUSE}/faults/{}", fault["id"].as_str().unwrap());
        let mended = s.post(&path, json!({ "state": "done" })).await;
        assert_eq!((&mended["state"], &mended["closed_from"], mended["ended_at"].is_string()), (&json!("done"), &Value::Null, true));
        assert_eq!(left().await[1..], [1, 0]);
        assert_eq!(closed().await.len(), 1);
        assert_eq!(s.get(&format!("{HOUSE}/faults")).await["items"].as_array().unwrap().len(), 1);
        assert_eq!(refusal(&s, &path, json!({ "state": "cancelled" })).await, (409, "wrong_state".into(), "/state".into()));
        // Not mended after all.
        assert_eq!(s.post(&path, json!({ "state": "open" })).await["state"], "open");
        // Put back in order by hand meanwhile: the fault ends all the same.
        let other = at(&s, "faults", json!({ "fault": "门锁", "room": "0402", "out_of_order": { "from": "2026-10-04", "until": "2026-10-06" } })).await;
        at(&s, "rooms/0402/back-in-order", json!({ "from": "2026-10-04", "until": "2026-10-06" })).await;
        s.post(&format!("{HOUSE}/faults/{}", other["id"].as_str().unwrap()), json!({ "state": "cancelled" })).await;

        let new = format!("{HOUSE}/faults");
        let guest = s.book("DBL", "2026-10-04", "2026-10-06").await;
        act(&s, &guest, "check-in", json!({ "room": "0403", "accept_early": true })).await;
        let period = |from: &str| json!({ "fault": "x", "room": "0403", "out_of_order": { "from": from, "until": "2026-10-06" } });
        assert_eq!(refusal(&s, &new, period("2026-10-04")).await.1, "room_taken");
        assert_eq!(refusal(&s, &new, period("2026-10-03")).await, (422, "bad_dates".into(), "/out_of_order/from".into()));
        assert_eq!(refusal(&s, &new, json!({ "fault": "x", "out_of_order": { "from": "2026-10-04", "until": "2026-10-05" } })).await.2, "/room");
        assert_eq!(refusal(&s, &new, json!({ "fault": "" })).await.2, "/fault");
    }

    async fn a_wake_up_call_follows_the_guest_and_ends_with_the_stay(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        let second = body["rooms"][0].clone();
        body["rooms"].as_array_mut().unwrap().push(second);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        act(&s, &number, "check-in", json!({ "line": 1, "room": "0401" })).await;
        act(&s, &number, "wake-ups", json!({ "line": 1, "date": "2026-10-04", "minute": 390 })).await;
        act(&s, &number, "wake-ups", json!({ "line": 2, "date": "2026-10-04", "minute": 300 })).await;
        let calls = async || {
            let calls = s.get(&format!("{HOUSE}/wake-ups?date=2026-10-04")).await;
            calls.as_array().unwrap().iter().map(|call| (call["minute"].clone(), call["room"].clone(), call["state"].clone())).collect::<Vec<_>>()
        };
        let call = |minute: i64, room: Value, state: &str| (json!(minute), room, json!(state));
        assert_eq!(calls().await, [call(300, Value::Null, "open"), call(390, json!("0401"), "open")]);
        act(&s, &number, "move", json!({ "room": "0402", "reason": "noise" })).await;
        act(&s, &number, "cancel", json!({ "line": 2, "waive_penalty": true })).await;
        // The other room is called off, and nobody is woken there.
        assert_eq!(calls().await, [call(300, Value::Null, "cancelled"), call(390, json!("0402"), "open")]);
        audit(&s).await;
        let id = s.get(&format!("{HOUSE}/wake-ups")).await[1]["id"].clone();
        act(&s, &number, "end-wake-up", json!({ "wake_up_id": id, "state": "missed" })).await;
        act(&s, &number, "end-wake-up", json!({ "wake_up_id": id, "state": "open" })).await;
        assert_eq!(calls().await[1].2, "open");
        act(&s, &number, "check-out", json!({ "line": 1, "allow_balance": true })).await;
        assert_eq!(calls().await[1].2, "cancelled");
        act(&s, &number, "undo-check-out", json!({ "line": 1 })).await;
        assert_eq!(calls().await[1].2, "open");
        let path = format!("/api/v1/visits/{number}/wake-ups");
        for (body, code, pointer) in [
            (json!({ "date": "2026-10-04", "minute": 1_440 }), "invalid", "/minute"),
            (json!({ "date": "2026-10-03", "minute": 390 }), "bad_dates", "/date"),
            (json!({ "date": "2026-10-06", "minute": 390 }), "bad_dates", "/date"),
        ] {
            assert_eq!(refusal(&s, &path, body).await, (422, code.into(), pointer.into()));
        }
        assert_eq!(refusal(&s, &path, json!({ "line": 2, "date": "2026-10-04", "minute": 390 })).await.1, "wrong_state");
        let other = s.book("DBL", "2026-10-04", "2026-10-05").await;
        assert_eq!(refusal(&s, &format!("/api/v1/visits/{other}/end-wake-up"), json!({ "wake_up_id": id, "state": "answered" })).await, (404, "not_found".into(), "/wake_up_id".into()));
    }
}
