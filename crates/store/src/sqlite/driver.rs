//! SQLite called in place. A statement takes microseconds: less than to hand it to another thread and to wait for its answer.

use std::{path::Path, time::Duration};

use rusqlite::{
    CachedStatement, Connection, InterruptHandle, OpenFlags, Statement, config::DbConfig, types::Null,
};

use crate::{
    StoreError,
    value::{Row, TextBuffer, Value},
};

/// Prepared statements a connection keeps: every one of this crate.
const STATEMENTS: usize = 512;

/// A connection to a file.
pub(crate) struct Driver(Connection);

impl Driver {
    /// Opens the file, or makes it, and sets what `pragmas` say.
    pub(super) fn open(file: &Path, pragmas: &str) -> Result<Self, StoreError> {
        let failed = |error| StoreError::from_sqlite("opening the database", error);
        let connection = Connection::open(file).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(30)).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // A statement keeps the plan it was prepared with. Else SQLite prepares it anew for every other value of a parameter that it compared with a
        // partial index's condition, and that took a sixth of a check-in.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        let driver = Self(connection);
        driver.command("setting up the database", pragmas)?;
        Ok(driver)
    }

    /// Looks into the file, or into nothing, without making or changing anything.
    pub(super) fn look(file: Option<&Path>, pragmas: &str) -> Result<Self, StoreError> {
        let failed = |error| StoreError::from_sqlite("opening the database", error);
        let flags = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match file {
            Some(file) => Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_READ_ONLY),
            None => Connection::open_in_memory_with_flags(flags | OpenFlags::SQLITE_OPEN_READ_WRITE),
        };
        let connection = connection.map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(30)).map_err(failed)?;
        let driver = Self(connection);
        driver.command("looking at the database", pragmas)?;
        Ok(driver)
    }

    /// Keeps the files mapped while others write, where that is safe.
    pub(super) fn keep_mapped(&self) {
        #[cfg(target_os = "linux")]
        super::mapped::keep(&self.0);
    }

    /// What ends a statement that is running.
    pub(super) fn interrupt_handle(&self) -> InterruptHandle {
        self.0.get_interrupt_handle()
    }

    /// Runs statements that answer nothing.
    pub(crate) fn command(&self, op: &'static str, sql: &str) -> Result<(), StoreError> {
        self.0.execute_batch(sql).map_err(|error| StoreError::from_sqlite(op, error))
    }

    /// Runs one statement that answers nothing that is looked at, and is run often.
    pub(super) fn short_command(&self, op: &'static str, sql: &'static str) -> Result<(), StoreError> {
        let mut rows = self.statement(op, sql)?;
        let mut rows = rows.raw_query();
        while rows.next().map_err(|error| StoreError::from_sqlite(op, error))?.is_some() {}
        Ok(())
    }

    fn statement(&self, op: &'static str, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        self.0.prepare_cached(sql).map_err(|error| StoreError::from_sqlite(op, error))
    }

    /// Hands over the rows of a query as they come, until `take` says that it has enough.
    pub(crate) fn query(
        &self,
        sql: &str,
        values: &[Value],
        mut take: impl FnMut(Row<'_>) -> Result<Wanted, StoreError>,
    ) -> Result<(), StoreError> {
        let op = "a query";
        let failed = |error| StoreError::from_sqlite(op, error);
        let mut statement = self.statement(op, sql)?;
        bind(op, &mut statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            if take(Row::Sqlite(row))? == Wanted::NoMore {
                break;
            }
        }
        Ok(())
    }

    /// Runs a statement; answers how many rows it touched.
    pub(crate) fn execute(&self, op: &'static str, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let mut statement = self.statement(op, sql)?;
        bind(op, &mut statement, values)?;
        let touched = statement.raw_execute().map_err(|error| StoreError::from_sqlite(op, error))?;
        Ok(touched as u64)
    }

    /// Runs a statement once for each row of `columns` values.
    pub(crate) fn execute_rows(
        &self,
        op: &'static str,
        sql: &str,
        columns: usize,
        values: &[Value],
    ) -> Result<(), StoreError> {
        let mut statement = self.statement(op, sql)?;
        for row in values.chunks_exact(columns) {
            // They stand in the order of the parameters: no name has to be looked up for each of them.
            for (place, value) in (1..).zip(row) {
                bind_one(op, &mut statement, place, value)?;
            }
            statement.raw_execute().map_err(|error| StoreError::from_sqlite(op, error))?;
        }
        Ok(())
    }

    /// The names of the columns a statement gives, without running it.
    #[cfg(test)]
    pub(crate) fn columns(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.statement("preparing", sql)?.column_names().into_iter().map(str::to_owned).collect())
    }

    /// Runs a query to its end; answers how many steps SQLite's machine took.
    #[cfg(test)]
    pub(crate) fn steps(&self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let op = "counting steps";
        let failed = |error| StoreError::from_sqlite(op, error);
        let mut statement = self.0.prepare(sql).map_err(failed)?;
        bind(op, &mut statement, values)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(failed)?.is_some() {}
        drop(rows);
        Ok(statement.get_status(rusqlite::StatementStatus::VmStep).unsigned_abs().into())
    }

    /// The plan of a query, line by line.
    #[cfg(test)]
    pub(crate) fn plan(&self, sql: &str) -> Result<Vec<String>, StoreError> {
        let failed = |error| StoreError::from_sqlite("explaining", error);
        let mut statement = self.0.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).map_err(failed)?;
        let mut rows = statement.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            lines.push(row.get(3).map_err(failed)?);
        }
        Ok(lines)
    }

    /// Whether nobody has begun a transaction on it.
    pub(super) fn is_idle(&self) -> bool {
        self.0.is_autocommit()
    }
}

/// Whether more rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    More,
    NoMore,
}

/// Binds the values: to `?` in their order, to `$2` the second.
fn bind(op: &'static str, statement: &mut Statement<'_>, values: &[Value]) -> Result<(), StoreError> {
    for place in 1..=statement.parameter_count() {
        let number = match statement.parameter_name(place) {
            None => place,
            Some(name) => name.strip_prefix('$').and_then(|number| number.parse().ok()).unwrap_or(0),
        };
        let missing = || StoreError::Check { check: "a_value_for_each_parameter".into() };
        let value = number.checked_sub(1).and_then(|at| values.get(at)).ok_or_else(missing)?;
        bind_one(op, statement, place, value)?;
    }
    Ok(())
}

fn bind_one(
    op: &'static str,
    statement: &mut Statement<'_>,
    place: usize,
    value: &Value,
) -> Result<(), StoreError> {
    value.check()?;
    let mut text = TextBuffer::default();
    match value {
        Value::Bool(Some(v)) => statement.raw_bind_parameter(place, v),
        Value::Int(Some(v)) => statement.raw_bind_parameter(place, v),
        Value::Text(Some(v)) => statement.raw_bind_parameter(place, v.as_str()),
        Value::Bytes(Some(v)) => statement.raw_bind_parameter(place, v.as_slice()),
        Value::Uuid(Some(v)) => statement.raw_bind_parameter(place, v.as_bytes().as_slice()),
        Value::Date(Some(v)) => statement.raw_bind_parameter(place, text.date(*v)),
        Value::Time(Some(v)) => statement.raw_bind_parameter(place, text.time(*v)),
        Value::Bool(None)
        | Value::Int(None)
        | Value::Text(None)
        | Value::Bytes(None)
        | Value::Uuid(None)
        | Value::Date(None)
        | Value::Time(None) => statement.raw_bind_parameter(place, Null),
    }
    .map_err(|error| StoreError::from_sqlite(op, error))
}
