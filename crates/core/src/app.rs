//! The application.

use std::sync::Arc;

use hefu_crypto::KeyRing;
use hefu_kernel::Clock;
use hefu_store::{Store, StoreError};
use tokio::sync::Notify;

use crate::{
    Metrics,
    services::{Service, Services},
};

/// The application: the records, the time and what use cases share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    services: Services,
    metrics: Metrics,
}

impl App {
    /// An application over `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { store, clock, services: Services::default(), metrics: Metrics::new() }))
    }

    /// The same application with this service instead of one that is created on first use.
    #[must_use]
    pub fn with<S: Service>(self, service: Arc<S>) -> Self {
        self.0.services.set(service);
        self
    }

    /// The records. Only use cases can access them, through what they run in.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// The metrics.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// A service, created now if it has not been used before.
    pub fn service<S: Service>(&self) -> Arc<S> {
        self.0.services.get(&self.0.store)
    }

    /// `sqlite` or `postgres`.
    pub fn engine_name(&self) -> &'static str {
        self.store().engine_name()
    }

    /// Replaces the key ring, also for every clone; see [`Store::use_ring`].
    ///
    /// # Errors
    /// The records are under other keys, or the database fails.
    pub async fn use_ring(&self, ring: KeyRing) -> Result<(), StoreError> {
        self.store().use_ring(ring).await
    }

    /// Wakes the job runners; see [`Store::jobs_enqueued`].
    pub fn jobs_enqueued(&self) -> Arc<Notify> {
        self.store().jobs_enqueued()
    }

    /// Warms up for requests; see [`Store::warm`].
    ///
    /// # Errors
    /// The database fails.
    pub async fn warm(&self) -> Result<(), StoreError> {
        self.store().warm().await
    }

    /// Waits until every accepted unit is committed and what was opened is journalled, and closes the connections, also for every clone.
    pub async fn close(&self) {
        if let Err(error) = self.write_openings().await {
            tracing::error!(%error, "what was opened last is not journalled");
        }
        self.store().close().await;
    }
}
