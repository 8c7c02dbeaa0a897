//! One person's bookings for the same dates, over HTTP on both engines: shown whenever one comes about, with what each costs to cancel.

use crate::common::{Server, digits};
use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// A second property, in another city, whose cancellation policy is another: half of everything within ten days.
async fn second_property(s: &Server) {
    let property = "/api/v1/properties/HZ01";
    let put = async |path: String, body: Value| {
        let (status, answer) = s.send(Method::PUT, &path, Some(body), &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    };
    put(
        property.into(),
        json!({ "name": "合符西湖酒店", "name_en": "Hefu on West Lake", "time_zone": "Asia/Shanghai",
        "currency": "CNY", "business_date": "2026-10-03" }),
    )
    .await;
    put(format!("{property}/room-types/KNG"), json!({ "name": "大床房", "name_en": "King", "capacity": 2 }))
        .await;
    put(format!("{property}/rooms"), json!([{ "number": "0101", "room_type": "KNG", "floor": "1" }])).await;
    put(
        format!("{property}/cancellation-policies/HALF"),
        json!({ "name": "一半", "name_en": "Half",
        "rules": [{ "within_hours": 240, "penalty": { "kind": "share", "value": 5000 } }],
        "no_show": { "kind": "share", "value": 10000 } }),
    )
    .await;
    put(
        format!("{property}/rate-plans/BAR"),
        json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
        "policy": "HALF", "rates": [{ "room_type": "KNG", "valid_from": "2026-01-01", "amount": 500_00 }] }),
    )
    .await;
}

/// A booking of 刘洋 (invented).
fn booking(property: &str, (arrival, departure): (&str, &str), channel: &str) -> Value {
    let room_type = if property == "SH01" { "DBL" } else { "KNG" };
    let plan = if arrival == departure { "DAY4" } else { "BAR" };
    json!({
        "property": property, "channel": channel,
        "guest": { "profile": { "full_name": "刘洋", "birth": "1991-01-01", "phones": ["13312345801"] } },
        "rooms": [{ "room_type": room_type, "rate_plan": plan, "arrival": arrival, "departure": departure }],
    })
}

async fn book(s: &Server, property: &str, dates: (&str, &str), channel: &str) -> Value {
    s.post("/api/v1/reservations", booking(property, dates, channel)).await
}

async fn act(s: &Server, visit: &Value, what: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{}/{what}", digits(visit)), body).await
}

/// The numbers of the duplicates that an answer shows.
fn shown(answer: &Value) -> Vec<Value> {
    let none = Vec::new();
    answer
        .get("duplicates")
        .map_or(&none, |found| found.as_array().unwrap())
        .iter()
        .map(|d| d["number"].clone())
        .collect()
}

both_engines! {
    async fn one_of_two_in_two_properties_is_cancelled_under_its_own_policy(db: TestDb) {
        let s = Server::new(db).await;
        second_property(&s).await;
        let first = book(&s, "SH01", ("2026-10-04", "2026-10-06"), "ctrip").await;
        let second = book(&s, "HZ01", ("2026-10-05", "2026-10-07"), "meituan").await;
        // Each is shown beside the other, with what it would cost: one night there, half of two nights here.
        let duplicate = &second["duplicates"][0];
        assert_eq!((&duplicate["number"], &duplicate["property"], &duplicate["channel"]), (&first["number"], &json!("SH01"), &json!("ctrip")));
        assert_eq!((&duplicate["nights"], &duplicate["penalty"], &duplicate["currency"]), (&json!(1), &json!(300_00), &json!("CNY")));
        let beside_first = s.get(&format!("/api/v1/visits/{}/duplicates", digits(&first))).await;
        assert_eq!((&beside_first[0]["number"], &beside_first[0]["property"]), (&second["number"], &json!("HZ01")));
        assert_eq!(beside_first[0]["penalty"], 500_00);

        let cancelled = act(&s, &second, "cancel", json!({ "reason": "booked twice" })).await;
        assert_eq!((&cancelled["state"], &cancelled["penalty"]), (&json!("cancelled"), &json!(500_00)));
        assert_eq!(s.get(&format!("/api/v1/visits/{}/duplicates", digits(&first))).await, json!([]));
        // Taken back, it is one of two again and costs nothing; called off otherwise, it costs nothing either.
        let again = act(&s, &second, "reinstate", json!({})).await;
        assert_eq!((shown(&again), &again["penalty"]), (vec![first["number"].clone()], &json!(0)));
        let cancelled = act(&s, &second, "cancel", json!({ "reason": "booked twice", "waive_penalty": true })).await;
        assert_eq!(cancelled["penalty"], 0);
        assert_eq!(act(&s, &first, "cancel", json!({})).await["penalty"], 300_00);
    }

    async fn cancelled_bookings_hide_no_live_one(db: TestDb) {
        let s = Server::new(db).await;
        let live = book(&s, "SH01", ("2026-10-04", "2026-10-06"), "ctrip").await;
        for _ in 0..14 {
            let mut later = booking("SH01", ("2026-10-05", "2026-10-07"), "meituan");
            later["state"] = json!("requested");
            let dead = s.post("/api/v1/reservations", later).await;
            assert_eq!(shown(&dead), [live["number"].clone()]);
            act(&s, &dead, "cancel", json!({})).await;
        }
        assert_eq!(shown(&book(&s, "SH01", ("2026-10-05", "2026-10-07"), "direct").await), [live["number"].clone()]);
    }

    async fn nights_and_days_overlap_as_they_are_slept(db: TestDb) {
        let s = Server::new(db).await;
        let one = book(&s, "SH01", ("2026-10-06", "2026-10-08"), "ctrip").await;
        for (dates, is_shown) in [
            (("2026-10-07", "2026-10-09"), true),
            (("2026-10-05", "2026-10-07"), true),
            (("2026-10-05", "2026-10-09"), true),
            // One leaves when the other comes.
            (("2026-10-08", "2026-10-09"), false),
            (("2026-10-05", "2026-10-06"), false),
            // A day between two nights, and the day of departure.
            (("2026-10-07", "2026-10-07"), true),
            (("2026-10-08", "2026-10-08"), false),
        ] {
            let other = book(&s, "SH01", dates, "meituan").await;
            assert_eq!(shown(&other).contains(&one["number"]), is_shown, "{dates:?}");
            act(&s, &other, "cancel", json!({})).await;
        }
        let day = book(&s, "SH01", ("2026-10-12", "2026-10-12"), "ctrip").await;
        let same_day = book(&s, "SH01", ("2026-10-12", "2026-10-12"), "direct").await;
        assert_eq!(shown(&same_day), [day["number"].clone()]);
        assert_eq!(same_day["duplicates"][0]["nights"], 0);
        assert_eq!(shown(&book(&s, "SH01", ("2026-10-13", "2026-10-13"), "direct").await), Vec::<Value>::new());
    }

    async fn a_booking_that_becomes_one_of_two_later_shows_the_other(db: TestDb) {
        let s = Server::new(db).await;
        let first = book(&s, "SH01", ("2026-10-03", "2026-10-04"), "ctrip").await;
        let second = book(&s, "SH01", ("2026-10-05", "2026-10-07"), "meituan").await;
        assert_eq!((shown(&first).len(), shown(&second).len()), (0, 0));
        let (number_1, number_2) = (first["number"].clone(), second["number"].clone());
        // Other dates.
        let rooms = |arrival: &str| json!({ "rooms": [{ "line": 1, "arrival": arrival, "departure": "2026-10-07" }] });
        let path = format!("/api/v1/visits/{}", digits(&second));
        let changed = act(&s, &second, "change", rooms("2026-10-03")).await;
        assert_eq!(shown(&changed), vec![number_1]);
        // A guest who comes.
        let here = act(&s, &first, "check-in", json!({ "room": "auto", "accept_early": true })).await;
        assert_eq!(shown(&here), vec![number_2.clone()]);
        let changed = act(&s, &second, "change", rooms("2026-10-05")).await;
        assert_eq!(shown(&changed).len(), 0);
        // And stays longer.
        assert_eq!(shown(&act(&s, &first, "extend", json!({ "departure": "2026-10-05" })).await).len(), 0);
        let longer = act(&s, &first, "extend", json!({ "departure": "2026-10-06" })).await;
        assert_eq!(shown(&longer), [number_2]);
        // Gone, it is nobody's duplicate.
        act(&s, &first, "check-out", json!({ "allow_balance": true })).await;
        let listed = s.get(&format!("{path}/duplicates")).await;
        assert_eq!(listed, json!([]));
        // What was only asked for is promised.
        let mut asked = booking("SH01", ("2026-10-06", "2026-10-07"), "direct");
        asked["state"] = json!("requested");
        let asked = s.post("/api/v1/reservations", asked).await;
        assert_eq!(shown(&act(&s, &asked, "confirm", json!({})).await), shown(&asked));
        assert_eq!(shown(&asked).len(), 1);
    }
}
