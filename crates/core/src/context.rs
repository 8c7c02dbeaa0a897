//! Who asks, from where, about what, in which language and why. Made at the door and passed on.

use std::net::IpAddr;

use hefu_authz::{Principal, Scope};
use hefu_domain::Language;

/// Where a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Over HTTP, from this address where it is known.
    Http(Option<IpAddr>),
    /// From the command line on this machine.
    CommandLine,
    /// From Hefu's own background work.
    Background,
}

impl Origin {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::CommandLine => "command_line",
            Self::Background => "background",
        }
    }
}

/// What makes two requests the same.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// The client's key.
    pub key: String,
    /// Digest of what is asked: the same key with another digest is refused.
    pub request: [u8; 32],
}

/// Who asks, from where, about what, in which language and why.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub principal: Principal,
    /// From where.
    pub origin: Origin,
    /// Which properties the request may be about.
    pub scope: Scope,
    /// The language of answers and errors.
    pub language: Language,
    /// Why, as given with the request.
    pub reason: Option<String>,
    /// Key and digest of the request, where the door got one.
    pub idempotency: Option<IdempotencyKey>,
}

impl Context {
    /// The context of a principal, without reason or key.
    pub fn new(principal: Principal, origin: Origin) -> Self {
        Self {
            principal,
            origin,
            scope: Scope::All,
            language: Language::Chinese,
            reason: None,
            idempotency: None,
        }
    }

    /// The context of background work of this name.
    pub fn job(name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::new(Principal::job(name), Origin::Background)
    }

    /// The context of a command line of this name.
    pub fn command_line(name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::new(Principal::job(name), Origin::CommandLine)
    }

    /// The context of whoever reaches a server that listens on loopback only.
    pub fn local_administrator() -> Self {
        Self::new(Principal::LocalAdministrator, Origin::Http(None))
    }
}

/// The digest by which two requests are the same.
pub fn request_digest(parts: &[&[u8]]) -> [u8; 32] {
    hefu_crypto::sha256(parts)
}
