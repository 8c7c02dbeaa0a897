//! `hefu keys`.

use std::io::Write as _;

use anyhow::bail;
use hefu_app::{Context, rotation::RotateKeys};
use hefu_crypto::OsRng;

use crate::{config::Config, open, out::out, serve::KEY_FILE_EVERY};

/// Rotate or list the encryption keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Create a new key version, re-wrap every data key and re-index every guest, while serving
    Rotate,
    /// List the key versions, never the keys themselves
    Show,
}

/// Runs `hefu keys …`.
pub async fn run(command: &Command, config: &Config) -> anyhow::Result<()> {
    match command {
        Command::Show => {
            let ring = open::ring(config)?;
            writeln!(
                out(),
                "tenant {}  current version {}  live versions {:?}",
                ring.tenant(),
                ring.current(),
                ring.live()
            )?;
            Ok(())
        }
        Command::Rotate => rotate(config).await,
    }
}

async fn rotate(config: &Config) -> anyhow::Result<()> {
    if config.keys.secret.is_some() {
        bail!("the keys come from keys.secret: add a version there and restart; rotate works on a key file");
    }
    let app = open::app(config).await?;
    let mut ring = open::ring(config)?;
    let old: Vec<u16> = ring.live();
    let new = ring.rotate(&OsRng);
    ring.save(&config.key_file())?;
    writeln!(out(), "created key version {new}; waiting until every server uses it")?;
    tokio::time::sleep(KEY_FILE_EVERY * 3).await;
    app.replace_ring(open::ring(config)?);

    let report = app
        .operate(
            &Context::command_line("key-rotation"),
            RotateKeys {
                progress: Box::new(|done| {
                    // The rotation goes on whatever becomes of its report.
                    let _ = writeln!(
                        out(),
                        "  {} data keys re-wrapped, {} guests re-indexed",
                        done.rewrapped,
                        done.reindexed
                    );
                }),
            },
        )
        .await?;
    for version in old {
        ring.retire(version)?;
    }
    ring.save(&config.key_file())?;
    writeln!(
        out(),
        "version {}: {} data keys re-wrapped, {} guests re-indexed",
        report.version,
        report.rewrapped,
        report.reindexed
    )?;
    writeln!(
        out(),
        "old versions are retired; they stay in {} so that older backups can be read",
        config.key_file().display()
    )?;
    app.close().await;
    Ok(())
}
