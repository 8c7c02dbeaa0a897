//! One answer, however often the same request is sent.

use hefu_crypto::{Aad, KeyRing};
use hefu_kernel::hex;
use hefu_store::{Idempotency, StoreError, query};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{AppError, CHAIN, Context, IdempotencyKey, Result, Unit};

/// Where the answer is kept, and by what the request is known again. Both are keyed digests: a request has few enough unknown digits (a phone
/// number) to be tried out one after the other.
fn kept_as(ring: &KeyRing, ctx: &Context, asked: &IdempotencyKey) -> (String, Vec<u8>) {
    let key = ring.request_digest(&[b"key", ctx.principal.to_string().as_bytes(), asked.key.as_bytes()]);
    (hex(&key[..16]), ring.request_digest(&[b"request", &asked.request]).to_vec())
}

/// Answers are sealed under the chain's key: they can contain names.
fn answer_aad(tenant: Uuid, place: &str) -> Aad<'_> {
    Aad { tenant, table: "idempotency", column: place, row: CHAIN }
}

/// Claims the key for this request, or returns the first answer to it. The key is claimed before anything
/// else is done: a repetition that arrives while the first is still running waits for it and then finds
/// its answer, instead of losing against it.
pub(crate) async fn claim(unit: &mut Unit<'_>) -> Result<Option<Vec<u8>>> {
    let Some(asked) = &unit.ctx.idempotency else { return Ok(None) };
    let (stored, request) = kept_as(&unit.tx.ring(), unit.ctx, asked);
    let at = unit.time().await?.running;
    let claim = Idempotency { key: stored.clone(), request: request.clone(), answer: Vec::new(), at };
    if query::journal::claim(unit.tx, &claim).await? {
        return Ok(None);
    }
    // Deleted just now: the next try claims the key.
    let forgotten = StoreError::Conflict { table: "idempotency".into() };
    let first = query::journal::answer(unit.tx, &stored).await?.ok_or(forgotten)?;
    if first.request != request {
        return Err(AppError::KeyReused);
    }
    let key = unit.tx.data_key(CHAIN).await?;
    let plain = key
        .open(&answer_aad(unit.tx.ring().tenant(), &first.place()), &first.answer)
        .map_err(|e| unreadable(&e.to_string()))?;
    Ok(Some(plain.to_vec()))
}

/// A kept answer as the command's.
pub(crate) fn read<T: DeserializeOwned>(plain: &[u8]) -> Result<T> {
    serde_json::from_slice(plain).map_err(|_| unreadable("is no answer of this command"))
}

fn unreadable(detail: &str) -> AppError {
    AppError::Store(StoreError::Corrupt {
        table: "idempotency",
        column: "answer".into(),
        detail: detail.into(),
    })
}

/// Keeps the answer, as JSON, if the request has a key.
pub(crate) async fn answer(unit: &mut Unit<'_>, plain: &[u8]) -> Result<()> {
    let Some(asked) = &unit.ctx.idempotency else { return Ok(()) };
    let (stored, request) = kept_as(&unit.tx.ring(), unit.ctx, asked);
    let key = unit.tx.data_key(CHAIN).await?;
    let at = unit.time().await?.running;
    let mut kept = Idempotency { key: stored, request, answer: Vec::new(), at };
    let place = kept.place();
    let aad = answer_aad(unit.tx.ring().tenant(), &place);
    kept.answer = key.seal(&*unit.tx.vault().rng, &aad, plain);
    unit.tx.answer(&kept).await?;
    Ok(())
}
