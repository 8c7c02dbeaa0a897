use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8};
use hefu_kernel::cell::without_apostrophe;
use hefu_reconcile::Record;

use super::{error::Error, map::Columns, value};

/// One file.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Its rows, in their order.
    pub(super) records: Vec<Record>,
    /// The line each begins in.
    pub(super) lines: Vec<u64>,
    /// Decimals of its amounts.
    pub(super) decimals: u32,
    /// Whether amounts were read with the opposite sign.
    pub(super) negate: bool,
}

/// The header of a file, and where its columns are.
struct Header<'a> {
    path: &'a Path,
    names: Vec<String>,
    places: BTreeMap<&'static str, Vec<usize>>,
}

impl<'a> Header<'a> {
    fn new(path: &'a Path, names: Vec<String>, columns: &Columns) -> Result<Self, Error> {
        let mut header = Self { path, names, places: BTreeMap::new() };
        let single = [
            ("id", &columns.id),
            ("date", &columns.date),
            ("amount", &columns.amount),
            ("credit", &columns.credit),
            ("debit", &columns.debit),
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

    fn find(&mut self, field: &'static str, columns: &[String]) -> Result<(), Error> {
        for column in columns {
            let mut found = self.names.iter().enumerate().filter(|(_, name)| name.trim() == column.trim());
            let path = self.path.to_owned();
            match (found.next(), found.next()) {
                (Some((place, _)), None) => self.places.entry(field).or_default().push(place),
                (Some(_), Some(_)) => {
                    return Err(Error::DoubledColumn { path, field, column: column.clone() });
                }
                (None, _) => {
                    let columns =
                        self.names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
                    return Err(Error::UnknownColumn { path, field, column: column.clone(), columns });
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
    header: &'a Header<'a>,
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

    fn amount(&self, field: &str, columns: &Columns) -> Result<Option<i64>, Error> {
        value::amount(self.get(field), columns.decimals, columns.decimal_comma).map_err(|message| {
            Error::Amount {
                path: self.header.path.to_owned(),
                line: self.line,
                column: self.column(field),
                message,
            }
        })
    }

    fn signed(&self, columns: &Columns) -> Result<i64, Error> {
        let wrong = |field: &str, message| Error::Amount {
            path: self.header.path.to_owned(),
            line: self.line,
            column: self.column(field),
            message,
        };
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

    fn record(&self, columns: &Columns) -> Result<Record, Error> {
        let amount = self.signed(columns)?;
        let amount = if columns.negate { amount.checked_neg() } else { Some(amount) };
        let amount = amount.ok_or_else(|| Error::Amount {
            path: self.header.path.to_owned(),
            line: self.line,
            column: self.column("amount"),
            message: "too large an amount",
        })?;
        let date =
            value::date(self.get("date"), columns.date_format.as_deref()).map_err(|message| Error::Date {
                path: self.header.path.to_owned(),
                line: self.line,
                column: self.column("date"),
                message,
            })?;
        let texts =
            self.header.places.get("text").into_iter().flatten().filter_map(|place| self.values.get(*place));
        let id = match self.header.place("id") {
            Some(_) if self.get("id").is_empty() => {
                let (path, column) = (self.header.path.to_owned(), self.column("id"));
                return Err(Error::EmptyId { path, line: self.line, column });
            }
            Some(_) => self.get("id").to_owned(),
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
pub(super) fn ledger(path: &Path, columns: &Columns) -> Result<Ledger, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let encoding =
        columns.encoding.as_deref().and_then(|name| Encoding::for_label(name.as_bytes())).unwrap_or(UTF_8);
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    for _ in 0..columns.skip_lines {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        rest = &rest[end..];
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(columns.delimiter as u8)
        .has_headers(false)
        .flexible(true)
        .from_reader(rest);
    let mut bytes = ByteRecord::new();
    let mut next = |bytes: &mut ByteRecord| {
        let found = reader.read_byte_record(bytes).map_err(|error| Error::Row {
            path: path.to_owned(),
            line: columns.skip_lines as u64 + error.position().map_or(1, csv::Position::line),
            message: error.to_string(),
        })?;
        Ok::<_, Error>(
            found.then(|| columns.skip_lines as u64 + bytes.position().map_or(1, csv::Position::line)),
        )
    };
    let Some(line) = next(&mut bytes)? else { return Err(Error::NoHeader { path: path.to_owned() }) };
    let names = decode(path, encoding, &bytes, line, &[])?.into_iter().map(Cow::into_owned).collect();
    let header = Header::new(path, names, columns)?;
    let (mut records, mut lines) = (Vec::new(), Vec::new());
    let mut ids: HashMap<String, u64> = HashMap::new();
    while let Some(line) = next(&mut bytes)? {
        if bytes.len() != header.names.len() {
            let message =
                format!("{} values where the header has {} columns", bytes.len(), header.names.len());
            return Err(Error::Row { path: path.to_owned(), line, message });
        }
        let row = Row { header: &header, values: decode(path, encoding, &bytes, line, &header.names)?, line };
        let record = row.record(columns)?;
        if let Some(first) = ids.insert(record.id.clone(), line) {
            let column = row.column("id");
            return Err(Error::DuplicateId { path: path.to_owned(), line, column, first });
        }
        records.push(record);
        lines.push(line);
    }
    Ok(Ledger { records, lines, decimals: columns.decimals, negate: columns.negate })
}

/// The values of a row as text, without the apostrophes that keep spreadsheets from calculating.
fn decode<'a>(
    path: &Path,
    encoding: &'static Encoding,
    row: &'a ByteRecord,
    line: u64,
    names: &[String],
) -> Result<Vec<Cow<'a, str>>, Error> {
    row.iter()
        .enumerate()
        .map(|(place, value)| {
            let text =
                encoding.decode_without_bom_handling_and_without_replacement(without_apostrophe(value));
            text.ok_or_else(|| Error::Encoding {
                path: path.to_owned(),
                line,
                column: names.get(place).cloned().unwrap_or_default(),
                encoding: encoding.name(),
            })
        })
        .collect()
}
