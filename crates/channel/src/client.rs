//! How other hotel systems are asked: what is sent, what comes back, and what goes wrong. Who carries it is said by the server.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use hefu_core::Service;
use hefu_domain::{channel::ChannelFeed, ids::ChannelId};
use hefu_store::Store;
use serde_json::Value;

/// The longest pause that another system may ask for, hours: whoever asks for more is asked again to see whether it is meant.
const LONGEST_WAIT_HOURS: i64 = 24;

/// How long before its end a token is no longer used, seconds.
const TOKEN_MARGIN: i64 = 60;

/// The longest time for which a token is kept, seconds.
const LONGEST_TOKEN: i64 = 24 * 60 * 60;

/// Why another system could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFault {
    /// None are read here, or not at such addresses.
    NotAllowed,
    /// Nobody answers there, or not to the end, or not in time.
    Unreachable,
    /// It does not know us, or does not let us read.
    Unauthorised,
    /// It was asked too much, or is too busy.
    Throttled,
    /// The answer is no success.
    Refused,
    /// The answer is too large, or none that can be read.
    Malformed,
    /// What was read could not be taken in because of something here; see the log.
    NotTaken,
}

impl FeedFault {
    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::Unreachable => "unreachable",
            Self::Unauthorised => "unauthorised",
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::NotTaken => "not_taken",
        }
    }
}

/// What is asked. It contains what we are known by, and is shown to nobody.
pub struct FeedRequest {
    /// The address; no personal data and nothing secret in it.
    pub url: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The kind of the body and the body, sent by POST; none: by GET.
    pub body: Option<(&'static str, String)>,
}

impl fmt::Debug for FeedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedRequest").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What is answered.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedAnswer {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The body.
    pub body: String,
}

impl fmt::Debug for FeedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Asks other systems.
pub trait FeedClient: Send + Sync {
    /// The answer, whatever its status.
    fn ask<'a>(&'a self, request: &'a FeedRequest) -> BoxFuture<'a, Result<FeedAnswer, FeedFault>>;
}

/// A token that another system gave, and the credentials, sealed, for which it did.
struct Token {
    of: Vec<u8>,
    token: String,
    until: DateTime<Utc>,
}

/// How other systems are asked; without a client none is.
#[derive(Clone, Default)]
pub struct Feeds {
    client: Option<Arc<dyn FeedClient>>,
    tokens: Arc<Mutex<HashMap<ChannelId, Token>>>,
}

impl Feeds {
    /// By this client.
    pub fn by(client: Arc<dyn FeedClient>) -> Self {
        Self { client: Some(client), tokens: Arc::default() }
    }

    pub(crate) fn asking(&self, now: DateTime<Utc>) -> Option<Asking<'_>> {
        Some(Asking { feeds: self, client: &**self.client.as_ref()?, now })
    }
}

impl fmt::Debug for Feeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Feeds").field(&self.client.is_some()).finish()
    }
}

impl Service for Feeds {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

/// Why a page could not be read, and how long the other system asks to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) fault: FeedFault,
    pub(crate) wait: Option<TimeDelta>,
}

impl From<FeedFault> for Failed {
    fn from(fault: FeedFault) -> Self {
        Self { fault, wait: None }
    }
}

/// What a page brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// A record for each reservation.
    pub(crate) records: Vec<String>,
    /// Where the next page of the round is; none: the round is over.
    pub(crate) cursor: Option<Cursor>,
    /// Up to when everything has been read once the round is over.
    pub(crate) since: DateTime<Utc>,
    /// Whether another round follows at once.
    pub(crate) again: bool,
}

/// Where a round stands: the first and the last moment that it is about, and the place in its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) at: String,
}

impl Cursor {
    /// The cursor that [`Cursor::to_string`] wrote.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/').map(str::to_owned);
        Some(Self { from: parts.next()?, until: parts.next()?, at: parts.next()? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.from, self.until, self.at)
    }
}

/// Another system, being asked.
pub(crate) struct Asking<'a> {
    feeds: &'a Feeds,
    client: &'a dyn FeedClient,
    pub(crate) now: DateTime<Utc>,
}

impl Asking<'_> {
    /// What it answers; none: it has nothing.
    pub(crate) async fn ask(&self, request: FeedRequest) -> Result<Option<String>, Failed> {
        let answer = self.client.ask(&request).await?;
        let wait = answer.retry_after.as_deref().and_then(|text| wait_of(text, self.now));
        let fault = match answer.status {
            200 => return Ok(Some(answer.body)),
            204 => return Ok(None),
            401 | 403 => FeedFault::Unauthorised,
            408 | 429 | 503 => FeedFault::Throttled,
            _ => FeedFault::Refused,
        };
        let (url, status) = (&request.url, answer.status);
        tracing::warn!(%url, status, "another hotel system does not answer as it was asked to");
        Err(Failed { fault, wait })
    }

    /// The token that it gave for these credentials, as long as it can be used.
    pub(crate) fn token(&self, feed: &ChannelFeed) -> Option<String> {
        let tokens = self.feeds.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tokens.get(&feed.channel_id)?;
        (known.of == feed.credentials && known.until > self.now).then(|| known.token.clone())
    }

    /// Keeps a token that it gave, of so many seconds.
    pub(crate) fn keep(&self, feed: &ChannelFeed, token: &str, seconds: i64) {
        let until = self.now + TimeDelta::seconds(seconds.clamp(0, LONGEST_TOKEN) - TOKEN_MARGIN);
        let token = Token { of: feed.credentials.clone(), token: token.to_owned(), until };
        self.feeds.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(feed.channel_id, token);
    }

    /// Forgets a token that it does not take any more.
    pub(crate) fn forget(&self, feed: &ChannelFeed) {
        self.feeds.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(&feed.channel_id);
    }
}

/// How long `Retry-After` asks to wait: seconds, or until a moment.
fn wait_of(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = text.trim();
    let most = TimeDelta::hours(LONGEST_WAIT_HOURS);
    let wait = match text.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now,
    };
    Some(wait.clamp(TimeDelta::zero(), most))
}

/// The text of a field of an answer.
pub(crate) fn field(answer: &Value, name: &str) -> Option<String> {
    answer.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_pause_that_is_asked_for_is_understood_and_bounded() {
        let now: DateTime<Utc> = "2026-10-03T08:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("Sat, 03 Oct 2026 08:02:00 GMT", Some(120)),
            ("Sat, 03 Oct 2026 07:00:00 GMT", Some(0)),
            ("4000000000", Some(24 * 3600)),
            ("soon", None),
            ("-3", None),
            ("", None),
        ] {
            assert_eq!(wait_of(text, now), seconds.map(TimeDelta::seconds), "{text}");
        }
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = Cursor { from: "2026-10-03".into(), until: "2027-10-03".into(), at: "a/b".into() };
        assert_eq!(Cursor::read(&cursor.to_string()), Some(cursor));
        assert_eq!((Cursor::read("a/b"), Cursor::read("")), (None, None));
    }
}
