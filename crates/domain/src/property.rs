//! Properties, their rooms, and their prices.

pub use crate::state::{CodeKind, RoomState};
use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, Currency, codes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ids::{CancellationPolicyId, PropertyId, RatePlanId, RoomId, RoomTypeId},
    package::Inclusion,
    rate::{Derived, Overrun, PeopleRates},
};

/// One hotel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// Identifier.
    pub id: PropertyId,
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

codes! {
    /// What a night costs that somebody stays beyond the departure, with its fee and tax.
    pub enum Overstay {
        /// What the last night of the stay cost.
        LastPrice = "last_price",
        /// What the rate plan says for the night; if it says nothing, what the last night cost.
        PlanPrice = "plan_price",
        /// Nothing by itself; the desk charges what it wants.
        Free = "free",
    }
}

/// When a business date is closed by itself unless the property says otherwise: 03:00.
pub const AUDIT_MINUTE: i64 = 3 * 60;

/// A room type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomType {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: RoomTypeId,
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

/// One room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: RoomId,
    /// The number on the door.
    pub number: String,
    /// Its room type.
    pub room_type_id: RoomTypeId,
    /// Floor or wing.
    pub floor: String,
    /// Fit for a wheelchair.
    pub accessible: bool,
    /// Its housekeeping state.
    pub state: RoomState,
    /// Version of the record.
    pub version: i64,
    /// What it offers beside that, as codes of the property: `sea_view`, `quiet`, `bathtub`, … Sorted, each once.
    pub features: Vec<String>,
    /// The first date on which it is not let any more; none: it is let.
    pub closed_from: Option<NaiveDate>,
}

/// The feature of a room that is fit for a wheelchair: a room has it by [`Room::accessible`].
pub const ACCESSIBLE: &str = "accessible";

impl Room {
    /// Whether it offers everything that is asked for.
    pub fn offers(&self, features: &[String]) -> bool {
        let has = |feature: &String| {
            feature == ACCESSIBLE && self.accessible || self.features.binary_search(feature).is_ok()
        };
        features.iter().all(has)
    }
}

codes! {
    /// How a rate counts time.
    pub enum RateKind {
        /// By the night.
        Nightly = "nightly",
        /// By a block of hours within one day 【钟点房】.
        PartDay = "part_day",
    }
}

/// A rate plan: prices and terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatePlan {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: RatePlanId,
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
    /// Cancellation terms; none: free at any time.
    pub policy_id: Option<CancellationPolicyId>,
    /// Version of the record.
    pub version: i64,
    /// The plan whose prices its own follow from; none: it has prices of its own.
    pub derived: Option<Derived>,
    /// What more or fewer people cost; none: nothing, or what they cost under the plan it follows from.
    pub people: Option<PeopleRates>,
    /// What it includes beside the room.
    pub inclusions: Vec<Inclusion>,
    /// What staying beyond the hours of a block costs; none: nothing.
    pub overrun: Option<Overrun>,
}

/// The price of a room type under a plan, from a date on, until a later row takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The property.
    pub property_id: PropertyId,
    /// The plan.
    pub rate_plan_id: RatePlanId,
    /// The room type.
    pub room_type_id: RoomTypeId,
    /// First night of this price.
    pub valid_from: NaiveDate,
    /// Per night or per block, minor units of the property's currency.
    pub amount: i64,
    /// Version of the record.
    pub version: i64,
}

/// A room charge, split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceParts {
    /// The room itself.
    pub room: i64,
    /// Service fee.
    pub service_fee: i64,
    /// Tax.
    pub tax: i64,
}

impl PriceParts {
    /// All of it.
    pub const fn total(self) -> i64 {
        self.room + self.service_fee + self.tax
    }
}

/// The penalty for cancelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Penalty {
    /// Nothing.
    Free,
    /// The price of the first so many nights.
    Nights(u32),
    /// A share of the whole price.
    Share(BasisPoints),
    /// A fixed amount, minor units.
    Fixed(i64),
}

/// A cancellation later than so many hours before arrival costs this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PenaltyRule {
    /// Hours before the check-in time of the arrival date.
    pub within_hours: u32,
    /// The penalty from then on.
    pub penalty: Penalty,
}

/// Terms of cancellation and no-show 【退改政策】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationPolicy {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: CancellationPolicyId,
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

impl Penalty {
    /// The amount for a stay with these nightly prices; never more than the total.
    pub fn amount(self, nightly: &[i64]) -> i64 {
        let total: i64 = nightly.iter().sum();
        match self {
            Self::Free => 0,
            Self::Nights(nights) => nightly.iter().take(nights as usize).sum(),
            Self::Share(share) => share.of(total),
            Self::Fixed(amount) => amount,
        }
        .clamp(0, total.max(0))
    }
}

/// A kind of posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionCode {
    /// The property.
    pub property_id: PropertyId,
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
    /// Version of the record.
    pub version: i64,
    /// Whether prices are said with the tax: then it is within the amount, else on top of it.
    pub includes_tax: bool,
}

/// The initial codes of every property.
pub fn standard_codes(property_id: PropertyId) -> Vec<TransactionCode> {
    let code = |&(code, name, name_en, group, kind, tax): &StandardCode| TransactionCode {
        property_id,
        code: code.into(),
        name: name.into(),
        name_en: name_en.into(),
        group: group.into(),
        kind,
        tax: BasisPoints(tax),
        version: 1,
        includes_tax: false,
    };
    STANDARD_CODES.iter().map(code).collect()
}

/// Code, Chinese name, English name, group, kind, tax.
type StandardCode = (&'static str, &'static str, &'static str, &'static str, CodeKind, i64);

const STANDARD_CODES: &[StandardCode] = &[
    ("ROOM", "房费", "Room", "room", CodeKind::Revenue, 0),
    ("DAYUSE", "钟点房费", "Day use", "room", CodeKind::Revenue, 0),
    ("SVC", "服务费", "Service fee", "room", CodeKind::Revenue, 0),
    ("TAX", "税费", "Tax", "tax", CodeKind::Tax, 0),
    ("XBED", "加床", "Extra bed", "room", CodeKind::Revenue, 600),
    ("MINI", "迷你吧", "Minibar", "minibar", CodeKind::Revenue, 600),
    ("FB", "餐饮", "Food and beverage", "food", CodeKind::Revenue, 600),
    ("LAUN", "洗衣", "Laundry", "laundry", CodeKind::Revenue, 600),
    ("CAR", "用车", "Car", "transport", CodeKind::Revenue, 600),
    ("LATE", "延时费", "Late departure", "room", CodeKind::Revenue, 600),
    ("DMG", "赔偿", "Damages", "damage", CodeKind::Revenue, 0),
    ("CXL", "取消费", "Cancellation fee", "penalty", CodeKind::Revenue, 0),
    ("NOSHOW", "未到费", "No-show fee", "penalty", CodeKind::Revenue, 0),
    ("FORFEIT", "没收定金", "Deposit forfeited", "penalty", CodeKind::Revenue, 0),
    ("DISC", "会员折扣", "Member discount", "room", CodeKind::Revenue, 0),
    ("CASH", "现金", "Cash", "payment", CodeKind::Payment, 0),
    ("CARD", "银行卡", "Bank card", "payment", CodeKind::Payment, 0),
    ("WECHAT", "微信支付", "WeChat Pay", "payment", CodeKind::Payment, 0),
    ("ALIPAY", "支付宝", "Alipay", "payment", CodeKind::Payment, 0),
    ("BANK", "银行转账", "Bank transfer", "payment", CodeKind::Payment, 0),
    ("PREAUTH", "预授权完成", "Pre-authorisation captured", "payment", CodeKind::Payment, 0),
    ("POINTS", "积分兑换", "Points redeemed", "payment", CodeKind::Payment, 0),
    ("DEP", "定金转入", "Deposit transfer", "payment", CodeKind::Wrapper, 0),
    ("CITY", "转应收账", "City ledger transfer", "payment", CodeKind::Wrapper, 0),
    ("MOVE", "账单间转账", "Folio transfer", "transfer", CodeKind::Wrapper, 0),
];
