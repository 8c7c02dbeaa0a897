//! Clusters of merged guests: a merge is a redirect to the survivor.

use hefu_core::{AppError, Result, Unit};
use hefu_domain::message::Missing;
use hefu_domain::{guest::GuestState, ids::GuestId};
use hefu_store::{
    Conn,
    query::{self, guest::Guest},
};

/// The guest with this id, following merges.
pub async fn root(u: &mut Unit<'_>, id: GuestId) -> Result<Guest> {
    let vault = u.tx.vault().clone();
    query::guest::find(u.tx, &vault, id)
        .await?
        .filter(|guest| guest.state == GuestState::Active)
        .ok_or_else(|| AppError::not_found(Missing::Guest, id))
}

/// A guest and everybody merged into it: itself first.
pub async fn cluster_members(c: &mut Conn, root: GuestId) -> Result<Vec<GuestId>> {
    let members = query::identity::members(c, root).await?;
    Ok(std::iter::once(root).chain(members.into_iter().map(|row| row.id)).collect())
}
