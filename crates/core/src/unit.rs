//! The unit of work a command runs in.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Masks};
use hefu_domain::{
    Message,
    account::AlarmKind,
    event::Event,
    ids::{GuestId, PropertyId, VisitId},
    message::Missing,
    property::Property,
    reservation::Reservation,
};
use hefu_kernel::{Id, Ids};
use hefu_store::{JournalDraft, Tx, query};
use uuid::Uuid;

use crate::{
    App, AppError, Context, Result, Service, alarm,
    permit::Permit,
    watch::{LookUp, Watch, holder},
};

/// The owner of the data key for records that belong to no guest and no property.
pub const CHAIN: Uuid = Uuid::nil();

/// The unit of work a command runs in.
pub struct Unit<'t> {
    /// The transaction. Rows written through it must be journalled with [`Unit::record`].
    pub tx: &'t mut Tx,
    /// Who makes the request and why.
    pub ctx: &'t Context,
    /// The time of the request.
    pub now: DateTime<Utc>,
    app: &'t App,
    permit: &'t Permit<'t>,
}

/// The subject of a journal entry.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// A visit; the change is sealed under its guest's key.
    Visit(&'a Reservation),
    /// A guest; sealed under the guest's key.
    Guest(GuestId),
    /// A record of a property; sealed under the property's key.
    Property(PropertyId, &'static str, Uuid),
    /// A record of the chain; sealed under the chain's key.
    Chain(&'static str, Uuid),
    /// A record of another owner.
    Record {
        /// The kind of record.
        kind: &'static str,
        /// Which.
        id: Uuid,
        /// Whose data key seals the change.
        owner: Uuid,
    },
}

impl<'t> Unit<'t> {
    pub(crate) fn new(tx: &'t mut Tx, app: &'t App, permit: &'t Permit<'t>, now: DateTime<Utc>) -> Self {
        Self { tx, ctx: permit.ctx, now, app, permit }
    }

    /// The same unit under another context: with another reason.
    pub fn under<'s>(&'s mut self, ctx: &'s Context) -> Unit<'s>
    where
        't: 's,
    {
        Unit { tx: &mut *self.tx, ctx, now: self.now, app: self.app, permit: self.permit }
    }

    /// The application.
    pub(crate) const fn app(&self) -> &'t App {
        self.app
    }

    /// A new identifier.
    pub fn id<T: Id>(&self) -> T {
        self.ids().id()
    }

    /// Generates identifiers.
    pub fn ids(&self) -> Ids {
        self.tx.vault().ids.clone()
    }

    /// A service.
    pub fn service<S: Service>(&self) -> Arc<S> {
        self.app.service()
    }

    /// How much personal data the answer shows: no more than at any property, until [`within`](Self::within) has said which it is.
    pub fn masks(&self) -> Masks {
        self.permit.masks()
    }

    /// Names the property the resource belongs to, once it is known: a second decision.
    ///
    /// # Errors
    /// The principal is not permitted.
    pub fn within(&self, property: &str) -> Result<()> {
        self.permit.within(property)
    }

    /// A further decision, about a right of its own that only some requests of a use case need: `action` in a property.
    ///
    /// # Errors
    /// The principal may not.
    pub fn also(&self, action: Action, property: &str) -> Result<()> {
        self.permit.also(action, property)
    }

    /// Whether the principal may also do this to something of a property: for what an answer leaves out of what they may not see.
    pub fn may(&self, action: Action, property: &str) -> bool {
        self.permit.may(action, property)
    }

    /// The reason, where one is required.
    ///
    /// # Errors
    /// None was given.
    pub fn reason(&self) -> Result<&str> {
        let reason = self.ctx.reason.as_deref();
        reason.ok_or_else(|| AppError::invalid("reason", Message::NeedsReason))
    }

    /// Adds the journal entry for the rows written since the last one: the event, and the context's reason. Both are sealed under the owner's
    /// data key.
    ///
    /// # Errors
    /// The entry cannot be sealed.
    pub async fn record(&mut self, about: About<'_>, event: impl Into<Event>) -> Result<()> {
        let (property_id, visit_id, subject, owner) = match about {
            About::Visit(r) => (Some(r.property_id), Some(r.id), ("visit", r.id.uuid()), r.guest_id.uuid()),
            About::Guest(id) => (None, None, ("guest", id.uuid()), id.uuid()),
            About::Property(property, kind, id) => {
                (Some(property), None::<VisitId>, (kind, id), property.uuid())
            }
            About::Chain(kind, id) => (None, None, (kind, id), CHAIN),
            About::Record { kind, id, owner } => (None, None, (kind, id), owner),
        };
        let actor = self.ctx.principal.to_string();
        let draft = JournalDraft {
            actor: &actor,
            at: self.now,
            event: event.into(),
            reason: self.ctx.reason.clone(),
            property_id,
            visit_id,
            subject,
            owner,
        };
        // On the heap: an event is large, and the futures of use cases, which contain this one, are nested.
        Box::pin(self.tx.journal(draft)).await?;
        Ok(())
    }

    /// Counts that somebody is recognised by the numbers that an account or a program enters: it is a way to ask who has a number.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`].
    pub fn recognises(&self) -> Result<()> {
        let Some((_, id)) = holder(&self.ctx.principal) else { return Ok(()) };
        let counted = self.service::<Watch>().look_up(id, LookUp::Entered, self.now);
        counted.map_err(|seconds| AppError::TooManyAttempts { seconds })
    }

    /// Alarms the auditors of what this unit does.
    ///
    /// # Errors
    /// The database fails.
    pub async fn alarm(&mut self, kind: AlarmKind) -> Result<()> {
        self.app.metrics().alarm(kind);
        alarm::write(self.tx, self.ctx, self.now, (kind, None)).await
    }

    /// The property with this code. Its business date cannot change until the unit ends.
    ///
    /// # Errors
    /// No such property.
    pub async fn property(&mut self, code: &str) -> Result<Property> {
        let found = query::property::lock_shared_by_code(self.tx, code).await?;
        found.ok_or_else(|| AppError::not_found(Missing::Property, code))
    }
}
