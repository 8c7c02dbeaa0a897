//! What commands do for the ledger: give the entries that they wrote their places, and show the new checkpoint to its witnesses.

use std::path::Path;

use crate::{config::Config, owner};
use anyhow::Context as _;
use hefu_app::{App, Context, ledger::CatchUp};
use hefu_jobs::witness::{ask, push_once};
use hefu_witness::WitnessClient;

/// A checkpoint that somebody kept; none when there is no such file.
///
/// # Errors
/// It cannot be read.
pub fn read(file: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(file) {
        Ok(note) => Ok(Some(note)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("the checkpoint {} cannot be read", file.display())),
    }
}

/// Gives the entries of a command that ends their places in the journal, keeps the checkpoint and shows it to the witnesses, unless a server
/// runs here that does.
pub async fn sequence(app: &App, config: &Config, command: &'static str) -> anyhow::Result<()> {
    if owner::is_served(config) {
        tracing::info!(
            "a server is running on these records: it gives the new journal entries their positions"
        );
        return Ok(());
    }
    // What the witnesses remember counts as what is kept here.
    heed(app, config).await?;
    app.operate(&Context::command_line(command), CatchUp).await?;
    let witnesses = config.witnesses()?;
    if !witnesses.is_empty() {
        push_once(app, &WitnessClient::new()?, witnesses).await?;
    }
    Ok(())
}

/// Asks the witnesses what they remember, so that the ledger is held against it. Answers what each said; those that do not answer, with why.
pub async fn heed(
    app: &App,
    config: &Config,
) -> anyhow::Result<(Vec<hefu_app::verify::Answer>, Vec<(String, String)>)> {
    let witnesses = config.witnesses()?;
    if witnesses.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let (answers, silent) = ask(app, &WitnessClient::new()?, &witnesses).await?;
    for answer in &answers {
        if let Some(note) = answer.note.clone() {
            let witness = answer.witness.clone();
            let heed = hefu_app::ledger::HeedWitness { witness, note };
            // Whether the ledger holds it is said where it is asked for.
            let _ = app.operate(&Context::command_line("witnesses"), heed).await?;
        }
    }
    Ok((answers, silent.into_iter().map(|(witness, error)| (witness, error.to_string())).collect()))
}
