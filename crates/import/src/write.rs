//! Writing a batch as planned, in one unit of work.

use async_trait::async_trait;
use std::collections::HashMap;

use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::ImportEvent,
    ids::{PropertyId, RoomTypeId},
    message::Missing,
    source::SourceState,
};
use hefu_front_office::visit::inventory::count;
use hefu_kernel::{FIRST_DATE, Id as _};
use hefu_store::{ImportRun, Quarantine, query};

use crate::{
    allocator::Setup, batch::Batch, guests::Changes, incoming::Refusal, other::Other, report::ImportReport,
    revise::Revision, rows::Records,
};

/// The number of what is no booking among the subjects of a unit, behind those of new bookings.
pub(crate) const OTHERS: usize = usize::MAX / 4;

/// One batch, ready to be written.
pub(crate) struct Planned {
    pub(crate) run: ImportRun,
    pub(crate) report: ImportReport,
    pub(crate) setups: Vec<(PropertyId, Setup)>,
    /// The business dates that the plan is based on, of properties that exist in the records.
    pub(crate) dates: Vec<(PropertyId, NaiveDate)>,
    pub(crate) records: Records,
    pub(crate) guests: Changes,
    /// The index in the batch of each new booking.
    pub(crate) made_of: Vec<usize>,
    /// Records with changed content.
    pub(crate) revisions: Vec<Revision>,
    /// Records that are no bookings.
    pub(crate) others: Vec<Other>,
    /// Whether guests come without a booking.
    pub(crate) has_guests: bool,
    pub(crate) quarantine: Vec<(usize, Refusal)>,
    pub(crate) batch: Batch,
    /// The row after the last one in it.
    pub(crate) end: usize,
}

impl Planned {
    /// What had to be created in the properties of the batch, with a journal entry for each.
    async fn set_up(&self, u: &mut Unit<'_>) -> Result<()> {
        for (property, new) in &self.setups {
            if let Some(property) = &new.property {
                u.tx.insert(property).await?;
            }
            u.tx.insert_all(&new.codes).await?;
            u.tx.insert_all(&new.plans).await?;
            u.tx.insert_all(&new.types).await?;
            u.tx.insert_all(&new.rooms).await?;
            let mut more: HashMap<RoomTypeId, i64> = HashMap::new();
            for room in &new.rooms {
                *more.entry(room.room_type_id).or_default() += 1;
            }
            let layout = query::property::find(u.tx, *property)
                .await?
                .ok_or_else(|| AppError::not_found(Missing::Property, property))?;
            for (kind, rooms) in more {
                query::inventory::resize_type(u.tx, *property, kind, rooms, layout.business_date).await?;
            }
            let (room_types, rooms) = (new.types.len() as i64, new.rooms.len() as i64);
            let event = ImportEvent::Property { run: self.run.id, room_types, rooms };
            u.record(About::Property(*property, "property", property.uuid()), event).await?;
        }
        Ok(())
    }
}

impl Planned {
    /// Records that are no bookings, and guests without one, under one journal entry.
    async fn write_others(&self, u: &mut Unit<'_>) -> Result<()> {
        if self.others.is_empty() && !self.has_guests {
            return Ok(());
        }
        u.tx.begin_entry_for(OTHERS);
        for other in &self.others {
            let record = self.batch.sealed(u, &other.record, other.index).await?;
            let of = (record.property_id, record.system.as_str(), record.kind);
            query::source::supersede(u.tx, of, &record.external_id, record.version, false).await?;
            u.tx.insert(&record).await?;
        }
        let is_waiting = |other: &&Other| other.record.state == SourceState::Waiting;
        let event = ImportEvent::Records {
            run: self.run.id,
            records: self.others.len() as i64,
            waiting: self.others.iter().filter(is_waiting).count() as i64,
        };
        u.record(About::Chain("import_run", self.run.id.uuid()), event).await
    }
}

impl Planned {
    /// Writes everything but the run.
    ///
    /// # Errors
    /// [`Rule::Exists`] and the like if it met what others wrote meanwhile.
    pub(crate) async fn write(&self, u: &mut Unit<'_>) -> Result<()> {
        self.guests.look_again(u, &self.batch.rows).await?;
        for (property, date) in &self.dates {
            if query::property::lock_shared(u.tx, *property)
                .await?
                .is_none_or(|now| now.business_date != *date)
            {
                // The batch is planned again: nobody reads this.
                return Err(RuleError::new(Rule::Exists, (), Message::Conflict).into());
            }
        }
        self.set_up(u).await?;
        self.guests.write(u, &self.batch.rows).await?;
        // New records may take what changed records release.
        for revision in &self.revisions {
            revision.write(u, &self.batch).await?;
        }
        let r = &self.records;
        let new =
            self.setups.iter().filter_map(|(id, new)| Some((*id, new.property.as_ref()?.business_date)));
        let today: HashMap<PropertyId, NaiveDate> = self.dates.iter().copied().chain(new).collect();
        let mut sources = Vec::with_capacity(r.sources.len());
        for ((subject, record), index) in r.sources.iter().zip(&self.made_of) {
            sources.push((*subject, self.batch.sealed(u, record, *index).await?));
        }
        u.tx.insert_for(&r.reservations).await?;
        u.tx.insert_for(&r.rooms).await?;
        u.tx.insert_for(&r.aliases).await?;
        u.tx.insert_for(&sources).await?;
        u.tx.insert_for(&r.guest_visits).await?;
        u.tx.insert_for(&r.stays).await?;
        u.tx.insert_for(&r.stay_guests).await?;
        u.tx.insert_for(&r.stay_rooms).await?;
        u.tx.insert_for(&r.nights).await?;
        u.tx.insert_for(&r.folios).await?;
        u.tx.insert_for(&r.postings).await?;
        let mut rooms = r.rooms.iter().peekable();
        for ((subject, reservation), index) in r.reservations.iter().zip(&self.made_of) {
            u.tx.begin_entry_for(*subject);
            while let Some((_, room)) = rooms.next_if(|(of, _)| of == subject) {
                if room.counted_type_id.is_some() {
                    let today = today.get(&room.property_id).copied().unwrap_or(FIRST_DATE);
                    // Whoever lives in a room has it, whether or not its type is sold out.
                    count(u, room, today, room.stay_id.is_some()).await?;
                }
            }
            let row = &self.batch.rows[*index];
            let event = ImportEvent::Booking { row: row.row, notes: row.notes.clone() };
            u.record(About::Visit(reservation), event).await?;
        }
        self.write_others(u).await?;
        self.guests.answer_pairs(u, &self.batch.rows).await
    }
}

#[async_trait]
impl Command for Planned {
    const ACTION: Action = Action::ImportStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::chain()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        self.write(u).await?;
        let mut quarantine = Vec::with_capacity(self.quarantine.len());
        for (index, refusal) in &self.quarantine {
            for (row_number, received) in self.batch.rows[*index].received() {
                quarantine.push(Quarantine {
                    run_id: self.run.id,
                    row_number,
                    field: refusal.field.clone(),
                    reason: refusal.why.code().to_owned(),
                    detail: refusal.why.clone(),
                    record: query::import::seal_row(u.tx, self.run.id, row_number, &received).await?,
                });
            }
        }
        u.tx.insert_all(&quarantine).await?;
        let mut run = self.run.clone();
        u.tx.update(&mut run).await?;
        let event = ImportEvent::Progress { rows: self.report.rows, imported: self.report.imported };
        u.record(About::Chain("import_run", run.id.uuid()), event).await
    }
}
