//! The hotel domain: properties and rooms, guests, reservations, stays, folios, members.
//!
//! Types, state machines and decisions, all pure: a decision takes what was loaded and the time,
//! and returns what is to be written. Amounts are minor units of the currency beside them; dates are
//! hotel dates (a night belongs to the date on which it begins).

pub mod account;
pub mod audit;
pub mod billing;
pub mod block;
pub mod books;
pub mod card;
pub mod channel;
pub mod city_ledger;
pub mod clock;
pub mod closing;
pub mod company;
pub mod deposit;
pub mod error;
pub mod event;
pub mod exchange_rate;
pub mod finding;
pub mod folio;
pub mod golden;
pub mod guest;
pub mod ids;
pub mod import_file;
pub mod invoice;
pub mod job;
pub mod journal;
pub mod list;
pub mod lock;
pub mod member;
pub mod message;
pub mod note;
pub mod package;
pub mod part;
pub mod place;
pub mod programme;
pub mod property;
pub mod rate;
pub mod reservation;
pub mod season;
pub mod shift;
pub mod source;
pub mod state;
pub mod stay;
pub mod task;
pub mod terms;
pub mod upkeep;

pub use error::{Rule, RuleError};
pub use message::{Language, Message};
pub use place::{Place, Pointer};
