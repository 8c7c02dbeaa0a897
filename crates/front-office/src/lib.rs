//! The front office: properties and their setup, bookings, stays, bills, memberships, housekeeping and the night audit.

pub mod audit;
pub mod block;
pub mod books;
pub mod city_ledger;
pub mod company;
pub mod deposit;
pub mod duplicates;
pub mod folio;
pub mod group;
pub mod house;
pub mod housekeeping;
pub mod kitchen;
pub mod list;
pub mod member;
pub mod note;
pub mod pre_auth;
pub mod property;
pub mod rates;
pub mod rooms;
pub mod setup;
pub mod task;
pub mod terms;
pub mod upkeep;
pub mod view;
pub mod visit;
pub mod wake_up;
