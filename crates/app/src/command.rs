//! How every change runs: one command, one unit of work, one answer however often it is asked.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, Utc};
use hefu_crypto::Aad;
use hefu_domain::{
    ids::{GuestId, PropertyId, VisitId},
    message::Missing,
    property::Property,
    reservation::Reservation,
};
use hefu_kernel::{Id, Ids};
use hefu_store::{Idempotency, JournalDraft, StoreError, Tx, query};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{App, AppError, Result, identity::Matching};

/// Who asks, why, and how to recognise the same request again.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// The account's or job's opaque name.
    pub actor: String,
    /// Why, as given with the request.
    pub reason: Option<String>,
    /// Key and digest of the request, where the door got one.
    pub idempotency: Option<IdempotencyKey>,
}

impl Ctx {
    /// A context without reason or key.
    pub fn of(actor: impl Into<String>) -> Self {
        Self { actor: actor.into(), reason: None, idempotency: None }
    }
}

/// What makes two requests the same.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// The client's key.
    pub key: String,
    /// Digest of what is asked: the same key with another digest is refused.
    pub request: [u8; 32],
}

/// A change. It is data; running it is a function of what is stored, the moment and the context.
pub trait Command: Send + Sync + 'static {
    /// What it answers.
    type Out: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Does it within `unit`. May be run again from the start when the database asks for it.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<Self::Out>> + Send;
}

/// The unit of work a command runs in.
pub struct Unit<'t> {
    /// The transaction. Rows written through it must be journalled with [`Unit::journal`].
    pub tx: &'t mut Tx,
    /// Who asks and why.
    pub ctx: &'t Ctx,
    /// The moment of the request.
    pub now: DateTime<Utc>,
    /// The model by which guests are recognised.
    pub matching: Arc<Matching>,
}

/// What a journal entry is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// A visit; the change is sealed under its guest's key.
    Visit(&'a Reservation),
    /// A guest; sealed under the guest's key.
    Guest(GuestId),
    /// Something of a property; sealed under the property's key.
    Property(PropertyId, &'static str, Uuid),
    /// Something of the chain; sealed under the chain's key.
    Chain(&'static str, Uuid),
}

/// The owner of the data key for what belongs to no guest and no property.
pub const CHAIN: Uuid = Uuid::nil();

impl Unit<'_> {
    /// A new identifier.
    pub fn id<T: Id>(&self) -> T {
        self.ids().id()
    }

    /// Makes identifiers.
    pub fn ids(&self) -> Ids {
        self.tx.vault().ids.clone()
    }

    /// Adds the journal entry for the rows written since the last one. `change` says in the use case's
    /// words what was done; it is sealed, and must hold no personal data of anybody but the owner.
    ///
    /// # Errors
    /// The entry cannot be sealed.
    pub async fn journal(
        &mut self,
        action: &'static str,
        about: About<'_>,
        change: serde_json::Value,
    ) -> Result<()> {
        let (property_id, visit_id, subject, owner) = match about {
            About::Visit(r) => (Some(r.property_id), Some(r.id), ("visit", r.id.uuid()), r.guest_id.uuid()),
            About::Guest(id) => (None, None, ("guest", id.uuid()), id.uuid()),
            About::Property(property, kind, id) => {
                (Some(property), None::<VisitId>, (kind, id), property.uuid())
            }
            About::Chain(kind, id) => (None, None, (kind, id), CHAIN),
        };
        self.tx
            .journal(JournalDraft {
                actor: &self.ctx.actor,
                at: self.now,
                action,
                reason: self.ctx.reason.clone(),
                property_id,
                visit_id,
                subject,
                owner,
                change,
            })
            .await?;
        Ok(())
    }

    /// The property with this code. Its business date stays as it is until the unit ends.
    ///
    /// # Errors
    /// There is none.
    pub async fn property(&mut self, code: &str) -> Result<Property> {
        let found = query::property::lock_shared_by_code(self.tx, code).await?;
        found.ok_or_else(|| AppError::not_found(Missing::Property, code))
    }
}

impl App {
    /// Runs a command: wholly or not at all, once for each idempotency key, answered after the commit.
    ///
    /// # Errors
    /// What the command answers instead of its result.
    pub async fn execute<C: Command>(&self, ctx: Ctx, command: C) -> Result<C::Out> {
        let now = self.clock().now();
        let (ctx, command, matching) = (Arc::new(ctx), Arc::new(command), self.matching());
        self.store()
            .write(move |tx| {
                let (ctx, command, matching) = (ctx.clone(), command.clone(), matching.clone());
                Box::pin(async move {
                    let mut unit = Unit { tx, ctx: &ctx, now, matching };
                    if let Some(first) = claim(&mut unit).await? {
                        return Ok(first);
                    }
                    let out = command.run(&mut unit).await?;
                    answer(&mut unit, &out).await?;
                    Ok(out)
                })
            })
            .await
    }
}

fn storage_key(ctx: &Ctx, key: &IdempotencyKey) -> String {
    let digest = hefu_crypto::sha256(&[ctx.actor.as_bytes(), key.key.as_bytes()]);
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers are sealed under the chain's key: they can hold names.
fn answer_aad(tenant: Uuid, key: &str) -> Aad<'_> {
    Aad { tenant, table: "idempotency", column: key, row: CHAIN }
}

/// Takes the key for this request, or gives the first answer to it. The key is taken before anything
/// else is done: a repetition that comes while the first is still running waits for it and then finds
/// its answer, instead of losing against it.
async fn claim<T: DeserializeOwned>(unit: &mut Unit<'_>) -> Result<Option<T>> {
    let Some(asked) = &unit.ctx.idempotency else { return Ok(None) };
    let stored = storage_key(unit.ctx, asked);
    let claim = Idempotency {
        key: stored.clone(),
        request: asked.request.to_vec(),
        answer: Vec::new(),
        at: unit.now,
    };
    if unit.tx.claim(&claim).await? {
        return Ok(None);
    }
    // Forgotten just now: the next try takes the key.
    let forgotten = StoreError::Conflict { table: "idempotency".into() };
    let first = query::journal::answer(unit.tx, &stored).await?.ok_or(forgotten)?;
    if first.request != asked.request {
        return Err(AppError::KeyReused);
    }
    let unreadable = |detail: &str| {
        AppError::Store(StoreError::Corrupt {
            table: "idempotency",
            column: "answer".into(),
            detail: detail.into(),
        })
    };
    let key = unit.tx.data_key(CHAIN).await?;
    let plain = key
        .open(&answer_aad(unit.tx.ring().tenant(), &stored), &first.answer)
        .map_err(|e| unreadable(&e.to_string()))?;
    serde_json::from_slice(&plain).map(Some).map_err(|_| unreadable("is no answer of this command"))
}

async fn answer<T: Serialize + Sync>(unit: &mut Unit<'_>, out: &T) -> Result<()> {
    let Some(asked) = &unit.ctx.idempotency else { return Ok(()) };
    let stored = storage_key(unit.ctx, asked);
    let key = unit.tx.data_key(CHAIN).await?;
    let plain = serde_json::to_vec(out).unwrap_or_default();
    let answer = key.seal(&*unit.tx.vault().rng, &answer_aad(unit.tx.ring().tenant(), &stored), &plain);
    let request = asked.request.to_vec();
    unit.tx.answer(&Idempotency { key: stored, request, answer, at: unit.now }).await?;
    Ok(())
}

/// The digest by which two requests are the same.
pub fn request_digest(parts: &[&[u8]]) -> [u8; 32] {
    hefu_crypto::sha256(parts)
}
