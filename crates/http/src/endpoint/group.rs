//! Groups: many reservations with one total.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::group::{GroupInput, GroupView, PutGroup, ShowGroup};
use hefu_app::view::booking::GroupInfo;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::Versioned,
    request::{At, RequestContext, Write},
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(show, put_group))
}

/// A group: visit by visit, company by company, and in all.
#[utoipa::path(get, operation_id = "show_group", path = "/api/v1/groups/{code}", tag = "groups", params(("code" = String, Path)),
    responses((status = 200, body = GroupView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(code): At<String>,
) -> Result<Json<GroupView>, Failure> {
    asked.ask(&app, ShowGroup { code }).await.map(Json)
}

/// Make a group or change it. Reservations join it by its code.
#[utoipa::path(put, path = "/api/v1/groups/{code}", tag = "groups",
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "ETag of the group")),
    request_body = GroupInput,
    responses((status = 200, body = GroupInfo), (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_group(
    State(app): State<Shared>,
    At(code): At<String>,
    write: Write<GroupInput>,
) -> Result<Versioned<GroupInfo>, Failure> {
    let asked = write.asked;
    let command = PutGroup { code, if_match: asked.if_match, input: write.body };
    let group = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, group.version, group))
}
