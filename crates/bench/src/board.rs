//! Today's board of a property: with only the visits of a few days, and with the same visits plus the history of the real file. Rows that a board reads
//! without showing them are more with a history.

use std::time::{Duration, Instant};

use anyhow::ensure;
use axum::{Router, http::Method};
use hefu_app::App;
use hefu_kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::{
    figure::Figure,
    import,
    place::{Engine, Place},
    record::body,
};

/// A property of the real file.
pub const PROPERTY: &str = "/api/v1/properties/CITY";
/// Visits in house, and as many expected: about as many as in the demonstration chain.
pub const IN_HOUSE: usize = 40;
/// Number of requests for the board.
const TIMES: usize = 200;

/// Sends what must succeed; answers its JSON.
pub async fn send(router: &Router, method: Method, path: &str, value: Value) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&body(router, method, path, value).await?)?)
}

/// The property, if the file has not created it, and today's visits; answers the paths of those in house beside the router.
pub async fn open(app: App, with_property: bool) -> anyhow::Result<(Router, Vec<String>)> {
    let router = hefu_http::router(app);
    let today = SystemClock.now().date_naive();
    let leaving = today + chrono::Days::new(2);
    if with_property {
        let property = json!({ "name": "City Hotel", "name_en": "City Hotel", "time_zone": "Europe/Lisbon", "currency": "EUR",
            "business_date": today });
        send(&router, Method::PUT, PROPERTY, property).await?;
    }
    let rooms: Vec<Value> =
        (0..IN_HOUSE).map(|room| json!({ "number": format!("B{room:03}"), "room_type": "BRD" })).collect();
    for (path, value) in [
        (
            "room-types/BRD",
            json!({ "name": "双床房", "name_en": "Twin", "capacity": 2, "overbooking": IN_HOUSE }),
        ),
        ("rooms", json!(rooms)),
        (
            "rate-plans/BOARD",
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly", "tax": 600,
                "rates": [{ "room_type": "BRD", "valid_from": today, "amount": 300_00 }] }),
        ),
    ] {
        send(&router, Method::PUT, &format!("{PROPERTY}/{path}"), value).await?;
    }
    let mut in_house = Vec::new();
    for guest in 0..2 * IN_HOUSE {
        let booking = json!({ "property": "CITY",
            "guest": { "profile": { "full_name": format!("客{guest}"), "phones": [format!("139{:08}", 21_340_000 + guest)] } },
            "rooms": [{ "room_type": "BRD", "rate_plan": "BOARD", "arrival": today, "departure": leaving }] });
        let booked = send(&router, Method::POST, "/api/v1/reservations", booking).await?;
        if guest < IN_HOUSE {
            let number = booked["number"].as_str().unwrap_or_default().replace('-', "");
            let check_in = json!({ "room": format!("B{guest:03}"), "accept_early": true });
            let visit = format!("/api/v1/visits/{number}");
            send(&router, Method::POST, &format!("{visit}/check-in"), check_in).await?;
            in_house.push(visit);
        }
    }
    Ok((router, in_house))
}

/// The board's time on one engine, with and without the history, alternating.
pub async fn run(engine: Engine) -> anyhow::Result<Figure> {
    let (short, long) = (Place::new(engine).await?, Place::new(engine).await?);
    let (few, many) = (short.app().await?, long.app().await?);
    let history = import::history(&many).await?;
    let routers = [open(few.clone(), true).await?.0, open(many.clone(), false).await?.0];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TIMES {
        let mut shown = Vec::new();
        for (router, times) in routers.iter().zip(&mut times) {
            let began = Instant::now();
            let board = body(router, Method::GET, &format!("{PROPERTY}/today"), Value::Null).await?;
            times.push(began.elapsed());
            shown.push(serde_json::from_slice::<Value>(&board)?);
        }
        for count in ["in_house_count", "arrivals_count"] {
            ensure!(
                shown[0][count] == IN_HOUSE && shown[1][count] == IN_HOUSE,
                "both boards show the same: {count}"
            );
        }
    }
    for (app, place) in [(few, short), (many, long)] {
        app.close().await;
        place.remove().await?;
    }
    let [baseline, ours]: [Duration; 2] = times.map(|mut times| {
        times.sort_unstable();
        times[TIMES / 2]
    });
    Ok(Figure {
        what: format!("today's board behind a history ({engine})"),
        ours: ours.as_secs_f64() * 1e6,
        baseline: baseline.as_secs_f64() * 1e6,
        unit: "µs",
        note: format!(
            "median; {IN_HOUSE} in house and expected, behind {} bookings; baseline: without them",
            history.rows
        ),
    })
}
