//! The embedded engine: many readers, one writer that commits waiting units together.

mod driver;
#[cfg(target_os = "linux")]
mod mapped;
mod migrate;
mod pages;
mod readers;
mod turn;
mod writer;

use std::path::Path;

use crate::StoreError;

pub(crate) use self::{
    driver::{Driver, Wanted},
    pages::at_one_moment,
    readers::{Connection, Readers},
    turn::Commits,
    writer::{Finish, Job, Message, Opened, open},
};

/// After how many pages of 4 KiB the log is worked in, to how many bytes one that had to grow is cut back then, and the writer's cache,
/// KiB (negative, as SQLite wants it).
const EXPECT_LITTLE: &str =
    "PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 134217728; PRAGMA cache_size = -65536";
/// The same while a history comes in: the longer the log, the fewer pages are worked in twice.
const EXPECT_MUCH: &str =
    "PRAGMA wal_autocheckpoint = 65536; PRAGMA journal_size_limit = 536870912; PRAGMA cache_size = -131072";
/// A reader that maps the files: it reads them where they lie in the system's cache, without copying a page first, and a mapped page is
/// the last that a system short of memory takes back. (The map counts as the process's memory, once for each reader; it is shared.)
const MAPPED_READER: &str =
    "PRAGMA mmap_size = 1099511627776; PRAGMA cache_size = -4096; PRAGMA query_only = ON";
/// A reader while a history comes in, whose memory should be what it needs.
const READER: &str = "PRAGMA cache_size = -16384; PRAGMA query_only = ON";

/// What every connection is set to.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA temp_store = memory; PRAGMA journal_size_limit = 134217728;";

/// Reads every page of what a search goes through: to count without an index SQLite visits all of a table's pages. Guests alone have their
/// key in an index of its own.
const WARM: [&str; 10] = [
    "SELECT count(*) FROM visit_alias NOT INDEXED",
    "SELECT count(*) FROM token NOT INDEXED",
    "SELECT count(*) FROM guest WHERE id > x''",
    "SELECT count(*) FROM guest NOT INDEXED",
    "SELECT count(*) FROM keys.data_key NOT INDEXED",
    "SELECT count(*) FROM guest_visit NOT INDEXED",
    "SELECT count(*) FROM reservation NOT INDEXED",
    "SELECT count(*) FROM reservation_room NOT INDEXED",
    "SELECT count(*) FROM stay NOT INDEXED",
    "SELECT count(*) FROM room NOT INDEXED",
];

/// Reads what searches read; see [`crate::Store::warm`].
pub(crate) fn warm(connection: &mut Connection) -> Result<(), StoreError> {
    connection.ends_at_close()?;
    for sql in WARM {
        let outcome = connection.driver()?.query(sql, &[], |_| Ok(Wanted::More));
        // It reads for long, and nobody waits for it.
        if connection.is_closing() {
            break;
        }
        outcome?;
    }
    connection.ends_by_itself();
    Ok(())
}

/// A path within a URI filename (sqlite.org/uri.html).
fn uri_path(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let encode = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.to_string_lossy().bytes().map(encode).collect()
}

/// A connection to the records, with the keys beside them to be read. Read-only, because `BEGIN IMMEDIATE` locks every
/// attached file that can be written, and new keys are written through a connection of their own while the batch is open.
fn records(dir: &Path, settings: &str) -> Result<Driver, StoreError> {
    let settings = format!(
        "{SETTINGS} ATTACH DATABASE 'file:{}?mode=ro' AS keys; {settings}",
        uri_path(&dir.join("keys.db"))
    );
    Driver::open(&dir.join("hefu.db"), &settings)
}

/// A connection that sees what is there, and makes nothing: what is missing is empty.
pub(crate) fn look(dir: &Path) -> Result<Connection, StoreError> {
    let there = |name: &str| Some(dir.join(name)).filter(|file| file.exists());
    let keys =
        there("keys.db").map_or(":memory:".to_owned(), |file| format!("file:{}?mode=ro", uri_path(&file)));
    let driver = Driver::look(there("hefu.db").as_deref(), &format!("ATTACH DATABASE '{keys}' AS keys"))?;
    Ok(Connection::own(driver))
}

/// A connection that reads.
fn reader(dir: &Path, mapped: bool) -> Result<Driver, StoreError> {
    let reader = records(dir, if mapped { MAPPED_READER } else { READER })?;
    if mapped {
        reader.keep_mapped();
    }
    Ok(reader)
}

/// A connection like the writer's, for the test that looks at plans.
#[cfg(test)]
pub(crate) fn of_plans(dir: &Path) -> Result<Driver, StoreError> {
    records(dir, EXPECT_LITTLE)
}

/// The same to the keys' own file.
#[cfg(test)]
pub(crate) fn keys_of_plans(dir: &Path) -> Result<Driver, StoreError> {
    Driver::open(&dir.join("keys.db"), SETTINGS)
}
