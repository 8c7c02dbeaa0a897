//! What waits, tried again: when a person asks, and when the channel's codes were set up.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{App, AppError, Context, Operation, Operator, Result, Unit, job::Work};
use hefu_domain::{
    Message,
    channel::{ChannelMessage, HeldState},
    ids::{ChannelId, ChannelMessageId, PropertyId},
    property::Property,
};
use hefu_front_office::property::{find_property, property_by_id};
use hefu_import::Refusal;
use hefu_kernel::Id as _;
use hefu_ota::{Received, receive_kept};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    hold::{Decide, Fate},
    messages::{ChannelMessageView, find, view},
    sender::channel_by_id,
    take::{Desk, LIMITS},
};

/// Messages that one turn tries again.
const AT_ONCE: i64 = 20;

/// Nothing has to be said.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayInput {}

/// Tries a message again that could not be taken.
#[derive(Debug, Clone)]
pub struct ReplayMessage {
    /// The property's code.
    pub property: String,
    /// Which.
    pub id: ChannelMessageId,
}

#[async_trait]
impl Operation for ReplayMessage {
    const ACTION: Action = Action::ChannelReplay;
    type Out = ChannelMessageView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<ChannelMessageView> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let message = find(&mut c, property.id, self.id).await?;
        // Whoever asks twice is answered twice.
        if message.state == HeldState::Waiting {
            let text = query::channel::open(&mut c, o.vault(), &message).await?.unwrap_or_default();
            drop(c);
            again(o, property.clone(), message, &text).await?;
            c = o.read().await?;
        }
        let message = find(&mut c, property.id, self.id).await?;
        view(&mut c, message, o.ctx().language).await
    }
}

/// Tries a message again: it is settled, or waits for the reason that there is now.
pub(crate) async fn again(
    o: &Operator<'_>,
    property: Property,
    held: ChannelMessage,
    text: &str,
) -> Result<()> {
    let mut c = o.read().await?;
    let channel = channel_by_id(&mut c, property.id, held.channel_id).await?;
    let desk = Desk::of(&mut c, property, channel).await?;
    drop(c);
    let unreadable = || AppError::invalid((), Message::ChannelMessageUnreadable);
    let mut refused: Option<Refusal> = None;
    match receive_kept(text, &LIMITS) {
        Ok(Received::Reservations(message)) => {
            for told in &message.reservations {
                // What cannot be read waits as it is.
                let reservation = told.as_ref().map_err(|_| unreadable())?;
                let taken = desk.take(o, reservation, &message, (held.received_at, Some(held.id))).await?;
                refused = refused.or(taken.err());
            }
        }
        Ok(Received::Stays { stays, .. }) => {
            if stays.iter().any(std::result::Result::is_err) || !desk.stays(o, &stays, text).await?.is_empty()
            {
                return Err(unreadable());
            }
        }
        _ => return Err(unreadable()),
    }
    let fate = refused.map_or(Fate::Settled(HeldState::Taken), Fate::Refused);
    let (property, property_id) = (desk.setup.property.code.clone(), held.property_id);
    o.execute(Decide { property, property_id, id: held.id, fate }).await
}

/// Tries what waits of a channel again, a page of it.
struct ReplayPage {
    property: String,
    channel: ChannelId,
    after: Option<ChannelMessageId>,
}

#[async_trait]
impl Operation for ReplayPage {
    const ACTION: Action = Action::ChannelReplay;
    /// The last message that was looked at, if there may be more.
    type Out = Option<ChannelMessageId>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let after = self.after.unwrap_or(ChannelMessageId::NIL);
        let page = query::channel::messages(&mut c, property.id, HeldState::Waiting, after, AT_ONCE).await?;
        let last = page.last().map(|message| message.id).filter(|_| page.len() as i64 == AT_ONCE);
        let mut texts = Vec::new();
        for message in page.into_iter().filter(|message| message.channel_id == self.channel) {
            let text = query::channel::open(&mut c, o.vault(), &message).await?.unwrap_or_default();
            texts.push((message, text));
        }
        drop(c);
        for (message, text) in texts {
            match again(o, property.clone(), message, &text).await {
                // What cannot be read waits for a person.
                Ok(()) | Err(AppError::Rule(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(last)
    }
}

/// The work of trying what waits of a channel again, once its codes were set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReplayWaiting {
    property: PropertyId,
    channel: ChannelId,
    after: Option<ChannelMessageId>,
    #[serde(skip)]
    next: Option<ChannelMessageId>,
}

impl ReplayWaiting {
    pub(crate) const fn of(property: PropertyId, channel: ChannelId) -> Self {
        Self { property, channel, after: None, next: None }
    }
}

#[async_trait]
impl Work for ReplayWaiting {
    const KIND: &'static str = "channel.replay";

    fn dedupe(&self) -> Option<String> {
        let after = self.after.unwrap_or(ChannelMessageId::NIL);
        Some(format!("{}:{}", self.channel.uuid(), after.uuid()))
    }

    async fn outside(&mut self, app: &App) -> Result<()> {
        let ctx = Context::job(Self::KIND);
        let property = app.ask(&ctx, PropertyOfId(self.property)).await?;
        let page = ReplayPage { property, channel: self.channel, after: self.after };
        self.next = app.operate(&ctx, page).await?;
        Ok(())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        if let Some(next) = self.next {
            u.enqueue(&Self { after: Some(next), next: None, ..self.clone() });
        }
        Ok(())
    }
}

/// The code of a property.
struct PropertyOfId(PropertyId);

#[async_trait]
impl hefu_core::Query for PropertyOfId {
    const ACTION: Action = Action::ChannelList;
    type Out = String;

    fn resource(&self) -> Resource<'_> {
        Resource::all(hefu_authz::ResourceKind::Property)
    }

    async fn run(&self, r: &mut hefu_core::Reader<'_>) -> Result<String> {
        let property = property_by_id(r.conn().await?, self.0).await?;
        r.within(&property.code)?;
        Ok(property.code)
    }
}
