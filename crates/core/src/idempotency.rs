//! One answer, however often the same request is sent.

use hefu_crypto::Aad;
use hefu_store::{Idempotency, StoreError, query};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{AppError, CHAIN, Context, IdempotencyKey, Result, Unit};

fn storage_key(ctx: &Context, key: &IdempotencyKey) -> String {
    let digest = hefu_crypto::sha256(&[ctx.principal.to_string().as_bytes(), key.key.as_bytes()]);
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers are sealed under the chain's key: they can contain names.
fn answer_aad(tenant: Uuid, key: &str) -> Aad<'_> {
    Aad { tenant, table: "idempotency", column: key, row: CHAIN }
}

/// Claims the key for this request, or returns the first answer to it. The key is claimed before anything
/// else is done: a repetition that arrives while the first is still running waits for it and then finds
/// its answer, instead of losing against it.
pub(crate) async fn claim<T: DeserializeOwned>(unit: &mut Unit<'_>) -> Result<Option<T>> {
    let Some(asked) = &unit.ctx.idempotency else { return Ok(None) };
    let stored = storage_key(unit.ctx, asked);
    let claim = Idempotency {
        key: stored.clone(),
        request: asked.request.to_vec(),
        answer: Vec::new(),
        at: unit.now,
    };
    if query::journal::claim(unit.tx, &claim).await? {
        return Ok(None);
    }
    // Deleted just now: the next try claims the key.
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

pub(crate) async fn answer<T: Serialize + Sync>(unit: &mut Unit<'_>, out: &T) -> Result<()> {
    let Some(asked) = &unit.ctx.idempotency else { return Ok(()) };
    let stored = storage_key(unit.ctx, asked);
    let key = unit.tx.data_key(CHAIN).await?;
    let plain = serde_json::to_vec(out).unwrap_or_default();
    let answer = key.seal(&*unit.tx.vault().rng, &answer_aad(unit.tx.ring().tenant(), &stored), &plain);
    let request = asked.request.to_vec();
    unit.tx.answer(&Idempotency { key: stored, request, answer, at: unit.now }).await?;
    Ok(())
}
