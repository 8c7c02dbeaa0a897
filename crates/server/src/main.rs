//! `hefu`: one binary for a single inn and for a chain. Reads the configuration and wires the crates together.
#![expect(unreachable_pub, reason = "nobody depends on a binary; `pub` marks what other modules use")]

/// Records consist of many small allocations; with the system's allocator an import takes a tenth longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod backup;
mod channel;
mod checkpoint;
mod config;
mod demo;
mod doctor;
mod evidence;
mod identity;
mod import;
mod keys;
mod ledger;
mod log;
mod open;
mod out;
mod owner;
mod private;
mod reconcile;
mod restore;
mod serve;
mod signal;
mod tls;
mod verify;
mod witness;

use std::{io::Write as _, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use config::{Config, Flags};

/// Hotel records: one guest, one visit, one number.
#[derive(Debug, Parser)]
#[command(name = "hefu", version, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  hefu serve                                   serve ./data on http://127.0.0.1:8080
  hefu serve --demo                            the same, creating a demonstration chain on the first start
  hefu demo subsidiaries                       37 subsidiaries, 120 rooms booked, 135 received: every difference explained
  hefu import bookings.csv.gz --map hotel-booking-demand --people synthetic
  hefu import --list-maps                      list the built-in maps
  hefu identity resolve --input people.csv --map map.toml --output clusters.csv
  hefu reconcile files --left postings.csv --right bank.csv --map map.toml --output matches.csv --findings findings.csv
                                               match a settlement file with postings
  hefu channel feeds SH01                      how far other hotel systems (Oracle OHIP, Mews) were read
  hefu keys rotate                             rotate the keys, while serving
  hefu backup /mnt/disk/hefu                   back up everything but the key file, while serving
  hefu restore /mnt/disk/hefu --data ./again   restore a backup to an empty directory
  hefu verify                                  check that no record was altered behind Hefu's back
  hefu ledger show                             the keys that verify the ledger, and its witnesses
  hefu witness --ledger KEY                    be a witness of another hotel's ledger
  hefu evidence NUMBER --reason disputed       a file about a visit that anybody can check
  hefu doctor                                  check the installation, with advice for each problem
  HEFU_DATABASE_URL=postgres://db/hefu hefu serve

Settings come from hefu.toml, then HEFU_* variables, then flags.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the search page
    Serve(serve::Args),
    /// Make a demonstration in the records and show it
    #[command(subcommand)]
    Demo(demo::Command),
    /// Import files of other systems: CSV, XLSX, XLS, HTML, JSON or ZIP, through a map
    Import(import::ImportArgs),
    /// Check that nobody altered the records behind Hefu's back
    Verify(verify::Args),
    /// Back up everything but the key file, encrypted, to a folder or to S3-compatible storage, while serving
    Backup(backup::Args),
    /// Restore a backup to an empty directory or database, and verify it
    Restore(restore::Args),
    /// Write a file that shows what was done to a visit, and that anybody can check in a browser, offline
    Evidence(evidence::Args),
    /// Match records of the same person: merge guests, learn a model, report; also for a CSV file, without a database
    #[command(subcommand)]
    Identity(identity::Command),
    /// Match what two systems tell of the same events: a settlement file and postings, any two ledgers; without a database
    #[command(subcommand)]
    Reconcile(reconcile::Command),
    /// Channels: the hotel systems that are asked for their reservations, and how far they were read
    #[command(subcommand, after_help = channel::HELP)]
    Channel(channel::Command),
    /// Check the installation, with advice for each problem
    Doctor(doctor::Args),
    /// Rotate or list the encryption keys; --help says where they are and what to do when they are lost
    #[command(subcommand, after_help = keys::HELP)]
    Keys(keys::Command),
    /// The ledger: its keys and witnesses, and what to do when it is not signed
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Be a witness of other ledgers: remember their checkpoints, and cosign what holds what was seen before
    Witness(witness::Args),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
}

fn main() -> ExitCode {
    private::protect();
    match start(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The user wants to know what was wrong, not where in the program it was noticed.
            let _ = writeln!(std::io::stderr(), "hefu: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> anyhow::Result<()> {
    let config = Config::read(&cli.flags, std::env::vars())?;
    // What the backup library logs, we report as errors.
    let filter = tracing_subscriber::EnvFilter::try_new(format!("rustic_core=off,{}", config.log))
        .map_err(|error| anyhow::anyhow!("log = {:?} is not a valid filter: {error}", config.log))?;
    log::start(filter, config.log_format);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads()).enable_all().build()?;
    let done = runtime.block_on(run(cli.command, config));
    // Tasks still computing have nobody waiting for them.
    runtime.shutdown_timeout(LEFT_BEHIND);
    done
}

/// How long to wait for computing tasks at the end.
const LEFT_BEHIND: Duration = Duration::from_secs(1);

/// The embedded engine is called in place, so a page that has to come from disk blocks its thread: more threads than processors, as many as
/// it has readers.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(8, |processors| (2 * processors.get()).max(8))
}

async fn run(command: Command, config: Config) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(args, config).await,
        Command::Demo(command) => demo::run(&command, &config).await,
        Command::Import(args) if args.list_maps => import::list_maps(),
        Command::Import(args) if args.list_waiting => {
            let app = open::app(&config).await?;
            import::list_waiting(&app).await?;
            app.close().await;
            Ok(())
        }
        Command::Import(args) => {
            let Some(import) = import::Prepared::of(args)? else { return Ok(()) };
            let app = open::app(&config).await?;
            import.run(app.clone()).await?;
            checkpoint::sequence(&app, &config, "import").await?;
            app.close().await;
            Ok(())
        }
        Command::Verify(args) => verify::run(&args, &config).await,
        Command::Backup(args) => backup::run(args, &config).await,
        Command::Restore(args) => restore::run(args, &config).await,
        Command::Evidence(args) => evidence::run(&args, &config).await,
        Command::Identity(command) => identity::run(&command, &config).await,
        Command::Reconcile(command) => reconcile::run(&command),
        Command::Channel(command) => channel::run(&command, &config).await,
        Command::Doctor(args) => doctor::run(&args, &config).await,
        Command::Keys(command) => keys::run(&command, &config).await,
        Command::Ledger(command) => ledger::run(&command, &config).await,
        Command::Witness(args) => witness::run(args, &config).await,
        Command::Openapi => Ok(write!(out::out(), "{}", hefu_http::docs::OPENAPI)?),
    }
}
