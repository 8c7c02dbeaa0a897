//! Charges that two pay, each a part, in the situations of a hotel, over HTTP on both engines. Each test is named after its cell: moment, money,
//! correction.

use crate::{
    common::{
        Server, booking, digits,
        money::{ClosedDays, assert_money_is_somewhere, of_ledger},
    },
    money::{HOUSE, Visit, audit, book, departed, put, today},
};
use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// So much, or such a share, of a line goes to a window.
fn split(line: &Value, to_window: i64, how: &str, much: i64) -> Value {
    json!({ "posting_id": line["id"], "to_window": to_window, how: much })
}

/// What of a code is on each window.
async fn on_windows(visit: &Visit<'_>, code: &str) -> Vec<i64> {
    let bill = visit.bill().await;
    let lines = bill["postings"].as_array().unwrap();
    let of = |window: &Value| -> i64 {
        let of_code = lines.iter().filter(|line| line["code"] == code && line["window"] == *window);
        of_code.map(|line| line["amount"].as_i64().unwrap()).sum()
    };
    bill["folios"].as_array().unwrap().iter().map(|folio| of(&folio["window"])).collect()
}

/// The balances of the windows.
async fn balances(visit: &Visit<'_>) -> Vec<i64> {
    visit.windows().await.into_iter().map(|(balance, _)| balance).collect()
}

/// The last charge of a code that was posted to a window.
async fn charge(visit: &Visit<'_>, code: &str, window: i64) -> Value {
    let bill = visit.bill().await;
    let lines = bill["postings"].as_array().unwrap();
    let is_meant = |line: &&Value| {
        line["code"] == code
            && line["window"] == window
            && line["amount"].as_i64() > Some(0)
            && line["belongs_to"].is_null()
            && line["reverses"].is_null()
    };
    lines.iter().rfind(is_meant).unwrap().clone()
}

/// A refusal: its status, code, and the field it points at.
async fn refusal(visit: &Visit<'_>, body: Value) -> (u16, String, String) {
    let (status, answer) = visit.s.send(Method::POST, &visit.at("splits"), Some(body.clone()), &[]).await;
    assert!(!status.is_success(), "{body} was not refused: {answer}");
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text("code"), text("pointer"))
}

/// A guest in house until 5 October at 466.40 a night (400.00, 40.00 fee, 26.40 tax), of which the first was charged.
async fn charged(s: &Server) -> Visit<'_> {
    let rooms = json!([{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-05",
        "prices": [400_00, 400_00] }]);
    let visit = book(s, "DBL", "2026-10-03", "2026-10-05", json!({ "rooms": rooms })).await;
    visit.does("check-in", json!({})).await;
    audit(s).await;
    visit
}

both_engines! {
    async fn in_house_after_the_audit_a_company_pays_300_00_of_a_night_and_the_guest_the_rest(db: TestDb) {
        let s = Server::new(db).await;
        let visit = charged(&s).await;
        let (visits, mut closed) = (std::slice::from_ref(&visit.number), ClosedDays::default());
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
        visit.does("window", json!({ "window": 2, "company": "Acme (invented)" })).await;
        let night = charge(&visit, "ROOM", 1).await;

        // What is shown before is what comes of it, and showing it changes nothing.
        let mut asked = split(&night, 2, "total", 300_00);
        asked["preview"] = json!(true);
        let shown = visit.does("splits", asked).await["preview"]["split"].clone();
        assert_eq!(shown, json!({ "stays": 166_40, "goes": 300_00, "lines": [
            { "code": "ROOM", "stays": 142_71, "goes": 257_29 }, { "code": "SVC", "stays": 14_27, "goes": 25_73 },
            { "code": "TAX", "stays": 9_42, "goes": 16_98 }] }));
        assert_eq!(visit.lines().await.len(), 3);

        let before = today(&s).await["ledgers"].clone();
        let state = visit.does("splits", split(&night, 2, "total", 300_00)).await;
        assert_eq!((state["balance"].as_i64(), balances(&visit).await), (Some(466_40), vec![166_40, 300_00]));
        assert_eq!(today(&s).await["ledgers"], before, "nothing was earned by it");
        let bill = visit.bill().await;
        let lines = bill["postings"].as_array().unwrap();
        let new: Vec<&Value> = lines.iter().filter(|line| line["business_date"] == "2026-10-04").collect();
        let told: Vec<_> = new.iter().map(|line| (line["window"].as_i64().unwrap(), line["code"].as_str().unwrap(), line["amount"].as_i64().unwrap())).collect();
        assert_eq!(told, [(1, "ROOM", -257_29), (2, "ROOM", 257_29), (1, "SVC", -25_73), (2, "SVC", 25_73), (1, "TAX", -16_98), (2, "TAX", 16_98)]);
        assert!(new.iter().all(|line| line["split"] == true && line["night"] == "2026-10-03" && line["stay_id"] == night["stay_id"]), "{new:#?}");
        assert_eq!((&new[0]["belongs_to"], &new[1]["corrects"], &new[1]["belongs_to"]), (&night["id"], &night["id"], &Value::Null));
        assert_eq!((&new[3]["belongs_to"], &new[5]["belongs_to"]), (&new[1]["id"], &new[1]["id"]));
        let view = visit.view().await;
        assert_eq!(view["journal"].as_array().unwrap().last().unwrap()["action"], "folio.split");
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;

        // The next night is charged whole, and each night was earned once.
        audit(&s).await;
        assert_eq!(balances(&visit).await, [166_40 + 466_40, 300_00]);
        let day = s.get(&format!("{HOUSE}/days/2026-10-04/ledgers")).await;
        assert_eq!((of_ledger(&day, "revenue", "credit"), of_ledger(&day, "revenue", "debit"), of_ledger(&day, "tax", "credit")), (440_00, 0, 26_40));
        visit.does("payments", json!({ "code": "CARD", "amount": 300_00, "window": 2 })).await;
        visit.does("payments", json!({ "code": "CASH", "amount": 632_80 })).await;
        visit.does("check-out", json!({})).await;
        assert_eq!(visit.windows().await, [(0, "closed".into()), (0, "closed".into())]);
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
    }

    async fn before_the_audit_three_pay_charges_of_today_to_the_odd_cent(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("check-in", json!({})).await;
        visit.does("charges", json!({ "code": "DMG", "amount": 100_00 })).await;
        visit.does("charges", json!({ "code": "MINI", "amount": 50_05, "reference": "slip 7" })).await;
        let before = today(&s).await["ledgers"].clone();
        for code in ["DMG", "MINI"] {
            let line = charge(&visit, code, 1).await;
            visit.does("splits", split(&line, 2, "share", 33_33)).await;
            visit.does("splits", split(&line, 3, "share", 50_00)).await;
        }
        assert_eq!(on_windows(&visit, "DMG").await, [33_33, 33_33, 33_34]);
        // 53.05 with its tax: 17.68 of it, and half of what is left, which is no whole cent.
        assert_eq!((on_windows(&visit, "MINI").await, on_windows(&visit, "TAX").await), (vec![16_68, 16_68, 16_69], vec![1_00; 3]));
        assert_eq!(today(&s).await["ledgers"], before);
        let (visits, mut closed) = (std::slice::from_ref(&visit.number), ClosedDays::default());
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
        audit(&s).await;
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
        assert_eq!(balances(&visit).await.iter().sum::<i64>(), 100_00 + 53_05 + 349_80);
    }

    async fn in_house_a_part_is_split_again_and_each_is_corrected_allowed_for_and_reversed_by_itself(db: TestDb) {
        let s = Server::new(db).await;
        let visit = charged(&s).await;
        let (visits, mut closed) = (std::slice::from_ref(&visit.number), ClosedDays::default());
        let night = charge(&visit, "ROOM", 1).await;
        visit.does("splits", split(&night, 2, "total", 300_00)).await;
        let part = charge(&visit, "ROOM", 2).await;
        visit.does("splits", split(&part, 3, "total", 100_00)).await;
        let third = charge(&visit, "ROOM", 3).await;
        assert_eq!(third["corrects"], part["id"]);
        assert_eq!(balances(&visit).await, [166_40, 200_00, 100_00]);
        audit(&s).await;
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;

        // On a later date: 50.00 off the second part, the third at another price, the rest of the first taken back.
        visit.does("allowances", json!({ "posting_id": part["id"], "total": 50_00, "reason": "noise" })).await;
        visit.does("corrections", json!({ "posting_id": third["id"], "amount": 50_00, "reason": "promised" })).await;
        assert_eq!(charge(&visit, "ROOM", 3).await["corrects"], third["id"]);
        assert_eq!(balances(&visit).await, [166_40 + 466_40, 150_00, 58_30]);
        visit.does("reversals", json!({ "posting_id": night["id"], "reason": "not slept in" })).await;
        assert_eq!((balances(&visit).await, on_windows(&visit, "ROOM").await[0]), (vec![466_40, 150_00, 58_30], 400_00));
        for (action, body) in [("reversals", json!({ "posting_id": night["id"] })), ("splits", split(&night, 4, "total", 1_00)), ("splits", split(&third, 4, "total", 1_00))] {
            assert_eq!(visit.refused(action, body).await, (409, "already_reversed".into()));
        }
        // What stands is split further, and all of the second part is taken back wherever it went.
        visit.does("splits", split(&part, 4, "total", 20_00)).await;
        assert_eq!(balances(&visit).await, [466_40, 130_00, 58_30, 20_00]);
        visit.does("reversals", json!({ "posting_id": part["id"] })).await;
        assert_eq!(balances(&visit).await, [466_40, 0, 58_30, 20_00]);
        let last = charge(&visit, "ROOM", 4).await;
        visit.does("reversals", json!({ "posting_id": last["id"] })).await;
        assert_eq!((balances(&visit).await, on_windows(&visit, "SVC").await), (vec![466_40, 0, 58_30, 0], vec![40_00, 0, 5_00, 0]));
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
    }

    async fn a_charge_that_was_moved_is_split_where_it_is_and_moves_with_what_is_left_of_it(db: TestDb) {
        let s = Server::new(db).await;
        let visit = charged(&s).await;
        let night = charge(&visit, "ROOM", 1).await;
        visit.does("transfers", json!({ "posting_ids": [night["id"]], "to_window": 3 })).await;
        assert_eq!(refusal(&visit, split(&night, 3, "total", 1_00)).await, (422, "invalid".into(), "/to_window".into()));
        // By the line that stands in the new window, as somebody would who sees it there.
        let bill = visit.bill().await;
        let there = bill["postings"].as_array().unwrap().iter().find(|line| line["code"] == "ROOM" && line["window"] == 3).unwrap();
        visit.does("splits", split(there, 1, "total", 166_40)).await;
        assert_eq!(balances(&visit).await, [166_40, 300_00]);
        visit.does("transfers", json!({ "posting_ids": [night["id"]], "to_window": 2 })).await;
        assert_eq!(balances(&visit).await, [166_40, 300_00, 0]);
        // Brought together again it is owed in one window, and each part is taken back there.
        visit.does("transfers", json!({ "posting_ids": [night["id"]], "to_window": 1 })).await;
        assert_eq!(balances(&visit).await, [466_40, 0, 0]);
        visit.does("reversals", json!({ "posting_id": night["id"] })).await;
        assert_eq!(balances(&visit).await, [166_40, 0, 0]);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn checked_out_and_day_closed_a_window_is_opened_again_and_its_night_split(db: TestDb) {
        let s = Server::new(db).await;
        let visit = departed(&s).await;
        let (visits, mut closed) = (std::slice::from_ref(&visit.number), ClosedDays::default());
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
        let night = charge(&visit, "ROOM", 1).await;
        let settled = (409, "wrong_state".into(), "/posting_id".into());
        assert_eq!(refusal(&visit, split(&night, 2, "total", 300_00)).await, settled);
        visit.does("window/reopen", json!({ "window": 1 })).await;
        visit.does("splits", split(&night, 2, "total", 300_00)).await;
        assert_eq!(visit.windows().await, [(-300_00, "open".into()), (300_00, "open".into())]);
        visit.does("payments", json!({ "code": "CARD", "amount": 300_00, "window": 2 })).await;
        visit.does("refunds", json!({ "code": "CARD", "amount": 300_00 })).await;
        assert_eq!(visit.windows().await, [(0, "closed".into()), (0, "closed".into())]);
        assert_eq!(refusal(&visit, split(&night, 2, "total", 300_00)).await, settled);
        // Opened alone, the charge still cannot go where it was settled.
        visit.does("window/reopen", json!({ "window": 1 })).await;
        assert_eq!(refusal(&visit, split(&night, 2, "total", 300_00)).await, (409, "wrong_state".into(), "/to_window".into()));
        assert_money_is_somewhere(&s, "SH01", visits, &[], &mut closed).await;
    }

    async fn points_are_earned_once_whenever_a_charge_is_split(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "STE", "2026-10-03", "2026-10-04", json!({})).await;
        let guest = visit.view().await["guest"]["id"].as_str().unwrap().to_owned();
        let member = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await["number"].as_str().unwrap().to_owned();
        let points = async || s.get(&format!("/api/v1/members/{member}")).await["membership"]["points"].as_i64().unwrap();
        visit.does("check-in", json!({})).await;
        visit.does("charges", json!({ "code": "MINI", "amount": 10_50 })).await;
        let mini = charge(&visit, "MINI", 1).await;
        visit.does("splits", split(&mini, 2, "share", 50_00)).await;
        audit(&s).await;
        let due = balances(&visit).await;
        assert_eq!(due, [932_80 + 11_13 - 5_57, 5_57]);
        for (window, amount) in [(1, due[0]), (2, due[1])] {
            visit.does("payments", json!({ "code": "CARD", "amount": amount, "window": window })).await;
        }
        visit.does("check-out", json!({})).await;
        // 800.00, 80.00 and 10.50, as if nobody had shared them.
        assert_eq!(points().await, 890);
        let night = charge(&visit, "ROOM", 1).await;
        visit.does("window/reopen", json!({ "window": 1 })).await;
        visit.does("splits", split(&night, 3, "total", 300_01)).await;
        visit.does("accrue-points", json!({})).await;
        assert_eq!(points().await, 890);
        // What is taken back of it takes its points.
        let part = charge(&visit, "ROOM", 3).await;
        visit.does("reversals", json!({ "posting_id": part["id"] })).await;
        assert_eq!(points().await, 890 - 257 - 25);
        visit.does("reversals", json!({ "posting_id": night["id"] })).await;
        assert_eq!(points().await, 10);
    }

    async fn what_was_invoiced_is_credited_before_it_is_split_and_each_payer_gets_an_invoice(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("check-in", json!({})).await;
        audit(&s).await;
        visit.does("window", json!({ "window": 2, "company": "Acme (invented)" })).await;
        let night = charge(&visit, "ROOM", 1).await;
        visit.does("splits", split(&night, 2, "total", 116_60)).await;
        let company = visit.does("invoices", json!({ "window": 2 })).await;
        assert_eq!((company["net"].as_i64(), company["tax"].as_i64()), (Some(110_00), Some(6_60)));
        let guest = visit.does("invoices", json!({ "window": 1 })).await;
        assert_eq!((guest["net"].as_i64(), guest["tax"].as_i64()), (Some(220_00), Some(13_20)));
        let open = async || s.get(&visit.at("invoices")).await["open"].clone();
        assert_eq!(open().await, json!([]));
        let invoiced = (409, "wrong_state".into(), "/posting_id".into());
        assert_eq!(refusal(&visit, split(&night, 3, "share", 50_00)).await, invoiced);
        s.post(&format!("{HOUSE}/invoices/INV/2/credit-notes"), json!({ "reason": "抬头有误" })).await;
        visit.does("splits", split(&night, 3, "share", 50_00)).await;
        for window in [1, 3] {
            assert_eq!(visit.does("invoices", json!({ "window": window })).await["total"], 116_60);
        }
        assert_eq!(open().await, json!([]));
    }

    async fn a_master_account_shares_what_came_from_a_room_and_each_part_names_it(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("check-in", json!({ "room": "0401" })).await;
        visit.does("charges", json!({ "code": "MINI", "amount": 100_00 })).await;
        let line = charge(&visit, "MINI", 1).await;
        let guest = json!({ "profile": { "full_name": "周敏", "phones": ["13612345678"] } });
        let opened = s.post(&format!("{HOUSE}/house-accounts"), json!({ "name": "Acme", "guest": guest })).await;
        let master = Visit { s: &s, number: digits(&opened) };
        visit.does("transfers-to-visit", json!({ "posting_ids": [line["id"]], "to": master.number })).await;
        // On the bill of the room it does not count any more, and on the other bill it is another line.
        assert_eq!(refusal(&visit, split(&line, 2, "total", 1_00)).await, (409, "already_reversed".into(), "/posting_id".into()));
        assert_eq!(refusal(&master, split(&line, 2, "total", 1_00)).await, (404, "not_found".into(), "/posting_id".into()));
        let before = today(&s).await["ledgers"].clone();
        let there = charge(&master, "MINI", 1).await;
        master.does("splits", split(&there, 2, "share", 50_00)).await;
        assert_eq!(balances(&master).await, [53_00, 53_00]);
        let part = charge(&master, "MINI", 2).await;
        assert_eq!((&part["room_number"], &part["from_visit"].as_str().unwrap().replace('-', "")), (&json!("0401"), &visit.number));
        // The guest pays the part after all.
        master.does("transfers-to-visit", json!({ "posting_ids": [part["id"]], "to": visit.number })).await;
        assert_eq!((balances(&master).await, balances(&visit).await), (vec![53_00, 0], vec![53_00]));
        assert_eq!(today(&s).await["ledgers"], before);
        // A closed account shares nothing until it is opened again.
        master.does("payments", json!({ "code": "CASH", "amount": 53_00 })).await;
        master.does("close-account", json!({})).await;
        master.does("window/reopen", json!({ "window": 1 })).await;
        assert_eq!(refusal(&master, split(&there, 3, "total", 1_00)).await, (409, "wrong_state".into(), String::new()));
        master.does("reopen-account", json!({ "reason": "one more" })).await;
        master.does("splits", split(&there, 3, "total", 1_00)).await;
        let visits = [visit.number.clone(), master.number.clone()];
        assert_money_is_somewhere(&s, "SH01", &visits, &[], &mut ClosedDays::default()).await;
    }

    async fn cancelled_within_the_deadline_a_shared_penalty_is_gone_when_the_guest_comes_after_all(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-04", "2026-10-06", json!({})).await;
        visit.does("cancel", json!({ "reason": "ill" })).await;
        let penalty = charge(&visit, "CXL", 1).await;
        visit.does("splits", split(&penalty, 2, "total", 100_00)).await;
        let part = charge(&visit, "CXL", 2).await;
        visit.does("splits", split(&part, 3, "share", 50_00)).await;
        assert_eq!(balances(&visit).await, [200_00, 50_00, 50_00]);
        audit(&s).await;
        assert_eq!(visit.does("reinstate", json!({ "reason": "well again" })).await["balance"], 0);
        assert_eq!(balances(&visit).await, [0, 0, 0]);
        assert_money_is_somewhere(&s, "SH01", std::slice::from_ref(&visit.number), &[], &mut ClosedDays::default()).await;
    }

    async fn a_member_who_is_known_later_gets_the_discount_of_a_shared_night_on_both_windows(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{HOUSE}/member-programme"), json!({ "tiers": [{ "tier": "classic", "discount": 2_000 }] })).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("check-in", json!({})).await;
        audit(&s).await;
        let night = charge(&visit, "ROOM", 1).await;
        visit.does("splits", split(&night, 2, "share", 50_00)).await;
        let guest = visit.view().await["guest"]["id"].as_str().unwrap().to_owned();
        s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
        for _ in 0..2 {
            visit.does("apply-member-discount", json!({})).await;
            // 69.96 of 349.80: 60.00 off the room, 6.00 off the fee, 3.96 off the tax.
            assert_eq!(balances(&visit).await, [139_92, 139_92]);
            assert_eq!((on_windows(&visit, "DISC").await, on_windows(&visit, "TAX").await), (vec![-33_00; 2], vec![7_92; 2]));
        }
    }

    async fn two_who_split_at_once_find_what_the_other_left(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("charges", json!({ "code": "DMG", "amount": 100_00 })).await;
        let line = charge(&visit, "DMG", 1).await;
        let path = visit.at("splits");
        let tries = (0..4).map(|_| s.send(Method::POST, &path, Some(split(&line, 2, "total", 60_00)), &[]));
        let answers = join_all(tries).await;
        let done = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
        let refused = answers.iter().filter(|(_, answer)| answer["code"] == "bad_amount").count();
        assert_eq!((done, refused), (1, 3), "{answers:?}");
        assert_eq!(balances(&visit).await, [40_00, 60_00]);
    }

    async fn what_cannot_be_split_is_refused_with_its_place_and_changes_nothing(db: TestDb) {
        let s = Server::new(db).await;
        let visit = book(&s, "DBL", "2026-10-03", "2026-10-05", json!({})).await;
        visit.does("charges", json!({ "code": "DMG", "amount": 100_00 })).await;
        visit.does("charges", json!({ "code": "MINI", "amount": 30_00 })).await;
        visit.does("charges", json!({ "code": "LAUN", "amount": 30_00 })).await;
        visit.does("charges", json!({ "code": "FB", "amount": 1 })).await;
        visit.does("payments", json!({ "code": "CASH", "amount": 5_00 })).await;
        let laundry = charge(&visit, "LAUN", 1).await;
        visit.does("reversals", json!({ "posting_id": laundry["id"] })).await;
        visit.does("window", json!({ "window": 4, "company": "Acme (invented)" })).await;
        visit.does("window/close", json!({ "window": 4 })).await;
        let other = Visit { s: &s, number: digits(&s.post("/api/v1/reservations", booking("DBL", "2026-10-03", "2026-10-05")).await) };
        other.does("charges", json!({ "code": "DMG", "amount": 100_00 })).await;
        let bill = visit.bill().await;
        let of = |code: &str| bill["postings"].as_array().unwrap().iter().find(|line| line["code"] == code).unwrap().clone();
        let (damage, smallest) = (charge(&visit, "DMG", 1).await, charge(&visit, "FB", 1).await);
        let both = json!({ "posting_id": damage["id"], "to_window": 2, "total": 1, "share": 1 });
        let neither = json!({ "posting_id": damage["id"], "to_window": 2 });
        for (body, status, code, place) in [
            (split(&damage, 2, "total", 0), 422, "bad_amount", "/total"),
            (split(&damage, 2, "total", -1), 422, "bad_amount", "/total"),
            (split(&damage, 2, "total", 100_00), 422, "bad_amount", "/total"),
            (split(&damage, 2, "total", 100_01), 422, "bad_amount", "/total"),
            (split(&damage, 2, "total", i64::MAX), 422, "bad_amount", "/total"),
            (split(&damage, 2, "share", 0), 422, "invalid", "/share"),
            (split(&damage, 2, "share", 100_00), 422, "invalid", "/share"),
            (split(&damage, 2, "share", -50_00), 422, "invalid", "/share"),
            (split(&smallest, 2, "share", 50_00), 422, "bad_amount", "/share"),
            (both, 422, "invalid", "/total"),
            (neither, 422, "invalid", "/total"),
            (split(&damage, 0, "total", 1), 422, "invalid", "/to_window"),
            (split(&damage, 9, "total", 1), 422, "invalid", "/to_window"),
            (split(&damage, 1, "total", 1), 422, "invalid", "/to_window"),
            (split(&damage, 4, "total", 1), 409, "wrong_state", "/to_window"),
            (split(&laundry, 2, "total", 1), 409, "already_reversed", "/posting_id"),
            (split(&of("TAX"), 2, "total", 1), 422, "invalid", "/posting_id"),
            (split(&of("CASH"), 2, "total", 1), 422, "invalid", "/posting_id"),
            (split(&charge(&other, "DMG", 1).await, 2, "total", 1), 404, "not_found", "/posting_id"),
        ] {
            assert_eq!(refusal(&visit, body.clone()).await, (status, code.to_owned(), place.to_owned()), "{body}");
            let mut asked = body.clone();
            asked["preview"] = json!(true);
            assert_eq!(refusal(&visit, asked).await, (status, code.to_owned(), place.to_owned()), "the preview of {body}");
        }
        assert_eq!(visit.bill().await, bill);
    }
}
