//! The reading half of the history importer: files of other systems become [`BookingRecord`]s.
//!
//! [`open`] yields the rows of a CSV, XLSX or JSON-lines file as [`Raw`] text; a [`Map`], written in
//! TOML, says what the columns mean; [`Map::record`] turns one row into a booking or says why it
//! cannot. Every row of the file comes out on one of the two sides: none is dropped, none stops
//! the rows after it.

mod delimited;
mod json_lines;
mod map;
mod open;
mod raw;
mod record;
mod rows;
mod spec;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
mod value;
mod workbook;

pub use map::Map;
pub use open::{open, total_rows_hint};
pub use raw::Raw;
pub use record::{BookingRecord, DepositKind, Figures, Note, PersonRecord, Reason, Rejected, Status};
pub use rows::{Rows, SourceError};
pub use spec::MapError;
