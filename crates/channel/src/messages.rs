//! What of a channel's messages could not be taken, as people see it, and what they do about it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Command, Disclosed, Query, Reader, Result, Unit};
use hefu_domain::{
    Language, Message, Rule, RuleError,
    channel::{ChannelMessage, HeldState},
    event::ChannelEvent,
    ids::{ChannelMessageId, PropertyId},
    message::Missing,
};
use hefu_front_office::property::find_property;
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hold::close_message;

/// A message that could not be taken, or that was taken since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelMessageView {
    /// Identifier.
    pub id: ChannelMessageId,
    /// Code of the channel.
    pub channel: String,
    /// The booking's number at the channel; none: it cannot be read.
    pub number: Option<String>,
    /// Its state.
    pub state: HeldState,
    /// Where it is wrong.
    pub field: String,
    /// Stable code of the reason: `malformed`, `unknown_code`, `missing_price`, `no_inventory`, …
    pub reason: String,
    /// What is wrong and what to do, in the client's language; no personal data.
    pub detail: String,
    /// When it came first.
    pub received_at: DateTime<Utc>,
    /// How often it came.
    pub times: i64,
    /// When it was taken, overtaken or dropped.
    pub settled_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

/// A message as it is told in a language.
pub(crate) async fn view(
    c: &mut Conn,
    message: ChannelMessage,
    language: Language,
) -> Result<ChannelMessageView> {
    let channel = query::channel::find(c, message.property_id, message.channel_id).await?;
    Ok(ChannelMessageView {
        id: message.id,
        channel: channel.map(|channel| channel.code).unwrap_or_default(),
        number: Some(message.external_id).filter(|number| !number.is_empty()),
        state: message.state,
        field: message.field,
        reason: message.reason,
        detail: message.detail.text(language),
        received_at: message.received_at,
        times: message.times,
        settled_at: message.settled_at,
        version: message.version,
    })
}

pub(crate) async fn find(c: &mut Conn, property: PropertyId, id: ChannelMessageId) -> Result<ChannelMessage> {
    let found = query::channel::message(c, property, id).await?;
    found.ok_or_else(|| AppError::not_found(Missing::ChannelMessage, id))
}

/// Messages of a property's channels in a state, in the order in which they came.
#[derive(Debug, Clone)]
pub struct ListMessages {
    /// The property's code.
    pub property: String,
    /// In which state.
    pub state: HeldState,
    /// Only those after this one.
    pub after: Option<ChannelMessageId>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListMessages {
    const ACTION: Action = Action::ChannelMessages;
    type Out = Vec<ChannelMessageView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let language = r.ctx().language;
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let after = self.after.unwrap_or(ChannelMessageId::NIL);
        let mut out = Vec::new();
        for message in query::channel::messages(c, property.id, self.state, after, self.limit).await? {
            out.push(view(c, message, language).await?);
        }
        Ok(out)
    }
}

/// Why.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelReason {
    /// Kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    pub reason: Option<String>,
}

/// A message as it was received, without cards.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelMessageText {
    /// XML, as the channel sent it or as somebody mended it.
    pub text: String,
    #[serde(skip)]
    property: PropertyId,
}

/// Shows a message as it was received. It names guests: the journal says who looked and why.
#[derive(Debug, Clone)]
pub struct ShowMessageText {
    /// The property's code.
    pub property: String,
    /// Which.
    pub id: ChannelMessageId,
    /// Why; required here or in `Hefu-Reason`.
    pub input: ChannelReason,
}

#[async_trait]
impl Query for ShowMessageText {
    const ACTION: Action = Action::ChannelText;
    type Out = ChannelMessageText;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<ChannelMessageText> {
        let vault = r.vault();
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let message = find(c, property.id, self.id).await?;
        if message.state != HeldState::Waiting {
            return Err(RuleError::new(Rule::WrongState, (), Message::ChannelMessageSettled).into());
        }
        let text = query::channel::open(c, &vault, &message).await?.unwrap_or_default();
        Ok(ChannelMessageText { text, property: property.id })
    }

    fn disclosed(&self, out: &ChannelMessageText) -> Vec<Disclosed> {
        let event = ChannelEvent::Text { message_id: self.id }.into();
        vec![Disclosed { kind: "channel_message", id: self.id.uuid(), owner: out.property.uuid(), event }]
    }
}

/// Decides that a message says nothing: what it said is not kept.
#[derive(Debug, Clone)]
pub struct DropMessage {
    /// The property's code.
    pub property: String,
    /// Which.
    pub id: ChannelMessageId,
    /// Why; required here or in `Hefu-Reason`.
    pub input: ChannelReason,
}

#[async_trait]
impl Command for DropMessage {
    const ACTION: Action = Action::ChannelDrop;
    type Out = ChannelMessageView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ChannelMessageView> {
        u.reason()?;
        let property = u.property(&self.property).await?;
        let message = find(u.tx, property.id, self.id).await?;
        if message.state != HeldState::Waiting {
            return Err(RuleError::new(Rule::WrongState, (), Message::ChannelMessageSettled).into());
        }
        let message = close_message(u, message, HeldState::Dropped).await?;
        view(u.tx, message, u.ctx.language).await
    }
}
