//! `/healthz` says when records cannot be read or written, in bounded time, on both engines.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::common::Server;
use axum::http::Method;
use hefu_store::{Location, Store, Vault};
use hefu_test_kit::TestDb;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp},
};

async fn health(s: &Server) -> (u16, Value) {
    let began = Instant::now();
    let (status, answer) = s.send(Method::GET, "/healthz", None, &[]).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    (status.as_u16(), answer)
}

fn stalled(reads: &str, writes: &str) -> (u16, Value) {
    (503, json!({ "status": "stalled", "reads": reads, "writes": writes }))
}

fn well() -> (u16, Value) {
    (200, json!({ "status": "ok", "reads": "ok", "writes": "ok" }))
}

async fn until_well(s: &Server) {
    for _ in 0..60 {
        if health(s).await == well() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("{:?}", health(s).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_stuck_behind_another_process_shows() {
    let s = Server::new(TestDb::sqlite().await).await;
    assert_eq!(health(&s).await, well());
    let Location::Embedded(dir) = s.db.location.clone() else { panic!("{:?}", s.db.location) };
    let other = rusqlite::Connection::open(dir.join("hefu.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(health(&s).await, stalled("ok", "stalled"));
    // However often it is asked, and at once from then on.
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(health(&s).await, stalled("ok", "stalled"));
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    other.execute_batch("ROLLBACK").unwrap();
    until_well(&s).await;
}

/// Passes bytes on until it is told not to: then nothing moves, and nothing is closed.
async fn pass(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, hangs: Arc<AtomicBool>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        while hangs.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
}

/// A way to the database that can be made to hang, as a machine does that has stopped: its port.
async fn way_to(database: String, hangs: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (from, to) = stream.into_split();
            let (back, on) = TcpStream::connect(&database).await.unwrap().into_split();
            tokio::spawn(pass(from, on, hangs.clone()));
            tokio::spawn(pass(back, to, hangs.clone()));
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_shows() {
    let mut db = TestDb::postgres().await;
    let Location::Postgres(url) = db.location.clone() else { panic!("{:?}", db.location) };
    let (user, rest) = url.split_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let server = if server.contains(':') { server.to_owned() } else { format!("{server}:5432") };
    let hangs = Arc::new(AtomicBool::new(false));
    let port = way_to(server, hangs.clone()).await;
    let vault = Vault::new(db.ring(), db.store.vault().rng.clone(), db.store.ids().clone());
    let by_the_way = Location::Postgres(format!("{user}@127.0.0.1:{port}/{name}"));
    db.store.close().await;
    db.store = Store::open(&by_the_way, vault).await.unwrap();
    let s = Server::new(db).await;
    assert_eq!(health(&s).await, well());
    hangs.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(health(&s).await, stalled("stalled", "stalled"));
    hangs.store(false, Ordering::SeqCst);
    until_well(&s).await;
}
