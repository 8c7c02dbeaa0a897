use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};
use hefu_kernel::cell::without_apostrophe;

use super::{Columns, Fault, value};
use crate::Record;

/// One file.
#[derive(Debug)]
pub struct Ledger {
    /// Its rows, in their order.
    pub records: Vec<Record>,
    /// The line each begins in.
    pub lines: Vec<u64>,
    /// Decimals of its amounts.
    pub decimals: u32,
    /// Whether amounts were read with the opposite sign.
    pub negate: bool,
    /// What the channel kept of each row's amount, minor units; 0 where the map names no column of it.
    pub fees: Vec<i64>,
}

impl Ledger {
    /// Has its amounts counted in a smaller unit, so that they can be compared with those of a file that has more decimals.
    ///
    /// # Errors
    /// An amount is too large for it.
    pub fn with_decimals(&mut self, decimals: u32) -> Result<(), Fault> {
        let Some(factor) = decimals.checked_sub(self.decimals).and_then(|more| 10_i64.checked_pow(more))
        else {
            return Ok(());
        };
        for ((record, fee), line) in self.records.iter_mut().zip(&mut self.fees).zip(&self.lines) {
            let scaled = record.amount.checked_mul(factor).zip(fee.checked_mul(factor));
            (record.amount, *fee) = scaled.ok_or_else(|| Fault::Amount {
                line: *line,
                column: "amount".to_owned(),
                message: "too large an amount",
            })?;
        }
        self.decimals = decimals;
        Ok(())
    }
}

/// The header of a file, and where its columns are.
struct Header {
    names: Vec<String>,
    places: BTreeMap<&'static str, Vec<usize>>,
}

impl Header {
    fn new(names: Vec<String>, columns: &Columns) -> Result<Self, Fault> {
        let mut header = Self { names, places: BTreeMap::new() };
        header.find("id", columns.id.as_slice())?;
        let single = [
            ("date", &columns.date),
            ("amount", &columns.amount),
            ("credit", &columns.credit),
            ("debit", &columns.debit),
            ("fee", &columns.fee),
            ("currency", &columns.currency),
            ("party", &columns.party),
            ("reference", &columns.reference),
        ];
        for (field, column) in single {
            header.find(field, column.as_slice())?;
        }
        header.find("text", columns.text.as_slice())?;
        Ok(header)
    }

    fn find(&mut self, field: &'static str, columns: &[String]) -> Result<(), Fault> {
        for column in columns {
            let mut found = self.names.iter().enumerate().filter(|(_, name)| name.trim() == column.trim());
            match (found.next(), found.next()) {
                (Some((place, _)), None) => self.places.entry(field).or_default().push(place),
                (Some(_), Some(_)) => {
                    return Err(Fault::DoubledColumn { field, column: column.clone() });
                }
                (None, _) => {
                    let columns =
                        self.names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
                    return Err(Fault::UnknownColumn { field, column: column.clone(), columns });
                }
            }
        }
        Ok(())
    }

    fn place(&self, field: &str) -> Option<usize> {
        self.places.get(field).and_then(|places| places.first().copied())
    }
}

/// One row, decoded.
struct Row<'a> {
    header: &'a Header,
    values: Vec<Cow<'a, str>>,
    line: u64,
}

impl Row<'_> {
    fn get(&self, field: &str) -> &str {
        self.header.place(field).and_then(|place| self.values.get(place)).map_or("", |value| value.trim())
    }

    fn column(&self, field: &str) -> String {
        self.header.place(field).and_then(|place| self.header.names.get(place)).cloned().unwrap_or_default()
    }

    fn amount(&self, field: &str, columns: &Columns) -> Result<Option<i64>, Fault> {
        value::amount(self.get(field), columns.decimals, columns.decimal_comma)
            .map_err(|message| Fault::Amount { line: self.line, column: self.column(field), message })
    }

    fn signed(&self, columns: &Columns) -> Result<i64, Fault> {
        let wrong =
            |field: &str, message| Fault::Amount { line: self.line, column: self.column(field), message };
        if columns.amount.is_some() {
            return self.amount("amount", columns)?.ok_or_else(|| wrong("amount", "the amount is empty"));
        }
        let (credit, debit) = (self.amount("credit", columns)?, self.amount("debit", columns)?);
        let field = if columns.credit.is_some() { "credit" } else { "debit" };
        if credit.is_none() && debit.is_none() {
            return Err(wrong(field, "the amount is empty"));
        }
        // Debits are written with and without a sign.
        let debit = debit.unwrap_or(0).checked_abs().ok_or_else(|| wrong("debit", "too large an amount"))?;
        credit.unwrap_or(0).checked_sub(debit).ok_or_else(|| wrong(field, "too large an amount"))
    }

    fn record(&self, columns: &Columns) -> Result<Record, Fault> {
        let amount = self.signed(columns)?;
        let amount = if columns.negate { amount.checked_neg() } else { Some(amount) };
        let amount = amount.ok_or_else(|| Fault::Amount {
            line: self.line,
            column: self.column("amount"),
            message: "too large an amount",
        })?;
        let date = value::date(self.get("date"), columns.date_format.as_deref())
            .map_err(|message| Fault::Date { line: self.line, column: self.column("date"), message })?;
        let texts =
            self.header.places.get("text").into_iter().flatten().filter_map(|place| self.values.get(*place));
        let id = match self.header.place("id") {
            // Of several columns the first is there in every row.
            Some(_) if self.get("id").is_empty() => {
                return Err(Fault::EmptyId { line: self.line, column: self.column("id") });
            }
            Some(_) => {
                let places = self.header.places.get("id").into_iter().flatten();
                let parts = places.filter_map(|place| self.values.get(*place)).map(|part| part.trim());
                parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
            }
            None => self.line.to_string(),
        };
        Ok(Record {
            date,
            amount,
            currency: self.get("currency").to_owned(),
            party: self.get("party").to_owned(),
            reference: self.get("reference").to_owned(),
            text: texts.map(|text| text.trim()).collect::<Vec<_>>().join(" "),
            id,
        })
    }
}

/// Reads a file.
///
/// # Errors
/// It is not as its map says: nothing of it is read.
pub fn ledger(bytes: &[u8], columns: &Columns) -> Result<Ledger, Fault> {
    let encoding =
        columns.encoding.as_deref().and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8);
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for _ in 0..columns.skip_lines {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        rest = &rest[end..];
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(columns.delimiter as u8)
        .has_headers(false)
        .flexible(true)
        .comment(columns.comment.and_then(|mark| u8::try_from(mark).ok()))
        .from_reader(rest);
    let mut bytes = ByteRecord::new();
    let mut next = |bytes: &mut ByteRecord| {
        let found = reader.read_byte_record(bytes).map_err(|error| Fault::Row {
            line: columns.skip_lines as u64 + error.position().map_or(1, csv::Position::line),
            message: error.to_string(),
        })?;
        let line = || bytes.position().map_or(1, |position| line_of(rest, position, columns.comment));
        Ok::<_, Fault>(found.then(|| columns.skip_lines as u64 + line()))
    };
    let Some(line) = next(&mut bytes)? else { return Err(Fault::NoHeader) };
    let names =
        decode((encoding, columns.mark), &bytes, line, &[])?.into_iter().map(Cow::into_owned).collect();
    let header = Header::new(names, columns)?;
    let (mut records, mut lines, mut fees) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids: HashMap<String, u64> = HashMap::new();
    let (mut begins, mut end) = (0, None);
    while let Some(line) = next(&mut bytes)? {
        if is_end(&bytes, encoding, columns) {
            end = bytes.position().map(csv::Position::byte);
            break;
        }
        if bytes.len() != header.names.len() {
            let message =
                format!("{} values where the header has {} columns", bytes.len(), header.names.len());
            return Err(Fault::Row { line, message });
        }
        let values = decode((encoding, columns.mark), &bytes, line, &header.names)?;
        let row = Row { header: &header, values, line };
        let record = row.record(columns)?;
        if let Some(first) = ids.insert(record.id.clone(), line) {
            let column = row.column("id");
            return Err(Fault::DuplicateId { line, column, first });
        }
        // Written with and without a sign; given back with a payment that is given back.
        let fee = row.amount("fee", columns)?.unwrap_or(0).saturating_abs();
        fees.push(if record.amount < 0 { -fee } else { fee });
        records.push(record);
        lines.push(line);
        begins = bytes.position().map_or(0, csv::Position::byte);
    }
    // A quote that is never closed makes the rest of the file one value of its last row.
    let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
    let last = rest.get(place(begins)..end.map_or(rest.len(), place)).unwrap_or_default();
    if let Some(line) = lines.last().filter(|_| is_left_open(last, columns)) {
        let message = "a quote is opened and never closed".to_owned();
        return Err(Fault::Row { line: *line, message });
    }
    Ok(Ledger { records, lines, decimals: columns.decimals, negate: columns.negate, fees })
}

/// Whether a quote stands open at the end of rows. In what a comment says it opens nothing.
fn is_left_open(text: &[u8], columns: &Columns) -> bool {
    let (mut is_quoted, mut is_comment, mut before) = (false, false, b'\n');
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let (ends_line, begins_line) = (matches!(byte, b'\n' | b'\r'), matches!(before, b'\n' | b'\r'));
        if is_quoted {
            // Two of them are one within the value.
            is_quoted = byte != b'"' || bytes.next_if_eq(&b'"').is_some();
        } else if is_comment {
            is_comment = !ends_line;
        } else if begins_line && columns.comment == Some(char::from(byte)) {
            is_comment = true;
        } else {
            is_quoted = byte == b'"' && (begins_line || char::from(before) == columns.delimiter);
        }
        before = byte;
    }
    is_quoted
}

/// The line in which a row begins. Its position is where the one before has ended: the rest of that line's end (`\r\n`), empty lines and comments may come first.
fn line_of(text: &[u8], position: &csv::Position, comment: Option<char>) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let (mut line, mut rest) = (position.line(), text.get(start..).unwrap_or_default());
    let is_comment = |byte: u8| comment.is_some_and(|mark| char::from(byte) == mark);
    while let [first, behind @ ..] = rest {
        match first {
            b'\n' => (line, rest) = (line + 1, behind),
            b'\r' => rest = behind,
            first if is_comment(*first) => {
                let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                rest = &rest[end..];
            }
            _ => break,
        }
    }
    line
}

/// Whether the table has ended before this line.
fn is_end(row: &ByteRecord, encoding: &'static Encoding, columns: &Columns) -> bool {
    let Some(end) = &columns.end else { return false };
    let first = row.get(0).unwrap_or_default();
    encoding.decode_without_bom_handling(first).0.trim_start().starts_with(end.as_str())
}

/// The values of a row as text, without the apostrophes that keep spreadsheets from calculating.
fn decode<'a>(
    (encoding, mark): (&'static Encoding, Option<char>),
    row: &'a ByteRecord,
    line: u64,
    names: &[String],
) -> Result<Vec<Cow<'a, str>>, Fault> {
    row.iter()
        .enumerate()
        .map(|(place, value)| {
            let text =
                encoding.decode_without_bom_handling_and_without_replacement(without_apostrophe(value));
            let text = text.ok_or_else(|| Fault::Encoding {
                line,
                column: names.get(place).cloned().unwrap_or_else(|| (place + 1).to_string()),
                encoding: encoding.name(),
            })?;
            Ok(match mark.and_then(|mark| text.trim_start().strip_prefix(mark).map(str::to_owned)) {
                Some(bare) => Cow::Owned(bare),
                None => text,
            })
        })
        .collect()
}
