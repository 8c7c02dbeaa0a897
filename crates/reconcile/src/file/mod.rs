//! Records from CSV files, by a map that says what their columns mean. See `docs/reconcile.md`.

mod columns;
mod fault;
mod read;
mod value;

pub use columns::{Columns, NoMap, Several};
pub use fault::Fault;
pub use read::{Ledger, ledger};
