//! Groups over HTTP on both engines: many reservations, many companies, one total.

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

both_engines! {
    async fn a_group_of_two_companies_has_one_total(db: TestDb) {
        let s = Server::new(db).await;
        let path = "/api/v1/groups/EXPO26";
        assert_eq!(s.send(Method::GET, path, None, &[]).await.0, StatusCode::NOT_FOUND);
        let put = async |name: &str, version: &str| {
            s.send(Method::PUT, path, Some(json!({ "name": name })), &[("if-match", version)]).await
        };
        assert_eq!(put("Expo", "*").await.1["version"], 1);
        assert_eq!(put("Expo 2026", "\"1\"").await.1["version"], 2);
        assert_eq!(put("Old", "\"1\"").await.0, StatusCode::PRECONDITION_FAILED);

        let mut numbers = Vec::new();
        for (company, room_type, departure) in
            [("Acme", "DBL", "2026-10-05"), ("Acme", "DBL", "2026-10-04"), ("Borealis", "STE", "2026-10-06"), ("Borealis", "DBL", "2026-10-04")]
        {
            let mut body = booking(room_type, "2026-10-03", departure);
            body["group"] = json!("EXPO26");
            body["company"] = json!(company);
            numbers.push(digits(&s.post("/api/v1/reservations", body).await));
        }
        s.post(&format!("/api/v1/visits/{}/charges", numbers[0]), json!({ "code": "MINI", "amount": 50_00 })).await;
        s.post(&format!("/api/v1/visits/{}/charges", numbers[2]), json!({ "code": "DMG", "amount": 10_00 })).await;
        s.post(&format!("/api/v1/visits/{}/payments", numbers[2]), json!({ "code": "CARD", "amount": 4_00 })).await;
        s.post(&format!("/api/v1/visits/{}/cancel", numbers[3]), json!({ "waive_penalty": true })).await;

        s.send(Method::PUT, "/api/v1/groups/AFTER", Some(json!({ "name": "Later" })), &[]).await;
        let codes = |list: &serde_json::Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|group| group["code"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(codes(&s.get("/api/v1/groups").await), ["AFTER", "EXPO26"], "the newest first");
        assert_eq!(codes(&s.get("/api/v1/groups?limit=1").await), ["AFTER"]);

        let view = s.get(path).await;
        assert_eq!(view["group"]["name"], "Expo 2026");
        assert_eq!(view["visits"].as_array().unwrap().len(), 4);
        assert_eq!(view["companies"], json!([
            { "company": "Acme", "currency": "CNY", "reservations": 2, "rooms": 2, "room_nights": 3, "promised": 900_00,
              "charged": 53_00, "paid": 0, "balance": 53_00 },
            { "company": "Borealis", "currency": "CNY", "reservations": 1, "rooms": 1, "room_nights": 3, "promised": 2_400_00,
              "charged": 10_00, "paid": 4_00, "balance": 6_00 },
        ]));
        assert_eq!(view["total"], json!([
            { "currency": "CNY", "reservations": 3, "rooms": 3, "room_nights": 6, "promised": 3_300_00,
              "charged": 63_00, "paid": 4_00, "balance": 59_00 },
        ]));
        assert!(!view.to_string().contains("张伟"), "a group names nobody");
    }
}
