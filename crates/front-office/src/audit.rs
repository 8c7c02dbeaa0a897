//! The night audit: closes the business date and advances it.
//!
//! A run is a row with the next step; every unit of work does a part of that step and
//! writes the row with it. An interrupted run resumes where it stopped, and nothing is done twice.

use chrono::{DateTime, Days, NaiveDate, Utc};

use hefu_domain::{
    Message, Rule, RuleError,
    audit::{AuditStep, NightAudit},
    event::{AuditEvent, FolioEvent},
    folio::{PreAuthState, settle_pre_auth},
    message::{Missing, TimeOfDay},
    property::{CodeKind, Property, RoomState},
    reservation::by_night_audit,
};

use hefu_kernel::Id as _;

use hefu_store::{Conn, query};

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use hefu_authz::{Action, Resource, ResourceKind};

use hefu_core::{
    About, AppError, Command, Context, IdempotencyKey, Operation, Operator, Query, Reader, Result, Unit,
};

use crate::{
    folio,
    property::{find_property, local},
    visit::{change::mark_no_show, grouped, lock},
};

/// How many rooms, visits or cards one unit of work processes: even a large property causes no long lock.
const AT_ONCE: i64 = 50;

/// The hour of the business date from which it can be closed.
const FROM_HOUR: u32 = 18;

/// The hour of the next day at which it is closed automatically.
const DUE_HOUR: u32 = 3;

/// The reason code of a no-show marked by the audit.
fn no_show_reason(date: NaiveDate) -> String {
    format!("not arrived by the night audit of {date}")
}

/// The request.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditInput {
    /// Close the date although its evening has not come yet.
    pub force: bool,
}

/// One unit of work of an audit.
#[derive(Debug, Clone)]
struct AuditUnit {
    property: String,
    /// The date to close; none: the business date.
    date: Option<NaiveDate>,
    force: bool,
}

/// Progress of an audit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Progress {
    date: NaiveDate,
    done: bool,
}

impl Command for AuditUnit {
    const ACTION: Action = Action::NightAuditStep;
    type Out = Progress;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Progress> {
        let mut property = find_property(u.tx, &self.property).await?;
        let date = self.date.unwrap_or(property.business_date);
        let known = query::audit::find(u.tx, property.id, date).await?;
        if known.as_ref().is_some_and(|audit| audit.step == AuditStep::Done) {
            return Ok(Progress { date, done: true });
        }
        if date != property.business_date {
            let message = Message::BusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, (), message).into());
        }
        let mut audit = match known {
            Some(audit) => audit,
            None => self.begin(u, &property).await?,
        };
        match audit.step {
            AuditStep::PostRooms => {
                if post_rooms(u, &property, &mut audit).await? {
                    audit.step = AuditStep::MarkNoShows;
                }
            }
            AuditStep::MarkNoShows => {
                if mark_no_shows(u, &property, &mut audit).await? {
                    audit.step = AuditStep::ExpirePreAuths;
                }
            }
            AuditStep::ExpirePreAuths => {
                if expire_pre_auths(u, &property, &mut audit).await? {
                    audit.step = AuditStep::DirtyRooms;
                }
            }
            AuditStep::DirtyRooms => {
                if dirty_rooms(u, &property, &mut audit).await? {
                    audit.step = AuditStep::RollDate;
                }
            }
            // Guests who checked in since the first step are charged before the date moves, including concurrent check-ins: once the property
            // is locked there are none, and those that came in the meantime are left to the next unit. A unit waiting for the property holds no locks.
            AuditStep::RollDate => {
                if !is_charged(u, &property, date).await? {
                    post_rooms(u, &property, &mut audit).await?;
                } else if query::property::lock_for_update(u.tx, property.id).await?.is_some()
                    && is_charged(u, &property, date).await?
                {
                    roll_date(u, &mut property, &mut audit).await?;
                }
            }
            AuditStep::Done => {}
        }
        u.tx.update(&mut audit).await?;
        let about = About::Property(property.id, "night_audit", property.id.uuid());
        u.record(about, AuditEvent::from(&audit)).await?;
        Ok(Progress { date, done: audit.step == AuditStep::Done })
    }
}

impl AuditUnit {
    async fn begin(&self, u: &mut Unit<'_>, property: &Property) -> Result<NightAudit> {
        let date = property.business_date;
        let opens = date.and_hms_opt(FROM_HOUR, 0, 0).unwrap_or_default();
        if !self.force && local(property, u.now)? < opens {
            let message = Message::AuditTooEarly { date, opens: TimeOfDay(i64::from(FROM_HOUR) * 60) };
            return Err(RuleError::new(Rule::WrongState, "force", message).into());
        }
        let audit = NightAudit {
            property_id: property.id,
            business_date: date,
            step: AuditStep::PostRooms,
            started_at: u.now,
            finished_at: None,
            room_revenue: 0,
            rooms_charged: 0,
            no_shows: 0,
            pending_check_outs: 0,
            pre_auths_expired: 0,
            rooms_dirtied: 0,
            version: 1,
        };
        u.tx.insert(&audit).await?;
        Ok(audit)
    }
}

/// Whether the night has been charged to every occupied room.
async fn is_charged(u: &mut Unit<'_>, property: &Property, date: NaiveDate) -> Result<bool> {
    Ok(query::stay::unposted(u.tx, property.id, date, 1).await?.is_empty())
}

/// Charges the night to some of the rooms not charged yet; returns whether none is left.
async fn post_rooms(u: &mut Unit<'_>, property: &Property, audit: &mut NightAudit) -> Result<bool> {
    let date = audit.business_date;
    let stays = query::stay::unposted(u.tx, property.id, date, AT_ONCE).await?;
    let mut is_last = stays.len() < AT_ONCE as usize;
    for stay in &stays {
        let mut visit = lock(u.tx, property.id, stay.visit_id).await?;
        // Changed since it was selected: the next unit looks again.
        if !visit.stays.contains(stay) {
            is_last = false;
            continue;
        }
        let room = visit.line(stay.line)?.clone();
        if let Some(net) = folio::post_room(u, &visit, &room, stay.id, date).await? {
            audit.room_revenue += net;
            audit.rooms_charged += 1;
            let event = AuditEvent::PostRoom { stay_id: stay.id, night: date };
            u.record(About::Visit(&visit.reservation), event).await?;
        }
    }
    Ok(is_last)
}

/// Marks some of the arrivals as no-shows; returns whether none is left.
async fn mark_no_shows(u: &mut Unit<'_>, property: &Property, audit: &mut NightAudit) -> Result<bool> {
    let missing = query::stay::not_come(u.tx, property.id, audit.business_date, AT_ONCE).await?;
    let mut is_last = missing.len() < AT_ONCE as usize;
    let reason = no_show_reason(audit.business_date);
    let ctx = Context { reason: Some(reason), ..u.ctx.clone() };
    let mut u = u.under(&ctx);
    for reservation in &missing {
        let mut visit = lock(u.tx, property.id, reservation.id).await?;
        if visit.reservation != *reservation {
            is_last = false;
            continue;
        }
        let event = mark_no_show(&mut u, &mut visit, false, by_night_audit(audit.business_date)).await?;
        u.record(About::Visit(&visit.reservation), event).await?;
        audit.no_shows += 1;
    }
    Ok(is_last)
}

/// Expires some of the pre-authorisations that end with the date; returns whether none is left.
async fn expire_pre_auths(u: &mut Unit<'_>, property: &Property, audit: &mut NightAudit) -> Result<bool> {
    let tomorrow = audit.business_date + Days::new(1);
    let ended = query::audit::expiring(u.tx, property.id, tomorrow, AT_ONCE).await?;
    for auth in &ended {
        let visit = lock(u.tx, property.id, auth.visit_id).await?;
        let mut auth = settle_pre_auth(auth, PreAuthState::Expired, 0, property.currency)?;
        u.tx.update(&mut auth).await?;
        let event = FolioEvent::ExpirePreAuth { pre_auth_id: auth.id };
        u.record(About::Visit(&visit.reservation), event).await?;
        audit.pre_auths_expired += 1;
    }
    Ok(ended.len() < AT_ONCE as usize)
}

/// Marks some of the occupied rooms dirty; returns whether none is left.
async fn dirty_rooms(u: &mut Unit<'_>, property: &Property, audit: &mut NightAudit) -> Result<bool> {
    let rooms = query::stay::lived_in_and_ready(u.tx, property.id, AT_ONCE).await?;
    let slept_in = rooms.len();
    for mut room in rooms {
        room.state = RoomState::Dirty;
        u.tx.update(&mut room).await?;
        audit.rooms_dirtied += 1;
    }
    Ok(slept_in < AT_ONCE as usize)
}

/// Advances the date. Rooms whose out-of-order period begins or ends with it change their state.
async fn roll_date(u: &mut Unit<'_>, property: &mut Property, audit: &mut NightAudit) -> Result<()> {
    let today = property.business_date + Days::new(1);
    let held = query::property::holders(u.tx, property.id, today, today + Days::new(1)).await?;
    for mut room in query::property::rooms(u.tx, property.id).await? {
        let closed = held.iter().any(|part| part.room_id == room.id && part.visit_id.is_none());
        match (closed, room.state == RoomState::OutOfOrder) {
            (true, false) => room.state = RoomState::OutOfOrder,
            (false, true) => room.state = RoomState::Dirty,
            _ => continue,
        }
        u.tx.update(&mut room).await?;
    }
    audit.pending_check_outs =
        query::stay::overdue(u.tx, property.id, audit.business_date).await?.len() as i64;
    audit.step = AuditStep::Done;
    audit.finished_at = Some(u.now);
    property.business_date = today;
    u.tx.update(property).await?;
    Ok(())
}

/// A run of the night audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NightAuditView {
    /// Code of the property.
    pub property: String,
    /// The date it closes.
    pub business_date: NaiveDate,
    /// The next step.
    pub step: AuditStep,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it completed.
    pub finished_at: Option<DateTime<Utc>>,
    /// Room charges posted, without service fee and tax; minor units.
    pub room_revenue: i64,
    /// Rooms charged.
    pub rooms_charged: i64,
    /// No-shows marked.
    pub no_shows: i64,
    /// Stays past their departure date.
    pub pending_check_outs: i64,
    /// Pre-authorisations that expired.
    pub pre_auths_expired: i64,
    /// Rooms marked dirty.
    pub rooms_dirtied: i64,
    /// Version of the record.
    pub version: i64,
}

impl NightAuditView {
    fn of(audit: NightAudit, property: &Property) -> Self {
        Self {
            property: property.code.clone(),
            business_date: audit.business_date,
            step: audit.step,
            started_at: audit.started_at,
            finished_at: audit.finished_at,
            room_revenue: audit.room_revenue,
            rooms_charged: audit.rooms_charged,
            no_shows: audit.no_shows,
            pending_check_outs: audit.pending_check_outs,
            pre_auths_expired: audit.pre_auths_expired,
            rooms_dirtied: audit.rooms_dirtied,
            version: audit.version,
        }
    }
}

/// Report of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditReport {
    /// The run: property and date, start and end, counts.
    #[serde(flatten)]
    pub audit: NightAuditView,
    /// Step by step.
    pub steps: Vec<StepReport>,
    /// All tax posted on the date, minor units.
    pub tax: i64,
    /// Numbers of the visits it marked as no-shows, except those reinstated since.
    pub no_show_numbers: Vec<String>,
    /// Numbers of the visits that were due to leave by the date and are still in house.
    pub pending_check_out_numbers: Vec<String>,
    /// Everything posted on the date, by transaction code.
    pub totals: Vec<CodeTotal>,
}

/// Result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepReport {
    /// The step.
    pub step: AuditStep,
    /// How many rooms, visits or cards it affected; for the date: days.
    pub count: i64,
    /// Whether it is done.
    pub done: bool,
}

/// Totals posted under a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeTotal {
    /// The transaction code.
    pub code: String,
    /// Revenue, tax, payment or wrapper.
    pub kind: CodeKind,
    /// Minor units.
    pub amount: i64,
    /// Number of postings.
    pub count: i64,
}

async fn report(c: &mut Conn, property: &Property, audit: NightAudit) -> Result<AuditReport> {
    let (id, date) = (property.id, audit.business_date);
    let totals: Vec<CodeTotal> = query::audit::day_totals(c, id, date)
        .await?
        .into_iter()
        .map(|(code, kind, amount, count)| CodeTotal { code, kind, amount, count })
        .collect();
    let step = |step: AuditStep, count| StepReport { step, count, done: audit.step > step };
    let steps = vec![
        step(AuditStep::PostRooms, audit.rooms_charged),
        step(AuditStep::MarkNoShows, audit.no_shows),
        step(AuditStep::ExpirePreAuths, audit.pre_auths_expired),
        step(AuditStep::DirtyRooms, audit.rooms_dirtied),
        step(AuditStep::RollDate, i64::from(audit.finished_at.is_some())),
    ];
    // A reservation lasts two years at most, so its arrival is not earlier.
    let arrivals = (date - Days::new(731), date);
    let no_shows = query::stay::no_shows(c, id, arrivals, &by_night_audit(date)).await?;
    let overdue = query::stay::overdue(c, id, date).await?;
    Ok(AuditReport {
        steps,
        tax: totals.iter().filter(|total| total.kind == CodeKind::Tax).map(|total| total.amount).sum(),
        no_show_numbers: no_shows.iter().map(|number| grouped(number)).collect(),
        pending_check_out_numbers: overdue.iter().map(|number| grouped(number)).collect(),
        totals,
        audit: NightAuditView::of(audit, property),
    })
}

/// The report of a finished audit, stored under the request's idempotency key: its subject goes on changing.
struct Tell {
    property: String,
    date: NaiveDate,
}

impl Command for Tell {
    const ACTION: Action = Action::NightAuditStep;
    type Out = AuditReport;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AuditReport> {
        report_of(u.tx, &self.property, self.date).await
    }
}

async fn report_of(c: &mut Conn, property: &str, date: NaiveDate) -> Result<AuditReport> {
    let property = find_property(c, property).await?;
    let audit = query::audit::find(c, property.id, date)
        .await?
        .ok_or_else(|| AppError::not_found(Missing::NightAudit, date))?;
    report(c, &property, audit).await
}

/// Closes the property's business date, or resumes an interrupted run.
#[derive(Debug, Clone)]
pub struct RunNightAudit {
    /// Code of the property.
    pub property: String,
    /// Also before the evening of the date.
    pub force: bool,
}

impl Operation for RunNightAudit {
    const ACTION: Action = Action::NightAuditRun;
    type Out = AuditReport;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<AuditReport> {
        let Self { property, force } = self.clone();
        let date = o.operate(AuditUnits { property: property.clone(), force, units: usize::MAX }).await?;
        o.execute_as(o.ctx().clone(), Tell { property, date }).await
    }
}

/// Runs at most `units` units of work of the audit, as if interrupted after them; returns the date it closes. [`RunNightAudit`] resumes it.
#[derive(Debug, Clone)]
pub struct AuditUnits {
    /// Code of the property.
    pub property: String,
    /// Also before the evening of the date.
    pub force: bool,
    /// Maximum number.
    pub units: usize,
}

impl Operation for AuditUnits {
    const ACTION: Action = Action::NightAuditRun;
    type Out = NaiveDate;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<NaiveDate> {
        let Self { property, force, units } = self;
        let mut date = None;
        for unit in 0..*units {
            // Each unit is answered once for the request's key, so a repeated request closes no second date.
            let idempotency = o.ctx().idempotency.as_ref().map(|asked| IdempotencyKey {
                key: format!("{} unit {unit}", asked.key),
                request: asked.request,
            });
            let command = AuditUnit { property: property.clone(), date, force: *force };
            let progress = o.execute_as(Context { idempotency, ..o.ctx().clone() }, command).await?;
            date = Some(progress.date);
            if progress.done {
                break;
            }
        }
        date.ok_or_else(|| AppError::invalid((), Message::ItemCount { from: 1, to: usize::MAX }))
    }
}

/// Codes of the properties whose date is to be closed automatically: it is past three in the morning of
/// the next day there.
#[derive(Debug, Clone)]
pub struct ListDueAudits;

impl Query for ListDueAudits {
    const ACTION: Action = Action::NightAuditDue;
    type Out = Vec<String>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let now = r.now;
        let c = r.conn().await?;
        let mut due = Vec::new();
        for property in query::property::all(c).await? {
            let next = property.business_date + Days::new(1);
            if local(&property, now)? >= next.and_hms_opt(DUE_HOUR, 0, 0).unwrap_or_default() {
                due.push(property.code);
            }
        }
        Ok(due)
    }
}

/// The latest runs, newest first.
#[derive(Debug, Clone)]
pub struct ListNightAudits {
    /// Code of the property.
    pub property: String,
    /// Maximum number.
    pub limit: i64,
}

impl Query for ListNightAudits {
    const ACTION: Action = Action::NightAuditList;
    type Out = Vec<NightAuditView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_str();
        let limit = self.limit;
        let c = r.conn().await?;
        let property = find_property(c, property).await?;
        let runs = query::audit::latest(c, property.id, limit).await?;
        Ok(runs.into_iter().map(|run| NightAuditView::of(run, &property)).collect())
    }
}

/// The result of the audit of a date.
#[derive(Debug, Clone)]
pub struct ShowNightAudit {
    /// Code of the property.
    pub property: String,
    /// The business date it closed.
    pub date: NaiveDate,
}

impl Query for ShowNightAudit {
    const ACTION: Action = Action::NightAuditShow;
    type Out = AuditReport;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let property = self.property.as_str();
        let date = self.date;
        report_of(r.conn().await?, property, date).await
    }
}
