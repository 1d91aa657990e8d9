//! Confirming to Zoom that what came from it was deleted after somebody removed the app.
//!
//! Zoom asked for it until about 2021 and no longer documents it, so it is off unless the operator
//! asks for it, comes after the deletion, and changes nothing here however it ends. Companies' own
//! apps never do it: private apps are told of no removal.

use jiff::{SignedDuration, Timestamp};
use rooms_store::jobs::Job;
use rooms_store::{Tx, connections};
use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::mail;

/// How often it is tried: for about two days.
const TRIES: i64 = 14;
/// The first pause between tries; each is twice as long, up to half a day.
const PAUSE: i64 = 60;
const LONGEST_PAUSE: i64 = 12 * 3_600;
/// How long to wait where the company keeps what came from Zoom for some days.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Queues it for a removal that Zoom told of in this message.
pub(super) async fn queue(
    tx: &mut Tx,
    (message, body): (Uuid, &[u8]),
    now: Timestamp,
) -> Result<(), Failure> {
    let sealed = mail::seal_texts(tx, message, &[&String::from_utf8_lossy(body)])?;
    let payload = sealed.join(".");
    let kind = jobs::COMPLIANCE;
    Ok(rooms_store::jobs::enqueue(tx, kind, message, None, &payload, (now, now)).await?)
}

/// Tells Zoom, once nothing of that user is left here.
pub(crate) async fn confirm(app: &App, job: &Job) -> JobEnd {
    let Some(zoom) = app.zoom() else {
        return JobEnd::Done;
    };
    let Some(event) = opened(app, job) else {
        return JobEnd::GiveUp("the sealed message cannot be opened".to_owned());
    };
    let user = event.get("user_id").and_then(Value::as_str);
    match what_is_left(app, zoom.client.client_id(), user.unwrap_or_default()).await {
        Ok(Left::Nothing) => {}
        Ok(Left::InUse) => return JobEnd::Done,
        Ok(Left::Kept) => {
            let why = "what came from Zoom is still kept".to_owned();
            return JobEnd::RetryAt(app.now().saturating_add(DAY).unwrap_or(app.now()), why);
        }
        Err(failure) => return JobEnd::again(app, &failure),
    }
    match zoom.client.confirm_deletion(&event).await {
        Ok(()) => JobEnd::Done,
        Err(error) if job.attempts >= TRIES => {
            tracing::warn!(%error, "Zoom was not told of a deletion, which is done all the same");
            JobEnd::Done
        }
        Err(error) => {
            let seconds = (PAUSE << job.attempts.clamp(0, 10)).min(LONGEST_PAUSE);
            let at = app.now().saturating_add(SignedDuration::from_secs(seconds));
            JobEnd::RetryAt(at.unwrap_or(app.now()), error.to_string())
        }
    }
}

enum Left {
    Nothing,
    /// The user connected again.
    InUse,
    /// It goes when the company's days are over.
    Kept,
}

async fn what_is_left(app: &App, client_id: &str, user: &str) -> Result<Left, Failure> {
    let mut tx = app.read().await?;
    if !connections::of_zoom_user(&mut tx, client_id, user)
        .await?
        .is_empty()
    {
        return Ok(Left::InUse);
    }
    let is_kept = connections::is_remembered(&mut tx, client_id, user).await?;
    Ok(if is_kept { Left::Kept } else { Left::Nothing })
}

/// The payload of the message.
fn opened(app: &App, job: &Job) -> Option<Value> {
    let (key, body) = job.payload.split_once('.')?;
    let body = mail::open_text(app, job.subject, key, body)?;
    let mut body: Value = serde_json::from_str(&body).ok()?;
    body.get_mut("payload").map(Value::take)
}
