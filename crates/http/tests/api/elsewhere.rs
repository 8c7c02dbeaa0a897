//! What belongs to several properties, a company, a group, a guest, shows of each property what the one who asks may see there, and of the others nothing.
//! Both engines.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use crate::{
    accounts::{Browser, Hotel},
    common::{booking, digits},
};

async fn put(h: &Hotel, path: &str, body: Value) {
    let (status, answer) = h.s.send(Method::PUT, path, Some(body), &[]).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
}

/// A room to sell in the second property.
async fn sell_there(h: &Hotel) {
    for (path, body) in [
        ("room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })),
        (
            "rooms",
            json!([{ "number": "0401", "room_type": "DBL" }, { "number": "0402", "room_type": "DBL" }]),
        ),
        (
            "rate-plans/BAR",
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
                "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] }),
        ),
    ] {
        put(h, &format!("/api/v1/properties/HZ01/{path}"), body).await;
    }
}

/// The numbers of the visits that an answer lists, without signs.
fn numbers(answer: &Value) -> BTreeSet<String> {
    let text = |visit: &Value| visit["number"].as_str().or(visit.as_str()).unwrap().replace('-', "");
    answer["visits"].as_array().unwrap().iter().map(text).collect()
}

both_engines! {
    async fn a_company_a_group_and_a_guest_show_of_other_properties_nothing(db: TestDb) {
        let h = Hotel::new(db).await;
        sell_there(&h).await;
        put(&h, "/api/v1/companies/ACME", json!({ "name": "Acme" })).await;
        put(&h, "/api/v1/groups/EXPO", json!({ "name": "Expo" })).await;
        let guest = h.s.post("/api/v1/guests", json!({ "full_name": "端木晴川" })).await["id"].clone();
        let mut made = Vec::new();
        // The later visits are in the second property, more than a page of them.
        for (property, arrival, departure) in [
            ("SH01", "2026-10-04", "2026-10-05"), ("HZ01", "2026-11-04", "2026-11-05"), ("HZ01", "2026-11-06", "2026-11-07"),
        ] {
            let mut body = booking("DBL", arrival, departure);
            (body["property"], body["group"], body["guest"]) = (json!(property), json!("EXPO"), json!({ "id": guest }));
            let number = digits(&h.s.post("/api/v1/reservations", body).await);
            h.s.post(&format!("/api/v1/visits/{number}/companies"), json!({ "company": "ACME" })).await;
            made.push((property, number));
        }
        for property in ["SH01", "HZ01"] {
            let account = format!("/api/v1/properties/{property}/city-accounts/A-{property}");
            put(&h, &account, json!({ "name": "Acme", "credit_limit": 1_000_00 })).await;
            put(&h, &format!("{account}/company"), json!({ "company": "ACME" })).await;
            let rooms = json!([{ "room_type": "DBL", "from": "2026-12-10", "until": "2026-12-11", "rooms": 1 }]);
            put(&h, &format!("/api/v1/properties/{property}/blocks/EXPO"), json!({ "rate_plan": "BAR", "release_on": null, "rooms": rooms })).await;
        }
        let of_guest = format!("/api/v1/guests/{}/visits?limit=1", guest.as_str().unwrap());

        for (login, role, properties) in [
            ("desk.sh", "front_desk", &["SH01"][..]), ("desk.hz", "front_desk", &["HZ01"][..]), ("desk.both", "front_desk", &["SH01", "HZ01"][..]),
            ("manager.sh", "manager", &["SH01"][..]), ("manager.hz", "manager", &["HZ01"][..]), ("finance.sh", "finance", &["SH01"][..]),
        ] {
            let grants: Vec<(&str, Option<&str>)> = properties.iter().map(|property| (role, Some(*property))).collect();
            let by: Browser = h.signed_in(login, &grants).await;
            let mut may = BTreeSet::new();
            for (_, number) in &made {
                // What the policy says of each visit is what the lists are held to.
                if h.get(&by, &format!("/api/v1/visits/{number}")).await.status == 200 {
                    may.insert(number.clone());
                }
            }
            let theirs: BTreeSet<String> =
                made.iter().filter(|(property, _)| properties.contains(property)).map(|(_, number)| number.clone()).collect();
            assert_eq!(may, theirs, "{login}");

            let company = h.get(&by, "/api/v1/companies/ACME").await;
            assert_eq!(numbers(&company.body), may, "{login}: {}", company.text);
            let group = h.get(&by, "/api/v1/groups/EXPO").await;
            assert_eq!(numbers(&group.body), may, "{login}: {}", group.text);
            // Totals count no visit that is not shown.
            assert_eq!(group.body["total"][0]["reservations"], may.len(), "{login}: {}", group.text);
            assert_eq!(group.body["blocks"].as_array().unwrap().len(), properties.len(), "{login}: {}", group.text);
            let accounts = company.body["accounts"].as_array().unwrap();
            let accounts: BTreeSet<&str> = accounts.iter().map(|account| account["property"].as_str().unwrap()).collect();
            assert_eq!(accounts, properties.iter().copied().collect(), "{login}: {}", company.text);
            for other in ["SH01", "HZ01"].iter().filter(|property| !properties.contains(property)) {
                for answer in [&company, &group] {
                    assert!(!answer.text.contains(*other), "{login}: {}", answer.text);
                }
            }
            if role != "finance" {
                // The latest is not of the first property, and takes the place of none there.
                let visits = h.get(&by, &of_guest).await;
                let seen = numbers(&visits.body);
                assert_eq!(seen.len(), 1, "{login}: {}", visits.text);
                assert!(seen.is_subset(&may), "{login}: {}", visits.text);
                assert_eq!(visits.body["more"], may.len() > 1, "{login}: {}", visits.text);
            }
        }
    }
}
