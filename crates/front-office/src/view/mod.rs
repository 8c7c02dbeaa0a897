//! What the front office's answers are made of. No record goes out as it lies in the database: room numbers and codes stand for ids, and an
//! id is shown where a later call needs it.

pub mod bill;
pub mod booking;
pub mod names;
pub mod points;
pub mod property;
pub mod stay;
