//! Room keys 【房卡】: made, extended and cancelled by the lock system of the property, and the log of what it was told.
//!
//! The desk never waits for a lock system. What it is to do is written with the change that leads to it, and told by a job, which tries again
//! until the lock system answers: a check-out succeeds although it is down. What concerns one key is told in the order in which it was wanted.

use async_trait::async_trait;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, App, AppError, Context, Query, Reader, Result, Service, Unit, job::Work};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, HousekeepingEvent, StayEvent},
    ids::{KeyOrderId, PropertyId, RoomId, RoomKeyId, StayId},
    lock::{KeyOrder, KeyOrderKind, KeyOrderState, KeyState, RoomKey},
    message::Missing,
    property::RateKind,
    stay::{Stay, StayState},
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Store, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    property::{find_property, moment, property_by_id, room_by_id},
    view::names::VisitNames,
    visit::{Visit, VisitAction, grouped, load, locate},
};

/// The most keys that are made at once.
const MOST_KEYS: i64 = 8;

/// How long a lock system that did not answer in time is left alone: others wait behind it meanwhile.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// What a lock system is told. It holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockOrder {
    /// Sent again, it is the same order: done once.
    pub id: KeyOrderId,
    /// The key, by the name that it was made under.
    pub key: RoomKeyId,
    /// What to do.
    pub kind: KeyOrderKind,
    /// The number on the door.
    pub room: String,
    /// Until when the key opens it.
    pub valid_until: DateTime<Utc>,
}

/// What a lock system answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockAnswer {
    /// It was done.
    Done,
    /// It was not, and will not be however often it is asked.
    Refused {
        /// Why: its code.
        code: String,
    },
}

/// A lock system gave no answer; it is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockFault {
    /// It cannot be reached, or said something that is no answer.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
}

/// A lock system: what door-lock makers' systems are attached by.
pub trait LockSystem: Send + Sync {
    /// Carries out an order. The same order may come several times, and is then carried out once.
    fn carry_out<'a>(
        &'a self,
        order: &'a LockOrder,
    ) -> BoxFuture<'a, std::result::Result<LockAnswer, LockFault>>;
}

/// The lock systems of the properties, by their codes.
#[derive(Clone, Default)]
pub struct Locks {
    systems: BTreeMap<String, Arc<dyn LockSystem>>,
    silent: Arc<Mutex<HashMap<String, Instant>>>,
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.systems.keys()).finish()
    }
}

impl Service for Locks {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl Locks {
    /// The same with the lock system of a property.
    #[must_use]
    pub fn with(mut self, property: impl Into<String>, system: Arc<dyn LockSystem>) -> Self {
        self.systems.insert(property.into(), system);
        self
    }

    /// Whether a property has one.
    pub fn has(&self, property: &str) -> bool {
        self.systems.contains_key(property)
    }

    /// Tells the lock system of a property. One that did not answer in time is not asked again for a while.
    async fn tell(&self, property: &str, order: &LockOrder) -> std::result::Result<LockAnswer, LockFault> {
        let Some(system) = self.systems.get(property) else { return Err(LockFault::Unreachable) };
        let silent = || self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if silent().get(property).is_some_and(|since| since.elapsed() < LEFT_ALONE) {
            return Err(LockFault::TimedOut);
        }
        let answer = system.carry_out(order).await;
        match answer {
            Err(LockFault::TimedOut) => silent().insert(property.to_owned(), Instant::now()),
            _ => silent().remove(property),
        };
        answer
    }
}

const fn first() -> i64 {
    1
}

/// Makes keys for a room that is lived in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueKeys {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Whose of several that share the room. Default: those of the stay that holds it.
    #[serde(default)]
    pub stay: Option<StayId>,
    /// How many.
    #[serde(default = "first")]
    pub count: i64,
}

#[async_trait]
impl VisitAction for IssueKeys {
    const ACTION: Action = Action::KeyIssue;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if !(1..=MOST_KEYS).contains(&self.count) {
            return Err(AppError::invalid("count", Message::Between { from: 1, to: MOST_KEYS }));
        }
        if !u.service::<Locks>().has(&visit.property.code) {
            return Err(RuleError::new(Rule::NoLockSystem, (), Message::NoLockSystem).into());
        }
        let stay = visit.one_in_house(self.line, self.stay)?;
        let due = due(visit, &stay)?;
        let valid_until = valid_until(u, visit, &stay)?;
        let mut keys = Vec::new();
        for _ in 0..self.count {
            let key = RoomKey {
                property_id: visit.property.id,
                visit_id: visit.reservation.id,
                id: u.id(),
                line: stay.line,
                stay_id: stay.id,
                room_id: stay.room_id,
                state: KeyState::Live,
                due,
                valid_until,
                version: 1,
            };
            u.tx.insert(&key).await?;
            order(u, &key, KeyOrderKind::Issue).await?;
            keys.push(key.id);
        }
        let (line, stay_id, room_id) = (stay.line, stay.id, stay.room_id);
        Ok(StayEvent::IssueKeys { line, stay_id, room_id, keys, valid_until }.into())
    }
}

/// Lets a key open nothing any more: one that was lost.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelKey {
    /// The key.
    pub key_id: RoomKeyId,
}

#[async_trait]
impl VisitAction for CancelKey {
    const ACTION: Action = Action::KeyCancel;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let found = query::lock::key(u.tx, visit.property.id, visit.reservation.id, self.key_id).await?;
        let missing = || AppError::not_found(Missing::RoomKey, self.key_id).at("key_id");
        let mut key = found.ok_or_else(missing)?;
        if key.state != KeyState::Live {
            return Err(RuleError::new(Rule::WrongState, "key_id", Message::KeyNotLive).into());
        }
        cancel(u, &mut key).await?;
        Ok(StayEvent::CancelKey { key_id: key.id }.into())
    }
}

/// When check-out of a stay is due: on its departure, later where that was agreed, or when the hours that were booked are over.
fn due(visit: &Visit, stay: &Stay) -> Result<DateTime<Utc>> {
    let room = visit.rooms.iter().find(|room| room.line == stay.line);
    let terms = room.map(|room| &room.terms).filter(|terms| terms.kind == RateKind::PartDay);
    match terms.and_then(|terms| terms.hours) {
        Some(hours) => Ok(stay.checked_in_at + TimeDelta::hours(hours)),
        None => due_on(visit, stay, stay.departure),
    }
}

/// When check-out of a stay would be due on `date`, by the property's clock.
fn due_on(visit: &Visit, stay: &Stay, date: NaiveDate) -> Result<DateTime<Utc>> {
    let room = visit.rooms.iter().find(|room| room.line == stay.line);
    let agreed = room.and_then(|room| room.wishes.departure_minute).filter(|_| date == stay.departure);
    moment(&visit.property, date, agreed.unwrap_or(visit.property.check_out_minute))
}

/// Until when a key for a stay opens the door: until check-out is due; for who is here beyond that, until it would be due next.
fn valid_until(u: &Unit<'_>, visit: &Visit, stay: &Stay) -> Result<DateTime<Utc>> {
    let due = due(visit, stay)?;
    let mut date = stay.departure.max(visit.property.business_date);
    if due > u.now && date == stay.departure {
        return Ok(due);
    }
    loop {
        let next = due_on(visit, stay, date)?;
        match date.succ_opt() {
            Some(later) if next <= u.now => date = later,
            _ => return Ok(next),
        }
    }
}

/// Writes down what the lock system is to do with a key; it is told once the unit is committed.
async fn order(u: &mut Unit<'_>, key: &RoomKey, kind: KeyOrderKind) -> Result<()> {
    let order = KeyOrder {
        property_id: key.property_id,
        id: u.id(),
        visit_id: key.visit_id,
        key_id: key.id,
        kind,
        state: KeyOrderState::Waiting,
        room_id: key.room_id,
        valid_until: key.valid_until,
        ordered_by: u.ctx.principal.to_string(),
        ordered_at: u.now,
        answered_at: None,
        answer: None,
        version: 1,
    };
    u.tx.insert(&order).await?;
    u.enqueue(&TellLock { property: key.property_id, key: key.id, heard: None });
    Ok(())
}

async fn cancel(u: &mut Unit<'_>, key: &mut RoomKey) -> Result<()> {
    key.state = KeyState::Cancelled;
    u.tx.update(key).await?;
    order(u, key, KeyOrderKind::Cancel).await
}

/// Lets the keys of a visit follow its stays, in the unit that changed them: those of who left or moved are cancelled, those of who leaves on
/// another date are good until then.
///
/// # Errors
/// The database fails.
pub async fn follow(u: &mut Unit<'_>, visit: &Visit) -> Result<()> {
    let (property, id) = (visit.property.id, visit.reservation.id);
    let mut keys = query::lock::keys(u.tx, property, id).await?;
    keys.retain(|key| key.state == KeyState::Live);
    if keys.is_empty() {
        return Ok(());
    }
    let stays = query::visit::stays(u.tx, property, id).await?;
    for mut key in keys {
        let is_of = |stay: &&Stay| {
            stay.id == key.stay_id && stay.state == StayState::InHouse && stay.room_id == key.room_id
        };
        let Some(stay) = stays.iter().find(is_of) else {
            cancel(u, &mut key).await?;
            continue;
        };
        let due = due(visit, stay)?;
        if due != key.due {
            (key.due, key.valid_until) = (due, valid_until(u, visit, stay)?);
            u.tx.update(&mut key).await?;
            order(u, &key, KeyOrderKind::Extend).await?;
        }
    }
    Ok(())
}

/// What the lock system of a property is to be told next of a key.
struct NextOrder {
    property: PropertyId,
    key: RoomKeyId,
}

#[async_trait]
impl Query for NextOrder {
    const ACTION: Action = Action::KeyTell;
    type Out = Option<(String, LockOrder)>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let waiting = query::lock::waiting(c, self.property, self.key, 1).await?;
        let Some(order) = waiting.into_iter().next() else { return Ok(None) };
        let property = property_by_id(c, self.property).await?;
        let room = room_by_id(c, self.property, order.room_id).await?.number;
        let KeyOrder { id, key_id, kind, valid_until, .. } = order;
        Ok(Some((property.code, LockOrder { id, key: key_id, kind, room, valid_until })))
    }
}

/// The job that tells the lock system what it was not told yet of a key, one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TellLock {
    /// The property.
    pub property: PropertyId,
    /// The key.
    pub key: RoomKeyId,
    /// What was told, and what the lock system answered.
    #[serde(skip)]
    pub heard: Option<(KeyOrderId, LockAnswer)>,
}

#[async_trait]
impl Work for TellLock {
    const KIND: &'static str = "key.tell";

    fn dedupe(&self) -> Option<String> {
        Some(self.key.to_string())
    }

    async fn outside(&mut self, app: &App) -> Result<()> {
        let next = NextOrder { property: self.property, key: self.key };
        let Some((property, order)) = app.ask(&Context::job(Self::KIND), next).await? else {
            return Ok(());
        };
        let down = |_| RuleError::new(Rule::LockSystemDown, (), Message::LockSystemDown);
        let answer = app.service::<Locks>().tell(&property, &order).await.map_err(down)?;
        self.heard = Some((order.id, answer));
        Ok(())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let Some((id, answer)) = self.heard.clone() else { return Ok(()) };
        let found = query::lock::order(u.tx, self.property, id).await?;
        let Some(mut order) = found.filter(|order| order.state == KeyOrderState::Waiting) else {
            return Ok(());
        };
        (order.state, order.answer) = match answer {
            LockAnswer::Done => (KeyOrderState::Done, None),
            LockAnswer::Refused { code } => (KeyOrderState::Refused, Some(code)),
        };
        order.answered_at = Some(u.now);
        u.tx.update(&mut order).await?;
        if (order.kind, order.state) == (KeyOrderKind::Issue, KeyOrderState::Refused) {
            let key = query::lock::key(u.tx, self.property, order.visit_id, order.key_id).await?;
            if let Some(mut key) = key.filter(|key| key.state == KeyState::Live) {
                key.state = KeyState::Refused;
                u.tx.update(&mut key).await?;
            }
        }
        let event = HousekeepingEvent::TellLock {
            key_id: order.key_id,
            order_id: order.id,
            kind: order.kind,
            state: order.state,
            answer: order.answer.clone(),
        };
        u.record(About::Property(self.property, "key_order", order.id.uuid()), event).await?;
        if !query::lock::waiting(u.tx, self.property, self.key, 1).await?.is_empty() {
            u.enqueue(self);
        }
        Ok(())
    }
}

/// What the lock system was told, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyOrderView {
    /// Identifier.
    pub id: KeyOrderId,
    /// The key.
    pub key_id: RoomKeyId,
    /// The visit's number, in groups.
    pub number: String,
    /// What it was told to do.
    pub kind: KeyOrderKind,
    /// What came of it.
    pub state: KeyOrderState,
    /// The number on the door.
    pub room: String,
    /// Until when the key opens it.
    pub valid_until: DateTime<Utc>,
    /// Who wanted it.
    pub ordered_by: String,
    /// When.
    pub ordered_at: DateTime<Utc>,
    /// When the lock system answered; none: it has not yet, and is told again.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it refused: its code.
    pub answer: Option<String>,
}

/// A key, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyView {
    /// Identifier.
    pub id: RoomKeyId,
    /// Which room of the reservation.
    pub line: i64,
    /// Whose it is.
    pub stay_id: StayId,
    /// The number on the door.
    pub room: String,
    /// Whether it is to open it.
    pub state: KeyState,
    /// Until when.
    pub valid_until: DateTime<Utc>,
    /// What the lock system was told of it, in order of time.
    pub log: Vec<KeyOrderView>,
}

/// The numbers of rooms.
#[derive(Default)]
struct Doors(HashMap<RoomId, String>);

impl Doors {
    async fn number(&mut self, c: &mut Conn, property: PropertyId, room: RoomId) -> Result<String> {
        if let Some(known) = self.0.get(&room) {
            return Ok(known.clone());
        }
        let number = room_by_id(c, property, room).await?.number;
        self.0.insert(room, number.clone());
        Ok(number)
    }

    async fn shown(&mut self, c: &mut Conn, number: String, order: KeyOrder) -> Result<KeyOrderView> {
        Ok(KeyOrderView {
            id: order.id,
            key_id: order.key_id,
            number,
            kind: order.kind,
            state: order.state,
            room: self.number(c, order.property_id, order.room_id).await?,
            valid_until: order.valid_until,
            ordered_by: order.ordered_by,
            ordered_at: order.ordered_at,
            answered_at: order.answered_at,
            answer: order.answer,
        })
    }
}

/// The keys of a visit, and what the lock system was told of them.
#[derive(Debug, Clone)]
pub struct ListKeys {
    /// Any of the visit's numbers.
    pub number: String,
}

#[async_trait]
impl Query for ListKeys {
    const ACTION: Action = Action::KeyList;
    type Out = Vec<KeyView>;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let (property, id) = locate(c, &self.number, None).await?;
        let visit = load(c, property, id).await?;
        r.within(&visit.property.code)?;
        let c = r.snapshot().await?;
        let number = grouped(&visit.reservation.number);
        let mut doors = Doors::default();
        let mut keys = Vec::new();
        for key in query::lock::keys(c, property, id).await? {
            keys.push(KeyView {
                id: key.id,
                line: key.line,
                stay_id: key.stay_id,
                room: doors.number(c, property, key.room_id).await?,
                state: key.state,
                valid_until: key.valid_until,
                log: Vec::new(),
            });
        }
        for order in query::lock::orders(c, property, id).await? {
            let shown = doors.shown(c, number.clone(), order).await?;
            if let Some(key) = keys.iter_mut().find(|key| key.id == shown.key_id) {
                key.log.push(shown);
            }
        }
        Ok(keys)
    }
}

/// What the lock system of a property was told, the latest first.
#[derive(Debug, Clone)]
pub struct ShowKeyLog {
    /// Code of the property.
    pub property: String,
    /// Only what came before this one: the last of the previous page.
    pub before: Option<KeyOrderId>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ShowKeyLog {
    const ACTION: Action = Action::KeyLog;
    type Out = (Vec<KeyOrderView>, Option<KeyOrderId>);

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let before = self.before.unwrap_or_else(|| KeyOrderId::from_uuid(Uuid::max()));
        let mut orders = query::lock::log(c, property.id, before, self.limit + 1).await?;
        let is_more = orders.len() as i64 > self.limit;
        orders.truncate(usize::try_from(self.limit).unwrap_or_default());
        let next = orders.last().map(|order| order.id).filter(|_| is_more);
        let names = VisitNames::of(c, orders.iter().map(|order| (property.id, order.visit_id))).await?;
        let mut doors = Doors::default();
        let mut shown = Vec::with_capacity(orders.len());
        for order in orders {
            let number = grouped(&names.number(order.visit_id).unwrap_or_default());
            shown.push(doors.shown(c, number, order).await?);
        }
        Ok((shown, next))
    }
}
