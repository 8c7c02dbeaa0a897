//! Guests: one person, one guest. A guest being entered is first matched with the known ones, and guests who turn out to be the same person are merged, by the
//! model or by a person, in a way that can be undone.
//!
//! A source record belongs to the guest it was recorded for, for good; so do visits, bills and points. A merge only redirects one
//! guest to another. That makes it fast however long a guest's history is, and exact to undo.

pub mod batch;
pub mod candidate;
pub mod cluster;
pub mod flag;
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
