//! Importers: files of other systems become records of Hefu.

pub mod source;
