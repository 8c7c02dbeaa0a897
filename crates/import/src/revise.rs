//! A record that arrives again with other content: the visit follows it if nobody has worked on the visit here, else the deviations
//! are stored as open differences.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use hefu_domain::{
    Message, Rule, RuleError,
    event::ImportEvent,
    folio::{Folio, FolioState, Posting},
    ids::{DifferenceId, GuestId, PropertyId, VisitId},
    property::RoomState,
    reservation::{IMPORTED, Reservation, ReservationRoom, ReservationState},
    source::{
        BookingClaim, ClaimField, ClaimStatus, Difference, DifferenceState, Origin, RoomClaim, Says,
        SourceKind, SourceState,
    },
    stay::{Stay, StayGuest, StayState},
};
use hefu_kernel::{Id as _, LAST_DATE};
use hefu_store::{
    Conn, GuestVisit,
    query::{self, source::LatestVersion},
};
use serde::Deserialize;

use crate::{
    allocator::{Held, Layout},
    batch::Batch,
    guests::Guests,
    incoming::IncomingBooking,
    rows::{Known, Made, MadeStay, Placed, make, place, source_record},
};
use hefu_core::{About, Result, Unit};
use hefu_front_office::visit::{
    self, Visit,
    hours::release_hours,
    inventory::{recount, release_room},
};
use hefu_store::Store;

/// The numbers of revisions among the subjects of a unit start here, after those of new bookings.
const REVISIONS: usize = usize::MAX / 2;

/// The fields compared with a visit that was not imported: other fields are expressed differently there.
const COMPARED_AT_FIRST: [ClaimField; 6] = [
    ClaimField::Status,
    ClaimField::Arrival,
    ClaimField::Departure,
    ClaimField::Rate,
    ClaimField::RoomType,
    ClaimField::Guest,
];

/// A new version of a record whose visit exists.
pub(crate) struct Revision {
    subject: usize,
    /// The row's index in the batch.
    index: usize,
    property: PropertyId,
    visit: VisitId,
    /// The version of the reservation that the plan is based on.
    planned_on: i64,
    was_worked_on: bool,
    /// System and key of the record.
    record: (String, String),
    version: i64,
    outcome: Outcome,
}

enum Outcome {
    /// The visit is updated.
    Follow { made: Box<Made>, changed: Vec<ClaimField> },
    /// The visit stays as it is.
    Stay {
        /// The current deviations of the source.
        differing: Vec<(ClaimField, Says)>,
        /// Differences of earlier versions that no longer exist, or have changed.
        resolved: Vec<Difference>,
        /// How many differences of earlier versions remain.
        kept: usize,
    },
}

impl Revision {
    /// The property.
    pub(crate) const fn property(&self) -> PropertyId {
        self.property
    }

    /// Whether the source deviates from the visit, which does not follow it.
    pub(crate) const fn differs(&self) -> bool {
        match &self.outcome {
            Outcome::Follow { .. } => false,
            Outcome::Stay { differing, kept, .. } => !differing.is_empty() || *kept > 0,
        }
    }
}

/// The part of a sealed record that the next version is compared with.
#[derive(Deserialize)]
struct Sealed {
    claim: BookingClaim,
}

/// Inputs for planning a revision.
pub(crate) struct Planning<'a> {
    pub(crate) c: &'a mut Conn,
    pub(crate) store: &'a Store,
    pub(crate) layout: &'a mut Layout,
    pub(crate) guests: &'a mut Guests,
}

impl Planning<'_> {
    /// Plans the `number`th revision of a unit, of the row at `index`.
    pub(crate) async fn revise(
        &mut self,
        number: usize,
        index: usize,
        b: &IncomingBooking,
        record: (String, String),
        (id, latest): (VisitId, Option<&LatestVersion>),
    ) -> Result<Revision> {
        let (property, subject) = (self.layout.id(), REVISIONS + number);
        let vault = self.store.vault();
        let visit = visit::load(self.c, property, id).await?;
        let before = match latest {
            Some(latest) => latest.open(vault)?.and_then(|text| serde_json::from_slice::<Sealed>(&text).ok()),
            None => None,
        };
        let before = before.map(|sealed| sealed.claim);
        let changed = match &before {
            Some(before) => b.claim.changed_since(before),
            None => COMPARED_AT_FIRST.to_vec(),
        };
        let was_worked_on = query::source::is_worked_on(self.c, id).await?;
        let followed = if was_worked_on || before.is_none() {
            None
        } else {
            self.follow(subject, index, b, &visit, &changed).await?
        };
        let outcome = match followed {
            Some(made) => Outcome::Follow { made: Box::new(made), changed },
            None => {
                for (nth, guest) in b.guests.iter().enumerate() {
                    self.guests.known(self.c, (index, nth), guest).await?;
                }
                self.stay(b, &visit, &record, changed).await?
            }
        };
        Ok(Revision {
            subject,
            index,
            property,
            visit: id,
            planned_on: visit.reservation.version,
            was_worked_on,
            record,
            version: latest.map_or(1, |latest| latest.version + 1),
            outcome,
        })
    }

    /// The new state of the visit; none if there is no room for it, and then it stays as it is.
    async fn follow(
        &mut self,
        subject: usize,
        index: usize,
        b: &IncomingBooking,
        visit: &Visit,
        changed: &[ClaimField],
    ) -> Result<Option<Made>> {
        let ids = self.store.ids();
        let held = held(visit);
        self.layout.release(&held);
        let Some(placed) = self.place(b, visit) else {
            self.layout.put_back(&held);
            return Ok(None);
        };
        let mut guests = Vec::with_capacity(b.guests.len());
        for (nth, record) in b.guests.iter().enumerate() {
            let at = (index, nth);
            let is_still = nth == 0 && !changed.contains(&ClaimField::Guest);
            let guest = if is_still {
                let guest = visit.reservation.guest_id;
                self.guests.still(self.c, subject, at, record, guest).await?;
                guest
            } else {
                self.guests.of(self.c, subject, at, record).await?
            };
            guests.push((record.room, guest));
        }
        let known = Known {
            id: visit.reservation.id,
            number: visit.reservation.number.clone(),
            guests,
            plan: self.layout.plan_of(ids, &b.claim),
            room_types: b.claim.rooms().map(|room| self.layout.room_type(ids, &room.room_type)).collect(),
            placed,
            stays: visit.real_stays().map(|stay| (stay.line, stay.id)).collect(),
        };
        Ok(Some(make(ids, self.layout, &b.claim, known)))
    }

    /// Rooms for the source's new dates: those of the visit, where the source names no others and they are still free.
    fn place(&mut self, b: &IncomingBooking, visit: &Visit) -> Option<Vec<Placed>> {
        let ids = self.store.ids();
        let mut claim = b.claim.clone();
        let rooms = std::iter::once(&mut claim.first).chain(&mut claim.more);
        for (line, room) in (1..).zip(rooms) {
            let has = visit.real_stays().find(|stay| stay.line == line).map(|stay| stay.room_id);
            let number = has.and_then(|room| self.layout.number_of(room)).map(str::to_owned);
            room.room = room.room.take().or(number);
        }
        place(ids, self.layout, &claim).or_else(|_| place(ids, self.layout, &b.claim)).ok()
    }

    /// The deviations of the source from a visit that does not follow it.
    async fn stay(
        &mut self,
        b: &IncomingBooking,
        visit: &Visit,
        (system, external_id): &(String, String),
        changed: Vec<ClaimField>,
    ) -> Result<Outcome> {
        let (property, id) = (self.layout.id(), visit.reservation.id);
        let vault = self.store.vault();
        let guest = query::guest::find(self.c, vault, visit.reservation.guest_id).await?;
        let name = guest.map(|guest| guest.profile.full_name).unwrap_or_default();
        let now = as_claimed(self.layout, visit);
        let says = |field: ClaimField| match field {
            ClaimField::Guest => {
                let source = b.booker().map(|guest| guest.profile.full_name.clone()).unwrap_or_default();
                Says { source, visit: name.clone() }
            }
            _ => Says { source: b.claim.text(field), visit: now.text(field) },
        };
        let is_other = |says: &Says| says.source != says.visit;
        let (mut resolved, mut kept) = (Vec::new(), 0);
        for known in query::source::differences(self.c, property, id).await? {
            let is_of_record = known.system == *system && known.external_id == *external_id;
            if !is_of_record || known.state != DifferenceState::Open {
                continue;
            }
            if changed.contains(&known.field) || !is_other(&says(known.field)) {
                resolved.push(known);
            } else {
                kept += 1;
            }
        }
        let differing: Vec<(ClaimField, Says)> = changed
            .into_iter()
            .map(|field| (field, says(field)))
            .filter(|(_, says)| is_other(says))
            .collect();
        Ok(Outcome::Stay { differing, resolved, kept })
    }
}

/// The rooms and inventory of a visit.
fn held(visit: &Visit) -> Held {
    let mut held = Held::default();
    let has_left_hours = |line: i64| {
        visit.rooms.iter().any(|room| room.line == line && room.is_by_the_hour() && room.hours().is_none())
    };
    for stay in visit.real_stays().filter(|stay| !has_left_hours(stay.line)) {
        held.rooms.push((stay.room_id, stay.arrival, stay.departure, stay.state == StayState::InHouse));
    }
    for room in &visit.rooms {
        if let (Some(room_id), None) = (room.room_id, room.stay_id) {
            held.rooms.push((room_id, room.arrival, room.departure, false));
        }
        if let Some(kind) = room.counted_type_id.filter(|_| !has_left_hours(room.line)) {
            held.sold.push((kind, room.arrival, room.counted_until));
        }
    }
    held
}

/// The claim of a source that agrees with what is recorded. About the guest it says nothing.
fn as_claimed(layout: &Layout, visit: &Visit) -> BookingClaim {
    let reservation = &visit.reservation;
    let mut rooms = visit.rooms.iter().map(|line| {
        let stay = visit.real_stays().find(|stay| stay.line == line.line);
        let status = match (stay.map(|stay| stay.state), line.state) {
            (Some(StayState::InHouse), _) => ClaimStatus::InHouse,
            (Some(_), _) => ClaimStatus::CheckedOut,
            (None, ReservationState::Cancelled) => ClaimStatus::Cancelled,
            (None, ReservationState::NoShow) => ClaimStatus::NoShow,
            (
                None,
                ReservationState::Requested | ReservationState::Reserved | ReservationState::Waitlisted,
            ) => ClaimStatus::Reserved,
        };
        let rate = line.prices.first().copied().unwrap_or_default();
        let is_even = line.prices.iter().all(|price| *price == rate);
        let room = stay.map(|stay| stay.room_id).or(line.room_id);
        RoomClaim {
            status,
            arrival: line.arrival,
            departure: line.departure,
            left: stay.map(|stay| stay.departure),
            adults: line.adults,
            children: line.children,
            rate,
            total: (!is_even).then(|| line.prices.iter().sum()),
            room_type: layout.code_of(line.room_type_id).unwrap_or_default().to_owned(),
            room_type_given: None,
            room: room.and_then(|room| layout.number_of(room)).map(str::to_owned),
            rate_plan: None,
        }
    });
    let first = rooms.next().unwrap_or_else(|| RoomClaim {
        status: ClaimStatus::Reserved,
        arrival: reservation.arrival,
        departure: reservation.departure,
        left: None,
        adults: reservation.adults,
        children: reservation.children,
        rate: 0,
        total: None,
        room_type: String::new(),
        room_type_given: None,
        room: None,
        rate_plan: None,
    });
    BookingClaim {
        first,
        more: rooms.collect(),
        booked_on: reservation.booked_at.map(|at| at.with_timezone(&layout.zone).date_naive()),
        currency: reservation.currency,
        channel: reservation.channel.clone(),
        segment: reservation.segment.clone(),
        company: reservation.company.clone(),
        guarantee: reservation.guarantee,
        guest: None,
    }
}

impl Revision {
    /// Writes the new version and its consequences.
    ///
    /// # Errors
    /// [`Rule::Exists`] if somebody worked on the visit since it was planned: the batch is to be planned again.
    pub(crate) async fn write(&self, u: &mut Unit<'_>, batch: &Batch) -> Result<()> {
        let mut visit = visit::lock(u.tx, self.property, self.visit).await?;
        let is_as_planned = visit.reservation.version == self.planned_on
            && query::source::is_worked_on(u.tx, self.visit).await? == self.was_worked_on;
        if !is_as_planned {
            // The batch is planned again: nobody reads this.
            return Err(RuleError::new(Rule::Exists, (), Message::Conflict).into());
        }
        u.tx.begin_entry_for(self.subject);
        let b = batch.booking(self.index)?;
        let (system, external_id) = &self.record;
        let of = (self.property, system.as_str(), SourceKind::Booking);
        let versions = query::source::versions(u.tx, of, external_id).await?;
        let row = batch.rows[self.index].row;
        let version = self.version;
        let event = match &self.outcome {
            Outcome::Follow { made, changed } => {
                follow(u, &mut visit, made, version).await?;
                ImportEvent::Update { row, version, fields: changed.clone() }
            }
            Outcome::Stay { differing, resolved, .. } => {
                self.write_differences(u, &visit, differing, resolved).await?;
                let fields: Vec<ClaimField> = differing.iter().map(|(field, _)| *field).collect();
                match self.differs() {
                    true => ImportEvent::Differ { row, version, fields },
                    false => ImportEvent::Agree { row, version },
                }
            }
        };
        let guest = (self.visit, visit.reservation.guest_id);
        let mut record = source_record(self.property, self.record.clone(), guest, &b.claim, self.version);
        if self.differs() {
            record.state = SourceState::Differs;
        }
        // For a visit that does not follow, no parts come from this version that did not come from the previous one.
        if matches!(self.outcome, Outcome::Stay { .. }) {
            let stands_on = versions.iter().rfind(|known| known.state == SourceState::Linked);
            record.parts = stands_on.map_or_else(String::new, |known| known.parts.clone());
        }
        let record = batch.sealed(u, &record, self.index).await?;
        query::source::supersede(u.tx, of, external_id, self.version, self.differs()).await?;
        u.tx.insert(&record).await?;
        u.record(About::Visit(&visit.reservation), event).await
    }

    async fn write_differences(
        &self,
        u: &mut Unit<'_>,
        visit: &Visit,
        differing: &[(ClaimField, Says)],
        resolved: &[Difference],
    ) -> Result<()> {
        for known in resolved {
            let mut known = known.clone();
            (known.state, known.resolved_at) = (DifferenceState::Resolved, Some(u.now));
            u.tx.update(&mut known).await?;
        }
        let owner = visit.reservation.guest_id.uuid();
        for (field, says) in differing {
            let (system, external_id) = self.record.clone();
            let id: DifferenceId = u.id();
            let mut difference = Difference {
                property_id: self.property,
                visit_id: self.visit,
                id,
                system,
                kind: SourceKind::Booking,
                external_id,
                record_version: self.version,
                field: *field,
                owner,
                says: Vec::new(),
                state: DifferenceState::Open,
                opened_at: u.now,
                resolved_at: None,
                version: 1,
            };
            query::source::seal_says(u.tx, &mut difference, says).await?;
            u.tx.insert(&difference).await?;
        }
        Ok(())
    }
}

/// Updates a visit that nobody has worked on to what its source says now: everything it occupies is released, and what the record needs is
/// taken. `version` is the record's.
async fn follow(u: &mut Unit<'_>, visit: &mut Visit, made: &Made, version: i64) -> Result<()> {
    let before = visit.clone();
    let property = visit.property.id;
    for room in &before.rooms {
        release_hours(u, room).await?;
        if let (Some(room_id), None) = (room.room_id, room.stay_id) {
            release_room(u, property, room_id, (room.visit_id, room.line), (room.arrival, room.departure))
                .await?;
        }
    }
    for stay in before.real_stays() {
        let holder = (stay.visit_id, stay.line);
        release_room(u, property, stay.room_id, holder, (stay.arrival, LAST_DATE)).await?;
    }
    change_guests(u, &before, made).await?;
    let Reservation { group_id, walk_in, version: reservation_version, .. } = before.reservation;
    visit.reservation =
        Reservation { group_id, walk_in, version: reservation_version, ..made.reservation.clone() };
    let new =
        made.rooms.iter().map(|(room, _)| match before.rooms.iter().find(|known| known.line == room.line) {
            Some(known) => {
                ReservationRoom { version: known.version, discount: known.discount, ..room.clone() }
            }
            None => room.clone(),
        });
    let mut rooms: Vec<ReservationRoom> = new.collect();
    // A room that the source names no more is called off; it stays in the history.
    for gone in before
        .rooms
        .iter()
        .filter(|known| rooms.iter().all(|room| room.line != known.line))
        .cloned()
        .collect::<Vec<_>>()
    {
        let state_reason = Some(IMPORTED.to_owned());
        let state = ReservationState::Cancelled;
        rooms.push(ReservationRoom {
            state,
            state_reason,
            room_id: None,
            stay_id: None,
            counted_type_id: None,
            ..gone
        });
    }
    visit.rooms = rooms;
    let lives_here = visit.rooms.iter().any(|room| room.stay_id.is_some());
    recount(u, &visit.property, &before.rooms, &visit.rooms, lives_here).await?;
    visit.write(u, &before).await?;
    for line in before
        .rooms
        .iter()
        .map(|room| room.line)
        .chain(made.rooms.iter().map(|(room, _)| room.line))
        .collect::<BTreeSet<i64>>()
    {
        let known = before.real_stays().find(|stay| stay.line == line).cloned();
        let wanted =
            made.rooms.iter().find(|(room, _)| room.line == line).and_then(|(_, stay)| stay.as_ref());
        match (known, wanted) {
            (None, None) => {}
            (None, Some(made)) => {
                u.tx.insert(&made.stay).await?;
                u.tx.insert_all(&made.people).await?;
                u.tx.insert(&made.in_room).await?;
                u.tx.insert_all(&made.nights).await?;
            }
            (Some(stay), Some(made)) => {
                move_stay(u, visit, &stay, made).await?;
                u.tx.insert_all(&made.nights).await?;
            }
            (Some(mut stay), None) => {
                stay.state = StayState::Undone;
                u.tx.update(&mut stay).await?;
            }
        }
    }
    charge(u, visit, made, version).await
}

/// Replaces the guests who booked and who stay, by what the source says now. Guests that somebody added here are kept with their stays.
async fn change_guests(u: &mut Unit<'_>, before: &Visit, made: &Made) -> Result<()> {
    let Reservation { property_id, id: visit_id, guest_id: old, arrival, departure, .. } = before.reservation;
    let guest_id = made.reservation.guest_id;
    let listed = |guest_id| GuestVisit { guest_id, property_id, visit_id, arrival, departure };
    let known = query::visit::stay_guests(u.tx, property_id, visit_id).await?;
    let mut were: BTreeSet<GuestId> = known.iter().map(|person| person.guest_id).collect();
    were.insert(old);
    let wanted: BTreeSet<GuestId> = made.visitors.iter().copied().collect();
    for gone in were.difference(&wanted) {
        u.tx.delete(&listed(*gone)).await?;
    }
    for new in wanted.difference(&were) {
        u.tx.insert(&listed(*new)).await?;
    }
    // Of stays that there are already; those of new ones come with them.
    for stay in before.real_stays() {
        let of_stay = |person: &&StayGuest| person.stay_id == stay.id;
        let Some(now) = made.stays().find(|made| made.stay.id == stay.id) else { continue };
        for gone in known.iter().filter(of_stay).filter(|person| !now.people.contains(person)) {
            u.tx.delete(gone).await?;
        }
        for new in now.people.iter().filter(|person| !known.contains(person)) {
            u.tx.insert(new).await?;
        }
    }
    if old != guest_id {
        let mut folios = query::visit::folios(u.tx, property_id, visit_id).await?;
        for folio in folios.iter_mut().filter(|folio| folio.guest_id == Some(old)) {
            folio.guest_id = Some(guest_id);
            u.tx.update(folio).await?;
        }
    }
    Ok(())
}

/// Updates a stay to what its source says now.
async fn move_stay(u: &mut Unit<'_>, visit: &Visit, known: &Stay, made: &MadeStay) -> Result<()> {
    let mut stay = Stay { version: known.version, ..made.stay.clone() };
    if known.room_id != stay.room_id {
        let rooms = query::visit::stay_rooms(u.tx, visit.property.id, visit.reservation.id).await?;
        let seq = rooms.iter().filter(|room| room.stay_id == stay.id).map(|room| room.seq).max().unwrap_or(0);
        u.tx.insert(&stay.in_room(seq + 1, &made.in_room.reason, stay.arrival)).await?;
    }
    if known.state == StayState::InHouse && stay.state == StayState::CheckedOut {
        let room = query::property::room(u.tx, visit.property.id, known.room_id).await?;
        if let Some(mut room) =
            room.filter(|room| !matches!(room.state, RoomState::Dirty | RoomState::OutOfOrder))
        {
            room.state = RoomState::Dirty;
            u.tx.update(&mut room).await?;
        }
    }
    u.tx.update(&mut stay).await?;
    Ok(())
}

/// Updates the derived charges of a visit's bill to what its source says now: obsolete ones are reversed, and
/// new ones are posted.
async fn charge(u: &mut Unit<'_>, visit: &Visit, made: &Made, version: i64) -> Result<()> {
    let (property, id) = (visit.property.id, visit.reservation.id);
    let mut lines = query::visit::postings(u.tx, property, id).await?;
    let folios = query::visit::folios(u.tx, property, id).await?;
    let is_new = folios.is_empty();
    let Some(mut folio) = folios.into_iter().next().or_else(|| made.folio.clone()) else {
        return Ok(());
    };
    let mut wanted: Vec<&Posting> = made.charges().collect();
    let mut new = Vec::new();
    let standing = |line: &&Posting| {
        line.origin == Origin::Derived
            && line.reverses.is_none()
            && !lines.iter().any(|other| other.reverses == Some(line.id))
    };
    for line in lines.iter().filter(standing) {
        let same = |wanted: &&Posting| {
            (wanted.night, wanted.amount, wanted.stay_id) == (line.night, line.amount, line.stay_id)
        };
        match wanted.iter().position(same) {
            Some(at) => {
                wanted.swap_remove(at);
            }
            None => new.push(reversal(u, &folio, line, visit.property.business_date)),
        }
    }
    for wanted in wanted {
        let mut line = Posting { folio_id: folio.id, ..wanted.clone() };
        let is_taken = |once: &String| lines.iter().any(|line| line.once.as_ref() == Some(once));
        line.once = line.once.map(|once| if is_taken(&once) { format!("{once}:{version}") } else { once });
        new.push(line);
    }
    folio.state = made.folio.as_ref().map_or(FolioState::Open, |made| made.state);
    lines.extend(new.iter().cloned());
    folio.balance = folio.sum(&lines);
    if is_new {
        u.tx.insert(&folio).await?;
    } else {
        u.tx.update(&mut folio).await?;
    }
    Ok(u.tx.insert_all(&new).await?)
}

fn reversal(u: &Unit<'_>, folio: &Folio, line: &Posting, business_date: NaiveDate) -> Posting {
    let code = (line.code.clone(), line.kind);
    Posting {
        stay_id: line.stay_id,
        night: line.night,
        reverses: Some(line.id),
        once: Some(format!("reverse:{}", line.id)),
        origin: Origin::Derived,
        ..Posting::line(folio, u.id(), code, -line.amount, (business_date, u.now))
    }
}
