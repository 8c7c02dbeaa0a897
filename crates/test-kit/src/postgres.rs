//! A database for each test, copied from one that has the migrations: copying is several times
//! quicker than migrating.

use std::path::Path;

use hefu_crypto::{OsRng, sha256};
use hefu_kernel::Rng as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

fn server() -> String {
    std::env::var("HEFU_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

/// Where `database` is on the server.
pub(crate) fn url_of(database: &str) -> String {
    let server = server();
    let (place, options) = server.split_at(server.find('?').unwrap_or(server.len()));
    let (host, _) = place.rsplit_once('/').unwrap();
    format!("{host}/{database}{options}")
}

async fn connect() -> PgConnection {
    match PgConnection::connect(&server()).await {
        Ok(connection) => connection,
        Err(error) => panic!(
            "PostgreSQL cannot be reached: {error}. Run scripts/services.sh, or name a server in HEFU_TEST_POSTGRES."
        ),
    }
}

async fn execute(connection: &mut PgConnection, sql: String) {
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}

async fn exists(connection: &mut PgConnection, database: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(database)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// Makes a database with the migrations applied; answers its name.
pub(crate) async fn create() -> String {
    let database = format!("hefu_test_{:016x}", OsRng.next_u64());
    create_as(&database).await;
    database
}

/// The same under a name.
pub(crate) async fn create_as(database: &str) {
    let mut connection = connect().await;
    let template = template(&mut connection).await;
    copy_from(&mut connection, database, &template).await;
}

/// Nobody pulls the plug of the test's server: its commits need not wait for the disk.
async fn copy_from(connection: &mut PgConnection, database: &str, template: &str) {
    let strategy = if copies_files(connection).await { "STRATEGY file_copy" } else { "" };
    execute(connection, format!("CREATE DATABASE {database} TEMPLATE {template} {strategy}")).await;
    execute(connection, format!("ALTER DATABASE {database} SET synchronous_commit = off")).await;
}

/// Whether the server copies a database quicker file by file than page by page through its log: its checkpoints before and after wait for no disk.
/// PostgreSQL has known both ways since version 15.
async fn copies_files(connection: &mut PgConnection) -> bool {
    let sql =
        "SELECT current_setting('fsync') = 'off' AND current_setting('server_version_num')::int >= 150000";
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

/// Copies a database that nobody is connected to.
pub(crate) async fn copy(from: &str, to: &str) {
    copy_from(&mut connect().await, to, from).await;
}

/// The database to copy, named after the migrations' content; made by the first who needs it.
async fn template(connection: &mut PgConnection) -> String {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let migrations = sqlx::migrate::Migrator::new(files).await.unwrap();
    let checksums: Vec<&[u8]> = migrations.iter().map(|migration| &*migration.checksum).collect();
    let mut hash = [0; 8];
    hash.copy_from_slice(&sha256(&checksums)[..8]);
    let lock = i64::from_be_bytes(hash);
    let name = format!("hefu_template_{lock:016x}");
    if exists(connection, &name).await {
        return name;
    }
    execute(connection, format!("SELECT pg_advisory_lock({lock})")).await;
    if !exists(connection, &name).await {
        // It gets its name when it is complete, so that one left half made is never copied.
        let draft = format!("{name}_draft");
        execute(connection, format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
        execute(connection, format!("CREATE DATABASE {draft}")).await;
        let mut inside = PgConnection::connect(&url_of(&draft)).await.unwrap();
        migrations.run(&mut inside).await.unwrap();
        inside.close().await.unwrap();
        execute(connection, format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    }
    execute(connection, format!("SELECT pg_advisory_unlock({lock})")).await;
    name
}

/// Drops a test's database, whoever is still connected. On a thread of its own: the test's runtime
/// may be ending.
pub(crate) fn remove(database: String) -> std::thread::Result<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = connect().await;
            execute(&mut connection, format!("DROP DATABASE {database} WITH (FORCE)")).await;
        });
    })
    .join()
}
