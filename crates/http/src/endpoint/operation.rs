//! What operators and their tools ask: whether the server can be used, and what is counted and timed. It is no part of the API's description, and is
//! answered however busy the server is; nothing in it is personal.

use std::sync::Arc;

use axum::{
    Json, Router, extract::State, http::StatusCode, http::header, response::IntoResponse, routing::get,
};
use hefu_app::{
    changes::ChangeHub,
    health::{Pulse, ShowMetrics, TakePulse},
};
use serde::Serialize;

use crate::{Shared, admission::Admission, problem::Failure, request::RequestContext};

/// The routes.
pub(crate) fn routes(app: Shared, admission: Arc<Admission>) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .with_state(app.clone())
        .route("/metrics", get(metrics))
        .with_state((app, admission))
}

/// How the server is.
#[derive(Debug, Serialize)]
struct HealthView {
    status: Pulse,
    reads: Pulse,
    writes: Pulse,
}

/// 200 while records can be read and written, 503 and which of the two does not answer otherwise.
async fn health(State(app): State<Shared>, asked: RequestContext) -> Result<impl IntoResponse, Failure> {
    let (reads, writes) = asked.answer(app.operate(&asked.ctx, TakePulse).await)?;
    let status = reads.max(writes);
    let code = match status {
        Pulse::Ok => StatusCode::OK,
        Pulse::Failed | Pulse::Stalled => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((code, Json(HealthView { status, reads, writes })))
}

async fn metrics(
    State((app, admission)): State<(Shared, Arc<Admission>)>,
    asked: RequestContext,
) -> Result<impl IntoResponse, Failure> {
    const END: &str = "# EOF\n";
    let text = asked.ask(&app, ShowMetrics).await?;
    let following = app.service::<ChangeHub>().listening();
    let name = "hefu_streams_of_changes";
    let streams =
        format!("# HELP {name} Streams of changes that are open.\n# TYPE {name} gauge\n{name} {following}\n");
    let text = format!("{}{}{streams}{END}", text.strip_suffix(END).unwrap_or(&text), admission.metrics());
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
