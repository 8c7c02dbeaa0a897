//! Guests and what is known of them.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{GuestId, IdentityRunId, MergeId};

codes! {
    /// Whether a guest's record can be used.
    pub enum GuestState {
        /// In use.
        Active = "active",
        /// Joined into another guest; the id still finds that one.
        Merged = "merged",
        /// Erased at the guest's request: the key is destroyed, the text unreadable.
        Erased = "erased",
    }
}

codes! {
    /// What a guest agreed to, or did not.
    pub enum ConsentPurpose {
        /// Offers by mail or message.
        Marketing = "marketing",
        /// Use of the profile across the chain's properties.
        ChainProfile = "chain_profile",
        /// Sensitive data beyond what the law demands.
        SensitiveData = "sensitive_data",
    }
}

/// An identity document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// `resident_id`, `passport`, `hk_macau_permit`, `taiwan_permit`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The number, normalised.
    pub number: String,
    /// Issuing country, ISO 3166 alpha-3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Last day of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<NaiveDate>,
    /// Somebody of the property saw it, or a reader did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
}

/// A decision about one use of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// What for.
    pub purpose: ConsentPurpose,
    /// Given or refused.
    pub given: bool,
    /// When it was decided.
    pub on: NaiveDate,
}

/// Everything personal about a guest: encrypted as one piece under the guest's own key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Full name as its owner writes it.
    pub full_name: String,
    /// Other names of the same person. The guest is found and recognised by each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// Family name, where known apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Given name, where known apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `female`, `male` or as the document says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<String>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth: Option<NaiveDate>,
    /// Nationality, ISO 3166 alpha-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Language to write to the guest in, BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Phones, E.164, the preferred first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// E-mail addresses, the preferred first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// Identity documents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// City of residence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whom to call in an emergency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_contact: Option<String>,
    /// Wishes: `high floor`, `no feathers`, `wheelchair`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<String>,
    /// Consents given and refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
}

impl Profile {
    /// All names, the full name first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.full_name).chain(&self.other_names).map(String::as_str)
    }
}

/// That a guest was joined into another. Everything recorded of the joined guest stays recorded of it, and is read as the survivor's
/// until the join is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestMerge {
    /// Identifier.
    pub id: MergeId,
    /// The guest that is kept.
    pub survivor: GuestId,
    /// The guest that was joined into it.
    pub merged: GuestId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who decided it.
    pub actor: String,
    /// Decided by the model, not by a person: new evidence may undo it.
    pub automatic: bool,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// What is known of a pair of guests.
    pub enum PairState {
        /// A person is to decide.
        Open = "open",
        /// A person decided that they are one.
        Same = "same",
        /// A person decided that they are two: never asked again.
        Different = "different",
        /// New evidence answered the question before anybody did.
        Settled = "settled",
    }
}

impl PairState {
    /// Whether a person said so.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Same | Self::Different)
    }
}

/// A pair of guests that may be one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestPair {
    /// The smaller id.
    pub one: GuestId,
    /// The greater id.
    pub two: GuestId,
    /// What is known.
    pub state: PairState,
    /// The odds that they are one person, in thousandths of a bit.
    pub score: i64,
    /// When the question came up.
    pub asked_at: DateTime<Utc>,
    /// When it was answered.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Version of the record.
    pub version: i64,
}

/// That all guests were compared with each other, or those that were new since the run before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRun {
    /// Identifier.
    pub id: IdentityRunId,
    /// When it began: who is made later is new to the next.
    pub started_at: DateTime<Utc>,
    /// Guests that were looked at.
    pub guests: i64,
    /// Joins it made.
    pub joined: i64,
    /// Pairs it left to a person.
    pub asked: i64,
}

/// A comparison of all guests that is not done yet; it becomes an [`IdentityRun`] of the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPlan {
    /// Identifier.
    pub id: IdentityRunId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Everything that was found stands in its steps.
    pub whole: bool,
    /// Guests that were looked at.
    pub guests: i64,
    /// Pairs that were compared.
    pub compared: i64,
    /// Joins it has made so far.
    pub joined: i64,
    /// Joins it has not made so far, because a person had said that they are two.
    pub kept_apart: i64,
    /// Pairs it has left to a person so far.
    pub asked: i64,
    /// Version of the record.
    pub version: i64,
}

/// What is still to be done of a comparison: two guests to be joined, or to ask about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityStep {
    /// The comparison.
    pub plan_id: IdentityRunId,
    /// Its place among the steps.
    pub place: i64,
    /// One guest.
    pub one: GuestId,
    /// The other.
    pub two: GuestId,
    /// The odds that they are one person, in thousandths of a bit, for a person to decide about. None: they are.
    pub score: Option<i64>,
}

impl GuestPair {
    /// The pair in the order it is kept in.
    pub fn ordered(a: GuestId, b: GuestId) -> (GuestId, GuestId) {
        if a < b { (a, b) } else { (b, a) }
    }
}
