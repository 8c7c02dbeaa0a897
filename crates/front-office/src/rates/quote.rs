//! Quotes: what rooms would cost, worked out as a booking works it out, with what is included, on which terms, and what forbids it.

use async_trait::async_trait;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{
    Language, Message, Rule, RuleError,
    ids::{GuestId, VisitId},
    message::Missing,
    package::{AgreedInclusion, InclusionCharge},
    part::occupied_parts,
    property::{Property, RateKind, RatePlan, RoomType},
    rate::{Usage, refusals},
    reservation::{ReservationRoom, ReservationState},
    stay::RoomPart,
    terms::AgreedPolicy,
};
use hefu_kernel::{BasisPoints, Currency};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Restrictions, access::Buyer};
use crate::{
    housekeeping::nights_left,
    property::find_property,
    terms::total_of,
    visit::{
        book::{RoomRequest, Sale, check_channel, discount_of, priced},
        hours::HoursLeft,
    },
};

/// The most offers of a quote.
const MOST_OFFERS: usize = 200;

/// What a quote is asked for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteInput {
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date; the arrival for part-day plans.
    pub departure: NaiveDate,
    /// Adults.
    #[serde(default = "one")]
    pub adults: i64,
    /// Children.
    #[serde(default)]
    pub children: i64,
    /// How old each child is; none: unknown.
    #[serde(default)]
    pub child_ages: Vec<i64>,
    /// Extra beds, for some of these people.
    #[serde(default)]
    pub extra_beds: i64,
    /// Codes of the room types; none: every one that sleeps so many people.
    #[serde(default)]
    pub room_types: Vec<String>,
    /// Codes of the rate plans; none: every one that sells such dates.
    #[serde(default)]
    pub rate_plans: Vec<String>,
    /// When the guest comes, minutes after midnight of the arrival date: a guest by the hour finds room between others.
    #[serde(default)]
    pub arrival_minute: Option<i64>,
    /// The booking channel.
    #[serde(default = "direct")]
    pub channel: String,
    /// Code of the company under whose contract it would be booked: plans that are sold to it are shown.
    #[serde(default)]
    pub contract: Option<String>,
    /// Promotion code: plans that need it are shown.
    #[serde(default)]
    pub promotion_code: Option<String>,
    /// Who will book: a member gets the member's discount.
    #[serde(default)]
    pub guest_id: Option<GuestId>,
}

const fn one() -> i64 {
    1
}

fn direct() -> String {
    "direct".into()
}

/// A night, or a block of hours, as it would be charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuotedNight {
    /// The date.
    pub date: NaiveDate,
    /// The price as the plan says prices, for these people, minor units.
    pub price: i64,
    /// The price less the member's discount.
    pub net: i64,
    /// The room.
    pub room: i64,
    /// Service fee.
    pub service_fee: i64,
    /// What is included and charged apart.
    pub inclusions: Vec<InclusionCharge>,
    /// Tax, that of what is included with it.
    pub tax: i64,
    /// All of it.
    pub total: i64,
}

/// Why an offer cannot be booked as things are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// The stable code with which a booking would be refused.
    pub code: Rule,
    /// What forbids it, in Chinese.
    pub detail_zh: String,
    /// In English.
    pub detail_en: String,
}

impl From<RuleError> for Refusal {
    fn from(refused: RuleError) -> Self {
        Self {
            code: refused.rule,
            detail_zh: refused.message.text(Language::Chinese),
            detail_en: refused.message.text(Language::English),
        }
    }
}

/// A room under a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// Code of the room type.
    pub room_type: String,
    /// Its name as the property writes it.
    pub room_type_name: String,
    /// Its name in English.
    pub room_type_name_en: String,
    /// Code of the rate plan.
    pub rate_plan: String,
    /// Its name as the property writes it.
    pub rate_plan_name: String,
    /// Its name in English.
    pub rate_plan_name_en: String,
    /// Rooms of the type that are left on all of the dates.
    pub left: i64,
    /// What forbids it; none: it can be booked.
    pub refusals: Vec<Refusal>,
    /// Member discount on the prices.
    pub discount: BasisPoints,
    /// Night by night.
    pub nights: Vec<QuotedNight>,
    /// All rooms, minor units.
    pub room: i64,
    /// All service fees.
    pub service_fee: i64,
    /// Everything that is included and charged apart, without tax.
    pub included: i64,
    /// All tax.
    pub tax: i64,
    /// All of it: what the booking comes to, and the bill.
    pub total: i64,
    /// What is included.
    pub inclusions: Vec<AgreedInclusion>,
    /// Terms of cancelling and of not coming; none: free at any time.
    pub policy: Option<AgreedPolicy>,
    /// The terms in words, in Chinese.
    pub policy_zh: String,
    /// In English.
    pub policy_en: String,
}

/// What rooms would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quote {
    /// Code of the property.
    pub property: String,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Room type by room type, plan by plan.
    pub offers: Vec<Offer>,
}

/// Asks what rooms would cost. Nothing is held.
#[derive(Debug, Clone)]
pub struct AskQuote {
    /// Code of the property.
    pub property: String,
    /// What is asked for.
    pub input: QuoteInput,
}

#[async_trait]
impl Query for AskQuote {
    const ACTION: Action = Action::RateQuote;
    type Out = Quote;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Quote> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let input = &self.input;
        check_channel(&input.channel)?;
        let types = input.types(c, &property).await?;
        let buyer = input.buyer(c).await?;
        let plans = input.plans(c, &property, &buyer).await?;
        if types.len() * plans.len() > MOST_OFFERS {
            return Err(AppError::invalid("rate_plans", Message::ItemCount { from: 1, to: MOST_OFFERS }));
        }
        let discount = match input.guest_id {
            None => BasisPoints(0),
            Some(guest) => discount_of(c, property.id, guest).await?,
        };
        let sale = Sale {
            property: &property,
            visit_id: VisitId::NIL,
            line: 1,
            state: ReservationState::Requested,
            channel: &input.channel,
            discount,
            unrestricted: false,
            buyer: &buyer,
            walk_in: false,
        };
        let is_named = !input.room_types.is_empty() && !input.rate_plans.is_empty();
        let mut rooms = Vec::new();
        for kind in &types {
            for plan in &plans {
                match priced(c, &sale, (kind, plan), &input.room(kind, plan)).await {
                    Ok(mut room) => {
                        room.take_hours();
                        rooms.push((kind, plan, room));
                    }
                    Err(AppError::Rule(refused)) if refused.message == Message::NoPrice && !is_named => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let mut offers = Vec::new();
        if let Some((_, _, room)) = rooms.first() {
            let dates = (room.arrival, room.departure);
            let left = Left::load(c, &property, dates).await?;
            let restrictions = Restrictions::load(c, property.id, dates).await?;
            for (kind, plan, room) in &rooms {
                let limits = restrictions.limits(plan.id, kind.id, &input.channel);
                let mut forbids = refusals(&limits, dates);
                let (rooms_left, gone) = left.of(kind, room);
                forbids.extend(gone);
                offers.push(Offer::of((kind, plan), room, (rooms_left, forbids), property.currency));
            }
        }
        Ok(Quote {
            property: property.code,
            currency: property.currency,
            arrival: input.arrival,
            departure: input.departure,
            offers,
        })
    }
}

impl QuoteInput {
    /// The room types asked for.
    async fn types(&self, c: &mut Conn, property: &Property) -> Result<Vec<RoomType>> {
        let all = query::property::room_types(c, property.id).await?;
        if self.room_types.is_empty() {
            let people = self.adults.saturating_add(self.children);
            return Ok(all.into_iter().filter(|kind| people <= kind.capacity).collect());
        }
        let mut types: Vec<RoomType> = Vec::new();
        for (i, code) in self.room_types.iter().enumerate() {
            let kind = all.iter().find(|kind| kind.code == *code);
            let missing = || AppError::not_found(Missing::RoomType, code).at(("room_types", i));
            types.push(kind.ok_or_else(missing)?.clone());
        }
        types.sort_by(|one, next| one.code.cmp(&next.code));
        types.dedup_by(|one, next| one.id == next.id);
        Ok(types)
    }

    /// Who would book.
    async fn buyer(&self, c: &mut Conn) -> Result<Buyer> {
        let contract = match self.contract.as_deref().map(str::trim) {
            None => None,
            Some(code) => {
                let company = query::company::by_code(c, code).await?;
                Some(company.ok_or_else(|| AppError::not_found(Missing::Company, code).at("contract"))?.id)
            }
        };
        Buyer::of(c, contract, self.promotion_code.as_deref()).await
    }

    /// The plans asked for, of those that are sold to who asks.
    async fn plans(&self, c: &mut Conn, property: &Property, buyer: &Buyer) -> Result<Vec<RatePlan>> {
        let accesses = query::rate::accesses(c, property.id).await?;
        let mut all = query::property::rate_plans(c, property.id).await?;
        all.retain(|plan| {
            buyer.may_buy(accesses.iter().find(|access| access.rate_plan_id == plan.id)).is_ok()
        });
        if self.rate_plans.is_empty() {
            let kind = if self.arrival == self.departure { RateKind::PartDay } else { RateKind::Nightly };
            return Ok(all.into_iter().filter(|plan| plan.kind == kind).collect());
        }
        let mut plans: Vec<RatePlan> = Vec::new();
        for (i, code) in self.rate_plans.iter().enumerate() {
            let plan = all.iter().find(|plan| plan.code == *code);
            let missing = || AppError::not_found(Missing::RatePlan, code).at(("rate_plans", i));
            plans.push(plan.ok_or_else(missing)?.clone());
        }
        plans.sort_by(|one, next| one.code.cmp(&next.code));
        plans.dedup_by(|one, next| one.id == next.id);
        Ok(plans)
    }

    fn room(&self, kind: &RoomType, plan: &RatePlan) -> RoomRequest {
        RoomRequest {
            room_type: kind.code.clone(),
            rate_plan: plan.code.clone(),
            arrival: self.arrival,
            departure: self.departure,
            adults: self.adults,
            children: self.children,
            child_ages: self.child_ages.clone(),
            extra_beds: self.extra_beds,
            usage: Usage::Sold,
            prices: None,
            room: None,
            features: Vec::new(),
            arrival_minute: self.arrival_minute,
        }
    }
}

/// What is left to sell, by room type, date and part of the date.
struct Left {
    whole: BTreeMap<(String, NaiveDate, RoomPart), i64>,
    hours: HoursLeft,
}

impl Left {
    async fn load(
        c: &mut Conn,
        property: &Property,
        (arrival, departure): (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let until = departure.max(arrival.succ_opt().unwrap_or(arrival));
        let mut whole = BTreeMap::new();
        for part in RoomPart::ALL {
            let nights = nights_left(c, property, (arrival, until), *part).await?;
            whole.extend(nights.into_iter().map(|night| ((night.room_type, night.night, *part), night.left)));
        }
        let hours = HoursLeft::load(c, property.id, (arrival, until)).await?;
        Ok(Self { whole, hours })
    }

    /// How many rooms of a type are left for a room of a reservation, and the first date on which none is.
    fn of(&self, kind: &RoomType, room: &ReservationRoom) -> (i64, Option<RuleError>) {
        let parts = occupied_parts(room.arrival, room.departure);
        let left = |(night, part): &(NaiveDate, RoomPart)| {
            let whole = self.whole.get(&(kind.code.clone(), *night, *part)).copied().unwrap_or(0);
            room.hours().map_or(whole, |hours| self.hours.of((kind.id, *night), hours, whole))
        };
        let gone = parts
            .iter()
            .find(|part| left(part) == 0)
            .map(|(night, _)| RuleError::new(Rule::NoInventory, (), Message::SoldOutOn { night: *night }));
        (parts.iter().map(left).min().unwrap_or(0), gone)
    }
}

impl Offer {
    fn of(
        (kind, plan): (&RoomType, &RatePlan),
        room: &ReservationRoom,
        (left, forbids): (i64, Vec<RuleError>),
        currency: Currency,
    ) -> Self {
        let dates = room.arrival.iter_days();
        let nights: Vec<QuotedNight> = dates
            .zip(room.prices.iter().zip(room.net_prices()))
            .map(|(date, (price, net))| {
                let charge = room.charge(net, date);
                QuotedNight {
                    date,
                    price: *price,
                    net,
                    room: charge.parts.room,
                    service_fee: charge.parts.service_fee,
                    tax: charge.tax(),
                    total: charge.total(),
                    inclusions: charge.inclusions,
                }
            })
            .collect();
        let sum = |of: fn(&QuotedNight) -> i64| nights.iter().map(of).sum::<i64>();
        let words = |language: Language| -> String {
            let free = vec![Message::CancelFree];
            let said = room.terms.policy.as_ref().map_or(free, |policy| policy.words(currency));
            let separator = if language == Language::English { " " } else { "" };
            said.iter().map(|one| one.text(language)).collect::<Vec<_>>().join(separator)
        };
        Self {
            room_type: kind.code.clone(),
            room_type_name: kind.name.clone(),
            room_type_name_en: kind.name_en.clone(),
            rate_plan: plan.code.clone(),
            rate_plan_name: plan.name.clone(),
            rate_plan_name_en: plan.name_en.clone(),
            left,
            refusals: forbids.into_iter().map(Refusal::from).collect(),
            discount: room.discount,
            room: sum(|night| night.room),
            service_fee: sum(|night| night.service_fee),
            included: sum(|night| night.inclusions.iter().map(|one| one.amount).sum()),
            tax: sum(|night| night.tax),
            total: total_of(room),
            inclusions: room.terms.inclusions.clone(),
            policy_zh: words(Language::Chinese),
            policy_en: words(Language::English),
            policy: room.terms.policy.clone(),
            nights,
        }
    }
}
