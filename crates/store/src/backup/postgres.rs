//! Backups of `PostgreSQL`: reading in one snapshot, writing in one transaction.

use std::io;

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _};
use uuid::Uuid;

use super::{BackupError, Cell, Column, Kind, Table, line};
use crate::store::OpenError;

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const MIGRATED: &str = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
const SCHEMA: &str = "SELECT MAX(version) FROM _sqlx_migrations";
const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), \
     COALESCE(array_position(k.conkey, a.attnum), 0)::bigint \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p' \
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '\\_%' AND a.attnum > 0 \
     AND NOT a.attisdropped ORDER BY c.relname::text COLLATE \"C\", a.attname::text COLLATE \"C\"";
const REFERENCES: &str = "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint \
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2";

/// Connects, and keeps what there is now in sight whatever others write.
pub(super) async fn read(url: &str) -> Result<PgConnection, BackupError> {
    let mut conn = write(url).await?;
    sqlx::query(SNAPSHOT).execute(&mut conn).await?;
    Ok(conn)
}

pub(super) async fn write(url: &str) -> Result<PgConnection, BackupError> {
    let options = crate::postgres::options(url).map_err(OpenError::Connect)?;
    let conn = options.disable_statement_logging().connect().await;
    Ok(conn.map_err(OpenError::Connect)?)
}

/// A reference from one table to another: table, name, and what it says.
pub(super) type Reference = (String, String, String);

/// Begins to load: references between tables are taken away, and come back with [`commit`], which
/// has them all looked at.
pub(super) async fn begin(conn: &mut PgConnection) -> Result<Vec<Reference>, BackupError> {
    sqlx::query("BEGIN").execute(&mut *conn).await?;
    let references: Vec<Reference> = sqlx::query_as(REFERENCES).fetch_all(&mut *conn).await?;
    for (table, name, _) in &references {
        let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
        sqlx::query(AssertSqlSafe(drop)).execute(&mut *conn).await?;
    }
    Ok(references)
}

pub(super) async fn commit(
    conn: &mut PgConnection,
    references: &[Reference],
) -> Result<(), BackupError> {
    for (table, name, says) in references {
        let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {says}");
        sqlx::query(AssertSqlSafe(add)).execute(&mut *conn).await?;
    }
    sqlx::query("COMMIT").execute(&mut *conn).await?;
    Ok(())
}

pub(super) async fn schema(conn: &mut PgConnection) -> Result<Option<i64>, BackupError> {
    let there: bool = sqlx::query_scalar(MIGRATED).fetch_one(&mut *conn).await?;
    if !there {
        return Ok(None);
    }
    Ok(sqlx::query_scalar(SCHEMA).fetch_one(&mut *conn).await?)
}

pub(super) async fn tables(conn: &mut PgConnection) -> Result<Vec<Table>, BackupError> {
    let found: Vec<_> = sqlx::query_as(COLUMNS).fetch_all(&mut *conn).await?;
    Table::gather(&found, |kind| match kind {
        "bigint" => Some(Kind::Number),
        "boolean" => Some(Kind::Truth),
        "text" => Some(Kind::Text),
        "bytea" => Some(Kind::Bytes),
        "uuid" => Some(Kind::Id),
        _ => None,
    })
}

pub(super) async fn rows(
    conn: &mut PgConnection,
    table: &Table,
    mut each: impl FnMut(&str) -> io::Result<()>,
) -> Result<(), BackupError> {
    let select = AssertSqlSafe(table.select(" COLLATE \"C\""));
    let mut rows = sqlx::query(select).fetch(&mut *conn);
    while let Some(row) = rows.try_next().await? {
        each(&line(cells(&row, table)?)?)?;
    }
    Ok(())
}

fn cells(row: &PgRow, table: &Table) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |(place, column): (usize, &Column)| {
        let cell = match column.kind {
            Kind::Number => row.try_get::<Option<i64>, _>(place)?.map(Cell::Number),
            Kind::Truth => row
                .try_get::<Option<bool>, _>(place)?
                .map(|truth| Cell::Number(truth.into())),
            Kind::Text => row.try_get::<Option<String>, _>(place)?.map(Cell::Text),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Cell::Bytes),
            Kind::Id => row
                .try_get::<Option<Uuid>, _>(place)?
                .map(|id| Cell::Bytes(id.as_bytes().to_vec())),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    table: &Table,
    cells: Vec<Cell>,
) -> Result<(), BackupError> {
    let mut query = sqlx::query(AssertSqlSafe(table.insert()));
    for (cell, column) in cells.into_iter().zip(&table.columns) {
        query = match (cell, column.kind) {
            (Cell::Number(number), Kind::Truth) => query.bind(number != 0),
            (Cell::Number(number), _) => query.bind(number),
            (Cell::Text(text), _) => query.bind(text),
            (Cell::Bytes(bytes), Kind::Id) => {
                let id = Uuid::from_slice(&bytes);
                query.bind(id.map_err(|error| sqlx::Error::Encode(error.into()))?)
            }
            (Cell::Bytes(bytes), _) => query.bind(bytes),
            (Cell::Null, Kind::Number) => query.bind(None::<i64>),
            (Cell::Null, Kind::Truth) => query.bind(None::<bool>),
            (Cell::Null, Kind::Text) => query.bind(None::<String>),
            (Cell::Null, Kind::Bytes) => query.bind(None::<Vec<u8>>),
            (Cell::Null, Kind::Id) => query.bind(None::<Uuid>),
        };
    }
    query.execute(&mut *conn).await?;
    Ok(())
}
