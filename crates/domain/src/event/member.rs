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
            /// Points credited on enrolment.
            points: i64,
        },
        /// A visit's points were accrued.
        Accrue = "member.accrue" {
            /// How many.
            points: i64,
        },
        /// Points were redeemed.
        Redeem = "member.redeem" {
            /// How many.
            points: i64,
            /// The line of the bill.
            posting_id: PostingId,
        },
        /// The tier's discount was applied to a visit.
        Discount = "member.discount" {
            /// On prices of rooms.
            discount: BasisPoints,
            /// Credited for charges already posted.
            taken_off: Money,
        },
        /// Points were adjusted by hand.
        Adjust = "member.adjust" {
            /// Added above zero, deducted below.
            points: i64,
            /// Key that makes it happen once only.
            #[serde(skip_serializing_if = "Option::is_none")]
            key: Option<String>,
        },
        /// Points of a visit followed its guest.
        MovePoints = "member.move_points" {
            /// Deducted from cards of others.
            taken: i64,
            /// Could not be deducted, because they are spent.
            spent: i64,
            /// Credited to cards of the guest.
            given: i64,
        },
    }
}
