//! `hefu verify`.

use std::{io::Write as _, path::PathBuf};

use std::sync::Arc;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{checkpoint, config::Config, open, out::out};
use hefu_app::{Context, verify::Verify};

/// Check that nobody altered the records behind Hefu's back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A checkpoint stored elsewhere [default: hefu.checkpoint beside the key file, if it exists]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Checks everything; fails when something is wrong.
pub async fn run(args: &Args, config: &Config) -> anyhow::Result<()> {
    let kept = match &args.checkpoint {
        Some(file) => {
            Some(checkpoint::read(file)?.with_context(|| format!("no such checkpoint: {}", file.display()))?)
        }
        None => checkpoint::read(&config.checkpoint_file())?,
    };
    let app = open::existing(config).await?;
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {msg} · {elapsed}").context("a progress line")?);
    let line = bar.clone();
    let progress = Arc::new(move |entries, rows| {
        line.set_message(format!("{entries} entries, {rows} rows"));
        line.tick();
    });
    let verified =
        app.operate(&Context::command_line("verify"), Verify { kept: kept.clone(), progress }).await?;
    bar.finish_and_clear();
    app.close().await;

    if args.json {
        writeln!(out(), "{}", serde_json::to_string_pretty(&verified)?)?;
    } else {
        for finding in &verified.findings {
            let told = finding.log_index.map(|index| format!(" (entry {index})")).unwrap_or_default();
            writeln!(out(), "{}: {}{told}", finding.fault, finding.at)?;
        }
        writeln!(
            out(),
            "{} entries, {} waiting for their position, {} checkpoints{}, {} rows",
            verified.entries,
            verified.waiting,
            verified.checkpoints,
            if kept.is_some() { " and one stored elsewhere" } else { "" },
            verified.rows
        )?;
        if let Some(root) = &verified.root {
            writeln!(out(), "root {root}")?;
        }
    }
    if !verified.is_clean() {
        let kinds: Vec<String> =
            verified.counts.iter().map(|(fault, count)| format!("{count} × {fault}")).collect();
        bail!("the records do not match the journal: {}", kinds.join(", "));
    }
    if !args.json {
        writeln!(out(), "clean: the records match the journal")?;
    }
    Ok(())
}
