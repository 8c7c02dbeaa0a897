//! The migrations that the crate carries, see `build.rs`.

use sqlx::{
    SqlStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Version, what it does, and its statements.
type File = (i64, &'static str, &'static str);

mod files {
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
}

fn migrator(files: &[File]) -> Migrator {
    let migrations = files.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Of `hefu.db`.
pub(crate) fn sqlite() -> Migrator {
    migrator(files::SQLITE)
}

/// Of `keys.db`.
pub(crate) fn sqlite_keys() -> Migrator {
    migrator(files::SQLITE_KEYS)
}

/// Of a PostgreSQL database.
pub(crate) fn postgres() -> Migrator {
    migrator(files::POSTGRES)
}
