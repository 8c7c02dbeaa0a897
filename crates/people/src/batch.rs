//! Batch resolution: which of the guests that were imported or not yet compared are the same person, learning a model from them, and
//! estimating the quality.

use crate::{
    cluster::root,
    matching::{Likeness, Matching, first_record},
    merge::join_sure,
    model::Model as ModelService,
    pair::{CLEARLY, ask, decided_different, waits},
    reconsider::reconsider,
    tokens::MergeStagedTokens,
};
use async_trait::async_trait;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Operation, Operator, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::IdentityEvent,
    guest::{GuestState, IdentityPlan, IdentityRun, IdentityStep, PairState, Profile},
    ids::{GuestId, IdentityRunId},
};
use hefu_identity::matching::{Calibration, Linkage, Model, Record, ScoredPair, Scorer};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Guests read at once.
const A_PAGE: i64 = 2_000;

/// Merges and questions per unit: bounds how long everybody else waits for it.
const A_UNIT: usize = 100;

/// Steps stored per unit, and guests marked as compared.
const KEPT_AT_ONCE: usize = 2_000;

/// Up to so many new guests are always compared one by one; above that, at most one in fifty. (One of them takes as long as a hundred do
/// when all are compared at once.)
const A_FEW: usize = 1_000;

/// Name frequencies are counted on so many of the newest guests.
const SAMPLE: i64 = 20_000;

/// Stage of a run, with its progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading guests: this many so far.
    Reading(usize),
    /// Comparing this many.
    Comparing(usize),
    /// Merging and asking: done and total.
    Deciding(usize, usize),
}

/// Result of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReport {
    /// Guests that were compared.
    pub guests: usize,
    /// Whether only guests created since the previous run were compared.
    pub incremental: bool,
    /// Pairs that were compared; not counted in an incremental run.
    pub compared: u64,
    /// Merges made.
    pub joined: usize,
    /// Merges not made, because a person had decided "different".
    pub kept_apart: usize,
    /// Pairs waiting for review now.
    pub asked: usize,
}

/// Quality of the identities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IdentityReport {
    /// Guests in use.
    pub guests: i64,
    /// Guests merged into another.
    pub merged: i64,
    /// Source records.
    pub sources: i64,
    /// Source records per guest in use.
    pub sources_per_guest: f64,
    /// Merges made by the model.
    pub joined_by_model: i64,
    /// Merges made by people.
    pub joined_by_person: i64,
    /// Pairs waiting for review.
    pub queue: i64,
    /// Pairs that a person decided are different.
    pub decided_different: i64,
    /// Pairs of records of one guest that the model could compare.
    pub pairs_joined: u64,
    /// Estimated share of merged pairs that are the same person (precision).
    pub precision: Option<f64>,
    /// Estimated share of the pairs of one person that are merged (recall).
    pub recall: Option<f64>,
    /// How that was estimated.
    pub method: &'static str,
}

const METHOD: &str = "Every guest is compared again under its own id, joined or not, with all others that have something in common with it, \
by the model that is learnt from them and corrected by fields that are held out. Precision: the mean probability of the pairs that are joined. Recall: the sum of the probabilities \
of joined pairs, divided by that of all pairs a person has not said are two. Pairs that have nothing in common to be found by are not \
seen, so the true recall is a little lower. If the model is wrong, so are both.";

/// A guest in the batch.
struct Seen {
    id: GuestId,
    root: GuestId,
}

/// Receives the progress of a run.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Stage) + Send + Sync>);

impl Progress {
    /// Reports to `f`.
    pub fn to(f: impl Fn(Stage) + Send + Sync + 'static) -> Self {
        Self(Arc::new(f))
    }

    /// Ignores progress.
    pub fn ignored() -> Self {
        Self::to(|_| ())
    }

    fn tell(&self, stage: Stage) {
        (self.0)(stage);
    }
}

/// Learns a model from the existing guests, without labels.
pub struct TrainModel {
    /// The share of the linked pairs that are to be right, as far as it can be estimated.
    pub precision: f64,
    /// Receives the progress.
    pub progress: Progress,
}

#[async_trait]
impl Operation for TrainModel {
    const ACTION: Action = Action::IdentityTrain;
    type Out = Model;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Model> {
        let (_, records) = seen(o, true, &self.progress).await?;
        learnt(records, self.precision).await.map(|(_, model, _)| model)
    }
}

/// Finds guests who are the same person and merges them; doubtful pairs are queued for review.
///
/// The first run compares all guests with each other, later ones compare new guests and those with additional records one by one,
/// unless they are many or `all` is requested. The findings of a full comparison are stored before they are applied, and each unit of work deletes
/// what it has done: an interrupted run resumes where it stopped.
pub struct ResolveGuests {
    /// The model to use; none: the current one, and for all guests one that is learnt from them.
    pub model: Option<Model>,
    /// The share of the linked pairs that are to be right when a model is learnt, as far as it can be estimated.
    pub precision: f64,
    /// Compare all guests, including those already compared.
    pub all: bool,
    /// Receives the progress.
    pub progress: Progress,
}

#[async_trait]
impl Operation for ResolveGuests {
    const ACTION: Action = Action::IdentityResolve;
    type Out = BatchReport;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, o: &Operator<'_>) -> Result<BatchReport> {
        let progress = &self.progress;
        o.execute(MergeStagedTokens).await?;
        let mut c = o.read().await?;
        let plans = query::identity::plans(&mut c).await?;
        if let Some(plan) = plans.iter().find(|plan| plan.whole) {
            return decide_all(o, plan.id, progress).await;
        }
        let is_first = query::identity::last_run(&mut c).await?.is_none();
        // Everybody present now is among the guests read later.
        let new = query::identity::uncompared(&mut c).await?;
        let guests = usize::try_from(query::guest::count(&mut c).await?).unwrap_or(usize::MAX);
        drop(c);
        let is_cut_off = !plans.is_empty();
        if self.all || is_first || is_cut_off || new.len() > A_FEW.max(guests / 50) {
            let plan = compare_all(o, self.model.clone(), self.precision, &new, progress).await?;
            return decide_all(o, plan, progress).await;
        }
        resolve_new(o, self.model.clone(), &new, progress).await
    }
}

/// Counts how frequent names and other values are among the guests, so that frequent values prove less at the desk; with `model` the desk
/// uses that model from now on.
#[derive(Default)]
pub struct LearnFrequencies {
    /// The model to use from now on; none: the current one.
    pub model: Option<Model>,
}

#[async_trait]
impl Operation for LearnFrequencies {
    const ACTION: Action = Action::IdentityLearn;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<()> {
        let mut c = o.read().await?;
        let vault = o.vault().clone();
        let rows = query::identity::newest(&mut c, SAMPLE).await?;
        let counts = query::guest::count(&mut c).await?;
        let ids: Vec<GuestId> = rows.iter().map(|row| row.id).collect();
        let mut sample = Vec::with_capacity(ids.len());
        for ids in ids.chunks(512) {
            let some = query::guest::records(&mut c, &vault, ids).await?;
            sample.extend(some.into_iter().map(|(guest, _)| guest.profile));
            // A desk may be waiting for this thread.
            tokio::task::yield_now().await;
        }
        drop(c);
        let model =
            self.model.clone().unwrap_or_else(|| o.service::<ModelService>().plain().as_ref().clone());
        let guests = usize::try_from(counts).unwrap_or(usize::MAX);
        let learnt = tokio::task::spawn_blocking(move || {
            Matching::of(&model, &sample, guests).map(|matching| (model, matching))
        });
        let (model, matching) = learnt.await.map_err(|_| no_model("learning stopped"))?.map_err(no_model)?;
        o.service::<ModelService>().replace(model, matching);
        Ok(())
    }
}

/// Number of guests, records and questions, and the quality of the merges.
pub struct ReportIdentity {
    /// Receives the progress.
    pub progress: Progress,
}

#[async_trait]
impl Operation for ReportIdentity {
    const ACTION: Action = Action::IdentityReport;
    type Out = IdentityReport;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, o: &Operator<'_>) -> Result<IdentityReport> {
        let (seen, records) = seen(o, true, &self.progress).await?;
        let counts = query::identity::counts(&mut o.read().await?).await?;
        let (linkage, model, calibration) = learnt(records, Model::default().precision).await?;
        let scorer = Scorer::new(&model, seen.len().max(2)).map_err(no_model)?;
        let (_, pairs) = linkage.clusters_and_pairs(&scorer);
        let (mut joined, mut sum, mut all) = (0_u64, 0.0, 0.0);
        for pair in pairs {
            let probability = calibration.probability(pair.bits, pair.veto);
            let one_guest = seen[pair.one as usize].root == seen[pair.two as usize].root;
            all += probability;
            if one_guest {
                joined += 1;
                sum += probability;
            }
        }
        let by = |automatic| counts.merges.iter().filter(|(by, _)| *by == automatic).map(|(_, n)| n).sum();
        let guests = count(&counts.guests, "active");
        Ok(IdentityReport {
            guests,
            merged: count(&counts.guests, "merged"),
            sources: counts.sources,
            sources_per_guest: counts.sources as f64 / guests.max(1) as f64,
            joined_by_model: by(true),
            joined_by_person: by(false),
            queue: count(&counts.pairs, "open"),
            decided_different: count(&counts.pairs, "different"),
            pairs_joined: joined,
            precision: (joined > 0).then(|| sum / joined as f64),
            recall: (all > 0.5).then(|| sum / all),
            method: METHOD,
        })
    }
}

/// Guests with their records, those in use or (for a report) all that are not erased. Guests of whom only a name is known are left
/// out: a name alone decides nothing.
async fn seen(o: &Operator<'_>, all: bool, progress: &Progress) -> Result<(Vec<Seen>, Vec<Record>)> {
    let mut c = o.snapshot().await?;
    let vault = o.vault().clone();
    let (mut seen, mut records, mut after) = (Vec::new(), Vec::new(), GuestId::NIL);
    loop {
        let page = query::identity::guests(&mut c, after, A_PAGE).await?;
        let Some(last) = page.last() else { return Ok((seen, records)) };
        after = last.id;
        let wanted = |state| state == GuestState::Active || all && state == GuestState::Merged;
        let ids: Vec<GuestId> = page.iter().filter(|row| wanted(row.state)).map(|row| row.id).collect();
        for (guest, into) in query::guest::records(&mut c, &vault, &ids).await? {
            if is_known(&guest.profile) {
                seen.push(Seen { id: guest.id, root: into.unwrap_or(guest.id) });
                records.push(first_record(&guest.profile));
            }
        }
        progress.tell(Stage::Reading(seen.len()));
    }
}

/// Compares all guests and stores the resulting steps. `new` are those that had not been compared before.
async fn compare_all(
    o: &Operator<'_>,
    model: Option<Model>,
    precision: f64,
    new: &[GuestId],
    progress: &Progress,
) -> Result<IdentityRunId> {
    let id: IdentityRunId = o.vault().ids.id();
    o.execute(Begin(id)).await?;
    let (seen, records) = seen(o, false, progress).await?;
    progress.tell(Stage::Comparing(seen.len()));
    let found = compared(records, model, precision).await?;
    let compared = found.compared;
    let steps = steps(id, &seen, found);
    for steps in steps.chunks(KEPT_AT_ONCE) {
        o.execute(Keep(id, steps.to_vec())).await?;
    }
    for guests in new.chunks(KEPT_AT_ONCE) {
        o.execute(Compared(guests.to_vec())).await?;
    }
    let (guests, compared) = (seen.len() as i64, compared as i64);
    o.execute(MakeWhole { id, guests, compared }).await?;
    Ok(id)
}

/// Applies the remaining findings of a comparison of all guests.
async fn decide_all(o: &Operator<'_>, id: IdentityRunId, progress: &Progress) -> Result<BatchReport> {
    let left = query::identity::steps_left(&mut o.read().await?, id).await?;
    let total = usize::try_from(left).unwrap_or(0);
    let mut done = 0;
    loop {
        let (steps, plan) = o.execute(Decide(id)).await?;
        if steps == 0 {
            let count = |n: i64| usize::try_from(n).unwrap_or(0);
            return Ok(BatchReport {
                guests: count(plan.guests),
                incremental: false,
                compared: plan.compared.unsigned_abs(),
                joined: count(plan.joined),
                kept_apart: count(plan.kept_apart),
                asked: count(plan.asked),
            });
        }
        done += steps;
        progress.tell(Stage::Deciding(done, total));
    }
}

async fn resolve_new(
    o: &Operator<'_>,
    model: Option<Model>,
    new: &[GuestId],
    progress: &Progress,
) -> Result<BatchReport> {
    let started_at = o.clock().now();
    o.operate(LearnFrequencies { model }).await?;
    let before = query::identity::counts(&mut o.read().await?).await?;
    let (mut done, mut guests) = (0, 0);
    for some in new.chunks(A_UNIT) {
        guests += o.execute(ReconsiderAll(some.to_vec())).await?;
        done += some.len();
        progress.tell(Stage::Deciding(done, new.len()));
    }
    let after = query::identity::counts(&mut o.read().await?).await?;
    let joins = |counts: &query::identity::Counts| counts.merges.iter().map(|(_, n)| n).sum::<i64>();
    let open = |counts: &query::identity::Counts| count(&counts.pairs, "open");
    let (joined, asked) = (joins(&after) - joins(&before), open(&after) - open(&before));
    let run = IdentityRun {
        id: o.vault().ids.id(),
        started_at,
        guests: guests as i64,
        joined: joined.max(0),
        asked: asked.max(0),
    };
    o.execute(Note(run)).await?;
    let more = |n: i64| usize::try_from(n).unwrap_or(0);
    let (joined, asked) = (more(joined), more(asked));
    Ok(BatchReport { guests, incremental: true, joined, asked, ..BatchReport::default() })
}

fn count(counts: &[(String, i64)], state: &str) -> i64 {
    counts.iter().filter(|(name, _)| name == state).map(|(_, n)| n).sum()
}

fn no_model(error: impl std::fmt::Display) -> AppError {
    tracing::error!(%error, "the matching model cannot be used");
    AppError::invalid((), Message::ModelUnusable)
}

/// Whether more than a name is known.
pub fn is_known(profile: &Profile) -> bool {
    profile.birth.is_some()
        || !profile.phones.is_empty()
        || !profile.emails.is_empty()
        || !profile.documents.is_empty()
}

/// Compares all records and learns a model from them, off the serving threads.
async fn learnt(records: Vec<Record>, precision: f64) -> Result<(Linkage, Model, Calibration)> {
    let done = tokio::task::spawn_blocking(move || {
        let linkage = Linkage::new(records);
        let learnt = linkage.learn(&Model { precision, ..Model::default() });
        learnt.map(|(model, calibration)| (linkage, model, calibration))
    });
    done.await.map_err(|_| no_model("learning stopped"))?.map_err(no_model)
}

/// Findings of a comparison of all guests, by index.
struct Found {
    /// Pairs to be merged, the surest first.
    joins: Vec<(u32, u32)>,
    /// Pairs for review, with the odds in bits.
    questions: Vec<(u32, u32, f64)>,
    compared: u64,
}

impl Found {
    /// The merges that form the clusters: a spanning tree of each, the surest pairs first. So a merge that a person has forbidden
    /// leaves the others as they are. A record that fits another cluster equally well is queued for review instead, as are doubtful pairs.
    fn of(records: usize, scorer: &Scorer, pairs: &[ScoredPair], compared: u64) -> Self {
        let mut rivals: HashMap<u32, f64> = HashMap::new();
        for pair in pairs.iter().filter(|pair| !pair.linked && scorer.is_for_link(pair.bits)) {
            for record in [pair.one, pair.two] {
                let best = rivals.entry(record).or_insert(pair.bits);
                *best = best.max(pair.bits);
            }
        }
        let mut joined: Vec<u32> = (0..records as u32).collect();
        let (mut joins, mut questions) = (Vec::new(), Vec::new());
        let mut asked = HashSet::new();
        for pair in pairs.iter().filter(|pair| pair.linked) {
            let (one, two) = (root_of(&mut joined, pair.one), root_of(&mut joined, pair.two));
            if one == two {
                continue;
            }
            let is_clear = |record| rivals.get(record).is_none_or(|rival| *rival <= pair.bits - CLEARLY);
            if is_clear(&pair.one) && is_clear(&pair.two) {
                joined[two as usize] = one;
                joins.push((pair.one, pair.two));
            } else if asked.insert((one.min(two), one.max(two))) {
                questions.push((pair.one, pair.two, pair.bits));
            }
        }
        let doubtful = pairs.iter().filter(|pair| !pair.linked && scorer.is_for_review(pair.bits));
        questions.extend(doubtful.map(|pair| (pair.one, pair.two, pair.bits)));
        Self { joins, questions, compared }
    }
}

async fn compared(records: Vec<Record>, model: Option<Model>, precision: f64) -> Result<Found> {
    let done = tokio::task::spawn_blocking(move || {
        let count = records.len();
        let linkage = Linkage::new(records);
        let model = match model {
            Some(model) => model,
            None => linkage.train(&Model { precision, ..Model::default() })?,
        };
        let scorer = Scorer::new(&model, count.max(2))?;
        let (_, pairs) = linkage.clusters_and_pairs(&scorer);
        Ok(Found::of(count, &scorer, &pairs, linkage.compared()))
    });
    let found: std::result::Result<Found, hefu_identity::matching::ModelError> =
        done.await.map_err(|_| no_model("comparing stopped"))?;
    found.map_err(no_model)
}

/// The records a record has been merged with so far.
fn root_of(joined: &mut [u32], record: u32) -> u32 {
    let mut at = record;
    while joined[at as usize] != at {
        joined[at as usize] = joined[joined[at as usize] as usize];
        at = joined[at as usize];
    }
    at
}

/// The steps for the findings: first the merges, then the questions.
fn steps(plan_id: IdentityRunId, seen: &[Seen], found: Found) -> Vec<IdentityStep> {
    let joins = found.joins.iter().map(|(one, two)| (seen[*one as usize].id, seen[*two as usize].id, None));
    let questions = found.questions.iter().map(|(one, two, bits)| {
        let likeness = Likeness::of_bits(*bits);
        (seen[*one as usize].id, seen[*two as usize].id, Some(likeness.thousandths()))
    });
    let steps = (1..).zip(joins.chain(questions));
    steps.map(|(place, (one, two, score))| IdentityStep { plan_id, place, one, two, score }).collect()
}

struct Note(IdentityRun);

#[async_trait]
impl Command for Note {
    const ACTION: Action = Action::IdentityStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        note(u, &self.0).await
    }
}

async fn note(u: &mut Unit<'_>, run: &IdentityRun) -> Result<()> {
    u.tx.insert(run).await?;
    u.record(About::Chain("identity_run", run.id.uuid()), IdentityEvent::from(run)).await
}

/// Starts a comparison of all guests, replacing any that was interrupted before all its findings were stored.
struct Begin(IdentityRunId);

#[async_trait]
impl Command for Begin {
    const ACTION: Action = Action::IdentityStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        for plan in query::identity::plans(u.tx).await?.iter().filter(|plan| !plan.whole) {
            query::identity::steps_done(u.tx, plan.id, i64::MAX).await?;
            u.tx.delete(plan).await?;
        }
        let plan = IdentityPlan {
            id: self.0,
            started_at: u.now,
            whole: false,
            guests: 0,
            compared: 0,
            joined: 0,
            kept_apart: 0,
            asked: 0,
            version: 1,
        };
        u.tx.insert(&plan).await?;
        u.record(About::Chain("identity_run", self.0.uuid()), IdentityEvent::Begin {}).await
    }
}

/// An unfinished comparison.
async fn plan(u: &mut Unit<'_>, id: IdentityRunId) -> Result<IdentityPlan> {
    let plans = query::identity::plans(u.tx).await?;
    plans
        .into_iter()
        .find(|plan| plan.id == id)
        .ok_or_else(|| RuleError::new(Rule::WrongState, (), Message::IdentityRunEnded).into())
}

/// Stores steps of a comparison.
struct Keep(IdentityRunId, Vec<IdentityStep>);

#[async_trait]
impl Command for Keep {
    const ACTION: Action = Action::IdentityStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let Self(id, steps) = self;
        plan(u, *id).await?;
        u.tx.insert_all(steps).await?;
        let event = IdentityEvent::Keep { steps: steps.len() as i64 };
        u.record(About::Chain("identity_run", id.uuid()), event).await
    }
}

/// Marks these guests as compared. If the run is interrupted after that and before its plan is complete, the next one compares all.
struct Compared(Vec<GuestId>);

#[async_trait]
impl Command for Compared {
    const ACTION: Action = Action::IdentityStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        Ok(query::identity::compared(u.tx, &self.0).await?)
    }
}

/// Records that all steps of a comparison are stored.
struct MakeWhole {
    id: IdentityRunId,
    guests: i64,
    compared: i64,
}

#[async_trait]
impl Command for MakeWhole {
    const ACTION: Action = Action::IdentityStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let mut plan = plan(u, self.id).await?;
        (plan.whole, plan.guests, plan.compared) = (true, self.guests, self.compared);
        u.tx.update(&mut plan).await?;
        u.record(About::Chain("identity_run", self.id.uuid()), IdentityEvent::planned(&plan)).await
    }
}

/// Applies the next steps of a comparison, or ends it when there are none. Returns how many there were, and the plan.
struct Decide(IdentityRunId);

#[async_trait]
impl Command for Decide {
    const ACTION: Action = Action::IdentityStep;
    type Out = (usize, IdentityPlan);

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<(usize, IdentityPlan)> {
        let mut plan = plan(u, self.0).await?;
        let steps = query::identity::steps(u.tx, plan.id, A_UNIT as i64).await?;
        let Some(last) = steps.last() else {
            u.tx.delete(&plan).await?;
            let IdentityPlan { id, started_at, guests, joined, asked, .. } = plan;
            note(u, &IdentityRun { id, started_at, guests, joined, asked }).await?;
            return Ok((0, plan));
        };
        for step in &steps {
            match decide(u, step).await? {
                Decided::Joined => plan.joined += 1,
                Decided::KeptApart => plan.kept_apart += 1,
                Decided::Asked => plan.asked += 1,
                Decided::Nothing => {}
            }
        }
        query::identity::steps_done(u.tx, plan.id, last.place).await?;
        u.tx.update(&mut plan).await?;
        u.record(About::Chain("identity_run", plan.id.uuid()), IdentityEvent::decided(&plan)).await?;
        Ok((steps.len(), plan))
    }
}

/// Outcome of a step.
enum Decided {
    Joined,
    KeptApart,
    Asked,
    /// It had already been decided.
    Nothing,
}

async fn decide(u: &mut Unit<'_>, step: &IdentityStep) -> Result<Decided> {
    // Somebody may have merged or erased one of them in the meantime.
    let (Ok(one), Ok(two)) = (root(u, step.one).await, root(u, step.two).await) else {
        return Ok(Decided::Nothing);
    };
    if one.id == two.id {
        return Ok(Decided::Nothing);
    }
    if decided_different(u.tx, one.id, two.id).await? {
        return Ok(if step.score.is_none() { Decided::KeptApart } else { Decided::Nothing });
    }
    let pair = query::identity::pair(u.tx, one.id, two.id).await?;
    let is_asked = pair.is_some_and(|pair| pair.state != PairState::Settled);
    match step.score {
        None => {
            let matching = u.service::<ModelService>().matching();
            let likeness = matching.likeness(&matching.prepare(&one.profile), &two.profile);
            if waits(u.tx, &matching, (one.id, two.id), likeness.bits).await? {
                return Ok(Decided::Nothing);
            }
            Ok(match join_sure(u, &one, &two).await? {
                Some(_) => Decided::Joined,
                None if is_asked => Decided::Nothing,
                None => Decided::Asked,
            })
        }
        Some(_) if is_asked => Ok(Decided::Nothing),
        Some(score) => {
            ask(u, one.id, two.id, &Likeness::of_bits(score as f64 / 1_000.0)).await?;
            Ok(Decided::Asked)
        }
    }
}

/// Compares guests with new information again; see [`reconsider`]. Returns how many are left.
struct ReconsiderAll(Vec<GuestId>);

#[async_trait]
impl Command for ReconsiderAll {
    const ACTION: Action = Action::IdentityStep;
    type Out = usize;

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<usize> {
        let mut guests = 0;
        for guest in &self.0 {
            if root(u, *guest).await.is_ok() {
                reconsider(u, *guest).await?;
                guests += 1;
            }
        }
        query::identity::compared(u.tx, &self.0).await?;
        Ok(guests)
    }
}
