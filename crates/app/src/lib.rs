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
mod houses;
pub mod import;
pub mod ledger;
pub mod member;
pub mod pre_auth;
pub mod rotation;
pub mod search;
pub mod setup;
pub mod visit;

use std::sync::Arc;

use hefu_kernel::Clock;
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
    houses: Arc<houses::Houses>,
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
        Self { store, clock, rendered, current, houses: Arc::default() }
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
