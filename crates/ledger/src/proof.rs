//! Proofs out of tiles.

use std::collections::BTreeSet;

use crate::{Hash, TILE_WIDTH, TileId, node_hash, tile, tree::subtree};

/// Where proofs read their hashes: tiles by their id, at least as wide as the tree is.
pub struct Tiles<F>(
    /// Answers a tile as it is kept.
    pub F,
);

impl<F: FnMut(TileId) -> Option<Vec<u8>>> Tiles<F> {
    /// The hash over the entries from `from` until before `to`.
    fn range(&mut self, from: u64, to: u64) -> Option<Hash> {
        let length = to - from;
        if length.is_power_of_two() && from.is_multiple_of(length) {
            let height = length.trailing_zeros();
            let (level, within) = (height / 8, height % 8);
            let start = from >> (8 * level);
            let id = TileId { level: u8::try_from(level).ok()?, index: start / TILE_WIDTH };
            let first = usize::try_from(start % TILE_WIDTH).ok()?;
            let hashes = tile::from_bytes(&(self.0)(id)?)?;
            return Some(subtree(hashes.get(first..first + (1 << within))?));
        }
        let middle = from + split(length);
        let (left, right) = (self.range(from, middle)?, self.range(middle, to)?);
        Some(node_hash(&left, &right))
    }
}

/// The largest power of two below `length`, which is above one.
const fn split(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

/// The root of the tree of the first `size` entries. None when a tile is not there or too short.
pub fn tree_root(size: u64, tiles: &mut Tiles<impl FnMut(TileId) -> Option<Vec<u8>>>) -> Option<Hash> {
    if size == 0 { Some(crate::empty_root()) } else { tiles.range(0, size) }
}

/// The proof that entry `index` is in the tree of `size` entries (RFC 6962, section 2.1.1): the hashes beside its way to the
/// root, the lowest first. None when there is no such entry, or a tile is not there.
pub fn inclusion_proof(
    index: u64,
    size: u64,
    tiles: &mut Tiles<impl FnMut(TileId) -> Option<Vec<u8>>>,
) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut from, mut to, mut beside) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            beside.push(tiles.range(middle, to)?);
            to = middle;
        } else {
            beside.push(tiles.range(from, middle)?);
            from = middle;
        }
    }
    beside.reverse();
    Some(beside)
}

/// The tiles that a computation asks for, found by running it over tiles of nothing.
pub(crate) fn asked(compute: impl FnOnce(&mut dyn FnMut(TileId) -> Option<Vec<u8>>)) -> BTreeSet<TileId> {
    let mut ids = BTreeSet::new();
    let mut ask = |id| {
        ids.insert(id);
        Some(vec![0; 32 * TILE_WIDTH as usize])
    };
    compute(&mut ask);
    ids
}

/// The tiles that [`inclusion_proof`] reads.
pub fn tiles_of_inclusion(index: u64, size: u64) -> BTreeSet<TileId> {
    asked(|ask| {
        inclusion_proof(index, size, &mut Tiles(ask));
    })
}

/// The tiles that [`tree_root`] reads.
pub fn tiles_of_root(size: u64) -> BTreeSet<TileId> {
    asked(|ask| {
        tree_root(size, &mut Tiles(ask));
    })
}

/// The root that a proof leads to from an entry's hash; none when the proof has not the length that it must have.
/// (RFC 9162, section 2.1.3.2.)
pub fn root_from_proof(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut root) = (index, size - 1, leaf);
    for beside in proof {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = node_hash(beside, &root);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}
