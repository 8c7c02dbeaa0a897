//! The work in the rooms of a day: made from the state of the rooms, shared out among attendants, changed by hand, and gone through step by
//! step; and what housekeeping sees in a room beside what the desk knows.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::{HousekeepingEvent, housekeeping::PlannedTask},
    ids::RoomId,
    message::Missing,
    property::{Property, Room, RoomState},
    task::{Discrepancy, RoomSeen, RoomTask, TaskKind, TaskState, TaskStep, share_out},
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::property::{check_code, find_property, room_by_number};

/// The most attendants of a day.
const MOST_ATTENDANTS: usize = 200;

/// The most credits of one room.
const MOST_CREDITS: i64 = 1_000;

/// The work in a room, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskView {
    /// The room's number.
    pub room: String,
    /// Floor or wing.
    pub floor: String,
    /// The business date.
    pub date: NaiveDate,
    /// What is to be done.
    pub kind: TaskKind,
    /// Where it stands.
    pub state: TaskState,
    /// How much work it is: about as many minutes.
    pub credits: i64,
    /// Code of who does it; none: nobody yet.
    pub attendant: Option<String>,
    /// Its place in the order of the attendant's work, from 1.
    pub place: i64,
    /// The state of the room now.
    pub room_state: RoomState,
    /// When somebody began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub finished_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

impl TaskView {
    fn of(task: RoomTask, room: &Room) -> Self {
        let RoomTask {
            property_id: _,
            date,
            room_id: _,
            kind,
            state,
            credits,
            attendant,
            place,
            started_at,
            finished_at,
            version,
        } = task;
        Self {
            room: room.number.clone(),
            floor: room.floor.clone(),
            date,
            kind,
            state,
            credits,
            attendant,
            place,
            room_state: room.state,
            started_at,
            finished_at,
            version,
        }
    }
}

/// The work of a day, attendant by attendant in order.
fn in_order(tasks: Vec<RoomTask>, rooms: &HashMap<RoomId, Room>) -> Vec<TaskView> {
    let view = |task: RoomTask| rooms.get(&task.room_id).map(|room| TaskView::of(task, room));
    let mut shown: Vec<TaskView> = tasks.into_iter().filter_map(view).collect();
    shown.sort_by(|a, b| (&a.attendant, a.place, &a.room).cmp(&(&b.attendant, b.place, &b.room)));
    shown
}

async fn rooms_of(c: &mut Conn, property: &Property) -> Result<HashMap<RoomId, Room>> {
    let rooms = query::property::rooms(c, property.id).await?;
    Ok(rooms.into_iter().map(|room| (room.id, room)).collect())
}

/// Who is there to do the work of the business date.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanInput {
    /// Codes of the attendants. Nobody: the work is only listed.
    pub attendants: Vec<String>,
}

/// Makes the work of the business date from the state of the rooms, and shares what nobody has yet out among the attendants, by credits. Work that
/// is there, and whom it was given to, stays: it can be done again whenever rooms have become dirty.
#[derive(Debug, Clone)]
pub struct PlanTasks {
    /// The property's code.
    pub property: String,
    /// Who is there.
    pub input: PlanInput,
}

impl PlanTasks {
    fn attendants(&self) -> Result<Vec<String>> {
        if self.input.attendants.len() > MOST_ATTENDANTS {
            return Err(AppError::invalid("attendants", Message::ItemCount { from: 0, to: MOST_ATTENDANTS }));
        }
        for (i, attendant) in self.input.attendants.iter().enumerate() {
            check_code(("attendants", i), attendant)?;
        }
        let mut attendants = self.input.attendants.clone();
        attendants.sort_unstable();
        attendants.dedup();
        Ok(attendants)
    }
}

#[async_trait]
impl Command for PlanTasks {
    const ACTION: Action = Action::TaskPlan;
    type Out = Vec<TaskView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let attendants = self.attendants()?;
        let property = u.property(&self.property).await?;
        let date = property.business_date;
        let rooms = rooms_of(u.tx, &property).await?;
        let mut leaves: HashMap<RoomId, bool> = HashMap::new();
        for stay in query::visit::in_house(u.tx, property.id).await? {
            *leaves.entry(stay.room_id).or_insert(true) &= stay.departure <= date;
        }
        let mut tasks = query::upkeep::tasks(u.tx, property.id, date).await?;
        let mut new = Vec::new();
        let mut sorted: Vec<&Room> = rooms.values().collect();
        sorted.sort_by_key(|room| (&room.floor, &room.number));
        for room in &sorted {
            let lived_in = leaves.get(&room.id).copied();
            let Some(kind) = TaskKind::of(room.state, lived_in.is_some(), lived_in == Some(true)) else {
                continue;
            };
            if tasks.iter().any(|task| task.room_id == room.id) {
                continue;
            }
            new.push(RoomTask {
                property_id: property.id,
                date,
                room_id: room.id,
                kind,
                state: TaskState::Open,
                credits: kind.credits(),
                attendant: None,
                place: 0,
                started_at: None,
                finished_at: None,
                version: 1,
            });
        }
        let nobodys = |task: &RoomTask| task.attendant.is_none() && task.state == TaskState::Open;
        let mut given: Vec<RoomTask> = Vec::new();
        if !attendants.is_empty() {
            let mut loads = vec![0; attendants.len()];
            let mut last = vec![0; attendants.len()];
            for task in &tasks {
                if let Some(at) = attendants.iter().position(|one| Some(one) == task.attendant.as_ref()) {
                    loads[at] += task.credits;
                    last[at] = last[at].max(task.place);
                }
            }
            let mut waiting: Vec<&mut RoomTask> =
                tasks.iter_mut().chain(&mut new).filter(|task| nobodys(task)).collect();
            // Along the corridors.
            let place = |task: &RoomTask| rooms.get(&task.room_id).map(|room| (&room.floor, &room.number));
            waiting.sort_by(|a, b| place(a).cmp(&place(b)));
            let credits: Vec<i64> = waiting.iter().map(|task| task.credits).collect();
            for (task, to) in waiting.into_iter().zip(share_out(&loads, &credits)) {
                last[to] += 1;
                task.attendant = Some(attendants[to].clone());
                task.place = last[to];
                given.push(task.clone());
            }
        }
        let told = if attendants.is_empty() { &new } else { &given };
        let planned: Vec<PlannedTask> = told
            .iter()
            .map(|task| PlannedTask {
                room_id: task.room_id,
                kind: task.kind,
                attendant: task.attendant.clone(),
            })
            .collect();
        if !planned.is_empty() {
            for task in tasks.iter_mut().filter(|task| given.iter().any(|one| one.room_id == task.room_id)) {
                u.tx.update(task).await?;
            }
            u.tx.insert_all(&new).await?;
            let about = About::Property(property.id, "property", property.id.uuid());
            u.record(about, HousekeepingEvent::PlanTasks { date, tasks: planned }).await?;
        }
        tasks.extend(new);
        Ok(in_order(tasks, &rooms))
    }
}

/// The work of a day.
#[derive(Debug, Clone)]
pub struct ListTasks {
    /// Code of the property.
    pub property: String,
    /// The date; none: the business date.
    pub date: Option<NaiveDate>,
    /// Code of whose work; none: everybody's.
    pub attendant: Option<String>,
}

#[async_trait]
impl Query for ListTasks {
    const ACTION: Action = Action::TaskList;
    type Out = Vec<TaskView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let date = self.date.unwrap_or(property.business_date);
        let mut tasks = query::upkeep::tasks(c, property.id, date).await?;
        if let Some(attendant) = &self.attendant {
            tasks.retain(|task| task.attendant.as_ref() == Some(attendant));
        }
        Ok(in_order(tasks, &rooms_of(c, &property).await?))
    }
}

/// The work in a room today, with its property and its room.
async fn task_of(u: &mut Unit<'_>, property: &str, room: &str) -> Result<(Property, Room, RoomTask)> {
    let property = u.property(property).await?;
    let room = room_by_number(u.tx, property.id, room).await?;
    let task = query::upkeep::task(u.tx, property.id, property.business_date, room.id).await?;
    let task = task.ok_or_else(|| AppError::not_found(Missing::Task, &room.number))?;
    Ok((property, room, task))
}

/// What is changed of the work in a room: what is given of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TaskInput {
    /// Code of who does it; `""`: nobody.
    pub attendant: Option<String>,
    /// How much work it is: about as many minutes.
    pub credits: Option<i64>,
    /// Its place in the order of the attendant's work, from 1.
    pub place: Option<i64>,
}

/// Changes the work in a room on the business date by hand.
#[derive(Debug, Clone)]
pub struct ChangeTask {
    /// The property's code.
    pub property: String,
    /// The room's number.
    pub room: String,
    /// What changes.
    pub input: TaskInput,
}

#[async_trait]
impl Command for ChangeTask {
    const ACTION: Action = Action::TaskChange;
    type Out = TaskView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<TaskView> {
        let (property, room, mut task) = task_of(u, &self.property, &self.room).await?;
        match self.input.attendant.as_deref() {
            None => {}
            Some("") => task.attendant = None,
            Some(attendant) => {
                check_code("attendant", attendant)?;
                task.attendant = Some(attendant.to_owned());
            }
        }
        let limits = [("credits", self.input.credits, MOST_CREDITS), ("place", self.input.place, 10_000)];
        for (at, given, to) in limits {
            if given.is_some_and(|given| !(1..=to).contains(&given)) {
                return Err(AppError::invalid(at, Message::Between { from: 1, to }));
            }
        }
        task.credits = self.input.credits.unwrap_or(task.credits);
        task.place = self.input.place.unwrap_or(task.place);
        u.tx.update(&mut task).await?;
        let event = HousekeepingEvent::ChangeTask {
            date: task.date,
            attendant: task.attendant.clone(),
            credits: task.credits,
            place: task.place,
        };
        u.record(About::Property(property.id, "room", room.id.uuid()), event).await?;
        Ok(TaskView::of(task, &room))
    }
}

/// A step of the work in a room.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepInput {
    /// The step.
    pub step: TaskStep,
}

/// Takes the work in a room a step on; the state of the room follows, unless it is out of order.
#[derive(Debug, Clone)]
pub struct StepTask {
    /// The property's code.
    pub property: String,
    /// The room's number.
    pub room: String,
    /// The step.
    pub input: StepInput,
}

#[async_trait]
impl Command for StepTask {
    const ACTION: Action = Action::TaskStep;
    type Out = TaskView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<TaskView> {
        let (property, mut room, mut task) = task_of(u, &self.property, &self.room).await?;
        let step = self.input.step;
        let Some((state, room_state)) = task.state.after(step) else {
            let message = Message::TaskIs { state: task.state };
            return Err(RuleError::new(Rule::WrongState, "step", message).into());
        };
        task.state = state;
        match step {
            TaskStep::Start => task.started_at = Some(u.now),
            TaskStep::Finish => task.finished_at = Some(u.now),
            TaskStep::Reject | TaskStep::Reopen => (task.started_at, task.finished_at) = (None, None),
            TaskStep::Inspect | TaskStep::Skip => {}
        }
        u.tx.update(&mut task).await?;
        if let Some(state) = room_state.filter(|_| room.state != RoomState::OutOfOrder) {
            room.state = state;
            u.tx.update(&mut room).await?;
        }
        let event = HousekeepingEvent::StepTask { date: task.date, step };
        u.record(About::Property(property.id, "room", room.id.uuid()), event).await?;
        Ok(TaskView::of(task, &room))
    }
}

/// What housekeeping sees in a room.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenInput {
    /// Whether somebody lives in it.
    pub occupied: bool,
    /// How many people, if that can be told.
    #[serde(default)]
    pub people: Option<i64>,
}

/// What was seen in a room, beside what the desk knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeenView {
    /// The room's number.
    pub room: String,
    /// Whether somebody lives in it, as housekeeping saw it.
    pub occupied: bool,
    /// How many people, as housekeeping saw it.
    pub people: Option<i64>,
    /// How many people the desk has in it now.
    pub people_at_desk: i64,
    /// How that differs; none: it agrees.
    pub discrepancy: Option<Discrepancy>,
    /// Who said so.
    pub seen_by: String,
    /// When.
    pub seen_at: DateTime<Utc>,
}

impl SeenView {
    fn of(seen: RoomSeen, room: &Room, people: i64) -> Self {
        Self {
            room: room.number.clone(),
            occupied: seen.occupied,
            people: seen.people,
            people_at_desk: people,
            discrepancy: Discrepancy::of(&seen, people),
            seen_by: seen.seen_by,
            seen_at: seen.seen_at,
        }
    }
}

/// How many people the desk has in each room now.
async fn people_at_desk(c: &mut Conn, property: &Property) -> Result<BTreeMap<RoomId, i64>> {
    let mut people = BTreeMap::new();
    for stay in query::visit::in_house(c, property.id).await? {
        *people.entry(stay.room_id).or_insert(0) += stay.adults + stay.children;
    }
    Ok(people)
}

/// Says what housekeeping sees in a room on the business date, instead of what was said before.
#[derive(Debug, Clone)]
pub struct SeeRoom {
    /// The property's code.
    pub property: String,
    /// The room's number.
    pub room: String,
    /// What is seen.
    pub input: SeenInput,
}

#[async_trait]
impl Command for SeeRoom {
    const ACTION: Action = Action::RoomSeen;
    type Out = SeenView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<SeenView> {
        let SeenInput { occupied, people } = self.input;
        let least = i64::from(occupied);
        if people.is_some_and(|people| !(least..=100).contains(&people) || !occupied && people > 0) {
            let to = if occupied { 100 } else { 0 };
            return Err(AppError::invalid("people", Message::Between { from: least, to }));
        }
        let property = u.property(&self.property).await?;
        let room = room_by_number(u.tx, property.id, &self.room).await?;
        let date = property.business_date;
        let known = query::upkeep::seen(u.tx, property.id, date, room.id).await?;
        let seen = RoomSeen {
            property_id: property.id,
            date,
            room_id: room.id,
            occupied,
            people,
            seen_by: u.ctx.principal.to_string(),
            seen_at: u.now,
            version: known.as_ref().map_or(1, |known| known.version),
        };
        let seen = match known {
            None => {
                u.tx.insert(&seen).await?;
                seen
            }
            Some(_) => {
                let mut seen = seen;
                u.tx.update(&mut seen).await?;
                seen
            }
        };
        let event = HousekeepingEvent::Seen { date, occupied, people };
        u.record(About::Property(property.id, "room", room.id.uuid()), event).await?;
        let at_desk = people_at_desk(u.tx, &property).await?.get(&room.id).copied().unwrap_or(0);
        Ok(SeenView::of(seen, &room, at_desk))
    }
}

/// Where what housekeeping saw on the business date differs from what the desk knows now.
#[derive(Debug, Clone)]
pub struct ListDiscrepancies {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ListDiscrepancies {
    const ACTION: Action = Action::DiscrepancyList;
    type Out = Vec<SeenView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let rooms = rooms_of(c, &property).await?;
        let people = people_at_desk(c, &property).await?;
        let seen = query::upkeep::seen_on(c, property.id, property.business_date).await?;
        let view = |seen: RoomSeen| {
            let at_desk = people.get(&seen.room_id).copied().unwrap_or(0);
            rooms.get(&seen.room_id).map(|room| SeenView::of(seen, room, at_desk))
        };
        let mut shown: Vec<SeenView> =
            seen.into_iter().filter_map(view).filter(|seen| seen.discrepancy.is_some()).collect();
        shown.sort_by(|a, b| a.room.cmp(&b.room));
        Ok(shown)
    }
}

/// A period in which a room is out of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClosedPeriod {
    /// The room's number.
    pub room: String,
    /// Its first date, of those asked for.
    pub from: NaiveDate,
    /// The date it can be let again, or the last of those asked for.
    pub until: NaiveDate,
}

/// The periods in which rooms are out of order, from a date on.
#[derive(Debug, Clone)]
pub struct ListClosed {
    /// Code of the property.
    pub property: String,
    /// First date; none: the business date.
    pub from: Option<NaiveDate>,
    /// The date after the last; none: a year later.
    pub until: Option<NaiveDate>,
}

#[async_trait]
impl Query for ListClosed {
    const ACTION: Action = Action::OutOfOrderList;
    type Out = Vec<ClosedPeriod>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let from = self.from.unwrap_or(property.business_date);
        let a_year_later = from.checked_add_days(Days::new(365));
        let until = self.until.or(a_year_later).unwrap_or(from);
        crate::housekeeping::dates(from, until)
            .map(drop)
            .map_err(|error| error.at(Place::parameter("to")))?;
        let rooms = rooms_of(c, &property).await?;
        let mut periods: Vec<ClosedPeriod> = Vec::new();
        for night in query::upkeep::out_of_order(c, property.id, from, until).await? {
            let Some(room) = rooms.get(&night.room_id) else { continue };
            let next = night.night.succ_opt().unwrap_or(night.night);
            match periods.last_mut() {
                Some(last) if last.room == room.number && last.until == night.night => last.until = next,
                _ => periods.push(ClosedPeriod { room: room.number.clone(), from: night.night, until: next }),
            }
        }
        periods.sort_by(|a, b| (a.from, &a.room).cmp(&(b.from, &b.room)));
        Ok(periods)
    }
}
