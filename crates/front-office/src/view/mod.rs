//! Views returned by the front office. No record is returned as it is stored: room numbers and codes replace ids, and an
//! id is shown where a later call needs it.

pub mod bill;
pub mod booking;
pub mod names;
pub mod points;
pub mod property;
pub mod stay;
