//! A load generator: keep-alive connections over loopback, each sending its next request as soon as it is answered.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use hefu_crypto::OsRng;
use hefu_kernel::{Rng as _, SeededRng};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// As whom it is asked, and how.
#[derive(Clone, Default)]
pub struct As {
    /// More lines of the head, each with its end.
    pub headers: String,
    /// How the connection is encrypted; none: not at all.
    pub tls: Option<Arc<ClientConfig>>,
}

impl As {
    pub fn with(headers: String) -> Self {
        Self { headers, tls: None }
    }
}

/// The results of a load run.
pub struct Load {
    /// Answers per second.
    pub rate: f64,
    /// The 99th percentile of latency.
    pub p99: Duration,
}

/// Requests `path` over `connections` connections for `time`. Every answer must be 200.
pub async fn run(
    address: SocketAddr,
    path: &str,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Load> {
    run_as(address, path, &As::default(), connections, time).await
}

/// The same as somebody.
pub async fn run_as(
    address: SocketAddr,
    path: &str,
    who: &As,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Load> {
    let request = request(path, who);
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(connection(address, request.clone(), who.clone(), began + time)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    let elapsed = began.elapsed();
    latencies.sort_unstable();
    ensure!(!latencies.is_empty(), "no answer came");
    Ok(Load {
        rate: latencies.len() as f64 / elapsed.as_secs_f64(),
        p99: latencies[latencies.len() * 99 / 100],
    })
}

/// The results of a run of mixed requests.
pub struct Mixed {
    /// Answers per second, of all kinds, without those that were turned away.
    pub rate: f64,
    /// How long answers took, by kind.
    pub latencies: Vec<Vec<Duration>>,
    /// How many were turned away because too much was asked at once.
    pub refused: usize,
}

/// Sends what `next` says over `connections` connections for `time`, each as soon as the one before is answered. `next` is given a random number and answers a
/// kind, below `kinds`, and a whole request. An answer is a success, or turned away.
pub async fn mixed<F>(
    address: SocketAddr,
    kinds: usize,
    connections: usize,
    time: Duration,
    next: Arc<F>,
) -> anyhow::Result<Mixed>
where
    F: Fn(u64) -> (usize, String) + Send + Sync + 'static,
{
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let next = next.clone();
            let random = SeededRng::new(OsRng.next_u64());
            tokio::spawn(async move {
                let mut client = Client::connect(address, &As::default()).await?;
                let (mut latencies, mut refused) = (vec![Vec::new(); kinds], 0);
                while began.elapsed() < time {
                    let (kind, request) = next(random.next_u64());
                    let asked = Instant::now();
                    match client.ask_any(&request).await? {
                        200..300 => latencies[kind].push(asked.elapsed()),
                        503 => refused += 1,
                        status => {
                            let first = request.lines().next().unwrap_or_default();
                            anyhow::bail!("{first} answered {status}")
                        }
                    }
                }
                anyhow::Ok((latencies, refused))
            })
        })
        .collect();
    let mut all = Mixed { rate: 0.0, latencies: vec![Vec::new(); kinds], refused: 0 };
    for task in tasks {
        let (latencies, refused) = task.await??;
        all.refused += refused;
        for (all, some) in all.latencies.iter_mut().zip(latencies) {
            all.extend(some);
        }
    }
    let answers: usize = all.latencies.iter().map(Vec::len).sum();
    all.rate = answers as f64 / began.elapsed().as_secs_f64();
    Ok(all)
}

/// Requests `paths`, at this rate per second, over `connections` connections. Latency counts from the moment a
/// request was due, so one that waits behind a slow one counts as slow as well. Returns them in order.
pub async fn paced(
    address: SocketAddr,
    paths: &[String],
    rate: f64,
    connections: usize,
) -> anyhow::Result<Vec<Duration>> {
    paced_as(address, paths, &As::default(), rate, connections).await
}

/// The same as somebody.
pub async fn paced_as(
    address: SocketAddr,
    paths: &[String],
    who: &As,
    rate: f64,
    connections: usize,
) -> anyhow::Result<Vec<Duration>> {
    let began = Instant::now() + Duration::from_millis(50);
    let tasks: Vec<_> = (0..connections)
        .map(|first| {
            let due = |at: usize| began + Duration::from_secs_f64(at as f64 / rate);
            let mine = paths.iter().enumerate().skip(first).step_by(connections);
            let mine: Vec<(Instant, String)> = mine.map(|(at, path)| (due(at), path.clone())).collect();
            let who = who.clone();
            tokio::spawn(async move {
                let mut client = Client::connect(address, &who).await?;
                let mut latencies = Vec::with_capacity(mine.len());
                for (due, path) in mine {
                    tokio::time::sleep_until(due.into()).await;
                    client.ask(&request(&path, &who)).await?;
                    latencies.push(due.elapsed());
                }
                anyhow::Ok(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::with_capacity(paths.len());
    for task in tasks {
        latencies.extend(task.await??);
    }
    latencies.sort_unstable();
    ensure!(!latencies.is_empty(), "nothing was asked");
    Ok(latencies)
}

fn request(path: &str, who: &As) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", who.headers)
}

async fn connection(
    address: SocketAddr,
    request: String,
    who: As,
    until: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut client = Client::connect(address, &who).await?;
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let asked = Instant::now();
        client.ask(&request).await?;
        latencies.push(asked.elapsed());
    }
    Ok(latencies)
}

/// A connection, in clear or not.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// One keep-alive connection.
struct Client {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr, who: &As) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &who.tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = ServerName::try_from("localhost")?;
                Box::new(TlsConnector::from(tls.clone()).connect(name, stream).await?)
            }
        };
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Sends a request and reads the whole answer, which must be 200.
    async fn ask(&mut self, request: &str) -> anyhow::Result<()> {
        let status = self.ask_any(request).await?;
        ensure!(status == 200, "answered {status}");
        Ok(())
    }

    /// Sends a request and reads the whole answer; answers its status.
    async fn ask_any(&mut self, request: &str) -> anyhow::Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
            if let Some((status, length)) = answer(&self.buffer)?
                && self.buffer.len() >= length
            {
                return Ok(status);
            }
        }
    }
}

/// Status, and length of head and body, once the head is complete.
fn answer(buffer: &[u8]) -> anyhow::Result<Option<(u16, usize)>> {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&buffer[..end])?;
    let status: u16 =
        head.get(9..12).and_then(|text| text.parse().ok()).context("an answer without status")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    Ok(Some((status, end + 4 + length.context("an answer without Content-Length")?)))
}
