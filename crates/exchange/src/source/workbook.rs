//! Excel workbooks.
//!
//! A workbook is a small archive of what may be a very large text, and its cells stand where they say they stand. So what it unpacks to is
//! bounded before it is read, rows are taken cell by cell, and what panics in the library is a damaged workbook.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, mpsc},
};

use calamine::{Data, Reader, Xls, Xlsx, XlsxError};
use csv::StringRecord;
use hefu_kernel::cell::without_apostrophe;

use super::{Map, Raw, Rows, SourceError, raw::Header};

/// What is held in memory of a workbook, unpacked: its texts, styles and lists of sheets.
const MOST_HELD: u64 = 64 << 20;

/// What a sheet unpacks to.
const MOST_OF_A_SHEET: u64 = 2 << 30;

/// What stands between two tags: a cell holds 32,767 characters at most.
const MOST_OF_A_CELL: usize = 1 << 20;

/// A workbook of the old format is held whole.
const MOST_OF_AN_XLS: u64 = 48 << 20;

/// Columns behind those that have a name.
const MOST_COLUMNS: usize = 1_000;

/// Blank rows in a row that are told of.
const MOST_BLANK: usize = 64;

/// Rows that may be read ahead.
const AHEAD: usize = 256;

/// What an archive says of its files: the library holds all of it, several times over.
const MOST_OF_A_DIRECTORY: u32 = 4 << 20;

/// How far before the end of an archive its last record may begin: it ends in a comment.
const LAST_RECORD: u64 = 22 + u16::MAX as u64;

/// Refuses an archive that lists more files than are held in little memory, before it is listed.
pub(super) fn check_directory(path: &Path) -> Result<(), SourceError> {
    let failed = |source| SourceError::Open { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_RECORD))).map_err(failed)?;
    let mut end = Vec::new();
    file.take(LAST_RECORD).read_to_end(&mut end).map_err(failed)?;
    // There may be several that look like it, and the library may take any of them.
    for record in end.windows(16).filter(|record| record.starts_with(b"PK\x05\x06")) {
        let files = u16::from_le_bytes([record[10], record[11]]);
        let size = u32::from_le_bytes([record[12], record[13], record[14], record[15]]);
        // So many that their number stands elsewhere.
        if files == u16::MAX || size > MOST_OF_A_DIRECTORY {
            let most_mib = u64::from(MOST_OF_A_DIRECTORY) >> 20;
            return Err(SourceError::TooLarge { what: "the directory of the archive", most_mib });
        }
    }
    Ok(())
}

fn damaged(problem: impl Into<String>) -> SourceError {
    SourceError::Workbook { problem: problem.into() }
}

/// Runs what may panic in the library.
fn guarded<T>(work: impl FnOnce() -> Result<T, SourceError>) -> Result<T, SourceError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done,
        Err(_) => Err(damaged("a cell has no place that can be read")),
    }
}

/// Refuses an archive that unpacks to more than fits: it is unpacked once, without keeping anything. What the archive says of its sizes is
/// not believed.
fn check_sizes(path: &Path) -> Result<(), SourceError> {
    let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
        let name = entry.name().map_err(|error| damaged(error.to_string()))?.into_owned();
        let is_sheet = name.contains("worksheets/");
        let is_read = name.ends_with(".xml") || name.ends_with(".rels");
        if !is_read {
            continue;
        }
        let most = if is_sheet { MOST_OF_A_SHEET } else { MOST_HELD };
        let mut cells = LongestCell::default();
        let size =
            io::copy(&mut entry.take(most + 1), &mut cells).map_err(|error| damaged(error.to_string()))?;
        if size > most {
            return Err(SourceError::TooLarge { what: "a part of the workbook", most_mib: most >> 20 });
        }
        if cells.longest > MOST_OF_A_CELL {
            return Err(SourceError::TooLarge {
                what: "a cell of the workbook",
                most_mib: MOST_OF_A_CELL as u64 >> 20,
            });
        }
    }
    Ok(())
}

/// Keeps nothing of what is written but the longest distance between two tags.
#[derive(Default)]
struct LongestCell {
    now: usize,
    longest: usize,
}

impl io::Write for LongestCell {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for (at, part) in bytes.split(|byte| *byte == b'<').enumerate() {
            self.now = if at == 0 { self.now + part.len() } else { part.len() };
            self.longest = self.longest.max(self.now);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The sheet that the map names, by its name in any case or its place from 1; else the first one.
fn sheet_of(names: &[String], map: &Map) -> Result<String, SourceError> {
    let Some(wanted) = &map.format().sheet else {
        return names
            .first()
            .cloned()
            .ok_or(SourceError::NoSheet { name: String::new(), sheets: String::new() });
    };
    let by_name = names
        .iter()
        .find(|name| *name == wanted)
        .or_else(|| names.iter().find(|name| super::words::fold(name) == super::words::fold(wanted)));
    let by_place = || wanted.parse::<usize>().ok().and_then(|place| names.get(place.checked_sub(1)?));
    by_name
        .or_else(by_place)
        .cloned()
        .ok_or_else(|| SourceError::NoSheet { name: wanted.clone(), sheets: names.join(", ") })
}

/// The rows of one sheet of a workbook (`.xlsx`, `.xlsm`), its column names behind the map's `skip_rows`.
pub(super) fn rows(path: &Path, map: &Map) -> Result<Rows, SourceError> {
    check_sizes(path)?;
    let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    let mut workbook: Xlsx<_> =
        guarded(|| Xlsx::new(BufReader::new(file)).map_err(|error| damaged(error.to_string())))?;
    let name = sheet_of(&workbook.sheet_names(), map)?;
    let skip = map.format().skip_rows as usize;
    // The reader of cells borrows the workbook, and rows are taken by somebody else: so it has a thread of its own.
    let (sender, lines) = mpsc::sync_channel::<Result<Vec<String>, SourceError>>(AHEAD);
    std::thread::spawn(move || {
        let to = sender.clone();
        let read = guarded(|| {
            let mut cells =
                workbook.worksheet_cells_reader(&name).map_err(|error| damaged(error.to_string()))?;
            let mut line: Vec<String> = Vec::new();
            let mut at: Option<u32> = None;
            while let Some(cell) = cells.next_cell().map_err(|error: XlsxError| damaged(error.to_string()))? {
                let (row, column) = cell.get_position();
                if at != Some(row) {
                    // Blank rows have no cells, and are counted where lines are skipped.
                    let before = at.replace(row);
                    let blank = row.saturating_sub(before.map_or(0, |before| before.saturating_add(1)));
                    let told = before.map(|_| std::mem::take(&mut line));
                    let blanks = std::iter::repeat_n(Vec::new(), (blank as usize).min(MOST_BLANK));
                    for line in told.into_iter().chain(blanks) {
                        if sender.send(Ok(line)).is_err() {
                            return Ok(());
                        }
                    }
                }
                let column = column as usize;
                let text = text_of(&Data::from(cell.get_value().clone()));
                if text.is_empty() || column >= MOST_COLUMNS {
                    continue;
                }
                if line.len() <= column {
                    line.resize(column + 1, String::new());
                }
                line[column] = text;
            }
            let _ = sender.send(Ok(line));
            Ok(())
        });
        if let Err(error) = read {
            let _ = to.send(Err(error));
        }
    });
    of_lines(lines.into_iter(), map, skip)
}

/// The rows of a workbook of the old format (`.xls`).
pub(super) fn old_rows(path: &Path, map: &Map) -> Result<Rows, SourceError> {
    let open = |source| SourceError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(open)?;
    if file.metadata().map_err(open)?.len() > MOST_OF_AN_XLS {
        return Err(SourceError::TooLarge {
            what: "a workbook of the old format",
            most_mib: MOST_OF_AN_XLS >> 20,
        });
    }
    let lines: Vec<Result<Vec<String>, SourceError>> = guarded(|| {
        let mut workbook = Xls::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
        let name = sheet_of(&workbook.sheet_names(), map)?;
        let sheet = workbook.worksheet_range(&name).map_err(|error| damaged(error.to_string()))?;
        let (above, first) = sheet.start().map_or((0, 0), |(row, column)| (row as usize, column as usize));
        let line = |cells: &[Data]| {
            let blanks = std::iter::repeat_n(String::new(), first);
            Ok(blanks.chain(cells.iter().take(MOST_COLUMNS).map(text_of)).collect())
        };
        let blanks = std::iter::repeat_with(|| Ok(Vec::new())).take(above.min(MOST_BLANK));
        Ok(blanks.chain(sheet.rows().map(line)).collect())
    })?;
    of_lines(lines.into_iter(), map, map.format().skip_rows as usize)
}

/// Rows of lines of texts: the first that is not blank behind `skip` lines names the columns, and blank lines are no rows.
pub(super) fn of_lines(
    lines: impl Iterator<Item = Result<Vec<String>, SourceError>> + Send + 'static,
    map: &Map,
    skip: usize,
) -> Result<Rows, SourceError> {
    let is_blank = |line: &Result<Vec<String>, SourceError>| {
        line.as_ref().is_ok_and(|line| line.iter().all(|text| text.trim().is_empty()))
    };
    let mut lines = lines.skip(skip).filter(move |line| !is_blank(line));
    let names = lines.next().ok_or(SourceError::NoHeader)??;
    let mut names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    let header = Header::of_file(names, map.columns(), map.needed())?;
    let mut row = 0;
    Ok(Box::new(lines.filter_map(move |line| {
        let mut line = match line {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        let width = header.names().len();
        // What stands beside the table alone belongs to no row.
        if line.iter().take(width).all(String::is_empty) {
            return None;
        }
        while line.len() > width && line.last().is_some_and(String::is_empty) {
            line.pop();
        }
        line.resize(line.len().max(width), String::new());
        row += 1;
        Some(Ok(Raw::widened(row, &Arc::clone(&header), StringRecord::from(line))))
    })))
}

/// A cell as text: dates in ISO 8601 with the time only if there is one, numbers in full.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}")
            }
        }
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::String(text) => unquoted(text),
        other => other.to_string(),
    }
}

fn unquoted(text: &str) -> String {
    // Where an apostrophe is left of it, there are whole characters.
    let left = without_apostrophe(text.as_bytes()).len();
    text[text.len() - left..].to_owned()
}

/// Whether an archive holds a workbook.
pub(super) fn is_workbook(path: &Path) -> bool {
    let archive = File::open(path).ok().and_then(|file| zip::ZipArchive::new(BufReader::new(file)).ok());
    archive.is_some_and(|archive| {
        archive.file_names().any(|name| name.is_ok_and(|name| name.starts_with("xl/")))
    })
}

/// The entries of an archive that are files of rows, and their names.
pub(super) fn entries(path: &Path) -> Result<Vec<String>, SourceError> {
    let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    let archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
    let is_text = |name: &str| {
        let name = name.to_ascii_lowercase();
        !name.starts_with("__macosx/")
            && [".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end))
    };
    let names = archive.file_names().filter_map(Result::ok);
    let mut names: Vec<String> =
        names.filter(|name| is_text(name)).map(std::borrow::Cow::into_owned).collect();
    names.sort_unstable();
    Ok(names)
}

/// Unpacks an entry of an archive, as far as `most` bytes and one; answers how many there are.
pub(super) fn unpack(
    path: &Path,
    name: &str,
    most: u64,
    into: &mut impl io::Write,
) -> Result<u64, SourceError> {
    let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
    let entry = archive.by_name(name).map_err(|error| damaged(error.to_string()))?;
    io::copy(&mut entry.take(most + 1), into).map_err(|error| damaged(error.to_string()))
}
