//! Blocks of rooms for groups 【团队锁房】: what they hold is not for sale to others until it is picked up or released.
//!
//! What is left of a block counts in the counters of its types as if it were sold. A room that is picked up leaves the block and is counted as a
//! room of its reservation from then on; what is released is for sale again.

use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hefu_authz::{Action, Personal, Resource, class::Name};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    block::{Block, BlockNight},
    event::{PropertyEvent, property::BlockedRooms},
    ids::{GroupId, RoomTypeId},
    message::Missing,
    property::{Property, RateKind},
    rate::Usage,
    reservation::{Guarantee, ReservationState, VisitGroup},
    stay::RoomPart,
};
use hefu_kernel::{FIRST_DATE, Id as _};
use hefu_people::guest::GuestRef;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    limits::check_arrival,
    property::{find_group, find_property},
    view::names::Names,
    visit::{
        book::{Book, RoomRequest, check_heads, check_prices, dates_of, in_room, rate_plan, room_type},
        grouped,
        inventory::may_oversell,
    },
};

/// The most rooms of a type that a block holds on a night.
const MOST_ROOMS: i64 = 1_000;

/// The most nights that rooms are blocked for in one piece.
const MOST_NIGHTS: i64 = 366;

/// The most nights of room types that a block has.
const MOST_CELLS: usize = 2_000;

/// The most rows of a rooming list.
const MOST_ROWS: usize = 200;

/// Rooms of a type on some nights.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRooms {
    /// Code of the room type.
    pub room_type: String,
    /// The first night.
    pub from: NaiveDate,
    /// The day after the last night.
    pub until: NaiveDate,
    /// How many rooms, those that were picked up included.
    pub rooms: i64,
    /// The price agreed for the group, minor units. Default: the plan's.
    #[serde(default)]
    pub price: Option<i64>,
}

/// A block to make or change: all that it is to hold from the business date on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockInput {
    /// Code of the plan under which its rooms are sold; a plan by night.
    pub rate_plan: String,
    /// The last business date on which rooms can be picked up. Default: until somebody releases it.
    #[serde(default)]
    pub release_on: Option<NaiveDate>,
    /// The rooms. What is not named is not held any more, but for what was picked up.
    pub rooms: Vec<BlockRooms>,
    /// Hold rooms although nothing is left: needs a right of its own and a reason.
    #[serde(default)]
    pub oversell: bool,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Rooms of a type on a night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockNightView {
    /// The night.
    pub night: NaiveDate,
    /// Code of the room type.
    pub room_type: String,
    /// How many were blocked; once it is released, as many as were picked up.
    pub rooms: i64,
    /// How many of these became reservations.
    pub picked_up: i64,
    /// How many are held and can be picked up.
    pub left: i64,
    /// The price agreed for the group, minor units.
    pub price: Option<i64>,
}

/// A block of rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockView {
    /// Code of the property.
    pub property: String,
    /// Code of the plan under which its rooms are sold.
    pub rate_plan: Option<String>,
    /// The last business date on which rooms can be picked up.
    pub release_on: Option<NaiveDate>,
    /// The business date on which what was left was given back.
    pub released_on: Option<NaiveDate>,
    /// Night by night.
    pub nights: Vec<BlockNightView>,
    /// Version of the record.
    pub version: i64,
}

/// A block as it is shown.
///
/// # Errors
/// The database fails.
pub(crate) async fn shown(c: &mut Conn, property: &Property, block: Block) -> Result<BlockView> {
    let names = Names::of(property).with_types(c, property.id).await?;
    let nights = query::block::nights(c, property.id, block.id, FIRST_DATE).await?;
    Ok(BlockView {
        property: property.code.clone(),
        rate_plan: names.rate_plan(block.rate_plan_id),
        release_on: block.release_on,
        released_on: block.released_on,
        nights: nights
            .into_iter()
            .map(|night| BlockNightView {
                night: night.night,
                room_type: names.room_type(night.room_type_id),
                rooms: night.rooms,
                picked_up: night.picked_up,
                left: night.left(),
                price: night.price,
            })
            .collect(),
        version: block.version,
    })
}

/// A block, held until this unit ends.
async fn lock(u: &mut Unit<'_>, property: &Property, group: GroupId) -> Result<Block> {
    let found = query::block::lock(u.tx, property.id, group).await?;
    found.ok_or_else(|| AppError::not_found(Missing::Block, group))
}

/// Brings the counters from what a block held to what it holds: what it gives back first.
async fn count(
    u: &mut Unit<'_>,
    property: &Property,
    mut changes: Vec<(RoomTypeId, NaiveDate, i64)>,
    beyond: bool,
) -> Result<()> {
    changes.retain(|(_, night, by)| *night >= property.business_date && *by != 0);
    changes.sort_by_key(|(kind, night, by)| (*by > 0, *night, *kind));
    for (kind, night, by) in changes {
        query::inventory::count(u.tx, property.id, kind, (night, RoomPart::Night), by, beyond)
            .await
            .map_err(|error| match AppError::from(error) {
                AppError::Rule(rule) if rule.rule == Rule::NoInventory => {
                    RuleError::new(Rule::NoInventory, "rooms", Message::SoldOutOn { night }).into()
                }
                other => other,
            })?;
    }
    Ok(())
}

/// Makes a block of rooms for a group, or changes it.
#[derive(Debug, Clone)]
pub struct PutBlock {
    /// The property's code.
    pub property: String,
    /// The group's code.
    pub group: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The block.
    pub input: BlockInput,
}

impl PutBlock {
    /// What is wanted of each type on each night: how many, at which price.
    async fn wanted(
        &self,
        u: &mut Unit<'_>,
        property: &Property,
    ) -> Result<BTreeMap<(NaiveDate, RoomTypeId), (i64, Option<i64>)>> {
        if self.input.rooms.len() > 100 {
            return Err(AppError::invalid("rooms", Message::ItemCount { from: 0, to: 100 }));
        }
        let mut wanted = BTreeMap::new();
        for (i, rooms) in self.input.rooms.iter().enumerate() {
            let kind = room_type(u, property, &rooms.room_type).await.map_err(|error| in_room(error, i))?;
            let nights = (rooms.until - rooms.from).num_days();
            check_arrival(("rooms", i, "from"), rooms.from, property.business_date)?;
            if !(1..=MOST_NIGHTS).contains(&nights) {
                let message = Message::BlockNights { most: MOST_NIGHTS };
                return Err(RuleError::new(Rule::BadDates, ("rooms", i, "until"), message).into());
            }
            if !(0..=MOST_ROOMS).contains(&rooms.rooms) {
                return Err(AppError::invalid(
                    ("rooms", i, "rooms"),
                    Message::Between { from: 0, to: MOST_ROOMS },
                ));
            }
            if let Some(price) = rooms.price {
                check_prices(&[price], 1, property.currency)
                    .map_err(|error| error.at(("rooms", i, "price")))?;
            }
            for night in rooms.from.iter_days().take_while(|night| *night < rooms.until) {
                if wanted.insert((night, kind.id), (rooms.rooms, rooms.price)).is_some() {
                    return Err(AppError::invalid(("rooms", i), Message::BlockTwice { night }));
                }
            }
        }
        match wanted.len() {
            0..=MOST_CELLS => Ok(wanted),
            _ => Err(AppError::invalid("rooms", Message::ItemCount { from: 0, to: MOST_CELLS })),
        }
    }

    async fn block(&self, u: &mut Unit<'_>, property: &Property, group: &VisitGroup) -> Result<Block> {
        let plan = rate_plan(u, property, &self.input.rate_plan).await?;
        if plan.kind != RateKind::Nightly {
            return Err(AppError::invalid("rate_plan", Message::PlanSellsHours));
        }
        if self.input.release_on.is_some_and(|date| date < property.business_date) {
            let message = Message::BeforeBusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, "release_on", message).into());
        }
        Ok(match query::block::lock(u.tx, property.id, group.id).await? {
            None => {
                let block = Block {
                    property_id: property.id,
                    id: u.id(),
                    group_id: group.id,
                    rate_plan_id: plan.id,
                    release_on: self.input.release_on,
                    released_on: None,
                    version: 1,
                };
                u.tx.insert(&block).await?;
                block
            }
            Some(mut block) => {
                check_version(self.if_match, block.version)?;
                block.rate_plan_id = plan.id;
                block.release_on = self.input.release_on;
                block.released_on = None;
                u.tx.update(&mut block).await?;
                block
            }
        })
    }
}

#[async_trait]
impl Command for PutBlock {
    const ACTION: Action = Action::BlockPut;
    type Out = BlockView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<BlockView> {
        let property = u.property(&self.property).await?;
        let beyond = may_oversell(u, &property, self.input.oversell)?;
        let group = find_group(u.tx, &self.group).await?;
        let wanted = self.wanted(u, &property).await?;
        let block = self.block(u, &property, &group).await?;
        let known: BTreeMap<_, _> = query::block::nights(u.tx, property.id, block.id, property.business_date)
            .await?
            .into_iter()
            .map(|night| ((night.night, night.room_type_id), night))
            .collect();
        let mut changes = Vec::new();
        let keys: BTreeSet<_> = known.keys().chain(wanted.keys()).copied().collect();
        for key @ (night, kind) in keys {
            let was = known.get(&key);
            let picked_up = was.map_or(0, |was| was.picked_up);
            let (rooms, price) =
                wanted.get(&key).copied().unwrap_or((picked_up, was.and_then(|was| was.price)));
            if rooms < picked_up {
                return Err(AppError::invalid("rooms", Message::BlockPickedUp { night, picked_up }));
            }
            changes.push((kind, night, rooms - picked_up - was.map_or(0, BlockNight::left)));
            match was {
                Some(was) if was.picked_up == 0 && !wanted.contains_key(&key) => u.tx.delete(was).await?,
                Some(was) => {
                    let mut now = BlockNight { rooms, price, ..was.clone() };
                    if now != *was {
                        u.tx.update(&mut now).await?;
                    }
                }
                None => {
                    let (property_id, block_id) = (property.id, block.id);
                    u.tx.insert(&BlockNight {
                        property_id,
                        block_id,
                        night,
                        room_type_id: kind,
                        rooms,
                        picked_up: 0,
                        price,
                        version: 1,
                    })
                    .await?;
                }
            }
        }
        count(u, &property, changes, beyond).await?;
        let rooms = self.input.rooms.iter().map(|rooms| BlockedRooms {
            room_type: rooms.room_type.clone(),
            from: rooms.from,
            until: rooms.until,
            rooms: rooms.rooms,
            price: rooms.price,
        });
        let event = PropertyEvent::PutBlock {
            group: group.code,
            rate_plan: self.input.rate_plan.clone(),
            release_on: self.input.release_on,
            rooms: rooms.collect(),
        };
        u.record(About::Property(property.id, "block", block.id.uuid()), event).await?;
        shown(u.tx, &property, block).await
    }
}

/// Gives back what is left of a block, and journals it.
///
/// # Errors
/// The database fails.
pub async fn release(u: &mut Unit<'_>, property: &Property, mut block: Block) -> Result<Block> {
    let mut changes = Vec::new();
    for mut night in query::block::nights(u.tx, property.id, block.id, property.business_date).await? {
        if night.left() > 0 {
            changes.push((night.room_type_id, night.night, -night.left()));
            night.rooms = night.picked_up;
            u.tx.update(&mut night).await?;
        }
    }
    let rooms = -changes.iter().map(|(_, _, by)| by).sum::<i64>();
    count(u, property, changes, false).await?;
    block.released_on = Some(property.business_date);
    u.tx.update(&mut block).await?;
    let group = query::visit::group(u.tx, block.group_id).await?.map(|group| group.code).unwrap_or_default();
    let about = About::Property(property.id, "block", block.id.uuid());
    u.record(about, PropertyEvent::ReleaseBlock { group, room_nights: rooms }).await?;
    Ok(block)
}

/// Gives back what is left of a block of rooms.
#[derive(Debug, Clone)]
pub struct ReleaseBlock {
    /// The property's code.
    pub property: String,
    /// The group's code.
    pub group: String,
}

#[async_trait]
impl Command for ReleaseBlock {
    const ACTION: Action = Action::BlockRelease;
    type Out = BlockView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<BlockView> {
        let property = u.property(&self.property).await?;
        let group = find_group(u.tx, &self.group).await?;
        let block = lock(u, &property, group.id).await?;
        let block = release(u, &property, block).await?;
        shown(u.tx, &property, block).await
    }
}

/// A row of a rooming list: a room and who comes to it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomingRow {
    /// Who comes.
    pub guest: GuestRef,
    /// Code of the room type.
    pub room_type: String,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Adults.
    #[serde(default = "one")]
    pub adults: i64,
    /// Children.
    #[serde(default)]
    pub children: i64,
}

const fn one() -> i64 {
    1
}

/// A rooming list 【团队分房名单】: each row becomes a reservation of the group, or none does.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomingListInput {
    /// The rows, up to 200.
    pub rows: Vec<RoomingRow>,
    /// Name of the company the guests come for.
    #[serde(default)]
    pub company: Option<String>,
    /// Only look whether it can be done, and change nothing.
    #[serde(default)]
    pub preview: bool,
}

/// A row that became a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickedUp {
    /// The row, from 0.
    pub row: usize,
    /// The visit's number, in groups.
    pub number: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowError {
    /// The row, from 0.
    pub row: usize,
    /// The field, as a JSON pointer into the request.
    pub pointer: String,
    /// Stable code of the problem.
    pub code: String,
    /// What was expected, and what to do.
    pub detail: String,
}

/// What became of a rooming list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomingListResult {
    /// Whether it was written: not if there are errors, or only a preview was asked for.
    pub written: bool,
    /// The reservations.
    pub reservations: Vec<PickedUp>,
    /// What is wrong, row by row: then nothing was written.
    pub errors: Vec<RowError>,
}

/// Whether more is sold than there is on a night that a row takes of the block: then it takes what is promised to the group already, and no more.
async fn is_oversold(u: &mut Unit<'_>, property: &Property, taken: &Taken) -> Result<bool> {
    let (Some(first), Some(last)) = (taken.nights.first(), taken.nights.last()) else { return Ok(false) };
    let until = last.succ_opt().unwrap_or(*last);
    let counters = query::inventory::sold(u.tx, property.id, *first, until).await?;
    let is_of_row = |counter: &hefu_store::Inventory| {
        counter.room_type_id == taken.kind && counter.part == RoomPart::Night && counter.excess > 0
    };
    Ok(taken.is_whole && counters.iter().any(is_of_row))
}

/// Picks rooms of a block up by a rooming list.
#[derive(Debug, Clone)]
pub struct PickUp {
    /// The property's code.
    pub property: String,
    /// The group's code.
    pub group: String,
    /// The list.
    pub input: RoomingListInput,
}

/// What a row takes of a block, and the prices of its nights; none: the plan's.
struct Taken {
    prices: Option<Vec<i64>>,
    /// Whether all its nights are of the block.
    is_whole: bool,
    nights: Vec<NaiveDate>,
    kind: RoomTypeId,
}

impl PickUp {
    /// Takes a row out of what is left of the block.
    async fn take(
        &self,
        u: &mut Unit<'_>,
        property: &Property,
        row: &RoomingRow,
        held: &mut BTreeMap<(NaiveDate, RoomTypeId), BlockNight>,
    ) -> Result<Taken> {
        let kind = room_type(u, property, &row.room_type).await?;
        check_arrival("arrival", row.arrival, property.business_date)?;
        let dates = dates_of(RateKind::Nightly, (row.arrival, row.departure))?;
        check_heads(&kind, row.adults, row.children)?;
        let of_block: Vec<NaiveDate> =
            dates.iter().copied().filter(|night| held.contains_key(&(*night, kind.id))).collect();
        for night in &of_block {
            if held.get(&(*night, kind.id)).is_some_and(|held| held.left() == 0) {
                return Err(RuleError::new(
                    Rule::NoInventory,
                    "room_type",
                    Message::BlockUsedUp { night: *night },
                )
                .into());
            }
        }
        let mut prices = Vec::new();
        for night in &of_block {
            if let Some(held) = held.get_mut(&(*night, kind.id)) {
                held.picked_up += 1;
                prices.extend(held.price);
            }
        }
        Ok(Taken {
            is_whole: of_block.len() == dates.len(),
            prices: Some(prices).filter(|prices| prices.len() == dates.len()),
            nights: of_block,
            kind: kind.id,
        })
    }

    fn booking(&self, row: &RoomingRow, plan: &str, prices: Option<Vec<i64>>) -> Book {
        Book {
            property: self.property.clone(),
            guest: row.guest.clone(),
            rooms: vec![RoomRequest {
                room_type: row.room_type.clone(),
                rate_plan: plan.to_owned(),
                arrival: row.arrival,
                departure: row.departure,
                adults: row.adults,
                children: row.children,
                prices,
                room: None,
                child_ages: Vec::new(),
                extra_beds: 0,
                usage: Usage::Sold,
                features: Vec::new(),
                arrival_minute: None,
            }],
            channel: "group".into(),
            segment: None,
            guarantee: Guarantee::Company,
            group: Some(self.group.clone()),
            contract: None,
            promotion_code: None,
            company: self.input.company.clone(),
            numbers: Vec::new(),
            deposits: Vec::new(),
            walk_in: false,
            state: ReservationState::Reserved,
            oversell: false,
            override_restrictions: false,
            accept_blacklisted: false,
            reason: None,
        }
    }
}

#[async_trait]
impl Command for PickUp {
    const ACTION: Action = Action::BlockPickUp;
    type Out = RoomingListResult;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<RoomingListResult> {
        if !(1..=MOST_ROWS).contains(&self.input.rows.len()) {
            return Err(AppError::invalid("rows", Message::ItemCount { from: 1, to: MOST_ROWS }));
        }
        let property = u.property(&self.property).await?;
        let group = find_group(u.tx, &self.group).await?;
        let block = lock(u, &property, group.id).await?;
        if block.released_on.is_some() {
            return Err(RuleError::new(Rule::WrongState, (), Message::BlockReleased).into());
        }
        let plans = query::property::rate_plans(u.tx, property.id).await?;
        let plan = plans.into_iter().find(|plan| plan.id == block.rate_plan_id);
        let plan = plan.ok_or_else(|| AppError::not_found(Missing::RatePlan, block.rate_plan_id))?.code;
        let known: BTreeMap<_, _> = query::block::nights(u.tx, property.id, block.id, property.business_date)
            .await?
            .into_iter()
            .map(|night| ((night.night, night.room_type_id), night))
            .collect();
        // Everything that can be wrong with a row is found before the first is written.
        let (mut held, mut taken, mut errors) = (known.clone(), Vec::new(), Vec::new());
        for (row, asked) in self.input.rows.iter().enumerate() {
            match self.take(u, &property, asked, &mut held).await {
                Ok(found) => taken.push(found),
                Err(error @ (AppError::Rule(_) | AppError::NotFound { .. })) => {
                    let error = error.under(("rows", row));
                    errors.push(RowError {
                        row,
                        pointer: match error.place() {
                            Place::Body(pointer) => pointer.to_string(),
                            _ => format!("/rows/{row}"),
                        },
                        code: error.code().to_owned(),
                        detail: error.message().text(u.ctx.language),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        if !errors.is_empty() || self.input.preview {
            return Ok(RoomingListResult { written: false, reservations: Vec::new(), errors });
        }
        for (key, night) in held {
            if known.get(&key) != Some(&night) {
                let mut night = night;
                u.tx.update(&mut night).await?;
            }
        }
        let mut reservations = Vec::new();
        for (row, (asked, taken)) in self.input.rows.iter().zip(taken).enumerate() {
            let under = |error: AppError| match error.place() {
                Place::Request => error.at(("rows", row)),
                _ => error.under(("rows", row)),
            };
            // What the block held for it changes hands: nobody can take it between.
            let beyond = is_oversold(u, &property, &taken).await?;
            let changes = taken.nights.iter().map(|night| (taken.kind, *night, -1)).collect();
            count(u, &property, changes, false).await?;
            let booking = self.booking(asked, &plan, taken.prices);
            // Nights that the block holds were agreed with the group, whatever restrictions came since.
            let booked = booking.make(u, &property, (beyond, taken.is_whole)).await.map_err(under)?;
            reservations.push(PickedUp { row, number: booked.number });
        }
        Ok(RoomingListResult { written: true, reservations, errors })
    }
}

/// A row of the rooming list as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoomingListRow {
    /// The visit's number, in groups.
    pub number: String,
    /// The room of the reservation.
    pub line: i64,
    /// Who booked, or for whom it was booked.
    #[schema(value_type = String)]
    pub guest: Personal<Name>,
    /// The company it is for.
    pub company: Option<String>,
    /// Where it stands.
    pub state: ReservationState,
    /// Code of the room type.
    pub room_type: String,
    /// Number of the room that is set aside or lived in.
    pub room: Option<String>,
    /// Whether somebody has moved in.
    pub arrived: bool,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// Adults.
    pub adults: i64,
    /// Children.
    pub children: i64,
}

/// The rooming list of a group in a property: its rooms that are not called off, by arrival.
#[derive(Debug, Clone)]
pub struct ShowRoomingList {
    /// The property's code.
    pub property: String,
    /// The group's code.
    pub group: String,
}

#[async_trait]
impl Query for ShowRoomingList {
    const ACTION: Action = Action::GroupRoomingList;
    type Out = Vec<RoomingListRow>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<RoomingListRow>> {
        let (masks, vault) = (r.masks(), r.vault());
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let group = find_group(c, &self.group).await?;
        let mut reservations: BTreeMap<_, _> = query::visit::group_visits(c, group.id)
            .await?
            .into_iter()
            .filter(|reservation| reservation.property_id == property.id)
            .map(|reservation| (reservation.id, reservation))
            .collect();
        reservations.retain(|_, reservation| {
            !matches!(reservation.state, ReservationState::Cancelled | ReservationState::NoShow)
        });
        let mut rooms = query::visit::group_rooms(c, group.id).await?;
        rooms.retain(|room| room.is_alive() && reservations.contains_key(&room.visit_id));
        rooms.sort_by_key(|room| (room.arrival, room.visit_id, room.line));
        let guests: BTreeSet<_> = reservations.values().map(|reservation| reservation.guest_id).collect();
        let guests: Vec<_> = guests.into_iter().collect();
        let mut names_of = BTreeMap::new();
        for guest in guests {
            if let Some(found) = query::guest::find(c, &vault, guest).await? {
                names_of.insert(guest, found.profile.full_name);
            }
        }
        let names = Names::of(&property)
            .with_types(c, property.id)
            .await?
            .with_rooms(c, property.id, rooms.iter().filter_map(|room| room.room_id))
            .await?;
        Ok(rooms
            .into_iter()
            .filter_map(|room| {
                let reservation = reservations.get(&room.visit_id)?;
                let name = names_of.get(&reservation.guest_id).cloned();
                Some(RoomingListRow {
                    number: grouped(&reservation.number),
                    line: room.line,
                    guest: Personal::of_some(masks, name).unwrap_or_default(),
                    company: reservation.company.clone(),
                    state: room.state,
                    room_type: names.room_type(room.room_type_id),
                    room: room.room_id.and_then(|id| names.room(id)),
                    arrived: room.stay_id.is_some(),
                    arrival: room.arrival,
                    departure: room.departure,
                    adults: room.adults,
                    children: room.children,
                })
            })
            .collect())
    }
}
