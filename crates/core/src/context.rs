//! The context of a request: who, from where, about what, in which language and why. Created at the entry point and passed on.

use std::{borrow::Cow, net::IpAddr};

use hefu_authz::{Access, Principal, Scope};
use hefu_domain::{Language, Message, card::looks_like_card_number};

use crate::{AppError, Result};

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
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::CommandLine => "command_line",
            Self::Background => "background",
        }
    }
}

/// What identifies repetitions of a request.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// The client's key.
    pub key: String,
    /// Digest of the request: the same key with another digest is refused. It stays in memory; a keyed digest of it is stored.
    pub request: [u8; 32],
}

/// Who makes a request, from where, about what, in which language and why.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub principal: Principal,
    /// What they may do.
    pub access: Access,
    /// From where.
    pub origin: Origin,
    /// Which properties the request may concern.
    pub scope: Scope,
    /// The language of answers and errors.
    pub language: Language,
    /// Why, as given with the request. It is stored sealed, under the data key of the guest it concerns.
    pub reason: Option<String>,
    /// Key and digest of the request, if it has a key.
    pub idempotency: Option<IdempotencyKey>,
}

impl Context {
    /// The context of a principal, without reason or key. The local administrator and jobs may do everything, everybody else nothing.
    pub fn new(principal: Principal, origin: Origin) -> Self {
        let access = match principal {
            Principal::LocalAdministrator | Principal::Job(_) => Access::Everything,
            Principal::Staff(_) | Principal::ApiClient(_) | Principal::Guest(_) | Principal::Anyone => {
                Access::nothing()
            }
        };
        Self {
            principal,
            access,
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

    /// The context of the command line of this name, which speaks English.
    pub fn command_line(name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self { language: Language::English, ..Self::new(Principal::job(name), Origin::CommandLine) }
    }

    /// The same with these rights.
    #[must_use]
    pub fn with(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// The address the request came from, where it is known.
    pub const fn address(&self) -> Option<IpAddr> {
        match self.origin {
            Origin::Http(address) => address,
            Origin::CommandLine | Origin::Background => None,
        }
    }

    /// The context of anyone who can reach a server without accounts, which listens on loopback only.
    pub fn local_administrator() -> Self {
        Self::new(Principal::LocalAdministrator, Origin::Http(None))
    }
}

/// The longest permitted reason, characters.
const LONGEST_REASON: usize = 200;

impl Context {
    /// The same context with the reason from the body of the request, if there is one: it takes precedence over a reason given otherwise. A reason of
    /// only spaces is none.
    pub fn because(&self, body: Option<&str>) -> Cow<'_, Self> {
        let said = |reason: &str| Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        let reason = body.and_then(said).or_else(|| self.reason.as_deref().and_then(said));
        if reason == self.reason { Cow::Borrowed(self) } else { Cow::Owned(Self { reason, ..self.clone() }) }
    }

    /// Refuses a reason that is too long or contains a card number. The text does not repeat it.
    pub(crate) fn check_reason(&self) -> Result<()> {
        let reason = self.reason.as_deref().unwrap_or_default();
        if reason.chars().count() > LONGEST_REASON {
            return Err(AppError::invalid("reason", Message::AtMostCharacters { most: LONGEST_REASON }));
        }
        if looks_like_card_number(reason) {
            return Err(AppError::invalid("reason", Message::CardNumber));
        }
        Ok(())
    }
}

/// The digest that identifies repetitions of a request.
pub fn request_digest(parts: &[&[u8]]) -> [u8; 32] {
    hefu_crypto::sha256(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn because(header: Option<&str>, body: Option<&str>) -> Option<String> {
        let ctx = Context { reason: header.map(str::to_owned), ..Context::job("test") };
        ctx.because(body).into_owned().reason
    }

    #[test]
    fn the_reason_in_the_body_stands_before_the_one_beside_it() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(because(Some("flood"), None), some("flood"));
        assert_eq!(because(None, Some(" flood ")), some("flood"));
        assert_eq!(because(Some("fire"), Some("flood")), some("flood"));
        assert_eq!(because(Some(" fire "), Some("  ")), some("fire"));
        assert_eq!(because(Some(" "), None), None);
    }

    #[test]
    fn long_reasons_and_card_numbers_are_refused_and_not_repeated() {
        let check =
            |reason: &str| Context { reason: Some(reason.into()), ..Context::job("test") }.check_reason();
        assert!(check(&"长".repeat(200)).is_ok());
        assert!(check(&"长".repeat(201)).is_err());
        let refused =
            check("card 4111 1111 1111 1111").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("reason") && !refused.contains("4111"), "{refused}");
    }
}
