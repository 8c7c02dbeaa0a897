//! From a row of text to a booking.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{Days, NaiveDate};
use hefu_kernel::Currency;

use super::{
    BookingRecord, Figures, MapError, Note, PersonRecord, Raw, Reason, Rejected, Status,
    spec::{
        AmountField, CodeField, Compiled, CountField, DateField, Format, PersonFields, PropertyField,
        TextField, compile,
    },
    value::{self, PLAIN},
};

/// The maps that come with Hefu: name, what it reads, TOML.
const BUILTIN: &[(&str, &str, &str)] = &[(
    "hotel-booking-demand",
    "Hotel booking demand: 119,390 bookings of two Portuguese hotels, 2015 to 2017 (Antonio, de Almeida, Nunes 2019)",
    include_str!("../../maps/hotel-booking-demand.toml"),
)];

/// What the columns of a file mean, written in TOML.
///
/// ```toml
/// name = "front-desk-2019"                # required
/// description = "Export of the old front desk"
///
/// [format]                                # all optional
/// kind = "csv"                            # csv, xlsx, jsonl; else from the file name
/// delimiter = ";"                         # CSV; else a comma
/// sheet = "Bookings"                      # XLSX; else the first
/// encoding = "gb18030"                    # else utf-8
/// null = ["NULL", "-"]                    # texts that mean "nothing"; an empty text always does
/// undefined = ["Undefined"]               # texts that mean "not known": absent, with a note
/// date_format = "%d/%m/%Y"                # strftime; ISO 8601 is always understood as well
/// decimal = ","                           # decimal sign of amounts, else a point
/// grouping = "."                          # sign between groups of three digits, else none
///
/// [property]                              # required: `column` or `value`
/// column = "hotel"
/// time_zone = "Europe/Lisbon"             # of the properties it makes; else UTC
/// values = { "City Hotel" = { code = "CITY", name = "City Hotel" } }  # else code = name = text
///
/// [fields]
/// status = { column = "state", values = { "Check-Out" = "checked_out", "Open" = "reserved" } }
/// arrival = { date_parts = ["year", "month", "day"] }    # the month may be an English name
/// departure = { arrival_plus_nights = ["weekend_nights", "week_nights"] }
/// booked_at = { arrival_minus_days = ["lead_time"] }
/// status_date = { column = "state_day", date_format = "%Y%m%d" }
/// adults = { sum = ["men", "women"] }
/// children = { column = "children", default = "0" }
/// rate = { column = "adr" }
/// currency = { value = "EUR" }
/// room_type_booked = { column = "room_type" }
///
/// [person]                                # absent for an anonymous file
/// id = { column = "profile_no" }          # the guest's own number, if the other system has one
/// full_name = { column = "guest" }
///
/// [rules]                                 # all optional
/// require_people = true                   # no adult, child or baby: rejected
/// reject_negative_rate = true
/// rate_outlier_above = "1000.00"          # imported with a note
/// ```
///
/// Required fields are `status`, `arrival`, `departure`, `adults`, `rate` (per night), `currency`
/// and `room_type_booked`; the others are those of [`BookingRecord`] and [`PersonRecord`]. Each
/// field is a table whose keys depend on its type:
///
/// | type | fields | keys |
/// | --- | --- | --- |
/// | text | all not named below | `column`, `values`, `default`; or `value` |
/// | code | `status` (`reserved`, `in_house`, `checked_out`, `cancelled`, `no_show`), `deposit` (`none`, `refundable`, `non_refundable`), `repeat_guest` (`true`, `false`) | as text |
/// | number | `adults`, `children`, `babies`, `changes`, `parking`, `requests`, `waiting_days` | `column` or `sum`, `default`; or `value` |
/// | amount | `rate` | `column`, `default` |
/// | date | `arrival`, `departure`, `status_date`, `booked_at` | `column`, `date_format`; or `date_parts`; but for `arrival` also `arrival_plus_nights` or `arrival_minus_days`, each a list of columns that are summed |
///
/// `values` translates the file's texts and is complete: another text is an `unknown_value`.
/// Without it a code must be written as above. `default` takes the place of a null. A number that
/// is not mapped is 0, but one that is mapped must be there or have a default. Texts are trimmed;
/// the column of a nested JSON key is written `guest.name`. Unknown keys are errors.
///
/// A row that fails several checks is rejected for the first of: `malformed_row`; the property,
/// status, arrival, departure and currency; the other fields, in the order of [`BookingRecord`];
/// `departure_before_arrival`; `no_people`; `negative_rate`.
#[derive(Debug, Clone)]
pub struct Map(Compiled, Arc<str>);

impl Map {
    /// The map of that name that comes with Hefu.
    pub fn builtin(name: &str) -> Option<Self> {
        let (_, _, text) = BUILTIN.iter().find(|(known, _, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// Names and descriptions of the maps that come with Hefu.
    pub fn list_builtin() -> Vec<(&'static str, &'static str)> {
        BUILTIN.iter().map(|(name, description, _)| (*name, *description)).collect()
    }

    /// Reads a map from its TOML text.
    ///
    /// # Errors
    /// What is wrong, with the line or the path of the key.
    pub fn parse(toml_text: &str) -> Result<Self, MapError> {
        compile(toml_text).map(|compiled| Self(compiled, toml_text.into()))
    }

    /// The map's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The TOML text it was read from.
    pub fn text(&self) -> &str {
        &self.1
    }

    /// IANA time zone of the properties; `UTC` unless the map says otherwise.
    pub fn time_zone(&self) -> &str {
        self.0.time_zone.as_deref().unwrap_or("UTC")
    }

    /// This map without the rules that reject: what a rejected row would have been.
    pub fn without_rules(&self) -> Self {
        let mut lenient = self.clone();
        lenient.0.rules.require_people = false;
        lenient.0.rules.reject_negative_rate = false;
        lenient
    }

    pub(super) fn format(&self) -> &Format {
        &self.0.format
    }

    /// The columns that the map reads.
    pub(super) fn columns(&self) -> &Arc<[String]> {
        &self.0.columns
    }

    /// The booking that a row describes. Fastest for rows that were opened with this very map.
    ///
    /// # Errors
    /// Why the row is no booking; see [`Map`] for the order of the checks.
    pub fn record(&self, raw: &Raw) -> Result<BookingRecord, Rejected> {
        let Compiled { fields, person, rules, .. } = &self.0;
        let mut row = Row::new(&self.0, raw)?;
        let (property, property_name) = row.property(&fields.property)?;
        let status = row.code("status", &fields.status)?;
        let arrival = row.arrival(&fields.arrival)?;
        let departure = row.required_date("departure", &fields.departure, arrival)?;
        let currency = row.currency(&fields.currency)?;
        let mut record = BookingRecord {
            row: raw.row,
            source_key: row.text("source_key", &fields.source_key)?,
            property,
            property_name,
            status,
            status_date: row.date("status_date", &fields.status_date, Some(arrival))?,
            arrival,
            departure,
            booked_at: row.date("booked_at", &fields.booked_at, Some(arrival))?,
            adults: row.count("adults", &fields.adults)?,
            children: row.count("children", &fields.children)?,
            babies: row.count("babies", &fields.babies)?,
            rate_minor: row.amount("rate", &fields.rate, currency)?,
            currency: currency.to_string(),
            room_type_booked: row.required("room_type_booked", &fields.room_type_booked)?.to_owned(),
            room_type_assigned: row.text("room_type_assigned", &fields.room_type_assigned)?,
            room: row.text("room", &fields.room)?,
            meal: row.text("meal", &fields.meal)?,
            channel: row.text("channel", &fields.channel)?,
            segment: row.text("segment", &fields.segment)?,
            agent: row.text("agent", &fields.agent)?,
            company: row.text("company", &fields.company)?,
            deposit: row.code("deposit", &fields.deposit)?,
            repeat_guest: row.code("repeat_guest", &fields.repeat_guest)?,
            nationality: row.text("nationality", &fields.nationality)?,
            changes: row.count("changes", &fields.changes)?,
            parking: row.count("parking", &fields.parking)?,
            requests: row.count("requests", &fields.requests)?,
            waiting_days: row.count("waiting_days", &fields.waiting_days)?,
            customer_type: row.text("customer_type", &fields.customer_type)?,
            person: row.person(person)?,
            notes: Vec::new(),
        };
        record.notes = row.notes;

        let reject = |field: &str, reason, detail: &str| {
            Err(Rejected { row: raw.row, field: field.to_owned(), reason, detail: detail.to_owned() })
        };
        if record.departure < record.arrival {
            let detail = format!("departure {departure} lies before arrival {arrival}");
            return reject("departure", Reason::DepartureBeforeArrival, &detail);
        }
        if rules.require_people && (record.adults, record.children, record.babies) == (0, 0, 0) {
            return reject("adults", Reason::NoPeople, "no adult, child or baby");
        }
        if rules.reject_negative_rate && record.rate_minor < 0 {
            let detail = format!("the rate is {} minor units of {currency}", record.rate_minor);
            return reject("rate", Reason::NegativeRate, &detail);
        }

        if record.departure == record.arrival {
            record.notes.push(Note::NoNight);
        }
        let left = record.status_date.filter(|_| record.status == Status::CheckedOut);
        if left.is_some_and(|day| day != record.departure) {
            record.notes.push(Note::LeftOnAnotherDay);
        }
        let limit = rules.rate_outlier_above.as_deref();
        let limit = limit.and_then(|text| value::minor(text, currency.exponent(), PLAIN));
        if limit.is_some_and(|limit| record.rate_minor > limit) {
            record.notes.push(Note::RateOutlier { minor: record.rate_minor });
        }
        Ok(record)
    }

    /// The totals of a row, whatever the rules say of it; `None` if they cannot be read.
    pub fn figures(&self, raw: &Raw) -> Option<Figures> {
        let fields = &self.0.fields;
        let mut row = Row::new(&self.0, raw).ok()?;
        let status = row.code("status", &fields.status).ok()?;
        let arrival = row.arrival(&fields.arrival).ok()?;
        let departure = row.required_date("departure", &fields.departure, arrival).ok()?;
        let currency = row.currency(&fields.currency).ok()?;
        let rate = row.amount("rate", &fields.rate, currency).ok()?;
        let nights = u32::try_from((departure - arrival).num_days()).ok()?;
        Some(Figures { status, nights, revenue_minor: rate.checked_mul(nights.into())? })
    }
}

/// One row being read: finds the texts and words the complaints.
struct Row<'a> {
    map: &'a Compiled,
    raw: &'a Raw,
    notes: Vec<Note>,
}

impl<'a> Row<'a> {
    fn new(map: &'a Compiled, raw: &'a Raw) -> Result<Self, Rejected> {
        let row = Self { map, raw, notes: Vec::new() };
        match raw.fault() {
            Some(fault) => Err(row.rejected("row", Reason::MalformedRow, format!("the row {fault}"))),
            None => Ok(row),
        }
    }

    fn rejected(&self, field: &str, reason: Reason, detail: String) -> Rejected {
        Rejected { row: self.raw.row, field: field.to_owned(), reason, detail }
    }

    fn missing(&self, field: &str, column: Option<usize>) -> Rejected {
        let reason = match field {
            "children" => Reason::MissingChildren,
            _ => Reason::MissingField,
        };
        let detail = match column {
            Some(column) => format!("column {} has no value", self.map.columns[column]),
            None => "has no value".to_owned(),
        };
        self.rejected(field, reason, detail)
    }

    fn bad(&self, field: &str, reason: Reason, column: usize, text: &str, problem: &str) -> Rejected {
        let column = &self.map.columns[column];
        self.rejected(field, reason, format!("column {column}: {} {problem}", shown(text)))
    }

    /// The trimmed text of a column; `None` if it is null.
    fn cell(&self, column: usize) -> Option<&'a str> {
        let text = self.raw.wanted(&self.map.columns, column)?.trim();
        let null = text.is_empty() || self.map.format.null.iter().any(|null| null == text);
        (!null).then_some(text)
    }

    fn required_cell(&self, field: &str, column: usize) -> Result<&'a str, Rejected> {
        self.cell(column).ok_or_else(|| self.missing(field, Some(column)))
    }

    /// The text of a field, translated; it lives in the row or in the map.
    fn borrowed(&mut self, field: &'static str, spec: &'a TextField) -> Result<Option<&'a str>, Rejected> {
        let cell = spec.column.and_then(|column| Some((column, self.cell(column)?)));
        let Some((column, text)) = cell else { return Ok(spec.default.as_deref()) };
        if self.map.format.undefined.iter().any(|word| word == text) {
            self.notes.push(Note::Undefined { field });
            return Ok(spec.default.as_deref());
        }
        match &spec.values {
            None => Ok(Some(text)),
            Some(values) => self.look_up(field, column, text, values).map(|text| Some(text.as_str())),
        }
    }

    fn required(&mut self, field: &'static str, spec: &'a TextField) -> Result<&'a str, Rejected> {
        self.borrowed(field, spec)?.ok_or_else(|| self.missing(field, spec.column))
    }

    fn text(&mut self, field: &'static str, spec: &'a TextField) -> Result<Option<String>, Rejected> {
        Ok(self.borrowed(field, spec)?.map(str::to_owned))
    }

    fn look_up<'v, T>(
        &self,
        field: &str,
        column: usize,
        text: &str,
        values: &'v BTreeMap<String, T>,
    ) -> Result<&'v T, Rejected> {
        values.get(text).ok_or_else(|| {
            self.bad(field, Reason::UnknownValue, column, text, "is not among the declared values")
        })
    }

    fn property(&mut self, spec: &'a PropertyField) -> Result<(String, String), Rejected> {
        let text = self.required("property", &spec.text)?;
        let known = match (&spec.values, spec.text.column) {
            (Some(values), Some(column)) => Some(self.look_up("property", column, text, values)?),
            // A constant was looked up when the map was read.
            (Some(values), None) => values.get(text),
            (None, _) => None,
        };
        Ok(match known {
            Some(known) => (known.code.clone(), known.name.clone()),
            None => (text.to_owned(), text.to_owned()),
        })
    }

    fn code<T: Copy>(&self, field: &str, spec: &CodeField<T>) -> Result<T, Rejected> {
        let cell = spec.column.and_then(|column| Some((column, self.cell(column)?)));
        match cell {
            Some((column, text)) => self.look_up(field, column, text, &spec.values).copied(),
            None => spec.default.ok_or_else(|| self.missing(field, spec.column)),
        }
    }

    fn count(&self, field: &str, spec: &CountField) -> Result<u32, Rejected> {
        if spec.columns.is_empty() {
            return spec.default.ok_or_else(|| self.missing(field, None));
        }
        spec.columns.iter().try_fold(0_u32, |sum, &column| {
            let text = match (self.cell(column), spec.default) {
                (Some(text), _) => text,
                (None, Some(default)) => return Ok(sum.saturating_add(default)),
                (None, None) => return Err(self.missing(field, Some(column))),
            };
            value::count(text)
                .and_then(|number| sum.checked_add(number))
                .ok_or_else(|| self.bad(field, Reason::NotANumber, column, text, "is not a whole number"))
        })
    }

    fn currency(&mut self, spec: &'a TextField) -> Result<Currency, Rejected> {
        let text = self.required("currency", spec)?;
        text.parse().map_err(|_| {
            let detail = format!("{} is not an ISO 4217 code", shown(text));
            self.rejected("currency", Reason::UnknownValue, detail)
        })
    }

    fn amount(&self, field: &str, spec: &AmountField, currency: Currency) -> Result<i64, Rejected> {
        let text = self.cell(spec.column).or(spec.default.as_deref());
        let text = text.ok_or_else(|| self.missing(field, Some(spec.column)))?;
        value::minor(text, currency.exponent(), self.map.format.numbers)
            .ok_or_else(|| self.bad(field, Reason::NotANumber, spec.column, text, "is not an amount"))
    }

    fn arrival(&self, spec: &DateField) -> Result<NaiveDate, Rejected> {
        self.date("arrival", spec, None)?.ok_or_else(|| self.missing("arrival", None))
    }

    fn required_date(
        &self,
        field: &str,
        spec: &DateField,
        arrival: NaiveDate,
    ) -> Result<NaiveDate, Rejected> {
        let column = match spec {
            DateField::Text { column, .. } => Some(*column),
            _ => None,
        };
        self.date(field, spec, Some(arrival))?.ok_or_else(|| self.missing(field, column))
    }

    fn date(
        &self,
        field: &str,
        spec: &DateField,
        arrival: Option<NaiveDate>,
    ) -> Result<Option<NaiveDate>, Rejected> {
        let from_arrival = |spec: &CountField, step: fn(NaiveDate, Days) -> Option<NaiveDate>| {
            let days = self.count(field, spec)?;
            let date = arrival.and_then(|arrival| step(arrival, Days::new(days.into())));
            date.and_then(value::plausible).map(Some).ok_or_else(|| {
                let detail = format!("{days} days from arrival is no plausible day");
                self.rejected(field, Reason::NotADate, detail)
            })
        };
        match spec {
            DateField::Absent => Ok(None),
            DateField::Text { column, format } => {
                let Some(text) = self.cell(*column) else { return Ok(None) };
                value::date(text, format.as_deref())
                    .map(Some)
                    .ok_or_else(|| self.bad(field, Reason::NotADate, *column, text, "is not a date"))
            }
            DateField::Parts([year, month, day]) => {
                let part = |column: &usize| self.required_cell(field, *column);
                let (year, month, day) = (part(year)?, part(month)?, part(day)?);
                value::date_of_parts(year, month, day).map(Some).ok_or_else(|| {
                    let parts = [year, month, day].map(shown).join(", ");
                    self.rejected(field, Reason::NotADate, format!("{parts} is not a date"))
                })
            }
            DateField::AfterArrival(nights) => from_arrival(nights, NaiveDate::checked_add_days),
            DateField::BeforeArrival(days) => from_arrival(days, NaiveDate::checked_sub_days),
        }
    }

    fn person(&mut self, spec: &'a PersonFields) -> Result<Option<PersonRecord>, Rejected> {
        let person = PersonRecord {
            id: None,
            full_name: self.text("full_name", &spec.full_name)?,
            surname: self.text("surname", &spec.surname)?,
            given: self.text("given", &spec.given)?,
            birth: self.text("birth", &spec.birth)?,
            phone: self.text("phone", &spec.phone)?,
            email: self.text("email", &spec.email)?,
            document_type: self.text("document_type", &spec.document_type)?,
            document_number: self.text("document_number", &spec.document_number)?,
        };
        if person == PersonRecord::default() {
            return Ok(None);
        }
        Ok(Some(PersonRecord { id: self.text("id", &spec.id)?, ..person }))
    }
}

/// A text as an error may show it: a short number or date is quoted, anything else is measured,
/// since it may be a name, a phone or a document in the wrong column.
fn shown(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_digit() || "+-.,/: ".contains(c);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if text.len() <= 10 && digits <= 8 && text.chars().all(harmless) {
        format!("`{text}`")
    } else {
        format!("a text of {} characters", text.chars().count())
    }
}
