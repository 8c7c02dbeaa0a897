//! Booking, changing, cancelling and taking back, over HTTP on both engines.

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

both_engines! {
    async fn a_booking_is_found_under_every_number_it_has(db: TestDb) {
        let s = Server::new(db).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["numbers"] = json!([{ "system": "ctrip", "number": "bk-2026 778812" }]);
        body["deposits"] = json!([{ "due": "2026-10-03", "amount": 100_00 }, { "due": "2026-10-04", "amount": 200_00 }]);
        let booked = s.post("/api/v1/reservations", body).await;
        let number = booked["number"].as_str().unwrap();
        assert_eq!((number.len(), &number[3..4]), (12, "-"));

        let by_own = s.get(&format!("/api/v1/visits/{number}")).await;
        let by_outside = s.get("/api/v1/visits/BK2026778812").await;
        assert_eq!(by_own, by_outside);
        assert_eq!(by_own["booking"]["promised"], 600_00);
        assert_eq!(by_own["booking"]["rooms"][0]["desk_state"], "due_in");
        assert_eq!(by_own["booking"]["deposits"].as_array().unwrap().len(), 2);
        assert_eq!(by_own["guest"]["profile"]["phones"][0], "+86138****5678");
        assert_eq!(by_own["guest"]["profile"]["documents"][0]["number"], "110***********002X");
        let actions: Vec<&str> =
            by_own["journal"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["reservation.book"]);
    }

    async fn an_outside_number_that_another_visit_gets_too_leads_to_neither(db: TestDb) {
        let s = Server::new(db).await;
        let book = async |system: &str| {
            let mut body = booking("DBL", "2026-10-03", "2026-10-05");
            body["numbers"] = json!([{ "system": system, "number": "BK77" }]);
            digits(&s.post("/api/v1/reservations", body).await)
        };
        let first = book("ctrip").await;
        for _ in 0..2 {
            assert_eq!(digits(&s.get("/api/v1/visits/BK77").await), first);
        }
        book("meituan").await;
        let (status, answer) = s.send(Method::GET, "/api/v1/visits/BK77", None, &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (409, Some("ambiguous_number")));
    }

    async fn a_mistyped_number_is_told_apart_from_an_unknown_one(db: TestDb) {
        let s = Server::new(db).await;
        let mut number = s.book("DBL", "2026-10-03", "2026-10-04").await.into_bytes();
        number[4] = if number[4] == b'7' { b'8' } else { b'7' };
        let wrong = String::from_utf8(number).unwrap();
        let (status, answer) = s.send(Method::GET, &format!("/api/v1/visits/{wrong}"), None, &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str().unwrap()), (422, "mistyped_number"));
        assert_eq!(answer["title"], "号码有误，校验位不符");
        let (status, answer) =
            s.send(Method::GET, "/api/v1/visits/NO-SUCH-1", None, &[("accept-language", "en")]).await;
        assert_eq!((status.as_u16(), answer["title"].as_str().unwrap()), (404, "Not found"));
    }

    async fn the_last_room_is_sold_once(db: TestDb) {
        let s = Server::new(db).await;
        let mut asked = Vec::new();
        for _ in 0..20 {
            asked.push(s.send(Method::POST, "/api/v1/reservations", Some(booking("STE", "2026-10-03", "2026-10-05")), &[]));
        }
        let answers = futures_util::future::join_all(asked).await;
        let sold = answers.iter().filter(|(status, _)| *status == StatusCode::CREATED).count();
        let refused = answers.iter().filter(|(status, a)| *status == StatusCode::CONFLICT && a["code"] == "no_inventory");
        assert_eq!((sold, refused.count()), (1, 19));
        // The nights before and after are free.
        s.book("STE", "2026-10-05", "2026-10-06").await;
    }

    async fn the_same_request_is_done_once(db: TestDb) {
        let s = Server::new(db).await;
        let key = [("idempotency-key", "click-1")];
        let body = booking("STE", "2026-10-03", "2026-10-04");
        let send = |body| s.send(Method::POST, "/api/v1/reservations", Some(body), &key);
        let answers = futures_util::future::join_all([send(body.clone()), send(body.clone()), send(body.clone())]).await;
        assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == StatusCode::CREATED), "{answers:?}");
        let (status, answer) = send(booking("STE", "2026-10-03", "2026-10-06")).await;
        assert_eq!((status.as_u16(), answer["code"].as_str().unwrap()), (422, "idempotency_key_reused"));
    }

    async fn cancelling_costs_what_the_terms_say_and_can_be_taken_back(db: TestDb) {
        let s = Server::new(db).await;
        let soon = s.book("STE", "2026-10-03", "2026-10-06").await;
        let cancelled = s.post(&format!("/api/v1/visits/{soon}/cancel"), json!({ "reason": "plans changed" })).await;
        assert_eq!((cancelled["state"].as_str(), cancelled["penalty"].as_i64()), (Some("cancelled"), Some(800_00)));
        let (status, code) = s.refused(&format!("/api/v1/visits/{soon}/cancel"), json!({})).await;
        assert_eq!((status, code.as_str()), (409, "wrong_state"));

        let other = s.book("STE", "2026-10-04", "2026-10-05").await;
        let (status, code) = s.refused(&format!("/api/v1/visits/{soon}/reinstate"), json!({})).await;
        assert_eq!((status, code.as_str()), (409, "no_inventory"));
        let free = s.post(&format!("/api/v1/visits/{other}/cancel"), json!({})).await;
        assert_eq!(free["penalty"], 800_00, "22 hours before arrival");
        let back = s.post(&format!("/api/v1/visits/{soon}/reinstate"), json!({})).await;
        assert_eq!((back["state"].as_str(), back["penalty"].as_i64()), (Some("reserved"), Some(0)));

        let far = s.book("DBL", "2026-11-03", "2026-11-06").await;
        assert_eq!(s.post(&format!("/api/v1/visits/{far}/cancel"), json!({})).await["penalty"], 0);
    }

    async fn changes_keep_the_earlier_editions_and_respect_if_match(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("STE", "2026-10-04", "2026-10-06").await;
        let path = format!("/api/v1/visits/{number}/change");
        let rooms = json!({ "rooms": [{ "line": 1, "arrival": "2026-10-05",
            "departure": "2026-10-08", "adults": 2, "room": "0501" }] });
        let (status, answer) = s.send(Method::POST, &path, Some(rooms.clone()), &[("if-match", "\"7\"")]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str().unwrap(), answer["version"].as_i64()), (412, "stale", Some(1)));
        let changed = s.send(Method::POST, &path, Some(rooms), &[("if-match", "\"1\"")]).await.1;
        assert_eq!(changed["rooms"][0]["room"], "0501");
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["booking"]["versions"].as_array().unwrap().len(), 1);
        assert_eq!(view["booking"]["promised"], 2_400_00);
        // The first night was given back, the new ones are held, and so is the room.
        s.book("STE", "2026-10-04", "2026-10-05").await;
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-07", "2026-10-08")).await.1, "no_inventory");
    }

    async fn bad_requests_say_what_was_wrong_and_where(db: TestDb) {
        let s = Server::new(db).await;
        let mut backwards = booking("DBL", "2026-10-05", "2026-10-04");
        let (status, answer) = s.send(Method::POST, "/api/v1/reservations", Some(backwards.clone()), &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str(), answer["pointer"].as_str()),
            (422, Some("bad_dates"), Some("/rooms/0/departure")));
        backwards["guest"]["profile"]["documents"][0]["number"] = json!("110105194912310021");
        let (_, answer) = s.send(Method::POST, "/api/v1/reservations", Some(backwards), &[]).await;
        assert_eq!(answer["pointer"], "/guest/profile/documents/0/number");
        assert!(!answer.to_string().contains("1949"), "{answer}");
        let (status, answer) = s.send(Method::POST, "/api/v1/reservations", Some(json!({ "property": 7 })), &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (400, Some("malformed_request")));
        let mut five = booking("DBL", "2026-10-03", "2026-10-04");
        five["rooms"][0]["adults"] = json!(3);
        assert_eq!(s.refused("/api/v1/reservations", five).await.1, "too_many_people");
        let past = s.refused("/api/v1/reservations", booking("DBL", "2026-10-02", "2026-10-04")).await;
        assert_eq!(past, (422, "bad_dates".into()));
    }

    async fn the_same_document_is_the_same_guest(db: TestDb) {
        let s = Server::new(db).await;
        let (first, second) = (s.book("DBL", "2026-10-03", "2026-10-04").await, s.book("DBL", "2026-11-03", "2026-11-04").await);
        let guest = |view: serde_json::Value| view["guest"]["id"].as_str().unwrap().to_owned();
        let (a, b) = (guest(s.get(&format!("/api/v1/visits/{first}")).await), guest(s.get(&format!("/api/v1/visits/{second}")).await));
        assert_eq!(a, b);
        let shown = s.post(&format!("/api/v1/guests/{a}/reveal"), json!({ "reason": "call back" })).await;
        assert_eq!(shown["profile"]["phones"][0], "+8613812345678");
        assert_eq!(s.refused(&format!("/api/v1/guests/{a}/reveal"), json!({ "reason": " " })).await.1, "invalid");
    }

    async fn part_days_and_nights_share_a_room_only_where_it_is_empty(db: TestDb) {
        let s = Server::new(db).await;
        let mut hours = booking("DBL", "2026-10-04", "2026-10-04");
        hours["rooms"][0]["rate_plan"] = json!("DAY4");
        hours["rooms"][0]["room"] = json!("0401");
        let number = digits(&s.post("/api/v1/reservations", hours.clone()).await);
        // The night of the same date is another guest's.
        let mut night = booking("DBL", "2026-10-04", "2026-10-05");
        night["rooms"][0]["room"] = json!("0401");
        s.post("/api/v1/reservations", night).await;
        // A guest who stays through the day is not.
        let mut through = booking("DBL", "2026-10-03", "2026-10-05");
        through["rooms"][0]["room"] = json!("0401");
        assert_eq!(s.refused("/api/v1/reservations", through).await.1, "room_taken");
        assert_eq!(s.get(&format!("/api/v1/visits/{number}")).await["booking"]["promised"], 120_00);
    }

    async fn reservations_are_listed_page_by_page(db: TestDb) {
        let s = Server::new(db).await;
        let mut booked = Vec::new();
        for night in ["03", "04", "05"] {
            booked.push(s.book("STE", &format!("2026-10-{night}"), &format!("2026-10-{:02}", night.parse::<u32>().unwrap() + 1)).await);
        }
        s.post(&format!("/api/v1/visits/{}/cancel", booked[1]), json!({})).await;
        let mut seen = Vec::new();
        let mut path = "/api/v1/reservations?property=SH01&limit=2".to_owned();
        loop {
            let page = s.get(&path).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|r| r["number"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => path = format!("/api/v1/reservations?property=SH01&limit=2&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, booked);
        let cancelled = s.get("/api/v1/reservations?property=SH01&state=cancelled").await;
        assert_eq!(cancelled["items"][0]["number"], booked[1].as_str());
        let on_fifth = s.get("/api/v1/reservations?property=SH01&from=2026-10-06&to=2026-10-09").await;
        assert_eq!(on_fifth["items"].as_array().unwrap().len(), 1);
    }

    async fn a_new_room_can_be_sold_on_nights_that_were_full(db: TestDb) {
        let s = Server::new(db).await;
        s.book("STE", "2026-10-03", "2026-10-05").await;
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-04", "2026-10-05")).await.1, "no_inventory");
        let rooms = json!([{ "number": "0502", "room_type": "STE" }]);
        let (status, answer) = s.send(Method::PUT, "/api/v1/properties/SH01/rooms", Some(rooms), &[]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        s.book("STE", "2026-10-04", "2026-10-05").await;
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-04", "2026-10-05")).await.1, "no_inventory");
    }

    async fn a_read_after_an_answered_write_shows_it(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-04", "2026-10-06").await;
        let path = format!("/api/v1/visits/{number}");
        let guest = s.get(&path).await["guest"]["id"].as_str().unwrap().to_owned();
        let write = async {
            for i in 1..=25 {
                let segment = format!("segment-{i}");
                s.post(&format!("{path}/change"), json!({ "segment": segment })).await;
                assert_eq!(s.get(&path).await["booking"]["reservation"]["segment"], segment.as_str());
                let profile = json!({ "full_name": "张伟", "city": format!("city-{i}") });
                let (status, answer) = s.send(Method::PUT, &format!("/api/v1/guests/{guest}"), Some(profile), &[]).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
                assert_eq!(s.get(&path).await["guest"]["profile"]["city"], format!("city-{i}").as_str());
            }
        };
        // Readers fill the cache all the while.
        let read = || async {
            for _ in 0..400 {
                s.get(&path).await;
            }
        };
        futures_util::future::join3(write, read(), read()).await;
    }
}
