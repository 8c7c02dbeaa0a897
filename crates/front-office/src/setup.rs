//! Setting up a property: rooms, prices, terms, codes. Each command writes the record as given, creating it
//! if it is new.

use chrono::NaiveDate;

use hefu_domain::{
    Message, Place, Pointer, Rule, RuleError,
    event::{
        PropertyEvent,
        property::{PutRate, PutRoom},
    },
    folio::CityAccount,
    message::Missing,
    property::{
        CancellationPolicy, CodeKind, Penalty, PenaltyRule, Property, Rate, RateKind, RatePlan, Room,
        RoomState, RoomType, TransactionCode, standard_codes,
    },
};

use hefu_kernel::{BasisPoints, Currency, Id as _, Money};

use hefu_store::query;

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use hefu_authz::{Action, Resource};

use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

use crate::{
    housekeeping,
    property::{check_code, check_name, find_property, zone},
    view::{
        bill::CityAccountInfo,
        names::Names,
        property::{PolicyView, PropertyInfo, RatePlanView, RoomTypeView, RoomView, TransactionCodeView},
    },
};
use hefu_core::check_version;

/// A property to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertyInput {
    /// Name as the property writes it.
    pub name: String,
    /// Name in Latin letters.
    pub name_en: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Currency of its bills; cannot change later.
    pub currency: Currency,
    /// The first business date; ignored later, when only the night audit moves it. Default: today in its zone.
    #[serde(default)]
    pub business_date: Option<NaiveDate>,
    /// When check-in opens, minutes after midnight. Default 14:00.
    #[serde(default = "two_pm")]
    pub check_in_minute: i64,
    /// When check-out is due, minutes after midnight. Default 12:00.
    #[serde(default = "noon")]
    pub check_out_minute: i64,
}

const fn two_pm() -> i64 {
    14 * 60
}

const fn noon() -> i64 {
    12 * 60
}

/// Creates or changes a property.
#[derive(Debug, Clone)]
pub struct PutProperty {
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The property.
    pub input: PropertyInput,
}

impl Command for PutProperty {
    const ACTION: Action = Action::PropertyPut;
    type Out = PropertyInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.code)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<PropertyInfo> {
        check_code(Place::parameter("property"), &self.code)?;
        check_name("name", &self.input.name)?;
        check_name("name_en", &self.input.name_en)?;
        let zone = zone(&self.input.time_zone)?;
        let minutes = 0..24 * 60;
        let times = [
            ("check_in_minute", self.input.check_in_minute),
            ("check_out_minute", self.input.check_out_minute),
        ];
        for (at, minute) in times {
            if !minutes.contains(&minute) {
                return Err(AppError::invalid(at, Message::Between { from: 0, to: minutes.end - 1 }));
            }
        }
        let known = query::property::by_code(u.tx, &self.code).await?;
        let is_new = known.is_none();
        let today = u.now.with_timezone(&zone).date_naive();
        let mut property = known.unwrap_or_else(|| Property {
            id: u.id(),
            code: self.code.clone(),
            name: String::new(),
            name_en: String::new(),
            time_zone: String::new(),
            currency: self.input.currency,
            business_date: self.input.business_date.unwrap_or(today),
            check_in_minute: 0,
            check_out_minute: 0,
            version: 1,
        });
        if property.currency != self.input.currency {
            return Err(AppError::invalid(
                "currency",
                Message::CurrencyStays { currency: property.currency },
            ));
        }
        property.name.clone_from(&self.input.name);
        property.name_en.clone_from(&self.input.name_en);
        property.time_zone.clone_from(&self.input.time_zone);
        property.check_in_minute = self.input.check_in_minute;
        property.check_out_minute = self.input.check_out_minute;
        if is_new {
            u.tx.insert(&property).await?;
            u.tx.insert_all(&standard_codes(property.id)).await?;
        } else {
            check_version(self.if_match, property.version)?;
            u.tx.update(&mut property).await?;
        }
        let about = About::Property(property.id, "property", property.id.uuid());
        u.record(about, PropertyEvent::from(&property)).await?;
        Ok(property.into())
    }
}

/// A room type to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomTypeInput {
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// How many people it sleeps.
    pub capacity: i64,
    /// Rooms that may be oversold.
    #[serde(default)]
    pub overbooking: i64,
}

/// Creates or changes a room type.
#[derive(Debug, Clone)]
pub struct PutRoomType {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The room type.
    pub input: RoomTypeInput,
}

impl Command for PutRoomType {
    const ACTION: Action = Action::RoomTypePut;
    type Out = RoomTypeView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RoomTypeView> {
        check_code(Place::parameter("code"), &self.code)?;
        check_name("name", &self.input.name)?;
        if !(1..=64).contains(&self.input.capacity) {
            return Err(AppError::invalid("capacity", Message::Between { from: 1, to: 64 }));
        }
        if !(0..=1_000).contains(&self.input.overbooking) {
            return Err(AppError::invalid("overbooking", Message::Between { from: 0, to: 1_000 }));
        }
        let property = u.property(&self.property).await?;
        let known =
            query::property::room_types(u.tx, property.id).await?.into_iter().find(|t| t.code == self.code);
        let made = match known {
            None => {
                let made = RoomType {
                    property_id: property.id,
                    id: u.id(),
                    code: self.code.clone(),
                    name: self.input.name.clone(),
                    name_en: self.input.name_en.clone(),
                    capacity: self.input.capacity,
                    overbooking: self.input.overbooking,
                    version: 1,
                };
                u.tx.insert(&made).await?;
                made
            }
            Some(mut known) => {
                check_version(self.if_match, known.version)?;
                let more = self.input.overbooking - known.overbooking;
                if more != 0 {
                    resize(u, &property, known.id, more).await?;
                }
                known.name.clone_from(&self.input.name);
                known.name_en.clone_from(&self.input.name_en);
                known.capacity = self.input.capacity;
                known.overbooking = self.input.overbooking;
                u.tx.update(&mut known).await?;
                known
            }
        };
        let about = About::Property(property.id, "room_type", made.id.uuid());
        u.record(about, PropertyEvent::from(&made)).await?;
        Ok(made.into())
    }
}

/// Changes how many rooms of a type can be sold from the business date on.
async fn resize(
    u: &mut Unit<'_>,
    property: &Property,
    room_type: hefu_domain::ids::RoomTypeId,
    by: i64,
) -> Result<()> {
    Ok(query::inventory::resize_type(u.tx, property.id, room_type, by, property.business_date).await?)
}

/// Rooms to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomInput {
    /// The number on the door.
    pub number: String,
    /// Code of its room type.
    pub room_type: String,
    /// Floor or wing.
    #[serde(default)]
    pub floor: String,
    /// Fit for a wheelchair.
    #[serde(default)]
    pub accessible: bool,
}

/// Creates or changes rooms, many at once.
#[derive(Debug, Clone)]
pub struct PutRooms {
    /// The property's code.
    pub property: String,
    /// The rooms.
    pub rooms: Vec<RoomInput>,
}

impl Command for PutRooms {
    const ACTION: Action = Action::RoomPut;
    type Out = Vec<RoomView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Vec<RoomView>> {
        let property = u.property(&self.property).await?;
        let types = query::property::room_types(u.tx, property.id).await?;
        let known = query::property::rooms(u.tx, property.id).await?;
        let (mut out, mut new) = (Vec::new(), Vec::new());
        for (i, input) in self.rooms.iter().enumerate() {
            check_code(Pointer::default().item(i).field("number"), &input.number)?;
            let room_type = types.iter().find(|t| t.code == input.room_type).ok_or_else(|| {
                AppError::not_found(Missing::RoomType, &input.room_type)
                    .at(Pointer::default().item(i).field("room_type"))
            })?;
            match known.iter().find(|room| room.number == input.number) {
                None => {
                    let room = Room {
                        property_id: property.id,
                        id: u.id(),
                        number: input.number.clone(),
                        room_type_id: room_type.id,
                        floor: input.floor.clone(),
                        accessible: input.accessible,
                        state: RoomState::Clean,
                        version: 1,
                    };
                    resize(u, &property, room_type.id, 1).await?;
                    new.push(room.clone());
                    out.push(RoomView::of(room, room_type.code.clone()));
                }
                Some(room) => {
                    let mut room = room.clone();
                    // Dates on which it is out of order count for neither type.
                    let mut closed = Vec::new();
                    if room.room_type_id != room_type.id {
                        closed = housekeeping::reopen(u, &property, &room).await?;
                        resize(u, &property, room.room_type_id, -1).await?;
                        resize(u, &property, room_type.id, 1).await?;
                    }
                    room.room_type_id = room_type.id;
                    room.floor.clone_from(&input.floor);
                    room.accessible = input.accessible;
                    u.tx.update(&mut room).await?;
                    // After the room has the new type: a counter created now includes it.
                    housekeeping::close(u, &room, &closed).await?;
                    out.push(RoomView::of(room, room_type.code.clone()));
                }
            }
        }
        u.tx.insert_all(&new).await?;
        let about = About::Property(property.id, "property", property.id.uuid());
        let rooms = self.rooms.iter().cloned().map(|room| {
            let RoomInput { number, room_type, floor, accessible } = room;
            PutRoom { number, room_type, floor, accessible }
        });
        u.record(about, PropertyEvent::PutRooms { rooms: rooms.collect() }).await?;
        Ok(out)
    }
}

/// A cancellation policy to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyInput {
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Which penalty applies from how many hours before arrival.
    #[serde(default)]
    pub rules: Vec<PenaltyRule>,
    /// The penalty for a no-show.
    pub no_show: Penalty,
}

/// Creates or changes a cancellation policy.
#[derive(Debug, Clone)]
pub struct PutPolicy {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The policy.
    pub input: PolicyInput,
}

impl Command for PutPolicy {
    const ACTION: Action = Action::CancellationPolicyPut;
    type Out = PolicyView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<PolicyView> {
        check_code(Place::parameter("code"), &self.code)?;
        check_name("name", &self.input.name)?;
        let property = u.property(&self.property).await?;
        let known =
            query::property::policies(u.tx, property.id).await?.into_iter().find(|p| p.code == self.code);
        let is_new = known.is_none();
        let mut policy = known.unwrap_or_else(|| CancellationPolicy {
            property_id: property.id,
            id: u.id(),
            code: self.code.clone(),
            name: String::new(),
            name_en: String::new(),
            rules: Vec::new(),
            no_show: Penalty::Free,
            version: 1,
        });
        policy.name.clone_from(&self.input.name);
        policy.name_en.clone_from(&self.input.name_en);
        policy.rules.clone_from(&self.input.rules);
        policy.no_show = self.input.no_show;
        if is_new {
            u.tx.insert(&policy).await?;
        } else {
            check_version(self.if_match, policy.version)?;
            u.tx.update(&mut policy).await?;
        }
        let about = About::Property(property.id, "cancellation_policy", policy.id.uuid());
        u.record(about, PropertyEvent::from(&policy)).await?;
        Ok(policy.into())
    }
}

/// A price to set.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateInput {
    /// Code of the room type.
    pub room_type: String,
    /// First night of this price.
    pub valid_from: NaiveDate,
    /// Per night or per block, minor units.
    pub amount: i64,
}

/// A rate plan to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatePlanInput {
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// By night or by hours; cannot change later.
    pub kind: RateKind,
    /// Hours of a part-day block.
    #[serde(default)]
    pub hours: Option<i64>,
    /// Tax on room and service fee.
    #[serde(default)]
    pub tax: BasisPoints,
    /// Service fee on the room rate.
    #[serde(default)]
    pub service_fee: BasisPoints,
    /// The rate includes service fee and tax.
    #[serde(default)]
    pub inclusive: bool,
    /// Code of the cancellation policy; none: free at any time.
    #[serde(default)]
    pub policy: Option<String>,
    /// Prices; those of other room types and dates do not change.
    #[serde(default)]
    pub rates: Vec<RateInput>,
}

/// Creates or changes a rate plan and its prices.
#[derive(Debug, Clone)]
pub struct PutRatePlan {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The plan.
    pub input: RatePlanInput,
}

impl Command for PutRatePlan {
    const ACTION: Action = Action::RatePlanPut;
    type Out = RatePlanView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RatePlanView> {
        check_code(Place::parameter("code"), &self.code)?;
        check_name("name", &self.input.name)?;
        let share = 0..=10_000;
        for (at, part) in [("tax", self.input.tax), ("service_fee", self.input.service_fee)] {
            if !share.contains(&part.0) {
                return Err(AppError::invalid(at, Message::BasisPoints { from: 0, to: 10_000 }));
            }
        }
        match (self.input.kind, self.input.hours) {
            (RateKind::Nightly, None) => {}
            (RateKind::PartDay, Some(1..=23)) => {}
            _ => {
                return Err(AppError::invalid("hours", Message::HoursOfPlan { from: 1, to: 23 }));
            }
        }
        let property = u.property(&self.property).await?;
        let policy_id = match &self.input.policy {
            None => None,
            Some(code) => Some(
                query::property::policies(u.tx, property.id)
                    .await?
                    .into_iter()
                    .find(|policy| policy.code == *code)
                    .ok_or_else(|| AppError::not_found(Missing::CancellationPolicy, code).at("policy"))?
                    .id,
            ),
        };
        let known =
            query::property::rate_plans(u.tx, property.id).await?.into_iter().find(|p| p.code == self.code);
        let is_new = known.is_none();
        let mut plan = known.unwrap_or_else(|| RatePlan {
            property_id: property.id,
            id: u.id(),
            code: self.code.clone(),
            name: String::new(),
            name_en: String::new(),
            kind: self.input.kind,
            hours: None,
            tax: BasisPoints(0),
            service_fee: BasisPoints(0),
            inclusive: false,
            policy_id: None,
            version: 1,
        });
        if plan.kind != self.input.kind {
            return Err(AppError::invalid("kind", Message::KindStays));
        }
        plan.name.clone_from(&self.input.name);
        plan.name_en.clone_from(&self.input.name_en);
        plan.hours = self.input.hours;
        plan.tax = self.input.tax;
        plan.service_fee = self.input.service_fee;
        plan.inclusive = self.input.inclusive;
        plan.policy_id = policy_id;
        if is_new {
            u.tx.insert(&plan).await?;
        } else {
            check_version(self.if_match, plan.version)?;
            u.tx.update(&mut plan).await?;
        }
        put_rates(u, &plan, &self.input.rates, property.currency).await?;
        let about = About::Property(property.id, "rate_plan", plan.id.uuid());
        let rates = self.input.rates.iter().cloned().map(|rate| {
            let RateInput { room_type, valid_from, amount } = rate;
            PutRate { room_type, valid_from, amount }
        });
        u.record(about, PropertyEvent::rate_plan(&plan, rates.collect())).await?;
        Ok(RatePlanView::of(plan, self.input.policy.clone()))
    }
}

async fn put_rates(
    u: &mut Unit<'_>,
    plan: &RatePlan,
    inputs: &[RateInput],
    currency: Currency,
) -> Result<()> {
    let types = query::property::room_types(u.tx, plan.property_id).await?;
    let known = query::property::rates(u.tx, plan.property_id, plan.id).await?;
    for (i, input) in inputs.iter().enumerate() {
        if !(0..=1_000_000_000).contains(&input.amount) {
            let (from, to) = (Money::new(0, currency), Money::new(1_000_000_000, currency));
            let message = Message::AmountBetween { from, to };
            return Err(RuleError::new(Rule::BadAmount, ("rates", i, "amount"), message).into());
        }
        let room_type = types.iter().find(|t| t.code == input.room_type).ok_or_else(|| {
            AppError::not_found(Missing::RoomType, &input.room_type).at(("rates", i, "room_type"))
        })?;
        match known.iter().find(|r| r.room_type_id == room_type.id && r.valid_from == input.valid_from) {
            None => {
                u.tx.insert(&Rate {
                    property_id: plan.property_id,
                    rate_plan_id: plan.id,
                    room_type_id: room_type.id,
                    valid_from: input.valid_from,
                    amount: input.amount,
                    version: 1,
                })
                .await?;
            }
            Some(rate) => {
                let mut rate = Rate { amount: input.amount, ..rate.clone() };
                u.tx.update(&mut rate).await?;
            }
        }
    }
    Ok(())
}

/// A transaction code to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeInput {
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// The group that routing and reports go by.
    pub group: String,
    /// Revenue, tax, payment or wrapper; cannot change later.
    pub kind: CodeKind,
    /// Tax added to a charge.
    #[serde(default)]
    pub tax: BasisPoints,
}

/// Creates or changes a transaction code.
#[derive(Debug, Clone)]
pub struct PutCode {
    /// The property's code.
    pub property: String,
    /// The code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// Its settings.
    pub input: CodeInput,
}

impl Command for PutCode {
    const ACTION: Action = Action::TransactionCodePut;
    type Out = TransactionCodeView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<TransactionCodeView> {
        check_code(Place::parameter("code"), &self.code)?;
        check_code("group", &self.input.group)?;
        check_name("name", &self.input.name)?;
        if !(0..=10_000).contains(&self.input.tax.0) {
            return Err(AppError::invalid("tax", Message::BasisPoints { from: 0, to: 10_000 }));
        }
        let property = u.property(&self.property).await?;
        let known = query::property::code(u.tx, property.id, &self.code).await?;
        let version = known.as_ref().map_or(1, |known| known.version);
        let mut code = TransactionCode {
            property_id: property.id,
            code: self.code.clone(),
            name: self.input.name.clone(),
            name_en: self.input.name_en.clone(),
            group: self.input.group.clone(),
            kind: self.input.kind,
            tax: self.input.tax,
            version,
        };
        match known {
            None => u.tx.insert(&code).await?,
            Some(known) if known.kind != code.kind => {
                return Err(AppError::invalid("kind", Message::KindStays));
            }
            Some(_) => {
                check_version(self.if_match, version)?;
                u.tx.update(&mut code).await?;
            }
        }
        let about = About::Property(property.id, "transaction_code", property.id.uuid());
        u.record(about, PropertyEvent::from(&code)).await?;
        Ok(code.into())
    }
}

/// A city-ledger account to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CityAccountInput {
    /// Name of the company.
    pub name: String,
    /// Its credit limit, minor units.
    pub credit_limit: i64,
}

/// Creates or changes a city-ledger account.
#[derive(Debug, Clone)]
pub struct PutCityAccount {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The account.
    pub input: CityAccountInput,
}

impl Command for PutCityAccount {
    const ACTION: Action = Action::CityAccountPut;
    type Out = CityAccountInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CityAccountInfo> {
        check_code(Place::parameter("code"), &self.code)?;
        check_name("name", &self.input.name)?;
        if self.input.credit_limit < 0 {
            return Err(RuleError::new(
                Rule::BadAmount,
                "credit_limit",
                Message::Between { from: 0, to: i64::MAX },
            )
            .into());
        }
        let property = u.property(&self.property).await?;
        let account = match query::property::city_account_by_code(u.tx, property.id, &self.code).await? {
            None => {
                let account = CityAccount {
                    property_id: property.id,
                    id: u.id(),
                    code: self.code.clone(),
                    name: self.input.name.clone(),
                    credit_limit: self.input.credit_limit,
                    balance: 0,
                    version: 1,
                };
                u.tx.insert(&account).await?;
                account
            }
            Some(mut account) => {
                check_version(self.if_match, account.version)?;
                account.name.clone_from(&self.input.name);
                account.credit_limit = self.input.credit_limit;
                u.tx.update(&mut account).await?;
                account
            }
        };
        let about = About::Property(property.id, "city_account", account.id.uuid());
        u.record(about, PropertyEvent::city_account(&account, property.currency)).await?;
        Ok(account.into())
    }
}

/// All of a property's configuration.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PropertyView {
    /// The property.
    pub property: PropertyInfo,
    /// Its room types.
    pub room_types: Vec<RoomTypeView>,
    /// Its rooms.
    pub rooms: Vec<RoomView>,
    /// Its rate plans.
    pub rate_plans: Vec<RatePlanView>,
    /// Its cancellation policies.
    pub policies: Vec<PolicyView>,
    /// Its transaction codes.
    pub codes: Vec<TransactionCodeView>,
    /// Its city-ledger accounts.
    pub city_accounts: Vec<CityAccountInfo>,
}

/// Records as views.
fn shown<T, V: From<T>>(records: Vec<T>) -> Vec<V> {
    records.into_iter().map(V::from).collect()
}

/// A property and its configuration.
#[derive(Debug, Clone)]
pub struct ShowProperty {
    /// Its code.
    pub code: String,
}

impl Query for ShowProperty {
    const ACTION: Action = Action::PropertyShow;
    type Out = PropertyView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.code)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let code = self.code.as_str();
        let c = r.conn().await?;
        let property = find_property(c, code).await?;
        let id = property.id;
        let names = Names::of(&property).with_types(c, id).await?.with_policies(c, id).await?;
        let rooms = query::property::rooms(c, id).await?.into_iter();
        let plans = query::property::rate_plans(c, id).await?.into_iter();
        Ok(PropertyView {
            room_types: shown(query::property::room_types(c, id).await?),
            rooms: rooms
                .map(|room| {
                    let room_type = names.room_type(room.room_type_id);
                    RoomView::of(room, room_type)
                })
                .collect(),
            rate_plans: plans
                .map(|plan| {
                    let policy = plan.policy_id.and_then(|id| names.policy(id));
                    RatePlanView::of(plan, policy)
                })
                .collect(),
            policies: shown(query::property::policies(c, id).await?),
            codes: shown(query::property::codes(c, id).await?),
            city_accounts: shown(query::property::city_accounts(c, id).await?),
            property: property.into(),
        })
    }
}

/// Every property.
#[derive(Debug, Clone)]
pub struct ListProperties;

impl Query for ListProperties {
    const ACTION: Action = Action::PropertyList;
    type Out = Vec<PropertyInfo>;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        Ok(shown(query::property::all(c).await?))
    }
}
