//! The checkpoint kept outside the database: who puts the whole database back to an earlier state has to change this file too, and
//! a copy of it on another machine cannot be changed at all.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use hefu_app::App;

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
            && !app.bears_out(note).await?
        {
            tracing::error!(
                file = %file.display(),
                "the ledger does not hold what the kept checkpoint tells: the records were put back or altered. Run \
                 `hefu verify`. The file is left as it is; after restoring a backup on purpose, move it away"
            );
            return Ok(None);
        }
        Ok(Some(Self { app, file, kept }))
    }

    /// Keeps the latest checkpoint, if there is a new one.
    ///
    /// # Errors
    /// The database fails, or the file cannot be written.
    pub async fn keep(&mut self) -> anyhow::Result<()> {
        let latest = self.app.latest_checkpoint().await?;
        if let Some(note) = latest.filter(|note| self.kept.as_ref() != Some(note)) {
            // Whole or not at all: a torn file would look like a forged one.
            let new = self.file.with_extension("checkpoint.new");
            std::fs::write(&new, &note)
                .and_then(|()| std::fs::rename(&new, &self.file))
                .with_context(|| format!("{} cannot be written", self.file.display()))?;
            self.kept = Some(note);
        }
        Ok(())
    }

    /// Keeps every new checkpoint until `stop`.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut is_stopped = false;
        while !is_stopped {
            tokio::select! {
                () = &mut stop => is_stopped = true,
                () = tokio::time::sleep(EVERY) => {}
            }
            if let Err(error) = self.keep().await {
                tracing::error!(error = format!("{error:#}"), "the checkpoint could not be kept");
            }
        }
    }
}
