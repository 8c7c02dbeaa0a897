//! Who works with Hefu, and how that is known: staff accounts with password and second factor, sessions, the keys of other systems' programs, and
//! what each of them was granted.
//!
//! [`door::Door::resolve`] turns what a request carries into a principal and its rights. Everything else is a use case as any other.

pub mod account;
pub mod alarm;
pub mod channel;
pub mod client;
pub mod colleague;
pub mod door;
pub mod emergency;
pub mod grant;
pub mod leaked;
pub mod oidc;
pub mod own;
pub mod passkey;
pub mod password;
pub mod provider;
pub mod recovery;
pub mod roles;
pub mod session;
pub mod settings;
pub mod setup;
mod shown;
mod subject;
pub mod totp;
pub mod webauthn;
