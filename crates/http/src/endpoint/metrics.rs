//! What is counted and timed, in the text format that Prometheus reads. Loopback only, as everything is until accounts exist; nothing
//! in it is personal.

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use hefu_app::health::ShowMetrics;

use crate::{Shared, problem::Failure, request::RequestContext};

/// The route. It is for operators and no part of the API's description.
pub fn routes() -> Router<Shared> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<Shared>, asked: RequestContext) -> Result<impl IntoResponse, Failure> {
    let text = asked.ask(&app, ShowMetrics).await?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
