//! Opening the records: key ring first, then the store.

use std::sync::Arc;

use anyhow::Context as _;
use hefu_app::{
    App, AppError, Context, Options,
    authz::Policies,
    ledger::{BeginLedger, LedgerKeys, LedgerOptions},
    schema::{IsSchemaNew, RecordSchema},
    shared::SharedCache,
};
use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{Ids, SystemClock};
use hefu_store::{Location, Store, StoreError, Vault};

use crate::{config::Config, private};

/// Reads the key ring: from the secret, else from the key file.
pub fn ring(config: &Config) -> anyhow::Result<KeyRing> {
    let ring = match &config.keys.secret {
        Some(secret) => KeyRing::from_secret(secret).context("keys.secret")?,
        None => KeyRing::load(&config.key_file())?,
    };
    LedgerKeys::of(&ring)?;
    Ok(ring)
}

/// Sees to it that the key ring can be read and is that of the records. On a first start it makes the key file; beside existing records it
/// does not, because records sealed under lost keys would look empty instead of lost.
async fn prepared_ring(config: &Config) -> anyhow::Result<KeyRing> {
    let file = config.key_file();
    if config.keys.secret.is_none() && !file.exists() {
        if Store::is_used(&config.location()).await.with_context(|| unopened(config))? {
            anyhow::bail!(
                "the key file {} is missing, but there are records in {}: restore the key file from its backup",
                file.display(),
                place(config)
            );
        }
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
        }
        KeyRing::create(&file, &OsRng)?;
        tracing::info!(file = %file.display(), "created a key file: back it up, without it nothing can be read");
    }
    ring(config)
}

fn place(config: &Config) -> String {
    match config.location() {
        Location::Embedded(dir) => dir.display().to_string(),
        Location::Postgres(_) => "PostgreSQL".to_owned(),
    }
}

fn unopened(config: &Config) -> String {
    match config.location() {
        Location::Embedded(dir) => format!("the records in {} cannot be opened", dir.display()),
        Location::Postgres(_) => {
            "PostgreSQL cannot be opened: is it running, and is database.url right?".to_owned()
        }
    }
}

/// Opens records that must be there already.
pub async fn existing(config: &Config) -> anyhow::Result<App> {
    if config.keys.secret.is_none()
        && !config.key_file().exists()
        && !Store::is_used(&config.location()).await.with_context(|| unopened(config))?
    {
        anyhow::bail!(
            "there are no records in {}, and no key file {}",
            place(config),
            config.key_file().display()
        );
    }
    app(config).await
}

/// Opens the application; see [`prepared_ring`].
pub async fn app(config: &Config) -> anyhow::Result<App> {
    if let Location::Embedded(dir) = config.location() {
        private::directory(&dir)?;
    }
    let ring = prepared_ring(config).await?;
    let vault = Vault::new(ring, Arc::new(OsRng), Ids::new(Arc::new(SystemClock), Arc::new(OsRng)))
        .accepting_loss(config.keys.accept_loss);
    let store = Store::open(&config.location(), vault).await.map_err(|error| match error {
        // It says all there is to say.
        StoreError::Keys(fault) => anyhow::Error::new(fault),
        error @ StoreError::Tls(_) => anyhow::Error::new(error),
        error => anyhow::Error::new(error).context(unopened(config)),
    })?;
    let model = config.identity.model.as_deref().map(hefu_resolve::read_model).transpose();
    let model = model.map_err(|error| anyhow::anyhow!("identity.model: {error}"))?;
    let shared = config.cache.redis.as_ref().map(|url| SharedCache::new(url, store.vault().clone()));
    let shared =
        shared.transpose().map_err(|error| anyhow::anyhow!("cache.redis is not a Redis URL: {error}"))?;
    let witnesses = config.witnesses()?;
    let ledger = LedgerOptions {
        file: Some(config.checkpoint_file()),
        quorum: config.ledger.quorum.unwrap_or(witnesses.len()),
        witnesses: witnesses.into_iter().map(|witness| witness.key).collect(),
    };
    let policies = match config.policies()? {
        files if files.is_empty() => None,
        files => Some(Arc::new(
            Policies::with(&files).map_err(|error| anyhow::anyhow!("accounts.policies: {error}"))?,
        )),
    };
    let accounts = match &policies {
        // What Hefu comes with is looked at only if something was chosen about it.
        None if config.names_no_role() => config.account_settings(&Policies::none())?,
        None => config.account_settings(&*Policies::embedded()?)?,
        Some(policies) => config.account_settings(policies)?,
    };
    let options = Options {
        shared: shared.map(Arc::new),
        model,
        ledger: Some(ledger),
        locks: config.locks()?,
        files: config.received_files(),
        calendars: config.calendars(),
        feeds: config.feeds(),
        policies,
        accounts,
        watch: config.watch_limits(),
    };
    let app = hefu_app::open(store, Arc::new(SystemClock), options);
    app.operate(&Context::command_line("open"), BeginLedger).await?;
    note_schema(&app).await.context("what the database is made of cannot be noted in the ledger")?;
    Ok(app)
}

/// After a migration the ledger gets to know what the database is made of.
async fn note_schema(app: &App) -> hefu_app::Result<()> {
    let ctx = Context::command_line("migration");
    if !app.ask(&ctx, IsSchemaNew).await? {
        return Ok(());
    }
    match app.execute(ctx, RecordSchema).await {
        // Another server, which has begun at the same moment.
        Err(AppError::Store(StoreError::Duplicate { .. })) => Ok(()),
        done => done.map(drop),
    }
}
