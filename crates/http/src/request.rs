//! What every handler reads of a request: who asks, the body, the key, the version.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{Extensions, HeaderMap, StatusCode, header, request::Parts},
};
use bytes::Bytes;
use hefu_app::{App, Context, IdempotencyKey, Origin, authz::Principal};
use hefu_domain::{Language, Message, Place, message::Missing};
use serde::de::DeserializeOwned;

use crate::{
    door::CameIn,
    problem::{Failure, MAX_BODY, language_of},
    read::{LONGEST_TEXT, Malformed, read_body, read_query, too_long},
};

/// Most characters of a reason.
const LONGEST_REASON: usize = 200;

/// Most characters of an idempotency key.
const LONGEST_KEY: usize = 200;

/// Headers that a browser sends to another site only after it has asked there: each says that no other site's page sent the request.
const OWN_HEADERS: [&str; 3] = ["idempotency-key", "if-match", "hefu-reason"];

pub(crate) fn malformed(language: Language, what: &Malformed) -> Failure {
    Failure::new(language, StatusCode::BAD_REQUEST, "malformed_request", &what.message).at(&what.at)
}

/// The request's language and context, without a body: for reads.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The client's language.
    pub language: Language,
    /// Who asks and why.
    pub ctx: Context,
    /// The version of `If-Match`.
    pub if_match: Option<i64>,
    /// Who came in by the door, with the session.
    pub(crate) came_in: Option<CameIn>,
    /// The revision of `If-Match`, where its entity tag is a visit's.
    pub if_revision: Option<u64>,
}

impl RequestContext {
    fn of(headers: &HeaderMap, extensions: &Extensions) -> Result<Self, Failure> {
        let language = language_of(headers);
        let malformed =
            |header, message: Message| malformed(language, &Malformed { at: Place::Header(header), message });
        let (if_match, if_revision) = match headers.get(header::IF_MATCH) {
            None => (None, None),
            Some(value) => {
                let tag =
                    value.to_str().unwrap_or_default().trim().trim_start_matches("W/").trim_matches('"');
                match tag {
                    "*" => (None, None),
                    tag => parse_tag(tag).ok_or_else(|| malformed("If-Match", Message::IfMatchForm))?,
                }
            }
        };
        let reason = match headers.get("hefu-reason") {
            None => None,
            Some(value) => Some(
                percent_decode(value.as_bytes())
                    .filter(|reason| reason.chars().count() <= LONGEST_REASON)
                    .ok_or_else(|| {
                        malformed("Hefu-Reason", Message::ReasonForm { most: LONGEST_REASON as i64 })
                    })?,
            ),
        };
        // A reason in the body stands before this one; see `Context::because`.
        // Whoever came in by no door may do nothing.
        let came_in = extensions.get::<CameIn>().cloned();
        let who = came_in.as_ref().map(|came_in| came_in.ctx.clone());
        let who = who.unwrap_or_else(|| Context::new(Principal::Anyone, Origin::Http(None)));
        let ctx = Context { reason, language, ..who };
        Ok(Self { language, ctx, if_match, came_in, if_revision })
    }

    /// Answers a query under this request's context.
    pub async fn ask<Q: hefu_app::Query>(&self, app: &App, query: Q) -> Result<Q::Out, Failure> {
        self.answer(app.ask(&self.ctx, query).await)
    }

    /// A use case's answer, or its failure in the client's language.
    pub fn answer<T>(&self, result: hefu_app::Result<T>) -> Result<T, Failure> {
        result.map_err(|error| Failure::of(self.language, &error))
    }
}

/// Version and revision of an entity tag: `7` of most records, `7-0c1d…` or `7-0c1d…-3f2a…` of a visit.
fn parse_tag(tag: &str) -> Option<(Option<i64>, Option<u64>)> {
    let mut parts = tag.split('-');
    let version = parts.next()?.parse().ok()?;
    let number = |part: &str| (part.len() == 16).then(|| u64::from_str_radix(part, 16).ok()).flatten();
    let revision = match parts.next() {
        None => None,
        Some(part) => Some(number(part)?),
    };
    if let Some(digest) = parts.next() {
        number(digest)?;
    }
    parts.next().is_none().then_some((Some(version), revision))
}

/// Headers are ASCII, reasons are Chinese: they come percent-encoded, or as plain UTF-8.
pub(crate) fn percent_decode(bytes: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        if byte == b'%' {
            let digits = [*rest.next()?, *rest.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Self::of(&parts.headers, &parts.extensions)
    }
}

/// The idempotency key, if there is one.
pub(crate) fn key_of(headers: &HeaderMap, language: Language) -> Result<Option<String>, Failure> {
    match headers.get("idempotency-key").map(|value| value.to_str()) {
        None => Ok(None),
        Some(Ok(key)) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        Some(_) => {
            let message = Message::KeyForm { most: LONGEST_KEY as i64 };
            Err(malformed(language, &Malformed { at: Place::Header("Idempotency-Key"), message }))
        }
    }
}

/// A write: context with idempotency key, and the body as JSON. An empty body is `{}`; as it needs no media type, it needs one of our headers.
#[derive(Debug)]
pub struct Write<T> {
    /// Language, context, version.
    pub asked: RequestContext,
    /// The body.
    pub body: T,
}

impl<T, S> FromRequest<S> for Write<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        Self::read(request, state, &[]).await
    }
}

impl<T: DeserializeOwned> Write<T> {
    /// Reads a write. The texts of these names, at the top of the body, may be as long as a body may be.
    async fn read<S: Send + Sync>(request: Request, state: &S, long: &[&str]) -> Result<Self, Failure> {
        let mut asked = RequestContext::of(request.headers(), request.extensions())?;
        let language = asked.language;
        let key = key_of(request.headers(), language)?;
        let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|text| text.split(';').next().unwrap_or("").trim() == "application/json")
        });
        let is_ours = OWN_HEADERS.iter().any(|name| request.headers().contains_key(*name));
        let what = format!("{} {}", request.method(), request.uri().path());
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                status @ StatusCode::PAYLOAD_TOO_LARGE => {
                    Failure::new(language, status, "too_large", &Message::BodyTooLarge { most: MAX_BODY })
                }
                _ => malformed(language, &Malformed { at: Place::Request, message: Message::BodyUnread }),
            })?;
        // A page of another site can make a browser send an empty POST, or one with a form's media type, without asking first. It cannot
        // name this media type or another header of ours.
        let is_safe = is_json || bytes.is_empty() && is_ours;
        if !is_safe {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Failure::new(language, status, "unsupported_media_type", &Message::NeedsJson)
                .at(&Place::Header("Content-Type")));
        }
        asked.ctx.idempotency = key
            .map(|key| IdempotencyKey { key, request: hefu_app::request_digest(&[what.as_bytes(), &bytes]) });
        let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        let body = read_body(text).map_err(|error| malformed(language, &error))?;
        if let Some(at) = too_long(text, long) {
            let (status, message) =
                (StatusCode::UNPROCESSABLE_ENTITY, Message::AtMostCharacters { most: LONGEST_TEXT });
            return Err(Failure::new(language, status, "invalid", &message).at(&Place::Body(at)));
        }
        Ok(Self { asked, body })
    }
}

/// A body that holds a whole file or message as text.
pub trait HoldsDocument {
    /// The names of these texts, at the top of the body.
    const DOCUMENTS: &'static [&'static str];
}

/// A [`Write`] whose body holds a document, which may be as long as a body may be.
#[derive(Debug)]
pub struct WriteDocument<T>(pub Write<T>);

impl<T, S> FromRequest<S> for WriteDocument<T>
where
    T: DeserializeOwned + HoldsDocument,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        Write::read(request, state, T::DOCUMENTS).await.map(Self)
    }
}

/// Path parameters, refused as a problem document.
#[derive(Debug)]
pub struct At<T>(pub T);

impl<T, S> FromRequestParts<S> for At<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let language = language_of(&parts.headers);
        let none = || {
            let message = Message::NotFound { what: Missing::InPath };
            Failure::new(language, StatusCode::NOT_FOUND, "not_found", &message)
        };
        // Nothing has a NUL in its name, and PostgreSQL would not even look.
        if parts.uri.path().contains("%00") {
            return Err(none());
        }
        Path::from_request_parts(parts, state).await.map(|Path(value)| Self(value)).map_err(|_| none())
    }
}

/// Query parameters, refused as a problem document.
#[derive(Debug)]
pub struct Filter<T>(pub T);

impl<T, S> FromRequestParts<S> for Filter<T>
where
    T: DeserializeOwned + Send,
    S: Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let language = language_of(&parts.headers);
        let query = parts.uri.query().unwrap_or_default();
        read_query(query).map(Self).map_err(|error| malformed(language, &error))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reasons_can_be_chinese() {
        assert_eq!(percent_decode("%E5%AE%A2%E8%AF%89".as_bytes()).as_deref(), Some("客诉"));
        assert_eq!(percent_decode("客诉 1".as_bytes()).as_deref(), Some("客诉 1"));
        assert_eq!(percent_decode(b"%E5%A"), None);
    }

    proptest! {
        #[test]
        fn no_header_panics(bytes in prop::collection::vec(any::<u8>(), 0..40), text in any::<String>()) {
            let _ = percent_decode(&bytes);
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assert_eq!(percent_decode(encoded.as_bytes()), Some(text));
        }
    }
}
