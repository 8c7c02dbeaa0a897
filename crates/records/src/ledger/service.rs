//! What the use cases of the ledger share: its keys, what is remembered of it, and its witnesses.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use hefu_core::{AppError, Metrics, Service};
use hefu_ledger::{Note, Signature, Signer, Tree, Verifier};
use hefu_store::{Conn, Store, StoreError, Vault, query, query::ledger::StoredCheckpoint};
use prometheus_client::metrics::{family::Family, gauge::Gauge};

use super::{keys::LedgerKeys, memory::Memory, tree, unsigned::Unsigned};

/// How long a refusal stands before it is looked again whether it still holds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The latest checkpoints among which the one to be shown is looked for: witnesses are asked a second after the other.
pub(crate) const RECENT: i64 = 64;

/// How much older than the latest checkpoint the cosigned one may be that is shown instead of it, seconds.
const COSIGNED_WITHIN: i64 = 10;

/// Where the ledger's memory is, and who witnesses it.
#[derive(Debug, Clone, Default)]
pub struct LedgerOptions {
    /// The file of the remembered checkpoint, beside the key file. None: nothing outlives the process, and the ledger is taken as it is found.
    pub file: Option<PathBuf>,
    /// The keys of the witnesses.
    pub witnesses: Vec<Verifier>,
    /// How many of them have to cosign.
    pub quorum: usize,
}

/// What became of a witness when it was asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessState {
    /// Since when it fails, and how; none: it answered.
    pub failing: Option<(DateTime<Utc>, String)>,
}

/// The ledger's keys, memory and witnesses.
pub struct Ledger {
    vault: Arc<Vault>,
    memory: Memory,
    witnesses: Vec<Verifier>,
    quorum: usize,
    /// The latest checkpoint that each witness said it remembers, by the witness's name; none but ours get in.
    heeded: Mutex<BTreeMap<String, String>>,
    states: Mutex<BTreeMap<String, WitnessState>>,
    trouble: Mutex<(Option<Unsigned>, Option<Instant>)>,
    is_unsigned: Gauge,
    is_failing: Family<Vec<(&'static str, String)>, Gauge>,
    registered: Once,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Service for Ledger {
    fn new(store: &Store) -> Self {
        Self::with(store.vault().clone(), LedgerOptions::default())
    }
}

impl Ledger {
    /// The ledger of the records that this vault opens.
    pub fn with(vault: Arc<Vault>, options: LedgerOptions) -> Self {
        let LedgerOptions { file, witnesses, quorum } = options;
        Self {
            vault,
            memory: Memory::of(file),
            witnesses,
            quorum,
            heeded: Mutex::default(),
            states: Mutex::default(),
            trouble: Mutex::default(),
            is_unsigned: Gauge::default(),
            is_failing: Family::default(),
            registered: Once::new(),
        }
    }

    /// The ledger's keys now.
    ///
    /// # Errors
    /// One of the key file's cannot be used; whoever opened it has looked.
    pub fn keys(&self) -> Result<Arc<LedgerKeys>, AppError> {
        let keys = LedgerKeys::of(&self.vault.ring());
        keys.map(Arc::new)
            .map_err(|_| AppError::Internal("a key of the ledger in the key file cannot be used"))
    }

    /// The keys of the witnesses.
    pub fn witnesses(&self) -> &[Verifier] {
        &self.witnesses
    }

    /// How many witnesses have to cosign; 0: there are none.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Why the ledger is not signed at the moment, as far as this process has noticed.
    pub fn trouble(&self) -> Option<Unsigned> {
        locked(&self.trouble).0.clone()
    }

    /// Adds whether the ledger is signed, and which witnesses fail, to what is counted; once.
    pub(crate) fn count_in(&self, metrics: &Metrics) {
        self.registered.call_once(|| {
            metrics.register(|registry| {
                let unsigned = "1 while the ledger cannot be signed";
                registry.register("ledger_unsigned", unsigned, self.is_unsigned.clone());
                let failing = "1 while a witness of the ledger does not cosign";
                registry.register("ledger_witness_failing", failing, self.is_failing.clone());
            });
        });
    }

    /// Takes down whether the ledger could be signed, and says so in the log when that changes.
    pub(crate) fn take_down(&self, trouble: Option<Unsigned>) {
        let mut known = locked(&self.trouble);
        match (&trouble, &known.0) {
            (Some(now), before) if before.as_ref() != Some(now) => tracing::error!(
                code = now.code(),
                "the ledger is not signed: {now}. Run `hefu verify`; if it is meant to be so, as after restoring a backup, \
                 `hefu ledger accept --reason …` says so"
            ),
            (None, Some(_)) => tracing::info!("the ledger is signed again"),
            _ => {}
        }
        self.is_unsigned.set(i64::from(trouble.is_some()));
        *known = (trouble, Some(Instant::now()));
    }

    /// Whether it is time to look again whether the ledger holds what is remembered.
    pub(crate) fn is_to_look(&self) -> bool {
        locked(&self.trouble).1.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY)
    }

    /// Whether the ledger could not be signed a moment ago.
    pub(crate) fn is_refused(&self) -> bool {
        !self.is_to_look() && locked(&self.trouble).0.is_some()
    }

    /// What a witness says it remembers.
    pub(crate) fn heed(&self, witness: &str, note: String) {
        locked(&self.heeded).insert(witness.to_owned(), note);
    }

    /// What became of a witness that was asked.
    pub fn report(&self, witness: &str, now: DateTime<Utc>, failure: Option<String>) {
        let mut states = locked(&self.states);
        let before = states.get(witness).and_then(|state| state.failing.clone());
        match (&before, &failure) {
            (None, Some(why)) => tracing::warn!(witness, why, "a witness does not cosign; it is tried again"),
            (Some(_), None) => tracing::info!(witness, "the witness cosigns again"),
            _ => {}
        }
        let label = vec![("witness", witness.to_owned())];
        self.is_failing.get_or_create(&label).set(i64::from(failure.is_some()));
        let failing = failure.map(|why| (before.map_or(now, |(since, _)| since), why));
        states.insert(witness.to_owned(), WitnessState { failing });
    }

    /// What became of a witness when it was asked last; none: it was not asked by this process.
    pub fn state(&self, witness: &str) -> Option<WitnessState> {
        locked(&self.states).get(witness).cloned()
    }

    /// What this installation remembers of the ledger outside its database: where, and the checkpoint.
    pub(crate) fn kept(&self) -> Result<Vec<(String, String)>, Unsigned> {
        self.memory.notes().map_err(|error| Unsigned::Unreadable(error.to_string()))
    }

    /// The same, and what witnesses said they remember.
    pub(crate) fn remembered(&self) -> Result<Vec<(String, String)>, Unsigned> {
        let mut notes = self.kept()?;
        let heeded = locked(&self.heeded);
        notes.extend(heeded.iter().map(|(by, note)| (format!("the witness {by}"), note.clone())));
        Ok(notes)
    }

    /// Who signs the tree, or why nobody does: it must hold what the last checkpoint tells, and what is remembered elsewhere.
    pub(crate) async fn signer<'k>(
        &self,
        c: &mut Conn,
        keys: &'k LedgerKeys,
        tree: &Tree,
    ) -> Result<Result<&'k Signer, Unsigned>, StoreError> {
        let last = query::ledger::last_checkpoint(c).await?.map(|last| last.note);
        let chosen = keys.signer_after(last.as_deref()).and_then(|signer| Ok((signer, self.remembered()?)));
        let (signer, mut remembered) = match chosen {
            Ok(chosen) => chosen,
            Err(unsigned) => return Ok(Err(unsigned)),
        };
        let mut is_remembered = self.memory.is_volatile();
        let from_outside = remembered.len();
        remembered.extend(last.map(|note| (Unsigned::DATABASE.to_owned(), note)));
        let now = (tree.size(), tree.root());
        for (at, (by, note)) in remembered.into_iter().enumerate() {
            let then = match keys.open(&note) {
                Ok(then) => then,
                Err(error) => return Ok(Err(Unsigned::Forged { by, error })),
            };
            // What is known of a ledger that could not go on is no measure for the one after it.
            if then.origin != signer.name() {
                continue;
            }
            if !tree::extends(c, &then, now).await? {
                return Ok(Err(Unsigned::Contradicted { by, size: then.size }));
            }
            is_remembered |= at < from_outside;
        }
        Ok(if is_remembered { Ok(signer) } else { Err(Unsigned::Forgotten) })
    }

    /// Why the ledger as it stands could not be signed; none: it could, or there is nothing to sign.
    pub(crate) async fn standing(&self, c: &mut Conn) -> Result<Option<Unsigned>, AppError> {
        let keys = self.keys()?;
        if query::ledger::is_empty(c).await? && self.remembered().is_ok_and(|notes| notes.is_empty()) {
            return Ok(None);
        }
        let tree = tree::tree(c).await?;
        let signer = self.signer(c, &keys, &tree).await?;
        Ok(signer.err())
    }

    /// Whether enough witnesses cosigned.
    pub(crate) fn is_cosigned(&self, note: &str) -> bool {
        self.quorum > 0 && self.cosigned_by(note).count() >= self.quorum
    }

    /// The witnesses that cosigned a note.
    pub(crate) fn cosigned_by(&self, note: &str) -> impl Iterator<Item = (&Verifier, u64)> {
        let note: Option<Note> = note.parse().ok();
        self.witnesses.iter().filter_map(move |witness| Some((witness, witness.signed(note.as_ref()?).ok()?)))
    }

    /// The cosignatures of known witnesses in `lines` that are of this note and not in it yet, added to it; none when there are none.
    pub(crate) fn with_cosignatures(&self, note: &str, lines: &[Signature]) -> Option<String> {
        let mut note: Note = note.parse().ok()?;
        let before = note.signatures.len();
        for witness in &self.witnesses {
            let of = |line: &&Signature| line.name == witness.name() && line.id == witness.id();
            if note.signatures.iter().any(|line| of(&line)) {
                continue;
            }
            for line in lines.iter().filter(of) {
                let alone = Note { text: note.text.clone(), signatures: vec![line.clone()] };
                if witness.signed(&alone).is_ok() {
                    note.signatures.push(line.clone());
                    break;
                }
            }
        }
        (note.signatures.len() > before).then(|| note.to_string())
    }

    /// Of the latest checkpoints, the last first, the one to be shown: the last that enough witnesses cosigned, unless that is long ago.
    pub(crate) fn shown<'l>(&self, latest: &'l [StoredCheckpoint]) -> Option<&'l StoredCheckpoint> {
        let newest = latest.first()?;
        let is_recent = |one: &&StoredCheckpoint| newest.at - one.at <= TimeDelta::seconds(COSIGNED_WITHIN);
        Some(latest.iter().filter(is_recent).find(|one| self.is_cosigned(&one.note)).unwrap_or(newest))
    }

    /// The sizes of the latest checkpoints, the last first, that need not be kept: of those of one minute only the last is, of those that
    /// witnesses may still be asked about all are, and the last that was cosigned.
    pub(crate) fn superseded(&self, latest: &[StoredCheckpoint]) -> Vec<i64> {
        let minute = |one: &StoredCheckpoint| one.at.timestamp().div_euclid(60);
        let Some(newest) = latest.first() else { return Vec::new() };
        let cosigned = latest.iter().find(|one| self.is_cosigned(&one.note)).map(|one| one.size);
        let is_superseded = |pair: &[StoredCheckpoint]| match pair {
            [later, one] => {
                let is_settled = self.quorum == 0
                    || cosigned.is_some_and(|cosigned| one.size < cosigned)
                    || newest.at - one.at > TimeDelta::seconds(COSIGNED_WITHIN);
                minute(later) == minute(one) && is_settled && cosigned != Some(one.size)
            }
            _ => false,
        };
        latest.windows(2).filter(|pair| is_superseded(pair)).map(|pair| pair[1].size).collect()
    }
}
