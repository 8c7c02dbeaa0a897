//! What the database is made of, its indexes, and the rows that no entry binds.

use std::collections::BTreeMap;

use hefu_core::Result;
use hefu_ledger::TILE_WIDTH;
use hefu_store::{
    Conn, Vault,
    evidence::Unreadable,
    indexes, query,
    schema::Part,
    unbound::{self, DataKeyFault},
};
use uuid::Uuid;

use super::{fault::Fault, verified::Verified};
use crate::schema::SchemaDifferences;

/// What the database is made of, against this release and against what the ledger says of it.
pub(super) async fn schema(c: &mut Conn, verified: &mut Verified) -> Result<()> {
    let SchemaDifferences { parts, since } = SchemaDifferences::of(c).await?;
    for (name, part) in parts {
        let fault = match part {
            Part::Unknown => Fault::SchemaUnknown,
            Part::Missing => Fault::SchemaMissing,
            Part::Changed => Fault::SchemaChanged,
        };
        verified.found(fault, name, None);
    }
    if let Some(version) = since {
        verified.found(Fault::SchemaUnlikeLedger, format!("since migration {version}"), None);
    }
    Ok(())
}

/// Indexes against their tables.
pub(super) async fn indexes(c: &mut Conn, verified: &mut Verified) -> Result<()> {
    indexes::check(c, &mut |said| verified.found(Fault::IndexDamaged, said, None)).await?;
    Ok(())
}

/// Rows that no entry binds: each can be read, data keys open, and no tile is there that the tree does not have.
pub(super) async fn unbound(c: &mut Conn, vault: &Vault, verified: &mut Verified) -> Result<()> {
    let tiles = tiles(query::ledger::size(c).await?.unsigned_abs());
    unbound::read(c, vault, &mut Findings { verified, tiles }).await?;
    Ok(())
}

struct Findings<'a> {
    verified: &'a mut Verified,
    /// How many bytes the tiles of each level have in all.
    tiles: BTreeMap<i64, u64>,
}

impl unbound::Findings for Findings<'_> {
    fn unreadable(&mut self, row: Unreadable) {
        self.verified.unreadable(&row);
    }

    fn binding(&mut self) {
        self.verified.found(Fault::KeysUnbound, "key_check and key_store", None);
    }

    fn key(&mut self, owner: Uuid, fault: DataKeyFault) {
        let fault = match fault {
            DataKeyFault::Altered => Fault::KeyAltered,
            DataKeyFault::Returned => Fault::KeyReturned,
        };
        self.verified.found(fault, format!("data_key owner={owner}"), None);
    }

    fn answer(&mut self, key: &str) {
        self.verified.found(Fault::AnswerAltered, format!("idempotency key={key}"), None);
    }

    fn tile(&mut self, level: i64, index: i64, bytes: usize) {
        let all = self.tiles.get(&level).copied().unwrap_or_default();
        let before = u64::try_from(index).map_or(all, |index| index.saturating_mul(32 * TILE_WIDTH));
        // One that is shorter is missing something, which is told where the tree is gone through.
        if bytes as u64 > all.saturating_sub(before).min(32 * TILE_WIDTH) {
            self.verified.found(Fault::TileUnknown, format!("tile {level}/{index}"), None);
        }
    }
}

/// How many bytes the tiles of each level have in a tree of so many entries.
fn tiles(size: u64) -> BTreeMap<i64, u64> {
    let hashes = std::iter::successors(Some(size), |hashes| Some(hashes / TILE_WIDTH));
    (0..).zip(hashes.take_while(|hashes| *hashes > 0).map(|hashes| hashes.saturating_mul(32))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_as_many_hashes_as_there_are_full_tiles_beneath() {
        assert_eq!(tiles(0), BTreeMap::new());
        assert_eq!(tiles(255), [(0, 255 * 32)].into());
        assert_eq!(tiles(300), [(0, 300 * 32), (1, 32)].into());
        assert_eq!(tiles(65_536), [(0, 65_536 * 32), (1, 256 * 32), (2, 32)].into());
    }
}
