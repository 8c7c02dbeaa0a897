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

/// The proof that the tree of `new` entries begins with the tree of the first `old` (RFC 6962, section 2.1.2). Empty if `old` is 0 or
/// `new`; none when `old` is above `new`, or a tile is not there.
pub fn consistency_proof(
    old: u64,
    new: u64,
    tiles: &mut Tiles<impl FnMut(TileId) -> Option<Vec<u8>>>,
) -> Option<Vec<Hash>> {
    if old > new {
        return None;
    }
    let mut beside = Vec::new();
    // What the old tree's own root stands for need not be proven.
    let (mut from, mut to, mut is_whole) = (0, new, true);
    while old > 0 && old < to {
        let middle = from + split(to - from);
        if old <= middle {
            beside.push(tiles.range(middle, to)?);
            to = middle;
        } else {
            beside.push(tiles.range(from, middle)?);
            (from, is_whole) = (middle, false);
        }
    }
    if !is_whole {
        beside.push(tiles.range(from, to)?);
    }
    beside.reverse();
    Some(beside)
}

/// The tiles that [`consistency_proof`] reads.
pub fn tiles_of_consistency(old: u64, new: u64) -> BTreeSet<TileId> {
    asked(|ask| {
        consistency_proof(old, new, &mut Tiles(ask));
    })
}

/// Whether a proof shows that the tree of one size and root begins with the tree of another (RFC 9162, section 2.1.4.2).
pub fn is_consistent(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    match old_size {
        0 => return old_root == crate::empty_root() && proof.is_empty(),
        _ if old_size > new_size => return false,
        _ if old_size == new_size => return old_root == new_root && proof.is_empty(),
        _ => {}
    }
    // A whole subtree is its own beginning, so the proof does not repeat it.
    let first = old_size.is_power_of_two().then_some(&old_root);
    let mut hashes = first.into_iter().chain(proof);
    let Some(first) = hashes.next() else { return false };
    let (mut of_old, mut of_new) = (*first, *first);
    let shift = (old_size - 1).trailing_ones();
    let (mut at, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    for beside in hashes {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            of_old = node_hash(beside, &of_old);
            of_new = node_hash(beside, &of_new);
            while at % 2 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            of_new = node_hash(&of_new, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && of_old == old_root && of_new == new_root
}
