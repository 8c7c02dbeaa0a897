//! Guests as they are shown: every personal field goes through the masks.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{
    Masks, Personal,
    class::{Address, Birth, Contact, Document, Email, ExternalId, FreeText, Name, Phone, Trait},
};
use hefu_domain::{
    guest::{Consent, GuestMerge, GuestPair, GuestState, PairState, Profile},
    ids::{GuestId, MergeId},
    member::{Membership, Tier},
};
use hefu_store::query::guest::Guest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A guest as shown. Showing a guest unmasked is an action of its own, which requires a reason and leaves a journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuestView {
    /// Identifier.
    pub id: GuestId,
    /// The state of the record.
    pub state: GuestState,
    /// The profile, masked or not.
    pub profile: ProfileView,
    /// Whether it is masked.
    pub masked: bool,
    /// Version of the record.
    pub version: i64,
}

impl GuestView {
    /// A guest as the masks show it.
    pub fn of(guest: Guest, masks: Masks) -> Self {
        Self {
            id: guest.id,
            state: guest.state,
            profile: ProfileView::of(guest.profile, masks),
            masked: masks.hide_anything(),
            version: guest.version,
        }
    }
}

/// A guest's data as shown. Everything but the name is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ProfileView {
    /// Full name as its owner writes it.
    #[schema(value_type = String)]
    pub full_name: Personal<Name>,
    /// Other names of the same person.
    #[schema(value_type = Vec<String>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<Personal<Name>>,
    /// Family name, if known separately.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<Personal<Name>>,
    /// Given name, if known separately.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<Personal<Name>>,
    /// `female` or `male`.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Personal<Trait>>,
    /// Date of birth; not in a masked profile.
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth: Option<Personal<Birth>>,
    /// Nationality, ISO 3166 alpha-3.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<Personal<Trait>>,
    /// Language to write in, BCP 47.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Personal<Trait>>,
    /// Phones, E.164, or masked.
    #[schema(value_type = Vec<String>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Personal<Phone>>,
    /// E-mail addresses, or masked.
    #[schema(value_type = Vec<String>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Personal<Email>>,
    /// Identity documents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentView>,
    /// City of residence.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Personal<Trait>>,
    /// Postal address, or `***`.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Personal<Address>>,
    /// Emergency contact, or `***`.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_contact: Option<Personal<Contact>>,
    /// Preferences.
    #[schema(value_type = Vec<String>)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<Personal<FreeText>>,
    /// Consents given and refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
}

impl ProfileView {
    /// A profile as the masks show it.
    pub fn of(profile: Profile, masks: Masks) -> Self {
        Self {
            full_name: Personal::of(masks, profile.full_name).unwrap_or_default(),
            other_names: Personal::of_all(masks, profile.other_names),
            surname: Personal::of_some(masks, profile.surname),
            given_name: Personal::of_some(masks, profile.given_name),
            sex: Personal::of_some(masks, profile.sex),
            birth: Personal::of_some(masks, profile.birth.map(|date| date.to_string())),
            nationality: Personal::of_some(masks, profile.nationality),
            language: Personal::of_some(masks, profile.language),
            phones: Personal::of_all(masks, profile.phones),
            emails: Personal::of_all(masks, profile.emails),
            documents: profile
                .documents
                .into_iter()
                .map(|document| DocumentView {
                    kind: document.kind,
                    number: Personal::of(masks, document.number).unwrap_or_default(),
                    country: document.country,
                    expires: document.expires,
                    verified: document.verified,
                })
                .collect(),
            city: Personal::of_some(masks, profile.city),
            address: Personal::of_some(masks, profile.address),
            emergency_contact: Personal::of_some(masks, profile.emergency_contact),
            preferences: Personal::of_all(masks, profile.preferences),
            consents: profile.consents,
        }
    }
}

/// An identity document, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    /// `resident_id`, `passport`, `hk_macau_permit`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The number, or masked.
    #[schema(value_type = String)]
    pub number: Personal<Document>,
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

/// Origin of a guest's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceView {
    /// The external system.
    pub system: String,
    /// The guest's key there. A key that is a phone number, an e-mail address or the number of a document is masked.
    #[schema(value_type = String)]
    pub external_id: Personal<ExternalId>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

/// Origin of a field of a guest's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldOrigin {
    /// The field; one of several values is `phones[0]`.
    pub field: String,
    /// The system of the record.
    pub system: String,
    /// The record's key there. A key that is a phone number, an e-mail address or the number of a document is masked.
    #[schema(value_type = String)]
    pub external_id: Personal<ExternalId>,
}

/// A merge of two guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MergeView {
    /// Identifier: used to undo the merge.
    pub id: MergeId,
    /// The survivor.
    pub survivor: GuestId,
    /// The guest merged into it.
    pub merged: GuestId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// Whether the model decided it automatically.
    pub automatic: bool,
    /// When it was undone; none while it is in effect.
    pub undone_at: Option<DateTime<Utc>>,
}

impl From<GuestMerge> for MergeView {
    fn from(merge: GuestMerge) -> Self {
        let GuestMerge { id, survivor, merged, at, actor, automatic, undone_at, version: _ } = merge;
        Self { id, survivor, merged, at, actor, automatic, undone_at }
    }
}

/// The open question or decision about a pair of guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PairView {
    /// One guest.
    pub one: GuestId,
    /// The other.
    pub two: GuestId,
    /// Whether it is open, or the decision.
    pub state: PairState,
    /// How likely they are the same person: the log odds in thousandths of a bit.
    pub score: i64,
    /// When the question arose.
    pub asked_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who decided.
    pub decided_by: Option<String>,
}

impl From<GuestPair> for PairView {
    fn from(pair: GuestPair) -> Self {
        let GuestPair { one, two, state, score, asked_at, decided_at, decided_by, version: _ } = pair;
        Self { one, two, state, score, asked_at, decided_at, decided_by }
    }
}

/// A membership, identified by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MembershipView {
    /// The number on the card.
    pub number: String,
    /// The member.
    pub guest_id: GuestId,
    /// The tier.
    pub tier: Tier,
    /// Points available.
    pub points: i64,
    /// Points ever earned; the tier depends on them.
    pub lifetime_points: i64,
    /// When the guest joined.
    pub joined: NaiveDate,
    /// Version of the record.
    pub version: i64,
}

impl From<Membership> for MembershipView {
    fn from(membership: Membership) -> Self {
        let Membership { id: _, guest_id, number, tier, points, lifetime_points, joined, version } =
            membership;
        Self { number, guest_id, tier, points, lifetime_points, joined, version }
    }
}
