//! `/docs`, `/openapi.json` and the page at `/`. Nothing is fetched from elsewhere.

use axum::{
    Router,
    http::header,
    response::{Html, Redirect},
    routing::get,
};
use utoipa::openapi::OpenApi;

/// The pages that are no API.
pub fn routes(openapi: &OpenApi) -> Router {
    // Rendered once; a value that serialises into a file does so here.
    let description = bytes::Bytes::from(openapi.to_json().unwrap_or_default());
    Router::new()
        .route("/", get(|| async { Html(include_str!("../assets/search.html")) }))
        .route("/sign-in", get(|| async { Html(include_str!("../assets/sign-in.html")) }))
        .route("/setup", get(|| async { Html(include_str!("../assets/sign-in.html")) }))
        .route("/docs", get(|| async { Html(include_str!("../assets/docs.html")) }))
        // Where the page was before.
        .route("/docs/", get(|| async { Redirect::permanent("/docs") }))
        .route(
            "/openapi.json",
            get(|| async move { ([(header::CONTENT_TYPE, "application/json")], description) }),
        )
}
