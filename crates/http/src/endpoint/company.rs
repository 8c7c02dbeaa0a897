//! Companies and agents.

use axum::{Json, extract::State, http::StatusCode};
use hefu_app::company::{
    AccountCompany, CompanyInfo, CompanyInput, CompanyView, FindCompanies, LinkAccount, NameCompanies,
    PutCompany, ShowCompany,
};
use hefu_app::view::bill::CityAccountInfo;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
};

/// The routes of companies.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(find_companies))
        .routes(routes!(show_company, put_company))
        .routes(routes!(link_city_account))
        .routes(routes!(name_companies))
}

/// Which companies are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Code, tax number, or a part of the name. Default: all, by name.
    text: Option<String>,
    /// At most so many, up to 500. Default 50.
    limit: Option<i64>,
}

/// Find companies and agents.
#[utoipa::path(get, path = "/api/v1/companies", tag = "companies", params(Wanted),
    responses((status = 200, body = Vec<CompanyInfo>)))]
async fn find_companies(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(wanted): Filter<Wanted>,
) -> Result<Json<Vec<CompanyInfo>>, Failure> {
    let (text, limit) = (wanted.text.unwrap_or_default(), page_size(wanted.limit));
    asked.ask(&app, FindCompanies { text, limit }).await.map(Json)
}

/// A company with its subsidiaries, accounts and latest visits.
#[utoipa::path(get, path = "/api/v1/companies/{code}", tag = "companies", params(("code" = String, Path)),
    responses((status = 200, body = CompanyView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_company(
    State(app): State<Shared>,
    asked: RequestContext,
    At(code): At<String>,
) -> Result<Versioned<CompanyView>, Failure> {
    let view = asked.ask(&app, ShowCompany { code }).await?;
    Ok(Versioned(StatusCode::OK, view.company.version, view))
}

/// Make a company or change it.
#[utoipa::path(put, path = "/api/v1/companies/{code}", tag = "companies",
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "ETag of the company")),
    request_body = CompanyInput,
    responses((status = 200, body = CompanyInfo), (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_company(
    State(app): State<Shared>,
    At(code): At<String>,
    write: Write<CompanyInput>,
) -> Result<Versioned<CompanyInfo>, Failure> {
    let asked = write.asked;
    let command = PutCompany { code, if_match: asked.if_match, input: write.body };
    let company = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, company.version, company))
}

/// Say which company pays by an account of the city ledger.
#[utoipa::path(put, path = "/api/v1/properties/{property}/city-accounts/{code}/company", tag = "companies",
    params(("property" = String, Path), ("code" = String, Path)),
    request_body = AccountCompany,
    responses((status = 200, body = CityAccountInfo), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn link_city_account(
    State(app): State<Shared>,
    At((property, account)): At<(String, String)>,
    write: Write<AccountCompany>,
) -> Result<Json<CityAccountInfo>, Failure> {
    let asked = write.asked;
    let command = LinkAccount { property, account, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

visit_action!(
    name_companies,
    "/api/v1/visits/{number}/companies",
    NameCompanies,
    "Say for which company a visit is, and which agent booked it.",
    "companies"
);
