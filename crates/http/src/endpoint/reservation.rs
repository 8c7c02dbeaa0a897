//! Reservations: book, change, cancel, take back.

use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use hefu_app::view::booking::ReservationView;
use hefu_app::visit::{
    book::Book,
    change::{AddNumber, AssignRoom, Cancel, ChangeReservation, Confirm, MarkNoShow, Reinstate},
    line::{AddRoom, MoveRoomTo, SplitRoom},
    list::ListReservations,
    people::ChangeBooker,
    state::VisitState,
    wishes::Wish,
};
use hefu_domain::{ids::VisitId, reservation::ReservationState};
use hefu_kernel::{FIRST_DATE, LAST_DATE};
use serde::Deserialize;
use utoipa::IntoParams;

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, Tagged, page_size},
    request::{Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list, book))
        .routes(routes!(change_reservation))
        .routes(routes!(cancel_reservation))
        .routes(routes!(reinstate_reservation))
        .routes(routes!(mark_no_show))
        .routes(routes!(confirm_reservation))
        .routes(routes!(assign_room))
        .routes(routes!(change_booker))
        .routes(routes!(wish))
        .routes(routes!(add_room))
        .routes(routes!(split_room))
        .routes(routes!(move_room_to))
        .routes(routes!(add_outside_number))
}

/// Which reservations are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Code of the property.
    property: String,
    /// First date they touch.
    from: Option<NaiveDate>,
    /// Last date they touch.
    to: Option<NaiveDate>,
    /// Their state.
    #[param(inline)]
    state: Option<ReservationState>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<VisitId>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// A property's reservations in order of booking.
#[utoipa::path(get, operation_id = "list_reservations", path = "/api/v1/reservations", tag = "reservations", params(Which),
    responses((status = 200, body = Page<ReservationView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<ReservationView>>, Failure> {
    let wanted = ListReservations {
        property: which.property,
        dates: (which.from.unwrap_or(FIRST_DATE), which.to.unwrap_or(LAST_DATE)),
        state: which.state,
        after: which.cursor,
        limit: page_size(which.limit),
    };
    let (items, next) = asked.ask(&app, wanted).await?;
    Ok(Json(Page { items, next: next.map(|id| id.to_string()) }))
}

/// Book one or several rooms. Never sells what is not there, also when everybody asks at once.
#[utoipa::path(post, path = "/api/v1/reservations", tag = "reservations",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = Book,
    responses(
        (status = 201, body = VisitState),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Sold out, or the room is taken"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ))]
async fn book(State(app): State<Shared>, write: Write<Book>) -> Result<Tagged<VisitState>, Failure> {
    let asked = write.asked;
    let state = asked.answer(app.execute(asked.ctx.clone(), write.body).await)?;
    Ok(Tagged(StatusCode::CREATED, state.etag.clone(), state))
}

visit_action!(
    change_reservation,
    "/api/v1/visits/{number}/change",
    ChangeReservation,
    "Change a reservation.",
    "reservations"
);
visit_action!(
    cancel_reservation,
    "/api/v1/visits/{number}/cancel",
    Cancel,
    "Cancel under the terms it was sold under.",
    "reservations"
);
visit_action!(
    reinstate_reservation,
    "/api/v1/visits/{number}/reinstate",
    Reinstate,
    "Take a cancellation or no-show back.",
    "reservations"
);
visit_action!(
    mark_no_show,
    "/api/v1/visits/{number}/no-show",
    MarkNoShow,
    "Mark that the guest did not come.",
    "reservations"
);
visit_action!(
    confirm_reservation,
    "/api/v1/visits/{number}/confirm",
    Confirm,
    "Promise what was requested or waitlisted.",
    "reservations"
);
visit_action!(
    assign_room,
    "/api/v1/visits/{number}/assign-room",
    AssignRoom,
    "Set a room aside, or let it go.",
    "reservations"
);
visit_action!(
    add_outside_number,
    "/api/v1/visits/{number}/numbers",
    AddNumber,
    "Add an outside system's number.",
    "reservations"
);
visit_action!(
    change_booker,
    "/api/v1/visits/{number}/booker",
    ChangeBooker,
    "Make another guest the booker.",
    "reservations"
);
visit_action!(
    wish,
    "/api/v1/visits/{number}/wishes",
    Wish,
    "Say what is asked for with a room beside what was sold.",
    "reservations"
);
visit_action!(
    add_room,
    "/api/v1/visits/{number}/add-room",
    AddRoom,
    "Add a room to a reservation.",
    "reservations"
);
visit_action!(
    split_room,
    "/api/v1/visits/{number}/split-room",
    SplitRoom,
    "Make a room a reservation of its own.",
    "reservations"
);
visit_action!(
    move_room_to,
    "/api/v1/visits/{number}/move-room",
    MoveRoomTo,
    "Move a room to another reservation.",
    "reservations"
);
