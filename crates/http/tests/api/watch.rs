//! What accounts are watched for: looking people up by number, unmasking, opening many guests, canaries, roles taken in an emergency; and what auditors find of it.

use axum::http::Method;
use chrono::TimeDelta;
use hefu_app::WatchLimits;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use crate::{
    accounts::{Browser, Hotel},
    common::digits,
};

fn few() -> WatchLimits {
    WatchLimits { unmaskings_a_day: 3, look_ups_an_hour: 4, opened: 5, found: 50 }
}

async fn guest(h: &Hotel, name: &str, phone: &str) -> String {
    let guest = h.s.post("/api/v1/guests", json!({ "full_name": name, "phones": [phone] })).await;
    guest["id"].as_str().unwrap().to_owned()
}

/// What a search answered, but for how long it took.
async fn found(h: &Hotel, by: &Browser, q: &str) -> (u16, Value) {
    let answer = h.get(by, &format!("/api/v1/search?q={q}")).await;
    let mut body = answer.body;
    if let Some(fields) = body.as_object_mut() {
        fields.remove("took_us");
    }
    (answer.status, body)
}

/// The alarms there are: kind and whether it was seen.
async fn alarms(h: &Hotel, auditor: &Browser) -> Vec<String> {
    let listed = h.get(auditor, "/api/v1/alarms").await;
    assert_eq!(listed.status, 200, "{}", listed.text);
    let items = listed.body["items"].as_array().unwrap().clone();
    items.iter().rev().map(|alarm| alarm["kind"].as_str().unwrap().to_owned()).collect()
}

both_engines! {
    /// The attack that once recovered the four hidden digits of a phone.
    async fn three_thousand_searches_recover_nothing(db: TestDb) {
        let h = Hotel::new(db).await;
        let hidden = 3_151;
        guest(&h, "陶梦瑶", &format!("138{hidden:04}5678")).await;
        // Finance may search, and not by whole numbers.
        let finance = h.signed_in("finance", &[("finance", Some("SH01"))]).await;
        let shown = found(&h, &finance, "5678").await.1;
        assert_eq!(shown["guests"][0]["phone"], "+86138****5678", "{shown}");
        let nothing = found(&h, &finance, "13800005678").await;
        assert_eq!(nothing.1["guests"], json!([]));
        for guess in 0..3_152 {
            let answer = found(&h, &finance, &format!("138{guess:04}5678")).await;
            assert_eq!(answer, nothing, "{guess}");
        }
        // Nor by more of its end than is shown, nor together with a name or by comparing.
        for (hit, miss) in [("15678", "25678"), ("31515678", "41515678"), ("%2B8613831515678", "%2B8613841515678")] {
            assert_eq!(found(&h, &finance, hit).await, found(&h, &finance, miss).await, "{hit}");
        }
        let named = |digits: &str| format!("陶梦瑶%20{digits}");
        let (hit, miss) = (found(&h, &finance, &named("13831515678")).await, found(&h, &finance, &named("13841515678")).await);
        assert_eq!(hit, miss);
        assert_eq!(hit.1["guests"].as_array().unwrap().len(), 1, "by the name: {}", hit.1);
        assert_eq!(h.told("number.look_up").await, 0, "nothing was looked up");
    }

    async fn a_short_number_is_found_by_no_more_than_is_shown_of_it(db: TestDb) {
        let h = Hotel::new(db).await;
        let passport = json!({ "full_name": "Anna Schmidt", "documents": [{ "type": "passport", "number": "C01X40006" }] });
        h.s.post("/api/v1/guests", passport).await;
        let finance = h.signed_in("finance", &[("finance", Some("SH01"))]).await;
        let nothing = found(&h, &finance, "9999").await;
        assert_eq!(found(&h, &finance, "0006").await, nothing);
        let everything = h.s.get("/api/v1/search?q=0006").await;
        assert_eq!(everything["guests"].as_array().unwrap().len(), 1, "{everything}");
    }

    async fn whoever_may_look_up_is_counted_and_journalled(db: TestDb) {
        let h = Hotel::watched(db, few()).await;
        guest(&h, "陶梦瑶", "13831515678").await;
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let mut auditor = h.signed_in("audit", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        let hit = found(&h, &desk, "13831515678").await;
        assert_eq!(hit.1["guests"].as_array().unwrap().len(), 1, "{}", hit.1);
        assert_eq!(found(&h, &desk, "13841515678").await.1["guests"], json!([]));
        // Ends that are shown anyway, names and numbers of visits cost nothing.
        for q in ["5678", "陶梦瑶", "0401", "527-573-0002"] {
            assert_eq!(found(&h, &desk, q).await.0, 200, "{q}");
        }
        assert_eq!(h.told("number.look_up").await, 2);
        let profile = json!({ "full_name": "陶梦瑶", "phones": ["13831515678"] });
        assert_eq!(h.post(&desk, "/api/v1/identity/match", profile.clone()).await.body.as_array().unwrap().len(), 1);
        assert_eq!(found(&h, &desk, "31515678").await.0, 200);
        assert_eq!(h.told("number.look_up").await, 4);
        let stopped = h.get(&desk, "/api/v1/search?q=13831515678").await;
        assert_eq!(stopped.code(), (429, "too_many_attempts"));
        assert!(stopped.retry_after.is_some_and(|seconds| (3_500..=3_600).contains(&seconds)), "{:?}", stopped.retry_after);
        assert_eq!(h.post(&desk, "/api/v1/identity/match", profile).await.code(), (429, "too_many_attempts"));
        assert_eq!(found(&h, &desk, "5678").await.0, 200, "everything else goes on");
        assert_eq!(alarms(&h, &auditor).await, ["look_ups_spent"]);
        // The number is in no entry.
        let entries = h.get(&auditor, "/api/v1/journal?limit=500").await.text;
        assert!(!entries.contains("1383151") && !entries.contains("31515678"));
        h.later(TimeDelta::minutes(61));
        let desk = h.sign_in_with_factor("desk").await;
        assert_eq!(found(&h, &desk, "13831515678").await.0, 200);
    }

    /// To enter somebody is a way to ask, too: guests are recognised by their numbers.
    async fn whoever_enters_guests_without_end_is_stopped(db: TestDb) {
        let h = Hotel::watched(db, few()).await;
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let enter = async |n: usize| {
            let body = json!({ "full_name": "陶梦瑶", "phones": [format!("1383{n:03}5678")] });
            h.post(&desk, "/api/v1/guests", body).await.code().0
        };
        for n in 0..20 {
            assert_eq!(enter(n).await, 201, "{n}");
        }
        assert_eq!(enter(20).await, 429);
        // Without a number there is nothing to ask.
        assert_eq!(h.post(&desk, "/api/v1/guests", json!({ "full_name": "陶梦瑶" })).await.status, 201);
    }

    async fn a_day_has_so_many_unmaskings_and_no_more(db: TestDb) {
        let h = Hotel::watched(db, few()).await;
        let id = guest(&h, "陶梦瑶", "13831515678").await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        h.enrol(&mut desk).await;
        let mut auditor = h.signed_in("audit", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        let reveal = async |body: Value| h.post(&desk, &format!("/api/v1/guests/{id}/reveal"), body).await;
        // Only what is asked for.
        let birth = reveal(json!({ "reason": "call back", "classes": ["birth"] })).await;
        assert_eq!(birth.body["profile"]["phones"], json!(["+86138****5678"]), "{}", birth.text);
        assert_eq!(birth.body["masked"], true);
        let phone = reveal(json!({ "reason": "call back", "classes": ["phone"] })).await;
        assert_eq!(phone.body["profile"]["phones"], json!(["+8613831515678"]), "{}", phone.text);
        let wrong = reveal(json!({ "reason": "call back", "classes": ["phone", "shoes"] })).await;
        assert_eq!((wrong.code(), wrong.body["pointer"].as_str()), ((422, "invalid"), Some("/classes/1")));
        assert_eq!(reveal(json!({ "reason": "call back" })).await.body["masked"], false);
        let spent = reveal(json!({ "reason": "call back" })).await;
        assert_eq!(spent.code(), (429, "unmaskings_spent"));
        assert!(!spent.text.contains("1383151"), "{}", spent.text);
        // From 08:00 to midnight, UTC.
        assert_eq!(spent.retry_after, Some(16 * 3_600));
        assert_eq!(h.told("guest.reveal").await, 3);
        assert_eq!(alarms(&h, &auditor).await, ["unmaskings_spent"]);
        // Others have their own.
        let mut other = h.signed_in("other", &[("front_desk", Some("SH01"))]).await;
        h.enrol(&mut other).await;
        assert_eq!(h.post(&other, &format!("/api/v1/guests/{id}/reveal"), json!({ "reason": "1" })).await.status, 200);
    }

    async fn whoever_opens_many_guests_or_a_canary_raises_an_alarm(db: TestDb) {
        let h = Hotel::watched(db, few()).await;
        let mut ids = Vec::new();
        for n in 0..7 {
            ids.push(guest(&h, &format!("客{n}"), &format!("13867{n:02}4321")).await);
        }
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let mut auditor = h.signed_in("audit", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        for by in [&desk, &auditor] {
            // As often as they like, if it is the same few.
            for id in ids.iter().take(4).cycle().take(12) {
                h.get(by, &format!("/api/v1/guests/{id}")).await;
            }
        }
        assert_eq!(alarms(&h, &auditor).await, Vec::<String>::new());
        h.get(&desk, &format!("/api/v1/guests/{}", ids[4])).await;
        assert_eq!(alarms(&h, &auditor).await, Vec::<String>::new());
        h.get(&desk, &format!("/api/v1/guests/{}", ids[5])).await;
        h.get(&desk, &format!("/api/v1/guests/{}", ids[6])).await;
        assert_eq!(alarms(&h, &auditor).await, ["many_guests"], "once");

        let booked = h.s.post("/api/v1/reservations", json!({ "property": "SH01", "guest": { "profile": { "full_name": "贺兰雪" } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-04", "departure": "2026-10-05" }] })).await;
        let visit = format!("/api/v1/visits/{}", digits(&booked));
        let canary = h.s.get(&visit).await["guest"]["id"].as_str().unwrap().to_owned();
        let mark = format!("/api/v1/canaries/{canary}");
        let before = h.get(&desk, &visit).await.text;
        for (method, path) in [(Method::PUT, mark.as_str()), (Method::GET, "/api/v1/canaries"), (Method::GET, "/api/v1/alarms")] {
            let body = (method == Method::PUT).then(|| json!({}));
            assert_eq!(h.ask(&desk, method, path, body).await.code(), (403, "forbidden"), "{path}");
        }
        assert_eq!(h.ask(&auditor, Method::PUT, &mark, Some(json!({}))).await.status, 200);
        assert_eq!(h.ask(&auditor, Method::PUT, &mark, Some(json!({}))).await.status, 200, "again");
        let nobody = "/api/v1/canaries/01890000-0000-7000-8000-000000000000";
        assert_eq!(h.ask(&auditor, Method::PUT, nobody, Some(json!({}))).await.code(), (404, "not_found"));
        assert_eq!(h.get(&auditor, "/api/v1/canaries").await.body[0]["guest"], canary.as_str());
        // Found by a search it is one of many; opened it alarms, by its visit and from memory too. Nothing in an answer tells.
        found(&h, &desk, "贺兰雪").await;
        assert_eq!(alarms(&h, &auditor).await.len(), 1);
        for _ in 0..2 {
            assert_eq!(h.get(&desk, &visit).await.text, before);
        }
        assert_eq!(alarms(&h, &auditor).await, ["many_guests", "canary"]);
        let other = h.signed_in("other", &[("front_desk", Some("SH01"))]).await;
        h.get(&other, &format!("/api/v1/guests/{canary}")).await;
        assert_eq!(alarms(&h, &auditor).await, ["many_guests", "canary", "canary"]);
        h.s.get(&format!("/api/v1/guests/{canary}")).await;
        assert_eq!(alarms(&h, &auditor).await.len(), 3, "the local administrator is not watched");
        // It was told where anybody can read it that there is an alarm, and neither whose nor about whom.
        h.s.app.sequence().await.unwrap();
        let entries = h.get(&auditor, "/api/v1/journal?action=canary&limit=500").await;
        assert!(entries.body["items"].as_array().unwrap().len() == 1 && !entries.text.contains(&canary), "{}", entries.text);
        let raised = h.get(&auditor, "/api/v1/journal?action=alarm.raise").await.body;
        assert!(raised["items"].as_array().unwrap().iter().all(|entry| entry["actor"] == "watch"), "{raised}");

        // Whoever has seen it says so, once.
        let unseen = h.get(&auditor, "/api/v1/alarms?unseen=true&limit=2").await.body;
        let last = unseen["items"][0].clone();
        assert_eq!((&last["kind"], &last["guest"]), (&json!("canary"), &json!(canary)));
        let see = format!("/api/v1/alarms/{}/seen", last["id"].as_str().unwrap());
        let first = h.post(&auditor, &see, json!({})).await;
        assert_eq!((first.status, &h.post(&auditor, &see, json!({})).await.body), (200, &first.body));
        assert_eq!(h.told("alarm.see").await, 1);
        let left = h.get(&auditor, "/api/v1/alarms?unseen=true").await.body;
        assert_eq!(left["items"].as_array().unwrap().len(), 2);
        let rest = h.get(&auditor, &format!("/api/v1/alarms?limit=2&cursor={}", unseen["next"].as_str().unwrap())).await.body;
        assert_eq!(rest["items"].as_array().unwrap().len(), 1, "{rest}");
        let (_, metrics) = h.s.text("/metrics").await;
        assert!(metrics.contains("hefu_alarms_total{kind=\"canary\"} 2"), "{metrics}");
        assert_eq!(h.ask(&auditor, Method::DELETE, &mark, None).await.status, 204);
        assert_eq!(h.ask(&auditor, Method::DELETE, &mark, None).await.code(), (404, "not_found"));
        h.later(TimeDelta::minutes(61));
        let other = h.sign_in_with_factor("other").await;
        h.get(&other, &format!("/api/v1/guests/{canary}")).await;
        let auditor = h.sign_in_with_factor("audit").await;
        assert_eq!(alarms(&h, &auditor).await.len(), 3);
    }

    async fn a_role_taken_in_an_emergency_alarms_and_ends(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut manager = h.signed_in("manager", &[("manager", Some("SH01"))]).await;
        let mut auditor = h.signed_in("audit", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        let take = "/api/v1/me/emergency";
        let body = json!({ "role": "front_desk", "property": "HZ01", "minutes": 30, "reason": "night porter ill" });
        let there = "/api/v1/properties/HZ01";
        assert_eq!(h.post(&manager, take, body.clone()).await.code(), (403, "second_factor_required"));
        h.enrol(&mut manager).await;
        let with = |field: &str, value: Value| {
            let mut body = body.clone();
            body[field] = value;
            body
        };
        for (sent, code) in [
            (with("reason", json!(" ")), (422, "invalid")),
            (with("minutes", json!(61)), (422, "invalid")),
            (with("minutes", json!(0)), (422, "invalid")),
            (with("role", json!("auditor")), (409, "wrong_state")),
            (with("role", json!("administrator")), (409, "wrong_state")),
            (with("role", json!("own")), (404, "not_found")),
            (with("property", json!("XX")), (404, "not_found")),
        ] {
            assert_eq!(h.post(&manager, take, sent.clone()).await.code(), code, "{sent}");
        }
        assert_eq!(h.get(&manager, there).await.code(), (403, "forbidden"));
        assert_eq!(alarms(&h, &auditor).await, Vec::<String>::new());
        // Asked for three times at once and once more later under one key: one role is taken, and all get the same answer.
        let once = || h.post_once(&manager, take, body.clone(), "night-porter");
        let (taken, second, third) = tokio::join!(once(), once(), once());
        assert_eq!(taken.status, 201, "{}", taken.text);
        let fourth = once().await;
        for again in [second, third, fourth] {
            assert_eq!((again.status, &again.body), (201, &taken.body));
        }
        let other = with("minutes", json!(20));
        assert_eq!(h.post_once(&manager, take, other, "night-porter").await.code(), (422, "idempotency_key_reused"));
        let me = h.get(&manager, "/api/v1/me").await.body;
        let held = me["grants"].as_array().unwrap().iter().filter(|grant| grant["property"] == "HZ01").count();
        assert_eq!(held, 1, "{me}");
        assert_eq!(h.get(&manager, there).await.status, 200);
        assert_eq!(alarms(&h, &auditor).await, ["emergency"]);
        assert_eq!(h.told("emergency.take").await, 1);
        // It ends by itself.
        h.later(TimeDelta::minutes(29));
        assert_eq!(h.get(&manager, there).await.status, 200);
        h.later(TimeDelta::minutes(2));
        assert_eq!(h.get(&manager, there).await.code(), (403, "forbidden"));
        let manager = h.sign_in_with_factor("manager").await;
        let taken = h.post(&manager, take, body.clone()).await.body["id"].as_str().unwrap().to_owned();
        assert_eq!(h.get(&manager, there).await.status, 200);
        assert_eq!(h.ask(&manager, Method::DELETE, &format!("{take}/{taken}"), None).await.status, 204);
        assert_eq!(h.get(&manager, there).await.code(), (403, "forbidden"));
        assert_eq!(h.ask(&manager, Method::DELETE, &format!("{take}/{taken}"), None).await.code(), (404, "not_found"));
        // What somebody else granted is ended by whoever grants.
        let own = h.get(&manager, "/api/v1/me").await.body["grants"].as_array().unwrap().clone();
        let own = own.iter().find(|grant| grant["property"] == "SH01").unwrap()["id"].as_str().unwrap().to_owned();
        assert_eq!(h.ask(&manager, Method::DELETE, &format!("{take}/{own}"), None).await.code(), (404, "not_found"));
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        assert_eq!(h.post(&desk, take, body).await.code(), (403, "forbidden"));
    }

    /// A record that is looked at is told of once for each reader, day and address, and an auditor finds who it was, when, and from where.
    async fn who_opened_whose_record_is_journalled_and_found(db: TestDb) {
        const ELSEWHERE: &str = "198.51.100.9";
        let h = Hotel::new(db).await;
        let number = h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        let visit = format!("/api/v1/visits/{number}");
        let id = h.s.get(&visit).await["guest"]["id"].as_str().unwrap().to_owned();
        let of_guest = format!("/api/v1/guests/{id}");
        let other = guest(&h, "陶梦瑶", "13800001111").await;
        let desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        let there = h.signed_in("desk.hz", &[("front_desk", Some("HZ01"))]).await;
        let mut auditor = h.signed_in("audit", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        let me = h.get(&desk, "/api/v1/me").await.body["id"].as_str().unwrap().to_owned();
        h.s.get(&visit).await;
        assert_eq!(h.told("record.open").await, 0, "the local administrator is nobody's account");

        let shown = h.get(&desk, &visit).await.text;
        for _ in 0..3 {
            // It is no change of the record: the text is the same, and the record's own journal does not have it.
            assert_eq!(h.get(&desk, &visit).await.text, shown);
        }
        assert_eq!(h.told("record.open").await, 1);
        assert_eq!(h.get(&desk, &of_guest).await.status, 200);
        assert_eq!(h.ask_from(ELSEWHERE, &desk, Method::GET, &visit, None).await.status, 200);
        assert_eq!(h.get(&desk, &format!("/api/v1/guests/{other}")).await.status, 200);
        assert_eq!(h.get(&there, &visit).await.code(), (403, "forbidden"));
        // Lists and searches open nothing.
        found(&h, &desk, &number).await;
        assert_eq!(h.told("record.open").await, 4);
        h.later(TimeDelta::days(1));
        let desk = h.sign_in("desk").await;
        assert_eq!(h.get(&desk, &visit).await.status, 200);
        assert_eq!(h.told("record.open").await, 5);

        let auditor = h.sign_in_with_factor("audit").await;
        let list = async |query: &str| {
            let answer = h.get(&auditor, &format!("/api/v1/journal?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text);
            answer.body
        };
        let entries = list(&format!("opened={id}")).await["items"].as_array().unwrap().clone();
        let told: Vec<(&str, &str)> = entries.iter()
            .map(|entry| (entry["subject_kind"].as_str().unwrap(), entry["address"].as_str().unwrap())).collect();
        assert_eq!(told, [("visit", "192.0.2.7"), ("visit", ELSEWHERE), ("guest", "192.0.2.7"), ("visit", "192.0.2.7")], "{entries:?}");
        assert!(entries.iter().all(|entry| entry["action"] == "record.open" && entry["actor"] == format!("staff:{me}")), "{entries:?}");
        // Of the visit alone; page by page; of whom else, and when else.
        let count = |page: &Value| page["items"].as_array().unwrap().len();
        assert_eq!(count(&list(&format!("opened={number}")).await), 3);
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&format!("opened={id}&limit=2{cursor}")).await;
            paged.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(paged, entries);
        assert_eq!(count(&list(&format!("opened={other}")).await), 1);
        assert_eq!(count(&list(&format!("opened={id}&actor=staff:{other}")).await), 0);
        let today = h.now().format("%Y-%m-%dT00:00:00Z");
        assert_eq!(count(&list(&format!("opened={id}&from={today}")).await), 1);
        // From where somebody signed in is told, too.
        assert_eq!(list("action=session.begin&limit=1").await["items"][0]["address"], "192.0.2.7");
        assert_eq!(h.get(&desk, &format!("/api/v1/journal?opened={id}")).await.code(), (403, "forbidden"));
    }

    async fn auditors_look_for_entries_by_who_what_where_and_when(db: TestDb) {
        let h = Hotel::new(db).await;
        let mut desk = h.signed_in("desk", &[("front_desk", Some("SH01"))]).await;
        h.enrol(&mut desk).await;
        let mut auditor = h.signed_in("audit", &[("auditor", None)]).await;
        h.enrol(&mut auditor).await;
        let me = h.get(&desk, "/api/v1/me").await.body["id"].as_str().unwrap().to_owned();
        let began = h.now();
        let mut guests = Vec::new();
        for n in 0..3 {
            guests.push(guest(&h, &format!("客{n}"), &format!("13867{n:02}4321")).await);
            h.later(TimeDelta::minutes(1));
            h.post(&desk, &format!("/api/v1/guests/{}/reveal", guests[n]), json!({ "reason": "call" })).await;
        }
        h.s.book("DBL", "2026-10-04", "2026-10-06").await;
        h.s.app.sequence().await.unwrap();
        let list = async |query: &str| {
            let answer = h.get(&auditor, &format!("/api/v1/journal?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.text);
            answer.body
        };
        let actions = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
        };
        let actor = format!("actor=staff:{me}");
        let by_desk = actions(&list(&format!("{actor}&limit=500")).await);
        assert!(by_desk.len() > 5 && by_desk.iter().filter(|action| *action == "guest.reveal").count() == 3, "{by_desk:?}");
        assert_eq!(actions(&list(&format!("{actor}&action=guest.")).await), ["guest.reveal"; 3]);
        assert_eq!(actions(&list("action=guest.reveal").await), ["guest.reveal"; 3]);
        let guest_entries = actions(&list("action=guest.").await);
        assert!(guest_entries.len() >= 6 && guest_entries.iter().all(|action| action.starts_with("guest.")), "{guest_entries:?}");
        assert_eq!(actions(&list("action=nothing.such").await), Vec::<String>::new());
        // By time, to the second.
        let utc = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (from, to) = (utc(began + TimeDelta::seconds(90)), utc(began + TimeDelta::seconds(150)));
        assert_eq!(actions(&list(&format!("action=guest.reveal&from={from}&to={to}")).await), ["guest.reveal"]);
        assert_eq!(actions(&list(&format!("action=guest.reveal&from={to}&to={from}")).await), Vec::<String>::new());
        // By property, page by page, and together all that there is.
        let everywhere = actions(&list("property=SH01&limit=500").await);
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&format!("property=SH01&limit=2{cursor}")).await;
            paged.extend(actions(&page));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert!(everywhere.len() > 5 && paged == everywhere, "{paged:?}\n{everywhere:?}");
        assert_eq!(actions(&list("property=HZ01&action=room.").await), Vec::<String>::new());
        assert_eq!(h.get(&desk, "/api/v1/journal?action=guest.").await.code(), (403, "forbidden"));
        // An entry's leaf is for whoever may see the entry.
        assert_eq!(h.get(&desk, "/api/v1/journal/0/proof").await.code(), (403, "forbidden"));
    }
}
