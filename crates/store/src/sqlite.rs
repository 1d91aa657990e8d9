//! One writer that groups waiting transactions into one commit.
//!
//! `SQLite` takes one writer at a time and a durable commit waits for the disk. So a task owns the
//! writing connection, runs each waiting transaction in a savepoint of its own, and commits when
//! nobody waits or the group is large. Every answer waits for that commit, refusals included,
//! since they may rest on what others of the group wrote; a failed commit fails the whole group.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::sealed::Sealer;
use crate::tx::{Change, Conn, Tx};

/// The most transactions in one commit: bounds how long the first of a group waits.
const GROUP: usize = 64;

/// What became of the group's commit.
pub(crate) type Outcome = Result<(), String>;
/// Delivers a transaction's answer once the group's fate is known.
pub(crate) type Deliver = Box<dyn FnOnce(&Outcome) + Send>;
/// Whether to keep what the transaction wrote, and how to answer.
pub(crate) type Ran = (bool, Deliver);
type Running<'t> = Pin<Box<dyn Future<Output = Ran> + Send + 't>>;
/// A waiting transaction.
pub(crate) type Waiting = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Running<'t> + Send>;

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
        let mut delivers = Vec::new();
        let mut told = Vec::new();
        let outcome = match pool.acquire().await {
            Ok(conn) => {
                let mut tx = Tx::new(Conn::Sqlite(conn), Arc::clone(&sealer));
                let outcome = group(&mut tx, first, &mut waiting, &mut delivers, &mut told).await;
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
        } else if delivers.is_empty() {
            tracing::error!(error = ?outcome, "the database cannot be written");
        }
        for deliver in delivers {
            deliver(&outcome);
        }
    }
}

async fn group(
    tx: &mut Tx,
    first: Waiting,
    waiting: &mut mpsc::Receiver<Waiting>,
    delivers: &mut Vec<Deliver>,
    told: &mut Vec<Change>,
) -> Outcome {
    run(tx, "BEGIN IMMEDIATE").await?;
    let mut next = Some(first);
    while let Some(work) = next.take() {
        run(tx, "SAVEPOINT one").await?;
        let ran = AssertUnwindSafe(work(tx)).catch_unwind().await;
        let changes = tx.take_changes();
        // Of a transaction that is not kept, nothing goes on record.
        drop(tx.take_audited());
        // A transaction that panicked has dropped its answer; its caller hears of that.
        let (keep, deliver) = ran.unwrap_or_else(|_| (false, Box::new(|_| ())));
        delivers.push(deliver);
        if keep {
            told.extend(changes);
        } else {
            run(tx, "ROLLBACK TO one").await?;
        }
        run(tx, "RELEASE one").await?;
        if delivers.len() < GROUP {
            next = waiting.try_recv().ok();
        }
    }
    run(tx, "COMMIT").await
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
