//! Findings of visits.

use hefu_domain::{
    finding::{Finding, FindingState},
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
