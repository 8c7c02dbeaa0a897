//! What new evidence about a guest makes of earlier merges and questions.

use crate::{
    candidate::{candidates, sure},
    cluster::{cluster_members, root},
    golden::{JUDGE, proves_itself, sources_of},
    matching::{Judgement, Likeness, Matching},
    merge::{join_sure, unmerge},
    model::Model,
    pair::{ask, decide_pair, decided_different, waits},
};
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

/// Looks at a guest again, about whom something new is known: joins it with guests that the model is sure of now, asks about those it is in
/// doubt of, answers questions that have become pointless, and takes joins back that the model made and would not make any more. What a
/// person decided stays.
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

/// The job that reconsiders a guest after something new was learnt about it.
///
/// Joins and questions are nothing that a check-in should wait for, still less should it undo joins in the middle of its own work: whoever learns
/// something new enqueues this in the same unit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ReconsiderGuest {
    /// Who.
    pub guest: GuestId,
}

impl Work for ReconsiderGuest {
    const KIND: &'static str = "guest.reconsider";

    fn dedupe(&self) -> Option<String> {
        Some(self.guest.to_string())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        match reconsider(u, self.guest).await {
            // Erased since.
            Err(AppError::NotFound { .. }) => Ok(()),
            outcome => outcome,
        }
    }
}

/// What is known of a guest by its own records alone.
struct Known {
    id: GuestId,
    profile: Profile,
    prepared: Vec<Record>,
    /// Of each record with a number that proves itself its documents.
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

/// The contradiction between two sides, if a record of each names another person by a number that proves itself, and no such number is known of
/// both: who has one in common with somebody is not told apart by what another is said to be.
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

/// Takes joins back that the model made among all who are read as this guest, and that it would not make any more; asks a person about them.
///
/// A join connects two sides: who is part of the joined guest, and all others. It is judged by all pairs of guests across it, each by its own
/// records, because who was joined need not have anything in common with the survivor itself, but with somebody who is part of it. It is taken
/// back when the sides contradict each other (see [`contradiction`]), whatever else agrees; or when nothing connects the sides any more: every pair
/// across is apart, at odds worse than even. Where a contradiction can be resolved by taking back one of several joins, it is
/// the one that least speaks for, of equals the last. Joins that a person made stay.
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
        // Of equals the last that was made.
        let order = |doubt: &Doubt| (std::cmp::Reverse(doubt.join.at), std::cmp::Reverse(doubt.join.id));
        let weakest = judged.flatten().min_by(|a, b| a.odds.total_cmp(&b.odds).then(order(a).cmp(&order(b))));
        let Some(Doubt { join, evidence, .. }) = weakest else { return Ok(()) };
        let (survivor, merged) = (join.survivor, join.merged);
        unmerge(u, join, PairState::Settled).await?;
        ask(u, survivor, merged, &evidence).await?;
    }
}

/// A join that the model would not make any more.
struct Doubt {
    join: GuestMerge,
    /// The best odds of any pair across it, in bits.
    odds: f64,
    /// What speaks against it.
    evidence: Likeness,
}

/// Judges a join of the model by what is `known` of all who are read as one guest by `joins`; see [`retract`].
fn judge(join: &GuestMerge, joins: &[GuestMerge], known: &[Known], matching: &Matching) -> Option<Doubt> {
    let mut inner = HashSet::from([join.merged]);
    // Whoever was joined into somebody of this side is of this side: as many rounds as it is deep.
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
