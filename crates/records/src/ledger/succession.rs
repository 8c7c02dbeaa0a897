//! When a key of the ledger takes over from another, and when a person says that the ledger goes on from where it is.

use async_trait::async_trait;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, CHAIN, Command, Operation, Operator, Result, Unit};
use hefu_domain::event::KeysEvent;
use hefu_ledger::{Note, Signer};
use hefu_store::{StoreError, Tx, query, query::ledger::StoredCheckpoint};

use super::{
    keys::LedgerKeys,
    sequence::{CheckLedger, Sequence, remember, store},
    service::Ledger,
    tree::tree,
    unsigned::Unsigned,
};

/// Writes an entry about the ledger itself.
struct Announce(KeysEvent);

#[async_trait]
impl Command for Announce {
    const ACTION: Action = Action::LedgerStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        u.record(About::Chain("ledger", CHAIN), self.0.clone()).await
    }
}

/// A checkpoint that was signed by a key that took over, or by a person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succeeded {
    /// How many entries it has.
    pub size: u64,
    /// What verifies each of the ledger's keys, the oldest first.
    pub verifiers: Vec<String>,
}

/// Signs the tree as it is by all of `signers`, adding to the checkpoint that there may be of this size.
async fn sign(
    tx: &mut Tx,
    ledger: &Ledger,
    signers: &[&Signer],
    now: DateTime<Utc>,
) -> std::result::Result<(u64, String), StoreError> {
    let tree = tree(tx).await?;
    let size = tree.size() as i64;
    // Whoever sequences at this moment waits, or begins anew.
    query::ledger::grow(tx, size, size).await?;
    let Some((first, others)) = signers.split_first() else {
        return Err(StoreError::Conflict { table: "ledger_checkpoint".into() });
    };
    let fresh = first.sign(tree.size(), tree.root());
    let before = query::ledger::checkpoint(tx, size).await?;
    let malformed = |_| StoreError::Conflict { table: "ledger_checkpoint".into() };
    let mut note: Note = fresh.parse().map_err(malformed)?;
    // What others signed already of the same text stays.
    let signed = before.as_ref().and_then(|before| before.note.parse::<Note>().ok());
    if let Some(signed) = signed.filter(|signed| signed.text == note.text) {
        note = signed;
    }
    for signer in std::iter::once(first).chain(others) {
        let line = signer.signature(&note.text, 0);
        if !note.signatures.contains(&line) {
            note.signatures.push(line);
        }
    }
    let note = note.to_string();
    match &before {
        Some(before) => {
            if !query::ledger::renew_checkpoint(tx, before, note.clone()).await? {
                return Err(StoreError::Conflict { table: "ledger_checkpoint".into() });
            }
        }
        None => store(tx, ledger, StoredCheckpoint { size, at: now, note: note.clone() }).await?,
    }
    Ok((tree.size(), note))
}

/// Which of the keys sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The present one and the one that is to take over.
    Both,
    /// The last of those that can sign.
    Last,
}

async fn sign_now(
    o: &Operator<'_>,
    ledger: &Arc<Ledger>,
    keys: &Arc<LedgerKeys>,
    by: By,
) -> Result<(u64, String)> {
    let (now, ledger, keys) = (o.clock().now(), ledger.clone(), keys.clone());
    let signed: std::result::Result<(u64, String), StoreError> = o
        .store()
        .write(move |tx| {
            let (ledger, keys) = (ledger.clone(), keys.clone());
            Box::pin(async move {
                let signers: Vec<&Signer> = match (keys.signing(), by) {
                    (Some((first, Some(next))), By::Both) => vec![first, next],
                    (Some((_, Some(next))), By::Last) => vec![next],
                    (Some((first, None)), _) => vec![first],
                    (None, _) => Vec::new(),
                };
                sign(tx, &ledger, &signers, now).await
            })
        })
        .await;
    Ok(signed?)
}

/// Lets the key that was added to the key file take over: an entry of the ledger says so, and the checkpoint over it is the last
/// one of the key before and the first of the new one. Can be done again when it was broken off.
#[derive(Debug, Clone, Copy)]
pub struct RotateLedgerKey;

#[async_trait]
impl Operation for RotateLedgerKey {
    const ACTION: Action = Action::KeysRotate;
    type Out = std::result::Result<Succeeded, Unsigned>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let ledger = o.service::<Ledger>();
        let keys = ledger.keys()?;
        let verifiers = keys.verifiers();
        let Some((before, Some(next))) = keys.signing() else {
            return Err(AppError::Internal("no key of the ledger is to take over"));
        };
        if let Some(unsigned) = o.ask(CheckLedger).await? {
            return Ok(Err(unsigned));
        }
        let last = query::ledger::last_checkpoint(&mut o.read().await?).await?;
        let took_over = last.filter(|last| next.verifier().open(&last.note).is_ok());
        if let Some(first) = took_over {
            return Ok(Ok(Succeeded { size: first.size as u64, verifiers }));
        }
        let event = KeysEvent::RotateLedger {
            before: before.verifier().to_string(),
            after: next.verifier().to_string(),
        };
        o.execute(Announce(event)).await?;
        o.operate(Sequence).await?;
        let (size, note) = sign_now(o, &ledger, &keys, By::Both).await?;
        remember(&ledger, &note);
        Ok(Ok(Succeeded { size, verifiers }))
    }
}

/// Says that the ledger goes on from where it is, although it could not be signed: because nothing is remembered of it, or because it does not
/// hold what is, as after records were put back from a backup. An entry of the ledger tells what was remembered, and why it was
/// accepted; what was remembered stays beside the key file. Answers nothing when the ledger could be signed.
///
/// Where the ledger does not hold what is remembered, it must go on under another name: whoever kept a checkpoint of the one before, witnesses first
/// of all, can go on showing it. Add a key for it to the key file before ([`hefu_crypto::KeyRing::add_ledger_key`]).
#[derive(Debug, Clone, Copy)]
pub struct AcceptLedger;

#[async_trait]
impl Operation for AcceptLedger {
    const ACTION: Action = Action::LedgerAccept;
    type Out = Option<Succeeded>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let ledger = o.service::<Ledger>();
        let keys = ledger.keys()?;
        let Some(unsigned) = o.ask(CheckLedger).await? else { return Ok(None) };
        let is_successor =
            matches!(keys.signing(), Some((before, Some(next))) if before.name() != next.name());
        if matches!(unsigned, Unsigned::Contradicted { .. }) != is_successor {
            return Err(AppError::Internal(
                "a ledger that does not hold what is remembered goes on under another name",
            ));
        }
        let remembered = ledger.remembered().unwrap_or_default();
        let size = query::ledger::size(&mut o.read().await?).await?;
        let event = KeysEvent::AcceptLedger {
            because: unsigned.code().to_owned(),
            size: size.unsigned_abs(),
            remembered: remembered.into_iter().map(|(_, note)| note).collect(),
        };
        o.execute(Announce(event)).await?;
        o.operate(Sequence).await?;
        let (size, note) = sign_now(o, &ledger, &keys, By::Last).await?;
        let kept = ledger.memory().replace(&note, size);
        kept.map_err(|source| StoreError::Io { path: "hefu.checkpoint".into(), source })?;
        ledger.take_down(None);
        Ok(Some(Succeeded { size, verifiers: keys.verifiers() }))
    }
}
