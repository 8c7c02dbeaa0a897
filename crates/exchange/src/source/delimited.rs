//! CSV and its kin.

use std::{io::Read, sync::Arc};

use csv::{ByteRecord, StringRecord};
use hefu_kernel::cell::without_apostrophe;

use super::{Map, Raw, Rows, SourceError, raw::Header, rows::RowLimit, spec::Encoding};

/// The rows of a delimited text whose first line names the columns.
pub(super) fn rows(text: Box<dyn Read + Send>, map: &Map) -> Result<Rows, SourceError> {
    let format = map.format();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(format.delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 << 10)
        .from_reader(RowLimit::new(text));
    let mut first = ByteRecord::new();
    match reader.read_byte_record(&mut first) {
        Ok(true) => {}
        Ok(false) => return Err(SourceError::NoHeader),
        Err(error) => return Err(SourceError::Read { row: 0, source: error.into() }),
    }
    let encoding = format.encoding;
    let names = decode(first, encoding).map_err(|_| SourceError::Encoding { encoding: encoding.name() })?;
    // The csv crate takes a byte order mark away, but not if it arrives in pieces.
    let name = |name: &str| name.trim_start_matches('\u{feff}').trim().to_owned();
    let header = Header::of_file(names.iter().map(name).collect(), map.columns())?;
    Ok(Box::new(Delimited { reader, header, encoding, row: 0, row_bytes: 256 }))
}

struct Delimited {
    reader: csv::Reader<RowLimit<Box<dyn Read + Send>>>,
    header: Arc<Header>,
    encoding: Encoding,
    row: u64,
    /// Length of the last row: a good guess for the next one's buffer.
    row_bytes: usize,
}

impl Iterator for Delimited {
    type Item = Result<Raw, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.get_mut().next_row();
        let width = self.header.names().len();
        let mut bytes = ByteRecord::with_capacity(self.row_bytes + 32, width);
        let more = self.reader.read_byte_record(&mut bytes);
        // After an I/O error the csv reader reports the end of the file.
        self.row += 1;
        match more {
            Ok(false) => return None,
            Ok(true) => {}
            Err(error) => {
                return Some(Err(SourceError::Read { row: self.row, source: error.into() }));
            }
        }
        self.row_bytes = bytes.as_slice().len();
        Some(Ok(match decode(bytes, self.encoding) {
            Ok(texts) if texts.len() == width => Raw::new(self.row, &self.header, texts),
            Ok(texts) => {
                let fault = format!("has {} fields, the header has {width}", texts.len());
                Raw::malformed(self.row, &self.header, texts, fault)
            }
            Err(lossy) => {
                let fault = format!("is not valid {}", self.encoding.name());
                Raw::malformed(self.row, &self.header, lossy, fault)
            }
        }))
    }
}

/// The fields as text; where they are none, the nearest text to them.
fn decode(mut bytes: ByteRecord, encoding: Encoding) -> Result<StringRecord, StringRecord> {
    // As Hefu writes what a spreadsheet would take for a formula, and others do.
    if bytes.iter().any(|field| field.first() == Some(&b'\'')) {
        bytes = bytes.iter().map(without_apostrophe).collect();
    }
    match encoding {
        Encoding::Utf8 => StringRecord::from_byte_record(bytes).map_err(|error| {
            let bytes = error.into_byte_record();
            bytes.iter().map(String::from_utf8_lossy).collect()
        }),
        Encoding::Gb18030 => {
            let texts: Option<StringRecord> =
                bytes.iter().map(|field| encoding.decode(field)).collect::<Option<_>>();
            texts.ok_or_else(|| bytes.iter().map(|field| encoding.decode_lossy(field)).collect())
        }
    }
}
