//! Synthetic people, ledgers and months: for demonstrations, tests, benchmarks and for anonymous booking files that need guests.
//!
//! Every person is fictitious and any resemblance is coincidental. E-mail addresses use the reserved example domains
//! (RFC 2606). Document and phone numbers are well formed, so one may happen to be somebody's: never send to them.
//!
//! A person is determined by the seed, an index and the requested nationality alone, so any of them can be generated at any time
//! without the previous ones. Names repeat as in real life; numbers do not: under one seed, people with different indices
//! below ten million never share a document number of the same country and type, a phone number or an e-mail
//! address. This is guaranteed by permuting the index, not left to chance.

mod chinese;
mod countries;
mod draws;
mod guests;
mod ledgers;
mod month;
mod names;
mod numbers;
mod people;
mod permutation;
mod sex;
mod words;

pub use guests::{GuestRecord, Guests, Mix};
pub use ledgers::{LedgerEntry, LedgerEvent, LedgerTruth, Ledgers};
pub use month::Month;
pub use people::{People, Person};
pub use sex::Sex;
