//! Companies and agents, their accounts, and the visits for them.

use chrono::NaiveDate;
use hefu_domain::{
    company::{Company, CompanyAccount, VisitCompany},
    folio::CityAccount,
    ids::{CityAccountId, CompanyId, PropertyId, VisitId},
    reservation::{Reservation, ReservationRoom},
};

use crate::{
    Conn, StoreError, Tx,
    query::property::PropertyCodes,
    sql::{Sql, is_among, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

/// The visits for a company ($1) and its subsidiaries that touch a period ($2 to $3), each by its key.
macro_rules! booked_for {
    () => {
        " FROM company c CROSS JOIN visit_company v CROSS JOIN reservation r
        WHERE (c.id = $1 OR c.parent_id = $1) AND v.company_id = c.id AND v.role = 'company'
          AND r.property_id = v.property_id AND r.id = v.visit_id AND r.departure >= $2 AND r.arrival <= $3"
    };
}

/// The same with a table of what belongs to each visit.
macro_rules! booked_with {
    ($table:literal) => {
        concat!(
            " FROM company c CROSS JOIN visit_company v CROSS JOIN reservation r CROSS JOIN ",
            $table,
            " AS x WHERE (c.id = $1 OR c.parent_id = $1) AND v.company_id = c.id AND v.role = 'company'
          AND r.property_id = v.property_id AND r.id = v.visit_id AND r.departure >= $2 AND r.arrival <= $3
          AND x.property_id = r.property_id AND x.visit_id = r.id"
        )
    };
}

statements! {
    BOOKED_FOR = concat!("SELECT r.*", booked_for!(), " ORDER BY r.arrival, r.number");
    BOOKED_BY = concat!("SELECT v.*", booked_for!(), " ORDER BY v.visit_id");
    BOOKED_ROOMS = concat!("SELECT x.*", booked_with!("reservation_room"), " ORDER BY x.visit_id, x.line");
    BOOKED_STAYS = concat!("SELECT r.id, count(*)", booked_with!("stay"), " AND x.state <> 'undone' GROUP BY r.property_id, r.id");
    BOOKED_MONEY = concat!("SELECT r.id,
            CAST(sum(CASE WHEN x.kind IN ('revenue', 'tax') THEN x.amount ELSE 0 END) AS BIGINT),
            CAST(sum(CASE WHEN x.kind IN ('revenue', 'tax') THEN 0 ELSE -x.amount END) AS BIGINT)", booked_with!("posting"),
        " GROUP BY r.property_id, r.id");
    BOOKED_BALANCES = concat!("SELECT r.id, CAST(sum(x.balance) AS BIGINT)", booked_with!("folio"), " GROUP BY r.property_id, r.id");
    BOOKED_FINDINGS = concat!("SELECT r.id, count(*), CAST(sum(x.stake) AS BIGINT)", booked_with!("finding"),
        " AND x.state = 'open' GROUP BY r.property_id, r.id");
    FIND = "SELECT * FROM company WHERE id = $1";
    BY_CODE = "SELECT * FROM company WHERE code = $1";
    BY_TAX_ID = "SELECT * FROM company WHERE tax_id = $1";
    // Letters and digits only: no sign in it means anything to LIKE.
    NAMED = "SELECT * FROM company WHERE name_key LIKE '%' || $1 || '%' ORDER BY name_key, code LIMIT $2";
    SUBSIDIARIES = "SELECT * FROM company WHERE parent_id = $1 ORDER BY code";
    ACCOUNT = "SELECT * FROM company_account WHERE property_id = $1 AND account_id = $2";
    ACCOUNTS = "SELECT a.* FROM company_account c JOIN city_account a ON a.property_id = c.property_id AND a.id = c.account_id
        WHERE c.company_id = $1 ORDER BY a.code, a.property_id";
    ACCOUNTS_AMONG = concat!("SELECT a.* FROM company_account c JOIN city_account a ON a.property_id = c.property_id AND a.id = c.account_id
        WHERE c.company_id = $1 AND ", is_among!("c.property_id", "$2"), " ORDER BY a.code, a.property_id");
    OF_VISIT = "SELECT * FROM visit_company WHERE property_id = $1 AND visit_id = $2 ORDER BY role";
    VISITS_FOR = "SELECT * FROM visit_company WHERE company_id = $1 ORDER BY visit_id DESC LIMIT $2";
    VISITS = concat!("SELECT r.number FROM visit_company v CROSS JOIN reservation r
        WHERE v.company_id = $1 AND v.visit_id < $2 AND r.property_id = v.property_id AND r.id = v.visit_id
          AND ", is_among!("v.property_id", "$3"), " ORDER BY v.visit_id DESC LIMIT $4");
}

/// On PostgreSQL whoever else moves money to an account of the company waits; the embedded engine has one writer.
pub(crate) const LOCK: [Sql; 2] = [FIND, Sql("SELECT * FROM company WHERE id = $1 FOR NO KEY UPDATE")];

/// A company.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: CompanyId) -> Result<Option<Company>> {
    c.first(FIND, args![id]).await
}

/// A company, held until this unit ends: nobody else counts what it owes meanwhile.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn lock(tx: &mut Tx, id: CompanyId) -> Result<Option<Company>> {
    let sql = LOCK[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![id]).await
}

/// The company with a code.
///
/// # Errors
/// The database fails.
pub async fn by_code(c: &mut Conn, code: &str) -> Result<Option<Company>> {
    c.first(BY_CODE, args![code.to_owned()]).await
}

/// The company with a tax number.
///
/// # Errors
/// The database fails.
pub async fn by_tax_id(c: &mut Conn, tax_id: &str) -> Result<Option<Company>> {
    c.first(BY_TAX_ID, args![tax_id.to_owned()]).await
}

/// Companies with a part of a name in theirs; `key` as it is searched.
///
/// # Errors
/// The database fails.
pub async fn named(c: &mut Conn, key: &str, limit: i64) -> Result<Vec<Company>> {
    c.all(NAMED, args![key.to_owned(), limit]).await
}

/// The subsidiaries of a company.
///
/// # Errors
/// The database fails.
pub async fn subsidiaries(c: &mut Conn, id: CompanyId) -> Result<Vec<Company>> {
    c.all(SUBSIDIARIES, args![id]).await
}

/// Which company pays by an account.
///
/// # Errors
/// The database fails.
pub async fn of_account(
    c: &mut Conn,
    property: PropertyId,
    account: CityAccountId,
) -> Result<Option<CompanyAccount>> {
    c.first(ACCOUNT, args![property, account]).await
}

/// The accounts that a company pays by, in all properties.
///
/// # Errors
/// The database fails.
pub async fn accounts(c: &mut Conn, id: CompanyId) -> Result<Vec<CityAccount>> {
    c.all(ACCOUNTS, args![id]).await
}

/// The accounts that a company pays by in these properties.
///
/// # Errors
/// The database fails.
pub async fn accounts_among(
    c: &mut Conn,
    id: CompanyId,
    properties: &PropertyCodes,
) -> Result<Vec<CityAccount>> {
    c.all(ACCOUNTS_AMONG, args![id, properties.text()]).await
}

/// The company and the agent of a visit.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<VisitCompany>> {
    c.all(OF_VISIT, args![property, visit]).await
}

/// Numbers of the visits for a company in these properties, the newest first, those before `before`.
///
/// # Errors
/// The database fails.
pub async fn visits(
    c: &mut Conn,
    id: CompanyId,
    before: VisitId,
    properties: &PropertyCodes,
    limit: i64,
) -> Result<Vec<String>> {
    let found = c.all::<(String,)>(VISITS, args![id, before, properties.text(), limit]).await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

/// The latest visits that name a company, the last first.
///
/// # Errors
/// The database fails.
pub async fn visits_for(c: &mut Conn, company: CompanyId, limit: i64) -> Result<Vec<VisitCompany>> {
    c.all(VISITS_FOR, args![company, limit]).await
}

/// The visits for a company and its subsidiaries that touch a period, by arrival.
///
/// # Errors
/// The database fails.
pub async fn booked_for(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<Reservation>> {
    c.all(BOOKED_FOR, args![id, period.0, period.1]).await
}

/// For which of them each of these visits is.
///
/// # Errors
/// The database fails.
pub async fn booked_by(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<VisitCompany>> {
    c.all(BOOKED_BY, args![id, period.0, period.1]).await
}

/// The rooms that were booked in these visits.
///
/// # Errors
/// The database fails.
pub async fn booked_rooms(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<ReservationRoom>> {
    c.all(BOOKED_ROOMS, args![id, period.0, period.1]).await
}

/// How many rooms were moved into in each of these visits; those in which nobody arrived are missing.
///
/// # Errors
/// The database fails.
pub async fn booked_stays(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<(VisitId, i64)>> {
    c.all(BOOKED_STAYS, args![id, period.0, period.1]).await
}

/// What was charged and paid in each of these visits, minor units; those without a line on the bill are missing.
///
/// # Errors
/// The database fails.
pub async fn booked_money(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<(VisitId, i64, i64)>> {
    c.all(BOOKED_MONEY, args![id, period.0, period.1]).await
}

/// What is due on the bills of each of these visits, minor units.
///
/// # Errors
/// The database fails.
pub async fn booked_balances(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<(VisitId, i64)>> {
    c.all(BOOKED_BALANCES, args![id, period.0, period.1]).await
}

/// How many findings of each of these visits are open, and the money at stake, minor units; those without one are missing.
///
/// # Errors
/// The database fails.
pub async fn booked_findings(
    c: &mut Conn,
    id: CompanyId,
    period: (NaiveDate, NaiveDate),
) -> Result<Vec<(VisitId, i64, i64)>> {
    c.all(BOOKED_FINDINGS, args![id, period.0, period.1]).await
}
