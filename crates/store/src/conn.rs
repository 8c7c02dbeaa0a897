//! One connection, whichever engine it leads to.

use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, Sqlite, pool::PoolConnection, postgres::PgArguments};

use crate::{
    Record, StoreError,
    sql::Sql,
    value::{Column, Row, Value, arguments},
};

/// A connection of either engine. Queries are functions over `&mut Conn`, so they serve readers and
/// units of work alike.
pub struct Conn(pub(crate) Engine);

pub(crate) enum Engine {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(sqlx::Transaction<'static, Sqlite>),
    Pg(PoolConnection<Postgres>),
    PgTx(sqlx::Transaction<'static, Postgres>),
}

/// Runs `$body` with `$db` the engine's type and `$conn` its connection.
macro_rules! on {
    ($self:expr, $db:ident, $conn:ident => $body:expr) => {
        match &mut $self.0 {
            Engine::Sqlite(c) => {
                type $db = Sqlite;
                let $conn = &mut **c;
                $body
            }
            Engine::SqliteTx(c) => {
                type $db = Sqlite;
                let $conn = &mut **c;
                $body
            }
            Engine::Pg(c) => {
                type $db = Postgres;
                let $conn = &mut **c;
                $body
            }
            Engine::PgTx(c) => {
                type $db = Postgres;
                let $conn = &mut **c;
                $body
            }
        }
    };
}

trait AsRow: sqlx::Row {
    fn as_row(&self) -> Row<'_>;
}
impl AsRow for sqlx::sqlite::SqliteRow {
    fn as_row(&self) -> Row<'_> {
        Row::Sqlite(self)
    }
}
impl AsRow for sqlx::postgres::PgRow {
    fn as_row(&self) -> Row<'_> {
        Row::Pg(self)
    }
}

impl Conn {
    /// Every row of a query.
    pub(crate) async fn all<R: Record>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<Vec<R>, StoreError> {
        self.all_of(sql.0, values).await
    }

    async fn all_of<R: Record>(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<R>, StoreError> {
        let failed = |e| StoreError::from_sqlx("a query", e);
        on!(self, Db, conn => {
            let arguments = arguments::<Db>(values).map_err(failed)?;
            let mut rows = sqlx::query_with(sql, arguments).fetch(conn);
            let mut found = Vec::new();
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                found.push(R::from_row(row.as_row())?);
            }
            Ok(found)
        })
    }

    /// Hands over every row of a table as it comes, or why one could not be read.
    pub(crate) async fn each<R: Record>(
        &mut self,
        table: &'static str,
        mut take: impl FnMut(Result<R, StoreError>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let failed = |e| StoreError::from_sqlx("reading a table", e);
        let sql = AssertSqlSafe(format!("SELECT * FROM {table}"));
        on!(self, Db, conn => {
            let mut rows = sqlx::query::<Db>(sql).fetch(conn);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                take(R::from_row(row.as_row()))?;
            }
            Ok(())
        })
    }

    /// The first row of a query, if there is one.
    pub(crate) async fn first<R: Record>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<Option<R>, StoreError> {
        let failed = |e| StoreError::from_sqlx("a query", e);
        on!(self, Db, conn => {
            let arguments = arguments::<Db>(values).map_err(failed)?;
            let row = sqlx::query_with(sql.0, arguments).fetch_optional(conn).await.map_err(failed)?;
            row.map(|row| R::from_row(row.as_row())).transpose()
        })
    }

    /// Runs a statement; answers how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        self.run("a statement", sql.0, values).await
    }

    /// Runs a statement whose text this crate generated from a table's declaration.
    pub(crate) async fn execute_generated(
        &mut self,
        sql: String,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.run("a write", AssertSqlSafe(sql), values).await
    }

    /// The same with arrays for arguments, which only PostgreSQL has.
    pub(crate) async fn execute_arrays(
        &mut self,
        sql: String,
        columns: Vec<Column>,
    ) -> Result<(), StoreError> {
        let conn = match &mut self.0 {
            Engine::Pg(conn) => &mut **conn,
            Engine::PgTx(conn) => &mut **conn,
            Engine::Sqlite(_) | Engine::SqliteTx(_) => return Err(StoreError::Closed),
        };
        let failed = |error| StoreError::from_sqlx("a write", error);
        let mut arguments = PgArguments::default();
        columns.into_iter().try_for_each(|column| column.add_to(&mut arguments)).map_err(failed)?;
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        query.execute(conn).await.map(drop).map_err(failed)
    }

    async fn run(
        &mut self,
        op: &'static str,
        sql: impl SqlSafeStr,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let failed = |e| StoreError::from_sqlx(op, e);
        on!(self, Db, conn => {
            let arguments = arguments::<Db>(values).map_err(failed)?;
            let done = sqlx::query_with(sql, arguments).execute(conn).await.map_err(failed)?;
            Ok(done.rows_affected())
        })
    }

    /// Parses and plans a statement without running it; answers the names of the columns it gives.
    #[cfg(test)]
    pub(crate) async fn prepare(&mut self, sql: impl SqlSafeStr) -> Result<Vec<String>, sqlx::Error> {
        use sqlx::{Column as _, Executor as _, Statement as _};
        on!(self, Db, conn => {
            let statement: <Db as sqlx::Database>::Statement = conn.prepare(sql.into_sql_str()).await?;
            Ok(statement.columns().iter().map(|column| column.name().to_owned()).collect())
        })
    }

    /// The engine's own version.
    ///
    /// # Errors
    /// The database fails.
    pub async fn engine_version(&mut self) -> Result<String, StoreError> {
        let sql = if self.is_sqlite() { "SELECT sqlite_version()" } else { "SHOW server_version" };
        Ok(self
            .all_of::<(String,)>(sql, Vec::new())
            .await?
            .pop()
            .map(|(version,)| version)
            .unwrap_or_default())
    }

    /// Whether this is the embedded engine.
    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self.0, Engine::Sqlite(_) | Engine::SqliteTx(_))
    }
}
