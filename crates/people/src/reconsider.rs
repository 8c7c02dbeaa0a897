//! Re-evaluation of earlier merges and questions after new evidence about a guest.

use crate::{
    candidate::{candidates, sure},
    cluster::{cluster_members, root},
    golden::{JUDGE, proves_itself, sources_of},
    matching::{Judgement, Likeness, Matching},
    merge::{join_sure, unmerge},
    model::Model,
    pair::{ask, decide_pair, decided_different, waits},
};
use async_trait::async_trait;
use hefu_core::{About, AppError, Result, Unit, job::Work};
use hefu_domain::{
    event::GuestEvent,
    golden::{Golden, standing},
    guest::{GuestMerge, PairState, Profile},
    ids::GuestId,
};
use hefu_identity::matching::Record;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Re-evaluates a guest with new information: merges it with guests the model is now sure of, asks about doubtful
/// ones, settles questions that have become pointless, and undoes merges that the model made and would no longer make. Decisions of
/// people stay.
pub async fn reconsider(u: &mut Unit<'_>, guest: GuestId) -> Result<()> {
    let vault = u.tx.vault().clone();
    let matching = u.service::<Model>().matching();
    retract(u, guest).await?;
    let mut this = root(u, guest).await?;
    let mut found = candidates(u.tx, &vault, &matching, &this.profile).await?;
    found.retain(|candidate| candidate.guest != this.id);
    let is_clear = sure(u.tx, &matching, &found, |_| false).await?.is_some();
    let (mut seen, mut settled) = (vec![this.id], Vec::new());
    for candidate in found {
        if seen.contains(&candidate.guest) {
            continue;
        }
        seen.push(candidate.guest);
        if decided_different(u.tx, this.id, candidate.guest).await? {
            continue;
        }
        let pair = (this.id, candidate.guest);
        let is_link = candidate.likeness.verdict.is_link() && is_clear;
        if is_link && !waits(u.tx, &matching, pair, candidate.likeness.bits).await? {
            let other = root(u, candidate.guest).await?;
            if join_sure(u, &this, &other).await?.is_some() {
                this = root(u, this.id.min(other.id)).await?;
                seen.push(this.id);
            }
        } else {
            ask(u, this.id, candidate.guest, &candidate.likeness).await?;
        }
    }
    let prepared = matching.prepare(&this.profile);
    for pair in query::identity::pairs(u.tx, this.id).await? {
        let other = if pair.one == this.id { pair.two } else { pair.one };
        if pair.state != PairState::Open || seen.contains(&other) {
            continue;
        }
        let Some(other) = query::guest::find(u.tx, &vault, other).await? else { continue };
        let is_pointless =
            other.id == this.id || matching.likeness(&prepared, &other.profile).verdict == Judgement::Apart;
        if is_pointless {
            settled.push((pair.one, pair.two));
        }
    }
    for (one, two) in settled {
        decide_pair(u, one, two, PairState::Settled).await?;
        u.record(About::Guest(one), GuestEvent::Settle { other: two }).await?;
    }
    Ok(())
}

/// The job that re-evaluates a guest after new information about it.
///
/// A check-in should not wait for merges and questions, let alone undo merges in the middle of its own work: every unit that adds
/// information enqueues this job.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ReconsiderGuest {
    /// The guest.
    pub guest: GuestId,
}

#[async_trait]
impl Work for ReconsiderGuest {
    const KIND: &'static str = "guest.reconsider";

    fn dedupe(&self) -> Option<String> {
        Some(self.guest.to_string())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        match reconsider(u, self.guest).await {
            // Erased in the meantime.
            Err(AppError::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }
}

/// A guest's data from its own records alone.
struct Known {
    id: GuestId,
    profile: Profile,
    prepared: Vec<Record>,
    /// For each record with a valid number, its documents.
    proofs: Vec<Profile>,
    /// Those numbers.
    numbers: Vec<String>,
}

impl Known {
    async fn all(u: &mut Unit<'_>, guests: &[GuestId]) -> Result<Vec<Self>> {
        let vault = u.tx.vault().clone();
        let mut found = Vec::with_capacity(guests.len());
        for &id in guests {
            let sources = sources_of(u.tx, &vault, &[id]).await?;
            let (mut proofs, mut numbers): (Vec<Profile>, Vec<String>) = (Vec::new(), Vec::new());
            for source in standing(&sources) {
                let documents = source.profile.documents.clone();
                let proven = documents.iter().filter(|document| proves_itself(document));
                let before = numbers.len();
                numbers.extend(proven.map(|document| document.number.clone()));
                if numbers.len() > before && proofs.iter().all(|known| known.documents != documents) {
                    proofs.push(Profile { documents, ..Profile::default() });
                }
            }
            let profile = Golden::of(&sources, JUDGE).profile;
            found.push(Self {
                id,
                prepared: u.service::<Model>().matching().prepare(&profile),
                profile,
                proofs,
                numbers,
            });
        }
        Ok(found)
    }
}

/// The contradiction between two sides, if a record of each names different persons by valid numbers, and the sides have no such
/// number in common: a guest who shares a number with somebody is not separated by other numbers.
fn contradiction(ours: &[&Known], theirs: &[&Known], matching: &Matching) -> Option<Likeness> {
    let is_known = |number: &String| theirs.iter().any(|known| known.numbers.contains(number));
    if ours.iter().any(|known| known.numbers.iter().any(is_known)) {
        return None;
    }
    let proofs = |side: &[&Known]| side.iter().flat_map(|known| known.proofs.clone()).collect::<Vec<_>>();
    let (ours, theirs) = (proofs(ours), proofs(theirs));
    ours.iter()
        .flat_map(|one| theirs.iter().map(move |two| (one, two)))
        .map(|(one, two)| matching.likeness(&matching.prepare(one), two))
        .find(Likeness::is_contradiction)
}

/// Undoes merges in this guest's cluster that the model made and would no longer make, and queues them for review.
///
/// A merge connects two sides: the merged guest's part of the cluster, and all others. It is judged by all pairs of guests across it, each by its own
/// records, because the merged guest need not have anything in common with the survivor itself, but with somebody in its part. It is
/// undone when the sides contradict each other (see [`contradiction`]), whatever else agrees; or when nothing connects the sides any more: every pair
/// across is classified apart, at odds worse than even. If a contradiction can be resolved by undoing one of several merges, it is
/// the one with the least evidence; if equal, the latest. Merges by people stay.
async fn retract(u: &mut Unit<'_>, guest: GuestId) -> Result<()> {
    loop {
        let Some(row) = query::guest::row(u.tx, guest).await? else { return Ok(()) };
        let ids = cluster_members(u.tx, row.merged_into.unwrap_or(guest)).await?;
        let mut joins: Vec<GuestMerge> = Vec::new();
        for id in &ids {
            joins.extend(query::identity::merged(u.tx, *id).await?);
        }
        if joins.iter().all(|join| !join.automatic) {
            return Ok(());
        }
        let known = Known::all(u, &ids).await?;
        let matching = u.service::<Model>().matching();
        let judged =
            joins.iter().filter(|join| join.automatic).map(|join| judge(join, &joins, &known, &matching));
        // If equal, the latest.
        let order = |doubt: &Doubt| (std::cmp::Reverse(doubt.join.at), std::cmp::Reverse(doubt.join.id));
        let weakest = judged.flatten().min_by(|a, b| a.odds.total_cmp(&b.odds).then(order(a).cmp(&order(b))));
        let Some(Doubt { join, evidence, .. }) = weakest else { return Ok(()) };
        let (survivor, merged) = (join.survivor, join.merged);
        unmerge(u, join, PairState::Settled).await?;
        ask(u, survivor, merged, &evidence).await?;
    }
}

/// A merge that the model would no longer make.
struct Doubt {
    join: GuestMerge,
    /// The best odds of any pair across it, in bits.
    odds: f64,
    /// The evidence against it.
    evidence: Likeness,
}

/// Judges a merge of the model by what is `known` about the cluster formed by `joins`; see [`retract`].
fn judge(join: &GuestMerge, joins: &[GuestMerge], known: &[Known], matching: &Matching) -> Option<Doubt> {
    let mut inner = HashSet::from([join.merged]);
    // Guests merged into somebody on this side are on this side: as many rounds as the tree is deep.
    while joins.iter().any(|join| inner.contains(&join.survivor) && inner.insert(join.merged)) {}
    let (ours, theirs): (Vec<&Known>, Vec<&Known>) =
        known.iter().partition(|known| inner.contains(&known.id));
    let contradiction = contradiction(&ours, &theirs, matching);
    let mut best: Option<Likeness> = None;
    for (one, two) in ours.iter().flat_map(|one| theirs.iter().map(move |two| (one, two))) {
        let likeness = matching.likeness(&one.prepared, &two.profile);
        if contradiction.is_none() && (likeness.verdict != Judgement::Apart || likeness.bits >= 0.0) {
            return None;
        }
        if best.as_ref().is_none_or(|best| best.bits < likeness.bits) {
            best = Some(likeness);
        }
    }
    let best = best?;
    Some(Doubt { join: join.clone(), odds: best.bits, evidence: contradiction.unwrap_or(best) })
}
