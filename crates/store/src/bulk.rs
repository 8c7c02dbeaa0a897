//! New rows, as many as there are, the quickest way each engine takes them: SQLite by one statement run for each
//! row, PostgreSQL by one statement over arrays, a column each. (COPY would be a little quicker, but the driver
//! sends its end apart, and over TCP that waits for the other side's delayed acknowledgement: 40 ms a table.)

use crate::{Conn, StoreError, sql::Sql, value::Value};

/// So many rows take the server longer than handing them over to a task.
const MANY: usize = 64;

/// The statements that write new rows of a table. They are made once: a check-in writes nine rows, and to put their texts together each time took
/// as long as one of them.
#[derive(Debug)]
pub(crate) struct Inserts {
    columns: usize,
    /// One row.
    pub(crate) one: Sql,
    /// Rows given as arrays, a column each.
    arrays: Sql,
}

impl Inserts {
    pub(crate) fn of(table: &str, columns: &[&str]) -> Self {
        let (names, places) = (names(columns), places(columns));
        Self {
            columns: columns.len(),
            one: Sql::made(format!("INSERT INTO {table} ({names}) VALUES ({places})")),
            arrays: Sql::made(format!("INSERT INTO {table} ({names}) SELECT * FROM unnest({places})")),
        }
    }
}

fn names(columns: &[&str]) -> String {
    format!("\"{}\"", columns.join("\", \""))
}

fn places(columns: &[&str]) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    places.join(", ")
}

impl Conn {
    /// Writes new rows; `values` are theirs, one row after the other. A unit that goes on after an error must not: rows before
    /// the one that failed may be there.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when a key or a unique value exists.
    pub(crate) async fn insert_rows(
        &mut self,
        inserts: &Inserts,
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        match values.len() / inserts.columns {
            0 => Ok(()),
            1 => self.write_row(inserts.one, values).await.map(drop),
            _ if self.is_sqlite() => self.execute_rows(inserts.one, inserts.columns, values).await,
            _ => self.execute_rows(inserts.arrays, inserts.columns, values).await,
        }
    }

    /// The same, and PostgreSQL is not waited for if there are many; see [`Conn::execute_rows_behind`].
    ///
    /// # Errors
    /// As [`Conn::insert_rows`], perhaps said later.
    pub(crate) async fn insert_rows_behind(
        &mut self,
        inserts: &Inserts,
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        if self.is_sqlite() || values.len() / inserts.columns < MANY {
            return self.insert_rows(inserts, values).await;
        }
        self.execute_rows_behind(inserts.arrays, inserts.columns, values);
        Ok(())
    }
}
