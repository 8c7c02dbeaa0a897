//! The binary and those who misuse its connections: its memory, and that it stops.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

mod common;

use std::time::{Duration, Instant};

use common::{Serving, Site, TODAY, assert_no_panic, day, make_property};
use hefu_test_kit::TestDb;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Half of the largest body there may be, and a little more: what a reader's buffer has grown to the whole for.
const HALF: usize = 1_200_000;

/// The resident memory of the server, MiB.
fn memory(serving: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_024
}

async fn sent(serving: &Serving, head: &str, body: usize) -> TcpStream {
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 1 << 16];
    let mut left = body;
    while left > 0 {
        let some = left.min(piece.len());
        // Who is refused need not take the rest.
        match tokio::time::timeout(Duration::from_secs(1), stream.write_all(&piece[..some])).await {
            Ok(Ok(())) => left -= some,
            _ => break,
        }
    }
    stream
}

async fn is_up(serving: &Serving) -> bool {
    let mut client = serving.client();
    let body = json!({ "full_name": "王芳" });
    client.send("POST", "/api/v1/guests", &[], Some(&body)).await.is_ok_and(|answer| answer.is_done())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_and_unfinished_bodies_take_little_memory() {
    let site = Site::of(TestDb::sqlite().await).await;
    let serving = site.serve();
    assert!(is_up(&serving).await);
    let before = memory(&serving);
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        let mut stream = sent(&serving, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", 0).await;
        let mut answer = [0; 4_096];
        assert!(stream.read(&mut answer).await.unwrap() > 0);
        idle.push(stream);
    }
    let connected = memory(&serving);
    drop(idle);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let head = format!(
        "POST /api/v1/guests HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        2 * HALF - 400_000
    );
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut halves = Vec::new();
        for _ in 0..20 {
            let some = (0..50).map(|_| sent(&serving, &head, HALF));
            halves.extend(futures_util::future::join_all(some).await);
        }
        seen.push(memory(&serving));
        // The desk goes on meanwhile.
        assert!(is_up(&serving).await);
        drop(halves);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(is_up(&serving).await);
    }
    eprintln!(
        "MiB: {before} before, {connected} with 1,000 connections, {seen:?} with 1,000 half bodies, twice"
    );
    assert!(connected - before < 60, "{} KiB a connection", (connected - before) * 1_024 / 1_000);
    // The allocator keeps what was given back to it: it is there for those who come next, and there is no more of it then.
    assert!(seen.iter().all(|during| during.saturating_sub(before) < 200), "{before} MiB, then {seen:?}");
    assert!(seen[1].saturating_sub(seen[0]) < 40, "{seen:?}");
    assert!(serving.stop() < Duration::from_secs(10));
    assert_no_panic(&site.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_within_ten_seconds_whatever_is_open() {
    let site = Site::of(TestDb::sqlite().await).await;
    let serving = site.serve();
    make_property(&mut serving.client(), "OLD", 300).await;
    let mut idle = serving.client();
    idle.get("/api/v1/properties").await;
    let half_head = sent(&serving, "GET / HTTP/1.1\r\nhost: loc", 0).await;
    let head = "POST /api/v1/guests HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let half_body = sent(&serving, head, 0).await;
    // A list that is asked for a hundred times, one after the other, and never read.
    let list = format!(
        "GET /api/v1/properties/OLD/availability?from={TODAY}&to={} HTTP/1.1\r\nhost: localhost\r\n\r\n",
        day(20)
    );
    let long = sent(&serving, &list.repeat(1_000), 0).await;
    let http2 = sent(&serving, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0", 0).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    let took = serving.stop();
    assert!(took < Duration::from_secs(10), "{took:?}, {:?}", began.elapsed());
    drop((half_head, half_body, long, http2));
    assert_no_panic(&site.log);
    site.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_while_the_database_does_not_answer() {
    let site = Site::of(TestDb::sqlite().await).await;
    let serving = site.serve();
    assert!(is_up(&serving).await);
    let file = site
        .hefu(&[])
        .get_envs()
        .find_map(|(name, dir)| (name == "HEFU_DATA").then(|| dir.unwrap().to_owned()));
    let other = rusqlite::Connection::open(std::path::Path::new(&file.unwrap()).join("hefu.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut client = serving.client();
    let body = json!({ "full_name": "李娜" });
    let waiting = tokio::spawn(async move { client.send("POST", "/api/v1/guests", &[], Some(&body)).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let took = tokio::task::spawn_blocking(move || serving.stop()).await.unwrap();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(waiting.await.unwrap().is_err(), "nobody can know whether it was done");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    site.verify();
}
