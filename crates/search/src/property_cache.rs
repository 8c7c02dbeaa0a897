//! The properties, cached in memory: every search needs them, and they seldom change.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use hefu_domain::property::Property;
use hefu_store::{Conn, Generations, Store, query};

use hefu_core::{Result, Service};

/// Maximum age of the cache: how late changes by other processes appear.
const KEPT: std::time::Duration = std::time::Duration::from_secs(1);

/// All properties as they were read. Never older than the last acknowledged change of this process; of another
/// process at most [`KEPT`].
#[derive(Default)]
pub(crate) struct PropertyCache(Mutex<Option<Kept>>);

struct Kept {
    generation: u64,
    since: Instant,
    properties: Arc<[Property]>,
}

impl Service for PropertyCache {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl PropertyCache {
    pub(crate) async fn all(&self, c: &mut Conn, store: &Store) -> Result<Arc<[Property]>> {
        let generation = store.generations().of(Generations::PROPERTIES);
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |kept: &&Kept| kept.generation == generation && kept.since.elapsed() < KEPT;
        if let Some(kept) = lock().as_ref().filter(fresh) {
            return Ok(kept.properties.clone());
        }
        let since = Instant::now();
        let properties: Arc<[Property]> = query::property::all(c).await?.into();
        *lock() = Some(Kept { generation, since, properties: properties.clone() });
        Ok(properties)
    }
}
