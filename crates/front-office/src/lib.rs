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
pub mod member;
pub mod pre_auth;
pub mod property;
pub mod rates;
pub mod setup;
pub mod terms;
pub mod view;
pub mod visit;
