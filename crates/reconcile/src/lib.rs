//! Matching of records that tell of the same events in different systems: postings and payments, bookings and stays, any two ledgers.
//!
//! Nothing is configured and nothing is labelled: what agreement and difference prove is learnt from the records themselves, and every
//! hypothesis is weighed against all its rivals. What cannot be decided becomes a finding for a person. Pure: no database, no clock, and no files but those it is handed (see [`file`]); the
//! result does not depend on the order of the records. See `docs/reconcile.md` and ADR 28.

mod amount;
mod compete;
mod engine;
pub mod file;
mod groups;
mod model;
mod outcome;
mod pairs;
mod prepare;
mod record;
mod sets;
mod text;

pub use engine::{Options, reconcile};
pub use outcome::{Evidence, Finding, FindingKind, Kind, Match, Outcome, Place, Rival, Side};
pub use record::Record;
pub use sets::{Event, Sets, reconcile_sets};
