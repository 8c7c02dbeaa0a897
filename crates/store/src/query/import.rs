//! Runs of the history import.

use hefu_domain::ids::{ImportRunId, PropertyId, RoomId};

use crate::{Conn, ImportRun, Quarantine, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    BY_DIGEST = "SELECT * FROM import_run WHERE digest = $1";
    FIND = "SELECT * FROM import_run WHERE id = $1";
    RUNS = "SELECT * FROM import_run ORDER BY started_at DESC LIMIT $1";
    QUARANTINED = "SELECT * FROM quarantine WHERE run_id = $1 AND row_number > $2 ORDER BY row_number LIMIT $3";
    KNOWN = "SELECT number FROM visit_alias WHERE system = $1 AND scope = $2 AND number >= $3 AND number <= $4";
    OCCUPIED = "SELECT room_id, arrival, departure FROM stay WHERE property_id = $1 AND state <> 'undone' AND share_of IS NULL";
}

/// The run over a file, if there was one.
///
/// # Errors
/// The database fails.
pub async fn by_digest(c: &mut Conn, digest: &str) -> Result<Option<ImportRun>> {
    c.first(BY_DIGEST, args![digest.to_owned()]).await
}

/// A run.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: ImportRunId) -> Result<Option<ImportRun>> {
    c.first(FIND, args![id]).await
}

/// The latest runs.
///
/// # Errors
/// The database fails.
pub async fn runs(c: &mut Conn, limit: i64) -> Result<Vec<ImportRun>> {
    c.all(RUNS, args![limit]).await
}

/// Quarantined rows after row `after`.
///
/// # Errors
/// The database fails.
pub async fn quarantined(c: &mut Conn, run: ImportRunId, after: i64, limit: i64) -> Result<Vec<Quarantine>> {
    c.all(QUARANTINED, args![run, after, limit]).await
}

/// Which numbers of a system, from `first` to `last` in text order, are known.
///
/// # Errors
/// The database fails.
pub async fn known(
    c: &mut Conn,
    system: &str,
    scope: PropertyId,
    (first, last): (&str, &str),
) -> Result<Vec<String>> {
    let found =
        c.all::<(String,)>(KNOWN, args![system.to_owned(), scope, first.to_owned(), last.to_owned()]).await?;
    Ok(found.into_iter().map(|(number,)| number).collect())
}

/// Which rooms of a house were lived in from when to when.
///
/// # Errors
/// The database fails.
pub async fn occupied(
    c: &mut Conn,
    property: PropertyId,
) -> Result<Vec<(RoomId, chrono::NaiveDate, chrono::NaiveDate)>> {
    c.all(OCCUPIED, args![property]).await
}
