//! Telling other processes what changed, over `LISTEN` and `NOTIFY`.

use std::time::Duration;

use rooms_core::{BookingId, PersonId};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::tx::Change;

const CHANNEL: &str = "oneclickrooms";

/// The word a change travels as.
pub(crate) fn payload(change: Change) -> String {
    match change {
        Change::Jobs => "jobs".to_owned(),
        Change::Booking(id) => id.to_string(),
        Change::Connection(person) => person.to_string(),
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
        .ok()
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
