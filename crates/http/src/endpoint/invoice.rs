//! Invoices and credit notes.

use axum::{Json, extract::State};
use hefu_app::invoice::{
    CopyInput, CopyInvoice, CreditInput, CreditInvoice, InvoiceCopyInfo, InvoiceInfo, InvoiceInput,
    InvoiceView, InvoicesOfVisit, IssueInvoice, ListInvoices, ShowInvoice, VisitInvoices,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::page_size,
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(issue_invoice, invoices_of_visit))
        .routes(routes!(list_invoices))
        .routes(routes!(show_invoice))
        .routes(routes!(credit_invoice))
        .routes(routes!(copy_invoice))
}

/// Invoice what stands on a window of a bill.
#[utoipa::path(post, path = "/api/v1/visits/{number}/invoices", tag = "invoices",
    params(("number" = String, Path, description = "Any number of the visit"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = InvoiceInput,
    responses((status = 200, body = InvoiceInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn issue_invoice(
    State(app): State<Shared>,
    At(number): At<String>,
    write: Write<InvoiceInput>,
) -> Result<Json<InvoiceInfo>, Failure> {
    let asked = write.asked;
    let command = IssueInvoice { number, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// The invoices of a visit, and what is to be invoiced.
#[utoipa::path(get, path = "/api/v1/visits/{number}/invoices", tag = "invoices",
    params(("number" = String, Path, description = "Any number of the visit")),
    responses((status = 200, body = VisitInvoices), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn invoices_of_visit(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Json<VisitInvoices>, Failure> {
    asked.ask(&app, InvoicesOfVisit { number }).await.map(Json)
}

/// Which and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// The series. Default: `INV`.
    series: Option<String>,
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// The latest invoices of a series, the last first.
#[utoipa::path(get, path = "/api/v1/properties/{property}/invoices", tag = "invoices", params(("property" = String, Path), Which),
    responses((status = 200, body = Vec<InvoiceInfo>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_invoices(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(which): Filter<Which>,
) -> Result<Json<Vec<InvoiceInfo>>, Failure> {
    let query = ListInvoices { property, series: which.series, limit: page_size(which.limit) };
    asked.ask(&app, query).await.map(Json)
}

/// An invoice or a credit note as it was issued.
#[utoipa::path(get, path = "/api/v1/properties/{property}/invoices/{series}/{number}", tag = "invoices",
    params(("property" = String, Path), ("series" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = InvoiceView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_invoice(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, series, number)): At<(String, String, i64)>,
) -> Result<Json<InvoiceView>, Failure> {
    asked.ask(&app, ShowInvoice { property, series, number }).await.map(Json)
}

/// Take an invoice back by a credit note.
#[utoipa::path(post, path = "/api/v1/properties/{property}/invoices/{series}/{number}/credit-notes", tag = "invoices",
    params(("property" = String, Path), ("series" = String, Path), ("number" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = CreditInput,
    responses((status = 200, body = InvoiceInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn credit_invoice(
    State(app): State<Shared>,
    At((property, series, number)): At<(String, String, i64)>,
    write: Write<CreditInput>,
) -> Result<Json<InvoiceInfo>, Failure> {
    let asked = write.asked;
    let command = CreditInvoice { property, series, number, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// Print an invoice again.
#[utoipa::path(post, path = "/api/v1/properties/{property}/invoices/{series}/{number}/copies", tag = "invoices",
    params(("property" = String, Path), ("series" = String, Path), ("number" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = CopyInput,
    responses((status = 200, body = InvoiceCopyInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn copy_invoice(
    State(app): State<Shared>,
    At((property, series, number)): At<(String, String, i64)>,
    write: Write<CopyInput>,
) -> Result<Json<InvoiceCopyInfo>, Failure> {
    let (asked, _) = (write.asked, write.body);
    asked.answer(app.execute(asked.ctx.clone(), CopyInvoice { property, series, number }).await).map(Json)
}
