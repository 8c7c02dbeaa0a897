//! The principal: who makes a request.

use std::{borrow::Cow, fmt};

use hefu_domain::ids::GuestId;
use hefu_kernel::Id as _;
use uuid::Uuid;

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Anyone who can reach a server without accounts, which listens on loopback only, or runs its commands on the same machine.
    LocalAdministrator,
    /// Work that Hefu does on its own, or that a command line starts: the name of the job, e.g. `night-audit`.
    Job(Cow<'static, str>),
    /// A member of staff, by account.
    Staff(Uuid),
    /// A program of another system, by the id of its key.
    ApiClient(Uuid),
    /// A guest who looks at their own data.
    Guest(GuestId),
    /// Somebody of whom nothing is known.
    Anyone,
}

impl Principal {
    /// A job of this name.
    pub fn job(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Job(name.into())
    }

    /// Whoever has this opaque name: what [`Display`](fmt::Display) writes, read back. A name of no other form is a job's.
    pub fn named(name: &str) -> Self {
        let of = |kind: &str| name.strip_prefix(kind).and_then(|id| Uuid::try_parse(id).ok());
        match name {
            "local-administrator" => Self::LocalAdministrator,
            "anyone" => Self::Anyone,
            _ => of("staff:")
                .map(Self::Staff)
                .or_else(|| of("client:").map(Self::ApiClient))
                .or_else(|| of("guest:").map(|id| Self::Guest(GuestId::from_uuid(id))))
                .unwrap_or_else(|| Self::job(name.to_owned())),
        }
    }

    /// The kind as Cedar would call its entity type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::LocalAdministrator => "LocalAdministrator",
            Self::Job(_) => "Job",
            Self::Staff(_) => "Staff",
            Self::ApiClient(_) => "ApiClient",
            Self::Guest(_) => "Guest",
            Self::Anyone => "Anyone",
        }
    }
}

/// The opaque name under which the journal and the logs know the principal: no personal data.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalAdministrator => f.write_str("local-administrator"),
            Self::Job(name) => f.write_str(name),
            Self::Staff(id) => write!(f, "staff:{id}"),
            Self::ApiClient(id) => write!(f, "client:{id}"),
            Self::Guest(id) => write!(f, "guest:{id}"),
            Self::Anyone => f.write_str("anyone"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_name_is_read_back() {
        let id = Uuid::from_u128(7);
        for principal in [
            Principal::LocalAdministrator,
            Principal::job("night-audit"),
            Principal::Staff(id),
            Principal::ApiClient(id),
            Principal::Guest(GuestId::from_uuid(id)),
            Principal::Anyone,
        ] {
            assert_eq!(Principal::named(&principal.to_string()), principal);
        }
        assert_eq!(Principal::named("staff:nobody"), Principal::job("staff:nobody"));
    }
}
