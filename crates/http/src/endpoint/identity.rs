//! Identity: who may be whom, joining guests and taking that back, the review queue, duplicate bookings.

use axum::{Json, extract::State};
use hefu_app::{
    duplicates::{Duplicate, ShowDuplicates},
    people::{
        golden::{GoldenView, ShowGolden},
        matching::Likeness,
        merge::{
            IdentityHistory, MergeGuests, MergePreview, Merged, PreviewMerge, ShowIdentityHistory, UndoMerge,
        },
        profile::GuestInput,
        review::{Decide, Decided, Decision, ExplainPair, ListQuestions, Match, MatchGuest, Question},
    },
};
use hefu_domain::{
    Message, Place,
    ids::{GuestId, MergeId},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(find))
        .routes(routes!(golden))
        .routes(routes!(explain))
        .routes(routes!(history))
        .routes(routes!(preview))
        .routes(routes!(merge))
        .routes(routes!(undo))
        .routes(routes!(queue))
        .routes(routes!(decide))
        .routes(routes!(duplicates))
}

/// Guests that may be the person described, the likeliest first, each with the evidence. Nothing is changed.
#[utoipa::path(post, operation_id = "match_guest", path = "/api/v1/identity/match", tag = "identity", request_body = GuestInput,
    responses((status = 200, body = Vec<Match>), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn find(State(app): State<Shared>, write: Write<GuestInput>) -> Result<Json<Vec<Match>>, Failure> {
    write.asked.ask(&app, MatchGuest { input: write.body }).await.map(Json)
}

/// A guest's golden record: its profile over all source records, and which of them said what.
#[utoipa::path(get, operation_id = "show_golden_record", path = "/api/v1/guests/{id}/golden", tag = "identity", params(("id" = String, Path)),
    responses((status = 200, body = GoldenView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn golden(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
) -> Result<Json<GoldenView>, Failure> {
    asked.ask(&app, ShowGolden { id }).await.map(Json)
}

/// How likely two guests are one person, field by field, as each is recorded under its own id.
#[utoipa::path(get, operation_id = "compare_guests", path = "/api/v1/guests/{id}/likeness/{other}", tag = "identity",
    params(("id" = String, Path), ("other" = String, Path)),
    responses((status = 200, body = Likeness), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn explain(
    State(app): State<Shared>,
    asked: RequestContext,
    At((id, other)): At<(GuestId, GuestId)>,
) -> Result<Json<Likeness>, Failure> {
    asked.ask(&app, ExplainPair { one: id, two: other }).await.map(Json)
}

/// Joins a guest had a part in, and what was asked and decided about it.
#[utoipa::path(get, operation_id = "show_identity_history", path = "/api/v1/guests/{id}/identity", tag = "identity", params(("id" = String, Path)),
    responses((status = 200, body = IdentityHistory), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn history(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<GuestId>,
) -> Result<Json<IdentityHistory>, Failure> {
    asked.ask(&app, ShowIdentityHistory { id }).await.map(Json)
}

/// Which guest is to be joined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Other {
    /// The guest that is joined into the one of the address.
    merged: GuestId,
}

/// What a join would lead to: both sides, what belongs to them, the result. Nothing is changed.
#[utoipa::path(get, operation_id = "preview_merge", path = "/api/v1/guests/{id}/merge/{merged}", tag = "identity",
    params(("id" = String, Path, description = "The survivor"), ("merged" = String, Path)),
    responses((status = 200, body = MergePreview), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "They are already the same guest")))]
async fn preview(
    State(app): State<Shared>,
    asked: RequestContext,
    At((id, merged)): At<(GuestId, GuestId)>,
) -> Result<Json<MergePreview>, Failure> {
    asked.ask(&app, PreviewMerge { survivor: id, merged }).await.map(Json)
}

/// Join a guest into this one. Its id finds this one from then on.
#[utoipa::path(post, operation_id = "merge_guests", path = "/api/v1/guests/{id}/merge", tag = "identity", request_body = Other,
    params(("id" = String, Path, description = "The survivor"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = Merged), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "They are already the same guest")))]
async fn merge(
    State(app): State<Shared>,
    At(survivor): At<GuestId>,
    write: Write<Other>,
) -> Result<Json<Merged>, Failure> {
    let command = MergeGuests { survivor, merged: write.body.merged };
    write.asked.answer(app.execute(write.asked.ctx.clone(), command).await).map(Json)
}

/// Nothing needs to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Take a join back. Each guest has what was recorded of it, before and after the join.
#[utoipa::path(post, operation_id = "undo_merge", path = "/api/v1/identity/merges/{id}/undo", tag = "identity", request_body = Nothing,
    params(("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = Merged), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Already undone")))]
async fn undo(
    State(app): State<Shared>,
    At(id): At<MergeId>,
    write: Write<Nothing>,
) -> Result<Json<Merged>, Failure> {
    write.asked.answer(app.execute(write.asked.ctx.clone(), UndoMerge { id }).await).map(Json)
}

/// Where a page of the queue begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct QueuePage {
    /// `next` of the previous page.
    cursor: Option<String>,
    /// How many, 50 by default, at most 500.
    limit: Option<i64>,
}

type Cursor = (i64, GuestId, GuestId);

fn read_cursor(asked: &RequestContext, text: &str) -> Result<Cursor, Failure> {
    let mut parts = text.split('_');
    let mut next = || parts.next().unwrap_or_default();
    let cursor = (next().parse().ok(), next().parse().ok(), next().parse().ok());
    match cursor {
        (Some(score), Some(one), Some(two)) => Ok((score, one, two)),
        _ => asked.answer(Err(hefu_app::AppError::invalid(Place::parameter("cursor"), Message::Cursor))),
    }
}

/// Pairs of guests that a person is to decide about, the likeliest first.
#[utoipa::path(get, operation_id = "list_identity_queue", path = "/api/v1/identity/queue", tag = "identity", params(QueuePage),
    responses((status = 200, body = Page<Question>), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn queue(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(page): Filter<QueuePage>,
) -> Result<Json<Page<Question>>, Failure> {
    let after = page.cursor.as_deref().map(|text| read_cursor(&asked, text)).transpose()?;
    let (items, next) = asked.ask(&app, ListQuestions { after, limit: page_size(page.limit) }).await?;
    Ok(Json(Page { items, next: next.map(|(score, one, two)| format!("{score}_{one}_{two}")) }))
}

/// Decide whether two guests are one person, for good.
#[utoipa::path(post, operation_id = "decide_pair", path = "/api/v1/identity/decisions", tag = "identity", request_body = Decision,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    responses((status = 200, body = Decided), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "They are already the same guest")))]
async fn decide(State(app): State<Shared>, write: Write<Decision>) -> Result<Json<Decided>, Failure> {
    write.asked.answer(app.execute(write.asked.ctx.clone(), Decide(write.body)).await).map(Json)
}

/// Bookings of the same dates by the same guest, or by one who may be the same person, in any property and by any channel. Cancel the one
/// that is too many under its own terms.
#[utoipa::path(get, operation_id = "list_duplicates", path = "/api/v1/visits/{number}/duplicates", tag = "identity", params(("number" = String, Path)),
    responses((status = 200, body = Vec<Duplicate>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn duplicates(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Json<Vec<Duplicate>>, Failure> {
    asked.ask(&app, ShowDuplicates { number }).await.map(Json)
}
