//! Errors that use cases return.

use hefu_domain::{
    Language, Message, Place, Pointer, Rule, RuleError,
    message::{Codes, Missing},
};
use hefu_kernel::{StayRange, StayRangeError};
use hefu_store::{StoreError, WriteError};

/// A use case failed. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule of the property.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// No such record.
    #[error("{} ({id})", self.message().text(Language::English))]
    NotFound {
        /// Kind of record.
        what: Missing,
        /// The requested id or number; never a name, phone or document. For logs: no answer repeats it.
        id: String,
        /// Where the request named it.
        at: Place,
    },
    /// A visit number with a wrong check digit.
    #[error("{}", self.message().text(Language::English))]
    Mistyped,
    /// A number used by several systems, of several properties or of one; specify which is meant.
    #[error("{}", self.message().text(Language::English))]
    Ambiguous {
        /// Codes of the properties.
        properties: Vec<String>,
        /// The visits' own numbers, where all are of one property.
        visits: Vec<String>,
    },
    /// `If-Match` named a version other than the current one.
    #[error("{}", self.message().text(Language::English))]
    Stale {
        /// The current version.
        now: i64,
    },
    /// The idempotency key was used for another request.
    #[error("{}", self.message().text(Language::English))]
    KeyReused,
    /// The principal is not permitted to do this.
    #[error("not allowed: {action}")]
    Forbidden {
        /// Name of the action.
        action: &'static str,
    },
    /// Nobody has signed in, or the session has ended.
    #[error("{}", self.message().text(Language::English))]
    NotSignedIn,
    /// The login, the password or the code is wrong. Which of them is not said.
    #[error("{}", self.message().text(Language::English))]
    SignInRefused,
    /// Too many attempts failed; none is looked at for a while.
    #[error("{}", self.message().text(Language::English))]
    TooManyAttempts {
        /// For how long, seconds.
        seconds: i64,
    },
    /// All that may be unmasked on a day was.
    #[error("{}", self.message().text(Language::English))]
    UnmaskingsSpent {
        /// How many it is on a day.
        most: i64,
        /// How long until the next day begins, seconds.
        seconds: i64,
    },
    /// The second factor has to be shown, or to be shown again.
    #[error("{}", self.message().text(Language::English))]
    SecondFactorNeeded,
    /// A bug of ours was detected before it did harm.
    #[error("internal: {0}")]
    Internal(&'static str),
    /// The storage failed.
    #[error(transparent)]
    Store(StoreError),
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, AppError>;

impl AppError {
    /// A value that is missing or malformed.
    pub fn invalid(at: impl Into<Place>, message: Message) -> Self {
        Self::Rule(RuleError::new(Rule::Invalid, at, message))
    }

    /// Unmasked personal data is shown only with a reason.
    pub(crate) fn reason_required() -> Self {
        Self::invalid("reason", Message::RevealNeedsReason)
    }

    /// No `what` with this id.
    pub fn not_found(what: Missing, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string(), at: Place::Request }
    }

    /// The same with the location in the request.
    #[must_use]
    pub fn at(self, place: impl Into<Place>) -> Self {
        match self {
            Self::Rule(rule) => Self::Rule(RuleError { at: place.into(), ..rule }),
            Self::NotFound { what, id, .. } => Self::NotFound { what, id, at: place.into() },
            other => other,
        }
    }

    /// The same in a part of a larger body: its location gets the prefix.
    #[must_use]
    pub fn under(self, prefix: impl Into<Pointer>) -> Self {
        match self {
            Self::Rule(rule) => Self::Rule(rule.under(prefix)),
            Self::NotFound { what, id, at } => Self::NotFound { what, id, at: at.under(prefix) },
            other => other,
        }
    }

    /// The part of the request the error is about.
    pub const fn place(&self) -> &Place {
        match self {
            Self::Rule(RuleError { at, .. }) | Self::NotFound { at, .. } => at,
            Self::Stale { .. } => &Place::Header("If-Match"),
            Self::KeyReused => &Place::Header("Idempotency-Key"),
            _ => &Place::Request,
        }
    }

    /// The message for it.
    pub fn message(&self) -> Message {
        match self {
            Self::Rule(rule) => rule.message.clone(),
            Self::NotFound { what, .. } => Message::NotFound { what: *what },
            Self::Mistyped => Message::Mistyped,
            Self::Ambiguous { properties, visits } if visits.is_empty() => {
                Message::Ambiguous { properties: Codes::of(properties) }
            }
            Self::Ambiguous { visits, .. } => Message::AmbiguousVisits { visits: Codes::of(visits) },
            Self::Stale { now } => Message::Stale { now: *now },
            Self::KeyReused => Message::KeyReused,
            Self::Forbidden { .. } => Message::Forbidden,
            Self::NotSignedIn => Message::NotSignedIn,
            Self::SignInRefused => Message::SignInRefused,
            Self::TooManyAttempts { seconds } => Message::TooManyAttempts { seconds: *seconds },
            Self::UnmaskingsSpent { most, .. } => Message::UnmaskingsSpent { most: *most },
            Self::SecondFactorNeeded => Message::SecondFactorNeeded,
            Self::Internal(_) => Message::Internal,
            Self::Store(StoreError::Conflict { .. }) => Message::Conflict,
            Self::Store(StoreError::Unwritable(_)) => Message::StorageFull,
            Self::Store(StoreError::Unreachable { .. }) => Message::StorageUnreachable,
            Self::Store(StoreError::Erased) => Message::Erased,
            Self::Store(_) => Message::StorageFailed,
        }
    }

    /// The stable code of the problem.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rule(error) => error.rule.code(),
            Self::NotFound { .. } => "not_found",
            Self::Mistyped => "mistyped_number",
            Self::Ambiguous { .. } => "ambiguous_number",
            Self::Stale { .. } => "stale",
            Self::KeyReused => "idempotency_key_reused",
            Self::Forbidden { .. } => "forbidden",
            Self::NotSignedIn => "not_signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::UnmaskingsSpent { .. } => "unmaskings_spent",
            Self::SecondFactorNeeded => "second_factor_required",
            Self::Internal(_) => "internal",
            Self::Store(StoreError::Conflict { .. }) => "conflict",
            Self::Store(StoreError::Unwritable(_)) => "storage_full",
            Self::Store(StoreError::Unreachable { .. }) => "storage_unreachable",
            Self::Store(StoreError::Erased) => "erased",
            Self::Store(_) => "storage_failed",
        }
    }
}

/// Refuses a change that is based on a version other than the current one.
///
/// # Errors
/// [`AppError::Stale`] with the current version.
pub fn check_version(if_match: Option<i64>, now: i64) -> Result<()> {
    match if_match {
        Some(version) if version != now => Err(AppError::Stale { now }),
        _ => Ok(()),
    }
}

/// The one place that translates what the database refused into what the property does not allow. Names of checks and
/// tables stay here.
impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let rule = |rule, at: Place, message| Self::Rule(RuleError::new(rule, at, message));
        match &error {
            StoreError::Check { check } => match check.as_str() {
                "inventory_not_oversold" => rule(Rule::NoInventory, Place::Request, Message::SoldOut),
                "membership_points" => rule(Rule::NotEnoughPoints, "points".into(), Message::PointsShort),
                "city_account_credit" => {
                    rule(Rule::CreditExceeded, "account".into(), Message::CreditExceeded)
                }
                "text_without_nul" => rule(Rule::Invalid, Place::Request, Message::NoNul),
                "date_in_range" => rule(Rule::BadDates, Place::Request, Message::YearsOfDates),
                _ => rule(Rule::Invalid, Place::Request, Message::OutOfRange),
            },
            StoreError::Duplicate { table } => match table.as_str() {
                "room_night" => rule(Rule::RoomTaken, "room".into(), Message::RoomHeld),
                "stay" => rule(Rule::RoomTaken, "room".into(), Message::RoomLivedIn),
                "visit_alias" => rule(Rule::Exists, Place::Request, Message::OutsideNumberTaken),
                "data_key" | "guest_pair" => Self::Store(error),
                _ => rule(Rule::Exists, Place::Request, Message::CodeTaken),
            },
            _ => Self::Store(error),
        }
    }
}

/// The message about two dates that are not a stay.
pub fn no_stay(error: StayRangeError) -> Message {
    match error {
        StayRangeError::DepartureBeforeArrival => Message::DepartureBeforeArrival,
        StayRangeError::TooLong => Message::TooManyNights { most: StayRange::MAX_NIGHTS },
    }
}

impl From<StayRangeError> for AppError {
    fn from(error: StayRangeError) -> Self {
        Self::Rule(RuleError::new(Rule::BadDates, "departure", no_stay(error)))
    }
}

impl WriteError for AppError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}
