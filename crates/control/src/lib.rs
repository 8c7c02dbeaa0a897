//! Revenue control: where the records of visits contradict each other. Findings are worked out by `hefu-findings` from what is recorded, kept, shown, decided by
//! people and corrected by ordinary use cases. See ADR 35.

mod facts;
pub mod follow;
mod keep;
pub mod refresh;
mod reported;
mod says;
pub mod show;
pub mod solve;
