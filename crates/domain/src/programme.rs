//! What a membership programme gives, and free nights by points and by voucher 【房券】.

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, codes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ids::{FreeNightId, MembershipId, PropertyId, VisitId, VoucherId},
    member::Tier,
};

/// Groups of transaction codes whose charges earn nothing under any programme: nobody is rewarded for what was broken, or for not coming.
pub const EARN_NOTHING: [&str; 2] = ["penalty", "damage"];

/// What members of a tier get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TierRule {
    /// The tier.
    pub tier: Tier,
    /// From how many points ever earned on a member is in it. The chain's programme says it for all properties.
    pub from_points: i64,
    /// Off the price of rooms.
    pub discount: BasisPoints,
    /// Points for a hundred whole units of currency.
    pub earning: i64,
    /// Until when the room may be kept on the departure date, minutes after midnight; none: as everybody.
    pub late_check_out: Option<i64>,
    /// Whether a better room is given at the price of the one that was booked, if one is free.
    pub upgrade: bool,
}

impl TierRule {
    /// What a tier gives where nobody has said anything else.
    pub const fn standard(tier: Tier) -> Self {
        let (from_points, discount, earning) = match tier {
            Tier::Classic => (0, 0, 100),
            Tier::Silver => (10_000, 500, 110),
            Tier::Gold => (50_000, 1_000, 125),
            Tier::Platinum => (150_000, 1_500, 150),
        };
        Self {
            tier,
            from_points,
            discount: BasisPoints(discount),
            earning,
            late_check_out: None,
            upgrade: false,
        }
    }

    /// Points for `minor` units of revenue in a currency with `exponent` places; fractions are dropped.
    pub const fn points_for(&self, minor: i64, exponent: u32) -> i64 {
        (minor as i128 * self.earning as i128 / (100 * 10i128.pow(exponent))) as i64
    }
}

/// A membership programme: the chain's, or a property's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// The property; nil: the chain's, for every property that has none of its own.
    pub property_id: PropertyId,
    /// Groups of transaction codes that earn points; none: all revenue but penalties and damages, which never do.
    pub counts: Vec<String>,
    /// What each tier gives, from the lowest to the highest.
    pub tiers: Vec<TierRule>,
    /// Points that a free night costs; none: there are none by points.
    pub night_points: Option<i64>,
    /// Version of the record.
    pub version: i64,
}

impl Programme {
    /// What holds where nobody has said anything else.
    pub fn standard() -> Self {
        Self {
            property_id: PropertyId::NIL,
            counts: Vec::new(),
            tiers: Tier::ALL.iter().map(|tier| TierRule::standard(*tier)).collect(),
            night_points: None,
            version: 0,
        }
    }

    /// What members of a tier get.
    pub fn rule(&self, tier: Tier) -> TierRule {
        self.tiers.iter().find(|rule| rule.tier == tier).cloned().unwrap_or_else(|| TierRule::standard(tier))
    }

    /// The tier for a number of points ever earned.
    pub fn tier_for(&self, points: i64) -> Tier {
        let reached = Tier::ALL.iter().rev().find(|tier| points >= self.rule(**tier).from_points);
        reached.copied().unwrap_or(Tier::Classic)
    }

    /// Whether revenue of a group of transaction codes earns points.
    pub fn earns(&self, group: &str) -> bool {
        !EARN_NOTHING.contains(&group)
            && (self.counts.is_empty() || self.counts.iter().any(|counts| counts == group))
    }
}

codes! {
    /// What became of a voucher.
    pub enum VoucherState {
        /// It can be used.
        Open = "open",
        /// It was used for a night.
        Used = "used",
        /// It cannot be used any more.
        Cancelled = "cancelled",
    }
}

/// A voucher of a member for a night 【房券】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightVoucher {
    /// Whose it is.
    pub membership_id: MembershipId,
    /// Identifier.
    pub id: VoucherId,
    /// Where it can be used; none: in every property.
    pub property_id: Option<PropertyId>,
    /// The last night that it pays for.
    pub expires: NaiveDate,
    /// What became of it.
    pub state: VoucherState,
    /// Who issued it, as the journal calls them.
    pub issued_by: String,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// Whether a free night stands.
    pub enum FreeNightState {
        /// The night costs nothing.
        Live = "live",
        /// Points or voucher were given back.
        Returned = "returned",
    }
}

/// A night that costs nothing, because it was paid for with points or a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeNight {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// Identifier.
    pub id: FreeNightId,
    /// Which room of the reservation.
    pub line: i64,
    /// The night.
    pub night: NaiveDate,
    /// Points that it cost; none of a voucher.
    pub points: i64,
    /// The card that the voucher is of.
    pub membership_id: Option<MembershipId>,
    /// The voucher.
    pub voucher_id: Option<VoucherId>,
    /// Whether it stands.
    pub state: FreeNightState,
    /// Version of the record.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_follow_tier_and_currency() {
        let of = TierRule::standard;
        assert_eq!(of(Tier::Classic).points_for(128_50, 2), 128);
        assert_eq!(of(Tier::Gold).points_for(128_50, 2), 160);
        assert_eq!(of(Tier::Platinum).points_for(10_000, 0), 15_000);
        assert_eq!(of(Tier::Classic).points_for(-128_50, 2), -128);
    }

    #[test]
    fn tiers_begin_where_they_say() {
        let standard = Programme::standard();
        let tiers = [9_999, 10_000, 49_999, 50_000, 150_000].map(|points| standard.tier_for(points));
        assert_eq!(tiers, [Tier::Classic, Tier::Silver, Tier::Silver, Tier::Gold, Tier::Platinum]);
        assert_eq!(standard.tier_for(-1), Tier::Classic);
    }

    #[test]
    fn damages_and_penalties_never_earn() {
        let mut programme = Programme::standard();
        assert!(programme.earns("room") && programme.earns("food") && !programme.earns("damage"));
        programme.counts = vec!["room".into(), "damage".into(), "penalty".into()];
        assert!(programme.earns("room") && !programme.earns("food"));
        assert!(!programme.earns("damage") && !programme.earns("penalty"));
    }
}
