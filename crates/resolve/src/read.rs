//! Reading people from CSV, a piece of the file on each core.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

use hefu_identity::matching::{Person, Record};
use rayon::prelude::*;

use crate::{
    Error, Map,
    map::{Columns, Kind, document_type},
};

/// Bytes that one task reads: few enough that what it makes of them is still in the cache when it is put to the rest.
const PIECE: usize = 1 << 18;

/// The people of a file.
pub(crate) struct People {
    pub(crate) ids: Ids,
    pub(crate) records: Vec<Record>,
}

/// Texts one after the other in one buffer.
#[derive(Default)]
pub(crate) struct Ids {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Ids {
    fn push(&mut self, id: &[u8]) {
        self.text.extend_from_slice(id);
        self.ends.push(self.text.len());
    }

    fn append(&mut self, other: &Self) {
        let before = self.text.len();
        self.text.extend_from_slice(&other.text);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub(crate) fn get(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.text[start..self.ends[place]]
    }
}

/// Whole rows of the file and what a task made of them. Memory that is new to a process is slow, so pieces are used again.
#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    ids: Ids,
    records: Vec<Record>,
    /// What is wrong with the row after those that were read.
    error: Option<Error>,
}

impl Piece {
    fn several(count: usize) -> Vec<Self> {
        std::iter::repeat_with(Self::default).take(count).collect()
    }

    fn read(&mut self, delimiter: u8, columns: &Columns) {
        self.ids.clear();
        self.records.clear();
        let ends = ends_of_values(delimiter);
        let (mut rest, mut row) = (&self.text[..], Vec::new());
        self.error = loop {
            rest = values(rest, &ends, &mut row);
            if row.is_empty() {
                break None;
            }
            if row.len() != columns.header.len() {
                let message =
                    format!("{} values where the header has {} columns", row.len(), columns.header.len());
                break Some(Error::Row { row: 0, message });
            }
            match record(&row, columns) {
                Ok((id, record)) => {
                    self.ids.push(id);
                    self.records.push(record);
                }
                Err(error) => break Some(error),
            }
        };
    }
}

/// The bytes that end a value which is not in quotes.
fn ends_of_values(delimiter: u8) -> [bool; 256] {
    let mut ends = [false; 256];
    [b'\n', b'\r', delimiter].into_iter().for_each(|byte| ends[usize::from(byte)] = true);
    ends
}

/// Takes the values of the next row (RFC 4180), none at the end, and answers what follows. Empty lines are no rows.
fn values<'a>(text: &'a [u8], ends: &[bool; 256], row: &mut Vec<Cow<'a, [u8]>>) -> &'a [u8] {
    row.clear();
    let start = text.iter().position(|byte| !matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    let mut rest = &text[start..];
    if rest.is_empty() {
        return rest;
    }
    loop {
        let (quoted, after) = match rest.strip_prefix(b"\"").map(in_quotes) {
            Some((value, after)) => (Some(value), after),
            None => (None, rest),
        };
        let end = after.iter().position(|byte| ends[usize::from(*byte)]).unwrap_or(after.len());
        row.push(match quoted {
            None => Cow::Borrowed(&after[..end]),
            Some(quoted) if end == 0 => quoted,
            // What stands between a closing quote and the delimiter is kept.
            Some(quoted) => Cow::Owned([&quoted, &after[..end]].concat()),
        });
        match after.get(end) {
            Some(byte) if !matches!(byte, b'\n' | b'\r') => rest = &after[end + 1..],
            _ => return &after[end..],
        }
    }
}

/// The text up to the closing quote, and what follows it. Two quotes stand for one.
fn in_quotes(text: &[u8]) -> (Cow<'_, [u8]>, &[u8]) {
    let mut parts = text.split(|byte| *byte == b'"');
    let first = parts.next().unwrap_or_default();
    let (mut value, mut end) = (Cow::Borrowed(first), first.len());
    while text.get(end + 1) == Some(&b'"') {
        parts.next();
        let part = parts.next().unwrap_or_default();
        let value = value.to_mut();
        value.push(b'"');
        value.extend_from_slice(part);
        end += 2 + part.len();
    }
    (value, text.get(end + 1..).unwrap_or_default())
}

/// A file that is read in pieces.
struct Rows {
    file: BufReader<File>,
    /// What follows the last whole row.
    rest: Vec<u8>,
    /// Bytes whose records were handed over.
    taken: usize,
}

impl Rows {
    /// Fills pieces one after the other. At the file's end the pieces end too.
    fn fill(&mut self, pieces: &mut Vec<Piece>) -> std::io::Result<()> {
        for place in 0..pieces.len() {
            let text = &mut pieces[place].text;
            text.clear();
            text.append(&mut self.rest);
            let mut end = 0;
            while end == 0 {
                let before = text.len();
                // A row may be longer than a piece.
                (&mut self.file).take(before.max(PIECE) as u64).read_to_end(text)?;
                end = if text.len() == before { before } else { last_row_end(text) };
                if text.is_empty() {
                    pieces.truncate(place);
                    return Ok(());
                }
            }
            self.rest.extend_from_slice(&text[end..]);
            text.truncate(end);
        }
        Ok(())
    }

    /// Puts what was read of pieces to the rest.
    fn hand_over(&mut self, pieces: &mut [Piece], size: u64, all: &mut People) -> Result<(), Error> {
        for piece in pieces {
            self.taken += piece.text.len();
            all.ids.append(&piece.ids);
            all.records.extend_from_slice(&piece.records);
            if let Some(error) = piece.error.take() {
                return Err(in_row(error, all.records.len() as u64 + 1));
            }
        }
        // At once, since growing step by step copies everything again and again.
        let expected = expected(size, self.taken, all.records.len());
        if all.records.capacity() < expected {
            all.records.reserve_exact(expected - all.records.len());
        }
        if all.records.len() > u32::MAX as usize { Err(Error::TooLarge) } else { Ok(()) }
    }
}

/// Reads all people of a file: while some pieces are taken apart, those before are put together and the next are read.
pub(crate) fn people(path: &Path, map: &Map) -> Result<People, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut first = Vec::new();
    while !ends_a_row(&first) {
        if file.read_until(b'\n', &mut first).map_err(unreadable)? == 0 {
            break;
        }
    }
    let columns = map.columns(header(&first, map.delimiter())?)?;

    let mut all = People { ids: Ids::default(), records: Vec::new() };
    let mut rows = Rows { file, rest: Vec::new(), taken: 0 };
    let count = rayon::current_num_threads() * 4;
    let (mut now, mut others) = (Piece::several(count), Piece::several(count));
    rows.fill(&mut now).map_err(unreadable)?;
    while !now.is_empty() {
        let (_, done) = rayon::join(
            || now.par_iter_mut().for_each(|piece| piece.read(map.delimiter(), &columns)),
            || {
                rows.hand_over(&mut others, size, &mut all)?;
                rows.fill(&mut others).map_err(unreadable)
            },
        );
        done?;
        std::mem::swap(&mut now, &mut others);
    }
    rows.hand_over(&mut others, size, &mut all)?;
    find_duplicate(&all.ids, &columns)?;
    Ok(all)
}

/// How many records a file of `size` bytes will have, when its first `bytes` had `records`.
fn expected(size: u64, bytes: usize, records: usize) -> usize {
    let share = size as f64 / bytes.max(1) as f64;
    if share < 1.0 { records } else { (records as f64 * share * 1.02) as usize }
}

/// Whether no quoted value is open at the end: then a line's end is a row's end. Quotes inside quotes are doubled.
fn ends_a_row(text: &[u8]) -> bool {
    !text.is_empty() && !has_odd_quotes(text)
}

fn has_odd_quotes(text: &[u8]) -> bool {
    text.iter().fold(false, |odd, byte| odd ^ (*byte == b'"'))
}

/// Where the last whole row of a piece ends that begins with a row.
fn last_row_end(piece: &[u8]) -> usize {
    let mut odd = has_odd_quotes(piece);
    for (place, byte) in piece.iter().enumerate().rev() {
        match byte {
            b'\n' if !odd => return place + 1,
            b'"' => odd = !odd,
            _ => {}
        }
    }
    0
}

fn header(line: &[u8], delimiter: u8) -> Result<Vec<String>, Error> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(line);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => Ok(record.iter().map(str::to_owned).collect()),
        Ok(false) => Err(Error::NoHeader),
        Err(error) => Err(Error::Row { row: 0, message: error.to_string() }),
    }
}

fn record<'a>(row: &'a [Cow<'_, [u8]>], columns: &Columns) -> Result<(&'a [u8], Record), Error> {
    let raw = |column: usize| {
        let value = row.get(column).map_or(&[][..], |value| value);
        // Most are.
        if value.is_empty() {
            return Ok("");
        }
        let text = std::str::from_utf8(value)
            .map_err(|_| Error::Encoding { row: 0, column: columns.header[column].clone() })?;
        Ok::<_, Error>(text.trim())
    };
    let text = |column: usize| {
        let text = raw(column)?;
        if text.len() <= columns.longest_null && columns.null.iter().any(|null| null == text) {
            return Ok("");
        }
        // A number that went through a table of numbers with a decimal point.
        let whole = text.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()));
        Ok::<_, Error>(whole.unwrap_or(text))
    };
    let one = |column: Option<usize>| column.map_or(Ok(""), text);
    let several = |places: &[usize], texts: &mut [&'a str; MOST]| {
        let mut count = 0;
        for place in places {
            let text = text(*place)?;
            // Several in one cell, as address books export them. Looked for by their bytes first, since most have one.
            let values = if text.bytes().any(|byte| matches!(byte, b';' | b'|' | 0xe3)) {
                text.split([';', '|', '、'].as_slice())
            } else {
                text.split([].as_slice())
            };
            for (slot, value) in texts[count..].iter_mut().zip(values) {
                (*slot, count) = (value.trim(), count + 1);
            }
        }
        Ok::<_, Error>(count)
    };
    let id = raw(columns.id)?;
    if id.is_empty() {
        return Err(Error::EmptyId { row: 0, column: columns.header[columns.id].clone() });
    }
    let (mut phones, mut emails, mut address) = ([""; MOST], [""; MOST], [""; MOST]);
    let mut documents = [(None, ""); MOST];
    let phone_count = several(&columns.phones, &mut phones)?;
    let email_count = several(&columns.emails, &mut emails)?;
    let address_count = several(&columns.address, &mut address)?;
    for ((kind, place), slot) in columns.documents.iter().zip(&mut documents) {
        let kind = match kind {
            Kind::Unknown => None,
            Kind::Always(kind) => Some(*kind),
            Kind::InColumn(column) => document_type(text(*column)?),
        };
        *slot = (kind, text(*place)?);
    }
    let person = Person {
        full_name: one(columns.full_name)?,
        surname: one(columns.surname)?,
        given_name: one(columns.given_name)?,
        birth_date: one(columns.birth_date)?,
        phones: &phones[..phone_count],
        documents: &documents[..columns.documents.len().min(MOST)],
        emails: &emails[..email_count],
        city: one(columns.city)?,
        address: &address[..address_count],
        postcode: one(columns.postcode)?,
    };
    Ok((id.as_bytes(), Record::new(&person, columns.locale)))
}

/// Columns of one kind that are read.
const MOST: usize = 8;

fn in_row(error: Error, number: u64) -> Error {
    match error {
        Error::Row { message, .. } => Error::Row { row: number, message },
        Error::Encoding { column, .. } => Error::Encoding { row: number, column },
        Error::EmptyId { column, .. } => Error::EmptyId { row: number, column },
        other => other,
    }
}

fn find_duplicate(ids: &Ids, columns: &Columns) -> Result<(), Error> {
    use std::hash::Hasher as _;
    let in_order = |place: usize| {
        let (one, two) = (ids.get(place), ids.get(place + 1));
        (one.len(), one) < (two.len(), two)
    };
    if (0..ids.ends.len().saturating_sub(1)).all(in_order) {
        return Ok(());
    }
    // Half of a hash above the place: texts are compared where the halves are equal.
    let mut hashes: Vec<u64> = (0..ids.ends.len() as u32)
        .into_par_iter()
        .map(|place| {
            let mut hasher = rustc_hash::FxHasher::default();
            hasher.write(ids.get(place as usize));
            hasher.finish() >> 32 << 32 | u64::from(place)
        })
        .collect();
    hashes.par_sort_unstable();
    let mut groups = hashes.chunk_by(|one, two| one >> 32 == two >> 32).filter(|group| group.len() > 1);
    let twice = groups.find_map(|group| {
        let mut texts: Vec<(&[u8], u32)> =
            group.iter().map(|entry| (ids.get(*entry as u32 as usize), *entry as u32)).collect();
        texts.sort_unstable();
        texts.windows(2).find(|two| two[0].0 == two[1].0).map(|two| (two[0].1, two[1].1))
    });
    match twice {
        None => Ok(()),
        Some((first, second)) => Err(Error::DuplicateId {
            row: u64::from(second) + 1,
            column: columns.header[columns.id].clone(),
            first: u64::from(first) + 1,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_those_of_the_library(text in "([ab,;\"\n\r]|\"\"){0,40}", delimiter in ",|;") {
            let delimiter = delimiter.as_bytes()[0];
            let mut reader = csv::ReaderBuilder::new();
            let reader = reader.delimiter(delimiter).has_headers(false).flexible(true);
            let expected: Vec<Vec<Vec<u8>>> = reader
                .from_reader(text.as_bytes())
                .byte_records()
                .map(|row| row.into_iter().flat_map(|row| row.iter().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect())
                .collect();
            let (mut rest, mut row, mut found) = (text.as_bytes(), Vec::new(), Vec::new());
            loop {
                rest = values(rest, &ends_of_values(delimiter), &mut row);
                if row.is_empty() {
                    break;
                }
                found.push(row.iter().map(|value| value.to_vec()).collect::<Vec<_>>());
            }
            prop_assert_eq!(found, expected);
        }
    }
}
