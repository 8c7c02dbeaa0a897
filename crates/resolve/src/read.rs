//! Reading people from CSV, a piece of the file on each core.

use std::{
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

/// Bytes that one task reads.
const PIECE: usize = 1 << 21;

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

    pub(crate) fn get(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.text[start..self.ends[place]]
    }
}

/// What one task made of its piece. An error counts its row from the piece's first.
#[derive(Default)]
struct Piece {
    ids: Ids,
    records: Vec<Record>,
}

/// Reads all people of a file.
pub(crate) fn people(path: &Path, map: &Map) -> Result<People, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let mut file = BufReader::with_capacity(PIECE, File::open(path).map_err(unreadable)?);
    let mut first = Vec::new();
    while !ends_a_row(&first) {
        if file.read_until(b'\n', &mut first).map_err(unreadable)? == 0 {
            break;
        }
    }
    let columns = map.columns(header(&first, map.delimiter())?)?;

    let mut all = People { ids: Ids::default(), records: Vec::new() };
    let tasks = rayon::current_num_threads() * 4;
    let (mut rest, mut bytes) = (Vec::new(), 0);
    loop {
        let mut pieces = Vec::with_capacity(tasks);
        let mut ended = false;
        while pieces.len() < tasks && !ended {
            let mut piece = std::mem::take(&mut rest);
            let before = piece.len();
            (&mut file).take(PIECE as u64).read_to_end(&mut piece).map_err(unreadable)?;
            ended = piece.len() == before;
            if !ended {
                let end = last_row_end(&piece);
                rest = piece.split_off(end);
            }
            pieces.push(piece);
        }
        bytes += pieces.iter().map(Vec::len).sum::<usize>();
        let read: Vec<Result<Piece, (u64, Error)>> =
            pieces.par_iter().map(|piece| read_piece(piece, map.delimiter(), &columns)).collect();
        for piece in read {
            let before = all.records.len() as u64;
            let piece = piece.map_err(|(row, error)| in_row(error, before + row))?;
            all.ids.append(&piece.ids);
            all.records.extend(piece.records);
        }
        // At once, since growing step by step copies everything again and again.
        let expected = expected(size, bytes, all.records.len());
        if all.records.capacity() < expected {
            all.records.reserve_exact(expected - all.records.len());
        }
        if all.records.len() > u32::MAX as usize {
            return Err(Error::TooLarge);
        }
        if ended {
            break;
        }
    }
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
    !text.is_empty() && text.iter().filter(|byte| **byte == b'"').count() % 2 == 0
}

/// Where the last whole row of a piece ends that begins with a row.
fn last_row_end(piece: &[u8]) -> usize {
    let mut odd = piece.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
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

fn read_piece(piece: &[u8], delimiter: u8, columns: &Columns) -> Result<Piece, (u64, Error)> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(piece);
    let mut row = csv::ByteRecord::new();
    let mut read = Piece { ids: Ids::default(), records: Vec::with_capacity(piece.len() / 128) };
    let mut number = 0;
    let error = loop {
        number += 1;
        match reader.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return Ok(read),
            Err(error) => break Error::Row { row: 0, message: error.to_string() },
        }
        if row.len() != columns.header.len() {
            let message =
                format!("{} values where the header has {} columns", row.len(), columns.header.len());
            break Error::Row { row: 0, message };
        }
        match record(&row, columns) {
            Ok((id, record)) => {
                read.ids.push(id);
                read.records.push(record);
            }
            Err(error) => break error,
        }
    };
    Err((number, error))
}

fn record<'a>(row: &'a csv::ByteRecord, columns: &Columns) -> Result<(&'a [u8], Record), Error> {
    let text = |column: usize| {
        let text = std::str::from_utf8(row.get(column).unwrap_or_default());
        let text =
            text.map_err(|_| Error::Encoding { row: 0, column: columns.header[column].clone() })?.trim();
        let absent = columns.null.iter().any(|null| null == text);
        Ok::<_, Error>(if absent { "" } else { text })
    };
    let one = |column: Option<usize>| column.map_or(Ok(""), text);
    let several = |places: &[usize], texts: &mut [&'a str; MOST]| {
        for (place, slot) in places.iter().zip(texts.iter_mut()) {
            *slot = text(*place)?;
        }
        Ok::<_, Error>(places.len().min(MOST))
    };
    let id = text(columns.id)?;
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
    let mut hashes: Vec<(u64, u32)> = (0..ids.ends.len() as u32)
        .into_par_iter()
        .map(|place| {
            let mut hasher = rustc_hash::FxHasher::default();
            hasher.write(ids.get(place as usize));
            (hasher.finish(), place)
        })
        .collect();
    hashes.par_sort_unstable();
    let twice =
        hashes.chunk_by(|one, two| one.0 == two.0).filter(|group| group.len() > 1).find_map(|group| {
            let text = |entry: &(u64, u32)| ids.get(entry.1 as usize);
            let pairs = group
                .iter()
                .enumerate()
                .flat_map(|(i, one)| group[i + 1..].iter().map(move |two| (one, two)));
            pairs.into_iter().find(|(one, two)| text(one) == text(two))
        });
    match twice {
        None => Ok(()),
        Some((one, two)) => Err(Error::DuplicateId {
            row: u64::from(two.1) + 1,
            column: columns.header[columns.id].clone(),
            first: u64::from(one.1) + 1,
        }),
    }
}
