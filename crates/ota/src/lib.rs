//! What channels send in OpenTravel's XML: reservations (`OTA_HotelResNotifRQ`, and `OTA_ResRetrieveRS` in the form of AlpineBits, 2018-10 to
//! 2024-10), stays and consumption (`OTA_HotelStayInfoNotifRQ`), free rooms (`OTA_HotelInvCountNotifRQ`, `OTA_HotelAvailNotifRQ`), rooms (`OTA_HotelDescriptiveContentNotifRQ`); and the answers to them.
//!
//! A message that is no such message is refused as a whole; of one that is, each reservation is read by itself, and one that cannot be
//! understood has its reason. What is hostile (document types, entities, depth, size) is refused before anything is made of it. Numbers and holders of cards are
//! never taken in. What hotel systems answer in JSON (Oracle OHIP, Mews) is read in the same way, reservation by reservation. Pure.

mod answer;
mod calendar;
mod encoding;
mod free;
mod handshake;
mod inventory;
mod json;
mod mews;
mod ohip;
mod read;
mod received;
mod record;
mod reservation;
mod stay;
mod tree;

pub use answer::{Outcome, Told, acknowledge, answer, pong, refusal, refuse};
pub use calendar::{CalendarRefused, Nights, blocked_nights};
pub use encoding::text_of;
pub use free::{AllFreeRooms, FreeRooms};
pub use handshake::{VERSIONS, capabilities};
pub use inventory::{Categories, RoomCategory};
pub use mews::{MewsList, mews_customers, mews_ids, mews_list, mews_records, mews_services};
pub use ohip::{OhipPage, ohip_page};
pub use read::{Kind, Message, read};
pub use received::{Received, receive, receive_as};
pub use record::{receive_kept, record};
pub use reservation::{Fault, Guest, Problem, Reservation, RoomStay, Status};
pub use stay::{Charge, StayInfo, Stays};
pub use tree::{Limits, Refused};
