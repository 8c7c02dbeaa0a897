//! Candidates for the person of a record: found by search keys, judged by the model.

use crate::{
    cluster::cluster_members,
    golden,
    matching::{self, Among, Likeness, Matching},
    pair::{CLEARLY, decided_different},
    profile::{keys, search_keys},
};
use hefu_core::Result;
use hefu_domain::{
    guest::{GuestPair, PairState, Profile},
    ids::GuestId,
};
use hefu_store::query::{
    self,
    guest::{Guest, SearchKey},
};

/// A candidate for the person of an incoming record.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The guest whose own records match; it may be merged into another.
    pub found: GuestId,
    /// Its survivor.
    pub guest: GuestId,
    /// The version that was compared; none for one that is being written.
    pub version: Option<i64>,
    /// The profile that was compared.
    pub profile: Profile,
    /// The likelihood, with the evidence.
    pub likeness: Likeness,
}

impl Candidate {
    /// The likeliest first; if equal, the older.
    pub fn by_likeness(one: &Self, two: &Self) -> std::cmp::Ordering {
        two.likeness.bits.total_cmp(&one.likeness.bits).then(one.found.cmp(&two.found))
    }
}

/// Number of guests examined under one key: if a phone or birth date has more it is no evidence, and of a name the newest are
/// the likeliest.
pub const UNDER_A_KEY: usize = 16;

/// The keys by which a person is matched: everything that can agree with others, except ends of numbers and beginnings of names.
pub fn match_keys(profile: &Profile) -> Vec<SearchKey> {
    let mut found = search_keys(profile);
    found.retain(is_match_key);
    found
}

/// Whether a search key is one of [`match_keys`].
pub fn is_match_key((kind, _): &SearchKey) -> bool {
    !matches!(*kind, keys::DOCUMENT_TAIL | keys::PHONE_TAIL | keys::NAME_BEGIN)
}

/// Candidates for the person of `profile`, the likeliest first.
pub async fn candidates(
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

/// The guests under each of these keys.
pub async fn under_keys(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    keys: &[SearchKey],
) -> Result<Vec<Vec<GuestId>>> {
    let (newest, _) = query::guest::newest(c, vault, keys, None, UNDER_A_KEY as i64).await?;
    Ok(newest.into_iter().map(|newest| newest.guests).collect())
}

/// The candidates among these guests for the person of `profile`, the likeliest first; and the prepared profile, for comparison with those `beside`, too.
pub async fn judged(
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
            // The data of the whole cluster can show that they are different, however similar this one is.
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

/// The candidate of which the model is sure.
///
/// None if another fits about equally well, and the two contradict each other or a person decided "different": a booking by father or son
/// with the same name and phone. The new guest created for such a record, which waits for a person to decide between them, receives the next such record.
/// `asked` reports questions that are not written yet.
pub async fn sure<'f>(
    c: &mut hefu_store::Conn,
    matching: &Matching,
    found: &'f [Candidate],
    asked: impl Fn((GuestId, GuestId)) -> bool,
) -> Result<Option<&'f Candidate>> {
    // A doubtful one may have the better odds, e.g. by its name.
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
                || decided_different(c, one.guest, other.guest).await?;
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

/// The guest in a cluster whose own records are most similar: what is recorded now stays with it when a merge is undone.
pub async fn closest(
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
