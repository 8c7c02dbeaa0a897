//! Events about members and their points. They are sealed under the data key of the member, or of the guest whose visit it is.

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, Money};

use super::define::events;
use crate::{
    ids::{MembershipId, PostingId, RoomId, VoucherId},
    member::Tier,
    programme::TierRule,
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
        /// The chain said what its programme gives.
        PutProgramme = "programme.put" {
            /// Groups of transaction codes that earn points.
            counts: Vec<String>,
            /// What each tier gives.
            tiers: Vec<TierRule>,
            /// Points that a free night costs.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            night_points: Option<i64>,
        },
        /// A property said what its own programme gives.
        PutProgrammeOf = "programme.put_of" {
            /// It has none of its own any more.
            as_chain: bool,
            /// Groups of transaction codes that earn points.
            counts: Vec<String>,
            /// What each tier gives.
            tiers: Vec<TierRule>,
            /// Points that a free night costs.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            night_points: Option<i64>,
        },
        /// A member got vouchers for nights.
        IssueVouchers = "voucher.issue" {
            /// The vouchers.
            vouchers: Vec<VoucherId>,
            /// The last night that they pay for.
            expires: NaiveDate,
        },
        /// A voucher cannot be used any more.
        CancelVoucher = "voucher.cancel" {
            /// The voucher.
            voucher_id: VoucherId,
        },
        /// A night was paid for with points or a voucher.
        RedeemNight = "free_night.redeem" {
            /// Which room of the reservation.
            line: i64,
            /// The night.
            night: NaiveDate,
            /// Points that it cost.
            points: i64,
            /// The voucher.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            voucher_id: Option<VoucherId>,
        },
        /// A free night was given back.
        ReturnNight = "free_night.return" {
            /// Which room of the reservation.
            line: i64,
            /// The night.
            night: NaiveDate,
        },
        /// A member got a better room at the price of the one that was booked.
        Upgrade = "member.upgrade" {
            /// Which room of the reservation.
            line: i64,
            /// The room.
            room_id: RoomId,
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
