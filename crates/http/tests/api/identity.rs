//! One guest, one identity: recognised at entry, joined, taken apart again, reviewed, over HTTP on both engines.

use std::collections::BTreeSet;

use crate::common::{Server, digits};
use axum::http::{Method, StatusCode};
use chrono::{Days, NaiveDate, TimeDelta};
use hefu_identity::matching::Model;
use hefu_synthetic::People;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

fn id(guest: &Value) -> &str {
    guest["id"].as_str().unwrap()
}

async fn guest(s: &Server, profile: Value) -> String {
    id(&s.post("/api/v1/guests", profile).await).to_owned()
}

/// Books from `arrival` to `departure` for a guest that is known; answers the number.
async fn book(s: &Server, guest: &str, arrival: &str, departure: &str) -> String {
    let body = json!({
        "property": "SH01", "guest": { "id": guest },
        "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": arrival, "departure": departure }],
    });
    digits(&s.post("/api/v1/reservations", body).await)
}

async fn merge(s: &Server, survivor: &str, merged: &str) -> Value {
    s.post(&format!("/api/v1/guests/{survivor}/merge"), json!({ "merged": merged })).await
}

async fn undo(s: &Server, merge: &Value) -> Value {
    let id = merge["merge"]["id"].as_str().unwrap();
    s.post(&format!("/api/v1/identity/merges/{id}/undo"), json!({})).await
}

/// The guest that an id leads to.
async fn guest_id(s: &Server, guest: &str) -> String {
    let golden = s.get(&format!("/api/v1/guests/{guest}/golden")).await;
    id(&golden["guest"]).to_owned()
}

/// The guest whom a visit is read as.
async fn guest_of(s: &Server, number: &str) -> String {
    id(&s.get(&format!("/api/v1/visits/{number}")).await["guest"]).to_owned()
}

/// By this one the desk recognises nobody: as if guests had come from several systems.
fn strict() -> Model {
    const SURE: f64 = 0.999_999_999_999_999;
    Model {
        link_from: SURE,
        link_contradicting_from: SURE,
        review_from: 0.999_999_999_999_99,
        ..Model::default()
    }
}

both_engines! {
    async fn in_a_new_house_no_name_is_frequent(db: TestDb) {
        let s = Server::new(db).await;
        let passport = json!([{ "type": "passport", "number": "E91234509" }]);
        let one = guest(&s, json!({ "full_name": "李秀英", "documents": passport })).await;
        // Of one guest every name would be everybody's.
        s.app.learn_frequencies(None).await.unwrap();
        assert_eq!(guest(&s, json!({ "full_name": "LI Xiuying", "documents": passport })).await, one);
    }

    async fn whoever_is_known_is_recognised(db: TestDb) {
        let s = Server::new(db).await;
        let wei = guest(&s, json!({ "full_name": "张伟", "birth": "1986-10-03", "phones": ["13800138000"] })).await;
        // Typed another way, at another desk, with something new.
        let again = json!({ "full_name": "ZHANG Wei", "birth": "1986-10-03", "phones": ["+86 138 0013 8000"],
            "emails": ["wei@example.com"] });
        assert_eq!(guest(&s, again).await, wei);
        let golden = s.get(&format!("/api/v1/guests/{wei}/golden")).await;
        assert_eq!(golden["guest"]["profile"]["emails"].as_array().unwrap().len(), 1);
        let origins = golden["origins"].as_array().unwrap();
        assert!(origins.iter().any(|origin| origin["field"] == "emails[0]" && origin["system"] == "hefu"));
        assert_eq!(s.get(&format!("/api/v1/guests/{wei}/sources")).await.as_array().unwrap().len(), 2);
        // In the same words once more: nothing is added.
        let same = json!({ "full_name": "张伟", "birth": "1986-10-03", "phones": ["13800138000"] });
        assert_eq!(guest(&s, same).await, wei);
        assert_eq!(s.get(&format!("/api/v1/guests/{wei}/sources")).await.as_array().unwrap().len(), 2);
    }

    async fn families_and_namesakes_stay_apart(db: TestDb) {
        let s = Server::new(db).await;
        let father = guest(&s, json!({ "full_name": "王建国", "birth": "1960-02-01", "phones": ["13911112222"] })).await;
        let son = guest(&s, json!({ "full_name": "王建国", "birth": "1988-07-15", "phones": ["13911112222"] })).await;
        let wife = guest(&s, json!({ "full_name": "李秀英", "birth": "1961-05-05", "phones": ["13911112222"] })).await;
        let namesake = guest(&s, json!({ "full_name": "王建国" })).await;
        let twins = [
            guest(&s, json!({ "full_name": "周大双", "birth": "1990-03-03", "phones": ["13733334444"] })).await,
            guest(&s, json!({ "full_name": "周小双", "birth": "1990-03-03", "phones": ["13733334444"] })).await,
        ];
        let mut all = vec![father, son, wife, namesake];
        all.extend(twins);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 6, "six people");
    }

    async fn a_source_leads_to_one_guest_always(db: TestDb) {
        let s = Server::new(db).await;
        let source = json!({ "system": "ctrip", "external_id": "C-77" });
        let one = guest(&s, json!({ "full_name": "陈静", "phones": ["13512340001"], "source": source })).await;
        // The same record with another name and phone: the other system changed it.
        let again = guest(&s, json!({ "full_name": "陈静怡", "phones": ["13512340002"], "source": source })).await;
        assert_eq!(one, again);
        let sources = s.get(&format!("/api/v1/guests/{one}/sources")).await;
        assert_eq!(sources.as_array().unwrap().len(), 1);
        let profile = &s.get(&format!("/api/v1/guests/{one}")).await["profile"];
        assert_eq!(profile["full_name"], "陈静怡");
        let (status, code) = s.refused("/api/v1/guests",
            json!({ "full_name": "X", "source": { "system": "desk", "external_id": "1" } })).await;
        assert_eq!((status, code.as_str()), (422, "invalid"));
    }

    async fn two_desks_that_enter_a_new_guest_at_once_get_one(db: TestDb) {
        let s = Server::new(db).await;
        for round in 0..5 {
            let profile = json!({ "full_name": "欧阳修远", "birth": "1979-01-02", "phones": [format!("1381171902{round}")],
                "documents": [{ "number": format!("E1234567{round}"), "type": "passport" }] });
            let other = json!({ "full_name": "OUYANG Xiuyuan", "birth": "1979-01-02",
                "phones": [format!("1381171902{round}")],
                "documents": [{ "number": format!("E1234567{round}"), "type": "passport" }] });
            let send = |body: &Value| s.send(Method::POST, "/api/v1/guests", Some(body.clone()), &[]);
            let answers = futures_util::future::join_all(
                [&profile, &other, &profile, &other, &profile, &other, &profile, &other].map(send),
            ).await;
            for (status, answer) in &answers {
                assert_eq!(*status, StatusCode::CREATED, "{answer}");
                assert_eq!(answer["id"], answers[0].1["id"], "round {round}");
            }
        }
    }

    async fn two_desks_do_not_give_one_guest_two_resident_numbers_at_once(db: TestDb) {
        let s = Server::new(db).await;
        let people = People::new(3);
        for index in 0..8 {
            let person = people.person(index, Some("CHN"));
            let (name, birth, phone) = (&person.full_name, person.birth, &person.phone);
            let email = format!("guest{index}@example.com");
            let known = guest(&s, json!({ "full_name": name, "birth": birth, "phones": [phone], "emails": [email] })).await;
            // Each by another contact, so that neither waits for the other.
            let by_phone = json!({ "full_name": name, "birth": birth, "phones": [phone],
                "documents": [{ "number": "110105197901020012", "type": "resident_id" }] });
            let by_email = json!({ "full_name": name, "birth": birth, "emails": [email],
                "documents": [{ "number": "310101197901020014", "type": "resident_id" }] });
            let send = |body: &Value| s.send(Method::POST, "/api/v1/guests", Some(body.clone()), &[]);
            let answers = futures_util::future::join_all([&by_phone, &by_email].map(send)).await;
            let ids: Vec<&str> = answers.iter().map(|(status, answer)| {
                assert_eq!(*status, StatusCode::CREATED, "{answer}");
                id(answer)
            }).collect();
            assert_ne!(ids[0], ids[1], "{index}");
            assert!(ids.contains(&known.as_str()), "who came first was recognised: {answers:?}");
            // Nobody has these numbers when the next come.
            for id in ids {
                let bare = json!({ "full_name": name, "birth": birth });
                let (status, answer) = s.send(Method::PUT, &format!("/api/v1/guests/{id}"), Some(bare), &[]).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
            }
        }
    }

    async fn who_has_several_names_is_recognised_by_each(db: TestDb) {
        let s = Server::new(db).await;
        let profile = json!({ "full_name": "Anna Schmidt", "other_names": [" Anna Weber ", "Anna Schmidt"],
            "birth": "1985-06-12", "phones": ["+49 151 23456789"] });
        let anna = guest(&s, profile).await;
        let view = s.get(&format!("/api/v1/guests/{anna}")).await;
        assert_eq!(view["profile"]["other_names"], json!(["Anna Weber"]));
        for (name, is_her) in [("Anna Weber", true), ("WEBER/ANNA", true), ("Anna Schmidt", true), ("Klara Jensen", false)] {
            let known = json!({ "full_name": name, "birth": "1985-06-12", "phones": ["+49 151 23456789"] });
            assert_eq!(guest(&s, known).await == anna, is_her, "{name}");
        }
        let refused = [json!({ "full_name": "A", "other_names": ["B", " "] }), json!({ "full_name": "A", "other_names": vec!["B"; 21] })];
        for (body, at) in refused.into_iter().zip(["/other_names/1", "/other_names"]) {
            let (status, answer) = s.send(Method::POST, "/api/v1/guests", Some(body), &[]).await;
            assert_eq!((status, answer["code"].as_str(), answer["pointer"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("invalid"), Some(at)), "{answer}");
        }
    }

    async fn two_bookings_and_two_check_ins_of_a_new_guest_at_once_get_one(db: TestDb) {
        let s = Server::new(db).await;
        let rounds = [
            // Two ways to write one person, at two desks: a phone and the name, and a document beside them.
            [json!({ "full_name": "欧阳修远", "phones": ["13811719020"] }), json!({ "full_name": "欧阳 修远", "phones": ["+86 138 1171 9020"] })],
            [
                json!({ "full_name": "Anna Beispiel", "phones": ["13811719021"], "documents": [{ "type": "passport", "number": "C01X00T47" }] }),
                json!({ "full_name": "BEISPIEL Anna", "phones": ["13811719021"], "documents": [{ "type": "passport", "number": "C01X00T47" }] }),
            ],
        ];
        let send = async |path: &str, body: Value| {
            let (status, answer) = s.send(Method::POST, path, Some(body), &[]).await;
            assert!(status.is_success(), "{status} {answer}");
            answer
        };
        for (profiles, day) in rounds.iter().zip(10..) {
            let book = |profile: &Value| json!({ "property": "SH01", "guest": { "profile": profile },
                "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": format!("2026-10-{day}"), "departure": format!("2026-10-{}", day + 1) }] });
            let of = [0, 1, 0, 1].map(|way| send("/api/v1/reservations", book(&profiles[way])));
            let booked = futures_util::future::join_all(of).await;
            let first = guest_of(&s, &digits(&booked[0])).await;
            for answer in &booked {
                assert_eq!(guest_of(&s, &digits(answer)).await, first);
            }
        }

        // Who is with them is new, too, and stands at both desks, once before and once behind somebody else who does.
        let with = [
            [json!({ "full_name": "司马光远", "phones": ["13811719030"] }), json!({ "full_name": "司马 光远", "phones": ["+86 13811719030"] })],
            [json!({ "full_name": "Karl Beispiel", "phones": ["13811719031"] }), json!({ "full_name": "BEISPIEL Karl", "phones": ["13811719031"] })],
        ];
        let mut at = Vec::new();
        for (name, phone) in [("王建国", "13811719040"), ("李秀英", "13811719041")] {
            let booker = guest(&s, json!({ "full_name": name, "phones": [phone] })).await;
            at.push(format!("/api/v1/visits/{}/check-in", book(&s, &booker, "2026-10-03", "2026-10-04").await));
        }
        let people = |order: [usize; 2], way: usize| json!({ "guests": order.map(|who| json!({ "guest": { "profile": with[who][way] } })) });
        tokio::join!(send(&at[0], people([0, 1], 0)), send(&at[1], people([1, 0], 1)));
        let mut ids = Vec::new();
        for path in &at {
            let visit = s.get(path.trim_end_matches("/check-in")).await;
            let guests = visit["stay"][0]["guests"].as_array().unwrap();
            let mut of_visit: Vec<String> = guests.iter().map(|person| id(&person["guest"]).to_owned()).collect();
            of_visit.sort();
            ids.push(of_visit);
        }
        assert_eq!((ids[0].len(), &ids[0]), (2, &ids[1]));
    }

    async fn an_agencys_phone_makes_nobody_one(db: TestDb) {
        let s = Server::new(db).await;
        let people = People::new(11);
        let names: BTreeSet<String> = (0..).map(|i| people.person(i, None).full_name).take(100).collect();
        let mut guests = BTreeSet::new();
        for (i, name) in (0..).zip(&names) {
            // What the desk knows of how frequent values are is learnt again now and then.
            if i == 50 {
                s.app.learn_frequencies(None).await.unwrap();
            }
            let arrival = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap() + Days::new(i);
            // Of some the birth date is known.
            let birth = (i % 5 == 0).then(|| NaiveDate::from_ymd_opt(1960, 3, 5).unwrap() + Days::new(i * 97));
            let profile = json!({ "full_name": name, "phones": ["13761023948"], "birth": birth });
            let body = json!({ "property": "SH01", "guest": { "profile": profile },
                "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": arrival, "departure": arrival + Days::new(1) }] });
            guests.insert(guest_of(&s, &digits(&s.post("/api/v1/reservations", body).await)).await);
        }
        assert_eq!(guests.len(), names.len());
        s.app.resolve_guests(None, false).await.unwrap();
        for guest in &guests {
            assert_eq!(&guest_id(&s, guest).await, guest);
        }
    }

    async fn a_number_that_nobody_has_is_refused(db: TestDb) {
        let s = Server::new(db).await;
        // A wrong check digit, no province, born in 2099.
        for number in ["110105194912310021", "00000019861003001X", "110105209910030015"] {
            let profile = json!({ "full_name": "张伟", "documents": [{ "type": "resident_id", "number": number }] });
            let (status, answer) = s.send(Method::POST, "/api/v1/guests", Some(profile), &[]).await;
            assert_eq!((status.as_u16(), &answer["code"], &answer["pointer"]), (422, &json!("invalid"), &json!("/documents/0/number")), "{answer}");
            assert!(!answer.to_string().contains(number), "{answer}");
        }
        guest(&s, json!({ "full_name": "张伟" })).await;
    }

    async fn a_join_is_previewed_made_and_undone(db: TestDb) {
        let s = Server::new(db).await;
        let a = guest(&s, json!({ "full_name": "赵敏", "birth": "1985-05-05", "phones": ["13612345801"],
            "consents": [{ "purpose": "marketing", "given": true, "on": "2026-01-01" }] })).await;
        let b = guest(&s, json!({ "full_name": "赵敏", "phones": ["13987650234"], "city": "杭州",
            "consents": [{ "purpose": "marketing", "given": false, "on": "2026-02-01" }] })).await;
        assert_ne!(a, b);
        let (of_a, of_b) = (book(&s, &a, "2026-10-04", "2026-10-05").await, book(&s, &b, "2026-10-06", "2026-10-07").await);

        s.post(&format!("/api/v1/visits/{of_b}/charges"), json!({ "code": "MINI", "amount": 12_50 })).await;

        let preview = s.get(&format!("/api/v1/guests/{a}/merge/{b}")).await;
        assert_eq!((&preview["survivor"]["visits"], &preview["merged"]["visits"]), (&json!(1), &json!(1)));
        assert_eq!((&preview["merged"]["folios"], &preview["merged"]["balances"]), (&json!(1), &json!([{ "minor": 13_25, "currency": "CNY" }])));
        assert_eq!((&preview["survivor"]["consents"], &preview["survivor"]["balances"]), (&json!(1), &json!([])));
        assert_eq!((&preview["survivor"]["folios"], &preview["merged"]["sources"]), (&json!(0), &json!(1)));
        assert_eq!(preview["result"]["profile"]["phones"].as_array().unwrap().len(), 2);
        assert_eq!(preview["result"]["profile"]["consents"][0]["given"], false, "the newest decision");
        assert_eq!(preview["result"]["profile"]["city"], "杭州");
        assert!(preview["likeness"]["en"].as_str().unwrap().contains("same"));
        assert_eq!(guest_of(&s, &of_b).await, b, "a preview changes nothing");

        let merged = merge(&s, &a, &b).await;
        assert_eq!(merged["guest"]["profile"], preview["result"]["profile"]);
        assert_eq!((guest_of(&s, &of_a).await, guest_of(&s, &of_b).await), (a.clone(), a.clone()));
        let (status, _) = s.send(Method::GET, &format!("/api/v1/guests/{b}"), None, &[]).await;
        assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
        let found = s.get("/api/v1/search?q=13987650234").await;
        assert!(found.to_string().contains(&a) && !found.to_string().contains(&b), "{found}");
        let (status, code) = s.refused(&format!("/api/v1/guests/{a}/merge"), json!({ "merged": b })).await;
        assert_eq!((status, code.as_str()), (409, "wrong_state"));

        // Afterwards both go on: what is booked under either id belongs to that one.
        let later = book(&s, &a, "2026-10-08", "2026-10-09").await;
        let by_phone_of_b = digits(&s.post("/api/v1/reservations", json!({
            "property": "SH01", "guest": { "profile": { "full_name": "赵敏", "phones": ["13987650234"], "city": "杭州",
            "consents": [{ "purpose": "marketing", "given": false, "on": "2026-02-01" }] } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-10", "departure": "2026-10-11" }],
        })).await);

        let undone = undo(&s, &merged).await;
        assert_eq!((id(&undone["guest"]), id(&undone["apart"])), (a.as_str(), b.as_str()));
        assert_eq!(undone["guest"]["profile"]["phones"].as_array().unwrap().len(), 1);
        assert_eq!(undone["guest"]["profile"]["consents"][0]["given"], true);
        assert_eq!(undone["guest"]["profile"].get("city"), None);
        for (number, whose) in [(&of_a, &a), (&of_b, &b), (&later, &a), (&by_phone_of_b, &b)] {
            assert_eq!(&guest_of(&s, number).await, whose, "{number}");
        }
        assert_eq!(id(&s.get(&format!("/api/v1/guests/{b}")).await), b);
        let history = s.get(&format!("/api/v1/guests/{b}/identity")).await;
        assert_eq!(history["pairs"][0]["state"], "different", "never joined by the model again");
        assert!(history["merges"][0]["undone_at"].is_string());
        let (status, code) = s.refused(
            &format!("/api/v1/identity/merges/{}/undo", merged["merge"]["id"].as_str().unwrap()), json!({})).await;
        assert_eq!((status, code.as_str()), (409, "wrong_state"));
    }

    async fn an_early_join_is_undone_after_later_ones(db: TestDb) {
        let s = Server::new(db).await;
        let mut guests = Vec::new();
        for (i, name) in ["甲一", "乙二", "丙三", "丁四"].iter().enumerate() {
            guests.push(guest(&s, json!({ "full_name": format!("{name}明"), "phones": [format!("1370571432{i}")] })).await);
        }
        let [a, b, c, d] = &guests[..] else { unreachable!() };
        let of_c = book(&s, c, "2026-10-04", "2026-10-05").await;
        let of_b = book(&s, b, "2026-10-05", "2026-10-06").await;
        // C into B, B into A, A into D.
        let c_in_b = merge(&s, b, c).await;
        let b_in_a = merge(&s, a, b).await;
        let a_in_d = merge(&s, d, a).await;
        for number in [&of_c, &of_b] {
            assert_eq!(&guest_of(&s, number).await, d);
        }
        // The one in the middle: B and what B had taken in stand for themselves, A stays with D.
        undo(&s, &b_in_a).await;
        assert_eq!(&guest_of(&s, &of_b).await, b);
        assert_eq!(&guest_of(&s, &of_c).await, b);
        let golden = s.get(&format!("/api/v1/guests/{d}/golden")).await;
        assert_eq!(golden["ids"], json!([a]));
        undo(&s, &c_in_b).await;
        assert_eq!(&guest_of(&s, &of_c).await, c);
        undo(&s, &a_in_d).await;
        for (i, guest) in guests.iter().enumerate() {
            let now = s.get(&format!("/api/v1/guests/{guest}/golden")).await;
            assert_eq!((now["ids"].clone(), now["guest"]["profile"]["phones"].as_array().unwrap().len()), (json!([]), 1), "{i}");
        }
    }

    async fn points_are_neither_lost_nor_doubled(db: TestDb) {
        let s = Server::new(db).await;
        let a = guest(&s, json!({ "full_name": "孙丽", "phones": ["13412345801"] })).await;
        let b = guest(&s, json!({ "full_name": "孙莉莉", "phones": ["13598127634"] })).await;
        let card = |guest: &str| format!("/api/v1/guests/{guest}/membership");
        let of_a = s.post(&card(&a), json!({})).await;
        let of_b = s.post(&card(&b), json!({})).await;
        for (member, points) in [(&of_a, 300), (&of_b, 500)] {
            let path = format!("/api/v1/members/{}/adjust", member["number"].as_str().unwrap());
            s.post(&path, json!({ "points": points, "reason": "test", "key": "k" })).await;
        }
        let merged = merge(&s, &a, &b).await;
        let preview_points: i64 = 800;
        // Spent by a visit of the joined guest: its own first, then the other's.
        let number = book(&s, &b, "2026-10-03", "2026-10-04").await;
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": "auto", "accept_early": true })).await;
        s.post(&format!("/api/v1/visits/{number}/redeem-points"), json!({ "points": 600 })).await;
        let (status, code) = s.refused(&format!("/api/v1/visits/{number}/redeem-points"), json!({ "points": 300 })).await;
        assert_eq!((status, code.as_str()), (409, "not_enough_points"));
        undo(&s, &merged).await;
        let points = |member: Value| member["membership"]["points"].as_i64().unwrap();
        let (left_a, left_b) = (points(s.get(&card(&a)).await), points(s.get(&card(&b)).await));
        assert_eq!((left_a, left_b), (200, 0));
        assert_eq!(left_a + left_b, preview_points - 600);
    }

    async fn in_doubt_a_person_is_asked_once(db: TestDb) {
        let s = Server::new(db).await;
        // One phone and nearly one name, and nothing else: perhaps.
        let one = guest(&s, json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"] })).await;
        let two = guest(&s, json!({ "full_name": "Anne Schmitt", "phones": ["+49 151 23456789"] })).await;
        if one == two {
            panic!("too sure");
        }
        let queue = s.get("/api/v1/identity/queue").await;
        let pairs = queue["items"].as_array().unwrap();
        assert_eq!(pairs.len(), 1, "{queue}");
        assert!(pairs[0]["likeness"]["code"].as_str().unwrap().contains("phone.same"));
        let decision = json!({ "one": one, "two": two, "same": false });
        s.post("/api/v1/identity/decisions", decision).await;
        assert_eq!(s.get("/api/v1/identity/queue").await["items"], json!([]));
        // New evidence does not bring the question back.
        s.post("/api/v1/guests", json!({ "full_name": "Anne Schmitt", "phones": ["+49 151 23456789"], "city": "Berlin" })).await;
        assert_eq!(s.get("/api/v1/identity/queue").await["items"], json!([]));
        // A person who changes their mind can still join them.
        let merged = s.post("/api/v1/identity/decisions", json!({ "one": two, "two": one, "same": true })).await;
        assert_eq!(id(&merged["merged"]["guest"]), one.as_str());
    }

    async fn what_was_said_of_a_guest_holds_for_all_who_are_read_as_it(db: TestDb) {
        let s = Server::new(db).await;
        let mut ids = Vec::new();
        for name in ["Anna Schmidt", "Anne Schmitt", "Anno Schmist"] {
            ids.push(guest(&s, json!({ "full_name": name, "phones": ["+49 151 23456789"] })).await);
        }
        let queue = s.get("/api/v1/identity/queue").await;
        assert_eq!(queue["items"].as_array().unwrap().len(), 3, "{queue}");
        let done = s.post("/api/v1/identity/decisions", json!({ "one": ids[0], "two": ids[1], "same": true })).await;
        let queue = s.get("/api/v1/identity/queue").await;
        assert_eq!(queue["items"].as_array().unwrap().len(), 1, "{queue}");
        let booked = book(&s, &ids[0], "2026-10-04", "2026-10-06").await;
        let theirs = book(&s, &ids[2], "2026-10-04", "2026-10-06").await;
        let duplicates = async |number: &str| s.get(&format!("/api/v1/visits/{number}/duplicates")).await.as_array().unwrap().len();
        assert_eq!((duplicates(&booked).await, duplicates(&theirs).await), (1, 1), "perhaps the same");
        // Both questions about the third are answered at once.
        s.post("/api/v1/identity/decisions", json!({ "one": ids[1], "two": ids[2], "same": false })).await;
        let is_settled = async || {
            assert_eq!(s.get("/api/v1/identity/queue").await["items"], json!([]));
            assert_eq!(s.app.identity_report().await.unwrap().queue, 0);
            assert_eq!((duplicates(&booked).await, duplicates(&theirs).await), (0, 0));
        };
        is_settled().await;
        // Apart again, each of them is still somebody else than the third.
        undo(&s, &done["merged"]).await;
        is_settled().await;
        for id in &ids {
            let again = json!({ "full_name": "Anna Schmitt", "phones": ["+49 151 23456789"], "city": id });
            let mut profile = s.post(&format!("/api/v1/guests/{id}/reveal"), json!({ "reason": "test" })).await["profile"].clone();
            profile["city"] = again["city"].clone();
            assert_eq!(s.send(Method::PUT, &format!("/api/v1/guests/{id}"), Some(profile), &[]).await.0, StatusCode::OK);
        }
        is_settled().await;
    }

    async fn what_was_asked_of_one_of_two_is_asked_again_when_they_are_set_apart(db: TestDb) {
        let s = Server::new(db).await;
        let one = guest(&s, json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"] })).await;
        let two = guest(&s, json!({ "full_name": "Anne Schmitt", "birth": "1990-01-01", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "L98V55K31", "type": "passport" }] })).await;
        let third = json!({ "full_name": "Anna Schmidt", "birth": "1951-02-03",
            "documents": [{ "number": "C01X00T47", "type": "passport" }] });
        let third_id = guest(&s, third.clone()).await;
        let asked = async || {
            let queue = s.get("/api/v1/identity/queue").await;
            let pair = |item: &Value| [id(&item["one"]).to_owned(), id(&item["two"]).to_owned()];
            queue["items"].as_array().unwrap().iter().map(pair).collect::<Vec<_>>()
        };
        let question = [one.clone(), two.clone()];
        assert!(asked().await.contains(&question));
        let merged = merge(&s, &one, &third_id).await;
        // Something new of her: by her birth date she is not the other.
        let mut more = third;
        more["emails"] = json!(["anna@example.com"]);
        assert_eq!(guest_id(&s, &guest(&s, more).await).await, one);
        assert!(!asked().await.contains(&question), "pointless by now");
        undo(&s, &merged).await;
        assert!(asked().await.contains(&question), "the birth date is the third's");
    }

    async fn of_father_or_son_nobody_guesses_which(db: TestDb) {
        let s = Server::new(db).await;
        let person = |birth: Option<&str>| json!({ "full_name": "王建国", "birth": birth, "phones": ["13911112222"] });
        let father = guest(&s, person(Some("1960-02-01"))).await;
        let son = guest(&s, person(Some("1988-07-15"))).await;
        let other = guest(&s, person(None)).await;
        assert!(other != father && other != son, "either of them");
        let asked = async || {
            let queue = s.get("/api/v1/identity/queue").await;
            let pair = |item: &Value| (id(&item["one"]).to_owned(), id(&item["two"]).to_owned());
            let pairs: Vec<_> = queue["items"].as_array().unwrap().iter().map(pair).collect();
            assert!(pairs.contains(&(father.clone(), other.clone())) && pairs.contains(&(son.clone(), other.clone())), "{queue}");
            pairs.len()
        };
        let questions = asked().await;
        // The next one is as much of a riddle as the first; who says when they were born is none.
        assert_eq!(guest(&s, person(None)).await, other);
        assert_eq!(guest(&s, person(Some("1988-07-15"))).await, son);
        assert_eq!(guest(&s, person(Some("1960-02-01"))).await, father);
        // Nothing that is known of them says more.
        let mut profile = person(Some("1960-02-01"));
        profile["city"] = json!("杭州");
        assert_eq!(s.send(Method::PUT, &format!("/api/v1/guests/{father}"), Some(profile), &[]).await.0, StatusCode::OK);
        let done = s.app.resolve_guests(Some(Model::default()), true).await.unwrap();
        assert_eq!((done.joined, asked().await), (0, questions));
        let mut profile = person(Some("1988-07-15"));
        profile["documents"] = json!([{ "number": "110105198807150018", "type": "resident_id" }]);
        assert_eq!(s.send(Method::PUT, &format!("/api/v1/guests/{other}"), Some(profile), &[]).await.0, StatusCode::OK);
        assert_eq!(guest_id(&s, &other).await, son, "now it is the son's");
        assert_eq!(guest_id(&s, &father).await, father);
    }

    async fn a_comparison_of_all_does_not_guess_either(db: TestDb) {
        let s = Server::new(db).await;
        s.app.learn_frequencies(Some(&strict())).await.unwrap();
        let person = |birth: Option<&str>| json!({ "full_name": "王建国", "birth": birth, "phones": ["13911112222"] });
        let mut ids = Vec::new();
        for birth in [Some("1960-02-01"), Some("1988-07-15"), None] {
            ids.push(guest(&s, person(birth)).await);
        }
        let done = s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        assert_eq!(done.joined, 0);
        for pair in [(0, 2), (1, 2)] {
            let queue = s.get("/api/v1/identity/queue").await;
            let is_pair = |item: &Value| (id(&item["one"]), id(&item["two"])) == (ids[pair.0].as_str(), ids[pair.1].as_str());
            assert!(queue["items"].as_array().unwrap().iter().any(is_pair), "{queue}");
        }
    }

    async fn what_a_person_forbade_does_not_keep_others_apart(db: TestDb) {
        let s = Server::new(db).await;
        s.app.learn_frequencies(Some(&strict())).await.unwrap();
        let resident = json!([{ "number": "110105198807150018", "type": "resident_id" }]);
        let father = guest(&s, json!({ "full_name": "王建国", "phones": ["13911112222"] })).await;
        let mut sons = Vec::new();
        for key in ["1", "2"] {
            sons.push(guest(&s, json!({ "full_name": "王建国", "phones": ["13911112222"], "documents": resident,
                "source": { "system": "pms", "external_id": key } })).await);
        }
        assert_ne!(sons[0], sons[1]);
        s.post("/api/v1/identity/decisions", json!({ "one": father, "two": sons[0], "same": false })).await;
        s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        assert_eq!(s.get(&format!("/api/v1/guests/{father}/golden")).await["ids"], json!([]));
        assert_eq!(s.get(&format!("/api/v1/guests/{}/golden", sons[0])).await["ids"], json!([sons[1]]));
    }

    async fn what_a_person_says_while_the_model_joins_holds(db: TestDb) {
        let s = Server::new(db).await;
        let people = People::new(3);
        for round in 0..6 {
            s.app.learn_frequencies(Some(&strict())).await.unwrap();
            let person = people.person(round, Some("CHN"));
            let mut ids = Vec::new();
            for key in ["a", "b"] {
                ids.push(guest(&s, json!({ "full_name": person.full_name, "birth": person.birth, "phones": [person.phone],
                    "source": { "system": key, "external_id": round.to_string() } })).await);
            }
            let decision = json!({ "one": ids[0], "two": ids[1], "same": false });
            let (done, (status, answer)) = futures_util::future::join(
                s.app.resolve_guests(Some(Model::default()), true),
                s.send(Method::POST, "/api/v1/identity/decisions", Some(decision), &[]),
            ).await;
            done.unwrap();
            let joined = s.get(&format!("/api/v1/guests/{}/golden", ids[0])).await["ids"] != json!([]);
            // Who was too late was told so.
            assert_eq!(status != StatusCode::OK, joined, "round {round}: {answer}");
            assert!(status == StatusCode::OK || answer["code"] == "wrong_state", "{answer}");
        }
    }

    async fn joins_at_once_lose_nobody(db: TestDb) {
        let s = Server::new(db).await;
        for round in 0..6 {
            let mut ids = Vec::new();
            for (at, name) in ["孙丽", "马文龙", "古力娜", "欧阳修远"].into_iter().enumerate() {
                ids.push(guest(&s, json!({ "full_name": name, "phones": [format!("138117{round}90{at}1")] })).await);
            }
            let [a, b, c, z] = &ids[..] else { unreachable!() };
            let paths = [(a, b), (z, a), (b, c)].map(|(survivor, merged)| {
                let path = format!("/api/v1/guests/{survivor}/merge");
                (path, json!({ "merged": merged }))
            });
            let sent = paths.iter().map(|(path, body)| s.send(Method::POST, path, Some(body.clone()), &[]));
            for (status, answer) in futures_util::future::join_all(sent).await {
                assert_eq!(status, StatusCode::OK, "{answer}");
            }
            let root = guest_id(&s, a).await;
            let golden = s.get(&format!("/api/v1/guests/{root}/golden")).await;
            for guest in &ids {
                assert_eq!(guest_id(&s, guest).await, root);
                let is_part = golden["ids"].as_array().unwrap().contains(&json!(guest));
                assert_eq!(is_part, *guest != root, "round {round}: {golden}");
            }
        }
    }

    async fn edits_at_once_are_all_done(db: TestDb) {
        let s = Server::new(db).await;
        for round in 0..6 {
            let (anna, anne) = ("Anna Schmidt", "Anne Schmitt");
            let (one, two) = (guest(&s, json!({ "full_name": anna })).await, guest(&s, json!({ "full_name": anne })).await);
            let profile = |name: &str| json!({ "full_name": name, "phones": [format!("+49 151 2345678{round}")] });
            let paths = [&one, &two, &one, &two].map(|id| format!("/api/v1/guests/{id}"));
            let sent = paths.iter().zip([anna, anne, anna, anne]).map(|(path, name)| s.send(Method::PUT, path, Some(profile(name)), &[]));
            for (status, answer) in futures_util::future::join_all(sent).await {
                assert_eq!(status, StatusCode::OK, "round {round}: {answer}");
            }
        }
    }

    async fn new_evidence_joins_what_was_in_doubt(db: TestDb) {
        let s = Server::new(db).await;
        let one = guest(&s, json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "C01X00T47", "type": "passport" }] })).await;
        let source = json!({ "system": "pms", "external_id": "4711" });
        let two = guest(&s, json!({ "full_name": "Anne Schmitt", "phones": ["+49 151 23456789"], "source": source })).await;
        assert_ne!(one, two);
        assert_eq!(s.get("/api/v1/identity/queue").await["items"].as_array().unwrap().len(), 1);
        // The other system corrects its record: name and passport are the first guest's.
        s.post("/api/v1/guests", json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "C01X00T47", "type": "passport" }], "source": source })).await;
        assert_eq!(s.get("/api/v1/identity/queue").await["items"], json!([]));
        let history = s.get(&format!("/api/v1/guests/{two}/identity")).await;
        assert_eq!((&history["merges"][0]["automatic"], &history["merges"][0]["survivor"]), (&json!(true), &json!(one)));
        // Then a resident ID comes to light on each side, and they are two: the model takes back what it did, and asks.
        let edited = json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "C01X00T47", "type": "passport" }, { "number": "110105199003072346", "type": "resident_id" }] });
        let (status, answer) = s.send(Method::PUT, &format!("/api/v1/guests/{one}"), Some(edited), &[]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        s.post("/api/v1/guests", json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "310101198506120423", "type": "resident_id" }], "source": source })).await;
        let history = s.get(&format!("/api/v1/guests/{two}/identity")).await;
        assert!(history["merges"][0]["undone_at"].is_string(), "{history}");
        assert_eq!(id(&s.get(&format!("/api/v1/guests/{two}")).await), two);
    }

    async fn double_bookings_are_shown_at_entry(db: TestDb) {
        let s = Server::new(db).await;
        let body = |arrival: &str, departure: &str, channel: &str| json!({
            "property": "SH01", "channel": channel,
            "guest": { "profile": { "full_name": "刘洋", "birth": "1991-01-01", "phones": ["13312345801"] } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": arrival, "departure": departure }],
        });
        let first = s.post("/api/v1/reservations", body("2026-10-04", "2026-10-07", "ctrip")).await;
        assert_eq!(first.get("duplicates"), None);
        let second = s.post("/api/v1/reservations", body("2026-10-06", "2026-10-08", "meituan")).await;
        let shown = &second["duplicates"][0];
        assert_eq!((&shown["number"], &shown["channel"]), (&first["number"], &json!("ctrip")));
        assert_eq!((&shown["nights"], &shown["same_guest"]), (&json!(1), &json!(true)));
        let third = s.post("/api/v1/reservations", body("2026-10-08", "2026-10-09", "direct")).await;
        assert_eq!(third.get("duplicates"), None, "it begins when the other ends");
        let number = digits(&second);
        let listed = s.get(&format!("/api/v1/visits/{number}/duplicates")).await;
        assert_eq!(listed.as_array().unwrap().len(), 1);
        // Cancelled under its own terms, at the price that was shown.
        let cancelled = s.post(&format!("/api/v1/visits/{}/cancel", digits(&first)), json!({})).await;
        assert_eq!(cancelled["penalty"], shown["penalty"]);
        assert_eq!(s.get(&format!("/api/v1/visits/{number}/duplicates")).await, json!([]));
    }

    async fn matching_answers_with_evidence_and_changes_nothing(db: TestDb) {
        let s = Server::new(db).await;
        let known = guest(&s, json!({ "full_name": "郑和", "birth": "1970-07-11", "phones": ["13212345801"] })).await;
        let asked = json!({ "full_name": "Zheng He", "birth": "1970-07-11", "phones": ["13212345801"] });
        let found = s.post("/api/v1/identity/match", asked).await;
        assert_eq!((id(&found[0]["guest"]), &found[0]["likeness"]["verdict"]), (known.as_str(), &json!("link")));
        assert!(found[0]["likeness"]["zh"].as_str().unwrap().contains("电话相同"));
        assert!(!found.to_string().contains("13212345801"), "phones are masked");
        let likeness = s.get(&format!("/api/v1/guests/{known}/likeness/{known}")).await;
        assert_eq!(likeness["verdict"], "link");
        assert_eq!(s.get(&format!("/api/v1/guests/{known}/sources")).await.as_array().unwrap().len(), 1);
    }

    async fn two_resident_numbers_are_never_joined_by_themselves(db: TestDb) {
        let s = Server::new(db).await;
        let (one, two) = ("110105199003072346", "310101198506120423");
        let passport = json!({ "number": "C01X00T47", "type": "passport" });
        let anna = |documents: Value, phones: Value| json!({ "full_name": "Anna Schmidt", "phones": phones, "documents": documents });
        let resident = |number: &str| json!({ "number": number, "type": "resident_id" });
        let first = guest(&s, anna(json!([passport]), json!(["+49 151 23456789"]))).await;
        // Another record of hers, a guest of its own until it is joined, brings her number.
        let second = guest(&s, anna(json!([resident(one)]), json!(["+49 151 99887766"]))).await;
        assert_ne!(first, second);
        s.post(&format!("/api/v1/guests/{first}/merge"), json!({ "merged": second })).await;
        // The passport is the first record's, the number is not that of the second: whoever this is, it is for a person to say.
        let third = guest(&s, anna(json!([passport, resident(two)]), json!(["+49 151 23456789"]))).await;
        assert_ne!(third, first);
        let queue = s.get("/api/v1/identity/queue").await;
        assert_eq!(queue["items"].as_array().unwrap().len(), 1, "{queue}");
        assert!(queue["items"][0]["likeness"]["code"].as_str().unwrap().contains("document.disputed"), "{queue}");
        // With more documents than a comparison looks at, numbers last, in the comparison of all.
        let many = |number: &str| json!([passport, { "number": "C01X00T48", "type": "passport" },
            { "number": "C01X00T49", "type": "passport" }, resident(number)]);
        let last = guest(&s, json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"], "documents": many("110101197001010016"),
            "birth": "1985-06-12" })).await;
        assert!(![&first, &third].contains(&&last));
        let done = s.app.resolve_guests(Some(Model::default()), true).await.unwrap();
        assert_eq!(done.joined, 0);
        for guest in [&first, &third, &last] {
            assert_eq!(id(&s.get(&format!("/api/v1/guests/{guest}")).await), guest);
        }
    }

    async fn a_number_that_comes_to_light_later_parts_whom_the_model_joined(db: TestDb) {
        let s = Server::new(db).await;
        let (one, two) = ("110105199003072346", "310101198506120423");
        let record = |key: &str, number: Option<&str>| {
            let mut documents = vec![json!({ "number": "C01X00T47", "type": "passport" })];
            documents.extend(number.map(|number| json!({ "number": number, "type": "resident_id" })));
            json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"], "documents": documents,
                "source": { "system": "pms", "external_id": key } })
        };
        let strict = Model { link_from: 0.999_999_999_999_999, link_contradicting_from: 0.999_999_999_999_999,
            review_from: 0.999_999_999_999_99, ..Model::default() };
        s.app.learn_frequencies(Some(&strict)).await.unwrap();
        let mut ids = Vec::new();
        for key in ["1", "2", "3"] {
            ids.push(guest(&s, record(key, None)).await);
        }
        let done = s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        assert_eq!(done.joined, 2);
        s.app.learn_frequencies(Some(&Model::default())).await.unwrap();
        // Neither of the two was joined with the other, only both with the first, who has no number.
        guest(&s, record("2", Some(one))).await;
        guest(&s, record("3", Some(two))).await;
        assert_eq!(s.get(&format!("/api/v1/guests/{}/golden", ids[0])).await["ids"], json!([ids[1]]));
        assert_eq!(id(&s.get(&format!("/api/v1/guests/{}", ids[2])).await), ids[2]);
    }

    async fn no_guest_is_missed_whose_id_is_older_than_the_last_run(db: TestDb) {
        let s = Server::new(db).await;
        let strict = Model { link_from: 0.999_999_999_999_999, link_contradicting_from: 0.999_999_999_999_999,
            review_from: 0.999_999_999_999_99, ..Model::default() };
        let input = |source: &str| json!({ "full_name": "张伟", "birth": "1986-10-03", "phones": ["13800138000"],
            "source": { "system": source, "external_id": "1" } });
        let known = guest(&s, input("crs")).await;
        s.db.clock.advance(TimeDelta::minutes(10));
        s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        // An import that began before the run and was not done: its ids are from then.
        s.db.clock.advance(TimeDelta::minutes(-9));
        s.app.learn_frequencies(Some(&strict)).await.unwrap();
        let late = guest(&s, input("pms")).await;
        s.db.clock.advance(TimeDelta::minutes(30));
        let next = s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        assert_eq!((next.guests, next.joined, next.incremental), (1, 1, true));
        assert_eq!(s.get(&format!("/api/v1/guests/{known}/golden")).await["ids"], json!([late]));
    }

    async fn all_guests_are_compared_and_joined(db: TestDb) {
        let s = Server::new(db).await;
        // At the time of their making the desk recognised nobody: as if they had come from several systems.
        let strict = Model { link_from: 0.999_999_999_999_999, link_contradicting_from: 0.999_999_999_999_999,
            review_from: 0.999_999_999_999_99, ..Model::default() };
        s.app.learn_frequencies(Some(&strict)).await.unwrap();
        let people = People::new(11);
        let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
        let input = |index: u64, again: bool| {
            let person = people.person(index, Some("CHN"));
            let name = if again { format!("{} {}", person.surname, person.given) } else { person.full_name.clone() };
            json!({ "full_name": name, "birth": person.birth, "phones": [person.phone],
                "source": { "system": if again { "pms" } else { "crs" }, "external_id": index.to_string() } })
        };
        for index in 0..60 {
            firsts.push(guest(&s, input(index, false)).await);
        }
        for index in 0..30 {
            seconds.push(guest(&s, input(index, true)).await);
        }
        assert!(firsts.iter().zip(&seconds).all(|(one, two)| one != two), "nobody was recognised");
        // Of one pair somebody has said that they are two.
        let (one, two) = (&firsts[7], &seconds[7]);
        s.post("/api/v1/identity/decisions", json!({ "one": one, "two": two, "same": false })).await;

        s.db.clock.advance(TimeDelta::minutes(1));
        let done = s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        assert_eq!((done.guests, done.joined, done.kept_apart, done.incremental), (90, 29, 1, false));
        for (index, (first, second)) in firsts.iter().zip(&seconds).enumerate() {
            let ids = &s.get(&format!("/api/v1/guests/{first}/golden")).await["ids"];
            let expected = if index == 7 { json!([]) } else { json!([second]) };
            assert_eq!(*ids, expected, "{index}");
        }
        let again = s.app.resolve_guests(Some(Model::default()), true).await.unwrap();
        assert_eq!((again.joined, again.kept_apart), (0, 1), "it is done");

        // Those who are new are looked at by the next run.
        s.app.learn_frequencies(Some(&strict)).await.unwrap();
        s.db.clock.advance(TimeDelta::minutes(1));
        let late = guest(&s, input(40, true)).await;
        let next = s.app.resolve_guests(Some(Model::default()), false).await.unwrap();
        assert_eq!((next.guests, next.joined, next.incremental), (1, 1, true));
        assert_eq!(s.get(&format!("/api/v1/guests/{}/golden", firsts[40])).await["ids"], json!([late]));

        let report = s.app.identity_report().await.unwrap();
        assert_eq!((report.guests, report.merged, report.joined_by_model, report.decided_different), (61, 30, 30, 1));
        assert_eq!((report.sources, report.pairs_joined), (91, 30));
        assert!(report.precision.unwrap() > 0.99, "{report:?}");
        assert!(report.recall.unwrap() > 0.9, "{report:?}");
        assert!(s.app.train_model().await.is_ok());
    }

    async fn who_is_joined_through_a_third_stays_until_something_speaks_against_it(db: TestDb) {
        let s = Server::new(db).await;
        // The desk recognises nobody: as if they had come by import.
        let strict = Model { link_from: 0.999_999_999_999_999, link_contradicting_from: 0.999_999_999_999_999,
            review_from: 0.999_999_999_999_99, ..Model::default() };
        s.app.learn_frequencies(Some(&strict)).await.unwrap();
        let [phone, email] = ["13512345801", "anna.b@example.com"];
        let record = |key: &str, profile: Value| {
            let mut record = profile;
            record["source"] = json!({ "system": "pms", "external_id": key });
            record
        };
        let passport = json!({ "number": "C01X00T47", "type": "passport" });
        let of_a = json!({ "full_name": "Anna Bauer", "phones": [phone], "documents": [passport] });
        let of_b = json!({ "full_name": "Anna Bauer", "phones": [phone], "documents": [passport], "emails": [email],
            "birth": "1985-06-12" });
        let of_c = json!({ "full_name": "Ana Novak", "emails": [email], "birth": "1985-06-12" });
        let a = guest(&s, record("a", of_a.clone())).await;
        let b = guest(&s, record("b", of_b.clone())).await;
        let c = guest(&s, record("c", of_c.clone())).await;
        s.app.learn_frequencies(Some(&Model::default())).await.unwrap();
        let likeness = s.get(&format!("/api/v1/guests/{a}/likeness/{c}")).await;
        assert_eq!(likeness["verdict"], "apart", "they have nothing in common: {likeness}");
        let done = s.app.resolve_guests(Some(Model::default()), true).await.unwrap();
        let joined = async || {
            let mut ids = s.get(&format!("/api/v1/guests/{a}/golden")).await["ids"].as_array().unwrap().clone();
            ids.sort_by_key(ToString::to_string);
            ids
        };
        assert_eq!((done.joined, joined().await), (2, vec![json!(b), json!(c)]));

        // Something harmless becomes known of the first, and of the last.
        s.db.clock.advance(TimeDelta::minutes(1));
        let mut later = record("a", of_a.clone());
        later["city"] = json!("Wien");
        guest(&s, later).await;
        let mut later = record("c", of_c.clone());
        later["language"] = json!("de");
        guest(&s, later).await;
        assert_eq!(joined().await, [json!(b), json!(c)]);

        // A resident number on one side says nothing; another one on the other side says that they are two.
        let with = |key: &str, profile: &Value, number: &str| {
            let mut record = record(key, profile.clone());
            record["documents"] = json!([{ "number": number, "type": "resident_id" }]);
            record
        };
        guest(&s, with("a", &of_a, "110105199003072346")).await;
        assert_eq!(joined().await, [json!(b), json!(c)]);
        guest(&s, with("c", &of_c, "310101198506120423")).await;
        assert_eq!(joined().await, [json!(b)], "the last one is apart again");
        assert_eq!(guest_id(&s, &c).await, c);
        // And stays so, whatever it has in common with the one in between. A person is asked.
        let mut later = with("c", &of_c, "310101198506120423");
        later["phones"] = json!([phone]);
        guest(&s, later).await;
        assert_eq!(joined().await, [json!(b)]);
        let queue = s.get("/api/v1/identity/queue").await;
        assert_eq!(queue["items"].as_array().unwrap().len(), 1, "{queue}");
        let pair = [&queue["items"][0]["one"]["id"], &queue["items"][0]["two"]["id"]];
        assert!(pair.contains(&&json!(a)) && pair.contains(&&json!(c)), "{queue}");
    }

    async fn who_has_nothing_in_common_any_more_is_set_apart(db: TestDb) {
        let s = Server::new(db).await;
        let source = json!({ "system": "pms", "external_id": "1" });
        let one = guest(&s, json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "C01X00T47", "type": "passport" }] })).await;
        let two = guest(&s, json!({ "full_name": "Otto Weber", "emails": ["otto@example.com"], "source": source })).await;
        assert_ne!(one, two);
        // By mistake the other system sends somebody else's data under this key; then it corrects itself.
        s.post("/api/v1/guests", json!({ "full_name": "Anna Schmidt", "phones": ["+49 151 23456789"],
            "documents": [{ "number": "C01X00T47", "type": "passport" }], "source": source })).await;
        assert_eq!(guest_id(&s, &two).await, one);
        s.post("/api/v1/guests", json!({ "full_name": "Otto Weber", "emails": ["otto@example.com"], "source": source })).await;
        assert_eq!(guest_id(&s, &two).await, two);
        // What a person joined stays, whatever comes.
        let merged = merge(&s, &one, &two).await;
        s.post("/api/v1/guests", json!({ "full_name": "Otto Weber", "emails": ["otto.weber@example.com"], "source": source })).await;
        assert_eq!(guest_id(&s, &two).await, one);
        undo(&s, &merged).await;
    }

    async fn two_numbers_that_a_person_joined_keep_nobody_away_who_was_there(db: TestDb) {
        let s = Server::new(db).await;
        let phone = "+49 151 23456789";
        let with = |number: &str| json!([{ "number": number, "type": "resident_id" }]);
        let anna = |city: &str, source: &Value| json!({ "full_name": "Anna Schmidt", "phones": [phone],
            "documents": with("110105199003072346"), "city": city, "source": source });
        let one = guest(&s, json!({ "full_name": "Anna Schmidt", "phones": [phone],
            "documents": with("110105199003072346") })).await;
        let source = json!({ "system": "pms", "external_id": "1" });
        let third = guest(&s, json!({ "full_name": "Otto Weber", "emails": ["otto@example.com"], "source": source })).await;
        assert_ne!(third, one);
        s.post("/api/v1/guests", anna("Bonn", &source)).await;
        assert_eq!(guest_id(&s, &third).await, one);
        let two = guest(&s, json!({ "full_name": "Anna Schmitt", "documents": with("310101198506120423") })).await;
        merge(&s, &one, &two).await;
        for city in ["Bonn", "Ulm"] {
            s.post("/api/v1/guests", anna(city, &source)).await;
            assert_eq!((guest_id(&s, &third).await, guest_id(&s, &two).await), (one.clone(), one.clone()), "{city}");
        }
        // Who comes then with one of the numbers is not joined with the other by the model: a person is asked.
        let fourth = guest(&s, anna("Ulm", &json!({ "system": "crs", "external_id": "1" }))).await;
        assert_ne!(fourth, one);
        let queue = s.get("/api/v1/identity/queue").await;
        let asked = queue["items"].as_array().unwrap().iter();
        let asked: Vec<_> = asked.map(|pair| [&pair["one"]["id"], &pair["two"]["id"]]).collect();
        assert!(asked.iter().any(|pair| pair.contains(&&json!(one)) && pair.contains(&&json!(fourth))), "{queue}");
    }

    async fn a_guests_visits_come_with_what_was_spent_also_those_of_merged_records(db: TestDb) {
        let s = Server::new(db).await;
        let one = guest(&s, json!({ "full_name": "Ada Quill", "phones": ["139 0000 0001"] })).await;
        let two = guest(&s, json!({ "full_name": "A. Quill", "phones": ["139 0000 0002"] })).await;
        let other = guest(&s, json!({ "full_name": "Ben Other", "phones": ["139 0000 0003"] })).await;
        let first = book(&s, &one, "2026-10-03", "2026-10-05").await;
        let second = book(&s, &two, "2026-10-07", "2026-10-08").await;
        let gone = book(&s, &one, "2026-10-10", "2026-10-11").await;
        book(&s, &other, "2026-10-03", "2026-10-04").await;
        s.post(&format!("/api/v1/visits/{first}/charges"), json!({ "code": "DMG", "amount": 50_00 })).await;
        s.post(&format!("/api/v1/visits/{first}/payments"), json!({ "code": "CARD", "amount": 20_00 })).await;
        s.post(&format!("/api/v1/visits/{second}/charges"), json!({ "code": "DMG", "amount": 7_00 })).await;
        s.post(&format!("/api/v1/visits/{gone}/cancel"), json!({ "waive_penalty": true })).await;

        let of = async |id: &str, query: &str| s.get(&format!("/api/v1/guests/{id}/visits{query}")).await;
        let plain = |view: &Value| -> Vec<String> {
            let visits = view["visits"].as_array().unwrap();
            visits.iter().map(|visit| visit["number"].as_str().unwrap().replace('-', "")).collect()
        };
        let before = of(&one, "").await;
        assert_eq!(plain(&before), [gone.clone(), first.clone()]);
        assert_eq!(before["total"], json!([{ "currency": "CNY", "reservations": 1, "charged": 50_00, "paid": 20_00 }]));
        merge(&s, &one, &two).await;
        for id in [&one, &two] {
            let view = of(id, "").await;
            assert_eq!(plain(&view), [gone.clone(), second.clone(), first.clone()], "the latest first");
            assert_eq!(view["total"], json!([{ "currency": "CNY", "reservations": 2, "charged": 57_00, "paid": 20_00 }]));
            let earliest = &view["visits"][2];
            assert_eq!((&earliest["is_booker"], &earliest["stayed"], &earliest["balance"]), (&json!(true), &json!(false), &json!(30_00)));
            assert_eq!((&earliest["room_types"], &view["visits"][0]["state"]), (&json!(["DBL"]), &json!("cancelled")));
        }
        let short = of(&one, "?limit=2").await;
        assert_eq!((plain(&short), &short["more"]), (vec![gone, second], &json!(true)));
        let nobody = "/api/v1/guests/00000000-0000-7000-8000-000000000000/visits";
        assert_eq!(s.send(Method::GET, nobody, None, &[]).await.0, StatusCode::NOT_FOUND);
    }
}
