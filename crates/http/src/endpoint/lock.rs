//! Room keys.

use axum::{Json, extract::State};
use hefu_app::lock::{CancelKey, IssueKeys, KeyOrderView, KeyView, ListKeys, ShowKeyLog};
use hefu_domain::ids::KeyOrderId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, page_size},
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(list_keys, issue_keys)).routes(routes!(cancel_key)).routes(routes!(key_log))
}

/// The keys of a visit.
#[utoipa::path(get, path = "/api/v1/visits/{number}/keys", tag = "keys",
    params(("number" = String, Path, description = "Any number of the visit")),
    responses((status = 200, body = Vec<KeyView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_keys(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Json<Vec<KeyView>>, Failure> {
    asked.ask(&app, ListKeys { number }).await.map(Json)
}

visit_action!(
    issue_keys,
    "/api/v1/visits/{number}/keys",
    IssueKeys,
    "Make keys for a room that is lived in.",
    "keys"
);
visit_action!(
    cancel_key,
    "/api/v1/visits/{number}/cancel-key",
    CancelKey,
    "Let a key open nothing any more.",
    "keys"
);

/// Which part of the log is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Part {
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<KeyOrderId>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// What the lock system was told, the latest first.
#[utoipa::path(get, path = "/api/v1/properties/{property}/key-log", tag = "keys", params(("property" = String, Path), Part),
    responses((status = 200, body = Page<KeyOrderView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn key_log(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(part): Filter<Part>,
) -> Result<Json<Page<KeyOrderView>>, Failure> {
    let wanted = ShowKeyLog { property, before: part.cursor, limit: page_size(part.limit) };
    let (items, next) = asked.ask(&app, wanted).await?;
    Ok(Json(Page { items, next: next.map(|id| id.to_string()) }))
}
