//! Events about the setup of a property, its company accounts, and groups. They are sealed under the property's data key, those about groups
//! under the chain's; nothing in them is personal.

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, Currency, Money};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    define::{Fields, events},
    folio::tax_on_top,
};
use crate::{
    closing::SetupKind,
    company::{Company, CompanyKind},
    folio::CityAccount,
    ids::{AllocationId, CancellationPolicyId, CityEntryId, CompanyId, GuestId, VisitId},
    package::Inclusion,
    property::{
        CancellationPolicy, CodeKind, Overstay, Penalty, PenaltyRule, Property, RateKind, RatePlan, RoomType,
        TransactionCode,
    },
    rate::{Derived, Overrun, PeopleRates},
    reservation::VisitGroup,
    season::SeasonDates,
};

/// Before plans followed from others and included anything.
fn plans_alone(fields: &mut Fields) {
    fields.insert("inclusions".into(), json!([]));
}

/// Before staying beyond hours that were sold cost anything.
const fn plans_without_overrun(_: &mut Fields) {}

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
    /// What it offers beside that.
    pub features: Vec<String>,
}

/// Before rooms had features.
fn rooms_without_features(fields: &mut Fields) {
    let rooms = fields.get_mut("rooms").and_then(Value::as_array_mut);
    for room in rooms.into_iter().flatten().filter_map(Value::as_object_mut) {
        room.insert("features".into(), json!([]));
    }
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

/// Rooms of a type that a block holds on some nights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockedRooms {
    /// Code of the room type.
    pub room_type: String,
    /// The first night.
    pub from: NaiveDate,
    /// The day after the last night.
    pub until: NaiveDate,
    /// How many.
    pub rooms: i64,
    /// The price agreed for the group, minor units of the property's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
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
        PutRooms = "room.put" after [rooms_without_features] {
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
        PutRatePlan = "rate_plan.put" after [plans_alone, plans_without_overrun] {
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
            /// The plan its prices follow from.
            #[serde(skip_serializing_if = "Option::is_none")]
            derived: Option<Derived>,
            /// What more or fewer people cost.
            #[serde(skip_serializing_if = "Option::is_none")]
            people: Option<PeopleRates>,
            /// What it includes.
            inclusions: Vec<Inclusion>,
            /// What staying beyond the hours of a block costs.
            #[serde(skip_serializing_if = "Option::is_none")]
            overrun: Option<Overrun>,
        },
        /// Prices of dates.
        SetPrices = "rate_calendar.prices" {
            /// Code of the plan.
            rate_plan: String,
            /// Codes of the room types.
            room_types: Vec<String>,
            /// First date.
            from: NaiveDate,
            /// The date after the last.
            until: NaiveDate,
            /// Days of the week, 1 (Monday) to 7; none: all.
            weekdays: Vec<u8>,
            /// The price, minor units; none: what the plan says again.
            #[serde(skip_serializing_if = "Option::is_none")]
            amount: Option<i64>,
        },
        /// A season was set.
        PutSeason = "season.put" {
            /// Code.
            code: String,
            /// Name as the property writes it.
            name: String,
            /// Name in English.
            name_en: String,
            /// Its dates.
            dates: Vec<SeasonDates>,
        },
        /// Prices of a plan were set on the dates of a season.
        SetSeasonPrices = "season.prices" {
            /// Code of the season.
            season: String,
            /// Code of the plan.
            rate_plan: String,
            /// Codes of the room types.
            room_types: Vec<String>,
            /// Days of the week, 1 (Monday) to 7; none: all.
            weekdays: Vec<u8>,
            /// The price, minor units; none: what the plan says again.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            amount: Option<i64>,
        },
        /// Whom a plan is sold to.
        PlanAccess = "rate_plan.access" {
            /// Code of the plan.
            rate_plan: String,
            /// Codes of the companies; none: it needs none.
            companies: Vec<String>,
            /// The promotion code.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            promotion_code: Option<String>,
        },
        /// A record of the setup is not used any more from a date on, or is again.
        Close = "setup.close" {
            /// The kind of record.
            kind: SetupKind,
            /// Its code.
            code: String,
            /// The first date; none: it is used again.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            from: Option<NaiveDate>,
        },
        /// A record of the setup that was not used was deleted.
        Delete = "setup.delete" {
            /// The kind of record.
            kind: SetupKind,
            /// Its code.
            code: String,
            /// Of a price: code of the room type.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            room_type: Option<String>,
            /// Of a price: its first night.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            valid_from: Option<NaiveDate>,
        },
        /// What may not be sold on dates.
        SetRestrictions = "rate_calendar.restrictions" {
            /// Code of the plan; none: every one.
            #[serde(skip_serializing_if = "Option::is_none")]
            rate_plan: Option<String>,
            /// Code of the room type; none: every one.
            #[serde(skip_serializing_if = "Option::is_none")]
            room_type: Option<String>,
            /// Booking channel; none: every one.
            #[serde(skip_serializing_if = "Option::is_none")]
            channel: Option<String>,
            /// First date.
            from: NaiveDate,
            /// The date after the last.
            until: NaiveDate,
            /// Days of the week, 1 (Monday) to 7; none: all.
            weekdays: Vec<u8>,
            /// The least nights; 0: lifted.
            #[serde(skip_serializing_if = "Option::is_none")]
            minimum_stay: Option<i64>,
            /// The most nights; 0: lifted.
            #[serde(skip_serializing_if = "Option::is_none")]
            maximum_stay: Option<i64>,
            /// Nobody arrives.
            #[serde(skip_serializing_if = "Option::is_none")]
            closed_to_arrival: Option<bool>,
            /// Nobody leaves.
            #[serde(skip_serializing_if = "Option::is_none")]
            closed_to_departure: Option<bool>,
            /// Nothing is sold.
            #[serde(skip_serializing_if = "Option::is_none")]
            stop_sell: Option<bool>,
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
        /// Which company pays by an account.
        LinkCityAccount = "city_account.company" {
            /// Code of the account.
            account: String,
            /// Code of the company; none: nobody.
            #[serde(skip_serializing_if = "Option::is_none")]
            company: Option<String>,
        },
        /// A company or agent.
        PutCompany = "company.put" {
            /// Code.
            code: String,
            /// What it is.
            kind: CompanyKind,
            /// Its name.
            name: String,
            /// Tax number.
            #[serde(skip_serializing_if = "Option::is_none")]
            tax_id: Option<String>,
            /// Address of its seat.
            #[serde(skip_serializing_if = "Option::is_none")]
            address: Option<String>,
            /// Number of the contract.
            #[serde(skip_serializing_if = "Option::is_none")]
            contract: Option<String>,
            /// Commission on room revenue.
            commission: BasisPoints,
            /// What it and its subsidiaries may owe.
            #[serde(skip_serializing_if = "Option::is_none")]
            credit_limit: Option<Money>,
            /// The company it is a subsidiary of.
            #[serde(skip_serializing_if = "Option::is_none")]
            parent_id: Option<CompanyId>,
            /// The person to talk to.
            #[serde(skip_serializing_if = "Option::is_none")]
            contact_id: Option<GuestId>,
        },
        /// A block of rooms for a group.
        PutBlock = "block.put" {
            /// Code of the group.
            group: String,
            /// Code of the plan under which its rooms are sold.
            rate_plan: String,
            /// The last business date on which rooms can be picked up.
            #[serde(skip_serializing_if = "Option::is_none")]
            release_on: Option<NaiveDate>,
            /// All that it holds from the business date on.
            rooms: Vec<BlockedRooms>,
        },
        /// What was left of a block was given back.
        ReleaseBlock = "block.release" {
            /// Code of the group.
            group: String,
            /// How many room nights.
            room_nights: i64,
        },
        /// An account pays charges of a group's rooms.
        RouteGroup = "group.route" {
            /// Code of the group.
            group: String,
            /// Code of the property.
            property: String,
            /// The transaction codes' group.
            code_group: String,
            /// The visit that pays; none: each room itself.
            #[serde(skip_serializing_if = "Option::is_none")]
            master: Option<VisitId>,
            /// The window of its bill.
            window: i64,
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
            derived: plan.derived.clone(),
            people: plan.people.clone(),
            inclusions: plan.inclusions.clone(),
            overrun: plan.overrun,
        }
    }

    /// A company was set.
    pub fn company(company: &Company) -> Self {
        Self::PutCompany {
            code: company.code.clone(),
            kind: company.kind,
            name: company.name.clone(),
            tax_id: company.tax_id.clone(),
            address: company.address.clone(),
            contract: company.contract.clone(),
            commission: company.commission,
            credit_limit: company
                .credit_limit
                .zip(company.currency)
                .map(|(limit, currency)| Money::new(limit, currency)),
            parent_id: company.parent_id,
            contact_id: company.contact_id,
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
