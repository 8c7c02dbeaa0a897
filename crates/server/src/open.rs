//! Opening the records: key ring first, then the store.

use std::sync::Arc;

use anyhow::Context as _;
use hefu_app::{App, Options, shared::SharedCache};
use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{Ids, SystemClock};
use hefu_store::{Location, Store, Vault};

use crate::config::Config;

/// Reads the key ring: from the secret, else from the key file.
pub fn ring(config: &Config) -> anyhow::Result<KeyRing> {
    match &config.keys.secret {
        Some(secret) => Ok(KeyRing::from_secret(secret).context("keys.secret")?),
        None => Ok(KeyRing::load(&config.key_file())?),
    }
}

/// Opens records that must already exist.
pub async fn existing(config: &Config) -> anyhow::Result<App> {
    let file = config.key_file();
    if config.keys.secret.is_none() && !file.exists() {
        anyhow::bail!("no records found: the key file {} does not exist", file.display());
    }
    app(config).await
}

/// Opens the application. On a first start it makes the key file; beside existing records it does
/// not, because records sealed under lost keys would look empty instead of lost.
pub async fn app(config: &Config) -> anyhow::Result<App> {
    let file = config.key_file();
    if config.keys.secret.is_none() && !file.exists() {
        if config.data.join("hefu.db").exists() {
            anyhow::bail!(
                "the key file {} is missing, but there are records in {}: restore the key file from its backup",
                file.display(),
                config.data.display()
            );
        }
        if let Some(dir) = file.parent() {
            std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
        }
        KeyRing::create(&file, &OsRng)?;
        tracing::info!(file = %file.display(), "created a key file: back it up, without it nothing can be read");
    }
    let ring = ring(config)?;
    let vault = Vault::new(ring, Arc::new(OsRng), Ids::new(Arc::new(SystemClock), Arc::new(OsRng)));
    let store = Store::open(&config.location(), vault).await.with_context(|| match config.location() {
        Location::Embedded(dir) => format!("the records in {} cannot be opened", dir.display()),
        Location::Postgres(_) => {
            "PostgreSQL cannot be opened: is it running, and is database.url right?".to_owned()
        }
    })?;
    let model = config.identity.model.as_deref().map(hefu_resolve::read_model).transpose();
    let model = model.map_err(|error| anyhow::anyhow!("identity.model: {error}"))?;
    let shared = config.cache.redis.as_ref().map(|url| SharedCache::new(url, store.vault().clone()));
    let shared =
        shared.transpose().map_err(|error| anyhow::anyhow!("cache.redis is not a Redis URL: {error}"))?;
    Ok(hefu_app::open(store, Arc::new(SystemClock), Options { shared: shared.map(Arc::new), model }))
}
