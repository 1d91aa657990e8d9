//! Bringing the schema up to date: numbered, forward only, one process at a time.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgConnection, PgPool, SqlSafeStr, SqliteConnection, SqlitePool};

use crate::store::OpenError;

/// The migrations of one folder by file name, with their text. Not the macro of sqlx, which builds
/// both databases a second time, for the compiler itself.
macro_rules! migrations {
    ($folder:literal) => {
        migrations!(
            $folder:
            "0001_init", "0002_meeting_life", "0003_limits", "0004_hosts", "0005_reconciliation",
            "0006_leaving", "0007_records", "0008_unheard", "0009_permission", "0010_own_app",
            "0011_second_factor", "0012_mark_key"
        )
    };
    ($folder:literal: $($name:literal),*) => {
        [$(($name, include_str!(concat!("../migrations/", $folder, "/", $name, ".sql")))),*]
    };
}

static SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(&migrations!("sqlite")));
static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| migrator(&migrations!("postgres")));

/// Reads numbers and descriptions from the file names.
fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let read = |&(name, text): &(&'static str, &'static str)| {
        let (number, words) = name.split_once('_')?;
        let (number, words) = (number.parse().ok()?, words.replace('_', " "));
        let sql = text.into_sql_str();
        Some(Migration::new(
            number,
            words.into(),
            MigrationType::Simple,
            sql,
            false,
        ))
    };
    Migrator::with_migrations(files.iter().filter_map(read).collect())
}

/// Waits until no other process is opening a `SQLite` file, and keeps others waiting while it is
/// held. A file beside it, since `SQLite` has no lock that outlives a transaction, and says at once
/// that it is busy to whoever comes while its journal is set up.
pub(crate) async fn alone(file: &Path) -> Result<std::fs::File, OpenError> {
    let path = beside(file, "lock");
    let lock = std::fs::File::create(&path).map_err(|e| OpenError::Lock(path.clone(), e))?;
    tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|e| OpenError::Lock(path.clone(), std::io::Error::other(e)))?
        .map_err(|e| OpenError::Lock(path, e))
}

/// Migrates a `SQLite` file, after copying it when it holds an older schema.
pub(crate) async fn sqlite(pool: &SqlitePool, file: &Path) -> Result<(), OpenError> {
    sqlite_to(&SQLITE, pool, file).await
}

async fn sqlite_to(migrator: &Migrator, pool: &SqlitePool, file: &Path) -> Result<(), OpenError> {
    let mut conn = pool.acquire().await.map_err(OpenError::Connect)?;
    conn.ensure_migrations_table(migrator.table_name.as_ref())
        .await
        .map_err(migrate)?;
    let applied = conn
        .list_applied_migrations(migrator.table_name.as_ref())
        .await
        .map_err(migrate)?
        .into_iter()
        .map(|m| m.version)
        .max();
    let newest = migrator.iter().map(|m| m.version).max();
    if applied.is_some() && applied < newest {
        let copy = beside(file, &format!("before-{}", newest.unwrap_or(0)));
        copy_once(&mut conn, &copy)
            .await
            .map_err(|error| OpenError::Copy(copy, error))?;
    }
    drop(conn);
    migrator.run(pool).await.map_err(migrate)
}

/// Copies the database, unless an upgrade that did not come to its end has copied it already. The
/// copy bears its name only once it is whole and on the disk.
async fn copy_once(conn: &mut SqliteConnection, copy: &Path) -> std::io::Result<()> {
    if copy.exists() {
        return Ok(());
    }
    let unfinished = beside(copy, "part");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    crate::sqlite::copy(conn, &unfinished.to_string_lossy())
        .await
        .map_err(std::io::Error::other)?;
    std::fs::File::open(&unfinished)?.sync_all()?;
    std::fs::rename(&unfinished, copy)
}

/// Migrates a `PostgreSQL` database under its advisory lock.
pub(crate) async fn postgres(pool: &PgPool) -> Result<(), OpenError> {
    POSTGRES.run(pool).await.map_err(migrate)
}

/// The newest migration there is.
pub(crate) fn newest() -> i64 {
    SQLITE.iter().map(|m| m.version).max().unwrap_or_default()
}

/// Gives a new database the schema that a migration left, for a backup that was made with it.
pub(crate) async fn sqlite_up_to(
    conn: &mut SqliteConnection,
    version: i64,
) -> Result<(), OpenError> {
    SQLITE.run_to(version, conn).await.map_err(migrate)
}

/// The same.
pub(crate) async fn postgres_up_to(conn: &mut PgConnection, version: i64) -> Result<(), OpenError> {
    POSTGRES.run_to(version, conn).await.map_err(migrate)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn migrate(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::Newer { version },
        other => OpenError::Migrate(other),
    }
}

#[cfg(test)]
mod tests;
