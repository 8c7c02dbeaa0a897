//! Findings: where the records of visits contradict each other.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use chrono::NaiveDate;
use hefu_app::control::{
    history::{FindingStep, ShowFindingHistory},
    refresh::{Period, RefreshFindings, Refreshed},
    report::{DoubleRecord, ReportDoubleRecord},
    rule::{FindingRuleInput, FindingRuleView, ListFindingRules, PutFindingRule},
    settlement::{SettlementInput, SettlementResult, TakeSettlement},
    show::{
        BothTexts, CountFindings, FindingCounts, FindingView, ListFindings, Place as AfterFinding,
        ShowFinding, Wanted,
    },
    solve::{CorrectFinding, DecideFinding, Reason},
};
use hefu_domain::{
    Language, Message, Place,
    finding::{Cause, FindingKind, FindingOwner, FindingState},
    ids::FindingId,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, Versioned, page_size},
    request::{At, Filter, HoldsDocument, RequestContext, Write, WriteDocument},
    route::{Routes, routes},
    sheet::{Cell, Sheet, SheetFormat},
};

impl HoldsDocument for SettlementInput {
    const DOCUMENTS: &'static [&'static str] = &["map", "file"];
}

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list_findings))
        .routes(routes!(refresh_findings))
        .routes(routes!(show_finding))
        .routes(routes!(show_finding_history))
        .routes(routes!(decide_finding))
        .routes(routes!(correct_finding))
        .routes(routes!(export_findings))
        .routes(routes!(count_findings))
        .routes(routes!(report_double_record))
        .routes(routes!(list_finding_rules))
        .routes(routes!(put_finding_rule))
        .routes(routes!(take_settlement))
}

/// Which findings are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Code of the property. Default: every property whose findings may be seen.
    property: Option<String>,
    /// Of the visit with this number, its own or another one that it has.
    visit: Option<String>,
    /// In which state. Default: `open`.
    state: Option<FindingState>,
    /// Of which kind.
    kind: Option<FindingKind>,
    /// With which cause.
    cause: Option<Cause>,
    /// For which department.
    owner: Option<FindingOwner>,
    /// With at least so much money at stake, minor units.
    stake: Option<i64>,
    /// First found on this day or later, by the clock of its property.
    found_from: Option<NaiveDate>,
    /// First found on this day or earlier.
    found_to: Option<NaiveDate>,
    /// `next` of the previous page.
    cursor: Option<String>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

fn read_cursor(asked: &RequestContext, text: &str) -> Result<AfterFinding, Failure> {
    let mut parts = text.rsplitn(3, '_');
    let mut next = || parts.next().unwrap_or_default();
    let (id, stake, property) = (next().parse().ok(), next().parse().ok(), next());
    match (id, stake) {
        (Some(id), Some(stake)) if !property.is_empty() => Ok((property.to_owned(), stake, id)),
        _ => asked.answer(Err(hefu_app::AppError::invalid(Place::parameter("cursor"), Message::Cursor))),
    }
}

/// Findings, property by property, those with the most money at stake first.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(Which),
    responses((status = 200, body = Page<FindingView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn list_findings(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<FindingView>>, Failure> {
    let after = which.cursor.as_deref().map(|text| read_cursor(&asked, text)).transpose()?;
    let Which { property, visit, state, kind, cause, owner, stake, found_from, found_to, .. } = which;
    let wanted = Wanted { property, state, kind, cause, owner, stake, found_from, found_to, visit };
    let limit = usize::try_from(page_size(which.limit)).unwrap_or(1);
    let (items, next) = asked.ask(&app, ListFindings { wanted, after, limit }).await?;
    Ok(Json(Page { items, next: next.map(|(property, stake, id)| format!("{property}_{stake}_{id}")) }))
}

/// Work out the findings of a property again.
#[utoipa::path(post, path = "/api/v1/properties/{property}/findings/refresh", tag = "findings",
    params(("property" = String, Path)), request_body = Period,
    responses((status = 200, body = Refreshed), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn refresh_findings(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<Period>,
) -> Result<Json<Refreshed>, Failure> {
    let asked = write.asked;
    let refresh = RefreshFindings { property, period: write.body };
    asked.answer(app.operate(&asked.ctx, refresh).await).map(Json)
}

/// A finding with its evidence.
#[utoipa::path(get, path = "/api/v1/properties/{property}/findings/{id}", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_finding(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, id)): At<(String, FindingId)>,
) -> Result<Versioned<FindingView>, Failure> {
    let finding = asked.ask(&app, ShowFinding { property, id }).await?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}

/// How a finding went: when it was found, what it came to, who decided or corrected it and why.
#[utoipa::path(get, path = "/api/v1/properties/{property}/findings/{id}/history", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Vec<FindingStep>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show_finding_history(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, id)): At<(String, FindingId)>,
) -> Result<Json<Vec<FindingStep>>, Failure> {
    asked.ask(&app, ShowFindingHistory { property, id }).await.map(Json)
}

/// Decide that a finding stays as it is.
#[utoipa::path(post, path = "/api/v1/properties/{property}/findings/{id}/decide", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = Reason,
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn decide_finding(
    State(app): State<Shared>,
    At((property, id)): At<(String, FindingId)>,
    write: Write<Reason>,
) -> Result<Versioned<FindingView>, Failure> {
    let asked = write.asked;
    let command = DecideFinding { property, id, input: write.body };
    let finding = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}

/// Make the correction that a finding proposes.
#[utoipa::path(post, path = "/api/v1/properties/{property}/findings/{id}/correct", tag = "findings",
    params(("property" = String, Path), ("id" = String, Path)), request_body = Reason,
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn correct_finding(
    State(app): State<Shared>,
    At((property, id)): At<(String, FindingId)>,
    write: Write<Reason>,
) -> Result<Versioned<FindingView>, Failure> {
    let asked = write.asked;
    let operation = CorrectFinding { property, id, input: write.body };
    let finding = asked.answer(app.operate(&asked.ctx, operation).await)?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}

/// Rows of a file of findings at most.
const MOST_ROWS: usize = 10_000;

/// A column of the file: its name in Chinese and English, and what stands in it.
type Column = (&'static str, &'static str, fn(Language, &FindingView) -> Cell);

const COLUMNS: [Column; 18] = [
    ("酒店", "Property", |_, finding| Cell::Text(finding.property.clone())),
    ("确认号", "Visit", |_, finding| Cell::Text(finding.visit.clone())),
    ("类型", "Kind", |language, finding| named(language, finding.kind.title())),
    ("起因", "Cause", |language, finding| named(language, finding.cause.title())),
    ("紧急程度", "Severity", |language, finding| named(language, finding.severity.title())),
    ("责任部门", "For", |language, finding| named(language, finding.owner.title())),
    ("状态", "State", |language, finding| named(language, finding.state.title())),
    ("应为", "Expected", |language, finding| {
        Cell::Text(said(language, &finding.saying(&finding.expected)))
    }),
    ("实为", "Found", |language, finding| Cell::Text(said(language, &finding.saying(&finding.found)))),
    ("涉及金额", "At stake", |_, finding| Cell::Amount(finding.stake, finding.currency)),
    ("币种", "Currency", |_, finding| Cell::Text(finding.currency.to_string())),
    ("说明", "Explanation", |language, finding| Cell::Text(said(language, &finding.explanation))),
    ("建议更正", "Proposed correction", |language, finding| {
        Cell::maybe(finding.correction.as_ref().map(|correction| said(language, &correction.text)))
    }),
    ("有关记录", "Records", |language, finding| Cell::Text(records(language, finding))),
    ("发现时间", "Found at", |_, finding| {
        Cell::Text(finding.found_at.format("%Y-%m-%d %H:%M:%SZ").to_string())
    }),
    ("认定人", "Decided by", |_, finding| Cell::maybe(finding.decided_by.clone())),
    ("类型代码", "Kind code", |_, finding| Cell::Text(finding.kind.to_string())),
    ("编号", "Id", |_, finding| Cell::Text(finding.id.to_string())),
];

fn named(language: Language, [zh, en]: [&str; 2]) -> Cell {
    Cell::Text(if language == Language::Chinese { zh } else { en }.to_owned())
}

/// The records that a finding is about, each once.
fn records(language: Language, finding: &FindingView) -> String {
    let mut all: Vec<String> = Vec::new();
    for record in finding.records().map(|texts| said(language, &texts)) {
        if !all.contains(&record) {
            all.push(record);
        }
    }
    all.join(if language == Language::Chinese { "；" } else { "; " })
}

fn said(language: Language, texts: &BothTexts) -> String {
    if language == Language::Chinese { texts.zh.clone() } else { texts.en.clone() }
}

/// Which findings are wanted, and as what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichFile {
    /// Code of the property. Default: every property whose findings may be seen.
    property: Option<String>,
    /// Of the visit with this number, its own or another one that it has.
    visit: Option<String>,
    /// In which state. Default: `open`.
    state: Option<FindingState>,
    /// Of which kind.
    kind: Option<FindingKind>,
    /// With which cause.
    cause: Option<Cause>,
    /// For which department.
    owner: Option<FindingOwner>,
    /// With at least so much money at stake, minor units.
    stake: Option<i64>,
    /// First found on this day or later, by the clock of its property.
    found_from: Option<NaiveDate>,
    /// First found on this day or earlier.
    found_to: Option<NaiveDate>,
    /// `next` of the previous page.
    cursor: Option<String>,
    /// At most so many, 1 to 10,000.
    limit: Option<i64>,
    /// `csv` or `xlsx`. Default: `csv`.
    #[param(inline)]
    format: Option<SheetFormat>,
}

/// Findings as a file for a spreadsheet.
#[utoipa::path(get, path = "/api/v1/findings/export", tag = "findings", params(WhichFile),
    responses((status = 200, content((String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn export_findings(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<WhichFile>,
) -> Result<Response, Failure> {
    let mut after = which.cursor.as_deref().map(|text| read_cursor(&asked, text)).transpose()?;
    let WhichFile {
        property,
        visit,
        state,
        kind,
        cause,
        owner,
        stake,
        found_from,
        found_to,
        limit,
        format,
        ..
    } = which;
    let wanted = Wanted { property, state, kind, cause, owner, stake, found_from, found_to, visit };
    let most = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS);
    let language = asked.language;
    let heads = COLUMNS.map(|(zh, en, _)| if language == Language::Chinese { zh } else { en });
    let mut sheet = Sheet::new("findings".to_owned(), heads);
    let mut written = 0;
    while written < most {
        let limit = (most - written).min(500);
        let list = ListFindings { wanted: wanted.clone(), after: after.take(), limit };
        let (items, next) = asked.ask(&app, list).await?;
        for finding in &items {
            sheet.row(COLUMNS.map(|(_, _, cell)| cell(language, finding)));
        }
        written += items.len();
        let Some(next) = next else { break };
        after = Some(next);
    }
    asked.answer(sheet.file(format.unwrap_or_default()).await)
}

/// How many findings of a property are open, and what is at stake.
#[utoipa::path(get, path = "/api/v1/properties/{property}/findings/counts", tag = "findings",
    params(("property" = String, Path)),
    responses((status = 200, body = FindingCounts), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn count_findings(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<FindingCounts>, Failure> {
    asked.ask(&app, CountFindings { property }).await.map(Json)
}

/// Write down that a guest found one visit recorded twice.
#[utoipa::path(post, path = "/api/v1/visits/{number}/double-record", tag = "findings",
    params(("number" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = DoubleRecord,
    responses((status = 200, body = FindingView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn report_double_record(
    State(app): State<Shared>,
    At(number): At<String>,
    write: Write<DoubleRecord>,
) -> Result<Versioned<FindingView>, Failure> {
    let asked = write.asked;
    let command = ReportDoubleRecord { number, input: write.body };
    let finding = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, finding.version, finding))
}

/// The kinds of findings that may be corrected by themselves.
#[utoipa::path(get, path = "/api/v1/properties/{property}/finding-rules", tag = "findings",
    params(("property" = String, Path)),
    responses((status = 200, body = Vec<FindingRuleView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_finding_rules(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<FindingRuleView>>, Failure> {
    asked.ask(&app, ListFindingRules { property }).await.map(Json)
}

/// Switch on or off that findings of a kind are corrected by themselves.
#[utoipa::path(put, path = "/api/v1/properties/{property}/finding-rules/{kind}", tag = "findings",
    params(("property" = String, Path), ("kind" = FindingKind, Path)), request_body = FindingRuleInput,
    responses((status = 200, body = FindingRuleView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_finding_rule(
    State(app): State<Shared>,
    At((property, kind)): At<(String, FindingKind)>,
    write: Write<FindingRuleInput>,
) -> Result<Json<FindingRuleView>, Failure> {
    let asked = write.asked;
    let command = PutFindingRule { property, kind, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// Compare a payment channel's settlement file with what was paid.
#[utoipa::path(post, path = "/api/v1/properties/{property}/settlements", tag = "findings",
    params(("property" = String, Path)), request_body = SettlementInput,
    responses((status = 200, body = SettlementResult), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn take_settlement(
    State(app): State<Shared>,
    At(property): At<String>,
    WriteDocument(write): WriteDocument<SettlementInput>,
) -> Result<Json<SettlementResult>, Failure> {
    let asked = write.asked;
    let operation = TakeSettlement { property, input: write.body };
    asked.answer(app.operate(&asked.ctx, operation).await).map(Json)
}
