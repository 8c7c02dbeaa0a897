//! A passkey that was shown, held to the one that is kept.

use hefu_core::{Result, Unit};
use hefu_domain::ids::{AccountId, PasskeyId};
use hefu_store::query;

use crate::webauthn::{ShownPasskey, Site, proof};

/// Whether an account's owner showed one of its passkeys; if not: why, for the journal. What was shown counts once.
pub(crate) async fn passkey(
    u: &mut Unit<'_>,
    account: AccountId,
    site: &Site,
    shown: &ShownPasskey,
) -> Result<std::result::Result<PasskeyId, &'static str>> {
    let found = query::account::passkey_of(u.tx, &shown.credential()).await?;
    let found = found.filter(|passkey| passkey.account_id == account && passkey.domain == site.domain);
    let Some(mut passkey) = found else { return Ok(Err("passkey")) };
    let ring = u.tx.ring();
    let Some(proof) = proof(&ring, site, (account, passkey.public_key.as_slice()), shown, u.now) else {
        return Ok(Err("passkey"));
    };
    if proof.given_at <= passkey.last_challenge {
        return Ok(Err("replayed_passkey"));
    }
    // A key on one device that counts and has counted less than before is there twice. One that several devices share counts on none of them.
    let counts = proof.counter != 0 || passkey.counter != 0;
    if counts && proof.counter <= passkey.counter && !passkey.synced {
        return Ok(Err("passkey_counter"));
    }
    passkey.last_challenge = proof.given_at;
    passkey.counter = passkey.counter.max(proof.counter);
    passkey.used_at = Some(u.now);
    u.tx.update(&mut passkey).await?;
    Ok(Ok(passkey.id))
}
