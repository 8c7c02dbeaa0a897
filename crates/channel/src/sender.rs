//! A channel, whether whoever sends may send for it, and how long its own program still may.

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Principal};
use hefu_core::{AppError, Context, Result};
use hefu_domain::{
    account::AccountState,
    channel::Channel,
    ids::{ApiClientId, ChannelId, PropertyId},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};

/// The channel of a property that has this code.
pub(crate) async fn find_channel(c: &mut Conn, property: PropertyId, code: &str) -> Result<Channel> {
    let found = query::channel::by_code(c, property, code).await?;
    found.ok_or_else(|| AppError::not_found(Missing::Channel, code))
}

/// The channel of a property that has this identifier.
pub(crate) async fn channel_by_id(c: &mut Conn, property: PropertyId, id: ChannelId) -> Result<Channel> {
    let found = query::channel::find(c, property, id).await?;
    found.ok_or_else(|| AppError::not_found(Missing::Channel, id.uuid()))
}

/// The programs that were made for a channel and hold its role.
async fn programs(c: &mut Conn, channel: &Channel, now: DateTime<Utc>) -> Result<Vec<ApiClientId>> {
    let granted = query::account::granted_by_channel(c, &channel.grants()).await?;
    let in_force = granted.into_iter().filter(|grant| grant.until.is_none_or(|until| until > now));
    Ok(in_force.map(|grant| ApiClientId::from_uuid(grant.holder_id)).collect())
}

/// Once a channel has a program of its own, no other one may send for it. People and jobs are let in by their rights.
///
/// # Errors
/// [`AppError::Forbidden`].
pub(crate) async fn check_sender(
    c: &mut Conn,
    ctx: &Context,
    channel: &Channel,
    now: DateTime<Utc>,
) -> Result<()> {
    let Principal::ApiClient(sender) = &ctx.principal else { return Ok(()) };
    let own = programs(c, channel, now).await?;
    if own.is_empty() || own.contains(&ApiClientId::from_uuid(*sender)) {
        return Ok(());
    }
    Err(AppError::Forbidden { action: Action::ChannelReceive.name() })
}

/// Until when the latest key of a channel is valid; none: it has none.
pub(crate) async fn key_until(
    c: &mut Conn,
    channel: &Channel,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let mut until = None;
    for program in programs(c, channel, now).await? {
        let client = query::account::client(c, program).await?;
        if client.is_none_or(|client| client.state != AccountState::Active) {
            continue;
        }
        for key in query::account::keys(c, program).await? {
            until = until.max(Some(key.expires_at).filter(|until| *until > now));
        }
    }
    Ok(until)
}
