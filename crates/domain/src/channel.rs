//! Channels 【渠道】: where the bookings of a property come from beside its desk, what each has said last of its bookings, and what of it could
//! not be taken.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{Id as _, codes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ids::{ChannelCalendarId, ChannelId, ChannelMessageId, ImportRunId, PropertyId},
    message::Why,
};

/// Codes of a channel and what each is here. `*` stands for no code at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct CodeMap(pub BTreeMap<String, String>);

impl CodeMap {
    /// What a code of the channel, or none, is here.
    pub fn get(&self, theirs: Option<&str>) -> Option<&str> {
        self.0.get(theirs.unwrap_or("*")).map(String::as_str)
    }
}

/// A channel of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: ChannelId,
    /// Its code: the channel of the bookings that come from it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What the channel calls the property. Messages for another one are not taken.
    pub hotel: Option<String>,
    /// Its codes of room types.
    pub room_types: CodeMap,
    /// Its codes of rate plans.
    pub rate_plans: CodeMap,
    /// What its records came with.
    pub run_id: ImportRunId,
    /// Version of the record.
    pub version: i64,
}

impl Channel {
    /// The system of its source records.
    pub fn system(&self) -> String {
        format!("channel:{}", self.code)
    }

    /// Who granted the role to the channel's own program, as the grant says.
    pub fn grants(&self) -> String {
        format!("channel:{}", self.id.uuid())
    }
}

/// What a channel has said last of one of its bookings. Texts in the order of [`Said::order`]: a later message is greater.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSaid {
    /// The property.
    pub property_id: PropertyId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The booking's number there.
    pub external_id: String,
    /// The latest message that says what is booked.
    pub content: Option<String>,
    /// The latest message that calls it off.
    pub cancelled: Option<String>,
    /// Version of the record.
    pub version: i64,
}

impl ChannelSaid {
    /// Whether what is booked is called off: nothing that says it anew came from later.
    pub fn is_cancelled(&self) -> bool {
        match (&self.cancelled, &self.content) {
            (Some(cancelled), Some(content)) => cancelled >= content,
            (cancelled, _) => cancelled.is_some(),
        }
    }
}

/// When a channel said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The moment, as the channel has it.
    pub at: DateTime<Utc>,
    /// Of several messages of one moment, what is new comes before what changed, and both before what is called off.
    pub rank: u8,
    /// What distinguishes messages that say different things in one moment: any order, but always the same.
    pub tie: u32,
}

impl Said {
    /// A text that is greater for what was said later.
    pub fn order(&self) -> String {
        // Before 1970 nobody sent messages.
        let micros = self.at.timestamp_micros().max(0);
        format!("{micros:019}-{}-{:08x}", self.rank, self.tie)
    }
}

codes! {
    /// State of a message that could not be taken.
    pub enum HeldState {
        /// It waits until it, or the setup, is mended.
        Waiting = "waiting",
        /// It was taken.
        Taken = "taken",
        /// A later message of the same booking was taken.
        Overtaken = "overtaken",
        /// A person decided that it says nothing.
        Dropped = "dropped",
    }
}

/// A message, or the part of one that is about one booking, that could not be taken: the quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelMessage {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: ChannelMessageId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The booking's number there; empty: it cannot be read.
    pub external_id: String,
    /// Its state.
    pub state: HeldState,
    /// Where it is wrong.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// What is wrong.
    pub detail: Why,
    /// When it came first.
    pub received_at: DateTime<Utc>,
    /// How often it came.
    pub times: i64,
    /// When it was taken, overtaken or dropped.
    pub settled_at: Option<DateTime<Utc>>,
    /// The message without cards, sealed under the property's data key; of a settled one nothing.
    pub record: Vec<u8>,
    /// Version of the record.
    pub version: i64,
}

/// Nights that a calendar blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockedNights {
    /// The first night.
    pub from: NaiveDate,
    /// The date after the last night.
    pub until: NaiveDate,
}

/// A calendar of a channel: which nights of a room type it blocks. It never becomes a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelCalendar {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: ChannelCalendarId,
    /// The channel.
    pub channel_id: ChannelId,
    /// Its code.
    pub code: String,
    /// Code of the room type that it is of.
    pub room_type: String,
    /// The nights that it blocks, in order.
    pub blocked: Vec<BlockedNights>,
    /// Where it is read, sealed under the property's data key: whoever knows the address can read it. None: it is sent.
    pub url: Option<Vec<u8>>,
    /// When it was read or sent last.
    pub read_at: Option<DateTime<Utc>>,
    /// When it is to be read next.
    pub next_at: Option<DateTime<Utc>>,
    /// How often in a row it could not be read.
    pub failures: i64,
    /// Why it could not be read the last time: a stable code.
    pub failed: Option<String>,
    /// Version of the record.
    pub version: i64,
}

codes! {
    /// Which interface a hotel system is asked by.
    pub enum FeedKind {
        /// OPERA Cloud, by the Oracle Hospitality Integration Platform.
        Ohip = "ohip",
        /// Mews, by its Connector API.
        Mews = "mews",
    }
}

/// How a channel is asked that does not send: another hotel system whose reservations are read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelFeed {
    /// The property.
    pub property_id: PropertyId,
    /// The channel; it has one at most.
    pub channel_id: ChannelId,
    /// Its interface.
    pub kind: FeedKind,
    /// Its address, without what stands behind the host of each request.
    pub url: String,
    /// What it calls the property.
    pub hotel: Option<String>,
    /// The service whose reservations are stays; none: all that can be booked.
    pub service: Option<String>,
    /// Whether it is asked.
    pub is_on: bool,
    /// Minutes from the end of a round to the next.
    pub every: i64,
    /// What we are known by there; JSON, sealed under the property's data key.
    pub credentials: Vec<u8>,
    /// The place in the round that is under way; none: the next one begins a round.
    pub cursor: Option<String>,
    /// Up to when everything has been read.
    pub since: Option<DateTime<Utc>>,
    /// When a page was read last.
    pub read_at: Option<DateTime<Utc>>,
    /// When it is to be asked next; none: never.
    pub next_at: Option<DateTime<Utc>>,
    /// How often in a row it could not be read.
    pub failures: i64,
    /// Why it could not be read the last time: a stable code.
    pub failed: Option<String>,
    /// Version of the record.
    pub version: i64,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn later_messages_are_greater_and_a_cancellation_closes_its_moment() {
        let said = |at: &str, rank, tie| Said { at: at.parse().unwrap(), rank, tie }.order();
        let in_order = [
            said("2026-10-01T08:00:00Z", 0, 9),
            said("2026-10-01T08:00:00Z", 1, 3),
            said("2026-10-01T08:00:00Z", 1, 4),
            said("2026-10-01T08:00:00Z", 2, 0),
            said("2026-10-01T08:00:00.000001Z", 0, 0),
            said("2027-01-01T00:00:00Z", 0, 0),
        ];
        assert!(in_order.is_sorted_by(|one, other| one < other), "{in_order:?}");
    }

    #[test]
    fn what_is_said_anew_after_a_cancellation_is_booked() {
        let said = |content: Option<&str>, cancelled: Option<&str>| ChannelSaid {
            property_id: PropertyId::NIL,
            channel_id: ChannelId::NIL,
            external_id: "R-1".into(),
            content: content.map(str::to_owned),
            cancelled: cancelled.map(str::to_owned),
            version: 1,
        };
        assert!(said(Some("1"), Some("2")).is_cancelled() && said(None, Some("2")).is_cancelled());
        assert!(said(Some("2"), Some("2")).is_cancelled());
        assert!(!said(Some("3"), Some("2")).is_cancelled() && !said(Some("1"), None).is_cancelled());
    }
}
