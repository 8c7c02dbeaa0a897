//! `hefu identity`: who is one person, among the guests of the records or in a file of people without any database.

use std::{io::Write, path::PathBuf, time::Instant};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use hefu_app::{
    App, Context,
    people::batch::{IdentityReport, Progress, ReportIdentity, ResolveGuests, Stage, TrainModel},
};
use hefu_resolve::{Error, Map, Model, Report};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{checkpoint, config::Config, open, out::out};

/// Subcommands of `hefu identity`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Merge guests who are the same person; with --input, find them in a CSV file instead
    Resolve(ResolveArgs),
    /// Learn a model from the guests, or from a CSV file, without labels
    Train(TrainArgs),
    /// Report the number of guests, records and open questions, and the quality of the merges
    Report(ReportArgs),
}

/// Arguments of `hefu identity resolve`.
#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// People as CSV with a header; without it, the guests of the records.
    #[arg(long, requires = "map", requires = "output")]
    input: Option<PathBuf>,
    /// Mapping of the columns (TOML); see docs/identity.md.
    #[arg(long, requires = "input")]
    map: Option<PathBuf>,
    /// Writes `id,cluster` here: records with the same cluster belong to the same person.
    #[arg(long, requires = "input")]
    output: Option<PathBuf>,
    /// Writes every scored pair here, with its probability and explanation.
    #[arg(long, requires = "input")]
    pairs: Option<PathBuf>,
    /// A model from `hefu identity train`; without one it is learnt from the input.
    #[arg(long)]
    model: Option<PathBuf>,
    /// The share of the linked pairs that are to be right, as far as it can be estimated; of a model that is given, its own
    /// thresholds are used.
    #[arg(long, default_value_t = 0.99, value_parser = share)]
    precision: f64,
    /// Compare all guests, not only those created since the last run.
    #[arg(long, conflicts_with = "input")]
    all: bool,
}

/// Arguments of `hefu identity train`.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// People as CSV with a header; without it, the guests of the records.
    #[arg(long, requires = "map")]
    input: Option<PathBuf>,
    /// Mapping of the columns (TOML); see docs/identity.md.
    #[arg(long, requires = "input")]
    map: Option<PathBuf>,
    /// Writes the model here (TOML).
    #[arg(long)]
    model: PathBuf,
    /// The share of the linked pairs that are to be right, as far as it can be estimated.
    #[arg(long, default_value_t = 0.99, value_parser = share)]
    precision: f64,
}

/// A share of links that can be asked for.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.5..1.0).contains(share));
    share.ok_or_else(|| "a share between 0.5 and 1 is expected, such as 0.99".to_owned())
}

/// Arguments of `hefu identity report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command. With files it needs neither configuration nor records.
///
/// # Errors
/// Files that can't be read, understood or written (the text ends with the error's stable code); the records fail.
pub(crate) async fn run(command: &Command, config: &Config) -> anyhow::Result<()> {
    let coded = |error: Error| anyhow!("{error} [{}]", error.code());
    match command {
        Command::Resolve(ResolveArgs {
            input: Some(input),
            map: Some(map),
            output: Some(output),
            pairs,
            model,
            precision,
            ..
        }) => {
            let resolve = || {
                let map = Map::read(map)?;
                let model = model.as_deref().map(hefu_resolve::read_model).transpose()?;
                hefu_resolve::resolve(input, &map, model.as_ref(), *precision, output, pairs.as_deref())
            };
            tell(&resolve().map_err(coded)?)
        }
        Command::Train(TrainArgs { input: Some(input), map: Some(map), model, precision }) => {
            let train = || hefu_resolve::train(input, &Map::read(map)?, *precision, model);
            tell(&train().map_err(coded)?.1)
        }
        Command::Resolve(args) => {
            let model = args.model.as_deref().map(hefu_resolve::read_model).transpose().map_err(coded)?;
            over_records(config, async |app, progress| resolve_guests(app, model, args, progress).await).await
        }
        Command::Train(args) => {
            over_records(config, async |app, progress| {
                hefu_resolve::write_model(
                    &args.model,
                    &app.operate(&context(), TrainModel { precision: args.precision, progress }).await?,
                )
                .map_err(coded)?;
                Ok(())
            })
            .await
        }
        Command::Report(args) => {
            over_records(config, async |app, progress| {
                let report = app.operate(&context(), ReportIdentity { progress }).await?;
                let mut out = out();
                if args.json {
                    writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
                } else {
                    tell_report(&mut out, &report)?;
                }
                Ok(())
            })
            .await
        }
    }
}

fn context() -> Context {
    Context::command_line("identity")
}

/// Opens the records, does it with a line of progress, and gives new entries of the journal their places.
async fn over_records(
    config: &Config,
    work: impl AsyncFnOnce(&App, Progress) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let app = open::existing(config).await?;
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {msg} · {elapsed}").context("a progress line")?);
    let line = bar.clone();
    let progress = Progress::to(move |stage| {
        line.set_message(match stage {
            Stage::Reading(guests) => format!("{guests} guests read"),
            Stage::Comparing(guests) => format!("comparing {guests} guests"),
            Stage::Deciding(done, total) => format!("{done} of {total} decided"),
        });
        line.tick();
    });
    let done = work(&app, progress).await;
    bar.finish_and_clear();
    checkpoint::sequence(&app, config, "identity").await?;
    app.close().await;
    done
}

async fn resolve_guests(
    app: &App,
    model: Option<Model>,
    args: &ResolveArgs,
    progress: Progress,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let (precision, all) = (args.precision, args.all);
    let report = app.operate(&context(), ResolveGuests { model, precision, all, progress }).await?;
    let mut out = out();
    let which = if report.incremental { "created since the last run" } else { "all" };
    writeln!(out, "guests         {} ({which})", report.guests)?;
    if !report.incremental {
        writeln!(out, "pairs compared {}", report.compared)?;
    }
    writeln!(out, "merged         {}", report.joined)?;
    writeln!(out, "kept separate  {} (decided by a person)", report.kept_apart)?;
    writeln!(out, "to review      {} (see /api/v1/identity/queue)", report.asked)?;
    writeln!(out, "time           {:.2} s", began.elapsed().as_secs_f64())?;
    if let Some(peak) = hefu_resolve::peak_memory_mib() {
        writeln!(out, "peak memory    {peak} MiB")?;
    }
    Ok(())
}

fn tell_report(out: &mut impl Write, report: &IdentityReport) -> std::io::Result<()> {
    let percent = |share: Option<f64>| {
        share.map_or_else(|| "too few pairs to estimate".into(), |share| format!("{:.2} %", share * 100.0))
    };
    writeln!(out, "guests         {} ({} more are merged into one of them)", report.guests, report.merged)?;
    writeln!(out, "sources        {} ({:.2} per guest)", report.sources, report.sources_per_guest)?;
    writeln!(
        out,
        "merges         {} by the model, {} by people",
        report.joined_by_model, report.joined_by_person
    )?;
    writeln!(out, "queue          {} pairs to review", report.queue)?;
    writeln!(out, "kept separate  {} pairs (decided by a person)", report.decided_different)?;
    writeln!(
        out,
        "precision      {} (estimated over {} pairs)",
        percent(report.precision),
        report.pairs_joined
    )?;
    writeln!(out, "recall         {} (estimated)", percent(report.recall))?;
    writeln!(out, "{}", report.method)
}

fn tell(report: &Report) -> anyhow::Result<()> {
    let mut out = out();
    writeln!(out, "records        {}", report.records)?;
    writeln!(out, "pairs compared {}", report.compared)?;
    writeln!(out, "pairs linked   {}", report.links)?;
    writeln!(out, "pairs for review {}", report.reviews)?;
    if let Some(precision) = report.precision {
        writeln!(out, "precision      {:.2} % (estimated)", precision * 100.0)?;
    }
    if report.clusters > 0 {
        writeln!(out, "clusters       {} (largest {})", report.clusters, report.largest)?;
    }
    let total: f64 = report.seconds.iter().map(|(_, seconds)| seconds).sum();
    let steps: Vec<String> =
        report.seconds.iter().map(|(step, seconds)| format!("{step} {seconds:.2}")).collect();
    writeln!(out, "time           {total:.2} s ({})", steps.join(", "))?;
    if let Some(peak) = hefu_resolve::peak_memory_mib() {
        writeln!(out, "peak memory    {peak} MiB")?;
    }
    Ok(())
}
