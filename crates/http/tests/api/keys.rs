//! Room keys over HTTP on both engines, made by a lock system on a socket that speaks the reference protocol.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use axum::http::Method;
use chrono::TimeDelta;
use hefu_app::lock::Locks;
use hefu_exchange::locks::LineLocks;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};

use crate::common::Server;

/// The lock system of a house: it opens the doors 0401 to 0404, and remembers what it was told.
#[derive(Clone, Default)]
struct House {
    told: Arc<Mutex<Vec<Value>>>,
    /// It hangs up on whoever calls.
    is_down: Arc<AtomicBool>,
}

impl House {
    /// Listens; answers where.
    async fn listens(&self) -> LineLocks {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let house = self.clone();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                if house.is_down.load(SeqCst) {
                    continue;
                }
                let (read, mut write) = connection.split();
                let mut lines = BufReader::new(read).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    let order: Value = serde_json::from_str(&line).unwrap();
                    let answer = match order["door"].as_str() {
                        Some("0401" | "0402" | "0403" | "0404") => json!({ "id": order["id"], "ok": true }),
                        _ => json!({ "id": order["id"], "ok": false, "code": "no_such_door" }),
                    };
                    house.told.lock().unwrap().push(order);
                    // It also talks of other things.
                    let lines = format!("{{\"battery\":\"low\"}}\n{answer}\n");
                    write.write_all(lines.as_bytes()).await.unwrap();
                }
            }
        });
        LineLocks::new(&address).unwrap()
    }

    /// What it was told: what to do, at which door, until when.
    fn told(&self) -> Vec<(String, String, String)> {
        let text = |order: &Value, field: &str| order[field].as_str().unwrap().to_owned();
        let told = self.told.lock().unwrap();
        told.iter().map(|order| (text(order, "do"), text(order, "door"), text(order, "until"))).collect()
    }
}

async fn served(db: TestDb) -> (Server, House) {
    let house = House::default();
    let locks = Locks::default().with("SH01", Arc::new(house.listens().await));
    (Server::with_locks(db, locks).await, house)
}

/// A guest in a room.
async fn in_house(s: &Server, room: &str, departure: &str) -> String {
    let kind = if room == "0501" { "STE" } else { "DBL" };
    let number = s.book(kind, "2026-10-03", departure).await;
    s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": room })).await;
    number
}

/// State and room of each key of a visit.
async fn keys(s: &Server, number: &str) -> Vec<(String, String)> {
    let keys = s.get(&format!("/api/v1/visits/{number}/keys")).await;
    let text = |key: &Value, field: &str| key[field].as_str().unwrap().to_owned();
    keys.as_array().unwrap().iter().map(|key| (text(key, "state"), text(key, "room"))).collect()
}

fn order(what: &str, door: &str, until: &str) -> (String, String, String) {
    (what.into(), door.into(), until.into())
}

both_engines! {
    async fn keys_follow_the_stay(db: TestDb) {
        let (s, house) = served(db).await;
        let number = in_house(&s, "0401", "2026-10-05").await;
        let at = |what: &str| format!("/api/v1/visits/{number}/{what}");
        // Three impatient requests make two keys, not six. Check-out is due at noon in Shanghai.
        s.post(&at("keys"), json!({ "count": 2 })).await;
        let noon = "2026-10-05T04:00:00Z";
        assert_eq!(house.told(), [order("issue", "0401", noon), order("issue", "0401", noon)]);
        let shown = s.get(&at("keys")).await;
        assert_eq!((shown[0]["state"].as_str(), shown[0]["valid_until"].as_str()), (Some("live"), Some(noon)));
        assert_eq!((shown[0]["log"][0]["kind"].as_str(), shown[0]["log"][0]["state"].as_str()), (Some("issue"), Some("done")));

        // One is lost.
        s.post(&at("cancel-key"), json!({ "key_id": shown[0]["id"] })).await;
        assert_eq!(s.refused(&at("cancel-key"), json!({ "key_id": shown[0]["id"] })).await, (409, "wrong_state".into()));
        // The other follows: a day more, a day less, and another door, where a new one is made.
        s.post(&at("extend"), json!({ "departure": "2026-10-06" })).await;
        s.post(&at("early-departure"), json!({ "departure": "2026-10-04" })).await;
        s.post(&at("move"), json!({ "room": "0402", "reason": "noise" })).await;
        s.post(&at("keys"), json!({})).await;
        s.post(&at("check-out"), json!({ "allow_balance": true })).await;
        let (fourth, sixth) = ("2026-10-04T04:00:00Z", "2026-10-06T04:00:00Z");
        assert_eq!(house.told()[2..], [
            order("cancel", "0401", noon),
            order("extend", "0401", sixth),
            order("extend", "0401", fourth),
            order("cancel", "0401", fourth),
            order("issue", "0402", fourth),
            order("cancel", "0402", fourth),
        ]);
        assert!(keys(&s, &number).await.iter().all(|(state, _)| state == "cancelled"));

        // The log of the house says who, when and which door, the latest first.
        let log = s.get("/api/v1/properties/SH01/key-log?limit=5").await;
        let entry = &log["items"][0];
        assert_eq!((log["items"].as_array().unwrap().len(), entry["kind"].as_str(), entry["room"].as_str()), (5, Some("cancel"), Some("0402")));
        assert_eq!((entry["number"].as_str().unwrap().replace('-', ""), entry["state"].as_str()), (number.clone(), Some("done")));
        assert!(!entry["ordered_by"].as_str().unwrap().is_empty() && !entry["answered_at"].is_null());
        let rest = s.get(&format!("/api/v1/properties/SH01/key-log?limit=5&cursor={}", log["next"].as_str().unwrap())).await;
        assert_eq!((rest["items"].as_array().unwrap().len(), rest["next"].is_null()), (3, true));
    }

    async fn a_lock_system_that_is_down_stops_nobody(db: TestDb) {
        let (s, house) = served(db).await;
        let number = in_house(&s, "0401", "2026-10-05").await;
        house.is_down.store(true, SeqCst);
        s.post(&format!("/api/v1/visits/{number}/keys"), json!({})).await;
        s.post(&format!("/api/v1/visits/{number}/check-out"), json!({ "allow_balance": true })).await;
        let shown = s.get(&format!("/api/v1/visits/{number}/keys")).await;
        assert_eq!(shown[0]["log"].as_array().unwrap().iter().map(|entry| entry["state"].as_str().unwrap()).collect::<Vec<_>>(),
            ["waiting", "waiting"]);
        let waiting = s.get("/api/v1/jobs?state=waiting").await["items"][0].clone();
        assert_eq!((waiting["kind"].as_str(), waiting["last_error"].as_str()), (Some("key.tell"), Some("lock_system_down")));
        assert!(house.told().is_empty());

        // Up again, it is told everything in the order in which it was wanted: nobody who has left gets a key that works.
        house.is_down.store(false, SeqCst);
        s.db.clock.advance(TimeDelta::minutes(20));
        s.run_jobs().await;
        assert_eq!(house.told().iter().map(|(what, ..)| what.as_str()).collect::<Vec<_>>(), ["issue", "cancel"]);
        assert_eq!(keys(&s, &number).await, [("cancelled".to_owned(), "0401".to_owned())]);
        // And nothing twice.
        s.db.clock.advance(TimeDelta::minutes(20));
        s.run_jobs().await;
        assert_eq!(house.told().len(), 2);
    }

    async fn what_is_refused_opens_nothing(db: TestDb) {
        let (s, house) = served(db).await;
        let number = in_house(&s, "0501", "2026-10-05").await;
        s.post(&format!("/api/v1/visits/{number}/keys"), json!({})).await;
        let shown = s.get(&format!("/api/v1/visits/{number}/keys")).await;
        assert_eq!((shown[0]["state"].as_str(), shown[0]["log"][0]["answer"].as_str()), (Some("refused"), Some("no_such_door")));
        // It is not asked again, and nothing is left to cancel.
        s.post(&format!("/api/v1/visits/{number}/check-out"), json!({ "allow_balance": true })).await;
        assert_eq!(house.told().len(), 1);
    }

    async fn keys_are_for_who_is_in_house_and_where_there_are_locks(db: TestDb) {
        let s = Server::with_locks(db, Locks::default()).await;
        let number = in_house(&s, "0401", "2026-10-05").await;
        let path = format!("/api/v1/visits/{number}/keys");
        assert_eq!(s.refused(&path, json!({})).await, (409, "no_lock_system".into()));
        assert_eq!(s.refused(&path, json!({ "count": 9 })).await, (422, "invalid".into()));
        assert_eq!(s.get(&path).await, json!([]));
        let missing = json!({ "key_id": "01890000-0000-7000-8000-000000000000" });
        assert_eq!(s.refused(&format!("/api/v1/visits/{number}/cancel-key"), missing).await, (404, "not_found".into()));
    }

    async fn hours_and_overstays_have_keys_too(db: TestDb) {
        let (s, house) = served(db).await;
        // Four hours from now, 16:00 in Shanghai.
        let mut hours = crate::common::booking("DBL", "2026-10-03", "2026-10-03");
        hours["rooms"][0]["rate_plan"] = json!("DAY4");
        let hourly = crate::common::digits(&s.post("/api/v1/reservations", hours).await);
        s.post(&format!("/api/v1/visits/{hourly}/check-in"), json!({ "room": "0403" })).await;
        s.post(&format!("/api/v1/visits/{hourly}/keys"), json!({})).await;
        // Who is here after the departure has a key until check-out is due next.
        let over = in_house(&s, "0404", "2026-10-04").await;
        let audit = json!({ "force": true, "no_shows": "mark" });
        s.post("/api/v1/properties/SH01/night-audit", audit.clone()).await;
        s.post("/api/v1/properties/SH01/night-audit", audit).await;
        s.post(&format!("/api/v1/visits/{over}/keys"), json!({})).await;
        assert_eq!(house.told(), [
            order("issue", "0403", "2026-10-03T12:00:00Z"),
            order("issue", "0404", "2026-10-05T04:00:00Z"),
        ]);
        let (status, _) = s.send(Method::GET, "/api/v1/visits/1/keys", None, &[]).await;
        assert_eq!(status.as_u16(), 404);
    }
}
