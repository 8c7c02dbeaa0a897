//! Reading people from CSV, one piece of the file per core.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read as _},
    path::Path,
};

use hefu_identity::matching::{Person, Record};
use hefu_kernel::cell::without_apostrophe;
use rayon::prelude::*;

use crate::{
    Error, Map,
    map::{Columns, Kind, document_type},
};

/// Bytes that one task reads: few enough that its results are still in the cache when they are merged.
const PIECE: usize = 1 << 18;

/// The people of a file.
pub(crate) struct People {
    pub(crate) ids: Ids,
    pub(crate) records: Vec<Record>,
}

/// Consecutive texts in one buffer.
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

/// Complete rows of the file and their parsed records. Memory new to a process is slow, so pieces are reused.
#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    ids: Ids,
    records: Vec<Record>,
    /// The error in the row after those that were read.
    error: Option<Error>,
}

impl Piece {
    fn several(count: usize) -> Vec<Self> {
        std::iter::repeat_with(Self::default).take(count).collect()
    }

    fn read(&mut self, ends: &[bool; 256], columns: &Columns) {
        self.ids.clear();
        self.records.clear();
        let (mut rest, mut row) = (&self.text[..], Vec::new());
        self.error = loop {
            rest = values(rest, ends, &mut row);
            if row.is_empty() {
                break None;
            }
            row.iter_mut().for_each(take_apostrophe);
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

/// The bytes that end an unquoted value.
fn ends_of_values(delimiter: u8) -> [bool; 256] {
    let mut ends = [false; 256];
    [b'\n', b'\r', delimiter].into_iter().for_each(|byte| ends[usize::from(byte)] = true);
    ends
}

/// Takes away what keeps a spreadsheet from taking a value for a formula.
fn take_apostrophe(value: &mut Cow<'_, [u8]>) {
    if value.first() == Some(&b'\'') {
        let shorter = without_apostrophe(value).len();
        let surplus = value.len() - shorter;
        match value {
            Cow::Borrowed(text) => *text = &text[surplus..],
            Cow::Owned(text) => drop(text.drain(..surplus)),
        }
    }
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
            // Text between a closing quote and the delimiter is retained.
            Some(quoted) => Cow::Owned([&quoted, &after[..end]].concat()),
        });
        match after.get(end) {
            Some(byte) if !matches!(byte, b'\n' | b'\r') => rest = &after[end + 1..],
            _ => return &after[end..],
        }
    }
}

/// The text up to the closing quote, and the rest. Two quotes are an escaped one.
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

/// The end of the last complete row in a text that begins with one. When the text has grown, only the new part is scanned.
#[derive(Default)]
struct LastRow {
    end: usize,
    /// The position scanned so far.
    seen: usize,
    in_quotes: bool,
}

impl LastRow {
    /// Moves from quote to quote, as [`values`] does: a quote opens at the beginning of a value; elsewhere it is an ordinary character.
    fn end_in(&mut self, text: &[u8], ends: &[bool; 256]) -> usize {
        let start = self.seen;
        for quote in memchr::memchr_iter(b'"', &text[start..]).map(|place| start + place) {
            match text.get(quote + 1) {
                // The second of an escaped pair.
                _ if quote < self.seen => continue,
                // The next byte decides whether it closes.
                None if self.in_quotes => {
                    self.seen = quote;
                    return self.end;
                }
                Some(b'"') if self.in_quotes => self.seen = quote + 2,
                _ if self.in_quotes => (self.seen, self.in_quotes) = (quote + 1, false),
                _ => {
                    self.find_in(text, quote);
                    self.in_quotes = quote == 0 || ends[usize::from(text[quote - 1])];
                    self.seen = quote + 1;
                }
            }
        }
        if !self.in_quotes {
            self.find_in(text, text.len());
        }
        self.seen = text.len();
        self.end
    }

    /// Looks for the end of a row in unquoted text before `until`.
    fn find_in(&mut self, text: &[u8], until: usize) {
        // From the back, where it is close, and mostly between one quote and the next.
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        if let Some(place) = text[self.seen..until].iter().rposition(is_end) {
            self.end = self.seen + place + 1;
        }
    }
}

/// A file that is read in pieces.
struct Rows<'a> {
    path: &'a Path,
    file: BufReader<File>,
    /// Bytes of a piece.
    piece: usize,
    ends: [bool; 256],
    /// The rest after the last complete row.
    rest: Vec<u8>,
    /// Bytes whose records were handed over.
    taken: usize,
}

impl Rows<'_> {
    /// Reads a piece to the end of `text`, or as much as is available, and returns whether there was more.
    fn read(&mut self, text: &mut Vec<u8>) -> Result<bool, Error> {
        let most = text.len().max(self.piece) as u64;
        let read = (&mut self.file).take(most).read_to_end(text);
        let unreadable = |source| Error::Unreadable { path: self.path.to_owned(), source };
        read.map(|bytes| bytes > 0).map_err(unreadable)
    }

    /// Takes the header row.
    fn header(&mut self) -> Result<Vec<String>, Error> {
        let mut text = Vec::new();
        loop {
            let goes_on = self.read(&mut text)?;
            let mut row = Vec::new();
            let begin = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
            let rest = values(begin, &self.ends, &mut row);
            // Only the bytes after a row show that it is complete.
            if !goes_on || !rest.is_empty() {
                row.iter_mut().for_each(take_apostrophe);
                let name = |value: &Cow<'_, [u8]>| Some(std::str::from_utf8(value).ok()?.trim().to_owned());
                let header: Option<Vec<String>> = row.iter().map(name).collect();
                self.rest = rest.to_vec();
                return match header {
                    None => Err(Error::Row { row: 0, message: "the header is not UTF-8".to_owned() }),
                    Some(header) if header.is_empty() => Err(Error::NoHeader),
                    Some(header) => Ok(header),
                };
            }
        }
    }

    /// Fills pieces one after the other. At the end of the file the pieces end too.
    fn fill(&mut self, pieces: &mut Vec<Piece>) -> Result<(), Error> {
        for place in 0..pieces.len() {
            let text = &mut pieces[place].text;
            text.clear();
            text.append(&mut self.rest);
            let (mut end, mut last) = (0, LastRow::default());
            // A row may be longer than a piece.
            while end == 0 {
                let goes_on = self.read(text)?;
                if text.is_empty() {
                    pieces.truncate(place);
                    return Ok(());
                }
                end = if goes_on { last.end_in(text, &self.ends) } else { text.len() };
            }
            self.rest.extend_from_slice(&text[end..]);
            text.truncate(end);
        }
        Ok(())
    }

    /// Merges the records of pieces into the result.
    fn hand_over(&mut self, pieces: &mut [Piece], size: u64, all: &mut People) -> Result<(), Error> {
        for piece in pieces {
            self.taken += piece.text.len();
            all.ids.append(&piece.ids);
            all.records.extend_from_slice(&piece.records);
            if let Some(error) = piece.error.take() {
                return Err(in_row(error, all.records.len() as u64 + 1));
            }
        }
        // All at once, since growing step by step copies everything repeatedly.
        let expected = expected(size, self.taken, all.records.len());
        if all.records.capacity() < expected {
            all.records.reserve_exact(expected - all.records.len());
        }
        if all.records.len() > u32::MAX as usize { Err(Error::TooLarge) } else { Ok(()) }
    }
}

/// Reads all people of a file: while some pieces are being parsed, the previous ones are merged and the next are read.
pub(crate) fn people(path: &Path, map: &Map) -> Result<People, Error> {
    people_by_pieces(path, map, PIECE)
}

fn people_by_pieces(path: &Path, map: &Map, piece: usize) -> Result<People, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let file = BufReader::new(File::open(path).map_err(unreadable)?);
    let ends = ends_of_values(map.delimiter());
    let mut rows = Rows { path, file, piece, ends, rest: Vec::new(), taken: 0 };
    let columns = map.columns(rows.header()?)?;

    let mut all = People { ids: Ids::default(), records: Vec::new() };
    let count = rayon::current_num_threads() * 4;
    let (mut now, mut others) = (Piece::several(count), Piece::several(count));
    rows.fill(&mut now)?;
    while !now.is_empty() {
        let (_, done) = rayon::join(
            || now.par_iter_mut().for_each(|piece| piece.read(&ends, &columns)),
            || {
                rows.hand_over(&mut others, size, &mut all)?;
                rows.fill(&mut others)
            },
        );
        done?;
        std::mem::swap(&mut now, &mut others);
    }
    rows.hand_over(&mut others, size, &mut all)?;
    find_duplicate(&all.ids, &columns)?;
    Ok(all)
}

/// Estimated number of records in a file of `size` bytes, when its first `bytes` had `records`.
fn expected(size: u64, bytes: usize, records: usize) -> usize {
    let share = size as f64 / bytes.max(1) as f64;
    if share < 1.0 { records } else { (records as f64 * share * 1.02) as usize }
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
        // A number that went through a spreadsheet with a decimal point.
        let whole = text.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit()));
        Ok::<_, Error>(whole.unwrap_or(text))
    };
    let one = |column: Option<usize>| column.map_or(Ok(""), text);
    let several = |places: &[usize], texts: &mut [&'a str; MOST]| {
        let mut count = 0;
        for place in places {
            let text = text(*place)?;
            // Several in one cell, as address books export them. Detected by their bytes first, since most cells have one.
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
    let joined = |places: &[usize], separator: &str| {
        if let [place] = places {
            return Ok(Cow::Borrowed(text(*place)?));
        }
        let mut joined = String::new();
        for place in places {
            let part = text(*place)?;
            if !part.is_empty() && !joined.is_empty() {
                joined.push_str(separator);
            }
            joined.push_str(part);
        }
        Ok::<_, Error>(Cow::Owned(joined))
    };
    let mut others = [""; Record::OTHERS];
    for (place, slot) in columns.other.iter().zip(&mut others) {
        *slot = text(*place)?;
    }
    let person = Person {
        full_name: one(columns.full_name)?,
        surname: &joined(&columns.surname, " ")?,
        given_name: &joined(&columns.given_name, " ")?,
        birth_date: &joined(&columns.birth_date, "-")?,
        phones: &phones[..phone_count],
        documents: &documents[..columns.documents.len().min(MOST)],
        emails: &emails[..email_count],
        city: one(columns.city)?,
        address: &address[..address_count],
        postcode: one(columns.postcode)?,
        others: &others,
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
    // Half of a hash above the index: texts are compared where the halves are equal.
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
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use proptest::prelude::*;

    use super::*;

    fn rows_of_the_library(text: &str, delimiter: u8) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.delimiter(delimiter).has_headers(false).flexible(true);
        let rows = reader.from_reader(text.as_bytes()).into_byte_records();
        rows.map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
    }

    /// A file of its own, removed at the end.
    struct Temporary(std::path::PathBuf);

    impl Temporary {
        fn new(text: &str) -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("hefu-read-{}-{number}", std::process::id()));
            std::fs::write(&path, text).unwrap();
            Self(path)
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// The expected result of [`people`] for a file with the columns `id` and `who`.
    fn expected(text: &str) -> Result<Vec<(String, Record)>, String> {
        let rows = rows_of_the_library(text, b',');
        let mut people: Vec<(String, Record)> = Vec::new();
        for (row, number) in rows[1..].iter().zip(1..) {
            let texts: Vec<&str> =
                row.iter().map(|value| std::str::from_utf8(value).unwrap().trim()).collect();
            let [id, full_name] = texts[..] else {
                return Err(format!("row {number}: {} values where the header has 2 columns", texts.len()));
            };
            if id.is_empty() {
                return Err(format!("row {number}, column \"id\": the id is empty"));
            }
            let person = Person { full_name, ..Person::default() };
            people.push((id.to_owned(), Record::new(&person, hefu_identity::matching::Locale::CHINA)));
        }
        let ids: std::collections::HashSet<&str> = people.iter().map(|(id, _)| id.as_str()).collect();
        if ids.len() < people.len() { Err("id_duplicate".to_owned()) } else { Ok(people) }
    }

    fn found(text: &str, piece: usize) -> Result<Vec<(String, Record)>, String> {
        let map = toml::from_str("fields = { id = \"id\", full_name = \"who\" }").unwrap();
        let people = people_by_pieces(&Temporary::new(text).0, &map, piece).map_err(|error| match error {
            Error::DuplicateId { .. } => error.code().to_owned(),
            _ => error.to_string(),
        })?;
        let id = |place| String::from_utf8(people.ids.get(place).to_vec()).unwrap();
        Ok(people.records.into_iter().enumerate().map(|(place, record)| (id(place), record)).collect())
    }

    /// A value as a program writes it, and as a person would who has never heard of quoting.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ab é]{0,4}",
            "[ab ]{1,3}\"[ab\"]{0,3}",
            "\"([ab,;\n\r]|\"\"){0,6}\"",
            "\"[a\n,]{0,3}\"[ab\"]{0,3}"
        ]
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_library(text in "([ab,;\"\n\r]|\"\"){0,40}", delimiter in ",|;") {
            let delimiter = delimiter.as_bytes()[0];
            let (mut rest, mut row, mut found) = (text.as_bytes(), Vec::new(), Vec::new());
            loop {
                rest = values(rest, &ends_of_values(delimiter), &mut row);
                if row.is_empty() {
                    break;
                }
                found.push(row.iter().map(|value| value.to_vec()).collect::<Vec<_>>());
            }
            prop_assert_eq!(found, rows_of_the_library(&text, delimiter));
        }

        #[test]
        fn where_a_piece_ends_changes_nothing(
            mark in "\u{feff}?", header in "id,who|\"id\",\"who\"|\n\rid,\"who\"",
            rows in prop::collection::vec(("\n|\r|\r\n|\n\n", value(), value()), 0..8), end in "((\n|\r|\r\n)[a,\"\n]{0,4})?",
            piece in 1..40_usize,
        ) {
            let numbered = rows.iter().zip(1..).map(|((end, id, name), number)| match id.strip_prefix('"') {
                Some(id) => format!("{end}\"{number}{id},{name}"),
                None => format!("{end}{number}{id},{name}"),
            });
            let text = format!("{header}{}{end}", numbered.collect::<String>());
            prop_assert_eq!(found(&format!("{mark}{text}"), piece), expected(&text));
        }

        #[test]
        fn any_text_is_answered(text in "(id,who\n)?([ab1,\"\n\r]|\"\"){0,40}", piece in 1..20_usize) {
            match rows_of_the_library(&text, b',').first() {
                Some(header) if *header == [b"id".to_vec(), b"who".to_vec()] => prop_assert_eq!(found(&text, piece), expected(&text)),
                _ => prop_assert!(found(&text, piece).is_err()),
            }
        }
    }
}
