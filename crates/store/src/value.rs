//! Values on their way into and out of the database, one kind for both engines.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use hefu_kernel::{BasisPoints, Currency, FIRST_DATE, LAST_DATE, hex};
use rusqlite::types::ValueRef;
use sqlx::{
    Arguments as _, Decode, Postgres, Row as _, Type, TypeInfo as _, ValueRef as _,
    postgres::{PgArguments, PgRow},
};
use uuid::Uuid;

use crate::StoreError;

/// A value to bind. `None` is NULL of that kind: PostgreSQL wants to know the type of a NULL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Bool(Option<bool>),
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
    Date(Option<NaiveDate>),
    Time(Option<DateTime<Utc>>),
}

impl Value {
    /// Whether both engines keep the value and compare it alike. PostgreSQL takes no text with a NUL; SQLite's
    /// dates are texts, and a date of another year than four digits would be written with a sign.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let check = match self {
            Self::Text(Some(text)) if text.contains('\0') => "text_without_nul",
            Self::Date(Some(date)) if !(FIRST_DATE..=LAST_DATE).contains(date) => "date_in_range",
            _ => return Ok(()),
        };
        Err(StoreError::Check { check: check.into() })
    }

    fn add_to(self, arguments: &mut PgArguments) -> Result<(), sqlx::Error> {
        match self {
            Self::Bool(v) => arguments.add(v),
            Self::Int(v) => arguments.add(v),
            Self::Text(v) => arguments.add(v),
            Self::Bytes(v) => arguments.add(v),
            Self::Uuid(v) => arguments.add(v),
            Self::Date(v) => arguments.add(v),
            Self::Time(v) => arguments.add(v),
        }
        .map_err(sqlx::Error::Encode)
    }

    /// Appends an unambiguous encoding: what a row's digest is made of. The same value gives the same
    /// bytes on both engines.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        fn put(out: &mut Vec<u8>, kind: u8, bytes: Option<&[u8]>) {
            out.push(kind);
            match bytes {
                None => out.extend_from_slice(&u32::MAX.to_be_bytes()),
                Some(bytes) => {
                    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
                    out.extend_from_slice(bytes);
                }
            }
        }
        match self {
            Self::Bool(v) => put(out, b'b', v.map(|v| [u8::from(v)]).as_ref().map(|v| &v[..])),
            Self::Int(v) => put(out, b'i', v.map(i64::to_be_bytes).as_ref().map(|v| &v[..])),
            Self::Text(v) => put(out, b't', v.as_deref().map(str::as_bytes)),
            Self::Bytes(v) => put(out, b'x', v.as_deref()),
            Self::Uuid(v) => put(out, b'u', v.as_ref().map(|v| &v.as_bytes()[..])),
            Self::Date(v) => {
                let mut text = TextBuffer::default();
                put(out, b'd', v.map(|v| text.date(v).as_bytes()));
            }
            Self::Time(v) => {
                put(out, b'z', v.map(|v| v.timestamp_micros().to_be_bytes()).as_ref().map(|v| &v[..]));
            }
        }
    }
}

impl Value {
    /// The first value of an encoding, for people to read, and what stands behind it.
    pub(crate) fn shown(encoded: &[u8]) -> Option<(String, &[u8])> {
        let (kind, rest) = encoded.split_first()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length);
        if length == u32::MAX {
            return Some(("NULL".into(), rest));
        }
        let (bytes, rest) = rest.split_at_checked(length as usize)?;
        let number = || Some(i64::from_be_bytes(bytes.try_into().ok()?));
        let shown = match kind {
            b'i' => number()?.to_string(),
            b'z' => DateTime::from_timestamp_micros(number()?)?.to_rfc3339(),
            b'u' => Uuid::from_slice(bytes).ok()?.to_string(),
            b't' | b'd' => String::from_utf8_lossy(bytes).into_owned(),
            _ => hex(bytes),
        };
        Some((shown, rest))
    }
}

/// The values of one column of many rows.
pub(crate) enum Column {
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuid(Vec<Option<Uuid>>),
    Date(Vec<Option<NaiveDate>>),
    Time(Vec<Option<DateTime<Utc>>>),
}

impl Column {
    /// The columns of rows that stand one after the other.
    ///
    /// # Errors
    /// A column holds two kinds of values. `unnest` would fill a column that is too short with NULL, so it
    /// must not come so far.
    pub(crate) fn of_rows(columns: usize, values: Vec<Value>) -> Result<Vec<Self>, StoreError> {
        let mut found: Vec<Self> = values.iter().take(columns).map(Self::like).collect();
        for (at, value) in values.into_iter().enumerate() {
            value.check()?;
            found[at % columns]
                .push(value)
                .map_err(|()| corrupt(at % columns, "holds two kinds of values"))?;
        }
        Ok(found)
    }

    fn like(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Bool(Vec::new()),
            Value::Int(_) => Self::Int(Vec::new()),
            Value::Text(_) => Self::Text(Vec::new()),
            Value::Bytes(_) => Self::Bytes(Vec::new()),
            Value::Uuid(_) => Self::Uuid(Vec::new()),
            Value::Date(_) => Self::Date(Vec::new()),
            Value::Time(_) => Self::Time(Vec::new()),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), ()> {
        match (self, value) {
            (Self::Bool(column), Value::Bool(v)) => column.push(v),
            (Self::Int(column), Value::Int(v)) => column.push(v),
            (Self::Text(column), Value::Text(v)) => column.push(v),
            (Self::Bytes(column), Value::Bytes(v)) => column.push(v),
            (Self::Uuid(column), Value::Uuid(v)) => column.push(v),
            (Self::Date(column), Value::Date(v)) => column.push(v),
            (Self::Time(column), Value::Time(v)) => column.push(v),
            _ => return Err(()),
        }
        Ok(())
    }

    pub(crate) fn add_to(self, arguments: &mut PgArguments) -> Result<(), sqlx::Error> {
        match self {
            Self::Bool(column) => arguments.add(column),
            Self::Int(column) => arguments.add(column),
            Self::Text(column) => arguments.add(column),
            Self::Bytes(column) => arguments.add(column),
            Self::Uuid(column) => arguments.add(column),
            Self::Date(column) => arguments.add(column),
            Self::Time(column) => arguments.add(column),
        }
        .map_err(sqlx::Error::Encode)
    }
}

/// Dates and moments as SQLite keeps them: `2026-10-03`, `2026-10-03T08:00:00.500+00:00` (the digits of the fraction in threes,
/// none if it is zero, six at most). As sqlx and chrono write them, in a tenth of the time.
#[derive(Default)]
pub(crate) struct TextBuffer([u8; 32]);

impl TextBuffer {
    /// Writes `number` in `width` digits, from `at` on.
    fn digits(&mut self, at: usize, width: usize, mut number: u32) {
        for digit in self.0[at..at + width].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }

    fn text(&self, length: usize) -> &str {
        // Digits and signs only.
        std::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }

    fn put_date(&mut self, date: NaiveDate) {
        // Other years than those of four digits are refused where a value is bound.
        self.digits(0, 4, date.year().unsigned_abs());
        self.digits(5, 2, date.month());
        self.digits(8, 2, date.day());
        (self.0[4], self.0[7]) = (b'-', b'-');
    }

    /// A date, ISO 8601.
    pub(crate) fn date(&mut self, date: NaiveDate) -> &str {
        self.put_date(date);
        self.text(10)
    }

    /// A moment, RFC 3339.
    pub(crate) fn time(&mut self, time: DateTime<Utc>) -> &str {
        self.put_date(time.date_naive());
        self.0[10] = b'T';
        self.digits(11, 2, time.hour());
        self.digits(14, 2, time.minute());
        self.digits(17, 2, time.second());
        (self.0[13], self.0[16], self.0[19]) = (b':', b':', b'.');
        // A leap second counts on beyond the last microsecond. What is finer PostgreSQL does not keep, and no digest tells.
        let micros = (time.nanosecond() / 1_000).min(999_999);
        let (width, fraction) = match micros {
            0 => (0, 0),
            _ if micros.is_multiple_of(1_000) => (3, micros / 1_000),
            _ => (6, micros),
        };
        self.digits(20, width, fraction);
        let end = if width == 0 { 19 } else { 20 + width };
        self.0[end..end + 6].copy_from_slice(b"+00:00");
        self.text(end + 6)
    }
}

/// A row that came back.
#[derive(Clone, Copy)]
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Pg(&'r PgRow),
}

impl<'r> Row<'r> {
    fn plain<T>(self, index: usize) -> Result<Option<T>, StoreError>
    where
        T: Kept + Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => match row.get_ref(index) {
                Ok(ValueRef::Null) => Ok(None),
                Ok(kept) => T::from_kept(kept).map(Some).ok_or_else(|| corrupt(index, "is of another kind")),
                Err(error) => Err(StoreError::from_sqlite("reading a column", error)),
            },
            Self::Pg(row) => {
                let failed = |error| StoreError::from_sqlx("reading a column", error);
                let raw = row.try_get_raw(index).map_err(failed)?;
                // The driver would panic over `infinity`.
                if !raw.is_null() && !raw.as_bytes().is_ok_and(T::is_within) {
                    return Err(corrupt(index, "is out of range"));
                }
                row.try_get(index).map_err(failed)
            }
        }
    }

    /// A column as it lies there, whatever it is, for people to read.
    pub(crate) fn shown(self, index: usize) -> String {
        let blob = |bytes: &[u8]| Uuid::from_slice(bytes).map_or_else(|_| hex(bytes), |id| id.to_string());
        match self {
            Self::Sqlite(row) => match row.get_ref(index) {
                Ok(ValueRef::Null) => "NULL".to_owned(),
                Ok(ValueRef::Integer(number)) => number.to_string(),
                Ok(ValueRef::Real(number)) => number.to_string(),
                Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
                Ok(ValueRef::Blob(bytes)) => blob(bytes),
                Err(_) => "?".to_owned(),
            },
            Self::Pg(row) => {
                let Ok(raw) = row.try_get_raw(index) else { return "?".to_owned() };
                let kind = raw.type_info().name().to_owned();
                let Ok(bytes) = raw.as_bytes() else { return "NULL".to_owned() };
                let number = || bytes.try_into().ok().map(i64::from_be_bytes);
                match kind.as_str() {
                    "TEXT" | "VARCHAR" => String::from_utf8_lossy(bytes).into_owned(),
                    "INT8" => number().map_or_else(|| hex(bytes), |number| number.to_string()),
                    "DATE" => match self.plain::<NaiveDate>(index) {
                        Ok(Some(date)) => date.to_string(),
                        _ => hex(bytes),
                    },
                    _ => blob(bytes),
                }
            }
        }
    }
}

/// What SQLite keeps as one of its few kinds of values. Only what would be written again just as it lies there is taken: SQLite
/// compares texts, so ` 2026-10-03` would be another night than `2026-10-03`, and the same to whoever reads it.
trait Kept: Sized {
    fn from_kept(kept: ValueRef<'_>) -> Option<Self>;

    /// Whether a value as PostgreSQL sends it can be one of ours.
    fn is_within(_: &[u8]) -> bool {
        true
    }
}

macro_rules! kept {
    ($($type:ty: $kept:ident => $value:expr;)+) => { $(
        impl Kept for $type {
            fn from_kept($kept: ValueRef<'_>) -> Option<Self> {
                $value
            }
        }
    )+ };
}

kept! {
    bool: kept => match kept { ValueRef::Integer(0) => Some(false), ValueRef::Integer(1) => Some(true), _ => None };
    i64: kept => kept.as_i64().ok();
    String: kept => kept.as_str().ok().map(str::to_owned);
    Vec<u8>: kept => kept.as_blob().ok().map(<[u8]>::to_vec);
    Uuid: kept => Uuid::from_slice(kept.as_blob().ok()?).ok();
}

impl Kept for NaiveDate {
    fn from_kept(kept: ValueRef<'_>) -> Option<Self> {
        let text = kept.as_str().ok()?;
        let date = text.parse().ok().filter(|date| (FIRST_DATE..=LAST_DATE).contains(date))?;
        (TextBuffer::default().date(date) == text).then_some(date)
    }

    /// Days since 2000 (PostgreSQL's documentation, "Date/Time Types"; `src/include/utils/date.h`).
    fn is_within(bytes: &[u8]) -> bool {
        const FIRST: i64 = FIRST_DATE.to_epoch_days() as i64 - 10_957;
        const LAST: i64 = LAST_DATE.to_epoch_days() as i64 - 10_957;
        bytes.try_into().is_ok_and(|days| (FIRST..=LAST).contains(&i64::from(i32::from_be_bytes(days))))
    }
}

impl Kept for DateTime<Utc> {
    fn from_kept(kept: ValueRef<'_>) -> Option<Self> {
        let text = kept.as_str().ok()?;
        let time = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        ((FIRST_DATE..=LAST_DATE).contains(&time.date_naive()) && TextBuffer::default().time(time) == text)
            .then_some(time)
    }

    /// Microseconds since 2000.
    fn is_within(bytes: &[u8]) -> bool {
        const DAY: i64 = 86_400_000_000;
        const FIRST: i64 = (FIRST_DATE.to_epoch_days() as i64 - 10_957) * DAY;
        const BEYOND: i64 = (LAST_DATE.to_epoch_days() as i64 - 10_957 + 1) * DAY;
        bytes.try_into().is_ok_and(|micros| (FIRST..BEYOND).contains(&i64::from_be_bytes(micros)))
    }
}

/// A type that fills one column.
pub trait Field: Sized {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate implements and calls it")]
    fn to_value(&self) -> Value;
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate implements and calls it")]
    fn null() -> Value;
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate implements and calls it")]
    fn read(row: Row<'_>, index: usize) -> Result<Option<Self>, StoreError>;
}

/// Reads a column that is never NULL.
pub(crate) fn required<T: Field>(row: Row<'_>, index: usize) -> Result<T, StoreError> {
    T::read(row, index)?.ok_or_else(|| corrupt(index, "is NULL"))
}

pub(crate) fn corrupt(index: usize, detail: impl Into<String>) -> StoreError {
    StoreError::Corrupt { table: "result", column: format!("#{index}"), detail: detail.into() }
}

macro_rules! plain_fields {
    ($($type:ty => $variant:ident),+ $(,)?) => { $(
        #[expect(private_interfaces, reason = "only this crate implements and calls it")]
        impl Field for $type {
            fn to_value(&self) -> Value {
                Value::$variant(Some(self.clone()))
            }
            fn null() -> Value {
                Value::$variant(None)
            }
            fn read(row: Row<'_>, index: usize) -> Result<Option<Self>, StoreError> {
                row.plain::<$type>(index)
            }
        }
    )+ };
}

plain_fields! {
    bool => Bool,
    i64 => Int,
    String => Text,
    Vec<u8> => Bytes,
    Uuid => Uuid,
    NaiveDate => Date,
    DateTime<Utc> => Time,
}

#[expect(private_interfaces, reason = "only this crate implements and calls it")]
impl<T: Field> Field for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(T::null, T::to_value)
    }
    fn null() -> Value {
        T::null()
    }
    fn read(row: Row<'_>, index: usize) -> Result<Option<Self>, StoreError> {
        T::read(row, index).map(Some)
    }
}

/// Fields kept as another field: `$type` in the code, `$as` in the column.
macro_rules! fields_as {
    ($($type:ty as $as:ty { $to:expr, $from:expr })+) => { $(
        #[expect(private_interfaces, reason = "only this crate implements and calls it")]
        impl Field for $type {
            fn to_value(&self) -> Value {
                let to: fn(&$type) -> $as = $to;
                to(self).to_value()
            }
            fn null() -> Value {
                <$as>::null()
            }
            fn read(row: Row<'_>, index: usize) -> Result<Option<Self>, StoreError> {
                let from: fn($as) -> Result<$type, String> = $from;
                <$as>::read(row, index)?.map(|v| from(v).map_err(|e| corrupt(index, e))).transpose()
            }
        }
    )+ };
}

macro_rules! id_fields {
    ($($type:ty),+ $(,)?) => { fields_as! { $($type as Uuid {
        |id| hefu_kernel::Id::uuid(*id), |uuid| Ok(hefu_kernel::Id::from_uuid(uuid))
    })+ } };
}

macro_rules! code_fields {
    ($($type:ty),+ $(,)?) => { fields_as! { $($type as String {
        |code| code.code().to_owned(), |text| text.parse().map_err(|e: hefu_kernel::UnknownCode| e.to_string())
    })+ } };
}

macro_rules! json_fields {
    ($($type:ty),+ $(,)?) => { fields_as! { $($type as String {
        |v| serde_json::to_string(v).unwrap_or_default(),
        |text| {
            let value: $type = serde_json::from_str(&text).map_err(|_| "is of another form".to_owned())?;
            // Spelled otherwise it would be the same to whoever reads it, and to every digest.
            match serde_json::to_string(&value) {
                Ok(written) if written == text => Ok(value),
                _ => Err("is not spelled as it is written".to_owned()),
            }
        }
    })+ } };
}

fields_as! {
    BasisPoints as i64 { |v| v.0, |v| Ok(BasisPoints(v)) }
    Currency as String { |v| v.code().to_owned(), |v| v.parse().map_err(|e: hefu_kernel::MoneyError| e.to_string()) }
}

mod domain {
    use hefu_domain::{
        account::{AccountState, AlarmKind, FactorState},
        audit::{AuditStep, NoShows},
        books::Ledger,
        channel::{BlockedNights, CodeMap, FeedKind, HeldState},
        closing::SetupKind,
        company::{CompanyKind, CompanyRole},
        deposit::DepositKind,
        finding::{Cause, FindingKind, FindingState, Severity},
        folio::{FolioState, PreAuthState},
        guest::{FlagKind, GuestState, PairState},
        ids::{
            AccountId, AlarmId, AllocationId, ApiClientId, ApiKeyId, BlockId, CancellationPolicyId,
            ChannelCalendarId, ChannelId, ChannelMessageId, CityAccountId, CityEntryId, CompanyId,
            DepositEntryId, DepositId, DifferenceId, FindingId, FolioId, FoundItemId, FreeNightId, GrantId,
            GroupId, GuestId, IdentityRunId, ImportFileId, ImportRunId, InvoiceId, JobId, JournalEntryId,
            KeyOrderId, MaintenanceId, MembershipId, MergeId, NoteId, PasskeyId, PostingId, PreAuthId,
            PropertyId, RatePlanId, RoomId, RoomKeyId, RoomTypeId, SeasonId, SessionId, ShiftEntryId,
            ShiftId, StayId, VisitId, VoucherId, WakeUpId,
        },
        import_file::{ImportFileState, RowDecision},
        invoice::{InvoiceKind, Party},
        job::JobState,
        lock::{KeyOrderKind, KeyOrderState, KeyState},
        member::{PointsKind, Tier},
        message::Why,
        note::{Department, NoteKind, NoteState},
        package::Inclusion,
        programme::{FreeNightState, TierRule, VoucherState},
        property::{CodeKind, Overstay, Penalty, PenaltyRule, RateKind, RoomState},
        rate::{Derived, Overrun, PeopleRates},
        reservation::{DepositState, Guarantee, ReservationState, Wishes},
        season::SeasonDates,
        shift::{ShiftEntryKind, ShiftState},
        source::{ClaimField, DifferenceState, Origin, SourceKind, SourceState},
        stay::{RoomPart, StayRole, StayState},
        task::{TaskKind, TaskState},
        terms::Terms,
        upkeep::{FoundState, MaintenanceState, WakeUpState},
    };

    use super::{Field, Row, StoreError, Uuid, Value, corrupt};

    id_fields! {
        AllocationId, BlockId, CancellationPolicyId, CityAccountId, CityEntryId, CompanyId, DepositEntryId, DepositId, FolioId, DifferenceId, GroupId, GuestId, IdentityRunId, ImportRunId, InvoiceId, JobId,
        JournalEntryId, MembershipId, MergeId, NoteId, PostingId, PreAuthId, PropertyId, RatePlanId, RoomId, RoomTypeId, ShiftEntryId, ShiftId, StayId,
        VisitId, FoundItemId, MaintenanceId, WakeUpId, RoomKeyId, KeyOrderId, VoucherId, FreeNightId, SeasonId, AccountId, GrantId, ApiClientId, ApiKeyId, SessionId, FindingId, AlarmId, ImportFileId, ChannelId, ChannelMessageId, ChannelCalendarId, PasskeyId,
    }

    code_fields! {
        AccountState, AlarmKind, FactorState, AuditStep, FolioState, PreAuthState, GuestState, PairState, PointsKind, Tier, CodeKind, RateKind, RoomState,
        ClaimField, DifferenceState, Origin, SourceKind, SourceState,
        DepositState, Guarantee, ReservationState, RoomPart, StayRole, StayState, JobState,
        DepositKind, InvoiceKind, Ledger, Overstay, CompanyKind, CompanyRole, Department, FlagKind, NoteKind, NoteState,
        ShiftEntryKind, ShiftState, TaskKind, TaskState, FoundState, MaintenanceState, WakeUpState,
        KeyState, KeyOrderKind, KeyOrderState, VoucherState, FreeNightState, SetupKind,
        FindingKind, FindingState, Cause, Severity, ImportFileState, RowDecision, HeldState, FeedKind,
    }

    json_fields! { Vec<PenaltyRule>, Penalty, Vec<i64>, Vec<String>, Terms, NoShows, Derived, PeopleRates, Overrun, Vec<Inclusion>, Wishes, Party, Vec<TierRule>, Vec<SeasonDates>, Vec<CompanyId>, CodeMap, Vec<BlockedNights>, Why }
}

/// Something that is read from a whole row: a table's row or a tuple of columns.
pub trait Record: Sized {
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "only this crate implements and calls it")]
    fn from_row(row: Row<'_>) -> Result<Self, StoreError>;
}

macro_rules! tuple_records {
    ($(($($name:ident $index:tt),+))+) => { $(
        #[expect(private_interfaces, reason = "only this crate implements and calls it")]
        impl<$($name: Field),+> Record for ($($name,)+) {
            fn from_row(row: Row<'_>) -> Result<Self, StoreError> {
                Ok(($(required::<$name>(row, $index)?,)+))
            }
        }
    )+ };
}

tuple_records! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
}

/// Values to bind, from fields of any kind.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Field::to_value(&$value)),*] };
}
pub(crate) use args;

/// The arguments of PostgreSQL's driver for a list of values.
pub(crate) fn arguments(values: Vec<Value>) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in values {
        // It comes back as what it is in `StoreError::from_sqlx`.
        value.check().map_err(|refused| sqlx::Error::Encode(Box::new(refused)))?;
        value.add_to(&mut arguments)?;
    }
    Ok(arguments)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn dates_and_moments_are_written_as_chrono_writes_them(
            seconds in -62_135_596_800_i64..253_402_300_799,
            nanos in prop_oneof![Just(0_u32), 0_u32..1_000_000_000, (0_u32..1000).prop_map(|n| n * 1_000_000),
                (0_u32..1_000_000).prop_map(|n| n * 1_000)],
        ) {
            let time = DateTime::from_timestamp(seconds, nanos).expect("in range");
            let mut text = TextBuffer::default();
            let kept = time.with_nanosecond(nanos / 1_000 * 1_000).expect("in range");
            prop_assert_eq!(text.time(time), kept.to_rfc3339_opts(SecondsFormat::AutoSi, false));
            prop_assert_eq!(text.date(time.date_naive()), time.date_naive().to_string());
        }
    }
}
