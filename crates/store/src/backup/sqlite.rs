//! Backups of `SQLite`: reading in one snapshot, writing in one transaction.

use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection};

use super::{BackupError, Cell, Column, Kind, Table, line};
use crate::store::OpenError;

const MIGRATED: &str =
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
const SCHEMA: &str = "SELECT MAX(version) FROM _sqlx_migrations";
const COLUMNS: &str = "SELECT m.name, p.name, p.type, p.pk FROM sqlite_schema m JOIN pragma_table_info(m.name) p \
     WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, p.name";

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging()
}

/// Connects for reading, and keeps what there is now in sight whatever others write.
pub(super) async fn read(file: &Path) -> Result<SqliteConnection, BackupError> {
    if !file.exists() {
        return Err(OpenError::Missing(file.to_owned()).into());
    }
    let conn = options(file).read_only(true).connect().await;
    let mut conn = conn.map_err(OpenError::Connect)?;
    sqlx::query("BEGIN").execute(&mut conn).await?;
    Ok(conn)
}

/// Connects for writing, to a file that may not be there yet.
pub(super) async fn write(file: &Path) -> Result<SqliteConnection, BackupError> {
    let options = options(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    Ok(options.connect().await.map_err(OpenError::Connect)?)
}

/// Begins to load: what refers to another row is looked at when all of them are there.
pub(super) async fn begin(conn: &mut SqliteConnection) -> Result<(), BackupError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    let defer = "PRAGMA defer_foreign_keys = ON";
    sqlx::query(defer).execute(&mut *conn).await?;
    Ok(())
}

pub(super) async fn commit(conn: &mut SqliteConnection) -> Result<(), BackupError> {
    sqlx::query("COMMIT").execute(&mut *conn).await?;
    Ok(())
}

pub(super) async fn schema(conn: &mut SqliteConnection) -> Result<Option<i64>, BackupError> {
    let there: i64 = sqlx::query_scalar(MIGRATED).fetch_one(&mut *conn).await?;
    if there == 0 {
        return Ok(None);
    }
    Ok(sqlx::query_scalar(SCHEMA).fetch_one(&mut *conn).await?)
}

pub(super) async fn tables(conn: &mut SqliteConnection) -> Result<Vec<Table>, BackupError> {
    let found: Vec<_> = sqlx::query_as(COLUMNS).fetch_all(&mut *conn).await?;
    Table::gather(&found, |kind| match kind {
        "INTEGER" => Some(Kind::Number),
        "TEXT" => Some(Kind::Text),
        "BLOB" => Some(Kind::Bytes),
        _ => None,
    })
}

pub(super) async fn rows(
    conn: &mut SqliteConnection,
    table: &Table,
    mut each: impl FnMut(&str) -> io::Result<()>,
) -> Result<(), BackupError> {
    let select = AssertSqlSafe(table.select(""));
    let mut rows = sqlx::query(select).fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        each(&line(cells(&row, table)?)?)?;
    }
    Ok(())
}

fn cells(row: &SqliteRow, table: &Table) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |(place, column): (usize, &Column)| {
        let cell = match column.kind {
            Kind::Number | Kind::Truth => row.try_get::<Option<i64>, _>(place)?.map(Cell::Number),
            Kind::Text => row.try_get::<Option<String>, _>(place)?.map(Cell::Text),
            Kind::Bytes | Kind::Id => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Cell::Bytes),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}

pub(super) async fn insert(
    conn: &mut SqliteConnection,
    table: &Table,
    cells: Vec<Cell>,
) -> Result<(), BackupError> {
    let mut query = sqlx::query(AssertSqlSafe(table.insert()));
    for cell in cells {
        query = match cell {
            Cell::Null => query.bind(None::<i64>),
            Cell::Number(number) => query.bind(number),
            Cell::Text(text) => query.bind(text),
            Cell::Bytes(bytes) => query.bind(bytes),
        };
    }
    query.execute(&mut *conn).await?;
    Ok(())
}
