//! Signing in by a chain's own provider of identities (OpenID Connect). Browsers go there and come back by links, so answers here are mostly redirections.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Response},
};
use hefu_app::{
    AppError,
    accounts::provider::{ProviderView, Return, arrive, depart, providers},
};
use hefu_domain::message::Missing;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use zeroize::Zeroizing;

use super::access::unrepeated;
use crate::{
    Shared,
    door::CameIn,
    problem::{Failure, Problem},
    request::{At, Filter, RequestContext},
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(leave)).routes(routes!(come_back))
}

/// Where somebody goes who was not let in.
const REFUSED: &str = "/sign-in?refused=1";

fn check(app: &Shared, asked: &RequestContext, id: &str) -> Result<CameIn, Failure> {
    let is_there = providers(app).iter().any(|provider| provider.id == id);
    let came_in = asked.came_in.clone().filter(|_| is_there);
    came_in.ok_or_else(|| Failure::of(asked.language, &AppError::not_found(Missing::Provider, id)))
}

/// Sends a browser somewhere, with cookies.
fn see(location: &str, cookies: Vec<HeaderValue>) -> Response {
    let cookies = cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    let location = HeaderValue::from_str(location).unwrap_or_else(|_| HeaderValue::from_static(REFUSED));
    let there = AppendHeaders([(header::LOCATION, location)]);
    (StatusCode::SEE_OTHER, there, AppendHeaders(cookies)).into_response()
}

/// List the providers of identities.
#[utoipa::path(get, operation_id = "list_providers", path = "/api/v1/session/providers", tag = "access",
    responses((status = 200, body = [ProviderView])))]
async fn list(State(app): State<Shared>) -> Json<Vec<ProviderView>> {
    Json(providers(&app))
}

/// Go to a provider of identities.
#[utoipa::path(get, operation_id = "leave_for_provider", path = "/api/v1/session/provider/{id}", tag = "access", params(("id" = String, Path)),
    responses((status = 303, description = "To the provider; to `/sign-in` if it cannot be reached"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn leave(
    State(app): State<Shared>,
    At(id): At<String>,
    asked: RequestContext,
) -> Result<Response, Failure> {
    let came_in = check(&app, &asked, &id)?;
    let departure = asked.answer(depart(&app, &unrepeated(&asked), &id, &came_in.origin).await)?;
    Ok(match departure {
        Some(departure) => see(&departure.location, vec![came_in.carry(&departure.cookie)]),
        None => see(REFUSED, Vec::new()),
    })
}

/// What somebody came back from a provider with. It may say more.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CameBack {
    /// What is exchanged for what the provider says.
    #[param(required = false, value_type = Option<String>)]
    code: Option<Zeroizing<String>>,
    /// What was carried there.
    #[param(required = false)]
    state: Option<String>,
    /// Who it is.
    #[param(required = false)]
    iss: Option<String>,
    /// What went wrong there.
    #[param(required = false)]
    error: Option<String>,
}

/// Come back from a provider of identities.
#[utoipa::path(get, operation_id = "come_back_from_provider", path = "/api/v1/session/provider/{id}/callback", tag = "access",
    params(("id" = String, Path), CameBack),
    responses((status = 303, description = "To `/` signed in; to `/sign-in` if not"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn come_back(
    State(app): State<Shared>,
    At(id): At<String>,
    asked: RequestContext,
    Filter(back): Filter<CameBack>,
) -> Result<Response, Failure> {
    let came_in = check(&app, &asked, &id)?;
    let CameBack { code, state, iss, error } = back;
    let came = Return { code, state, iss, error };
    let carried = came_in.carried.as_deref().unwrap_or_default();
    let arrived =
        arrive(&app, &unrepeated(&asked), (id.as_str(), came_in.origin.as_str()), carried, &came).await;
    let forget = came_in.carry("");
    match arrived {
        Ok(signed_in) => Ok(see("/", vec![came_in.keep(&signed_in.token), forget])),
        Err(AppError::SignInRefused) => Ok(see(REFUSED, vec![forget])),
        Err(error) => Err(Failure::of(asked.language, &error)),
    }
}
