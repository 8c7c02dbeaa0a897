//! `/docs`, `/openapi.json` and the search page at `/search`. Nothing is fetched from elsewhere.

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use utoipa::openapi::OpenApi;

/// What these pages may load: their own inline script and style, and answers of this server.
const POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn page(content: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(content))
}

/// The pages that are no API, and not the staff app.
pub fn routes(openapi: &OpenApi) -> Router {
    // Rendered once; a value that serialises into a file does so here.
    let description = bytes::Bytes::from(openapi.to_json().unwrap_or_default());
    Router::new()
        .route("/search", get(|| async { page(include_str!("../assets/search.html")) }))
        .route("/docs", get(|| async { page(include_str!("../assets/docs.html")) }))
        .route("/sign-in", get(|| async { page(include_str!("../assets/sign-in.html")) }))
        .route("/setup", get(|| async { page(include_str!("../assets/sign-in.html")) }))
        // Where the page was before.
        .route("/docs/", get(|| async { Redirect::permanent("/docs") }))
        .route(
            "/openapi.json",
            get(|| async move { ([(header::CONTENT_TYPE, "application/json")], description) }),
        )
}
