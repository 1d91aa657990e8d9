//! Whose app at Zoom people connect through, and whose a connection is.
//!
//! The operator's app is in the configuration. A company may have one of its own beside it
//! ([`own`]), and then its people connect through that. A connection stays with the app it was made
//! through: every call, refresh and end of it uses the app of its client id. This is the one place
//! that knows which one that is.

pub mod check;
pub mod manifest;
pub mod own;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rooms_core::connection::Connection;
use rooms_core::{CompanyId, ZoomAppId};
use rooms_store::zoom_apps::{self, AppState, OwnApp};
use secrecy::SecretString;
use zoom_client::Client;

use crate::app::{App, ZoomApp};
use crate::error::Failure;

/// The clients of companies' own apps, each as of a revision, so that what another process has
/// changed is noticed with the next look at the row.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<HashMap<ZoomAppId, (i64, ZoomApp)>>);

/// The app that people of a company connect through: the company's own if it is in use, else the
/// operator's.
pub async fn current(app: &App, company: CompanyId) -> Result<Option<ZoomApp>, Failure> {
    if app.zoom_at().is_some() {
        let own = zoom_apps::current(&mut app.read().await?, company).await?;
        if let Some(own) = own.filter(|own| own.state == AppState::Active) {
            return cached(app, &own);
        }
    }
    Ok(app.zoom().cloned())
}

/// Whether people of a company can connect Zoom at all.
pub async fn is_set_up(app: &App, company: CompanyId) -> Result<bool, Failure> {
    Ok(current(app, company).await?.is_some())
}

/// The app that a connection was made through.
pub async fn of(app: &App, connection: &Connection) -> Result<Option<ZoomApp>, Failure> {
    of_client(app, connection.company, &connection.client_id).await
}

/// The app that somebody of a company left for Zoom or connected with. A client id that nobody has
/// any more was the operator's before it was changed: Zoom says so to the app of today.
pub(crate) async fn of_client(
    app: &App,
    company: CompanyId,
    client_id: &str,
) -> Result<Option<ZoomApp>, Failure> {
    let operators = app.zoom();
    if operators.is_some_and(|zoom| zoom.client.client_id() == client_id) {
        return Ok(operators.cloned());
    }
    if app.zoom_at().is_some() {
        let own = zoom_apps::of_client(&mut app.read().await?, company, client_id).await?;
        if let Some(own) = own {
            return cached(app, &own);
        }
    }
    Ok(operators.cloned())
}

fn cached(app: &App, own: &OwnApp) -> Result<Option<ZoomApp>, Failure> {
    let Cache(known) = app.own_apps();
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    match known.get(&own.id) {
        Some((revision, zoom)) if *revision == own.revision => return Ok(Some(zoom.clone())),
        _ => {}
    }
    let Some(mut zoom) = unwatched(app, own)? else {
        return Ok(None);
    };
    // What Zoom says of an app that is gone is no news, and its secrets are to go.
    if own.state == AppState::Active {
        zoom.client = app.watched(zoom.client);
        known.insert(own.id, (own.revision, zoom.clone()));
    } else {
        known.remove(&own.id);
    }
    Ok(Some(zoom))
}

/// An app from its secrets, where it has them.
fn unwatched(app: &App, own: &OwnApp) -> Result<Option<ZoomApp>, Failure> {
    let (Some(at), Some(secret)) = (app.zoom_at(), &own.secrets.client) else {
        return Ok(None);
    };
    let client = at.client(own.client_id.clone(), SecretString::from(secret.clone()));
    Ok(Some(ZoomApp {
        own: Some(own.id),
        client: client.map_err(|error| cannot_be_made(&error))?,
        webhook_secrets: webhook_secrets(own),
        confirms_deletion: false,
    }))
}

fn cannot_be_made(error: &zoom_client::BuildError) -> Failure {
    tracing::error!(%error, "there is no client for Zoom");
    Failure::Conflict("this server cannot make encrypted connections to Zoom")
}

/// The same app for another client secret, to see whether Zoom accepts that.
fn with_secret(app: &App, client_id: &str, secret: &str) -> Result<Option<Client>, Failure> {
    let Some(at) = app.zoom_at() else {
        return Ok(None);
    };
    let client = at.client(client_id.to_owned(), SecretString::from(secret));
    client.map(Some).map_err(|error| cannot_be_made(&error))
}

/// What an app's webhooks may be signed with, the present secret first.
pub(crate) fn webhook_secrets(own: &OwnApp) -> Vec<SecretString> {
    let secrets = [&own.secrets.webhook, &own.secrets.earlier_webhook];
    secrets
        .into_iter()
        .flatten()
        .map(|secret| SecretString::from(secret.clone()))
        .collect()
}
