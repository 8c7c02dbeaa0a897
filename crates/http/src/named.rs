//! Names of requests. Whoever was refused something or met a fault can say which request it was: its name stands in the answer, and in every line of the
//! log that was written while it was answered.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{http::HeaderValue, response::Response};
use tracing::Instrument as _;

/// Where the name stands in an answer. What a client sends there is not looked at: it could be anybody's.
const NAME: &str = "x-request-id";

/// Sets the names that this process gives apart from those of others, and of the same one before it was started anew.
static PROCESS: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()) as u32);

/// How many requests there were.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// Answers a request under a name of its own.
pub(crate) async fn named(answer: impl Future<Output = Response>) -> Response {
    let name = format!("{:08x}-{:08x}", *PROCESS, SEEN.fetch_add(1, Relaxed));
    let mut answer = answer.instrument(tracing::info_span!("request", id = %name)).await;
    if let Ok(name) = HeaderValue::try_from(name) {
        answer.headers_mut().insert(NAME, name);
    }
    answer
}
