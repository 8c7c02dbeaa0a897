//! From a row of text to what it says.

use std::{borrow::Cow, sync::Arc};

use chrono::{Days, NaiveDate};
use hefu_domain::message::{CellText, ColumnName, Quoted, Why};
use hefu_kernel::{Currency, Money};

use super::{
    BookingRecord, Figures, FileKind, Hints, MapError, Note, OtherRecord, PersonRecord, Raw, Record,
    Rejected, Status,
    money::{self, NoAmount, Sign},
    raw::Column,
    settled::Settled,
    spec::{
        AmountField, Cell, CodeField, Compiled, CountField, DateField, Format, Per, PersonFields,
        PropertyField, TextField, Where, compile, is_among,
    },
    value::{self, DateStyle, NoDate, Order},
    vocabulary::StatusRule,
    words::fold,
};

/// The maps that come with Hefu: name, what it reads, TOML.
const BUILTIN: &[(&str, &str, &str)] = &[
    (
        "hotel-booking-demand",
        "Hotel booking demand: 119,390 bookings of two Portuguese hotels, 2015 to 2017 (Antonio, de Almeida, Nunes 2019)",
        include_str!("../../maps/hotel-booking-demand.toml"),
    ),
    ("booking-com", "Reservations of the Booking.com extranet", include_str!("../../maps/booking-com.toml")),
    ("airbnb", "Reservations of Airbnb", include_str!("../../maps/airbnb.toml")),
    ("expedia", "Reservations of Expedia Partner Central", include_str!("../../maps/expedia.toml")),
    ("cloudbeds", "Reservations report of Cloudbeds", include_str!("../../maps/cloudbeds.toml")),
    ("opera", "Reservation report of Oracle OPERA, delimited", include_str!("../../maps/opera.toml")),
    ("mews", "Reservation report of Mews", include_str!("../../maps/mews.toml")),
    ("little-hotelier", "Reservations of Little Hotelier", include_str!("../../maps/little-hotelier.toml")),
    ("ctrip", "携程 eBooking 订单 (orders of Ctrip)", include_str!("../../maps/ctrip.toml")),
    ("meituan", "美团酒店订单 (orders of Meituan)", include_str!("../../maps/meituan.toml")),
    ("fliggy", "飞猪酒店订单 (orders of Fliggy)", include_str!("../../maps/fliggy.toml")),
    ("hoteldruid", "Table of reservations of HotelDruid", include_str!("../../maps/hoteldruid.toml")),
    ("qloapps", "Room bookings of QloApps", include_str!("../../maps/qloapps.toml")),
];

/// What the columns of a file mean, written in TOML. The language is described in `docs/import.md`.
///
/// ```toml
/// name = "front-desk-2019"                # required
/// [property]                              # required: `column` or `value`
/// value = "MAIN"
/// time_zone = "Europe/Lisbon"
/// [fields]
/// status = { column = "state", values = { "Check-Out" = "checked_out", "canc*" = "cancelled", "*" = "by_dates" } }
/// arrival = { column = "from" }
/// departure = { column = "to" }
/// adults = { column = "adults", default = 2 }
/// total = { column = "price" }
/// room_type_booked = { column = "room type" }
/// [person]                                # absent for an anonymous file
/// full_name = { join = ["first name", "last name"] }
/// phone = { column = "phone" }
/// ```
///
/// A row that fails several checks is rejected for the first of: `malformed_row`; the property,
/// arrival, departure, status and currency; the other fields, in the order of [`BookingRecord`];
/// `departure_before_arrival`; `no_people`; `negative_rate`.
#[derive(Debug, Clone)]
pub struct Map {
    compiled: Arc<Compiled>,
    text: Arc<str>,
    settled: Arc<Settled>,
    /// The day on which the file is read, for states that the dates say.
    today: Option<NaiveDate>,
    is_lenient: bool,
}

/// What a row is told from others by, across the files of one source.
pub(super) struct Identity {
    pub(super) key: Option<String>,
    pub(super) digest: u64,
}

/// What a row is told from others by, across the files of one source, and how many rows of the file are the same by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowIdentity {
    /// The other system's own number, if the row has one.
    pub key: Option<String>,
    /// Of property and number; without a number, of what stays the same when the row changes.
    pub digest: u64,
    /// Rows of the file with this identity, as far as it was looked through.
    pub rows: u32,
}

impl Map {
    /// The map of that name that comes with Hefu.
    pub fn builtin(name: &str) -> Option<Self> {
        let (_, _, text) = BUILTIN.iter().find(|(known, _, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// The text of a map with what somebody says of the property in the place of what the map says.
    ///
    /// # Errors
    /// The text is no map.
    pub fn for_property(toml_text: &str, hints: &Hints) -> Result<Self, MapError> {
        let mut table: toml::Table = toml::from_str(toml_text)?;
        let mut set = |name: &str, key: &str, value: toml::Value| {
            let place = table.entry(name).or_insert_with(|| toml::Table::new().into());
            if let Some(place) = place.as_table_mut() {
                place.insert(key.to_owned(), value);
            }
        };
        if let Some(zone) = &hints.time_zone {
            set("property", "time_zone", zone.clone().into());
        }
        if let Some(currency) = &hints.currency {
            let constant =
                toml::Table::from_iter([("value".to_owned(), toml::Value::from(currency.clone()))]);
            set("fields", "currency", constant.into());
        }
        if let Some(code) = &hints.property {
            set("property", "value", code.clone().into());
            if let Some(property) = table.get_mut("property").and_then(toml::Value::as_table_mut) {
                property.remove("column");
                property.remove("values");
            }
        }
        let text = toml::to_string(&table)
            .map_err(|error| MapError::Key { key: "map".into(), problem: error.to_string() })?;
        Self::parse(&text)
    }

    /// The text of the map of that name that comes with Hefu.
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        BUILTIN.iter().find(|(known, _, _)| *known == name).map(|(_, _, text)| *text)
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
        let compiled = compile(toml_text)?;
        Ok(Self {
            compiled: Arc::new(compiled),
            text: toml_text.into(),
            settled: Arc::default(),
            today: None,
            is_lenient: false,
        })
    }

    /// The map's name.
    pub fn name(&self) -> &str {
        &self.compiled.name
    }

    /// What the rows of its files are.
    pub fn kind(&self) -> FileKind {
        self.compiled.kind
    }

    /// The TOML text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// IANA time zone of the properties; `UTC` unless the map says otherwise.
    pub fn time_zone(&self) -> &str {
        self.compiled.time_zone.as_deref().unwrap_or("UTC")
    }

    /// Whether the map says the time zone of its properties.
    pub fn has_time_zone(&self) -> bool {
        self.compiled.time_zone.is_some()
    }

    /// Its time zone; UTC where it says none.
    pub fn zone(&self) -> chrono_tz::Tz {
        self.compiled.zone.unwrap_or(chrono_tz::UTC)
    }

    /// Country (ISO 3166) of the properties, if the map or its time zone says it.
    pub fn region(&self) -> Option<&str> {
        self.compiled.region.as_deref()
    }

    /// Code of the property of every row, if the map says it.
    pub fn property_code(&self) -> Option<&str> {
        let cell = &self.compiled.fields.property.text.cell;
        if matches!(cell.from, Where::Nothing) { cell.default.as_deref() } else { None }
    }

    /// The text of this map with what the whole file said of how its columns are written, so that a row of it is read alone as it was read among
    /// the others; none if the file said nothing of it.
    pub fn settled_text(&self) -> Option<String> {
        let mut table: toml::Table = toml::from_str(&self.text).ok()?;
        let format = table.entry("format").or_insert_with(|| toml::Table::new().into()).as_table_mut()?;
        let before = format.len();
        if let Some(order) = self.settled.stays {
            let order = match order {
                Order::DayFirst => "day_first",
                Order::MonthFirst => "month_first",
            };
            format.entry("dates").or_insert_with(|| order.into());
        }
        let mut signs = self.settled.numbers.iter().flatten().map(|style| style.decimal);
        if let Some(sign) = signs.next()
            && signs.all(|other| other == sign)
        {
            format.entry("decimal").or_insert_with(|| sign.to_string().into());
        }
        if format.len() == before {
            return None;
        }
        toml::to_string(&table).ok()
    }

    /// This map without the rules that reject: what a rejected row would have been.
    pub fn without_rules(&self) -> Self {
        Self { is_lenient: true, ..self.clone() }
    }

    /// This map on a day: where the dates say the state of a booking, they are compared with it.
    pub fn on(&self, today: NaiveDate) -> Self {
        Self { today: Some(today), ..self.clone() }
    }

    pub(super) fn with(&self, settled: Arc<Settled>) -> Self {
        Self { settled, ..self.clone() }
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    pub(super) fn format(&self) -> &Format {
        &self.compiled.format
    }

    /// The columns that the map reads.
    pub(super) fn columns(&self) -> &Arc<[Column]> {
        &self.compiled.columns
    }

    /// Of each of these groups of columns, a file has at least one.
    pub(super) fn needed(&self) -> &[Vec<usize>] {
        &self.compiled.needed
    }

    pub(super) fn column_name(&self, column: usize) -> String {
        self.compiled.columns[column].to_string()
    }

    pub(super) fn amounts(&self) -> impl Iterator<Item = &AmountField> {
        let fields = &self.compiled.fields;
        [&fields.rate, &fields.total, &fields.tax, &fields.amount].into_iter().flatten()
    }

    /// The dates of stays that are written in no declared form.
    pub(super) fn date_cells(&self) -> impl Iterator<Item = &Cell> {
        let f = &self.compiled.fields;
        [&f.arrival, &f.departure, &f.status_date, &f.booked_at, &f.date, &f.until]
            .into_iter()
            .filter_map(undeclared)
    }

    /// Arrival and departure, where both are written in no declared form.
    pub(super) fn stay_cells(&self) -> Option<(&Cell, &Cell)> {
        undeclared(&self.compiled.fields.arrival).zip(undeclared(&self.compiled.fields.departure))
    }

    pub(super) fn birth_cell(&self) -> Option<&Cell> {
        undeclared(&self.compiled.person.birth)
    }

    /// What a row is told from others by.
    pub(super) fn identity(&self, raw: &Raw) -> Identity {
        let Compiled { fields, person, .. } = &*self.compiled;
        let row = Row { map: self, raw, notes: Vec::new() };
        let property = row.cell(&fields.property.text.cell);
        if let Some(key) = row.cell(&fields.source_key.cell) {
            let digest = stable_digest(&[property, Some(Cow::Borrowed(key.as_ref()))]);
            return Identity { digest, key: Some(key.into_owned()) };
        }
        // Two of one name who arrive on one day are told apart by what else is said of them.
        let who = [
            &person.id,
            &person.full_name,
            &person.surname,
            &person.given,
            &person.phone,
            &person.email,
            &person.document_number,
            &fields.guest,
        ];
        let who: Vec<Option<Cow<'_, str>>> = who.into_iter().map(|field| row.cell(&field.cell)).collect();
        let is_named = who.iter().any(Option::is_some);
        let mut parts = vec![property];
        if self.kind() == FileKind::Bookings && is_named {
            parts.extend(who);
            for date in [&fields.arrival, &fields.booked_at] {
                for column in date_columns(date) {
                    parts.push(raw.wanted(self.columns(), column).map(Cow::Borrowed));
                }
            }
        } else if self.kind() == FileKind::Guests {
            parts.extend(who);
        } else {
            parts.extend(raw.fields().map(|(_, text)| Some(Cow::Borrowed(text.trim()))));
        }
        Identity { key: None, digest: stable_digest(&parts) }
    }

    /// What a row is told from others by.
    pub fn identity_of(&self, raw: &Raw) -> RowIdentity {
        let Identity { key, digest } = self.identity(raw);
        RowIdentity { key, digest, rows: self.settled.repeated.get(&digest).copied().unwrap_or(1) }
    }

    /// The columns of a file that a field is read from, by their names.
    pub fn columns_of(&self, field: &str) -> Vec<String> {
        self.compiled
            .read_from
            .get(field)
            .into_iter()
            .flatten()
            .map(|column| self.column_name(*column))
            .collect()
    }

    /// The fields that are read from a column, by its name or place.
    pub(super) fn fields_of<'a>(&'a self, column: &'a str, place: &'a str) -> impl Iterator<Item = &'a str> {
        let is_it = move |at: &usize| {
            let name = self.column_name(*at);
            name == place || fold(&name) == fold(column)
        };
        let read = self.compiled.read_from.iter();
        read.filter(move |(_, columns)| columns.iter().any(is_it)).map(|(field, _)| field.as_str())
    }

    /// What a row says.
    ///
    /// # Errors
    /// Why the row cannot be taken; see [`Map`] for the order of the checks.
    pub fn read(&self, raw: &Raw) -> Result<Record, Rejected> {
        match self.kind() {
            FileKind::Bookings => self.record(raw).map(|record| Record::Booking(Box::new(record))),
            _ => self.other(raw).map(|record| Record::Other(Box::new(record))),
        }
    }

    /// The booking that a row describes. Fastest for rows that were opened with this very map.
    ///
    /// # Errors
    /// Why the row is no booking; see [`Map`] for the order of the checks.
    pub fn record(&self, raw: &Raw) -> Result<BookingRecord, Rejected> {
        let Compiled { fields, person, rules, .. } = &*self.compiled;
        let mut row = Row::new(self, raw)?;
        let (property, property_name) = row.property(&fields.property)?;
        let rule = row.code("status", &fields.status)?;
        let arrival = row.required_date("arrival", &fields.arrival, None)?;
        let departure = row.required_date("departure", &fields.departure, Some(arrival))?;
        let status = self.status(rule, arrival, departure);
        let currency = row.currency(&fields.currency, &[&fields.total, &fields.rate])?;
        let rooms = row.list("room", &fields.room, ROOM_MARKS);
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
            rate_minor: 0,
            total_minor: None,
            is_total_of_booking: fields.total.as_ref().is_some_and(|total| total.per == Per::Stay),
            currency: currency.to_string(),
            room_count: row
                .count("rooms", &fields.rooms)?
                .max(1)
                .max(u32::try_from(rooms.len()).unwrap_or(1)),
            room_type_booked: row.required("room_type_booked", &fields.room_type_booked)?.into_owned(),
            room_type_assigned: row.text("room_type_assigned", &fields.room_type_assigned)?,
            rooms,
            rate_plan: row.text("rate_plan", &fields.rate_plan)?,
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
            people: row.people(person)?,
            notes: Vec::new(),
        };
        row.price(&mut record, currency)?;
        record.notes = row.notes;

        let reject = |field: &str, why| Err(Rejected { row: raw.row, field: field.to_owned(), why });
        if record.departure < record.arrival {
            return reject("departure", Why::DepartureBeforeArrival { arrival, departure });
        }
        if rules.require_people
            && !self.is_lenient
            && (record.adults, record.children, record.babies) == (0, 0, 0)
        {
            return reject("adults", Why::NoPeople);
        }
        if record.room_count > MOST_ROOMS {
            return reject("rooms", Why::RoomCount { most: MOST_ROOMS as usize });
        }
        let price = record.total_minor.unwrap_or(record.rate_minor);
        if rules.reject_negative_rate && !self.is_lenient && price < 0 {
            let field = if record.total_minor.is_some() { "total" } else { "rate" };
            return reject(field, Why::NegativeRate { price: Money::new(price, currency) });
        }

        if record.departure == record.arrival {
            record.notes.push(Note::NoNight);
        }
        let left = record.status_date.filter(|_| record.status == Status::CheckedOut);
        if left.is_some_and(|day| day != record.departure) {
            record.notes.push(Note::LeftOnAnotherDay);
        }
        let limit = rules.rate_outlier_above.as_ref().and_then(|limit| limit.minor(currency.exponent()));
        if limit.is_some_and(|limit| record.rate_minor > limit) {
            record.notes.push(Note::RateOutlier { minor: record.rate_minor });
        }
        Ok(record)
    }

    /// The state of a booking.
    fn status(&self, rule: StatusRule, arrival: NaiveDate, departure: NaiveDate) -> Status {
        match (rule, self.today) {
            (StatusRule::Is(status), _) => status,
            (StatusRule::ByDates, Some(today)) if departure < today => Status::CheckedOut,
            (StatusRule::ByDates, Some(today)) if arrival < today && today <= departure => Status::InHouse,
            (StatusRule::ByDates, _) => Status::Reserved,
        }
    }

    /// What a row says that is no booking.
    fn other(&self, raw: &Raw) -> Result<OtherRecord, Rejected> {
        let Compiled { kind, fields, person, .. } = &*self.compiled;
        let mut row = Row::new(self, raw)?;
        let (property, property_name) = row.property(&fields.property)?;
        let has_amount = fields.amount.is_some();
        let is_told = has_amount || !fields.currency.cell.is_unmapped();
        let currency = if is_told { Some(row.currency(&fields.currency, &[&fields.amount])?) } else { None };
        let mut record = OtherRecord {
            row: raw.row,
            kind: *kind,
            source_key: row.text("source_key", &fields.source_key)?,
            property,
            property_name,
            booking: row.text("booking", &fields.booking)?,
            guest: row.text("guest", &fields.guest)?,
            person: row.people(person)?.into_iter().next(),
            nationality: row.text("nationality", &fields.nationality)?,
            date: row.date("date", &fields.date, None)?,
            until: row.date("until", &fields.until, None)?,
            amount_minor: None,
            currency: currency.map(|currency| currency.to_string()),
            points: None,
            code: row.text("code", &fields.code)?,
            text: row.text("text", &fields.text)?,
            room: row.text("room", &fields.room)?,
            room_type: row.text("room_type_booked", &fields.room_type_booked)?,
            rate_plan: row.text("rate_plan", &fields.rate_plan)?,
            floor: row.text("floor", &fields.floor)?,
            notes: Vec::new(),
        };
        if let (Some(field), Some(currency)) = (&fields.amount, currency) {
            let amount =
                row.amount("amount", field)?.ok_or_else(|| row.missing("amount", field.cell.column()))?;
            record.amount_minor = Some(row.minor("amount", field, &amount, currency)?);
        }
        if let Some(text) = row.text("points", &fields.points)? {
            let points = money::amount(&text, None).ok().and_then(|amount| amount.minor(0));
            let bad = || row.no_count("points", fields.points.cell.column(), &text);
            record.points = Some(points.ok_or_else(bad)?);
        }
        let is_there = |field: &str| match field {
            "date" => record.date.is_some(),
            "points" => record.points.is_some(),
            "room" => record.room.is_some(),
            "room_type_booked" => record.room_type.is_some(),
            _ => record.person.is_some(),
        };
        let required: &[(&'static str, Option<usize>)] = match kind {
            FileKind::Guests => &[("full_name", None)],
            FileKind::Bills | FileKind::Payments => &[("date", None)],
            FileKind::Points => &[("date", None), ("points", None)],
            FileKind::Rooms => &[("room", None), ("room_type_booked", None)],
            FileKind::Rates => &[("room_type_booked", None)],
            FileKind::Bookings => &[],
        };
        if let Some((field, column)) = required.iter().find(|(field, _)| !is_there(field)) {
            return Err(row.missing(field, *column));
        }
        record.notes = row.notes;
        Ok(record)
    }

    /// The totals of a row, whatever the rules say of it; `None` if they cannot be read.
    pub fn figures(&self, raw: &Raw) -> Option<Figures> {
        if self.kind() != FileKind::Bookings {
            return None;
        }
        let fields = &self.compiled.fields;
        let mut row = Row::new(self, raw).ok()?;
        let rule = row.code("status", &fields.status).ok()?;
        let arrival = row.required_date("arrival", &fields.arrival, None).ok()?;
        let departure = row.required_date("departure", &fields.departure, Some(arrival)).ok()?;
        let currency = row.currency(&fields.currency, &[&fields.total, &fields.rate]).ok()?;
        let rooms = row.count("rooms", &fields.rooms).ok()?.max(1);
        let rooms = rooms.max(u32::try_from(row.list("room", &fields.room, ROOM_MARKS).len()).ok()?);
        let nights = u32::try_from((departure - arrival).num_days()).ok()?;
        let (rate, total) = row.prices(currency, nights, rooms).ok()?;
        let revenue_minor = match total {
            Some(total) => total,
            None => rate.checked_mul(i64::from(nights.max(1)))?.checked_mul(rooms.into())?,
        };
        Some(Figures {
            status: self.status(rule, arrival, departure),
            nights: nights.checked_mul(rooms)?,
            revenue_minor,
        })
    }
}

fn undeclared(field: &DateField) -> Option<&Cell> {
    match field {
        DateField::Text { cell, formats, order: None } if formats.is_empty() => Some(cell),
        _ => None,
    }
}

/// A digest that is the same in every release and on every machine: it is stored, as the identity of what has no number.
fn stable_digest(parts: &[Option<Cow<'_, str>>]) -> u64 {
    // What is absent is told from an empty text by a character that no record may have.
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_deref().unwrap_or("\0").as_bytes()).collect();
    let digest = hefu_app::request_digest(&parts);
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn date_columns(field: &DateField) -> Vec<usize> {
    match field {
        DateField::Text { cell, .. } => match &cell.from {
            Where::First(columns) | Where::Join(columns, _) => columns.clone(),
            Where::Nothing => Vec::new(),
        },
        DateField::Parts(parts) => parts.to_vec(),
        DateField::AfterArrival(days) | DateField::BeforeArrival(days) => days.sum.clone(),
        DateField::Absent => Vec::new(),
    }
}

/// Rooms of a booking at most.
const MOST_ROOMS: u32 = 500;

/// What separates several rooms, names, numbers in one cell, where the map does not say.
const ROOM_MARKS: &[&str] = &[",", "，", "、", ";", "；", "/", "+", "&", "\n"];
const NAME_MARKS: &[&str] = &["、", "；", ";", "|", "\n", " & "];
const CONTACT_MARKS: &[&str] = &[";", "；", ",", "，", "、", "|", "\n", " / "];

/// One row being read: finds the texts and words the complaints.
pub(super) struct Row<'a> {
    map: &'a Map,
    raw: &'a Raw,
    notes: Vec<Note>,
}

impl<'a> Row<'a> {
    pub(super) fn new(map: &'a Map, raw: &'a Raw) -> Result<Self, Rejected> {
        let row = Self { map, raw, notes: Vec::new() };
        match raw.fault() {
            Some(fault) => Err(row.rejected("row", fault)),
            None => Ok(row),
        }
    }

    fn rejected(&self, field: &str, why: Why) -> Rejected {
        Rejected { row: self.raw.row, field: field.to_owned(), why }
    }

    fn name_of(&self, column: Option<usize>) -> ColumnName {
        ColumnName(column.map(|column| self.map.column_name(column)))
    }

    fn missing(&self, field: &str, column: Option<usize>) -> Rejected {
        let column = self.name_of(column);
        let why = match field {
            "children" => Why::MissingChildren { column },
            _ => Why::Missing { column },
        };
        self.rejected(field, why)
    }

    /// What was received, as a reason may show it.
    fn quoted(&self, column: Option<usize>, text: &str) -> CellText {
        CellText { column: self.name_of(column), text: Quoted::of(text) }
    }

    /// The trimmed text of a column; `None` if it is null.
    fn at(&self, column: usize) -> Option<&'a str> {
        let text = self.raw.wanted(self.map.columns(), column)?.trim();
        let null = text.is_empty() || is_among(&self.map.format().null, text);
        (!null).then_some(text)
    }

    /// What the columns of a cell say.
    fn said(&self, cell: &Cell) -> Option<Cow<'a, str>> {
        match &cell.from {
            Where::Nothing => None,
            Where::First(columns) => columns.iter().find_map(|column| self.at(*column)).map(Cow::Borrowed),
            Where::Join(columns, with) => {
                let texts: Vec<&str> = columns.iter().filter_map(|column| self.at(*column)).collect();
                match texts.as_slice() {
                    [] => None,
                    [one] => Some(Cow::Borrowed(*one)),
                    several => Some(Cow::Owned(several.join(with))),
                }
            }
        }
    }

    /// The text of a cell, without its default; of one that is taken apart, the part that is meant.
    pub(super) fn cell(&self, cell: &Cell) -> Option<Cow<'a, str>> {
        let text = self.said(cell)?;
        let (Some(marks), Some(part)) = (&cell.split, cell.part) else { return Some(text) };
        let part = parts(&text, marks.iter().map(String::as_str)).nth(part - 1)?.trim().to_owned();
        (!part.is_empty()).then_some(Cow::Owned(part))
    }

    /// The texts of a cell that may hold several.
    fn list(
        &mut self,
        field: &'static str,
        spec: &'a TextField,
        marks: &'static [&'static str],
    ) -> Vec<String> {
        let Ok(Some(text)) = self.borrowed(field, spec) else { return Vec::new() };
        let parts: Vec<&str> = match (&spec.cell.split, spec.cell.part) {
            (_, Some(_)) => vec![&*text],
            (Some(marks), None) => parts(&text, marks.iter().map(String::as_str)).collect(),
            (None, None) => parts(&text, marks.iter().copied()).collect(),
        };
        let mut texts: Vec<String> = Vec::new();
        for part in parts {
            let part = part.trim();
            if !part.is_empty() && !texts.iter().any(|known| known == part) {
                texts.push(part.to_owned());
            }
        }
        texts
    }

    /// The text of a field, translated; it lives in the row or in the map.
    fn borrowed(
        &mut self,
        field: &'static str,
        spec: &'a TextField,
    ) -> Result<Option<Cow<'a, str>>, Rejected> {
        let default = || spec.cell.default.as_deref().map(Cow::Borrowed);
        let Some(text) = self.cell(&spec.cell) else { return Ok(default()) };
        if is_among(&self.map.format().undefined, &text) {
            self.notes.push(Note::Undefined { field });
            return Ok(default());
        }
        match &spec.values {
            None => Ok(Some(text)),
            Some(values) => match values.get(&text) {
                Some(text) => Ok(Some(Cow::Borrowed(text.as_str()))),
                None => Err(self.unknown(field, spec.cell.column(), &text)),
            },
        }
    }

    fn unknown(&self, field: &str, column: Option<usize>, text: &str) -> Rejected {
        self.rejected(field, Why::NotDeclared { cell: self.quoted(column, text) })
    }

    fn required(&mut self, field: &'static str, spec: &'a TextField) -> Result<Cow<'a, str>, Rejected> {
        self.borrowed(field, spec)?.ok_or_else(|| self.missing(field, spec.cell.column()))
    }

    fn text(&mut self, field: &'static str, spec: &'a TextField) -> Result<Option<String>, Rejected> {
        Ok(self.borrowed(field, spec)?.map(Cow::into_owned))
    }

    fn property(&mut self, spec: &'a PropertyField) -> Result<(String, String), Rejected> {
        let text = self.required("property", &spec.text)?;
        let Some(values) = &spec.values else { return Ok((text.clone().into_owned(), text.into_owned())) };
        match values.get(&text) {
            Some(known) => Ok((known.code.clone(), known.name.clone())),
            None => Err(self.unknown("property", spec.text.cell.column(), &text)),
        }
    }

    fn code<T: Copy>(&self, field: &str, spec: &CodeField<T>) -> Result<T, Rejected> {
        match self.cell(&spec.cell) {
            Some(text) => {
                spec.values.get(&text).copied().ok_or_else(|| self.unknown(field, spec.cell.column(), &text))
            }
            None => spec.default.ok_or_else(|| self.missing(field, spec.cell.column())),
        }
    }

    fn count(&self, field: &str, spec: &CountField) -> Result<u32, Rejected> {
        if !spec.sum.is_empty() {
            return spec.sum.iter().try_fold(0_u32, |sum, &column| {
                let text = match (self.at(column), spec.default) {
                    (Some(text), _) => text,
                    (None, Some(default)) => return Ok(sum.saturating_add(default)),
                    (None, None) => return Err(self.missing(field, Some(column))),
                };
                let sum = value::count(text).and_then(|number| sum.checked_add(number));
                sum.ok_or_else(|| self.no_count(field, Some(column), text))
            });
        }
        let column = spec.cell.column();
        match self.cell(&spec.cell) {
            Some(text) => value::count(&text).ok_or_else(|| self.no_count(field, column, &text)),
            None => spec.default.ok_or_else(|| self.missing(field, column)),
        }
    }

    fn no_count(&self, field: &str, column: Option<usize>, text: &str) -> Rejected {
        self.rejected(field, Why::NoWholeNumber { cell: self.quoted(column, text) })
    }

    /// The currency of a row: the declared one, with which the amounts' own signs must agree, else that of the amounts.
    fn currency(
        &mut self,
        spec: &'a TextField,
        amounts: &[&Option<AmountField>],
    ) -> Result<Currency, Rejected> {
        let mut said = Sign::None;
        for field in amounts.iter().copied().flatten() {
            if let Some(text) = self.cell(&field.cell)
                && let Ok(amount) = money::amount(&text, Some(money::PLAIN))
                    .or_else(|_| money::amount(&text, None))
                    .or_else(|_| money::amount(&text, Some(COMMA)))
                && amount.currency != Sign::None
            {
                said = amount.currency;
                break;
            }
        }
        let region = self.map.region();
        let Some(declared) = self.borrowed("currency", spec)? else {
            if said == Sign::None {
                return Err(self.missing("currency", spec.cell.column()));
            }
            return said.resolve(region).ok_or_else(|| self.rejected("currency", Why::SharedSign));
        };
        let currency = money::sign(&declared).and_then(|sign| match (sign, said) {
            (Sign::Several(_), Sign::One(one)) if sign.allows(one) => Some(one),
            _ => sign.resolve(region),
        });
        let currency = currency.ok_or_else(|| {
            let cell = self.quoted(spec.cell.column(), &declared);
            self.rejected("currency", Why::NoCurrency { cell })
        })?;
        if !said.allows(currency) {
            return Err(self.rejected("currency", Why::CurrencyDiffers { currency }));
        }
        Ok(currency)
    }

    /// The amount of a field, if the row says one.
    fn amount(&self, field: &str, spec: &AmountField) -> Result<Option<money::Amount>, Rejected> {
        let text = match (self.cell(&spec.cell), &spec.cell.default) {
            (Some(text), _) => text,
            (None, Some(default)) => Cow::Borrowed(default.as_str()),
            (None, None) => return Ok(None),
        };
        let learnt = || self.map.settled.numbers.get(spec.slot).copied().flatten();
        let style = spec.style.or_else(learnt);
        money::amount(&text, style).map(Some).map_err(|error| {
            let cell = self.quoted(spec.cell.column(), &text);
            match error {
                NoAmount::NoNumber => self.rejected(field, Why::NoAmount { cell }),
                NoAmount::Ambiguous => self.rejected(field, Why::AmbiguousNumber { cell }),
                NoAmount::UnknownCurrency => self.rejected("currency", Why::NoCurrency { cell }),
            }
        })
    }

    fn minor(
        &self,
        field: &str,
        spec: &AmountField,
        amount: &money::Amount,
        currency: Currency,
    ) -> Result<i64, Rejected> {
        amount.minor(currency.exponent()).ok_or_else(|| {
            let column = self.name_of(spec.cell.column());
            self.rejected(field, Why::TooLarge { column })
        })
    }

    /// The price of a night of each room, and what all of them cost, where the file says that.
    fn prices(&self, currency: Currency, nights: u32, rooms: u32) -> Result<(i64, Option<i64>), Rejected> {
        let fields = &self.map.compiled.fields;
        let units = i64::from(nights.max(1)) * i64::from(rooms.max(1));
        let read = |field: &str, spec: &Option<AmountField>| -> Result<Option<i64>, Rejected> {
            let Some(spec) = spec else { return Ok(None) };
            let Some(amount) = self.amount(field, spec)? else { return Ok(None) };
            let mut minor = self.minor(field, spec, &amount, currency)?;
            if spec.is_net
                && let Some(tax) = &fields.tax
                && let Some(amount) = self.amount("tax", tax)?
            {
                let tax = match amount.is_percent {
                    // Hundredths of a percent, rounded as bills are.
                    true => hefu_kernel::BasisPoints(amount.minor(2).unwrap_or(0)).of(minor),
                    false => self.minor("tax", tax, &amount, currency)?,
                };
                minor = minor.saturating_add(tax);
            }
            Ok(Some(minor))
        };
        if let Some(total) = read("total", &fields.total)? {
            return Ok((total / units, Some(total)));
        }
        match read("rate", &fields.rate)? {
            Some(rate) => Ok((rate, None)),
            None => {
                let (field, spec) = match (&fields.rate, &fields.total) {
                    (Some(rate), _) => ("rate", rate),
                    (None, Some(total)) => ("total", total),
                    (None, None) => return Err(self.missing("rate", None)),
                };
                Err(self.missing(field, spec.cell.column()))
            }
        }
    }

    fn price(&self, record: &mut BookingRecord, currency: Currency) -> Result<(), Rejected> {
        let nights = u32::try_from((record.departure - record.arrival).num_days()).unwrap_or(0);
        (record.rate_minor, record.total_minor) = self.prices(currency, nights, record.room_count)?;
        Ok(())
    }

    fn required_date(
        &self,
        field: &str,
        spec: &DateField,
        arrival: Option<NaiveDate>,
    ) -> Result<NaiveDate, Rejected> {
        let column = match spec {
            DateField::Text { cell, .. } => cell.column(),
            _ => None,
        };
        self.date(field, spec, arrival)?.ok_or_else(|| self.missing(field, column))
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
            let no_day = || self.rejected(field, Why::NoDay { days: days.into() });
            date.and_then(value::plausible).map(Some).ok_or_else(no_day)
        };
        match spec {
            DateField::Absent => Ok(None),
            DateField::Text { cell, formats, order } => {
                let text = self.cell(cell).or_else(|| cell.default.as_deref().map(Cow::Borrowed));
                let Some(text) = text else { return Ok(None) };
                let style = DateStyle {
                    formats,
                    order: order.or(self.map.settled.stays),
                    zone: self.map.compiled.zone,
                };
                value::date(&text, &style).map(Some).map_err(|error| {
                    let cell = self.quoted(cell.column(), &text);
                    match error {
                        NoDate::NoDate => self.rejected(field, Why::NoDate { cell }),
                        NoDate::Ambiguous => self.rejected(field, Why::AmbiguousDate { cell }),
                    }
                })
            }
            DateField::Parts([year, month, day]) => {
                let part =
                    |column: &usize| self.at(*column).ok_or_else(|| self.missing(field, Some(*column)));
                let (year, month, day) = (part(year)?, part(month)?, part(day)?);
                value::date_of_parts(year, month, day).map(Some).ok_or_else(|| {
                    let cell = self.quoted(None, &[year, month, day].join("-"));
                    self.rejected(field, Why::NoDate { cell })
                })
            }
            DateField::AfterArrival(nights) => from_arrival(nights, NaiveDate::checked_add_days),
            DateField::BeforeArrival(days) => from_arrival(days, NaiveDate::checked_sub_days),
        }
    }

    /// The birth date of a guest. What is none costs nobody a stay.
    fn birth(&mut self, spec: &DateField) -> Option<NaiveDate> {
        let read = match spec {
            DateField::Text { cell, formats, order } => {
                let text = self.cell(cell)?;
                let style = DateStyle { formats, order: order.or(self.map.settled.births), zone: None };
                value::birth(&text, &style).ok()
            }
            DateField::Parts([year, month, day]) => {
                let [year, month, day] = [year, month, day].map(|column| self.at(*column));
                if [year, month, day].iter().all(Option::is_none) {
                    return None;
                }
                match (year, month, day) {
                    (Some(year), Some(month), Some(day)) => value::date_of_parts(year, month, day),
                    _ => None,
                }
            }
            _ => return None,
        };
        if read.is_none() {
            self.notes.push(Note::Dropped { field: "birth" });
        }
        read
    }

    /// The guests of a row, the first with everything that the row says of a guest.
    fn people(&mut self, spec: &'a PersonFields) -> Result<Vec<PersonRecord>, Rejected> {
        let names = self.names(spec);
        let sex = self
            .cell(&spec.sex.cell)
            .and_then(|text| spec.sex.values.get(&text))
            .map(|sex| (*sex).to_owned());
        let mut names = names.into_iter();
        let person = PersonRecord {
            id: None,
            full_name: names.next(),
            surname: self.text("surname", &spec.surname)?,
            given: self.text("given", &spec.given)?,
            sex: sex.or_else(|| spec.sex.default.map(str::to_owned)),
            birth: self.birth(&spec.birth),
            phones: self.list("phone", &spec.phone, CONTACT_MARKS),
            emails: self.list("email", &spec.email, CONTACT_MARKS),
            document_type: self.text("document_type", &spec.document_type)?,
            document_number: self.text("document_number", &spec.document_number)?,
            language: self.text("language", &spec.language)?,
            city: self.text("city", &spec.city)?,
            address: self.text("address", &spec.address)?,
        };
        let has_said =
            PersonRecord { language: None, sex: None, ..person.clone() } != PersonRecord::default();
        if !has_said {
            return Ok(Vec::new());
        }
        let first = PersonRecord { id: self.text("id", &spec.id)?, ..person };
        let others = names.map(|name| PersonRecord { full_name: Some(name), ..PersonRecord::default() });
        Ok(std::iter::once(first).chain(others).collect())
    }

    fn names(&mut self, spec: &'a PersonFields) -> Vec<String> {
        let names = self.list("full_name", &spec.full_name, NAME_MARKS);
        // Commas separate Chinese names; in others they stand between surname and given name.
        let is_han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '·');
        let is_split = |name: &str| {
            let parts: Vec<&str> =
                name.split([',', '，', '/']).map(str::trim).filter(|part| !part.is_empty()).collect();
            parts.len() > 1 && parts.iter().all(|part| part.chars().all(is_han) && part.chars().count() >= 2)
        };
        if spec.full_name.cell.split.is_some() {
            return names;
        }
        names
            .into_iter()
            .flat_map(|name| match is_split(&name) {
                true => name
                    .split([',', '，', '/'])
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned)
                    .collect(),
                false => vec![name],
            })
            .collect()
    }
}

const COMMA: money::NumberStyle = money::NumberStyle { decimal: ',', grouping: None };

/// The parts of a text between marks.
fn parts<'t>(text: &'t str, marks: impl Iterator<Item = &'t str>) -> impl Iterator<Item = &'t str> {
    let mut parts = vec![text];
    for mark in marks.filter(|mark| !mark.is_empty()) {
        parts = parts.into_iter().flat_map(|part| part.split(mark)).collect();
    }
    parts.into_iter()
}
