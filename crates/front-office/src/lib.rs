//! The front office: properties and their setup, bookings, stays, bills, memberships, housekeeping and the night audit.

pub mod audit;
pub mod billing;
pub mod books;
pub mod city_ledger;
pub mod deposit;
pub mod duplicates;
pub mod exchange_rate;
pub mod folio;
pub mod group;
pub mod housekeeping;
pub mod invoice;
pub mod limits;
pub mod member;
pub mod pre_auth;
pub mod property;
pub mod series;
pub mod setup;
pub mod shift;
pub mod terms;
pub mod view;
pub mod visit;
