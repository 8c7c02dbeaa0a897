//! Membership and the points ledger.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::codes;
use serde::{Deserialize, Serialize};

use crate::ids::{GuestId, MembershipId, PropertyId, VisitId};

codes! {
    /// A member's tier.
    pub enum Tier {
        /// The initial tier.
        Classic = "classic",
        /// The next one.
        Silver = "silver",
        /// The next one.
        Gold = "gold",
        /// The highest.
        Platinum = "platinum",
    }
}

/// A guest's membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Identifier.
    pub id: MembershipId,
    /// The member.
    pub guest_id: GuestId,
    /// The number on the card.
    pub number: String,
    /// Tier.
    pub tier: Tier,
    /// Available points: the sum of the entries.
    pub points: i64,
    /// Points ever earned.
    pub lifetime_points: i64,
    /// Date of joining.
    pub joined: NaiveDate,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// Kinds of points movements.
    pub enum PointsKind {
        /// Earned by consumption.
        Earned = "earned",
        /// Deducted, because the charge was reversed.
        Reversed = "reversed",
        /// Redeemed.
        Redeemed = "redeemed",
        /// Adjusted by hand.
        Adjusted = "adjusted",
        /// Followed the guest whose visit earned them: deducted from the member when the two were separated, or earned again.
        Moved = "moved",
    }
}

/// A movement of points. Keyed by what earned it, so that nothing is counted twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsEntry {
    /// The membership.
    pub membership_id: MembershipId,
    /// Its key, unique in the membership, so that it happens once only. For a line of a bill: `posting:<line>` earned by it,
    /// `reversed:<line>` deducted when it was reversed, `redeem:<line>` paid with points, `returned:<line>` returned,
    /// `night:<free night>` paid for a free night, `night_back:<free night>` returned,
    /// `apart:<line>:<cause>` deducted because the visit's guest was separated from the member, `again:<line>:<cause>`
    /// earned again by the current cluster of that guest; the cause is a merge, a membership or a reversed redemption. By hand:
    /// `adjust:<key>`.
    pub source: String,
    /// Why.
    pub kind: PointsKind,
    /// Earned above zero, spent below.
    pub points: i64,
    /// The property.
    pub property_id: Option<PropertyId>,
    /// The visit.
    pub visit_id: Option<VisitId>,
    /// The moment.
    pub at: DateTime<Utc>,
    /// The visit's guest, if that is not the member but one who was merged with the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_id: Option<GuestId>,
}

/// The value of a hundred points, minor units of a two-place currency.
pub const HUNDRED_POINTS: i64 = 100;
