//! The journal as others read it, and the ledger over it: the sequencer that gives entries their places, the tree,
//! its checkpoints and proofs, its keys and its witnesses.

mod cosign;
mod keys;
mod memory;
mod sequence;
mod service;
mod succession;
mod tree;
mod unsigned;

use async_trait::async_trait;
use std::sync::Arc;

pub use cosign::{
    HeedWitness, KeepCosignatures, LedgerStatus, NextToCosign, ProveConsistency, ShowLedgerStatus, ToCosign,
    WitnessView,
};
use hefu_domain::message::Missing;
use hefu_ledger::{
    Hash, TILE_WIDTH, TilePath, Tiles, entry_bundle, inclusion_proof, leaf_hash, tiles_of_inclusion,
};
use hefu_store::{Conn, query, query::ledger::StoredCheckpoint};
pub use keys::{BadLedgerKey, LedgerKeyView, LedgerKeys};
pub use sequence::{BeginLedger, CatchUp, CheckLedger, Sequence, SequenceBatch};
pub use service::{Ledger, LedgerOptions, WitnessState};
pub use succession::{AcceptLedger, RotateLedgerKey, Succeeded};
pub(crate) use tree::tiles;
pub use unsigned::{CheckpointError, Unsigned};

use crate::journal::{AUDITED, JournalEntryView, journal_of_visit};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Operation, Operator, Query, Reader, Result, clock::WatchClock};
use hefu_front_office::{property::property_by_id, visit::locate};
use service::RECENT;

/// How long the answer to a request is kept for its repetition, hours.
const ANSWERS_KEPT_HOURS: i64 = 24;

/// Most entries told of one visit.
const MOST_OF_VISIT: i64 = 10_000;

/// The proof that an entry is in the ledger.
#[derive(Debug, Clone)]
pub struct Inclusion {
    /// Place in the ledger.
    pub index: i64,
    /// The entry's bytes, which the tree is over.
    pub leaf: Vec<u8>,
    /// Their hash.
    pub leaf_hash: Hash,
    /// The hashes beside the way to the root, the lowest first (RFC 6962, section 2.1.1).
    pub proof: Vec<Hash>,
    /// How many entries the checkpoint covers.
    pub size: i64,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
}

/// Entries of the journal, those of a visit apart.
#[derive(Debug, Clone, Default)]
pub struct ListJournal {
    /// Only entries with a higher log index, the first of them first; none: the latest, the last first.
    pub after: Option<i64>,
    /// Only entries with a lower log index.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListJournal {
    const ACTION: Action = Action::JournalList;
    type Out = Vec<JournalEntryView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let vault = r.vault();
        let c = r.conn().await?;
        let told = match self.after {
            Some(after) => query::journal::told_after(c, &vault, after, self.limit).await?,
            None => {
                let before = self.before.unwrap_or(i64::MAX);
                query::journal::told_before(c, &vault, before, self.limit).await?
            }
        };
        Ok(told.into_iter().map(JournalEntryView::audited).collect())
    }
}

/// A visit's entries of the journal.
#[derive(Debug, Clone, Default)]
pub struct ListJournalOfVisit {
    /// Any number of the visit.
    pub number: String,
    /// Only entries with a higher log index, and those that wait for theirs, the first of them first; none: the last first.
    pub after: Option<i64>,
    /// Only entries with a lower log index.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListJournalOfVisit {
    const ACTION: Action = Action::JournalOfVisit;
    type Out = Vec<JournalEntryView>;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let vault = r.vault();
        let c = r.conn().await?;
        let (property, visit) = locate(c, &self.number, None).await?;
        let property = property_by_id(c, property).await?;
        r.within(&property.code)?;
        // Whoever audits reads there why; it is the same entry.
        let masks =
            if r.may(Action::JournalList, &property.code) { AUDITED } else { r.masks_at(&property.code) };
        let mut entries = journal_of_visit(r.conn().await?, &vault, (visit, masks), MOST_OF_VISIT).await?;
        match self.after {
            Some(after) => entries.retain(|entry| entry.log_index.is_none_or(|index| index > after)),
            None => entries.reverse(),
        }
        if let Some(before) = self.before {
            entries.retain(|entry| entry.log_index.is_some_and(|index| index < before));
        }
        entries.truncate(usize::try_from(self.limit).unwrap_or_default());
        Ok(entries)
    }
}

/// What outsiders verify checkpoints with: every key there was, the oldest first.
#[derive(Debug, Clone, Copy)]
pub struct ShowLedgerKeys;

#[async_trait]
impl Query for ShowLedgerKeys {
    const ACTION: Action = Action::LedgerShow;
    type Out = Vec<LedgerKeyView>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        Ok(r.service::<Ledger>().keys()?.views())
    }
}

/// Forgets the answers that can no longer be asked for again: a day of the running clock after they were given, which nobody can set forward.
#[derive(Debug, Clone, Copy)]
pub struct ForgetAnswers;

#[async_trait]
impl Operation for ForgetAnswers {
    const ACTION: Action = Action::AnswersForget;
    type Out = u64;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<u64> {
        let now = o.operate(WatchClock).await?;
        let before = now.running - chrono::TimeDelta::hours(ANSWERS_KEPT_HOURS);
        o.store()
            .write(move |tx| Box::pin(async move { Ok(query::journal::forget_answers(tx, before).await?) }))
            .await
    }
}

/// Whether a checkpoint was signed by a key of this ledger, and the ledger still holds what it tells: as many entries or more,
/// and the same ones.
#[derive(Debug, Clone)]
pub struct CheckCheckpoint {
    /// The signed checkpoint.
    pub note: String,
}

#[async_trait]
impl Query for CheckCheckpoint {
    const ACTION: Action = Action::LedgerShow;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let Ok(then) = r.service::<Ledger>().keys()?.open(&self.note) else { return Ok(false) };
        let c = r.snapshot().await?;
        let tree = tree::tree(c).await?;
        Ok(tree::extends(c, &then, (tree.size(), tree.root())).await?)
    }
}

/// The checkpoint to be shown: the latest that enough witnesses cosigned, or the latest where they have not for a while.
pub(crate) async fn shown(c: &mut Conn, ledger: &Ledger) -> Result<Option<StoredCheckpoint>> {
    let latest = query::ledger::last_checkpoints(c, RECENT).await?;
    Ok(ledger.shown(&latest).cloned())
}

/// The proof that the entry at a log index is in the ledger, under the latest checkpoint.
#[derive(Debug, Clone)]
pub struct ProveInclusion {
    /// The log index of the entry.
    pub index: i64,
}

#[async_trait]
impl Query for ProveInclusion {
    // The leaf says who did what: those who may see the entry may see it.
    const ACTION: Action = Action::JournalShow;
    type Out = Inclusion;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let index = self.index;
        let none = || AppError::not_found(Missing::Checkpoint, index);
        let ledger: Arc<Ledger> = r.service();
        let c = r.snapshot().await?;
        // Witnesses come a second after: an entry that is newer is proven by the ledger's own signature.
        let cosigned = shown(c, &ledger).await?.filter(|shown| shown.size > index);
        let checkpoint = match cosigned {
            Some(cosigned) => cosigned,
            None => query::ledger::last_checkpoint(c).await?.ok_or_else(none)?,
        };
        let entry = query::journal::at(c, index).await?.ok_or_else(none)?;
        let (place, size) = (index as u64, checkpoint.size as u64);
        let tiles = tree::tiles(c, tiles_of_inclusion(place, size)).await?;
        let proof =
            inclusion_proof(place, size, &mut Tiles(|tile| tiles.get(&tile).cloned())).ok_or_else(none)?;
        let leaf = query::ledger::leaf(&entry);
        Ok(Inclusion {
            index,
            leaf_hash: leaf_hash(&leaf),
            leaf,
            proof,
            size: checkpoint.size,
            checkpoint: checkpoint.note,
        })
    }
}

/// A piece of the ledger as `tlog-tiles` serves it: hashes, or entries.
#[derive(Debug, Clone)]
pub struct ShowTile {
    /// Which.
    pub path: TilePath,
}

#[async_trait]
impl Query for ShowTile {
    const ACTION: Action = Action::LedgerShow;
    type Out = Vec<u8>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let path = self.path;
        let none = || AppError::not_found(Missing::Tile, path);
        let c = r.conn().await?;
        match path {
            TilePath::Hashes(tile, width) => {
                let bytes = query::ledger::tile(c, tile.level, tile.index).await?.ok_or_else(none)?;
                // Tiles only grow: an earlier, narrower one is the beginning of the present one.
                bytes.get(..32 * width as usize).map(<[u8]>::to_vec).ok_or_else(none)
            }
            TilePath::Entries(index, width) => {
                let from = index.checked_mul(TILE_WIDTH).and_then(|from| i64::try_from(from).ok());
                let (from, width) = (from.ok_or_else(none)?, width as i64);
                let size = query::ledger::size(c).await?;
                if from.checked_add(width).is_none_or(|to| to > size) {
                    return Err(none());
                }
                let entries = query::ledger::entries(c, from, from + width).await?;
                let leaves: Vec<Vec<u8>> = entries.iter().map(query::ledger::leaf).collect();
                entry_bundle(leaves.iter().map(Vec::as_slice)).ok_or_else(none)
            }
        }
    }
}

/// The latest signed checkpoint, with the cosignatures of witnesses; none before the first entry.
#[derive(Debug, Clone)]
pub struct ShowCheckpoint;

#[async_trait]
impl Query for ShowCheckpoint {
    const ACTION: Action = Action::LedgerShow;
    type Out = Option<String>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let ledger: Arc<Ledger> = r.service();
        Ok(shown(r.conn().await?, &ledger).await?.map(|shown| shown.note))
    }
}

/// The entry at a log index.
#[derive(Debug, Clone)]
pub struct ShowJournalEntry {
    /// Its log index.
    pub index: i64,
}

#[async_trait]
impl Query for ShowJournalEntry {
    const ACTION: Action = Action::JournalShow;
    type Out = JournalEntryView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (index, vault) = (self.index, r.vault());
        let told = query::journal::told_at(r.conn().await?, &vault, index).await?;
        told.map(JournalEntryView::audited).ok_or_else(|| AppError::not_found(Missing::JournalEntry, index))
    }
}
