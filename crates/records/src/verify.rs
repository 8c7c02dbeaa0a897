//! Whether anybody altered the records behind Hefu's back.
//!
//! The journal's entries are held against the tree, the tree against its signed checkpoints, and every row against the last entry
//! that binds it; whatever is sealed is opened. What does not agree is named. Somebody who can write to the database, but has not the keys, cannot make
//! all three agree again; a whole database put back to an earlier state does agree, and is told by a checkpoint that was kept
//! elsewhere.

mod fault;
mod shards;

use std::collections::{BTreeMap, HashMap};

pub use fault::Fault;
use hefu_domain::journal::JournalEntry;
use hefu_ledger::{Checkpoint, Grown, Hash, TILE_WIDTH, TileId, Tree, leaf_hash};
use hefu_store::{
    Conn, StoreError,
    evidence::{self, Said, SealFault},
    query,
};
use serde::Serialize;
use shards::{Faults, RowFault, Shards};

use crate::ledger::LedgerSigner;
use hefu_authz::{Action, FieldClass, Masks, Resource, ResourceKind};
use hefu_core::{AppError, Operation, Operator, Result};
use hefu_ledger::Signer;
use hefu_store::Vault;
use std::sync::Arc;

/// Entries read at once.
const BATCH: i64 = 2_000;
/// Checkpoints read at once.
const CHECKPOINTS: i64 = 1_000;
/// Most findings told of one kind.
const MOST: usize = 100;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// Where: a table and its key, an entry's place, a tile, a checkpoint's size. No personal data.
    pub at: String,
    /// The place of the entry that tells, where one does.
    pub log_index: Option<i64>,
}

/// A place whose key may be a guest's phone number or e-mail address: the key of a record in another system. Findings are printed and kept, so
/// it is masked whoever asks.
fn without_personal(at: String) -> String {
    match at.split_once(" external_id=") {
        Some((row, key)) => {
            let key = Masks::Desk.apply(FieldClass::ExternalId, key).unwrap_or_default();
            format!("{row} external_id={key}")
        }
        None => at,
    }
}

/// What was looked at, and what was wrong.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verified {
    /// Entries in the ledger.
    pub entries: i64,
    /// Entries that have no place yet; their rows are checked too.
    pub waiting: i64,
    /// Signed checkpoints.
    pub checkpoints: i64,
    /// Rows of records.
    pub rows: i64,
    /// The root over the entries, when there are any, as hexadecimal digits.
    pub root: Option<String>,
    /// What is wrong; at most a hundred of each kind.
    pub findings: Vec<Finding>,
    /// How often each kind was found.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }

    fn found(&mut self, fault: Fault, at: impl Into<String>, log_index: Option<i64>) {
        let count = self.counts.entry(fault.code()).or_default();
        *count += 1;
        if *count <= MOST as u64 {
            self.findings.push(Finding { fault, at: without_personal(at.into()), log_index });
        }
    }
}

/// Checks everything there is: each entry against the tree, the tree against its checkpoints and against `kept`, a checkpoint kept elsewhere,
/// and each row against the journal; opens what is sealed. What is wrong with the records is no error but a finding.
pub struct Verify {
    /// A checkpoint kept elsewhere.
    pub kept: Option<String>,
    /// Is told how many entries and rows are done.
    pub progress: Arc<dyn Fn(i64, i64) + Send + Sync>,
}

impl Operation for Verify {
    const ACTION: Action = Action::LedgerVerify;
    type Out = Verified;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Verified> {
        let verifier = Verifier { vault: o.vault(), signer: o.service::<LedgerSigner>().signer().clone() };
        verifier.verify(&mut o.snapshot().await?, self.kept.as_deref(), &*self.progress).await
    }
}

/// What a verification checks with.
struct Verifier<'a> {
    vault: &'a Arc<Vault>,
    signer: Arc<Signer>,
}

impl Verifier<'_> {
    async fn verify(
        &self,
        c: &mut Conn,
        kept: Option<&str>,
        progress: &(dyn Fn(i64, i64) + Send + Sync),
    ) -> Result<Verified> {
        let mut verified = Verified::default();
        let mut shards = Shards::new().map_err(temporary)?;

        self.ledger(c, kept, &mut verified, &mut shards, progress).await?;
        for entry in evidence::waiting(c).await? {
            verified.waiting += 1;
            let rows = evidence::of_entry(c, self.vault, &entry).await?;
            self.bind(&mut verified, &mut shards, &entry, i64::MAX, rows)?;
        }
        let entries = verified.entries;
        evidence::rows(c, &mut |row| {
            verified.rows += 1;
            if verified.rows % 10_000 == 0 {
                progress(entries, verified.rows);
            }
            match row {
                Ok(row) => shards.stands(&row),
                Err((table, error)) => {
                    verified.found(Fault::RowUnreadable, format!("{table}: {error}"), None);
                    Ok(())
                }
            }
        })
        .await?;
        progress(verified.entries, verified.rows);
        for entry in evidence::changes_of_no_entry(c).await? {
            verified.found(Fault::ChangeUnknown, format!("change of entry {entry}"), None);
        }
        evidence::open_sealed(c, self.vault, &mut |at, fault| {
            let is_missing = fault == SealFault::Unreadable;
            verified.found(if is_missing { Fault::KeyMissing } else { Fault::RowUnreadable }, at, None);
        })
        .await?;
        let faults = shards.compare().map_err(temporary)?;
        self.name(c, faults, &mut verified).await?;
        Ok(verified)
    }

    fn bind(
        &self,
        verified: &mut Verified,
        shards: &mut Shards,
        entry: &JournalEntry,
        place: i64,
        said: Said,
    ) -> Result<()> {
        if let Some(fault) = said.fault {
            let fault = match fault {
                SealFault::Missing => Fault::ChangeMissing,
                SealFault::Unreadable => Fault::ChangeUnreadable,
                SealFault::Altered => Fault::ChangeAltered,
            };
            verified.found(fault, format!("entry {}", entry.id), entry.log_index);
        }
        said.rows.iter().try_for_each(|row| shards.says(row, place)).map_err(AppError::from)
    }

    /// Entries, tree and checkpoints.
    async fn ledger(
        &self,
        c: &mut Conn,
        kept: Option<&str>,
        verified: &mut Verified,
        shards: &mut Shards,
        progress: &(dyn Fn(i64, i64) + Send + Sync),
    ) -> Result<()> {
        let size = self.places(c, verified).await?;
        let mut signed = Signed::of(&self.signer, kept, verified);
        let (mut tree, mut tiles) = (Tree::new(), HashMap::<u64, Vec<u8>>::new());
        signed.check(c, &self.signer, verified, &tree).await?;
        let mut from = 0;
        while from < size {
            let to = from + BATCH;
            let entries = query::ledger::entries(c, from, to).await?;
            let rows = evidence::of_entries(c, self.vault, &entries, (from, to)).await?;
            let mut entries = entries.into_iter().zip(rows).peekable();
            for place in from..to.min(size) {
                let entry = entries.next_if(|(entry, _)| entry.log_index == Some(place));
                let index = place as u64;
                let hash = match tiles.entry(index / TILE_WIDTH) {
                    std::collections::hash_map::Entry::Occupied(known) => leaf_of(known.get(), index),
                    std::collections::hash_map::Entry::Vacant(new) => {
                        let tile = query::ledger::tile(c, 0, index / TILE_WIDTH).await?;
                        leaf_of(new.insert(tile.unwrap_or_default()), index)
                    }
                };
                let actual = entry.as_ref().map(|(entry, _)| leaf_hash(&query::ledger::leaf(entry)));
                match (&actual, &hash) {
                    (None, _) => verified.found(Fault::EntryMissing, format!("place {place}"), Some(place)),
                    (_, None) => {
                        verified.found(Fault::TileMissing, format!("the hash of entry {place}"), Some(place))
                    }
                    (Some(actual), Some(kept)) if actual != kept => {
                        verified.found(Fault::EntryChanged, format!("place {place}"), Some(place));
                    }
                    _ => {}
                }
                if let Some((entry, rows)) = entry {
                    verified.entries += 1;
                    self.bind(verified, shards, &entry, place, rows)?;
                }
                // The tree goes on over the hashes that were kept, so that one altered entry is one finding.
                let mut grown = Grown::new();
                tree.push(hash.or(actual).unwrap_or_default(), &mut grown);
                for (id, hashes) in grown.iter().filter(|(id, _)| id.level > 0) {
                    same_tile(c, verified, *id, hashes).await?;
                }
                signed.check(c, &self.signer, verified, &tree).await?;
            }
            tiles.retain(|index, _| (index + 1) * TILE_WIDTH > to as u64);
            progress(verified.entries, 0);
            from = to;
        }
        let partial: Vec<_> = tree.partial().filter(|(id, _)| id.level > 0).collect();
        for (id, hashes) in partial {
            same_tile(c, verified, id, &hashes).await?;
        }
        signed.end(c, &self.signer, verified, &tree).await?;
        verified.root = (size > 0).then(|| tree.root().iter().map(|byte| format!("{byte:02x}")).collect());
        Ok(())
    }

    /// How many places are to be gone through. Entries that stand at none of them are in no tree and bind no rows.
    async fn places(&self, c: &mut Conn, verified: &mut Verified) -> Result<i64> {
        let told = query::ledger::size(c).await?.max(0);
        // Somebody may have written any number there: nothing is kept of what lies behind.
        let size = told.min(query::ledger::hashes(c).await?.max(query::journal::counted(c).await?));
        if size < told {
            verified.found(Fault::EntryMissing, format!("places {size} to {}", told - 1), None);
        }
        let mut unplaced = |entries: Vec<JournalEntry>| {
            for entry in &entries {
                verified.found(Fault::EntryUnplaced, format!("entry {}", entry.id), entry.log_index);
            }
            entries.last().and_then(|last| last.log_index)
        };
        let mut at = Some(0);
        while let Some(before) = at {
            at = unplaced(query::journal::before(c, before, BATCH).await?);
        }
        at = Some(size - 1);
        while let Some(after) = at {
            at = unplaced(query::journal::after(c, after, BATCH).await?);
        }
        Ok(size)
    }

    /// Finds the names of rows that are known by the digest of their key only.
    async fn name(&self, c: &mut Conn, faults: Faults, verified: &mut Verified) -> Result<()> {
        let mut unnamed: HashMap<[u8; 16], (Fault, Option<i64>)> = HashMap::new();
        let mut missing: BTreeMap<i64, Vec<[u8; 16]>> = BTreeMap::new();
        for (key, fault, place) in faults {
            let index = place.filter(|place| *place != i64::MAX);
            match fault {
                RowFault::Missing => missing.entry(place.unwrap_or(i64::MAX)).or_default().push(key),
                RowFault::Changed => drop(unnamed.insert(key, (Fault::RowChanged, index))),
                RowFault::Unknown => drop(unnamed.insert(key, (Fault::RowUnknown, index))),
                RowFault::Returned => drop(unnamed.insert(key, (Fault::RowReturned, index))),
            }
        }
        if !unnamed.is_empty() {
            evidence::rows(c, &mut |row| {
                if let Ok(row) = row
                    && let Some((fault, index)) = unnamed.get(&shards::key_of(&row))
                {
                    verified.found(*fault, row.name(), *index);
                }
                Ok(())
            })
            .await?;
        }
        for (place, keys) in missing {
            let entries = match place {
                i64::MAX => evidence::waiting(c).await?,
                place => query::ledger::entries(c, place, place + 1).await?,
            };
            for entry in entries {
                let said = evidence::of_entry(c, self.vault, &entry).await?;
                for row in said.rows.iter().filter(|row| keys.contains(&shards::key_of(row))) {
                    verified.found(Fault::RowMissing, row.name(), entry.log_index);
                }
            }
        }
        Ok(())
    }
}

/// The hash of an entry in its tile.
fn leaf_of(tile: &[u8], index: u64) -> Option<Hash> {
    let at = 32 * (index % TILE_WIDTH) as usize;
    tile.get(at..at + 32)?.try_into().ok()
}

async fn same_tile(c: &mut Conn, verified: &mut Verified, id: TileId, hashes: &[u8]) -> Result<()> {
    match query::ledger::tile(c, id.level, id.index).await? {
        None => verified.found(Fault::TileMissing, id.path(TILE_WIDTH), None),
        Some(kept) if kept.len() < hashes.len() => {
            verified.found(Fault::TileMissing, id.path(TILE_WIDTH), None)
        }
        Some(kept) if kept[..hashes.len()] != *hashes => {
            verified.found(Fault::TileChanged, id.path(TILE_WIDTH), None)
        }
        Some(_) => {}
    }
    Ok(())
}

/// The signed checkpoints in order, as the tree grows past them.
struct Signed {
    /// The one kept elsewhere, until the tree has its size.
    kept: Option<Checkpoint>,
    /// Those read and not yet reached, the next one last.
    ahead: Vec<Checkpoint>,
    /// The size of the last one read.
    read: i64,
    is_all: bool,
}

impl Signed {
    fn of(signer: &Signer, kept: Option<&str>, verified: &mut Verified) -> Self {
        let kept = kept.and_then(|note| match signer.verifier().open(note) {
            Ok(checkpoint) => Some(checkpoint),
            Err(error) => {
                verified.found(
                    Fault::CheckpointForged,
                    format!("the checkpoint kept elsewhere {error}"),
                    None,
                );
                None
            }
        });
        // A checkpoint over nothing would not be signed; below the smallest, so that the first is read.
        Self { kept, ahead: Vec::new(), read: -1, is_all: false }
    }

    async fn fill(&mut self, c: &mut Conn, signer: &Signer, verified: &mut Verified) -> Result<()> {
        while self.ahead.is_empty() && !self.is_all {
            let more = query::ledger::checkpoints(c, self.read, CHECKPOINTS).await?;
            self.is_all = more.len() < CHECKPOINTS as usize;
            self.read = more.last().map_or(self.read, |last| last.size);
            for row in more {
                verified.checkpoints += 1;
                match signer.verifier().open(&row.note) {
                    Ok(checkpoint) if checkpoint.size == row.size as u64 => self.ahead.push(checkpoint),
                    Ok(_) => verified.found(
                        Fault::CheckpointForged,
                        format!("checkpoint {} tells another size", row.size),
                        None,
                    ),
                    Err(error) => {
                        verified.found(
                            Fault::CheckpointForged,
                            format!("checkpoint {} {error}", row.size),
                            None,
                        );
                    }
                }
            }
            self.ahead.reverse();
        }
        Ok(())
    }

    /// Holds the tree against the checkpoints of its size.
    async fn check(
        &mut self,
        c: &mut Conn,
        signer: &Signer,
        verified: &mut Verified,
        tree: &Tree,
    ) -> Result<()> {
        self.fill(c, signer, verified).await?;
        if let Some(kept) = self.kept.take_if(|kept| kept.size == tree.size())
            && kept.root != tree.root()
        {
            let at = format!("the checkpoint kept elsewhere, of {} entries", kept.size);
            verified.found(Fault::CheckpointContradicts, at, None);
        }
        while let Some(next) = self.ahead.pop_if(|next| next.size == tree.size()) {
            if next.root != tree.root() {
                verified.found(Fault::CheckpointContradicts, format!("checkpoint {}", next.size), None);
            }
            self.fill(c, signer, verified).await?;
        }
        Ok(())
    }

    /// The tree does not grow further: what is left speaks of entries that are not there.
    async fn end(
        mut self,
        c: &mut Conn,
        signer: &Signer,
        verified: &mut Verified,
        tree: &Tree,
    ) -> Result<()> {
        loop {
            self.fill(c, signer, verified).await?;
            let Some(next) = self.ahead.pop() else { break };
            let at = format!("checkpoint {} of a ledger of {}", next.size, tree.size());
            verified.found(Fault::LedgerCut, at, None);
        }
        if let Some(kept) = self.kept {
            let at = format!("the checkpoint kept elsewhere, {} of a ledger of {}", kept.size, tree.size());
            verified.found(Fault::LedgerCut, at, None);
        }
        Ok(())
    }
}

/// The temporary directory failed.
fn temporary(source: std::io::Error) -> AppError {
    AppError::Store(StoreError::Io { path: std::env::temp_dir().display().to_string(), source })
}
