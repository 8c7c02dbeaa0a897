//! Channels: how they are set up, what of their messages waits, and the door at which they send.

use axum::{
    Json, Router,
    extract::{FromRequest as _, Multipart, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{post, put},
};
use bytes::Bytes;
use hefu_app::accounts::{
    channel::{ChannelKeyInput, IssueChannelKey},
    client::NewKey,
};
use hefu_app::channel::{
    calendar::{CalendarInput, CalendarView, ListCalendars, PutCalendar, SendCalendar},
    feed::{FeedInput, FeedView, ListFeeds, PutFeed},
    mend::{MendInput, MendMessage},
    messages::{
        ChannelMessageText, ChannelMessageView, ChannelReason, DropMessage, ListMessages, ShowMessageText,
    },
    receive::{ReceiveMessage, VERSIONS, capabilities},
    replay::{ReplayInput, ReplayMessage},
    setup::{ChannelInput, ChannelView, ListChannels, PutChannel},
};
use hefu_domain::{Message, Place, channel::HeldState, ids::ChannelMessageId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Shared,
    problem::{Failure, Problem},
    reply::{Page, Versioned, page_size},
    request::{At, Filter, HoldsDocument, RequestContext, Write, WriteDocument},
    route::{Routes, routes},
};

impl HoldsDocument for MendInput {
    const DOCUMENTS: &'static [&'static str] = &["text"];
}

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(list_channels))
        .routes(routes!(put_channel))
        .routes(routes!(issue_channel_key))
        .routes(routes!(list_calendars))
        .routes(routes!(put_calendar))
        .routes(routes!(list_feeds))
        .routes(routes!(put_feed))
        .routes(routes!(list_channel_messages))
        .routes(routes!(show_channel_message_text))
        .routes(routes!(replay_channel_message))
        .routes(routes!(mend_channel_message))
        .routes(routes!(drop_channel_message))
}

/// Where channels send their messages: XML in, XML out, as AlpineBits and OpenTravel describe it. It is no part of the API's description, which is JSON.
pub fn door() -> Router<Shared> {
    Router::new()
        .route("/channels/{property}/{channel}", post(receive))
        .route("/channels/{property}/{channel}/calendars/{calendar}", put(send_calendar))
}

/// The channels of a property.
#[utoipa::path(get, path = "/api/v1/properties/{property}/channels", tag = "channels", params(("property" = String, Path)),
    responses((status = 200, body = Vec<ChannelView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_channels(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<ChannelView>>, Failure> {
    asked.ask(&app, ListChannels { property }).await.map(Json)
}

/// Make a channel or change it.
#[utoipa::path(put, path = "/api/v1/properties/{property}/channels/{code}", tag = "channels",
    params(("property" = String, Path), ("code" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the record")),
    request_body = ChannelInput,
    responses((status = 200, body = ChannelView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_channel(
    State(app): State<Shared>,
    At((property, code)): At<(String, String)>,
    write: Write<ChannelInput>,
) -> Result<Versioned<ChannelView>, Failure> {
    let asked = write.asked;
    let command = PutChannel { property, code, if_match: asked.if_match, input: write.body };
    let made = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, made.version, made))
}

/// Give a channel a key of its own: its first one, or the next.
#[utoipa::path(post, path = "/api/v1/properties/{property}/channels/{code}/key", tag = "channels",
    params(("property" = String, Path), ("code" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = ChannelKeyInput,
    responses((status = 200, body = NewKey), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn issue_channel_key(
    State(app): State<Shared>,
    At((property, channel)): At<(String, String)>,
    write: Write<ChannelKeyInput>,
) -> Result<Json<NewKey>, Failure> {
    let asked = write.asked;
    let command = IssueChannelKey { property, channel, input: write.body };
    asked.answer(app.execute(asked.ctx.clone(), command).await).map(Json)
}

/// The calendars of a channel.
#[utoipa::path(get, path = "/api/v1/properties/{property}/channels/{code}/calendars", tag = "channels",
    params(("property" = String, Path), ("code" = String, Path)),
    responses((status = 200, body = Vec<CalendarView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_calendars(
    State(app): State<Shared>,
    asked: RequestContext,
    At((property, channel)): At<(String, String)>,
) -> Result<Json<Vec<CalendarView>>, Failure> {
    asked.ask(&app, ListCalendars { property, channel }).await.map(Json)
}

/// Make a calendar of a channel or change it.
#[utoipa::path(put, path = "/api/v1/properties/{property}/channels/{code}/calendars/{calendar}", tag = "channels",
    params(("property" = String, Path), ("code" = String, Path), ("calendar" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the record")),
    request_body = CalendarInput,
    responses((status = 200, body = CalendarView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_calendar(
    State(app): State<Shared>,
    At((property, channel, code)): At<(String, String, String)>,
    write: Write<CalendarInput>,
) -> Result<Versioned<CalendarView>, Failure> {
    let asked = write.asked;
    let command = PutCalendar { property, channel, code, if_match: asked.if_match, input: write.body };
    let made = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, made.version, made))
}

/// The channels of a property that are asked, and how far they were read.
#[utoipa::path(get, path = "/api/v1/properties/{property}/channel-feeds", tag = "channels", params(("property" = String, Path)),
    responses((status = 200, body = Vec<FeedView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_feeds(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
) -> Result<Json<Vec<FeedView>>, Failure> {
    asked.ask(&app, ListFeeds { property }).await.map(Json)
}

/// Set up how a channel is asked, or change it.
#[utoipa::path(put, path = "/api/v1/properties/{property}/channels/{code}/feed", tag = "channels",
    params(("property" = String, Path), ("code" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETag of the record")),
    request_body = FeedInput,
    responses((status = 200, body = FeedView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn put_feed(
    State(app): State<Shared>,
    At((property, channel)): At<(String, String)>,
    write: Write<FeedInput>,
) -> Result<Versioned<FeedView>, Failure> {
    let asked = write.asked;
    let command = PutFeed { property, channel, if_match: asked.if_match, input: write.body };
    let made = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, made.version, made))
}

/// Which messages are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichMessages {
    /// In which state. Default: `waiting`.
    state: Option<HeldState>,
    /// `next` of the previous page.
    #[param(value_type = Option<String>)]
    cursor: Option<ChannelMessageId>,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// Messages of channels that could not be taken, and why.
#[utoipa::path(get, path = "/api/v1/properties/{property}/channel-messages", tag = "channels",
    params(("property" = String, Path), WhichMessages),
    responses((status = 200, body = Page<ChannelMessageView>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn list_channel_messages(
    State(app): State<Shared>,
    asked: RequestContext,
    At(property): At<String>,
    Filter(which): Filter<WhichMessages>,
) -> Result<Json<Page<ChannelMessageView>>, Failure> {
    let limit = page_size(which.limit);
    let state = which.state.unwrap_or(HeldState::Waiting);
    let items = asked.ask(&app, ListMessages { property, state, after: which.cursor, limit }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|message| message.id.to_string());
    Ok(Json(Page { items, next }))
}

/// Show a message as it was received, without cards. The journal says who looked and why, and each time counts against what an account may unmask in a day.
#[utoipa::path(post, path = "/api/v1/properties/{property}/channel-messages/{id}/text", tag = "channels",
    params(("property" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Of no effect: each request is decided and journalled anew, and no answer is kept")),
    request_body = ChannelReason,
    responses((status = 200, body = ChannelMessageText), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "What may be unmasked today is used up")))]
async fn show_channel_message_text(
    State(app): State<Shared>,
    At((property, id)): At<(String, ChannelMessageId)>,
    write: Write<ChannelReason>,
) -> Result<Json<ChannelMessageText>, Failure> {
    write.asked.ask(&app, ShowMessageText { property, id, input: write.body }).await.map(Json)
}

/// Put a message in other words that could not be taken, and try it again.
#[utoipa::path(post, path = "/api/v1/properties/{property}/channel-messages/{id}/mend", tag = "channels",
    params(("property" = String, Path), ("id" = String, Path)), request_body = MendInput,
    responses((status = 200, body = ChannelMessageView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn mend_channel_message(
    State(app): State<Shared>,
    At((property, id)): At<(String, ChannelMessageId)>,
    WriteDocument(write): WriteDocument<MendInput>,
) -> Result<Versioned<ChannelMessageView>, Failure> {
    let asked = write.asked;
    let ctx = asked.ctx.because(write.body.reason.as_deref()).into_owned();
    let operation = MendMessage { property, id, input: write.body };
    let message = asked.answer(app.operate(&ctx, operation).await)?;
    Ok(Versioned(StatusCode::OK, message.version, message))
}

/// Try a message again that could not be taken.
#[utoipa::path(post, path = "/api/v1/properties/{property}/channel-messages/{id}/replay", tag = "channels",
    params(("property" = String, Path), ("id" = String, Path)), request_body = ReplayInput,
    responses((status = 200, body = ChannelMessageView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn replay_channel_message(
    State(app): State<Shared>,
    At((property, id)): At<(String, ChannelMessageId)>,
    write: Write<ReplayInput>,
) -> Result<Versioned<ChannelMessageView>, Failure> {
    let asked = write.asked;
    let operation = ReplayMessage { property, id };
    let message = asked.answer(app.operate(&asked.ctx, operation).await)?;
    Ok(Versioned(StatusCode::OK, message.version, message))
}

/// Decide that a message that could not be taken says nothing.
#[utoipa::path(post, path = "/api/v1/properties/{property}/channel-messages/{id}/drop", tag = "channels",
    params(("property" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are executed once")),
    request_body = ChannelReason,
    responses((status = 200, body = ChannelMessageView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn drop_channel_message(
    State(app): State<Shared>,
    At((property, id)): At<(String, ChannelMessageId)>,
    write: Write<ChannelReason>,
) -> Result<Versioned<ChannelMessageView>, Failure> {
    let asked = write.asked;
    let command = DropMessage { property, id, input: write.body };
    let message = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, message.version, message))
}

/// The header that AlpineBits has every client send, and that a page of another site cannot.
const ALPINEBITS: &str = "x-alpinebits-clientprotocolversion";

/// What came: what is to be done, where it is said, and the message.
struct Sent {
    action: Option<String>,
    request: String,
}

/// Reads what was sent, as XML alone or as the form of AlpineBits. A form needs a header that no page of another site can have a browser send.
async fn sent(asked: &RequestContext, request: Request) -> Result<Sent, Failure> {
    let malformed = || {
        Failure::new(asked.language, StatusCode::BAD_REQUEST, "malformed_request", &Message::ChannelNeedsXml)
    };
    let unread = || {
        Failure::new(asked.language, StatusCode::BAD_REQUEST, "malformed_request", &Message::ChannelEncoding)
    };
    let other = || {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Failure::new(asked.language, status, "unsupported_media_type", &Message::ChannelNeedsXml)
            .at(&Place::Header("Content-Type"))
    };
    let headers = request.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(other());
    }
    match kind.as_str() {
        "application/xml" | "text/xml" => {
            let body = Bytes::from_request(request, &()).await.map_err(|_| malformed())?;
            let request = hefu_app::channel::text_of(&body).ok_or_else(unread)?;
            Ok(Sent { action: None, request })
        }
        "multipart/form-data" if is_ours(headers) => {
            let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
            let (mut action, mut text) = (None, None);
            while let Some(field) = form.next_field().await.map_err(|_| malformed())? {
                let name = field.name().unwrap_or_default().to_owned();
                let value = field.bytes().await.map_err(|_| malformed())?;
                // A message says itself how it is written.
                let value = hefu_app::channel::text_of(&value).ok_or_else(unread)?;
                match name.as_str() {
                    "action" => action = Some(value),
                    "request" => text = Some(value),
                    _ => return Err(malformed()),
                }
            }
            Ok(Sent { action, request: text.unwrap_or_default() })
        }
        _ => Err(other()),
    }
}

fn is_ours(headers: &HeaderMap) -> bool {
    headers.contains_key(ALPINEBITS) || headers.contains_key(header::AUTHORIZATION)
}

/// A channel's message, and the answer to it.
async fn receive(
    State(app): State<Shared>,
    At((property, channel)): At<(String, String)>,
    asked: RequestContext,
    request: Request,
) -> Result<Response, Failure> {
    let version = request.headers().get(ALPINEBITS).and_then(|version| version.to_str().ok());
    let version = version.filter(|version| VERSIONS.contains(version)).unwrap_or(VERSIONS[0]).to_owned();
    let Sent { action, request: text } = sent(&asked, request).await?;
    let plain = |text: String| ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    match action.as_deref() {
        Some("getVersion") => return Ok(plain(format!("OK:{version}"))),
        Some("getCapabilities") => return Ok(plain(format!("OK:{}", capabilities()))),
        _ => {}
    }
    let answer = app.operate(&asked.ctx, ReceiveMessage { property, channel, action, text }).await;
    let answer = asked.answer(answer)?;
    Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer.text).into_response())
}

/// A calendar, as it is sent: the body is the calendar itself.
async fn send_calendar(
    State(app): State<Shared>,
    At((property, channel, code)): At<(String, String, String)>,
    asked: RequestContext,
    request: Request,
) -> Result<Versioned<CalendarView>, Failure> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("text/calendar") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let message = Message::CalendarNeedsText;
        return Err(Failure::new(asked.language, status, "unsupported_media_type", &message)
            .at(&Place::Header("Content-Type")));
    }
    let body =
        Bytes::from_request(request, &()).await.ok().and_then(|body| String::from_utf8(body.to_vec()).ok());
    let Some(text) = body else {
        let status = StatusCode::BAD_REQUEST;
        return Err(Failure::new(asked.language, status, "malformed_request", &Message::CalendarNeedsText));
    };
    let command = SendCalendar { property, channel, code, text };
    let sent = asked.answer(app.execute(asked.ctx.clone(), command).await)?;
    Ok(Versioned(StatusCode::OK, sent.version, sent))
}
