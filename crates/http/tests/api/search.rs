//! The search box over HTTP on both engines.

use crate::common::{Server, digits};
use chrono::TimeDelta;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

/// Books a room for an invented guest; answers the number's digits.
async fn book(
    s: &Server,
    guest: Value,
    dates: (&str, &str),
    room: Option<&str>,
    outside: Option<&str>,
) -> String {
    book_at(s, "SH01", guest, dates, room, outside).await
}

async fn book_at(
    s: &Server,
    property: &str,
    guest: Value,
    (arrival, departure): (&str, &str),
    room: Option<&str>,
    outside: Option<&str>,
) -> String {
    let numbers: Vec<Value> = outside.iter().map(|n| json!({ "system": "ctrip", "number": n })).collect();
    let body = json!({ "property": property, "guest": { "profile": guest }, "numbers": numbers,
        "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": arrival, "departure": departure, "room": room }] });
    digits(&s.post("/api/v1/reservations", body).await)
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

async fn search(s: &Server, q: &str, more: &str) -> Value {
    s.get(&format!("/api/v1/search?q={}{more}", encode(q))).await
}

/// Numbers of the visits found, in order.
async fn numbers(s: &Server, q: &str, more: &str) -> Vec<String> {
    let found = search(s, q, more).await;
    found["visits"].as_array().unwrap().iter().map(digits).collect()
}

fn why(hit: &Value) -> Vec<&str> {
    hit["why"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

fn zhang() -> Value {
    json!({ "full_name": "张伟", "phones": ["138 1234 5678"], "emails": ["wei@example.com"],
        "documents": [{ "type": "resident_id", "number": "11010519491231002X" }] })
}

fn muller() -> Value {
    json!({ "full_name": "Anna Müller", "phones": ["+49 1512 3456789"],
        "documents": [{ "type": "passport", "number": "C01X00T47", "country": "DEU" }] })
}

/// A second property with rooms of the same numbers.
async fn second_property(s: &Server) {
    let put = async |path: &str, body: Value| {
        let path = format!("/api/v1/properties/BJ02{path}");
        let (status, answer) = s.send(axum::http::Method::PUT, &path, Some(body), &[]).await;
        assert!(status.is_success(), "{answer}");
    };
    put(
        "",
        json!({ "name": "合符国贸酒店", "name_en": "Hefu Guomao", "time_zone": "Asia/Shanghai",
        "currency": "CNY", "business_date": "2026-10-03" }),
    )
    .await;
    put("/room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })).await;
    put(
        "/rooms",
        json!([{ "number": "0401", "room_type": "DBL" }, { "number": "0402", "room_type": "DBL" }]),
    )
    .await;
    put(
        "/cancellation-policies/FLEX",
        json!({ "name": "灵活", "name_en": "Flexible", "rules": [],
        "no_show": { "kind": "share", "value": 10000 } }),
    )
    .await;
    put(
        "/rate-plans/BAR",
        json!({ "name": "门市价", "name_en": "Best", "kind": "nightly", "policy": "FLEX",
        "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 200_00 }] }),
    )
    .await;
}

both_engines! {
    async fn today_is_the_business_date_of_each_property(db: TestDb) {
        let s = Server::new(db).await;
        second_property(&s).await;
        for _ in 0..2 {
            s.post("/api/v1/properties/BJ02/night-audit", json!({ "force": true, "no_shows": "mark" })).await;
        }
        let here = book(&s, zhang(), ("2026-10-03", "2026-10-04"), None, None).await;
        let later = book(&s, zhang(), ("2026-10-05", "2026-10-06"), None, None).await;
        let there = book_at(&s, "BJ02", zhang(), ("2026-10-05", "2026-10-06"), Some("0401"), None).await;
        book_at(&s, "BJ02", zhang(), ("2026-10-07", "2026-10-08"), Some("0401"), None).await;
        let found = async |q: &str, more: &str| {
            let mut found = numbers(&s, q, more).await;
            found.sort();
            found
        };
        let mut both = vec![here.clone(), there.clone()];
        both.sort();
        for q in ["今天", "today", "张伟 今天", "5678 today"] {
            assert_eq!(found(q, "").await, both, "{q}");
        }
        assert_eq!(found("0401 today", "").await, std::slice::from_ref(&there));
        assert_eq!(found("today", "&property=SH01").await, [here]);
        assert_eq!(found("today BJ02", "").await, [there]);
        // A date is the same date everywhere.
        let on_fifth = found("张伟 2026-10-05", "").await;
        assert!(on_fifth.len() == 2 && on_fifth.contains(&later), "{on_fifth:?}");
    }

    async fn who_was_joined_is_found_with_all_visits_by_either_name(db: TestDb) {
        let s = Server::new(db).await;
        let before = json!({ "full_name": "欧阳修远", "phones": ["139 0571 2233"] });
        let after = json!({ "full_name": "OUYANG Lily", "phones": ["137 0571 9988"] });
        let first = book(&s, before, ("2026-12-03", "2026-12-05"), None, None).await;
        let second = book(&s, after, ("2027-02-03", "2027-02-05"), None, None).await;
        let guest = async |phone: &str| search(&s, phone, "").await["guests"][0]["id"].as_str().unwrap().to_owned();
        let (one, two) = (guest("13905712233").await, guest("13705719988").await);
        assert_ne!(one, two);
        let merged = s.post(&format!("/api/v1/guests/{one}/merge"), json!({ "merged": two })).await;
        for q in ["13905712233", "13705719988", "ouyang lily", "欧阳修远", "xiuyuan ouyang", "2233", "9988"] {
            let found = search(&s, q, "").await;
            let mut visits: Vec<String> = found["visits"].as_array().unwrap().iter().map(digits).collect();
            visits.sort();
            let mut both = vec![first.clone(), second.clone()];
            both.sort();
            assert_eq!(visits, both, "{q}");
            assert_eq!(found["guests"].as_array().unwrap().len(), 1, "{q}");
            assert_eq!(found["guests"][0]["visits"], 2, "{q}");
            assert_eq!(digits(&found["guests"][0]["last_visit"]), second, "{q}");
            // With dates, too, whoever of them the visit was booked for.
            for (dates, only) in [("2026-12-01..2026-12-31", &first), ("2027-02-01..2027-02-28", &second)] {
                let (from, to) = dates.split_once("..").unwrap();
                let visits = numbers(&s, q, &format!("&from={from}&to={to}")).await;
                assert_eq!(visits, std::slice::from_ref(only), "{q} {dates}");
            }
        }
        // Apart again, each has its own.
        let id = merged["merge"]["id"].as_str().unwrap();
        s.post(&format!("/api/v1/identity/merges/{id}/undo"), json!({})).await;
        assert_eq!(numbers(&s, "13905712233", "").await, [first]);
        assert_eq!(numbers(&s, "13705719988", "").await, [second]);
    }

    async fn a_whole_number_is_not_the_end_of_others(db: TestDb) {
        let s = Server::new(db).await;
        let by_phone = book(&s, zhang(), ("2026-12-03", "2026-12-05"), None, None).await;
        assert_eq!(numbers(&s, "12345678", "").await, std::slice::from_ref(&by_phone), "the end of a phone");
        let lin = json!({ "full_name": "林志远", "documents": [{ "number": "12345678", "type": "taiwan_permit" }] });
        let by_permit = book(&s, lin, ("2026-12-03", "2026-12-05"), None, None).await;
        assert_eq!(numbers(&s, "12345678", "").await, std::slice::from_ref(&by_permit));
        // Of several words each stands for itself; four digits are nobody's whole number.
        let mut both = vec![by_phone, by_permit];
        both.sort();
        for q in ["12345678 1231002X", "5678"] {
            let mut found = numbers(&s, q, "").await;
            found.sort();
            assert_eq!(found, both, "{q}");
        }
    }

    async fn guests_are_shown_with_their_visits_in_every_property(db: TestDb) {
        let s = Server::new(db).await;
        second_property(&s).await;
        let here = book(&s, zhang(), ("2026-12-03", "2026-12-05"), None, None).await;
        let there = book_at(&s, "BJ02", zhang(), ("2027-01-03", "2027-01-05"), None, None).await;
        let found = search(&s, "13812345678", "").await;
        assert_eq!(found["visits"].as_array().unwrap().len(), 2);
        let last = &found["guests"][0]["last_visit"];
        assert_eq!((digits(last), &last["property"]), (there.clone(), &json!("BJ02")));
        // Limited to a property the visits are, and the guest is still shown whole.
        let found = search(&s, "13812345678", "&property=SH01").await;
        assert_eq!(found["visits"].as_array().unwrap().iter().map(digits).collect::<Vec<_>>(), [here]);
        assert_eq!(found["guests"][0]["visits"], 2);
        assert_eq!(digits(&found["guests"][0]["last_visit"]), there);
    }

    async fn a_visit_is_found_by_everything_a_desk_knows_of_it(db: TestDb) {
        let s = Server::new(db).await;
        // Far from today: nothing of it is in memory, all goes through the database.
        let wei = book(&s, zhang(), ("2026-12-03", "2026-12-05"), Some("0401"), Some("BK-2026-778812")).await;
        let anna = book(&s, muller(), ("2026-12-03", "2026-12-04"), Some("0402"), None).await;
        for (q, code) in [
            (wei.as_str(), "number"),
            ("bk2026778812", "outside_number"),
            ("13812345678", "phone"),
            ("+86 138 1234 5678", "phone"),
            ("5678", "phone_tail"),
            ("12345678", "phone_tail"),
            ("11010519491231002x", "document"),
            ("002X", "document_tail"),
            ("1231002X", "document_tail"),
            ("WEI@example.com", "email"),
            ("张伟", "name"),
            ("張偉 先生", "name"),
            ("zhang wei", "name"),
            ("weizhang", "name"),
            ("0401", "room"),
            ("401", "room"),
            ("0401房 2026-12-04", "room"),
        ] {
            let found = search(&s, q, "").await;
            let first = &found["visits"][0];
            assert_eq!((digits(first), why(first).contains(&code)), (wei.clone(), true), "{q}: {found}");
            assert_eq!(found["visits"].as_array().unwrap().len(), 1, "{q}: {found}");
        }
        assert_eq!(numbers(&s, "Mueller", "").await, Vec::<String>::new());
        assert_eq!(numbers(&s, "muller, anna", "").await, [anna]);

        let found = search(&s, "张伟", "").await;
        let hit = &found["visits"][0];
        assert_eq!(hit["property"], "SH01");
        assert_eq!(hit["property_name"], "合符外滩酒店");
        assert_eq!(hit["guest"]["name"], "张伟");
        assert_eq!(hit["guest"]["phone"], "+86138****5678");
        assert_eq!((hit["arrival"].as_str(), hit["departure"].as_str()), (Some("2026-12-03"), Some("2026-12-05")));
        assert_eq!((hit["state"].as_str(), hit["desk_state"].as_str()), (Some("reserved"), Some("expected")));
        assert_eq!((hit["room"].as_str(), hit["score"].as_i64()), (Some("0401"), Some(70)));
        assert_eq!(hit["why"][0]["text"], "姓名");
        let guest = &found["guests"][0];
        assert_eq!(guest["id"], hit["guest"]["id"]);
        assert_eq!(guest["email"], "w**@example.com");
        assert_eq!(guest["documents"], json!([{ "type": "resident_id", "number": "110***********002X" }]));
        assert_eq!(guest["visits"], 1);
        assert_eq!(guest["last_visit"]["property"], "SH01");
        assert_eq!(guest["last_visit"]["arrival"], "2026-12-03");
        assert!(!found.to_string().contains("13812345678") && found["took_us"].as_i64().unwrap() > 0);
        let english = s
            .send(axum::http::Method::GET, "/api/v1/search?q=5678", None, &[("accept-language", "en")])
            .await
            .1;
        assert_eq!(english["visits"][0]["why"][0]["text"], "last digits of phone");
    }

    async fn a_name_in_two_parts_is_found_as_its_owner_writes_it(db: TestDb) {
        let s = Server::new(db).await;
        let wei = book(&s, json!({ "surname": "曾", "given_name": "伟" }), ("2026-12-03", "2026-12-05"), None, None).await;
        let anna = book(&s, json!({ "surname": "Müller", "given_name": "Anna" }), ("2026-12-03", "2026-12-05"), None, None).await;
        for q in ["曾伟", "曾 伟", "zeng wei", "weizeng"] {
            assert_eq!(numbers(&s, q, "").await, std::slice::from_ref(&wei), "{q}");
            assert_eq!(search(&s, q, "").await["guests"][0]["name"], "曾伟", "{q}");
        }
        assert_eq!(search(&s, "anna muller", "").await["guests"][0]["name"], "Anna Müller");
        assert_eq!(numbers(&s, "muller anna", "").await, [anna]);
    }

    async fn who_answers_to_more_words_comes_first(db: TestDb) {
        let s = Server::new(db).await;
        let elsewhere = book(&s, muller(), ("2026-12-03", "2026-12-04"), Some("0403"), None).await;
        let same = book(&s, muller(), ("2026-11-03", "2026-11-04"), Some("0402"), None).await;
        let other = book(&s, zhang(), ("2026-12-03", "2026-12-04"), Some("0402"), None).await;
        let found = search(&s, "Anna Müller 0402", "").await;
        let hits = found["visits"].as_array().unwrap();
        assert_eq!(digits(&hits[0]), same, "{found}");
        assert_eq!(why(&hits[0]), ["room", "name"]);
        let rest: Vec<String> = hits[1..].iter().map(digits).collect();
        assert_eq!(rest, [elsewhere, other.clone()], "{found}");
        // A room's guest answers to the beginning of a name too, and a name with the end of a phone.
        let found = search(&s, "Müller 0402", "").await;
        assert_eq!((digits(&found["visits"][0]), why(&found["visits"][0])), (same.clone(), vec!["room", "name_prefix"]));
        let found = search(&s, "张伟 5678", "").await;
        assert_eq!((digits(&found["visits"][0]), why(&found["visits"][0])), (other, vec!["phone_tail", "name"]));
        // Dates narrow.
        assert_eq!(numbers(&s, "0402 2026-11-03", "").await, std::slice::from_ref(&same));
        assert_eq!(numbers(&s, "Anna Müller", "&from=2026-11-01&to=2026-11-30").await, std::slice::from_ref(&same));
        s.post(&format!("/api/v1/visits/{same}/cancel"), json!({})).await;
        assert_eq!(numbers(&s, "Anna Müller", "&state=cancelled").await, [same]);
        let bad = s.send(axum::http::Method::GET, "/api/v1/search?q=a&state=gone", None, &[]).await;
        assert_eq!((bad.0.as_u16(), bad.1["code"].as_str()), (422, Some("invalid")));
    }

    async fn words_can_name_the_property(db: TestDb) {
        let s = Server::new(db).await;
        second_property(&s).await;
        let here = book(&s, zhang(), ("2026-12-03", "2026-12-04"), Some("0401"), None).await;
        let there = book_at(&s, "BJ02", zhang(), ("2026-12-05", "2026-12-06"), Some("0401"), None).await;
        for (q, more) in [("张伟 国贸", ""), ("张伟 BJ02", ""), ("zhang wei guomao", ""), ("0401 BJ02", ""), ("张伟", "&property=BJ02")] {
            assert_eq!(numbers(&s, q, more).await.first(), Some(&there), "{q}{more}");
        }
        assert_eq!(numbers(&s, "张伟 BJ02", "").await, std::slice::from_ref(&there));
        assert_eq!(numbers(&s, "0401", "&property=SH01").await, std::slice::from_ref(&here));
        let mut both = numbers(&s, "张伟", "").await;
        both.sort();
        let mut expected = [here, there];
        expected.sort();
        assert_eq!(both, expected);
        let (status, answer) = s.send(axum::http::Method::GET, "/api/v1/search?q=a&property=XX", None, &[]).await;
        assert_eq!((status.as_u16(), answer["code"].as_str()), (404, Some("not_found")));
    }

    async fn current_people_are_found_by_beginnings_and_slips(db: TestDb) {
        let s = Server::new(db).await;
        assert_eq!(numbers(&s, "zhan", "").await, Vec::<String>::new());
        // Booked after the property was loaded: the change was seen.
        let wei = book(&s, zhang(), ("2026-10-05", "2026-10-06"), None, None).await;
        let anna = book(&s, muller(), ("2026-10-04", "2026-10-05"), None, None).await;
        let later = json!({ "full_name": "Zofia Later", "phones": ["+49 1512 3456780"] });
        book(&s, later, ("2026-12-05", "2026-12-06"), None, None).await;
        for (q, number, code) in [
            ("张", &wei, "name_prefix"),
            ("zhan", &wei, "name_prefix"),
            ("zhangwie", &wei, "name_similar"),
            ("章伟", &wei, "name_similar"),
            ("Mül", &anna, "name_prefix"),
            ("Ana Muler", &anna, "name_similar"),
        ] {
            let found = search(&s, q, "").await;
            assert_eq!(found["visits"].as_array().unwrap().len(), 1, "{q}: {found}");
            assert_eq!((&digits(&found["visits"][0]), why(&found["visits"][0])), (number, vec![code]), "{q}");
        }
        // Who cancels is no longer somebody the desk waits for: found by no slip, but by what the name begins with.
        s.post(&format!("/api/v1/visits/{anna}/cancel"), json!({})).await;
        assert_eq!(numbers(&s, "Ana Muler", "").await, Vec::<String>::new());
        assert_eq!(numbers(&s, "Mül", "").await, [anna]);
    }

    async fn a_surname_or_a_given_name_finds_guests_of_any_date(db: TestDb) {
        let s = Server::new(db).await;
        let xiaoming = json!({ "full_name": "王小明", "phones": ["13900139001"] });
        let maria = json!({ "full_name": "Maria García López", "emails": ["maria@example.com"] });
        let ming = book(&s, xiaoming, ("2027-03-05", "2027-03-06"), None, None).await;
        let garcia = book(&s, maria, ("2027-03-05", "2027-03-06"), None, None).await;
        for (q, number, code) in [
            ("王", &ming, "name_prefix"),
            ("wang", &ming, "name_prefix"),
            ("小明", &ming, "name_part"),
            ("XIAOMING", &ming, "name_prefix"),
            ("Garcia", &garcia, "name_prefix"),
            ("lópez", &garcia, "name_prefix"),
            ("maria 2027-03-05", &garcia, "name_prefix"),
            ("gar", &garcia, "name_prefix"),
            ("Lópe", &garcia, "name_prefix"),
            ("Maria G", &garcia, "name_prefix"),
            ("maria garc", &garcia, "name_prefix"),
            ("mar 2027-03-05", &garcia, "name_prefix"),
        ] {
            let found = search(&s, q, "").await;
            assert_eq!(found["visits"].as_array().unwrap().len(), 1, "{q}: {found}");
            assert_eq!(digits(&found["visits"][0]), *number, "{q}");
            assert!(why(&found["visits"][0]).contains(&code), "{q}: {found}");
        }
        for nobody in ["明", "小", "gari", "ga", "a", "maria z", "maria zar"] {
            assert_eq!(numbers(&s, nobody, "").await, Vec::<String>::new(), "{nobody}");
        }
        // The end of a number narrows those of a name down.
        assert_eq!(numbers(&s, "王 9001", "").await.first(), Some(&ming));
    }

    async fn current_people_are_found_by_what_they_are_called_now(db: TestDb) {
        let s = Server::new(db).await;
        let far = json!({ "full_name": "司马明远", "phones": ["139 0571 2233"] });
        let far = book(&s, far, ("2026-12-03", "2026-12-05"), None, None).await;
        let near = json!({ "full_name": "Karl Beispiel", "phones": ["137 0571 9988"] });
        let near = book(&s, near, ("2026-10-04", "2026-10-05"), None, None).await;
        assert_eq!(numbers(&s, "Beis", "").await, std::slice::from_ref(&near));
        let guest = async |number: &str| {
            s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned()
        };
        let (kept, joined) = (guest(&far).await, guest(&near).await);
        let rename = async |guest: &str, name: &str| {
            // Nothing else is received at the moment of an edit.
            s.db.clock.advance(TimeDelta::seconds(1));
            let profile = json!({ "full_name": name, "phones": ["137 0571 9988"] });
            let (status, answer) = s.send(axum::http::Method::PUT, &format!("/api/v1/guests/{guest}"), Some(profile), &[]).await;
            assert!(status.is_success(), "{answer}");
        };
        rename(&joined, "Karl Muster").await;
        assert_eq!(numbers(&s, "Muste", "").await, std::slice::from_ref(&near));
        assert_eq!(numbers(&s, "Beis", "").await, Vec::<String>::new());

        // The visit stays booked for who is joined; the guest is called as the other too.
        let merged = s.post(&format!("/api/v1/guests/{kept}/merge"), json!({ "merged": joined })).await;
        for name in ["上官明远", "夏侯明远"] {
            rename(&kept, name).await;
            for q in [&name[..6], "Muste"] {
                assert!(numbers(&s, q, "").await.contains(&near), "{q}");
            }
        }
        assert_eq!(numbers(&s, "上官", "").await, Vec::<String>::new());
        let id = merged["merge"]["id"].as_str().unwrap();
        s.post(&format!("/api/v1/identity/merges/{id}/undo"), json!({})).await;
        // By the surname, wherever the visit is.
        assert_eq!(numbers(&s, "夏侯", "").await, [far]);
        assert_eq!(numbers(&s, "Muste", "").await, [near]);
    }

    async fn what_a_search_that_was_cut_off_has_begun_to_look_up_is_not_lost(db: TestDb) {
        let s = Server::new(db).await;
        let number = book(&s, muller(), ("2026-10-04", "2026-10-05"), None, None).await;
        let guest = s.get(&format!("/api/v1/visits/{number}")).await["guest"]["id"].as_str().unwrap().to_owned();
        for (cut, letter) in ('a'..='z').enumerate() {
            let profile = json!({ "full_name": format!("{letter}{letter}nna Beispiel") });
            let (status, answer) = s.send(axum::http::Method::PUT, &format!("/api/v1/guests/{guest}"), Some(profile), &[]).await;
            assert!(status.is_success(), "{answer}");
            let q = format!("{letter}{letter}nn");
            let _ = tokio::time::timeout(std::time::Duration::from_micros(250 * cut as u64), search(&s, &q, "")).await;
            assert_eq!(numbers(&s, &q, "").await, std::slice::from_ref(&number), "{q}");
        }
    }

    async fn many_of_one_name_are_paged_and_narrowed_by_the_database(db: TestDb) {
        let s = Server::new(db).await;
        let mut made = Vec::new();
        for i in 0..230_u64 {
            let day = chrono::NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + chrono::Days::new(i / 4);
            let guest = json!({ "full_name": "王芳", "phones": [format!("139{:08}", 10_000_000 + i)] });
            let dates = (day.to_string(), (day + chrono::Days::new(1)).to_string());
            made.push(book(&s, guest, (&dates.0, &dates.1), None, None).await);
        }
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let found = search(&s, "王芳", &format!("&limit=100{cursor}")).await;
            seen.extend(found["visits"].as_array().unwrap().iter().map(digits));
            pages += 1;
            match found["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
            assert!(pages < 10, "{found}");
        }
        let mut expected = made.clone();
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected, "each once");
        // The first of them is behind two hundred newer ones; its date, its property and its phone lead to it.
        for q in ["王芳 2027-01-01", "wang fang 2027-01-01"] {
            let found = numbers(&s, q, "&property=SH01").await;
            assert_eq!(found.len(), 4, "{q}");
            assert!(found.contains(&made[0]), "{q}");
        }
        let found = search(&s, "王芳 0000", "").await;
        assert_eq!((digits(&found["visits"][0]), why(&found["visits"][0])), (made[0].clone(), vec!["phone_tail", "name"]));
        let (status, answer) = s.send(axum::http::Method::GET, "/api/v1/search?q=a&cursor=x", None, &[]).await;
        assert_eq!((status.as_u16(), answer["parameter"].as_str()), (422, Some("cursor")));
    }

    async fn a_number_in_a_note_leads_to_the_visit(db: TestDb) {
        let s = Server::new(db).await;
        let number = book(&s, zhang(), ("2026-10-03", "2026-10-05"), None, None).await;
        let other = book(&s, muller(), ("2026-12-03", "2026-12-05"), None, None).await;
        let write = async |visit: &str, text: &str| {
            let note = s.post(&format!("/api/v1/visits/{visit}/notes"), json!({ "kind": "note", "text": text })).await;
            assert!(note["number"].is_string());
            let notes = s.get(&format!("/api/v1/visits/{visit}/notes")).await;
            notes.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
        };
        let first = write(&number, "航班 MU5123，车牌沪A·12345").await;
        write(&other, "Voucher VC-2026/778812; flight mu 5123 too").await;
        let both = [number.clone(), other.clone()];
        for (q, found) in [("mu5123", &both[..]), ("5123", &both[1..]), ("沪A12345", &both[..1]), ("A12345", &both[..1]), ("vc-2026-778812", &both[1..]), ("VC2026778812", &both[1..])] {
            let hits = search(&s, q, "").await;
            let mut numbers: Vec<String> = hits["visits"].as_array().unwrap().iter().map(digits).collect();
            numbers.sort();
            let mut found = found.to_vec();
            found.sort();
            assert_eq!(numbers, found, "{q}");
            assert!(hits["visits"].as_array().unwrap().iter().all(|hit| why(hit) == ["note"]), "{hits}");
        }
        // Together with a name, and not on other dates.
        let hit = search(&s, "张伟 mu5123", "").await["visits"][0].clone();
        assert_eq!((digits(&hit), why(&hit)), (number.clone(), vec!["name", "note"]));
        assert_eq!(numbers(&s, "mu5123", "&from=2026-12-01").await, std::slice::from_ref(&other));
        assert_eq!(numbers(&s, "mu5124", "").await, Vec::<String>::new());
        // A note is no way around the right to look a whole phone number up.
        write(&other, "call 13900139000, or the brother with 11010519491231002X").await;
        for q in ["13900139000", "11010519491231002X"] {
            let hits = search(&s, q, "").await;
            assert!(hits["visits"].as_array().unwrap().iter().all(|hit| !why(hit).contains(&"note")), "{hits}");
        }
        // What is changed or taken away is not found any more.
        s.post(&format!("/api/v1/visits/{number}/change-note"), json!({ "note_id": first, "text": "航班 CA1857" })).await;
        assert_eq!(numbers(&s, "ca1857", "").await, std::slice::from_ref(&number));
        assert_eq!(numbers(&s, "沪A12345", "").await, Vec::<String>::new());
        s.post(&format!("/api/v1/visits/{number}/remove-note"), json!({ "note_id": first })).await;
        assert_eq!(numbers(&s, "ca1857", "").await, Vec::<String>::new());
    }

    async fn a_house_is_shown_as_it_was_last_saved(db: TestDb) {
        let s = Server::new(db).await;
        s.book("DBL", "2026-10-03", "2026-10-04").await;
        for name in ["甲", "乙", "丙"] {
            let property = json!({ "name": name, "name_en": name, "time_zone": "Asia/Shanghai", "currency": "CNY",
                "business_date": "2026-10-03" });
            let (status, answer) = s.send(axum::http::Method::PUT, "/api/v1/properties/SH01", Some(property), &[]).await;
            assert!(status.is_success(), "{answer}");
            let found = search(&s, "13812345678", "").await;
            assert_eq!(found["visits"][0]["property_name"], name);
        }
    }
}
