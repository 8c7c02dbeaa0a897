//! The keys of channels: a program of its own for each, which may send in its channel's name and see nothing.
//!
//! What the program holds says for which channel it was made. Once a channel has a program, no other one may send for it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit};
use hefu_domain::{
    account::{AccountState, ApiClient},
    channel::Channel,
    event::ChannelEvent,
    ids::ApiClientId,
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    client::{ClientInput, CreateClient, NewKey, RotateInput, RotateKey},
    grant::{By, GrantInput, Holder, give},
};

/// The role of whoever sends for a channel.
const ROLE: &str = "channel";

/// How a channel's next key is made.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelKeyInput {
    /// How long it is valid, days. Default: 90; at most 400.
    pub days: Option<i64>,
    /// Whether the keys before it end at once, because one has become known. Default: they end after seven days.
    pub at_once: bool,
    /// Why; for the journal.
    pub reason: Option<String>,
}

/// Gives a channel its first key or its next one. It is shown now and not again.
#[derive(Debug, Clone)]
pub struct IssueChannelKey {
    /// The property's code.
    pub property: String,
    /// The channel's code.
    pub channel: String,
    /// How.
    pub input: ChannelKeyInput,
}

/// The program that was made for a channel, if it may still send.
async fn program(c: &mut Conn, channel: &Channel, now: DateTime<Utc>) -> Result<Option<ApiClient>> {
    for grant in query::account::granted_by_channel(c, &channel.grants()).await? {
        if grant.until.is_some_and(|until| until <= now) {
            continue;
        }
        let client = query::account::client(c, ApiClientId::from_uuid(grant.holder_id)).await?;
        if let Some(client) = client.filter(|client| client.state == AccountState::Active) {
            return Ok(Some(client));
        }
    }
    Ok(None)
}

#[async_trait]
impl Command for IssueChannelKey {
    const ACTION: Action = Action::ChannelKey;
    type Out = NewKey;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<NewKey> {
        let property = u.property(&self.property).await?;
        let found = query::channel::by_code(u.tx, property.id, &self.channel).await?;
        let channel = found.ok_or_else(|| AppError::not_found(Missing::Channel, &self.channel))?;
        let now = u.now;
        let made = match program(u.tx, &channel, now).await? {
            Some(client) => {
                let input = RotateInput { days: self.input.days, at_once: self.input.at_once, reason: None };
                RotateKey { id: client.id, input }.run(u).await?
            }
            None => {
                let name = format!("{} / {}", property.code, channel.code);
                let made = CreateClient { input: ClientInput { name, days: self.input.days } }.run(u).await?;
                let (role, property) = (ROLE.to_owned(), Some(property.code.clone()));
                let grant = GrantInput { role, property, until: None, reason: None };
                let holder = Holder::Client(made.client.id);
                give(u, holder, &grant, By::Channel(channel.grants())).await?;
                made
            }
        };
        // Of two who ask at once one begins anew, or the channel would have two programs.
        u.tx.update(&mut channel.clone()).await?;
        let event = ChannelEvent::Key { channel_id: channel.id, client_id: made.client.id };
        u.record(About::Property(property.id, "channel", channel.id.uuid()), event).await?;
        Ok(made)
    }
}
