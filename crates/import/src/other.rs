//! Records of other systems that are no bookings: charges, payments, movements of points, rooms, prices.
//!
//! Each is stored as received and linked to the visit or guest it belongs to. One that has no partner yet waits for it: files come in any order, so
//! after each run everything that waits is looked at again.

use async_trait::async_trait;
use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, NaiveDate};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    event::ImportEvent,
    ids::{GuestId, ImportRunId, PropertyId, VisitId},
    reservation::{exact_number, normalise_number},
    source::{SourceKind, SourceRecord, SourceState},
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Vault, query};
use serde::Deserialize;

use crate::incoming::{IncomingOther, Links};

/// Waiting records that one unit of work looks at.
const LOOKED_AT: i64 = 200;

/// What a record belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) visit: Option<VisitId>,
    pub(crate) guest: Option<GuestId>,
}

/// A record to be written.
pub(crate) struct Other {
    /// The row's index in the batch.
    pub(crate) index: usize,
    pub(crate) record: SourceRecord,
}

/// Whether a record of this kind belongs to a property and to no visit or guest.
const fn is_of_property(kind: SourceKind) -> bool {
    use SourceKind::{Blocked, Enquiry, Inventory, Rate, Room};
    matches!(kind, Room | Rate | Inventory | Blocked | Enquiry)
}

/// A version of a record, not sealed yet.
pub(crate) fn source_record(
    property_id: PropertyId,
    (system, external_id): (String, String),
    kind: SourceKind,
    link: Link,
    version: i64,
) -> SourceRecord {
    let is_linked = is_of_property(kind) || link != Link::default();
    SourceRecord {
        property_id,
        system,
        kind,
        external_id,
        version,
        visit_id: link.visit,
        part_id: None,
        parts: String::new(),
        state: if is_linked { SourceState::Linked } else { SourceState::Waiting },
        run_id: None,
        received_at: DateTime::UNIX_EPOCH,
        owner: link.guest.map_or_else(|| property_id.uuid(), GuestId::uuid),
        digest: Vec::new(),
        record: Vec::new(),
    }
}

/// What a record belongs to, as far as it is there: by the booking's number; by the guest's, and the day; by the room, and the day.
///
/// # Errors
/// The database fails.
pub(crate) async fn link(
    c: &mut Conn,
    vault: &Vault,
    property: PropertyId,
    kind: SourceKind,
    links: &Links,
) -> Result<Link> {
    if is_of_property(kind) {
        return Ok(Link::default());
    }
    if let Some(number) = &links.booking {
        let mut found = query::visit::by_number(c, &exact_number(number)).await?;
        if found.is_empty() {
            found = query::visit::by_number(c, &normalise_number(number)).await?;
        }
        found.retain(|alias| alias.property_id == property);
        if found.iter().any(|alias| !alias.is_loose()) {
            found.retain(|alias| !alias.is_loose());
        }
        found.dedup_by_key(|alias| alias.visit_id);
        // The number says what it belongs to: nothing else is looked for.
        let [alias] = found.as_slice() else { return Ok(Link::default()) };
        let reservation = query::visit::reservation(c, property, alias.visit_id).await?;
        return Ok(Link {
            visit: Some(alias.visit_id),
            guest: reservation.map(|reservation| reservation.guest_id),
        });
    }
    if let Some((system, id)) = &links.guest {
        let known = query::import::known_sources(c, vault, system, std::slice::from_ref(id)).await?;
        let Some(guest) = known.get(id).map(|known| known.guest) else { return Ok(Link::default()) };
        let visit = match links.date {
            Some(day) => {
                let mut visits = query::visit::of_guest(c, guest, (day, day), 3).await?;
                visits.retain(|visit| visit.property_id == property);
                if let [only] = visits.as_slice() { Some(only.visit_id) } else { None }
            }
            None => None,
        };
        return Ok(Link { visit, guest: Some(guest) });
    }
    if let (Some(number), Some(day)) = (&links.room, links.date)
        && let Some(room) = query::property::room_by_number(c, property, number).await?
    {
        // On the day of a change of guests the room is of neither by itself.
        let visits = query::visit::in_room(c, property, room.id, (day, day)).await?;
        if let [visit] = visits.as_slice() {
            let reservation = query::visit::reservation(c, property, *visit).await?;
            return Ok(Link {
                visit: Some(*visit),
                guest: reservation.map(|reservation| reservation.guest_id),
            });
        }
    }
    Ok(Link::default())
}

/// The part of a sealed record that links it.
#[derive(Deserialize)]
struct Sealed {
    says: Says,
}

#[derive(Deserialize)]
struct Says {
    booking: Option<String>,
    guest: Option<String>,
    room: Option<String>,
    date: Option<NaiveDate>,
}

/// Looks again at records that wait, after the last one of the previous call; answers the last one looked at, if there may be more, and how many
/// were linked.
pub(crate) struct LinkWaiting {
    pub(crate) run: ImportRunId,
    pub(crate) after: Option<(PropertyId, String, SourceKind, String)>,
}

#[async_trait]
impl Command for LinkWaiting {
    const ACTION: Action = Action::ImportStep;
    type Out = (Option<(PropertyId, String, SourceKind, String)>, i64);

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let after = self.after.clone().unwrap_or((
            PropertyId::NIL,
            String::new(),
            SourceKind::Booking,
            String::new(),
        ));
        let waiting = query::source::waiting(u.tx, after, LOOKED_AT).await?;
        let vault = u.tx.vault().clone();
        let (mut linked, mut codes): (i64, HashMap<PropertyId, String>) = (0, HashMap::new());
        let mut last = None;
        for record in &waiting {
            last = Some((record.property_id, record.system.clone(), record.kind, record.external_id.clone()));
            let Some(received) = query::source::open(u.tx, &vault, record).await? else { continue };
            let Ok(Sealed { says }) = serde_json::from_slice::<Sealed>(&received) else { continue };
            let code = match codes.get(&record.property_id) {
                Some(code) => code.clone(),
                None => {
                    let code =
                        query::property::find(u.tx, record.property_id).await?.map(|property| property.code);
                    codes.entry(record.property_id).or_insert(code.unwrap_or_default()).clone()
                }
            };
            let links = Links {
                booking: says.booking,
                guest: says.guest.map(|id| (format!("import:{}", record.system), format!("{code}/{id}"))),
                name: None,
                room: says.room,
                date: says.date,
            };
            let link = link(u.tx, &vault, record.property_id, record.kind, &links).await?;
            if link == Link::default() {
                continue;
            }
            // What it says is of the guest now, and is erased with him.
            let mut now = record.clone();
            (now.state, now.visit_id) = (SourceState::Linked, link.visit);
            now.owner = link.guest.map_or(record.owner, GuestId::uuid);
            let text = String::from_utf8_lossy(&received).into_owned();
            query::source::seal(u.tx, &mut now, &says_of(&text), &received).await?;
            u.tx.update(&mut now).await?;
            linked += 1;
        }
        if linked > 0 {
            let event = ImportEvent::Records { run: self.run, records: linked, waiting: 0 };
            u.record(About::Chain("import_run", self.run.uuid()), event).await?;
        }
        Ok((last.filter(|_| waiting.len() as i64 == LOOKED_AT), linked))
    }
}

/// What tells whether the record arrives again unchanged: what is read from it.
fn says_of(record: &str) -> String {
    let whole: serde_json::Value = serde_json::from_str(record).unwrap_or_default();
    whole["says"].to_string()
}

impl IncomingOther {
    /// What tells whether it arrives again unchanged, in the same spelling as in the stored record.
    pub(crate) fn digested(&self) -> String {
        says_of(&String::from_utf8_lossy(&self.record))
    }
}

/// A record that waits for the booking or guest it belongs to.
#[derive(Debug, Clone)]
pub struct WaitingRecord {
    /// Code of the property.
    pub property: String,
    /// The system.
    pub system: String,
    /// What it is.
    pub kind: SourceKind,
    /// Its key there.
    pub external_id: String,
    /// When it came.
    pub received_at: DateTime<chrono::Utc>,
}

/// Records that wait, the first so many.
#[derive(Debug, Clone, Copy)]
pub struct ListWaiting {
    /// Maximum number.
    pub limit: i64,
}

#[async_trait]
impl Query for ListWaiting {
    const ACTION: Action = Action::ImportList;
    type Out = Vec<WaitingRecord>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::ImportRun)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let limit = self.limit;
        let c = r.conn().await?;
        let first = (PropertyId::NIL, String::new(), SourceKind::Booking, String::new());
        let mut codes: HashMap<PropertyId, String> = HashMap::new();
        let mut waiting = Vec::new();
        for record in query::source::waiting(c, first, limit).await? {
            let SourceRecord { property_id, system, kind, external_id, received_at, .. } = record;
            let property = match codes.entry(property_id) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(unknown) => {
                    let property = query::property::find(c, property_id).await?;
                    unknown.insert(property.map(|property| property.code).unwrap_or_default()).clone()
                }
            };
            waiting.push(WaitingRecord { property, system, kind, external_id, received_at });
        }
        Ok(waiting)
    }
}
