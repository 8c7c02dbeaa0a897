//! The bill: posting lines, and the effects of a posting.

pub mod bill;
pub mod charge;
pub mod correct;
pub mod desk;
pub mod line;
pub mod master;
pub mod overrun;
pub mod payment;
pub mod penalty;
pub mod reverse;
pub mod settle;
pub mod split;
pub mod to_come;
pub mod transfer;

pub use self::{
    charge::{
        FREE_NIGHT, RoomCharge, charge, charge_inclusive, charge_with, night_price, post_room, price_of,
        room_charge, stay_price,
    },
    line::{NewPosting, code, destination, post, window},
};
pub(crate) use crate::limits::too_large;
pub use crate::limits::{MOST, check_amount, check_reference, check_text};
