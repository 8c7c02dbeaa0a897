//! Names, phones, documents, e-mail addresses and dates as people write them, brought to one form,
//! and the one search box of a front desk taken apart.
//!
//! Everything here is a pure function of its arguments. A normal form serves two ends: two records
//! are compared by it, and a blind index is computed over it, so what two people write for the same
//! thing must come out equal. The errors name the rule that failed and never hold the text itself.

pub mod date;
pub mod document;
pub mod email;
pub mod mask;
pub mod matching;
pub mod name;
pub mod phone;
pub mod query;
mod text;
