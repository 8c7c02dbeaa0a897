//! Keys and what is done with them: the tenant's [`KeyRing`], each owner's [`DataKey`], blind search tokens.
//!
//! A person's fields are sealed under that person's own data key; data keys are wrapped by the tenant's key ring,
//! which lives in a key file or an environment secret and never in the database. Destroying a data key erases
//! everything sealed under it. Search goes over keyed hashes ([`KeyRing::tokens_live`]), because document and phone
//! numbers are few enough to be tried out one by one against an unkeyed hash.
//!
//! Randomness comes in as a parameter; the only I/O is the key file.

mod bytes;
mod cipher;
mod data_key;
mod error;
mod key_ring;
mod os_rng;
mod public_key;

pub use bytes::sha256;
pub use data_key::{Aad, DataKey};
pub use error::{CryptoError, KeyError, KeyFormatError};
pub use key_ring::{KeyCheck, KeyRing, LedgerKey, WrappedKey};
pub use os_rng::OsRng;
pub use public_key::{PublicKey, plain_sha256};

/// Ends the process with a message, for failures that only a broken machine or library produces: going on would store
/// data that is unprotected or that nobody can read again.
fn give_up(what: &str) -> ! {
    eprintln!("hefu: {what}; stopping, because going on could lose or expose data");
    std::process::abort()
}
