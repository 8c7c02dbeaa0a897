//! Whether the cost of an import grows with what is there: the real file again and again into one database, each time with other people, and what
//! the last copy of each step took and weighs. While the last step runs, names are searched for and Today's board is read beside it.
//!
//! `HEFU_BENCH_GROWTH` gives the steps in files, `1,10,40` unless it is set; a short run is `1,2`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use axum::{Router, http::Method};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hefu_app::{App, Context, import::ImportReport, search::SearchQuery};
use hefu_crypto::OsRng;
use hefu_exchange::{
    import::{BATCH, Import, PeopleFrom},
    source::Map,
};
use hefu_kernel::Rng as _;
use hefu_synthetic::People;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use sqlx::Row as _;

use crate::{
    figure::say,
    import::{SEED, file},
    place::{Engine, Place},
    record::body,
};

/// How often somebody at a desk asks for something.
const EVERY: Duration = Duration::from_millis(200);

/// The board that is read.
const BOARD: &str = "/api/v1/properties/CITY/today";

/// Sizes of the database in files.
fn steps() -> anyhow::Result<Vec<usize>> {
    let text = std::env::var("HEFU_BENCH_GROWTH").unwrap_or_else(|_| "1,10,40".into());
    let steps: Vec<usize> = text
        .split(',')
        .map(|step| step.trim().parse().context("HEFU_BENCH_GROWTH is numbers with commas between"))
        .collect::<anyhow::Result<_>>()?;
    ensure!(
        steps.first().is_some_and(|first| *first > 0) && steps.is_sorted_by(|a, b| a < b),
        "HEFU_BENCH_GROWTH grows"
    );
    Ok(steps)
}

/// The real file so many times over.
fn copies(dir: &Path, times: usize) -> anyhow::Result<PathBuf> {
    let path = dir.join(format!("{times}-times.csv.gz"));
    let mut out = GzEncoder::new(BufWriter::new(File::create(&path)?), Compression::fast());
    for time in 0..times {
        let rows = BufReader::new(GzDecoder::new(File::open(file()?)?));
        for line in rows.split(b'\n').skip(usize::from(time > 0)) {
            out.write_all(&line?)?;
            out.write_all(b"\n")?;
        }
    }
    out.finish()?.flush()?;
    Ok(path)
}

/// Processor time in hundredths of a second: of this process, and of the whole machine, which a database server of its own is part of.
#[derive(Debug, Clone, Copy, Default)]
struct Ticks {
    own: u64,
    machine: u64,
}

impl Ticks {
    /// Until now; nothing where the system does not tell.
    fn now() -> Self {
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or_default();
        let mut fields = after.split_whitespace().skip(11);
        let own = number(fields.next()) + number(fields.next());
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let times: Vec<u64> = stat
            .lines()
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(1)
            .map(|text| number(Some(text)))
            .collect();
        // User, nice, system; idle and waiting stand behind them; interrupts after those.
        let busy = times.iter().take(3).chain(times.iter().skip(5).take(2)).sum();
        Self { own, machine: busy }
    }
}

/// What was done until a moment.
#[derive(Debug, Clone, Copy)]
struct Mark {
    rows: i64,
    at: Instant,
    ticks: Ticks,
}

/// What the last copy of a step took.
struct Cost {
    rows: i64,
    wall: Duration,
    own: f64,
    machine: f64,
}

impl Cost {
    /// Between the mark that is a copy before the last one, and that.
    fn of(marks: &[Mark], copy: i64) -> Option<Self> {
        let last = marks.last()?;
        let first = marks.iter().rev().find(|mark| mark.rows <= last.rows - copy).or(marks.first())?;
        let hundredths = |ticks: u64| ticks as f64 * 10.0;
        Some(Self {
            rows: last.rows - first.rows,
            wall: last.at - first.at,
            own: hundredths(last.ticks.own.saturating_sub(first.ticks.own)),
            machine: hundredths(last.ticks.machine.saturating_sub(first.ticks.machine)),
        })
    }
}

/// Measures an engine.
pub async fn run(engine: Engine) -> anyhow::Result<()> {
    let steps = steps()?;
    let dir = std::env::temp_dir().join(format!("hefu_bench_{:016x}", OsRng.next_u64()));
    std::fs::create_dir_all(&dir)?;
    let place = Place::new(engine).await?;
    let measured = measure(engine, &steps, &dir, &place).await;
    std::fs::remove_dir_all(dir)?;
    place.remove().await?;
    measured
}

async fn measure(engine: Engine, steps: &[usize], dir: &Path, place: &Place) -> anyhow::Result<()> {
    let app = place.app().await?;
    let router = hefu_http::router(app.clone());
    let (mut there, mut copy, mut first) = (0, 0, None);
    let mut before: Option<BTreeMap<String, u64>> = None;
    for (number, step) in steps.iter().enumerate() {
        let is_last = number + 1 == steps.len() && number > 0;
        let path = copies(dir, step - there)?;
        let beside = is_last.then(|| Beside::begin(&app, &router));
        let (report, marks) = import(&app, &path, number).await?;
        let busy = match beside {
            Some(beside) => Some(beside.end().await?),
            None => None,
        };
        std::fs::remove_file(path)?;
        if copy == 0 {
            copy = report.rows / *step as i64;
        }
        there = *step;
        let cost = Cost::of(&marks, copy).context("nothing was imported")?;
        let per = |value: f64| value / cost.rows.max(1) as f64;
        let (wall, own, machine) = (per(cost.wall.as_secs_f64() * 1e3), per(cost.own), per(cost.machine));
        let (first_own, first_machine) = *first.get_or_insert((own, machine));
        let sizes = sizes(engine, place).await?;
        let bookings = (copy * *step as i64).max(1) as f64;
        let total: u64 = sizes.values().sum();
        say(&format!(
            "growth ({engine}), {step} times the file: the last {} bookings took {wall:.3} ms each, {own:.3} ms of processor here ({:.2} times the first), \
             {machine:.3} ms on the machine ({:.2} times); {:.0} bytes a booking",
            cost.rows,
            own / first_own.max(f64::MIN_POSITIVE),
            machine / first_machine.max(f64::MIN_POSITIVE),
            total as f64 / bookings,
        ));
        for (part, bytes) in &sizes {
            let grown =
                before.as_ref().map(|before| bytes.saturating_sub(before.get(part).copied().unwrap_or(0)));
            let grown =
                grown.map_or_else(String::new, |grown| format!(", {grown} more than at the step before"));
            say(&format!("    {part:<10} {:>8.0} bytes a booking{grown}", *bytes as f64 / bookings));
        }
        before = Some(sizes);
        if let Some(busy) = busy {
            let calm = Beside::begin(&app, &router);
            tokio::time::sleep(Duration::from_secs(10)).await;
            let calm = calm.end().await?;
            for ((what, busy), (_, calm)) in busy.iter().zip(&calm) {
                say(&format!(
                    "    {what} beside the import: half within {:.1} ms, 99 of 100 within {:.1} ms, the longest {:.1} ms ({} asked); afterwards {:.1}, {:.1}, {:.1} ms",
                    busy.at(50),
                    busy.at(99),
                    busy.at(100),
                    busy.0.len(),
                    calm.at(50),
                    calm.at(99),
                    calm.at(100),
                ));
            }
        }
    }
    app.close().await;
    Ok(())
}

async fn import(app: &App, path: &Path, number: usize) -> anyhow::Result<(ImportReport, Vec<Mark>)> {
    let text = Map::builtin_text("hotel-booking-demand").context("no such map")?;
    // Of another source, so that nothing is there already.
    let text = text.replace("name = \"hotel-booking-demand\"", &format!("name = \"growth-{number}\""));
    let map = Map::parse(&text)?;
    let people = PeopleFrom::Synthetic { seed: SEED + number as u64 };
    let import = Import { path: path.to_owned(), name: None, map, people, batch: BATCH };
    let mut marks = vec![Mark { rows: 0, at: Instant::now(), ticks: Ticks::now() }];
    let done = import
        .run(app, Context::job("bench"), |report, _| {
            marks.push(Mark { rows: report.rows, at: Instant::now(), ticks: Ticks::now() });
            ControlFlow::Continue(())
        })
        .await?;
    ensure!(done.finished && done.report.imported > 0, "the import did not finish");
    // Sorting in what is left belongs to it.
    marks.push(Mark { rows: done.report.rows, at: Instant::now(), ticks: Ticks::now() });
    Ok((done.report, marks))
}

/// Bytes of the database by what they are for.
async fn sizes(engine: Engine, place: &Place) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    let mut add = |name: &str, is_index: bool, bytes: u64| {
        let part = if name.starts_with("journal") || name.starts_with("ledger") {
            "journal"
        } else if name.starts_with("token") || name.contains("autoindex_token") {
            "tokens"
        } else if name.starts_with("data_key") {
            "keys"
        } else if is_index {
            "indexes"
        } else {
            "rows"
        };
        *sizes.entry(part.to_owned()).or_default() += bytes;
    };
    match engine {
        Engine::Sqlite => {
            for file in ["hefu.db", "keys.db"] {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
                let db = Connection::open_with_flags(place.dir()?.join(file), flags)?;
                let mut parts = db.prepare(
                    "SELECT d.name, s.type = 'index', d.pgsize FROM dbstat d JOIN sqlite_schema s ON s.name = d.name WHERE d.aggregate = TRUE",
                )?;
                let mut rows = parts.query([])?;
                while let Some(row) = rows.next()? {
                    let (name, is_index, bytes): (String, bool, i64) =
                        (row.get(0)?, row.get(1)?, row.get(2)?);
                    add(&name, is_index, bytes.unsigned_abs());
                }
            }
        }
        Engine::Postgres => {
            let mut connection = place.connect().await?;
            let parts = "SELECT c.relname::text, c.relkind = 'i' OR c.relkind = 'I', coalesce(t.relname, c.relname)::text,
                    pg_relation_size(c.oid) + CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_total_relation_size(c.reltoastrelid) END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = i.indrelid
                WHERE n.nspname IN ('public', 'keys') AND c.relkind IN ('r', 'i')";
            for row in sqlx::query(parts).fetch_all(&mut connection).await? {
                let (is_index, table, bytes): (bool, String, i64) = (row.get(1), row.get(2), row.get(3));
                add(&table, is_index, bytes.unsigned_abs());
            }
        }
    }
    Ok(sizes)
}

/// How long something took, each time, sorted.
struct Times(Vec<Duration>);

impl Times {
    /// Within how many milliseconds so many of a hundred were answered.
    fn at(&self, percent: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((self.0.len() * percent / 100).min(last)).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

/// Somebody at a desk.
struct Beside {
    stop: Arc<AtomicBool>,
    asking: tokio::task::JoinHandle<anyhow::Result<[(&'static str, Times); 2]>>,
}

impl Beside {
    fn begin(app: &App, router: &Router) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (app, router, told) = (app.clone(), router.clone(), stop.clone());
        let asking = tokio::spawn(async move {
            let people = People::new(SEED);
            let (mut searches, mut boards) = (Vec::new(), Vec::new());
            let mut index = 0;
            while !told.load(Relaxed) {
                let q = people.person(index, None).full_name;
                index += 1;
                let began = Instant::now();
                let search = SearchQuery { q, limit: 20, ..SearchQuery::default() };
                app.ask(&Context::job("bench"), search).await?;
                searches.push(began.elapsed());
                let began = Instant::now();
                body(&router, Method::GET, BOARD, Value::Null).await?;
                boards.push(began.elapsed());
                tokio::time::sleep(EVERY).await;
            }
            searches.sort_unstable();
            boards.sort_unstable();
            Ok([("name searches", Times(searches)), ("the Today board", Times(boards))])
        });
        Self { stop, asking }
    }

    async fn end(self) -> anyhow::Result<[(&'static str, Times); 2]> {
        self.stop.store(true, Relaxed);
        self.asking.await?
    }
}
