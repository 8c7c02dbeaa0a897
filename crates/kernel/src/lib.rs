//! Value types that every crate of Hefu shares: ids, money, nights, clock, randomness, visit numbers.
//!
//! Nothing here does I/O or knows about a database; time and randomness are parameters
//! ([`Clock`], [`Rng`]) so that every run is reproducible.

pub mod cell;
mod code;
mod hex;
mod id;
mod money;
mod number;
mod stay_range;
mod time;

pub use code::UnknownCode;
pub use hex::hex;
pub use id::{Id, Ids};
pub use money::{BasisPoints, Currency, Money, MoneyError};
pub use number::{NumberError, NumberStretch, VisitNumber};
pub use stay_range::{FIRST_DATE, LAST_DATE, StayRange, StayRangeError};
pub use time::{Clock, FixedClock, Steady, SystemClock};

mod rng;
pub use rng::{Rng, SeededRng};
