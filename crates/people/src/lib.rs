//! Guests: one person, one guest. Whoever is entered is looked for first, and guests who turn out to be one person are merged, by the
//! model or by a person, so that it can be undone.
//!
//! A source record belongs to the guest it was recorded for, for good; so do visits, bills and points. A merge only says that one
//! guest is read as another. That makes it quick however long a guest's history is, and exact to undo.

pub mod batch;
pub mod candidate;
pub mod cluster;
pub mod golden;
pub mod guest;
pub mod matching;
pub mod merge;
pub mod model;
pub mod observer;
pub mod pair;
pub mod profile;
pub mod recognise;
pub mod reconsider;
pub mod review;
pub mod tokens;
mod typed;
pub mod view;
