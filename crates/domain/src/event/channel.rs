//! Events about channels. They are sealed under the property's data key.

use std::collections::BTreeMap;

use super::define::events;
use crate::{
    channel::{FeedKind, HeldState},
    ids::{ApiClientId, ChannelCalendarId, ChannelId, ChannelMessageId},
};

events! {
    /// What happened to a channel, or came from it.
    pub enum ChannelEvent {
        /// It was set up or changed.
        Put = "channel.put" {
            /// Its code.
            code: String,
            /// Its name.
            name: String,
            /// What it calls the property.
            hotel: Option<String>,
            /// What its codes of room types are here.
            room_types: BTreeMap<String, String>,
            /// What its codes of rate plans are here.
            rate_plans: BTreeMap<String, String>,
        },
        /// A calendar of it was set up or changed.
        Calendar = "channel.calendar" {
            /// The calendar.
            calendar_id: ChannelCalendarId,
            /// Its code.
            code: String,
            /// Code of the room type that it is of.
            room_type: String,
            /// Whether it is read from an address.
            is_read: bool,
        },
        /// A calendar of it was read or sent, or could not be read.
        Read = "channel.read" {
            /// The calendar.
            calendar_id: ChannelCalendarId,
            /// How many nights it blocks.
            nights: i64,
            /// Why it could not be read: a stable code.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            failed: Option<String>,
        },
        /// How it is asked was set up or changed.
        Feed = "channel.feed" {
            /// The channel.
            channel_id: ChannelId,
            /// By which interface.
            kind: FeedKind,
            /// Where.
            url: String,
            /// Whether it is asked.
            is_on: bool,
            /// Whether what we are known by there was set.
            with_credentials: bool,
        },
        /// A page of what it answers was read, or could not be.
        Page = "channel.page" {
            /// The channel.
            channel_id: ChannelId,
            /// How many reservations it had.
            reservations: i64,
            /// Why it could not be read: a stable code.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            failed: Option<String>,
        },
        /// It said something of a booking; what became of the booking has entries of its own.
        Said = "channel.said" {
            /// The channel.
            channel_id: ChannelId,
            /// Whether it called the booking off.
            cancels: bool,
        },
        /// Something that it said could not be taken, and is kept.
        Hold = "channel.hold" {
            /// The message.
            message_id: ChannelMessageId,
            /// Stable code of the reason.
            reason: String,
        },
        /// What was kept was shown to somebody as it was received.
        Text = "channel.text" {
            /// The message.
            message_id: ChannelMessageId,
        },
        /// What was kept was put in other words by somebody, to be taken as these say.
        Mend = "channel.mend" {
            /// The message.
            message_id: ChannelMessageId,
        },
        /// A program was made for it, which may send in its name.
        Key = "channel.key" {
            /// The channel.
            channel_id: ChannelId,
            /// The program.
            client_id: ApiClientId,
        },
        /// What was kept is settled.
        Settle = "channel.settle" {
            /// The message.
            message_id: ChannelMessageId,
            /// How.
            state: HeldState,
        },
    }
}
