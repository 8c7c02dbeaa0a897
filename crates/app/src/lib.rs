//! Use cases and queries: everything that changes anything goes through here, whatever door it came in by.
//!
//! A change is a [`Command`]: data that says what is wanted. [`App::execute`] runs it in one unit of
//! work; it loads, lets the pure crates decide, and writes rows and journal entry together. A query
//! is a method of [`App`] that answers a view.

mod command;
mod error;
pub mod folio;
pub mod guest;
pub mod import;
pub mod setup;
pub mod visit;

use std::sync::Arc;

use hefu_kernel::Clock;
use hefu_store::Store;

pub use command::{About, CHAIN, Command, Ctx, IdempotencyKey, Unit, request_digest};
pub use error::{AppError, Result};

/// The application: the records and the time. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl App {
    /// An application over `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
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
