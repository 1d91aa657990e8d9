//! Connecting a Zoom account: leaving for Zoom with a signed state and PKCE, and coming back.

mod store;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use rooms_core::connection::{Connection, ConnectionStatus, HostsFor, missing_scopes};
use rooms_core::{Actor, ConnectionId, SessionId};
use rooms_store::oauth::{self, OauthAttempt};
use rooms_store::{Sealer, zoom_apps};
use url::Url;
use zoom_client::{Access, Class};

use super::{apps, tokens};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::people::sessions::Visitor;
use crate::secret;

/// How long somebody may stay at Zoom.
pub const STATE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// The path Zoom sends people back to.
pub const CALLBACK: &str = "/zoom_callback";

/// What keyed hashes of states are for.
const STATE: &str = "oauth state";

/// Where Zoom sends people back to.
#[must_use]
pub fn redirect_uri(app: &App) -> String {
    app.link(CALLBACK)
}

/// Sends somebody to Zoom: the address to go to. The state in it is bound to the session.
pub async fn begin(app: &App, visitor: &Visitor) -> Result<Url, Failure> {
    let zoom = apps::current(app, visitor.actor.company)
        .await?
        .ok_or(Failure::Conflict("Zoom is not set up on this server"))?;
    if !visitor.actor.may_connect {
        return Err(Failure::Forbidden(
            "you do not have the permission to connect apps",
        ));
    }
    let verifier = secret::token(app.entropy(), "");
    let state = sign(
        app.sealer(),
        &secret::token(app.entropy(), ""),
        visitor.session,
    );
    let now = app.now();
    let attempt = OauthAttempt {
        company: visitor.actor.company,
        person: visitor.actor.person,
        session: visitor.session,
        verifier: verifier.clone(),
        client_id: Some(zoom.client.client_id().to_owned()),
        expires_at: now.saturating_add(STATE_LIFE).unwrap_or(now),
        used_at: None,
    };
    let input = (secret::hash(state.as_bytes()), attempt, now);
    app.store()
        .write(input, |tx, (state_hash, attempt, now)| {
            Box::pin(oauth::begin(tx, state_hash, attempt, *now))
        })
        .await?;
    let challenge = zoom_client::pkce::challenge(&verifier);
    Ok(zoom
        .client
        .authorize_url(&redirect_uri(app), &state, &challenge))
}

/// The state: a random part, and a keyed hash of it with the session it belongs to.
fn sign(sealer: &Sealer, random: &str, session: SessionId) -> String {
    format!(
        "{random}.{}",
        URL_SAFE_NO_PAD.encode(sealer.mac(STATE, signed(random, session).as_bytes()))
    )
}

/// What the keyed hash of a state is over.
fn signed(random: &str, session: SessionId) -> String {
    format!("{random}.{session}")
}

fn is_signed_for(sealer: &Sealer, state: &str, session: SessionId) -> bool {
    let Some((random, hash)) = state.rsplit_once('.') else {
        return false;
    };
    let Ok(hash) = URL_SAFE_NO_PAD.decode(hash) else {
        return false;
    };
    sealer.verifies(STATE, signed(random, session).as_bytes(), &hash)
}

/// What came back from Zoom in the query.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The authorization code.
    pub code: Option<String>,
    /// The state that was sent along.
    pub state: Option<String>,
    /// What went wrong (RFC 6749, 4.1.2.1).
    pub error: Option<String>,
}

/// Why nothing was connected.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    /// Nobody is signed in here.
    #[error("nobody is signed in")]
    SignedOut,
    /// No app is set up here.
    #[error("no Zoom app is set up")]
    NotConfigured,
    /// The person may not connect apps.
    #[error("the person may not connect apps")]
    NotAllowed,
    /// It was begun in the Marketplace: there is a code, and no state of ours.
    #[error("begun in the Marketplace")]
    NoState,
    /// The state is not one of ours.
    #[error("the state is not ours")]
    ForeignState,
    /// The state belongs to another session or person.
    #[error("the state belongs to another session")]
    OtherSession,
    /// The state was used before.
    #[error("the state was used before")]
    Replayed,
    /// It took longer than [`STATE_LIFE`].
    #[error("the state has expired")]
    Expired,
    /// The person chose Decline at Zoom.
    #[error("declined at Zoom")]
    Declined,
    /// Zoom answered with another error.
    #[error("Zoom answered {0}")]
    Refused(String),
    /// Zoom sent neither a code nor an error.
    #[error("Zoom sent nothing to go on with")]
    NoCode,
    /// Zoom does not accept the code: it was used, or is older than five minutes.
    #[error("Zoom did not accept the code")]
    CodeRejected,
    /// Permissions that are needed were not given.
    #[error("permissions are missing: {0:?}")]
    ScopesMissing(Vec<&'static str>),
    /// Zoom does not answer, or not sensibly.
    #[error("Zoom does not answer: {0}")]
    ZoomDown(String),
    /// Client id, secret or redirect address do not fit what Zoom has.
    #[error("the configuration does not fit what Zoom has: {0}")]
    Misconfigured(String),
    /// Something here failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<rooms_store::Error> for NotConnected {
    fn from(error: rooms_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Comes back from Zoom: checks the state, fetches tokens and account, stores the connection.
pub async fn complete(
    app: &App,
    visitor: Option<&Visitor>,
    answer: &Answer,
) -> Result<Connection, NotConnected> {
    let visitor = visitor.ok_or(NotConnected::SignedOut)?;
    let company = visitor.actor.company;
    let now_ours = apps::current(app, company).await?;
    let now_ours = now_ours.ok_or(NotConnected::NotConfigured)?;
    let Some(state) = answer.state.as_deref().filter(|state| !state.is_empty()) else {
        return Err(match &answer.error {
            Some(error) if error == "access_denied" => NotConnected::Declined,
            _ if answer.code.is_some() => NotConnected::NoState,
            Some(error) => NotConnected::Refused(error.clone()),
            None => NotConnected::NoCode,
        });
    };
    let now = app.now();
    let state_hash = secret::hash(state.as_bytes());
    let attempt = {
        let mut tx = app.read().await?;
        oauth::get(&mut tx, &state_hash)
            .await?
            .ok_or(NotConnected::ForeignState)?
    };
    // A state of another session is not used up: its owner may still come back with it.
    if attempt.session != visitor.session || attempt.person != visitor.actor.person {
        return Err(NotConnected::OtherSession);
    }
    if !is_signed_for(app.sealer(), state, visitor.session) {
        return Err(NotConnected::ForeignState);
    }
    let first = app
        .store()
        .write((state_hash, now), |tx, (state_hash, now)| {
            Box::pin(oauth::use_up(tx, state_hash, *now))
        })
        .await?;
    if !first {
        return Err(NotConnected::Replayed);
    }
    if attempt.expires_at <= now {
        return Err(NotConnected::Expired);
    }
    if let Some(error) = &answer.error {
        return Err(match error.as_str() {
            "access_denied" => NotConnected::Declined,
            other => NotConnected::Refused(other.to_owned()),
        });
    }
    if !visitor.actor.may_connect {
        return Err(NotConnected::NotAllowed);
    }
    let code = answer
        .code
        .as_deref()
        .filter(|c| !c.is_empty())
        .ok_or(NotConnected::NoCode)?;
    let zoom = match attempt.client_id.as_deref() {
        None => now_ours,
        Some(left_with) => apps::of_client(app, company, left_with)
            .await?
            .filter(|zoom| zoom.client.client_id() == left_with)
            // The app was taken away meanwhile.
            .ok_or(NotConnected::Expired)?,
    };
    grant(app, &zoom, &visitor.actor, code, &attempt.verifier).await
}

async fn grant(
    app: &App,
    zoom: &ZoomApp,
    actor: &Actor,
    code: &str,
    verifier: &str,
) -> Result<Connection, NotConnected> {
    let granted = zoom
        .client
        .exchange_code(code, &redirect_uri(app), verifier)
        .await;
    let granted = granted.map_err(|error| because(&error))?;
    note_scopes(app, zoom, &granted.scopes).await?;
    let missing = missing_scopes(&granted.scopes);
    if !missing.is_empty() {
        give_back(app, zoom, granted.access_token).await;
        return Err(NotConnected::ScopesMissing(missing));
    }
    let now = app.now();
    let access = Access {
        token: granted.access_token.clone(),
        api_url: granted.api_url.clone(),
        caller: None,
    };
    let user = match zoom.client.me(&access).await {
        Ok(user) => user,
        Err(error) => {
            give_back(app, zoom, granted.access_token).await;
            return Err(because(&error));
        }
    };
    let connection = Connection {
        id: ConnectionId::from_uuid(app.new_id()),
        company: actor.company,
        person: actor.person,
        client_id: zoom.client.client_id().to_owned(),
        zoom_user_id: user.id,
        zoom_account_id: user.account_id.unwrap_or_default(),
        zoom_email: user.email.unwrap_or_default(),
        zoom_name: user.display_name.unwrap_or_default(),
        zoom_licensed: user.kind.map(|kind| kind == 2),
        name: None,
        preferred_at: None,
        hosts_for: HostsFor::Owner,
        scopes: granted.scopes.clone(),
        api_url: granted.api_url.as_ref().map(Url::to_string),
        status: ConnectionStatus::Active,
        attention: None,
        epoch: 1,
        granted_at: granted.server_time.unwrap_or(now),
        connected_at: now,
        disconnected_at: None,
        disconnected_by: None,
        noticed_by: None,
    };
    let pair = tokens::pair(&granted, now);
    let input = (actor.clone(), (connection, pair), zoom.own, now);
    let stored = app
        .store()
        .write(input, |tx, (actor, granted, own, now)| {
            Box::pin(store::granted(tx, (actor, *own), granted, *now))
        })
        .await;
    match stored {
        Err(Failure::Stale) => {
            give_back(app, zoom, granted.access_token).await;
            Err(NotConnected::Expired)
        }
        Err(Failure::Forbidden(_)) => {
            give_back(app, zoom, granted.access_token).await;
            Err(NotConnected::NotAllowed)
        }
        // Nothing is given back: it would be the other one's.
        Err(Failure::Conflict(store::TAKEN_ELSEWHERE)) => Err(NotConnected::CodeRejected),
        stored => Ok(stored?),
    }
}

/// Remembers what a grant gave, enough or not: whoever sets the app up sees what is missing.
async fn note_scopes(app: &App, zoom: &ZoomApp, scopes: &[String]) -> Result<(), Failure> {
    let client_id = zoom.client.client_id().to_owned();
    let input = ((zoom.own, client_id), scopes.to_vec(), app.now());
    app.store()
        .write(input, |tx, ((own, client_id), scopes, now)| {
            Box::pin(zoom_apps::granted(tx, (*own, client_id), scopes, *now))
        })
        .await?;
    Ok(())
}

/// What Zoom's refusal means to the person.
fn because(error: &zoom_client::Error) -> NotConnected {
    tracing::warn!(
        zoom.operation = error.operation(),
        zoom.status = error.status(),
        zoom.code = error.code(),
        zoom.tracking_id = error.tracking_id(),
        "Zoom did not complete a connection"
    );
    match error.class() {
        Class::OurConfiguration => NotConnected::Misconfigured(error.to_string()),
        Class::ReconnectNeeded | Class::TokenRejected | Class::Refused | Class::NotFound => {
            NotConnected::CodeRejected
        }
        Class::ScopeMissing(_) => NotConnected::ScopesMissing(missing_scopes(&[])),
        Class::TryAgain | Class::WaitUntil(_) | Class::Unreadable => {
            NotConnected::ZoomDown(error.to_string())
        }
    }
}

/// Gives an unused grant back, so that nothing of it stays at Zoom.
async fn give_back(app: &App, zoom: &ZoomApp, token: secrecy::SecretString) {
    let client = zoom.client.clone();
    let given = app
        .tasks()
        .spawn(async move { client.revoke(&token).await })
        .await;
    if !matches!(given, Ok(Ok(()))) {
        tracing::warn!("an unused grant could not be given back; it ends by itself");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rooms_core::Entropy;
    use rooms_store::{MasterKey, MasterKeys};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_state_is_signed_for_its_session() {
        let sealer = Sealer::new(MasterKey::from_bytes([1; 32]), Arc::new(Entropy::seeded(1)));
        let session = |n| SessionId::from_uuid(Uuid::from_u128(n));
        let state = sign(&sealer, "abc", session(1));
        assert!(is_signed_for(&sealer, &state, session(1)));
        assert!(!is_signed_for(&sealer, &state, session(2)));
        assert!(!is_signed_for(
            &sealer,
            &state.replace("abc", "abd"),
            session(1)
        ));
        assert!(!is_signed_for(&sealer, "abc", session(1)));
        assert!(!is_signed_for(&sealer, "", session(1)));
    }

    #[test]
    fn a_state_holds_when_the_master_key_is_changed_meanwhile() {
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let ring = |sealing, other| {
            let (sealing, other) = (key(sealing), Some(key(other)));
            Sealer::new(MasterKeys { sealing, other }, Arc::new(Entropy::seeded(1)))
        };
        let session = SessionId::from_uuid(Uuid::from_u128(1));
        let before = sign(&ring(1, 2), "abc", session);
        let after = sign(&ring(2, 1), "abc", session);
        for state in [&before, &after] {
            assert!(is_signed_for(&ring(1, 2), state, session));
            assert!(is_signed_for(&ring(2, 1), state, session));
        }
        assert!(!is_signed_for(&ring(2, 3), &before, session));
    }
}
