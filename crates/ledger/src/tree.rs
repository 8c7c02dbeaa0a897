//! The growing edge of the tree.

use std::collections::BTreeMap;

use crate::{Hash, TILE_WIDTH, TileId, empty_root, node_hash, tile};

/// A tree as far as it can still grow: its size and the last tile of each level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// The last tile of each level; never full, and the last one never empty.
    edge: Vec<Vec<Hash>>,
}

/// What an entry made of the tree: the tiles that were filled by it.
pub type Grown = BTreeMap<TileId, Vec<u8>>;

impl Tree {
    /// The tree without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tiles that [`Tree::of`] needs, lowest level first.
    pub fn edge_of(size: u64) -> Vec<TileId> {
        (0u8..)
            .map_while(|level| {
                let subtrees = size.checked_shr(8 * u32::from(level)).filter(|subtrees| *subtrees > 0)?;
                Some(TileId { level, index: subtrees / TILE_WIDTH })
            })
            .collect()
    }

    /// A tree of `size` entries; `tiles` answers the tiles of [`Tree::edge_of`] as they were kept. None when one that must
    /// have hashes has too few.
    pub fn of(size: u64, mut tiles: impl FnMut(TileId) -> Option<Vec<u8>>) -> Option<Self> {
        let mut edge = Vec::new();
        for id in Self::edge_of(size) {
            let width = usize::try_from(id.width(size)).ok()?;
            let mut hashes = if width == 0 { Vec::new() } else { tile::from_bytes(&tiles(id)?)? };
            if hashes.len() < width {
                return None;
            }
            hashes.truncate(width);
            edge.push(hashes);
        }
        Some(Self { size, edge })
    }

    /// How many entries there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry by its hash; `grown` takes the tiles that it fills.
    pub fn push(&mut self, leaf: Hash, grown: &mut Grown) {
        let mut hash = leaf;
        for level in 0u8.. {
            if self.edge.len() == usize::from(level) {
                self.edge.push(Vec::new());
            }
            let edge = &mut self.edge[usize::from(level)];
            edge.push(hash);
            if edge.len() < TILE_WIDTH as usize {
                break;
            }
            let index = (self.size >> (8 * u32::from(level))) / TILE_WIDTH;
            grown.insert(TileId { level, index }, tile::to_bytes(edge));
            hash = subtree(edge);
            edge.clear();
        }
        self.size += 1;
    }

    /// The tiles at the edge that are neither full nor empty, as they are to be kept.
    pub fn partial(&self) -> impl Iterator<Item = (TileId, Vec<u8>)> + '_ {
        Self::edge_of(self.size)
            .into_iter()
            .zip(&self.edge)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(id, hashes)| (id, tile::to_bytes(hashes)))
    }

    /// The root (RFC 6962, section 2.1).
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        // From the smallest complete subtree on the right to the largest on the left.
        for hashes in &self.edge {
            let mut end = hashes.len();
            while end > 0 {
                let length = 1 << end.trailing_zeros();
                let left = subtree(&hashes[end - length..end]);
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
                end -= length;
            }
        }
        root.unwrap_or_else(empty_root)
    }
}

/// The hash over a power of two of hashes.
pub(crate) fn subtree(hashes: &[Hash]) -> Hash {
    match hashes {
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node_hash(&subtree(left), &subtree(right))
        }
    }
}
