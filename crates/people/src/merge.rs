//! Merging guests who are the same person, and undoing merges.

use crate::{
    cluster::{cluster_members, root},
    golden::{golden, refresh},
    matching::{Likeness, are_two},
    model::Model,
    observer::MergeObservers,
    pair::{ask, decide_pair, decide_pairs_between, decided_different},
    view::{GuestView, MembershipView, MergeView, PairView},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::GuestEvent,
    guest::{GuestMerge, GuestState, PairState},
    ids::{GuestId, MergeId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_kernel::Money;
use hefu_store::{Conn, GuestRow, StoreError, query, query::guest::Guest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Merges a guest into another: lookups of it lead to the survivor from then on.
#[derive(Debug, Clone)]
pub struct MergeGuests {
    /// The survivor.
    pub survivor: GuestId,
    /// The guest to be merged into it.
    pub merged: GuestId,
}

/// Result of a merge or of undoing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Merged {
    /// The merge.
    pub merge: MergeView,
    /// The survivor in its current state, masked.
    pub guest: GuestView,
    /// The separated guest, masked; none after a merge.
    pub apart: Option<GuestView>,
    /// Points that one earned by visits of the other and that were already spent, so that they could not be taken back.
    pub points_spent: i64,
}

#[async_trait]
impl Command for MergeGuests {
    const ACTION: Action = Action::GuestMerge;
    type Out = Merged;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Merged> {
        let (survivor, merged) = (root(u, self.survivor).await?, root(u, self.merged).await?);
        let merge = join(u, &survivor, &merged, false).await?;
        Ok(Merged { merge: merge.into(), guest: shown(u, survivor.id).await?, apart: None, points_spent: 0 })
    }
}

async fn shown(u: &mut Unit<'_>, id: GuestId) -> Result<GuestView> {
    Ok(GuestView::of(root(u, id).await?, u.masks()))
}

async fn row(u: &mut Unit<'_>, id: GuestId) -> Result<GuestRow> {
    query::guest::row(u.tx, id).await?.ok_or_else(|| AppError::not_found(Missing::Guest, id))
}

/// The row of a guest, if it is still in the version that was compared: decisions are based on that version. A concurrent
/// decision about one of them has to be retried, because both write it.
pub async fn as_seen(u: &mut Unit<'_>, guest: &Guest) -> Result<GuestRow> {
    let row = row(u, guest.id).await?;
    if (row.version, row.state) != (guest.version, GuestState::Active) {
        return Err(StoreError::Conflict { table: "guest".into() }.into());
    }
    Ok(row)
}

/// Merges `merged` into `survivor`; neither is merged into another.
pub async fn join(u: &mut Unit<'_>, survivor: &Guest, merged: &Guest, automatic: bool) -> Result<GuestMerge> {
    if survivor.id == merged.id {
        return Err(RuleError::new(Rule::WrongState, "merged", Message::SameGuest).into());
    }
    let (mut kept, mut gone) = (as_seen(u, survivor).await?, as_seen(u, merged).await?);
    let (survivor, merged) = (survivor.id, merged.id);
    u.tx.update(&mut kept).await?;
    (gone.state, gone.merged_into) = (GuestState::Merged, Some(survivor));
    u.tx.update(&mut gone).await?;
    // From here on no concurrent merge can involve them.
    let (ours, theirs) = (cluster_members(u.tx, survivor).await?, cluster_members(u.tx, merged).await?);
    for mut member in query::identity::members(u.tx, merged).await? {
        member.merged_into = Some(survivor);
        u.tx.update(&mut member).await?;
    }
    let merge = GuestMerge {
        id: u.id(),
        survivor,
        merged,
        at: u.now,
        actor: u.ctx.principal.to_string(),
        automatic,
        undone_at: None,
        version: 1,
    };
    u.tx.insert(&merge).await?;
    decide_pair(u, survivor, merged, if automatic { PairState::Settled } else { PairState::Same }).await?;
    decide_pairs_between(u, &ours, &theirs, PairState::Settled).await?;
    let (kept_event, gone_event) = GuestEvent::joined(&merge);
    u.record(About::Guest(survivor), kept_event).await?;
    let everybody = cluster_members(u.tx, survivor).await?;
    let cause = merge.id.to_string();
    for observer in &u.service::<MergeObservers>().0 {
        observer.merged(u, &everybody, &cause).await?;
    }
    // Followers of the merged guest are notified too.
    u.record(About::Guest(merged), gone_event).await?;
    refresh(u, survivor).await?;
    Ok(merge)
}

/// Merges two guests of whom the model is sure, into the older one. If their resident identity numbers show that they are different, they
/// are not merged and the pair is queued for review.
pub async fn join_sure(u: &mut Unit<'_>, one: &Guest, two: &Guest) -> Result<Option<GuestMerge>> {
    if are_two(&one.profile, &two.profile) {
        let matching = u.service::<Model>().matching();
        let likeness = matching.likeness(&matching.prepare(&one.profile), &two.profile);
        ask(u, one.id, two.id, &likeness).await?;
        return Ok(None);
    }
    let (survivor, merged) = if one.id < two.id { (one, two) } else { (two, one) };
    join(u, survivor, merged, true).await.map(Some)
}

/// Undoes a merge. Data recorded before and after it was always recorded for one of the two guests, so nothing has to be
/// divided except points that the card of one earned by visits of the other.
#[derive(Debug, Clone)]
pub struct UndoMerge {
    /// The merge.
    pub id: MergeId,
}

#[async_trait]
impl Command for UndoMerge {
    const ACTION: Action = Action::GuestUnmerge;
    type Out = Merged;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Merged> {
        let merge = query::identity::merge(u.tx, self.id).await?;
        let merge = merge.ok_or_else(|| AppError::not_found(Missing::Merge, self.id))?;
        if merge.undone_at.is_some() {
            return Err(RuleError::new(Rule::WrongState, (), Message::MergeUndone).into());
        }
        let done = unmerge(u, merge, PairState::Different).await?;
        // Questions about either that were pointless during the merge are open again.
        for side in std::iter::once(&done.guest).chain(&done.apart) {
            reopen_questions(u, side.id, done.merge.at).await?;
        }
        Ok(done)
    }
}

/// Everybody merged into `guest` directly or indirectly: itself first.
pub async fn tree(c: &mut Conn, guest: GuestId) -> Result<Vec<GuestId>> {
    let mut found = vec![guest];
    let mut at = 0;
    while let Some(next) = found.get(at) {
        found.extend(query::identity::absorbed(c, *next).await?.into_iter().map(|merge| merge.merged));
        at += 1;
    }
    Ok(found)
}

/// Undoes a merge and records the decision about the pair.
pub async fn unmerge(u: &mut Unit<'_>, mut merge: GuestMerge, known: PairState) -> Result<Merged> {
    let apart = merge.merged;
    let kept = row(u, apart).await?.merged_into.unwrap_or(merge.survivor);
    let gone = tree(u.tx, apart).await?;
    for id in &gone {
        let mut member = row(u, *id).await?;
        (member.state, member.merged_into) = match *id == apart {
            true => (GuestState::Active, None),
            false => (GuestState::Merged, Some(apart)),
        };
        u.tx.update(&mut member).await?;
    }
    let mut survivor = row(u, kept).await?;
    u.tx.update(&mut survivor).await?;
    merge.undone_at = Some(u.now);
    u.tx.update(&mut merge).await?;
    decide_pair(u, merge.survivor, apart, known).await?;
    let (kept_event, apart_event) = GuestEvent::parted(&merge);
    u.record(About::Guest(kept), kept_event).await?;
    let remaining = cluster_members(u.tx, kept).await?;
    if known == PairState::Different {
        decide_pairs_between(u, &remaining, &gone, known).await?;
    }
    let (mut points_spent, cause) = (0, format!("undo-{}", merge.id));
    for observer in &u.service::<MergeObservers>().0 {
        points_spent += observer.unmerged(u, (&remaining, &gone), &cause).await?;
    }
    u.record(About::Guest(apart), apart_event).await?;
    refresh(u, kept).await?;
    refresh(u, apart).await?;
    let (guest, apart) = (shown(u, kept).await?, Some(shown(u, apart).await?));
    Ok(Merged { merge: merge.into(), guest, apart, points_spent })
}

/// Reopens the questions about a guest that were settled since `since`, if there is still doubt.
async fn reopen_questions(u: &mut Unit<'_>, guest: GuestId, since: DateTime<Utc>) -> Result<()> {
    let this = root(u, guest).await?;
    let matching = u.service::<Model>().matching();
    let prepared = matching.prepare(&this.profile);
    for id in cluster_members(u.tx, guest).await? {
        for pair in query::identity::pairs(u.tx, id).await? {
            if pair.state != PairState::Settled || pair.decided_at.is_none_or(|at| at < since) {
                continue;
            }
            let Ok(other) = root(u, if pair.one == id { pair.two } else { pair.one }).await else { continue };
            if other.id == this.id || decided_different(u.tx, this.id, other.id).await? {
                continue;
            }
            let likeness = matching.likeness(&prepared, &other.profile);
            if likeness.verdict.is_worth_asking() {
                ask(u, this.id, other.id, &likeness).await?;
            }
        }
    }
    Ok(())
}

/// What belongs to a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Side {
    /// The guest, masked.
    pub guest: GuestView,
    /// Ids merged into this guest.
    pub ids: Vec<GuestId>,
    /// Source records.
    pub sources: i64,
    /// Visits.
    pub visits: i64,
    /// Windows of bills with this guest as payer.
    pub folios: i64,
    /// Balances due on them, by currency.
    pub balances: Vec<Money>,
    /// Consents given or refused.
    pub consents: usize,
    /// Memberships.
    pub memberships: Vec<MembershipView>,
}

/// Preview of a merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MergePreview {
    /// The survivor.
    pub survivor: Side,
    /// The guest to be merged into it.
    pub merged: Side,
    /// How likely they are the same person, with the evidence.
    pub likeness: Likeness,
    /// The resulting guest, masked.
    pub result: GuestView,
    /// Points available afterwards.
    pub points: i64,
    /// A person has decided that they are different.
    pub decided_different: bool,
}

async fn side(c: &mut Conn, guest: GuestView) -> Result<Side> {
    let ids = cluster_members(c, guest.id).await?;
    let mut side = Side {
        ids: ids[1..].to_vec(),
        consents: guest.profile.consents.len(),
        guest,
        sources: 0,
        visits: 0,
        folios: 0,
        balances: Vec::new(),
        memberships: Vec::new(),
    };
    for id in ids {
        let has = query::identity::belongings(c, id).await?;
        side.sources += has.sources;
        side.visits += has.visits;
        side.folios += has.folios;
        for balance in has.balances {
            match side.balances.iter_mut().find(|known| known.currency == balance.currency) {
                Some(known) => known.minor += balance.minor,
                None => side.balances.push(balance),
            }
        }
        side.memberships.extend(query::member::of_guest(c, id).await?.map(MembershipView::from));
    }
    Ok(side)
}

/// A guest's merges and decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityHistory {
    /// Merges involving it, the oldest first.
    pub merges: Vec<MergeView>,
    /// Pairs with other guests that were asked about or decided.
    pub pairs: Vec<PairView>,
}

/// A guest's merges and decisions.
#[derive(Debug, Clone)]
pub struct ShowIdentityHistory {
    /// The guest.
    pub id: GuestId,
}

#[async_trait]
impl Query for ShowIdentityHistory {
    const ACTION: Action = Action::GuestIdentity;
    type Out = IdentityHistory;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let id = self.id;
        let vault = r.vault();
        let c = r.snapshot().await?;
        let guest = query::guest::find(c, &vault, id).await?;
        let guest = guest.ok_or_else(|| AppError::not_found(Missing::Guest, id))?;
        let mut history = IdentityHistory { merges: Vec::new(), pairs: Vec::new() };
        // Also under the requested id itself, for a guest merged into another.
        let mut ids = cluster_members(c, guest.id).await?;
        ids.push(id);
        for id in ids {
            history.merges.extend(query::identity::history(c, id).await?.into_iter().map(MergeView::from));
            history.pairs.extend(query::identity::pairs(c, id).await?.into_iter().map(PairView::from));
        }
        history.merges.sort_by_key(|merge| (merge.at, merge.id));
        history.merges.dedup();
        history.pairs.sort_by_key(|pair| (pair.one, pair.two));
        history.pairs.dedup();
        Ok(history)
    }
}

/// Previews a merge. Nothing is changed.
#[derive(Debug, Clone)]
pub struct PreviewMerge {
    /// The survivor.
    pub survivor: GuestId,
    /// The guest to be merged into it.
    pub merged: GuestId,
}

#[async_trait]
impl Query for PreviewMerge {
    const ACTION: Action = Action::GuestPreviewMerge;
    type Out = MergePreview;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let survivor = self.survivor;
        let merged = self.merged;
        let (vault, masks) = (r.vault(), r.masks());
        let matching = r.service::<Model>().matching();
        let c = r.snapshot().await?;
        let mut guests = Vec::new();
        for id in [survivor, merged] {
            let guest = query::guest::find(c, &vault, id).await?;
            let guest = guest.filter(|guest| guest.state == GuestState::Active);
            guests.push(guest.ok_or_else(|| AppError::not_found(Missing::Guest, id))?);
        }
        let [survivor, merged] = &guests[..] else { return Err(AppError::not_found(Missing::Guest, merged)) };
        if survivor.id == merged.id {
            return Err(RuleError::new(Rule::WrongState, "merged", Message::SameGuest).into());
        }
        let (ours, theirs) = (cluster_members(c, survivor.id).await?, cluster_members(c, merged.id).await?);
        let both = golden(c, &vault, &[ours, theirs].concat()).await?;
        let mut result = survivor.clone();
        result.profile = both.map_or_else(|| survivor.profile.clone(), |golden| golden.profile);
        let likeness = matching.likeness(&matching.prepare(&survivor.profile), &merged.profile);
        let decided_different = decided_different(c, survivor.id, merged.id).await?;
        let survivor = side(c, GuestView::of(survivor.clone(), masks)).await?;
        let merged = side(c, GuestView::of(merged.clone(), masks)).await?;
        let points = survivor.memberships.iter().chain(&merged.memberships).map(|m| m.points).sum();
        let result = GuestView::of(result, masks);
        for side in [&survivor, &merged] {
            r.opens(("guest", side.guest.id.uuid()), [side.guest.id.uuid()]);
        }
        Ok(MergePreview { survivor, merged, likeness, result, points, decided_different })
    }
}
