//! Blocks of rooms for groups: what they hold, rooming lists in and out, release by hand and by the night audit, and the group at the desk.
//! Both engines.

use crate::common::{Server, booking};
use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";
const BLOCK: &str = "/api/v1/properties/SH01/blocks/EXPO";

async fn put(s: &Server, path: &str, body: Value) -> (StatusCode, Value) {
    s.send(Method::PUT, path, Some(body), &[]).await
}

/// What is left to sell, by night.
async fn left(s: &Server, room_type: &str, from: &str, to: &str) -> Vec<i64> {
    let rows = s.get(&format!("{HOUSE}/availability?from={from}&to={to}")).await;
    let of_type = |row: &&Value| row["room_type"] == room_type;
    rows.as_array().unwrap().iter().filter(of_type).map(|row| row["left"].as_i64().unwrap()).collect()
}

fn of(room_type: &str, from: &str, until: &str, rooms: i64) -> Value {
    json!({ "room_type": room_type, "from": from, "until": until, "rooms": rooms })
}

/// A group with a block.
async fn block(s: &Server, release_on: Option<&str>, rooms: Value) -> Value {
    put(s, "/api/v1/groups/EXPO", json!({ "name": "Expo" })).await;
    let (status, answer) =
        put(s, BLOCK, json!({ "rate_plan": "BAR", "release_on": release_on, "rooms": rooms })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

fn row(phone: &str, room_type: &str, arrival: &str, departure: &str) -> Value {
    json!({ "guest": { "profile": { "full_name": "李娜", "phones": [phone] } }, "room_type": room_type, "arrival": arrival, "departure": departure })
}

async fn audit(s: &Server) {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "keep" })).await;
}

both_engines! {
    async fn a_block_holds_rooms_until_they_are_picked_up_or_released(db: TestDb) {
        let s = Server::new(db).await;
        let made = block(&s, None, json!([of("DBL", "2026-10-10", "2026-10-12", 3), of("STE", "2026-10-10", "2026-10-11", 1)])).await;
        assert_eq!(made["nights"].as_array().unwrap().len(), 3);
        assert_eq!((left(&s, "DBL", "2026-10-10", "2026-10-13").await, left(&s, "STE", "2026-10-10", "2026-10-12").await), (vec![1, 1, 4], vec![0, 1]));
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-10", "2026-10-11")).await.1, "no_inventory");
        // More than there is only on purpose, and with a reason.
        let more = |oversell: bool, reason: Option<&str>| {
            json!({ "rate_plan": "BAR", "oversell": oversell, "reason": reason, "rooms": [of("DBL", "2026-10-10", "2026-10-12", 5)] })
        };
        let (status, answer) = put(&s, BLOCK, more(false, None)).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("no_inventory")), "{answer}");
        assert_eq!(put(&s, BLOCK, more(true, None)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        // Nothing was written of what was refused.
        assert_eq!(left(&s, "STE", "2026-10-10", "2026-10-12").await, [0, 1]);
        put(&s, BLOCK, more(true, Some("they always cancel some"))).await;
        assert_eq!((left(&s, "DBL", "2026-10-10", "2026-10-12").await, left(&s, "STE", "2026-10-10", "2026-10-11").await), (vec![0, 0], vec![1]));
        put(&s, BLOCK, json!({ "rate_plan": "BAR", "rooms": [of("DBL", "2026-10-10", "2026-10-12", 3)] })).await;
        let list = json!({ "rows": [row("13600000001", "DBL", "2026-10-10", "2026-10-12")] });
        s.post(&format!("{BLOCK}/rooming-list"), list).await;
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [1, 1], "what was held is theirs now");
        let (_, answer) = put(&s, BLOCK, json!({ "rate_plan": "BAR", "rooms": [of("DBL", "2026-10-10", "2026-10-12", 0)] })).await;
        assert_eq!(answer["code"], "invalid", "one has become a reservation: {answer}");
        let released = s.post(&format!("{BLOCK}/release"), json!({})).await;
        assert_eq!((&released["released_on"], &released["nights"][0]["left"]), (&json!("2026-10-03"), &json!(0)));
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [3, 3]);
        let again = json!({ "rows": [row("13600000002", "DBL", "2026-10-10", "2026-10-11")] });
        assert_eq!(s.refused(&format!("{BLOCK}/rooming-list"), again.clone()).await, (409, "wrong_state".into()));
        // Made again, it holds again; those picked up are counted once.
        put(&s, BLOCK, json!({ "rate_plan": "BAR", "rooms": [of("DBL", "2026-10-10", "2026-10-11", 2)] })).await;
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [2, 3]);
        s.post(&format!("{BLOCK}/rooming-list"), again).await;
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [2, 3]);
        for (wrong, at) in [
            (of("DBL", "2026-10-02", "2026-10-04", 1), "/rooms/0/from"),
            (of("DBL", "2026-10-10", "2026-10-10", 1), "/rooms/0/until"),
            (of("DBL", "2026-10-10", "2028-10-10", 1), "/rooms/0/until"),
            (of("DBL", "2026-10-10", "2026-10-11", -1), "/rooms/0/rooms"),
            (of("NONE", "2026-10-10", "2026-10-11", 1), "/rooms/0/room_type"),
        ] {
            let (_, answer) = put(&s, BLOCK, json!({ "rate_plan": "BAR", "rooms": [wrong] })).await;
            assert_eq!(answer["pointer"], at, "{answer}");
        }
        for body in [json!({ "rate_plan": "DAY4", "rooms": [] }), json!({ "rate_plan": "BAR", "release_on": "2026-10-02", "rooms": [] })] {
            assert!(put(&s, BLOCK, body).await.0.is_client_error());
        }
        assert_eq!(put(&s, &format!("{HOUSE}/blocks/NONE"), json!({ "rate_plan": "BAR", "rooms": [] })).await.0, StatusCode::NOT_FOUND);
    }

    async fn a_rooming_list_is_written_whole_or_not_at_all(db: TestDb) {
        let s = Server::new(db).await;
        let priced = json!({ "room_type": "DBL", "from": "2026-10-10", "until": "2026-10-12", "rooms": 2, "price": 250_00 });
        block(&s, Some("2026-10-08"), json!([priced])).await;
        let path = format!("{BLOCK}/rooming-list");
        let good = row("13600000001", "DBL", "2026-10-10", "2026-10-12");
        let bad = json!({ "rows": [
            good,
            row("13600000002", "NONE", "2026-10-10", "2026-10-12"),
            row("13600000003", "DBL", "2026-10-12", "2026-10-10"),
            row("13600000004", "DBL", "2026-10-10", "2026-10-11"),
            row("13600000005", "DBL", "2026-10-10", "2026-10-11"),
            { "guest": { "profile": { "full_name": "王五" } }, "room_type": "DBL", "arrival": "2026-10-11", "departure": "2026-10-12", "adults": 3 }] });
        let told = s.post(&path, bad).await;
        let errors: Vec<(i64, &str, &str)> = told["errors"].as_array().unwrap().iter()
            .map(|error| (error["row"].as_i64().unwrap(), error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect();
        assert_eq!(errors, [
            (1, "/rows/1/room_type", "not_found"), (2, "/rows/2/departure", "bad_dates"),
            (4, "/rows/4/room_type", "no_inventory"), (5, "/rows/5/adults", "too_many_people")]);
        assert_eq!((&told["written"], &told["reservations"]), (&json!(false), &json!([])));
        assert_eq!(s.get(&path).await, json!([]));
        // What only shows itself when it is written takes everything back as well.
        let wrong_phone = json!({ "rows": [good, { "guest": { "profile": { "full_name": "" } }, "room_type": "DBL", "arrival": "2026-10-10", "departure": "2026-10-11" }] });
        assert_eq!(s.refused(&path, wrong_phone).await.0, 422);
        for _ in 0..4 { s.book("DBL", "2026-10-12", "2026-10-13").await; }
        let beyond = json!({ "rows": [good, row("13600000006", "DBL", "2026-10-11", "2026-10-13")] });
        assert_eq!(s.refused(&path, beyond).await, (409, "no_inventory".into()), "a night beside the block is sold out");
        assert_eq!(s.get(&path).await, json!([]));
        let preview = s.post(&path, json!({ "rows": [good], "preview": true })).await;
        assert_eq!((&preview["written"], &preview["errors"]), (&json!(false), &json!([])));
        let told = s.post(&path, json!({ "rows": [good, row("13600000004", "DBL", "2026-10-10", "2026-10-11")], "company": "Acme" })).await;
        assert_eq!(told["reservations"].as_array().unwrap().len(), 2);
        let list = s.get(&path).await;
        assert_eq!((list.as_array().unwrap().len(), &list[0]["company"], &list[0]["guest"]), (2, &json!("Acme"), &json!("李娜")));
        // At the price of the group.
        let group = s.get("/api/v1/groups/EXPO").await;
        assert_eq!(group["total"][0]["promised"], 3 * 250_00);
        let nights: Vec<(i64, i64)> = group["blocks"][0]["nights"].as_array().unwrap().iter()
            .map(|night| (night["picked_up"].as_i64().unwrap(), night["left"].as_i64().unwrap())).collect();
        assert_eq!(nights, [(2, 0), (1, 1)]);
        // A reservation that is called off is for sale to all, and not of the block again.
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [2, 2]);
        let number = list[0]["number"].as_str().unwrap();
        s.post(&format!("/api/v1/visits/{number}/cancel"), json!({ "waive_penalty": true })).await;
        assert_eq!(left(&s, "DBL", "2026-10-10", "2026-10-12").await, [3, 3]);
        assert_eq!(s.get(&path).await.as_array().unwrap().len(), 1);
    }

    async fn the_night_audit_of_the_release_date_gives_the_rest_back(db: TestDb) {
        let s = Server::new(db).await;
        block(&s, Some("2026-10-04"), json!([of("DBL", "2026-10-03", "2026-10-07", 2)])).await;
        audit(&s).await;
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-07").await, [2, 2, 2], "not yet");
        let list = json!({ "rows": [row("13600000001", "DBL", "2026-10-04", "2026-10-06")] });
        s.post(&format!("{BLOCK}/rooming-list"), list).await;
        audit(&s).await;
        assert_eq!(left(&s, "DBL", "2026-10-05", "2026-10-07").await, [3, 4]);
        assert_eq!(s.get("/api/v1/groups/EXPO").await["blocks"][0]["released_on"], "2026-10-04");
    }

    async fn a_group_checks_in_and_out_and_each_room_is_told(db: TestDb) {
        let s = Server::new(db).await;
        block(&s, None, json!([of("DBL", "2026-10-03", "2026-10-05", 3)])).await;
        let rows = ["13600000001", "13600000002", "13600000003"].map(|phone| row(phone, "DBL", "2026-10-03", "2026-10-05"));
        s.post(&format!("{BLOCK}/rooming-list"), json!({ "rows": rows })).await;
        // One comes later, and two rooms of the house are not ready.
        s.post(&format!("{BLOCK}/rooming-list"), json!({ "rows": [row("13600000004", "DBL", "2026-10-05", "2026-10-06")] })).await;
        for room in ["0401", "0402"] {
            s.post(&format!("{HOUSE}/rooms/{room}/state"), json!({ "state": "dirty" })).await;
        }
        let check_in = async |dirty: bool| s.post("/api/v1/groups/EXPO/check-in", json!({ "property": "SH01", "accept_dirty": dirty })).await;
        let told = check_in(false).await;
        let outcomes: Vec<(bool, Option<&str>)> = told.as_array().unwrap().iter()
            .map(|room| (room["done"].as_bool().unwrap(), room["code"].as_str())).collect();
        assert_eq!(outcomes, [(true, None), (true, None), (false, Some("room_not_ready"))]);
        assert!(told[0]["room"].is_string() && told[2]["detail"].is_string());
        // Done again it goes on with those that are left.
        let told = check_in(true).await;
        assert_eq!((told.as_array().unwrap().len(), &told[0]["done"]), (1, &json!(true)));
        assert_eq!(check_in(true).await, json!([]));
        audit(&s).await;
        let check_out = async |allow: bool| s.post("/api/v1/groups/EXPO/check-out", json!({ "property": "SH01", "allow_balance": allow })).await;
        let told = check_out(false).await;
        assert!(told.as_array().unwrap().iter().all(|room| room["code"] == "balance_due") && told.as_array().unwrap().len() == 3, "{told}");
        let number = told[0]["number"].as_str().unwrap().to_owned();
        s.post(&format!("/api/v1/visits/{number}/payments"), json!({ "code": "CARD", "amount": 349_80 })).await;
        let told = check_out(false).await;
        assert_eq!(told.as_array().unwrap().iter().filter(|room| room["done"] == true).count(), 1, "{told}");
        assert_eq!(check_out(true).await.as_array().unwrap().len(), 2);
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-05").await, [4]);
        assert_eq!(s.refused("/api/v1/groups/NONE/check-in", json!({ "property": "SH01" })).await.0, 404);
    }
}
