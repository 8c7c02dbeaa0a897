//! Views of properties and their setup.

use chrono::NaiveDate;
use hefu_domain::{
    package::Inclusion,
    property::{
        CancellationPolicy, CodeKind, Overstay, Penalty, PenaltyRule, Property, RateKind, RatePlan, Room,
        RoomState, RoomType, TransactionCode,
    },
    rate::{Overrun, PeopleRates},
};
use hefu_kernel::{BasisPoints, Currency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PropertyInfo {
    /// Short code of the property, unique in the chain.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in Latin letters.
    pub name_en: String,
    /// IANA time zone.
    pub time_zone: String,
    /// The currency of its bills.
    pub currency: Currency,
    /// The hotel's accounting day. Only the night audit moves it.
    pub business_date: NaiveDate,
    /// When check-in opens, minutes after midnight.
    pub check_in_minute: i64,
    /// When check-out is due, minutes after midnight.
    pub check_out_minute: i64,
    /// When the business date is closed, minutes after midnight of the next day.
    pub audit_minute: i64,
    /// Whether it is then closed without being asked.
    pub audit_automatic: bool,
    /// What a night costs that somebody stays beyond the departure.
    pub overstay: Overstay,
    /// Version of the record, counted from 1.
    pub version: i64,
}

impl From<Property> for PropertyInfo {
    fn from(property: Property) -> Self {
        Self {
            code: property.code,
            name: property.name,
            name_en: property.name_en,
            time_zone: property.time_zone,
            currency: property.currency,
            business_date: property.business_date,
            check_in_minute: property.check_in_minute,
            check_out_minute: property.check_out_minute,
            audit_minute: property.audit_minute,
            audit_automatic: property.audit_automatic,
            overstay: property.overstay,
            version: property.version,
        }
    }
}

/// A room type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomTypeView {
    /// Short code, unique in the property.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// How many people it sleeps.
    pub capacity: i64,
    /// Rooms that may be oversold.
    pub overbooking: i64,
    /// Version of the record.
    pub version: i64,
}

impl From<RoomType> for RoomTypeView {
    fn from(kind: RoomType) -> Self {
        let RoomType { property_id: _, id: _, code, name, name_en, capacity, overbooking, version } = kind;
        Self { code, name, name_en, capacity, overbooking, version }
    }
}

/// One room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomView {
    /// The number on the door.
    pub number: String,
    /// Code of its room type.
    pub room_type: String,
    /// Floor or wing.
    pub floor: String,
    /// Fit for a wheelchair.
    pub accessible: bool,
    /// What it offers beside that, as codes of the property.
    pub features: Vec<String>,
    /// The first date on which it is not let any more; none: it is let.
    pub closed_from: Option<NaiveDate>,
    /// Its housekeeping state.
    pub state: RoomState,
    /// Version of the record.
    pub version: i64,
}

impl RoomView {
    /// A room of a type.
    pub fn of(room: Room, room_type: String) -> Self {
        let Room {
            property_id: _,
            id: _,
            number,
            room_type_id: _,
            floor,
            accessible,
            state,
            version,
            features,
            closed_from,
        } = room;
        Self { number, room_type, floor, accessible, features, closed_from, state, version }
    }
}

/// How the prices of a plan follow from those of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DerivedPlan {
    /// Code of the plan whose prices they follow from; empty: of none.
    pub from: String,
    /// Added to its price as a share of it; below zero: taken off. -1500 is 15 % less.
    #[serde(default)]
    pub share: BasisPoints,
    /// Then added, minor units; below zero: taken off.
    #[serde(default)]
    pub amount: i64,
    /// Then rounded to a multiple of so many minor units, half up.
    #[serde(default = "to_the_cent")]
    pub round_to: i64,
}

const fn to_the_cent() -> i64 {
    1
}

/// A rate plan: prices and terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RatePlanView {
    /// Short code, unique in the property.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// By night or by hours.
    pub kind: RateKind,
    /// Hours of a part-day block; none for nightly plans.
    pub hours: Option<i64>,
    /// Tax on room and service fee.
    pub tax: BasisPoints,
    /// Service fee on the room rate.
    pub service_fee: BasisPoints,
    /// The rate includes service fee and tax.
    pub inclusive: bool,
    /// Code of the cancellation policy; none: free at any time.
    pub policy: Option<String>,
    /// The plan whose prices its own follow from.
    pub derived: Option<DerivedPlan>,
    /// What more or fewer people cost; none: nothing, or as under the plan it follows from.
    pub people: Option<PeopleRates>,
    /// What it includes beside the room.
    pub inclusions: Vec<Inclusion>,
    /// What staying beyond the hours of a block costs; none: nothing.
    pub overrun: Option<Overrun>,
    /// Version of the record.
    pub version: i64,
}

impl RatePlanView {
    /// A rate plan with the code of its cancellation policy, and that of the plan it follows from.
    pub fn of(plan: RatePlan, policy: Option<String>, from: Option<String>) -> Self {
        Self {
            derived: plan.derived.map(|derived| DerivedPlan {
                from: from.unwrap_or_default(),
                share: derived.share,
                amount: derived.amount,
                round_to: derived.round_to,
            }),
            people: plan.people,
            inclusions: plan.inclusions,
            overrun: plan.overrun,
            code: plan.code,
            name: plan.name,
            name_en: plan.name_en,
            kind: plan.kind,
            hours: plan.hours,
            tax: plan.tax,
            service_fee: plan.service_fee,
            inclusive: plan.inclusive,
            policy,
            version: plan.version,
        }
    }
}

/// Terms of cancellation and no-show 【退改政策】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyView {
    /// Short code, unique in the property.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Which penalty applies from when on; of several that apply the one closest to arrival counts.
    pub rules: Vec<PenaltyRule>,
    /// The penalty for a no-show.
    pub no_show: Penalty,
    /// Version of the record.
    pub version: i64,
}

impl From<CancellationPolicy> for PolicyView {
    fn from(policy: CancellationPolicy) -> Self {
        let CancellationPolicy { property_id: _, id: _, code, name, name_en, rules, no_show, version } =
            policy;
        Self { code, name, name_en, rules, no_show, version }
    }
}

/// A kind of posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransactionCodeView {
    /// The code, unique in the property.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// The group that routing and reports go by: `room`, `tax`, `minibar`, `laundry`, `payment`, …
    pub group: String,
    /// Revenue, tax, payment or wrapper.
    pub kind: CodeKind,
    /// Tax of a charge of this code.
    pub tax: BasisPoints,
    /// Whether prices are said with the tax: then it is within the amount, else on top of it.
    pub includes_tax: bool,
    /// Version of the record.
    pub version: i64,
}

impl From<TransactionCode> for TransactionCodeView {
    fn from(code: TransactionCode) -> Self {
        let TransactionCode { property_id: _, code, name, name_en, group, kind, tax, version, includes_tax } =
            code;
        Self { code, name, name_en, group, kind, tax, includes_tax, version }
    }
}
