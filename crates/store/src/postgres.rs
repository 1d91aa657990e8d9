//! Connecting to a server, running transactions there, and telling other processes what changed,
//! over `LISTEN` and `NOTIFY`.

use std::net::IpAddr;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use rooms_core::{BookingId, CompanyId, PersonId, ZoomAppId};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgListener, PgSslMode};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use crate::audit;
use crate::error::Error;
use crate::sealed::Sealer;
use crate::steps::{Fate, Steps};
use crate::tx::{Change, Conn, Tx};
use crate::work::{Work, unheard};

const CHANNEL: &str = "oneclickrooms";

/// How often a transaction that met another one is tried.
const TRIES: usize = 5;

enum Failed {
    Contended,
    For(Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let error = Error::from(error);
        if error.is_contended() {
            Self::Contended
        } else {
            Self::For(error)
        }
    }
}

/// Runs a transaction, anew while others are in its way; an error says that it did not come off.
pub(crate) async fn carry_out(
    server: (&PgPool, &mpsc::UnboundedSender<Change>),
    around: (&Arc<Sealer>, &dyn Steps),
    work: &dyn Work,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        match once(server, around, work).await {
            Err(Failed::Contended) => {}
            Err(Failed::For(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(Error::Contended(sqlx::Error::PoolTimedOut))
}

async fn once(
    (pool, told): (&PgPool, &mpsc::UnboundedSender<Change>),
    (sealer, steps): (&Arc<Sealer>, &dyn Steps),
    work: &dyn Work,
) -> Result<(), Failed> {
    let mut tx = Tx::new(Conn::Postgres(pool.begin().await?), Arc::clone(sealer));
    if !work.run(&mut tx).await {
        // What it wrote is rolled back when the transaction is dropped.
        return if tx.contended() {
            Err(Failed::Contended)
        } else {
            Ok(())
        };
    }
    match audit::write(&mut tx).await {
        Ok(()) => {}
        Err(_) if tx.contended() => return Err(Failed::Contended),
        Err(error) => return Err(Failed::For(error)),
    }
    let fate = steps.fate();
    let changes = tx.take_changes();
    if let Conn::Postgres(tx) = tx.into_conn() {
        if fate == Fate::Lost {
            tx.rollback().await?;
            return Err(Failed::For(unheard()));
        }
        tx.commit().await?;
    }
    for change in changes {
        if told.send(change).is_err() {
            tracing::debug!("closing: what changed is found by polling");
        }
    }
    if fate == Fate::Unheard {
        return Err(Failed::For(unheard()));
    }
    Ok(())
}

/// The word a change travels as.
fn payload(change: Change) -> String {
    match change {
        Change::Jobs => "jobs".to_owned(),
        Change::Booking(id) => id.to_string(),
        Change::Connection(person) => person.to_string(),
        Change::Reconciliation(company) => company.to_string(),
        Change::ZoomApp(app) => app.to_string(),
    }
}

fn parse(payload: &str) -> Option<Change> {
    if payload == "jobs" {
        return Some(Change::Jobs);
    }
    payload
        .parse::<BookingId>()
        .map(Change::Booking)
        .or_else(|_| payload.parse::<PersonId>().map(Change::Connection))
        .or_else(|_| payload.parse::<CompanyId>().map(Change::Reconciliation))
        .or_else(|_| payload.parse::<ZoomAppId>().map(Change::ZoomApp))
        .ok()
}

/// The most changes told in one statement.
const BATCH: usize = 256;

/// Tells every process, this one too, what transactions changed, until told to stop.
///
/// A `NOTIFY` holds a lock of the whole server from just before its transaction commits until the
/// disk has it, so that inside each transaction it lets no two commit together. Here one
/// transaction tells what many changed, and it has nothing for the disk to wait for.
pub(crate) async fn tell(
    pool: PgPool,
    mut telling: mpsc::UnboundedReceiver<Change>,
    stop: CancellationToken,
) {
    let mut changes = Vec::new();
    loop {
        let count = tokio::select! {
            biased;
            () = stop.cancelled(), if !telling.is_closed() => {
                telling.close();
                continue;
            }
            count = telling.recv_many(&mut changes, BATCH) => count,
        };
        if count == 0 {
            break;
        }
        let payloads: Vec<_> = changes.drain(..).map(payload).collect();
        let told =
            sqlx::query("SELECT pg_notify($1, told) FROM unnest(CAST($2 AS TEXT[])) AS told")
                .bind(CHANNEL)
                .bind(payloads)
                .execute(&pool)
                .await;
        if let Err(error) = told {
            tracing::warn!(%error, "what changed is found by polling");
        }
    }
}

/// How long a lost listener waits before it asks the server again.
const PAUSE: Duration = Duration::from_secs(1);

/// Begins to listen: what is told from now on is heard.
pub(crate) async fn listener(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Passes on what any process says, until told to stop. A lost connection is made anew, as often as
/// it takes; what was said meanwhile is found by polling.
pub(crate) async fn listen(
    pool: PgPool,
    first: PgListener,
    changes: broadcast::Sender<Change>,
    stop: CancellationToken,
) {
    let mut known = Some(first);
    let hear = async {
        loop {
            let error = match known.take() {
                Some(listener) => pass_on(listener, &changes).await,
                None => match listener(&pool).await {
                    Ok(listener) => {
                        tracing::info!("changes of other processes are heard again");
                        known = Some(listener);
                        continue;
                    }
                    Err(error) => error,
                },
            };
            tracing::warn!(%error, "changes of other processes are found by polling only");
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = hear => {}
        () = stop.cancelled() => {}
    }
}

async fn pass_on(mut listener: PgListener, changes: &broadcast::Sender<Change>) -> sqlx::Error {
    loop {
        match listener.recv().await {
            Ok(said) => {
                if let Some(change) = parse(said.payload()) {
                    drop(changes.send(change));
                }
            }
            Err(error) => return error,
        }
    }
}

/// How a server is connected to. Over a network that is encrypted, and the server's certificate
/// checked, unless the address says otherwise with `sslmode` (OWASP ASVS 5.0, 12.3.1 and 12.3.2):
/// the driver's own default takes what it gets.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?;
    let host = options.get_host();
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let stays_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || ip.is_ok_and(|ip| ip.is_loopback());
    let undecided = matches!(options.get_ssl_mode(), PgSslMode::Prefer | PgSslMode::Allow);
    Ok(if undecided && !stays_here {
        options.ssl_mode(PgSslMode::VerifyFull)
    } else {
        options
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_a_network_the_connection_is_encrypted_unless_told_otherwise() {
        let mode = |url: &str| options(url).unwrap().get_ssl_mode();
        for remote in ["db", "10.0.0.5", "db.example.com:5433"] {
            let plain = format!("postgres://rooms:x@{remote}/rooms");
            assert!(matches!(mode(&plain), PgSslMode::VerifyFull), "{remote}");
            let told = format!("{plain}?sslmode=disable");
            assert!(matches!(mode(&told), PgSslMode::Disable), "{remote}");
            let told = format!("{plain}?sslmode=require");
            assert!(matches!(mode(&told), PgSslMode::Require), "{remote}");
        }
        for here in ["127.0.0.1:15432", "localhost", "[::1]"] {
            let url = format!("postgres://rooms@{here}/rooms");
            assert!(matches!(mode(&url), PgSslMode::Prefer), "{here}");
        }
    }
}
