//! The plan of a batch: what exists already, guests, rooms, numbers, and what changed since a record last arrived.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use hefu_domain::{
    ids::{PropertyId, VisitId},
    property::Property,
    reservation::{OWN_NUMBERS, normalise_number},
    source::SourceKind,
};
use hefu_kernel::{Ids, LAST_DATE, NumberStretch};
use hefu_store::{
    Conn, ImportRun,
    query::{self, source::LatestVersion},
};

use crate::{
    allocator::{Layout, Loaded},
    batch::Batch,
    guests::{Changes, Guests},
    importer::Importer,
    incoming::{IncomingBooking, IncomingRow, Refusal, padded, refuse},
    revise::{Planning, Revision},
    rows::{Known, Records, check_codes, make, place, source_record},
    write::Planned,
};
use hefu_core::Result;
use hefu_front_office::property::zone;
use hefu_store::Store;

/// So many rows are looked up at once.
const LOOKED_UP: usize = 128;

/// A unit of work ends when about so many guests or visits are to be re-evaluated in it: each takes as long as at a desk, and the desks wait.
const AGAIN: usize = 100;

/// Property, system and number.
type Outside = (PropertyId, String, String);

/// An existing booking.
enum There {
    /// In the records, with the latest version of its source record.
    Recorded { visit: VisitId, latest: Option<LatestVersion> },
    /// From an earlier row of the batch, with this content.
    InBatch(usize),
}

/// Outcome of a row whose booking exists.
enum Again {
    /// Unchanged.
    Same,
    /// Changed.
    Changed,
    /// Another row of the file has the same number and different content.
    Twice,
}

fn again(
    there: &There,
    row: &IncomingBooking,
    rows: &[IncomingRow],
    store: &Store,
    run: &ImportRun,
) -> Again {
    match there {
        There::InBatch(other) => {
            let other = rows[*other].booking.as_ref().ok();
            if other.is_some_and(|other| other.content == row.content) { Again::Same } else { Again::Twice }
        }
        There::Recorded { latest: None, .. } => Again::Changed,
        There::Recorded { latest: Some(latest), .. } => {
            match latest.is_same(store.vault(), &row.content) {
                // For an erased guest nothing is compared and nothing comes back.
                None | Some(true) => Again::Same,
                Some(false) if latest.run_id == Some(run.id) => Again::Twice,
                Some(false) => Again::Changed,
            }
        }
    }
}

async fn load(c: &mut Conn, property: Property) -> Result<Layout> {
    let (id, date) = (property.id, property.business_date);
    let loaded = Loaded {
        rooms: query::property::rooms(c, id).await?,
        types: query::property::room_types(c, id).await?,
        plans: query::property::rate_plans(c, id).await?,
        held: query::import::held(c, id).await?,
        lived_in: query::visit::in_house(c, id).await?.into_iter().map(|stay| stay.room_id).collect(),
        sold: query::inventory::sold(c, id, date, LAST_DATE)
            .await?
            .into_iter()
            .map(|row| (row.room_type_id, row.night, row.part, row.sold))
            .collect(),
    };
    let zone = zone(&property.time_zone)?;
    Ok(Layout::known(property, zone, loaded))
}

fn found(ids: &Ids, b: &IncomingBooking, time_zone: &str, now: DateTime<Utc>) -> Result<Layout> {
    let zone = zone(time_zone)?;
    let property = Property {
        id: ids.id(),
        code: b.property.clone(),
        name: b.property_name.clone(),
        name_en: b.property_name.clone(),
        time_zone: time_zone.to_owned(),
        currency: b.claim.currency,
        business_date: now.with_timezone(&zone).date_naive(),
        check_in_minute: 14 * 60,
        check_out_minute: 12 * 60,
        audit_minute: hefu_domain::property::AUDIT_MINUTE,
        audit_automatic: true,
        overstay: hefu_domain::property::Overstay::LastPrice,
        version: 1,
    };
    Ok(Layout::new(property, zone))
}

impl Importer {
    /// Loads the properties of the batch that are not in memory; creates those that do not exist.
    async fn layouts(&mut self, c: &mut Conn, rows: &[IncomingRow]) -> Result<()> {
        let ids = self.store.ids().clone();
        for b in rows.iter().filter_map(|row| row.booking.as_ref().ok()) {
            if self.state.layouts.contains_key(&b.property) || check_codes(b).is_err() {
                continue;
            }
            let layout = match query::property::by_code(c, &b.property).await? {
                Some(property) => load(c, property).await?,
                None => found(&ids, b, &self.request.time_zone, self.app.clock().now())?,
            };
            self.state.layouts.insert(b.property.clone(), layout);
        }
        Ok(())
    }

    /// The external number of a row: its own key, or its position in the file.
    fn outside_number(&self, row: i64, b: &IncomingBooking) -> (String, String) {
        match &b.source_key {
            Some(key) => (self.request.map.clone(), normalise_number(key)),
            None => {
                let digest = self.request.file_digest.get(..16).unwrap_or(&self.request.file_digest);
                (format!("import:{}:{digest}", self.request.map), padded(row))
            }
        }
    }

    /// Which external numbers of the batch exist, and the latest content of their records.
    async fn known_numbers(&self, c: &mut Conn, rows: &[IncomingRow]) -> Result<Vec<(Outside, There)>> {
        let mut asked: HashMap<(PropertyId, String), Vec<String>> = HashMap::new();
        for row in rows {
            let Ok(b) = &row.booking else { continue };
            let Some(layout) = self.state.layouts.get(&b.property).filter(|layout| layout.stored) else {
                continue;
            };
            let (system, number) = self.outside_number(row.row, b);
            asked.entry((layout.id(), system)).or_default().push(number);
        }
        let mut known = Vec::new();
        for ((property, system), numbers) in asked {
            let found = query::import::known(c, &system, property, &numbers).await?;
            if found.is_empty() {
                continue;
            }
            let numbers: Vec<String> = found.keys().cloned().collect();
            let of = (property, system.as_str(), SourceKind::Booking);
            let mut latest = query::source::latest(c, self.store.vault(), of, &numbers).await?;
            known.extend(found.into_iter().map(|(number, visit)| {
                let there = There::Recorded { visit, latest: latest.remove(&number) };
                ((property, system.clone(), number), there)
            }));
        }
        Ok(known)
    }

    /// So many unused visit numbers.
    async fn free_numbers(store: &Store, c: &mut Conn, count: usize) -> Result<Vec<String>> {
        let rng = store.vault().rng.clone();
        let mut free: Vec<String> = Vec::with_capacity(count);
        let mut seen = HashSet::new();
        while free.len() < count {
            // Drawn from all numbers, each would be on a page of its own.
            let stretch = NumberStretch::random(&*rng);
            let more: Vec<String> = (0..count - free.len())
                .map(|_| stretch.number(&*rng).digits())
                .filter(|number| seen.insert(number.clone()))
                .collect();
            let known = query::import::known(c, OWN_NUMBERS, PropertyId::NIL, &more).await?;
            free.extend(more.into_iter().filter(|number| !known.contains_key(number)));
        }
        Ok(free)
    }

    /// Plans a unit of work over the rows from `start` on: `most` of them, or as many as fit.
    pub(crate) async fn plan(
        &mut self,
        rows: &Arc<[IncomingRow]>,
        start: usize,
        most: usize,
    ) -> Result<Planned> {
        let end = rows.len().min(start.saturating_add(most));
        let (app, store) = (self.app.clone(), self.store.clone());
        // All guests must be findable for recognition, including those of the previous batch.
        if rows[start..end].iter().any(|row| row.booking.as_ref().is_ok_and(|b| b.guest.recognise)) {
            self.merge_staged_tokens().await?;
        }
        let mut c = store.read().await?;
        let mut known: HashMap<Outside, There> = HashMap::new();
        let mut guests = Guests::new(&app, &store);
        let mut plan = Planned {
            run: self.run.clone(),
            report: self.report.clone(),
            setups: Vec::new(),
            dates: Vec::new(),
            records: Records::default(),
            guests: Changes::default(),
            made_of: Vec::new(),
            revisions: Vec::new(),
            quarantine: Vec::new(),
            batch: Batch { run: self.run.id, rows: rows.clone() },
            end,
        };
        if plan.run.columns.len() <= 2
            && let Some(row) = rows.first()
        {
            plan.run.columns = serde_json::to_string(&row.columns).unwrap_or_default();
        }
        for (index, row) in rows.iter().enumerate().take(end).skip(start) {
            if (index - start).is_multiple_of(LOOKED_UP) {
                if guests.changes.enriched() + plan.revisions.len() >= AGAIN {
                    plan.end = index;
                    break;
                }
                let next = &rows[index..end.min(index + LOOKED_UP)];
                self.layouts(&mut c, next).await?;
                for (outside, there) in self.known_numbers(&mut c, next).await? {
                    // What the batch said about it earlier is newer.
                    known.entry(outside).or_insert(there);
                }
                guests.look_up(&mut c, next).await?;
                if self.state.numbers.len() < next.len() {
                    self.state.numbers = Self::free_numbers(&store, &mut c, end - index).await?;
                }
            }
            plan.report.read(row);
            let planned = match &row.booking {
                Err(refusal) => Err(refusal.clone()),
                Ok(b) => self.plan_row(&mut c, &mut plan, &mut guests, &mut known, index, b).await?,
            };
            if let Err(refusal) = planned {
                plan.report.quarantined(row, &refusal.reason);
                plan.quarantine.push((index, refusal));
            }
        }
        plan.guests = guests.changes;
        plan.report.met(&plan.guests);
        plan.report.render();
        let mut written: HashSet<PropertyId> =
            plan.records.reservations.iter().map(|(_, r)| r.property_id).collect();
        written.extend(plan.revisions.iter().map(Revision::property));
        for layout in self.state.layouts.values_mut() {
            if layout.stored && written.contains(&layout.id()) {
                plan.dates.push((layout.id(), layout.property.business_date));
            }
            let new = std::mem::take(&mut layout.new);
            if !new.is_empty() {
                plan.setups.push((layout.id(), new));
            }
            layout.stored = true;
        }
        plan.run.report = serde_json::to_string(&plan.report).unwrap_or_default();
        Ok(plan)
    }

    /// Plans a row with a booking, or returns why it is rejected.
    async fn plan_row(
        &mut self,
        c: &mut Conn,
        plan: &mut Planned,
        guests: &mut Guests,
        known: &mut HashMap<Outside, There>,
        index: usize,
        b: &IncomingBooking,
    ) -> Result<std::result::Result<(), Refusal>> {
        let (store, rows) = (self.store.clone(), plan.batch.rows.clone());
        let ids = store.ids();
        let row = &rows[index];
        let outside = self.outside_number(row.row, b);
        if let Err(refusal) = check_codes(b) {
            return Ok(Err(refusal));
        }
        let Some(layout) = self.state.layouts.get_mut(&b.property) else {
            return Ok(Err(refuse("property", "unknown_value", "no such property")));
        };
        let key = (layout.id(), outside.0.clone(), outside.1.clone());
        let vacant = match known.entry(key) {
            Entry::Vacant(vacant) => vacant,
            Entry::Occupied(there) => {
                let there = there.get();
                match (again(there, b, &rows, &store, &self.run), there) {
                    (Again::Changed, There::Recorded { visit, latest }) => {
                        let mut planning = Planning { c, store: &store, layout, guests };
                        let number = plan.revisions.len();
                        let of = (*visit, latest.as_ref());
                        let revision = planning.revise(number, index, b, outside, of).await?;
                        plan.report.revised(row, revision.differs());
                        plan.revisions.push(revision);
                    }
                    (Again::Twice, _) => {
                        let detail = "another row of the file has the same number and different content";
                        return Ok(Err(refuse("source_key", "same_key", detail)));
                    }
                    _ => {
                        plan.report.already_there(row);
                        guests.known(c, index, b).await?;
                    }
                }
                return Ok(Ok(()));
            }
        };
        let placed = match place(ids, layout, &b.claim) {
            Ok(placed) => placed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        vacant.insert(There::InBatch(index));
        let subject = plan.made_of.len();
        let guest = guests.of(c, subject, index, b).await?;
        let rest = Known {
            id: ids.id(),
            number: self.state.numbers.pop().unwrap_or_default(),
            guest,
            plan: layout.plan(ids),
            room_type: layout.room_type(ids, &b.claim.room_type),
            placed,
            stay: None,
        };
        let visit = (rest.id, guest);
        let made = make(ids, layout, &b.claim, rest);
        let record = source_record(layout.id(), outside.clone(), visit, &b.claim, 1);
        plan.records.add(subject, made, outside);
        plan.records.sources.push((subject, record));
        plan.made_of.push(index);
        plan.report.imported(row);
        Ok(Ok(()))
    }
}
