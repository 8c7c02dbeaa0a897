//! Bills without a room, and charges that another visit pays: by hand, and by the master account of a group. Both engines.

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn act(s: &Server, number: &str, action: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn refused(s: &Server, number: &str, action: &str, body: Value) -> (u16, String) {
    s.refused(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn visit(s: &Server, number: &str) -> Value {
    s.get(&format!("/api/v1/visits/{number}")).await
}

async fn audit(s: &Server) {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await;
}

/// Opens a house account.
async fn account(s: &Server, name: &str, group: Option<&str>) -> String {
    let guest = json!({ "profile": { "full_name": "周敏", "phones": ["13612345678"] } });
    digits(
        &s.post(&format!("{HOUSE}/house-accounts"), json!({ "name": name, "guest": guest, "group": group }))
            .await,
    )
}

/// Windows of a bill with what is on them.
async fn windows(s: &Server, number: &str) -> Vec<(i64, i64)> {
    let view = visit(s, number).await;
    let folios = view["consumption"]["folios"].as_array().unwrap().iter();
    folios.map(|folio| (folio["window"].as_i64().unwrap(), folio["balance"].as_i64().unwrap())).collect()
}

/// The charge of a code on a bill that still counts.
async fn charge(s: &Server, number: &str, code: &str) -> Value {
    let view = visit(s, number).await;
    let lines = view["consumption"]["postings"].as_array().unwrap();
    let is_reversed = |line: &Value| lines.iter().any(|other| other["reverses"] == line["id"]);
    lines
        .iter()
        .find(|line| line["code"] == code && line["amount"].as_i64() > Some(0) && !is_reversed(line))
        .unwrap()
        .clone()
}

async fn revenue(s: &Server) -> i64 {
    let day = s.get(&format!("{HOUSE}/ledgers")).await;
    let rows = day["ledgers"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["ledger"] == "revenue")
        .map(|row| row["credit"].as_i64().unwrap() - row["debit"].as_i64().unwrap())
        .sum()
}

both_engines! {
    async fn a_house_account_is_found_by_its_number_and_by_who_it_is_for_open_and_closed(db: TestDb) {
        let s = Server::new(db).await;
        let number = account(&s, "Lost property", None).await;
        for state in ["reserved", "cancelled"] {
            for q in [number.as_str(), "13612345678", "zhou%20min"] {
                let found = s.get(&format!("/api/v1/search?q={q}")).await;
                let hit = &found["visits"][0];
                assert_eq!((digits(hit), hit["state"].as_str()), (number.clone(), Some(state)), "{q}");
                // It has no room, and nobody is expected.
                assert_eq!((&hit["room"], &hit["desk_state"]), (&Value::Null, &Value::Null), "{q}");
            }
            if state == "reserved" {
                let cancel = format!("/api/v1/visits/{number}/cancel");
                let english = [("accept-language", "en")];
                let (status, told) = s.send(Method::POST, &cancel, Some(json!({ "reason": "r" })), &english).await;
                assert_eq!((status, told["code"].as_str()), (StatusCode::CONFLICT, Some("wrong_state")));
                assert!(told["detail"].as_str().unwrap().contains("close-account"), "{told}");
                act(&s, &number, "close-account", json!({})).await;
            }
        }
    }

    async fn a_house_account_is_opened_charged_paid_closed_and_opened_again(db: TestDb) {
        let s = Server::new(db).await;
        let number = account(&s, "Lost property", None).await;
        act(&s, &number, "charges", json!({ "code": "MINI", "amount": 100_00 })).await;
        let owed = windows(&s, &number).await[0].1;
        assert_eq!(refused(&s, &number, "close-account", json!({})).await, (409, "balance_due".into()));
        audit(&s).await;
        // An open account is no visit that is over: nobody is asked why it is not settled.
        assert_eq!(s.get(&format!("{HOUSE}/unsettled")).await, json!([]));
        act(&s, &number, "payments", json!({ "code": "CASH", "amount": owed })).await;
        act(&s, &number, "close-account", json!({})).await;
        assert_eq!(visit(&s, &number).await["consumption"]["folios"][0]["state"], "closed");
        assert_eq!(refused(&s, &number, "close-account", json!({})).await, (409, "wrong_state".into()));
        act(&s, &number, "reopen-account", json!({ "reason": "one more" })).await;
        assert_eq!(refused(&s, &number, "reopen-account", json!({})).await, (409, "wrong_state".into()));
        act(&s, &number, "charges", json!({ "code": "MINI", "amount": 1_00 })).await;
        let room = s.book("DBL", "2026-10-04", "2026-10-05").await;
        assert_eq!(refused(&s, &room, "close-account", json!({})).await, (409, "wrong_state".into()));
        let (status, answer) = s.send(Method::POST, &format!("{HOUSE}/house-accounts"),
            Some(json!({ "name": "X", "guest": { "profile": { "full_name": "周敏" } }, "group": "NONE" })), &[]).await;
        assert_eq!((status, &answer["pointer"]), (StatusCode::NOT_FOUND, &json!("/group")));
    }

    async fn a_closed_account_takes_corrections_and_what_settles_them_and_nothing_new(db: TestDb) {
        let s = Server::new(db).await;
        let number = account(&s, "Lost property", None).await;
        act(&s, &number, "charges", json!({ "code": "MINI", "amount": 100_00 })).await;
        act(&s, &number, "payments", json!({ "code": "CASH", "amount": 106_00 })).await;
        act(&s, &number, "close-account", json!({})).await;
        let closed = (409, "wrong_state".to_owned());
        let card = json!({ "amount": 1, "card_token": "tok", "last_four": "1111", "expires": "2027-10-20" });
        for (action, body) in [
            ("charges", json!({ "code": "MINI", "amount": 1_00 })),
            ("paid-outs", json!({ "amount": 1_00, "reason": "taxi" })),
            ("payments", json!({ "code": "CASH", "amount": 1_00 })),
            ("deposits", json!({ "due": "2026-10-10", "amount": 1_00 })),
            ("deposits/pay", json!({ "code": "CASH", "amount": 1_00 })),
            ("pre-authorisations", card),
        ] {
            assert_eq!(refused(&s, &number, action, body).await, closed, "{action}");
        }
        // Nor from another bill, or for a group.
        let room = s.book("DBL", "2026-10-03", "2026-10-04").await;
        act(&s, &room, "check-in", json!({})).await;
        act(&s, &room, "charges", json!({ "code": "MINI", "amount": 1_00 })).await;
        let move_it = json!({ "posting_ids": [charge(&s, &room, "MINI").await["id"]], "to": number });
        let path = format!("/api/v1/visits/{room}/transfers-to-visit");
        let (status, told) = s.send(Method::POST, &path, Some(move_it), &[("accept-language", "en")]).await;
        assert_eq!((status, &told["code"], &told["pointer"]), (StatusCode::CONFLICT, &json!("wrong_state"), &json!("/to")));
        assert!(told["detail"].as_str().unwrap().contains("reopen-account"), "{told}");
        assert!(s.send(Method::PUT, "/api/v1/groups/EXPO", Some(json!({ "name": "Expo" })), &[]).await.0.is_success());
        let routing = json!({ "property": "SH01", "code_group": "room", "master": number });
        let (status, told) = s.send(Method::PUT, "/api/v1/groups/EXPO/routing", Some(routing), &[]).await;
        assert_eq!((status, &told["pointer"]), (StatusCode::CONFLICT, &json!("/master")));
        // The day is closed, and the charge was wrong: it comes off today, and the money goes back, all of it and no more.
        audit(&s).await;
        let mini = charge(&s, &number, "MINI").await["id"].clone();
        act(&s, &number, "corrections", json!({ "posting_id": mini, "amount": 80_00, "reason": "a price of last year" })).await;
        assert_eq!(windows(&s, &number).await, [(1, -21_20)]);
        assert_eq!(refused(&s, &number, "charges", json!({ "code": "MINI", "amount": 20_00 })).await, closed);
        assert_eq!(refused(&s, &number, "refunds", json!({ "code": "CASH", "amount": 30_00 })).await, closed);
        act(&s, &number, "refunds", json!({ "code": "CASH", "amount": 21_20 })).await;
        // And the other way: what was too little is paid, and no more.
        let mini = charge(&s, &number, "MINI").await["id"].clone();
        act(&s, &number, "corrections", json!({ "posting_id": mini, "amount": 100_00, "reason": "it was right" })).await;
        assert_eq!(refused(&s, &number, "payments", json!({ "code": "CASH", "amount": 30_00 })).await, closed);
        act(&s, &number, "payments", json!({ "code": "CASH", "amount": 21_20 })).await;
        let view = visit(&s, &number).await;
        assert_eq!((windows(&s, &number).await, &view["consumption"]["folios"][0]["state"]), (vec![(1, 0)], &json!("closed")));
        act(&s, &number, "reopen-account", json!({})).await;
        act(&s, &number, "charges", json!({ "code": "MINI", "amount": 1_00 })).await;
        assert_eq!(s.get(&format!("{HOUSE}/night-audit/check")).await["out_of_balance"], json!([]));
    }

    async fn a_house_account_takes_no_room_and_can_be_closed(db: TestDb) {
        let s = Server::new(db).await;
        let master = account(&s, "Wedding", None).await;
        let room = json!({ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-04" });
        assert_eq!(refused(&s, &master, "add-room", json!({ "room": room })).await, (409, "wrong_state".into()));
        let mut two = booking("DBL", "2026-10-03", "2026-10-04");
        two["rooms"] = json!([room, room]);
        let number = digits(&s.post("/api/v1/reservations", two).await);
        assert_eq!(refused(&s, &number, "move-room", json!({ "line": 2, "to": master })).await, (409, "wrong_state".into()));
        assert_eq!(visit(&s, &number).await["booking"]["rooms"].as_array().unwrap().len(), 2);
        act(&s, &master, "close-account", json!({})).await;
    }

    async fn charges_move_to_another_bill_with_their_tax_and_name_their_room_and_move_back(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        act(&s, &number, "check-in", json!({ "room": "0401" })).await;
        act(&s, &number, "charges", json!({ "code": "MINI", "amount": 100_00, "reference": "slip 7" })).await;
        act(&s, &number, "payments", json!({ "code": "CASH", "amount": 10_00 })).await;
        let master = account(&s, "Acme", None).await;
        let line = charge(&s, &number, "MINI").await["id"].clone();
        let all = windows(&s, &number).await[0].1 + 10_00;
        let before = revenue(&s).await;
        let to = |ids: Value, to: &str| json!({ "posting_ids": ids, "to": to, "to_window": 2 });
        let cash = visit(&s, &number).await["consumption"]["postings"].as_array().unwrap().iter().find(|line| line["code"] == "CASH").unwrap()["id"].clone();
        for (wrong, code) in [
            (to(json!([]), &master), "invalid"),
            (to(json!([cash]), &master), "invalid"),
            (to(json!([line]), &number), "invalid"),
            (json!({ "posting_ids": [line], "to": master, "to_window": 9 }), "invalid"),
        ] {
            assert_eq!(refused(&s, &number, "transfers-to-visit", wrong.clone()).await.1, code, "{wrong}");
        }
        act(&s, &number, "transfers-to-visit", to(json!([line]), &master)).await;
        assert_eq!((windows(&s, &number).await, windows(&s, &master).await), (vec![(1, -10_00)], vec![(2, all)]));
        assert_eq!(revenue(&s).await, before, "nothing was earned by it");
        let there = charge(&s, &master, "MINI").await;
        assert_eq!((&there["room_number"], &there["from_visit"].as_str().unwrap().replace('-', "")), (&json!("0401"), &number));
        assert_eq!(refused(&s, &number, "transfers-to-visit", to(json!([line]), &master)).await.1, "already_reversed");
        assert_eq!(refused(&s, &number, "reversals", json!({ "posting_id": line, "reason": "r" })).await.1, "already_reversed");
        // Both bills say it.
        for (of, action) in [(&number, "folio.transfer_to_visit"), (&master, "folio.receive_transfer")] {
            assert_eq!(visit(&s, of).await["journal"].as_array().unwrap().last().unwrap()["action"], action);
        }
        // After the audit it is corrected where it is, and moved back.
        audit(&s).await;
        act(&s, &master, "allowances", json!({ "posting_id": there["id"], "amount": 40_00, "reason": "r" })).await;
        let rest = windows(&s, &master).await[0].1;
        assert_eq!(rest, all - all * 40 / 100);
        act(&s, &master, "transfers-to-visit", json!({ "posting_ids": [there["id"]], "to": number })).await;
        assert_eq!(windows(&s, &master).await, [(2, 0)]);
        assert_eq!(windows(&s, &number).await, [(1, rest - 10_00 + 349_80)]);
        let check = s.get(&format!("{HOUSE}/night-audit/check")).await;
        assert_eq!(check["out_of_balance"], json!([]));
        audit(&s).await;
    }

    async fn a_master_account_pays_the_rooms_of_its_group_and_the_guests_their_extras(db: TestDb) {
        let s = Server::new(db).await;
        assert!(s.send(Method::PUT, "/api/v1/groups/EXPO", Some(json!({ "name": "Expo" })), &[]).await.0.is_success());
        let master = account(&s, "Expo", Some("EXPO")).await;
        let second = account(&s, "Sponsor", None).await;
        let route = async |body: Value| s.send(Method::PUT, "/api/v1/groups/EXPO/routing", Some(body), &[]).await;
        for (wrong, at) in [
            (json!({ "property": "SH01", "code_group": "none", "master": master }), "/code_group"),
            (json!({ "property": "SH01", "code_group": "room", "master": master, "window": 9 }), "/window"),
            (json!({ "property": "SH01", "code_group": "room", "master": "0000000000" }), "/master"),
        ] {
            let (status, answer) = route(wrong).await;
            assert!(status.is_client_error() && (answer["pointer"] == at || answer["code"] == "mistyped_number"), "{answer}");
        }
        assert_eq!(route(json!({ "property": "SH01", "code_group": "room", "master": master })).await.0, StatusCode::OK);
        let mut numbers = Vec::new();
        for room in ["0401", "0402"] {
            let mut body = booking("DBL", "2026-10-03", "2026-10-06");
            body["group"] = json!("EXPO");
            let number = digits(&s.post("/api/v1/reservations", body).await);
            act(&s, &number, "check-in", json!({ "room": room })).await;
            act(&s, &number, "charges", json!({ "code": "MINI", "amount": 10_00 })).await;
            numbers.push(number);
        }
        let alone = s.book("DBL", "2026-10-03", "2026-10-05").await;
        act(&s, &alone, "check-in", json!({ "room": "0403" })).await;
        let extras = windows(&s, &numbers[0]).await[0].1;
        // What is shown before is what is billed: of each night it says that the account pays it.
        let shown = async |number: &str| visit(&s, number).await["consumption"].clone();
        let before = shown(&numbers[0]).await;
        assert_eq!((&before["at_check_out"], before["to_come"].as_array().unwrap().len()), (&json!(extras), 3));
        assert!(before["to_come"].as_array().unwrap().iter().all(|night| night["total"] == 349_80 && night["by_master"] == 349_80), "{before}");
        assert_eq!(shown(&alone).await["to_come"][0]["by_master"], 0);
        audit(&s).await;
        assert_eq!(windows(&s, &numbers[0]).await, [(1, extras)]);
        assert_eq!(windows(&s, &alone).await, [(1, 349_80)]);
        assert_eq!(windows(&s, &master).await, [(1, 2 * 349_80)]);
        let view = visit(&s, &master).await;
        let mut rooms: Vec<&str> = view["consumption"]["postings"].as_array().unwrap().iter()
            .filter(|line| line["code"] == "ROOM").map(|line| line["room_number"].as_str().unwrap()).collect();
        rooms.sort_unstable();
        assert_eq!(rooms, ["0401", "0402"]);
        // Several payers: extras go to a sponsor's window from now on, and rooms to a window of their own.
        route(json!({ "property": "SH01", "code_group": "minibar", "master": second, "window": 3 })).await;
        route(json!({ "property": "SH01", "code_group": "room", "master": master, "window": 2 })).await;
        act(&s, &numbers[1], "charges", json!({ "code": "MINI", "amount": 10_00 })).await;
        audit(&s).await;
        assert_eq!((windows(&s, &master).await, windows(&s, &second).await), (vec![(1, 2 * 349_80), (2, 2 * 349_80)], vec![(3, extras)]));
        // A night that another pays is charged all the same: the check-in cannot be taken back, and nothing is charged twice at check-out.
        act(&s, &numbers[1], "payments", json!({ "code": "CASH", "amount": extras })).await;
        let gone = act(&s, &numbers[1], "check-out", json!({})).await;
        assert_eq!(gone["balance"], 0);
        // Routed back, each room pays itself.
        route(json!({ "property": "SH01", "code_group": "room", "master": null })).await;
        assert_eq!(shown(&numbers[0]).await["at_check_out"], extras + 349_80);
        audit(&s).await;
        assert_eq!(windows(&s, &numbers[0]).await, [(1, extras + 349_80)]);
        assert_eq!(s.get(&format!("{HOUSE}/night-audit/check")).await["out_of_balance"], json!([]));
        let total = s.get("/api/v1/groups/EXPO").await["total"][0].clone();
        assert_eq!(total["charged"], 4 * 349_80 + 349_80 + 2 * extras);
    }
}
