//! Events about members and their points. They are sealed under the data key of the member, or of the guest whose visit it is.

use hefu_kernel::{BasisPoints, Money};

use super::define::events;
use crate::{
    ids::{MembershipId, PostingId},
    member::Tier,
};

events! {
    /// What happened to a membership.
    pub enum MemberEvent {
        /// A guest became a member.
        Enrol = "member.enrol" {
            /// The membership.
            membership_id: MembershipId,
            /// The number on the card.
            number: String,
            /// Tier.
            tier: Tier,
            /// Points that came with it.
            points: i64,
        },
        /// A visit's points were accrued.
        Accrue = "member.accrue" {
            /// How many.
            points: i64,
        },
        /// Something was paid with points.
        Redeem = "member.redeem" {
            /// How many.
            points: i64,
            /// The line of the bill.
            posting_id: PostingId,
        },
        /// A visit got the discount of the tier.
        Discount = "member.discount" {
            /// On prices of rooms.
            discount: BasisPoints,
            /// Taken off what was posted already.
            taken_off: Money,
        },
        /// Points were set right by hand.
        Adjust = "member.adjust" {
            /// Given above zero, taken below.
            points: i64,
            /// What makes it happen once only.
            #[serde(skip_serializing_if = "Option::is_none")]
            key: Option<String>,
        },
        /// Points of a visit followed the guest whose visit it is.
        MovePoints = "member.move_points" {
            /// Taken from cards of others.
            taken: i64,
            /// Could not be taken, because they are spent.
            spent: i64,
            /// Given to cards of the guest.
            given: i64,
        },
    }
}
