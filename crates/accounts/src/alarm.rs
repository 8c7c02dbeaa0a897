//! Alarms and canaries, as auditors see them. Nobody else does, and nothing tells who is a canary.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, App, AppError, Command, Context, MOST_CANARIES, Query, Reader, Result, Unit, Watch};
use hefu_domain::{
    Message, Rule, RuleError,
    account::{Alarm, AlarmKind, Canary},
    event::AccountEvent,
    ids::{AlarmId, GuestId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlarmView {
    /// Identifier.
    pub id: AlarmId,
    /// What it is about.
    pub kind: AlarmKind,
    /// Whose doing it was: the id of an account, or of a program of another system.
    pub holder: Uuid,
    /// Which canary was opened.
    pub guest: Option<GuestId>,
    /// When.
    pub raised_at: DateTime<Utc>,
    /// When an auditor said to have seen it.
    pub seen_at: Option<DateTime<Utc>>,
    /// Which auditor.
    pub seen_by: Option<String>,
}

impl From<Alarm> for AlarmView {
    fn from(alarm: Alarm) -> Self {
        let Alarm { id, kind, holder_id: holder, guest_id: guest, raised_at, seen_at, seen_by, .. } = alarm;
        Self { id, kind, holder, guest, raised_at, seen_at, seen_by }
    }
}

/// Lists alarms, the latest first.
#[derive(Debug, Clone, Copy)]
pub struct ListAlarms {
    /// Those before this one; none: from the latest on.
    pub before: Option<AlarmId>,
    /// Only those that no auditor has seen.
    pub unseen: bool,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListAlarms {
    const ACTION: Action = Action::AlarmList;
    type Out = Vec<AlarmView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<AlarmView>> {
        let before = self.before.unwrap_or_else(|| AlarmId::from_uuid(Uuid::max()));
        let found = query::watch::alarms(r.conn().await?, before, self.unseen, self.limit).await?;
        Ok(found.into_iter().map(AlarmView::from).collect())
    }
}

/// Says that an auditor has seen an alarm. Whoever did first stays named.
#[derive(Debug, Clone, Copy)]
pub struct SeeAlarm {
    /// Which.
    pub id: AlarmId,
}

#[async_trait]
impl Command for SeeAlarm {
    const ACTION: Action = Action::AlarmSee;
    type Out = AlarmView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AlarmView> {
        let alarm = query::watch::alarm(u.tx, self.id).await?;
        let mut alarm = alarm.ok_or_else(|| AppError::not_found(Missing::Alarm, self.id))?;
        if alarm.seen_at.is_none() {
            (alarm.seen_at, alarm.seen_by) = (Some(u.now), Some(u.ctx.principal.to_string()));
            u.tx.update(&mut alarm).await?;
            u.record(About::Chain("alarm", self.id.uuid()), AccountEvent::SeeAlarm { alarm_id: self.id })
                .await?;
        }
        Ok(alarm.into())
    }
}

/// A guest whom nobody has a reason to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CanaryView {
    /// The guest.
    pub guest: GuestId,
    /// Who marked it.
    pub marked_by: String,
    /// When.
    pub marked_at: DateTime<Utc>,
}

impl From<Canary> for CanaryView {
    fn from(canary: Canary) -> Self {
        Self { guest: canary.guest_id, marked_by: canary.marked_by, marked_at: canary.marked_at }
    }
}

/// Lists the canaries.
#[derive(Debug, Clone, Copy)]
pub struct ListCanaries;

#[async_trait]
impl Query for ListCanaries {
    const ACTION: Action = Action::CanaryList;
    type Out = Vec<CanaryView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<CanaryView>> {
        let found = query::watch::canaries(r.conn().await?, MOST_CANARIES).await?;
        Ok(found.into_iter().map(CanaryView::from).collect())
    }
}

/// The entry is about no guest by name: the log of entries can be read by others, and would tell who is a canary.
const ABOUT: About<'static> = About::Chain("canary", Uuid::nil());

/// Marks a guest as a canary. It counts in this process at once.
///
/// # Errors
/// There is no such guest, there are too many canaries, or the principal may not.
pub async fn mark_canary(app: &App, ctx: &Context, guest: GuestId) -> Result<CanaryView> {
    let marked = app.execute(ctx.clone(), MarkCanary { guest }).await?;
    app.service::<Watch>().forget_canaries();
    Ok(marked)
}

#[derive(Debug, Clone, Copy)]
struct MarkCanary {
    guest: GuestId,
}

#[async_trait]
impl Command for MarkCanary {
    const ACTION: Action = Action::CanaryMark;
    type Out = CanaryView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CanaryView> {
        let guest_id = self.guest;
        if query::guest::row(u.tx, guest_id).await?.is_none() {
            return Err(AppError::not_found(Missing::Guest, guest_id));
        }
        if let Some(known) = query::watch::canary(u.tx, guest_id).await? {
            return Ok(known.into());
        }
        if query::watch::canaries(u.tx, MOST_CANARIES).await?.len() as i64 >= MOST_CANARIES {
            let message = Message::CanariesFull { most: MOST_CANARIES };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        let canary = Canary { guest_id, marked_by: u.ctx.principal.to_string(), marked_at: u.now };
        u.tx.insert(&canary).await?;
        u.record(ABOUT, AccountEvent::MarkCanary { guest_id }).await?;
        Ok(canary.into())
    }
}

/// Takes the mark away. It counts in this process at once.
///
/// # Errors
/// The guest is no canary, or the principal may not.
pub async fn unmark_canary(app: &App, ctx: &Context, guest: GuestId) -> Result<()> {
    app.execute(ctx.clone(), UnmarkCanary { guest }).await?;
    app.service::<Watch>().forget_canaries();
    Ok(())
}

#[derive(Debug, Clone, Copy)]
struct UnmarkCanary {
    guest: GuestId,
}

#[async_trait]
impl Command for UnmarkCanary {
    const ACTION: Action = Action::CanaryUnmark;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let canary = query::watch::canary(u.tx, self.guest).await?;
        let canary = canary.ok_or_else(|| AppError::not_found(Missing::Canary, self.guest))?;
        u.tx.delete(&canary).await?;
        u.record(ABOUT, AccountEvent::UnmarkCanary { guest_id: self.guest }).await
    }
}
