//! `make bench`: each figure of Hefu beside a baseline measured in the same run.
#![expect(unreachable_pub, reason = "nobody depends on a binary; `pub` marks what other modules use")]

/// Records consist of many small allocations; with the system's allocator an import takes a tenth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod access;
mod board;
mod desk;
mod figure;
mod findings;
mod growth;
mod identity;
mod import;
mod join;
mod load;
mod million;
mod overload;
mod place;
mod real;
mod reconcile;
mod record;
mod screens;
mod search;
mod warning;
mod write;

use figure::show;
use place::{ENGINES, Place};

/// Names of the measurements, to be followed by `sqlite` or `postgresql` for that engine alone; without any, all but `overload`, `growth`, `desk` and `screens` are taken, which takes half an hour.
const NAMES: [&str; 15] = [
    "record",
    "access",
    "write",
    "import",
    "search",
    "board",
    "join",
    "million",
    "identity",
    "reconcile",
    "findings",
    "overload",
    "growth",
    "desk",
    "screens",
];

fn main() -> anyhow::Result<()> {
    let threads = std::env::var("HEFU_BENCH_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    // The matching benchmark runs itself as a separate process, to measure its memory.
    if let [command, folder] = &asked[..]
        && command == "identity-child"
    {
        return identity::resolve(std::path::Path::new(folder));
    }
    if let [command, seed] = &asked[..]
        && command == "findings-child"
    {
        return findings::month(seed.parse()?);
    }
    // The bench of overload asks a server that is a process of its own.
    if let [command, place] = &asked[..]
        && command == "overload-server"
    {
        return overload::server(place).await;
    }
    let (engines, asked): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|name| matches!(name.as_str(), "sqlite" | "postgresql"));
    let engines = ENGINES.into_iter().filter(|engine| {
        engines.is_empty() || engines.iter().any(|name| engine.to_string().eq_ignore_ascii_case(name))
    });
    if let Some(unknown) = asked.iter().find(|name| !NAMES.contains(&name.as_str())) {
        anyhow::bail!("{unknown}: no such measurement; there are {}", NAMES.join(", "));
    }
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    for engine in engines.clone().filter(|_| wanted("record")) {
        record::run(engine).await?.iter().for_each(show);
    }
    for engine in engines.clone().filter(|_| wanted("access")) {
        access::run(engine).await?.iter().for_each(show);
    }
    for engine in engines.clone().filter(|_| wanted("write")) {
        show(&write::run(engine).await?);
    }
    for engine in engines.clone().filter(|_| wanted("import") || wanted("search")) {
        // Searches run over the imported history.
        let place = Place::new(engine).await?;
        let app = place.app().await?;
        let rows = import::history(&app).await?;
        if wanted("import") {
            import::run(engine, &place, &app, &rows).await?.iter().for_each(show);
        }
        if wanted("search") {
            search::run(engine, &app, rows.rows).await?.iter().for_each(show);
        }
        app.close().await;
        place.remove().await?;
    }
    for engine in engines.clone().filter(|_| wanted("board")) {
        show(&board::run(engine).await?);
    }
    for engine in engines.clone().filter(|_| wanted("join")) {
        join::run(engine).await?.iter().for_each(show);
    }
    if wanted("identity") {
        identity::run()?;
    }
    if wanted("reconcile") {
        reconcile::run()?;
    }
    if wanted("findings") {
        findings::run()?;
        real::run()?;
        warning::run()?;
    }
    // Only by name: they take long.
    let named = |name: &str| asked.iter().any(|asked| asked == name);
    for engine in engines.clone().filter(|_| named("overload")) {
        overload::run(engine).await?;
    }
    for engine in engines.clone().filter(|_| asked.iter().any(|asked| asked == "growth")) {
        growth::run(engine).await?;
    }
    for engine in engines.clone().filter(|_| named("desk")) {
        desk::run(engine).await?.iter().for_each(show);
    }
    for engine in engines.clone().filter(|_| named("screens")) {
        screens::run(engine).await?.iter().for_each(show);
    }
    for engine in engines.clone().filter(|_| wanted("million")) {
        let place = Place::new(engine).await?;
        let app = place.app().await?;
        million::run(engine, &place, &app).await?.iter().for_each(show);
        app.close().await;
        place.remove().await?;
    }
    Ok(())
}
