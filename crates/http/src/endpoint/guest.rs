//! Guests.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use hefu_app::guest::{GuestVisits, ListGuestVisits};
use hefu_app::people::{
    flag::{FlagGuest, FlagInput, FlagView, ListFlags, UnflagGuest},
    guest::{CreateGuest, ListGuestSources, RevealGuest, ShowGuest, UpdateGuest},
    profile::GuestInput,
    view::{GuestView, SourceView},
};
use hefu_app::{AppError, authz::FieldClass};
use hefu_domain::{Message, guest::FlagKind, ids::GuestId, message::Codes};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(create))
        .routes(routes!(show, update))
        .routes(routes!(reveal))
        .routes(routes!(sources))
        .routes(routes!(visits))
        .routes(routes!(list_flags))
        .routes(routes!(flag))
        .routes(routes!(unflag))
}

/// Make a guest, or recognise one that is known.
#[utoipa::path(post, operation_id = "create_guest", path = "/api/v1/guests", tag = "guests", request_body = GuestInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = GuestView), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn create(
    State(app): State<Shared>,
    write: Write<GuestInput>,
) -> Result<Versioned<GuestView>, Failure> {
    let asked = write.asked;
    let guest = asked.answer(app.execute(asked.ctx.clone(), CreateGuest(write.body)).await)?;
    Ok(Versioned(StatusCode::CREATED, guest.version, guest))
}

/// A guest, with everything sensitive masked.
#[utoipa::path(get, operation_id = "show_guest", path = "/api/v1/guests/{id}", tag = "guests", params(("id" = String, Path)),
    responses((status = 200, body = GuestView),
        (status = 307, description = "Merged into another guest, whose URL is in `Location`; a merge can be undone"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
) -> Result<Response, Failure> {
    let guest = asked.ask(&app, ShowGuest { id }).await?;
    if guest.id != id {
        return Ok(Redirect::temporary(&format!("/api/v1/guests/{}", guest.id)).into_response());
    }
    Ok(Versioned(StatusCode::OK, guest.version, guest).into_response())
}

/// Replace a guest's profile.
#[utoipa::path(put, operation_id = "update_guest", path = "/api/v1/guests/{id}", tag = "guests", request_body = GuestInput,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "ETag of the guest")),
    responses((status = 200, body = GuestView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn update(
    State(app): State<Shared>,
    At(id): At<GuestId>,
    write: Write<GuestInput>,
) -> Result<Versioned<GuestView>, Failure> {
    let asked = write.asked;
    let command = UpdateGuest { id, if_match: asked.if_match, profile: write.body };
    let guest = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, guest.version, guest))
}

/// Why a guest's data is to be shown.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Reveal {
    /// The reason; stored sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    reason: Option<String>,
    /// The classes of fields that are wanted: `phone`, `email`, `document`, `birth`, `address`, `contact`, … Default: all. Every other is shown as ever.
    classes: Vec<String>,
}

/// Show a guest unmasked, or some classes of fields. The journal says who looked and why, and each time counts against what an account may unmask in a day.
#[utoipa::path(post, operation_id = "reveal_guest", path = "/api/v1/guests/{id}/reveal", tag = "guests", request_body = Reveal,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Of no effect: each request is decided and journalled anew, and no answer is kept")),
    responses((status = 200, body = GuestView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "What may be unmasked today is used up")))]
async fn reveal(
    State(app): State<Shared>,
    At(id): At<GuestId>,
    write: Write<Reveal>,
) -> Result<Versioned<GuestView>, Failure> {
    let Reveal { reason, classes: names } = write.body;
    let mut classes = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let class = FieldClass::ALL.iter().find(|class| class.name() == name);
        let Some(class) = class else {
            let known = Codes::of(FieldClass::ALL.iter().map(|class| class.name()));
            let error = AppError::invalid(("classes", at), Message::OneOf { known });
            return Err(Failure::of(write.asked.language, &error));
        };
        classes.push(*class);
    }
    let guest = write.asked.ask(&app, RevealGuest { id, reason, classes }).await?;
    Ok(Versioned(StatusCode::OK, guest.version, guest))
}

/// The records of other systems a guest came from.
#[utoipa::path(get, operation_id = "list_guest_sources", path = "/api/v1/guests/{id}/sources", tag = "guests", params(("id" = String, Path)),
    responses((status = 200, body = Vec<SourceView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn sources(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
) -> Result<Json<Vec<SourceView>>, Failure> {
    asked.ask(&app, ListGuestSources { id }).await.map(Json)
}

/// How many visits are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Most {
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// A guest's visits, the latest first, and what they come to.
#[utoipa::path(get, operation_id = "list_guest_visits", path = "/api/v1/guests/{id}/visits", tag = "guests", params(("id" = String, Path), Most),
    responses((status = 200, body = GuestVisits), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn visits(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
    Filter(most): Filter<Most>,
) -> Result<Json<GuestVisits>, Failure> {
    asked.ask(&app, ListGuestVisits { id, limit: page_size(most.limit) }).await.map(Json)
}

/// Whom to treat as a very important guest, and who is on the blacklist.
#[utoipa::path(get, operation_id = "list_guest_flags", path = "/api/v1/guests/{id}/flags", tag = "guests", params(("id" = String, Path)),
    responses((status = 200, body = Vec<FlagView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_flags(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
) -> Result<Json<Vec<FlagView>>, Failure> {
    asked.ask(&app, ListFlags { id }).await.map(Json)
}

/// Give a guest a flag, or another reason for it.
#[utoipa::path(put, operation_id = "flag_guest", path = "/api/v1/guests/{id}/flags/{kind}", tag = "guests", request_body = FlagInput,
    params(("id" = String, Path), ("kind" = FlagKind, Path)),
    responses((status = 200, body = FlagView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn flag(
    State(app): State<Shared>,
    At((id, kind)): At<(GuestId, FlagKind)>,
    write: Write<FlagInput>,
) -> Result<Json<FlagView>, Failure> {
    let asked = write.asked;
    asked.answer(app.execute(asked.ctx.clone(), FlagGuest { id, kind, input: write.body }).await).map(Json)
}

/// Take a flag away from a guest.
#[utoipa::path(post, operation_id = "unflag_guest", path = "/api/v1/guests/{id}/flags/{kind}/remove", tag = "guests", request_body = FlagInput,
    params(("id" = String, Path), ("kind" = FlagKind, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = Vec<FlagView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn unflag(
    State(app): State<Shared>,
    At((id, kind)): At<(GuestId, FlagKind)>,
    write: Write<FlagInput>,
) -> Result<Json<Vec<FlagView>>, Failure> {
    let asked = write.asked;
    asked.answer(app.execute(asked.ctx.clone(), UnflagGuest { id, kind, input: write.body }).await).map(Json)
}
