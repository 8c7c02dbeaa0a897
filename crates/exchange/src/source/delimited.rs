//! CSV and its kin.

use std::{
    io::{BufRead, BufReader, Read},
    sync::Arc,
};

use csv::{ByteRecord, StringRecord};
use encoding_rs::{Encoding, UTF_8};
use hefu_domain::message::Why;
use hefu_kernel::cell::without_apostrophe;

use super::{Map, Raw, Rows, SourceError, encoding, raw::Header, rows::RowLimit};

/// Signs that separate fields, the likelier first.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Lines looked at to tell which sign separates fields.
const LINES: usize = 20;

/// The sign that separates fields: of those in the header line, the one that takes most of the next lines apart into as many fields.
pub(super) fn delimiter_of(head: &[u8]) -> u8 {
    let count = |line: &[u8], sign: u8| {
        let mut quoted = false;
        line.iter()
            .filter(|byte| {
                quoted ^= **byte == b'"';
                !quoted && **byte == sign
            })
            .count()
    };
    let lines: Vec<&[u8]> =
        head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(LINES).collect();
    let quality = |sign: u8| {
        let counts: Vec<usize> = lines.iter().map(|line| count(line, sign)).collect();
        let of_header = counts.first().copied().unwrap_or(0);
        let alike = counts.iter().filter(|count| **count == of_header).count();
        if of_header == 0 { 0 } else { alike * 1_000 + of_header.min(999) }
    };
    // Among equals the first.
    DELIMITERS.into_iter().rev().max_by_key(|sign| quality(*sign)).unwrap_or(b',')
}

/// The rows of a delimited text in `encoding`, the line that names the columns behind the map's `skip_rows`.
pub(super) fn rows(
    text: Box<dyn Read + Send>,
    map: &Map,
    encoding: &'static Encoding,
) -> Result<Rows, SourceError> {
    let (text, encoding): (Box<dyn Read + Send>, _) = match encoding::is_by_bytes(encoding) {
        true => (text, encoding),
        false => (Box::new(encoding::Transcoded::new(text, encoding)), UTF_8),
    };
    let mut text = BufReader::with_capacity(64 << 10, text);
    let head = match text.fill_buf() {
        Ok(head) => head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head),
        Err(source) => return Err(SourceError::Read { row: 0, source }),
    };
    let declared = map.format().delimiter.filter(|_| !is_export(head));
    let skip = if is_export(head) { 0 } else { map.format().skip_rows };
    let delimiter = declared.unwrap_or_else(|| delimiter_of(after_lines(head, skip)));
    let mut text = RowLimit::new(text);
    for _ in 0..skip {
        text.skip_line().map_err(|source| SourceError::Read { row: 0, source })?;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 << 10)
        .from_reader(text);
    let mut first = ByteRecord::new();
    match reader.read_byte_record(&mut first) {
        Ok(true) => {}
        Ok(false) => return Err(SourceError::NoHeader),
        Err(error) => return Err(SourceError::Read { row: 0, source: error.into() }),
    }
    let names =
        decode(first, encoding).map_err(|_| SourceError::Encoding { encoding: encoding::name(encoding) })?;
    // The csv crate takes a byte order mark away, but not if it arrives in pieces.
    let name = |name: &str| name.trim_start_matches('\u{feff}').trim().to_owned();
    let header = Header::of_file(names.iter().map(name).collect(), map.columns(), map.needed())?;
    Ok(Box::new(Delimited { reader, header, encoding, row: 0, row_bytes: 256 }))
}

/// Whether Hefu wrote this file: then the map's `skip_rows` are not there, and commas separate its fields.
fn is_export(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mark = super::raw::EXPORT_COLUMNS[0].as_bytes();
    line.windows(mark.len()).any(|part| part == mark)
}

fn after_lines(head: &[u8], lines: u32) -> &[u8] {
    let mut head = head;
    for _ in 0..lines {
        let Some(end) = head.iter().position(|byte| *byte == b'\n') else { return head };
        head = &head[end + 1..];
    }
    head
}

struct Delimited<R> {
    reader: csv::Reader<RowLimit<R>>,
    header: Arc<Header>,
    encoding: &'static Encoding,
    row: u64,
    /// Length of the last row: a good guess for the next one's buffer.
    row_bytes: usize,
}

impl<R: Read> Iterator for Delimited<R> {
    type Item = Result<Raw, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let width = self.header.names().len();
        loop {
            self.reader.get_mut().next_row();
            let mut bytes = ByteRecord::with_capacity(self.row_bytes + 32, width);
            let more = self.reader.read_byte_record(&mut bytes);
            match more {
                Ok(false) => return None,
                Ok(true) => {}
                // After an I/O error the csv reader reports the end of the file.
                Err(error) => {
                    self.row += 1;
                    return Some(Err(SourceError::Read { row: self.row, source: error.into() }));
                }
            }
            self.row_bytes = bytes.as_slice().len();
            // Spreadsheets write the blank rows below a table as separators alone.
            if bytes.len() > 1 && bytes.as_slice().is_empty() {
                continue;
            }
            self.row += 1;
            return Some(Ok(match decode(bytes, self.encoding) {
                Ok(texts) if texts.len() == width => Raw::new(self.row, &self.header, texts),
                Ok(texts) if texts.len() > width && texts.iter().skip(width).all(str::is_empty) => {
                    // Separators at the end of a line are nothing more.
                    Raw::new(self.row, &self.header, texts.iter().take(width).collect())
                }
                Ok(texts) => {
                    let fault = Why::FieldCount { fields: texts.len(), columns: width };
                    Raw::malformed(self.row, &self.header, texts, fault)
                }
                Err(lossy) => Raw::malformed(self.row, &self.header, lossy, encoding::fault(self.encoding)),
            }));
        }
    }
}

/// The fields as text; where they are none, the nearest text to them.
fn decode(mut bytes: ByteRecord, encoding: &'static Encoding) -> Result<StringRecord, StringRecord> {
    // As Hefu writes what a spreadsheet would take for a formula, and others do.
    if bytes.iter().any(|field| field.first() == Some(&b'\'')) {
        bytes = bytes.iter().map(without_apostrophe).collect();
    }
    if encoding == UTF_8 {
        return StringRecord::from_byte_record(bytes).map_err(|error| {
            let bytes = error.into_byte_record();
            bytes.iter().map(String::from_utf8_lossy).collect()
        });
    }
    let texts: Option<StringRecord> =
        bytes.iter().map(|field| encoding::decode(encoding, field)).collect::<Option<_>>();
    texts.ok_or_else(|| bytes.iter().map(|field| encoding::decode_lossy(encoding, field)).collect())
}
