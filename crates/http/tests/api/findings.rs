//! Findings over HTTP on both engines: the stories of a hotel's three systems.

use std::sync::Arc;

use crate::common::{Server, booking, digits};
use axum::http::{Method, StatusCode};
use hefu_app::{Context, control::follow::FollowFindings, follow::Follow};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// What the server does beside its requests: findings follow the journal.
async fn follow(s: &Server) {
    s.app.sequence().await.unwrap();
    let follower = Arc::new(FollowFindings(s.app.clone()));
    while s.app.operate(&Context::job("findings"), Follow(follower.clone())).await.unwrap() {}
}

async fn list(s: &Server, query: &str) -> Vec<Value> {
    s.get(&format!("/api/v1/findings?property=SH01{query}")).await["items"].as_array().unwrap().clone()
}

/// The finding of a kind, and there is one.
async fn only(s: &Server, kind: &str) -> Value {
    let found = list(s, &format!("&kind={kind}")).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

fn at(finding: &Value, what: &str) -> String {
    format!("/api/v1/properties/SH01/findings/{}{what}", finding["id"].as_str().unwrap())
}

async fn once(s: &Server, path: &str, body: Value) -> (StatusCode, Value) {
    s.send(Method::POST, path, Some(body), &[]).await
}

async fn correct(s: &Server, finding: &Value) -> Value {
    let (status, answer) = once(s, &at(finding, "/correct"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// First names of invented people.
const NAMES: [&str; 28] = [
    "Anna", "Boris", "Clara", "David", "Edith", "Felix", "Greta", "Henry", "Irene", "Jacob", "Klara",
    "Louis", "Maria", "Norman", "Olivia", "Peter", "Quentin", "Rosa", "Simon", "Teresa", "Ursula", "Victor",
    "Wanda", "Xenia", "Yannick", "Zoe", "Astrid", "Bruno",
];

/// A guest who has shown a passport.
fn registered(number: usize) -> Value {
    json!({ "profile": { "full_name": format!("{} Testperson", NAMES[number]),
        "documents": [{ "type": "passport", "number": format!("C0{number:02}XYZ{number:02}") }] } })
}

async fn postings(s: &Server, number: &str) -> Vec<Value> {
    s.get(&format!("/api/v1/visits/{number}")).await["consumption"]["postings"].as_array().unwrap().clone()
}

both_engines! {
    async fn three_nights_charged_2_000_too_much_are_found_at_check_out_and_corrected_by_one_click(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let tiers = json!({ "tiers": [{ "tier": "classic", "discount": 2_000 }] });
        let programme = "/api/v1/properties/SH01/member-programme";
        assert_eq!(s.send(Method::PUT, programme, Some(tiers), &[]).await.0, StatusCode::OK);
        // Three nights for 10,000 in all, booked, lived in and charged before the desk knows of the membership.
        let mut body = booking("STE", "2026-10-03", "2026-10-06");
        body["rooms"][0]["prices"] = json!([3_333_00, 3_333_00, 3_334_00]);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let visit = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&visit("check-in"), json!({})).await;
        for _ in 0..3 {
            s.app.night_audit(Context::job("test"), "SH01", true).await.unwrap();
        }
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new());

        let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
        let card = s.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
        follow(&s).await;
        let finding = only(&s, "discount_missing").await;
        assert_eq!((finding["stake"].as_i64(), finding["cause"].as_str()), (Some(2_000_00), Some("member_versus_stay")));
        assert_eq!((finding["owner"].as_str(), finding["severity"].as_str()), (Some("membership"), Some("urgent")));
        assert_eq!(finding["visit"].as_str().unwrap().replace('-', ""), number);
        assert_eq!(finding["correction"]["do"], "give_discount");
        assert!(finding["explanation"]["zh"].as_str().unwrap().contains("多收 2000.00 CNY"), "{finding}");
        assert!(finding["explanation"]["en"].as_str().unwrap().contains("2000.00 CNY too much"), "{finding}");
        assert_eq!(list(&s, "&cause=sync_delay").await, Vec::<Value>::new());
        assert_eq!(list(&s, "&stake=200001").await, Vec::<Value>::new());
        assert_eq!(list(&s, "&stake=200000&owner=membership").await.len(), 1);

        let before: i64 = postings(&s, &number).await.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        let corrected = correct(&s, &finding).await;
        assert_eq!((corrected["state"].as_str(), corrected["id"].as_str()), (Some("resolved"), finding["id"].as_str()));
        let lines = postings(&s, &number).await;
        let after: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
        // 20 % of the nights with 10 % service fee and 6 % tax on both.
        assert_eq!(before - after, 2_332_00);
        // Clicked twice it is done once.
        assert_eq!(correct(&s, &finding).await, corrected);
        assert_eq!(postings(&s, &number).await, lines);

        s.post(&visit("payments"), json!({ "code": "CASH", "amount": after })).await;
        s.post(&visit("check-out"), json!({})).await;
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new(), "nothing is left, and the points are right");
        let earned: i64 = postings(&s, &number).await.iter()
            .filter(|line| line["kind"] == "revenue").map(|line| line["amount"].as_i64().unwrap() / 100).sum();
        let member = s.get(&format!("/api/v1/members/{}", card["number"].as_str().unwrap())).await;
        assert_eq!(member["membership"]["points"].as_i64(), Some(earned));
        assert!((8_797..=8_800).contains(&earned), "{earned} for 8,000 and 10 % service fee");
        let history = s.get(&at(&finding, "")).await;
        assert_eq!((history["state"].as_str(), history["reopened"].as_i64()), (Some("resolved"), Some(0)));
    }

    async fn the_23rd_guest_was_the_27th(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let house = "/api/v1/properties/SH01";
        for (path, body) in [
            ("room-types/HALL", json!({ "name": "大通铺", "name_en": "Hall", "capacity": 30 })),
            ("rooms", json!([{ "number": "0101", "room_type": "HALL", "floor": "1" }])),
            ("rate-plans/HALL", json!({ "name": "团队", "name_en": "Group", "kind": "nightly", "tax": 600,
                "rates": [{ "room_type": "HALL", "valid_from": "2026-01-01", "amount": 900_00 }] })),
        ] {
            let (status, answer) = s.send(Method::PUT, &format!("{house}/{path}"), Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let mut body = booking("HALL", "2026-10-03", "2026-10-04");
        body["rooms"][0]["rate_plan"] = json!("HALL");
        body["rooms"][0]["adults"] = json!(23);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let guests: Vec<Value> =
            (0..27).map(|number| json!({ "guest": registered(number) })).collect();
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "guests": guests })).await;
        follow(&s).await;
        let finding = only(&s, "headcount").await;
        assert_eq!(finding["expected"], json!({ "is": "count", "value": 23 }));
        assert_eq!(finding["found"], json!({ "is": "count", "value": 27 }));
        assert_eq!(finding["owner"], "front_desk");
        assert_eq!(finding["correction"], Value::Null);
        let parts: Vec<&str> = finding["evidence"].as_array().unwrap().iter().map(|e| e["part"].as_str().unwrap()).collect();
        assert_eq!(parts, ["booking", "stay"]);
        assert_eq!(list(&s, "").await.len(), 1);

        // Nothing corrects that by itself.
        let (status, refused) = once(&s, &at(&finding, "/correct"), json!({})).await;
        assert_eq!((status.as_u16(), refused["code"].as_str()), (409, Some("wrong_state")));
        // Somebody decides with a reason, and it is not raised again.
        let (status, refused) = once(&s, &at(&finding, "/decide"), json!({})).await;
        assert_eq!((status.as_u16(), refused["pointer"].as_str()), (422, Some("/reason")), "{refused}");
        let decided = s.post(&at(&finding, "/decide"), json!({ "reason": "四名儿童与家长同住" })).await;
        assert_eq!(decided["state"], "decided");
        for _ in 0..2 {
            let refreshed = once(&s, &format!("{house}/findings/refresh"), json!({})).await.1;
            assert_eq!((refreshed["visits"].as_i64(), refreshed["open"].as_i64()), (Some(1), Some(0)));
        }
        assert_eq!(s.get(&at(&finding, "")).await, decided);
        assert_eq!(list(&s, "&state=decided").await, std::slice::from_ref(&decided));

        // One more comes: that is not what was decided about.
        s.post(&format!("/api/v1/visits/{number}/add-guest"), json!({ "guest": registered(27) })).await;
        follow(&s).await;
        let again = only(&s, "headcount").await;
        assert_eq!((again["id"].clone(), again["reopened"].as_i64()), (finding["id"].clone(), Some(1)));
        assert_eq!(again["found"], json!({ "is": "count", "value": 28 }));
        assert_eq!(again["decided_at"], Value::Null);
    }

    async fn who_booked_twice_on_two_platforms_has_one_cancelled_under_its_policy(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let mut first = booking("DBL", "2026-10-05", "2026-10-07");
        first["channel"] = json!("ctrip");
        let first = digits(&s.post("/api/v1/reservations", first).await);
        let guest = s.get(&format!("/api/v1/visits/{first}")).await["guest"]["id"].clone();
        let mut second = booking("STE", "2026-10-06", "2026-10-08");
        second["channel"] = json!("meituan");
        second["guest"] = json!({ "id": guest });
        let second = digits(&s.post("/api/v1/reservations", second).await);
        follow(&s).await;
        let finding = only(&s, "duplicate_booking").await;
        assert_eq!((finding["cause"].as_str(), finding["owner"].as_str()), (Some("repeated_booking"), Some("reservations")));
        let too_much = finding["correction"]["visit"].as_str().unwrap().to_owned();
        assert!([&first, &second].contains(&&too_much));
        assert_eq!(finding["visit"].as_str().unwrap().replace('-', ""), too_much);

        let corrected = correct(&s, &finding).await;
        assert_eq!(corrected["state"], "resolved");
        let cancelled = s.get(&format!("/api/v1/visits/{too_much}")).await;
        assert_eq!(cancelled["booking"]["reservation"]["state"], "cancelled");
        assert_eq!(cancelled["booking"]["reservation"]["penalty"], 0, "more than a day before arrival it costs nothing");
        let actions: Vec<&str> =
            cancelled["journal"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["reservation.book", "reservation.cancel"]);
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new());

        // Taken back it is the same finding again.
        s.post(&format!("/api/v1/visits/{too_much}/reinstate"), json!({})).await;
        follow(&s).await;
        let again = only(&s, "duplicate_booking").await;
        assert_eq!((again["id"].clone(), again["reopened"].as_i64()), (finding["id"].clone(), Some(1)));
    }

    async fn a_deposit_that_was_not_taken_off_and_a_guest_without_a_document(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-04");
        body["guest"] = json!({ "profile": { "full_name": "李娜", "phones": ["13912345678"] } });
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let visit = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&visit("check-in"), json!({})).await;
        // Check-in takes off what was paid before; this comes after it.
        s.post(&visit("deposits/pay"), json!({ "code": "CASH", "amount": 100_00 })).await;
        follow(&s).await;
        assert_eq!(only(&s, "not_registered").await["severity"], "urgent");
        s.app.night_audit(Context::job("test"), "SH01", true).await.unwrap();
        follow(&s).await;
        let finding = only(&s, "deposit_not_applied").await;
        assert_eq!((finding["stake"].as_i64(), finding["correction"]["do"].as_str()), (Some(100_00), Some("apply_deposit")));
        assert_eq!(correct(&s, &finding).await["state"], "resolved");
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["booking"]["deposit_held"], 0);
    }

    async fn findings_are_paged_and_unknown_ones_refused(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        for (name, from) in [("王芳", 3), ("陈静", 4), ("赵敏", 5)] {
            let mut body = booking("DBL", &format!("2026-10-{from:02}"), "2026-10-09");
            body["guest"] = json!({ "profile": { "full_name": name, "phones": [format!("1371234567{from}")] } });
            let first = s.post("/api/v1/reservations", body.clone()).await;
            let guest = s.get(&format!("/api/v1/visits/{}", digits(&first))).await["guest"]["id"].clone();
            body["guest"] = json!({ "id": guest });
            body["rooms"][0]["room_type"] = json!(if from == 3 { "STE" } else { "DBL" });
            if from < 5 {
                s.post("/api/v1/reservations", body).await;
            }
        }
        // Nobody followed: it is worked out when asked.
        let (status, refreshed) = once(&s, "/api/v1/properties/SH01/findings/refresh", json!({})).await;
        assert_eq!((status, refreshed["visits"].as_i64(), refreshed["open"].as_i64()), (StatusCode::OK, Some(5), Some(2)));
        let first = s.get("/api/v1/findings?limit=1").await;
        let next = first["next"].as_str().unwrap();
        let second = s.get(&format!("/api/v1/findings?limit=1&cursor={next}")).await;
        let stakes = [&first, &second].map(|page| page["items"][0]["stake"].as_i64().unwrap());
        assert!(stakes[0] > stakes[1], "{stakes:?}");
        let last = s.get(&format!("/api/v1/findings?limit=1&cursor={}", second["next"].as_str().unwrap())).await;
        assert_eq!(last, json!({ "items": [], "next": null }));
        for (path, status) in [("cursor=nonsense", StatusCode::UNPROCESSABLE_ENTITY), ("kind=nothing", StatusCode::BAD_REQUEST)] {
            assert_eq!(s.send(Method::GET, &format!("/api/v1/findings?{path}"), None, &[]).await.0, status, "{path}");
        }
        let unknown = "/api/v1/properties/SH01/findings/0193b5c9-2c5e-8072-9164-9d4e0f506177";
        assert_eq!(s.send(Method::GET, unknown, None, &[]).await.0, StatusCode::NOT_FOUND);
        assert_eq!(s.refused(&format!("{unknown}/decide"), json!({ "reason": "x" })).await, (404, "not_found".into()));
        let (status, answer) = once(&s, "/api/v1/properties/SH01/findings/refresh", json!({ "from": "2026-01-01", "to": "2028-01-01" })).await;
        assert_eq!((status.as_u16(), answer["pointer"].as_str()), (422, Some("/to")));
    }
}
