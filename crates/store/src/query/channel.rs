//! Channels, what each said last of its bookings, and what of it could not be taken.

use chrono::{DateTime, Utc};
use hefu_crypto::Aad;
use hefu_domain::{
    channel::{Channel, ChannelCalendar, ChannelFeed, ChannelMessage, ChannelSaid, HeldState},
    ids::{ChannelCalendarId, ChannelId, ChannelMessageId, PropertyId},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{Conn, StoreError, Tx, Vault, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    LIST = "SELECT * FROM channel WHERE property_id = $1 ORDER BY code";
    BY_CODE = "SELECT * FROM channel WHERE property_id = $1 AND code = $2";
    FIND = "SELECT * FROM channel WHERE property_id = $1 AND id = $2";
    SAID = "SELECT * FROM channel_said WHERE property_id = $1 AND channel_id = $2 AND external_id = $3";
    CALENDARS = "SELECT * FROM channel_calendar WHERE property_id = $1 AND channel_id = $2 ORDER BY code";
    CALENDAR = "SELECT * FROM channel_calendar WHERE property_id = $1 AND channel_id = $2 AND code = $3";
    CALENDARS_DUE = "SELECT * FROM channel_calendar WHERE next_at <= $1 ORDER BY next_at LIMIT $2";
    FEED = "SELECT * FROM channel_feed WHERE property_id = $1 AND channel_id = $2";
    FEEDS = "SELECT * FROM channel_feed WHERE property_id = $1 ORDER BY channel_id";
    FEEDS_DUE = "SELECT * FROM channel_feed WHERE next_at <= $1 ORDER BY next_at LIMIT $2";
    MESSAGE = "SELECT * FROM channel_message WHERE property_id = $1 AND id = $2";
    MESSAGES = "SELECT * FROM channel_message WHERE property_id = $1 AND state = $2 AND id > $3 ORDER BY id LIMIT $4";
    WAITING = "SELECT channel_id, count(*), max(received_at) FROM channel_message WHERE property_id = $1 AND state = 'waiting' GROUP BY channel_id";
    SAID_LAST = "SELECT at FROM journal WHERE action = 'channel.said' AND subject_id = $1 ORDER BY at DESC LIMIT 1";
    SAID_SINCE = "SELECT count(*) FROM journal WHERE action = 'channel.said' AND subject_id = $1 AND at >= $2";
    WAITING_OF = "SELECT * FROM channel_message WHERE property_id = $1 AND channel_id = $2 AND external_id = $3 AND state = 'waiting'
        ORDER BY id LIMIT $4";
    DROPPED = "SELECT * FROM channel_message WHERE property_id = $1 AND channel_id = $2 AND external_id = $3 AND state = 'dropped'
        ORDER BY id DESC LIMIT 1";
}

/// The channels of a property.
///
/// # Errors
/// The database fails.
pub async fn list(c: &mut Conn, property: PropertyId) -> Result<Vec<Channel>> {
    c.all(LIST, args![property]).await
}

/// The channel with a code.
///
/// # Errors
/// The database fails.
pub async fn by_code(c: &mut Conn, property: PropertyId, code: &str) -> Result<Option<Channel>> {
    c.first(BY_CODE, args![property, code.to_owned()]).await
}

/// A channel.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, property: PropertyId, id: ChannelId) -> Result<Option<Channel>> {
    c.first(FIND, args![property, id]).await
}

/// What a channel said last of a booking.
///
/// # Errors
/// The database fails.
pub async fn said(
    c: &mut Conn,
    property: PropertyId,
    channel: ChannelId,
    external_id: &str,
) -> Result<Option<ChannelSaid>> {
    c.first(SAID, args![property, channel, external_id.to_owned()]).await
}

/// A message that could not be taken.
///
/// # Errors
/// The database fails.
pub async fn message(
    c: &mut Conn,
    property: PropertyId,
    id: ChannelMessageId,
) -> Result<Option<ChannelMessage>> {
    c.first(MESSAGE, args![property, id]).await
}

/// Messages of a property in a state after one of them, in the order in which they came.
///
/// # Errors
/// The database fails.
pub async fn messages(
    c: &mut Conn,
    property: PropertyId,
    state: HeldState,
    after: ChannelMessageId,
    limit: i64,
) -> Result<Vec<ChannelMessage>> {
    c.all(MESSAGES, args![property, state, after, limit]).await
}

/// How many messages of each channel of a property wait, and when the latest of these came first.
///
/// # Errors
/// The database fails.
pub async fn waiting(c: &mut Conn, property: PropertyId) -> Result<Vec<(ChannelId, i64, DateTime<Utc>)>> {
    c.all(WAITING, args![property]).await
}

/// When something was taken of what a channel said last.
///
/// # Errors
/// The database fails.
pub async fn said_last(c: &mut Conn, channel: ChannelId) -> Result<Option<DateTime<Utc>>> {
    Ok(c.first::<(DateTime<Utc>,)>(SAID_LAST, args![channel]).await?.map(|(at,)| at))
}

/// How often something was taken of what a channel said since a moment.
///
/// # Errors
/// The database fails.
pub async fn said_since(c: &mut Conn, channel: ChannelId, since: DateTime<Utc>) -> Result<i64> {
    Ok(c.first::<(i64,)>(SAID_SINCE, args![channel, since]).await?.map_or(0, |(count,)| count))
}

/// Messages about a booking that wait.
///
/// # Errors
/// The database fails.
pub async fn waiting_of(
    c: &mut Conn,
    property: PropertyId,
    channel: ChannelId,
    external_id: &str,
    limit: i64,
) -> Result<Vec<ChannelMessage>> {
    c.all(WAITING_OF, args![property, channel, external_id.to_owned(), limit]).await
}

/// The last message about a booking of which a person decided that it says nothing.
///
/// # Errors
/// The database fails.
pub async fn dropped(
    c: &mut Conn,
    property: PropertyId,
    channel: ChannelId,
    external_id: &str,
) -> Result<Option<ChannelMessage>> {
    c.first(DROPPED, args![property, channel, external_id.to_owned()]).await
}

fn aad(tenant: Uuid, message: ChannelMessageId) -> Aad<'static> {
    Aad { tenant, table: "channel_message", column: "record", row: message.uuid() }
}

/// Seals a message under the property's data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal(tx: &mut Tx, message: &mut ChannelMessage, text: &str) -> Result<()> {
    let key = tx.data_key(message.property_id.uuid()).await?;
    message.record = key.seal(&*tx.vault().rng, &aad(tx.ring().tenant(), message.id), text.as_bytes());
    Ok(())
}

/// The text of a message; none of a settled one.
///
/// # Errors
/// What was sealed was changed.
pub async fn open(c: &mut Conn, vault: &Vault, message: &ChannelMessage) -> Result<Option<String>> {
    if message.state != HeldState::Waiting {
        return Ok(None);
    }
    let Some(key) = vault.find_to_read(c, message.property_id.uuid()).await? else { return Ok(None) };
    let text = key
        .open(&aad(vault.ring().tenant(), message.id), &message.record)
        .map_err(|source| StoreError::Crypto { table: "channel_message", source })?;
    Ok(String::from_utf8(text).ok())
}

/// The calendars of a channel.
///
/// # Errors
/// The database fails.
pub async fn calendars(
    c: &mut Conn,
    property: PropertyId,
    channel: ChannelId,
) -> Result<Vec<ChannelCalendar>> {
    c.all(CALENDARS, args![property, channel]).await
}

/// The calendar of a channel with a code.
///
/// # Errors
/// The database fails.
pub async fn calendar(
    c: &mut Conn,
    property: PropertyId,
    channel: ChannelId,
    code: &str,
) -> Result<Option<ChannelCalendar>> {
    c.first(CALENDAR, args![property, channel, code.to_owned()]).await
}

/// Calendars that are to be read by now, those that wait longest first.
///
/// # Errors
/// The database fails.
pub async fn calendars_due(c: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<ChannelCalendar>> {
    c.all(CALENDARS_DUE, args![now, limit]).await
}

fn url_aad(tenant: Uuid, calendar: ChannelCalendarId) -> Aad<'static> {
    Aad { tenant, table: "channel_calendar", column: "url", row: calendar.uuid() }
}

/// Seals the address of a calendar under the property's data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_url(tx: &mut Tx, calendar: &mut ChannelCalendar, url: &str) -> Result<()> {
    let key = tx.data_key(calendar.property_id.uuid()).await?;
    let aad = url_aad(tx.ring().tenant(), calendar.id);
    calendar.url = Some(key.seal(&*tx.vault().rng, &aad, url.as_bytes()));
    Ok(())
}

/// The address of a calendar, if it has one.
///
/// # Errors
/// What was sealed was changed.
pub async fn open_url(c: &mut Conn, vault: &Vault, calendar: &ChannelCalendar) -> Result<Option<String>> {
    let Some(sealed) = &calendar.url else { return Ok(None) };
    let Some(key) = vault.find_to_read(c, calendar.property_id.uuid()).await? else { return Ok(None) };
    let url = key
        .open(&url_aad(vault.ring().tenant(), calendar.id), sealed)
        .map_err(|source| StoreError::Crypto { table: "channel_calendar", source })?;
    Ok(String::from_utf8(url).ok())
}

/// How a channel is asked, if it is.
///
/// # Errors
/// The database fails.
pub async fn feed(c: &mut Conn, property: PropertyId, channel: ChannelId) -> Result<Option<ChannelFeed>> {
    c.first(FEED, args![property, channel]).await
}

/// How the channels of a property are asked.
///
/// # Errors
/// The database fails.
pub async fn feeds(c: &mut Conn, property: PropertyId) -> Result<Vec<ChannelFeed>> {
    c.all(FEEDS, args![property]).await
}

/// Channels that are to be asked by now, those that wait longest first.
///
/// # Errors
/// The database fails.
pub async fn feeds_due(c: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<ChannelFeed>> {
    c.all(FEEDS_DUE, args![now, limit]).await
}

/// What we are known by at an address is for that address: whoever writes another one into the database has it told to nobody.
fn credentials_column(feed: &ChannelFeed) -> String {
    format!("credentials:{}:{}", feed.kind.code(), feed.url)
}

fn credentials_aad(tenant: Uuid, column: &str, channel: ChannelId) -> Aad<'_> {
    Aad { tenant, table: "channel_feed", column, row: channel.uuid() }
}

/// Seals what we are known by at a channel under the property's data key, for the feed's interface and address.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_credentials(tx: &mut Tx, feed: &mut ChannelFeed, text: &[u8]) -> Result<()> {
    let key = tx.data_key(feed.property_id.uuid()).await?;
    let column = credentials_column(feed);
    let aad = credentials_aad(tx.ring().tenant(), &column, feed.channel_id);
    feed.credentials = key.seal(&*tx.vault().rng, &aad, text);
    Ok(())
}

/// What we are known by at a channel.
///
/// # Errors
/// What was sealed was changed, or the interface or address that it was sealed for.
pub async fn open_credentials(c: &mut Conn, vault: &Vault, feed: &ChannelFeed) -> Result<Option<Vec<u8>>> {
    let Some(key) = vault.find_to_read(c, feed.property_id.uuid()).await? else { return Ok(None) };
    let column = credentials_column(feed);
    let text = key
        .open(&credentials_aad(vault.ring().tenant(), &column, feed.channel_id), &feed.credentials)
        .map_err(|source| StoreError::Crypto { table: "channel_feed", source })?;
    Ok(Some(text))
}
