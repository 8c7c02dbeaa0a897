//! Many at once, over HTTP on both engines: nothing is sold twice, and nothing happens to a visit that could not one after the other.

use std::{collections::BTreeMap, sync::Arc};

use crate::common::{Server, booking, digits};
use axum::http::Method;
use futures_util::future::{join, join_all};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const CLIENTS: usize = 1_000;
const HOUSE: &str = "/api/v1/properties/SH01";

/// What a request at the same moment as others came to: `ok`, or the code of the refusal.
async fn outcome(s: &Server, method: Method, path: &str, body: Value) -> String {
    let (status, answer) = s.send(method, path, Some(body), &[]).await;
    let code = if status.is_success() { "ok" } else { answer["code"].as_str().unwrap() };
    code.to_owned()
}

async fn on(s: &Server, number: &str, action: &str, body: Value) -> String {
    outcome(s, Method::POST, &format!("/api/v1/visits/{number}/{action}"), body).await
}

async fn states_of_stays(s: &Server, number: &str) -> Vec<String> {
    let view = s.get(&format!("/api/v1/visits/{number}")).await;
    view["stay"].as_array().unwrap().iter().map(|stay| stay["state"].as_str().unwrap().to_owned()).collect()
}

async fn book_hours(s: &Server) -> String {
    let mut hours = booking("DBL", "2026-10-03", "2026-10-03");
    hours["rooms"][0]["rate_plan"] = json!("DAY4");
    digits(&s.post("/api/v1/reservations", hours).await)
}

/// Of two who want the same, the one who got it, and the other.
fn one_of<'a>(outcomes: [&str; 2], of: [&'a str; 2], refusal: &str) -> (&'a str, &'a str) {
    match outcomes {
        ["ok", code] if code == refusal => (of[0], of[1]),
        [code, "ok"] if code == refusal => (of[1], of[0]),
        _ => panic!("{outcomes:?}"),
    }
}

both_engines! {
    async fn of_a_thousand_clients_one_gets_the_last_room(db: TestDb) {
        let s = Arc::new(Server::new(db).await);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let s = s.clone();
                tokio::spawn(async move {
                    let body = json!({ "property": "SH01",
                        "guest": { "profile": { "full_name": "王芳", "phones": [format!("138{:08}", 12_340_000 + client)] } },
                        "rooms": [{ "room_type": "STE", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-05" }] });
                    let (status, answer) = s.send(Method::POST, "/api/v1/reservations", Some(body), &[]).await;
                    (status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
                })
            })
            .collect();
        let mut answers: BTreeMap<(u16, String), usize> = BTreeMap::new();
        for client in clients {
            *answers.entry(client.await.unwrap()).or_default() += 1;
        }
        // So many at once are more than can be answered: whoever is turned away is turned away before anything was begun.
        let count = |status, code: &str| answers.get(&(status, code.to_owned())).copied().unwrap_or_default();
        let refused = count(409, "no_inventory") + count(503, "overloaded");
        assert_eq!((count(201, ""), refused), (1, CLIENTS - 1), "{answers:?}");
        let booked = s.get("/api/v1/reservations?property=SH01&from=2026-10-03&to=2026-10-03").await;
        assert_eq!(booked["items"].as_array().unwrap().len(), 1, "{booked}");
    }

    async fn a_check_in_is_taken_back_or_its_night_is_charged(db: TestDb) {
        let s = Server::new(db).await;
        let mut date: chrono::NaiveDate = "2026-10-03".parse().unwrap();
        for _ in 0..5 {
            let next = date.succ_opt().unwrap();
            let mut numbers = Vec::new();
            for room in ["0401", "0402", "0403", "0404"] {
                let number = s.book("DBL", &date.to_string(), &next.to_string()).await;
                let body = json!({ "room": room, "accept_dirty": true, "accept_early": true });
                s.post(&format!("/api/v1/visits/{number}/check-in"), body).await;
                numbers.push(number);
            }
            let undo = join_all(numbers.iter().map(|number| on(&s, number, "undo-check-in", json!({}))));
            let path = format!("{HOUSE}/night-audit");
            let audit = outcome(&s, Method::POST, &path, json!({ "force": true, "no_shows": "mark" }));
            let (undone, audited) = join(undo, audit).await;
            assert_eq!(audited, "ok");
            for (number, undone) in numbers.iter().zip(undone) {
                let view = s.get(&format!("/api/v1/visits/{number}")).await;
                let is_undone = view["stay"][0]["state"] == "undone";
                assert_eq!(is_undone, undone == "ok", "{undone}");
                // Whoever is no longer there by the audit has not come: that costs what was agreed, and no night.
                let lines = view["consumption"]["postings"].as_array().unwrap();
                assert_eq!(is_undone, lines.iter().all(|line| line["night"].is_null()), "{}", view["consumption"]);
                if !is_undone {
                    assert_eq!(on(&s, number, "check-out", json!({ "allow_balance": true })).await, "ok");
                }
            }
            date = next;
        }
    }

    async fn nobody_shares_the_room_of_who_has_left(db: TestDb) {
        let s = Server::new(db).await;
        for round in 0..12 {
            let number = s.book("STE", "2026-10-03", "2026-10-04").await;
            assert_eq!(on(&s, &number, "check-in", json!({ "accept_dirty": true })).await, "ok");
            let guest = json!({ "profile": { "full_name": "李娜", "phones": [format!("139123400{round:02}")] } });
            let share = on(&s, &number, "share", json!({ "guest": guest }));
            let leave = on(&s, &number, "check-out", json!({ "allow_balance": true }));
            let (shared, left) = join(share, leave).await;
            assert!(left == "ok" && ["ok", "wrong_state"].contains(&shared.as_str()), "{shared}");
            let stays = states_of_stays(&s, &number).await;
            assert_eq!((stays.len(), stays.iter().all(|state| state == "checked_out")), (1 + usize::from(shared == "ok"), true), "{stays:?}");
        }
    }

    async fn no_room_gets_more_people_than_it_holds(db: TestDb) {
        let s = Server::new(db).await;
        let mut guests = Vec::new();
        for (name, phone) in [("李娜", "13912345678"), ("王芳", "13723456789"), ("Anna Müller", "+49 1512 3456789")] {
            guests.push(s.post("/api/v1/guests", json!({ "full_name": name, "phones": [phone] })).await["id"].clone());
        }
        for _ in 0..6 {
            let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
            assert_eq!(on(&s, &number, "check-in", json!({ "room": "0401", "accept_dirty": true })).await, "ok");
            let add = |id| on(&s, &number, "add-guest", json!({ "guest": { "id": id } }));
            let added = join_all(guests.iter().map(add)).await;
            let mut added: Vec<&str> = added.iter().map(String::as_str).collect();
            added.sort_unstable();
            assert_eq!(added, ["ok", "too_many_people", "too_many_people"]);
            assert_eq!(on(&s, &number, "check-out", json!({ "allow_balance": true })).await, "ok");
        }
    }

    async fn who_comes_for_hours_and_who_comes_for_the_night_do_not_both_get_the_room(db: TestDb) {
        let s = Server::new(db).await;
        for _ in 0..10 {
            let (hours, night) = (book_hours(&s).await, s.book("DBL", "2026-10-03", "2026-10-04").await);
            let (by_day, by_night) = join(
                on(&s, &hours, "check-in", json!({ "room": "0401" })),
                on(&s, &night, "check-in", json!({ "room": "0401" })),
            ).await;
            let (got, other) = one_of([&by_day, &by_night], [&hours, &night], "room_taken");
            assert_eq!(on(&s, got, "undo-check-in", json!({})).await, "ok");
            for number in [got, other] {
                assert_eq!(on(&s, number, "cancel", json!({})).await, "ok");
            }
        }
    }

    async fn nobody_comes_back_into_the_room_somebody_gets_at_the_same_moment(db: TestDb) {
        let s = Server::new(db).await;
        let left = book_hours(&s).await;
        assert_eq!(on(&s, &left, "check-in", json!({ "room": "0401" })).await, "ok");
        assert_eq!(on(&s, &left, "check-out", json!({ "allow_balance": true })).await, "ok");
        for _ in 0..10 {
            let comes = s.book("DBL", "2026-10-03", "2026-10-04").await;
            let (back, came) = join(
                on(&s, &left, "undo-check-out", json!({})),
                on(&s, &comes, "check-in", json!({ "room": "0401", "accept_dirty": true })),
            ).await;
            let (got, _) = one_of([&back, &came], [&left, &comes], "room_taken");
            if got == left {
                assert_eq!(on(&s, &left, "check-out", json!({ "allow_balance": true })).await, "ok");
            } else {
                assert_eq!(on(&s, &comes, "undo-check-in", json!({})).await, "ok");
            }
            assert_eq!(on(&s, &comes, "cancel", json!({})).await, "ok");
        }
    }
}
