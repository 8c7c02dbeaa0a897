//! `hefu backup`.

use std::{
    fmt::Write as _,
    io::{Cursor, IsTerminal as _, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, bail};
use hefu_app::{Context, backup::CopyRecords};
use hefu_backup::{Progress, Repository, S3Access, Source, Target};
use hefu_kernel::{Clock as _, SystemClock};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use zeroize::Zeroizing;

use crate::{checkpoint, config::Config, open, out::out, signal};

/// The latest checkpoint, in a backup.
pub const CHECKPOINT: &str = "hefu.checkpoint";
/// The matching model, in a backup.
pub const MODEL: &str = "identity-model.toml";

/// Back up everything but the key file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Backups are encrypted with a password derived from the key file: store that file elsewhere, it opens every backup.
The repository has restic's format: RESTIC_PASSWORD_COMMAND='hefu backup --print-password' restic -r TARGET snapshots")]
pub struct Args {
    /// A folder, or s3:https://host/bucket/prefix [default: backup.target]
    target: Option<String>,
    /// List the backups
    #[arg(long, group = "what")]
    list: bool,
    /// Read all backups and report damage
    #[arg(long, group = "what")]
    check: bool,
    /// Print the password of the repository for other programs; refused on a terminal
    #[arg(long, group = "what")]
    print_password: bool,
}

/// The repository at `target` or the configured one, with the passwords derived from the key file.
pub fn repository(target: Option<&str>, config: &Config) -> anyhow::Result<Repository> {
    let given = target.or(config.backup.target.as_deref());
    let given =
        given.context("name a target, or set backup.target: a folder, or s3:https://host/bucket/prefix")?;
    let s3 = &config.backup.s3;
    let access = S3Access {
        access_key_id: s3.access_key_id.clone(),
        secret_access_key: Zeroizing::new(s3.secret_access_key.clone()),
        region: s3.region.clone(),
        virtual_host: s3.virtual_host,
    };
    Ok(Repository::new(Target::parse(given, &access)?, open::ring(config)?.backup_passwords()))
}

/// A progress line.
pub fn progress(doing: &'static str) -> anyhow::Result<(ProgressBar, Progress)> {
    let style = ProgressStyle::with_template("{spinner} {msg} · {bytes} · {bytes_per_sec} · {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.context("a progress line")?).with_message(doing);
    let line = bar.clone();
    let progress = move |done, all: Option<u64>| {
        line.set_position(done);
        if let Some(all) = all.filter(|all| *all > 0) {
            line.set_message(format!("{doing} {} %", done.min(all) * 100 / all));
        }
    };
    Ok((bar, Arc::new(progress)))
}

/// Runs `hefu backup …`.
pub async fn run(args: Args, config: &Config) -> anyhow::Result<()> {
    if args.print_password {
        return print_password(config);
    }
    let repository = repository(args.target.as_deref(), config)?;
    if args.list {
        list(repository).await
    } else if args.check {
        check(repository).await
    } else {
        make(repository, config).await
    }
}

fn print_password(config: &Config) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() {
        bail!(
            "this password is not shown on a terminal: pass it to a program \
             (RESTIC_PASSWORD_COMMAND='hefu backup --print-password') or to a file that only you can read (umask 077)"
        );
    }
    let passwords = open::ring(config)?.backup_passwords();
    let newest = passwords.first().context("the key ring is empty")?;
    Ok(writeln!(out(), "{}", newest.as_str())?)
}

async fn list(repository: Repository) -> anyhow::Result<()> {
    let snapshots = tokio::task::spawn_blocking(move || repository.snapshots()).await??;
    let mut text = String::new();
    for snapshot in &snapshots {
        let _ = writeln!(
            text,
            "{}  {}  {:<8}  {:>10}  {}",
            snapshot.short_id(),
            snapshot.at.format("%Y-%m-%d %H:%M:%S UTC"),
            snapshot.tags.join(","),
            HumanBytes(snapshot.size).to_string(),
            snapshot.host
        );
    }
    let _ = writeln!(text, "{} backups", snapshots.len());
    Ok(write!(out(), "{text}")?)
}

async fn check(repository: Repository) -> anyhow::Result<()> {
    let (bar, progress) = progress("reading")?;
    let checked = tokio::task::spawn_blocking(move || repository.check(&progress)).await??;
    bar.finish_and_clear();
    for fault in &checked.faults {
        writeln!(out(), "{fault}")?;
    }
    if !checked.faults.is_empty() {
        bail!("the backups are damaged: {} faults. Make a new backup in another place", checked.faults.len());
    }
    let (snapshots, files, bytes) = (checked.snapshots, checked.files, HumanBytes(checked.bytes));
    Ok(writeln!(out(), "clean: {snapshots} backups, {files} files, {bytes}")?)
}

/// A configured file beside the records.
fn beside(name: &str, file: Option<&Path>) -> anyhow::Result<Option<Source>> {
    let Some(file) = file else { return Ok(None) };
    let content = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(Some(source(name, content)))
}

fn source(name: &str, content: Vec<u8>) -> Source {
    Source { name: name.into(), size: Some(content.len() as u64), content: Box::new(Cursor::new(content)) }
}

async fn make(repository: Repository, config: &Config) -> anyhow::Result<()> {
    // First of all: to open the records can take as long as somebody else holds one of their tables.
    let signal = signal::told_to_stop()?;
    let stop = Arc::new(AtomicBool::new(false));
    let made = tokio::select! {
        made = async {
            let app = open::existing(config).await?;
            let made = copy(repository, config, &app, stop.clone()).await;
            app.close().await;
            made
        } => made,
        told = async {
            signal.await;
            tracing::info!("stopping; a second signal stops at once");
            stop.store(true, Ordering::SeqCst);
            signal::told_to_stop()?.await;
            std::io::Result::Ok(())
        } => {
            told?;
            bail!("interrupted")
        }
    }?;
    if made.keeps_old_password {
        tracing::warn!(
            "the repository still accepts the password from before the key rotation, because the storage did not allow its \
             removal: remove it with `restic key remove`"
        );
    }
    let snapshot = &made.snapshot;
    Ok(writeln!(
        out(),
        "backup {} of {}: {}, {} of it new",
        snapshot.short_id(),
        snapshot.at.format("%Y-%m-%d %H:%M:%S UTC"),
        HumanBytes(snapshot.size),
        HumanBytes(made.added)
    )?)
}

async fn copy(
    repository: Repository,
    config: &Config,
    app: &hefu_app::App,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<hefu_backup::Made> {
    let begun = tokio::task::spawn_blocking(move || repository.begin(stop)).await??;
    // Before the records: every entry it covers is in them.
    let kept = checkpoint::read(&config.checkpoint_file())?;
    let at = SystemClock.now();
    let copied = app.operate(&Context::command_line("backup"), CopyRecords).await?;
    let mut files: Vec<Source> = copied
        .files
        .into_iter()
        .map(|file| Source { name: file.name.into(), size: file.size, content: file.content })
        .collect();
    files.extend(kept.map(|note| source(CHECKPOINT, note.into_bytes())));
    files.extend(beside(MODEL, config.identity.model.as_deref())?);
    let (bar, progress) = progress("backing up")?;
    let engine = app.engine_name();
    let made =
        tokio::task::spawn_blocking(move || begun.back_up(files, &["hefu", engine], at, &progress)).await?;
    drop(copied.moment);
    bar.finish_and_clear();
    Ok(made?)
}
