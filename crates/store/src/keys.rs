//! Data keys: one for each owner (a guest, a property, an import run), wrapped by the key ring.
//!
//! They lie in a schema of their own (`keys`, on SQLite a file of its own attached under that name).
//! On SQLite a commit over two files is not atomic, so new keys are committed first: a key without
//! its guest harms nobody, a guest without a key could not be read.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, Weak},
};

use arc_swap::ArcSwap;
use hefu_crypto::{DataKey, KeyRing};
use hefu_kernel::{Ids, Rng};
use uuid::Uuid;

use crate::{
    Conn, StoreError,
    bulk::Inserts,
    sql::{Sql, statements},
    value::args,
};

statements! {
    FIND = "SELECT wrapped FROM keys.data_key WHERE owner = $1";
    PAGE = "SELECT owner, wrapped FROM keys.data_key WHERE owner >= $1 ORDER BY owner LIMIT $2";
}

/// Gives the store of data keys its id, unless it has one; for SQLite's own file of keys and for the rest.
pub(crate) const NAME_STORE: [Sql; 2] = [
    Sql("INSERT INTO key_store (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING"),
    Sql("INSERT INTO keys.key_store (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING"),
];

/// Removes a key from SQLite's own file of keys.
pub(crate) const FORGET: Sql = Sql("DELETE FROM data_key WHERE owner = $1");

/// Wraps a key anew, if it still is what was read; like the insert for SQLite's own file of keys and for the rest.
pub(crate) const REWRAP: [Sql; 2] = [
    Sql("UPDATE data_key SET wrapped = $2 WHERE owner = $1 AND wrapped = $3"),
    Sql("UPDATE keys.data_key SET wrapped = $2 WHERE owner = $1 AND wrapped = $3"),
];

/// Writes new keys: into SQLite's own file of keys, and for the rest.
static INSERTS: LazyLock<[Inserts; 2]> =
    LazyLock::new(|| ["data_key", "keys.data_key"].map(|table| Inserts::of(table, &["owner", "wrapped"])));

/// A data key that is yet to be committed.
pub(crate) struct NewKey {
    pub(crate) key: Arc<DataKey>,
    pub(crate) wrapped: Vec<u8>,
    /// The owner had it before, wrapped like this; only its wrapping is new.
    pub(crate) rewrapped: Option<Vec<u8>>,
}

/// How many opened data keys are kept in memory.
const KEPT: usize = 50_000;

/// The key ring in use, the data keys opened lately, and what makes ids and randomness.
pub struct Vault {
    ring: ArcSwap<KeyRing>,
    opened: Mutex<HashMap<Uuid, Arc<DataKey>>>,
    /// Keys of units that are not committed yet, as long as anybody holds them: what a unit wrote, it and the units after it in the same
    /// batch can read, though no table has the key yet.
    made: Mutex<HashMap<Uuid, Weak<DataKey>>>,
    accepts_loss: bool,
    /// Randomness for keys, nonces, salts and numbers.
    pub rng: Arc<dyn Rng>,
    /// Makes identifiers.
    pub ids: Ids,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(..)")
    }
}

impl Vault {
    /// A vault over `ring`.
    pub fn new(ring: KeyRing, rng: Arc<dyn Rng>, ids: Ids) -> Self {
        let (opened, made) = (Mutex::default(), Mutex::default());
        Self { ring: ArcSwap::from_pointee(ring), opened, made, accepts_loss: false, rng, ids }
    }

    /// The same for records some of whose data keys are known to be lost: what is under them stays unreadable, and the rest is opened.
    #[must_use]
    pub fn accepting_loss(self, accepts_loss: bool) -> Self {
        Self { accepts_loss, ..self }
    }

    /// Whether it is known that data keys are lost.
    pub(crate) const fn accepts_loss(&self) -> bool {
        self.accepts_loss
    }

    /// The ring now.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Works with another ring from now on.
    pub fn replace_ring(&self, ring: impl Into<Arc<KeyRing>>) {
        self.ring.store(ring.into());
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Arc<DataKey>>> {
        self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps opened keys in memory, to be found by the next who needs them.
    pub(crate) fn cache(&self, owner: Uuid, key: Arc<DataKey>) {
        self.being_made().remove(&owner);
        let mut opened = self.opened();
        if opened.len() >= KEPT {
            opened.clear();
        }
        opened.insert(owner, key);
    }

    fn being_made(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Weak<DataKey>>> {
        self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Lets a key be found that is yet to be committed, until its unit is over.
    pub(crate) fn make_known(&self, owner: Uuid, key: &Arc<DataKey>) {
        let mut made = self.being_made();
        if made.len() == made.capacity() {
            made.retain(|_, key| key.strong_count() > 0);
        }
        made.insert(owner, Arc::downgrade(key));
    }

    /// An owner's key that is yet to be committed.
    pub(crate) fn made(&self, owner: Uuid) -> Option<Arc<DataKey>> {
        self.being_made().get(&owner)?.upgrade()
    }

    /// The data key of `owner` to read with, also one that is yet to be committed. Nothing may be sealed under such a key but by the
    /// unit that made it: it may never come to be.
    pub(crate) async fn find_to_read(
        &self,
        conn: &mut Conn,
        owner: Uuid,
    ) -> Result<Option<Arc<DataKey>>, StoreError> {
        match self.made(owner) {
            Some(key) => Ok(Some(key)),
            None => self.find(conn, owner).await,
        }
    }

    /// Forgets an owner's key, because it was destroyed.
    pub fn forget(&self, owner: Uuid) {
        self.being_made().remove(&owner);
        self.opened().remove(&owner);
    }

    /// The data key of `owner`, from memory or from the database.
    pub(crate) async fn find(
        &self,
        conn: &mut Conn,
        owner: Uuid,
    ) -> Result<Option<Arc<DataKey>>, StoreError> {
        if let Some(key) = self.opened().get(&owner) {
            return Ok(Some(key.clone()));
        }
        let Some((wrapped,)) = conn.first::<(Vec<u8>,)>(FIND, args![owner]).await? else {
            return Ok(None);
        };
        let key = Arc::new(self.open(owner, &wrapped)?);
        self.cache(owner, key.clone());
        Ok(Some(key))
    }

    /// The data key of an owner whose wrapped key was just read.
    pub(crate) fn known_or_open(&self, owner: Uuid, wrapped: &[u8]) -> Result<Arc<DataKey>, StoreError> {
        if let Some(key) = self.opened().get(&owner) {
            return Ok(key.clone());
        }
        let key = Arc::new(self.open(owner, wrapped)?);
        self.cache(owner, key.clone());
        Ok(key)
    }

    /// Opens a wrapped data key.
    pub(crate) fn open(&self, owner: Uuid, wrapped: &[u8]) -> Result<DataKey, StoreError> {
        self.ring()
            .unwrap_key(owner, wrapped)
            .map_err(|source| StoreError::Crypto { table: "data_key", source })
    }
}

/// Writes data keys. SQLite has its own file for them, written through a connection of its own, so the
/// table has not the same name on both engines. A new key never replaces another: two units that make a key
/// for the same owner at the same time would make what one of them sealed unreadable; the second tries again.
pub(crate) async fn write(
    conn: &mut Conn,
    keys: impl Iterator<Item = (&Uuid, &NewKey)>,
) -> Result<(), StoreError> {
    let schema = usize::from(!conn.is_sqlite());
    let mut values = Vec::new();
    for (owner, key) in keys {
        match &key.rewrapped {
            Some(before) => drop(conn.execute(REWRAP[schema], args![*owner, key.wrapped, *before]).await?),
            None => values.extend(args![*owner, key.wrapped]),
        }
    }
    conn.insert_rows_behind(&INSERTS[schema], values).await
}

/// Owners from `from` on and their wrapped data keys, in order, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn page(conn: &mut Conn, from: Uuid, limit: i64) -> Result<Vec<(Uuid, Vec<u8>)>, StoreError> {
    conn.all(PAGE, args![from, limit]).await
}
