//! The mapping language: its TOML shape, and what it compiles to.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write, sync::Arc};

use chrono::{
    DateTime, FixedOffset,
    format::{Item, StrftimeItems},
};
use encoding_rs::GB18030;
use serde::Deserialize;

use super::{
    DepositKind, Status,
    value::{self, NumberStyle, PLAIN},
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
    Jsonl,
}

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(super) enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl Encoding {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB 18030",
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    pub(super) fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Gb18030 => GB18030.decode_without_bom_handling(bytes).0,
        }
    }
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
    format: FormatSpec,
    property: PropertySpec,
    fields: FieldsSpec,
    #[serde(default)]
    person: PersonSpec,
    #[serde(default)]
    rules: RulesSpec,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FormatSpec {
    kind: Option<Kind>,
    delimiter: Option<char>,
    sheet: Option<String>,
    encoding: Encoding,
    null: Vec<String>,
    undefined: Vec<String>,
    date_format: Option<String>,
    decimal: Option<char>,
    grouping: Option<char>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PropertySpec {
    column: Option<String>,
    value: Option<String>,
    values: Option<BTreeMap<String, Named>>,
    time_zone: Option<String>,
}

/// A property the map names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) code: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsSpec {
    source_key: Option<FieldSpec>,
    status: FieldSpec,
    status_date: Option<FieldSpec>,
    arrival: FieldSpec,
    departure: FieldSpec,
    booked_at: Option<FieldSpec>,
    adults: FieldSpec,
    children: Option<FieldSpec>,
    babies: Option<FieldSpec>,
    rate: FieldSpec,
    currency: FieldSpec,
    room_type_booked: FieldSpec,
    room_type_assigned: Option<FieldSpec>,
    room: Option<FieldSpec>,
    meal: Option<FieldSpec>,
    channel: Option<FieldSpec>,
    segment: Option<FieldSpec>,
    agent: Option<FieldSpec>,
    company: Option<FieldSpec>,
    deposit: Option<FieldSpec>,
    repeat_guest: Option<FieldSpec>,
    nationality: Option<FieldSpec>,
    changes: Option<FieldSpec>,
    parking: Option<FieldSpec>,
    requests: Option<FieldSpec>,
    waiting_days: Option<FieldSpec>,
    customer_type: Option<FieldSpec>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct PersonSpec {
    id: Option<FieldSpec>,
    full_name: Option<FieldSpec>,
    surname: Option<FieldSpec>,
    given: Option<FieldSpec>,
    birth: Option<FieldSpec>,
    phone: Option<FieldSpec>,
    email: Option<FieldSpec>,
    document_type: Option<FieldSpec>,
    document_number: Option<FieldSpec>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RulesSpec {
    require_people: bool,
    reject_negative_rate: bool,
    rate_outlier_above: Option<String>,
}

/// Where a field comes from. Which keys make sense depends on the field's type, so compiling
/// takes the keys it understands and complains about the rest.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FieldSpec {
    column: Option<String>,
    value: Option<String>,
    default: Option<String>,
    values: Option<BTreeMap<String, String>>,
    sum: Option<Vec<String>>,
    date_parts: Option<[String; 3]>,
    date_format: Option<String>,
    arrival_plus_nights: Option<Vec<String>>,
    arrival_minus_days: Option<Vec<String>>,
}

impl FieldSpec {
    /// All keys must have been taken by now.
    fn finish(&self, key: &str, kind: &str) -> Result<(), MapError> {
        let left = [
            ("column", self.column.is_some()),
            ("value", self.value.is_some()),
            ("default", self.default.is_some()),
            ("values", self.values.is_some()),
            ("sum", self.sum.is_some()),
            ("date_parts", self.date_parts.is_some()),
            ("date_format", self.date_format.is_some()),
            ("arrival_plus_nights", self.arrival_plus_nights.is_some()),
            ("arrival_minus_days", self.arrival_minus_days.is_some()),
        ];
        match left.iter().find(|(_, set)| *set) {
            Some((name, _)) => wrong(format!("{key}.{name}"), format!("does not apply to {kind} here")),
            None => Ok(()),
        }
    }
}

/// How to open and read the file.
#[derive(Debug, Clone)]
pub(super) struct Format {
    pub(super) kind: Option<Kind>,
    pub(super) delimiter: u8,
    pub(super) sheet: Option<String>,
    pub(super) encoding: Encoding,
    pub(super) null: Vec<String>,
    pub(super) undefined: Vec<String>,
    pub(super) numbers: NumberStyle,
}

/// Text: that of a column, else the default. A constant is a default without a column. Columns
/// are indexes into [`Compiled::columns`] here and below.
#[derive(Debug, Clone, Default)]
pub(super) struct TextField {
    pub(super) column: Option<usize>,
    pub(super) values: Option<BTreeMap<String, String>>,
    pub(super) default: Option<String>,
}

/// One of a few words.
#[derive(Debug, Clone)]
pub(super) struct CodeField<T> {
    pub(super) column: Option<usize>,
    pub(super) values: BTreeMap<String, T>,
    pub(super) default: Option<T>,
}

/// A whole number: the sum of columns, else the default.
#[derive(Debug, Clone)]
pub(super) struct CountField {
    pub(super) columns: Vec<usize>,
    pub(super) default: Option<u32>,
}

/// An amount of money.
#[derive(Debug, Clone)]
pub(super) struct AmountField {
    pub(super) column: usize,
    pub(super) default: Option<String>,
}

/// A calendar day.
#[derive(Debug, Clone)]
pub(super) enum DateField {
    Absent,
    Text { column: usize, format: Option<Vec<Item<'static>>> },
    Parts([usize; 3]),
    AfterArrival(CountField),
    BeforeArrival(CountField),
}

/// Which property a booking is of.
#[derive(Debug, Clone)]
pub(super) struct PropertyField {
    pub(super) text: TextField,
    pub(super) values: Option<BTreeMap<String, Named>>,
}

/// The fields of a booking.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) property: PropertyField,
    pub(super) source_key: TextField,
    pub(super) status: CodeField<Status>,
    pub(super) status_date: DateField,
    pub(super) arrival: DateField,
    pub(super) departure: DateField,
    pub(super) booked_at: DateField,
    pub(super) adults: CountField,
    pub(super) children: CountField,
    pub(super) babies: CountField,
    pub(super) rate: AmountField,
    pub(super) currency: TextField,
    pub(super) room_type_booked: TextField,
    pub(super) room_type_assigned: TextField,
    pub(super) room: TextField,
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
}

/// The fields of a guest.
#[derive(Debug, Clone)]
pub(super) struct PersonFields {
    pub(super) id: TextField,
    pub(super) full_name: TextField,
    pub(super) surname: TextField,
    pub(super) given: TextField,
    pub(super) birth: TextField,
    pub(super) phone: TextField,
    pub(super) email: TextField,
    pub(super) document_type: TextField,
    pub(super) document_number: TextField,
}

/// The checks that a map switches on.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) require_people: bool,
    pub(super) reject_negative_rate: bool,
    /// Amount in [`PLAIN`] style; the currency is known per row only.
    pub(super) rate_outlier_above: Option<String>,
}

/// A mapping with every column resolved to an index and every table typed.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) name: String,
    pub(super) time_zone: Option<String>,
    pub(super) columns: Arc<[String]>,
    pub(super) format: Format,
    pub(super) fields: Fields,
    pub(super) person: PersonFields,
    pub(super) rules: Rules,
}

/// A type whose values have names in the mapping language.
pub(super) trait Code: Copy + 'static {
    const CODES: &'static [(&'static str, Self)];
}

impl Code for Status {
    const CODES: &'static [(&'static str, Self)] = &[
        ("reserved", Self::Reserved),
        ("in_house", Self::InHouse),
        ("checked_out", Self::CheckedOut),
        ("cancelled", Self::Cancelled),
        ("no_show", Self::NoShow),
    ];
}

impl Code for DepositKind {
    const CODES: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("refundable", Self::Refundable), ("non_refundable", Self::NonRefundable)];
}

impl Code for bool {
    const CODES: &'static [(&'static str, Self)] = &[("true", true), ("false", false)];
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
    let mut compiler = Compiler {
        columns: Vec::new(),
        date_format: match &spec.format.date_format {
            Some(format) => Some(date_items("format.date_format", format)?),
            None => None,
        },
    };
    let format = format(spec.format)?;
    let time_zone = spec.property.time_zone.clone();
    let fields = compiler.fields(spec.property, spec.fields, format.numbers)?;
    let person = compiler.person(spec.person)?;
    let rules = rules(spec.rules)?;
    Ok(Compiled {
        name: spec.name,
        time_zone,
        columns: compiler.columns.into(),
        format,
        fields,
        person,
        rules,
    })
}

fn format(spec: FormatSpec) -> Result<Format, MapError> {
    let delimiter = spec.delimiter.unwrap_or(',');
    if !delimiter.is_ascii() || matches!(delimiter, '"' | '\r' | '\n') {
        return wrong("format.delimiter", "must be an ASCII character other than a quote or a line end");
    }
    // The later bytes of a GB 18030 character are 0x30 to 0x39 and from 0x40 up.
    if spec.encoding == Encoding::Gb18030 && (delimiter.is_ascii_digit() || delimiter >= '@') {
        return wrong("format.delimiter", "may be part of a character in gb18030; convert the file to utf-8");
    }
    let numbers = NumberStyle { decimal: spec.decimal.unwrap_or(PLAIN.decimal), grouping: spec.grouping };
    let is_sign = |sign: char| !sign.is_ascii_digit() && sign != '-';
    if !is_sign(numbers.decimal) {
        return wrong("format.decimal", "must not be a digit or a minus");
    }
    if numbers.grouping.is_some_and(|sign| !is_sign(sign) || sign == numbers.decimal) {
        return wrong("format.grouping", "must not be a digit, a minus or the decimal sign");
    }
    Ok(Format {
        kind: spec.kind,
        delimiter: delimiter as u8,
        sheet: spec.sheet,
        encoding: spec.encoding,
        null: spec.null,
        undefined: spec.undefined,
        numbers,
    })
}

fn rules(spec: RulesSpec) -> Result<Rules, MapError> {
    const MOST_PLACES: u32 = 3;
    if let Some(limit) = &spec.rate_outlier_above
        && value::minor(limit, MOST_PLACES, PLAIN).is_none()
    {
        return wrong("rules.rate_outlier_above", "is not an amount such as \"1000.00\"");
    }
    Ok(Rules {
        require_people: spec.require_people,
        reject_negative_rate: spec.reject_negative_rate,
        rate_outlier_above: spec.rate_outlier_above,
    })
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
        (value::date(&text, Some(&items))? == day.date_naive()).then_some(())
    });
    match read {
        Some(()) => Ok(items),
        None => wrong(key, format!("`{format}` does not say year, month and day")),
    }
}

struct Compiler {
    columns: Vec<String>,
    date_format: Option<Vec<Item<'static>>>,
}

impl Compiler {
    fn column(&mut self, name: String) -> usize {
        let found = self.columns.iter().position(|column| *column == name);
        found.unwrap_or_else(|| {
            self.columns.push(name);
            self.columns.len() - 1
        })
    }

    /// Takes `column` and `default`, or `value`, which is a default without a column.
    fn cell(&mut self, key: &str, spec: &mut FieldSpec) -> Result<(Option<usize>, Option<String>), MapError> {
        match (spec.column.take(), spec.value.take()) {
            (Some(column), None) => Ok((Some(self.column(column)), spec.default.take())),
            (None, Some(value)) => Ok((None, Some(value))),
            (Some(_), Some(_)) => wrong(key, "has both `column` and `value`"),
            (None, None) => wrong(key, "needs `column` or `value`"),
        }
    }

    fn text(&mut self, key: &str, spec: Option<FieldSpec>) -> Result<TextField, MapError> {
        let Some(mut spec) = spec else { return Ok(TextField::default()) };
        let (column, default) = self.cell(key, &mut spec)?;
        let values = if column.is_some() { spec.values.take() } else { None };
        spec.finish(key, "a text")?;
        Ok(TextField { column, values, default })
    }

    fn code<T: Code>(
        &mut self,
        key: &str,
        spec: Option<FieldSpec>,
        unmapped: Option<T>,
    ) -> Result<CodeField<T>, MapError> {
        let Some(mut spec) = spec else {
            return Ok(CodeField { column: None, values: BTreeMap::new(), default: unmapped });
        };
        let (column, default) = self.cell(key, &mut spec)?;
        let default = default.map(|text| code(key, &text)).transpose()?;
        let table = if column.is_some() { spec.values.take() } else { None };
        spec.finish(key, "a code")?;
        let values = match table {
            Some(table) => table
                .into_iter()
                .map(|(text, name)| {
                    let code = code(format!("{key}.values.{text:?}"), &name)?;
                    Ok((text, code))
                })
                .collect::<Result<_, MapError>>()?,
            None => T::CODES.iter().map(|(name, code)| ((*name).to_owned(), *code)).collect(),
        };
        Ok(CodeField { column, values, default })
    }

    fn count(&mut self, key: &str, spec: Option<FieldSpec>) -> Result<CountField, MapError> {
        let Some(mut spec) = spec else {
            return Ok(CountField { columns: Vec::new(), default: Some(0) });
        };
        let (columns, default) = match spec.sum.take() {
            Some(names) => {
                let columns = self.sum(&format!("{key}.sum"), names)?.columns;
                (columns, spec.default.take())
            }
            None => {
                let (column, default) = self.cell(key, &mut spec)?;
                (column.into_iter().collect(), default)
            }
        };
        spec.finish(key, "a number")?;
        let default = match default {
            Some(text) => match value::count(&text) {
                Some(number) => Some(number),
                None => return wrong(key, format!("`{text}` is not a whole number")),
            },
            None => None,
        };
        Ok(CountField { columns, default })
    }

    fn sum(&mut self, key: &str, names: Vec<String>) -> Result<CountField, MapError> {
        if names.is_empty() {
            return wrong(key, "needs at least one column");
        }
        let columns = names.into_iter().map(|name| self.column(name)).collect();
        Ok(CountField { columns, default: None })
    }

    fn amount(
        &mut self,
        key: &str,
        mut spec: FieldSpec,
        numbers: NumberStyle,
    ) -> Result<AmountField, MapError> {
        let Some(column) = spec.column.take() else {
            return wrong(key, "needs `column`");
        };
        let default = spec.default.take();
        spec.finish(key, "an amount")?;
        if default.as_ref().is_some_and(|text| value::minor(text, 2, numbers).is_none()) {
            return wrong(format!("{key}.default"), "is not an amount");
        }
        Ok(AmountField { column: self.column(column), default })
    }

    fn date(&mut self, key: &str, mut spec: FieldSpec) -> Result<DateField, MapError> {
        let field = if let Some(parts) = spec.date_parts.take() {
            DateField::Parts(parts.map(|part| self.column(part)))
        } else if let Some(column) = spec.column.take() {
            let format = match spec.date_format.take() {
                Some(format) => Some(date_items(&format!("{key}.date_format"), &format)?),
                None => self.date_format.clone(),
            };
            DateField::Text { column: self.column(column), format }
        } else {
            return wrong(key, "needs `column` or `date_parts`");
        };
        spec.finish(key, "a date")?;
        Ok(field)
    }

    /// A date that may also be counted from the arrival.
    fn other_date(&mut self, key: &str, spec: Option<FieldSpec>) -> Result<DateField, MapError> {
        let Some(mut spec) = spec else { return Ok(DateField::Absent) };
        let field = if let Some(names) = spec.arrival_plus_nights.take() {
            DateField::AfterArrival(self.sum(&format!("{key}.arrival_plus_nights"), names)?)
        } else if let Some(names) = spec.arrival_minus_days.take() {
            DateField::BeforeArrival(self.sum(&format!("{key}.arrival_minus_days"), names)?)
        } else {
            return self.date(key, spec);
        };
        spec.finish(key, "a date")?;
        Ok(field)
    }

    fn property(&mut self, spec: PropertySpec) -> Result<PropertyField, MapError> {
        let field = FieldSpec { column: spec.column, value: spec.value, ..FieldSpec::default() };
        let text = self.text("property", Some(field))?;
        if let (Some(values), Some(constant)) = (&spec.values, &text.default)
            && !values.contains_key(constant)
        {
            return wrong("property.value", format!("`{constant}` is not among property.values"));
        }
        Ok(PropertyField { text, values: spec.values })
    }

    fn fields(
        &mut self,
        property: PropertySpec,
        spec: FieldsSpec,
        numbers: NumberStyle,
    ) -> Result<Fields, MapError> {
        Ok(Fields {
            property: self.property(property)?,
            source_key: self.text("fields.source_key", spec.source_key)?,
            status: self.code("fields.status", Some(spec.status), None)?,
            status_date: self.other_date("fields.status_date", spec.status_date)?,
            arrival: self.date("fields.arrival", spec.arrival)?,
            departure: self.other_date("fields.departure", Some(spec.departure))?,
            booked_at: self.other_date("fields.booked_at", spec.booked_at)?,
            adults: self.count("fields.adults", Some(spec.adults))?,
            children: self.count("fields.children", spec.children)?,
            babies: self.count("fields.babies", spec.babies)?,
            rate: self.amount("fields.rate", spec.rate, numbers)?,
            currency: self.text("fields.currency", Some(spec.currency))?,
            room_type_booked: self.text("fields.room_type_booked", Some(spec.room_type_booked))?,
            room_type_assigned: self.text("fields.room_type_assigned", spec.room_type_assigned)?,
            room: self.text("fields.room", spec.room)?,
            meal: self.text("fields.meal", spec.meal)?,
            channel: self.text("fields.channel", spec.channel)?,
            segment: self.text("fields.segment", spec.segment)?,
            agent: self.text("fields.agent", spec.agent)?,
            company: self.text("fields.company", spec.company)?,
            deposit: self.code("fields.deposit", spec.deposit, Some(DepositKind::None))?,
            repeat_guest: self.code("fields.repeat_guest", spec.repeat_guest, Some(false))?,
            nationality: self.text("fields.nationality", spec.nationality)?,
            changes: self.count("fields.changes", spec.changes)?,
            parking: self.count("fields.parking", spec.parking)?,
            requests: self.count("fields.requests", spec.requests)?,
            waiting_days: self.count("fields.waiting_days", spec.waiting_days)?,
            customer_type: self.text("fields.customer_type", spec.customer_type)?,
        })
    }

    fn person(&mut self, spec: PersonSpec) -> Result<PersonFields, MapError> {
        Ok(PersonFields {
            id: self.text("person.id", spec.id)?,
            full_name: self.text("person.full_name", spec.full_name)?,
            surname: self.text("person.surname", spec.surname)?,
            given: self.text("person.given", spec.given)?,
            birth: self.text("person.birth", spec.birth)?,
            phone: self.text("person.phone", spec.phone)?,
            email: self.text("person.email", spec.email)?,
            document_type: self.text("person.document_type", spec.document_type)?,
            document_number: self.text("person.document_number", spec.document_number)?,
        })
    }
}
