//! The reading half of the history importer: files of other systems become [`Record`]s.
//!
//! [`Source::open`] looks a file through and yields its rows as [`Raw`] text; a [`Map`], written in
//! TOML, says what the columns mean; [`Map::read`] turns one row into a record or says why it
//! cannot. Every row of the file comes out on one of the two sides: none is dropped, none stops
//! the rows after it.

mod delimited;
mod doubt;
mod encoding;
mod explain;
mod guess;
mod html;
mod json;
mod map;
mod money;
mod open;
mod raw;
mod record;
pub mod region;
mod rows;
mod settled;
mod spec;
mod survey;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests;
mod value;
mod vocabulary;
mod words;
mod workbook;

pub use doubt::Doubt;
pub use explain::{Shown, explain, masked_cell};
pub use guess::{Guess, Hints, guess, guess_named};
pub use map::{Map, RowIdentity};
pub use open::{Input, Source, open};
pub use raw::{EXPORT_COLUMNS, Raw};
pub use record::{
    BookingRecord, DepositKind, Figures, FileKind, Note, OtherRecord, PersonRecord, Record, Rejected, Status,
};
pub use rows::{Rows, SourceError};
pub use spec::MapError;
pub use survey::Survey;
