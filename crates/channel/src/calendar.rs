//! Calendars of channels (iCal): the nights that each blocks, as source records. A calendar that rolls on blocks other nights; it never becomes a booking.

use async_trait::async_trait;
use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{
    About, AppError, Command, Context, Operation, Operator, Query, Reader, Result, Service, Unit,
    check_version,
};
use hefu_domain::{
    Message, Place,
    channel::{BlockedNights, Channel, ChannelCalendar},
    event::ChannelEvent,
    message::Missing,
    source::{SourceKind, SourceRecord, SourceState},
};
use hefu_front_office::property::{check_code, find_property, property_by_id};
use hefu_kernel::Id as _;
use hefu_ota::{CalendarRefused, Nights, blocked_nights};
use hefu_store::{Store, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::sender::{check_sender, find_channel};

/// How often a calendar is read, minutes.
const EVERY: i64 = 60;

/// The pause after a calendar could not be read, minutes; each is twice as long as the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: i64 = 5;

/// The longest pause, minutes.
const LONGEST_PAUSE: i64 = 12 * 60;

/// Calendars read in one turn.
const AT_ONCE: i64 = 16;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest address, characters.
const LONGEST_URL: usize = 900;

/// Why a calendar could not be read from its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarFault {
    /// No calendars are read here, or not from such addresses.
    NotAllowed,
    /// Nobody answers there.
    Unreachable,
    /// The answer is no success, or too large.
    Refused,
}

impl CalendarFault {
    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
        }
    }
}

/// Reads what lies at an address.
pub trait CalendarReader: Send + Sync {
    /// The text at an address that begins with `https://`.
    fn read<'a>(&'a self, url: &'a str) -> BoxFuture<'a, std::result::Result<String, CalendarFault>>;
}

/// How calendars are read; without a reader none is.
#[derive(Clone, Default)]
pub struct Calendars(pub Option<Arc<dyn CalendarReader>>);

impl fmt::Debug for Calendars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Calendars").field(&self.0.is_some()).finish()
    }
}

impl Service for Calendars {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

/// A calendar as it is set up. What is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarInput {
    /// Code of the room type that it is of.
    pub room_type: Option<String>,
    /// Where it is read every hour; empty: nowhere, it is sent.
    pub url: Option<String>,
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarView {
    /// Its code.
    pub code: String,
    /// Code of the room type that it is of.
    pub room_type: String,
    /// The nights that it blocks, in order.
    pub blocked: Vec<BlockedNights>,
    /// Whether it is read from an address. The address is shown to nobody: whoever knows it can read the calendar.
    pub is_read: bool,
    /// When it was read or sent last.
    pub read_at: Option<DateTime<Utc>>,
    /// Why it could not be read the last time: a stable code.
    pub failed: Option<String>,
    /// Version of the record.
    pub version: i64,
}

impl From<ChannelCalendar> for CalendarView {
    fn from(calendar: ChannelCalendar) -> Self {
        let ChannelCalendar { code, room_type, blocked, url, read_at, failed, version, .. } = calendar;
        Self { code, room_type, blocked, is_read: url.is_some(), read_at, failed, version }
    }
}

/// Whether an address can be read at all. Where it leads is looked at when it is.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (1..=LONGEST_URL).contains(&rest.len())
        && !authority.is_empty()
        && !authority.contains('@')
        && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Creates or changes a calendar of a channel.
#[derive(Debug, Clone)]
pub struct PutCalendar {
    /// The property's code.
    pub property: String,
    /// The channel's code.
    pub channel: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The calendar.
    pub input: CalendarInput,
}

#[async_trait]
impl Command for PutCalendar {
    const ACTION: Action = Action::ChannelPut;
    type Out = CalendarView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CalendarView> {
        check_code(Place::parameter("calendar"), &self.code)?;
        let property = u.property(&self.property).await?;
        let channel = find_channel(u.tx, property.id, &self.channel).await?;
        let had = query::channel::calendar(u.tx, property.id, channel.id, &self.code).await?;
        let room_type =
            self.input.room_type.clone().or_else(|| had.as_ref().map(|had| had.room_type.clone()));
        let room_type = room_type.ok_or_else(|| AppError::invalid("room_type", Message::MissingField))?;
        let types = query::property::room_types(u.tx, property.id).await?;
        if types.iter().all(|kind| kind.code != room_type) {
            return Err(AppError::not_found(Missing::RoomType, room_type).at("room_type"));
        }
        let is_new = had.is_none();
        let mut calendar = had.unwrap_or_else(|| ChannelCalendar {
            property_id: property.id,
            id: u.id(),
            channel_id: channel.id,
            code: self.code.clone(),
            room_type: String::new(),
            blocked: Vec::new(),
            url: None,
            read_at: None,
            next_at: None,
            failures: 0,
            failed: None,
            version: 1,
        });
        calendar.room_type = room_type;
        match self.input.url.as_deref() {
            None => {}
            Some("") => (calendar.url, calendar.next_at, calendar.failed) = (None, None, None),
            Some(url) if is_address(url) => {
                query::channel::seal_url(u.tx, &mut calendar, url).await?;
                (calendar.next_at, calendar.failures) = (Some(u.now), 0);
            }
            Some(_) => return Err(AppError::invalid("url", Message::CalendarUrl)),
        }
        if is_new {
            u.tx.insert(&calendar).await?;
        } else {
            check_version(self.if_match, calendar.version)?;
            u.tx.update(&mut calendar).await?;
        }
        let event = ChannelEvent::Calendar {
            calendar_id: calendar.id,
            code: calendar.code.clone(),
            room_type: calendar.room_type.clone(),
            is_read: calendar.url.is_some(),
        };
        u.record(About::Property(property.id, "channel_calendar", calendar.id.uuid()), event).await?;
        Ok(calendar.into())
    }
}

/// What a calendar blocks, in the terms of the domain.
fn nights_of(text: &str) -> std::result::Result<Vec<BlockedNights>, CalendarRefused> {
    let nights = blocked_nights(text)?;
    Ok(nights.into_iter().map(|Nights { from, until }| BlockedNights { from, until }).collect())
}

/// Why a calendar is refused, to whoever sent it.
const fn refusal(refused: CalendarRefused) -> Message {
    match refused {
        CalendarRefused::TooLarge => Message::CalendarTooMuch,
        CalendarRefused::NoCalendar => Message::CalendarNone,
        CalendarRefused::Date(event) => Message::CalendarDate { event },
        CalendarRefused::Order(event) => Message::CalendarOrder { event },
        CalendarRefused::Repeats(event) => Message::CalendarRepeats { event },
    }
}

/// Keeps what a calendar blocks now: as a version of its source record, if that is news.
async fn keep(
    u: &mut Unit<'_>,
    channel: &Channel,
    calendar: &mut ChannelCalendar,
    nights: Vec<BlockedNights>,
) -> Result<()> {
    let system = channel.system();
    let of = (channel.property_id, system.as_str(), SourceKind::Blocked);
    let key = format!("calendar/{}", calendar.code);
    let versions = query::source::versions(u.tx, of, &key).await?;
    if calendar.blocked != nights || versions.is_empty() {
        let says = serde_json::json!({ "booking": null, "room_type": calendar.room_type, "blocked": nights });
        let received = serde_json::json!([["blocked", serde_json::to_string(&nights).unwrap_or_default()]]);
        let content = says.to_string();
        let text = format!("{{\"says\":{content},\"received\":{received}}}");
        let mut record = SourceRecord {
            property_id: channel.property_id,
            system: system.clone(),
            kind: SourceKind::Blocked,
            external_id: key.clone(),
            version: versions.last().map_or(1, |last| last.version + 1),
            visit_id: None,
            part_id: None,
            parts: String::new(),
            state: SourceState::Linked,
            run_id: Some(channel.run_id),
            received_at: u.now,
            owner: channel.property_id.uuid(),
            digest: Vec::new(),
            record: Vec::new(),
        };
        query::source::seal(u.tx, &mut record, &content, text.as_bytes()).await?;
        query::source::supersede(u.tx, of, &key, record.version, false).await?;
        u.tx.insert(&record).await?;
    }
    calendar.blocked = nights;
    (calendar.read_at, calendar.failures, calendar.failed) = (Some(u.now), 0, None);
    Ok(())
}

async fn record_read(u: &mut Unit<'_>, calendar: &ChannelCalendar) -> Result<()> {
    let nights = calendar.blocked.iter().map(|nights| (nights.until - nights.from).num_days()).sum();
    let event = ChannelEvent::Read { calendar_id: calendar.id, nights, failed: calendar.failed.clone() };
    u.record(About::Property(calendar.property_id, "channel_calendar", calendar.id.uuid()), event).await
}

/// Takes a calendar that is sent.
#[derive(Debug, Clone)]
pub struct SendCalendar {
    /// The property's code.
    pub property: String,
    /// The channel's code.
    pub channel: String,
    /// Its code.
    pub code: String,
    /// The calendar (RFC 5545).
    pub text: String,
}

#[async_trait]
impl Command for SendCalendar {
    const ACTION: Action = Action::ChannelCalendar;
    type Out = CalendarView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CalendarView> {
        let property = u.property(&self.property).await?;
        let channel = find_channel(u.tx, property.id, &self.channel).await?;
        check_sender(u.tx, u.ctx, &channel, u.now).await?;
        let found = query::channel::calendar(u.tx, property.id, channel.id, &self.code).await?;
        let mut calendar = found.ok_or_else(|| AppError::not_found(Missing::ChannelCalendar, &self.code))?;
        let nights = nights_of(&self.text).map_err(|refused| AppError::invalid((), refusal(refused)))?;
        keep(u, &channel, &mut calendar, nights).await?;
        u.tx.update(&mut calendar).await?;
        record_read(u, &calendar).await?;
        Ok(calendar.into())
    }
}

/// The calendars of a channel.
#[derive(Debug, Clone)]
pub struct ListCalendars {
    /// The property's code.
    pub property: String,
    /// The channel's code.
    pub channel: String,
}

#[async_trait]
impl Query for ListCalendars {
    const ACTION: Action = Action::ChannelList;
    type Out = Vec<CalendarView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let channel = find_channel(c, property.id, &self.channel).await?;
        let calendars = query::channel::calendars(c, property.id, channel.id).await?;
        Ok(calendars.into_iter().map(CalendarView::from).collect())
    }
}

/// Reads the calendars that are due from their addresses, holding nothing meanwhile. Answers how many.
#[derive(Debug, Clone, Copy)]
pub struct ReadDueCalendars;

#[async_trait]
impl Operation for ReadDueCalendars {
    const ACTION: Action = Action::ChannelRead;
    type Out = usize;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<usize> {
        let mut c = o.read().await?;
        let due = query::channel::calendars_due(&mut c, o.clock().now(), AT_ONCE).await?;
        let mut wanted = Vec::new();
        for calendar in due {
            let url = query::channel::open_url(&mut c, o.vault(), &calendar).await?.unwrap_or_default();
            let property = property_by_id(&mut c, calendar.property_id).await?.code;
            wanted.push((property, calendar, url));
        }
        drop(c);
        let calendars = o.service::<Calendars>();
        let count = wanted.len();
        for (property, calendar, url) in wanted {
            let read = match &calendars.0 {
                Some(reader) => match tokio::time::timeout(PATIENCE, reader.read(&url)).await {
                    Ok(read) => read.map_err(CalendarFault::code),
                    Err(_) => Err(CalendarFault::Unreachable.code()),
                },
                None => Err(CalendarFault::NotAllowed.code()),
            };
            let read = read.and_then(|text| nights_of(&text).map_err(|_| "malformed")).map_err(str::to_owned);
            // It is the server's own work, in whatever name it was begun.
            o.execute_as(Context::job("calendars"), KeepCalendar { property, calendar, read }).await?;
        }
        Ok(count)
    }
}

/// Keeps what was read of a calendar, and when it is read next.
struct KeepCalendar {
    property: String,
    /// As it was when it was read.
    calendar: ChannelCalendar,
    read: std::result::Result<Vec<BlockedNights>, String>,
}

#[async_trait]
impl Command for KeepCalendar {
    const ACTION: Action = Action::ChannelCalendar;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let ChannelCalendar { property_id, channel_id, code, version, .. } = &self.calendar;
        let found = query::channel::calendar(u.tx, *property_id, *channel_id, code).await?;
        // Whoever changed it meanwhile, or read it as well, has it read again.
        let Some(mut calendar) = found.filter(|now| now.version == *version) else { return Ok(()) };
        let Some(channel) = query::channel::find(u.tx, *property_id, *channel_id).await? else {
            return Ok(());
        };
        let before = (calendar.blocked.clone(), calendar.failed.clone(), calendar.read_at.is_some());
        let pause = match &self.read {
            Ok(nights) => {
                keep(u, &channel, &mut calendar, nights.clone()).await?;
                EVERY
            }
            Err(failed) => {
                calendar.failed = Some(failed.clone());
                calendar.failures += 1;
                pause_after(calendar.failures)
            }
        };
        calendar.next_at = Some(u.now + TimeDelta::minutes(pause));
        u.tx.update(&mut calendar).await?;
        if before != (calendar.blocked.clone(), calendar.failed.clone(), calendar.read_at.is_some()) {
            tracing::info!(property = %self.property, failed = ?calendar.failed, "a calendar of a channel changed");
        }
        record_read(u, &calendar).await
    }
}

/// Minutes to wait after so many failures in a row.
fn pause_after(failures: i64) -> i64 {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(16);
    (FIRST_PAUSE << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_over_https_are_taken() {
        for url in ["https://example.com/a.ics?s=1", "https://example.com", "https://[2001:db8::1]:8443/x"] {
            assert!(is_address(url), "{url}");
        }
        for url in [
            "http://example.com/a.ics",
            "https://",
            "https:///a",
            "https://user:secret@example.com/",
            "file:///etc/passwd",
            "https://example.com/a b",
            "https://例.com/",
            "HTTPS://example.com",
            "",
        ] {
            assert!(!is_address(url), "{url}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<i64> = [1, 2, 3, 8, 9, 1_000].map(pause_after).to_vec();
        assert_eq!(pauses, [5, 10, 20, 640, 720, 720]);
    }
}
