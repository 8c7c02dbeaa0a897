//! Witnesses (<https://c2sp.org/tlog-witness>): a witness remembers the latest checkpoint of each ledger it is told to watch, and cosigns a later
//! one only if that holds everything it saw before. It knows nothing of what the entries say. Hotels of a chain can witness each other.

mod client;
mod state;

pub use client::{Added, AskError, WitnessClient, WitnessUrl};
pub use state::{Witness, WitnessError};
