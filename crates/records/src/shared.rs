//! The cache that several servers share: rendered records in Redis, sealed, and never older than the last acknowledged change.
//!
//! For each record there is a counter in Redis. Whoever commits a change moves the counters of the records it
//! changed before the change is acknowledged; a cached answer names the counters it was made under and is used
//! only while they stand. A server that dies between the commit and the counters leaves them to whichever server follows the journal for
//! the cache (its cursor is in the database, so that no entry is missed), which moves them again; so an answer out of Redis is behind a
//! committed change by some tenths of a second at most while any server runs, and by [`LIFE`] in the worst case.
//!
//! Redis is never needed: what it does not answer within [`PATIENCE`] is read from the database. A server that could not
//! move a counter reads nothing from Redis until everything that was there then has run out.

use async_trait::async_trait;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hefu_crypto::{Aad, DataKey};
use hefu_kernel::Id;
use hefu_store::{AfterCommit, StoreError, Vault};
use redis::{
    Pipeline, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use hefu_core::{
    AppError, Result, Unit,
    follow::{Followed, Follower, Start},
};

/// How long an answer stays in Redis.
pub const LIFE: Duration = Duration::from_secs(60);
/// How long a counter stays, seconds: much longer than any answer made under it.
const COUNTERS_LIFE: i64 = 3_600;
/// How long Redis is waited for.
pub const PATIENCE: Duration = Duration::from_millis(100);

/// An answer as it is shared.
#[derive(Serialize, Deserialize)]
struct Header {
    /// The entity tag.
    tag: String,
    /// Code of the property it belongs to.
    property: String,
    /// The records it was made of, and their counters.
    made_of: Vec<(Uuid, u64)>,
}

/// A record as it is answered.
pub(crate) struct Made {
    /// The entity tag.
    pub(crate) tag: String,
    /// Code of the property it belongs to.
    pub(crate) property: String,
    pub(crate) json: Bytes,
    /// Whether every entry of its journal is known to have its place in the log.
    pub(crate) is_sequenced: bool,
}

/// An answer that still holds.
pub(crate) struct Shared {
    pub(crate) made: Made,
    pub(crate) made_of: Vec<Uuid>,
}

/// Rendered records in Redis.
pub struct SharedCache {
    connection: ConnectionManager,
    vault: Arc<Vault>,
    /// Until when nothing is read, because a counter could not be moved.
    distrusted: Mutex<Option<Instant>>,
    hits: AtomicU64,
}

impl std::fmt::Debug for SharedCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedCache(..)")
    }
}

impl SharedCache {
    /// A cache at a Redis URL. It connects when it is first used, and again whenever it has to.
    ///
    /// # Errors
    /// The URL is none. The text does not hold it: it may hold a password.
    pub fn new(url: &str, vault: Arc<Vault>) -> std::result::Result<Self, String> {
        let wrong = |error: RedisError| error.category().to_owned();
        let client = redis::Client::open(url).map_err(wrong)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(0);
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(wrong)?;
        Ok(Self { connection, vault, distrusted: Mutex::default(), hits: AtomicU64::default() })
    }

    /// How many answers came from it.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    fn counter(&self, id: Uuid) -> String {
        format!("hefu:{}:changed:{id}", self.vault.ring().tenant())
    }

    /// Outside numbers are not to be read in Redis.
    fn name(&self, asked: &str) -> (String, Uuid) {
        let ring = self.vault.ring();
        let token = ring.token_current("cache", asked);
        (format!("hefu:{}:visit:{token:016x}", ring.tenant()), Uuid::from_u64_pair(0, token.cast_unsigned()))
    }

    /// Key and place of an answer. The key is the ring's as it is now: after a rotation nothing is read that was sealed before.
    fn seal(&self, row: Uuid) -> (DataKey, Aad<'static>) {
        let ring = self.vault.ring();
        (ring.cache_key(), Aad { tenant: ring.tenant(), table: "cache", column: "visit", row })
    }

    fn is_distrusted(&self) -> bool {
        let until = *self.distrusted.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    async fn ask<T: redis::FromRedisValue>(&self, pipeline: &Pipeline) -> Option<T> {
        match pipeline.query_async(&mut self.connection.clone()).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                tracing::debug!(error = error.category(), "Redis did not answer");
                None
            }
        }
    }

    /// How many changes there were in all; none when Redis is not to be asked now.
    pub(crate) async fn total(&self) -> Option<u64> {
        if self.is_distrusted() {
            return None;
        }
        let (total,): (Option<u64>,) = self.ask(redis::pipe().get(self.counter(Uuid::nil()))).await?;
        Some(total.unwrap_or(0))
    }

    async fn counters(&self, ids: &[Uuid]) -> Option<Vec<u64>> {
        let names: Vec<String> = ids.iter().map(|id| self.counter(*id)).collect();
        let (counters,): (Vec<Option<u64>>,) = self.ask(redis::pipe().mget(names)).await?;
        Some(counters.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// The answer to what was asked, if there is one and nothing it was made of has changed.
    pub(crate) async fn get(&self, asked: &str) -> Option<Shared> {
        if self.is_distrusted() {
            return None;
        }
        let (name, row) = self.name(asked);
        let (sealed,): (Option<Vec<u8>>,) = self.ask(redis::pipe().get(name)).await?;
        let (key, aad) = self.seal(row);
        let plain = key.open(&aad, &sealed?).ok()?;
        let (length, rest) = plain.split_first_chunk::<4>()?;
        let (header, json) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let Header { tag, property, made_of } = serde_json::from_slice(header).ok()?;
        let (ids, under): (Vec<Uuid>, Vec<u64>) = made_of.into_iter().unzip();
        if self.counters(&ids).await? != under {
            return None;
        }
        self.hits.fetch_add(1, Ordering::Relaxed);
        let json = Bytes::copy_from_slice(json);
        Some(Shared { made: Made { tag, property, json, is_sequenced: false }, made_of: ids })
    }

    /// Keeps an answer that was read after `total` was asked for, unless something has changed since.
    pub(crate) async fn put(&self, asked: &str, total: u64, made: &Made, made_of: &[Uuid]) {
        let all: Vec<Uuid> = made_of.iter().copied().chain([Uuid::nil()]).collect();
        let Some(mut counters) = self.counters(&all).await else { return };
        if counters.pop() != Some(total) || self.is_distrusted() {
            return;
        }
        let Made { tag, property, json, .. } = made;
        let header = Header {
            tag: tag.clone(),
            property: property.clone(),
            made_of: made_of.iter().copied().zip(counters).collect(),
        };
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let plain = [&(header.len() as u32).to_be_bytes(), &header[..], json].concat();
        let (name, row) = self.name(asked);
        let (key, aad) = self.seal(row);
        let sealed = key.seal(&*self.vault.rng, &aad, &plain);
        let _: Option<()> = self.ask(redis::pipe().set_ex(name, sealed, LIFE.as_secs()).ignore()).await;
    }
}

impl SharedCache {
    /// Moves the counters of records that changed; answers whether Redis did so.
    async fn move_counters(&self, ids: &[Uuid]) -> bool {
        let mut pipeline = redis::pipe();
        // The total moves first: a reader who sees a new counter must not see the old total with it.
        for id in [&[Uuid::nil()], ids].concat() {
            let counter = self.counter(id);
            pipeline.incr(&counter, 1).ignore().expire(counter, COUNTERS_LIFE).ignore();
        }
        self.ask::<()>(&pipeline).await.is_some()
    }
}

/// Moves the counters again for every entry: also for a server that committed and died before it could.
#[async_trait]
impl Follower for SharedCache {
    const NAME: &'static str = "shared-cache";
    /// What was in Redis before has run out.
    const START: Start = Start::Now;
    const CHANGES: bool = false;

    async fn outside(&self, entries: &[Followed]) -> Result<()> {
        let mut records = Vec::new();
        for Followed { entry, .. } in entries {
            records.push(entry.subject_id);
            records.extend(entry.visit_id.map(Id::uuid));
            records.extend(entry.property_id.filter(|_| entry.visit_id.is_none()).map(Id::uuid));
        }
        records.sort_unstable();
        records.dedup();
        if self.move_counters(&records).await {
            return Ok(());
        }
        let source = Arc::new(std::io::Error::from(std::io::ErrorKind::NotConnected));
        Err(AppError::Store(StoreError::Unreachable { op: "telling Redis of changes", source }))
    }

    async fn entries(&self, _: &mut Unit<'_>, _: &[Followed]) -> Result<()> {
        Ok(())
    }
}

impl AfterCommit for SharedCache {
    fn changed<'a>(&'a self, ids: &'a [Uuid]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if !self.move_counters(ids).await {
                tracing::warn!("Redis could not be told of a change: reading from the database for a while");
                let until = Instant::now() + LIFE;
                *self.distrusted.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
            }
        })
    }
}
