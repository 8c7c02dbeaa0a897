//! What members have of their tier, over HTTP on both engines: a programme that is set, free nights, late check-out, better rooms.

use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use crate::common::{
    Server, booking, digits,
    money::{assert_balanced, of_ledger},
};

const PROGRAMME: &str = "/api/v1/member-programme";

async fn put(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

async fn put_refused(s: &Server, path: &str, body: Value) -> (u16, String, String) {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[("accept-language", "en")]).await;
    (
        status.as_u16(),
        answer["code"].as_str().unwrap().into(),
        answer["pointer"].as_str().unwrap_or_default().into(),
    )
}

/// A booking of a member with so many points; the visit's number and the member's.
async fn member(s: &Server, departure: &str, points: i64) -> (String, String) {
    let number = s.book("DBL", "2026-10-03", departure).await;
    let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
    let made = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
    let member = made["number"].as_str().unwrap().to_owned();
    if points != 0 {
        let adjustment = json!({ "points": points, "reason": "welcome" });
        s.post(&format!("/api/v1/members/{member}/adjust"), adjustment).await;
    }
    (number, member)
}

async fn points(s: &Server, member: &str) -> i64 {
    s.get(&format!("/api/v1/members/{member}")).await["membership"]["points"].as_i64().unwrap()
}

/// The total that was agreed, and the balance of the bill.
async fn owed(s: &Server, number: &str) -> (i64, i64) {
    let visit = s.get(&format!("/api/v1/visits/{number}")).await;
    let total = visit["booking"]["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|room| room["total"].as_i64().unwrap())
        .sum();
    (total, visit["consumption"]["balance"].as_i64().unwrap())
}

/// Code and amount of each line of the bill.
async fn lines(s: &Server, number: &str) -> Vec<(String, i64)> {
    let visit = s.get(&format!("/api/v1/visits/{number}")).await;
    let lines = visit["consumption"]["postings"].as_array().unwrap();
    lines
        .iter()
        .map(|line| (line["code"].as_str().unwrap().into(), line["amount"].as_i64().unwrap()))
        .collect()
}

both_engines! {
    async fn the_programme_is_set_in_parts_and_read_back(db: TestDb) {
        let s = Server::new(db).await;
        let shown = s.get(PROGRAMME).await;
        assert_eq!((shown["version"].as_i64(), shown["own"].as_bool(), shown["tiers"][2]["discount"].as_i64()), (Some(0), Some(false), Some(1_000)));
        let gold = json!({ "tiers": [{ "tier": "gold", "from_points": 40_000, "late_check_out": 840, "upgrade": true }], "night_points": 20_000 });
        let set = put(&s, PROGRAMME, gold).await;
        assert_eq!((set["version"].as_i64(), set["night_points"].as_i64()), (Some(1), Some(20_000)));
        // What was not given stays.
        let set = put(&s, PROGRAMME, json!({ "counts": ["room", "food"] })).await;
        assert_eq!((set["tiers"][2]["late_check_out"].as_i64(), set["tiers"][2]["discount"].as_i64()), (Some(840), Some(1_000)));
        assert_eq!(set, s.get(PROGRAMME).await);

        let refused = async |path: &str, body| put_refused(&s, path, body).await;
        let invalid = |pointer: &str| (422, "invalid".to_owned(), pointer.to_owned());
        assert_eq!(refused(PROGRAMME, json!({ "counts": ["room", "damage"] })).await, invalid("/counts/1"));
        assert_eq!(refused(PROGRAMME, json!({ "tiers": [{ "tier": "gold", "from_points": 200_000 }] })).await, invalid("/tiers"));
        assert_eq!(refused(PROGRAMME, json!({ "tiers": [{ "tier": "classic", "discount": 10_001 }] })).await, invalid("/tiers/0/discount"));

        // A property has its own, which begins as the chain's is.
        let own = "/api/v1/properties/SH01/member-programme";
        assert_eq!(s.get(own).await["own"], false);
        let set = put(&s, own, json!({ "night_points": 15_000 })).await;
        assert_eq!((set["own"].as_bool(), set["night_points"].as_i64(), set["counts"][0].as_str()), (Some(true), Some(15_000), Some("food")));
        assert_eq!(s.get(PROGRAMME).await["night_points"], 20_000);
        assert_eq!(refused(own, json!({ "tiers": [{ "tier": "gold", "from_points": 1 }] })).await, invalid("/tiers/0/from_points"));
        assert_eq!(refused(own, json!({ "counts": ["spa"] })).await, (404, "not_found".into(), "/counts/0".into()));
        assert_eq!(put(&s, own, json!({ "as_chain": true })).await["own"], false);
        assert_eq!(s.get(own).await["night_points"], 20_000);
    }

    async fn only_what_counts_earns_points(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-04", 0).await;
        put(&s, "/api/v1/properties/SH01/member-programme",
            json!({ "counts": ["room", "food"], "tiers": [{ "tier": "classic", "earning": 200 }] })).await;
        for code in ["FB", "MINI", "DMG"] {
            s.post(&format!("/api/v1/visits/{number}/charges"), json!({ "code": code, "amount": 100_00 })).await;
        }
        s.post(&format!("/api/v1/visits/{number}/accrue-points"), json!({})).await;
        // Two points for a yuan of food; the minibar does not count here, and damages never.
        assert_eq!(points(&s, &member).await, 200);
    }

    async fn a_free_night_costs_nothing_on_a_line_of_its_own(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-05", 50_000).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        assert_eq!(s.refused(&at("free-nights"), json!({})).await, (409, "wrong_state".into()));
        put(&s, PROGRAMME, json!({ "night_points": 20_000 })).await;
        // Two nights of 300.00, 30.00 service fee and 19.80 tax.
        assert_eq!(owed(&s, &number).await, (699_60, 0));
        s.post(&at("free-nights"), json!({ "night": "2026-10-03" })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (30_000, 349_80));
        assert_eq!(s.refused(&at("free-nights"), json!({ "night": "2026-10-03" })).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&at("free-nights"), json!({ "night": "2026-10-05" })).await, (422, "bad_dates".into()));
        let benefits = s.get(&at("benefits")).await;
        assert_eq!((benefits["nights_by_points"].as_i64(), benefits["free_nights"][0]["night"].as_str()), (Some(1), Some("2026-10-03")));

        s.post(&at("check-in"), json!({ "room": "0401" })).await;
        // What is to come says it before it is charged.
        let to_come = s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["to_come"].clone();
        assert_eq!((to_come[0]["total"].as_i64(), to_come[0]["free"].as_i64(), to_come[1]["total"].as_i64()), (Some(0), Some(-330_00), Some(349_80)));
        let audit = json!({ "force": true, "no_shows": "mark" });
        s.post("/api/v1/properties/SH01/night-audit", audit.clone()).await;
        s.post("/api/v1/properties/SH01/night-audit", audit).await;
        let line = |code: &str, amount: i64| (code.to_owned(), amount);
        let night = [line("ROOM", 300_00), line("SVC", 30_00), line("TAX", 19_80)];
        let free = [line("DISC", -330_00), line("TAX", -19_80)];
        assert_eq!(lines(&s, &number).await, [night.as_slice(), &free, &night].concat());
        assert_eq!(owed(&s, &number).await, (349_80, 349_80));
        // Revenue and tax of the free night are nothing in sum, and so are its points.
        let day = s.get("/api/v1/properties/SH01/days/2026-10-03/ledgers").await;
        assert_balanced(&day);
        let net = |ledger: &str| of_ledger(&day, ledger, "debit") - of_ledger(&day, ledger, "credit");
        assert_eq!((net("revenue"), net("tax"), net("guest")), (0, 0, 0), "{day}");
        s.post(&at("accrue-points"), json!({})).await;
        assert_eq!(points(&s, &member).await, 30_330);

        // Its charge taken back, the points come back.
        let visit = s.get(&format!("/api/v1/visits/{number}")).await;
        let first = visit["consumption"]["postings"][0]["id"].clone();
        s.post(&at("reversals"), json!({ "posting_id": first })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.1), (50_330, 349_80));
    }

    async fn a_free_night_is_taken_back_with_the_night(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-06", 50_000).await;
        put(&s, PROGRAMME, json!({ "night_points": 10_000 })).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        for _ in 0..3 {
            s.post(&at("free-nights"), json!({})).await;
        }
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (20_000, 0));
        assert_eq!(s.refused(&at("free-nights"), json!({})).await, (409, "wrong_state".into()));
        // Given back by hand, lost with a shorter stay, and with the booking.
        s.post(&at("free-nights/return"), json!({ "night": "2026-10-03" })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (30_000, 349_80));
        assert_eq!(s.refused(&at("free-nights/return"), json!({ "night": "2026-10-03" })).await, (404, "not_found".into()));
        s.post(&at("change"), json!({ "rooms": [{ "line": 1, "departure": "2026-10-05" }] })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (40_000, 349_80));
        // Another plan leaves what was redeemed.
        let plan = json!({ "name": "连住", "name_en": "Long stay", "kind": "nightly", "tax": 600,
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 200_00 }] });
        put(&s, "/api/v1/properties/SH01/rate-plans/LONG", plan).await;
        s.post(&at("change"), json!({ "rooms": [{ "line": 1, "rate_plan": "LONG" }] })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (40_000, 212_00));
        s.post(&at("cancel"), json!({ "waive_penalty": true })).await;
        assert_eq!(points(&s, &member).await, 50_000);
        s.post(&at("reinstate"), json!({})).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (40_000, 212_00));
        // Nobody comes: the audit notices, and the points are there again.
        s.post(&at("free-nights"), json!({})).await;
        assert_eq!(points(&s, &member).await, 30_000);
        s.post("/api/v1/properties/SH01/night-audit", json!({ "force": true, "no_shows": "mark" })).await;
        assert_eq!(points(&s, &member).await, 50_000);
    }

    async fn a_booking_that_is_called_off_and_comes_back_has_its_free_nights_again(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-05", 50_000).await;
        put(&s, PROGRAMME, json!({ "night_points": 20_000 })).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        let vouchers = format!("/api/v1/members/{member}/vouchers");
        let issued = s.post(&vouchers, json!({ "count": 1, "expires": "2026-12-31", "reason": "campaign" })).await;
        let voucher = async || s.get(&vouchers).await[0]["state"].as_str().unwrap().to_owned();
        s.post(&at("free-nights"), json!({ "night": "2026-10-03" })).await;
        s.post(&at("free-nights"), json!({ "night": "2026-10-04", "voucher_id": issued[0]["id"] })).await;
        assert_eq!((points(&s, &member).await, voucher().await.as_str(), owed(&s, &number).await), (30_000, "used", (0, 0)));
        // Called off too late it costs a night in money, and nothing is paid twice: points and voucher are there again.
        let preview = s.post(&at("cancel"), json!({ "preview": true })).await;
        assert_eq!((preview["preview"]["cancellation"].as_i64(), points(&s, &member).await), (Some(300_00), 30_000));
        assert_eq!(s.post(&at("cancel"), json!({ "reason": "ill" })).await["penalty"], 300_00);
        assert_eq!((points(&s, &member).await, voucher().await.as_str(), owed(&s, &number).await.1), (50_000, "open", 300_00));
        // Back again it is as it was: nothing is owed, and the nights are paid for as they were.
        s.post(&at("reinstate"), json!({ "reason": "well again" })).await;
        assert_eq!((points(&s, &member).await, voucher().await.as_str(), owed(&s, &number).await), (30_000, "used", (0, 0)));
        // Not come to, and reinstated once some of the points are spent: that night costs what was agreed for it.
        s.post("/api/v1/properties/SH01/night-audit", json!({ "force": true, "no_shows": "mark" })).await;
        assert_eq!((points(&s, &member).await, voucher().await.as_str(), owed(&s, &number).await.1), (50_000, "open", 600_00));
        s.post(&format!("/api/v1/members/{member}/adjust"), json!({ "points": -40_000, "reason": "a gift" })).await;
        s.post(&at("reinstate"), json!({})).await;
        assert_eq!((points(&s, &member).await, voucher().await.as_str(), owed(&s, &number).await), (10_000, "used", (349_80, 0)));
        // Called off in time it costs nothing, and comes back as it was as well.
        s.post(&format!("/api/v1/members/{member}/adjust"), json!({ "points": 20_000, "reason": "welcome" })).await;
        let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].clone();
        let mut early = booking("DBL", "2026-12-01", "2026-12-02");
        early["guest"] = json!({ "id": guest });
        let early = digits(&s.post("/api/v1/reservations", early).await);
        let at = |what: &str| format!("/api/v1/visits/{early}/{what}");
        s.post(&at("free-nights"), json!({})).await;
        assert_eq!((points(&s, &member).await, owed(&s, &early).await), (10_000, (0, 0)));
        assert_eq!(s.post(&at("cancel"), json!({})).await["penalty"], 0);
        assert_eq!((points(&s, &member).await, owed(&s, &early).await.1), (30_000, 0));
        s.post(&at("reinstate"), json!({})).await;
        assert_eq!((points(&s, &member).await, owed(&s, &early).await), (10_000, (0, 0)));
    }

    async fn a_free_night_that_nobody_came_for_is_given_back_with_it_or_used(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-06", 50_000).await;
        put(&s, PROGRAMME, json!({ "night_points": 20_000 })).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&at("free-nights"), json!({ "night": "2026-10-03" })).await;
        s.post("/api/v1/properties/SH01/night-audit", json!({ "force": true, "no_shows": "keep" })).await;
        // Released, it is no night of the visit any more; taken back, it is redeemed again.
        s.post(&at("check-in"), json!({ "first_night": "2026-10-04" })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await), (50_000, (2 * 349_80, 0)));
        s.post(&at("undo-check-in"), json!({ "reason": "the wrong guest" })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await), (30_000, (2 * 349_80, 0)));
        // Charged as it was sold, it costs nothing.
        s.post(&at("check-in"), json!({})).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await), (30_000, (2 * 349_80, 0)));
        assert_eq!(lines(&s, &number).await.len(), 5);
    }

    async fn a_check_out_that_is_undone_leaves_the_free_nights_that_were_redeemed(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-06", 50_000).await;
        put(&s, PROGRAMME, json!({ "night_points": 10_000 })).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        let vouchers = format!("/api/v1/members/{member}/vouchers");
        let issued = s.post(&vouchers, json!({ "count": 1, "expires": "2026-12-31", "reason": "campaign" })).await;
        s.post(&at("check-in"), json!({ "room": "0401" })).await;
        s.post(&at("free-nights"), json!({ "night": "2026-10-05", "voucher_id": issued[0]["id"] })).await;
        s.post(&at("free-nights"), json!({ "night": "2026-10-04" })).await;
        assert_eq!((points(&s, &member).await, owed(&s, &number).await.0), (40_000, 349_80));
        let voucher = async || s.get(&vouchers).await[0]["state"].as_str().unwrap().to_owned();
        let total = async || s.get(&format!("/api/v1/visits/{number}")).await["booking"]["rooms"][0]["total"].as_i64();
        // Checked out by mistake, twice: what was redeemed is redeemed again each time.
        for _ in 0..2 {
            s.post(&at("check-out"), json!({ "allow_balance": true })).await;
            assert_eq!(voucher().await, "open");
            s.post(&at("undo-check-out"), json!({ "reason": "the wrong room" })).await;
            assert_eq!((voucher().await.as_str(), total().await), ("used", Some(349_80)));
        }
        // Each of them is paid for once.
        let shown = s.get(&at("benefits")).await;
        let nights = shown["free_nights"].as_array().unwrap().iter();
        let mut live: Vec<_> = nights.filter(|free| free["state"] == "live").map(|free| free["night"].as_str().unwrap()).collect();
        live.sort_unstable();
        assert_eq!(live, ["2026-10-04", "2026-10-05"]);
        // A voucher that was used elsewhere meanwhile is gone: the night costs what was agreed.
        s.post(&at("check-out"), json!({ "allow_balance": true })).await;
        let cancel = json!({ "voucher_id": issued[0]["id"], "reason": "lost" });
        s.post(&format!("/api/v1/members/{member}/cancel-voucher"), cancel).await;
        s.post(&at("undo-check-out"), json!({ "reason": "the wrong room" })).await;
        assert_eq!((voucher().await.as_str(), total().await), ("cancelled", Some(2 * 349_80)));
    }

    async fn a_voucher_pays_for_one_night(db: TestDb) {
        let s = Server::new(db).await;
        let (number, member) = member(&s, "2026-10-05", 0).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        let vouchers = format!("/api/v1/members/{member}/vouchers");
        assert_eq!(s.refused(&vouchers, json!({ "expires": "2027-12-31" })).await, (422, "invalid".into()));
        let issued = s.post(&vouchers, json!({ "count": 3, "expires": "2026-10-03", "reason": "campaign" })).await;
        let id = |i: usize| issued[i]["id"].clone();
        let cancel = json!({ "voucher_id": id(2), "reason": "lost" });
        s.post(&format!("/api/v1/members/{member}/cancel-voucher"), cancel.clone()).await;
        assert_eq!(s.refused(&format!("/api/v1/members/{member}/cancel-voucher"), cancel).await, (409, "wrong_state".into()));

        s.post(&at("free-nights"), json!({ "voucher_id": id(0) })).await;
        assert_eq!(owed(&s, &number).await.0, 349_80);
        for (voucher, night) in [(0, "2026-10-04"), (1, "2026-10-04"), (2, "2026-10-04")] {
            let again = json!({ "voucher_id": id(voucher), "night": night });
            assert_eq!(s.refused(&at("free-nights"), again).await, (409, "wrong_state".into()), "{voucher}");
        }
        let states = async || -> Vec<String> {
            let shown = s.get(&vouchers).await;
            shown.as_array().unwrap().iter().map(|voucher| voucher["state"].as_str().unwrap().into()).collect()
        };
        assert_eq!(states().await, ["used", "open", "cancelled"]);
        s.post(&at("cancel"), json!({ "waive_penalty": true })).await;
        assert_eq!(states().await, ["open", "open", "cancelled"]);
    }

    async fn tiers_keep_rooms_longer_and_get_better_ones(db: TestDb) {
        let s = Server::new(db).await;
        let (number, _) = member(&s, "2026-10-05", 0).await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        assert_eq!(s.refused(&at("late-check-out"), json!({})).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&at("upgrade"), json!({})).await, (409, "wrong_state".into()));
        put(&s, PROGRAMME, json!({ "tiers": [{ "tier": "classic", "late_check_out": 840, "upgrade": true }] })).await;
        // At the price of a double, the suite.
        s.post(&at("upgrade"), json!({})).await;
        let visit = s.get(&format!("/api/v1/visits/{number}")).await;
        let room = &visit["booking"]["rooms"][0];
        assert_eq!((room["room_number"].as_str(), room["room_type"].as_str(), room["total"].as_i64()), (Some("0501"), Some("DBL"), Some(699_60)));
        let other = s.book("DBL", "2026-10-03", "2026-10-04").await;
        assert_eq!(s.refused(&format!("/api/v1/visits/{other}/upgrade"), json!({})).await, (409, "room_taken".into()));
        assert_eq!(s.refused(&format!("/api/v1/visits/{other}/upgrade"), json!({ "room": "0402" })).await, (409, "room_taken".into()));

        s.post(&at("check-in"), json!({})).await;
        s.post(&at("keys"), json!({})).await;
        s.post(&at("late-check-out"), json!({})).await;
        let visit = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(visit["booking"]["rooms"][0]["departure_minute"], 840);
        // The key is good until two in the afternoon in Shanghai.
        assert_eq!(s.get(&at("keys")).await[0]["valid_until"], "2026-10-05T06:00:00Z");
        assert_eq!(s.refused(&at("late-check-out"), json!({ "minute": 960 })).await, (422, "invalid".into()));
        s.post(&at("late-check-out"), json!({ "minute": 960, "reason": "flight" })).await;
        s.post(&at("late-check-out"), json!({ "minute": 0 })).await;
        assert_eq!(s.get(&at("keys")).await[0]["valid_until"], "2026-10-05T04:00:00Z");
    }
}
