//! Guests that may be the person of a record: found by search keys, judged by the model.

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

/// A guest that may be the person of an incoming record.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The guest under whose id the likeness was found; it may be joined into another.
    pub found: GuestId,
    /// The guest it is read as.
    pub guest: GuestId,
    /// The version in which that was looked at; none of one that is being written.
    pub version: Option<i64>,
    /// What was looked at.
    pub profile: Profile,
    /// How likely it is, and why.
    pub likeness: Likeness,
}

impl Candidate {
    /// The likeliest first; of two that are alike the older.
    pub fn by_likeness(one: &Self, two: &Self) -> std::cmp::Ordering {
        two.likeness.bits.total_cmp(&one.likeness.bits).then(one.found.cmp(&two.found))
    }
}

/// Of the guests under one key so many are looked at: of a phone or a birth date more are no evidence, and of a name the newest are
/// the likeliest.
pub const UNDER_A_KEY: usize = 16;

/// What a person is looked for by: all that others can have in common with them but the mere ends of numbers.
pub fn match_keys(profile: &Profile) -> Vec<SearchKey> {
    let mut found = search_keys(profile);
    found.retain(is_match_key);
    found
}

/// Whether a search key is one of [`match_keys`].
pub fn is_match_key((kind, _): &SearchKey) -> bool {
    !matches!(*kind, keys::DOCUMENT_TAIL | keys::PHONE_TAIL)
}

/// Guests that may be the person of `profile`, the likeliest first.
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

/// The guests that are looked at under each of these keys.
pub async fn under_keys(
    c: &mut hefu_store::Conn,
    vault: &hefu_store::Vault,
    keys: &[SearchKey],
) -> Result<Vec<Vec<GuestId>>> {
    let (newest, _) = query::guest::newest(c, vault, keys, None, UNDER_A_KEY as i64).await?;
    Ok(newest.into_iter().map(|newest| newest.guests).collect())
}

/// Those of these guests that may be the person of `profile`, the likeliest first; and the profile, to be compared with those `beside`, too.
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

/// Of those who may be the person of a record the one the model is sure of.
///
/// None where another would do about as well, and the two contradict each other or a person said that they are two: a booking of father or son,
/// whose name and phone are the same. Who was made of such a record before, and waits for a person to say which of them it is, is who the next such record is of.
/// `asked` tells of questions that are not written yet.
pub async fn sure<'f>(
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

/// Of those who are read as one guest the one whose own records are likest: what is recorded now goes with it when a join is undone.
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
