//! A message that somebody put in other words, because it could not be taken as it came.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Operation, Operator, Result, Unit};
use hefu_domain::{
    Message,
    channel::{ChannelMessage, HeldState},
    event::ChannelEvent,
    ids::{ChannelMessageId, PropertyId},
};
use hefu_front_office::property::find_property;
use hefu_import::Refusal;
use hefu_kernel::Id as _;
use hefu_ota::{Received, receive};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    claim::number_of,
    hold::{MOST, without_cards, without_written_cards},
    messages::{ChannelMessageView, find, view},
    receive::refusal_of,
    replay::again,
    take::LIMITS,
};

/// A message in other words.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MendInput {
    /// The message as it should have been sent: XML, about the same booking.
    pub text: String,
    /// Why; for the journal.
    #[serde(default)]
    pub reason: Option<String>,
}

impl std::fmt::Debug for MendInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MendInput").finish_non_exhaustive()
    }
}

/// Puts a message that waits in other words, and tries it again. What still cannot be taken of it waits in these words.
#[derive(Debug, Clone)]
pub struct MendMessage {
    /// The property's code.
    pub property: String,
    /// Which.
    pub id: ChannelMessageId,
    /// The words.
    pub input: MendInput,
}

/// What is kept of a mended message.
struct Mended {
    /// The booking's number; none: it is not about a booking.
    number: Option<String>,
    /// The message, without cards.
    text: String,
    /// What of it cannot be read.
    refusal: Option<Refusal>,
}

/// Reads a mended message.
fn read(text: &str) -> Result<Mended> {
    let refused = |message| AppError::invalid("text", message);
    if text.len() > MOST {
        return Err(refused(Message::ChannelMessageLength { most: (MOST >> 10) as i64 }));
    }
    match receive(text, &LIMITS) {
        Ok(Received::Reservations(told)) => {
            let ([reservation], [alone]) = (told.reservations.as_slice(), told.alone.as_slice()) else {
                return Err(refused(Message::ChannelMessageOther));
            };
            let (number, refusal) = match reservation {
                Ok(reservation) => (number_of(&reservation.id).ok(), None),
                Err(fault) => {
                    (fault.id.as_deref().and_then(|id| number_of(id).ok()), Some(refusal_of(fault)))
                }
            };
            Ok(Mended { number, text: without_written_cards(alone), refusal })
        }
        Ok(Received::Stays { stays, .. }) => {
            let fault = stays.iter().find_map(|stay| stay.as_ref().err());
            Ok(Mended { number: None, text: without_cards(text), refusal: fault.map(refusal_of) })
        }
        _ => Err(refused(Message::ChannelMessageUnreadable)),
    }
}

#[async_trait]
impl Operation for MendMessage {
    const ACTION: Action = Action::ChannelMend;
    type Out = ChannelMessageView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<ChannelMessageView> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let message = find(&mut c, property.id, self.id).await?;
        drop(c);
        // Whoever asks twice is answered twice.
        if message.state == HeldState::Waiting {
            let Mended { number, text, refusal } = read(&self.input.text)?;
            let is_other =
                |number: &String| !message.external_id.is_empty() && *number != message.external_id;
            if number.as_ref().is_some_and(is_other) {
                return Err(AppError::invalid("text", Message::ChannelMessageOther));
            }
            let is_readable = refusal.is_none();
            let keep = KeepMended {
                property: property.code.clone(),
                property_id: property.id,
                id: message.id,
                number,
                text: text.clone(),
                refusal,
            };
            o.execute(keep).await?;
            if is_readable {
                again(o, property.clone(), message, &text).await?;
            }
        }
        let mut c = o.read().await?;
        let message = find(&mut c, property.id, self.id).await?;
        view(&mut c, message, o.ctx().language).await
    }
}

/// Keeps a message in other words, and what of these cannot be read.
struct KeepMended {
    property: String,
    property_id: PropertyId,
    id: ChannelMessageId,
    number: Option<String>,
    text: String,
    refusal: Option<Refusal>,
}

#[async_trait]
impl Command for KeepMended {
    const ACTION: Action = Action::ChannelStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let found = query::channel::message(u.tx, self.property_id, self.id).await?;
        let is_waiting = |message: &ChannelMessage| message.state == HeldState::Waiting;
        let Some(mut message) = found.filter(is_waiting) else { return Ok(()) };
        let vault = u.tx.vault().clone();
        if query::channel::open(u.tx, &vault, &message).await?.as_ref() == Some(&self.text) {
            return Ok(());
        }
        query::channel::seal(u.tx, &mut message, &self.text).await?;
        if let Some(number) = self.number.as_ref().filter(|_| message.external_id.is_empty()) {
            message.external_id.clone_from(number);
        }
        if let Some(Refusal { field, why }) = self.refusal.clone() {
            (message.field, message.reason, message.detail) = (field, why.code().to_owned(), why);
        }
        u.tx.update(&mut message).await?;
        let about = About::Property(self.property_id, "channel_message", message.id.uuid());
        u.record(about, ChannelEvent::Mend { message_id: message.id }).await
    }
}
