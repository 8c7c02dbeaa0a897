//! Booking.

use chrono::NaiveDate;
use hefu_domain::{
    Message, Rule, RuleError,
    event::{
        ReservationEvent,
        reservation::{Instalment, OutsideNumber as ToldNumber},
    },
    ids::{GuestId, VisitId},
    message::Missing,
    property::{Property, RateKind, RatePlan},
    reservation::{
        Deposit, DepositState, Guarantee, OWN_NUMBERS, Reservation, ReservationRoom, ReservationState,
        VisitAlias, normalise_number,
    },
};
use hefu_kernel::{BasisPoints, Currency, Money, StayRange, VisitNumber};
use hefu_store::{GuestVisit, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit,
    inventory::{hold_inventory, hold_room},
    state::{VisitState, state_of},
};
use crate::{duplicates::at_entry, folio::check_amount, member::wallet::wallet, property::room_by_number};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit, no_stay};
use hefu_people::guest::{GuestRef, resolve};

/// A requested room.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRequest {
    /// Code of the room type.
    pub room_type: String,
    /// Code of the rate plan.
    pub rate_plan: String,
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
    /// Agreed prices that differ from the plan, one per night, minor units.
    #[serde(default)]
    pub prices: Option<Vec<i64>>,
    /// Number of the room to assign.
    #[serde(default)]
    pub room: Option<String>,
}

const fn one() -> i64 {
    1
}

/// A number of an external system for the visit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideNumber {
    /// The system, e.g. `ctrip`.
    pub system: String,
    /// Its number.
    pub number: String,
    /// Unique only within the property: the numbers of a PMS.
    #[serde(default)]
    pub per_property: bool,
}

impl OutsideNumber {
    fn told(&self) -> ToldNumber {
        let Self { system, number, per_property } = self.clone();
        ToldNumber { system, number, per_property }
    }
}

/// A requested deposit or instalment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositRequest {
    /// Last day to pay.
    pub due: NaiveDate,
    /// Minor units.
    pub amount: i64,
}

/// A booking.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// Code of the property.
    pub property: String,
    /// The booker.
    pub guest: GuestRef,
    /// The rooms.
    pub rooms: Vec<RoomRequest>,
    /// Booking channel: `direct`, an OTA's name, …
    #[serde(default = "direct")]
    pub channel: String,
    /// Market segment.
    #[serde(default)]
    pub segment: Option<String>,
    /// Its guarantee.
    #[serde(default = "unsecured")]
    pub guarantee: Guarantee,
    /// Code of the group it belongs to.
    #[serde(default)]
    pub group: Option<String>,
    /// Name of the company it is booked for.
    #[serde(default)]
    pub company: Option<String>,
    /// Numbers of external systems.
    #[serde(default)]
    pub numbers: Vec<OutsideNumber>,
    /// Requested deposits and instalments.
    #[serde(default)]
    pub deposits: Vec<DepositRequest>,
    /// Walk-in, without a booking.
    #[serde(default)]
    pub walk_in: bool,
    /// The initial state: confirmed (`reserved`), only requested (`requested`), or on the
    /// waiting list if sold out (`waitlisted`).
    #[serde(default = "reserved")]
    pub state: ReservationState,
}

fn direct() -> String {
    "direct".into()
}
const fn unsecured() -> Guarantee {
    Guarantee::None
}
const fn reserved() -> ReservationState {
    ReservationState::Reserved
}

impl Command for Book {
    const ACTION: Action = Action::ReservationBook;
    type Out = VisitState;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<VisitState> {
        let property = u.property(&self.property).await.map_err(|error| error.at("property"))?;
        self.check(property.currency)?;
        let guest_id = resolve(u, &self.guest).await.map_err(|error| error.under("guest"))?;
        let group_id = match &self.group {
            None => None,
            Some(code) => Some(
                query::visit::group_by_code(u.tx, code)
                    .await?
                    .ok_or_else(|| AppError::not_found(Missing::Group, code).at("group"))?
                    .id,
            ),
        };
        let member = wallet(u.tx, guest_id).await?.into_iter().max_by_key(|member| member.tier);
        let discount = member.map_or(BasisPoints(0), |member| member.tier.discount());
        let id: VisitId = u.id();
        let (mut rooms, mut policy_id) = (Vec::new(), None);
        for (i, request) in self.rooms.iter().enumerate() {
            if request.arrival < property.business_date {
                let message = Message::BeforeBusinessDate { date: property.business_date };
                return Err(RuleError::new(Rule::BadDates, ("rooms", i, "arrival"), message).into());
            }
            let (room, plan) = price(u, &property, id, i, request, discount).await?;
            policy_id = policy_id.or(plan.policy_id);
            rooms.push(room);
        }
        let reservation = Reservation {
            property_id: property.id,
            id,
            number: free_number(u).await?.digits(),
            guest_id,
            state: self.state,
            arrival: rooms.iter().map(|r| r.arrival).min().unwrap_or(property.business_date),
            departure: rooms.iter().map(|r| r.departure).max().unwrap_or(property.business_date),
            adults: rooms.iter().map(|r| r.adults).sum(),
            children: rooms.iter().map(|r| r.children).sum(),
            channel: self.channel.clone(),
            segment: self.segment.clone(),
            guarantee: self.guarantee,
            policy_id,
            currency: property.currency,
            walk_in: self.walk_in,
            group_id,
            company: self.company.clone(),
            penalty: 0,
            state_reason: None,
            booked_at: Some(u.now),
            version: 1,
        };
        self.write(u, &property, &reservation, &mut rooms, guest_id).await?;
        let numbers = self.numbers.iter().map(OutsideNumber::told).collect();
        let deposits = self.deposits.iter().map(|asked| Instalment { due: asked.due, amount: asked.amount });
        let event = ReservationEvent::booked(&reservation, &rooms, numbers, deposits.collect());
        u.record(About::Visit(&reservation), event).await?;
        let visit = Visit { property, reservation, rooms, stays: Vec::new() };
        let mut state = state_of(u, &visit).await?;
        state.duplicates = at_entry(u, &visit).await?;
        Ok(state)
    }
}

impl Book {
    fn check(&self, currency: Currency) -> Result<()> {
        if !(1..=100).contains(&self.rooms.len()) {
            return Err(AppError::invalid("rooms", Message::ItemCount { from: 1, to: 100 }));
        }
        use ReservationState::{Requested, Reserved, Waitlisted};
        if !matches!(self.state, Requested | Reserved | Waitlisted) {
            return Err(AppError::invalid("state", Message::BookingState));
        }
        if self.channel.trim().is_empty() || self.channel.len() > 40 {
            return Err(AppError::invalid("channel", Message::Length { from: 1, to: 40 }));
        }
        for (i, deposit) in self.deposits.iter().enumerate() {
            check_amount(("deposits", i, "amount"), deposit.amount, currency)?;
        }
        Ok(())
    }

    async fn write(
        &self,
        u: &mut Unit<'_>,
        property: &Property,
        reservation: &Reservation,
        rooms: &mut [ReservationRoom],
        guest_id: GuestId,
    ) -> Result<()> {
        u.tx.insert(reservation).await?;
        for (i, (room, request)) in rooms.iter_mut().zip(&self.rooms).enumerate() {
            room.held = reservation.state.holds_rooms();
            if room.held {
                hold_inventory(u, room).await.map_err(|error| error.at(("rooms", i)))?;
            }
            if let Some(number) = &request.room {
                let at = || ("rooms", i, "room");
                let found =
                    room_by_number(u.tx, property.id, number).await.map_err(|error| error.at(at()))?;
                hold_room(u, &found, (reservation.id, room.line), (room.arrival, room.departure))
                    .await
                    .map_err(|error| error.at(at()))?;
                room.room_id = Some(found.id);
            }
        }
        u.tx.insert_all(rooms).await?;
        let own = VisitAlias {
            number: reservation.number.clone(),
            system: OWN_NUMBERS.into(),
            scope: hefu_domain::ids::PropertyId::NIL,
            property_id: property.id,
            visit_id: reservation.id,
        };
        let mut aliases = vec![own];
        for (i, outside) in self.numbers.iter().enumerate() {
            aliases.push(alias(reservation, outside).map_err(|error| error.under(("numbers", i)))?);
        }
        u.tx.insert_all(&aliases).await?;
        u.tx.insert(&GuestVisit {
            guest_id,
            property_id: property.id,
            visit_id: reservation.id,
            arrival: reservation.arrival,
            departure: reservation.departure,
        })
        .await?;
        let mut deposits = Vec::new();
        for (i, asked) in self.deposits.iter().enumerate() {
            deposits.push(Deposit {
                property_id: property.id,
                id: u.id(),
                visit_id: reservation.id,
                instalment: i as i64 + 1,
                due: asked.due,
                amount: asked.amount,
                state: DepositState::Due,
                paid_by: None,
                paid_on: None,
                version: 1,
            });
        }
        u.tx.insert_all(&deposits).await?;
        Ok(())
    }
}

/// The stored form of an external number.
///
/// # Errors
/// System or number is empty or too long, or the system is Hefu's own name.
pub fn alias(reservation: &Reservation, outside: &OutsideNumber) -> Result<VisitAlias> {
    let number = normalise_number(&outside.number);
    let system = outside.system.trim().to_lowercase();
    let has_number = (1..=64).contains(&number.len());
    if !has_number || !(1..=40).contains(&system.len()) || system == OWN_NUMBERS {
        let at = if has_number { "system" } else { "number" };
        return Err(AppError::invalid(at, Message::OutsideNumber { system: 40, number: 64 }));
    }
    let scope =
        if outside.per_property { reservation.property_id } else { hefu_domain::ids::PropertyId::NIL };
    Ok(VisitAlias { number, system, scope, property_id: reservation.property_id, visit_id: reservation.id })
}

/// An unused number.
pub async fn free_number(u: &mut Unit<'_>) -> Result<VisitNumber> {
    loop {
        let number = VisitNumber::random(&*u.tx.vault().rng.clone());
        if query::visit::by_number(u.tx, &number.digits()).await?.is_empty() {
            return Ok(number);
        }
    }
}

/// The message about prices that are not one per night.
pub(crate) fn price_count(nights: usize, currency: Currency) -> Message {
    let (from, to) = (Money::new(0, currency), Money::new(1_000_000_000, currency));
    Message::PriceCount { nights, from, to }
}

/// Prices a requested room and checks that it can be booked at all.
///
/// # Errors
/// Unknown room type or plan, impossible dates, too many people, or a night without a price.
pub async fn price(
    u: &mut Unit<'_>,
    property: &Property,
    visit_id: VisitId,
    index: usize,
    request: &RoomRequest,
    discount: BasisPoints,
) -> Result<(ReservationRoom, RatePlan)> {
    let at = |what| ("rooms", index, what);
    let range = StayRange::new(request.arrival, request.departure)
        .map_err(|error| RuleError::new(Rule::BadDates, at("departure"), no_stay(error)))?;
    let room_type = query::property::room_types(u.tx, property.id)
        .await?
        .into_iter()
        .find(|t| t.code == request.room_type)
        .ok_or_else(|| AppError::not_found(Missing::RoomType, &request.room_type).at(at("room_type")))?;
    let plan = query::property::rate_plans(u.tx, property.id)
        .await?
        .into_iter()
        .find(|plan| plan.code == request.rate_plan)
        .ok_or_else(|| AppError::not_found(Missing::RatePlan, &request.rate_plan).at(at("rate_plan")))?;
    match (plan.kind, range.night_count()) {
        (RateKind::Nightly, 1..) | (RateKind::PartDay, 0) => {}
        (RateKind::Nightly, _) => {
            return Err(RuleError::new(Rule::BadDates, at("departure"), Message::PlanSellsNights).into());
        }
        (RateKind::PartDay, _) => {
            return Err(RuleError::new(Rule::BadDates, at("departure"), Message::PlanSellsHours).into());
        }
    }
    if request.adults < 1 || request.children < 0 {
        let at = at(if request.adults < 1 { "adults" } else { "children" });
        return Err(AppError::invalid(at, Message::Heads));
    }
    if request.adults.saturating_add(request.children) > room_type.capacity {
        let message = Message::Capacity { most: room_type.capacity };
        return Err(RuleError::new(Rule::TooManyPeople, at("adults"), message).into());
    }
    let dates: Vec<NaiveDate> = match plan.kind {
        RateKind::Nightly => range.nights().collect(),
        RateKind::PartDay => vec![range.arrival()],
    };
    let prices = match &request.prices {
        Some(prices)
            if prices.len() == dates.len() && prices.iter().all(|p| (0..=1_000_000_000).contains(p)) =>
        {
            prices.clone()
        }
        Some(_) => {
            let message = price_count(dates.len(), property.currency);
            return Err(RuleError::new(Rule::BadAmount, at("prices"), message).into());
        }
        None => {
            let last = dates.last().copied().unwrap_or(range.arrival());
            let rates = query::property::rates_until(u.tx, property.id, plan.id, room_type.id, last).await?;
            let on =
                |night: &NaiveDate| rates.iter().rev().find(|r| r.valid_from <= *night).map(|r| r.amount);
            dates
                .iter()
                .map(on)
                .collect::<Option<Vec<i64>>>()
                .ok_or_else(|| AppError::invalid(at("rate_plan"), Message::NoPrice))?
        }
    };
    let room = ReservationRoom {
        property_id: property.id,
        visit_id,
        line: index as i64 + 1,
        room_type_id: room_type.id,
        rate_plan_id: Some(plan.id),
        arrival: request.arrival,
        departure: request.departure,
        adults: request.adults,
        children: request.children,
        prices,
        discount,
        room_id: None,
        stay_id: None,
        held: false,
        version: 1,
    };
    Ok((room, plan))
}
