//! Records over SQLite and PostgreSQL: one SQL text, two engines, one door for writes.
//!
//! Reading goes through [`Store::read`], writing through [`Store::write`] and nothing else. A row is
//! a domain type; [`tables`] says which. Queries are functions over [`Conn`], one module for each
//! aggregate. What differs between the engines is in `sqlite`, `store` and the migrations.

mod binding;
mod bulk;
mod change;
mod conn;
pub mod copy;
mod enqueue;
mod error;
pub mod evidence;
mod folded;
mod generations;
mod holder;
pub mod indexes;
pub mod keys;
mod migrations;
pub mod openings;
mod postgres;
mod postgres_tools;
mod publish_order;
pub mod query;
pub mod schema;
mod sql;
mod sqlite;
mod store;
mod table;
pub mod tables;
mod task;
mod tx;
pub mod unbound;
mod value;

#[cfg(test)]
mod tests;

pub use conn::Conn;
pub use error::{KeyFault, StoreError};
pub use generations::Generations;
pub use keys::Vault;
pub use postgres_tools::{PutBack, count_put_back, refuse_unless_empty};
pub use store::{AfterCommit, Changed, Location, Store, WriteError};
pub use table::Table;
pub use tables::{
    GuestRow, GuestVisit, Idempotency, ImportRun, Inventory, JournalChange, NoteToken, Quarantine,
    SchemaFingerprint, SourceProfile, Token,
};
pub use task::joined;
pub use tx::{JournalDraft, Tx};
pub use value::{Field, Record};
