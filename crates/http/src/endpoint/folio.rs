//! The bill: charges, payments, deposits, pre-authorisations, the city ledger.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::view::bill::CityAccountInfo;
use hefu_app::{
    books::{ListUnsettled, UnsettledWindow},
    city_ledger::{
        AgeingView, AllocateCityPayment, AllocationInput, AllocationToReverse, AllocationView,
        CityAccountView, CityPayment, MoveToCityLedger, PayCityAccount, PaymentToReverse, ReverseAllocation,
        ReverseCityPayment, ShowAgeing, ShowCityAccount,
    },
    deposit::{
        ApplyDeposits, AskDeposit, ForfeitDeposit, PayDeposit, RefundDeposit, ReverseDeposit,
        SettleCancellation, WaiveDeposit,
    },
    folio::{
        correct::{CloseWindow, CorrectCharge, GrantAllowance, ReopenWindow, ReversePosting},
        desk::{PayOut, PostCharge, RefundPayment, RouteCharges, SetPayer, TakePayment, TransferPostings},
        split::SplitCharge,
        to_come::PostNights,
        transfer::TransferToVisit,
    },
    pre_auth::{CapturePreAuth, ConfirmPreAuth, FailPreAuth, ReleasePreAuth, TakePreAuth},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::visit_action;
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
        .routes(routes!(post_charge))
        .routes(routes!(take_payment))
        .routes(routes!(refund_payment))
        .routes(routes!(pay_out))
        .routes(routes!(reverse_posting))
        .routes(routes!(grant_allowance))
        .routes(routes!(correct_charge))
        .routes(routes!(post_nights))
        .routes(routes!(close_window))
        .routes(routes!(reopen_window))
        .routes(routes!(list_unsettled))
        .routes(routes!(transfer_postings))
        .routes(routes!(split_charge))
        .routes(routes!(transfer_to_visit))
        .routes(routes!(route_charges))
        .routes(routes!(set_payer))
        .routes(routes!(ask_deposit))
        .routes(routes!(pay_deposit))
        .routes(routes!(refund_deposit))
        .routes(routes!(reverse_deposit))
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
        .routes(routes!(reverse_city_payment))
        .routes(routes!(allocate_city_payment))
        .routes(routes!(reverse_allocation))
        .routes(routes!(city_ageing))
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
    pay_out,
    "/api/v1/visits/{number}/paid-outs",
    PayOut,
    "Pay money out for the guest and charge it.",
    "folio"
);
visit_action!(
    reverse_posting,
    "/api/v1/visits/{number}/reversals",
    ReversePosting,
    "Take a line back with its tax and its points.",
    "folio"
);
visit_action!(
    grant_allowance,
    "/api/v1/visits/{number}/allowances",
    GrantAllowance,
    "Credit a part of a charge, with its fee and tax.",
    "folio"
);
visit_action!(
    correct_charge,
    "/api/v1/visits/{number}/corrections",
    CorrectCharge,
    "Correct a charge to another price, with its fee and tax.",
    "folio"
);
visit_action!(
    post_nights,
    "/api/v1/visits/{number}/nights",
    PostNights,
    "Charge what check-out would charge, so that it can be paid before.",
    "folio"
);
visit_action!(
    close_window,
    "/api/v1/visits/{number}/window/close",
    CloseWindow,
    "Close a settled window.",
    "folio"
);
visit_action!(
    reopen_window,
    "/api/v1/visits/{number}/window/reopen",
    ReopenWindow,
    "Open a closed window again.",
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
    split_charge,
    "/api/v1/visits/{number}/splits",
    SplitCharge,
    "Move a part of a charge to another window, with its fee and tax.",
    "folio"
);
visit_action!(
    transfer_to_visit,
    "/api/v1/visits/{number}/transfers-to-visit",
    TransferToVisit,
    "Move charges to the bill of another visit.",
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
    ask_deposit,
    "/api/v1/visits/{number}/deposits",
    AskDeposit,
    "Ask for a deposit before arrival.",
    "folio"
);
visit_action!(
    pay_deposit,
    "/api/v1/visits/{number}/deposits/pay",
    PayDeposit,
    "Take money as a deposit, also in parts and in foreign money.",
    "folio"
);
visit_action!(
    refund_deposit,
    "/api/v1/visits/{number}/deposits/refund",
    RefundDeposit,
    "Give held money back.",
    "folio"
);
visit_action!(
    reverse_deposit,
    "/api/v1/visits/{number}/deposits/reverse",
    ReverseDeposit,
    "Take a payment or refund of a deposit back that was entered wrongly.",
    "folio"
);
visit_action!(
    forfeit_deposit,
    "/api/v1/visits/{number}/deposits/forfeit",
    ForfeitDeposit,
    "Keep held money as a penalty.",
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
    "Move held money to the bill.",
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

/// Declares a change of a city-ledger account by a POST.
macro_rules! on_city_account {
    ($name:ident, $path:literal, $command:ident, $input:ty, $out:ty, $summary:literal) => {
        #[doc = $summary]
        #[utoipa::path(post, path = $path, tag = "folio",
            params(("property" = String, Path), ("code" = String, Path),
                ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
            request_body = $input,
            responses((status = 200, body = $out), (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 409, body = Problem, content_type = "application/problem+json"),
                (status = 422, body = Problem, content_type = "application/problem+json")))]
        async fn $name(
            State(app): State<Shared>,
            At((property, code)): At<(String, String)>,
            write: Write<$input>,
        ) -> Result<Json<$out>, Failure> {
            let asked = write.asked;
            let command = $command { property, code, input: write.body };
            asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
        }
    };
}

on_city_account!(
    reverse_city_payment,
    "/api/v1/properties/{property}/city-accounts/{code}/payments/reverse",
    ReverseCityPayment,
    PaymentToReverse,
    CityAccountInfo,
    "Take a company's payment back."
);
on_city_account!(
    allocate_city_payment,
    "/api/v1/properties/{property}/city-accounts/{code}/allocations",
    AllocateCityPayment,
    AllocationInput,
    Vec<AllocationView>,
    "Say which transfers a company's payment is for."
);
on_city_account!(
    reverse_allocation,
    "/api/v1/properties/{property}/city-accounts/{code}/allocations/reverse",
    ReverseAllocation,
    AllocationToReverse,
    CityAccountInfo,
    "Take back that a payment is for a transfer."
);

/// What companies owe by age.
#[utoipa::path(get, path = "/api/v1/properties/{property}/city-ageing", tag = "folio", params(("property" = String, Path)),
    responses((status = 200, body = Vec<AgeingView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn city_ageing(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<AgeingView>>, Failure> {
    asked.ask(&app, ShowAgeing { property }).await.map(Json)
}

/// How many windows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HowMany {
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// Windows with a balance of visits that are over.
#[utoipa::path(get, path = "/api/v1/properties/{property}/unsettled", tag = "folio", params(("property" = String, Path), HowMany),
    responses((status = 200, body = Vec<UnsettledWindow>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_unsettled(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(how): Filter<HowMany>,
) -> Result<Json<Vec<UnsettledWindow>>, Failure> {
    asked.ask(&app, ListUnsettled { property, limit: page_size(how.limit) }).await.map(Json)
}
