//! Importers: files of other systems become records of Hefu.

pub mod import;
pub mod source;
