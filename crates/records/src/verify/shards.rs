//! What is said of each row and what stands there, brought together without holding all of it in memory: both are
//! written to temporary files by the digest of the row's key, and compared one file at a time. What is little stays in memory.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read as _, Seek as _, Write as _},
};

use hefu_core::AppError;
use hefu_store::{
    StoreError,
    evidence::{Bound, Digest, GONE},
};

/// How many files. A hundred million rows are a million in each.
const FILES: usize = 128;

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowFault {
    Changed,
    Missing,
    Unknown,
    Returned,
}

/// Key digest of the row, what is wrong, and the place of the entry that tells.
pub(super) type Faults = Vec<([u8; 16], RowFault, Option<i64>)>;

/// Key digest, place of the entry (negative for a row that stands there), digest of the row.
type Line = ([u8; 16], i64, Digest);

/// The mark of a row that stands in its table.
const STANDS: i64 = -1;

/// The temporary directory failed.
pub(super) fn temporary(source: std::io::Error) -> AppError {
    AppError::Store(StoreError::Io { path: std::env::temp_dir().display().to_string(), source })
}

/// How much of one is in memory, bytes.
const HELD: usize = 32 << 10;

/// Lines that belong together.
#[derive(Default)]
struct Shard {
    /// The first of them, if there are many.
    file: Option<File>,
    lines: Vec<u8>,
}

impl Shard {
    fn put(&mut self, line: &[u8]) -> std::io::Result<()> {
        if self.lines.len() + line.len() > HELD {
            let file = match self.file.take() {
                Some(file) => file,
                None => tempfile::tempfile()?,
            };
            self.file.insert(file).write_all(&self.lines)?;
            self.lines.clear();
        }
        self.lines.extend_from_slice(line);
        Ok(())
    }
}

pub(super) struct Shards(Vec<Shard>);

/// The digest of a row's table and key. Keys hold numbers of other systems, so they are not written to files.
pub(super) fn key_of(row: &Bound) -> [u8; 16] {
    let digest = hefu_crypto::sha256(&[&[row.table], &row.key]);
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

impl Shards {
    pub(super) fn new() -> Self {
        Self((0..FILES).map(|_| Shard::default()).collect())
    }

    /// The entry at `place` says that the row is so. To be told in the order of the ledger.
    pub(super) fn says(&mut self, row: &Bound, place: i64) -> Result<(), StoreError> {
        self.put(key_of(row), place, row.digest)
    }

    /// The row stands in its table so.
    pub(super) fn stands(&mut self, row: &Bound) -> Result<(), StoreError> {
        self.put(key_of(row), STANDS, row.digest)
    }

    fn put(&mut self, key: [u8; 16], place: i64, digest: Digest) -> Result<(), StoreError> {
        let shard = &mut self.0[usize::from(key[0]) % FILES];
        let line = [&key[..], &place.to_be_bytes(), &digest].concat();
        let path = || std::env::temp_dir().display().to_string();
        shard.put(&line).map_err(|source| StoreError::Io { path: path(), source })
    }

    /// What does not agree.
    pub(super) fn compare(self) -> std::io::Result<Faults> {
        let mut faults = Vec::new();
        for Shard { mut file, lines } in self.0 {
            if let Some(file) = &mut file {
                file.rewind()?;
            }
            let mut said: HashMap<[u8; 16], (i64, Digest)> = HashMap::new();
            let file: Box<dyn std::io::Read> = match file {
                Some(file) => Box::new(BufReader::with_capacity(256 << 10, file)),
                None => Box::new(std::io::empty()),
            };
            let mut read = file.chain(&lines[..]);
            while let Some((key, place, digest)) = line(&mut read)? {
                if place != STANDS {
                    said.insert(key, (place, digest));
                    continue;
                }
                // Rows stand behind everything that is said, so what is left of it is the last word.
                match said.remove(&key) {
                    Some((_, last)) if last == digest => {}
                    Some((place, GONE)) => faults.push((key, RowFault::Returned, Some(place))),
                    Some((place, _)) => faults.push((key, RowFault::Changed, Some(place))),
                    None => faults.push((key, RowFault::Unknown, None)),
                }
            }
            let gone = said.into_iter().filter(|(_, (_, digest))| *digest != GONE);
            faults.extend(gone.map(|(key, (place, _))| (key, RowFault::Missing, Some(place))));
        }
        Ok(faults)
    }
}

fn line(read: &mut impl std::io::Read) -> std::io::Result<Option<Line>> {
    let (mut key, mut place, mut digest) = ([0; 16], [0; 8], GONE);
    match read.read_exact(&mut key) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    read.read_exact(&mut place)?;
    read.read_exact(&mut digest)?;
    Ok(Some((key, i64::from_be_bytes(place), digest)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn row(key: u8, digest: u8) -> Bound {
        Bound { table: 1, key: vec![key], digest: [digest; 16] }
    }

    #[test]
    fn the_last_word_counts() {
        let mut shards = Shards::new();
        for (at, (key, digest)) in
            [(1, 1), (2, 1), (1, 2), (3, 1), (3, 0), (4, 1), (5, 1), (5, 0)].into_iter().enumerate()
        {
            shards.says(&row(key, digest), at as i64).unwrap();
        }
        for (key, digest) in [(1, 2), (2, 9), (5, 1), (6, 1)] {
            shards.stands(&row(key, digest)).unwrap();
        }
        // Many more that agree, so that some lines lie in files.
        for other in 0..200_000_u32 {
            let row = Bound { table: 2, key: other.to_be_bytes().to_vec(), digest: [7; 16] };
            shards.says(&row, 9).unwrap();
        }
        for other in 0..200_000_u32 {
            let row = Bound { table: 2, key: other.to_be_bytes().to_vec(), digest: [7; 16] };
            shards.stands(&row).unwrap();
        }
        assert!(shards.0.iter().all(|shard| shard.file.is_some()));
        let mut faults = shards.compare().unwrap();
        let mut expected = vec![
            (key_of(&row(2, 0)), RowFault::Changed, Some(1)),
            (key_of(&row(4, 0)), RowFault::Missing, Some(5)),
            (key_of(&row(5, 0)), RowFault::Returned, Some(7)),
            (key_of(&row(6, 0)), RowFault::Unknown, None),
        ];
        faults.sort_by_key(|fault| fault.0);
        expected.sort_by_key(|fault| fault.0);
        assert_eq!(faults, expected);
    }
}
