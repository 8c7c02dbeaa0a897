//! Durable check-ins by many clients at once against writes that are committed durably one by one on the same disk.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::Method};
use hefu_kernel::{Clock as _, SystemClock};
use rusqlite::Connection;
use serde_json::{Value, json};
use sqlx::Executor as _;

use crate::{
    figure::Figure,
    place::{Engine, Place},
    record::body,
};

const CLIENTS: usize = 64;
/// Number of check-ins, and of rooms.
const CHECK_INS: usize = 6_400;
/// How long the baseline is measured, twice: before and after.
const BASELINE: Duration = Duration::from_secs(3);

async fn send(router: &Router, method: Method, path: &str, value: &Value) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&body(router, method, path, value.clone()).await?)?)
}

/// Sends a POST for each of these from as many clients as there are.
async fn by_all(router: &Router, requests: Vec<(String, Value)>) -> anyhow::Result<(Vec<Value>, Duration)> {
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let began = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (router, requests, next) = (router.clone(), requests.clone(), next.clone());
            tokio::spawn(async move {
                let mut answers = Vec::new();
                while let Some((path, body)) = requests.get(next.fetch_add(1, Relaxed)) {
                    answers.push(send(&router, Method::POST, path, body).await?);
                }
                anyhow::Ok(answers)
            })
        })
        .collect();
    let mut answers = Vec::new();
    for client in clients {
        answers.extend(client.await??);
    }
    Ok((answers, began.elapsed()))
}

/// A property full of arrivals; returns the paths of their check-ins.
async fn arrivals(router: &Router) -> anyhow::Result<Vec<(String, Value)>> {
    let property = "/api/v1/properties/SH01";
    let number = |room: usize| format!("{room:05}");
    let rooms: Vec<Value> =
        (0..CHECK_INS).map(|room| json!({ "number": number(room), "room_type": "DBL" })).collect();
    let today = SystemClock.now().date_naive();
    let leaving = today + chrono::Days::new(1);
    let setup = [
        (
            property.to_owned(),
            json!({ "name": "合符", "name_en": "Hefu", "time_zone": "UTC", "currency": "CNY", "business_date": today }),
        ),
        (format!("{property}/room-types/DBL"), json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })),
        (
            format!("{property}/rate-plans/BAR"),
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "tax": 600, "rates": [{ "room_type": "DBL", "valid_from": today, "amount": 300_00 }] }),
        ),
    ];
    for (path, value) in &setup {
        send(router, Method::PUT, path, value).await?;
    }
    for rooms in rooms.chunks(400) {
        send(router, Method::PUT, &format!("{property}/rooms"), &json!(rooms)).await?;
    }
    let bookings = (0..CHECK_INS).map(|guest| {
        let body = json!({ "property": "SH01",
            "guest": { "profile": { "full_name": format!("客{guest}"), "phones": [format!("139{:08}", 21_340_000 + guest)] } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": today, "departure": leaving }] });
        ("/api/v1/reservations".to_owned(), body)
    });
    let (booked, _) = by_all(router, bookings.collect()).await?;
    Ok(booked
        .iter()
        .enumerate()
        .map(|(room, visit)| {
            let visit = visit["number"].as_str().unwrap_or_default().replace('-', "");
            let body = json!({ "room": number(room), "accept_early": true });
            (format!("/api/v1/visits/{visit}/check-in"), body)
        })
        .collect())
}

/// Commits of one row per second, one after the other.
async fn baseline(engine: Engine, place: &Place) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut commits = 0;
    match engine {
        Engine::Sqlite => {
            let file = Connection::open(place.dir()?.join("baseline.db"))?;
            file.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                CREATE TABLE IF NOT EXISTS written (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
            )?;
            let mut insert = file.prepare("INSERT INTO written (text) VALUES ('checked in')")?;
            while began.elapsed() < BASELINE {
                insert.execute([])?;
                commits += 1;
            }
        }
        Engine::Postgres => {
            let mut connection = place.connect().await?;
            connection
                .execute("CREATE TABLE IF NOT EXISTS written (id BIGSERIAL PRIMARY KEY, text TEXT NOT NULL)")
                .await?;
            while began.elapsed() < BASELINE {
                sqlx::query("INSERT INTO written (text) VALUES ('checked in')")
                    .execute(&mut connection)
                    .await?;
                commits += 1;
            }
        }
    }
    Ok(f64::from(commits) / began.elapsed().as_secs_f64())
}

pub async fn run(engine: Engine) -> anyhow::Result<Figure> {
    let place = Place::new(engine).await?;
    let app = place.app().await?;
    let router = hefu_http::router(app.clone());
    let check_ins = arrivals(&router).await?;
    // Before and after, so that a noisy neighbour affects both.
    let before = baseline(engine, &place).await?;
    let (done, time) = by_all(&router, check_ins).await?;
    let after = baseline(engine, &place).await?;
    app.close().await;
    place.remove().await?;
    Ok(Figure {
        what: format!("durable check-ins by {CLIENTS} clients ({engine})"),
        ours: done.len() as f64 / time.as_secs_f64(),
        baseline: f64::midpoint(before, after),
        unit: "check-ins/s",
        note: format!("{} check-ins; baseline: one row, one durable commit, one after the other", done.len()),
    })
}
