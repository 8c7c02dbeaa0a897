//! Migrations of the embedded engine, kept account of in the table that sqlx's own migrator uses.

use std::collections::BTreeMap;

use sqlx::migrate::{MigrateError, Migrator};

use super::driver::{Driver, Wanted};
use crate::{
    StoreError,
    value::{args, required},
};

/// As sqlx makes it.
const ACCOUNT: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";
const HAS_ACCOUNT: &str = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
const APPLIED: &str = "SELECT version, checksum FROM _sqlx_migrations";
const APPLY: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    VALUES ($1, $2, TRUE, $3, -1)";

/// Applies what has not been applied yet, all of it or nothing.
pub(super) fn run(driver: &Driver, migrator: &Migrator) -> Result<(), StoreError> {
    let op = "migrating the database";
    // A server may be writing all the while: whoever has nothing to migrate does not wait for it.
    if is_current(driver, migrator)? {
        return Ok(());
    }
    // Two programs that open the same new file at the same moment come one after the other.
    driver.command(op, "BEGIN IMMEDIATE")?;
    let outcome = apply(driver, migrator, op);
    driver.command(op, if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    outcome
}

/// Whether everything has been applied, and nothing else.
fn is_current(driver: &Driver, migrator: &Migrator) -> Result<bool, StoreError> {
    let mut has_account = false;
    driver.query(HAS_ACCOUNT, &[], |_| {
        has_account = true;
        Ok(Wanted::More)
    })?;
    if !has_account {
        return Ok(false);
    }
    let applied = applied(driver)?;
    let is_applied = |migration: &sqlx::migrate::Migration| {
        applied.get(&migration.version).is_some_and(|checksum| **checksum == *migration.checksum)
    };
    Ok(migrator.iter().all(is_applied) && migrator.iter().count() == applied.len())
}

fn applied(driver: &Driver) -> Result<BTreeMap<i64, Vec<u8>>, StoreError> {
    let mut applied = BTreeMap::new();
    driver.query(APPLIED, &[], |row| {
        applied.insert(required::<i64>(row, 0)?, required::<Vec<u8>>(row, 1)?);
        Ok(Wanted::More)
    })?;
    Ok(applied)
}

fn apply(driver: &Driver, migrator: &Migrator, op: &'static str) -> Result<(), StoreError> {
    driver.command(op, ACCOUNT)?;
    let mut applied = applied(driver)?;
    for migration in migrator.iter() {
        match applied.remove(&migration.version) {
            Some(checksum) if *checksum == *migration.checksum => {}
            Some(_) => return Err(MigrateError::VersionMismatch(migration.version).into()),
            None => {
                driver.command(op, migration.sql.as_str())?;
                let values =
                    args![migration.version, migration.description.to_string(), migration.checksum.to_vec()];
                driver.execute(op, APPLY, &values)?;
            }
        }
    }
    // Of a newer program.
    match applied.pop_first() {
        Some((version, _)) => Err(MigrateError::VersionMissing(version).into()),
        None => Ok(()),
    }
}
