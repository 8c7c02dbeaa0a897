//! Invented people: for demonstrations, tests, benchmarks and for anonymous booking files that need guests.
//!
//! Every person is invented and any resemblance is chance. E-mail addresses use the reserved example domains
//! (RFC 2606). Document and phone numbers are well formed, so one may happen to be somebody's: never send to them.
//!
//! A person follows from the seed, an index and the asked nationality alone, so any of them can be made at any time
//! without the ones before. Names repeat as in life; numbers do not: under one seed, people with different indices
//! below ten million never share a document number of the same country and type, a phone number or an e-mail
//! address. This is by permutation of the index, not by chance.

mod chinese;
mod countries;
mod draws;
mod guests;
mod names;
mod numbers;
mod people;
mod permutation;
mod sex;
mod words;

pub use guests::{GuestRecord, Guests, Mix};
pub use people::{People, Person};
pub use sex::Sex;
