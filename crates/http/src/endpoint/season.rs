//! Seasons, whom rate plans are sold to, and what of the setup is not used any more.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::{
    closing::{CloseSetup, ClosingView, DeleteSetup, DeletedView, SetupToClose, SetupToDelete},
    rates::{
        access::{AccessInput, AccessView, PutAccess, ShowAccess},
        calendar::CalendarSet,
        season::{ListSeasons, PutSeason, SeasonInput, SeasonPricesInput, SeasonView, SetSeasonPrices},
    },
};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::Versioned,
    request::{At, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list_seasons))
        .routes(routes!(put_season))
        .routes(routes!(set_season_prices))
        .routes(routes!(show_plan_access, put_plan_access))
        .routes(routes!(close_setup))
        .routes(routes!(delete_setup))
}

/// The seasons of a property.
#[utoipa::path(get, path = "/api/v1/properties/{property}/seasons", tag = "rates", params(("property" = String, Path)),
    responses((status = 200, body = Vec<SeasonView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_seasons(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<SeasonView>>, Failure> {
    asked.ask(&app, ListSeasons { property }).await.map(Json)
}

/// Make a season or change it.
#[utoipa::path(put, path = "/api/v1/properties/{property}/seasons/{code}", tag = "rates",
    params(("property" = String, Path), ("code" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the record")),
    request_body = SeasonInput,
    responses((status = 200, body = SeasonView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_season(
    State(app): State<Shared>,
    At((property, code)): At<(String, String)>,
    write: Write<SeasonInput>,
) -> Result<Versioned<SeasonView>, Failure> {
    let asked = write.asked;
    let command = PutSeason { property, code, if_match: asked.if_match, input: write.body };
    let made = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, made.version, made))
}

/// Set prices of a plan on the dates of a season.
#[utoipa::path(put, path = "/api/v1/properties/{property}/seasons/{code}/prices", tag = "rates",
    params(("property" = String, Path), ("code" = String, Path)), request_body = SeasonPricesInput,
    responses((status = 200, body = CalendarSet), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn set_season_prices(
    State(app): State<Shared>,
    At((property, season)): At<(String, String)>,
    write: Write<SeasonPricesInput>,
) -> Result<Json<CalendarSet>, Failure> {
    let asked = write.asked;
    let command = SetSeasonPrices { property, season, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// Whom a rate plan is sold to.
#[utoipa::path(get, path = "/api/v1/properties/{property}/rate-plans/{code}/access", tag = "rates",
    params(("property" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = AccessView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_plan_access(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, code)): At<(String, String)>,
) -> Result<Versioned<AccessView>, Failure> {
    let shown = asked.ask(&app, ShowAccess { property, code }).await?;
    Ok(Versioned(StatusCode::OK, shown.version, shown))
}

/// Say whom a rate plan is sold to. What is not given stays.
#[utoipa::path(put, path = "/api/v1/properties/{property}/rate-plans/{code}/access", tag = "rates",
    params(("property" = String, Path), ("code" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the record")),
    request_body = AccessInput,
    responses((status = 200, body = AccessView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_plan_access(
    State(app): State<Shared>,
    At((property, code)): At<(String, String)>,
    write: Write<AccessInput>,
) -> Result<Versioned<AccessView>, Failure> {
    let asked = write.asked;
    let command = PutAccess { property, code, if_match: asked.if_match, input: write.body };
    let shown = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, shown.version, shown))
}

/// Close a record of the setup from a date on, or open it again.
#[utoipa::path(post, path = "/api/v1/properties/{property}/setup/close", tag = "properties",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = SetupToClose,
    responses((status = 200, body = ClosingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn close_setup(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<SetupToClose>,
) -> Result<Json<ClosingView>, Failure> {
    let asked = write.asked;
    let command = CloseSetup { property, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// Delete a record of the setup that was never used.
#[utoipa::path(post, path = "/api/v1/properties/{property}/setup/delete", tag = "properties",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = SetupToDelete,
    responses((status = 200, body = DeletedView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn delete_setup(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<SetupToDelete>,
) -> Result<Json<DeletedView>, Failure> {
    let asked = write.asked;
    let command = DeleteSetup { property, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}
