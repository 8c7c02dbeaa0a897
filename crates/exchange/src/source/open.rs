//! Opening a file by what it holds.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write as _},
    path::{Path, PathBuf},
};

use encoding_rs::Encoding;
use flate2::read::MultiGzDecoder;
use tempfile::NamedTempFile;

use super::{Map, Rows, SourceError, Survey, delimited, encoding::Sample, html, json, spec::Kind, workbook};

/// What is taken from standard input.
const MOST_SPOOLED: u64 = 64 << 30;

/// What the files of an archive unpack to, all together.
const MOST_OF_AN_ARCHIVE: u64 = 4 << 30;

/// Files of an archive that are read.
const MOST_FILES: usize = 1_000;

/// Rows of a file: of each its identity is held while it is looked through, eight bytes.
const MOST_ROWS: u64 = 24_000_000;

/// Bytes by which a format is recognised.
const HEAD: usize = 8 << 10;

/// A file that was looked through and can be read.
///
/// What it is follows from its first bytes: a name can be wrong, and what Hefu exported for mending is CSV whatever the rest was. How its columns
/// write numbers and dates follows from all of its rows.
pub struct Source {
    parts: Vec<Part>,
    map: Map,
    survey: Survey,
    is_whole: bool,
    /// Held until the file has been read.
    _scratch: Vec<NamedTempFile>,
}

/// A file of rows.
pub(super) struct Part {
    path: PathBuf,
    kind: Kind,
    is_gzip: bool,
    encoding: &'static Encoding,
}

/// A file, or what another program writes to standard input, kept in a private temporary file while it is read.
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    _scratch: Option<NamedTempFile>,
}

impl Input {
    /// The file at `path`, or standard input if that is `-`.
    ///
    /// # Errors
    /// It cannot be read, or is no regular file: a pipe would be waited for without end.
    pub fn of(path: &Path) -> Result<Self, SourceError> {
        if path.as_os_str() == "-" {
            return Self::spool(io::stdin().lock());
        }
        check(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), name, _scratch: None })
    }

    /// What a reader gives.
    ///
    /// # Errors
    /// It cannot be read, or is too large.
    pub fn spool(from: impl Read) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Read { row: 0, source };
        let mut scratch = NamedTempFile::new().map_err(failed)?;
        let size = io::copy(&mut from.take(MOST_SPOOLED + 1), &mut scratch).map_err(failed)?;
        if size > MOST_SPOOLED {
            return Err(SourceError::TooLarge { what: "standard input", most_mib: MOST_SPOOLED >> 20 });
        }
        scratch.flush().map_err(failed)?;
        Ok(Self {
            path: scratch.path().to_owned(),
            name: "standard input".to_owned(),
            _scratch: Some(scratch),
        })
    }
}

fn check(path: &Path) -> Result<(), SourceError> {
    // Without opening it: opening a pipe waits for its other end.
    let metadata =
        fs::metadata(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    if metadata.is_file() { Ok(()) } else { Err(SourceError::NotAFile { path: path.to_owned() }) }
}

impl Source {
    /// Looks `path` through.
    ///
    /// # Errors
    /// The file cannot be opened, its format is not known, its header does not fit the map, or its numbers can be read in two ways. A
    /// fault within one row is no error here: [`Map::read`] rejects that row.
    pub fn open(path: &Path, map: &Map) -> Result<Self, SourceError> {
        Self::glance(path, map, usize::MAX)
    }

    /// Looks the first `most` rows of `path` through, for whoever only shows some of them.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn glance(path: &Path, map: &Map, most: usize) -> Result<Self, SourceError> {
        check(path)?;
        let mut scratch = Vec::new();
        let mut parts = vec![Part::of(path, map)?];
        if parts[0].kind == Kind::Zip {
            (parts, scratch) = unpacked(path, map, MOST_OF_AN_ARCHIVE)?;
        }
        let mut survey = Survey::new(map);
        let mut rows = chained(&parts, map)?;
        for row in rows.by_ref().take(most) {
            survey.see(map, &row?);
            if survey.rows > MOST_ROWS {
                return Err(SourceError::TooManyRows { most: MOST_ROWS });
            }
        }
        let is_whole = most == usize::MAX || rows.next().is_none();
        drop(rows);
        let map = survey.map_of_file(map)?;
        Ok(Self { parts, map, survey, is_whole, _scratch: scratch })
    }

    /// Whether all of its rows were looked through.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The map, with what the whole file says of how its columns are written.
    pub const fn map(&self) -> &Map {
        &self.map
    }

    /// What the rows say together.
    pub const fn survey(&self) -> &Survey {
        &self.survey
    }

    /// The rows, from the beginning.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn rows(&self) -> Result<Rows, SourceError> {
        chained(&self.parts, &self.map)
    }
}

/// Opens `path` and yields its rows as text.
///
/// CSV and JSON lines are streamed in constant memory, also through gzip; of a workbook its texts are held.
///
/// # Errors
/// As [`Source::open`], but for what takes all rows.
pub fn open(path: &Path, map: &Map) -> Result<Rows, SourceError> {
    check(path)?;
    Part::of(path, map)?.rows(map)
}

/// The files of an archive that fit the map; all its files unpack to `most` bytes at most.
pub(super) fn unpacked(
    path: &Path,
    map: &Map,
    most: u64,
) -> Result<(Vec<Part>, Vec<NamedTempFile>), SourceError> {
    let archive = |problem: String| SourceError::Archive { problem };
    let names = workbook::entries(path)?;
    if names.len() > MOST_FILES {
        return Err(archive(format!("holds more than {MOST_FILES} files; import it in parts")));
    }
    let mut left = most;
    let wanted = map.format().sheet.as_deref();
    let (mut parts, mut scratch, mut first) = (Vec::new(), Vec::new(), None);
    for name in names.iter().filter(|name| {
        wanted.is_none_or(|wanted| name.as_str() == wanted || name.ends_with(&format!("/{wanted}")))
    }) {
        let failed = |source| SourceError::Read { row: 0, source };
        let mut held = NamedTempFile::new().map_err(failed)?;
        let size = workbook::unpack(path, name, left, &mut held)?;
        let what = "what the files of the archive unpack to";
        left = left.checked_sub(size).ok_or(SourceError::TooLarge { what, most_mib: most >> 20 })?;
        let part = Part::of(held.path(), map)?;
        match part.rows(map) {
            Ok(_) => {
                parts.push(part);
                scratch.push(held);
            }
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    match (parts.is_empty(), first) {
        (false, _) => Ok((parts, scratch)),
        (true, Some(error)) => Err(error),
        (true, None) => Err(archive(format!(
            "holds no CSV or JSON file that is asked for (it holds: {})",
            names.join(", ")
        ))),
    }
}

/// The rows of several files, counted through.
fn chained(parts: &[Part], map: &Map) -> Result<Rows, SourceError> {
    if let [part] = parts {
        return part.rows(map);
    }
    let files: Vec<Rows> = parts.iter().map(|part| part.rows(map)).collect::<Result<_, _>>()?;
    Ok(Box::new(files.into_iter().flatten().zip(1..).map(|(raw, row)| {
        raw.map(|mut raw| {
            raw.row = row;
            raw
        })
    })))
}

impl Part {
    fn of(path: &Path, map: &Map) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Open { path: path.to_owned(), source };
        let mut head = head_of(File::open(path).map_err(failed)?).map_err(failed)?;
        let is_gzip = head.starts_with(&[0x1f, 0x8b]);
        if is_gzip {
            // A damaged one says so when its rows are read.
            head = head_of(MultiGzDecoder::new(File::open(path).map_err(failed)?)).unwrap_or_default();
        }
        let name = FileName::of(path);
        let unknown = || SourceError::UnknownFormat { path: path.to_owned() };
        let kind = match &head[..] {
            _ if is_gzip && matches!(name.kind, Some(Kind::Xlsx | Kind::Xls | Kind::Zip)) => {
                return Err(unknown());
            }
            [b'P', b'K', 3 | 5, 4 | 6, ..] if is_gzip => return Err(unknown()),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => {
                workbook::check_directory(path)?;
                let is_workbook = workbook::is_workbook(path)
                    || matches!(map.format().kind.or(name.kind), Some(Kind::Xlsx));
                if is_workbook { Kind::Xlsx } else { Kind::Zip }
            }
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Kind::Xls,
            _ => text_kind(&head, map.format().kind, name.kind).ok_or_else(unknown)?,
        };
        let encoding = match kind {
            Kind::Csv | Kind::Json | Kind::Jsonl | Kind::Html => {
                let mut sample = Sample::default();
                let mut file: Box<dyn Read> = match is_gzip {
                    true => Box::new(MultiGzDecoder::new(File::open(path).map_err(failed)?)),
                    false => Box::new(File::open(path).map_err(failed)?),
                };
                let mut piece = vec![0; 256 << 10];
                loop {
                    match file.read(&mut piece) {
                        Ok(0) => break,
                        Ok(read) => sample.add(&piece[..read]),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        // The good rows before it are read, and then it is met again.
                        Err(_) => break,
                    }
                }
                sample.encoding(map.format().encoding)
            }
            _ => encoding_rs::UTF_8,
        };
        Ok(Self { path: path.to_owned(), kind, is_gzip, encoding })
    }

    fn rows(&self, map: &Map) -> Result<Rows, SourceError> {
        let text = || -> Result<Box<dyn Read + Send>, SourceError> {
            let file = File::open(&self.path)
                .map_err(|source| SourceError::Open { path: self.path.clone(), source })?;
            Ok(if self.is_gzip {
                Box::new(MultiGzDecoder::new(BufReader::new(file)))
            } else {
                Box::new(file)
            })
        };
        match self.kind {
            Kind::Xlsx => workbook::rows(&self.path, map),
            Kind::Xls => workbook::old_rows(&self.path, map),
            Kind::Html => html::rows(&self.path, map, self.encoding),
            Kind::Json | Kind::Jsonl => Ok(json::rows(text()?, map, self.encoding)),
            Kind::Csv => delimited::rows(text()?, map, self.encoding),
            Kind::Zip => Err(SourceError::Archive { problem: "holds another archive".to_owned() }),
        }
    }
}

fn head_of(file: impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    file.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// What a text is; `None` for what is none.
fn text_kind(head: &[u8], declared: Option<Kind>, named: Option<Kind>) -> Option<Kind> {
    let is_wide = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    let plain: Vec<u8> =
        head.iter().copied().filter(|byte| *byte != 0 && (!is_wide || byte.is_ascii())).collect();
    let start = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&plain).trim_ascii_start();
    let has_tag = || {
        let start = String::from_utf8_lossy(start).to_ascii_lowercase();
        start.starts_with('<') && ["<html", "<table", "<!doctype html"].iter().any(|tag| start.contains(tag))
    };
    let declared = declared.filter(|kind| matches!(kind, Kind::Csv | Kind::Json | Kind::Jsonl));
    let named = named.filter(|kind| matches!(kind, Kind::Csv | Kind::Json | Kind::Jsonl));
    if has_tag() {
        return Some(Kind::Html);
    }
    // Hardly any table begins so, and files are mended as CSV.
    match start {
        [b'{', ..] => return Some(declared.or(named).unwrap_or(Kind::Jsonl)),
        [b'[', ..] => return Some(declared.or(named).unwrap_or(Kind::Json)),
        _ => {}
    }
    if matches!(declared.or(named), Some(Kind::Csv)) {
        return Some(Kind::Csv);
    }
    // A stray NUL of a text costs its row and not the file; what is no text has other control characters, or many.
    let is_control = |byte: &u8| *byte != 0 && byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let is_stray = zeros * 50 < head.len() && !head.iter().any(is_control);
    let is_text = zeros == 0 || is_wide || is_stray || zeros * 3 > head.len();
    let is_empty = start.is_empty();
    if is_text && !is_empty { Some(Kind::Csv) } else { declared.or(named) }
}

/// What a file's name says about it.
struct FileName {
    kind: Option<Kind>,
}

impl FileName {
    fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv" | "tsv" | "txt") => Some(Kind::Csv),
            Some("xlsx" | "xlsm") => Some(Kind::Xlsx),
            Some("xls") => Some(Kind::Xls),
            Some("jsonl" | "ndjson") => Some(Kind::Jsonl),
            Some("json") => Some(Kind::Json),
            Some("zip") => Some(Kind::Zip),
            Some("html" | "htm") => Some(Kind::Html),
            _ => None,
        };
        Self { kind }
    }
}
