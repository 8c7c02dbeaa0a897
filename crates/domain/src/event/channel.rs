//! Events about channels. They are sealed under the property's data key.

use std::collections::BTreeMap;

use super::define::events;
use crate::{
    channel::HeldState,
    ids::{ChannelId, ChannelMessageId},
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
        /// What was kept is settled.
        Settle = "channel.settle" {
            /// The message.
            message_id: ChannelMessageId,
            /// How.
            state: HeldState,
        },
    }
}
