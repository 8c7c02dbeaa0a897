//! The deposit ledger, and what the ledgers of a business date are made of.

use chrono::NaiveDate;
use hefu_domain::{
    books::{DayLedger, NumberSeries},
    deposit::{DepositAccount, DepositEntry, DepositKind},
    ids::{GuestId, PropertyId, VisitId},
    property::CodeKind,
    reservation::ReservationState,
};

use crate::{
    Conn, Record, StoreError, Tx,
    sql::{Sql, statements},
    value::{Row, args, required},
};

type Result<T> = std::result::Result<T, StoreError>;

/// Nobody of reservation `r` is in house, expected or hoped for. Stays and rooms are counted by the key of the visit: for NOT EXISTS PostgreSQL may
/// read everybody who is in house, once for each reservation.
macro_rules! is_over {
    () => {
        "r.state NOT IN ('requested', 'waitlisted')
        AND NOT (r.state = 'reserved' AND r.channel = 'house_account')
        AND (SELECT count(CASE s.state WHEN 'in_house' THEN 1 END) FROM stay s WHERE s.property_id = r.property_id AND s.visit_id = r.id)
            + (SELECT count(CASE WHEN l.counted_type_id IS NOT NULL AND l.stay_id IS NULL OR l.state IN ('requested', 'waitlisted') THEN 1 END)
                FROM reservation_room l WHERE l.property_id = r.property_id AND l.visit_id = r.id) = 0"
    };
}
pub(super) use is_over;

statements! {
    ENTRIES = "SELECT * FROM deposit_entry WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    ACCOUNT = "SELECT * FROM deposit_account WHERE property_id = $1 AND visit_id = $2";
    SERIES = "SELECT * FROM number_series WHERE property_id = $1 AND series = $2";
    DAY = "SELECT * FROM day_ledger WHERE property_id = $1 AND business_date = $2
        ORDER BY ledger, account, cashier, currency";
    // A line that moves another, or a part of it, between windows or visits has its opposite on the same date.
    POSTED_ON = "SELECT kind, code, coalesce(posted_by, ''), coalesce(foreign_currency, ''), CAST(sum(amount) AS BIGINT),
            CAST(sum(coalesce(foreign_amount, amount)) AS BIGINT), count(*)
        FROM posting WHERE property_id = $1 AND business_date = $2 AND origin = 'here' AND (once IS NULL OR once NOT LIKE 'move%')
        GROUP BY kind, code, coalesce(posted_by, ''), coalesce(foreign_currency, ''), amount > 0";
    DEPOSITS_ON = "SELECT kind, coalesce(method, ''), posted_by, coalesce(foreign_currency, ''), CAST(sum(amount) AS BIGINT),
            CAST(sum(coalesce(foreign_amount, amount)) AS BIGINT), count(*)
        FROM deposit_entry WHERE property_id = $1 AND business_date = $2
        GROUP BY kind, coalesce(method, ''), posted_by, coalesce(foreign_currency, ''), amount > 0";
    CITY_ON = "SELECT a.code, e.visit_id IS NOT NULL, coalesce(e.method, ''), coalesce(e.posted_by, ''), CAST(sum(e.amount) AS BIGINT)
        FROM city_entry e JOIN city_account a ON a.property_id = e.property_id AND a.id = e.account_id
        WHERE e.property_id = $1 AND e.business_date = $2
        GROUP BY a.code, e.visit_id IS NOT NULL, coalesce(e.method, ''), coalesce(e.posted_by, ''), e.amount > 0";
    ON_BILLS = "SELECT CAST(coalesce(sum(balance), 0) AS BIGINT) FROM folio WHERE property_id = $1 AND balance <> 0";
    HELD = "SELECT CAST(coalesce(sum(held), 0) AS BIGINT) FROM deposit_account WHERE property_id = $1 AND held > 0";
    // Held for somebody who has come or comes no more: to be applied, given back or kept.
    LEFT_HELD = concat!("SELECT r.number, a.held FROM deposit_account a
        JOIN reservation r ON r.property_id = a.property_id AND r.id = a.visit_id
        WHERE a.property_id = $1 AND a.held > 0 AND (", is_over!(), "
            OR EXISTS (SELECT 1 FROM stay s WHERE s.property_id = a.property_id AND s.visit_id = a.visit_id AND s.state = 'in_house'))
        ORDER BY a.visit_id LIMIT $2");
    // Windows first, and each one's reservation by its key: as a join planned over empty tables, PostgreSQL begins with all reservations there ever were.
    UNSETTLED = concat!("WITH r AS MATERIALIZED (SELECT f.property_id, f.visit_id AS id, f.id AS folio_id, f.\"window\", f.guest_id, f.company, f.balance,
                (SELECT v.number FROM reservation v WHERE v.property_id = f.property_id AND v.id = f.visit_id) AS number,
                (SELECT v.state FROM reservation v WHERE v.property_id = f.property_id AND v.id = f.visit_id) AS state,
                (SELECT v.channel FROM reservation v WHERE v.property_id = f.property_id AND v.id = f.visit_id) AS channel,
                (SELECT v.departure FROM reservation v WHERE v.property_id = f.property_id AND v.id = f.visit_id) AS departure
            FROM folio f WHERE f.property_id = $1 AND f.balance <> 0)
        SELECT r.number, r.state, r.departure, r.\"window\", r.guest_id, r.company, r.balance FROM r
        WHERE ", is_over!(), " ORDER BY r.id, r.folio_id LIMIT $2");
}

/// The movements of money held for a visit, in order.
///
/// # Errors
/// The database fails.
pub async fn entries(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<DepositEntry>> {
    c.all(ENTRIES, args![property, visit]).await
}

/// What is held for a visit; none: nothing ever was.
///
/// # Errors
/// The database fails.
pub async fn account(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Option<DepositAccount>> {
    c.first(ACCOUNT, args![property, visit]).await
}

/// Whoever gives out a number waits for who gave out the one before.
pub(crate) const LOCK_SERIES: [Sql; 2] =
    [SERIES, Sql("SELECT * FROM number_series WHERE property_id = $1 AND series = $2 FOR UPDATE")];

/// A series of numbers, held until this unit ends: the next number is this unit's. None: no number was given out.
///
/// # Errors
/// The database fails.
pub async fn lock_series(tx: &mut Tx, property: PropertyId, series: &str) -> Result<Option<NumberSeries>> {
    let sql = LOCK_SERIES[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![property, series.to_owned()]).await
}

/// The ledgers of a closed date; nothing if it is not closed.
///
/// # Errors
/// The database fails.
pub async fn day(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<DayLedger>> {
    c.all(DAY, args![property, date]).await
}

/// Lines of bills, or deposit entries, that go to the same accounts.
#[derive(Debug, Clone)]
pub struct Sum<K> {
    /// What they are.
    pub kind: K,
    /// Transaction code or payment method.
    pub code: String,
    /// Who posted them; empty if nobody.
    pub posted_by: String,
    /// Their foreign currency; empty if it is the property's.
    pub foreign_currency: String,
    /// Their sum, minor units.
    pub amount: i64,
    /// Their sum in the currency in which they were paid.
    pub in_currency: i64,
    /// How many.
    pub count: i64,
}

#[expect(private_interfaces, reason = "only this crate implements and calls it")]
impl<K: crate::Field> Record for Sum<K> {
    fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            kind: required(row, 0)?,
            code: required(row, 1)?,
            posted_by: required(row, 2)?,
            foreign_currency: required(row, 3)?,
            amount: required(row, 4)?,
            in_currency: required(row, 5)?,
            count: required(row, 6)?,
        })
    }
}

/// The lines entered here on a business date, summed; each sum of one sign.
///
/// # Errors
/// The database fails.
pub async fn posted_on(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<Sum<CodeKind>>> {
    c.all(POSTED_ON, args![property, date]).await
}

/// The deposit entries of a business date, summed; each sum of one sign.
///
/// # Errors
/// The database fails.
pub async fn deposits_on(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
) -> Result<Vec<Sum<DepositKind>>> {
    c.all(DEPOSITS_ON, args![property, date]).await
}

/// City-ledger entries summed: code of the account, whether they came from a bill, method, by whom, minor units.
pub type CitySum = (String, bool, String, String, i64);

/// The city-ledger entries of a business date; each sum of one sign.
///
/// # Errors
/// The database fails.
pub async fn city_on(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Vec<CitySum>> {
    c.all(CITY_ON, args![property, date]).await
}

/// What all bills of a property are still to be paid, minor units.
///
/// # Errors
/// The database fails.
pub async fn on_bills(c: &mut Conn, property: PropertyId) -> Result<i64> {
    Ok(c.first::<(i64,)>(ON_BILLS, args![property]).await?.map_or(0, |(sum,)| sum))
}

/// What is held for all visits of a property, minor units.
///
/// # Errors
/// The database fails.
pub async fn held(c: &mut Conn, property: PropertyId) -> Result<i64> {
    Ok(c.first::<(i64,)>(HELD, args![property]).await?.map_or(0, |(sum,)| sum))
}

/// Money held for visits that are in house or over: number and minor units.
///
/// # Errors
/// The database fails.
pub async fn left_held(c: &mut Conn, property: PropertyId, limit: i64) -> Result<Vec<(String, i64)>> {
    c.all(LEFT_HELD, args![property, limit]).await
}

/// A window with a balance: number and state of the visit, departure, window, who pays (a guest or a company), minor units.
pub type Unsettled = (String, ReservationState, NaiveDate, i64, Option<GuestId>, Option<String>, i64);

/// Windows with a balance of visits that are over: everybody has left, or nobody came.
///
/// # Errors
/// The database fails.
pub async fn unsettled(c: &mut Conn, property: PropertyId, limit: i64) -> Result<Vec<Unsettled>> {
    c.all(UNSETTLED, args![property, limit]).await
}
