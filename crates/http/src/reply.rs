//! Answers: JSON with an `ETag` where there is an version.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A record and its version as `ETag`.
#[derive(Debug)]
pub struct Versioned<T>(pub StatusCode, pub i64, pub T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = (self.0, Json(self.2)).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.1)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// JSON that is rendered already, and its version as `ETag`.
#[derive(Debug)]
pub struct Rendered(pub i64, pub bytes::Bytes);

impl IntoResponse for Rendered {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let mut response = ([(header::CONTENT_TYPE, json)], self.1).into_response();
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
