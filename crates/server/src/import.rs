//! `hefu import`: history files from the command line.

use std::{
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use hefu_app::{
    App, Context,
    import::{ImportReport, ListQuarantine, ListWaiting},
};
use hefu_domain::Language;
use hefu_exchange::{
    import::{Import, Imported, PeopleFrom, export_quarantine},
    source::{self, Doubt, Hints, Input, Map, Shown, Source},
};
use hefu_kernel::{Clock as _, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{out::out, private};

/// Arguments of `hefu import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// File to import: CSV, XLSX, XLS, an HTML table, JSON, JSON lines or a ZIP of them, also compressed (.gz); `-` for standard input.
    #[arg(required_unless_present_any = ["list_maps", "list_waiting"])]
    pub(crate) file: Option<PathBuf>,
    /// A mapping in TOML, or the name of a built-in one. Without it one is guessed and written beside the file.
    #[arg(long)]
    pub(crate) map: Option<String>,
    /// Go on with a guessed map. Without this only the map is written and the first rows are shown.
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show how each field of the first rows is derived by this map, and import nothing.
    #[arg(long, value_name = "MAP", conflicts_with_all = ["map", "yes"])]
    pub(crate) explain: Option<String>,
    /// Code of the property, instead of what the map says.
    #[arg(long)]
    pub(crate) property: Option<String>,
    /// IANA time zone of the property, instead of what the map says.
    #[arg(long)]
    pub(crate) time_zone: Option<String>,
    /// Currency of the amounts, instead of what the map says.
    #[arg(long)]
    pub(crate) currency: Option<String>,
    /// List the built-in maps.
    #[arg(long)]
    pub(crate) list_maps: bool,
    /// List the records that wait for the booking or guest they belong to.
    #[arg(long)]
    pub(crate) list_waiting: bool,
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

/// The records that wait, for `--list-waiting`.
///
/// # Errors
/// The database fails, or the output is closed.
pub(crate) async fn list_waiting(app: &App) -> anyhow::Result<()> {
    let waiting = app.ask(&Context::command_line("import"), ListWaiting { limit: LISTED }).await?;
    let mut out = out();
    for record in &waiting {
        let received = record.received_at.format("%Y-%m-%d %H:%M");
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{received}",
            record.property, record.system, record.kind, record.external_id
        )?;
    }
    writeln!(
        out,
        "{} records wait{}",
        waiting.len(),
        if waiting.len() as i64 == LISTED { ", perhaps more" } else { "" }
    )?;
    Ok(())
}

/// Waiting records that are listed.
const LISTED: i64 = 1_000;

/// An import whose file and map are there.
pub(crate) struct Prepared {
    input: Input,
    map: Map,
    args: ImportArgs,
}

/// Rows that a preview shows.
const SHOWN: usize = 10;

/// Rows of each reason that the report of the command line names.
const EXAMPLES: usize = 3;

/// The map of that name or in that file, with what the command says of the property.
fn map_of(map: &str, args: &ImportArgs) -> anyhow::Result<Map> {
    let hints = hints(args);
    let parse = |text: &str| {
        if hints == Hints::default() { Map::parse(text) } else { Map::for_property(text, &hints) }
    };
    if let Some(text) = Map::builtin_text(map) {
        // Its text holds its cause.
        return parse(text).map_err(|error| anyhow::anyhow!("the map {map}: {error}"));
    }
    let known: Vec<_> = Map::list_builtin().into_iter().map(|(name, _)| name).collect();
    let text = std::fs::read_to_string(map).with_context(|| {
        format!("{map} is neither a file nor one of the built-in maps ({})", known.join(", "))
    })?;
    parse(&text).map_err(|error| anyhow::anyhow!("the map {map}: {error}"))
}

fn hints(args: &ImportArgs) -> Hints {
    Hints {
        property: args.property.clone(),
        time_zone: args.time_zone.clone(),
        currency: args.currency.clone(),
    }
}

/// Where the map of a file is written.
fn map_beside(file: &Path) -> PathBuf {
    if file.as_os_str() == "-" {
        return PathBuf::from("standard-input.map.toml");
    }
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".map.toml");
    file.with_file_name(name)
}

impl Prepared {
    /// Looks at the file and the map before any records are opened. `None` if nothing is to be imported: then it has been shown what would be.
    ///
    /// # Errors
    /// One of them cannot be read; the text lists the built-in maps.
    pub(crate) fn of(mut args: ImportArgs) -> anyhow::Result<Option<Self>> {
        let Some(path) = args.file.take() else { bail!("a file is required") };
        let input = Input::of(&path)?;
        if let Some(map) = &args.explain {
            explain(&input, &map_of(map, &args)?)?;
            return Ok(None);
        }
        let map = match &args.map {
            Some(map) => map_of(map, &args)?,
            None => match guessed(&path, &input, &args)? {
                Some(map) => map,
                None => return Ok(None),
            },
        };
        Ok(Some(Self { input, map, args }))
    }

    /// Runs the import.
    ///
    /// # Errors
    /// File or records cannot be read or written.
    pub(crate) async fn run(self, app: App) -> anyhow::Result<()> {
        let Self { input, map, args } = self;
        let people = match args.people {
            PeopleArg::None => PeopleFrom::Nowhere,
            PeopleArg::Synthetic => PeopleFrom::Synthetic { seed: args.seed },
        };
        let bar = ProgressBar::no_length();
        bar.set_style(ProgressStyle::with_template(
            "{wide_bar} {pos}/{len} rows  {per_sec}  {eta} left  {msg}",
        )?);
        let terminal = std::io::stderr().is_terminal();
        let mut told = 0;
        let progress = |report: &ImportReport, of: u64| {
            bar.set_length(of);
            let rows = u64::try_from(report.rows).unwrap_or(0);
            bar.set_position(rows);
            bar.set_message(format!("{} quarantined", report.quarantined_total));
            if !terminal && rows >= told + 10_000 {
                told = rows;
                let _ = writeln!(std::io::stderr(), "{rows} of {of} rows, {:.0}/s", bar.per_sec());
            }
            ControlFlow::Continue(())
        };
        let (path, name) = (input.path.clone(), Some(input.name.clone()));
        let import = Import { path, name, map: map.clone(), people, batch: args.batch };
        let done = import.run(&app, Context::command_line("import"), progress).await?;
        bar.finish_and_clear();
        tell(&done.report)?;
        tell_examples(&app, &done).await?;
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
            let rows = export_quarantine(&app, context, done.run, &map, file).await?;
            writeln!(out(), "{rows} quarantined rows in {}", path.display())?;
        }
        Ok(())
    }
}

/// The guessed map, if it is to be used; else shows what it would make of the file.
fn guessed(path: &Path, input: &Input, args: &ImportArgs) -> anyhow::Result<Option<Map>> {
    let beside = map_beside(path);
    let mut out = out();
    let (text, uncertain) = if beside.exists() {
        writeln!(out, "the map {} is there already, and is used", beside.display())?;
        (
            std::fs::read_to_string(&beside).with_context(|| format!("reading {}", beside.display()))?,
            Vec::new(),
        )
    } else {
        let guess = source::guess(&input.path, &hints(args))?;
        let mut file = private::create(&beside).with_context(|| format!("writing {}", beside.display()))?;
        file.write_all(guess.text.as_bytes()).with_context(|| format!("writing {}", beside.display()))?;
        writeln!(out, "no map was given: {} was guessed from the headers and values", beside.display())?;
        (guess.text, guess.uncertain)
    };
    let map = Map::parse(&text).map_err(|error| {
        anyhow::anyhow!(
            "the map {}: {error}\nComplete it and run the command again, or give another one with --map",
            beside.display()
        )
    })?;
    preview(input, &map, &uncertain)?;
    if args.yes {
        return Ok(Some(map));
    }
    writeln!(
        out,
        "\nNothing was imported. Look at the map, then run the command again with --yes; or give another one with --map."
    )?;
    Ok(None)
}

/// A table of the first rows as they would be understood; fields that are uncertain have a question mark.
fn preview(input: &Input, map: &Map, uncertain: &[(String, Doubt)]) -> anyhow::Result<()> {
    let source = Source::open(&input.path, &map.on(today(map)))?;
    let map = source.map();
    let mut columns: Vec<&'static str> = Vec::new();
    let (mut table, mut faults) = (Vec::new(), Vec::new());
    for raw in source.rows()?.take(SHOWN) {
        let raw = raw?;
        match source::explain(map, &raw) {
            Ok(fields) => {
                for shown in &fields {
                    if !columns.contains(&shown.field) {
                        columns.push(shown.field);
                    }
                }
                table.push((raw.row, fields));
            }
            Err(rejected) => faults.push(rejected.to_string()),
        }
    }
    let mut out = out();
    let is_uncertain = |field: &str| uncertain.iter().any(|(known, _)| known == field);
    let heads: Vec<String> = columns
        .iter()
        .map(|field| format!("{field}{}", if is_uncertain(field) { " ?" } else { "" }))
        .collect();
    let cell = |fields: &[Shown], field: &str| {
        let value = fields.iter().find(|shown| shown.field == field).map_or("", |shown| shown.value.as_str());
        value.chars().take(24).collect::<String>()
    };
    let width = |at: usize, field: &str| {
        let cells = table.iter().map(|(_, fields)| wide(&cell(fields, field)));
        cells.chain(std::iter::once(wide(&heads[at]))).max().unwrap_or(0)
    };
    let widths: Vec<usize> = columns.iter().enumerate().map(|(at, field)| width(at, field)).collect();
    let line = |row: String, cells: Vec<String>| {
        let cells = cells
            .into_iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(wide(&cell)))));
        format!("{row:>4}  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    };
    writeln!(out, "\n{}", line("row".into(), heads.clone()))?;
    for (row, fields) in &table {
        writeln!(
            out,
            "{}",
            line(row.to_string(), columns.iter().map(|field| cell(fields, field)).collect())
        )?;
    }
    for fault in faults {
        writeln!(out, "would go to quarantine: {fault}")?;
    }
    for (field, why) in uncertain {
        let option = why.option().map(|option| format!("; say it with {option}")).unwrap_or_default();
        writeln!(out, "uncertain: {field}: {}{option}", why.text(Language::English))?;
    }
    writeln!(out, "{} rows in the file", source.survey().rows)?;
    Ok(())
}

/// The day in the property.
fn today(map: &Map) -> chrono::NaiveDate {
    SystemClock.now().with_timezone(&map.zone()).date_naive()
}

/// Columns of a terminal that a text takes: of a Chinese character two.
fn wide(text: &str) -> usize {
    text.chars().map(|c| if ('\u{1100}'..='\u{ffe6}').contains(&c) { 2 } else { 1 }).sum()
}

/// How each field of the first rows is derived.
fn explain(input: &Input, map: &Map) -> anyhow::Result<()> {
    let source = Source::open(&input.path, &map.on(today(map)))?;
    let mut out = out();
    for raw in source.rows()?.take(SHOWN) {
        let raw = raw?;
        writeln!(out, "row {}", raw.row)?;
        match source::explain(source.map(), &raw) {
            Ok(fields) => {
                for Shown { field, received, value } in fields {
                    let from: Vec<String> =
                        received.iter().map(|(column, text)| format!("{column} `{text}`")).collect();
                    let from = if from.is_empty() {
                        "by the map or other fields".to_owned()
                    } else {
                        from.join(" + ")
                    };
                    writeln!(out, "  {field:<18} {value:<28} from {from}")?;
                }
            }
            Err(rejected) => writeln!(out, "  goes to quarantine: {rejected}")?,
        }
    }
    Ok(())
}

/// Examples of each reason for quarantine. Details show no personal data.
async fn tell_examples(app: &App, done: &Imported) -> anyhow::Result<()> {
    if done.report.quarantined_total == 0 {
        return Ok(());
    }
    let list = ListQuarantine { id: done.run, after: 0, limit: 500 };
    let rows = app.ask(&Context::command_line("import"), list).await?;
    let mut out = out();
    for reason in done.report.quarantined.keys() {
        for row in rows.iter().filter(|row| row.reason == *reason).take(EXAMPLES) {
            writeln!(out, "  {reason}: row {}, {}: {}", row.row, row.field, row.detail)?;
        }
    }
    Ok(())
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
    if r.waiting > 0 {
        writeln!(out, "waiting        {} records for the booking or guest they belong to", r.waiting)?;
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
