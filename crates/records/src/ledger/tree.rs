//! The tree as it lies in the database.

use std::collections::{BTreeSet, HashMap};

use hefu_ledger::{
    Checkpoint, Hash, TileId, Tiles, Tree, consistency_proof, is_consistent, tiles_of_consistency,
};
use hefu_store::{Conn, StoreError, query};

/// Tiles by their ids, as far as they are there.
pub(crate) async fn tiles(
    c: &mut Conn,
    ids: impl IntoIterator<Item = TileId>,
) -> Result<HashMap<TileId, Vec<u8>>, StoreError> {
    let mut found = HashMap::new();
    for id in ids {
        found.extend(query::ledger::tile(c, id.level, id.index).await?.map(|tile| (id, tile)));
    }
    Ok(found)
}

/// The tree as far as it can still grow.
///
/// # Errors
/// A tile at its edge is gone or too short.
pub(crate) async fn tree(c: &mut Conn) -> Result<Tree, StoreError> {
    let size = u64::try_from(query::ledger::size(c).await?).unwrap_or_default();
    let mut edge = tiles(c, Tree::edge_of(size)).await?;
    Tree::of(size, |id| edge.remove(&id)).ok_or_else(|| StoreError::Corrupt {
        table: "ledger_tile",
        column: "hashes".into(),
        detail: "are fewer than the tree has".into(),
    })
}

/// The proof that the tree of `new` entries begins with that of `old`; none when it has not so many, or tiles are gone.
pub(crate) async fn consistency(c: &mut Conn, old: u64, new: u64) -> Result<Option<Vec<Hash>>, StoreError> {
    let ids: BTreeSet<TileId> = if old <= new { tiles_of_consistency(old, new) } else { BTreeSet::new() };
    let tiles = tiles(c, ids).await?;
    Ok(consistency_proof(old, new, &mut Tiles(|tile| tiles.get(&tile).cloned())))
}

/// Whether the tree of this size and root still begins with what a checkpoint tells. It is proven, not only looked up: tiles that do not fit
/// each other prove nothing.
pub(crate) async fn extends(c: &mut Conn, then: &Checkpoint, now: (u64, Hash)) -> Result<bool, StoreError> {
    let proof = consistency(c, then.size, now.0).await?;
    Ok(proof.is_some_and(|proof| is_consistent((then.size, then.root), now, &proof)))
}
