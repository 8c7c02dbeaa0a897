//! Search tokens, made anew from what is sealed: whoever is not found by what was recorded of them is as good as gone.

use std::collections::HashMap;

use hefu_core::Result;
use hefu_domain::{guest::Profile, ids::GuestId};
use hefu_identity::query::numbers_in;
use hefu_people::profile::search_keys;
use hefu_store::{
    Conn, Vault,
    evidence::{self, Bound, NotePlace, SealFault, Unreadable},
    query,
};

use super::{
    fault::Fault,
    shards::{RowFault, Shards, key_of, temporary},
    verified::Verified,
};

/// A guest's search tokens as its profile says them.
fn tokens_of(vault: &Vault, id: GuestId, version: u16, profile: &Profile) -> Vec<Bound> {
    let tokens = query::guest::tokens(&vault.ring(), version, id, &search_keys(profile));
    tokens.into_iter().map(|token| evidence::token(token.token, token.guest_id)).collect()
}

/// The search tokens of a note as its text says them.
fn tokens_of_note(vault: &Vault, place: NotePlace, version: u16, text: &str) -> Vec<Bound> {
    let tokens = query::desk::note_tokens(&vault.ring(), version, place, &numbers_in(text));
    tokens.iter().map(evidence::note_token).collect()
}

/// Opens every profile and every note, and holds the search tokens there are against those it says.
pub(super) async fn check(c: &mut Conn, vault: &Vault, verified: &mut Verified) -> Result<()> {
    let mut shards = Shards::new();
    evidence::guests(c, vault, &mut |guest| match guest {
        Ok((id, version, profile)) => {
            tokens_of(vault, id, version, &profile).iter().try_for_each(|token| shards.says(token, 0))
        }
        Err((at, fault)) => {
            let fault = if fault == SealFault::Unreadable { Fault::KeyMissing } else { Fault::RowUnreadable };
            verified.found(fault, at, None);
            Ok(())
        }
    })
    .await?;
    evidence::notes(c, vault, &mut |place, version, text| {
        tokens_of_note(vault, place, version, text).iter().try_for_each(|token| shards.says(token, 0))
    })
    .await?;
    let mut stand = |token: std::result::Result<Bound, Unreadable>| match token {
        Ok(token) => shards.stands(&token),
        // Told with the other rows.
        Err(_) => Ok(()),
    };
    evidence::tokens(c, &mut stand).await?;
    evidence::note_tokens(c, &mut stand).await?;
    let faults = shards.compare().map_err(temporary)?;
    let faults: HashMap<[u8; 16], RowFault> =
        faults.into_iter().map(|(key, fault, _)| (key, fault)).collect();
    if faults.is_empty() {
        return Ok(());
    }
    evidence::guests(c, vault, &mut |guest| {
        let Ok((id, version, profile)) = guest else { return Ok(()) };
        for token in tokens_of(vault, id, version, &profile) {
            if faults.get(&key_of(&token)) == Some(&RowFault::Missing) {
                verified.found(Fault::TokenMissing, token.name(), None);
            }
        }
        Ok(())
    })
    .await?;
    evidence::notes(c, vault, &mut |place, version, text| {
        for token in tokens_of_note(vault, place, version, text) {
            // Of a row that says something else the key is right.
            if matches!(faults.get(&key_of(&token)), Some(RowFault::Missing | RowFault::Changed)) {
                verified.found(Fault::TokenMissing, token.name(), None);
            }
        }
        Ok(())
    })
    .await?;
    let mut unknown = |token: std::result::Result<Bound, Unreadable>| {
        if let Ok(token) = token
            && faults.get(&key_of(&token)) == Some(&RowFault::Unknown)
        {
            verified.found(Fault::TokenUnknown, token.name(), None);
        }
        Ok(())
    };
    evidence::tokens(c, &mut unknown).await?;
    evidence::note_tokens(c, &mut unknown).await?;
    Ok(())
}
