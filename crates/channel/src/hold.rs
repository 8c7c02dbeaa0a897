//! The quarantine: what a channel sent and could not be taken, kept with its reason.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{About, Command, Result, Unit};
use hefu_domain::{
    card::looks_like_card_number,
    channel::{Channel, ChannelMessage, HeldState},
    event::ChannelEvent,
    ids::{ChannelMessageId, PropertyId},
};
use hefu_import::Refusal;
use hefu_kernel::Id as _;
use hefu_ota::{Limits, record};
use hefu_store::query;

/// Messages about one booking that are compared with one that comes again.
const COMPARED: i64 = 50;

/// The most of a message that is kept, bytes.
pub(crate) const MOST: usize = 256 << 10;

/// Digits in a row from which on they might be of a card.
const DIGITS_OF_A_CARD: usize = 12;

/// A text without anything that looks like a card's number, and not longer than is kept.
pub(crate) fn without_cards(text: &str) -> String {
    let end = (0..=MOST.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let text = &text[..end];
    if !looks_like_card_number(text) {
        return text.to_owned();
    }
    let (mut out, mut run) = (String::with_capacity(text.len()), String::new());
    let flush = |run: &mut String, out: &mut String| {
        let is_card = run.chars().filter(|c| c.is_numeric()).count() >= DIGITS_OF_A_CARD;
        for c in run.drain(..) {
            out.push(if is_card && c.is_numeric() { '0' } else { c });
        }
    };
    for c in text.chars() {
        if c.is_numeric() || !run.is_empty() && matches!(c, ' ' | '-' | '.' | '\n' | '\t' | '\r') {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

/// What is kept of a message that was read, without cards already: what people wrote in it may hold the number of one.
pub(crate) fn without_written_cards(text: &str) -> String {
    let mut parts = text.split("<Text");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("<Text");
        match part.split_once("</Text>") {
            Some((written, rest)) => {
                out.push_str(&without_cards(written));
                out.push_str("</Text>");
                out.push_str(rest);
            }
            None => out.push_str(part),
        }
    }
    out
}

/// Keeps a message that could not be taken. One that is kept already is counted.
pub(crate) struct Hold {
    /// Code of the property.
    pub(crate) property: String,
    /// The channel.
    pub(crate) channel: Channel,
    /// The booking's number there; empty: it cannot be read.
    pub(crate) external_id: String,
    /// Why.
    pub(crate) refusal: Refusal,
    /// The message, without cards.
    pub(crate) text: String,
}

#[async_trait]
impl Command for Hold {
    const ACTION: Action = Action::ChannelStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let Channel { property_id, id: channel_id, .. } = self.channel;
        let is_record = self.text.starts_with('{');
        if is_record && self.is_dropped(u).await? {
            return Ok(());
        }
        let vault = u.tx.vault().clone();
        let of =
            query::channel::waiting_of(u.tx, property_id, channel_id, &self.external_id, COMPARED).await?;
        let mut known = None;
        for message in of {
            if query::channel::open(u.tx, &vault, &message).await?.as_ref() == Some(&self.text) {
                known = Some(message);
                break;
            }
        }
        let Refusal { field, why } = self.refusal.clone();
        let reason = why.code().to_owned();
        let id = match known {
            // A round reads what is there: it does not come again by being read again.
            Some(message) if is_record && (&message.field, &message.detail) == (&field, &why) => {
                return Ok(());
            }
            Some(mut message) => {
                message.times += 1;
                (message.field, message.reason, message.detail) = (field, reason, why);
                u.tx.update(&mut message).await?;
                message.id
            }
            None => {
                let mut message = ChannelMessage {
                    property_id,
                    id: u.id(),
                    channel_id,
                    external_id: self.external_id.clone(),
                    state: HeldState::Waiting,
                    field,
                    reason,
                    detail: why,
                    received_at: u.now,
                    times: 1,
                    settled_at: None,
                    record: Vec::new(),
                    version: 1,
                };
                query::channel::seal(u.tx, &mut message, &self.text).await?;
                u.tx.insert(&message).await?;
                message.id
            }
        };
        hold_event(u, property_id, id, self.refusal.why.code()).await
    }
}

impl Hold {
    /// Whether a person dropped it, and it did not change since in the system that is asked.
    async fn is_dropped(&self, u: &mut Unit<'_>) -> Result<bool> {
        let Channel { property_id, id: channel_id, .. } = self.channel;
        if self.external_id.is_empty() {
            return Ok(false);
        }
        let dropped = query::channel::dropped(u.tx, property_id, channel_id, &self.external_id).await?;
        let Some(at) = dropped.and_then(|dropped| dropped.settled_at) else { return Ok(false) };
        let read = record(&self.text, &Limits::default()).ok();
        let told =
            read.and_then(|message| message.reservations.into_iter().next()).and_then(|told| told.ok());
        let changed = told.and_then(|told| told.changed);
        Ok(changed.is_none_or(|changed| changed.to_utc() <= at))
    }
}

async fn hold_event(
    u: &mut Unit<'_>,
    property: PropertyId,
    id: ChannelMessageId,
    reason: &str,
) -> Result<()> {
    let event = ChannelEvent::Hold { message_id: id, reason: reason.to_owned() };
    u.record(About::Property(property, "channel_message", id.uuid()), event).await
}

/// What becomes of a message that is kept.
pub(crate) enum Fate {
    /// It is settled: nothing of what it says is kept any longer.
    Settled(HeldState),
    /// It still cannot be taken, for this reason.
    Refused(Refusal),
}

/// Settles a message that waits, or says why it still does. One that was settled meanwhile stays as it is.
pub(crate) struct Decide {
    /// Code of the property.
    pub(crate) property: String,
    /// The property.
    pub(crate) property_id: PropertyId,
    /// Which.
    pub(crate) id: ChannelMessageId,
    /// What becomes of it.
    pub(crate) fate: Fate,
}

#[async_trait]
impl Command for Decide {
    const ACTION: Action = Action::ChannelStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let found = query::channel::message(u.tx, self.property_id, self.id).await?;
        let Some(message) = found.filter(|message| message.state == HeldState::Waiting) else {
            return Ok(());
        };
        match &self.fate {
            Fate::Settled(state) => close_message(u, message, *state).await.map(|_| ()),
            Fate::Refused(Refusal { field, why }) => {
                let mut message = message;
                if (&message.field, &message.detail) == (field, why) {
                    return Ok(());
                }
                (message.field, message.reason, message.detail) =
                    (field.clone(), why.code().to_owned(), why.clone());
                u.tx.update(&mut message).await?;
                hold_event(u, message.property_id, message.id, why.code()).await
            }
        }
    }
}

/// Settles a message: of what it said nothing is kept.
pub(crate) async fn close_message(
    u: &mut Unit<'_>,
    mut message: ChannelMessage,
    state: HeldState,
) -> Result<ChannelMessage> {
    (message.state, message.settled_at, message.record) = (state, Some(u.now), Vec::new());
    u.tx.update(&mut message).await?;
    let event = ChannelEvent::Settle { message_id: message.id, state };
    u.record(About::Property(message.property_id, "channel_message", message.id.uuid()), event).await?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_card_is_kept() {
        let text = "a 4111 1111 1111 1111 b 2026-10-03 <x n=\"4111111111111111\"/> 13812345678";
        let kept = without_cards(text);
        assert!(!looks_like_card_number(&kept) || !kept.contains("4111"), "{kept}");
        assert!(kept.contains("2026-10-03") && kept.starts_with("a 0000"), "{kept}");
        assert_eq!(without_cards("R-1 2026-10-03"), "R-1 2026-10-03");
        // The number of a booking may look like a card's.
        let read = "<UniqueID ID=\"4111111111111111\"/><Text>4111111111111111</Text><Text/>";
        let kept = "<UniqueID ID=\"4111111111111111\"/><Text>0000000000000000</Text><Text/>";
        assert_eq!(without_written_cards(read), kept);
    }

    proptest! {
        #[test]
        fn what_is_kept_is_never_longer(text in ".{0,400}") {
            prop_assert!(without_cards(&text).len() <= text.len());
        }
    }
}
