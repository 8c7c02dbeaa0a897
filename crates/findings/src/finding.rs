//! What is found.

use std::collections::BTreeSet;

use chrono::NaiveDate;
pub use hefu_domain::finding::{Cause, FindingKind, FindingOwner, FindingSource, Severity};
use hefu_domain::ids::FindingId as Id;
use hefu_kernel::{Currency, Id as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::record::{RecordId, Text};

/// Identifies a finding: the same whenever it is found again.
pub type FindingId = Id;

/// What was expected or found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "is", content = "value")]
#[schema(as = FindingValue)]
pub enum Value {
    /// Nothing.
    Nothing,
    /// A number of guests, rooms, nights, points or records.
    Count(i64),
    /// An amount in minor units of the finding's currency.
    Amount(i64),
    /// A day.
    Day(NaiveDate),
    /// Nights, the first and the day after the last.
    Nights {
        /// The first.
        from: NaiveDate,
        /// The day after the last.
        to: NaiveDate,
    },
    /// A code: a state, a currency, a system.
    Code(String),
}

/// What a record says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FindingEvidence)]
pub struct Evidence {
    /// The part it belongs to: `booking`, `stay`, `line`, `points`, `payment`, `settlement`.
    pub part: crate::Part,
    /// The record's key.
    pub record: String,
    /// What of it: `guests`, `rooms`, `nights`, `price`, `amount`, `discount`, `points`, `status`, `currency`, `person`, `registered`, `number`,
    /// `blocked`, `channel`, `date`, `fee`, `payments`, `usual`, `identities`.
    pub field: String,
    /// What it says.
    #[schema(value_type = FindingValue)]
    pub says: Value,
}

/// What has the name `Value` is any JSON to utoipa.
type FindingValue = Value;

/// What would correct it: an ordinary use case and what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "do")]
#[schema(as = FindingCorrection)]
pub enum Correction {
    /// Give the member's discount to the visit, also on what is charged already.
    GiveDiscount {
        /// Number of the visit.
        visit: String,
    },
    /// Count the points that the visit's bill earned.
    AccruePoints {
        /// Number of the visit.
        visit: String,
    },
    /// Take points back that were counted too often.
    TakePointsBack {
        /// Number of the membership.
        member: String,
        /// How many.
        points: i64,
    },
    /// Move what is held of the visit's deposits to its bill.
    ApplyDeposit {
        /// Number of the visit.
        visit: String,
    },
    /// Cancel a booking under its policy.
    CancelBooking {
        /// Number of the visit.
        visit: String,
    },
    /// Take a line of the bill back.
    ReverseLine {
        /// Number of the visit.
        visit: String,
        /// The line.
        line: String,
    },
    /// Take a part of what was charged off again.
    Allow {
        /// Number of the visit.
        visit: String,
        /// The line.
        line: String,
        /// How much, minor units.
        amount: i64,
    },
}

/// A contradiction between records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The same whenever it is found again.
    pub id: FindingId,
    /// What contradicts what.
    pub kind: FindingKind,
    /// Why.
    pub cause: Cause,
    /// How urgent it is.
    pub severity: Severity,
    /// The property.
    pub property: Text,
    /// The records it is about: with the kind they are its identity.
    pub about: Vec<RecordId>,
    /// What was expected.
    pub expected: Value,
    /// What was found.
    pub found: Value,
    /// Money at stake, minor units, 0 or more.
    pub stake: i64,
    /// Its currency.
    pub currency: Currency,
    /// What the records say.
    pub evidence: Vec<Evidence>,
    /// What would correct it; none: a person has to look.
    pub correction: Option<Correction>,
}

/// From which stake on a finding cannot wait, minor units.
const MUCH: i64 = 1_000_00;

/// Up to which stake a finding can wait, minor units.
const LITTLE: i64 = 100_00;

/// A finding in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    /// What contradicts what.
    pub kind: FindingKind,
    /// Why.
    pub cause: Cause,
    /// The records it is about.
    pub about: Vec<RecordId>,
    /// What was expected.
    pub expected: Value,
    /// What was found.
    pub found: Value,
    /// Money at stake, minor units, of either sign.
    pub stake: i64,
    /// What the records say.
    pub evidence: Vec<Evidence>,
    /// What would correct it.
    pub correction: Option<Correction>,
    /// The property.
    pub property: &'a Text,
}

impl Draft<'_> {
    /// The finding, with its identity and how urgent it is.
    pub fn made(self, currency: Currency) -> Finding {
        let Self { kind, cause, about, expected, found, stake, evidence, correction, property } = self;
        let stake = stake.abs();
        let severity = match kind {
            FindingKind::NotRegistered
            | FindingKind::Identity
            | FindingKind::TwoIdentities
            | FindingKind::InHouseTwice => Severity::Urgent,
            FindingKind::SettlementFee => Severity::Notice,
            _ if stake >= MUCH => Severity::Urgent,
            FindingKind::PointsMissing | FindingKind::PointsTwice => Severity::Notice,
            _ if stake > 0 && stake < LITTLE => Severity::Notice,
            _ => Severity::Warning,
        };
        Finding {
            id: Finding::id_of(kind, &about),
            kind,
            cause,
            severity,
            property: property.clone(),
            about,
            expected,
            found,
            stake,
            currency,
            evidence,
            correction,
        }
    }
}

impl Evidence {
    /// What a record says of something.
    pub fn of(part: crate::Part, record: impl Into<String>, field: &str, says: Value) -> Self {
        Self { part, record: record.into(), field: field.to_owned(), says }
    }
}

impl Finding {
    /// Who it is for.
    pub const fn owner(&self) -> FindingOwner {
        self.kind.owner()
    }

    /// The identity of a finding of this kind about these records.
    pub fn id_of(kind: FindingKind, about: &[RecordId]) -> FindingId {
        let sorted: BTreeSet<&RecordId> = about.iter().collect();
        let mut parts: Vec<&[u8]> = vec![b"finding", kind.code().as_bytes()];
        for record in sorted {
            parts.extend([record.part.code().as_bytes(), record.key.as_bytes()]);
        }
        let digest = hefu_crypto::sha256(&parts);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        FindingId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
