//! The hefu binary. For now it imports only.

mod import;

use std::{path::PathBuf, sync::Arc};

use clap::Parser;
use hefu_app::App;
use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{Ids, SystemClock};
use hefu_store::{Location, Store, Vault};

/// Hotel records.
#[derive(Debug, Parser)]
enum Cli {
    /// Imports a history file.
    Import {
        /// Where the records are: a directory or a postgres:// URL.
        #[arg(long)]
        records: Option<String>,
        /// The key file, made when it is missing.
        #[arg(long, default_value = "hefu.key")]
        key_file: PathBuf,
        #[command(flatten)]
        args: import::ImportArgs,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli::Import { records, key_file, args } = Cli::parse();
    if args.list_maps {
        return import::list_maps();
    }
    let records = records.unwrap_or_else(|| "records".into());
    if !key_file.exists() {
        KeyRing::create(&key_file, &OsRng)?;
    }
    let clock = Arc::new(SystemClock);
    let ids = Ids::new(clock.clone(), Arc::new(OsRng));
    let vault = Vault::new(KeyRing::load(&key_file)?, Arc::new(OsRng), ids);
    let location = match records.starts_with("postgres") {
        true => Location::Postgres(records),
        false => Location::Embedded(records.into()),
    };
    let app = App::new(Store::open(&location, vault).await?, clock);
    import::run(app.clone(), args).await?;
    app.store().clone().close().await;
    Ok(())
}
