//! Telling other processes what changed, over `LISTEN` and `NOTIFY`.

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

/// Passes on what any process says, until told to stop. A lost connection is made anew by the
/// listener; what was said meanwhile is found by polling.
pub(crate) async fn listen(
    pool: PgPool,
    changes: broadcast::Sender<Change>,
    stop: CancellationToken,
) {
    let hear = async {
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let said = listener.recv().await?;
            if let Some(change) = parse(said.payload()) {
                drop(changes.send(change));
            }
        }
    };
    tokio::select! {
        ended = hear => {
            let ended: Result<(), sqlx::Error> = ended;
            tracing::warn!(error = ?ended.err(), "changes of other processes are found by polling only");
        }
        () = stop.cancelled() => {}
    }
}
