//! Use cases and queries: everything that changes anything goes through here, whatever door it came in by.
//!
//! A change is a [`Command`]: data that says what is wanted. [`App::execute`] runs it in one unit of
//! work; it loads, lets the pure crates decide, and writes rows and journal entry together. A query
//! is a method of [`App`] that answers a view.

pub mod audit;
pub mod city_ledger;
mod command;
mod current;
pub mod deposit;
mod error;
pub mod folio;
pub mod group;
pub mod guest;
mod health;
pub mod housekeeping;
pub mod identity;
pub mod import;
pub mod ledger;
pub mod member;
pub mod pre_auth;
mod property_cache;
pub mod rotation;
pub mod search;
pub mod setup;
pub mod shared;
mod typed;
pub mod verify;
pub mod visit;

use std::sync::Arc;

use arc_swap::ArcSwap;
use hefu_kernel::Clock;
use hefu_ledger::Signer;
use hefu_store::Store;

pub use command::{About, CHAIN, Command, Ctx, IdempotencyKey, Unit, request_digest};
pub use error::{AppError, Result};
pub use health::Health;

/// Memory for rendered three-part records, bytes.
const RENDERED_BYTES: u64 = 64 << 20;

/// The application: the records and the time. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    clock: Arc<dyn Clock>,
    rendered: moka::sync::Cache<String, Arc<visit::view::Rendered>>,
    current: Arc<current::Current>,
    properties: Arc<property_cache::PropertyCache>,
    signer: Arc<Signer>,
    shared: Option<Arc<shared::SharedCache>>,
    matching: Arc<ArcSwap<identity::Matching>>,
    model: Arc<ArcSwap<hefu_identity::matching::Model>>,
}

#[expect(clippy::expect_used, reason = "a tenant's id makes a name, and any 32 bytes are a key")]
fn named(origin: &str, secret: &[u8; 32]) -> Signer {
    Signer::new(origin, secret).expect("a name without spaces")
}

impl App {
    /// An application over `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let rendered = moka::sync::Cache::builder()
            .max_capacity(RENDERED_BYTES)
            .weigher(|key: &String, record: &Arc<visit::view::Rendered>| record.weight(key))
            .time_to_live(visit::view::KEPT)
            .build();
        let current = Arc::new(current::Current::of(&store));
        let ring = store.vault().ring();
        // One ledger for a tenant: its name says no more than that.
        let origin = format!("hefu/{}", ring.tenant());
        let signer = Arc::new(named(&origin, &ring.ledger_secret()));
        Self {
            store,
            clock,
            rendered,
            current,
            properties: Arc::default(),
            signer,
            shared: None,
            matching: Arc::default(),
            model: Arc::default(),
        }
    }

    /// The same application with a cache that other servers share.
    #[must_use]
    pub fn sharing(mut self, cache: Arc<shared::SharedCache>) -> Self {
        self.store = self.store.telling(cache.clone());
        self.shared = Some(cache);
        self
    }

    /// The cache that other servers share, where there is one.
    pub const fn shared(&self) -> Option<&Arc<shared::SharedCache>> {
        self.shared.as_ref()
    }

    /// The same application with another model to recognise guests by; [`App::learn_frequencies`] makes it ready.
    #[must_use]
    pub fn recognising_by(self, model: hefu_identity::matching::Model) -> Self {
        self.model.store(Arc::new(model));
        self
    }

    /// The model by which guests are recognised.
    pub(crate) fn matching(&self) -> Arc<identity::Matching> {
        self.matching.load_full()
    }

    /// What signs the ledger's checkpoints.
    pub(crate) const fn signer(&self) -> &Arc<Signer> {
        &self.signer
    }

    /// Three-part records kept rendered.
    const fn rendered(&self) -> &moka::sync::Cache<String, Arc<visit::view::Rendered>> {
        &self.rendered
    }

    /// The records.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }
}
