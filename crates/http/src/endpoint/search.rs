//! The one search box.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use hefu_app::search::{GuestHit, SearchQuery, VisitHit, Why};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    problem::{Failure, Language, Problem},
    request::{Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(search, search_unseen))
}

/// Hits on a page unless the client says otherwise, which are as many as a screen shows, and the most it can ask for.
const HITS: (i64, i64) = (10, 100);

/// What is searched.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Anything, in any order: name (also its beginning), phone or its end, document or its end, e-mail, room, any number,
    /// a date, the property; where nobody is called so, a company by its name or code, and a group by its code.
    #[serde(default)]
    q: String,
    /// Code of the property to search in.
    property: Option<String>,
    /// Visits that end on this day or later.
    from: Option<NaiveDate>,
    /// Visits that begin on this day or earlier.
    to: Option<NaiveDate>,
    /// A state of reservations (`reserved`, `cancelled`, …) or of the desk (`due_in`, `in_house`, …).
    state: Option<String>,
    /// How many, at most 100.
    limit: Option<i64>,
    /// `next` of the previous page.
    cursor: Option<String>,
}

/// What is searched, as a body: what somebody types is about people, and addresses are written down by whatever they pass.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchInput {
    /// Anything, in any order, as in `GET`.
    #[serde(default)]
    q: String,
    /// Code of the property to search in.
    #[serde(default)]
    property: Option<String>,
    /// Visits that end on this day or later.
    #[serde(default)]
    from: Option<NaiveDate>,
    /// Visits that begin on this day or earlier.
    #[serde(default)]
    to: Option<NaiveDate>,
    /// A state of reservations (`reserved`, `cancelled`, …) or of the desk (`due_in`, `in_house`, …).
    #[serde(default)]
    state: Option<String>,
    /// How many, at most 100.
    #[serde(default)]
    limit: Option<i64>,
    /// `next` of the previous page.
    #[serde(default)]
    cursor: Option<String>,
}

/// Why something was found.
#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    /// By what.
    code: Why,
    /// The same in the client's language.
    text: &'static str,
}

/// A hit and why it is one.
#[derive(Debug, Serialize, ToSchema)]
struct Hit<T> {
    /// The hit.
    #[serde(flatten)]
    found: T,
    /// What matched, always in the same order.
    why: Vec<Reason>,
}

/// What was found, the best first.
#[derive(Debug, Serialize, ToSchema)]
struct Hits {
    /// Visits.
    visits: Vec<Hit<VisitHit>>,
    /// Guests that match themselves.
    guests: Vec<Hit<GuestHit>>,
    /// Pass it as `cursor` for the next page; none at the end.
    next: Option<String>,
    /// How long it took, microseconds.
    took_us: i64,
}

const fn text(why: Why, language: Language) -> &'static str {
    let (chinese, english) = match why {
        Why::Number => ("确认号", "visit number"),
        Why::OutsideNumber => ("外部单号", "external number"),
        Why::Room => ("房号", "room"),
        Why::Phone => ("手机号", "phone"),
        Why::PhoneTail => ("手机尾号", "last digits of phone"),
        Why::Document => ("证件号", "document"),
        Why::DocumentTail => ("证件尾号", "last digits of document"),
        Why::Email => ("邮箱", "e-mail"),
        Why::Name => ("姓名", "name"),
        Why::NamePrefix => ("姓名开头", "beginning of name"),
        Why::NamePart => ("姓或名", "surname or given name"),
        Why::NameSimilar => ("姓名相近", "similar name"),
        Why::Company => ("单位", "company"),
        Why::Group => ("团队", "group"),
        Why::Note => ("备注中的号码", "number in a note"),
        Why::Date => ("日期", "date"),
        Why::Property => ("酒店", "property"),
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

fn reasons(why: &[Why], language: Language) -> Vec<Reason> {
    why.iter().map(|why| Reason { code: *why, text: text(*why, language) }).collect()
}

/// Find visits and guests by anything a desk knows of them.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(Which),
    responses((status = 200, body = Hits),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn search(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Hits>, Failure> {
    let Which { q, property, from, to, state, limit, cursor } = which;
    found(&app, &asked, SearchQuery { q, property, from, to, state, limit: hits(limit), cursor }).await
}

/// Find visits and guests, without what is searched for standing in an address.
#[utoipa::path(post, operation_id = "search_unseen", path = "/api/v1/search", tag = "search", request_body = SearchInput,
    responses((status = 200, body = Hits),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn search_unseen(State(app): State<Shared>, write: Write<SearchInput>) -> Result<Json<Hits>, Failure> {
    let Write { asked, body: SearchInput { q, property, from, to, state, limit, cursor } } = write;
    found(&app, &asked, SearchQuery { q, property, from, to, state, limit: hits(limit), cursor }).await
}

/// How many hits are asked for.
fn hits(limit: Option<i64>) -> i64 {
    limit.unwrap_or(HITS.0).clamp(1, HITS.1)
}

async fn found(app: &Shared, asked: &RequestContext, query: SearchQuery) -> Result<Json<Hits>, Failure> {
    let found = asked.ask(app, query).await?;
    let language = asked.language;
    let visits = found.visits.into_iter().map(|hit| Hit { why: reasons(&hit.why, language), found: hit });
    let guests = found.guests.into_iter().map(|hit| Hit { why: reasons(&hit.why, language), found: hit });
    Ok(Json(Hits {
        visits: visits.collect(),
        guests: guests.collect(),
        next: found.next,
        took_us: found.took_us,
    }))
}
