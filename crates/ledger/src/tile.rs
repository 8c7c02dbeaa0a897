//! Tiles: how the tree's hashes are cut into pieces, and what the pieces are called.

use crate::Hash;

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// Which tile: tile `index` of a level holds the hashes of 256 subtrees side by side, each of
/// 256 to the power of `level` entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for the hashes of entries.
    pub level: u8,
    /// Place in the level, from 0.
    pub index: u64,
}

impl TileId {
    /// How many hashes the tile has in a tree of `size` entries; 0 when it is not there yet.
    pub fn width(self, size: u64) -> u64 {
        let subtrees = size.checked_shr(8 * u32::from(self.level)).unwrap_or(0);
        subtrees.saturating_sub(self.index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
    }

    /// The path under which the tile is served, with the width if it is not full.
    pub fn path(self, width: u64) -> String {
        format!("tile/{}/{}", self.level, index_path(self.index, width))
    }
}

/// A path under the ledger's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TilePath {
    /// Hashes: which tile, and how many of them.
    Hashes(TileId, u64),
    /// Entries: which bundle, and how many of them.
    Entries(u64, u64),
}

/// The path is not one of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile: level/index, or entries/index, the index in groups of three digits")]
pub struct PathError;

impl TilePath {
    /// Reads what stands behind `tile/` in a path: `0/x001/234.p/5`, `entries/067`.
    ///
    /// # Errors
    /// It is not written as the specification says; there is one way only to write a path.
    pub fn parse(path: &str) -> Result<Self, PathError> {
        let (level, rest) = path.split_once('/').ok_or(PathError)?;
        let (digits, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((digits, width)) => {
                (digits, width.parse().ok().filter(|width| (1..TILE_WIDTH).contains(width)).ok_or(PathError)?)
            }
        };
        let index = digits
            .split('/')
            .try_fold(0u64, |index, group| {
                let group = group.strip_prefix('x').unwrap_or(group);
                let is_group = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
                index.checked_mul(1_000)?.checked_add(group.parse().ok().filter(|_| is_group)?)
            })
            .ok_or(PathError)?;
        let read = match level {
            "entries" => Self::Entries(index, width),
            // Six levels hold more entries than a 64-bit number counts in eight bytes of hashes each.
            _ => Self::Hashes(
                TileId { level: level.parse().ok().filter(|level| *level < 64).ok_or(PathError)?, index },
                width,
            ),
        };
        // Another spelling of the same path (a plus sign, a missing x) must not be a second address.
        (read.to_string() == path).then_some(read).ok_or(PathError)
    }
}

impl std::fmt::Display for TilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hashes(tile, width) => {
                write!(f, "{}/{}", tile.level, index_path(tile.index, *width))
            }
            Self::Entries(index, width) => write!(f, "entries/{}", index_path(*index, *width)),
        }
    }
}

/// Groups of three digits, all but the last marked by an x.
fn index_path(index: u64, width: u64) -> String {
    let mut path = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    if width < TILE_WIDTH {
        path.push_str(&format!(".p/{width}"));
    }
    path
}

/// A bundle of entries: each with its length before it, 16-bit big-endian. None when an entry is too long to have one.
pub fn entry_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Some(bundle)
}

/// A tile's hashes as bytes.
pub(crate) fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// Bytes as a tile's hashes; none when they are not a whole number of them.
pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.to_vec())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = TileId { level: 0, index: 1_234_067 };
        assert_eq!(tile.path(256), "tile/0/x001/x234/067");
        assert_eq!(TileId { level: 1, index: 0 }.path(7), "tile/1/000.p/7");
        assert_eq!(TilePath::parse("0/x001/x234/067"), Ok(TilePath::Hashes(tile, 256)));
        assert_eq!(TilePath::parse("entries/x001/000.p/255"), Ok(TilePath::Entries(1_000, 255)));
        let wrong = [
            "",
            "0",
            "0/",
            "0/1",
            "0/001/234",
            "0/x000/001",
            "00/001",
            "0/001.p/0",
            "0/001.p/256",
            "64/000",
            "0/001.p/+5",
            "entries/x/000",
            "-1/000",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ];
        for path in wrong {
            assert_eq!(TilePath::parse(path), Err(PathError), "{path}");
        }
    }

    #[test]
    fn widths_follow_from_the_size() {
        let tile = |level, index| TileId { level, index };
        assert_eq!(tile(0, 0).width(5), 5);
        assert_eq!(tile(0, 1).width(256), 0);
        assert_eq!(tile(0, 1).width(257), 1);
        assert_eq!(tile(1, 0).width(70_000), 256);
        assert_eq!(tile(2, 0).width(70_000), 1);
        assert_eq!(tile(9, 0).width(u64::MAX), 0);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(path in "\\PC{0,40}") {
            if let Ok(read) = TilePath::parse(&path) {
                prop_assert_eq!(read.to_string(), path);
            }
        }

        #[test]
        fn what_is_written_is_read(level in 0u8..8, index in 0u64..1 << 40, width in 1u64..=256) {
            let written = TilePath::Hashes(TileId { level, index }, width);
            prop_assert_eq!(TilePath::parse(&written.to_string()), Ok(written));
        }
    }

    #[test]
    fn a_bundle_holds_lengths() {
        assert_eq!(entry_bundle([&b"ab"[..], b""]).unwrap(), [0, 2, b'a', b'b', 0, 0]);
        assert_eq!(entry_bundle([&vec![0; 65_536][..]]), None);
    }
}
