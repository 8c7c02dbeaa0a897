//! Passkeys: signing in with one, one's own, and a forgotten password.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use hefu_app::accounts::{
    passkey::{
        AddPasskey, ListMyPasskeys, PasskeyCreationView, PasskeyRequestView, PasskeyView, RemovePasskey,
        ask_for_passkey, begin_passkey, sign_in_with_passkey,
    },
    recovery::{RecoveryInput, recover},
    webauthn::{NewPasskey, ShownPasskey},
};
use hefu_domain::ids::PasskeyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::access::{SignedInView, session, site, unrepeated, with_cookie};
use crate::{
    Shared,
    problem::{Failure, Problem},
    request::{At, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(ask))
        .routes(routes!(show))
        .routes(routes!(forgotten))
        .routes(routes!(begin))
        .routes(routes!(mine, add))
        .routes(routes!(remove))
}

/// Nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Ask for a passkey.
#[utoipa::path(post, operation_id = "ask_for_passkey", path = "/api/v1/session/passkey/options", tag = "access", request_body = Nothing,
    responses((status = 200, body = PasskeyRequestView),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The server was reached under an address and not under a name")))]
async fn ask(State(app): State<Shared>, write: Write<Nothing>) -> Result<Json<PasskeyRequestView>, Failure> {
    let Write { asked, body: Nothing {} } = write;
    let site = site(&asked)?;
    asked.answer(ask_for_passkey(&app, &asked.ctx, &site).await).map(Json)
}

/// A passkey that was shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeySignIn {
    /// What the browser answered.
    passkey: ShownPasskey,
}

/// Sign in with a passkey.
#[utoipa::path(post, operation_id = "sign_in_with_passkey", path = "/api/v1/session/passkey", tag = "access", request_body = PasskeySignIn,
    responses((status = 200, body = SignedInView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The server was reached under an address and not under a name"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many attempts; try again after `Retry-After`")))]
async fn show(State(app): State<Shared>, write: Write<PasskeySignIn>) -> Result<Response, Failure> {
    let Write { asked, body } = write;
    let site = site(&asked)?;
    let signed_in =
        asked.answer(sign_in_with_passkey(&app, &unrepeated(&asked), &site, &body.passkey).await)?;
    let view = SignedInView::of(&signed_in);
    Ok(with_cookie(&asked, |came_in| came_in.keep(&signed_in.token), Json(view)))
}

/// Replace a forgotten password.
#[utoipa::path(post, operation_id = "recover_password", path = "/api/v1/session/recovery", tag = "access", request_body = RecoveryInput,
    responses((status = 204, description = "Changed; nobody is signed in by it"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many attempts; try again after `Retry-After`")))]
async fn forgotten(State(app): State<Shared>, write: Write<RecoveryInput>) -> Result<StatusCode, Failure> {
    let Write { asked, body } = write;
    asked.answer(recover(&app, &unrepeated(&asked), &body).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The present password, to make a passkey.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyPassword {
    /// The password.
    #[schema(value_type = String)]
    password: Zeroizing<String>,
}

/// Begin to make a passkey.
#[utoipa::path(post, operation_id = "begin_passkey", path = "/api/v1/me/passkeys/options", tag = "access", request_body = PasskeyPassword,
    responses((status = 200, body = PasskeyCreationView), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The second factor there is has to be shown first"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The server was reached under an address and not under a name")))]
async fn begin(
    State(app): State<Shared>,
    write: Write<PasskeyPassword>,
) -> Result<Json<PasskeyCreationView>, Failure> {
    let Write { asked, body } = write;
    session(&asked)?;
    let site = site(&asked)?;
    asked.answer(begin_passkey(&app, &asked.ctx, &site, &body.password).await).map(Json)
}

/// List one's own passkeys.
#[utoipa::path(get, operation_id = "list_my_passkeys", path = "/api/v1/me/passkeys", tag = "access",
    responses((status = 200, body = [PasskeyView]), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn mine(State(app): State<Shared>, asked: RequestContext) -> Result<Json<Vec<PasskeyView>>, Failure> {
    asked.ask(&app, ListMyPasskeys).await.map(Json)
}

/// A passkey that was made.
#[derive(Debug, Serialize, ToSchema)]
struct AddedPasskey {
    /// The passkey.
    passkey: PasskeyView,
    /// Codes that stand for the second factor, once each; none if there are such codes already. They are shown now and not again.
    recovery_codes: Vec<String>,
}

/// Take a passkey into use.
#[utoipa::path(post, operation_id = "add_passkey", path = "/api/v1/me/passkeys", tag = "access", request_body = NewPasskey,
    responses((status = 201, body = AddedPasskey), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The second factor there is has to be shown first"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is known already, or the server was reached under an address and not under a name"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn add(State(app): State<Shared>, write: Write<NewPasskey>) -> Result<Response, Failure> {
    let Write { asked, body } = write;
    let (session, site) = (session(&asked)?, site(&asked)?);
    let command = AddPasskey { session, site, new: body };
    let added = asked.answer(app.execute(unrepeated(&asked), command).await)?;
    let view = AddedPasskey { passkey: added.passkey, recovery_codes: added.recovery_codes };
    Ok(with_cookie(&asked, |came_in| came_in.keep(&added.token), (StatusCode::CREATED, Json(view))))
}

/// Take a passkey away.
#[utoipa::path(delete, operation_id = "remove_passkey", path = "/api/v1/me/passkeys/{id}", tag = "access", params(("id" = String, Path)),
    responses((status = 204, description = "It can be used no longer"), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The second factor has to be shown first"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn remove(
    State(app): State<Shared>,
    At(id): At<PasskeyId>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    let session = session(&asked)?;
    asked.answer(app.execute(unrepeated(&asked), RemovePasskey { session, id }).await)?;
    Ok(StatusCode::NO_CONTENT)
}
