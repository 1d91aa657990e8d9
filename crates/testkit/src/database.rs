//! Throw-away databases: a `SQLite` file in a folder of its own, or a fresh database on the
//! `PostgreSQL` server that `ONECLICKROOMS_TEST_POSTGRES` names.
//!
//! [`on_each_database`] runs one contract test on both. Without the variable it runs on `SQLite`
//! alone and says so; where `CI` is `true` a missing variable is a failure, so that a green run
//! there means both.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use rooms_core::Entropy;
use rooms_store::{DatabaseUrl, MasterKey, OpenError, Sealer, Store};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

const SERVER: &str = "ONECLICKROOMS_TEST_POSTGRES";

/// When tests happen: Monday, 23 November 2026, eight o'clock in UTC.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::constant(1_795_420_800, 0)
}

/// The sealer of tests: one key, one sequence of random bytes.
#[must_use]
pub fn sealer() -> Sealer {
    sealer_seeded(1)
}

/// A sealer with the key of [`sealer`] and another sequence, for a second process on one database:
/// two with the same sequence would make the same ids.
#[must_use]
pub fn sealer_seeded(seed: u64) -> Sealer {
    let entropy = Arc::new(Entropy::seeded(seed));
    Sealer::new(MasterKey::from_bytes([7; 32]), entropy)
}

/// Runs a contract test on a new database of each kind.
pub async fn on_each_database(contract: impl AsyncFn(&TestDatabase)) {
    eprintln!("on SQLite:");
    contract(&TestDatabase::sqlite()).await;
    if let Some(database) = TestDatabase::postgres().await {
        eprintln!("on PostgreSQL:");
        contract(&database).await;
    }
}

/// A database that goes when it is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: DatabaseUrl,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Server { server: String, name: String },
}

enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

macro_rules! raw {
    ($database:expr, $conn:ident => $work:expr) => {
        match $database.connect().await {
            Raw::Sqlite(mut $conn) => $work,
            Raw::Postgres(mut $conn) => $work,
        }
    };
}

#[expect(clippy::expect_used, reason = "a test without its database has failed")]
impl TestDatabase {
    /// The path of a `SQLite` file, not made yet.
    ///
    /// # Panics
    /// When the folder for it cannot be made.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(unique_name());
        std::fs::create_dir(&folder).expect("a folder for the database");
        Self {
            url: DatabaseUrl::Sqlite(folder.join("rooms.db")),
            place: Place::Folder(folder),
        }
    }

    /// A new, empty database on the server of `ONECLICKROOMS_TEST_POSTGRES`; nothing where the
    /// variable is not set.
    ///
    /// # Panics
    /// When the server makes none, or the variable is missing in CI.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(SERVER) else {
            let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!in_ci, "{SERVER} has to be set in CI");
            eprintln!("{SERVER} is not set: not tested on PostgreSQL");
            return None;
        };
        let name = unique_name();
        on_server(&server, format!("CREATE DATABASE {name}"))
            .await
            .expect("a database on the test server");
        Some(Self::on(server, name))
    }

    fn on(server: String, name: String) -> Self {
        let options = PgConnectOptions::from_str(&server).expect("the address of the test server");
        let url = options.database(&name).to_url_lossy().to_string();
        Self {
            url: DatabaseUrl::Postgres(url),
            place: Place::Server { server, name },
        }
    }

    /// Another database that holds the same. On `PostgreSQL` whoever has this one open is hung up on.
    ///
    /// # Panics
    /// When it cannot be copied.
    pub async fn copy(&self) -> Self {
        if let Place::Server { server, name } = &self.place {
            let copy = unique_name();
            // A program that has just ended may not have hung up yet, and one that is hung up on
            // calls again.
            for sql in [
                format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
                format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                ),
                format!("CREATE DATABASE {copy} TEMPLATE {name}"),
                format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
            ] {
                on_server(server, sql)
                    .await
                    .expect("a copy on the test server");
            }
            return Self::on(server.clone(), copy);
        }
        let copy = Self::sqlite();
        if let DatabaseUrl::Sqlite(file) = &copy.url {
            let file = file.display();
            self.execute(&format!("VACUUM INTO '{file}'")).await;
        }
        copy
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Whether it is on a `PostgreSQL` server.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Server { .. })
    }

    /// Opens it as the program does, making what is missing.
    ///
    /// # Panics
    /// When that fails.
    pub async fn store(&self) -> Store {
        self.open(sealer()).await.expect("the database opens")
    }

    /// Opens it with a sealer, making what is missing.
    pub async fn open(&self, sealer: Sealer) -> Result<Store, OpenError> {
        Store::open(&self.url, true, sealer, now()).await
    }

    /// Runs a statement behind the program's back and gives the number of rows it touched.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn execute(&self, sql: &str) -> u64 {
        raw!(self, conn => sqlx::query(AssertSqlSafe(sql.to_owned()))
            .execute(&mut conn)
            .await
            .expect("the statement runs")
            .rows_affected())
    }

    /// What the database says to a statement that it refuses.
    ///
    /// # Panics
    /// When it does not refuse it.
    pub async fn refusal(&self, sql: &str) -> String {
        raw!(self, conn => sqlx::query(AssertSqlSafe(sql.to_owned()))
            .execute(&mut conn)
            .await
            .expect_err("the database refuses it")
            .to_string())
    }

    /// The first column of every row, as numbers.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn integers(&self, sql: &str) -> Vec<i64> {
        raw!(self, conn => sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_all(&mut conn)
            .await
            .expect("the query runs"))
    }

    /// The first column of every row, as texts.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        raw!(self, conn => sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_all(&mut conn)
            .await
            .expect("the query runs"))
    }

    /// Everything the database holds, as bytes to look for something in: the file of `SQLite` with
    /// what its journal had, free pages and all; every row of `PostgreSQL` as text, in which binary
    /// values are hex.
    ///
    /// # Panics
    /// When it cannot be read.
    pub async fn dump(&self) -> Vec<u8> {
        match &self.url {
            DatabaseUrl::Sqlite(file) => {
                self.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
                let mut all = std::fs::read(file).expect("the file can be read");
                let journal = file.with_extension("db-wal");
                all.extend(std::fs::read(journal).unwrap_or_default());
                all
            }
            DatabaseUrl::Postgres(_) => {
                let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
                let mut all = Vec::new();
                for table in self.texts(tables).await {
                    let rows = format!("SELECT x::text FROM \"{table}\" x");
                    for row in self.texts(&rows).await {
                        all.extend(row.into_bytes());
                        all.push(b'\n');
                    }
                }
                all
            }
        }
    }

    async fn connect(&self) -> Raw {
        match &self.url {
            DatabaseUrl::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                Raw::Sqlite(options.connect().await.expect("the file opens"))
            }
            DatabaseUrl::Postgres(url) => Raw::Postgres(
                PgConnection::connect(url)
                    .await
                    .expect("the server answers"),
            ),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let gone = match &self.place {
            Place::Folder(folder) => std::fs::remove_dir_all(folder).map_err(Into::into),
            Place::Server { server, name } => drop_on_server(server, name),
        };
        if let Err(error) = gone {
            eprintln!("the test database was left behind: {error:#}");
        }
    }
}

/// A drop cannot wait for a future of the runtime it is in: a thread runs one of its own.
fn drop_on_server(server: &str, name: &str) -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let dropped = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(on_server(
                    server,
                    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
                ))
        });
        dropped
            .join()
            .unwrap_or_else(|_| anyhow::bail!("the thread ended"))
    })
}

async fn on_server(server: &str, sql: String) -> anyhow::Result<()> {
    let mut conn = PgConnection::connect(server).await.context(SERVER)?;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

/// Processes and threads make databases side by side, so the name is random and not counted.
fn unique_name() -> String {
    let random = u64::from_le_bytes(Entropy::System.bytes());
    format!("rooms_test_{}_{random:016x}", std::process::id())
}
