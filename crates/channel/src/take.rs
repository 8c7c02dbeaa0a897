//! A reservation of a channel, taken in: compared with what the channel has said of it before, so that the same messages have the same end in whatever
//! order they come.

use chrono::{DateTime, TimeDelta, Utc};
use hefu_core::{AppError, Operator, Result};
use hefu_domain::{
    Message as Text, Rule, RuleError,
    channel::{Channel, ChannelSaid, HeldState, Said},
    ids::ChannelMessageId,
    message::Why,
    property::Property,
    source::{BookingClaim, ClaimStatus, SourceKind},
};
use hefu_import::{
    Became, IncomingBooking, IncomingRow, LiveSource, NoteCancelled, Refusal, SourceNumber, TakeIn,
};
use hefu_ota::{Limits, Message, Received, Reservation, Status, receive_kept};
use hefu_people::profile::GuestInput;
use hefu_store::{Conn, query};
use serde::Deserialize;

use crate::{
    claim::{PropertySetup, booking, guest_key, guest_of, has_content, number_of, row_of, said},
    hold::{Decide, Fate},
};

/// How often it is begun anew because others said something of the same booking meanwhile.
const TRIES: usize = 8;

/// Messages about one booking that are looked at when one of them was taken.
const SETTLED: i64 = 50;

/// The largest message that is read.
pub(crate) const LIMITS: Limits = Limits { bytes: 2 << 20, depth: 40, elements: 100_000 };

/// Where a message comes from and to.
pub(crate) struct Desk {
    pub(crate) channel: Channel,
    pub(crate) setup: PropertySetup,
}

impl Desk {
    /// The channel with this code, and the property that it is of.
    pub(crate) async fn of(c: &mut Conn, property: Property, channel: Channel) -> Result<Self> {
        let types = query::property::room_types(c, property.id).await?;
        let plans = query::property::rate_plans(c, property.id).await?;
        Ok(Self { channel, setup: PropertySetup { property, types, plans } })
    }

    pub(crate) fn source(&self) -> LiveSource {
        LiveSource {
            property: self.setup.property.code.clone(),
            property_id: self.setup.property.id,
            channel: self.channel.id,
            system: self.channel.system(),
            run: self.channel.run_id,
        }
    }

    /// What the channel has said of a booking, or of a stay; in version 0: nothing.
    pub(crate) async fn known(&self, c: &mut Conn, number: &str) -> Result<ChannelSaid> {
        let (property_id, channel_id) = (self.setup.property.id, self.channel.id);
        let known = query::channel::said(c, property_id, channel_id, number).await?;
        Ok(known.unwrap_or_else(|| ChannelSaid {
            property_id,
            channel_id,
            external_id: number.to_owned(),
            content: None,
            cancelled: None,
            version: 0,
        }))
    }

    /// The number of the visit that a booking of the channel became.
    pub(crate) async fn visit_of(&self, c: &mut Conn, number: &str) -> Result<Option<String>> {
        let (property, system) = (self.setup.property.id, self.channel.system());
        let found = query::visit::by_number(c, number).await?;
        let is_it = |alias: &&hefu_domain::reservation::VisitAlias| {
            alias.property_id == property && alias.system == system
        };
        let Some(alias) = found.iter().find(is_it) else { return Ok(None) };
        let reservation = query::visit::reservation(c, property, alias.visit_id).await?;
        Ok(reservation.map(|reservation| reservation.number))
    }

    /// What was taken of a booking before, called off: its channel says no more than that. None if there is nothing to call off any more, because its guest
    /// was erased.
    async fn recorded(
        &self,
        c: &mut Conn,
        vault: &hefu_store::Vault,
        number: &str,
    ) -> Result<Option<IncomingRow>> {
        #[derive(Deserialize)]
        struct Sealed {
            claim: BookingClaim,
        }
        let property = &self.setup.property;
        let system = self.channel.system();
        let of = (property.id, system.as_str(), SourceKind::Booking);
        let numbers = [number.to_owned()];
        let mut latest = query::source::latest(c, vault, of, &numbers).await?;
        let Some(text) = latest.remove(number).map(|latest| latest.open(vault)).transpose()?.flatten() else {
            return Ok(None);
        };
        let Ok(Sealed { mut claim }) = serde_json::from_slice(&text) else { return Ok(None) };
        claim.first.status = ClaimStatus::Cancelled;
        claim.more.iter_mut().for_each(|room| room.status = ClaimStatus::Cancelled);
        let key = guest_key(&self.channel, property, number);
        let guests = query::import::known_sources(c, vault, &key.0, std::slice::from_ref(&key.1)).await?;
        let input = guests.get(&key.1).and_then(|known| known.record.as_deref());
        let input = input.and_then(|record| serde_json::from_slice::<GuestInput>(record).ok());
        let Some(Ok(guest)) = input.map(|input| guest_of(key, &input)) else { return Ok(None) };
        let texts = serde_json::to_vec(&[("status", "cancelled")]).unwrap_or_default();
        let names = (property.code.clone(), property.name.clone());
        let number = SourceNumber { key: number.to_owned(), is_derived: false };
        let other = serde_json::Value::Null;
        let booking = IncomingBooking::new(names, number, claim, vec![guest], &texts, &other);
        Ok(Some(row_of(booking, texts)))
    }

    /// Takes a reservation in. Answers the number of its visit, if it has one. `held`: it is a message that waits, which is settled by whoever asks.
    pub(crate) async fn take(
        &self,
        o: &Operator<'_>,
        reservation: &Reservation,
        message: &Message,
        (came, held): (DateTime<Utc>, Option<ChannelMessageId>),
    ) -> Result<std::result::Result<Option<String>, Refusal>> {
        let number = match number_of(&reservation.id) {
            Ok(number) => number,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // Clocks and time zones are wrong by hours; what is of tomorrow's tomorrow would beat whatever its channel says until then.
        let latest = came + TimeDelta::days(1);
        for (at, field) in [
            (reservation.changed, "HotelReservation/@LastModifyDateTime"),
            (reservation.created, "HotelReservation/@CreateDateTime"),
            (message.sent, "@TimeStamp"),
        ] {
            if at.is_some_and(|at| at.to_utc() > latest) {
                return Ok(Err(Refusal::of(field, Why::FutureMoment)));
            }
        }
        let order = said(&self.channel, reservation, message, came).order();
        let cancels = reservation.status == Status::Cancelled;
        for _ in 0..TRIES {
            let mut c = o.read().await?;
            let before = self.known(&mut c, &number).await?;
            let mut after = before.clone();
            if cancels {
                after.cancelled = after.cancelled.max(Some(order.clone()));
            }
            let is_later = before.content.as_ref().is_none_or(|known| *known < order);
            let mut row = None;
            if has_content(reservation) && is_later {
                let told = ChannelSaid { content: Some(order.clone()), ..after.clone() };
                match booking(&self.channel, &self.setup, reservation, told.is_cancelled()) {
                    Ok(told_row) => (row, after) = (Some(told_row), told),
                    // Whoever calls something off needs no code for it.
                    Err(_) if cancels => {}
                    Err(refusal) => return Ok(Err(refusal)),
                }
            }
            if row.is_none() && cancels && after.is_cancelled() && !before.is_cancelled() {
                row = self.recorded(&mut c, o.vault(), &number).await?;
            }
            drop(c);
            let taken =
                if after == before { Ok(Became::Same) } else { self.write(o, row, after, cancels).await? };
            match taken {
                Ok(Became::Overtaken) => {}
                Ok(_) => {
                    self.overtake(o, (number.as_str(), order.as_str(), cancels), held).await?;
                    return Ok(Ok(self.visit_of(&mut o.read().await?, &number).await?));
                }
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        Err(RuleError::new(Rule::Exists, (), Text::Conflict).into())
    }

    /// Writes what a booking is now, and what its channel has said of it.
    async fn write(
        &self,
        o: &Operator<'_>,
        row: Option<IncomingRow>,
        after: ChannelSaid,
        cancels: bool,
    ) -> Result<std::result::Result<Became, Refusal>> {
        let source = self.source();
        if let Some(row) = row {
            return o.operate(TakeIn { source, row, since: None, said: Some(after), cancels }).await;
        }
        match o.execute(NoteCancelled { source, said: after }).await {
            Ok(()) => Ok(Ok(Became::Same)),
            Err(AppError::Rule(rule)) if rule.rule == Rule::Exists => Ok(Ok(Became::Overtaken)),
            Err(error) => Err(error),
        }
    }

    /// Settles what waits of a booking of which something later was taken, or which the channel has sent again in a form that can be read. What cannot be read is
    /// settled by what was said at the same time or later, as far as it says when, and a cancellation by nothing but a cancellation.
    async fn overtake(
        &self,
        o: &Operator<'_>,
        (number, order, cancels): (&str, &str, bool),
        except: Option<ChannelMessageId>,
    ) -> Result<()> {
        let (property_id, channel_id) = (self.setup.property.id, self.channel.id);
        let mut c = o.read().await?;
        let waiting = query::channel::waiting_of(&mut c, property_id, channel_id, number, SETTLED).await?;
        for held in waiting.into_iter().filter(|held| Some(held.id) != except) {
            let text = query::channel::open(&mut c, o.vault(), &held).await?.unwrap_or_default();
            let is_passed = match receive_kept(&text, &LIMITS) {
                Ok(Received::Reservations(message)) => message.reservations.iter().all(|told| match told {
                    Ok(told) => *said(&self.channel, told, &message, held.received_at).order() <= *order,
                    Err(fault) => {
                        let at = fault.changed.or(message.sent).map(|at| at.to_utc());
                        let is_later = at.is_none_or(|at| *Said { at, rank: 0, tie: 0 }.order() <= *order);
                        is_later && (cancels || !fault.cancels)
                    }
                }),
                _ => false,
            };
            if is_passed {
                let property = self.setup.property.code.clone();
                let fate = Fate::Settled(HeldState::Overtaken);
                o.execute(Decide { property, property_id, id: held.id, fate }).await?;
            }
        }
        Ok(())
    }
}
