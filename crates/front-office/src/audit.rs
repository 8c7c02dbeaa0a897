//! The night audit: closes the business date and moves it on. The ledgers of the date are written as it closes, and never again.
//!
//! A run is a row with the next step; every unit of work does a part of that step and
//! writes the row with it. An interrupted run resumes where it stopped, and nothing is done twice.

pub mod check;

use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use hefu_domain::{
    Message, Place, Pointer, Rule, RuleError,
    audit::{AuditStep, NightAudit, NoShows},
    clock::TimeSeen,
    event::{AuditEvent, FolioEvent, StayEvent},
    folio::{PreAuthState, settle_pre_auth},
    message::{Missing, TimeOfDay},
    property::{CodeKind, Overstay, Property, RoomState},
    rate::Usage,
    reservation::{ReservationRoom, by_night_audit},
    stay::Stay,
};

use hefu_kernel::Id as _;

use hefu_store::{Conn, query};

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use hefu_authz::{Action, Resource, ResourceKind};

use hefu_core::{
    About, AppError, Command, Context, IdempotencyKey, Operation, Operator, Origin, Query, Reader, Result,
    Unit, clock::WatchClock,
};

use crate::{
    block,
    books::{self, LedgerRow},
    folio,
    property::{find_property, local},
    visit::{Visit, change::mark_no_show, grouped, load, locate, lock},
};

/// How many rooms, visits or cards one unit of work processes: even a large property causes no long lock.
const AT_ONCE: i64 = 50;

/// How many visits can be named as no-shows, and how many of each kind a check list names.
pub const MOST_NAMED: i64 = 500;

/// The hour of the business date from which it can be closed.
const FROM_HOUR: u32 = 18;

/// The reason code of a no-show marked by the audit.
fn no_show_reason(date: NaiveDate) -> String {
    format!("not arrived by the night audit of {date}")
}

/// The request.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditInput {
    /// The date to close, as whoever asks has seen it: said twice it is closed once, and no other is closed instead. Default: the business date.
    pub business_date: Option<NaiveDate>,
    /// Close the date although its evening has not come yet.
    pub force: bool,
    /// What becomes of arrivals that did not come: `"mark"` marks them as no-shows, `"keep"` carries them to the next date as late arrivals,
    /// `{ "only": [{ "visit": number, "line": 1 }] }` marks the rooms named (without `line` all of the visit) and keeps the others. It must be
    /// said where there are any.
    pub no_shows: Option<NoShows>,
}

/// One unit of work of an audit.
#[derive(Debug, Clone)]
struct AuditUnit {
    property: String,
    /// The date to close; none: the business date.
    date: Option<NaiveDate>,
    force: bool,
    /// What becomes of arrivals that did not come; none: somebody has to say.
    no_shows: Option<NoShows>,
}

/// Progress of an audit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Progress {
    date: NaiveDate,
    done: bool,
}

#[async_trait]
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
            return Err(RuleError::new(Rule::BadDates, "business_date", message).into());
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
                    audit.step = AuditStep::ReleaseBlocks;
                }
            }
            AuditStep::ReleaseBlocks => {
                if release_blocks(u, &property).await? {
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
                } else if keep_rooms(u, &property, date).await?
                    && query::property::lock_for_update(u.tx, property.id).await?.is_some()
                    && is_charged(u, &property, date).await?
                    && staying_on(u, &property, date).await?.is_empty()
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
        let no_shows_said = self.no_shows(u, property).await?;
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
            no_shows_said,
            version: 1,
            complimentary: 0,
            house_use: 0,
        };
        u.tx.insert(&audit).await?;
        Ok(audit)
    }

    /// What becomes of arrivals that did not come. Where there are none, and nobody said, none is made one that came to be meanwhile.
    async fn no_shows(&self, u: &mut Unit<'_>, property: &Property) -> Result<NoShows> {
        let date = property.business_date;
        match &self.no_shows {
            None => {
                let missing = query::stay::awaited(u.tx, property.id, date, MOST_NAMED).await?;
                if missing.is_empty() {
                    return Ok(NoShows::Keep);
                }
                let message = Message::NoShowsUndecided { rooms: missing.len() };
                Err(RuleError::new(Rule::WrongState, "no_shows", message).into())
            }
            Some(NoShows::Only(named)) => {
                if named.len() as i64 > MOST_NAMED {
                    let message = Message::ItemCount { from: 0, to: MOST_NAMED as usize };
                    return Err(AppError::invalid(("no_shows", "only"), message));
                }
                let at = Pointer::default().field("no_shows").field("only");
                for (i, named) in named.iter().enumerate() {
                    locate(u.tx, &named.visit, Some(&property.code))
                        .await
                        .map_err(|error| error.at(Place::Body(at.clone().item(i).field("visit"))))?;
                }
                Ok(NoShows::Only(named.clone()))
            }
            Some(said) => Ok(said.clone()),
        }
    }
}

/// Stays in house that have not been charged for the night, with those that should have left, if the property charges them.
async fn uncharged(c: &mut Conn, property: &Property, date: NaiveDate, limit: i64) -> Result<Vec<Stay>> {
    let overstays = property.overstay != Overstay::Free;
    Ok(query::stay::unposted(c, property.id, date, overstays, limit).await?)
}

/// Whether the night has been charged to every occupied room. A stay that owes nothing for the night does not hold the date up.
async fn is_charged(u: &mut Unit<'_>, property: &Property, date: NaiveDate) -> Result<bool> {
    for stay in uncharged(u.tx, property, date, AT_ONCE).await? {
        let visit = load(u.tx, property.id, stay.visit_id).await?;
        let Some(room) = visit.rooms.iter().find(|room| room.line == stay.line) else { continue };
        if folio::stay_price(u.tx, &visit, room, Some(stay.id), date).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rooms of guests who should have left by the date and are here, and that are not kept for the night after it.
async fn staying_on(u: &mut Unit<'_>, property: &Property, date: NaiveDate) -> Result<Vec<ReservationRoom>> {
    Ok(query::stay::staying_on(u.tx, property.id, date, date + Days::new(2), AT_ONCE).await?)
}

/// Keeps for the night after the date the rooms of some of those who should have left by it; answers whether there was none. They take the
/// room whether or not anything is left to sell: they are in it.
async fn keep_rooms(u: &mut Unit<'_>, property: &Property, date: NaiveDate) -> Result<bool> {
    let rooms = staying_on(u, property, date).await?;
    let until = date + Days::new(2);
    for room in &rooms {
        let mut visit = lock(u.tx, property.id, room.visit_id).await?;
        // Changed since it was looked for: the next unit looks again.
        if !visit.rooms.contains(room) {
            continue;
        }
        keep_room(u, &mut visit, room.line, until).await?;
    }
    Ok(rooms.is_empty())
}

async fn keep_room(u: &mut Unit<'_>, visit: &mut Visit, line: i64, until: NaiveDate) -> Result<()> {
    let before = visit.clone();
    visit.line(line)?.counted_until = until;
    visit.revise_beyond(u, &before, true).await?;
    u.record(About::Visit(&visit.reservation), StayEvent::Overstay { line, until }).await
}

/// Charges the night to some of the rooms not charged yet; returns whether none is left.
async fn post_rooms(u: &mut Unit<'_>, property: &Property, audit: &mut NightAudit) -> Result<bool> {
    let date = audit.business_date;
    let stays = uncharged(u.tx, property, date, AT_ONCE).await?;
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
            match room.terms.usage_on(date) {
                Usage::Sold => audit.rooms_charged += 1,
                Usage::Complimentary => audit.complimentary += 1,
                Usage::HouseUse => audit.house_use += 1,
            }
            let event = AuditEvent::PostRoom { stay_id: stay.id, night: date };
            u.record(About::Visit(&visit.reservation), event).await?;
        }
    }
    Ok(is_last)
}

/// Rooms that should have been taken by the date and were not, as far as they are to be no-shows.
async fn missing_rooms(
    u: &mut Unit<'_>,
    property: &Property,
    audit: &NightAudit,
) -> Result<Vec<ReservationRoom>> {
    let date = audit.business_date;
    let named = match &audit.no_shows_said {
        NoShows::Keep => return Ok(Vec::new()),
        NoShows::Mark => return Ok(query::stay::awaited(u.tx, property.id, date, AT_ONCE).await?),
        NoShows::Only(named) => named,
    };
    let mut rooms = Vec::new();
    for named in named {
        let (property_id, id) = locate(u.tx, &named.visit, Some(&property.code)).await?;
        let visit = load(u.tx, property_id, id).await?;
        let is_meant = |room: &ReservationRoom| named.line.is_none_or(|line| line == room.line);
        let is_missing = |room: &ReservationRoom| room.is_awaited() && room.arrival <= date;
        rooms.extend(visit.rooms.into_iter().filter(|room| is_meant(room) && is_missing(room)));
    }
    rooms.sort_by_key(|room| (room.visit_id, room.line));
    rooms.dedup();
    rooms.truncate(AT_ONCE as usize);
    Ok(rooms)
}

/// Marks some of the rooms that were not taken, as far as it was said; answers whether none is left.
async fn mark_no_shows(u: &mut Unit<'_>, property: &Property, audit: &mut NightAudit) -> Result<bool> {
    let missing = missing_rooms(u, property, audit).await?;
    let mut is_last = missing.len() < AT_ONCE as usize;
    let reason = no_show_reason(audit.business_date);
    let ctx = Context { reason: Some(reason), ..u.ctx.clone() };
    let mut u = u.under(&ctx);
    // Room by room of a visit: others of it may be lived in, or arrive later.
    for rooms in missing.chunk_by(|one, next| one.visit_id == next.visit_id) {
        let mut visit = lock(u.tx, property.id, rooms[0].visit_id).await?;
        if !rooms.iter().all(|room| visit.rooms.contains(room)) {
            is_last = false;
            continue;
        }
        let lines: Vec<i64> = rooms.iter().map(|room| room.line).collect();
        audit.no_shows += lines.len() as i64;
        let code = by_night_audit(audit.business_date);
        let event = mark_no_show(&mut u, &mut visit, lines, false, &code).await?;
        u.record(About::Visit(&visit.reservation), event).await?;
    }
    Ok(is_last)
}

/// Releases some of the blocks whose release date has come; answers whether none is left.
async fn release_blocks(u: &mut Unit<'_>, property: &Property) -> Result<bool> {
    let due = query::block::due(u.tx, property.id, property.business_date, AT_ONCE).await?;
    let mut is_last = due.len() < AT_ONCE as usize;
    for block in due {
        // Held, and read again: it may have been changed since.
        let held = query::block::lock(u.tx, property.id, block.group_id).await?;
        match held.filter(|held| held.version == block.version) {
            Some(held) => {
                block::release(u, property, held).await?;
            }
            None => is_last = false,
        }
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

/// Moves the date, and writes the ledgers of the one that is closed: nobody posts to it any more. Rooms whose period out of order begins or ends
/// with it change their state.
async fn roll_date(u: &mut Unit<'_>, property: &mut Property, audit: &mut NightAudit) -> Result<()> {
    let today = property.business_date + Days::new(1);
    let held = query::property::holders(u.tx, property.id, today, today + Days::new(1)).await?;
    for mut room in query::property::rooms(u.tx, property.id).await? {
        let closed = held.iter().any(|part| part.room_id == room.id && part.is_out_of_order());
        match (closed, room.state == RoomState::OutOfOrder) {
            (true, false) => room.state = RoomState::OutOfOrder,
            (false, true) => room.state = RoomState::Dirty,
            _ => continue,
        }
        u.tx.update(&mut room).await?;
    }
    audit.pending_check_outs =
        query::stay::overdue(u.tx, property.id, audit.business_date).await?.len() as i64;
    let rows = books::of_open_date(u.tx, property).await?.rows();
    u.tx.insert_all(&rows).await?;
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
    /// Rooms charged, those given for nothing and used by the house left out.
    pub rooms_charged: i64,
    /// Rooms lived in that were given to a guest for nothing.
    pub complimentary: i64,
    /// Rooms that the house itself used.
    pub house_use: i64,
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
            complimentary: audit.complimentary,
            house_use: audit.house_use,
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
    /// What became of arrivals that did not come.
    pub no_shows_said: NoShows,
    /// The ledgers of the date; as they stand while the run is not done.
    pub ledgers: Vec<LedgerRow>,
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
    let no_shows = query::stay::no_shows(c, id, &by_night_audit(date)).await?;
    let overdue = query::stay::overdue(c, id, date).await?;
    let ledgers = match audit.step {
        AuditStep::Done => query::books::day(c, id, date).await?,
        _ => books::of_open_date(c, property).await?.rows(),
    };
    Ok(AuditReport {
        steps,
        ledgers: ledgers.into_iter().map(LedgerRow::from).collect(),
        no_shows_said: audit.no_shows_said.clone(),
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

#[async_trait]
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

/// A person has closed a date by hand. If the clock was not believed, that says that it is late enough for that date at least; and when nothing
/// more is due by the clock in this property, that the clock is right.
struct BelieveClock {
    property: String,
    date: NaiveDate,
}

#[async_trait]
impl Command for BelieveClock {
    const ACTION: Action = Action::NightAuditStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let property = find_property(u.tx, &self.property).await?;
        let time = u.time().await?;
        let missing = due_at(&property, self.date) - local(&property, time.believed)?;
        if time.wall <= time.believed || missing <= TimeDelta::zero() {
            return Ok(());
        }
        let is_next_due = local(&property, time.wall)? >= due_at(&property, property.business_date);
        u.believe(if is_next_due { time.wall.min(time.believed + missing) } else { time.wall }).await
    }
}

/// Closes the property's business date, or goes on with a run that was cut off. A person who does says by it that the clock has come so far, if that
/// was in doubt.
#[derive(Debug, Clone)]
pub struct RunNightAudit {
    /// Code of the property.
    pub property: String,
    /// How.
    pub input: AuditInput,
}

#[async_trait]
impl Operation for RunNightAudit {
    const ACTION: Action = Action::NightAuditRun;
    type Out = AuditReport;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<AuditReport> {
        let Self { property, input } = self.clone();
        let date = o.operate(AuditUnits { property: property.clone(), input, units: usize::MAX }).await?;
        if o.ctx().origin != Origin::Background {
            o.execute(BelieveClock { property: property.clone(), date }).await?;
            o.operate(WatchClock).await?;
        }
        o.execute_as(o.ctx().clone(), Tell { property, date }).await
    }
}

/// Runs at most `units` units of work of the audit, as if interrupted after them; returns the date it closes. [`RunNightAudit`] resumes it.
#[derive(Debug, Clone)]
pub struct AuditUnits {
    /// Code of the property.
    pub property: String,
    /// How.
    pub input: AuditInput,
    /// Maximum number.
    pub units: usize,
}

#[async_trait]
impl Operation for AuditUnits {
    const ACTION: Action = Action::NightAuditRun;
    type Out = NaiveDate;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<NaiveDate> {
        let Self { property, input, units } = self;
        let mut date = input.business_date;
        for unit in 0..*units {
            // Each unit is answered once for the request's key, so a repeated request closes no second date.
            let idempotency = o.ctx().idempotency.as_ref().map(|asked| IdempotencyKey {
                key: format!("{} unit {unit}", asked.key),
                request: asked.request,
            });
            let AuditInput { force, no_shows, .. } = input.clone();
            let command = AuditUnit { property: property.clone(), date, force, no_shows };
            let progress = o.execute_as(Context { idempotency, ..o.ctx().clone() }, command).await?;
            date = Some(progress.date);
            if progress.done {
                break;
            }
        }
        date.ok_or_else(|| AppError::invalid((), Message::ItemCount { from: 1, to: usize::MAX }))
    }
}

/// When a date is closed without being asked, on the property's own clock: on the next day, when the property has set it.
fn due_at(property: &Property, date: NaiveDate) -> NaiveDateTime {
    (date + Days::new(1)).and_time(NaiveTime::MIN) + TimeDelta::minutes(property.audit_minute)
}

/// Codes of the properties whose date is to be closed by itself: the moment that the property has set for it has passed there, by the machine's
/// clock and by the believed one ([`TimeSeen`]).
#[derive(Debug, Clone)]
pub struct ListDueAudits;

#[async_trait]
impl Query for ListDueAudits {
    const ACTION: Action = Action::NightAuditDue;
    type Out = Vec<String>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let now = r.time().await?.at_least();
        let mut due = Vec::new();
        for property in query::property::all(r.conn().await?).await? {
            if property.audit_automatic && local(&property, now)? >= due_at(&property, property.business_date)
            {
                due.push(property.code);
            }
        }
        Ok(due)
    }
}

/// A night audit that is due by the machine's clock alone: that clock was set, or the machine was off for long. It is not begun until a person
/// runs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldAuditView {
    /// Code of the property.
    pub property: String,
    /// The date that would be closed.
    pub business_date: NaiveDate,
    /// How far the machine's clock is ahead of what is believed, seconds.
    pub clock_ahead_seconds: i64,
}

/// The night audits that ask for a person.
///
/// # Errors
/// The database fails.
pub async fn held_audits(c: &mut Conn, time: &TimeSeen) -> Result<Vec<HeldAuditView>> {
    let mut held = Vec::new();
    // Nothing is due by the one and not by the other.
    if time.wall <= time.believed {
        return Ok(held);
    }
    for property in query::property::all(c).await? {
        let due = due_at(&property, property.business_date);
        if !property.audit_automatic {
            continue;
        }
        if local(&property, time.believed)? < due && due <= local(&property, time.wall)? {
            let clock_ahead_seconds = (time.wall - time.believed).num_seconds();
            let (property, business_date) = (property.code, property.business_date);
            held.push(HeldAuditView { property, business_date, clock_ahead_seconds });
        }
    }
    Ok(held)
}

/// The night audits that ask for a person, and are not begun before.
#[derive(Debug, Clone, Copy)]
pub struct ListHeldAudits;

#[async_trait]
impl Query for ListHeldAudits {
    const ACTION: Action = Action::NightAuditDue;
    type Out = Vec<HeldAuditView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let time = r.time().await?;
        held_audits(r.conn().await?, &time).await
    }
}

/// The latest runs, the last first.
#[derive(Debug, Clone)]
pub struct ListNightAudits {
    /// Code of the property.
    pub property: String,
    /// Maximum number.
    pub limit: i64,
}

#[async_trait]
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

#[async_trait]
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
