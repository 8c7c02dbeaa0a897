//! Channels that are asked, asked: a page of each that is due, every reservation of it taken as a message of the channel would be, and then, in a unit of its own, how
//! far that is. Whatever ends it in between, the page is read again, and nothing comes twice.

use async_trait::async_trait;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, Command, Context, Operation, Operator, Result, Unit};
use hefu_domain::{
    channel::{ChannelFeed, FeedKind},
    event::ChannelEvent,
    property::Property,
};
use hefu_front_office::property::property_by_id;
use hefu_kernel::{Id as _, Rng};
use hefu_ota::record;
use hefu_store::{StoreError, query};

use crate::{
    client::{Asking, Failed, FeedFault, Feeds, Page},
    feed::FeedCredentials,
    mews, ohip,
    sender::channel_by_id,
    take::{Desk, LIMITS},
};

/// The name of the work.
const JOB: &str = "feeds";

/// Channels asked in one turn.
const AT_ONCE: i64 = 8;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The pause after the first failure, milliseconds; each is twice as long as the one before.
const FIRST_PAUSE_MS: u64 = 30_000;

/// The longest pause, milliseconds.
const LONGEST_PAUSE_MS: u64 = 60 * 60 * 1_000;

/// After so many failures in a row a round is begun anew: its place may not be there any more.
const ANEW_AFTER: i64 = 4;

/// Asks the channels that are due, holding nothing meanwhile. Answers how many.
#[derive(Debug, Clone, Copy)]
pub struct PollDueFeeds;

#[async_trait]
impl Operation for PollDueFeeds {
    const ACTION: Action = Action::ChannelRead;
    type Out = usize;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<usize> {
        let mut c = o.read().await?;
        let due = query::channel::feeds_due(&mut c, o.clock().now(), AT_ONCE).await?;
        drop(c);
        let mut count = 0;
        for feed in due {
            count += usize::from(poll(o, feed).await?);
        }
        Ok(count)
    }
}

/// Asks a channel for a page, takes it, and keeps how far that is. Answers whether it was asked.
async fn poll(o: &Operator<'_>, feed: ChannelFeed) -> Result<bool> {
    let mut c = o.read().await?;
    let property = property_by_id(&mut c, feed.property_id).await?;
    let channel = channel_by_id(&mut c, feed.property_id, feed.channel_id).await?;
    let credentials = match query::channel::open_credentials(&mut c, o.vault(), &feed).await {
        Ok(credentials) => credentials.unwrap_or_default(),
        Err(StoreError::Crypto { .. }) => {
            // Nothing of it is written, or what somebody else wrote would be taken for Hefu's from then on; `hefu verify` names it.
            tracing::error!(property = %property.code, channel = %channel.code, "a hotel system is not asked: its address or what we are known by there was altered");
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    let credentials: FeedCredentials = serde_json::from_slice(&credentials).unwrap_or_default();
    let desk = Desk::of(&mut c, property.clone(), channel).await?;
    drop(c);
    let feeds = o.service::<Feeds>();
    let read = match feeds.asking(o.clock().now()) {
        Some(asking) => {
            let page = ask(&asking, &feed, &property, &credentials);
            tokio::time::timeout(PATIENCE, page).await.unwrap_or(Err(FeedFault::Unreachable.into()))
        }
        None => Err(FeedFault::NotAllowed.into()),
    };
    let read = match read {
        Ok(page) => match take(o, &desk, &page).await {
            Ok(()) => Ok(page),
            // Nothing is skipped: the page is read again later.
            Err(error) => {
                tracing::error!(property = %property.code, channel = %desk.channel.code, %error, "a page of another hotel system could not be taken");
                Err(FeedFault::NotTaken.into())
            }
        },
        Err(failed) => Err(failed),
    };
    let pause = pause_after(feed.failures + 1, &*o.vault().rng);
    let keep = KeepPage { property: property.code, feed, read, pause };
    // It is the server's own work, in whatever name it was begun.
    o.execute_as(Context::job(JOB), keep).await?;
    Ok(true)
}

async fn ask(
    asking: &Asking<'_>,
    feed: &ChannelFeed,
    property: &Property,
    credentials: &FeedCredentials,
) -> std::result::Result<Page, Failed> {
    match feed.kind {
        FeedKind::Ohip => ohip::page(asking, feed, property, credentials).await,
        FeedKind::Mews => mews::page(asking, feed, property, credentials).await,
    }
}

/// Takes every reservation of a page, or keeps it with the reason why it cannot be taken.
async fn take(o: &Operator<'_>, desk: &Desk, page: &Page) -> Result<()> {
    for text in &page.records {
        match record(text, &LIMITS) {
            Ok(message) => {
                desk.reservations(o, &message).await?;
            }
            // They were written just now: what cannot be read at all is no reservation.
            Err(refused) => tracing::warn!(%refused, "a record of another hotel system cannot be read"),
        }
    }
    Ok(())
}

/// Keeps how far a channel was read, and when it is asked next.
struct KeepPage {
    property: String,
    /// As it was when it was asked.
    feed: ChannelFeed,
    read: std::result::Result<Page, Failed>,
    /// The pause if it failed.
    pause: TimeDelta,
}

#[async_trait]
impl Command for KeepPage {
    const ACTION: Action = Action::ChannelStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let ChannelFeed { property_id, channel_id, version, .. } = self.feed;
        let found = query::channel::feed(u.tx, property_id, channel_id).await?;
        // Whoever changed it meanwhile, or asked it as well, has it asked again.
        let Some(mut feed) = found.filter(|now| now.version == version) else { return Ok(()) };
        let reservations = match &self.read {
            Ok(page) => {
                read(&mut feed, page, u.now);
                i64::try_from(page.records.len()).unwrap_or(i64::MAX)
            }
            Err(failed) => {
                failed_again(&mut feed, *failed, self.pause, u.now);
                0
            }
        };
        u.tx.update(&mut feed).await?;
        let event = ChannelEvent::Page { channel_id, reservations, failed: feed.failed };
        u.record(About::Property(property_id, "channel_feed", channel_id.uuid()), event).await
    }
}

/// A page was read and taken.
fn read(feed: &mut ChannelFeed, page: &Page, now: DateTime<Utc>) {
    feed.cursor = page.cursor.as_ref().map(ToString::to_string);
    if feed.cursor.is_none() {
        feed.since = Some(page.since);
    }
    let is_more = feed.cursor.is_some() || page.again;
    feed.next_at = Some(if is_more { now } else { now + TimeDelta::minutes(feed.every) });
    (feed.read_at, feed.failures, feed.failed) = (Some(now), 0, None);
}

/// A page could not be read: it is asked for again, later each time, and not before the other system wants to be asked.
fn failed_again(feed: &mut ChannelFeed, failed: Failed, pause: TimeDelta, now: DateTime<Utc>) {
    feed.failures += 1;
    if feed.failures % ANEW_AFTER == 0 && failed.fault == FeedFault::Refused {
        feed.cursor = None;
    }
    feed.failed = Some(failed.fault.code().to_owned());
    feed.next_at = Some(now + pause.max(failed.wait.unwrap_or_default()));
}

/// How long to wait after so many failures in a row: twice as long as after the one before, with jitter so that properties don't ask in step.
fn pause_after(failures: i64, rng: &dyn Rng) -> TimeDelta {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0).min(20);
    let whole = (FIRST_PAUSE_MS << doublings).min(LONGEST_PAUSE_MS);
    // From a half to the whole.
    let pause = whole / 2 + rng.next_u64() % (whole / 2 + 1);
    TimeDelta::milliseconds(i64::try_from(pause).unwrap_or(i64::MAX))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_domain::ids::{ChannelId, PropertyId};
    use hefu_kernel::SeededRng;

    use super::*;
    use crate::client::Cursor;

    fn feed() -> ChannelFeed {
        ChannelFeed {
            property_id: PropertyId::NIL,
            channel_id: ChannelId::NIL,
            kind: FeedKind::Mews,
            url: "https://api.example.com".into(),
            hotel: None,
            service: None,
            is_on: true,
            every: 15,
            credentials: Vec::new(),
            cursor: Some("a/b/c".into()),
            since: None,
            read_at: None,
            next_at: None,
            failures: 0,
            failed: None,
            version: 1,
        }
    }

    #[test]
    fn pauses_grow_differ_and_end() {
        let rng = SeededRng::new(7);
        for (failures, most) in [(1, 30), (2, 60), (3, 120), (8, 3_600), (1_000, 3_600)] {
            for _ in 0..50 {
                let pause = pause_after(failures, &rng).num_milliseconds();
                assert!((most * 500..=most * 1_000).contains(&pause), "{failures}: {pause}");
            }
        }
        assert_ne!(pause_after(3, &rng), pause_after(3, &rng));
    }

    #[test]
    fn a_failure_keeps_the_place_and_waits_as_long_as_is_asked() {
        let now: DateTime<Utc> = "2026-10-03T08:00:00Z".parse().unwrap();
        let (mut feed, pause) = (feed(), TimeDelta::seconds(20));
        let busy = Failed { fault: FeedFault::Throttled, wait: Some(TimeDelta::seconds(90)) };
        failed_again(&mut feed, busy, pause, now);
        assert_eq!((feed.cursor.as_deref(), feed.failed.as_deref()), (Some("a/b/c"), Some("throttled")));
        assert_eq!(feed.next_at, Some(now + TimeDelta::seconds(90)));
        failed_again(&mut feed, FeedFault::Unreachable.into(), pause, now);
        assert_eq!((feed.failures, feed.next_at), (2, Some(now + pause)));
        // A place that is refused again and again is given up.
        for _ in 0..2 {
            failed_again(&mut feed, FeedFault::Refused.into(), pause, now);
        }
        assert_eq!((feed.failures, feed.cursor.as_deref()), (4, None));
    }

    #[test]
    fn a_round_goes_on_at_once_and_the_next_one_later() {
        let now: DateTime<Utc> = "2026-10-03T08:00:00Z".parse().unwrap();
        let mut feed = ChannelFeed { failures: 3, failed: Some("refused".into()), ..feed() };
        let next = Cursor { from: "a".into(), until: "b".into(), at: "d".into() };
        let page = Page { records: Vec::new(), cursor: Some(next), since: now, again: false };
        read(&mut feed, &page, now);
        assert_eq!((feed.cursor.as_deref(), feed.since, feed.next_at), (Some("a/b/d"), None, Some(now)));
        assert_eq!((feed.failures, feed.failed.as_deref()), (0, None));
        read(&mut feed, &Page { cursor: None, ..page }, now);
        assert_eq!((feed.since, feed.next_at), (Some(now), Some(now + TimeDelta::minutes(15))));
    }
}
