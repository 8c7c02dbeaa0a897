//! Properties of one chain in other time zones, with other currencies and on other business dates: each keeps its own. Both engines.

use std::collections::BTreeSet;

use crate::common::{
    Server, booking, digits,
    money::{ClosedDays, assert_balanced, assert_money_is_somewhere, of_ledger},
};
use axum::http::Method;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

async fn put(s: &Server, path: &str, body: Value) {
    let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
    assert!(status.is_success(), "{path}: {answer}");
}

/// A property with two rooms, a plan with fee and tax, and the policy of `SH01`.
async fn property(s: &Server, code: &str, (zone, currency): (&str, &str), (date, price): (&str, i64)) {
    let at = format!("/api/v1/properties/{code}");
    let property = json!({ "name": code, "name_en": code, "time_zone": zone, "currency": currency, "business_date": date });
    put(s, &at, property).await;
    let kind = json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 });
    put(s, &format!("{at}/room-types/DBL"), kind).await;
    let rooms = json!([{ "number": "1", "room_type": "DBL" }, { "number": "2", "room_type": "DBL" }]);
    put(s, &format!("{at}/rooms"), rooms).await;
    let policy = json!({ "name": "灵活", "name_en": "Flexible",
        "rules": [{ "within_hours": 24, "penalty": { "kind": "nights", "value": 1 } }],
        "no_show": { "kind": "share", "value": 10_000 } });
    put(s, &format!("{at}/cancellation-policies/FLEX"), policy).await;
    let plan = json!({ "name": "门市价", "name_en": "Best", "kind": "nightly", "tax": 600, "service_fee": 1_000,
        "policy": "FLEX", "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": price }] });
    put(s, &format!("{at}/rate-plans/BAR"), plan).await;
}

async fn book(s: &Server, property: &str, (arrival, departure): (&str, &str), group: Option<&str>) -> String {
    let mut body = booking("DBL", arrival, departure);
    body["property"] = json!(property);
    body["group"] = json!(group);
    digits(&s.post("/api/v1/reservations", body).await)
}

async fn act(s: &Server, number: &str, action: &str, body: Value) -> Value {
    s.post(&format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn bill(s: &Server, number: &str) -> Value {
    s.get(&format!("/api/v1/visits/{number}")).await["consumption"].clone()
}

async fn today(s: &Server, property: &str) -> Value {
    s.get(&format!("/api/v1/properties/{property}")).await["property"]["business_date"].clone()
}

both_engines! {
    async fn other_time_zones_currencies_and_dates_keep_their_own(db: TestDb) {
        let s = Server::new(db).await;
        // It is four in the afternoon of the third in Shanghai, five in Tokyo, and one in the morning in Los Angeles, where the second is open still.
        property(&s, "TK01", ("Asia/Tokyo", "JPY"), ("2026-10-03", 12_345)).await;
        property(&s, "LA01", ("America/Los_Angeles", "USD"), ("2026-10-02", 99_99)).await;
        // The same night costs where it begins within a day, and nothing where it begins later.
        for (code, due) in [("SH01", 300_00), ("TK01", 12_345), ("LA01", 0)] {
            let number = book(&s, code, ("2026-10-04", "2026-10-05"), None).await;
            let preview = act(&s, &number, "cancel", json!({ "preview": true })).await;
            assert_eq!(preview["preview"]["cancellation"], due, "{code}");
            act(&s, &number, "cancel", json!({ "waive_penalty": true })).await;
        }

        // Tonight, in yen, which have no smaller unit; yuan are taken there, and yen in Shanghai.
        let dates = ("2026-10-03", "2026-10-04");
        let asked = json!({ "arrival": dates.0, "departure": dates.1, "adults": 1 });
        let quoted = s.post("/api/v1/properties/TK01/quote", asked).await;
        let total = quoted["offers"][0]["total"].as_i64().unwrap();
        let tokyo = book(&s, "TK01", dates, None).await;
        let shanghai = book(&s, "SH01", dates, None).await;
        put(&s, "/api/v1/properties/TK01/exchange-rates/CNY", json!({ "rate": "20" })).await;
        put(&s, "/api/v1/properties/SH01/exchange-rates/JPY", json!({ "rate": "0.05" })).await;
        for (number, currency, amount, worth) in [(&tokyo, "CNY", 100_00, 2_000), (&shanghai, "JPY", 10_000, 500_00)] {
            act(&s, number, "check-in", json!({})).await;
            act(&s, number, "payments", json!({ "code": "CASH", "foreign": { "currency": currency, "amount": amount } })).await;
            assert_eq!(bill(&s, number).await["balance"], -worth, "{currency}");
        }
        // Who comes to Los Angeles now comes for the night that is open there.
        let angeles = book(&s, "LA01", ("2026-10-02", "2026-10-03"), None).await;
        act(&s, &angeles, "check-in", json!({})).await;
        let shown = bill(&s, &angeles).await["at_check_out"].clone();

        // Each closes its own date when its own evening has come.
        let close = async |property: &str, force: bool| {
            s.post(&format!("/api/v1/properties/{property}/night-audit"), json!({ "force": force, "no_shows": "mark" })).await
        };
        let early = s.refused("/api/v1/properties/SH01/night-audit", json!({ "no_shows": "mark" })).await;
        assert_eq!(early, (409, "wrong_state".into()), "it is four in the afternoon");
        close("LA01", false).await;
        assert_eq!(bill(&s, &angeles).await["balance"], shown);
        close("TK01", true).await;
        assert_eq!(bill(&s, &tokyo).await["balance"], total - 2_000);
        let day = s.get("/api/v1/properties/TK01/days/2026-10-03/ledgers").await;
        assert_balanced(&day);
        assert_eq!(of_ledger(&day, "guest", "closing"), total - 2_000);
        assert_eq!((today(&s, "SH01").await, today(&s, "TK01").await, today(&s, "LA01").await),
            (json!("2026-10-03"), json!("2026-10-04"), json!("2026-10-03")));
        for (property, number) in [("SH01", &shanghai), ("TK01", &tokyo), ("LA01", &angeles)] {
            assert_money_is_somewhere(&s, property, std::slice::from_ref(number), &[], &mut ClosedDays::default()).await;
        }

        // A group in two of them has a total in each currency, and nobody adds yen to yuan.
        put(&s, "/api/v1/groups/TOUR", json!({ "name": "Tour" })).await;
        for property in ["SH01", "TK01"] {
            book(&s, property, ("2026-10-20", "2026-10-22"), Some("TOUR")).await;
        }
        let group = s.get("/api/v1/groups/TOUR").await;
        let promised: BTreeSet<(&str, i64)> = group["total"].as_array().unwrap().iter()
            .map(|sum| (sum["currency"].as_str().unwrap(), sum["promised"].as_i64().unwrap())).collect();
        assert_eq!(promised, BTreeSet::from([("CNY", 600_00), ("JPY", 24_690)]));
    }
}
