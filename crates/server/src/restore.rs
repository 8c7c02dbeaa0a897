//! `hefu restore`.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use hefu_app::{Context, ledger::CheckCheckpoint};
use hefu_backup::{BackupError, Contents, Progress};
use hefu_store::{
    Location, PutBack,
    copy::{EMBEDDED, Names, POSTGRES},
    count_put_back, refuse_unless_empty,
};

use crate::{
    backup::{self, CHECKPOINT, MODEL},
    checkpoint,
    config::Config,
    open,
    out::out,
    owner, verify,
};

/// Restore a backup.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Needs the key file and nothing else of the old machine. Restores to --data, which must be empty except for the key file,
or to an empty database (database.url).")]
pub struct Args {
    /// A folder, or s3:https://host/bucket/prefix [default: backup.target]
    target: Option<String>,
    /// The backup whose id begins so [default: the latest; `hefu backup --list` shows them]
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
}

/// Files that the directory may contain before a restore.
const MAY_BE_THERE: [&str; 5] = ["hefu.key", "hefu.toml", "hefu.lock", CHECKPOINT, PART];

/// Incomplete files; those of an interrupted restore are replaced.
const PART: &str = "restore.part";

/// Restores a backup and verifies it.
pub async fn run(args: Args, config: &Config) -> anyhow::Result<()> {
    let key_file = config.key_file();
    if config.keys.secret.is_none() && !key_file.exists() {
        bail!(
            "a restore needs the key file: put it at {}, or name it (keys.file, HEFU_KEYS_FILE)",
            key_file.display()
        );
    }
    let repository = backup::repository(args.target.as_deref(), config)?;
    let location = config.location();
    // Keeps servers away until the restore is complete.
    let _owner = owner::claim(config).await?;
    refuse_unless_empty_location(&location).await?;
    let (bar, progress) = backup::progress("restoring")?;
    let (to, snapshot) = (location.clone(), args.snapshot);
    let (snapshot, note) = tokio::task::spawn_blocking(move || {
        let contents = repository.contents(snapshot.as_deref())?;
        refuse_another_engine(&contents, &to)?;
        // First: if it is damaged, nothing has been restored yet.
        let note = read_checkpoint(&contents)?;
        match &to {
            Location::Embedded(dir) => into_directory(&contents, dir, &progress)?,
            Location::Postgres(url) => into_postgres(&contents, url, &progress)?,
        }
        anyhow::Ok((contents.snapshot().clone(), note))
    })
    .await??;
    bar.finish_and_clear();
    if let Location::Postgres(url) = &location {
        count_put_back(url).await?;
    }
    let of = snapshot.at.format("%Y-%m-%d %H:%M:%S UTC");
    writeln!(out(), "restored backup {} of {of}; verifying it", snapshot.short_id())?;
    let file = note.map(|note| write_checkpoint(&note, config)).transpose()?;
    verify::run(&verify::Args::against(file), config).await?;
    refuse_to_be_behind(config).await
}

async fn refuse_unless_empty_location(location: &Location) -> anyhow::Result<()> {
    match location {
        Location::Postgres(url) => refuse_unless_empty(url).await.context(
            "cannot restore to this database: create an empty one (CREATE DATABASE) and set database.url",
        ),
        Location::Embedded(dir) => {
            for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))? {
                let name = entry?.file_name();
                if !name.to_str().is_some_and(|name| MAY_BE_THERE.contains(&name)) {
                    bail!(
                        "{} is not empty ({} is there): name an empty directory with --data; nothing was changed",
                        dir.display(),
                        name.display()
                    );
                }
            }
            Ok(())
        }
    }
}

fn refuse_another_engine(contents: &Contents, location: &Location) -> anyhow::Result<()> {
    let is_of = |names: Names| contents.has(names.records) && contents.has(names.keys);
    match location {
        Location::Embedded(_) if is_of(EMBEDDED) => Ok(()),
        Location::Postgres(_) if is_of(POSTGRES) => Ok(()),
        Location::Embedded(_) if is_of(POSTGRES) => {
            bail!("the backup is of records in PostgreSQL: name an empty database in database.url")
        }
        Location::Postgres(_) if is_of(EMBEDDED) => {
            bail!(
                "the backup is of the embedded database: take database.url away, and name a directory with --data"
            )
        }
        _ => bail!("backup {} holds no records of Hefu", contents.snapshot().short_id()),
    }
}

fn write(contents: &Contents, name: &str, path: &Path, progress: &Progress) -> anyhow::Result<()> {
    let cannot = || format!("{} cannot be written", path.display());
    let mut file = File::create_new(path).with_context(cannot)?;
    contents.write(name, &mut file, progress)?;
    file.sync_all().with_context(cannot)
}

/// Writes all files or none: they are renamed into place once all are complete.
fn into_directory(contents: &Contents, dir: &Path, progress: &Progress) -> anyhow::Result<()> {
    let part = dir.join(PART);
    let cannot = || format!("{} cannot be written", dir.display());
    if part.exists() {
        fs::remove_dir_all(&part).with_context(cannot)?;
    }
    fs::create_dir(&part).with_context(cannot)?;
    let names = [EMBEDDED.keys, EMBEDDED.records, MODEL];
    let names: Vec<&str> = names.into_iter().filter(|name| contents.has(name)).collect();
    for name in &names {
        write(contents, name, &part.join(name), progress)?;
    }
    // The keys first: there must never be records without their keys.
    for name in names {
        fs::rename(part.join(name), dir.join(name)).with_context(cannot)?;
    }
    fs::remove_dir(&part).with_context(cannot)?;
    File::open(dir).and_then(|dir| dir.sync_all()).with_context(cannot)
}

fn into_postgres(contents: &Contents, url: &str, progress: &Progress) -> anyhow::Result<()> {
    for name in [POSTGRES.keys, POSTGRES.records] {
        let mut database = PutBack::start(url)?;
        let written = contents.write(name, &mut database, progress);
        let is_cut_off = matches!(written, Err(BackupError::Destination { .. }));
        if !is_cut_off {
            // Otherwise the tool's own message tells more.
            written.map(drop)?;
        }
        database
            .finish()
            .context("the database is restored in part: drop it, create an empty one and try again")?;
    }
    Ok(())
}

/// The checkpoint in the backup, if there is one.
fn read_checkpoint(contents: &Contents) -> anyhow::Result<Option<Vec<u8>>> {
    if !contents.has(CHECKPOINT) {
        return Ok(None);
    }
    let silent: Progress = Arc::new(|_, _| {});
    let mut note = Vec::new();
    contents.write(CHECKPOINT, &mut note, &silent)?;
    Ok(Some(note))
}

/// Restores the checkpoint, without replacing an existing one, which may be newer. Answers which file to verify against.
fn write_checkpoint(note: &[u8], config: &Config) -> anyhow::Result<PathBuf> {
    let kept = config.checkpoint_file();
    let file = if kept.exists() { kept.with_extension("checkpoint.restored") } else { kept };
    fs::write(&file, note).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(file)
}

/// Reports a checkpoint file that covers entries missing in the backup: the verification fails because of it.
async fn refuse_to_be_behind(config: &Config) -> anyhow::Result<()> {
    let file = config.checkpoint_file();
    let Some(note) = checkpoint::read(&file)? else { return Ok(()) };
    let app = open::existing(config).await?;
    let is_borne_out = app.ask(&Context::command_line("restore"), CheckCheckpoint { note }).await?;
    app.close().await;
    if !is_borne_out {
        bail!(
            "the checkpoint in {} covers entries that are not in this backup: what was entered after the backup is missing. \
             Keep a copy of that file as evidence; `hefu ledger accept --reason …` continues from the backup",
            file.display()
        );
    }
    Ok(())
}
