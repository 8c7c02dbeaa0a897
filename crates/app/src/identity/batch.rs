//! All guests at once: who is one person among those that came by import or before anybody looked, learning a model from them, and how
//! good it all is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hefu_domain::{
    guest::{GuestState, IdentityRun, Profile},
    ids::GuestId,
};
use hefu_identity::matching::{Linkage, Model, Record, Scorer};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Likeness, Matching, ask,
    matching::first_record,
    merge::{decided_different, join},
    review::reconsider,
};
use crate::{About, App, AppError, Command, Ctx, Result, Unit};

/// Guests that are read at once.
const A_PAGE: i64 = 2_000;
/// Joins and questions of one unit: bounds how long everybody else waits for it.
const A_UNIT: usize = 100;
/// So many of the newest guests tell how frequent names are.
const SAMPLE: i64 = 20_000;

/// What a run is doing, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading guests: so many so far.
    Reading(usize),
    /// Comparing so many.
    Comparing(usize),
    /// Joining and asking: so many of so many done.
    Deciding(usize, usize),
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchReport {
    /// Guests that were looked at.
    pub guests: usize,
    /// Only those made since the run before were.
    pub incremental: bool,
    /// Pairs that were compared; of an incremental run not counted.
    pub compared: u64,
    /// Joins that were made.
    pub joined: usize,
    /// Joins that were not made, because a person had said that they are two.
    pub kept_apart: usize,
    /// Pairs that are left to a person now.
    pub asked: usize,
}

/// How good the identities are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IdentityReport {
    /// Guests in use.
    pub guests: i64,
    /// Guests that are read as another.
    pub merged: i64,
    /// Source records.
    pub sources: i64,
    /// Source records for each guest in use.
    pub sources_per_guest: f64,
    /// Joins that the model made.
    pub joined_by_model: i64,
    /// Joins that a person made.
    pub joined_by_person: i64,
    /// Pairs that wait for a person.
    pub queue: i64,
    /// Pairs that a person said are two.
    pub decided_different: i64,
    /// Pairs of records of one guest that the model could compare.
    pub pairs_joined: u64,
    /// Estimated share of joined pairs that are one person.
    pub precision: Option<f64>,
    /// Estimated share of the pairs of one person that are joined.
    pub recall: Option<f64>,
    /// How that was estimated.
    pub method: &'static str,
}

const METHOD: &str = "Every guest is compared again under its own id, joined or not, with all others that have something in common with it, \
by the model that is learnt from them. Precision: the mean probability of the pairs that are joined. Recall: the sum of the probabilities \
of joined pairs, divided by that of all pairs a person has not said are two. Pairs that have nothing in common to be found by are not \
seen, so the true recall is a little lower. If the model is wrong, so are both.";

/// A guest as the batch sees it.
struct Seen {
    id: GuestId,
    root: GuestId,
}

impl App {
    /// Guests with their records, those in use or (for a report) all that are not erased. Those of whom nothing but a name is known are left
    /// out: a name alone decides nothing.
    async fn seen(
        &self,
        all: bool,
        mut progress: impl FnMut(Stage) + Send,
    ) -> Result<(Vec<Seen>, Vec<Record>)> {
        let mut c = self.store().snapshot().await?;
        let vault = self.store().vault().clone();
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
            progress(Stage::Reading(seen.len()));
        }
    }

    /// Learns a model from the guests there are, without labels.
    ///
    /// # Errors
    /// The database fails.
    pub async fn train_model(&self, progress: impl FnMut(Stage) + Send) -> Result<Model> {
        let (_, records) = self.seen(true, progress).await?;
        learnt(records).await.map(|(_, model)| model)
    }

    /// Finds guests who are one person and joins them; where it is in doubt, a person is asked. Each unit of work stands for itself: a run that
    /// is cut off has done what it has done, and the next does the rest. After a whole run the next one looks at guests made since, unless
    /// `all` is wanted.
    ///
    /// # Errors
    /// The database fails; `model` is no model.
    pub async fn resolve_guests(
        &self,
        ctx: Ctx,
        model: Option<Model>,
        all: bool,
        mut progress: impl FnMut(Stage) + Send,
    ) -> Result<BatchReport> {
        let started_at = self.clock().now();
        self.execute(ctx.clone(), crate::import::SortIn).await?;
        let last = query::identity::last_run(&mut self.store().read().await?).await?;
        let report = match last.filter(|_| !all) {
            Some(last) => self.resolve_new(&ctx, model, last.started_at, &mut progress).await?,
            None => self.resolve_all(&ctx, model, &mut progress).await?,
        };
        let run = IdentityRun {
            id: self.store().ids().id(),
            started_at,
            guests: report.guests as i64,
            joined: report.joined as i64,
            asked: report.asked as i64,
        };
        self.execute(ctx, Note(run)).await?;
        Ok(report)
    }

    async fn resolve_all(
        &self,
        ctx: &Ctx,
        model: Option<Model>,
        progress: &mut (impl FnMut(Stage) + Send),
    ) -> Result<BatchReport> {
        let (seen, records) = self.seen(false, &mut *progress).await?;
        progress(Stage::Comparing(seen.len()));
        let guests = seen.len();
        let found = compared(records, model).await?;
        let mut clusters: HashMap<u32, Vec<GuestId>> = HashMap::new();
        for (place, cluster) in found.clusters.iter().enumerate() {
            clusters.entry(*cluster).or_default().push(seen[place].id);
        }
        // In the order of their ids, so that a run that was cut off and the next do the same.
        let mut clusters: Vec<Vec<GuestId>> = clusters.into_values().filter(|ids| ids.len() > 1).collect();
        clusters.iter_mut().for_each(|ids| ids.sort_unstable());
        clusters.sort_unstable();
        let questions: Vec<(GuestId, GuestId, f64)> = found
            .reviews
            .iter()
            .map(|(one, two, bits)| (seen[*one as usize].id, seen[*two as usize].id, *bits))
            .collect();
        let mut report = BatchReport { guests, compared: found.compared, ..BatchReport::default() };
        let total = clusters.len() + questions.len();
        let mut done = 0;
        for clusters in clusters.chunks(A_UNIT) {
            let (joined, apart) = self.execute(ctx.clone(), JoinAll(clusters.to_vec())).await?;
            (report.joined, report.kept_apart) = (report.joined + joined, report.kept_apart + apart);
            done += clusters.len();
            progress(Stage::Deciding(done, total));
        }
        for questions in questions.chunks(A_UNIT) {
            report.asked += self.execute(ctx.clone(), AskAll(questions.to_vec())).await?;
            done += questions.len();
            progress(Stage::Deciding(done, total));
        }
        Ok(report)
    }

    async fn resolve_new(
        &self,
        ctx: &Ctx,
        model: Option<Model>,
        since: DateTime<Utc>,
        progress: &mut (impl FnMut(Stage) + Send),
    ) -> Result<BatchReport> {
        self.learn_frequencies(model.as_ref()).await?;
        // Ids begin with the moment they were made at.
        let mut after = GuestId::from_uuid(first_id_at(since));
        let mut new = Vec::new();
        loop {
            let page = query::identity::guests(&mut self.store().read().await?, after, A_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            new.extend(page.iter().filter(|row| row.state == GuestState::Active).map(|row| row.id));
            progress(Stage::Reading(new.len()));
        }
        let before = query::identity::counts(&mut self.store().read().await?).await?;
        let mut done = 0;
        for guests in new.chunks(A_UNIT) {
            self.execute(ctx.clone(), ReconsiderAll(guests.to_vec())).await?;
            done += guests.len();
            progress(Stage::Deciding(done, new.len()));
        }
        let after = query::identity::counts(&mut self.store().read().await?).await?;
        let joins = |counts: &query::identity::Counts| counts.merges.iter().map(|(_, n)| n).sum::<i64>();
        let open = |counts: &query::identity::Counts| count(&counts.pairs, "open");
        let more = |after: i64, before: i64| usize::try_from(after - before).unwrap_or(0);
        Ok(BatchReport {
            guests: new.len(),
            incremental: true,
            joined: more(joins(&after), joins(&before)),
            asked: more(open(&after), open(&before)),
            ..BatchReport::default()
        })
    }

    /// Looks how frequent names and other values are among the guests, so that a frequent one proves less at the desk; with `model` the desk
    /// decides by that from now on.
    ///
    /// # Errors
    /// The database fails; `model` is no model.
    pub async fn learn_frequencies(&self, model: Option<&Model>) -> Result<()> {
        let mut c = self.store().read().await?;
        let vault = self.store().vault().clone();
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
        let model = model.cloned().unwrap_or_else(|| self.model.load().as_ref().clone());
        let guests = usize::try_from(counts).unwrap_or(usize::MAX);
        let learnt = tokio::task::spawn_blocking(move || {
            Matching::of(&model, &sample, guests).map(|matching| (model, matching))
        });
        let (model, matching) = learnt.await.map_err(|_| no_model("learning stopped"))?.map_err(no_model)?;
        self.model.store(std::sync::Arc::new(model));
        self.matching.store(std::sync::Arc::new(matching));
        Ok(())
    }

    /// How many guests, records and questions there are, and how good the joins are.
    ///
    /// # Errors
    /// The database fails.
    pub async fn identity_report(&self, progress: impl FnMut(Stage) + Send) -> Result<IdentityReport> {
        let (seen, records) = self.seen(true, progress).await?;
        let counts = query::identity::counts(&mut self.store().read().await?).await?;
        let (linkage, model) = learnt(records).await?;
        let scorer = Scorer::new(&model, seen.len().max(2)).map_err(no_model)?;
        let (_, pairs) = linkage.clusters_and_pairs(&scorer);
        let (mut joined, mut sum, mut all) = (0_u64, 0.0, 0.0);
        for pair in pairs {
            let probability = 1.0 / (1.0 + (-pair.bits).exp2());
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

fn count(counts: &[(String, i64)], state: &str) -> i64 {
    counts.iter().filter(|(name, _)| name == state).map(|(_, n)| n).sum()
}

fn no_model(error: impl ToString) -> AppError {
    AppError::invalid("model", error.to_string())
}

/// Whether anything but a name is known.
pub(crate) fn is_known(profile: &Profile) -> bool {
    profile.birth.is_some()
        || !profile.phones.is_empty()
        || !profile.emails.is_empty()
        || !profile.documents.is_empty()
}

/// The smallest UUIDv7 of a moment.
fn first_id_at(moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(u128::from(millis) << 80)
}

/// Compares all records and learns a model from them, away from the threads that serve.
async fn learnt(records: Vec<Record>) -> Result<(Linkage, Model)> {
    let done = tokio::task::spawn_blocking(move || {
        let linkage = Linkage::new(records);
        linkage.train(&Model::default()).map(|model| (linkage, model))
    });
    done.await.map_err(|_| no_model("learning stopped"))?.map_err(no_model)
}

/// What comparing all guests found.
struct Found {
    clusters: Vec<u32>,
    reviews: Vec<(u32, u32, f64)>,
    compared: u64,
}

async fn compared(records: Vec<Record>, model: Option<Model>) -> Result<Found> {
    let done = tokio::task::spawn_blocking(move || {
        let count = records.len();
        let linkage = Linkage::new(records);
        let model = match model {
            Some(model) => model,
            None => linkage.train(&Model::default())?,
        };
        let scorer = Scorer::new(&model, count.max(2))?;
        let (clusters, pairs) = linkage.clusters_and_pairs(&scorer);
        let doubtful = pairs.iter().filter(|pair| !pair.linked && scorer.is_for_review(pair.bits));
        let reviews = doubtful.map(|pair| (pair.one, pair.two, pair.bits)).collect();
        Ok(Found { clusters, reviews, compared: linkage.compared() })
    });
    let found: std::result::Result<Found, hefu_identity::matching::ModelError> =
        done.await.map_err(|_| no_model("comparing stopped"))?;
    found.map_err(no_model)
}

struct Note(IdentityRun);

impl Command for Note {
    type Out = ();

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        u.tx.insert(&self.0).await?;
        u.journal("identity.resolve", About::Chain("identity_run", self.0.id.uuid()), json!(self.0)).await
    }
}

/// Joins each of these groups into its first guest. Answers how many joins were made, and how many not because a person had said that they
/// are two.
struct JoinAll(Vec<Vec<GuestId>>);

impl Command for JoinAll {
    type Out = (usize, usize);

    async fn run(&self, u: &mut Unit<'_>) -> Result<(usize, usize)> {
        let (mut joined, mut apart) = (0, 0);
        for group in &self.0 {
            let Some((first, others)) = group.split_first() else { continue };
            for other in others {
                // Somebody may have joined or erased one of them meanwhile.
                let (Ok(first), Ok(other)) = (super::root(u, *first).await, super::root(u, *other).await)
                else {
                    continue;
                };
                if first.id == other.id {
                    continue;
                }
                if decided_different(u.tx, first.id, other.id).await? {
                    apart += 1;
                    continue;
                }
                join(u, first.id.min(other.id), first.id.max(other.id), true).await?;
                joined += 1;
            }
        }
        Ok((joined, apart))
    }
}

/// Leaves pairs to a person, with their odds in bits. Answers how many questions are new.
struct AskAll(Vec<(GuestId, GuestId, f64)>);

impl Command for AskAll {
    type Out = usize;

    async fn run(&self, u: &mut Unit<'_>) -> Result<usize> {
        let mut asked = 0;
        for (one, two, bits) in &self.0 {
            let (Ok(one), Ok(two)) = (super::root(u, *one).await, super::root(u, *two).await) else {
                continue;
            };
            if one.id == two.id || query::identity::pair(u.tx, one.id, two.id).await?.is_some() {
                continue;
            }
            if decided_different(u.tx, one.id, two.id).await? {
                continue;
            }
            ask(u, one.id, two.id, &Likeness::of_bits(*bits)).await?;
            asked += 1;
        }
        Ok(asked)
    }
}

/// Looks at new guests again; see [`reconsider`].
struct ReconsiderAll(Vec<GuestId>);

impl Command for ReconsiderAll {
    type Out = ();

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        for guest in &self.0 {
            if super::root(u, *guest).await.is_ok() {
                reconsider(u, *guest).await?;
            }
        }
        Ok(())
    }
}
