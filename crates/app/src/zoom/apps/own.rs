//! A company's own app at Zoom: entering it, checking it, using it, changing its secrets, removing it.
//!
//! An app is a draft until Zoom has accepted its secret: only then do people connect through it, and
//! only then is its client id nobody else's here. It has an id of its own from the first step on,
//! since that is in the webhook address, which Zoom wants to know before anything else works.

mod removal;

use jiff::Timestamp;
use rooms_core::text;
use rooms_core::{Actor, FieldErrors, ZoomAppId};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::zoom_apps::{self, OwnApp};
pub use rooms_store::zoom_apps::{AppState, Heard};
use rooms_store::{Tx, companies};

pub(crate) use self::removal::forget;
pub use self::removal::remove;
use super::check::{self, Finding, Verdict, What};
use super::manifest::{self, Values};
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;

/// The longest client id or secret; Zoom's have a few dozen characters.
const LONGEST: usize = 200;

/// A company's own app, without its secrets.
#[derive(Debug, Clone)]
pub struct Own {
    /// Its id here.
    pub id: ZoomAppId,
    /// Where it stands.
    pub state: AppState,
    /// Its client id; empty until it is entered.
    pub client_id: String,
    /// Whether its secrets are entered.
    pub entered: bool,
    /// Since when the webhook secret is the present one.
    pub webhook_secret_at: Option<Timestamp>,
    /// Whether the webhook secret before that one still holds.
    pub two_webhook_secrets: bool,
    /// What it is set up with at Zoom.
    pub values: Values,
    /// What the last check found, with what was heard since; nothing before the first.
    pub findings: Vec<Finding>,
    /// When that check was.
    pub checked_at: Option<Timestamp>,
    /// What was heard of it.
    pub heard: Heard,
    /// Since when people connect through it.
    pub used_at: Option<Timestamp>,
    /// How many connections were made through it and have not ended.
    pub connections: usize,
    /// How many links of bookings still ahead were made through those.
    pub links: usize,
}

/// Whose app a company's people connect through.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The company's own.
    pub own: Option<Own>,
    /// Whether the operator has one.
    pub operators: bool,
    /// How many connections of the company were made through the operator's and have not ended.
    pub through_operators: usize,
}

/// How it stands. Admins only.
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let own = match zoom_apps::current(&mut tx, actor.company).await? {
        Some(own) => Some(described(app, &mut tx, own).await?),
        None => None,
    };
    let through_operators = match app.zoom() {
        Some(zoom) => {
            let client_id = zoom.client.client_id();
            zoom_apps::connections(&mut tx, actor.company, client_id)
                .await?
                .len()
        }
        None => 0,
    };
    Ok(Overview {
        own,
        operators: app.zoom().is_some(),
        through_operators,
    })
}

async fn described(app: &App, tx: &mut Tx, own: OwnApp) -> Result<Own, Failure> {
    let which = (Some(own.id), own.client_id.as_str());
    let heard = zoom_apps::known(tx, which).await?;
    let values = manifest::of(app, Some(own.id));
    let (connections, links) = match own.state {
        AppState::Active => (
            zoom_apps::connections(tx, own.company, &own.client_id)
                .await?
                .len(),
            zoom_apps::links(tx, own.company, &own.client_id, app.now()).await?,
        ),
        AppState::Draft | AppState::Removed => (0, 0),
    };
    Ok(Own {
        findings: findings(app, &own, &heard, &values)?,
        entered: own.secrets.client.is_some() && own.secrets.webhook.is_some(),
        two_webhook_secrets: own.secrets.earlier_webhook.is_some(),
        id: own.id,
        state: own.state,
        client_id: own.client_id,
        webhook_secret_at: own.webhook_secret_at,
        values,
        checked_at: own.checked_at,
        heard,
        used_at: own.used_at,
        connections,
        links,
    })
}

/// What the last check found; what only Zoom's own messages show is as of now.
fn findings(
    app: &App,
    own: &OwnApp,
    heard: &Heard,
    values: &Values,
) -> Result<Vec<Finding>, Failure> {
    let Some(zoom) = super::unwatched(app, own)? else {
        return Ok(Vec::new());
    };
    let stored = own.checks.as_deref().unwrap_or("[]");
    let mut found: Vec<Finding> = serde_json::from_str(stored).unwrap_or_default();
    found.retain(|finding| !matches!(finding.what, What::Webhook | What::Scopes));
    found.push(check::webhook(&zoom, heard, own.webhook_secret_at, values));
    found.push(check::scopes(heard));
    Ok(found)
}

/// Begins to enter an app, where the company has none. Admins only.
pub async fn begin(app: &App, actor: &Actor) -> Result<(), Failure> {
    admins_only(actor)?;
    if app.zoom_at().is_none() {
        return Err(Failure::Conflict("this server cannot ask Zoom"));
    }
    let id = ZoomAppId::from_uuid(app.new_id());
    app.store()
        .write((actor.clone(), id, app.now()), |tx, (actor, id, now)| {
            Box::pin(async move {
                if zoom_apps::begin(tx, actor.company, *id, *now).await? {
                    record(tx, actor, "zoom.app_begun", *id, *now);
                }
                Ok(())
            })
        })
        .await
}

fn record(tx: &mut Tx, actor: &Actor, action: &'static str, id: ZoomAppId, now: Timestamp) {
    let by = By::Person(actor.person);
    tx.audit(Entry::new(actor.company, by, action, id, now));
}

/// What is typed into the form of an app.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// The client id.
    pub client_id: String,
    /// The client secret; empty keeps the one there is.
    pub client_secret: String,
    /// The webhook secret; empty keeps the one there is.
    pub webhook_secret: String,
}

/// Enters client id and secrets of an app that is not in use yet, and checks them. Admins only.
pub async fn enter(app: &App, actor: &Actor, typed: &Typed) -> Result<(), Failure> {
    admins_only(actor)?;
    let mut own = of_state(app, actor, AppState::Draft).await?;
    let mut wrong = FieldErrors::default();
    let client_id = wrong.keep(copied("client_id", &typed.client_id));
    let mut secret = |field, typed: &str, known: Option<String>| match known {
        Some(known) if typed.trim().is_empty() => Some(known),
        _ => wrong.keep(copied(field, typed)),
    };
    let client = secret(
        "client_secret",
        &typed.client_secret,
        own.secrets.client.take(),
    );
    let known_webhook = own.secrets.webhook.clone();
    let webhook = secret(
        "webhook_secret",
        &typed.webhook_secret,
        known_webhook.clone(),
    );
    let is_operators = |id: &String| app.zoom().is_some_and(|zoom| zoom.client.client_id() == id);
    if client_id.as_ref().is_some_and(is_operators) {
        let says =
            "This is the app of whoever runs this server. Everybody here can use it as it is.";
        wrong.add("client_id", "operators", says);
    }
    let (Some(client_id), Some(_), Some(_)) = (client_id, &client, &webhook) else {
        return Err(wrong.into());
    };
    wrong.check()?;
    if webhook != known_webhook {
        own.webhook_secret_at = Some(app.now());
    }
    own.client_id = client_id;
    own.secrets.client = client;
    own.secrets.webhook = webhook;
    own.checks = None;
    own.checked_at = None;
    store(app, actor, own, Some("zoom.app_entered")).await?;
    check(app, actor).await
}

/// A text copied from Zoom's page: one word.
fn copied(field: &'static str, text: &str) -> Result<String, FieldErrors> {
    let text = text::line(field, text, LONGEST)?;
    if text.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(text);
    }
    let says = "Copy it again: it has letters, digits and signs only, and no space inside.";
    Err(FieldErrors::one(field, "not_copied", says))
}

/// The company's app, which has to be in a state.
async fn of_state(app: &App, actor: &Actor, state: AppState) -> Result<OwnApp, Failure> {
    let own = zoom_apps::current(&mut app.read().await?, actor.company).await?;
    let own = own.ok_or(Failure::NotFound("Zoom app"))?;
    if own.state == state {
        Ok(own)
    } else {
        Err(Failure::Stale)
    }
}

async fn store(
    app: &App,
    actor: &Actor,
    own: OwnApp,
    action: Option<&'static str>,
) -> Result<(), Failure> {
    let input = (actor.clone(), own, action, app.now());
    app.store()
        .write(input, |tx, (actor, own, action, now)| {
            Box::pin(async move {
                if !zoom_apps::store(tx, own, *now).await? {
                    return Err(Failure::Stale);
                }
                if let Some(action) = action {
                    record(tx, actor, action, own.id, *now);
                }
                Ok(())
            })
        })
        .await
}

/// Checks the company's app with Zoom, and keeps what was found. Admins only.
pub async fn check(app: &App, actor: &Actor) -> Result<(), Failure> {
    admins_only(actor)?;
    let own = zoom_apps::current(&mut app.read().await?, actor.company).await?;
    let own = own.ok_or(Failure::NotFound("Zoom app"))?;
    match checked(app, own).await? {
        Some(own) => store(app, actor, own, None).await,
        None => Err(Failure::Conflict("enter client ID and secrets first")),
    }
}

/// Checks an app with Zoom as it is entered; nothing where it is not.
async fn checked(app: &App, mut own: OwnApp) -> Result<Option<OwnApp>, Failure> {
    let Some(zoom) = super::unwatched(app, &own)? else {
        return Ok(None);
    };
    let which = (Some(own.id), own.client_id.as_str());
    let heard = zoom_apps::known(&mut app.read().await?, which).await?;
    let found = check::findings(app, &zoom, &heard, own.webhook_secret_at).await;
    own.checks = Some(serde_json::to_string(&found).unwrap_or_default());
    own.checked_at = Some(app.now());
    Ok(Some(own))
}

/// Lets the company's people connect through their own app from now on: only what Zoom accepts this
/// very moment. Admins only.
pub async fn put_to_use(app: &App, actor: &Actor) -> Result<(), Failure> {
    admins_only(actor)?;
    let own = of_state(app, actor, AppState::Draft).await?;
    let Some(own) = checked(app, own).await? else {
        return Err(Failure::Conflict("enter client ID and secrets first"));
    };
    let found: Vec<Finding> = own
        .checks
        .as_deref()
        .and_then(|checks| serde_json::from_str(checks).ok())
        .unwrap_or_default();
    let accepted = |what| {
        let mut found = found.iter();
        found.any(|finding| finding.what == what && finding.verdict == Verdict::Ok)
    };
    if !accepted(What::Secret) || !accepted(What::Redirect) {
        store(app, actor, own, None).await?;
        return Err(Failure::Conflict(NOT_ACCEPTED));
    }
    let input = (actor.clone(), own, app.now());
    app.store()
        .write(input, |tx, (actor, own, now)| {
            Box::pin(activate(tx, actor, own, *now))
        })
        .await
}

/// Why an app cannot be used yet.
pub const NOT_ACCEPTED: &str =
    "Zoom has to accept client ID, secret and redirect address before anybody can connect";

async fn activate(tx: &mut Tx, actor: &Actor, own: &OwnApp, now: Timestamp) -> Result<(), Failure> {
    companies::lock(tx, actor.company).await?;
    if zoom_apps::owner(tx, &own.client_id).await?.is_some() {
        let says =
            "Another company on this server uses this app already. Each needs one of its own.";
        return Err(Failure::field("client_id", "taken", says));
    }
    let own = OwnApp {
        state: AppState::Active,
        used_at: Some(now),
        ..own.clone()
    };
    if !zoom_apps::store(tx, &own, now).await? {
        return Err(Failure::Stale);
    }
    record(tx, actor, "zoom.app_used", own.id, now);
    Ok(())
}

/// Replaces the client secret, once Zoom accepts the new one. Admins only.
pub async fn replace_secret(app: &App, actor: &Actor, typed: &str) -> Result<(), Failure> {
    admins_only(actor)?;
    let mut own = of_state(app, actor, AppState::Active).await?;
    let field = "client_secret";
    let secret = copied(field, typed)?;
    let Some(client) = super::with_secret(app, &own.client_id, &secret)? else {
        return Err(Failure::Conflict("this server cannot ask Zoom"));
    };
    let redirect = manifest::of(app, Some(own.id)).redirect;
    match client.try_credentials(&redirect).await {
        Ok(said) if said.accepted => {}
        Ok(_) => {
            let says = "Zoom does not accept it with this client ID. The one before stays in use.";
            return Err(Failure::field(field, "not_accepted", says));
        }
        Err(_) => {
            let says = "Zoom cannot be asked now, so the one before stays in use. Try again later.";
            return Err(Failure::field(field, "not_checked", says));
        }
    }
    own.secrets.client = Some(secret);
    store(app, actor, own, Some("zoom.app_secret_replaced")).await
}

/// Takes up a new webhook secret; the present one holds beside it until it is taken away. Admins
/// only.
pub async fn rotate_webhook_secret(app: &App, actor: &Actor, typed: &str) -> Result<(), Failure> {
    admins_only(actor)?;
    let mut own = of_state(app, actor, AppState::Active).await?;
    let field = "webhook_secret";
    let secret = copied(field, typed)?;
    if own.secrets.webhook.as_ref() == Some(&secret) {
        let says = "This is the present one. Copy the new one from the app's page at Zoom.";
        return Err(Failure::field(field, "same", says));
    }
    own.secrets.earlier_webhook = own.secrets.webhook.replace(secret);
    own.webhook_secret_at = Some(app.now());
    store(app, actor, own, Some("zoom.app_webhook_secret_added")).await
}

/// Takes the earlier webhook secret away. Admins only.
pub async fn end_rotation(app: &App, actor: &Actor) -> Result<(), Failure> {
    admins_only(actor)?;
    let mut own = of_state(app, actor, AppState::Active).await?;
    if own.secrets.earlier_webhook.take().is_none() {
        return Ok(());
    }
    store(app, actor, own, Some("zoom.app_webhook_secret_ended")).await
}
