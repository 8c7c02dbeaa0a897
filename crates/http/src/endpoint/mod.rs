//! The endpoints, a file for each group: handler and OpenAPI description together.

pub mod access;
pub mod audit;
pub mod benefit;
pub mod cash;
pub mod change;
pub mod channel;
pub mod company;
pub mod finding;
pub mod folio;
pub mod group;
pub mod guest;
pub mod housekeeping;
pub mod identity;
pub mod import;
pub mod import_file;
pub mod invoice;
pub mod job;
pub mod journal;
pub mod ledger;
pub mod list;
pub mod lock;
pub mod member;
pub mod note;
pub(crate) mod operation;
pub mod passkey;
pub mod property;
pub mod provider;
pub mod rate;
pub mod reservation;
pub mod search;
pub mod season;
pub mod stay;
pub mod upkeep;
pub mod visit;
pub mod watch;

/// Declares the handler of a [`hefu_app::visit::VisitAction`]: POST a body to a visit, get where the
/// visit stands.
macro_rules! visit_action {
    ($name:ident, $path:literal, $action:ty, $summary:literal, $tag:literal) => {
        #[doc = $summary]
        #[utoipa::path(
            post,
            path = $path,
            tag = $tag,
            params(
                ("number" = String, Path, description = "Any number of the visit"),
                ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once"),
                ("If-Match" = Option<String>, Header, description = "ETag of the visit: refused when anything of it has changed since, its guests' profiles and points aside. `\"<version>\"`: when the reservation has"),
            ),
            request_body = $action,
            responses(
                (status = 200, body = hefu_app::visit::state::VisitState),
                (status = 404, body = $crate::problem::Problem, content_type = "application/problem+json"),
                (status = 409, body = $crate::problem::Problem, content_type = "application/problem+json"),
                (status = 412, body = $crate::problem::Problem, content_type = "application/problem+json"),
                (status = 422, body = $crate::problem::Problem, content_type = "application/problem+json"),
            )
        )]
        async fn $name(
            axum::extract::State(app): axum::extract::State<$crate::Shared>,
            $crate::request::At(number): $crate::request::At<String>,
            write: $crate::request::Write<$action>,
        ) -> Result<$crate::reply::Tagged<hefu_app::visit::state::VisitState>, $crate::problem::Failure> {
            let asked = write.asked;
            let command =
                hefu_app::visit::action::OnVisit {
                    number,
                    if_match: asked.if_match,
                    if_revision: asked.if_revision,
                    action: write.body,
                };
            let state = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
            Ok($crate::reply::Tagged(axum::http::StatusCode::OK, state.etag.clone(), state))
        }
    };
}
pub(crate) use visit_action;
