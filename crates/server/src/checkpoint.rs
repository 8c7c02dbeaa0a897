//! The checkpoint kept outside the database: who puts the whole database back to an earlier state has to change this file too, and
//! a copy of it on another machine cannot be changed at all.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{config::Config, owner};
use anyhow::Context as _;
use hefu_app::{
    App, Context,
    ledger::{CatchUp, CheckCheckpoint, CompareCheckpoint, Since},
    verify::Fault,
};

/// How often a new checkpoint is looked for.
const EVERY: Duration = Duration::from_secs(1);

/// The kept checkpoint; none when there is no such file.
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

fn context() -> Context {
    Context::job("checkpoint-keeper")
}

/// Gives the entries of a command that ends their places in the journal and keeps the checkpoint, unless a server runs here that does.
pub async fn sequence(app: &App, config: &Config, command: &'static str) -> anyhow::Result<()> {
    if owner::is_served(config) {
        tracing::info!(
            "a server is running on these records: it gives the new journal entries their positions"
        );
        return Ok(());
    }
    app.operate(&Context::command_line(command), CatchUp).await?;
    if let Some(mut keeper) = Keeper::of(app.clone(), config.checkpoint_file()).await? {
        keeper.remember().await?;
    }
    Ok(())
}

/// Keeps the latest checkpoint in a file.
pub struct Keeper {
    app: App,
    file: PathBuf,
    kept: Option<String>,
}

impl Keeper {
    /// A keeper of `file`. None when the file holds a checkpoint that the ledger does not bear out: it is evidence, and stays.
    ///
    /// # Errors
    /// The file cannot be read, or the database fails.
    pub async fn of(app: App, file: PathBuf) -> anyhow::Result<Option<Self>> {
        let kept = read(&file)?;
        if let Some(note) = &kept
            && !app.ask(&context(), CheckCheckpoint { note: note.clone() }).await?
        {
            contradicted(&file);
            return Ok(None);
        }
        Ok(Some(Self { app, file, kept }))
    }

    /// Keeps the latest checkpoint, if there is a new one. Answers whether to go on: what the ledger no longer bears out is evidence,
    /// and is left as it is.
    ///
    /// # Errors
    /// The database fails, or the file cannot be written.
    pub async fn remember(&mut self) -> anyhow::Result<bool> {
        let note = match self.app.ask(&context(), CompareCheckpoint { kept: self.kept.clone() }).await? {
            Since::Same => return Ok(true),
            Since::Grown(note) => note,
            Since::Contradicted => {
                contradicted(&self.file);
                return Ok(false);
            }
        };
        // Whole or not at all: a torn file would look like a forged one.
        let new = self.file.with_extension("checkpoint.new");
        std::fs::write(&new, &note)
            .and_then(|()| std::fs::rename(&new, &self.file))
            .with_context(|| format!("{} cannot be written", self.file.display()))?;
        self.kept = Some(note);
        Ok(true)
    }

    /// Keeps every new checkpoint until `stop`, or until the ledger contradicts the kept one.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut is_stopped = false;
        while !is_stopped {
            tokio::select! {
                () = &mut stop => is_stopped = true,
                () = tokio::time::sleep(EVERY) => {}
            }
            match self.remember().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the checkpoint could not be stored");
                }
            }
        }
    }
}

fn contradicted(file: &Path) {
    tracing::error!(
        code = Fault::CheckpointContradicts.code(),
        file = %file.display(),
        "the ledger contradicts the stored checkpoint: the records were rolled back or altered. Run \
         `hefu verify`. The file is left as it is; after an intentional restore of a backup, move it away"
    );
}
