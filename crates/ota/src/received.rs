//! What a channel sends, whatever it is.

use crate::{
    free::{AllFreeRooms, free_rooms},
    inventory::{Categories, categories},
    read::{Message, reservations},
    reservation::Wrong,
    stay::{Stays, stays},
    tree::{Limits, Refused, parse},
};

/// A message that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Reservations.
    Reservations(Message),
    /// Stays and what was consumed in them.
    Stays {
        /// What the answer repeats.
        echo: Option<String>,
        /// The stays.
        stays: Stays,
    },
    /// How many rooms are free.
    FreeRooms {
        /// What the answer repeats.
        echo: Option<String>,
        /// The element of the answer.
        answer: &'static str,
        /// The property in the channel's codes.
        hotel: Option<String>,
        /// What is told.
        parts: AllFreeRooms,
    },
    /// What rooms the property has.
    Inventory {
        /// What the answer repeats.
        echo: Option<String>,
        /// The property in the channel's codes.
        hotel: Option<String>,
        /// What is told.
        parts: Categories,
    },
    /// A channel asks whether anybody is there.
    Ping {
        /// What the answer repeats.
        echo: Option<String>,
        /// What it wants to hear again.
        data: String,
    },
}

/// Reads a message of any kind that is taken.
///
/// # Errors
/// It is none of these, or more than the limits allow.
pub fn receive(text: &str, limits: &Limits) -> Result<Received, Refused> {
    receive_as(text, None, limits)
}

/// The same, of a message that is what the form of AlpineBits says: `OTA_HotelDescriptiveContentNotif:Info`.
///
/// # Errors
/// As [`receive`].
pub fn receive_as(text: &str, action: Option<&str>, limits: &Limits) -> Result<Received, Refused> {
    let root = parse(text, limits)?;
    let echo = root.attribute("EchoToken").map(str::to_owned);
    let answer = match root.name.as_str() {
        "OTA_HotelStayInfoNotifRQ" => return Ok(Received::Stays { echo, stays: stays(&root) }),
        "OTA_HotelInvCountNotifRQ" => "OTA_HotelInvCountNotifRS",
        "OTA_HotelAvailNotifRQ" => "OTA_HotelAvailNotifRS",
        "OTA_HotelDescriptiveContentNotifRQ" => {
            let (hotel, parts) = categories(&root, action).map_err(broken)?;
            return Ok(Received::Inventory { echo, hotel, parts });
        }
        "OTA_PingRQ" => {
            let data = root.child("EchoData").and_then(crate::tree::Element::words).unwrap_or_default();
            return Ok(Received::Ping { echo, data: data.to_owned() });
        }
        _ => return reservations(&root).map(Received::Reservations),
    };
    let (hotel, parts) = free_rooms(&root).map_err(broken)?;
    Ok(Received::FreeRooms { echo, answer, hotel, parts })
}

const fn broken((at, problem): Wrong) -> Refused {
    Refused::Broken(at, problem)
}
