//! The mapping language: its TOML shape, and what it compiles to.
//!
//! A field has two halves. Where its text comes from is the same for every field: a [`Cell`] of the row, or several, or a constant. What the
//! text means depends on the field's type: a text, one of a few codes, a number, a date, an amount.

use std::{collections::BTreeMap, fmt, fmt::Write as _, sync::Arc};

use chrono::{
    DateTime, FixedOffset,
    format::{Item, StrftimeItems},
};
use encoding_rs::{Encoding, GB18030};
use serde::Deserialize;

use super::{
    DepositKind, FileKind, Status, encoding,
    money::{self, NumberStyle},
    raw::Column,
    region,
    value::{self, DateStyle, Order},
    vocabulary::{self, StatusRule},
    words::{Words, fold},
};

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// No TOML, an unknown key, a key that is missing or of the wrong type; the message shows the line.
    #[error("the mapping cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// The value of a key makes no sense.
    #[error("{key}: {problem}")]
    Key {
        /// Path of the key, such as `fields.rate.column`.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

fn wrong<T>(key: impl Into<String>, problem: impl Into<String>) -> Result<T, MapError> {
    Err(MapError::Key { key: key.into(), problem: problem.into() })
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Csv,
    Xlsx,
    Xls,
    Jsonl,
    Json,
    Html,
    Zip,
}

/// A mapping as TOML has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapSpec {
    name: String,
    /// For whoever reads the map.
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    kind: FileKind,
    #[serde(default)]
    format: FormatSpec,
    property: PropertySpec,
    #[serde(default)]
    fields: BTreeMap<String, FieldSpec>,
    #[serde(default)]
    person: BTreeMap<String, FieldSpec>,
    #[serde(default)]
    rules: RulesSpec,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FormatSpec {
    kind: Option<Kind>,
    delimiter: Option<char>,
    sheet: Option<String>,
    encoding: Option<String>,
    skip_rows: u32,
    null: Vec<String>,
    undefined: Vec<String>,
    date_format: Option<OneOrMore<String>>,
    dates: Option<OrderSpec>,
    decimal: Option<char>,
    grouping: Option<char>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum OrderSpec {
    DayFirst,
    MonthFirst,
}

impl From<OrderSpec> for Order {
    fn from(spec: OrderSpec) -> Self {
        match spec {
            OrderSpec::DayFirst => Self::DayFirst,
            OrderSpec::MonthFirst => Self::MonthFirst,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertySpec {
    column: Option<OneOrMore<ColumnSpec>>,
    value: Option<String>,
    values: Option<BTreeMap<String, Named>>,
    time_zone: Option<String>,
    region: Option<String>,
}

/// A property the map names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) code: String,
    pub(super) name: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RulesSpec {
    require_people: bool,
    reject_negative_rate: bool,
    rate_outlier_above: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum OneOrMore<T> {
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

/// A column, by its name or its place from 1.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum ColumnSpec {
    Name(String),
    Place(usize),
}

/// Where a field comes from. Which keys make sense depends on the field's type, so compiling
/// takes the keys it understands and complains about the rest.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FieldSpec {
    column: Option<OneOrMore<ColumnSpec>>,
    join: Option<Vec<ColumnSpec>>,
    with: Option<String>,
    value: Option<ValueSpec>,
    default: Option<ValueSpec>,
    optional: Option<bool>,
    split: Option<OneOrMore<String>>,
    part: Option<usize>,
    values: Option<BTreeMap<String, String>>,
    sum: Option<Vec<ColumnSpec>>,
    date_parts: Option<[ColumnSpec; 3]>,
    date_format: Option<OneOrMore<String>>,
    dates: Option<OrderSpec>,
    arrival_plus_nights: Option<Vec<ColumnSpec>>,
    arrival_minus_days: Option<Vec<ColumnSpec>>,
    per: Option<Per>,
    tax: Option<TaxSpec>,
    decimal: Option<char>,
    grouping: Option<char>,
}

/// A constant: texts and numbers alike.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum ValueSpec {
    Text(String),
    Whole(i64),
    Decimal(f64),
    Truth(bool),
}

impl From<ValueSpec> for String {
    fn from(value: ValueSpec) -> Self {
        match value {
            ValueSpec::Text(text) => text,
            ValueSpec::Whole(number) => number.to_string(),
            ValueSpec::Decimal(number) => number.to_string(),
            ValueSpec::Truth(truth) => truth.to_string(),
        }
    }
}

impl FieldSpec {
    /// All keys must have been taken by now.
    fn finish(&self, key: &str, kind: &str) -> Result<(), MapError> {
        let left = [
            ("column", self.column.is_some()),
            ("join", self.join.is_some()),
            ("with", self.with.is_some()),
            ("value", self.value.is_some()),
            ("default", self.default.is_some()),
            ("optional", self.optional.is_some()),
            ("split", self.split.is_some()),
            ("part", self.part.is_some()),
            ("values", self.values.is_some()),
            ("sum", self.sum.is_some()),
            ("date_parts", self.date_parts.is_some()),
            ("date_format", self.date_format.is_some()),
            ("dates", self.dates.is_some()),
            ("arrival_plus_nights", self.arrival_plus_nights.is_some()),
            ("arrival_minus_days", self.arrival_minus_days.is_some()),
            ("per", self.per.is_some()),
            ("tax", self.tax.is_some()),
            ("decimal", self.decimal.is_some()),
            ("grouping", self.grouping.is_some()),
        ];
        match left.iter().find(|(_, set)| *set) {
            Some((name, _)) => wrong(format!("{key}.{name}"), format!("does not apply to {kind} here")),
            None => Ok(()),
        }
    }
}

/// What an amount is the price of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Per {
    /// One room for one night.
    Night,
    /// The rooms of this row for all their nights.
    Row,
    /// The whole booking, and stands in each of its rows.
    Stay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TaxSpec {
    Included,
    Excluded,
}

/// How to open and read the file.
#[derive(Debug, Clone)]
pub(super) struct Format {
    pub(super) kind: Option<Kind>,
    pub(super) delimiter: Option<u8>,
    pub(super) sheet: Option<String>,
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) skip_rows: u32,
    pub(super) null: Vec<String>,
    pub(super) undefined: Vec<String>,
}

/// Columns are indexes into [`Compiled::columns`] here and below.
#[derive(Debug, Clone, Default)]
pub(super) enum Where {
    /// No column: a constant, or nothing.
    #[default]
    Nothing,
    /// The first of these columns that says something.
    First(Vec<usize>),
    /// These columns together, what they say separated by a text.
    Join(Vec<usize>, String),
}

/// Where the text of a field comes from.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) from: Where,
    /// The cell is taken apart at one of these texts.
    pub(super) split: Option<Vec<String>>,
    /// Which part of it is meant, from 1.
    pub(super) part: Option<usize>,
    /// What it says where the columns say nothing. A constant is a default without a column.
    pub(super) default: Option<String>,
}

impl Cell {
    /// The column that a message about the field names.
    pub(super) fn column(&self) -> Option<usize> {
        match &self.from {
            Where::Nothing => None,
            Where::First(columns) | Where::Join(columns, _) => columns.first().copied(),
        }
    }

    /// Whether the map says nothing of the field.
    pub(super) const fn is_unmapped(&self) -> bool {
        matches!(self.from, Where::Nothing) && self.default.is_none()
    }
}

/// Text.
#[derive(Debug, Clone, Default)]
pub(super) struct TextField {
    pub(super) cell: Cell,
    pub(super) values: Option<Words<String>>,
}

/// One of a few words.
#[derive(Debug, Clone)]
pub(super) struct CodeField<T> {
    pub(super) cell: Cell,
    pub(super) values: Words<T>,
    /// Where the file says nothing.
    pub(super) default: Option<T>,
}

/// A whole number: a cell, or the sum of columns.
#[derive(Debug, Clone, Default)]
pub(super) struct CountField {
    pub(super) cell: Cell,
    pub(super) sum: Vec<usize>,
    /// Where the file says nothing.
    pub(super) default: Option<u32>,
}

/// An amount of money.
#[derive(Debug, Clone)]
pub(super) struct AmountField {
    pub(super) cell: Cell,
    /// Its place among the map's amounts: what a whole column says of its numbers is kept by that.
    pub(super) slot: usize,
    /// How its numbers are written, if the map says so.
    pub(super) style: Option<NumberStyle>,
    pub(super) per: Per,
    /// Tax comes on top.
    pub(super) is_net: bool,
}

/// A calendar day.
#[derive(Debug, Clone, Default)]
pub(super) enum DateField {
    #[default]
    Absent,
    Text {
        cell: Cell,
        formats: Vec<Vec<Item<'static>>>,
        order: Option<Order>,
    },
    Parts([usize; 3]),
    AfterArrival(CountField),
    BeforeArrival(CountField),
}

/// Which property a booking is of.
#[derive(Debug, Clone)]
pub(super) struct PropertyField {
    pub(super) text: TextField,
    pub(super) values: Option<Words<Named>>,
}

/// The fields of a booking, and of what belongs to one.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) property: PropertyField,
    pub(super) source_key: TextField,
    pub(super) status: CodeField<StatusRule>,
    pub(super) status_date: DateField,
    pub(super) arrival: DateField,
    pub(super) departure: DateField,
    pub(super) booked_at: DateField,
    pub(super) adults: CountField,
    pub(super) children: CountField,
    pub(super) babies: CountField,
    pub(super) rate: Option<AmountField>,
    pub(super) total: Option<AmountField>,
    pub(super) tax: Option<AmountField>,
    pub(super) currency: TextField,
    pub(super) rooms: CountField,
    pub(super) room_type_booked: TextField,
    pub(super) room_type_assigned: TextField,
    pub(super) room: TextField,
    pub(super) rate_plan: TextField,
    pub(super) meal: TextField,
    pub(super) channel: TextField,
    pub(super) segment: TextField,
    pub(super) agent: TextField,
    pub(super) company: TextField,
    pub(super) deposit: CodeField<DepositKind>,
    pub(super) repeat_guest: CodeField<bool>,
    pub(super) nationality: TextField,
    pub(super) changes: CountField,
    pub(super) parking: CountField,
    pub(super) requests: CountField,
    pub(super) waiting_days: CountField,
    pub(super) customer_type: TextField,
    // Of other files than bookings.
    pub(super) booking: TextField,
    pub(super) guest: TextField,
    pub(super) date: DateField,
    pub(super) until: DateField,
    pub(super) amount: Option<AmountField>,
    pub(super) points: TextField,
    pub(super) code: TextField,
    pub(super) text: TextField,
    pub(super) floor: TextField,
}

/// The fields of a guest.
#[derive(Debug, Clone)]
pub(super) struct PersonFields {
    pub(super) id: TextField,
    pub(super) full_name: TextField,
    pub(super) surname: TextField,
    pub(super) given: TextField,
    pub(super) sex: CodeField<&'static str>,
    pub(super) birth: DateField,
    pub(super) phone: TextField,
    pub(super) email: TextField,
    pub(super) document_type: TextField,
    pub(super) document_number: TextField,
    pub(super) language: TextField,
    pub(super) city: TextField,
    pub(super) address: TextField,
}

/// The checks that a map switches on.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) require_people: bool,
    pub(super) reject_negative_rate: bool,
    /// The currency is known per row only.
    pub(super) rate_outlier_above: Option<money::Amount>,
}

/// A mapping with every column resolved to an index and every table typed.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) name: String,
    pub(super) kind: FileKind,
    pub(super) time_zone: Option<String>,
    pub(super) zone: Option<chrono_tz::Tz>,
    /// ISO 3166 region of the properties, if the map or its time zone says it.
    pub(super) region: Option<String>,
    pub(super) columns: Arc<[Column]>,
    /// Of each of these, a file has at least one.
    pub(super) needed: Vec<Vec<usize>>,
    pub(super) format: Format,
    pub(super) fields: Fields,
    pub(super) person: PersonFields,
    pub(super) rules: Rules,
    /// How many amounts it has.
    pub(super) amounts: usize,
    /// The columns that each field is read from, by its key without the table.
    pub(super) read_from: BTreeMap<String, Vec<usize>>,
}

/// A type whose values have names in the mapping language.
pub(super) trait Code: Copy + 'static {
    const CODES: &'static [(&'static str, Self)];
    /// Further words that mean the same, where the map translates none.
    const WORDS: &'static [(&'static str, Self)] = &[];
}

impl Code for StatusRule {
    const CODES: &'static [(&'static str, Self)] = &[
        ("reserved", Self::Is(Status::Reserved)),
        ("in_house", Self::Is(Status::InHouse)),
        ("checked_out", Self::Is(Status::CheckedOut)),
        ("cancelled", Self::Is(Status::Cancelled)),
        ("no_show", Self::Is(Status::NoShow)),
        ("by_dates", Self::ByDates),
    ];
    const WORDS: &'static [(&'static str, Self)] = vocabulary::STATUSES;
}

impl Code for DepositKind {
    const CODES: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("refundable", Self::Refundable), ("non_refundable", Self::NonRefundable)];
}

impl Code for bool {
    const CODES: &'static [(&'static str, Self)] = &[("true", true), ("false", false)];
    const WORDS: &'static [(&'static str, Self)] = &[
        ("1", true),
        ("0", false),
        ("yes", true),
        ("no", false),
        ("是", true),
        ("否", false),
        ("y", true),
        ("n", false),
    ];
}

impl Code for &'static str {
    const CODES: &'static [(&'static str, Self)] = &[("female", "female"), ("male", "male")];
    const WORDS: &'static [(&'static str, Self)] = &[
        ("f", "female"),
        ("m", "male"),
        ("w", "female"),
        ("女", "female"),
        ("男", "male"),
        ("mrs", "female"),
        ("mrs.", "female"),
        ("ms", "female"),
        ("ms.", "female"),
        ("mr", "male"),
        ("mr.", "male"),
    ];
}

fn code<T: Code>(key: impl Into<String>, text: &str) -> Result<T, MapError> {
    match T::CODES.iter().find(|(name, _)| *name == text) {
        Some((_, code)) => Ok(*code),
        None => {
            let names: Vec<_> = T::CODES.iter().map(|(name, _)| *name).collect();
            wrong(key, format!("`{text}` is not one of {}", names.join(", ")))
        }
    }
}

/// Reads and checks a mapping.
pub(super) fn compile(toml_text: &str) -> Result<Compiled, MapError> {
    let spec: MapSpec = toml::from_str(toml_text)?;
    let numbers = number_style("format", spec.format.decimal, spec.format.grouping)?;
    let mut compiler = Compiler {
        columns: Vec::new(),
        needed: Vec::new(),
        formats: date_formats("format.date_format", spec.format.date_format.clone())?,
        order: spec.format.dates.map(Order::from),
        numbers,
        amounts: 0,
        read_from: BTreeMap::new(),
    };
    let format = format(spec.format)?;
    let time_zone = spec.property.time_zone.clone();
    let zone = match &time_zone {
        None => None,
        Some(name) => match name.parse::<chrono_tz::Tz>() {
            Ok(zone) => Some(zone),
            Err(_) => {
                return wrong(
                    "property.time_zone",
                    format!("`{name}` is no IANA time zone such as \"Europe/Paris\""),
                );
            }
        },
    };
    let region = match spec.property.region.as_deref().map(str::to_uppercase) {
        Some(region) if region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase()) => Some(region),
        Some(region) => {
            return wrong("property.region", format!("`{region}` is no ISO 3166 code of two letters"));
        }
        None => time_zone.as_deref().and_then(region::of_zone).map(str::to_owned),
    };
    let property = compiler.property(spec.property)?;
    let fields = compiler.fields(spec.kind, property, spec.fields)?;
    let person = compiler.person(spec.person)?;
    if spec.kind == FileKind::Guests
        && person.full_name.cell.is_unmapped()
        && person.surname.cell.is_unmapped()
    {
        return wrong("person.full_name", "is required in a file of guests");
    }
    Ok(Compiled {
        name: spec.name,
        kind: spec.kind,
        time_zone,
        zone,
        region,
        columns: compiler.columns.into(),
        needed: compiler.needed,
        format,
        fields,
        person,
        rules: rules(spec.rules)?,
        amounts: compiler.amounts,
        read_from: compiler.read_from,
    })
}

fn number_style(
    key: &str,
    decimal: Option<char>,
    grouping: Option<char>,
) -> Result<Option<NumberStyle>, MapError> {
    let is_sign = |sign: char| !sign.is_ascii_digit() && sign != '-';
    if decimal.is_some_and(|sign| !is_sign(sign)) {
        return wrong(format!("{key}.decimal"), "must not be a digit or a minus");
    }
    let Some(decimal) = decimal.or(match grouping {
        // Nothing else is left for it.
        Some(',') => Some('.'),
        Some('.') => Some(','),
        Some(_) => Some('.'),
        None => None,
    }) else {
        return Ok(None);
    };
    if grouping.is_some_and(|sign| !is_sign(sign) || sign == decimal) {
        return wrong(format!("{key}.grouping"), "must not be a digit, a minus or the decimal sign");
    }
    Ok(Some(NumberStyle { decimal, grouping }))
}

fn format(spec: FormatSpec) -> Result<Format, MapError> {
    if spec.delimiter.is_some_and(|sign| !sign.is_ascii() || matches!(sign, '"' | '\r' | '\n')) {
        return wrong("format.delimiter", "must be an ASCII character other than a quote or a line end");
    }
    let encoding = match spec.encoding.as_deref() {
        None => None,
        Some(name) => match encoding::of_name(name) {
            Some(encoding) => Some(encoding),
            None => return wrong("format.encoding", format!("`{name}` is no encoding such as \"gb18030\"")),
        },
    };
    // The later bytes of a GB 18030 character are 0x30 to 0x39 and from 0x40 up.
    let may_be_part = |sign: char| sign.is_ascii_digit() || sign >= '@';
    if encoding == Some(GB18030) && spec.delimiter.is_some_and(may_be_part) {
        return wrong("format.delimiter", "may be part of a character in gb18030; convert the file to utf-8");
    }
    Ok(Format {
        kind: spec.kind,
        delimiter: spec.delimiter.map(|sign| sign as u8),
        sheet: spec.sheet,
        encoding,
        skip_rows: spec.skip_rows,
        null: spec.null,
        undefined: spec.undefined,
    })
}

fn rules(spec: RulesSpec) -> Result<Rules, MapError> {
    let limit = match spec.rate_outlier_above {
        None => None,
        Some(text) => match money::amount(&text, Some(money::PLAIN)) {
            Ok(limit) => Some(limit),
            Err(_) => return wrong("rules.rate_outlier_above", "is not an amount such as \"1000.00\""),
        },
    };
    Ok(Rules {
        require_people: spec.require_people,
        reject_negative_rate: spec.reject_negative_rate,
        rate_outlier_above: limit,
    })
}

fn date_formats(key: &str, formats: Option<OneOrMore<String>>) -> Result<Vec<Vec<Item<'static>>>, MapError> {
    formats.map_or_else(Vec::new, OneOrMore::into_vec).iter().map(|format| date_items(key, format)).collect()
}

/// The parsed form of a strftime format, tried out on a day: a format that lacks the year would
/// otherwise reject every row.
fn date_items(key: &str, format: &str) -> Result<Vec<Item<'static>>, MapError> {
    let Ok(items) = StrftimeItems::new(format).parse_to_owned() else {
        return wrong(key, format!("`{format}` is not a strftime format such as \"%d/%m/%Y\""));
    };
    let day = DateTime::from_timestamp(951_827_696, 0).map(DateTime::<FixedOffset>::from);
    let mut text = String::new();
    let read = day.and_then(|day| {
        write!(text, "{}", day.format_with_items(items.iter())).ok()?;
        let style = DateStyle { formats: std::slice::from_ref(&items), ..DateStyle::default() };
        (value::date(&text, &style).ok()? == day.date_naive()).then_some(())
    });
    match read {
        Some(()) => Ok(items),
        None => wrong(key, format!("`{format}` does not say year, month and day")),
    }
}

struct Compiler {
    columns: Vec<Column>,
    needed: Vec<Vec<usize>>,
    formats: Vec<Vec<Item<'static>>>,
    order: Option<Order>,
    numbers: Option<NumberStyle>,
    amounts: usize,
    read_from: BTreeMap<String, Vec<usize>>,
}

/// Fields by name, taken one by one: what is left is unknown.
struct Table {
    key: &'static str,
    fields: BTreeMap<String, FieldSpec>,
}

impl Table {
    fn take(&mut self, name: &str) -> (String, Option<FieldSpec>) {
        (format!("{}.{name}", self.key), self.fields.remove(name))
    }

    fn finish(self) -> Result<(), MapError> {
        match self.fields.into_keys().next() {
            Some(name) => wrong(format!("{}.{name}", self.key), "is no field of this kind of file"),
            None => Ok(()),
        }
    }
}

impl Compiler {
    fn column(&mut self, column: ColumnSpec) -> usize {
        let column = match column {
            ColumnSpec::Name(name) => Column::Name(name),
            ColumnSpec::Place(place) => Column::Place(place.max(1) - 1),
        };
        let found = self.columns.iter().position(|known| *known == column);
        found.unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }

    /// Remembers from which columns the field of a key is read.
    fn reads(&mut self, key: &str, columns: &[usize]) {
        let field = key.split('.').nth(1).unwrap_or(key);
        self.read_from.entry(field.to_owned()).or_default().extend(columns);
    }

    fn columns(&mut self, columns: Vec<ColumnSpec>) -> Vec<usize> {
        columns.into_iter().map(|column| self.column(column)).collect()
    }

    /// Takes what says where a text comes from.
    fn cell(&mut self, key: &str, spec: &mut FieldSpec) -> Result<Cell, MapError> {
        let value = spec.value.take().map(String::from);
        let from = match (spec.column.take(), spec.join.take()) {
            (Some(column), None) => Where::First(self.columns(column.into_vec())),
            (None, Some(columns)) => {
                Where::Join(self.columns(columns), spec.with.take().unwrap_or_else(|| " ".to_owned()))
            }
            (Some(_), Some(_)) => return wrong(key, "has both `column` and `join`"),
            (None, None) => Where::Nothing,
        };
        if let Where::First(columns) | Where::Join(columns, _) = &from {
            self.reads(key, columns);
        }
        let is_optional = spec.optional.take().unwrap_or(false);
        match &from {
            Where::First(columns) | Where::Join(columns, _) if columns.is_empty() => {
                return wrong(key, "needs at least one column");
            }
            Where::First(columns) if !is_optional => self.needed.push(columns.clone()),
            Where::Join(columns, _) if !is_optional => {
                self.needed.extend(columns.iter().map(|column| vec![*column]));
            }
            _ => {}
        }
        let default = match (&from, value) {
            (Where::Nothing, Some(value)) => Some(value),
            (Where::Nothing, None) => return wrong(key, "needs `column` or `value`"),
            (_, Some(_)) => return wrong(key, "has both `column` and `value`"),
            (_, None) => spec.default.take().map(String::from),
        };
        let split = spec.split.take().map(OneOrMore::into_vec);
        let part = spec.part.take();
        if part == Some(0) || (part.is_some() && split.is_none()) {
            return wrong(format!("{key}.part"), "counts the parts of a `split` from 1");
        }
        Ok(Cell { from, split, part, default })
    }

    fn text(&mut self, (key, spec): (String, Option<FieldSpec>)) -> Result<TextField, MapError> {
        let Some(mut spec) = spec else { return Ok(TextField::default()) };
        let cell = self.cell(&key, &mut spec)?;
        let values = match spec.values.take() {
            Some(table) if cell.column().is_some() => Some(self.table(&key, table)?),
            Some(_) => return wrong(format!("{key}.values"), "does not apply to a constant"),
            None => None,
        };
        spec.finish(&key, "a text")?;
        Ok(TextField { cell, values })
    }

    fn table<T>(&self, key: &str, table: BTreeMap<String, T>) -> Result<Words<T>, MapError> {
        Words::of(table).or_else(|twice| {
            wrong(format!("{key}.values.{twice:?}"), "is there twice: case makes no difference")
        })
    }

    fn code<T: Code>(
        &mut self,
        (key, spec): (String, Option<FieldSpec>),
        unmapped: Option<T>,
    ) -> Result<CodeField<T>, MapError> {
        let Some(mut spec) = spec else {
            return Ok(CodeField { cell: Cell::default(), values: Words::default(), default: unmapped });
        };
        let mut cell = self.cell(&key, &mut spec)?;
        let default = cell.default.take().map(|text| code(key.as_str(), &text)).transpose()?;
        let table = if cell.column().is_some() { spec.values.take() } else { None };
        spec.finish(&key, "a code")?;
        let table = match table {
            Some(table) => table
                .into_iter()
                .map(|(text, name)| {
                    let code = code(format!("{key}.values.{text:?}"), &name)?;
                    Ok((text, code))
                })
                .collect::<Result<_, MapError>>()?,
            None => T::WORDS.iter().chain(T::CODES).map(|(name, code)| ((*name).to_owned(), *code)).collect(),
        };
        Ok(CodeField { cell, values: self.table(&key, table)?, default })
    }

    fn count(
        &mut self,
        (key, spec): (String, Option<FieldSpec>),
        unmapped: u32,
    ) -> Result<CountField, MapError> {
        let Some(mut spec) = spec else {
            return Ok(CountField { default: Some(unmapped), ..CountField::default() });
        };
        let (sum, mut cell) = match spec.sum.take() {
            Some(columns) => {
                let columns = self.sum(&format!("{key}.sum"), columns)?.sum;
                (columns, Cell { default: spec.default.take().map(String::from), ..Cell::default() })
            }
            None => (Vec::new(), self.cell(&key, &mut spec)?),
        };
        spec.finish(&key, "a number")?;
        let default = match cell.default.take() {
            Some(text) => match value::count(&text) {
                Some(number) => Some(number),
                None => return wrong(key, format!("`{text}` is not a whole number")),
            },
            None => None,
        };
        Ok(CountField { cell, sum, default })
    }

    fn sum(&mut self, key: &str, columns: Vec<ColumnSpec>) -> Result<CountField, MapError> {
        if columns.is_empty() {
            return wrong(key, "needs at least one column");
        }
        let sum = self.columns(columns);
        self.reads(key, &sum);
        self.needed.extend(sum.iter().map(|column| vec![*column]));
        Ok(CountField { sum, ..CountField::default() })
    }

    fn amount(
        &mut self,
        (key, spec): (String, Option<FieldSpec>),
        per: Per,
    ) -> Result<Option<AmountField>, MapError> {
        let Some(mut spec) = spec else { return Ok(None) };
        let cell = self.cell(&key, &mut spec)?;
        let style = number_style(&key, spec.decimal.take(), spec.grouping.take())?.or(self.numbers);
        let per = spec.per.take().unwrap_or(per);
        let is_net = spec.tax.take() == Some(TaxSpec::Excluded);
        spec.finish(&key, "an amount")?;
        if cell.default.as_ref().is_some_and(|text| money::amount(text, style).is_err()) {
            return wrong(format!("{key}.default"), "is not an amount");
        }
        self.amounts += 1;
        Ok(Some(AmountField { cell, slot: self.amounts - 1, style, per, is_net }))
    }

    fn date(&mut self, (key, spec): (String, Option<FieldSpec>)) -> Result<DateField, MapError> {
        let Some(mut spec) = spec else { return Ok(DateField::Absent) };
        let field = if let Some(parts) = spec.date_parts.take() {
            let parts = parts.map(|part| self.column(part));
            self.reads(&key, &parts);
            self.needed.extend(parts.map(|column| vec![column]));
            DateField::Parts(parts)
        } else if spec.column.is_some() || spec.join.is_some() || spec.value.is_some() {
            let cell = self.cell(&key, &mut spec)?;
            let formats = match spec.date_format.take() {
                Some(formats) => date_formats(&format!("{key}.date_format"), Some(formats))?,
                None => self.formats.clone(),
            };
            let order = spec.dates.take().map(Order::from).or(self.order);
            DateField::Text { cell, formats, order }
        } else {
            return wrong(key, "needs `column` or `date_parts`");
        };
        spec.finish(&key, "a date")?;
        Ok(field)
    }

    /// A date that may also be counted from the arrival.
    fn other_date(&mut self, (key, spec): (String, Option<FieldSpec>)) -> Result<DateField, MapError> {
        let Some(mut spec) = spec else { return Ok(DateField::Absent) };
        let field = if let Some(names) = spec.arrival_plus_nights.take() {
            DateField::AfterArrival(self.sum(&format!("{key}.arrival_plus_nights"), names)?)
        } else if let Some(names) = spec.arrival_minus_days.take() {
            DateField::BeforeArrival(self.sum(&format!("{key}.arrival_minus_days"), names)?)
        } else {
            return self.date((key, Some(spec)));
        };
        spec.finish(&key, "a date")?;
        Ok(field)
    }

    fn property(&mut self, spec: PropertySpec) -> Result<PropertyField, MapError> {
        let field =
            FieldSpec { column: spec.column, value: spec.value.map(ValueSpec::Text), ..FieldSpec::default() };
        let text = self.text(("property".to_owned(), Some(field)))?;
        let values = spec.values.map(|table| self.table("property", table)).transpose()?;
        if let (Some(values), Some(constant)) = (&values, &text.cell.default)
            && values.get(constant).is_none()
        {
            return wrong("property.value", format!("`{constant}` is not among property.values"));
        }
        Ok(PropertyField { text, values })
    }

    fn fields(
        &mut self,
        kind: FileKind,
        property: PropertyField,
        fields: BTreeMap<String, FieldSpec>,
    ) -> Result<Fields, MapError> {
        let required: &[&str] = match kind {
            FileKind::Bookings => &["status", "arrival", "departure", "adults", "room_type_booked"],
            FileKind::Guests => &[],
            FileKind::Bills | FileKind::Payments => &["date", "amount"],
            FileKind::Points => &["date", "points"],
            FileKind::Rooms => &["room", "room_type_booked"],
            FileKind::Rates => &["room_type_booked", "amount"],
        };
        if let Some(missing) = required.iter().find(|name| !fields.contains_key(**name)) {
            return wrong("fields", format!("missing field `{missing}`"));
        }
        if kind == FileKind::Bookings && !fields.contains_key("rate") && !fields.contains_key("total") {
            return wrong("fields", "missing field `rate` or `total`");
        }
        let mut t = Table { key: "fields", fields };
        let is_net = |field: &Option<AmountField>| field.as_ref().is_some_and(|field| field.is_net);
        let fields = Fields {
            property,
            source_key: self.text(t.take("source_key"))?,
            status: self.code(t.take("status"), None)?,
            status_date: self.other_date(t.take("status_date"))?,
            arrival: self.date(t.take("arrival"))?,
            departure: self.other_date(t.take("departure"))?,
            booked_at: self.other_date(t.take("booked_at"))?,
            adults: self.count(t.take("adults"), 0)?,
            children: self.count(t.take("children"), 0)?,
            babies: self.count(t.take("babies"), 0)?,
            rate: self.amount(t.take("rate"), Per::Night)?,
            total: self.amount(t.take("total"), Per::Row)?,
            tax: self.amount(t.take("tax"), Per::Row)?,
            currency: self.text(t.take("currency"))?,
            rooms: self.count(t.take("rooms"), 1)?,
            room_type_booked: self.text(t.take("room_type_booked"))?,
            room_type_assigned: self.text(t.take("room_type_assigned"))?,
            room: self.text(t.take("room"))?,
            rate_plan: self.text(t.take("rate_plan"))?,
            meal: self.text(t.take("meal"))?,
            channel: self.text(t.take("channel"))?,
            segment: self.text(t.take("segment"))?,
            agent: self.text(t.take("agent"))?,
            company: self.text(t.take("company"))?,
            deposit: self.code(t.take("deposit"), Some(DepositKind::None))?,
            repeat_guest: self.code(t.take("repeat_guest"), Some(false))?,
            nationality: self.text(t.take("nationality"))?,
            changes: self.count(t.take("changes"), 0)?,
            parking: self.count(t.take("parking"), 0)?,
            requests: self.count(t.take("requests"), 0)?,
            waiting_days: self.count(t.take("waiting_days"), 0)?,
            customer_type: self.text(t.take("customer_type"))?,
            booking: self.text(t.take("booking"))?,
            guest: self.text(t.take("guest"))?,
            date: self.date(t.take("date"))?,
            until: self.date(t.take("until"))?,
            amount: self.amount(t.take("amount"), Per::Row)?,
            points: self.text(t.take("points"))?,
            code: self.text(t.take("code"))?,
            text: self.text(t.take("text"))?,
            floor: self.text(t.take("floor"))?,
        };
        t.finish()?;
        // A constant that is none would cost every row; values may translate one that looks like none.
        if fields.currency.values.is_none()
            && let Some(constant) = &fields.currency.cell.default
            && money::sign(constant).is_none()
        {
            return wrong(
                "fields.currency",
                format!("`{constant}` is no currency of ISO 4217 such as \"EUR\""),
            );
        }
        if (is_net(&fields.rate) || is_net(&fields.total)) && fields.tax.is_none() {
            return wrong("fields.tax", "is required where a price is without tax");
        }
        if fields.rate.as_ref().is_some_and(|rate| rate.per != Per::Night) {
            return wrong("fields.rate.per", "a rate is per night: what a stay costs is the `total`");
        }
        if fields.total.as_ref().is_some_and(|total| total.per == Per::Night) {
            return wrong(
                "fields.total.per",
                "a total is per stay or per row: what a night costs is the `rate`",
            );
        }
        Ok(fields)
    }

    fn person(&mut self, fields: BTreeMap<String, FieldSpec>) -> Result<PersonFields, MapError> {
        let mut t = Table { key: "person", fields };
        let person = PersonFields {
            id: self.text(t.take("id"))?,
            full_name: self.text(t.take("full_name"))?,
            surname: self.text(t.take("surname"))?,
            given: self.text(t.take("given"))?,
            sex: self.code(t.take("sex"), None)?,
            birth: self.date(t.take("birth"))?,
            phone: self.text(t.take("phone"))?,
            email: self.text(t.take("email"))?,
            document_type: self.text(t.take("document_type"))?,
            document_number: self.text(t.take("document_number"))?,
            language: self.text(t.take("language"))?,
            city: self.text(t.take("city"))?,
            address: self.text(t.take("address"))?,
        };
        t.finish()?;
        Ok(person)
    }
}

/// Whether a text is one of these words, in any case.
pub(super) fn is_among(words: &[String], text: &str) -> bool {
    !words.is_empty() && words.iter().any(|word| word == text || fold(word) == fold(text))
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Html => "html",
            Self::Zip => "zip",
        })
    }
}
