//! The REST API under `/api/v1`: one file for each group of endpoints, the conventions in
//! [`problem`], [`request`] and [`reply`].

mod admission;
mod body;
pub mod connection;
mod description;
pub mod desk;
pub mod docs;
pub mod door;
pub mod endpoint;
mod guard;
mod host;
mod named;
pub mod problem;
mod read;
pub mod reply;
pub mod request;
pub mod route;
mod sheet;
pub mod witness;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode},
};
use hefu_app::{
    App, Rush,
    changes::{ChangeHub, FollowLimits},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    admission::Admission,
    body::Bodies,
    connection::{Front, Limits},
    door::Doorway,
    route::Routes,
};

/// What handlers share.
pub type Shared = Arc<App>;

/// What an answer that is no page may load, should a browser show it as one: nothing. Pages have a policy of their own.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds a header to every answer that does not have it.
fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Hefu",
    description = "Hotel records: one guest, one visit, one number. Amounts are minor units of the currency \
        beside them. Errors are RFC 9457 problem documents with a stable `code`. Every POST takes an \
        `Idempotency-Key`; edits take `If-Match`; lists page by `cursor`; `Accept-Language` chooses zh-CN or en.",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Api;

fn api<R: Routes>() -> R {
    R::new()
        .merge(endpoint::property::routes())
        .merge(endpoint::guest::routes())
        .merge(endpoint::identity::routes())
        .merge(endpoint::rate::routes())
        .merge(endpoint::season::routes())
        .merge(endpoint::reservation::routes())
        .merge(endpoint::visit::routes())
        .merge(endpoint::search::routes())
        .merge(endpoint::journal::routes())
        .merge(endpoint::ledger::routes())
        .merge(endpoint::folio::routes())
        .merge(endpoint::cash::routes())
        .merge(endpoint::invoice::routes())
        .merge(endpoint::member::routes())
        .merge(endpoint::benefit::routes())
        .merge(endpoint::group::routes())
        .merge(endpoint::company::routes())
        .merge(endpoint::stay::routes())
        .merge(endpoint::lock::routes())
        .merge(endpoint::note::routes())
        .merge(endpoint::housekeeping::routes())
        .merge(endpoint::list::routes())
        .merge(endpoint::change::routes())
        .merge(endpoint::upkeep::routes())
        .merge(endpoint::audit::routes())
        .merge(endpoint::finding::routes())
        .merge(endpoint::import::routes())
        .merge(endpoint::import_file::routes())
        .merge(endpoint::channel::routes())
        .merge(endpoint::job::routes())
        .merge(endpoint::access::routes())
        .merge(endpoint::passkey::routes())
        .merge(endpoint::provider::routes())
        .merge(endpoint::watch::routes())
}

/// The API's description, OpenAPI 3.1, as the code makes it. It is committed as `openapi.json`, which is what servers answer.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let routes = api::<OpenApiRouter<Shared>>().merge(endpoint::import_file::slow_routes());
    description::complete(OpenApiRouter::with_openapi(Api::openapi()).merge(routes).into_openapi())
}

/// Everything the server answers, within the usual limits and without the staff app.
pub fn router(app: App) -> Router {
    router_within(app, &Limits::default())
}

/// Everything the server answers to whoever reaches it on this machine, without the staff app.
pub fn router_within(app: App, limits: &Limits) -> Router {
    router_with(app, limits, Doorway::default(), &[])
}

/// Everything the server answers, with the files of the staff app sorted by path.
pub fn router_with(app: App, limits: &Limits, doorway: Doorway, files: &'static [desk::File]) -> Router {
    front(app, limits, doorway, files).into_router()
}

/// The same for [`connection::serve`], which turns away at the connection what would be turned away inside.
pub fn front(app: App, limits: &Limits, doorway: Doorway, files: &'static [desk::File]) -> Front {
    // Browsers that have once come in over TLS come in no other way for a year. Over a connection in clear it means nothing.
    let strict =
        doorway.secure.then(|| header("strict-transport-security", "max-age=31536000; includeSubDomains"));
    let doorway = Arc::new(doorway);
    // Each holds a connection of its own with HTTP/1.1.
    let following = &limits.following;
    let all = following.all.min(limits.connections / 4);
    app.service::<ChangeHub>().limit(FollowLimits { all, ..following.clone() });
    let admission = Admission::new(Bodies::new(limits), app.service::<Rush>());
    let app = Arc::new(app);
    // A large file takes as long as it takes: it has limits of its own.
    let slow = endpoint::import_file::slow_routes::<Router<Shared>>()
        .with_state(app.clone())
        .layer(axum::middleware::from_fn_with_state((app.clone(), doorway.clone()), door::enter));
    let admitted = admission.clone();
    let router = api::<Router<Shared>>()
        .merge(endpoint::ledger::tiles())
        .merge(endpoint::channel::door())
        .with_state(app.clone())
        .merge(endpoint::operation::routes(app.clone(), admission.clone()))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(axum::middleware::from_fn_with_state((app, doorway.clone()), door::enter))
        // The same for everybody, and without a guest: whoever signs in needs them before.
        .merge(docs::routes())
        .merge(desk::routes(files))
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)))
        .merge(slow)
        // One stack, the outermost first: each layer put on the router by itself is boxed, and cloned for every request.
        .layer(
            ServiceBuilder::new()
                // Answers hold personal data: no cache keeps them.
                .layer(header("cache-control", "no-store"))
                .layer(header("x-content-type-options", "nosniff"))
                .layer(header("referrer-policy", "no-referrer"))
                .layer(header("content-security-policy", POLICY))
                .option_layer(strict)
                .layer(CatchPanicLayer::custom(problem::panicked))
                .layer(axum::middleware::from_fn_with_state(doorway, guard::own_only))
                .layer(axum::middleware::from_fn_with_state(admission, admission::admit))
                .layer(CompressionLayer::new())
                .layer(axum::middleware::from_fn(problem::of_layers))
                // Inside the layer that knows the client's language.
                .layer(CatchPanicLayer::custom(problem::handler_panicked)),
        )
        // Made ready once, and not for each request.
        .with_state(());
    Front::new(router, move |request, of_connection| admitted.turns_away_at_once(request, of_connection))
}
