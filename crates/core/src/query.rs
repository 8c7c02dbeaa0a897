//! Queries: what is shown, and what they read with.

use async_trait::async_trait;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hefu_authz::{Access, Action, Masks, Resource};
use hefu_domain::{
    event::{Event, GuestEvent},
    ids::GuestId,
    property::Property,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Generations, Store, Vault};
use uuid::Uuid;

use crate::{
    App, Context, Metrics, Result, Service,
    permit::Permit,
    unit::CHAIN,
    watch::{Seen, holder},
};

/// A question. It is data; answering it is a function of what is stored, the time and the context.
#[async_trait]
pub trait Query: Send + Sync {
    /// Its action, for policies, traces and metrics.
    const ACTION: Action;
    /// Its answer.
    type Out: Send;

    /// Its resource, as far as the request names it.
    fn resource(&self) -> Resource<'_>;

    /// The reason, if the request gives one in its body: it takes precedence over that of the context (see [`Context::because`](crate::Context::because)).
    fn reason(&self) -> Option<&str> {
        None
    }

    /// Answers it.
    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out>;

    /// Whose personal data the answer shows unmasked. The gate journals it before returning the answer.
    fn disclosed(&self, _: &Self::Out) -> Vec<Disclosed> {
        Vec::new()
    }
}

/// Somebody whose personal data is shown unmasked.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosed {
    /// The kind of record, e.g. `guest`.
    pub kind: &'static str,
    /// The record.
    pub id: Uuid,
    /// Whose data key seals the entry.
    pub owner: Uuid,
    /// What the journal records about it.
    pub event: Event,
}

impl Disclosed {
    /// A guest's profile: all of it, or these classes of fields.
    pub fn guest(id: GuestId, classes: Vec<String>) -> Self {
        let event = GuestEvent::Reveal { classes }.into();
        Self { kind: "guest", id: id.uuid(), owner: id.uuid(), event }
    }

    /// A record of many people that belongs to the chain.
    pub fn of_chain(kind: &'static str, id: Uuid, event: impl Into<Event>) -> Self {
        Self { kind, id, owner: CHAIN, event: event.into() }
    }
}

/// What a query reads with.
pub struct Reader<'a> {
    app: &'a App,
    permit: &'a Permit<'a>,
    conn: Option<Conn>,
    is_snapshot: bool,
    pub(crate) seen: Option<Box<Seen>>,
    /// The time of the request.
    pub now: DateTime<Utc>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(app: &'a App, permit: &'a Permit<'a>) -> Self {
        Self { app, permit, conn: None, is_snapshot: false, seen: None, now: app.clock().now() }
    }

    /// Who makes the request and why.
    pub const fn ctx(&self) -> &'a Context {
        self.permit.ctx
    }

    /// How much personal data the answer shows: no more than at any property, until [`within`](Self::within) has said which it is.
    pub fn masks(&self) -> Masks {
        self.permit.masks()
    }

    /// How much personal data the answer may show of what belongs to a property.
    pub fn masks_at(&self, property: &str) -> Masks {
        self.permit.masks_at(property)
    }

    /// Every answer that [`Reader::masks_at`] can give, for caches.
    pub fn possible_masks(&self) -> Vec<Masks> {
        self.permit.possible_masks()
    }

    /// Names the property the resource belongs to, once it is known: a second decision.
    ///
    /// # Errors
    /// The principal is not permitted to see it.
    pub fn within(&self, property: &str) -> Result<()> {
        self.permit.within(property)
    }

    /// Whether the principal may also do this in a property: for lists that leave out what they may not see.
    pub fn may(&self, action: Action, property: &str) -> bool {
        self.permit.may(action, property)
    }

    /// How much personal data the principal is shown by another action than this one, wherever.
    pub fn masks_of(&self, action: Action) -> Masks {
        self.permit.ctx.access.masks(action, None)
    }

    /// Whether the principal may do less than everything: an account, or a program of another system.
    pub const fn is_restricted(&self) -> bool {
        !matches!(self.permit.ctx.access, Access::Everything)
    }

    /// Whether the principal may look somebody up by a whole number or address, or by more of one than is shown. Each time an account or a program does,
    /// it is counted and journalled.
    ///
    /// # Errors
    /// It did so too often.
    pub async fn may_look_up(&mut self) -> Result<bool> {
        let ctx = self.permit.ctx;
        if !self.is_restricted() {
            return Ok(true);
        }
        if !self.permit.may_anywhere(Action::NumberLookUp) {
            return Ok(false);
        }
        // On the heap: searches of a server without accounts do not carry it.
        Box::pin(self.app.look_up(ctx, self.permit.action)).await?;
        Ok(true)
    }

    /// Notes that the answer opens a visit or a guest (its kind, and which), with these people in it: it is journalled, and who opens very many, or a
    /// canary, raises an alarm.
    pub fn opens(&mut self, record: (&'static str, Uuid), among: impl IntoIterator<Item = Uuid>) {
        if holder(&self.permit.ctx.principal).is_some() {
            let seen = self.seen.get_or_insert_default();
            seen.opened.push(record);
            seen.among.extend(among);
        }
    }

    /// Notes that the answer lists these guests: who finds very many raises an alarm.
    pub fn finds(&mut self, guests: impl IntoIterator<Item = GuestId>) {
        if holder(&self.permit.ctx.principal).is_some() {
            let seen = self.seen.get_or_insert_default();
            seen.found.extend(guests.into_iter().map(|guest| guest.uuid()));
        }
    }

    /// Leaves of these properties those in which the principal may also do this: for lists across properties.
    pub fn allowed_in(&self, action: Action, properties: &mut Vec<Property>) {
        properties.retain(|property| self.may(action, &property.code));
        self.permit.across();
    }

    /// A connection, taken on first use: queries answered by a cache take none.
    ///
    /// # Errors
    /// None becomes free in time, or the database cannot be reached.
    pub async fn conn(&mut self) -> Result<&mut Conn> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.app.store().read().await?,
        };
        Ok(self.conn.insert(conn))
    }

    /// A connection with one snapshot, however often it is read from.
    ///
    /// # Errors
    /// As for [`Reader::conn`].
    pub async fn snapshot(&mut self) -> Result<&mut Conn> {
        let conn = match self.conn.take().filter(|_| self.is_snapshot) {
            Some(conn) => conn,
            None => self.app.store().snapshot().await?,
        };
        self.is_snapshot = true;
        Ok(self.conn.insert(conn))
    }

    /// Returns the connection before the query ends.
    pub fn release(&mut self) {
        self.conn = None;
        self.is_snapshot = false;
    }

    /// Keys, ids and randomness.
    pub fn vault(&self) -> Arc<Vault> {
        self.app.store().vault().clone()
    }

    /// Where the records are, for services that read on their own.
    pub fn store(&self) -> &'a Store {
        self.app.store()
    }

    /// Generation counters of the records, for caches: they know what other processes have written, up to a tenth of a second ago, however whoever asks
    /// came in.
    pub fn generations(&self) -> &'a Generations {
        let store = self.app.store();
        store.notices_others();
        store.generations()
    }

    /// The application.
    pub(crate) const fn app(&self) -> &'a App {
        self.app
    }

    /// What is counted and timed.
    pub fn metrics(&self) -> &'a Metrics {
        self.app.metrics()
    }

    /// A service.
    pub fn service<S: Service>(&self) -> Arc<S> {
        self.app.service()
    }
}
