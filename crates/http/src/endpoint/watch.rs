//! What auditors are alarmed about, the guests nobody has a reason to open, and roles taken in an emergency.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::accounts::{
    alarm::{AlarmView, CanaryView, ListAlarms, ListCanaries, SeeAlarm, mark_canary, unmark_canary},
    emergency::{EmergencyInput, EndEmergency, TakeRole},
    grant::GrantView,
};
use hefu_domain::ids::{AlarmId, GrantId, GuestId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(alarms))
        .routes(routes!(seen))
        .routes(routes!(canaries))
        .routes(routes!(mark, unmark))
        .routes(routes!(take))
        .routes(routes!(end))
}

/// Which alarms.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those that no auditor has seen.
    #[serde(default)]
    #[param(required = false)]
    unseen: bool,
    /// `next` of the previous page.
    #[param(required = false)]
    cursor: Option<AlarmId>,
    /// How many, 50 by default, at most 500.
    #[param(required = false)]
    limit: Option<i64>,
}

/// List alarms, the latest first.
#[utoipa::path(get, operation_id = "list_alarms", path = "/api/v1/alarms", tag = "access", params(Which),
    responses((status = 200, body = Page<AlarmView>)))]
async fn alarms(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<AlarmView>>, Failure> {
    let limit = page_size(which.limit);
    let Which { unseen, cursor: before, .. } = which;
    let items = asked.ask(&app, ListAlarms { before, unseen, limit }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|alarm| alarm.id.to_string());
    Ok(Json(Page { items, next }))
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Say that an alarm was seen.
#[utoipa::path(post, operation_id = "see_alarm", path = "/api/v1/alarms/{id}/seen", tag = "access", request_body = Nothing,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = AlarmView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn seen(
    State(app): State<Shared>,
    At(id): At<AlarmId>,
    write: Write<Nothing>,
) -> Result<Json<AlarmView>, Failure> {
    write.asked.answer(app.execute(write.asked.ctx.clone(), SeeAlarm { id }).await).map(Json)
}

/// List the guests that are canaries.
#[utoipa::path(get, operation_id = "list_canaries", path = "/api/v1/canaries", tag = "access",
    responses((status = 200, body = [CanaryView])))]
async fn canaries(
    State(app): State<Shared>,
    asked: RequestContext,
) -> Result<Json<Vec<CanaryView>>, Failure> {
    asked.ask(&app, ListCanaries).await.map(Json)
}

/// Make a guest a canary: whoever opens it raises an alarm. Nobody but auditors can tell.
#[utoipa::path(put, operation_id = "mark_canary", path = "/api/v1/canaries/{guest}", tag = "access", request_body = Nothing,
    params(("guest" = String, Path)),
    responses((status = 200, body = CanaryView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "There are too many")))]
async fn mark(
    State(app): State<Shared>,
    At(guest): At<GuestId>,
    write: Write<Nothing>,
) -> Result<Json<CanaryView>, Failure> {
    write.asked.answer(mark_canary(&app, &write.asked.ctx, guest).await).map(Json)
}

/// Make a canary a guest as any other.
#[utoipa::path(delete, operation_id = "unmark_canary", path = "/api/v1/canaries/{guest}", tag = "access", params(("guest" = String, Path)),
    responses((status = 204, description = "Unmarked"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn unmark(
    State(app): State<Shared>,
    At(guest): At<GuestId>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    asked.answer(unmark_canary(&app, &asked.ctx, guest).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a role at a property in an emergency, for at most an hour. Auditors are alarmed.
#[utoipa::path(post, operation_id = "take_emergency_role", path = "/api/v1/me/emergency", tag = "access", request_body = EmergencyInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = GrantView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The role grants or audits, or may not be held with another one"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn take(
    State(app): State<Shared>,
    write: Write<EmergencyInput>,
) -> Result<(StatusCode, Json<GrantView>), Failure> {
    let Write { asked, body } = write;
    let taken = asked.answer(app.execute(asked.ctx.clone(), TakeRole { input: body }).await)?;
    Ok((StatusCode::CREATED, Json(taken)))
}

/// End a role that was taken in an emergency.
#[utoipa::path(delete, operation_id = "end_emergency_role", path = "/api/v1/me/emergency/{grant}", tag = "access", params(("grant" = String, Path)),
    responses((status = 204, description = "Ended"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn end(
    State(app): State<Shared>,
    At(id): At<GrantId>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    asked.answer(app.execute(asked.ctx.clone(), EndEmergency { id }).await)?;
    Ok(StatusCode::NO_CONTENT)
}
