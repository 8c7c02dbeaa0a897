//! Keeps the files of a reader mapped while others write.
//!
//! A reader that maps the files finds their pages in the system's cache without copying them. SQLite unmaps the whole file, though, each time a reader finds that
//! something was committed since it read last, and then every page that it looks at costs a page fault again: where a few hundred units a second are
//! committed, that is a quarter of all processor time. SQLite does so because another program may have cut the file off and let it grow again in the meantime,
//! and a map of such a file is not valid everywhere. On Linux it is: a shared map shows what the file holds now, and nobody cuts these files off.
//!
//! So what SQLite calls to unmap a file does nothing most of the time. Now and then it does what it did: that is when a map takes in what the file has grown by.
//! Until then SQLite reads what lies behind the map as it would without one.

#![expect(unsafe_code, reason = "SQLite's file methods are a C interface; see ADR 50")]

use std::{
    ffi::{CStr, c_int, c_void},
    ptr::{self, null_mut},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use rusqlite::{
    Connection,
    ffi::{
        SQLITE_FCNTL_FILE_POINTER, SQLITE_OK, sqlite3_file, sqlite3_file_control, sqlite3_int64,
        sqlite3_io_methods,
    },
};

/// Every how many times a file is unmapped after all.
const EVERY: u32 = 2_048;

type Unfetch = unsafe extern "C" fn(*mut sqlite3_file, sqlite3_int64, *mut c_void) -> c_int;

/// SQLite's methods for a file, and the same with ours in place of one.
struct Methods {
    /// Where SQLite's are.
    own: usize,
    own_unfetch: Unfetch,
    ours: sqlite3_io_methods,
}

static METHODS: OnceLock<Methods> = OnceLock::new();
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Keeps the files of a connection mapped, the records' and the keys'.
pub(super) fn keep(connection: &Connection) {
    for schema in [c"main", c"keys"] {
        keep_one(connection, schema);
    }
}

fn keep_one(connection: &Connection, schema: &CStr) {
    let mut file: *mut sqlite3_file = null_mut();
    // SAFETY: the handle is that of an open connection, which nobody else uses meanwhile, and SQLite writes a pointer to `file`, or nothing.
    let outcome = unsafe {
        let place = ptr::from_mut(&mut file).cast::<c_void>();
        sqlite3_file_control(connection.handle(), schema.as_ptr(), SQLITE_FCNTL_FILE_POINTER, place)
    };
    if outcome != SQLITE_OK || file.is_null() {
        return;
    }
    // SAFETY: SQLite's file is open as long as the connection; its methods, where there are some, are constants.
    let Some(own) = (unsafe { (*file).pMethods.as_ref() }) else { return };
    let (3.., Some(own_unfetch)) = (own.iVersion, own.xUnfetch) else { return };
    let methods = METHODS.get_or_init(|| Methods {
        own: ptr::from_ref(own).addr(),
        own_unfetch,
        ours: sqlite3_io_methods { xUnfetch: Some(unfetch), ..*own },
    });
    // Files of another kind have other methods, and are left as they are.
    if ptr::from_ref(own).addr() == methods.own {
        // SAFETY: as above; ours are constants, too, and differ from SQLite's by one that calls SQLite's.
        unsafe { (*file).pMethods = &raw const methods.ours };
    }
}

/// `xUnfetch` of SQLite's file methods: gives a page back, or, without one, unmaps the file.
unsafe extern "C" fn unfetch(file: *mut sqlite3_file, offset: sqlite3_int64, page: *mut c_void) -> c_int {
    if page.is_null() && !CALLS.fetch_add(1, Relaxed).is_multiple_of(EVERY) {
        return SQLITE_OK;
    }
    match METHODS.get() {
        // SAFETY: SQLite's own method, called with what SQLite has given.
        Some(methods) => unsafe { (methods.own_unfetch)(file, offset, page) },
        None => SQLITE_OK,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rusqlite::ffi::{SQLITE_DBSTATUS_CACHE_MISS, sqlite3_db_status};

    use super::*;

    /// How many pages a reader reads from the file rather than from the map.
    fn read_pages(connection: &Connection) -> i64 {
        let (mut misses, mut high) = (0, 0);
        // SAFETY: the connection is open, and SQLite writes two numbers.
        let outcome = unsafe {
            sqlite3_db_status(connection.handle(), SQLITE_DBSTATUS_CACHE_MISS, &mut misses, &mut high, 1)
        };
        assert_eq!(outcome, SQLITE_OK);
        misses.into()
    }

    #[test]
    fn a_reader_sees_what_others_write_and_what_the_file_has_grown_by() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("records.db");
        let writer = Connection::open(&file).unwrap();
        writer
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, filling TEXT)",
            )
            .unwrap();
        let fill = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)
            INSERT INTO t (v, filling) SELECT 0, hex(randomblob(400)) FROM n";
        writer.execute_batch(fill).unwrap();
        writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let reader = Connection::open(&file).unwrap();
        reader.execute_batch("PRAGMA mmap_size = 1099511627776").unwrap();
        keep(&reader);
        let sum =
            || reader.query_row("SELECT sum(v), count(*) FROM t", [], |row| Ok((row.get(0)?, row.get(1)?)));
        for round in 1..=600_i64 {
            writer.execute("UPDATE t SET v = v + 1 WHERE id = ?", [round % 200 + 1]).unwrap();
            if round % 7 == 0 {
                writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            }
            if round % 200 == 0 {
                writer.execute_batch(fill).unwrap();
            }
            assert_eq!(sum().unwrap(), (round, 200 + round / 200 * 200), "round {round}");
        }
        // The file is four times as large by now. What is behind the map is read, until a map takes it in.
        writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let mut fewest = i64::MAX;
        for _ in 0..2 * EVERY {
            writer.execute("UPDATE t SET v = v WHERE id = 1", []).unwrap();
            writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            read_pages(&reader);
            sum().unwrap();
            fewest = fewest.min(read_pages(&reader));
        }
        assert!(fewest <= 2, "{fewest} pages are read from the file though all of it could be mapped");
    }
}
