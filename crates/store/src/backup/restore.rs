//! Taking a backup back: into a database that has nothing yet, all of it or nothing.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::{
    After, BackupError, Before, Cell, Contents, FORMAT, Head, Last, Sum, Table, postgres, sqlite,
};
use crate::keys::Held;
use crate::migrations;
use crate::sealed::Sealer;
use crate::store::{DatabaseUrl, OpenError};

/// The table that `migrate` fills by itself.
const INSTALLATION: &str = "installation";
const FORGET: &str = "DELETE FROM installation";

/// Reads a backup into a new database, which may be of the other kind, with the schema it was made
/// with; opening the database brings that up to date. Everything is checked before any of it is
/// kept: each line, that each table reads back as it was written, that everything sealed opens with
/// the master keys there are, and every rule of the database.
///
/// The lines are read as they are needed, on the thread of the caller.
pub async fn restore(
    url: &DatabaseUrl,
    from: &mut (dyn BufRead + Send),
    sealer: &Sealer,
) -> Result<Contents, BackupError> {
    let mut lines = Lines::new(from);
    let head = lines.head()?;
    let alone = match url {
        DatabaseUrl::Sqlite(file) => Some(migrations::alone(file).await?),
        DatabaseUrl::Postgres(_) => None,
    };
    let mut target = Target::open(url).await?;
    target.has_schema(head.schema).await?;
    target.begin().await?;
    let mut loaded = Loaded::default();
    let mut tables = target.empty_tables().await?;
    target.forget_installation().await?;
    let last = loop {
        match lines.between_tables()? {
            Between::Table(before) => {
                let table = tables.remove(&before.table);
                let table = table.filter(|table| table.before() == before);
                let Some(table) = table else {
                    let why = format!("{} is not as its schema has it", before.table);
                    return Err(lines.damaged(why));
                };
                loaded.table(&mut lines, &mut target, table, sealer).await?;
            }
            Between::Last(last) => break last,
        }
    };
    let rows = loaded.sums.iter().map(|(_, after)| after.rows).sum();
    let tables_read = u64::try_from(loaded.sums.len()).unwrap_or(u64::MAX);
    if let Some(missing) = tables.keys().next() {
        return Err(lines.damaged(format!("{missing} is not in it")));
    }
    lines.end(&last, (tables_read, rows))?;
    loaded.held.check()?;
    for (table, after) in &loaded.sums {
        if target.sum(table).await?.after(&table.name) != *after {
            return Err(BackupError::Differs(table.name.clone()));
        }
    }
    target.commit().await?;
    drop(alone);
    Ok(Contents {
        made_at: head.made_at,
        tables: tables_read,
        rows,
    })
}

/// What has been read so far.
#[derive(Default)]
struct Loaded {
    sums: Vec<(Table, After)>,
    held: Held,
}

impl Loaded {
    async fn table(
        &mut self,
        lines: &mut Lines<'_>,
        target: &mut Target,
        table: Table,
        sealer: &Sealer,
    ) -> Result<(), BackupError> {
        let mut sum = Sum::default();
        let after = loop {
            let line = lines.next()?;
            if !line.starts_with('[') {
                break lines.parsed::<After>(&line)?;
            }
            sum.add(&line);
            let Some(cells) = cells(&line, &table) else {
                return Err(lines.damaged(format!("this is no row of {}", table.name)));
            };
            self.held.note(sealer, &table.name, |column| {
                let place = table.columns.iter().position(|c| c.name == column)?;
                match cells.get(place) {
                    Some(Cell::Bytes(bytes)) => Some(bytes),
                    _ => None,
                }
            });
            target.insert(&table, cells).await?;
        };
        if sum.after(&table.name) != after {
            let why = format!("the rows of {} are not those it was made with", table.name);
            return Err(lines.damaged(why));
        }
        self.sums.push((table, after));
        Ok(())
    }
}

fn cells(line: &str, table: &Table) -> Option<Vec<Cell>> {
    let values: Vec<Value> = serde_json::from_str(line).ok()?;
    if values.len() != table.columns.len() {
        return None;
    }
    let cells = values.into_iter().zip(&table.columns);
    cells
        .map(|(value, column)| Cell::read(value, column.kind))
        .collect()
}

/// What may stand outside of a table.
enum Between {
    Table(Before),
    Last(Last),
}

/// The lines of a backup on their way in.
struct Lines<'a> {
    from: &'a mut (dyn BufRead + Send),
    number: u64,
    /// Over the lines before the newest.
    before: Sum,
    all: Sum,
}

impl<'a> Lines<'a> {
    fn new(from: &'a mut (dyn BufRead + Send)) -> Self {
        Self {
            from,
            number: 0,
            before: Sum::default(),
            all: Sum::default(),
        }
    }

    fn damaged(&self, why: impl Into<String>) -> BackupError {
        BackupError::Damaged {
            line: self.number,
            why: why.into(),
        }
    }

    fn next(&mut self) -> Result<String, BackupError> {
        let mut line = Vec::new();
        self.from.read_until(b'\n', &mut line)?;
        self.number += 1;
        if line.pop() != Some(b'\n') {
            return Err(self.damaged("it ends here"));
        }
        let line = String::from_utf8(line).map_err(|_| self.damaged("it is no text"))?;
        self.before = self.all.clone();
        self.all.add(&line);
        Ok(line)
    }

    fn parsed<T: DeserializeOwned>(&self, line: &str) -> Result<T, BackupError> {
        serde_json::from_str(line).map_err(|_| self.damaged("it is not what has to stand here"))
    }

    fn head(&mut self) -> Result<Head, BackupError> {
        let line = self.next().map_err(|_| BackupError::NoBackup)?;
        let head: Head = serde_json::from_str(&line).map_err(|_| BackupError::NoBackup)?;
        if head.oneclickrooms_backup > FORMAT || head.schema > migrations::newest() {
            return Err(BackupError::Newer {
                program: head.program,
                schema: head.schema,
            });
        }
        Ok(head)
    }

    fn between_tables(&mut self) -> Result<Between, BackupError> {
        let line = self.next()?;
        Ok(match serde_json::from_str(&line) {
            Ok(before) => Between::Table(before),
            Err(_) => Between::Last(self.parsed(&line)?),
        })
    }

    /// The last line says what was before it, and nothing is behind it.
    fn end(&mut self, last: &Last, (tables, rows): (u64, u64)) -> Result<(), BackupError> {
        let found = Last {
            tables,
            rows,
            sha256: self.before.hex(),
        };
        if found != *last {
            return Err(self.damaged("it is not what it was made with"));
        }
        if !self.from.fill_buf()?.is_empty() {
            return Err(self.damaged("something stands behind its end"));
        }
        Ok(())
    }
}

/// The database that is filled.
enum Target {
    Sqlite(SqliteConnection),
    Postgres(PgConnection, Vec<postgres::Reference>),
}

impl Target {
    async fn open(url: &DatabaseUrl) -> Result<Self, BackupError> {
        Ok(match url {
            DatabaseUrl::Sqlite(file) => Self::Sqlite(sqlite::write(file).await?),
            DatabaseUrl::Postgres(url) => Self::Postgres(postgres::write(url).await?, Vec::new()),
        })
    }

    /// Gives a new database the schema of the backup; one that has another is refused.
    async fn has_schema(&mut self, wanted: i64) -> Result<(), BackupError> {
        let there = match self {
            Self::Sqlite(conn) => sqlite::schema(conn).await?,
            Self::Postgres(conn, _) => postgres::schema(conn).await?,
        };
        match there {
            Some(there) if there == wanted => Ok(()),
            Some(there) => {
                self.empty_tables().await?;
                Err(BackupError::OtherSchema {
                    there,
                    here: wanted,
                })
            }
            None => Ok(match self {
                Self::Sqlite(conn) => migrations::sqlite_up_to(conn, wanted).await,
                Self::Postgres(conn, _) => migrations::postgres_up_to(conn, wanted).await,
            }?),
        }
    }

    async fn begin(&mut self) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(conn) => sqlite::begin(conn).await,
            Self::Postgres(conn, references) => {
                *references = postgres::begin(conn).await?;
                Ok(())
            }
        }
    }

    /// The tables by name, of which none has a row. What `migrate` has named itself is let go.
    async fn empty_tables(&mut self) -> Result<BTreeMap<String, Table>, BackupError> {
        let tables = match self {
            Self::Sqlite(conn) => sqlite::tables(conn).await?,
            Self::Postgres(conn, _) => postgres::tables(conn).await?,
        };
        for table in &tables {
            if table.name != INSTALLATION && self.filled(table).await? {
                return Err(BackupError::NotEmpty(table.name.clone()));
            }
        }
        let kept = tables.into_iter().filter(Table::is_kept);
        Ok(kept.map(|table| (table.name.clone(), table)).collect())
    }

    async fn filled(&mut self, table: &Table) -> Result<bool, BackupError> {
        let any = AssertSqlSafe(format!("SELECT 1 FROM \"{}\" LIMIT 1", table.name));
        Ok(match self {
            Self::Sqlite(conn) => sqlx::query(any).fetch_optional(conn).await?.is_some(),
            Self::Postgres(conn, _) => sqlx::query(any).fetch_optional(conn).await?.is_some(),
        })
    }

    async fn forget_installation(&mut self) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(conn) => {
                sqlx::query(FORGET).execute(conn).await?;
            }
            Self::Postgres(conn, _) => {
                sqlx::query(FORGET).execute(conn).await?;
            }
        }
        Ok(())
    }

    async fn insert(&mut self, table: &Table, cells: Vec<Cell>) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(conn) => sqlite::insert(conn, table, cells).await,
            Self::Postgres(conn, _) => postgres::insert(conn, table, cells).await,
        }
    }

    /// The rows of a table as they read back.
    async fn sum(&mut self, table: &Table) -> Result<Sum, BackupError> {
        let mut sum = Sum::default();
        let each = |line: &str| {
            sum.add(line);
            Ok(())
        };
        match self {
            Self::Sqlite(conn) => sqlite::rows(conn, table, each).await,
            Self::Postgres(conn, _) => postgres::rows(conn, table, each).await,
        }?;
        Ok(sum)
    }

    async fn commit(self) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(mut conn) => {
                sqlite::commit(&mut conn).await?;
                conn.close().await
            }
            Self::Postgres(mut conn, references) => {
                postgres::commit(&mut conn, &references).await?;
                conn.close().await
            }
        }
        .map_err(|error| OpenError::Connect(error).into())
    }
}
