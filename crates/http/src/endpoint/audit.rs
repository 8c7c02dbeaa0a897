//! The night audit.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use hefu_app::{
    audit::{
        AuditInput, AuditReport, ListNightAudits, NightAuditView, RunNightAudit, ShowNightAudit,
        check::{AuditCheck, CheckNightAudit},
    },
    books::{DayView, ShowDay},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::page_size,
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(run))
        .routes(routes!(check))
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(open_day))
        .routes(routes!(day))
}

/// Close the business date, or go on with a run that was cut off.
#[utoipa::path(post, operation_id = "run_night_audit", path = "/api/v1/properties/{property}/night-audit", tag = "night audit",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request close one date")),
    request_body = AuditInput,
    responses((status = 200, body = AuditReport), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The evening has not come, or nobody said what becomes of arrivals that did not come")))]
async fn run(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<AuditInput>,
) -> Result<Json<AuditReport>, Failure> {
    let asked = write.asked;
    asked.answer(app.operate(&asked.ctx, RunNightAudit { property, input: write.body }).await).map(Json)
}

/// What is open before the business date is closed.
#[utoipa::path(get, operation_id = "check_night_audit", path = "/api/v1/properties/{property}/night-audit/check", tag = "night audit",
    params(("property" = String, Path)),
    responses((status = 200, body = AuditCheck), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn check(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<AuditCheck>, Failure> {
    asked.ask(&app, CheckNightAudit { property }).await.map(Json)
}

/// The ledgers of the open business date as they stand.
#[utoipa::path(get, operation_id = "show_open_day", path = "/api/v1/properties/{property}/ledgers", tag = "night audit",
    params(("property" = String, Path)),
    responses((status = 200, body = DayView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn open_day(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<DayView>, Failure> {
    asked.ask(&app, ShowDay { property, date: None }).await.map(Json)
}

/// The ledgers of a business date: of a closed one as they were written when it was closed.
#[utoipa::path(get, operation_id = "show_day", path = "/api/v1/properties/{property}/days/{date}/ledgers", tag = "night audit",
    params(("property" = String, Path), ("date" = NaiveDate, Path, description = "The business date, or one that was closed")),
    responses((status = 200, body = DayView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn day(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, date)): At<(String, NaiveDate)>,
) -> Result<Json<DayView>, Failure> {
    asked.ask(&app, ShowDay { property, date: Some(date) }).await.map(Json)
}

/// How many runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HowMany {
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// The latest runs, the last first.
#[utoipa::path(get, operation_id = "list_night_audits", path = "/api/v1/properties/{property}/night-audits", tag = "night audit",
    params(("property" = String, Path), HowMany),
    responses((status = 200, body = Vec<NightAuditView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(how): Filter<HowMany>,
) -> Result<Json<Vec<NightAuditView>>, Failure> {
    asked.ask(&app, ListNightAudits { property, limit: page_size(how.limit) }).await.map(Json)
}

/// What the audit of a date did.
#[utoipa::path(get, operation_id = "show_night_audit", path = "/api/v1/properties/{property}/night-audits/{date}", tag = "night audit",
    params(("property" = String, Path), ("date" = NaiveDate, Path, description = "The date that was closed")),
    responses((status = 200, body = AuditReport), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, date)): At<(String, NaiveDate)>,
) -> Result<Json<AuditReport>, Failure> {
    asked.ask(&app, ShowNightAudit { property, date }).await.map(Json)
}
