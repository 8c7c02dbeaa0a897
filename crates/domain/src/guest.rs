//! Guests and their data.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{GuestId, IdentityRunId, MergeId};

codes! {
    /// The state of a guest's record.
    pub enum GuestState {
        /// In use.
        Active = "active",
        /// Merged into another guest; the id leads to that one.
        Merged = "merged",
        /// Erased at the guest's request: the key is destroyed, the text unreadable.
        Erased = "erased",
    }
}

codes! {
    /// Purposes a guest can consent to.
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
    /// Seen by a member of staff or a document reader.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
}

/// A consent decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// The purpose.
    pub purpose: ConsentPurpose,
    /// Given or refused.
    pub given: bool,
    /// When it was decided.
    pub on: NaiveDate,
}

/// All personal data of a guest: encrypted as one piece under the guest's own key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Full name as its owner writes it.
    pub full_name: String,
    /// Other names of the same person. The guest is found and recognised by each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// Family name, if known separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Given name, if known separately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `female`, `male` or as in the document.
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
    /// Phones, E.164, the preferred first; one that no numbering plan has is as another system wrote it, and begins with no `+`.
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
    /// Emergency contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_contact: Option<String>,
    /// Preferences: `high floor`, `no feathers`, `wheelchair`, …
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

    /// Whether it has what only one person has, and what is masked where it is shown: phones, e-mail addresses, documents, a date of birth.
    pub fn has_numbers(&self) -> bool {
        let Self { phones, emails, documents, birth, .. } = self;
        !phones.is_empty() || !emails.is_empty() || !documents.is_empty() || birth.is_some()
    }

    /// The same without them.
    #[must_use]
    pub fn without_numbers(self) -> Self {
        Self { phones: Vec::new(), emails: Vec::new(), documents: Vec::new(), birth: None, ..self }
    }
}

codes! {
    /// What the staff are to know about a guest at once.
    pub enum FlagKind {
        /// To be treated as a very important guest.
        Vip = "vip",
        /// Not to be given a room 【黑名单】.
        Blacklist = "blacklist",
    }
}

/// A flag of a guest, for all properties of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestFlag {
    /// The guest.
    pub guest_id: GuestId,
    /// What it says.
    pub kind: FlagKind,
    /// Why, sealed under the guest's data key.
    pub reason: Vec<u8>,
    /// Who set it, as the journal calls them.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

/// A merge of two guests. Everything recorded for the merged guest remains recorded for it, and counts as the survivor's
/// until the merge is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestMerge {
    /// Identifier.
    pub id: MergeId,
    /// The survivor.
    pub survivor: GuestId,
    /// The guest merged into it.
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
    /// The decision about a pair of guests.
    pub enum PairState {
        /// To be reviewed by a person.
        Open = "open",
        /// A person decided that they are the same.
        Same = "same",
        /// A person decided that they are different: never asked again.
        Different = "different",
        /// New evidence settled the question before anybody reviewed it.
        Settled = "settled",
    }
}

impl PairState {
    /// Whether a person decided it.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Same | Self::Different)
    }
}

/// A pair of guests that may be the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestPair {
    /// The smaller id.
    pub one: GuestId,
    /// The greater id.
    pub two: GuestId,
    /// The decision.
    pub state: PairState,
    /// The odds that they are the same person, in thousandths of a bit.
    pub score: i64,
    /// When the question arose.
    pub asked_at: DateTime<Utc>,
    /// When it was answered.
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Version of the record.
    pub version: i64,
}

/// A completed comparison of all guests, or of those created since the previous run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRun {
    /// Identifier.
    pub id: IdentityRunId,
    /// When it began: guests created later are new to the next run.
    pub started_at: DateTime<Utc>,
    /// Guests that were compared.
    pub guests: i64,
    /// Merges made.
    pub joined: i64,
    /// Pairs queued for review.
    pub asked: i64,
}

/// An unfinished comparison of all guests; it becomes an [`IdentityRun`] with the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityPlan {
    /// Identifier.
    pub id: IdentityRunId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// All findings are stored as steps.
    pub whole: bool,
    /// Guests that were compared.
    pub guests: i64,
    /// Pairs that were compared.
    pub compared: i64,
    /// Merges made so far.
    pub joined: i64,
    /// Merges not made so far, because a person had decided "different".
    pub kept_apart: i64,
    /// Pairs queued for review so far.
    pub asked: i64,
    /// Version of the record.
    pub version: i64,
}

/// A pending step of a comparison: two guests to be merged, or to ask about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityStep {
    /// The comparison.
    pub plan_id: IdentityRunId,
    /// Its position among the steps.
    pub place: i64,
    /// One guest.
    pub one: GuestId,
    /// The other.
    pub two: GuestId,
    /// The odds that they are the same person, in thousandths of a bit, if a person is to decide. None: they are to be merged.
    pub score: Option<i64>,
}

impl GuestPair {
    /// The pair in storage order.
    pub fn ordered(a: GuestId, b: GuestId) -> (GuestId, GuestId) {
        if a < b { (a, b) } else { (b, a) }
    }
}
