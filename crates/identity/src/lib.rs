//! Normalisation of names, phones, documents, e-mail addresses and dates as people write them,
//! and parsing of the front desk's search box.
//!
//! Everything here is a pure function of its arguments. A normal form serves two purposes: records
//! are compared by it, and a blind index is computed over it, so different spellings of the same
//! value must come out equal. The errors name the rule that failed and never contain the text itself.

pub mod date;
pub mod document;
pub mod email;
pub mod mask;
pub mod matching;
pub mod name;
pub mod phone;
pub mod query;
mod text;
