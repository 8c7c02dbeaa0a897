//! Views of points.

use chrono::{DateTime, Utc};
use hefu_domain::{
    ids::GuestId,
    member::{PointsEntry, PointsKind},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A movement of points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PointsEntryView {
    /// Its key, unique in a membership: `posting:<line>` earned by it, `redeem:<line>` paid with points, `adjust:<key>` by
    /// hand, …
    pub source: String,
    /// Why.
    pub kind: PointsKind,
    /// Earned above zero, spent below.
    pub points: i64,
    /// Code of the property.
    pub property: Option<String>,
    /// The number of the visit, ten digits.
    pub visit: Option<String>,
    /// The moment.
    pub at: DateTime<Utc>,
    /// The visit's guest, if that is not the member but one who was merged with the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_id: Option<GuestId>,
}

impl PointsEntryView {
    /// A movement caused by a visit of a property, or by none.
    pub fn of(entry: PointsEntry, property: Option<String>, visit: Option<String>) -> Self {
        Self {
            source: entry.source,
            kind: entry.kind,
            points: entry.points,
            property,
            visit,
            at: entry.at,
            guest_id: entry.guest_id,
        }
    }
}
