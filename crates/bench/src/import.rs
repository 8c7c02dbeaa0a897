//! The history import of the real file against a raw batched insert of the same bytes: every row that the
//! import wrote, read back and written into an empty database with the same tables and indexes, by prepared
//! statements on SQLite and by COPY on PostgreSQL, twenty thousand rows to a durable transaction.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use futures_util::TryStreamExt as _;
use hefu_app::{App, Context, import::ImportReport};
use hefu_exchange::{
    import::{BATCH, Import, PeopleFrom},
    source::Map,
};
use hefu_ledger::{Grown, Tree, leaf_hash};
use hefu_store::query;
use hefu_test_app::TestApp as _;
use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};
use sqlx::{Connection as _, Row as _};

use crate::{
    figure::Figure,
    place::{Engine, Place},
};

/// Rows in a transaction of the baseline: about the rows of five hundred bookings.
const ROWS: usize = 20_000;

/// Seed of the synthetic people.
pub const SEED: u64 = 1;

/// The real file, which is not part of this repository.
pub fn file() -> anyhow::Result<PathBuf> {
    let place = std::env::var("HEFU_SHARED").unwrap_or_else(|_| "../shared".into());
    let path = PathBuf::from(place).join("data/hotel_bookings.csv.gz");
    ensure!(path.exists(), "{} is missing; HEFU_SHARED names the folder that holds data/", path.display());
    Ok(path)
}

/// The real file imported.
pub struct History {
    pub rows: i64,
    time: Duration,
    peak_memory_mb: i64,
}

/// Imports the real file.
pub async fn history(app: &App) -> anyhow::Result<History> {
    let map = Map::builtin("hotel-booking-demand").context("no such map")?;
    // The peak of this import, not of earlier measurements; where the system cannot reset it, the figure is too high.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let began = Instant::now();
    let import =
        Import { path: file()?, name: None, map, people: PeopleFrom::Synthetic { seed: SEED }, batch: BATCH };
    let done = import.run(app, Context::job("bench"), |_, _| ControlFlow::Continue(())).await?;
    ensure!(done.finished && done.report.rows > 0, "the import did not finish");
    let ImportReport { rows, peak_memory_mb, .. } = done.report;
    Ok(History { rows, time: began.elapsed(), peak_memory_mb: peak_memory_mb.unwrap_or(0) })
}

/// Measures the baseline beside the history that was imported into `place`.
pub async fn run(engine: Engine, place: &Place, app: &App, history: &History) -> anyhow::Result<Vec<Figure>> {
    let (rows, ours) = (history.rows, history.time);
    let ledger = ledger(engine, app).await?;
    let bare = Place::new(engine).await?;
    let (records, baseline) = match engine {
        Engine::Sqlite => baseline_sqlite(place, &bare)?,
        Engine::Postgres => {
            bare.app().await?.store().clone().close().await;
            baseline_postgres(place, &bare).await?
        }
    };
    bare.remove().await?;
    let import = Figure {
        what: format!("history import ({engine})"),
        ours: rows as f64 / ours.as_secs_f64(),
        baseline: rows as f64 / baseline.as_secs_f64(),
        unit: "bookings/s",
        note: format!("{rows} bookings are {records} records; peak memory {} MiB", history.peak_memory_mb),
    };
    Ok(vec![import, ledger])
}

/// Sequencing of the import's journal; the baseline is the same tree grown over the same entries in memory.
async fn ledger(engine: Engine, app: &App) -> anyhow::Result<Figure> {
    let began = Instant::now();
    let entries = app.sequence().await?;
    let ours = began.elapsed();
    let (mut tree, mut from, mut baseline) = (Tree::new(), 0, Duration::ZERO);
    loop {
        let some = query::ledger::entries(&mut app.store().read().await?, from, from + 10_000).await?;
        if some.is_empty() {
            break;
        }
        from += some.len() as i64;
        let leaves: Vec<Vec<u8>> = some.iter().map(query::ledger::leaf).collect();
        let began = Instant::now();
        let mut grown = Grown::new();
        leaves.iter().for_each(|leaf| tree.push(leaf_hash(leaf), &mut grown));
        baseline += began.elapsed();
    }
    Ok(Figure {
        what: format!("ledger ({engine})"),
        ours: entries as f64 / ours.as_secs_f64(),
        baseline: from as f64 / baseline.as_secs_f64(),
        unit: "entries/s",
        note: format!("{entries} entries placed, hashed and signed; baseline: the tree over them in memory"),
    })
}

fn baseline_sqlite(from: &Place, to: &Place) -> anyhow::Result<(usize, Duration)> {
    let (mut records, mut time) = (0, Duration::ZERO);
    for file in ["hefu.db", "keys.db"] {
        let source = Connection::open_with_flags(from.dir()?.join(file), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut target = Connection::open(to.dir()?.join(file))?;
        target.execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA cache_size = -65536;
             PRAGMA wal_autocheckpoint = 16384; PRAGMA mmap_size = 1073741824;",
        )?;
        let schema = "SELECT type, name, sql FROM sqlite_schema
            WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND tbl_name <> '_sqlx_migrations' ORDER BY rowid";
        let mut schema = source.prepare(schema)?;
        let schema = schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let schema: Vec<(String, String, String)> = schema.collect::<Result<_, _>>()?;
        for (_, _, sql) in &schema {
            target.execute_batch(sql)?;
        }
        for (_, table, _) in schema.iter().filter(|(kind, ..)| kind == "table") {
            let mut select = source.prepare(&format!("SELECT * FROM \"{table}\""))?;
            let columns = select.column_count();
            let places = vec!["?"; columns].join(", ");
            let insert = format!("INSERT INTO \"{table}\" VALUES ({places})");
            let mut rows = select.query([])?;
            loop {
                let mut some: Vec<Vec<Value>> = Vec::with_capacity(ROWS);
                while some.len() < ROWS {
                    let Some(row) = rows.next()? else { break };
                    some.push((0..columns).map(|at| row.get(at)).collect::<Result<_, _>>()?);
                }
                if some.is_empty() {
                    break;
                }
                records += some.len();
                let began = Instant::now();
                let tx = target.transaction()?;
                let mut statement = tx.prepare_cached(&insert)?;
                for row in some {
                    statement.execute(params_from_iter(row))?;
                }
                drop(statement);
                tx.commit()?;
                time += began.elapsed();
            }
        }
    }
    Ok((records, time))
}

async fn baseline_postgres(from: &Place, to: &Place) -> anyhow::Result<(usize, Duration)> {
    let (mut source, mut target) = (from.connect().await?, to.connect().await?);
    let tables = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname IN ('public', 'keys') AND c.relname NOT IN ('_sqlx_migrations', 'ledger_tree') ORDER BY c.oid";
    let tables: Vec<String> =
        sqlx::query(tables).fetch_all(&mut source).await?.iter().map(|row| row.get(0)).collect();
    let (mut records, mut time) = (0, Duration::ZERO);
    for table in tables {
        let mut rows = source.copy_out_raw(&format!("COPY {table} TO STDOUT")).await?;
        loop {
            let mut some = Vec::new();
            let mut count = 0;
            while count < ROWS {
                // The server sends one message per row.
                let Some(row) = rows.try_next().await? else { break };
                some.extend_from_slice(&row);
                count += 1;
            }
            if count == 0 {
                break;
            }
            records += count;
            let began = Instant::now();
            let mut copy = target.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
            copy.send(some).await?;
            copy.finish().await?;
            time += began.elapsed();
        }
    }
    target.close().await?;
    source.close().await?;
    Ok((records, time))
}
