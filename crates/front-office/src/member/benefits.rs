//! What a member has of a tier in a visit: late check-out, a better room, free nights. All of it is for the member who booked.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, MemberEvent, StayEvent},
    ids::{FreeNightId, RoomTypeId, VoucherId},
    member::{Membership, Tier},
    message::{Missing, TimeOfDay},
    programme::{FreeNightState, TierRule, VoucherState},
    property::Room,
    reservation::ReservationRoom,
};
use hefu_kernel::BasisPoints;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{programme, voucher::VoucherView, wallet::wallet};
use crate::{
    property::room_by_number,
    rates::PriceList,
    visit::{Visit, VisitAction, inventory::require_space, load, locate, wishes::free_rooms},
};

const fn first() -> i64 {
    1
}

/// The best card of the booker.
async fn card(c: &mut Conn, visit: &Visit) -> Result<Option<Membership>> {
    let cards = wallet(c, visit.reservation.guest_id).await?;
    Ok(cards.into_iter().max_by_key(|card| card.tier))
}

/// What the booker's tier gives here.
async fn rule(c: &mut Conn, visit: &Visit) -> Result<TierRule> {
    let booker = visit.reservation.guest_id;
    let card = card(c, visit).await?;
    let card = card.ok_or_else(|| AppError::not_found(Missing::MembershipOfBooker, booker))?;
    Ok(programme::of(c, visit.property.id).await?.rule(card.tier))
}

/// Agrees until when a room may be kept on the departure date. What the tier gives needs no reason; keys follow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LateCheckOut {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Minutes after midnight; 0: as everybody. Default: as the tier of the booker gives it.
    #[serde(default)]
    pub minute: Option<i64>,
    /// Why, where it is later than the tier gives; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

#[async_trait]
impl VisitAction for LateCheckOut {
    const ACTION: Action = Action::StayLateCheckOut;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let line = visit.line(self.line)?.clone();
        if !line.is_alive() {
            let message = Message::NothingHeld { state: line.state };
            return Err(RuleError::new(Rule::WrongState, "line", message).into());
        }
        let minute = match self.minute {
            Some(0) => None,
            Some(minute) if !(0..24 * 60).contains(&minute) => {
                return Err(AppError::invalid("minute", Message::Between { from: 0, to: 24 * 60 - 1 }));
            }
            Some(minute) => {
                let given = match card(u.tx, visit).await? {
                    None => None,
                    Some(card) => {
                        programme::of(u.tx, visit.property.id).await?.rule(card.tier).late_check_out
                    }
                };
                let most = given.unwrap_or(0).max(visit.property.check_out_minute);
                if minute > most && u.ctx.reason.is_none() {
                    let message = Message::LateBeyond { most: TimeOfDay(most) };
                    return Err(AppError::invalid("reason", message));
                }
                Some(minute)
            }
            None => {
                let rule = rule(u.tx, visit).await?;
                let none = || RuleError::new(Rule::WrongState, (), Message::TierGivesNot { tier: rule.tier });
                Some(rule.late_check_out.ok_or_else(none)?)
            }
        };
        visit.line(self.line)?.wishes.departure_minute = minute;
        if visit.rooms != before.rooms {
            visit.write(u, &before).await?;
        }
        Ok(StayEvent::LateCheckOut { line: self.line, minute }.into())
    }
}

/// Sets a better room aside for a member at the price of the one that was booked, as the tier gives it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpgradeRoom {
    /// Which room of the reservation, from 1; nobody has moved in.
    #[serde(default = "first")]
    pub line: i64,
    /// Number of the room: of a type that costs more under the plan. Default: a free one of the next dearer type.
    #[serde(default)]
    pub room: Option<String>,
}

#[async_trait]
impl VisitAction for UpgradeRoom {
    const ACTION: Action = Action::MemberUpgrade;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let line = visit.line(self.line)?.clone();
        if line.stay_id.is_some() {
            return Err(RuleError::new(Rule::WrongState, "line", Message::LineLivedIn).into());
        }
        if line.counted_type_id.is_none() {
            let message = Message::NothingHeld { state: line.state };
            return Err(RuleError::new(Rule::WrongState, "line", message).into());
        }
        let rule = rule(u.tx, visit).await?;
        if !rule.upgrade {
            return Err(
                RuleError::new(Rule::WrongState, (), Message::TierGivesNot { tier: rule.tier }).into()
            );
        }
        let better = better(u, &line).await?;
        let found = match &self.room {
            Some(number) => {
                let room = room_by_number(u.tx, visit.property.id, number).await;
                let room = room.map_err(|error| error.at("room"))?;
                if !better.contains(&room.room_type_id) {
                    return Err(RuleError::new(Rule::RoomTaken, "room", Message::RoomNotBetter).into());
                }
                room
            }
            None => free_better(u, &line, &better).await?,
        };
        require_space(u, &found, line.adults + line.children).await?;
        visit.line(self.line)?.put_in(&found);
        visit.revise(u, &before).await?;
        Ok(MemberEvent::Upgrade { line: self.line, room_id: found.id }.into())
    }
}

/// The room types that cost more under the plan of a room on its first night than the one that was booked, the cheapest first.
async fn better(u: &mut Unit<'_>, line: &ReservationRoom) -> Result<Vec<RoomTypeId>> {
    let plan = match line.rate_plan_id {
        None => None,
        Some(plan) => query::property::rate_plan(u.tx, line.property_id, plan).await?,
    };
    let Some(plan) = plan else { return Ok(Vec::new()) };
    let prices = PriceList::load(u.tx, &plan, (line.arrival, line.arrival)).await?;
    let price = |kind: RoomTypeId| prices.on(kind, line.arrival);
    let booked = price(line.room_type_id).unwrap_or(0);
    let types = query::property::room_types(u.tx, line.property_id).await?;
    let mut better: Vec<(i64, RoomTypeId)> =
        types.iter().filter_map(|kind| Some((price(kind.id)?, kind.id))).collect();
    better.retain(|(price, _)| *price > booked);
    better.sort_unstable();
    Ok(better.into_iter().map(|(_, kind)| kind).collect())
}

/// A free room of the first of some types that has one.
async fn free_better(u: &mut Unit<'_>, line: &ReservationRoom, better: &[RoomTypeId]) -> Result<Room> {
    let until = line.departure.max(line.arrival.succ_opt().unwrap_or(line.arrival));
    for kind in better {
        match free_rooms(u, (line, *kind), (line.arrival, until), true).await {
            Ok(free) => return free.into_iter().next().ok_or(AppError::Internal("no room of some")),
            Err(AppError::Rule(refused)) if refused.rule == Rule::RoomTaken => {}
            Err(error) => return Err(error),
        }
    }
    Err(RuleError::new(Rule::RoomTaken, (), Message::NoBetterRoom).into())
}

/// A free night of a visit, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FreeNightView {
    /// Identifier.
    pub id: FreeNightId,
    /// Which room of the reservation.
    pub line: i64,
    /// The night.
    pub night: NaiveDate,
    /// Points that it cost; none of a voucher.
    pub points: i64,
    /// The voucher that paid for it.
    pub voucher_id: Option<VoucherId>,
    /// Whether it stands.
    pub state: FreeNightState,
}

/// What the booker of a visit has as a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BenefitsView {
    /// The number on the card; none: the booker is no member.
    pub member: Option<String>,
    /// The tier.
    pub tier: Option<Tier>,
    /// Off the price of rooms that are booked now.
    pub discount: BasisPoints,
    /// Until when a room may be kept on the departure date, minutes after midnight; none: as everybody.
    pub late_check_out: Option<i64>,
    /// Whether a better room is given at the price of the one that was booked.
    pub upgrade: bool,
    /// Points on all cards of the booker.
    pub points: i64,
    /// Points that a free night costs; none: there are none by points.
    pub night_points: Option<i64>,
    /// Free nights that the points pay for.
    pub nights_by_points: i64,
    /// Vouchers that can be used here.
    pub vouchers: Vec<VoucherView>,
    /// Free nights of the visit.
    pub free_nights: Vec<FreeNightView>,
}

/// What the booker of a visit has as a member.
#[derive(Debug, Clone)]
pub struct ShowBenefits {
    /// Any number of the visit.
    pub number: String,
}

#[async_trait]
impl Query for ShowBenefits {
    const ACTION: Action = Action::BenefitShow;
    type Out = BenefitsView;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<BenefitsView> {
        let c = r.snapshot().await?;
        let (property, id) = locate(c, &self.number, None).await?;
        let visit = load(c, property, id).await?;
        r.within(&visit.property.code)?;
        let c = r.snapshot().await?;
        let cards = wallet(c, visit.reservation.guest_id).await?;
        let programme = programme::of(c, property).await?;
        let best = cards.iter().max_by_key(|card| card.tier);
        let rule = best.map(|card| programme.rule(card.tier));
        let points: i64 = cards.iter().map(|card| card.points).sum();
        let mut vouchers = Vec::new();
        for card in &cards {
            for voucher in query::member::vouchers(c, card.id).await? {
                let is_for_here = voucher.property_id.is_none_or(|known| known == property);
                let is_good = voucher.expires >= visit.property.business_date;
                if voucher.state == VoucherState::Open && is_for_here && is_good {
                    vouchers.push(VoucherView::of(c, voucher).await?);
                }
            }
        }
        let nights = query::member::free_nights(c, property, id).await?;
        Ok(BenefitsView {
            member: best.map(|card| card.number.clone()),
            tier: best.map(|card| card.tier),
            discount: rule.as_ref().map_or(BasisPoints(0), |rule| rule.discount),
            late_check_out: rule.as_ref().and_then(|rule| rule.late_check_out),
            upgrade: rule.is_some_and(|rule| rule.upgrade),
            points,
            night_points: programme.night_points,
            nights_by_points: programme.night_points.map_or(0, |cost| points.max(0) / cost.max(1)),
            vouchers,
            free_nights: nights
                .into_iter()
                .map(|night| FreeNightView {
                    id: night.id,
                    line: night.line,
                    night: night.night,
                    points: night.points,
                    voucher_id: night.voucher_id,
                    state: night.state,
                })
                .collect(),
        })
    }
}
