//! What becomes of a server that is asked five times as much as it can answer.
//!
//! The server is a process of its own on one half of the processors, the load comes from the other half. Load is open: a request is sent when it is due,
//! whatever has become of those before, and its latency counts from then. oha does that (`-q` with `--latency-correction`): its arrivals wait in a line without
//! an end when all its connections are busy, and the wait counts. One oha for each class of requests keeps the mix what it is.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use axum::{Router, http::Method};
use hefu_http::{
    connection::{Limits, serve},
    door::Doorway,
};
use hefu_jobs::background::Background;
use hefu_kernel::{Clock as _, SystemClock};
use hefu_store::Location;
use hefu_test_app::TestApp as _;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    place::{Engine, Place},
    record::body,
};

/// Visits that are paid for, charged and shown; guests that are looked for.
const VISITS: usize = 400;
/// How many times as much as the server can answer.
const TIMES: f64 = 5.0;
/// How long each other step takes.
const STEP: Duration = Duration::from_secs(5);
/// How long it is watched afterwards.
const AFTER: Duration = Duration::from_secs(6);
/// Connections of each generator.
const CONNECTIONS: usize = 100;
/// How many ask at once when it is measured what the server can answer.
const AT_ONCE: [usize; 3] = [8, 16, 32];

/// One class of requests.
#[derive(Debug, Clone)]
struct Class {
    name: &'static str,
    /// Of a hundred requests.
    share: usize,
    method: &'static str,
    body: &'static str,
    paths: Vec<String>,
}

/// What became of the requests of a class.
#[derive(Debug, Clone, Default)]
struct Seen {
    sent: usize,
    done: usize,
    shed: usize,
    other: usize,
    /// Of those that were done, sorted, seconds.
    latencies: Vec<f64>,
}

impl Seen {
    fn percentile(&self, percent: usize) -> f64 {
        let at = self.latencies.len() * percent / 100;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// The server of the measurement, as a process of its own: `hefu-bench overload-server DIRECTORY|URL`.
pub async fn server(place: &str) -> anyhow::Result<()> {
    let location = match place.starts_with("postgres") {
        true => Location::Postgres(place.to_owned()),
        false => Location::Embedded(place.into()),
    };
    let app = Place { location }.kept_app().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let (stop, stopped) = tokio::sync::watch::channel(());
    let background = Background::start(app.clone(), Vec::new(), async move {
        let mut stopped = stopped;
        while stopped.changed().await.is_ok() {}
    })?;
    let told = async move {
        // The end of our input.
        let _ =
            tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await;
        drop(stop);
    };
    let limits = Limits::default();
    let front = hefu_http::front(app.clone(), &limits, Doorway::default(), &[]);
    serve(listener, front, &limits, told).await;
    background.ended().await;
    app.close().await;
    Ok(())
}

/// Halves of the processors, as `taskset` names them: for the server, and for who asks.
fn halves() -> (String, String) {
    let all = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let half = (all / 2).max(1);
    (format!("0-{}", half - 1), format!("{}-{}", half.min(all - 1), all - 1))
}

fn on(processors: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", processors]).arg(program);
    command
}

struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Serving {
    fn start(location: &Location) -> anyhow::Result<Self> {
        let place = match location {
            Location::Embedded(dir) => dir.display().to_string(),
            Location::Postgres(url) => url.clone(),
        };
        let mut child = on(&halves().0, &std::env::current_exe()?)
            .args(["overload-server", &place])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.as_mut().context("no output")?).read_line(&mut address)?;
        let address = address.trim().parse().context("the server did not start")?;
        Ok(Self { child, address })
    }

    fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        ensure!(self.child.wait()?.success(), "the server ended with an error");
        Ok(())
    }
}

/// A property with visits in house; answers the classes of requests about them.
async fn prepare(router: &Router) -> anyhow::Result<Vec<Class>> {
    let property = "/api/v1/properties/SH01";
    let today = SystemClock.now().date_naive();
    let leaving = today + chrono::Days::new(2);
    let put = async |path: String, value: Value| body(router, Method::PUT, &path, value).await;
    put(
        property.to_owned(),
        json!({ "name": "合符", "name_en": "Hefu", "time_zone": "UTC", "currency": "CNY", "business_date": today }),
    )
    .await?;
    put(format!("{property}/room-types/DBL"), json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 }))
        .await?;
    put(
        format!("{property}/rate-plans/BAR"),
        json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly", "tax": 600,
            "rates": [{ "room_type": "DBL", "valid_from": today, "amount": 300_00 }] }),
    )
    .await?;
    let rooms: Vec<Value> =
        (0..VISITS).map(|room| json!({ "number": format!("{room:05}"), "room_type": "DBL" })).collect();
    for rooms in rooms.chunks(200) {
        put(format!("{property}/rooms"), json!(rooms)).await?;
    }
    let people = hefu_synthetic::People::new(7);
    let (mut visits, mut names) = (Vec::new(), Vec::new());
    for room in 0..VISITS {
        let name = people.person(room as u64, None).full_name;
        let booked = body(
            router,
            Method::POST,
            "/api/v1/reservations",
            json!({ "property": "SH01",
            "guest": { "profile": { "full_name": name, "phones": [format!("139{:08}", 21_340_000 + room)] } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": today, "departure": leaving }] }),
        )
        .await?;
        let booked: Value = serde_json::from_slice(&booked)?;
        let visit =
            format!("/api/v1/visits/{}", booked["number"].as_str().unwrap_or_default().replace('-', ""));
        let room = json!({ "room": format!("{room:05}"), "accept_early": true });
        body(router, Method::POST, &format!("{visit}/check-in"), room).await?;
        visits.push(visit);
        names.push(name);
    }
    let of = |what: &str| visits.iter().map(|visit| format!("{visit}{what}")).collect::<Vec<_>>();
    let query = |name: &str| form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
    let get = |name, share, paths| Class { name, share, method: "GET", body: "", paths };
    let post = |name, share, body, paths| Class { name, share, method: "POST", body, paths };
    Ok(vec![
        post("desk", 5, r#"{"code":"CASH","amount":100}"#, of("/payments")),
        post("write", 10, r#"{"code":"MINI","amount":100}"#, of("/charges")),
        get("record", 35, of("")),
        get("search", 35, names.iter().map(|name| format!("/api/v1/search?q={}", query(name))).collect()),
        get(
            "list",
            15,
            vec![format!("/api/v1/reservations?property=SH01&from={today}&to={leaving}&limit=50")],
        ),
    ])
}

/// Asks for a class `rate` times a second.
struct Generator {
    child: Child,
    results: PathBuf,
}

fn generate(
    oha: &Path,
    dir: &Path,
    address: SocketAddr,
    class: &Class,
    rate: f64,
    time: Duration,
) -> anyhow::Result<Generator> {
    let (urls, results) = (dir.join(format!("{}.urls", class.name)), dir.join(format!("{}.db", class.name)));
    let _ = std::fs::remove_file(&results);
    let text: Vec<String> = class.paths.iter().map(|path| format!("http://{address}{path}")).collect();
    std::fs::write(&urls, text.join("\n"))?;
    let mut command = on(&halves().1, oha);
    command.args([
        "--no-tui",
        "--disable-compression",
        "--latency-correction",
        "-w",
        "--output-format",
        "quiet",
    ]);
    command.args([
        "-q",
        &format!("{rate:.3}"),
        "-z",
        &format!("{}ms", time.as_millis()),
        "-c",
        &CONNECTIONS.to_string(),
    ]);
    command.args(["-m", class.method, "--db-url"]).arg(&results);
    if !class.body.is_empty() {
        command.args(["-T", "application/json", "-d", class.body]);
    }
    command.arg("--urls-from-file").arg(&urls).stdout(Stdio::null());
    Ok(Generator {
        child: command.spawn().context("oha cannot be run; `make bench BENCH=overload` installs it")?,
        results,
    })
}

/// What all generators saw: by class, and each answer's second, latency and status.
struct Run {
    classes: BTreeMap<&'static str, Seen>,
    answers: Vec<(f64, f64, u16)>,
    time: Duration,
}

impl Run {
    /// Requests done each second.
    fn rate(&self) -> f64 {
        self.classes.values().map(|seen| seen.done).sum::<usize>() as f64 / self.time.as_secs_f64()
    }

    fn done(&self, class: &str) -> f64 {
        self.classes.get(class).map_or(0.0, |seen| seen.done as f64 / self.time.as_secs_f64())
    }
}

/// Asks for all classes in their mix, `rate` times a second in all, whatever becomes of it.
fn open_load(
    oha: &Path,
    dir: &Path,
    address: SocketAddr,
    classes: &[Class],
    rate: f64,
    time: Duration,
) -> anyhow::Result<Run> {
    let mut running = Vec::new();
    for class in classes {
        let rate = rate * class.share as f64 / 100.0;
        running.push((class.name, rate, generate(oha, dir, address, class, rate, time)?));
    }
    let mut run = Run { classes: BTreeMap::new(), answers: Vec::new(), time };
    for (name, rate, Generator { mut child, results }) in running {
        ensure!(child.wait()?.success(), "oha failed for {name}");
        let mut seen = Seen { sent: (rate * time.as_secs_f64()) as usize, ..Seen::default() };
        let db = Connection::open(&results)?;
        let mut rows = db.prepare("SELECT start_latency_correction, end, status FROM oha")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (due, end, status): (f64, f64, u16) = (row.get(0)?, row.get(1)?, row.get(2)?);
            match status {
                200..300 => {
                    seen.done += 1;
                    seen.latencies.push(end - due);
                }
                503 => seen.shed += 1,
                _ => seen.other += 1,
            }
            run.answers.push((due, end - due, status));
        }
        seen.latencies.sort_by(f64::total_cmp);
        run.classes.insert(name, seen);
    }
    Ok(run)
}

/// Asks in the mix from `at_once` connections, each again as soon as it is answered: what the server can do. Answers how many are done in a second, and
/// how many of each class were in all.
async fn closed_load(
    address: SocketAddr,
    classes: &[Class],
    at_once: usize,
) -> anyhow::Result<(f64, BTreeMap<&'static str, usize>)> {
    // A hundred requests in the mix, well shuffled: 37 and 100 have no common divisor.
    let mix: Vec<usize> = classes.iter().enumerate().flat_map(|(at, class)| vec![at; class.share]).collect();
    let total = mix.len();
    let mix: Vec<usize> = (0..total).map(|n| mix[n * 37 % total]).collect();
    let (classes, mix, next) = (Arc::new(classes.to_vec()), Arc::new(mix), Arc::new(AtomicUsize::new(0)));
    let began = Instant::now();
    let clients: Vec<_> = (0..at_once)
        .map(|_| {
            let (classes, mix, next) = (classes.clone(), mix.clone(), next.clone());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (mut done, mut buffer) = (BTreeMap::new(), Vec::new());
                while began.elapsed() < STEP {
                    let n = next.fetch_add(1, Relaxed);
                    let class = &classes[mix[n % mix.len()]];
                    let path = &class.paths[n / mix.len() * 7 % class.paths.len()];
                    let (method, body) = (class.method, class.body);
                    let request = format!(
                        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    stream.write_all(request.as_bytes()).await?;
                    if answer(&mut stream, &mut buffer).await? {
                        *done.entry(class.name).or_insert(0) += 1;
                    }
                }
                anyhow::Ok(done)
            })
        })
        .collect();
    let mut all = BTreeMap::new();
    for client in clients {
        for (class, done) in client.await?? {
            *all.entry(class).or_insert(0) += done;
        }
    }
    Ok((all.values().sum::<usize>() as f64 / began.elapsed().as_secs_f64(), all))
}

/// Reads an answer; says whether it was one of success.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<bool> {
    buffer.clear();
    let mut whole = None;
    while whole.is_none_or(|whole| buffer.len() < whole) {
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
        if whole.is_none()
            && let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            whole = Some(end + 4 + length.context("an answer without a length")?);
        }
    }
    Ok(buffer.starts_with(b"HTTP/1.1 2"))
}

/// After how long the answers are as they are unloaded: from then on, for as long as it was watched, none was turned away, and 99 of 100 took at most twice as long.
fn recovery(after: &Run, p99: f64) -> Option<f64> {
    (0..AFTER.as_millis() as usize / 100).map(|tenth| tenth as f64 / 10.0).find(|from| {
        let rest: Vec<_> = after.answers.iter().filter(|(due, ..)| due >= from).collect();
        let slow = rest.iter().filter(|(_, latency, _)| *latency > 2.0 * p99).count();
        !rest.is_empty()
            && rest.iter().all(|(.., status)| (200..300).contains(status))
            && slow * 100 <= rest.len()
    })
}

async fn payments(place: &Place) -> anyhow::Result<i64> {
    const COUNT: &str = "SELECT count(*) FROM posting WHERE code = 'CASH'";
    Ok(match &place.location {
        Location::Embedded(dir) => {
            Connection::open(dir.join("hefu.db"))?.query_row(COUNT, [], |row| row.get(0))?
        }
        Location::Postgres(_) => sqlx::query_scalar(COUNT).fetch_one(&mut place.connect().await?).await?,
    })
}

fn ms(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1_000.0)
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub async fn run(engine: Engine) -> anyhow::Result<()> {
    let oha: PathBuf = std::env::var("HEFU_BENCH_OHA")
        .context("HEFU_BENCH_OHA names no load generator; run this by `make bench BENCH=overload`")?
        .into();
    let minutes: f64 = std::env::var("HEFU_BENCH_MINUTES").map_or(Ok(1.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(minutes * 60.0);
    let place = Place::new(engine).await?;
    let app = place.kept_app().await?;
    let classes = prepare(&hefu_http::router(app.clone())).await?;
    app.close().await;
    let dir = std::env::temp_dir().join(format!("hefu-bench-overload-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let serving = Serving::start(&place.location)?;
    let address = serving.address;

    // What it can answer, and each class by itself: what one of it costs.
    let mut paid = 0;
    let mut peak = (0.0, BTreeMap::new());
    for at_once in AT_ONCE {
        let (rate, done) = closed_load(address, &classes, at_once).await?;
        paid += done.get("desk").copied().unwrap_or_default();
        println!("  {engine}: {rate:>6.0} a second by {at_once} at once");
        if rate > peak.0 {
            peak = (rate, done);
        }
    }
    let mut cost = BTreeMap::new();
    for class in &classes {
        let (rate, done) = closed_load(address, &[Class { share: 1, ..class.clone() }], AT_ONCE[1]).await?;
        paid += done.get("desk").copied().unwrap_or_default();
        cost.insert(class.name, 1.0 / rate);
    }
    let work =
        |rates: &dyn Fn(&str) -> f64| cost.iter().map(|(class, cost)| rates(class) * cost).sum::<f64>();
    let peak_work = work(&|class| peak.1.get(class).map_or(0.0, |done| *done as f64 / STEP.as_secs_f64()));

    let unloaded = open_load(&oha, &dir, address, &classes, peak.0 / 10.0, 2 * STEP)?;
    let over = open_load(&oha, &dir, address, &classes, TIMES * peak.0, time)?;
    let after = open_load(&oha, &dir, address, &classes, peak.0 / 10.0, AFTER)?;
    serving.stop()?;

    let all = |run: &Run| {
        let mut latencies: Vec<f64> =
            run.classes.values().flat_map(|seen| seen.latencies.iter().copied()).collect();
        latencies.sort_by(f64::total_cmp);
        Seen { latencies, ..Seen::default() }
    };
    let (unloaded_all, over_all) = (all(&unloaded), all(&over));
    let (p99, over_p99) = (unloaded_all.percentile(99), over_all.percentile(99));
    println!("{engine}: {TIMES} times what it can answer, for {minutes} minutes");
    println!("  capacity        {:>8.0} requests a second in the mix", peak.0);
    println!(
        "  goodput         {:>8.0} a second ({:.0} % of it); as work, each class by what it costs alone: {:.0} %",
        over.rate(),
        over.rate() / peak.0 * 100.0,
        work(&|class| over.done(class)) / peak_work * 100.0
    );
    println!(
        "  99 of 100       {:>8} of those that were let in, {} unloaded: {:.2} times",
        ms(over_p99),
        ms(p99),
        over_p99 / p99
    );
    for class in &classes {
        let (before, during) = (&unloaded.classes[class.name], &over.classes[class.name]);
        println!(
            "  {:<8} sent {:>7}  done {:>7}  turned away {:>5.1} %  failed {}  99 of 100 {:>9} ({} unloaded), 50 of 100 {:>9} ({})",
            class.name,
            during.sent,
            during.done,
            during.shed as f64 / during.sent.max(1) as f64 * 100.0,
            during.other + during.sent.saturating_sub(during.done + during.shed + during.other),
            ms(during.percentile(99)),
            ms(before.percentile(99)),
            ms(during.percentile(50)),
            ms(before.percentile(50)),
        );
    }
    match recovery(&after, p99) {
        Some(seconds) => println!("  recovered       within {seconds:.1} s"),
        None => println!("  recovered       not within {} s", AFTER.as_secs()),
    }
    // Whoever was cut off at the end of a measurement has not been told.
    let (desk, written) = (|run: &Run| run.classes["desk"].done, payments(&place).await?);
    paid += desk(&unloaded) + desk(&over) + desk(&after);
    println!("  acknowledged    {paid} payments, recorded {written}");
    ensure!(written >= paid as i64, "{} payments were acknowledged and are lost", paid as i64 - written);
    let app = place.kept_app().await?;
    app.sequence().await?;
    let verified = app.verify(None).await?;
    ensure!(verified.findings.is_empty(), "the records are not as the journal says: {:?}", verified.findings);
    app.close().await;
    std::fs::remove_dir_all(&dir)?;
    place.remove().await
}
