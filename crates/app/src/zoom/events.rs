//! What a webhook that was taken in does.

use jiff::Timestamp;
use rooms_core::connection::EndedBy;
use rooms_store::events::By;
use rooms_store::{Tx, connections, inbox};
use uuid::Uuid;
use zoom_client::webhook::{self, Event};

use super::disconnect;
use crate::app::App;
use crate::error::Failure;
use crate::jobs::JobEnd;

/// Processes one webhook of the inbox, once.
pub(crate) async fn process(app: &App, id: Uuid) -> JobEnd {
    let Some(zoom) = app.zoom() else {
        return JobEnd::Done;
    };
    let client_id = zoom.client.client_id().to_owned();
    let input = (id, client_id, app.now());
    let done = app
        .store()
        .write(input, |tx, (id, client_id, now)| {
            Box::pin(async move {
                let Some(body) = inbox::waiting(tx, *id).await? else {
                    return Ok(());
                };
                let outcome = match webhook::parse(&body) {
                    Ok(envelope) => apply(tx, client_id, envelope, *now).await?,
                    Err(_) => "unreadable",
                };
                Ok::<_, Failure>(inbox::processed(tx, *id, outcome, *now).await?)
            })
        })
        .await;
    match done {
        Ok(()) => JobEnd::Done,
        Err(error) => JobEnd::again(app, &error),
    }
}

async fn apply(
    tx: &mut Tx,
    client_id: &str,
    envelope: webhook::Envelope,
    now: Timestamp,
) -> Result<&'static str, Failure> {
    let Event::AppDeauthorized {
        user_id,
        client_id: theirs,
        deauthorized_at,
        ..
    } = envelope.event
    else {
        return Ok("not for us");
    };
    if theirs != client_id {
        return Ok("another app");
    }
    let at = deauthorized_at.or_else(|| {
        envelope
            .event_ts
            .and_then(|millis| Timestamp::from_millisecond(millis).ok())
    });
    let mut outcome = "nothing to end";
    // In the order of their ids, so that two such jobs never wait for each other.
    for connection in connections::of_zoom_user(tx, client_id, &user_id).await? {
        // Both by Zoom's clock: one that is older than the grant is about an earlier one.
        if at.is_some_and(|at| at < connection.granted_at) {
            outcome = "older than the connection";
            continue;
        }
        disconnect::end(tx, &connection, EndedBy::Zoom, By::Zoom, now).await?;
        outcome = "ended";
    }
    Ok(outcome)
}
