//! The ledger: a Merkle tree over the journal's entries that an outsider can check.
//!
//! The tree is that of RFC 6962, section 2.1; it is kept and served as tiles
//! (<https://c2sp.org/tlog-tiles>), and its state is signed as a checkpoint
//! (<https://c2sp.org/tlog-checkpoint>) in the form of a signed note (<https://c2sp.org/signed-note>).
//! Anybody who kept one checkpoint can tell whether a later one still holds the same entries in the same places. Witnesses do that for
//! whoever cannot, and cosign what holds (<https://c2sp.org/tlog-witness>).
//!
//! Everything here is computed; where tiles and checkpoints are kept is the caller's matter.

mod checkpoint;
mod key;
mod note;
mod proof;
mod tile;
mod tree;
mod witness;

pub use checkpoint::Checkpoint;
pub use key::{KeyError, KeyKind, NameError, Signer, Verifier};
pub use note::{Note, NoteError, Signature};
pub use proof::{
    Tiles, consistency_proof, inclusion_proof, is_consistent, root_from_proof, tiles_of_consistency,
    tiles_of_inclusion, tiles_of_root, tree_root,
};
pub use tile::{PathError, TILE_WIDTH, TileId, TilePath, entry_bundle};
pub use tree::{Grown, Tree};
pub use witness::{AddCheckpoint, Refusal, origin_hash};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash of an entry's bytes (RFC 6962, section 2.1: a zero byte before them).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    digest(&[&[0], entry])
}

/// Hash of an inner node (RFC 6962, section 2.1: a one before both children).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    digest(&[&[1], left, right])
}

/// Root of the tree without entries: the hash of nothing.
pub fn empty_root() -> Hash {
    digest(&[])
}

fn digest(parts: &[&[u8]]) -> Hash {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
