//! Every query that the screens of the desk send, over a house with a history and over the same house without one: the same rooms, kinds of rooms and visits of
//! these days. What a screen shows is the same, so what it takes longer is what the history costs.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::{Router, http::Method};
use chrono::{Days, NaiveDate};
use hefu_app::App;
use hefu_kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::{
    board::{self, IN_HOUSE, PROPERTY, send},
    figure::Figure,
    million,
    place::{Engine, Place},
    record::body,
};

/// How often each query is sent.
const TIMES: usize = 60;
/// How many times as long a screen may take with a history.
const GOAL: f64 = 1.25;
/// What the median of a query may differ by without a cause, seconds.
const NOISE: f64 = 50e-6;

/// A screen, what it asks for, and the query.
type Asked = (&'static str, String);

/// The rooms and kinds of rooms of a property, put into another one.
async fn copy_rooms(of: &Value, to: &Router) -> anyhow::Result<()> {
    for kind in of["room_types"].as_array().context("no room types")? {
        let code = kind["code"].as_str().context("a room type without code")?;
        let kind = json!({ "name": kind["name"], "name_en": kind["name_en"], "capacity": kind["capacity"], "overbooking": kind["overbooking"] });
        send(to, Method::PUT, &format!("{PROPERTY}/room-types/{code}"), kind).await?;
    }
    let rooms: Vec<Value> = of["rooms"]
        .as_array()
        .context("no rooms")?
        .iter()
        .map(|room| json!({ "number": room["number"], "room_type": room["room_type"], "floor": room["floor"], "accessible": room["accessible"] }))
        .collect();
    for rooms in rooms.chunks(400) {
        send(to, Method::PUT, &format!("{PROPERTY}/rooms"), json!(rooms)).await?;
    }
    Ok(())
}

/// What a house has on an ordinary day beside its visits.
async fn furnish(router: &Router, visits: &[String], today: NaiveDate) -> anyhow::Result<()> {
    let post = async |path: &str, value: Value| send(router, Method::POST, path, value).await;
    let put = async |path: &str, value: Value| send(router, Method::PUT, path, value).await;
    post(&format!("{PROPERTY}/shifts"), json!({})).await?;
    for (at, visit) in visits.iter().enumerate() {
        post(&format!("{visit}/charges"), json!({ "code": "MINI", "amount": 15_00 })).await?;
        if at % 4 == 0 {
            post(&format!("{visit}/payments"), json!({ "code": "CASH", "amount": 10_00 })).await?;
            let trace =
                json!({ "kind": "trace", "department": "housekeeping", "due": today, "text": "婴儿床" });
            post(&format!("{visit}/notes"), trace).await?;
            post(&format!("{visit}/wake-ups"), json!({ "date": today, "minute": 420 })).await?;
        }
    }
    for room in 0..IN_HOUSE / 4 {
        post(&format!("{PROPERTY}/rooms/B{room:03}/state"), json!({ "state": "dirty" })).await?;
    }
    post(&format!("{PROPERTY}/tasks/plan"), json!({ "attendants": ["LI", "WANG"] })).await?;
    put("/api/v1/companies/YUNFAN", json!({ "name": "云帆会展服务有限公司" })).await?;
    put("/api/v1/groups/EXPO", json!({ "name": "会展团" })).await?;
    let (from, until) = (today + Days::new(20), today + Days::new(22));
    let block = json!({ "rate_plan": "BOARD", "rooms": [{ "room_type": "BRD", "from": from, "until": until, "rooms": 5 }] });
    put(&format!("{PROPERTY}/blocks/EXPO"), block).await?;
    Ok(())
}

/// The queries of each screen, as `web/src/api` sends them.
fn queries(visit: &str, guest: &str, today: NaiveDate) -> Vec<Asked> {
    let of = |what: &str| format!("{PROPERTY}/{what}");
    let after = |days: u64| today + Days::new(days);
    let number = visit.rsplit('/').next().unwrap_or_default();
    let found = |text: &str| format!("{}&property=CITY&limit=12", million::path(text));
    vec![
        ("today: board", of("today")),
        ("today: traces", of("traces?limit=100")),
        ("today: open findings", "/api/v1/findings?property=CITY&limit=99".to_owned()),
        ("arrivals", of("lists/arrivals?limit=500&format=json")),
        ("arrivals: tomorrow", of(&format!("lists/arrivals?date={}&limit=500&format=json", after(1)))),
        ("departures", of("lists/departures?limit=500&format=json")),
        ("in house", of("lists/in_house?limit=500&format=json")),
        ("unpaid", of("lists/unpaid?limit=500&format=json")),
        ("breakfast", of("lists/breakfast?limit=500&format=json")),
        ("no-shows", of("lists/no_shows?limit=500&format=json")),
        ("chart: availability", of(&format!("availability?from={today}&to={}", after(30)))),
        (
            "chart: arrivals in two weeks",
            of(&format!("lists/arrivals?date={}&limit=500&format=json", after(14))),
        ),
        (
            "bookings of a week",
            format!("/api/v1/reservations?property=CITY&from={today}&to={}&limit=200", after(7)),
        ),
        ("booking: free rooms", of(&format!("free-rooms?from={today}&to={}", after(2)))),
        ("housekeeping: rooms", of("housekeeping")),
        ("housekeeping: tasks", of("tasks")),
        ("services: found", of("found-items?all=false&limit=50")),
        ("services: wake-ups", of(&format!("wake-ups?date={today}"))),
        ("housekeeping: faults", of("faults")),
        ("cashier: shifts", of("shifts?limit=20")),
        ("cashier: a shift", of("shifts/1")),
        ("audit: check", of("night-audit/check")),
        ("audit: reports", of("night-audits?limit=10")),
        ("audit: ledgers of the day", of("ledgers")),
        ("findings", "/api/v1/findings?property=CITY&limit=50".to_owned()),
        ("groups", "/api/v1/groups?limit=200".to_owned()),
        ("a group", "/api/v1/groups/EXPO".to_owned()),
        ("rooming list", of("blocks/EXPO/rooming-list")),
        ("companies", "/api/v1/companies?limit=200".to_owned()),
        ("rates", of(&format!("rate-calendar?from={today}&until={}&rate_plan=BOARD", after(30)))),
        ("search: a name", found("客7")),
        ("search: a phone", found("13921340007")),
        ("search: a number", found(number)),
        ("the record", format!("{visit}?property=CITY")),
        ("the record: what a member has", format!("{visit}/benefits")),
        ("a guest", format!("/api/v1/guests/{guest}")),
        ("a guest's visits", format!("/api/v1/guests/{guest}/visits?limit=20")),
        ("a guest's sources", format!("/api/v1/guests/{guest}/golden")),
        ("journal of a visit", format!("/api/v1/journal?visit={number}&limit=100")),
        ("journal", "/api/v1/journal?limit=100".to_owned()),
        ("changes since", of("changes")),
        ("the property", PROPERTY.to_owned()),
        ("properties", "/api/v1/properties".to_owned()),
    ]
}

/// A house: its router, and what its screens ask for.
struct House {
    router: Router,
    queries: Vec<Asked>,
}

async fn house(app: &App, with_property: bool) -> anyhow::Result<House> {
    let today = SystemClock.now().date_naive();
    let (router, visits) = board::open(app.clone(), with_property).await?;
    furnish(&router, &visits, today).await?;
    let view = send(&router, Method::GET, &visits[7], Value::Null).await?;
    let guest = view["guest"]["id"].as_str().context("a visit without guest")?;
    let queries = queries(&visits[7], guest, today);
    Ok(House { router, queries })
}

pub async fn run(engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let (short, long) = (Place::new(engine).await?, Place::new(engine).await?);
    let (few, many) = (short.app().await?, long.app().await?);
    let figures = measure(engine, &long, &few, &many).await;
    for (app, place) in [(few, short), (many, long)] {
        app.close().await;
        place.remove().await?;
    }
    figures
}

async fn measure(engine: Engine, long: &Place, few: &App, many: &App) -> anyhow::Result<Vec<Figure>> {
    let rows = million::behind(engine, long, many, million::times()?).await?;
    let today = SystemClock.now().date_naive();
    let bare = hefu_http::router(few.clone());
    let property = json!({ "name": "City Hotel", "name_en": "City Hotel", "time_zone": "Europe/Lisbon", "currency": "EUR",
        "business_date": today });
    send(&bare, Method::PUT, PROPERTY, property).await?;
    if rows > 0 {
        let there = send(&hefu_http::router(many.clone()), Method::GET, PROPERTY, Value::Null).await?;
        copy_rooms(&there, &bare).await?;
    }
    let houses = [house(few, false).await?, house(many, rows == 0).await?];
    let mut figures = Vec::new();
    let mut above = Vec::new();
    for at in 0..houses[0].queries.len() {
        let what = houses[0].queries[at].0;
        let (mut times, mut sizes) = ([Vec::new(), Vec::new()], [0, 0]);
        // In turns, so that a noisy neighbour affects both.
        for _ in 0..TIMES {
            for (of, house) in houses.iter().enumerate() {
                let began = Instant::now();
                let answer = body(&house.router, Method::GET, &house.queries[at].1, Value::Null).await?;
                times[of].push(began.elapsed());
                sizes[of] = answer.len();
            }
        }
        let [without, with] = times.map(|mut times: Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64()
        });
        if with > without * GOAL + NOISE {
            above.push(what);
        }
        figures.push(Figure {
            what: format!("{what} ({engine})"),
            ours: with * 1e6,
            baseline: without * 1e6,
            unit: "µs",
            note: format!("{} bytes, {} without the history", sizes[1], sizes[0]),
        });
    }
    figures.push(Figure {
        what: format!("screens within {GOAL} times ({engine})"),
        ours: (figures.len() - above.len()) as f64,
        baseline: figures.len() as f64,
        unit: "queries",
        note: format!(
            "median of {TIMES}, behind {rows} bookings; above: {}",
            if above.is_empty() { "none".to_owned() } else { above.join(", ") }
        ),
    });
    Ok(figures)
}
