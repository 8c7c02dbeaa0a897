//! Channels 【渠道】 of a property: what they send of bookings, stays, consumption and free rooms becomes source records and visits in the same way as the rows
//! of a file (`hefu-import`), and so does what hotel systems answer that are asked; what cannot be taken is kept with its reason until it, or the setup, is mended. See ADR 37 and ADR 42.

pub mod calendar;
mod claim;
pub mod client;
pub mod feed;
mod hold;
pub mod mend;
pub mod messages;
mod mews;
mod ohip;
mod other;
pub mod poll;
pub mod receive;
pub mod replay;
mod sender;
pub mod setup;
mod take;

pub use hefu_ota::text_of;
