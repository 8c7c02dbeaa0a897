//! `hefu identity`: the records of one person in a file of people, without any database.

use std::{io::Write as _, path::PathBuf};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use hefu_resolve::{Error, Map, Report};

/// What `hefu identity` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the records of one person in a CSV file
    Resolve(ResolveArgs),
    /// Learn a model from a CSV file, without labels
    Train(TrainArgs),
}

/// What `hefu identity resolve` is told.
#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// People as CSV with a header.
    #[arg(long)]
    input: PathBuf,
    /// Which column holds what (TOML); see docs/identity.md.
    #[arg(long)]
    map: PathBuf,
    /// Writes `id,cluster` here: records with the same cluster are one person's.
    #[arg(long)]
    output: PathBuf,
    /// Writes every scored pair here, with its probability and explanation.
    #[arg(long)]
    pairs: Option<PathBuf>,
    /// A model from `hefu identity train`; without one it is learnt from the input.
    #[arg(long)]
    model: Option<PathBuf>,
}

/// What `hefu identity train` is told.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// People as CSV with a header.
    #[arg(long)]
    input: PathBuf,
    /// Which column holds what (TOML); see docs/identity.md.
    #[arg(long)]
    map: PathBuf,
    /// Writes the model here (TOML).
    #[arg(long)]
    model: PathBuf,
}

/// Runs the command; needs neither configuration nor records.
///
/// # Errors
/// Files that can't be read, understood or written; the text ends with the error's stable code.
pub(crate) fn run(command: &Command) -> anyhow::Result<()> {
    let report = match command {
        Command::Resolve(args) => resolve(args),
        Command::Train(args) => train(args),
    };
    tell(&report.map_err(|error| anyhow!("{error} [{}]", error.code()))?)
}

fn resolve(args: &ResolveArgs) -> Result<Report, Error> {
    let map = Map::read(&args.map)?;
    let model = args.model.as_deref().map(hefu_resolve::read_model).transpose()?;
    hefu_resolve::resolve(&args.input, &map, model.as_ref(), &args.output, args.pairs.as_deref())
}

fn train(args: &TrainArgs) -> Result<Report, Error> {
    hefu_resolve::train(&args.input, &Map::read(&args.map)?, &args.model).map(|(_, report)| report)
}

fn tell(report: &Report) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "records        {}", report.records)?;
    writeln!(out, "pairs compared {}", report.compared)?;
    writeln!(out, "pairs linked   {}", report.links)?;
    writeln!(out, "pairs for review {}", report.reviews)?;
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
