//! Other systems: their files become records of Hefu, door-lock systems are told of room keys, and calendars of channels are read.

pub mod calendars;
pub mod desk;
pub mod import;
pub mod locks;
pub mod source;
