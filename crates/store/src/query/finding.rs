//! Findings of visits.

use chrono::NaiveDate;
use hefu_domain::{
    deposit::DepositEntry,
    finding::{Finding, FindingKind, FindingRule, FindingState, SettlementLine, Severity},
    folio::{CityEntry, Posting},
    ids::{FindingId, PropertyId, VisitId},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM finding WHERE property_id = $1 AND id = $2";
    OF_VISIT = "SELECT * FROM finding WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    // The most money first; the stake of the last page's end continues.
    LIST = "SELECT * FROM finding WHERE property_id = $1 AND state = $2 AND (stake, id) < ($3, $4)
        ORDER BY stake DESC, id DESC LIMIT $5";
    COUNTS = "SELECT kind, severity, count(*), CAST(sum(stake) AS BIGINT) FROM finding
        WHERE property_id = $1 AND state = 'open' GROUP BY kind, severity ORDER BY kind, severity";
    RULES = "SELECT * FROM finding_rule WHERE property_id = $1 ORDER BY kind";
    LINES = "SELECT * FROM settlement_line WHERE property_id = $1 AND channel = $2 AND settled_on >= $3 AND settled_on <= $4
        ORDER BY settled_on, line";
    // Of every channel that has a line of this key: channels stand in another index, too, and over an empty table PostgreSQL would take that.
    LINE = "SELECT * FROM settlement_line WHERE property_id = $1 AND line = $2";
    // Lines of bills by which guests paid, or were paid back, on some business dates.
    PAID = "SELECT * FROM posting WHERE property_id = $1 AND business_date >= $2 AND business_date <= $3 AND code = $4 AND origin = 'here'
        ORDER BY id";
    DEPOSITED = "SELECT * FROM deposit_entry WHERE property_id = $1 AND business_date >= $2 AND business_date <= $3 AND method = $4
        ORDER BY id";
    // Day by day: of a range SQLite would rather read all that the property ever wrote.
    PAID_ON_ACCOUNT = "SELECT * FROM city_entry WHERE property_id = $1 AND business_date = $2 AND method = $3 ORDER BY id";
}

/// A finding.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, property: PropertyId, id: FindingId) -> Result<Option<Finding>> {
    c.first(FIND, args![property, id]).await
}

/// The findings of a visit, also those that were decided or resolved.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<Finding>> {
    c.all(OF_VISIT, args![property, visit]).await
}

/// Findings of a property in a state, those with the most money first, from behind another (its stake and id) on.
///
/// # Errors
/// The database fails.
pub async fn list(
    c: &mut Conn,
    property: PropertyId,
    state: FindingState,
    (stake, id): (i64, FindingId),
    limit: i64,
) -> Result<Vec<Finding>> {
    c.all(LIST, args![property, state, stake, id, limit]).await
}

/// Open findings of a property by kind and severity: how many, and the money at stake.
///
/// # Errors
/// The database fails.
pub async fn counts(c: &mut Conn, property: PropertyId) -> Result<Vec<(FindingKind, Severity, i64, i64)>> {
    c.all(COUNTS, args![property]).await
}

/// The kinds of findings that a property has corrected by themselves.
///
/// # Errors
/// The database fails.
pub async fn rules(c: &mut Conn, property: PropertyId) -> Result<Vec<FindingRule>> {
    c.all(RULES, args![property]).await
}

/// Lines of a channel's settlement files that tell of some days.
///
/// # Errors
/// The database fails.
pub async fn settlement_lines(
    c: &mut Conn,
    property: PropertyId,
    channel: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<SettlementLine>> {
    c.all(LINES, args![property, channel.to_owned(), from, to]).await
}

/// A line of a channel's settlement files by its key there.
///
/// # Errors
/// The database fails.
pub async fn settlement_line(
    c: &mut Conn,
    property: PropertyId,
    channel: &str,
    line: &str,
) -> Result<Option<SettlementLine>> {
    let known = c.all::<SettlementLine>(LINE, args![property, line.to_owned()]).await?;
    Ok(known.into_iter().find(|known| known.channel == channel))
}

/// Lines of bills with a code that were entered here on some business dates.
///
/// # Errors
/// The database fails.
pub async fn paid(
    c: &mut Conn,
    property: PropertyId,
    code: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Posting>> {
    c.all(PAID, args![property, from, to, code.to_owned()]).await
}

/// Movements of deposits that were paid or given back in a way on some business dates.
///
/// # Errors
/// The database fails.
pub async fn deposited(
    c: &mut Conn,
    property: PropertyId,
    method: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<DepositEntry>> {
    c.all(DEPOSITED, args![property, from, to, method.to_owned()]).await
}

/// Payments of companies on their accounts that came in a way on some business dates.
///
/// # Errors
/// The database fails.
pub async fn paid_on_account(
    c: &mut Conn,
    property: PropertyId,
    method: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<CityEntry>> {
    let mut found = Vec::new();
    for day in from.iter_days().take_while(|day| *day <= to) {
        found.extend(c.all::<CityEntry>(PAID_ON_ACCOUNT, args![property, day, method.to_owned()]).await?);
    }
    Ok(found)
}
