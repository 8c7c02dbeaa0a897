//! The journal as others read it, and the ledger over it: the sequencer that gives entries their places, the tree,
//! its checkpoints and proofs.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use hefu_domain::message::Missing;
use hefu_ledger::{
    Grown, Hash, Signer, TILE_WIDTH, TileId, TilePath, Tiles, Tree, entry_bundle, inclusion_proof, leaf_hash,
    tiles_of_inclusion, tiles_of_root, tree_root,
};
use hefu_store::{Conn, StoreError, Tx, query, query::ledger::StoredCheckpoint};

use crate::journal::{JournalEntryView, journal_of_visit};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Operation, Operator, Query, Reader, Result, Service};
use hefu_front_office::{property::property_by_id, visit::locate};
use hefu_store::Store;
use std::sync::Arc;

/// Entries placed in one unit: few enough that a booking does not wait for them.
const BATCH: i64 = 2_000;

/// How old a checkpoint is when the next one is signed, milliseconds; with the pause of the sequencer less than a second.
const CHECKPOINT_EVERY_MS: i64 = 800;

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

/// What has become of the ledger since a checkpoint of it was kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// No checkpoint tells of more.
    Same,
    /// This one does, and the ledger bears both out.
    Grown(String),
    /// The ledger does not hold what the kept checkpoint or its own latest tells.
    Contradicted,
}

fn is_due(last: Option<&StoredCheckpoint>, size: i64, now: DateTime<Utc>) -> bool {
    last.map_or(size > 0, |last| {
        // A clock that was set back must not keep checkpoints from being signed.
        let age = now - last.at;
        last.size < size && (age >= TimeDelta::milliseconds(CHECKPOINT_EVERY_MS) || age < TimeDelta::zero())
    })
}

async fn tiles(c: &mut Conn, ids: BTreeSet<TileId>) -> Result<HashMap<TileId, Vec<u8>>> {
    let mut found = HashMap::new();
    for id in ids {
        found.extend(query::ledger::tile(c, id.level, id.index).await?.map(|tile| (id, tile)));
    }
    Ok(found)
}

/// Places a batch of waiting entries, grows the tree by it, and signs a checkpoint if one is due. Answers how many it
/// placed.
async fn grow(tx: &mut Tx, signer: &Signer, now: DateTime<Utc>) -> std::result::Result<u64, StoreError> {
    let next = query::ledger::size(tx).await?;
    // Entries that have places which the tree has not got to come first: of a tree that is built anew, and what somebody
    // wrote there behind our back.
    let has_places = !query::ledger::entries(tx, next, next.saturating_add(BATCH)).await?.is_empty();
    let placed = if has_places { 0 } else { query::ledger::place(tx, next, BATCH).await? };

    let before = query::ledger::size(tx).await?;
    let mut edge = HashMap::new();
    for id in Tree::edge_of(before as u64) {
        edge.extend(query::ledger::tile(tx, id.level, id.index).await?.map(|tile| (id, tile)));
    }
    let tree = Tree::of(before as u64, |id| edge.remove(&id));
    let mut tree = tree.ok_or_else(|| StoreError::Corrupt {
        table: "ledger_tile",
        column: "hashes".into(),
        detail: "are fewer than the tree has".into(),
    })?;
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
    if is_due(last.as_ref(), size, now) {
        let note = signer.sign(tree.size(), tree.root());
        query::ledger::store_checkpoint(tx, StoredCheckpoint { size, at: now, note }, last.as_ref()).await?;
    }
    Ok(placed)
}

/// What signs the ledger's checkpoints.
pub struct LedgerSigner(Arc<Signer>);

impl Service for LedgerSigner {
    #[expect(clippy::expect_used, reason = "a tenant's id makes a name, and any 32 bytes are a key")]
    fn new(store: &Store) -> Self {
        let ring = store.vault().ring();
        // One ledger for a tenant: its name says no more than that.
        let origin = format!("hefu/{}", ring.tenant());
        let signer = Signer::new(&origin, &ring.ledger_secret()).expect("a name without spaces");
        Self(Arc::new(signer))
    }
}

impl LedgerSigner {
    /// The signer.
    pub const fn signer(&self) -> &Arc<Signer> {
        &self.0
    }
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
        Ok(told.into_iter().map(JournalEntryView::from).collect())
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
        let mut entries = journal_of_visit(c, &vault, visit, MOST_OF_VISIT).await?;
        let property = property_by_id(c, property).await?;
        r.within(&property.code)?;
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

/// Gives a batch of waiting entries their places in the ledger, grows the tree by it, and signs a checkpoint over the tree when the
/// last one is a second old. Answers how many entries it placed, and nothing when nobody waits: one bounded turn, however much is written.
///
/// No lease is needed for correctness: the log index is unique and the size of the tree is compared and
/// set, so of two sequencers that begin at the same place one is refused by the database. It stops for
/// this time, since the other one is at work.
#[derive(Debug, Clone, Copy)]
pub struct SequenceBatch;

impl Operation for SequenceBatch {
    const ACTION: Action = Action::LedgerSequence;
    type Out = Option<u64>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Option<u64>> {
        if !is_behind(o).await? {
            return Ok(None);
        }
        let (now, signer) = (o.clock().now(), o.service::<LedgerSigner>().signer().clone());
        let placed: std::result::Result<u64, StoreError> = o
            .store()
            .write(move |tx| {
                let signer = signer.clone();
                Box::pin(async move { grow(tx, &signer, now).await })
            })
            .await;
        match placed {
            Err(StoreError::Duplicate { .. } | StoreError::Conflict { .. }) => Ok(None),
            placed => Ok(Some(placed?)),
        }
    }
}

/// Gives every entry its place that waits now, batch by batch: for commands that end. Entries that are written meanwhile may have to
/// wait for a server. Answers how many it placed.
#[derive(Debug, Clone, Copy)]
pub struct Sequence;

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

/// Whether entries wait for their place, or a checkpoint is due.
async fn is_behind(o: &Operator<'_>) -> Result<bool> {
    let c = &mut o.read().await?;
    if query::ledger::is_waiting(c).await? {
        return Ok(true);
    }
    let size = query::ledger::size(c).await?;
    let last = query::ledger::last_checkpoint(c).await?;
    Ok(is_due(last.as_ref(), size, o.clock().now()))
}

/// What outsiders verify checkpoints with.
#[derive(Debug, Clone, Copy)]
pub struct ShowLedgerKey;

impl Query for ShowLedgerKey {
    const ACTION: Action = Action::LedgerShow;
    type Out = String;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<String> {
        Ok(r.service::<LedgerSigner>().signer().verifier().to_string())
    }
}

/// The size that a checkpoint tells, if the ledger bears it out. It reads the few tiles at the edge of a tree of that size.
async fn borne_out(signer: &Signer, c: &mut Conn, note: &str) -> Result<Option<u64>> {
    let Ok(checkpoint) = signer.verifier().open(note) else { return Ok(None) };
    if (query::ledger::size(c).await? as u64) < checkpoint.size {
        return Ok(None);
    }
    let tiles = tiles(c, tiles_of_root(checkpoint.size)).await?;
    let root = tree_root(checkpoint.size, &mut Tiles(|tile| tiles.get(&tile).cloned()));
    Ok((root == Some(checkpoint.root)).then_some(checkpoint.size))
}

/// Forgets the answers that can no longer be asked for again.
#[derive(Debug, Clone, Copy)]
pub struct ForgetAnswers;

impl Operation for ForgetAnswers {
    const ACTION: Action = Action::AnswersForget;
    type Out = u64;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<u64> {
        let before = o.clock().now() - chrono::TimeDelta::hours(ANSWERS_KEPT_HOURS);
        o.store()
            .write(move |tx| Box::pin(async move { Ok(query::journal::forget_answers(tx, before).await?) }))
            .await
    }
}

/// What has become of the ledger since a checkpoint was kept elsewhere.
#[derive(Debug, Clone)]
pub struct CompareCheckpoint {
    /// The checkpoint that was kept.
    pub kept: Option<String>,
}

impl Query for CompareCheckpoint {
    const ACTION: Action = Action::LedgerShow;
    type Out = Since;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let kept = self.kept.as_deref();
        let signer = r.service::<LedgerSigner>().signer().clone();
        let c = r.snapshot().await?;
        let latest = query::ledger::last_checkpoint(c).await?.map(|last| last.note);
        let Some(note) = latest.filter(|note| kept != Some(note)) else { return Ok(Since::Same) };
        let before = match kept {
            Some(kept) => borne_out(&signer, c, kept).await?,
            None => Some(0),
        };
        Ok(match (before, borne_out(&signer, c, &note).await?) {
            (Some(before), Some(now)) if before < now => Since::Grown(note),
            (Some(_), Some(_)) => Since::Same,
            _ => Since::Contradicted,
        })
    }
}

/// Whether a checkpoint was signed by this ledger's key, and the ledger still holds what it tells: as many entries or more,
/// and the same ones.
#[derive(Debug, Clone)]
pub struct CheckCheckpoint {
    /// The signed checkpoint.
    pub note: String,
}

impl Query for CheckCheckpoint {
    const ACTION: Action = Action::LedgerShow;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let signer = r.service::<LedgerSigner>().signer().clone();
        let note = self.note.as_str();
        Ok(borne_out(&signer, r.snapshot().await?, note).await?.is_some())
    }
}

/// The proof that the entry at a log index is in the ledger, under the latest checkpoint.
#[derive(Debug, Clone)]
pub struct ProveInclusion {
    /// The log index of the entry.
    pub index: i64,
}

impl Query for ProveInclusion {
    const ACTION: Action = Action::LedgerShow;
    type Out = Inclusion;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let index = self.index;
        let none = || AppError::not_found(Missing::Checkpoint, index);
        let c = r.snapshot().await?;
        let checkpoint = query::ledger::last_checkpoint(c).await?.ok_or_else(none)?;
        let entry = query::journal::at(c, index).await?.ok_or_else(none)?;
        let (place, size) = (index as u64, checkpoint.size as u64);
        let tiles = tiles(c, tiles_of_inclusion(place, size)).await?;
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

/// The latest signed checkpoint; none before the first entry.
#[derive(Debug, Clone)]
pub struct ShowCheckpoint;

impl Query for ShowCheckpoint {
    const ACTION: Action = Action::LedgerShow;
    type Out = Option<String>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        Ok(query::ledger::last_checkpoint(c).await?.map(|last| last.note))
    }
}

/// The entry at a log index.
#[derive(Debug, Clone)]
pub struct ShowJournalEntry {
    /// Its log index.
    pub index: i64,
}

impl Query for ShowJournalEntry {
    const ACTION: Action = Action::JournalShow;
    type Out = JournalEntryView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (index, vault) = (self.index, r.vault());
        let told = query::journal::told_at(r.conn().await?, &vault, index).await?;
        told.map(JournalEntryView::from).ok_or_else(|| AppError::not_found(Missing::JournalEntry, index))
    }
}
