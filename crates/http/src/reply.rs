//! Answers: JSON with an `ETag` where there is an version.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A record and its version as `ETag`.
#[derive(Debug)]
pub struct Versioned<T>(pub StatusCode, pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        Tagged(self.0, self.1.to_string(), self.2).into_response()
    }
}

/// Where a visit stands, with its entity tag.
#[derive(Debug)]
pub struct Tagged<T>(pub StatusCode, pub String, pub T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(self.2)).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.1)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// Whether the client has what an entity tag stands for already.
#[derive(Debug)]
pub struct IfNoneMatch(Vec<String>);

impl IfNoneMatch {
    fn contains(&self, tag: &str) -> bool {
        self.0.iter().any(|known| known == tag || known == "*")
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let values =
            parts.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags = values.flat_map(|value| value.split(','));
        Ok(Self(tags.map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned()).collect()))
    }
}

/// JSON that is rendered already, with its entity tag: not sent when the client has it.
#[derive(Debug)]
pub struct Rendered(pub String, pub bytes::Bytes, pub IfNoneMatch);

impl IntoResponse for Rendered {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let mut response = if self.2.contains(&self.0) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, json)], self.1).into_response()
        };
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.0)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Pass it as `cursor` for what follows; none at the end.
    pub next: Option<String>,
}

/// How many items a page has unless the client says otherwise, and the most it can ask for.
pub const PAGE: (i64, i64) = (50, 500);

/// The page size a client asked for, within bounds.
pub fn page_size(asked: Option<i64>) -> i64 {
    asked.unwrap_or(PAGE.0).clamp(1, PAGE.1)
}
