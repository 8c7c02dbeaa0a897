//! Events about the setup of a property, its company accounts, and groups. They are sealed under the property's data key, those about groups
//! under the chain's; nothing in them is personal.

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, Currency, Money};
use serde::{Deserialize, Serialize};

use super::{define::events, folio::tax_on_top};
use crate::{
    folio::CityAccount,
    ids::{AllocationId, CancellationPolicyId, CityEntryId},
    property::{
        CancellationPolicy, CodeKind, Overstay, Penalty, PenaltyRule, Property, RateKind, RatePlan, RoomType,
        TransactionCode,
    },
    reservation::VisitGroup,
};

/// A room as set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutRoom {
    /// The number on the door.
    pub number: String,
    /// Code of its room type.
    pub room_type: String,
    /// Floor or wing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub floor: String,
    /// Fit for a wheelchair.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accessible: bool,
}

/// A price as set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutRate {
    /// Code of the room type.
    pub room_type: String,
    /// First night of this price.
    pub valid_from: NaiveDate,
    /// Per night or per block, minor units of the property's currency.
    pub amount: i64,
}

events! {
    /// What was set up.
    pub enum PropertyEvent {
        /// A property.
        PutProperty = "property.put" {
            /// Code.
            code: String,
            /// Name as the property writes it.
            name: String,
            /// Name in Latin letters.
            name_en: String,
            /// IANA time zone.
            time_zone: String,
            /// Currency of its bills.
            currency: Currency,
            /// The business date.
            business_date: NaiveDate,
            /// When check-in opens, minutes after midnight.
            check_in_minute: i64,
            /// When check-out is due, minutes after midnight.
            check_out_minute: i64,
            /// When the business date is closed, minutes after midnight.
            audit_minute: i64,
            /// Whether it is closed without being asked.
            audit_automatic: bool,
            /// What a night beyond the departure costs.
            overstay: Overstay,
        },
        /// A room type.
        PutRoomType = "room_type.put" {
            /// Code.
            code: String,
            /// Name as the property writes it.
            name: String,
            /// Name in English.
            name_en: String,
            /// How many people it sleeps.
            capacity: i64,
            /// Rooms that may be oversold.
            overbooking: i64,
        },
        /// So many rooms of a type may be sold beyond those there are, on some dates.
        AllowOverbooking = "inventory.allow_overbooking" {
            /// Code of the room type.
            room_type: String,
            /// First date.
            from: NaiveDate,
            /// The date after the last.
            until: NaiveDate,
            /// How many, beside what the type allows on every date.
            beyond: i64,
        },
        /// Rooms.
        PutRooms = "room.put" {
            /// The rooms.
            rooms: Vec<PutRoom>,
        },
        /// A cancellation policy.
        PutPolicy = "cancellation_policy.put" {
            /// Code.
            code: String,
            /// Name as the property writes it.
            name: String,
            /// Name in English.
            name_en: String,
            /// Which penalty applies from when on.
            rules: Vec<PenaltyRule>,
            /// The penalty for a no-show.
            no_show: Penalty,
        },
        /// A rate plan and prices.
        PutRatePlan = "rate_plan.put" {
            /// Code.
            code: String,
            /// Name as the property writes it.
            name: String,
            /// Name in English.
            name_en: String,
            /// By night or by hours.
            kind: RateKind,
            /// Hours of a part-day block.
            #[serde(skip_serializing_if = "Option::is_none")]
            hours: Option<i64>,
            /// Tax on room and service fee.
            tax: BasisPoints,
            /// Service fee on the room rate.
            service_fee: BasisPoints,
            /// The rate includes service fee and tax.
            inclusive: bool,
            /// Cancellation terms.
            #[serde(skip_serializing_if = "Option::is_none")]
            policy_id: Option<CancellationPolicyId>,
            /// Prices that were set with it.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            rates: Vec<PutRate>,
        },
        /// A transaction code.
        PutCode = "transaction_code.put" after [tax_on_top] {
            /// The code.
            code: String,
            /// Name as the property writes it.
            name: String,
            /// Name in English.
            name_en: String,
            /// The group that routing and reports go by.
            group: String,
            /// Revenue, tax, payment or wrapper.
            kind: CodeKind,
            /// Tax of a charge.
            tax: BasisPoints,
            /// Whether prices include it.
            includes_tax: bool,
        },
        /// A company account.
        PutCityAccount = "city_account.put" {
            /// Code.
            code: String,
            /// Name of the company.
            name: String,
            /// Its credit limit.
            credit_limit: Money,
        },
        /// A company paid.
        PayCityAccount = "city_account.payment" {
            /// Code of the account.
            account: String,
            /// How much.
            amount: Money,
            /// Invoice or receipt number.
            reference: String,
            /// The payment code.
            code: String,
        },
        /// A company's payment was taken back.
        ReverseCityPayment = "city_account.reverse_payment" {
            /// Code of the account.
            account: String,
            /// The payment.
            payment_id: CityEntryId,
            /// How much.
            amount: Money,
        },
        /// A company's payment was said to be for something.
        AllocateCityPayment = "city_account.allocate" {
            /// Code of the account.
            account: String,
            /// The payment.
            payment_id: CityEntryId,
            /// How much of it.
            amount: Money,
            /// The transfers it is for.
            to: Vec<CityEntryId>,
        },
        /// What a payment was for was taken back.
        ReverseAllocation = "city_account.reverse_allocation" {
            /// Code of the account.
            account: String,
            /// Which.
            allocation_id: AllocationId,
            /// How much.
            amount: Money,
        },
        /// A group of visits.
        PutGroup = "group.put" {
            /// Code.
            code: String,
            /// Name of the event or tour.
            name: String,
        },
    }
}

impl From<&Property> for PropertyEvent {
    fn from(property: &Property) -> Self {
        Self::PutProperty {
            code: property.code.clone(),
            name: property.name.clone(),
            name_en: property.name_en.clone(),
            time_zone: property.time_zone.clone(),
            currency: property.currency,
            business_date: property.business_date,
            check_in_minute: property.check_in_minute,
            check_out_minute: property.check_out_minute,
            audit_minute: property.audit_minute,
            audit_automatic: property.audit_automatic,
            overstay: property.overstay,
        }
    }
}

impl From<&RoomType> for PropertyEvent {
    fn from(room_type: &RoomType) -> Self {
        Self::PutRoomType {
            code: room_type.code.clone(),
            name: room_type.name.clone(),
            name_en: room_type.name_en.clone(),
            capacity: room_type.capacity,
            overbooking: room_type.overbooking,
        }
    }
}

impl From<&CancellationPolicy> for PropertyEvent {
    fn from(policy: &CancellationPolicy) -> Self {
        Self::PutPolicy {
            code: policy.code.clone(),
            name: policy.name.clone(),
            name_en: policy.name_en.clone(),
            rules: policy.rules.clone(),
            no_show: policy.no_show,
        }
    }
}

impl From<&TransactionCode> for PropertyEvent {
    fn from(code: &TransactionCode) -> Self {
        Self::PutCode {
            code: code.code.clone(),
            name: code.name.clone(),
            name_en: code.name_en.clone(),
            group: code.group.clone(),
            kind: code.kind,
            tax: code.tax,
            includes_tax: code.includes_tax,
        }
    }
}

impl From<&VisitGroup> for PropertyEvent {
    fn from(group: &VisitGroup) -> Self {
        Self::PutGroup { code: group.code.clone(), name: group.name.clone() }
    }
}

impl PropertyEvent {
    /// A rate plan was set with these prices.
    pub fn rate_plan(plan: &RatePlan, rates: Vec<PutRate>) -> Self {
        Self::PutRatePlan {
            code: plan.code.clone(),
            name: plan.name.clone(),
            name_en: plan.name_en.clone(),
            kind: plan.kind,
            hours: plan.hours,
            tax: plan.tax,
            service_fee: plan.service_fee,
            inclusive: plan.inclusive,
            policy_id: plan.policy_id,
            rates,
        }
    }

    /// A company account was set in a property with this currency.
    pub fn city_account(account: &CityAccount, currency: Currency) -> Self {
        Self::PutCityAccount {
            code: account.code.clone(),
            name: account.name.clone(),
            credit_limit: Money::new(account.credit_limit, currency),
        }
    }
}
