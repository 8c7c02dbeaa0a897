//! Whether anybody altered the records behind Hefu's back.
//!
//! The journal's entries are held against the tree, the tree against its signed checkpoints, and every row against the last entry
//! that binds it; whatever is sealed is opened. What does not agree is named. Somebody who can write to the database, but has not the keys, cannot make
//! all three agree again; a whole database put back to an earlier state does agree, and is told by a checkpoint that was kept
//! elsewhere. Who has the keys too can make everything agree that lies here; a witness remembers what was.

mod checkpoints;
mod fault;
mod shards;
mod storage;
mod tokens;
mod verified;

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

pub use checkpoints::{Answer, Kept};
use checkpoints::{Checkpoints, Found};
use chrono::{DateTime, TimeDelta, Utc};
pub use fault::Fault;
use hefu_domain::journal::JournalEntry;
use hefu_kernel::hex;
use hefu_ledger::{Grown, Hash, TILE_WIDTH, TileId, Tree, leaf_hash};
use hefu_store::{
    Conn,
    evidence::{self, Said, SealFault},
    query,
};
use shards::{Faults, RowFault, Shards, temporary};
pub use verified::{Finding, Verified, printable};

use crate::ledger::{Ledger, LedgerKeys, Unsigned};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Operation, Operator, Result};
use hefu_store::Vault;
use std::sync::Arc;

/// Entries read at once.
const BATCH: i64 = 2_000;
/// How old an entry is when witnesses must know of it, seconds.
const WITNESSED_WITHIN: i64 = 60;
/// Checks everything there is: each entry against the tree, the tree against its checkpoints and against those that are remembered elsewhere,
/// and each row against the journal; opens what is sealed. What is wrong with the records is no error but a finding.
pub struct Verify {
    /// Checkpoints that somebody kept, beside the one that this installation remembers.
    pub kept: Vec<Kept>,
    /// What the witnesses answered. None: they were not asked, and what they cosigned before counts.
    pub answers: Option<Vec<Answer>>,
    /// Whether the records were just restored: what is remembered of later ones is no measure for them, and witnesses need not know of them.
    pub is_restored: bool,
    /// Is told what is being looked at, and how much of it is done.
    pub progress: Arc<dyn Fn(Step) + Send + Sync>,
}

/// What a verification is looking at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What the database is made of.
    Schema,
    /// Indexes against their tables.
    Indexes,
    /// Data keys, tiles, and other rows that no entry binds.
    Unbound,
    /// Entries of the journal; so many are done.
    Entries(i64),
    /// Rows of records; so many are done.
    Rows(i64),
    /// What is sealed in them.
    Sealed,
    /// Search tokens.
    Tokens,
    /// What is said of rows is compared with what stands there.
    Comparing,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Schema => f.write_str("what the database is made of"),
            Self::Indexes => f.write_str("indexes"),
            Self::Unbound => f.write_str("keys and tiles"),
            Self::Entries(done) => write!(f, "{done} entries"),
            Self::Rows(done) => write!(f, "{done} rows"),
            Self::Sealed => f.write_str("what is sealed"),
            Self::Tokens => f.write_str("search tokens"),
            Self::Comparing => f.write_str("rows against entries"),
        }
    }
}

/// Is told how far a verification is.
type Progress<'a> = dyn Fn(Step) + Send + Sync + 'a;

#[async_trait]
impl Operation for Verify {
    const ACTION: Action = Action::LedgerVerify;
    type Out = Verified;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Verified> {
        let ledger = o.service::<Ledger>();
        let settled = match self.is_restored {
            true => DateTime::<Utc>::MIN_UTC,
            false => o.clock().now() - TimeDelta::seconds(WITNESSED_WITHIN),
        };
        let (keys, is_restored) = (ledger.keys()?, self.is_restored);
        // Before the snapshot: what is remembered meanwhile speaks of entries that it does not hold.
        let remembered = ledger.kept();
        let verifier = Verifier { vault: o.vault(), ledger, remembered, keys, settled, is_restored };
        let answers = self.answers.as_deref();
        verifier.verify(&mut o.snapshot().await?, &self.kept, answers, &*self.progress).await
    }
}

/// What a verification checks with.
struct Verifier<'a> {
    vault: &'a Arc<Vault>,
    ledger: Arc<Ledger>,
    /// What this installation remembers of the ledger, and by what.
    remembered: std::result::Result<Vec<(String, String)>, Unsigned>,
    keys: Arc<LedgerKeys>,
    /// Witnesses must know of entries that are older.
    settled: DateTime<Utc>,
    is_restored: bool,
}

impl Verifier<'_> {
    async fn verify(
        &self,
        c: &mut Conn,
        kept: &[Kept],
        answers: Option<&[Answer]>,
        progress: &Progress<'_>,
    ) -> Result<Verified> {
        let mut verified = Verified::default();
        let mut shards = Shards::new();

        progress(Step::Schema);
        storage::schema(c, &mut verified).await?;
        progress(Step::Indexes);
        storage::indexes(c, &mut verified).await?;
        progress(Step::Unbound);
        storage::unbound(c, self.vault, &mut verified).await?;
        let kept = self.remembered(kept, &mut verified);
        self.ledger(c, (&kept, answers), &mut verified, &mut shards, progress).await?;
        let must_remember = !self.is_restored && !self.ledger.memory().is_volatile();
        if verified.kept == 0 && verified.entries > 0 && must_remember {
            verified.found(Fault::CheckpointForgotten, Unsigned::Forgotten.to_string(), None);
        }
        for entry in evidence::waiting(c).await? {
            verified.waiting += 1;
            let rows = evidence::of_entry(c, self.vault, &entry).await?;
            self.bind(&mut verified, &mut shards, &entry, i64::MAX, rows)?;
        }
        evidence::rows(c, &mut |row| {
            verified.rows += 1;
            if verified.rows % 10_000 == 0 {
                progress(Step::Rows(verified.rows));
            }
            match row {
                Ok(row) => shards.stands(&row),
                Err(row) => {
                    verified.unreadable(&row);
                    Ok(())
                }
            }
        })
        .await?;
        progress(Step::Sealed);
        for entry in evidence::changes_of_no_entry(c).await? {
            verified.found(Fault::ChangeUnknown, format!("change of entry {entry}"), None);
        }
        evidence::open_sealed(c, self.vault, &mut |at, fault| {
            let is_missing = fault == SealFault::Unreadable;
            verified.found(if is_missing { Fault::KeyMissing } else { Fault::RowUnreadable }, at, None);
        })
        .await?;
        progress(Step::Tokens);
        tokens::check(c, self.vault, &mut verified).await?;
        progress(Step::Comparing);
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

    /// The checkpoints that are remembered: those that are given, and what this installation remembers. What witnesses do, they answer.
    fn remembered(&self, kept: &[Kept], verified: &mut Verified) -> Vec<Kept> {
        let mut all = kept.to_vec();
        match &self.remembered {
            Ok(_) if self.is_restored => {}
            Ok(notes) => all.extend(notes.iter().cloned().map(|(by, note)| Kept { by, note })),
            Err(unsigned) => verified.found(Fault::CheckpointForged, unsigned.to_string(), None),
        }
        all
    }

    /// Entries, tree and checkpoints.
    async fn ledger(
        &self,
        c: &mut Conn,
        (kept, answers): (&[Kept], Option<&[Answer]>),
        verified: &mut Verified,
        shards: &mut Shards,
        progress: &Progress<'_>,
    ) -> Result<()> {
        let size = self.places(c, verified).await?;
        let answered = answers.unwrap_or_default().iter().filter(|answer| answer.note.is_some()).count();
        verified.kept = (kept.len() + answered) as i64;
        let mut found = Found::new();
        let mut signed = Checkpoints::of((&self.ledger, &self.keys), kept, answers, &mut found);
        let (mut tree, mut tiles) = (Tree::new(), HashMap::<u64, Vec<u8>>::new());
        signed.check(c, &tree, &mut found).await?;
        let (mut from, mut settled) = (0, 0);
        while from < size {
            let to = from + BATCH;
            let entries = evidence::placed(c, from, to).await?;
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
                    if entry.at < self.settled {
                        settled = index + 1;
                    }
                    self.bind(verified, shards, &entry, place, rows)?;
                }
                // The tree goes on over the hashes that were kept, so that one altered entry is one finding.
                let mut grown = Grown::new();
                tree.push(hash.or(actual).unwrap_or_default(), &mut grown);
                for (id, hashes) in grown.iter().filter(|(id, _)| id.level > 0) {
                    same_tile(c, verified, *id, hashes).await?;
                }
                signed.check(c, &tree, &mut found).await?;
            }
            tiles.retain(|index, _| (index + 1) * TILE_WIDTH > to as u64);
            progress(Step::Entries(verified.entries));
            from = to;
        }
        let partial: Vec<_> = tree.partial().filter(|(id, _)| id.level > 0).collect();
        for (id, hashes) in partial {
            same_tile(c, verified, id, &hashes).await?;
        }
        verified.checkpoints = signed.count;
        verified.witnesses = signed.end(c, &tree, settled, &mut found).await?;
        for (fault, at) in found {
            verified.found(fault, at, None);
        }
        verified.root = (size > 0).then(|| hex(&tree.root()));
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
        evidence::unplaced(c, size, &mut |entry| match entry {
            Ok(entry) => {
                verified.found(Fault::EntryUnplaced, format!("entry {}", entry.id), entry.log_index);
            }
            Err(entry) => verified.unreadable(&entry),
        })
        .await?;
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
                place => evidence::placed(c, place, place + 1).await?,
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
        Some(kept) if !kept.starts_with(hashes) => {
            verified.found(Fault::TileChanged, id.path(TILE_WIDTH), None)
        }
        Some(_) => {}
    }
    Ok(())
}
