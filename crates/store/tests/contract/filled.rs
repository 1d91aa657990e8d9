//! A database of any schema there ever was with rows in every table, made from nothing but the
//! schema itself: what a table needs is read from it, so a new one is filled without a word here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rooms_store::{Sealer, keys};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use uuid::Uuid;

/// Rows of each table. The installation has one.
const ROWS: usize = 2;

/// What a rule of the table asks for, where it is more than a list of words.
const RULED: &[(&str, &str)] = &[
    ("installation.id", "1"),
    ("connection.disconnected_at", "NULL"),
];

fn migrations(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(kind)
}

/// The numbers of all migrations, oldest first.
pub(crate) async fn schemas() -> Vec<i64> {
    let all = Migrator::new(migrations("sqlite")).await.unwrap();
    all.iter().map(|migration| migration.version).collect()
}

struct Column {
    name: String,
    kind: String,
    /// The table and column it refers to.
    refers: Option<(String, String)>,
    /// The first of the words it may be.
    word: Option<String>,
}

/// What is needed to make rows up.
struct Making<'a> {
    tables: BTreeMap<String, Vec<Column>>,
    /// Columns that are a boolean on `PostgreSQL`: here they are a number like any other.
    truths: Vec<String>,
    sealer: &'a Sealer,
}

/// Makes a file with the schema that a migration left, and fills every table of it.
pub(crate) async fn fill(file: &Path, schema: i64, sealer: &Sealer) {
    let options = SqliteConnectOptions::new().filename(file);
    let mut conn = options.create_if_missing(true).connect().await.unwrap();
    let all = Migrator::new(migrations("sqlite")).await.unwrap();
    all.run_to(schema, &mut conn).await.unwrap();
    let making = Making {
        tables: tables(&mut conn).await,
        truths: truths(),
        sealer,
    };
    run(&mut conn, "BEGIN").await;
    run(&mut conn, "PRAGMA defer_foreign_keys = ON").await;
    for table in making.tables.keys() {
        for row in 0..ROWS {
            if table != "installation" || row == 0 {
                run(&mut conn, &making.insert(table, row)).await;
            }
        }
    }
    run(&mut conn, "COMMIT").await;
    conn.close().await.unwrap();
}

async fn run(conn: &mut SqliteConnection, sql: &str) {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(conn)
        .await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

async fn tables(conn: &mut SqliteConnection) -> BTreeMap<String, Vec<Column>> {
    let columns: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT m.name, m.sql, p.name, p.type FROM sqlite_schema m JOIN pragma_table_info(m.name) p \
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY m.name, p.cid",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let references: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "SELECT m.name, f.\"from\", f.\"table\", f.\"to\" FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for (table, sql, name, kind) in columns {
        let refers = references
            .iter()
            .find(|(of, from, ..)| *of == table && *from == name)
            .map(|(_, _, to, column)| (to.clone(), column.clone().unwrap_or("id".to_owned())));
        let word = sql
            .split_once(&format!("({name} IN ('"))
            .and_then(|(_, rest)| rest.split('\'').next())
            .map(str::to_owned);
        tables.entry(table).or_default().push(Column {
            name,
            kind,
            refers,
            word,
        });
    }
    tables
}

/// The names of boolean columns, from the other database's migrations.
fn truths() -> Vec<String> {
    let files = std::fs::read_dir(migrations("postgres")).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let words: Vec<String> = texts
        .flat_map(|text| {
            let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
            words
        })
        .collect();
    let pairs = words.windows(2);
    pairs
        .filter(|pair| pair[1].trim_end_matches(',') == "BOOLEAN")
        .map(|pair| pair[0].clone())
        .collect()
}

impl Making<'_> {
    fn insert(&self, table: &str, row: usize) -> String {
        let columns = &self.tables[table];
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<_> = names
            .iter()
            .map(|name| self.value(table, name, row))
            .collect();
        format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(", "),
            values.join(", ")
        )
    }

    fn value(&self, table: &str, name: &str, row: usize) -> String {
        let place = self.tables[table].iter().position(|c| c.name == name);
        let place = place.unwrap_or_else(|| panic!("there is no {table}.{name}"));
        let column = &self.tables[table][place];
        let full = format!("{table}.{name}");
        if let Some((_, ruled)) = RULED.iter().find(|(of, _)| *of == full) {
            return (*ruled).to_owned();
        }
        if let Some((to, column)) = &column.refers {
            return self.value(to, column, row);
        }
        if keys::columns().any(|wrapped| wrapped == full) {
            let (_, wrapped) = self.sealer.new_data_key(self.owner(table, row));
            return blob(&wrapped);
        }
        match (column.kind.as_str(), &column.word) {
            (_, Some(word)) => format!("'{word}'"),
            ("INTEGER", _) if self.truths.iter().any(|truth| truth == name) => "1".to_owned(),
            ("INTEGER", _) => (1000 * (place + 1) + row).to_string(),
            ("TEXT", _) => format!("'{full} “{row}”'"),
            _ => blob(id(&full, row).as_bytes()),
        }
    }

    /// Whom the wrapped key of a row is bound to.
    fn owner(&self, table: &str, row: usize) -> Uuid {
        let name = match table {
            "installation" => "marker",
            "leaving" => "connection_id",
            _ => self.tables[table][0].name.as_str(),
        };
        let hex = self.value(table, name, row);
        Uuid::try_parse(hex.trim_matches(['x', '\''])).unwrap()
    }
}

/// The same id for the same thing, wherever it is referred to.
fn id(full: &str, row: usize) -> Uuid {
    let mut bytes = [u8::try_from(row).unwrap(); 16];
    for (place, byte) in full.bytes().enumerate() {
        let at = place % 15;
        bytes[at] = bytes[at].wrapping_mul(31).wrapping_add(byte);
    }
    Uuid::from_bytes(bytes)
}

fn blob(bytes: &[u8]) -> String {
    let mut text = "x'".to_owned();
    for byte in bytes {
        std::write!(text, "{byte:02x}").unwrap();
    }
    text.push('\'');
    text
}
