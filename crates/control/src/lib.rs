//! Revenue control: where the records of visits contradict each other. Findings are worked out by `hefu-findings` from what is recorded, kept, shown, decided by
//! people and corrected by ordinary use cases. See ADR 35.

pub mod account;
mod examine;
mod facts;
pub mod follow;
mod group;
pub mod history;
mod keep;
mod norms;
pub mod refresh;
pub mod report;
mod reported;
pub mod rule;
mod says;
pub mod settlement;
pub mod show;
pub mod solve;

/// The name of the job that works findings out.
const JOB: &str = "findings";
