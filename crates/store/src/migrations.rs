//! Bringing the schema up to date: numbered, forward only, one process at a time.

use std::path::{Path, PathBuf};

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::{PgPool, SqliteConnection, SqlitePool};

use crate::store::OpenError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Migrates a `SQLite` file, after copying it when it holds an older schema. The lock is a file
/// beside it, since `SQLite` has no lock that outlives a transaction.
pub(crate) async fn sqlite(pool: &SqlitePool, file: &Path) -> Result<(), OpenError> {
    sqlite_to(&SQLITE, pool, file).await
}

async fn sqlite_to(migrator: &Migrator, pool: &SqlitePool, file: &Path) -> Result<(), OpenError> {
    let lock_path = beside(file, "lock");
    let lock =
        std::fs::File::create(&lock_path).map_err(|e| OpenError::Lock(lock_path.clone(), e))?;
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|e| OpenError::Lock(lock_path.clone(), std::io::Error::other(e)))?
        .map_err(|e| OpenError::Lock(lock_path, e))?;
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
    let done = migrator.run(pool).await.map_err(migrate);
    drop(lock);
    done
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
