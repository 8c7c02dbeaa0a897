//! Other systems: their files become records of Hefu, and door-lock systems are told of room keys.

pub mod desk;
pub mod import;
pub mod locks;
pub mod source;
