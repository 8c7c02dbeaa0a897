//! `hefu reconcile`: which rows of two files tell of the same events, without any database.

mod error;
mod map;
mod write;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::anyhow;
use clap::{Args, Subcommand};
use error::Error;
use hefu_reconcile::{
    Options, Outcome,
    file::{Columns, Ledger, ledger},
    reconcile,
};

use crate::out::out;

/// Subcommands of `hefu reconcile`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Match the rows of two CSV files: a settlement file and postings, any two ledgers
    Files(FilesArgs),
}

/// Arguments of `hefu reconcile files`.
#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// One ledger as CSV with a header, e.g. the hotel's postings.
    #[arg(long)]
    left: PathBuf,
    /// The other one, e.g. the bank's statement.
    #[arg(long)]
    right: PathBuf,
    /// What the columns of both mean (TOML); see docs/reconcile.md.
    #[arg(long)]
    map: PathBuf,
    /// Writes the matches here, one line for each of their rows.
    #[arg(long)]
    output: PathBuf,
    /// Writes here what a person should look at.
    #[arg(long)]
    findings: PathBuf,
    /// Match without asking a person from this probability on.
    #[arg(long, default_value_t = Options::default().accept_from, value_parser = probability)]
    accept_from: f64,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.5..1.0).contains(&number) => Ok(number),
        _ => Err("a number from 0.5 to below 1".to_owned()),
    }
}

/// Runs the command. It needs neither configuration nor records.
///
/// # Errors
/// Files that can't be read, understood or written; the text ends with the error's stable code.
pub(crate) fn run(command: &Command) -> anyhow::Result<()> {
    let Command::Files(args) = command;
    files(args).map_err(|error| anyhow!("{error} [{}]", error.code()))
}

fn files(args: &FilesArgs) -> Result<(), Error> {
    distinct(args)?;
    let map = map::Map::read(&args.map)?;
    let began = Instant::now();
    let mut left = read(&args.left, &map.left)?;
    let mut right = read(&args.right, &map.right)?;
    let decimals = left.decimals.max(right.decimals);
    for (ledger, path) in [(&mut left, &args.left), (&mut right, &args.right)] {
        ledger.with_decimals(decimals).map_err(|fault| Error::File { path: path.clone(), fault })?;
    }
    let outcome = reconcile(&left.records, &right.records, &Options { accept_from: args.accept_from });
    let matches = write::matches(&args.output, &left, &right, &outcome)?;
    let findings = write::findings(&args.findings, &left, &right, &outcome)?;
    // Both are written before one gets its name.
    matches.finish()?;
    findings.finish()?;
    tell(&left, &right, &outcome, began.elapsed().as_secs_f64())
        .map_err(|source| Error::Unwritable { path: PathBuf::from("standard output"), source })
}

/// Reads a file by its map.
fn read(path: &Path, columns: &Columns) -> Result<Ledger, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    ledger(&bytes, columns).map_err(|fault| Error::File { path: path.to_owned(), fault })
}

/// No file is given twice: a ledger agrees with itself, and results do not overwrite what they come from.
fn distinct(args: &FilesArgs) -> Result<(), Error> {
    let place = |path: &Path| {
        path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
    };
    let named = [
        ("--left", &args.left),
        ("--right", &args.right),
        ("--map", &args.map),
        ("--output", &args.output),
        ("--findings", &args.findings),
    ];
    for (at, (name, path)) in named.iter().enumerate() {
        if let Some((other, _)) = named[..at].iter().find(|(_, other)| place(other) == place(path)) {
            return Err(Error::SameFile { one: other, two: name, path: (*path).clone() });
        }
    }
    Ok(())
}

fn tell(left: &Ledger, right: &Ledger, outcome: &Outcome, seconds: f64) -> std::io::Result<()> {
    let mut out = out();
    let count = |names: &mut dyn Iterator<Item = &'static str>| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        names.for_each(|name| *counts.entry(name).or_default() += 1);
        counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    writeln!(out, "rows           {} left, {} right", left.records.len(), right.records.len())?;
    let kinds = count(&mut outcome.matches.iter().map(|found| found.kind.as_str()));
    writeln!(out, "matches        {} ({kinds})", outcome.matches.len())?;
    let kinds = count(&mut outcome.findings.iter().map(|found| found.kind.as_str()));
    writeln!(out, "findings       {} ({kinds})", outcome.findings.len())?;
    writeln!(out, "time           {seconds:.2} s")
}
