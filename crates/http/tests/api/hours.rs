//! Guests by the hour, over HTTP on both engines: several a day in a room, what is left between them, what staying on costs.

use crate::common::{
    Server, booking, digits,
    money::{ClosedDays, assert_money_is_somewhere, assert_shown_is_billed},
};
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

/// A booking of four hours, `minute` after midnight; of nobody knows when: none.
fn hours(room_type: &str, date: &str, minute: Option<i64>, room: Option<&str>) -> Value {
    let mut body = booking(room_type, date, date);
    body["rooms"] = json!([{ "room_type": room_type, "rate_plan": "DAY4", "arrival": date, "departure": date, "prices": [120_00],
        "arrival_minute": minute, "room": room }]);
    body
}

async fn book(s: &Server, body: Value) -> String {
    digits(&s.post("/api/v1/reservations", body).await)
}

/// Status, code and what is said of a booking that is refused.
async fn refused(s: &Server, body: Value) -> (u16, String, String) {
    let english = [("accept-language", "en")];
    let (status, answer) = s.send(Method::POST, "/api/v1/reservations", Some(body), &english).await;
    assert!(!status.is_success(), "{answer}");
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text("code"), text("detail"))
}

async fn does(s: &Server, visit: &str, what: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{visit}/{what}"), body).await
}

async fn view(s: &Server, visit: &str) -> Value {
    s.get(&format!("/api/v1/visits/{visit}")).await
}

/// What is left of a type by the hour on a date.
async fn left(s: &Server, room_type: &str, date: &str, until: &str) -> Vec<i64> {
    let all = s.get(&format!("{HOUSE}/availability?from={date}&to={until}")).await;
    let row = all.as_array().unwrap().iter().find(|row| row["room_type"] == room_type).unwrap().clone();
    row["by_the_hour"].as_array().unwrap().iter().map(|left| left.as_i64().unwrap()).collect()
}

async fn free(s: &Server, asked: &str) -> Vec<String> {
    let rooms = s.get(&format!("{HOUSE}/free-rooms?room_type=DBL&from=2026-10-04&{asked}")).await;
    rooms.as_array().unwrap().iter().map(|room| room["number"].as_str().unwrap().to_owned()).collect()
}

async fn put(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

fn later(s: &Server, minutes: i64) {
    s.db.clock.advance(TimeDelta::minutes(minutes));
}

both_engines! {
    async fn several_come_to_one_room_on_one_day(db: TestDb) {
        let s = Server::new(db).await;
        let day = "2026-10-04";
        let ten = book(&s, hours("DBL", day, Some(600), Some("0401"))).await;
        book(&s, hours("DBL", day, Some(840), Some("0401"))).await;
        // 13:00 to 17:00: the room is taken until 14:00 and from then on.
        let (status, code, detail) = refused(&s, hours("DBL", day, Some(780), Some("0401"))).await;
        assert_eq!((status, code.as_str()), (409, "room_taken"));
        assert_eq!(detail, "The room is taken by the hour on that day, from 10:00 until 14:00; choose another time or another room.");
        // Four rooms: one is taken from 10:00 to 18:00.
        let hour = left(&s, "DBL", day, "2026-10-05").await;
        assert_eq!((hour.len(), hour[9], hour[10], hour[17], hour[18]), (24, 4, 3, 3, 4));
        assert_eq!(free(&s, "minute=600&hours=4").await, ["0402", "0403", "0404"]);
        assert_eq!(free(&s, "minute=1080&hours=4").await.len(), 4);
        assert_eq!(free(&s, "").await, ["0402", "0403", "0404"]);
        for (asked, at) in [("minute=600", "hours"), ("hours=4", "minute"), ("minute=600&hours=24", "hours"), ("minute=1800&hours=4", "minute")] {
            let (status, answer) = s.send(Method::GET, &format!("{HOUSE}/free-rooms?from=2026-10-04&{asked}"), None, &[]).await;
            assert_eq!((status, answer["parameter"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(at)), "{answer}");
        }
        // `auto` finds room between others, but for none where the time does not fit.
        let six = book(&s, hours("DBL", day, Some(1_080), None)).await;
        does(&s, &six, "assign-room", json!({ "room": "0401" })).await;
        let path = format!("/api/v1/visits/{six}/wishes");
        let (status, answer) = s.send(Method::POST, &path, Some(json!({ "arrival_minute": 1_070 })), &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (409, Some("room_taken")), "ten minutes too early: {answer}");
        does(&s, &six, "wishes", json!({ "arrival_minute": 1_090 })).await;
        // The morning is free again when its guest cancels.
        does(&s, &ten, "cancel", json!({})).await;
        book(&s, hours("DBL", day, Some(480), Some("0401"))).await;
        // Each is found by the room.
        let found = s.get("/api/v1/search?q=0401&from=2026-10-04&to=2026-10-04").await;
        assert_eq!(found["visits"].as_array().unwrap().len(), 3, "{found}");
    }

    async fn of_a_type_as_many_are_sold_as_are_there_at_once(db: TestDb) {
        let s = Server::new(db).await;
        let day = "2026-10-04";
        // One suite, three guests one after the other.
        let mut visits = Vec::new();
        for minute in [480, 720, 960] {
            visits.push(book(&s, hours("STE", day, Some(minute), None)).await);
        }
        let (status, code, _) = refused(&s, hours("STE", day, Some(660), None)).await;
        assert_eq!((status, code.as_str()), (409, "no_inventory"));
        let (_, code, _) = refused(&s, hours("STE", day, None, None)).await;
        assert_eq!(code, "no_inventory", "nobody knows when: all of the day");
        // The night before and the night after with the day between: the suite is let by the hour.
        let (_, code, _) = refused(&s, booking("STE", "2026-10-03", "2026-10-05")).await;
        assert_eq!(code, "no_inventory");
        let night = book(&s, booking("STE", day, "2026-10-05")).await;
        does(&s, &night, "cancel", json!({})).await;
        // What a quote says is what can be booked.
        let asked = |minute: Option<i64>| json!({ "arrival": day, "departure": day, "room_types": ["DBL"], "rate_plans": ["DAY4"], "arrival_minute": minute });
        for minute in [600, 600, 600, 720] {
            book(&s, hours("DBL", day, Some(minute), None)).await;
        }
        let offer = async |minute| s.post(&format!("{HOUSE}/quote"), asked(minute)).await["offers"][0].clone();
        let of = |offer: &Value| (offer["left"].as_i64(), offer["refusals"][0]["code"].as_str().map(str::to_owned));
        assert_eq!(of(&offer(None).await), (Some(0), Some("no_inventory".to_owned())));
        assert_eq!(of(&offer(Some(660)).await), (Some(0), Some("no_inventory".to_owned())));
        assert_eq!(of(&offer(Some(840)).await), (Some(3), None));
        assert_eq!(of(&offer(Some(960)).await), (Some(4), None));
        // Everybody gone: everything is there again.
        for visit in visits {
            does(&s, &visit, "cancel", json!({})).await;
        }
        assert_eq!(left(&s, "STE", day, "2026-10-05").await, [1; 24]);
        book(&s, booking("STE", "2026-10-03", "2026-10-05")).await;
        let (_, code, _) = refused(&s, hours("STE", day, Some(600), None)).await;
        assert_eq!(code, "no_inventory");
    }

    async fn rooms_of_one_booking_follow_each_other(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = hours("STE", "2026-10-04", Some(480), Some("0501"));
        let mut second = body["rooms"][0].clone();
        second["arrival_minute"] = json!(720);
        body["rooms"] = json!([body["rooms"][0], second]);
        let both = book(&s, body.clone()).await;
        body["rooms"][1]["arrival_minute"] = json!(700);
        let (_, code, _) = refused(&s, body).await;
        assert_eq!(code, "no_inventory");
        // Split off and moved back: nobody can take the hours between, and nothing is counted twice.
        let split = does(&s, &both, "split-room", json!({ "line": 2 })).await;
        let split = digits(&split["moved"]);
        assert_eq!(left(&s, "STE", "2026-10-04", "2026-10-05").await[8..17], [0, 0, 0, 0, 0, 0, 0, 0, 1]);
        does(&s, &split, "cancel", json!({})).await;
        assert_eq!(left(&s, "STE", "2026-10-04", "2026-10-05").await[8..14], [0, 0, 0, 0, 1, 1]);
        // Sold to two at one moment: one gets it.
        let body = hours("STE", "2026-10-04", Some(720), None);
        let (one, other) = tokio::join!(
            s.send(Method::POST, "/api/v1/reservations", Some(body.clone()), &[]),
            s.send(Method::POST, "/api/v1/reservations", Some(body.clone()), &[])
        );
        let mut answers = [one.0.as_u16(), other.0.as_u16()];
        answers.sort_unstable();
        assert_eq!(answers, [201, 409], "{one:?} {other:?}");
    }

    async fn hours_begin_when_the_guest_comes_and_end_when_the_guest_goes(db: TestDb) {
        let s = Server::new(db).await;
        // 16:00. Who walks in takes four hours from now.
        let mut body = hours("DBL", "2026-10-03", None, None);
        body["walk_in"] = json!(true);
        let first = book(&s, body.clone()).await;
        let window = async |visit: &str| {
            let room = view(&s, visit).await["booking"]["rooms"][0].clone();
            (room["from_minute"].as_i64(), room["until_minute"].as_i64())
        };
        assert_eq!(window(&first).await, (Some(960), Some(1_200)));
        later(&s, 10);
        does(&s, &first, "check-in", json!({ "room": "0401" })).await;
        assert_eq!(window(&first).await, (Some(970), Some(1_210)));
        does(&s, &first, "undo-check-in", json!({})).await;
        assert_eq!(window(&first).await, (Some(970), Some(1_210)), "others may have the hours that were booked");
        does(&s, &first, "check-in", json!({ "room": "0401" })).await;
        // At seven in the evening comes somebody else.
        let second = book(&s, hours("DBL", "2026-10-03", Some(1_260), Some("0401"))).await;
        let (status, code) = s.refused(&format!("/api/v1/visits/{second}/check-in"), json!({ "accept_dirty": true })).await;
        assert_eq!((status, code.as_str()), (409, "room_taken"), "the first is here");
        later(&s, 60);
        does(&s, &first, "payments", json!({ "code": "CASH", "amount": 127_20 })).await;
        assert_shown_is_billed(&s, &first).await;
        does(&s, &first, "check-out", json!({})).await;
        assert_eq!(window(&first).await, (Some(970), Some(970)));
        // Four hours from 17:10 end after 21:00: between the two there is room until then.
        let between = book(&s, hours("DBL", "2026-10-03", Some(1_020), None)).await;
        let (_, code) = s.refused(&format!("/api/v1/visits/{between}/check-in"), json!({ "room": "0401", "accept_dirty": true })).await;
        assert_eq!(code, "room_taken");
        does(&s, &between, "check-in", json!({ "room": "0401", "accept_dirty": true, "until_booked": true })).await;
        assert_eq!(window(&between).await, (Some(1_030), Some(1_260)));
        // The first cannot come back, the room has been taken; once it is free again, with what is left of the hours.
        let (_, code) = s.refused(&format!("/api/v1/visits/{first}/undo-check-out"), json!({})).await;
        assert_eq!(code, "room_taken");
        does(&s, &between, "check-out", json!({ "allow_balance": true })).await;
        does(&s, &first, "undo-check-out", json!({})).await;
        assert_eq!(window(&first).await, (Some(970), Some(1_210)));
        does(&s, &first, "move", json!({ "room": "0402", "reason": "noise" })).await;
        does(&s, &first, "check-out", json!({})).await;
        // The evening guest finds the room empty.
        later(&s, 240);
        does(&s, &second, "check-in", json!({ "accept_dirty": true })).await;
        does(&s, &second, "check-out", json!({ "allow_balance": true })).await;
        // And for the night it is anybody's.
        let night = book(&s, booking("DBL", "2026-10-03", "2026-10-05")).await;
        does(&s, &night, "check-in", json!({ "room": "0401", "accept_dirty": true })).await;
        let visits = [first, second, between, night];
        assert_money_is_somewhere(&s, "SH01", &visits, &[], &mut ClosedDays::default()).await;
    }

    async fn a_room_is_had_by_the_hour_or_all_day(db: TestDb) {
        let s = Server::new(db).await;
        let day = "2026-10-04";
        let hourly = book(&s, hours("DBL", day, Some(600), Some("0401"))).await;
        // A guest of two nights cannot have it between.
        let nights = book(&s, booking("DBL", "2026-10-03", "2026-10-05")).await;
        let (_, code) = s.refused(&format!("/api/v1/visits/{nights}/assign-room"), json!({ "room": "0401" })).await;
        assert_eq!(code, "room_taken");
        does(&s, &nights, "assign-room", json!({ "room": "0402" })).await;
        let (_, code, _) = refused(&s, hours("DBL", day, Some(600), Some("0402"))).await;
        assert_eq!(code, "room_taken");
        // They change places in one action.
        does(&s, &nights, "swap", json!({ "with": hourly, "reason": "view" })).await;
        let (_, code, _) = refused(&s, hours("DBL", day, Some(600), Some("0401"))).await;
        assert_eq!(code, "room_taken");
        book(&s, hours("DBL", day, Some(960), Some("0402"))).await;
        // A pipe bursts: both by the hour lose the room and keep their hours; mended, it is let again.
        let period = json!({ "from": day, "until": "2026-10-05", "reason": "burst pipe" });
        s.post(&format!("{HOUSE}/rooms/0402/out-of-order"), period.clone()).await;
        assert_eq!(view(&s, &hourly).await["booking"]["rooms"][0]["room_number"], Value::Null);
        let (_, code, _) = refused(&s, hours("DBL", day, Some(600), Some("0402"))).await;
        assert_eq!(code, "room_taken");
        let mended = json!({ "from": day, "until": "2026-10-05" });
        s.post(&format!("{HOUSE}/rooms/0402/back-in-order"), mended).await;
        does(&s, &hourly, "assign-room", json!({ "room": "0402" })).await;
        // Let by the hour, a room is not out of order, also when the date comes.
        s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
        let rooms = s.get(&format!("{HOUSE}/housekeeping")).await;
        let room = rooms.as_array().unwrap().iter().find(|room| room["number"] == "0402").unwrap();
        assert_ne!(room["state"], "out_of_order");
        // It becomes a suite with its guest: who has it is counted there.
        put(&s, &format!("{HOUSE}/rooms"), json!([{ "number": "0402", "room_type": "STE" }])).await;
        assert_eq!(view(&s, &hourly).await["booking"]["rooms"][0]["counted_as"], "STE");
        assert_eq!(left(&s, "STE", day, "2026-10-05").await[9..15], [2, 1, 1, 1, 1, 2]);
    }

    async fn staying_beyond_the_hours_costs_what_was_agreed(db: TestDb) {
        let s = Server::new(db).await;
        let plan = format!("{HOUSE}/rate-plans/DAY4");
        let set = put(&s, &plan, json!({ "overrun": { "price": 40_00, "grace_minutes": 15 }, "service_fee": 1_000 })).await;
        assert_eq!(set["overrun"], json!({ "price": 40_00, "grace_minutes": 15 }));
        assert_eq!(put(&s, &plan, json!({ "name_en": "Four" })).await["overrun"]["price"], 40_00);
        for (path, body, at) in [
            (plan.clone(), json!({ "overrun": { "price": -1 } }), "/overrun/price"),
            (plan.clone(), json!({ "overrun": { "price": 1, "grace_minutes": 121 } }), "/overrun/grace_minutes"),
            (format!("{HOUSE}/rate-plans/BAR"), json!({ "overrun": { "price": 1 } }), "/overrun"),
        ] {
            let (status, answer) = s.send(Method::PUT, &path, Some(body), &[]).await;
            assert_eq!((status.as_u16(), answer["pointer"].as_str()), (422, Some(at)), "{answer}");
        }
        let visit = book(&s, hours("DBL", "2026-10-03", None, None)).await;
        does(&s, &visit, "check-in", json!({ "room": "0401" })).await;
        // What was agreed stays agreed.
        assert_eq!(put(&s, &plan, json!({ "overrun": { "price": 0 } })).await["overrun"], Value::Null);
        let over = async || {
            let board = s.get(&format!("{HOUSE}/today")).await;
            let bill = view(&s, &visit).await["consumption"].clone();
            let hour = bill["to_come"].as_array().unwrap().iter().find(|line| line["hours_over"].is_i64()).cloned();
            let of = |field: &str| hour.as_ref().and_then(|hour| hour[field].as_i64());
            (board["in_house"][0]["minutes_over"].as_i64(), of("hours_over"), of("total"), bill["at_check_out"].as_i64())
        };
        // 120.00 with a fee of 10 % and a tax of 6 % on both is 139.92; 40.00 is 46.64.
        assert_eq!(over().await, (Some(0), None, None, Some(139_92)));
        later(&s, 240 + 15);
        assert_eq!(over().await, (Some(15), None, None, Some(139_92)));
        later(&s, 1);
        assert_eq!(over().await, (Some(16), Some(1), Some(4_664), Some(186_56)));
        later(&s, 45);
        assert_eq!(over().await, (Some(61), Some(2), Some(93_28), Some(233_20)));
        assert_shown_is_billed(&s, &visit).await;
        assert_eq!(over().await, (Some(61), None, None, Some(233_20)));
        does(&s, &visit, "payments", json!({ "code": "CASH", "amount": 233_20 })).await;
        does(&s, &visit, "check-out", json!({})).await;
        // Who has not gone after all pays the hours since, and no hour twice.
        does(&s, &visit, "undo-check-out", json!({})).await;
        later(&s, 60);
        assert_eq!(over().await, (Some(121), Some(1), Some(4_664), Some(279_84 - 233_20)));
        let (status, code) = s.refused(&format!("/api/v1/visits/{visit}/check-out"), json!({})).await;
        assert_eq!((status, code.as_str()), (409, "balance_due"));
        does(&s, &visit, "check-out", json!({ "allow_balance": true })).await;
        let bill = view(&s, &visit).await["consumption"].clone();
        assert_eq!(bill["balance"], 4_664);
        // An hour that is corrected keeps its fee and tax.
        let hour = bill["postings"].as_array().unwrap().iter().rfind(|line| line["code"] == "DAYUSE").unwrap().clone();
        assert_eq!((hour["amount"].as_i64(), hour["reference"].as_str()), (Some(40_00), Some("OVERRUN 3")));
        does(&s, &visit, "corrections", json!({ "posting_id": hour["id"], "amount": 20_00, "reason": "the lift was broken" })).await;
        assert_eq!(view(&s, &visit).await["consumption"]["balance"], 2_332);
        assert_money_is_somewhere(&s, "SH01", &[visit], &[], &mut ClosedDays::default()).await;
    }

    async fn who_stays_beyond_the_day_pays_hours_until_midnight(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{HOUSE}/rate-plans/DAY4"), json!({ "overrun": { "price": 40_00 } })).await;
        let visit = book(&s, hours("DBL", "2026-10-03", None, None)).await;
        does(&s, &visit, "check-in", json!({ "room": "0401" })).await;
        // 16:00 to 20:00 were sold; the date is closed at eleven.
        later(&s, 7 * 60);
        s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
        let other = hours("DBL", "2026-10-04", Some(600), Some("0401"));
        let (_, code, _) = refused(&s, other).await;
        assert_eq!(code, "room_taken", "who stays on has the room");
        later(&s, 10 * 60);
        assert_shown_is_billed(&s, &visit).await;
        does(&s, &visit, "check-out", json!({ "allow_balance": true })).await;
        // 127.20 for the block, four hours until midnight of 42.40.
        assert_eq!(view(&s, &visit).await["consumption"]["balance"], 127_20 + 4 * 42_40);
        book(&s, hours("DBL", "2026-10-04", Some(600), Some("0401"))).await;
        assert_money_is_somewhere(&s, "SH01", &[visit], &[], &mut ClosedDays::default()).await;
    }
}
