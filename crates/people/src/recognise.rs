//! Recognition: a guest being entered is first matched with the known ones, and guests who turn out to be the same person are merged, by the model
//! or by a person, in a way that can be undone.
//!
//! A source record belongs to the guest it was recorded for, for good; so do visits, bills and points. A merge only redirects one
//! guest to another. That makes it fast however long a guest's history is, and exact to undo.

use crate::{
    candidate::{Candidate, candidates, closest, match_keys, sure},
    golden::{put_source, received, refresh},
    model::Model,
    pair::ask,
    profile::{GuestInput, SourceRef, normalise, search_keys},
    reconsider::ReconsiderGuest,
};
use hefu_core::{About, Result, Unit};
use hefu_domain::{event::GuestEvent, guest::Profile, ids::GuestId};
use hefu_store::{
    SourceProfile, StoreError,
    query::{self},
};

/// The guest of an input: the one its source is linked to, the one the model is sure of, or a new one. If the
/// model is in doubt, a new guest is created and the pair is queued for review.
///
/// # Errors
/// The input is invalid.
pub async fn identify(u: &mut Unit<'_>, input: &GuestInput) -> Result<GuestId> {
    let profile = normalise(input)?;
    if profile.has_numbers() {
        u.recognises()?;
    }
    let vault = u.tx.vault().clone();
    // No duplicate must arise because somebody else is creating the guest concurrently, or because an import has not merged its tokens yet: that is
    // checked once no import is doing so any more.
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
        u.enqueue(&ReconsiderGuest { guest: known.guest_id });
        return Ok(known.guest_id);
    }
    let matching = u.service::<Model>().matching();
    let found = candidates(u.tx, &vault, &matching, &profile).await?;
    if let Some(sure) = sure(u.tx, &matching, &found, |_| false).await? {
        let guest = closest(u.tx, &vault, &matching, sure.guest, &profile).await?;
        if put_source(u, guest, input).await? {
            // The verdict is based on what was known: a concurrent change to the same guest forces one of the two to be re-evaluated.
            let kept = query::guest::row(u.tx, sure.guest).await?;
            let kept = kept.filter(|row| Some(row.version) == sure.version);
            let mut kept = kept.ok_or_else(|| StoreError::Conflict { table: "guest".into() })?;
            u.tx.update(&mut kept).await?;
            let event = GuestEvent::Recognise { recorded: guest, evidence: sure.likeness.code.clone() };
            u.record(About::Guest(kept.id), event).await?;
            refresh(u, guest).await?;
            u.enqueue(&ReconsiderGuest { guest });
        }
        return Ok(guest);
    }
    let guest = create(u, input, &profile).await?;
    ask_about(u, guest, &found).await?;
    Ok(guest)
}

/// Queues the new guest's pairs with its candidates for review.
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

/// Creates a guest from its first record.
async fn create(u: &mut Unit<'_>, input: &GuestInput, profile: &Profile) -> Result<GuestId> {
    let id: GuestId = u.id();
    query::guest::insert(u.tx, id, profile, &search_keys(profile)).await?;
    let SourceRef { system, external_id } = input
        .source
        .clone()
        .unwrap_or_else(|| SourceRef { system: "hefu".into(), external_id: id.to_string() });
    let mut source =
        SourceProfile { system, external_id, guest_id: id, received_at: u.now, record: Vec::new() };
    query::guest::seal_source(u.tx, &mut source, &received(input)).await?;
    u.tx.insert(&source).await?;
    u.record(About::Guest(id), GuestEvent::Create { profile: profile.clone() }).await?;
    Ok(id)
}
