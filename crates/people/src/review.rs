//! The review queue and the decisions of data stewards.

use crate::{
    candidate::candidates,
    cluster::{cluster_members, root},
    matching::Likeness,
    merge::{Merged, as_seen, join},
    model::Model,
    pair::{decide_pair, decide_pairs_between, decided_different},
    profile::{GuestInput, normalise},
    view::GuestView,
};
use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::message::Missing;
use hefu_domain::{
    Message, Rule, RuleError,
    event::GuestEvent,
    guest::{GuestPair, GuestState, PairState},
    ids::GuestId,
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A candidate for the person described.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Match {
    /// The guest, masked.
    pub guest: GuestView,
    /// The likelihood, with the evidence.
    pub likeness: Likeness,
}

/// A pair of guests to be reviewed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Question {
    /// One of them, masked.
    pub one: GuestView,
    /// The other.
    pub two: GuestView,
    /// How likely they are the same person, with the evidence.
    pub likeness: Likeness,
    /// When the question arose.
    pub asked_at: chrono::DateTime<chrono::Utc>,
}

/// Maximum number of questions read for a page: some are settled by merges with others.
const LOOKED_THROUGH: i64 = 500;

/// Pairs to be reviewed, the likeliest first, at most `limit`. Returns them and the cursor of the next page.
#[derive(Debug, Clone)]
pub struct ListQuestions {
    /// Continue after this pair: its score and its guests.
    pub after: Option<(i64, GuestId, GuestId)>,
    /// Maximum number.
    pub limit: i64,
}

#[async_trait]
impl Query for ListQuestions {
    const ACTION: Action = Action::GuestReviewQueue;
    type Out = (Vec<Question>, Option<(i64, GuestId, GuestId)>);

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let mut after = self.after;
        let limit = self.limit;
        let (vault, masks) = (r.vault(), r.masks());
        let matching = r.service::<Model>().matching();
        let c = r.snapshot().await?;
        let mut questions: Vec<Question> = Vec::new();
        let limit = usize::try_from(limit).unwrap_or(0);
        loop {
            let pairs = query::identity::queue(c, after, LOOKED_THROUGH).await?;
            let is_last = pairs.len() < LOOKED_THROUGH as usize;
            for pair in pairs {
                if questions.len() == limit {
                    return Ok((questions, after));
                }
                after = Some((pair.score, pair.one, pair.two));
                let one = query::guest::find(c, &vault, pair.one).await?;
                let two = query::guest::find(c, &vault, pair.two).await?;
                let (Some(one), Some(two)) = (one, two) else { continue };
                let is_active = one.state == GuestState::Active && two.state == GuestState::Active;
                let is_asked = questions.iter().any(|q| (q.one.id, q.two.id) == (one.id, two.id));
                if one.id == two.id || !is_active || is_asked {
                    continue;
                }
                // The same question about other guests of the two clusters.
                if decided_different(c, one.id, two.id).await? {
                    continue;
                }
                let likeness = matching.likeness(&matching.prepare(&one.profile), &two.profile);
                let (one, two) = (GuestView::of(one, masks), GuestView::of(two, masks));
                questions.push(Question { one, two, likeness, asked_at: pair.asked_at });
            }
            if is_last {
                return Ok((questions, None));
            }
        }
    }
}

/// How likely two guests are the same person, with the evidence.
#[derive(Debug, Clone)]
pub struct ExplainPair {
    /// One guest.
    pub one: GuestId,
    /// The other.
    pub two: GuestId,
}

#[async_trait]
impl Query for ExplainPair {
    const ACTION: Action = Action::GuestExplain;
    type Out = Likeness;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let one = self.one;
        let two = self.two;
        let vault = r.vault();
        let matching = r.service::<Model>().matching();
        let c = r.conn().await?;
        let mut profiles = Vec::new();
        for id in [one, two] {
            // As recorded under the id itself: that explains a merge, too.
            let row = query::guest::row(c, id).await?;
            let row = row.ok_or_else(|| AppError::not_found(Missing::Guest, id))?;
            profiles.push(query::guest::own(c, &vault, &row).await?.profile);
        }
        Ok(matching.likeness(&matching.prepare(&profiles[0]), &profiles[1]))
    }
}

/// Candidates for the person described, the likeliest first. Nothing is changed.
#[derive(Debug, Clone)]
pub struct MatchGuest {
    /// The known data.
    pub input: GuestInput,
}

#[async_trait]
impl Query for MatchGuest {
    const ACTION: Action = Action::GuestMatch;
    type Out = Vec<Match>;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let input = &self.input;
        let mut profile = normalise(input)?;
        // To whom a number belongs is told to whoever may ask that; for others they are not looked up at all.
        if profile.has_numbers() && !r.may_look_up().await? {
            profile = profile.without_numbers();
        }
        let (vault, masks) = (r.vault(), r.masks());
        let matching = r.service::<Model>().matching();
        let c = r.conn().await?;
        let found = candidates(c, &vault, &matching, &profile).await?;
        let mut matches: Vec<Match> = Vec::new();
        for candidate in found {
            if matches.iter().any(|known| known.guest.id == candidate.guest) {
                continue;
            }
            let Some(guest) = query::guest::find(c, &vault, candidate.guest).await? else { continue };
            if guest.state == GuestState::Active {
                matches.push(Match { guest: GuestView::of(guest, masks), likeness: candidate.likeness });
            }
        }
        r.finds(matches.iter().map(|found| found.guest.id).collect::<Vec<_>>());
        Ok(matches)
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
    /// Whether they are the same person. If so, the one that was created first survives.
    pub same: bool,
}

/// Decides about two guests, permanently: the model does not ask again and does not act against it.
#[derive(Debug, Clone)]
pub struct Decide(pub Decision);

/// Result of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decided {
    /// The merge, if they are the same person.
    pub merged: Option<Merged>,
}

#[async_trait]
impl Command for Decide {
    const ACTION: Action = Action::GuestDecide;
    type Out = Decided;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Decided> {
        let Decision { one: first, two: second, same } = self.0;
        let (one, two) = (root(u, first).await?, root(u, second).await?);
        if one.id == two.id {
            return Err(RuleError::new(Rule::WrongState, "two", Message::SameGuestDecided).into());
        }
        if same {
            let (survivor, merged) = if one.id < two.id { (&one, &two) } else { (&two, &one) };
            let merge = join(u, survivor, merged, false).await?;
            let guest = GuestView::of(root(u, survivor.id).await?, u.masks());
            return Ok(Decided {
                merged: Some(Merged { merge: merge.into(), guest, apart: None, points_spent: 0 }),
            });
        }
        // Both get a new version: a concurrent merge has to be retried, and finds this answer.
        for guest in [&one, &two] {
            let mut row = as_seen(u, guest).await?;
            u.tx.update(&mut row).await?;
        }
        // It holds for the named guests and for their clusters, even if these are separated later.
        decide_pair(u, one.id, two.id, PairState::Different).await?;
        if GuestPair::ordered(first, second) != GuestPair::ordered(one.id, two.id) {
            decide_pair(u, first, second, PairState::Different).await?;
        }
        let (ours, theirs) = (cluster_members(u.tx, one.id).await?, cluster_members(u.tx, two.id).await?);
        decide_pairs_between(u, &ours, &theirs, PairState::Different).await?;
        u.record(About::Guest(one.id), GuestEvent::Decide { other: two.id, same: false }).await?;
        u.record(About::Guest(two.id), GuestEvent::Decided { other: one.id, same: false }).await?;
        Ok(Decided { merged: None })
    }
}
