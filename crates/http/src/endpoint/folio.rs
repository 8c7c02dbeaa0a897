//! The bill: charges, payments, deposits, pre-authorisations, the city ledger.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::view::bill::CityAccountInfo;
use hefu_app::{
    city_ledger::{CityAccountView, CityPayment, MoveToCityLedger, PayCityAccount, ShowCityAccount},
    deposit::{ApplyDeposits, ForfeitDeposit, PayDeposit, RefundDeposit, SettleCancellation, WaiveDeposit},
    folio::desk::{
        PostCharge, RefundPayment, ReversePosting, RouteCharges, SetPayer, TakePayment, TransferPostings,
    },
    pre_auth::{CapturePreAuth, ConfirmPreAuth, FailPreAuth, ReleasePreAuth, TakePreAuth},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::Versioned,
    request::{At, RequestContext, Write},
};

/// The group's routes.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(post_charge))
        .routes(routes!(take_payment))
        .routes(routes!(refund_payment))
        .routes(routes!(reverse_posting))
        .routes(routes!(transfer_postings))
        .routes(routes!(route_charges))
        .routes(routes!(set_payer))
        .routes(routes!(pay_deposit))
        .routes(routes!(refund_deposit))
        .routes(routes!(forfeit_deposit))
        .routes(routes!(waive_deposit))
        .routes(routes!(apply_deposits))
        .routes(routes!(settle_cancellation))
        .routes(routes!(take_pre_auth))
        .routes(routes!(confirm_pre_auth))
        .routes(routes!(capture_pre_auth))
        .routes(routes!(release_pre_auth))
        .routes(routes!(fail_pre_auth))
        .routes(routes!(move_to_city_ledger))
        .routes(routes!(city_account))
        .routes(routes!(pay_city_account))
}

visit_action!(
    post_charge,
    "/api/v1/visits/{number}/charges",
    PostCharge,
    "Charge something to the guest, with its tax.",
    "folio"
);
visit_action!(
    take_payment,
    "/api/v1/visits/{number}/payments",
    TakePayment,
    "Take a payment, also in foreign money.",
    "folio"
);
visit_action!(refund_payment, "/api/v1/visits/{number}/refunds", RefundPayment, "Give money back.", "folio");
visit_action!(
    reverse_posting,
    "/api/v1/visits/{number}/reversals",
    ReversePosting,
    "Take a line back with its tax and its points.",
    "folio"
);
visit_action!(
    transfer_postings,
    "/api/v1/visits/{number}/transfers",
    TransferPostings,
    "Move lines to another window.",
    "folio"
);
visit_action!(
    route_charges,
    "/api/v1/visits/{number}/routing",
    RouteCharges,
    "Send the charges of a group to a window.",
    "folio"
);
visit_action!(set_payer, "/api/v1/visits/{number}/window", SetPayer, "Say who pays a window.", "folio");
visit_action!(
    pay_deposit,
    "/api/v1/visits/{number}/deposits/pay",
    PayDeposit,
    "Take the money for an instalment.",
    "folio"
);
visit_action!(
    refund_deposit,
    "/api/v1/visits/{number}/deposits/refund",
    RefundDeposit,
    "Give a paid instalment back.",
    "folio"
);
visit_action!(
    forfeit_deposit,
    "/api/v1/visits/{number}/deposits/forfeit",
    ForfeitDeposit,
    "Keep a paid instalment as a penalty.",
    "folio"
);
visit_action!(
    waive_deposit,
    "/api/v1/visits/{number}/deposits/waive",
    WaiveDeposit,
    "No longer ask for an instalment.",
    "folio"
);
visit_action!(
    apply_deposits,
    "/api/v1/visits/{number}/deposits/apply",
    ApplyDeposits,
    "Move paid deposits to the bill.",
    "folio"
);
visit_action!(
    settle_cancellation,
    "/api/v1/visits/{number}/deposits/settle-cancellation",
    SettleCancellation,
    "Keep deposits up to the penalty, give the rest back.",
    "folio"
);
visit_action!(
    take_pre_auth,
    "/api/v1/visits/{number}/pre-authorisations",
    TakePreAuth,
    "Set an amount aside on a card.",
    "folio"
);
visit_action!(
    confirm_pre_auth,
    "/api/v1/visits/{number}/pre-authorisations/confirm",
    ConfirmPreAuth,
    "The bank has set the amount aside.",
    "folio"
);
visit_action!(
    capture_pre_auth,
    "/api/v1/visits/{number}/pre-authorisations/capture",
    CapturePreAuth,
    "Capture a pre-authorisation as a payment.",
    "folio"
);
visit_action!(
    release_pre_auth,
    "/api/v1/visits/{number}/pre-authorisations/release",
    ReleasePreAuth,
    "Release a pre-authorisation.",
    "folio"
);
visit_action!(
    fail_pre_auth,
    "/api/v1/visits/{number}/pre-authorisations/fail",
    FailPreAuth,
    "The bank has refused the amount.",
    "folio"
);
visit_action!(
    move_to_city_ledger,
    "/api/v1/visits/{number}/city-ledger",
    MoveToCityLedger,
    "Move what is due on a window to a company's account.",
    "folio"
);

/// A city-ledger account and its movements.
#[utoipa::path(get, operation_id = "show_city_account", path = "/api/v1/properties/{property}/city-accounts/{code}", tag = "folio",
    params(("property" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = CityAccountView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn city_account(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, code)): At<(String, String)>,
) -> Result<Versioned<CityAccountView>, Failure> {
    let view = asked.ask(&app, ShowCityAccount { property, code }).await?;
    Ok(Versioned(StatusCode::OK, view.account.version, view))
}

/// Take a company's payment.
#[utoipa::path(post, path = "/api/v1/properties/{property}/city-accounts/{code}/payments", tag = "folio",
    params(("property" = String, Path), ("code" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = CityPayment,
    responses((status = 200, body = CityAccountInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn pay_city_account(
    State(app): State<Shared>,
    At((property, code)): At<(String, String)>,
    write: Write<CityPayment>,
) -> Result<Json<CityAccountInfo>, Failure> {
    let asked = write.asked;
    let command = PayCityAccount { property, code, payment: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}
