//! Groups: many reservations with one total.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::block::{
    BlockInput, BlockView, PickUp, PutBlock, ReleaseBlock, RoomingListInput, RoomingListResult,
    RoomingListRow, ShowRoomingList,
};
use hefu_app::group::{
    GroupInput, GroupView, ListGroups, PutGroup, ShowGroup,
    desk::{GroupCheckIn, GroupCheckInInput, GroupCheckOut, GroupCheckOutInput, RoomOutcome},
};
use hefu_app::house::{
    CloseHouseAccount, GroupRoutingInput, GroupRoutingView, HouseAccountInput, OpenHouseAccount,
    ReopenHouseAccount, RouteGroup,
};
use hefu_app::view::booking::GroupInfo;
use hefu_app::visit::state::VisitState;

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Tagged, Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list_groups))
        .routes(routes!(show, put_group))
        .routes(routes!(put_block))
        .routes(routes!(release_block))
        .routes(routes!(show_rooming_list, pick_up))
        .routes(routes!(route_group))
        .routes(routes!(open_house_account))
        .routes(routes!(close_house_account))
        .routes(routes!(reopen_house_account))
        .routes(routes!(group_check_in))
        .routes(routes!(group_check_out))
}

/// How many groups are wanted.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Most {
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// The groups, the newest first.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", params(Most),
    responses((status = 200, body = Vec<GroupInfo>)))]
async fn list_groups(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(most): Filter<Most>,
) -> Result<Json<Vec<GroupInfo>>, Failure> {
    asked.ask(&app, ListGroups { limit: page_size(most.limit) }).await.map(Json)
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

/// Nothing has to be said.
#[derive(Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Hold rooms for a group.
#[utoipa::path(put, path = "/api/v1/properties/{property}/blocks/{group}", tag = "groups",
    params(("property" = String, Path), ("group" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the block")),
    request_body = BlockInput,
    responses((status = 200, body = BlockView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_block(
    State(app): State<Shared>,
    At((property, group)): At<(String, String)>,
    write: Write<BlockInput>,
) -> Result<Versioned<BlockView>, Failure> {
    let asked = write.asked;
    let command = PutBlock { property, group, if_match: asked.if_match, input: write.body };
    let block = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, block.version, block))
}

/// Give back what is left of a group's block.
#[utoipa::path(post, path = "/api/v1/properties/{property}/blocks/{group}/release", tag = "groups",
    params(("property" = String, Path), ("group" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = Nothing,
    responses((status = 200, body = BlockView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn release_block(
    State(app): State<Shared>,
    At((property, group)): At<(String, String)>,
    write: Write<Nothing>,
) -> Result<Versioned<BlockView>, Failure> {
    let asked = write.asked;
    let block = asked.answer(app.execute(asked.ctx.clone(), ReleaseBlock { property, group }).await)?;
    Ok(Versioned(StatusCode::OK, block.version, block))
}

/// Take a rooming list in.
#[utoipa::path(post, path = "/api/v1/properties/{property}/blocks/{group}/rooming-list", tag = "groups",
    params(("property" = String, Path), ("group" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = RoomingListInput,
    responses((status = 200, body = RoomingListResult), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn pick_up(
    State(app): State<Shared>,
    At((property, group)): At<(String, String)>,
    write: Write<RoomingListInput>,
) -> Result<Json<RoomingListResult>, Failure> {
    let asked = write.asked;
    let command = PickUp { property, group, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// The rooming list of a group in a property.
#[utoipa::path(get, path = "/api/v1/properties/{property}/blocks/{group}/rooming-list", tag = "groups",
    params(("property" = String, Path), ("group" = String, Path)),
    responses((status = 200, body = Vec<RoomingListRow>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_rooming_list(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, group)): At<(String, String)>,
) -> Result<Json<Vec<RoomingListRow>>, Failure> {
    asked.ask(&app, ShowRoomingList { property, group }).await.map(Json)
}

/// Check in all rooms of a group that are due.
#[utoipa::path(post, path = "/api/v1/groups/{code}/check-in", tag = "groups",
    params(("code" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = GroupCheckInInput,
    responses((status = 200, body = Vec<RoomOutcome>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn group_check_in(
    State(app): State<Shared>,
    At(code): At<String>,
    write: Write<GroupCheckInInput>,
) -> Result<Json<Vec<RoomOutcome>>, Failure> {
    let asked = write.asked;
    asked.answer(app.operate(&asked.ctx, GroupCheckIn { code, input: write.body }).await).map(Json)
}

/// Check out all rooms of a group that are in house.
#[utoipa::path(post, path = "/api/v1/groups/{code}/check-out", tag = "groups",
    params(("code" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = GroupCheckOutInput,
    responses((status = 200, body = Vec<RoomOutcome>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn group_check_out(
    State(app): State<Shared>,
    At(code): At<String>,
    write: Write<GroupCheckOutInput>,
) -> Result<Json<Vec<RoomOutcome>>, Failure> {
    let asked = write.asked;
    asked.answer(app.operate(&asked.ctx, GroupCheckOut { code, input: write.body }).await).map(Json)
}

/// Say which account pays which charges of a group's rooms.
#[utoipa::path(put, path = "/api/v1/groups/{code}/routing", tag = "groups", params(("code" = String, Path)),
    request_body = GroupRoutingInput,
    responses((status = 200, body = GroupRoutingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn route_group(
    State(app): State<Shared>,
    At(code): At<String>,
    write: Write<GroupRoutingInput>,
) -> Result<Json<GroupRoutingView>, Failure> {
    let asked = write.asked;
    asked.answer(app.execute(asked.ctx.clone(), RouteGroup { code, input: write.body }).await).map(Json)
}

/// Open a bill without a room.
#[utoipa::path(post, path = "/api/v1/properties/{property}/house-accounts", tag = "groups",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = HouseAccountInput,
    responses((status = 201, body = VisitState), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn open_house_account(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<HouseAccountInput>,
) -> Result<Tagged<VisitState>, Failure> {
    let asked = write.asked;
    let command = OpenHouseAccount { property, input: write.body };
    let state = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Tagged(StatusCode::CREATED, state.etag.clone(), state))
}

visit_action!(
    close_house_account,
    "/api/v1/visits/{number}/close-account",
    CloseHouseAccount,
    "Close a house account that is settled.",
    "groups"
);
visit_action!(
    reopen_house_account,
    "/api/v1/visits/{number}/reopen-account",
    ReopenHouseAccount,
    "Open a closed house account again.",
    "groups"
);
