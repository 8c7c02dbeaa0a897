//! The sequencer: gives entries their places, grows the tree by them, and signs it as long as it holds what is remembered of it.

use async_trait::async_trait;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Operation, Operator, Query, Reader, Result};
use hefu_ledger::{Grown, empty_root, leaf_hash};
use hefu_store::{StoreError, Tx, query, query::ledger::StoredCheckpoint};

use super::{
    keys::LedgerKeys,
    service::{Ledger, RECENT},
    tree::tree,
    unsigned::Unsigned,
};

/// Entries placed in one unit: few enough that a booking does not wait for them.
const BATCH: i64 = 2_000;

/// How old a checkpoint is when the next one is signed, milliseconds; with the pause of the sequencer less than a second.
const CHECKPOINT_EVERY_MS: i64 = 800;

fn is_due(last: Option<&StoredCheckpoint>, size: i64, now: DateTime<Utc>) -> bool {
    last.map_or(size > 0, |last| {
        // A clock that was set back must not keep checkpoints from being signed.
        let age = now - last.at;
        last.size < size && (age >= TimeDelta::milliseconds(CHECKPOINT_EVERY_MS) || age < TimeDelta::zero())
    })
}

/// What a unit of the sequencer did.
struct Sequenced {
    /// How many entries it placed.
    placed: u64,
    /// The checkpoint that it signed, or why it signed none; nothing when none was due.
    checkpoint: Option<std::result::Result<String, Unsigned>>,
}

/// Keeps a checkpoint, and forgets those that need not be kept beside it.
pub(crate) async fn store(
    tx: &mut Tx,
    ledger: &Ledger,
    checkpoint: StoredCheckpoint,
) -> std::result::Result<(), StoreError> {
    query::ledger::store_checkpoint(tx, checkpoint).await?;
    tidy(tx, ledger).await
}

/// Forgets the checkpoints that need not be kept beside later ones.
pub(crate) async fn tidy(tx: &mut Tx, ledger: &Ledger) -> std::result::Result<(), StoreError> {
    let latest = query::ledger::last_checkpoints(tx, RECENT).await?;
    for size in ledger.superseded(&latest) {
        query::ledger::drop_checkpoint(tx, size).await?;
    }
    Ok(())
}

/// Places a batch of waiting entries, grows the tree by it, and signs a checkpoint if one is due and may be signed.
async fn grow(
    tx: &mut Tx,
    ledger: &Ledger,
    keys: &LedgerKeys,
    now: DateTime<Utc>,
) -> std::result::Result<Sequenced, StoreError> {
    let next = query::ledger::size(tx).await?;
    // Entries that have places which the tree has not got to come first: of a tree that is built anew, and what somebody
    // wrote there behind our back.
    let has_places = !query::ledger::entries(tx, next, next.saturating_add(BATCH)).await?.is_empty();
    let placed = if has_places { 0 } else { query::ledger::place(tx, next, BATCH).await? };

    let mut tree = tree(tx).await?;
    let before = tree.size() as i64;
    let mut grown = Grown::new();
    for entry in query::ledger::entries(tx, before, before.saturating_add(BATCH)).await? {
        if entry.log_index != i64::try_from(tree.size()).ok() {
            let detail = format!("leaves place {} of the ledger empty: run `hefu verify`", tree.size());
            return Err(StoreError::Corrupt { table: "journal", column: "log_index".into(), detail });
        }
        tree.push(leaf_hash(&query::ledger::leaf(&entry)), &mut grown);
    }
    let size = tree.size() as i64;
    if size > before {
        query::ledger::grow(tx, before, size).await?;
        for (id, hashes) in grown.into_iter().chain(tree.partial()) {
            query::ledger::store_tile(tx, id.level, id.index, hashes).await?;
        }
    }
    let last = query::ledger::last_checkpoint(tx).await?;
    if !is_due(last.as_ref(), size, now) {
        return Ok(Sequenced { placed, checkpoint: None });
    }
    let checkpoint = match ledger.signer(tx, keys, &tree).await? {
        Ok(signer) => Ok(signer.sign(tree.size(), tree.root())),
        Err(unsigned) => Err(unsigned),
    };
    if let Ok(note) = &checkpoint {
        store(tx, ledger, StoredCheckpoint { size, at: now, note: note.clone() }).await?;
    }
    Ok(Sequenced { placed, checkpoint: Some(checkpoint) })
}

/// Remembers a checkpoint of the database if the tree holds it and what was remembered before; takes down what is wrong if it does not.
async fn look(o: &Operator<'_>, ledger: &Ledger) -> Result<()> {
    let c = &mut o.snapshot().await?;
    let trouble = ledger.standing(c).await?;
    if trouble.is_none()
        && let Some(last) = query::ledger::last_checkpoint(c).await?
    {
        remember(ledger, &last.note);
    }
    ledger.take_down(trouble);
    Ok(())
}

/// Remembers a checkpoint unless it is the one that is remembered. That it could not be is said, and stops nobody: the next one may be.
pub(crate) fn remember(ledger: &Ledger, note: &str) {
    let text = |note: &str| note.split_once("\n\n").map(|(text, _)| text.to_owned());
    let is_kept =
        ledger.memory().notes().is_ok_and(|notes| notes.iter().any(|(_, kept)| text(kept) == text(note)));
    if !is_kept && let Err(error) = ledger.memory().keep(note) {
        tracing::error!(%error, "the checkpoint could not be kept beside the key file");
    }
}

/// Makes a ledger that has no entries yet remember that it began: whoever then finds entries and no remembered checkpoint knows that
/// something was taken away. Does nothing to any other.
#[derive(Debug, Clone, Copy)]
pub struct BeginLedger;

#[async_trait]
impl Operation for BeginLedger {
    const ACTION: Action = Action::LedgerSequence;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<()> {
        let ledger = o.service::<Ledger>();
        let is_new = ledger.remembered().is_ok_and(|notes| notes.is_empty());
        if is_new && query::ledger::is_empty(&mut o.read().await?).await? {
            let keys = ledger.keys()?;
            if let Some((signer, _)) = keys.signing() {
                remember(&ledger, &signer.sign(0, empty_root()));
            }
        }
        Ok(())
    }
}

/// Gives a batch of waiting entries their places in the ledger, grows the tree by it, and signs a checkpoint over the tree when the
/// last one is a second old. Answers how many entries it placed, and nothing when nobody waits: one bounded turn, however much is written.
///
/// It signs nothing that does not extend the last checkpoint, the one kept beside the key file, and what witnesses said they remember.
/// Entries get their places all the same, and the log, `hefu doctor` and `hefu verify` say why they are not signed.
///
/// No lease is needed for correctness: the log index is unique and the size of the tree is compared and
/// set, so of two sequencers that begin at the same place one is refused by the database. It stops for
/// this time, since the other one is at work.
#[derive(Debug, Clone, Copy)]
pub struct SequenceBatch;

#[async_trait]
impl Operation for SequenceBatch {
    const ACTION: Action = Action::LedgerSequence;
    type Out = Option<u64>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Option<u64>> {
        let (now, ledger) = (o.clock().now(), o.service::<Ledger>());
        let (is_waiting, is_due) = is_behind(o).await?;
        // What could not be signed a moment ago is looked at again in a second.
        if !is_waiting && (!is_due || ledger.is_refused()) {
            if ledger.is_to_look() {
                look(o, &ledger).await?;
            }
            return Ok(None);
        }
        let (keys, shared) = (ledger.keys()?, ledger.clone());
        let sequenced: std::result::Result<Sequenced, StoreError> = o
            .store()
            .write(move |tx| {
                let (ledger, keys) = (shared.clone(), keys.clone());
                Box::pin(async move { grow(tx, &ledger, &keys, now).await })
            })
            .await;
        let Sequenced { placed, checkpoint } = match sequenced {
            Err(StoreError::Duplicate { .. } | StoreError::Conflict { .. }) => return Ok(None),
            sequenced => sequenced?,
        };
        match checkpoint {
            None => {}
            Some(Err(unsigned)) => ledger.take_down(Some(unsigned)),
            Some(Ok(note)) => {
                // After the commit: what is remembered and was rolled back would contradict the ledger.
                remember(&ledger, &note);
                ledger.take_down(None);
            }
        }
        Ok(Some(placed))
    }
}

/// Gives every entry its place that waits now, batch by batch: for commands that end. Entries that are written meanwhile may have to
/// wait for a server. Answers how many it placed.
#[derive(Debug, Clone, Copy)]
pub struct Sequence;

#[async_trait]
impl Operation for Sequence {
    const ACTION: Action = Action::LedgerSequence;
    type Out = u64;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<u64> {
        let mut c = o.read().await?;
        let waiting = query::journal::pending(&mut c).await?;
        // Of a tree that is built anew, entries have places already.
        let last =
            query::journal::before(&mut c, i64::MAX, 1).await?.first().and_then(|entry| entry.log_index);
        let beyond = (last.unwrap_or(-1) - query::ledger::size(&mut c).await?).max(0);
        drop(c);
        // And a checkpoint.
        let batches = (waiting + beyond) / BATCH + 3;
        let mut placed = 0;
        for _ in 0..batches {
            match o.operate(SequenceBatch).await? {
                Some(more) => placed += more,
                None => break,
            }
        }
        Ok(placed)
    }
}

/// Places everything that waits, and tidies the journal up afterwards: for commands that write much without a server.
#[derive(Debug, Clone, Copy)]
pub struct CatchUp;

#[async_trait]
impl Operation for CatchUp {
    const ACTION: Action = Action::LedgerSequence;
    type Out = u64;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<u64> {
        let placed = o.operate(Sequence).await?;
        // A help, and no part of the work: the database does it by itself in time.
        if placed > 0
            && let Err(error) = o.store().vacuum_journal().await
        {
            tracing::warn!(%error, "the journal could not be tidied up");
        }
        Ok(placed)
    }
}

/// Whether entries wait for their place, and whether a checkpoint is due.
async fn is_behind(o: &Operator<'_>) -> Result<(bool, bool)> {
    let c = &mut o.read().await?;
    let is_waiting = query::ledger::is_waiting(c).await?;
    let size = query::ledger::size(c).await?;
    let last = query::ledger::last_checkpoint(c).await?;
    Ok((is_waiting, is_due(last.as_ref(), size, o.clock().now())))
}

/// Why the ledger as it stands could not be signed. None: it could, or there is nothing to sign.
#[derive(Debug, Clone, Copy)]
pub struct CheckLedger;

#[async_trait]
impl Query for CheckLedger {
    const ACTION: Action = Action::LedgerShow;
    type Out = Option<Unsigned>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let ledger: Arc<Ledger> = r.service();
        ledger.standing(r.snapshot().await?).await
    }
}
