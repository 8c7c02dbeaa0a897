//! Somebody gets at the database behind Hefu's back, on both engines: `hefu verify` notices whatever changes what is served.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "integrity/attack.rs"]
mod attack;
#[path = "integrity/cells.rs"]
mod cells;
#[path = "integrity/schema.rs"]
mod schema;
#[path = "integrity/spelling.rs"]
mod spelling;
#[path = "integrity/story.rs"]
mod story;
