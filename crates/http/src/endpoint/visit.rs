//! Visits: the three-part record.

use axum::extract::State;
use hefu_app::record::{ShowRecord, VisitView};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{IfNoneMatch, Rendered},
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(show))
}

/// Which property is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Code of the property, when several use the same external number.
    property: Option<String>,
}

/// The three-part record: what was booked, what happened, what was consumed and paid.
#[utoipa::path(get, operation_id = "show_visit", path = "/api/v1/visits/{number}", tag = "visits",
    params(("number" = String, Path, description = "The visit's number or any external number of it"), Which,
        ("If-None-Match" = Option<String>, Header, description = "ETag of the record the client has")),
    responses(
        (status = 200, body = VisitView, headers(("ETag" = String, description = "Changes with anything in the record. As `If-Match` of a change it refuses the change when anything of the visit has changed since"))),
        (status = 304, description = "Unchanged: `If-None-Match` names the current ETag"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Several properties use the number"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Mistyped: the check digit does not match"),
    ))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    known: IfNoneMatch,
    At(number): At<String>,
    Filter(which): Filter<Which>,
) -> Result<Rendered, Failure> {
    let record = asked.ask(&app, ShowRecord { number, property: which.property }).await?;
    Ok(Rendered(record.tag, record.json, known))
}
