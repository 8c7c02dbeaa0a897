//! What the use cases of this crate have in common.

use hefu_authz::Principal;
use hefu_core::{About, AppError, Context, Result, Unit};
use hefu_domain::{
    account::Account,
    ids::{AccountId, ApiClientId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};

/// The account that asks.
pub(crate) fn own(ctx: &Context) -> Result<AccountId> {
    match ctx.principal {
        Principal::Staff(id) => Ok(AccountId::from_uuid(id)),
        _ => Err(AppError::NotSignedIn),
    }
}

/// An entry about an account, sealed under its own data key.
pub(crate) fn about_account(id: AccountId) -> About<'static> {
    About::Record { kind: "account", id: id.uuid(), owner: id.uuid() }
}

/// An entry about a program of another system.
pub(crate) fn about_client(id: ApiClientId) -> About<'static> {
    About::Record { kind: "api_client", id: id.uuid(), owner: id.uuid() }
}

/// From where it was asked for, for the journal.
pub(crate) fn from(ctx: &Context) -> Option<String> {
    ctx.address().map(|address| address.to_string())
}

pub(crate) async fn find(c: &mut Conn, id: AccountId) -> Result<Account> {
    query::account::find(c, id).await?.ok_or_else(|| AppError::not_found(Missing::Account, id))
}

/// So many random bytes.
pub(crate) fn random<const N: usize>(u: &Unit<'_>) -> [u8; N] {
    let mut bytes = [0; N];
    u.tx.vault().rng.fill(&mut bytes);
    bytes
}
