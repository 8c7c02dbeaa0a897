//! Bodies are read before anything else is done with a request: whole, in bounded time and memory.
//!
//! A body that comes whole with its head costs nobody anything. Of those that come slowly there are a few at once, and what is large of all
//! bodies together has a bound, so that whoever sends many halves of bodies keeps nobody's check-in from being read.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use hefu_domain::Message;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{connection::Limits, problem::MAX_BODY};

/// A body up to this size needs none of the memory that large ones share, bytes.
const SMALL: usize = 16 << 10;

/// What the shared memory is counted in, bytes.
const UNIT: usize = 1 << 10;

/// Where files are sent to.
const FILES: &str = "/api/v1/import-files";

/// The media type of a file that is sent as it is. A page of another site cannot make a browser send it without asking.
pub(crate) const OCTETS: &str = "application/octet-stream";

/// The media type of a body, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim()
}

/// Whether a request sends a file as it is: its body is no body like others, and is read piece by piece by whoever keeps it.
pub(crate) fn is_file(request: &Request, path: &str) -> bool {
    request.method() == Method::POST && path == FILES && media_type(request.headers()) == OCTETS
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is larger than bodies may be.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// Too many bodies are being read, or too much of them.
    TooMany,
    /// The connection broke, or what came is no body.
    Broken,
}

impl Refused {
    /// Status, code and text.
    pub(crate) const fn problem(&self) -> (StatusCode, &'static str, Message) {
        match self {
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", Message::BodyTooLarge { most: MAX_BODY })
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow", Message::BodyTooSlow),
            Self::TooMany => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", Message::Overloaded),
            Self::Broken => (StatusCode::BAD_REQUEST, "malformed_request", Message::BodyUnread),
        }
    }
}

/// What a body takes of the shared memory, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Held(Option<OwnedSemaphorePermit>);

/// Reads bodies.
#[derive(Debug)]
pub(crate) struct Bodies {
    time: Duration,
    unfinished: Arc<Semaphore>,
    memory: Arc<Semaphore>,
}

impl Bodies {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            time: limits.body,
            unfinished: Arc::new(Semaphore::new(limits.unfinished_bodies)),
            memory: Arc::new(Semaphore::new(limits.body_memory / UNIT)),
        }
    }

    /// The same request with a body that is there. What it takes of the shared memory is free again when the second is dropped.
    pub(crate) async fn read(&self, request: Request) -> Result<(Request, Held), Refused> {
        if http_body::Body::is_end_stream(request.body()) {
            return Ok((request, Held::default()));
        }
        let declared = request.headers().get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > MAX_BODY) {
            return Err(Refused::TooLarge);
        }
        let (parts, mut body) = request.into_parts();
        let mut reading = Reading { text: Vec::new(), held: Held::default(), memory: &self.memory };
        // What has come with the head.
        let mut is_whole = false;
        while let Some(frame) = body.frame().now_or_never() {
            is_whole = reading.take(frame)?;
            if is_whole {
                break;
            }
        }
        if !is_whole {
            let _one_of_few = self.unfinished.try_acquire().map_err(|_| Refused::TooMany)?;
            let rest = async {
                while !reading.take(body.frame().await)? {}
                Ok(())
            };
            tokio::time::timeout(self.time, rest).await.map_err(|_| Refused::TooSlow)??;
        }
        let Reading { text, held, .. } = reading;
        Ok((Request::from_parts(parts, Body::from(text)), held))
    }
}

/// A body of which a part is there.
struct Reading<'a> {
    text: Vec<u8>,
    held: Held,
    memory: &'a Arc<Semaphore>,
}

impl Reading<'_> {
    /// Takes the next piece; answers whether it was the end. Pieces are copied together: each would keep the whole buffer it was read into.
    fn take(&mut self, frame: Option<Result<http_body::Frame<Bytes>, axum::Error>>) -> Result<bool, Refused> {
        let Some(frame) = frame else { return Ok(true) };
        // Trailers say nothing here.
        let Ok(piece) = frame.map_err(|_| Refused::Broken)?.into_data() else { return Ok(false) };
        let length = self.text.len() + piece.len();
        if length > MAX_BODY {
            return Err(Refused::TooLarge);
        }
        if length > self.text.capacity() {
            // Twice as much, as vectors grow, and no more than such a body may have.
            let most = if length <= SMALL { SMALL } else { MAX_BODY };
            let wanted = length.max(2 * self.text.capacity()).min(most);
            self.hold(wanted)?;
            self.text.reserve_exact(wanted - self.text.len());
        }
        self.text.extend_from_slice(&piece);
        Ok(false)
    }

    fn hold(&mut self, bytes: usize) -> Result<(), Refused> {
        let held = self.held.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.saturating_sub(SMALL).div_ceil(UNIT).saturating_sub(held);
        if more > 0 {
            let more = u32::try_from(more).map_err(|_| Refused::TooLarge)?;
            let more = self.memory.clone().try_acquire_many_owned(more).map_err(|_| Refused::TooMany)?;
            match &mut self.held.0 {
                Some(held) => held.merge(more),
                none => *none = Some(more),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    fn bodies(unfinished: usize, memory: usize) -> Bodies {
        let time = Duration::from_secs(30);
        Bodies::new(&Limits {
            body: time,
            unfinished_bodies: unfinished,
            body_memory: memory,
            ..Limits::default()
        })
    }

    fn whole(pieces: Vec<Vec<u8>>) -> Request {
        let pieces = pieces.into_iter().map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        Request::new(Body::from_stream(stream::iter(pieces)))
    }

    /// A body of which a piece comes and then nothing.
    fn half(piece: usize) -> Request {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b' '; piece]))]);
        Request::new(Body::from_stream(futures_util::StreamExt::chain(first, stream::pending())))
    }

    proptest! {
        #[test]
        fn a_body_is_what_was_sent(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40_000), 0..8)) {
            let bodies = bodies(0, 4 << 20);
            let expected = pieces.concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (request, held) = bodies.read(whole(pieces)).await.unwrap();
                assert!(held.0.is_some() == (expected.len() > SMALL));
                assert_eq!(axum::body::to_bytes(request.into_body(), MAX_BODY).await.unwrap(), expected);
            });
            prop_assert_eq!(bodies.memory.available_permits(), 4 << 10);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn halves_of_bodies_are_few_and_end() {
        let bodies = Arc::new(bodies(2, 4 << 20));
        let read = |request| {
            let bodies = bodies.clone();
            tokio::spawn(async move { bodies.read(request).await.map(drop) })
        };
        let slow = [read(half(10)), read(half(10))];
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(read(half(10)).await.unwrap(), Err(Refused::TooMany));
        // What comes whole is read all the same.
        assert_eq!(read(whole(vec![vec![b'x'; 9_000]])).await.unwrap(), Ok(()));
        for one in slow {
            assert_eq!(one.await.unwrap(), Err(Refused::TooSlow));
        }
        assert_eq!(bodies.unfinished.available_permits(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_share_their_memory_and_small_ones_need_none_of_it() {
        let bodies = Arc::new(bodies(100, 3 << 20));
        let large = |_| {
            let bodies = bodies.clone();
            tokio::spawn(async move { bodies.read(half(1 << 20)).await.map(drop) })
        };
        let mut slow: Vec<_> = (0..5).map(large).collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let refused = slow.extract_if(.., |one| one.is_finished()).collect::<Vec<_>>();
        for one in refused {
            assert_eq!(one.await.unwrap(), Err(Refused::TooMany));
        }
        assert_eq!(slow.len(), 3);
        assert!(bodies.read(whole(vec![vec![b'x'; SMALL]])).await.is_ok());
        for one in slow {
            assert_eq!(one.await.unwrap(), Err(Refused::TooSlow));
        }
        let too_large = whole(vec![vec![b'x'; MAX_BODY], vec![b'x']]);
        assert_eq!(bodies.read(too_large).await.map(drop), Err(Refused::TooLarge));
        assert_eq!(bodies.memory.available_permits(), 3 << 10);
    }
}
