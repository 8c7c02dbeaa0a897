//! `hefu verify`.

use std::{io::Write as _, path::PathBuf};

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{checkpoint, config::Config, open, out::out};
use hefu_app::{
    Context,
    verify::{Kept, Step, Verify},
};

/// Check that nobody altered the records behind Hefu's back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A checkpoint stored elsewhere, in addition to those stored beside the key file and by the witnesses
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Ask no witnesses: what they cosigned before counts
    #[arg(long)]
    offline: bool,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Whether the records were just restored: they are checked against the checkpoint that came with them only
    #[arg(skip)]
    is_restored: bool,
}

impl Args {
    /// Verifies restored records against the checkpoint in the backup.
    pub const fn against(checkpoint: Option<PathBuf>) -> Self {
        Self { checkpoint, offline: true, json: false, is_restored: true }
    }
}

/// Checks everything; fails when something is wrong.
pub async fn run(args: &Args, config: &Config) -> anyhow::Result<()> {
    let kept = match &args.checkpoint {
        Some(file) => {
            let note = checkpoint::read(file)?;
            let note = note.with_context(|| format!("no such checkpoint: {}", file.display()))?;
            vec![Kept { by: file.display().to_string(), note }]
        }
        None => Vec::new(),
    };
    let app = open::existing(config).await?;
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {msg} · {elapsed}").context("a progress line")?);
    let line = bar.clone();
    bar.enable_steady_tick(Duration::from_millis(200));
    let progress = Arc::new(move |step: Step| line.set_message(step.to_string()));
    let (answers, silent) = match args.offline {
        true => (None, Vec::new()),
        false => {
            let (answers, silent) = checkpoint::heed(&app, config).await?;
            (Some(answers), silent)
        }
    };
    let verified = app
        .operate(
            &Context::command_line("verify"),
            Verify { kept, answers, is_restored: args.is_restored, progress },
        )
        .await?;
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
            "{} entries, {} waiting for their position, {} checkpoints and {} stored elsewhere, {} rows",
            verified.entries,
            verified.waiting,
            verified.checkpoints,
            verified.kept,
            verified.rows
        )?;
        for (witness, why) in &silent {
            writeln!(out(), "warning: the witness {witness} did not answer: {why}")?;
        }
        if !verified.witnesses.is_empty() {
            writeln!(out(), "witnessed by {}", verified.witnesses.join(", "))?;
        }
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
