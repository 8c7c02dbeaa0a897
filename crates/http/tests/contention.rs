//! Many at once, over HTTP on both engines: nothing is sold twice.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{collections::BTreeMap, sync::Arc};

use axum::http::Method;
use common::Server;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

const CLIENTS: usize = 1_000;

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
        let expected = [((201, String::new()), 1), ((409, "no_inventory".to_owned()), CLIENTS - 1)];
        assert_eq!(answers, BTreeMap::from(expected));
        let booked = s.get("/api/v1/reservations?property=SH01&from=2026-10-03&to=2026-10-03").await;
        assert_eq!(booked["items"].as_array().unwrap().len(), 1, "{booked}");
    }
}
