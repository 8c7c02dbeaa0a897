//! Search tokens, made anew from what is sealed: whoever is not found by what was recorded of them is as good as gone.

use std::collections::HashMap;

use hefu_core::Result;
use hefu_domain::{guest::Profile, ids::GuestId};
use hefu_people::profile::search_keys;
use hefu_store::{
    Conn, Vault,
    evidence::{self, Bound, SealFault},
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

/// Opens every profile, and holds the search tokens there are against those it says.
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
    evidence::tokens(c, &mut |token| match token {
        Ok(token) => shards.stands(&token),
        // Told with the other rows.
        Err(_) => Ok(()),
    })
    .await?;
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
    evidence::tokens(c, &mut |token| {
        if let Ok(token) = token
            && faults.get(&key_of(&token)) == Some(&RowFault::Unknown)
        {
            verified.found(Fault::TokenUnknown, token.name(), None);
        }
        Ok(())
    })
    .await?;
    Ok(())
}
