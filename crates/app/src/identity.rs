//! One guest, one identity: whoever is entered is looked for first, and guests who turn out to be one person are joined, by the model
//! or by a person, so that it can be undone.
//!
//! A source record belongs to the guest it was recorded for, for good; so do visits, bills and points. A join only says that one
//! guest is read as another. That makes it quick however long a guest's history is, and exact to undo.

pub mod batch;
pub mod duplicates;
mod golden;
mod matching;
pub mod merge;
pub mod review;

use hefu_domain::{
    guest::{GuestPair, GuestState, PairState, Profile},
    ids::GuestId,
    message::Missing,
};
use hefu_store::{
    SourceProfile, StoreError,
    query::{
        self,
        guest::{Guest, SearchKey},
    },
};

pub(crate) use self::golden::{DESK, edit, golden_of, put_source, refresh, sources_of};
pub(crate) use self::matching::{Among, UNKNOWN_SIZE};
pub use self::{
    golden::{FieldOrigin, GoldenView},
    matching::{FieldEvidence, Judgement, Likeness, Matching},
};
use crate::{
    About, Result, Unit,
    guest::{GuestInput, SourceRef, keys, normalise, search_keys},
};

/// A guest that may be the person of an incoming record.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The guest under whose id the likeness was found; it may be joined into another.
    pub(crate) found: GuestId,
    /// The guest it is read as.
    pub(crate) guest: GuestId,
    /// The version in which that was looked at; none of one that is being written.
    pub(crate) version: Option<i64>,
    /// What was looked at.
    pub(crate) profile: Profile,
    pub(crate) likeness: Likeness,
}

impl Candidate {
    /// The likeliest first; of two that are alike the older.
    pub(crate) fn by_likeness(one: &Self, two: &Self) -> std::cmp::Ordering {
        two.likeness.bits.total_cmp(&one.likeness.bits).then(one.found.cmp(&two.found))
    }
}

/// Of the guests under one key so many are looked at: of a phone or a birth date more are no evidence, and of a name the newest are
/// the likeliest.
pub(crate) const UNDER_A_KEY: usize = 16;

/// What a person is looked for by: all that others can have in common with them but the mere ends of numbers.
pub(crate) fn match_keys(profile: &Profile) -> Vec<SearchKey> {
    let mut found = search_keys(profile);
    found.retain(is_match_key);
    found
}

/// Whether a search key is one of [`match_keys`].
pub(crate) fn is_match_key((kind, _): &SearchKey) -> bool {
    !matches!(*kind, keys::DOCUMENT_TAIL | keys::PHONE_TAIL)
}

/// Odds that speak clearly for one of two, in bits: thirty-two to one.
const CLEARLY: f64 = 5.0;

/// Guests that may be the person of `profile`, the likeliest first.
pub(crate) async fn candidates(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    matching: &Matching,
    profile: &Profile,
) -> Result<Vec<Candidate>> {
    let (_, guests) = query::guest::newest(c, vault, &match_keys(profile), None, UNDER_A_KEY as i64).await?;
    let mut records = Vec::with_capacity(guests.len());
    for guest in guests.into_values() {
        records.extend(guest.open(vault)?);
    }
    let among = matching.prepare_among(profile, profiles(&records));
    likely(c, vault, matching, profile, &among, records).await
}

/// The guests that are looked at under each of these keys.
pub(crate) async fn under_keys(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    keys: &[SearchKey],
) -> Result<Vec<Vec<GuestId>>> {
    let (newest, _) = query::guest::newest(c, vault, keys, None, UNDER_A_KEY as i64).await?;
    Ok(newest.into_iter().map(|newest| newest.guests).collect())
}

/// Those of these guests that may be the person of `profile`, the likeliest first; and the profile, to be compared with those `beside`, too.
pub(crate) async fn judged(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    matching: &Matching,
    profile: &Profile,
    ids: &[GuestId],
    beside: &[&Profile],
) -> Result<(Vec<Candidate>, Among)> {
    let records = query::guest::records(c, vault, ids).await?;
    let among = matching.prepare_among(profile, profiles(&records).chain(beside.iter().copied()));
    let found = likely(c, vault, matching, profile, &among, records).await?;
    Ok((found, among))
}

fn profiles(records: &[(Guest, Option<GuestId>)]) -> impl Iterator<Item = &Profile> {
    records.iter().map(|(guest, _)| &guest.profile)
}

async fn likely(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    matching: &Matching,
    profile: &Profile,
    among: &Among,
    records: Vec<(Guest, Option<GuestId>)>,
) -> Result<Vec<Candidate>> {
    let mut roots: Vec<GuestId> = records.iter().filter_map(|(_, into)| *into).collect();
    roots.sort_unstable();
    roots.dedup();
    let roots = query::guest::records(c, vault, &roots).await?;
    let mut found: Vec<Candidate> = records
        .into_iter()
        .filter_map(|(guest, into)| {
            let mut likeness = matching.likeness_among(among, &guest.profile);
            // What is known of whoever it is read as can say that they are two, however like this one is.
            let root = roots.iter().find(|(root, _)| Some(root.id) == into);
            if root.is_some_and(|(root, _)| matching::are_two(profile, &root.profile)) {
                likeness.doubt();
            }
            let (read_as, version) =
                root.map_or((guest.id, guest.version), |(root, _)| (root.id, root.version));
            likeness.verdict.is_worth_asking().then_some(Candidate {
                found: guest.id,
                guest: read_as,
                version: Some(version),
                profile: guest.profile,
                likeness,
            })
        })
        .collect();
    found.sort_by(Candidate::by_likeness);
    Ok(found)
}

/// The guest of what was typed or received: the one its source led to before, the one the model is sure of, or a new one. Where the
/// model is in doubt the guest is new and the pair waits for a person.
///
/// # Errors
/// What was typed makes no guest.
pub(crate) async fn identify(u: &mut Unit<'_>, input: &GuestInput) -> Result<GuestId> {
    let profile = normalise(input)?;
    let vault = u.tx.vault().clone();
    // Nobody is made twice because somebody else is just making them, or because an import has not sorted its guests in yet: which is
    // asked once no import is at it any more.
    let mut locks = match_keys(&profile);
    locks.extend(
        input.source.iter().map(|source| ("source", format!("{}\n{}", source.system, source.external_id))),
    );
    let tokens = query::guest::tokens_of(u.tx, &locks);
    query::identity::lock(u.tx, &tokens).await?;
    query::guest::merge_staged_tokens(u.tx).await?;
    if let Some(source) = &input.source
        && let Some(known) = query::guest::by_source(u.tx, &source.system, &source.external_id).await?
    {
        put_source(u, known.guest_id, input).await?;
        refresh(u, known.guest_id).await?;
        review::reconsider(u, known.guest_id).await?;
        return Ok(known.guest_id);
    }
    let matching = u.matching.clone();
    let found = candidates(u.tx, &vault, &matching, &profile).await?;
    if let Some(sure) = sure(u.tx, &matching, &found, |_| false).await? {
        let guest = closest(u.tx, &vault, &matching, sure.guest, &profile).await?;
        if put_source(u, guest, input).await? {
            // It was judged by what was known: whoever learns something else of the same guest meanwhile is to judge anew, or this is.
            let kept = query::guest::row(u.tx, sure.guest).await?;
            let kept = kept.filter(|row| Some(row.version) == sure.version);
            let mut kept = kept.ok_or_else(|| StoreError::Conflict { table: "guest".into() })?;
            u.tx.update(&mut kept).await?;
            let change = serde_json::json!({ "recorded": guest, "evidence": sure.likeness.code });
            u.journal("guest.recognise", About::Guest(kept.id), change).await?;
            refresh(u, guest).await?;
            review::reconsider(u, guest).await?;
        }
        return Ok(guest);
    }
    let guest = create(u, input, &profile).await?;
    ask_about(u, guest, &found).await?;
    Ok(guest)
}

/// Of those who may be the person of a record the one the model is sure of.
///
/// None where another would do about as well, and the two contradict each other or a person said that they are two: a booking of father or son,
/// whose name and phone are the same. Who was made of such a record before, and waits for a person to say which of them it is, is who the next such record is of.
/// `asked` tells of questions that are not written yet.
pub(crate) async fn sure<'f>(
    c: &mut hefu_store::Conn,
    matching: &Matching,
    found: &'f [Candidate],
    asked: impl Fn((GuestId, GuestId)) -> bool,
) -> Result<Option<&'f Candidate>> {
    // One in doubt may have the better odds, of a name, say.
    let mut links = found.iter().filter(|likely| likely.likeness.verdict.is_link());
    let Some(best) = links.next() else { return Ok(None) };
    let mut close = vec![best];
    for other in links.take_while(|other| other.likeness.bits > best.likeness.bits - CLEARLY) {
        if close.iter().all(|known| known.guest != other.guest) {
            close.push(other);
        }
    }
    let (mut are_two, mut wait) = (false, vec![true; close.len()]);
    for (at, one) in close.iter().enumerate() {
        let prepared = matching.prepare(&one.profile);
        for (place, other) in close.iter().enumerate().skip(at + 1) {
            let is_other = matching.contradict(&prepared, &other.profile)
                || merge::decided_different(c, one.guest, other.guest).await?;
            are_two |= is_other;
            let pair = GuestPair::ordered(one.guest, other.guest);
            let is_open = asked(pair)
                || query::identity::pair(c, pair.0, pair.1)
                    .await?
                    .is_some_and(|pair| pair.state == PairState::Open);
            wait[at] &= !is_other && is_open;
            wait[place] &= !is_other && is_open;
        }
    }
    if !are_two {
        return Ok(Some(best));
    }
    Ok(close.into_iter().zip(wait).find(|(_, waits)| *waits).map(|(candidate, _)| candidate))
}

/// Whether a person has been asked about two although the odds were enough for a link, because others were as good; and nothing that is
/// known since says which it is.
pub(crate) async fn waits(
    c: &mut hefu_store::Conn,
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

/// Of those who are read as one guest the one whose own records are likest: what is recorded now goes with it when a join is undone.
pub(crate) async fn closest(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    matching: &Matching,
    root: GuestId,
    profile: &Profile,
) -> Result<GuestId> {
    let everybody = cluster_members(c, root).await?;
    if everybody.len() == 1 {
        return Ok(root);
    }
    let prepared = matching.prepare(profile);
    let mut best = (f64::NEG_INFINITY, root);
    for id in everybody {
        if let Some(own) = golden::golden(c, vault, &[id]).await? {
            let bits = matching.likeness(&prepared, &own.profile).bits;
            if bits > best.0 {
                best = (bits, id);
            }
        }
    }
    Ok(best.1)
}

/// Notes which pairs a person is to be asked about: those of the new guest with each that it may be.
async fn ask_about(u: &mut Unit<'_>, guest: GuestId, found: &[Candidate]) -> Result<()> {
    let mut asked: Vec<GuestId> = Vec::new();
    for candidate in found {
        if asked.contains(&candidate.guest) || candidate.guest == guest {
            continue;
        }
        asked.push(candidate.guest);
        ask(u, guest, candidate.guest, &candidate.likeness).await?;
    }
    Ok(())
}

/// Notes that a person is to be asked about a pair, unless one has answered already.
pub(crate) async fn ask(u: &mut Unit<'_>, a: GuestId, b: GuestId, likeness: &Likeness) -> Result<()> {
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
    let change = serde_json::json!({ "other": b, "evidence": likeness.code });
    u.journal("guest.ask", About::Guest(a), change).await
}

/// Makes a guest of its first record.
async fn create(u: &mut Unit<'_>, input: &GuestInput, profile: &Profile) -> Result<GuestId> {
    let id: GuestId = u.id();
    query::guest::insert(u.tx, id, profile, &search_keys(profile)).await?;
    let SourceRef { system, external_id } = input
        .source
        .clone()
        .unwrap_or_else(|| SourceRef { system: "hefu".into(), external_id: id.to_string() });
    let record = query::guest::seal_source(u.tx, id, &golden::received(input)).await?;
    u.tx.insert(&SourceProfile { system, external_id, guest_id: id, received_at: u.now, record }).await?;
    u.journal("guest.create", About::Guest(id), serde_json::to_value(profile).unwrap_or_default()).await?;
    Ok(id)
}

/// A guest by the id it is kept under, which follows joins.
pub(crate) async fn root(u: &mut Unit<'_>, id: GuestId) -> Result<Guest> {
    let vault = u.tx.vault().clone();
    query::guest::find(u.tx, &vault, id)
        .await?
        .filter(|guest| guest.state == GuestState::Active)
        .ok_or_else(|| crate::AppError::not_found(Missing::Guest, id))
}

/// A guest and everybody who is read as it: itself first.
pub(crate) async fn cluster_members(c: &mut hefu_store::Conn, root: GuestId) -> Result<Vec<GuestId>> {
    let members = query::identity::members(c, root).await?;
    Ok(std::iter::once(root).chain(members.into_iter().map(|row| row.id)).collect())
}
