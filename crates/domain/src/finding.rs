//! Findings: where bookings, stays, consumption, points and payments of visits contradict each other 【三系统对账】.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{Currency, codes};

use crate::ids::{FindingId, PropertyId, VisitId};

codes! {
    /// What contradicts what.
    pub enum FindingKind {
        /// More or fewer guests were received than booked.
        Headcount = "headcount",
        /// More or fewer rooms were received than booked.
        Rooms = "rooms",
        /// Other nights were stayed or charged than booked.
        Nights = "nights",
        /// A night was charged at another price than agreed.
        Rate = "rate",
        /// A member's discount was not given.
        DiscountMissing = "discount_missing",
        /// A member's discount came after the bill was paid.
        DiscountLate = "discount_late",
        /// A bill without a stay.
        ChargeWithoutStay = "charge_without_stay",
        /// The same charge twice on one bill.
        ChargeDoubled = "charge_doubled",
        /// A stay without a booking.
        StayWithoutBooking = "stay_without_booking",
        /// More was charged for not coming than agreed, or guests who came were charged for it.
        NoShowCharged = "no_show_charged",
        /// One person is booked twice at the same time.
        DuplicateBooking = "duplicate_booking",
        /// Points were counted more often than earned.
        PointsTwice = "points_twice",
        /// Points that were earned were not counted.
        PointsMissing = "points_missing",
        /// A deposit was paid and not taken off the bill.
        DepositNotApplied = "deposit_not_applied",
        /// An amount is in another currency than the bill.
        Currency = "currency",
        /// The systems disagree on where the visit stands.
        Status = "status",
        /// The systems disagree on who the guest is.
        Identity = "identity",
        /// Less was paid than charged.
        PaymentMissing = "payment_missing",
        /// The same payment twice, or more paid than charged.
        PaymentDoubled = "payment_doubled",
        /// Somebody lives in a room and is not registered with a document.
        NotRegistered = "not_registered",
        /// A guest says that there are two records of one visit 【重复记录】.
        DoubleRecord = "double_record",
        /// A payment that the channel's settlement file does not have.
        SettlementMissing = "settlement_missing",
        /// A line of the channel's settlement file without a payment here.
        SettlementUnknown = "settlement_unknown",
        /// One payment twice: here, or in the channel's settlement file.
        SettlementDoubled = "settlement_doubled",
        /// A payment was settled with another amount.
        SettlementDiffers = "settlement_differs",
        /// What the channel kept of a day's payments 【手续费】.
        SettlementFee = "settlement_fee",
        /// A payment that several lines of the settlement file may be.
        SettlementUnclear = "settlement_unclear",
        /// Something was charged that is far beyond what it usually costs here 【异常消费】.
        UnusualConsumption = "unusual_consumption",
        /// The bill of somebody in house grows much faster than bills do here 【账单增长过快】.
        BillGrowing = "bill_growing",
        /// Somebody in house is recorded with two identities.
        TwoIdentities = "two_identities",
        /// One guest lives in two places at once.
        InHouseTwice = "in_house_twice",
    }
}

/// What findings of a kind come from. Each source knows only of its own whether they are still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingSource {
    /// The records of a visit, or of a group.
    Records,
    /// What a guest said.
    Guest,
    /// A payment channel's settlement file.
    Settlement,
    /// What is watched while guests are in house 【三系统联动预警】.
    Warning,
}

codes! {
    /// Why a hotel holds two records of one visit.
    pub enum Cause {
        /// Each property keeps its own records 【分店各自为政】.
        BranchSilos = "branch_silos",
        /// The member system and the front desk know different things 【会员与入住系统】.
        MemberVersusStay = "member_versus_stay",
        /// Finance keeps a copy of its own 【财务系统副本】.
        FinanceCopies = "finance_copies",
        /// Identity was recorded twice: identity card and member card 【双重身份核验】.
        DoubleIdentityCheck = "double_identity_check",
        /// A message came late 【同步延迟】.
        SyncDelay = "sync_delay",
        /// Somebody made a mistake 【操作失误】.
        OperatorError = "operator_error",
        /// The guest booked more than once 【客人重复预订】.
        RepeatedBooking = "repeated_booking",
        /// A third party's platform is out of step 【第三方平台不同步】.
        PlatformOutOfStep = "platform_out_of_step",
    }
}

codes! {
    /// How urgent a finding is.
    pub enum Severity {
        /// It can wait for a quiet hour.
        Notice = "notice",
        /// Today.
        Warning = "warning",
        /// Now: much money, the law, or a guest at the desk.
        Urgent = "urgent",
    }
}

codes! {
    /// Who a finding is for.
    pub enum FindingOwner {
        /// 【前台】
        FrontDesk = "front_desk",
        /// 【预订部】
        Reservations = "reservations",
        /// 【财务】
        Finance = "finance",
        /// 【会员部】
        Membership = "membership",
    }
}

impl FindingKind {
    /// Who it is for.
    pub const fn owner(self) -> FindingOwner {
        match self {
            Self::Headcount
            | Self::Rooms
            | Self::Nights
            | Self::Identity
            | Self::NotRegistered
            | Self::DoubleRecord
            | Self::UnusualConsumption
            | Self::BillGrowing
            | Self::TwoIdentities
            | Self::InHouseTwice => FindingOwner::FrontDesk,
            Self::StayWithoutBooking | Self::DuplicateBooking | Self::Status => FindingOwner::Reservations,
            Self::DiscountMissing | Self::DiscountLate | Self::PointsTwice | Self::PointsMissing => {
                FindingOwner::Membership
            }
            Self::Rate
            | Self::ChargeWithoutStay
            | Self::ChargeDoubled
            | Self::NoShowCharged
            | Self::DepositNotApplied
            | Self::Currency
            | Self::PaymentMissing
            | Self::PaymentDoubled
            | Self::SettlementMissing
            | Self::SettlementUnknown
            | Self::SettlementDoubled
            | Self::SettlementDiffers
            | Self::SettlementFee
            | Self::SettlementUnclear => FindingOwner::Finance,
        }
    }

    /// What it comes from.
    pub const fn source(self) -> FindingSource {
        match self {
            Self::DoubleRecord => FindingSource::Guest,
            Self::SettlementMissing
            | Self::SettlementUnknown
            | Self::SettlementDoubled
            | Self::SettlementDiffers
            | Self::SettlementFee
            | Self::SettlementUnclear => FindingSource::Settlement,
            Self::UnusualConsumption | Self::BillGrowing | Self::TwoIdentities | Self::InHouseTwice => {
                FindingSource::Warning
            }
            _ => FindingSource::Records,
        }
    }

    /// Whether a property may switch on that it is corrected by itself: the records themselves say what is right, and the correction can be
    /// undone by an ordinary use case.
    pub const fn may_resolve_itself(self) -> bool {
        matches!(
            self,
            Self::DepositNotApplied | Self::PointsMissing | Self::PointsTwice | Self::DiscountMissing
        )
    }
}

codes! {
    /// Where a finding stands.
    pub enum FindingState {
        /// Nobody has decided.
        Open = "open",
        /// Somebody decided that it stays as it is. Holds as long as the records say the same.
        Decided = "decided",
        /// The records do not contradict each other any more.
        Resolved = "resolved",
    }
}

impl FindingKind {
    /// What it is called, in Chinese and in English.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            Self::Headcount => ["人数不符", "Guests differ"],
            Self::Rooms => ["房数不符", "Rooms differ"],
            Self::Nights => ["晚数不符", "Nights differ"],
            Self::Rate => ["房价不符", "Rate differs"],
            Self::DiscountMissing => ["折扣未给", "Discount missing"],
            Self::DiscountLate => ["折扣迟到", "Discount late"],
            Self::ChargeWithoutStay => ["有账无住", "Charge, no stay"],
            Self::ChargeDoubled => ["重复入账", "Charged twice"],
            Self::StayWithoutBooking => ["有住无订", "Stay, no booking"],
            Self::NoShowCharged => ["未到店多收", "No-show overcharged"],
            Self::DuplicateBooking => ["重复预订", "Booked twice"],
            Self::PointsTwice => ["积分多记", "Points too many"],
            Self::PointsMissing => ["积分漏记", "Points missing"],
            Self::DepositNotApplied => ["订金未抵", "Deposit not applied"],
            Self::Currency => ["币种不符", "Currency differs"],
            Self::Status => ["状态不符", "Status differs"],
            Self::Identity => ["身份不符", "Guests not the same"],
            Self::PaymentMissing => ["少收款", "Payment missing"],
            Self::PaymentDoubled => ["重复收款", "Paid twice"],
            Self::NotRegistered => ["未登记证件", "No document"],
            Self::DoubleRecord => ["客人报重复", "Guest reports two records"],
            Self::SettlementMissing => ["渠道无此款", "Not in settlement"],
            Self::SettlementUnknown => ["账上无此款", "Settled, not posted"],
            Self::SettlementDoubled => ["结算重复", "Settled twice"],
            Self::SettlementDiffers => ["结算金额不符", "Settled amount differs"],
            Self::SettlementFee => ["渠道手续费", "Channel fee"],
            Self::SettlementUnclear => ["结算待核", "Settlement unclear"],
            Self::UnusualConsumption => ["消费异常", "Unusual charge"],
            Self::BillGrowing => ["消费增长快", "Bill grows fast"],
            Self::TwoIdentities => ["两个证件号", "Two identities"],
            Self::InHouseTwice => ["同时两处在住", "In house twice"],
        }
    }
}

impl Cause {
    /// What it is called, in Chinese and in English.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            Self::BranchSilos => ["各店各记", "Each property keeps its own records"],
            Self::MemberVersusStay => ["会员与前台不一致", "Members and desk disagree"],
            Self::FinanceCopies => ["财务另有记录", "Finance keeps a copy"],
            Self::DoubleIdentityCheck => ["证件与会员卡各核一次", "Identity recorded twice"],
            Self::SyncDelay => ["同步延迟", "A message came late"],
            Self::OperatorError => ["人工失误", "A mistake by hand"],
            Self::RepeatedBooking => ["客人重复预订", "Booked more than once"],
            Self::PlatformOutOfStep => ["平台不同步", "Platform out of step"],
        }
    }
}

impl Severity {
    /// What it is called, in Chinese and in English.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            Self::Notice => ["留意", "Notice"],
            Self::Warning => ["要处理", "To be settled"],
            Self::Urgent => ["尽快处理", "Urgent"],
        }
    }
}

impl FindingOwner {
    /// What it is called, in Chinese and in English.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            Self::FrontDesk => ["前台", "Front desk"],
            Self::Reservations => ["预订", "Reservations"],
            Self::Finance => ["财务", "Finance"],
            Self::Membership => ["会员", "Membership"],
        }
    }
}

impl FindingState {
    /// What it is called, in Chinese and in English.
    pub const fn title(self) -> [&'static str; 2] {
        match self {
            Self::Open => ["未平", "Open"],
            Self::Decided => ["维持原样", "Left as it is"],
            Self::Resolved => ["已平", "Settled"],
        }
    }
}

/// A finding as it is kept. It names records and values of visits, and no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier: made of what it is about, so that the same contradiction has the same one again.
    pub id: FindingId,
    /// The visit it is about, the first of several. Of what is about no visit, what it is kept with: a group, or a day of a payment channel.
    pub visit_id: VisitId,
    /// What contradicts what.
    pub kind: FindingKind,
    /// Why.
    pub cause: Cause,
    /// How urgent it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: FindingState,
    /// Money at stake, minor units, 0 or more.
    pub stake: i64,
    /// Its currency.
    pub currency: Currency,
    /// What was expected, what was found, the evidence and the proposed correction, as JSON.
    pub says: String,
    /// When it was first found.
    pub found_at: DateTime<Utc>,
    /// How often it came back after it was resolved, or said something else than what was decided about.
    pub reopened: i64,
    /// When somebody decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who, as the journal calls them. Why stands sealed in the journal.
    pub decided_by: Option<String>,
    /// When the records agreed again.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// A kind of findings that a property has corrected by itself. The row is there as long as it is switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRule {
    /// The property.
    pub property_id: PropertyId,
    /// The kind.
    pub kind: FindingKind,
    /// Who switched it on, as the journal calls them.
    pub enabled_by: String,
    /// When.
    pub enabled_at: DateTime<Utc>,
}

/// A line of a payment channel's settlement file, as it came last. It names no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlementLine {
    /// The property.
    pub property_id: PropertyId,
    /// The channel: the transaction code of the payments that it settles.
    pub channel: String,
    /// The day it tells of.
    pub settled_on: NaiveDate,
    /// Its key in the channel's files.
    pub line: String,
    /// What was paid, minor units of the property's currency; given back below zero.
    pub amount: i64,
    /// What the channel kept of it, minor units, as far as the file says so.
    pub fee: i64,
    /// Number of the transaction or of the order.
    pub reference: Option<String>,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}
