//! The database seen and changed without the store, as an attacker or a backup sees it.

use hefu_store::Location;
use hefu_test_kit::TestDb;
use sqlx::{
    AssertSqlSafe, Connection as _, Decode, Encode, Executor as _, PgConnection, Postgres, Sqlite,
    SqliteConnection, Type, sqlite::SqliteConnectOptions,
};

pub(crate) enum Behind {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Behind {
    pub(crate) async fn the_store(db: &TestDb) -> Self {
        match &db.location {
            Location::Embedded(dir) => {
                let options = SqliteConnectOptions::new().filename(dir.join("hefu.db"));
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                let attach = format!("ATTACH DATABASE '{}' AS keys", dir.join("keys.db").display());
                connection.execute(AssertSqlSafe(attach)).await.unwrap();
                Self::Sqlite(connection)
            }
            Location::Postgres(url) => Self::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    /// Runs a statement with `$1` and `$2`; it must touch one row.
    pub(crate) async fn change<A, B>(&mut self, sql: &'static str, first: A, second: B)
    where
        for<'q> A: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + 'q,
        for<'q> B: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + 'q,
    {
        let touched = match self {
            Self::Sqlite(c) => {
                sqlx::query(sql).bind(first).bind(second).execute(c).await.unwrap().rows_affected()
            }
            Self::Postgres(c) => {
                sqlx::query(sql).bind(first).bind(second).execute(c).await.unwrap().rows_affected()
            }
        };
        assert_eq!(touched, 1);
    }

    /// The first column of every row.
    pub(crate) async fn column<T>(&mut self, sql: &'static str) -> Vec<T>
    where
        for<'r> T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
        T: Send + Unpin,
    {
        match self {
            Self::Sqlite(c) => sqlx::query_scalar(sql).fetch_all(c).await.unwrap(),
            Self::Postgres(c) => sqlx::query_scalar(sql).fetch_all(c).await.unwrap(),
        }
    }
}
