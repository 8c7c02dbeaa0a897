//! `hefu keys`.

use std::io::Write as _;

use anyhow::bail;
use hefu_app::{
    Context,
    ledger::{RotateLedgerKey, Succeeded},
    rotation::RotateKeys,
};
use hefu_crypto::OsRng;

use crate::{checkpoint, config::Config, ledger, open, out::out, serve::KEY_FILE_EVERY};

/// What an operator must know, for `hefu keys --help`.
pub const HELP: &str = "\
Where    The key ring is in hefu.key in the data directory (keys.file, HEFU_KEYS_FILE), or in keys.secret. It is made on the
         first start over an empty database and never again. Data keys are in keys.db (PostgreSQL: schema `keys`).
Back up  hefu.key after the first start and each rotation, apart from the database; keys.db with every copy of the records.
Rotate   `hefu keys rotate`, while serving, once a year or when the file may have been read; then back hefu.key up again.
Lost     Put hefu.key back from its backup: without it nobody reads the records. Of keys.db put the newest copy back.
Restore  Records, keys.db (not older than they) and hefu.key of one hotel together; then `hefu doctor` and `hefu verify`.

位置   密钥环在数据目录的 hefu.key（keys.file、HEFU_KEYS_FILE），或在 keys.secret 中；只在首次于空数据库上启动时生成。
       数据密钥在 keys.db（PostgreSQL 为 keys 模式）。
备份   首次启动和每次更换后备份 hefu.key，与数据库分开保管；keys.db 随每份数据一同备份。
更换   `hefu keys rotate`，无需停机；每年一次，或怀疑文件外泄时；完成后重新备份 hefu.key。
丢失   从备份放回 hefu.key，没有它任何人都读不出数据；keys.db 放回最新的一份。
恢复   同一家酒店的数据、keys.db（不早于数据）和 hefu.key 一并放回；然后运行 `hefu doctor` 和 `hefu verify`。

More / 详见: docs/keys.md";

/// Rotate or list the encryption keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Create a new key version, re-wrap every data key and re-index every guest, while serving
    Rotate,
    /// Create a new key for the ledger, while serving; the ledger announces it, and old checkpoints stay verifiable
    RotateLedger,
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
        Command::RotateLedger => rotate_ledger(config).await,
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
    app.use_ring(open::ring(config)?).await?;

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
    if report.unreadable > 0 {
        bail!(
            "{} data keys or guests could not be read under any version: they were lost or altered before the \
             rotation. `hefu verify` names them",
            report.unreadable
        );
    }
    Ok(())
}

async fn rotate_ledger(config: &Config) -> anyhow::Result<()> {
    if config.keys.secret.is_some() {
        bail!(
            "the keys come from keys.secret: rotate on a machine with the key file, and put its new text into the secret"
        );
    }
    let app = open::existing(config).await?;
    checkpoint::heed(&app, config).await?;
    let mut ring = open::ring(config)?;
    ring.add_ledger_key(&OsRng, false);
    // Before it signs anything: a checkpoint whose key was lost could not be followed by another.
    ring.save(&config.key_file())?;
    app.use_ring(ring).await?;
    let rotated = app.operate(&Context::command_line("ledger-key-rotation"), RotateLedgerKey).await?;
    app.close().await;
    let Succeeded { size, verifiers } = match rotated {
        Ok(rotated) => rotated,
        Err(unsigned) => bail!("{unsigned}: see to that first"),
    };
    ledger::retire(config, size, &verifiers)?;
    writeln!(
        out(),
        "another key signs the ledger from {size} entries on; the secret of the one before is gone, and what it signed stays \
         verifiable. Give the new key to witnesses and auditors:\n{}",
        verifiers.last().map_or("", String::as_str)
    )?;
    Ok(())
}
