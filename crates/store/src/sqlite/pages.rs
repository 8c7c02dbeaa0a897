//! Reads the embedded engine's two files page by page as of one moment.

use std::{
    io::{self, Read},
    path::Path,
};

use super::{
    driver::{Driver, Wanted},
    turn::Turns,
};
use crate::{
    StoreError,
    copy::{self, CopiedFile},
    value::{Value, required},
};

/// Settings of a connection that reads each page once.
const SETTINGS: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -1024";
/// A transaction takes its snapshot at its first read.
const BEGIN: &str = "BEGIN; SELECT 1 FROM sqlite_master LIMIT 1";
const COUNT: &str = "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size";
const PAGE: &str = "SELECT data FROM sqlite_dbpage WHERE pgno = $1";

/// A file as of the beginning of the connection's transaction.
struct Pages {
    driver: Driver,
    next: i64,
    count: i64,
    page: Vec<u8>,
    /// How much of the page was read.
    taken: usize,
}

/// Both files as of the same moment. Waits for its turn between writers.
pub(crate) fn at_one_moment(dir: &Path) -> Result<Vec<CopiedFile>, StoreError> {
    let open = |name| Driver::open(&dir.join(name), SETTINGS);
    let (records, keys) = (open(copy::EMBEDDED.records)?, open(copy::EMBEDDED.keys)?);
    {
        // A writer keeps its turn until both files are committed. If one keeps it too long, we go on without: keys are committed before
        // their records, so a later snapshot of the keys has them all, and perhaps some unused ones.
        let turns = Turns::of(dir);
        let _turn = turns.as_ref().map(Turns::take);
        records.command("beginning to copy", BEGIN)?;
        keys.command("beginning to copy", BEGIN)?;
    }
    Ok(vec![file(copy::EMBEDDED.records, records)?, file(copy::EMBEDDED.keys, keys)?])
}

fn file(name: &'static str, driver: Driver) -> Result<CopiedFile, StoreError> {
    let (mut count, mut size) = (0, 0);
    driver.query(COUNT, &[], |row| {
        count = required::<i64>(row, 0)?;
        size = required::<i64>(row, 1)?;
        Ok(Wanted::NoMore)
    })?;
    let pages = Pages { driver, next: 1, count, page: Vec::new(), taken: 0 };
    Ok(CopiedFile { name, size: u64::try_from(count * size).ok(), content: Box::new(pages) })
}

impl Read for Pages {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.page.len() {
            if self.next > self.count {
                return Ok(0);
            }
            let page = &mut self.page;
            page.clear();
            self.driver
                .query(PAGE, &[Value::Int(Some(self.next))], |row| {
                    *page = required::<Vec<u8>>(row, 0)?;
                    Ok(Wanted::NoMore)
                })
                .map_err(io::Error::other)?;
            if self.page.is_empty() {
                return Err(io::Error::other(format!("page {} of {} is missing", self.next, self.count)));
            }
            (self.next, self.taken) = (self.next + 1, 0);
        }
        let rest = &self.page[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}
