//! Pairs of guests: open questions and decisions.

use hefu_core::{About, Result, Unit};
use hefu_domain::{
    event::GuestEvent,
    guest::{GuestPair, PairState},
    ids::GuestId,
};
use hefu_store::{Conn, query};

use crate::{
    cluster::cluster_members,
    matching::{Likeness, Matching},
};

/// Whether a pair is in review although the odds were sufficient for a link, because others fit equally well; and no newer
/// information shows which one it is.
pub async fn waits(
    c: &mut Conn,
    matching: &Matching,
    (one, two): (GuestId, GuestId),
    bits: f64,
) -> Result<bool> {
    let pair = query::identity::pair(c, one, two).await?;
    Ok(pair.filter(|pair| pair.state == PairState::Open).is_some_and(|pair| {
        let asked = pair.score as f64 / 1_000.0;
        matching.is_for_link(asked) && bits < asked + CLEARLY
    }))
}

/// Queues a pair for review, unless somebody has already answered.
pub async fn ask(u: &mut Unit<'_>, a: GuestId, b: GuestId, likeness: &Likeness) -> Result<()> {
    let (one, two) = GuestPair::ordered(a, b);
    let score = likeness.thousandths();
    match query::identity::pair(u.tx, one, two).await? {
        Some(pair) if pair.state.is_answer() => return Ok(()),
        Some(pair) if pair.state == PairState::Open && pair.score == score => return Ok(()),
        Some(mut pair) => {
            (pair.state, pair.score, pair.decided_at, pair.decided_by) = (PairState::Open, score, None, None);
            u.tx.update(&mut pair).await?;
        }
        None => {
            let pair = GuestPair {
                one,
                two,
                state: PairState::Open,
                score,
                asked_at: u.now,
                decided_at: None,
                decided_by: None,
                version: 1,
            };
            u.tx.insert(&pair).await?;
        }
    }
    let event = GuestEvent::Ask { other: b, evidence: likeness.code.clone() };
    u.record(About::Guest(a), event).await
}

/// Odds that clearly favour one of two, in bits: thirty-two to one.
pub(crate) const CLEARLY: f64 = 5.0;

/// Settles all questions between the two sides that no person has answered.
pub async fn decide_pairs_between(
    u: &mut Unit<'_>,
    ours: &[GuestId],
    theirs: &[GuestId],
    state: PairState,
) -> Result<()> {
    for id in ours {
        for pair in query::identity::pairs(u.tx, *id).await? {
            let other = if pair.one == *id { pair.two } else { pair.one };
            if theirs.contains(&other) && pair.state != state {
                decide_pair(u, pair.one, pair.two, state).await?;
            }
        }
    }
    Ok(())
}

/// Settles the question about a pair. This replaces no answer of a person.
pub async fn decide_pair(u: &mut Unit<'_>, a: GuestId, b: GuestId, state: PairState) -> Result<()> {
    let (one, two) = GuestPair::ordered(a, b);
    let by = Some(u.ctx.principal.to_string());
    match query::identity::pair(u.tx, one, two).await? {
        Some(pair) if state == PairState::Settled && pair.state.is_answer() => Ok(()),
        Some(mut pair) => {
            (pair.state, pair.decided_at, pair.decided_by) = (state, Some(u.now), by);
            Ok(u.tx.update(&mut pair).await?)
        }
        None if state == PairState::Settled => Ok(()),
        None => {
            let (asked_at, decided_at) = (u.now, Some(u.now));
            let pair =
                GuestPair { one, two, state, score: 0, asked_at, decided_at, decided_by: by, version: 1 };
            Ok(u.tx.insert(&pair).await?)
        }
    }
}

/// Whether a person decided "different" for anybody of both sides.
pub async fn decided_different(c: &mut Conn, a: GuestId, b: GuestId) -> Result<bool> {
    let (ours, theirs) = (cluster_members(c, a).await?, cluster_members(c, b).await?);
    for id in &ours {
        let pairs = query::identity::pairs(c, *id).await?;
        let apart = pairs.iter().filter(|pair| pair.state == PairState::Different);
        if apart.map(|pair| if pair.one == *id { pair.two } else { pair.one }).any(|id| theirs.contains(&id))
        {
            return Ok(true);
        }
    }
    Ok(false)
}
