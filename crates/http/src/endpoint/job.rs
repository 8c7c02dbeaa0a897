//! Jobs: what was to be done later, and what was given up.

use axum::{Json, extract::State};
use hefu_app::{
    audit::{HeldAuditView, ListHeldAudits},
    job::{JobView, ListJobs, RetryJob},
};
use hefu_domain::{ids::JobId, job::JobState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::page_size,
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(list)).routes(routes!(retry))
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Jobs in this state; those that were given up (`dead`) by default.
    #[param(required = false)]
    state: Option<JobState>,
    /// `next` of the previous page.
    #[param(required = false)]
    cursor: Option<JobId>,
    /// How many, 50 by default, at most 500.
    #[param(required = false)]
    limit: Option<i64>,
}

/// A page of jobs, and what else waits for a person.
#[derive(Debug, Serialize, ToSchema)]
struct JobsPage {
    /// The jobs.
    items: Vec<JobView>,
    /// Pass it as `cursor` for what follows; none at the end.
    next: Option<String>,
    /// Night audits that are due only because the clock was set, or the machine was off for long: run them, or set the clock right.
    held_night_audits: Vec<HeldAuditView>,
}

/// Jobs in a state, the latest first.
#[utoipa::path(get, operation_id = "list_jobs", path = "/api/v1/jobs", tag = "jobs", params(Which),
    responses((status = 200, body = JobsPage)))]
async fn list(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<JobsPage>, Failure> {
    let limit = page_size(which.limit);
    let state = which.state.unwrap_or(JobState::Dead);
    let items = asked.ask(&app, ListJobs { state, before: which.cursor, limit }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|job| job.id.to_string());
    let held_night_audits = asked.ask(&app, ListHeldAudits).await?;
    Ok(Json(JobsPage { items, next, held_night_audits }))
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Run a dead job again.
#[utoipa::path(post, operation_id = "retry_job", path = "/api/v1/jobs/{id}/retry", tag = "jobs", request_body = Nothing,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = JobView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is not dead, or the same work is already waiting")))]
async fn retry(
    State(app): State<Shared>,
    At(id): At<JobId>,
    write: Write<Nothing>,
) -> Result<Json<JobView>, Failure> {
    write.asked.answer(app.execute(write.asked.ctx.clone(), RetryJob { id }).await).map(Json)
}
