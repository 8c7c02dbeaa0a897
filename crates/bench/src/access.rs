//! What accounts and encryption cost: a hot record with and without rights, over TLS beside in clear, and reads while fifty people a second sign in.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use hefu_http::{
    connection::{Encryption, Limits, serve_encrypted},
    door::Doorway,
};
use rustls::{ClientConfig, RootCertStore, ServerConfig, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::{
    figure::Figure,
    load::{self, As},
    place::{Engine, Place},
    record::{body, make_visit, serve},
};

const CONNECTIONS: usize = 32;
const TIME: Duration = Duration::from_secs(4);
const TURNS: u32 = 3;

/// Sign-ins a second.
const SIGN_INS: usize = 50;
/// Reads a second beside them.
const READS: f64 = 200.0;
/// For how long, seconds.
const BESIDE: usize = 10;

const PASSWORD: &str = "tide-lantern-47-orchid";

pub async fn run(engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let place = Place::new(engine).await?;
    let app = place.app().await?;
    let open = hefu_http::router(app.clone());
    let doorway = Doorway { accounts: true, ..Doorway::default() };
    let door = hefu_http::router_with(app.clone(), &Limits::default(), doorway, &[]);
    let path = make_visit(&open).await?;
    let key = make_program(&open).await?;
    let with_rights = As::with(format!("Authorization: Bearer {key}\r\n"));

    let mut figures = vec![rights(engine, &open, &door, &path, &with_rights).await?];
    if engine == Engine::Sqlite {
        figures.push(encryption(&open, &path).await?);
    }
    figures.push(sign_ins(engine, &open, &door, &path, &with_rights).await?);
    app.close().await;
    place.remove().await?;
    Ok(figures)
}

/// A program of another system that may do what a front desk may; answers its key.
async fn make_program(open: &Router) -> anyhow::Result<String> {
    let made: Value = serde_json::from_slice(
        &body(open, Method::POST, "/api/v1/api-clients", json!({ "name": "bench" })).await?,
    )?;
    let grants = format!("/api/v1/api-clients/{}/grants", made["client"]["id"].as_str().context("no id")?);
    body(open, Method::POST, &grants, json!({ "role": "front_desk", "property": "SH01" })).await?;
    Ok(made["key"].as_str().context("no key")?.to_owned())
}

/// The hot record by somebody whose rights are looked at, beside the local administrator.
async fn rights(
    engine: Engine,
    open: &Router,
    door: &Router,
    path: &str,
    with_rights: &As,
) -> anyhow::Result<Figure> {
    let (without, with) = (serve(open.clone()).await?, serve(door.clone()).await?);
    let (mut ours, mut baseline, mut p99) = (0.0, 0.0, Duration::ZERO);
    for _ in 0..TURNS {
        baseline += load::run(without, path, CONNECTIONS, TIME).await?.rate;
        let load = load::run_as(with, path, with_rights, CONNECTIONS, TIME).await?;
        ours += load.rate;
        p99 = p99.max(load.p99);
    }
    Ok(Figure {
        what: format!("hot record with rights, beside without ({engine})"),
        ours: ours / f64::from(TURNS),
        baseline: baseline / f64::from(TURNS),
        unit: "requests/s",
        note: format!("{CONNECTIONS} connections, p99 {:.1} ms", p99.as_secs_f64() * 1e3),
    })
}

/// A certificate of its own for a server on this machine, and what a client needs to believe it.
fn certificate() -> anyhow::Result<(Encryption, Arc<ClientConfig>)> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let secret = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], secret)?;
    let server = Arc::new(server);
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone())?;
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((Arc::new(move || server.clone()), Arc::new(client)))
}

async fn listen(router: Router, encryption: Option<Encryption>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        serve_encrypted(listener, encryption, router, &Limits::default(), std::future::pending()).await;
    });
    Ok(address)
}

/// The hot record over TLS 1.3, beside in clear. Client and server share the machine, so both halves of the encryption count.
async fn encryption(open: &Router, path: &str) -> anyhow::Result<Figure> {
    let (encryption, client) = certificate()?;
    let (clear, tls) = (listen(open.clone(), None).await?, listen(open.clone(), Some(encryption)).await?);
    let over_tls = As { tls: Some(client), ..As::default() };
    let (mut ours, mut baseline) = (0.0, 0.0);
    for _ in 0..TURNS {
        baseline += load::run(clear, path, CONNECTIONS, TIME).await?.rate;
        ours += load::run_as(tls, path, &over_tls, CONNECTIONS, TIME).await?.rate;
    }
    Ok(Figure {
        what: "hot record over TLS 1.3, beside in clear".to_owned(),
        ours: ours / f64::from(TURNS),
        baseline: baseline / f64::from(TURNS),
        unit: "requests/s",
        note: format!("{CONNECTIONS} connections, kept open; the client encrypts on the same machine"),
    })
}

/// Signs in as one of several, again and again; answers how many came in.
async fn signing_in(door: Router, first: Instant) -> anyhow::Result<usize> {
    let mut tasks = Vec::new();
    for at in 0..SIGN_INS * BESIDE {
        let due = first + Duration::from_secs_f64(at as f64 / SIGN_INS as f64);
        let door = door.clone();
        tasks.push(tokio::spawn(async move {
            tokio::time::sleep_until(due.into()).await;
            let login = json!({ "login": format!("desk{}", at % SIGN_INS), "password": PASSWORD });
            let request = Request::post("/api/v1/session")
                .header(header::HOST, "localhost")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(login.to_string()))?;
            anyhow::Ok(door.oneshot(request).await?.status().is_success())
        }));
    }
    let mut done = 0;
    for task in tasks {
        done += usize::from(task.await??);
    }
    Ok(done)
}

/// How long the slowest of a hundred reads takes while fifty people a second sign in, beside while nobody does.
async fn sign_ins(
    engine: Engine,
    open: &Router,
    door: &Router,
    path: &str,
    with_rights: &As,
) -> anyhow::Result<Figure> {
    for at in 0..SIGN_INS {
        let account = json!({ "login": format!("desk{at}"), "name": "Desk", "password": PASSWORD });
        body(open, Method::POST, "/api/v1/accounts", account).await?;
    }
    let address = serve(door.clone()).await?;
    let paths = vec![path.to_owned(); READS as usize * BESIDE];
    let p99 = |latencies: &[Duration]| latencies[latencies.len() * 99 / 100];
    let alone = load::paced_as(address, &paths, with_rights, READS, CONNECTIONS).await?;
    let began = Instant::now();
    let (beside, done) = tokio::join!(
        load::paced_as(address, &paths, with_rights, READS, CONNECTIONS),
        signing_in(door.clone(), began)
    );
    let (beside, done) = (beside?, done?);
    let took = began.elapsed().as_secs_f64();
    ensure!(done > 0, "nobody could sign in");
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    Ok(Figure {
        what: format!("p99 of reads beside sign-ins ({engine})"),
        ours: micros(p99(&beside)),
        baseline: micros(p99(&alone)),
        unit: "µs",
        note: format!(
            "{READS} reads/s; {done} of {} sign-ins came in, {:.0} a second",
            SIGN_INS * BESIDE,
            done as f64 / took
        ),
    })
}
