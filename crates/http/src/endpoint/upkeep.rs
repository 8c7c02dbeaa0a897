//! The work in the rooms, what was seen in them, things that were found, faults, and wake-up calls.

use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use hefu_app::{
    task::{
        ChangeTask, ClosedPeriod, ListClosed, ListDiscrepancies, ListTasks, PlanInput, PlanTasks, SeeRoom,
        SeenInput, SeenView, StepInput, StepTask, TaskInput, TaskView,
    },
    upkeep::{
        ChangeFound, EndFault, FaultChange, FaultInput, FaultView, FoundChange, FoundInput, FoundView,
        ListFaults, ListFound, RecordFound, ReportFault,
    },
    wake_up::{AskWakeUp, EndWakeUp, ListWakeUps, WakeUpView},
};
use hefu_domain::ids::{FoundItemId, MaintenanceId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::visit_action;
use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, Versioned, page_size},
    request::{At, Filter, RequestContext, Write},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list_tasks))
        .routes(routes!(plan_tasks))
        .routes(routes!(change_task))
        .routes(routes!(step_task))
        .routes(routes!(see_room))
        .routes(routes!(list_discrepancies))
        .routes(routes!(list_out_of_order))
        .routes(routes!(list_found_items, record_found_item))
        .routes(routes!(change_found_item))
        .routes(routes!(list_faults, report_fault))
        .routes(routes!(end_fault))
        .routes(routes!(list_wake_ups))
        .routes(routes!(ask_wake_up))
        .routes(routes!(end_wake_up))
}

/// Whose work is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Whose {
    /// Of which date. Default: the business date.
    date: Option<NaiveDate>,
    /// Code of the attendant. Default: everybody's.
    attendant: Option<String>,
}

/// The work in the rooms of a day.
#[utoipa::path(get, path = "/api/v1/properties/{property}/tasks", tag = "housekeeping", params(("property" = String, Path), Whose),
    responses((status = 200, body = Vec<TaskView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_tasks(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(whose): Filter<Whose>,
) -> Result<Json<Vec<TaskView>>, Failure> {
    let wanted = ListTasks { property, date: whose.date, attendant: whose.attendant };
    asked.ask(&app, wanted).await.map(Json)
}

/// Make the work of the business date and share it out.
#[utoipa::path(post, path = "/api/v1/properties/{property}/tasks/plan", tag = "housekeeping",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = PlanInput,
    responses((status = 200, body = Vec<TaskView>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn plan_tasks(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<PlanInput>,
) -> Result<Json<Vec<TaskView>>, Failure> {
    let asked = write.asked;
    asked.answer(app.execute(asked.ctx.clone(), PlanTasks { property, input: write.body }).await).map(Json)
}

/// Declares the POST of something about a room.
macro_rules! of_room {
    ($name:ident, $path:literal, $command:ident, $input:ty, $out:ty, $summary:literal) => {
        #[doc = $summary]
        #[utoipa::path(post, path = $path, tag = "housekeeping",
            params(("property" = String, Path), ("number" = String, Path, description = "The room's number"),
                ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
            request_body = $input,
            responses((status = 200, body = $out),
                (status = 404, body = Problem, content_type = "application/problem+json"),
                (status = 409, body = Problem, content_type = "application/problem+json"),
                (status = 422, body = Problem, content_type = "application/problem+json")))]
        async fn $name(
            State(app): State<Shared>,
            At((property, room)): At<(String, String)>,
            write: Write<$input>,
        ) -> Result<Json<$out>, Failure> {
            let asked = write.asked;
            let command = $command { property, room, input: write.body };
            asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
        }
    };
}

of_room!(
    change_task,
    "/api/v1/properties/{property}/rooms/{number}/task",
    ChangeTask,
    TaskInput,
    TaskView,
    "Change the work in a room by hand."
);
of_room!(
    step_task,
    "/api/v1/properties/{property}/rooms/{number}/task/step",
    StepTask,
    StepInput,
    TaskView,
    "Take the work in a room a step on."
);
of_room!(
    see_room,
    "/api/v1/properties/{property}/rooms/{number}/seen",
    SeeRoom,
    SeenInput,
    SeenView,
    "Say what housekeeping sees in a room."
);

/// Where housekeeping saw something else than the desk knows.
#[utoipa::path(get, path = "/api/v1/properties/{property}/discrepancies", tag = "housekeeping", params(("property" = String, Path)),
    responses((status = 200, body = Vec<SeenView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_discrepancies(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<SeenView>>, Failure> {
    asked.ask(&app, ListDiscrepancies { property }).await.map(Json)
}

/// The dates asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Period {
    /// The first date. Default: the business date.
    from: Option<NaiveDate>,
    /// The date after the last. Default: a year later.
    to: Option<NaiveDate>,
}

/// The periods in which rooms are out of order.
#[utoipa::path(get, path = "/api/v1/properties/{property}/out-of-order", tag = "housekeeping", params(("property" = String, Path), Period),
    responses((status = 200, body = Vec<ClosedPeriod>), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn list_out_of_order(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(period): Filter<Period>,
) -> Result<Json<Vec<ClosedPeriod>>, Failure> {
    asked.ask(&app, ListClosed { property, from: period.from, until: period.to }).await.map(Json)
}

/// Which things are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Things {
    /// Also those that are not kept any more.
    #[serde(default)]
    all: bool,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<FoundItemId>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// Things that were found and are kept.
#[utoipa::path(get, path = "/api/v1/properties/{property}/found-items", tag = "housekeeping", params(("property" = String, Path), Things),
    responses((status = 200, body = Page<FoundView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_found_items(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(things): Filter<Things>,
) -> Result<Json<Page<FoundView>>, Failure> {
    let limit = page_size(things.limit);
    let wanted = ListFound { property, all: things.all, before: things.cursor, limit };
    let (items, next) = asked.ask(&app, wanted).await?;
    Ok(Json(Page { items, next: next.map(|id| id.to_string()) }))
}

/// Record something that was found.
#[utoipa::path(post, path = "/api/v1/properties/{property}/found-items", tag = "housekeeping",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = FoundInput,
    responses((status = 201, body = FoundView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn record_found_item(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<FoundInput>,
) -> Result<Versioned<FoundView>, Failure> {
    let asked = write.asked;
    let command = RecordFound { property, input: write.body };
    let found = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::CREATED, found.version, found))
}

/// Say what became of something that was found.
#[utoipa::path(post, path = "/api/v1/properties/{property}/found-items/{id}", tag = "housekeeping",
    params(("property" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = FoundChange,
    responses((status = 200, body = FoundView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn change_found_item(
    State(app): State<Shared>,
    At((property, id)): At<(String, FoundItemId)>,
    write: Write<FoundChange>,
) -> Result<Versioned<FoundView>, Failure> {
    let asked = write.asked;
    let command = ChangeFound { property, id, input: write.body };
    let found = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, found.version, found))
}

/// Which faults are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Faults {
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<MaintenanceId>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// Faults that are to be mended.
#[utoipa::path(get, path = "/api/v1/properties/{property}/faults", tag = "housekeeping", params(("property" = String, Path), Faults),
    responses((status = 200, body = Page<FaultView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_faults(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(faults): Filter<Faults>,
) -> Result<Json<Page<FaultView>>, Failure> {
    let wanted = ListFaults { property, after: faults.cursor, limit: page_size(faults.limit) };
    let (items, next) = asked.ask(&app, wanted).await?;
    Ok(Json(Page { items, next: next.map(|id| id.to_string()) }))
}

/// Report a fault.
#[utoipa::path(post, path = "/api/v1/properties/{property}/faults", tag = "housekeeping",
    params(("property" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = FaultInput,
    responses((status = 201, body = FaultView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn report_fault(
    State(app): State<Shared>,
    At(property): At<String>,
    write: Write<FaultInput>,
) -> Result<Versioned<FaultView>, Failure> {
    let asked = write.asked;
    let command = ReportFault { property, input: write.body };
    let fault = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::CREATED, fault.version, fault))
}

/// Say what became of a fault.
#[utoipa::path(post, path = "/api/v1/properties/{property}/faults/{id}", tag = "housekeeping",
    params(("property" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = FaultChange,
    responses((status = 200, body = FaultView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn end_fault(
    State(app): State<Shared>,
    At((property, id)): At<(String, MaintenanceId)>,
    write: Write<FaultChange>,
) -> Result<Versioned<FaultView>, Failure> {
    let asked = write.asked;
    let command = EndFault { property, id, input: write.body };
    let fault = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, fault.version, fault))
}

/// Of which date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OnDate {
    /// Of which date. Default: the business date.
    date: Option<NaiveDate>,
}

/// The wake-up calls of a date.
#[utoipa::path(get, path = "/api/v1/properties/{property}/wake-ups", tag = "housekeeping", params(("property" = String, Path), OnDate),
    responses((status = 200, body = Vec<WakeUpView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_wake_ups(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(on): Filter<OnDate>,
) -> Result<Json<Vec<WakeUpView>>, Failure> {
    asked.ask(&app, ListWakeUps { property, date: on.date }).await.map(Json)
}

visit_action!(
    ask_wake_up,
    "/api/v1/visits/{number}/wake-ups",
    AskWakeUp,
    "Note that somebody wants to be woken.",
    "housekeeping"
);
visit_action!(
    end_wake_up,
    "/api/v1/visits/{number}/end-wake-up",
    EndWakeUp,
    "Say what became of a wake-up call.",
    "housekeeping"
);
