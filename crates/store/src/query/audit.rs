//! Runs of the night audit and what they look at.

use chrono::NaiveDate;
use hefu_domain::{audit::NightAudit, folio::PreAuth, ids::PropertyId};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM night_audit WHERE property_id = $1 AND business_date = $2";
    LATEST = "SELECT * FROM night_audit WHERE property_id = $1 ORDER BY business_date DESC LIMIT $2";
    EXPIRING = "SELECT * FROM pre_auth
        WHERE property_id = $1 AND expires < $2 AND state = 'chargeable' ORDER BY id LIMIT $3";
    DAY_TOTALS = "SELECT code, kind, CAST(sum(amount) AS BIGINT), count(*) FROM posting
        WHERE property_id = $1 AND business_date = $2 AND origin = 'here' GROUP BY code, kind ORDER BY code";
}

/// The run that closes a business date.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, property: PropertyId, date: NaiveDate) -> Result<Option<NightAudit>> {
    c.first(FIND, args![property, date]).await
}

/// The latest runs.
///
/// # Errors
/// The database fails.
pub async fn latest(c: &mut Conn, property: PropertyId, limit: i64) -> Result<Vec<NightAudit>> {
    c.all(LATEST, args![property, limit]).await
}

/// Pre-authorisations that ran out before `date`.
///
/// # Errors
/// The database fails.
pub async fn expiring(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
    limit: i64,
) -> Result<Vec<PreAuth>> {
    c.all(EXPIRING, args![property, date, limit]).await
}

/// What was posted here on a business date, summed by code: code, kind, amount, how many. What another system charged is not of the day's ledgers
/// either.
///
/// # Errors
/// The database fails.
pub async fn day_totals(
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
) -> Result<Vec<(String, hefu_domain::property::CodeKind, i64, i64)>> {
    c.all(DAY_TOTALS, args![property, date]).await
}
