//! Reservations: book, change, cancel, take back.

use axum::{extract::State, http::StatusCode};
use hefu_app::visit::{
    VisitState,
    book::Book,
    change::{AddNumber, AssignRoom, Cancel, ChangeReservation, Confirm, MarkNoShow, Reinstate},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::Edition,
    request::Write,
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(book))
        .routes(routes!(change))
        .routes(routes!(cancel))
        .routes(routes!(reinstate))
        .routes(routes!(no_show))
        .routes(routes!(confirm))
        .routes(routes!(assign))
        .routes(routes!(add_number))
}

/// Book one or several rooms. Never sells what is not there, also when everybody asks at once.
#[utoipa::path(post, path = "/api/v1/reservations", tag = "reservations",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are done once")),
    request_body = Book,
    responses(
        (status = 201, body = VisitState),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Nothing left, or the room is taken"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ))]
async fn book(State(app): State<Shared>, write: Write<Book>) -> Result<Edition<VisitState>, Failure> {
    let asked = write.asked;
    let state = asked.answer(app.execute(asked.ctx.clone(), write.body).await)?;
    Ok(Edition(StatusCode::CREATED, state.version, state))
}

visit_action!(
    change,
    "/api/v1/visits/{number}/change",
    ChangeReservation,
    "Change a reservation.",
    "reservations"
);
visit_action!(
    cancel,
    "/api/v1/visits/{number}/cancel",
    Cancel,
    "Cancel under the terms it was sold under.",
    "reservations"
);
visit_action!(
    reinstate,
    "/api/v1/visits/{number}/reinstate",
    Reinstate,
    "Take a cancellation or no-show back.",
    "reservations"
);
visit_action!(
    no_show,
    "/api/v1/visits/{number}/no-show",
    MarkNoShow,
    "Mark that the guest did not come.",
    "reservations"
);
visit_action!(
    confirm,
    "/api/v1/visits/{number}/confirm",
    Confirm,
    "Promise what was requested or waitlisted.",
    "reservations"
);
visit_action!(
    assign,
    "/api/v1/visits/{number}/assign-room",
    AssignRoom,
    "Set a room aside, or let it go.",
    "reservations"
);
visit_action!(
    add_number,
    "/api/v1/visits/{number}/numbers",
    AddNumber,
    "Add an outside system's number.",
    "reservations"
);
