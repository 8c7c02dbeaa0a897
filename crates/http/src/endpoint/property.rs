//! Properties and their configuration.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::setup::{
    AllowOverbooking, CityAccountInput, CodeInput, ListProperties, OverbookingInput, PolicyInput,
    PropertyInput, PropertyView, PutCityAccount, PutCode, PutPolicy, PutProperty, PutRatePlan, PutRoomType,
    PutRooms, RatePlanInput, RatePlanPrices, RoomInput, RoomTypeInput, ShowProperty, ShowRatePlan,
};
use hefu_app::view::{
    bill::CityAccountInfo,
    property::{PolicyView, PropertyInfo, RatePlanView, RoomTypeView, RoomView, TransactionCodeView},
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
        .routes(routes!(list))
        .routes(routes!(show, put_property))
        .routes(routes!(put_room_type))
        .routes(routes!(allow_overbooking))
        .routes(routes!(put_rooms))
        .routes(routes!(put_cancellation_policy))
        .routes(routes!(show_rate_plan, put_rate_plan))
        .routes(routes!(put_transaction_code))
        .routes(routes!(put_city_account))
}

/// Every property.
#[utoipa::path(get, operation_id = "list_properties", path = "/api/v1/properties", tag = "properties", responses((status = 200, body = Vec<PropertyInfo>)))]
async fn list(State(app): State<Shared>, asked: RequestContext) -> Result<Json<Vec<PropertyInfo>>, Failure> {
    asked.ask(&app, ListProperties).await.map(Json)
}

/// A property with its rooms, prices, terms and codes.
#[utoipa::path(get, operation_id = "show_property", path = "/api/v1/properties/{property}", tag = "properties", params(("property" = String, Path)),
    responses((status = 200, body = PropertyView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(code): At<String>,
) -> Result<Versioned<PropertyView>, Failure> {
    let view = asked.ask(&app, ShowProperty { code }).await?;
    Ok(Versioned(StatusCode::OK, view.property.version, view))
}

/// Make a property or change it.
#[utoipa::path(put, path = "/api/v1/properties/{property}", tag = "properties", params(("property" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the property")),
    request_body = PropertyInput,
    responses((status = 200, body = PropertyInfo), (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_property(
    State(app): State<Shared>,
    At(code): At<String>,
    write: Write<PropertyInput>,
) -> Result<Versioned<PropertyInfo>, Failure> {
    let asked = write.asked;
    let command = PutProperty { code, if_match: asked.if_match, input: write.body };
    let property = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, property.version, property))
}

/// Declares the PUT of something a property has under a code.
macro_rules! put_of_property {
    ($name:ident, $path:literal, $command:ident, $input:ty, $out:ty, $summary:literal) => {
        #[doc = $summary]
        #[utoipa::path(put, path = $path, tag = "properties",
            params(("property" = String, Path), ("code" = String, Path),
                ("If-Match" = Option<String>, Header, description = "ETag of the record")),
            request_body = $input,
            responses((status = 200, body = $out), (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 412, body = Problem, content_type = "application/problem+json"),
                (status = 422, body = Problem, content_type = "application/problem+json")))]
        async fn $name(
            State(app): State<Shared>,
            At((property, code)): At<(String, String)>,
            write: Write<$input>,
        ) -> Result<Versioned<$out>, Failure> {
            let asked = write.asked;
            let command = $command { property, code, if_match: asked.if_match, input: write.body };
            let made = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
            Ok(Versioned(StatusCode::OK, made.version, made))
        }
    };
}

put_of_property!(
    put_room_type,
    "/api/v1/properties/{property}/room-types/{code}",
    PutRoomType,
    RoomTypeInput,
    RoomTypeView,
    "Make a room type or change it."
);
put_of_property!(
    put_cancellation_policy,
    "/api/v1/properties/{property}/cancellation-policies/{code}",
    PutPolicy,
    PolicyInput,
    PolicyView,
    "Make a cancellation policy or change it."
);
put_of_property!(
    put_rate_plan,
    "/api/v1/properties/{property}/rate-plans/{code}",
    PutRatePlan,
    RatePlanInput,
    RatePlanView,
    "Make a rate plan or change it, and set prices."
);
put_of_property!(
    put_transaction_code,
    "/api/v1/properties/{property}/transaction-codes/{code}",
    PutCode,
    CodeInput,
    TransactionCodeView,
    "Make a transaction code or change it."
);
put_of_property!(
    put_city_account,
    "/api/v1/properties/{property}/city-accounts/{code}",
    PutCityAccount,
    CityAccountInput,
    CityAccountInfo,
    "Make a city-ledger account or change it."
);

/// Make rooms or change them, many at once.
#[utoipa::path(put, path = "/api/v1/properties/{property}/rooms", tag = "properties", params(("property" = String, Path)),
    request_body = Vec<RoomInput>,
    responses((status = 200, body = Vec<RoomView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_rooms(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<Vec<RoomInput>>,
) -> Result<Json<Vec<RoomView>>, Failure> {
    let asked = write.asked;
    asked.answer(app.execute(asked.ctx.clone(), PutRooms { property, rooms: write.body }).await).map(Json)
}

/// Let rooms of a type be sold beyond those there are, on some dates.
#[utoipa::path(put, path = "/api/v1/properties/{property}/room-types/{code}/overbooking", tag = "properties",
    params(("property" = String, Path), ("code" = String, Path)),
    request_body = OverbookingInput,
    responses((status = 200, body = OverbookingInput), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn allow_overbooking(
    State(app): State<Shared>,
    At((property, room_type)): At<(String, String)>,
    write: Write<OverbookingInput>,
) -> Result<Json<OverbookingInput>, Failure> {
    let asked = write.asked;
    let command = AllowOverbooking { property, room_type, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// A rate plan with all its prices.
#[utoipa::path(get, path = "/api/v1/properties/{property}/rate-plans/{code}", tag = "properties",
    params(("property" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = RatePlanPrices), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_rate_plan(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, code)): At<(String, String)>,
) -> Result<Versioned<RatePlanPrices>, Failure> {
    let plan = asked.ask(&app, ShowRatePlan { property, code }).await?;
    Ok(Versioned(StatusCode::OK, plan.plan.version, plan))
}
