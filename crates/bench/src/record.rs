//! The three-part record, hot, against a bare axum handler that returns the same bytes.

use std::{net::SocketAddr, time::Duration};

use anyhow::ensure;
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
    routing::get,
};
use bytes::Bytes;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    figure::Figure,
    load,
    place::{Engine, Place},
};

const CONNECTIONS: usize = 64;
const TIME: Duration = Duration::from_secs(4);

pub async fn run(engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new(engine).await?;
    let router = hefu_http::router(place.app().await?);
    let path = make_visit(&router).await?;
    let bytes = body(&router, Method::GET, &path, Value::Null).await?;

    let baseline = serve(Router::new().route(
        "/record",
        get({
            let bytes = bytes.clone();
            move || async move { ([(header::CONTENT_TYPE, "application/json")], bytes) }
        }),
    ))
    .await?;
    let ours = serve(router).await?;
    // Alternating, so that a noisy neighbour affects both.
    let (mut our_rates, mut baseline_rates, mut p99) = (0.0, 0.0, Duration::ZERO);
    const TURNS: u32 = 3;
    for _ in 0..TURNS {
        baseline_rates += load::run(baseline, "/record", CONNECTIONS, TIME).await?.rate;
        let load = load::run(ours, &path, CONNECTIONS, TIME).await?;
        our_rates += load.rate;
        p99 = p99.max(load.p99);
    }
    place.remove().await?;
    Ok(vec![Figure {
        what: format!("three-part record, hot ({engine})"),
        ours: our_rates / f64::from(TURNS),
        baseline: baseline_rates / f64::from(TURNS),
        unit: "requests/s",
        note: format!(
            "{} bytes, {CONNECTIONS} connections, p99 {:.1} ms",
            bytes.len(),
            p99.as_secs_f64() * 1e3
        ),
    }])
}

pub async fn serve(router: Router) -> anyhow::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// The answer to a request that must succeed.
pub async fn body(router: &Router, method: Method, path: &str, body: Value) -> anyhow::Result<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))?;
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
    ensure!(status.is_success(), "{path} answered {status}: {}", String::from_utf8_lossy(&bytes));
    Ok(bytes)
}

/// A property and one visit that has been booked, checked in and charged; returns its path.
pub async fn make_visit(router: &Router) -> anyhow::Result<String> {
    let property = "/api/v1/properties/SH01";
    for (path, value) in [
        (
            property.to_owned(),
            json!({ "name": "合符", "name_en": "Hefu", "time_zone": "Asia/Shanghai", "currency": "CNY",
            "business_date": "2026-10-03" }),
        ),
        (format!("{property}/room-types/DBL"), json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })),
        (format!("{property}/rooms"), json!([{ "number": "0401", "room_type": "DBL" }])),
        (
            format!("{property}/rate-plans/BAR"),
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "tax": 600, "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] }),
        ),
    ] {
        body(router, Method::PUT, &path, value).await?;
    }
    let booked = body(router, Method::POST, "/api/v1/reservations", json!({ "property": "SH01",
        "guest": { "profile": { "full_name": "张伟", "phones": ["13812345678"] } },
        "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": "2026-10-03", "departure": "2026-10-05" }] })).await?;
    let booked: Value = serde_json::from_slice(&booked)?;
    let path = format!("/api/v1/visits/{}", booked["number"].as_str().unwrap_or_default().replace('-', ""));
    body(router, Method::POST, &format!("{path}/check-in"), json!({ "room": "0401" })).await?;
    body(router, Method::POST, &format!("{path}/charges"), json!({ "code": "MINI", "amount": 35_00 }))
        .await?;
    body(router, Method::POST, &format!("{path}/payments"), json!({ "code": "CASH", "amount": 37_10 }))
        .await?;
    Ok(path)
}
