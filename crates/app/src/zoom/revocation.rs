//! Telling Zoom that a connection has ended here, so that the app is taken away there too. The job
//! has the tokens with it, sealed, since the connection's own are shredded by then.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, ConnectionStatus, EndedBy};
use rooms_core::{CompanyId, ConnectionId};
use rooms_store::Tx;
use rooms_store::connections::{self, Pair};
use rooms_store::jobs::Job;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zoom_client::Class;

use super::{apps, tokens};
use crate::app::App;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::mail;

/// How often Zoom is told at most.
const TRIES: i64 = 200;
/// The longest pause between two tries.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// The tokens of a connection that has ended here and not yet at Zoom, sealed for the job that
/// tells it: the connection's own are shredded by then.
#[derive(Serialize, Deserialize)]
struct Revocation {
    key: String,
    access_token: String,
    refresh_token: String,
    access_expires_at: i64,
    /// Of the app they belong to; an earlier program wrote none down.
    client_id: Option<String>,
}

/// Queues the work of telling Zoom, with the tokens there are, under the id of its subject.
pub(super) async fn queue(
    tx: &mut Tx,
    connection: &Connection,
    subject: Uuid,
    now: Timestamp,
) -> Result<(), Failure> {
    let company = connection.company;
    let Some(tokens) = connections::tokens(tx, company, connection.id).await? else {
        return Ok(());
    };
    let whose = (Some(company), subject, Some(connection.client_id.clone()));
    // What a renewal under way brings is handed back, and these tokens end nothing any more.
    let renewing = tokens.refreshing_until.filter(|until| *until > now);
    let when = (renewing.unwrap_or(now), now);
    queue_with(tx, whose, &tokens.pair, when).await
}

/// Tokens arrived for a connection that was ended here meanwhile: they end the grant, which the ones
/// it had can do no more.
pub(super) async fn hand_back(
    tx: &mut Tx,
    (company, id): (CompanyId, ConnectionId),
    pair: &Pair,
    now: Timestamp,
) -> Result<(), Failure> {
    let connection = connections::get(tx, company, id).await?;
    let ended_here = |c: &Connection| {
        let by = c.disconnected_by;
        c.status == ConnectionStatus::Inactive && by.is_some_and(|by| by != EndedBy::Zoom)
    };
    let Some(connection) = connection.filter(ended_here) else {
        return Ok(());
    };
    let whose = (Some(company), id.uuid(), Some(connection.client_id));
    queue_with(tx, whose, pair, (now, now)).await
}

/// Queues it with these tokens of an app, in place of any it was queued with.
async fn queue_with(
    tx: &mut Tx,
    (company, subject, client_id): (Option<CompanyId>, Uuid, Option<String>),
    pair: &Pair,
    when: (Timestamp, Timestamp),
) -> Result<(), Failure> {
    if let Some(payload) = seal(tx, (subject, client_id), pair)? {
        rooms_store::jobs::enqueue(tx, jobs::REVOKE, subject, company, &payload, when).await?;
    }
    Ok(())
}

/// The payload with these tokens of an app.
fn seal(
    tx: &mut Tx,
    (subject, client_id): (Uuid, Option<String>),
    pair: &Pair,
) -> Result<Option<String>, Failure> {
    let sealed = mail::seal_texts(tx, subject, &[&pair.access_token, &pair.refresh_token])?;
    let [key, access_token, refresh_token] = sealed.as_slice() else {
        return Ok(None);
    };
    let payload = Revocation {
        key: key.clone(),
        access_token: access_token.clone(),
        refresh_token: refresh_token.clone(),
        access_expires_at: pair.access_expires_at.as_microsecond(),
        client_id,
    };
    Ok(serde_json::to_string(&payload).ok())
}

/// Tells Zoom that a connection has ended here.
pub(crate) async fn carry_out(app: &App, job: &Job) -> JobEnd {
    let (subject, attempts) = (job.subject, job.attempts);
    let sealed = serde_json::from_str::<Revocation>(&job.payload).ok();
    let client_id = sealed.as_ref().and_then(|sealed| sealed.client_id.clone());
    let zoom = match (job.company, &client_id) {
        (Some(company), Some(client_id)) => apps::of_client(app, company, client_id).await,
        _ => Ok(app.zoom().cloned()),
    };
    let zoom = match zoom {
        Ok(Some(zoom)) => zoom,
        Ok(None) => return JobEnd::Done,
        Err(failure) => return JobEnd::again(app, &failure),
    };
    let opened = sealed.and_then(|sealed| {
        let open = |text| mail::open_text(app, subject, &sealed.key, text).map(SecretString::from);
        Some((
            open(&sealed.access_token)?,
            open(&sealed.refresh_token)?,
            sealed.access_expires_at,
        ))
    });
    let Some((mut access, refresh, expires_at)) = opened else {
        return JobEnd::GiveUp("the sealed tokens cannot be opened".to_owned());
    };
    if expires_at <= app.now().as_microsecond() {
        match zoom.client.refresh(&refresh).await {
            Ok(renewed) => {
                let renewed = tokens::pair(&renewed, app.now());
                // The old refresh token works no more, so what ends this grant is kept before it
                // is used. Where it cannot be kept there is only now.
                keep(app, job, client_id, &renewed).await;
                access = SecretString::from(renewed.access_token);
            }
            Err(error) if is_dead(&error) => return JobEnd::Done,
            Err(error) => return later(app, attempts, &error),
        }
    }
    match zoom.client.revoke(&access).await {
        Ok(()) => JobEnd::Done,
        Err(error) if is_dead(&error) => JobEnd::Done,
        Err(error) => later(app, attempts, &error),
    }
}

/// Keeps renewed tokens for the next try.
async fn keep(app: &App, job: &Job, client_id: Option<String>, pair: &Pair) {
    let input = (job.clone(), client_id, pair.clone());
    let kept = app
        .store()
        .write(input, |tx, (job, client_id, pair)| {
            Box::pin(async move {
                match seal(tx, (job.subject, client_id.clone()), pair)? {
                    Some(payload) => Ok(rooms_store::jobs::keep(tx, job, &payload).await?),
                    None => Ok::<_, Failure>(false),
                }
            })
        })
        .await;
    if !matches!(kept, Ok(true)) {
        tracing::warn!("tokens of a connection that has ended were renewed and could not be kept");
    }
}

/// Whether Zoom says that the grant is gone already.
fn is_dead(error: &zoom_client::Error) -> bool {
    matches!(
        error.class(),
        Class::ReconnectNeeded | Class::TokenRejected | Class::NotFound
    )
}

/// The next try: twice as long each time, an hour at most. What Zoom has not taken in a week of that
/// is given up, and stays to be seen.
fn later(app: &App, attempts: i64, error: &zoom_client::Error) -> JobEnd {
    if attempts >= TRIES {
        return JobEnd::GiveUp(error.to_string());
    }
    let wait = SignedDuration::from_secs(1 << attempts.clamp(0, 12)).min(LONGEST_PAUSE);
    JobEnd::RetryAt(
        app.now().saturating_add(wait).unwrap_or(app.now()),
        error.to_string(),
    )
}
