//! A unit of work: what is inside happens wholly or not at all, and never without its journal entry.

use std::{
    collections::{BTreeMap, HashMap},
    ops::{Deref, DerefMut},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use hefu_crypto::{DataKey, KeyRing};
use hefu_domain::{
    event::{AccountEvent, Event},
    ids::{JournalEntryId, PropertyId, VisitId},
    journal::JournalEntry,
};
use uuid::Uuid;

use crate::{
    Conn, Generations, Idempotency, JournalChange, StoreError,
    bulk::Inserts,
    change::{self, GONE, WHOLE, half},
    enqueue::{NewJob, enqueue},
    holder,
    keys::{self, Vault},
    sql::Sql,
    table::{Table, row_digest},
    value::Value,
};

/// What an entry of the journal is to say.
#[derive(Debug, Clone)]
pub struct JournalDraft<'a> {
    /// Who.
    pub actor: &'a str,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done. It is sealed, so it may hold personal data of the owner, and of nobody else.
    pub event: Event,
    /// Why, in the words of whoever asked. It is sealed with the event.
    pub reason: Option<String>,
    /// In which property.
    pub property_id: Option<PropertyId>,
    /// To which visit.
    pub visit_id: Option<VisitId>,
    /// To what.
    pub subject: (&'static str, Uuid),
    /// Whose data key seals event and reason: the guest's if they say anything personal, else the property's.
    pub owner: Uuid,
}

/// What an entry says of the rows that were written with it, as bytes: table, key, digest, one row after the other; see [`WHOLE`].
#[derive(Default)]
struct Touched {
    /// Of tables whose rows go when their guest is erased.
    personal: Vec<u8>,
    /// Of all others.
    others: Vec<u8>,
}

impl Touched {
    /// Adds a row by its values, the key first; of one that is gone the key alone is needed.
    fn add<T: Table>(&mut self, values: &[Value], is_there: bool) {
        let mut key = Vec::with_capacity(48);
        for value in &values[..T::KEYS] {
            value.encode(&mut key);
        }
        // What a key says of the whole row, its digest need not say again: a guest has a dozen search tokens.
        let is_whole = is_there && T::KEYS == T::COLUMNS.len();
        let length = key.len() as u16 | if is_whole { WHOLE } else { 0 };
        let rows = if T::PERSONAL { &mut self.personal } else { &mut self.others };
        rows.push(T::CODE);
        rows.extend_from_slice(&length.to_be_bytes());
        rows.extend_from_slice(&key);
        match (is_there, is_whole) {
            (_, true) => {}
            (true, false) => rows.extend_from_slice(&half(row_digest::<T>(values))),
            (false, false) => rows.extend_from_slice(&GONE),
        }
    }

    fn append(&mut self, other: &mut Self) {
        self.personal.append(&mut other.personal);
        self.others.append(&mut other.others);
    }

    const fn is_empty(&self) -> bool {
        self.personal.is_empty() && self.others.is_empty()
    }

    fn clear(&mut self) {
        self.personal.clear();
        self.others.clear();
    }
}

/// A unit of work in progress. Dereferences to its connection, so every query can be asked in it.
pub struct Tx {
    pub(crate) conn: Conn,
    pub(crate) vault: Arc<Vault>,
    /// The ring at the beginning of the unit: one unit, one ring.
    ring: Arc<KeyRing>,
    /// Rows written since the last journal entry.
    touched: Touched,
    /// The same for rows of [`Tx::insert_for`], by subject, until their subject's turn comes.
    apart: BTreeMap<usize, Touched>,
    entries: Vec<JournalEntry>,
    changes: Vec<JournalChange>,
    /// Data keys made in this unit, to be written before the rest is committed.
    pub(crate) new_keys: HashMap<Uuid, keys::NewKey>,
    /// Data keys made by earlier units of the same SQLite batch.
    pub(crate) batch_keys: HashMap<Uuid, keys::NewKey>,
    /// Records that changed: visits, properties, guests and other subjects of the unit's journal entries.
    pub(crate) changed: Vec<Uuid>,
    /// Visits whose record changed, for those who follow visits.
    pub(crate) visits: Vec<VisitId>,
    /// Whether somebody may do less or more than before.
    pub(crate) changes_rights: bool,
    /// Accounts and programs that were found to be as they were sealed, and whether something of them was written since.
    holders: BTreeMap<Uuid, bool>,
    /// What the unit wants done later.
    jobs: Vec<NewJob>,
    /// Whether there is a job that was not there before.
    pub(crate) has_jobs: bool,
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Tx {
    pub(crate) fn new(conn: Conn, vault: Arc<Vault>) -> Self {
        let ring = vault.ring();
        Self {
            conn,
            vault,
            ring,
            touched: Touched::default(),
            apart: BTreeMap::new(),
            entries: Vec::new(),
            changes: Vec::new(),
            new_keys: HashMap::new(),
            batch_keys: HashMap::new(),
            changed: Vec::new(),
            visits: Vec::new(),
            changes_rights: false,
            holders: BTreeMap::new(),
            jobs: Vec::new(),
            has_jobs: false,
        }
    }

    /// Keys, ids and randomness.
    pub const fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// The key ring this unit works with.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.clone()
    }

    /// Forgets everything of the last unit, so that the next can use the same connection.
    pub(crate) fn reset(&mut self) {
        self.ring = self.vault.ring();
        self.touched.clear();
        self.apart.clear();
        self.entries.clear();
        self.changes.clear();
        self.new_keys.clear();
        self.changed.clear();
        self.visits.clear();
        self.changes_rights = false;
        self.holders.clear();
        self.jobs.clear();
        self.has_jobs = false;
    }

    /// Writes a new row.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when key or a unique value exists.
    pub async fn insert<T: Table>(&mut self, row: &T) -> Result<(), StoreError> {
        self.insert_all(std::slice::from_ref(row)).await
    }

    /// Writes new rows, many at once.
    ///
    /// # Errors
    /// As [`Tx::insert`]; then none is written.
    pub async fn insert_all<T: Table>(&mut self, rows: &[T]) -> Result<(), StoreError> {
        let mut values = Vec::with_capacity(rows.len() * T::COLUMNS.len());
        for row in rows {
            let row = row.values();
            self.lock_holder_of::<T>(&row).await?;
            self.touched.add::<T>(&row, true);
            values.extend(row);
        }
        self.conn.insert_rows(&T::texts().inserts, values).await
    }

    /// Writes new rows of several subjects, many at once. Each row stands beside the number of its subject,
    /// and is bound by the journal entry that follows [`Tx::begin_entry_for`] that subject. The next can be made while PostgreSQL takes these.
    ///
    /// # Errors
    /// As [`Tx::insert`], perhaps said by a later statement of the unit or at its end; then none is written.
    pub async fn insert_for<T: Table>(&mut self, rows: &[(usize, T)]) -> Result<(), StoreError> {
        self.insert_for_by(&T::texts().inserts, rows).await
    }

    /// The same by a statement of the caller's, for rows that are kept elsewhere until they are brought to their place.
    pub(crate) async fn insert_for_by<T: Table>(
        &mut self,
        inserts: &Inserts,
        rows: &[(usize, T)],
    ) -> Result<(), StoreError> {
        let mut values = Vec::with_capacity(rows.len() * T::COLUMNS.len());
        for (subject, row) in rows {
            let row = row.values();
            self.apart.entry(*subject).or_default().add::<T>(&row, true);
            values.extend(row);
        }
        self.conn.insert_rows_behind(inserts, values).await
    }

    /// The next journal entry is about this subject: it binds the rows written for it.
    pub fn begin_entry_for(&mut self, subject: usize) {
        if let Some(mut rows) = self.apart.remove(&subject) {
            self.touched.append(&mut rows);
        }
    }

    /// Writes a row's new contents. Of a versioned row the version it was loaded in must still be the
    /// stored one; it becomes the next.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else changed it first.
    pub async fn update<T: Table>(&mut self, row: &mut T) -> Result<(), StoreError> {
        let version = T::COLUMNS.iter().position(|column| T::VERSIONED && *column == "version");
        let before = version.map(|at| row.values().swap_remove(at));
        row.bump();
        let mut values = row.values();
        self.lock_holder_of::<T>(&values).await?;
        self.touched.add::<T>(&values, true);
        values.extend(before);
        match self.conn.write_row(T::texts().update, values).await? {
            0 => Err(StoreError::Conflict { table: T::NAME.into() }),
            _ => Ok(()),
        }
    }

    /// Removes a row that says only who holds what (a room's night, a search token).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not there.
    pub async fn delete<T: Table>(&mut self, row: &T) -> Result<(), StoreError> {
        let values = row.values();
        self.lock_holder_of::<T>(&values).await?;
        let keys: Vec<Value> = values.into_iter().take(T::KEYS).collect();
        self.touched.add::<T>(&keys, false);
        match self.conn.write_row(T::texts().delete, keys).await? {
            0 => Err(StoreError::Conflict { table: T::NAME.into() }),
            _ => Ok(()),
        }
    }

    /// Makes sure that what stands about an account or a program is what was sealed, and that nobody else writes of it until the unit ends.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it is not.
    pub(crate) async fn lock_holder(&mut self, holder: Uuid) -> Result<(), StoreError> {
        if self.holders.contains_key(&holder) {
            return Ok(());
        }
        // On the heap: every row that is written would make room for it.
        Box::pin(holder::lock(&mut self.conn, &self.ring, holder)).await?;
        self.holders.insert(holder, false);
        Ok(())
    }

    /// Before a row is written: the same of whose it is, if rows of its table are sealed by holder. It is sealed anew at the end of the unit.
    async fn lock_holder_of<T: Table>(&mut self, row: &[Value]) -> Result<(), StoreError> {
        if let Some(at) = holder::column::<T>()
            && let Some(Value::Uuid(Some(of))) = row.get(at)
        {
            self.lock_holder(*of).await?;
            self.holders.insert(*of, true);
        }
        Ok(())
    }

    /// Seals anew what was written about accounts and programs.
    async fn seal_holders(&mut self) -> Result<(), StoreError> {
        for (of, is_written) in std::mem::take(&mut self.holders) {
            if is_written {
                holder::seal(&mut self.conn, &self.ring, of).await?;
            }
        }
        Ok(())
    }

    /// Runs a statement that answers the rows it wrote.
    pub(crate) async fn written<T: Table>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        let rows: Vec<T> = self.conn.all(sql, values).await?;
        for row in &rows {
            self.touched.add::<T>(&row.values(), true);
        }
        Ok(rows)
    }

    /// Runs a statement that answers the rows it removed.
    pub(crate) async fn removed<T: Table>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<Vec<T>, StoreError> {
        let rows: Vec<T> = self.conn.all(sql, values).await?;
        rows.iter().for_each(|row| self.touched.add::<T>(&row.values(), false));
        Ok(rows)
    }

    /// The data key of `owner`, made if it has none.
    ///
    /// # Errors
    /// The stored key cannot be opened, or the database fails.
    pub async fn data_key(&mut self, owner: Uuid) -> Result<Arc<DataKey>, StoreError> {
        if let Some(key) = self.find_data_key(owner).await? {
            return Ok(key);
        }
        Ok(self.new_data_key(owner))
    }

    /// A data key for an owner that certainly has none: a guest that is just being made.
    pub fn new_data_key(&mut self, owner: Uuid) -> Arc<DataKey> {
        let (key, wrapped) = self.ring.new_data_key(&*self.vault.rng, owner);
        let key = Arc::new(key);
        self.vault.make_known(owner, &key);
        self.new_keys.insert(owner, keys::NewKey { key: key.clone(), wrapped: wrapped.0, rewrapped: None });
        key
    }

    /// Wraps an owner's data key by the ring's current version.
    ///
    /// # Errors
    /// The stored key cannot be opened.
    pub fn rewrap(&mut self, owner: Uuid, wrapped: &[u8]) -> Result<(), StoreError> {
        let failed = |source| StoreError::Crypto { table: "data_key", source };
        let before = Some(wrapped.to_vec());
        let wrapped = self.ring.rewrap(&*self.vault.rng, owner, wrapped).map_err(failed)?;
        let key = Arc::new(self.ring.unwrap_key(owner, &wrapped).map_err(failed)?);
        self.new_keys.insert(owner, keys::NewKey { key, wrapped, rewrapped: before });
        Ok(())
    }

    /// Keeps the answer under a claimed key.
    ///
    /// # Errors
    /// The database fails.
    pub async fn answer(&mut self, answer: &Idempotency) -> Result<(), StoreError> {
        self.conn.write_row(Idempotency::texts().update, answer.values()).await.map(drop)
    }

    /// The data key of `owner`; none when there never was one or it was destroyed.
    ///
    /// # Errors
    /// The stored key cannot be opened, or the database fails.
    pub async fn find_data_key(&mut self, owner: Uuid) -> Result<Option<Arc<DataKey>>, StoreError> {
        if let Some(new) = self.new_keys.get(&owner).or_else(|| self.batch_keys.get(&owner)) {
            return Ok(Some(new.key.clone()));
        }
        self.vault.clone().find(&mut self.conn, owner).await
    }

    /// Wants something done later. It is written with the unit, or not at all. A job is no record and needs no journal entry; what it
    /// does, does.
    pub fn enqueue(&mut self, job: NewJob) {
        self.jobs.push(job);
    }

    /// A job waits that did not before.
    pub(crate) const fn job_is_new(&mut self) {
        self.has_jobs = true;
    }

    /// Adds an entry to the journal, binding every row written since the last one.
    ///
    /// # Errors
    /// [`StoreError::Check`] for a reason of more than 65,535 bytes; a data key cannot be had.
    pub async fn journal(&mut self, happened: JournalDraft<'_>) -> Result<JournalEntryId, StoreError> {
        let id: JournalEntryId = self.vault.ids.id();
        let key = self.data_key(happened.owner).await?;
        let keeper = self.data_key(change::keeper(happened.property_id)).await?;
        let mut salt = [0; 16];
        self.vault.rng.fill(&mut salt);
        let (reason, personal) = (happened.reason.as_deref(), &self.touched.personal);
        let change = change::change(salt, &happened.event, reason, personal)?;
        let evidence = change::evidence(&change, &self.touched.others);
        self.touched.clear();
        let mut entry = JournalEntry {
            id,
            // As both engines keep it: the commitment covers it.
            at: DateTime::from_timestamp_micros(happened.at.timestamp_micros()).unwrap_or(happened.at),
            actor: happened.actor.to_owned(),
            action: happened.event.name().to_owned(),
            property_id: happened.property_id,
            visit_id: happened.visit_id,
            subject_kind: happened.subject.0.to_owned(),
            subject_id: happened.subject.1,
            commitment: Vec::new(),
            log_index: None,
        };
        let statement = change::statement(&entry);
        entry.commitment = change::commitment(&statement, &evidence).to_vec();
        let seals = &*self.vault.rng;
        let of_change = change::place(&self.vault, id, change::CHANGE_COLUMN);
        let column = change::evidence_column(&statement);
        let of_evidence = change::place(&self.vault, id, &column);
        self.changes.push(JournalChange {
            entry_id: id,
            owner: happened.owner,
            change: key.seal(seals, &of_change, &change),
            evidence: keeper.seal(seals, &of_evidence, &evidence),
        });
        self.visits.extend(happened.visit_id);
        // What was only opened is as it was.
        if !matches!(happened.event, Event::Account(AccountEvent::Open { .. })) {
            self.changed.push(happened.subject.1);
        }
        self.changes_rights |= matches!(&happened.event, Event::Account(event) if event.changes_rights());
        // A visit's change leaves its property as it was; a room's or a rate plan's does not.
        if let (None, Some(property)) = (happened.visit_id, happened.property_id) {
            self.changed.extend([hefu_kernel::Id::uuid(property), Generations::PROPERTIES]);
        }
        self.entries.push(entry);
        Ok(id)
    }

    /// How many journal entries of a visit the unit has still to write.
    pub fn unwritten_entries(&self, visit: hefu_domain::ids::VisitId) -> i64 {
        self.entries.iter().filter(|entry| entry.visit_id == Some(visit)).count() as i64
    }

    /// Writes what the unit still owes: journal entries and, on PostgreSQL, new data keys.
    pub(crate) async fn finish(&mut self) -> Result<(), StoreError> {
        if !self.touched.is_empty() || !self.apart.is_empty() {
            return Err(StoreError::Unjournalled);
        }
        if !self.holders.is_empty() {
            Box::pin(self.seal_holders()).await?;
        }
        // In one order, so that no two units wait for each other's.
        let mut jobs = std::mem::take(&mut self.jobs);
        jobs.sort_unstable();
        self.has_jobs |= !jobs.is_empty();
        for job in jobs {
            let id = self.vault.ids.id();
            enqueue(&mut self.conn, id, job).await?;
        }
        // Nothing binds the journal's own rows but the ledger.
        let entries = std::mem::take(&mut self.entries).iter().flat_map(Table::values).collect();
        self.conn.insert_rows_behind(&JournalEntry::texts().inserts, entries).await?;
        let changes = std::mem::take(&mut self.changes).iter().flat_map(Table::values).collect();
        self.conn.insert_rows_behind(&JournalChange::texts().inserts, changes).await?;
        if !self.conn.is_sqlite() {
            keys::write(&mut self.conn, self.new_keys.iter()).await?;
        }
        self.conn.caught_up().await
    }
}
