//! The journal: who did what, when and why. Entries hold no personal data.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use hefu_app::{
    journal::{JournalEntryView, JournalFilter, SearchJournal},
    ledger::{ListJournal, ListJournalOfVisit, ShowJournalEntry},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, page_size},
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(list)).routes(routes!(show))
}

/// Which part of the journal.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `next` of the previous page: entries before this log index, the latest first.
    cursor: Option<i64>,
    /// Entries behind this log index, in order; -1 from the beginning. Then `next` is to be passed as `after`.
    after: Option<i64>,
    /// How many, at most 500.
    limit: Option<i64>,
    /// Any number of a visit: its entries only, also those that have no log index yet.
    visit: Option<String>,
    /// Who: only what this account, program or job did, by its name in the journal, e.g. `staff:0190…`.
    actor: Option<String>,
    /// What: only entries of this action, or of all that begin so, e.g. `guest.reveal`, `grant.`.
    action: Option<String>,
    /// Code of a property: only what belongs to it.
    property: Option<String>,
    /// Only what was done at this time or later.
    from: Option<DateTime<Utc>>,
    /// Only what was done before this time.
    to: Option<DateTime<Utc>>,
    /// Id of a guest, or any number of a visit: only who opened it, once for each day and address. Of a guest also who opened one of the guest's visits.
    opened: Option<String>,
}

impl Which {
    /// What is looked for, if anything is.
    fn filter(&self) -> Option<JournalFilter> {
        let Self { actor, action, property, from, to, opened, .. } = self;
        let texts = [actor, action, property, opened];
        let is_any = texts.iter().any(|text| text.is_some()) || from.is_some() || to.is_some();
        is_any.then(|| JournalFilter {
            actor: actor.clone(),
            action: action.clone(),
            property: property.clone(),
            from: *from,
            to: *to,
            opened: opened.clone(),
        })
    }
}

/// The journal, the latest entry first, or in order with `after`; or what is looked for in it, the latest first. A page of what is looked for can be shorter than
/// asked for, or empty, and still have a next one: so much is looked through at once.
#[utoipa::path(get, operation_id = "list_journal", path = "/api/v1/journal", tag = "journal", params(Which),
    responses((status = 200, body = Page<JournalEntryView>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list(
    State(app): State<Shared>,
    asked: RequestContext,
    Filter(which): Filter<Which>,
) -> Result<Json<Page<JournalEntryView>>, Failure> {
    let limit = page_size(which.limit);
    if let Some(filter) = which.filter() {
        let (items, next) = asked.ask(&app, SearchJournal { filter, before: which.cursor, limit }).await?;
        return Ok(Json(Page { items, next: next.map(|index| index.to_string()) }));
    }
    let Which { cursor: before, after, visit, .. } = which;
    let items = match visit {
        Some(number) => asked.ask(&app, ListJournalOfVisit { number, after, before, limit }).await?,
        None => asked.ask(&app, ListJournal { after, before, limit }).await?,
    };
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    // A visit's waiting entries have no index; the last one with an index tells where to go on.
    let last = items.iter().rev().find_map(|entry| entry.log_index);
    let next = last.filter(|_| full).map(|index| index.to_string());
    Ok(Json(Page { items, next }))
}

/// The entry at a log index.
#[utoipa::path(get, operation_id = "show_journal_entry", path = "/api/v1/journal/{index}", tag = "journal",
    params(("index" = i64, Path, description = "Position in the ledger, from 0")),
    responses((status = 200, body = JournalEntryView),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(index): At<i64>,
) -> Result<Json<JournalEntryView>, Failure> {
    asked.ask(&app, ShowJournalEntry { index }).await.map(Json)
}
