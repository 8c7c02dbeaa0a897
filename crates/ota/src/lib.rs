//! Reservations as channels send them in OpenTravel's XML: `OTA_HotelResNotifRQ`, and `OTA_ResRetrieveRS` in the form of AlpineBits (2018-10 to
//! 2024-10); and the answers to them.
//!
//! A message that is no such message is refused as a whole; of one that is, each reservation is read by itself, and one that cannot be
//! understood has its reason. What is hostile (document types, entities, depth, size) is refused before anything is made of it. Numbers and holders of cards are
//! never taken in. Pure.

mod answer;
mod read;
mod reservation;
mod tree;

pub use answer::{Outcome, answer, refusal};
pub use read::{Kind, Message, read};
pub use reservation::{Fault, Guest, Problem, Reservation, RoomStay, Status};
pub use tree::{Limits, Refused};
