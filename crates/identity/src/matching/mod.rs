//! Whether two records describe the same person: normalise, block, compare, score, cluster.
//!
//! Scores are those of Fellegi and Sunter (*A Theory for Record Linkage*, 1969), learnt without labels. The steps for a file:
//! [`Record::new`] for each person, [`Linkage::new`], [`Linkage::train`], [`Linkage::clusters`].

mod address;
mod blocking;
mod calibrate;
mod cluster;
mod compare;
mod explain;
mod frequency;
mod index;
mod model;
mod names;
mod nickname;
mod record;
mod resolve;
mod short;
mod train;

pub use calibrate::Calibration;
pub use compare::{Comparison, Field, Level, Pattern, compare};
pub use explain::{Evidence, Explanation, Language};
pub use frequency::{Frequencies, take_out_generic};
pub use index::{Decision, Index, decide};
pub use model::{Model, ModelError, Probabilities, Score, Scorer, VERSION, Verdict, Veto};
pub use record::{Locale, Person, Record, is_relay_address};
pub use resolve::{Linkage, Resolved, ScoredPair};
