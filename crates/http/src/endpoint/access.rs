//! Signing in, one's own account, the accounts of the staff, what is granted, and the programs of other systems.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use hefu_app::accounts::{
    account::{
        AccountChange, AccountInput, AccountView, EndSessions, ListAccounts, change_account, create_account,
    },
    client::{ClientInput, ClientView, CreateClient, EndClient, ListClients, NewKey, RotateInput, RotateKey},
    colleague::{ColleagueView, NameColleagues},
    grant::{EndGrant, GiveGrant, GrantInput, GrantView, Holder, ListGrants, ListRoles, RoleView},
    own::{
        ConfirmFactor, Enrolment, ListMySessions, MeView, SessionView, ShowMe, SignOut, change_password,
        end_own_sessions, enrol,
    },
    session::{SessionRef, Shown, SignedIn, show_second_factor, sign_in},
    setup::{SetupInput, set_up},
    webauthn::{ShownPasskey, Site},
};
use hefu_app::{AppError, Context};
use hefu_domain::{
    Message, Rule, RuleError,
    ids::{AccountId, ApiClientId, GrantId, SessionId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(begin, end))
        .routes(routes!(second_factor))
        .routes(routes!(me))
        .routes(routes!(colleagues))
        .routes(routes!(my_sessions))
        .routes(routes!(end_my_sessions))
        .routes(routes!(my_password))
        .routes(routes!(enrol_totp))
        .routes(routes!(confirm_totp))
        .routes(routes!(setup))
        .routes(routes!(list_accounts, new_account))
        .routes(routes!(patch_account))
        .routes(routes!(end_sessions))
        .routes(routes!(list_grants, give_grant))
        .routes(routes!(end_grant))
        .routes(routes!(roles))
        .routes(routes!(list_clients, new_client))
        .routes(routes!(rotate))
        .routes(routes!(end_client))
        .routes(routes!(list_client_grants, give_client_grant))
        .routes(routes!(end_client_grant))
}

/// Login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The login.
    login: String,
    /// The password.
    #[schema(value_type = String)]
    password: Zeroizing<String>,
}

/// How far a sign-in has come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignedInView {
    /// Whether the second factor is still to be shown: nothing else is answered before.
    second_factor: bool,
    /// Whether the password is to be changed first.
    must_change_password: bool,
    /// Whether the second factor that is still to be shown may be a code of an authenticator app.
    totp: bool,
    /// Whether it may be a passkey.
    passkey: bool,
}

impl SignedInView {
    pub(super) fn of(signed_in: &SignedIn) -> Self {
        let SignedIn { second_factor, must_change, totp, passkey, .. } = *signed_in;
        Self {
            second_factor,
            must_change_password: must_change,
            totp: totp && second_factor,
            passkey: passkey && second_factor,
        }
    }
}

/// The session a request came with.
pub(super) fn session(asked: &RequestContext) -> Result<SessionRef, Failure> {
    let session = asked.came_in.as_ref().and_then(|came_in| came_in.session.clone());
    session.ok_or_else(|| Failure::of(asked.language, &AppError::NotSignedIn))
}

/// Where the browser reached this server; refuses if not under a name.
pub(super) fn site(asked: &RequestContext) -> Result<Site, Failure> {
    let site = asked.came_in.as_ref().and_then(|came_in| came_in.site.clone());
    let refusal = RuleError::new(Rule::WrongState, (), Message::PasskeyNeedsName);
    site.ok_or_else(|| Failure::of(asked.language, &refusal.into()))
}

/// An answer with a cookie.
pub(super) fn with_cookie(
    asked: &RequestContext,
    cookie: impl FnOnce(&crate::door::CameIn) -> header::HeaderValue,
    answer: impl IntoResponse,
) -> Response {
    let cookie = asked.came_in.as_ref().map(|came_in| (header::SET_COOKIE, cookie(came_in)));
    (AppendHeaders(cookie), answer).into_response()
}

/// An answer to somebody who has signed out: the browser forgets the token, and what else it has kept of this server's answers.
fn signed_out(asked: &RequestContext) -> Response {
    let forget = AppendHeaders([("clear-site-data", "\"cache\"")]);
    (forget, with_cookie(asked, crate::door::CameIn::forget, StatusCode::NO_CONTENT)).into_response()
}

/// The same request, of which no answer is kept: what it shows is shown once.
pub(super) fn unrepeated(asked: &RequestContext) -> Context {
    Context { idempotency: None, ..asked.ctx.clone() }
}

/// Sign in.
#[utoipa::path(post, operation_id = "sign_in", path = "/api/v1/session", tag = "access", request_body = SignIn,
    responses((status = 200, body = SignedInView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many attempts; try again after `Retry-After`")))]
async fn begin(State(app): State<Shared>, write: Write<SignIn>) -> Result<Response, Failure> {
    let Write { asked, body } = write;
    let signed_in = asked.answer(sign_in(&app, &unrepeated(&asked), &body.login, &body.password).await)?;
    let view = SignedInView::of(&signed_in);
    Ok(with_cookie(&asked, |came_in| came_in.keep(&signed_in.token), Json(view)))
}

/// Sign out.
#[utoipa::path(delete, operation_id = "sign_out", path = "/api/v1/session", tag = "access",
    responses((status = 204, description = "Signed out")))]
async fn end(State(app): State<Shared>, asked: RequestContext) -> Result<Response, Failure> {
    // Whoever is signed in no longer is signed out.
    if let Ok(session) = session(&asked) {
        match app.execute(unrepeated(&asked), SignOut { session }).await {
            Ok(()) | Err(AppError::NotFound { .. }) => {}
            Err(error) => return Err(Failure::of(asked.language, &error)),
        }
    }
    Ok(signed_out(&asked))
}

/// A code of the moment, a recovery code, or a passkey: one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondFactor {
    /// The code that the authenticator app shows.
    #[serde(default)]
    code: Option<String>,
    /// One of the recovery codes, instead. It counts once.
    #[serde(default)]
    recovery_code: Option<String>,
    /// A passkey, instead.
    #[serde(default)]
    passkey: Option<ShownPasskey>,
}

/// Show the second factor.
#[utoipa::path(post, operation_id = "show_second_factor", path = "/api/v1/session/second-factor", tag = "access", request_body = SecondFactor,
    responses((status = 200, body = SignedInView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many attempts; try again after `Retry-After`")))]
async fn second_factor(State(app): State<Shared>, write: Write<SecondFactor>) -> Result<Response, Failure> {
    let Write { asked, body } = write;
    let session = session(&asked)?;
    let shown = match (body.code, body.recovery_code, body.passkey) {
        (Some(code), None, None) => Shown::Code(code),
        (None, Some(code), None) => Shown::Recovery(code),
        (None, None, Some(passkey)) => Shown::Passkey(site(&asked)?, passkey),
        _ => {
            let error = AppError::invalid("code", Message::MissingField);
            return Err(Failure::of(asked.language, &error));
        }
    };
    let token = asked.answer(show_second_factor(&app, &unrepeated(&asked), &session, shown).await)?;
    let view =
        SignedInView { second_factor: false, must_change_password: false, totp: false, passkey: false };
    Ok(with_cookie(&asked, |came_in| came_in.keep(&token), Json(view)))
}

/// Show one's own account.
#[utoipa::path(get, operation_id = "show_me", path = "/api/v1/me", tag = "access",
    responses((status = 200, body = MeView), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn me(State(app): State<Shared>, asked: RequestContext) -> Result<Json<MeView>, Failure> {
    asked.ask(&app, ShowMe).await.map(Json)
}

/// Whose names are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Actors {
    /// Opaque names as the journal has them, separated by commas: a hundred at most.
    actors: String,
}

/// Who is behind the opaque names of the journal.
#[utoipa::path(get, operation_id = "name_colleagues", path = "/api/v1/colleagues", tag = "access", params(Actors),
    responses((status = 200, body = Vec<ColleagueView>), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn colleagues(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(Actors { actors }): Filter<Actors>,
) -> Result<Json<Vec<ColleagueView>>, Failure> {
    let actors = actors.split(',').filter(|actor| !actor.is_empty()).map(str::to_owned).collect();
    asked.ask(&app, NameColleagues { actors }).await.map(Json)
}

/// List one's own sessions.
#[utoipa::path(get, operation_id = "list_my_sessions", path = "/api/v1/me/sessions", tag = "access",
    responses((status = 200, body = [SessionView]), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn my_sessions(
    State(app): State<Shared>,
    asked: RequestContext,
) -> Result<Json<Vec<SessionView>>, Failure> {
    let session = session(&asked)?;
    asked.ask(&app, ListMySessions { session }).await.map(Json)
}

/// Which of one's own sessions end, and that it is their owner who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndMySessions {
    /// Which; none: all, the one that asks among them.
    #[serde(default)]
    session: Option<SessionId>,
    /// The password. It can be left out by whoever has shown the second factor lately.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    password: Option<Zeroizing<String>>,
}

/// Sign out elsewhere, or everywhere.
#[utoipa::path(post, operation_id = "end_my_sessions", path = "/api/v1/me/sessions/end", tag = "access", request_body = EndMySessions,
    responses((status = 204, description = "Signed out there"), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "The second factor has to be shown again, or the password given"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many attempts; try again after `Retry-After`")))]
async fn end_my_sessions(
    State(app): State<Shared>,
    write: Write<EndMySessions>,
) -> Result<Response, Failure> {
    let Write { asked, body } = write;
    let here = session(&asked)?;
    let EndMySessions { session: which, password } = body;
    asked.answer(end_own_sessions(&app, &unrepeated(&asked), which, password.as_ref()).await)?;
    if which.is_none_or(|which| which == here.id) {
        return Ok(signed_out(&asked));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The present password and the next one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The present password.
    #[schema(value_type = String)]
    current: Zeroizing<String>,
    /// The next one: 10 to 128 characters, and hard to guess.
    #[schema(value_type = String)]
    new: Zeroizing<String>,
}

/// Change one's own password.
#[utoipa::path(put, operation_id = "change_my_password", path = "/api/v1/me/password", tag = "access", request_body = NewPassword,
    responses((status = 204, description = "Changed; all other sessions have ended"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn my_password(State(app): State<Shared>, write: Write<NewPassword>) -> Result<StatusCode, Failure> {
    let Write { asked, body } = write;
    let session = session(&asked)?;
    let passwords = (&body.current, &body.new);
    asked.answer(change_password(&app, &unrepeated(&asked), &session, passwords).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The present password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnPassword {
    /// The password.
    #[schema(value_type = String)]
    password: Zeroizing<String>,
}

/// Begin to enrol a second factor.
#[utoipa::path(post, operation_id = "enrol_totp", path = "/api/v1/me/totp", tag = "access", request_body = OwnPassword,
    responses((status = 200, body = Enrolment), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn enrol_totp(
    State(app): State<Shared>,
    write: Write<OwnPassword>,
) -> Result<Json<Enrolment>, Failure> {
    let Write { asked, body } = write;
    session(&asked)?;
    asked.answer(enrol(&app, &asked.ctx, &body.password).await).map(Json)
}

/// The first code of a second factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstCode {
    /// The code that the authenticator app shows.
    code: String,
}

/// What stands for the second factor when it is lost.
#[derive(Debug, Serialize, ToSchema)]
struct RecoveryCodes {
    /// The codes; each counts once. They are shown now and not again.
    recovery_codes: Vec<String>,
}

/// Confirm a second factor by its first code.
#[utoipa::path(post, operation_id = "confirm_totp", path = "/api/v1/me/totp/confirm", tag = "access", request_body = FirstCode,
    responses((status = 200, body = RecoveryCodes), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn confirm_totp(State(app): State<Shared>, write: Write<FirstCode>) -> Result<Response, Failure> {
    let Write { asked, body } = write;
    let session = session(&asked)?;
    let command = ConfirmFactor { session, code: body.code };
    let confirmed = asked.answer(app.execute(unrepeated(&asked), command).await)?;
    let codes = RecoveryCodes { recovery_codes: confirmed.recovery_codes };
    Ok(with_cookie(&asked, |came_in| came_in.keep(&confirmed.token), Json(codes)))
}

/// Make the first account.
#[utoipa::path(post, operation_id = "set_up", path = "/api/v1/setup", tag = "access", request_body = SetupInput,
    responses((status = 201, body = AccountView), (status = 401, body = Problem, content_type = "application/problem+json")))]
async fn setup(
    State(app): State<Shared>,
    write: Write<SetupInput>,
) -> Result<(StatusCode, Json<AccountView>), Failure> {
    let Write { asked, body } = write;
    let made = asked.answer(set_up(&app, &asked.ctx, &body).await)?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `next` of the previous page.
    #[param(required = false)]
    cursor: Option<String>,
    /// How many, 50 by default, at most 500.
    #[param(required = false)]
    limit: Option<i64>,
}

/// List the accounts.
#[utoipa::path(get, operation_id = "list_accounts", path = "/api/v1/accounts", tag = "access", params(Which),
    responses((status = 200, body = Page<AccountView>)))]
async fn list_accounts(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<AccountView>>, Failure> {
    let limit = page_size(which.limit);
    let after = which.cursor.unwrap_or_default();
    let items = asked.ask(&app, ListAccounts { after, limit }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|account| account.login.clone());
    Ok(Json(Page { items, next }))
}

/// Make an account.
#[utoipa::path(post, operation_id = "create_account", path = "/api/v1/accounts", tag = "access", request_body = AccountInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = AccountView), (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn new_account(
    State(app): State<Shared>,
    write: Write<AccountInput>,
) -> Result<Versioned<AccountView>, Failure> {
    let Write { asked, body } = write;
    let made = asked.answer(create_account(&app, &asked.ctx, &body).await)?;
    Ok(Versioned(StatusCode::CREATED, made.version, made))
}

/// Change an account.
#[utoipa::path(patch, operation_id = "change_account", path = "/api/v1/accounts/{id}", tag = "access", request_body = AccountChange,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "ETag of the account: refused when it has changed since")),
    responses((status = 200, body = AccountView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is one's own")))]
async fn patch_account(
    State(app): State<Shared>,
    At(id): At<AccountId>,
    write: Write<AccountChange>,
) -> Result<Versioned<AccountView>, Failure> {
    let Write { asked, body } = write;
    let changed = asked.answer(change_account(&app, &asked.ctx, id, asked.if_match, body).await)?;
    Ok(Versioned(StatusCode::OK, changed.version, changed))
}

/// End all sessions of an account.
#[utoipa::path(delete, operation_id = "end_sessions", path = "/api/v1/accounts/{id}/sessions", tag = "access", params(("id" = String, Path)),
    responses((status = 204, description = "Signed out everywhere"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn end_sessions(
    State(app): State<Shared>,
    At(id): At<AccountId>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    asked.answer(app.execute(asked.ctx.clone(), EndSessions { id }).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what an account was granted.
#[utoipa::path(get, operation_id = "list_grants", path = "/api/v1/accounts/{id}/grants", tag = "access", params(("id" = String, Path)),
    responses((status = 200, body = [GrantView]), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_grants(
    State(app): State<Shared>,
    At(id): At<AccountId>,
    asked: RequestContext,
) -> Result<Json<Vec<GrantView>>, Failure> {
    asked.ask(&app, ListGrants { holder: Holder::Account(id) }).await.map(Json)
}

/// Grant a role to an account.
#[utoipa::path(post, operation_id = "give_grant", path = "/api/v1/accounts/{id}/grants", tag = "access", request_body = GrantInput,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = GrantView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The roles may not be held together, or it is one's own account")))]
async fn give_grant(
    State(app): State<Shared>,
    At(id): At<AccountId>,
    write: Write<GrantInput>,
) -> Result<(StatusCode, Json<GrantView>), Failure> {
    give(&app, Holder::Account(id), write).await
}

async fn give(
    app: &Shared,
    holder: Holder,
    write: Write<GrantInput>,
) -> Result<(StatusCode, Json<GrantView>), Failure> {
    let Write { asked, body } = write;
    let given = asked.answer(app.execute(asked.ctx.clone(), GiveGrant { holder, input: body }).await)?;
    Ok((StatusCode::CREATED, Json(given)))
}

/// End a grant.
#[utoipa::path(delete, operation_id = "end_grant", path = "/api/v1/accounts/{id}/grants/{grant}", tag = "access",
    params(("id" = String, Path), ("grant" = String, Path)),
    responses((status = 204, description = "Ended"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn end_grant(
    State(app): State<Shared>,
    At((id, grant)): At<(AccountId, GrantId)>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    asked
        .answer(app.execute(asked.ctx.clone(), EndGrant { holder: Holder::Account(id), id: grant }).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the roles.
#[utoipa::path(get, operation_id = "list_roles", path = "/api/v1/roles", tag = "access", responses((status = 200, body = [RoleView])))]
async fn roles(State(app): State<Shared>, asked: RequestContext) -> Result<Json<Vec<RoleView>>, Failure> {
    asked.ask(&app, ListRoles).await.map(Json)
}

/// Which programs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhichClients {
    /// `next` of the previous page.
    #[param(required = false)]
    cursor: Option<ApiClientId>,
    /// How many, 50 by default, at most 500.
    #[param(required = false)]
    limit: Option<i64>,
}

/// List the programs of other systems.
#[utoipa::path(get, operation_id = "list_api_clients", path = "/api/v1/api-clients", tag = "access", params(WhichClients),
    responses((status = 200, body = Page<ClientView>)))]
async fn list_clients(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<WhichClients>,
) -> Result<Json<Page<ClientView>>, Failure> {
    let limit = page_size(which.limit);
    let after = which.cursor.unwrap_or(ApiClientId::NIL);
    let items = asked.ask(&app, ListClients { after, limit }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|client| client.id.to_string());
    Ok(Json(Page { items, next }))
}

/// Give a program its first key.
#[utoipa::path(post, operation_id = "create_api_client", path = "/api/v1/api-clients", tag = "access", request_body = ClientInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = NewKey)))]
async fn new_client(
    State(app): State<Shared>,
    write: Write<ClientInput>,
) -> Result<(StatusCode, Json<NewKey>), Failure> {
    let Write { asked, body } = write;
    let made = asked.answer(app.execute(asked.ctx.clone(), CreateClient { input: body }).await)?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Give a program its next key.
#[utoipa::path(post, operation_id = "rotate_api_key", path = "/api/v1/api-clients/{id}/rotate", tag = "access", request_body = RotateInput,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = NewKey), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn rotate(
    State(app): State<Shared>,
    At(id): At<ApiClientId>,
    write: Write<RotateInput>,
) -> Result<Json<NewKey>, Failure> {
    let Write { asked, body } = write;
    asked.answer(app.execute(asked.ctx.clone(), RotateKey { id, input: body }).await).map(Json)
}

/// End a program's access.
#[utoipa::path(delete, operation_id = "end_api_client", path = "/api/v1/api-clients/{id}", tag = "access", params(("id" = String, Path)),
    responses((status = 204, description = "Ended"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn end_client(
    State(app): State<Shared>,
    At(id): At<ApiClientId>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    asked.answer(app.execute(asked.ctx.clone(), EndClient { id }).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what a program was granted.
#[utoipa::path(get, operation_id = "list_api_client_grants", path = "/api/v1/api-clients/{id}/grants", tag = "access", params(("id" = String, Path)),
    responses((status = 200, body = [GrantView]), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_client_grants(
    State(app): State<Shared>,
    At(id): At<ApiClientId>,
    asked: RequestContext,
) -> Result<Json<Vec<GrantView>>, Failure> {
    asked.ask(&app, ListGrants { holder: Holder::Client(id) }).await.map(Json)
}

/// Grant a role to a program.
#[utoipa::path(post, operation_id = "give_api_client_grant", path = "/api/v1/api-clients/{id}/grants", tag = "access", request_body = GrantInput,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = GrantView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The roles may not be held together")))]
async fn give_client_grant(
    State(app): State<Shared>,
    At(id): At<ApiClientId>,
    write: Write<GrantInput>,
) -> Result<(StatusCode, Json<GrantView>), Failure> {
    give(&app, Holder::Client(id), write).await
}

/// End a program's grant.
#[utoipa::path(delete, operation_id = "end_api_client_grant", path = "/api/v1/api-clients/{id}/grants/{grant}", tag = "access",
    params(("id" = String, Path), ("grant" = String, Path)),
    responses((status = 204, description = "Ended"), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn end_client_grant(
    State(app): State<Shared>,
    At((id, grant)): At<(ApiClientId, GrantId)>,
    asked: RequestContext,
) -> Result<StatusCode, Failure> {
    asked.answer(app.execute(asked.ctx.clone(), EndGrant { holder: Holder::Client(id), id: grant }).await)?;
    Ok(StatusCode::NO_CONTENT)
}
