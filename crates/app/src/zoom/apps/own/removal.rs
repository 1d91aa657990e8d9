//! Removing a company's own app: what was made through it ends, and at last its secrets go.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, EndedBy};
use rooms_core::{Actor, CompanyId, ZoomAppId};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::zoom_apps::{self, AppState, OwnApp};
use rooms_store::{Tx, companies, jobs as queue, notices};
use uuid::Uuid;

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::zoom::{disconnect, leave};

/// How long to wait before looking again whether everything was handed back to Zoom.
const LOOKED_AT: SignedDuration = SignedDuration::from_secs(30);

/// Removes the company's app: every connection through it ends as by disconnecting, and its links
/// stay. Its secrets are kept until the last is handed back to Zoom. Admins only. Gives how many
/// connections ended.
pub async fn remove(app: &App, actor: &Actor) -> Result<usize, Failure> {
    admins_only(actor)?;
    app.store()
        .write((actor.clone(), app.now()), |tx, (actor, now)| {
            Box::pin(removed(tx, actor, *now))
        })
        .await
}

async fn removed(tx: &mut Tx, actor: &Actor, now: Timestamp) -> Result<usize, Failure> {
    let company = actor.company;
    companies::lock(tx, company).await?;
    let own = zoom_apps::current(tx, company).await?;
    let own = own.ok_or(Failure::NotFound("Zoom app"))?;
    let mut ended = Vec::new();
    if own.state == AppState::Active {
        // In the order of their ids, as everybody who locks several does.
        ended = zoom_apps::connections(tx, company, &own.client_id).await?;
        for connection in &ended {
            end(tx, actor, connection, now).await?;
        }
        for connection in zoom_apps::leaving(tx, company, &own.client_id).await? {
            let how = (leave::Zoom::IsTold, By::Person(actor.person));
            leave::cut_short(tx, &connection, how, now).await?;
        }
    }
    let gone = OwnApp {
        state: AppState::Removed,
        checks: None,
        ..own.clone()
    };
    if !zoom_apps::store(tx, &gone, now).await? {
        return Err(Failure::Stale);
    }
    let by = By::Person(actor.person);
    let entry = Entry::new(company, by, "zoom.app_removed", own.id, now);
    tx.audit(entry.with("connections", ended.len()));
    let subject = (own.id.uuid(), Some(company));
    queue::enqueue(tx, jobs::FORGET_APP, subject.0, subject.1, "", (now, now)).await?;
    Ok(ended.len())
}

async fn end(
    tx: &mut Tx,
    actor: &Actor,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), Failure> {
    let by = By::Person(actor.person);
    disconnect::end(tx, connection, EndedBy::System, by, now).await?;
    let whom = (connection.company, connection.person);
    let text = "Your company has removed the Zoom app you were connected through, so new bookings get no \
                link. Links made before still work.";
    let about = connection.id.uuid();
    notices::insert(tx, whom, "zoom.app_removed", about, text, now).await?;
    Ok(())
}

/// Forgets the secrets of an app that was removed, once every connection is handed back.
pub(crate) async fn forget(app: &App, company: CompanyId, id: Uuid) -> JobEnd {
    let id = ZoomAppId::from_uuid(id);
    let forgotten = app
        .store()
        .write((company, id), |tx, (company, id)| {
            Box::pin(async move {
                let own = zoom_apps::by_id(tx, *id).await?;
                let Some(own) = own.filter(|own| own.company == *company) else {
                    return Ok(true);
                };
                let kind = jobs::REVOKE;
                if zoom_apps::is_handing_back(tx, *company, &own.client_id, kind).await? {
                    return Ok(false);
                }
                zoom_apps::shred(tx, *company, *id).await?;
                Ok::<_, Failure>(true)
            })
        })
        .await;
    match forgotten {
        Ok(true) => JobEnd::Done,
        Ok(false) => {
            let later = app.now().saturating_add(LOOKED_AT).unwrap_or(app.now());
            JobEnd::RetryAt(later, "connections are handed back to Zoom".to_owned())
        }
        Err(failure) => JobEnd::again(app, &failure),
    }
}
