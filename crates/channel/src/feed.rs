//! Channels that are asked: how that is set up, and how far it is.

use async_trait::async_trait;
use std::fmt;

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message,
    channel::{Channel, ChannelFeed, FeedKind},
    event::ChannelEvent,
    ids::PropertyId,
};
use hefu_front_office::property::find_property;
use hefu_kernel::{Id as _, codes};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::sender::find_channel;

/// The pause between rounds that is taken if none is said, minutes.
const EVERY: i64 = 15;

/// The shortest and the longest pause, minutes.
const EVERY_MOST: (i64, i64) = (5, 24 * 60);

/// The longest address, characters.
const LONGEST_URL: usize = 300;

/// The longest name of a property or a service in the other system, characters.
const LONGEST_NAME: usize = 100;

/// The longest credential, characters.
const LONGEST_CREDENTIAL: usize = 1_000;

/// What we are known by in the other system: for OHIP `app_key`, `client_id`, `client_secret` and either `scope` (with `enterprise`) or `username` and `password`; for Mews
/// `client_token` and `access_token`. It is shown to nobody.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FeedCredentials {
    /// OHIP: the key of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_key: Option<String>,
    /// OHIP: the client's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// OHIP: the client's secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// OHIP: the scope of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// OHIP: the id of the enterprise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<String>,
    /// OHIP: the name of the integration user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// OHIP: its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Mews: the token of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// Mews: the token of the property.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
}

impl fmt::Debug for FeedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedCredentials").finish_non_exhaustive()
    }
}

impl FeedCredentials {
    fn named(&self) -> [(&'static str, &Option<String>); 9] {
        [
            ("app_key", &self.app_key),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("scope", &self.scope),
            ("enterprise", &self.enterprise),
            ("username", &self.username),
            ("password", &self.password),
            ("client_token", &self.client_token),
            ("access_token", &self.access_token),
        ]
    }

    /// Whether an interface can be asked with them.
    fn check(&self, kind: FeedKind) -> Result<()> {
        let needed: &[&str] = match kind {
            FeedKind::Mews => &["client_token", "access_token"],
            FeedKind::Ohip if self.username.is_some() => {
                &["app_key", "client_id", "client_secret", "password"]
            }
            FeedKind::Ohip => &["app_key", "client_id", "client_secret", "scope"],
        };
        for (name, value) in self.named() {
            let at = ("credentials", name);
            match value {
                // They go into headers.
                Some(value)
                    if !(1..=LONGEST_CREDENTIAL).contains(&value.len())
                        || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) =>
                {
                    let length = Message::Length { from: 1, to: LONGEST_CREDENTIAL };
                    return Err(AppError::invalid(at, length));
                }
                None if needed.contains(&name) => {
                    return Err(AppError::invalid(at, Message::FeedCredentials));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// How a channel is asked. What is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FeedInput {
    /// By which interface.
    pub kind: Option<FeedKind>,
    /// Where: the address without what stands behind the host of each request, such as `https://api.mews.com`.
    pub url: Option<String>,
    /// What it calls the property; OHIP: the hotel's id; Mews: the enterprise's, if the token is for several. Empty: none.
    pub hotel: Option<String>,
    /// Mews: the service whose reservations are stays. Empty: all that can be booked.
    pub service: Option<String>,
    /// What we are known by there.
    pub credentials: Option<FeedCredentials>,
    /// Minutes from the end of a round to the next, 5 to 1440. Default: 15.
    pub every_minutes: Option<i64>,
    /// Whether it is asked. Default: yes.
    pub is_on: Option<bool>,
}

codes! {
    /// How it stands with a channel that is asked.
    pub enum FeedState {
        /// It is not asked.
        Off = "off",
        /// It could not be read the last time; it is tried again.
        Failing = "failing",
        /// A round is under way.
        Reading = "reading",
        /// Everything was read; it waits for the next round.
        Waiting = "waiting",
    }
}

/// How a channel is asked, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedView {
    /// The channel's code.
    pub channel: String,
    /// By which interface.
    pub kind: FeedKind,
    /// Where.
    pub url: String,
    /// What it calls the property.
    pub hotel: Option<String>,
    /// The service whose reservations are stays.
    pub service: Option<String>,
    /// Minutes from the end of a round to the next.
    pub every_minutes: i64,
    /// How it stands.
    pub state: FeedState,
    /// The place in the round that is under way.
    pub cursor: Option<String>,
    /// Up to when everything has been read.
    pub since: Option<DateTime<Utc>>,
    /// When a page was read last.
    pub read_at: Option<DateTime<Utc>>,
    /// When it is asked next.
    pub next_at: Option<DateTime<Utc>>,
    /// How often in a row it could not be read.
    pub failures: i64,
    /// Why it could not be read the last time: `unreachable`, `unauthorised`, `throttled`, `refused`, `malformed`, `not_allowed` or `not_taken`.
    pub failed: Option<String>,
    /// Version of the record.
    pub version: i64,
}

fn view(channel: &Channel, feed: ChannelFeed) -> FeedView {
    let state = match &feed {
        ChannelFeed { is_on: false, .. } => FeedState::Off,
        ChannelFeed { failed: Some(_), .. } => FeedState::Failing,
        ChannelFeed { cursor, since, .. } if cursor.is_some() || since.is_none() => FeedState::Reading,
        _ => FeedState::Waiting,
    };
    let ChannelFeed { kind, url, hotel, service, every, cursor, since, read_at, .. } = feed;
    FeedView {
        channel: channel.code.clone(),
        kind,
        url,
        hotel,
        service,
        every_minutes: every,
        state,
        cursor,
        since,
        read_at,
        next_at: feed.next_at,
        failures: feed.failures,
        failed: feed.failed,
        version: feed.version,
    }
}

/// Whether an address can be asked at all: encrypted, or on this machine. Where it leads is looked at when it is.
fn is_address(url: &str) -> bool {
    let (rest, is_plain) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => authority,
    };
    (1..=LONGEST_URL).contains(&rest.len())
        && !host.is_empty()
        && (!is_plain || matches!(host, "127.0.0.1" | "localhost" | "[::1]"))
        && url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'?' | b'#' | b'\\' | b'%'))
}

/// A name in the other system, which becomes part of an address.
fn name_of(field: &'static str, name: &Option<String>, had: Option<String>) -> Result<Option<String>> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name.as_deref() {
        None => Ok(had),
        Some("") => Ok(None),
        // A path of dots leads elsewhere.
        Some(name)
            if name.len() <= LONGEST_NAME
                && name.chars().all(fits)
                && name.contains(|c: char| c.is_ascii_alphanumeric()) =>
        {
            Ok(Some(name.to_owned()))
        }
        Some(_) => Err(AppError::invalid(field, Message::CodeForm { most: LONGEST_NAME })),
    }
}

/// Sets up how a channel is asked, or changes it. What was read stays; an interface or an address that is another one is read from the beginning.
#[derive(Debug, Clone)]
pub struct PutFeed {
    /// The property's code.
    pub property: String,
    /// The channel's code.
    pub channel: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// How it is asked.
    pub input: FeedInput,
}

#[async_trait]
impl Command for PutFeed {
    const ACTION: Action = Action::ChannelPut;
    type Out = FeedView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FeedView> {
        let property = u.property(&self.property).await?;
        let channel = find_channel(u.tx, property.id, &self.channel).await?;
        let had = query::channel::feed(u.tx, property.id, channel.id).await?;
        let input = &self.input;
        let missing = |field: &'static str| AppError::invalid(field, Message::MissingField);
        let kind = input.kind.or(had.as_ref().map(|had| had.kind)).ok_or_else(|| missing("kind"))?;
        let url = match input.url.as_deref() {
            Some(url) if is_address(url) => url.trim_end_matches('/').to_owned(),
            Some(_) => return Err(AppError::invalid("url", Message::FeedUrl)),
            None => had.as_ref().map(|had| had.url.clone()).ok_or_else(|| missing("url"))?,
        };
        let hotel = name_of("hotel", &input.hotel, had.as_ref().and_then(|had| had.hotel.clone()))?;
        if kind == FeedKind::Ohip && hotel.is_none() {
            return Err(AppError::invalid("hotel", Message::FeedHotel));
        }
        let service = name_of("service", &input.service, had.as_ref().and_then(|had| had.service.clone()))?;
        let every = input.every_minutes.or(had.as_ref().map(|had| had.every)).unwrap_or(EVERY);
        let (least, most) = EVERY_MOST;
        if !(least..=most).contains(&every) {
            return Err(AppError::invalid("every_minutes", Message::FeedEvery { from: least, to: most }));
        }
        // What we are known by at one address is not told to another.
        let is_same = |had: &ChannelFeed| had.kind == kind && had.url == url;
        match (&input.credentials, &had) {
            (Some(credentials), _) => credentials.check(kind)?,
            (None, Some(had)) if is_same(had) => {}
            (None, _) => return Err(missing("credentials")),
        }
        let is_new = had.is_none();
        let begun = had.as_ref().filter(|had| is_same(had) && had.hotel == hotel && had.service == service);
        let (cursor, since, read_at) =
            begun.map(|begun| (begun.cursor.clone(), begun.since, begun.read_at)).unwrap_or_default();
        let is_on = input.is_on.or(had.as_ref().map(|had| had.is_on)).unwrap_or(true);
        let mut feed = ChannelFeed {
            property_id: property.id,
            channel_id: channel.id,
            kind,
            url,
            hotel,
            service,
            is_on,
            every,
            credentials: had.as_ref().map(|had| had.credentials.clone()).unwrap_or_default(),
            cursor,
            since,
            read_at,
            next_at: is_on.then_some(u.now),
            failures: 0,
            failed: None,
            version: had.as_ref().map_or(1, |had| had.version),
        };
        if let Some(credentials) = &input.credentials {
            let text = serde_json::to_vec(credentials).unwrap_or_default();
            query::channel::seal_credentials(u.tx, &mut feed, &text).await?;
        }
        if is_new {
            u.tx.insert(&feed).await?;
        } else {
            check_version(self.if_match, feed.version)?;
            u.tx.update(&mut feed).await?;
        }
        let event = ChannelEvent::Feed {
            channel_id: channel.id,
            kind,
            url: feed.url.clone(),
            is_on,
            with_credentials: input.credentials.is_some(),
        };
        u.record(About::Property(property.id, "channel_feed", channel.id.uuid()), event).await?;
        Ok(view(&channel, feed))
    }
}

/// The channels of a property that are asked.
#[derive(Debug, Clone)]
pub struct ListFeeds {
    /// The property's code.
    pub property: String,
}

#[async_trait]
impl Query for ListFeeds {
    const ACTION: Action = Action::ChannelList;
    type Out = Vec<FeedView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        views(c, property.id).await
    }
}

async fn views(c: &mut Conn, property: PropertyId) -> Result<Vec<FeedView>> {
    let channels = query::channel::list(c, property).await?;
    let mut out = Vec::new();
    for feed in query::channel::feeds(c, property).await? {
        if let Some(channel) = channels.iter().find(|channel| channel.id == feed.channel_id) {
            out.push(view(channel, feed));
        }
    }
    out.sort_by(|one, other| one.channel.cmp(&other.channel));
    Ok(out)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_over_tls_or_on_this_machine_are_taken() {
        for url in [
            "https://api.mews.com",
            "https://example.hospitality-api.eu-frankfurt-1.ocs.oraclecloud.com:443/x",
            "http://127.0.0.1:8081",
            "http://localhost",
            "http://[::1]:9/base",
        ] {
            assert!(is_address(url), "{url}");
        }
        for url in [
            "http://api.mews.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "https://user:word@example.com",
            "https://",
            "https:///x",
            "https://:443/",
            "https://example.com/?a=1",
            "https://example.com/#a",
            "https://example.com/%2e%2e",
            "https://例.com",
            "HTTPS://example.com",
            "ftp://example.com",
            "",
        ] {
            assert!(!is_address(url), "{url}");
        }
    }

    #[test]
    fn names_cannot_lead_elsewhere() {
        for name in ["HOTEL1", "3fa85f64-5717-4562-b3fc-2c963f66afa6", "a.b_c"] {
            let name = Some(name.to_owned());
            assert_eq!(name_of("hotel", &name, None).unwrap(), name);
        }
        for name in ["..", ".", "a/b", "a b", "a?b", "%2e", "酒店"] {
            assert!(name_of("hotel", &Some(name.to_owned()), None).is_err(), "{name}");
        }
        assert_eq!(name_of("hotel", &Some(String::new()), Some("H".into())).unwrap(), None);
        assert_eq!(name_of("hotel", &None, Some("H".into())).unwrap(), Some("H".into()));
    }

    #[test]
    fn credentials_are_whole_and_not_shown() {
        let some = |text: &str| Some(text.to_owned());
        let mews = FeedCredentials {
            client_token: some("secret-1"),
            access_token: some("secret-2"),
            ..FeedCredentials::default()
        };
        assert!(mews.check(FeedKind::Mews).is_ok() && mews.check(FeedKind::Ohip).is_err());
        let input = FeedInput { credentials: Some(mews.clone()), ..FeedInput::default() };
        assert!(!format!("{input:?}").contains("secret"));
        let broken = FeedCredentials { access_token: some("a\r\nb"), ..mews };
        assert!(broken.check(FeedKind::Mews).is_err());
    }
}
