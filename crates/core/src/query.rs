//! Queries: what is shown, and what they read with.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Masks, Resource};
use hefu_domain::{
    event::{Event, GuestEvent},
    ids::GuestId,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Generations, Store, Vault};
use uuid::Uuid;

use crate::{App, Context, Metrics, Result, Service, permit::Permit, unit::CHAIN};

/// A question. It is data; answering it is a function of what is stored, the time and the context.
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
    fn run(&self, r: &mut Reader<'_>) -> impl Future<Output = Result<Self::Out>> + Send;

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
    /// A guest's profile.
    pub fn guest(id: GuestId) -> Self {
        Self { kind: "guest", id: id.uuid(), owner: id.uuid(), event: GuestEvent::Reveal {}.into() }
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
    /// The time of the request.
    pub now: DateTime<Utc>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(app: &'a App, permit: &'a Permit<'a>) -> Self {
        Self { app, permit, conn: None, is_snapshot: false, now: app.clock().now() }
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

    /// Generation counters of the records, for caches.
    pub fn generations(&self) -> &'a Generations {
        self.app.store().generations()
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
