//! `/docs`, `/openapi.json`, `/healthz` and the page at `/`. Nothing is fetched from elsewhere.

use axum::{Json, Router, response::Html, routing::get};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// The pages that are no API.
pub fn routes(openapi: OpenApi) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("../assets/search.html")) }))
        .route("/healthz", get(|| async { Json(serde_json::json!({ "status": "ok" })) }))
        .merge(SwaggerUi::new("/docs").url("/openapi.json", openapi))
}
