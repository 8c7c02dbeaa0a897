//! The guests of a batch. They are recognised as at the desk, by the same keys and the same model; for a batch together, so that
//! only rows with candidates are processed one by one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use hefu_domain::{
    Message, Rule, RuleError,
    event::GuestEvent,
    golden::Source,
    guest::{GuestPair, PairState, Profile},
    ids::GuestId,
};
use hefu_kernel::Ids;
use hefu_store::{
    Conn, SourceProfile, Vault,
    query::{self, guest::SearchKey},
};

use crate::incoming::{IncomingGuest, IncomingRow};
use hefu_core::{About, App, AppError, Result, Unit};
use hefu_people::{
    batch::is_known,
    candidate::{Candidate, UNDER_A_KEY, closest, is_match_key, judged, match_keys, sure, under_keys},
    cluster::cluster_members,
    golden::{golden_of, put_source, refresh, sources_of},
    matching::{Among, Matching},
    model::Model,
    profile::{GuestInput, SourceRef},
    reconsider::reconsider,
};
use hefu_store::Store;

/// System and key of a source record.
type SourceKey = (String, String);

/// A guest of a batch: the index of the row, and of the guest in it.
pub(crate) type At = (usize, usize);

/// Maximum number of questions about a new guest, the likeliest: a history is imported without anybody waiting to answer.
const ASKED: usize = 3;

impl IncomingGuest {
    fn source(&self) -> SourceKey {
        (self.system.clone(), self.external_id.clone())
    }

    /// Whether candidates for the same person are looked up. A name alone decides nothing, and a history of names only would ask
    /// about everybody.
    fn is_looked_up(&self) -> bool {
        self.recognise && is_known(&self.profile)
    }
}

/// A source record that is known, or was read earlier in the batch.
struct Told {
    guest: GuestId,
    /// Its content; none for an erased guest.
    says: Option<Vec<u8>>,
    /// Its index among the batch's new records.
    place: Option<usize>,
}

/// A new guest of the batch.
struct NewGuest {
    subject: usize,
    id: GuestId,
    at: At,
    /// The candidates looked at before it was created; none if none were looked for.
    looked_at: Option<Vec<GuestId>>,
}

/// A question about a new guest for review.
struct Question {
    guest: GuestId,
    other: GuestId,
    /// The odds in thousandths of a bit.
    score: i64,
    /// The evidence as a code.
    evidence: String,
}

/// The changes of a batch to guests.
#[derive(Default)]
pub(crate) struct Changes {
    new: Vec<NewGuest>,
    /// New source records: subject, guest, where it stands.
    sources: Vec<(usize, GuestId, At)>,
    /// Source records with changed content: guest and where it stands.
    replaced: BTreeMap<SourceKey, (GuestId, At)>,
    /// How often a source record had changed content.
    changed: i64,
    /// Guests with an additional or changed record, and whether that changes their data.
    enriched: BTreeMap<GuestId, bool>,
    questions: Vec<Question>,
}

/// The guests of a batch being planned.
pub(crate) struct Guests {
    vault: Arc<Vault>,
    matching: Arc<Matching>,
    ids: Ids,
    now: DateTime<Utc>,
    told: HashMap<SourceKey, Told>,
    /// Candidates under the keys of the current rows.
    holders: HashMap<SearchKey, Vec<GuestId>>,
    present: Present,
    pub changes: Changes,
}

impl Guests {
    pub(crate) fn new(app: &App, store: &Store) -> Self {
        Self {
            vault: store.vault().clone(),
            matching: app.service::<Model>().matching(),
            ids: store.ids().clone(),
            now: app.clock().now(),
            told: HashMap::new(),
            holders: HashMap::new(),
            present: Present::default(),
            changes: Changes::default(),
        }
    }

    /// Looks up what is known about these rows' guests.
    pub(crate) async fn look_up(&mut self, c: &mut Conn, rows: &[IncomingRow]) -> Result<()> {
        let records = || rows.iter().flat_map(IncomingRow::guests);
        let mut asked: HashMap<&str, Vec<String>> = HashMap::new();
        for record in records() {
            asked.entry(&record.system).or_default().push(record.external_id.clone());
        }
        for (system, external_ids) in asked {
            for (id, known) in query::import::known_sources(c, &self.vault, system, &external_ids).await? {
                // What the batch said about it earlier is newer.
                let told = Told { guest: known.guest, says: known.record, place: None };
                self.told.entry((system.to_owned(), id)).or_insert(told);
            }
        }
        let strangers = records().filter(|record| !self.told.contains_key(&record.source()));
        self.holders = holders(c, &self.vault, strangers).await?;
        Ok(())
    }

    /// The guest of a row: the one its source is linked to, the one the model is sure of, or a new one.
    pub(crate) async fn of(
        &mut self,
        c: &mut Conn,
        subject: usize,
        at: At,
        record: &IncomingGuest,
    ) -> Result<GuestId> {
        if let Some(known) = self.known(c, at, record).await? {
            return Ok(known);
        }
        let (mut likely, mut looked_at) = (Vec::new(), None);
        if record.is_looked_up() {
            let (ids, places) = (under(&self.holders, record), self.present.under(record));
            if !ids.is_empty() || !places.is_empty() {
                let beside: Vec<&Profile> =
                    places.iter().map(|place| &self.present.guests[*place].profile).collect();
                let (found, among) =
                    judged(c, &self.vault, &self.matching, &record.profile, &ids, &beside).await?;
                likely = self.present.likely(&self.matching, &among, places, found);
            }
            looked_at = Some(ids);
        }
        let questions = &self.changes.questions;
        let asked = |pair| questions.iter().any(|asked| GuestPair::ordered(asked.guest, asked.other) == pair);
        let sure = sure(c, &self.matching, &likely, asked).await?.map(|sure| sure.guest);
        let guest = match sure {
            Some(sure) => closest(c, &self.vault, &self.matching, sure, &record.profile).await?,
            None => {
                let guest: GuestId = self.ids.id();
                self.changes.new.push(NewGuest { subject, id: guest, at, looked_at });
                self.ask(guest, likely);
                guest
            }
        };
        self.add_source(c, subject, at, record, guest, sure.is_some()).await?;
        Ok(guest)
    }

    /// Adds a new source record of a guest, who `is_known` or is new in the batch.
    async fn add_source(
        &mut self,
        c: &mut Conn,
        subject: usize,
        at: At,
        record: &IncomingGuest,
        guest: GuestId,
        is_known: bool,
    ) -> Result<()> {
        let place = Some(self.changes.sources.len());
        self.changes.sources.push((subject, guest, at));
        self.told.insert(record.source(), Told { guest, says: Some(record.record.clone()), place });
        let is_news = self.is_present(c, guest, record).await?;
        if is_known {
            *self.changes.enriched.entry(guest).or_default() |= is_news;
        }
        Ok(())
    }

    /// The booking of a row still belongs to this guest, and its data about the guest may be new: stored as an additional source record, or replacing
    /// the same record.
    pub(crate) async fn still(
        &mut self,
        c: &mut Conn,
        subject: usize,
        at: At,
        record: &IncomingGuest,
        guest: GuestId,
    ) -> Result<()> {
        if self.known(c, at, record).await?.is_some() || !record.recognise {
            return Ok(());
        }
        self.add_source(c, subject, at, record, guest, true).await
    }

    /// The guest of a known source record. If its content has changed, the new content applies from now on.
    pub(crate) async fn known(
        &mut self,
        c: &mut Conn,
        at: At,
        record: &IncomingGuest,
    ) -> Result<Option<GuestId>> {
        let Some(told) = self.told.get_mut(&record.source()) else { return Ok(None) };
        let guest = told.guest;
        if told.says.as_ref().is_none_or(|says| *says == record.record) {
            return Ok(Some(guest));
        }
        told.says = Some(record.record.clone());
        self.changes.changed += 1;
        match told.place {
            Some(place) => self.changes.sources[place].2 = at,
            None => {
                self.changes.replaced.insert(record.source(), (guest, at));
            }
        }
        let is_news = self.is_present(c, guest, record).await?;
        *self.changes.enriched.entry(guest).or_default() |= is_news;
        Ok(Some(guest))
    }

    fn ask(&mut self, guest: GuestId, likely: Vec<Candidate>) {
        let mut asked = HashSet::new();
        let others = likely.into_iter().filter(|likely| asked.insert(likely.guest)).take(ASKED);
        self.changes.questions.extend(others.map(|Candidate { guest: other, likeness, .. }| Question {
            guest,
            other,
            score: likeness.thousandths(),
            evidence: likeness.code,
        }));
    }

    /// Returns whether the record changes the guest's data.
    async fn is_present(&mut self, c: &mut Conn, guest: GuestId, record: &IncomingGuest) -> Result<bool> {
        if !record.recognise {
            return Ok(true);
        }
        let (system, external_id) = record.source();
        let source = Source {
            guest,
            system,
            external_id,
            received_at: self.now,
            edited: false,
            share: None,
            profile: record.profile.clone(),
        };
        let is_new = self.changes.new.last().is_some_and(|new| new.id == guest);
        self.present.add(c, &self.vault, source, is_new).await
    }
}

/// Candidates under the keys of these records, by key; keys without candidates are left out.
async fn holders<'a>(
    c: &mut Conn,
    vault: &Vault,
    records: impl Iterator<Item = &'a IncomingGuest>,
) -> Result<HashMap<SearchKey, Vec<GuestId>>> {
    let keys: HashSet<&SearchKey> = records
        .filter(|record| record.is_looked_up())
        .flat_map(|record| record.keys.iter().filter(|key| is_match_key(key)))
        .collect();
    let carried = query::import::carried(c, vault, keys.into_iter().cloned().collect()).await?;
    let guests = under_keys(c, vault, &carried).await?;
    Ok(carried.into_iter().zip(guests).collect())
}

/// The candidates for a record, each once.
fn under(holders: &HashMap<SearchKey, Vec<GuestId>>, record: &IncomingGuest) -> Vec<GuestId> {
    let mut ids: Vec<GuestId> =
        record.keys.iter().filter_map(|key| holders.get(key)).flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Guests that the batch creates or has new data for, in their current state: later rows are compared with that.
#[derive(Default)]
struct Present {
    guests: Vec<PresentGuest>,
    /// Their indexes by id, also of guests merged into them.
    places: HashMap<GuestId, usize>,
    by_key: HashMap<SearchKey, BTreeSet<usize>>,
}

struct PresentGuest {
    id: GuestId,
    sources: Vec<Source>,
    profile: Profile,
}

impl Present {
    /// Adds a record of a guest, or replaces the same record. Returns whether that changes the guest's data: not if
    /// another record has the same content.
    async fn add(&mut self, c: &mut Conn, vault: &Vault, source: Source, is_new: bool) -> Result<bool> {
        let was_present = self.places.contains_key(&source.guest);
        let place = match self.places.get(&source.guest) {
            Some(place) => *place,
            None => {
                let known = if is_new { None } else { query::guest::find(c, vault, source.guest).await? };
                let id = known.map_or(source.guest, |known| known.id);
                let ids = if is_new { vec![id] } else { cluster_members(c, id).await? };
                let sources = if is_new { Vec::new() } else { sources_of(c, vault, &ids).await? };
                let place = self.guests.len();
                self.guests.push(PresentGuest { id, sources, profile: Profile::default() });
                self.places.extend(ids.into_iter().map(|id| (id, place)));
                place
            }
        };
        let guest = &mut self.guests[place];
        let before = guest.sources.len();
        guest
            .sources
            .retain(|known| (&known.system, &known.external_id) != (&source.system, &source.external_id));
        let replaces = guest.sources.len() < before;
        let is_news = replaces || !guest.sources.iter().any(|known| known.profile == source.profile);
        // The booker of a whole tour occurs in thousands of rows, with the same content.
        if was_present && !is_news {
            return Ok(false);
        }
        guest.sources.push(source);
        guest.profile = golden_of(&guest.sources).profile;
        for key in match_keys(&guest.profile) {
            self.by_key.entry(key).or_default().insert(place);
        }
        Ok(is_news)
    }

    /// The indexes of those with a key in common with a record.
    fn under(&self, record: &IncomingGuest) -> BTreeSet<usize> {
        let keys = record.keys.iter().filter(|key| is_match_key(key));
        let places = keys.filter_map(|key| self.by_key.get(key));
        places.flat_map(|places| places.iter().rev().take(UNDER_A_KEY)).copied().collect()
    }

    /// Candidates for a record, the likeliest first: those of `found` in their stored state, and those `present` in their current state.
    fn likely(
        &self,
        matching: &Matching,
        among: &Among,
        mut places: BTreeSet<usize>,
        found: Vec<Candidate>,
    ) -> Vec<Candidate> {
        let mut likely = Vec::new();
        for candidate in found {
            match self.places.get(&candidate.guest) {
                Some(place) => {
                    places.insert(*place);
                }
                None => likely.push(candidate),
            }
        }
        likely.extend(places.into_iter().filter_map(|place| {
            let PresentGuest { id, profile, .. } = &self.guests[place];
            let likeness = matching.likeness_among(among, profile);
            let candidate =
                Candidate { found: *id, guest: *id, version: None, profile: profile.clone(), likeness };
            candidate.likeness.verdict.is_worth_asking().then_some(candidate)
        }));
        likely.sort_by(Candidate::by_likeness);
        likely
    }
}

fn guest_at(rows: &[IncomingRow], (row, nth): At) -> Option<&IncomingGuest> {
    rows[row].guests().get(nth)
}

impl Changes {
    /// How many guests are new.
    pub(crate) const fn made(&self) -> usize {
        self.new.len()
    }

    /// How many guests are to be compared again.
    pub(crate) fn enriched(&self) -> usize {
        self.enriched.len()
    }

    /// How often a source record had changed content.
    pub(crate) const fn changed(&self) -> i64 {
        self.changed
    }

    /// How many questions are left for review.
    pub(crate) const fn asked(&self) -> usize {
        self.questions.len()
    }

    /// Prevents others from creating a guest until the unit ends, and checks whether a possible match of the new guests was created or changed since the
    /// plan. Comes first in the unit.
    ///
    /// # Errors
    /// [`Rule::Exists`] if there was one: the batch is to be planned again.
    pub(crate) async fn look_again(&self, u: &mut Unit<'_>, rows: &[IncomingRow]) -> Result<()> {
        let looked_up: Vec<(&IncomingGuest, &[GuestId])> = self
            .new
            .iter()
            .filter_map(|new| Some((guest_at(rows, new.at)?, new.looked_at.as_deref()?)))
            .collect();
        if looked_up.is_empty() {
            return Ok(());
        }
        query::identity::lock_out(u.tx).await?;
        query::guest::merge_staged_tokens(u.tx).await?;
        let (vault, matching) = (u.tx.vault().clone(), u.service::<Model>().matching());
        let holders = holders(u.tx, &vault, looked_up.iter().map(|(record, _)| *record)).await?;
        for (record, looked_at) in looked_up {
            let mut ids = under(&holders, record);
            ids.retain(|id| looked_at.binary_search(id).is_err());
            if ids.is_empty() {
                continue;
            }
            let (found, _) = judged(u.tx, &vault, &matching, &record.profile, &ids, &[]).await?;
            if !found.is_empty() {
                // The batch is planned again: nobody reads this.
                return Err(RuleError::new(Rule::Exists, (), Message::Conflict).into());
            }
        }
        Ok(())
    }

    /// Writes new guests and records, to be bound by the journal entries of their bookings.
    pub(crate) async fn write(&self, u: &mut Unit<'_>, rows: &[IncomingRow]) -> Result<()> {
        let (mut guests, mut tokens, mut sources) = (Vec::new(), Vec::new(), Vec::new());
        for new in &self.new {
            let Some(record) = guest_at(rows, new.at) else { continue };
            let (row, keys) = query::guest::prepare(u.tx, new.id, &record.profile, &record.keys);
            guests.push((new.subject, row));
            tokens.extend(keys.into_iter().map(|token| (new.subject, token)));
        }
        for &(subject, guest_id, at) in &self.sources {
            let Some(record) = guest_at(rows, at) else { continue };
            let mut source = SourceProfile {
                system: record.system.clone(),
                external_id: record.external_id.clone(),
                guest_id,
                received_at: u.now,
                record: Vec::new(),
            };
            query::guest::seal_source(u.tx, &mut source, &record.record).await?;
            sources.push((subject, source));
        }
        query::guest::insert_for(u.tx, &guests).await?;
        query::guest::stage(u.tx, &tokens).await?;
        Ok(u.tx.insert_for(&sources).await?)
    }

    /// Writes questions and changed records, and re-evaluates every guest with new data. Comes after the entries
    /// that bind the new guests.
    pub(crate) async fn answer_pairs(&self, u: &mut Unit<'_>, rows: &[IncomingRow]) -> Result<()> {
        self.ask(u).await?;
        for ((system, external_id), (guest, at)) in &self.replaced {
            let Some(record) = guest_at(rows, *at) else { continue };
            let input: GuestInput = serde_json::from_slice(&record.record)
                .map_err(|_| AppError::invalid((), Message::OutOfRange))?;
            let source = SourceRef { system: system.clone(), external_id: external_id.clone() };
            put_source(u, *guest, &GuestInput { source: Some(source), ..input }).await?;
        }
        if self.enriched.is_empty() {
            return Ok(());
        }
        // So that they find each other, and the new ones.
        query::guest::merge_staged_tokens(u.tx).await?;
        for guest in self.enriched.keys() {
            refresh(u, *guest).await?;
        }
        for (guest, _) in self.enriched.iter().filter(|(_, is_news)| **is_news) {
            reconsider(u, *guest).await?;
        }
        Ok(())
    }

    async fn ask(&self, u: &mut Unit<'_>) -> Result<()> {
        let pairs: Vec<(usize, GuestPair)> = self
            .questions
            .iter()
            .map(|question| {
                let (one, two) = GuestPair::ordered(question.guest, question.other);
                let (state, asked_at) = (PairState::Open, u.now);
                let score = question.score;
                GuestPair { one, two, state, score, asked_at, decided_at: None, decided_by: None, version: 1 }
            })
            .enumerate()
            .collect();
        u.tx.insert_for(&pairs).await?;
        for (subject, question) in self.questions.iter().enumerate() {
            u.tx.begin_entry_for(subject);
            let event = GuestEvent::Ask { other: question.other, evidence: question.evidence.clone() };
            u.record(About::Guest(question.guest), event).await?;
        }
        Ok(())
    }
}
