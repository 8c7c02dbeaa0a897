//! Other systems: their files become records of Hefu, door-lock systems are told of room keys, calendars of channels are read, and hotel systems are asked.

pub mod calendars;
pub mod desk;
pub mod feeds;
pub mod import;
pub mod locks;
pub mod source;
