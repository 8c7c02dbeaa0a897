//! Things that were found, and faults that are mended. What people write about either may name somebody, so it is sealed under the property's
//! data key.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{
    Action, Masks, Personal, Resource,
    class::{Contact, FreeText},
};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    card::looks_like_card_number,
    event::HousekeepingEvent,
    ids::{FoundItemId, MaintenanceId, RoomId},
    message::Missing,
    property::{Property, Room},
    upkeep::{FoundDetails, FoundItem, FoundState, MaintenanceOrder, MaintenanceState},
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Vault, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    housekeeping::{BackInOrderInput, put_back_in_order, put_out_of_order},
    property::{find_property, room_by_id, room_by_number},
};

/// The longest text, characters.
const LONGEST: usize = 500;

fn check_text(at: &'static str, text: &str) -> Result<()> {
    if !(1..=LONGEST).contains(&text.trim().chars().count()) {
        return Err(AppError::invalid(at, Message::Length { from: 1, to: LONGEST }));
    }
    if looks_like_card_number(text) {
        return Err(AppError::invalid(at, Message::CardNumber));
    }
    Ok(())
}

async fn number_of(c: &mut Conn, property: &Property, room: Option<RoomId>) -> Result<Option<String>> {
    match room {
        Some(room) => Ok(Some(room_by_id(c, property.id, room).await?.number)),
        None => Ok(None),
    }
}

async fn room_of(u: &mut Unit<'_>, property: &Property, number: Option<&str>) -> Result<Option<Room>> {
    match number {
        Some(number) => {
            let room = room_by_number(u.tx, property.id, number).await;
            room.map(Some).map_err(|error| error.at("room"))
        }
        None => Ok(None),
    }
}

/// Something that was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundInput {
    /// What it is.
    pub item: String,
    /// The number of the room it was found in, if it was in one.
    #[serde(default)]
    pub room: Option<String>,
    /// Where it was found.
    #[serde(default)]
    pub place: Option<String>,
    /// Who found it.
    #[serde(default)]
    pub finder: Option<String>,
    /// Whose it is, if that is known, and how to reach them.
    #[serde(default)]
    pub owner: Option<String>,
    /// When it was found. Default: the business date.
    #[serde(default)]
    pub found_on: Option<NaiveDate>,
}

/// Something that was found, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundView {
    /// Identifier: calls name it by this.
    pub id: FoundItemId,
    /// What it is.
    #[schema(value_type = String)]
    pub item: Personal<FreeText>,
    /// The number of the room it was found in.
    pub room: Option<String>,
    /// Where it was found.
    #[schema(value_type = Option<String>)]
    pub place: Option<Personal<FreeText>>,
    /// Who found it.
    #[schema(value_type = Option<String>)]
    pub finder: Option<Personal<FreeText>>,
    /// Whose it is and how to reach them, or `***`.
    #[schema(value_type = Option<String>)]
    pub owner: Option<Personal<Contact>>,
    /// When it was found.
    pub found_on: NaiveDate,
    /// What became of it.
    pub state: FoundState,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Version of the record.
    pub version: i64,
}

impl FoundView {
    async fn of(
        c: &mut Conn,
        (vault, masks): (&Vault, Masks),
        property: &Property,
        found: FoundItem,
    ) -> Result<Self> {
        let details = query::upkeep::found_details(c, vault, &found).await?;
        Ok(Self {
            id: found.id,
            item: Personal::of(masks, details.item).unwrap_or_default(),
            room: number_of(c, property, found.room_id).await?,
            place: Personal::of_some(masks, details.place),
            finder: Personal::of_some(masks, details.finder),
            owner: Personal::of_some(masks, details.owner),
            found_on: found.found_on,
            state: found.state,
            recorded_by: found.recorded_by,
            recorded_at: found.recorded_at,
            version: found.version,
        })
    }
}

/// Records something that was found.
#[derive(Debug, Clone)]
pub struct RecordFound {
    /// The property's code.
    pub property: String,
    /// The thing.
    pub input: FoundInput,
}

#[async_trait]
impl Command for RecordFound {
    const ACTION: Action = Action::FoundAdd;
    type Out = FoundView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FoundView> {
        let FoundInput { item, room, place, finder, owner, found_on } = self.input.clone();
        check_text("item", &item)?;
        for (at, text) in [("place", &place), ("finder", &finder), ("owner", &owner)] {
            text.as_deref().map_or(Ok(()), |text| check_text(at, text))?;
        }
        let property = u.property(&self.property).await?;
        let found_on = found_on.unwrap_or(property.business_date);
        if found_on > property.business_date {
            let message = Message::AfterBusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, "found_on", message).into());
        }
        let room = room_of(u, &property, room.as_deref()).await?;
        let details = FoundDetails { item, place, finder, owner };
        let mut found = FoundItem {
            property_id: property.id,
            id: u.id(),
            found_on,
            room_id: room.map(|room| room.id),
            state: FoundState::Kept,
            details: Vec::new(),
            recorded_by: u.ctx.principal.to_string(),
            recorded_at: u.now,
            version: 1,
        };
        query::upkeep::seal_found(u.tx, &mut found, &details).await?;
        u.tx.insert(&found).await?;
        let about = About::Property(property.id, "found_item", found.id.uuid());
        u.record(about, HousekeepingEvent::Found { item_id: found.id, details }).await?;
        let (vault, masks) = (u.tx.vault().clone(), u.masks());
        FoundView::of(u.tx, (&vault, masks), &property, found).await
    }
}

/// What became of something that was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundChange {
    /// What became of it; it can be kept again.
    pub state: FoundState,
    /// Whose it is, or who has it now. Default: as it is.
    #[serde(default)]
    pub owner: Option<String>,
}

/// Says what became of something that was found.
#[derive(Debug, Clone)]
pub struct ChangeFound {
    /// The property's code.
    pub property: String,
    /// The thing.
    pub id: FoundItemId,
    /// What became of it.
    pub input: FoundChange,
}

#[async_trait]
impl Command for ChangeFound {
    const ACTION: Action = Action::FoundChange;
    type Out = FoundView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FoundView> {
        self.input.owner.as_deref().map_or(Ok(()), |owner| check_text("owner", owner))?;
        let property = u.property(&self.property).await?;
        let found = query::upkeep::found_item(u.tx, property.id, self.id).await?;
        let mut found = found.ok_or_else(|| AppError::not_found(Missing::FoundItem, self.id))?;
        let vault = u.tx.vault().clone();
        let mut details = query::upkeep::found_details(u.tx, &vault, &found).await?;
        details.owner = self.input.owner.clone().or(details.owner);
        found.state = self.input.state;
        query::upkeep::seal_found(u.tx, &mut found, &details).await?;
        u.tx.update(&mut found).await?;
        let about = About::Property(property.id, "found_item", found.id.uuid());
        let event = HousekeepingEvent::FoundState { item_id: found.id, state: found.state, details };
        u.record(about, event).await?;
        let masks = u.masks();
        FoundView::of(u.tx, (&vault, masks), &property, found).await
    }
}

/// Things that were found, the latest first.
#[derive(Debug, Clone)]
pub struct ListFound {
    /// Code of the property.
    pub property: String,
    /// Also those that are not kept any more.
    pub all: bool,
    /// Only those before this one.
    pub before: Option<FoundItemId>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListFound {
    const ACTION: Action = Action::FoundList;
    type Out = (Vec<FoundView>, Option<FoundItemId>);

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (vault, masks) = (r.vault(), r.masks());
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let before = self.before.unwrap_or_else(|| FoundItemId::from_uuid(Uuid::max()));
        let found = query::upkeep::found(c, property.id, before, self.all, self.limit).await?;
        let is_full = i64::try_from(found.len()).is_ok_and(|n| n == self.limit);
        let next = found.last().filter(|_| is_full).map(|last| last.id);
        let mut shown = Vec::with_capacity(found.len());
        for found in found {
            shown.push(FoundView::of(c, (&vault, masks), &property, found).await?);
        }
        Ok((shown, next))
    }
}

/// A fault to be mended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultInput {
    /// What is wrong.
    pub fault: String,
    /// The number of the room, if it is in one.
    #[serde(default)]
    pub room: Option<String>,
    /// Whether it cannot wait.
    #[serde(default)]
    pub urgent: bool,
    /// Takes the room out of order until it is mended: needs the right to do so.
    #[serde(default)]
    pub out_of_order: Option<BackInOrderInput>,
}

/// A fault, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FaultView {
    /// Identifier: calls name it by this.
    pub id: MaintenanceId,
    /// What is wrong.
    #[schema(value_type = String)]
    pub fault: Personal<FreeText>,
    /// The number of the room.
    pub room: Option<String>,
    /// Where it stands.
    pub state: MaintenanceState,
    /// Whether it cannot wait.
    pub urgent: bool,
    /// From which date the room is out of order for it.
    pub closed_from: Option<NaiveDate>,
    /// The date it can be let again.
    pub closed_until: Option<NaiveDate>,
    /// Who reported it.
    pub reported_by: String,
    /// When.
    pub reported_at: DateTime<Utc>,
    /// When it was mended or given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

impl FaultView {
    async fn of(
        c: &mut Conn,
        (vault, masks): (&Vault, Masks),
        property: &Property,
        order: MaintenanceOrder,
    ) -> Result<Self> {
        let fault = query::upkeep::fault(c, vault, &order).await?;
        Ok(Self {
            id: order.id,
            fault: Personal::of_some(masks, fault).unwrap_or_default(),
            room: number_of(c, property, order.room_id).await?,
            state: order.state,
            urgent: order.urgent,
            closed_from: order.closed_from,
            closed_until: order.closed_until,
            reported_by: order.reported_by,
            reported_at: order.reported_at,
            ended_at: order.ended_at,
            version: order.version,
        })
    }
}

/// Reports a fault. With dates the room is taken out of order, as by itself.
#[derive(Debug, Clone)]
pub struct ReportFault {
    /// The property's code.
    pub property: String,
    /// The fault.
    pub input: FaultInput,
}

#[async_trait]
impl Command for ReportFault {
    const ACTION: Action = Action::MaintenanceReport;
    type Out = FaultView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FaultView> {
        check_text("fault", &self.input.fault)?;
        let property = u.property(&self.property).await?;
        let room = room_of(u, &property, self.input.room.as_deref()).await?;
        if let Some(BackInOrderInput { from, until }) = self.input.out_of_order.clone() {
            u.also(Action::RoomOutOfOrder, &property.code)?;
            let Some(room) = room.clone() else {
                return Err(AppError::invalid("room", Message::MissingField));
            };
            let closed = put_out_of_order(u, &property, room, (from, until)).await;
            closed.map_err(|error| error.under("out_of_order"))?;
        }
        let closed = self.input.out_of_order.as_ref();
        let mut order = MaintenanceOrder {
            property_id: property.id,
            id: u.id(),
            room_id: room.map(|room| room.id),
            state: MaintenanceState::Open,
            urgent: self.input.urgent,
            fault: Vec::new(),
            closed_from: closed.map(|closed| closed.from),
            closed_until: closed.map(|closed| closed.until),
            reported_by: u.ctx.principal.to_string(),
            reported_at: u.now,
            ended_at: None,
            version: 1,
        };
        query::upkeep::seal_fault(u.tx, &mut order, &self.input.fault).await?;
        u.tx.insert(&order).await?;
        let about = About::Property(property.id, "maintenance", order.id.uuid());
        let (fault, urgent) = (self.input.fault.clone(), order.urgent);
        u.record(about, HousekeepingEvent::Report { order_id: order.id, fault, urgent }).await?;
        let (vault, masks) = (u.tx.vault().clone(), u.masks());
        FaultView::of(u.tx, (&vault, masks), &property, order).await
    }
}

/// What became of a fault.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultChange {
    /// Where it stands; it can be opened again.
    pub state: MaintenanceState,
}

/// Says what became of a fault. A room that is out of order for it is put back in order from the business date on.
#[derive(Debug, Clone)]
pub struct EndFault {
    /// The property's code.
    pub property: String,
    /// The fault.
    pub id: MaintenanceId,
    /// What became of it.
    pub input: FaultChange,
}

#[async_trait]
impl Command for EndFault {
    const ACTION: Action = Action::MaintenanceEnd;
    type Out = FaultView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FaultView> {
        let property = u.property(&self.property).await?;
        let order = query::upkeep::order(u.tx, property.id, self.id).await?;
        let mut order = order.ok_or_else(|| AppError::not_found(Missing::Fault, self.id))?;
        let state = self.input.state;
        if (order.state == MaintenanceState::Open) == (state == MaintenanceState::Open) {
            let message = Message::FaultIs { state: order.state };
            return Err(RuleError::new(Rule::WrongState, "state", message).into());
        }
        let today = property.business_date;
        let closed = order.closed_from.zip(order.closed_until).filter(|(_, until)| *until > today);
        if let (Some((from, until)), Some(room)) = (closed, order.room_id)
            && state != MaintenanceState::Open
        {
            let room = room_by_id(u.tx, property.id, room).await?;
            match put_back_in_order(u, &property, room, (from.max(today), until)).await {
                // Somebody has put it back already.
                Err(AppError::Rule(rule)) if rule.rule == Rule::WrongState => {}
                done => drop(done?),
            }
        }
        if state != MaintenanceState::Open {
            (order.closed_from, order.closed_until) = (None, None);
        }
        order.state = state;
        order.ended_at = Some(u.now).filter(|_| state != MaintenanceState::Open);
        u.tx.update(&mut order).await?;
        let about = About::Property(property.id, "maintenance", order.id.uuid());
        u.record(about, HousekeepingEvent::EndMaintenance { order_id: order.id, state }).await?;
        let (vault, masks) = (u.tx.vault().clone(), u.masks());
        FaultView::of(u.tx, (&vault, masks), &property, order).await
    }
}

/// Faults that are to be mended, the oldest first.
#[derive(Debug, Clone)]
pub struct ListFaults {
    /// Code of the property.
    pub property: String,
    /// Only those after this one.
    pub after: Option<MaintenanceId>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListFaults {
    const ACTION: Action = Action::MaintenanceList;
    type Out = (Vec<FaultView>, Option<MaintenanceId>);

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (vault, masks) = (r.vault(), r.masks());
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let after = self.after.unwrap_or(MaintenanceId::NIL);
        let orders = query::upkeep::orders(c, property.id, after, self.limit).await?;
        let is_full = i64::try_from(orders.len()).is_ok_and(|n| n == self.limit);
        let next = orders.last().filter(|_| is_full).map(|last| last.id);
        let mut shown = Vec::with_capacity(orders.len());
        for order in orders {
            shown.push(FaultView::of(c, (&vault, masks), &property, order).await?);
        }
        Ok((shown, next))
    }
}
