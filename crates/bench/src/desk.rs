//! The desks of a chain at work: sixty-four connections ask for what staff ask for, in the mix in which they do, while screens follow what changes and the server
//! does what it does beside. Behind it lies a history of a million guests.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::ensure;
use axum::{
    Router,
    http::{Method, header},
    routing::any,
};
use bytes::Bytes;
use chrono::{Days, NaiveDate};
use hefu_app::App;
use hefu_crypto::OsRng;
use hefu_http::connection::{Limits, serve};
use hefu_jobs::background::Background;
use hefu_kernel::{Clock as _, Rng as _, SystemClock};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{
    board::{self, send},
    figure::Figure,
    load::{self, Mixed},
    million,
    place::{Engine, Place},
    record::{body, serve as serve_bare},
    search::{KEYS, guests},
};

/// What is asked, and how often of a hundred requests.
const KINDS: [(&str, u64); 5] =
    [("records", 60), ("searches by name", 20), ("boards", 5), ("availability", 5), ("writes", 10)];
const WRITE: usize = 4;

const CONNECTIONS: usize = 64;
/// Screens that follow changes meanwhile.
const SCREENS: usize = 16;
/// How long each turn takes, and how many there are.
const TURN: Duration = Duration::from_secs(5);
const TURNS: u32 = 3;
/// Visits of the history that are asked for, and guests who are searched for.
const ASKED: usize = 2_000;
/// Visits in house that are charged and paid for, in a property of their own.
const IN_HOUSE: usize = 400;

const PROPERTY: &str = "/api/v1/properties/DESK";

/// A property full of guests; answers the paths of their visits.
async fn house(router: &Router, today: NaiveDate) -> anyhow::Result<Vec<String>> {
    let number = |room: usize| format!("{room:04}");
    let rooms: Vec<Value> =
        (0..IN_HOUSE).map(|room| json!({ "number": number(room), "room_type": "DSK" })).collect();
    for (path, value) in [
        (
            PROPERTY.to_owned(),
            json!({ "name": "合符", "name_en": "Hefu", "time_zone": "UTC", "currency": "CNY", "business_date": today }),
        ),
        (
            format!("{PROPERTY}/room-types/DSK"),
            json!({ "name": "双床房", "name_en": "Twin", "capacity": 2, "overbooking": 1_000 }),
        ),
        (format!("{PROPERTY}/rooms"), json!(rooms)),
        (
            format!("{PROPERTY}/rate-plans/BAR"),
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly", "tax": 600,
                "rates": [{ "room_type": "DSK", "valid_from": today, "amount": 300_00 }] }),
        ),
    ] {
        send(router, Method::PUT, &path, value).await?;
    }
    let mut visits = Vec::with_capacity(IN_HOUSE);
    for room in 0..IN_HOUSE {
        let booked = send(router, Method::POST, "/api/v1/reservations", booking(room, today)).await?;
        let visit =
            format!("/api/v1/visits/{}", booked["number"].as_str().unwrap_or_default().replace('-', ""));
        let check_in = json!({ "room": number(room), "accept_early": true });
        send(router, Method::POST, &format!("{visit}/check-in"), check_in).await?;
        // More than is paid in all.
        let dinner = json!({ "code": "FB", "amount": 100_000_00 });
        send(router, Method::POST, &format!("{visit}/charges"), dinner).await?;
        visits.push(visit);
    }
    Ok(visits)
}

fn booking(guest: usize, arrival: NaiveDate) -> Value {
    json!({ "property": "DESK",
        "guest": { "profile": { "full_name": format!("台{guest}"), "phones": [format!("137{:08}", 31_340_000 + guest)] } },
        "rooms": [{ "room_type": "DSK", "rate_plan": "BAR", "arrival": arrival, "departure": arrival + Days::new(2) }] })
}

/// What can be asked.
struct Asks {
    records: Vec<String>,
    searches: Vec<String>,
    in_house: Vec<String>,
    today: NaiveDate,
    /// Numbers what is written, so that nothing is a repetition.
    written: AtomicUsize,
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

fn post(path: &str, key: usize, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: desk-{key}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

impl Asks {
    /// The kind that a random number chooses, and what is left of the number to choose further.
    fn kind(random: u64) -> (usize, usize) {
        let mut at = random % 100;
        let kind = KINDS.iter().position(|(_, share)| {
            let is_it = at < *share;
            at = at.saturating_sub(*share);
            is_it
        });
        (kind.unwrap_or(WRITE), (random / 100) as usize)
    }

    fn next(&self, random: u64) -> (usize, String) {
        let (kind, choice) = Self::kind(random);
        let one = |of: &[String]| of[choice % of.len()].clone();
        let request = match kind {
            // Every other one is in house now.
            0 if choice % 2 == 0 => get(&self.in_house[choice / 2 % self.in_house.len()]),
            0 => get(&one(&self.records)),
            1 => get(&one(&self.searches)),
            2 => get(&format!("{}/today", board::PROPERTY)),
            3 => {
                let from = self.today + Days::new(choice as u64 % 60);
                get(&format!("{}/availability?from={from}&to={}", board::PROPERTY, from + Days::new(14)))
            }
            _ => self.write(choice),
        };
        (kind, request)
    }

    /// Charges, payments and bookings: five, three and two of ten.
    fn write(&self, choice: usize) -> String {
        let key = self.written.fetch_add(1, Relaxed);
        let visit = &self.in_house[choice / 10 % self.in_house.len()];
        match choice % 10 {
            0..5 => post(&format!("{visit}/charges"), key, &json!({ "code": "MINI", "amount": 15_00 })),
            5..8 => post(&format!("{visit}/payments"), key, &json!({ "code": "CASH", "amount": 10_00 })),
            _ => {
                let arrival = self.today + Days::new(5 + key as u64 % 300);
                post("/api/v1/reservations", key, &booking(IN_HOUSE + key, arrival))
            }
        }
    }
}

/// Follows what changes, as an open screen does.
async fn follow(address: SocketAddr) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let get =
        format!("GET {PROPERTY}/changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    stream.write_all(get.as_bytes()).await?;
    tokio::spawn(async move {
        let mut read = vec![0; 1 << 14];
        while stream.read(&mut read).await.is_ok_and(|length| length > 0) {}
    });
    Ok(())
}

/// A bare handler for each kind, which answers what ours answered once.
async fn bare(answers: Vec<Bytes>) -> anyhow::Result<SocketAddr> {
    let mut router = Router::new();
    for (kind, answer) in answers.into_iter().enumerate() {
        let handler = any(move |_: Bytes| {
            let answer = answer.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], answer) }
        });
        router = router.route(&format!("/{kind}"), handler);
    }
    serve_bare(router).await
}

/// Adds what another turn has measured.
fn add(all: &mut Option<Mixed>, turn: Mixed) {
    match all {
        None => *all = Some(turn),
        Some(all) => {
            all.rate += turn.rate;
            all.refused += turn.refused;
            for (all, some) in all.latencies.iter_mut().zip(turn.latencies) {
                all.extend(some);
            }
        }
    }
}

fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).map_or(0.0, Duration::as_secs_f64) * 1e6
}

pub async fn run(engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new(engine).await?;
    let app = place.app().await?;
    let times = million::times()?;
    let rows = million::behind(engine, &place, &app, times).await?;
    let figures = measure(engine, &app, rows).await;
    app.close().await;
    place.remove().await?;
    figures
}

async fn measure(engine: Engine, app: &App, rows: i64) -> anyhow::Result<Vec<Figure>> {
    let today = SystemClock.now().date_naive();
    let (router, _) = board::open(app.clone(), rows == 0).await?;
    let in_house = house(&router, today).await?;
    let sample = (0..ASKED * 2).map(|_| 1 + (OsRng.next_u64() % rows.unsigned_abs().max(1)).cast_signed());
    let sample = guests(app, sample).await?;
    let name = KEYS[2].0;
    let mut searches: Vec<String> =
        sample.iter().take(ASKED).map(|guest| million::path(name.of(&guest.profile))).collect();
    let mut records: Vec<String> = sample
        .iter()
        .filter_map(|guest| guest.number.as_deref())
        .take(ASKED)
        .map(|number| format!("/api/v1/visits/{number}"))
        .collect();
    if rows == 0 {
        // Without a history there is only the house.
        searches = (0..IN_HOUSE).map(|guest| million::path(&format!("台{guest}"))).collect();
        records.clone_from(&in_house);
    }
    ensure!(!searches.is_empty() && !records.is_empty(), "the history has nobody to ask for");
    let availability = format!("{}/availability?from={today}&to={}", board::PROPERTY, today + Days::new(14));
    let mut answers = Vec::new();
    for path in [&records[0], &searches[0], &format!("{}/today", board::PROPERTY), &availability] {
        answers.push(body(&router, Method::GET, path, Value::Null).await?);
    }
    let charge = format!("{}/charges", in_house[0]);
    answers.push(body(&router, Method::POST, &charge, json!({ "code": "MINI", "amount": 15_00 })).await?);
    let sizes: Vec<usize> = answers.iter().map(Bytes::len).collect();

    let baseline = bare(answers).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let ours = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::watch::channel(());
    let until = |mut stopped: tokio::sync::watch::Receiver<()>| async move {
        while stopped.changed().await.is_ok() {}
    };
    let background = Background::start(app.clone(), Vec::new(), until(stopped.clone()))?;
    let serving = {
        let stopped = until(stopped);
        tokio::spawn(async move { serve(listener, router, &Limits::default(), stopped).await })
    };
    for _ in 0..SCREENS {
        follow(ours).await?;
    }
    let asks = Arc::new(Asks { records, searches, in_house, today, written: AtomicUsize::new(0) });
    let of_ours = {
        let asks = asks.clone();
        Arc::new(move |random: u64| asks.next(random))
    };
    let of_bare = Arc::new(move |random: u64| {
        let (kind, request) = asks.next(random);
        let (method, rest) = request.split_once(' ').unwrap_or_default();
        let rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
        (kind, format!("{method} /{kind} {rest}"))
    });
    // Plans, caches and the size of the admission's window are those of a server that has been up for a while.
    load::mixed(ours, KINDS.len(), CONNECTIONS, TURN, of_ours.clone()).await?;
    let (mut all, mut of_baseline) = (None, None);
    for _ in 0..TURNS {
        add(&mut of_baseline, load::mixed(baseline, KINDS.len(), CONNECTIONS, TURN, of_bare.clone()).await?);
        add(&mut all, load::mixed(ours, KINDS.len(), CONNECTIONS, TURN, of_ours.clone()).await?);
    }
    drop(stop);
    let _ = tokio::join!(background.ended(), serving);
    let (Some(mut all), Some(mut of_baseline)) = (all, of_baseline) else {
        anyhow::bail!("nothing was measured")
    };

    let mut together: Vec<Duration> = all.latencies.iter().flatten().copied().collect();
    let mut figures = vec![Figure {
        what: format!("desk load, mixed ({engine})"),
        ours: all.rate / f64::from(TURNS),
        baseline: of_baseline.rate / f64::from(TURNS),
        unit: "requests/s",
        note: format!(
            "{CONNECTIONS} connections, {rows} bookings behind, {SCREENS} screens follow; p50 {:.1} ms, p99 {:.1} ms; {} turned away; \
             baseline: bare handlers that answer as many bytes",
            at(&mut together, 50) / 1e3,
            at(&mut together, 99) / 1e3,
            all.refused
        ),
    }];
    for (kind, (name, share)) in KINDS.iter().enumerate() {
        let (ours, bare) = (&mut all.latencies[kind], &mut of_baseline.latencies[kind]);
        figures.push(Figure {
            what: format!("  {name}, {share} %, 99 of 100 within ({engine})"),
            ours: at(ours, 99),
            baseline: at(bare, 99),
            unit: "µs",
            note: format!("{} answers, {} bytes; median {:.0} µs", ours.len(), sizes[kind], at(ours, 50)),
        });
    }
    Ok(figures)
}
