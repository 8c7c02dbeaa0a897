//! Quotes, the rate calendar, and what is to be served of what rooms include.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use hefu_app::{
    kitchen::{KitchenList, ShowKitchen},
    rates::{
        calendar::{
            CalendarRow, CalendarSet, PricesInput, RestrictionsInput, SetPrices, SetRestrictions,
            ShowCalendar,
        },
        quote::{AskQuote, Quote, QuoteInput},
    },
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(quote))
        .routes(routes!(show_rate_calendar))
        .routes(routes!(set_prices))
        .routes(routes!(set_restrictions))
        .routes(routes!(show_kitchen))
}

/// What rooms would cost, night by night and in all, with what is included, on which terms, and what forbids it.
#[utoipa::path(post, operation_id = "quote", path = "/api/v1/properties/{property}/quote", tag = "rates",
    params(("property" = String, Path)), request_body = QuoteInput,
    responses((status = 200, body = Quote), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn quote(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<QuoteInput>,
) -> Result<Json<Quote>, Failure> {
    write.asked.ask(&app, AskQuote { property, input: write.body }).await.map(Json)
}

/// The part of the calendar asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Part {
    /// The first date.
    from: NaiveDate,
    /// The date after the last.
    until: NaiveDate,
    /// Code of the rate plan; none: every one.
    rate_plan: Option<String>,
    /// Code of the room type; none: every one.
    room_type: Option<String>,
    /// The booking channel; none: what holds for every one.
    channel: Option<String>,
}

/// Prices, restrictions and what is left to sell, date by date.
#[utoipa::path(get, path = "/api/v1/properties/{property}/rate-calendar", tag = "rates",
    params(("property" = String, Path), Part),
    responses((status = 200, body = Vec<CalendarRow>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn show_rate_calendar(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(part): Filter<Part>,
) -> Result<Json<Vec<CalendarRow>>, Failure> {
    let Part { from, until, rate_plan, room_type, channel } = part;
    let wanted = ShowCalendar { property, dates: (from, until), rate_plan, room_type, channel };
    asked.ask(&app, wanted).await.map(Json)
}

/// Declares the PUT of something into the rate calendar.
macro_rules! put_into_calendar {
    ($name:ident, $path:literal, $command:ident, $input:ty, $summary:literal) => {
        #[doc = $summary]
        #[utoipa::path(put, path = $path, tag = "rates", params(("property" = String, Path)), request_body = $input,
            responses((status = 200, body = CalendarSet), (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 422, body = Problem, content_type = "application/problem+json")))]
        async fn $name(
            State(app): State<Shared>,
            At(property): At<String>,
            write: Write<$input>,
        ) -> Result<Json<CalendarSet>, Failure> {
            let asked = write.asked;
            let command = $command { property, input: write.body };
            asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
        }
    };
}

put_into_calendar!(
    set_prices,
    "/api/v1/properties/{property}/rate-calendar/prices",
    SetPrices,
    PricesInput,
    "Set prices of a plan on a range of dates."
);
put_into_calendar!(
    set_restrictions,
    "/api/v1/properties/{property}/rate-calendar/restrictions",
    SetRestrictions,
    RestrictionsInput,
    "Set what may not be sold on a range of dates."
);

/// The date asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct On {
    /// The business date or a later one; none: the business date.
    date: Option<NaiveDate>,
}

/// What is to be served on a date of what rooms include, for how many, and in which rooms.
#[utoipa::path(get, path = "/api/v1/properties/{property}/kitchen", tag = "rates",
    params(("property" = String, Path), On),
    responses((status = 200, body = KitchenList), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn show_kitchen(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(on): Filter<On>,
) -> Result<Json<KitchenList>, Failure> {
    asked.ask(&app, ShowKitchen { property, date: on.date }).await.map(Json)
}
