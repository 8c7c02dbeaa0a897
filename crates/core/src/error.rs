//! What a use case can answer instead of its result.

use hefu_domain::{Rule, RuleError};
use hefu_kernel::StayRangeError;
use hefu_store::{StoreError, WriteError};

/// A use case that did not happen. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule of the property.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// No such record.
    #[error("no {what} {id}")]
    NotFound {
        /// Kind of record, e.g. `visit`.
        what: &'static str,
        /// The id or number asked for; never a name, phone or document.
        id: String,
    },
    /// A visit number with a wrong check digit.
    #[error("the number is mistyped: its check digit does not fit")]
    Mistyped,
    /// A number that several properties' systems use; say which property.
    #[error("the number leads to {} visits", .properties.len())]
    Ambiguous {
        /// Codes of the properties.
        properties: Vec<String>,
    },
    /// `If-Match` named another version than the present one.
    #[error("the record is at version {now}")]
    Stale {
        /// The present version.
        now: i64,
    },
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The principal may not.
    #[error("not allowed: {action}")]
    Forbidden {
        /// Name of the action.
        action: &'static str,
    },
    /// A bug of ours was noticed before it did harm.
    #[error("internal: {0}")]
    Internal(&'static str),
    /// Storage failed.
    #[error(transparent)]
    Store(StoreError),
}

/// What use cases answer.
pub type Result<T> = std::result::Result<T, AppError>;

impl AppError {
    /// A value that is missing or malformed.
    pub fn invalid(at: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Rule(RuleError::new(Rule::Invalid, at, detail))
    }

    /// Unmasked personal data is shown only with a reason.
    pub(crate) fn reason_required() -> Self {
        Self::invalid("reason", "say why the guest's data is to be shown")
    }

    /// No `what` with this id.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
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
            Self::Internal(_) => "internal",
            Self::Store(StoreError::Conflict { .. }) => "conflict",
            Self::Store(StoreError::Unwritable(_)) => "storage_full",
            Self::Store(StoreError::Unreachable { .. }) => "storage_unreachable",
            Self::Store(StoreError::Erased) => "erased",
            Self::Store(_) => "storage_failed",
        }
    }
}

/// Refuses a change that was made on another version than the present one.
///
/// # Errors
/// [`AppError::Stale`] with the present version.
pub fn check_version(if_match: Option<i64>, now: i64) -> Result<()> {
    match if_match {
        Some(version) if version != now => Err(AppError::Stale { now }),
        _ => Ok(()),
    }
}

/// The one place where what the database refused becomes what the property does not allow.
impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let rule = |rule, at: &str, detail: &str| Self::Rule(RuleError::new(rule, at, detail));
        match &error {
            StoreError::Check { check } => match check.as_str() {
                "inventory_not_oversold" => {
                    rule(Rule::NoInventory, "room_type", "nothing left on one of the nights")
                }
                "membership_points" => rule(Rule::NotEnoughPoints, "points", "more points than there are"),
                "city_account_credit" => {
                    rule(Rule::CreditExceeded, "city_account", "the credit limit is used up")
                }
                "text_without_nul" => rule(Rule::Invalid, "text", "no text may hold the character NUL"),
                "date_in_range" => rule(Rule::BadDates, "date", "dates are of the years 1 to 9999"),
                other => rule(Rule::Invalid, other, "the value is out of its range"),
            },
            StoreError::Duplicate { table } => match table.as_str() {
                "room_night" => {
                    rule(Rule::RoomTaken, "room", "somebody else holds the room on one of the nights")
                }
                "stay" => rule(Rule::RoomTaken, "room", "somebody else lives in it"),
                "data_key" | "guest_pair" => Self::Store(error),
                table => rule(Rule::Exists, table, "the code or number is in use"),
            },
            _ => Self::Store(error),
        }
    }
}

impl From<StayRangeError> for AppError {
    fn from(error: StayRangeError) -> Self {
        Self::Rule(RuleError::new(Rule::BadDates, "departure", error.to_string()))
    }
}

impl WriteError for AppError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}
