//! Records over SQLite and PostgreSQL: one SQL text, two engines, one door for writes.
//!
//! Reading goes through [`Store::read`], writing through [`Store::write`] and nothing else. A row is
//! a domain type; [`tables`] says which. Queries are functions over [`Conn`], one module for each
//! aggregate. What differs between the engines is in `sqlite`, `store` and the migrations.

mod bulk;
mod change;
mod conn;
mod enqueue;
mod error;
pub mod evidence;
mod generations;
pub mod keys;
mod publish_order;
pub mod query;
mod sql;
mod sqlite;
mod store;
mod table;
pub mod tables;
mod task;
mod tx;
mod value;

#[cfg(test)]
mod tests;

pub use conn::Conn;
pub use error::StoreError;
pub use generations::Generations;
pub use keys::Vault;
pub use store::{AfterCommit, Changed, Location, Store, WriteError};
pub use table::Table;
pub use tables::{
    GuestRow, GuestVisit, Idempotency, ImportRun, Inventory, JournalChange, Quarantine, SourceProfile, Token,
};
pub use task::joined;
pub use tx::{JournalDraft, Tx};
pub use value::{Field, Record};
