//! Rules of the property that a request can break.

use std::fmt;

use crate::{
    message::{Language, Message},
    place::{Place, Pointer},
};

hefu_kernel::codes! {
    /// A broken rule. The code is stable: clients branch on it.
    pub enum Rule {
        /// The record is not in a state that allows this.
        WrongState = "wrong_state",
        /// A night is sold out.
        NoInventory = "no_inventory",
        /// A night is not sold: of the plan, the room type or the channel.
        StopSell = "stop_sell",
        /// Nobody arrives on the date.
        ClosedToArrival = "closed_to_arrival",
        /// Nobody leaves on the date.
        ClosedToDeparture = "closed_to_departure",
        /// Who arrives on the date stays longer.
        MinimumStay = "minimum_stay",
        /// Who arrives on the date stays no longer.
        MaximumStay = "maximum_stay",
        /// The plan is for certain companies, or needs a promotion code.
        PlanRestricted = "plan_restricted",
        /// The room is taken on a night.
        RoomTaken = "room_taken",
        /// The room cannot be let (dirty, out of order).
        RoomNotReady = "room_not_ready",
        /// The guest is on the blacklist.
        GuestBlacklisted = "guest_blacklisted",
        /// The folio is not settled.
        BalanceDue = "balance_due",
        /// An invalid amount.
        BadAmount = "bad_amount",
        /// Invalid dates.
        BadDates = "bad_dates",
        /// More people than the room sleeps.
        TooManyPeople = "too_many_people",
        /// A currency other than the one required.
        WrongCurrency = "wrong_currency",
        /// Already reversed, or itself a reversal.
        AlreadyReversed = "already_reversed",
        /// Not enough points.
        NotEnoughPoints = "not_enough_points",
        /// The city-ledger account's credit limit is exceeded.
        CreditExceeded = "credit_exceeded",
        /// The property has no lock system that keys could be made with.
        NoLockSystem = "no_lock_system",
        /// The lock system does not answer.
        LockSystemDown = "lock_system_down",
        /// The file is being imported, or was.
        ImportStarted = "import_started",
        /// The file is not on this server any more.
        FileGone = "file_gone",
        /// The row was mended or left out.
        RowDecided = "row_decided",
        /// A value is missing or malformed.
        Invalid = "invalid",
        /// A value that must be unique already exists.
        Exists = "already_exists",
    }
}

/// A broken rule and its message. It contains no personal data: it goes into answers and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Which rule.
    pub rule: Rule,
    /// The part of the request concerned.
    pub at: Place,
    /// What was expected, and what to do.
    pub message: Message,
}

impl RuleError {
    /// A rule broken at a location: a field (`"departure"`), a nested one (`("rooms", i, "arrival")`), or none (`()`).
    pub fn new(rule: Rule, at: impl Into<Place>, message: Message) -> Self {
        Self { rule, at: at.into(), message }
    }

    /// The same in a part of a larger body.
    #[must_use]
    pub fn under(self, prefix: impl Into<Pointer>) -> Self {
        Self { at: self.at.under(prefix), ..self }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.rule, self.message.text(Language::English), self.at)
    }
}

impl std::error::Error for RuleError {}
