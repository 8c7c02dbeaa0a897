//! What witnesses are asked to cosign, and what becomes of their answers.

use async_trait::async_trait;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Operation, Operator, Query, Reader, Result};
use hefu_ledger::{Hash, KeyKind, Note, Signature};
use hefu_store::{StoreError, query, query::ledger::StoredCheckpoint};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    sequence::tidy,
    service::{Ledger, RECENT},
    tree::{consistency, extends, tree},
    unsigned::Unsigned,
};

/// Tries to add a cosignature beside others who add theirs.
const TRIES: usize = 5;

/// What a witness can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToCosign {
    /// The ledger's name.
    pub origin: String,
    /// The latest checkpoint, if it has not cosigned it: how many entries, and the note with the signatures of the ledger's keys only.
    pub checkpoint: Option<(u64, String)>,
}

/// What a witness has not cosigned yet. None when the last checkpoint is not one of this ledger, which is for `hefu verify` to tell.
#[derive(Debug, Clone)]
pub struct NextToCosign {
    /// Name of the witness.
    pub witness: String,
}

#[async_trait]
impl Query for NextToCosign {
    const ACTION: Action = Action::LedgerShow;
    type Out = Option<ToCosign>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let ledger: Arc<Ledger> = r.service();
        let keys = ledger.keys()?;
        let last = query::ledger::last_checkpoint(r.conn().await?).await?;
        let Ok(signer) = keys.signer_after(last.as_ref().map(|last| last.note.as_str())) else {
            return Ok(None);
        };
        let (origin, mut checkpoint) = (signer.name().to_owned(), None);
        let is_new = |last: &StoredCheckpoint| {
            !ledger.cosigned_by(&last.note).any(|(witness, _)| witness.name() == self.witness)
        };
        if let Some(last) = last.filter(is_new) {
            let (Ok(told), Ok(mut note)) = (keys.open(&last.note), last.note.parse::<Note>()) else {
                return Ok(None);
            };
            note.signatures.retain(|line| line.name == told.origin);
            checkpoint = Some((told.size, note.to_string())).filter(|_| told.origin == origin);
        }
        Ok(Some(ToCosign { origin, checkpoint }))
    }
}

/// The proof that the ledger of `new` entries begins with that of `old`. None when it has not so many, or its tree is broken.
#[derive(Debug, Clone)]
pub struct ProveConsistency {
    /// How many it had.
    pub old: u64,
    /// How many it has.
    pub new: u64,
}

#[async_trait]
impl Query for ProveConsistency {
    const ACTION: Action = Action::LedgerShow;
    type Out = Option<Vec<Hash>>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        Ok(consistency(r.snapshot().await?, self.old, self.new).await?)
    }
}

/// Adds what a witness answered to the checkpoint that it cosigned, so that it is shown with it. Answers whether the checkpoint was there and
/// the witness is one that is known.
#[derive(Debug, Clone)]
pub struct KeepCosignatures {
    /// How many entries the checkpoint has.
    pub size: u64,
    /// The lines of the answer.
    pub lines: String,
}

#[async_trait]
impl Operation for KeepCosignatures {
    const ACTION: Action = Action::LedgerCosign;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<bool> {
        let (ledger, size) = (o.service::<Ledger>(), self.size as i64);
        let Ok(lines) = Signature::parse_lines(&self.lines) else { return Ok(false) };
        for _ in 0..TRIES {
            let Some(before) = query::ledger::checkpoint(&mut o.read().await?, size).await? else {
                return Ok(false);
            };
            let Some(note) = ledger.with_cosignatures(&before.note, &lines) else { return Ok(false) };
            let shared = ledger.clone();
            let kept: std::result::Result<bool, StoreError> = o
                .store()
                .write(move |tx| {
                    let (ledger, before, note) = (shared.clone(), before.clone(), note.clone());
                    Box::pin(async move {
                        let is_kept = query::ledger::renew_checkpoint(tx, &before, note).await?;
                        tidy(tx, &ledger).await?;
                        Ok(is_kept)
                    })
                })
                .await;
            if kept? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What a witness says it cosigned last is remembered of the ledger as well as what is kept beside the key file: nothing is signed that
/// does not hold it. Only what this ledger's own key signed is heeded. Answers why the ledger cannot be signed in the face of it.
#[derive(Debug, Clone)]
pub struct HeedWitness {
    /// Name of the witness.
    pub witness: String,
    /// The checkpoint that it answered.
    pub note: String,
}

#[async_trait]
impl Operation for HeedWitness {
    const ACTION: Action = Action::LedgerCosign;
    type Out = std::result::Result<u64, Unsigned>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let ledger = o.service::<Ledger>();
        let keys = ledger.keys()?;
        let by = || format!("the witness {}", self.witness);
        let told = match keys.open(&self.note) {
            Ok(told) => told,
            Err(error) => return Ok(Err(Unsigned::Forged { by: by(), error })),
        };
        ledger.heed(&self.witness, self.note.clone());
        let c = &mut o.snapshot().await?;
        let tree = tree(c).await?;
        if extends(c, &told, (tree.size(), tree.root())).await? {
            return Ok(Ok(told.size));
        }
        let unsigned = Unsigned::Contradicted { by: by(), size: told.size };
        // Of a ledger that could not go on it is no news.
        if keys.signing().is_some_and(|(signer, _)| signer.name() == told.origin) {
            ledger.take_down(Some(unsigned.clone()));
        }
        Ok(Err(unsigned))
    }
}

/// A witness, and how far it has cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WitnessView {
    /// Its name.
    pub name: String,
    /// How many entries the last checkpoint has that it cosigned; none: none of the latest.
    pub cosigned: Option<u64>,
    /// When it cosigned that.
    pub cosigned_at: Option<DateTime<Utc>>,
    /// Whether it has cosigned the latest checkpoint, or one that is not older than a few seconds.
    pub is_up_to_date: bool,
    /// Since when it has failed when this server asked it; none: it answered, or was not asked.
    pub failing_since: Option<DateTime<Utc>>,
    /// How it fails.
    pub failure: Option<String>,
}

/// Who witnesses the ledger, and why it is not signed if it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerStatus {
    /// How many entries the last checkpoint has.
    pub size: u64,
    /// The witnesses.
    pub witnesses: Vec<WitnessView>,
    /// How many of them have to cosign.
    pub quorum: usize,
    /// Whether enough have cosigned the latest checkpoint, or one that is not older than a few seconds. True without witnesses.
    pub is_cosigned: bool,
    /// Why the ledger is not signed; none: it is.
    pub unsigned: Option<String>,
}

/// Who witnesses the ledger, and how it stands.
#[derive(Debug, Clone, Copy)]
pub struct ShowLedgerStatus;

#[async_trait]
impl Query for ShowLedgerStatus {
    const ACTION: Action = Action::LedgerShow;
    type Out = LedgerStatus;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let ledger: Arc<Ledger> = r.service();
        let c = r.snapshot().await?;
        let latest = query::ledger::last_checkpoints(c, RECENT).await?;
        let unsigned = ledger.standing(c).await?.map(|unsigned| unsigned.to_string());
        let shown = ledger.shown(&latest).map_or(0, |shown| shown.size);
        let witnesses = ledger.witnesses().iter().filter(|witness| witness.kind() == KeyKind::Witness);
        let view = |witness: &hefu_ledger::Verifier| {
            let last = latest.iter().find_map(|one| {
                let signed = ledger.cosigned_by(&one.note).find(|(by, _)| by.name() == witness.name());
                signed.map(|(_, time)| (one.size, time))
            });
            let failing = ledger.state(witness.name()).and_then(|state| state.failing);
            WitnessView {
                name: witness.name().to_owned(),
                cosigned: last.map(|(size, _)| size.unsigned_abs()),
                cosigned_at: last
                    .and_then(|(_, time)| DateTime::from_timestamp(i64::try_from(time).ok()?, 0)),
                is_up_to_date: last.is_some_and(|(size, _)| size >= shown),
                failing_since: failing.as_ref().map(|(since, _)| *since),
                failure: failing.map(|(_, why)| why),
            }
        };
        let is_cosigned = latest.is_empty()
            || ledger.quorum() == 0
            || latest.iter().any(|one| one.size >= shown && ledger.is_cosigned(&one.note));
        Ok(LedgerStatus {
            size: latest.first().map_or(0, |last| last.size.unsigned_abs()),
            witnesses: witnesses.map(view).collect(),
            quorum: ledger.quorum(),
            is_cosigned,
            unsigned,
        })
    }
}
