//! Rotation of the keys: data keys wrapped anew, guests and notes indexed anew, while everything goes on.

use async_trait::async_trait;
use hefu_crypto::KeyRing;
use hefu_domain::{
    event::KeysEvent,
    ids::{GuestId, NoteId, PropertyId, VisitId},
    note::VisitNote,
};
use hefu_identity::query::numbers_in;
use hefu_kernel::Id as _;
use hefu_store::{evidence::NotePlace, keys, query};
use uuid::Uuid;

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, CHAIN, Command, Operation, Operator, Result, Unit};
use hefu_people::profile::search_keys;

/// Keys or guests looked at by one statement.
const A_PAGE: i64 = 2_000;

/// Data keys wrapped in one unit.
const KEYS_A_UNIT: usize = 500;

/// Guests indexed in one unit: each takes a dozen statements, and a booking may wait for the unit.
const GUESTS_A_UNIT: usize = 100;

/// How long to wait before looking whether a unit that began under the old ring left something behind.
const SETTLE: std::time::Duration = std::time::Duration::from_millis(250);

/// How far a rotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationProgress {
    /// Data keys wrapped anew so far.
    pub rewrapped: u64,
    /// Guests and notes indexed anew so far.
    pub reindexed: u64,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationReport {
    /// The version everything is at now.
    pub version: u16,
    /// Data keys wrapped anew.
    pub rewrapped: u64,
    /// Guests and notes indexed anew.
    pub reindexed: u64,
    /// Data keys that no version of the ring opens, and guests and notes that cannot be read: they were lost or altered before, and are left as they are.
    pub unreadable: u64,
}

/// Wraps some data keys, given as they lie in the database, by the ring's current version.
struct RewrapKeys(Vec<(Uuid, Vec<u8>)>);

#[async_trait]
impl Command for RewrapKeys {
    const ACTION: Action = Action::KeysStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        for (owner, wrapped) in &self.0 {
            u.tx.rewrap(*owner, wrapped)?;
        }
        let event = KeysEvent::Rewrap { version: u.tx.ring().current(), count: self.0.len() as u64 };
        u.record(About::Chain("key_ring", CHAIN), event).await
    }
}

/// Makes the search tokens of some guests under the ring's current version.
struct ReindexGuests(Vec<GuestId>);

#[async_trait]
impl Command for ReindexGuests {
    const ACTION: Action = Action::KeysStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        for id in &self.0 {
            query::guest::reindex(u.tx, *id, search_keys).await?;
        }
        if let (Some(first), Some(last)) = (self.0.first(), self.0.last()) {
            let (first, last) = (*first, *last);
            let (version, count) = (u.tx.ring().current(), self.0.len() as u64);
            let event = KeysEvent::Reindex { version, count, first, last };
            u.record(About::Chain("key_ring", CHAIN), event).await?;
        }
        Ok(())
    }
}

/// Makes the search tokens of some notes under the ring's current version.
struct ReindexNotes(Vec<NotePlace>);

#[async_trait]
impl Command for ReindexNotes {
    const ACTION: Action = Action::KeysStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let vault = u.tx.vault().clone();
        for (property, visit, id) in &self.0 {
            // Taken away meanwhile, or the guest was erased.
            let Some(mut note) = query::desk::note(u.tx, *property, *visit, *id).await? else { continue };
            let Some((_, text)) = query::desk::opened_note(u.tx, &vault, &note).await? else { continue };
            query::desk::seal_note(u.tx, &mut note, &text, &numbers_in(&text)).await?;
            u.tx.update(&mut note).await?;
        }
        if let (Some((.., first)), Some((.., last))) = (self.0.first(), self.0.last()) {
            let (first, last) = (*first, *last);
            let (version, count) = (u.tx.ring().current(), self.0.len() as u64);
            let event = KeysEvent::ReindexNotes { version, count, first, last };
            u.record(About::Chain("key_ring", CHAIN), event).await?;
        }
        Ok(())
    }
}

/// What a sweep over all keys or all guests found.
#[derive(Debug, Default)]
struct Swept {
    renewed: u64,
    unreadable: u64,
}

/// The id after this one.
fn after(id: Uuid) -> Option<Uuid> {
    id.as_u128().checked_add(1).map(Uuid::from_u128)
}

/// Wraps every data key anew that is not wrapped by the ring's current version. Which one it is wrapped by is tried out: what stands in the
/// database can be altered, and a key that were passed by would be lost with the old ring.
async fn sweep_keys(o: &Operator<'_>, ring: &KeyRing, told: &mut (dyn FnMut(u64) + Send)) -> Result<Swept> {
    let (mut swept, mut next) = (Swept::default(), Some(Uuid::nil()));
    while let Some(from) = next {
        let page = keys::page(&mut o.read().await?, from, A_PAGE).await?;
        next = page.last().and_then(|(owner, _)| after(*owner));
        let is_current = |(owner, wrapped): &(Uuid, Vec<u8>)| {
            KeyRing::wrapped_version(wrapped) == Some(ring.current())
                && ring.unwrap_key(*owner, wrapped).is_ok()
        };
        let (behind, lost): (Vec<_>, Vec<_>) = page
            .into_iter()
            .filter(|key| !is_current(key))
            .partition(|(owner, wrapped)| ring.opened_by(*owner, wrapped).is_ok());
        swept.unreadable += lost.len() as u64;
        for keys in behind.chunks(KEYS_A_UNIT) {
            o.execute(RewrapKeys(keys.to_vec())).await?;
            swept.renewed += keys.len() as u64;
            told(keys.len() as u64);
        }
    }
    Ok(swept)
}

/// Indexes every guest anew whose search tokens are not those of the ring's current version.
async fn sweep_guests(o: &Operator<'_>, ring: &KeyRing, told: &mut (dyn FnMut(u64) + Send)) -> Result<Swept> {
    let (mut swept, mut next) = (Swept::default(), Some(Uuid::nil()));
    while let Some(from) = next {
        let from = GuestId::from_uuid(from);
        let page = query::guest::indexed_under(&mut o.read().await?, o.vault(), from, A_PAGE).await?;
        next = page.last().and_then(|(guest, _)| after(guest.uuid()));
        swept.unreadable += page.iter().filter(|(_, version)| version.is_none()).count() as u64;
        let is_behind = |version: &Option<u16>| version.is_some_and(|version| version != ring.current());
        let behind: Vec<GuestId> =
            page.into_iter().filter(|(_, version)| is_behind(version)).map(|(guest, _)| guest).collect();
        for guests in behind.chunks(GUESTS_A_UNIT) {
            o.execute(ReindexGuests(guests.to_vec())).await?;
            swept.renewed += guests.len() as u64;
            told(guests.len() as u64);
        }
    }
    Ok(swept)
}

/// Indexes the numbers in every note anew whose search tokens are not those of the ring's current version.
async fn sweep_notes(o: &Operator<'_>, ring: &KeyRing, told: &mut (dyn FnMut(u64) + Send)) -> Result<Swept> {
    let mut swept = Swept::default();
    let mut last = (PropertyId::NIL, VisitId::NIL, NoteId::NIL);
    loop {
        let mut behind = Vec::new();
        {
            let mut c = o.read().await?;
            let page = query::desk::notes_after(&mut c, last, A_PAGE).await?;
            let Some(end) = page.last().map(VisitNote::place) else { return Ok(swept) };
            last = end;
            for note in page {
                match query::desk::opened_note(&mut c, o.vault(), &note).await {
                    Ok(Some((version, _))) if version != ring.current() => behind.push(note.place()),
                    Ok(_) => {}
                    Err(_) => swept.unreadable += 1,
                }
            }
        }
        for notes in behind.chunks(GUESTS_A_UNIT) {
            o.execute(ReindexNotes(notes.to_vec())).await?;
            swept.renewed += notes.len() as u64;
            told(notes.len() as u64);
        }
    }
}

/// Brings every data key, and the search tokens of every guest and note, to the current version of the ring that is in the
/// vault, whatever the database says of theirs. Search goes on meanwhile: it looks under every live version, the oldest first, so a guest
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

#[async_trait]
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
            let ring = o.vault().ring();
            let keys = sweep_keys(o, &ring, &mut |count| {
                done.rewrapped += count;
                (self.progress)(done);
            })
            .await?;
            let guests = sweep_guests(o, &ring, &mut |count| {
                done.reindexed += count;
                (self.progress)(done);
            })
            .await?;
            let notes = sweep_notes(o, &ring, &mut |count| {
                done.reindexed += count;
                (self.progress)(done);
            })
            .await?;
            if keys.renewed + guests.renewed + notes.renewed > 0 {
                settled = false;
            } else if settled {
                let RotationProgress { rewrapped, reindexed } = done;
                let unreadable = keys.unreadable + guests.unreadable + notes.unreadable;
                return Ok(RotationReport { version: ring.current(), rewrapped, reindexed, unreadable });
            } else {
                settled = true;
                tokio::time::sleep(SETTLE).await;
            }
        }
    }
}
