//! Findings over HTTP on both engines: the stories of a hotel's three systems.

use std::sync::Arc;

use crate::{
    accounts::Hotel,
    common::{Server, booking, digits},
};
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

/// Sends a settlement file of Alipay; answers what was found in it.
async fn settled(s: &Server, file: &str) -> Value {
    let map = "id = \"id\"\ndate = \"day\"\namount = \"amount\"\nreference = \"order\"";
    let body = json!({ "code": "ALIPAY", "map": map, "file": base64(file.as_bytes()) });
    let (status, answer) = once(s, "/api/v1/properties/SH01/settlements", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// Bytes in Base64 (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|some| {
        let bits =
            some.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - some.len()));
        (0..4).map(move |place| match place <= some.len() {
            true => char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]),
            false => '=',
        })
    });
    letters.collect()
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
        // Whoever checks the guest out asks for what is open of the visit.
        let of_visit = async |more: &str| list(&s, &format!("&visit={number}{more}")).await;
        assert_eq!(of_visit("").await, std::slice::from_ref(&finding));
        assert_eq!(of_visit("&owner=finance").await, Vec::<Value>::new());

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
        assert_eq!(of_visit("").await, Vec::<Value>::new());
        assert_eq!(of_visit("&state=resolved").await, std::slice::from_ref(&corrected));

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
        // Who corrected it, though a job kept what was found afterwards.
        let steps = s.get(&at(&finding, "/history")).await;
        let last = steps.as_array().and_then(|steps| steps.last()).unwrap();
        assert_eq!((last["action"].as_str(), last["corrected"].as_bool()), (Some("finding.resolved"), Some(true)));
        assert_eq!(last["actor"], "local-administrator");
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
        let booked = s.post("/api/v1/reservations", second).await;
        // Found at entry, with what cancelling costs.
        let at_entry = &booked["duplicates"][0];
        assert_eq!((digits(at_entry), at_entry["same_guest"].as_bool()), (first.clone(), Some(true)));
        assert_eq!((at_entry["channel"].as_str(), at_entry["penalty"].as_i64()), (Some("ctrip"), Some(0)));
        let second = digits(&booked);
        follow(&s).await;
        let finding = only(&s, "duplicate_booking").await;
        assert_eq!((finding["cause"].as_str(), finding["owner"].as_str()), (Some("repeated_booking"), Some("reservations")));
        let too_much = finding["correction"]["visit"].as_str().unwrap().to_owned();
        assert!([&first, &second].contains(&&too_much));
        assert_eq!(finding["visit"].as_str().unwrap().replace('-', ""), too_much);
        let told = finding["explanation"]["zh"].as_str().unwrap();
        assert!(told.contains(&first) && told.contains(&second), "{told}");

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
        let (status, answer) = once(&s, "/api/v1/properties/SH01/findings/refresh", json!({ "from": "2026-02-01", "to": "2026-01-01" })).await;
        assert_eq!((status.as_u16(), answer["pointer"].as_str()), (422, Some("/to")));
        for (path, parameter) in [("stake=-1", "stake"), ("found_from=2026-10-09&found_to=2026-10-01", "found_to")] {
            for list in ["findings", "findings/export"] {
                let (status, answer) = s.send(Method::GET, &format!("/api/v1/{list}?{path}"), None, &[]).await;
                assert_eq!((status.as_u16(), answer["parameter"].as_str()), (422, Some(parameter)), "{answer}");
            }
        }
    }

    /// A finding about visits in two properties tells of the other one to whoever sees findings there, too.
    async fn a_finding_that_spans_properties_keeps_the_other_one_to_itself(db: TestDb) {
        let h = Hotel::new(db).await;
        follow(&h.s).await;
        for (path, body) in [
            ("room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })),
            ("rooms", json!([{ "number": "0401", "room_type": "DBL" }])),
            ("rate-plans/BAR", json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
                "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] })),
        ] {
            let (status, answer) = h.s.send(Method::PUT, &format!("/api/v1/properties/HZ01/{path}"), Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let here = digits(&h.s.post("/api/v1/reservations", booking("DBL", "2026-10-05", "2026-10-07")).await);
        let guest = h.s.get(&format!("/api/v1/visits/{here}")).await["guest"]["id"].clone();
        let mut body = booking("DBL", "2026-10-05", "2026-10-07");
        body["property"] = json!("HZ01");
        body["guest"] = json!({ "id": guest });
        let there = digits(&h.s.post("/api/v1/reservations", body).await);
        follow(&h.s).await;
        let found = h.s.get("/api/v1/findings").await["items"].clone();
        assert_eq!((found.as_array().unwrap().len(), &found[0]["kind"]), (1, &json!("duplicate_booking")), "{found}");
        let property = found[0]["property"].as_str().unwrap();
        let other = if property == "SH01" { &there } else { &here };
        assert!(found.to_string().contains(other.as_str()), "{found}");

        let own = h.signed_in("own", &[("data_steward", Some(property))]).await;
        let both = h.signed_in("both", &[("data_steward", Some("SH01")), ("data_steward", Some("HZ01"))]).await;
        let path = format!("/api/v1/properties/{property}/findings/{}", found[0]["id"].as_str().unwrap());
        let list = format!("/api/v1/findings?property={property}");
        for at in [path.as_str(), list.as_str(), "/api/v1/findings", "/api/v1/findings/export"] {
            let (one, all) = (h.get(&own, at).await, h.get(&both, at).await);
            assert!(one.status == 200 && one.text.contains("duplicate_booking"), "{at}: {}", one.text);
            assert!(!one.text.contains(other.as_str()), "{at} tells of {other}: {}", one.text);
            assert!(all.text.contains(other.as_str()), "{at}: {}", all.text);
        }
        let decided = h.post(&own, &format!("{path}/decide"), json!({ "reason": "客人为朋友订的" })).await;
        assert_eq!((decided.status, decided.text.contains(other.as_str())), (200, false), "{}", decided.text);
    }

    /// Neither a list nor a file nor a count tells of another property, and nobody's data is in any of them.
    async fn findings_are_of_ones_own_property_and_name_nobody(db: TestDb) {
        let h = Hotel::new(db).await;
        follow(&h.s).await;
        let mut body = booking("DBL", "2026-10-05", "2026-10-07");
        let birth = "1963-04-17";
        body["guest"] = json!({ "profile": { "full_name": "端木晴川", "phones": ["13857110042"], "emails": ["qingchuan@mail.example"], "birth": birth,
            "documents": [{ "type": "passport", "number": "E51234567", "country": "CHN" }] } });
        let first = h.s.post("/api/v1/reservations", body).await;
        let guest = h.s.get(&format!("/api/v1/visits/{}", digits(&first))).await["guest"]["id"].clone();
        let mut second = booking("STE", "2026-10-05", "2026-10-07");
        second["guest"] = json!({ "id": guest });
        h.s.post("/api/v1/reservations", second).await;
        follow(&h.s).await;
        let finding = only(&h.s, "duplicate_booking").await;
        let (id, visit) = (finding["id"].as_str().unwrap(), finding["visit"].as_str().unwrap());
        let paths = ["/api/v1/findings", "/api/v1/findings?property=SH01", "/api/v1/findings/export", "/api/v1/findings/export?property=SH01",
            "/api/v1/properties/SH01/findings/counts"].map(str::to_owned);
        let paths: Vec<String> = paths.into_iter().chain([at(&finding, "")]).collect();
        for role in ["front_desk", "finance", "manager", "data_steward"] {
            let here = h.signed_in(&format!("{role}.here").replace('_', "."), &[(role, Some("SH01"))]).await;
            let there = h.signed_in(&format!("{role}.there").replace('_', "."), &[(role, Some("HZ01"))]).await;
            let mut told = 0;
            for path in &paths {
                let (own, other) = (h.get(&here, path).await, h.get(&there, path).await);
                assert_eq!(own.status, 200, "{role} {path}: {}", own.text);
                told += usize::from(own.text.contains(id) && own.text.contains(visit));
                for secret in ["端木", "晴川", "57110042", "qingchuan", birth, "E51234567"] {
                    assert!(!own.text.contains(secret), "{role} {path} shows {secret}: {}", own.text);
                }
                // Without a property it is a list of one's own, which is empty there.
                let expected = if path.contains("SH01") { 403 } else { 200 };
                assert_eq!(other.status, expected, "{role} {path}: {}", other.text);
                assert!(!other.text.contains(id) && !other.text.contains(visit), "{role} {path}: {}", other.text);
            }
            assert_eq!(told, paths.len() - 1, "{role}: all but the count tell of it");
            let of_visit = format!("/api/v1/findings?visit={visit}");
            let (own, other) = (h.get(&here, &of_visit).await, h.get(&there, &of_visit).await);
            assert!(own.status == 200 && own.text.contains(id), "{role}: {}", own.text);
            assert!(other.status == 404 && !other.text.contains(id), "{role}: {}", other.text);
        }
        for role in ["housekeeping", "channel"] {
            let by = h.signed_in(role, &[(role, Some("SH01"))]).await;
            for path in &paths {
                assert_eq!(h.get(&by, path).await.code(), (403, "forbidden"), "{role} {path}");
            }
        }
    }

    async fn a_guest_reports_that_he_is_recorded_twice_and_staff_close_it_with_him(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let book = async |name: &str, phone: &str, channel: &str| {
            let mut body = booking("DBL", "2026-10-05", "2026-10-07");
            body["guest"] = json!({ "profile": { "full_name": name, "phones": [phone] } });
            body["channel"] = json!(channel);
            digits(&s.post("/api/v1/reservations", body).await)
        };
        // So differently written that nothing finds it: another name, another phone.
        let one = book("王建国", "13700000001", "ctrip").await;
        let two = book("Jianguo Wang", "13700000002", "meituan").await;
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new());

        let report = format!("/api/v1/visits/{one}/double-record");
        let said = json!({ "other": two, "text": "客人出示两条预订短信" });
        let finding = s.post(&report, said.clone()).await;
        assert_eq!((finding["kind"].as_str(), finding["state"].as_str()), (Some("double_record"), Some("open")));
        assert_eq!((finding["cause"].as_str(), finding["owner"].as_str()), (Some("platform_out_of_step"), Some("front_desk")));
        assert_eq!(finding["correction"], json!({ "do": "cancel_booking", "visit": two, "text": finding["correction"]["text"] }));
        // What the guest says stands with the visit, and in no finding.
        assert!(!finding.to_string().contains("短信"));
        let notes = s.get(&format!("/api/v1/visits/{one}/notes")).await.to_string();
        assert!(notes.contains("客人出示两条预订短信"), "{notes}");
        // Examining the visit does not make it go away.
        follow(&s).await;
        once(&s, "/api/v1/properties/SH01/findings/refresh", json!({})).await;
        assert_eq!(only(&s, "double_record").await["id"], finding["id"]);

        let corrected = correct(&s, &finding).await;
        assert_eq!(corrected["state"], "resolved");
        let cancelled = s.get(&format!("/api/v1/visits/{two}")).await;
        assert_eq!(cancelled["booking"]["reservation"]["state"], "cancelled");
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new());

        // Said again of two visits that are really two, staff decide so, and it stays decided.
        let three = book("王建国", "13700000001", "direct").await;
        let again = s.post(&format!("/api/v1/visits/{three}/double-record"), json!({ "other": one, "text": "again" })).await;
        s.post(&at(&again, "/decide"), json!({ "reason": "客人确认是为朋友订的" })).await;
        once(&s, "/api/v1/properties/SH01/findings/refresh", json!({})).await;
        assert_eq!(s.get(&at(&again, "")).await["state"], "decided");
        // Once the guest has moved in under one of them, it is the other one that can be called off.
        assert_eq!(again["correction"]["visit"], json!(one));
        let here = s.book("STE", "2026-10-03", "2026-10-06").await;
        s.post(&format!("/api/v1/visits/{here}/check-in"), json!({})).await;
        let here = s.post(&format!("/api/v1/visits/{three}/double-record"), json!({ "other": here, "text": "here" })).await;
        assert_eq!(here["correction"]["visit"], json!(three));
        // Where one is called off, the other is all that the guest has: it is not called off as well, neither by what was proposed before nor by what is now.
        let last = book("王建国", "13700000001", "direct").await;
        let report_last = format!("/api/v1/visits/{last}/double-record");
        let before = s.post(&report_last, json!({ "other": three, "text": "twice" })).await;
        assert_eq!(before["correction"]["visit"], json!(three));
        s.post(&format!("/api/v1/visits/{last}/cancel"), json!({})).await;
        assert_eq!(correct(&s, &before).await["state"], "resolved");
        let after = s.post(&report_last, json!({ "other": three, "text": "still" })).await;
        assert_eq!(after["correction"], Value::Null);
        assert_eq!(s.get(&format!("/api/v1/visits/{three}")).await["booking"]["reservation"]["state"], "reserved");
        assert_eq!(s.refused(&report, json!({ "other": one, "text": "x" })).await, (422, "invalid".into()));
        assert_eq!(s.refused(&report, json!({ "other": "NONE-1", "text": "x" })).await.0, 404);
        assert_eq!(s.refused(&report, json!({ "other": three, "text": " " })).await.0, 422);
    }

    async fn a_group_received_more_rooms_than_were_blocked_for_it(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let put = async |path: &str, body: Value| {
            let (status, answer) = s.send(Method::PUT, path, Some(body), &[]).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        };
        put("/api/v1/groups/EXPO", json!({ "name": "博览会" })).await;
        let rooms = json!([{ "room_type": "DBL", "from": "2026-10-03", "until": "2026-10-05", "rooms": 2, "price": 300_00 }]);
        put("/api/v1/properties/SH01/blocks/EXPO", json!({ "rate_plan": "BAR", "rooms": rooms })).await;
        let row = |number: usize| json!({ "guest": registered(number), "room_type": "DBL",
            "arrival": "2026-10-03", "departure": "2026-10-05" });
        let list_of = json!({ "rows": [row(0), row(1)] });
        let picked = s.post("/api/v1/properties/SH01/blocks/EXPO/rooming-list", list_of).await;
        let numbers: Vec<String> = picked["reservations"].as_array().unwrap().iter().map(digits).collect();
        assert_eq!(numbers.len(), 2, "{picked}");
        for number in &numbers {
            s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        }
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new(), "as agreed");

        // A third comes through a platform.
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        (body["guest"], body["group"], body["channel"]) = (registered(2), json!("EXPO"), json!("ctrip"));
        let third = digits(&s.post("/api/v1/reservations", body).await);
        s.post(&format!("/api/v1/visits/{third}/check-in"), json!({})).await;
        follow(&s).await;
        let finding = only(&s, "rooms").await;
        assert_eq!(finding["expected"], json!({ "is": "count", "value": 2 }));
        assert_eq!(finding["found"], json!({ "is": "count", "value": 3 }));
        assert_eq!((finding["cause"].as_str(), finding["visit"].as_str()), (Some("branch_silos"), Some("")));
        assert!(finding["evidence"].to_string().contains("ctrip") && finding["evidence"].to_string().contains("EXPO"));
        // Agreed afterwards, it is gone.
        let rooms = json!([{ "room_type": "DBL", "from": "2026-10-03", "until": "2026-10-05", "rooms": 3 }]);
        put("/api/v1/properties/SH01/blocks/EXPO", json!({ "rate_plan": "BAR", "rooms": rooms })).await;
        once(&s, "/api/v1/properties/SH01/findings/refresh", json!({})).await;
        assert_eq!(s.get(&at(&finding, "")).await["state"], "resolved");
    }

    async fn a_settlement_file_is_compared_with_what_was_paid_and_twice_changes_nothing(db: TestDb) {
        /// What channels write behind each line.
        const REMARK: &str = "paid at the counter of the restaurant by a guest who scanned the code that stands there";
        let s = Server::new(db).await;
        follow(&s).await;
        let number = s.book("STE", "2026-10-03", "2026-10-04").await;
        let pay = async |amount: i64, reference: &str| {
            let body = json!({ "code": "ALIPAY", "amount": amount, "reference": reference });
            s.post(&format!("/api/v1/visits/{number}/payments"), body).await;
        };
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        s.post(&format!("/api/v1/visits/{number}/charges"), json!({ "code": "FB", "amount": 9_000_00 })).await;
        let amounts = [101_00, 212_50, 323_10, 434_70, 545_20, 656_90, 767_30, 878_80];
        for (place, amount) in amounts.into_iter().enumerate() {
            pay(amount, &format!("W{place:06}")).await;
        }
        pay(515_00, "W000098").await;
        let row = |id: &str, place: usize, amount: &str| format!("{id},2026-10-03,{amount},W{place:06},{REMARK}\n");
        let file = |rows: &[String]| format!("id,day,amount,order,remark\n{}", rows.concat());
        let mut rows: Vec<String> = amounts.iter().enumerate()
            .map(|(place, amount)| row(&format!("T{place}"), place, &format!("{}.{:02}", amount / 100, amount % 100))).collect();
        // Of one less is settled, and one nobody here knows of.
        rows[6] = row("T6", 6, "667.30");
        rows.push(row("T7001", 7_001, "616.50"));
        assert!(file(&rows).len() > 1_000, "a file is longer than any other text may be");
        let told = settled(&s, &file(&rows)).await;
        assert_eq!(told["counts"], json!({ "missing": 1, "unknown": 1, "doubled": 0, "differs": 1, "unclear": 0 }), "{told:#}");
        assert_eq!((told["lines"].as_i64(), told["settled"].as_i64()), (Some(9), Some(8)));
        let stakes: Vec<(&str, i64)> = told["findings"].as_array().unwrap().iter()
            .map(|found| (found["kind"].as_str().unwrap(), found["stake"].as_i64().unwrap())).collect();
        assert_eq!(stakes, [("settlement_unknown", 616_50), ("settlement_missing", 515_00), ("settlement_differs", 100_00)]);
        let missing = &told["findings"][1];
        assert_eq!(missing["visit"].as_str().unwrap().replace('-', ""), number);
        assert_eq!(missing["evidence"][0]["part"], "payment");

        // The same again changes nothing.
        s.app.sequence().await.unwrap();
        let entries = s.get("/api/v1/journal?after=-1&limit=500").await["items"].as_array().unwrap().len();
        assert_eq!(settled(&s, &file(&rows)).await, told);
        s.app.sequence().await.unwrap();
        assert_eq!(s.get("/api/v1/journal?after=-1&limit=500").await["items"].as_array().unwrap().len(), entries);
        // Following the visit leaves them alone.
        follow(&s).await;
        assert_eq!(list(&s, "&owner=finance&kind=settlement_missing").await.len(), 1);

        // The next file has what was missing.
        let next = file(&[format!("T98,2026-10-04,515.00,W000098,{REMARK}\n")]);
        let told = settled(&s, &next).await;
        assert_eq!((told["counts"]["missing"].as_i64(), told["settled"].as_i64()), (Some(0), Some(1)), "{told:#}");
        assert_eq!(s.get(&at(missing, "")).await["state"], "resolved");
        assert_eq!(list(&s, "&kind=settlement_unknown").await.len(), 1, "what is of other days stays");

        let fee = "date = \"day\"\namount = \"amount\"\nfee = \"kept\"";
        for (change, status, pointer, says) in [
            (json!({ "code": "GOLD" }), 404, "/code", ""),
            (json!({ "map": "id = 1" }), 422, "/map", "id"),
            (json!({ "map": "date = \"day\"\namount = \"amount\"\nsum = \"x\"" }), 422, "/map", "sum"),
            (json!({ "map": "amount = \"amount\"" }), 422, "/map", "date"),
            (json!({ "map": "date = \"day\"\namount = \"amount\"\ndecimals = 3" }), 422, "/map", "2"),
            (json!({ "map": "date = \"day\"\namount = \"sum\"" }), 422, "/map", "sum"),
            (json!({ "file": "not base64" }), 422, "/file", "Base64"),
            (json!({ "file": base64(b"id,day,amount,order\nT1,2026-10-03,a lot,1\n") }), 422, "/file", "amount"),
            (json!({ "file": base64(b"id,day,amount,order\nT1,,5.00,1\n") }), 422, "/file", "day"),
            (json!({ "file": base64(b"id,day,amount,order\n") }), 422, "/file", ""),
            (json!({ "map": fee, "file": base64(b"day,amount,kept\n2026-10-03,1.00,much\n") }), 422, "/file", "kept"),
            (json!({ "map": fee, "file": base64(b"day,amount,kept\n2026-10-03,1.00,1.01\n") }), 422, "/file", "fee"),
            (json!({ "file": base64(b"day,amount\n0001-01-01,1.00\n") }), 422, "/file", "day"),
            (json!({ "file": base64(b"day,amount\n9999-12-31,1.00\n") }), 422, "/file", "day"),
            (json!({ "file": base64(b"day,amount\n2026-10-03,1.00\n2026-10-03,\"2.00\n2026-10-03,3.00\n") }), 422, "/file", "3"),
            (json!({ "until": "2026-10-11" }), 422, "/until", "2026-10-10"),
            (json!({ "until": "2026-10-02" }), 422, "/until", "2026-10-03"),
        ] {
            let mut body = json!({ "code": "ALIPAY", "map": "date = \"day\"\namount = \"amount\"", "file": base64(b"day,amount\n2026-10-03,1.00\n") });
            for (field, value) in change.as_object().unwrap() {
                body[field] = value.clone();
            }
            let (is, answer) = once(&s, "/api/v1/properties/SH01/settlements", body).await;
            assert_eq!((is.as_u16(), answer["pointer"].as_str()), (status, Some(pointer)), "{answer}");
            assert!(answer["detail"].as_str().unwrap().contains(says), "{says}: {answer}");
        }
    }

    async fn lines_of_a_settlement_file_are_kept_each_once_whatever_other_files_say(db: TestDb) {
        let s = Server::new(db).await;
        let send = async |map: &str, file: &str| {
            let body = json!({ "code": "ALIPAY", "map": map, "file": base64(file.as_bytes()) });
            let (status, answer) = once(&s, "/api/v1/properties/SH01/settlements", body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            answer
        };
        let unknown = async || {
            let mut stakes: Vec<i64> = list(&s, "&kind=settlement_unknown&state=open").await.iter()
                .map(|found| found["stake"].as_i64().unwrap()).collect();
            stakes.sort_unstable();
            stakes
        };
        // Without a column that names them, lines of several files are several, and two that say the same in one file are two.
        let unnamed = "date = \"day\"\namount = \"amount\"\nreference = \"order\"";
        send(unnamed, "day,amount,order\n2026-10-01,3.00,A1\n2026-10-02,4.00,A2\n2026-10-02,4.00,A2\n").await;
        send(unnamed, "day,amount,order\n2026-10-03,5.00,A3\n2026-10-04,6.00,A4\n").await;
        let told = send(unnamed, "day,amount,order\n2026-10-04,6.00,A4\n").await;
        assert_eq!(told["lines"], 1);
        let open = unknown().await;
        assert!(open.contains(&300) && open.contains(&500) && open.iter().filter(|stake| **stake == 600).count() == 1, "{open:?}");
        // A line that says another date now is found there, and nowhere else.
        let named = "id = \"id\"\ndate = \"day\"\namount = \"amount\"";
        for day in ["2026-10-02", "2026-10-20", "2027-03-01", "2026-10-03"] {
            let told = send(named, &format!("id,day,amount\nK1,{day},77.00\n")).await;
            assert!(told["counts"]["unknown"].as_i64() >= Some(1), "{told:#}");
            assert_eq!(unknown().await.iter().filter(|stake| **stake == 77_00).count(), 1, "{day}");
        }
    }

    async fn a_thousand_decisions_survive_every_later_run(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let row = |place: usize| format!("T{place},2026-10-03,{}.{:02},W{place:06}\n", 100 + place, place % 100);
        let file = |lines: usize| format!("id,day,amount,order\n{}", (0..lines).map(row).collect::<String>());
        let all = async |state: &str| {
            let (mut found, mut next) = (Vec::new(), String::new());
            loop {
                let page = s.get(&format!("/api/v1/findings?property=SH01&state={state}&limit=500{next}")).await;
                found.extend(page["items"].as_array().unwrap().clone());
                let Some(cursor) = page["next"].as_str() else { return found };
                next = format!("&cursor={cursor}");
            }
        };
        assert_eq!(settled(&s, &file(1_000)).await["counts"]["unknown"], 1_000, "nothing was paid here");
        let open = all("open").await;
        assert_eq!(open.len(), 1_000);
        for (place, finding) in open.iter().enumerate() {
            let (status, answer) = once(&s, &at(finding, "/decide"), json!({ "reason": format!("agreed, {place}") })).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let decided = all("decided").await;
        assert_eq!((decided.len(), all("open").await.len()), (1_000, 0));
        // The same file twice, everything examined again, what happens followed, and a file that has a line more.
        for _ in 0..2 {
            settled(&s, &file(1_000)).await;
            let (status, refreshed) = once(&s, "/api/v1/properties/SH01/findings/refresh", json!({})).await;
            assert_eq!((status, refreshed["open"].as_i64()), (StatusCode::OK, Some(0)), "{refreshed}");
            s.book("DBL", "2026-10-05", "2026-10-06").await;
            follow(&s).await;
        }
        settled(&s, &file(1_001)).await;
        assert_eq!(all("decided").await, decided, "as they were, with who decided and when");
        let new = all("open").await;
        let new: Vec<&Value> = new.iter().filter(|found| found["kind"] == "settlement_unknown").collect();
        assert_eq!(new.len(), 1, "{new:?}");
        assert!(new[0]["evidence"].to_string().contains("ALIPAY:T1000"), "{new:?}");
    }

    async fn findings_are_counted_and_exported(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let counts = "/api/v1/properties/SH01/findings/counts";
        assert_eq!(s.get(counts).await, json!({ "property": "SH01", "open": 0, "urgent": 0, "stake": 0, "currency": "CNY", "kinds": [] }));
        let first = s.post("/api/v1/reservations", booking("DBL", "2026-10-05", "2026-10-07")).await;
        let guest = s.get(&format!("/api/v1/visits/{}", digits(&first))).await["guest"]["id"].clone();
        let mut second = booking("STE", "2026-10-05", "2026-10-07");
        second["guest"] = json!({ "id": guest });
        s.post("/api/v1/reservations", second).await;
        follow(&s).await;
        let finding = only(&s, "duplicate_booking").await;
        let counted = s.get(counts).await;
        assert_eq!((counted["open"].as_i64(), counted["stake"].clone()), (Some(1), finding["stake"].clone()));
        assert_eq!(counted["kinds"][0]["owner"], "reservations");
        let (status, text) = s.text("/api/v1/findings/export?property=SH01").await;
        assert_eq!(status, StatusCode::OK);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() == 2 && text.starts_with('\u{feff}'), "{text}");
        assert!(lines[1].contains("duplicate_booking") && lines[1].contains(finding["visit"].as_str().unwrap()), "{text}");
        // In the reader's words, with what is apart.
        let chinese = s.text("/api/v1/findings/export?property=SH01").await.1;
        assert!(chinese.contains("重复预订") && chinese.contains("未平") && chinese.contains("应为") && chinese.contains(&digits(&first)), "{chinese}");
        assert_eq!(s.text("/api/v1/findings/export?property=SH01&kind=rate").await.1.lines().count(), 1);
        // The same as a workbook: an archive.
        let (status, kind, book) = s.bytes("/api/v1/findings/export?property=SH01&format=xlsx").await;
        assert!(status == StatusCode::OK && kind.ends_with("spreadsheetml.sheet") && book.starts_with(b"PK"), "{kind}");
        assert_eq!(s.text("/api/v1/findings/export?property=XX99").await.0, StatusCode::NOT_FOUND);
        // How it went is told in order, with who decided and why.
        let at = format!("/api/v1/properties/SH01/findings/{}", finding["id"].as_str().unwrap());
        s.post(&format!("{at}/decide"), json!({ "reason": "two rooms are wanted" })).await;
        let history = s.get(&format!("{at}/history")).await;
        let steps: Vec<&str> = history.as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
        assert_eq!((steps.first(), steps.last()), (Some(&"finding.found"), Some(&"finding.decide")), "{history}");
        assert_eq!(history[0]["stake"], finding["stake"]);
        assert_eq!(history[steps.len() - 1]["reason"], "two rooms are wanted");
    }

    async fn a_rule_that_was_switched_on_corrects_once_and_in_its_own_name(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let rules = "/api/v1/properties/SH01/finding-rules";
        let on = |rules: &Value| rules.as_array().unwrap().iter().filter(|rule| rule["enabled"] == true).count();
        assert_eq!(on(&s.get(rules).await), 0, "nothing is on by itself");
        let put = async |kind: &str, enabled: bool| {
            s.send(Method::PUT, &format!("{rules}/{kind}"), Some(json!({ "enabled": enabled })), &[]).await
        };
        assert_eq!(put("duplicate_booking", true).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(put("deposit_not_applied", true).await.1["enabled"], true);
        assert_eq!(on(&s.get(rules).await), 1);

        let mut body = booking("DBL", "2026-10-03", "2026-10-04");
        body["guest"] = registered(3);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let visit = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&visit("check-in"), json!({})).await;
        s.post(&visit("deposits/pay"), json!({ "code": "CASH", "amount": 100_00 })).await;
        s.app.night_audit(Context::job("test"), "SH01", true).await.unwrap();
        follow(&s).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["booking"]["deposit_held"], 0, "it was taken off by the rule");
        let done = list(&s, "&kind=deposit_not_applied&state=resolved").await;
        assert_eq!(done.len(), 1);
        let applied = view["journal"].as_array().unwrap().iter().find(|entry| entry["action"] == "deposit.apply").unwrap();
        assert!(applied["actor"].as_str().unwrap().contains("finding_rule"), "{applied}");

        // Somebody takes it back: then a person has to decide.
        let lines = postings(&s, &number).await;
        let applied = lines.iter().find(|line| line["code"] == "DEP").unwrap();
        s.post(&visit("reversals"), json!({ "posting_id": applied["id"] })).await;
        follow(&s).await;
        let again = only(&s, "deposit_not_applied").await;
        assert_eq!((again["id"].clone(), again["reopened"].as_i64()), (done[0]["id"].clone(), Some(1)));
        assert_eq!(put("deposit_not_applied", false).await.1["enabled"], false);
        assert_eq!(on(&s.get(rules).await), 0);
    }

    async fn what_three_pay_each_a_third_is_one_charge_and_not_the_same_thrice(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-05");
        body["guest"] = registered(7);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let visit = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&visit("check-in"), json!({})).await;
        s.post(&visit("charges"), json!({ "code": "MINI", "amount": 30_00, "reference": "slip 9" })).await;
        s.app.night_audit(Context::job("test"), "SH01", true).await.unwrap();
        let lines = postings(&s, &number).await;
        let charges = ["MINI", "ROOM"].map(|code| lines.iter().find(|line| line["code"] == code).unwrap()["id"].clone());
        // A third, and half of what is left: three lines of one slip, and three of one night, at the same amount.
        for charge in &charges {
            for (window, share) in [(2, 33_33), (3, 50_00)] {
                s.post(&visit("splits"), json!({ "posting_id": charge, "to_window": window, "share": share })).await;
            }
        }
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new());
        // What is left of the first is taken back: two thirds are no doubled charge either, and no price that nobody agreed on.
        for charge in &charges {
            s.post(&visit("reversals"), json!({ "posting_id": charge })).await;
        }
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new());
    }

    async fn what_is_unusual_in_house_is_told_before_anybody_leaves(db: TestDb) {
        let s = Server::new(db).await;
        follow(&s).await;
        let mut body = booking("DBL", "2026-10-03", "2026-10-06");
        body["guest"] = registered(4);
        let number = digits(&s.post("/api/v1/reservations", body).await);
        let visit = |what: &str| format!("/api/v1/visits/{number}/{what}");
        s.post(&visit("check-in"), json!({ "room": "0401" })).await;
        for _ in 0..30 {
            s.post(&visit("charges"), json!({ "code": "MINI", "amount": 15_00 })).await;
        }
        s.app.night_audit(Context::job("test"), "SH01", true).await.unwrap();
        follow(&s).await;
        assert_eq!(list(&s, "").await, Vec::<Value>::new(), "that is usual here");
        s.post(&visit("charges"), json!({ "code": "MINI", "amount": 1_200_00 })).await;
        follow(&s).await;
        let finding = only(&s, "unusual_consumption").await;
        assert!(finding["stake"].as_i64().unwrap() > 1_100_00 && finding["severity"] == "urgent", "{finding}");

        // A companion who lives with somebody else at the same time.
        let along = registered(5);
        s.post(&visit("add-guest"), json!({ "guest": along.clone() })).await;
        let mut body = booking("DBL", "2026-10-04", "2026-10-06");
        body["guest"] = registered(6);
        let other = digits(&s.post("/api/v1/reservations", body).await);
        let named = json!({ "room": "0402", "accept_early": true, "guests": [{ "guest": registered(6) }, { "guest": along }] });
        s.post(&format!("/api/v1/visits/{other}/check-in"), named).await;
        follow(&s).await;
        let twice = list(&s, "&kind=in_house_twice").await;
        assert!(!twice.is_empty() && twice.iter().all(|found| found["severity"] == "urgent"), "{twice:#?}");
        assert!(twice[0]["evidence"].to_string().contains(&number) && twice[0]["evidence"].to_string().contains(&other));
    }
}
