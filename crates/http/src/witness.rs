//! A witness of other ledgers over HTTP (<https://c2sp.org/tlog-witness>). It asks nobody who they are, shows nothing personal, and cosigns
//! only what a known key of a ledger signed: its routes stand beside those of the API, outside of what guards them.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hefu_kernel::Clock;
use hefu_ledger::Refusal;
use hefu_witness::{Witness, WitnessError};

/// The longest request, bytes: 63 hashes and a note with many signatures.
const LONGEST: usize = 64 << 10;

#[derive(Clone)]
struct Shared {
    witness: Arc<Witness>,
    clock: Arc<dyn Clock>,
}

/// The routes of a witness, behind `prefix`: nothing, or a path that begins with a slash and does not end in one.
pub fn routes(prefix: &str, witness: Arc<Witness>, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .route(&format!("{prefix}/add-checkpoint"), post(add))
        .route(&format!("{prefix}/{{origin}}/checkpoint"), get(checkpoint))
        .layer(DefaultBodyLimit::max(LONGEST))
        .with_state(Shared { witness, clock })
}

fn refused(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match refusal {
        Refusal::OtherSize(size) => {
            (status, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
        }
        refusal => (status, format!("{refusal}\n")).into_response(),
    }
}

fn failed(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "the witness cannot answer");
    (StatusCode::INTERNAL_SERVER_ERROR, "the witness cannot answer\n").into_response()
}

async fn add(State(shared): State<Shared>, body: Bytes) -> Response {
    let Ok(body) = String::from_utf8(body.to_vec()) else { return refused(Refusal::Malformed) };
    let now = u64::try_from(shared.clock.now().timestamp()).unwrap_or_default().max(1);
    // It waits for the disk.
    match tokio::task::spawn_blocking(move || shared.witness.add(&body, now)).await {
        Ok(Ok(lines)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response(),
        Ok(Err(WitnessError::Refused(refusal))) => refused(refusal),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

async fn checkpoint(State(shared): State<Shared>, Path(origin): Path<String>) -> Response {
    match tokio::task::spawn_blocking(move || shared.witness.checkpoint(&origin)).await {
        Ok(Ok(Some(note))) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response(),
        Ok(Ok(None)) => (StatusCode::NOT_FOUND, "no such ledger was cosigned here\n").into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}
