//! What of a property's setup is not used any more: closed from a date on, or deleted when it never was used. What was sold or posted under it
//! stays as it was.

use async_trait::async_trait;
use chrono::{Days, NaiveDate};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    closing::{SetupClosing, SetupKind},
    event::{PropertyEvent, ReservationEvent},
    message::{Codes, Missing},
    property::{Property, Room, standard_codes},
};
use hefu_kernel::{FIRST_DATE, Id as _, LAST_DATE};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    housekeeping::{close, empty, reopen},
    property::room_by_number,
};

/// A record of the setup, and from when on it is not used any more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupToClose {
    /// The kind of record: `room_type`, `room`, `rate_plan`, `policy` or `code`.
    pub kind: SetupKind,
    /// Its code; of a room its number.
    pub code: String,
    /// The first date on which nothing new is sold or posted under it. Default: it is used again.
    #[serde(default)]
    pub from: Option<NaiveDate>,
}

/// A record of the setup that is not used any more from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosingView {
    /// The kind of record.
    pub kind: SetupKind,
    /// Its code.
    pub code: String,
    /// The first date; none: it is used.
    pub from: Option<NaiveDate>,
}

impl From<SetupClosing> for ClosingView {
    fn from(closing: SetupClosing) -> Self {
        Self { kind: closing.kind, code: closing.code, from: Some(closing.from_date) }
    }
}

/// Closes a record of the setup from a date on, or opens it again.
#[derive(Debug, Clone)]
pub struct CloseSetup {
    /// The property's code.
    pub property: String,
    /// Which and when.
    pub input: SetupToClose,
}

#[async_trait]
impl Command for CloseSetup {
    const ACTION: Action = Action::SetupClose;
    type Out = ClosingView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ClosingView> {
        let property = u.property(&self.property).await?;
        let SetupToClose { kind, code, from } = self.input.clone();
        if from.is_some_and(|from| from < property.business_date) {
            let message = Message::BeforeBusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, "from", message).into());
        }
        let record = match kind {
            SetupKind::Room => {
                let room = room_by_number(u.tx, property.id, &code).await;
                let room = room.map_err(|error| error.at("code"))?;
                let id = room.id.uuid();
                close_room(u, &property, room, from).await?;
                id
            }
            SetupKind::RoomType | SetupKind::RatePlan | SetupKind::Policy | SetupKind::Code => {
                let id = find(u.tx, &property, (kind, &code)).await?;
                if kind == SetupKind::Code && is_standard(&property, &code) {
                    return Err(AppError::invalid("code", Message::SetupStandard));
                }
                close_record(u, &property, (kind, &code, id), from).await?;
                id
            }
            SetupKind::Price | SetupKind::Season => {
                return Err(AppError::invalid("kind", Message::SetupNotClosed));
            }
        };
        let about =
            About::Property(property.id, "setup", if record.is_nil() { property.id.uuid() } else { record });
        u.record(about, PropertyEvent::Close { kind, code: code.clone(), from }).await?;
        Ok(ClosingView { kind, code, from })
    }
}

/// Whether every property has a transaction code: Hefu posts under it by itself.
fn is_standard(property: &Property, code: &str) -> bool {
    standard_codes(property.id).iter().any(|known| known.code == code)
}

/// The id of a record; nil of a transaction code, which has none.
async fn find(c: &mut Conn, property: &Property, (kind, code): (SetupKind, &str)) -> Result<Uuid> {
    let id = property.id;
    let (found, missing) = match kind {
        SetupKind::RoomType => {
            let all = query::property::room_types(c, id).await?;
            (all.into_iter().find(|one| one.code == code).map(|one| one.id.uuid()), Missing::RoomType)
        }
        SetupKind::RatePlan => {
            let all = query::property::rate_plans(c, id).await?;
            (all.into_iter().find(|one| one.code == code).map(|one| one.id.uuid()), Missing::RatePlan)
        }
        SetupKind::Policy => {
            let all = query::property::policies(c, id).await?;
            let found = all.into_iter().find(|one| one.code == code).map(|one| one.id.uuid());
            (found, Missing::CancellationPolicy)
        }
        _ => {
            let found = query::property::code(c, id, code).await?.map(|_| Uuid::nil());
            (found, Missing::TransactionCode)
        }
    };
    found.ok_or_else(|| AppError::not_found(missing, code).at("code"))
}

async fn close_record(
    u: &mut Unit<'_>,
    property: &Property,
    (kind, code, record_id): (SetupKind, &str, Uuid),
    from: Option<NaiveDate>,
) -> Result<()> {
    let known = query::rate::closing(u.tx, property.id, kind, code).await?;
    match (known, from) {
        (None, None) => {}
        (Some(known), None) => u.tx.delete(&known).await?,
        (None, Some(from_date)) => {
            let closing = SetupClosing {
                property_id: property.id,
                kind,
                code: code.to_owned(),
                record_id,
                from_date,
                version: 1,
            };
            u.tx.insert(&closing).await?;
        }
        (Some(known), Some(from_date)) => u.tx.update(&mut SetupClosing { from_date, ..known }).await?,
    }
    Ok(())
}

/// Lets a room not be let any more from a date on: its type has one less to sell from then on, and those for whom it is set aside get another one.
async fn close_room(
    u: &mut Unit<'_>,
    property: &Property,
    mut room: Room,
    from: Option<NaiveDate>,
) -> Result<()> {
    if room.closed_from == from {
        return Ok(());
    }
    let taken_from = match from {
        Some(from) => empty(u, property, &room, (from, LAST_DATE)).await?,
        None => Vec::new(),
    };
    if from == Some(property.business_date)
        && !query::visit::in_room_now(u.tx, property.id, room.id).await?.is_empty()
    {
        return Err(RuleError::new(Rule::RoomTaken, "code", Message::RoomLivedIn).into());
    }
    // Dates on which it is out of order are counted already.
    let out_of_order = reopen(u, property, &room).await?;
    let kind = room.room_type_id;
    if let Some(was) = room.closed_from {
        let was = was.max(property.business_date);
        query::inventory::resize_type(u.tx, property.id, kind, 1, was).await?;
    }
    if let Some(from) = from {
        query::inventory::resize_type(u.tx, property.id, kind, -1, from).await?;
    }
    room.closed_from = from;
    u.tx.update(&mut room).await?;
    let still: Vec<NaiveDate> =
        out_of_order.into_iter().filter(|date| from.is_none_or(|from| *date < from)).collect();
    close(u, &room, &still).await?;
    for (reservation, line) in taken_from {
        let event = ReservationEvent::AssignRoom { line, room_id: None };
        u.record(About::Visit(&reservation), event).await?;
    }
    Ok(())
}

/// A record of the setup that is to be deleted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupToDelete {
    /// The kind of record.
    pub kind: SetupKind,
    /// Its code; of a room its number; of a price the code of its plan.
    pub code: String,
    /// Of a price: code of the room type.
    #[serde(default)]
    pub room_type: Option<String>,
    /// Of a price: its first night.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeletedView {
    /// The kind of record.
    pub kind: SetupKind,
    /// Its code.
    pub code: String,
}

/// Deletes a record of the setup that nothing was sold or posted under.
#[derive(Debug, Clone)]
pub struct DeleteSetup {
    /// The property's code.
    pub property: String,
    /// Which.
    pub input: SetupToDelete,
}

/// Refuses to delete what is in use: by what.
fn require_unused<const N: usize>(used: [bool; N], by: [&str; N]) -> Result<()> {
    let by: Vec<&str> = used.iter().zip(by).filter(|(used, _)| **used).map(|(_, by)| by).collect();
    match by.is_empty() {
        true => Ok(()),
        false => {
            let message = Message::SetupUsed { known: Codes::of(by) };
            Err(RuleError::new(Rule::WrongState, "code", message).into())
        }
    }
}

#[async_trait]
impl Command for DeleteSetup {
    const ACTION: Action = Action::SetupDelete;
    type Out = DeletedView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<DeletedView> {
        let property = u.property(&self.property).await?;
        let SetupToDelete { kind, code, room_type, valid_from } = self.input.clone();
        match kind {
            SetupKind::RoomType => delete_type(u, &property, &code).await?,
            SetupKind::Room => delete_room(u, &property, &code).await?,
            SetupKind::RatePlan => delete_plan(u, &property, &code).await?,
            SetupKind::Price => self.delete_price(u, &property).await?,
            SetupKind::Policy => delete_policy(u, &property, &code).await?,
            SetupKind::Code => delete_code(u, &property, &code).await?,
            SetupKind::Season => {
                let seasons = query::rate::seasons(u.tx, property.id).await?;
                let found = seasons.into_iter().find(|season| season.code == code);
                let missing = || AppError::not_found(Missing::Season, &code).at("code");
                u.tx.delete(&found.ok_or_else(missing)?).await?;
            }
        }
        if !matches!(kind, SetupKind::Price | SetupKind::Season | SetupKind::Room)
            && let Some(closing) = query::rate::closing(u.tx, property.id, kind, &code).await?
        {
            u.tx.delete(&closing).await?;
        }
        let event = PropertyEvent::Delete { kind, code: code.clone(), room_type, valid_from };
        u.record(About::Property(property.id, "setup", property.id.uuid()), event).await?;
        Ok(DeletedView { kind, code })
    }
}

async fn delete_type(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<()> {
    let types = query::property::room_types(u.tx, property.id).await?;
    let found = types.into_iter().find(|kind| kind.code == code);
    let found = found.ok_or_else(|| AppError::not_found(Missing::RoomType, code).at("code"))?;
    let used = query::rate::type_used(u.tx, property.id, found.id).await?;
    require_unused(used, ["room", "reservation", "price"])?;
    for counter in query::inventory::sold(u.tx, property.id, FIRST_DATE, LAST_DATE).await? {
        if counter.room_type_id == found.id {
            u.tx.delete(&counter).await?;
        }
    }
    u.tx.delete(&found).await?;
    Ok(())
}

async fn delete_room(u: &mut Unit<'_>, property: &Property, number: &str) -> Result<()> {
    let room = room_by_number(u.tx, property.id, number).await.map_err(|error| error.at("code"))?;
    let used = query::rate::room_used(u.tx, property.id, room.id).await?;
    require_unused(used, ["reservation", "stay", "out_of_order"])?;
    let from = property.business_date;
    // One that is closed is counted until then.
    let kind = room.room_type_id;
    match room.closed_from.map(|until| until.max(from)) {
        None => query::inventory::resize_type(u.tx, property.id, kind, -1, from).await?,
        Some(until) if until > from => {
            query::inventory::resize_type(u.tx, property.id, kind, -1, from).await?;
            query::inventory::resize_type(u.tx, property.id, kind, 1, until).await?;
        }
        Some(_) => {}
    }
    u.tx.delete(&room).await?;
    Ok(())
}

async fn delete_plan(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<()> {
    let plans = query::property::rate_plans(u.tx, property.id).await?;
    let found = plans.iter().find(|plan| plan.code == code);
    let found = found.ok_or_else(|| AppError::not_found(Missing::RatePlan, code).at("code"))?;
    let [booked, blocked] = query::rate::plan_used(u.tx, property.id, found.id).await?;
    let is_followed =
        plans.iter().any(|plan| plan.derived.as_ref().is_some_and(|derived| derived.from == found.id));
    require_unused([booked, blocked, is_followed], ["reservation", "block", "rate_plan"])?;
    for rate in query::property::rates(u.tx, property.id, found.id).await? {
        u.tx.delete(&rate).await?;
    }
    let all = (FIRST_DATE, LAST_DATE);
    for day in query::rate::days(u.tx, property.id, found.id, all).await? {
        u.tx.delete(&day).await?;
    }
    let until = property.business_date + Days::new(10 * 366);
    for restriction in query::rate::restrictions(u.tx, property.id, (property.business_date, until)).await? {
        if restriction.rate_plan_id == found.id {
            u.tx.delete(&restriction).await?;
        }
    }
    if let Some(access) = query::rate::access(u.tx, property.id, found.id).await? {
        u.tx.delete(&access).await?;
    }
    u.tx.delete(found).await?;
    Ok(())
}

impl DeleteSetup {
    async fn delete_price(&self, u: &mut Unit<'_>, property: &Property) -> Result<()> {
        let missing = |at: &'static str| AppError::invalid(at, Message::MissingField);
        let code = &self.input.code;
        let kind = self.input.room_type.as_ref().ok_or_else(|| missing("room_type"))?;
        let from = self.input.valid_from.ok_or_else(|| missing("valid_from"))?;
        let plans = query::property::rate_plans(u.tx, property.id).await?;
        let plan = plans.into_iter().find(|plan| plan.code == *code);
        let plan = plan.ok_or_else(|| AppError::not_found(Missing::RatePlan, code).at("code"))?;
        let types = query::property::room_types(u.tx, property.id).await?;
        let kind = types.into_iter().find(|one| one.code == *kind);
        let kind = kind.ok_or_else(|| AppError::not_found(Missing::RoomType, code).at("room_type"))?;
        let rates = query::property::rates(u.tx, property.id, plan.id).await?;
        let rate = rates.into_iter().find(|rate| rate.room_type_id == kind.id && rate.valid_from == from);
        let rate = rate.ok_or_else(|| AppError::not_found(Missing::Price, from).at("valid_from"))?;
        u.tx.delete(&rate).await?;
        Ok(())
    }
}

async fn delete_policy(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<()> {
    let policies = query::property::policies(u.tx, property.id).await?;
    let found = policies.into_iter().find(|policy| policy.code == code);
    let found = found.ok_or_else(|| AppError::not_found(Missing::CancellationPolicy, code).at("code"))?;
    // What was sold under it has its terms.
    let plans = query::property::rate_plans(u.tx, property.id).await?;
    require_unused([plans.iter().any(|plan| plan.policy_id == Some(found.id))], ["rate_plan"])?;
    u.tx.delete(&found).await?;
    Ok(())
}

async fn delete_code(u: &mut Unit<'_>, property: &Property, code: &str) -> Result<()> {
    let found = query::property::code(u.tx, property.id, code).await?;
    let found = found.ok_or_else(|| AppError::not_found(Missing::TransactionCode, code).at("code"))?;
    if is_standard(property, code) {
        return Err(AppError::invalid("code", Message::SetupStandard));
    }
    let [posted, paid, sold] = query::rate::code_used(u.tx, property.id, code).await?;
    let plans = query::property::rate_plans(u.tx, property.id).await?;
    let is_included = plans.iter().any(|plan| plan.inclusions.iter().any(|inclusion| inclusion.code == code));
    require_unused([posted, paid, sold, is_included], ["posting", "deposit", "reservation", "rate_plan"])?;
    u.tx.delete(&found).await?;
    Ok(())
}
