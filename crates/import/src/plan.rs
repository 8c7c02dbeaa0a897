//! The plan of a batch: what exists already, guests, rooms, numbers, and what changed since a record last arrived.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use hefu_domain::{
    ids::{ImportRunId, PropertyId, RoomId, VisitId},
    message::Why,
    property::Property,
    reservation::{OWN_NUMBERS, exact_number, loose_system, normalise_number},
    source::{SourceKind, SourceState},
};
use hefu_kernel::{Currency, Ids, LAST_DATE, NumberStretch};
use hefu_store::{
    Conn,
    query::{self, source::LatestVersion},
};

use crate::{
    allocator::{Layout, Loaded, Taken},
    batch::Batch,
    guests::{Changes, Guests},
    importer::Importer,
    incoming::{Content, IncomingBooking, IncomingOther, IncomingRow, Refusal, SourceNumber},
    other::{self, Other, link},
    revise::{Planning, Revision},
    rows::{Known, Records, check_codes, check_number, is_code, make, place, source_record},
    write::{OTHERS, Planned},
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

/// What the rows of a unit have met.
struct Met<'a> {
    /// Existing bookings.
    known: &'a mut HashMap<Outside, There>,
    /// Numbers without dashes that new bookings are found by.
    loose: &'a mut HashSet<(PropertyId, String)>,
}

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

/// `file` is the run over a file: it says of each booking one thing. None: the source speaks by itself, and says something else later.
fn again(
    there: &There,
    row: &IncomingBooking,
    rows: &[IncomingRow],
    store: &Store,
    file: Option<ImportRunId>,
) -> Again {
    match there {
        There::InBatch(other) => {
            let other = rows[*other].booking();
            if other.is_some_and(|other| other.content == row.content) { Again::Same } else { Again::Twice }
        }
        There::Recorded { latest: None, .. } => Again::Changed,
        There::Recorded { latest: Some(latest), .. } => {
            match latest.is_same(store.vault(), &row.content) {
                // For an erased guest nothing is compared and nothing comes back.
                None | Some(true) => Again::Same,
                Some(false) if file.is_some() && latest.run_id == file => Again::Twice,
                Some(false) => Again::Changed,
            }
        }
    }
}

/// Loads a property; of what is held only what is since a date, if there is one.
async fn load(c: &mut Conn, property: Property, since: Option<NaiveDate>) -> Result<Layout> {
    let (id, date) = (property.id, property.business_date);
    let rooms = query::property::rooms(c, id).await?;
    let places: HashMap<RoomId, usize> = rooms.iter().map(|room| room.id).zip(0..).collect();
    let mut taken = Taken::default();
    query::import::each_held(c, id, since, &mut |room, night, part| {
        if let Some(place) = places.get(&room) {
            taken.add(*place, night, part);
        }
    })
    .await?;
    let loaded = Loaded {
        rooms,
        types: query::property::room_types(c, id).await?,
        plans: query::property::rate_plans(c, id).await?,
        policies: query::property::policies(c, id).await?,
        taken,
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

/// A property that a file names and that is not there yet.
fn found(
    ids: &Ids,
    (code, name): (&str, &str),
    currency: Currency,
    time_zone: &str,
    now: DateTime<Utc>,
) -> Result<Layout> {
    let zone = zone(time_zone)?;
    let property = Property {
        id: ids.id(),
        code: code.to_owned(),
        name: name.to_owned(),
        name_en: name.to_owned(),
        time_zone: time_zone.to_owned(),
        currency,
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
        for row in rows {
            let (names, currency) = match (row.booking(), row.other()) {
                (Some(b), _) if check_codes(b).is_ok() => {
                    ((&b.property, &b.property_name), Some(b.claim.currency))
                }
                (_, Some(other)) if is_code(&other.property) => {
                    ((&other.property, &other.property_name), other.currency)
                }
                _ => continue,
            };
            let layout = match self.state.layouts.entry(names.0.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => {
                    let layout = match (query::property::by_code(c, names.0).await?, currency) {
                        (Some(property), _) => load(c, property, self.since).await?,
                        (None, Some(currency)) => {
                            let now = self.app.clock().now();
                            found(&ids, (names.0, names.1), currency, &self.request.time_zone, now)?
                        }
                        // A property has a currency, and the file does not say it.
                        (None, None) => continue,
                    };
                    vacant.insert(layout)
                }
            };
            let Some(b) = row.booking() else { continue };
            if b.claim.currency != layout.property.currency {
                continue;
            }
            for (code, name) in &b.type_names {
                layout.name_type(&ids, code, name);
            }
            // Rooms that rows name are there before any that has to be made for a row that names none.
            for room in b.claim.rooms() {
                if let Some(number) = &room.room {
                    layout.name_room(&ids, room.given(), number, "");
                }
            }
        }
        Ok(())
    }

    /// The external number of a row, and its system.
    fn outside_number(&self, number: &SourceNumber) -> (String, String) {
        let key = if number.is_derived { number.key.clone() } else { exact_number(&number.key) };
        (self.request.map.clone(), key)
    }

    /// Which external numbers of the batch exist, and the latest content of their records.
    async fn known_numbers(&self, c: &mut Conn, rows: &[IncomingRow]) -> Result<Vec<(Outside, There)>> {
        let mut asked: HashMap<(PropertyId, String), Vec<(String, bool)>> = HashMap::new();
        for row in rows {
            let Some(b) = row.booking() else { continue };
            let Some(layout) = self.state.layouts.get(&b.property).filter(|layout| layout.stored) else {
                continue;
            };
            let (system, number) = self.outside_number(&b.number);
            asked.entry((layout.id(), system)).or_default().push((number, b.number.is_derived));
        }
        let mut known = Vec::new();
        for ((property, system), numbers) in asked {
            let given = numbers.iter().filter(|(_, is_derived)| !is_derived).map(|(number, _)| number);
            // A desk writes numbers without dashes.
            let mut typed: Vec<String> =
                given.flat_map(|number| [number.clone(), normalise_number(number)]).collect();
            typed.sort_unstable();
            typed.dedup();
            let aliases = query::import::known(c, &system, property, &typed).await?;
            let is_asked = |(number, is_derived): &&(String, bool)| {
                *is_derived || aliases.contains_key(number) || aliases.contains_key(&normalise_number(number))
            };
            let wanted: Vec<String> =
                numbers.iter().filter(is_asked).map(|(number, _)| number.clone()).collect();
            if wanted.is_empty() {
                continue;
            }
            let of = (property, system.as_str(), SourceKind::Booking);
            let mut latest = query::source::latest(c, self.store.vault(), of, &wanted).await?;
            for number in wanted {
                let there = match latest.remove(&number) {
                    Some(latest) => {
                        latest.visit_id.map(|visit| There::Recorded { visit, latest: Some(latest) })
                    }
                    None => match aliases.get(&number).or_else(|| aliases.get(&normalise_number(&number))) {
                        // Typed at a desk, or the number of another booking that differs in its dashes.
                        Some(visit) => {
                            let records = query::source::of_visit(c, property, *visit).await?;
                            let is_other = records
                                .iter()
                                .any(|record| record.system == system && record.kind == SourceKind::Booking);
                            (!is_other).then_some(There::Recorded { visit: *visit, latest: None })
                        }
                        None => None,
                    },
                };
                known.extend(there.map(|there| ((property, system.clone(), number), there)));
            }
        }
        Ok(known)
    }

    /// The external numbers under which a new booking is found, with their systems: as its source writes it, and without dashes if nobody else
    /// is found by that.
    async fn numbers_of(
        &self,
        c: &mut Conn,
        property: PropertyId,
        number: &SourceNumber,
        taken: &mut HashSet<(PropertyId, String)>,
    ) -> Result<Vec<(String, String)>> {
        if number.is_derived {
            return Ok(Vec::new());
        }
        let (system, exact) = self.outside_number(number);
        let loose = normalise_number(&exact);
        let mut numbers = vec![(system.clone(), exact.clone())];
        if loose != exact && !loose.is_empty() {
            let system = loose_system(&system);
            let known = query::import::known(c, &system, property, std::slice::from_ref(&loose)).await?;
            if known.is_empty() && taken.insert((property, loose.clone())) {
                numbers.push((system, loose));
            }
        }
        Ok(numbers)
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
        if rows[start..end].iter().flat_map(IncomingRow::guests).any(|guest| guest.recognise) {
            self.merge_staged_tokens().await?;
        }
        let mut c = store.read().await?;
        let mut known: HashMap<Outside, There> = HashMap::new();
        let mut guests = Guests::new(&app, &store);
        let (mut loose, mut others) = (HashSet::new(), HashMap::new());
        let mut plan = Planned {
            run: self.run.clone(),
            report: self.report.clone(),
            setups: Vec::new(),
            dates: Vec::new(),
            records: Records::default(),
            guests: Changes::default(),
            made_of: Vec::new(),
            revisions: Vec::new(),
            others: Vec::new(),
            has_guests: false,
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
            let planned = match &row.content {
                Err(refusal) => Err(refusal.clone()),
                Ok(Content::Booking(b)) => {
                    let mut met = Met { known: &mut known, loose: &mut loose };
                    self.plan_row(&mut c, &mut plan, &mut guests, &mut met, index, b).await?
                }
                Ok(Content::Other(other)) => {
                    self.plan_other(&mut c, &mut plan, &mut guests, &mut others, index, other).await?
                }
            };
            if let Err(refusal) = planned {
                plan.report.quarantined(row, refusal.why.code());
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
        met: &mut Met<'_>,
        index: usize,
        b: &IncomingBooking,
    ) -> Result<std::result::Result<(), Refusal>> {
        let (store, rows) = (self.store.clone(), plan.batch.rows.clone());
        let ids = store.ids();
        let row = &rows[index];
        let outside = self.outside_number(&b.number);
        if let Err(refusal) = check_codes(b) {
            return Ok(Err(refusal));
        }
        let Some(layout) = self.state.layouts.get_mut(&b.property) else {
            return Ok(Err(Refusal::of("property", Why::NoProperty)));
        };
        let key = (layout.id(), outside.0.clone(), outside.1.clone());
        let vacant = match met.known.entry(key) {
            Entry::Vacant(vacant) => vacant,
            Entry::Occupied(there) => {
                let there = there.get();
                let file = self.since.is_none().then_some(self.run.id);
                match (again(there, b, &rows, &store, file), there) {
                    (Again::Changed, There::Recorded { visit, latest }) => {
                        let mut planning = Planning { c, store: &store, layout, guests };
                        let number = plan.revisions.len();
                        let of = (*visit, latest.as_ref());
                        let revision = planning.revise(number, index, b, outside, of).await?;
                        plan.report.revised(row, revision.differs());
                        plan.revisions.push(revision);
                    }
                    (Again::Twice, _) => {
                        return Ok(Err(Refusal::of("source_key", Why::SameKey)));
                    }
                    _ => {
                        plan.report.already_there(row);
                        for (nth, guest) in b.guests.iter().enumerate() {
                            guests.known(c, (index, nth), guest).await?;
                        }
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
        let mut people = Vec::with_capacity(b.guests.len());
        for (nth, guest) in b.guests.iter().enumerate() {
            people.push((guest.room, guests.of(c, subject, (index, nth), guest).await?));
        }
        let Some((_, booker)) = people.first().copied() else {
            return Ok(Err(Refusal::of("full_name", Why::NoGuest)));
        };
        let rest = Known {
            id: ids.id(),
            number: self.state.numbers.pop().unwrap_or_default(),
            guests: people,
            plan: layout.plan_of(ids, &b.claim),
            room_types: b.claim.rooms().map(|room| layout.room_type(ids, &room.room_type)).collect(),
            placed,
            stays: Vec::new(),
        };
        let (property, visit) = (layout.id(), (rest.id, booker));
        let made = make(ids, layout, &b.claim, rest);
        let record = source_record(property, outside, visit, &b.claim, 1);
        let numbers = self.numbers_of(c, property, &b.number, met.loose).await?;
        plan.records.add(subject, made, numbers);
        plan.records.sources.push((subject, record));
        plan.made_of.push(index);
        plan.report.imported(row);
        Ok(Ok(()))
    }

    /// Plans a record that is no booking, or returns why it is rejected.
    async fn plan_other(
        &mut self,
        c: &mut Conn,
        plan: &mut Planned,
        guests: &mut Guests,
        met: &mut HashMap<(PropertyId, String), usize>,
        index: usize,
        other: &IncomingOther,
    ) -> Result<std::result::Result<(), Refusal>> {
        let (store, rows) = (self.store.clone(), plan.batch.rows.clone());
        let (ids, row) = (store.ids(), &rows[index]);
        if let Err(refusal) = check_number(&other.number) {
            return Ok(Err(refusal));
        }
        let (system, number) = self.outside_number(&other.number);
        let Some(layout) = self.state.layouts.get_mut(&other.property) else {
            return Ok(Err(Refusal::of("property", Why::NoProperty)));
        };
        let (property, is_stored) = (layout.id(), layout.stored);
        if let Some(room) = &other.room {
            layout.name_type(ids, &room.room_type, &room.type_name);
            layout.name_room(ids, &room.room_type, &room.number, &room.floor);
        }
        let Some(kind) = other.kind else {
            let Some(guest) = other.guests.first() else {
                return Ok(Err(Refusal::of("full_name", Why::NoGuest)));
            };
            let before = guests.changes.changed();
            match guests.known(c, (index, 0), guest).await? {
                Some(_) if guests.changes.changed() > before => {
                    plan.has_guests = true;
                    plan.report.revised(row, false);
                }
                Some(_) => plan.report.already_there(row),
                None => {
                    guests.of(c, OTHERS, (index, 0), guest).await?;
                    plan.has_guests = true;
                    plan.report.imported(row);
                }
            }
            return Ok(Ok(()));
        };
        let content = other.digested();
        if let Some(earlier) = met.insert((property, format!("{kind}:{number}")), index) {
            let is_same = rows[earlier].other().is_some_and(|earlier| earlier.digested() == content);
            if is_same {
                plan.report.already_there(row);
                return Ok(Ok(()));
            }
            return Ok(Err(Refusal::of("source_key", Why::SameKey)));
        }
        let mut version = 1;
        if is_stored {
            let of = (property, system.as_str(), kind);
            let latest = query::source::latest(c, store.vault(), of, std::slice::from_ref(&number)).await?;
            if let Some(latest) = latest.get(&number) {
                // For an erased guest nothing is compared and nothing comes back.
                if latest.is_same(store.vault(), &content) != Some(false) {
                    plan.report.already_there(row);
                    return Ok(Ok(()));
                }
                version = latest.version + 1;
            }
        }
        let link = link(c, store.vault(), property, kind, &other.links).await?;
        let record = other::source_record(property, (system, number), kind, link, version);
        plan.report.linked(row, record.state == SourceState::Waiting);
        if version > 1 {
            plan.report.revised(row, false)
        } else {
            plan.report.imported(row)
        }
        plan.others.push(Other { index, record });
        Ok(Ok(()))
    }
}
