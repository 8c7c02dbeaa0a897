//! What a revenue manager sets and what comes of it: quotes, the rate calendar, derived plans, what people cost, restrictions, packages, and rooms
//! given for nothing. What is quoted is what is booked, checked in and billed, whatever is changed in between. Both engines.

use std::collections::BTreeMap;

use crate::common::{
    Server, booking, digits,
    money::{ClosedDays, assert_money_is_somewhere},
};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

async fn put(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = s.send(Method::PUT, &format!("{HOUSE}/{path}"), Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

/// Status, code and pointer of a refusal.
async fn why(s: &Server, method: Method, path: &str, body: Value) -> (u16, String, String) {
    let (status, answer) = s.send(method, path, Some(body.clone()), &[]).await;
    assert!(!status.is_success(), "{path} {body} was not refused: {answer}");
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text("code"), text("pointer"))
}

async fn act(s: &Server, number: &str, action: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn visit(s: &Server, number: &str) -> Value {
    s.get(&format!("/api/v1/visits/{number}")).await
}

async fn audit(s: &Server) -> Value {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await
}

async fn quote(s: &Server, body: Value) -> Value {
    s.post(&format!("{HOUSE}/quote"), body).await
}

/// The one offer of a quote.
async fn offer(s: &Server, body: Value) -> Value {
    let quote = quote(s, body).await;
    let offers = quote["offers"].as_array().unwrap();
    assert_eq!(offers.len(), 1, "{quote}");
    offers[0].clone()
}

/// A booking of one room with these fields beside those of [`booking`].
fn asking(room: Value) -> Value {
    let mut body = booking("DBL", "2026-10-03", "2026-10-05");
    for (field, value) in room.as_object().unwrap() {
        body["rooms"][0][field] = value.clone();
    }
    body
}

async fn book(s: &Server, room: Value) -> String {
    digits(&s.post("/api/v1/reservations", asking(room)).await)
}

fn agreed(visit: &Value) -> Value {
    visit["booking"]["rooms"][0].clone()
}

/// Codes `BF`, `DIN` and `FRUIT`, and plans: `HB`, half board with welcome fruit, prices without fee and tax; `ALL`, the same with everything
/// in the price; `BAR15`, 15 % less than `BAR` to the yuan.
async fn packages(s: &Server) {
    for (code, name, name_en, tax) in [
        ("BF", "早餐", "Breakfast", 600),
        ("DIN", "晚餐", "Dinner", 1_300),
        ("FRUIT", "欢迎水果", "Fruit", 600),
    ] {
        let body =
            json!({ "name": name, "name_en": name_en, "group": "food", "kind": "revenue", "tax": tax });
        put(s, &format!("transaction-codes/{code}"), body).await;
    }
    for (code, inclusive) in [("HB", false), ("ALL", true)] {
        let body = json!({ "name": "半膳", "name_en": "Half board", "kind": "nightly", "tax": 600, "service_fee": 1_000,
            "inclusive": inclusive, "policy": "FLEX",
            "people": { "included": 2, "fewer": 50_00, "more": 100_00, "extra_bed": 80_00,
                "children": [{ "until_age": 6, "amount": 0 }, { "until_age": 12, "amount": 50_00 }] },
            "inclusions": [
                { "code": "BF", "adult": 50_00, "child": 20_00, "pricing": "within" },
                { "code": "DIN", "adult": 100_00, "pricing": "added", "served": "same_day" },
                { "code": "FRUIT", "room": 30_00, "pricing": "within", "rhythm": "first_night", "served": "same_day" }],
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 500_00 },
                { "room_type": "STE", "valid_from": "2026-01-01", "amount": 1_000_00 }] });
        put(s, &format!("rate-plans/{code}"), body).await;
    }
    put(
        s,
        "rate-plans/BAR15",
        json!({ "name": "提前订", "name_en": "Early", "kind": "nightly", "tax": 600, "service_fee": 1_000, "policy": "FLEX",
            "derived": { "from": "BAR", "share": -1_500, "round_to": 1_00 } }),
    )
    .await;
}

/// The sums of a bill's lines by their codes.
fn by_code(visit: &Value) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for line in visit["consumption"]["postings"].as_array().unwrap() {
        *sums.entry(line["code"].as_str().unwrap().to_owned()).or_default() +=
            line["amount"].as_i64().unwrap();
    }
    sums
}

both_engines! {
    async fn what_is_quoted_is_booked_shown_at_check_in_and_billed_after_audits_whatever_is_edited_since(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        let stay = |fields: Value| {
            let mut body = json!({ "arrival": "2026-10-03", "departure": "2026-10-05", "adults": 2 });
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            body
        };
        // Room type, plan, people; what it comes to where it was worked out by hand.
        let cases = [
            ("DBL", "BAR", stay(json!({})), "0401", Some(2 * 349_80)),
            ("DBL", "BAR15", stay(json!({})), "0402", Some(2 * 297_33)),
            // 1,050.00 with breakfast 120.00 and fruit 30.00 in it, dinner 200.00 beside it: 900 + 90 + 59.40, 127.20, 31.80, 226.00;
            // the second night without fruit.
            ("STE", "HB", stay(json!({ "children": 1, "child_ages": [7] })), "0501", Some(1_434_40 + 1_437_58)),
            // Everything in the price but the dinner.
            ("DBL", "ALL", stay(json!({ "adults": 1 })), "0403", Some(2 * (450_00 + 100_00))),
            ("DBL", "DAY4", json!({ "arrival": "2026-10-03", "departure": "2026-10-03", "adults": 1 }), "0404", Some(127_20)),
        ];
        let mut booked = Vec::new();
        for (kind, plan, asked, room, by_hand) in cases {
            let mut wanted = asked.clone();
            wanted["room_types"] = json!([kind]);
            wanted["rate_plans"] = json!([plan]);
            let offered = offer(&s, wanted).await;
            let total = offered["total"].as_i64().unwrap();
            assert_eq!(Some(total), by_hand, "{offered}");
            let sum = |field: &str| offered[field].as_i64().unwrap();
            assert_eq!(sum("room") + sum("service_fee") + sum("included") + sum("tax"), total);
            let nights: i64 = offered["nights"].as_array().unwrap().iter().map(|night| night["total"].as_i64().unwrap()).sum();
            assert_eq!((nights, offered["refusals"].clone()), (total, json!([])), "{offered}");
            let mut fields = asked;
            fields["room_type"] = json!(kind);
            fields["rate_plan"] = json!(plan);
            let number = book(&s, fields).await;
            assert_eq!(agreed(&visit(&s, &number).await)["total"], total, "{plan}");
            booked.push((number, room, total, offered));
        }
        // Everything is edited since: prices, people, what is included, its tax, and the calendar.
        for plan in ["HB", "ALL", "BAR"] {
            put(&s, &format!("rate-plans/{plan}"), json!({ "tax": 0, "service_fee": 0, "inclusive": false, "people": {},
                "inclusions": [], "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 1_00 }] })).await;
        }
        put(&s, "transaction-codes/BF", json!({ "tax": 0 })).await;
        put(&s, "rate-calendar/prices", json!({ "rate_plan": "BAR", "from": "2026-10-03", "until": "2026-10-05", "amount": 9_99 })).await;
        put(&s, "rate-calendar/restrictions", json!({ "from": "2026-10-03", "until": "2026-10-06", "stop_sell": true, "closed_to_departure": true })).await;
        for (number, room, total, _) in &booked {
            act(&s, number, "check-in", json!({ "room": room })).await;
            let shown = visit(&s, number).await;
            assert_eq!((&agreed(&shown)["total"], &shown["consumption"]["at_check_out"]), (&json!(total), &json!(total)), "{room}");
        }
        let (hours, _, total, _) = &booked[4];
        act(&s, hours, "nights", json!({})).await;
        act(&s, hours, "payments", json!({ "code": "CASH", "amount": total })).await;
        act(&s, hours, "check-out", json!({})).await;
        let closed = audit(&s).await;
        assert_eq!((closed["rooms_charged"].clone(), closed["complimentary"].clone()), (json!(4), json!(0)));
        audit(&s).await;
        let mut closed = ClosedDays::default();
        let numbers: Vec<String> = booked.iter().map(|(number, ..)| number.clone()).collect();
        for (number, room, total, offered) in &booked {
            let bill = visit(&s, number).await;
            assert_eq!(bill["consumption"]["charged"], *total, "{room}");
            let sums = by_code(&bill);
            let of = |code: &str| sums.get(code).copied().unwrap_or(0);
            assert_eq!(of("TAX"), offered["tax"].as_i64().unwrap(), "{room}");
            assert_eq!(of("ROOM") + of("DAYUSE"), offered["room"].as_i64().unwrap(), "{room}");
            assert_eq!(of("BF") + of("DIN") + of("FRUIT"), offered["included"].as_i64().unwrap(), "{room}");
            if room != &"0404" {
                act(&s, number, "payments", json!({ "code": "CASH", "amount": total })).await;
                assert_eq!(act(&s, number, "check-out", json!({})).await["balance"], 0);
            }
        }
        assert_money_is_somewhere(&s, "SH01", &numbers, &[], &mut closed).await;
        let suite = by_code(&visit(&s, &booked[2].0).await);
        assert_eq!((suite["BF"], suite["DIN"], suite["FRUIT"], suite["ROOM"]), (240_00, 400_00, 30_00, 1_830_00));
    }

    async fn a_quote_says_terms_in_words_what_is_left_and_what_forbids_it_and_asks_only_for_what_fits(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        let offered = offer(&s, json!({ "arrival": "2026-10-10", "departure": "2026-10-11", "room_types": ["STE"], "rate_plans": ["HB"], "adults": 4 })).await;
        assert_eq!(offered["policy_en"],
            "Cancelling is free until 24 hours before check-in opens. Cancelling within 24 hours before check-in opens costs the price of the first night. Not coming costs the whole price.");
        assert_eq!(offered["policy_zh"], "可入住时间前 24 小时之前取消免费。可入住时间前 24 小时内取消，收取首晚房费。未到店，收取全部房费。");
        assert_eq!((offered["left"].clone(), offered["inclusions"][0]["name"].clone()), (json!(1), json!("早餐")));
        // 1,000.00 for two, 200.00 for two more.
        assert_eq!(offered["nights"][0]["price"], 1_200_00);
        // Of five people nothing is left; of three only the suite, under every nightly plan.
        let types = |quote: &Value| -> Vec<(String, String)> {
            let of = |offer: &Value, field: &str| offer[field].as_str().unwrap().to_owned();
            quote["offers"].as_array().unwrap().iter().map(|offer| (of(offer, "room_type"), of(offer, "rate_plan"))).collect()
        };
        let of = |adults: i64| json!({ "arrival": "2026-10-10", "departure": "2026-10-11", "adults": adults });
        assert!(types(&quote(&s, of(5)).await).is_empty());
        let suites: Vec<String> = types(&quote(&s, of(3)).await).into_iter().map(|(kind, plan)| format!("{kind} {plan}")).collect();
        assert_eq!(suites, ["STE ALL", "STE BAR", "STE BAR15", "STE HB"]);
        let hours = types(&quote(&s, json!({ "arrival": "2026-10-10", "departure": "2026-10-10" })).await);
        assert_eq!(hours, [("DBL".to_owned(), "DAY4".to_owned())]);
        // Sold out, and closed to one channel: it is said, and a booking is refused with the same code.
        s.book("STE", "2026-10-10", "2026-10-12").await;
        put(&s, "rate-calendar/restrictions", json!({ "channel": "ctrip", "from": "2026-10-10", "until": "2026-10-11", "minimum_stay": 3 })).await;
        let wanted = json!({ "arrival": "2026-10-10", "departure": "2026-10-11", "room_types": ["STE"], "rate_plans": ["BAR"], "channel": "ctrip" });
        let offered = offer(&s, wanted.clone()).await;
        let codes: Vec<&str> = offered["refusals"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!((codes, offered["left"].clone()), (vec!["minimum_stay", "no_inventory"], json!(0)));
        let detail = |language: &str| offered["refusals"][0][language].as_str().unwrap().to_owned();
        assert!(detail("detail_en").contains("at least 3 nights") && detail("detail_zh").contains("3 晚"), "{offered}");
        // A member is quoted the member's price, and billed it.
        let guest = s.post("/api/v1/guests", json!({ "full_name": "李雷" })).await["id"].as_str().unwrap().to_owned();
        s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
        let mut body = booking("DBL", "2026-11-20", "2026-11-21");
        body["guest"] = json!({ "id": guest });
        let feast = digits(&s.post("/api/v1/reservations", body).await);
        act(&s, &feast, "charges", json!({ "code": "FB", "amount": 50_000_00 })).await;
        act(&s, &feast, "accrue-points", json!({})).await;
        let wanted = json!({ "arrival": "2026-10-03", "departure": "2026-10-05", "room_types": ["DBL"], "rate_plans": ["BAR"], "guest_id": guest });
        let offered = offer(&s, wanted).await;
        // 10 % off 300.00: 270.00 + 27.00 + 17.82 a night.
        assert_eq!((offered["discount"].clone(), offered["total"].clone()), (json!(1_000), json!(2 * 314_82)));
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["guest"] = json!({ "id": guest });
        let number = digits(&s.post("/api/v1/reservations", body).await);
        assert_eq!(agreed(&visit(&s, &number).await)["total"], offered["total"]);
        // Wrong input.
        let base = json!({ "arrival": "2026-10-10", "departure": "2026-10-12", "room_types": ["STE"], "rate_plans": ["BAR"] });
        for (field, value, status, code, pointer) in [
            ("arrival", json!("2026-10-02"), 422, "bad_dates", "/arrival"),
            ("departure", json!("2026-10-10"), 422, "bad_dates", "/departure"),
            ("departure", json!("2026-10-09"), 422, "bad_dates", "/departure"),
            ("adults", json!(0), 422, "invalid", "/adults"),
            ("adults", json!(5), 422, "too_many_people", "/adults"),
            ("child_ages", json!([3]), 422, "invalid", "/child_ages"),
            ("extra_beds", json!(1), 422, "invalid", "/extra_beds"),
            ("room_types", json!(["NONE"]), 404, "not_found", "/room_types/0"),
            ("rate_plans", json!(["BAR", "NONE"]), 404, "not_found", "/rate_plans/1"),
            ("channel", json!(" "), 422, "invalid", "/channel"),
        ] {
            let mut body = base.clone();
            body[field] = value;
            let refused = why(&s, Method::POST, &format!("{HOUSE}/quote"), body).await;
            assert_eq!(refused, (status, code.into(), pointer.into()), "{field}");
        }
    }

    async fn prices_of_dates_stand_before_those_of_the_plan_and_derived_plans_follow_them(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        s.book("DBL", "2026-10-09", "2026-10-10").await;
        // Fridays and Saturdays of a season. 2026-10-09 is a Friday.
        let season = json!({ "rate_plan": "BAR", "room_types": ["DBL"], "from": "2026-10-05", "until": "2026-10-19", "weekdays": [5, 6], "amount": 433_33 });
        assert_eq!(put(&s, "rate-calendar/prices", season.clone()).await, json!({ "dates": 4, "changed": 4 }));
        assert_eq!(put(&s, "rate-calendar/prices", season.clone()).await, json!({ "dates": 4, "changed": 0 }));
        let own = json!({ "rate_plan": "BAR15", "from": "2026-10-10", "until": "2026-10-11", "amount": 200_00 });
        assert_eq!(put(&s, "rate-calendar/prices", own).await["changed"], 2, "of both room types");
        put(&s, "rate-calendar/restrictions", json!({ "rate_plan": "BAR15", "from": "2026-10-09", "until": "2026-10-11", "minimum_stay": 2 })).await;
        put(&s, "rate-calendar/restrictions", json!({ "room_type": "DBL", "from": "2026-10-09", "until": "2026-10-10", "minimum_stay": 3, "maximum_stay": 9 })).await;
        put(&s, "rate-calendar/restrictions", json!({ "channel": "ctrip", "from": "2026-10-09", "until": "2026-10-10", "stop_sell": true })).await;
        let calendar = async |query: &str| -> Vec<Value> {
            let rows = s.get(&format!("{HOUSE}/rate-calendar?from=2026-10-08&until=2026-10-12&room_type=DBL&{query}")).await;
            assert_eq!(rows.as_array().unwrap().len(), 1);
            rows[0]["days"].as_array().unwrap().clone()
        };
        let prices = |days: &[Value]| -> Vec<i64> { days.iter().map(|day| day["price"].as_i64().unwrap()).collect() };
        let bar = calendar("rate_plan=BAR").await;
        assert_eq!(prices(&bar), [300_00, 433_33, 433_33, 300_00]);
        assert_eq!((bar[1]["is_set"].clone(), bar[0]["is_set"].clone(), bar[1]["left"].clone()), (json!(true), json!(false), json!(3)));
        assert_eq!((bar[1]["minimum_stay"].clone(), bar[1]["maximum_stay"].clone(), bar[1]["stop_sell"].clone()), (json!(3), json!(9), json!(false)));
        let less = calendar("rate_plan=BAR15&channel=ctrip").await;
        assert_eq!(prices(&less), [255_00, 368_00, 200_00, 255_00]);
        assert_eq!((less[1]["minimum_stay"].clone(), less[2]["minimum_stay"].clone(), less[1]["stop_sell"].clone()), (json!(3), json!(2), json!(true)));
        // A stay over the weekend is sold at each night's price, and keeps them.
        let number = book(&s, json!({ "arrival": "2026-10-08", "departure": "2026-10-11" })).await;
        assert_eq!(agreed(&visit(&s, &number).await)["prices"], json!([300_00, 433_33, 433_33]));
        let mut back = season;
        back.as_object_mut().unwrap().remove("amount");
        assert_eq!(put(&s, "rate-calendar/prices", back).await["changed"], 4);
        assert_eq!(prices(&calendar("rate_plan=BAR").await), [300_00; 4]);
        assert_eq!(agreed(&visit(&s, &number).await)["prices"], json!([300_00, 433_33, 433_33]));
        // Nights that are sold anew have the present price, the others keep theirs.
        put(&s, "rate-calendar/prices", json!({ "rate_plan": "BAR", "from": "2026-10-03", "until": "2026-10-12", "amount": 310_00 })).await;
        let longer = json!({ "rooms": [{ "line": 1, "departure": "2026-10-13" }] });
        act(&s, &number, "change", longer).await;
        assert_eq!(agreed(&visit(&s, &number).await)["prices"], json!([300_00, 433_33, 433_33, 310_00, 300_00]));
        // A guest in house who stays longer.
        let here = book(&s, json!({ "rate_plan": "BAR15", "arrival": "2026-10-03", "departure": "2026-10-04" })).await;
        act(&s, &here, "check-in", json!({ "room": "0404" })).await;
        act(&s, &here, "extend", json!({ "departure": "2026-10-05" })).await;
        assert_eq!(agreed(&visit(&s, &here).await)["prices"], json!([264_00, 264_00]));
        // Lifted, nothing of a restriction is left.
        let lifted = json!({ "room_type": "DBL", "from": "2026-10-09", "until": "2026-10-10", "minimum_stay": 0, "maximum_stay": 0 });
        assert_eq!(put(&s, "rate-calendar/restrictions", lifted).await, json!({ "dates": 1, "changed": 1 }));
        assert_eq!(calendar("rate_plan=BAR").await[1]["minimum_stay"], Value::Null);
    }

    async fn what_people_cost_is_agreed_and_a_change_of_heads_moves_prices_by_that_alone(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        let number = book(&s, json!({ "room_type": "STE", "rate_plan": "HB", "adults": 2, "children": 1, "child_ages": [7] })).await;
        assert_eq!(agreed(&visit(&s, &number).await)["prices"], json!([1_050_00, 1_050_00]));
        put(&s, "rate-plans/HB", json!({ "people": { "included": 1, "more": 999_00 }, "rates": [{ "room_type": "STE", "valid_from": "2026-01-01", "amount": 1_00 }] })).await;
        let change = async |change: Value| -> Value {
            let mut body = json!({ "line": 1 });
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            act(&s, &number, "change", json!({ "rooms": [body] })).await;
            agreed(&visit(&s, &number).await)["prices"].clone()
        };
        // Nothing of the plan as it is now, nothing of what was not asked for.
        assert_eq!(change(json!({ "adults": 3 })).await, json!([1_150_00, 1_150_00]));
        assert_eq!(change(json!({ "child_ages": [4] })).await, json!([1_100_00, 1_100_00]));
        assert_eq!(change(json!({ "extra_beds": 1 })).await, json!([1_180_00, 1_180_00]));
        assert_eq!(change(json!({ "adults": 1, "children": 0, "extra_beds": 0 })).await, json!([950_00, 950_00]));
        assert_eq!(agreed(&visit(&s, &number).await)["terms"]["child_ages"], Value::Null);
        // A teenager counts as an adult; a child of unknown age costs what the dearest does.
        assert_eq!(change(json!({ "adults": 2, "children": 1, "child_ages": [13] })).await, json!([1_100_00, 1_100_00]));
        assert_eq!(change(json!({ "child_ages": [] })).await, json!([1_050_00, 1_050_00]));
        // What it would cost is said first, and nothing is changed.
        let said = act(&s, &number, "change", json!({ "preview": true, "rooms": [{ "line": 1, "adults": 3 }] })).await;
        assert_eq!(said["preview"]["rooms"][0]["nights"][0]["price"], 1_150_00);
        assert_eq!(agreed(&visit(&s, &number).await)["prices"], json!([1_050_00, 1_050_00]));
        // A plan that follows another and says nothing of people costs as that one does.
        put(&s, "rate-plans/BAR", json!({ "people": { "included": 1, "more": 40_00 } })).await;
        let two = book(&s, json!({ "rate_plan": "BAR15", "adults": 2 })).await;
        assert_eq!(agreed(&visit(&s, &two).await)["prices"], json!([295_00, 295_00]));
        // What was agreed of people holds although the plan asks nothing for them any more.
        let plain = book(&s, json!({ "arrival": "2026-11-03", "departure": "2026-11-04", "adults": 1 })).await;
        let was = agreed(&visit(&s, &plain).await)["prices"].clone();
        put(&s, "rate-plans/BAR", json!({ "people": {}, "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 400_00 }] })).await;
        act(&s, &plain, "change", json!({ "rooms": [{ "line": 1, "adults": 2 }] })).await;
        assert_eq!((was, agreed(&visit(&s, &plain).await)["prices"].clone()), (json!([300_00]), json!([340_00])));
        for (room, pointer) in [
            (json!({ "children": 1, "child_ages": [18], "adults": 1 }), "/rooms/0/child_ages"),
            (json!({ "children": 1, "child_ages": [1, 2], "adults": 1 }), "/rooms/0/child_ages"),
            (json!({ "adults": 2, "extra_beds": 2 }), "/rooms/0/extra_beds"),
            (json!({ "adults": 1, "extra_beds": -1 }), "/rooms/0/extra_beds"),
        ] {
            let refused = why(&s, Method::POST, "/api/v1/reservations", asking(room)).await;
            assert_eq!(refused, (422, "invalid".into(), pointer.into()));
        }
    }

    async fn what_restrictions_forbid_is_refused_with_its_code_at_the_field_unless_somebody_may_and_says_why(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        // Two rooms that were sold before: nothing is asked of them again.
        let before = book(&s, json!({ "arrival": "2026-10-10", "departure": "2026-10-12" })).await;
        let restrict = async |body: Value| put(&s, "rate-calendar/restrictions", body).await;
        let day = |from: &str, until: &str, more: Value| {
            let mut body = json!({ "from": from, "until": until });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        restrict(day("2026-10-10", "2026-10-11", json!({ "minimum_stay": 2, "maximum_stay": 3 }))).await;
        restrict(day("2026-10-12", "2026-10-13", json!({ "closed_to_arrival": true, "closed_to_departure": true }))).await;
        restrict(day("2026-10-14", "2026-10-15", json!({ "stop_sell": true, "rate_plan": "BAR", "room_type": "DBL" }))).await;
        restrict(day("2026-10-20", "2026-10-21", json!({ "stop_sell": true, "channel": "ctrip" }))).await;
        let cases = [
            (("2026-10-10", "2026-10-11"), json!({}), "minimum_stay", "departure"),
            (("2026-10-10", "2026-10-14"), json!({}), "maximum_stay", "departure"),
            (("2026-10-12", "2026-10-13"), json!({}), "closed_to_arrival", "arrival"),
            (("2026-10-11", "2026-10-12"), json!({}), "closed_to_departure", "departure"),
            (("2026-10-13", "2026-10-15"), json!({}), "stop_sell", "rate_plan"),
            (("2026-10-20", "2026-10-21"), json!({ "channel": "ctrip" }), "stop_sell", "rate_plan"),
        ];
        for ((arrival, departure), of_booking, code, field) in cases {
            let mut body = asking(json!({ "arrival": arrival, "departure": departure }));
            body.as_object_mut().unwrap().extend(of_booking.as_object().unwrap().clone());
            let refused = why(&s, Method::POST, "/api/v1/reservations", body.clone()).await;
            assert_eq!(refused, (409, code.into(), format!("/rooms/0/{field}")), "{arrival}");
            // Adding a room to a booking, and changing one, are asked the same.
            if of_booking == json!({}) {
                let room = body["rooms"][0].clone();
                let adding = why(&s, Method::POST, &format!("/api/v1/visits/{before}/add-room"), json!({ "room": room })).await;
                assert_eq!(adding, (409, code.into(), format!("/room/{field}")), "{arrival}");
                let change = json!({ "rooms": [{ "line": 1, "arrival": arrival, "departure": departure }] });
                let changing = why(&s, Method::POST, &format!("/api/v1/visits/{before}/change"), change).await;
                assert_eq!(changing, (409, code.into(), format!("/rooms/0/{field}")), "{arrival}");
            }
            // Somebody who may says why.
            body["override_restrictions"] = json!(true);
            let silent = why(&s, Method::POST, "/api/v1/reservations", body.clone()).await;
            assert_eq!(silent, (422, "invalid".into(), "/reason".into()), "{arrival}");
            body["reason"] = json!("the ambassador");
            let booked = digits(&s.post("/api/v1/reservations", body).await);
            act(&s, &booked, "cancel", json!({ "waive_penalty": true })).await;
            // What was called off comes back as it was agreed.
            act(&s, &booked, "reinstate", json!({})).await;
            act(&s, &booked, "cancel", json!({ "waive_penalty": true })).await;
        }
        // Another plan, another room type, another channel.
        let open = book(&s, json!({ "arrival": "2026-10-14", "departure": "2026-10-15", "rate_plan": "BAR15" })).await;
        book(&s, json!({ "arrival": "2026-10-14", "departure": "2026-10-15", "room_type": "STE" })).await;
        book(&s, json!({ "arrival": "2026-10-20", "departure": "2026-10-21" })).await;
        let onto_bar = json!({ "rooms": [{ "line": 1, "rate_plan": "BAR" }] });
        assert_eq!(why(&s, Method::POST, &format!("/api/v1/visits/{open}/change"), onto_bar.clone()).await.1, "stop_sell");
        let mut onto_bar = onto_bar;
        onto_bar["override_restrictions"] = json!(true);
        onto_bar["reason"] = json!("test");
        act(&s, &open, "change", onto_bar).await;
        // What was sold keeps its dates: a change of anything else asks nothing.
        restrict(day("2026-10-10", "2026-10-12", json!({ "stop_sell": true }))).await;
        act(&s, &before, "change", json!({ "rooms": [{ "line": 1, "adults": 2, "room": "0401" }] })).await;
        // Who waits is asked when the room is promised.
        let mut waits = asking(json!({ "arrival": "2026-10-10", "departure": "2026-10-12" }));
        waits["state"] = json!("waitlisted");
        let waits = digits(&s.post("/api/v1/reservations", waits).await);
        assert_eq!(s.refused(&format!("/api/v1/visits/{waits}/confirm"), json!({})).await, (409, "stop_sell".into()));
        act(&s, &waits, "confirm", json!({ "override_restrictions": true, "reason": "test" })).await;
        // Hours of a day: arrival and date count, and nothing of nights.
        let hours = |date: &str| json!({ "rate_plan": "DAY4", "arrival": date, "departure": date });
        let refused = why(&s, Method::POST, "/api/v1/reservations", asking(hours("2026-10-12"))).await;
        assert_eq!(refused.1, "closed_to_arrival");
        restrict(day("2026-10-15", "2026-10-16", json!({ "minimum_stay": 2, "closed_to_departure": true }))).await;
        book(&s, hours("2026-10-15")).await;
    }

    async fn breakfast_is_posted_apart_listed_for_the_kitchen_and_taken_back_by_itself(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        let kitchen = async |date: &str| -> Vec<(String, i64, i64, Vec<String>)> {
            let list = s.get(&format!("{HOUSE}/kitchen?date={date}")).await;
            let of = |row: &Value, field: &str| row[field].as_i64().unwrap();
            let rooms = |row: &Value| -> Vec<String> {
                let room = |room: &Value| format!("{} {}", room["room"].as_str().unwrap_or("-"), room["is"].as_str().unwrap());
                row["rooms"].as_array().unwrap().iter().map(room).collect()
            };
            list["inclusions"].as_array().unwrap().iter()
                .map(|row| (row["code"].as_str().unwrap().to_owned(), of(row, "adults"), of(row, "children"), rooms(row))).collect()
        };
        let here = book(&s, json!({ "room_type": "STE", "rate_plan": "HB", "adults": 2, "children": 1 })).await;
        let later = book(&s, json!({ "rate_plan": "ALL", "arrival": "2026-10-04", "departure": "2026-10-05", "adults": 1 })).await;
        let plain = book(&s, json!({})).await;
        act(&s, &here, "check-in", json!({ "room": "0501" })).await;
        act(&s, &plain, "check-in", json!({ "room": "0401" })).await;
        let row = |code: &str, adults: i64, children: i64, rooms: &[&str]| -> (String, i64, i64, Vec<String>) {
            (code.to_owned(), adults, children, rooms.iter().map(|room| (*room).to_owned()).collect())
        };
        assert_eq!(kitchen("2026-10-03").await, [row("DIN", 2, 1, &["0501 in_house"]), row("FRUIT", 2, 1, &["0501 in_house"])]);
        assert_eq!(kitchen("2026-10-04").await, [row("BF", 2, 1, &["0501 in_house"]),
            row("DIN", 3, 1, &["0501 in_house", "- expected"]), row("FRUIT", 1, 0, &["- expected"])]);
        audit(&s).await;
        audit(&s).await;
        // On the day they leave they have breakfast, before check-out and after it.
        assert_eq!(kitchen("2026-10-05").await, [row("BF", 2, 1, &["0501 in_house"])]);
        let lines = visit(&s, &here).await["consumption"]["postings"].clone();
        let breakfasts: Vec<&Value> = lines.as_array().unwrap().iter().filter(|line| line["code"] == "BF").collect();
        // Two adults at 50.00 and a child at 20.00, each night; its tax belongs to it.
        assert_eq!(breakfasts.iter().map(|line| line["amount"].as_i64().unwrap()).collect::<Vec<_>>(), [120_00, 120_00]);
        let tax = |line: &Value| lines.as_array().unwrap().iter().find(|tax| tax["belongs_to"] == line["id"]).unwrap()["amount"].clone();
        assert_eq!(tax(breakfasts[0]), 7_20);
        let revenue = s.get(&format!("{HOUSE}/days/2026-10-03/ledgers")).await;
        let account = |code: &str| revenue["ledgers"].as_array().unwrap().iter()
            .find(|row| row["ledger"] == "revenue" && row["account"] == code).unwrap()["credit"].clone();
        assert_eq!((account("BF"), account("DIN"), account("FRUIT")), (json!(120_00), json!(200_00), json!(30_00)));
        // The kitchen was closed: breakfast is taken back with its tax, the room stays.
        let was = visit(&s, &here).await["consumption"]["charged"].as_i64().unwrap();
        act(&s, &here, "reversals", json!({ "posting_id": breakfasts[1]["id"], "reason": "kitchen closed" })).await;
        let now = visit(&s, &here).await["consumption"].clone();
        assert_eq!(was - now["charged"].as_i64().unwrap(), 127_20);
        // A room charge corrected to another price keeps what is in it, which was posted apart.
        let room = lines.as_array().unwrap().iter().find(|line| line["code"] == "ROOM").unwrap()["id"].clone();
        act(&s, &here, "corrections", json!({ "posting_id": room, "amount": 950_00, "reason": "promised" })).await;
        assert_eq!(by_code(&visit(&s, &here).await)["ROOM"], 800_00 + 930_00);
        let owed = visit(&s, &here).await["consumption"]["balance"].clone();
        act(&s, &here, "payments", json!({ "code": "CASH", "amount": owed })).await;
        act(&s, &here, "check-out", json!({})).await;
        assert_eq!(kitchen("2026-10-05").await, [row("BF", 2, 1, &["0501 left"])]);
        assert_eq!(visit(&s, &later).await["booking"]["rooms"][0]["state"], "no_show");
        let (status, past) = s.send(Method::GET, &format!("{HOUSE}/kitchen?date=2026-10-04"), None, &[]).await;
        assert_eq!((status.as_u16(), past["code"].as_str(), past["parameter"].as_str()), (422, Some("bad_dates"), Some("date")));
        assert_money_is_somewhere(&s, "SH01", &[here, later, plain], &[], &mut ClosedDays::default()).await;
    }

    async fn a_room_given_for_nothing_needs_a_reason_earns_nothing_and_is_counted_apart(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        let mut given = asking(json!({ "rate_plan": "HB", "usage": "complimentary", "adults": 2 }));
        assert_eq!(why(&s, Method::POST, "/api/v1/reservations", given.clone()).await, (422, "invalid".into(), "/reason".into()));
        given["reason"] = json!("apology for the noise");
        let mut priced = given.clone();
        priced["rooms"][0]["prices"] = json!([1_00, 1_00]);
        assert_eq!(why(&s, Method::POST, "/api/v1/reservations", priced).await, (422, "invalid".into(), "/rooms/0/prices".into()));
        let given = digits(&s.post("/api/v1/reservations", given).await);
        let mut house = asking(json!({ "rate_plan": "BAR", "usage": "house_use" }));
        house["reason"] = json!("engineer on call");
        let house = digits(&s.post("/api/v1/reservations", house).await);
        let sold = book(&s, json!({})).await;
        for (number, room) in [(&given, "0401"), (&house, "0402"), (&sold, "0403")] {
            act(&s, number, "check-in", json!({ "room": room })).await;
        }
        let free = agreed(&visit(&s, &given).await);
        assert_eq!((&free["total"], &free["terms"]["usage"], &free["prices"]), (&json!(0), &json!("complimentary"), &json!([0, 0])));
        let first = audit(&s).await;
        let counts = |run: &Value| ["rooms_charged", "complimentary", "house_use", "room_revenue"].map(|field| run[field].as_i64().unwrap());
        assert_eq!(counts(&first), [1, 1, 1, 300_00]);
        // Their guests eat all the same.
        let list = s.get(&format!("{HOUSE}/kitchen")).await;
        assert_eq!((list["inclusions"][0]["code"].clone(), list["inclusions"][0]["adults"].clone()), (json!("BF"), json!(2)));
        // Staying longer costs nothing either; and nothing of a price can be slipped in.
        let longer = json!({ "departure": "2026-10-06", "prices": [10_00] });
        assert_eq!(s.refused(&format!("/api/v1/visits/{given}/extend"), longer).await, (422, "invalid".into()));
        act(&s, &given, "extend", json!({ "departure": "2026-10-06" })).await;
        audit(&s).await;
        let third = audit(&s).await;
        assert_eq!(counts(&third)[1], 1);
        assert_eq!(visit(&s, &given).await["consumption"]["charged"], 0);
        // A booking that is given and taken back is priced by the plan as it is, in words first.
        let mut later = asking(json!({ "arrival": "2026-11-03", "departure": "2026-11-05" }));
        later["reason"] = json!("test");
        let later = digits(&s.post("/api/v1/reservations", later).await);
        let change = |usage: &str, reason: Value| json!({ "rooms": [{ "line": 1, "usage": usage }], "reason": reason });
        let silent = why(&s, Method::POST, &format!("/api/v1/visits/{later}/change"), change("house_use", Value::Null)).await;
        assert_eq!(silent, (422, "invalid".into(), "/reason".into()));
        act(&s, &later, "change", change("house_use", json!("training"))).await;
        assert_eq!(agreed(&visit(&s, &later).await)["total"], 0);
        act(&s, &later, "change", change("sold", json!("no training"))).await;
        assert_eq!(agreed(&visit(&s, &later).await)["total"], 2 * 349_80);
        assert_money_is_somewhere(&s, "SH01", &[given, house, sold, later], &[], &mut ClosedDays::default()).await;
    }

    async fn what_cannot_be_set_is_refused_at_its_field(db: TestDb) {
        let s = Server::new(db).await;
        packages(&s).await;
        let refused = async |path: &str, body: Value| why(&s, Method::PUT, &format!("{HOUSE}/{path}"), body).await;
        for (plan, body, status, code, pointer) in [
            ("BAR15", json!({ "derived": { "from": "NONE" } }), 404, "not_found", "/derived/from"),
            ("BAR15", json!({ "derived": { "from": "BAR15" } }), 422, "invalid", "/derived/from"),
            ("BAR15", json!({ "derived": { "from": "DAY4" } }), 422, "invalid", "/derived/from"),
            ("HB", json!({ "derived": { "from": "BAR15" } }), 422, "invalid", "/derived/from"),
            ("BAR", json!({ "derived": { "from": "HB" } }), 422, "invalid", "/derived"),
            ("HB", json!({ "derived": { "from": "BAR", "share": -10_001 } }), 422, "invalid", "/derived/share"),
            ("HB", json!({ "derived": { "from": "BAR", "amount": 1_000_000_001 } }), 422, "bad_amount", "/derived/amount"),
            ("HB", json!({ "derived": { "from": "BAR", "round_to": 0 } }), 422, "invalid", "/derived/round_to"),
            ("BAR15", json!({ "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 1 }] }), 422, "invalid", "/rates"),
            ("HB", json!({ "people": { "included": 0, "more": 1 } }), 422, "invalid", "/people/included"),
            ("HB", json!({ "people": { "included": 2, "more": -1 } }), 422, "bad_amount", "/people/more"),
            ("HB", json!({ "people": { "included": 2, "children": [{ "until_age": 6, "amount": 1 }, { "until_age": 6, "amount": 2 }] } }),
                422, "invalid", "/people/children/1/until_age"),
            ("HB", json!({ "inclusions": [{ "code": "NONE", "pricing": "added" }] }), 404, "not_found", "/inclusions/0/code"),
            ("HB", json!({ "inclusions": [{ "code": "CASH", "pricing": "added" }] }), 422, "invalid", "/inclusions/0/code"),
            ("HB", json!({ "inclusions": [{ "code": "ROOM", "pricing": "added" }] }), 422, "invalid", "/inclusions/0/code"),
            ("HB", json!({ "inclusions": [{ "code": "BF", "pricing": "added" }, { "code": "BF", "pricing": "within" }] }), 422, "invalid", "/inclusions/1/code"),
            ("HB", json!({ "inclusions": [{ "code": "BF", "pricing": "added", "adult": -1 }] }), 422, "bad_amount", "/inclusions/0/adult"),
        ] {
            assert_eq!(refused(&format!("rate-plans/{plan}"), body.clone()).await, (status, code.into(), pointer.into()), "{body}");
        }
        let dates = json!({ "from": "2026-10-10", "until": "2026-10-12" });
        let with = |more: Value| {
            let mut body = dates.clone();
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        for (what, body, status, code, pointer) in [
            ("prices", json!({ "rate_plan": "NONE", "amount": 1 }), 404, "not_found", "/rate_plan"),
            ("prices", json!({ "rate_plan": "BAR", "room_types": ["DBL", "NONE"] }), 404, "not_found", "/room_types/1"),
            ("prices", json!({ "rate_plan": "BAR", "amount": -1 }), 422, "bad_amount", "/amount"),
            ("prices", json!({ "rate_plan": "BAR", "weekdays": [0] }), 422, "invalid", "/weekdays"),
            ("prices", json!({ "rate_plan": "BAR", "weekdays": [5, 5] }), 422, "invalid", "/weekdays"),
            ("prices", json!({ "rate_plan": "BAR", "from": "2026-10-02" }), 422, "bad_dates", "/from"),
            ("prices", json!({ "rate_plan": "BAR", "until": "2026-10-10" }), 422, "bad_dates", "/until"),
            ("prices", json!({ "rate_plan": "BAR", "until": "2036-10-10" }), 422, "bad_dates", "/until"),
            ("restrictions", json!({}), 422, "invalid", ""),
            ("restrictions", json!({ "minimum_stay": -1 }), 422, "invalid", "/minimum_stay"),
            ("restrictions", json!({ "maximum_stay": 366 }), 422, "invalid", "/maximum_stay"),
            ("restrictions", json!({ "minimum_stay": 5, "maximum_stay": 2 }), 422, "invalid", "/minimum_stay"),
            ("restrictions", json!({ "stop_sell": true, "channel": "" }), 422, "invalid", "/channel"),
            ("restrictions", json!({ "stop_sell": true, "room_type": "NONE" }), 404, "not_found", "/room_type"),
            ("restrictions", json!({ "stop_sell": true, "rate_plan": "NONE" }), 404, "not_found", "/rate_plan"),
        ] {
            let body = with(body);
            assert_eq!(refused(&format!("rate-calendar/{what}"), body.clone()).await, (status, code.into(), pointer.into()), "{body}");
        }
        let (status, none) = s.send(Method::GET, &format!("{HOUSE}/rate-calendar?from=2026-10-03&until=2026-10-05&rate_plan=NONE"), None, &[]).await;
        assert_eq!((status.as_u16(), none["parameter"].as_str()), (404, Some("rate_plan")));
        // No dates at all: the parameter is named as the address has it.
        for (path, parameter) in [
            ("availability?from=2026-10-05&to=2026-10-05", "to"),
            ("rate-calendar?from=2026-10-05&until=2026-10-05", "until"),
        ] {
            let (status, told) = s.send(Method::GET, &format!("{HOUSE}/{path}"), None, &[]).await;
            let told = (status.as_u16(), told["code"].as_str(), told["parameter"].as_str());
            assert_eq!(told, (422, Some("bad_dates"), Some(parameter)), "{path}");
        }
        // One of the two is set, then the other beyond it.
        put(&s, "rate-calendar/restrictions", with(json!({ "minimum_stay": 3 }))).await;
        let crossed = refused("rate-calendar/restrictions", with(json!({ "maximum_stay": 2 }))).await;
        assert_eq!(crossed, (422, "invalid".into(), "/maximum_stay".into()));
        put(&s, "rate-calendar/restrictions", with(json!({ "minimum_stay": 0 }))).await;
        // What is derived can be made to stand alone again, and what follows another is read back.
        let shown = s.get(&format!("{HOUSE}/rate-plans/BAR15")).await;
        assert_eq!(shown["derived"], json!({ "from": "BAR", "share": -1_500, "amount": 0, "round_to": 1_00 }));
        let alone = put(&s, "rate-plans/BAR15", json!({ "derived": { "from": "" },
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 222_00 }] })).await;
        assert_eq!(alone["derived"], Value::Null);
        assert_eq!(agreed(&visit(&s, &book(&s, json!({ "rate_plan": "BAR15" })).await).await)["prices"], json!([222_00, 222_00]));
    }

    async fn the_calendars_of_two_properties_on_different_dates_are_their_own(db: TestDb) {
        let s = Server::new(db).await;
        let other = "/api/v1/properties/HZ01";
        let set = async |path: String, body: Value| {
            let (status, answer) = s.send(Method::PUT, &path, Some(body), &[]).await;
            assert!(status.is_success(), "{path}: {answer}");
        };
        set(other.into(), json!({ "name": "西湖", "name_en": "West Lake", "time_zone": "Asia/Shanghai", "currency": "USD", "business_date": "2026-10-07" })).await;
        set(format!("{other}/room-types/DBL"), json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })).await;
        set(format!("{other}/rooms"), json!([{ "number": "1", "room_type": "DBL" }])).await;
        set(format!("{other}/rate-plans/BAR"), json!({ "name": "门市价", "name_en": "Best", "kind": "nightly",
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 99_00 }] })).await;
        let closed = json!({ "from": "2026-10-05", "until": "2026-10-09", "stop_sell": true });
        let refused = why(&s, Method::PUT, &format!("{other}/rate-calendar/restrictions"), closed.clone()).await;
        assert_eq!(refused, (422, "bad_dates".into(), "/from".into()));
        put(&s, "rate-calendar/restrictions", closed).await;
        let mut there = asking(json!({ "arrival": "2026-10-07", "departure": "2026-10-08" }));
        assert_eq!(why(&s, Method::POST, "/api/v1/reservations", there.clone()).await.1, "stop_sell");
        there["property"] = json!("HZ01");
        let there = digits(&s.post("/api/v1/reservations", there).await);
        assert_eq!(agreed(&visit(&s, &there).await)["total"], 99_00);
        let body = json!({ "arrival": "2026-10-07", "departure": "2026-10-08" });
        let quoted = s.post(&format!("{other}/quote"), body.clone()).await;
        assert_eq!((quoted["currency"].as_str(), quoted["offers"][0]["left"].as_i64()), (Some("USD"), Some(0)));
        let codes = |quote: &Value| quote["offers"][0]["refusals"][0]["code"].clone();
        assert_eq!((codes(&quoted), codes(&quote(&s, body).await)), (json!("no_inventory"), json!("stop_sell")));
    }
}
