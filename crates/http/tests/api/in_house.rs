//! What changes while guests are in house: rooms that are swapped, shares of which either leaves first, another price or plan, another booker and
//! another primary guest. Each test is named after its cell of situations. Both engines.

use crate::common::{Server, booking, digits, screens::assert_screens_agree};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

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

/// What is left to sell, by night.
async fn left(s: &Server, room_type: &str, from: &str, to: &str) -> Vec<i64> {
    let rows = s.get(&format!("{HOUSE}/availability?from={from}&to={to}")).await;
    let of_type = |row: &&Value| row["room_type"] == room_type;
    rows.as_array().unwrap().iter().filter(of_type).map(|row| row["left"].as_i64().unwrap()).collect()
}

/// Books and checks in.
async fn lives(s: &Server, room_type: &str, departure: &str, room: &str) -> String {
    let number = s.book(room_type, "2026-10-03", departure).await;
    act(s, &number, "check-in", json!({ "room": room, "accept_dirty": true, "accept_early": true })).await;
    number
}

fn room_of(visit: &Value, line: usize) -> &str {
    visit["stay"][line]["room_number"].as_str().unwrap()
}

/// Windows of a bill with what is on them.
fn windows(visit: &Value) -> Vec<(i64, i64)> {
    let folios = visit["consumption"]["folios"].as_array().unwrap().iter();
    folios.map(|folio| (folio["window"].as_i64().unwrap(), folio["balance"].as_i64().unwrap())).collect()
}

async fn friend(s: &Server, phone: &str) -> Value {
    let made = s.post("/api/v1/guests", json!({ "full_name": "李娜", "phones": [phone] })).await;
    json!({ "id": made["id"] })
}

both_engines! {
    async fn two_rooms_in_house_are_swapped_and_counted_where_the_guests_are(db: TestDb) {
        let s = Server::new(db).await;
        let one = lives(&s, "DBL", "2026-10-05", "0401").await;
        let two = lives(&s, "STE", "2026-10-04", "0501").await;
        let swap = json!({ "with": two, "reason": "the family needs more room" });
        assert_eq!(refused(&s, &one, "swap", json!({ "with": two })).await, (422, "invalid".into()), "without a reason");
        // The suite is sold to somebody else from tomorrow on, when who is to come into it still lives here.
        let third = s.book("STE", "2026-10-04", "2026-10-05").await;
        assert_eq!(refused(&s, &one, "swap", swap.clone()).await, (409, "no_inventory".into()));
        assert_eq!((room_of(&visit(&s, &one).await, 0), room_of(&visit(&s, &two).await, 0)), ("0401", "0501"));
        act(&s, &third, "cancel", json!({ "waive_penalty": true })).await;
        act(&s, &one, "swap", swap.clone()).await;
        let (a, b) = (visit(&s, &one).await, visit(&s, &two).await);
        assert_eq!((room_of(&a, 0), room_of(&b, 0)), ("0501", "0401"));
        assert_eq!((left(&s, "DBL", "2026-10-03", "2026-10-05").await, left(&s, "STE", "2026-10-03", "2026-10-05").await), (vec![3, 4], vec![0, 0]));
        for view in [&a, &b] {
            assert_eq!(view["journal"].as_array().unwrap().last().unwrap()["action"], "stay.swap");
            assert_eq!(view["stay"][0]["rooms"][1]["reason"], "swap");
        }
        // Prices are those of the sale, after the audit as before, and the rooms can be swapped back.
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &one).await), [(1, 349_80)]);
        assert_eq!(windows(&visit(&s, &two).await), [(1, 932_80)]);
        // On the other's departure day there is nothing left to swap.
        assert_eq!(refused(&s, &one, "swap", swap.clone()).await, (409, "wrong_state".into()));
        act(&s, &two, "extend", json!({ "departure": "2026-10-05" })).await;
        act(&s, &one, "swap", swap).await;
        assert_eq!((room_of(&visit(&s, &one).await, 0), room_of(&visit(&s, &two).await, 0)), ("0401", "0501"));
        for number in [one, two] {
            act(&s, &number, "check-out", json!({ "allow_balance": true })).await;
        }
        assert_eq!((left(&s, "DBL", "2026-10-04", "2026-10-05").await, left(&s, "STE", "2026-10-04", "2026-10-05").await), (vec![4], vec![1]));
    }

    async fn rooms_of_one_booking_that_are_set_aside_are_swapped_and_others_are_not(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["rooms"] = json!([
            { "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-05", "room": "0401" },
            { "room_type": "STE", "rate_plan": "BAR", "arrival": "2026-10-04", "departure": "2026-10-06", "room": "0501" },
            { "room_type": "STE", "rate_plan": "BAR", "arrival": "2026-10-06", "departure": "2026-10-07", "adults": 3 }]);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let swap = |with: i64| json!({ "line": 1, "with_line": with, "reason": "as they like" });
        assert_eq!(refused(&s, &number, "swap", swap(1)).await, (422, "invalid".into()), "with itself");
        assert_eq!(refused(&s, &number, "swap", swap(3)).await, (409, "wrong_state".into()), "nothing is set aside");
        assert_eq!(refused(&s, &number, "swap", swap(9)).await.0, 404);
        act(&s, &number, "assign-room", json!({ "line": 3, "room": "0501" })).await;
        assert_eq!(refused(&s, &number, "swap", swap(3)).await, (422, "too_many_people".into()));
        act(&s, &number, "swap", swap(2)).await;
        let booked = visit(&s, &number).await["booking"]["rooms"].clone();
        assert_eq!((&booked[0]["room_number"], &booked[1]["room_number"]), (&json!("0501"), &json!("0401")));
        assert_eq!((&booked[0]["counted_as"], &booked[1]["counted_as"]), (&json!("STE"), &json!("DBL")));
        assert_eq!(left(&s, "STE", "2026-10-03", "2026-10-07").await, [0, 0, 1, 0]);
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-07").await, [4, 3, 3, 4]);
        // One lived in, one set aside: that is a move.
        act(&s, &number, "check-in", json!({ "line": 1 })).await;
        assert_eq!(refused(&s, &number, "swap", swap(2)).await, (409, "wrong_state".into()));
        // Another property, on a date of its own.
        let other = json!({ "name": "二店", "name_en": "Second", "time_zone": "Asia/Tokyo", "currency": "JPY", "business_date": "2026-10-05" });
        let setup = [
            ("", other),
            ("/room-types/DBL", json!({ "name": "双", "name_en": "Twin", "capacity": 2 })),
            ("/rooms", json!([{ "number": "7", "room_type": "DBL" }])),
            ("/rate-plans/BAR", json!({ "name": "价", "name_en": "Bar", "kind": "nightly",
                "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 9_000 }] })),
        ];
        for (path, body) in setup {
            assert!(s.send(Method::PUT, &format!("/api/v1/properties/TK01{path}"), Some(body), &[]).await.0.is_success());
        }
        let mut body = booking("DBL", "2026-10-05", "2026-10-06");
        body["property"] = json!("TK01");
        let far = digits(&s.post("/api/v1/reservations", body).await);
        assert_eq!(refused(&s, &number, "swap", json!({ "with": far, "reason": "no" })).await, (422, "invalid".into()));
    }

    async fn the_one_who_holds_a_shared_room_leaves_first_and_each_pays_what_was_agreed(db: TestDb) {
        let s = Server::new(db).await;
        let number = lives(&s, "DBL", "2026-10-06", "0401").await;
        let guest = friend(&s, "13912345678").await;
        let share = |more: Value| {
            let mut body = json!({ "guest": guest, "window": 2, "departure": "2026-10-05", "prices": [100_00, 110_00] });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        for (wrong, code) in [
            (json!({ "departure": "2026-10-07" }), "bad_dates"),
            (json!({ "departure": "2026-10-02" }), "bad_dates"),
            (json!({ "prices": [100_00] }), "bad_amount"),
            (json!({ "prices": [100_00, -1] }), "bad_amount"),
            (json!({ "window": 1 }), "invalid"),
        ] {
            assert_eq!(refused(&s, &number, "share", share(wrong.clone())).await.1, code, "{wrong}");
        }
        act(&s, &number, "share", share(json!({}))).await;
        let view = visit(&s, &number).await;
        let (holder, sharer) = (view["stay"][0]["id"].clone(), view["stay"][1]["id"].clone());
        assert_eq!(view["stay"][1]["share"]["prices"], json!([100_00, 110_00]));
        // Three nights of the room, two of the share.
        assert_eq!(view["consumption"]["to_come"].as_array().unwrap().len(), 5);
        assert_eq!(view["consumption"]["at_check_out"], 3 * 349_80 + 116_60 + 128_26);
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 349_80), (2, 116_60)]);
        // The holder leaves on the second day: the other has the room alone, at his price, until he leaves.
        act(&s, &number, "check-out", json!({ "stay": holder, "allow_balance": true })).await;
        let view = visit(&s, &number).await;
        let room = &view["booking"]["rooms"][0];
        assert_eq!((&room["departure"], &room["prices"], &room["stay_id"]), (&json!("2026-10-05"), &json!([300_00, 110_00]), &sharer));
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-06").await, [3, 4]);
        assert_eq!(view["consumption"]["at_check_out"], 349_80 + 116_60 + 128_26);
        // Taken back, they share again; who holds the room does so still.
        act(&s, &number, "undo-check-out", json!({})).await;
        assert_eq!(visit(&s, &number).await["stay"][0]["share_of"], sharer);
        act(&s, &number, "check-out", json!({ "stay": holder, "allow_balance": true })).await;
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 349_80), (2, 116_60 + 128_26)]);
        assert_eq!(refused(&s, &number, "check-out", json!({})).await.1, "balance_due");
        act(&s, &number, "payments", json!({ "code": "CASH", "amount": 349_80, "window": 1 })).await;
        act(&s, &number, "payments", json!({ "code": "CASH", "amount": 116_60 + 128_26, "window": 2 })).await;
        let gone = act(&s, &number, "check-out", json!({})).await;
        assert_eq!((gone["balance"].as_i64(), gone["rooms"][0]["stay"].as_str()), (Some(0), Some("checked_out")));
    }

    async fn who_holds_a_shared_room_is_to_leave_first_and_until_then_the_room_costs_what_was_agreed_with_him(db: TestDb) {
        let s = Server::new(db).await;
        let (share, shares) = ([100_00, 110_00, 120_00], [116_60, 128_26, 139_92]);
        let mut visits = Vec::new();
        for (room, phone) in [("0401", "13912345678"), ("0402", "13912345679")] {
            let number = lives(&s, "DBL", "2026-10-06", room).await;
            let guest = friend(&s, phone).await;
            act(&s, &number, "share", json!({ "guest": guest, "window": 2, "prices": share })).await;
            let view = visit(&s, &number).await;
            let holder = view["stay"][0]["id"].clone();
            act(&s, &number, "early-departure", json!({ "stay": holder, "departure": "2026-10-05", "reason": "called home" })).await;
            // The first two nights are the one's, who pays them; the last is the other's, at the price that was agreed with him.
            let view = visit(&s, &number).await;
            let booked = &view["booking"]["rooms"][0];
            assert_eq!((&booked["prices"], &booked["stay_id"]), (&json!([300_00, 300_00, 120_00]), &view["stay"][1]["id"]));
            assert_eq!(booked["total"], 2 * 349_80 + shares[2]);
            assert_eq!(view["consumption"]["at_check_out"], 2 * 349_80 + shares.iter().sum::<i64>());
            visits.push((number, holder));
        }
        let [(planned, holder), (sooner, hurried)]: [(String, Value); 2] = visits.try_into().unwrap();
        audit(&s).await;
        for number in [&planned, &sooner] {
            assert_eq!(windows(&visit(&s, number).await), [(1, 349_80), (2, shares[0])]);
        }
        // Of one room he leaves sooner still: what is left of his nights is the other's.
        act(&s, &sooner, "check-out", json!({ "stay": hurried, "allow_balance": true })).await;
        assert_eq!(visit(&s, &sooner).await["booking"]["rooms"][0]["prices"], json!([300_00, 110_00, 120_00]));
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &planned).await), [(1, 2 * 349_80), (2, shares[0] + shares[1])]);
        assert_eq!(windows(&visit(&s, &sooner).await), [(1, 349_80), (2, shares[0] + shares[1])]);
        act(&s, &planned, "check-out", json!({ "stay": holder, "allow_balance": true })).await;
        assert_eq!(visit(&s, &planned).await["booking"]["rooms"][0]["prices"], json!([300_00, 300_00, 120_00]));
        audit(&s).await;
        let all = shares.iter().sum::<i64>();
        assert_eq!(windows(&visit(&s, &planned).await), [(1, 2 * 349_80), (2, all)]);
        assert_eq!(windows(&visit(&s, &sooner).await), [(1, 349_80), (2, all)]);
        assert_screens_agree(&s, "SH01", &[planned, sooner]).await;
    }

    async fn whoever_holds_the_room_leaves_on_the_day_of_arrival_and_who_stays_pays_the_night(db: TestDb) {
        let s = Server::new(db).await;
        for (room, prices) in [("0401", json!([])), ("0402", json!([100_00, 110_00, 120_00]))] {
            let number = lives(&s, "DBL", "2026-10-06", room).await;
            let guest = friend(&s, &format!("1391234567{}", &room[3..])).await;
            let mut body = json!({ "guest": guest, "window": 2 });
            if prices != json!([]) {
                body["prices"] = prices.clone();
            }
            act(&s, &number, "share", body).await;
            let holder = visit(&s, &number).await["stay"][0]["id"].clone();
            act(&s, &number, "check-out", json!({ "stay": holder, "allow_balance": true })).await;
            assert_eq!(windows(&visit(&s, &number).await), [(2, 0)], "{room}");
        }
        // The room is paid for once, by who is in it at night: what was agreed for it, or else what the room costs.
        assert_eq!(audit(&s).await["business_date"], "2026-10-03");
        let bills = s.get(&format!("{HOUSE}/lists/in_house")).await;
        let mut balances: Vec<i64> =
            bills["rows"].as_array().unwrap().iter().map(|row| row["balance"].as_i64().unwrap()).collect();
        balances.sort_unstable();
        assert_eq!(balances, [116_60, 349_80]);
    }

    async fn a_room_that_one_of_its_guests_has_left_again_was_lived_in_and_is_not_taken_back(db: TestDb) {
        let s = Server::new(db).await;
        let number = lives(&s, "DBL", "2026-10-06", "0401").await;
        let guest = friend(&s, "13912345678").await;
        act(&s, &number, "share", json!({ "guest": guest })).await;
        let holder = visit(&s, &number).await["stay"][0]["id"].clone();
        act(&s, &number, "check-out", json!({ "stay": holder, "allow_balance": true })).await;
        assert_eq!(refused(&s, &number, "undo-check-in", json!({})).await, (409, "wrong_state".into()));
        let view = visit(&s, &number).await;
        assert_eq!((&view["stay"][1]["state"], &view["booking"]["rooms"][0]["stay_id"]), (&json!("in_house"), &view["stay"][1]["id"]));
        // Once the first is back, the two of them may have been let in by mistake.
        act(&s, &number, "undo-check-out", json!({})).await;
        assert_screens_agree(&s, "SH01", std::slice::from_ref(&number)).await;
        let charged = visit(&s, &number).await["consumption"]["postings"].as_array().unwrap().clone();
        for charge in charged.iter().filter(|charge| charge["code"] == "ROOM") {
            act(&s, &number, "reversals", json!({ "posting_id": charge["id"], "reason": "wrong guest" })).await;
        }
        act(&s, &number, "undo-check-in", json!({})).await;
        assert_screens_agree(&s, "SH01", &[number]).await;
    }

    async fn the_sharer_leaves_first_or_stays_longer_and_the_room_follows_whoever_stays_longest(db: TestDb) {
        let s = Server::new(db).await;
        let number = lives(&s, "DBL", "2026-10-05", "0401").await;
        let guest = friend(&s, "13912345678").await;
        act(&s, &number, "share", json!({ "guest": guest, "departure": "2026-10-04", "prices": [100_00] })).await;
        let sharer = visit(&s, &number).await["stay"][1]["id"].clone();
        // Leaving on the day of arrival costs the first night all the same.
        act(&s, &number, "check-out", json!({ "stay": sharer, "allow_balance": true })).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 116_60)]);
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-06").await, [3, 3, 4]);
        act(&s, &number, "undo-check-out", json!({})).await;
        // He stays longer than who holds the room: then he holds it, from now on.
        act(&s, &number, "extend", json!({ "stay": sharer, "departure": "2026-10-07", "prices": [250_00, 260_00] })).await;
        let view = visit(&s, &number).await;
        let holder = view["stay"][0]["id"].clone();
        assert_eq!((&view["stay"][0]["share_of"], &view["stay"][0]["departure"]), (&sharer, &json!("2026-10-05")));
        assert_eq!(view["booking"]["rooms"][0]["departure"], "2026-10-07");
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-08").await, [3, 3, 3, 3, 4]);
        audit(&s).await;
        // The first night of the sharer was charged when he had left; the other pays the room as it was agreed.
        assert_eq!(windows(&visit(&s, &number).await), [(1, 116_60 + 349_80)]);
        // Plans change back: he leaves before the other, who has the room again.
        act(&s, &number, "early-departure", json!({ "stay": sharer, "departure": "2026-10-04" })).await;
        let view = visit(&s, &number).await;
        assert_eq!((&view["booking"]["rooms"][0]["stay_id"], &view["booking"]["rooms"][0]["departure"]), (&holder, &json!("2026-10-05")));
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-07").await, [3, 4, 4]);
        act(&s, &number, "check-out", json!({ "stay": sharer, "allow_balance": true })).await;
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 116_60 + 2 * 349_80)]);
    }

    async fn a_check_out_is_not_undone_into_a_room_that_was_put_out_of_order_since(db: TestDb) {
        let s = Server::new(db).await;
        // Due out: no night of the room is taken again by the undo.
        let number = lives(&s, "DBL", "2026-10-04", "0401").await;
        audit(&s).await;
        act(&s, &number, "check-out", json!({ "allow_balance": true })).await;
        let dates = json!({ "from": "2026-10-04", "until": "2026-10-05", "reason": "burst pipe" });
        s.post(&format!("{HOUSE}/rooms/0401/out-of-order"), dates).await;
        assert_eq!(refused(&s, &number, "undo-check-out", json!({})).await, (409, "room_not_ready".into()));
        let dates = json!({ "from": "2026-10-04", "until": "2026-10-05" });
        s.post(&format!("{HOUSE}/rooms/0401/back-in-order"), dates).await;
        act(&s, &number, "undo-check-out", json!({})).await;
        assert_screens_agree(&s, "SH01", &[number]).await;
    }

    async fn who_shares_a_room_and_checks_out_leaves_on_the_same_day_once_it_is_undone(db: TestDb) {
        let s = Server::new(db).await;
        // Of one room the sharer leaves first, of the other the one who held it.
        let first = lives(&s, "DBL", "2026-10-06", "0401").await;
        let guest = friend(&s, "13912345678").await;
        act(&s, &first, "share", json!({ "guest": guest, "departure": "2026-10-04", "prices": [100_00] })).await;
        let sharer = visit(&s, &first).await["stay"][1]["id"].clone();
        let second = lives(&s, "DBL", "2026-10-06", "0402").await;
        let guest = friend(&s, "13912345679").await;
        act(&s, &second, "share", json!({ "guest": guest, "prices": [100_00, 100_00, 100_00] })).await;
        let holder = visit(&s, &second).await["stay"][0]["id"].clone();
        act(&s, &second, "early-departure", json!({ "stay": holder, "departure": "2026-10-04" })).await;
        audit(&s).await;
        let (alone, together) = (|stay: &Value| json!({ "stay": stay, "allow_balance": true }), json!({ "allow_balance": true }));
        for (number, leaving, departures) in [
            (&first, alone(&sharer), ["2026-10-06", "2026-10-04"]),
            (&first, together.clone(), ["2026-10-06", "2026-10-04"]),
            (&second, alone(&holder), ["2026-10-04", "2026-10-06"]),
            (&second, together, ["2026-10-04", "2026-10-06"]),
        ] {
            let owed = visit(&s, number).await["consumption"]["at_check_out"].clone();
            act(&s, number, "check-out", leaving.clone()).await;
            act(&s, number, "undo-check-out", json!({ "reason": "the wrong room" })).await;
            let view = visit(&s, number).await;
            let stays = view["stay"].as_array().unwrap();
            let are: Vec<_> = stays.iter().map(|stay| stay["departure"].as_str().unwrap()).collect();
            assert_eq!(are, departures, "{leaving}");
            // Nobody pays for nights on which he is gone.
            assert_eq!(view["consumption"]["at_check_out"], owed, "{leaving}");
        }
        assert_screens_agree(&s, "SH01", &[first, second]).await;
    }

    async fn another_price_or_plan_in_house_is_for_nights_that_are_not_charged(db: TestDb) {
        let s = Server::new(db).await;
        let plan = json!({ "name": "协议价", "name_en": "Contract", "kind": "nightly",
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 280_00 }] });
        assert!(s.send(Method::PUT, &format!("{HOUSE}/rate-plans/CON"), Some(plan), &[]).await.0.is_success());
        let number = lives(&s, "DBL", "2026-10-06", "0401").await;
        audit(&s).await;
        for (wrong, code) in [
            (json!({ "rate_plan": "CON" }), "invalid"),
            (json!({ "reason": "r" }), "invalid"),
            (json!({ "prices": [1, 2, 3], "reason": "r" }), "bad_amount"),
            (json!({ "rate_plan": "DAY4", "reason": "r" }), "bad_dates"),
            (json!({ "rate_plan": "NONE", "reason": "r" }), "not_found"),
            (json!({ "line": 2, "prices": [1, 2], "reason": "r" }), "wrong_state"),
        ] {
            assert_eq!(refused(&s, &number, "reprice", wrong.clone()).await.1, code, "{wrong}");
        }
        let told = act(&s, &number, "reprice", json!({ "rate_plan": "CON", "preview": true, "reason": "r" })).await;
        assert_eq!((&told["preview"]["total"], &told["preview"]["total_after"]), (&json!(3 * 349_80), &json!(349_80 + 2 * 280_00)));
        assert_eq!(visit(&s, &number).await["booking"]["rooms"][0]["total"], 3 * 349_80, "nothing was changed");
        act(&s, &number, "reprice", json!({ "rate_plan": "CON", "reason": "the contract was found" })).await;
        let view = visit(&s, &number).await;
        let room = &view["booking"]["rooms"][0];
        assert_eq!((&room["total"], &room["rate_plan"]), (&told["preview"]["total_after"], &json!("CON")));
        assert_eq!(room["prices"], json!([300_00, 280_00, 280_00]));
        assert_eq!(view["consumption"]["at_check_out"], told["preview"]["total_after"]);
        let entry = view["journal"].as_array().unwrap().last().unwrap();
        assert_eq!((&entry["action"], &entry["reason"]), (&json!("stay.reprice"), &json!("the contract was found")));
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 349_80 + 280_00)]);
        // A charge of the first night is corrected by the terms of that night.
        let first = visit(&s, &number).await["consumption"]["postings"].as_array().unwrap().iter().find(|line| line["code"] == "ROOM").unwrap()["id"].clone();
        act(&s, &number, "corrections", json!({ "posting_id": first, "amount": 200_00, "reason": "noise" })).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 233_20 + 280_00)]);
        act(&s, &number, "reprice", json!({ "prices": [0], "reason": "a night for the noise" })).await;
        audit(&s).await;
        assert_eq!(windows(&visit(&s, &number).await), [(1, 233_20 + 280_00)]);
        assert_eq!(refused(&s, &number, "reprice", json!({ "prices": [1], "reason": "r" })).await, (409, "wrong_state".into()));
    }

    async fn one_more_from_tonight_on_is_agreed_for_nights_that_are_not_charged(db: TestDb) {
        let s = Server::new(db).await;
        let plan = json!({ "name": "含早", "name_en": "Breakfast", "kind": "nightly",
            "people": { "included": 1, "fewer": 0, "more": 120_00 },
            "inclusions": [{ "code": "FB", "adult": 40_00, "pricing": "within" }],
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] });
        assert!(s.send(Method::PUT, &format!("{HOUSE}/rate-plans/BB"), Some(plan), &[]).await.0.is_success());
        let mut body = booking("DBL", "2026-10-03", "2026-10-06");
        body["rooms"][0]["rate_plan"] = json!("BB");
        body["rooms"][0]["adults"] = json!(1);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        act(&s, &number, "check-in", json!({ "room": "0401" })).await;
        audit(&s).await;
        let first = windows(&visit(&s, &number).await);
        assert_eq!(refused(&s, &number, "reprice", json!({ "adults": 3, "reason": "r" })).await, (422, "too_many_people".into()));
        assert_eq!(refused(&s, &number, "reprice", json!({ "adults": 0, "reason": "r" })).await, (422, "invalid".into()));
        assert_eq!(refused(&s, &number, "reprice", json!({ "adults": 1, "reason": "as before" })).await, (422, "invalid".into()));
        act(&s, &number, "reprice", json!({ "adults": 2, "reason": "his wife comes tonight" })).await;
        let view = visit(&s, &number).await;
        let room = &view["booking"]["rooms"][0];
        assert_eq!((&room["adults"], &room["prices"], &view["stay"][0]["adults"]), (&json!(2), &json!([300_00, 420_00, 420_00]), &json!(2)));
        // The night that is charged stays as it was charged, and so does its breakfast; those to come are for two.
        assert_eq!(windows(&view), first);
        let eat = async |date: &str| s.get(&format!("{HOUSE}/kitchen?date={date}")).await["inclusions"][0]["adults"].as_i64();
        assert_eq!((eat("2026-10-04").await, eat("2026-10-05").await, eat("2026-10-06").await), (Some(1), Some(2), Some(2)));
        let shown = view["consumption"]["at_check_out"].clone();
        audit(&s).await;
        audit(&s).await;
        let bill = visit(&s, &number).await["consumption"].clone();
        assert_eq!((&bill["balance"], &bill["at_check_out"]), (&shown, &shown));
        let breakfasts: Vec<i64> = bill["postings"].as_array().unwrap().iter()
            .filter(|line| line["code"] == "FB").map(|line| line["amount"].as_i64().unwrap()).collect();
        assert_eq!(breakfasts, [40_00, 80_00, 80_00]);
    }

    async fn another_booker_and_another_primary_guest(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let (friend, third) = (friend(&s, "13912345678").await, friend(&s, "13912345679").await);
        let was = visit(&s, &number).await["guest"]["id"].clone();
        assert_eq!(refused(&s, &number, "booker", json!({ "guest": { "id": was } })).await, (422, "invalid".into()));
        act(&s, &number, "booker", json!({ "guest": friend })).await;
        assert_eq!(visit(&s, &number).await["guest"]["id"], friend["id"]);
        assert_eq!(refused(&s, &number, "primary-guest", json!({ "guest": third })).await.1, "wrong_state", "nobody is in house");
        act(&s, &number, "check-in", json!({ "room": "0401", "guests": [{ "guest": friend }, { "guest": { "id": was } }] })).await;
        act(&s, &number, "charges", json!({ "code": "MINI", "amount": 10_00 })).await;
        let roles = async || -> Vec<(Value, String)> {
            let view = visit(&s, &number).await;
            let people = view["stay"][0]["guests"].as_array().unwrap().clone();
            people.iter().map(|person| (person["guest"]["id"].clone(), person["role"].as_str().unwrap().to_owned())).collect()
        };
        // One who is in the room already: the two change places.
        act(&s, &number, "primary-guest", json!({ "guest": { "id": was } })).await;
        assert!(roles().await.contains(&(was.clone(), "primary".into())) && roles().await.contains(&(friend["id"].clone(), "accompanying".into())));
        // The room sleeps two: a third only in the place of one.
        assert_eq!(refused(&s, &number, "primary-guest", json!({ "guest": third })).await.1, "too_many_people");
        act(&s, &number, "primary-guest", json!({ "guest": third, "replace": true, "reason": "came instead" })).await;
        let now = roles().await;
        assert!(now.len() == 2 && now.contains(&(third["id"].clone(), "primary".into())), "{now:?}");
        // The booker changes while in house, after the audit; the open bill is the new one's.
        audit(&s).await;
        act(&s, &number, "booker", json!({ "guest": third })).await;
        let view = visit(&s, &number).await;
        assert_eq!((&view["guest"]["id"], &view["consumption"]["folios"][0]["guest_id"]), (&third["id"], &third["id"]));
        assert_eq!(view["booking"]["rooms"][0]["total"], 2 * 349_80);
    }
}
