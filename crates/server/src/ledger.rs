//! `hefu ledger`.

use std::io::Write as _;

use anyhow::bail;
use hefu_app::{
    App, Context,
    ledger::{AcceptLedger, CheckLedger, LedgerKeys, ShowLedgerKeys, ShowLedgerStatus, Succeeded, Unsigned},
};
use hefu_crypto::OsRng;

use crate::{checkpoint, config::Config, open, out::out};

/// The ledger: its keys and witnesses, and what to do when it is not signed.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the keys that verify the ledger, for witnesses and auditors, and how far witnesses have cosigned it
    Show,
    /// Say that the ledger goes on from where it is, although it could not be signed: after restoring a backup, or when the remembered
    /// checkpoint was lost
    Accept {
        /// Why; it goes into the journal
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Runs `hefu ledger …`.
pub async fn run(command: &Command, config: &Config) -> anyhow::Result<()> {
    let app = open::existing(config).await?;
    let done = match command {
        Command::Show => show(&app, config).await,
        Command::Accept { reason } => accept(&app, config, reason).await,
    };
    app.close().await;
    done
}

async fn show(app: &App, config: &Config) -> anyhow::Result<()> {
    let ctx = Context::command_line("ledger");
    for key in app.ask(&ctx, ShowLedgerKeys).await? {
        let from = key.from.map_or("not yet".to_owned(), |from| format!("from {from}"));
        let until = key.until.map(|until| format!(" to {until}")).unwrap_or_default();
        writeln!(out(), "{}  ({from}{until} entries)", key.key)?;
    }
    let (_, silent) = checkpoint::heed(app, config).await?;
    let status = app.ask(&ctx, ShowLedgerStatus).await?;
    writeln!(out(), "{} entries are signed", status.size)?;
    for witness in &status.witnesses {
        let silent = silent.iter().find(|(name, _)| *name == witness.name);
        let said = match (witness.cosigned, silent) {
            (_, Some((_, error))) => error.clone(),
            (Some(size), None) => format!("cosigned {size} entries"),
            (None, None) => "has cosigned none of the latest checkpoints".to_owned(),
        };
        writeln!(out(), "witness {}: {said}", witness.name)?;
    }
    if let Some(unsigned) = status.unsigned {
        writeln!(out(), "NOT SIGNED: {unsigned}")?;
    }
    Ok(())
}

async fn accept(app: &App, config: &Config, reason: &str) -> anyhow::Result<()> {
    if reason.trim().is_empty() {
        bail!("--reason must say why");
    }
    let (_, silent) = checkpoint::heed(app, config).await?;
    for (witness, error) in silent {
        writeln!(out(), "warning: the witness {witness} was not asked what it remembers: {error}")?;
    }
    let ctx = Context { reason: Some(reason.to_owned()), ..Context::command_line("ledger-accept") };
    let Some(unsigned) = app.ask(&ctx, CheckLedger).await? else {
        writeln!(out(), "nothing to accept: the ledger holds what is remembered of it")?;
        return Ok(());
    };
    writeln!(out(), "{unsigned}")?;
    let is_new = match &unsigned {
        Unsigned::Contradicted { .. } => true,
        Unsigned::Forgotten | Unsigned::Forged { .. } => false,
        Unsigned::UnknownKey => bail!("put the newest key file in its place first"),
        Unsigned::Unreadable(_) => bail!("see to it that the file can be read first"),
    };
    if is_new {
        // Whoever remembers the ledger as it was can go on saying so: what comes has another name and another key.
        if config.keys.secret.is_some() {
            bail!(
                "the keys come from keys.secret: add a [[ledger]] with another origin there, and run this again"
            );
        }
        let mut ring = open::ring(config)?;
        ring.add_ledger_key(&OsRng, true);
        ring.save(&config.key_file())?;
        app.use_ring(ring).await?;
    }
    let Some(Succeeded { size, verifiers }) = app.operate(&ctx, AcceptLedger).await? else {
        bail!("the ledger holds what is remembered of it by now: nothing was accepted");
    };
    if is_new {
        retire(config, size, &verifiers)?;
        writeln!(
            out(),
            "the ledger goes on under another name from {size} entries; the checkpoint before is kept beside it. Give its new key to \
             witnesses and auditors:\n{}",
            verifiers.last().map_or("", String::as_str)
        )?;
    } else {
        writeln!(out(), "the ledger goes on from {size} entries, and the journal says why")?;
    }
    Ok(())
}

/// Writes into the key file that its last ledger key has taken over.
pub fn retire(config: &Config, size: u64, verifiers: &[String]) -> anyhow::Result<()> {
    let mut ring = open::ring(config)?;
    if LedgerKeys::of(&ring)?.verifiers() != *verifiers {
        bail!("the key file was changed meanwhile: run this again");
    }
    ring.retire_ledger_keys(size, verifiers)?;
    Ok(ring.save(&config.key_file())?)
}
