//! Evidence of a visit for a court or a guest: what was committed, opened, with the proofs that lead to a signed and witnessed checkpoint. It can
//! be checked without Hefu, and without the hotel.

use async_trait::async_trait;
use std::{collections::BTreeMap, sync::Arc};

use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Disclosed, Query, Reader, Result};
use hefu_domain::{ids::GuestId, message::Missing};
use hefu_front_office::{property::property_by_id, visit::locate};
use hefu_ledger::{Hash, Tiles, inclusion_proof, tiles_of_inclusion};
use hefu_store::{
    evidence,
    openings::{self, Opening, PlainRow},
    query,
};

use crate::ledger::{Ledger, tiles};

/// Most entries of a visit.
const MOST: i64 = 10_000;

/// An entry of the ledger, opened.
#[derive(Debug, Clone)]
pub struct ProvenEntry {
    /// Its place in the ledger.
    pub index: u64,
    /// The hashes beside the way from its leaf to the root, the lowest first.
    pub proof: Vec<Hash>,
    /// What its leaf commits to.
    pub opening: Opening,
}

/// Everything that shows what was done to a visit, when, and by whom.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Who booked: whose data it shows.
    pub guest: GuestId,
    /// The entries, in order.
    pub entries: Vec<ProvenEntry>,
    /// Entries that are too new for a checkpoint, or whose texts are not those they commit to.
    pub left_out: usize,
    /// The visit's rows as the last of the entries that names them says they are.
    pub rows: Vec<PlainRow>,
    /// The signed checkpoint that the proofs lead to, with the cosignatures of witnesses.
    pub checkpoint: String,
    /// What verifies the ledger's own signature: every key there was.
    pub keys: Vec<String>,
    /// What verifies the cosignatures that the checkpoint bears.
    pub witnesses: Vec<String>,
}

/// Evidence of a visit. It shows personal data unmasked, so it takes a reason, and the journal tells.
#[derive(Debug, Clone)]
pub struct ShowEvidence {
    /// Any number of the visit.
    pub number: String,
}

#[async_trait]
impl Query for ShowEvidence {
    const ACTION: Action = Action::VisitEvidence;
    type Out = Evidence;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    fn disclosed(&self, out: &Evidence) -> Vec<Disclosed> {
        vec![Disclosed::guest(out.guest, Vec::new())]
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Evidence> {
        let (vault, ledger): (_, Arc<Ledger>) = (r.vault(), r.service());
        let keys = ledger.keys()?;
        let c = r.snapshot().await?;
        let (property, visit) = locate(c, &self.number, None).await?;
        let code = property_by_id(c, property).await?.code;
        let none = || AppError::not_found(Missing::Visit, &self.number);
        let guest = query::visit::reservation(c, property, visit).await?.ok_or_else(none)?.guest_id;
        let mut entries = query::journal::of_visit(c, visit, MOST).await?;
        entries.sort_by_key(|entry| entry.log_index);
        let checkpoint = crate::ledger::shown(c, &ledger).await?;
        let checkpoint = checkpoint.ok_or_else(|| AppError::not_found(Missing::Checkpoint, "latest"))?;
        let size = checkpoint.size.unsigned_abs();

        let (mut proven, mut left_out) = (Vec::new(), 0);
        // The last word of each row, by table and key.
        let mut last: BTreeMap<(u8, Vec<u8>), evidence::Digest> = BTreeMap::new();
        for entry in entries {
            let index =
                entry.log_index.and_then(|index| u64::try_from(index).ok()).filter(|index| *index < size);
            let opening = openings::of_entry(c, &vault, &entry).await?;
            let (Some(index), Some(opening)) = (index, opening) else {
                left_out += 1;
                continue;
            };
            let tiles = tiles(c, tiles_of_inclusion(index, size)).await?;
            let proof = inclusion_proof(index, size, &mut Tiles(|tile| tiles.get(&tile).cloned()));
            let Some(proof) = proof else {
                left_out += 1;
                continue;
            };
            for row in evidence::of_entry(c, &vault, &entry).await?.rows {
                last.insert((row.table, row.key), row.digest);
            }
            proven.push(ProvenEntry { index, proof, opening });
        }
        let mut rows = Vec::new();
        for ((table, key), digest) in last {
            if digest != evidence::GONE {
                rows.extend(openings::row_of_visit(c, visit, table, &key).await?);
            }
        }
        let witnesses =
            ledger.cosigned_by(&checkpoint.note).map(|(witness, _)| witness.to_string()).collect();
        let evidence = Evidence {
            guest,
            entries: proven,
            left_out,
            rows,
            checkpoint: checkpoint.note,
            keys: keys.verifiers(),
            witnesses,
        };
        r.within(&code)?;
        Ok(evidence)
    }
}
