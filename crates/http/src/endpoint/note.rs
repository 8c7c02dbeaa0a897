//! Notes, requests, messages and traces.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use hefu_app::note::{
    AddNote, ChangeNote, FinishNote, ListNotes, ListTraces, NoteView, RemoveNote, ReopenNote, TraceView,
};
use hefu_domain::{ids::NoteId, note::Department};
use serde::Deserialize;
use utoipa::IntoParams;

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, page_size},
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list_notes, add_note))
        .routes(routes!(change_note))
        .routes(routes!(finish_note))
        .routes(routes!(reopen_note))
        .routes(routes!(remove_note))
        .routes(routes!(list_traces))
}

/// What was written down about a visit.
#[utoipa::path(get, path = "/api/v1/visits/{number}/notes", tag = "notes",
    params(("number" = String, Path, description = "Any number of the visit")),
    responses((status = 200, body = Vec<NoteView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_notes(
    State(app): State<Shared>,
    asked: RequestContext,
    At(number): At<String>,
) -> Result<Json<Vec<NoteView>>, Failure> {
    asked.ask(&app, ListNotes { number }).await.map(Json)
}

visit_action!(
    add_note,
    "/api/v1/visits/{number}/notes",
    AddNote,
    "Write something down about a visit.",
    "notes"
);
visit_action!(
    change_note,
    "/api/v1/visits/{number}/change-note",
    ChangeNote,
    "Change what was written down.",
    "notes"
);
visit_action!(
    finish_note,
    "/api/v1/visits/{number}/finish-note",
    FinishNote,
    "Say that something was done.",
    "notes"
);
visit_action!(
    reopen_note,
    "/api/v1/visits/{number}/reopen-note",
    ReopenNote,
    "Say that something is to be done again.",
    "notes"
);
visit_action!(
    remove_note,
    "/api/v1/visits/{number}/remove-note",
    RemoveNote,
    "Take away what should not have been written down.",
    "notes"
);

/// The date and the id of what a page ended with.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Cursor(NaiveDate, NoteId);

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = |text: &str| {
            let (due, id) = text.split_once('~')?;
            Some(Self(due.parse().ok()?, id.parse().ok()?))
        };
        read(&text).ok_or("no cursor")
    }
}

/// Which traces are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Until when they are due. Default: the business date.
    date: Option<NaiveDate>,
    /// Whose they are. Default: everybody's.
    #[param(inline)]
    department: Option<Department>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// What is to be done for visits by a date and was not yet.
#[utoipa::path(get, path = "/api/v1/properties/{property}/traces", tag = "notes", params(("property" = String, Path), Which),
    responses((status = 200, body = Page<TraceView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_traces(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<TraceView>>, Failure> {
    let wanted = ListTraces {
        property,
        date: which.date,
        department: which.department,
        after: which.cursor.map(|Cursor(due, id)| (due, id)),
        limit: page_size(which.limit),
    };
    let (items, next) = asked.ask(&app, wanted).await?;
    Ok(Json(Page { items, next: next.map(|(due, id)| format!("{due}~{id}")) }))
}
