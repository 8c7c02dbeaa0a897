//! Seasons, plans by contract and by promotion code, and a setup that changes, over HTTP on both engines.

use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use crate::common::{Server, booking, digits};

const SH01: &str = "/api/v1/properties/SH01";

async fn put(s: &Server, path: &str, body: Value) -> Value {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
    answer
}

async fn put_refused(s: &Server, path: &str, body: Value) -> (u16, String) {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(!status.is_success(), "{path}: {answer}");
    (status.as_u16(), answer["code"].as_str().unwrap().into())
}

/// Plans of a quote for these dates, and what forbids each.
async fn offers(s: &Server, more: Value) -> Vec<(String, Vec<String>)> {
    let mut asked = json!({ "arrival": "2026-12-01", "departure": "2026-12-03", "room_types": ["DBL"] });
    for (field, value) in more.as_object().unwrap() {
        asked[field] = value.clone();
    }
    let (status, quote) = s.send(Method::POST, &format!("{SH01}/quote"), Some(asked), &[]).await;
    assert!(status.is_success(), "{quote}");
    let of = |offer: &Value| {
        let refusals = offer["refusals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|refusal| refusal["code"].as_str().unwrap().into());
        (offer["rate_plan"].as_str().unwrap().into(), refusals.collect())
    };
    quote["offers"].as_array().unwrap().iter().map(of).collect()
}

fn plan(name: &str) -> Value {
    json!({ "name": name, "name_en": name, "kind": "nightly", "tax": 600,
        "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 250_00 }] })
}

/// A booking of a plan with more in it.
fn under(plan: &str, more: Value) -> Value {
    let mut body = booking("DBL", "2026-12-01", "2026-12-03");
    body["rooms"][0]["rate_plan"] = json!(plan);
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

async fn left(s: &Server, from: &str, until: &str) -> Vec<i64> {
    let nights = s.get(&format!("{SH01}/availability?from={from}&to={until}")).await;
    let doubles = nights.as_array().unwrap().iter().filter(|night| night["room_type"] == "DBL");
    doubles.map(|night| night["left"].as_i64().unwrap()).collect()
}

both_engines! {
    async fn a_season_has_a_name_dates_and_prices(db: TestDb) {
        let s = Server::new(db).await;
        let golden = json!({ "name": "黄金周", "name_en": "Golden week",
            "dates": [{ "from": "2027-10-01", "until": "2027-10-08" }, { "from": "2026-10-01", "until": "2026-10-08" }] });
        let set = put(&s, &format!("{SH01}/seasons/GOLD"), golden).await;
        assert_eq!(set["dates"][0]["from"], "2026-10-01", "in order");
        let overlapping = json!({ "name": "国庆", "name_en": "National day", "dates": [{ "from": "2026-10-07", "until": "2026-10-09" }] });
        assert_eq!(put_refused(&s, &format!("{SH01}/seasons/DAY"), overlapping).await, (422, "bad_dates".into()));
        let backwards = json!({ "name": "国庆", "name_en": "National day", "dates": [{ "from": "2026-11-07", "until": "2026-11-07" }] });
        assert_eq!(put_refused(&s, &format!("{SH01}/seasons/DAY"), backwards).await, (422, "bad_dates".into()));
        assert_eq!(put_refused(&s, &format!("{SH01}/seasons/DAY"), json!({})).await, (422, "invalid".into()));
        // What is not given stays.
        put(&s, &format!("{SH01}/seasons/GOLD"), json!({ "name_en": "National Day week" })).await;
        let seasons = s.get(&format!("{SH01}/seasons")).await;
        assert_eq!((seasons[0]["name"].as_str(), seasons[0]["name_en"].as_str(), seasons[0]["dates"].as_array().unwrap().len()),
            (Some("黄金周"), Some("National Day week"), 2));

        // Fridays and Saturdays of what is left of this year's week, and of the next: today is Saturday, the third.
        let prices = json!({ "rate_plan": "BAR", "room_types": ["DBL"], "weekdays": [5, 6], "amount": 600_00 });
        let told = put(&s, &format!("{SH01}/seasons/GOLD/prices"), prices.clone()).await;
        assert_eq!(told, json!({ "dates": 3, "changed": 3 }));
        assert_eq!(put_refused(&s, &format!("{SH01}/seasons/DAY/prices"), prices).await, (404, "not_found".into()));
        let calendar = s.get(&format!("{SH01}/rate-calendar?from=2026-10-03&until=2026-10-09&rate_plan=BAR&room_type=DBL")).await;
        let days = calendar[0]["days"].as_array().unwrap();
        assert_eq!((days[0]["price"].as_i64(), days[0]["season"].as_str(), days[0]["season_name"].as_str(), days[0]["season_name_en"].as_str()),
            (Some(600_00), Some("GOLD"), Some("黄金周"), Some("National Day week")));
        assert_eq!((days[1]["price"].as_i64(), days[1]["season"].as_str()), (Some(300_00), Some("GOLD")));
        assert!(days[5]["season"].is_null() && days[5]["date"] == "2026-10-08");
        // Deleted, its prices stay.
        s.post(&format!("{SH01}/setup/delete"), json!({ "kind": "season", "code": "GOLD" })).await;
        assert_eq!(s.get(&format!("{SH01}/seasons")).await, json!([]));
        let calendar = s.get(&format!("{SH01}/rate-calendar?from=2026-10-03&until=2026-10-04&rate_plan=BAR&room_type=DBL")).await;
        assert_eq!((calendar[0]["days"][0]["price"].as_i64(), calendar[0]["days"][0]["season"].is_null()), (Some(600_00), true));
    }

    async fn a_plan_is_sold_to_whom_it_is_for(db: TestDb) {
        let s = Server::new(db).await;
        for code in ["CORP", "PROMO"] {
            put(&s, &format!("{SH01}/rate-plans/{code}"), plan(code)).await;
        }
        put(&s, "/api/v1/companies/YUNFAN", json!({ "name": "Yunfan (invented)" })).await;
        put(&s, "/api/v1/companies/YUNFAN-SH", json!({ "name": "Yunfan Shanghai (invented)", "parent": "YUNFAN" })).await;
        put(&s, "/api/v1/companies/OTHER", json!({ "name": "Other (invented)" })).await;
        let corp = format!("{SH01}/rate-plans/CORP/access");
        assert_eq!(s.get(&corp).await["version"], 0);
        let set = put(&s, &corp, json!({ "companies": ["YUNFAN"] })).await;
        assert_eq!(set, s.get(&corp).await);
        put(&s, &format!("{SH01}/rate-plans/PROMO/access"), json!({ "promotion_code": " spring26 " })).await;
        assert_eq!(put_refused(&s, &corp, json!({ "companies": ["NOBODY"] })).await, (404, "not_found".into()));

        let of = async |more: Value| -> Vec<String> { offers(&s, more).await.into_iter().map(|(plan, _)| plan).collect() };
        assert_eq!(of(json!({})).await, ["BAR"]);
        assert_eq!(of(json!({ "contract": "OTHER", "promotion_code": "WINTER" })).await, ["BAR"]);
        assert_eq!(of(json!({ "contract": "YUNFAN" })).await, ["BAR", "CORP"]);
        // A subsidiary has what its parent has.
        assert_eq!(of(json!({ "contract": "YUNFAN-SH", "promotion_code": "Spring26" })).await, ["BAR", "CORP", "PROMO"]);

        let book = "/api/v1/reservations";
        assert_eq!(s.refused(book, under("CORP", json!({}))).await, (409, "plan_restricted".into()));
        assert_eq!(s.refused(book, under("PROMO", json!({ "promotion_code": "WINTER" }))).await, (409, "plan_restricted".into()));
        s.post(book, under("PROMO", json!({ "promotion_code": "SPRING26" }))).await;
        let number = digits(&s.post(book, under("CORP", json!({ "contract": "YUNFAN-SH" }))).await);
        let visit = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!((visit["booking"]["companies"][0]["name"].as_str(), visit["booking"]["rooms"][0]["total"].as_i64()), (Some("Yunfan Shanghai (invented)"), Some(530_00)));
        // The visit names its company: another room under the contract, and a change into it.
        let room = json!({ "room": { "room_type": "DBL", "rate_plan": "CORP", "arrival": "2026-12-01", "departure": "2026-12-03" } });
        s.post(&format!("/api/v1/visits/{number}/add-room"), room.clone()).await;
        let other = digits(&s.post(book, under("BAR", json!({}))).await);
        assert_eq!(s.refused(&format!("/api/v1/visits/{other}/add-room"), room).await, (409, "plan_restricted".into()));
        let change = json!({ "rooms": [{ "line": 1, "rate_plan": "CORP" }] });
        let change_path = format!("/api/v1/visits/{other}/change");
        assert_eq!(s.refused(&change_path, change.clone()).await, (409, "plan_restricted".into()));
        let mut by_right = change;
        by_right["override_restrictions"] = json!(true);
        by_right["reason"] = json!("agreed by phone");
        s.post(&change_path, by_right).await;
        // Lifted again, it is for everybody.
        put(&s, &corp, json!({ "companies": [] })).await;
        assert_eq!(of(json!({})).await, ["BAR", "CORP"]);
    }

    async fn what_is_closed_is_not_sold_from_then_on(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, &format!("{SH01}/rate-plans/OLD"), plan("OLD")).await;
        let close = format!("{SH01}/setup/close");
        let closed = |kind: &str, code: &str, from: &str| json!({ "kind": kind, "code": code, "from": from });
        let sold = digits(&s.post("/api/v1/reservations", under("OLD", json!({}))).await);
        assert_eq!(s.refused(&close, closed("rate_plan", "OLD", "2026-10-02")).await, (422, "bad_dates".into()));
        assert_eq!(s.refused(&close, closed("rate_plan", "NONE", "2026-12-02")).await, (404, "not_found".into()));
        s.post(&close, closed("rate_plan", "OLD", "2026-12-02")).await;
        assert_eq!(s.get(SH01).await["closings"], json!([closed("rate_plan", "OLD", "2026-12-02")]));
        let stop = || ("OLD".to_owned(), vec!["stop_sell".to_owned()]);
        assert_eq!(offers(&s, json!({})).await[1], stop());
        assert_eq!(offers(&s, json!({ "departure": "2026-12-02" })).await[1].1, Vec::<String>::new());
        assert_eq!(s.refused("/api/v1/reservations", under("OLD", json!({}))).await, (409, "stop_sell".into()));
        // What was sold is as it was; a manager may.
        assert_eq!(s.get(&format!("/api/v1/visits/{sold}")).await["booking"]["rooms"][0]["total"], 530_00);
        s.post("/api/v1/reservations", under("OLD", json!({ "override_restrictions": true, "reason": "promised" }))).await;
        s.post(&close, json!({ "kind": "rate_plan", "code": "OLD" })).await;
        assert_eq!(offers(&s, json!({})).await[1].1, Vec::<String>::new());

        // A room type, a policy, a code.
        s.post(&close, closed("room_type", "DBL", "2026-12-01")).await;
        assert!(offers(&s, json!({})).await.iter().all(|(_, refusals)| refusals == &["stop_sell"]));
        s.post(&close, closed("policy", "FLEX", "2026-10-03")).await;
        assert_eq!(put_refused(&s, &format!("{SH01}/rate-plans/OLD"), json!({ "policy": "FLEX" })).await, (409, "wrong_state".into()));
        put(&s, &format!("{SH01}/transaction-codes/SPA"), json!({ "name": "水疗", "name_en": "Spa", "group": "spa", "kind": "revenue" })).await;
        s.post(&format!("/api/v1/visits/{sold}/charges"), json!({ "code": "SPA", "amount": 100_00 })).await;
        s.post(&close, closed("code", "SPA", "2026-10-03")).await;
        assert_eq!(s.refused(&format!("/api/v1/visits/{sold}/charges"), json!({ "code": "SPA", "amount": 100_00 })).await, (409, "wrong_state".into()));
        assert_eq!(s.refused(&close, closed("code", "ROOM", "2026-10-03")).await, (422, "invalid".into()));
        assert_eq!(s.refused(&close, closed("season", "XMAS", "2026-10-03")).await, (422, "invalid".into()));
    }

    async fn a_room_is_let_until_it_is_closed(db: TestDb) {
        let s = Server::new(db).await;
        let close = format!("{SH01}/setup/close");
        // Set aside for one, out of order for three days, and a counter that is there already.
        let mut body = booking("DBL", "2026-10-10", "2026-10-12");
        body["rooms"][0]["room"] = json!("0404");
        let number = digits(&s.post("/api/v1/reservations", body).await);
        s.post(&format!("{SH01}/rooms/0404/out-of-order"), json!({ "from": "2026-10-07", "until": "2026-10-10", "reason": "paint" })).await;
        assert_eq!(left(&s, "2026-10-06", "2026-10-13").await, [4, 3, 3, 3, 3, 3, 4]);
        s.post(&close, json!({ "kind": "room", "code": "0404", "from": "2026-10-09" })).await;
        // Out of order until the ninth; from then on there are three, and one of them is sold.
        assert_eq!(left(&s, "2026-10-06", "2026-10-13").await, [4, 3, 3, 3, 2, 2, 3]);
        let visit = s.get(&format!("/api/v1/visits/{number}")).await;
        assert!(visit["booking"]["rooms"][0]["room_number"].is_null(), "it is to get another one");
        assert_eq!(s.refused(&format!("/api/v1/visits/{number}/assign-room"), json!({ "room": "0404" })).await, (409, "room_taken".into()));
        let rooms = s.get(SH01).await["rooms"].clone();
        assert_eq!(rooms.as_array().unwrap().iter().find(|room| room["number"] == "0404").unwrap()["closed_from"], "2026-10-09");
        let free = s.get(&format!("{SH01}/free-rooms?room_type=DBL&from=2026-10-06&to=2026-10-07")).await;
        assert_eq!(free.as_array().unwrap().len(), 4);
        // Opened again, it is in order from then on.
        s.post(&close, json!({ "kind": "room", "code": "0404" })).await;
        assert_eq!(left(&s, "2026-10-06", "2026-10-13").await, [4, 3, 3, 4, 3, 3, 4]);
        s.post(&format!("/api/v1/visits/{number}/assign-room"), json!({ "room": "0404" })).await;
        // Nobody is put out.
        s.post(&format!("/api/v1/visits/{}/check-in", s.book("DBL", "2026-10-03", "2026-10-05").await), json!({ "room": "0401" })).await;
        assert_eq!(s.refused(&close, json!({ "kind": "room", "code": "0401", "from": "2026-10-04" })).await, (409, "room_taken".into()));
    }

    async fn what_was_never_used_is_deleted(db: TestDb) {
        let s = Server::new(db).await;
        let delete = format!("{SH01}/setup/delete");
        let of = |kind: &str, code: &str| json!({ "kind": kind, "code": code });
        s.book("DBL", "2026-12-01", "2026-12-03").await;
        for (kind, code) in [("room_type", "DBL"), ("rate_plan", "BAR"), ("policy", "FLEX")] {
            assert_eq!(s.refused(&delete, of(kind, code)).await, (409, "wrong_state".into()), "{kind}");
        }
        assert_eq!(s.refused(&delete, of("code", "ROOM")).await, (422, "invalid".into()));
        // A price: of what is sold from now on the one before holds.
        put(&s, &format!("{SH01}/rate-plans/BAR"), json!({ "rates": [{ "room_type": "DBL", "valid_from": "2026-11-01", "amount": 999_00 }] })).await;
        let price = json!({ "kind": "price", "code": "BAR", "room_type": "DBL", "valid_from": "2026-11-01" });
        s.post(&delete, price.clone()).await;
        assert_eq!(s.refused(&delete, price).await, (404, "not_found".into()));
        assert_eq!(s.get(&format!("{SH01}/rate-plans/BAR")).await["rates"].as_array().unwrap().len(), 2);
        // Everything of a plan that nobody booked.
        put(&s, &format!("{SH01}/cancellation-policies/NRF"), json!({ "name": "不退", "name_en": "No refund", "no_show": { "kind": "share", "value": 10000 } })).await;
        let mut spare = plan("SPARE");
        spare["policy"] = json!("NRF");
        put(&s, &format!("{SH01}/rate-plans/SPARE"), spare).await;
        put(&s, &format!("{SH01}/rate-calendar/prices"), json!({ "rate_plan": "SPARE", "from": "2026-12-24", "until": "2026-12-27", "amount": 1_00 })).await;
        put(&s, &format!("{SH01}/rate-calendar/restrictions"), json!({ "rate_plan": "SPARE", "from": "2026-12-24", "until": "2026-12-27", "stop_sell": true })).await;
        put(&s, &format!("{SH01}/rate-plans/SPARE/access"), json!({ "promotion_code": "X" })).await;
        assert_eq!(s.refused(&delete, of("policy", "NRF")).await, (409, "wrong_state".into()));
        s.post(&delete, of("rate_plan", "SPARE")).await;
        s.post(&delete, of("policy", "NRF")).await;
        // A type, its room first.
        put(&s, &format!("{SH01}/room-types/VIL"), json!({ "name": "别墅", "name_en": "Villa", "capacity": 6 })).await;
        put(&s, &format!("{SH01}/rooms"), json!([{ "number": "V1", "room_type": "VIL" }, { "number": "0405", "room_type": "DBL" }])).await;
        assert_eq!(s.refused(&delete, of("room_type", "VIL")).await, (409, "wrong_state".into()));
        s.post(&delete, of("room", "V1")).await;
        s.post(&delete, of("room_type", "VIL")).await;
        assert_eq!(left(&s, "2026-12-01", "2026-12-04").await, [4, 4, 5]);
        s.post(&delete, of("room", "0405")).await;
        assert_eq!(left(&s, "2026-12-01", "2026-12-04").await, [3, 3, 4]);
        let view = s.get(SH01).await;
        let codes = |field: &str| -> Vec<String> {
            view[field].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().into()).collect()
        };
        assert_eq!((codes("room_types"), codes("rate_plans"), codes("policies")),
            (vec!["DBL".into(), "STE".into()], vec!["BAR".into(), "DAY4".into()], vec!["FLEX".into()]));
    }

    async fn what_was_sold_with_a_room_is_not_deleted_before_it_is_posted(db: TestDb) {
        let s = Server::new(db).await;
        let code = |code: &str| format!("{SH01}/transaction-codes/{code}");
        for name in ["TEA", "SAUNA"] {
            put(&s, &code(name), json!({ "name": name, "name_en": name, "group": "spa", "kind": "revenue" })).await;
        }
        let mut tea = plan("WITHTEA");
        tea["inclusions"] = json!([{ "code": "TEA", "adult": 20_00, "pricing": "within" }]);
        put(&s, &format!("{SH01}/rate-plans/WITHTEA"), tea).await;
        let mut body = under("WITHTEA", json!({}));
        (body["rooms"][0]["arrival"], body["rooms"][0]["departure"]) = (json!("2026-10-03"), json!("2026-10-04"));
        let number = digits(&s.post("/api/v1/reservations", body).await);
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        // The plan includes no tea any more; who has booked it is to get it.
        put(&s, &format!("{SH01}/rate-plans/WITHTEA"), json!({ "inclusions": [] })).await;
        let delete = |code: &str| json!({ "kind": "code", "code": code });
        assert_eq!(s.refused(&format!("{SH01}/setup/delete"), delete("TEA")).await, (409, "wrong_state".into()));
        s.post(&format!("{SH01}/setup/delete"), delete("SAUNA")).await;
        s.post(&format!("{SH01}/night-audit"), json!({ "force": true })).await;
        let bill = s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["postings"].clone();
        assert!(bill.as_array().unwrap().iter().any(|line| line["code"] == "TEA"), "{bill}");
    }

    async fn staying_longer_asks_what_booking_asks(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": "0401" })).await;
        let restrict = async |more: Value| {
            let mut body = json!({ "from": "2026-10-03", "until": "2026-10-12" });
            for (field, value) in more.as_object().unwrap() {
                body[field] = value.clone();
            }
            put(&s, &format!("{SH01}/rate-calendar/restrictions"), body).await;
        };
        let extend = format!("/api/v1/visits/{number}/extend");
        // Arrivals are over, and so are nights that were sold.
        restrict(json!({ "from": "2026-10-03", "until": "2026-10-05", "stop_sell": true, "closed_to_arrival": true })).await;
        s.post(&extend, json!({ "departure": "2026-10-06" })).await;
        restrict(json!({ "from": "2026-10-07", "until": "2026-10-08", "stop_sell": true })).await;
        restrict(json!({ "from": "2026-10-07", "until": "2026-10-08", "closed_to_departure": true })).await;
        restrict(json!({ "from": "2026-10-03", "until": "2026-10-04", "maximum_stay": 5 })).await;
        assert_eq!(s.refused(&extend, json!({ "departure": "2026-10-07" })).await, (409, "closed_to_departure".into()));
        assert_eq!(s.refused(&extend, json!({ "departure": "2026-10-08" })).await, (409, "stop_sell".into()));
        restrict(json!({ "from": "2026-10-07", "until": "2026-10-08", "stop_sell": false, "closed_to_departure": false })).await;
        assert_eq!(s.refused(&extend, json!({ "departure": "2026-10-09" })).await, (409, "maximum_stay".into()));
        // A manager may, and says why.
        assert_eq!(s.refused(&extend, json!({ "departure": "2026-10-09", "override_restrictions": true })).await, (422, "invalid".into()));
        s.post(&extend, json!({ "departure": "2026-10-09", "override_restrictions": true, "reason": "missed the flight" })).await;
    }

    async fn a_channel_is_measured_in_characters(db: TestDb) {
        let s = Server::new(db).await;
        let long = "携".repeat(40);
        s.post("/api/v1/reservations", under("BAR", json!({ "channel": long }))).await;
        assert_eq!(s.refused("/api/v1/reservations", under("BAR", json!({ "channel": "携".repeat(41) }))).await, (422, "invalid".into()));
    }

    async fn the_search_box_knows_companies_and_groups(db: TestDb) {
        let s = Server::new(db).await;
        put(&s, "/api/v1/companies/YUNFAN", json!({ "name": "云帆会展（上海）有限公司" })).await;
        put(&s, "/api/v1/groups/EXPO26", json!({ "name": "Expo" })).await;
        let number = digits(&s.post("/api/v1/reservations", under("BAR", json!({ "contract": "YUNFAN" }))).await);
        let member = digits(&s.post("/api/v1/reservations", under("BAR", json!({ "group": "EXPO26" }))).await);
        let found = async |typed: &str| -> Vec<(String, String)> {
            let hits = s.get(&format!("/api/v1/search?q={typed}")).await;
            let of = |hit: &Value| (hit["number"].as_str().unwrap().replace('-', ""), hit["why"][0]["code"].as_str().unwrap().into());
            hits["visits"].as_array().unwrap().iter().map(of).collect()
        };
        // A part of the name, whatever the signs in it; and the code.
        let company = vec![(number, "company".to_owned())];
        for typed in ["%E4%BA%91%E5%B8%86%E4%BC%9A%E5%B1%95", "%E4%BC%9A%E5%B1%95%E4%B8%8A%E6%B5%B7", "YUNFAN"] {
            assert_eq!(found(typed).await, company, "{typed}");
        }
        assert_eq!(found("EXPO26").await, [(member, "group".to_owned())]);
        assert!(found("NOSUCH26").await.is_empty());
    }
}
