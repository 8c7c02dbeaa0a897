//! A load generator: keep-alive connections over loopback, each asking again as soon as it is answered.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What a run of the load generator saw.
pub struct Load {
    /// Answers a second.
    pub rate: f64,
    /// The latency that 99 of 100 stayed below.
    pub p99: Duration,
}

/// Asks for `path` over `connections` connections for `time`. Every answer must be 200.
pub async fn run(
    address: SocketAddr,
    path: &str,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Load> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let began = Instant::now();
    let tasks: Vec<_> =
        (0..connections).map(|_| tokio::spawn(connection(address, request.clone(), began + time))).collect();
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

async fn connection(address: SocketAddr, request: String, until: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut buffer, mut latencies) = (Vec::with_capacity(1 << 16), Vec::new());
    while Instant::now() < until {
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        buffer.clear();
        let mut whole = None;
        while whole.is_none_or(|whole| buffer.len() < whole) {
            ensure!(stream.read_buf(&mut buffer).await? > 0, "the server closed the connection");
            if whole.is_none() {
                whole = answer_length(&buffer)?;
            }
        }
        latencies.push(asked.elapsed());
    }
    Ok(latencies)
}

/// Length of head and body, once the head is there.
fn answer_length(buffer: &[u8]) -> anyhow::Result<Option<usize>> {
    let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&buffer[..end])?;
    ensure!(head.starts_with("HTTP/1.1 200"), "answered {}", head.lines().next().unwrap_or_default());
    let length: usize = head
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
        })
        .context("an answer without Content-Length")?;
    Ok(Some(end + 4 + length))
}
