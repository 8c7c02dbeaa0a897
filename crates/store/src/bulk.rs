//! New rows, as many as there are, the quickest way each engine takes them: SQLite by statements of many
//! rows, PostgreSQL by one statement over arrays, a column each. (COPY would be a little quicker, but the driver
//! sends its end apart, and over TCP that waits for the other side's delayed acknowledgement: 40 ms a table.)

use std::fmt::Write as _;

use crate::{
    Conn, StoreError,
    value::{Column, Value},
};

/// Parameters in one statement: SQLite takes at most 32,766, PostgreSQL 65,535.
const MAX_PARAMETERS: usize = 32_000;

/// How many of `left` rows go into the next statement: a power of two, so that rows of any number are
/// written by a handful of statements, which are prepared once.
fn chunk_size(columns: usize, left: usize) -> usize {
    let most = (MAX_PARAMETERS / columns).min(256);
    1 << left.min(most).ilog2()
}

/// The statement that inserts `rows` rows. SQLite looks for a name at each parameter that is not plainly
/// `?`, through all that came before it; PostgreSQL wants numbers.
pub(crate) fn insert_sql(table: &str, columns: &[&str], rows: usize, numbered: bool) -> String {
    let mut sql = format!("INSERT INTO {table} (\"{}\") VALUES ", columns.join("\", \""));
    for place in 0..rows * columns.len() {
        sql.push_str(match (place, place % columns.len()) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        if numbered {
            let _ = write!(sql, "${}", place + 1);
        } else {
            sql.push('?');
        }
    }
    sql.push(')');
    sql
}

/// The statement that inserts rows given as arrays.
pub(crate) fn arrays_sql(table: &str, columns: &[&str]) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    let (columns, places) = (columns.join("\", \""), places.join(", "));
    format!("INSERT INTO {table} (\"{columns}\") SELECT * FROM unnest({places})")
}

impl Conn {
    /// Writes new rows; `values` are theirs, one row after the other.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when a key or a unique value exists.
    pub(crate) async fn insert_rows(
        &mut self,
        table: &str,
        columns: &[&str],
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        let mut left = values.len() / columns.len();
        let numbered = !self.is_sqlite();
        if numbered && left > 1 {
            let sql = arrays_sql(table, columns);
            return self.execute_arrays(sql, Column::of_rows(columns.len(), values)?).await;
        }
        let mut values = values.into_iter();
        while left > 0 {
            let rows = chunk_size(columns.len(), left);
            let sql = insert_sql(table, columns, rows, numbered);
            self.execute_generated(sql, values.by_ref().take(rows * columns.len()).collect()).await?;
            left -= rows;
        }
        Ok(())
    }
}
