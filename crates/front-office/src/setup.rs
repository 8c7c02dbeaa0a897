//! Setting up a property: rooms, prices, terms, codes. Each command makes the record when it is new, and changes what is given of it when it
//! is there: what is not given stays.

use async_trait::async_trait;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use hefu_domain::{
    Message, Place, Pointer, Rule, RuleError,
    closing::SetupKind,
    event::{
        PropertyEvent, ReservationEvent,
        property::{PutRate, PutRoom},
    },
    folio::CityAccount,
    message::Missing,
    package::Inclusion,
    property::{
        ACCESSIBLE, AUDIT_MINUTE, CancellationPolicy, CodeKind, Overstay, Penalty, PenaltyRule, Property,
        Rate, RateKind, RatePlan, Room, RoomState, RoomType, TransactionCode, standard_codes,
    },
    rate::{Derived, Overrun, PeopleRates},
    reservation::ReservationRoom,
    stay::RoomPart,
};

use hefu_kernel::{BasisPoints, Currency, Id as _, LAST_DATE, Money};

use hefu_store::query;

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use hefu_authz::{Action, Resource};

use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

use crate::{
    closing::ClosingView,
    housekeeping,
    property::{check_code, check_name, find_property, require_used, zone},
    view::{
        bill::CityAccountInfo,
        names::Names,
        property::{
            DerivedPlan, PolicyView, PropertyInfo, RatePlanView, RoomTypeView, RoomView, TransactionCodeView,
        },
    },
    visit::{book::room_type, lock, wishes::features},
};
use hefu_core::check_version;

/// What is given of a field, else what is known of it.
///
/// # Errors
/// Neither: it is missing in what is new.
fn given<T: Clone>(at: impl Into<Place>, given: Option<&T>, known: Option<&T>) -> Result<T> {
    given.or(known).cloned().ok_or_else(|| AppError::invalid(at, Message::MissingField))
}

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
    /// When check-in opens, minutes after midnight. Default: as it is, at first 14:00.
    #[serde(default)]
    pub check_in_minute: Option<i64>,
    /// When check-out is due, minutes after midnight. Default: as it is, at first 12:00.
    #[serde(default)]
    pub check_out_minute: Option<i64>,
    /// When the business date is closed, minutes after midnight of the next day. Default: as it is, at first 03:00.
    #[serde(default)]
    pub audit_minute: Option<i64>,
    /// Whether it is then closed without being asked. Default: as it is, at first it is.
    #[serde(default)]
    pub audit_automatic: Option<bool>,
    /// What a night costs that somebody stays beyond the departure. Default: as it is, at first what the last night cost.
    #[serde(default)]
    pub overstay: Option<Overstay>,
}

/// When check-in opens at first.
const TWO_PM: i64 = 14 * 60;

/// When check-out is due at first.
const NOON: i64 = 12 * 60;

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

#[async_trait]
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
            ("check_in_minute", self.input.check_in_minute.unwrap_or(TWO_PM)),
            ("check_out_minute", self.input.check_out_minute.unwrap_or(NOON)),
            ("audit_minute", self.input.audit_minute.unwrap_or(AUDIT_MINUTE)),
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
            check_in_minute: TWO_PM,
            check_out_minute: NOON,
            audit_minute: AUDIT_MINUTE,
            audit_automatic: true,
            overstay: Overstay::LastPrice,
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
        property.check_in_minute = self.input.check_in_minute.unwrap_or(property.check_in_minute);
        property.check_out_minute = self.input.check_out_minute.unwrap_or(property.check_out_minute);
        property.audit_minute = self.input.audit_minute.unwrap_or(property.audit_minute);
        property.audit_automatic = self.input.audit_automatic.unwrap_or(property.audit_automatic);
        property.overstay = self.input.overstay.unwrap_or(property.overstay);
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

/// A room type as put. Of one that is there what is not given stays; a new one needs names and capacity.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoomTypeInput {
    /// Name as the property writes it.
    pub name: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// How many people it sleeps.
    pub capacity: Option<i64>,
    /// Rooms that may be sold beyond those there are. Of a new one: none.
    pub overbooking: Option<i64>,
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

#[async_trait]
impl Command for PutRoomType {
    const ACTION: Action = Action::RoomTypePut;
    type Out = RoomTypeView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RoomTypeView> {
        check_code(Place::parameter("code"), &self.code)?;
        let property = u.property(&self.property).await?;
        let known =
            query::property::room_types(u.tx, property.id).await?.into_iter().find(|t| t.code == self.code);
        let (input, had) = (&self.input, known.as_ref());
        let name = given("name", input.name.as_ref(), had.map(|had| &had.name))?;
        let name_en = given("name_en", input.name_en.as_ref(), had.map(|had| &had.name_en))?;
        let capacity = given("capacity", input.capacity.as_ref(), had.map(|had| &had.capacity))?;
        let overbooking = input.overbooking.or(had.map(|had| had.overbooking)).unwrap_or(0);
        check_name("name", &name)?;
        if !(1..=64).contains(&capacity) {
            return Err(AppError::invalid("capacity", Message::Between { from: 1, to: 64 }));
        }
        if !(0..=1_000).contains(&overbooking) {
            return Err(AppError::invalid("overbooking", Message::Between { from: 0, to: 1_000 }));
        }
        let made = match known {
            None => {
                let made = RoomType {
                    property_id: property.id,
                    id: u.id(),
                    code: self.code.clone(),
                    name,
                    name_en,
                    capacity,
                    overbooking,
                    version: 1,
                };
                u.tx.insert(&made).await?;
                made
            }
            Some(mut known) => {
                check_version(self.if_match, known.version)?;
                let more = overbooking - known.overbooking;
                if more != 0 {
                    resize(u, &property, known.id, more).await?;
                }
                (known.name, known.name_en) = (name, name_en);
                (known.capacity, known.overbooking) = (capacity, overbooking);
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

/// A room as put. Of one that is there what is not given stays; a new one needs a type.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomInput {
    /// The number on the door.
    pub number: String,
    /// Code of its room type.
    #[serde(default)]
    pub room_type: Option<String>,
    /// Floor or wing.
    #[serde(default)]
    pub floor: Option<String>,
    /// Fit for a wheelchair.
    #[serde(default)]
    pub accessible: Option<bool>,
    /// What it offers beside that, as codes of the property: `sea_view`, `quiet`, … Those that are given replace those that were.
    #[serde(default)]
    pub features: Option<Vec<String>>,
}

impl RoomInput {
    /// Its features as they are kept; none if they are not given. That it is fit for a wheelchair has a field of its own.
    fn features(&self) -> Result<Option<Vec<String>>> {
        let Some(given) = &self.features else { return Ok(None) };
        if let Some(i) = given.iter().position(|feature| feature == ACCESSIBLE) {
            return Err(AppError::invalid(("features", i), Message::AccessibleIsAField));
        }
        features(given).map(Some)
    }
}

/// Creates or changes rooms, many at once.
#[derive(Debug, Clone)]
pub struct PutRooms {
    /// The property's code.
    pub property: String,
    /// The rooms.
    pub rooms: Vec<RoomInput>,
}

#[async_trait]
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
            let there = known.iter().find(|room| room.number == input.number);
            let at = || Pointer::default().item(i).field("room_type");
            let room_type = match (&input.room_type, there) {
                (Some(code), _) => types
                    .iter()
                    .find(|kind| kind.code == *code)
                    .ok_or_else(|| AppError::not_found(Missing::RoomType, code).at(at()))?,
                (None, there) => there
                    .and_then(|room| types.iter().find(|kind| kind.id == room.room_type_id))
                    .ok_or_else(|| AppError::invalid(at(), Message::MissingField))?,
            };
            let features = input.features().map_err(|error| error.under(Pointer::default().item(i)))?;
            match there {
                None => {
                    let room = Room {
                        property_id: property.id,
                        id: u.id(),
                        number: input.number.clone(),
                        room_type_id: room_type.id,
                        floor: input.floor.clone().unwrap_or_default(),
                        accessible: input.accessible.unwrap_or(false),
                        state: RoomState::Clean,
                        version: 1,
                        features: features.unwrap_or_default(),
                        closed_from: None,
                    };
                    resize(u, &property, room_type.id, 1).await?;
                    new.push(room.clone());
                    out.push(RoomView::of(room, room_type.code.clone()));
                }
                Some(room) => {
                    let mut room = room.clone();
                    room.floor = input.floor.clone().unwrap_or(room.floor);
                    room.accessible = input.accessible.unwrap_or(room.accessible);
                    room.features = features.unwrap_or(room.features);
                    if room.room_type_id == room_type.id {
                        u.tx.update(&mut room).await?;
                    } else {
                        change_type(u, &property, &mut room, room_type.id).await?;
                    }
                    out.push(RoomView::of(room, room_type.code.clone()));
                }
            }
        }
        u.tx.insert_all(&new).await?;
        let about = About::Property(property.id, "property", property.id.uuid());
        let rooms = out.iter().cloned().map(|room| {
            let RoomView { number, room_type, floor, accessible, features, .. } = room;
            PutRoom { number, room_type, floor, accessible, features }
        });
        u.record(about, PropertyEvent::PutRooms { rooms: rooms.collect() }).await?;
        Ok(out)
    }
}

/// Makes a room one of another type: it is sold as that one from today on, and whoever has it is counted there.
async fn change_type(
    u: &mut Unit<'_>,
    property: &Property,
    room: &mut Room,
    kind: hefu_domain::ids::RoomTypeId,
) -> Result<()> {
    // Dates on which it is out of order are counted with neither type.
    let closed = housekeeping::reopen(u, property, room).await?;
    let was = room.room_type_id;
    resize(u, property, kind, 1).await?;
    room.room_type_id = kind;
    u.tx.update(room).await?;
    // After the room is the new type's: a counter made now counts it there. And those who have it go before its place does.
    let held = query::inventory::held(u.tx, property.id, room.id, property.business_date, LAST_DATE).await?;
    let mut visits: BTreeSet<_> = held.into_iter().filter_map(|part| part.visit_id).collect();
    let (from, until) = (property.business_date, LAST_DATE);
    let by_the_hour = query::inventory::by_the_hour_in(u.tx, property.id, room.id, from, until).await?;
    visits.extend(by_the_hour.into_iter().map(|line| line.visit_id));
    visits.extend(query::visit::in_room_now(u.tx, property.id, room.id).await?);
    for visit in visits {
        let mut visit = lock(u.tx, property.id, visit).await?;
        let before = visit.clone();
        let in_it =
            |line: &&mut ReservationRoom| line.room_id == Some(room.id) && line.counted_type_id.is_some();
        let mut lines = Vec::new();
        for line in visit.rooms.iter_mut().filter(in_it) {
            line.put_in(room);
            lines.push(line.line);
        }
        if lines.is_empty() {
            continue;
        }
        visit.revise(u, &before).await?;
        for line in lines {
            let event = ReservationEvent::Recount { line, room_type_id: kind };
            u.record(About::Visit(&visit.reservation), event).await?;
        }
    }
    resize(u, property, was, -1).await?;
    housekeeping::close(u, room, &closed).await
}

/// How many rooms of a type may be sold beyond those there are, on some dates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverbookingInput {
    /// First date.
    pub from: NaiveDate,
    /// The date after the last.
    pub until: NaiveDate,
    /// How many, beside what the type allows on every date; 0: none.
    pub beyond: i64,
}

/// Lets so many rooms of a type be sold on some dates beyond those there are.
#[derive(Debug, Clone)]
pub struct AllowOverbooking {
    /// The property's code.
    pub property: String,
    /// Code of the room type.
    pub room_type: String,
    /// How many and when.
    pub input: OverbookingInput,
}

#[async_trait]
impl Command for AllowOverbooking {
    const ACTION: Action = Action::InventoryAllowOverbooking;
    type Out = OverbookingInput;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<OverbookingInput> {
        let OverbookingInput { from, until, beyond } = self.input;
        let property = u.property(&self.property).await?;
        let kind = room_type(u, &property, &self.room_type)
            .await
            .map_err(|error| error.at(Place::parameter("code")))?;
        if !(0..=1_000).contains(&beyond) {
            return Err(AppError::invalid("beyond", Message::Between { from: 0, to: 1_000 }));
        }
        if from < property.business_date {
            let message = Message::BeforeBusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, "from", message).into());
        }
        for night in housekeeping::dates(from, until)? {
            // The counters must be there before they can be changed.
            for part in RoomPart::ALL {
                query::inventory::open(u.tx, property.id, kind.id, night, *part).await?;
            }
            query::inventory::allow(u.tx, property.id, kind.id, beyond, night).await?;
        }
        let about = About::Property(property.id, "room_type", kind.id.uuid());
        let event = PropertyEvent::AllowOverbooking { room_type: kind.code, from, until, beyond };
        u.record(about, event).await?;
        Ok(self.input.clone())
    }
}

/// A cancellation policy as put. Of one that is there what is not given stays; a new one needs names and what not coming costs. What was sold
/// under it stays as it was agreed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyInput {
    /// Name as the property writes it.
    pub name: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// Which penalty applies from how many hours before arrival. Of a new one: none.
    pub rules: Option<Vec<PenaltyRule>>,
    /// The penalty for a no-show.
    pub no_show: Option<Penalty>,
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

#[async_trait]
impl Command for PutPolicy {
    const ACTION: Action = Action::CancellationPolicyPut;
    type Out = PolicyView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<PolicyView> {
        check_code(Place::parameter("code"), &self.code)?;
        let property = u.property(&self.property).await?;
        let known =
            query::property::policies(u.tx, property.id).await?.into_iter().find(|p| p.code == self.code);
        let (input, had) = (&self.input, known.as_ref());
        let mut policy = CancellationPolicy {
            property_id: property.id,
            id: had.map_or_else(|| u.id(), |had| had.id),
            code: self.code.clone(),
            name: given("name", input.name.as_ref(), had.map(|had| &had.name))?,
            name_en: given("name_en", input.name_en.as_ref(), had.map(|had| &had.name_en))?,
            rules: given("rules", input.rules.as_ref(), had.map(|had| &had.rules).or(Some(&Vec::new())))?,
            no_show: given("no_show", input.no_show.as_ref(), had.map(|had| &had.no_show))?,
            version: had.map_or(1, |had| had.version),
        };
        check_name("name", &policy.name)?;
        if known.is_none() {
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

/// A rate plan as put. Of one that is there what is not given stays; a new one needs names and kind. What was sold under it stays as it was agreed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RatePlanInput {
    /// Name as the property writes it.
    pub name: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// By night or by hours; cannot change later.
    pub kind: Option<RateKind>,
    /// Hours of a part-day block.
    pub hours: Option<i64>,
    /// Tax on room and service fee. Of a new one: none.
    pub tax: Option<BasisPoints>,
    /// Service fee on the room rate. Of a new one: none.
    pub service_fee: Option<BasisPoints>,
    /// The rate includes service fee and tax.
    pub inclusive: Option<bool>,
    /// Code of the cancellation policy; empty: free at any time, as a new one is.
    pub policy: Option<String>,
    /// The plan whose prices its own follow from, and how: then it has prices of its own in the rate calendar only.
    pub derived: Option<DerivedPlan>,
    /// What more or fewer people than a price is for cost; empty: nothing, or as under the plan it follows from.
    pub people: Option<PeopleRates>,
    /// What it includes beside the room: posted apart by the night audit, and counted for who serves it.
    pub inclusions: Option<Vec<Inclusion>>,
    /// What staying beyond the hours of a block costs; with a price of nothing: nothing, as of a new one.
    pub overrun: Option<Overrun>,
    /// Prices; those of other room types and dates do not change.
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

#[async_trait]
impl Command for PutRatePlan {
    const ACTION: Action = Action::RatePlanPut;
    type Out = RatePlanView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RatePlanView> {
        check_code(Place::parameter("code"), &self.code)?;
        let property = u.property(&self.property).await?;
        let plans = query::property::rate_plans(u.tx, property.id).await?;
        let known = plans.iter().find(|plan| plan.code == self.code);
        let (input, had) = (&self.input, known);
        let policies = query::property::policies(u.tx, property.id).await?;
        let policy_id = match input.policy.as_deref() {
            None => had.and_then(|had| had.policy_id),
            Some("") => None,
            Some(code) => {
                require_used(u.tx, &property, (SetupKind::Policy, code), "policy").await?;
                Some(
                    policies
                        .iter()
                        .find(|policy| policy.code == code)
                        .ok_or_else(|| AppError::not_found(Missing::CancellationPolicy, code).at("policy"))?
                        .id,
                )
            }
        };
        let mut plan = RatePlan {
            property_id: property.id,
            id: had.map_or_else(|| u.id(), |had| had.id),
            code: self.code.clone(),
            name: given("name", input.name.as_ref(), had.map(|had| &had.name))?,
            name_en: given("name_en", input.name_en.as_ref(), had.map(|had| &had.name_en))?,
            kind: given("kind", input.kind.as_ref(), had.map(|had| &had.kind))?,
            hours: input.hours.or(had.and_then(|had| had.hours)),
            tax: input.tax.or(had.map(|had| had.tax)).unwrap_or_default(),
            service_fee: input.service_fee.or(had.map(|had| had.service_fee)).unwrap_or_default(),
            inclusive: input.inclusive.or(had.map(|had| had.inclusive)).unwrap_or(false),
            policy_id,
            version: had.map_or(1, |had| had.version),
            derived: had.and_then(|had| had.derived.clone()),
            people: had.and_then(|had| had.people.clone()),
            inclusions: had.map(|had| had.inclusions.clone()).unwrap_or_default(),
            overrun: had.and_then(|had| had.overrun),
        };
        check_name("name", &plan.name)?;
        if let Some(derived) = &input.derived {
            plan.derived = derived_from(&plan, &plans, derived, property.currency)?;
        }
        if plan.derived.is_some() && !input.rates.is_empty() {
            return Err(AppError::invalid("rates", Message::DerivedHasNoRates));
        }
        if let Some(people) = &input.people {
            plan.people = people_rates(people, property.currency)?;
        }
        if let Some(inclusions) = &input.inclusions {
            check_inclusions(u, &property, inclusions).await?;
            plan.inclusions.clone_from(inclusions);
        }
        if let Some(overrun) = input.overrun {
            plan.overrun = check_overrun(plan.kind, overrun, property.currency)?;
        }
        let share = 0..=10_000;
        for (at, part) in [("tax", plan.tax), ("service_fee", plan.service_fee)] {
            if !share.contains(&part.0) {
                return Err(AppError::invalid(at, Message::BasisPoints { from: 0, to: 10_000 }));
            }
        }
        if had.is_some_and(|had| had.kind != plan.kind) {
            return Err(AppError::invalid("kind", Message::KindStays));
        }
        match (plan.kind, plan.hours) {
            (RateKind::Nightly, None) | (RateKind::PartDay, Some(1..=23)) => {}
            _ => {
                return Err(AppError::invalid("hours", Message::HoursOfPlan { from: 1, to: 23 }));
            }
        }
        if known.is_none() {
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
        let policy = policies.into_iter().find(|policy| Some(policy.id) == policy_id);
        let from = from_of(&plan, &plans);
        Ok(RatePlanView::of(plan, policy.map(|policy| policy.code), from))
    }
}

/// Code of the plan that a plan's prices follow from.
fn from_of(plan: &RatePlan, plans: &[RatePlan]) -> Option<String> {
    let from = plan.derived.as_ref()?.from;
    plans.iter().find(|other| other.id == from).map(|other| other.code.clone())
}

/// The most of a price or of a part of it, minor units.
const MOST_OF_PRICE: i64 = 1_000_000_000;

/// How a plan's prices follow from those of another one, which follow from none.
fn derived_from(
    plan: &RatePlan,
    plans: &[RatePlan],
    given: &DerivedPlan,
    currency: Currency,
) -> Result<Option<Derived>> {
    if given.from.is_empty() {
        return Ok(None);
    }
    let from = plans.iter().find(|other| other.code == given.from);
    let from =
        from.ok_or_else(|| AppError::not_found(Missing::RatePlan, &given.from).at(("derived", "from")))?;
    if from.id == plan.id || from.kind != plan.kind || from.derived.is_some() {
        return Err(AppError::invalid(("derived", "from"), Message::DerivedFrom));
    }
    if plans.iter().any(|other| other.derived.as_ref().is_some_and(|derived| derived.from == plan.id)) {
        return Err(AppError::invalid("derived", Message::DerivedHasChildren));
    }
    if !(-10_000..=100_000).contains(&given.share.0) {
        return Err(AppError::invalid(
            ("derived", "share"),
            Message::BasisPoints { from: -10_000, to: 100_000 },
        ));
    }
    if !(-MOST_OF_PRICE..=MOST_OF_PRICE).contains(&given.amount) {
        let (from, to) = (Money::new(-MOST_OF_PRICE, currency), Money::new(MOST_OF_PRICE, currency));
        let message = Message::AmountBetween { from, to };
        return Err(RuleError::new(Rule::BadAmount, ("derived", "amount"), message).into());
    }
    if !(1..=1_000_000).contains(&given.round_to) {
        return Err(AppError::invalid(("derived", "round_to"), Message::Between { from: 1, to: 1_000_000 }));
    }
    let DerivedPlan { share, amount, round_to, .. } = *given;
    Ok(Some(Derived { from: from.id, share, amount, round_to }))
}

/// Refuses an amount of a part of a price that is below zero or too much.
fn check_part(at: impl Into<Place>, amount: i64, currency: Currency) -> Result<()> {
    if (0..=MOST_OF_PRICE).contains(&amount) {
        return Ok(());
    }
    let (from, to) = (Money::new(0, currency), Money::new(MOST_OF_PRICE, currency));
    Err(RuleError::new(Rule::BadAmount, at, Message::AmountBetween { from, to }).into())
}

/// The most bands of children's ages.
const MOST_BANDS: usize = 10;

/// The oldest child, in years.
const OLDEST_CHILD: i64 = 17;

/// What more or fewer people cost; none if nothing is said.
fn people_rates(given: &PeopleRates, currency: Currency) -> Result<Option<PeopleRates>> {
    if *given == PeopleRates::default() {
        return Ok(None);
    }
    if !(1..=64).contains(&given.included) {
        return Err(AppError::invalid(("people", "included"), Message::Between { from: 1, to: 64 }));
    }
    let parts = [("fewer", given.fewer), ("more", given.more), ("extra_bed", given.extra_bed)];
    for (at, amount) in parts {
        check_part(("people", at), amount, currency)?;
    }
    let at = |i| Pointer::default().field("people").field("children").item(i);
    for (i, band) in given.children.iter().enumerate() {
        let is_next = i == 0 || given.children[i - 1].until_age < band.until_age;
        if i >= MOST_BANDS || !is_next || !(0..=OLDEST_CHILD).contains(&band.until_age) {
            return Err(AppError::invalid(at(i).field("until_age"), Message::ChildBands));
        }
        check_part(at(i).field("amount"), band.amount, currency)?;
    }
    Ok(Some(given.clone()))
}

/// The longest time beyond the hours of a block that costs nothing, in minutes.
const LONGEST_GRACE: i64 = 120;

/// What staying beyond the hours of a block costs; none if nothing.
fn check_overrun(kind: RateKind, given: Overrun, currency: Currency) -> Result<Option<Overrun>> {
    check_part(("overrun", "price"), given.price, currency)?;
    if !(0..=LONGEST_GRACE).contains(&given.grace_minutes) {
        let message = Message::Between { from: 0, to: LONGEST_GRACE };
        return Err(AppError::invalid(("overrun", "grace_minutes"), message));
    }
    match (given.price, kind) {
        (0, _) => Ok(None),
        (_, RateKind::PartDay) => Ok(Some(given)),
        (_, RateKind::Nightly) => Err(AppError::invalid("overrun", Message::OverrunOfHours)),
    }
}

/// The most that a plan can include.
const MOST_INCLUSIONS: usize = 20;

/// Refuses inclusions that cannot be posted under their codes.
async fn check_inclusions(u: &mut Unit<'_>, property: &Property, inclusions: &[Inclusion]) -> Result<()> {
    if inclusions.len() > MOST_INCLUSIONS {
        return Err(AppError::invalid("inclusions", Message::ItemCount { from: 0, to: MOST_INCLUSIONS }));
    }
    for (i, inclusion) in inclusions.iter().enumerate() {
        let code = query::property::code(u.tx, property.id, &inclusion.code).await?;
        let missing = || AppError::not_found(Missing::TransactionCode, &inclusion.code);
        let code = code.ok_or_else(|| missing().at(("inclusions", i, "code")))?;
        let is_twice = inclusions.iter().take(i).any(|other| other.code == inclusion.code);
        if code.kind != CodeKind::Revenue || is_twice || is_of_room(&code.code) {
            return Err(AppError::invalid(("inclusions", i, "code"), Message::InclusionCode));
        }
        let parts = [("adult", inclusion.adult), ("child", inclusion.child), ("room", inclusion.room)];
        for (at, amount) in parts {
            check_part(("inclusions", i, at), amount, property.currency)?;
        }
    }
    Ok(())
}

/// Whether a code is one under which rooms themselves, and what becomes of them, are posted.
fn is_of_room(code: &str) -> bool {
    ["ROOM", "DAYUSE", "SVC", "DISC", "CXL", "NOSHOW", "FORFEIT"].contains(&code)
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

/// A transaction code as put. Of one that is there what is not given stays; a new one needs names, group and kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CodeInput {
    /// Name as the property writes it.
    pub name: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// The group that routing and reports go by.
    pub group: Option<String>,
    /// Revenue, tax, payment or wrapper; cannot change later.
    pub kind: Option<CodeKind>,
    /// Tax of a charge. Of a new one: none.
    pub tax: Option<BasisPoints>,
    /// Whether prices are said with the tax: then it is within the amount, else on top of it. Of a new one: on top.
    pub includes_tax: Option<bool>,
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

#[async_trait]
impl Command for PutCode {
    const ACTION: Action = Action::TransactionCodePut;
    type Out = TransactionCodeView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<TransactionCodeView> {
        check_code(Place::parameter("code"), &self.code)?;
        let property = u.property(&self.property).await?;
        let known = query::property::code(u.tx, property.id, &self.code).await?;
        let (input, had) = (&self.input, known.as_ref());
        let version = had.map_or(1, |had| had.version);
        let mut code = TransactionCode {
            property_id: property.id,
            code: self.code.clone(),
            name: given("name", input.name.as_ref(), had.map(|had| &had.name))?,
            name_en: given("name_en", input.name_en.as_ref(), had.map(|had| &had.name_en))?,
            group: given("group", input.group.as_ref(), had.map(|had| &had.group))?,
            kind: given("kind", input.kind.as_ref(), had.map(|had| &had.kind))?,
            tax: input.tax.or(had.map(|had| had.tax)).unwrap_or_default(),
            version,
            includes_tax: input.includes_tax.or(had.map(|had| had.includes_tax)).unwrap_or(false),
        };
        check_code("group", &code.group)?;
        check_name("name", &code.name)?;
        if !(0..=10_000).contains(&code.tax.0) {
            return Err(AppError::invalid("tax", Message::BasisPoints { from: 0, to: 10_000 }));
        }
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

#[async_trait]
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
    /// What of these is not used any more, or will not be; rooms say it themselves.
    pub closings: Vec<ClosingView>,
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

#[async_trait]
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
                    let from = plan.derived.as_ref().and_then(|derived| names.rate_plan(derived.from));
                    RatePlanView::of(plan, policy, from)
                })
                .collect(),
            policies: shown(query::property::policies(c, id).await?),
            codes: shown(query::property::codes(c, id).await?),
            city_accounts: shown(query::property::city_accounts(c, id).await?),
            closings: shown(query::rate::closings(c, id).await?),
            property: property.into(),
        })
    }
}

/// A rate plan with all its prices.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RatePlanPrices {
    /// The plan.
    #[serde(flatten)]
    pub plan: RatePlanView,
    /// Its prices: each holds for its room type from its date on, until a later one takes over.
    pub rates: Vec<RateInput>,
}

/// A rate plan of a property with its prices.
#[derive(Debug, Clone)]
pub struct ShowRatePlan {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
}

#[async_trait]
impl Query for ShowRatePlan {
    const ACTION: Action = Action::PropertyShow;
    type Out = RatePlanPrices;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let id = property.id;
        let plan = query::property::rate_plans(c, id).await?.into_iter().find(|plan| plan.code == self.code);
        let plan = plan
            .ok_or_else(|| AppError::not_found(Missing::RatePlan, &self.code).at(Place::parameter("code")))?;
        let names = Names::of(&property).with_types(c, id).await?.with_policies(c, id).await?;
        let rates = query::property::rates(c, id, plan.id).await?.into_iter().map(|rate| RateInput {
            room_type: names.room_type(rate.room_type_id),
            valid_from: rate.valid_from,
            amount: rate.amount,
        });
        let rates = rates.collect();
        let policy = plan.policy_id.and_then(|id| names.policy(id));
        let from = plan.derived.as_ref().and_then(|derived| names.rate_plan(derived.from));
        Ok(RatePlanPrices { plan: RatePlanView::of(plan, policy, from), rates })
    }
}

/// Every property.
#[derive(Debug, Clone)]
pub struct ListProperties;

#[async_trait]
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
