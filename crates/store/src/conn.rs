//! One connection, whichever engine it leads to.

use futures_util::TryStreamExt as _;
use sqlx::{PgConnection, Postgres, SqlSafeStr, pool::PoolConnection, postgres::PgArguments};
use tokio::task::JoinHandle;

use crate::{
    Record, StoreError,
    sql::Sql,
    sqlite::{self, Wanted},
    task::joined,
    value::{Column, Row, Value, arguments, required},
};

/// A connection of either engine. Queries are functions over `&mut Conn`, so they serve readers and
/// units of work alike.
pub struct Conn(pub(crate) Engine);

pub(crate) enum Engine {
    Sqlite(sqlite::Connection),
    Pg(PoolConnection<Postgres>),
    PgTx(PgUnit),
    /// A unit of work whose last writes are under way; see [`Conn::execute_rows_behind`].
    Behind(JoinHandle<Result<PgUnit, StoreError>>),
    /// One of those failed, and so the unit with it.
    Failed,
}

type PgUnit = sqlx::Transaction<'static, Postgres>;

/// The way to the engine.
enum Driver<'c> {
    Sqlite(&'c mut sqlite::Driver),
    Pg(&'c mut PgConnection),
}

impl Conn {
    async fn driver(&mut self) -> Result<Driver<'_>, StoreError> {
        self.caught_up().await?;
        match &mut self.0 {
            Engine::Sqlite(connection) => connection.driver().map(Driver::Sqlite),
            Engine::Pg(connection) => Ok(Driver::Pg(connection)),
            Engine::PgTx(transaction) => Ok(Driver::Pg(transaction)),
            Engine::Behind(_) | Engine::Failed => Err(StoreError::Closed),
        }
    }

    /// Waits for the writes that are under way.
    ///
    /// # Errors
    /// One of them failed.
    pub(crate) async fn caught_up(&mut self) -> Result<(), StoreError> {
        if !matches!(self.0, Engine::Behind(_)) {
            return Ok(());
        }
        if let Engine::Behind(writing) = std::mem::replace(&mut self.0, Engine::Failed) {
            self.0 = Engine::PgTx(joined(writing.await)??);
        }
        Ok(())
    }

    /// Every row of a query.
    pub(crate) async fn all<R: Record>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<Vec<R>, StoreError> {
        let mut found = Vec::new();
        self.rows(sql.0, values, |row| {
            found.push(R::from_row(row)?);
            Ok(Wanted::More)
        })
        .await?;
        Ok(found)
    }

    /// The first row of a query, if there is one.
    pub(crate) async fn first<R: Record>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
    ) -> Result<Option<R>, StoreError> {
        let mut found = None;
        self.rows(sql.0, values, |row| {
            found = Some(R::from_row(row)?);
            Ok(Wanted::NoMore)
        })
        .await?;
        Ok(found)
    }

    /// Hands over every row of a query as it comes, or why one could not be read.
    pub(crate) async fn each<R: Record>(
        &mut self,
        sql: impl SqlSafeStr,
        mut take: impl FnMut(Result<R, StoreError>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.rows(sql, Vec::new(), |row| take(R::from_row(row)).map(|()| Wanted::More)).await
    }

    /// The same of a query with values.
    pub(crate) async fn each_of<R: Record>(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
        mut take: impl FnMut(Result<R, StoreError>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.rows(sql.0, values, |row| take(R::from_row(row)).map(|()| Wanted::More)).await
    }

    pub(crate) async fn rows(
        &mut self,
        sql: impl SqlSafeStr,
        values: Vec<Value>,
        mut take: impl FnMut(Row<'_>) -> Result<Wanted, StoreError>,
    ) -> Result<(), StoreError> {
        let sql = sql.into_sql_str();
        match self.driver().await? {
            Driver::Sqlite(driver) => driver.query(sql.as_str(), &values, take),
            Driver::Pg(connection) => {
                let failed = |error| StoreError::from_sqlx("a query", error);
                let mut rows = sqlx::query_with(sql, arguments(values).map_err(failed)?).fetch(connection);
                while let Some(row) = rows.try_next().await.map_err(failed)? {
                    if take(Row::Pg(&row))? == Wanted::NoMore {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// Runs a statement; answers how many rows it touched.
    pub(crate) async fn execute(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        self.run("a statement", sql, values).await
    }

    /// Writes a row by a statement made of its table's declaration; answers how many there were to write.
    pub(crate) async fn write_row(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        self.run("a write", sql, values).await
    }

    /// The same once for each row of `columns` values; PostgreSQL takes them as arrays, a column each.
    pub(crate) async fn execute_rows(
        &mut self,
        sql: Sql,
        columns: usize,
        values: Vec<Value>,
    ) -> Result<(), StoreError> {
        match self.driver().await? {
            Driver::Sqlite(driver) => driver.execute_rows("a write", sql.0, columns, &values),
            Driver::Pg(connection) => {
                let failed = |error| StoreError::from_sqlx("a write", error);
                let mut arguments = PgArguments::default();
                for column in Column::of_rows(columns, values)? {
                    column.add_to(&mut arguments).map_err(failed)?;
                }
                let query = sqlx::query_with(sql.0, arguments);
                query.execute(connection).await.map(drop).map_err(failed)
            }
        }
    }

    /// The same of a unit of work on PostgreSQL without waiting for it: whoever makes the next rows does so while the server takes these. What
    /// goes wrong is said at the unit's next statement that is waited for, or when it is committed.
    pub(crate) fn execute_rows_behind(&mut self, sql: Sql, columns: usize, values: Vec<Value>) {
        let mut unit = Self(std::mem::replace(&mut self.0, Engine::Failed));
        self.0 = Engine::Behind(tokio::spawn(async move {
            unit.execute_rows(sql, columns, values).await?;
            match unit.0 {
                Engine::PgTx(unit) => Ok(unit),
                _ => Err(StoreError::Closed),
            }
        }));
    }

    async fn run(&mut self, op: &'static str, Sql(sql): Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        match self.driver().await? {
            Driver::Sqlite(driver) => driver.execute(op, sql, &values),
            Driver::Pg(connection) => {
                let failed = |error| StoreError::from_sqlx(op, error);
                let query = sqlx::query_with(sql, arguments(values).map_err(failed)?);
                query.execute(connection).await.map(|done| done.rows_affected()).map_err(failed)
            }
        }
    }

    /// Parses and plans a statement without running it; answers the names of the columns it gives.
    #[cfg(test)]
    pub(crate) async fn prepare(&mut self, sql: impl SqlSafeStr) -> Result<Vec<String>, StoreError> {
        use sqlx::{Column as _, Executor as _, Statement as _};
        let sql = sql.into_sql_str();
        match self.driver().await? {
            Driver::Sqlite(driver) => driver.columns(sql.as_str()),
            Driver::Pg(connection) => {
                let failed = |error| StoreError::from_sqlx("preparing", error);
                let statement = connection.prepare(sql).await.map_err(failed)?;
                Ok(statement.columns().iter().map(|column| column.name().to_owned()).collect())
            }
        }
    }

    /// The engine's own version.
    ///
    /// # Errors
    /// The database fails.
    pub async fn engine_version(&mut self) -> Result<String, StoreError> {
        let sql = if self.is_sqlite() { "SELECT sqlite_version()" } else { "SHOW server_version" };
        let mut version = String::new();
        self.rows(sql, Vec::new(), |row| {
            version = required(row, 0)?;
            Ok(Wanted::NoMore)
        })
        .await?;
        Ok(version)
    }

    /// Exports this transaction's snapshot, for other connections to use as long as the transaction lasts. PostgreSQL only.
    pub(crate) async fn export_moment(&mut self) -> Result<String, StoreError> {
        let mut name = String::new();
        self.rows("SELECT pg_export_snapshot()", Vec::new(), |row| {
            name = required(row, 0)?;
            Ok(Wanted::NoMore)
        })
        .await?;
        Ok(name)
    }

    /// Whether this is the embedded engine.
    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self.0, Engine::Sqlite(_))
    }
}
