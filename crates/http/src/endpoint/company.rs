//! Companies and agents.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use hefu_app::company::{
    AccountCompany, CompanyInfo, CompanyInput, CompanyView, FindCompanies, LinkAccount, NameCompanies,
    PutCompany, ShowCompany,
};
use hefu_app::control::account::{AccountVisit, CompanyAccountView, ShowCompanyAccount};
use hefu_app::view::bill::CityAccountInfo;
use hefu_domain::Language;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
    sheet::{Cell, Sheet, SheetFormat},
};

/// The routes of companies.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(find_companies))
        .routes(routes!(show_company, put_company))
        .routes(routes!(show_company_account))
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

/// How an account is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AccountFormat {
    /// As JSON.
    Json,
    /// Its visits as CSV, with the names of columns in the client's language.
    Csv,
    /// Its visits as a workbook.
    Xlsx,
}

/// Of which dates an account is wanted, and as what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichAccount {
    /// The first date. Default: a month ago.
    from: Option<NaiveDate>,
    /// The last date, at most 400 days later. Default: a month ahead.
    to: Option<NaiveDate>,
    /// `json`, `csv` or `xlsx`. Default: `json`.
    #[param(inline)]
    format: Option<AccountFormat>,
}

/// A column: its name in Chinese and English, and what stands in it.
type Column = (&'static str, &'static str, fn(&AccountVisit) -> Cell);

const COLUMNS: [Column; 17] = [
    ("单位", "Company", |visit| Cell::Text(visit.company.clone())),
    ("酒店", "Property", |visit| Cell::Text(visit.property.clone())),
    ("确认号", "Number", |visit| Cell::Text(visit.number.clone())),
    ("渠道", "Channel", |visit| Cell::Text(visit.channel.clone())),
    ("状态", "State", |visit| Cell::Text(visit.state.to_string())),
    ("到店", "Arrival", |visit| Cell::Day(visit.arrival)),
    ("离店", "Departure", |visit| Cell::Day(visit.departure)),
    ("预订房数", "Rooms booked", |visit| Cell::Count(visit.rooms)),
    ("实住房数", "Rooms received", |visit| Cell::Count(visit.received)),
    ("间夜", "Room nights", |visit| Cell::Count(visit.room_nights)),
    ("预订房费", "Booked", |visit| Cell::Amount(visit.promised, visit.currency)),
    ("消费", "Charged", |visit| Cell::Amount(visit.charged, visit.currency)),
    ("已收", "Paid", |visit| Cell::Amount(visit.paid, visit.currency)),
    ("余额", "Balance", |visit| Cell::Amount(visit.balance, visit.currency)),
    ("未平差异", "Open findings", |visit| Cell::Count(visit.findings)),
    ("涉及金额", "At stake", |visit| Cell::Amount(visit.stake, visit.currency)),
    ("币种", "Currency", |visit| Cell::Text(visit.currency.code().to_owned())),
];

/// The account of a company with its subsidiaries: what each booked, received, consumed and paid, and what of it is in question.
#[utoipa::path(get, path = "/api/v1/companies/{code}/account", tag = "companies", params(("code" = String, Path), WhichAccount),
    responses((status = 200, content((CompanyAccountView = "application/json"), (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn show_company_account(
    State(app): State<Shared>,
    asked: RequestContext,
    At(code): At<String>,
    Filter(which): Filter<WhichAccount>,
) -> Result<Response, Failure> {
    let account = asked.ask(&app, ShowCompanyAccount { code, from: which.from, to: which.to }).await?;
    let format = match which.format {
        None | Some(AccountFormat::Json) => return Ok(Json(account).into_response()),
        Some(AccountFormat::Csv) => SheetFormat::Csv,
        Some(AccountFormat::Xlsx) => SheetFormat::Xlsx,
    };
    let name = format!("{}-{}-{}", account.company, account.from, account.to);
    let heads = COLUMNS.map(|(zh, en, _)| if asked.language == Language::Chinese { zh } else { en });
    let mut sheet = Sheet::new(name, heads);
    for visit in &account.visits {
        sheet.row(COLUMNS.map(|(_, _, cell)| cell(visit)));
    }
    asked.answer(sheet.file(format).await)
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
