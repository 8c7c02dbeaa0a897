//! Cashier shifts, exchange rates, and how a property bills.

use chrono::NaiveDate;
use hefu_domain::{
    billing::Billing,
    exchange_rate::ExchangeRate,
    ids::{PropertyId, ShiftId},
    shift::{CashierShift, ShiftCount, ShiftEntry, Sum},
};
use hefu_kernel::Currency;

use crate::{
    Conn, StoreError, Tx,
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    BILLING = "SELECT * FROM billing WHERE property_id = $1";
    SHIFT = "SELECT * FROM cashier_shift WHERE property_id = $1 AND number = $2";
    SHIFT_OF = "SELECT * FROM cashier_shift WHERE property_id = $1 AND cashier = $2 AND state = 'open'";
    OPEN_SHIFTS = "SELECT * FROM cashier_shift WHERE property_id = $1 AND state = 'open' ORDER BY cashier LIMIT $2";
    SHIFTS = "SELECT * FROM cashier_shift WHERE property_id = $1 ORDER BY number DESC LIMIT $2";
    SHIFT_ENTRIES = "SELECT * FROM shift_entry WHERE property_id = $1 AND shift_id = $2 ORDER BY id DESC LIMIT $3";
    SHIFT_SUMS = "SELECT method, currency, CAST(sum(amount) AS BIGINT) FROM shift_entry
        WHERE property_id = $1 AND shift_id = $2 GROUP BY method, currency ORDER BY method, currency";
    SHIFT_COUNTS = "SELECT * FROM shift_count WHERE property_id = $1 AND shift_id = $2 ORDER BY method, currency";
    RATE = "SELECT * FROM exchange_rate WHERE property_id = $1 AND currency = $2 AND valid_from <= $3
        ORDER BY valid_from DESC LIMIT 1";
    RATES = "SELECT * FROM exchange_rate WHERE property_id = $1 AND currency = $2 ORDER BY valid_from DESC LIMIT $3";
    NEXT_CURRENCY = "SELECT currency FROM exchange_rate WHERE property_id = $1 AND currency > $2 ORDER BY currency LIMIT 1";
}

/// How a property bills; none: nothing was set.
///
/// # Errors
/// The database fails.
pub async fn billing(c: &mut Conn, property: PropertyId) -> Result<Option<Billing>> {
    c.first(BILLING, args![property]).await
}

/// The shift with a number.
///
/// # Errors
/// The database fails.
pub async fn shift(c: &mut Conn, property: PropertyId, number: i64) -> Result<Option<CashierShift>> {
    c.first(SHIFT, args![property, number]).await
}

/// Whoever counts a shift waits for those who give it money.
pub(crate) const LOCK_SHIFT: [Sql; 2] =
    [SHIFT, Sql("SELECT * FROM cashier_shift WHERE property_id = $1 AND number = $2 FOR NO KEY UPDATE")];

/// A shift that is to be closed: nothing is added to its book until this unit ends.
///
/// # Errors
/// The database fails.
pub async fn lock_shift(tx: &mut Tx, property: PropertyId, number: i64) -> Result<Option<CashierShift>> {
    let sql = LOCK_SHIFT[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![property, number]).await
}

/// Those who give a shift money let each other be.
pub(crate) const HOLD_SHIFT_OF: [Sql; 2] = [
    SHIFT_OF,
    Sql("SELECT * FROM cashier_shift WHERE property_id = $1 AND cashier = $2 AND state = 'open' FOR SHARE"),
];

/// The open shift of a cashier, which stays open until this unit ends.
///
/// # Errors
/// The database fails.
pub async fn hold_shift_of(tx: &mut Tx, property: PropertyId, cashier: &str) -> Result<Option<CashierShift>> {
    let sql = HOLD_SHIFT_OF[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![property, cashier.to_owned()]).await
}

/// The shifts that are open, by cashier.
///
/// # Errors
/// The database fails.
pub async fn open_shifts(c: &mut Conn, property: PropertyId, limit: i64) -> Result<Vec<CashierShift>> {
    c.all(OPEN_SHIFTS, args![property, limit]).await
}

/// The latest shifts, the last first.
///
/// # Errors
/// The database fails.
pub async fn shifts(c: &mut Conn, property: PropertyId, limit: i64) -> Result<Vec<CashierShift>> {
    c.all(SHIFTS, args![property, limit]).await
}

/// The latest entries of a shift's book, the last first.
///
/// # Errors
/// The database fails.
pub async fn shift_entries(
    c: &mut Conn,
    property: PropertyId,
    shift: ShiftId,
    limit: i64,
) -> Result<Vec<ShiftEntry>> {
    c.all(SHIFT_ENTRIES, args![property, shift, limit]).await
}

/// What a shift holds, by method and currency.
///
/// # Errors
/// The database fails.
pub async fn shift_sums(c: &mut Conn, property: PropertyId, shift: ShiftId) -> Result<Vec<Sum>> {
    c.all(SHIFT_SUMS, args![property, shift]).await
}

/// What was counted when a shift was closed.
///
/// # Errors
/// The database fails.
pub async fn shift_counts(c: &mut Conn, property: PropertyId, shift: ShiftId) -> Result<Vec<ShiftCount>> {
    c.all(SHIFT_COUNTS, args![property, shift]).await
}

/// The rate of a currency that holds on a date.
///
/// # Errors
/// The database fails.
pub async fn rate(
    c: &mut Conn,
    property: PropertyId,
    currency: Currency,
    date: NaiveDate,
) -> Result<Option<ExchangeRate>> {
    c.first(RATE, args![property, currency, date]).await
}

/// The latest rates of a currency, the last first.
///
/// # Errors
/// The database fails.
pub async fn rates(
    c: &mut Conn,
    property: PropertyId,
    currency: Currency,
    limit: i64,
) -> Result<Vec<ExchangeRate>> {
    c.all(RATES, args![property, currency, limit]).await
}

/// The currencies with rates, few as they are, one after the other.
///
/// # Errors
/// The database fails.
pub async fn currencies(c: &mut Conn, property: PropertyId) -> Result<Vec<Currency>> {
    let mut found: Vec<Currency> = Vec::new();
    loop {
        let last = found.last().map_or("", Currency::code).to_owned();
        match c.first::<(Currency,)>(NEXT_CURRENCY, args![property, last]).await? {
            Some((next,)) => found.push(next),
            None => return Ok(found),
        }
    }
}
