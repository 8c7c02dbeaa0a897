//! The night audit: closing a business date.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::PropertyId;

codes! {
    /// The steps of the audit, in this order. Each step is safe to run again.
    pub enum AuditStep {
        /// Post room, service fee and tax of every guest in house.
        PostRooms = "post_rooms",
        /// Mark arrivals that did not come.
        MarkNoShows = "mark_no_shows",
        /// Give back what is left of blocks whose release date has come.
        ReleaseBlocks = "release_blocks",
        /// Expire pre-authorisations.
        ExpirePreAuths = "expire_pre_auths",
        /// Mark occupied rooms dirty.
        DirtyRooms = "dirty_rooms",
        /// Move the business date.
        RollDate = "roll_date",
        /// Completed.
        Done = "done",
    }
}

/// One run of the audit for one business date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightAudit {
    /// The property.
    pub property_id: PropertyId,
    /// The date it closes.
    pub business_date: NaiveDate,
    /// The next step.
    pub step: AuditStep,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it completed.
    pub finished_at: Option<DateTime<Utc>>,
    /// Room charges posted, without service fee and tax; minor units.
    pub room_revenue: i64,
    /// Rooms charged, those given for nothing and used by the house left out.
    pub rooms_charged: i64,
    /// No-shows marked.
    pub no_shows: i64,
    /// Stays past their departure date.
    pub pending_check_outs: i64,
    /// Pre-authorisations that expired.
    pub pre_auths_expired: i64,
    /// Rooms marked dirty.
    pub rooms_dirtied: i64,
    /// What is to become of arrivals that did not come.
    pub no_shows_said: NoShows,
    /// Version of the record.
    pub version: i64,
    /// Rooms lived in that were given for nothing.
    pub complimentary: i64,
    /// Rooms that the house itself used.
    pub house_use: i64,
}

/// What becomes of arrivals that did not come, when a business date is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoShows {
    /// All are marked as no-shows.
    Mark,
    /// All are kept: they come late, on a later date.
    Keep,
    /// These rooms are marked, all others kept.
    Only(Vec<NoShow>),
}

/// A room, or all rooms of a visit, that nobody came for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoShow {
    /// Any number of the visit.
    pub visit: String,
    /// Which room of the reservation, from 1; none: all that should have been taken by the date and were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
}
