//! Opening a file by its format.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use flate2::{bufread, read::MultiGzDecoder};

use super::{Map, Rows, SourceError, delimited, json_lines, spec::Kind, workbook};

/// Opens `path` and yields its rows as text.
///
/// CSV and JSON lines are streamed in constant memory, also through gzip (`.gz`); a workbook is
/// read whole. The format is the map's `format.kind`, else it follows from the file name.
///
/// # Errors
/// The file cannot be opened, its format is not known, or its header does not fit the map. A
/// fault within one row is no error here: [`Map::record`] rejects that row.
pub fn open(path: &Path, map: &Map) -> Result<Rows, SourceError> {
    let name = FileName::of(path);
    let unknown = || SourceError::UnknownFormat { path: path.to_owned() };
    let kind = map.format().kind.or(name.kind).ok_or_else(unknown)?;
    let file = File::open(path).map_err(|source| SourceError::Open { path: path.to_owned(), source })?;
    let text: Box<dyn Read + Send> = match (kind, name.gzip) {
        (Kind::Xlsx, true) => return Err(unknown()),
        (Kind::Xlsx, false) => return workbook::rows(BufReader::new(file), map),
        (_, true) => Box::new(MultiGzDecoder::new(file)),
        (_, false) => Box::new(file),
    };
    match kind {
        Kind::Jsonl => Ok(json_lines::rows(text, map)),
        _ => delimited::rows(text, map),
    }
}

/// About how many rows `path` has, for a progress bar: counted in the first mebibyte, the rest in
/// proportion to the bytes. `None` for a workbook and for what cannot be read.
pub fn total_rows_hint(path: &Path) -> Option<u64> {
    const SAMPLE_BYTES: u64 = 1 << 20;
    let name = FileName::of(path);
    if name.kind == Some(Kind::Xlsx) {
        return None;
    }
    let file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let mut file = BufReader::new(file);
    let mut sample = Vec::new();
    if name.gzip {
        let text = bufread::MultiGzDecoder::new(&mut file);
        text.take(SAMPLE_BYTES).read_to_end(&mut sample).ok()?;
    } else {
        file.by_ref().take(SAMPLE_BYTES).read_to_end(&mut sample).ok()?;
    }
    let open_end = sample.last().is_some_and(|last| *last != b'\n');
    let lines = sample.iter().filter(|byte| **byte == b'\n').count() as u64 + u64::from(open_end);
    let total = (lines * size).checked_div(file.stream_position().ok()?)?;
    let header = u64::from(name.kind != Some(Kind::Jsonl));
    Some(total.saturating_sub(header))
}

/// What a file's name says about it.
struct FileName {
    kind: Option<Kind>,
    gzip: bool,
}

impl FileName {
    fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(inner) => (inner, true),
            None => (name.as_str(), false),
        };
        let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("csv" | "tsv" | "txt") => Some(Kind::Csv),
            Some("xlsx" | "xlsm") => Some(Kind::Xlsx),
            Some("jsonl" | "ndjson") => Some(Kind::Jsonl),
            _ => None,
        };
        Self { kind, gzip }
    }
}
