//! Ten times the real file, which brings more than a million guests: whether the import maintains its rate, and how
//! long searches take at a thousand a second.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use axum::{Router, routing::get};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hefu_app::{
    App, Context,
    import::ImportReport,
    people::profile::GuestInput,
    verify::{Step, Verify},
};
use hefu_crypto::OsRng;
use hefu_exchange::{
    import::{BATCH, Import, PeopleFrom},
    source::Map,
};
use hefu_kernel::Rng as _;
use hefu_synthetic::People;
use hefu_test_app::TestApp as _;
use sqlx::Executor as _;

use crate::{
    figure::Figure,
    import::{SEED, file},
    load,
    place::{Engine, Place},
    record::serve,
    search::{KEYS, Plain, guests},
};

/// How often the real file is repeated; the synthetic people are different each time.
const TIMES: usize = 10;
/// Guests searched for by each key.
const ASKED: usize = 10_000;
/// Searches per second.
const RATE: f64 = 1_000.0;
const CONNECTIONS: usize = 64;
/// Records whose guest is decided about.
const DECIDED: usize = 4_000;

/// How often other measurements repeat the file behind what they measure: as often as this one, unless `HEFU_BENCH_TIMES` says otherwise.
pub fn times() -> anyhow::Result<usize> {
    match std::env::var("HEFU_BENCH_TIMES") {
        Ok(times) => times.parse().context("HEFU_BENCH_TIMES is no number"),
        Err(_) => Ok(TIMES),
    }
}

/// Imports the file so many times over, as one history; answers how many bookings it has.
pub async fn behind(engine: Engine, place: &Place, app: &App, times: usize) -> anyhow::Result<i64> {
    if times == 0 {
        return Ok(0);
    }
    let dir = std::env::temp_dir().join(format!("hefu_bench_{:016x}", OsRng.next_u64()));
    std::fs::create_dir_all(&dir)?;
    let imported = import(app, many(&dir, times)?).await;
    std::fs::remove_dir_all(dir)?;
    let rows = imported?.rows;
    app.sequence().await?;
    app.store().vacuum_journal().await?;
    if engine == Engine::Postgres {
        place.connect().await?.execute("CHECKPOINT").await?;
    }
    app.store().warm().await?;
    Ok(rows)
}

/// The real file, so many times over.
fn many(dir: &Path, times: usize) -> anyhow::Result<PathBuf> {
    let path = dir.join("many-times.csv.gz");
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

/// Imports ten times the file and searches it.
pub async fn run(engine: Engine, place: &Place, app: &App) -> anyhow::Result<Vec<Figure>> {
    let dir = std::env::temp_dir().join(format!("hefu_bench_{:016x}", OsRng.next_u64()));
    std::fs::create_dir_all(&dir)?;
    // The file itself, into a separate database.
    let other = Place::new(engine).await?;
    let alone = other.app().await?;
    let once = import(&alone, file()?).await?;
    alone.store().clone().close().await;
    other.remove().await?;
    let imported = ten_times(engine, app, many(&dir, TIMES)?, once).await;
    std::fs::remove_dir_all(dir)?;
    let (rows, figure) = imported?;
    app.sequence().await?;
    app.store().vacuum_journal().await?;
    if engine == Engine::Postgres {
        // Otherwise the server would flush what the import left while it is searched.
        place.connect().await?.execute("CHECKPOINT").await?;
    }
    let mut figures = vec![verification(engine, app, rows, figure.ours).await?, figure];
    // As `hefu serve` does when it starts.
    app.store().warm().await?;
    figures.extend(search(engine, app, rows).await?);
    figures.push(decisions(engine, app, rows).await?);
    Ok(figures)
}

/// Recognising the guest of incoming records, one after the other, as a desk enters them: half of them are known, with another order of the name and without a
/// document; half are strangers. The baseline opens one guest by id.
async fn decisions(engine: Engine, app: &App, rows: i64) -> anyhow::Result<Figure> {
    let row = || 1 + (OsRng.next_u64() % rows.unsigned_abs()).cast_signed();
    let sample = guests(app, (0..DECIDED).map(|_| row())).await?;
    app.learn_frequencies(None).await?;
    let strangers = People::new(SEED + 1);
    let (mut times, mut baseline, mut known, mut recognised) = (Vec::new(), Vec::new(), 0_usize, 0_usize);
    for (at, guest) in sample.iter().enumerate() {
        let profile = &guest.profile;
        let input = if at % 2 == 0 {
            known += 1;
            let parts =
                [&profile.given_name, &profile.surname].map(|part| part.as_deref().unwrap_or_default());
            GuestInput {
                full_name: parts.join(" "),
                birth: profile.birth,
                phones: profile.phones.clone(),
                ..GuestInput::default()
            }
        } else {
            let person = strangers.person(at as u64, None);
            GuestInput {
                full_name: person.full_name,
                birth: Some(person.birth),
                phones: vec![person.phone],
                ..GuestInput::default()
            }
        };
        let began = Instant::now();
        let found = app.match_guest(&input).await?;
        times.push(began.elapsed());
        if at % 2 == 0 && found.first().is_some_and(|first| first.guest.id == guest.guest) {
            recognised += 1;
        }
        let began = Instant::now();
        app.guest(guest.guest).await?;
        baseline.push(began.elapsed());
    }
    let at = |times: &mut Vec<Duration>, percent: usize| {
        times.sort_unstable();
        times[times.len() * percent / 100].as_secs_f64() * 1e6
    };
    let (ours, half) = (at(&mut times, 99), at(&mut times, 50));
    Ok(Figure {
        what: format!("who an incoming record is, 99 of 100 within ({engine})"),
        ours,
        baseline: at(&mut baseline, 99),
        unit: "µs",
        note: format!(
            "median {half:.0} µs; {recognised} of {known} known guests are the first answer; guests read once before; \
             baseline: one guest opened by id"
        ),
    })
}

/// `hefu verify` over all of it. The baseline is the import of the same bookings.
async fn verification(engine: Engine, app: &App, rows: i64, imported: f64) -> anyhow::Result<Figure> {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let began = Instant::now();
    let steps = Arc::new(Mutex::new(Vec::<(Step, Duration)>::new()));
    let told = steps.clone();
    let progress = Arc::new(move |step: Step| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        // The last of a kind says when it was done.
        told.retain(|(known, _)| std::mem::discriminant(known) != std::mem::discriminant(&step));
        told.push((step, began.elapsed()));
    });
    let verified = app
        .operate(
            &Context::job("bench"),
            Verify { kept: Vec::new(), answers: None, is_restored: false, progress },
        )
        .await?;
    let seconds = began.elapsed().as_secs_f64();
    anyhow::ensure!(verified.is_clean(), "the records are not as the journal says: {:?}", verified.findings);
    let steps: Vec<String> = steps
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .map(|(step, at)| format!("{step} {:.0} s", at.as_secs_f64()))
        .collect();
    Ok(Figure {
        what: format!("verification of {TIMES} times the file ({engine})"),
        ours: rows as f64 / seconds,
        baseline: imported,
        unit: "bookings/s",
        note: format!(
            "{seconds:.0} s for {} entries and {} rows; until {}; baseline: the import",
            verified.entries,
            verified.rows,
            steps.join(", ")
        ),
    })
}

async fn import(app: &App, path: PathBuf) -> anyhow::Result<ImportReport> {
    let map = Map::builtin("hotel-booking-demand").context("no such map")?;
    let import = Import { path, name: None, map, people: PeopleFrom::Synthetic { seed: SEED }, batch: BATCH };
    Ok(import.run(app, Context::job("bench"), |_, _| ControlFlow::Continue(())).await?.report)
}

async fn ten_times(
    engine: Engine,
    app: &App,
    path: PathBuf,
    once: ImportReport,
) -> anyhow::Result<(i64, Figure)> {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let report = import(app, path).await?;
    let figure = Figure {
        what: format!("import of {TIMES} times the file ({engine})"),
        ours: report.rows_per_second,
        baseline: once.rows_per_second,
        unit: "bookings/s",
        note: format!(
            "{} bookings; baseline: the file itself; peak memory {} MiB",
            report.rows,
            report.peak_memory_mb.unwrap_or(0)
        ),
    };
    Ok((report.rows, figure))
}

async fn search(engine: Engine, app: &App, rows: i64) -> anyhow::Result<Vec<Figure>> {
    let sample = (0..ASKED * 2).map(|_| 1 + (OsRng.next_u64() % rows.unsigned_abs()).cast_signed());
    let sample = guests(app, sample).await?;
    let sample = &sample[..ASKED.min(sample.len())];
    let ours = serve(hefu_http::router(app.clone())).await?;
    let baseline = serve(Router::new().route("/", get(|| async { "bare" }))).await?;
    let mut asked: Vec<(String, Vec<String>)> = KEYS
        .iter()
        .map(|(key, name, _)| {
            (name.replace('_', " "), sample.iter().map(|guest| path(key.of(&guest.profile))).collect())
        })
        .collect();
    asked.push(("number".into(), sample.iter().filter_map(number).collect()));
    let mut figures = Vec::new();
    for (name, paths) in &asked {
        // After the first request the data is in memory, as on a server that has been up for a while. The same holds for the guests, who were read
        // above to know what to search for: both are noted beside the figure.
        load::paced(ours, &paths[..paths.len() / 10], RATE / 2.0, CONNECTIONS).await?;
        let bare = vec!["/".to_owned(); paths.len()];
        let bare = load::paced(baseline, &bare, RATE, CONNECTIONS).await?;
        let times = load::paced(ours, paths, RATE, CONNECTIONS).await?;
        let at = |times: &[Duration], percent: usize| times[times.len() * percent / 100].as_secs_f64() * 1e6;
        figures.push(Figure {
            what: format!("search by {name}, 99 of 100 within ({engine})"),
            ours: at(&times, 99),
            baseline: at(&bare, 99),
            unit: "µs",
            note: format!(
                "{RATE:.0} a second; median {:.0} µs; guests read once before, a tenth of the requests sent beforehand; \
                 baseline: a bare handler at the same pace",
                at(&times, 50)
            ),
        });
    }
    Ok(figures)
}

fn number(guest: &Plain) -> Option<String> {
    guest.number.as_deref().map(path)
}

/// The path that searches for a text.
pub fn path(text: &str) -> String {
    let mut path = "/api/v1/search?q=".to_owned();
    for byte in text.bytes() {
        let _ = write!(path, "%{byte:02X}");
    }
    path
}
