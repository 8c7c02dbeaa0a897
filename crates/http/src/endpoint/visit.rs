//! Visits: the three-part record.

use axum::extract::State;
use hefu_app::record::{ShowRecord, VisitView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::Rendered,
    request::{At, Filter, RequestContext},
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Which property is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Code of the property, when several use the same outside number.
    property: Option<String>,
}

/// The three-part record: what was booked, what happened, what was consumed and paid.
#[utoipa::path(get, operation_id = "show_visit", path = "/api/v1/visits/{number}", tag = "visits",
    params(("number" = String, Path, description = "The visit's number or any outside number of it"), Which),
    responses(
        (status = 200, body = VisitView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Several properties use the number"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Mistyped: the check digit does not fit"),
    ))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
    Filter(which): Filter<Which>,
) -> Result<Rendered, Failure> {
    let (version, json) = asked.ask(&app, ShowRecord { number, property: which.property }).await?;
    Ok(Rendered(version, json))
}
