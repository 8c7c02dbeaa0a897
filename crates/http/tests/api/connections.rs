//! Connections as others misuse them, over sockets: half a head, half a body, nobody reads, too many, HTTP/2 without end.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use hefu_http::connection::{Encryption, Limits, serve_encrypted};
use hefu_kernel::FixedClock;
use hefu_test_kit::TestDb;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::rustls::{
    ServerConfig, crypto::aws_lc_rs, server::ResolvesServerCertUsingSni, version::TLS13,
};

/// Limits short enough to wait for.
fn short() -> Limits {
    Limits {
        connections: 8,
        idle: Duration::from_millis(500),
        body: Duration::from_millis(500),
        unfinished_bodies: 4,
        body_memory: 4 << 20,
        last_requests: Duration::from_secs(1),
        ..Limits::default()
    }
}

/// A server on a socket.
struct Serving {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
    _db: TestDb,
}

async fn serving(limits: Limits) -> Serving {
    serving_over(limits, None).await
}

/// A server whose connections are encrypted, as far as they get: it certifies nothing, which nobody asks for who does not begin.
async fn serving_encrypted(limits: Limits) -> Serving {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    let config = Arc::new(config);
    serving_over(limits, Some(Arc::new(move || config.clone()))).await
}

async fn serving_over(limits: Limits, encryption: Option<Encryption>) -> Serving {
    let db = TestDb::sqlite().await;
    let clock: Arc<FixedClock> = db.clock.clone();
    let app = hefu_app::open(db.store.clone(), clock, hefu_app::Options::default());
    let router = hefu_http::router_within(app, &limits);
    // Answers that no endpoint has yet: one that takes its time, and one that is larger than what sockets hold.
    let extra = Router::new()
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
        .route("/large", get(|| async { vec![b'x'; 64 << 20] }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, told) = oneshot::channel::<()>();
    let ended = tokio::spawn(async move {
        let told = async { drop(told.await) };
        serve_encrypted(listener, encryption, router.merge(extra), &limits, told).await;
    });
    Serving { address, stop, ended, _db: db }
}

impl Serving {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection on which this was sent.
    async fn sent(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

/// Everything that comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // Closed with something unread is a reset: what came before counts.
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut text)).await.unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// The head of the next answer.
async fn head(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = timeout(Duration::from_secs(20), stream.read_buf(&mut text)).await.unwrap().unwrap();
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&text));
    }
    String::from_utf8_lossy(&text).into_owned()
}

const GET: &str = "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";

fn post(length: usize, text: &str) -> String {
    format!(
        "POST /api/v1/guests HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept-language: en\r\ncontent-length: {length}\r\n\r\n{text}"
    )
}

/// The beginning of an HTTP/2 connection, with settings and nothing else.
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A GET of `path` on stream 1 with this authority: literal fields without a table.
fn http2_get(path: &str, authority: &str) -> Vec<u8> {
    // Indexed: `:method: GET` and `:scheme: http`.
    let mut block = vec![0x82, 0x86];
    for (name, value) in [(":path", path), (":authority", authority)] {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    let mut frame = vec![0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1];
    frame.extend(block);
    frame
}

/// The payload of the first HEADERS frame that comes.
async fn http2_headers(stream: &mut TcpStream) -> Vec<u8> {
    loop {
        let mut head = [0; 9];
        timeout(Duration::from_secs(20), stream.read_exact(&mut head)).await.unwrap().unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.unwrap();
        if head[3] == 1 {
            return payload;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_nothing_or_half_of_something_is_not_waited_for() {
    let s = serving(short()).await;
    for half in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM"] {
        let began = Instant::now();
        let mut stream = s.sent(half).await;
        let said = rest(&mut stream).await;
        assert!(said.is_empty() || said.contains("408"), "{half:?}: {said}");
        assert!(began.elapsed() < Duration::from_secs(3), "{half:?}: {:?}", began.elapsed());
    }
    // A head byte by byte is half a head as well.
    let mut stream = s.sent("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ").await;
    let began = Instant::now();
    while stream.write_all(b"a").await.is_ok() && began.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    // Who has been answered may ask again, and is closed after a while.
    let mut kept = s.sent(GET).await;
    assert!(head(&mut kept).await.starts_with("HTTP/1.1 200"));
    tokio::time::sleep(Duration::from_millis(200)).await;
    kept.write_all(GET.as_bytes()).await.unwrap();
    let began = Instant::now();
    assert!(rest(&mut kept).await.contains("HTTP/1.1 200"));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

/// Encryption is agreed upon before there is a request: whoever takes their time about that is not waited for either, and makes way for others.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_finish_a_handshake_is_not_waited_for() {
    let s = serving_encrypted(short()).await;
    // Nothing, the beginning of a record, of a greeting in it, and no greeting at all.
    for half in ["", "\u{16}", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", GET] {
        let began = Instant::now();
        let mut stream = s.sent(half).await;
        assert!(!rest(&mut stream).await.contains("HTTP/1.1"), "{half:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{half:?}: {:?}", began.elapsed());
    }
    let patient = serving_encrypted(Limits { idle: Duration::from_secs(60), ..short() }).await;
    let mut first = patient.connect().await;
    let mut others = Vec::new();
    for _ in 0..9 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        others.push(patient.connect().await);
    }
    let began = Instant::now();
    assert_eq!(rest(&mut first).await, "");
    assert!(began.elapsed() < Duration::from_secs(5), "the one that was silent for longest makes way");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_is_told_that_it_was_too_slow() {
    let s = serving(short()).await;
    let mut stream = s.sent(&post(1_000, "{\"full_name\": ")).await;
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("body_too_slow"), "{said}");
    // Halves of bodies are few; a whole one is read meanwhile.
    let mut slow = Vec::new();
    for _ in 0..4 {
        slow.push(s.sent(&post(1_000, "{")).await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let said = head(&mut s.sent(&post(1_000, "{")).await).await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("retry-after: 1"), "{said}");
    let body = r#"{"full_name": "王芳"}"#;
    let said = head(&mut s.sent(&post(body.len(), body)).await).await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_no_answer_is_cut_off() {
    let s = serving(short()).await;
    let mut stream = s.sent("GET /large HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.len() < 64 << 20, "{} bytes", said.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_so_many_connections_and_the_one_longest_idle_makes_way() {
    let s = serving(Limits { idle: Duration::from_secs(30), ..short() }).await;
    let mut idle = s.sent(GET).await;
    head(&mut idle).await;
    let mut others = Vec::new();
    for _ in 0..7 {
        let mut other = s.sent(GET).await;
        head(&mut other).await;
        others.push(other);
    }
    let mut one_more = s.sent(GET).await;
    assert!(head(&mut one_more).await.starts_with("HTTP/1.1 200"));
    assert!(!rest(&mut idle).await.contains("HTTP/1.1"), "the one that was idle for longest is closed");
    // Where all are at work nobody makes way.
    drop((others, one_more));
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut busy = Vec::new();
    for _ in 0..8 {
        busy.push(s.sent("GET /slow HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let said = rest(&mut s.connect().await).await;
    assert!(said.starts_with("HTTP/1.1 503") && said.contains("retry-after: 1"), "{said}");
    drop(busy);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(head(&mut s.sent(GET).await).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_stops_whatever_is_open() {
    let s = serving(Limits { idle: Duration::from_secs(30), body: Duration::from_secs(30), ..short() }).await;
    let mut idle = s.sent(GET).await;
    head(&mut idle).await;
    let half_head = s.sent("GET / HTTP/1.1\r\n").await;
    let half_body = s.sent(&post(1_000, "{")).await;
    let slow = s.sent("GET /slow HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
    let unread = s.sent("GET /large HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
    let mut stream = s.connect().await;
    stream.write_all(HTTP2).await.unwrap();
    stream.write_all(&http2_get("/slow", "127.0.0.1")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = Instant::now();
    s.stop.send(()).unwrap();
    timeout(Duration::from_secs(10), s.ended).await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    drop((half_head, half_body, slow, unread, stream));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_of_http2_is_a_host_like_any_other() {
    let s = serving(short()).await;
    for (authority, is_let_in) in
        [("127.0.0.1", true), ("[::1]:8080", true), ("hotel.example", false), ("[::1].evil", false)]
    {
        let mut stream = s.connect().await;
        stream.write_all(HTTP2).await.unwrap();
        stream.write_all(&http2_get("/", authority)).await.unwrap();
        let headers = http2_headers(&mut stream).await;
        // `:status: 200` is the eighth of HPACK's own table; 403 is none of it.
        assert_eq!(headers[0] == 0x88, is_let_in, "{authority}: {headers:?}");
        // The same by HTTP/1.1, in the header and in the address.
        for text in [
            format!("GET / HTTP/1.1\r\nhost: {authority}\r\n\r\n"),
            format!("GET http://{authority}/ HTTP/1.1\r\nhost: {authority}\r\n\r\n"),
        ] {
            let said = head(&mut s.sent(&text).await).await;
            assert_eq!(said.starts_with("HTTP/1.1 200"), is_let_in, "{text} {said}");
            assert!(
                is_let_in || said.starts_with("HTTP/1.1 403") || said.starts_with("HTTP/1.1 400"),
                "{said}"
            );
        }
    }
}
