//! New rows, as many as there are, the quickest way each engine takes them: SQLite by one statement run for each
//! row, PostgreSQL by one statement over arrays, a column each. (COPY would be a little quicker, but the driver
//! sends its end apart, and over TCP that waits for the other side's delayed acknowledgement: 40 ms a table.)

use crate::{Conn, StoreError, value::Value};

/// The statement that inserts a row.
pub(crate) fn insert_sql(table: &str, columns: &[&str]) -> String {
    let (columns, places) = (names(columns), places(columns));
    format!("INSERT INTO {table} ({columns}) VALUES ({places})")
}

/// The statement that inserts rows given as arrays.
pub(crate) fn arrays_sql(table: &str, columns: &[&str]) -> String {
    let (columns, places) = (names(columns), places(columns));
    format!("INSERT INTO {table} ({columns}) SELECT * FROM unnest({places})")
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
        table: &str,
        columns: &[&str],
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        match values.len() / columns.len() {
            0 => Ok(()),
            1 => self.execute_generated(insert_sql(table, columns), values).await.map(drop),
            _ if self.is_sqlite() => {
                self.execute_rows(insert_sql(table, columns), columns.len(), values).await
            }
            _ => self.execute_rows(arrays_sql(table, columns), columns.len(), values).await,
        }
    }
}
