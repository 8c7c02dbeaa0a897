//! Rooms today: housekeeping, the desk's board, what is left to sell.

use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use hefu_app::housekeeping::{
    BackInOrderInput, Board, NightLeft, OutOfOrderInput, PutBackInOrder, PutOutOfOrder, RoomStatus,
    SetRoomState, ShowAvailability, ShowBoard, ShowHousekeeping, StateInput,
};
use hefu_app::{rooms::ListFreeRooms, view::property::RoomView};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::Versioned,
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list))
        .routes(routes!(today))
        .routes(routes!(availability))
        .routes(routes!(list_free_rooms))
        .routes(routes!(set_room_state))
        .routes(routes!(put_out_of_order))
        .routes(routes!(put_back_in_order))
}

/// Every room with its state, who lives in it and today's comings and goings.
#[utoipa::path(get, operation_id = "list_housekeeping", path = "/api/v1/properties/{property}/housekeeping", tag = "housekeeping",
    params(("property" = String, Path)),
    responses((status = 200, body = Vec<RoomStatus>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<RoomStatus>>, Failure> {
    asked.ask(&app, ShowHousekeeping { property }).await.map(Json)
}

/// Who arrives, lives in house, leaves and has left today.
#[utoipa::path(get, operation_id = "show_today", path = "/api/v1/properties/{property}/today", tag = "stays",
    params(("property" = String, Path)),
    responses((status = 200, body = Board), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn today(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Board>, Failure> {
    asked.ask(&app, ShowBoard { property }).await.map(Json)
}

/// The nights asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Nights {
    /// The first night.
    from: NaiveDate,
    /// The date after the last night.
    to: NaiveDate,
}

/// What is left to sell, by room type and night.
#[utoipa::path(get, operation_id = "show_availability", path = "/api/v1/properties/{property}/availability", tag = "reservations",
    params(("property" = String, Path), Nights),
    responses((status = 200, body = Vec<NightLeft>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn availability(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(nights): Filter<Nights>,
) -> Result<Json<Vec<NightLeft>>, Failure> {
    asked.ask(&app, ShowAvailability { property, from: nights.from, until: nights.to }).await.map(Json)
}

/// Which free rooms are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Free {
    /// Code of the room type. Default: every type.
    room_type: Option<String>,
    /// The first night. Default: the business date.
    from: Option<NaiveDate>,
    /// The date after the last night. Default: the one after the first.
    to: Option<NaiveDate>,
    /// What they are to offer: codes with commas between them, `accessible` for a room that is fit for a wheelchair.
    features: Option<String>,
    /// Of a guest by the hour: from which minute on, after midnight of the first date.
    minute: Option<i64>,
    /// For how many hours from then on.
    hours: Option<i64>,
}

/// The rooms that are free on some dates and offer what is asked for, the readiest first.
#[utoipa::path(get, path = "/api/v1/properties/{property}/free-rooms", tag = "housekeeping", params(("property" = String, Path), Free),
    responses((status = 200, body = Vec<RoomView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn list_free_rooms(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(free): Filter<Free>,
) -> Result<Json<Vec<RoomView>>, Failure> {
    let features = free.features.as_deref().unwrap_or_default();
    let features =
        features.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let Free { room_type, from, to: until, minute, hours: for_hours, .. } = free;
    let wanted = ListFreeRooms { property, room_type, from, until, features, minute, for_hours };
    asked.ask(&app, wanted).await.map(Json)
}

/// Declares the POST of something said of a room.
macro_rules! said_of_room {
    ($name:ident, $path:literal, $command:ident, $input:ty, $summary:literal) => {
        #[doc = $summary]
        #[utoipa::path(post, path = $path, tag = "housekeeping",
            params(("property" = String, Path), ("number" = String, Path, description = "The room's number"),
                ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
            request_body = $input,
            responses((status = 200, body = RoomView),
                (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 409, body = Problem, content_type = "application/problem+json"),
                (status = 422, body = Problem, content_type = "application/problem+json")))]
        async fn $name(
            State(app): State<Shared>,
            At((property, room)): At<(String, String)>,
            write: Write<$input>,
        ) -> Result<Versioned<RoomView>, Failure> {
            let asked = write.asked;
            let command = $command { property, room, input: write.body };
            let room = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
            Ok(Versioned(StatusCode::OK, room.version, room))
        }
    };
}

said_of_room!(
    set_room_state,
    "/api/v1/properties/{property}/rooms/{number}/state",
    SetRoomState,
    StateInput,
    "Say what state a room is in."
);
said_of_room!(
    put_out_of_order,
    "/api/v1/properties/{property}/rooms/{number}/out-of-order",
    PutOutOfOrder,
    OutOfOrderInput,
    "Take a room out of what can be let for a period."
);
said_of_room!(
    put_back_in_order,
    "/api/v1/properties/{property}/rooms/{number}/back-in-order",
    PutBackInOrder,
    BackInOrderInput,
    "End a period out of order, or a part of it."
);
