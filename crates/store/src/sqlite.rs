//! One writer that groups waiting transactions into one commit.
//!
//! `SQLite` takes one writer at a time and a durable commit waits for the disk. So a task owns the
//! writing connection, runs each waiting transaction in a savepoint of its own, and commits when
//! nobody waits or the group is large. Every answer waits for that commit, refusals included,
//! since they may rest on what others of the group wrote; a failed commit fails the whole group.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::audit;
use crate::error::Error;
use crate::sealed::Sealer;
use crate::steps::{Fate, Steps};
use crate::tx::{Change, Conn, Tx};
use crate::work::{Work, unheard};

/// The most transactions in one commit: bounds how long the first of a group waits.
const GROUP: usize = 64;

/// What became of the group's commit.
pub(crate) type Outcome = Result<(), String>;
/// A waiting transaction.
pub(crate) struct Waiting {
    pub(crate) work: Arc<dyn Work>,
    pub(crate) steps: Arc<dyn Steps>,
    pub(crate) answer: Answer,
}
/// Hears whether a transaction came off.
type Answer = oneshot::Sender<Result<(), Error>>;
/// Whose answer waits for the commit, and what it is if that succeeds.
type Waits = (Answer, Result<(), Error>);

/// Runs until every sender is gone, or what was waiting when it was told to stop is done.
pub(crate) async fn writer(
    pool: SqlitePool,
    mut waiting: mpsc::Receiver<Waiting>,
    changes: broadcast::Sender<Change>,
    sealer: Arc<Sealer>,
    stop: CancellationToken,
) {
    loop {
        let first = tokio::select! {
            biased;
            () = stop.cancelled(), if !waiting.is_closed() => {
                waiting.close();
                continue;
            }
            first = waiting.recv() => first,
        };
        let Some(first) = first else { break };
        let mut answers = Vec::new();
        let mut told = Vec::new();
        let outcome = match pool.acquire().await {
            Ok(conn) => {
                let mut tx = Tx::new(Conn::Sqlite(conn), Arc::clone(&sealer));
                let outcome = group(&mut tx, first, &mut waiting, &mut answers, &mut told).await;
                if outcome.is_err()
                    && let Conn::Sqlite(conn) = tx.into_conn()
                {
                    // Whatever state it is in, it goes, and the next group begins on a new one.
                    drop(conn.detach().close().await);
                }
                outcome
            }
            Err(error) => Err(error.to_string()),
        };
        if outcome.is_ok() {
            for change in told {
                drop(changes.send(change));
            }
        } else if answers.is_empty() {
            tracing::error!(error = ?outcome, "the database cannot be written");
        }
        for (answer, result) in answers {
            let committed = outcome.clone().map_err(Error::Commit);
            drop(answer.send(committed.and(result)));
        }
    }
}

async fn group(
    tx: &mut Tx,
    first: Waiting,
    waiting: &mut mpsc::Receiver<Waiting>,
    answers: &mut Vec<Waits>,
    told: &mut Vec<Change>,
) -> Outcome {
    run(tx, "BEGIN IMMEDIATE").await?;
    let mut next = Some(first);
    let mut size = 0;
    while let Some(Waiting {
        work,
        steps,
        answer,
    }) = next.take()
    {
        size += 1;
        run(tx, "SAVEPOINT one").await?;
        let ran = AssertUnwindSafe(one(tx, work.as_ref(), steps.as_ref()));
        let ran = ran.catch_unwind().await;
        let changes = tx.take_changes();
        // Of a transaction that is not kept, nothing goes on record.
        drop(tx.take_audited());
        // The answer of one that panicked is dropped; its caller hears of that.
        let is_kept = ran.is_ok_and(|(is_kept, result)| {
            answers.push((answer, result));
            is_kept
        });
        if is_kept {
            told.extend(changes);
        } else {
            run(tx, "ROLLBACK TO one").await?;
        }
        run(tx, "RELEASE one").await?;
        if size < GROUP {
            next = waiting.try_recv().ok();
        }
    }
    run(tx, "COMMIT").await
}

/// Runs one: whether what it wrote is to be kept, and what its caller hears once it is.
async fn one(tx: &mut Tx, work: &dyn Work, steps: &dyn Steps) -> (bool, Result<(), Error>) {
    if !work.run(tx).await {
        return (false, Ok(()));
    }
    if let Err(error) = audit::write(tx).await {
        return (false, Err(error));
    }
    match steps.fate() {
        Fate::Kept => (true, Ok(())),
        Fate::Unheard => (true, Err(unheard())),
        Fate::Lost => (false, Err(unheard())),
    }
}

async fn run(tx: &mut Tx, sql: &'static str) -> Outcome {
    let done: Result<u64, Error> = execute!(tx, sql);
    done.map(|_| ()).map_err(|error| error.to_string())
}

/// Moves the journal into the file and empties it. Who reads meanwhile keeps their part of it.
pub(crate) async fn empty_journal(writer: &SqlitePool) -> Result<(), Error> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(writer)
        .await?;
    Ok(())
}

/// Copies a database file while others use it.
pub(crate) async fn copy(conn: &mut SqliteConnection, to: &str) -> Result<(), sqlx::Error> {
    sqlx::query("VACUUM INTO $1")
        .bind(to)
        .execute(&mut *conn)
        .await?;
    conn.ping().await
}
