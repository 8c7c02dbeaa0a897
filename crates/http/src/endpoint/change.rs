//! Changes of a property as they happen: asked for once, or followed as a stream of server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse as _, Response,
        sse::{Event, Sse},
    },
};
use futures_util::stream;
use hefu_app::{
    Context,
    accounts::door::{Held, Standing},
    authz::Principal,
    changes::{
        ChangeHub, FollowChanges, FollowLimits, Following, LiveChanges, ShowChanges, StillFollows,
        TooManyStreams,
    },
};
use hefu_domain::Message;
use hefu_kernel::Id as _;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    Shared,
    connection::Stopping,
    door::CameIn,
    problem::{Failure, Problem},
    request::{At, Filter, RequestContext},
    route::{Routes, routes},
};

/// The media type of streams.
const STREAM: &str = "text/event-stream";

/// After how long a browser opens a stream again that has ended, milliseconds.
const AGAIN_MS: u64 = 2_000;

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(show))
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `until` of the answer before, or the `id` of the last event: what has changed since. Without it only where the journal is now. A browser that opens a
    /// stream again says it as `Last-Event-ID`, which counts more.
    after: Option<i64>,
}

/// What has changed in a property: as JSON, or, to whoever accepts `text/event-stream`, as events `ready`, `changes` and `reload`, whose data is the same JSON.
#[utoipa::path(get, operation_id = "show_changes", path = "/api/v1/properties/{property}/changes", tag = "lists",
    params(("property" = String, Path), Which, ("Last-Event-ID" = Option<String>, Header, description = "Of a stream: the `id` of the last event; as `after`, and before it")),
    responses((status = 200, content((LiveChanges = "application/json"), (String = "text/event-stream"))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many streams of one session")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(which): Filter<Which>,
    headers: HeaderMap,
    held: Option<Extension<Held>>,
    stopping: Option<Extension<Stopping>>,
) -> Result<Response, Failure> {
    if !wants_stream(&headers) {
        let changes = asked.ask(&app, ShowChanges { property, after: which.after }).await?;
        return Ok(Json(changes).into_response());
    }
    let after = headers.get("last-event-id").map_or(which.after, |id| {
        // One that is no number is from nowhere, so everything is to be loaded again.
        Some(id.to_str().ok().and_then(|id| id.parse().ok()).unwrap_or(i64::MIN))
    });
    let holder = asked.came_in.as_ref().and_then(holder);
    let followed = asked.ask(&app, FollowChanges { property: property.clone(), after, holder }).await?;
    let (missed, following) = followed.map_err(|too_many| {
        let status = match too_many {
            TooManyStreams::OfHolder => StatusCode::TOO_MANY_REQUESTS,
            TooManyStreams::InAll => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure::new(asked.language, status, "too_many_streams", &Message::TooManyStreams)
    })?;
    let limits = app.service::<ChangeHub>().limits();
    let now = Instant::now();
    let live = Live {
        held: held.map(|Extension(held)| held),
        ctx: asked.ctx,
        property,
        following,
        first: first(missed),
        look: now + limits.look,
        ends: now + limits.longest,
        limits,
        stopping: stopping.map(|Extension(stopping)| stopping),
        app,
    };
    let events = stream::unfold(live, |mut live| async move {
        let event = live.next().await?;
        Some((Ok::<_, Infallible>(event), live))
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Sse::new(events)).into_response())
}

/// Whether a stream is wanted, and not one answer: it is accepted by its name.
fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(','));
    kinds.any(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(STREAM))
}

/// Whose streams are counted together.
fn holder(came_in: &CameIn) -> Option<Uuid> {
    match &came_in.ctx.principal {
        Principal::ApiClient(client) => Some(*client),
        _ => came_in.session.as_ref().map(|session| session.id.uuid()),
    }
}

/// An event and what it tells.
fn event(name: &str, changes: &LiveChanges) -> Event {
    // Texts and numbers, which all have a form in JSON, in one line.
    Event::default().event(name).data(serde_json::to_string(changes).unwrap_or_default())
}

/// An event with the entry up to which it tells: who has got it goes on there.
fn told(changes: &LiveChanges) -> Event {
    event(if changes.reload { "reload" } else { "changes" }, changes).id(changes.until.to_string())
}

/// The first events, the last one first: that the stream is ready, and what was missed.
fn first(missed: LiveChanges) -> Vec<Event> {
    let nothing = LiveChanges { until: missed.until, reload: false, changes: Vec::new() };
    let ready = event("ready", &nothing).retry(Duration::from_millis(AGAIN_MS));
    if missed.reload || !missed.changes.is_empty() {
        // Who loses the connection between the two goes on where it was.
        return vec![told(&missed), ready];
    }
    vec![ready.id(missed.until.to_string())]
}

/// A stream that is open.
struct Live {
    app: Shared,
    ctx: Context,
    held: Option<Held>,
    property: String,
    following: Following,
    /// What is sent before anything else, the last one first.
    first: Vec<Event>,
    limits: FollowLimits,
    /// When it is looked again whether it may go on.
    look: Instant,
    ends: Instant,
    stopping: Option<Stopping>,
}

impl Live {
    /// What is sent next; none: it ends.
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.first.pop() {
            return Some(event);
        }
        let stopping = &mut self.stopping;
        let stopped = async {
            match stopping {
                Some(stopping) => stopping.wait().await,
                None => std::future::pending().await,
            }
        };
        let look = self.look;
        tokio::select! {
            biased;
            () = stopped => None,
            () = sleep_until(self.ends) => None,
            // Before anything is told: it may be too late for it.
            () = sleep_until(look) => {
                if !self.may_go_on().await {
                    return None;
                }
                self.look = Instant::now() + self.limits.look;
                // Tells whoever is still there, and the network, that the stream is, and where to go on; nothing happens in the page.
                Some(Event::default().id(self.following.at().to_string()))
            }
            changes = self.following.next() => changes.map(|changes| told(&changes)),
        }
    }

    /// Whether the session has not ended, and may still see the property. It is told from now on what it may see now.
    async fn may_go_on(&mut self) -> bool {
        if let Some(held) = self.held {
            match held.who(&self.app).await {
                Ok(Some(who)) if who.standing == Standing::Full => self.ctx.access = who.access,
                _ => return false,
            }
        }
        let asked = self.app.ask(&self.ctx, StillFollows { property: self.property.clone() }).await;
        match asked {
            Ok(shows) => self.following.shows(shows),
            Err(_) => return false,
        }
        true
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_for_whoever_names_it() {
        let wants = |values: &[&'static str]| {
            let headers: HeaderMap =
                values.iter().map(|value| (header::ACCEPT, value.parse().unwrap())).collect();
            wants_stream(&headers)
        };
        for stream in [
            &["text/event-stream"][..],
            &["application/json, Text/Event-Stream;q=0.5"],
            &["*/*", "text/event-stream"],
        ] {
            assert!(wants(stream), "{stream:?}");
        }
        for json in [&[][..], &["*/*"], &["text/*"], &["application/json"], &["text/event-streams"]] {
            assert!(!wants(json), "{json:?}");
        }
    }
}
