//! A backup: everything there is as lines of text, which either kind of database takes back.
//!
//! The first line says what made it. Each table follows: a line with its columns, a line per row,
//! a line with the number and the digest of the rows. The last line is over all of it, so that a
//! file that was cut off or changed is noticed. Bytes are base64. What is sealed stays sealed, and
//! the master key is not in it. Columns stand in the order of their names and rows in that of their
//! keys, so a table reads back as the same lines whichever database it is in; after restoring, that
//! is checked before anything is kept.

mod postgres;
mod restore;
mod sqlite;

use std::fmt::Write as _;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::error::Error;
use crate::migrations;
use crate::store::{DatabaseUrl, OpenError};
use crate::tx::Tx;
pub use restore::restore;

statements! {
    /// Of all companies: whether the rule that no room is taken twice holds after a restore.
    OVERLAPS = "SELECT COUNT(*) FROM booking a JOIN booking b ON b.room_id = a.room_id AND b.id > a.id AND b.starts_at < a.ends_at \
                AND b.ends_at > a.starts_at AND b.starts_at > a.starts_at - 86400000000 AND b.starts_at < a.starts_at + 86400000000 \
                WHERE a.state IN ('confirmed', 'pending') AND b.state IN ('confirmed', 'pending')";
}

/// The format of the lines.
const FORMAT: u32 = 1;

/// What is not in a backup: a restored session would let somebody in who has signed out since, and
/// nobody comes back from Zoom, with a code or with a passkey to something that old.
const LEFT_OUT: [&str; 4] = ["session", "oauth_attempt", "second_step", "challenge"];

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is nothing to back up.
    #[error("there is no installation in this database; `oneclickrooms migrate` makes one")]
    Nothing,
    /// The database said something else than it should.
    #[error("the database said: {0}")]
    Database(#[from] sqlx::Error),
    /// The file cannot be read or written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// A column of a kind that no migration of ours makes.
    #[error("{0} is of a kind that cannot be backed up")]
    Kind(String),
    /// It is something else.
    #[error("this is not a backup made by `oneclickrooms backup`")]
    NoBackup,
    /// It is not whole.
    #[error("the backup is damaged or cut off at line {line}: {why}. Nothing was restored")]
    Damaged {
        /// Where it is noticed.
        line: u64,
        /// What is wrong there.
        why: String,
    },
    /// A newer program made it.
    #[error(
        "the backup was made by a newer program, {program} (it has migration {schema}): restore \
         it with that one. Nothing was restored"
    )]
    Newer {
        /// Its version.
        program: String,
        /// Its newest migration.
        schema: i64,
    },
    /// Something is in the way.
    #[error(
        "the database is not empty ({0} has rows), and nothing is ever restored over something: \
         name a new one"
    )]
    NotEmpty(String),
    /// The database has another schema than the backup.
    #[error(
        "the database has migration {there} and the backup {here}: name a new one, which is made \
         with the backup's schema and then brought up to date"
    )]
    OtherSchema {
        /// The database's newest migration.
        there: i64,
        /// The backup's.
        here: i64,
    },
    /// What was written is not what was read.
    #[error("{0} does not read back as it is in the backup. Nothing was restored")]
    Differs(String),
}

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    /// Of these lines.
    oneclickrooms_backup: u32,
    /// Which program made it.
    program: String,
    /// The newest migration of its database.
    schema: i64,
    /// When.
    made_at: Timestamp,
}

/// Before the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    table: String,
    columns: Vec<String>,
}

/// After the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct After {
    end: String,
    rows: u64,
    sha256: String,
}

/// The last line: over everything before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    tables: u64,
    rows: u64,
    sha256: String,
}

/// How a column's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Truth,
    Text,
    Bytes,
    Id,
}

/// A column as a database has it.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    kind: Kind,
}

/// A table as a database has it: columns in the order of their names, and those of its key.
#[derive(Debug, Clone)]
struct Table {
    name: String,
    columns: Vec<Column>,
    key: Vec<String>,
}

impl Table {
    /// Tables from rows of table, column, type and place in the key, in the order of their names.
    fn gather(
        found: &[(String, String, String, i64)],
        kind: impl Fn(&str) -> Option<Kind>,
    ) -> Result<Vec<Self>, BackupError> {
        let of_one = found.chunk_by(|(one, ..), (next, ..)| one == next);
        of_one
            .map(|rows| {
                let mut key: Vec<_> = rows.iter().filter(|(.., place)| *place > 0).collect();
                if key.is_empty() {
                    key.extend(rows);
                }
                key.sort_by_key(|(.., place)| *place);
                let columns = rows.iter().map(|(table, name, of, _)| {
                    let kind = kind(of);
                    let kind = kind.ok_or_else(|| BackupError::Kind(format!("{table}.{name}")))?;
                    let name = name.clone();
                    Ok(Column { name, kind })
                });
                Ok(Self {
                    name: rows
                        .first()
                        .map(|(name, ..)| name.clone())
                        .unwrap_or_default(),
                    columns: columns.collect::<Result<_, BackupError>>()?,
                    key: key.into_iter().map(|(_, name, ..)| name.clone()).collect(),
                })
            })
            .collect()
    }

    /// Whether its rows are part of a backup.
    fn is_kept(&self) -> bool {
        !LEFT_OUT.contains(&self.name.as_str())
    }

    fn before(&self) -> Before {
        Before {
            table: self.name.clone(),
            columns: self.columns.iter().map(|c| c.name.clone()).collect(),
        }
    }

    /// The rows in the order of the key. Names come from the database itself.
    fn select(&self, by_bytes: &str) -> String {
        let is_text = |name: &str| {
            let column = self.columns.iter().find(|column| column.name == name);
            column.is_some_and(|column| column.kind == Kind::Text)
        };
        let order: Vec<_> = self
            .key
            .iter()
            .map(|name| {
                let collation = if is_text(name) { by_bytes } else { "" };
                format!("\"{name}\"{collation}")
            })
            .collect();
        format!(
            "SELECT {} FROM \"{}\" ORDER BY {}",
            self.names(),
            self.name,
            order.join(", ")
        )
    }

    fn insert(&self) -> String {
        let values: Vec<_> = (1..=self.columns.len()).map(|n| format!("${n}")).collect();
        format!(
            "INSERT INTO \"{}\" ({}) VALUES ({})",
            self.name,
            self.names(),
            values.join(", ")
        )
    }

    fn names(&self) -> String {
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|c| format!("\"{}\"", c.name))
            .collect();
        names.join(", ")
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    fn written(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => STANDARD.encode(bytes).into(),
        }
    }

    fn read(value: Value, kind: Kind) -> Option<Self> {
        Some(match (value, kind) {
            (Value::Null, _) => Self::Null,
            (Value::Number(number), Kind::Number | Kind::Truth) => Self::Number(number.as_i64()?),
            (Value::String(text), Kind::Text) => Self::Text(text),
            (Value::String(text), Kind::Bytes | Kind::Id) => {
                Self::Bytes(STANDARD.decode(text).ok()?)
            }
            _ => return None,
        })
    }
}

/// Counts lines and their digest.
#[derive(Default, Clone)]
struct Sum {
    lines: u64,
    digest: Sha256,
}

impl Sum {
    fn add(&mut self, line: &str) {
        self.lines += 1;
        self.digest.update(line);
        self.digest.update("\n");
    }

    fn hex(&self) -> String {
        let digest = self.digest.clone().finalize();
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    fn after(&self, table: &str) -> After {
        After {
            end: table.to_owned(),
            rows: self.lines,
            sha256: self.hex(),
        }
    }
}

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// When it was made.
    pub made_at: Timestamp,
    /// How many tables.
    pub tables: u64,
    /// How many rows in all.
    pub rows: u64,
}

/// How many pairs of bookings have the same room at the same time.
pub async fn overlaps(tx: &mut Tx) -> Result<i64, Error> {
    let counted = fetch_optional!(tx, (i64,), OVERLAPS)?;
    Ok(counted.map_or(0, |(count,)| count))
}

/// A row as a line.
fn line(cells: Vec<Cell>) -> Result<String, io::Error> {
    let values: Vec<_> = cells.into_iter().map(Cell::written).collect();
    serde_json::to_string(&values).map_err(io::Error::other)
}

/// Takes the lines of a backup on their way out.
struct Out<'a> {
    to: &'a mut (dyn Write + Send),
    all: Sum,
    tables: u64,
    rows: u64,
}

impl Out<'_> {
    fn line(&mut self, line: &str) -> Result<(), io::Error> {
        self.all.add(line);
        writeln!(self.to, "{line}")
    }

    fn say(&mut self, line: &impl Serialize) -> Result<(), io::Error> {
        let line = serde_json::to_string(line).map_err(io::Error::other)?;
        self.line(&line)
    }

    fn last(mut self) -> Result<(u64, u64), io::Error> {
        let last = Last {
            tables: self.tables,
            rows: self.rows,
            sha256: self.all.hex(),
        };
        self.say(&last)?;
        self.to.flush()?;
        Ok((self.tables, self.rows))
    }
}

/// Writes everything in a database, as it is at one instant, while others go on using it. It needs
/// no master key, and changes nothing.
///
/// The lines are written as they are read, on the thread of the caller.
pub async fn write(
    url: &DatabaseUrl,
    program: &str,
    to: &mut (dyn Write + Send),
    now: Timestamp,
) -> Result<Contents, BackupError> {
    let mut out = Out {
        to,
        all: Sum::default(),
        tables: 0,
        rows: 0,
    };
    let mut conn = Conn::read(url).await?;
    let schema = conn.schema().await?.ok_or(BackupError::Nothing)?;
    if schema > migrations::newest() {
        return Err(OpenError::Newer { version: schema }.into());
    }
    out.say(&Head {
        oneclickrooms_backup: FORMAT,
        program: program.to_owned(),
        schema,
        made_at: now,
    })?;
    for table in conn.tables().await? {
        out.say(&table.before())?;
        let mut sum = Sum::default();
        let each = |line: &str| {
            sum.add(line);
            out.line(line)
        };
        conn.rows(&table, each).await?;
        out.tables += 1;
        out.rows += sum.lines;
        out.say(&sum.after(&table.name))?;
    }
    conn.close().await?;
    let (tables, rows) = out.last()?;
    Ok(Contents {
        made_at: now,
        tables,
        rows,
    })
}

/// A connection of its own, in one transaction from the first to the last line.
enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Conn {
    async fn read(url: &DatabaseUrl) -> Result<Self, BackupError> {
        Ok(match url {
            DatabaseUrl::Sqlite(file) => Self::Sqlite(sqlite::read(file).await?),
            DatabaseUrl::Postgres(url) => Self::Postgres(postgres::read(url).await?),
        })
    }

    /// The newest migration it has had.
    async fn schema(&mut self) -> Result<Option<i64>, BackupError> {
        match self {
            Self::Sqlite(conn) => sqlite::schema(conn).await,
            Self::Postgres(conn) => postgres::schema(conn).await,
        }
    }

    /// The tables that are part of a backup.
    async fn tables(&mut self) -> Result<Vec<Table>, BackupError> {
        let mut tables = match self {
            Self::Sqlite(conn) => sqlite::tables(conn).await,
            Self::Postgres(conn) => postgres::tables(conn).await,
        }?;
        tables.retain(Table::is_kept);
        Ok(tables)
    }

    /// Every row of a table as a line.
    async fn rows(
        &mut self,
        table: &Table,
        each: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(conn) => sqlite::rows(conn, table, each).await,
            Self::Postgres(conn) => postgres::rows(conn, table, each).await,
        }
    }

    async fn close(self) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(conn) => conn.close().await,
            Self::Postgres(conn) => conn.close().await,
        }?;
        Ok(())
    }
}
