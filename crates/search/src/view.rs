//! Results of a search.

use crate::why::Why;
use chrono::NaiveDate;
use hefu_authz::{
    Masks, Personal,
    class::{Document, Email, Name, Phone},
};
use hefu_domain::{ids::GuestId, reservation::ReservationState, stay::DeskState};
use hefu_store::query::guest::Guest;
use serde::Serialize;
use utoipa::ToSchema;

/// The hits, the best first.
#[derive(Debug)]
pub struct SearchView {
    /// Visits.
    pub visits: Vec<VisitHit>,
    /// Guests that match themselves.
    pub guests: Vec<GuestHit>,
    /// Cursor of the next page; none at the end.
    pub next: Option<String>,
    /// How long it took, microseconds.
    pub took_us: i64,
}

/// A visit that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitHit {
    /// The number, in groups.
    pub number: String,
    /// Code of the property.
    pub property: String,
    /// Name of the property.
    pub property_name: String,
    /// The guest that was found, else the booker.
    pub guest: GuestShort,
    /// First day.
    pub arrival: NaiveDate,
    /// Last day.
    pub departure: NaiveDate,
    /// The reservation's state.
    pub state: ReservationState,
    /// Its desk state today.
    pub desk_state: Option<DeskState>,
    /// The room's number: the one searched for, else the first.
    pub room: Option<String>,
    /// What matched.
    #[serde(skip)]
    pub why: Vec<Why>,
    /// How well it matches, 0 to 100.
    pub score: u8,
}

/// A guest in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestShort {
    /// Identifier.
    pub id: GuestId,
    /// Full name; empty for an erased guest.
    #[schema(value_type = String)]
    pub name: Personal<Name>,
    /// The first phone, masked.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Personal<Phone>>,
}

/// A guest that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestHit {
    /// Identifier.
    pub id: GuestId,
    /// Full name.
    #[schema(value_type = String)]
    pub name: Personal<Name>,
    /// Other names of the guest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub other_names: Vec<Personal<Name>>,
    /// The first phone, masked.
    #[schema(value_type = Option<String>)]
    pub phone: Option<Personal<Phone>>,
    /// The first e-mail address, masked.
    #[schema(value_type = Option<String>)]
    pub email: Option<Personal<Email>>,
    /// Documents, masked.
    pub documents: Vec<DocumentShort>,
    /// How many visits there are.
    pub visits: i64,
    /// The latest visit.
    pub last_visit: Option<LastVisit>,
    /// What matched.
    #[serde(skip)]
    pub why: Vec<Why>,
    /// How well the guest matches, 0 to 100.
    pub score: u8,
}

/// A document in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentShort {
    /// `resident_id`, `passport`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The number, masked.
    #[schema(value_type = String)]
    pub number: Personal<Document>,
}

/// A guest's latest visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastVisit {
    /// The number, in groups.
    pub number: String,
    /// Code of the property.
    pub property: String,
    /// First day.
    pub arrival: NaiveDate,
}

impl GuestHit {
    /// A guest as shown; matches and visits are still to be filled in.
    pub(crate) fn of(guest: &Guest, masks: Masks) -> Self {
        let profile = &guest.profile;
        Self {
            id: guest.id,
            name: Personal::of(masks, &profile.full_name).unwrap_or_default(),
            other_names: Personal::of_all(masks, &profile.other_names),
            phone: Personal::of_some(masks, profile.phones.first()),
            email: Personal::of_some(masks, profile.emails.first()),
            documents: profile
                .documents
                .iter()
                .map(|document| DocumentShort {
                    kind: document.kind.clone(),
                    number: Personal::of(masks, &document.number).unwrap_or_default(),
                })
                .collect(),
            visits: 0,
            last_visit: None,
            why: Vec::new(),
            score: 0,
        }
    }
}
