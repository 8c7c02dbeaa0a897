//! The journal as others read it, and the ledger over it: the sequencer that gives entries their places, the tree,
//! its checkpoints and proofs.

use hefu_domain::message::Missing;
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use hefu_domain::journal::JournalEntry;
use hefu_kernel::Id;
use hefu_ledger::{
    Grown, Hash, Signer, TILE_WIDTH, TileId, TilePath, Tiles, Tree, entry_bundle, inclusion_proof, leaf_hash,
    tiles_of_inclusion, tiles_of_root, tree_root,
};
use hefu_store::{AfterCommit as _, Conn, StoreError, Tx, query, query::ledger::StoredCheckpoint};

use uuid::Uuid;

use crate::{App, AppError, Result, visit::locate};

/// Entries placed in one unit: few enough that a booking does not wait for them.
const BATCH: i64 = 2_000;

/// How old a checkpoint is when the next one is signed, milliseconds; with the pause of the sequencer less than a second.
const CHECKPOINT_EVERY_MS: i64 = 800;

/// How long the answer to a request is kept for its repetition, hours.
const ANSWERS_KEPT_HOURS: i64 = 24;

/// Most entries told of one visit.
const MOST_OF_VISIT: i64 = 10_000;

/// Which part of the journal is asked for.
#[derive(Debug, Clone, Default)]
pub struct JournalQuery {
    /// Entries before this log index, the latest first. The usual way when nothing is given.
    pub before: Option<i64>,
    /// Entries behind this log index, in order; -1 for those from the beginning.
    pub after: Option<i64>,
    /// A visit's number: its entries only, the latest first, also those without a log index yet.
    pub visit: Option<String>,
    /// How many.
    pub limit: i64,
}

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
/// placed, and of which records they tell.
async fn grow(
    tx: &mut Tx,
    signer: &Signer,
    now: DateTime<Utc>,
) -> std::result::Result<(u64, Vec<Uuid>), StoreError> {
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
    let (mut grown, mut records) = (Grown::new(), Vec::new());
    for entry in query::ledger::entries(tx, before, before.saturating_add(BATCH)).await? {
        if entry.log_index != i64::try_from(tree.size()).ok() {
            let detail = format!("leaves place {} of the ledger empty: run `hefu verify`", tree.size());
            return Err(StoreError::Corrupt { table: "journal", column: "log_index".into(), detail });
        }
        tree.push(leaf_hash(&query::ledger::leaf(&entry)), &mut grown);
        records.push(entry.subject_id);
        records.extend(entry.visit_id.map(Id::uuid));
        records.extend(entry.property_id.filter(|_| entry.visit_id.is_none()).map(Id::uuid));
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
    Ok((placed, records))
}

impl App {
    /// Entries of the journal.
    ///
    /// # Errors
    /// The visit is unknown, or the database fails.
    pub async fn journal(&self, asked: &JournalQuery) -> Result<Vec<JournalEntry>> {
        let c = &mut self.store().read().await?;
        let Some(number) = &asked.visit else {
            return Ok(match asked.after {
                Some(after) => query::journal::after(c, after, asked.limit).await?,
                None => query::journal::before(c, asked.before.unwrap_or(i64::MAX), asked.limit).await?,
            });
        };
        let (_, visit) = locate(c, number, None).await?;
        let mut entries = query::journal::of_visit(c, visit, MOST_OF_VISIT).await?;
        match asked.after {
            Some(after) => entries.retain(|entry| entry.log_index.is_none_or(|index| index > after)),
            None => entries.reverse(),
        }
        if let Some(before) = asked.before {
            entries.retain(|entry| entry.log_index.is_some_and(|index| index < before));
        }
        entries.truncate(usize::try_from(asked.limit).unwrap_or_default());
        Ok(entries)
    }

    /// The entry at a log index.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub async fn journal_entry(&self, index: i64) -> Result<JournalEntry> {
        let c = &mut self.store().read().await?;
        query::journal::at(c, index).await?.ok_or_else(|| AppError::not_found(Missing::JournalEntry, index))
    }

    /// Gives every waiting entry its place in the ledger, grows the tree by it, and signs a checkpoint over the tree when the
    /// last one is a second old. Answers how many entries it placed.
    ///
    /// No lease is needed for correctness: the log index is unique and the size of the tree is compared and
    /// set, so of two sequencers that begin at the same place one is refused by the database. It stops for
    /// this time, since the other one is at work.
    ///
    /// # Errors
    /// The database fails, the tiles do not fit the tree, or an entry stands where the next ones belong, which none of ours does.
    pub async fn sequence(&self) -> Result<u64> {
        let mut placed = 0;
        while self.is_behind().await? {
            let (now, signer) = (self.clock().now(), self.signer().clone());
            let batch: std::result::Result<(u64, Vec<Uuid>), StoreError> = self
                .store()
                .write(move |tx| {
                    let signer = signer.clone();
                    Box::pin(async move { grow(tx, &signer, now).await })
                })
                .await;
            match batch {
                Ok((more, records)) => {
                    placed += more;
                    // Also for a server that committed and died before it could tell.
                    if let Some(shared) = self.shared().filter(|_| !records.is_empty()) {
                        shared.changed(&records).await;
                    }
                }
                Err(StoreError::Duplicate { .. }) => return Ok(placed),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(placed)
    }

    /// Whether entries wait for their place, or a checkpoint is due.
    async fn is_behind(&self) -> Result<bool> {
        let c = &mut self.store().read().await?;
        if query::ledger::is_waiting(c).await? {
            return Ok(true);
        }
        let size = query::ledger::size(c).await?;
        let last = query::ledger::last_checkpoint(c).await?;
        Ok(is_due(last.as_ref(), size, self.clock().now()))
    }

    /// The latest signed checkpoint; none before the first entry.
    ///
    /// # Errors
    /// The database fails.
    pub async fn latest_checkpoint(&self) -> Result<Option<String>> {
        let c = &mut self.store().read().await?;
        Ok(query::ledger::last_checkpoint(c).await?.map(|last| last.note))
    }

    /// What outsiders verify checkpoints with.
    pub fn ledger_key(&self) -> String {
        self.signer().verifier().to_string()
    }

    /// A piece of the ledger as `tlog-tiles` serves it: hashes, or entries.
    ///
    /// # Errors
    /// The tree has not so many entries, or the database fails.
    pub async fn tile(&self, path: TilePath) -> Result<Vec<u8>> {
        let none = || AppError::not_found(Missing::Tile, path);
        let c = &mut self.store().read().await?;
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

    /// The proof that the entry at a log index is in the ledger, under the latest checkpoint.
    ///
    /// # Errors
    /// No checkpoint covers the entry yet, or the database fails.
    pub async fn inclusion(&self, index: i64) -> Result<Inclusion> {
        let none = || AppError::not_found(Missing::Checkpoint, index);
        let c = &mut self.store().snapshot().await?;
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

    /// Whether a checkpoint was signed by this ledger's key, and the ledger still holds what it tells: as many entries or more,
    /// and the same ones.
    ///
    /// # Errors
    /// The database fails.
    pub async fn bears_out(&self, note: &str) -> Result<bool> {
        Ok(self.borne_out(&mut self.store().snapshot().await?, note).await?.is_some())
    }

    /// The size that a checkpoint tells, if the ledger bears it out. It reads the few tiles at the edge of a tree of that size.
    async fn borne_out(&self, c: &mut Conn, note: &str) -> Result<Option<u64>> {
        let Ok(checkpoint) = self.signer().verifier().open(note) else { return Ok(None) };
        if (query::ledger::size(c).await? as u64) < checkpoint.size {
            return Ok(None);
        }
        let tiles = tiles(c, tiles_of_root(checkpoint.size)).await?;
        let root = tree_root(checkpoint.size, &mut Tiles(|tile| tiles.get(&tile).cloned()));
        Ok((root == Some(checkpoint.root)).then_some(checkpoint.size))
    }

    /// What has become of the ledger since a checkpoint was kept elsewhere.
    ///
    /// # Errors
    /// The database fails.
    pub async fn since(&self, kept: Option<&str>) -> Result<Since> {
        let c = &mut self.store().snapshot().await?;
        let latest = query::ledger::last_checkpoint(c).await?.map(|last| last.note);
        let Some(note) = latest.filter(|note| kept != Some(note)) else { return Ok(Since::Same) };
        let before = match kept {
            Some(kept) => self.borne_out(c, kept).await?,
            None => Some(0),
        };
        Ok(match (before, self.borne_out(c, &note).await?) {
            (Some(before), Some(now)) if before < now => Since::Grown(note),
            (Some(_), Some(_)) => Since::Same,
            _ => Since::Contradicted,
        })
    }

    /// Forgets the answers that can no longer be asked for again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_answers(&self) -> Result<u64> {
        let before = self.clock().now() - chrono::TimeDelta::hours(ANSWERS_KEPT_HOURS);
        self.store()
            .write(move |tx| Box::pin(async move { Ok(query::journal::forget_answers(tx, before).await?) }))
            .await
    }
}
