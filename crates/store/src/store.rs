//! Opening the database and running transactions on it.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgPool, SqlitePool};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use jiff::Timestamp;

use crate::companies;
use crate::error::Error;
use crate::keys;
use crate::migrations;
use crate::postgres;
use crate::sealed::Sealer;
use crate::sqlite::{self, Waiting};
use crate::steps::{Nobody, Steps};
use crate::tx::{Change, Conn, Tx};
use crate::work::{Stored, UseCase, Work, not_run};

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(url: &str) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() {
                return Err(OpenError::Url);
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(OpenError::Url)
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of no known kind.
    #[error("the database address has to begin with sqlite:// or postgres://")]
    Url,
    /// The file is not there.
    #[error(
        "there is no database at {0}: run `oneclickrooms migrate` to make it, or correct the path"
    )]
    Missing(PathBuf),
    /// It cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Connect(#[source] sqlx::Error),
    /// A newer program has changed its schema.
    #[error(
        "the database is newer than this program (it has migration {version}): run the newer \
         program, or restore the copy made before the upgrade"
    )]
    Newer {
        /// The migration this program does not know.
        version: i64,
    },
    /// The copy that is made before an upgrade was not made; nothing was changed.
    #[error(
        "the database could not be copied to {0} before it is brought up to date, so it was left \
         as it is; make room beside it, and let this user write there: {1}"
    )]
    Copy(PathBuf, #[source] std::io::Error),
    /// A migration failed; the schema is as it was before it.
    #[error("the database could not be brought up to date: {0}")]
    Migrate(#[source] MigrateError),
    /// The lock file could not be taken.
    #[error("the lock file {0} could not be taken: {1}")]
    Lock(PathBuf, #[source] std::io::Error),
    /// The key in use is not the one the data is sealed with.
    #[error("the master key is not the one this database was sealed with: set the earlier one")]
    WrongKey,
    /// Some of the data is sealed with a master key that is not there: a change of it is not done.
    #[error("{0}")]
    KeysMissing(keys::Held),
    /// A statement failed.
    #[error(transparent)]
    Statement(#[from] Error),
}

/// Whether a transaction came off.
type Carried<'s> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 's>>;

/// The open database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    changes: broadcast::Sender<Change>,
    tasks: TaskTracker,
    stop: CancellationToken,
    sealer: Arc<Sealer>,
    steps: Arc<dyn Steps>,
}

#[derive(Clone, Debug)]
enum Backend {
    Sqlite {
        write: mpsc::Sender<Waiting>,
        read: SqlitePool,
        writer: SqlitePool,
    },
    Postgres {
        pool: PgPool,
        told: mpsc::UnboundedSender<Change>,
    },
}

impl Store {
    /// Opens a database and brings its schema up to date. A `SQLite` file that does not exist is
    /// made only with `create`.
    pub async fn open(
        url: &DatabaseUrl,
        create: bool,
        sealer: Sealer,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let sealer = Arc::new(sealer);
        let (changes, _) = broadcast::channel(1024);
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let backend = match url {
            DatabaseUrl::Sqlite(file) => {
                if !create && !file.exists() {
                    return Err(OpenError::Missing(file.clone()));
                }
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .create_if_missing(create)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(10))
                    .pragma("cache_size", "-8000")
                    // What is erased is overwritten, and does not stay in the file's free pages.
                    .pragma("secure_delete", "ON")
                    .disable_statement_logging();
                let alone = migrations::alone(file).await?;
                let writer = SqlitePoolOptions::new()
                    .max_connections(1)
                    .connect_with(options.clone())
                    .await
                    .map_err(OpenError::Connect)?;
                migrations::sqlite(&writer, file).await?;
                drop(alone);
                let read = SqlitePoolOptions::new()
                    .max_connections(4)
                    .acquire_timeout(Duration::from_secs(10))
                    .connect_lazy_with(options.read_only(true));
                let (write, waiting) = mpsc::channel(1024);
                tasks.spawn(sqlite::writer(
                    writer.clone(),
                    waiting,
                    changes.clone(),
                    Arc::clone(&sealer),
                    stop.clone(),
                ));
                Backend::Sqlite {
                    write,
                    read,
                    writer,
                }
            }
            DatabaseUrl::Postgres(url) => {
                let options = postgres::options(url)
                    .map_err(OpenError::Connect)?
                    .disable_statement_logging();
                // A pool would ask again until its time is up, and then say only that it was.
                let first = options.connect().await.map_err(OpenError::Connect)?;
                first.close().await.map_err(OpenError::Connect)?;
                let pool = PgPoolOptions::new()
                    .max_connections(16)
                    .acquire_timeout(Duration::from_secs(5))
                    .connect_with(options)
                    .await
                    .map_err(OpenError::Connect)?;
                migrations::postgres(&pool).await?;
                let listener = postgres::listener(&pool)
                    .await
                    .map_err(OpenError::Connect)?;
                tasks.spawn(postgres::listen(
                    pool.clone(),
                    listener,
                    changes.clone(),
                    stop.clone(),
                ));
                let (told, telling) = mpsc::unbounded_channel();
                tasks.spawn(postgres::tell(pool.clone(), telling, stop.clone()));
                Backend::Postgres { pool, told }
            }
        };
        let store = Self {
            backend,
            changes,
            tasks,
            stop,
            sealer,
            steps: Arc::new(Nobody),
        };
        keys::take_up(&store, now).await?;
        Ok(store)
    }

    /// The same store with somebody at the ends of each transaction.
    #[must_use]
    pub fn with_steps(self, steps: Arc<dyn Steps>) -> Self {
        Self { steps, ..self }
    }

    /// Runs a use case in one transaction, to its end even if the caller goes away.
    ///
    /// `work` gets the transaction and `input`; an error rolls everything back. On `PostgreSQL` it
    /// may run again when another transaction was in the way, so it must do nothing outside.
    pub async fn write<I, T, E, F>(&self, input: I, work: F) -> Result<T, E>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx, &'t I) -> Stored<'t, T, E> + Send + Sync + 'static,
    {
        let case = Arc::new(UseCase::new(input, work));
        self.steps.before().await;
        let came_off = self.carry_out(Arc::clone(&case) as Arc<dyn Work>).await;
        self.steps.after().await;
        came_off?;
        case.take().unwrap_or_else(|| Err(not_run().into()))
    }

    /// Runs it in a transaction; an error says that it did not come off. What is refused is rolled
    /// back, and came off.
    fn carry_out(&self, work: Arc<dyn Work>) -> Carried<'_> {
        Box::pin(async move {
            let steps = Arc::clone(&self.steps);
            match &self.backend {
                Backend::Sqlite { write, .. } => {
                    let (answer, answered) = oneshot::channel();
                    let waiting = Waiting {
                        work,
                        steps,
                        answer,
                    };
                    if write.send(waiting).await.is_err() {
                        return Err(Error::Commit("the database is closed".to_owned()));
                    }
                    answered.await.unwrap_or_else(|_| Err(not_run()))
                }
                Backend::Postgres { pool, told } => {
                    let (pool, told) = (pool.clone(), told.clone());
                    let sealer = Arc::clone(&self.sealer);
                    let task = async move {
                        let around = (&sealer, steps.as_ref());
                        postgres::carry_out((&pool, &told), around, work.as_ref()).await
                    };
                    self.tasks
                        .spawn(task)
                        .await
                        .unwrap_or_else(|_| Err(not_run()))
                }
            }
        })
    }

    /// Lends a connection for reading.
    pub async fn read(&self) -> Result<Tx, Error> {
        let conn = match &self.backend {
            Backend::Sqlite { read, .. } => Conn::Sqlite(read.acquire().await?),
            Backend::Postgres { pool, .. } => Conn::PostgresRead(pool.acquire().await?),
        };
        Ok(Tx::new(conn, Arc::clone(&self.sealer)))
    }

    /// Seals and opens what is stored, and signs what goes out and comes back.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// Hears of changes by this process and, on `PostgreSQL`, by others.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Whether the database answers and can be written: it is, so that a full disk or a server that
    /// only reads is noticed before somebody's booking is refused.
    pub async fn check(&self) -> Result<(), Error> {
        self.write((), |tx, ()| Box::pin(companies::touch(tx)))
            .await
    }

    /// Moves what was written lately into `SQLite`'s file and empties the journal beside it, so that
    /// what was erased is not read there either; `PostgreSQL` cleans up by itself.
    pub async fn tidy(&self) -> Result<(), Error> {
        if let Backend::Sqlite { writer, .. } = &self.backend {
            sqlite::empty_journal(writer).await?;
        }
        Ok(())
    }

    /// Finishes what is under way and closes the connections, for every clone of this store.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        match self.backend {
            Backend::Sqlite { read, writer, .. } => {
                read.close().await;
                writer.close().await;
            }
            Backend::Postgres { pool, .. } => pool.close().await,
        }
    }
}
