//! Connections: how many there may be, how long each may do nothing, and how all of them end.
//!
//! Everybody on the other side is bounded in number, time and memory. A connection without a request is closed after a while; when there are as many
//! connections as there may be, the one that has had none for longest makes way. Whoever takes no byte of an answer is cut off.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request, response::Response};
use hefu_app::changes::FollowLimits;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tower::ServiceExt as _;

/// What those on the other side may have of the server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// How long a connection may be without the whole head of a request, and how long it may take no byte of an answer.
    pub idle: Duration,
    /// How long a connection may have requests at work without a pause. It is asked to end then, and its client to open another.
    pub busy: Duration,
    /// How long the body of a request may take to come.
    pub body: Duration,
    /// Bodies that have not come whole with their heads, at once.
    pub unfinished_bodies: usize,
    /// What all bodies of more than 16 KiB may take in memory together, bytes.
    pub body_memory: usize,
    /// How long requests are still answered when the server is told to stop.
    pub last_requests: Duration,
    /// How many may follow changes, and for how long; never on more than a quarter of the connections.
    pub following: FollowLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            idle: Duration::from_secs(30),
            busy: Duration::from_secs(600),
            body: Duration::from_secs(30),
            unfinished_bodies: 256,
            body_memory: 32 << 20,
            last_requests: Duration::from_secs(3),
            following: FollowLimits::default(),
        }
    }
}

/// What is read of a connection before it is understood, bytes: the longest head of a request.
const READ_BUFFER: usize = 32 << 10;

/// Requests that one HTTP/2 connection may have at work.
const STREAMS: u32 = 32;

/// How much of the bodies of one HTTP/2 connection may be under way, and of each, bytes.
const WINDOWS: (u32, u32) = (256 << 10, 64 << 10);

/// What is told whoever comes when no connection can make way.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// How long nobody is let in after the system had no more to give: files, memory.
const PAUSE: Duration = Duration::from_millis(100);

/// The address on the other side of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub std::net::IpAddr);

/// How connections are encrypted: asked for each of them, so that a certificate can be exchanged while others are open.
pub type Encryption = Arc<dyn Fn() -> Arc<ServerConfig> + Send + Sync>;

/// Answers a request that is turned away before the router has it, by its head and by how many of its connection are being answered.
type TurnAway = Arc<dyn Fn(&hyper::Request<Incoming>, usize) -> Option<Response> + Send + Sync>;

/// What requests are answered by.
#[derive(Clone)]
pub struct Front {
    router: Router,
    turn_away: Option<TurnAway>,
}

impl Front {
    pub(crate) fn new(
        router: Router,
        turn_away: impl Fn(&hyper::Request<Incoming>, usize) -> Option<Response> + Send + Sync + 'static,
    ) -> Self {
        Self { router, turn_away: Some(Arc::new(turn_away)) }
    }

    /// The same with what another router answers.
    #[must_use]
    pub fn merge(self, other: Router) -> Self {
        Self { router: self.router.merge(other), ..self }
    }

    /// The router alone.
    pub(crate) fn into_router(self) -> Router {
        self.router
    }
}

/// Nobody is turned away before the router has the request.
impl From<Router> for Front {
    fn from(router: Router) -> Self {
        Self { router, turn_away: None }
    }
}

/// Answers requests on `listener` until `stop`, and then what was accepted before, for a while. A listener that fails for a while is tried again.
pub async fn serve(
    listener: TcpListener,
    front: impl Into<Front>,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    serve_encrypted(listener, None, front, limits, stop).await;
}

/// The same over encrypted connections.
pub async fn serve_encrypted(
    listener: TcpListener,
    encryption: Option<Encryption>,
    front: impl Into<Front>,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let front = front.into();
    let open = Arc::new(Open::default());
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if !open.make_way(limits.connections) {
                    // It may not even take that.
                    let _ = stream.try_write(FULL);
                    continue;
                }
                let entry = open.enter();
                // Small answers leave at once. A socket that refuses is no reason to refuse its client.
                let _ = stream.set_nodelay(true);
                let (front, limits, stopped) = (front.clone(), limits.clone(), stopped.clone());
                let peer = Peer(peer.ip().to_canonical());
                match &encryption {
                    None => {
                        tasks.spawn(connection(stream, peer, front, entry, limits, stopped));
                    }
                    Some(encryption) => {
                        let accepted = TlsAcceptor::from(encryption()).accept(stream);
                        tasks.spawn(async move {
                            let makes_way = entry.activity.clone();
                            let accepted = tokio::select! {
                                accepted = tokio::time::timeout(limits.idle, accepted) => accepted,
                                () = makes_way.makes_way.notified() => return,
                            };
                            // Why it was none is its client's business.
                            if let Ok(Ok(stream)) = accepted {
                                connection(stream, peer, front, entry, limits, stopped).await;
                            }
                        });
                    }
                }
            }
            // Who hung up before it was accepted is nobody's trouble.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.last_requests, all).await.is_err() {
        let left = tasks.len();
        tracing::warn!(
            left,
            "some requests were not answered in time; what they began is done or not as a whole"
        );
        tasks.shutdown().await;
    }
}

/// The connections there are.
#[derive(Default)]
struct Open {
    all: Mutex<HashMap<u64, Arc<Activity>>>,
    next: AtomicU64,
}

impl Open {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there may be one more. If need be, the one that has been without a request for longest is closed.
    fn make_way(&self, most: usize) -> bool {
        let mut all = self.all();
        if all.len() < most {
            return true;
        }
        let idle = all.iter().filter(|(_, activity)| activity.requests.load(Relaxed) == 0);
        // Of several in the same millisecond the one that came first.
        let longest =
            idle.min_by_key(|(id, activity)| (activity.last.load(Relaxed), **id)).map(|(id, _)| *id);
        let Some(activity) = longest.and_then(|id| all.remove(&id)) else { return false };
        activity.makes_way.notify_one();
        true
    }

    fn enter(self: &Arc<Self>) -> Entry {
        let (id, activity) = (self.next.fetch_add(1, Relaxed), Arc::new(Activity::new()));
        self.all().insert(id, activity.clone());
        Entry { open: self.clone(), id, activity }
    }
}

/// A connection among the others, until it is dropped.
struct Entry {
    open: Arc<Open>,
    id: u64,
    activity: Arc<Activity>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.open.all().remove(&self.id);
    }
}

/// What a connection has been doing. Moments are milliseconds since the first one of this process.
#[derive(Debug)]
struct Activity {
    /// Requests whose answers have not been sent.
    requests: AtomicUsize,
    /// Since when there have been some all the time.
    busy_since: AtomicU64,
    /// When last a request began or ended, or a byte of an answer was taken.
    last: AtomicU64,
    /// Since when an answer waits to be taken; 0: none does.
    stuck_since: AtomicU64,
    /// Told when it is closed for another.
    makes_way: Notify,
}

fn moment() -> u64 {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    // Never 0, which says that nothing waits.
    u64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
}

impl Activity {
    fn new() -> Self {
        let now = AtomicU64::new(moment());
        Self {
            requests: AtomicUsize::new(0),
            busy_since: AtomicU64::new(0),
            last: now,
            stuck_since: AtomicU64::new(0),
            makes_way: Notify::new(),
        }
    }

    fn begin(self: &Arc<Self>) -> Answering {
        let now = moment();
        if self.requests.fetch_add(1, Relaxed) == 0 {
            self.busy_since.store(now, Relaxed);
        }
        self.last.store(now, Relaxed);
        Answering(self.clone())
    }

    fn wrote(&self, outcome: &Poll<io::Result<usize>>) {
        let now = moment();
        if outcome.is_pending() {
            // Only the first time it could not be written counts.
            let _ = self.stuck_since.compare_exchange(0, now, Relaxed, Relaxed);
        } else {
            self.stuck_since.store(0, Relaxed);
            self.last.store(now, Relaxed);
        }
    }

    /// What is to be done about the connection now, and when it is to be looked at again.
    fn verdict(&self, limits: &Limits) -> (Verdict, Duration) {
        let now = moment();
        let since = |moment: &AtomicU64| Duration::from_millis(now.saturating_sub(moment.load(Relaxed)));
        let left = |most: Duration, since: Duration| most.saturating_sub(since);
        let stuck = match self.stuck_since.load(Relaxed) {
            0 => Duration::ZERO,
            _ => since(&self.stuck_since),
        };
        let (most, doing) = match self.requests.load(Relaxed) {
            0 => (limits.idle, since(&self.last)),
            _ => (limits.busy, since(&self.busy_since)),
        };
        let verdict = match (stuck >= limits.idle, doing >= most) {
            (true, _) => Verdict::CutOff,
            (_, true) => Verdict::AskToEnd,
            _ => Verdict::GoOn,
        };
        let again = left(most, doing).min(left(limits.idle, stuck)).min(limits.idle);
        (verdict, again.max(Duration::from_millis(10)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    GoOn,
    AskToEnd,
    CutOff,
}

/// The connection a request came by.
#[derive(Debug, Clone)]
pub(crate) struct OfConnection(Arc<Activity>);

impl OfConnection {
    /// How many requests that came by it are being answered, this one counted.
    pub(crate) fn requests(&self) -> usize {
        self.0.requests.load(Relaxed)
    }
}

/// Says when the server is told to stop: for answers that have no end of their own.
#[derive(Debug, Clone)]
pub(crate) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Waits until the server is told to stop.
    pub(crate) async fn wait(&mut self) {
        // A server that is gone has stopped, too.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}

/// A request until the last of its answer was sent.
struct Answering(Arc<Activity>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.last.store(moment(), Relaxed);
        self.0.requests.fetch_sub(1, Relaxed);
    }
}

/// One connection, from its opening to its end.
async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    front: Front,
    entry: Entry,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    let activity = &entry.activity;
    let counted = activity.clone();
    let stopping = Stopping(stopped.clone());
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let answering = counted.begin();
        let of_connection = OfConnection(counted.clone());
        let (router, stopping) = (front.router.clone(), stopping.clone());
        let turn_away = front.turn_away.as_ref();
        let turned_away = turn_away.and_then(|turn_away| turn_away(&request, of_connection.requests()));
        async move {
            if let Some(answer) = turned_away {
                return Ok(answered(answer, answering));
            }
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(of_connection);
            request.extensions_mut().insert(stopping);
            request.extensions_mut().insert(peer);
            let answer = router.oneshot(request).await?;
            Ok::<_, Infallible>(answered(answer, answering))
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.idle).max_buf_size(READ_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_connection_window_size(WINDOWS.0)
        .initial_stream_window_size(WINDOWS.1)
        .max_send_buf_size(WINDOWS.1 as usize)
        .max_header_list_size(READ_BUFFER as u32)
        .keep_alive_interval(limits.idle)
        .keep_alive_timeout(limits.idle);
    let io = TokioIo::new(Watched { stream, activity: activity.clone() });
    let mut serving = pin!(builder.serve_connection(io, service));
    let (mut is_ending, mut look) = (false, Instant::now() + limits.idle);
    loop {
        tokio::select! {
            // Why it ended is its client's business.
            _ = &mut serving => return,
            _ = stopped.changed(), if !is_ending => {
                is_ending = true;
                serving.as_mut().graceful_shutdown();
            }
            () = activity.makes_way.notified() => return,
            () = sleep_until(look) => match activity.verdict(&limits) {
                (Verdict::GoOn, again) => look = Instant::now() + again,
                (Verdict::AskToEnd, _) if !is_ending => {
                    is_ending = true;
                    serving.as_mut().graceful_shutdown();
                    look = Instant::now() + limits.idle;
                }
                (Verdict::AskToEnd, _) | (Verdict::CutOff, _) => return,
            },
        }
    }
}

/// An answer that counts as one that is sent until the last of it was.
fn answered(answer: Response, answering: Answering) -> Response {
    answer.map(|body| Body::new(Answer { body, _answering: answering }))
}

/// The body of an answer; its request is at work until it is dropped.
struct Answer {
    body: Body,
    _answering: Answering,
}

impl http_body::Body for Answer {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// A stream that notes when its other side takes what is written.
struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buffer);
        self.activity.wrote(&outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        self.activity.wrote(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
