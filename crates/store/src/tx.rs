//! A connection lent for one transaction, or for reading.

use std::sync::Arc;

use jiff::Timestamp;
use rooms_core::{BookingId, CompanyId, PersonId, ZoomAppId};
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};
use uuid::Uuid;

use crate::audit::Entry;
use crate::error::Error;
use crate::sealed::Sealer;

/// Something other parts of the program wait for; told after the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A job was queued.
    Jobs,
    /// A booking or its meeting changed.
    Booking(BookingId),
    /// A person's connection changed.
    Connection(PersonId),
    /// A comparison of a company's meetings with Zoom went on.
    Reconciliation(CompanyId),
    /// A company's own app at Zoom changed, or something was heard of it.
    ZoomApp(ZoomAppId),
}

/// Whose connection it is.
pub(crate) enum Conn {
    /// `SQLite`, for reading or writing.
    Sqlite(PoolConnection<Sqlite>),
    /// `PostgreSQL`, in a transaction.
    Postgres(Transaction<'static, Postgres>),
    /// `PostgreSQL`, for reading.
    PostgresRead(PoolConnection<Postgres>),
}

/// A connection with everything that is to be told once it has committed.
pub struct Tx {
    conn: Conn,
    changes: Vec<Change>,
    audited: Vec<Entry>,
    sealer: Arc<Sealer>,
    contended: bool,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx")
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

impl Tx {
    pub(crate) fn new(conn: Conn, sealer: Arc<Sealer>) -> Self {
        Self {
            conn,
            changes: Vec::new(),
            audited: Vec::new(),
            sealer,
            contended: false,
        }
    }

    /// A new id.
    #[must_use]
    pub fn new_id(&self, now: Timestamp) -> Uuid {
        self.sealer.new_id(now)
    }

    /// Seals and opens columns.
    #[must_use]
    pub fn sealer(&self) -> Arc<Sealer> {
        Arc::clone(&self.sealer)
    }

    /// Passes a statement's result on, remembering whether another transaction was in the way.
    pub(crate) fn noted<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, Error> {
        result.map_err(|error| {
            let error = Error::from(error);
            self.contended |= error.is_contended();
            error
        })
    }

    pub(crate) fn contended(&self) -> bool {
        self.contended
    }

    pub(crate) fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    pub(crate) fn into_conn(self) -> Conn {
        self.conn
    }

    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Puts something on record: the entry is part of this transaction, and is written at its end,
    /// so that the chain is locked for the shortest time and after everything else.
    pub fn audit(&mut self, entry: Entry) {
        self.audited.push(entry);
    }

    pub(crate) fn take_audited(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.audited)
    }

    /// Tells others of a change once this transaction has committed.
    pub fn tell(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// Whether this is `PostgreSQL`, for the few statements that come in pairs.
    pub(crate) fn is_postgres(&self) -> bool {
        !matches!(self.conn, Conn::Sqlite(_))
    }
}
