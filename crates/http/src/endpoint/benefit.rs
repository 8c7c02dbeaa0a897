//! What members have of their tier: the programme, vouchers, free nights, late check-out and better rooms.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::member::{
    benefits::{BenefitsView, LateCheckOut, ShowBenefits, UpgradeRoom},
    nights::{RedeemFreeNight, ReturnFreeNight},
    programme::{
        OwnProgrammeInput, ProgrammeInput, ProgrammeView, PutProgramme, PutProgrammeOf, ShowProgramme,
        ShowProgrammeOf,
    },
    voucher::{CancelVoucher, CancelVoucherInput, IssueVouchers, ListVouchers, VoucherInput, VoucherView},
};

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
        .routes(routes!(show_programme, put_programme))
        .routes(routes!(show_own_programme, put_own_programme))
        .routes(routes!(list_vouchers, issue_vouchers))
        .routes(routes!(cancel_voucher))
        .routes(routes!(show_benefits))
        .routes(routes!(redeem_free_night))
        .routes(routes!(return_free_night))
        .routes(routes!(late_check_out))
        .routes(routes!(upgrade_room))
}

/// The chain's membership programme.
#[utoipa::path(get, path = "/api/v1/member-programme", tag = "members", responses((status = 200, body = ProgrammeView)))]
async fn show_programme(
    State(app): State<Shared>,
    asked: RequestContext,
) -> Result<Versioned<ProgrammeView>, Failure> {
    let shown = asked.ask(&app, ShowProgramme).await?;
    Ok(Versioned(StatusCode::OK, shown.version, shown))
}

/// Say what the chain's membership programme gives. What is not given stays.
#[utoipa::path(put, path = "/api/v1/member-programme", tag = "members",
    params(("If-Match" = Option<String>, Header, description = "ETag of the programme")),
    request_body = ProgrammeInput,
    responses((status = 200, body = ProgrammeView), (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_programme(
    State(app): State<Shared>,
    write: Write<ProgrammeInput>,
) -> Result<Versioned<ProgrammeView>, Failure> {
    let asked = write.asked;
    let command = PutProgramme { if_match: asked.if_match, input: write.body };
    let shown = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, shown.version, shown))
}

/// The membership programme that holds in a property.
#[utoipa::path(get, path = "/api/v1/properties/{property}/member-programme", tag = "members", params(("property" = String, Path)),
    responses((status = 200, body = ProgrammeView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_own_programme(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Versioned<ProgrammeView>, Failure> {
    let shown = asked.ask(&app, ShowProgrammeOf { property }).await?;
    Ok(Versioned(StatusCode::OK, shown.version, shown))
}

/// Say what a property's own membership programme gives. What is not given stays.
#[utoipa::path(put, path = "/api/v1/properties/{property}/member-programme", tag = "members",
    params(("property" = String, Path), ("If-Match" = Option<String>, Header, description = "ETag of the programme")),
    request_body = OwnProgrammeInput,
    responses((status = 200, body = ProgrammeView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_own_programme(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<OwnProgrammeInput>,
) -> Result<Versioned<ProgrammeView>, Failure> {
    let asked = write.asked;
    let command = PutProgrammeOf { property, if_match: asked.if_match, input: write.body };
    let shown = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, shown.version, shown))
}

/// The vouchers of a member.
#[utoipa::path(get, path = "/api/v1/members/{number}/vouchers", tag = "members", params(("number" = String, Path)),
    responses((status = 200, body = Vec<VoucherView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_vouchers(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Json<Vec<VoucherView>>, Failure> {
    asked.ask(&app, ListVouchers { number }).await.map(Json)
}

/// Issue vouchers for nights to a member.
#[utoipa::path(post, path = "/api/v1/members/{number}/vouchers", tag = "members", request_body = VoucherInput,
    params(("number" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = Vec<VoucherView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn issue_vouchers(
    State(app): State<Shared>,
    At(number): At<String>,
    write: Write<VoucherInput>,
) -> Result<Json<Vec<VoucherView>>, Failure> {
    let asked = write.asked;
    let command = IssueVouchers { number, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// Cancel a voucher.
#[utoipa::path(post, path = "/api/v1/members/{number}/cancel-voucher", tag = "members", request_body = CancelVoucherInput,
    params(("number" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = VoucherView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn cancel_voucher(
    State(app): State<Shared>,
    At(number): At<String>,
    write: Write<CancelVoucherInput>,
) -> Result<Json<VoucherView>, Failure> {
    let asked = write.asked;
    let command = CancelVoucher { number, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// What the booker of a visit has as a member.
#[utoipa::path(get, path = "/api/v1/visits/{number}/benefits", tag = "members",
    params(("number" = String, Path, description = "Any number of the visit")),
    responses((status = 200, body = BenefitsView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_benefits(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Json<BenefitsView>, Failure> {
    asked.ask(&app, ShowBenefits { number }).await.map(Json)
}

visit_action!(
    redeem_free_night,
    "/api/v1/visits/{number}/free-nights",
    RedeemFreeNight,
    "Pay for a night with points or a voucher.",
    "members"
);
visit_action!(
    return_free_night,
    "/api/v1/visits/{number}/free-nights/return",
    ReturnFreeNight,
    "Give a free night back.",
    "members"
);
visit_action!(
    late_check_out,
    "/api/v1/visits/{number}/late-check-out",
    LateCheckOut,
    "Agree until when a room may be kept on the departure date.",
    "members"
);
visit_action!(
    upgrade_room,
    "/api/v1/visits/{number}/upgrade",
    UpgradeRoom,
    "Set a better room aside at the price of the one that was booked.",
    "members"
);
