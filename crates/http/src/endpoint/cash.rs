//! Cashier shifts, exchange rates, and how a property bills.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::{
    billing::{BillingInput, BillingView, PutBilling, ShowBilling},
    exchange_rate::{ExchangeRateView, ListExchangeRates, PutExchangeRate, RateToSet, ShowExchangeRate},
    shift::{
        CloseInput, CloseShift, DropCash, DropInput, ListShifts, OpenShift, ShiftInfo, ShiftInput, ShiftView,
        ShowShift,
    },
};
use hefu_kernel::Currency;
use serde::Deserialize;
use utoipa::IntoParams;

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
        .routes(routes!(open_shift, list_shifts))
        .routes(routes!(show_shift))
        .routes(routes!(drop_cash))
        .routes(routes!(close_shift))
        .routes(routes!(list_exchange_rates))
        .routes(routes!(show_exchange_rate, put_exchange_rate))
        .routes(routes!(show_billing, put_billing))
}

/// How many are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HowMany {
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// Open a shift of the cashier who asks.
#[utoipa::path(post, path = "/api/v1/properties/{property}/shifts", tag = "cashier",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = ShiftInput,
    responses((status = 200, body = ShiftInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn open_shift(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<ShiftInput>,
) -> Result<Versioned<ShiftInfo>, Failure> {
    let asked = write.asked;
    let command = OpenShift { property, input: write.body };
    let shift = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, shift.version, shift))
}

/// The latest shifts, the last first.
#[utoipa::path(get, path = "/api/v1/properties/{property}/shifts", tag = "cashier", params(("property" = String, Path), HowMany),
    responses((status = 200, body = Vec<ShiftInfo>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_shifts(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(how): Filter<HowMany>,
) -> Result<Json<Vec<ShiftInfo>>, Failure> {
    asked.ask(&app, ListShifts { property, limit: page_size(how.limit) }).await.map(Json)
}

/// A shift with what it holds and its book.
#[utoipa::path(get, path = "/api/v1/properties/{property}/shifts/{number}", tag = "cashier",
    params(("property" = String, Path), ("number" = i64, Path, description = "Number of the shift")),
    responses((status = 200, body = ShiftView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_shift(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, number)): At<(String, i64)>,
) -> Result<Versioned<ShiftView>, Failure> {
    let view = asked.ask(&app, ShowShift { property, number }).await?;
    Ok(Versioned(StatusCode::OK, view.shift.version, view))
}

/// Bring cash of a shift to the safe.
#[utoipa::path(post, path = "/api/v1/properties/{property}/shifts/{number}/drops", tag = "cashier",
    params(("property" = String, Path), ("number" = i64, Path, description = "Number of the shift"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = DropInput,
    responses((status = 200, body = ShiftInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn drop_cash(
    State(app): State<Shared>,
    At((property, number)): At<(String, i64)>,
    write: Write<DropInput>,
) -> Result<Versioned<ShiftInfo>, Failure> {
    let asked = write.asked;
    let command = DropCash { property, number, input: write.body };
    let shift = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, shift.version, shift))
}

/// Count a shift and close it.
#[utoipa::path(post, path = "/api/v1/properties/{property}/shifts/{number}/close", tag = "cashier",
    params(("property" = String, Path), ("number" = i64, Path, description = "Number of the shift"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = CloseInput,
    responses((status = 200, body = ShiftInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn close_shift(
    State(app): State<Shared>,
    At((property, number)): At<(String, i64)>,
    write: Write<CloseInput>,
) -> Result<Versioned<ShiftInfo>, Failure> {
    let asked = write.asked;
    let command = CloseShift { property, number, input: write.body };
    let shift = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, shift.version, shift))
}

/// The exchange rates of the business date, by currency.
#[utoipa::path(get, path = "/api/v1/properties/{property}/exchange-rates", tag = "cashier", params(("property" = String, Path)),
    responses((status = 200, body = Vec<ExchangeRateView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_exchange_rates(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<ExchangeRateView>>, Failure> {
    asked.ask(&app, ListExchangeRates { property }).await.map(Json)
}

/// The latest rates of a currency, the last first.
#[utoipa::path(get, path = "/api/v1/properties/{property}/exchange-rates/{currency}", tag = "cashier",
    params(("property" = String, Path), ("currency" = Currency, Path, description = "The foreign currency (ISO 4217)"), HowMany),
    responses((status = 200, body = Vec<ExchangeRateView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_exchange_rate(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, currency)): At<(String, Currency)>,
    Filter(how): Filter<HowMany>,
) -> Result<Json<Vec<ExchangeRateView>>, Failure> {
    let limit = page_size(how.limit);
    asked.ask(&app, ShowExchangeRate { property, currency, limit }).await.map(Json)
}

/// Set the rate of a foreign currency from a date on.
#[utoipa::path(put, path = "/api/v1/properties/{property}/exchange-rates/{currency}", tag = "cashier",
    params(("property" = String, Path), ("currency" = Currency, Path, description = "The foreign currency (ISO 4217)")),
    request_body = RateToSet,
    responses((status = 200, body = ExchangeRateView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_exchange_rate(
    State(app): State<Shared>,
    At((property, currency)): At<(String, Currency)>,
    write: Write<RateToSet>,
) -> Result<Versioned<ExchangeRateView>, Failure> {
    let asked = write.asked;
    let command = PutExchangeRate { property, currency, input: write.body };
    let rate = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, rate.version, rate))
}

/// How a property bills.
#[utoipa::path(get, path = "/api/v1/properties/{property}/billing", tag = "cashier", params(("property" = String, Path)),
    responses((status = 200, body = BillingView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_billing(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Versioned<BillingView>, Failure> {
    let view = asked.ask(&app, ShowBilling { property }).await?;
    Ok(Versioned(StatusCode::OK, view.version, view))
}

/// Set how a property bills.
#[utoipa::path(put, path = "/api/v1/properties/{property}/billing", tag = "cashier", params(("property" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the record")),
    request_body = BillingInput,
    responses((status = 200, body = BillingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_billing(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<BillingInput>,
) -> Result<Versioned<BillingView>, Failure> {
    let asked = write.asked;
    let command = PutBilling { property, if_match: asked.if_match, input: write.body };
    let view = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, view.version, view))
}
