//! Rotation of the keys: data keys wrapped anew, guests indexed anew, while everything goes on.

use hefu_domain::event::KeysEvent;
use hefu_store::{keys, query};
use serde::{Deserialize, Serialize};

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, CHAIN, Command, Operation, Operator, Result, Unit};
use hefu_people::profile::search_keys;

/// Data keys wrapped in one unit.
const KEYS_A_UNIT: i64 = 500;

/// Guests indexed in one unit: each takes a dozen statements, and a booking may wait for the unit.
const GUESTS_A_UNIT: i64 = 100;

/// How long to wait before looking whether a unit that began under the old ring left something behind.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(250);

/// How far a rotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationProgress {
    /// Data keys wrapped anew so far.
    pub rewrapped: u64,
    /// Guests indexed anew so far.
    pub reindexed: u64,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationReport {
    /// The version everything is at now.
    pub version: u16,
    /// Data keys wrapped anew.
    pub rewrapped: u64,
    /// Guests indexed anew.
    pub reindexed: u64,
}

/// How many a unit brought to the ring's current version, which it answers too.
#[derive(Debug, Serialize, Deserialize)]
struct Renewed {
    count: u64,
    version: u16,
}

/// Wraps a batch of data keys by the ring's current version.
struct RewrapKeys;

impl Command for RewrapKeys {
    const ACTION: Action = Action::KeysStep;
    type Out = Renewed;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Renewed> {
        let version = u.tx.ring().current();
        let batch = keys::behind(u.tx, version, KEYS_A_UNIT).await?;
        for (owner, wrapped) in &batch {
            u.tx.rewrap(*owner, wrapped)?;
        }
        let count = batch.len() as u64;
        if count > 0 {
            u.record(About::Chain("key_ring", CHAIN), KeysEvent::Rewrap { version, count }).await?;
        }
        Ok(Renewed { count, version })
    }
}

/// Makes the search tokens of a batch of guests under the ring's current version.
struct ReindexGuests;

impl Command for ReindexGuests {
    const ACTION: Action = Action::KeysStep;
    type Out = Renewed;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Renewed> {
        let version = u.tx.ring().current();
        let batch = query::guest::behind(u.tx, version, GUESTS_A_UNIT).await?;
        for id in &batch {
            query::guest::reindex(u.tx, *id, search_keys).await?;
        }
        let count = batch.len() as u64;
        if let (Some(first), Some(last)) = (batch.first(), batch.last()) {
            let (first, last) = (*first, *last);
            let event = KeysEvent::Reindex { version, count, first, last };
            u.record(About::Chain("key_ring", CHAIN), event).await?;
        }
        Ok(Renewed { count, version })
    }
}

/// Brings every data key and every guest's search tokens to the current version of the ring that is in the
/// vault. Search goes on meanwhile: it looks under every live version, the oldest first, so a guest
/// that moves from one to the next is found under one of them. Can be broken off and begun again.
///
/// Sweeps until nothing is behind, looks again a moment later, and ends when there still is nothing.
/// A unit that began before the ring was replaced and ends later than that, or a process that works with the
/// former ring, can leave something behind: replace the ring in every process first, and
/// retire the former version only after another run that renewed nothing.
pub struct RotateKeys {
    /// Is told how far it is.
    pub progress: Box<dyn Fn(RotationProgress) + Send + Sync>,
}

impl Operation for RotateKeys {
    const ACTION: Action = Action::KeysRotate;
    type Out = RotationReport;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<RotationReport> {
        let mut done = RotationProgress { rewrapped: 0, reindexed: 0 };
        let mut settled = false;
        loop {
            let keys = o.execute(RewrapKeys).await?;
            let guests = o.execute(ReindexGuests).await?;
            done.rewrapped += keys.count;
            done.reindexed += guests.count;
            if keys.count + guests.count > 0 {
                settled = false;
                (self.progress)(done);
            } else if settled {
                let RotationProgress { rewrapped, reindexed } = done;
                return Ok(RotationReport { version: guests.version, rewrapped, reindexed });
            } else {
                settled = true;
                tokio::time::sleep(SETTLE).await;
            }
        }
    }
}
