//! Signing in by a chain's own provider of identities (OpenID Connect). Browsers go there and come back by links, as to pages: only what programs ask for stands
//! in the description.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Response},
    routing::get,
};
use hefu_app::{
    AppError,
    accounts::provider::{ProviderView, Return, arrive, depart, providers},
};
use hefu_domain::message::Missing;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::access::unrepeated;
use crate::{
    Shared,
    door::CameIn,
    problem::Failure,
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list))
        .page("/api/v1/session/provider/{id}", get(leave))
        .page("/api/v1/session/provider/{id}/callback", get(come_back))
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

/// Sends a browser to a provider of identities; to the sign-in page if it cannot be reached.
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
#[derive(Debug, Deserialize)]
struct CameBack {
    /// What is exchanged for what the provider says.
    code: Option<Zeroizing<String>>,
    /// What was carried there.
    state: Option<String>,
    /// Who it is.
    iss: Option<String>,
    /// What went wrong there.
    error: Option<String>,
}

/// Takes in a browser that comes back from a provider of identities: to the beginning signed in, to the sign-in page if not.
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
