//! What every handler reads of a request: who asks, the body, the key, the version.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use bytes::Bytes;
use hefu_app::{App, Context, IdempotencyKey};
use serde::de::DeserializeOwned;

use crate::problem::{Failure, Language};

/// The request's language and context, without a body: for reads.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The client's language.
    pub language: Language,
    /// Who asks and why.
    pub ctx: Context,
    /// The version of `If-Match`.
    pub if_match: Option<i64>,
}

impl RequestContext {
    fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let language = Language::of(headers);
        let malformed = |what: &str, detail: &str| {
            Failure::new(language, StatusCode::BAD_REQUEST, "malformed_request", detail).at(what)
        };
        let if_match = match headers.get(header::IF_MATCH) {
            None => None,
            Some(value) => {
                let tag =
                    value.to_str().unwrap_or_default().trim().trim_start_matches("W/").trim_matches('"');
                match tag {
                    "*" => None,
                    tag => Some(tag.parse().map_err(|_| malformed("If-Match", "the ETag of the record"))?),
                }
            }
        };
        let reason = match headers.get("hefu-reason") {
            None => None,
            Some(value) => Some(
                percent_decode(value.as_bytes()).filter(|reason| reason.chars().count() <= 200).ok_or_else(
                    || malformed("Hefu-Reason", "at most 200 characters, UTF-8, percent-encoded"),
                )?,
            ),
        };
        Ok(Self {
            language,
            ctx: Context { reason, language: spoken(language), ..Context::local_administrator() },
            if_match,
        })
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

const fn spoken(language: Language) -> hefu_app::Language {
    match language {
        Language::Chinese => hefu_app::Language::Chinese,
        Language::English => hefu_app::Language::English,
    }
}

/// Headers are ASCII, reasons are Chinese: they come percent-encoded, or as plain UTF-8.
fn percent_decode(bytes: &[u8]) -> Option<String> {
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
        Self::of(&parts.headers)
    }
}

/// A write: context with idempotency key, and the body as JSON. An empty body is `{}`.
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
        let mut asked = RequestContext::of(request.headers())?;
        let language = asked.language;
        let malformed =
            |detail: String| Failure::new(language, StatusCode::BAD_REQUEST, "malformed_request", detail);
        let key = match request.headers().get("idempotency-key") {
            None => None,
            Some(value) => match value.to_str() {
                Ok(key) if (1..=200).contains(&key.len()) => Some(key.to_owned()),
                _ => return Err(malformed("1 to 200 ASCII characters".into()).at("Idempotency-Key")),
            },
        };
        let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|text| text.split(';').next().unwrap_or("").trim() == "application/json")
        });
        let what = format!("{} {}", request.method(), request.uri().path());
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let detail = rejection.to_string();
            Failure::new(language, StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        })?;
        if !is_json && !bytes.is_empty() {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Failure::new(language, status, "unsupported_media_type", "the body is JSON"));
        }
        asked.ctx.idempotency = key
            .map(|key| IdempotencyKey { key, request: hefu_app::request_digest(&[what.as_bytes(), &bytes]) });
        let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        let mut json = serde_json::Deserializer::from_slice(text);
        let body = T::deserialize(&mut json).and_then(|body| json.end().map(|()| body)).map_err(|error| {
            // serde_json's text can quote a value; kind and place are enough.
            let place = format!("line {} column {}", error.line(), error.column());
            let what = match error.classify() {
                serde_json::error::Category::Data => describe(&error.to_string()),
                serde_json::error::Category::Eof => "the JSON ends too early".into(),
                _ => "this is no JSON".into(),
            };
            malformed(what).at(place)
        })?;
        Ok(Self { asked, body })
    }
}

/// A deserialiser's message without the values it quotes: names of fields stay, contents go.
fn describe(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    match message.split_once(':') {
        Some((kind @ ("invalid type" | "invalid value"), rest)) => {
            let expected = rest.rsplit_once("expected ").map(|(_, expected)| expected).unwrap_or_default();
            format!("{kind}, expected {expected}")
        }
        _ if message.starts_with("unknown field")
            || message.starts_with("missing field")
            || message.starts_with("duplicate field") =>
        {
            message.to_owned()
        }
        _ if message.starts_with("unknown variant") => {
            let expected = message.split_once("expected ").map(|(_, expected)| expected).unwrap_or_default();
            format!("unknown value, expected {expected}")
        }
        _ => "a value has the wrong form".into(),
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
        let language = Language::of(&parts.headers);
        let none = || {
            Failure::new(language, StatusCode::NOT_FOUND, "not_found", "the path holds no valid id")
                .at("path")
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
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let language = Language::of(&parts.headers);
        Query::from_request_parts(parts, state).await.map(|Query(value)| Self(value)).map_err(|rejection| {
            let detail = describe(&rejection.body_text());
            Failure::new(language, StatusCode::BAD_REQUEST, "malformed_request", detail).at("query")
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_not_repeated_in_error_texts() {
        let error =
            serde_json::from_str::<u8>("\"13800138000\"").err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("13800138000"), "serde_json quotes: {error}");
        assert_eq!(describe(&error), "invalid type, expected u8");
        assert_eq!(
            describe("unknown variant `Zhang Wei`, expected `a` or `b`"),
            "unknown value, expected `a` or `b`"
        );
        assert_eq!(describe("anything else \"secret\""), "a value has the wrong form");
    }

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

        #[test]
        fn a_deserialisers_message_gives_no_value_away(value in "[0-9]{6}[a-zé\"`:]{0,6}", field in "[a-z]{1,8}") {
            let body = serde_json::json!({ field: value }).to_string();
            let told = [
                serde_json::from_str::<u8>(&body).err(),
                serde_json::from_str::<std::collections::HashMap<String, u8>>(&body).err(),
                serde_json::from_str::<std::collections::HashMap<String, chrono::NaiveDate>>(&body).err(),
                serde_json::from_str::<std::collections::HashMap<String, hefu_domain::property::RoomState>>(&body).err(),
            ];
            for error in told.into_iter().flatten() {
                prop_assert!(!describe(&error.to_string()).contains(&value[..6]), "{error}");
            }
        }
    }
}
