//! The journal over HTTP on both engines: everything is told, in order, and nobody is named.

use crate::common::{Server, booking, digits};
use axum::http::Method;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// The whole journal in order.
async fn whole(s: &Server) -> Vec<Value> {
    let (mut entries, mut after) = (Vec::new(), "-1".to_owned());
    loop {
        let page = s.get(&format!("/api/v1/journal?after={after}&limit=100")).await;
        entries.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return entries,
        }
    }
}

fn indexes(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["log_index"].as_u64().unwrap()).collect()
}

both_engines! {
    async fn concurrent_entries_get_places_without_gaps(db: TestDb) {
        let s = Server::new(db).await;
        let writers = futures_util::future::join_all((0..60).map(|i| {
            let s = &s;
            async move {
                let mut body = booking("DBL", "2026-10-03", "2026-10-04");
                body["rooms"][0]["arrival"] = json!(format!("2026-11-{:02}", i % 20 + 1));
                body["rooms"][0]["departure"] = json!(format!("2026-11-{:02}", i % 20 + 2));
                body["guest"]["profile"] = json!({ "full_name": format!("赵{i}") });
                digits(&s.post("/api/v1/reservations", body).await)
            }
        }));
        // Two sequencers at once, while the writers write.
        let sequencers = futures_util::future::join_all([&s.app, &s.app].map(|app| async move {
            for _ in 0..30 {
                app.sequence().await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }));
        let (booked, _) = futures_util::future::join(writers, sequencers).await;
        while s.app.sequence().await.unwrap() > 0 {}
        let entries = whole(&s).await;
        assert_eq!(indexes(&entries), (0..entries.len() as u64).collect::<Vec<_>>());
        let bookings = entries.iter().filter(|entry| entry["action"] == "reservation.book").count();
        assert_eq!((bookings, booked.len()), (60, 60));
        assert_eq!(s.app.sequence().await.unwrap(), 0);

        let newest = s.get("/api/v1/journal?limit=2").await;
        let last = entries.len() as u64 - 1;
        assert_eq!(indexes(newest["items"].as_array().unwrap()), [last, last - 1]);
        let next = newest["next"].as_str().unwrap();
        let more = s.get(&format!("/api/v1/journal?limit=2&cursor={next}")).await;
        assert_eq!(indexes(more["items"].as_array().unwrap()), [last - 2, last - 3]);
        assert_eq!(s.get(&format!("/api/v1/journal/{last}")).await, entries[last as usize]);
        let (status, _) = s.send(Method::GET, &format!("/api/v1/journal/{}", last + 1), None, &[]).await;
        assert_eq!(status.as_u16(), 404);
        let of_visit = s.get(&format!("/api/v1/journal?visit={}", booked[0])).await;
        assert_eq!(of_visit["items"].as_array().unwrap().len(), 1);
        assert_eq!(of_visit["items"][0]["action"], "reservation.book");
    }

    async fn a_reason_means_the_same_in_the_body_and_beside_it(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-10", "2026-10-12").await;
        let visit = format!("/api/v1/visits/{number}");
        let guest = s.get(&visit).await["guest"]["id"].as_str().unwrap().to_owned();
        let member = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await["number"].as_str().unwrap().to_owned();
        let keys = std::sync::atomic::AtomicU32::new(0);
        let send = async |path: &str, body: Value, header: Option<&str>| {
            let key = format!("reason-{}", keys.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            let mut headers = vec![("idempotency-key", key.as_str())];
            headers.extend(header.map(|reason| ("hefu-reason", reason)));
            s.send(Method::POST, path, Some(body), &headers).await
        };
        let last = async || {
            s.app.sequence().await.unwrap();
            s.get("/api/v1/journal?limit=1").await["items"][0].clone()
        };
        for (path, body) in [
            (format!("{visit}/cancel"), json!({})),
            (format!("{visit}/deposits/settle-cancellation"), json!({})),
            (format!("{visit}/reinstate"), json!({})),
            ("/api/v1/properties/SH01/rooms/0404/out-of-order".into(), json!({ "from": "2026-12-01", "until": "2026-12-02" })),
            (format!("/api/v1/members/{member}/adjust"), json!({ "points": 10 })),
            (format!("/api/v1/guests/{guest}/reveal"), json!({})),
        ] {
            // Beside it only.
            let (status, answer) = send(&path, body.clone(), Some("%E5%AE%A2%E8%AF%89")).await;
            assert!(status.is_success(), "{path}: {answer}");
            assert_eq!(last().await["reason"], "客诉", "{path}");
        }

        let adjust = format!("/api/v1/members/{member}/adjust");
        // Both, and they differ.
        let (status, _) = send(&adjust, json!({ "points": 1, "reason": "complaint" }), Some("mistake")).await;
        assert!(status.is_success());
        let told = last().await;
        assert_eq!((&told["reason"], &told["action"], &told["property"]), (&json!("complaint"), &json!("member.adjust"), &Value::Null));
        // Nothing but spaces is nothing.
        let (status, _) = send(&adjust, json!({ "points": 1, "reason": "  " }), Some("mistake")).await;
        assert!(status.is_success());
        assert_eq!(last().await["reason"], "mistake");
        for path in [adjust.as_str(), "/api/v1/properties/SH01/rooms/0403/out-of-order", &format!("/api/v1/guests/{guest}/reveal")] {
            let body = match path {
                path if path.ends_with("adjust") => json!({ "points": 1 }),
                path if path.ends_with("reveal") => json!({}),
                _ => json!({ "from": "2026-12-01", "until": "2026-12-02" }),
            };
            let (status, answer) = send(path, body, None).await;
            assert_eq!((status.as_u16(), &answer["code"], &answer["pointer"]), (422, &json!("invalid"), &json!("/reason")), "{path}");
        }
        let long = "长".repeat(201);
        for reason in ["4111 1111 1111 1111", long.as_str()] {
            let (status, answer) = send(&adjust, json!({ "points": 1, "reason": reason }), None).await;
            assert_eq!((status.as_u16(), &answer["pointer"]), (422, &json!("/reason")), "{answer}");
        }

        // What an entry shows: codes and text, no bytes as numbers.
        let view = s.get(&visit).await;
        let entry = view["journal"][0].clone();
        assert_eq!((&entry["action"], &entry["property"]), (&json!("reservation.book"), &json!("SH01")));
        assert_eq!(entry["commitment"].as_str().unwrap().len(), 64);
        assert!(view["booking"]["reservation"]["state_reason"].is_null(), "the reinstated reservation holds");
    }

    async fn every_write_is_told_and_nobody_is_named(db: TestDb) {
        let s = Server::new(db).await;
        let property = "/api/v1/properties/SH01";
        let number = s.book("DBL", "2026-10-10", "2026-10-12").await;
        let visit = format!("/api/v1/visits/{number}");
        let guest = s.get(&visit).await["guest"]["id"].as_str().unwrap().to_owned();
        let profile = json!({ "full_name": "张伟", "phones": ["139 8765 4321"], "emails": ["weizhang@example.com"],
            "documents": [{ "type": "resident_id", "number": "11010519491231002X" }] });
        let mut requested = booking("DBL", "2026-11-20", "2026-11-21");
        requested["state"] = json!("requested");
        let to_confirm = digits(&s.post("/api/v1/reservations", requested).await);
        let calls = [
            (Method::PUT, property.to_owned(), json!({ "name": "合符外滩酒店", "name_en": "Hefu", "time_zone": "Asia/Shanghai", "currency": "CNY" })),
            (Method::PUT, format!("{property}/room-types/DBL"), json!({ "name": "双床", "name_en": "Twin", "capacity": 2 })),
            (Method::PUT, format!("{property}/rooms"), json!([{ "number": "0405", "room_type": "DBL", "floor": "4" }])),
            (Method::PUT, format!("{property}/cancellation-policies/FIX"), json!({ "name": "不退", "name_en": "Fixed",
                "rules": [], "no_show": { "kind": "share", "value": 10000 } })),
            (Method::PUT, format!("{property}/rate-plans/B2"), json!({ "name": "二", "name_en": "Two", "kind": "nightly",
                "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 100_00 }] })),
            (Method::POST, "/api/v1/guests".into(), json!({ "full_name": "李娜", "phones": ["137 1111 2222"] })),
            (Method::PUT, format!("/api/v1/guests/{guest}"), profile),
            (Method::POST, format!("/api/v1/guests/{guest}/reveal"), json!({ "reason": "call back" })),
            (Method::POST, "/api/v1/reservations".into(), booking("DBL", "2026-11-01", "2026-11-02")),
            (Method::POST, format!("/api/v1/visits/{to_confirm}/confirm"), json!({})),
            (Method::POST, format!("{visit}/numbers"), json!({ "system": "ctrip", "number": "X-1001" })),
            (Method::POST, format!("{visit}/assign-room"), json!({ "line": 1, "room": "0401" })),
            (Method::POST, format!("{visit}/change"), json!({ "rooms": [{ "line": 1,
                "arrival": "2026-10-11", "departure": "2026-10-12" }] })),
            (Method::POST, format!("{visit}/cancel"), json!({ "reason": "plans changed" })),
            (Method::POST, format!("{visit}/reinstate"), json!({})),
        ];
        s.app.sequence().await.unwrap();
        for (method, path, body) in calls {
            let before = whole(&s).await.len();
            let (status, answer) = s.send(method, &path, Some(body), &[]).await;
            assert!(status.is_success(), "{path}: {answer}");
            s.app.sequence().await.unwrap();
            assert!(whole(&s).await.len() > before, "{path} was not told");
        }
        let all = json!(whole(&s).await).to_string();
        assert!(all.contains("guest.reveal") && all.contains("call back"));
        for personal in
            ["张伟", "李娜", "13812345678", "13987654321", "13711112222", "11010519491231002X", "weizhang"]
        {
            assert!(!all.contains(personal), "{personal}");
        }
    }
}
