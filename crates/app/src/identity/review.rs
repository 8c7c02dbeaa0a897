//! The review queue, decisions, and what new evidence makes of earlier ones.

use std::collections::HashSet;

use hefu_domain::{
    Message, Rule, RuleError,
    golden::{Golden, standing},
    guest::{GuestMerge, GuestPair, GuestState, PairState, Profile},
    ids::GuestId,
    message::Missing,
};
use hefu_identity::matching::Record;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Judgement, Likeness, Matching, ask, candidates, cluster_members,
    golden::{JUDGE, proves_itself, sources_of},
    merge::{
        Merged, as_seen, decide_pair, decide_pairs_between, decided_different, join, join_sure, unmerge,
    },
    root, sure, waits,
};
use crate::{
    About, App, AppError, Command, Result, Unit,
    guest::{GuestInput, GuestView, normalise},
};

/// A guest that may be the person that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Match {
    /// The guest, masked.
    pub guest: GuestView,
    /// How likely, and why.
    pub likeness: Likeness,
}

/// A pair of guests that a person is to decide about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Question {
    /// One of them, masked.
    pub one: GuestView,
    /// The other.
    pub two: GuestView,
    /// How likely they are one person, and why.
    pub likeness: Likeness,
    /// When the question came up.
    pub asked_at: chrono::DateTime<chrono::Utc>,
}

/// Most questions looked through for a page: some are answered by joins with others.
const LOOKED_THROUGH: i64 = 500;

impl App {
    /// Guests that may be the person of what was typed, the likeliest first. Nothing is changed.
    ///
    /// # Errors
    /// What was typed makes no guest.
    pub async fn match_guest(&self, input: &GuestInput) -> Result<Vec<Match>> {
        let profile = normalise(input)?;
        let vault = self.store().vault().clone();
        let mut c = self.store().read().await?;
        let found = candidates(&mut c, &vault, &self.matching(), &profile).await?;
        let mut matches: Vec<Match> = Vec::new();
        for candidate in found {
            if matches.iter().any(|known| known.guest.id == candidate.guest) {
                continue;
            }
            let Some(guest) = query::guest::find(&mut c, &vault, candidate.guest).await? else { continue };
            if guest.state == GuestState::Active {
                matches.push(Match { guest: GuestView::masked(guest), likeness: candidate.likeness });
            }
        }
        Ok(matches)
    }

    /// How likely two guests are one person, and why.
    ///
    /// # Errors
    /// There is no such guest.
    pub async fn explain_pair(&self, one: GuestId, two: GuestId) -> Result<Likeness> {
        let vault = self.store().vault().clone();
        let mut c = self.store().read().await?;
        let mut profiles = Vec::new();
        for id in [one, two] {
            // As recorded under this very id: that explains a join, too.
            let row = query::guest::row(&mut c, id).await?;
            let row = row.ok_or_else(|| AppError::not_found(Missing::Guest, id))?;
            profiles.push(query::guest::own(&mut c, &vault, &row).await?.profile);
        }
        let matching = self.matching();
        Ok(matching.likeness(&matching.prepare(&profiles[0]), &profiles[1]))
    }

    /// Pairs that a person is to decide about, the likeliest first, at most `limit`. Answers them and what to ask for the next page with.
    ///
    /// # Errors
    /// The database fails.
    pub async fn review_queue(
        &self,
        mut after: Option<(i64, GuestId, GuestId)>,
        limit: i64,
    ) -> Result<(Vec<Question>, Option<(i64, GuestId, GuestId)>)> {
        let vault = self.store().vault().clone();
        let mut c = self.store().snapshot().await?;
        let matching = self.matching();
        let mut questions: Vec<Question> = Vec::new();
        let limit = usize::try_from(limit).unwrap_or(0);
        loop {
            let pairs = query::identity::queue(&mut c, after, LOOKED_THROUGH).await?;
            let is_last = pairs.len() < LOOKED_THROUGH as usize;
            for pair in pairs {
                if questions.len() == limit {
                    return Ok((questions, after));
                }
                after = Some((pair.score, pair.one, pair.two));
                let one = query::guest::find(&mut c, &vault, pair.one).await?;
                let two = query::guest::find(&mut c, &vault, pair.two).await?;
                let (Some(one), Some(two)) = (one, two) else { continue };
                let is_active = one.state == GuestState::Active && two.state == GuestState::Active;
                let is_asked = questions.iter().any(|q| (q.one.id, q.two.id) == (one.id, two.id));
                if one.id == two.id || !is_active || is_asked {
                    continue;
                }
                // Said of others who are read as the same two.
                if decided_different(&mut c, one.id, two.id).await? {
                    continue;
                }
                let likeness = matching.likeness(&matching.prepare(&one.profile), &two.profile);
                let (one, two) = (GuestView::masked(one), GuestView::masked(two));
                questions.push(Question { one, two, likeness, asked_at: pair.asked_at });
            }
            if is_last {
                return Ok((questions, None));
            }
        }
    }
}

/// A person's answer about two guests.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// One guest.
    pub one: GuestId,
    /// The other.
    pub two: GuestId,
    /// Whether they are one person. If they are, the one that was made first is kept.
    pub same: bool,
}

/// Decides about two guests, for good: the model does not ask again and does not act against it.
#[derive(Debug, Clone)]
pub struct Decide(pub Decision);

/// What a decision led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decided {
    /// The join, if they are one.
    pub merged: Option<Merged>,
}

impl Command for Decide {
    type Out = Decided;

    async fn run(&self, u: &mut Unit<'_>) -> Result<Decided> {
        let Decision { one: first, two: second, same } = self.0;
        let (one, two) = (root(u, first).await?, root(u, second).await?);
        if one.id == two.id {
            return Err(RuleError::new(Rule::WrongState, "two", Message::SameGuestDecided).into());
        }
        if same {
            let (survivor, merged) = if one.id < two.id { (&one, &two) } else { (&two, &one) };
            let merge = join(u, survivor, merged, false).await?;
            let guest = GuestView::masked(root(u, survivor.id).await?);
            return Ok(Decided { merged: Some(Merged { merge, guest, apart: None, points_spent: 0 }) });
        }
        // Both in a new version: whoever is about to join them has to try again, and finds this answer.
        for guest in [&one, &two] {
            let mut row = as_seen(u, guest).await?;
            u.tx.update(&mut row).await?;
        }
        // It holds for whom the person named and for who they were read as, however those are set apart later.
        decide_pair(u, one.id, two.id, PairState::Different).await?;
        if GuestPair::ordered(first, second) != GuestPair::ordered(one.id, two.id) {
            decide_pair(u, first, second, PairState::Different).await?;
        }
        let (ours, theirs) = (cluster_members(u.tx, one.id).await?, cluster_members(u.tx, two.id).await?);
        decide_pairs_between(u, &ours, &theirs, PairState::Different).await?;
        u.journal("guest.decide", About::Guest(one.id), json!({ "other": two.id, "same": false })).await?;
        u.journal("guest.decided", About::Guest(two.id), json!({ "other": one.id, "same": false })).await?;
        Ok(Decided { merged: None })
    }
}

/// Looks at a guest again, about whom something new is known: joins it with guests that the model is sure of now, asks about those it is in
/// doubt of, answers questions that have become pointless, and takes joins back that the model made and would not make any more. What a
/// person decided stays.
pub(crate) async fn reconsider(u: &mut Unit<'_>, guest: GuestId) -> Result<()> {
    let vault = u.tx.vault().clone();
    let matching = u.matching.clone();
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
        u.journal("guest.settle", About::Guest(one), json!({ "other": two })).await?;
    }
    Ok(())
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
            found.push(Self { id, prepared: u.matching.prepare(&profile), profile, proofs, numbers });
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
        let matching = u.matching.clone();
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
