//! Runs of the history import, and what they could not take.

use axum::{Json, extract::State};
use hefu_app::import::{ImportRunView, ListImportRuns, ListQuarantine, QuarantinedRow, ShowImportRun};
use hefu_domain::ids::ImportRunId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, page_size},
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(quarantine))
}

/// The latest runs of the history import.
#[utoipa::path(get, operation_id = "list_imports", path = "/api/v1/imports", tag = "imports", responses((status = 200, body = Vec<ImportRunView>)))]
async fn list(State(app): State<Shared>, asked: RequestContext) -> Result<Json<Vec<ImportRunView>>, Failure> {
    asked.ask(&app, ListImportRuns).await.map(Json)
}

/// A run of the history import with its report.
#[utoipa::path(get, operation_id = "show_import", path = "/api/v1/imports/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportRunView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<ImportRunId>,
) -> Result<Json<ImportRunView>, Failure> {
    asked.ask(&app, ShowImportRun { id }).await.map(Json)
}

/// Which page of the quarantine.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Quarantined {
    /// `next` of the previous page.
    cursor: Option<i64>,
    /// How many rows.
    limit: Option<i64>,
}

/// Rows that could not be imported: where, which field and why, without what they held.
#[utoipa::path(get, operation_id = "list_quarantine", path = "/api/v1/imports/{id}/quarantine", tag = "imports",
    params(("id" = String, Path), Quarantined),
    responses((status = 200, body = Page<QuarantinedRow>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn quarantine(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<ImportRunId>,
    Filter(page): Filter<Quarantined>,
) -> Result<Json<Page<QuarantinedRow>>, Failure> {
    let limit = page_size(page.limit);
    asked.ask(&app, ShowImportRun { id }).await?;
    let items = asked.ask(&app, ListQuarantine { id, after: page.cursor.unwrap_or(0), limit }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|row| row.row.to_string());
    Ok(Json(Page { items, next }))
}
