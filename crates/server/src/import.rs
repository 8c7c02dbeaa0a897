//! `hefu import`: history files from the command line.

use std::{
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::PathBuf,
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use hefu_app::{App, Context, import::ImportReport};
use hefu_exchange::{
    import::{Import, PeopleFrom, export_quarantine},
    source::{self, Map},
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{out::out, private};

/// Arguments of `hefu import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// File to import: CSV, XLSX or JSON lines; CSV and JSON lines also compressed (.gz).
    #[arg(required_unless_present = "list_maps")]
    pub(crate) file: Option<PathBuf>,
    /// A mapping in TOML, or the name of a built-in one.
    #[arg(long, required_unless_present = "list_maps")]
    pub(crate) map: Option<String>,
    /// List the built-in maps.
    #[arg(long)]
    pub(crate) list_maps: bool,
    /// Guests for rows without people.
    #[arg(long, value_enum, default_value = "none")]
    pub(crate) people: PeopleArg,
    /// Seed for the synthetic people.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Writes the report here as JSON.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
    /// Writes the quarantined rows here as CSV, to be corrected and imported again.
    #[arg(long)]
    pub(crate) export_quarantine: Option<PathBuf>,
    /// Rows in one unit of work.
    #[arg(long, default_value_t = hefu_exchange::import::BATCH)]
    pub(crate) batch: usize,
}

/// Where missing guests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PeopleArg {
    /// One anonymous guest per property.
    None,
    /// Generated, fictitious people.
    Synthetic,
}

/// The built-in maps, for `--list-maps`; needs no records.
///
/// # Errors
/// The output is closed.
pub(crate) fn list_maps() -> anyhow::Result<()> {
    let mut out = out();
    for (name, description) in Map::list_builtin() {
        writeln!(out, "{name}\t{description}")?;
    }
    Ok(())
}

/// An import whose file and map are there.
pub(crate) struct Prepared {
    path: PathBuf,
    map: Map,
    args: ImportArgs,
}

impl Prepared {
    /// Looks at the file and the map before any records are opened.
    ///
    /// # Errors
    /// One of them cannot be read; the text lists the built-in maps.
    pub(crate) fn of(mut args: ImportArgs) -> anyhow::Result<Self> {
        let (Some(path), Some(map)) = (args.file.take(), args.map.take()) else {
            bail!("a file and a map are required")
        };
        std::fs::File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let map = match Map::builtin(&map) {
            Some(map) => map,
            None => {
                let known: Vec<_> = Map::list_builtin().into_iter().map(|(name, _)| name).collect();
                let text = std::fs::read_to_string(&map).with_context(|| {
                    format!("{map} is neither a file nor one of the built-in maps ({})", known.join(", "))
                })?;
                // Its text holds its cause.
                Map::parse(&text).map_err(|error| anyhow::anyhow!("the map {map}: {error}"))?
            }
        };
        Ok(Self { path, map, args })
    }

    /// Runs the import.
    ///
    /// # Errors
    /// File or records cannot be read or written.
    pub(crate) async fn run(self, app: App) -> anyhow::Result<()> {
        let Self { path, map, args } = self;
        let people = match args.people {
            PeopleArg::None => PeopleFrom::Nowhere,
            PeopleArg::Synthetic => PeopleFrom::Synthetic { seed: args.seed },
        };
        let total = source::total_rows_hint(&path);
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        bar.set_style(ProgressStyle::with_template(
            "{wide_bar} {pos}/{len} rows  {per_sec}  {eta} left  {msg}",
        )?);
        let terminal = std::io::stderr().is_terminal();
        let mut told = 0;
        let mut first = true;
        let progress = |report: &ImportReport| {
            let rows = u64::try_from(report.rows).unwrap_or(0);
            bar.set_position(rows);
            // Rows that an earlier invocation did say nothing of how quick this one is.
            if std::mem::take(&mut first) {
                bar.reset_eta();
            }
            bar.set_message(format!("{} quarantined", report.quarantined_total));
            if !terminal && rows >= told + 10_000 {
                told = rows;
                let rate = bar.per_sec();
                let _ =
                    writeln!(std::io::stderr(), "{rows} rows, {rate:.0}/s, {} s left", bar.eta().as_secs());
            }
            ControlFlow::Continue(())
        };
        let import = Import { path, map, people, batch: args.batch };
        let done = import.run(&app, Context::command_line("import"), progress).await?;
        bar.finish_and_clear();
        tell(&done.report)?;
        if let Some(path) = args.report {
            let mut file = private::create(&path).with_context(|| format!("writing {}", path.display()))?;
            file.write_all(&serde_json::to_vec_pretty(&done.report)?)
                .with_context(|| format!("writing {}", path.display()))?;
        }
        if let Some(path) = args.export_quarantine {
            let file = private::create(&path).with_context(|| format!("writing {}", path.display()))?;
            // It shows what was received, so it needs a reason.
            let reason = Some("rows to be corrected".to_owned());
            let context = Context { reason, ..Context::command_line("import") };
            let rows = export_quarantine(&app, context, done.run, file).await?;
            writeln!(out(), "{rows} quarantined rows in {}", path.display())?;
        }
        Ok(())
    }
}

fn tell(r: &ImportReport) -> anyhow::Result<()> {
    let mut out = out();
    writeln!(out, "rows           {}", r.rows)?;
    writeln!(out, "imported       {}", r.imported)?;
    writeln!(out, "already there  {}", r.already_there)?;
    writeln!(out, "updated        {}", r.updated)?;
    writeln!(out, "differs        {}", r.differs)?;
    writeln!(out, "quarantined    {}", r.quarantined_total)?;
    for (status, rows) in &r.by_status {
        writeln!(out, "  {status}: {rows}")?;
    }
    let currency = r.currency.as_deref().unwrap_or("");
    writeln!(out, "room nights    {} (imported {})", r.room_nights, r.imported_room_nights)?;
    writeln!(out, "room revenue   {} {currency} (imported {})", r.room_revenue, r.imported_room_revenue)?;
    for e in &r.explained {
        let t = &e.tally;
        writeln!(
            out,
            "  {} {}: {} rows, {} room nights, {} minor units",
            e.kind, e.reason, t.rows, t.room_nights, t.room_revenue_minor
        )?;
    }
    if r.records_replaced + r.questions > 0 {
        writeln!(
            out,
            "guests         {} records replaced, {} pairs left to a person",
            r.records_replaced, r.questions
        )?;
    }
    writeln!(out, "{} s, {} rows/s", r.seconds, r.rows_per_second)?;
    if let Some(peak) = r.peak_memory_mb {
        writeln!(out, "peak memory    {peak} MiB")?;
    }
    Ok(())
}
