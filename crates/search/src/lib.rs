//! The search box over visits and guests.

mod current;
mod name;
mod property_cache;
mod query;
mod rank;
mod search;
mod view;
mod why;

pub use query::SearchQuery;
pub use view::{DocumentShort, GuestHit, GuestShort, LastVisit, SearchView, VisitHit};
pub use why::Why;
