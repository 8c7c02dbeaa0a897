//! Members: joining, points, the tier's discount.

use axum::{extract::State, http::StatusCode};
use hefu_app::member::{
    AccruePoints, AdjustPoints, ApplyMemberDiscount, Enrol, MemberView, PointsAdjustment, RedeemPoints,
    ShowMember, ShowMembershipOf,
};
use hefu_app::people::view::MembershipView;
use hefu_domain::ids::GuestId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::visit_action;
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
        .routes(routes!(of_guest, enrol))
        .routes(routes!(by_number))
        .routes(routes!(adjust))
        .routes(routes!(accrue_points))
        .routes(routes!(redeem_points))
        .routes(routes!(apply_member_discount))
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Make a guest a member.
#[utoipa::path(post, operation_id = "enrol_guest", path = "/api/v1/guests/{id}/membership", tag = "members", request_body = Nothing,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 201, body = MembershipView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Already a member")))]
async fn enrol(
    State(app): State<Shared>,
    At(guest): At<GuestId>,
    write: Write<Nothing>,
) -> Result<Versioned<MembershipView>, Failure> {
    let asked = write.asked;
    let made = asked.answer(app.execute(asked.ctx.clone(), Enrol { guest }).await)?;
    Ok(Versioned(StatusCode::CREATED, made.version, made))
}

/// A guest's membership and its points.
#[utoipa::path(get, operation_id = "show_membership", path = "/api/v1/guests/{id}/membership", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = MemberView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn of_guest(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
) -> Result<Versioned<MemberView>, Failure> {
    let view = asked.ask(&app, ShowMembershipOf { guest: id }).await?;
    Ok(Versioned(StatusCode::OK, view.membership.version, view))
}

/// The membership of a card number, and its points.
#[utoipa::path(get, operation_id = "show_member", path = "/api/v1/members/{number}", tag = "members", params(("number" = String, Path)),
    responses((status = 200, body = MemberView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Mistyped: the check digit does not match")))]
async fn by_number(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Versioned<MemberView>, Failure> {
    let view = asked.ask(&app, ShowMember { number }).await?;
    Ok(Versioned(StatusCode::OK, view.membership.version, view))
}

/// Set a member's points right by hand.
#[utoipa::path(post, operation_id = "adjust_points", path = "/api/v1/members/{number}/adjust", tag = "members", request_body = PointsAdjustment,
    params(("number" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = MembershipView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Not enough points, or the key was already used"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn adjust(
    State(app): State<Shared>,
    At(number): At<String>,
    write: Write<PointsAdjustment>,
) -> Result<Versioned<MembershipView>, Failure> {
    let asked = write.asked;
    let command = AdjustPoints { number, adjustment: write.body };
    let membership = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, membership.version, membership))
}

visit_action!(
    accrue_points,
    "/api/v1/visits/{number}/accrue-points",
    AccruePoints,
    "Give the booker the points of the visit, each charge once.",
    "members"
);
visit_action!(
    redeem_points,
    "/api/v1/visits/{number}/redeem-points",
    RedeemPoints,
    "Pay with the booker's points.",
    "members"
);
visit_action!(
    apply_member_discount,
    "/api/v1/visits/{number}/apply-member-discount",
    ApplyMemberDiscount,
    "Give the visit the discount of the booker's tier at once.",
    "members"
);
