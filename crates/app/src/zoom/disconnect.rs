//! The end of a connection: by its person, by Zoom, by the product, or because Zoom no longer
//! accepts it. Tokens are shredded in the same transaction.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, ConnectionStatus, EndedBy};
use rooms_core::{Actor, CompanyId, ConnectionId, PersonId};
use rooms_store::audit::Entry;
use rooms_store::connections;
use rooms_store::events::{self, By};
use rooms_store::{Tx, meetings, notices};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zoom_client::Class;

use crate::app::App;
use crate::data::erasure;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::mail::{self, Letter};

/// Ends one of the actor's connections: `id` if given, else the default. Links made before are
/// kept. Gives whether anything ended: ending what has ended changes nothing.
pub async fn disconnect(
    app: &App,
    actor: &Actor,
    id: Option<ConnectionId>,
) -> Result<bool, Failure> {
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                let connection = if let Some(id) = id {
                    connections::get(tx, actor.company, *id)
                        .await?
                        .filter(|connection| connection.person == actor.person)
                        .ok_or(Failure::NotFound("connection"))?
                } else {
                    let current = connections::current(tx, actor.company, actor.person).await?;
                    let Some(connection) = current.into_iter().next() else {
                        return Ok(false);
                    };
                    connection
                };
                let by = By::Person(actor.person);
                end(tx, &connection, EndedBy::User, by, *now).await?;
                Ok(connection.status != ConnectionStatus::Inactive)
            })
        })
        .await
}

/// Ends every connection of a person for the product, in this transaction.
pub(crate) async fn end_all(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    by: By,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut current = connections::current(tx, company, person).await?;
    // In the order of their ids, as everybody who locks several does.
    current.sort_by_key(|connection| connection.id);
    for connection in current {
        end(tx, &connection, EndedBy::System, by, now).await?;
    }
    Ok(())
}

/// Ends a connection in this transaction: status and shredded tokens, meetings let go, history,
/// and where Zoom does not know yet, the work of telling it.
pub async fn end(
    tx: &mut Tx,
    connection: &Connection,
    ended_by: EndedBy,
    by: By,
    now: Timestamp,
) -> Result<(), Failure> {
    if connection.status == ConnectionStatus::Inactive {
        return Ok(());
    }
    if ended_by != EndedBy::Zoom {
        queue_revocation(tx, connection, now).await?;
    }
    if !connections::end(tx, connection, ended_by, now).await? {
        return Ok(());
    }
    let (company, person) = (connection.company, connection.person);
    let why = match ended_by {
        EndedBy::Zoom => "The app was removed in Zoom before the link was made.",
        EndedBy::User | EndedBy::System => "Zoom was disconnected before the link was made.",
    };
    let kept = meetings::let_go(tx, company, connection.id, why, now).await?;
    let kind = match ended_by {
        EndedBy::User => "zoom.disconnected",
        EndedBy::Zoom => "zoom.removed",
        EndedBy::System => "zoom.ended",
    };
    let entry = Entry::new(company, by, kind, connection.id, now)
        .with("person", person.to_string())
        .with("meetings_kept", kept);
    events::record(tx, entry, person.uuid(), connection.account()).await?;
    notices::dismiss_about(tx, company, person, connection.id.uuid(), now).await?;
    if ended_by == EndedBy::Zoom {
        let subject = connection.id.uuid();
        let text = "The app was removed in Zoom, so new bookings get no link. Links made before still work.";
        notices::insert(tx, (company, person), "zoom.removed", subject, text, now).await?;
        let letter = Letter::ZoomRemoved {
            person,
            at: now.as_microsecond(),
        };
        mail::queue(tx, company, &letter, now).await?;
    }
    // Last, so that it finds what was just written about the account.
    erasure::connection_ended(tx, connection, ended_by, now).await
}

/// What a person reads when Zoom names a permission that their grant lacks.
pub const SCOPE_MISSING: &str =
    "Zoom says a permission is missing. Connect again and leave all of them on.";

/// Marks a connection as needing its person, if it still is of that epoch.
pub async fn needs_attention(
    app: &App,
    connection: &Connection,
    epoch: i64,
    why: &'static str,
) -> Result<(), rooms_store::Error> {
    let connection = Connection {
        epoch,
        ..connection.clone()
    };
    app.store()
        .write(
            (connection, why, app.now()),
            |tx, (connection, why, now)| Box::pin(set_needs_attention(tx, connection, why, *now)),
        )
        .await
}

/// The same, in this transaction: words on what waits for it, history, notice, and where bookings
/// are ahead also mail, once.
pub(super) async fn set_needs_attention(
    tx: &mut Tx,
    connection: &Connection,
    why: &str,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    if !connections::needs_attention(tx, connection, why).await? {
        return Ok(());
    }
    let (company, person) = (connection.company, connection.person);
    let entry = Entry::new(
        company,
        By::Zoom,
        "zoom.needs_attention",
        connection.id,
        now,
    )
    .with("person", person.to_string());
    events::record(tx, entry, person.uuid(), why).await?;
    let about = connection.id.uuid();
    notices::insert(
        tx,
        (company, person),
        "zoom.needs_attention",
        about,
        why,
        now,
    )
    .await?;
    meetings::hold_up(tx, (company, connection.id), (why, None), now).await?;
    // Without bookings ahead nobody has to act before they come here anyway.
    if meetings::bookings_ahead(tx, company, connection.id, now).await? > 0 {
        let connection = connection.id;
        mail::queue(tx, company, &Letter::ZoomNeedsAttention { connection }, now).await?;
    }
    Ok(())
}

/// The tokens of a connection that has ended here and not yet at Zoom, sealed for the job that
/// tells it: the connection's own are shredded by then.
#[derive(Serialize, Deserialize)]
struct Revocation {
    key: String,
    access_token: String,
    refresh_token: String,
    access_expires_at: i64,
}

async fn queue_revocation(
    tx: &mut Tx,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(tokens) = connections::tokens(tx, connection.company, connection.id).await? else {
        return Ok(());
    };
    let sealed = mail::seal_texts(
        tx,
        connection.id.uuid(),
        &[&tokens.pair.access_token, &tokens.pair.refresh_token],
    );
    let [key, access_token, refresh_token] = sealed.as_slice() else {
        return Ok(());
    };
    let payload = Revocation {
        key: key.clone(),
        access_token: access_token.clone(),
        refresh_token: refresh_token.clone(),
        access_expires_at: tokens.pair.access_expires_at.as_microsecond(),
    };
    let payload = serde_json::to_string(&payload).unwrap_or_default();
    let (id, company) = (connection.id.uuid(), Some(connection.company));
    Ok(rooms_store::jobs::enqueue(tx, jobs::REVOKE, id, company, &payload, (now, now)).await?)
}

/// Tells Zoom that a connection has ended here.
pub(crate) async fn revoke(app: &App, subject: Uuid, payload: &str, attempts: i64) -> JobEnd {
    let Some(zoom) = app.zoom() else {
        return JobEnd::Done;
    };
    let opened = serde_json::from_str::<Revocation>(payload)
        .ok()
        .and_then(|sealed| {
            let open = |text: &str| {
                let key = STANDARD.decode(&sealed.key).ok()?;
                let key = app.sealer().data_key(subject, &key).ok()?;
                key.open(subject, "job", &STANDARD.decode(text).ok()?)
                    .ok()
                    .map(SecretString::from)
            };
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
            Ok(tokens) => access = tokens.access_token,
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

/// Whether Zoom says that the grant is gone already.
fn is_dead(error: &zoom_client::Error) -> bool {
    matches!(
        error.class(),
        Class::ReconnectNeeded | Class::TokenRejected | Class::NotFound
    )
}

fn later(app: &App, attempts: i64, error: &zoom_client::Error) -> JobEnd {
    if attempts > 200 {
        return JobEnd::GiveUp(error.to_string());
    }
    let wait = SignedDuration::from_secs(1 << attempts.clamp(0, 5));
    JobEnd::RetryAt(
        app.now().saturating_add(wait).unwrap_or(app.now()),
        error.to_string(),
    )
}
