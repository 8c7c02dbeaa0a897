//! Channels 【渠道】 of a property: what they send of bookings, stays, consumption and free rooms becomes source records and visits in the same way as the rows
//! of a file (`hefu-import`); what cannot be taken is kept with its reason until it, or the setup, is mended. See ADR 37.

pub mod calendar;
mod claim;
mod hold;
pub mod mend;
pub mod messages;
mod other;
pub mod receive;
pub mod replay;
mod sender;
pub mod setup;
mod take;
