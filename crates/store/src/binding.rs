//! Under which keys the records are. Written down with the first record, and looked at before anything else is: another key file, an incomplete
//! one, or a store of data keys that does not belong to the records is refused by name, and nothing is written.
//!
//! The records hold a check value for each key of the ring, which tells it from any other key and nothing else of it, and the id of the store of
//! data keys (`keys.db`, on PostgreSQL the schema `keys`), which says the same of itself. A version that a rotation adds is bound when the ring is
//! first used. None of this is a record: who alters it keeps Hefu from starting, and cannot make it take a key.

use std::collections::BTreeMap;

use hefu_crypto::KeyRing;
use uuid::Uuid;

use crate::{
    Conn, KeyFault, StoreError, Tx,
    keys::NAME_STORE,
    sql::{Sql, statements},
    value::args,
};

statements! {
    HAS_RECORDS = "SELECT CAST(1 AS BIGINT) FROM journal LIMIT 1";
    HAS_KEYS = "SELECT CAST(1 AS BIGINT) FROM keys.data_key LIMIT 1";
    CHECKS = "SELECT key, version, value FROM key_check ORDER BY key, version";
    STORE = "SELECT id FROM keys.key_store WHERE one = 1";
    // Whoever was made last: an older copy of the keys lacks these.
    NEWEST = "SELECT g.id, k.wrapped FROM guest g LEFT JOIN keys.data_key k ON k.owner = g.id
        WHERE g.state <> 'erased' ORDER BY g.id DESC LIMIT $1";
    BIND = "INSERT INTO key_check (key, version, value) VALUES ($1, $2, $3) ON CONFLICT (key, version) DO NOTHING";
}

/// Which of the tables that this module reads are there.
const TABLES: [Sql; 2] = [
    Sql("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name IN ('journal', 'key_check')
        UNION ALL SELECT name FROM keys.sqlite_master WHERE type = 'table' AND name IN ('data_key', 'key_store')"),
    Sql("SELECT name FROM (VALUES ('journal', to_regclass('journal')), ('key_check', to_regclass('key_check')),
            ('data_key', to_regclass('keys.data_key')), ('key_store', to_regclass('keys.key_store'))) AS t (name, found)
        WHERE found IS NOT NULL"),
];

/// How many of the guests who were made last must have their key.
const LOOKED_AT: i64 = 16;

/// The row of `key_check` that says whose keys they are.
const INSTALLATION: &str = "installation";
/// The row that says which store of data keys belongs to the records.
const KEY_STORE: &str = "key_store";

/// What is found at a place before anything is written there.
#[derive(Debug, Default)]
pub(crate) struct Found {
    has_records: bool,
    has_keys: bool,
    store: Option<Uuid>,
    checks: BTreeMap<(String, i64), Vec<u8>>,
    /// The guests who were made last, and their wrapped keys.
    newest: Vec<(Uuid, Option<Vec<u8>>)>,
}

impl Found {
    /// Looks, through a connection that sees records and keys.
    pub(crate) async fn by(c: &mut Conn) -> Result<Self, StoreError> {
        let tables: Vec<(String,)> = c.all(TABLES[usize::from(!c.is_sqlite())], args![]).await?;
        let is_there = |name: &str| tables.iter().any(|(table,)| table == name);
        let mut found = Self::default();
        if is_there("journal") {
            found.has_records = c.first::<(i64,)>(HAS_RECORDS, args![]).await?.is_some();
        }
        if is_there("data_key") {
            found.has_keys = c.first::<(i64,)>(HAS_KEYS, args![]).await?.is_some();
        }
        if is_there("key_store") {
            found.store = c.first::<(Uuid,)>(STORE, args![]).await?.map(|(id,)| id);
        }
        if is_there("key_check") {
            let rows = c.all::<(String, i64, Vec<u8>)>(CHECKS, args![]).await?;
            found.checks = rows.into_iter().map(|(key, version, value)| ((key, version), value)).collect();
        }
        if found.has_records && found.has_keys {
            found.newest = c.all(NEWEST, args![LOOKED_AT]).await?;
        }
        Ok(found)
    }

    /// Whether anything was ever recorded here.
    pub(crate) const fn is_used(&self) -> bool {
        self.has_records || self.has_keys
    }

    /// Whether there is nothing to say about `ring` that is not written down yet.
    pub(crate) fn is_bound_to(&self, ring: &KeyRing) -> bool {
        self.checks.contains_key(&(KEY_STORE.to_owned(), 0))
            && ring.checks().iter().all(|check| self.checks.contains_key(&row(check.key, check.version)))
    }

    /// Whether the records are under `ring` and the data keys are theirs; also where nothing was recorded yet. Whoever `accepts_loss` knows that
    /// keys of guests are missing.
    pub(crate) fn check(&self, ring: &KeyRing, accepts_loss: bool) -> Result<(), KeyFault> {
        if self.checks.is_empty() {
            return match self {
                Self { has_records: true, .. } => Err(KeyFault::Unbound),
                Self { has_keys: true, .. } => Err(KeyFault::RecordsMissing),
                _ => Ok(()),
            };
        }
        self.check_ring(ring)?;
        match (self.store, self.id_of(KEY_STORE)) {
            (None, _) => return Err(KeyFault::StoreMissing),
            (store, belonging) if store != belonging => return Err(KeyFault::OtherStore),
            _ if self.has_records && !self.has_keys => return Err(KeyFault::StoreMissing),
            _ => {}
        }
        for (guest, wrapped) in &self.newest {
            match wrapped {
                Some(wrapped) => drop(ring.unwrap_key(*guest, wrapped).map_err(|_| KeyFault::OtherStore)?),
                None if accepts_loss => {}
                None => return Err(KeyFault::StoreOlder { guest: *guest }),
            }
        }
        Ok(())
    }

    /// Whether the records are under `ring`, as far as that is written down.
    fn check_ring(&self, ring: &KeyRing) -> Result<(), KeyFault> {
        if let Some(records) = self.id_of(INSTALLATION)
            && records != ring.tenant()
        {
            return Err(KeyFault::OtherRing { ring: ring.tenant(), records });
        }
        let known: BTreeMap<(String, i64), [u8; 16]> =
            ring.checks().iter().map(|check| (row(check.key, check.version), check.value)).collect();
        for (row @ (key, version), value) in &self.checks {
            match known.get(row) {
                _ if *version == 0 => {}
                Some(own) if own[..] == value[..] => {}
                Some(_) => return Err(KeyFault::OtherKey { key: key.clone(), version: *version }),
                None => return Err(KeyFault::VersionMissing { version: *version }),
            }
        }
        Ok(())
    }

    /// Whether all that is written down is what these keys and this store of data keys would have written, no more and no less.
    pub(crate) fn is_exactly(&self, ring: &KeyRing) -> bool {
        let id = |key: &str, id: Uuid| (row(key, 0), id.as_bytes().to_vec());
        let mut expected: BTreeMap<(String, i64), Vec<u8>> =
            ring.checks().iter().map(|check| (row(check.key, check.version), check.value.to_vec())).collect();
        expected.extend([id(INSTALLATION, ring.tenant()), id(KEY_STORE, self.store.unwrap_or_default())]);
        self.checks == expected
    }

    fn id_of(&self, key: &str) -> Option<Uuid> {
        Uuid::from_slice(self.checks.get(&(key.to_owned(), 0))?).ok()
    }
}

fn row(key: &str, version: u16) -> (String, i64) {
    (key.to_owned(), i64::from(version))
}

/// Writes down, for what is not written down yet, under which keys the records are. What is there stays: two servers that start
/// at once with two rings do not both get their way.
pub(crate) async fn bind(tx: &mut Tx, ring: &KeyRing) -> Result<(), StoreError> {
    if !tx.is_sqlite() {
        let id: Uuid = tx.vault().ids.id();
        tx.execute(NAME_STORE[1], args![id]).await?;
    }
    let Some((store,)) = tx.first::<(Uuid,)>(STORE, args![]).await? else {
        return Err(KeyFault::StoreMissing.into());
    };
    let id = |key: &str, id: Uuid| (key.to_owned(), 0, id.as_bytes().to_vec());
    let of_ring = ring.checks().into_iter();
    let of_ring = of_ring.map(|check| (check.key.to_owned(), i64::from(check.version), check.value.to_vec()));
    for (key, version, value) in of_ring.chain([id(INSTALLATION, ring.tenant()), id(KEY_STORE, store)]) {
        tx.execute(BIND, args![key, version, value]).await?;
    }
    Ok(())
}
