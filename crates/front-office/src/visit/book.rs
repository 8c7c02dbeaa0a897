//! Booking.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    Message, Place, Rule, RuleError,
    company::{Company, CompanyRole, VisitCompany},
    event::{
        ReservationEvent,
        reservation::{Instalment, OutsideNumber as ToldNumber},
    },
    ids::{CompanyId, GuestId, PropertyId, VisitId},
    message::Missing,
    property::{Property, RateKind, RatePlan, RoomType},
    rate::Usage,
    reservation::{
        Deposit, DepositState, Guarantee, OWN_NUMBERS, Reservation, ReservationRoom, ReservationState,
        VisitAlias, normalise_number,
    },
    terms::Terms,
};
use hefu_kernel::{BasisPoints, Currency, Money, StayRange, VisitNumber};
use hefu_store::{Conn, GuestVisit, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, hours,
    inventory::{may_oversell, require_space, update_inventory},
    state::{VisitState, state_of},
    wishes::{self, wishes},
};
use crate::{
    duplicates::at_entry,
    folio::check_amount,
    limits::check_arrival,
    member::{programme, wallet::wallet},
    property::{find_group, room_by_number},
    rates::{
        access::{Buyer, require_sold_to},
        may_give, may_override, present_prices, require_open,
    },
    terms::{priced_dates, terms_of},
};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit, no_stay};
use hefu_people::{
    flag::admit,
    guest::{GuestRef, resolve},
};

/// A requested room.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomRequest {
    /// Code of the room type.
    pub room_type: String,
    /// Code of the rate plan.
    pub rate_plan: String,
    /// Arrival date, at most five years ahead.
    pub arrival: NaiveDate,
    /// Departure date; the arrival for part-day plans.
    pub departure: NaiveDate,
    /// Adults.
    #[serde(default = "one")]
    pub adults: i64,
    /// Children.
    #[serde(default)]
    pub children: i64,
    /// How old each child is; none: unknown, and each costs what the dearest does.
    #[serde(default)]
    pub child_ages: Vec<i64>,
    /// Extra beds, for some of these people.
    #[serde(default)]
    pub extra_beds: i64,
    /// Whether it is sold, given to a guest for nothing, or used by the house: what is not sold needs a right of its own and a reason.
    #[serde(default = "sold")]
    pub usage: Usage,
    /// Agreed prices that differ from the plan, one per night, minor units.
    #[serde(default)]
    pub prices: Option<Vec<i64>>,
    /// Number of the room to set aside. Requested and waitlisted rooms have none.
    #[serde(default)]
    pub room: Option<String>,
    /// Features that the room is to have: `accessible` (fit for a wheelchair), or what the property calls them. A room that is chosen by `auto`
    /// has all of them.
    #[serde(default)]
    pub features: Vec<String>,
    /// When the guest comes, minutes after midnight of the arrival date, up to 1799.
    #[serde(default)]
    pub arrival_minute: Option<i64>,
}

const fn one() -> i64 {
    1
}

const fn sold() -> Usage {
    Usage::Sold
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
    /// Name of the company it is booked for. If it is the code of a company that is known, it is booked under that company's contract, as with `contract`.
    #[serde(default)]
    pub company: Option<String>,
    /// Code of the company under whose contract it is booked: plans that are sold to it can be booked, and the visit names it.
    #[serde(default)]
    pub contract: Option<String>,
    /// Promotion code: plans that need it can be booked.
    #[serde(default)]
    pub promotion_code: Option<String>,
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
    /// Sell although nothing is left: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Sell although restrictions forbid it: needs a right of its own and a reason.
    #[serde(default)]
    pub override_restrictions: bool,
    /// Book although the guest is on the blacklist: needs a right of its own and a reason.
    #[serde(default)]
    pub accept_blacklisted: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
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

#[async_trait]
impl Command for Book {
    const ACTION: Action = Action::ReservationBook;
    type Out = VisitState;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<VisitState> {
        let property = u.property(&self.property).await.map_err(|error| error.at("property"))?;
        let beyond = may_oversell(u, &property, self.oversell)?;
        let unrestricted = may_override(u, &property, self.override_restrictions)?;
        self.make(u, &property, (beyond, unrestricted)).await
    }
}

impl Book {
    /// Makes the booking; `beyond`: although nothing is left; `unrestricted`: also what restrictions forbid.
    ///
    /// # Errors
    /// What is asked for cannot be sold.
    pub(crate) async fn make(
        &self,
        u: &mut Unit<'_>,
        property: &Property,
        (beyond, unrestricted): (bool, bool),
    ) -> Result<VisitState> {
        self.check(property.currency)?;
        let guest_id = resolve(u, &self.guest).await.map_err(|error| error.under("guest"))?;
        let flags = admit(u, &property.code, guest_id, self.accept_blacklisted).await?;
        let group_id = match &self.group {
            None => None,
            Some(code) => Some(find_group(u.tx, code).await.map_err(|error| error.at("group"))?.id),
        };
        let discount = discount_of(u.tx, property.id, guest_id).await?;
        let contract = self.contracted(u.tx).await?;
        let company: Vec<CompanyId> = contract.iter().map(|company| company.id).collect();
        let buyer = Buyer::of(u.tx, company, self.promotion_code.as_deref()).await?;
        for request in &self.rooms {
            may_give(u, property, request.usage)?;
        }
        let id: VisitId = u.id();
        let mut rooms = Vec::new();
        for (i, request) in self.rooms.iter().enumerate() {
            let sale = Sale {
                property,
                visit_id: id,
                line: i as i64 + 1,
                state: self.state,
                channel: &self.channel,
                discount,
                unrestricted,
                buyer: &buyer,
                walk_in: self.walk_in,
            };
            rooms.push(sell(u, &sale, request).await.map_err(|error| in_room(error, i))?);
        }
        let mut reservation = Reservation {
            property_id: property.id,
            id,
            number: free_number(u).await?.digits(),
            guest_id,
            state: self.state,
            arrival: property.business_date,
            departure: property.business_date,
            adults: 0,
            children: 0,
            channel: self.channel.clone(),
            segment: self.segment.clone(),
            guarantee: self.guarantee,
            currency: property.currency,
            walk_in: self.walk_in,
            group_id,
            company: self.named(contract.as_ref()),
            penalty: 0,
            state_reason: None,
            booked_at: Some(u.now),
            version: 1,
        };
        reservation.follow(&rooms);
        self.write(u, property, (&reservation, &rooms), beyond).await?;
        let numbers = self.numbers.iter().map(OutsideNumber::told).collect();
        let deposits = self.deposits.iter().map(|asked| Instalment { due: asked.due, amount: asked.amount });
        let event = ReservationEvent::booked(&reservation, &rooms, numbers, deposits.collect());
        u.record(About::Visit(&reservation), event).await?;
        wishes::record(u, &reservation, &rooms).await?;
        if let Some(company) = contract {
            u.tx.insert(&VisitCompany {
                property_id: property.id,
                visit_id: reservation.id,
                role: CompanyRole::Company,
                company_id: company.id,
            })
            .await?;
            let event = ReservationEvent::Companies { company: Some(company.code), agent: None };
            u.record(About::Visit(&reservation), event).await?;
        }
        let shares = Vec::new();
        let visit =
            Visit { property: property.clone(), reservation, rooms, stays: Vec::new(), shares, flags };
        let mut state = state_of(u, &visit).await?;
        state.duplicates = at_entry(u, &visit).await?;
        Ok(state)
    }

    /// The company that it is for: under whose contract it is booked, or whose code stands in place of a name.
    async fn contracted(&self, c: &mut Conn) -> Result<Option<Company>> {
        if let Some(code) = self.contract.as_deref().map(str::trim) {
            let found = query::company::by_code(c, code).await?;
            return found.ok_or_else(|| AppError::not_found(Missing::Company, code).at("contract")).map(Some);
        }
        match self.company.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            // A name that nobody knows is a name.
            Some(text) => Ok(query::company::by_code(c, text).await?),
            None => Ok(None),
        }
    }

    /// The name of the company as the booking says it; in place of a code, the company's.
    fn named(&self, company: Option<&Company>) -> Option<String> {
        let said = self.company.as_ref();
        match company {
            Some(company) => {
                Some(said.filter(|said| said.trim() != company.code).unwrap_or(&company.name).clone())
            }
            None => said.cloned(),
        }
    }

    fn check(&self, currency: Currency) -> Result<()> {
        if !(1..=100).contains(&self.rooms.len()) {
            return Err(AppError::invalid("rooms", Message::ItemCount { from: 1, to: 100 }));
        }
        use ReservationState::{Requested, Reserved, Waitlisted};
        if !matches!(self.state, Requested | Reserved | Waitlisted) {
            return Err(AppError::invalid("state", Message::BookingState));
        }
        check_channel(&self.channel)?;
        for (i, deposit) in self.deposits.iter().enumerate() {
            check_amount(("deposits", i, "amount"), deposit.amount, currency)?;
        }
        Ok(())
    }

    async fn write(
        &self,
        u: &mut Unit<'_>,
        property: &Property,
        (reservation, rooms): (&Reservation, &[ReservationRoom]),
        oversell: bool,
    ) -> Result<()> {
        u.tx.insert(reservation).await?;
        for i in 0..rooms.len() {
            update_inventory(u, property, &rooms[..i], &rooms[..=i], oversell)
                .await
                .map_err(|error| in_room(error, i))?;
        }
        u.tx.insert_all(rooms).await?;
        let mut aliases = vec![list(u, reservation).await?];
        for (i, outside) in self.numbers.iter().enumerate() {
            aliases.push(alias(reservation, outside).map_err(|error| error.under(("numbers", i)))?);
        }
        u.tx.insert_all(&aliases).await?;
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
                paid: 0,
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

/// The discount that rooms booked for a guest get now.
///
/// # Errors
/// The database fails.
pub(crate) async fn discount_of(c: &mut Conn, property: PropertyId, guest: GuestId) -> Result<BasisPoints> {
    let member = wallet(c, guest).await?.into_iter().max_by_key(|member| member.tier);
    Ok(match member {
        None => BasisPoints(0),
        Some(member) => programme::of(c, property).await?.rule(member.tier).discount,
    })
}

/// What is wrong with a room of a list of rooms, said at its place.
pub(crate) fn in_room(error: AppError, index: usize) -> AppError {
    match error.place() {
        Place::Request => error.at(("rooms", index)),
        _ => error.under(("rooms", index)),
    }
}

/// Puts a new reservation on its guest's list; answers the number of its own under which it is found, not yet written.
///
/// # Errors
/// The database fails.
pub(crate) async fn list(u: &mut Unit<'_>, reservation: &Reservation) -> Result<VisitAlias> {
    u.tx.insert(&GuestVisit {
        guest_id: reservation.guest_id,
        property_id: reservation.property_id,
        visit_id: reservation.id,
        arrival: reservation.arrival,
        departure: reservation.departure,
    })
    .await?;
    Ok(VisitAlias {
        number: reservation.number.clone(),
        system: OWN_NUMBERS.into(),
        scope: hefu_domain::ids::PropertyId::NIL,
        property_id: reservation.property_id,
        visit_id: reservation.id,
    })
}

/// The property's room type with a code.
///
/// # Errors
/// There is none.
pub(crate) async fn room_type(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<RoomType> {
    let types = query::property::room_types(u.tx, property.id).await?;
    let found = types.into_iter().find(|kind| kind.code == code);
    found.ok_or_else(|| AppError::not_found(Missing::RoomType, code).at("room_type"))
}

/// The property's rate plan with a code.
///
/// # Errors
/// There is none.
pub(crate) async fn rate_plan(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<RatePlan> {
    let plans = query::property::rate_plans(u.tx, property.id).await?;
    let found = plans.into_iter().find(|plan| plan.code == code);
    found.ok_or_else(|| AppError::not_found(Missing::RatePlan, code).at("rate_plan"))
}

/// The nights or the one day of a stay, as a plan of this kind sells them.
///
/// # Errors
/// The dates are no stay, or the plan sells others.
pub(crate) fn dates_of(
    kind: RateKind,
    (arrival, departure): (NaiveDate, NaiveDate),
) -> Result<Vec<NaiveDate>> {
    let refused = |message| RuleError::new(Rule::BadDates, "departure", message);
    let range = StayRange::new(arrival, departure).map_err(|error| refused(no_stay(error)))?;
    match (kind, range.night_count()) {
        (RateKind::Nightly, 1..) | (RateKind::PartDay, 0) => Ok(priced_dates(range)),
        (RateKind::Nightly, _) => Err(refused(Message::PlanSellsNights).into()),
        (RateKind::PartDay, _) => Err(refused(Message::PlanSellsHours).into()),
    }
}

/// Refuses heads that are none, or more than a room type holds.
///
/// # Errors
/// [`Rule::TooManyPeople`].
pub(crate) fn check_heads(kind: &RoomType, adults: i64, children: i64) -> Result<()> {
    if adults < 1 || children < 0 {
        return Err(AppError::invalid(if adults < 1 { "adults" } else { "children" }, Message::Heads));
    }
    if adults.saturating_add(children) > kind.capacity {
        let message = Message::Capacity { most: kind.capacity };
        return Err(RuleError::new(Rule::TooManyPeople, "adults", message).into());
    }
    Ok(())
}

/// Refuses prices that are not one for each of so many nights.
///
/// # Errors
/// [`Rule::BadAmount`].
pub(crate) fn check_prices(prices: &[i64], nights: usize, currency: Currency) -> Result<()> {
    if prices.len() == nights && prices.iter().all(|price| (0..=1_000_000_000).contains(price)) {
        return Ok(());
    }
    Err(RuleError::new(Rule::BadAmount, "prices", price_count(nights, currency)).into())
}

/// The oldest a child can be, in years.
const OLDEST_CHILD: i64 = 17;

/// The most extra beds in a room.
const MOST_BEDS: i64 = 10;

/// Refuses ages that are not one for each child, and more extra beds than there can be.
///
/// # Errors
/// [`Rule::Invalid`] at the field.
pub(crate) fn check_party(adults: i64, children: i64, child_ages: &[i64], extra_beds: i64) -> Result<()> {
    let is_whole = child_ages.is_empty() || child_ages.len() as i64 == children;
    if !is_whole || !child_ages.iter().all(|age| (0..=OLDEST_CHILD).contains(age)) {
        return Err(AppError::invalid("child_ages", Message::ChildAges { most: OLDEST_CHILD }));
    }
    if !(0..=MOST_BEDS).contains(&extra_beds) || extra_beds > 0 && extra_beds >= adults + children {
        return Err(AppError::invalid("extra_beds", Message::ExtraBeds { most: MOST_BEDS }));
    }
    Ok(())
}

/// Refuses a channel that no booking can have.
///
/// # Errors
/// It is empty or too long.
pub(crate) fn check_channel(channel: &str) -> Result<()> {
    if channel.trim().is_empty() || channel.chars().count() > 40 {
        return Err(AppError::invalid("channel", Message::Length { from: 1, to: 40 }));
    }
    Ok(())
}

/// For whom a room is sold, and through what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sale<'a> {
    /// The property.
    pub(crate) property: &'a Property,
    /// The visit.
    pub(crate) visit_id: VisitId,
    /// Which room of it.
    pub(crate) line: i64,
    /// Whether it is promised, requested or waitlisted.
    pub(crate) state: ReservationState,
    /// The booking channel.
    pub(crate) channel: &'a str,
    /// Member discount.
    pub(crate) discount: BasisPoints,
    /// Also what restrictions forbid, and plans that are not sold to everybody.
    pub(crate) unrestricted: bool,
    /// Who buys.
    pub(crate) buyer: &'a Buyer,
    /// The guest is here.
    pub(crate) walk_in: bool,
}

/// A room asked for, priced under the terms of its plan as they are now: what is quoted, and what is sold. It holds nothing yet.
///
/// # Errors
/// Impossible dates, too many people, or a night without a price.
pub(crate) async fn priced(
    c: &mut Conn,
    sale: &Sale<'_>,
    (kind, plan): (&RoomType, &RatePlan),
    request: &RoomRequest,
) -> Result<ReservationRoom> {
    let property = sale.property;
    check_arrival("arrival", request.arrival, property.business_date)?;
    let dates = dates_of(plan.kind, (request.arrival, request.departure))?;
    check_heads(kind, request.adults, request.children)?;
    check_party(request.adults, request.children, &request.child_ages, request.extra_beds)?;
    let terms = Terms {
        child_ages: request.child_ages.clone(),
        extra_beds: request.extra_beds,
        usage: request.usage,
        ..terms_of(c, plan).await?
    };
    let mut room = ReservationRoom {
        property_id: property.id,
        visit_id: sale.visit_id,
        line: sale.line,
        room_type_id: kind.id,
        rate_plan_id: Some(plan.id),
        arrival: request.arrival,
        departure: request.departure,
        adults: request.adults,
        children: request.children,
        prices: Vec::new(),
        discount: sale.discount,
        room_id: None,
        stay_id: None,
        version: 1,
        state: sale.state,
        state_reason: None,
        penalty: 0,
        terms,
        counted_type_id: None,
        counted_until: request.departure,
        wishes: wishes(c, (property.id, kind.id), &request.features, request.arrival_minute).await?,
        from_minute: None,
        until_minute: None,
    };
    room.prices = match &request.prices {
        Some(_) if request.usage != Usage::Sold => {
            return Err(AppError::invalid("prices", Message::GivenForNothing));
        }
        Some(prices) => {
            check_prices(prices, dates.len(), property.currency)?;
            prices.clone()
        }
        None => present_prices(c, &room, &dates)
            .await?
            .into_iter()
            .collect::<Option<_>>()
            .ok_or_else(|| AppError::invalid("rate_plan", Message::NoPrice))?,
    };
    Ok(room)
}

/// Sells a room: [`priced`], with the room that was named for it. What of it is promised is counted once it is written. Restrictions are asked
/// once it is wanted in earnest: of waitlisted rooms when they are confirmed.
///
/// # Errors
/// Unknown room type, plan or room, whatever [`priced`] refuses, or a restriction forbids it.
pub(crate) async fn sell(
    u: &mut Unit<'_>,
    sale: &Sale<'_>,
    request: &RoomRequest,
) -> Result<ReservationRoom> {
    let property = sale.property;
    let kind = room_type(u, property, &request.room_type).await?;
    let plan = rate_plan(u, property, &request.rate_plan).await?;
    if !sale.unrestricted {
        require_sold_to(u.tx, &plan, sale.buyer).await?;
    }
    let mut room = priced(u.tx, sale, (&kind, &plan), request).await?;
    if sale.walk_in && room.arrival == property.business_date {
        let now = hours::minute_of(property, room.arrival, u.now)?;
        room.wishes.arrival_minute = room.wishes.arrival_minute.or(Some(now));
    }
    if sale.state != ReservationState::Waitlisted && !sale.unrestricted {
        require_open(u.tx, &room, sale.channel).await?;
    }
    // What is not promised holds no room, also where one was named.
    if sale.state == ReservationState::Reserved {
        room.count();
        if let Some(number) = &request.room {
            let found = room_by_number(u.tx, property.id, number).await.map_err(|error| error.at("room"))?;
            require_space(u, &found, request.adults + request.children).await?;
            room.put_in(&found);
        }
    }
    Ok(room)
}
