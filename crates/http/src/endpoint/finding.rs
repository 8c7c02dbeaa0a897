//! Findings: where the records of visits contradict each other.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::control::{
    refresh::{Period, RefreshFindings, Refreshed},
    show::{FindingView, ListFindings, Place as AfterFinding, ShowFinding, Wanted},
    solve::{CorrectFinding, DecideFinding, Reason},
};
use hefu_domain::{
    Message, Place,
    finding::{Cause, FindingKind, FindingOwner, FindingState},
    ids::FindingId,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list_findings))
        .routes(routes!(refresh_findings))
        .routes(routes!(show_finding))
        .routes(routes!(decide_finding))
        .routes(routes!(correct_finding))
}

/// Which findings are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Code of the property. Default: every property whose findings may be seen.
    property: Option<String>,
    /// In which state. Default: `open`.
    state: Option<FindingState>,
    /// Of which kind.
    kind: Option<FindingKind>,
    /// With which cause.
    cause: Option<Cause>,
    /// For which department.
    owner: Option<FindingOwner>,
    /// With at least so much money at stake, minor units.
    stake: Option<i64>,
    /// `next` of the previous page.
    cursor: Option<String>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

fn read_cursor(asked: &RequestContext, text: &str) -> Result<AfterFinding, Failure> {
    let mut parts = text.rsplitn(3, '_');
    let mut next = || parts.next().unwrap_or_default();
    let (id, stake, property) = (next().parse().ok(), next().parse().ok(), next());
    match (id, stake) {
        (Some(id), Some(stake)) if !property.is_empty() => Ok((property.to_owned(), stake, id)),
        _ => asked.answer(Err(hefu_app::AppError::invalid(Place::parameter("cursor"), Message::Cursor))),
    }
}

/// Findings, property by property, those with the most money at stake first.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(Which),
    responses((status = 200, body = Page<FindingView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn list_findings(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<FindingView>>, Failure> {
    let after = which.cursor.as_deref().map(|text| read_cursor(&asked, text)).transpose()?;
    let Which { property, state, kind, cause, owner, stake, .. } = which;
    let wanted = Wanted { property, state, kind, cause, owner, stake };
    let limit = usize::try_from(page_size(which.limit)).unwrap_or(1);
    let (items, next) = asked.ask(&app, ListFindings { wanted, after, limit }).await?;
    Ok(Json(Page { items, next: next.map(|(property, stake, id)| format!("{property}_{stake}_{id}")) }))
}

/// Work out the findings of a property again.
#[utoipa::path(post, path = "/api/v1/properties/{property}/findings/refresh", tag = "findings",
    params(("property" = String, Path)), request_body = Period,
    responses((status = 200, body = Refreshed), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn refresh_findings(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<Period>,
) -> Result<Json<Refreshed>, Failure> {
    let asked = write.asked;
    let refresh = RefreshFindings { property, period: write.body };
    asked.answer(app.operate(&asked.ctx, refresh).await).map(Json)
}

/// A finding with its evidence.
#[utoipa::path(get, path = "/api/v1/properties/{property}/findings/{id}", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_finding(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, id)): At<(String, FindingId)>,
) -> Result<Versioned<FindingView>, Failure> {
    let finding = asked.ask(&app, ShowFinding { property, id }).await?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}

/// Decide that a finding stays as it is.
#[utoipa::path(post, path = "/api/v1/properties/{property}/findings/{id}/decide", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = Reason,
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn decide_finding(
    State(app): State<Shared>,
    At((property, id)): At<(String, FindingId)>,
    write: Write<Reason>,
) -> Result<Versioned<FindingView>, Failure> {
    let asked = write.asked;
    let command = DecideFinding { property, id, input: write.body };
    let finding = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}

/// Make the correction that a finding proposes.
#[utoipa::path(post, path = "/api/v1/properties/{property}/findings/{id}/correct", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn correct_finding(
    State(app): State<Shared>,
    At((property, id)): At<(String, FindingId)>,
    write: Write<Reason>,
) -> Result<Versioned<FindingView>, Failure> {
    let asked = write.asked;
    let operation = CorrectFinding { property, id, input: write.body };
    let finding = asked.answer(app.operate(&asked.ctx, operation).await)?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}
