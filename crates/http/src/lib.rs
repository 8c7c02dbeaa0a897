//! The REST API under `/api/v1`: one file for each group of endpoints, the conventions in
//! [`problem`], [`request`] and [`reply`].

pub mod docs;
pub mod endpoint;
pub mod problem;
pub mod reply;
pub mod request;

use std::{sync::Arc, time::Duration};

use axum::{Router, http::StatusCode};
use hefu_app::App;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// What handlers share.
pub type Shared = Arc<App>;

/// Largest request body, bytes. Imports go through the command line, not through here.
const MAX_BODY: usize = 2 << 20;

#[derive(OpenApi)]
#[openapi(info(
    title = "Hefu",
    description = "Hotel records: one guest, one visit, one number. Amounts are minor units of the currency \
        beside them. Errors are RFC 9457 problem documents with a stable `code`. Every POST takes an \
        `Idempotency-Key`; edits take `If-Match`; lists page by `cursor`; `Accept-Language` chooses zh-CN or en.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Api;

fn api() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Api::openapi())
        .merge(endpoint::property::routes())
        .merge(endpoint::guest::routes())
        .merge(endpoint::reservation::routes())
        .merge(endpoint::visit::routes())
        .merge(endpoint::import::routes())
}

/// The API's description, OpenAPI 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().split_for_parts().1
}

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let (routes, openapi) = api().split_for_parts();
    routes
        .with_state(Arc::new(app))
        .merge(docs::routes(openapi))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(problem::panicked))
}
