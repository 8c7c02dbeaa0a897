//! Membership and the points ledger.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{BasisPoints, codes};
use serde::{Deserialize, Serialize};

use crate::ids::{GuestId, MembershipId, PropertyId, VisitId};

codes! {
    /// A member's tier.
    pub enum Tier {
        /// The initial tier.
        Classic = "classic",
        /// From 10 nights or 10,000 points.
        Silver = "silver",
        /// From 50,000 points.
        Gold = "gold",
        /// From 150,000 points.
        Platinum = "platinum",
    }
}

impl Tier {
    /// Discount on room prices.
    pub const fn discount(self) -> BasisPoints {
        BasisPoints(match self {
            Self::Classic => 0,
            Self::Silver => 500,
            Self::Gold => 1_000,
            Self::Platinum => 1_500,
        })
    }

    /// Points for a whole currency unit of revenue, in hundredths.
    const fn earning(self) -> i64 {
        match self {
            Self::Classic => 100,
            Self::Silver => 110,
            Self::Gold => 125,
            Self::Platinum => 150,
        }
    }

    /// The tier for a total number of points earned.
    pub const fn for_lifetime_points(points: i64) -> Self {
        match points {
            150_000.. => Self::Platinum,
            50_000.. => Self::Gold,
            10_000.. => Self::Silver,
            _ => Self::Classic,
        }
    }

    /// Points for `minor` units of revenue in a currency with `exponent` places; fractions are dropped.
    pub const fn points_for(self, minor: i64, exponent: u32) -> i64 {
        (minor as i128 * self.earning() as i128 / (100 * 10i128.pow(exponent))) as i64
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_follow_tier_and_currency() {
        assert_eq!(Tier::Classic.points_for(128_50, 2), 128);
        assert_eq!(Tier::Gold.points_for(128_50, 2), 160);
        assert_eq!(Tier::Platinum.points_for(10_000, 0), 15_000);
        assert_eq!(Tier::Classic.points_for(-128_50, 2), -128);
    }

    #[test]
    fn tiers_begin_where_they_say() {
        let tiers = [9_999, 10_000, 49_999, 50_000, 150_000].map(Tier::for_lifetime_points);
        assert_eq!(tiers, [Tier::Classic, Tier::Silver, Tier::Silver, Tier::Gold, Tier::Platinum]);
    }
}
